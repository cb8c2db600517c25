//! Refusals as `application/problem+json`, in both languages, and request bodies that are JSON objects or are refused so.

use crate::say::End;
use crate::tills::{Problem, problem};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// What a page or program that is refused gets.
#[derive(Debug)]
pub struct Refusal(Problem);

impl Refusal {
    /// In both languages.
    pub fn new(status: StatusCode, zh: &str, en: &str) -> Self {
        Self(problem(status, zh, en))
    }

    /// With one more word for programs.
    pub fn with(mut self, name: &str, word: &str) -> Self {
        self.0.1.0[name] = Value::from(word);
        self
    }

    /// Of an exchange that is not there, or is not the asker's: the same words for both.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "没有这笔交易", "there is no such payment")
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<End> for Refusal {
    fn from(end: End) -> Self {
        let status = if end.code == 2 { StatusCode::BAD_REQUEST } else { StatusCode::SERVICE_UNAVAILABLE };
        Self::new(status, &end.text.zh, &end.text.en)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut answer = self.0.into_response();
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        answer
    }
}

/// The JSON object of a request.
///
/// # Errors
/// 413, 415, 400.
pub fn object(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Value, Refusal> {
    let bytes = body.map_err(|refused| match refused.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "请求过大：不超过16 KB",
            "the request is too large: 16 KB at most",
        ),
        _ => Refusal::new(StatusCode::BAD_REQUEST, "请求未收全", "the request did not arrive whole"),
    })?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    // A form of another site can send anything but this type without being asked about it first.
    if kind.split(';').next().map(str::trim) != Some("application/json") {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "请求须为 application/json",
            "a request is application/json",
        ));
    }
    super::strict::read(&bytes)
        .filter(Value::is_object)
        .ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "请求不是 JSON 对象", "the request is no JSON object"))
}

/// The JSON object of a request, for doors that refuse in the port's own words.
pub struct Object(pub Value);

impl<S: Send + Sync> FromRequest<S> for Object {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let headers = request.headers().clone();
        object(&headers, Bytes::from_request(request, state).await).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_none() {
        let json =
            HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"))]);
        let form = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"))]);
        let check = |headers: &HeaderMap, body: &'static str, want: Option<u16>| {
            let got = object(headers, Ok(Bytes::from_static(body.as_bytes())));
            let status = got.err().map(|refusal| refusal.into_response().status().as_u16());
            assert_eq!(status, want, "{body}");
        };
        check(&json, "{\"a\":\"\u{202e}<b>😀\"}", None);
        for bad in ["", "{", "[]", "1", "null", "\"x\"", "{\"a\":}", "{}{}", "{\"a\":1,\"a\":2}"] {
            check(&json, bad, Some(400));
        }
        check(&json, &*Box::leak("[".repeat(10_000).into_boxed_str()), Some(400));
        check(&form, "{}", Some(415));
        check(&HeaderMap::new(), "{}", Some(415));
        let answer = Refusal::not_found().with("reason", "x").into_response();
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}
