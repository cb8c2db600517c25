//! A day of merchants: what is confirmed goes out once, what waits comes later, what was undone is not paid, and nobody else is.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, exchange, member, merchant_no, registration};
use slipway_recon::merchant::{
    Contract, Discount, Kept, Known, Merchant, Part, PlanFault, PlanGround, Product, Reserve,
};
use slipway_recon::{Calendar, FeeBook, Rate};
use slipway_terms::{BusinessDate, CardType, Kind, Moment, Moved, Rrn, SwitchKey, Turn};
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

fn plan(on: u8, all: &[Moved], settled: &Settled, carried: i64, waits: &[u64]) -> Result<Vec<Part>, PlanFault> {
    let discount = Discount {
        debit: Rate { ppb: 5_000_000, cap_fen: Some(2_000) },
        credit: Rate { ppb: 6_000_000, cap_fen: None },
        refund_gives_back: true,
    };
    let contract = Contract::new(Product::T1, Reserve::default(), day("2026-01-01"), discount).unwrap();
    let merchants = [Merchant { registration: registration(1), contract }];
    let (calendar, book) = (Calendar::china().unwrap(), FeeBook::china().unwrap());
    let kept = BTreeMap::from([(merchant_no(1), Kept { carried_fen: carried, ..Kept::default() })]);
    let ground = PlanGround {
        moved: all,
        tills: &BTreeMap::new(),
        merchants: &merchants,
        kept: &kept,
        calendar: &calendar,
        book: &book,
    };
    ground.plan(day(&format!("2026-03-{on:02}")), settled, |detail| {
        if waits.iter().any(|number| key(*number) == detail.exchange) { Known::Waits } else { Known::Payable }
    })
}

/// Items, fees, payable, carried on; and settles it.
fn pay(on: u8, all: &[Moved], book: &mut (Settled, i64), waits: &[u64]) -> (usize, i64, u64, i64) {
    let (settled, carried) = book;
    let parts = plan(on, all, settled, *carried, waits).unwrap();
    let [part] = &parts[..] else { return (0, 0, 0, 0) };
    settled.extend(part.lines.iter().map(|line| (line.key(), part.settlement.day)));
    assert_eq!(plan(on, all, settled, *carried, waits).unwrap()[0].settlement, part.settlement, "again it is the same");
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

#[test]
fn nobody_is_paid_who_is_not_registered_and_no_day_is_guessed() {
    let stranger = Moved { merchant: Some(merchant_no(9)), ..moved(1, Kind::Sale, Turn::First, 2, 100, None) };
    assert_eq!(plan(2, &[stranger], &Settled::new(), 0, &[]), Err(PlanFault::Merchant(merchant_no(9))));
    let late = Moved { day: day("2026-12-31"), ..moved(1, Kind::Sale, Turn::First, 2, 100, None) };
    let contract = |all: &[Moved]| {
        let calendar = Calendar::china().unwrap();
        let book = FeeBook::china().unwrap();
        let discount = Discount { debit: Rate::default(), credit: Rate::default(), refund_gives_back: true };
        let contract = Contract::new(Product::T1, Reserve::default(), day("2026-01-01"), discount).unwrap();
        let merchants = [Merchant { registration: registration(1), contract }];
        let kept = BTreeMap::new();
        let ground = PlanGround {
            moved: all,
            tills: &BTreeMap::new(),
            merchants: &merchants,
            kept: &kept,
            calendar: &calendar,
            book: &book,
        };
        ground.plan(day("2026-12-31"), &Settled::new(), |_| Known::Payable)
    };
    assert!(matches!(contract(&[late]), Err(PlanFault::Settle(..))), "the calendar ends");
}
