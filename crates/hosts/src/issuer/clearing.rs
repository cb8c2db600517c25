//! The issuer takes its clearing file: what appears leaves suspense and is owed to the network, once; what appears after a release
//! re-posts by reference (rules 9). Entries that do not agree with the records here move nothing and are named in the file's
//! record. It must never move an account of a cardholder but to take a release back.
//!
//! ```text
//!   Held ── appears ──▶ Cleared ── undone ──▶ Claimed ── reversal appears ──▶ Returned
//!    └─ undone ─▶ Returned ── appears ──▶ Owed ── reversal appears ──▶ Returned
//!                 Cleared ── reversal appears first ──▶ Due ── undone ──▶ Returned
//!                                                        └─ appears again ──▶ Cleared
//! ```

use super::core::Issuer;
use super::record::{AccountRow, Exchange, IssuerRow, Stage, Suspense};
use super::suspense::{MissingFile, Release, Retaken};
use super::{charge, notices, posting};
use crate::day::{self, Days};
use crate::dispute::DisputeMove;
use crate::filed::{self, Filed};
use crate::ledger::{self, Account, Cause, Posting};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use slipway_node::{ClearingPart, Decision, Facts, Wants};
use slipway_terms::{BusinessDate, ClearingItem, Moment};

/// The file, its exchanges, and whose account a release is taken back from.
pub(super) fn wants(part: &ClearingPart, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    filed::wants::<Issuer>(part, seen, out);
    ledger::want::<IssuerRow>(&[Account::Suspense, Account::Network], out);
    out.row::<MissingFile, IssuerRow>(&part.file.day);
    for item in &part.items {
        out.row::<Exchange, IssuerRow>(&item.exchange);
        out.row::<DisputeMove, IssuerRow>(&item.exchange);
        for day in seen.known::<Exchange>(&item.exchange).into_iter().flat_map(asked_for) {
            out.row::<MissingFile, IssuerRow>(&day);
        }
        let Some(exchange) = seen.known::<Exchange>(&item.exchange).filter(|exchange| exchange.undo.is_some()) else {
            continue;
        };
        out.row::<Release, IssuerRow>(&item.exchange);
        out.row::<Posting, IssuerRow>(&(item.exchange, Cause::Cleared as u8));
        ledger::want::<IssuerRow>(&[posting::payer(exchange)], out);
        if let Some(account) = exchange.account {
            out.row::<AccountRow, IssuerRow>(&account);
        }
    }
}

/// The days of our own clock whose files a debit may have been waiting for beside that of its entry.
fn asked_for(exchange: &Exchange) -> [BusinessDate; 2] {
    let today = exchange.at.date();
    [today, day::after(today)]
}

/// One part, in one commit.
pub(super) fn decide(
    me: &Issuer,
    at: Moment,
    part: &ClearingPart,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    let filed = match filed::take(me.id, at, part, facts) {
        Ok(Some(filed)) => filed,
        Ok(None) => return decision.count("clearing.part_again"),
        Err(refusal) => return decision.count(refusal.counted()),
    };
    let days = day::days(at, facts);
    let (postings, found) = (Vec::new(), BTreeSet::new());
    let mut taking = Taking { at, file: part.file.day, facts, days, postings, found, decision };
    let (mut met, mut strange) = (BTreeSet::new(), Vec::new());
    for (place, item) in (part.from..).zip(&part.items) {
        // No exchange has two entries in one file.
        if !met.insert(item.exchange) || taking.item(item).is_none() {
            strange.push(place);
        }
    }
    let (days, postings, mut found) = (taking.days, taking.postings, taking.found);
    if facts.get::<Days>(&()) != Some(&days) {
        decision.put(&(), days);
    }
    ledger::post_all(postings, facts, decision);
    strange.iter().for_each(|_| decision.count("clearing.strange_entry"));
    if filed.done.is_some() {
        decision.count("clearing.file_taken");
        found.insert(filed.day);
    }
    // A clock that was wrong asks for the file of a day that nobody will ever send: it ends with the debit that waited. If another
    // waits for it still, the next look asks again.
    for day in found.iter().filter(|day| facts.get::<MissingFile>(day).is_some()) {
        decision.end::<MissingFile>(day);
    }
    let strange = [&filed.strange[..], &strange].concat();
    decision.put(&part.file.day, Filed { strange, ..filed });
}

