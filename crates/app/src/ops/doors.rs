//! The doors of operations, all under `/api/v1/ops`. Operations look and order; auditors look; nobody else comes in.

use super::lists::{self, Items};
use super::order::{Order, Standing};
use super::page::{self, Asked};
use super::{held, history, overview};
use crate::http::Live;
use crate::signin::Signed;
use crate::tills::{Problem, aside};
use crate::typed;
use crate::web::refusal::{Refusal, object};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_terms::Moment;
use std::net::SocketAddr;
use std::sync::Arc;

type Told = Result<Json<Value>, Refusal>;
type Peer = ConnectInfo<SocketAddr>;
type Body = Result<Bytes, BytesRejection>;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/ops/overview", get(whole))
        .route("/api/v1/ops/metrics", get(metrics))
        .route("/api/v1/ops/exchanges", get(exchanges))
        .route("/api/v1/ops/outbox", get(outbox))
        .route("/api/v1/ops/cases", get(cases))
        .route("/api/v1/ops/differences", get(differences))
        .route("/api/v1/ops/disputes", get(disputes))
        .route("/api/v1/ops/suspense", get(suspense))
        .route("/api/v1/ops/holds", get(holds))
        .route("/api/v1/ops/returned", get(returned))
        .route("/api/v1/ops/keys", get(keys))
        .route("/api/v1/ops/orders", get(orders).post(propose))
        .route("/api/v1/ops/orders/{no}", get(order))
        .route("/api/v1/ops/orders/{no}/approve", post(approve))
        .route("/api/v1/ops/orders/{no}/refuse", post(refuse))
}

fn sees(signed: Signed) -> Result<Signed, Refusal> {
    if signed.role.sees_ops() {
        return Ok(signed);
    }
    Err(Refusal::new(StatusCode::FORBIDDEN, "只给运营和审计人员看", "for operations and auditors only")
        .with("reason", "role"))
}

fn orders_money(signed: Signed) -> Result<Signed, Refusal> {
    if signed.role.orders() {
        return Ok(signed);
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "只有运营人员可以提出和复核指令",
        "only operations propose and approve orders",
    )
    .with("reason", "role"))
}

/// A look. A page that asks again every few seconds is one look in a while: it would bury every other line of the log.
async fn look<T: Send + 'static>(
    live: &Arc<Live>,
    (headers, peer): (&HeaderMap, SocketAddr),
    what: &'static str,
    told: impl FnOnce(&Live) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let signed = sees(live.front.looks(headers, peer)?)?;
    aside(live, move |live| {
        if live.ops.is_fresh_look(&signed.name, what, live.front.wall()) {
            live.log.act(live.now(), &signed.by(), "ops", json!({"said": what}))?;
        }
        told(live)
    })
    .await?
}

async fn whole(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap) -> Told {
    let told = look(&live, (&headers, peer), "overview", |live| Ok(overview::overview(live)?));
    told.await.map(Json)
}

/// What the port's metrics say, as JSON, and the samples of the last hour.
async fn metrics(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap) -> Told {
    let told = |live: &Live| {
        let now: Vec<Value> = history::parties(live)
            .filter_map(|party| {
                let figures = party.figures()?;
                Some(json!({
                    "party": party.name, "node_events": figures.node, "link_events": figures.links,
                    "inputs": figures.stages.inputs, "store_syncs": figures.syncs, "store_batches": figures.batches,
                    "lines": figures.lines, "outbox_entries": figures.outbox, "outbox_oldest_ms": figures.outbox_age_ms,
                    "outbox_overdue": figures.outbox_overdue,
                }))
            })
            .collect();
        Ok(json!({"now": now, "history": held(&live.ops.history).json()}))
    };
    look(&live, (&headers, peer), "metrics", told).await.map(Json)
}

type Listed = Result<Items, Problem>;

async fn list(
    live: &Arc<Live>,
    asker: (&HeaderMap, SocketAddr),
    what: &'static str,
    asked: Asked,
    all: impl FnOnce(&Live) -> Listed + Send + 'static,
) -> Told {
    look(live, asker, what, move |live| page::page(&asked, all(live)?, |item| item)).await.map(Json)
}

type AskedFor = Query<Asked>;

async fn exchanges(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Query(asked): AskedFor,
) -> Told {
    let told = move |live: &Live| {
        let all = lists::open(live)?.into_iter().map(|open| (open.key(), open)).collect();
        page::page(&asked, all, |open| open.json(live))
    };
    look(&live, (&headers, peer), "exchanges", told).await.map(Json)
}

