//! Business days: which is open here, and what each moved. The switch gives the day (rules 5); a member follows it. No posting
//! lands on a day that was closed, and every posting lands on exactly one.
//!
//! ```text
//! switch                                       member
//! 23:00  the next day is open    ─0820/201→    opens it; the day before still takes postings     ←0830/00─
//! later  the day before is closed ─0820/202→   closes it                                         ←0830/00─
//! ```

use crate::standing::standing;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Decision, Facts, Key, Node, Peer, Record, Told, Wants};
use slipway_terms::{BusinessDate, MacKey, Message, Moment, MonthDay, ResponseCode};

/// DE 70: the date changes now (日切开始). DE 15 is the day that begins.
pub const CUT_BEGINS: u16 = 201;
/// DE 70: the change of date is over (日切结束). DE 15 is the day that is closed.
pub const CUT_ENDS: u16 = 202;

/// The days as they stand at a host; one row, and the hot one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Days {
    /// The day that is open.
    pub date: BusinessDate,
    /// Since when.
    pub since: Moment,
    /// The newest day that takes no posting any more; all before it neither.
    pub closed: BusinessDate,
    /// What moved on the days that are not closed, oldest first. Empty at the switch, which counts per member.
    pub moved: Vec<(BusinessDate, Tally)>,
}

impl Days {
    /// A host that begins on this day.
    pub fn first(date: BusinessDate, since: Moment) -> Self {
        Self { date, since, closed: before(date), moved: Vec::new() }
    }

    /// The day on which a posting lands whose DE 15 is this: that day while it is open; else, as for an advice that was answered
    /// after its day, the day that is open now. The day after the open one is believed too: what the switch sends under a new
    /// day may overtake its word that the day began. Anything else is a spoilt field, which no code covers.
    pub fn landing(&self, given: Option<MonthDay>) -> BusinessDate {
        let near = given.and_then(|given| near(self.date, given));
        near.filter(|day| *day > self.closed && *day <= after(self.date)).unwrap_or(self.date)
    }

    /// One more posting on this day.
    pub(crate) fn count(&mut self, date: BusinessDate, minor: i64, undo: bool) {
        let at = self.moved.partition_point(|(day, _)| *day < date);
        if self.moved.get(at).is_none_or(|(day, _)| *day != date) {
            self.moved.insert(at, (date, Tally::default()));
        }
        if let Some((_, tally)) = self.moved.get_mut(at) {
            tally.count(minor, undo);
        }
    }
}

/// What was approved and undone. Unit: minor units, signed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Approved exchanges.
    pub sales: u32,
    /// Their sum.
    pub sales_minor: i64,
    /// Undone exchanges, on the day the undo arrived.
    pub undone: u32,
    /// Their sum.
    pub undone_minor: i64,
}

impl Tally {
    /// What stays: approved less undone.
    pub const fn net(&self) -> i64 {
        self.sales_minor - self.undone_minor
    }

    /// One more posting of this amount; of an undo the amount of what it undoes.
    pub fn count(&mut self, minor: i64, undo: bool) {
        if undo {
            self.undone += 1;
            self.undone_minor += minor;
        } else {
            self.sales += 1;
            self.sales_minor += minor;
        }
    }
}

/// A member's closed day: what its own ledger moved on it. Never changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClosedDay {
    /// Which day.
    pub date: BusinessDate,
    /// What moved.
    pub moved: Tally,
    /// When the switch closed it.
    pub at: Moment,
}

/// The row that says on which day a new host begins.
pub fn seed<R>(date: BusinessDate, since: Moment) -> (Key, R)
where
    Days: Record<R, Key = ()>,
{
    (Days::key(&()), Days::first(date, since).wrap())
}

/// The calendar day before.
pub fn before(date: BusinessDate) -> BusinessDate {
    BusinessDate::from_days(date.days() - 1)
}

/// The calendar day after.
pub fn after(date: BusinessDate) -> BusinessDate {
    BusinessDate::from_days(date.days() + 1)
}

/// The day with this month and day that lies nearest; `None` if no year near has it (29 February).
fn near(to: BusinessDate, given: MonthDay) -> Option<BusinessDate> {
    let years = [to.year - 1, to.year, to.year + 1];
    let days = years.map(|year| BusinessDate { year, month: given.month, day: given.day });
    // Through the day count and back: a day that does not exist comes back as another one.
    let real = days.into_iter().filter(|day| BusinessDate::from_days(day.days()) == *day);
    real.min_by_key(|day| day.days().abs_diff(to.days()))
}

