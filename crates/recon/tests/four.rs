//! The merge against a model that sorts nothing and looks everything up; carrying over; going on after a stop; the table.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{Dice, day, member, rrn};
use proptest::prelude::*;
use slipway_recon::four::*;
use slipway_recon::{Entry, Key};
use std::collections::BTreeMap;
use std::convert::Infallible;

type Lists = [Vec<Row>; 4];

fn key(number: u64) -> Key {
    Key::new(member("00010000"), rrn(number), Entry::Sale)
}

fn row(number: u64, amount_fen: i64) -> Row {
    Row::new(key(number), amount_fen, day("2026-03-02"), 0)
}

fn run(view: View) -> Run {
    Run { view, received: view.mask(), date: day("2026-03-02"), lists: 1, slice: Slice::WHOLE }
}

fn feed(lists: &Lists) -> [impl Iterator<Item = Result<Row, Infallible>> + use<>; 4] {
    lists.clone().map(|list| list.into_iter().map(Ok))
}

fn lines(run: Run, lists: &Lists) -> Vec<Line> {
    let mut merge = Merge::begin(run, feed(lists)).unwrap();
    let mut lines = Vec::new();
    while let Some(line) = merge.next_line().unwrap() {
        lines.push(line);
    }
    assert_eq!(merge.tally().lines(), lines.len() as u64);
    lines
}

fn found(run: Run, lists: &Lists) -> Vec<(Key, Class)> {
    lines(run, lists).iter().map(|line| (line.key, line.class)).collect()
}

/// Lists in which each of these has row number 1.
fn among(rows: [&[Row]; 4]) -> Lists {
    rows.map(<[Row]>::to_vec)
}

#[test]
fn all_sixteen_patterns_in_every_view() {
    for view in View::ALL {
        for pattern in 0..16_u8 {
            let there = |list: List| if pattern & view.mask() & list.bit() != 0 { vec![row(1, 8_800)] } else { vec![] };
            let want = pattern & view.mask();
            let got = found(run(view), &List::ALL.map(there));
            // Seen nowhere there is no key to write a line about.
            let want = if want == 0 { vec![] } else { vec![(key(1), Class::Seen(Seen(want)))] };
            assert_eq!(got, want, "{view:?} {pattern:04b}");
        }
    }
}

#[test]
fn differences() {
    let sale = row(1, 8_800);
    let dearer = row(1, 8_900);
    let later = Row { day: sale.day + 1, ..sale };
    let near = Row { flags: Row::NEAR_CUT, ..sale };
    let check = |rows: [&[Row]; 4], want: &[Class]| {
        let got: Vec<Class> = found(run(View::Centre), &among(rows)).into_iter().map(|(_, class)| class).collect();
        assert_eq!(got, want, "{rows:?}");
    };
    use Class::{Amount, Carried, Date, Doubled};
    let seen = |bits| Class::Seen(Seen(bits));
    check([&[sale], &[sale], &[sale], &[sale]], &[seen(15)]);
    check([&[dearer], &[sale], &[sale], &[sale]], &[Amount]);
    check([&[sale], &[sale], &[later], &[later]], &[Date]);
    check([&[near], &[sale], &[later], &[later]], &[seen(15)]);
    check([&[near], &[sale], &[Row { day: sale.day + 2, ..sale }], &[later]], &[Date]);
    check([&[sale], &[sale, sale], &[sale], &[sale]], &[Doubled]);
    check([&[sale], &[sale], &[sale, dearer], &[sale]], &[Amount, Doubled]);
    check([&[], &[sale], &[dearer], &[]], &[seen(6), Amount]);
    check([&[], &[sale; 3], &[], &[later]], &[seen(5), Date, Doubled]);
    check([&[near], &[sale], &[], &[]], &[Carried]);
    check([&[near], &[sale, sale], &[], &[]], &[Doubled, Carried]);
    check([&[], &[], &[], &[Row { flags: Row::CARRIED, ..sale }]], &[seen(1)]);
}

