//! The ends of cases: a line per ground and finding, each twice; a slip that comes late, once; nobody answers.

use super::kinds::register;
use super::*;
use crate::cases::{Effect, TABLE, may_come_later};
use crate::ledger::Account;

/// An exchange of 100 fen with an open case of this ground.
pub(super) fn opened(w: &mut World, ground: Ground) -> Message {
    let (sale, _) = w.approved_sale(100);
    match ground {
        Ground::Unconfirmed => drop(w.pass(48 * 3_600_000)),
        Ground::ReversalOfConfirmed => {
            w.hear(World::confirmation_of(&sale)).said();
            assert_eq!(w.hear(World::reversal_of(&sale)).code(), "22");
        }
        Ground::ReversalDiffers => {
            let other = Message { amount: Some(Amount::fen(90)), ..World::reversal_of(&sale) };
            assert_eq!(w.hear(other).code(), "64");
        }
        Ground::AdviceRefused => {
            let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
            w.switch_says(World::answer_to_advice(&advice, "22")).quiet();
        }
        Ground::SlipWithoutSale => {
            let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
            w.switch_says(World::answer_to_advice(&advice, "00")).quiet();
            assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        }
        Ground::ConfirmationDiffers => {
            let other = Message { amount: Some(Amount::fen(90)), ..World::confirmation_of(&sale) };
            assert_eq!(w.hear(other).code(), "64");
        }
        Ground::AmountDiffers => {
            let mut line = World::confirmation_of(&sale);
            (line.mti, line.amount) = (Mti(320), Some(Amount::fen(90)));
            line.till60 = Some(Till60 { type_code: 22, ..Till60::management(BatchNo(7), 201) });
            assert_eq!(w.hear(line).code(), "00");
        }
        Ground::Borne => {
            w.hear(World::reversal_of(&sale)).said();
            register(w, |t| t.active = false, |_| {});
            let sale = w.about(Kind::OfflineSale, 100, None);
            w.hear(sale.clone()).said();
            return sale;
        }
        Ground::UndoRefused | Ground::HandoverTwice | Ground::AdviceOnUsedNumber | Ground::PaidTwice => {
            panic!("not about an exchange of the acquirer")
        }
    }
    sale
}

pub(super) fn case(w: &World, m: &Message, ground: Ground) -> Case {
    let till = m.till_key().unwrap();
    let found = w.rows().into_iter().find_map(|row| match row {
        AcquirerRow::Case(case) if case.till == till && case.ground == ground => Some(case),
        _ => None,
    });
    found.expect("a case")
}

fn account(w: &World, account: Account) -> i64 {
    let of = |row| match row {
        AcquirerRow::Balance(balance) if balance.account == account => Some(balance.minor),
        _ => None,
    };
    w.rows().into_iter().find_map(of).unwrap_or(0)
}

/// Owed to the merchant, borne by us, owed by the network, advices that left.
pub(super) type Money = (i64, i64, i64, usize);

/// What each finding leaves.
const ENDS: [(Ground, Finding, Money); TABLE.len() - 11] = [
    (Ground::ReversalOfConfirmed, Finding::SlipShown, (100, 0, 100, 0)),
    (Ground::ReversalOfConfirmed, Finding::NoSlip, (0, 0, 0, 1)),
    (Ground::ReversalOfConfirmed, Finding::AsBooked, (100, 0, 100, 0)),
    (Ground::ReversalDiffers, Finding::SlipShown, (100, 0, 100, 0)),
    (Ground::ReversalDiffers, Finding::NoSlip, (0, 0, 0, 1)),
    (Ground::ReversalDiffers, Finding::AsBooked, (100, 0, 100, 0)),
    (Ground::AdviceRefused, Finding::SlipShown, (100, 0, 100, 0)),
    (Ground::AdviceRefused, Finding::AsBooked, (0, 0, 0, 0)),
    (Ground::Unconfirmed, Finding::SlipShown, (100, 0, 100, 0)),
    (Ground::Unconfirmed, Finding::NoSlip, (0, 0, 0, 1)),
    // The issuer is asked first: see `correcting`.
    (Ground::SlipWithoutSale, Finding::SlipShown, (0, 0, 0, 1)),
    (Ground::SlipWithoutSale, Finding::AsBooked, (0, 0, 0, 0)),
    (Ground::ConfirmationDiffers, Finding::SlipShown, (100, 0, 100, 0)),
    (Ground::ConfirmationDiffers, Finding::NoSlip, (0, 0, 0, 1)),
    (Ground::ConfirmationDiffers, Finding::AsBooked, (100, 0, 100, 0)),
    (Ground::AmountDiffers, Finding::AsBooked, (100, 0, 100, 0)),
    (Ground::Borne, Finding::SlipShown, (100, 100, 0, 0)),
    (Ground::Borne, Finding::AsBooked, (100, 100, 0, 0)),
];

