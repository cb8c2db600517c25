//! The theatre's doors on the local port. They are there only when there is a theatre: every other start answers 404.

use super::{Theatre, paper_fault, plugs, told};
use crate::demo::play::FAULTS;
use crate::http::Live;
use crate::network::sample::SampleMerchant;
use crate::proxy::{ANY, Fault, MONEY, Rule};
use crate::say::End;
use crate::tills::{Answer, Problem, aside, problem};
use crate::web::guard::own_page;
use crate::web::refusal::Object;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::Hand;
use slipway_runtime::os::Control;
use std::sync::Arc;
use std::time::Duration;

/// The longest delay of a frame.
const DELAY_MS_MAX: u64 = 600_000;

/// The routes.
pub fn router() -> Router<Arc<Live>> {
    Router::new()
        .route("/api/v1/theatre", get(state))
        .route("/api/v1/theatre/events", get(events))
        .route("/api/v1/theatre/messages/{no}", get(message))
        .route("/api/v1/theatre/papers/{no}", get(paper))
        .route("/api/v1/theatre/acts", post(act))
        .route("/api/v1/theatre/lines", post(lines))
        .route("/api/v1/theatre/printer", post(printer))
        .route("/api/v1/theatre/plugs", post(plug))
}

fn theatre(live: &Live) -> Result<&Arc<Theatre>, Problem> {
    live.theatre.as_ref().ok_or_else(|| problem(StatusCode::NOT_FOUND, "没有此页", "no such page"))
}

fn wrong(end: &End) -> Problem {
    let status = if end.code == 2 { StatusCode::BAD_REQUEST } else { StatusCode::SERVICE_UNAVAILABLE };
    problem(status, &end.text.zh, &end.text.en)
}

fn bad(zh: &str, en: &str) -> Problem {
    problem(StatusCode::BAD_REQUEST, zh, en)
}

fn taken() -> Answer {
    Ok(Json(json!({"taken": true})))
}

/// Everything, as it stands now.
async fn state(State(live): State<Arc<Live>>) -> Answer {
    let theatre = theatre(&live)?;
    let mut state = theatre.board.lock().map(|board| board.state()).unwrap_or_default();
    let SampleMerchant { id, name, .. } = &theatre.merchant;
    if let Some(state) = state.as_object_mut() {
        state.insert("terminal".into(), json!(theatre.seat.as_str()));
        state.insert("merchant".into(), json!({"id": id.as_str(), "name": name}));
        state.insert("cards".into(), told::cards(&theatre.cards));
        state.insert("stories".into(), told::stories());
        state.insert("faults".into(), told::armed(&theatre.faults.armed()));
        state.insert("power".into(), plugs::standing(&live));
        state.insert("pace".into(), json!(theatre.clock.pace()));
        state.insert("ms".into(), json!(theatre.now_ms()));
    }
    Ok(Json(state))
}

/// What happens from now on.
async fn events(State(live): State<Arc<Live>>) -> Result<Response, Problem> {
    let theatre = theatre(&live)?;
    let page = theatre.feed.page();
    let _ = theatre.poke.try_send(super::desk::Poke::Look);
    page.map_err(|status| problem(status, "打开的页面太多", "too many pages are open"))
}

/// The fields of one message, masked.
async fn message(State(live): State<Arc<Live>>, Path(no): Path<u64>) -> Answer {
    let fields = theatre(&live)?.board.lock().ok().and_then(|board| board.fields(no));
    fields.map(Json).ok_or_else(|| problem(StatusCode::NOT_FOUND, "报文已不在记录中", "that message is not remembered"))
}

