//! Disputes at one table: every stage, every refusal, in order of precedence, with everything told twice and every house restarted.

use super::bench::{House, NOON, Table, key, sale};
use crate::acquirer::{AcquirerRow, Claim, ClaimState, Exchange, Refunds, Stage as AtAcquirer};
use crate::day::Days;
use crate::issuer::{Stage, Suspense, Undo};
use crate::switch::Marks;
use alloc::vec::Vec;
use slipway_node::{ClearingPart, Hand, Input, PayoutItem, PayoutMark, PayoutPart, PayoutRest, Peer, Record};
use slipway_terms::*;

const CREDIT: CardType = CardType::Credit;
const DEBIT: CardType = CardType::Debit;
const BACK: (i64, i64, i64) = (8_800, -8_800, -8_800);
const STANDS: (i64, i64, i64) = (0, 0, 0);
const CARDHOLDER: [Option<Won>; 3] = [Some(Won::Cardholder); 3];
const MERCHANT: [Option<Won>; 3] = [Some(Won::Merchant); 3];

/// A story is played plainly and with a restart before everything that arrives.
fn play(card: CardType, story: impl Fn(&mut Table)) {
    for restarts in [false, true] {
        let mut table = Table::new(card);
        table.restarts = restarts;
        story(&mut table);
    }
}

#[test]
fn a_chargeback_nobody_answers_is_the_cardholders() {
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        assert_eq!((t.refused(), t.moved(), t.ends()), (None, BACK, [None; 3]));
        t.pass(10);
        assert_eq!(t.ends(), [None; 3], "the last day is whole");
        t.pass(1);
        assert_eq!((t.moved(), t.ends()), (BACK, CARDHOLDER));
        t.raise(Step::Representment, "4900");
        assert_eq!((t.refused(), t.moved()), (Some(Refusal::Closed), BACK));
    });
}

#[test]
fn a_reason_that_leaves_no_re_presentment_ends_it_at_once() {
    play(CREDIT, |t| {
        t.raise(Step::Chargeback, "4558");
        assert_eq!((t.moved(), t.ends()), (BACK, CARDHOLDER));
    });
}

#[test]
fn the_money_goes_to_and_fro_and_stays_where_it_is_last() {
    // Steps, then whose it is at the end.
    let (cb, again, second) = (Step::Chargeback, Step::Representment, Step::SecondChargeback);
    let check = |card, steps: &[Step], days, moved, ends| {
        play(card, |t| {
            for step in steps {
                t.raise(
                    *step,
                    match step {
                        Step::Chargeback => "4544",
                        Step::Representment => "4900",
                        _ => "4700",
                    },
                );
                assert_eq!(t.refused(), None, "{step:?}");
                let back = t.at_issuer().is_some_and(|dispute| dispute.is_with_cardholder());
                assert_eq!(t.moved(), if back { BACK } else { STANDS }, "{step:?}");
            }
            t.pass(days);
            assert_eq!((t.moved(), t.ends()), (moved, ends), "{steps:?}");
        });
    };
    check(DEBIT, &[cb, again], 11, STANDS, MERCHANT);
    check(CREDIT, &[cb, again], 11, STANDS, MERCHANT);
    check(CREDIT, &[cb, again, second], 11, BACK, CARDHOLDER);
    check(DEBIT, &[cb, again, Step::AwardBack], 0, BACK, CARDHOLDER);
    check(DEBIT, &[cb, again, Step::AwardPaid], 0, STANDS, MERCHANT);
    check(CREDIT, &[cb, again, second, Step::AwardBack], 0, BACK, CARDHOLDER);
    check(CREDIT, &[cb, again, second, Step::AwardPaid], 0, STANDS, MERCHANT);
}

