//! Payouts that come back: posted once, paid again once, to a corrected account or where two persons say so.

use super::clearing::{close, item, sold, take};
use super::payout::{give, of, part, to};
use super::withheld::{later, order, shop};
use super::*;
use crate::ledger::Account;
use slipway_node::{PayoutMark, PayoutPart, PayoutRest};
use slipway_terms::{MerchantAct, MerchantRefusal, PayTo};

fn stand(w: &World) -> (i64, i64) {
    (-of(w, &Account::MerchantPayable(shop())), -of(w, &Account::Payout))
}

#[test]
fn a_return_is_owed_again_and_paid_again_once() {
    play(World::signed_on, |w| {
        let sale = sold(w, 10_000);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        let items = [item(w, &sale, 10_000)];
        let day = close(w);
        assert_eq!(take(w, day, &items), []);
        let back = |attempt, minor, account, file: &str| {
            let (code, file) = (Short::cut("AC01"), Short::cut(file));
            MerchantAct::Returned { day, attempt, minor, account, code, file }
        };
        assert_eq!(order(w, 1, back(1, 9_950, 1, "B1"), "Li", ""), Some(MerchantRefusal::NotPaid));
        let whole = part(w, day, &[(&sale, 10_000)], 50);
        give(w, whole);
        let again = |attempt, account| {
            let to = PayTo { account, ..to(later(day, 3)) };
            MerchantAct::Again { day, attempt, to }
        };
        let refused = [
            (back(1, 9_949, 1, "B1"), "Li", "", MerchantRefusal::OtherAmount),
            (back(1, 9_950, 2, "B1"), "Li", "", MerchantRefusal::OtherAccount),
            (back(2, 9_950, 1, "B1"), "Li", "", MerchantRefusal::NotPaid),
            (again(1, 2), "Li", "Han", MerchantRefusal::NotReturned),
        ];
        for (ticket, (act, by, checked, why)) in (2..).zip(refused) {
            assert_eq!(order(w, ticket, act, by, checked), Some(why), "{act:?}");
        }
        assert_eq!(stand(w), (0, 9_950));
        assert_eq!(order(w, 10, back(1, 9_950, 1, "B1"), "Li", ""), None);
        assert_eq!(order(w, 11, back(1, 9_950, 1, "B2"), "Wang", ""), None, "told again it is one return");
        assert_eq!(stand(w), (9_950, 0));
        // The rule itself pays only to a corrected account; two persons may say the old one.
        assert_eq!(order(w, 12, again(1, 1), BY_ACCOUNT, ""), Some(MerchantRefusal::SameAccount));
        assert_eq!(order(w, 13, again(1, 1), "Li", "Li"), Some(MerchantRefusal::OnePerson));
        assert_eq!(order(w, 14, again(1, 1), "Li", ""), Some(MerchantRefusal::OnePerson));
        assert_eq!(order(w, 30, again(1, 1), "Li", "LI "), Some(MerchantRefusal::OnePerson));
        assert_eq!(order(w, 15, again(1, 1), "Li", "Han"), None);
        assert_eq!(order(w, 16, again(1, 1), "Wang", "Han"), None, "again it is the same payment");
        assert_eq!(order(w, 17, again(1, 2), BY_ACCOUNT, ""), Some(MerchantRefusal::PaidAgain));
        assert_eq!(stand(w), (0, 9_950));
        assert_eq!(order(w, 18, back(1, 9_950, 1, "B1"), "Li", ""), None, "the first stays returned");
        assert_eq!(stand(w), (0, 9_950));
        // The second comes back too, and the account is corrected.
        assert_eq!(order(w, 19, back(2, 9_950, 1, "B3"), "Li", ""), None);
        assert_eq!(order(w, 20, again(2, 2), BY_ACCOUNT, ""), None);
        assert_eq!(stand(w), (0, 9_950));
        let paid = w.rows().into_iter().filter_map(|row| match row {
            AcquirerRow::PaidOut(paid) => {
                Some((paid.attempt, paid.to.account, paid.returned.is_some(), paid.again.is_some()))
            }
            _ => None,
        });
        assert_eq!(paid.collect::<Vec<_>>(), [(1, 1, true, true), (2, 1, true, true), (3, 2, false, false)]);
    });
}

