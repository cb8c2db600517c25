//! The other kinds at the switch: what they are about, positions by sign, advices that wait for their issuer.

use super::*;

pub(super) fn of_kind(kind: Kind, stan: u32, fen: u64, first: Option<&Message>) -> Message {
    let shape = kind.shape();
    Message {
        mti: shape.mti,
        processing: Some(shape.processing),
        condition: Some(shape.condition),
        original: first.map(|m| OriginalData { mti: m.mti, key: m.switch_key().unwrap() }),
        pin: None,
        track2: None,
        ..sale(stan, fen)
    }
}

/// Forwarded once, answered once, and a copy of request and answer changes nothing.
pub(super) fn done(rig: &mut Rig<Switch>, message: &Message, answer: &str) {
    let sent = rig.hear(acquirer(), message);
    assert_eq!(sent.len(), 1, "{:?}", sent);
    assert_eq!(sent[0].to, issuer());
    assert_eq!(code(&rig.hear(acquirer(), message)), "", "with the issuer");
    assert_eq!(hear(rig, issuer(), &reply(message, answer)), answer);
    let rows = rig.rows.clone();
    assert_eq!(code(&rig.hear(acquirer(), message)), answer, "the answer again");
    assert_eq!(hear(rig, issuer(), &reply(message, answer)), "");
    assert_eq!(rows, rig.rows);
    sound(rig);
}

pub(super) fn refused(rig: &mut Rig<Switch>, message: &Message, want: &str) {
    assert_eq!(hear(rig, acquirer(), message), want);
    assert_eq!(hear(rig, acquirer(), message), want);
    sound(rig);
}

#[test]
fn a_void_and_its_undo_move_the_position_and_the_slot() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    done(&mut rig, &first, "00");
    let void = of_kind(Kind::SaleVoid, 2, 8_800, Some(&first));
    done(&mut rig, &void, "00");
    assert_eq!(position(&rig, "00020000"), 0);
    refused(&mut rig, &of_kind(Kind::SaleVoid, 3, 8_800, Some(&first)), "22");
    refused(&mut rig, &of_kind(Kind::Refund, 4, 800, Some(&first)), "22");
    let undo = rig.hear(acquirer(), &reversal(&void));
    assert_eq!((undo.len(), position(&rig, "00020000")), (2, -8_800));
    let again = of_kind(Kind::SaleVoid, 5, 8_800, Some(&first));
    done(&mut rig, &again, "00");
    assert_eq!(position(&rig, "00020000"), 0);
    for _ in 0..2 {
        assert_eq!(hear(&mut rig, acquirer(), &reversal(&first)), "00");
        assert_eq!(position(&rig, "00020000"), 0, "the void has the slot");
    }
}

#[test]
fn a_void_is_of_the_same_day_a_refund_of_any() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    done(&mut rig, &first, "00");
    rig.pass(12 * 3_600_000);
    let later = |m: Message| Message { sent: Some(NOON.plus_ms(12 * 3_600_000).sent_at()), ..m };
    refused(&mut rig, &later(of_kind(Kind::SaleVoid, 2, 8_800, Some(&first))), "22");
    done(&mut rig, &later(of_kind(Kind::Refund, 3, 800, Some(&first))), "00");
    assert_eq!(position(&rig, "00020000"), -8_000);
    refused(&mut rig, &later(of_kind(Kind::Refund, 4, 1, None)), "25");
    refused(&mut rig, &later(of_kind(Kind::Completion, 5, 1, Some(&first))), "25");
    let stranger = Message { pan: Pan::new(OTHER).ok(), ..later(of_kind(Kind::Refund, 6, 1, Some(&first))) };
    refused(&mut rig, &stranger, "14");
}

#[test]
fn an_advice_waits_for_its_issuer_and_is_never_undone() {
    let mut rig = rig();
    rig.batch(&[Input::Hand(Hand::Link { peer: Peer::Member(id("99900100")), up: false })]);
    let offline = of_kind(Kind::OfflineSale, 1, 500, None);
    assert_eq!(hear(&mut rig, acquirer(), &offline), "");
    assert_eq!(advices(&rig).len(), 1);
    assert!(advices(&rig)[0].card.is_some(), "the card is sealed beside it");
    rig.pass(3_600_000);
    rig.restart();
    assert_eq!((stage(&rig, 1), advices(&rig).len()), (Some(Stage::Forwarded), 1));
    for unclear in ["96", "A0", "94", "98"] {
        assert_eq!(hear(&mut rig, issuer(), &reply(&offline, unclear)), "");
    }
    assert_eq!(advices(&rig).len(), 1);
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&offline)), "22");
    assert_eq!(hear(&mut rig, issuer(), &reply(&offline, "00")), "00");
    assert_eq!((position(&rig, "00020000"), advices(&rig).len()), (-500, 0));
    sound(&rig);
}

