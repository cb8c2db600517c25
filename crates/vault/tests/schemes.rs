//! Keys of one message by reference (DUKPT): both ends name the same key by base or initial key, serial number and purpose; and a
//! PIN of any terminal goes under the zone key of either cipher.
#![allow(clippy::unwrap_used, reason = "tests may")]

use slipway_node::{Ask, Told, Vault};
use slipway_terms::{
    DukptKey, KeyName, KeyRef, KeyScheme, KeyUse, Ksn, MacKey, MacMethod, Pan, Pin, PinFormat, TerminalId, Track2,
};
use slipway_vault::{
    Algorithm, ClearKey, KeyRing, Schedule, SoftVault, SystemRandom, aes_initial_key, tdes_initial_key,
};

const CARD: &str = "9990011234567899";

fn name(usage: KeyUse, owner: &str) -> KeyName {
    KeyName::of(usage, owner)
}

fn vault(keys: &[(KeyUse, &str, &ClearKey)]) -> SoftVault {
    let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[9; 32]).unwrap()).unwrap();
    for (usage, owner, key) in keys {
        ring.put(name(*usage, owner), *usage, key).unwrap();
    }
    SoftVault::new(ring, Box::new(SystemRandom))
}

fn fresh(algorithm: Algorithm) -> ClearKey {
    ClearKey::generate(algorithm, &mut SystemRandom).unwrap()
}

#[test]
fn a_message_of_a_dukpt_terminal_from_key_to_zone() {
    let terminal = TerminalId::new("10000001").unwrap();
    let (card, pin) = (Pan::new(CARD).unwrap(), Pin::new("123456").unwrap());
    for scheme in [KeyScheme::DukptTdes, KeyScheme::DukptAes] {
        let base = fresh(if scheme == KeyScheme::DukptTdes { Algorithm::Tdes } else { Algorithm::Aes128 });
        let first = Ksn::first(scheme, terminal, 0).unwrap();
        let initial = match first {
            Ksn::Tdes(ksn) => tdes_initial_key(&base, ksn).unwrap(),
            Ksn::Aes(ksn) => aes_initial_key(&Schedule::new(&base).unwrap(), ksn).unwrap(),
        };
        let (narrow, wide, pvk) = (fresh(Algorithm::Tdes), fresh(Algorithm::Sm4), fresh(Algorithm::Tdes));
        let zones = [(KeyUse::Zpk, "narrow", &narrow), (KeyUse::Zpk, "wide", &wide), (KeyUse::Pvk, "i", &pvk)];
        let mut till = vault(&[(KeyUse::Ipek, "10000001", &initial)]);
        let mut host = vault(&[&[(KeyUse::Bdk, "a", &base)], &zones[..]].concat());
        let ksn = first.next().unwrap();
        let there = |which| KeyRef::Dukpt(name(KeyUse::Ipek, "10000001"), ksn, which);
        let here = |which| KeyRef::Dukpt(name(KeyUse::Bdk, "a"), ksn, which);

        // The request has its own code, its answer another one; neither is good for the other.
        let coded = |key| MacKey { key, method: MacMethod::EcbXor };
        for (which, other) in [(DukptKey::Request, DukptKey::Answer), (DukptKey::Answer, DukptKey::Request)] {
            let code = till.mac(&coded(there(which)), b"0200 covered").unwrap();
            let mut good = |which| host.answer(&Ask::MacGood(coded(here(which))), b"0200 covered", Some(code));
            assert_eq!((good(which), good(other)), (Told::Yes, Told::No));
        }
        // The PIN goes under a zone key of either cipher, and the issuer finds it right.
        let block = till.answer(&Ask::PinEncipher(there(DukptKey::Pin), pin.clone(), card.clone()), &[], None);
        let Told::Pin(block) = block else { panic!("{block:?}") };
        let reference = host.pin_offset(&name(KeyUse::Pvk, "i"), &pin, &card).unwrap();
        for zone in ["narrow", "wide"] {
            let zone = KeyRef::Named(name(KeyUse::Zpk, zone));
            let from = here(DukptKey::Pin);
            let pan = card.clone();
            let under = Ask::PinTranslate { from, to: zone.clone(), block, format: PinFormat::WithPan, pan };
            let (pvk, pan) = (name(KeyUse::Pvk, "i"), card.clone());
            let right = match host.answer(&under, &[], None) {
                Told::Pin(block) => Ask::PinRight { zone, block, format: PinFormat::WithPan, pan, pvk, reference },
                Told::WidePin(block) => Ask::WidePinRight { zone, block, pan, pvk, reference },
                other => panic!("{other:?}"),
            };
            assert_eq!(host.answer(&right, &[], None), Told::Yes);
        }
        // The track under its own key, and no key of a message for anything else.
        let track = Track2::new("9990011234567899=30121010000000000").unwrap();
        let close = |which| Ask::TrackEncipher(there(which), track.clone());
        let Told::TrackClosed(closed) = till.answer(&close(DukptKey::Track), &[], None) else { panic!("not closed") };
        let open = host.answer(&Ask::TrackDecipher(here(DukptKey::Track), closed), &[], None);
        assert!(open == Told::TrackOpened(track.clone()));
        for wrong in [DukptKey::Pin, DukptKey::Request, DukptKey::Answer] {
            assert_eq!(till.answer(&close(wrong), &[], None), Told::NoKey);
        }
        assert!(till.mac(&coded(there(DukptKey::Pin)), b"x").is_none());
        // A counter that no terminal uses is under no key.
        assert!(
            till.mac(&coded(KeyRef::Dukpt(name(KeyUse::Ipek, "10000001"), first, DukptKey::Request)), b"x").is_none()
        );
    }
}
