//! Working days from a data file. Must never guess: a day of a year whose notice is not in the file is a fault, because a
//! promise counted over an unknown holiday is a wrong promise.

use crate::day::{day_end, read_day};
use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use core::fmt;
use slipway_terms::{BusinessDate, Moment};

/// The calendar file that comes with the crate.
pub const CHINA: &str = include_str!("../data/calendar-cn.txt");

/// Longest promise that is counted: a hostile or mistyped number must not walk for ever.
const WORKING_DAYS_MAX: u16 = 500;

/// Which days are working days. Made from a data file; holds only years whose notice is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Calendar {
    /// Year and the notice that fixes it.
    years: BTreeMap<i32, String>,
    /// Days off beside the weekends, as day counts.
    off: BTreeSet<i64>,
    /// Weekend days that are worked, as day counts.
    work: BTreeSet<i64>,
}

/// Why a calendar gives no answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CalendarFault {
    /// A line of the file that cannot be read; 1 is the first.
    Line {
        /// Which line.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The year's notice is not in the file.
    Unknown {
        /// The year asked for.
        year: i32,
        /// First and last year that the calendar knows.
        known: Option<(i32, i32)>,
    },
    /// More working days than a promise ever has.
    TooFar,
}

impl fmt::Display for CalendarFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, why } => write!(f, "工作日历第 {line} 行有误 calendar line {line}: {why}"),
            Self::Unknown { year, known } => {
                let (from, to) = known.unwrap_or((0, 0));
                write!(
                    f,
                    "工作日历只到 {from}–{to} 年，没有 {year} 年：请按同样格式另加一份该年放假通知的文件 the working-day calendar knows {from} to {to} \
                     and not {year}: add a file of the same form with that year's notice"
                )
            }
            Self::TooFar => write!(f, "期限超过 {WORKING_DAYS_MAX} 个工作日 more than {WORKING_DAYS_MAX} working days"),
        }
    }
}

impl core::error::Error for CalendarFault {}

impl Calendar {
    /// The calendar that comes with the crate.
    ///
    /// # Errors
    /// Only if the file was changed into one that cannot be read.
    pub fn china() -> Result<Self, CalendarFault> {
        Self::read(CHINA)
    }

    /// Reads a calendar file; its format is told at the top of the one that comes with the crate.
    ///
    /// # Errors
    /// The first line that is not understood or contradicts an earlier one.
    pub fn read(text: &str) -> Result<Self, CalendarFault> {
        let mut calendar = Self { years: BTreeMap::new(), off: BTreeSet::new(), work: BTreeSet::new() };
        calendar.add(text)?;
        Ok(calendar)
    }

    /// Adds a file of the same form: a year whose notice came after this version of the crate. A year that is known already is
    /// refused, for two notices of one year are no notice.
    ///
    /// # Errors
    /// As [`Calendar::read`]; nothing is changed then.
    pub fn add(&mut self, text: &str) -> Result<(), CalendarFault> {
        let mut next = self.clone();
        for (line, said) in (1..).zip(text.lines()) {
            next.take(said.trim()).map_err(|why| CalendarFault::Line { line, why })?;
        }
        *self = next;
        Ok(())
    }

    fn take(&mut self, said: &str) -> Result<(), &'static str> {
        if said.is_empty() || said.starts_with('#') {
            return Ok(());
        }
        let mut words = said.split_whitespace();
        let what = words.next().unwrap_or_default();
        let first = words.next().unwrap_or_default();
        match what {
            "year" => {
                let year = first.parse().ok().filter(|year| (1949..=9999).contains(year)).ok_or("not a year")?;
                let source = said.split_once(first).map_or("", |(_, rest)| rest.trim());
                if source.is_empty() {
                    return Err("a year needs its source");
                }
                if self.years.insert(year, source.to_owned()).is_some() {
                    return Err("a year stands here twice");
                }
            }
            "off" => {
                let from = self.known(first)?;
                let to = self.known(words.next().unwrap_or_default())?;
                if to < from || to.days() - from.days() > 31 {
                    return Err("the last day off is not after the first, or a month away");
                }
                for day in from.days()..=to.days() {
                    if self.work.contains(&day) || !self.off.insert(day) {
                        return Err("a day stands here twice");
                    }
                }
            }
            "work" => {
                let day = self.known(first)?.days();
                if !weekend(day) {
                    return Err("only a Saturday or Sunday can be worked to make up");
                }
                if self.off.contains(&day) || !self.work.insert(day) {
                    return Err("a day stands here twice");
                }
            }
            _ => return Err("not one of year, off, work"),
        }
        Ok(())
    }

    /// A day of a year that has its line already.
    fn known(&self, text: &str) -> Result<BusinessDate, &'static str> {
        let day = read_day(text).ok_or("not a day YYYY-MM-DD")?;
        if self.years.contains_key(&day.year) { Ok(day) } else { Err("its year has no line yet") }
    }

    /// The notice that fixes a year.
    pub fn source(&self, year: i32) -> Option<&str> {
        self.years.get(&year).map(String::as_str)
    }

    /// First and last year of the file.
    pub fn years(&self) -> Option<(i32, i32)> {
        Some((*self.years.keys().next()?, *self.years.keys().next_back()?))
    }

    /// Whether the day is a working day.
    ///
    /// # Errors
    /// [`CalendarFault::Unknown`] for a year without notice.
    pub fn is_working(&self, date: BusinessDate) -> Result<bool, CalendarFault> {
        if !self.years.contains_key(&date.year) {
            return Err(CalendarFault::Unknown { year: date.year, known: self.years() });
        }
        let day = date.days();
        Ok(!self.off.contains(&day) && (!weekend(day) || self.work.contains(&day)))
    }

    /// The `count`-th working day after `from`; `from` itself is not counted. Zero is `from`, or the first working day after
    /// it: a thing found on a holiday begins when people are back.
    ///
    /// # Errors
    /// When the walk would enter a year without notice, or is longer than any promise.
    pub fn add_working_days(&self, from: BusinessDate, count: u16) -> Result<BusinessDate, CalendarFault> {
        if count > WORKING_DAYS_MAX {
            return Err(CalendarFault::TooFar);
        }
        // Asked even if it is not counted: a start in an unknown year must not give an answer by luck.
        let on_start = self.is_working(from)?;
        let (mut date, mut left) = (from, count);
        if count == 0 {
            if on_start {
                return Ok(from);
            }
            left = 1;
        }
        while left > 0 {
            date = BusinessDate::from_days(date.days() + 1);
            left -= u16::from(self.is_working(date)?);
        }
        Ok(date)
    }

    /// When a promise of `count` working days given at `since` ends: 24:00 of the last (rules 5).
    ///
    /// # Errors
    /// As [`Calendar::add_working_days`].
    pub fn promise_end(&self, since: Moment, count: u16) -> Result<Moment, CalendarFault> {
        self.add_working_days(since.date(), count).map(day_end)
    }
}

/// Saturday or Sunday; 1970-01-01 was a Thursday.
const fn weekend(day: i64) -> bool {
    matches!((day + 4).rem_euclid(7), 0 | 6)
}
