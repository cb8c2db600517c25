//! A whole history is looked at by a checker, and planted rows are found by it.

use super::common::{Dice, day, merchant_no, persons, registration};
use super::{china, contract, item, sale};
use proptest::prelude::*;
use slipway_recon::clearing::Original;
use slipway_recon::merchant::*;
use slipway_recon::{CardType, Entry, Rate};
use slipway_terms::{BusinessDate, ClockTime};

/// A month of three merchants as rows, and what all of them hold in the end.
fn history(seed: u64, days: i64) -> (Vec<Row>, i128) {
    let (calendar, mut dice, mut rows, mut balance) = (china(), Dice(seed), Vec::new(), 0_i128);
    let mut payouts = Payouts::default();
    let both = || [persons().0.name().to_owned(), persons().1.name().to_owned()];
    for serial in 1..=3_u64 {
        let mut merchant = registration(serial);
        let (no, name, legal_person) =
            (merchant.merchant(), merchant.name().to_owned(), merchant.legal_person().to_owned());
        rows.push(Row::Registered { merchant: no, name, legal_person });
        let bound = |bound: &BoundAccount| {
            let (number, bank) = (bound.account.number().to_owned(), bound.account.bank().to_owned());
            let holder_name = bound.account.holder_name().to_owned();
            Row::Bound { merchant: merchant_no(serial), from: bound.from, number, bank, holder_name, persons: both() }
        };
        rows.push(bound(merchant.account_on(day("2026-03-02")).unwrap()));
        let price = Advance { rate: Rate { ppb: 200_000, cap_fen: None }, fixed_fen: 1, ..Advance::default() };
        let products =
            [Product::T1, Product::D1(price), Product::D0 { price, until: ClockTime::from_hhmmss(220_000).unwrap() }];
        let reserve = Reserve { rate: Rate { ppb: 50_000_000, cap_fen: None }, days: 3, cap_fen: None };
        let mut account = Account::new(no, contract(products[dice.roll(3) as usize], reserve));
        for offset in 0..days {
            let on = BusinessDate::from_days(day("2026-03-02").days() + offset);
            if dice.roll(6) == 0 {
                let until = BusinessDate::from_days(on.days() + dice.roll(4).cast_signed());
                let (no, fen) = (offset.cast_unsigned(), 1 + dice.roll(30_000));
                account.hold(Hold::place(HoldNo(no), Ground::RiskHit, 30_000, fen, (on, until), persons()).unwrap());
                let merchant = account.merchant();
                rows.push(Row::Held { merchant, no, doubt_fen: 30_000, fen, from: on, until, persons: both() });
            }
            let items: Vec<Item> = (0..dice.roll(6))
                .map(|at| {
                    let number = serial * 1_000_000 + offset.cast_unsigned() * 100 + at;
                    let fen = (1 + dice.roll(100_000)).cast_signed();
                    let made = if dice.roll(4) == 0 { item(number, Entry::Refund, -fen) } else { sale(number, fen) };
                    let standing = if dice.roll(8) == 0 { Standing::Unconfirmed } else { Standing::Confirmed };
                    Item { day: on, standing, ..made }
                })
                .collect();
            let settlement = account.settle(on, &items, &calendar).unwrap();
            let counted = items.iter().filter(|item| item.amount_fen < 0 || item.standing != Standing::Unconfirmed);
            let keys: Vec<ItemKey> = counted.clone().map(Item::name).collect();
            balance +=
                counted.map(|i| i128::from(i.amount_fen - i.charge(account.contract()).unwrap().fen)).sum::<i128>();
            balance -= i128::from(settlement.price_fen) + i128::from(settlement.payable_fen);
            let holds = account.moves().holds.iter().map(|(no, fen)| (no.0, *fen)).collect();
            rows.push(Row::Settled { settlement, items: keys, holds });
            if settlement.payable_fen == 0 {
                continue;
            }
            let payout = payouts.make(&merchant, &settlement).unwrap();
            rows.push(Row::Made(payout.row()));
            let reasons = [ReturnReason::NoAccount, ReturnReason::Bank];
            let fates = [Step::Paid, Step::Paid, Step::Returned(reasons[dice.roll(2) as usize])];
            let fate = fates[dice.roll(3) as usize];
            for step in [Step::Sent, fate] {
                payouts.step(payout.id(), step).unwrap();
                rows.push(Row::Stepped { id: payout.id(), step });
            }
            if let Step::Returned(reason) = fate {
                let again = BusinessDate::from_days(settlement.pay_day.days() + 1);
                if reason != ReturnReason::Bank {
                    let number = format!("9991{serial:04}{:08}", again.days());
                    // Refused where a later correction stands already; then the payout waits.
                    if let Ok(corrected) = merchant.bind(again, Holder::LegalPerson, &number, "102100099996", persons())
                    {
                        rows.push(bound(corrected));
                    }
                }
                if let Ok(second) = payouts.pay_again(&merchant, payout.id(), again) {
                    rows.push(Row::Made(second.row()));
                }
            }
        }
        balance -=
            i128::from(account.held_fen()) + i128::from(account.reserved_fen()) + i128::from(account.carried_fen());
    }
    (rows, balance)
}

