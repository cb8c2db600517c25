//! Samples of the parties' figures for small charts: one a second of the last two minutes, one every ten seconds of the last hour. Kept
//! in memory, and bounded. Also since when a party is up or down, as this process has seen it.

use crate::clocks::Wall;
use crate::http::Live;
use serde_json::{Value, json};
use slipway_runtime::os::{Figures, Handle};
use slipway_terms::Moment;
use std::collections::{BTreeMap, VecDeque};

/// Samples of the last two minutes.
const SECONDS: usize = 120;
/// Samples of the last hour.
const TENS: usize = 360;

/// One party at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Inputs judged since it started.
    pub inputs: u64,
    /// Entries in its outbox.
    pub outbox: usize,
    /// Age of the oldest. Unit: milliseconds of the network.
    pub oldest_ms: i64,
    /// Data syncs of its store since it started.
    pub syncs: u64,
}

impl Sample {
    const fn of(figures: &Figures) -> Self {
        Self {
            inputs: figures.stages.inputs,
            outbox: figures.outbox,
            oldest_ms: figures.outbox_age_ms,
            syncs: figures.syncs,
        }
    }
}

/// When by the network's clock, and by the wall: what a party does in a second is a second of its machine.
type Row = ((Moment, Wall), BTreeMap<String, Sample>);

/// What is remembered.
#[derive(Debug, Default)]
pub struct History {
    seconds: VecDeque<Row>,
    tens: VecDeque<Row>,
    ticks: u64,
    /// Up or not, and since when.
    since: BTreeMap<String, (bool, Moment)>,
}

/// All parties of a network.
pub fn parties(live: &Live) -> impl Iterator<Item = &Handle> {
    live.hosts.all().into_iter().chain(live.bank.as_ref())
}

/// A sample of every party; none of one that does not answer.
pub fn sample(live: &Live) -> Vec<(String, Option<Sample>)> {
    let asked = parties(live).map(|party| (party.name.clone(), party.figures()));
    asked.map(|(name, figures)| (name, figures.as_ref().map(Sample::of))).collect()
}

fn keep(rows: &mut VecDeque<Row>, row: Row, most: usize) {
    if rows.len() >= most {
        rows.pop_front();
    }
    rows.push_back(row);
}

impl History {
    /// Takes a sample of all parties; how many samples were taken.
    pub fn take(&mut self, now: (Moment, Wall), all: Vec<(String, Option<Sample>)>) -> u64 {
        for (name, sample) in &all {
            let up = sample.is_some();
            let known = self.since.entry(name.clone()).or_insert((up, now.0));
            if known.0 != up {
                *known = (up, now.0);
            }
        }
        let row: BTreeMap<_, _> = all.into_iter().filter_map(|(name, sample)| Some((name, sample?))).collect();
        if self.ticks.is_multiple_of(10) {
            keep(&mut self.tens, (now, row.clone()), TENS);
        }
        keep(&mut self.seconds, (now, row), SECONDS);
        self.ticks += 1;
        self.ticks
    }

    /// Since when a party stands as it does; none if it was never looked at.
    pub fn since(&self, party: &str) -> Option<Moment> {
        self.since.get(party).map(|(_, since)| *since)
    }

    /// For charts. A count that grew less than it had before is of a party that started again.
    pub fn json(&self) -> Value {
        let rows = |rows: &VecDeque<Row>| -> Vec<Value> {
            let one = |((at, wall), parties): &Row| {
                let party = |(name, of): (&String, &Sample)| {
                    let figures =
                        json!({"inputs": of.inputs, "outbox": of.outbox, "oldest_ms": of.oldest_ms, "syncs": of.syncs});
                    (name.clone(), figures)
                };
                json!({"at_ms": at.0, "wall_ms": wall.0, "parties": parties.iter().map(party).collect::<serde_json::Map<_, _>>()})
            };
            rows.iter().map(one).collect()
        };
        json!({"seconds": rows(&self.seconds), "tens": rows(&self.tens)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_says_since_when() {
        let mut history = History::default();
        let sample = |inputs| Some(Sample { inputs, outbox: 0, oldest_ms: 0, syncs: 0 });
        for second in 0..5_000_u64 {
            let up = !(100..4_000).contains(&second);
            let at = Moment(i64::try_from(second).unwrap() * 1_000);
            let count = history.take(
                (at, Wall(at.0 / 10)),
                vec![("acquirer".into(), sample(second).filter(|_| up)), ("switch".into(), sample(1))],
            );
            assert_eq!(count, second + 1);
        }
        assert_eq!((history.seconds.len(), history.tens.len()), (SECONDS, TENS));
        assert_eq!((history.since("acquirer"), history.since("switch")), (Some(Moment(4_000_000)), Some(Moment(0))));
        let told = history.json();
        assert_eq!(told["seconds"][119]["parties"]["acquirer"]["inputs"], 4_999);
        assert_eq!(
            (told["tens"][0]["at_ms"].as_i64(), told["tens"][359]["at_ms"].as_i64()),
            (Some(1_400_000), Some(4_990_000))
        );
        assert_eq!(told["seconds"][119]["wall_ms"], 499_900, "rates are by the wall, whatever the pace");
        assert!(told["tens"][0]["parties"]["acquirer"].is_null(), "it was down then");
    }
}
