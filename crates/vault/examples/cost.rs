//! What one question to the vault costs: `cargo run --release -p slipway-vault --example cost`.
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods, reason = "a measuring program")]

use std::hint::black_box;
use std::time::Instant;

use slipway_node::{Ask, Told, Vault};
use slipway_terms::{KeyName, KeyRef, KeyUse, Mac, MacKey, MacMethod, Pan, Pin, PinFormat};
use slipway_vault::{Algorithm, ClearKey, DerivationCost, KeyFile, KeyRing, Master, Schedule, SoftVault, SystemRandom};

const ROUNDS: u32 = 50_000;

/// The best of five runs, per call.
fn cost<T>(what: &str, mut work: impl FnMut() -> T) {
    let mut best = u128::MAX;
    for _ in 0..5 {
        let from = Instant::now();
        for _ in 0..ROUNDS {
            black_box(work());
        }
        best = best.min(from.elapsed().as_nanos() / u128::from(ROUNDS));
    }
    println!("{what:<44} {best:>7} ns");
}

fn name(usage: KeyUse) -> KeyName {
    KeyName::of(usage, "1")
}

fn ring() -> KeyRing {
    let mut ring = KeyRing::new(&ClearKey::generate(Algorithm::Aes256, &mut SystemRandom).unwrap()).unwrap();
    for (usage, algorithm) in [
        (KeyUse::Tmk, Algorithm::Tdes),
        (KeyUse::Zpk, Algorithm::Tdes),
        (KeyUse::Zak, Algorithm::Tdes),
        (KeyUse::Pvk, Algorithm::Tdes),
        (KeyUse::Token, Algorithm::Hmac),
        (KeyUse::Seal, Algorithm::Aes256),
    ] {
        ring.put(name(usage), usage, &ClearKey::generate(algorithm, &mut SystemRandom).unwrap()).unwrap();
    }
    ring
}

fn ciphers() {
    for (text, algorithm, block) in
        [("DES", Algorithm::Des, 8), ("3DES", Algorithm::Tdes, 8), ("SM4", Algorithm::Sm4, 16)]
    {
        let key = ClearKey::generate(algorithm, &mut SystemRandom).unwrap();
        cost(&format!("{text} key schedule"), || Schedule::new(black_box(&key)));
        let ready = Schedule::new(&key).unwrap();
        let mut data = vec![7; block];
        cost(&format!("{text} one block"), || ready.encrypt_ecb(black_box(&mut data)));
    }
}

fn questions(vault: &mut SoftVault) {
    let make = Ask::MakeSessionKeys(name(KeyUse::Tmk), 3);
    let Told::SessionKeys { pik, mak, .. } = vault.answer(&make, &[], None) else { return };
    let (pan, pin) = (Pan::new("9990010000000000001").unwrap(), Pin::new("123456").unwrap());
    let message: Vec<u8> = (0..200).collect();

    let ecb = MacKey { key: KeyRef::Wrapped(mak), method: MacMethod::EcbXor };
    cost("mac ECB-XOR, single MAK, 200 bytes", || vault.mac(&ecb, &message));
    let good = Ask::MacGood(ecb);
    cost("ask MacGood ECB-XOR, 200 bytes", || vault.answer(&good, &message, Some(Mac([0; 8]))));
    let x919 = MacKey { key: KeyRef::Named(name(KeyUse::Zak)), method: MacMethod::X919 };
    cost("mac X9.19, 120 bytes", || vault.mac(&x919, &message[..120]));

    let encipher = Ask::PinEncipher(KeyRef::Wrapped(pik.clone()), pin.clone(), pan.clone());
    cost("ask PinEncipher", || vault.answer(&encipher, &[], None));
    let Told::Pin(block) = vault.answer(&encipher, &[], None) else { return };
    let (from, to) = (KeyRef::Wrapped(pik), KeyRef::Named(name(KeyUse::Zpk)));
    let translate = Ask::PinTranslate { from, to: to.clone(), block, format: PinFormat::WithPan, pan: pan.clone() };
    cost("ask PinTranslate, PIK to ZPK", || vault.answer(&translate, &[], None));
    let Told::Pin(block) = vault.answer(&translate, &[], None) else { return };
    for (text, reference) in [
        ("offset", vault.pin_offset(&name(KeyUse::Pvk), &pin, &pan).unwrap()),
        ("PVV", vault.pin_pvv(&name(KeyUse::Pvk), &pin, &pan, 1).unwrap()),
    ] {
        let (zone, pvk) = (to.clone(), name(KeyUse::Pvk));
        let right = Ask::PinRight { zone, block, format: PinFormat::WithPan, pan: pan.clone(), pvk, reference };
        assert_eq!(vault.answer(&right, &[], None), Told::Yes);
        cost(&format!("ask PinRight by {text}"), || vault.answer(&right, &[], None));
    }

    let token = Ask::Token(name(KeyUse::Token), pan.clone());
    cost("ask Token", || vault.answer(&token, &[], None));
    let seal = Ask::Seal(name(KeyUse::Seal), pan);
    cost("ask Seal", || vault.answer(&seal, &[], None));
    let Told::Sealed(sealed) = vault.answer(&seal, &[], None) else { return };
    cost("open_pan", || vault.open_pan(&sealed));
    cost("ask MakeSessionKeys 003", || vault.answer(&make, &[], None));
}

fn main() {
    ciphers();
    questions(&mut SoftVault::new(ring(), Box::new(SystemRandom)));
    let path = std::env::temp_dir().join(format!("slipway-cost-{}.keys", std::process::id()));
    let from = Instant::now();
    drop(KeyFile::create(&path, &Master::passphrase("cost"), DerivationCost::DEFAULT, &mut SystemRandom).unwrap());
    println!("{:<44} {:>7} ms", "create a key file, default passphrase cost", from.elapsed().as_millis());
    std::fs::remove_file(path).unwrap();
}
