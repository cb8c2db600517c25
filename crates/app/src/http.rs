//! The local port of a running network: metrics, trace, the terminals' keys. Loopback by default; every door but health and
//! metrics wants the token of `run.json`, except under `--demo`.

use crate::archive;
use crate::audit;
use crate::cases;
use crate::clearing::asked;
use crate::clearing::daily::Daily;
use crate::cutover;
use crate::desk::{self, found_json, keys, look};
use crate::disputes::{self, Whose};
use crate::events::{self, Events};
use crate::inquiry::{By, Callers, Log, Told};
use crate::keys::reset;
use crate::network::Hosts;
use crate::ops::{self, Ops};
use crate::portal;
use crate::recon;
use crate::say::End;
use crate::settle;
use crate::signin::{self, Front, Signed};
use crate::support::{self, Support};
use crate::suspense;
use crate::theatre::{self, Theatre};
use crate::tills::{self, Answer, BODY_BYTES_MAX, Problem, Tills, aside, problem};
use crate::trace::{Desk, Found, Keys, trace as trace_keys};
use crate::web::idempotency::{self, Idempotency};
use crate::web::refusal::{Object, Refusal, object};
use crate::web::{bare, guard, openapi, pages};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::{Clock, Question};
use slipway_runtime::os::{Handle, PacedClock};
use slipway_terms::{Moment, TerminalId, Testimony};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// A running network, as its port sees it.
pub struct Live {
    /// The hosts.
    pub hosts: Hosts,
    /// Its own terminals.
    pub bank: Option<Handle>,
    /// The network's clock.
    pub clock: PacedClock,
    /// Who asked where the money is.
    pub log: Log,
    /// Callers without a role.
    pub callers: Callers,
    /// The same terminals as their keys and screens, and what opens the doors.
    pub tills: Arc<Tills>,
    /// The day after.
    pub daily: Daily,
    /// The pages of slips.
    pub pages: archive::door::Pages,
    /// Its folder.
    pub dir: PathBuf,
    /// The theatre, under `--demo`.
    pub theatre: Option<Arc<Theatre>>,
    /// Who may sign in, and who has.
    pub front: Front,
    /// What the support desk remembers.
    pub support: Support,
    /// Refunds that shops have ordered.
    pub orders: portal::Orders,
    /// What operations remember: orders and samples.
    pub ops: Ops,
    /// Acts that came under a key of their own.
    pub once: Idempotency,
    /// Who is told of what happens.
    pub events: Events,
}

impl Live {
    /// The network's time: whatever is told or written down is dated by it.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }
}

impl Desk for Live {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.acquirer.ask(question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.switch.ask(question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        self.hosts.issuers.get(index)?.ask(question)
    }
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        if self.tills.seats.contains(&id) { self.bank.as_ref()?.ask(question) } else { None }
    }
}

