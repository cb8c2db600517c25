//! A device is replaced: the batch it meets, what the device before it left, and what one hand-over is good for.

use super::*;
use alloc::format;

impl World {
    /// A device with this mark signs on; `succeeds`: it holds what that one handed over.
    fn sign_on_of(&mut self, mark: u64, succeeds: Option<u64>) -> Message {
        let device = Device { mark: Some(DeviceMark(mark)), succeeds: succeeds.map(DeviceMark) };
        Message { private62: Some(device.write("SW000001")), ..self.sign_on_message() }
    }

    /// The same, taking its keys. Gives the batch it was told, and the one that was closed.
    fn comes(&mut self, mark: u64, succeeds: Option<u64>) -> (BatchNo, Option<(Shut, BatchNo)>) {
        let m = self.sign_on_of(mark, succeeds);
        let left = self.hear(m);
        let said = left.said();
        assert_eq!(left.code(), "00");
        self.mak = Some(WrappedKey(Box::from([said.private62.as_ref().unwrap()[0], 2])));
        let heard = Heard::read(said.private48.as_deref().unwrap()).unwrap();
        assert_eq!((heard.device.mark, heard.device.succeeds), (Some(DeviceMark(mark)), succeeds.map(DeviceMark)));
        (said.till60.unwrap().batch, heard.shut)
    }

    /// Uses its keys for the first time.
    fn speaks(&mut self) {
        let ask = self.ask_fate(BatchNo(7), 1);
        assert_eq!(self.hear(ask).code(), "00");
    }

    fn refused(&mut self, mark: u64, succeeds: Option<u64>) {
        let m = self.sign_on_of(mark, succeeds);
        let left = self.hear(m);
        assert_eq!((left.code(), left.said().private62.is_none()), ("58".into(), true));
    }

    fn registered(&self) -> Terminal {
        let terminal = |row| if let AcquirerRow::Terminal(terminal) = row { Some(terminal) } else { None };
        self.rows().into_iter().find_map(terminal).unwrap()
    }

    fn closed_by_us(&self) -> Vec<(u32, Shut)> {
        let closed = |row| if let AcquirerRow::ClosedByUs(row) = row { Some((row.batch.0, row.why)) } else { None };
        self.rows().into_iter().filter_map(closed).collect()
    }

    fn in_batch(m: Message, batch: u32) -> Message {
        let till60 = m.till60.map(|till| Till60 { batch: BatchNo(batch), ..till });
        Message { till60, ..m }
    }

    /// The first device, with a sale that it confirmed and one that it did not.
    fn with_first(mode: Mode) -> Self {
        let mut w = Self::new(mode);
        assert_eq!(w.comes(1, None), (BatchNo(7), None), "the first device begins in the batch that is there");
        w.speaks();
        w
    }
}

#[test]
fn the_same_device_stays_in_its_batch() {
    play(World::with_first, |w| {
        for _ in 0..3 {
            assert_eq!(w.comes(1, None), (BatchNo(7), None));
        }
        w.approved_sale(100);
        assert_eq!((w.registered().device, w.closed_by_us()), (Some(DeviceMark(1)), vec![]));
    });
}

#[test]
fn a_wiped_device_meets_no_old_number() {
    play(World::with_first, |w| {
        let (sure, _) = w.approved_sale(1000);
        w.hear(World::confirmation_of(&sure));
        let (unsure, _) = w.approved_sale(700);
        // The store is gone, the number and the keys' master are the same.
        assert_eq!(w.comes(2, None), (BatchNo(8), Some((Shut::Replaced, BatchNo(7)))));
        assert_eq!((w.registered().batch, w.closed_by_us()), (BatchNo(7), vec![]), "a sign-on moves nothing");
        let sale = World::in_batch(Message { stan: sure.stan, ..w.sale(100) }, 8);
        let left = w.hear(sale);
        assert_eq!((left.till.len(), left.switch.len()), (0, 1), "forwarded: another batch, another exchange");
        assert_eq!(w.registered().batch, BatchNo(8));
        assert_eq!((w.registered().device, w.closed_by_us()), (Some(DeviceMark(2)), vec![(7, Shut::Replaced)]));
        assert_eq!(w.open_cases(), []);
        w.pass(0);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed], "nobody is left who could confirm it");
        assert_eq!((w.original(&unsure).credit, w.original(&sure).credit), (Credit::Held, Credit::Confirmed));
        w.find(&unsure, Ground::Unconfirmed, Finding::SlipShown).quiet();
        assert_eq!((w.open_cases(), w.original(&unsure).credit), (vec![], Credit::Confirmed));
    });
}