#[test]
fn a_list_that_has_not_come_is_no_evidence() {
    let sale = [row(1, 8_800)];
    let without = Run { received: 0b1101, ..run(View::Centre) };
    assert_eq!(found(without, &among([&sale, &sale, &[], &sale])), [(key(1), Class::Unjudged)]);
    assert_eq!(found(without, &among([&[], &[], &[], &sale])), [(key(1), Class::Unjudged)]);
    let near = [Row { flags: Row::NEAR_CUT, ..sale[0] }];
    assert_eq!(found(without, &among([&[], &[], &[], &near])), [(key(1), Class::Unjudged)]);
    let began = Merge::begin(without, feed(&among([&[], &[], &sale, &[]])));
    assert_eq!(began.err(), Some(MergeFault::Unexpected { list: List::Network }));
    let began = Merge::begin(run(View::Issuer), feed(&among([&sale, &[], &[], &[]])));
    assert_eq!(began.err(), Some(MergeFault::Unexpected { list: List::Till }));
}

#[test]
fn what_is_carried_over_the_cut_is_judged_the_next_day() {
    let near = Row { flags: Row::NEAR_CUT, ..row(1, 8_800) };
    let first = lines(run(View::Centre), &among([&[near], &[near], &[], &[]]));
    let mut next: Lists = Default::default();
    for (list, row) in first.iter().flat_map(Line::carried) {
        next[list as usize].push(row);
    }
    let tomorrow = Row { day: near.day + 1, ..row(1, 8_800) };
    let alone = found(run(View::Centre), &next);
    assert_eq!(alone, [(key(1), Class::Seen(Seen(0b1100)))], "carried once, then judged");
    next[List::Network as usize].push(tomorrow);
    next[List::Issuer as usize].push(tomorrow);
    assert_eq!(found(run(View::Centre), &next), [(key(1), Class::Seen(Seen(0b1111)))]);
    let matched = lines(run(View::Centre), &among([&[near], &[near], &[near], &[near]]));
    assert!(matched[0].carried().next().is_none());
}

#[test]
fn a_list_out_of_order_or_broken_stops_the_run() {
    let mut merge = Merge::begin(run(View::Centre), feed(&among([&[row(2, 1), row(1, 1)], &[], &[], &[]]))).unwrap();
    assert_eq!(merge.next_line(), Err(MergeFault::Unsorted { list: List::Till, key: key(1) }));
    let broken = |fails: bool| vec![Ok(row(1, 1)), if fails { Err("broke off") } else { Ok(row(2, 1)) }].into_iter();
    let lists = [broken(false), broken(false), broken(true), broken(false)];
    let mut merge = Merge::begin(run(View::Centre), lists).unwrap();
    assert_eq!(merge.next_line(), Err(MergeFault::List { list: List::Network, fault: "broke off" }));
}

#[test]
fn rows_and_marks_are_read_as_written() {
    let row = Row { flags: Row::NEAR_CUT, place: 77, ..row(5, -8_800) };
    let bytes = row.to_bytes();
    assert_eq!(Row::read(&bytes), Ok(row));
    assert_eq!(Row::read(&bytes[..47]), Err(RowFault::Cut));
    let with = |at: usize, byte: u8| {
        let mut other = bytes;
        other[at] = byte;
        Row::read(&other)
    };
    assert_eq!(with(23, b'?'), Err(RowFault::Entry));
    assert_eq!(with(36, 1), Err(RowFault::Flags));
    let mut merge = Merge::begin(run(View::Acquirer), feed(&among([&[row], &[], &[], &[]]))).unwrap();
    merge.next_line().unwrap();
    let written = merge.mark().unwrap().to_bytes();
    assert_eq!(Mark::read(&written), merge.mark());
    for at in 0..Mark::LEN {
        let mut other = written;
        other[at] ^= 1;
        assert_eq!(Mark::read(&other), None, "byte {at}");
    }
    assert_eq!(Mark::read(&written[1..]), None);
}

/// Random lists: few keys, so that everything meets.
fn random(seed: u64) -> Lists {
    let mut dice = Dice(seed);
    List::ALL.map(|_| {
        let mut rows: Vec<Row> = (0..dice.roll(40))
            .map(|place| Row {
                amount_fen: [8_800, 8_800, 8_800, 8_900][dice.roll(4) as usize],
                day: row(0, 0).day + i32::from(dice.roll(10) == 0),
                flags: [0, 0, 0, Row::NEAR_CUT, Row::CARRIED][dice.roll(5) as usize],
                place,
                ..row(dice.roll(60), 0)
            })
            .collect();
        rows.sort();
        rows
    })
}