/// What `owed` says that the shop carries.
fn carried(w: &World) -> i64 {
    owed(w.node.id(), &w.rows()).carried.get(&shop()).copied().unwrap_or(0)
}

/// A payout of 9 950 that came back, of a day of a shop that sold for 10 000.
fn came_back(w: &mut World) -> BusinessDate {
    let sale = sold(w, 10_000);
    assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
    let items = [item(w, &sale, 10_000)];
    let day = close(w);
    assert_eq!(take(w, day, &items), []);
    let whole = part(w, day, &[(&sale, 10_000)], 50);
    give(w, whole);
    let (code, file) = (Short::cut("AC01"), Short::cut("B1"));
    let back = MerchantAct::Returned { day, attempt: 1, minor: 9_950, account: 1, code, file };
    assert_eq!(order(w, 10, back, "Li", ""), None);
    day
}

/// A day that only takes from the shop: what it has left to carry.
fn owes(w: &mut World, fees_minor: i64) {
    let day = close(w);
    assert_eq!(take(w, day, &[]), []);
    let mark = PayoutMark { merchant: shop(), day, count: 0, gross_minor: 0, fees_minor, payable_minor: 0 };
    let rest = PayoutRest { carried_minor: -fees_minor, ..PayoutRest::default() };
    give(w, PayoutPart { mark, from: 0, items: Vec::new(), rest });
    assert_eq!(carried(w), -fees_minor);
}

fn attempts(w: &World) -> Vec<(u8, i64)> {
    let paid = |row| if let AcquirerRow::PaidOut(paid) = row { Some((paid.attempt, paid.minor)) } else { None };
    w.rows().into_iter().filter_map(paid).collect()
}

#[test]
fn a_return_pays_what_is_owed_and_held_before_it_goes_out() {
    let held = |w: &World| -of(w, &Account::MerchantHeld(shop()));
    let again = |day, attempt, account| {
        let to = PayTo { account, ..to(later(day, 3)) };
        MerchantAct::Again { day, attempt, to }
    };
    // Owes less than came back: the rest goes out, by two persons as by a corrected account.
    for (by, checked) in [("Li", "Han"), (BY_ACCOUNT, "")] {
        play(World::signed_on, |w| {
            let day = came_back(w);
            owes(w, 4_000);
            assert_eq!(stand(w), (5_950, 0));
            for ticket in [20, 21] {
                assert_eq!(order(w, ticket, again(day, 1, 2), by, checked), None, "again it is the same");
                assert_eq!((stand(w), carried(w), attempts(w)), ((0, 5_950), 0, vec![(1, 9_950), (2, 5_950)]));
            }
            // And that one comes back too.
            let (code, file) = (Short::cut("AC01"), Short::cut("B2"));
            let back = |minor| MerchantAct::Returned { day, attempt: 2, minor, account: 2, code, file };
            assert_eq!(order(w, 22, back(9_950), "Li", ""), Some(MerchantRefusal::OtherAmount));
            assert_eq!(order(w, 23, back(5_950), "Li", ""), None);
            assert_eq!(order(w, 24, again(day, 2, 3), by, checked), None);
            assert_eq!((stand(w), carried(w)), ((0, 5_950), 0));
        });
    }
    // Owes more: nothing goes out, and what is left of the debt is carried on.
    play(World::signed_on, |w| {
        let day = came_back(w);
        owes(w, 12_000);
        assert_eq!(order(w, 20, again(day, 1, 1), "Li", "Han"), None);
        assert_eq!((stand(w), carried(w), attempts(w)), ((-2_050, 0), -2_050, vec![(1, 9_950), (2, 0)]));
        let (code, file) = (Short::cut("AC01"), Short::cut("B2"));
        let nothing = MerchantAct::Returned { day, attempt: 2, minor: 0, account: 1, code, file };
        assert_eq!(order(w, 21, nothing, "Li", ""), Some(MerchantRefusal::NotPaid), "nothing was sent");
        owes_on(w, 50);
    });
    // A hold takes what it lacks, and gives it back with the day in which it ends.
    play(World::signed_on, |w| {
        let day = came_back(w);
        let until = later(w.at.date(), 9);
        let hold = MerchantAct::Hold {
            ground: slipway_terms::HoldGround::RiskHit,
            about: None,
            doubt_minor: 3_000,
            minor: 3_000,
            until,
        };
        assert_eq!(order(w, 20, hold, "Li", "Han"), None);
        owes(w, 1_000);
        assert_eq!(order(w, 21, again(day, 1, 1), "Li", "Han"), None);
        assert_eq!((stand(w), held(w), carried(w)), ((0, 5_950), 3_000, 0));
        assert_eq!(order(w, 22, MerchantAct::Release { no: 1 }, "Li", "Han"), None);
        let day = close(w);
        assert_eq!(take(w, day, &[]), []);
        let mark = PayoutMark { merchant: shop(), day, count: 0, gross_minor: 0, fees_minor: 0, payable_minor: 3_000 };
        let rest = PayoutRest { holds: vec![(1, -3_000)], to: Some(to(day)), ..PayoutRest::default() };
        give(w, PayoutPart { mark, from: 0, items: Vec::new(), rest });
        assert_eq!((stand(w), held(w), carried(w)), ((0, 8_950), 0, 0));
    });
}