#[test]
fn a_stranger_s_sign_on_moves_nothing() {
    play(World::with_first, |w| {
        let mine = w.mak.clone();
        let (sale, _) = w.approved_sale(700);
        for mark in 2..6 {
            let m = w.sign_on_of(mark, Some(1));
            assert_eq!(w.hear(m).said().till60.unwrap().batch, BatchNo(8));
            w.mak = mine.clone();
            w.approved_sale(100);
        }
        w.pass(60_000);
        assert_eq!((w.open_cases(), w.closed_by_us(), w.registered().batch), (vec![], vec![], BatchNo(7)));
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        assert_eq!(w.comes(1, None), (BatchNo(7), None), "nobody has taken its place");
    });
}

#[test]
fn the_heir_pays_what_the_old_one_owed() {
    play(World::with_first, |w| {
        let (doubtful, _) = w.approved_sale(1000);
        let (printed, _) = w.approved_sale(700);
        assert_eq!(w.comes(2, Some(1)), (BatchNo(8), Some((Shut::Replaced, BatchNo(7)))));
        // Its first message is about the batch before: judged as ever.
        let left = w.hear(World::reversal_of(&doubtful));
        assert_eq!((left.code(), left.advices.len()), ("00".into(), 1));
        w.switch_says(World::answer_to_advice(&left.advices[0], "00")).quiet();
        assert_eq!(w.closed_by_us(), [(7, Shut::Replaced)]);
        w.pass(60_000);
        assert_eq!(w.open_cases(), [], "it may still be confirmed");
        assert_eq!(w.hear(World::confirmation_of(&printed)).code(), "00");
        let late = w.sale(100);
        assert_eq!(w.hear(late).code(), "77", "nothing new in the old batch");
        let sale = World::in_batch(w.sale(100), 8);
        assert_eq!(w.hear(sale).switch.len(), 1);
        assert_eq!(w.comes(2, Some(1)), (BatchNo(8), None), "it need not know that it was heard");
    });
}

#[test]
fn what_nobody_confirms_after_a_hand_over_has_its_own_clock() {
    play(World::with_first, |w| {
        w.approved_sale(700);
        w.comes(2, Some(1));
        w.speaks();
        w.pass(47 * 3_600_000);
        assert_eq!(w.open_cases(), []);
        w.pass(2 * 3_600_000);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
    });
}

#[test]
fn one_hand_over_makes_one_heir() {
    play(World::with_first, |w| {
        w.comes(2, Some(1));
        w.speaks();
        let heirs = w.mak.clone();
        for _ in 0..2 {
            w.refused(3, Some(1));
            w.refused(1, None);
            assert_eq!(w.open_cases(), [Ground::HandoverTwice], "one case, however often it is tried");
        }
        w.mak = heirs;
        w.speaks();
        assert_eq!((w.registered().device, w.registered().batch), (Some(DeviceMark(2)), BatchNo(8)));
        // Without the parcel it is one device more, like any.
        assert_eq!(w.comes(3, None), (BatchNo(9), Some((Shut::Replaced, BatchNo(8)))));
        w.speaks();
        assert_eq!(w.closed_by_us(), [(7, Shut::Replaced), (8, Shut::Replaced)]);
        let case = w.rows().into_iter().find_map(|row| match row {
            AcquirerRow::Case(case) if case.ground == Ground::HandoverTwice => Some(case.key()),
            _ => None,
        });
        let found = Found { finding: Finding::AsBooked, by: Short::cut("li"), because: Short::cut("asked"), at: w.at };
        w.give(Input::Hand(Hand::Finding(case.unwrap(), found))).quiet();
        assert_eq!(w.open_cases(), [], "a person has asked who has the old device");
    });
}