pub(super) fn money(w: &World, advices: usize) -> Money {
    (w.payable(), account(w, Account::Loss), account(w, Account::NetworkReceivable), advices)
}

#[test]
fn every_finding_of_the_table_ends_its_case_once() {
    let elsewhere = [Ground::HandoverTwice, Ground::UndoRefused, Ground::AdviceOnUsedNumber, Ground::PaidTwice];
    // What ends by another house's word, and what only a held credit bears: told in tests of their own.
    let own = [(Ground::Borne, Finding::NoSlip), (Ground::AmountDiffers, Finding::SlipShown)];
    let waits = |line: &(Ground, Finding, Effect)| line.2 == Effect::GiveThere || own.contains(&(line.0, line.1));
    for (ground, finding, _) in TABLE.into_iter().filter(|line| !elsewhere.contains(&line.0) && !waits(line)) {
        assert_eq!(ENDS.iter().filter(|end| (end.0, end.1) == (ground, finding)).count(), 1, "{ground:?} {finding:?}");
    }
    for (ground, finding, want) in ENDS {
        play(World::signed_on, |w| {
            let m = opened(w, ground);
            assert_eq!(w.open_cases(), [ground], "{ground:?}");
            // What the ground does not allow changes nothing.
            for other in Finding::ALL.into_iter().filter(|other| crate::cases::effect(ground, *other).is_none()) {
                let before = w.store.clone();
                w.find(&m, ground, other).quiet();
                assert!(before == w.store, "{ground:?} {other:?}");
            }
            let left = w.find(&m, ground, finding);
            assert_eq!(money(w, left.advices.len()), want, "{ground:?} {finding:?}");
            assert_eq!(w.open_cases(), [], "{ground:?} {finding:?}");
            let ended = case(w, &m, ground);
            assert_eq!((ended.found.unwrap().finding, ended.found.unwrap().by.as_str()), (finding, "li"));
            // Again, or otherwise: the case has its end; but one slip may come after "no slip".
            let late = Finding::ALL.into_iter().filter(|other| !may_come_later(ground, finding, *other));
            for other in late {
                let before = w.store.clone();
                w.find(&m, ground, other).quiet();
                assert!(before == w.store, "{ground:?} {finding:?} then {other:?}");
            }
        });
    }
}

#[test]
fn a_slip_after_no_slip_fills_the_redo_slot_once() {
    for ground in [Ground::Unconfirmed, Ground::ReversalOfConfirmed, Ground::ReversalDiffers] {
        play(World::signed_on, |w| {
            let sale = opened(w, ground);
            let undone = w.find(&sale, ground, Finding::NoSlip);
            w.switch_says(World::answer_to_advice(&undone.advices[0], "00")).quiet();
            let asked = w.find(&sale, ground, Finding::SlipShown);
            w.switch_says(World::answer_to_advice(&asked.advices[0], "51")).quiet();
            assert_eq!(money(w, 0), (100, 100, 0, 0), "refused: the merchant is credited, we bear it: {ground:?}");
            let before = w.store.clone();
            w.find(&sale, ground, Finding::SlipShown).quiet();
            w.find(&sale, ground, Finding::NoSlip).quiet();
            assert!(before == w.store, "one redo");
            // The till comes back: its slip is known, and nothing moves.
            assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
            assert_eq!((money(w, 0), w.open_cases()), ((100, 100, 0, 0), vec![]));
            assert!(testimony(w, &sale).slip);
        });
    }
}

fn testimony(w: &mut World, m: &Message) -> Testimony {
    let question = slipway_node::Question::Till(m.till_key().unwrap());
    w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk.remove(0)
}

