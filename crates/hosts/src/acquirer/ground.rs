//! The ground of a hold on a merchant's money that is about one exchange: whether it is so, and how much is in doubt. It must never let a
//! merchant be told of a case that nobody has opened, or hold what is not his any more (rules 11).

use super::{Acquirer, AcquirerRow, Case, Exchange, Original, Reference, Stage, left};
use crate::dispute::Dispute;
use slipway_node::{Facts, Wants};
use slipway_terms::{HoldGround, MerchantId, MerchantRefusal, Rrn};

/// Cases of one exchange: one of each ground.
const CASES_MAX: u16 = 16;

/// The exchange, its cases and its dispute.
pub(super) fn wants(rrn: Rrn, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Reference, AcquirerRow>(&rrn);
    if let Some(Reference { till }) = seen.known::<Reference>(&rrn) {
        out.row::<Exchange, AcquirerRow>(till).range::<Case, AcquirerRow>(till, CASES_MAX, false);
        if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
            out.row::<Dispute, AcquirerRow>(&o.switch);
        }
    }
}

/// What is in doubt: what of the exchange still stands for this merchant. Unit: minor units.
///
/// # Errors
/// It has not paid him, or the ground is not so.
pub(super) fn in_doubt(
    merchant: MerchantId,
    rrn: Rrn,
    ground: HoldGround,
    facts: &Facts<'_, Acquirer>,
) -> Result<i64, MerchantRefusal> {
    let o = paying(merchant, rrn, facts).ok_or(MerchantRefusal::NoExchange)?;
    if is_true(ground, o, facts) { Ok(left::standing_minor(o)) } else { Err(MerchantRefusal::NoCase) }
}

/// An exchange that has paid this merchant, whatever became of it since.
fn paying<'a>(merchant: MerchantId, rrn: Rrn, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    let till = facts.get::<Reference>(&rrn)?.till;
    let Some(Exchange::Original(o)) = facts.get::<Exchange>(&till) else { return None };
    let paid = o.signed_minor > 0 && (o.stage == Stage::Approved || left::standing_minor(o) > 0);
    (paid && o.till.merchant == merchant).then_some(o)
}

/// Whether what the merchant will be told is so: a case is open, or a dispute is. That a cardholder claims fraud no record of ours knows.
fn is_true(ground: HoldGround, o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let disputed = || facts.get::<Dispute>(&o.switch).is_some_and(|dispute| dispute.closed.is_none());
    let in_case = || {
        let cases = facts.range::<Case>(&o.till, CASES_MAX, false).unwrap_or_default();
        cases.iter().any(|case| case.closed.is_none())
    };
    match ground {
        HoldGround::OpenCase => in_case() || disputed(),
        HoldGround::Retrieval | HoldGround::Chargeback => disputed(),
        HoldGround::FraudClaim | HoldGround::RiskHit | HoldGround::Registration | HoldGround::Order => true,
    }
}
