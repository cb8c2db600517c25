//! The lists of the page, by the functions of the commands that have them. Each item has a key by which the list is in order; what is
//! due first stands first.

use super::history::parties;
use crate::audit::table;
use crate::cases;
use crate::disputes;
use crate::http::Live;
use crate::recon;
use crate::say::End;
use crate::settle;
use crate::suspense;
use crate::tills::{Problem, problem};
use crate::trace::Desk as _;
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{self, AcquirerRow, Wait};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_hosts::times::Times;
use slipway_node::{Clock, OUTBOX_SPACE, Peer, Question};
use slipway_runtime::outbox::Waits;
use slipway_terms::{Moment, NoticeKind, Testimony};

/// Differences of one who looks, in one list.
const DIFFERENCES_MAX: usize = 10_000;

/// Items with their keys.
pub type Items = Vec<(String, Value)>;

/// A party did not answer.
pub fn silent() -> Problem {
    problem(StatusCode::SERVICE_UNAVAILABLE, "有一方没有回答", "a party did not answer")
}

fn failed(end: &End) -> Problem {
    recon::problem(end)
}

/// Milliseconds as text in their own order.
fn ordered(ms: i64) -> String {
    format!("{:020}", ms.max(0))
}

/// An exchange that waits for something.
pub struct Open {
    /// Whose record: `acquirer`, `switch`.
    pub party: &'static str,
    /// For what.
    pub wait: (&'static str, &'static str, &'static str),
    /// Until when, by the network's clock.
    pub due: Moment,
    /// Since when.
    pub since: Moment,
    name: String,
    asks: Question,
}

/// All of them.
///
/// # Errors
/// 503.
pub fn open(live: &Live) -> Result<Vec<Open>, Problem> {
    let times = Times::default();
    let mut all = Vec::new();
    for open in table::<acquirer::Open, AcquirerRow>(&live.hosts.acquirer).ok_or_else(silent)? {
        let (wait, waits_ms) = match open.wait {
            Wait::Answer => (("answer", "等交换中心应答", "the switch's answer"), times.acquirer_ms),
            Wait::Confirmation => (("confirmation", "等签购单确认", "word of its slip"), times.unconfirmed_ms),
            Wait::Unmatched => (("undo", "等冲正：终端结算没有它", "its undo: the till settled without it"), 0),
            Wait::Second => (("undo", "等冲正：顾客已另付一笔", "its undo: the customer paid again"), 0),
        };
        let since = Moment(open.due.0 - waits_ms);
        let (name, asks) = (open.till.to_string(), Question::Till(open.till));
        all.push(Open { party: "acquirer", wait, due: open.due, since, name, asks });
    }
    for open in table::<switch::Open, SwitchRow>(&live.hosts.switch).ok_or_else(silent)? {
        let since = Moment(open.due.0 - times.switch_ms);
        let wait = ("issuer", "等发卡行应答", "the issuer's answer");
        let (name, asks) = (open.key.to_string(), Question::Switch(open.key));
        all.push(Open { party: "switch", wait, due: open.due, since, name, asks });
    }
    Ok(all)
}

impl Open {
    /// Its place in the list.
    pub fn key(&self) -> String {
        format!("{} {} {}", ordered(self.due.0), self.party, self.name)
    }

