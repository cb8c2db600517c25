//! The earlier exchange that a void, refund, completion or adjustment is about: found, judged, claimed, given back. One claim
//! at a time: two voids of one sale, or a refund beside a void, can never both be approved (rules 2 and 3).

use super::gate::Seat;
use super::{
    About, Acquirer, AcquirerRow, Case, Claim, ClaimState, Credit, Exchange, Ground, Open, Original, Reference,
    Refunds, Stage, advice,
};
use crate::correction::{Correct, Correction, CorrectionKey};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Kind, Message, Moment, ResponseCode, Rrn, Stan, TillKey};

/// Most that a completion may exceed its hold, percent of it (rules 3).
pub const COMPLETION_MAX_PERCENT: u64 = 115;
/// Most that an adjusted total may be, percent of the original: a tip, not another purchase.
pub const ADJUST_MAX_PERCENT: u64 = 120;

/// How a request names its original: by reference number, by the till's own batch and number, or both.
struct Name {
    rrn: Option<Rrn>,
    till: Option<TillKey>,
}

fn name(m: &Message) -> Option<Name> {
    let till = m.original_till.and_then(|original| {
        let stan = Stan::new(original.stan).ok()?;
        Some(TillKey { terminal: m.terminal?, merchant: m.merchant?, batch: original.batch, stan })
    });
    let name = Name { rrn: m.rrn, till };
    (name.rrn.is_some() || name.till.is_some()).then_some(name)
}

fn by_reference(rrn: Option<Rrn>, facts: &Facts<'_, Acquirer>) -> Option<TillKey> {
    facts.known::<Reference>(&rrn?).map(|reference| reference.till)
}

/// The reference, then the exchange and what its claim changes.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(name) = name(m) else { return };
    if let Some(rrn) = name.rrn {
        out.row::<Reference, AcquirerRow>(&rrn);
    }
    if let Some(till) = name.till.or_else(|| by_reference(name.rrn, seen)) {
        out.row::<Exchange, AcquirerRow>(&till).row::<Open, AcquirerRow>(&till);
        out.row::<Case, AcquirerRow>(&(till, Ground::Unconfirmed as u8));
        if let Some(Exchange::Original(o)) = seen.known::<Exchange>(&till) {
            out.row::<Correction, AcquirerRow>(&given(o));
        }
    }
}

/// The credit adjustment that gives it back.
fn given(o: &Original) -> CorrectionKey {
    (o.switch, Correct::Credit as u8)
}

/// Whether the exchange that this request names has been read (while wanting: not before the second round).
pub(super) fn is_read(m: &Message, seen: &Facts<'_, Acquirer>) -> bool {
    let till = name(m).and_then(|name| name.till.or_else(|| by_reference(name.rrn, seen)));
    till.is_some_and(|till| seen.known::<Exchange>(&till).is_some())
}

