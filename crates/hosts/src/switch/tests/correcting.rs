//! 请款 and 贷记调整 at the switch: forwarded once, repeated until the issuer answers, posted with its yes; and its own, from a finding.

use super::kinds::{done, of_kind, refused};
use super::*;
use crate::correction::Correct;

/// An acquirer's correction of this exchange, under its own number.
fn correction(of: &Message, what: Correct, stan: u32) -> Message {
    Message {
        processing: Some(what.processing()),
        amount: of.amount,
        sent: Some(NOON.sent_at()),
        stan: Some(Stan::new(stan).unwrap()),
        acquirer: of.acquirer,
        forwarder: of.forwarder,
        rrn: of.rrn,
        terminal: of.terminal,
        merchant: of.merchant,
        original: Some(OriginalData { mti: of.mti, key: of.switch_key().unwrap() }),
        ..Message::new(Mti(220))
    }
}

/// An exchange that the issuer approved and the acquirer undid; the issuer has answered the undo.
fn undone(rig: &mut Rig<Switch>) -> Message {
    let first = sale(1, 8_800);
    done(rig, &first, "00");
    rig.hear(acquirer(), &reversal(&first));
    let advice = advices(rig).remove(0);
    hear(rig, issuer(), &reply(&advice.message(None), "00"));
    first
}

fn undos(rig: &Rig<Switch>) -> usize {
    rig.all().iter().filter(|row| matches!(row, SwitchRow::Posting(_))).count()
}

#[test]
fn a_debit_is_asked_again_once_and_posted_with_the_yes() {
    for (answer, want) in [("00", -8_800), ("51", 0), ("25", 0)] {
        let mut rig = rig();
        let first = undone(&mut rig);
        let asked = correction(&first, Correct::Debit, 900_001);
        for _ in 0..2 {
            assert_eq!(hear(&mut rig, acquirer(), &asked), "", "with the issuer");
            assert_eq!((advices(&rig).len(), position(&rig, "00020000")), (1, 0));
        }
        rig.restart();
        let advice = advices(&rig).remove(0);
        assert_eq!(
            (advice.processing, advice.stan, advice.receiver),
            (asked.processing, asked.stan, Some(id("99900100")))
        );
        assert_eq!(hear(&mut rig, acquirer(), &correction(&first, Correct::Debit, 900_002)), "22", "one slot");
        let said = |code: &str, mac| Message { mac, ..reply(&advice.message(None), code) };
        for unclear in [said("96", None), said("A0", None), said("00", Some(BAD_MAC))] {
            assert_eq!(hear(&mut rig, issuer(), &unclear), "");
        }
        assert_eq!(hear(&mut rig, Peer::Member(id("99900188")), &said("00", None)), "", "not its card");
        assert_eq!(advices(&rig).len(), 1, "not heard: it stays");
        assert_eq!(hear(&mut rig, issuer(), &said(answer, None)), answer);
        let rows = rig.rows.clone();
        for _ in 0..2 {
            assert_eq!(hear(&mut rig, issuer(), &said("00", None)), "");
            assert_eq!(hear(&mut rig, acquirer(), &asked), answer, "the copy hears the same");
        }
        assert_eq!((rows == rig.rows, position(&rig, "00020000"), advices(&rig).len()), (true, want, 0), "{answer}");
        sound(&rig);
    }
}

#[test]
fn the_issuers_word_is_handed_on_as_an_answer_to_the_acquirer() {
    let mut rig = rig();
    let first = undone(&mut rig);
    hear(&mut rig, acquirer(), &correction(&first, Correct::Debit, 900_001));
    let advice = advices(&rig).remove(0);
    let sent = messages(&rig.hear(issuer(), &reply(&advice.message(None), "00")));
    let types: Vec<_> = sent.iter().map(|(to, message)| (*to, message.mti)).collect();
    assert_eq!(types, [(acquirer(), Mti(230))]);
}

#[test]
fn what_can_not_be_asked_for() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    let ask = |rig: &mut Rig<Switch>, stan: u32, change: &dyn Fn(&mut Message)| {
        let mut m = correction(&first, Correct::Debit, stan);
        change(&mut m);
        hear(rig, acquirer(), &m)
    };
    rig.hear(acquirer(), &first);
    assert_eq!(ask(&mut rig, 900_001, &|_| {}), "96", "not decided");
    rig.hear(acquirer(), &reversal(&first));
    assert_eq!(ask(&mut rig, 900_001, &|_| {}), "96", "its undo is on its way");
    let advice = advices(&rig).remove(0);
    hear(&mut rig, issuer(), &reply(&advice.message(None), "00"));
    assert_eq!(ask(&mut rig, 900_001, &|m| m.mac = Some(BAD_MAC)), "A0");
    assert_eq!(ask(&mut rig, 900_001, &|m| m.original = None), "30");
    assert_eq!(
        hear(&mut rig, Peer::Member(id("00040000")), &correction(&first, Correct::Debit, 1)),
        "30",
        "not its own"
    );
    assert_eq!(ask(&mut rig, 900_001, &|m| m.amount = Some(Amount::fen(8_801))), "64");
    assert_eq!((undos(&rig), advices(&rig).len()), (0, 0));
    let unknown = sale(9, 1);
    assert_eq!(hear(&mut rig, acquirer(), &correction(&unknown, Correct::Credit, 900_003)), "25");
    sound(&rig);
}