    /// With what its party testifies of it.
    pub fn json(self, live: &Live) -> Value {
        let now = live.clock.now();
        let seen = match self.party {
            "acquirer" => live.acquirer(self.asks),
            _ => live.switch(self.asks),
        };
        let seen: Option<Testimony> = seen.and_then(|mut seen| seen.pop());
        let (word, zh, en) = self.wait;
        let of = |pick: fn(&Testimony) -> Option<String>| seen.as_ref().and_then(pick);
        json!({
            "party": self.party, "exchange": self.name, "waits_for": {"word": word, "zh": zh, "en": en},
            "since": self.since.to_string(), "due": self.due.to_string(), "age_ms": (now.0 - self.since.0).max(0),
            "overdue": self.due < now, "rrn": of(|seen| seen.rrn.map(|rrn| rrn.to_string())),
            "amount_fen": seen.as_ref().and_then(|seen| seen.amount).map(slipway_terms::Amount::minor),
            "card": of(|seen| seen.card.map(|card| card.to_string())),
        })
    }
}

/// For whom an entry waits.
pub fn peer(peer: &Peer) -> String {
    match peer {
        Peer::Line(line) => format!("line {}", line.no),
        Peer::Member(id) => id.to_string(),
        Peer::Switch => "switch".into(),
        Peer::Host(terminal) => terminal.to_string(),
        Peer::Phone => "phone".into(),
        Peer::Desk(_) => "desk".into(),
    }
}

/// Lines of all outboxes, the oldest first. A party without power has none that it could show.
pub fn outbox(live: &Live) -> Items {
    let now = live.clock.now();
    let mut all = Vec::new();
    for party in parties(live) {
        for (key, bytes) in party.rows(OUTBOX_SPACE).unwrap_or_default() {
            let Some(waits) = Waits::read(&bytes) else { continue };
            let (zh, en) = match (waits.mti, waits.notice) {
                (_, Some(NoticeKind::Debit)) => ("扣款通知".to_owned(), "notice of a debit".to_owned()),
                (_, Some(NoticeKind::Decline)) => ("未扣款通知".into(), "notice of a decline".into()),
                (_, Some(NoticeKind::Refund)) => ("退回通知".into(), "notice of a return".into()),
                (Some(mti), None) => (format!("{:04} 通知", mti.0), format!("{:04} advice", mti.0)),
                (None, None) => continue,
            };
            let hex = slipway_iso8583::hex(key.as_bytes());
            let item = json!({
                "party": party.name, "to": peer(&waits.to), "what": {"zh": zh, "en": en},
                "rrn": waits.rrn.map(|rrn| rrn.to_string()), "amount_fen": waits.amount.map(slipway_terms::Amount::minor),
                "since": waits.since.to_string(), "age_ms": (now.0 - waits.since.0).max(0),
            });
            all.push((format!("{} {} {hex}", ordered(waits.since.0), party.name), item));
        }
    }
    all
}

/// Cases that wait for a person; those with a deadline first.
pub fn cases(live: &Live) -> Result<Items, Problem> {
    let listed = cases::answer_list([&live.hosts.acquirer, &live.hosts.switch])?;
    let all = listed["cases"].as_array().cloned().unwrap_or_default();
    Ok(all.into_iter().map(|case| (due_first(&case), case)).collect())
}

/// By what is due, then by number and house.
fn due_first(item: &Value) -> String {
    let text = |name: &str| item[name].as_str().unwrap_or("").to_owned();
    let due = item["due"].as_str().or_else(|| item["due"][0].as_str()).unwrap_or("9999");
    format!("{due} {} {} {}", text("number"), text("house"), text("at"))
}

/// Differences of reconciliation, of all who look.
pub fn differences(live: &Live) -> Result<Items, Problem> {
    let all = recon::desk::open(&live.dir, live.clock.now(), DIFFERENCES_MAX).map_err(|end| failed(&end))?;
    Ok(all.into_iter().map(|case| (due_first(&case), case)).collect())
}

/// Disputes that are open, of every house.
pub fn disputes(live: &Live) -> Result<Items, Problem> {
    let listed = disputes::answer_list(live.hosts.all())?;
    let all = listed["disputes"].as_array().cloned().unwrap_or_default();
    let began = |one: &Value| !one["standing"].is_null() || !one["waiting"].is_null();
    let open = all.into_iter().filter(|one| one["closed"].is_null() && began(one));
    Ok(open.map(|one| (due_first(&one), one)).collect())
}

/// What issuers have in suspense.
pub fn suspended(live: &Live) -> Result<Items, Problem> {
    let rows = live.hosts.issuers.iter().map(|issuer| Some((issuer.name.as_str(), suspense::rows(issuer)?)));
    let rows = rows.collect::<Option<Vec<_>>>().ok_or_else(silent)?;
    let told = suspense::all(rows.iter().map(|(name, rows)| (*name, rows.as_slice())));
    let mut all = Vec::new();
    for issuer in told["issuers"].as_array().into_iter().flatten() {
        for item in issuer["items"].as_array().into_iter().flatten() {
            let mut item = item.clone();
            item["issuer"] = issuer["issuer"].clone();
            let key = format!("{} {}", item["due"].as_str().unwrap_or("9999"), item["exchange"].as_str().unwrap_or(""));
            all.push((key, item));
        }
    }
    Ok(all)
}

/// Merchants' money that is held, or came back: one list of each.
pub fn merchants(live: &Live, what: &str) -> Result<Items, Problem> {
    let shown = settle::shown(&live.hosts.acquirer, &live.dir, None).map_err(|end| failed(&end))?;
    let mut all = Vec::new();
    for merchant in shown["merchants"].as_array().into_iter().flatten() {
        let open = |item: &&Value| item["ended"].is_null() && item["closed"].is_null();
        for item in merchant[what].as_array().into_iter().flatten().filter(open) {
            let mut item = item.clone();
            item["merchant"] = merchant["merchant"].clone();
            let text = |name: &str| item[name].as_str().unwrap_or("").to_owned();
            let key = format!("{} {} {} {}", text("until"), text("merchant"), text("payout"), item["no"]);
            all.push((key, item));
        }
    }
    Ok(all)
}

/// Keys with their ages, the ones that are due first.
pub fn keys(live: &Live) -> Items {
    let all = live.ops.keys.look(live).into_iter();
    let key = |key: &Value| {
        let text = |name: &str| key[name].as_str().unwrap_or("").to_owned();
        format!("{} {} {} {}", key["due"].as_str().unwrap_or("9999"), text("party"), text("name"), text("standing"))
    };
    all.map(|one| (key(&one), one)).collect()
}
