//! A device is replaced in the middle of everything: what it owed is paid by the new one, once, and the old one works no more.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, Key, Named};
use slipway_terminal::{
    Confirm, Deed, Handover, HandoverFault, Pending, Profile, Standing, Stored, TerminalRow, What, hand_over, take_over,
};
use slipway_terms::{
    BatchNo, Device, Heard, Kind, MerchantId, Message, OperatorNo, Pan, Pin, SealedPan, Shut, Stan, TerminalId,
};

fn open(sealed: &SealedPan) -> Option<Pan> {
    let digits: String = sealed.0.iter().map(|b| char::from(b ^ 0x5A)).collect();
    Pan::new(&digits).ok()
}

/// The new device has another key: what it sealed looks different, and the bench opens it all the same.
fn seal(pan: &Pan) -> Option<SealedPan> {
    Some(SealedPan(pan.reveal().bytes().map(|b| b ^ 0x5A).collect()))
}

fn sign_in(bench: &mut Bench) {
    bench.act(Act::SignIn(OperatorNo(0), Pin::new("9876").unwrap()));
}

/// A hold of an earlier batch, a refund without an answer, a sale in doubt, one that nobody confirmed.
fn owing() -> (Bench, Stan) {
    let mut bench = Bench::for_kind(Kind::Sale);
    let hold = bench.approved(Kind::PreAuth).key.stan;
    bench.approved(Kind::Sale);
    bench.order(Kind::Refund);
    bench.pass(60_000);
    let unconfirmed = bench.sell_later();
    bench.hear(bench.answer(&unconfirmed, "00"));
    bench.sell();
    bench.pass(60_000);
    bench.sent.clear();
    bench.prints.clear();
    (bench, hold)
}

fn handed(bench: &Bench) -> Handover {
    hand_over(&bench.rows_all(), seat(), bench.at, open).unwrap()
}

fn retire(bench: &mut Bench, handover: &Handover) {
    for (key, row) in &handover.puts {
        bench.put_row(*key, row);
    }
    for key in &handover.ends {
        bench.rows.remove(key);
    }
}

fn replaced(rows: Vec<(Key, TerminalRow)>) -> Bench {
    let mut bench = Bench::new();
    bench.rows.clear();
    bench.notes.clear();
    for (key, row) in rows {
        bench.put_row(key, &row);
    }
    bench.power_cut();
    bench
}

#[test]
fn what_one_owed_the_other_pays() {
    let (mut old, hold) = owing();
    let (stan, sums) = (old.till().stan, (old.till().pending.len(), old.till().advices.len()));
    let handover = handed(&old);
    retire(&mut old, &handover);
    let mut new = replaced(take_over(&handover.bytes, &profile(), NEW, old.at, seal).unwrap());
    assert_eq!((new.till().stan, new.till().pending.len(), new.till().advices.len()), (stan, sums.0, sums.1));
    assert!(new.till().mak.is_none() && !new.till().signed_on);
    sign_in(&mut new);
    let answer = new.sign_on_answer(7);
    new.hear(answer);
    let mut seen = Vec::new();
    for _ in 0..40 {
        new.pass(60_000);
        for (message, _) in new.sent.drain(..).collect::<Vec<(Message, _)>>() {
            seen.push(message.mti.0);
            if message.mti.0 == 220 {
                assert_eq!(message.pan.as_ref().map(Pan::reveal), Some("9990010000000010"));
            }
            new.hear(new.answer(&message, "00"));
        }
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, [220, 400, 620]);
    assert!(new.all::<Pending>().is_empty() && new.all::<Stored>().is_empty() && new.all::<Confirm>().is_empty());
    // The hold is known to the new one.
    new.order_about(Kind::Completion, Some(Named::Voucher(hold)));
    let completion = new.one(200);
    assert!(completion.auth.is_some());
    new.hear(new.answer(&completion, "00"));
    assert_eq!(new.standing(), Standing::Approved);
    let deeds = new.all::<Deed>();
    assert_eq!((deeds[0].what, deeds[0].stamp.is_some()), (What::TakenOver, true));
}

#[test]
fn the_new_one_says_whose_place_it_takes_until_it_was_heard() {
    let (mut old, _) = owing();
    let handover = handed(&old);
    retire(&mut old, &handover);
    let mut new = replaced(take_over(&handover.bytes, &profile(), NEW, old.at, seal).unwrap());
    let first = Device { mark: Some(NEW), succeeds: Some(OLD) };
    let says = |bench: &Bench| {
        let sent = bench.sent.iter().rev().find(|(message, _)| message.mti.0 == 800).unwrap();
        Device::read(sent.0.private62.as_deref().unwrap())
    };
    sign_in(&mut new);
    assert_eq!(says(&new), first);
    // Before the acquirer has heard it, it has nothing of its own to hand over.
    assert_eq!(hand_over(&new.rows_all(), seat(), new.at, open).unwrap_err(), HandoverFault::NotHeard);
    // The acquirer gives it a batch of its own and says so; an answer to another device is none.
    let heard = |device| Heard { shut: Some((Shut::Replaced, BatchNo(7))), device }.write();
    for other in [Device { succeeds: None, ..first }, Device { mark: Some(OLD), ..first }] {
        let answer = Message { private48: Some(heard(other)), ..new.sign_on_answer(9) };
        new.sent.clear();
        new.hear(answer);
        assert_eq!((new.till().mak, new.till().batch), (None, BatchNo(7)), "{other:?}");
        sign_in(&mut new);
    }
    let answer = Message { private48: Some(heard(first)), ..new.sign_on_answer(8) };
    new.hear(answer);
    assert!(new.screens().iter().any(|text| text.contains("in place of another device")));
    assert_eq!(new.till().batch, BatchNo(8));
    let mut seen = Vec::new();
    for _ in 0..60 {
        new.pass(60_000);
        for (message, _) in new.sent.drain(..).collect::<Vec<(Message, _)>>() {
            if message.mti.0 != 800 {
                assert_eq!(message.batch(), Some(BatchNo(7)), "all of it is the old one's: {message:?}");
                seen.push(message.mti.0);
            }
            let mut answer = new.answer(&message, "00");
            if message.mti.0 == 800 {
                let device = Device::read(message.private62.as_deref().unwrap());
                let private48 = Some(Heard { shut: None, device }.write());
                answer = Message { private62: Some(vec![9; 40].into()), private48, mac: None, ..answer };
            }
            new.hear(answer);
        }
    }
    assert!([220, 400, 620].iter().all(|mti| seen.contains(mti)), "{seen:?}");
    // Once a transaction of its own was answered the old batch is settled, in its own name.
    new.act(Act::Balance);
    new.act(Act::Card(stripe()));
    new.keys("EE");
    new.act(Act::Pin(Some(Pin::new("123456").unwrap())));
    let inquiry = new.one(200);
    assert_eq!(inquiry.batch(), Some(BatchNo(8)));
    new.hear(new.answer(&inquiry, "00"));
    new.pass(0);
    assert!(new.sent.is_empty(), "not while the customer stands there");
    new.pass(60_000);
    assert_eq!(new.one(500).batch(), Some(BatchNo(7)));
    assert_eq!(new.till().device, Device { mark: Some(NEW), succeeds: None }, "it was heard");
}