/// Where the days stand. A host that was never told begins with the calendar.
pub fn days<N: Node>(at: Moment, facts: &Facts<'_, N>) -> Days
where
    Days: Record<N::Row, Key = ()>,
{
    facts.get::<Days>(&()).cloned().unwrap_or_else(|| Days::first(at.date(), at))
}

/// Wants where the days stand.
pub(crate) fn want<N: Node>(out: &mut Wants)
where
    Days: Record<N::Row, Key = ()>,
{
    out.row::<Days, N::Row>(&());
}

/// A member counts a posting with this DE 15 in the commit that posts it, and learns on which day it lands.
pub(crate) fn count<N: Node>(
    at: Moment,
    given: Option<MonthDay>,
    minor: i64,
    undo: bool,
    facts: &Facts<'_, N>,
    d: &mut Decision<N>,
) -> BusinessDate
where
    Days: Record<N::Row, Key = ()>,
{
    let found = standing::<Days, N>(&(), facts, d).cloned();
    let mut days = found.unwrap_or_else(|| Days::first(at.date(), at));
    let date = days.landing(given);
    days.count(date, minor, undo);
    d.put(&(), days);
    date
}

/// Whether an 0820 is about the change of date.
pub(crate) fn is_told(m: &Message) -> bool {
    matches!(m.network_code, Some(CUT_BEGINS | CUT_ENDS))
}

/// A member hears 0820 with DE 70 = 201 or 202: what is needed.
pub(crate) fn wants_told<N: Node>(zak: &MacKey, out: &mut Wants)
where
    Days: Record<N::Row, Key = ()>,
{
    out.ask(Ask::MacGood(zak.clone())).row::<Days, N::Row>(&());
}

/// The day that an 0820 is about. The code covers DE 7 and not DE 15: a day that is not the one of DE 7, or beside it, is
/// a spoilt one.
fn told_day(m: &Message, today: BusinessDate) -> Option<BusinessDate> {
    let (date, sent) = (near(today, m.settlement?)?, near(today, m.sent?.date)?);
    // A day that is closed has begun: one after the day of DE 7 can only begin.
    let latest = sent.days() + i64::from(m.network_code == Some(CUT_BEGINS));
    (sent.days() - 1..=latest).contains(&date.days()).then_some(date)
}

/// Follows the switch: the day begins, or is closed. Told again, it answers again.
pub(crate) fn told<N: Node>(zak: &MacKey, at: Moment, m: &Message, facts: &Facts<'_, N>, d: &mut Decision<N>)
where
    Days: Record<N::Row, Key = ()>,
    ClosedDay: Record<N::Row, Key = BusinessDate>,
{
    if facts.told(&Ask::MacGood(zak.clone())) != Some(&Told::Yes) {
        // Nothing proven: the switch says it again.
        return d.count("day.bad_mac");
    }
    let mut days = days(at, facts);
    let Some(date) = told_day(m, days.date) else { return d.count("day.unreadable") };
    let begins = m.network_code == Some(CUT_BEGINS);
    if begins && date > days.date {
        d.count("day.begins");
        (days.date, days.since) = (date, at);
        d.put(&(), days);
    } else if !begins && date > days.closed {
        d.count("day.closed");
        // Who missed the beginning hears it from the end: the day after is open.
        if days.date <= date {
            (days.date, days.since) = (after(date), at);
        }
        days.closed = date;
        let open = days.moved.partition_point(|(day, _)| *day <= date);
        for (date, moved) in days.moved.drain(..open) {
            d.put(&date, ClosedDay { date, moved, at });
        }
        d.put(&(), days);
    } else {
        d.count("day.again");
    }
    d.send(Peer::Switch, m.answer(ResponseCode::APPROVED), Some(zak.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i32, month: u8, day: u8) -> BusinessDate {
        BusinessDate { year, month, day }
    }

    fn given(month: u8, day: u8) -> Option<MonthDay> {
        Some(MonthDay { month, day })
    }

    #[test]
    fn a_posting_lands_on_its_day_while_that_is_open() {
        let mut days = Days::first(date(2027, 1, 1), Moment(0));
        days.closed = date(2026, 12, 30);
        for (given, lands, why) in [
            (None, date(2027, 1, 1), "no day given: the open one"),
            (given(1, 1), date(2027, 1, 1), "the open one"),
            (given(12, 31), date(2026, 12, 31), "the one before, not closed yet, in the year before"),
            (given(12, 30), date(2027, 1, 1), "closed: an advice answered late"),
            (given(1, 2), date(2027, 1, 2), "the next: overtook the switch's 201"),
            (given(1, 3), date(2027, 1, 1), "beyond the next: spoilt"),
            (given(6, 30), date(2027, 1, 1), "far away: spoilt"),
            (given(2, 29), date(2027, 1, 1), "no such day near"),
        ] {
            assert_eq!(days.landing(given), lands, "{why}");
        }
    }

    #[test]
    fn the_nearest_year_is_meant() {
        let near = |of, month, day| near(of, MonthDay { month, day });
        assert_eq!(near(date(2026, 12, 31), 1, 1), Some(date(2027, 1, 1)));
        assert_eq!(near(date(2027, 1, 1), 12, 31), Some(date(2026, 12, 31)));
        assert_eq!(near(date(2028, 3, 1), 2, 29), Some(date(2028, 2, 29)));
        assert_eq!(near(date(2030, 3, 1), 2, 29), None);
    }
}