#[test]
fn what_the_issuer_may_not_raise() {
    use Refusal as No;
    let check = |why: No, step: Step, code: &str, lay: &dyn Fn(&mut Table)| {
        play(DEBIT, |t| {
            lay(t);
            let before = t.moved();
            t.raise(step, code);
            assert_eq!((t.refused(), t.moved(), t.at_switch()), (Some(why), before, None), "{step:?} {code}");
        });
    };
    let cb = Step::Chargeback;
    check(No::Undone, cb, "4544", &|t| t.lay_issuer(|x| x.stage = Stage::Undone));
    check(No::Undone, cb, "4544", &|t| t.lay_issuer(|x| x.undo = Some(Undo { at: NOON, reason: None })));
    check(No::NotApproved, cb, "4544", &|t| t.lay_issuer(|x| x.stage = Stage::Declined));
    check(No::NotApproved, cb, "4544", &|t| t.lay_issuer(|x| x.signed_minor = -8_800));
    check(No::OwnLoss, cb, "4544", &|t| t.lay_issuer(|x| x.borne = true));
    check(No::Undone, cb, "4544", &|t| t.lay_issuer(|x| x.claim = Some((key(), Kind::SaleVoid))));
    check(No::Taken, cb, "4544", &|t| t.lay_issuer(|x| x.claim = Some((key(), Kind::Adjust))));
    check(No::NotCleared, cb, "4544", &|t| t.lay_issuer(|x| x.suspense = Suspense::Held));
    check(No::Reason, cb, "6344", &|_| {});
    check(No::Kind, cb, "4544", &|t| t.lay_issuer(|x| x.kind = Some(Kind::Moto)));
    check(No::Verification, cb, "4544", &|t| t.lay_issuer(|x| x.asked.entry = Some(EntryMode(21))));
    check(No::Order, Step::SecondChargeback, "4700", &|_| {});
    check(No::Late, cb, "4544", &|t| t.pass(31));
    check(No::NothingLeft, cb, "4544", &|t| t.lay_issuer(|x| x.refunded_minor = 8_800));
    // Undone comes before everything else that is wrong with it.
    check(No::Undone, cb, "9999", &|t| t.lay_issuer(|x| (x.stage, x.suspense) = (Stage::Undone, Suspense::Held)));
}

#[test]
fn a_step_is_taken_in_its_turn_in_its_time_and_by_its_house() {
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        t.raise(Step::Chargeback, "4544");
        assert_eq!(t.refused(), Some(Refusal::Order));
        t.order(House::Acquirer, DisputeAct::Raise(Step::SecondChargeback, Short::cut("4700")), None);
        assert_eq!(t.refused(), Some(Refusal::NotOurs));
        t.order(House::Switch, DisputeAct::Raise(Step::AwardBack, Short::EMPTY), Some("wang"));
        assert_eq!(t.refused(), Some(Refusal::Order));
        t.raise(Step::Representment, "4900");
        t.order(House::Issuer, DisputeAct::Raise(Step::SecondChargeback, Short::cut("4700")), None);
        assert_eq!(t.refused(), Some(Refusal::NotForDebit));
        for checked in [None, Some("li"), Some("L i")] {
            t.order(House::Switch, DisputeAct::Raise(Step::AwardBack, Short::EMPTY), checked);
            assert_eq!(t.refused(), Some(Refusal::FourEyes), "{checked:?}");
        }
        assert_eq!(t.moved(), STANDS);
    });
}

