//! `/api/v1/webhooks`: a merchant's own subscriptions, or for operations everybody's.

use super::book::Hooked;
use super::listed;
use crate::http::Live;
use crate::notices::host;
use crate::people::role::Role;
use crate::say::End;
use crate::signin::Signed;
use crate::tills::aside;
use crate::typed::no_card;
use crate::web::cursor::{Asked, Cursor};
use crate::web::refusal::{Refusal, object};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_terms::MerchantId;
use std::net::SocketAddr;
use std::sync::Arc;

type Told = Result<Json<Value>, Refusal>;
type Peer = ConnectInfo<SocketAddr>;
type Body = Result<Bytes, BytesRejection>;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/webhooks", get(list).post(add))
        .route("/api/v1/webhooks/{id}", get(one).delete(end))
        .route("/api/v1/webhooks/{id}/keys", post(keys))
        .route("/api/v1/webhooks/{id}/deliveries", get(deliveries))
        .route("/api/v1/webhooks/{id}/deliveries/{sequence}/redeliver", post(redeliver))
}

/// Somebody whose subscriptions these are.
fn subscriber(signed: Signed) -> Result<Signed, Refusal> {
    if matches!(signed.role, Role::Merchant | Role::Operations) {
        return Ok(signed);
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "推送订阅只供商户和运营", "webhooks are for merchants and for operations"))
}

fn no_hook() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "没有此推送订阅", "there is no such webhook")
}

/// A subscription that this person may see; of another merchant's the same is said as of none.
fn of(live: &Live, signed: &Signed, id: &str) -> Result<Hooked, Refusal> {
    let found = live.events.state().book.get(id).cloned();
    found.filter(|one| signed.merchant.is_none_or(|own| one.merchant == Some(own))).ok_or_else(no_hook)
}

/// The same, and it is not ended.
fn open(live: &Live, signed: &Signed, id: &str) -> Result<Hooked, Refusal> {
    let hooked = of(live, signed, id)?;
    if hooked.ended.is_none() {
        return Ok(hooked);
    }
    Err(Refusal::new(StatusCode::CONFLICT, "此推送订阅已结束", "this webhook is ended"))
}

fn wrote(live: &Live, signed: &Signed, act: &str, more: Value) -> Result<(), End> {
    live.log.act(live.front.now(), &signed.by(), act, more)
}

/// The subscription with its newest key, for whoever may have it.
fn with_secret(live: &Live, hooked: &Hooked) -> Value {
    json!({"webhook": hooked.told(), "secret": live.events.key.hook(&hooked.id, hooked.turn).shown()})
}

async fn list(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Told {
    let signed = subscriber(live.front.looks(&headers, peer)?)?;
    let page = asked.page()?;
    let told = move |live: &Live| -> Told {
        wrote(live, &signed, "webhooks", json!({}))?;
        let state = live.events.state();
        let mine = |one: &&Hooked| signed.merchant.is_none_or(|own| one.merchant == Some(own));
        let all: Vec<&Hooked> = state.book.newest().filter(mine).collect();
        let from = match &page.behind {
            None => 0,
            Some(id) => {
                all.iter().position(|one| one.id.as_bytes() == id).ok_or_else(Cursor::broken)?.saturating_add(1)
            }
        };
        let rows = all.into_iter().skip(from).map(Hooked::told);
        Ok(Json(page.answer(rows, |row| row["id"].as_str().unwrap_or_default().into())))
    };
    aside(&live, told).await?
}

async fn add(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap, body: Body) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let told = move |live: &Live| -> Told {
        let url = body["url"].as_str().unwrap_or_default();
        if no_card(url) != url {
            return Err(End::usage("url 不得含卡号样的数字", "no digits that could be a card in `url`").into());
        }
        let words =
            |list: &Vec<Value>| list.iter().map(|word| word.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>();
        let events = body["events"].as_array().and_then(words).unwrap_or_default();
        let named = match &body["merchant"] {
            Value::Null => None,
            named => Some(
                named
                    .as_str()
                    .and_then(|id| MerchantId::new(id).ok())
                    .ok_or_else(|| End::usage("商户号须为15位", "a merchant's number has fifteen digits"))?,
            ),
        };
        if signed.merchant.is_some() && named.is_some() && named != signed.merchant {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "只能订阅本商户的事件", "only your own merchant's events"));
        }
        let asked = json!({"to": no_card(host(url)), "events": events.len()});
        wrote(live, &signed, "webhook_add", asked)?;
        let hooked = live.events.subscribe(signed.merchant.or(named), url, events, &signed.name, live.clock.now())?;
        Ok(Json(with_secret(live, &hooked)))
    };
    aside(&live, told).await?
}

