//! A slip is paid once, whatever way it is presented: its offline advice may come when a case has paid it already, and the line of a
//! settlement may be the slip of an advice on a used number. What was posted to our own loss for it comes back in the commit that captures
//! the exchange itself. Must never leave a merchant credited twice for one slip, nor for a moment without what he was credited.

use super::{Acquirer, AcquirerRow, Case, Ground, Original, advice};
use crate::day;
use crate::ledger::{self, Account, Cause, Posting};
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{BusinessDate, Finding, Kind, Moment, SwitchKey, TillKey};

/// What a case had paid for a slip without a sale came back, because the sale itself was taken. Key: the case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TakenOver {
    /// Of which number.
    pub till: TillKey,
    /// Of which case.
    pub ground: Ground,
    /// The posting that came back.
    pub paid: SwitchKey,
    /// The exchange that is credited in its place.
    pub by: SwitchKey,
    /// How much. Unit: minor units.
    pub minor: i64,
    /// When.
    pub at: Moment,
}

/// Kinds that a slip without a sale can be the slip of.
const fn is_told_late(kind: Kind) -> bool {
    matches!(kind, Kind::OfflineSale | Kind::CompletionAdvice)
}

/// The case that may have paid for this number.
pub(super) fn wants(till: &TillKey, out: &mut Wants) {
    out.row::<Case, AcquirerRow>(&(*till, Ground::SlipWithoutSale as u8));
}

/// The case that has paid for a slip of this number, under which nothing stood.
pub(super) fn paid<'a>(till: &TillKey, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Case> {
    facts.get::<Case>(&(*till, Ground::SlipWithoutSale as u8)).filter(|case| case.redo.is_some())
}

/// Whether a request under this number is another one than the slip that was paid: the number is used up (rules 2).
pub(super) fn is_used(kind: Option<Kind>, till: &TillKey, facts: &Facts<'_, Acquirer>) -> bool {
    paid(till, facts).is_some() && !kind.is_some_and(is_told_late)
}

/// Wants, of an exchange that may be captured, the case that has paid for it.
pub(super) fn want_paid(o: &Original, out: &mut Wants) {
    if is_told_late(o.kind) {
        wants(&o.till, out);
        out.row::<Case, AcquirerRow>(&(o.till, Ground::AmountDiffers as u8));
    }
}

/// `o` is captured on this day: what a case has paid for its slip comes back, and another amount is for a person.
pub(super) fn take(
    o: &Original,
    at: Moment,
    day: BusinessDate,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    if !is_told_late(o.kind) {
        return;
    }
    let Some(case) = paid(&o.till, facts) else { return };
    let (Some(paid), Some(minor)) = (case.redo, case.minor) else { return };
    let payable = Account::MerchantPayable(o.till.merchant);
    let first = Posting::simple(paid, Cause::Redo, None, at, day, Account::Loss, payable, minor);
    let counted = day::count(at, o.settlement, minor, true, facts, d);
    ledger::post(first.undo(at, counted), facts, d);
    let (till, ground, by) = (o.till, case.ground, o.switch);
    d.put(&(till, ground as u8), TakenOver { till, ground, paid, by, minor, at });
    d.count("acquirer_slip_taken_over");
    if minor != o.signed_minor {
        let differs = Case { minor: Some(minor), sign: case.sign, ..Case::open(till, Ground::AmountDiffers, at) };
        advice::open(differs, facts, d);
    }
}

/// Cases that pay for one and the same slip of a number, whatever way its till has presented it.
const ONE_SLIP: [Ground; 3] = [Ground::AdviceOnUsedNumber, Ground::AmountDiffers, Ground::SlipWithoutSale];

/// Wants the other cases that may have paid for the slip of this one.
pub(super) fn want_others(till: &TillKey, ground: Ground, out: &mut Wants) {
    if ONE_SLIP.contains(&ground) {
        for other in ONE_SLIP {
            out.row::<Case, AcquirerRow>(&(*till, other as u8));
        }
    }
}

/// Whether another case has paid for a slip of this size under the same number: it is the same slip.
pub(super) fn is_paid_elsewhere(case: &Case, facts: &Facts<'_, Acquirer>) -> bool {
    let Some(minor) = case.minor.map(i64::abs).filter(|_| ONE_SLIP.contains(&case.ground)) else { return false };
    // Of the two one is an advice on a used number; the others are about the exchange itself, which has one redo slot.
    let pair = |other: Ground| (other == Ground::AdviceOnUsedNumber) != (case.ground == Ground::AdviceOnUsedNumber);
    let others = ONE_SLIP.into_iter().filter(|other| pair(*other));
    others.filter_map(|other| facts.get::<Case>(&(case.till, other as u8))).any(|other| {
        let shown = other.found.is_some_and(|found| found.finding == Finding::SlipShown);
        let same = other.sign.is_none() || case.sign.is_none() || other.sign == case.sign;
        shown && same && other.minor.map(i64::abs) == Some(minor)
    })
}

/// Whether a line of a settlement is the slip of an advice that came on a used number: that case has its word already.
pub(super) fn is_of_advice(till: &TillKey, minor: i64, sign: Option<i8>, facts: &Facts<'_, Acquirer>) -> bool {
    let case = facts.get::<Case>(&(*till, Ground::AdviceOnUsedNumber as u8));
    case.is_some_and(|case| {
        let same = sign.is_none() || case.sign.is_none() || sign == case.sign;
        same && case.minor.map(i64::abs) == Some(minor)
    })
}
