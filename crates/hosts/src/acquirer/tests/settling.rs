//! Settlement: totals compared, details uploaded in any order and more than once, differences put right (rules 9).

use super::*;

impl World {
    fn totals(&mut self, debit: (u64, u32), credit: (u64, u32)) -> Message {
        let side = alloc::format!("{:012}{:03}{:012}{:03}0{:031}", debit.0, debit.1, credit.0, credit.1, 0);
        Message { till60: Some(Till60::management(BatchNo(7), 201)), private48: Some(side.into()), ..self.base(500) }
    }

    /// A list of items; each is an exchange's request and the amount the till has.
    fn list(&mut self, items: &[(&Message, u64)]) -> Message {
        let mut text = alloc::format!("{:02}", items.len());
        for (m, fen) in items {
            text += &alloc::format!("00{:06}{:020}{fen:012}", m.stan.unwrap().number(), 0);
        }
        Message { till60: Some(Till60::management(BatchNo(7), 201)), private48: Some(text.into()), ..self.base(320) }
    }

    fn end(&mut self, code: u16) -> Message {
        Message { till60: Some(Till60::management(BatchNo(7), code)), private48: Some("0000".into()), ..self.base(320) }
    }

    /// Its terminal is of another make.
    fn of_another_make(mode: Mode) -> Self {
        let mut w = Self::signed_on(mode);
        let foreign = |row| match row {
            AcquirerRow::Terminal(terminal) => Some(Terminal { profile: Profile::UnionpayCompat, ..terminal }),
            _ => None,
        };
        let terminal = w.rows().into_iter().find_map(foreign).unwrap();
        w.write(&<Terminal as Record<AcquirerRow>>::key(&terminal.id), &terminal.wrap());
        w
    }

    fn terminal_batch(&self) -> BatchNo {
        let batch = |row| if let AcquirerRow::Terminal(terminal) = row { Some(terminal.batch) } else { None };
        self.rows().into_iter().find_map(batch).unwrap()
    }

    fn settles(&mut self, m: Message, digit: &str) {
        let left = self.hear(m);
        assert_eq!(left.code(), "00");
        assert_eq!(&left.said().private48.as_ref().unwrap()[30..31], digit);
        assert_eq!(left.said().mti, Mti(510));
    }
}

#[test]
fn balanced_totals_close_the_batch_once() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        w.hear(World::confirmation_of(&sale));
        let refund = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        w.done(refund, "00");
        let early = w.end(207);
        assert_eq!(w.hear(early).code(), "12", "an end before totals");
        let totals = w.totals((1000, 1), (400, 1));
        w.settles(totals, "1");
        assert_eq!(w.terminal_batch(), BatchNo(7), "totals close nothing");
        let end = w.end(207);
        assert_eq!(w.hear(end.clone()).code(), "00");
        assert_eq!(w.hear(end).code(), "00");
        assert_eq!(w.terminal_batch(), BatchNo(8));
        let late = w.sale(100);
        assert_eq!(w.hear(late).code(), "77", "the next sale signs on first");
        let again = w.totals((1, 1), (0, 0));
        w.settles(again, "2");
        let again = w.end(202);
        assert_eq!(w.hear(again).code(), "00");
        assert_eq!(w.terminal_batch(), BatchNo(8));
    });
}

