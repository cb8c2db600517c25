//! Clearing at the acquirer: what the network owed is confirmed exchange by exchange, once, on whichever side the undo comes.

use super::*;
use crate::day::{CUT_BEGINS, CUT_ENDS};
use crate::filed::Filed;
use crate::ledger::Account;
use slipway_node::ClearingPart;

pub(super) fn close(w: &mut World) -> BusinessDate {
    let date = w.at.date();
    w.pass(12 * 3_600_000);
    for (code, about) in [(CUT_BEGINS, crate::day::after(date)), (CUT_ENDS, date)] {
        w.switch_says(Message {
            sent: Some(w.at.sent_at()),
            stan: Stan::new(u32::from(code)).ok(),
            settlement: Some(about.month_day()),
            network_code: Some(code),
            ..Message::new(Mti(820))
        });
    }
    w.pass(12 * 3_600_000);
    date
}

pub(super) fn item(w: &World, of: &Message, minor: i64) -> ClearingItem {
    let o = w.original(of);
    ClearingItem { exchange: o.switch, rrn: o.rrn, till: None, later: false, minor, card: CardType::Credit }
}

pub(super) fn take(w: &mut World, day: BusinessDate, items: &[ClearingItem]) -> Vec<u32> {
    let sum_minor = items.iter().map(|item| item.minor).sum();
    let count = u32::try_from(items.len()).unwrap();
    let file = FileMark { member: w.node.id(), day, count, sum_minor, checksum: 5 };
    for part in ClearingPart::all(file, items) {
        w.give(Input::Hand(Hand::Clearing(part)));
    }
    let filed = |row| match row {
        AcquirerRow::Filed(Filed { day: of, strange, done: Some(_), .. }) if of == day => Some(strange),
        _ => None,
    };
    w.rows().into_iter().find_map(filed).unwrap()
}

/// Receivable, network.
fn stand(w: &World) -> (i64, i64) {
    let of = |account: Account| -> i64 {
        let minor = |row| match row {
            AcquirerRow::Balance(balance) if balance.account == account => balance.minor,
            _ => 0,
        };
        w.rows().into_iter().map(minor).sum()
    };
    (of(Account::NetworkReceivable), of(Account::Network))
}

fn presented(w: &World, of: &Message) -> Option<Presented> {
    let till = of.till_key().unwrap();
    w.rows().into_iter().find_map(|row| match row {
        AcquirerRow::Presented(presented) if presented.till == till => Some(presented),
        _ => None,
    })
}

pub(super) fn sold(w: &mut World, fen: u64) -> Message {
    let (sale, forwarded) = w.forwarded_sale(fen);
    let answer = Message { settlement: Some(w.at.month_day()), ..World::answer_to(&forwarded, "00") };
    w.switch_says(answer);
    sale
}

#[test]
fn what_appears_is_confirmed_once() {
    play(World::signed_on, |w| {
        let sale = sold(w, 8_800);
        assert_eq!(stand(w), (8_800, 0));
        let one = item(w, &sale, 8_800);
        let day = close(w);
        let strangers = [
            ClearingItem { minor: 8_799, ..one },
            ClearingItem { exchange: SwitchKey { stan: Stan::new(77).unwrap(), ..one.exchange }, ..one },
            ClearingItem { later: true, minor: -8_800, ..one },
        ];
        assert_eq!(take(w, day, &[strangers[1], strangers[0], one, one]), [0, 1, 2, 3], "one exchange, one entry");
        assert_eq!(stand(w), (8_800, 0));
        let day = close(w);
        // The reference number came spoilt; the rim has found it where it is.
        let till = sale.till_key();
        let spoilt = ClearingItem { rrn: Rrn::new("000000000009").unwrap(), till, ..one };
        assert_eq!(take(w, day, &[spoilt]), []);
        assert_eq!(take(w, day, &[spoilt]), [], "the same file again");
        assert_eq!(stand(w), (0, 8_800));
        let seen = presented(w, &sale).unwrap();
        assert_eq!((seen.file, seen.card, seen.minor), (day, CardType::Credit, 8_800));
        let day = close(w);
        assert_eq!(take(w, day, &[one]), [0], "once");
        let day = close(w);
        assert_eq!(take(w, day, &[strangers[2]]), []);
        assert_eq!((stand(w), presented(w, &sale).unwrap().minor), ((8_800, 0), 0));
        let day = close(w);
        assert_eq!(take(w, day, &[ClearingItem { later: true, ..one }]), []);
        assert_eq!((stand(w), presented(w, &sale).unwrap().again), ((0, 8_800), Some(day)));
    });
}

