//! Keys that come by message: zone key resets, track keys of sign-on, DUKPT transactions.

use super::{CARD, ask, mac_key, name, named, pan, pin};
use crate::provider::{skipped, vault};
use slipway_node::{Ask, ClosedTrack, Install, Installed, Ksn, ResetFields, ResetKey, Told, Vault};
use slipway_terms::{KeyName, KeyRef, KeyUse, MacMethod, PinFormat, Short, Track2, WrappedKey};
use slipway_vault::SoftVault;

fn fields() -> ResetFields {
    ResetFields {
        mti: Short::cut("0800"),
        sent: Short::cut("0517160726"),
        stan: Short::cut("000535"),
        security: Short::cut("2000000000000000"),
        network: Short::cut("101"),
        receiver: Short::cut("44190440"),
    }
}

fn take(usage: KeyUse, key: &ResetKey) -> Ask {
    Ask::TakeReset { under: name(KeyUse::Zmk), usage, fields: fields(), key: key.clone() }
}

/// What one side made and the other took: the same key, each under its own wrapping.
fn reset(maker: &mut SoftVault, taker: &mut SoftVault, usage: KeyUse, double: bool) -> (WrappedKey, WrappedKey) {
    let make = Ask::MakeReset { under: name(KeyUse::Zmk), usage, double, fields: fields() };
    let Told::Reset { key, sent } = ask(maker, &make) else { panic!("no reset") };
    assert_eq!(sent.f48.is_some(), double);
    let Told::ResetTaken(taken) = ask(taker, &take(usage, &sent)) else { panic!("not taken") };
    assert_ne!(key, taken, "each keeps it under its own key");
    let mut bad = sent.clone();
    bad.f128[7] ^= 1;
    assert_eq!(ask(taker, &take(usage, &bad)), Told::No);
    (key, taken)
}

#[test]
fn a_new_zone_mac_key_is_used_beside_the_old_one() {
    if skipped() {
        return;
    }
    let (mut switch, mut member) = (vault(1), vault(2));
    for (double, method) in [(false, MacMethod::X99), (true, MacMethod::X919)] {
        let (ours, theirs) = reset(&mut switch, &mut member, KeyUse::Zak, double);
        let (new, old) = (mac_key(KeyRef::Wrapped(ours), method), mac_key(named(KeyUse::Zak), MacMethod::X919));
        let their_new = mac_key(KeyRef::Wrapped(theirs), method);
        // A message that was on its way under the old key, then the first under the new one.
        for (theirs, ours, other) in [(&old, &old, &new), (&their_new, &new, &old)] {
            let code = member.mac(theirs, b"0210 something").unwrap();
            assert_eq!(switch.answer(&Ask::MacGood(ours.clone()), b"0210 something", Some(code)), Told::Yes);
            assert_eq!(switch.answer(&Ask::MacGood(other.clone()), b"0210 something", Some(code)), Told::No);
        }
    }
}

#[test]
fn a_new_zone_pin_key_translates() {
    if skipped() {
        return;
    }
    let (mut switch, mut member) = (vault(1), vault(2));
    let (ours, theirs) = reset(&mut switch, &mut member, KeyUse::Zpk, true);
    let enciphered = ask(&mut member, &Ask::PinEncipher(KeyRef::Wrapped(theirs), pin("123456"), pan(CARD)));
    let Told::Pin(block) = enciphered else { panic!("{enciphered:?}") };
    let (from, to) = (KeyRef::Wrapped(ours.clone()), named(KeyUse::Zpk));
    let translate = Ask::PinTranslate { from, to, block, format: PinFormat::WithPan, pan: pan(CARD) };
    let direct = ask(&mut switch, &Ask::PinEncipher(named(KeyUse::Zpk), pin("123456"), pan(CARD)));
    assert_eq!(ask(&mut switch, &translate), direct);
    // A PIN key makes no codes.
    assert!(switch.mac(&mac_key(KeyRef::Wrapped(ours), MacMethod::X919), b"x").is_none());
}

