//! Every question a core may ask: right, wrong, key missing, key of another usage, damaged cryptogram. Each is answered
//! by a value. The same for every provider: `door.rs` runs it with soft keys, `door_token.rs` with keys inside a token.

use slipway_node::{Ask, PinReference, Told, Vault};
use slipway_terms::{
    KeyName, KeyRef, KeyUse, Mac, MacKey, MacMethod, Pan, Pin, PinFormat, SealedPan, Short, WrappedKey,
};
use slipway_vault::{Algorithm, ClearKey, MakSlot, SoftVault};

use crate::provider::{skipped, vault};

mod travel;

pub const CARD: &str = "9990011234567899";
pub const OTHER_CARD: &str = "9990020000012345673";

pub fn name(usage: KeyUse) -> KeyName {
    KeyName::of(usage, "1")
}

pub fn named(usage: KeyUse) -> KeyRef {
    KeyRef::Named(name(usage))
}

pub fn pan(digits: &str) -> Pan {
    Pan::new(digits).unwrap()
}

pub fn pin(digits: &str) -> Pin {
    Pin::new(digits).unwrap()
}

pub fn mac_key(key: KeyRef, method: MacMethod) -> MacKey {
    MacKey { key, method }
}

/// One key of each usage, named `usage/1`.
pub fn keys() -> Vec<(KeyUse, ClearKey)> {
    let all = [
        (11, KeyUse::Tmk, Algorithm::Tdes),
        (12, KeyUse::Zpk, Algorithm::Tdes),
        (13, KeyUse::Zak, Algorithm::Tdes),
        (14, KeyUse::Pvk, Algorithm::Tdes),
        (15, KeyUse::Token, Algorithm::Hmac),
        (16, KeyUse::Seal, Algorithm::Aes256),
        (17, KeyUse::Pik, Algorithm::Tdes),
        (18, KeyUse::Mak, Algorithm::Des),
        (19, KeyUse::Zmk, Algorithm::Tdes),
        (20, KeyUse::Tdk, Algorithm::Tdes),
        (21, KeyUse::Bdk, Algorithm::Aes128),
    ];
    let made = all.into_iter().map(|(number, usage, algorithm)| {
        let bytes: Vec<u8> = (0u8..).map(|at| at.wrapping_mul(29) ^ number).take(algorithm.key_bytes()).collect();
        (usage, ClearKey::new(algorithm, &bytes).unwrap())
    });
    made.collect()
}

pub fn ask(vault: &mut SoftVault, ask: &Ask) -> Told {
    vault.answer(ask, &[], None)
}

/// Signs a terminal on at an acquirer: the working keys as each of them keeps them.
fn signed_on(acquirer: &mut SoftVault, terminal: &mut SoftVault, code: u16) -> [(WrappedKey, WrappedKey); 2] {
    let made = ask(acquirer, &Ask::MakeSessionKeys(name(KeyUse::Tmk), code));
    let Told::SessionKeys { pik, mak, block } = made else { panic!("{made:?}") };
    let taken = ask(terminal, &Ask::TakeSessionKeys(name(KeyUse::Tmk), code, block));
    let Told::Keys { pik: terminal_pik, mak: terminal_mak } = taken else { panic!("{taken:?}") };
    [(pik, mak), (terminal_pik, terminal_mak)]
}

