//! Settlement to the fen, pay days, holds and reserves; payouts and whole histories in the modules.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "merchant/history.rs"]
mod history;
#[path = "merchant/payouts.rs"]
mod payouts;

use common::{day, exchange, member, merchant_no, persons, rrn};
use slipway_recon::clearing::Original;
use slipway_recon::merchant::*;
use slipway_recon::{Calendar, CardType, Entry, Key, Rate};
use slipway_terms::{Amount, ClockTime, Lang, Moment, Turn};

const DEBIT: Rate = Rate { ppb: 5_000_000, cap_fen: Some(2_000) }; // 0.5 %, 20 yuan at most
const CREDIT: Rate = Rate { ppb: 6_000_000, cap_fen: None };
const DISCOUNT: Discount = Discount { debit: DEBIT, credit: CREDIT, refund_gives_back: true };

fn contract(product: Product, reserve: Reserve) -> Contract {
    Contract::new(product, reserve, day("2026-01-01"), DISCOUNT).unwrap()
}

fn plain() -> Account {
    Account::new(merchant_no(1), contract(Product::T1, Reserve::default()))
}

fn item(number: u64, entry: Entry, amount_fen: i64) -> Item {
    let key = Key::new(member("00010000"), rrn(number), entry);
    let original = entry.names_original().then(|| Original {
        rrn: rrn(1),
        date: day("2026-03-02"),
        amount: Amount::fen(100_000),
        refunded_fen: 0,
    });
    let (card, standing) = (CardType::Credit, Standing::Confirmed);
    Item {
        exchange: exchange(member("00010000"), number),
        turn: Turn::First,
        key,
        entry,
        day: day("2026-03-02"),
        card,
        amount_fen,
        original,
        undone: false,
        standing,
        at: None,
        till: None,
    }
}

fn sale(number: u64, fen: i64) -> Item {
    item(number, Entry::Sale, fen)
}

fn china() -> Calendar {
    Calendar::china().unwrap()
}

#[test]
fn products_pay_on_their_days() {
    let calendar = china();
    let until = ClockTime::from_hhmmss(220_000).unwrap();
    let (d1, d0) = (Product::D1(Advance::default()), Product::D0 { price: Advance::default(), until });
    let check = |product: Product, from: &str, want: &str| {
        assert_eq!(product.pay_day(day(from), &calendar), Ok(day(want)), "{product:?} {from}");
    };
    check(Product::T1, "2026-03-02", "2026-03-03");
    check(Product::T1, "2026-03-06", "2026-03-09"); // Friday to Sunday arrive on Monday
    check(Product::T1, "2026-03-07", "2026-03-09");
    check(Product::T1, "2026-03-08", "2026-03-09");
    check(Product::T1, "2026-02-13", "2026-02-14"); // a worked Saturday
    check(Product::T1, "2026-02-14", "2026-02-24"); // over the festival
    check(d1, "2026-03-06", "2026-03-07");
    check(d1, "2026-12-31", "2027-01-01"); // needs no calendar
    check(d0, "2026-03-07", "2026-03-07");
    assert!(Product::T1.pay_day(day("2026-12-31"), &calendar).is_err(), "no pay day beyond the calendar");
    assert!(d0.in_time(ClockTime::from_hhmmss(215_959).unwrap()) && !d0.in_time(until));
}

#[test]
fn early_money_has_its_price() {
    let calendar = china();
    let price = Advance { rate: Rate { ppb: 500_000, cap_fen: None }, fixed_fen: 100, ..Advance::default() };
    let off_only = Advance { days_off_only: true, ..price };
    let check = |product: Product, pay_day: &str, fen: u64, want: u64| {
        assert_eq!(product.price_fen(day(pay_day), fen, &calendar), Ok(want), "{product:?} {pay_day} {fen}");
    };
    check(Product::T1, "2026-03-03", 1_000_000, 0);
    check(Product::D1(price), "2026-03-03", 1_000_000, 600);
    check(Product::D1(price), "2026-03-03", 50, 50); // never more than there is
    check(Product::D1(price), "2026-03-03", 0, 0);
    check(Product::D1(off_only), "2026-03-03", 1_000_000, 0); // a Tuesday
    check(Product::D1(off_only), "2026-03-07", 1_000_000, 600); // a Saturday
}

