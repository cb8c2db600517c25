//! The desk's doors, all under `/api/v1/desk`. Looks are GET, or POST where a card number may be in the body; acts are POST with the
//! session's second secret.

use super::deeds::{self, Facts};
use super::exchange;
use super::papers;
use super::proposals::{self, Proposal};
use crate::archive::picture;
use crate::clocks::{Stamp, rfc};
use crate::desk::look;
use crate::http::Live;
use crate::people::role::{Deed, Sees};
use crate::signin::Signed;
use crate::tills::aside;
use crate::trace::Found;
use crate::typed;
use crate::web::cursor::Asked;
use crate::web::refusal::{Refusal, object};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_terms::TillKey;
use std::net::SocketAddr;
use std::sync::Arc;

/// Exchanges of one search at most.
const HITS_MAX: usize = 50;
/// Paper that was asked for twice within so long is the same paper. Unit: milliseconds of the wall.
const SAME_PAPER_MS: i64 = 10_000;

type Told = Result<Json<Value>, Refusal>;
type Peer = ConnectInfo<SocketAddr>;
type Body = Result<Bytes, BytesRejection>;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/desk/find", post(find))
        .route("/api/v1/desk/proposals", get(proposed))
        .route("/api/v1/desk/exchanges/{id}", get(one))
        .route("/api/v1/desk/exchanges/{id}/slip", get(slip))
        .route("/api/v1/desk/exchanges/{id}/slip.svg", papers::door(picture::SVG))
        .route("/api/v1/desk/exchanges/{id}/slip.png", papers::door(picture::PNG))
        .route("/api/v1/desk/exchanges/{id}/slip.pdf", papers::door(picture::PDF))
        .route("/api/v1/desk/exchanges/{id}/reprint", post(reprint))
        .route("/api/v1/desk/exchanges/{id}/proposals", post(propose))
        .route("/api/v1/desk/exchanges/{id}/trail", get(trail))
}

pub(super) fn till_of(id: &str) -> Result<TillKey, Refusal> {
    exchange::till_of(id).ok_or_else(Refusal::not_found)
}

/// Somebody who may see more than a caller.
pub(super) fn verified(signed: Signed) -> Result<Signed, Refusal> {
    if signed.role.sees() != Sees::Sentence {
        return Ok(signed);
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "此角色与来电者相同：凭商户号、终端号和完整卡号得到一句结论",
        "this role is told what a caller is: one sentence, by merchant, terminal and the whole card number",
    )
    .with("reason", "sentence_only"))
}

