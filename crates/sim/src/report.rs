//! What a run tells: the keys are those of `slipway sim --json`, never renamed.

use crate::digest::Digest;
use crate::exclusions;
use crate::situation::{self, Situation};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A broken rule.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Violation {
    /// Which checker.
    pub checker: &'static str,
    /// In which world.
    pub seed: u64,
    /// What, masked by its types.
    pub detail: String,
}

/// Which declared situations were met.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Situations {
    /// How many are declared for every run and for large ones.
    pub declared: usize,
    /// How many of them were met.
    pub hit: usize,
    /// Those of every run that were not.
    pub never: Vec<String>,
    /// Those of large runs that were not.
    pub never_rare: Vec<String>,
    /// How many were taken out of the generated list by hand, a reason each.
    pub excluded: usize,
    /// Taken out and met all the same: the reason is wrong.
    pub met_though_excluded: Vec<String>,
}

/// How often each kind of fault struck, by its word.
pub type Faults = BTreeMap<String, u64>;

/// A whole run.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Report {
    /// Worlds.
    pub seeds: u64,
    /// Inputs that drivers judged.
    pub inputs: u64,
    /// Sales that tills sent.
    pub sales: u64,
    /// Of them approved, with a slip.
    pub approved: u64,
    /// Of them taken back.
    pub reversed: u64,
    /// How often each kind of fault struck.
    pub faults: Faults,
    /// Broken rules.
    pub violations: Vec<Violation>,
    /// Situations.
    pub situations: Situations,
    /// Over all worlds in order of seed.
    pub digest: String,
    /// Wall time; the caller, who has a clock, fills it in.
    pub seconds: u64,
    #[serde(skip)]
    met: BTreeSet<Situation>,
    #[serde(skip)]
    digests: BTreeMap<u64, String>,
}

/// What one world ended with.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// Inputs judged.
    pub inputs: u64,
    /// Sales sent.
    pub sales: u64,
    /// Approved.
    pub approved: u64,
    /// Taken back.
    pub reversed: u64,
    /// How often each kind of fault struck.
    pub faults: Faults,
    /// Broken rules.
    pub violations: Vec<Violation>,
    /// Situations met, declared or not.
    pub situations: BTreeSet<Situation>,
    /// Its digest.
    pub digest: String,
}

impl Report {
    /// One more world. The order in which they come does not matter.
    pub fn take(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.inputs += outcome.inputs;
        self.sales += outcome.sales;
        self.approved += outcome.approved;
        self.reversed += outcome.reversed;
        for (word, times) in outcome.faults {
            *self.faults.entry(word).or_default() += times;
        }
        self.violations.extend(outcome.violations);
        self.met.extend(outcome.situations);
        self.digests.insert(outcome.seed, outcome.digest);
    }

    /// How many different situations were met so far.
    pub fn hit(&self) -> usize {
        self.met.len()
    }

    /// No more worlds: sums up. `long`: they were of several days.
    pub fn close(&mut self, long: bool) {
        self.violations.sort();
        let declared = situation::declared(long);
        let texts = |of: &BTreeSet<Situation>| of.difference(&self.met).map(Situation::to_string).collect::<Vec<_>>();
        let (never, never_rare) = (texts(&declared.common), texts(&declared.rare));
        let declared_in_all = declared.common.len() + declared.rare.len();
        let excluded = self.met.iter().map(Situation::to_string).filter(|text| exclusions::why(text).is_some());
        self.situations = Situations {
            declared: declared_in_all,
            hit: declared_in_all - never.len() - never_rare.len(),
            never,
            never_rare,
            excluded: declared.excluded,
            met_though_excluded: excluded.collect(),
        };
        let mut digest = Digest::default();
        self.digests.values().for_each(|of_one| digest.take(0, of_one.as_bytes()));
        self.digest = digest.hex();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{Kind, ResponseCode};

    fn outcome(seed: u64) -> Outcome {
        let situations = [Situation::Code(Kind::Sale, ResponseCode::APPROVED)].into();
        let (digest, faults) = (format!("{seed}"), [("lost".to_owned(), 2)].into());
        let violations = Vec::new();
        Outcome { seed, inputs: 10, sales: 3, approved: 2, reversed: 1, faults, violations, situations, digest }
    }

    fn report(seeds: &[u64]) -> Report {
        let mut report = Report::default();
        seeds.iter().for_each(|seed| report.take(outcome(*seed)));
        report.close(false);
        report
    }

    #[test]
    fn the_order_of_finishing_does_not_matter() {
        let both = report(&[1, 2]);
        assert_eq!(both, report(&[2, 1]));
        assert_ne!(both.digest, report(&[1, 3]).digest);
        assert_eq!((both.seeds, both.inputs, both.situations.hit, both.faults["lost"]), (2, 20, 1, 4));
        let never = both.situations.never.len() + both.situations.never_rare.len();
        assert_eq!(both.situations.declared, never + 1);
    }

    #[test]
    fn the_keys_are_those_of_the_command_line() {
        let json = serde_json::to_value(report(&[1])).unwrap();
        for key in ["seeds", "inputs", "sales", "approved", "reversed", "violations", "situations", "digest", "seconds"]
        {
            assert!(json.get(key).is_some(), "{key}");
        }
        for key in ["declared", "hit", "never", "excluded"] {
            assert!(json["situations"].get(key).is_some(), "{key}");
        }
    }
}
