//! The terminals' keys and screens on a local port, and the door that keeps them: every request wants the token of
//! `run.json`, except under `--demo`. Serves `up` and `run terminals` alike.

use crate::act;
use crate::web::guard;
use crate::web::refusal::Object;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slipway_node::{Hand, LineFault, Show};
use slipway_runtime::os::{Control, Event, Hands, SimLine, Watch};
use slipway_terminal::screens::{self, Reprint};
use slipway_terms::TerminalId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// Screens remembered of each terminal.
const LATELY_MAX: usize = 16;
/// Bytes of one request body.
pub const BODY_BYTES_MAX: usize = 16 * 1024;
/// How long a request waits for the screen to change.
const LOOK: Duration = Duration::from_secs(1);

/// How often a reprint looks for what its terminal says.
const LOOKS: usize = 3;

/// What a request that is refused gets.
pub type Problem = (StatusCode, Json<Value>);
/// What a request gets.
pub type Answer = Result<Json<Value>, Problem>;

/// A refusal in both languages.
pub fn problem(status: StatusCode, zh: &str, en: &str) -> Problem {
    (status, Json(json!({"type": "about:blank", "status": status.as_u16(), "title": en, "title_zh": zh})))
}

/// Runs something that waits for parties, off the port's own thread.
pub async fn aside<S: Send + Sync + 'static, T: Send + 'static>(
    state: &Arc<S>,
    work: impl FnOnce(&S) -> T + Send + 'static,
) -> Result<T, Problem> {
    let state = Arc::clone(state);
    tokio::task::spawn_blocking(move || work(&state))
        .await
        .map_err(|_| problem(StatusCode::INTERNAL_SERVER_ERROR, "内部错误", "internal error"))
}

/// Who may come in.
#[derive(Debug)]
pub struct Door {
    /// Opens it.
    pub token: String,
    /// Demonstration: open without a token.
    pub demo: bool,
}

impl Door {
    /// Whether it comes from a program on this machine: a page in a browser always says where it comes from.
    pub fn no_page(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if headers.contains_key(header::ORIGIN) {
            return Err(problem(StatusCode::FORBIDDEN, "不接受网页调用", "not for web pages"));
        }
        Ok(())
    }

    /// Whether this request may come in. Who has the token may be our own page: it is no cookie, so no other page can have it.
    pub fn opens(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let given = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if given == Some(self.token.as_str()) {
            return guard::own_page(headers);
        }
        self.no_page(headers)?;
        if self.demo {
            return guard::this_machine(headers);
        }
        Err(problem(StatusCode::UNAUTHORIZED, "需要令牌（见 run.json）", "the token of run.json is needed"))
    }
}

/// The screens of the terminals as they stand now, each with how often it has changed since the start.
#[derive(Debug, Default)]
pub struct Screens {
    shown: Mutex<BTreeMap<TerminalId, (u64, Show)>>,
    /// The last few of each, newest last: what came between two looks.
    lately: Mutex<BTreeMap<TerminalId, VecDeque<(u64, Show)>>>,
    changed: Notify,
}

impl Screens {
    /// Follows what a bank of terminals shows.
    pub fn watch(self: &Arc<Self>) -> Watch {
        let screens = Arc::clone(self);
        Box::new(move |event: Event<'_>| {
            if let (Event::Shown(seat, show), Ok(mut shown)) = (event, screens.shown.lock()) {
                let before = shown.get(seat).map_or(0, |(no, _)| *no);
                shown.insert(*seat, (before + 1, show.clone()));
                if let Ok(mut lately) = screens.lately.lock() {
                    let of = lately.entry(*seat).or_default();
                    of.push_back((before + 1, show.clone()));
                    while of.len() > LATELY_MAX {
                        of.pop_front();
                    }
                }
                screens.changed.notify_waiters();
            }
        })
    }

    fn now(&self, seat: TerminalId) -> (u64, Show) {
        self.shown.lock().ok().and_then(|shown| shown.get(&seat).cloned()).unwrap_or_default()
    }

    /// The first screen after the one numbered `seen` that fits, or the newest one after a while.
    async fn first(&self, seat: TerminalId, mut seen: u64, fits: impl Fn(&Show) -> bool) -> Option<Show> {
        let mut newest = None;
        for _ in 0..LOOKS {
            self.after(seat, Some(seen)).await;
            let lately = self.lately.lock().ok().and_then(|all| all.get(&seat).cloned()).unwrap_or_default();
            let since = seen;
            for (no, show) in lately.into_iter().filter(|(no, _)| *no > since) {
                if fits(&show) {
                    return Some(show);
                }
                (seen, newest) = (no, Some(show));
            }
        }
        newest
    }

    /// The screen as soon as it is another than the one numbered `seen`, or as it is after a while.
    async fn after(&self, seat: TerminalId, seen: Option<u64>) -> (u64, Show) {
        let other = async {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Listening before looking: a change in between is not missed.
                changed.as_mut().enable();
                let now = self.now(seat);
                if seen != Some(now.0) {
                    return now;
                }
                changed.await;
            }
        };
        tokio::time::timeout(LOOK, other).await.unwrap_or_else(|_| self.now(seat))
    }
}