/// What the lines must be, said the slow way.
fn model(run: Run, lists: &Lists) -> Vec<(Key, Class)> {
    let mut groups: BTreeMap<Key, Vec<(List, Row)>> = BTreeMap::new();
    for list in List::ALL {
        for row in &lists[list as usize] {
            groups.entry(row.key).or_default().push((list, *row));
        }
    }
    let mut want = Vec::new();
    for (key, rows) in groups {
        let of = |list: List| rows.iter().filter(|(of, _)| *of == list).map(|(_, row)| *row).collect::<Vec<_>>();
        let seen = List::ALL.iter().filter(|list| !of(**list).is_empty()).map(|list| list.bit()).sum::<u8>();
        let missing = run.view.mask() & !seen;
        let first: Vec<Row> = List::ALL.iter().filter_map(|list| of(*list).first().copied()).collect();
        let flag = |flag: u32| rows.iter().any(|(_, row)| row.flags & flag != 0);
        let mixed = List::ALL.iter().any(|list| of(*list).iter().any(|row| row.amount_fen != of(*list)[0].amount_fen));
        let amount = mixed || first.iter().any(|row| row.amount_fen != first[0].amount_fen);
        let apart = first.iter().map(|r| r.day).max().unwrap() - first.iter().map(|r| r.day).min().unwrap();
        let date = apart > i32::from(flag(Row::NEAR_CUT | Row::CARRIED));
        let doubled = List::ALL.iter().any(|list| of(*list).len() > 1);
        let mut say = |class: Class, says: bool| want.extend(says.then_some((key, class)));
        if missing & !run.received == 0 && missing != 0 && flag(Row::NEAR_CUT) && !flag(Row::CARRIED) {
            say(Class::Amount, mixed);
            say(Class::Doubled, doubled);
            say(Class::Carried, true);
            continue;
        }
        let waits = missing & !run.received != 0;
        say(Class::Seen(Seen(seen)), !waits && (missing != 0 || !(amount || date || doubled)));
        say(Class::Amount, amount);
        say(Class::Date, date);
        say(Class::Doubled, doubled);
        say(Class::Unjudged, waits);
    }
    want
}

/// The rows of a slice.
fn part(lists: &Lists, slice: Slice) -> Lists {
    lists.clone().map(|list| list.into_iter().filter(|row| slice.has(row.key)).collect())
}

#[test]
fn slices_meet_at_their_edges() {
    let slices = Slice::cut(&[key(3), key(6)]);
    assert_eq!(slices.len(), 3);
    for number in 0..10 {
        let of: Vec<usize> = (0..3).filter(|at| slices[*at].has(key(number))).collect();
        assert_eq!(of, [(number >= 3) as usize + (number >= 6) as usize], "{number}");
    }
    assert_eq!(Slice::cut(&[]), [Slice::WHOLE]);
    let lists = among([&[row(2, 1), row(3, 1)], &[], &[], &[]]);
    let began = Merge::begin(Run { slice: slices[1], ..run(View::Centre) }, feed(&lists));
    assert_eq!(began.err(), Some(MergeFault::Outside { list: List::Till, key: key(2) }));
    let mut merge = Merge::begin(Run { slice: slices[0], ..run(View::Centre) }, feed(&lists)).unwrap();
    assert_eq!(merge.next_line().map(|line| line.map(|line| line.key)), Ok(Some(key(2))));
    assert_eq!(merge.next_line(), Err(MergeFault::Outside { list: List::Till, key: key(3) }));
    let tally = Tally::default();
    let check = |parts: &[Slice], want: Result<Tally, JoinFault>| {
        assert_eq!(Slice::join(&parts.iter().map(|slice| (*slice, tally)).collect::<Vec<_>>()), want, "{parts:?}");
    };
    check(&[slices[2], slices[0], slices[1]], Ok(tally));
    check(&[], Err(JoinFault::Open));
    check(&slices[..2], Err(JoinFault::Open));
    check(&slices[1..], Err(JoinFault::Open));
    check(&[slices[0], slices[2]], Err(JoinFault::Edge { at: 1 }));
    check(&[slices[0], slices[1], slices[1], slices[2]], Err(JoinFault::Edge { at: 2 }));
    check(&[Slice::WHOLE, Slice::WHOLE], Err(JoinFault::Edge { at: 1 }));
}

