//! The local port of a running network: metrics, trace, the terminals' keys. Loopback by default; every door but health and
//! metrics wants the token of `run.json`, except under `--demo`.

use crate::audit;
use crate::desk::{found_json, look};
use crate::network::Hosts;
use crate::say::End;
use crate::trace::Desk;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::{Act, CardRead, Hand, KeyPress, Question, Show};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{Amount, OperatorNo, Pin, Stan, TerminalId, Testimony, Track2};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The screens of the terminals as they stand now.
pub type Screens = Arc<Mutex<BTreeMap<TerminalId, Show>>>;

/// Bytes of one request body.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// A running network, as its port sees it.
pub struct Live {
    /// The hosts.
    pub hosts: Hosts,
    /// Its own terminals.
    pub bank: Option<Handle>,
    /// Their numbers.
    pub seats: Vec<TerminalId>,
    /// Their screens.
    pub screens: Screens,
    /// Opens the doors.
    pub token: String,
    /// Demonstration: the doors are open without a token.
    pub demo: bool,
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
        if self.seats.contains(&id) { self.bank.as_ref()?.ask(question) } else { None }
    }
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn problem(status: StatusCode, zh: &str, en: &str) -> (StatusCode, Json<Value>) {
    (status, Json(json!({"type": "about:blank", "status": status.as_u16(), "title": en, "title_zh": zh})))
}

impl Live {
    fn door(&self, headers: &HeaderMap) -> Result<(), (StatusCode, Json<Value>)> {
        // A page in a browser always says where it comes from; this port is for programs on this machine.
        if headers.contains_key(header::ORIGIN) {
            return Err(problem(StatusCode::FORBIDDEN, "不接受网页调用", "not for web pages"));
        }
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if self.demo || given == Some(self.token.as_str()) {
            return Ok(());
        }
        Err(problem(StatusCode::UNAUTHORIZED, "需要令牌（见 run.json）", "the token of run.json is needed"))
    }
}

/// The routes.
pub fn router(live: Arc<Live>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics))
        .route("/api/v1/trace", post(trace))
        .route("/api/v1/audit", get(audited))
        .route("/api/v1/quiet", get(quiet))
        .route("/api/v1/terminals/{id}", get(screen))
        .route("/api/v1/terminals/{id}/acts", post(act))
        .route("/api/v1/terminals/{id}/reprint", post(reprint))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(live)
}

/// Runs something that waits for parties, off the port's own thread.
async fn aside<T: Send + 'static>(
    live: &Arc<Live>,
    work: impl FnOnce(&Live) -> T + Send + 'static,
) -> Result<T, (StatusCode, Json<Value>)> {
    let live = Arc::clone(live);
    tokio::task::spawn_blocking(move || work(&live))
        .await
        .map_err(|_| problem(StatusCode::INTERNAL_SERVER_ERROR, "内部错误", "internal error"))
}

async fn metrics(State(live): State<Arc<Live>>) -> Result<String, (StatusCode, Json<Value>)> {
    aside(&live, |live| {
        let parties = live.hosts.all().into_iter().chain(live.bank.as_ref());
        let figures: Vec<_> =
            parties.filter_map(|party| party.figures().map(|figures| (party.name.clone(), figures))).collect();
        slipway_runtime::os::render(&figures)
    })
    .await
}

async fn trace(State(live): State<Arc<Live>>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    live.door(&headers)?;
    let found = aside(&live, move |live| look(live, &body)).await?;
    found
        .map(|found| Json(found_json(&found)))
        .map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))
}

