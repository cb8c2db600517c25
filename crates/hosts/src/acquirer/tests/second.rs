//! Paying again while the first payment is open: linked as the till says or as we see it, the first without slip goes back by itself,
//! two slips are for people, and one confirmation refunds the surplus once.

use super::cases::case;
use super::kinds::register;
use super::*;
use crate::ledger::Account;

fn named(first: &Message, reason: PayAgain, slip: bool, mut second: Message) -> Message {
    let first = first.till_key().unwrap();
    second.private48 = Some(Second { first, reason: Some(reason), slip: Some(slip) }.write());
    second
}

fn approve(w: &mut World, sale: Message) -> Message {
    let forwarded = w.hear(sale).switch.remove(0);
    w.switch_says(World::answer_to(&forwarded, "00")).said();
    forwarded
}

fn owed(w: &World) -> i64 {
    let of = |row| match row {
        AcquirerRow::Balance(b) if b.account == Account::MerchantPayable(MerchantId::new(SHOP).unwrap()) => {
            Some(b.minor)
        }
        _ => None,
    };
    w.rows().into_iter().find_map(of).unwrap_or(0)
}

/// Both traces say it.
fn linked(w: &mut World, first: &Message, second: &Message) {
    let (first, second) = (first.till_key().unwrap(), second.till_key().unwrap());
    let told = |w: &mut World, till| {
        let question = slipway_node::Question::Till(till);
        w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk.remove(0)
    };
    assert_eq!(told(w, first).paid_again, [second]);
    assert_eq!(told(w, second).second_of.map(|link| link.first), Some(first));
}

fn everywhere(story: impl Fn(&mut World)) {
    for mode in [Mode::Plain, Mode::TwiceInOneBatch, Mode::TwiceApart, Mode::Restarted] {
        let mut w = World::signed_on(mode);
        story(&mut w);
    }
}

/// The till says that the first has no slip, and its reversal never comes: the second slip gives the first back.
#[test]
fn the_first_without_slip_goes_back_by_itself() {
    for held in [false, true] {
        everywhere(|w| {
            let first = w.sale(100);
            approve(w, first.clone());
            if held {
                w.pass(48 * 3_600_000);
                assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
            }
            let mut sale = w.sale(100);
            if held {
                // A day went by: the batch was closed.
                sale.till60 = Some(Till60::financial(22, BatchNo(8)));
            }
            let second = named(&first, PayAgain::NoSlip, false, sale);
            approve(w, second.clone());
            linked(w, &first, &second);
            assert_eq!((owed(w), w.original(&first).stage), (-200, Stage::Approved), "no slip of the second yet");
            assert_eq!(w.hear(World::confirmation_of(&second)).code(), "00");
            let left = w.pass(1);
            let advice = &left.iter().flat_map(|left| &left.advices).next().expect("a reversal advice").clone();
            let undone = w.original(&first);
            assert_eq!((undone.stage, undone.undo.map(|undo| undo.by)), (Stage::Undone, Some(By::Second)));
            assert_eq!((owed(w), w.open_cases().len()), (-100, 0));
            w.switch_says(World::answer_to_advice(advice, "00")).quiet();
            // The reversal that comes late finds it done.
            assert_eq!(w.hear(World::reversal_of(&first)).code(), "00");
            assert_eq!(w.original(&second).credit, Credit::Confirmed);
        });
    }
}

/// The till has a slip of the first, or the second has none: nobody gives anything back by himself.
#[test]
fn nothing_goes_back_by_itself_while_there_may_be_a_slip() {
    everywhere(|w| {
        let first = w.sale(100);
        approve(w, first.clone());
        let sale = w.sale(100);
        let second = named(&first, PayAgain::CannotWait, true, sale);
        approve(w, second.clone());
        w.hear(World::confirmation_of(&second)).said();
        w.pass(60_000);
        assert_eq!((w.original(&first).stage, w.open_cases().len()), (Stage::Approved, 0));
        // Its slip turns up: now people are asked.
        w.hear(World::confirmation_of(&first)).said();
        assert_eq!(w.open_cases(), [Ground::PaidTwice]);
        assert_eq!(case(w, &first, Ground::PaidTwice).closed, None);
    });
}