/// The first row of a kind, changed.
fn planted(rows: &[Row], mut change: impl FnMut(&mut Row) -> bool) -> (Vec<Row>, usize) {
    let mut rows = rows.to_vec();
    let at = rows.iter_mut().position(&mut change).unwrap();
    (rows, at)
}

#[test]
fn the_checker_finds_what_is_planted() {
    let (rows, _) = history(7, 25);
    assert_eq!(check(&rows), []);
    let found = |what: fn(usize) -> Wrong, change: &mut dyn FnMut(&mut Row) -> bool| {
        let (rows, at) = planted(&rows, change);
        assert!(check(&rows).contains(&what(at)), "{:?} not in {:?}", what(at), check(&rows));
    };
    let made = |change: fn(&mut PayoutRow)| {
        move |row: &mut Row| match row {
            Row::Made(payout) => {
                change(payout);
                true
            }
            _ => false,
        }
    };
    found(Wrong::Account, &mut made(|payout| payout.number = "9991999999999999".into()));
    found(Wrong::Account, &mut made(|payout| payout.bank = "105100000018".into()));
    found(Wrong::Account, &mut made(|payout| payout.holder_name = "聚合平台公司".into()));
    found(Wrong::Account, &mut made(|payout| payout.pay_day = day("2025-12-31")));
    found(Wrong::Account, &mut made(|payout| payout.id.merchant = merchant_no(9)));
    found(Wrong::Merchant, &mut made(|payout| payout.id.merchant = merchant_no(9)));
    found(Wrong::Amount, &mut made(|payout| payout.fen += 1));
    found(Wrong::Amount, &mut made(|payout| payout.id.day = day("2026-01-01")));
    found(Wrong::Twice, &mut made(|payout| payout.id.attempt = 2));
    // The intermediary gets himself bound first: found where he is bound.
    found(Wrong::Holder, &mut |row| match row {
        Row::Bound { holder_name, .. } => {
            *holder_name = "聚合平台公司".into();
            true
        }
        _ => false,
    });
    found(Wrong::Persons, &mut |row| match row {
        Row::Bound { persons, .. } => {
            persons[1] = persons[0].clone();
            true
        }
        _ => false,
    });
    let hold = |change: fn(&mut u64, &mut u64, &mut BusinessDate)| {
        move |row: &mut Row| match row {
            Row::Held { doubt_fen, fen, until, .. } => {
                change(doubt_fen, fen, until);
                true
            }
            _ => false,
        }
    };
    found(Wrong::Hold, &mut hold(|doubt, fen, _| *fen = *doubt + 1));
    found(Wrong::Hold, &mut hold(|_, fen, _| *fen = 0));
    found(Wrong::Hold, &mut hold(|_, _, until| until.year += 1));
    let settled = |change: fn(&mut Settlement, &mut Vec<ItemKey>)| {
        move |row: &mut Row| match row {
            Row::Settled { settlement, items, .. } if items.len() > 1 && settlement.day > day("2026-03-02") => {
                change(settlement, items);
                true
            }
            _ => false,
        }
    };
    found(Wrong::Balance, &mut settled(|s, _| s.discount_fen -= 1));
    found(Wrong::Balance, &mut settled(|s, _| s.carried_in_fen -= 1));
    found(Wrong::Day, &mut settled(|s, _| s.day = day("2026-03-02")));
    found(Wrong::Item, &mut settled(|_, items| items[1] = items[0]));
    // A hold that takes more than the day says, or keeps what it should give back, or gives back what it has not.
    let moved = |change: fn(&mut Vec<(u64, i64)>)| {
        move |row: &mut Row| match row {
            Row::Settled { holds, .. } if !holds.is_empty() => {
                change(holds);
                true
            }
            _ => false,
        }
    };
    found(Wrong::Hold, &mut moved(|holds| holds[0].1 += 1));
    found(Wrong::Hold, &mut moved(|holds| holds[0].0 += 999));
    found(Wrong::Hold, &mut moved(Vec::clear));
    found(Wrong::Step, &mut |row| match row {
        Row::Stepped { step, .. } => {
            *step = Step::Paid;
            true
        }
        _ => false,
    });
    // A second payout while the first lives, and one to the account that has just refused it.
    let at = rows.iter().position(|row| matches!(row, Row::Made(_))).unwrap();
    let mut twice = rows.clone();
    twice.insert(at + 1, rows[at].clone());
    assert!(check(&twice).contains(&Wrong::Twice(at + 1)));
    let Row::Made(payout) = &rows[at] else { unreachable!() };
    let next = PayoutId { attempt: 2, ..payout.id };
    let returned = Step::Returned(ReturnReason::Name);
    let mut refused = rows[..=at].to_vec();
    refused.extend([Step::Sent, returned].map(|step| Row::Stepped { id: payout.id, step }));
    refused.push(Row::Made(PayoutRow { id: next, ..payout.clone() }));
    assert_eq!(check(&refused), [Wrong::Uncorrected(at + 3)]);
    // Two persons may say so; one who signs twice may not.
    for (who, want) in [("李复核", vec![]), ("张清算", vec![Wrong::Uncorrected(at + 3)])] {
        let said = Some(["张清算".to_owned(), who.to_owned()]);
        refused[at + 3] = Row::Made(PayoutRow { id: next, said, ..payout.clone() });
        assert_eq!(check(&refused), want);
    }
}

