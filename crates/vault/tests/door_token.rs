//! The same questions put to keys inside a token. `SLIPWAY_PKCS11_MODULE` names the module (and `SOFTHSM2_CONF` its
//! configuration); without it these tests say that they did nothing. `scripts/softhsm` sets both.
#![cfg(feature = "pkcs11")]
#![allow(clippy::unwrap_used, reason = "tests may")]

mod suite;

/// A fresh token for every vault: what one wrapped, no other opens.
mod provider {
    use slipway_terms::KeyUse;
    use slipway_vault::{Schedule, SoftVault, TokenKeys, aes_initial_key};
    use std::sync::atomic::{AtomicU32, Ordering};

    static COUNT: AtomicU32 = AtomicU32::new(0);

    pub fn skipped() -> bool {
        let skipped = std::env::var_os("SLIPWAY_PKCS11_MODULE").is_none();
        if skipped {
            eprintln!("SKIPPED: no SLIPWAY_PKCS11_MODULE; run through scripts/softhsm");
        }
        skipped
    }

    pub fn token() -> TokenKeys {
        let module = std::path::PathBuf::from(std::env::var_os("SLIPWAY_PKCS11_MODULE").unwrap());
        let label = format!("test {} {}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        TokenKeys::initialise(&module, &label, "officer-0000", "user-0000").unwrap()
    }

    /// A terminal with the initial key that the suite's base key gives it.
    pub fn dukpt_terminal() -> SoftVault {
        let base = crate::suite::keys().into_iter().find(|(usage, _)| *usage == KeyUse::Bdk).unwrap().1;
        let serial = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, 0];
        let initial = aes_initial_key(&Schedule::new(&base).unwrap(), serial).unwrap();
        let token = token();
        token.put(&crate::suite::name(KeyUse::Ipek), KeyUse::Ipek, &initial).unwrap();
        SoftVault::new(token.ring().unwrap(), token.random())
    }

    pub fn vault(_: u8) -> SoftVault {
        let token = token();
        for (usage, key) in crate::suite::keys() {
            assert_eq!(token.put(&crate::suite::name(usage), usage, &key).unwrap(), 1);
        }
        SoftVault::new(token.ring().unwrap(), token.random())
    }
}

use provider::{skipped, token};
use slipway_node::{Ask, Told, Vault};
use slipway_terms::{KeyRef, KeyUse, Mac, MacMethod, PinFormat};
use slipway_vault::{Algorithm, ClearKey, KeyRing, SoftVault, Standing, TokenFault, TokenKeys};
use suite::{CARD, ask, keys, mac_key, name, named, pan, pin};

fn soft() -> SoftVault {
    let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap();
    for (usage, key) in keys() {
        ring.put(name(usage), usage, &key).unwrap();
    }
    SoftVault::new(ring, Box::new(slipway_vault::SystemRandom))
}

/// The token computes what this process would have computed: codes of every method, blocks, tokens, check values.
#[test]
fn inside_and_outside_agree() {
    if skipped() {
        return;
    }
    let (mut soft, mut inside) = (soft(), provider::vault(1));
    for length in [0, 1, 7, 8, 9, 15, 16, 17, 64, 200] {
        let data: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(11)).collect();
        for method in [MacMethod::EcbXor, MacMethod::X99, MacMethod::X919] {
            let key = mac_key(named(KeyUse::Zak), method);
            let code = soft.mac(&key, &data);
            assert!(code.is_some() && inside.mac(&key, &data) == code, "{method:?} {length}");
        }
        for method in [MacMethod::EcbXor, MacMethod::X99] {
            let key = mac_key(named(KeyUse::Mak), method);
            assert_eq!(inside.mac(&key, &data), soft.mac(&key, &data), "single length {method:?} {length}");
        }
    }
    for question in
        [Ask::PinEncipher(named(KeyUse::Zpk), pin("123456"), pan(CARD)), Ask::Token(name(KeyUse::Token), pan(CARD))]
    {
        assert_eq!(ask(&mut inside, &question), ask(&mut soft, &question));
    }
    let offset = |vault: &SoftVault| vault.pin_offset(&name(KeyUse::Pvk), &pin("123456"), &pan(CARD)).unwrap();
    assert_eq!(offset(&inside), offset(&soft));
    // A card that was sealed before the keys moved into a token opens there, and the other way.
    let Told::Sealed(sealed) = ask(&mut soft, &Ask::Seal(name(KeyUse::Seal), pan(CARD))) else { panic!() };
    assert_eq!(inside.open_pan(&sealed), Some(pan(CARD)));
    let Told::Sealed(sealed) = ask(&mut inside, &Ask::Seal(name(KeyUse::Seal), pan(CARD))) else { panic!() };
    assert_eq!(soft.open_pan(&sealed), Some(pan(CARD)));
}

