//! A day of four parties, acquirer, switch and issuer with their keys inside tokens, the terminal without: sign-on, a sale
//! whose PIN is translated twice, new zone keys while messages are on their way, another sale. Gated as `door_token.rs`.
#![cfg(feature = "pkcs11")]
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_node::{Ask, PinReference, ResetFields, Told, Vault};
use slipway_terms::{
    KeyName, KeyRef, KeyUse, MacKey, MacMethod, Pan, Pin, PinBlock, PinFormat, Short, Track2, WrappedKey,
};
use slipway_vault::{Algorithm, ClearKey, KeyRing, SoftVault, SystemRandom, TokenKeys};

const CARD: &str = "9990011234567899";

fn key(algorithm: Algorithm, seed: u8) -> ClearKey {
    let bytes: Vec<u8> = (0..algorithm.key_bytes()).map(|at| (at as u8).wrapping_mul(53) ^ seed).collect();
    ClearKey::new(algorithm, &bytes).unwrap()
}

fn pan() -> Pan {
    Pan::new(CARD).unwrap()
}

fn zone(usage: KeyUse, member: &str) -> KeyRef {
    KeyRef::Named(KeyName::of(usage, member))
}

fn x919(key: KeyRef) -> MacKey {
    MacKey { key, method: MacMethod::X919 }
}

/// A party with these keys inside a token of its own.
fn in_token(label: &str, keys: &[(KeyUse, &str, Algorithm, u8)]) -> SoftVault {
    let module = std::path::PathBuf::from(std::env::var_os("SLIPWAY_PKCS11_MODULE").unwrap());
    let label = format!("{label} {}", std::process::id());
    let token = TokenKeys::initialise(&module, &label, "officer-0000", "user-0000").unwrap();
    for (usage, owner, algorithm, seed) in keys {
        token.put(&KeyName::of(*usage, owner), *usage, &key(*algorithm, *seed)).unwrap();
    }
    SoftVault::new(token.ring().unwrap(), token.random())
}

fn ask(vault: &mut SoftVault, question: &Ask) -> Told {
    vault.answer(question, &[], None)
}

struct Parties {
    terminal: SoftVault,
    acquirer: SoftVault,
    switch: SoftVault,
    issuer: SoftVault,
    reference: PinReference,
}

/// Zone keys of the acquirer end in 10, of the issuer in 20.
fn parties() -> Parties {
    use Algorithm::{Aes256, Hmac, Tdes};
    use KeyUse::{Pvk, Seal, Tmk, Token, Zak, Zmk, Zpk};
    let a = [(Zak, "10", Tdes, 1), (Zpk, "10", Tdes, 2), (Zmk, "10", Tdes, 3)];
    let i = [(Zak, "20", Tdes, 4), (Zpk, "20", Tdes, 5)];
    let own = [(Tmk, "10000001", Tdes, 6), (Token, "10", Hmac, 7), (Seal, "10", Aes256, 8)];
    let acquirer = in_token("acquirer", &[&a[..], &own[..]].concat());
    let switch = in_token("switch", &[&a[..], &i[..]].concat());
    let issuer = in_token("issuer", &[&i[..], &[(Pvk, "20", Tdes, 9)]].concat());
    let mut ring = KeyRing::new(&key(Aes256, 99)).unwrap();
    ring.put(KeyName::of(Tmk, "10000001"), Tmk, &key(Tdes, 6)).unwrap();
    let terminal = SoftVault::new(ring, Box::new(SystemRandom));
    let reference = issuer.pin_offset(&KeyName::of(Pvk, "20"), &Pin::new("123456").unwrap(), &pan()).unwrap();
    Parties { terminal, acquirer, switch, issuer, reference }
}

/// The terminal's keys: at the terminal, and at the acquirer.
fn sign_on(p: &mut Parties) -> [[WrappedKey; 3]; 2] {
    let tmk = KeyName::of(KeyUse::Tmk, "10000001");
    let made = ask(&mut p.acquirer, &Ask::MakeSessionSet(tmk, 4));
    let Told::SessionSet { pik, mak, tdk: Some(tdk), block } = made else { panic!("{made:?}") };
    let taken = ask(&mut p.terminal, &Ask::TakeSessionSet(tmk, 4, block));
    let Told::KeySet { pik: its_pik, mak: its_mak, tdk: Some(its_tdk) } = taken else { panic!("{taken:?}") };
    [[its_pik, its_mak, its_tdk], [pik, mak, tdk]]
}

fn passes(from: &mut SoftVault, to: &mut SoftVault, message: &[u8], (theirs, ours): (KeyRef, KeyRef)) {
    let code = from.mac(&x919(theirs), message);
    assert!(code.is_some());
    assert_eq!(to.answer(&Ask::MacGood(x919(ours.clone())), message, code), Told::Yes);
    assert_eq!(to.answer(&Ask::MacGood(x919(ours)), b"another message", code), Told::No);
}

fn translated(vault: &mut SoftVault, from: KeyRef, to: KeyRef, block: PinBlock) -> PinBlock {
    match ask(vault, &Ask::PinTranslate { from, to, block, format: PinFormat::WithPan, pan: pan() }) {
        Told::Pin(block) => block,
        told => panic!("{told:?}"),
    }
}