#[test]
fn discounts_by_card_and_kind() {
    let contract = contract(Product::T1, Reserve::default());
    let check =
        |item: Item, want: i64| assert_eq!(item.charge(&contract).map(|charge| charge.fen), Ok(want), "{item:?}");
    let debit = |item: Item| Item { card: CardType::Debit, ..item };
    let of = |refunded_fen, item: Item| Item {
        original: item.original.map(|original| Original { refunded_fen, ..original }),
        ..item
    };
    check(sale(1, 8_800), 53); // 52.8
    check(debit(sale(1, 8_800)), 44);
    check(debit(sale(1, 399_900)), 2_000); // 1999.5 goes up
    check(debit(sale(1, 1_000_000)), 2_000); // the cap
    check(sale(1, 1_000_000), 6_000); // credit has none
    check(Item { undone: true, ..sale(1, 8_800) }, 0);
    check(item(2, Entry::SaleVoid, -100_000), 0);
    check(item(2, Entry::Refund, -100_000), -600);
    check(item(2, Entry::Refund, -33_333), -200); // 600 − 400
    check(of(33_333, item(2, Entry::Refund, -33_333)), -200); // 400 − 200
    check(of(66_666, item(2, Entry::Refund, -33_334)), -200);
    check(item(2, Entry::Adjust, 10_000), 60);
    check(item(2, Entry::Adjust, -10_000), -60);
    check(of(33_250, item(2, Entry::Adjust, 100)), 0); // what stands grows from 667.50, 401 with its half fen, to 668.50, 401
    check(item(2, Entry::DebitAdjustment, 100_000), 600);
    check(item(2, Entry::CreditAdjustment, -100_000), -600);
    let keeps = Discount { refund_gives_back: false, ..DISCOUNT };
    let keeps = Contract::new(Product::T1, Reserve::default(), day("2026-01-01"), keeps).unwrap();
    assert_eq!(item(2, Entry::Refund, -100_000).charge(&keeps).map(|charge| charge.fen), Ok(0));
    assert_eq!(item(2, Entry::LateReversal, -100_000).charge(&keeps).map(|charge| charge.fen), Ok(-600));
    let tip = of(33_250, item(2, Entry::Adjust, 100));
    assert_eq!(tip.charge(&keeps).map(|charge| charge.fen), Ok(1), "nothing was given back: 601 of 1001.00, less 600");
}

#[test]
fn a_refund_is_priced_by_the_day_of_its_original() {
    let mut contract = contract(Product::T1, Reserve::default());
    let dearer = Discount { credit: Rate { ppb: 10_000_000, cap_fen: None }, ..DISCOUNT };
    contract.change(day("2026-03-03"), dearer).unwrap();
    let later = |item: Item| Item { day: day("2026-03-04"), ..item };
    assert_eq!(later(sale(1, 100_000)).charge(&contract).unwrap().fen, 1_000);
    assert_eq!(later(item(2, Entry::Refund, -100_000)).charge(&contract).unwrap().fen, -600);
    assert_eq!(contract.change(day("2026-03-03"), DISCOUNT), Err(ContractFault::Order { from: day("2026-03-03") }));
    let before = Item { day: day("2025-12-31"), ..sale(1, 1) };
    let uncovered = ContractFault::Uncovered { day: day("2025-12-31") };
    assert_eq!(before.charge(&contract), Err(ItemFault::Contract(uncovered)));
}

#[test]
fn items_that_cannot_be() {
    let contract = contract(Product::T1, Reserve::default());
    let check = |item: Item, want: ItemFault| assert_eq!(item.charge(&contract), Err(want), "{item:?}");
    check(sale(1, 0), ItemFault::Amount);
    check(sale(1, -1), ItemFault::Amount);
    check(sale(1, i64::MAX), ItemFault::Amount);
    check(item(1, Entry::Refund, 1), ItemFault::Amount);
    check(item(1, Entry::Refund, -100_001), ItemFault::Original);
    check(Item { original: None, ..item(1, Entry::Refund, -1) }, ItemFault::Original);
    check(Item { original: item(1, Entry::Refund, -1).original, ..sale(1, 1) }, ItemFault::Original);
    check(Item { undone: true, ..item(1, Entry::Refund, -1) }, ItemFault::Original);
    check(Item { entry: Entry::Completion, ..sale(1, 1) }, ItemFault::Key);
}

