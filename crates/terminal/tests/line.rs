//! Line faults at the till (A15): before anything has left nothing was taken and no number is lost; after that only doubt,
//! whatever the line says meanwhile.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod bench;

use bench::{Bench, seat};
use slipway_node::{Hand, Input, LineFault, Peer};
use slipway_terminal::Standing;
use slipway_terminal::line::{Sent, TABLE, row};
use slipway_terms::Doubt;

fn down(bench: &mut Bench, fault: LineFault) {
    bench.input(&Input::Hand(Hand::NoLine(Peer::Host(seat()), fault)));
}

fn said(bench: &Bench) -> String {
    bench.shows.last().unwrap().lines.iter().map(|line| format!("{}|{}\n", line.zh, line.en)).collect()
}

#[test]
fn before_sending_nothing_is_taken_and_no_number_is_lost() {
    for of in TABLE.iter().filter(|row| row.sent == Sent::Before) {
        let mut bench = Bench::ready();
        let stan = bench.till();
        down(&mut bench, of.fault);
        bench.key_sale(8_800);
        assert!(bench.sent.is_empty() && bench.pending().is_none(), "{of:?}");
        assert_eq!(bench.till(), stan, "a number was used: {of:?}");
        let screen = said(&bench);
        for part in [of.code, of.what.0, of.what.1, "Nothing was sent", of.tries[0].0, of.tries[0].1] {
            assert!(screen.contains(part), "{part}: {screen}");
        }
        assert_eq!(bench.notes[&seat()].fault, Some(of.fault));
        assert!(bench.counts.contains(&of.fault.counted()));
        // It goes on by itself when the line is back.
        bench.link(true);
        assert_eq!(bench.notes[&seat()].fault, None);
        assert_eq!(bench.one(200).stan, Some(stan.next_stan()), "{of:?}");
    }
}

#[test]
fn a_line_that_stays_away_gives_the_sale_back() {
    let mut bench = Bench::ready();
    let till = bench.till();
    down(&mut bench, LineFault::PppAuth);
    bench.key_sale(8_800);
    // The reason changes while the cashier waits: the screen follows, once.
    down(&mut bench, LineFault::Refused);
    assert!(said(&bench).contains("L13"), "{}", said(&bench));
    let shown = bench.shows.len();
    down(&mut bench, LineFault::Refused);
    assert_eq!(bench.shows.len(), shown);
    bench.pass(120_000);
    let screen = said(&bench);
    assert!(screen.contains("The line is down") && screen.contains("nothing was taken"), "{screen}");
    assert_eq!(bench.till(), till);
    bench.link(true);
    assert!(bench.sent.is_empty(), "what was given back does not leave by itself");
    assert_eq!(bench.sell().stan, Some(till.next_stan()));
}

#[test]
fn after_sending_it_is_doubt_whatever_the_line_says() {
    let check = |faults: &[LineFault], want: LineFault| {
        let mut bench = Bench::ready();
        let sale = bench.sell();
        for fault in faults {
            bench.link(false);
            down(&mut bench, *fault);
            assert!(!said(&bench).contains("nothing was taken"), "{}", said(&bench));
            assert_eq!(bench.standing(), Standing::Sent);
            bench.link(true);
        }
        bench.pass(61_000);
        let screen = said(&bench);
        assert!(screen.contains(row(want).code) && !screen.to_lowercase().contains("nothing was taken"), "{screen}");
        assert!(matches!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer)));
        assert!(bench.counts.contains(&want.counted()));
        // The reversal runs by itself.
        bench.pass(120_000);
        let reversal = bench.sent.iter().find(|(message, _)| message.mti.0 == 400).unwrap();
        assert_eq!(reversal.0.stan, sale.stan);
    };
    check(&[], LineFault::NoAnswer);
    for of in TABLE.iter().filter(|row| row.sent == Sent::Before) {
        check(&[of.fault], LineFault::LostWaiting);
    }
}

/// A line that has not stood since power-on is still being made; one that stood has broken.
#[test]
fn without_a_word_from_the_line_the_till_still_says_which() {
    for (stood, want) in [(false, "L04"), (true, "L31")] {
        let mut bench = Bench::ready();
        if stood {
            bench.link(true);
        }
        bench.link(false);
        bench.key_sale(8_800);
        assert!(bench.sent.is_empty() && said(&bench).contains(want), "{}", said(&bench));
    }
}

/// The mark of a broken wait belongs to one request.
#[test]
fn the_next_request_waits_anew() {
    let mut bench = Bench::ready();
    bench.sell();
    bench.link(false);
    bench.link(true);
    bench.pass(61_000);
    assert!(said(&bench).contains("L41"));
    let mut fresh = Bench::ready();
    fresh.sell();
    fresh.pass(61_000);
    assert!(said(&fresh).contains("L42"));
}
