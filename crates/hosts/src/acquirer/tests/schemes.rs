//! Key schemes at the acquirer: whose serial number counts, what an answer is coded under, PINs of either width, closed tracks.

use super::*;
use alloc::format;
use slipway_terms::{ClosedTrack, DukptKey, KeyScheme, Keying, Ksn, WidePin};

fn keyed(mode: Mode, keying: Keying) -> World {
    let mut w = World::new(mode);
    let merchant = MerchantId::new(SHOP).unwrap();
    let base = keying.scheme.base_key(&InstitutionId::new(ME).unwrap());
    for (key, row) in
        seed_keyed_terminal(TerminalId::new(TILL).unwrap(), merchant, BatchNo(7), Profile::Slipway, keying, base)
    {
        w.write(&key, &row);
    }
    w
}

fn serial(counter: u32) -> Ksn {
    injected(0, counter)
}

fn under(ksn: Ksn, which: DukptKey) -> MacKey {
    let base = KeyScheme::DukptAes.base_key(&InstitutionId::new(ME).unwrap());
    MacKey { key: KeyRef::Dukpt(base, ksn, which), method: MacMethod::EcbXor }
}

fn closed() -> ClosedTrack {
    ClosedTrack(Short::new(&format!("{CARD}DFEDCBA9876543210")).unwrap())
}

fn injected(injection: u8, counter: u32) -> Ksn {
    let mut ksn = Ksn::first(KeyScheme::DukptAes, TerminalId::new(TILL).unwrap(), injection).unwrap();
    for _ in 0..counter {
        ksn = ksn.next().unwrap();
    }
    ksn
}

/// A message under this serial number.
fn coded(m: Message, ksn: Ksn) -> Message {
    Message { ksn: Some(ksn), mac: Some(mac_of(&under(ksn, DukptKey::Request))), ..m }
}

/// A sign-on of the device with this mark.
fn sign_on(w: &mut World, mark: u64, succeeds: Option<u64>, ksn: Ksn) -> Left {
    let device = Device { mark: Some(DeviceMark(mark)), succeeds: succeeds.map(DeviceMark) };
    let till60 = Some(Till60::management(BatchNo(0), 7));
    let m = Message { private62: Some(device.write("SW000001")), till60, ..w.sign_on_message() };
    w.hear(coded(m, ksn))
}

/// A terminal with DUKPT keys whose first device has signed on.
fn dukpt(mode: Mode) -> World {
    let mut w = keyed(mode, Keying::of(KeyScheme::DukptAes));
    let left = sign_on(&mut w, 1, None, injected(0, 1_000));
    assert_eq!((left.code(), left.said().till60.unwrap().batch), ("00".into(), BatchNo(7)));
    w
}

fn in_batch(m: Message, batch: u32) -> Message {
    let till60 = m.till60.map(|till| Till60 { batch: BatchNo(batch), ..till });
    Message { till60, ..m }
}

/// The batch it was told, and the one that was closed before it.
fn told(left: &Left) -> (u32, Option<(Shut, BatchNo)>) {
    let said = left.said();
    assert_eq!(left.code(), "00");
    (said.till60.unwrap().batch.0, Heard::read(said.private48.as_deref().unwrap()).unwrap().shut)
}

#[test]
fn a_wiped_device_with_serial_numbers_meets_no_old_number() {
    play(dukpt, |w| {
        let m = sale(w, serial(1));
        let forwarded = w.hear(m.clone()).switch[0].clone();
        w.switch_says(World::answer_to(&forwarded, "00"));
        let closed = Some((Shut::Replaced, BatchNo(7)));
        // Under the initial key that is in force it cannot be told from the device before it.
        let left = sign_on(w, 2, None, serial(9));
        assert_eq!((left.code(), left.till[0].2.clone()), ("58".into(), Some(under(serial(9), DukptKey::Answer))));
        // With one of its own it is in force at once, and says so as often as it likes.
        for counter in 1..4 {
            assert_eq!(told(&sign_on(w, 2, None, injected(1, counter))), (8, closed));
        }
        // Nothing under the old one is this terminal any more: not a late copy, not a sign-on.
        let late = coded(World::reversal_of(&m), serial(2));
        assert_eq!(w.hear(late).code(), "A0");
        assert_eq!(sign_on(w, 1, None, serial(3)).code(), "A0");
        assert_eq!(w.original(&m).stage, Stage::Approved);
        w.pass(0);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed], "nobody is left who could confirm it");
        // The same STAN in its own batch is another exchange; and with its answer it was told enough.
        let again = Message { stan: m.stan, ..sale(w, injected(1, 5)) };
        let again = coded(in_batch(again, 8), injected(1, 5));
        assert_eq!(w.hear(again).switch.len(), 1);
        assert_eq!(told(&sign_on(w, 2, None, injected(1, 6))), (8, None));
    });
}