/// The exchange that this request names, if the kind may be about it as it stands: 25 unknown, 22 not now or not any more,
/// 64 another amount, 61 too much, 14 another card.
pub(super) fn find<'a>(
    m: &Message,
    kind: Kind,
    seat: &Seat<'_>,
    facts: &'a Facts<'_, Acquirer>,
) -> Result<&'a Original, ResponseCode> {
    const UNKNOWN: ResponseCode = ResponseCode::NO_ORIGINAL;
    const NOT_NOW: ResponseCode = ResponseCode::TOO_LATE;
    let name = name(m).ok_or(UNKNOWN)?;
    let till = name.till.or_else(|| by_reference(name.rrn, facts)).ok_or(UNKNOWN)?;
    let Some(Exchange::Original(o)) = facts.get::<Exchange>(&till) else { return Err(UNKNOWN) };
    let dated = m.original_till.and_then(|original| original.date).is_none_or(|date| date == o.at.month_day());
    if o.till.merchant != seat.terminal.merchant || name.rrn.is_some_and(|rrn| rrn != o.rrn) || !dated {
        return Err(UNKNOWN);
    }
    if m.auth.is_some() && m.auth != o.auth {
        return Err(UNKNOWN);
    }
    let fits = match kind {
        Kind::SaleVoid | Kind::Adjust => o.kind.is_purchase(),
        Kind::Refund => o.kind.is_purchase() || o.kind.completes() || o.kind == Kind::OfflineSale,
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => o.kind == Kind::PreAuth,
        Kind::CompletionVoid => o.kind == Kind::Completion,
        _ => false,
    };
    match o.stage {
        _ if !fits => return Err(UNKNOWN),
        Stage::Approved => {}
        // Its undo slot is full for good, but the cardholder was debited again: only a refund gives that back (rules 5, 9).
        _ if kind == Kind::Refund && o.is_debited_again() => {}
        Stage::Forwarded | Stage::Undone => return Err(NOT_NOW),
        Stage::Declined | Stage::Unsure => return Err(UNKNOWN),
    }
    // Another till knows a sale by its slip only; while the sale's own till has not confirmed it, that till may still undo it.
    let own = o.till.terminal == seat.terminal.id && name.till.is_some();
    let unproven = matches!(o.credit, Credit::Unconfirmed | Credit::Held);
    // A credit adjustment is on its way, and until it is answered nothing else gives it back.
    let giving = facts.known::<Correction>(&given(o)).is_some_and(|asked| asked.answer.is_none());
    if giving || taken(o, kind) || (unproven && !own) {
        return Err(NOT_NOW);
    }
    let here_and_now = own && o.till.batch == seat.batch();
    let (asked, was) = (m.amount.map_or(0, slipway_terms::Amount::minor), o.amount.map_or(0, |a| a.minor()));
    let percent = |most: u64| asked * 100 <= was * most;
    match kind {
        Kind::SaleVoid | Kind::CompletionVoid if !here_and_now || o.refunds.done_minor != 0 => Err(NOT_NOW),
        Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid if m.amount != o.amount => {
            Err(ResponseCode::DIFFERS_FROM_ORIGINAL)
        }
        Kind::Completion | Kind::CompletionAdvice if !percent(COMPLETION_MAX_PERCENT) => {
            Err(ResponseCode::AMOUNT_LIMIT)
        }
        Kind::Adjust if !here_and_now || o.refunds.done_minor != 0 => Err(NOT_NOW),
        Kind::Adjust if asked == was => Err(ResponseCode::INVALID_AMOUNT),
        Kind::Adjust if !percent(ADJUST_MAX_PERCENT) => Err(ResponseCode::AMOUNT_LIMIT),
        Kind::Refund if asked.cast_signed() > o.refundable_minor() => Err(ResponseCode::AMOUNT_LIMIT),
        _ => Ok(o),
    }
}

/// Whether something else has it now. A tip that was added stays and may be refunded with the rest.
pub(super) fn taken(o: &Original, kind: Kind) -> bool {
    let tipped = |claim: &Claim| claim.kind == Kind::Adjust && claim.state == ClaimState::Sure;
    o.refunds.open.is_some() || o.claim.as_ref().is_some_and(|claim| !(kind == Kind::Refund && tipped(claim)))
}

/// Whether a step of a dispute has paid it to the merchant again. Its undo slot stays full: only a refund of our own gives it back.
pub(super) fn is_presented(o: &Original) -> bool {
    o.claim.is_some_and(|claim| claim.kind.is_disputed() && claim.kind.shape().sign > 0)
}

/// What an approval of this kind moves for the merchant.
pub(super) fn signed_minor(kind: Kind, amount: Option<slipway_terms::Amount>, about: Option<&Original>) -> i64 {
    let amount = amount.map_or(0, slipway_terms::Amount::signed);
    match (kind, about) {
        (Kind::Adjust, Some(o)) => amount - o.amount.map_or(0, slipway_terms::Amount::signed),
        _ => amount * i64::from(kind.shape().sign),
    }
}

/// How an exchange is named by the one that is about it.
pub(super) fn about(o: &Original) -> About {
    About { till: o.till, switch: o.switch, mti: o.mti, auth: o.auth }
}

/// Takes the original for a later exchange that goes out now. Its own till has named it as a sale with a slip, which
/// confirms it (rules 1).
pub(super) fn claim(
    o: &Original,
    by: TillKey,
    kind: Kind,
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let presented = kind == Kind::Refund && is_presented(o) && o.refunds.open.is_none();
    assert!(!taken(o, kind) || presented, "an exchange is claimed once");
    let mut claimed = o.clone();
    if matches!(o.credit, Credit::Unconfirmed | Credit::Held) {
        claimed.credit = Credit::Confirmed;
        d.end::<Open>(&o.till);
        advice::close(o.till, Ground::Unconfirmed, at, facts, d);
    }
    if kind == Kind::Refund {
        claimed.refunds.open = Some(by);
    } else {
        claimed.claim = Some(Claim { by, kind, state: ClaimState::Asked });
    }
    d.put(&o.till, Exchange::Original(Box::new(claimed)));
}

/// What became of the later exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    /// Approved.
    Approved,
    /// Refused, or undone: the original is as it was.
    Dropped,
}

