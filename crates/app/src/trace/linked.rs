//! What hangs together in a trace: the original that an exchange is about, and what was done about it since; and the trace as
//! a person reads it, kinds and signs in words.

use super::{Desk, word};
use crate::clocks::{plain, rfc};
use crate::export::small;
use crate::say::{Say, padded};
use serde_json::{Value, json};
use slipway_node::Question;
use slipway_terms::{Amount, DISPUTED, Kind, Party, PayAgain, ResponseCode, SHAPES, State, Testimony, TillKey};

/// Most later exchanges that are looked up for one.
const LATER_MAX: usize = 32;

/// The exchanges that hang together with one.
#[derive(Clone, Debug, Default)]
pub struct Linked {
    /// What it is about.
    pub original: Option<Testimony>,
    /// What is about it, oldest first.
    pub later: Vec<Testimony>,
    /// The payment that was open when this one was made, and why it was let go.
    pub first: Option<(Testimony, Option<PayAgain>)>,
    /// Payments that were made while this one was open, oldest first.
    pub again: Vec<Testimony>,
}

impl Linked {
    /// Looks up what the parties named: at the acquirer, else at the terminal.
    pub(super) fn of(desk: &impl Desk, seen: &[Testimony]) -> Self {
        let first = |till: TillKey| {
            let known = |seen: Option<Vec<Testimony>>| seen?.into_iter().find(|t| t.state != State::NoRecord);
            known(desk.acquirer(Question::Till(till)))
                .or_else(|| known(desk.terminal(till.terminal, Question::Till(till))))
        };
        let mut later: Vec<TillKey> = seen.iter().flat_map(|t| t.followers.iter().copied()).collect();
        let acquirer = seen.iter().find(|t| t.party == Party::Acquirer);
        let taken = acquirer.and_then(|t| Some((t.taken_by?, t)));
        let step = taken.filter(|(taken, _)| taken.kind.is_disputed()).map(|(taken, t)| step(taken.kind, t));
        let by = taken.map(|(taken, _)| taken).filter(|taken| !taken.kind.is_disputed()).map(|taken| taken.by);
        later.extend(by.filter(|by| !later.contains(by)));
        let mut again: Vec<TillKey> = seen.iter().flat_map(|t| t.paid_again.iter().copied()).collect();
        again.sort_unstable();
        again.dedup();
        Self {
            original: seen.iter().find_map(|t| t.about).and_then(first),
            later: later.into_iter().take(LATER_MAX).filter_map(first).chain(step).collect(),
            first: seen.iter().find_map(|t| t.second_of).and_then(|link| Some((first(link.first)?, link.reason))),
            again: again.into_iter().take(LATER_MAX).filter_map(first).collect(),
        }
    }

    pub(super) fn original(&self) -> Value {
        self.original.as_ref().map_or(Value::Null, short)
    }

    /// The first payment, with the reason why the second was let go.
    pub(super) fn second_of(&self) -> Value {
        let Some((first, reason)) = &self.first else { return Value::Null };
        let mut told = short(first);
        let words = reason.map(PayAgain::words);
        told["reason"] = reason.map(PayAgain::word).into();
        told["because"] = words.map_or(Value::Null, |words| json!({"zh": words.zh, "en": words.en}));
        told
    }

    pub(super) fn paid_again(&self) -> Vec<Value> {
        self.again.iter().map(short).collect()
    }

    pub(super) fn successors(&self) -> Vec<Value> {
        self.later.iter().map(short).collect()
    }
}

/// The step of a dispute that stands. It is between houses and of no till: it has no number of its own there, and read as one it
/// would be a second debit.
fn step(kind: Kind, original: &Testimony) -> Testimony {
    let left = original.signed_minor.map(|minor| minor.abs() - original.refunded_minor.abs());
    Testimony {
        rrn: original.rrn,
        card: original.card,
        amount: left.and_then(|minor| u64::try_from(minor).ok()).map(Amount::fen),
        kind: Some(kind),
        signed_minor: left.map(|minor| minor * i64::from(kind.shape().sign)),
        ..Testimony::bare(Party::Acquirer, original.id, State::Approved)
    }
}

