//! The guard against the second swipe: what stops it, what it shows, what an override leaves behind, and that nothing is used up
//! before one.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, Hand, Input, Question};
use slipway_terminal::{Exchange, Locks, PaidAgain, Pending, What};
use slipway_terms::{Amount, OperatorNo, PaperFate, PayAgain, Pin, Second, TillKey};

/// How the first payment stands when the customer pays again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum First {
    Doubtful,
    Failed,
    Unprinted,
    PowerCut,
}

/// A till with a first payment of 88.00 that is open.
fn open(first: First) -> (Bench, TillKey) {
    let mut bench = Bench::ready();
    let request = bench.sell();
    let key = bench.till().last.unwrap();
    match first {
        First::Doubtful => bench.pass(60_000),
        First::Failed => bench.pass(250_000),
        First::Unprinted => {
            bench.hear(bench.answer(&request, "00"));
            let about = bench.prints[0].about;
            bench.act(Act::Paper(about, slipway_terms::Copy::Merchant, PaperFate::Missing));
        }
        First::PowerCut => {
            bench.power_cut();
            bench.act(Act::SignIn(OperatorNo(1), Pin::new("1234").unwrap()));
        }
    }
    bench.sent.clear();
    (bench, key)
}

/// The same card and amount up to the number on the screen.
fn again(bench: &mut Bench, fen: u64) {
    bench.act(Act::Sale(Amount::fen(fen)));
    bench.act(Act::Card(stripe()));
    bench.keys("E");
}

fn word(no: u8, password: &str) -> Act {
    Act::Allow(OperatorNo(no), Pin::new(password).unwrap())
}

#[test]
fn an_open_payment_stops_the_same_one_and_nothing_is_used_up() {
    for first in [First::Doubtful, First::Failed, First::Unprinted] {
        let (mut bench, key) = open(first);
        let before = bench.till();
        again(&mut bench, 8_800);
        let screen = bench.screen();
        let title = if first == First::Unprinted { "交易已成功" } else { "尚未了结" };
        assert!(screen.contains(title) && screen.contains(&format!("凭证 {}", key.stan)), "{first:?}: {screen}");
        if first != First::Unprinted {
            // The clock of its promise: 48 hours from when it was sent.
            let promise = bench.row::<Exchange>(&key).unwrap().sent_at.plus_ms(48 * 3_600_000);
            assert!(screen.contains(&promise.to_string()), "{first:?}: {screen}");
        }
        // Neither keys nor a cashier's word nor a wrong password let it go, and no PIN pad opens.
        for keys in ["7", "C4", "C", "00"] {
            bench.keys(keys);
            assert!(!bench.shows.last().unwrap().pin_entry, "{first:?} {keys}");
        }
        bench.keys("X");
        again(&mut bench, 8_800);
        bench.act(Act::PayAgain(PayAgain::NoSlip));
        bench.act(word(1, "1234"));
        assert!(bench.screen().contains("无权授权"), "{}", bench.screen());
        bench.act(word(0, "1111"));
        assert!(bench.sent.iter().all(|(message, _)| message.mti.0 != 200), "{first:?}");
        let after = bench.till();
        assert_eq!((after.stan, &after.pending, after.last), (before.stan, &before.pending, before.last), "{first:?}");
        assert_eq!(after.locks, Locks { supervisor: 1, ..before.locks });
        assert!(bench.all::<PaidAgain>().is_empty());
    }
}

#[test]
fn another_amount_a_printed_slip_and_an_ended_one_stop_nothing() {
    let (mut bench, _) = open(First::Doubtful);
    again(&mut bench, 8_900);
    assert!(bench.shows.last().unwrap().pin_entry, "another amount: {}", bench.screen());
    let mut bench = Bench::ready();
    bench.approved(slipway_terms::Kind::Sale);
    again(&mut bench, 8_800);
    assert!(bench.shows.last().unwrap().pin_entry, "a printed slip: {}", bench.screen());
    let (mut bench, _) = open(First::Doubtful);
    bench.pass(60_000);
    let reversal = bench.take();
    bench.hear(bench.answer(&reversal, "00"));
    again(&mut bench, 8_800);
    assert!(bench.shows.last().unwrap().pin_entry, "a reversed one: {}", bench.screen());
}

