//! Time as the trade writes it. Records keep UTC milliseconds; messages and business days are UTC+8 (rules 5).

use crate::BadShape;
use core::fmt;
use serde::{Deserialize, Serialize};

const DAY_MS: i64 = 86_400_000;
/// Message times are Beijing time.
const ZONE_MS: i64 = 8 * 3_600_000;

/// A point in time. Unit: milliseconds since 1970 UTC. Who makes it: the clock port, told to every core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub i64);

impl Moment {
    /// This moment and `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }

    /// Year, month, day, hour, minute, second at UTC+8.
    fn civil(self) -> (i32, u8, u8, u8, u8, u8) {
        let local = self.0 + ZONE_MS;
        let date = BusinessDate::from_days(local.div_euclid(DAY_MS));
        let second = local.rem_euclid(DAY_MS) / 1000;
        let part = |n: i64| u8::try_from(n).unwrap_or(0);
        (date.year, date.month, date.day, part(second / 3600), part(second / 60 % 60), part(second % 60))
    }

    /// The calendar day at UTC+8.
    pub fn date(self) -> BusinessDate {
        BusinessDate::from_days((self.0 + ZONE_MS).div_euclid(DAY_MS))
    }

    /// DE 13 of this moment.
    pub fn month_day(self) -> MonthDay {
        let (_, month, day, ..) = self.civil();
        MonthDay { month, day }
    }

    /// DE 12 of this moment.
    pub fn clock(self) -> ClockTime {
        let (_, _, _, hour, minute, second) = self.civil();
        ClockTime { hour, minute, second }
    }

    /// DE 7 of this moment.
    pub fn sent_at(self) -> SentAt {
        SentAt { date: self.month_day(), time: self.clock() }
    }
}

impl fmt::Display for Moment {
    /// `2026-11-23 15:04:05` at UTC+8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day, hour, minute, second) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}.{:03}", self.0.rem_euclid(1000))
    }
}

/// The day money belongs to, with its year. Who makes it: the switch, for each exchange (rules 5).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BusinessDate {
    /// Year, four digits.
    pub year: i32,
    /// 1..=12.
    pub month: u8,
    /// 1..=31.
    pub day: u8,
}

impl BusinessDate {
    /// The civil date of a day count since 1970-01-01 (proleptic Gregorian).
    pub fn from_days(days: i64) -> Self {
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = u8::try_from(doy - (153 * mp + 2) / 5 + 1).unwrap_or(1);
        let month = u8::try_from(if mp < 10 { mp + 3 } else { mp - 9 }).unwrap_or(1);
        let year = i32::try_from(yoe + era * 400 + i64::from(month <= 2)).unwrap_or(1970);
        Self { year, month, day }
    }

