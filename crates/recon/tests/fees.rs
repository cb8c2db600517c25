//! Fees by table, refunds by property: no fen leaks, and the number of parts does not matter.

#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_recon::{
    CardType, FEES_CN, FeeBook, FeeClass, FeeFault, FeeTerms, Fees, Rate, RefundFault, Refunded, read_day,
};
use slipway_terms::{Amount, BusinessDate};

fn day(text: &str) -> BusinessDate {
    read_day(text).unwrap()
}

fn terms(date: &str, card: CardType, class: FeeClass) -> FeeTerms {
    FeeBook::china().unwrap().terms(day(date), card, class).unwrap()
}

#[test]
fn fees_of_a_sale() {
    use CardType::{Credit, Debit};
    use FeeClass::{Discount, Nonprofit, Standard};
    let check = |date: &str, card, class, fen: u64, want: [u64; 3]| {
        let fees = terms(date, card, class).charge(Amount::fen(fen));
        assert_eq!([fees.issuer, fees.net_issuer, fees.net_acquirer], want, "{date} {card:?} {class:?} {fen}");
    };
    check("2026-01-05", Debit, Standard, 8_800, [31, 3, 3]); // 30.8 and 2.86
    check("2026-01-05", Credit, Standard, 8_800, [40, 3, 3]); // 39.6
    check("2026-01-05", Credit, Standard, 1_000_000, [4_500, 325, 325]);
    check("2026-01-05", Debit, Standard, 1_000_000, [1_300, 325, 325]);
    check("2026-01-05", Debit, Standard, 371_428, [1_300, 121, 121]); // 1299.998, just below the cap
    check("2026-01-05", Debit, Standard, 371_571, [1_300, 121, 121]); // 1300.4985, rounded first
    check("2026-01-05", Debit, Standard, 371_572, [1_300, 121, 121]); // 1300.502 would round to 1301: the cap comes after
    check("2026-01-05", Debit, Standard, 1, [0, 0, 0]);
    check("2026-01-05", Debit, Standard, 142, [0, 0, 0]); // 0.497
    check("2026-01-05", Debit, Standard, 143, [1, 0, 0]); // 0.5005
    check("2026-01-05", Credit, Standard, 1_000, [5, 0, 0]); // 4.5 exactly: half goes up
    check("2026-01-05", Credit, Nonprofit, 1_000_000, [0, 0, 0]);
    check("2026-01-05", Debit, Discount, 100_000, [350, 33, 33]); // 32.5: the transition is over
    check("2017-01-05", Debit, Discount, 100_000, [273, 25, 25]); // 25.35
    check("2018-09-05", Debit, Discount, 100_000, [273, 25, 25]);
    check("2018-09-06", Debit, Discount, 100_000, [350, 33, 33]);
    check("2026-01-05", Credit, Standard, Amount::MINOR_MAX, [4_500_000_000, 325, 325]);
}

#[test]
fn what_the_acquirer_bears_is_set_in_the_book() {
    let by_rule = terms("2026-01-05", CardType::Credit, FeeClass::Standard);
    let fees = by_rule.charge(Amount::fen(1_000_000));
    assert_eq!(by_rule.acquirer_cost(&fees), 4_825);
    let text = FEES_CN.replace("net_issuer_borne_by issuer\n", "net_issuer_borne_by acquirer\n");
    let book = FeeBook::read(&text).unwrap();
    let trade = book.terms(day("2026-01-05"), CardType::Credit, FeeClass::Standard).unwrap();
    assert_eq!(trade.acquirer_cost(&trade.charge(Amount::fen(1_000_000))), 5_150);
}

#[test]
fn refunds_give_back_by_one_formula() {
    let check = |card, original: u64, parts: &[u64], want: &[u64]| {
        let terms = terms("2026-01-05", card, FeeClass::Standard);
        let mut state = Refunded::none(Amount::fen(original));
        let back: Vec<u64> = parts.iter().map(|part| state.refund(&terms, *part).unwrap().issuer).collect();
        assert_eq!(back, want, "{original} {parts:?}");
    };
    check(CardType::Debit, 8_800, &[8_800], &[31]);
    check(CardType::Debit, 8_800, &[4_400, 4_400], &[16, 15]); // 31 − 15, then the rest
    check(CardType::Debit, 1_000_000, &[500_000, 400_000, 100_000], &[0, 950, 350]); // still above the cap, then below it
    check(CardType::Credit, 1_000, &[111; 9], &[1, 0, 1, 0, 1, 0, 1, 0, 1]);
}

#[test]
fn refunds_that_cannot_be() {
    let terms = terms("2026-01-05", CardType::Debit, FeeClass::Standard);
    let mut state = Refunded::so_far(&terms, Amount::fen(8_800), 8_000).unwrap();
    let before = state;
    assert_eq!(state.refund(&terms, 0), Err(RefundFault::Zero));
    assert_eq!(state.refund(&terms, 801), Err(RefundFault::TooMuch { left_fen: 800 }));
    assert_eq!(state, before, "a refusal changes nothing");
    assert!(Refunded::so_far(&terms, Amount::fen(10), 11).is_err());
}

