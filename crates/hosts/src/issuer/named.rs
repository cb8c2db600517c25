//! What a void, refund, completion or adjustment is about: judged against the issuer's own record of the original, changed in
//! the commit of the approval, and put back if that is undone. One claim at a time (rules 2 and 3).

use super::core::Issuer;
use super::hold;
use super::record::{AccountRow, Exchange, Hold, HoldState, IssuerRow, Stage};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Amount, CardToken, Kind, Moment, ResponseCode, SwitchKey};

/// Most that a completion may exceed its hold, percent of it (rules 3).
const COMPLETION_MAX_PERCENT: u64 = 115;
/// Most that an adjusted total may be, percent of the original.
const ADJUST_MAX_PERCENT: u64 = 120;

/// The exchange it is about, and what that one is about: the hold behind a completion.
pub(super) fn wants(original: Option<SwitchKey>, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    let Some(key) = original else { return };
    out.row::<Exchange, IssuerRow>(&key);
    if let Some(hold) = seen.known::<Exchange>(&key).and_then(|first| first.asked.original) {
        out.row::<Exchange, IssuerRow>(&hold);
    }
}

fn amount(exchange: &Exchange) -> u64 {
    exchange.asked.amount.map_or(0, Amount::minor)
}

/// 25 not known or nothing left to act on, 22 not any more, 14 another card, 64 another amount, 61 too much.
pub(super) fn check(kind: Kind, asked: Amount, token: CardToken, first: Option<&Exchange>) -> Result<(), ResponseCode> {
    const UNKNOWN: ResponseCode = ResponseCode::NO_ORIGINAL;
    let first = first.ok_or(UNKNOWN)?;
    let was = first.kind.ok_or(UNKNOWN)?;
    let fits = match kind {
        Kind::SaleVoid | Kind::Adjust => was.is_purchase(),
        Kind::Refund => was.is_purchase() || was.completes() || was == Kind::OfflineSale,
        Kind::CompletionVoid => was == Kind::Completion,
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => was == Kind::PreAuth,
        _ => false,
    };
    match first.stage {
        Stage::Approved if fits => {}
        Stage::Undone => return Err(ResponseCode::TOO_LATE),
        _ => return Err(UNKNOWN),
    }
    if first.asked.token != Some(token) {
        return Err(ResponseCode::INVALID_CARD);
    }
    let percent = |most: u64| asked.minor() * 100 <= amount(first) * most;
    // A tip stays with what is refunded, and what was presented again is the merchant's to refund.
    let stands = |by: Kind| by == Kind::Adjust || (by.is_disputed() && by.shape().sign > 0);
    let taken = first.claim.is_some_and(|(_, by)| !(kind == Kind::Refund && stands(by)));
    let refundable = first.signed_minor + first.adjusted_minor - first.refunded_minor;
    let state = first.hold.map(|hold| hold.state);
    match kind {
        // What the issuer bears itself was never taken from the card: nothing goes back to it.
        _ if taken || first.borne => Err(ResponseCode::TOO_LATE),
        Kind::SaleVoid | Kind::CompletionVoid | Kind::Adjust if first.refunded_minor != 0 => {
            Err(ResponseCode::TOO_LATE)
        }
        Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid if asked.minor() != amount(first) => {
            Err(ResponseCode::DIFFERS_FROM_ORIGINAL)
        }
        Kind::Adjust if !percent(ADJUST_MAX_PERCENT) => Err(ResponseCode::AMOUNT_LIMIT),
        Kind::Refund if asked.signed() > refundable => Err(ResponseCode::AMOUNT_LIMIT),
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice if state == Some(HoldState::Captured) => {
            Err(ResponseCode::TOO_LATE)
        }
        Kind::Completion | Kind::CompletionAdvice if !percent(COMPLETION_MAX_PERCENT) => {
            Err(ResponseCode::AMOUNT_LIMIT)
        }
        // What already happened at the till is posted, and flagged late (rules 3).
        Kind::CompletionAdvice if state == Some(HoldState::Expired) => Ok(()),
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice if state != Some(HoldState::Open) => Err(UNKNOWN),
        _ => Ok(()),
    }
}