#[test]
fn evidence_answers_by_itself_and_only_time_proves_nothing() {
    let last = |t: &Table| {
        let replies = |d: super::Dispute| d.took(Step::Answer).and_then(|taken| taken.reply);
        (t.at_issuer().and_then(replies), t.at_acquirer().and_then(replies))
    };
    let both = |reply: Reply| (Some(reply), Some(reply));
    // Confirmed by its terminal: that answers whether it took place, at once, and not where the paper is.
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6302");
        assert_eq!((t.refused(), last(t)), (None, both(Reply::SlipFound)));
    });
    play(DEBIT, |t| {
        t.lay_acquirer(|o| o.credit = crate::acquirer::Credit::Unconfirmed);
        t.lay_upload();
        t.raise(Step::Retrieval, "6302");
        assert_eq!(last(t), both(Reply::SlipFound));
    });
    // The paper is asked of the merchant, who has three working days.
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        assert_eq!(last(t), (None, None));
        t.order(House::Acquirer, DisputeAct::Answer(Reply::CannotProve), None);
        assert_eq!(t.refused(), Some(Refusal::TooEarly));
        t.order(House::Acquirer, DisputeAct::Answer(Reply::Adjusted), None);
        assert_eq!(t.refused(), Some(Refusal::NoEvidence));
        t.pass(3);
        assert_eq!(last(t), (None, None), "his last day is whole");
        t.pass(1);
        assert_eq!(last(t), both(Reply::CannotProve));
        assert_eq!(t.at_acquirer().unwrap().took(Step::Answer).unwrap().by.as_str(), "timer");
        t.raise(Step::Chargeback, "4544");
        assert_eq!((t.refused(), t.moved()), (None, BACK));
    });
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        t.order(House::Acquirer, DisputeAct::HandIn, None);
        t.walk();
        assert_eq!(last(t), both(Reply::SlipFound));
        assert_eq!(t.at_acquirer().unwrap().evidence.last().unwrap().file, Some([7; 32]));
    });
    // The terminal has said that none came out: the money is back already.
    play(DEBIT, |t| {
        let undo = crate::acquirer::Undo {
            by: crate::acquirer::By::Terminal,
            reason: ResponseCode::OTHER,
            at: NOON,
            answer: None,
            day: None,
        };
        t.lay_acquirer(|o| (o.stage, o.undo) = (AtAcquirer::Undone, Some(undo)));
        t.raise(Step::Retrieval, "6344");
        assert_eq!(last(t), both(Reply::Adjusted));
        assert_eq!(t.at_acquirer().unwrap().evidence.first().unwrap().proof, Proof::NoSlip);
    });
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        t.order(House::Acquirer, DisputeAct::Answer(Reply::ChargeBack), None);
        t.walk();
        assert_eq!(last(t), both(Reply::ChargeBack));
    });
    // A retrieval that nobody answers in time is as one that was answered: but only then.
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        t.order(House::Issuer, DisputeAct::Raise(Step::Chargeback, Short::cut("4544")), None);
        assert_eq!(t.refused(), Some(Refusal::Order));
    });
}

#[test]
fn nothing_is_presented_again_without_evidence() {
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        t.lay_acquirer(|o| {
            o.credit = crate::acquirer::Credit::Held;
            o.claim = Some(Claim { by: o.till, kind: Kind::Chargeback, state: ClaimState::Sure });
        });
        t.raise(Step::Representment, "4900");
        assert_eq!((t.refused(), t.moved()), (Some(Refusal::NoEvidence), BACK));
        t.order(House::Acquirer, DisputeAct::HandIn, None);
        t.raise(Step::Representment, "4900");
        assert_eq!((t.refused(), t.moved()), (None, STANDS));
    });
}

#[test]
fn one_undo_slot() {
    // Undone at the acquirer, whose advice is still on its way: no posting anywhere, and the slot is the undo's.
    play(DEBIT, |t| {
        t.lay_acquirer(|o| o.stage = AtAcquirer::Undone);
        t.raise(Step::Chargeback, "4544");
        assert_eq!(t.moved(), STANDS);
        let code = t.at_issuer().unwrap().taken[0].code;
        assert_eq!(code, Some(ResponseCode::TOO_LATE));
        // The advice comes behind it and is done.
        let undo = reversal();
        t.s.hear(Peer::Member(key().acquirer), &undo);
        t.walk();
        assert_eq!(t.moved().0, 8_800, "the cardholder has it back, by the undo");
    });
    // The undo overtakes the refusal: it is owed, and paid when the slot is free.
    play(DEBIT, |t| {
        t.lay_acquirer(|o| o.stage = AtAcquirer::Undone);
        t.order(House::Issuer, DisputeAct::Raise(Step::Chargeback, Short::cut("4544")), None);
        let asked = t.i.outbox.values().find_map(advice).unwrap();
        t.s.hear(Peer::Member(InstitutionId::new("99900100").unwrap()), &asked.message(None));
        t.s.hear(Peer::Member(key().acquirer), &reversal());
        t.walk();
        assert_eq!(t.moved().0, 8_800, "once");
        assert_eq!(t.moved().1, -8_800);
    });
    // A refund that comes after the chargeback is refused by every house; one that is under way is waited for.
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        let refund = Message {
            mti: Mti(220),
            processing: Some(ProcessingCode(200_000)),
            stan: Stan::new(77).ok(),
            original: Some(OriginalData { mti: Mti(200), key: key() }),
            ..sale()
        };
        let at_switch = crate::rig::code(&t.s.hear(Peer::Member(key().acquirer), &refund));
        let at_issuer = t.i.hear(Peer::Switch, &refund);
        assert_eq!((at_switch.as_str(), crate::rig::code(&at_issuer).as_str()), ("22", "22"));
        assert_eq!(t.moved(), BACK);
    });
    // After a partial refund only the rest.
    play(DEBIT, |t| {
        t.lay_acquirer(|o| o.refunds = Refunds { done_minor: 800, ..Refunds::default() });
        t.lay_switch(DEBIT, |x| x.marks = Marks { refunded_minor: 800, ..Marks::default() });
        t.lay_issuer(|x| x.refunded_minor = 800);
        t.raise(Step::Chargeback, "4544");
        assert_eq!(t.moved(), (8_000, -8_000, -8_000));
        t.raise(Step::Representment, "4900");
        assert_eq!(t.moved(), STANDS);
    });
    // The houses do not agree on what is left: nothing moves.
    play(DEBIT, |t| {
        t.lay_switch(DEBIT, |x| x.marks = Marks { refunded_minor: 800, ..Marks::default() });
        t.raise(Step::Chargeback, "4544");
        let code = t.at_issuer().unwrap().taken[0].code;
        assert_eq!((t.moved(), code), (STANDS, Some(ResponseCode::DIFFERS_FROM_ORIGINAL)));
    });
}

