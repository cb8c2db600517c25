//! Lines of a bank of terminals: its journal, with the slip record, and what waits to go out.

use super::hosts::{at, currency, minor, word};
use serde_json::{Value, json};
use slipway_terminal::{Exchange, PendingState, TerminalRow};

/// What a row of a terminal says.
pub fn terminal(row: &TerminalRow) -> Option<(&'static str, Value)> {
    match row {
        TerminalRow::Exchange(exchange) => Some(("exchange", line(exchange))),
        TerminalRow::Pending(pending) => Some((
            "open",
            json!({
                "till": pending.key.to_string(), "sends": pending.sends,
                "waits_for": if pending.state == PendingState::Armed { "answer" } else { "reversal" },
            }),
        )),
        TerminalRow::Confirm(confirm) => Some((
            "open",
            json!({"till": confirm.key.to_string(), "sends": confirm.sends, "waits_for": "confirmation", "due": at(confirm.due)}),
        )),
        TerminalRow::HandIn(row) => Some((
            "open",
            json!({"till": row.key.to_string(), "sends": row.sends, "waits_for": "hand_in", "due": at(row.due)}),
        )),
        TerminalRow::Stored(stored) => Some((
            "open",
            json!({"till": stored.key.to_string(), "sends": stored.sends, "waits_for": "answer", "due": at(stored.due)}),
        )),
        TerminalRow::Settling(settling) => Some((
            "open",
            json!({"terminal": settling.terminal.to_string(), "batch": settling.batch.0, "waits_for": "settlement"}),
        )),
        TerminalRow::Settled(done) => Some((
            "settlement",
            json!({
                "terminal": done.terminal.to_string(), "batch": done.batch.0, "at": at(done.at), "balanced": done.balanced,
                "debit": {"count": done.totals.debit.count, "amount": done.totals.debit.minor},
                "credit": {"count": done.totals.credit.count, "amount": done.totals.credit.minor},
                "uploaded": done.uploaded,
            }),
        )),
        TerminalRow::Deed(deed) => Some((
            "deed",
            json!({
                "terminal": deed.terminal.to_string(), "no": deed.no, "at": at(deed.at), "by": deed.by.map(|by| by.to_string()),
                "what": format!("{:?}", deed.what),
                "stamp": deed.stamp.map(|stamp| stamp.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
            }),
        )),
        TerminalRow::PaidAgain(again) => Some((
            "paid again",
            json!({
                "till": again.first.to_string(),
                "seconds": again.seconds.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }),
        )),
        // A till's working keys are cryptograms, and still nothing for an export.
        TerminalRow::Profile(_)
        | TerminalRow::Till(_)
        | TerminalRow::Blacklist(_)
        | TerminalRow::ChipTables(_)
        | TerminalRow::Staff(_) => None,
    }
}

fn line(exchange: &Exchange) -> Value {
    json!({
        "till": exchange.key.to_string(), "rrn": exchange.rrn.map(|rrn| rrn.to_string()),
        "kind": word(&format!("{:?}", exchange.kind)), "amount": minor(exchange.amount), "currency": currency(exchange.amount),
        "card": exchange.card.to_string(), "state": word(&format!("{:?}", exchange.standing)),
        "code": exchange.code.map(|code| code.to_string()), "slip": exchange.slip.is_some(),
        "paper": exchange.slip.map(|life| json!({
            "merchant": word(&format!("{:?}", life.merchant)), "cardholder": word(&format!("{:?}", life.cardholder)),
            "reprints": life.reprints,
        })),
        "confirmed": exchange.confirmed.map(|code| code.to_string()), "case": exchange.case.map(|no| no.as_str().to_owned()),
        "second_of": exchange.second.map(|second| super::hosts::second(&second)),
        "sent_at": at(exchange.sent_at), "at": at(exchange.at),
    })
}