async fn audited(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.door(&headers)?;
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

/// Whether nothing is pending anywhere.
async fn quiet(State(live): State<Arc<Live>>, headers: HeaderMap) -> Answer {
    live.door(&headers)?;
    let quiet = aside(&live, |live| audit::quiet(&live.hosts, &live.bank.iter().collect::<Vec<_>>()));
    Ok(Json(json!({"quiet": quiet.await? == Some(true)})))
}

async fn screen(State(live): State<Arc<Live>>, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    live.door(&headers)?;
    let seat = seat(&live, &id)?;
    let show = live.screens.lock().ok().and_then(|screens| screens.get(&seat).cloned()).unwrap_or_default();
    Ok(Json(json!({"terminal": id, "lines": show.lines, "pin_entry": show.pin_entry})))
}

fn seat(live: &Live, id: &str) -> Result<TerminalId, (StatusCode, Json<Value>)> {
    let seat = TerminalId::new(id).ok().filter(|seat| live.seats.contains(seat));
    seat.ok_or_else(|| problem(StatusCode::NOT_FOUND, "没有此终端", "no such terminal"))
}

async fn act(
    State(live): State<Arc<Live>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Answer {
    live.door(&headers)?;
    let seat = seat(&live, &id)?;
    let act = read_act(&body).map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
    let taken = live.bank.as_ref().is_some_and(|bank| bank.tell(Control::Hand(Hand::At(seat, act))));
    if taken {
        Ok(Json(json!({"taken": true})))
    } else {
        Err(problem(StatusCode::SERVICE_UNAVAILABLE, "终端已停", "the terminal has stopped"))
    }
}

/// Prints a slip again; with the token, no demonstration needed.
async fn reprint(
    State(live): State<Arc<Live>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Answer {
    live.door(&headers)?;
    let seat = seat(&live, &id)?;
    let act = read_act(&json!({"act": "reprint", "voucher": body["voucher"]}))
        .map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
    let taken = live.bank.as_ref().is_some_and(|bank| bank.tell(Control::Hand(Hand::At(seat, act))));
    if taken {
        Ok(Json(json!({"taken": true})))
    } else {
        Err(problem(StatusCode::SERVICE_UNAVAILABLE, "终端已停", "the terminal has stopped"))
    }
}

/// One act at a terminal: `{"act":"sale","amount_fen":8800}`, `{"act":"card","track2":"…"}`, `{"act":"pin","pin":"…"}` …
fn read_act(body: &Value) -> Result<Act, End> {
    let wrong = |what: &str| End::usage(format!("动作有误：{what}"), format!("not an act: {what}"));
    let bad = |bad: slipway_terms::BadShape| wrong(bad.0);
    let stan = |name: &str| {
        body[name]
            .as_u64()
            .map(|n| u32::try_from(n).map_err(|_| wrong(name)).and_then(|n| Stan::new(n).map_err(bad)))
            .transpose()
    };
    let text = |name: &str| body[name].as_str().ok_or_else(|| wrong(name));
    Ok(match text("act")? {
        "sign_in" => {
            let operator =
                body["operator"].as_u64().and_then(|n| u8::try_from(n).ok()).ok_or_else(|| wrong("operator"))?;
            Act::SignIn(OperatorNo(operator), Pin::new(text("password")?).map_err(bad)?)
        }
        "sale" => Act::Sale(Amount::fen(body["amount_fen"].as_u64().ok_or_else(|| wrong("amount_fen"))?)),
        "balance" => Act::Balance,
        "card" => Act::Card(CardRead::Stripe(Track2::new(text("track2")?).map_err(bad)?)),
        "pin" => Act::Pin(body["pin"].as_str().map(Pin::new).transpose().map_err(bad)?),
        "ask" => Act::Ask(stan("voucher")?),
        "reprint" => Act::Reprint(stan("voucher")?),
        "enter" => Act::Key(KeyPress::Enter),
        "cancel" => Act::Key(KeyPress::Cancel),
        "clear" => Act::Key(KeyPress::Clear),
        "print" => Act::Key(KeyPress::Print),
        "digit" => Act::Key(KeyPress::Digit(
            body["digit"]
                .as_u64()
                .and_then(|n| u8::try_from(n).ok())
                .filter(|n| *n < 10)
                .ok_or_else(|| wrong("digit"))?,
        )),
        other => return Err(wrong(other)),
    })
}