    /// From `2026-11-24`.
    ///
    /// # Errors
    /// [`BadShape`] for anything else, and for a day that the calendar does not have.
    pub fn parse(text: &str) -> Result<Self, BadShape> {
        const BAD: BadShape = BadShape("a date reads YYYY-MM-DD");
        let mut parts = text.split('-').zip([4, 2, 2]);
        let mut next = || -> Option<u16> {
            let (part, len) = parts.next()?;
            (part.len() == len && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let (Some(year), Some(month), Some(day)) = (next(), next(), next()) else { return Err(BAD) };
        let date = Self {
            year: year.into(),
            month: u8::try_from(month).map_err(|_| BAD)?,
            day: u8::try_from(day).map_err(|_| BAD)?,
        };
        if text.len() == 10 && Self::from_days(date.days()) == date { Ok(date) } else { Err(BAD) }
    }

    /// Day count since 1970-01-01.
    pub fn days(self) -> i64 {
        let y = i64::from(self.year) - i64::from(self.month <= 2);
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let m = i64::from(self.month);
        let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
    }

    /// 1..=366.
    pub fn day_of_year(self) -> u16 {
        let first = Self { year: self.year, month: 1, day: 1 };
        u16::try_from(self.days() - first.days() + 1).unwrap_or(1)
    }

    /// DE 15 of this day.
    pub const fn month_day(self) -> MonthDay {
        MonthDay { month: self.month, day: self.day }
    }
}

impl fmt::Display for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for BusinessDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Month and day. Shape: DE 13 and 15, MMDD.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct MonthDay {
    /// 1..=12.
    pub month: u8,
    /// 1..=31.
    pub day: u8,
}

impl MonthDay {
    /// From the number MMDD.
    pub const fn from_mmdd(mmdd: u16) -> Result<Self, BadShape> {
        let (month, day) = ((mmdd / 100) as u8, (mmdd % 100) as u8);
        if mmdd > 1231 || month == 0 || month > 12 || day == 0 || day > 31 {
            return Err(BadShape("not a month and day"));
        }
        Ok(Self { month, day })
    }

    /// The number MMDD.
    pub const fn mmdd(self) -> u16 {
        self.month as u16 * 100 + self.day as u16
    }
}

/// Hour, minute, second. Shape: DE 12, hhmmss.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ClockTime {
    /// 0..=23.
    pub hour: u8,
    /// 0..=59.
    pub minute: u8,
    /// 0..=59.
    pub second: u8,
}

impl ClockTime {
    /// From the number hhmmss.
    pub const fn from_hhmmss(hhmmss: u32) -> Result<Self, BadShape> {
        if hhmmss > 235_959 || hhmmss / 100 % 100 > 59 || hhmmss % 100 > 59 {
            return Err(BadShape("not a time of day"));
        }
        Ok(Self { hour: (hhmmss / 10_000) as u8, minute: (hhmmss / 100 % 100) as u8, second: (hhmmss % 100) as u8 })
    }

    /// The number hhmmss.
    pub const fn hhmmss(self) -> u32 {
        self.hour as u32 * 10_000 + self.minute as u32 * 100 + self.second as u32
    }
}

/// When a sender sent. Shape: DE 7, MMDDhhmmss. Half of the switch-side identity (rules 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct SentAt {
    /// MMDD.
    pub date: MonthDay,
    /// hhmmss.
    pub time: ClockTime,
}

impl SentAt {
    /// From the number MMDDhhmmss.
    pub const fn from_number(number: u64) -> Result<Self, BadShape> {
        if number > 1_231_235_959 {
            return Err(BadShape("not a date and time"));
        }
        match (MonthDay::from_mmdd((number / 1_000_000) as u16), ClockTime::from_hhmmss((number % 1_000_000) as u32)) {
            (Ok(date), Ok(time)) => Ok(Self { date, time }),
            _ => Err(BadShape("not a date and time")),
        }
    }

    /// The moment it names, without its year on the wire: the newest one that is no more than a day after `at`.
    pub fn moment(self, at: Moment) -> Moment {
        let (MonthDay { month, day }, ClockTime { hour, minute, second }) = (self.date, self.time);
        let of_day = (i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second)) * 1_000;
        let in_year = |year| Moment(BusinessDate { year, month, day }.days() * DAY_MS + of_day - ZONE_MS);
        let year = at.date().year;
        let years = [year + 1, year, year - 1].map(in_year);
        years.into_iter().find(|moment| moment.0 <= at.0 + DAY_MS).unwrap_or(years[2])
    }

    /// The number MMDDhhmmss.
    pub const fn number(self) -> u64 {
        self.date.mmdd() as u64 * 1_000_000 + self.time.hhmmss() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn beijing_time_and_back() {
        let at = Moment(1_795_421_045_000); // 2026-11-23 08:04:05 UTC
        assert_eq!(at.to_string(), "2026-11-23 16:04:05");
        assert_eq!(at.sent_at().number(), 1_123_160_405);
        assert_eq!(at.date().day_of_year(), 327);
        // The year is that of the record: an old year's night stays in the old year.
        for (sent, record) in [(at, at), (at, at.plus_ms(40 * DAY_MS)), (at.plus_ms(3_600_000), at)] {
            assert_eq!(sent.sent_at().moment(record).to_string(), sent.to_string());
        }
        for days in [-1, 0, 59, 11_016, 20_000, 30_000] {
            assert_eq!(BusinessDate::from_days(days).days(), days);
        }
        assert!(SentAt::from_number(1_332_000_000).is_err() && ClockTime::from_hhmmss(126_000).is_err());
    }
}