#[test]
fn a_day_is_settled_to_the_fen() {
    let (calendar, mut account) = (china(), plain());
    let items = [
        sale(1, 8_800),
        Item { standing: Standing::Unconfirmed, ..sale(2, 5_000) },
        Item { standing: Standing::CaseClosed, ..sale(3, 1_200) },
        // A return counts at once, confirmed or not.
        Item { standing: Standing::Unconfirmed, ..item(4, Entry::Refund, -1_000) },
    ];
    let s = account.settle(day("2026-03-02"), &items, &calendar).unwrap();
    assert_eq!((s.items, s.waiting, s.waiting_fen), (3, 1, 5_000));
    assert_eq!((s.gross_in_fen, s.gross_back_fen, s.discount_fen), (10_000, 1_000, 53 + 7 - 6));
    assert_eq!((s.payable_fen, s.carried_out_fen, s.pay_day), (10_000 - 1_000 - 54, 0, day("2026-03-03")));
    let again = account.settle(day("2026-03-02"), &items, &calendar);
    assert_eq!(again, Err(SettleFault::Day { last: day("2026-03-02") }), "a day is settled once");
    // The unconfirmed one comes again when its slip is known.
    let s = account.settle(day("2026-03-03"), &[sale(2, 5_000)], &calendar).unwrap();
    assert_eq!((s.items, s.payable_fen), (1, 4_970));
}

#[test]
fn what_is_owed_is_carried_on() {
    let (calendar, mut account) = (china(), plain());
    let s = account.settle(day("2026-03-02"), &[item(1, Entry::Refund, -100_000)], &calendar).unwrap();
    assert_eq!((s.payable_fen, s.carried_out_fen), (0, -99_400));
    let s = account.settle(day("2026-03-03"), &[sale(2, 50_000)], &calendar).unwrap();
    assert_eq!((s.carried_in_fen, s.payable_fen, s.carried_out_fen), (-99_400, 0, -49_700));
    let s = account.settle(day("2026-03-04"), &[sale(3, 60_000)], &calendar).unwrap();
    assert_eq!((s.payable_fen, account.carried_fen()), (59_640 - 49_700, 0));
}

#[test]
fn a_refused_day_changes_nothing() {
    let (calendar, mut account) = (china(), plain());
    let before = account.clone();
    let check = |account: &mut Account, items: &[Item], want: SettleFault| {
        assert_eq!(account.settle(day("2026-03-02"), items, &calendar), Err(want));
        assert_eq!(*account, before);
    };
    check(&mut account, &[sale(1, 1), sale(1, 1)], SettleFault::Place { at: 1 });
    check(&mut account, &[Item { day: day("2026-03-03"), ..sale(1, 1) }], SettleFault::Place { at: 0 });
    check(&mut account, &[sale(1, 1), sale(2, 0)], SettleFault::Item { at: 1, why: ItemFault::Amount });
    assert_eq!(account.settle(day("2026-12-31"), &[], &calendar), Err(SettleFault::Calendar));
    assert_eq!(account, before);
}

fn hold(no: u64, fen: u64, from: &str, until: &str) -> Hold {
    Hold::place(HoldNo(no), Ground::Retrieval, 10_000, fen, (day(from), day(until)), persons()).unwrap()
}