struct Taking<'a, 'f> {
    at: Moment,
    file: BusinessDate,
    facts: &'a Facts<'f, Issuer>,
    days: Days,
    postings: Vec<Posting>,
    /// Days whose files a debit that is found now may have been waiting for.
    found: BTreeSet<BusinessDate>,
    decision: &'a mut Decision<Issuer>,
}

impl Taking<'_, '_> {
    /// What an entry moves; `None`: it does not agree with the record here.
    fn item(&mut self, item: &ClearingItem) -> Option<()> {
        if let Some(moved) = self.facts.get::<DisputeMove>(&item.exchange) {
            let next = charge::cleared(item, self.file, moved)?;
            self.decision.put(&item.exchange, next);
            return Some(());
        }
        let exchange = self.facts.get::<Exchange>(&item.exchange)?;
        if exchange.signed_minor == 0 || item.minor.unsigned_abs() != exchange.signed_minor.unsigned_abs() {
            return None;
        }
        let same = item.minor == exchange.signed_minor;
        let (network, suspense) = (Account::Network, Account::Suspense);
        let next = match (item.later, same, exchange.suspense) {
            (false, true, Suspense::Held) => {
                self.found.extend(asked_for(exchange));
                self.post(exchange, Cause::Cleared, suspense, network, Suspense::Cleared)
            }
            (false, true, Suspense::Returned) => match self.facts.get::<Release>(&item.exchange) {
                Some(release) => return self.retake(exchange, release),
                // Once only: an exchange that was cleared before it went back is Claimed, and then settled for good.
                None if exchange.undo.is_some() && !self.cleared(exchange) => {
                    self.post(exchange, Cause::Cleared, suspense, network, Suspense::Owed)
                }
                None => return None,
            },
            // Debited again by a correction, and here is its entry.
            (true, true, Suspense::Held) if exchange.undo.is_some() => {
                self.post(exchange, Cause::ClearedAgain, suspense, network, Suspense::Cleared)
            }
            (true, true, Suspense::Due) => {
                self.post(exchange, Cause::ClearedAgain, suspense, network, Suspense::Cleared)
            }
            (true, false, Suspense::Owed) => {
                self.post(exchange, Cause::ClearedBack, network, suspense, Suspense::Returned)
            }
            (true, false, Suspense::Cleared) => {
                self.post(exchange, Cause::ClearedBack, network, suspense, Suspense::Due)
            }
            // Claimed when it was undone; this is the network's yes.
            (true, false, Suspense::Claimed) => Exchange { suspense: Suspense::Returned, ..exchange.clone() },
            _ => return None,
        };
        self.decision.put(&item.exchange, next);
        Some(())
    }

    fn cleared(&self, exchange: &Exchange) -> bool {
        self.facts.get::<Posting>(&(exchange.key, Cause::Cleared as u8)).is_some()
    }

    fn post(&mut self, of: &Exchange, cause: Cause, debit: Account, credit: Account, suspense: Suspense) -> Exchange {
        let (rrn, minor) = (of.asked.rrn, of.signed_minor);
        self.postings.push(Posting::simple(of.key, cause, rrn, self.at, self.days.date, debit, credit, minor));
        Exchange { suspense, ..of.clone() }
    }

    /// Debited again, by reference: its release was wrong. Once.
    fn retake(&mut self, exchange: &Exchange, release: &Release) -> Option<()> {
        if release.retaken.is_some() {
            return None;
        }
        let (payer, minor) = (posting::payer(exchange), exchange.signed_minor);
        self.days.count(self.days.date, minor, false);
        let next = self.post(exchange, Cause::Redo, payer, Account::Network, Suspense::Cleared);
        let next = Exchange { stage: Stage::Approved, ..next };
        if let (Some(account), Some(card)) = (exchange.account, exchange.asked.tail) {
            let available = self.facts.get::<AccountRow>(&account);
            let available = available.map_or(0, |account| posting::available(account, self.facts)) - minor;
            notices::retaken(self.at, exchange, card, available, self.decision);
        }
        self.decision.count("issuer.release_retaken");
        self.decision
            .put(&exchange.key, Release { retaken: Some(Retaken { at: self.at, file: self.file }), ..*release });
        self.decision.put(&exchange.key, next);
        Some(())
    }
}
