//! 请款 and 贷记调整 at the acquirer: asked for once, posted with the answer, refused and borne; and the switch's word that a debit stands.

use super::cases::{case, money, opened};
use super::*;
use crate::correction::{Correct, Correction};
use crate::ledger::Cause;

/// The slip is shown after "no slip": what is asked for then.
fn asked(w: &mut World) -> (Message, Advice) {
    let sale = opened(w, Ground::Unconfirmed);
    let undone = w.find(&sale, Ground::Unconfirmed, Finding::NoSlip);
    // While the undo is on its way nobody knows what there is to be asked for.
    w.find(&sale, Ground::Unconfirmed, Finding::SlipShown).quiet();
    w.switch_says(World::answer_to_advice(&undone.advices[0], "00")).quiet();
    let mut left = w.find(&sale, Ground::Unconfirmed, Finding::SlipShown);
    assert_eq!(left.advices.len(), 1);
    (sale, left.advices.remove(0))
}

#[test]
fn the_issuer_is_asked_once_and_its_word_decides_who_bears_it() {
    for (answer, want) in [("00", (100, 0, 100, 0)), ("51", (100, 100, 0, 0)), ("25", (100, 100, 0, 0))] {
        play(World::signed_on, |w| {
            let (sale, advice) = asked(w);
            let o = w.original(&sale);
            assert_eq!((advice.mti, advice.processing), (Mti(220), Some(ProcessingCode(20_000))));
            assert_eq!((advice.amount, advice.rrn, advice.card.is_none()), (Some(Amount::fen(100)), Some(o.rrn), true));
            assert_eq!(advice.original.map(|original| original.key), Some(o.switch));
            assert_eq!((money(w, 0), w.open_cases()), ((0, 0, 0, 0), vec![]), "nothing before the answer");
            // The till comes back meanwhile: its slip is known, and no second case asks again.
            assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
            for unclear in ["96", "A0", "98"] {
                w.switch_says(World::answer_to_advice(&advice, unclear)).quiet();
            }
            let strange = Message { stan: Stan::new(999).ok(), ..World::answer_to_advice(&advice, "00") };
            w.switch_says(strange).quiet();
            assert_eq!(w.outbox.len(), 1, "repeated until it is answered");
            w.switch_says(World::answer_to_advice(&advice, answer)).quiet();
            assert_eq!((money(w, 0), w.outbox.len()), (want, 0), "{answer}");
            let before = w.store.clone();
            for other in ["00", "51"] {
                w.switch_says(World::answer_to_advice(&advice, other)).quiet();
            }
            w.find(&sale, Ground::Unconfirmed, Finding::SlipShown).quiet();
            assert!(before == w.store, "once");
            assert_eq!(w.original(&sale).redo.unwrap().minor, 100);
        });
    }
}

#[test]
fn what_was_declined_is_asked_for_too_and_what_is_not_here_is_borne_at_once() {
    play(World::signed_on, |w| {
        let sale = w.sale(100);
        let request = w.hear(sale.clone()).switch.remove(0);
        w.switch_says(request.answer(code("51")));
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        let left = w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown);
        w.switch_says(World::answer_to_advice(&left.advices[0], "25")).quiet();
        assert_eq!((money(w, 0), w.open_cases()), ((100, 100, 0, 0), vec![]));
    });
}

#[test]
fn a_refused_undo_without_slip_is_a_credit_adjustment() {
    for (answer, left) in [("00", vec![]), ("22", vec![Ground::AdviceRefused])] {
        play(World::signed_on, |w| {
            let sale = opened(w, Ground::AdviceRefused);
            let asked = w.find(&sale, Ground::AdviceRefused, Finding::NoSlip).advices.remove(0);
            assert_eq!((asked.processing, asked.amount), (Some(ProcessingCode(220_000)), Some(Amount::fen(100))));
            assert_eq!(w.open_cases(), [Ground::AdviceRefused], "until the other house has put it right");
            let before = w.store.clone();
            for finding in Finding::ALL {
                w.find(&sale, Ground::AdviceRefused, finding).quiet();
            }
            assert!(before == w.store, "it is on its way");
            w.switch_says(World::answer_to_advice(&asked, answer)).quiet();
            assert_eq!((money(w, 0), w.open_cases()), ((0, 0, 0, 0), left.clone()), "{answer}");
            w.find(&sale, Ground::AdviceRefused, Finding::NoSlip).quiet();
            assert_eq!((w.open_cases(), w.outbox.len()), (left.clone(), 0), "asked once");
            w.find(&sale, Ground::AdviceRefused, Finding::AsBooked).quiet();
            assert_eq!(w.open_cases(), []);
            assert_eq!(case(w, &sale, Ground::AdviceRefused).found.unwrap().by.as_str(), "li");
        });
    }
}

