//! 挂账: each debit that has not appeared in clearing has an owner and a clock. It is released by evidence only: a file of its day
//! that was taken whole and does not have it; near the cut the next day's file too. A file that is missing releases nothing: it is
//! asked for (rules 9). A refund, and what a void or tip has taken, is never released.

use super::core::Issuer;
use super::record::{AccountRow, Exchange, IssuerRow, Stage, Suspense, Usage};
use super::{named, posting, reversal};
use crate::day::{self, ClosedDay};
use crate::filed::{self, Filed};
use crate::ledger::{Cause, Posting};
use crate::times::Times;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{BusinessDate, Moment, SwitchKey};

/// From here on the owner is late. Unit: milliseconds.
pub const CLOCK_MS: i64 = 24 * 3_600_000;
/// At the latest then it is released, or somebody was told that the evidence is missing. Unit: milliseconds.
pub const LATEST_MS: i64 = 48 * 3_600_000;
/// How near the cut is near, and how long after it a day is closed at the most usually (rules 9). Unit: milliseconds.
const NEAR_CUT_MS: i64 = 600_000 + 60_000;

/// A debit that was released, and on what evidence.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Release {
    /// Which exchange.
    pub key: SwitchKey,
    /// When.
    pub at: Moment,
    /// The file of this day was whole and did not have it.
    pub file: BusinessDate,
    /// Of what lay near the cut: that of this day too.
    pub next: Option<BusinessDate>,
    /// It appeared after all and was debited again.
    pub retaken: Option<Retaken>,
}

/// A clearing entry after a release.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Retaken {
    /// When.
    pub at: Moment,
    /// In the file of which day.
    pub file: BusinessDate,
}

/// A file that has not come although debits wait for it; gone when it is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MissingFile {
    /// Of which day.
    pub day: BusinessDate,
    /// Since when it is asked for.
    pub since: Moment,
}

/// What a suspended amount waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Waits {
    /// The files of these days.
    Evidence {
        /// First.
        from: BusinessDate,
        /// Last.
        until: BusinessDate,
    },
    /// Somebody at the acquirer's or network's side: nothing is released here.
    Person,
    /// The reversal that the network has cleared already.
    Reversal,
    /// The network, which owes it back.
    Network,
}

/// The days whose files must be whole before a debit is released. `posted` is its day in the books here, `closed` when that day
/// was closed here.
///
/// The switch's day came in DE 15, which no code covers, and a host that has not heard of a cut lands it elsewhere. So the day of
/// our own clock must not have it either; and where book and DE 15 do not agree, neither may the day after it: the switch cuts at
/// most to tomorrow.
pub fn evidence(exchange: &Exchange, posted: BusinessDate, closed: Option<Moment>) -> (BusinessDate, BusinessDate) {
    let (at, today) = (exchange.at, exchange.at.date());
    if exchange.asked.settlement != Some(posted.month_day()) {
        return (today, day::after(today));
    }
    let (from, last) = (posted.min(today), posted.max(today));
    let late = posted == today && at.plus_ms(NEAR_CUT_MS) >= Times::default().day_ends(today);
    let near = late || closed.is_none_or(|closed| at.plus_ms(NEAR_CUT_MS) >= closed);
    (from, if near { last.max(day::after(posted)) } else { last })
}

/// What it waits for; `None` of what is not in suspense.
pub fn waits(exchange: &Exchange, posted: BusinessDate, closed: Option<Moment>) -> Option<Waits> {
    match exchange.suspense {
        Suspense::Held if releasable(exchange) => {
            let (from, until) = evidence(exchange, posted, closed);
            Some(Waits::Evidence { from, until })
        }
        Suspense::Held => Some(Waits::Person),
        Suspense::Due => Some(Waits::Reversal),
        Suspense::Owed => Some(Waits::Network),
        Suspense::Never | Suspense::Returned | Suspense::Cleared | Suspense::Claimed => None,
    }
}

/// A debit that stands alone. What a void or tip has taken, or of which something was refunded, has its slot elsewhere.
fn releasable(exchange: &Exchange) -> bool {
    exchange.stage == Stage::Approved
        && exchange.signed_minor > 0
        && exchange.undo.is_none()
        && exchange.claim.is_none()
        && exchange.refunded_minor == 0
        // A tip is a part of its sale, and goes the way of the sale.
        && exchange.asked.original.is_none_or(|_| exchange.kind.is_some_and(slipway_terms::Kind::completes))
}

/// The exchange, its posting, the files, and what an undo changes.
pub(super) fn wants(key: &SwitchKey, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    day::want::<Issuer>(out);
    let posted = (*key, Cause::Approval as u8);
    out.row::<Exchange, IssuerRow>(key).row::<Posting, IssuerRow>(&posted);
    let Some(exchange) = seen.known::<Exchange>(key) else { return };
    named::wants(exchange.asked.original, seen, out);
    if let Some(token) = exchange.asked.token {
        out.row::<Usage, IssuerRow>(&token);
    }
    match exchange.account {
        Some(account) => {
            out.row::<AccountRow, IssuerRow>(&account);
            posting::want(account, out);
        }
        None => posting::want_loss(out),
    }
    let Some(posting) = seen.known::<Posting>(&posted) else { return };
    out.row::<ClosedDay, IssuerRow>(&posting.day);
    let closed = seen.known::<ClosedDay>(&posting.day).map(|closed| closed.at);
    let (from, until) = evidence(exchange, posting.day, closed);
    for day in (from.days()..=until.days()).map(BusinessDate::from_days) {
        out.row::<Filed, IssuerRow>(&day).row::<MissingFile, IssuerRow>(&day);
    }
}

/// Releases the debit if all files are there and none has it. A file that a closed day should have had is asked for.
pub(super) fn decide(at: Moment, key: &SwitchKey, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    let found = facts.get::<Exchange>(key).filter(|x| x.suspense == Suspense::Held);
    let posted = facts.get::<Posting>(&(*key, Cause::Approval as u8));
    let (Some(exchange), Some(posted)) = (found, posted) else { return decision.count("issuer.not_in_suspense") };
    if !releasable(exchange) {
        return decision.count("issuer.never_released");
    }
    let closed = facts.get::<ClosedDay>(&posted.day).map(|closed| closed.at);
    let (from, until) = evidence(exchange, posted.day, closed);
    let days = (from.days()..=until.days()).map(BusinessDate::from_days);
    let missing: alloc::vec::Vec<BusinessDate> = days.filter(|day| !filed::is_in(*day, facts)).collect();
    if !missing.is_empty() {
        let over = |day: &&BusinessDate| **day <= day::days(at, facts).closed && at >= exchange.at.plus_ms(CLOCK_MS);
        for day in missing.iter().filter(over).filter(|day| facts.get::<MissingFile>(day).is_none()) {
            decision.count("issuer.clearing_file_missing");
            decision.put(day, MissingFile { day: *day, since: at });
        }
        return decision.count("issuer.evidence_incomplete");
    }
    if !named::can_put_back(exchange, facts) {
        return decision.count("issuer.never_released");
    }
    decision.count("issuer.released");
    let next = (until > posted.day).then_some(until);
    reversal::undo(at, exchange, (None, None), facts, decision);
    decision.put(key, Release { key: *key, at, file: posted.day, next, retaken: None });
}