/// A bank of terminals as its keys and screens.
#[derive(Debug)]
pub struct Tills {
    /// Takes what hands do; without it the terminals do not run here.
    pub bank: Option<Hands>,
    /// The terminals' numbers.
    pub seats: Vec<TerminalId>,
    /// Their screens.
    pub screens: Arc<Screens>,
    /// Their simulated lines, where they have one.
    pub lines: BTreeMap<TerminalId, Arc<SimLine>>,
    /// What stands before the code of a slip's page.
    pub pages: String,
    /// Who may come in.
    pub door: Door,
}

/// The routes.
pub fn router(tills: Arc<Tills>) -> Router {
    Router::new()
        .route("/api/v1/terminals/{id}", get(screen))
        .route("/api/v1/terminals/{id}/acts", post(act))
        .route("/api/v1/terminals/{id}/reprint", post(reprint))
        .route("/api/v1/terminals/{id}/line", post(line))
        .with_state(tills)
}

/// Which screen the asker has seen already.
#[derive(serde::Deserialize)]
struct Seen {
    seen: Option<u64>,
}

async fn screen(
    State(tills): State<Arc<Tills>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(Seen { seen }): Query<Seen>,
) -> Answer {
    tills.door.opens(&headers)?;
    let (no, show) = tills.screens.after(tills.seat(&id)?, seen).await;
    let page = show.page.map(|code| format!("{}{code}", tills.pages));
    Ok(Json(json!({"terminal": id, "no": no, "lines": show.lines, "pin_entry": show.pin_entry, "page": page})))
}

async fn act(
    State(tills): State<Arc<Tills>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Object(body): Object,
) -> Answer {
    tills.door.opens(&headers)?;
    tills.hand(&id, &body)
}

/// Prints a slip again; with the token, no demonstration needed.
async fn reprint(
    State(tills): State<Arc<Tills>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Object(body): Object,
) -> Answer {
    tills.door.opens(&headers)?;
    tills.print_again(&id, &body["voucher"]).await
}

/// What is wrong with a simulated line from now on: `{"fault":"ppp-auth"}`, `{"fault":null}`.
async fn line(
    State(tills): State<Arc<Tills>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Object(body): Object,
) -> Answer {
    tills.door.opens(&headers)?;
    let line = tills.lines.get(&tills.seat(&id)?);
    let line = line.ok_or_else(|| {
        problem(
            StatusCode::NOT_FOUND,
            "此终端不在模拟线路上（配置 [lines]）",
            "this terminal is on no simulated line ([lines])",
        )
    })?;
    let unknown = || problem(StatusCode::BAD_REQUEST, "没有此故障", "no such fault");
    line.arm(match &body["fault"] {
        Value::Null => None,
        word => Some(word.as_str().and_then(LineFault::of_word).ok_or_else(unknown)?),
    });
    Ok(Json(json!({"taken": true})))
}

impl Tills {
    /// Prints a slip again at a terminal, and waits for the terminal's own word; `voucher` null: the last one.
    pub async fn print_again(&self, id: &str, voucher: &Value) -> Answer {
        let seat = self.seat(id)?;
        let before = self.screens.now(seat).0;
        let Json(_) = self.hand(id, &json!({"act": "reprint", "voucher": voucher}))?;
        // Its screen is the terminal's word: printing, no such transaction, no slip, nobody signed in.
        let said = self.screens.first(seat, before, |show| screens::reprint(show).is_some()).await;
        match said.as_ref().map(|show| (screens::reprint(show), show)) {
            Some((Some(Reprint::Prints), show)) => Ok(Json(json!({"printing": true, "lines": show.lines}))),
            Some((Some(Reprint::NoOperator), _)) => Err(problem(
                StatusCode::CONFLICT,
                "终端没有操作员签到：没有打印，请先签到",
                "nobody is signed in at the terminal: nothing was printed, sign in first",
            )),
            Some((_, show)) => {
                let join =
                    |pick: fn(&slipway_terms::Text) -> &str| show.lines.iter().map(pick).collect::<Vec<_>>().join("，");
                let (zh, en) = (join(|line| &line.zh), join(|line| &line.en).replace('，', "; "));
                Err(problem(StatusCode::NOT_FOUND, &format!("没有打印：{zh}"), &format!("nothing was printed: {en}")))
            }
            None => Err(problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "终端没有回应：不知是否打印，请看终端屏幕",
                "the terminal said nothing: look at its screen whether it prints",
            )),
        }
    }

    fn seat(&self, id: &str) -> Result<TerminalId, Problem> {
        let seat = TerminalId::new(id).ok().filter(|seat| self.seats.contains(seat));
        seat.ok_or_else(|| problem(StatusCode::NOT_FOUND, "没有此终端", "no such terminal"))
    }

    fn hand(&self, id: &str, body: &Value) -> Answer {
        let seat = self.seat(id)?;
        let act = act::read(body).map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
        let hand = Control::Hand(Hand::At(seat, act));
        if self.bank.as_ref().is_some_and(|bank| bank.tell(hand)) {
            Ok(Json(json!({"taken": true})))
        } else {
            Err(problem(StatusCode::SERVICE_UNAVAILABLE, "终端已停", "the terminal has stopped"))
        }
    }
}