async fn one(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Told {
    let signed = subscriber(live.front.looks(&headers, peer)?)?;
    let told = move |live: &Live| -> Told {
        let hooked = of(live, &signed, &id)?;
        wrote(live, &signed, "webhook", json!({"webhook": hooked.id}))?;
        Ok(Json(hooked.told()))
    };
    aside(&live, told).await?
}

/// Nothing more is sent; it stays as ended.
async fn end(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let told = move |live: &Live| -> Told {
        let hooked = of(live, &signed, &id)?;
        if hooked.ended.is_some() {
            return Ok(Json(hooked.told()));
        }
        wrote(live, &signed, "webhook_end", json!({"webhook": hooked.id}))?;
        let now = live.clock.now();
        let ended = live.events.change(&hooked.id, |one| one.ended = Some(now))?.ok_or_else(no_hook)?;
        Ok(Json(ended.told()))
    };
    aside(&live, told).await?
}

/// The key: `show` it, `add` a newer one beside it, `drop` the older one.
async fn keys(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let told = move |live: &Live| -> Told {
        let act = body["act"].as_str().unwrap_or_default();
        let wrong = || End::usage("act 须为 show、add 或 drop", "`act` is show, add or drop");
        let hooked = open(live, &signed, &id)?;
        let (said, change): (_, Option<fn(&mut Hooked)>) = match (act, hooked.two) {
            ("show", _) => ("shown", None),
            ("add", false) => ("added", Some(|one| (one.turn, one.two) = (one.turn + 1, true))),
            ("add", true) => {
                return Err(Refusal::new(
                    StatusCode::CONFLICT,
                    "已有两把密钥：先停用旧的",
                    "there are two keys: drop the older one first",
                ));
            }
            ("drop", true) => ("dropped", Some(|one| one.two = false)),
            ("drop", false) => return Err(Refusal::new(StatusCode::CONFLICT, "只有一把密钥", "there is one key only")),
            _ => return Err(wrong().into()),
        };
        wrote(live, &signed, "webhook_keys", json!({"webhook": hooked.id, "said": said}))?;
        let hooked = match change {
            Some(change) => live.events.change(&hooked.id, change)?.ok_or_else(no_hook)?,
            None => hooked,
        };
        Ok(Json(with_secret(live, &hooked)))
    };
    aside(&live, told).await?
}

async fn deliveries(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Told {
    let signed = subscriber(live.front.looks(&headers, peer)?)?;
    let page = asked.page()?;
    let before = page.behind.as_deref().map(|bytes| {
        std::str::from_utf8(bytes).ok().and_then(|text| text.parse::<u64>().ok()).ok_or_else(Cursor::broken)
    });
    let before = before.transpose()?;
    let told = move |live: &Live| -> Told {
        let hooked = of(live, &signed, &id)?;
        wrote(live, &signed, "webhook_deliveries", json!({"webhook": hooked.id}))?;
        let all = listed::deliveries(&live.dir, &hooked)?;
        let older = |row: &Value| before.is_none_or(|before| row["sequence"].as_u64().is_some_and(|no| no < before));
        let rows = all.into_iter().filter(older);
        Ok(Json(page.answer(rows, |row| row["sequence"].to_string().into_bytes())))
    };
    aside(&live, told).await?
}

/// Sends one event again, whatever became of it.
async fn redeliver(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path((id, sequence)): Path<(String, String)>,
    body: Body,
) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    object(&headers, body)?;
    let digits = sequence.len() <= 15 && sequence.bytes().all(|byte| byte.is_ascii_digit());
    let sequence: Option<u64> = sequence.parse().ok().filter(|_| digits);
    let told = move |live: &Live| -> Told {
        let hooked = open(live, &signed, &id)?;
        wrote(live, &signed, "webhook_redeliver", json!({"webhook": hooked.id, "sequence": sequence}))?;
        let event = sequence.map(|no| listed::again(&live.dir, &hooked, no)).transpose()?.flatten();
        let event = event.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "没有此事件", "there is no such event"))?;
        Ok(Json(json!({"redelivering": true, "event": event})))
    };
    aside(&live, told).await?
}
