//! Lines of disputes: the dispute with its steps, what they moved, and orders that were not taken. The same in every house.

use super::small as word;
use serde_json::{Value, json};
use slipway_hosts::dispute::{Dispute, DisputeMove, Evidence, OrderRefused, Taken};
use slipway_terms::{Moment, dispute_number};

const fn at(moment: Moment) -> i64 {
    moment.0
}

/// A dispute.
pub fn dispute(dispute: &Dispute) -> Value {
    json!({
        "number": dispute_number(&dispute.original).as_str(), "exchange": dispute.original.to_string(),
        "rrn": dispute.rrn.map(|rrn| rrn.to_string()), "till": dispute.till.map(|till| till.to_string()),
        "card_type": word(&format!("{:?}", dispute.card)), "opened_at": at(dispute.opened),
        "due": dispute.due.map(at), "open": dispute.closed.is_none(), "closed_at": dispute.closed.map(|(when, _)| at(when)),
        "won": dispute.won().map(|won| word(&format!("{won:?}"))),
        "steps": dispute.taken.iter().map(step).collect::<Vec<_>>(),
        "evidence": dispute.evidence.iter().map(evidence).collect::<Vec<_>>(),
    })
}

fn step(taken: &Taken) -> Value {
    json!({
        "step": taken.step.word(), "own": taken.own.to_string(), "minor": taken.minor, "reason": taken.reason.as_str(),
        "reply": taken.reply.map(slipway_terms::Reply::word), "at": at(taken.at), "by": taken.by.as_str(),
        "checked_by": taken.checked.map(|name| name.as_str().to_owned()), "because": taken.because.as_str(),
        "answer": taken.code.map(|code| code.to_string()), "answered_at": taken.answered.map(at),
        "business_day": taken.day.map(|day| day.to_string()),
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    json!({
        "proof": evidence.proof.word(), "at": at(evidence.at), "by": evidence.by.as_str(), "note": evidence.note.as_str(),
        "sha256": evidence.file.map(hex),
    })
}

/// What a step moved.
pub fn moved(moved: &DisputeMove) -> Value {
    json!({
        "exchange": moved.own.to_string(), "about": moved.original.to_string(), "step": moved.step.word(),
        "minor": moved.minor, "at": at(moved.at), "rrn": moved.rrn.map(|rrn| rrn.to_string()),
        "file": moved.filed.map(|day| day.to_string()),
    })
}

/// An order that was not taken.
pub fn refused(refused: &OrderRefused) -> Value {
    json!({
        "exchange": refused.original.to_string(), "at": at(refused.at), "why": word(&format!("{:?}", refused.why)),
        "by": refused.by.as_str(),
    })
}