/// Long before the case is opened the desk can say when it would be, and by when it would be decided.
#[test]
fn an_unconfirmed_sale_testifies_when_the_merchant_is_asked_and_when_it_is_decided() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let before = testimony(w, &sale);
        let (asks, due) = (before.asks.unwrap(), before.due.unwrap());
        assert_eq!(asks.0 - w.at.0, 48 * 3_600_000);
        w.pass(48 * 3_600_000);
        assert_eq!(testimony(w, &sale).cases[0].due, Some(due), "the case keeps the date that was told");
        assert!(due > asks);
        w.hear(World::confirmation_of(&sale)).said();
        let after = testimony(w, &sale);
        assert_eq!((after.asks, after.due), (None, None), "it is decided");
    });
}

#[test]
fn nobody_answers_for_three_working_days_and_the_money_goes_back() {
    play(World::signed_on, |w| {
        // Monday 16:04, so the case opens on Wednesday and ends with Monday.
        let sale = opened(w, Ground::Unconfirmed);
        let told = testimony(w, &sale).cases[0];
        let due = told.due.unwrap();
        assert_eq!((due.date().day, due.clock().hhmmss()), (1, 0));
        assert!(w.pass(due.0 - w.at.0 - 1).is_empty());
        assert_eq!((w.payable(), w.open_cases()), (100, vec![Ground::Unconfirmed]));
        let left = w.pass(1);
        assert_eq!((left[0].advices.len(), w.payable(), w.open_cases()), (1, 0, vec![]));
        assert_eq!(case(w, &sale, Ground::Unconfirmed).found.unwrap().by.as_str(), "timer");
        w.switch_says(World::answer_to_advice(&left[0].advices[0], "00")).quiet();
        assert_eq!(w.find(&sale, Ground::Unconfirmed, Finding::SlipShown).advices.len(), 1, "asked for again");
        assert_eq!(money(w, 0), (0, 0, 0, 0), "the answer decides who bears it");
    });
}

#[test]
fn the_desk_lists_what_is_open_and_only_that() {
    play(World::signed_on, |w| {
        let first = opened(w, Ground::ReversalOfConfirmed);
        let second = opened(w, Ground::AdviceRefused);
        let list = |w: &mut World| {
            let question = slipway_node::Question::Cases { rows_max: 10 };
            let desk = w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk;
            desk.iter().map(|seen| seen.till.unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(list(w), [first.till_key().unwrap(), second.till_key().unwrap()]);
        w.find(&first, Ground::ReversalOfConfirmed, Finding::AsBooked).quiet();
        assert_eq!(list(w), [second.till_key().unwrap()]);
    });
}

#[test]
fn what_something_else_has_is_not_taken_back() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let part = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        w.done(part, "00");
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "22");
        let before = w.store.clone();
        w.find(&sale, Ground::ReversalOfConfirmed, Finding::NoSlip).quiet();
        assert!(before == w.store, "a part of it was refunded");
        w.find(&sale, Ground::ReversalOfConfirmed, Finding::AsBooked).quiet();
        assert_eq!((w.payable(), w.open_cases()), (600, vec![]));
    });
}

#[test]
fn a_slip_for_what_is_not_here_is_paid_from_our_loss_once() {
    play(World::signed_on, |w| {
        let sale = w.sale(100);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "25");
        assert_eq!(testimony(w, &sale).cases.len(), 1);
        w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        assert_eq!((money(w, 0), w.open_cases()), ((100, 100, 0, 0), vec![]));
        let before = w.store.clone();
        w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        assert!(before == w.store);
    });
}

#[test]
fn a_refused_reversal_is_told_its_case() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        w.hear(World::confirmation_of(&sale));
        let mut number = Vec::new();
        for _ in 0..2 {
            let left = w.hear(World::reversal_of(&sale));
            assert_eq!(left.code(), "22");
            number.push(left.said().private62.clone().unwrap());
        }
        let key = CaseKey::Till(sale.till_key().unwrap(), Ground::ReversalOfConfirmed);
        assert_eq!((&*number[0], &*number[1]), (key.number().as_bytes(), key.number().as_bytes()));
        let (sale, _) = w.approved_sale(100);
        assert_eq!(w.hear(World::reversal_of(&sale)).said().private62, None);
    });
}

