//! The questions of the cores put to soft keys, and what only they can show: a dead random source, a seed.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod suite;

use slipway_node::{Ask, Told, Vault};
use slipway_terms::{KeyRef, KeyUse, MacMethod};
use slipway_vault::{Algorithm, ClearKey, KeyRing, NoRandom, Random, SoftVault};
use suite::{CARD, ask, mac_key, name, named, pan};

/// A vault with one key of each usage; vaults differ only in the key over working keys.
mod provider {
    use slipway_terms::KeyUse;
    use slipway_vault::{Algorithm, ClearKey, KeyRing, Random, Schedule, SoftVault, aes_initial_key};

    fn seeded(mut state: u64) -> Box<dyn Random + Send> {
        Box::new(move |out: &mut [u8]| {
            out.fill_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            });
        })
    }

    pub const fn skipped() -> bool {
        false
    }

    /// A terminal with the initial key that the suite's base key gives it.
    pub fn dukpt_terminal() -> SoftVault {
        let base = crate::suite::keys().into_iter().find(|(usage, _)| *usage == KeyUse::Bdk).unwrap().1;
        let serial = [0x12, 0x34, 0x56, 0x78, 0x90, 0x12, 0x34, 0x56, 0, 0, 0, 0];
        let initial = aes_initial_key(&Schedule::new(&base).unwrap(), serial).unwrap();
        let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[77; 32]).unwrap()).unwrap();
        ring.put(crate::suite::name(KeyUse::Ipek), KeyUse::Ipek, &initial).unwrap();
        SoftVault::new(ring, seeded(77))
    }

    pub fn vault(working: u8) -> SoftVault {
        let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[working; 32]).unwrap()).unwrap();
        for (usage, key) in crate::suite::keys() {
            ring.put(crate::suite::name(usage), usage, &key).unwrap();
        }
        SoftVault::new(ring, seeded(u64::from(working)))
    }
}

use provider::vault;

#[test]
fn a_vault_without_random_bytes_is_unavailable_but_still_checks() {
    struct Dry;
    impl Random for Dry {
        fn fill(&mut self, _: &mut [u8]) -> Result<(), NoRandom> {
            Err(NoRandom)
        }
    }
    let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap();
    ring.put(name(KeyUse::Tmk), KeyUse::Tmk, &ClearKey::new(Algorithm::Tdes, &[3; 16]).unwrap()).unwrap();
    ring.put(name(KeyUse::Seal), KeyUse::Seal, &ClearKey::new(Algorithm::Aes256, &[3; 32]).unwrap()).unwrap();
    ring.put(name(KeyUse::Zak), KeyUse::Zak, &ClearKey::new(Algorithm::Des, &[3; 8]).unwrap()).unwrap();
    let mut dry = SoftVault::new(ring, Box::new(Dry));
    assert_eq!(ask(&mut dry, &Ask::MakeSessionKeys(name(KeyUse::Tmk), 3)), Told::Unavailable);
    assert_eq!(ask(&mut dry, &Ask::Seal(name(KeyUse::Seal), pan(CARD))), Told::Unavailable);
    let key = mac_key(named(KeyUse::Zak), MacMethod::X99);
    let code = dry.mac(&key, b"x");
    assert_eq!(dry.answer(&Ask::MacGood(key), b"x", code), Told::Yes);
}

#[test]
fn the_same_seed_makes_the_same_keys_and_a_restart_opens_old_records() {
    let make = || {
        let mut vault = vault(9);
        let made = ask(&mut vault, &Ask::MakeSessionKeys(name(KeyUse::Tmk), 3));
        (vault, made)
    };
    let ((_, first), (mut again, second)) = (make(), make());
    assert_eq!(first, second);
    // A fresh vault over the same ring, as after a restart, opens what the first one put into a record.
    let Told::SessionKeys { mak, .. } = first else { panic!() };
    let key = mac_key(KeyRef::Wrapped(mak), MacMethod::EcbXor);
    assert_eq!(vault(9).mac(&key, b"0800"), again.mac(&key, b"0800"));
    assert!(vault(9).mac(&key, b"0800").is_some());
}