/// The switch says that the debit of this exchange stands.
fn stands(w: &World, m: &Message) -> Message {
    let o = w.original(m);
    let switch = InstitutionId::new("00010000").unwrap();
    Message {
        processing: Some(Correct::Told.processing()),
        amount: Some(Amount::fen(100)),
        sent: Some(o.switch.sent),
        stan: Some(o.switch.stan),
        acquirer: Some(o.switch.acquirer),
        forwarder: Some(switch),
        rrn: Some(o.rrn),
        original: Some(OriginalData { mti: o.mti, key: o.switch }),
        ..Message::new(Mti(220))
    }
}

fn told(w: &mut World, m: Message) -> String {
    let left = w.switch_says(m);
    assert!(left.advices.is_empty() && left.till.is_empty());
    alloc::format!("{}", left.switch[0].code.unwrap())
}

#[test]
fn the_switch_tells_that_a_debit_stands_and_the_merchant_is_credited_once() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let word = stands(w, &sale);
        assert_eq!((told(w, word.clone()), money(w, 0)), ("00".into(), (100, 0, 100, 0)), "it stands here too");
        let (sale, _) = w.approved_sale(100);
        let undo = w.hear(World::reversal_of(&sale)).advices.remove(0);
        let word = stands(w, &sale);
        assert_eq!(told(w, word.clone()), "96", "our undo is on its way");
        w.switch_says(World::answer_to_advice(&undo, "00")).quiet();
        assert_eq!(told(w, Message { amount: Some(Amount::fen(90)), ..word.clone() }), "64");
        // The refusal stands under the switch's number: another number finds the slot used.
        assert_eq!(told(w, word), "64");
        assert_eq!(money(w, 0), (100, 0, 100, 0));
    });
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let undo = w.hear(World::reversal_of(&sale)).advices.remove(0);
        w.switch_says(World::answer_to_advice(&undo, "00")).quiet();
        let word = stands(w, &sale);
        for _ in 0..2 {
            assert_eq!((told(w, word.clone()), money(w, 0)), ("00".into(), (100, 0, 100, 0)));
        }
        assert_eq!(told(w, Message { stan: Stan::new(77).ok(), ..word }), "22", "one slot");
        let redone = |row: &AcquirerRow| matches!(row, AcquirerRow::Posting(p) if p.cause == Cause::Redo);
        assert_eq!(w.rows().iter().filter(|row| redone(row)).count(), 1);
    });
}

/// A sale with a slip that we give back in a dispute: the advice is on its way.
fn given_back(w: &mut World) -> ((Message, Message), Message) {
    let (sale, sold) = w.approved_sale(100);
    w.hear(World::confirmation_of(&sale)).said();
    let o = w.original(&sale);
    let own = SwitchKey { stan: Stan::new(777_777).unwrap(), ..o.switch };
    let (what, rrn, at) = (Correct::Credit, Some(o.rrn), w.at);
    let asked =
        Correction { original: o.switch, own, what, minor: -100, reason: None, rrn, at, day: None, answer: None };
    w.write(&<Correction as Record<AcquirerRow>>::key(&asked.key()), &AcquirerRow::Correction(asked));
    let advice = asked.advice(OriginalData { mti: o.mti, key: o.switch }, &Message::new(Mti(220)));
    let message = advice.message(None);
    w.outbox.insert(slipway_node::outbox_id(what.tag(), &o.switch), advice);
    ((sale, sold), message)
}