/// A real second purchase right after the first: its slip is out, and the acquirer has not been told yet. Here nothing is open.
#[test]
fn a_printed_slip_that_the_acquirer_has_not_heard_of_stops_nothing() {
    for sent in [false, true] {
        let mut bench = Bench::ready();
        let request = bench.sell();
        bench.hear(bench.answer(&request, "00"));
        bench.print_all(PaperFate::Printed);
        if sent {
            bench.pass(5_000);
            bench.one(620);
        }
        again(&mut bench, 8_800);
        assert!(bench.shows.last().unwrap().pin_entry, "told {sent}: {}", bench.screen());
        bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
        let second = bench.take();
        assert!(second.mti.0 == 200 && second.private48.is_none(), "it is linked to nothing");
        assert!(!bench.counts.contains(&"second swipe stopped"));
        assert!(bench.all::<PaidAgain>().is_empty());
    }
}

#[test]
fn waiting_asks_for_the_fate_of_the_first_one() {
    for first in [First::Doubtful, First::Failed, First::Unprinted] {
        let (mut bench, key) = open(first);
        bench.sent.clear();
        again(&mut bench, 8_800);
        bench.keys("E");
        let asked = bench.one(820);
        assert_eq!(asked.original_till.map(|till| (till.batch, till.stan)), Some((key.batch, key.stan.number())));
        assert!(bench.screen().contains("查证"));
    }
}

#[test]
fn print_in_place_of_a_second_payment_prints_the_first_slip() {
    let (mut bench, key) = open(First::Unprinted);
    bench.prints.clear();
    again(&mut bench, 8_800);
    bench.keys("P");
    assert_eq!(bench.prints.iter().map(|print| print.about).collect::<Vec<_>>(), [key]);
    bench.keys("E");
    assert!(bench.sent.is_empty());
}

/// Keys alone, or the acts of a script; the cashier with the supervisor at his side, or the supervisor alone.
#[test]
fn an_override_is_linked_both_ways_for_ever() {
    for first in [First::Doubtful, First::Failed, First::Unprinted, First::PowerCut] {
        for reason in PayAgain::ALL {
            for (keys, supervisor) in [(true, false), (false, false), (true, true)] {
                let (mut bench, key) = open(first);
                if supervisor {
                    bench.act(Act::SignIn(OperatorNo(0), Pin::new("9876").unwrap()));
                }
                let stan = bench.till().stan;
                again(&mut bench, 8_800);
                match keys {
                    true => bench.keys(&format!("C{}", reason as u8)),
                    false => bench.act(Act::PayAgain(reason)),
                }
                match (keys, supervisor) {
                    (_, true) => {}
                    (true, false) => bench.keys("9876E"),
                    (false, false) => bench.act(word(0, "9876")),
                }
                assert!(bench.shows.last().unwrap().pin_entry, "{first:?} {reason:?}: {}", bench.screen());
                assert_eq!(bench.till().stan, stan, "no number before it is keyed to the end");
                bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
                // What blocks goes first, under its own number.
                if let Some((message, _)) = bench.sent.last().cloned().filter(|(m, _)| m.mti.0 == 400) {
                    assert!(message.private48.is_none(), "a reversal is about the payment alone");
                    bench.hear(bench.answer(&message, "00"));
                }
                let request = bench.take();
                let second = bench.last();
                let slip = first == First::Unprinted;
                let link = Second { first: key, reason: Some(reason), slip: Some(slip) };
                assert_eq!((request.mti.0, second.second, second.allowed), (200, Some(link), Some(OperatorNo(0))));
                assert_eq!(request.private48.as_deref(), Some(&*link.write()));
                assert!(bench.row::<Pending>(&second.key).unwrap().advice.second.is_none());
                let paid = bench.row::<PaidAgain>(&key).unwrap();
                assert_eq!((paid.first, &*paid.seconds), (key, &[second.key][..]));
                let deeds = bench.all::<slipway_terminal::Deed>();
                assert!(deeds.iter().any(|deed| deed.what == What::PaidAgain(key.stan, reason)));
                // Both traces say it, after a power cut too.
                bench.power_cut();
                for (till, of, then) in [(key, None, vec![second.key]), (second.key, Some(link), vec![])] {
                    bench.input(&Input::Hand(Hand::Desk { ticket: 1, question: Question::Till(till) }));
                    let told = &bench.testimonies[0];
                    assert_eq!((told.second_of, &told.paid_again), (of, &then));
                }
            }
        }
    }
}

#[test]
fn a_third_payment_names_the_newest_open_one() {
    let (mut bench, key) = open(First::Failed);
    for _ in 0..2 {
        again(&mut bench, 8_800);
        bench.act(Act::PayAgain(PayAgain::CannotWait));
        bench.act(word(0, "9876"));
        bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
        bench.pass(300_000);
        bench.sent.clear();
    }
    let third = bench.last();
    let second = third.second.unwrap().first;
    assert_eq!(bench.row::<Exchange>(&second).unwrap().second.map(|link| link.first), Some(key));
}