/// The next generation is accepted before we use it; its first sight makes it ours, and the old one stays accepted.
#[test]
fn the_first_sight_of_the_next_generation_turns_ours() {
    use slipway_terms::{Mac, PinBlock, PinFormat};
    use slipway_vault::{DoesNotFit, Standing};
    let key = |seed: u8| ClearKey::new(Algorithm::Tdes, &(0..16).map(|at| at * 7 + seed).collect::<Vec<u8>>()).unwrap();
    let ring = |seed: u8| {
        let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap();
        for usage in [KeyUse::Zak, KeyUse::Zpk, KeyUse::Tmk] {
            ring.put(name(usage), usage, &key(seed)).unwrap();
        }
        ring
    };
    let soft = |ring| SoftVault::new(ring, Box::new(slipway_vault::SystemRandom));
    let mut mine = ring(1);
    assert_eq!(mine.accept(suite::name(KeyUse::Pvk), Standing::Next, &key(2)), Err(DoesNotFit), "nothing to follow");
    for usage in [KeyUse::Zak, KeyUse::Zpk] {
        mine.accept(name(usage), Standing::Next, &key(2)).unwrap();
    }
    let (mut mine, mut old, mut new, mut strange) = (soft(mine), soft(ring(1)), soft(ring(2)), soft(ring(3)));
    let under = mac_key(named(KeyUse::Zak), MacMethod::X919);
    let code = |vault: &mut SoftVault| -> Mac { vault.mac(&under, b"0200").unwrap() };
    let good = |given, mine: &mut SoftVault| mine.answer(&Ask::MacGood(under.clone()), b"0200", Some(given));
    assert_eq!(good(code(&mut strange), &mut mine), Told::No);
    assert_eq!(good(code(&mut old), &mut mine), Told::Yes);
    assert!(code(&mut mine) == code(&mut old), "not used before it was seen");
    assert_eq!(good(code(&mut new), &mut mine), Told::Yes);
    assert!(code(&mut mine) == code(&mut new), "used from then on");
    assert_eq!(good(code(&mut old), &mut mine), Told::Yes, "a message may still be on its way");
    // PIN blocks the same.
    let block = |vault: &mut SoftVault| -> PinBlock {
        match ask(vault, &Ask::PinEncipher(named(KeyUse::Zpk), suite::pin("123456"), pan(CARD))) {
            Told::Pin(block) => block,
            told => panic!("{told:?}"),
        }
    };
    let reads = |block, mine: &mut SoftVault| {
        let (from, to, pan) = (named(KeyUse::Zpk), named(KeyUse::Zpk), pan(CARD));
        ask(mine, &Ask::PinTranslate { from, to, block, format: PinFormat::WithPan, pan })
    };
    assert_eq!(reads(block(&mut strange), &mut mine), Told::PinUnreadable);
    assert!(block(&mut mine) == block(&mut old));
    assert!(matches!(reads(block(&mut new), &mut mine), Told::Pin(_)));
    assert!(block(&mut mine) == block(&mut new));
    assert!(matches!(reads(block(&mut old), &mut mine), Told::Pin(_)));
}