#[test]
fn the_token_lists_what_was_put_and_refuses_what_it_cannot_do() {
    if skipped() {
        return;
    }
    let token = token();
    for (usage, key) in keys() {
        token.put(&name(usage), usage, &key).unwrap();
    }
    let listed = token.list().unwrap();
    assert_eq!(listed.len(), keys().len());
    for (usage, key) in keys().into_iter().filter(|(usage, _)| *usage != KeyUse::Seal) {
        let found = listed.iter().find(|it| it.usage == usage).unwrap();
        assert_eq!((found.check, found.algorithm, found.version), (key.check_value(), key.algorithm(), 1), "{usage:?}");
    }
    let sm4 = ClearKey::new(Algorithm::Sm4, &[7; 16]).unwrap();
    let refused = token.put(&name(KeyUse::Tmk), KeyUse::Tmk, &sm4).unwrap_err();
    assert!(matches!(refused, TokenFault::NoCipher(_)) && refused.to_string().contains("SM4"));
    let hmac = ClearKey::new(Algorithm::Hmac, &[7; 32]).unwrap();
    assert!(matches!(token.put(&name(KeyUse::Zpk), KeyUse::Zpk, &hmac), Err(TokenFault::NoCipher(_))));
    let module = std::path::PathBuf::from(std::env::var_os("SLIPWAY_PKCS11_MODULE").unwrap());
    assert!(matches!(TokenKeys::open(&module, "nobody's", "user-0000"), Err(TokenFault::NoToken(_))));
    assert!(matches!(TokenKeys::open("/nowhere.so".as_ref(), "x", "y"), Err(TokenFault::Module(..))));
}

/// Two members over one zone: the code under the next generation makes it the one in use.
#[test]
fn generations_of_a_token_key() {
    if skipped() {
        return;
    }
    let token = token();
    let zak = name(KeyUse::Zak);
    let key = |seed: u8| ClearKey::new(Algorithm::Tdes, &(0..16).map(|at| at * 7 + seed).collect::<Vec<u8>>()).unwrap();
    assert!(matches!(token.stage(&zak, &key(2)), Err(TokenFault::Missing(_))));
    assert_eq!((token.put(&zak, KeyUse::Zak, &key(1)).unwrap(), token.stage(&zak, &key(2)).unwrap()), (1, 2));
    let code = |seed: u8| -> Mac {
        let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap();
        ring.put(zak, KeyUse::Zak, &key(seed)).unwrap();
        let mut peer = SoftVault::new(ring, Box::new(slipway_vault::SystemRandom));
        peer.mac(&mac_key(KeyRef::Named(zak), MacMethod::X919), b"0800").unwrap()
    };
    let mut vault = SoftVault::new(token.ring().unwrap(), token.random());
    let under = mac_key(KeyRef::Named(zak), MacMethod::X919);
    let good = Ask::MacGood(under.clone());
    assert_eq!(vault.mac(&under, b"0800"), Some(code(1)), "the next one is not used yet");
    assert_eq!(vault.answer(&good, b"0800", Some(code(1))), Told::Yes);
    assert_eq!(vault.answer(&good, b"0800", Some(code(3))), Told::No);
    assert_eq!(vault.answer(&good, b"0800", Some(code(2))), Told::Yes);
    assert_eq!(vault.mac(&under, b"0800"), Some(code(2)), "the other side uses it, so do we");
    assert_eq!(vault.answer(&good, b"0800", Some(code(1))), Told::Yes, "may still be on its way");
    // The same by hand, for good.
    assert_eq!(token.use_next(&zak).unwrap(), 2);
    let standing: Vec<_> = token.list().unwrap().iter().map(|key| (key.version, key.standing)).collect();
    assert_eq!(standing, [(1, Some(Standing::Former)), (2, None)]);
    let mut vault = SoftVault::new(token.ring().unwrap(), token.random());
    assert_eq!(vault.mac(&under, b"0800"), Some(code(2)));
    assert_eq!(vault.answer(&good, b"0800", Some(code(1))), Told::Yes);
    assert!(token.end_former(&zak).unwrap() && !token.end_former(&zak).unwrap());
    let mut vault = SoftVault::new(token.ring().unwrap(), token.random());
    assert_eq!(vault.answer(&good, b"0800", Some(code(1))), Told::No);
    assert!(matches!(token.use_next(&zak), Err(TokenFault::Missing(_))));
    assert_eq!(token.put(&zak, KeyUse::Zak, &key(3)).unwrap(), 3);
    assert_eq!(token.list().unwrap().len(), 1, "a replaced key is gone");
}