/// Two resets in a row as the network does them: the switch accepts, the member uses, the switch uses; whatever was made a
/// moment before still holds, and what was made two resets ago no more.
#[test]
fn a_reset_is_laid_under_its_name() {
    if skipped() {
        return;
    }
    let (mut switch, mut member) = (vault(1), vault(2));
    let zak = mac_key(named(KeyUse::Zak), MacMethod::X919);
    let code = |vault: &mut SoftVault| vault.mac(&zak, b"0200 x").unwrap();
    let holds = |vault: &mut SoftVault, code| vault.answer(&Ask::MacGood(zak.clone()), b"0200 x", Some(code));
    let block_of = |vault: &mut SoftVault| {
        let told = ask(vault, &Ask::PinEncipher(named(KeyUse::Zpk), pin("123456"), pan(CARD)));
        let Told::Pin(block) = told else { panic!("{told:?}") };
        block
    };
    let reads = |vault: &mut SoftVault, block| {
        let (from, to, format) = (named(KeyUse::Zpk), named(KeyUse::Zpk), PinFormat::WithPan);
        let translated = ask(vault, &Ask::PinTranslate { from, to, block, format, pan: pan(CARD) });
        matches!(translated, Told::Pin(_))
    };
    let mut older = Vec::new();
    let mut rows = Vec::new();
    for round in 0..2 {
        let (before, block) = (code(&mut switch), block_of(&mut member));
        for usage in [KeyUse::Zak, KeyUse::Zpk] {
            let (ours, theirs) = reset(&mut switch, &mut member, usage, true);
            let laid = |key: &WrappedKey, how| Installed { name: name(usage), key: key.clone(), how };
            switch.install(&laid(&ours, Install::Accept));
            assert_eq!(code(&mut switch), before, "a key that is only accepted makes nothing");
            member.install(&laid(&theirs, Install::Use));
            rows.push((ours, usage));
        }
        // What the member sends now, and what was on its way.
        let after = code(&mut member);
        assert_ne!(after, before);
        for code in [before, after] {
            assert_eq!((holds(&mut switch, code), holds(&mut member, code)), (Told::Yes, Told::Yes), "round {round}");
        }
        let fresh = block_of(&mut member);
        assert!(fresh != block && reads(&mut switch, block) && reads(&mut switch, fresh) && reads(&mut member, block));
        for (key, usage) in &rows[rows.len() - 2..] {
            switch.install(&Installed { name: name(*usage), key: key.clone(), how: Install::Use });
        }
        assert_eq!((code(&mut switch), block_of(&mut switch)), (after, fresh));
        assert!(holds(&mut switch, before) == Told::Yes && reads(&mut switch, block), "still, until the next reset");
        for (code, block) in &older {
            assert!(holds(&mut switch, *code) == Told::No && !reads(&mut switch, *block));
            assert!(holds(&mut member, *code) == Told::No && !reads(&mut member, *block));
        }
        older.push((before, block));
    }
    // What another vault wrapped opens no more; the name is then without a key until the next reset, and says so.
    let mut other = vault(3);
    other.install(&Installed { name: name(KeyUse::Zak), key: WrappedKey(Box::new([1, 8, 2, 0])), how: Install::Use });
    assert_eq!(other.mac(&zak, b"x"), None);
    let own = vault(4).mac(&zak, b"0200 x").unwrap();
    assert_eq!(holds(&mut other, own), Told::Yes, "the one before is still accepted");
}

#[test]
fn resets_that_do_not_fit_are_refused() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    let make = |under, usage, double| Ask::MakeReset { under, usage, double, fields: fields() };
    for (question, want) in [
        (make(name(KeyUse::Zmk), KeyUse::Tmk, true), Told::NoKey),
        (make(name(KeyUse::Zmk), KeyUse::Pik, true), Told::NoKey),
        (make(name(KeyUse::Zmk), KeyUse::Zpk, false), Told::NoKey),
        (make(name(KeyUse::Tmk), KeyUse::Zak, true), Told::NoKey),
        (make(KeyName::of(KeyUse::Zmk, "2"), KeyUse::Zak, true), Told::NoKey),
        (take(KeyUse::Zak, &ResetKey { f48: None, f96: [0; 8], f128: [0; 8] }), Told::No),
        (take(KeyUse::Zak, &ResetKey { f48: Some(Box::new([0; 18])), f96: [0; 8], f128: [0; 8] }), Told::No),
        (take(KeyUse::Tmk, &ResetKey { f48: None, f96: [0; 8], f128: [0; 8] }), Told::NoKey),
    ] {
        assert_eq!(ask(&mut vault, &question), want, "{question:?}");
    }
}

