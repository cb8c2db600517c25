//! A day of merchants: what is confirmed goes out once, what waits comes later, what was undone is not paid, and nobody else is.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, exchange, member, merchant_no, registration};
use slipway_recon::merchant::{
    Aside, Contract, Discount, ItemKey, Kept, Known, Merchant, Part, Plan, PlanFault, PlanGround, Product, Reserve,
    SettleFault,
};
use slipway_recon::{Calendar, Rate};
use slipway_terms::{BusinessDate, CardType, Kind, MerchantId, Moment, Moved, Rrn, SwitchKey, Turn};
use std::collections::BTreeMap;

fn key(number: u64) -> SwitchKey {
    exchange(member("00010000"), number)
}

fn moved(number: u64, kind: Kind, turn: Turn, on: u8, minor: i64, original: Option<u64>) -> Moved {
    Moved {
        exchange: key(number),
        issuer: member("00010000"),
        kind,
        turn,
        at: Moment(i64::from(on) * 1_000 + i64::try_from(number).unwrap()),
        day: day(&format!("2026-03-{on:02}")),
        minor,
        rrn: Rrn::new(&format!("6060{number:08}")).ok(),
        merchant: Some(merchant_no(1)),
        card: CardType::Debit,
        original: original.map(key),
    }
}

type Settled = BTreeMap<(SwitchKey, Turn), BusinessDate>;

/// The shops of the tests.
fn merchants() -> Vec<Merchant> {
    let discount = Discount {
        debit: Rate { ppb: 5_000_000, cap_fen: Some(2_000) },
        credit: Rate { ppb: 6_000_000, cap_fen: None },
        refund_gives_back: true,
    };
    let contract = || Contract::new(Product::T1, Reserve::default(), day("2026-01-01"), discount).unwrap();
    (1..=2).map(|no| Merchant { registration: registration(no), contract: contract() }).collect()
}

fn whole(on: &str, all: &[Moved], settled: &Settled, carried: i64, waits: &[u64]) -> Plan {
    let kept = BTreeMap::from([(merchant_no(1), Kept { carried_fen: carried, ..Kept::default() })]);
    let (calendar, merchants, tills) = (Calendar::china().unwrap(), merchants(), BTreeMap::new());
    let ground = PlanGround { moved: all, tills: &tills, merchants: &merchants, kept: &kept, calendar: &calendar };
    ground.plan(day(on), settled, |exchange| {
        if waits.iter().any(|number| key(*number) == exchange) { Known::Waits } else { Known::Payable }
    })
}

fn plan(on: u8, all: &[Moved], settled: &Settled, carried: i64, waits: &[u64]) -> Vec<Part> {
    let plan = whole(&format!("2026-03-{on:02}"), all, settled, carried, waits);
    assert_eq!(plan.aside, []);
    plan.parts
}

/// Items, fees, payable, carried on; and settles it.
fn pay(on: u8, all: &[Moved], book: &mut (Settled, i64), waits: &[u64]) -> (usize, i64, u64, i64) {
    let (settled, carried) = book;
    let parts = plan(on, all, settled, *carried, waits);
    let [part] = &parts[..] else { return (0, 0, 0, 0) };
    settled.extend(part.lines.iter().map(|line| (line.key(), part.settlement.day)));
    assert_eq!(plan(on, all, settled, *carried, waits)[0].settlement, part.settlement, "again it is the same");
    *carried = part.settlement.carried_out_fen;
    let payout = part.payout.as_ref().map_or(0, slipway_recon::merchant::Payout::fen);
    assert_eq!(payout, part.settlement.payable_fen);
    (part.lines.len(), part.settlement.discount_fen, payout, part.settlement.carried_out_fen)
}

