//! 请款 and 贷记调整 at the issuer: the redo and the undo slot of an original, each filled once, in one commit with the posting, the
//! record and the notice (rules 2, 7). It must never debit again what was not given back, and never give back twice.

use super::core::{Issuer, mac_verdict};
use super::record::{AccountRow, Exchange, IssuerRow, Stage, Suspense, Usage};
use super::{named, notices, posting, reversal};
use crate::correction::{Correct, Correction, is_whole};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{Kind, Message, Moment, ResponseCode};

/// The original, its account, and the correction if it was heard before.
pub(super) fn wants(me: &Issuer, m: &Message, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    let (Some(original), Some(what)) = (m.original, Correct::of(m)) else { return };
    out.row::<Exchange, IssuerRow>(&original.key).row::<Correction, IssuerRow>(&(original.key, what as u8));
    let Some(exchange) = seen.known::<Exchange>(&original.key) else { return };
    named::wants(exchange.asked.original, seen, out);
    posting::want_loss(out);
    posting::want_network(out);
    if let Some(token) = exchange.asked.token {
        out.row::<Usage, IssuerRow>(&token);
    }
    if let Some(account) = exchange.account {
        out.row::<AccountRow, IssuerRow>(&account);
        posting::want(account, out);
    }
}

/// 00 done, now or before; 25 not approved here; 64 another amount; 22 the slot is full, or something else has it; 51 a debit
/// account without the money.
pub(super) fn decide(me: &Issuer, at: Moment, m: &Message, facts: &Facts<'_, Issuer>, d: &mut Decision<Issuer>) {
    let code = match mac_verdict(facts.told(&Ask::MacGood(me.zak()))) {
        Ok(()) => judge(at, m, facts, d),
        Err(code) => code,
    };
    d.send(Peer::Switch, m.answer(code), Some(me.zak()));
}

fn judge(at: Moment, m: &Message, facts: &Facts<'_, Issuer>, d: &mut Decision<Issuer>) -> ResponseCode {
    let (Some(original), Some(what), Some(own)) = (m.original, Correct::of(m), m.switch_key()) else {
        return ResponseCode::FORMAT_ERROR;
    };
    let key = (original.key, what as u8);
    if let Some(before) = facts.get::<Correction>(&key) {
        // Another one for the same original finds the slot full (rules 2).
        return before.answer.filter(|_| before.own == own).unwrap_or(ResponseCode::TOO_LATE);
    }
    let found = facts.get::<Exchange>(&original.key);
    // Its undo waits for the word on a chargeback: what is still debited must not be borne by anybody.
    if found.is_some_and(|x| x.owed_undo.is_some() && x.claim.is_some_and(|(_, kind)| kind == Kind::Chargeback)) {
        return ResponseCode::MALFUNCTION;
    }
    let (code, day) = match found {
        None => (ResponseCode::NO_ORIGINAL, None),
        Some(x) if matches!(x.stage, Stage::Declined | Stage::Tombstone) => (ResponseCode::NO_ORIGINAL, None),
        Some(x) if !is_whole(m, x.signed_minor) => (ResponseCode::DIFFERS_FROM_ORIGINAL, None),
        Some(x) if what == Correct::Credit => (give_back(at, x, m, facts, d), None),
        Some(x) => debit_again(at, x, m, facts, d),
    };
    d.count(if code == ResponseCode::APPROVED { "issuer.corrected" } else { "issuer.correction_refused" });
    let heard = Correction::heard(what, original.key, own, m, at);
    d.put(&key, Correction { answer: Some(code), day, ..heard });
    code
}

/// 贷记调整. What a void or a refund gave back, and what was undone, is back already.
fn give_back(
    at: Moment,
    x: &Exchange,
    m: &Message,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) -> ResponseCode {
    let free = x.claim.is_none() && x.undo.is_none() && x.refunded_minor == 0 && named::can_put_back(x, facts);
    match x.stage {
        Stage::Undone => ResponseCode::APPROVED,
        Stage::Declined | Stage::Tombstone => ResponseCode::NO_ORIGINAL,
        Stage::Approved if !free || x.signed_minor <= 0 => ResponseCode::TOO_LATE,
        Stage::Approved => {
            reversal::undo(at, x, (m.code, m.settlement), facts, d);
            ResponseCode::APPROVED
        }
    }
}

/// 请款: the cardholder is debited again for what an undo gave back. The account must have the money, or the acquirer bears it.
fn debit_again(
    at: Moment,
    x: &Exchange,
    m: &Message,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) -> (ResponseCode, Option<slipway_terms::BusinessDate>) {
    match x.stage {
        // It stands: whoever undid it elsewhere has nothing to ask for here.
        Stage::Approved if x.claim.is_none() => return (ResponseCode::APPROVED, None),
        Stage::Approved => return (ResponseCode::TOO_LATE, None),
        Stage::Declined | Stage::Tombstone => return (ResponseCode::NO_ORIGINAL, None),
        Stage::Undone if x.signed_minor <= 0 || !x.suspense.is_back() => return (ResponseCode::NO_ORIGINAL, None),
        Stage::Undone => {}
    }
    let account = x.account.and_then(|no| facts.get::<AccountRow>(&no));
    let available = account.map(|account| posting::available(account, facts) - x.signed_minor);
    if available.is_some_and(|available| available < 0) {
        return (ResponseCode::INSUFFICIENT_FUNDS, None);
    }
    let (day, suspense) = posting::redo(at, m.settlement, x, facts, d);
    d.put(&x.key, Exchange { stage: Stage::Approved, at, suspense, ..x.clone() });
    if let (Some(available), Some(card)) = (available, x.asked.tail) {
        notices::retaken(at, x, card, available, d);
    }
    (ResponseCode::APPROVED, Some(day))
}

/// Where a debit stands once it was made again: what the network still has, or has taken back, is between it and us as before.
pub(super) const fn again(was: Suspense) -> Suspense {
    match was {
        Suspense::Returned => Suspense::Held,
        Suspense::Owed | Suspense::Claimed => Suspense::Cleared,
        other => other,
    }
}
