//! Who may ask a page's doors. A browser can be made to ask this port by any site that its user visits, and a foreign name can be
//! made to point at this machine; so the host must be this machine's own, and what changes anything must come from our own page.

use crate::tills::{Problem, problem};
use axum::extract::{Request, State};
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

/// Under which names the pages are reached: this machine's, and, behind a server that ends TLS in front of this port, one more.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Site {
    /// The host (with its port, if it names one) of the address that people type: `desk.example` of `https://desk.example`.
    pub https: Option<String>,
}

impl Site {
    /// Of the address that people type.
    pub fn of(origin: Option<&str>) -> Option<Self> {
        let Some(origin) = origin else { return Some(Self::default()) };
        let host = origin.strip_prefix("https://")?.trim_end_matches('/');
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
        let good = !host.is_empty() && host.chars().all(good);
        good.then(|| Self { https: Some(host.to_lowercase()) })
    }

    fn is_https(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
        self.https.as_deref().is_some_and(|name| host.eq_ignore_ascii_case(name))
    }

    /// Whether the asked host is one of ours.
    ///
    /// # Errors
    /// 421.
    pub fn own_host(&self, headers: &HeaderMap) -> Result<(), Problem> {
        // Two hosts are none: a server in front may have judged the other one.
        if headers.get_all(header::HOST).iter().count() > 1 {
            return Err(problem(StatusCode::BAD_REQUEST, "只能有一个 Host", "a request names one host"));
        }
        if self.is_https(headers) { Ok(()) } else { this_machine(headers) }
    }

    /// Whether a request comes from our own page, or from a program that is no browser.
    ///
    /// # Errors
    /// 403.
    pub fn own_page(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if !self.is_https(headers) {
            return own_page(headers);
        }
        let origin = headers.get(header::ORIGIN).map(|value| value.to_str().unwrap_or("?").to_lowercase());
        let from_here = origin.is_none_or(|origin| origin.strip_prefix("https://") == self.https.as_deref());
        let fetched = headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin");
        if from_here && fetched { Ok(()) } else { Err(not_ours()) }
    }
}

fn not_ours() -> Problem {
    problem(StatusCode::FORBIDDEN, "只接受本页面的操作", "only this page may do that")
}

/// Lets in requests to our own names only, and puts the browser's rules on every answer.
pub async fn own_host(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut answer = match site.own_host(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in HEADERS {
        answer.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    answer
}

/// Nobody keeps this answer.
pub async fn not_kept(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
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
    Err(not_ours())
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
        let mut two = headers(&[("host", "127.0.0.1:7880")]);
        assert!(Site::default().own_host(&two).is_ok());
        two.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(Site::default().own_host(&two).is_err());
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

    #[test]
    fn a_name_in_front_of_the_port_is_ours_over_tls_only() {
        let site = Site::of(Some("https://Desk.example/")).unwrap();
        let (ours, local) = (("host", "desk.example"), ("host", "127.0.0.1:7880"));
        let check = |all: &[(&'static str, &str)], host: bool, page: bool| {
            let all = headers(all);
            assert_eq!((site.own_host(&all).is_ok(), site.own_page(&all).is_ok()), (host, page), "{all:?}");
        };
        check(&[ours, ("origin", "https://desk.example"), ("sec-fetch-site", "same-origin")], true, true);
        check(&[ours, ("origin", "http://desk.example")], true, false);
        check(&[ours, ("origin", "https://evil.example")], true, false);
        check(&[ours, ("origin", "https://desk.example"), ("sec-fetch-site", "same-site")], true, false);
        check(&[local, ("origin", "http://127.0.0.1:7880")], true, true);
        check(&[local, ("origin", "https://desk.example")], true, false);
        check(&[("host", "desk.example.evil")], false, true);
        for bad in ["http://desk.example", "desk.example", "https://", "https://a b", "https://x/y"] {
            assert_eq!(Site::of(Some(bad)), None, "{bad}");
        }
        assert_eq!(Site::of(None), Some(Site::default()));
    }
}