#[test]
fn a_code_made_at_the_terminal_holds_at_the_acquirer() {
    if skipped() {
        return;
    }
    for (code, slot, methods) in [
        (1, MakSlot::Single, &[MacMethod::EcbXor, MacMethod::X99][..]),
        (3, MakSlot::Single, &[MacMethod::EcbXor, MacMethod::X99]),
        (3, MakSlot::Double, &[MacMethod::EcbXor, MacMethod::X99, MacMethod::X919]),
        (4, MakSlot::Twice, &[MacMethod::EcbXor, MacMethod::X99]),
    ] {
        let (mut acquirer, mut terminal) = (vault(1).with_mak_slot(slot), vault(2).with_mak_slot(slot));
        let [(_, mak), (_, terminal_mak)] = signed_on(&mut acquirer, &mut terminal, code);
        assert_ne!(mak, terminal_mak, "each keeps it under its own key");
        for method in methods {
            let theirs = mac_key(KeyRef::Wrapped(terminal_mak.clone()), *method);
            let ours = mac_key(KeyRef::Wrapped(mak.clone()), *method);
            let code = terminal.mac(&theirs, b"0200 something").unwrap();
            let good = Ask::MacGood(ours);
            assert_eq!(acquirer.answer(&good, b"0200 something", Some(code)), Told::Yes);
            assert_eq!(acquirer.answer(&good, b"0200 Something", Some(code)), Told::No);
            assert_eq!(acquirer.answer(&good, b"0200 something", Some(Mac([0; 8]))), Told::No);
            assert_eq!(acquirer.answer(&good, b"0200 something", None), Told::No);
        }
    }
}

#[test]
fn a_code_needs_a_mac_key() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    for (key, want) in [
        (named(KeyUse::Zak), Told::No),
        (named(KeyUse::Mak), Told::No),
        (named(KeyUse::Zpk), Told::NoKey),
        (named(KeyUse::Pvk), Told::NoKey),
        (named(KeyUse::Token), Told::NoKey),
        (KeyRef::Named(KeyName::of(KeyUse::Zak, "2")), Told::NoKey),
        (KeyRef::Wrapped(WrappedKey(Box::new([]))), Told::NoKey),
        (KeyRef::Wrapped(WrappedKey(Box::new([1; 47]))), Told::NoKey),
    ] {
        let key = mac_key(key, MacMethod::EcbXor);
        assert_eq!(vault.answer(&Ask::MacGood(key.clone()), b"x", Some(Mac([0; 8]))), want, "{key:?}");
        assert_eq!(vault.mac(&key, b"x").is_none(), want == Told::NoKey, "{key:?}");
    }
    // X9.19 under a single-length key does not exist.
    let single = mac_key(named(KeyUse::Mak), MacMethod::X919);
    assert_eq!(vault.answer(&Ask::MacGood(single.clone()), b"x", Some(Mac([0; 8]))), Told::NoKey);
    assert!(vault.mac(&single, b"x").is_none());
}

#[test]
fn a_pin_walks_from_the_keypad_to_the_issuer() {
    if skipped() {
        return;
    }
    let (mut acquirer, mut terminal, mut issuer) = (vault(1), vault(2), vault(3));
    let [(pik, mak), (terminal_pik, _)] = signed_on(&mut acquirer, &mut terminal, 3);
    let entered = |digits| Ask::PinEncipher(KeyRef::Wrapped(terminal_pik.clone()), pin(digits), pan(CARD));
    let translate = |from: &WrappedKey, block, card| Ask::PinTranslate {
        from: KeyRef::Wrapped(from.clone()),
        to: named(KeyUse::Zpk),
        block,
        format: PinFormat::WithPan,
        pan: pan(card),
    };
    let offset = issuer.pin_offset(&name(KeyUse::Pvk), &pin("123456"), &pan(CARD)).unwrap();
    let pvv = issuer.pin_pvv(&name(KeyUse::Pvk), &pin("123456"), &pan(CARD), 1).unwrap();
    for (digits, want) in [("123456", Told::Yes), ("123457", Told::No), ("1234", Told::No)] {
        let Told::Pin(block) = ask(&mut terminal, &entered(digits)) else { panic!("no block") };
        let Told::Pin(zone_block) = ask(&mut acquirer, &translate(&pik, block, CARD)) else { panic!("no block") };
        let right = |reference, card, block| Ask::PinRight {
            zone: named(KeyUse::Zpk),
            block,
            format: PinFormat::WithPan,
            pan: pan(card),
            pvk: name(KeyUse::Pvk),
            reference,
        };
        assert_eq!(ask(&mut issuer, &right(offset, CARD, zone_block)), want, "{digits}");
        // The PVV covers four digits only, so it cannot see the last two; the offset can.
        assert_eq!(ask(&mut issuer, &right(pvv, CARD, zone_block)), Told::Yes, "{digits}");
        assert_eq!(ask(&mut issuer, &right(offset, OTHER_CARD, zone_block)), Told::PinUnreadable);
        assert_eq!(ask(&mut issuer, &right(offset, CARD, block)), Told::PinUnreadable, "still under the PIK");
        // A broken record of the issuer is not a wrong PIN of the cardholder.
        for broken in [
            PinReference::Offset(Short::new("12").unwrap()),
            PinReference::Offset(Short::new("12345x").unwrap()),
            PinReference::Pvv(Short::new("123").unwrap(), 1),
            PinReference::Pvv(Short::new("1234").unwrap(), 0),
        ] {
            assert_eq!(ask(&mut issuer, &right(broken, CARD, zone_block)), Told::NoKey, "{broken:?}");
        }
        assert_eq!(ask(&mut acquirer, &translate(&pik, block, OTHER_CARD)), Told::PinUnreadable);
        assert_eq!(ask(&mut acquirer, &translate(&mak, block, CARD)), Told::NoKey, "a MAK opens no PIN");
        assert_eq!(ask(&mut acquirer, &translate(&terminal_pik, block, CARD)), Told::NoKey, "another party's record");
    }
}