#[test]
fn what_we_give_back_in_a_dispute_nothing_else_gives_back_meanwhile() {
    for (answer, want) in [("00", 0), ("22", 100)] {
        play(World::signed_on, |w| {
            let ((sale, sold), asked) = given_back(w);
            for kind in [Kind::SaleVoid, Kind::Refund] {
                let other = w.about(kind, 100, Some((&sale, &sold)));
                assert_eq!(w.hear(other).code(), "22", "{kind:?} before the answer");
            }
            w.switch_says(asked.answer(code(answer))).quiet();
            let o = w.original(&sale);
            assert_eq!((w.payable(), o.claim, o.redo), (want, None, None), "{answer}");
            let void = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
            let left = w.hear(void);
            assert_eq!(left.switch.len(), usize::from(want != 0), "it stands or it is gone");
        });
    }
}

/// Rows of before the claim was looked at: the answer of the adjustment is none of the void's.
#[test]
fn the_answer_of_a_credit_adjustment_is_not_the_answer_of_a_void() {
    for (answer, stage) in [("00", Stage::Undone), ("22", Stage::Approved)] {
        play(World::signed_on, |w| {
            let ((sale, sold), asked) = given_back(w);
            let key = <Correction as Record<AcquirerRow>>::key(&(w.original(&sale).switch, Correct::Credit as u8));
            let row = w.store.remove(key.as_bytes()).unwrap();
            let queued: Vec<_> = w.outbox.clone().into_iter().collect();
            w.outbox.clear();
            let void = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
            let request = w.hear(void.clone()).switch.remove(0);
            w.store.insert(key.as_bytes().to_vec(), row);
            w.outbox.extend(queued);
            w.switch_says(asked.answer(code(answer))).quiet();
            assert_eq!((w.original(&void).redo, w.original(&sale).stage), (None, stage), "{answer}");
            assert_eq!(
                w.original(&sale).claim.map(|claim| claim.state),
                Some(ClaimState::Asked),
                "it waits for its own"
            );
            w.switch_says(request.answer(code("22")));
            assert_eq!((w.original(&sale).claim, told_of(w, &void, &sale).0), (None, State::Declined), "{answer}");
        });
    }
}

/// What a desk is told of a void, and whether its purchase has gone back for good.
fn told_of(w: &mut World, void: &Message, sale: &Message) -> (State, Option<bool>) {
    let mut ask = |m: &Message| {
        let question = slipway_node::Question::Till(m.till_key().unwrap());
        w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk.remove(0)
    };
    (ask(void).state, ask(sale).taken_by.map(|taken| taken.sure))
}

#[test]
fn the_slip_of_a_void_that_is_undone_here_gives_the_purchase_back_once() {
    for (answer, want, left) in [("00", 0, vec![]), ("22", 100, vec![Ground::SlipWithoutSale])] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(100);
            w.hear(World::confirmation_of(&sale)).said();
            let void = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
            let request = w.hear(void.clone()).switch.remove(0);
            w.switch_says(request.answer(code("51")));
            assert_eq!(w.hear(World::confirmation_of(&void)).code(), "22");
            let asked = w.find(&void, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
            assert_eq!(asked.original.map(|original| original.key), Some(w.original(&sale).switch), "about the sale");
            assert_eq!((asked.processing, w.payable()), (Some(ProcessingCode(220_000)), 100), "not before the answer");
            assert_eq!(told_of(w, &void, &sale), (State::Open, Some(false)), "nobody says yet that it went back");
            let refund = w.about(Kind::Refund, 100, Some((&sale, &sold)));
            assert_eq!(w.hear(refund).code(), "22", "nothing else gives it back meanwhile");
            let before = w.store.clone();
            for finding in Finding::ALL {
                w.find(&void, Ground::SlipWithoutSale, finding).quiet();
            }
            assert!(before == w.store, "it is on its way");
            w.switch_says(World::answer_to_advice(&asked, answer)).quiet();
            assert_eq!((w.payable(), w.open_cases()), (want, left.clone()), "{answer}");
            let done = (State::Approved, Some(true));
            assert_eq!(told_of(w, &void, &sale), if want == 0 { done } else { (State::Declined, None) }, "{answer}");
            w.switch_says(World::answer_to_advice(&asked, "00")).quiet();
            w.find(&void, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
            assert_eq!((w.payable(), w.open_cases()), (want, left.clone()), "asked once");
            w.find(&void, Ground::SlipWithoutSale, Finding::AsBooked).quiet();
            assert_eq!((w.payable(), w.open_cases()), (want, vec![]));
        });
    }
}

