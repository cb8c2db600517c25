//! What a member that runs alone waits for: when it looks at its suspense again, and when it says that its own clearing file has not
//! come. Pure: it is told what time it is.

use slipway_terms::{BusinessDate, Moment, Text};

/// Between two looks at suspense while no day is closed. Unit: milliseconds.
const SWEEP_MS: i64 = 3_600_000;
/// After a day is closed its file takes a moment to be written and brought; what has not come then is missing. Unit: milliseconds.
const FILE_MS: i64 = 10 * 60_000;

/// Since when it waits, and what it has said.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// The newest closed day, and when it was seen first.
    closed: Option<(BusinessDate, Moment)>,
    /// When suspense was looked at last.
    swept: Option<Moment>,
    /// The newest day whose missing file was told.
    told: Option<BusinessDate>,
}

impl Waits {
    /// Whether suspense is to be looked at now: when a day is closed, and every hour. What no file has named is released, or asked
    /// for, by its own clock only if somebody looks; a file that never comes calls nobody.
    pub fn sweeps(&mut self, closed: BusinessDate, now: Moment) -> bool {
        let fresh = self.closed.is_none_or(|(day, _)| day != closed);
        if fresh {
            self.closed = Some((closed, now));
        }
        let due = fresh || self.swept.is_none_or(|at| now.0 - at.0 >= SWEEP_MS);
        if due {
            self.swept = Some(now);
        }
        due
    }

    /// The first closed day whose own file this member has not taken, and which does not lie there: told once.
    pub fn missing(&mut self, lacks: Option<BusinessDate>, now: Moment) -> Option<Text> {
        let day = lacks.filter(|day| self.told != Some(*day))?;
        self.closed.filter(|(_, since)| now.0 - since.0 >= FILE_MS)?;
        self.told = Some(day);
        Some(Text::new(
            format!("{day} 的本行清算文件没有到：挂账不会据此解除；请向交换中心索取，收到后自动入账"),
            format!(
                "the own clearing file of {day} has not come: nothing is released for want of it; ask the switch for it, it is posted by itself once it lies there"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u8) -> BusinessDate {
        BusinessDate { year: 2026, month: 11, day }
    }

    #[test]
    fn suspense_is_looked_at_when_a_day_is_closed_and_every_hour() {
        let mut waits = Waits::default();
        let check = |waits: &mut Waits, closed: u8, minutes: i64, want: bool| {
            assert_eq!(waits.sweeps(day(closed), Moment(minutes * 60_000)), want, "day {closed}, minute {minutes}");
        };
        for (closed, minutes, want) in [
            (23, 0, true),
            (23, 1, false),
            (23, 59, false),
            (23, 60, true),
            (23, 61, false),
            (24, 62, true),
            (24, 121, false),
            (24, 122, true),
        ] {
            check(&mut waits, closed, minutes, want);
        }
    }

    #[test]
    fn a_file_that_does_not_come_is_told_once() {
        let mut waits = Waits::default();
        let at = |minutes: i64| Moment(minutes * 60_000);
        assert!(waits.sweeps(day(23), at(0)));
        assert!(waits.missing(Some(day(23)), at(9)).is_none(), "it may still be on its way");
        assert!(waits.missing(None, at(10)).is_none(), "nothing is missing");
        let told = waits.missing(Some(day(23)), at(10)).unwrap();
        assert!(told.zh.contains("2026-11-23 的本行清算文件没有到") && told.en.contains("clearing file of 2026-11-23"));
        assert!(waits.missing(Some(day(23)), at(90)).is_none());
        assert!(waits.sweeps(day(24), at(100)));
        assert!(waits.missing(Some(day(24)), at(110)).is_some(), "another day is told again");
    }
}
