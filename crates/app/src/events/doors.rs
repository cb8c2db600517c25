//! `/api/v1/webhooks`: a merchant's subscriptions, and operations' own. Of the other side's each sees that they are there; operations may
//! end one with a reason, which is logged. A signing secret is in the answer to whoever makes it and in no other.

use super::book::{Hooked, Side};
use super::{Wish, listed, sending};
use crate::archive::shelf;
use crate::http::Live;
use crate::notices::host;
use crate::people::role::Role;
use crate::say::End;
use crate::signin::Signed;
use crate::tills::aside;
use crate::typed::{because, no_card};
use crate::web::cursor::Asked;
use crate::web::refusal::{Refusal, object};
use axum::body::Bytes;
use axum::extract::Request;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_hosts::acquirer::Merchant;
use slipway_node::Clock;
use slipway_terms::MerchantId;
use std::net::SocketAddr;
use std::sync::Arc;

type Told = Result<Json<Value>, Refusal>;
pub(super) type Peer = ConnectInfo<SocketAddr>;
pub(super) type Body = Result<Bytes, BytesRejection>;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/webhooks", get(list).post(add))
        .route("/api/v1/webhooks/{id}", get(one).delete(end))
        .route("/api/v1/webhooks/{id}/challenge", post(sending::challenge))
        .route("/api/v1/webhooks/{id}/keys", post(keys))
        .route("/api/v1/webhooks/{id}/deliveries", get(deliveries))
        .route("/api/v1/webhooks/{id}/deliveries/{sequence}/redeliver", post(sending::redeliver))
}

/// Somebody whose subscriptions these are.
pub(super) fn subscriber(signed: Signed) -> Result<Signed, Refusal> {
    if matches!(signed.role, Role::Merchant | Role::Operations) {
        return Ok(signed);
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "推送订阅只供商户和运营", "webhooks are for merchants and for operations"))
}

fn no_hook() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "没有此推送订阅", "there is no such webhook")
}

/// On which side somebody is.
const fn side(signed: &Signed) -> Side {
    if signed.merchant.is_some() { Side::Merchant } else { Side::Operations }
}

/// What somebody may know of a subscription.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    /// All but its keys.
    Own,
    /// That it is there.
    There,
}

fn sight(signed: &Signed, one: &Hooked) -> Option<Sight> {
    match (signed.merchant, one.side()) {
        (Some(own), side) if one.merchant == Some(own) => {
            Some(if side == Side::Merchant { Sight::Own } else { Sight::There })
        }
        (Some(_), _) => None,
        (None, Side::Operations) => Some(Sight::Own),
        (None, Side::Merchant) => Some(Sight::There),
    }
}

/// As somebody sees it.
pub(super) fn told(live: &Live, signed: &Signed, one: &Hooked) -> Result<Option<Value>, End> {
    let people = live.front.book.people()?;
    let kept = one.is_kept(&people, live.tills.door.demo);
    Ok(sight(signed, one).map(|sight| match sight {
        Sight::Own => one.told(kept),
        Sight::There => one.told_outside(kept),
    }))
}

/// A subscription that this person sees so far; of another merchant's the same is said as of none.
fn of(live: &Live, signed: &Signed, id: &str, far: Sight) -> Result<Hooked, Refusal> {
    let found = live.events.book.get(id).ok_or_else(no_hook)?;
    match sight(signed, &found) {
        None => Err(no_hook()),
        Some(Sight::There) if far == Sight::Own => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "此推送订阅属于另一方：只知其存在",
            "this webhook is the other side's: all there is to know is that it is there",
        )),
        Some(_) => Ok(found),
    }
}

/// One's own, and it is not ended.
pub(super) fn open(live: &Live, signed: &Signed, id: &str) -> Result<Hooked, Refusal> {
    let hooked = of(live, signed, id, Sight::Own)?;
    if hooked.ended.is_none() {
        return Ok(hooked);
    }
    Err(Refusal::new(StatusCode::CONFLICT, "此推送订阅已结束", "this webhook is ended"))
}

fn changed_meanwhile() -> Refusal {
    Refusal::new(StatusCode::CONFLICT, "此推送订阅刚被更改：请重新查看", "this webhook was just changed: look again")
}

pub(super) fn wrote(live: &Live, signed: &Signed, act: &str, more: Value) -> Result<(), End> {
    live.log.act(live.now(), &signed.by(), act, more)
}

/// The subscription with the key that was just made, for whoever made it.
fn with_secret(live: &Live, signed: &Signed, hooked: &Hooked) -> Told {
    let key = live.events.key.hook(&hooked.id, hooked.turn);
    Ok(Json(json!({"webhook": told(live, signed, hooked)?, "secret": key.shown()})))
}

/// No webhook comes in at a port of ours, this network's or another's: some doors want no token under `--demo`.
pub async fn no_webhook(request: Request, next: Next) -> Response {
    if !request.headers().contains_key("slipway-notice") {
        return next.run(request).await;
    }
    let (zh, en) = ("推送不能发往本系统的端口", "a webhook is not taken at a port of this system");
    Refusal::new(StatusCode::FORBIDDEN, zh, en).into_response()
}