#[test]
fn holds_need_ground_end_amount_and_two_persons() {
    let days = |from: &str, until: &str| (day(from), day(until));
    let check = |doubt, fen, days, persons, want: HoldFault| {
        let got = Hold::place(HoldNo(1), Ground::Chargeback, doubt, fen, days, persons);
        assert_eq!(got, Err(want));
    };
    let week = days("2026-03-02", "2026-03-09");
    check(100, 0, week, persons(), HoldFault::Zero);
    check(100, 101, week, persons(), HoldFault::AboveDoubt { doubt_fen: 100 });
    check(100, 100, days("2026-03-02", "2026-03-01"), persons(), HoldFault::End);
    check(100, 100, days("2026-03-02", "2026-08-30"), persons(), HoldFault::End); // 181 days
    check(100, 100, week, (persons().0, persons().0), HoldFault::OnePerson);
    check(100, 100, week, ["li lei", "Ｌｉ Lei"].map(|name| Person::new(name).unwrap()).into(), HoldFault::OnePerson);
    for ground in Ground::ALL {
        assert!(ground.text(Lang::En).is_ascii() && !ground.text(Lang::Zh).is_ascii());
    }
    let notice = hold(7, 5_000, "2026-03-02", "2026-03-05").notice(Lang::En);
    assert_eq!(
        notice,
        "Notice of hold 7: 50.00 yuan (of 100.00 in doubt), because a retrieval request is not answered; ends on 2026-03-05"
    );
}

#[test]
fn a_hold_takes_what_there_is_and_ends_by_itself() {
    let (calendar, mut account) = (china(), plain());
    account.hold(hold(1, 5_000, "2026-03-02", "2026-03-04"));
    account.hold(hold(1, 9_000, "2026-03-02", "2026-03-04")); // the same number: nothing new
    let s = account.settle(day("2026-03-02"), &[sale(1, 4_000)], &calendar).unwrap();
    assert_eq!((s.held_fen, s.payable_fen, account.held_fen()), (3_976, 0, 3_976));
    let s = account.settle(day("2026-03-03"), &[sale(2, 4_000)], &calendar).unwrap();
    assert_eq!((s.held_fen, s.payable_fen, account.held_fen()), (1_024, 2_952, 5_000));
    let s = account.settle(day("2026-03-04"), &[], &calendar).unwrap();
    assert_eq!((s.released_fen, s.payable_fen), (0, 0), "its last day still holds");
    let s = account.settle(day("2026-03-05"), &[], &calendar).unwrap();
    assert_eq!((s.released_fen, s.payable_fen, account.held_fen()), (5_000, 5_000, 0));
    account.hold(hold(2, 1_000, "2026-03-06", "2026-03-20"));
    account.settle(day("2026-03-06"), &[sale(3, 4_000)], &calendar).unwrap();
    assert!(account.release(HoldNo(2)) && !account.release(HoldNo(2)));
    let s = account.settle(day("2026-03-07"), &[], &calendar).unwrap();
    assert_eq!((s.released_fen, s.payable_fen), (1_000, 1_000));
}

#[test]
fn a_reserve_is_kept_and_freed() {
    let reserve = Reserve { rate: Rate { ppb: 100_000_000, cap_fen: None }, days: 2, cap_fen: None };
    let (calendar, mut account) = (china(), Account::new(merchant_no(1), contract(Product::T1, reserve)));
    let s = account.settle(day("2026-03-02"), &[sale(1, 10_000)], &calendar).unwrap();
    assert_eq!((s.reserved_fen, s.payable_fen, account.reserved_fen()), (994, 8_946, 994));
    let s = account.settle(day("2026-03-03"), &[], &calendar).unwrap();
    assert_eq!((s.freed_fen, s.payable_fen), (0, 0));
    let s = account.settle(day("2026-03-04"), &[], &calendar).unwrap();
    assert_eq!((s.freed_fen, s.reserved_fen, s.payable_fen), (994, 0, 994), "freed money is not reserved again");
    let endless = Reserve { rate: reserve.rate, days: 0, cap_fen: None };
    assert_eq!(Contract::new(Product::T1, endless, day("2026-01-01"), DISCOUNT), Err(ContractFault::Reserve));
}

