//! The numbers an acquirer gives out, against a calendar and two circles: reference numbers and link STANs, across wraps and
//! days.
#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_hosts::acquirer::Counters;
use slipway_terms::{BusinessDate, Stan};
use std::collections::BTreeSet;

const RRN_MOST: u32 = 99_999_999;

/// Day of the year by counting the days of the months before.
fn day_of_year(date: BusinessDate) -> u32 {
    let leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
    let months = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    months[..usize::from(date.month) - 1].iter().sum::<u32>() + u32::from(date.day)
}

/// The number after this one on a circle of 1..=most.
fn after(number: u32, most: u32) -> u32 {
    if number == most { 1 } else { number + 1 }
}

/// Days from 2020 to 2039 in rising order, with several numbers on each.
fn days() -> impl Strategy<Value = Vec<BusinessDate>> {
    prop::collection::vec(prop_oneof![Just(0_i64), 0_i64..3, 0_i64..400], 1..40).prop_map(|gaps| {
        let mut day = 18_262;
        gaps.into_iter()
            .map(|gap| {
                day += gap;
                BusinessDate::from_days(day)
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn reference_numbers_name_their_day_and_never_meet(
        days in days(),
        last in prop_oneof![0_u32..3, RRN_MOST - 3..=RRN_MOST, 0..=RRN_MOST],
    ) {
        let (mut counters, mut expected) = (Counters { rrn: last, ..Counters::default() }, last);
        let mut met = BTreeSet::new();
        for day in days {
            expected = after(expected, RRN_MOST);
            let rrn = counters.next_rrn(day).to_string();
            prop_assert_eq!(&rrn, &format!("{}{:03}{expected:08}", day.year % 10, day_of_year(day)));
            prop_assert!(met.insert(rrn), "given twice");
        }
    }

    #[test]
    fn link_numbers_go_round_without_zero(from in prop_oneof![1_u32..3, 999_990_u32..=999_999], count in 1_usize..60) {
        let (mut counters, mut expected) = (Counters { stan: Stan::new(from).unwrap(), rrn: 7 }, from);
        let mut met = BTreeSet::new();
        for _ in 0..count {
            expected = after(expected, 999_999);
            let stan = counters.next_stan().number();
            prop_assert_eq!(stan, expected);
            prop_assert!(met.insert(stan), "given twice within one round");
        }
        prop_assert_eq!(counters.rrn, 7, "the two circles do not touch");
    }
}

#[test]
fn a_day_after_another_for_a_whole_leap_cycle() {
    let mut counters = Counters::default();
    for day in 10_957..10_957 + 1_462 {
        let date = BusinessDate::from_days(day);
        assert_eq!(u32::from(date.day_of_year()), day_of_year(date), "{date}");
        assert!(counters.next_rrn(date).to_string().starts_with(&format!(
            "{}{:03}",
            date.year % 10,
            day_of_year(date)
        )));
    }
    assert_eq!(counters.rrn, 1_462);
}