#[test]
fn a_hand_over_with_serial_numbers_goes_to_one_device() {
    play(dukpt, |w| {
        let m = sale(w, serial(1));
        let forwarded = w.hear(m.clone()).switch[0].clone();
        w.switch_says(World::answer_to(&forwarded, "00"));
        assert_eq!(told(&sign_on(w, 2, Some(1), injected(1, 1))).0, 8);
        let confirmation = coded(World::confirmation_of(&m), injected(1, 2));
        assert_eq!(w.hear(confirmation).code(), "00");
        assert_eq!(sign_on(w, 3, Some(1), injected(2, 1)).code(), "58");
        assert_eq!(w.open_cases(), [Ground::HandoverTwice]);
        assert_eq!(told(&sign_on(w, 2, Some(1), injected(1, 3))), (8, None), "the heir is as it was");
    });
}

#[test]
fn a_sign_on_under_serial_numbers_needs_its_code() {
    let mut w = keyed(Mode::Plain, Keying::of(KeyScheme::DukptAes));
    let early = sale(&mut w, serial(1));
    assert_eq!(w.hear(early).code(), "A0", "before any sign-on there is no batch to sell in");
    let till60 = Some(Till60::management(BatchNo(0), 7));
    let bare = Message { till60, ..w.sign_on_message() };
    for m in [bare.clone(), Message { ksn: Some(serial(1)), mac: Some(Mac([0; 8])), ..bare }] {
        assert_eq!(w.hear(m).code(), "A0");
    }
    assert_eq!(sign_on(&mut w, 1, None, serial(2)).code(), "00");
    // A new initial key of the same device moves nothing else.
    assert_eq!(told(&sign_on(&mut w, 1, None, injected(1, 1))), (7, None));
    assert_eq!(w.open_cases(), []);
}

/// A sale as a terminal with DUKPT keys sends it.
fn sale(w: &mut World, ksn: Ksn) -> Message {
    let mut m = w.sale(8800);
    (m.track2, m.closed_track) = (None, Some(closed()));
    m.security =
        Some(slipway_terms::Security { pin: Some(slipway_terms::PinFormat::WithPan), algorithm: 6, track: true });
    m.ksn = Some(ksn);
    m.mac = Some(mac_of(&under(ksn, DukptKey::Request)));
    m
}

#[test]
fn a_dukpt_sale_from_request_to_answer() {
    play(dukpt, |w| {
        let m = sale(w, serial(1));
        let left = w.hear(m.clone());
        let forwarded = left.switch[0].clone();
        assert!(forwarded.track2.is_some() && forwarded.closed_track.is_none() && forwarded.ksn.is_none());
        assert_eq!(forwarded.pin.unwrap().0, [0x11 ^ 1; 8], "out from under the keys of the message");
        assert_eq!(forwarded.security.map(|security| security.track), Some(false));
        let left = w.switch_says(World::answer_to(&forwarded, "00"));
        let (_, said, key) = &left.till[0];
        assert_eq!((said.ksn, key), (Some(serial(1)), &Some(under(serial(1), DukptKey::Answer))));
        // A copy under another number is the same request, answered under that number.
        let again = sale(w, serial(2));
        let again = Message { stan: m.stan, ..again };
        let again = Message { mac: Some(mac_of(&under(serial(2), DukptKey::Request))), ..again };
        let left = w.hear(again);
        assert_eq!(left.code(), "00");
        assert_eq!(left.till[0].2, Some(under(serial(2), DukptKey::Answer)));
    });
}

