//! Settled days at the acquirer: an item goes out once, when somebody has confirmed it, and to its own merchant only.

use super::clearing::{close, item, sold, take};
use super::*;
use crate::ledger::Account;
use slipway_node::{PayoutItem, PayoutMark, PayoutPart, PayoutRest};
use slipway_terms::PayTo;

pub(super) fn of(w: &World, account: &Account) -> i64 {
    let minor = |row| match row {
        AcquirerRow::Balance(balance) if balance.account == *account => balance.minor,
        _ => 0,
    };
    w.rows().into_iter().map(minor).sum()
}

/// The first version of the shop's account.
pub(super) fn to(pay_day: BusinessDate) -> PayTo {
    PayTo { account: 1, tail: Short::cut("0001"), bank: Short::cut("105100000017"), pay_day }
}

pub(super) fn part(w: &World, day: BusinessDate, sales: &[(&Message, i64)], fees_minor: i64) -> PayoutPart {
    let line = |(sale, minor): &(&Message, i64)| {
        let o = w.original(sale);
        PayoutItem { exchange: o.switch, till: Some(o.till), turn: Turn::First, minor: *minor }
    };
    let gross_minor = sales.iter().map(|(_, minor)| minor).sum();
    let (merchant, count) = (MerchantId::new(SHOP).unwrap(), u32::try_from(sales.len()).unwrap());
    let mark = PayoutMark { merchant, day, count, gross_minor, fees_minor, payable_minor: gross_minor - fees_minor };
    let rest = PayoutRest { to: Some(to(day)), ..PayoutRest::default() };
    PayoutPart { mark, from: 0, items: sales.iter().map(line).collect(), rest }
}

pub(super) fn give(w: &mut World, part: PayoutPart) {
    w.give(Input::Hand(Hand::Payout(part)));
}

#[test]
fn a_confirmed_item_goes_out_once_to_its_merchant() {
    play(World::signed_on, |w| {
        let (one, two) = (sold(w, 10_000), sold(w, 500));
        assert_eq!(w.hear(World::confirmation_of(&one)).code(), "00");
        let items = [item(w, &one, 10_000), item(w, &two, 500)];
        let today = w.at.date();
        let early = part(w, today, &[(&one, 10_000)], 50);
        give(w, early);
        assert!(w.counts.contains_key("payout.day_not_closed"));
        let day = close(w);
        assert_eq!(take(w, day, &items), []);
        let whole = part(w, day, &[(&one, 10_000)], 50);
        let refused = [
            part(w, day, &[(&one, 10_000), (&two, 500)], 50),
            part(w, day, &[(&one, 10_001)], 50),
            PayoutPart {
                mark: PayoutMark { merchant: MerchantId::new("999310054110009").unwrap(), ..whole.mark },
                ..whole.clone()
            },
            PayoutPart {
                items: vec![whole.items[0]; 2],
                mark: PayoutMark { count: 2, gross_minor: 20_000, ..whole.mark },
                ..whole.clone()
            },
            PayoutPart { mark: PayoutMark { gross_minor: 9_000, ..whole.mark }, ..whole.clone() },
            PayoutPart { from: 1, ..whole.clone() },
            PayoutPart { rest: PayoutRest::default(), ..whole.clone() },
        ];
        for part in refused {
            let before = w.rows().len();
            give(w, part.clone());
            assert_eq!((w.rows().len(), of(w, &Account::Payout)), (before, 0), "{part:?}");
        }
        give(w, whole.clone());
        give(w, whole.clone());
        let merchant = Account::MerchantPayable(MerchantId::new(SHOP).unwrap());
        let stand = |w: &World| (of(w, &merchant), of(w, &Account::Discount), of(w, &Account::Payout));
        assert_eq!(stand(w), (-500, -50, -9_950));
        give(w, PayoutPart { mark: PayoutMark { fees_minor: 40, payable_minor: 9_960, ..whole.mark }, ..whole });
        assert!(w.counts.contains_key("payout.another_settlement_of_the_day"));
        // The other one, once its slip is proven; never the first again.
        assert_eq!(w.hear(World::confirmation_of(&two)).code(), "00");
        let day = close(w);
        assert_eq!(take(w, day, &[]), []);
        let again = part(w, day, &[(&one, 10_000)], 50);
        give(w, again);
        assert!(w.counts.contains_key("payout.item_refused"));
        let rest = part(w, day, &[(&two, 500)], 3);
        give(w, rest);
        assert_eq!(stand(w), (0, -53, -10_447));
        let owed = owed(w.node.id(), &w.rows());
        assert_eq!((owed.moved.len(), owed.waits.len(), owed.settled.len()), (2, 0, 2));
    });
}
