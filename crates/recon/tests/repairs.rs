//! The tables of causes and repairs, and the entries that repairs post: played in the ledgers of a model until everybody agrees.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, member, rrn};
use slipway_recon::four::*;
use slipway_recon::{Calendar, Entry, Key};
use slipway_terms::{Lang, Moment};
use std::collections::{BTreeMap, BTreeSet};

const FEN: i64 = 8_800;

fn line(view: View, entry: Entry, rows: [&[i64]; 4]) -> Vec<Line> {
    let key = Key::new(member("00010000"), rrn(1), entry);
    let lists = rows.map(|fens| {
        let row = |fen: &i64| Ok::<_, RowFault>(Row::new(key, *fen, day("2026-03-02"), 0));
        fens.iter().map(row).collect::<Vec<_>>().into_iter()
    });
    let run = Run { view, received: view.mask(), date: day("2026-03-02"), lists: 1, slice: Slice::WHOLE };
    let mut merge = Merge::begin(run, lists).unwrap();
    std::iter::from_fn(|| merge.next_line().unwrap()).collect()
}

#[test]
fn the_tables_are_total_and_say_each_thing_once() {
    let mut met = BTreeSet::new();
    for view in View::ALL {
        for (flow, class) in
            Flow::ALL.into_iter().flat_map(|flow| (0..Class::COUNT).map(move |at| (flow, Class::at(at))))
        {
            let class = class.unwrap();
            let fits =
                |row: &&Case| row.class == class && row.flows.contains(&flow) && row.view.is_none_or(|of| of == view);
            let possible = !matches!(class, Class::Seen(Seen(bits)) if bits & !view.mask() != 0);
            assert_eq!(cases().filter(fits).count(), usize::from(possible), "{view:?} {flow:?} {class:?}");
            let Some(row) = case(view, flow, class) else { continue };
            met.insert(std::ptr::from_ref(row));
            assert!(!row.text(Lang::Zh).is_ascii() && row.text(Lang::En).is_ascii(), "{row:?}");
            assert!(!row.repairs.is_empty() && row.rule.starts_with("rules "), "{row:?}");
            for (owner, action) in row.repairs {
                assert!(!action.text(Lang::Zh).is_ascii() && action.text(Lang::En).is_ascii(), "{action:?}");
                assert!(!owner.text(Lang::Zh).is_ascii() && owner.text(Lang::En).is_ascii(), "{owner:?}");
            }
            let needs_nobody = row.repairs == [(Owner::Nobody, Action::Nothing)];
            let agrees = matches!(class, Class::Seen(Seen(bits)) if bits == 0 || bits == view.mask());
            assert_eq!(needs_nobody, agrees, "{row:?}");
            assert_eq!(row.pace == Pace::Never, agrees, "{row:?}");
        }
    }
    assert_eq!(met.len(), cases().count(), "no row that nobody reaches");
    // The issuer may let go of suspense only where the file, which has come, has no such item and the till no slip.
    let releases = |row: &&Case| row.repairs.iter().any(|(_, action)| *action == Action::ReleaseSuspense);
    for row in cases().filter(releases) {
        let Class::Seen(seen) = row.class else { panic!("{row:?}") };
        assert!(!seen.has(List::Network) && !seen.has(List::Till), "{row:?}");
        assert!(row.flows.iter().all(|flow| !flow.is_return()), "suspense holds debits: {row:?}");
    }
    // Nobody undoes what was advised (rules 3).
    let undoes = [Action::UndoMerchantCredit, Action::UndoVoid, Action::ReleaseSuspense, Action::CreditAdjustment];
    for row in cases().filter(|row| row.flows.len() < 4 && row.flows.iter().any(|flow| flow.is_advised())) {
        let by_issuer_alone = row.view == Some(View::Issuer);
        assert!(by_issuer_alone || row.repairs.iter().all(|(_, action)| !undoes.contains(action)), "{row:?}");
    }
}

#[test]
fn every_kind_of_entry_has_its_behaviour() {
    for (entry, _) in Entry::ALL {
        let flow = Flow::of(entry, if entry.sign() < 0 { -1 } else { 1 });
        assert_eq!(flow.is_return(), entry.sign() < 0, "{entry:?}");
        let advised = !matches!(entry, Entry::Sale | Entry::Completion | Entry::SaleVoid | Entry::CompletionVoid);
        assert_eq!(flow.is_advised(), advised, "{entry:?}");
    }
    assert!(Flow::of(Entry::Adjust, -1).is_return() && !Flow::of(Entry::Adjust, 1).is_return());
}

/// Ledgers of all houses, debit positive.
#[derive(Default)]
struct Books(BTreeMap<Account, i64>);

