//! Key schemes at the terminal: where PIN, track and serial number stand in a request, that no serial number is used twice
//! whatever happens, and what is said when they are used up.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Standing, Till};
use slipway_terms::{
    Amount, DukptKey, KeyRef, KeyScheme, Keying, Ksn, MacKey, Message, PinFormat, Security, TerminalId, WidePin,
};
use std::collections::BTreeSet;

const fn keying(scheme: KeyScheme, track: bool) -> Keying {
    Keying { scheme, track }
}

/// The serial number of everything on the wire, which the code is made under.
fn serials(sent: &[(Message, Option<MacKey>)]) -> Vec<Ksn> {
    let coded = sent.iter().filter(|(_, key)| key.is_some());
    coded
        .map(|(message, key)| {
            let Some(MacKey { key: KeyRef::Dukpt(_, ksn, DukptKey::Request), .. }) = key else { panic!("{key:?}") };
            assert_eq!(message.ksn, Some(*ksn), "what the code is under is said");
            *ksn
        })
        .collect()
}

#[test]
fn each_scheme_puts_pin_and_track_where_it_belongs() {
    for (scheme, code) in [
        (keying(KeyScheme::Tdes, false), 3),
        (keying(KeyScheme::Tdes, true), 4),
        (keying(KeyScheme::Sm4, false), 5),
        (keying(KeyScheme::Sm4, true), 6),
        (keying(KeyScheme::DukptTdes, false), 7),
        (keying(KeyScheme::DukptAes, false), 7),
    ] {
        assert_eq!(scheme.sign_on_code(), code);
        let mut bench = Bench::keyed(scheme);
        let request = bench.sell();
        let closed = scheme.closes_tracks();
        assert_eq!((request.track2.is_some(), request.closed_track.is_some()), (!closed, closed), "{scheme:?}");
        let wide = scheme.scheme == KeyScheme::Sm4;
        assert_eq!((request.pin.is_some(), request.wide_pin.is_some()), (!wide, wide), "{scheme:?}");
        let algorithm = if wide { 3 } else { 6 };
        assert_eq!(request.security, Some(Security { pin: Some(PinFormat::WithPan), algorithm, track: closed }));
        if wide {
            assert_eq!(request.wide_pin, Some(WidePin([7; 16])), "under the key of the sign-on");
        }
        bench.hear(bench.answer(&request, "00"));
        assert_eq!(bench.standing(), Standing::Approved, "{scheme:?}");
    }
}

#[test]
fn pin_track_and_code_are_under_one_number() {
    let mut bench = Bench::keyed(keying(KeyScheme::DukptTdes, false));
    bench.key_sale(8_800);
    let [ksn] = serials(&bench.sent)[..] else { panic!("one message") };
    let request = bench.one(200);
    assert_eq!(ksn.counter(), 2, "the first was the sign-on's");
    assert_eq!(request.pin.unwrap().0, [2; 8]);
    assert!(request.closed_track.unwrap().0.as_str().ends_with("02"));
    // An answer that names a number which was never used, or another terminal's, is under no key: doubt.
    let other = Ksn::first(KeyScheme::DukptTdes, TerminalId::new("10000002").unwrap(), 0).unwrap().next();
    for named in [None, ksn.next(), other] {
        let mut bench = Bench::keyed(keying(KeyScheme::DukptTdes, false));
        let request = bench.sell();
        let mut answer = bench.answer(&request, "00");
        answer.ksn = named;
        bench.hear(answer);
        assert!(matches!(bench.standing(), Standing::Doubtful(_)), "{named:?}");
    }
}

#[test]
fn no_number_is_used_twice_through_power_cuts_and_doubts() {
    for scheme in [KeyScheme::DukptTdes, KeyScheme::DukptAes] {
        let mut bench = Bench::keyed(keying(scheme, false));
        let mut used = BTreeSet::new();
        let mut seen = |bench: &Bench| {
            for ksn in serials(&bench.sent) {
                assert!(used.insert(ksn), "{ksn:?} again");
            }
            assert!(used.last().copied() <= bench.till().ksn, "what has left is in the record");
        };
        for round in 0..6u64 {
            bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
            bench.key_sale(8_800 + round);
            seen(&bench);
            match round % 3 {
                0 => {
                    let (request, _) = bench.sent.pop().unwrap();
                    if request.mti.0 == 200 {
                        bench.hear(bench.answer(&request, "00"));
                    }
                    bench.sent.clear();
                    bench.pass(5_000);
                    seen(&bench);
                }
                // No answer: the reversal goes out, again and again, each time under a number of its own.
                1 => {
                    bench.sent.clear();
                    bench.pass(200_000);
                    seen(&bench);
                }
                // The power goes after the commit and before anything leaves: that number is spent.
                _ => {
                    bench.sent.clear();
                    bench.cut_after = Some(bench.commits + 1);
                    bench.key_sale(7_000);
                    bench.power_cut();
                    seen(&bench);
                }
            }
            bench.sent.clear();
        }
        assert!(used.len() > 6, "{used:?}");
    }
}

#[test]
fn used_up_keys_begin_nothing_and_still_end_what_was_begun() {
    let near = |counter: [u8; 3]| {
        let Some(Ksn::Tdes(mut bytes)) = Ksn::first(KeyScheme::DukptTdes, seat(), 0) else { panic!("digits") };
        bytes[7..].copy_from_slice(&counter);
        Some(Ksn::Tdes(bytes))
    };
    let mut bench = Bench::keyed(keying(KeyScheme::DukptTdes, false));
    // The last number that may sell; its sale is in doubt.
    let till = bench.till();
    bench.put_till(Till { ksn: near([0x1F, 0xC0, 0x00]), ..till });
    assert!(bench.till().ksn.unwrap().may_sell());
    bench.sell();
    let till = bench.till();
    bench.put_till(Till { ksn: near([0x1F, 0xE0, 0x00]), ..till });
    bench.pass(130_000);
    assert!(bench.sent.iter().any(|(message, _)| message.mti.0 == 400), "the reversal still goes out");
    bench.sent.clear();
    bench.shows.clear();
    bench.act(Act::Sale(Amount::fen(100)));
    assert!(bench.screen().contains("本机密钥已用尽") && bench.sent.is_empty(), "{}", bench.screen());
    // The very last number: nothing more can be coded, and nothing leaves uncoded.
    let till = bench.till();
    bench.put_till(Till { ksn: near([0x1F, 0xF8, 0x00]), ..till });
    bench.pass(3_600_000);
    assert!(bench.sent.iter().all(|(message, key)| key.is_some() || message.ksn.is_none()));
    assert!(!bench.sent.iter().any(|(message, _)| message.mti.0 == 400), "{:?}", bench.mti());
}
