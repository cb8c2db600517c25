//! What a void, refund, completion or adjustment is about, as the switch has it: known, approved, not undone, and for a void
//! of the day that is running (rules 3). What later exchanges leave on it stands in its record from the commit on that forwards
//! or answers them, so the switch refuses what the acquirer should have refused.

use super::core::Switch;
use super::record::{Exchange, Marks, Stage, SwitchRow};
use crate::dispute::Dispute;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Amount, BusinessDate, CardToken, Kind, Message, ResponseCode, SwitchKey};

pub(super) fn wants(original: Option<SwitchKey>, out: &mut Wants) {
    if let Some(key) = original {
        out.row::<Exchange, SwitchRow>(&key);
    }
}

/// What the answer to `by`, or its undo, changes beside it.
pub(super) fn wants_beside(by: &Exchange, out: &mut Wants) {
    wants(by.asked.original, out);
    wants(by.behind, out);
}

/// The original, if the kind may be about it: 25 unknown, 22 undone, taken, refunded or of another day, 14 another card, 64
/// another amount, 61 more than is left.
pub(super) fn find<'a>(
    kind: Kind,
    message: &Message,
    token: Option<CardToken>,
    day: BusinessDate,
    facts: &'a Facts<'_, Switch>,
) -> Result<Option<&'a Exchange>, ResponseCode> {
    const UNKNOWN: ResponseCode = ResponseCode::NO_ORIGINAL;
    if !kind.shape().names_original {
        return Ok(None);
    }
    let key = message.original.ok_or(UNKNOWN)?.key;
    let first = facts.get::<Exchange>(&key).filter(|_| Some(key.acquirer) == message.acquirer).ok_or(UNKNOWN)?;
    let was = first.asked.kind().ok_or(UNKNOWN)?;
    let fits = match kind {
        Kind::SaleVoid | Kind::Adjust => was.is_purchase(),
        Kind::Refund => was.is_purchase() || was.completes() || was == Kind::OfflineSale,
        Kind::CompletionVoid => was == Kind::Completion,
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => was == Kind::PreAuth,
        _ => false,
    };
    match first.stage {
        Stage::Approved if fits => {}
        // A correction made it a sale again: what it debits is given back by a refund only.
        Stage::Undone if fits && kind == Kind::Refund && first.redo.is_some() => {}
        Stage::Undone | Stage::Forwarded => return Err(ResponseCode::TOO_LATE),
        _ => return Err(UNKNOWN),
    }
    if first.asked.token != token {
        return Err(ResponseCode::INVALID_CARD);
    }
    // A tip stays with what is refunded; what was presented again is the merchant's, unless the next step is on its way.
    let presented = |by: Kind| by.is_disputed() && by.shape().sign > 0;
    let stands = |by: Kind| {
        let dispute = || facts.get::<Dispute>(&key).is_some_and(|dispute| dispute.waiting().is_none());
        kind == Kind::Refund && (by == Kind::Adjust || (presented(by) && dispute()))
    };
    let taken = first.claim.is_some_and(|(_, by)| !stands(by));
    let void = matches!(kind, Kind::SaleVoid | Kind::CompletionVoid);
    if taken || (void && first.day != day) {
        return Err(ResponseCode::TOO_LATE);
    }
    let refunded = first.marks.refunded_minor != 0 || first.marks.open_minor != 0;
    if refunded && (void || kind == Kind::Adjust) {
        return Err(ResponseCode::TOO_LATE);
    }
    if kind == Kind::Refund && message.amount.map_or(0, Amount::signed) > refundable(first) {
        return Err(ResponseCode::AMOUNT_LIMIT);
    }
    if (void || kind == Kind::PreAuthVoid) && first.asked.amount != message.amount {
        return Err(ResponseCode::DIFFERS_FROM_ORIGINAL);
    }
    Ok(Some(first))
}

/// What an approval of this kind moves from issuer to acquirer.
pub(super) fn signed_minor(kind: Kind, amount: Option<Amount>, first: Option<&Exchange>) -> i64 {
    let amount = amount.map_or(0, Amount::signed);
    match (kind, first) {
        (Kind::Adjust, Some(first)) => amount - first.asked.amount.map_or(0, Amount::signed),
        _ => amount * i64::from(kind.shape().sign),
    }
}

