//! The pages' files: inside the binary, so that a page needs no other place. Each has a tag of its content; a browser that has it
//! already gets 304.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal $kind:ident,)*) => {
        /// Name, type and content.
        const FILES: &[(&str, &str, &[u8])] =
            &[$(($name, $kind, include_bytes!(concat!("../../pages/", $name)))),*];
    };
}

files! {
    "shell.css" CSS,
    "theatre.css" CSS,
    "desk.css" CSS,
    "merchant.css" CSS,
    "icon.svg" SVG,
    "app.js" JS,
    "theatre.js" JS,
    "record.js" JS,
    "places.js" JS,
    "dom.js" JS,
    "words.js" JS,
    "shell.js" JS,
    "feed.js" JS,
    "till.js" JS,
    "paper.js" JS,
    "phone.js" JS,
    "journey.js" JS,
    "message.js" JS,
    "books.js" JS,
    "verdict.js" JS,
    "plays.js" JS,
    "player.js" JS,
    "trail.js" JS,
    "catalogue.js" JS,
    "came.js" JS,
    "pick.js" JS,
    "gate.js" JS,
    "desk.js" JS,
    "desk-ask.js" JS,
    "desk-exchange.js" JS,
    "desk-words.js" JS,
    "ops.css" CSS,
    "ops.js" JS,
    "ops-chart.js" JS,
    "ops-lists.js" JS,
    "ops-orders.js" JS,
    "ops-view.js" JS,
    "ops-words.js" JS,
    "merchant.js" JS,
    "merchant-look.js" JS,
    "merchant-money.js" JS,
    "merchant-payments.js" JS,
    "merchant-terminals.js" JS,
    "merchant-words.js" JS,
}

const SHELL: &str = include_str!("../../pages/shell.html");

/// The shell, set up for one page (`theatre`, `desk`, `merchant`, `ops`, `gate`) in the language that the browser asks for.
pub fn shell(page: &str, headers: &HeaderMap) -> Response {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let lang = if asked.to_ascii_lowercase().starts_with("zh") { "zh-CN" } else { "en" };
    let text = SHELL.replace("{{lang}}", lang).replace("{{page}}", page);
    let mut answer = tagged(HTML, text.as_bytes(), headers);
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-language"));
    answer
}

/// One file.
pub async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, bytes)) => tagged(kind, bytes, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn tagged(kind: &'static str, bytes: &[u8], headers: &HeaderMap) -> Response {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes());
    let mut answer =
        if known { StatusCode::NOT_MODIFIED.into_response() } else { Response::new(bytes.to_vec().into()) };
    let all = answer.headers_mut();
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = tag.parse() {
        all.insert(header::ETAG, tag);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What a page loads before it is there: the shell with what it names, the page's module, and all that these import.
    fn first_visit(module: &str) -> (usize, BTreeSet<&'static str>) {
        let text = |name: &str| FILES.iter().find(|(known, ..)| *known == name).unwrap();
        let mut known = BTreeSet::new();
        let named = |text: &str| -> Vec<&'static str> {
            FILES.iter().map(|(name, ..)| *name).filter(|name| text.contains(&format!("\"/assets/{name}\""))).collect()
        };
        let mut open = named(SHELL);
        open.push(text(module).0);
        while let Some(name) = open.pop() {
            if known.insert(name) && name.ends_with(".js") {
                let own = std::str::from_utf8(text(name).2).unwrap();
                // The first module names the pages, of which one is loaded.
                open.extend(named(own).into_iter().filter(|_| name != "app.js"));
                open.extend(named(own).into_iter().filter(|found| name == "app.js" && *found == "shell.js"));
            }
        }
        let bytes = known.iter().map(|name| text(name).2.len()).sum::<usize>() + SHELL.len();
        (bytes, known)
    }

    #[test]
    fn a_first_visit_is_small_and_a_second_one_smaller() {
        let mut used = BTreeSet::new();
        for module in ["theatre.js", "desk.js", "merchant.js", "ops.js", "gate.js"] {
            let (bytes, known) = first_visit(module);
            assert!(bytes < 300 * 1024, "{module}: {bytes} bytes");
            used.extend(known);
        }
        let unused: Vec<_> = FILES.iter().map(|(name, ..)| *name).filter(|name| !used.contains(name)).collect();
        assert!(unused.is_empty(), "no page loads {unused:?}");
        let first = tagged(JS, b"let a", &HeaderMap::new());
        let tag = first.headers()[header::ETAG].clone();
        let again = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag)]);
        assert_eq!(tagged(JS, b"let a", &again).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(tagged(JS, b"let b", &again).status(), StatusCode::OK);
    }

    #[test]
    fn no_page_asks_another_place_or_sets_html() {
        for (name, _, bytes) in FILES {
            let text = std::str::from_utf8(bytes).unwrap();
            let own = text.replace("http://www.w3.org/", "");
            for bad in
                ["http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("]
            {
                assert!(!own.contains(bad), "{name}: {bad}");
            }
        }
        assert!(!SHELL.contains("style=") && !SHELL.contains("onclick") && !SHELL.contains("<script>"));
    }

    #[test]
    fn the_language_is_the_browsers() {
        let lang = |asked: &str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, asked.parse().unwrap())]);
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let body = runtime.block_on(axum::body::to_bytes(shell("theatre", &headers).into_body(), 1 << 20)).unwrap();
            String::from_utf8(body.to_vec()).unwrap()
        };
        assert!(lang("zh-CN,zh;q=0.9").contains("<html lang=\"zh-CN\""));
        assert!(lang("de,zh;q=0.1").contains("<html lang=\"en\""));
    }
}