/// Wants what the end of `o` changes beside it: the exchange it is about, and the hold behind a completion.
pub(super) fn want_about(o: &Original, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(about) = &o.about else { return };
    out.row::<Exchange, AcquirerRow>(&about.till);
    out.row::<Case, AcquirerRow>(&(about.till, Ground::ReversalOfConfirmed as u8));
    if let (Kind::CompletionVoid, Some(hold)) = (o.kind, behind(&about.till, seen)) {
        out.row::<Exchange, AcquirerRow>(&hold);
    }
}

fn behind(till: &TillKey, seen: &Facts<'_, Acquirer>) -> Option<TillKey> {
    match seen.known::<Exchange>(till)? {
        Exchange::Original(o) => o.about.map(|about| about.till),
        Exchange::Tombstone(_) => None,
    }
}

fn original<'a>(till: &TillKey, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    match facts.get::<Exchange>(till)? {
        Exchange::Original(o) => Some(o),
        Exchange::Tombstone(_) => None,
    }
}

/// Whether an undo of `o` could put everything back: a hold that was completed anew behind a completion void cannot be
/// completed twice.
pub(super) fn can_put_back(o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let Some(about) = o.about.filter(|_| o.kind == Kind::CompletionVoid && o.stage == Stage::Approved) else {
        return true;
    };
    let hold = behind(&about.till, facts).and_then(|till| original(&till, facts));
    hold.is_none_or(|hold| hold.claim.is_none())
}

/// Ends the claim of `o` on what it is about. The caller has wanted [`want_about`]; `o` is as it stood before.
pub(super) fn end(o: &Original, turn: Turn, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let Some(first) = o.about.and_then(|about| original(&about.till, facts)) else { return };
    let mut then = first.clone();
    if o.kind == Kind::Refund {
        if first.refunds.open != Some(o.till) {
            return;
        }
        then.refunds.open = None;
        if turn == Turn::Approved {
            then.refunds.done_minor -= o.signed_minor;
            let left = then.signed_minor + then.refunds.adjusted_minor - then.refunds.done_minor;
            assert!(left >= 0, "never more is refunded than was paid");
        }
    } else {
        if first.claim.is_none_or(|claim| claim.by != o.till) {
            return;
        }
        then.claim = match turn {
            Turn::Approved => Some(Claim { by: o.till, kind: o.kind, state: ClaimState::Taken }),
            Turn::Dropped => None,
        };
        if o.kind == Kind::Adjust && turn == Turn::Approved {
            then.refunds = Refunds { adjusted_minor: o.signed_minor, ..then.refunds };
            // The tip is part of what may be refunded; the slot stays filled: no void, no second adjustment.
            then.claim = Some(Claim { by: o.till, kind: o.kind, state: ClaimState::Sure });
        }
        if o.kind == Kind::CompletionVoid {
            let was = o.stage == Stage::Approved;
            hold_again(first, turn, was, facts, d);
        }
        // Its till reversed it while this had given the money back, and was told 00. Now it stands again, named once as a sale
        // with a slip and once as one without: only a person can know (rules 2).
        if turn == Turn::Dropped && core::mem::take(&mut then.reversed_behind) {
            advice::case(first.till, Ground::ReversalOfConfirmed, at, facts, d);
        }
    }
    d.put(&first.till, Exchange::Original(Box::new(then)));
}

/// A completion void gives the hold free for another completion; its undo takes the hold for the completion again.
fn hold_again(completion: &Original, turn: Turn, was: bool, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let Some(hold) = completion.about.and_then(|about| original(&about.till, facts)) else { return };
    let claim = match turn {
        Turn::Approved => None,
        Turn::Dropped if was && hold.claim.is_none() => {
            Some(Claim { by: completion.till, kind: completion.kind, state: ClaimState::Sure })
        }
        Turn::Dropped => return,
    };
    d.put(&hold.till, Exchange::Original(Box::new(Original { claim, ..hold.clone() })));
}

/// The till has the slip of `o`: its claim is for good, and a verdict on the original may say so.
pub(super) fn sure(o: &Original, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let Some(first) = o.about.and_then(|about| original(&about.till, facts)) else { return };
    if first.claim.is_some_and(|claim| claim.by == o.till && claim.state == ClaimState::Taken) {
        let claim = Some(Claim { by: o.till, kind: o.kind, state: ClaimState::Sure });
        d.put(&first.till, Exchange::Original(Box::new(Original { claim, ..first.clone() })));
    }
}