/// A sale: the keys between acquirer and switch are given as each of them holds them.
fn sale(
    p: &mut Parties,
    terminal: &[[WrappedKey; 3]; 2],
    zak: (KeyRef, KeyRef),
    zpk: (KeyRef, KeyRef),
    pin: &str,
) -> Told {
    let [[pik, mak, tdk], [our_pik, our_mak, our_tdk]] = terminal.clone().map(|keys| keys.map(KeyRef::Wrapped));
    let track = Track2::new(&format!("{CARD}=30121010000000000001")).unwrap();
    let Told::TrackClosed(closed) = ask(&mut p.terminal, &Ask::TrackEncipher(tdk, track.clone())) else { panic!() };
    let Told::Pin(block) = ask(&mut p.terminal, &Ask::PinEncipher(pik, Pin::new(pin).unwrap(), pan())) else {
        panic!()
    };
    let code = p.terminal.mac(&MacKey { key: mak, method: MacMethod::EcbXor }, b"0200");
    let good = Ask::MacGood(MacKey { key: our_mak, method: MacMethod::EcbXor });
    assert_eq!(p.acquirer.answer(&good, b"0200", code), Told::Yes);
    assert_eq!(ask(&mut p.acquirer, &Ask::TrackDecipher(our_tdk, closed)), Told::TrackOpened(track));
    let own = |usage| KeyName::of(usage, "10");
    assert!(matches!(ask(&mut p.acquirer, &Ask::Token(own(KeyUse::Token), pan())), Told::Token(_)));
    let Told::Sealed(sealed) = ask(&mut p.acquirer, &Ask::Seal(own(KeyUse::Seal), pan())) else { panic!() };
    assert_eq!(p.acquirer.open_pan(&sealed), Some(pan()));
    let block = translated(&mut p.acquirer, our_pik, zpk.0, block);
    passes(&mut p.acquirer, &mut p.switch, b"0200", zak.clone());
    let block = translated(&mut p.switch, zpk.1, zone(KeyUse::Zpk, "20"), block);
    let issuers = || zone(KeyUse::Zak, "20");
    passes(&mut p.switch, &mut p.issuer, b"0200", (issuers(), issuers()));
    let right = Ask::PinRight {
        zone: zone(KeyUse::Zpk, "20"),
        block,
        format: PinFormat::WithPan,
        pan: pan(),
        pvk: KeyName::of(KeyUse::Pvk, "20"),
        reference: p.reference,
    };
    let told = ask(&mut p.issuer, &right);
    passes(&mut p.issuer, &mut p.switch, b"0210", (issuers(), issuers()));
    passes(&mut p.switch, &mut p.acquirer, b"0210", (zak.1, zak.0));
    told
}

/// The switch gives the acquirer a new zone key; returned as acquirer and switch hold it.
fn reset(p: &mut Parties, usage: KeyUse, stan: &str) -> (KeyRef, KeyRef) {
    let fields = ResetFields {
        mti: Short::cut("0800"),
        sent: Short::cut("1126190000"),
        stan: Short::cut(stan),
        security: Short::cut("1600000000000000"),
        network: Short::cut("101"),
        receiver: Short::cut("00010000"),
    };
    let under = KeyName::of(KeyUse::Zmk, "10");
    let made = ask(&mut p.switch, &Ask::MakeReset { under, usage, double: true, fields });
    let Told::Reset { key, sent } = made else { panic!("{made:?}") };
    let mut spoilt = sent.clone();
    spoilt.f48.as_mut().unwrap()[5] ^= 1;
    assert_eq!(ask(&mut p.acquirer, &Ask::TakeReset { under, usage, fields, key: spoilt }), Told::No);
    let taken = ask(&mut p.acquirer, &Ask::TakeReset { under, usage, fields, key: sent });
    let Told::ResetTaken(taken) = taken else { panic!("{taken:?}") };
    (KeyRef::Wrapped(taken), KeyRef::Wrapped(key))
}

#[test]
fn a_sale_new_zone_keys_and_a_sale() {
    if std::env::var_os("SLIPWAY_PKCS11_MODULE").is_none() {
        eprintln!("SKIPPED: no SLIPWAY_PKCS11_MODULE; run through scripts/softhsm");
        return;
    }
    let mut p = parties();
    let terminal = sign_on(&mut p);
    let both = |usage| (zone(usage, "10"), zone(usage, "10"));
    let (zak, zpk) = (both(KeyUse::Zak), both(KeyUse::Zpk));
    assert_eq!(sale(&mut p, &terminal, zak.clone(), zpk.clone(), "123456"), Told::Yes);
    assert_eq!(sale(&mut p, &terminal, zak.clone(), zpk.clone(), "654321"), Told::No);
    let new_zak = reset(&mut p, KeyUse::Zak, "000001");
    let new_zpk = reset(&mut p, KeyUse::Zpk, "000002");
    // What left before the reset arrives after it: the old generation still works beside the new one.
    assert_eq!(sale(&mut p, &terminal, zak.clone(), zpk, "123456"), Told::Yes);
    assert_eq!(sale(&mut p, &terminal, new_zak.clone(), new_zpk.clone(), "123456"), Told::Yes);
    assert_eq!(sale(&mut p, &terminal, new_zak.clone(), new_zpk, "111111"), Told::No);
    // Old and new are different keys.
    let code = p.acquirer.mac(&x919(new_zak.0), b"0200");
    assert_eq!(p.switch.answer(&Ask::MacGood(x919(zak.1)), b"0200", code), Told::No);
}