/// What an approval of this kind takes from the cardholder, with its sign.
pub(super) fn signed_minor(kind: Kind, asked: Amount, first: Option<&Exchange>) -> i64 {
    match (kind, first) {
        (Kind::Adjust, Some(first)) => asked.signed() - amount(first).cast_signed(),
        _ => asked.signed() * i64::from(kind.shape().sign),
    }
}

/// What becomes available again by ending the hold that a completion takes.
pub(super) fn let_go(kind: Kind, first: Option<&Exchange>) -> i64 {
    match (kind.completes(), first.and_then(|first| first.hold)) {
        (true, Some(Hold { minor, state: HoldState::Open, .. })) => minor,
        _ => 0,
    }
}

/// Changes the original for an approval of `by`.
pub(super) fn take(
    at: Moment,
    by: &Exchange,
    kind: Kind,
    account: &AccountRow,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    let Some(first) = by.asked.original.and_then(|key| facts.get::<Exchange>(&key)) else { return };
    let mut then = first.clone();
    match kind {
        Kind::SaleVoid => then.claim = Some((by.key, kind)),
        Kind::Adjust => (then.claim, then.adjusted_minor) = (Some((by.key, kind)), by.signed_minor),
        Kind::Refund => {
            then.refunded_minor -= by.signed_minor;
            assert!(then.refunded_minor <= then.signed_minor + then.adjusted_minor, "never more than was paid");
        }
        Kind::PreAuthVoid => {
            then.claim = Some((by.key, kind));
            hold::end(&mut then, HoldState::Released, account, decision);
        }
        Kind::Completion | Kind::CompletionAdvice => hold::end(&mut then, HoldState::Captured, account, decision),
        Kind::CompletionVoid => {
            then.claim = Some((by.key, kind));
            if let Some(mut held) = behind(first, facts) {
                hold::again(at, &mut held, account, decision);
                decision.put(&held.key.clone(), held);
            }
        }
        _ => return,
    }
    decision.put(&first.key, then);
}

/// The pre-authorisation behind a completion.
fn behind(completion: &Exchange, facts: &Facts<'_, Issuer>) -> Option<Exchange> {
    facts.get::<Exchange>(&completion.asked.original?).cloned()
}

/// Whether an undo of `by` could put everything back: a hold that was completed anew behind a completion void cannot be
/// completed twice. A sale that was reversed behind its void is undone together with it.
pub(super) fn can_put_back(by: &Exchange, facts: &Facts<'_, Issuer>) -> bool {
    let first = by.asked.original.and_then(|key| facts.get::<Exchange>(&key));
    if by.kind != Some(Kind::CompletionVoid) {
        return true;
    }
    // What a completion still owes cannot be paid together with its hold: the void stays.
    if first.is_some_and(|first| first.owed_undo.is_some()) {
        return false;
    }
    let held = first.and_then(|completion| behind(completion, facts));
    held.and_then(|held| held.hold).is_none_or(|hold| hold.state != HoldState::Captured)
}

/// Puts the original back as an approval of `by` is undone.
pub(super) fn put_back(
    at: Moment,
    by: &Exchange,
    account: &AccountRow,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    let Some(first) = by.asked.original.and_then(|key| facts.get::<Exchange>(&key)) else { return };
    let mut then = first.clone();
    match by.kind {
        Some(Kind::SaleVoid) => then.claim = None,
        Some(Kind::PreAuthVoid | Kind::Completion) => {
            then.claim = None;
            hold::again(at, &mut then, account, decision);
        }
        Some(Kind::CompletionVoid) => {
            then.claim = None;
            if let Some(mut held) = behind(first, facts) {
                hold::end(&mut held, HoldState::Captured, account, decision);
                decision.put(&held.key.clone(), held);
            }
        }
        _ => return,
    }
    decision.put(&first.key, then);
}