#[test]
fn a_leg_that_is_not_given_back_stays() {
    let text = FEES_CN.replace("refund_gives_back issuer       yes", "refund_gives_back issuer no");
    let terms = FeeBook::read(&text).unwrap().terms(day("2026-01-05"), CardType::Debit, FeeClass::Standard).unwrap();
    let back = Refunded::none(Amount::fen(100_000)).refund(&terms, 100_000).unwrap();
    assert_eq!(back, Fees { issuer: 0, net_issuer: 33, net_acquirer: 33 });
}

#[test]
fn a_wrong_book_is_named() {
    let head = "version 2016-09-06 2018-09-05";
    let check = |from: &str, to: &str, want: &dyn Fn(&FeeFault) -> bool| {
        assert!(FEES_CN.contains(from), "{from}");
        let fault = FeeBook::read(&FEES_CN.replacen(from, to, 1)).unwrap_err();
        assert!(want(&fault), "{to}: {fault}");
    };
    let line = |fault: &FeeFault| matches!(fault, FeeFault::Line { .. });
    check(head, "version 2016-09-06 2018-09-04", &|f| {
        *f == FeeFault::Gap { after: day("2018-09-04"), before: day("2018-09-06") }
    });
    check(head, "version 2016-09-06 2018-09-06", &|f| *f == FeeFault::Overlap { from: day("2018-09-06") });
    check(head, "version 2016-09-06 -", &|f| *f == FeeFault::Overlap { from: day("2018-09-06") });
    check(head, "version 2018-09-06 2016-09-06", &line);
    check(head, "version 2016-09-31 2018-09-05", &line);
    check("0.35%    1300", "0.35     1300", &line);
    check("0.35%    1300", "100.01%  1300", &line);
    check("0.35%    1300", "0.00000001% 1300", &line);
    check("0.35%    1300", "-0.35%   1300", &line);
    check("0.35%    1300", "0.35%    +1300", &line);
    check("0.35%    1300", "99999999999999999999%    1300", &line);
    check("fee issuer       credit standard", "fee issuer       debit standard", &line);
    check("fee issuer       credit standard", "fee acquirer     credit standard", &line);
    check("net_issuer_borne_by issuer\n", "\n", &|f| matches!(f, FeeFault::Incomplete { .. }));
    check("refund_gives_back issuer       yes", "", &|f| matches!(f, FeeFault::Incomplete { .. }));
    check("fee issuer       credit standard  0.45%    -", "", &|f| matches!(f, FeeFault::Incomplete { .. }));
    let before = FeeBook::china().unwrap().on(day("2016-09-05")).cloned();
    assert_eq!(before, Err(FeeFault::Uncovered { date: day("2016-09-05") }));
}

fn any_terms() -> impl Strategy<Value = FeeTerms> {
    let rate = (0..=Rate::WHOLE, proptest::option::of(0..5_000_u64)).prop_map(|(ppb, cap_fen)| Rate { ppb, cap_fen });
    let real = (0..2_usize, 0..3_usize).prop_map(|(card, class)| {
        terms(
            "2026-01-05",
            [CardType::Debit, CardType::Credit][card],
            [FeeClass::Standard, FeeClass::Discount, FeeClass::Nonprofit][class],
        )
    });
    let odd =
        (proptest::array::uniform3(rate), any::<[bool; 3]>(), any::<bool>()).prop_map(|(rates, gives_back, all)| {
            FeeTerms { card: CardType::Debit, class: FeeClass::Standard, rates, gives_back, acquirer_bears_all: all }
        });
    prop_oneof![real, odd]
}

proptest! {
    #[test]
    fn any_number_of_parts_gives_back_the_same(terms in any_terms(), parts in proptest::collection::vec(1..2_000_000_u64, 1..20), kept in 0..1_000_000_u64) {
        let refunded: u64 = parts.iter().sum();
        let original = Amount::fen(refunded + kept);
        let mut state = Refunded::none(original);
        let mut sum = [0; 3];
        for part in &parts {
            let back = state.refund(&terms, *part).unwrap();
            sum = [sum[0] + back.issuer, sum[1] + back.net_issuer, sum[2] + back.net_acquirer];
        }
        let whole = Refunded::none(original).refund(&terms, refunded).unwrap();
        prop_assert_eq!(sum, [whole.issuer, whole.net_issuer, whole.net_acquirer]);
        let charged = terms.charge(original);
        if kept == 0 {
            for (leg, given) in terms.gives_back.iter().enumerate() {
                let all = [charged.issuer, charged.net_issuer, charged.net_acquirer][leg];
                prop_assert_eq!(sum[leg], if *given { all } else { 0 });
            }
        }
    }

    #[test]
    fn the_parts_of_a_discount_sum_to_the_whole(terms in any_terms(), fen in 0..10_000_000_000_u64, ppb in 0..20_000_000_u64) {
        let fees = terms.charge(Amount::fen(fen));
        let discount = Rate { ppb, cap_fen: None }.fee(fen);
        prop_assert_eq!(terms.split(discount, &fees).sum(), discount.cast_signed());
    }

    #[test]
    fn a_fee_is_the_nearest_fen(ppb in 0..=Rate::WHOLE, fen in 0..=Amount::MINOR_MAX) {
        let fee = u128::from(Rate { ppb, cap_fen: None }.fee(fen));
        let exact = u128::from(fen) * u128::from(ppb);
        let (twice, whole) = (2 * exact, u128::from(Rate::WHOLE));
        // exact − ½ < fee ≤ exact + ½, in halves of a part
        prop_assert!(2 * fee * whole <= twice + whole && twice < 2 * fee * whole + whole);
    }
}