#[test]
fn each_item_goes_out_once() {
    let (sale, other) =
        (moved(1, Kind::Sale, Turn::First, 2, 10_000, None), moved(2, Kind::Sale, Turn::First, 2, 600, None));
    let refund = moved(3, Kind::Refund, Turn::First, 3, -4_000, Some(1));
    let all = [sale, other, refund];
    let mut settled = (Settled::new(), 0);
    assert_eq!(pay(2, &all, &mut settled, &[2]), (1, 50, 9_950, 0), "the other one is not confirmed yet");
    // 4 000 back with its discount of 20; 600 comes with 3: the merchant owes the rest.
    assert_eq!(pay(3, &all, &mut settled, &[]), (2, -17, 0, -3_383));
    assert_eq!(pay(4, &all, &mut settled, &[]), (0, 0, 0, -3_383), "carried on, and nothing twice");
    let more = [sale, other, refund, moved(4, Kind::Sale, Turn::First, 5, 10_000, None)];
    assert_eq!(pay(5, &more, &mut settled, &[]), (1, 50, 6_567, 0));
}

#[test]
fn what_was_undone_is_not_paid_whenever_it_was() {
    let sale = moved(1, Kind::Sale, Turn::First, 2, 10_000, None);
    let undo = |on| moved(1, Kind::Sale, Turn::Undo, on, -10_000, None);
    let mut settled = (Settled::new(), 0);
    assert_eq!(pay(2, &[sale, undo(2)], &mut settled, &[]), (0, 0, 0, 0), "on its day");
    let mut settled = (Settled::new(), 0);
    assert_eq!(pay(2, &[sale, undo(3)], &mut settled, &[1]), (0, 0, 0, 0), "nobody has confirmed it");
    assert_eq!(pay(3, &[sale, undo(3)], &mut settled, &[1]), (2, 0, 0, 0), "and then it was undone: both, for nothing");
    let mut settled = (Settled::new(), 0);
    assert_eq!(pay(2, &[sale, undo(4)], &mut settled, &[]), (1, 50, 9_950, 0));
    assert_eq!(pay(4, &[sale, undo(4)], &mut settled, &[]), (1, -50, 0, -9_950), "paid before: he owes it back");
}

/// Whose, which item, what it comes to.
type Named = (MerchantId, Option<ItemKey>, i64);

/// Who is set aside, of which item, and what it comes to; and what the others are paid.
fn aside(plan: &Plan) -> (Vec<Named>, Vec<(MerchantId, u64)>) {
    let paid = plan.parts.iter().map(|part| (part.settlement.merchant, part.settlement.payable_fen));
    (plan.aside.iter().map(|one| (one.merchant, one.item, one.fen)).collect(), paid.collect())
}

#[test]
fn the_fault_of_one_keeps_nobody_else_from_being_paid() {
    let sale = |number, merchant, minor| Moved {
        merchant: Some(merchant_no(merchant)),
        ..moved(number, Kind::Sale, Turn::First, 2, minor, None)
    };
    let (ours, theirs, stranger) = (sale(1, 1, 10_000), sale(2, 2, 20_000), sale(3, 9, 100));
    let both = vec![(merchant_no(1), 9_950), (merchant_no(2), 19_900)];
    let nothing = Settled::new();
    let at = |all: &[Moved]| aside(&whole("2026-03-02", all, &nothing, 0, &[]));
    assert_eq!(at(&[ours, theirs]), (vec![], both.clone()));
    // Not registered: named with his sum, and not paid.
    assert_eq!(at(&[ours, theirs, stranger]), (vec![(merchant_no(9), None, 100)], both.clone()));
    // An item that brings money and cannot be is set aside alone; one that takes money sets its merchant aside whole.
    let whose = |number, kind, minor| moved(number, kind, Turn::First, 2, minor, None);
    let tip = whose(4, Kind::Adjust, 300);
    assert_eq!(at(&[ours, theirs, tip]), (vec![(merchant_no(1), Some((key(4), Turn::First)), 300)], both.clone()));
    let refund = whose(5, Kind::Refund, -300);
    assert_eq!(at(&[ours, theirs, refund]), (vec![(merchant_no(1), None, 9_700)], vec![both[1]]));
    // More than any amount can be.
    let huge = whose(6, Kind::Sale, 10_i64.pow(12));
    assert_eq!(
        at(&[ours, theirs, huge]),
        (vec![(merchant_no(1), Some((key(6), Turn::First)), 10_i64.pow(12))], both.clone())
    );
    // One movement twice.
    assert_eq!(at(&[ours, theirs, stranger, ours]).1, vec![(merchant_no(1), 0), both[1]]);
    // Once its ground is gone it comes by itself, with the next day.
    let settled: Settled =
        [(ours, 2), (theirs, 2)].map(|(m, on)| ((m.exchange, m.turn), day(&format!("2026-03-{on:02}")))).into();
    let known = Moved { merchant: Some(merchant_no(2)), ..stranger };
    assert_eq!(
        aside(&whole("2026-03-03", &[ours, theirs, known], &settled, 0, &[])),
        (vec![], vec![(merchant_no(1), 0), (merchant_no(2), 99)])
    );
}