/// SM4 beside triple DES: sign-on, codes, PIN blocks of sixteen bytes, and a PIN on its way from one world to the other.
#[test]
fn a_terminal_under_sm4() {
    use slipway_node::WidePin;
    let soft = |working: u8| {
        let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[working; 32]).unwrap()).unwrap();
        let sm4 =
            |seed: u8| ClearKey::new(Algorithm::Sm4, &(0..16).map(|at| at * 7 + seed).collect::<Vec<u8>>()).unwrap();
        ring.put(name(KeyUse::Tmk), KeyUse::Tmk, &sm4(1)).unwrap();
        ring.put(name(KeyUse::Zpk), KeyUse::Zpk, &sm4(2)).unwrap();
        for (usage, key) in suite::keys().into_iter().filter(|(usage, _)| *usage == KeyUse::Pvk) {
            ring.put(name(usage), usage, &key).unwrap();
        }
        let tdes = suite::keys().into_iter().find(|(usage, _)| *usage == KeyUse::Zpk).unwrap().1;
        ring.put(slipway_terms::KeyName::of(KeyUse::Zpk, "des"), KeyUse::Zpk, &tdes).unwrap();
        SoftVault::new(ring, Box::new(slipway_vault::SystemRandom))
    };
    let (mut acquirer, mut terminal) = (soft(1), soft(2));
    for code in [3, 4, 5, 6] {
        let made = ask(&mut acquirer, &Ask::MakeSessionSet(name(KeyUse::Tmk), code));
        let Told::SessionSet { pik, mak, tdk, block } = made else { panic!("{made:?}") };
        assert_eq!((block.len(), tdk.is_some()), if code % 2 == 1 { (40, false) } else { (60, true) });
        let taken = ask(&mut terminal, &Ask::TakeSessionSet(name(KeyUse::Tmk), code, block));
        let Told::KeySet { pik: their_pik, mak: their_mak, .. } = taken else { panic!("{taken:?}") };
        for method in [MacMethod::EcbXor, MacMethod::X99] {
            let given = terminal.mac(&mac_key(KeyRef::Wrapped(their_mak.clone()), method), b"0200");
            let good = Ask::MacGood(mac_key(KeyRef::Wrapped(mak.clone()), method));
            assert!(given.is_some() && acquirer.answer(&good, b"0200", given) == Told::Yes);
        }
        let enter = Ask::WidePinEncipher(KeyRef::Wrapped(their_pik.clone()), suite::pin("123456"), pan(CARD));
        let Told::WidePin(block) = ask(&mut terminal, &enter) else { panic!("no block") };
        let short = Ask::PinEncipher(KeyRef::Wrapped(their_pik), suite::pin("123456"), pan(CARD));
        assert_eq!(ask(&mut terminal, &short), Told::NoKey, "eight bytes are no SM4 block");
        let translate = |to| Ask::WidePinTranslate { from: KeyRef::Wrapped(pik.clone()), to, block, pan: pan(CARD) };
        let to_des = KeyRef::Named(slipway_terms::KeyName::of(KeyUse::Zpk, "des"));
        let direct = ask(&mut acquirer, &Ask::PinEncipher(to_des.clone(), suite::pin("123456"), pan(CARD)));
        assert_eq!(ask(&mut acquirer, &translate(to_des)), direct);
        let Told::WidePin(zone) = ask(&mut acquirer, &translate(named(KeyUse::Zpk))) else { panic!("no block") };
        let pvk = name(KeyUse::Pvk);
        let reference = acquirer.pin_offset(&pvk, &suite::pin("123456"), &pan(CARD)).unwrap();
        let right = |block| Ask::WidePinRight { zone: named(KeyUse::Zpk), block, pan: pan(CARD), pvk, reference };
        assert_eq!(ask(&mut acquirer, &right(zone)), Told::Yes);
        assert_eq!(ask(&mut acquirer, &right(WidePin([7; 16]))), Told::PinUnreadable);
    }
    assert_eq!(ask(&mut acquirer, &Ask::MakeSessionSet(name(KeyUse::Tmk), 1)), Told::NoKey);
}

/// Part 1 of DUKPT through the door: the standard's base key and first PIN block.
#[test]
fn triple_des_dukpt_through_the_door() {
    use slipway_node::Ksn;
    let base = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210u128.to_be_bytes();
    let mut ring = KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap();
    ring.put(name(KeyUse::Bdk), KeyUse::Bdk, &ClearKey::new(Algorithm::Tdes, &base).unwrap()).unwrap();
    let mut host = SoftVault::new(ring, Box::new(slipway_vault::SystemRandom));
    let ksn = Ksn::Tdes([0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 0x10, 0xE0, 0x00, 0x01]);
    let Told::Derived { pin, .. } = ask(&mut host, &Ask::DeriveKeys(name(KeyUse::Bdk), ksn)) else { panic!() };
    let block = ask(&mut host, &Ask::PinEncipher(KeyRef::Wrapped(pin), suite::pin("1234"), pan("4012345678909")));
    assert_eq!(block, Told::Pin(slipway_terms::PinBlock([0x1B, 0x9C, 0x18, 0x45, 0xEB, 0x99, 0x3A, 0x7A])));
}