#[test]
fn a_track_is_closed_at_the_terminal_and_opened_at_the_acquirer() {
    if skipped() {
        return;
    }
    let (mut acquirer, mut terminal) = (vault(1), vault(2));
    let made = ask(&mut acquirer, &Ask::MakeSessionSet(name(KeyUse::Tmk), 4));
    let Told::SessionSet { tdk: Some(ours), mak, block, .. } = made else { panic!("{made:?}") };
    let taken = ask(&mut terminal, &Ask::TakeSessionSet(name(KeyUse::Tmk), 4, block));
    let Told::KeySet { tdk: Some(theirs), pik, .. } = taken else { panic!("{taken:?}") };
    let track = Track2::new("9990011234567899=30121010000000000001").unwrap();
    let close = |key: &WrappedKey| Ask::TrackEncipher(KeyRef::Wrapped(key.clone()), track.clone());
    let Told::TrackClosed(closed) = ask(&mut terminal, &close(&theirs)) else { panic!() };
    assert!(!closed.0.as_str().contains("30121010"));
    let open = |key: &WrappedKey, closed: ClosedTrack| Ask::TrackDecipher(KeyRef::Wrapped(key.clone()), closed);
    assert_eq!(ask(&mut acquirer, &open(&ours, closed)), Told::TrackOpened(track.clone()));
    // The message says that it is under a key, so no other key and no clear track is taken.
    assert_eq!(ask(&mut acquirer, &open(&mak, closed)), Told::NoKey);
    assert_eq!(ask(&mut terminal, &close(&pik)), Told::NoKey);
    let Told::TrackClosed(other) = ask(&mut acquirer, &Ask::TrackEncipher(named(KeyUse::Tdk), track)) else { panic!() };
    assert_eq!(ask(&mut acquirer, &open(&ours, other)), Told::No);
    let without = ask(&mut acquirer, &Ask::MakeSessionSet(name(KeyUse::Tmk), 3));
    assert!(matches!(without, Told::SessionSet { tdk: None, .. }), "003 has no track key");
}

/// The terminal derives from its initial key, the host from the base key; both hold the same four keys.
#[test]
fn a_transaction_under_its_own_keys() {
    if skipped() {
        return;
    }
    let (mut host, mut terminal) = (vault(1), crate::provider::dukpt_terminal());
    let ksn = |counter: u8| Ksn::Aes([0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, counter]);
    let derive = |vault: &mut SoftVault, usage, ksn| match ask(vault, &Ask::DeriveKeys(name(usage), ksn)) {
        Told::Derived { pin, mac, answer_mac, track } => [pin, mac, answer_mac, track].map(KeyRef::Wrapped),
        told => panic!("{told:?}"),
    };
    let (here, there) = (derive(&mut host, KeyUse::Bdk, ksn(1)), derive(&mut terminal, KeyUse::Ipek, ksn(1)));
    let Told::Pin(block) = ask(&mut terminal, &Ask::PinEncipher(there[0].clone(), pin("123456"), pan(CARD))) else {
        panic!("no block")
    };
    let translate = |from: &KeyRef| Ask::PinTranslate {
        from: from.clone(),
        to: named(KeyUse::Zpk),
        block,
        format: PinFormat::WithPan,
        pan: pan(CARD),
    };
    let direct = ask(&mut host, &Ask::PinEncipher(named(KeyUse::Zpk), pin("123456"), pan(CARD)));
    assert_eq!(ask(&mut host, &translate(&here[0])), direct);
    let later = derive(&mut host, KeyUse::Bdk, ksn(2));
    assert_eq!(ask(&mut host, &translate(&later[0])), Told::PinUnreadable, "the next transaction has other keys");
    for (place, want) in [(1, Told::Yes), (2, Told::No)] {
        let code = terminal.mac(&mac_key(there[1].clone(), MacMethod::X919), b"0200");
        let good = Ask::MacGood(mac_key(here[place].clone(), MacMethod::X919));
        assert_eq!(host.answer(&good, b"0200", code), want, "request and answer have keys of their own");
    }
    let track = Track2::new("9990011234567899=30121010000000000001").unwrap();
    let Told::TrackClosed(closed) = ask(&mut terminal, &Ask::TrackEncipher(there[3].clone(), track.clone())) else {
        panic!("not closed")
    };
    assert_eq!(ask(&mut host, &Ask::TrackDecipher(here[3].clone(), closed)), Told::TrackOpened(track));
    assert_eq!(ask(&mut host, &Ask::DeriveKeys(name(KeyUse::Bdk), ksn(0))), Told::No);
    assert_eq!(ask(&mut host, &Ask::DeriveKeys(name(KeyUse::Zmk), ksn(1))), Told::NoKey);
    // Part 1 wants a triple DES base key.
    assert_eq!(ask(&mut host, &Ask::DeriveKeys(name(KeyUse::Bdk), Ksn::Tdes([1; 10]))), Told::NoKey);
}