/// The same where the case had ended: nobody had a slip of the void, it was undone, and then its slip was shown after all. The case is
/// open again until the answer, for whoever looks, and it is this case that the answer ends.
#[test]
fn a_slip_of_a_void_that_comes_later_opens_its_case_again_until_the_answer() {
    for (answer, want, left) in [("00", 0, vec![]), ("22", 100, vec![Ground::Unconfirmed])] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(100);
            w.hear(World::confirmation_of(&sale)).said();
            let void = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
            let request = w.hear(void.clone()).switch.remove(0);
            w.switch_says(World::answer_to(&request, "00")).said();
            w.pass(48 * 3_600_000);
            assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
            let undo = w.find(&void, Ground::Unconfirmed, Finding::NoSlip).advices.remove(0);
            w.switch_says(World::answer_to_advice(&undo, "00")).quiet();
            assert_eq!((w.payable(), w.open_cases()), (100, vec![]), "the sale stands again");
            let asked = w.find(&void, Ground::Unconfirmed, Finding::SlipShown).advices.remove(0);
            assert_eq!(asked.original.map(|original| original.key), Some(w.original(&sale).switch), "about the sale");
            assert_eq!((w.payable(), w.open_cases()), (100, vec![Ground::Unconfirmed]), "until the answer");
            assert_eq!(told_of(w, &void, &sale), (State::Open, Some(false)), "nobody says yet that it went back");
            let listed =
                |row: &AcquirerRow| matches!(row, AcquirerRow::OpenCase(open) if open.ground == Ground::Unconfirmed);
            assert_eq!(w.rows().iter().filter(|row| listed(row)).count(), 1, "who lists cases sees it");
            let before = w.store.clone();
            for finding in Finding::ALL {
                w.find(&void, Ground::Unconfirmed, finding).quiet();
            }
            assert!(before == w.store, "it is on its way");
            w.switch_says(World::answer_to_advice(&asked, answer)).quiet();
            assert_eq!((w.payable(), w.open_cases()), (want, left.clone()), "{answer}");
            let done = (State::Approved, Some(true));
            assert_eq!(told_of(w, &void, &sale), if want == 0 { done } else { (State::Undone, None) }, "{answer}");
            let closed = case(w, &void, Ground::Unconfirmed);
            assert_eq!(closed.closed.is_some(), left.is_empty(), "{answer}");
            assert_eq!(w.rows().iter().filter(|row| listed(row)).count(), left.len(), "{answer}");
            assert_eq!(closed.later.map(|later| later.finding), Some(Finding::SlipShown));
            // What the other house refuses waits for a person, who can end it.
            w.find(&void, Ground::Unconfirmed, Finding::NoSlip).quiet();
            assert_eq!((w.payable(), w.open_cases()), (want, vec![]));
        });
    }
}

/// Its till reverses the purchase while the other house is asked to give it back, and is told 00. What is refused stands then, and only a
/// person can know what it was.
#[test]
fn a_purchase_reversed_while_it_is_given_back_is_for_a_person_if_that_is_refused() {
    for (answer, left) in [("00", vec![]), ("22", vec![Ground::ReversalOfConfirmed, Ground::SlipWithoutSale])] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(100);
            w.hear(World::confirmation_of(&sale)).said();
            let void = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
            let request = w.hear(void.clone()).switch.remove(0);
            w.switch_says(request.answer(code("51")));
            w.hear(World::confirmation_of(&void)).said();
            let asked = w.find(&void, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
            assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
            w.switch_says(World::answer_to_advice(&asked, answer)).quiet();
            assert_eq!(w.open_cases(), left, "{answer}");
        });
    }
}