#[test]
fn items_are_told_apart_by_exchange_and_turn_and_never_by_their_number() {
    // Paid by cases: no exchange stands behind them, so they have no reference number.
    let nameless = |number| Moved { rrn: None, ..moved(number, Kind::Sale, Turn::First, 2, 1_000, None) };
    let parts = plan(2, &[nameless(1), nameless(2)], &Settled::new(), 0, &[]);
    assert_eq!((parts[0].lines.len(), parts[0].settlement.payable_fen), (2, 1_990));
    assert_ne!(parts[0].items[0].key, parts[0].items[1].key, "people can tell them apart too");
    // Two tills may have one number.
    let same = |number| Moved { rrn: Rrn::new("606000000001").ok(), ..nameless(number) };
    assert_eq!(plan(2, &[same(1), same(2)], &Settled::new(), 0, &[])[0].lines.len(), 2);
}

#[test]
fn a_slip_that_says_less_or_more_is_the_turn_that_was_posted() {
    let sale = moved(1, Kind::Sale, Turn::First, 2, 10_000, None);
    let refund = moved(2, Kind::Refund, Turn::First, 2, -1_000, Some(1));
    let by_slip = |of: Moved, minor| Moved { turn: Turn::Again, minor, kind: of.kind, ..of };
    let check = |all: &[Moved], last: (Turn, i64), payable: u64| {
        let parts = plan(2, all, &Settled::new(), 0, &[]);
        let line = parts[0].lines.iter().find(|line| line.turn == last.0 && line.item.amount_fen == last.1);
        assert!(line.is_some(), "{:?}", parts[0].lines);
        assert_eq!(parts[0].settlement.payable_fen, payable);
    };
    // 10 000 less 50; 1 000 back with 5; the slip of the refund says 500.
    check(&[sale, refund, by_slip(refund, 500)], (Turn::Again, 500), 9_950 - 995 + 497);
    // More than twice as much: no rest of its own stands in the way.
    check(&[sale, refund, by_slip(refund, -1_500)], (Turn::Again, -1_500), 9_950 - 995 - 1_492);
    check(&[sale, by_slip(sale, -9_000)], (Turn::Again, -9_000), 995);
    check(&[sale, by_slip(sale, 90_000)], (Turn::Again, 90_000), 9_950 + 89_550);
    // Undone and taken back on a later day: each movement under its own name.
    let undo =
        |of: Moved, on: u8| Moved { turn: Turn::Undo, minor: -of.minor, day: day(&format!("2026-03-{on:02}")), ..of };
    let all = [sale, refund, undo(refund, 3)];
    let mut book = (Settled::new(), 0);
    pay(2, &all, &mut book, &[]);
    let turns: Vec<Turn> = plan(3, &all, &book.0, 0, &[])[0].lines.iter().map(|line| line.turn).collect();
    assert_eq!(turns, [Turn::Undo]);
}

#[test]
fn no_day_is_guessed() {
    let late = Moved { day: day("2026-12-31"), ..moved(1, Kind::Sale, Turn::First, 2, 100, None) };
    let plan = whole("2026-12-31", &[late], &Settled::new(), 0, &[]);
    assert!(
        matches!(&plan.aside[..], [Aside { why: PlanFault::Settle(SettleFault::Calendar), .. }]),
        "the calendar ends"
    );
}
