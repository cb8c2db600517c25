//! One who reconciles, day after day, with the code of the product: what is open, since when, and what waits for the next day's lists.
//! It sees only what its view may see, and posts nothing.

use super::books::Wrong;
use super::lists::{Family, Lists};
use crate::cast::{ACQUIRERS, ISSUERS, SWITCH};
use slipway_recon::Key;
use slipway_recon::four::{Class, Dossier, Line, List, Merge, Part, Row, Run, Slice, Tally, View};
use slipway_terms::{BusinessDate, Moment};
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

/// A view and what it has found so far.
#[derive(Clone, Debug)]
pub struct Desk {
    /// What it sees.
    pub view: View,
    /// Whose it is: an acquirer, an issuer, or the switch for the centre.
    pub node: usize,
    dossiers: BTreeMap<Family, Dossier>,
}

impl Desk {
    /// Everybody who reconciles.
    pub fn all() -> Vec<Self> {
        let of = |view, node| Self { view, node, dossiers: BTreeMap::new() };
        let acquirers = ACQUIRERS.map(|node| of(View::Acquirer, node));
        let issuers = ISSUERS.map(|node| of(View::Issuer, node));
        [of(View::Centre, SWITCH)].into_iter().chain(acquirers).chain(issuers).collect()
    }

    /// Goes through these days again, one after the other, with the lists that have come of each: bits of `received`. Other lists of
    /// a day stand in the place of the first; the same again change nothing.
    pub fn run(
        &mut self,
        lists: &Lists,
        days: &[BusinessDate],
        received: impl Fn(BusinessDate) -> u8,
        now: Moment,
        wrong: &mut Vec<Wrong>,
    ) {
        let mut carry = [const { Vec::new() }; 4];
        for day in days {
            let received = received(*day) & self.view.mask();
            let mut four = lists.of(self.view, self.node, *day);
            for ((list, rows), carried) in List::ALL.iter().zip(&mut four).zip(std::mem::take(&mut carry)) {
                let carried: Vec<Row> = carried;
                rows.extend(carried);
                // What has not come says nothing, and neither does what waits for it.
                rows.retain(|_| received & list.bit() != 0);
                rows.sort_unstable();
            }
            let run = Run { view: self.view, received, date: *day, lists: 0, slice: Slice::WHOLE };
            let Some((lines, whole)) = merged(run, &four) else {
                wrong.push(("lists", format!("{:?}: the lists of {day} cannot be merged", self.view)));
                continue;
            };
            if let Some(detail) = sliced(run, &four, &whole) {
                wrong.push(("lists", format!("{:?} {day}: {detail}", self.view)));
            }
            let mut parts: BTreeMap<Family, Vec<Part>> = BTreeMap::new();
            for line in &lines {
                line.carried().for_each(|(list, row)| carry[list as usize].push(row));
                if matches!(line.class, Class::Carried | Class::Unjudged) {
                    continue;
                }
                let of = parts.entry(line.key.family()).or_default();
                match of.iter_mut().find(|part| part.key == line.key) {
                    Some(part) => part.classes |= 1 << line.class.index(),
                    None => of.push(Part::of(*day, line)),
                }
            }
            let families: BTreeSet<Family> = parts.keys().chain(self.dossiers.keys()).copied().collect();
            for family in families {
                let of_day = parts.remove(&family).unwrap_or_default();
                if let Some(dossier) = Dossier::judge(self.dossiers.remove(&family), self.view, *day, of_day, now) {
                    self.dossiers.insert(family, dossier);
                }
            }
        }
    }

    /// Every difference that was ever found.
    pub fn dossiers(&self) -> impl Iterator<Item = (&Family, &Dossier)> {
        self.dossiers.iter()
    }

    /// What is open.
    pub fn open(&self) -> impl Iterator<Item = (&Family, &Dossier)> {
        self.dossiers.iter().filter(|(_, dossier)| dossier.closed.is_none())
    }
}

fn merged(run: Run, lists: &[Vec<Row>; 4]) -> Option<(Vec<Line>, Tally)> {
    let feed = lists.clone().map(|list| list.into_iter().map(Ok::<_, Infallible>));
    let mut merge = Merge::begin(run, feed).ok()?;
    let mut lines = Vec::new();
    while let Some(line) = merge.next_line().ok()? {
        lines.push(line);
    }
    Some((lines, *merge.tally()))
}

/// The same in slices: cut at some of the keys, judged apart, joined again.
fn sliced(run: Run, lists: &[Vec<Row>; 4], whole: &Tally) -> Option<String> {
    let mut keys: Vec<Key> = lists.iter().flatten().map(|row| row.key).collect();
    keys.sort_unstable();
    keys.dedup();
    let cuts: Vec<Key> = keys.into_iter().step_by(7).skip(1).collect();
    let mut parts = Vec::new();
    for slice in Slice::cut(&cuts) {
        let of = lists.clone().map(|list| list.into_iter().filter(|row| slice.has(row.key)).collect());
        match merged(Run { slice, ..run }, &of) {
            Some((_, tally)) => parts.push((slice, tally)),
            None => return Some("a slice cannot be merged".to_owned()),
        }
    }
    match Slice::join(&parts) {
        Ok(joined) if joined == *whole => None,
        Ok(joined) => Some(format!("the slices have {} lines, the whole {}", joined.lines(), whole.lines())),
        Err(fault) => Some(fault.to_string()),
    }
}
