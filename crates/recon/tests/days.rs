//! A day from what the switch's records moved: voids, reversals and refunds netted, fees only on what stands.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, exchange, member};
use slipway_recon::clearing::{Day, DayFault, Detail, read_file};
use slipway_recon::{CardType, Entry, FeeBook, FeeFault, Relief};
use slipway_terms::{Kind, Moment, Moved, Rrn, SwitchKey, Turn};

const ISSUER: &str = "00030000";

fn key(number: u64) -> SwitchKey {
    exchange(member("00010000"), number)
}

/// Exchange, kind, turn, day of March 2026, fen, original.
fn moved(number: u64, kind: Kind, turn: Turn, on: u8, minor: i64, original: Option<u64>) -> Moved {
    Moved {
        exchange: key(number),
        issuer: member(ISSUER),
        kind,
        turn,
        at: Moment(i64::from(on) * 1_000 + i64::try_from(number).unwrap()),
        day: day(&format!("2026-03-{on:02}")),
        minor,
        rrn: Rrn::new(&format!("6060{number:08}")).ok(),
        merchant: None,
        card: CardType::Debit,
        original: original.map(key),
    }
}

fn reckon(on: u8, all: &[Moved]) -> Result<Day, DayFault> {
    Day::reckon(day(&format!("2026-03-{on:02}")), all, &FeeBook::china().unwrap(), &Relief::default())
}

/// Letter, fen, undone, and the sum of the fees.
fn seen(on: u8, all: &[Moved]) -> Vec<(char, i64, bool, i64)> {
    let line = |d: &Detail| (char::from(d.entry.letter()), d.amount_fen, d.undone, d.fees.iter().sum());
    let day = reckon(on, all).unwrap();
    assert_eq!(day.positions.total_fen(), 0, "positions sum to zero with the network's own");
    let file = day.file(member(ISSUER)).unwrap();
    assert_eq!(read_file(file.as_bytes(), member(ISSUER), day.date).unwrap().0, day.details);
    day.details.iter().map(line).collect()
}

const FIRST: Turn = Turn::First;

#[test]
fn each_movement_stands_on_its_own_day() {
    // 10 000.00 on a debit card: 13.00 capped, and twice 3.25 capped.
    let sale = moved(1, Kind::Sale, FIRST, 2, 1_000_000, None);
    let undo = |on| moved(1, Kind::Sale, Turn::Undo, on, -1_000_000, None);
    let again = |on| moved(1, Kind::Sale, Turn::Again, on, 1_000_000, None);
    let check = |on: u8, all: &[Moved], want: &[(char, i64, bool, i64)], why: &str| {
        assert_eq!(seen(on, all), want, "{why}");
    };
    check(2, &[sale], &[('S', 1_000_000, false, 1_950)], "a sale");
    check(3, &[sale], &[], "and only on its day");
    check(2, &[sale, undo(2)], &[], "reversed on its day: neither stands");
    check(2, &[sale, undo(3)], &[('S', 1_000_000, false, 1_950)], "what the day after does changes nothing");
    check(3, &[sale, undo(3)], &[('L', -1_000_000, false, -1_950)], "reversed on a later day: all goes back");
    check(4, &[sale, undo(3), again(4)], &[('D', 1_000_000, false, 1_950)], "taken back by a finding");
    check(3, &[sale, undo(3), again(3)], &[], "back and again between two cuts");
    check(2, &[sale, undo(2), again(2)], &[('S', 1_000_000, false, 1_950)], "as if nothing had been");
}

#[test]
fn a_void_takes_the_fee_and_its_own_undo_brings_it_back() {
    let sale = moved(1, Kind::Sale, FIRST, 2, 1_000_000, None);
    let void = moved(2, Kind::SaleVoid, FIRST, 2, -1_000_000, Some(1));
    let undo = |on| moved(2, Kind::SaleVoid, Turn::Undo, on, 1_000_000, Some(1));
    assert_eq!(seen(2, &[sale, void]), [('S', 1_000_000, true, 0), ('V', -1_000_000, false, 0)]);
    assert_eq!(seen(2, &[sale, void, undo(2)]), [('S', 1_000_000, false, 1_950)], "the void did not take place");
    assert_eq!(seen(2, &[sale, void, undo(3)]), [('S', 1_000_000, true, 0), ('V', -1_000_000, false, 0)]);
    assert_eq!(seen(3, &[sale, void, undo(3)]), [('D', 1_000_000, false, 1_950)], "it stands again, with its fee");
}

