//! Days as data files write them, and their ends. Must never accept a day that does not exist: 02-30 would become a promise.

use slipway_terms::{BusinessDate, Moment};

const DAY_MS: i64 = 86_400_000;
/// Days of the trade are days of UTC+8 (rules 5).
const ZONE_MS: i64 = 8 * 3_600_000;

/// Reads `YYYY-MM-DD`; nothing else, and only days that exist.
pub fn read_day(text: &str) -> Option<BusinessDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = &bytes[from..to];
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0_i32, |n, b| n * 10 + i32::from(b - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let date = BusinessDate { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
    // Through the day count and back: a day that does not exist comes back as another one.
    ((1..=12).contains(&date.month) && BusinessDate::from_days(date.days()) == date).then_some(date)
}

/// 24:00 of a day at UTC+8, where a promise in working days ends (rules 5).
pub fn day_end(date: BusinessDate) -> Moment {
    Moment((date.days() + 1) * DAY_MS - ZONE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn reads_days_that_exist_and_no_others() {
        let check = |text: &str, want: bool| assert_eq!(read_day(text).is_some(), want, "{text}");
        check("2026-02-28", true);
        check("2024-02-29", true);
        check("2026-02-29", false);
        check("2026-13-01", false);
        check("2026-00-10", false);
        check("2026-04-31", false);
        check("2026-4-3", false);
        check("+026-04-03", false);
        check("2026/04/03", false);
        check("２026-4-3", false);
        check("", false);
    }

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let end = read_day("2026-02-14").map(|day| day_end(day).to_string());
        assert_eq!(end.as_deref(), Some("2026-02-15 00:00:00"));
    }
}
