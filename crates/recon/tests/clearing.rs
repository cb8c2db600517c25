//! A clearing file comes back as it was written, and any damage to it is named.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, details, member, rrn};
use proptest::prelude::*;
use slipway_recon::clearing::{Detail, DetailFault, LINE, Original, Positions, Reader, WhyRefused, Writer, read_file};
use slipway_recon::{CardType, Entry, FeeBook, FeeClass, RefundFault};
use slipway_terms::{Amount, BusinessDate};
use std::sync::LazyLock;

static BOOK: LazyLock<FeeBook> = LazyLock::new(|| FeeBook::china().unwrap());

fn date() -> BusinessDate {
    day("2026-03-02")
}

fn of_member(count: u64) -> Vec<Detail> {
    let own = member("00020000");
    details(&BOOK, date(), count, 7).into_iter().filter(|d| d.acquirer == own || d.issuer == own).collect()
}

fn file(details: &[Detail]) -> Vec<u8> {
    Writer::whole(member("00020000"), date(), details.iter().copied()).unwrap().into_bytes()
}

fn read(bytes: &[u8]) -> Result<usize, WhyRefused> {
    read_file(bytes, member("00020000"), date()).map(|(details, _)| details.len())
}

#[test]
fn what_is_written_is_read() {
    let details = of_member(500);
    let bytes = file(&details);
    assert_eq!(bytes.len(), (details.len() + 2) * LINE);
    let (found, sums) = read_file(&bytes, member("00020000"), date()).unwrap();
    assert_eq!(found, details);
    assert_eq!(sums.amount_fen, details.iter().map(|d| i128::from(d.amount_fen)).sum::<i128>());
    assert_eq!(read(&file(&[])), Ok(0), "a day without entries has a file too");
}

#[test]
fn damage_is_named_with_its_place() {
    let whole = file(&of_member(40));
    let lines: Vec<&[u8]> = whole.chunks(LINE).collect();
    let last = lines.len();
    let check = |bytes: &[u8], want: WhyRefused| assert_eq!(read(bytes), Err(want));
    let built = |order: &[usize]| order.iter().flat_map(|at| lines[*at].to_vec()).collect::<Vec<u8>>();
    let all: Vec<usize> = (0..last).collect();
    let changed = |at: usize, with: u8| {
        let mut bytes = whole.clone();
        bytes[at] = with;
        bytes
    };

    check(&[], WhyRefused::Truncated { after_line: 0 });
    check(&whole[..LINE], WhyRefused::Truncated { after_line: 1 });
    check(&whole[..LINE * (last - 1)], WhyRefused::Truncated { after_line: last - 1 });
    check(&whole[..LINE * 4 + 17], WhyRefused::Truncated { after_line: 4 });
    check(&whole[..whole.len() - 1], WhyRefused::Truncated { after_line: last - 1 });
    let mut doubled = all.clone();
    doubled.insert(5, 4);
    check(&built(&doubled), WhyRefused::Doubled { line: 6 });
    let mut swapped = all.clone();
    swapped.swap(4, 5);
    check(&built(&swapped), WhyRefused::Order { line: 5 });
    let mut without = all.clone();
    without.remove(7);
    check(&built(&without), WhyRefused::Order { line: 8 });
    check(&built(&[0, last - 1]), WhyRefused::Count { said: (last - 2) as u64, found: 0 });
    check(&[&whole[..], lines[1]].concat(), WhyRefused::Behind { line: last + 1 });
    check(&[&whole[..], b"x"].concat(), WhyRefused::Behind { line: last + 1 });
    check(&built(&all[1..]), WhyRefused::NotAHeader);
    check(&changed(3, b'X'), WhyRefused::NotAHeader);
    check(&changed(LINE * 3 + 30, 0xFF), WhyRefused::Shape { line: 4 });
    check(&changed(LINE * 3 + LINE - 1, b' '), WhyRefused::Shape { line: 4 });
    check(&changed(LINE * 3 + 1, b'+'), WhyRefused::Column { line: 4, column: "number" });
    check(&changed(LINE * 3, b'X'), WhyRefused::Column { line: 4, column: "kind of line" });
    check(&changed(LINE * 3, b'H'), WhyRefused::Column { line: 4, column: "kind of line" });
    check(&changed(LINE * 3 + 177, b'1'), WhyRefused::Column { line: 4, column: "end of line" });
    check(&changed(LINE * (last - 1) + 110, b'G'), WhyRefused::Column { line: last, column: "checksum" });
    let other = read_file(&whole, member("00010000"), date());
    assert_eq!(other, Err(WhyRefused::WrongMember { said: member("00020000") }));
    let other = read_file(&whole, member("00020000"), day("2026-03-03"));
    assert_eq!(other, Err(WhyRefused::WrongDay { said: date() }));
}