#[test]
fn a_reserve_is_never_above_its_cap() {
    let reserve = Reserve { rate: Rate { ppb: 100_000_000, cap_fen: None }, days: 3, cap_fen: Some(1_500) };
    let (calendar, mut account) = (china(), Account::new(merchant_no(1), contract(Product::T1, reserve)));
    let mut reserved = |on: &str, number: u64| {
        let s = account.settle(day(on), &[sale(number, 10_000)], &calendar).unwrap();
        (s.reserved_fen, s.freed_fen, account.reserved_fen())
    };
    assert_eq!(reserved("2026-03-02", 1), (994, 0, 994));
    assert_eq!(reserved("2026-03-03", 2), (506, 0, 1_500), "up to the cap, and no more");
    assert_eq!(reserved("2026-03-04", 3), (0, 0, 1_500));
    assert_eq!(reserved("2026-03-05", 4), (994, 994, 1_500), "what is freed makes room");
}

#[test]
fn early_money_above_its_limit_goes_out_as_any_other() {
    let until = ClockTime::from_hhmmss(220_000).unwrap();
    let price = Advance { fixed_fen: 100, limit_fen: Some(9_940), ..Advance::default() };
    let product = Product::D0 { price, until };
    let (calendar, mut account) = (china(), Account::new(merchant_no(1), contract(product, Reserve::default())));
    let s = account.settle(day("2026-03-06"), &[sale(1, 10_000)], &calendar).unwrap();
    assert_eq!((s.pay_day, s.price_fen, s.payable_fen), (day("2026-03-06"), 100, 9_840), "the limit itself is allowed");
    let s = account.settle(day("2026-03-07"), &[sale(2, 10_001)], &calendar).unwrap();
    assert_eq!((s.pay_day, s.price_fen, s.payable_fen), (day("2026-03-09"), 0, 9_941));
    // Behind its hour, also where the answer came when the calendar day was over; before its hour on the evening before.
    let at = |on: &str, hour: i64| Moment(day(on).days() * 86_400_000 - 8 * 3_600_000 + hour * 3_600_000);
    for (on, hour, late) in
        [("2026-03-05", 23, false), ("2026-03-06", 21, false), ("2026-03-06", 22, true), ("2026-03-07", 0, true)]
    {
        assert_eq!(product.is_late(day("2026-03-06"), at(on, hour)), late, "{on} {hour}");
        assert!(!Product::T1.is_late(day("2026-03-06"), at(on, hour)));
    }
    let late = Item { standing: Standing::Late, ..sale(3, 500) };
    let s = account.settle(day("2026-03-08"), &[late, sale(4, 300)], &calendar).unwrap();
    assert_eq!((s.items, s.waiting, s.waiting_fen, s.gross_in_fen), (1, 1, 500, 300));
}

#[test]
fn an_account_goes_on_with_what_the_records_have() {
    let reserve = Reserve { rate: Rate { ppb: 50_000_000, cap_fen: None }, days: 2, cap_fen: None };
    let (calendar, terms) = (china(), contract(Product::T1, reserve));
    let mut whole = Account::new(merchant_no(1), terms.clone());
    let mut kept = Kept::default();
    for (at, (on, fen)) in
        (1..).zip([("2026-03-02", 4_000), ("2026-03-03", 900), ("2026-03-04", 0), ("2026-03-05", 70_000)])
    {
        let items: Vec<Item> = if fen > 0 { vec![sale(at, fen)] } else { vec![item(at, Entry::Refund, -3_000)] };
        if at == 1 {
            whole.hold(hold(1, 5_000, on, "2026-03-04"));
            kept.holds.push(StandingHold { hold: hold(1, 5_000, on, "2026-03-04"), taken_fen: 0, released: false });
        }
        let want = whole.settle(day(on), &items, &calendar).unwrap();
        let mut one = Account::going_on(merchant_no(1), terms.clone(), kept.clone());
        assert_eq!(one.settle(day(on), &items, &calendar), Ok(want));
        assert_eq!(one.moves(), whole.moves());
        // As whoever keeps the rows would note it.
        kept.carried_fen = want.carried_out_fen;
        for (no, fen) in &one.moves().holds {
            for standing in kept.holds.iter_mut().filter(|standing| standing.hold.no() == *no) {
                standing.taken_fen = standing.taken_fen.checked_add_signed(*fen).unwrap();
            }
        }
        kept.holds.retain(|standing| standing.hold.days().1 >= day(on));
        kept.reserves.retain(|there| !one.moves().freed.contains(there));
        kept.reserves.extend(one.moves().reserved);
    }
}