#[test]
fn refunds_give_back_in_parts_what_the_whole_would() {
    // 4 000.00 is above no cap: 14.00 and twice 1.30.
    let sale = moved(1, Kind::Sale, FIRST, 2, 400_000, None);
    let tip = moved(2, Kind::Adjust, FIRST, 2, 100_000, Some(1));
    let one = moved(3, Kind::Refund, FIRST, 3, -250_000, Some(1));
    let two = moved(4, Kind::Refund, FIRST, 4, -250_000, Some(1));
    let all = [sale, tip, one, two];
    let fees: Vec<i64> = [2, 3, 4].map(|on| seen(on, &all).iter().map(|line| line.3).sum()).into();
    assert_eq!(fees.iter().sum::<i64>(), 0, "{fees:?}");
    // 5 000.00: capped at 13.00, and twice 1.63.
    assert_eq!(fees[0], 1_300 + 2 * 163);
    let more = [sale, tip, one, two, moved(5, Kind::Refund, FIRST, 5, -1, Some(1))];
    assert!(matches!(reckon(5, &more), Err(DayFault::Entry(..))), "more than is left");
    assert_eq!(reckon(3, &[one]), Err(DayFault::Original(key(3))), "an original that nobody has");
}

#[test]
fn a_tip_behind_a_refund_costs_what_stands() {
    // Amounts at which each part by itself would round another way than the whole.
    for (paid, back, tipped) in [(1_300, 150, 90), (143, 100, 57), (9_999, 4_444, 1_111), (500_000, 250_000, 100_000)] {
        let sale = moved(1, Kind::Sale, FIRST, 2, paid, None);
        let refund = moved(2, Kind::Refund, FIRST, 3, -back, Some(1));
        let tip = moved(3, Kind::Adjust, FIRST, 4, tipped, Some(1));
        let rest = moved(4, Kind::Refund, FIRST, 5, back - paid - tipped, Some(1));
        let fees = |on: u8, all: &[Moved]| seen(on, all).iter().map(|line| line.3).sum::<i64>();
        let all = [sale, refund, tip, rest];
        let whole = fees(2, &[moved(1, Kind::Sale, FIRST, 2, paid - back + tipped, None)]);
        let parts: Vec<i64> = [2, 3, 4].map(|on| fees(on, &all)).into();
        assert_eq!(parts.iter().sum::<i64>(), whole, "{paid} - {back} + {tipped}: {parts:?}");
        assert_eq!(whole + fees(5, &all), 0, "all of it refunded: no fee is left");
    }
}

#[test]
fn what_cannot_be_reckoned_stops_the_day() {
    let sale = moved(1, Kind::Sale, FIRST, 2, 100, None);
    assert_eq!(reckon(2, &[sale, sale]), Err(DayFault::Twice(key(1))));
    assert_eq!(reckon(2, &[moved(1, Kind::PreAuth, FIRST, 2, 100, None)]), Err(DayFault::Kind(key(1))));
    let early = "version 2020-01-01 2020-12-31";
    let text = slipway_recon::FEES_CN;
    let last = text.split("version 2018-09-06 -").nth(1).unwrap();
    let book = FeeBook::read(&format!("{early}{last}")).unwrap();
    let fault = Day::reckon(day("2026-03-02"), &[sale], &book, &Relief::default());
    assert_eq!(fault, Err(DayFault::Fees(key(1), FeeFault::Uncovered { date: day("2026-03-02") })));
}

#[test]
fn relief_and_card_type_are_those_of_the_original() {
    let relief = Relief::read("999290082110001 nonprofit 2026-03-01 2026-03-02").unwrap();
    let school = slipway_terms::MerchantId::new("999290082110001").ok();
    let sale = Moved { merchant: school, ..moved(1, Kind::Sale, FIRST, 2, 400_000, None) };
    let back = Moved { card: CardType::Credit, ..moved(2, Kind::Refund, FIRST, 3, -400_000, Some(1)) };
    let on = |on: u8| {
        let date = day(&format!("2026-03-{on:02}"));
        Day::reckon(date, &[sale, back], &FeeBook::china().unwrap(), &relief).unwrap().details
    };
    assert_eq!(on(2)[0].fees, [0; 3]);
    assert_eq!((on(3)[0].fees, on(3)[0].card, on(3)[0].entry), ([0; 3], CardType::Debit, Entry::Refund));
}
