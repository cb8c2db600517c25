//! What a run tells: the keys are those of `slipway sim --json`, never renamed.

use crate::digest::Digest;
use crate::situation;
use serde::Serialize;
use std::collections::BTreeSet;

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
    /// How many are declared.
    pub declared: usize,
    /// How many of them were met.
    pub hit: usize,
    /// Those that were not.
    pub never: Vec<String>,
}

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
    /// Broken rules.
    pub violations: Vec<Violation>,
    /// Situations.
    pub situations: Situations,
    /// Over all worlds in order of seed.
    pub digest: String,
    /// Wall time; the caller, who has a clock, fills it in.
    pub seconds: u64,
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
    /// Broken rules.
    pub violations: Vec<Violation>,
    /// Situations met, declared or not.
    pub situations: BTreeSet<String>,
    /// Its digest.
    pub digest: String,
}

impl Report {
    /// All worlds together. The order of `outcomes` does not matter: they are put in order of seed.
    pub fn of(mut outcomes: Vec<Outcome>) -> Self {
        outcomes.sort_by_key(|outcome| outcome.seed);
        let mut report = Self::default();
        let mut digest = Digest::default();
        let mut met = BTreeSet::new();
        for outcome in outcomes {
            report.seeds += 1;
            report.inputs += outcome.inputs;
            report.sales += outcome.sales;
            report.approved += outcome.approved;
            report.reversed += outcome.reversed;
            report.violations.extend(outcome.violations);
            met.extend(outcome.situations);
            digest.take(0, outcome.digest.as_bytes());
        }
        let declared = situation::declared();
        let never: Vec<String> = declared.difference(&met).cloned().collect();
        report.situations = Situations { declared: declared.len(), hit: declared.len() - never.len(), never };
        report.digest = digest.hex();
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seed: u64) -> Outcome {
        let situations = [situation::of_code("51"), "undeclared".into()].into();
        let digest = format!("{seed}");
        Outcome { seed, inputs: 10, sales: 3, approved: 2, reversed: 1, violations: Vec::new(), situations, digest }
    }

    #[test]
    fn the_order_of_finishing_does_not_matter() {
        let report = Report::of(vec![outcome(1), outcome(2)]);
        assert_eq!(report, Report::of(vec![outcome(2), outcome(1)]));
        assert_ne!(report.digest, Report::of(vec![outcome(1), outcome(3)]).digest);
        assert_eq!((report.seeds, report.inputs, report.situations.hit), (2, 20, 1));
        assert_eq!(report.situations.declared, report.situations.never.len() + 1);
    }

    #[test]
    fn the_keys_are_those_of_the_command_line() {
        let json = serde_json::to_value(Report::of(vec![outcome(1)])).unwrap();
        let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let mut want =
            ["seeds", "inputs", "sales", "approved", "reversed", "violations", "situations", "digest", "seconds"];
        want.sort_unstable();
        let mut keys = keys;
        keys.sort_unstable();
        assert_eq!(keys, want);
        for key in ["declared", "hit", "never"] {
            assert!(json["situations"].get(key).is_some(), "{key}");
        }
    }
}