#[test]
fn a_pin_block_without_card_number_is_translated_to_one_with() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    // `06 12 34 56 FF..` under the PIK, made by enciphering with a card of zeros, whose XOR changes nothing.
    let zeros = pan("0000000000000");
    let Told::Pin(bare) = ask(&mut vault, &Ask::PinEncipher(named(KeyUse::Pik), pin("123456"), zeros)) else {
        panic!()
    };
    let translate =
        |to, format| Ask::PinTranslate { from: named(KeyUse::Pik), to, block: bare, format, pan: pan(CARD) };
    let Told::Pin(made) = ask(&mut vault, &translate(named(KeyUse::Zpk), PinFormat::WithoutPan)) else { panic!() };
    let direct = ask(&mut vault, &Ask::PinEncipher(named(KeyUse::Zpk), pin("123456"), pan(CARD)));
    assert_eq!(direct, Told::Pin(made));
    assert_eq!(ask(&mut vault, &translate(named(KeyUse::Zpk), PinFormat::WithPan)), Told::PinUnreadable);
    assert_eq!(ask(&mut vault, &translate(named(KeyUse::Zak), PinFormat::WithoutPan)), Told::NoKey);
}

#[test]
fn a_pin_is_checked_only_under_pin_keys() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    let Told::Pin(block) = ask(&mut vault, &Ask::PinEncipher(named(KeyUse::Zpk), pin("1234"), pan(CARD))) else {
        panic!("no block")
    };
    let reference = vault.pin_offset(&name(KeyUse::Pvk), &pin("1234"), &pan(CARD)).unwrap();
    for (zone, pvk, want) in [
        (named(KeyUse::Zpk), name(KeyUse::Pvk), Told::Yes),
        (named(KeyUse::Pik), name(KeyUse::Pvk), Told::PinUnreadable),
        (named(KeyUse::Zak), name(KeyUse::Pvk), Told::NoKey),
        (named(KeyUse::Tmk), name(KeyUse::Pvk), Told::NoKey),
        (named(KeyUse::Zpk), name(KeyUse::Zpk), Told::NoKey),
        (named(KeyUse::Zpk), KeyName::of(KeyUse::Pvk, "2"), Told::NoKey),
    ] {
        let right = Ask::PinRight { zone, block, format: PinFormat::WithPan, pan: pan(CARD), pvk, reference };
        assert_eq!(ask(&mut vault, &right), want, "{right:?}");
    }
    for (key, want) in [(KeyUse::Mak, true), (KeyUse::Pvk, true), (KeyUse::Pik, false)] {
        let told = ask(&mut vault, &Ask::PinEncipher(named(key), pin("1234"), pan(CARD)));
        assert_eq!(told == Told::NoKey, want, "{key:?}");
    }
    assert!(vault.pin_offset(&name(KeyUse::Zpk), &pin("1234"), &pan(CARD)).is_err());
    assert!(vault.pin_pvv(&name(KeyUse::Pvk), &pin("1234"), &pan(CARD), 7).is_err());
}