/// One copy as it came out.
async fn paper(State(live): State<Arc<Live>>, Path(no): Path<u64>) -> Result<Response, Problem> {
    let svg = theatre(&live)?.board.lock().ok().and_then(|board| board.paper(no));
    let svg = svg.ok_or_else(|| problem(StatusCode::NOT_FOUND, "纸已不在记录中", "that paper is not remembered"))?;
    let mut answer = svg.into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// Hands at the terminal.
async fn act(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    let theatre = theatre(&live)?;
    own_page(&headers)?;
    let act = theatre.act(&body).map_err(|end| wrong(&end))?;
    if live.bank.as_ref().is_some_and(|bank| bank.tell(Control::Hand(Hand::At(theatre.seat, act)))) {
        return taken();
    }
    Err(problem(StatusCode::SERVICE_UNAVAILABLE, "终端没有电", "the terminal has no power"))
}

/// Handles on the lines: `{"hop":6,"fault":"lose","times":1}`, `{"hop":6,"fault":null}`, `{"release":true}`, `{"clear":true}`.
async fn lines(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    let theatre = theatre(&live)?;
    own_page(&headers)?;
    if body["clear"] == true {
        theatre.faults.clear();
    } else if body["release"] == true {
        theatre.faults.release();
    } else {
        let hop = body["hop"].as_u64().and_then(|hop| u8::try_from(hop).ok()).filter(|hop| (1..=6).contains(hop));
        let hop = hop.ok_or_else(|| bad("hop 须为 1 到 6", "`hop` is 1 to 6"))?;
        match rule(hop, &body)? {
            Some(rule) => theatre.faults.arm(rule),
            None => theatre.faults.disarm(hop),
        }
    }
    theatre.now("faults", told::armed(&theatre.faults.armed()));
    taken()
}

fn rule(hop: u8, body: &Value) -> Result<Option<Rule>, Problem> {
    let Some(word) = body["fault"].as_str() else { return Ok(None) };
    let fault = if word == "delay" {
        let ms = body["ms"].as_u64().filter(|ms| (1..=DELAY_MS_MAX).contains(ms));
        Fault::Delay(Duration::from_millis(ms.ok_or_else(|| bad("ms 须为 1 到 600000", "`ms` is 1 to 600000"))?))
    } else {
        let found = FAULTS.iter().find(|(known, _)| *known == word);
        found.ok_or_else(|| bad("没有此故障", "no such fault"))?.1
    };
    let mti = match &body["mti"] {
        Value::Null => Some(ANY),
        Value::String(text) if text == "money" => Some(MONEY),
        Value::String(text) if text == "any" => Some(ANY),
        number => number.as_u64().and_then(|mti| u16::try_from(mti).ok()).filter(|mti| (100..=999).contains(mti)),
    };
    let mti = mti.ok_or_else(|| bad("mti 须为报文类型，如 210", "`mti` is a message type, as 210"))?;
    let times = match &body["times"] {
        Value::Null => Some(u32::MAX),
        number => number.as_u64().and_then(|times| u32::try_from(times).ok()).filter(|times| (1..=99).contains(times)),
    };
    let times = times.ok_or_else(|| bad("times 须为 1 到 99", "`times` is 1 to 99"))?;
    Ok(Some(Rule { hop, mti, fault, times }))
}

/// The printer's switches: `{"fault":"jam","lines":6}`, `{"fault":null}`.
async fn printer(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    let theatre = theatre(&live)?;
    own_page(&headers)?;
    let lines = body["lines"].as_u64().and_then(|lines| usize::try_from(lines).ok()).unwrap_or(0);
    let fault = match body["fault"].as_str() {
        None => None,
        Some(word) => Some(paper_fault(word, lines).ok_or_else(|| bad("没有此故障", "no such fault"))?),
    };
    if let Ok(mut printer) = theatre.printer.lock() {
        match fault {
            Some(fault) => printer.arm(fault),
            None => printer.mend(),
        }
    }
    theatre.now("printer", json!({"fault": fault.and(body["fault"].as_str()), "lines": lines}));
    taken()
}

/// A plug: `{"party":"acquirer","on":false}`.
async fn plug(State(live): State<Arc<Live>>, headers: HeaderMap, Object(body): Object) -> Answer {
    theatre(&live)?;
    own_page(&headers)?;
    let party = body["party"].as_str().unwrap_or("").to_owned();
    let on = body["on"].as_bool().ok_or_else(|| bad("on 须为 true 或 false", "`on` is true or false"))?;
    let done = aside(&live, move |live| match &live.theatre {
        Some(theatre) => theatre.plugs.set(live, &party, on),
        None => Ok(()),
    });
    done.await?.map_err(|end| wrong(&end))?;
    taken()
}