/// Whether this later exchange is counted in the sums of its original.
fn refund(by: &Exchange) -> Option<i64> {
    let amount = by.asked.amount.map_or(0, Amount::signed);
    (by.asked.kind() == Some(Kind::Refund)).then_some(amount)
}

fn of<'a>(key: Option<SwitchKey>, facts: &'a Facts<'_, Switch>) -> Option<&'a Exchange> {
    facts.get::<Exchange>(&key?)
}

/// Marks the original as `by` is forwarded: what may still be refunded is less from now on.
pub(super) fn ask(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    if let (Some(minor), Some(first)) = (refund(by), of(by.asked.original, facts)) {
        let marks = Marks { open_minor: first.marks.open_minor + minor, ..first.marks };
        decision.put(&first.key, Exchange { marks, ..first.clone() });
    }
}

/// `by` was refused: what it asked for is free again.
pub(super) fn refuse(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    if let (Some(minor), Some(first)) = (refund(by), of(by.asked.original, facts)) {
        let marks = Marks { open_minor: first.marks.open_minor - minor, ..first.marks };
        decision.put(&first.key, Exchange { marks, ..first.clone() });
    }
}

/// Marks the original as `by` is approved: taken by a void, an adjustment or a completion; refunded by so much.
pub(super) fn take(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let (Some(kind), Some(first)) = (by.asked.kind(), of(by.asked.original, facts)) else { return };
    let mut then = first.clone();
    match (kind, refund(by)) {
        (_, Some(minor)) => {
            then.marks.open_minor -= minor;
            then.marks.refunded_minor += minor;
            assert!(refundable(&then) >= 0, "never more is refunded than was paid");
        }
        (Kind::Adjust, _) => (then.claim, then.marks.adjusted_minor) = (Some((by.key, kind)), by.signed_minor),
        _ if kind.shape().names_original => then.claim = Some((by.key, kind)),
        _ => return,
    }
    decision.put(&first.key, then);
    // A completion void gives the hold free for another completion.
    if let Some(hold) = of(by.behind, facts).filter(|hold| hold.claim.is_some_and(|(key, _)| key == first.key)) {
        decision.put(&hold.key, Exchange { claim: None, ..hold.clone() });
    }
}

/// Unmarks it as `by` is undone; the hold behind a completion void is the completion's again.
pub(super) fn put_back(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some(first) = of(by.asked.original, facts) else { return };
    if first.claim.is_none_or(|(key, _)| key != by.key) {
        return;
    }
    decision.put(&first.key, Exchange { claim: None, ..first.clone() });
    if let (Some(hold), Some(kind)) = (of(by.behind, facts).filter(|hold| hold.claim.is_none()), first.asked.kind()) {
        decision.put(&hold.key, Exchange { claim: Some((first.key, kind)), ..hold.clone() });
    }
}

/// What can still be refunded.
fn refundable(first: &Exchange) -> i64 {
    let Marks { refunded_minor, open_minor, adjusted_minor } = first.marks;
    first.signed_minor + adjusted_minor - refunded_minor - open_minor
}

/// Whether something that was refunded, or that goes on behind it, keeps an approval from being undone (rules 3).
pub(super) fn is_fast(exchange: &Exchange, facts: &Facts<'_, Switch>) -> bool {
    let refunded = exchange.marks.refunded_minor != 0 || exchange.marks.open_minor != 0;
    let completed = exchange.claim.is_some_and(|(_, kind)| kind.completes() || kind == Kind::Adjust);
    // A completion void whose hold was completed anew: two completions would stand.
    let anew = of(exchange.behind, facts).is_some_and(|hold| hold.claim.is_some());
    // What a completion still owes cannot be paid together with its hold: the void stays.
    let owes = exchange.asked.kind() == Some(Kind::CompletionVoid)
        && of(exchange.asked.original, facts).is_some_and(|first| first.owed_undo.is_some());
    refunded || completed || anew || owes
}
