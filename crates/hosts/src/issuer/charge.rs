//! The money of a dispute at the issuer: Dr network, Cr cardholder for a chargeback, the mirror for a re-presentment, each under the
//! step's own key, with the record that clearing finds it by and the word to the cardholder. What comes back by a re-presentment
//! was given for the time of the dispute only: it is taken again whatever the account has. And its entry in a clearing file.

use super::core::Issuer;
use super::notices;
use super::posting;
use super::record::{AccountRow, Exchange};
use crate::day;
use crate::dispute::{Dispute, DisputeMove, Taken};
use crate::ledger::{self, Account, Cause, Posting};
use slipway_node::{Decision, Facts};
use slipway_terms::{BusinessDate, ClearingItem, Moment, MonthDay};

/// Posts what a step moves and fills the slot with it; says the day. `None`: it moves nothing.
pub(super) fn settle(
    at: Moment,
    given: Option<MonthDay>,
    x: &Exchange,
    dispute: &Dispute,
    taken: &Taken,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) -> Option<BusinessDate> {
    let kind = taken.step.kind().filter(|_| taken.minor != 0)?;
    let (minor, payer) = (taken.minor, posting::payer(x));
    let day = day::count(at, given, minor, false, facts, d);
    let (rrn, merchant) = (x.asked.rrn, x.asked.merchant);
    ledger::post(Posting::simple(taken.own, Cause::Approval, rrn, at, day, payer, Account::Network, minor), facts, d);
    let (own, original, step, card) = (taken.own, x.key, taken.step, dispute.card);
    let moved = DisputeMove { own, original, step, minor, at, rrn, merchant, issuer: None, card, filed: None };
    d.put(&own, moved);
    d.put(&x.key, Exchange { claim: Some((own, kind)), ..x.clone() });
    let account = x.account.and_then(|no| facts.get::<AccountRow>(&no));
    if let (Some(account), Some(card)) = (account, x.asked.tail) {
        notices::disputed(at, x, &moved, card, posting::available(account, facts) - minor, d);
    }
    Some(day)
}

/// Its entry in a clearing file: the network's yes to what was posted. `None`: it does not agree, or has appeared already.
pub(super) fn cleared(item: &ClearingItem, file: BusinessDate, moved: &DisputeMove) -> Option<DisputeMove> {
    let agrees = !item.later && item.minor == moved.minor && moved.filed.is_none();
    agrees.then_some(DisputeMove { filed: Some(file), ..*moved })
}
