//! A difference over the days: one case from the day it is seen to the day on which all houses say the same.
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_recon::four::{
    Class, Closed, Deadlines, Dossier, Ending, List, Merge, Owner, Part, Posting, Row, Run, Seen, Slice, View,
    steps_missed,
};
use slipway_recon::{Calendar, Entry, Key};
use slipway_terms::{BusinessDate, InstitutionId, Moment, Rrn};
use std::convert::Infallible;

/// What the lists say of an entry: amounts, by list.
type Said<'a> = (Entry, [&'a [i64]; 4]);

const NOW: Moment = Moment(1_772_424_000_000); // 2026-03-02 12:00, an ordinary week

fn day(day: u8) -> BusinessDate {
    BusinessDate { year: 2026, month: 3, day }
}

fn key(entry: Entry) -> Key {
    Key::new(InstitutionId::new("00010000").unwrap(), Rrn::new("606100000001").unwrap(), entry)
}

/// The parts that a day's lists give: entry and amounts by list.
fn parts(view: View, date: BusinessDate, said: &[Said<'_>]) -> Vec<Part> {
    let mut said = said.to_vec();
    said.sort_by_key(|(entry, _)| key(*entry));
    let list = |list: List| {
        let rows = said.iter().flat_map(move |(entry, rows)| {
            rows[list as usize].iter().map(move |fen| Ok::<_, Infallible>(Row::new(key(*entry), *fen, date, 0)))
        });
        rows.filter(move |_| view.mask() & list.bit() != 0).collect::<Vec<_>>().into_iter()
    };
    let run = Run { view, received: view.mask(), date, lists: 0, slice: Slice::WHOLE };
    let mut merge = Merge::begin(run, List::ALL.map(list)).unwrap();
    let mut parts: Vec<Part> = Vec::new();
    while let Some(line) = merge.next_line().unwrap() {
        match parts.last_mut().filter(|part| part.key == line.key) {
            Some(part) => part.classes |= 1 << line.class.index(),
            None => parts.push(Part::of(date, &line)),
        }
    }
    parts
}

/// Plays days and says how it stands behind the last.
fn played(view: View, days: &[(u8, &[Said<'_>])]) -> Option<Dossier> {
    days.iter().fold(None, |before, (date, said)| {
        let now = NOW.plus_ms(i64::from(*date) * 86_400_000);
        Dossier::judge(before, view, day(*date), parts(view, day(*date), said), now)
    })
}

const N: &[i64] = &[];
const P: &[i64] = &[8_800];
const M: &[i64] = &[-8_800];

#[test]
fn a_match_opens_nothing_and_a_late_reversal_ends_what_it_takes_back() {
    use Entry::{Chargeback, CreditAdjustment, DebitAdjustment, LateReversal, Representment, Sale, SaleVoid};
    let check = |view, days: &[(u8, &[Said<'_>])], want: Option<Option<(u8, Ending)>>| {
        let got = played(view, days).map(|dossier| dossier.closed.map(|closed| (closed.on, closed.how)));
        assert_eq!(got, want.map(|closed| closed.map(|(on, how)| (day(on), how))), "{view:?} {days:?}");
    };
    let agreed = |on| Some(Some((on, Ending::Agreed)));
    check(View::Centre, &[(2, &[(Sale, [P, P, P, P])])], None);
    check(View::Centre, &[(2, &[(Sale, [N, P, P, P])])], Some(None));
    check(View::Centre, &[(2, &[(Sale, [N, P, P, P])]), (3, &[(LateReversal, [N, M, M, M])])], agreed(3));
    check(View::Centre, &[(2, &[(Sale, [N, N, P, P])]), (3, &[(LateReversal, [N, N, M, M])])], agreed(3));
    check(View::Centre, &[(2, &[(Sale, [N, N, P, P])]), (3, &[(LateReversal, [N, N, M, N])])], Some(None));
    check(View::Issuer, &[(2, &[(Sale, [N, N, N, P])]), (3, &[(LateReversal, [N, N, N, M])])], agreed(3));
    check(View::Acquirer, &[(2, &[(Sale, [P, N, N, N])]), (4, &[(DebitAdjustment, [N, P, P, N])])], agreed(4));
    check(View::Acquirer, &[(2, &[(SaleVoid, [N, M, M, N])]), (4, &[(DebitAdjustment, [N, P, P, N])])], agreed(4));
    check(View::Centre, &[(2, &[(Sale, [&[80], P, P, P])])], Some(None));
    let less: &[i64] = &[-8_720];
    check(
        View::Centre,
        &[(2, &[(Sale, [&[80], P, P, P])]), (3, &[(CreditAdjustment, [N, less, less, less])])],
        agreed(3),
    );
    // Charged back on another day at each house: the till's slip stands, and the dispute is between the houses.
    let disputed = [
        (2, &[(Sale, [P, P, P, P])][..]),
        (3, &[(Chargeback, [N, M, N, N])]),
        (4, &[(Chargeback, [N, N, M, M])]),
        (5, &[(Representment, [N, N, N, P])]),
    ];
    check(View::Centre, &disputed[..2], Some(None));
    check(View::Centre, &disputed[..3], agreed(4));
    check(View::Centre, &disputed, Some(None));
    check(View::Centre, &[(2, &[(Sale, [N, P, P, P])]), (3, &[(Chargeback, [N, M, M, M])])], Some(None));
    // A copy in every list is no agreement, and its return is.
    let two: &[i64] = &[8_800, 8_800];
    check(View::Centre, &[(2, &[(Sale, [two, two, two, two])])], Some(None));
    check(View::Issuer, &[(2, &[(Sale, [N, N, two, two])]), (3, &[(CreditAdjustment, [N, N, M, M])])], agreed(3));
    // Another list of the same day that has it: the first was wrong.
    check(
        View::Centre,
        &[(2, &[(Sale, [N, P, P, P])]), (2, &[(Sale, [P, P, P, P])])],
        Some(Some((2, Ending::Corrected))),
    );
    check(View::Issuer, &[(2, &[(Sale, [N, N, N, P])]), (2, &[])], Some(Some((2, Ending::Corrected))));
    // What a later difference opens again is the same case.
    let again = [
        (2, &[(Sale, [N, N, P, P])][..]),
        (3, &[(LateReversal, [N, N, M, M])]),
        (4, &[(DebitAdjustment, [N, P, N, N])]),
    ];
    check(View::Centre, &again, Some(None));
    assert_eq!(played(View::Centre, &again).unwrap().since, NOW.plus_ms(2 * 86_400_000));
}

#[test]
fn the_same_lists_again_change_nothing() {
    let said: &[Said<'_>] = &[(Entry::Sale, [N, N, P, P])];
    let once = played(View::Centre, &[(2, said)]);
    let part = parts(View::Centre, day(2), said);
    assert_eq!(Dossier::judge(once.clone(), View::Centre, day(2), part, NOW.plus_ms(i64::MAX / 2)), once);
    let ended = played(View::Centre, &[(2, said), (3, &[(Entry::LateReversal, [N, N, M, M])])]).unwrap();
    assert_eq!(ended.closed, Some(Closed { on: day(3), at: NOW.plus_ms(3 * 86_400_000), how: Ending::Agreed }));
    let later = Dossier::judge(Some(ended.clone()), View::Centre, day(4), Vec::new(), NOW.plus_ms(i64::MAX / 2));
    assert_eq!(later, Some(ended));
}

#[test]
fn what_the_acquirer_begins_needs_no_slip() {
    for entry in [Entry::LateReversal, Entry::CreditAdjustment, Entry::DebitAdjustment] {
        let fen = if entry == Entry::DebitAdjustment { P } else { M };
        for view in [View::Centre, View::Acquirer] {
            assert_eq!(played(view, &[(2, &[(entry, [N, fen, fen, fen])])]), None, "{view:?} {entry:?}");
            assert!(played(view, &[(2, &[(entry, [N, N, fen, fen])])]).is_some(), "{view:?} {entry:?}");
        }
    }
}

#[test]
fn what_was_posted_already_is_not_posted_again() {
    let check = |view, days: &[(u8, &[Said<'_>])], want: &[(Posting, i64)]| {
        let got: Vec<_> = played(view, days).unwrap().posts(view).iter().map(|p| (p.posting, p.fen)).collect();
        assert_eq!(got, want, "{view:?} {days:?}");
    };
    let sale: &[Said<'_>] = &[(Entry::Sale, [N, N, P, P])];
    check(View::Centre, &[(2, sale)], &[(Posting::Unclear, 8_800), (Posting::Unbook, 8_800)]);
    let half: &[Said<'_>] = &[(Entry::LateReversal, [N, N, N, M])];
    check(View::Centre, &[(2, sale), (3, half)], &[(Posting::Unclear, 8_800)]);
    check(View::Centre, &[(2, sale), (3, half), (4, &[(Entry::LateReversal, [N, N, M, N])])], &[]);
    check(View::Acquirer, &[(2, &[(Entry::Sale, [P, N, P, N])])], &[(Posting::Capture, 8_800)]);
    check(View::Issuer, &[(2, &[(Entry::Sale, [N, N, N, &[8_800, 8_800]])])], &[(Posting::Unbook, 17_600)]);
}

#[test]
fn an_owner_a_rule_and_three_steps() {
    let (calendar, deadlines) = (Calendar::china().unwrap(), Deadlines::standard());
    let dossier = played(View::Acquirer, &[(0, &[(Entry::Sale, [N, P, N, N])])]).unwrap();
    let (class, row) = dossier.row(View::Acquirer).unwrap();
    assert_eq!((class, dossier.owner(View::Acquirer)), (Class::Seen(Seen(0b0100)), Owner::Acquirer));
    assert!(row.rule.starts_with("rules 9"));
    let steps = dossier.steps(View::Acquirer, &deadlines, &calendar).unwrap();
    for (hours, missed) in [(0, 0), (24, 0), (25, 1), (48, 1), (49, 2), (24 * 14, 3)] {
        assert_eq!(steps_missed(&steps, NOW.plus_ms(hours * 3_600_000)), missed, "{hours} h");
    }
}