#[test]
fn a_till_that_reverses_what_is_in_dispute_is_asked_once_the_merchant_has_it_again() {
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        t.lay_acquirer(|o| {
            o.claim = Some(Claim { by: o.till, kind: Kind::Chargeback, state: ClaimState::Sure });
            o.reversed_behind = true;
        });
        assert_eq!(t.open_cases(), []);
        t.raise(Step::Representment, "4900");
        assert_eq!((t.refused(), t.open_cases().as_slice()), (None, &[Ground::ReversalOfConfirmed][..]));
    });
}

#[test]
fn what_is_presented_again_is_paid_once_it_has_been_cleared() {
    play(DEBIT, |t| {
        t.raise(Step::Chargeback, "4544");
        t.raise(Step::Representment, "4900");
        let days = Days { closed: NOON.date(), ..Days::first(crate::day::after(NOON.date()), NOON) };
        t.a.lay(<Days as Record<AcquirerRow>>::key(&()), &days.wrap());
        let owed = |t: &Table| crate::acquirer::owed(key().acquirer, &t.a.all());
        let steps = owed(t);
        let items = steps.moved.iter().map(|m| PayoutItem {
            exchange: m.exchange,
            till: steps.tills.get(&m.exchange).copied(),
            turn: m.turn,
            minor: m.minor,
        });
        let items: Vec<PayoutItem> = items.collect();
        let merchant = super::bench::till().merchant;
        let mark = PayoutMark { merchant, day: NOON.date(), count: 2, gross_minor: 0, fees_minor: 0, payable_minor: 0 };
        let pay = |t: &mut Table| {
            for part in PayoutPart::all(mark, &items, &PayoutRest::default()) {
                t.a.batch(&[Input::Hand(Hand::Payout(part))]);
            }
            owed(t).settled.len()
        };
        assert_eq!((items.len(), steps.waits.len(), pay(t)), (2, 1, 0), "nobody has cleared it");
        let card = DEBIT;
        let cleared = steps.moved.iter().map(|m| ClearingItem {
            exchange: m.exchange,
            rrn: m.rrn.unwrap_or(Rrn::NONE),
            till: None,
            later: false,
            minor: m.minor,
            card,
        });
        let cleared: Vec<ClearingItem> = cleared.collect();
        let file = FileMark { member: key().acquirer, day: NOON.date(), count: 2, sum_minor: 0, checksum: 5 };
        for part in ClearingPart::all(file, &cleared) {
            t.a.batch(&[Input::Hand(Hand::Clearing(part))]);
        }
        assert_eq!((owed(t).waits.len(), pay(t)), (0, 2));
    });
}