/// A linked exchange, in short.
fn short(t: &Testimony) -> Value {
    json!({
        "till": t.till.map(|till| till.to_string()), "voucher": t.till.map(|till| till.stan.to_string()),
        "rrn": t.rrn.map(|rrn| rrn.to_string()), "kind": t.kind.map(kind_word), "state": word(t.state),
        "amount": t.amount.map(|amount| amount.to_string()), "signed": t.signed_minor,
        "amount_fen": t.amount.map(Amount::minor), "signed_fen": t.signed_minor,
        "at": t.at.map(rfc), "dispute": t.kind.is_some_and(Kind::is_disputed),
    })
}

/// `sale_void`, `pre_auth`: as in the export.
pub(super) fn kind_word(kind: Kind) -> String {
    small(&format!("{kind:?}"))
}

/// The kind as a slip names it, in the language of the reader.
fn kind_said(value: &Value, say: &Say) -> String {
    let found = SHAPES.iter().chain(DISPUTED).find(|shape| value.as_str() == Some(kind_word(shape.kind).as_str()));
    found.map_or_else(String::new, |shape| say.both(shape.kind.noun().0, shape.kind.noun().1).to_owned())
}

/// What it takes from the cardholder, with its sign; of what moves nothing the amount it speaks of, without one.
fn signed_said(value: &Value, say: &Say) -> String {
    let (signed, amount) = (value["signed"].as_i64(), value["amount"].as_str());
    match signed {
        Some(minor) if minor != 0 => {
            let sum = Amount::fen(minor.unsigned_abs());
            let (sign, zh, en) = if minor < 0 {
                ("-", "退还持卡人", "goes to the cardholder")
            } else if matches!(value["paid_by"].as_str(), Some("acquirer" | "issuer")) {
                ("+", "不向持卡人扣款", "not charged to the cardholder")
            } else {
                ("+", "持卡人支付", "the cardholder pays")
            };
            format!("{sign}{sum} ({})", say.both(zh, en))
        }
        Some(_) => amount.map_or_else(String::new, |sum| format!("{sum} ({})", say.both("不扣款", "no money moves"))),
        None => amount.unwrap_or_default().to_owned(),
    }
}

/// Only what a person has to know: a slip that fits is as every slip.
fn signature_said(value: &Value, say: &Say) -> String {
    let missing = value.as_str() == Some("missing");
    if missing { say.both("签购单未签名", "the slip is not signed").to_owned() } else { String::new() }
}

const fn party_said(party: Party) -> (&'static str, &'static str) {
    match party {
        Party::Terminal => ("终端", "terminal"),
        Party::Acquirer => ("收单行", "acquirer"),
        Party::Switch => ("交换中心", "switch"),
        Party::Issuer => ("发卡行", "issuer"),
    }
}

/// A state in words: 中文, English.
pub const fn state_said(state: State) -> (&'static str, &'static str) {
    match state {
        State::NoRecord => ("无记录", "no record"),
        State::Unreachable => ("无法询问", "unreachable"),
        State::Open => ("未决", "open"),
        State::Declined => ("已拒绝", "declined"),
        State::Approved => ("已批准", "approved"),
        State::WillUndo => ("将冲正", "will be undone"),
        State::Undone => ("已冲正", "undone"),
        State::Tombstone => ("冲正先到，原交易将被拒", "reversal came first"),
    }
}

fn said<T: serde::de::DeserializeOwned>(
    value: &Value,
    words: fn(T) -> (&'static str, &'static str),
    say: &Say,
) -> String {
    let known = serde_json::from_value::<T>(value.clone()).ok().map(words);
    known.map_or_else(String::new, |(zh, en)| say.both(zh, en).to_owned())
}

