//! Doors of the webhooks that send something now because somebody asks: a challenge, and an event once more. So many a minute, together.

use super::doors::{Body, Peer, open, subscriber, told, wrote};
use super::listed;
use crate::http::Live;
use crate::tills::aside;
use crate::web::refusal::{Refusal, object};
use axum::Json;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// Sends a challenge now; what comes back proves that the address is the subscriber's. So many a minute.
pub(super) async fn challenge(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Result<Response, Refusal> {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    object(&headers, body)?;
    let answer = move |live: &Live| -> Result<Response, Refusal> {
        let hooked = open(live, &signed, &id)?;
        if let Err(wait_s) = live.events.may_redeliver(&hooked.id) {
            return Ok(too_often(wait_s));
        }
        wrote(live, &signed, "webhook_challenge", json!({"webhook": hooked.id}))?;
        let proved = live.events.prove(&hooked)?.map_err(|why| unproven().with("why", &why))?;
        Ok(Json(json!({"webhook": told(live, &signed, &proved)?})).into_response())
    };
    aside(&live, answer).await?
}

fn unproven() -> Refusal {
    Refusal::new(
        StatusCode::CONFLICT,
        "推送地址尚未证明由您接收：请以 200 和 challenge 的值作答",
        "nobody has shown yet that the address is yours: answer the challenge with 200 and its value",
    )
    .with("reason", "unproven")
}

/// Sends one event again, whatever became of it; so many a minute.
pub(super) async fn redeliver(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path((id, sequence)): Path<(String, String)>,
    body: Body,
) -> Result<Response, Refusal> {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    object(&headers, body)?;
    let digits = sequence.len() <= 15 && sequence.bytes().all(|byte| byte.is_ascii_digit());
    let sequence: Option<u64> = sequence.parse().ok().filter(|_| digits);
    let answer = move |live: &Live| -> Result<Response, Refusal> {
        let hooked = open(live, &signed, &id)?;
        if !hooked.proof.is_given() {
            return Err(unproven());
        }
        if let Err(wait_s) = live.events.may_redeliver(&hooked.id) {
            return Ok(too_often(wait_s));
        }
        wrote(live, &signed, "webhook_redeliver", json!({"webhook": hooked.id, "sequence": sequence}))?;
        let event = sequence.map(|no| listed::again(&live.dir, &hooked, no)).transpose()?.flatten();
        let event = event.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "没有此事件", "there is no such event"))?;
        Ok(Json(json!({"redelivering": true, "event": event})).into_response())
    };
    aside(&live, answer).await?
}

fn too_often(wait_s: i64) -> Response {
    let (zh, en) = ("推送过于频繁：请稍候", "too many are sent: wait a little");
    let mut answer = Refusal::new(StatusCode::TOO_MANY_REQUESTS, zh, en).into_response();
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    answer
}