/// Once more, behind what was set off: the books agree with the plan that goes on from it.
fn owes_on(w: &mut World, fees_minor: i64) {
    let before = carried(w);
    let day = close(w);
    assert_eq!(take(w, day, &[]), []);
    let mark = PayoutMark { merchant: shop(), day, count: 0, gross_minor: 0, fees_minor, payable_minor: 0 };
    let rest = PayoutRest { carried_minor: before - fees_minor, ..PayoutRest::default() };
    give(w, PayoutPart { mark, from: 0, items: Vec::new(), rest });
    assert_eq!(carried(w), before - fees_minor);
}

#[test]
fn a_plan_that_a_hold_has_overtaken_pays_nothing() {
    play(World::signed_on, |w| {
        let sale = sold(w, 10_000);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        let items = [item(w, &sale, 10_000)];
        let day = close(w);
        assert_eq!(take(w, day, &items), []);
        let whole = part(w, day, &[(&sale, 10_000)], 50);
        let (ground, until) = (slipway_terms::HoldGround::RiskHit, later(w.at.date(), 9));
        let hold = MerchantAct::Hold { ground, about: None, doubt_minor: 3_000, minor: 3_000, until };
        assert_eq!(order(w, 1, hold, "Li", "Han"), None);
        give(w, whole.clone());
        assert!(w.counts.contains_key("payout.hold_unfilled") && attempts(w).is_empty());
        let mark = PayoutMark { payable_minor: 6_950, ..whole.mark };
        let rest = PayoutRest { holds: vec![(1, 3_000)], ..whole.rest.clone() };
        give(w, PayoutPart { mark, rest, ..whole });
        assert_eq!(attempts(w), [(1, 6_950)]);
    });
}

#[test]
fn an_account_is_bound_once_by_two_persons() {
    play(World::signed_on, |w| {
        let day = w.at.date();
        let bind = |account, tail: &str| MerchantAct::Bind { to: PayTo { account, tail: Short::cut(tail), ..to(day) } };
        assert_eq!(order(w, 1, bind(2, "1234"), "Li", "Li"), Some(MerchantRefusal::OnePerson));
        assert_eq!(order(w, 9, bind(2, "1234"), "Li", "l i"), Some(MerchantRefusal::OnePerson));
        assert_eq!(
            order(w, 2, bind(1, "1234"), "Li", "Han"),
            Some(MerchantRefusal::OtherAccount),
            "the registration has it"
        );
        assert_eq!(
            (order(w, 3, bind(2, "1234"), "Li", "Han"), order(w, 4, bind(2, "1234"), "Wang", "Han")),
            (None, None)
        );
        assert_eq!(order(w, 5, bind(2, "9999"), "Li", "Han"), Some(MerchantRefusal::OtherAccount));
        assert_eq!(order(w, 6, bind(3, "9999"), "Li", "Han"), None);
        let money = w.rows().into_iter().find_map(|row| match row {
            AcquirerRow::MerchantMoney(money) => Some(money.accounts),
            _ => None,
        });
        let told = money.unwrap().iter().map(|bound| (bound.to.account, bound.persons.by)).collect::<Vec<_>>();
        assert_eq!(told, [(2, Short::cut("Li")), (3, Short::cut("Li"))]);
    });
}
