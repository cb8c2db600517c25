//! What the switch's records moved, for whoever reckons a day. Reads postings, which are never changed: a day that is closed says
//! the same for ever. It moves nothing itself.

use super::record::Exchange;
use crate::dispute::DisputeMove;
use crate::ledger::{Account, Cause, Posting};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use slipway_terms::{Moved, SwitchKey, Turn};

/// Every movement between members, in the order of the postings: purchases and steps of disputes. An exchange without record or issuer
/// moves nothing.
pub fn moved(exchanges: &[Exchange], postings: &[Posting], steps: &[DisputeMove]) -> Vec<Moved> {
    let exchanges: BTreeMap<SwitchKey, &Exchange> = exchanges.iter().map(|x| (x.key, x)).collect();
    let disputed: BTreeMap<SwitchKey, &DisputeMove> = steps.iter().map(|moved| (moved.own, moved)).collect();
    let moved = |posting: &Posting| match disputed.get(&posting.exchange) {
        Some(moved) => step(posting, moved),
        None => one(posting, exchanges.get(&posting.exchange)?),
    };
    postings.iter().filter_map(moved).collect()
}

/// A step of a dispute is an exchange of its own, about its original.
fn step(posting: &Posting, moved: &DisputeMove) -> Option<Moved> {
    Some(Moved {
        exchange: moved.own,
        issuer: moved.issuer?,
        kind: moved.step.kind()?,
        turn: Turn::First,
        at: posting.at,
        day: posting.day,
        minor: moved.minor,
        rrn: moved.rrn,
        merchant: moved.merchant,
        card: moved.card,
        original: Some(moved.original),
    })
}

fn one(posting: &Posting, exchange: &Exchange) -> Option<Moved> {
    let turn = match posting.cause {
        Cause::Approval => Turn::First,
        Cause::Undo => Turn::Undo,
        Cause::Redo => Turn::Again,
        Cause::Opening | Cause::Cleared | Cause::ClearedBack | Cause::ClearedAgain => return None,
        Cause::Settled | Cause::SentBack | Cause::PaidAgain => return None,
    };
    let acquirer = Account::Member(exchange.key.acquirer);
    let minor = posting.legs.iter().find(|(account, _)| *account == acquirer).map(|(_, minor)| -minor)?;
    Some(Moved {
        exchange: posting.exchange,
        issuer: exchange.issuer?,
        kind: exchange.asked.kind()?,
        turn,
        at: posting.at,
        day: posting.day,
        minor,
        rrn: exchange.asked.rrn,
        merchant: exchange.asked.merchant,
        card: exchange.card,
        original: exchange.asked.original,
    })
}
