//! What the port itself refuses (no such door, a body that is no JSON, too large, of another kind) is said in both languages and in
//! the shape of every other refusal. Whatever a door has said for itself goes out as it is.

use super::refusal::Refusal;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Turns a bare refusal into one in both languages; everything else passes.
pub async fn in_both_languages(request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let bare = kind.is_none_or(|kind| kind.starts_with("text/plain"));
    // A refusal is a problem wherever it was made.
    let plain = kind.is_some_and(|kind| kind == "application/json");
    let wrong = answer.status().is_client_error() || answer.status().is_server_error();
    match words(answer.status()).filter(|_| bare) {
        Some((zh, en)) => said(answer, zh, en),
        None if plain && wrong => typed(answer),
        None => answer,
    }
}

const PROBLEM: HeaderValue = HeaderValue::from_static("application/problem+json");

fn typed(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONTENT_TYPE, PROBLEM);
    answer
}

/// The words of a status that the port gives by itself.
fn words(status: StatusCode) -> Option<(&'static str, &'static str)> {
    Some(match status {
        StatusCode::BAD_REQUEST => {
            ("请求无法读取：正文须为完整的JSON", "the request cannot be read: its body must be whole JSON")
        }
        StatusCode::NOT_FOUND => ("没有此接口", "there is no such door"),
        StatusCode::METHOD_NOT_ALLOWED => ("此接口不接受该方法", "this door does not take that method"),
        StatusCode::PAYLOAD_TOO_LARGE => ("请求正文过大", "the body of the request is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("请求须带 content-type: application/json", "the request must have content-type: application/json")
        }
        StatusCode::UNPROCESSABLE_ENTITY => {
            ("请求正文的内容不合要求", "the body of the request is not of the right shape")
        }
        _ => return None,
    })
}

/// The same answer with these words: its other headers stay.
fn said(answer: Response, zh: &str, en: &str) -> Response {
    let (mut parts, _) = answer.into_parts();
    let body = Refusal::new(parts.status, zh, en).into_response().into_body();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, PROBLEM);
    Response::from_parts(parts, body)
}