#[test]
fn an_undo_here_before_its_file_leaves_nothing_behind() {
    play(World::signed_on, |w| {
        let sale = sold(w, 700);
        let one = item(w, &sale, 700);
        let day = close(w);
        w.hear(World::reversal_of(&sale));
        assert_eq!(stand(w), (0, 0));
        assert_eq!(take(w, day, &[one]), []);
        assert_eq!(stand(w), (-700, 700));
        let day = close(w);
        assert_eq!(take(w, day, &[ClearingItem { later: true, minor: -700, ..one }]), []);
        assert_eq!(stand(w), (0, 0));
    });
}

#[test]
fn a_file_of_somebody_else_or_of_an_open_day_changes_nothing() {
    play(World::signed_on, |w| {
        let sale = sold(w, 700);
        let one = item(w, &sale, 700);
        let day = w.at.date();
        let file = FileMark { member: w.node.id(), day, count: 1, sum_minor: 700, checksum: 5 };
        let other = FileMark { member: InstitutionId::new("99900100").unwrap(), ..file };
        let broken = FileMark { count: 2, sum_minor: 1_400, ..file };
        for (file, closed, why) in [
            (file, false, "clearing.day_not_closed"),
            (other, true, "clearing.wrong_member"),
            (FileMark { sum_minor: 701, ..file }, true, "clearing.wrong_sum"),
        ] {
            if closed && w.at.date() == day {
                close(w);
            }
            let before = w.rows().len();
            let part = ClearingPart { file, from: 0, items: vec![one] };
            w.give(Input::Hand(Hand::Clearing(part)));
            assert!(w.counts.contains_key(why), "{why}");
            assert_eq!((w.rows().len(), stand(w)), (before, (700, 0)), "{why}");
        }
        // Cut short: it stays unfinished, and the whole one after it is another file.
        w.give(Input::Hand(Hand::Clearing(ClearingPart { file: broken, from: 0, items: vec![one] })));
        let unfinished = |row| matches!(row, AcquirerRow::Filed(Filed { done: None, taken: 1, .. }));
        assert!(w.rows().into_iter().any(unfinished));
        w.give(Input::Hand(Hand::Clearing(ClearingPart { file, from: 0, items: vec![one] })));
        assert!(w.counts.contains_key("clearing.another_file_of_the_day"));
        assert_eq!(stand(w), (0, 700));
    });
}

#[test]
fn what_first_appears_as_asked_for_again_is_taken_with_its_card_type() {
    play(World::signed_on, |w| {
        let sale = sold(w, 700);
        let one = item(w, &sale, 700);
        // Reversed on its day, so it is in no file; then its slip is shown, and the issuer is asked again.
        let undone = w.hear(World::reversal_of(&sale)).advices.remove(0);
        w.switch_says(World::answer_to_advice(&undone, "00")).quiet();
        let day = close(w);
        assert_eq!(take(w, day, &[]), []);
        let again = ClearingItem { later: true, ..one };
        let day = close(w);
        assert_eq!(take(w, day, &[again]), [0], "nobody has asked for it again");
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        let asked = w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
        w.switch_says(World::answer_to_advice(&asked, "00")).quiet();
        assert_eq!(stand(w), (700, 0));
        let waits = |w: &World| owed(w.node.id(), &w.rows()).waits.contains(&one.exchange);
        assert!(waits(w), "nobody knows yet what its card costs");
        let day = close(w);
        assert_eq!(take(w, day, &[again]), []);
        assert_eq!((stand(w), waits(w)), ((0, 700), false));
        let seen = presented(w, &sale).unwrap();
        assert_eq!((seen.card, seen.minor, seen.again), (CardType::Credit, 700, Some(day)));
        let moved = owed(w.node.id(), &w.rows()).moved;
        assert!(moved.iter().all(|m| m.card == CardType::Credit), "{moved:?}");
        let day = close(w);
        assert_eq!(take(w, day, &[again]), [0], "once");
        let day = close(w);
        assert_eq!(take(w, day, &[ClearingItem { minor: -700, ..again }]), [0]);
    });
}
