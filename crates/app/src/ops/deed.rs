//! An order carried out, by the very functions that answer the commands; what is compared before that stands in `ground`. Each house finds its
//! own deed again, so an order that is given once more happens once. Must never call done what this order did not do.

use super::looked::{bad, dispute_body, end, mended};
use super::order::{Order, Outcome, What};
use crate::cases;
use crate::disputes::{self, Whose};
use crate::http::Live;
use crate::recon;
use crate::say::End;
use crate::settle;
use serde_json::{Value, json};
use slipway_hosts::acquirer::Persons;
use slipway_runtime::os::Handle;
use slipway_terms::{Amount, Text};

/// Bytes of a reason as the houses' records hold it; the order's own line has all of it.
const BECAUSE_BYTES_MAX: usize = 96;

/// The reason as the houses' records hold it: number of the order and its checker first; what does not fit stands in the order.
pub(super) fn because(order: &Order, checked: &str) -> String {
    slipway_terms::Short::<BECAUSE_BYTES_MAX>::cut(&format!("#{} {checked}: {}", order.no, order.because)).to_string()
}

/// Whether the houses would take this reason with this checker: a card number in it is refused before anything is written down.
///
/// # Errors
/// 2: it holds one.
pub fn signable(order: &Order, checked: &str) -> Result<(), End> {
    cases::signed(&order.by, &because(order, checked)).map(drop)
}

/// Gives it to its house. Only where what was shown has been compared, and for merchants' money only while nobody else settles.
///
/// # Errors
/// A house did not answer: nobody knows, and it is asked again.
pub fn carried_out(live: &Live, order: &Order, checked: &str) -> Result<Outcome, End> {
    let because = because(order, checked);
    let outcome = match &order.what {
        What::Case { number, .. } => found(live, number, &finding_body(order, checked)),
        What::Repair { number } => repaired(live, order, number, &because),
        What::Dispute { .. } => stepped(live, order, checked, &because),
        What::Hold { .. } | What::Release { .. } | What::Repay { .. } => ordered(live, order, checked),
    };
    match outcome {
        // What a house has refused moved nothing, and is an answer.
        Err(End { code: 1 | 2, text }) => Ok(not_taken(text.zh, text.en)),
        other => other,
    }
}

fn done(zh: impl Into<String>, en: impl Into<String>) -> Outcome {
    Outcome { done: true, words: Text::new(zh, en), hold: None }
}

pub(super) fn not_taken(zh: impl Into<String>, en: impl Into<String>) -> Outcome {
    Outcome { done: false, words: Text::new(zh, en), hold: None }
}

pub(super) fn finding_body(order: &Order, checked: &str) -> Value {
    let What::Case { number, finding } = &order.what else { return Value::Null };
    json!({"number": number, "finding": finding, "by": order.by, "because": because(order, checked)})
}

fn found(live: &Live, number: &str, body: &Value) -> Result<Outcome, End> {
    let party = if cases::is_the_switchs(number) { &live.hosts.switch } else { &live.hosts.acquirer };
    let told = cases::answer_find(party, body).map_err(end)?;
    Ok(match told["outcome"].as_str() {
        Some("closed") => moved(&told, "已结案", "the case is closed"),
        Some("asked") => {
            moved(&told, "已向对方机构提出，对方同意后结案", "the other house was asked, and its yes closes the case")
        }
        Some("already") if told["same"] == true => moved(&told, "已结案", "the case is closed"),
        Some("already") => {
            not_taken("该差错已由他人结案，没有动账", "somebody else has closed the case; nothing moved")
        }
        Some("unknown") => not_taken("没有该差错", "there is no such case"),
        Some("not_allowed") => not_taken("该立案原因不能这样结案", "this ground does not allow that finding"),
        _ => {
            not_taken("按该交易现状不能这样结案，没有动账", "the exchange does not bear it as it stands; nothing moved")
        }
    })
}

/// Done, with what the case's record says that it moved or asked for.
fn moved(told: &Value, zh: &str, en: &str) -> Outcome {
    match (told["moved"]["zh"].as_str(), told["moved"]["en"].as_str()) {
        (Some(moved_zh), Some(moved_en)) => done(format!("{zh}：{moved_zh}"), format!("{en}: {moved_en}")),
        _ => done(zh, en),
    }
}

