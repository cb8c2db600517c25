//! STAN arithmetic against a model that is a circle of 999,999 places.
#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_terms::Stan;

/// Where a circle of the numbers 1..=999,999 stands after so many steps: counted from 0 it is a remainder.
fn model(from: u32, steps: u32) -> u32 {
    (from - 1 + steps) % 999_999 + 1
}

fn walked(from: u32, steps: u32) -> Stan {
    (0..steps).fold(Stan::new(from).unwrap(), |stan, _| stan.next())
}

#[test]
fn the_last_number_is_followed_by_the_first() {
    assert_eq!(Stan::new(999_999).unwrap().next(), Stan::FIRST);
    assert_eq!((Stan::FIRST.number(), Stan::FIRST.next().number()), (1, 2));
}

/// The whole circle once: every number comes, none twice, and none is 0.
#[test]
fn a_round_meets_every_number_once() {
    let mut met = vec![false; 1_000_000];
    let mut stan = Stan::new(777_777).unwrap();
    for _ in 0..999_999 {
        let was = std::mem::replace(&mut met[stan.number() as usize], true);
        assert!(!was, "{stan} came twice");
        stan = stan.next();
    }
    assert_eq!(stan.number(), 777_777);
    assert!(!met[0] && met[1..].iter().all(|met| *met));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn steps_are_those_of_the_circle(from in prop_oneof![1_u32..=999_999, 999_000_u32..=999_999], steps in 0_u32..3_000) {
        let stan = walked(from, steps);
        prop_assert_eq!(stan.number(), model(from, steps));
        prop_assert_eq!(stan.to_string(), format!("{:06}", model(from, steps)));
    }

    #[test]
    fn only_six_digits_above_zero_are_one(number in prop_oneof![0_u32..3, 999_990_u32..1_000_010, any::<u32>()]) {
        prop_assert_eq!(Stan::new(number).map(Stan::number).ok(), Some(number).filter(|n| (1..=999_999).contains(n)));
    }
}
