//! `limits`: nobody who asks for money gets what is not there, whatever happens in one batch.

use super::books::Wrong;
use crate::cast::{self, CARDS};
use slipway_hosts::ledger::{Account, Cause, Posting};
use slipway_terms::{Kind, Short};
use std::collections::BTreeMap;

/// What one account may owe. Unit: minor units.
#[derive(Debug)]
pub struct Limits {
    lines: Vec<(Short<19>, i64)>,
    /// Of this batch: what was posted whether the money was there or not, and whether anything asked for it.
    batch: BTreeMap<Short<19>, (i64, bool)>,
}

impl Default for Limits {
    fn default() -> Self {
        let lines = CARDS.iter().map(|plan| (cast::account(plan), plan.line)).collect();
        Self { lines, batch: BTreeMap::new() }
    }
}

impl Limits {
    /// A posting of this batch. What already happened at a till, and what comes back because a void was undone, is posted in
    /// any case; everything else asks first.
    pub(super) fn posted(&mut self, posting: &Posting, kind: Option<Kind>) {
        for (account, minor) in &posting.legs {
            let Account::Cardholder(no) = account else { continue };
            // What a dispute takes again was given for its time only.
            let disputed = posting.legs.iter().any(|(account, _)| *account == Account::Network);
            let forced = posting.cause == Cause::Undo || disputed || kind.is_some_and(|kind| kind.shape().is_advice());
            let of = self.batch.entry(*no).or_default();
            if *minor > 0 && forced {
                of.0 += minor;
            }
            of.1 |= *minor > 0 && !forced;
        }
    }

    /// After a batch: an account that was asked for money had it.
    pub(super) fn judge(&mut self, balance: impl Fn(&Account) -> i64) -> Vec<Wrong> {
        let asked = core::mem::take(&mut self.batch);
        let asked = asked.into_iter().filter(|(_, (_, asked))| *asked);
        asked
            .filter_map(|(no, (forced, _))| {
                let line = self.lines.iter().find(|(account, _)| *account == no).map(|(_, line)| *line)?;
                let owes = balance(&Account::Cardholder(no)) - forced;
                (owes > line).then(|| ("limits", format!("an account owes {owes}, and may owe {line}")))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{InstitutionId, Moment, SentAt, Stan, SwitchKey};

    #[test]
    fn the_line_and_not_a_fen_more() {
        let id = InstitutionId::new("1").unwrap();
        let (sent, stan) = (SentAt::from_number(101_000_000).unwrap(), Stan::FIRST);
        let key = SwitchKey { acquirer: id, forwarder: id, sent, stan };
        for plan in CARDS {
            let holder = Account::Cardholder(cast::account(&plan));
            let check = |kind: Kind, owes: i64, wrongs: usize| {
                let mut limits = Limits::default();
                let (rrn, at) = (None, Moment(0));
                limits.posted(
                    &Posting::simple(key, Cause::Approval, rrn, at, at.date(), holder, Account::Suspense, 1),
                    Some(kind),
                );
                assert_eq!(limits.judge(|_| owes).len(), wrongs, "{kind:?} {owes}");
            };
            check(Kind::Sale, plan.line, 0);
            check(Kind::Sale, plan.line + 1, 1);
            check(Kind::CompletionAdvice, plan.line + 1, 0);
        }
    }
}
