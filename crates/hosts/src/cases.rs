//! How cases end: one table of what may be found for which ground, and what each finding does to the money. Shared by the
//! hosts that have cases and by whoever asks a person; nothing here changes a record.

use slipway_terms::{Finding, Ground};

/// What a finding does. Every effect but [`Effect::GiveThere`], [`Effect::Refund`], [`Effect::Difference`] of a debit that was too large and, at the
/// switch, [`Effect::RedoThere`] closes its case at once; none fills a slot that is full, and none pays a slip that another case has paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Nothing moves: the records stand as they are.
    Stand,
    /// The credit is proven: an unconfirmed or held one becomes payable.
    Confirm,
    /// The undo slot is filled: posting, advice to the next house, notice to the cardholder. Of what a dispute has paid to the merchant again
    /// it is full: that is refunded, and the case ends with the issuer's yes.
    Undo,
    /// The redo slot is filled: the issuer is asked for the money again, once (请款); what it refuses, and what has no record, the
    /// acquirer bears.
    Redo,
    /// The merchant is credited with what the slip says, whatever stands under its number, and the acquirer bears it.
    Bear,
    /// The other house is asked to give the money back (贷记调整); the case ends with its yes.
    GiveThere,
    /// The redo slot is filled against the network (at the switch: against the issuer): the cardholder's debit was never given
    /// back.
    RedoThere,
    /// The difference to the slip: what is too little fills the redo slot and the acquirer bears it; what is too much is refunded to the
    /// cardholder by the acquirer itself, and the case ends with the issuer's yes.
    Difference,
    /// What is left of it is refunded to the cardholder by the acquirer itself; the case ends with the issuer's yes.
    Refund,
}

/// Ground × finding → effect (rules 7 and 9). What is not here is not allowed. An undo that another house refused is
/// asked for there as a credit adjustment; what that house refuses too stays open until a person has put it right.
pub const TABLE: [(Ground, Finding, Effect); 29] = [
    (Ground::ReversalOfConfirmed, Finding::SlipShown, Effect::Confirm),
    (Ground::ReversalOfConfirmed, Finding::NoSlip, Effect::Undo),
    (Ground::ReversalOfConfirmed, Finding::AsBooked, Effect::Stand),
    (Ground::ReversalDiffers, Finding::SlipShown, Effect::Confirm),
    (Ground::ReversalDiffers, Finding::NoSlip, Effect::Undo),
    (Ground::ReversalDiffers, Finding::AsBooked, Effect::Stand),
    (Ground::AdviceRefused, Finding::SlipShown, Effect::RedoThere),
    (Ground::AdviceRefused, Finding::NoSlip, Effect::GiveThere),
    (Ground::AdviceRefused, Finding::AsBooked, Effect::Stand),
    (Ground::Unconfirmed, Finding::SlipShown, Effect::Confirm),
    (Ground::Unconfirmed, Finding::NoSlip, Effect::Undo),
    (Ground::SlipWithoutSale, Finding::SlipShown, Effect::Redo),
    (Ground::SlipWithoutSale, Finding::AsBooked, Effect::Stand),
    (Ground::ConfirmationDiffers, Finding::SlipShown, Effect::Confirm),
    (Ground::ConfirmationDiffers, Finding::NoSlip, Effect::Undo),
    (Ground::ConfirmationDiffers, Finding::AsBooked, Effect::Stand),
    (Ground::AmountDiffers, Finding::SlipShown, Effect::Difference),
    (Ground::AmountDiffers, Finding::AsBooked, Effect::Stand),
    (Ground::Borne, Finding::SlipShown, Effect::Confirm),
    (Ground::Borne, Finding::NoSlip, Effect::Undo),
    (Ground::Borne, Finding::AsBooked, Effect::Stand),
    (Ground::HandoverTwice, Finding::AsBooked, Effect::Stand),
    (Ground::AdviceOnUsedNumber, Finding::SlipShown, Effect::Bear),
    (Ground::AdviceOnUsedNumber, Finding::AsBooked, Effect::Stand),
    (Ground::UndoRefused, Finding::SlipShown, Effect::RedoThere),
    (Ground::UndoRefused, Finding::NoSlip, Effect::GiveThere),
    (Ground::UndoRefused, Finding::AsBooked, Effect::Stand),
    (Ground::PaidTwice, Finding::OnePurchase, Effect::Refund),
    (Ground::PaidTwice, Finding::TwoPurchases, Effect::Stand),
];

/// What this finding does for this ground; `None`: it is not allowed.
pub fn effect(ground: Ground, finding: Finding) -> Option<Effect> {
    TABLE.iter().find(|(of, found, _)| (*of, *found) == (ground, finding)).map(|(_, _, effect)| *effect)
}

/// What may be found for this ground.
pub fn allowed(ground: Ground) -> impl Iterator<Item = Finding> {
    TABLE.iter().filter(move |(of, _, _)| *of == ground).map(|(_, finding, _)| *finding)
}

/// Whether a slip that is shown after "no slip" is taken: the undo it is about was this case's own (rules 7).
pub fn may_come_later(ground: Ground, before: Finding, finding: Finding) -> bool {
    (before, finding) == (Finding::NoSlip, Finding::SlipShown) && effect(ground, before) == Some(Effect::Undo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ground_has_an_end_and_no_line_stands_twice() {
        for ground in Ground::ALL {
            assert!(allowed(ground).next().is_some(), "{ground:?}");
            for finding in allowed(ground) {
                assert_eq!(allowed(ground).filter(|found| *found == finding).count(), 1, "{ground:?} {finding:?}");
            }
        }
    }
}
