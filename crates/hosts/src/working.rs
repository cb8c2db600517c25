//! Working days for promises that a host makes itself. A small table: weekends, and the days on which a year's notice says
//! otherwise. The notices are read above (crate `recon`, which hosts do not see) and handed in with the configuration: a core that
//! opens a case by a timer must know its end itself, so the table comes to it once and not an end with every input. Days of a
//! year without a notice are told by the week alone.

use alloc::vec::Vec;
use slipway_terms::{BusinessDate, Moment};

const DAY_MS: i64 = 86_400_000;
/// UTC+8, in which all business days are counted.
const AHEAD_MS: i64 = 8 * 3_600_000;

/// The days on which a notice departs from the week.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct WorkingDays {
    /// Weekdays off.
    pub off: Vec<BusinessDate>,
    /// Weekend days that are worked.
    pub worked: Vec<BusinessDate>,
}

impl WorkingDays {
    /// Whether it is a working day.
    pub fn works(&self, date: BusinessDate) -> bool {
        // 1970-01-01 was a Thursday: 0 is Monday here.
        let weekday = (date.days() + 3).rem_euclid(7);
        if weekday >= 5 { self.worked.contains(&date) } else { !self.off.contains(&date) }
    }

    /// 24:00 of the last of so many working days after the day of `at` (rules 5).
    pub fn end(&self, at: Moment, days: u8) -> Moment {
        let mut day = at.date().days();
        let mut left = days;
        // No notice closes a year; the bound keeps a mistyped table from walking for ever.
        for _ in 0..366 {
            if left == 0 {
                break;
            }
            day += 1;
            left -= u8::from(self.works(BusinessDate::from_days(day)));
        }
        Moment((day + 1) * DAY_MS - AHEAD_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_promise_ends_at_midnight_of_the_last_working_day() {
        let date = |day| BusinessDate { year: 2026, month: 11, day };
        let check = |table: &WorkingDays, days, want: BusinessDate| {
            // Monday 2026-11-23, 16:04 Beijing.
            let end = table.end(Moment(1_795_421_045_000), days);
            assert_eq!((end.plus_ms(-1).date(), end.date().days()), (want, want.days() + 1));
        };
        let week = WorkingDays::default();
        check(&week, 0, date(23));
        check(&week, 3, date(26));
        check(&week, 5, date(30));
        let notice = WorkingDays { off: alloc::vec![date(24), date(25)], worked: alloc::vec![date(28)] };
        check(&notice, 1, date(26));
        check(&notice, 3, date(28));
        check(&notice, 4, date(30));
    }
}