#[test]
fn an_advice_that_lost_its_card_is_no_answer() {
    let mut rig = rig();
    let offline = of_kind(Kind::OfflineSale, 1, 500, None);
    assert_eq!(hear(&mut rig, acquirer(), &Message { pan: None, ..offline.clone() }), "96");
    done(&mut rig, &offline, "00");
}

#[test]
fn a_tip_moves_the_difference() {
    let mut rig = rig();
    let first = sale(1, 1_000);
    done(&mut rig, &first, "00");
    done(&mut rig, &of_kind(Kind::Adjust, 2, 900, Some(&first)), "00");
    assert_eq!(position(&rig, "00020000"), -900);
    refused(&mut rig, &of_kind(Kind::SaleVoid, 3, 1_000, Some(&first)), "22");
    done(&mut rig, &of_kind(Kind::Refund, 4, 900, Some(&first)), "00");
    assert_eq!(position(&rig, "00020000"), 0);
}

#[test]
fn a_hold_moves_nothing_its_completion_does() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 1_000, None);
    done(&mut rig, &hold, "00");
    assert_eq!(position(&rig, "00020000"), 0);
    let completion = of_kind(Kind::Completion, 2, 1_100, Some(&hold));
    done(&mut rig, &completion, "00");
    assert_eq!(position(&rig, "00020000"), -1_100);
    done(&mut rig, &of_kind(Kind::CompletionVoid, 3, 1_100, Some(&completion)), "00");
    assert_eq!(position(&rig, "00020000"), 0);
    done(&mut rig, &of_kind(Kind::PreAuthVoid, 4, 1_000, Some(&hold)), "00");
    refused(&mut rig, &of_kind(Kind::Completion, 5, 1_000, Some(&hold)), "22");
}

#[test]
fn a_script_result_goes_to_the_issuer_and_its_answer_back() {
    let mut rig = rig();
    let first = sale(1, 8_800);
    done(&mut rig, &first, "00");
    let result = Message {
        mti: Mti(620),
        stan: Stan::new(2).ok(),
        original: Some(OriginalData { mti: Mti(200), key: first.switch_key().unwrap() }),
        chip: Some(alloc::boxed::Box::from([0x95, 0x01, 0x00])),
        pin: None,
        track2: None,
        ..first.clone()
    };
    let sent = rig.hear(acquirer(), &result);
    assert_eq!((sent[0].to, messages(&sent)[0].1.chip.is_some()), (issuer(), true));
    assert_eq!(messages(&rig.hear(issuer(), &reply(&result, "00")))[0].0, acquirer());
    let unknown = Message {
        original: Some(OriginalData { mti: Mti(200), key: sale(77, 1).switch_key().unwrap() }),
        ..result.clone()
    };
    assert_eq!(hear(&mut rig, acquirer(), &unknown), "25");
    assert_eq!(hear(&mut rig, acquirer(), &Message { mac: Some(BAD_MAC), ..result }), "A0");
}

/// Both reversals of a voided sale, in the order that an outbox sends them after a restart: the older one first.
#[test]
fn a_reversal_behind_a_void_is_paid_when_the_void_is_undone() {
    for kind in [Kind::SaleVoid, Kind::PreAuthVoid] {
        let mut rig = rig();
        let first = if kind == Kind::SaleVoid { sale(1, 8_800) } else { of_kind(Kind::PreAuth, 1, 8_800, None) };
        let void = of_kind(kind, 2, 8_800, Some(&first));
        for message in [&first, &void] {
            done(&mut rig, message, "00");
        }
        for _ in 0..2 {
            assert_eq!(hear(&mut rig, acquirer(), &reversal(&first)), "00");
            assert_eq!((position(&rig, "00020000"), advices(&rig).len()), (0, 0), "the void has the slot");
        }
        rig.restart();
        for _ in 0..2 {
            rig.hear(acquirer(), &reversal(&void));
            assert_eq!((position(&rig, "00020000"), advices(&rig).len()), (0, 2), "undone both: {kind:?}");
            assert_eq!([1, 2].map(|stan| stage(&rig, stan)), [Some(Stage::Undone); 2]);
            sound(&rig);
        }
        for message in [&first, &void] {
            assert_eq!(hear(&mut rig, acquirer(), &reversal(message)), "00");
            assert_eq!(hear(&mut rig, acquirer(), message), "12");
        }
        assert_eq!(position(&rig, "00020000"), 0);
    }
}