#[test]
fn only_its_own_used_numbers_count() {
    let other = Ksn::first(KeyScheme::DukptAes, TerminalId::new("10009999").unwrap(), 0).unwrap().next().unwrap();
    let tdes = Ksn::first(KeyScheme::DukptTdes, TerminalId::new(TILL).unwrap(), 0).unwrap().next().unwrap();
    for ksn in [other, tdes, serial(0)] {
        let mut w = dukpt(Mode::Plain);
        let m = sale(&mut w, ksn);
        let left = w.hear(m);
        assert_eq!((left.code(), left.till[0].2.clone()), ("A0".into(), None), "{ksn:?}");
    }
    // Its own number with a wrong code: told so under that number, which the terminal can prove.
    let mut w = dukpt(Mode::Plain);
    let mut m = sale(&mut w, serial(1));
    m.mac = Some(Mac([0; 8]));
    let left = w.hear(m);
    assert_eq!((left.code(), left.till[0].2.clone()), ("A0".into(), Some(under(serial(1), DukptKey::Answer))));
    // Working keys are no way around it.
    let mut m = sale(&mut w, serial(1));
    (m.ksn, m.mac) = (None, Some(mac_of(&under(serial(1), DukptKey::Request))));
    assert_eq!(w.hear(m).code(), "A0");
}

#[test]
fn a_sign_on_gets_what_its_scheme_has() {
    let (tdes, sm4) = (KeyScheme::Tdes, KeyScheme::Sm4);
    for (keying, code, want, block) in [
        (Keying { scheme: tdes, track: true }, 4, "00", true),
        (Keying { scheme: tdes, track: true }, 3, "40", false),
        (Keying::of(tdes), 5, "40", false),
        (Keying::of(sm4), 5, "00", true),
        (Keying::of(sm4), 6, "00", true),
        (Keying::of(sm4), 3, "40", false),
        (Keying { scheme: sm4, track: true }, 5, "40", false),
        (Keying::of(KeyScheme::DukptTdes), 7, "00", false),
        (Keying::of(KeyScheme::DukptAes), 3, "40", false),
        (Keying::of(tdes), 7, "40", false),
    ] {
        let mut w = keyed(Mode::TwiceApart, keying);
        let mut m = w.sign_on_message();
        m.till60 = Some(Till60::management(BatchNo(0), code));
        if let Some(ksn) = Ksn::first(keying.scheme, TerminalId::new(TILL).unwrap(), 0).and_then(|first| first.next()) {
            let base = keying.scheme.base_key(&InstitutionId::new(ME).unwrap());
            let key = MacKey { key: KeyRef::Dukpt(base, ksn, DukptKey::Request), method: MacMethod::EcbXor };
            (m.ksn, m.mac) = (Some(ksn), Some(mac_of(&key)));
        }
        let left = w.hear(m);
        assert_eq!((left.code().as_str(), left.said().private62.is_some()), (want, block), "{keying:?} {code}");
    }
}

#[test]
fn sm4_pins_and_closed_tracks_under_working_keys() {
    let mut w = keyed(Mode::Plain, Keying { scheme: KeyScheme::Sm4, track: true });
    let mut m = w.sign_on_message();
    m.till60 = Some(Till60::management(BatchNo(0), 6));
    w.hear(m);
    w.mak = Some(WrappedKey(Box::from([1, 2])));
    let mut m = w.sale(8800);
    (m.pin, m.wide_pin, m.track2, m.closed_track) = (None, Some(WidePin([0x22; 16])), None, Some(closed()));
    m.security =
        Some(slipway_terms::Security { pin: Some(slipway_terms::PinFormat::WithPan), algorithm: 3, track: true });
    let left = w.hear(m);
    let forwarded = &left.switch[0];
    // The zone of the tests is under triple DES; the vault decides that, not the terminal.
    assert_eq!(forwarded.pin.unwrap().0, [0x22 ^ 1; 8]);
    assert_eq!(forwarded.security.map(|security| security.algorithm), Some(6));
    assert!(forwarded.track2.is_some());
    // A track that is none under these keys: every copy is told the same, and nothing is forwarded.
    let mut m = w.sale(100);
    m.track2 = None;
    m.closed_track = Some(ClosedTrack(Short::new("9990010000000014DFFFFFFFFFFFFFFFF").unwrap()));
    let left = w.hear(m);
    assert_eq!((left.code().as_str(), left.switch.len()), ("A7", 0));
    // While the vault does not answer it is doubt.
    let mut m = w.sale(100);
    (m.track2, m.closed_track) = (None, Some(closed()));
    m.mac = None;
    w.vault_up = false;
    assert_eq!(w.hear(m).code(), "96");
}