/// By reference number; by merchant, terminal and card; by amount, day and the card's end.
async fn find(State(live): State<Arc<Live>>, ConnectInfo(peer): Peer, headers: HeaderMap, body: Body) -> Told {
    let signed = verified(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let told = move |live: &Live| -> Told {
        let mut found = look(live, &body)?;
        let silent = found.iter().any(Found::lacks_acquirer);
        found.retain(|found| exchange::may_see(&signed, found));
        if found.is_empty() && silent {
            // Whose till it was, and whether there is none, only the acquirer can say.
            found.push(Found::unheard_acquirer());
        }
        found.truncate(HITS_MAX);
        live.log.found(live.now(), &signed.by(), "find", &body, &found)?;
        let first = found.first().map(|found| exchange::told(live, &signed, found));
        let others: Vec<Value> = found.iter().skip(1).map(short).collect();
        let first = first.unwrap_or_else(|| crate::desk::found_json(&[]));
        Ok(Json(json!({"found": first, "hits": found.len(), "others": others})))
    };
    aside(&live, told).await?
}

fn short(found: &Found) -> Value {
    let whole = found.json();
    let at = found.seen.iter().filter_map(|t| t.at).min().map(rfc);
    json!({
        "id": found.till.as_ref().map(exchange::id_of), "verdict": whole["verdict"], "sentence": whole["sentence"], "kind": whole["kind"],
        "signed": whole["signed"], "amount": whole["amount"], "card": whole["card"], "rrn": whole["rrn"], "at": at,
    })
}

/// One exchange, all parties asked anew.
async fn one(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Told {
    let signed = verified(live.front.looks(&headers, peer)?)?;
    let till = till_of(&id)?;
    let told = move |live: &Live| -> Told {
        let found = exchange::find(live, &signed, till);
        let all: Vec<Found> = found.into_iter().collect();
        let asked = json!({"merchant": till.merchant.to_string(), "terminal": till.terminal.to_string()});
        live.log.found(live.now(), &signed.by(), "view", &asked, &all)?;
        let found = all.first().ok_or_else(Refusal::not_found)?;
        Ok(Json(exchange::told(live, &signed, found)))
    };
    aside(&live, told).await?
}

/// Its slip as text.
async fn slip(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Told {
    let signed = verified(live.front.looks(&headers, peer)?)?;
    let till = till_of(&id)?;
    let told = move |live: &Live| -> Told {
        exchange::find(live, &signed, till).ok_or_else(Refusal::not_found)?;
        let shown = exchange::archived(live, till)?;
        live.log.act(
            live.now(),
            &signed.by(),
            "slip",
            json!({"till": till.to_string(), "said": shown.as_ref().map(|shown| shown.evidence.clone())}),
        )?;
        Ok(Json(exchange::paper(till, shown.as_ref())))
    };
    aside(&live, told).await?
}

/// What may not be done is refused with the reason that the page shows.
fn allowed(live: &Live, signed: &Signed, till: TillKey, deed: Deed) -> Result<(Found, Value), Refusal> {
    let found = exchange::find(live, signed, till).ok_or_else(Refusal::not_found)?;
    let told = found.json();
    let proposed = live.support.proposals.about(&till.to_string()).is_some();
    let facts = Facts::of(&found, !told["slip"].is_null(), proposed && deed != Deed::ProposeRefund);
    match deeds::why_not(signed.role, deed, &facts) {
        None => Ok((found, told)),
        Some((zh, en)) => Err(Refusal::new(StatusCode::CONFLICT, zh, en)),
    }
}

/// The slip that counts now comes out of its terminal again; two pages that ask at once get one paper.
async fn reprint(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Told {
    let signed = verified(live.front.acts(&headers, peer)?)?;
    object(&headers, body)?;
    let till = till_of(&id)?;
    let mut prints = live.support.prints.lock().await;
    let now = live.front.wall();
    prints.retain(|_, at| now.since(*at) < SAME_PAPER_MS);
    let same = prints.contains_key(&till);
    let (terminal, voucher) = {
        let signed = signed.clone();
        aside(&live, move |live| -> Result<(String, Value), Refusal> {
            let (_, told) = allowed(live, &signed, till, Deed::Reprint)?;
            let voucher = told["slip"]["voucher"].as_str().and_then(|no| no.parse::<u32>().ok());
            let said = if same { "printing_already" } else { "printing" };
            live.log.act(live.now(), &signed.by(), "reprint", json!({"till": till.to_string(), "said": said}))?;
            Ok((till.terminal.to_string(), json!(voucher)))
        })
        .await??
    };
    if same {
        return Ok(Json(json!({"printing": true, "already": true})));
    }
    let Json(said) = live.tills.print_again(&terminal, &voucher).await?;
    prints.insert(till, live.front.wall());
    Ok(Json(said))
}

/// Somebody proposes that the shop gives the money back.
async fn propose(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    body: Body,
) -> Told {
    let signed = verified(live.front.acts(&headers, peer)?)?;
    let body = object(&headers, body)?;
    let till = till_of(&id)?;
    let because = typed::because(body["because"].as_str())?;
    let told = move |live: &Live| -> Told {
        let (_, told) = allowed(live, &signed, till, Deed::ProposeRefund)?;
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        let at = live.now();
        let proposal = Proposal {
            till: till.to_string(),
            rrn: text("rrn"),
            amount: text("amount"),
            who: signed.name.clone(),
            role: signed.role.word().to_owned(),
            at: at.into(),
            because,
        };
        let write = |value: &Value| live.log.act(at, &signed.by(), proposals::ACT, value.clone());
        let (kept, fresh) = live.support.proposals.make(proposal, write)?;
        Ok(Json(json!({"proposal": kept, "fresh": fresh})))
    };
    aside(&live, told).await?
}

/// Refunds that were proposed, newest first; a shop sees its own.
async fn proposed(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Told {
    let signed = verified(live.front.looks(&headers, peer)?)?;
    let page = asked.page()?;
    let told = move |live: &Live| -> Told {
        live.log.act(live.now(), &signed.by(), "proposals", json!({}))?;
        let own = signed.merchant.map(|id| format!("{id}/"));
        let all = live.support.proposals.all(|one| own.as_deref().is_none_or(|own| one.till.starts_with(own)));
        let from = page.first_behind(&all, |one| one.till.as_bytes())?;
        Ok(Json(page.answer(all.into_iter().skip(from), |one| one.till.clone().into_bytes())))
    };
    aside(&live, told).await?
}

/// Who saw and did what about it, newest first, for an auditor: who pages through it adds lines in front.
async fn trail(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Told {
    let signed = live.front.looks(&headers, peer)?;
    if !signed.role.sees_trail() {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "审计记录只给审计人员看", "the trail is for auditors only"));
    }
    let till = till_of(&id)?;
    let page = asked.page()?;
    let before = page.before()?;
    let told = move |live: &Live| -> Told {
        let till = till.to_string();
        live.log.act(live.now(), &signed.by(), "trail", json!({"till": till}))?;
        let older = |line: &Value| before.is_none_or(|before| line["no"].as_u64().is_some_and(|no| no < before));
        let lines = live.log.chain().lines(page.limit + 1, |line| line["till"] == *till && older(line))?;
        let at = |line: &Value| line["at"].as_str().map(|at| Stamp::from(at.to_owned()));
        let shown = |line: Value| json!({"no": line["no"], "at": at(&line), "who": line["who"], "role": line["role"], "from": line["from"], "act": line["act"], "said": line["said"]});
        Ok(Json(page.answer(lines.into_iter().rev().map(shown), |line| line["no"].to_string().into_bytes())))
    };
    aside(&live, told).await?
}
