//! An order about a dispute: read, given to the house whose step it is, and what came of it. The house's own record is asked behind
//! it, in the same queue.

use super::told::document;
use crate::audit;
use crate::cases::signed;
use crate::say::End;
use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::dispute::{Dispute, OrderRefused};
use slipway_hosts::issuer::{self, IssuerRow};
use slipway_hosts::switch::SwitchRow;
use slipway_node::{Hand, Question, Record, Rows};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{
    DisputeAct, DisputeOrder, DisputeRules, Moment, Reply, Short, Stan, Step, SwitchKey, dispute_number,
};
use std::hash::{BuildHasher, Hasher};
use std::path::Path;

/// Bytes of a handed-in file at most.
const FILE_BYTES_MAX: u64 = 20 << 20;

/// SHA-256 of a file, in hexadecimal.
pub(super) fn checksum(path: &Path) -> Result<String, End> {
    let size = std::fs::metadata(path)?.len();
    if size == 0 || size > FILE_BYTES_MAX {
        return Err(End::usage("凭证文件为空或超过 20 MB", "the file is empty or larger than 20 MB"));
    }
    let digest = Sha256::digest(std::fs::read(path)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whose step it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// An issuer's.
    Issuer,
    /// The acquirer's.
    Acquirer,
    /// The switch's.
    Switch,
}

/// An order as it was typed, but for the exchange: whose it is and what, or why it is none.
pub fn read(body: &Value, rules: &DisputeRules) -> Result<(Whose, DisputeOrder), End> {
    let text = |name: &str| body[name].as_str().unwrap_or("").trim();
    let (whose, act) = match text("act") {
        "open" => {
            let code = Short::cut(text("reason"));
            let steps = [Step::Retrieval, Step::Chargeback];
            let step = steps.into_iter().find(|step| rules.reason(*step, code).is_some());
            (Whose::Issuer, DisputeAct::Raise(step.ok_or_else(|| no_reason(rules, &steps))?, code))
        }
        "advance" => {
            let step = Step::of_word(text("step")).filter(|step| !matches!(step, Step::Retrieval | Step::Answer));
            let step = step.ok_or_else(|| {
                End::usage(
                    "步骤须为 chargeback、re-presentment、second-chargeback、award-cardholder 或 award-merchant",
                    "a step is chargeback, re-presentment, second-chargeback, award-cardholder or award-merchant",
                )
            })?;
            let whose = match step {
                _ if step.is_award() => Whose::Switch,
                _ if step.is_issuers() => Whose::Issuer,
                _ => Whose::Acquirer,
            };
            (whose, DisputeAct::Raise(step, reason(step, text("reason"), rules)?))
        }
        "answer" if text("answer") == "give-back" => (Whose::Acquirer, DisputeAct::GiveBack),
        "answer" => {
            let reply = Reply::ALL.into_iter().find(|reply| reply.word() == text("answer")).ok_or_else(|| {
                let words = Reply::ALL.map(Reply::word).join(", ");
                End::usage(
                    format!("答复须为其中之一：{words}, give-back"),
                    format!("an answer is one of: {words}, give-back"),
                )
            })?;
            (Whose::Acquirer, DisputeAct::Answer(reply))
        }
        "find" => (Whose::Acquirer, DisputeAct::HandIn),
        _ => return Err(End::usage("没有这种争议动作", "no such act in a dispute")),
    };
    let (by, because) = signed(text("by"), text("because"))?;
    let checked = match text("checked_by") {
        "" => None,
        name => Some(signed(name, "checked")?.0),
    };
    let file = file(text("file"))?;
    if act == DisputeAct::HandIn && file.is_none() {
        return Err(End::usage("缺少凭证文件的 SHA-256", "the SHA-256 of the file is missing"));
    }
    let original = nobody();
    Ok((whose, DisputeOrder { original, act, by, checked, because, file, ticket: ticket() }))
}

fn nobody() -> SwitchKey {
    let none = crate::network::sample::SWITCH;
    SwitchKey { acquirer: none, forwarder: none, sent: Moment(0).sent_at(), stan: Stan::FIRST }
}

/// The reason of a step: the one that was typed, or the only one there is.
fn reason(step: Step, typed: &str, rules: &DisputeRules) -> Result<Short<4>, End> {
    let mut of_step = rules.reasons.iter().filter(|reason| reason.step == step);
    match (typed, of_step.next(), of_step.next()) {
        ("", _, _) if step.is_award() => Ok(Short::EMPTY),
        ("", Some(only), None) => Ok(only.code),
        (code, ..) if rules.reason(step, Short::cut(code)).is_some() => Ok(Short::cut(code)),
        (code, ..) if step.is_award() && code.len() == 4 => Ok(Short::cut(code)),
        _ => Err(no_reason(rules, &[step])),
    }
}

fn no_reason(rules: &DisputeRules, steps: &[Step]) -> End {
    let codes = rules.reasons.iter().filter(|reason| steps.contains(&reason.step));
    let codes: Vec<&str> = codes.map(|reason| reason.code.as_str()).collect();
    let codes = codes.join(", ");
    End::usage(format!("原因码须为其中之一：{codes}"), format!("a reason code is one of: {codes}"))
}

fn file(hex: &str) -> Result<Option<[u8; 32]>, End> {
    if hex.is_empty() {
        return Ok(None);
    }
    let mut bytes = [0; 32];
    let whole = hex.len() == 64 && hex.is_ascii();
    for (at, to) in bytes.iter_mut().enumerate().filter(|_| whole) {
        let pair = hex.get(at * 2..at * 2 + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *to = pair.ok_or_else(|| End::usage("SHA-256 有误", "not a SHA-256"))?;
    }
    if whole { Ok(Some(bytes)) } else { Err(End::usage("SHA-256 有误", "not a SHA-256")) }
}

/// A number that no other order has.
fn ticket() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() | 1
}

/// The exchange by its dispute number or reference number, as this house has it.
fn original(party: &Handle, whose: Whose, number: &str) -> Option<SwitchKey> {
    let named = |key: &SwitchKey, rrn: Option<slipway_terms::Rrn>| {
        dispute_number(key).as_str() == number || rrn.is_some_and(|rrn| rrn.as_str() == number)
    };
    match whose {
        Whose::Issuer => {
            let rows = audit::table::<issuer::Exchange, IssuerRow>(party)?;
            rows.iter().find(|x| named(&x.key, x.asked.rrn)).map(|x| x.key)
        }
        Whose::Acquirer => found::<AcquirerRow>(party, named),
        Whose::Switch => found::<SwitchRow>(party, named),
    }
}

fn found<R: Rows>(party: &Handle, named: impl Fn(&SwitchKey, Option<slipway_terms::Rrn>) -> bool) -> Option<SwitchKey>
where
    Dispute: Record<R>,
{
    let rows = audit::table::<Dispute, R>(party)?;
    rows.iter().find(|dispute| named(&dispute.original, dispute.rrn)).map(|dispute| dispute.original)
}

/// Gives an order to the house whose step it is, among those that run here, and says what came of it.
pub fn answer_order(houses: &[(&Handle, Whose)], rules: &DisputeRules, body: &Value) -> Result<Value, Problem> {
    answer_ticket(houses, rules, body, ticket())
}

/// The same under a number of the asker's own: however often it is given, it is one order.
pub fn answer_ticket(
    houses: &[(&Handle, Whose)],
    rules: &DisputeRules,
    body: &Value,
    ticket: u64,
) -> Result<Value, Problem> {
    let bad = |end: End| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en);
    let (whose, order) = read(body, rules).map_err(bad)?;
    let order = DisputeOrder { ticket, ..order };
    let own = houses.iter().filter(|(_, of)| *of == whose);
    let number = body["number"].as_str().unwrap_or("").trim();
    let mut here = false;
    for (party, _) in own {
        here = true;
        let Some(original) = original(party, whose, number) else { continue };
        let order = DisputeOrder { original, ..order };
        return match whose {
            Whose::Issuer => give::<IssuerRow>(party, order),
            Whose::Acquirer => give::<AcquirerRow>(party, order),
            Whose::Switch => give::<SwitchRow>(party, order),
        };
    }
    if !here {
        let (zh, en) = match whose {
            Whose::Issuer => ("这一步由发卡行办理：请向它的目录提出", "an issuer takes this step: ask in its folder"),
            Whose::Acquirer => {
                ("这一步由收单行办理：请向它的目录提出", "the acquirer takes this step: ask in its folder")
            }
            Whose::Switch => {
                ("这一步由交换中心办理：请向它的目录提出", "the switch takes this step: ask in its folder")
            }
        };
        return Err(problem(StatusCode::CONFLICT, zh, en));
    }
    Ok(json!({"outcome": "unknown"}))
}