#[test]
fn sums_and_checksum_are_looked_at() {
    let details = of_member(40);
    let whole = file(&details);
    let with = |change: &dyn Fn(&mut Detail)| {
        let mut other = details.clone();
        change(&mut other[3]);
        let mut bytes = whole.clone();
        bytes[LINE * 4..LINE * 5].copy_from_slice(&file(&other)[LINE * 4..LINE * 5]);
        read(&bytes)
    };
    assert_eq!(with(&|d| d.fees[1] += 1), Err(WhyRefused::Sum));
    assert_eq!(with(&|d| d.rrn = details[3].rrn), Ok(details.len()));
    let other = if details[3].card == CardType::Debit { CardType::Credit } else { CardType::Debit };
    assert_eq!(with(&|d| d.card = other), Err(WhyRefused::Checksum), "nothing of it is in a sum");
}

#[test]
fn entries_that_cannot_be_are_refused_on_both_sides() {
    let good = of_member(60);
    let sale = *good.iter().find(|d| d.entry == Entry::Sale).unwrap();
    let of = Original { rrn: rrn(1), date: date(), amount: Amount::fen(1_000), refunded_fen: 400 };
    let refund = Detail { entry: Entry::Refund, amount_fen: -600, original: Some(of), undone: false, ..sale };
    let check = |detail: Detail, want: Result<(), DetailFault>| {
        let (mut writer, _) = Writer::begin(member("00020000"), date());
        let want = want.map_err(|why| WhyRefused::Entry { line: 2, why });
        assert_eq!(writer.detail(&detail).map(|_| ()), want, "{detail:?}");
    };
    check(sale, Ok(()));
    check(refund, Ok(()));
    check(Detail { amount_fen: 0, ..sale }, Err(DetailFault::Amount));
    check(Detail { amount_fen: -1, ..sale }, Err(DetailFault::Amount));
    check(Detail { amount_fen: i64::MAX, ..sale }, Err(DetailFault::Amount));
    check(Detail { amount_fen: i64::MIN, ..refund }, Err(DetailFault::Amount));
    check(Detail { original: Some(of), ..sale }, Err(DetailFault::Original));
    check(Detail { original: None, ..refund }, Err(DetailFault::Original));
    check(Detail { undone: true, ..refund }, Err(DetailFault::Undone));
    let left = |left_fen| Err(DetailFault::Refund(RefundFault::TooMuch { left_fen }));
    check(Detail { amount_fen: -601, ..refund }, left(600));
    check(Detail { original: Some(Original { refunded_fen: 1_001, ..of }), ..refund }, left(0));
    let (mut writer, _) = Writer::begin(member("00090000"), date());
    assert_eq!(writer.detail(&sale), Err(WhyRefused::Foreign { line: 2 }));
}

#[test]
fn fees_of_each_kind_of_entry() {
    let terms = BOOK.terms(date(), CardType::Debit, FeeClass::Standard).unwrap();
    let of = Original { rrn: rrn(1), date: date(), amount: Amount::fen(100_000), refunded_fen: 0 };
    let check = |entry: Entry, undone: bool, amount_fen: i64, want: [i64; 3]| {
        let original = entry.names_original().then_some(of);
        let mut detail = Detail { entry, undone, amount_fen, original, fees: [9; 3], ..of_member(1_000)[0] };
        detail.price(&terms).unwrap();
        assert_eq!(detail.fees, want, "{entry:?} {amount_fen}");
    };
    check(Entry::Sale, false, 100_000, [350, 33, 33]);
    check(Entry::Sale, true, 100_000, [0, 0, 0]); // voided on its day
    check(Entry::SaleVoid, false, -100_000, [0, 0, 0]);
    check(Entry::CompletionVoid, false, -100_000, [0, 0, 0]);
    check(Entry::Refund, false, -100_000, [-350, -33, -33]);
    check(Entry::Refund, false, -50_000, [-175, -17, -17]); // 33 − 16
    check(Entry::LateReversal, false, -100_000, [-350, -33, -33]);
    check(Entry::CreditAdjustment, false, -100_000, [-350, -33, -33]);
    check(Entry::DebitAdjustment, false, 100_000, [350, 33, 33]);
    check(Entry::Adjust, false, 10_000, [35, 3, 3]);
    check(Entry::Adjust, false, -10_000, [-35, -4, -4]);
}

#[test]
fn positions_sum_to_zero() {
    let mut positions = Positions::default();
    for detail in details(&BOOK, date(), 5_000, 11) {
        positions.add(&detail);
    }
    assert_eq!(positions.total_fen(), 0);
    assert_eq!(positions.members().count(), 4);
    assert!(positions.members().all(|(_, p)| p.acquired + p.issued > 0) && positions.network_fen() != 0);
}

proptest! {
    /// Whatever comes, the reader says yes or no; yes only to what was written.
    #[test]
    fn any_change_of_one_byte_is_found(at in 0..LINE * 12, with in any::<u8>()) {
        let whole = file(&of_member(40)[..10]);
        let mut bytes = whole.clone();
        bytes[at] = with;
        prop_assert_eq!(read(&bytes).is_ok(), bytes == whole);
    }

    #[test]
    fn rubbish_is_refused(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 0..10)) {
        let mut reader = Reader::new(member("00020000"), date());
        for line in &lines {
            prop_assert!(reader.line(line).is_err());
        }
        prop_assert!(reader.end().is_err());
    }
}