/// Tells the JSON of a trace to a person: the sentence, what it is, what hangs together with it, the evidence hop by hop, what
/// happens next by itself.
pub fn lines(value: &Value, say: &Say) -> Vec<String> {
    let mut lines = Vec::new();
    let language = say.both("zh", "en");
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    lines.push(say.strong(&text(&value["sentence"][language])));
    let facts = [
        (("类型", "kind"), kind_said(&value["kind"], say)),
        (("金额", "amount"), signed_said(value, say)),
        (("卡号", "card"), text(&value["card"])),
        (("参考号", "rrn"), text(&value["rrn"])),
        (("终端标识", "till"), text(&value["till"])),
        (("签名", "signature"), signature_said(&value["signature"], say)),
    ];
    for ((zh, en), fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        lines.push(format!("  {} {fact}", padded(say.both(zh, en), 10)));
    }
    let linked = |label: (&str, &str), value: &Value| {
        let (kind, sum, state) =
            (kind_said(&value["kind"], say), signed_said(value, say), said(&value["state"], state_said, say));
        format!(
            "  {} {} {} {kind} {sum} {state} {}",
            padded(say.both(label.0, label.1), 10),
            say.both("凭证", "No."),
            text(&value["voucher"]),
            text(&value["rrn"])
        )
    };
    let step = |value: &Value| {
        let label = padded(say.both("争议", "dispute"), 10);
        format!("  {label} {} {}", kind_said(&value["kind"], say), signed_said(value, say))
    };
    if !value["original"].is_null() {
        lines.push(linked(("原交易", "about"), &value["original"]));
    }
    let later = value["successors"].as_array().into_iter().flatten();
    lines.extend(
        later.map(
            |later| {
                if later["dispute"] == true { step(later) } else { linked(("后续交易", "followed by"), later) }
            },
        ),
    );
    if !value["second_of"].is_null() {
        lines.push(linked(("再付，首笔", "second of"), &value["second_of"]));
        let because = text(&value["second_of"]["because"][language]);
        if !because.is_empty() {
            lines.push(format!("  {} {because}", padded(say.both("放行理由", "because"), 10)));
        }
    }
    let again = value["paid_again"].as_array().into_iter().flatten();
    lines.extend(again.map(|again| linked(("又付一笔", "paid again"), again)));
    for t in value["evidence"].as_array().into_iter().flatten() {
        let code = t["code"].as_str().and_then(|code| ResponseCode::new(code).ok());
        let code = code.map(|code| format!(" {code} {}", code.words().get(say.lang))).unwrap_or_default();
        let money = match (t["debited"] == true, t["returned"] == true) {
            (true, true) => say.both("  已扣款，已退回", "  debited, returned"),
            (true, false) => say.both("  已扣款", "  debited"),
            _ if t["borne"] == true => say.both("  由其承担", "  bears it"),
            _ => "",
        };
        lines.push(format!(
            "  {} {:<15} {} {}{code}{money}",
            padded(&said(&t["party"], party_said, say), 10),
            text(&t["id"]),
            padded(&said(&t["state"], state_said, say), 20),
            plain(&text(&t["at"]))
        ));
    }
    for case in value["evidence"].as_array().into_iter().flatten().filter_map(|t| t["cases"].as_array()).flatten() {
        let found = case["finding"][language].as_str().unwrap_or(say.both("未结", "open"));
        let label = padded(say.both("差错", "case"), 10);
        lines.push(format!("  {label} {}  {}  {found}", text(&case["number"]), text(&case["ground"][language])));
    }
    let holder = text(&value["cardholder"][language]);
    if !holder.is_empty() {
        lines.push(format!("  {} {holder}", padded(say.both("持卡人", "cardholder"), 10)));
    }
    for next in value["next"].as_array().into_iter().flatten() {
        lines.push(format!("  → {}", text(&next[language])));
    }
    let others = value["others"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !others.is_empty() {
        lines.push(say.both("另有较早的交易符合条件：", "Earlier ones fit as well:").into());
    }
    for other in others {
        let at = other["evidence"].as_array().into_iter().flatten().filter_map(|t| t["at"].as_str()).min();
        lines.push(format!(
            "  {} {} {} {} {}  {}",
            text(&other["rrn"]),
            plain(at.unwrap_or("-")),
            kind_said(&other["kind"], say),
            signed_said(other, say),
            text(&other["card"]),
            text(&other["sentence"][language])
        ));
    }
    lines
}
