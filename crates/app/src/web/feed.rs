//! The feed of live pages (server-sent events). What is told is written once and handed to every page; a page that does not
//! read is let go and told to ask for the state anew. Never waits for a page, so nobody who tells does.

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::Value;
use std::convert::Infallible;
use std::sync::Mutex;
use tokio::sync::mpsc;

/// Events that may wait for one page.
const WAITING_MAX: usize = 256;
/// Pages at once.
const PAGES_MAX: usize = 512;
/// A page that was let go, or whose network stops, asks again this much later (milliseconds).
const OPENING: &[u8] = b"retry: 1000\n: open\n\n";
const RELOAD: &[u8] = b"event: reload\ndata: {}\n\n";
const HERE: &[u8] = b": here\n\n";

/// All pages that are open.
#[derive(Debug, Default)]
pub struct Feed {
    pages: Mutex<Pages>,
}

#[derive(Debug, Default)]
struct Pages {
    open: Vec<mpsc::Sender<Bytes>>,
    /// Gathered, and not handed over yet.
    gathered: Vec<u8>,
    closed: bool,
}

impl Feed {
    /// Gathers one event, to be handed over with the next [`Feed::flush`]: many events cost every page one write then.
    pub fn gather(&self, no: u64, kind: &str, body: &Value) {
        let Ok(mut pages) = self.pages.lock() else { return };
        if !pages.open.is_empty() {
            pages.gathered.extend_from_slice(format!("id: {no}\nevent: {kind}\ndata: {body}\n\n").as_bytes());
        }
    }

    /// Hands over what was gathered. A page that was opened meanwhile gets all of it, and knows by the numbers what it has.
    pub fn flush(&self) {
        let Ok(mut pages) = self.pages.lock() else { return };
        if pages.gathered.is_empty() {
            return;
        }
        let bytes = Bytes::from(std::mem::take(&mut pages.gathered));
        pages.open.retain(|page| page.try_send(bytes.clone()).is_ok());
    }

    /// Tells all pages that the network is there; pages that are gone are found so.
    pub fn beat(&self) {
        self.send(|| Bytes::from_static(HERE));
    }

    fn send(&self, bytes: impl FnOnce() -> Bytes) {
        let Ok(mut pages) = self.pages.lock() else { return };
        if pages.open.is_empty() {
            return;
        }
        let bytes = bytes();
        pages.open.retain(|page| page.try_send(bytes.clone()).is_ok());
    }

    /// How many pages are open.
    pub fn pages(&self) -> usize {
        self.pages.lock().map_or(0, |pages| pages.open.len())
    }

    /// Ends all pages' feeds: the network stops.
    pub fn close(&self) {
        if let Ok(mut pages) = self.pages.lock() {
            pages.closed = true;
            pages.open.clear();
        }
    }

    /// One more page, as its endless answer.
    ///
    /// # Errors
    /// 503: too many pages, or the network stops.
    pub fn page(&self) -> Result<Response, StatusCode> {
        let (sender, inbox) = mpsc::channel(WAITING_MAX);
        let mut pages = self.pages.lock().map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
        pages.open.retain(|page| !page.is_closed());
        if pages.closed || pages.open.len() >= PAGES_MAX {
            return Err(StatusCode::SERVICE_UNAVAILABLE);
        }
        let _ = sender.try_send(Bytes::from_static(OPENING));
        pages.open.push(sender);
        drop(pages);
        let stream = futures_util::stream::unfold(Some(inbox), |inbox| async {
            let mut inbox = inbox?;
            let bytes = inbox.recv().await;
            let last = bytes.is_none();
            let bytes = bytes.unwrap_or(Bytes::from_static(RELOAD));
            Some((Ok::<_, Infallible>(bytes), (!last).then_some(inbox)))
        });
        let mut answer = Response::new(Body::from_stream(stream));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use serde_json::json;

    fn all(answer: Response) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bytes = runtime.block_on(to_bytes(answer.into_body(), usize::MAX)).unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn a_page_that_does_not_read_is_let_go_and_told_to_ask_anew() {
        let feed = Feed::default();
        let (slow, other) = (feed.page().unwrap(), feed.page().unwrap());
        for no in 0..u64::try_from(WAITING_MAX).unwrap() + 5 {
            feed.gather(no, "screen", &json!({"no": no}));
            feed.flush();
        }
        assert_eq!(feed.pages(), 0, "nobody read");
        let read = all(slow);
        assert!(read.contains("id: 0\nevent: screen\ndata: {\"no\":0}\n\n"), "{read}");
        assert!(read.ends_with("event: reload\ndata: {}\n\n"), "{read}");
        drop(other);
        let fresh = feed.page().unwrap();
        feed.gather(9, "verdict", &json!({}));
        feed.flush();
        feed.close();
        assert!(all(fresh).contains("event: verdict"));
        assert!(feed.page().is_err(), "the network stops");
    }

    #[test]
    fn what_is_gathered_comes_in_order_and_in_one_piece() {
        let feed = Feed::default();
        feed.gather(1, "screen", &json!({}));
        let page = feed.page().unwrap();
        feed.gather(2, "screen", &json!({}));
        feed.gather(3, "paper", &json!({}));
        feed.flush();
        feed.flush();
        feed.close();
        let read = all(page);
        let want = "id: 2\nevent: screen\ndata: {}\n\nid: 3\nevent: paper\ndata: {}\n\n";
        assert!(read.contains(want) && !read.contains("id: 1\n"), "{read}");
    }

    #[test]
    fn pages_are_counted() {
        let feed = Feed::default();
        let pages: Vec<_> = (0..PAGES_MAX).map(|_| feed.page().unwrap()).collect();
        assert_eq!(feed.page().err(), Some(StatusCode::SERVICE_UNAVAILABLE));
        drop(pages);
        assert!(feed.page().is_ok(), "who has left makes room");
    }
}