#[test]
fn cards_are_known_again_and_opened_again() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    let token = |vault: &mut SoftVault, card| ask(vault, &Ask::Token(name(KeyUse::Token), pan(card)));
    assert_eq!(token(&mut vault, CARD), token(&mut vault, CARD));
    assert_ne!(token(&mut vault, CARD), token(&mut vault, OTHER_CARD));
    let seal = Ask::Seal(name(KeyUse::Seal), pan(CARD));
    let (Told::Sealed(first), Told::Sealed(second)) = (ask(&mut vault, &seal), ask(&mut vault, &seal)) else {
        panic!()
    };
    assert_ne!(first, second);
    for sealed in [&first, &second] {
        assert_eq!(vault.open_pan(sealed), Some(pan(CARD)));
    }
    for at in 0..first.0.len() {
        let mut bad = first.clone();
        bad.0[at] ^= 0x40;
        assert_eq!(vault.open_pan(&bad), None, "byte {at}");
    }
    assert_eq!(vault.open_pan(&SealedPan(Box::new([]))), None);
    for usage in [KeyUse::Seal, KeyUse::Tmk, KeyUse::Zpk] {
        assert_eq!(ask(&mut vault, &Ask::Token(name(usage), pan(CARD))), Told::NoKey);
    }
    for usage in [KeyUse::Token, KeyUse::Zpk] {
        assert_eq!(ask(&mut vault, &Ask::Seal(name(usage), pan(CARD))), Told::NoKey);
    }
    assert_eq!(ask(&mut vault, &Ask::Seal(KeyName::of(KeyUse::Seal, "2"), pan(CARD))), Told::NoKey);
}

#[test]
fn operator_passwords() {
    if skipped() {
        return;
    }
    let mut vault = vault(1);
    let stored = vault.password_value(&name(KeyUse::Token), &pin("0000")).unwrap();
    let right = |key, password| Ask::PasswordRight(key, pin(password), stored);
    assert_eq!(ask(&mut vault, &right(name(KeyUse::Token), "0000")), Told::Yes);
    assert_eq!(ask(&mut vault, &right(name(KeyUse::Token), "0001")), Told::No);
    assert_eq!(ask(&mut vault, &right(name(KeyUse::Token), "00000")), Told::No);
    assert_eq!(ask(&mut vault, &right(name(KeyUse::Seal), "0000")), Told::NoKey);
    assert!(vault.password_value(&name(KeyUse::Seal), &pin("0000")).is_err());
}

#[test]
fn session_keys_are_refused_when_anything_does_not_fit() {
    if skipped() {
        return;
    }
    let (mut acquirer, mut terminal) = (vault(1), vault(2));
    let Told::SessionKeys { block, .. } = ask(&mut acquirer, &Ask::MakeSessionKeys(name(KeyUse::Tmk), 3)) else {
        panic!()
    };
    let take = |key, code, block: &[u8]| Ask::TakeSessionKeys(key, code, block.into());
    let mut damaged = block.clone();
    damaged[5] ^= 1;
    for (told, want) in [
        (take(name(KeyUse::Tmk), 3, &damaged), Told::No),
        (take(name(KeyUse::Tmk), 3, &block[..39]), Told::No),
        (take(name(KeyUse::Tmk), 3, &[]), Told::No),
        (take(name(KeyUse::Tmk), 1, &block), Told::No),
        (take(name(KeyUse::Tmk), 5, &block), Told::NoKey),
        (take(name(KeyUse::Zpk), 3, &block), Told::NoKey),
        (take(KeyName::of(KeyUse::Tmk, "2"), 3, &block), Told::NoKey),
        (Ask::MakeSessionKeys(name(KeyUse::Tmk), 2), Told::NoKey),
        (Ask::MakeSessionKeys(name(KeyUse::Zpk), 3), Told::NoKey),
        (Ask::MakeSessionKeys(KeyName::of(KeyUse::Tmk, "2"), 3), Told::NoKey),
    ] {
        assert_eq!(ask(&mut terminal, &told), want, "{told:?}");
    }
}
