//! Payouts that come back: posted once, paid again once, to a corrected account or where two persons say so.

use super::clearing::{close, item, sold, take};
use super::payout::{give, of, part, to};
use super::withheld::{later, order, shop};
use super::*;
use crate::ledger::Account;
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