impl Books {
    fn post(&mut self, posting: Posting, fen: i64) {
        for (debit, credit) in posting.legs() {
            *self.0.entry(*debit).or_default() += fen;
            *self.0.entry(*credit).or_default() -= fen;
        }
    }

    fn of(&self, account: Account) -> i64 {
        self.0.get(&account).copied().unwrap_or(0)
    }

    /// As they stand when each list says what it says.
    fn of_lists(rows: [&[i64]; 4]) -> Self {
        let mut books = Self::default();
        for (list, posting) in [(1, Posting::Capture), (2, Posting::Clear), (3, Posting::Book)] {
            rows[list].iter().for_each(|fen| books.post(posting, *fen));
        }
        books
    }

    fn agree_on(&self, fen: i64, what: &str) {
        use Account::*;
        assert_eq!((self.of(Cardholder), -self.of(Merchant)), (fen, fen), "rule 1: {what}");
        assert_eq!((self.of(Suspense), self.of(Receivable)), (0, 0), "nothing hangs: {what}");
        assert_eq!((self.of(IssuerPosition), -self.of(IssuerSettlement)), (fen, fen), "{what}");
        assert_eq!((-self.of(AcquirerPosition), self.of(AcquirerSettlement)), (fen, fen), "{what}");
    }
}

/// Plays the repair of a group and says what it ends as.
fn check(entry: Entry, rows: [&[i64]; 4], want: i64) {
    let lines = line(View::Centre, entry, rows);
    let what = format!("{entry:?} {rows:?}");
    let posts = lines.first().map_or_else(Vec::new, |line| line.posts(View::Centre));
    assert!(lines.iter().all(|line| line.posts(View::Centre) == posts), "one repair a key: {what}");
    let mut books = Books::of_lists(rows);
    posts.iter().for_each(|post| books.post(post.posting, post.fen));
    books.agree_on(want, &what);
}

#[test]
fn every_pattern_is_repaired_to_what_the_slip_says() {
    for (entry, _) in Entry::ALL {
        let fen = if entry.sign() < 0 { -FEN } else { FEN };
        let advised = Flow::of(entry, fen).is_advised();
        for bits in 0..16_u8 {
            let rows = List::ALL.map(|list| if Seen(bits).has(list) { &[FEN][..] } else { &[] });
            let negative = List::ALL.map(|list| if Seen(bits).has(list) { &[-FEN][..] } else { &[] });
            let stands = Seen(bits).has(List::Till) || advised && Seen(bits).has(List::Acquirer);
            check(entry, if fen < 0 { negative } else { rows }, if stands { fen } else { 0 });
        }
    }
}

#[test]
fn differences_and_copies_are_repaired_too() {
    use Entry::{Adjust, Refund, Sale};
    check(Sale, [&[8_800], &[8_800], &[8_900], &[8_900]], 8_800);
    check(Sale, [&[8_900], &[8_800], &[8_800], &[8_800]], 8_900);
    check(Sale, [&[8_800], &[8_800, 8_800], &[8_800], &[8_800; 3]], 8_800);
    check(Sale, [&[], &[8_800; 3], &[8_900], &[]], 0);
    check(Refund, [&[-500], &[-500, -500], &[-400], &[]], -500);
    check(Refund, [&[], &[-500], &[-400], &[-500]], -500);
    check(Adjust, [&[-500], &[-500], &[], &[-400]], -500);
    // Two amounts for one slip: a person looks, nothing is posted.
    let lines = line(View::Centre, Sale, [&[8_800, 8_900], &[8_800], &[8_800], &[8_800]]);
    assert!(lines.iter().all(|line| line.posts(View::Centre).is_empty()) && !lines.is_empty());
}

#[test]
fn a_house_alone_posts_what_it_can_see() {
    let sale = [8_800_i64];
    let refund = [-8_800_i64];
    let check = |view, entry, rows: [&[i64]; 4], want: &[(Posting, i64)]| {
        let posts = line(view, entry, rows)[0].posts(view);
        let got: Vec<_> = posts.iter().map(|post| (post.posting, post.fen)).collect();
        assert_eq!(got, want, "{view:?} {entry:?} {rows:?}");
    };
    use Entry::{CompletionAdvice, Refund, Sale, SaleVoid};
    check(View::Issuer, Sale, [&[], &[], &[], &sale], &[(Posting::Unbook, 8_800)]);
    check(View::Issuer, Sale, [&[], &[], &sale, &[]], &[(Posting::Book, 8_800)]);
    check(View::Issuer, CompletionAdvice, [&[], &[], &[], &sale], &[(Posting::Unbook, 8_800)]);
    check(View::Issuer, Refund, [&[], &[], &[], &refund], &[]);
    check(View::Issuer, SaleVoid, [&[], &[], &[], &refund], &[]);
    check(View::Issuer, Refund, [&[], &[], &refund, &[]], &[(Posting::Book, -8_800)]);
    check(View::Acquirer, Sale, [&[], &sale, &[], &[]], &[(Posting::Uncapture, 8_800)]);
    check(View::Acquirer, Sale, [&[], &[], &sale, &[]], &[(Posting::Unclear, 8_800)]);
    check(View::Acquirer, Sale, [&sale, &sale, &[], &[]], &[(Posting::Clear, 8_800)]);
    check(View::Acquirer, Refund, [&[], &refund, &[], &[]], &[(Posting::Clear, -8_800)]);
}