#[test]
fn the_upload_confirms_what_both_have_and_undoes_what_only_we_have() {
    play(World::of_another_make, |w| {
        let (both, _) = w.approved_sale(1000);
        let (ours, _) = w.approved_sale(700);
        let (sure, _) = w.approved_sale(50);
        w.hear(World::confirmation_of(&sure));
        let totals = w.totals((1050, 2), (0, 0));
        w.settles(totals, "2");
        let list = w.list(&[(&both, 1000), (&sure, 50)]);
        // Somebody else's lines, without a code: they say nothing, for or against.
        let mak = w.mak.take();
        let bare = w.list(&[(&both, 1), (&ours, 700)]);
        assert_eq!(w.hear(bare).code(), "00");
        w.mak = mak;
        assert_eq!(w.hear(list.clone()).code(), "00");
        assert_eq!(w.hear(list).code(), "00", "a line that comes twice counts once");
        assert_eq!(w.original(&both).credit, Credit::Confirmed);
        let end = w.end(202);
        assert_eq!(w.hear(end).code(), "00");
        assert_eq!(w.payable(), 1750);
        let left = w.pass(0);
        assert_eq!((left.len(), left[0].advices.len(), w.payable()), (1, 1, 1050));
        assert_eq!(w.original(&ours).undo.unwrap().by, By::Settlement);
        assert_eq!(w.open_cases(), []);
        w.switch_says(World::answer_to_advice(&left[0].advices[0], "00")).quiet();
    });
}

#[test]
fn what_only_the_till_has_is_a_case() {
    play(World::signed_on, |w| {
        let (undone, _) = w.approved_sale(1000);
        let left = w.hear(World::reversal_of(&undone));
        w.switch_says(World::answer_to_advice(&left.advices[0], "00")).quiet();
        let (other, _) = w.approved_sale(500);
        let unknown = w.sale(300);
        let totals = w.totals((2400, 3), (0, 0));
        w.settles(totals, "2");
        let list = w.list(&[(&undone, 1000), (&other, 600), (&unknown, 300)]);
        assert_eq!(w.hear(list).code(), "00");
        let end = w.end(202);
        w.hear(end);
        assert!(w.pass(1_000).is_empty(), "a line with another amount is no missing line");
        let mut cases = w.open_cases();
        cases.sort_by_key(|ground| *ground as u8);
        assert_eq!(cases, [Ground::SlipWithoutSale, Ground::SlipWithoutSale, Ground::AmountDiffers]);
        assert_eq!(w.payable(), 500);
    });
}

#[test]
fn our_own_terminal_closes_nothing_without_a_mac() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(1000);
        let totals = w.totals((1000, 1), (0, 0));
        w.settles(totals, "1");
        let mak = w.mak.take();
        let before = w.store.clone();
        let end = w.end(207);
        let totals = w.totals((0, 0), (0, 0));
        let list = w.list(&[(&sale, 1)]);
        for bare in [end.clone(), totals, list] {
            assert_eq!(w.hear(bare).code(), "A0");
        }
        assert!(before == w.store, "anybody on the line could have sent them");
        w.mak = mak;
        assert_eq!((w.hear(end).code().as_str(), w.terminal_batch()), ("00", BatchNo(8)));
    });
}

#[test]
fn without_a_mac_nothing_is_confirmed_and_nothing_undone() {
    play(World::of_another_make, |w| {
        let (both, _) = w.approved_sale(1000);
        let (ours, _) = w.approved_sale(700);
        let mak = w.mak.take();
        let totals = w.totals((1000, 1), (0, 0));
        w.settles(totals, "2");
        let list = w.list(&[(&both, 1000)]);
        assert_eq!(w.hear(list).code(), "00");
        let end = w.end(202);
        assert_eq!(w.hear(end).code(), "00");
        assert!(w.pass(60_000).is_empty());
        for sale in [&both, &ours] {
            assert_eq!(w.original(sale).credit, Credit::Unconfirmed);
        }
        assert_eq!(w.terminal_batch(), BatchNo(8));
        w.mak = mak;
        // A MAC that is there must be good.
        let forged = Message { mac: Some(Mac([9; 8])), ..w.end(202) };
        assert_eq!(w.hear(forged).code(), "A0");
    });
}

const DAY_MS: i64 = 24 * 3_600_000;

/// The sign-on of a device with a mark, and what it is told of the batch before.
fn told(w: &mut World) -> (BatchNo, Option<(Shut, BatchNo)>) {
    let device = Device { mark: Some(DeviceMark(1)), succeeds: None };
    let m = Message { private62: Some(device.write("SW000001")), ..w.sign_on_message() };
    let left = w.hear(m);
    let said = left.said();
    w.mak = Some(WrappedKey(Box::from([said.private62.as_ref().unwrap()[0], 2])));
    (said.till60.unwrap().batch, Heard::read(said.private48.as_deref().unwrap()).unwrap().shut)
}

