//! Refunds that somebody proposed: lines of the audit log, each exchange once. A proposal moves nothing; the shop makes the refund at its
//! till, to the card that paid. It is dated by the network's clock, as the payment is.

use crate::clocks::Stamp;
use crate::inquiry::Log;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Mutex;

/// What a proposal's line is called.
pub const ACT: &str = "propose_refund";
/// Proposals that are remembered; the log has all.
const KNOWN_MAX: usize = 10_000;

/// One proposal.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proposal {
    /// Which exchange: merchant/terminal/batch/voucher.
    pub till: String,
    /// Its reference number, if it has one.
    pub rrn: Option<String>,
    /// Its amount.
    pub amount: Option<String>,
    /// Who proposed it.
    pub who: String,
    /// As what.
    pub role: String,
    /// When.
    pub at: Stamp,
    /// Why.
    pub because: String,
}

/// All that are known.
#[derive(Debug, Default)]
pub struct Proposals(Mutex<Vec<Proposal>>);

impl Proposals {
    /// Those of the log.
    pub fn of(log: &Log) -> Result<Self, End> {
        let lines = log.chain().lines(KNOWN_MAX, |line| line["act"] == ACT)?;
        Ok(Self(Mutex::new(lines.into_iter().filter_map(|line| serde_json::from_value(line).ok()).collect())))
    }

    /// The one about this exchange.
    pub fn about(&self, till: &str) -> Option<Proposal> {
        self.0.lock().ok()?.iter().find(|one| one.till == till).cloned()
    }

    /// All that `wanted` lets through, newest first.
    pub fn all(&self, wanted: impl Fn(&Proposal) -> bool) -> Vec<Proposal> {
        self.0.lock().map_or_else(|_| Vec::new(), |all| all.iter().rev().filter(|one| wanted(one)).cloned().collect())
    }

    /// Makes one, if there is none about this exchange: `write` puts it into the log first.
    pub fn make(
        &self,
        proposal: Proposal,
        write: impl FnOnce(&Value) -> Result<(), End>,
    ) -> Result<(Proposal, bool), End> {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = all.iter().find(|one| one.till == proposal.till) {
            return Ok((known.clone(), false));
        }
        let value =
            serde_json::to_value(&proposal).map_err(|error| End::environment(error.to_string(), error.to_string()))?;
        write(&value)?;
        if all.len() >= KNOWN_MAX {
            all.remove(0);
        }
        all.push(proposal.clone());
        Ok((proposal, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::Moment;

    #[test]
    fn an_exchange_has_one_proposal_and_what_is_not_written_is_none() {
        let all = Proposals::default();
        let one = |who: &str| Proposal {
            till: "a/b/1/2".into(),
            rrn: None,
            amount: None,
            who: who.into(),
            role: "desk".into(),
            at: Moment(0).into(),
            because: "x".into(),
        };
        assert!(all.make(one("li"), |_| Err(End::environment("", ""))).is_err() && all.about("a/b/1/2").is_none());
        assert!(all.make(one("li"), |_| Ok(())).unwrap().1);
        let (kept, fresh) = all.make(one("wang"), |_| Err(End::environment("", ""))).unwrap();
        assert_eq!((kept.who.as_str(), fresh), ("li", false));
        assert_eq!(all.all(|one| one.who == "li").len(), 1);
    }

    #[test]
    fn a_line_of_an_earlier_version_is_told_with_its_zone() {
        let line = serde_json::json!({
            "act": ACT, "at": "2026-11-27 21:12:02", "till": "a/b/1/2", "rrn": null, "amount": "88.00", "who": "li", "role": "desk",
            "because": "x",
        });
        let read: Proposal = serde_json::from_value(line).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap()["at"], "2026-11-27T21:12:02+08:00");
    }
}
