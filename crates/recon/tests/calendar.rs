//! Working days of 2025 and 2026, day by day where people get them wrong.

#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_recon::{Calendar, CalendarFault, read_day};
use slipway_terms::{BusinessDate, Moment};

fn day(text: &str) -> BusinessDate {
    read_day(text).unwrap()
}

#[test]
fn days_are_worked_or_not() {
    let calendar = Calendar::china().unwrap();
    let check = |text: &str, want: bool| assert_eq!(calendar.is_working(day(text)), Ok(want), "{text}");
    check("2025-01-01", false); // New Year, a Wednesday alone
    check("2025-01-02", true);
    check("2025-01-25", false); // an ordinary Saturday
    check("2025-01-26", true); // a worked Sunday
    check("2025-01-28", false);
    check("2025-02-04", false);
    check("2025-02-05", true);
    check("2025-02-08", true); // a worked Saturday
    check("2025-02-09", false);
    check("2025-10-08", false);
    check("2025-10-09", true);
    check("2025-10-11", true);
    check("2026-01-02", false); // a Friday off
    check("2026-01-04", true);
    check("2026-02-14", true);
    check("2026-02-23", false); // a Monday off
    check("2026-02-24", true);
    check("2026-06-19", false);
    check("2026-09-20", true);
    check("2026-10-10", true);
    check("2026-12-31", true);
}

#[test]
fn a_year_has_as_many_working_days_as_its_notice_leaves() {
    let calendar = Calendar::china().unwrap();
    // Both years: 365 days less 104 at weekends less the 13 days of the law; make-up days only move the others.
    for (year, want) in [(2025, 248), (2026, 248)] {
        let days = day(&format!("{year}-01-01")).days()..=day(&format!("{year}-12-31")).days();
        let worked = days.filter(|day| calendar.is_working(BusinessDate::from_days(*day)) == Ok(true)).count();
        assert_eq!(worked, want, "{year}");
    }
}

#[test]
fn promises_are_counted_in_working_days() {
    let calendar = Calendar::china().unwrap();
    let check = |from: &str, count: u16, want: &str| {
        assert_eq!(calendar.add_working_days(day(from), count), Ok(day(want)), "{from} + {count}");
    };
    check("2026-03-02", 0, "2026-03-02");
    check("2026-03-07", 0, "2026-03-09"); // found on a Saturday
    check("2026-03-02", 1, "2026-03-03");
    check("2026-03-06", 1, "2026-03-09"); // T+1 over a weekend
    check("2026-02-13", 1, "2026-02-14"); // Friday, then a worked Saturday
    check("2026-02-14", 1, "2026-02-24"); // over the whole festival
    check("2026-02-12", 7, "2026-02-28"); // 13 14 24 25 26 27 28
    check("2026-09-30", 3, "2026-10-10"); // 8 9 10
    check("2025-09-30", 7, "2025-10-16"); // 9 10 11 13 14 15 16
    check("2025-12-31", 1, "2026-01-04"); // from one year into the next
}

#[test]
fn beyond_the_file_is_a_fault_and_never_a_guess() {
    let calendar = Calendar::china().unwrap();
    let unknown = |year| Err(CalendarFault::Unknown { year, known: Some((2025, 2026)) });
    assert_eq!(calendar.add_working_days(day("2026-12-31"), 1), unknown(2027));
    assert_eq!(calendar.add_working_days(day("2026-12-25"), 7), unknown(2027));
    assert_eq!(calendar.add_working_days(day("2024-12-31"), 1), unknown(2024));
    assert_eq!(calendar.add_working_days(day("2025-01-01"), u16::MAX), Err(CalendarFault::TooFar));
    assert_eq!(calendar.years(), Some((2025, 2026)));
    assert!(calendar.source(2026).unwrap().contains("2025-11-04") && calendar.source(2027).is_none());
}

#[test]
fn a_later_notice_is_added_as_a_file() {
    let mut calendar = Calendar::china().unwrap();
    let said = calendar.is_working(day("2027-01-04")).unwrap_err().to_string();
    assert!(said.contains("2025 to 2026 and not 2027") && said.contains("2025–2026"), "{said}");
    let before = calendar.clone();
    let wrong = calendar.add("year 2027 made up for this test\noff 2027-01-01 2027-01-03 x\nwork 2027-01-05 x");
    assert_eq!(wrong.map_err(|fault| matches!(fault, CalendarFault::Line { line: 3, .. })), Err(true), "a Tuesday");
    assert_eq!(calendar, before, "a refused file changes nothing");
    assert!(calendar.add("year 2026 another notice").is_err(), "two notices of one year");
    calendar.add("year 2027 made up for this test\noff 2027-01-01 2027-01-03 x\nwork 2027-01-09 x").unwrap();
    assert_eq!(calendar.years(), Some((2025, 2027)));
    assert_eq!(calendar.add_working_days(day("2026-12-31"), 1), Ok(day("2027-01-04")));
    assert_eq!(calendar.is_working(day("2027-01-09")), Ok(true), "a worked Saturday");
}

#[test]
fn a_promise_ends_at_24_of_its_last_day() {
    let calendar = Calendar::china().unwrap();
    let found = Moment(1_770_998_399_000); // 2026-02-13 23:59:59 at UTC+8, still Friday the 13th
    assert_eq!(found.to_string(), "2026-02-13 23:59:59");
    assert_eq!(calendar.promise_end(found, 1).map(|end| end.to_string()), Ok("2026-02-15 00:00:00".into()));
    assert_eq!(
        calendar.promise_end(found.plus_ms(1000), 1).map(|end| end.to_string()),
        Ok("2026-02-25 00:00:00".into())
    );
}

#[test]
fn a_wrong_file_is_named_by_its_line() {
    let check = |text: &str, line: usize| match Calendar::read(text) {
        Err(CalendarFault::Line { line: at, .. }) => assert_eq!(at, line, "{text}"),
        other => panic!("{text}: {other:?}"),
    };
    check("off 2026-01-01 2026-01-01 x", 1); // no year yet
    check("year 2026", 1); // no source
    check("year 2026 s\nyear 2026 s", 2);
    check("year 2026 s\noff 2026-01-03 2026-01-01 x", 2);
    check("year 2026 s\noff 2026-01-01 2026-01-02 x\noff 2026-01-02 2026-01-02 y", 3);
    check("year 2026 s\nwork 2026-01-05 x", 2); // a Monday
    check("year 2026 s\noff 2026-01-03 2026-01-03 x\nwork 2026-01-03 x", 3);
    check("year 2026 s\noff 2026-02-29 2026-02-29 x", 2);
    check("year 2026 s\noff 2026-01-01", 2);
    check("# fine\n\nholiday 2026-01-01", 3);
}