/// The routes.
pub fn router(live: Arc<Live>) -> Router {
    let pages = Router::new().route("/", get(page)).route("/assets/{name}", get(pages::file));
    let pages = pages.route("/desk", get(async |headers: HeaderMap| pages::shell("desk", &headers)));
    let pages = pages.route("/merchant", get(async |headers: HeaderMap| pages::shell("merchant", &headers)));
    let pages = pages.route("/ops", get(async |headers: HeaderMap| pages::shell("ops", &headers)));
    let pages = if live.theatre.is_some() { pages.merge(theatre::router()) } else { pages };
    // What was said to somebody who had signed in stays in no browser's store.
    let desk = signin::doors::router()
        .merge(support::router())
        .merge(portal::router())
        .merge(ops::router())
        .merge(events::router())
        .route("/api/v1/inquiry", post(inquiry));
    let desk = desk.route("/api/v1/openapi.json", get(openapi::document));
    let desk = desk.layer(axum::middleware::map_response(guard::not_kept));
    let own_host = axum::middleware::from_fn_with_state(live.front.site.clone(), guard::own_host);
    let pages = pages.merge(desk).layer(own_host).with_state(Arc::clone(&live));
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics))
        .route("/api/v1/trace", post(trace))
        .route("/api/v1/audit", get(audited))
        .route("/api/v1/quiet", get(quiet))
        .route(reset::DOOR, post(reset_key))
        .route(cutover::DOOR, get(days).post(cut_over))
        .route(asked::DOOR, post(clear))
        .route(suspense::DOOR, get(suspended))
        .route(settle::DOOR, post(pay))
        .route(cases::LIST, get(list_cases))
        .route(cases::FIND, post(find_case))
        .route(disputes::LIST, get(list_disputes))
        .route(disputes::ORDER, post(order_dispute))
        .route(recon::DOOR, post(make_lists))
        .route(recon::REPAIR, post(repair))
        .route(archive::DOOR, post(archived))
        .route("/s", get(async || archive::door::form()).post(typed_page))
        .route("/s/{code}", get(slip_page))
        .with_state(Arc::clone(&live))
        .merge(tills::router(Arc::clone(&live.tills)))
        .merge(pages)
        .layer(axum::middleware::from_fn_with_state(live, idempotency::once))
        .layer(axum::middleware::from_fn(events::no_webhook))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(axum::middleware::from_fn(bare::in_both_languages))
}

/// The page: the theatre, or without one what asks for the token.
async fn page(State(live): State<Arc<Live>>, headers: HeaderMap) -> Response {
    pages::shell(if live.theatre.is_some() { "theatre" } else { "gate" }, &headers)
}

async fn metrics(State(live): State<Arc<Live>>) -> Result<String, Problem> {
    aside(&live, |live| {
        let parties = live.hosts.all().into_iter().chain(live.bank.as_ref());
        let figures: Vec<_> =
            parties.filter_map(|party| party.figures().map(|figures| (party.name.clone(), figures))).collect();
        slipway_runtime::os::render(&figures)
    })
    .await
}

async fn trace(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let found = aside(&live, move |live| {
        let found = look(live, &body)?;
        let who = body["asker"].as_str().unwrap_or("local port");
        live.log.write(live.now(), who, &body, &found).map(|()| found)
    });
    found.await?.map(|found| Json(found_json(&found))).map_err(|end| refused(&end))
}

fn refused(end: &End) -> Problem {
    let status = if end.code == 2 { StatusCode::BAD_REQUEST } else { StatusCode::SERVICE_UNAVAILABLE };
    problem(status, &end.text.zh, &end.text.en)
}

