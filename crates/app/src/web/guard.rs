//! Who may ask a page's doors. A browser can be made to ask this port by any site that its user visits, and a foreign name can be
//! made to point at this machine; so the host must be this machine's own, and what changes anything must come from our own page.

use crate::tills::{Problem, problem};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// What every page and its doors say to the browser: nothing from elsewhere, no script in a text, no frame around it.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
];

/// Lets in requests to this machine's own name only, and puts the browser's rules on every answer.
pub async fn own_host(request: Request, next: Next) -> Response {
    let mut answer = match this_machine(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in HEADERS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

/// Whether the asked host is an address or `localhost`: a name that somebody made point here is neither.
///
/// # Errors
/// 421.
pub fn this_machine(headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or("");
    if name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok() {
        return Ok(());
    }
    Err(problem(StatusCode::MISDIRECTED_REQUEST, "请用本机地址访问", "ask by this machine's address"))
}

/// Whether a request comes from our own page, or from a program that is no browser.
///
/// # Errors
/// 403.
pub fn own_page(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or("");
    let from_here = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    let fetched = text(HeaderName::from_static("sec-fetch-site")).is_none_or(|site| site == "same-origin");
    if from_here && fetched {
        return Ok(());
    }
    Err(problem(StatusCode::FORBIDDEN, "只接受本页面的操作", "only this page may do that"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_machine_is_asked() {
        let check = |host: &str, want: bool| {
            assert_eq!(this_machine(&headers(&[("host", host)])).is_ok(), want, "{host}");
        };
        check("127.0.0.1:7880", true);
        check("localhost:7880", true);
        check("LOCALHOST", true);
        check("[::1]:7880", true);
        check("evil.example:7880", false);
        check("127.0.0.1.evil.example", false);
        check("localhost.evil.example:80", false);
        check("", false);
        assert!(this_machine(&HeaderMap::new()).is_err());
    }

    #[test]
    fn only_our_own_page_may_act() {
        let check = |all: &[(&'static str, &str)], want: bool| {
            assert_eq!(own_page(&headers(all)).is_ok(), want, "{all:?}");
        };
        let host = ("host", "127.0.0.1:7880");
        check(&[host], true);
        check(&[host, ("origin", "http://127.0.0.1:7880"), ("sec-fetch-site", "same-origin")], true);
        check(&[host, ("origin", "http://127.0.0.1:7881")], false);
        check(&[host, ("origin", "https://127.0.0.1:7880")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host, ("origin", "http://evil.example")], false);
        check(&[host, ("sec-fetch-site", "cross-site")], false);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        check(&[host, ("sec-fetch-site", "none")], false);
    }
}