#[test]
fn what_was_given_back_before_a_chargeback_is_over_and_its_slip_is_no_news() {
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        t.order(House::Acquirer, DisputeAct::GiveBack, None);
        t.walk();
        assert_eq!(t.moved(), BACK, "asked for twice, given back once");
        assert_eq!(t.at_issuer().unwrap().took(Step::Answer).unwrap().reply, Some(Reply::Adjusted));
        let is_back = |row| matches!(row, AcquirerRow::Exchange(Exchange::Original(o)) if o.is_given_back());
        assert!(t.a.all().into_iter().any(is_back));
        t.raise(Step::Chargeback, "4512");
        assert_eq!((t.refused(), t.moved()), (Some(Refusal::Undone), BACK), "once");
        t.pass(40);
        assert_eq!((t.moved(), t.open_cases()), (BACK, Vec::new()));
    });
}

/// The acquirer has undone it, the undo waits for the refusal of a chargeback, and a slip comes late: whoever asks for the money again
/// is told to wait, or it would be borne while the cardholder is still debited.
#[test]
fn nothing_is_asked_again_while_an_undo_waits_for_a_chargeback() {
    let correction = Message {
        processing: Some(ProcessingCode(20_000)),
        mti: Mti(220),
        stan: Stan::new(31).ok(),
        original: Some(OriginalData { mti: Mti(200), key: key() }),
        ..sale()
    };
    let cb = (SwitchKey { forwarder: InstitutionId::new("99900100").unwrap(), ..key() }, Kind::Chargeback);
    for owed in [true, false] {
        play(DEBIT, |t| {
            t.lay_switch(DEBIT, |x| (x.claim, x.owed_undo) = (Some(cb), owed.then_some(ResponseCode::OTHER)));
            let undo = Undo { at: NOON, reason: None };
            t.lay_issuer(|x| (x.claim, x.owed_undo) = (Some(cb), owed.then_some(undo)));
            let at_switch = crate::rig::code(&t.s.hear(Peer::Member(key().acquirer), &correction));
            let at_issuer = crate::rig::code(&t.i.hear(Peer::Switch, &correction));
            let want = if owed { "96" } else { "22" };
            assert_eq!((at_switch.as_str(), at_issuer.as_str(), t.moved()), (want, want, STANDS), "owed {owed}");
        });
    }
}

#[test]
fn what_is_under_way_is_waited_for() {
    play(DEBIT, |t| {
        t.lay_switch(DEBIT, |x| x.marks = Marks { open_minor: 800, ..Marks::default() });
        t.order(House::Issuer, DisputeAct::Raise(Step::Chargeback, Short::cut("4544")), None);
        let asked = t.i.outbox.values().find_map(advice).unwrap().message(None);
        let said = t.s.hear(Peer::Member(InstitutionId::new("99900100").unwrap()), &asked);
        assert_eq!(crate::rig::code(&said), "96");
        t.lay_switch(DEBIT, |_| {});
        t.walk();
        assert_eq!(t.moved(), BACK);
    });
}

#[test]
fn an_answer_that_crosses_a_chargeback_gives_way() {
    play(DEBIT, |t| {
        t.raise(Step::Retrieval, "6344");
        // The acquirer answers, and the answer is long on its way.
        t.order(House::Acquirer, DisputeAct::Answer(Reply::ChargeBack), None);
        for rig_days in 0..6 {
            let _ = rig_days;
            t.i.pass(super::bench::DAY_MS);
            t.s.pass(super::bench::DAY_MS);
        }
        t.order(House::Issuer, DisputeAct::Raise(Step::Chargeback, Short::cut("4544")), None);
        assert_eq!(t.refused(), None);
        let asked: Vec<Advice> = t.i.outbox.values().filter_map(advice).collect();
        t.s.hear(Peer::Member(InstitutionId::new("99900100").unwrap()), &asked[0].message(None));
        t.walk();
        assert_eq!(t.moved(), BACK);
    });
}

fn advice(out: &slipway_node::Outgoing) -> Option<Advice> {
    match &out.body {
        slipway_node::Body::Advice(_, advice) => Some(advice.clone()),
        _ => None,
    }
}

fn reversal() -> Message {
    Message {
        processing: sale().processing,
        amount: sale().amount,
        sent: Some(NOON.sent_at()),
        stan: Stan::new(900_000).ok(),
        acquirer: Some(key().acquirer),
        forwarder: Some(key().forwarder),
        code: Some(ResponseCode::OTHER),
        original: Some(OriginalData { mti: Mti(200), key: key() }),
        ..Message::new(Mti(420))
    }
}
