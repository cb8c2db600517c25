//! How long the acquirer keeps what: numbers from configuration, with the floors of the trade. Nothing here is about postings or
//! exchanges: those have no end.

use core::fmt;
use slipway_terms::{BusinessDate, Moment};

const DAY_MS: i64 = 24 * 3_600_000;

/// Times of the slip archive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keeping {
    /// Slips and signatures. Unit: calendar years from the day on the slip.
    pub slip_years: u8,
    /// How long the code of a page opens it. Unit: days.
    pub page_days: u16,
}

impl Default for Keeping {
    fn default() -> Self {
        Self { slip_years: 2, page_days: 30 }
    }
}

/// Why a time is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeepingFault {
    /// Slips for less than a year: a cardholder may still ask for them.
    SlipsTooShort,
    /// Slips for longer than anybody may ask.
    SlipsTooLong,
    /// A page for no day, or for longer than a year.
    Page,
}

impl fmt::Display for KeepingFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SlipsTooShort => "签购单至少保存1年 / slips are kept for one year at least",
            Self::SlipsTooLong => "签购单最多保存30年 / slips are kept for 30 years at most",
            Self::Page => "电子签购单有效期为1至366天 / a slip's page opens for 1 to 366 days",
        })
    }
}

impl core::error::Error for KeepingFault {}

impl Keeping {
    /// Refuses what is outside the floors.
    ///
    /// # Errors
    /// [`KeepingFault`].
    pub const fn check(self) -> Result<Self, KeepingFault> {
        match (self.slip_years, self.page_days) {
            (0, _) => Err(KeepingFault::SlipsTooShort),
            (31.., _) => Err(KeepingFault::SlipsTooLong),
            (_, 0 | 367..) => Err(KeepingFault::Page),
            _ => Ok(self),
        }
    }

    /// How long a page opens.
    pub fn page_ms(self) -> i64 {
        i64::from(self.page_days) * DAY_MS
    }

    /// Slips of days before this one are over. Whole years by the calendar, a leap day more rather than less.
    pub fn over_before(self, at: Moment) -> BusinessDate {
        let days = i64::from(self.slip_years) * 366;
        BusinessDate::from_days(at.date().days() - days)
    }

    /// Whether a slip of this day is over.
    pub fn is_over(self, day: BusinessDate, at: Moment) -> bool {
        day < self.over_before(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors() {
        let check = |slip_years, page_days, want| {
            assert_eq!(Keeping { slip_years, page_days }.check().err(), want, "{slip_years} {page_days}");
        };
        check(2, 30, None);
        check(1, 1, None);
        check(0, 30, Some(KeepingFault::SlipsTooShort));
        check(31, 30, Some(KeepingFault::SlipsTooLong));
        check(2, 0, Some(KeepingFault::Page));
        check(2, 367, Some(KeepingFault::Page));
    }

    #[test]
    fn never_a_day_too_early() {
        let day = |text| BusinessDate::parse(text).unwrap();
        let at = Moment((day("2028-11-27").days() * 24 - 8) * 3_600_000);
        assert_eq!(at.date(), day("2028-11-27"));
        let keeping = Keeping::default();
        assert!(!keeping.is_over(day("2026-11-27"), at) && !keeping.is_over(day("2026-11-26"), at));
        assert!(keeping.is_over(day("2026-11-20"), at));
    }
}
