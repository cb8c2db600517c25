//! What moves money by hand and comes by the machine's token, as commands do: told in the audit log before it is done, with the names as they
//! were given. The token proves nobody's name; where people are registered, the names are at least theirs.

use crate::inquiry::{By, Log};
use crate::people::book::People;
use crate::tills::{Problem, problem};
use crate::typed::no_card;
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_terms::{Moment, same_person};

/// The act of its line.
const ACT: &str = "by_command";
/// What of a body stands in its line: no account number among them.
const TOLD: [&str; 18] = [
    "act", "number", "finding", "step", "reason", "answer", "merchant", "no", "ground", "about", "amount", "doubt",
    "until", "payout", "rrn", "fen", "message", "because",
];
/// Characters of a value in its line.
const CHARS_MAX: usize = 120;
/// Acts of settlement that a person orders; the others are the day's own work, and looks.
const OF_SETTLEMENT: [&str; 5] = ["hold", "release", "returned", "repay", "account"];

/// A deed by command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// `settle`.
    Settle,
    /// `case find`.
    Case,
    /// `recon repair`.
    Repair,
    /// A step of a dispute.
    Dispute,
}

impl Deed {
    const fn word(self) -> &'static str {
        match self {
            Self::Settle => "settle",
            Self::Case => "case_find",
            Self::Repair => "recon_repair",
            Self::Dispute => "dispute",
        }
    }
}

/// Where a deed comes in.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The audit log, where there is one.
    pub log: Option<&'a Log>,
    /// Who is registered.
    pub people: &'a People,
    /// A demonstration: its sample people are people.
    pub demo: bool,
}

impl Place<'_> {
    /// Whether a name may stand under a deed: anybody's while nobody but samples is registered, else somebody's of operations.
    fn knows(&self, name: &str) -> bool {
        let people = &self.people.people;
        let here = |sample: bool| self.demo || !sample;
        people.iter().all(|person| person.sample)
            || people.iter().any(|person| {
                person.role.orders() && !person.locked && here(person.sample) && same_person(&person.name, name)
            })
    }
}

/// Tells a deed before it is done.
///
/// # Errors
/// 403: its names are not those of registered people of operations. 409: two names are one person's. 503: it cannot be written down, and
/// is not done.
pub fn told(place: Place<'_>, at: Moment, deed: Deed, body: &Value) -> Result<(), Problem> {
    if deed == Deed::Settle && !OF_SETTLEMENT.contains(&body["act"].as_str().unwrap_or("").trim()) {
        return Ok(());
    }
    let name = |field: &str| body[field].as_str().map(str::trim).filter(|name| !name.is_empty());
    let (by, checked) = (name("by"), name("checked").or_else(|| name("checked_by")));
    // Of a merchant's money the core judges it, and keeps its refusal.
    if deed != Deed::Settle && by.zip(checked).is_some_and(|(by, checked)| same_person(by, checked)) {
        return Err(problem(
            StatusCode::CONFLICT,
            "须两人办理：两个姓名是同一人",
            "two persons are needed: both names are one person's",
        ));
    }
    if let Some(stranger) = [by, checked].into_iter().flatten().find(|name| !place.knows(name)) {
        let stranger = no_card(stranger);
        return Err(problem(
            StatusCode::FORBIDDEN,
            &format!(
                "“{stranger}”不是已登记的运营人员：请在 /ops 提出和复核，或先用 slipway people add 登记（--role operations）"
            ),
            &format!(
                "{stranger:?} is nobody of operations who is registered: propose and approve it at /ops, or register them first with slipway people add (--role operations)"
            ),
        ));
    }
    let Some(log) = place.log else { return Ok(()) };
    let of: serde_json::Map<String, Value> =
        TOLD.iter().filter_map(|field| Some(((*field).to_owned(), shown(&body[*field])?))).collect();
    let [by, checked] = [by, checked].map(|name| name.map(cut));
    let machine = By { who: "machine", role: None, from: "machine" };
    log.act(at, &machine, ACT, json!({"deed": deed.word(), "by": by, "checked": checked, "of": of}))
        .map_err(|end| problem(StatusCode::SERVICE_UNAVAILABLE, &end.text.zh, &end.text.en))
}

fn cut(text: &str) -> String {
    no_card(&text.chars().take(CHARS_MAX).collect::<String>())
}

fn shown(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) if !text.is_empty() => Some(json!(cut(text))),
        Value::Number(_) => Some(value.clone()),
        _ => None,
    }
}
