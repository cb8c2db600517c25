//! By when. Sources disagree about these numbers, so they are parameters with their source and never constants of the table.

use crate::calendar::{Calendar, CalendarFault};
use alloc::borrow::ToOwned;
use alloc::string::String;
use slipway_terms::Moment;

/// How urgent a class is; [`Deadlines`] has the numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Pace {
    /// Nothing is due.
    Never,
    /// Money stands in the wrong place.
    Money,
    /// Somebody has to be asked for a slip: the case opens, then the answer has its own time (rules 7).
    Asked,
    /// The next day's lists settle it.
    NextDay,
    /// A list is late: it escalates by itself and never becomes evidence.
    Late,
}

/// The numbers behind the paces. A step that would come after the outside limit comes with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deadlines {
    /// Where the numbers come from.
    pub source: String,
    /// Money in the wrong place: hours until its owner has put it right.
    pub money_hours: u16,
    /// Hours at the latest, then the owner's supervisor and the network centre have it.
    pub money_latest_hours: u16,
    /// Working days at the outside, for everything; then it is a dispute.
    pub outside_working_days: u16,
    /// Hours until an exchange without slip opens a case.
    pub case_opens_hours: u16,
    /// Working days that the merchant has, from the opening.
    pub answer_working_days: u16,
    /// Hours until the next day's lists must have settled a carried entry.
    pub next_day_hours: u16,
    /// Hours until a missing list is demanded.
    pub late_hours: u16,
    /// Hours until that goes to the supervisor.
    pub late_latest_hours: u16,
    /// Working days until the network centre closes the day without it, entries unjudged.
    pub late_working_days: u16,
}

/// Why deadlines cannot be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeadlineFault {
    /// A step of zero length, or a later step before an earlier one.
    Order(&'static str),
    /// Numbers without a source.
    NoSource,
}

impl core::fmt::Display for DeadlineFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Order(which) => write!(f, "期限次序不对 deadlines are out of order: {which}"),
            Self::NoSource => f.write_str("期限没有注明来源 the deadlines have no source"),
        }
    }
}

impl core::error::Error for DeadlineFault {}

impl Deadlines {
    /// 24 hours, 48 at the latest, seven working days at the outside; the merchant has three working days.
    pub fn standard() -> Self {
        Self {
            source: "rules 7, rules 9; trade: 24 to 48 hours, a few days, seven working days (sources disagree, D)"
                .to_owned(),
            money_hours: 24,
            money_latest_hours: 48,
            outside_working_days: 7,
            case_opens_hours: 48,
            answer_working_days: 3,
            next_day_hours: 24,
            late_hours: 4,
            late_latest_hours: 24,
            late_working_days: 3,
        }
    }

    /// Whether the numbers make sense together.
    ///
    /// # Errors
    /// [`DeadlineFault`].
    pub fn check(&self) -> Result<(), DeadlineFault> {
        let rising = |a: u16, b: u16, which| if 0 < a && a < b { Ok(()) } else { Err(DeadlineFault::Order(which)) };
        if self.source.trim().is_empty() {
            return Err(DeadlineFault::NoSource);
        }
        rising(self.money_hours, self.money_latest_hours, "money_hours < money_latest_hours")?;
        rising(self.late_hours, self.late_latest_hours, "late_hours < late_latest_hours")?;
        if self.next_day_hours == 0 || self.case_opens_hours == 0 {
            return Err(DeadlineFault::Order("hours are zero"));
        }
        rising(self.answer_working_days, self.outside_working_days, "answer_working_days < outside_working_days")?;
        // The late list ends before the outside limit, and a day on the clock is at most one working day.
        rising(self.late_working_days, self.outside_working_days, "late_working_days < outside_working_days")?;
        let clock_days = self.money_latest_hours.max(self.late_latest_hours).div_ceil(24);
        rising(clock_days, self.outside_working_days, "hours at the latest < outside_working_days")
    }

    /// The three steps for a case found at `since`: to its owner; to the owner's supervisor and the network centre; to a dispute.
    ///
    /// # Errors
    /// [`CalendarFault`] when the calendar does not reach: a promise is never guessed.
    pub fn steps(&self, pace: Pace, calendar: &Calendar, since: Moment) -> Result<[Option<Moment>; 3], CalendarFault> {
        let hours = |hours: u16| since.plus_ms(i64::from(hours) * 3_600_000);
        let outside = || calendar.promise_end(since, self.outside_working_days);
        Ok(match pace {
            Pace::Never => [None; 3],
            Pace::Money => [Some(hours(self.money_hours)), Some(hours(self.money_latest_hours)), Some(outside()?)],
            // Until the merchant's time is over nobody is late: the case is open, and ends by itself then (rules 7).
            Pace::Asked => {
                let answered = calendar.promise_end(hours(self.case_opens_hours), self.answer_working_days)?;
                let (late, outside) = (answered.plus_ms(i64::from(self.money_hours) * 3_600_000), outside()?);
                [Some(answered.min(outside)), Some(late.min(outside)), Some(outside)]
            }
            Pace::NextDay => [Some(hours(self.next_day_hours)), None, None],
            Pace::Late => {
                let closed = calendar.promise_end(since, self.late_working_days)?;
                [Some(hours(self.late_hours)), Some(hours(self.late_latest_hours)), Some(closed)]
            }
        })
    }
}
