//! Key blocks of the standard, of ours, and what is none.

use super::*;
use crate::block_header::{Exportability, OptionalBlock};

fn key(algorithm: Algorithm, text: &str) -> ClearKey {
    ClearKey::new(algorithm, &unhex(text).unwrap()).unwrap()
}

fn random(out: &mut [u8]) {
    out.fill(0xA7);
}

/// The worked examples of TR-31:2018 (A, B, D) and of the format's C.
#[test]
fn published_blocks_open() {
    for (algorithm, protection, block, clear) in [
        (
            Algorithm::Tdes,
            "89E88CF7931444F334BD7547FC3F380C",
            "A0072P0TE00E0000F5161ED902807AF26F1D62263644BD24192FDB3193C730301CEE8701",
            "F039121BEC83D26B169BDCD5B22AAF8F",
        ),
        (
            Algorithm::Tdes,
            "DD7515F2BFC17F85CE48F3CA25CB21F6",
            "B0080P0TE00E000094B420079CC80BA3461F86FE26EFC4A3B8E4FA4C5F5341176EED7B727B8A248E",
            "3F419E1CB7079442AA37474C2EFBF8B8",
        ),
        (
            Algorithm::Aes256,
            "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6",
            "D0112P0AE00E0000B82679114F470F540165EDFBF7E250FCEA43F810D215F8D207E2E417C07156A27E8E31DA05F7425509593D03A457DC34",
            "3F419E1CB7079442AA37474C2EFBF8B8",
        ),
        (
            Algorithm::Tdes,
            "B8ED59E0A279A295E9F5ED7944FD06B9",
            "C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C",
            "EDB380DD340BC2620247D445F5B8D678",
        ),
    ] {
        let protection = key(algorithm, protection);
        let parts = Parts::read(block).unwrap();
        let got = match parts.header.version {
            BlockVersion::A | BlockVersion::C => open_variant(&protection, &parts).unwrap(),
            BlockVersion::B | BlockVersion::D => open_block(&Schedule::new(&protection).unwrap(), block).unwrap().1,
        };
        assert_eq!(hex(&got), clear, "{}", &block[..1]);
        // Enciphering only is no PIN key of ours; the derivation key of version C is one.
        let usage = if block.starts_with('C') { KeyUse::Bdk } else { KeyUse::Zpk };
        let taken = unwrap_any_block(&protection, block, usage).map(|_| ()).err();
        assert_eq!(taken, (!block.starts_with('C')).then_some(BlockFault::Usage));
        for at in 0..block.len() {
            let mut bad = block.to_owned().into_bytes();
            bad[at] = if bad[at] == b'1' { b'2' } else { b'1' };
            let bad = String::from_utf8(bad).unwrap();
            assert!(unwrap_any_block(&protection, &bad, usage).is_err(), "{} character {at}", &block[..1]);
            assert!(unwrap_any_block(&protection, &block[..at], usage).is_err());
        }
    }
}

#[test]
fn every_usage_goes_there_and_back_and_as_nothing_else() {
    let tdes = key(Algorithm::Tdes, "DD7515F2BFC17F85CE48F3CA25CB21F6");
    let aes = key(Algorithm::Aes256, "88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6");
    let uses = [
        KeyUse::Tmk,
        KeyUse::Pik,
        KeyUse::Mak,
        KeyUse::Zpk,
        KeyUse::Zak,
        KeyUse::Pvk,
        KeyUse::Zmk,
        KeyUse::Tdk,
        KeyUse::Bdk,
        KeyUse::Ipek,
    ];
    for protection in [&tdes, &aes] {
        let ready = Schedule::new(protection).unwrap();
        let version = version_under(&ready).unwrap();
        for usage in uses {
            let sent = key(Algorithm::Tdes, "3F419E1CB7079442AA37474C2EFBF8B8");
            let header = BlockHeader::of(usage, Algorithm::Tdes, version).unwrap();
            let block = wrap_block(&ready, &header, &sent, &mut random).unwrap();
            let (read, got) = unwrap_block(&ready, &block, usage).unwrap();
            assert!(got.bytes() == sent.bytes() && read == header);
            let taken: Vec<_> = uses.iter().filter(|it| unwrap_block(&ready, &block, **it).is_ok()).collect();
            let want = match usage {
                KeyUse::Pik | KeyUse::Zpk | KeyUse::Mak | KeyUse::Zak | KeyUse::Tmk => 2,
                _ => 1,
            };
            // PIK and ZPK, MAK and ZAK have one letter; a key-encrypting key may be taken for a zone master key.
            assert_eq!(taken.len(), want, "{usage:?} taken for {taken:?}");
        }
    }
}