#[test]
fn who_comes_second_is_told_so() {
    let (mut old, _) = owing();
    let handover = handed(&old);
    retire(&mut old, &handover);
    let mut new = replaced(take_over(&handover.bytes, &profile(), NEW, old.at, seal).unwrap());
    sign_in(&mut new);
    let answer = Message { code: Some(code("58")), private62: None, ..new.sign_on_answer(7) };
    new.hear(answer);
    assert!(new.shows.iter().any(|show| format!("{show:?}").contains("交接文件已被另一台设备接收")));
    assert!(new.screens().iter().any(|text| text.contains("Another device has this hand-over")));
    assert_eq!(new.till().pending.len(), 1, "nothing is forgotten for an answer without a code");
    // It sells nothing by itself either: what it could never hand in would be a slip that nobody pays for.
    new.prints.clear();
    new.order(Kind::OfflineSale);
    assert!(new.prints.is_empty());
}

#[test]
fn the_old_one_works_no_more() {
    let (mut old, _) = owing();
    let handover = handed(&old);
    let mut reversal = Message::new(slipway_terms::Mti(410));
    (reversal.terminal, reversal.stan) = (Some(seat()), old.till().stan);
    retire(&mut old, &handover);
    old.power_cut();
    sign_in(&mut old);
    assert!(old.screen().contains("本机已停用"));
    for act in [Act::Balance, Act::Settle, Act::Sale(slipway_terms::Amount::fen(100)), Act::Reprint(None)] {
        old.act(act);
        assert!(old.screen().contains("本机已停用"));
    }
    old.hear(reversal);
    old.link(true);
    old.pass(3_600_000);
    assert!(old.sent.is_empty() && old.prints.is_empty());
    assert!(old.all::<Pending>().is_empty() && old.all::<Stored>().is_empty() && old.all::<Confirm>().is_empty());
    assert_eq!(hand_over(&old.rows_all(), seat(), old.at, open).unwrap_err(), HandoverFault::Retired);
    assert_eq!(old.all::<Deed>().last().unwrap().what, What::Retired);
}

#[test]
fn refusals_of_a_hand_over() {
    let (old, _) = owing();
    let rows = old.rows_all();
    let other = TerminalId::new("19999999").unwrap();
    assert_eq!(hand_over(&rows, other, old.at, open).unwrap_err(), HandoverFault::NoTerminal);
    assert_eq!(hand_over(&rows, seat(), old.at, |_| None).unwrap_err(), HandoverFault::Card);
    let bytes = handed(&old).bytes;
    let refused = |bytes: &[u8], profile: &Profile| take_over(bytes, profile, NEW, START, seal).unwrap_err();
    assert_eq!(take_over(&bytes, &profile(), NEW, START, |_| None).unwrap_err(), HandoverFault::Card);
    assert_eq!(refused(&bytes, &Profile { terminal: other, ..profile() }), HandoverFault::OtherTerminal);
    let merchant = MerchantId::new("999290054110002").unwrap();
    assert_eq!(refused(&bytes, &Profile { merchant, ..profile() }), HandoverFault::OtherTerminal);
    // No beginning of it is taken for the whole, and nothing behind it is left unread.
    for end in 0..bytes.len() {
        assert!(take_over(&bytes[..end], &profile(), NEW, START, seal).is_err(), "{end}");
    }
    assert_eq!(refused(&[&bytes[..], &[0]].concat(), &profile()), HandoverFault::Damaged);
}

/// Only what is needed goes: no profile, no people, no password, no working key.
#[test]
fn no_secret_travels_but_the_cards() {
    let (old, _) = owing();
    let bytes = handed(&old).bytes;
    let has = |what: &[u8]| bytes.windows(what.len()).any(|w| w == what);
    assert!(has(b"9990010000000010"), "the refund's card goes along, to be sealed on the way");
    let rows = take_over(&bytes, &profile(), NEW, START, seal).unwrap();
    let till = rows.iter().find_map(|(_, row)| if let TerminalRow::Till(till) = row { Some(till) } else { None });
    assert!(till.unwrap().pik.is_none() && till.unwrap().mak.is_none());
    assert!(!rows.iter().any(|(_, row)| matches!(row, TerminalRow::Staff(_))));
}