#[test]
fn a_payment_while_something_is_owed_or_lacks_is_found() {
    let (rows, _) = history(7, 25);
    // A hold that the day has not filled although it paid.
    let at = rows.iter().position(|row| matches!(row, Row::Settled { settlement, .. } if settlement.payable_fen > 0));
    let at = at.unwrap();
    let Row::Settled { settlement, .. } = &rows[at] else { unreachable!() };
    let (merchant, day) = (settlement.merchant, settlement.day);
    let persons = || [persons().0.name().to_owned(), persons().1.name().to_owned()];
    let held = |until| Row::Held { merchant, no: 900, doubt_fen: 500, fen: 500, from: day, until, persons: persons() };
    let mut lacks = rows[..=at].to_vec();
    lacks.insert(at, held(day));
    assert_eq!(check(&lacks), [Wrong::Owing(at + 1)]);
    // It came back; meanwhile a day leaves a debt.
    let Some(Row::Made(first)) = rows.get(at + 1) else { unreachable!() };
    let steps = [Step::Sent, Step::Returned(ReturnReason::Bank)].map(|step| Row::Stepped { id: first.id, step });
    let next = BusinessDate::from_days(day.days() + 1);
    let owes = |fen: i64| Settlement {
        day: next,
        items: 0,
        gross_in_fen: 0,
        gross_back_fen: 0,
        discount_fen: fen,
        waiting: 0,
        waiting_fen: 0,
        carried_in_fen: 0,
        held_fen: 0,
        released_fen: 0,
        reserved_fen: 0,
        freed_fen: 0,
        price_fen: 0,
        payable_fen: 0,
        carried_out_fen: -fen,
        ..*settlement
    };
    let debt = |fen| Row::Settled { settlement: owes(fen), items: Vec::new(), holds: Vec::new() };
    let again = |fen| {
        let id = PayoutId { attempt: 2, ..first.id };
        Row::Made(PayoutRow { id, fen, pay_day: BusinessDate::from_days(first.pay_day.days() + 1), ..first.clone() })
    };
    let off = |owed_fen, holds: &[(u64, u64)]| Row::SetOff { of: first.id, owed_fen, holds: holds.to_vec() };
    let whole = first.fen;
    assert!(whole > 900, "{whole}");
    let played = |more: &[Row]| {
        let all = [&rows[..=at + 1], &steps, more].concat();
        (check(&all), all.len() - 1)
    };
    assert_eq!(played(&[again(whole)]).0, [], "nothing is owed");
    let (wrong, last) = played(&[debt(300), again(whole)]);
    assert_eq!(wrong, [Wrong::Owing(last)], "paid whole in spite of a debt");
    assert_eq!(played(&[debt(300), off(300, &[]), again(whole - 300)]).0, []);
    let (wrong, last) = played(&[debt(300), off(300, &[]), again(whole)]);
    assert_eq!(wrong, [Wrong::Amount(last)], "more than was left");
    let (wrong, last) = played(&[debt(300), off(200, &[]), again(whole - 200)]);
    assert_eq!(wrong, [Wrong::Owing(last)], "some of it is owed still");
    let (wrong, last) = played(&[debt(300), off(301, &[])]);
    assert_eq!(wrong, [Wrong::Balance(last)], "more than was owed");
    // The same with a hold that lasts.
    let until = BusinessDate::from_days(first.pay_day.days() + 9);
    let from = |no| Row::Held { merchant, no, doubt_fen: 500, fen: 500, from: next, until, persons: persons() };
    let (wrong, last) = played(&[from(900), again(whole)]);
    assert_eq!(wrong, [Wrong::Owing(last)]);
    assert_eq!(played(&[from(900), off(0, &[(900, 500)]), again(whole - 500)]).0, []);
    let (wrong, last) = played(&[from(900), off(0, &[(900, 501)])]);
    assert_eq!(wrong, [Wrong::Hold(last)]);
}

proptest! {
    #[test]
    fn no_history_pays_the_wrong_account_or_loses_a_fen(seed in any::<u64>()) {
        let (rows, left) = history(seed, 20);
        prop_assert_eq!(check(&rows), []);
        prop_assert_eq!(left, 0, "what came in is paid, held, reserved or carried");
    }

    #[test]
    fn parts_of_a_refund_give_back_what_the_whole_does(parts in proptest::collection::vec(1..9_000_i64, 1..11), debit in any::<bool>()) {
        let contract = contract(Product::T1, Reserve::default());
        let card = if debit { CardType::Debit } else { CardType::Credit };
        let (mut refunded_fen, mut given) = (0, 0);
        for part in &parts {
            let refund = item(2, Entry::Refund, -part);
            let original = refund.original.map(|of| Original { refunded_fen, ..of });
            given += Item { card, original, ..refund }.charge(&contract).unwrap().fen;
            refunded_fen += part.cast_unsigned();
        }
        let whole = Item { card, ..item(2, Entry::Refund, -refunded_fen.cast_signed()) };
        prop_assert_eq!(given, whole.charge(&contract).unwrap().fen);
    }
}