proptest! {
    #[test]
    fn slices_judged_apart_are_the_whole(seed in any::<u64>(), cuts in proptest::collection::btree_set(0..60_u64, 0..5)) {
        let (whole, lists) = (run(View::Centre), random(seed));
        let cuts: Vec<Key> = cuts.into_iter().map(key).collect();
        let (mut got, mut parts) = (Vec::new(), Vec::new());
        for slice in Slice::cut(&cuts) {
            let mut merge = Merge::begin(Run { slice, ..whole }, feed(&part(&lists, slice))).unwrap();
            while let Some(line) = merge.next_line().unwrap() {
                got.push(line);
            }
            parts.push((slice, *merge.tally()));
        }
        prop_assert_eq!(&got, &lines(whole, &lists));
        parts.reverse();
        prop_assert_eq!(Slice::join(&parts).map(|tally| tally.lines()), Ok(got.len() as u64));
    }

    /// Killed at any line, any number of times, writing its mark now and then: what is kept under key and class is the same.
    #[test]
    fn a_run_killed_again_and_again_ends_the_same(seed in any::<u64>(), every in 1..9_usize, lives in proptest::collection::vec(0..25_usize, 1..8)) {
        let (run, lists) = (run(View::Centre), random(seed));
        let whole = lines(run, &lists);
        let (mut kept, mut written) = (BTreeMap::new(), None);
        for life in lives.into_iter().chain([usize::MAX]) {
            let mut merge = match written.as_ref().and_then(|bytes: &[u8; Mark::LEN]| Mark::read(bytes)) {
                Some(mark) => Merge::resume(run, mark, feed(&lists)).unwrap(),
                None => Merge::begin(run, feed(&lists)).unwrap(),
            };
            for at in 0..life {
                let Some(line) = merge.next_line().unwrap() else { break };
                let known = kept.insert((line.key, line.class), line);
                prop_assert!(known.is_none_or(|known| known == line), "the same case is the same line");
                if at % every == 0 {
                    written = merge.mark().map(|mark| mark.to_bytes()).or(written);
                }
            }
            if life == usize::MAX {
                prop_assert_eq!(merge.tally().lines(), whole.len() as u64, "and no line is counted twice");
            }
        }
        let want: BTreeMap<_, _> = whole.into_iter().map(|line| ((line.key, line.class), line)).collect();
        prop_assert_eq!(kept, want);
    }

    #[test]
    fn the_merge_agrees_with_the_model(seed in any::<u64>(), view in 0..3_usize, received in 0..16_u8) {
        let view = View::ALL[view];
        let run = Run { received, ..run(view) };
        let mut lists = random(seed);
        for list in List::ALL {
            if view.mask() & received & list.bit() == 0 {
                lists[list as usize].clear();
            }
        }
        prop_assert_eq!(found(run, &lists), model(run, &lists));
        prop_assert_eq!(lines(run, &lists), lines(run, &lists), "the same lists give the same lines");
    }

    #[test]
    fn a_stopped_run_goes_on_where_it_stood(seed in any::<u64>(), stop in 1..60_usize) {
        let (run, lists) = (run(View::Centre), random(seed));
        let whole = lines(run, &lists);
        let mut merge = Merge::begin(run, feed(&lists)).unwrap();
        let mut got = Vec::new();
        for _ in 0..stop {
            got.extend(merge.next_line().unwrap());
        }
        while merge.mark().is_none() {
            got.extend(merge.next_line().unwrap());
        }
        let mark = Mark::read(&merge.mark().unwrap().to_bytes()).unwrap();
        prop_assert_eq!(Merge::resume(Run { lists: 2, ..run }, mark, feed(&lists)).err(), Some(MergeFault::WrongMark));
        let mut merge = Merge::resume(run, mark, feed(&lists)).unwrap();
        while let Some(line) = merge.next_line().unwrap() {
            got.push(line);
        }
        prop_assert_eq!(merge.tally().lines(), whole.len() as u64);
        prop_assert_eq!(got, whole);
    }
}
