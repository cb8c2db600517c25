//! A slip is paid once, whatever way its till presents it: as a line, as an advice, on a number that was used before.

use super::cases::{Money, money};
use super::*;
use crate::ledger::Cause;

/// The line of a settlement that says so much under the number of this message.
pub(super) fn line(m: &Message, fen: u64) -> Message {
    Message {
        mti: Mti(320),
        amount: Some(Amount::fen(fen)),
        till60: Some(Till60 { type_code: 22, ..Till60::management(BatchNo(7), 201) }),
        ..World::confirmation_of(m)
    }
}

fn approve(w: &mut World, advice: &Advice, answer: &str) -> Left {
    w.switch_says(World::answer_to(&advice.message(Pan::new(CARD).ok()), answer))
}

/// An offline sale whose slip a case has paid before it came.
fn paid(w: &mut World, fen: u64) -> Message {
    let sale = w.about(Kind::OfflineSale, fen, None);
    assert_eq!(w.hear(line(&sale, fen)).code(), "00");
    w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
    let minor = fen.cast_signed();
    assert_eq!((money(w, 0), w.open_cases()), ((minor, minor, 0, 0), vec![]));
    sale
}

#[test]
fn an_advice_whose_slip_a_case_has_paid_is_that_slip() {
    let check = |answer: &str, want: Money| {
        play(World::signed_on, |w| {
            let sale = paid(w, 500);
            let left = w.hear(sale.clone());
            assert_eq!((left.advices.len(), w.payable()), (1, 500), "the issuer is asked for the debit");
            assert_eq!(approve(w, &left.advices[0], answer).code(), "00");
            for _ in 0..2 {
                assert_eq!((money(w, 0), w.open_cases()), (want, vec![]), "{answer}");
                assert_eq!(w.hear(sale.clone()).code(), "00");
                assert_eq!(w.hear(line(&sale, 500)).code(), "00");
            }
        });
    };
    check("00", (500, 0, 500, 0));
    // Nobody is debited: it stays our loss, and no second person has to see the slip that one has seen.
    check("15", (500, 500, 0, 0));
}

#[test]
fn beyond_the_limit_or_of_a_till_that_is_shut_it_stays_our_loss_and_is_credited_once() {
    play(World::signed_on, |w| {
        let sale = paid(w, 30_001);
        assert_eq!((w.hear(sale).code().as_str(), money(w, 0)), ("00", (30_001, 30_001, 0, 0)));
        let sale = w.about(Kind::OfflineSale, 100, None);
        w.hear(line(&sale, 100)).said();
        w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        super::kinds::register(w, |t| t.active = false, |_| {});
        assert_eq!((w.hear(sale).code().as_str(), money(w, 0)), ("00", (30_101, 30_101, 0, 0)));
        assert_eq!(w.open_cases(), []);
    });
}

/// What was posted to our loss is put right by a posting that names it, and a merchant's day adds up.
#[test]
fn what_a_case_paid_comes_back_under_its_own_name() {
    play(World::signed_on, |w| {
        let sale = paid(w, 500);
        w.done(sale.clone(), "00");
        let case = super::cases::case(w, &sale, Ground::SlipWithoutSale);
        let of = |row: &AcquirerRow| match row {
            AcquirerRow::Posting(posting) if Some(posting.exchange) == case.redo => Some(posting.cause),
            _ => None,
        };
        assert_eq!(w.rows().iter().filter_map(of).collect::<Vec<_>>(), [Cause::Undo, Cause::Redo]);
        let owed = owed(w.node.id(), &w.rows());
        let sum = |key: SwitchKey| owed.moved.iter().filter(|m| m.exchange == key).map(|m| m.minor).sum::<i64>();
        assert_eq!((sum(case.redo.unwrap()), sum(w.original(&sale).switch)), (0, 500));
    });
}

#[test]
fn an_advice_of_another_amount_than_was_paid_is_for_a_person() {
    play(World::signed_on, |w| {
        let sale = paid(w, 500);
        let more = Message { amount: Some(Amount::fen(600)), ..sale };
        w.done(more.clone(), "00");
        assert_eq!((money(w, 0), w.open_cases()), ((600, 0, 600, 0), vec![Ground::AmountDiffers]));
        let refund = w.find(&more, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        approve(w, &refund, "00").quiet();
        assert_eq!((money(w, 0), w.open_cases()), ((500, 0, 500, 0), vec![]));
    });
}

#[test]
fn what_is_not_that_slip_comes_on_a_used_number() {
    play(World::signed_on, |w| {
        let (other, sold) = w.approved_sale(1_000);
        let offline = paid_beside(w);
        let sale = Message { stan: offline.stan, ..w.sale(500) };
        assert_eq!(w.hear(sale).code(), "94");
        let refund = Message { stan: offline.stan, ..w.about(Kind::Refund, 500, Some((&other, &sold))) };
        assert_eq!(w.hear(refund).code(), "94");
        assert_eq!((w.payable(), w.open_cases()), (1_500, vec![Ground::AdviceOnUsedNumber]));
    });
}

fn paid_beside(w: &mut World) -> Message {
    let sale = w.about(Kind::OfflineSale, 500, None);
    w.hear(line(&sale, 500)).said();
    w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
    sale
}

/// A sale, and the advice of another slip on its number.
fn used(w: &mut World) -> (Message, Message) {
    let (sale, _) = w.approved_sale(1_000);
    w.hear(World::confirmation_of(&sale)).said();
    let advice = Message { stan: sale.stan, ..w.about(Kind::OfflineSale, 5_000, None) };
    (sale, advice)
}

#[test]
fn the_line_of_an_advice_on_a_used_number_is_that_slip() {
    for before in [false, true] {
        play(World::signed_on, |w| {
            let (sale, advice) = used(w);
            assert_eq!(w.hear(advice).code(), "94");
            if before {
                assert_eq!(w.hear(line(&sale, 5_000)).code(), "00");
            }
            w.find(&sale, Ground::AdviceOnUsedNumber, Finding::SlipShown).quiet();
            for fen in [5_000, 1_000, 5_000] {
                assert_eq!(w.hear(line(&sale, fen)).code(), "00");
                assert_eq!((money(w, 0), w.open_cases()), ((6_000, 5_000, 1_000, 0), vec![]), "{fen}");
            }
            // Only its own line is evidence of the sale itself.
            let told = w
                .rows()
                .into_iter()
                .find_map(|row| if let AcquirerRow::Detail(d) = row { Some(d.minor) } else { None });
            assert_eq!(told, Some(1_000));
        });
    }
}

/// The line came first, so both are open: whichever is found first has paid the slip.
#[test]
fn a_slip_that_has_two_cases_is_paid_by_one_of_them() {
    for grounds in
        [[Ground::AmountDiffers, Ground::AdviceOnUsedNumber], [Ground::AdviceOnUsedNumber, Ground::AmountDiffers]]
    {
        play(World::signed_on, |w| {
            let (sale, advice) = used(w);
            w.hear(line(&sale, 5_000)).said();
            assert_eq!(w.hear(advice).code(), "94");
            w.find(&sale, grounds[0], Finding::SlipShown).quiet();
            let first = money(w, 0);
            w.find(&sale, grounds[1], Finding::SlipShown).quiet();
            assert_eq!((money(w, 0), w.open_cases()), (first, vec![]), "{grounds:?}");
        });
    }
}