async fn list(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Told {
    let signed = subscriber(live.front.looks(&headers, peer)?)?;
    let page = asked.page()?;
    let answer = move |live: &Live| -> Told {
        wrote(live, &signed, "webhooks", json!({}))?;
        let book = live.events.book.all();
        let all: Vec<&Hooked> = book.iter().rev().filter(|one| sight(&signed, one).is_some()).collect();
        let from = page.first_behind(&all, |one| one.id.as_bytes())?;
        let rows = all.into_iter().skip(from).map(|one| told(live, &signed, one));
        let rows: Vec<Value> = rows.collect::<Result<Vec<_>, End>>()?.into_iter().flatten().collect();
        Ok(Json(page.answer(rows, |row| row["id"].as_str().unwrap_or_default().into())))
    };
    aside(&live, answer).await?
}

async fn add(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap, body: Body) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let answer = move |live: &Live| -> Told {
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
        let merchant = signed.merchant.or(named);
        let known = merchant.map(|id| shelf::range::<Merchant>(&live.hosts.acquirer, &id, 1)).transpose()?;
        if known.is_some_and(|rows| rows.is_empty()) {
            return Err(Refusal::new(StatusCode::NOT_FOUND, "没有此商户", "there is no such merchant"));
        }
        let asked =
            json!({"to": no_card(host(url)), "events": events.len(), "merchant": merchant.map(|id| id.to_string())});
        wrote(live, &signed, "webhook_add", asked)?;
        let wish = Wish { merchant, url: url.to_owned(), events, side: side(&signed), who: signed.name.clone() };
        let hooked = live.events.subscribe(&live.hosts.acquirer, wish)?;
        with_secret(live, &signed, &hooked)
    };
    aside(&live, answer).await?
}

async fn one(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Told {
    let signed = subscriber(live.front.looks(&headers, peer)?)?;
    let answer = move |live: &Live| -> Told {
        let hooked = of(live, &signed, &id, Sight::There)?;
        wrote(live, &signed, "webhook", json!({"webhook": hooked.id}))?;
        Ok(Json(told(live, &signed, &hooked)?.ok_or_else(no_hook)?))
    };
    aside(&live, answer).await?
}

/// Nothing more is sent; it stays as ended. Operations end a merchant's with a reason.
async fn end(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let said = if body.as_ref().is_ok_and(Bytes::is_empty) { Value::Null } else { object(&headers, body)? };
    let answer = move |live: &Live| -> Told {
        let foreign = Some(Sight::There) == live.events.book.get(&id).and_then(|one| sight(&signed, &one));
        let hooked = of(live, &signed, &id, if side(&signed) == Side::Operations { Sight::There } else { Sight::Own })?;
        // A reason that nobody asked for is read like any other: what is written down is never longer than it may be.
        let reason =
            if foreign || !said["because"].is_null() { Some(because(said["because"].as_str())?) } else { None };
        let shown = |one: &Hooked| -> Told { Ok(Json(told(live, &signed, one)?.ok_or_else(no_hook)?)) };
        if hooked.ended.is_some() {
            return shown(&hooked);
        }
        let more = json!({"webhook": hooked.id, "because": reason, "side": hooked.side().word()});
        wrote(live, &signed, "webhook_end", more)?;
        let now = live.clock.now();
        let ended = live.events.change(&hooked, |one| one.ended = Some(now))?.ok_or_else(changed_meanwhile)?;
        shown(&ended)
    };
    aside(&live, answer).await?
}

/// The key: `add` a newer one beside it, which is shown now and never again, or `drop` the older one.
async fn keys(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Told {
    let signed = subscriber(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let answer = move |live: &Live| -> Told {
        let act = body["act"].as_str().unwrap_or_default();
        let hooked = open(live, &signed, &id)?;
        let conflict = |zh, en| Err(Refusal::new(StatusCode::CONFLICT, zh, en));
        match (act, hooked.two) {
            ("add", true) => {
                return conflict("已有两把密钥：先停用旧的", "there are two keys: drop the older one first");
            }
            ("drop", false) => return conflict("只有一把密钥", "there is one key only"),
            ("add" | "drop", _) => {}
            _ => return Err(End::usage("act 须为 add 或 drop", "`act` is add or drop").into()),
        }
        wrote(live, &signed, "webhook_keys", json!({"webhook": hooked.id, "said": act}))?;
        let fresh = act == "add";
        let change = |one: &mut Hooked| (one.turn, one.two) = (one.turn + u32::from(fresh), fresh);
        let hooked = live.events.change(&hooked, change)?.ok_or_else(changed_meanwhile)?;
        if fresh {
            return with_secret(live, &signed, &hooked);
        }
        Ok(Json(json!({"webhook": told(live, &signed, &hooked)?})))
    };
    aside(&live, answer).await?
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
    let before = page.before()?;
    let answer = move |live: &Live| -> Told {
        let hooked = of(live, &signed, &id, Sight::Own)?;
        wrote(live, &signed, "webhook_deliveries", json!({"webhook": hooked.id}))?;
        let all = listed::deliveries(&live.dir, &hooked)?;
        let older = |row: &Value| before.is_none_or(|before| row["sequence"].as_u64().is_some_and(|no| no < before));
        let rows = all.into_iter().filter(older);
        Ok(Json(page.answer(rows, |row| row["sequence"].to_string().into_bytes())))
    };
    aside(&live, answer).await?
}