/// Whether a house has this order on record, taken or refused.
pub fn is_known(houses: &[(&Handle, Whose)], rules: &DisputeRules, body: &Value, ticket: u64) -> Result<bool, End> {
    let (whose, _) = read(body, rules)?;
    for (party, _) in houses.iter().filter(|(_, of)| *of == whose) {
        let known = match whose {
            Whose::Issuer => has::<IssuerRow>(party, ticket),
            Whose::Acquirer => has::<AcquirerRow>(party, ticket),
            Whose::Switch => has::<SwitchRow>(party, ticket),
        };
        if known.ok_or_else(|| End::environment("该方已停", "the party has stopped"))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has<R: Rows>(party: &Handle, ticket: u64) -> Option<bool>
where
    Dispute: Record<R> + Clone,
    OrderRefused: Record<R> + Clone,
{
    let refused = audit::table::<OrderRefused, R>(party)?;
    Some(
        refused.iter().any(|refused| refused.ticket == ticket)
            || audit::table::<Dispute, R>(party)?.iter().any(|dispute| dispute.has(ticket)),
    )
}

fn give<R: Rows>(party: &Handle, order: DisputeOrder) -> Result<Value, Problem>
where
    Dispute: Record<R> + Clone,
    OrderRefused: Record<R> + Clone,
{
    let gone = || problem(StatusCode::SERVICE_UNAVAILABLE, "该方已停", "the party has stopped");
    if !party.tell(Control::Hand(Hand::Dispute(order))) {
        return Err(gone());
    }
    // A question goes through the same queue as the order: once it is answered, the order has been decided.
    party.ask(Question::Switch(order.original)).ok_or_else(gone)?;
    let refused = audit::table::<OrderRefused, R>(party).ok_or_else(gone)?;
    if let Some(refused) = refused.iter().find(|refused| refused.ticket == order.ticket) {
        let words = refused.why.words();
        return Ok(json!({"outcome": "refused", "why": {"word": refused.why, "zh": words.zh, "en": words.en}}));
    }
    let disputes = audit::table::<Dispute, R>(party).ok_or_else(gone)?;
    let dispute = disputes.iter().find(|dispute| dispute.original == order.original);
    Ok(match dispute {
        Some(dispute) => json!({"outcome": "taken", "dispute": document(&party.name, dispute, None)}),
        None => json!({"outcome": "unknown"}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disputes::rules_of;

    #[test]
    fn orders_by_their_words() {
        let rules = rules_of(Path::new("/")).unwrap();
        let check = |mut body: Value, want: Option<(Whose, DisputeAct)>| {
            (body["by"], body["because"]) = ("Li Lei".into(), "持卡人要求".into());
            let read = read(&body, &rules).map(|(whose, order)| (whose, order.act));
            assert_eq!(read.as_ref().ok(), want.as_ref(), "{body}");
            assert!(read.err().is_none_or(|end| end.code == 2));
        };
        let raise = |step, code: &str| DisputeAct::Raise(step, Short::cut(code));
        let open = |code: &str| json!({"act": "open", "reason": code});
        check(open("6344"), Some((Whose::Issuer, raise(Step::Retrieval, "6344"))));
        check(open("4544"), Some((Whose::Issuer, raise(Step::Chargeback, "4544"))));
        check(open("4900"), None);
        check(open(""), None);
        let advance = |step: &str, code: &str| json!({"act": "advance", "step": step, "reason": code});
        check(advance("re-presentment", ""), Some((Whose::Acquirer, raise(Step::Representment, "4900"))));
        check(advance("second-chargeback", "4700"), Some((Whose::Issuer, raise(Step::SecondChargeback, "4700"))));
        check(advance("award-merchant", ""), Some((Whose::Switch, raise(Step::AwardPaid, ""))));
        check(advance("chargeback", ""), None);
        check(advance("answer", ""), None);
        check(advance("nonsense", ""), None);
        check(
            json!({"act": "answer", "answer": "cannot-prove"}),
            Some((Whose::Acquirer, DisputeAct::Answer(Reply::CannotProve))),
        );
        check(json!({"act": "answer", "answer": "give-back"}), Some((Whose::Acquirer, DisputeAct::GiveBack)));
        check(json!({"act": "answer", "answer": "perhaps"}), None);
        check(json!({"act": "find", "file": "ab".repeat(32)}), Some((Whose::Acquirer, DisputeAct::HandIn)));
        check(json!({"act": "find", "file": "ab"}), None);
        check(json!({"act": "find"}), None);
        check(json!({"act": "nonsense"}), None);
    }
}