#[test]
fn a_slip_that_was_shown_for_another_amount_is_not_undone_later() {
    play(World::signed_on, |w| {
        let sale = opened(w, Ground::AmountDiffers);
        let refund = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        w.switch_says(World::answer_to(&refund.message(Pan::new(CARD).ok()), "00")).quiet();
        w.pass(48 * 3_600_000);
        w.pass(10 * 86_400_000);
        assert_eq!(money(w, 0), (90, 0, 90, 0));
        assert_eq!(w.open_cases(), []);
    });
}

#[test]
fn no_undo_of_what_was_given_back_in_part() {
    play(World::signed_on, |w| {
        let sale = opened(w, Ground::AmountDiffers);
        let other = Message { amount: Some(Amount::fen(90)), ..World::confirmation_of(&sale) };
        assert_eq!(w.hear(other).code(), "64");
        let refund = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        w.switch_says(World::answer_to(&refund.message(Pan::new(CARD).ok()), "00")).quiet();
        w.find(&sale, Ground::ConfirmationDiffers, Finding::NoSlip);
        assert_eq!(w.payable(), 90);
    });
}

#[test]
fn an_advice_on_a_used_number_is_credited_by_its_slip_once_and_only_if_it_was_paid() {
    for (kind, fen, want) in [(Kind::OfflineSale, 500, 1_500), (Kind::Refund, 400, 1_000)] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(1_000);
            w.hear(World::confirmation_of(&sale)).said();
            let about = (kind == Kind::Refund).then_some((&sale, &sold));
            let advice = Message { stan: sale.stan, ..w.about(kind, fen, about) };
            assert_eq!(w.hear(advice).code(), "94");
            let opened = case(w, &sale, Ground::AdviceOnUsedNumber);
            let signed = if kind == Kind::Refund { -400 } else { 500 };
            assert_eq!((opened.minor, opened.sign), (Some(signed), Some(if signed < 0 { -1 } else { 1 })));
            for _ in 0..2 {
                w.find(&sale, Ground::AdviceOnUsedNumber, Finding::SlipShown).quiet();
                assert_eq!((w.payable(), account(w, Account::Loss)), (want, want - 1_000), "{kind:?}");
            }
            w.find(&sale, Ground::AdviceOnUsedNumber, Finding::AsBooked).quiet();
            assert_eq!((w.open_cases(), w.payable()), (vec![], want));
        });
    }
}

/// A list does not say which way the money of a line goes: nothing is credited on its word alone.
#[test]
fn a_line_of_a_list_credits_nothing_before_its_till_says_what_it_is() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1_000);
        let void = w.about(Kind::SaleVoid, 1_000, Some((&sale, &sold)));
        let other = w.sale(300);
        let line = |m: &Message, fen: u64| alloc::format!("00{:06}{:020}{fen:012}", m.stan.unwrap().number(), 0);
        let list = alloc::format!("02{}{}", line(&void, 1_000), line(&other, 300));
        let upload = Message {
            till60: Some(Till60::management(BatchNo(7), 201)),
            private48: Some(list.as_str().into()),
            ..w.base(320)
        };
        assert_eq!(w.hear(upload).code(), "00");
        for m in [&void, &other] {
            w.find(m, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        }
        assert_eq!((w.payable(), w.open_cases().len()), (1_000, 2), "nobody knows what they are");
        for m in [&void, &other] {
            assert_eq!(w.hear(World::confirmation_of(m)).code(), "25");
            w.find(m, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        }
        assert_eq!((w.payable(), w.open_cases()), (1_300, vec![Ground::SlipWithoutSale]), "the void gives back");
    });
}

#[test]
fn the_day_of_an_undo_is_the_one_that_the_switch_gave() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
        let day = MonthDay::from_mmdd(1124).ok();
        w.switch_says(Message { settlement: day, ..World::answer_to_advice(&advice, "00") }).quiet();
        assert_eq!(w.original(&sale).undo.unwrap().day, day);
    });
}

/// A reversal of a confirmed sale is answered 22 and opens a case, in dispute too (rules 2): 00 would let the card be taken again
/// while a re-presentment may still credit the merchant (rules 6).
#[test]
fn a_reversal_of_a_confirmed_sale_in_dispute_is_answered_22() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        let o = w.original(&sale);
        let claim = Some(Claim { by: o.till, kind: Kind::Chargeback, state: ClaimState::Sure });
        let row = Exchange::Original(Box::new(Original { claim, ..o.clone() })).wrap();
        w.write(&<Exchange as Record<AcquirerRow>>::key(&o.till), &row);
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "22");
    });
}