fn marked(mode: Mode) -> World {
    let mut w = World::new(mode);
    told(&mut w);
    w
}

#[test]
fn a_batch_not_settled_for_a_day_is_closed_and_the_till_told() {
    play(marked, |w| {
        w.pass(40 * 3_600_000);
        assert_eq!(w.terminal_batch(), BatchNo(7), "nothing in it, nothing to close");
        let (sure, _) = w.approved_sale(1000);
        w.hear(World::confirmation_of(&sure));
        w.pass(20 * 3_600_000);
        let (late, _) = w.approved_sale(700);
        w.pass(4 * 3_600_000 - 1);
        assert_eq!(w.terminal_batch(), BatchNo(7));
        w.pass(1);
        assert_eq!(w.terminal_batch(), BatchNo(8), "a day after the first money");
        // The money does not wait, and nothing is confirmed or undone by it.
        assert_eq!((w.payable(), w.original(&late).credit, w.open_cases()), (1700, Credit::Unconfirmed, vec![]));
        let more = w.sale(100);
        assert_eq!(w.hear(more).code(), "77");
        for _ in 0..2 {
            assert_eq!(told(w), (BatchNo(8), Some((Shut::Overdue, BatchNo(7)))), "until it has shown that it knows");
        }
        // What it brings of the old batch is judged like any settlement, once.
        let totals = w.totals((1000, 1), (0, 0));
        w.settles(totals, "2");
        assert_eq!(told(w), (BatchNo(8), None));
        let list = w.list(&[(&sure, 1000)]);
        for _ in 0..2 {
            assert_eq!(w.hear(list.clone()).code(), "00");
        }
        let end = w.end(202);
        for _ in 0..2 {
            assert_eq!(w.hear(end.clone()).code(), "00");
        }
        let left = w.pass(0);
        assert_eq!((left.len(), w.payable(), w.terminal_batch()), (1, 1000, BatchNo(8)));
        w.switch_says(World::answer_to_advice(&left[0].advices[0], "00")).quiet();
    });
}

#[test]
fn a_batch_that_was_settled_in_time_is_left_alone() {
    play(marked, |w| {
        let (sale, _) = w.approved_sale(1000);
        w.hear(World::confirmation_of(&sale));
        let totals = w.totals((1000, 1), (0, 0));
        w.settles(totals, "1");
        let end = w.end(207);
        w.hear(end);
        w.pass(3 * DAY_MS);
        assert_eq!(w.terminal_batch(), BatchNo(8));
        assert!(!w.rows().iter().any(|row| matches!(row, AcquirerRow::ClosedByUs(_) | AcquirerRow::Unsettled(_))));
    });
}

#[test]
fn single_lines_and_broken_lists() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let refund = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        let (refund, _) = w.done(refund, "00");
        let totals = w.totals((0, 0), (0, 0));
        w.settles(totals, "2");
        let single = Message {
            mti: Mti(320),
            till60: refund.till60.map(|till| Till60 { management: Some(201), ..till }),
            rrn: None,
            original_till: None,
            ..refund.clone()
        };
        assert_eq!(w.hear(single).code(), "00");
        for text in ["02", "0100123", "09", "xx", ""] {
            let broken = Message { private48: Some(text.into()), ..w.list(&[]) };
            assert_eq!(w.hear(broken).code(), "12", "{text}");
        }
        let ahead = Message { till60: Some(Till60::management(BatchNo(9), 201)), ..w.totals((0, 0), (0, 0)) };
        assert_eq!(w.hear(ahead).code(), "12", "a batch that never was");
        let short = Message { private48: Some("123".into()), ..w.totals((0, 0), (0, 0)) };
        assert_eq!(w.hear(short).code(), "30");
    });
}
