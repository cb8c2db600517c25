//! The theatre's doors on the local port. They are there only when there is a theatre: every other start answers 404.

use super::stage::Taken;
use super::{Theatre, paper_fault, plugs, told};
use crate::cutover;
use crate::demo::catalogue;
use crate::demo::play::FAULTS;
use crate::demo::playing::one_purchase;
use crate::demo::stories::all;
use crate::http::Live;
use crate::network::sample::SampleMerchant;
use crate::proxy::{ANY, Fault, MONEY, Rule};
use crate::say::End;
use crate::tills::{Answer, Problem, aside, problem};
use crate::web::cursor::Asked;
use crate::web::guard::own_page;
use crate::web::refusal::Object;
use axum::extract::{Path, Query, State};
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
        .route("/api/v1/theatre/stage", post(stage))
        .route("/api/v1/theatre/outcome", get(outcome))
        .route("/api/v1/theatre/exchanges", get(exchanges))
        .route("/api/v1/theatre/exchanges/{id}", get(exchange))
        .route("/api/v1/theatre/findings", post(finding))
        .route("/api/v1/theatre/day", post(end_day))
        .route("/api/v1/theatre/day/{of}", get(day))
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
        state.insert("catalogue".into(), catalogue::told());
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
    theatre(&live)?;
    own_page(&headers)?;
    let done = aside(&live, move |live| {
        let theatre = theatre(live)?;
        let act = theatre.act(live.bank.as_ref(), &body).map_err(|end| wrong(&end))?;
        Ok(live.bank.as_ref().is_some_and(|bank| bank.tell(Control::Hand(Hand::At(theatre.seat, act)))))
    });
    if done.await?? {
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

/// Who plays: `{"who":"…","on":true,"title":{"zh":"…","en":"…"}}`, again every few seconds while it does; `"on":false` leaves nothing armed.
async fn stage(State(live): State<Arc<Live>>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    theatre(&live)?;
    own_page(&headers)?;
    match aside(&live, move |live| theatre(live).map(|theatre| theatre.take_stage(live, &body))).await?? {
        Taken::Yes(ms) => Ok(Json(json!({"taken": true, "ms": ms}))),
        Taken::No => Err(problem(StatusCode::CONFLICT, "另一个窗口正在演出", "a play runs in another window")),
        Taken::Bad => Err(bad("须有 who 和 on", "`who` and `on` are wanted")),
    }
}

/// What came of what was done since then: `?since=MS&story=KEY`.
async fn outcome(State(live): State<Arc<Live>>, Query(asked): Query<Since>) -> Answer {
    theatre(&live)?;
    let since = asked.since.ok_or_else(|| bad("须有 since", "`since` is wanted"))?;
    let named = asked.story.as_deref().map(|key| all().find(|story| story.key() == key));
    let story = named.map(|found| found.ok_or_else(|| bad("没有这个剧目", "no such story"))).transpose()?;
    let came = move |live: &Live| theatre(live).map(|theatre| theatre.outcome(live, since, story));
    aside(&live, came).await??.map(Json).ok_or_else(silent)
}

/// What [`outcome`] is asked.
#[derive(serde::Deserialize)]
struct Since {
    since: Option<i64>,
    story: Option<String>,
}

/// Earlier exchanges, newest first.
async fn exchanges(State(live): State<Arc<Live>>, Query(asked): Query<Asked>) -> Answer {
    theatre(&live)?;
    let page = asked.page()?;
    let told = aside(&live, move |live| theatre(live).map(|theatre| theatre.exchanges(live, &page))).await??;
    told.ok_or_else(silent)?.map(Json)
}

/// One of them, all parties asked anew.
async fn exchange(State(live): State<Arc<Live>>, Path(id): Path<String>) -> Answer {
    theatre(&live)?;
    let told = aside(&live, move |live| theatre(live).map(|theatre| theatre.exchange(live, &id))).await??;
    match told.ok_or_else(silent)? {
        Value::Null => Err(problem(StatusCode::NOT_FOUND, "没有这笔交易", "there is no such exchange")),
        told => Ok(Json(told)),
    }
}

/// A person at the acquirer ends a case: `{"finding":"one-purchase"}`.
async fn finding(State(live): State<Arc<Live>>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let seat = theatre(&live)?.seat;
    own_page(&headers)?;
    if body["finding"] != "one-purchase" {
        return Err(bad("没有此结论", "no such finding"));
    }
    let found = aside(&live, move |live| one_purchase(&live.hosts.acquirer, seat)).await?;
    found.map_err(|end| problem(StatusCode::CONFLICT, &end.text.zh, &end.text.en))?;
    taken()
}

/// The business day ends now. At most once a day of the network's clock: a day that has not begun by then cannot end.
async fn end_day(State(live): State<Arc<Live>>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    theatre(&live)?;
    own_page(&headers)?;
    if body["end"] != true {
        return Err(bad("须为 end: true", "`end` is true"));
    }
    let told = aside(&live, |live| {
        let before = cutover::show(&live.hosts.switch)?["business_day"].clone();
        let told = cutover::order(&live.hosts.switch, &json!({}))?;
        Ok::<_, Problem>((before, told))
    });
    let (before, told) = told.await??;
    if told["begun"] == true {
        return Ok(Json(json!({"taken": true, "ended": before})));
    }
    let day = told["business_day"].as_str().unwrap_or("?");
    Err(problem(
        StatusCode::CONFLICT,
        &format!("营业日 {day} 已先于日历开始，网络时间 {day} 00:00 起才能再切"),
        &format!(
            "the business day {day} is ahead of the calendar already: it can be ended from {day} 00:00 of the network's clock on"
        ),
    ))
}

/// How far a day that has ended is: closed, and cleared at every member.
async fn day(State(live): State<Arc<Live>>, Path(of): Path<String>) -> Answer {
    theatre(&live)?;
    let day = slipway_recon::read_day(&of).ok_or_else(|| bad("日期写作 YYYY-MM-DD", "a day is YYYY-MM-DD"))?;
    let told = aside(&live, move |live| {
        let mut told = cutover::show(&live.hosts.switch)?;
        let closed = told["closed_through"].as_str().is_some_and(|closed| of.as_str() <= closed);
        let run = if closed { live.daily.run(&live.hosts, Some(day)).ok() } else { None };
        let members = run.as_ref().and_then(|run| run["days"][0]["members"].as_array());
        let cleared = members.is_some_and(|all| !all.is_empty() && all.iter().all(|member| member["taken"] == true));
        told["cleared"] = json!(cleared);
        Ok::<_, Problem>(told)
    });
    told.await?.map(Json)
}

fn silent() -> Problem {
    problem(StatusCode::SERVICE_UNAVAILABLE, "有一方没有回答", "a party did not answer")
}
