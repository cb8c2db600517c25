//! Serves a port, with an end to everything that a client may take its time for: how many there are, how long a head and a body may take
//! to come, and how long a line stays open without a request. A client that is slow on purpose holds a socket for half a minute.

use super::refusal::Refusal;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// How long the head of a request may take to come, and a line stay open without one.
const HEAD: Duration = Duration::from_secs(20);
/// How long the body may take to come.
const BODY: Duration = Duration::from_secs(20);
/// Lines at once; whoever comes on top waits to be taken in.
const LINES_MAX: usize = 1_024;
/// Headers of a request.
const HEADERS_MAX: usize = 64;
/// Bytes of a head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// After the system refuses a line (no more files), before it is asked again.
const AGAIN: Duration = Duration::from_millis(50);

/// One line's requests: each is told from where it comes.
struct From {
    routes: TowerToHyperService<Router>,
    peer: SocketAddr,
}

impl Service<Request<Incoming>> for From {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.routes.call(request)
    }
}

/// Serves until `stop`, and then until what is under way is answered.
pub async fn serve(listener: tokio::net::TcpListener, routes: Router, stop: impl Future<Output = ()>) {
    let routes = routes.layer(axum::middleware::from_fn(in_time));
    let room = Arc::new(tokio::sync::Semaphore::new(LINES_MAX));
    let (told, ended) = tokio::sync::watch::channel(());
    tokio::pin!(stop);
    loop {
        let line = async {
            // The semaphore is never closed.
            let room = Arc::clone(&room).acquire_owned().await.ok();
            (listener.accept().await, room)
        };
        let (line, room) = tokio::select! {
            line = line => line,
            () = &mut stop => break,
        };
        let Ok((stream, peer)) = line else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        let service = From { routes: TowerToHyperService::new(routes.clone()), peer };
        let mut ended = ended.clone();
        tokio::spawn(async move {
            let mut http = hyper::server::conn::http1::Builder::new();
            http.timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_headers(HEADERS_MAX)
                .max_buf_size(HEAD_BYTES_MAX);
            let line = http.serve_connection(TokioIo::new(stream), service);
            tokio::pin!(line);
            // What goes wrong on a line is its client's.
            tokio::select! {
                _ = line.as_mut() => {}
                _ = ended.changed() => {
                    line.as_mut().graceful_shutdown();
                    let _ = line.await;
                }
            }
            drop((room, ended));
        });
    }
    drop(ended);
    let _ = told.send(());
    told.closed().await;
}

/// A body that does not come is cut, and its request answered with 408.
async fn in_time(request: Request, next: Next) -> Response {
    let late = Arc::new(AtomicBool::new(false));
    let request =
        request.map(|body| if body.is_end_stream() { body } else { until(body, Instant::now() + BODY, &late) });
    let answer = next.run(request).await;
    if !late.load(Ordering::Relaxed) || !answer.status().is_client_error() {
        return answer;
    }
    let said = Refusal::new(StatusCode::REQUEST_TIMEOUT, "请求未按时收全", "the request did not arrive in time");
    let mut answer = said.into_response();
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// The same body, with an error where it is late: no half a body passes for a whole one.
fn until(body: Body, due: Instant, late: &Arc<AtomicBool>) -> Body {
    let start = (body.into_data_stream(), Arc::clone(late));
    let parts = futures_util::stream::unfold(start, move |(mut parts, late)| async move {
        if late.load(Ordering::Relaxed) {
            return None;
        }
        let part = match tokio::time::timeout_at(due, parts.next()).await {
            Ok(part) => part?.map_err(std::io::Error::other),
            Err(_) => {
                late.store(true, Ordering::Relaxed);
                Err(std::io::ErrorKind::TimedOut.into())
            }
        };
        Some((part, (parts, late)))
    });
    Body::from_stream(parts)
}