#[test]
fn two_come_with_one_hand_over_and_neither_has_spoken() {
    play(World::with_first, |w| {
        w.comes(2, Some(1));
        let early = w.mak.clone();
        w.comes(3, Some(1));
        w.mak = early;
        let ask = w.ask_fate(BatchNo(7), 1);
        assert_eq!(w.hear(ask).code(), "A0", "the later keys are in force");
        w.comes(2, Some(1));
        w.speaks();
        w.refused(3, Some(1));
    });
}

#[test]
fn the_hand_over_comes_after_a_stopgap() {
    play(World::with_first, |w| {
        let (sale, _) = w.approved_sale(700);
        w.comes(2, None);
        w.speaks();
        w.pass(0);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
        assert_eq!(w.comes(3, Some(1)).0, BatchNo(9));
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        assert_eq!((w.open_cases(), w.registered().device), (vec![], Some(DeviceMark(3))));
        w.refused(4, Some(1));
    });
}

#[test]
fn keys_of_a_sign_on_are_given_to_one_device() {
    let mut w = World::with_first(Mode::Plain);
    let m = w.sign_on_of(2, None);
    let first = w.hear(m.clone());
    assert_eq!(w.hear(m.clone()).said().private62, first.said().private62, "a copy");
    let other = Message { private62: w.sign_on_of(3, None).private62, ..m };
    assert_ne!(w.hear(other).said().private62, first.said().private62, "another device with the same number");
}

#[test]
fn an_advice_on_a_used_number_is_a_case_with_a_number() {
    play(World::with_first, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let refund = Message { stan: sale.stan, ..w.about(Kind::Refund, 400, Some((&sale, &sold))) };
        for _ in 0..2 {
            let left = w.hear(refund.clone());
            assert_eq!(left.code(), "94");
            let number = format!("{}-000007-{}-11", sale.terminal.unwrap(), sale.stan.unwrap());
            assert_eq!(left.said().private62.as_deref(), Some(number.as_bytes()));
        }
        assert_eq!(w.open_cases(), [Ground::AdviceOnUsedNumber]);
        assert_eq!(w.payable(), 1000);
    });
}

#[test]
fn an_advice_on_the_number_of_a_confirmed_sale_is_a_case_too() {
    play(World::with_first, |w| {
        let (sale, _) = w.approved_sale(1000);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        let offline = Message { stan: sale.stan, ..w.about(Kind::OfflineSale, 500, None) };
        let left = w.hear(offline);
        assert_eq!(left.code(), "94");
        assert!(left.said().private62.is_some());
        assert_eq!(w.open_cases(), [Ground::AdviceOnUsedNumber]);
    });
}

#[test]
fn a_mark_lost_on_the_way_is_another_device() {
    play(World::with_first, |w| {
        let (sale, _) = w.approved_sale(700);
        // A wiped one whose mark was spoilt must not meet the number of that sale.
        let left = w.sign_on();
        assert_eq!(left.said().till60.unwrap().batch, BatchNo(8));
        assert_eq!(left.said().private48, None, "nobody to be repeated");
        let left = w.hear(World::in_batch(World::reversal_of(&sale), 8));
        assert_eq!((left.code(), left.advices.len()), ("00".into(), 0), "a sale of its own that never came");
        assert_eq!(w.original(&sale).stage, Stage::Approved);
        assert_eq!((w.registered().batch, w.closed_by_us()), (BatchNo(8), vec![(7, Shut::Replaced)]));
    });
}

#[test]
fn a_terminal_that_never_said_a_mark_is_as_ever() {
    play(World::signed_on, |w| {
        w.sign_on();
        w.speaks();
        assert_eq!((w.registered().batch, w.closed_by_us()), (BatchNo(7), vec![]));
    });
    // And a marked device after one is another device.
    play(World::signed_on, |w| {
        assert_eq!(w.comes(1, None).0, BatchNo(8));
        w.speaks();
        assert_eq!(w.closed_by_us(), [(7, Shut::Replaced)]);
    });
}