#[test]
fn a_wrong_list_is_its_own_houses_case() {
    let owner = |rows: [&[i64]; 4]| {
        let line = line(View::Centre, Entry::Sale, rows)[0];
        assert_eq!(line.class, Class::Doubled);
        line.owner(case(View::Centre, line.flow(), line.class).unwrap())
    };
    assert_eq!(owner([&[1], &[1, 1], &[1], &[1]]), Owner::Acquirer);
    assert_eq!(owner([&[1, 1], &[1], &[1], &[1]]), Owner::Acquirer);
    assert_eq!(owner([&[1], &[1], &[1, 1], &[1]]), Owner::Network);
    assert_eq!(owner([&[1], &[1], &[1], &[1, 1]]), Owner::Issuer);
}

#[test]
fn deadlines_escalate_in_order() {
    let (calendar, deadlines) = (Calendar::china().unwrap(), Deadlines::standard());
    let friday = Moment(1_770_998_399_000); // 2026-02-13 23:59:59, before the festival
    for hour in 0..24 * 30 {
        let since = friday.plus_ms(hour * 3_600_000);
        for pace in [Pace::Money, Pace::Asked, Pace::NextDay, Pace::Late] {
            let due: Vec<_> = deadlines.steps(pace, &calendar, since).unwrap().into_iter().flatten().collect();
            assert!(since < due[0] && due.windows(2).all(|pair| pair[0] < pair[1]), "{pace:?} {since} {due:?}");
            assert!(due.iter().all(|due| *due <= calendar.promise_end(since, 7).unwrap()), "{pace:?} {due:?}");
        }
    }
    let check = |pace, since: Moment, want: [&str; 3]| {
        let due = deadlines.steps(pace, &calendar, since).unwrap().map(|due| due.unwrap().to_string());
        assert_eq!(due, want, "{pace:?} {since}");
    };
    check(Pace::Money, friday, ["2026-02-14 23:59:59", "2026-02-15 23:59:59", "2026-03-03 00:00:00"]);
    let monday = Moment(1_772_424_000_000); // 2026-03-02 12:00, an ordinary week
    // The merchant's three working days begin when the case opens, and not while nobody has asked yet; until they are over no
    // promise is broken (rules 7).
    check(Pace::Asked, monday, ["2026-03-10 00:00:00", "2026-03-11 00:00:00", "2026-03-12 00:00:00"]);
    let late = friday.plus_ms(320 * 86_400_000);
    assert!(deadlines.steps(Pace::Money, &calendar, late).is_err(), "no promise beyond the calendar");
}

#[test]
fn ten_minutes_around_the_cut_are_near() {
    let cut = Moment(1_772_463_600_000); // 2026-03-02 23:00
    let check = |ms: i64, want: bool| assert_eq!(Row::is_near_cut(cut.plus_ms(ms), cut), want, "{ms}");
    check(0, true);
    check(600_000, true);
    check(-600_000, true);
    check(600_001, false);
    check(-600_001, false);
}

#[test]
fn deadlines_are_parameters_and_looked_at() {
    let standard = Deadlines::standard();
    assert_eq!(standard.check(), Ok(()));
    let check = |change: &dyn Fn(&mut Deadlines)| {
        let mut other = standard.clone();
        change(&mut other);
        assert!(other.check().is_err(), "{other:?}");
    };
    check(&|d| d.source.clear());
    check(&|d| d.money_hours = 0);
    check(&|d| d.money_latest_hours = 24);
    check(&|d| d.case_opens_hours = 0);
    check(&|d| d.next_day_hours = 0);
    check(&|d| d.late_latest_hours = 4);
    check(&|d| d.outside_working_days = 3);
    check(&|d| d.answer_working_days = 7);
    check(&|d| d.late_working_days = 7);
    check(&|d| d.money_latest_hours = 7 * 24);
}