fn repaired(live: &Live, order: &Order, number: &str, because: &str) -> Result<Outcome, End> {
    // What was repaired is looked for first: behind it, reconciliation may call the difference closed.
    let (rrn, mend, minor) = match recon::repaired(&live.hosts.acquirer, number)? {
        Some(before) => (before.rrn, before.mend, before.minor),
        None => recon::desk::repair(&live.dir, number)?,
    };
    // What is given is what was shown, whatever reconciliation has written since.
    if mended(mend, minor) != order.moves {
        return Ok(not_taken("未办理：账务已变，没有动账", "not done: the ground has changed; nothing moved"));
    }
    let body = json!({
        "number": number, "rrn": rrn.as_str(), "act": mend.word(), "fen": minor, "by": order.by, "because": because,
    });
    let told = recon::answer_repair(&live.hosts.acquirer, &body)?;
    Ok(match told["outcome"].as_str() {
        Some("done" | "already") if told["same"] == true && told["moved_fen"] != 0 => done("已补救", "it is put right"),
        Some("already") if told["same"] == true => {
            not_taken("该交易已由别处更正，没有再动账", "it was put right elsewhere before; nothing moved")
        }
        Some("already") => not_taken("之前已补救，没有再记账", "it was put right before; nothing was posted again"),
        _ => {
            not_taken("按该交易现状不能这样补救，没有动账", "the exchange does not bear it as it stands; nothing moved")
        }
    })
}

/// Every house, by whose step it is.
pub(super) fn whose(live: &Live) -> [(&Handle, Whose); 4] {
    let [one, two] = &live.hosts.issuers;
    [
        (&live.hosts.acquirer, Whose::Acquirer),
        (&live.hosts.switch, Whose::Switch),
        (one, Whose::Issuer),
        (two, Whose::Issuer),
    ]
}

fn stepped(live: &Live, order: &Order, checked: &str, because: &str) -> Result<Outcome, End> {
    let rules = disputes::rules_of(&live.dir)?;
    let body = dispute_body(&order.what, (&order.by, checked), because);
    let told = disputes::answer_ticket(&whose(live), &rules, &body, order.ticket).map_err(end)?;
    Ok(match told["outcome"].as_str() {
        Some("taken") => done("已受理，对方答复后记账", "taken; posted as the other houses answer"),
        Some("refused") => not_taken(
            format!("不予受理：{}", told["why"]["zh"].as_str().unwrap_or("?")),
            format!("not taken: {}", told["why"]["en"].as_str().unwrap_or("?")),
        ),
        _ => not_taken("没有该交易或争议", "there is no such exchange or dispute"),
    })
}

/// The body of an order about a merchant's money, as the command sends it.
pub(super) fn money_body(order: &Order, checked: &str) -> Result<Value, End> {
    let yuan = |fen: u64| Amount::fen(fen).to_string();
    let mut body = match &order.what {
        What::Hold { merchant, ground, about, amount_fen, doubt_fen, until } => json!({
            "act": "hold", "merchant": merchant, "ground": ground, "about": about.as_deref().unwrap_or(""),
            "amount": yuan(*amount_fen), "doubt": doubt_fen.map_or_else(String::new, yuan), "until": until,
        }),
        What::Release { merchant, no } => json!({"act": "release", "merchant": merchant, "no": no}),
        What::Repay { payout } => json!({"act": "repay", "payout": payout}),
        What::Case { .. } | What::Repair { .. } | What::Dispute { .. } => {
            return Err(bad("不是商户资金", "no merchant's money"));
        }
    };
    (body["by"], body["checked"]) = (order.by.as_str().into(), checked.into());
    Ok(body)
}

pub(super) fn is_by(order: &Order, checked: &str, persons: Persons) -> bool {
    persons.by.as_str() == order.by && persons.checked.as_str() == checked
}

pub(super) fn hold_placed(no: u32) -> Outcome {
    Outcome { hold: Some(no), ..done(format!("暂缓 {no} 已设立"), format!("hold {no} is placed")) }
}

pub(super) fn hold_ended() -> Outcome {
    done("暂缓已解除", "the hold has ended")
}

pub(super) fn paid_as(payout: &str) -> Outcome {
    done(format!("已重付：{payout}"), format!("paid again: {payout}"))
}

/// Merchants' money.
fn ordered(live: &Live, order: &Order, checked: &str) -> Result<Outcome, End> {
    let told = settle::ordered(&live.hosts.acquirer, &live.dir, &money_body(order, checked)?)?;
    let ours = |by: &Value, other: &Value| *by == order.by && *other == *checked;
    Ok(match &order.what {
        What::Hold { .. } => {
            let no = told["held"]["no"].as_u64().and_then(|no| u32::try_from(no).ok());
            hold_placed(no.unwrap_or(0))
        }
        What::Release { .. } if ours(&told["released"]["ended"]["by"], &told["released"]["ended"]["checked"]) => {
            hold_ended()
        }
        What::Release { .. } => not_taken("该暂缓已由他人解除", "others have ended the hold before"),
        _ if ours(&told["paid"]["said_by"][0], &told["paid"]["said_by"][1]) => {
            paid_as(told["paid"]["payout"].as_str().unwrap_or("?"))
        }
        _ => not_taken("该退汇已另行重付", "it was paid again otherwise before"),
    })
}