/// Two slips: one confirmation refunds one of them, once; "two purchases" moves nothing; a till that said so asks nobody.
#[test]
fn two_slips_are_for_people() {
    for (reason, finding) in [
        (PayAgain::NoSlip, Some(Finding::OnePurchase)),
        (PayAgain::CannotWait, Some(Finding::TwoPurchases)),
        (PayAgain::OtherPurchase, None),
    ] {
        everywhere(|w| {
            let first = w.sale(100);
            let forwarded = approve(w, first.clone());
            let sale = w.sale(100);
            let second = named(&first, reason, true, sale);
            approve(w, second.clone());
            for one in [&second, &first] {
                w.hear(World::confirmation_of(one)).said();
            }
            let Some(finding) = finding else { return assert!(w.open_cases().is_empty()) };
            assert_eq!((w.open_cases(), owed(w)), (vec![Ground::PaidTwice], -200));
            for other in [Finding::SlipShown, Finding::NoSlip, Finding::AsBooked] {
                w.find(&first, Ground::PaidTwice, other).quiet();
            }
            let left = w.find(&first, Ground::PaidTwice, finding);
            if finding == Finding::TwoPurchases {
                left.quiet();
                return assert_eq!((w.open_cases().len(), owed(w)), (0, -200));
            }
            let refund = &left.advices[0];
            assert_eq!(
                (refund.mti.0, refund.amount, refund.original.map(|o| o.key)),
                (220, Some(Amount::fen(100)), forwarded.switch_key())
            );
            // Asked again, it is refunded once.
            w.find(&first, Ground::PaidTwice, finding).quiet();
            let answer = World::answer_to(&refund.message(Pan::new(CARD).ok()), "00");
            w.switch_says(answer).quiet();
            assert_eq!((w.open_cases().len(), owed(w)), (0, -100));
            assert_eq!(w.original(&first).refunds.done_minor, 100);
            w.find(&first, Ground::PaidTwice, finding).quiet();
        });
    }
}

/// The issuer refuses the refund: the case stays open, and can be found again.
#[test]
fn a_refused_refund_leaves_the_case_open() {
    everywhere(|w| {
        let first = w.sale(100);
        approve(w, first.clone());
        let sale = w.sale(100);
        let second = named(&first, PayAgain::NoSlip, true, sale);
        approve(w, second.clone());
        for one in [&first, &second] {
            w.hear(World::confirmation_of(one)).said();
        }
        let refund = w.find(&first, Ground::PaidTwice, Finding::OnePurchase).advices.remove(0);
        let mut answer = World::answer_to(&refund.message(Pan::new(CARD).ok()), "00");
        (answer.code, answer.auth) = (Some(code("57")), None);
        w.switch_says(answer).quiet();
        assert_eq!((w.open_cases(), owed(w)), (vec![Ground::PaidTwice], -200));
        assert_eq!(w.find(&first, Ground::PaidTwice, Finding::OnePurchase).advices.len(), 1);
    });
}

/// A till without guard: linked by ourselves while the first is open, for a while, and never refused.
#[test]
fn what_a_terminal_without_guard_does_is_linked_by_ourselves() {
    for (wait_ms, fen, confirmed, want) in [
        (0, 100, false, true),
        (super::super::second::LINK_MS, 100, false, true),
        (super::super::second::LINK_MS + 1, 100, false, false),
        (0, 101, false, false),
        (0, 100, true, false),
    ] {
        everywhere(|w| {
            let first = w.sale(100);
            approve(w, first.clone());
            if confirmed {
                w.hear(World::confirmation_of(&first)).said();
            }
            w.pass(wait_ms);
            let second = w.sale(fen);
            approve(w, second.clone());
            let link = w.original(&second).second;
            assert_eq!(link.is_some(), want, "{wait_ms} {fen} {confirmed}");
            if !want {
                return;
            }
            linked(w, &first, &second);
            assert_eq!(link.map(|link| (link.reason, link.slip)), Some((None, None)));
            // Both are in the till's upload, in one list: people are asked.
            let line =
                |m: &Message| alloc::format!("00{}{:0<20}{:012}", m.stan.unwrap(), "999001", m.amount.unwrap().minor());
            let list = Message {
                private48: Some(alloc::format!("02{}{}", line(&first), line(&second)).into()),
                till60: Some(Till60::management(BatchNo(7), 201)),
                ..w.base(320)
            };
            assert_eq!(w.hear(list).code(), "00");
            assert_eq!(w.open_cases(), [Ground::PaidTwice]);
        });
    }
}

/// A device with a mark guards its own batch: what it did not stop is no second payment.
#[test]
fn a_terminal_with_guard_is_believed_in_its_own_batch() {
    everywhere(|w| {
        register(w, |t| t.device = Some(DeviceMark(9)), |_| {});
        let first = w.sale(100);
        approve(w, first);
        let second = w.sale(100);
        approve(w, second.clone());
        assert_eq!(w.original(&second).second, None);
    });
}

/// DE 48 that names another payment than one of this card and amount is left unread.
#[test]
fn a_link_to_another_payment_is_none() {
    everywhere(|w| {
        let first = w.sale(90);
        approve(w, first.clone());
        let sale = w.sale(100);
        let second = named(&first, PayAgain::NoSlip, false, sale);
        approve(w, second.clone());
        assert_eq!(w.original(&second).second, None);
        assert!(w.original(&first).again.is_empty());
    });
}