/// After a restart the token opens the working keys in old records; another token does not.
#[test]
fn working_keys_of_records_belong_to_their_token() {
    if skipped() {
        return;
    }
    let token = token();
    for (usage, key) in keys() {
        token.put(&name(usage), usage, &key).unwrap();
    }
    let mut vault = SoftVault::new(token.ring().unwrap(), token.random());
    let Told::SessionKeys { pik, mak, .. } = ask(&mut vault, &Ask::MakeSessionKeys(name(KeyUse::Tmk), 3)) else {
        panic!("no session keys");
    };
    let mut again = SoftVault::new(token.ring().unwrap(), token.random());
    let code = mac_key(KeyRef::Wrapped(mak.clone()), MacMethod::EcbXor);
    assert!(vault.mac(&code, b"0200").is_some());
    assert_eq!(again.mac(&code, b"0200"), vault.mac(&code, b"0200"));
    let mut other = provider::vault(2);
    assert_eq!(other.mac(&code, b"0200"), None);
    for at in 0..pik.0.len() {
        let mut bad = pik.clone();
        bad.0[at] ^= 1;
        let translate = Ask::PinTranslate {
            from: KeyRef::Wrapped(bad),
            to: named(KeyUse::Zpk),
            block: slipway_terms::PinBlock([0; 8]),
            format: PinFormat::WithPan,
            pan: pan(CARD),
        };
        assert_eq!(ask(&mut again, &translate), Told::NoKey, "byte {at}");
    }
}

/// What `keys load` does, twice: the second time brings a rotation that was begun meanwhile.
#[test]
fn a_key_is_brought_with_its_generations() {
    if skipped() {
        return;
    }
    let token = token();
    let key = |seed: u8| ClearKey::new(Algorithm::Tdes, &(0..16).map(|at| at * 7 + seed).collect::<Vec<u8>>()).unwrap();
    let brought = |now, next: Option<u8>, former: Option<u8>| slipway_vault::Brought {
        name: name(KeyUse::Zak),
        usage: KeyUse::Zak,
        now: key(now),
        next: next.map(key),
        former: former.map(key),
    };
    let check = |seed: u8| key(seed).check_value();
    for (now, next, former) in [(1, None, None), (1, Some(2), None), (2, None, Some(1)), (2, None, None)] {
        token.bring(&brought(now, next, former)).unwrap();
        let found: Vec<_> = token.list().unwrap().into_iter().map(|key| (key.standing, key.check)).collect();
        let mut want = vec![(None, check(now))];
        want.extend(former.map(|seed| (Some(Standing::Former), check(seed))));
        want.extend(next.map(|seed| (Some(Standing::Next), check(seed))));
        assert_eq!(found.len(), want.len());
        assert!(want.iter().all(|one| found.contains(one)), "{found:?}");
        assert!(token.ring().is_ok());
    }
}