macro_rules! listed {
    ($($(#[$about:meta])* $name:ident $what:literal => $all:expr;)*) => {
        $($(#[$about])*
        async fn $name(
            State(live): State<Arc<Live>>,
            ConnectInfo(peer): Peer,
            headers: HeaderMap,
            Query(asked): AskedFor,
        ) -> Told {
            list(&live, (&headers, peer), $what, asked, $all).await
        })*
    };
}

listed! {
    /// Advices and notices that wait for their answer.
    outbox "outbox" => |live| Ok(lists::outbox(live));
    /// Cases that wait for a person.
    cases "cases" => lists::cases;
    /// Differences of reconciliation.
    differences "differences" => lists::differences;
    /// Disputes that are open.
    disputes "disputes" => lists::disputes;
    /// What has not appeared in clearing.
    suspense "suspense" => lists::suspended;
    /// Merchants' money that is held.
    holds "holds" => |live| lists::merchants(live, "holds");
    /// Payouts that came back and wait.
    returned "returned" => |live| lists::merchants(live, "returned");
    /// Keys and their ages.
    keys "keys" => |live| Ok(lists::keys(live));
}

/// An order as the page has it; `mine`: who looks proposed it, and is no second person.
fn shown(order: &Order, signed: &Signed, now: Moment) -> Value {
    let standing = order.standing(now);
    let mine = slipway_terms::same_person(&order.by, &signed.name);
    page::timed(json!({
        "no": order.no, "what": order.what, "moves": order.moves, "because": order.because, "by": order.by,
        "at": order.at.to_string(), "expires": order.expires().to_string(), "standing": standing, "mine": mine,
        "may_approve": standing == Standing::Waiting && !mine && signed.role.orders(),
        "may_refuse": order.may_stop(now) && signed.role.orders(),
        "given": order.given.map(|given| given.at.to_string()),
        "said": order.said.as_ref().map(|said| {
            json!({"yes": said.yes, "by": said.by, "at": said.at.to_string(), "because": said.because})
        }),
        "outcome": order.outcome.as_ref().map(|(at, outcome)| {
            json!({"done": outcome.done, "at": at.to_string(), "zh": outcome.words.zh, "en": outcome.words.en})
        }),
    }))
}

/// Orders, the newest first; with `?standing=waiting` those that wait.
async fn orders(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Query(asked): AskedFor,
) -> Told {
    let signed = sees(live.front.looks(&headers, peer)?)?;
    let told = move |live: &Live| {
        let now = live.now();
        let wanted = |order: &&Order| !asked.waiting() || order.standing(now) == Standing::Waiting;
        let all: Vec<(String, Order)> = held(&live.ops.book)
            .all()
            .filter(wanted)
            .map(|order| (format!("{:020}", u64::MAX - order.no), order.clone()))
            .collect();
        page::page(&asked, all, |order| shown(&order, &signed, now))
    };
    look(&live, (&headers, peer), "orders", told).await.map(Json)
}

fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_| super::refusal(super::No::Unknown))
}

async fn order(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(no): Path<String>,
) -> Told {
    let signed = sees(live.front.looks(&headers, peer)?)?;
    let told = move |live: &Live| {
        let order = live.ops.order(number(&no)?)?;
        Ok(shown(&order, &signed, live.now()))
    };
    look(&live, (&headers, peer), "order", told).await.map(Json)
}

/// `{"what":{"kind":"release","merchant":"…","no":1},"because":"…"}`.
async fn propose(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap, body: Body) -> Told {
    let signed = orders_money(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let because = typed::because(body["because"].as_str())?;
    let what = super::typed::read(&body["what"])?;
    let told = move |live: &Live| -> Told {
        let order = live.ops.propose(live, &signed, &what, &because)?;
        Ok(Json(shown(&order, &signed, live.now())))
    };
    aside(&live, told).await?
}

/// A second person's yes.
async fn approve(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(no): Path<String>,
    body: Body,
) -> Told {
    let signed = orders_money(live.front.acts(&headers, peer)?)?;
    object(&headers, body)?;
    let told = move |live: &Live| -> Told {
        let order = live.ops.approve(live, &signed, number(&no)?)?;
        Ok(Json(shown(&order, &signed, live.now())))
    };
    aside(&live, told).await?
}

/// A no: `{"because":"…"}`.
async fn refuse(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(no): Path<String>,
    body: Body,
) -> Told {
    let signed = orders_money(live.front.acts(&headers, peer)?)?;
    let because = typed::because(object(&headers, body)?["because"].as_str())?;
    let told = move |live: &Live| -> Told {
        let order = live.ops.refuse(live, &signed, number(&no)?, &because)?;
        Ok(Json(shown(&order, &signed, live.now())))
    };
    aside(&live, told).await?
}