#[test]
fn optional_blocks_are_padded_and_kept() {
    let ready = Schedule::new(&key(Algorithm::Tdes, "DD7515F2BFC17F85CE48F3CA25CB21F6")).unwrap();
    let sent = key(Algorithm::Tdes, "3F419E1CB7079442AA37474C2EFBF8B8");
    for length in 0..20 {
        let mut header = BlockHeader::of(KeyUse::Ipek, Algorithm::Tdes, BlockVersion::B).unwrap();
        header.exportability = Exportability::Never;
        header.optional = vec![OptionalBlock { id: *b"KS", text: "F".repeat(length) }];
        let block = wrap_block(&ready, &header, &sent, &mut random).unwrap();
        assert!(block.len().is_multiple_of(8));
        assert_eq!(unwrap_block(&ready, &block, KeyUse::Ipek).unwrap().0, header, "{length}");
    }
}

#[test]
fn a_key_never_travels_under_a_weaker_one() {
    let tdes = Schedule::new(&key(Algorithm::Tdes, "DD7515F2BFC17F85CE48F3CA25CB21F6")).unwrap();
    let aes = ClearKey::new(Algorithm::Aes128, &[7; 16]).unwrap();
    let sent = ClearKey::new(Algorithm::Aes256, &[9; 32]).unwrap();
    for (under, key) in [(&tdes, &sent), (&tdes, &aes), (&Schedule::new(&aes).unwrap(), &sent)] {
        let header = BlockHeader::of(KeyUse::Bdk, key.algorithm(), version_under(under).unwrap()).unwrap();
        assert_eq!(wrap_block(under, &header, key, &mut random).err(), Some(BlockFault::Protection));
    }
    let of = |usage, algorithm| BlockHeader::of(usage, algorithm, BlockVersion::D).err();
    assert_eq!(of(KeyUse::Token, Algorithm::Hmac), Some(BlockFault::NeverLeaves));
    assert_eq!(of(KeyUse::Seal, Algorithm::Aes256), Some(BlockFault::NeverLeaves));
    assert_eq!(of(KeyUse::Tmk, Algorithm::Sm4), Some(BlockFault::NoLetter));
}

/// Texts of every kind, broken blocks above all: each is a value, none a panic.
#[test]
fn nothing_that_comes_from_outside_panics() {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 40).unwrap()
    };
    let good =
        "B0104B0TX12E0200KS1800604B120F9292800000PB080000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C";
    let signs: Vec<char> = "0123456789ABCDEFKSPBN é中 ".chars().collect();
    let key = key(Algorithm::Tdes, "DD7515F2BFC17F85CE48F3CA25CB21F6");
    for _ in 0..20_000 {
        let mut text: Vec<char> = good.chars().take(next() % (good.len() + 1)).collect();
        for _ in 0..next() % 6 {
            if !text.is_empty() {
                let at = next() % text.len();
                text[at] = signs[next() % signs.len()];
            }
        }
        // The length that is written is the length there is, so that the deeper layers are reached.
        let mut text: String = text.into_iter().collect();
        if text.is_char_boundary(1) && text.is_char_boundary(5) && text.len() > 5 {
            text.replace_range(1..5, &format!("{:04}", text.len()));
        }
        assert!(unwrap_any_block(&key, &text, KeyUse::Bdk).is_err());
    }
}
