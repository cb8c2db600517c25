//! Amounts against wide integers: what twelve digits hold is exact, what they do not hold is refused, never cut in a sum.

use proptest::prelude::*;
use slipway_terms::{Amount, Currency};

const MOST: u64 = 999_999_999_999;

/// Small, at the edge of twelve digits, and anything.
fn minor() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..200, MOST - 2..=MOST + 2, 0_u64..=MOST, any::<u64>()]
}

/// Two that fit; often their sum is at the edge.
fn two() -> impl Strategy<Value = (u64, u64)> {
    let edge = (0..=MOST, 0..3_u64).prop_map(|(a, over)| (a, (MOST - a + over).min(MOST)));
    prop_oneof![edge, (0..=MOST, 0..=MOST)]
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just(Currency::CNY), Just(Currency(344))]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn twelve_digits_are_held_and_more_is_refused(minor in minor(), currency in currency()) {
        let made = Amount::new(minor, currency);
        prop_assert_eq!(made.is_ok(), minor <= MOST);
        if let Ok(amount) = made {
            prop_assert_eq!((amount.minor(), amount.currency()), (minor, currency));
            prop_assert_eq!(i128::from(amount.signed()), i128::from(minor));
        }
        prop_assert_eq!(Amount::fen(minor).minor(), minor.min(MOST), "fen() cuts, and says so");
    }

    #[test]
    fn a_sum_is_exact_or_refused((a, b) in two(), one in currency(), other in currency()) {
        let (left, right) = (Amount::new(a, one), Amount::new(b, other));
        let sum = left.and_then(|left| right.and_then(|right| left.plus(right)));
        let fits = one == other && u128::from(a) + u128::from(b) <= u128::from(MOST);
        prop_assert_eq!(sum.map(|sum| (sum.minor(), sum.currency())).ok(), fits.then_some((a.wrapping_add(b), one)));
    }

    #[test]
    fn the_order_of_a_sum_is_no_matter(all in prop::collection::vec(0_u64..=MOST / 4, 0..8)) {
        let sum = |all: &[u64]| all.iter().try_fold(Amount::fen(0), |sum, minor| sum.plus(Amount::fen(*minor))).ok();
        let turned: Vec<u64> = all.iter().rev().copied().collect();
        let exact: u64 = all.iter().sum();
        prop_assert_eq!(sum(&all).map(Amount::minor), Some(exact).filter(|exact| *exact <= MOST));
        prop_assert_eq!(sum(&all), sum(&turned));
    }

    #[test]
    fn written_it_has_two_decimals_and_reads_back(minor in 0..=MOST) {
        let text = Amount::fen(minor).to_string();
        let (yuan, fen) = text.split_once('.').unwrap_or(("", ""));
        prop_assert_eq!(fen.len(), 2);
        prop_assert_eq!(format!("{yuan}{fen}").parse::<u64>().ok(), Some(minor));
    }
}
