//! Which situations there are and which a run has met: a test bench that never lost an answer on one hop proves nothing of it.

use crate::cast;
use crate::fault::Point;
use slipway_terms::{Cashier, Fate};
use std::collections::BTreeSet;

/// What travels on each hop.
const TRAFFIC: [(&str, &[u16]); 6] = [
    ("L1", &[800, 200, 400, 620, 820]),
    ("L2", &[200, 420]),
    ("L3", &[200, 420]),
    ("L4", &[210, 430]),
    ("L5", &[210, 430]),
    ("L6", &[810, 210, 410, 630, 830]),
];
/// What may happen to a message, by word.
const HARMS: [&str; 5] = ["lost", "late", "twice", "garbled", "forged"];
/// Answer codes that the workload can bring to a terminal.
const CODES: [&str; 12] = ["00", "12", "15", "41", "51", "54", "55", "61", "75", "91", "98", "92"];
const PAPER: [&str; 5] = ["printed", "half", "unknown", "missing", "no word"];
const NOTICES: [&str; 5] = ["debit", "decline", "refund", "refused", "told again"];

/// All declared situations, in order.
pub fn declared() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (hop, types) in TRAFFIC {
        for mti in types {
            // Sign-on carries no MAC to be wrong.
            let harms = HARMS.iter().filter(|harm| **harm != "forged" || !matches!(mti, 800 | 810));
            all.extend(harms.map(|harm| of_message(hop, *mti, harm)));
        }
    }
    for node in [0, cast::ACQUIRER, cast::SWITCH, cast::ISSUERS[0]] {
        all.extend(Point::ALL.iter().map(|point| of_crash(node, *point)));
    }
    all.extend(CODES.iter().map(|code| of_code(code)));
    all.extend(PAPER.iter().map(|fate| of_paper(fate)));
    all.extend(NOTICES.iter().map(|kind| of_notice(kind)));
    all.extend(FATES.iter().map(|(fate, cashier)| of_verdict(*fate, *cashier)));
    all
}

/// Verdicts that a counter can be given while things break.
const FATES: [(Fate, Cashier); 8] = [
    (Fate::TookPlace, Cashier::Print),
    (Fate::DidNotTakePlace, Cashier::TakeAgain),
    (Fate::DidNotTakePlace, Cashier::OtherMeans),
    (Fate::Open, Cashier::Wait),
    (Fate::Open, Cashier::TakeAgain),
    (Fate::WillReturn, Cashier::TakeAgain),
    (Fate::WillReturn, Cashier::Wait),
    (Fate::Returned, Cashier::TakeAgain),
];

/// A message harmed on a hop.
pub fn of_message(hop: &str, mti: u16, harm: &str) -> String {
    format!("{hop} {mti:04} {harm}")
}

/// A node whose power went.
pub fn of_crash(node: usize, point: Point) -> String {
    format!("{} stopped {}", cast::name(node), point.word())
}

/// An answer code seen at a terminal.
pub fn of_code(code: &str) -> String {
    format!("answer {code}")
}

/// What became of paper.
pub fn of_paper(fate: &str) -> String {
    format!("paper {fate}")
}

/// What happened to a notice.
pub fn of_notice(kind: &str) -> String {
    format!("notice {kind}")
}

/// A verdict that was given.
pub fn of_verdict(fate: Fate, cashier: Cashier) -> String {
    format!("verdict {fate:?} {cashier:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_a_situation_is_declared() {
        let all = declared();
        for one in [
            of_message("L4", 210, "lost"),
            of_crash(cast::ISSUERS[1], Point::AfterCommit),
            of_code("51"),
            of_paper("half"),
            of_notice("told again"),
            of_verdict(Fate::WillReturn, Cashier::TakeAgain),
        ] {
            assert!(all.contains(&one), "{one}");
        }
    }
}