#[test]
fn what_the_acquirer_was_told_98_for_is_owed_with_the_yes() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    rig.hear(acquirer(), &first);
    rig.pass(30_000);
    let advice = advices(&rig).remove(0);
    hear(&mut rig, issuer(), &reply(&advice.message(None), "00"));
    assert_eq!(hear(&mut rig, acquirer(), &correction(&first, Correct::Debit, 900_001)), "");
    let advice = advices(&rig).remove(0);
    assert_eq!(hear(&mut rig, issuer(), &reply(&advice.message(None), "00")), "00");
    assert_eq!(position(&rig, "00020000"), -8_800);
    let first: Vec<_> = moved(&rig.table(), &rig.table(), &rig.table()).iter().map(|m| (m.turn, m.minor)).collect();
    assert_eq!(first, [(Turn::First, 8_800)], "the first that it moves, so that clearing can carry it");
    sound(&rig);
}

#[test]
fn a_credit_gives_back_once_what_nothing_else_has() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    done(&mut rig, &first, "00");
    let asked = correction(&first, Correct::Credit, 900_001);
    assert_eq!(hear(&mut rig, acquirer(), &asked), "");
    let advice = advices(&rig).remove(0);
    assert_eq!(position(&rig, "00020000"), -8_800, "not before the owner of the account");
    assert_eq!(hear(&mut rig, issuer(), &reply(&advice.message(None), "00")), "00");
    for _ in 0..2 {
        assert_eq!((hear(&mut rig, acquirer(), &asked), position(&rig, "00020000")), ("00".into(), 0));
        assert_eq!(hear(&mut rig, acquirer(), &reversal(&first)), "00", "the slot is full");
    }
    assert_eq!(stage(&rig, 1), Some(Stage::Undone));
    let second = sale(2, 700);
    done(&mut rig, &second, "00");
    done(&mut rig, &of_kind(Kind::Refund, 3, 100, Some(&second)), "00");
    assert_eq!(hear(&mut rig, acquirer(), &correction(&second, Correct::Credit, 900_002)), "22", "partly refunded");
    sound(&rig);
}

fn find(rig: &mut Rig<Switch>, m: &Message, finding: Finding) {
    let key = CaseKey::Switch(m.switch_key().unwrap(), Ground::UndoRefused);
    let found = Found { finding, by: Short::cut("li"), because: Short::cut("asked"), at: NOON };
    for _ in 0..2 {
        rig.batch(&[Input::Hand(Hand::Finding(key, found))]);
    }
    sound(rig);
}

fn open(rig: &Rig<Switch>) -> usize {
    rig.all().iter().filter(|row| matches!(row, SwitchRow::OpenCase(_))).count()
}

/// A refused undo: no slip goes to the issuer, a shown slip to the acquirer; the case ends with the yes of the other house.
#[test]
fn the_case_of_a_refused_undo_ends_with_the_yes_of_the_other_house() {
    for (finding, what, position_then) in
        [(Finding::NoSlip, Correct::Credit, 0), (Finding::SlipShown, Correct::Told, -8_800)]
    {
        for (answer, still) in [("00", 0), ("22", 1)] {
            let mut rig = rig();
            let first = sale(1, 8_800);
            done(&mut rig, &first, "00");
            rig.hear(acquirer(), &reversal(&first));
            let undo = advices(&rig).remove(0);
            hear(&mut rig, issuer(), &reply(&undo.message(None), "22"));
            find(&mut rig, &first, finding);
            let asked = advices(&rig).remove(0);
            let to = rig.outbox.values().next().unwrap().to;
            assert_eq!(to, if what == Correct::Credit { issuer() } else { acquirer() });
            assert_eq!((asked.processing, asked.forwarder), (Some(what.processing()), Some(id("00010000"))));
            assert_eq!((open(&rig), position(&rig, "00020000")), (1, position_then));
            for other in Finding::ALL {
                find(&mut rig, &first, other);
            }
            assert_eq!((open(&rig), advices(&rig).len()), (1, 1), "it is on its way");
            for _ in 0..2 {
                assert_eq!(hear(&mut rig, to, &reply(&asked.message(None), answer)), "");
                assert_eq!((open(&rig), advices(&rig).len()), (still, 0), "{finding:?} {answer}");
            }
            assert_eq!(position(&rig, "00020000"), position_then);
            find(&mut rig, &first, Finding::AsBooked);
            assert_eq!((open(&rig), advices(&rig).len()), (0, 0));
        }
    }
}

/// What was debited again is given back by a refund only, up to what was debited; while it is asked for by nothing (rules 5, 9).
#[test]
fn what_was_debited_again_can_be_refunded_and_not_voided() {
    let mut rig = rig();
    let first = undone(&mut rig);
    refused(&mut rig, &of_kind(Kind::Refund, 2, 8_800, Some(&first)), "22");
    hear(&mut rig, acquirer(), &correction(&first, Correct::Debit, 900_001));
    refused(&mut rig, &of_kind(Kind::Refund, 3, 8_800, Some(&first)), "22");
    let advice = advices(&rig).remove(0);
    hear(&mut rig, issuer(), &reply(&advice.message(None), "00"));
    refused(&mut rig, &of_kind(Kind::SaleVoid, 4, 8_800, Some(&first)), "22");
    refused(&mut rig, &of_kind(Kind::Refund, 5, 8_801, Some(&first)), "61");
    done(&mut rig, &of_kind(Kind::Refund, 6, 8_000, Some(&first)), "00");
    refused(&mut rig, &of_kind(Kind::Refund, 7, 801, Some(&first)), "61");
    assert_eq!(position(&rig, "00020000"), -800);
    sound(&rig);
}
