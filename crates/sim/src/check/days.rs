//! The `days` checker: every posting lands on one business day, none on a day that its host had closed before, and the running
//! totals of a day are the sums of its postings. Knows days from the postings alone.

use super::books::Wrong;
use slipway_hosts::day::{ClosedDay, Days, Tally};
use slipway_hosts::ledger::{Cause, Posting};
use slipway_hosts::switch;
use slipway_terms::{BusinessDate, InstitutionId};
use std::collections::BTreeMap;

/// The days of one host.
#[derive(Debug, Default)]
pub struct DaysOf {
    days: Option<Days>,
    /// The newest closed day before the batch at hand.
    was_closed: Option<BusinessDate>,
    closed: BTreeMap<BusinessDate, Tally>,
    /// At the switch: what the rows of members say, as acquirer and as issuer.
    members: BTreeMap<(InstitutionId, BusinessDate), [Tally; 2]>,
    summed: BTreeMap<BusinessDate, Tally>,
    touched: bool,
}

impl DaysOf {
    /// The host wrote where its days stand.
    pub fn stand(&mut self, days: Days) {
        self.days = Some(days);
        self.touched = true;
    }

    /// The host wrote a closed day.
    pub fn close(&mut self, day: ClosedDay, wrong: &mut Vec<Wrong>) {
        self.touched = true;
        if self.closed.insert(day.date, day.moved).is_some_and(|before| before != day.moved) {
            wrong.push(("days", format!("the closed day {} was changed", day.date)));
        }
    }

    /// The switch wrote a member's day.
    pub fn member(&mut self, day: &switch::Day) {
        self.touched = true;
        self.members.insert((day.member, day.date), [day.acquired, day.issued]);
    }

    /// At the switch: what a member has to get of a day, less what it has to pay.
    pub fn net_of(&self, member: &InstitutionId, day: BusinessDate) -> i64 {
        self.members.get(&(*member, day)).map_or(0, |[acquired, issued]| acquired.net() - issued.net())
    }

    /// A new posting.
    pub fn posted(&mut self, posting: &Posting, wrong: &mut Vec<Wrong>) {
        if posting.cause == Cause::Opening || posting.cause.is_after() {
            return;
        }
        if self.was_closed.is_some_and(|closed| posting.day <= closed) {
            wrong.push(("days", format!("{} {:?} on the closed day {}", posting.exchange, posting.cause, posting.day)));
        }
        self.touched = true;
        let undo = posting.cause == Cause::Undo;
        let minor = posting.legs.first().map_or(0, |(_, minor)| *minor);
        self.summed.entry(posting.day).or_default().count(if undo { -minor } else { minor }, undo);
    }

    /// After a batch: totals are sums.
    pub fn weigh(&mut self, node: usize, wrong: &mut Vec<Wrong>) {
        if !std::mem::take(&mut self.touched) {
            return;
        }
        let mut told: BTreeMap<BusinessDate, [Tally; 2]> = BTreeMap::new();
        if self.members.is_empty() {
            let open = self.days.iter().flat_map(|days| days.moved.iter().copied());
            told.extend(
                self.closed.iter().map(|(day, tally)| (*day, *tally)).chain(open).map(|(day, t)| (day, [t, t])),
            );
        }
        for ((_, day), sides) in &self.members {
            let both = told.entry(*day).or_default();
            for (sum, side) in both.iter_mut().zip(sides) {
                add(sum, side);
            }
        }
        for day in told.keys().chain(self.summed.keys()) {
            let sum = self.summed.get(day).copied().unwrap_or_default();
            let said = told.get(day).copied().unwrap_or_default();
            if said != [sum; 2] {
                wrong.push((
                    "days",
                    format!("{} says {said:?} of {day}, its postings say {sum:?}", crate::cast::call_name(node)),
                ));
                break;
            }
        }
        self.was_closed = self.days.as_ref().map(|days| days.closed);
    }
}

fn add(sum: &mut Tally, side: &Tally) {
    sum.sales += side.sales;
    sum.sales_minor += side.sales_minor;
    sum.undone += side.undone;
    sum.undone_minor += side.undone_minor;
}
