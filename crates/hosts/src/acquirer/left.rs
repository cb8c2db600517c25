//! What of an exchange is left: whether its till can still give it back, and how much of the merchant's credit stands. One place, so that
//! who looks, who orders a refund and who holds money for a doubt are told the same. It must never count what is voided, refunded or charged
//! back, nor call refundable what no card was debited for.

use super::{ClaimState, Original, Redo, Stage};
use slipway_terms::Kind;

/// Whether a till can give a payment back by a refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GiveBack {
    /// It can, so much. Unit: minor units.
    Can(i64),
    /// Its own fate, or that of a void or tip of it, is not decided.
    Undecided,
    /// The money has gone back, or goes back by itself: by reversal, void or refunds.
    GoneBack,
    /// A dispute has it: the houses decide.
    Disputed,
    /// Nobody was charged for it, or nothing was taken.
    NotCharged,
}

/// Whether the till of this payment can still give it back.
pub fn give_back(o: &Original) -> GiveBack {
    if o.borne || o.signed_minor <= 0 {
        return GiveBack::NotCharged;
    }
    let rest = o.refundable_minor();
    let can = if rest > 0 { GiveBack::Can(rest) } else { GiveBack::GoneBack };
    match (o.stage, o.redo) {
        (_, Some(Redo { open: true, .. })) | (Stage::Forwarded, _) => return GiveBack::Undecided,
        (Stage::Declined, None) => return GiveBack::NotCharged,
        (Stage::Undone | Stage::Unsure, None) => return GiveBack::GoneBack,
        (Stage::Approved | Stage::Declined | Stage::Undone | Stage::Unsure, _) => {}
    }
    // The claim of a later undo that was taken back by a finding is history: the redo slot says what stands.
    let Some(claim) = o.claim.filter(|_| o.stage == Stage::Approved) else { return can };
    match claim.kind {
        kind if kind.is_disputed() => GiveBack::Disputed,
        _ if claim.state != ClaimState::Sure => GiveBack::Undecided,
        Kind::Adjust => can,
        _ => GiveBack::GoneBack,
    }
}

/// What of the merchant's credit of this exchange stands: nothing of what is voided, charged back, undone or refunded. Unit: minor units.
pub(super) fn standing_minor(o: &Original) -> i64 {
    let redone = o.redo.filter(|redo| !redo.open).map_or(0, |redo| redo.minor);
    let paid = if o.stage == Stage::Approved { o.signed_minor + redone } else { redone };
    let gone = o.claim.is_some_and(|claim| claim.kind.shape().sign < 0 && claim.state != ClaimState::Asked);
    if paid <= 0 || gone && o.stage == Stage::Approved {
        return 0;
    }
    (paid + o.refunds.adjusted_minor - o.refunds.done_minor).max(0)
}