/// A caller without a role names merchant, terminal and card, as on the hotline, and with several payments the amount: one
/// sentence, or nothing. The page has a form for it.
async fn inquiry(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, Refusal> {
    live.front.site.own_page(&headers)?;
    let (body, signed) = (object(&headers, body)?, live.front.looks(&headers, peer).ok());
    let from = live.front.from(&headers, peer);
    aside(&live, move |live| {
        let keys = keys(&body)?;
        let Keys::Counter { merchant, terminal, card: Some(_), .. } = keys else {
            return Err(Refusal::new(
                StatusCode::BAD_REQUEST,
                "请给出商户号、终端号和完整卡号",
                "give merchant, terminal and the whole card number",
            ));
        };
        let (till, at, wall) = ((merchant, terminal), live.now(), live.front.wall());
        let amount = desk::amount(&body).map_err(|end| refused(&end))?;
        let mut found = if live.callers.locked(till, wall) { Vec::new() } else { trace_keys(live, &keys) };
        found.retain(|found| found.is_unheard() || amount.is_none_or(|amount| found.amount() == Some(amount)));
        // A payment and its void have one amount: who calls asks about the payment, and its sentence tells of the void.
        if found.len() > 1 {
            found.retain(Found::is_payment);
        }
        let told = if found.len() == 1 { &found[..] } else { &[] };
        let nobody = By { who: "caller", role: None, from: &from };
        live.log.found(at, &signed.as_ref().map_or(nobody, Signed::by), "inquiry", &body, told)?;
        match live.callers.answer(till, wall, &found) {
            Told::Sentence(sentence) => Ok(Json(json!({"sentence": sentence}))),
            Told::Several => Err(Refusal::new(
                StatusCode::CONFLICT,
                "有多笔符合：请给出金额；仍有多笔时请凭参考号向收单机构人工客服查询",
                "more than one payment fits: give the amount; if there are still several, ask a person at the acquirer by reference number",
            )),
            Told::Miss => Err(Refusal::new(
                StatusCode::NOT_FOUND,
                "没有符合的交易：请核对商户号、终端号、卡号和金额；查不到不等于未扣款",
                "no payment fits: check merchant, terminal, card and amount; not found does not mean that nothing was taken",
            )),
            Told::Locked => Err(Refusal::new(
                StatusCode::TOO_MANY_REQUESTS,
                "查询多次不符，已暂停15分钟；请向收单机构人工客服查询",
                "too many questions did not fit: paused for 15 minutes; ask a person at the acquirer",
            )),
        }
    })
    .await?
}

async fn audited(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    let audit = aside(&live, |live| audit::audit(&live.hosts, &live.bank.iter().collect::<Vec<_>>())).await?;
    let audit =
        audit.ok_or_else(|| problem(StatusCode::SERVICE_UNAVAILABLE, "有一方没有回答", "a party did not answer"))?;
    let till: BTreeMap<_, _> = audit.tills.iter().map(|(till, switch)| (switch, till)).collect();
    let sales: Vec<Value> = audit.exchanges.iter().map(|(key, t)| json!({
        "exchange": key.to_string(), "till": till.get(key).map(|till| till.to_string()), "debits": t.debits, "refunds": t.refunds,
        "debit_fen": t.debit_fen, "credit_fen": t.credit_fen, "slip_fen": t.slip_fen,
    })).collect();
    let sum = |pick: fn(&audit::Traces) -> u32| audit.exchanges.values().map(pick).sum::<u32>();
    Ok(Json(json!({
        "ledgers_zero": audit.ledgers_zero, "rule_holds": audit.rule_holds, "faults": audit.faults,
        "exchanges": audit.exchanges.len(), "sales": sales, "debits": sum(|t| t.debits), "refunds": sum(|t| t.refunds),
    })))
}

/// A new zone key between the switch and a member.
async fn reset_key(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    reset::ask(&live.hosts.switch, &body).map(Json)
}

/// Where the business days stand.
async fn days(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    aside(&live, |live| cutover::show(&live.hosts.switch)).await?.map(Json)
}

/// The business day ends now.
async fn cut_over(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    aside(&live, move |live| cutover::order(&live.hosts.switch, &body)).await?.map(Json)
}

/// Closed days are cleared now.
async fn clear(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    aside(&live, move |live| asked::answer(&live.daily, &live.hosts, &body)).await?.map(Json)
}

/// What moves money by hand and comes without a person who has signed in is told before it is done.
fn by_command(live: &Live, deed: ops::Deed, body: &Value) -> Result<(), Problem> {
    let people = live.front.book.people().map_err(|end| refused(&end))?;
    let place = ops::Place { log: Some(&live.log), people: &people, demo: live.tills.door.demo };
    ops::told(place, live.now(), deed, body)
}

/// Closed days are settled with the merchants now.
async fn pay(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let pay = move |live: &Live| {
        by_command(live, ops::Deed::Settle, &body)?;
        live.daily.pay(&live.hosts, &body, live.clock.now())
    };
    aside(&live, pay).await?.map(Json)
}

/// What the issuers have in suspense.
async fn suspended(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    let told = aside(&live, |live| {
        let rows = live.hosts.issuers.iter().map(|issuer| Some((issuer.name.as_str(), suspense::rows(issuer)?)));
        let rows = rows.collect::<Option<Vec<_>>>()?;
        Some(suspense::all(rows.iter().map(|(name, rows)| (*name, rows.as_slice()))))
    });
    let told = told.await?;
    told.map(Json).ok_or_else(|| problem(StatusCode::SERVICE_UNAVAILABLE, "有一方没有回答", "a party did not answer"))
}

/// Open cases.
async fn list_cases(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    aside(&live, |live| cases::answer_list([&live.hosts.acquirer, &live.hosts.switch])).await?.map(Json)
}

/// A person's finding.
async fn find_case(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let find = move |live: &Live| {
        by_command(live, ops::Deed::Case, &body)?;
        let switchs = cases::is_the_switchs(body["number"].as_str().unwrap_or(""));
        cases::answer_find(if switchs { &live.hosts.switch } else { &live.hosts.acquirer }, &body)
    };
    aside(&live, find).await?.map(Json)
}

/// Disputes of every house.
async fn list_disputes(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    aside(&live, |live| disputes::answer_list(live.hosts.all())).await?.map(Json)
}

/// A step of a dispute, by the house whose it is.
async fn order_dispute(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let order = move |live: &Live| {
        by_command(live, ops::Deed::Dispute, &body)?;
        let rules = disputes::rules_of(&live.dir).map_err(|end| recon::problem(&end))?;
        let [one, two] = &live.hosts.issuers;
        let houses = [
            (&live.hosts.acquirer, Whose::Acquirer),
            (&live.hosts.switch, Whose::Switch),
            (one, Whose::Issuer),
            (two, Whose::Issuer),
        ];
        disputes::answer_order(&houses, &rules, &body)
    };
    aside(&live, order).await?.map(Json)
}

/// A repair in the acquirer's own books.
async fn repair(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let repair = move |live: &Live| {
        by_command(live, ops::Deed::Repair, &body)?;
        recon::answer_repair(&live.hosts.acquirer, &body).map_err(|end| recon::problem(&end))
    };
    aside(&live, repair).await?.map(Json)
}

/// Each house writes its lists of a closed day.
async fn make_lists(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let made = move |live: &Live| {
        let hosts = &live.hosts;
        let party = |name: &str| match name {
            "acquirer" => Some(&hosts.acquirer),
            "switch" => Some(&hosts.switch),
            "issuer1" => hosts.issuers.first(),
            _ => hosts.issuers.get(1),
        };
        recon::answer(&live.dir, party, &body)
    };
    aside(&live, made).await?.map(Json).map_err(|end| recon::problem(&end))
}

/// Slips out of the archive.
async fn archived(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    live.tills.door.opens(&headers)?;
    let told = move |live: &Live| archive::answer(&live.hosts.acquirer, &live.dir, &live.log, &body, live.now());
    aside(&live, told).await?.map(Json).map_err(|end| refused(&end))
}

/// The page of a slip: for whoever has its code.
async fn slip_page(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(code): Path<String>,
    Query(wanted): Query<archive::door::Wanted>,
) -> Result<Response, Problem> {
    let from = live.front.address(&headers, peer);
    aside(&live, move |live| {
        live.pages.open(&live.hosts.acquirer, &code, &wanted, from, (live.now(), live.front.wall()))
    })
    .await
}

/// The page of a slip: for whoever has its short code and knows amount and card.
async fn typed_page(
    State(live): State<Arc<Live>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Problem> {
    let from = live.front.address(&headers, peer);
    aside(&live, move |live| live.pages.typed(&live.hosts.acquirer, &body, from, (live.now(), live.front.wall()))).await
}

/// Whether nothing is pending anywhere.
async fn quiet(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.tills.door.opens(&headers)?;
    let quiet = aside(&live, |live| audit::quiet(&live.hosts, &live.bank.iter().collect::<Vec<_>>()));
    Ok(Json(json!({"quiet": quiet.await? == Some(true)})))
}
