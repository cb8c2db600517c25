//! Components, generations and the audit trail of a key file: what persons do to keys.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};

use slipway_terms::{Kcv, KeyName, KeyUse};
use slipway_vault::{
    Algorithm, ClearKey, ComponentFault, DerivationCost, Doing, Entered, KeyFile, Master, Origin, Proof, Trail,
};

fn random(out: &mut [u8]) {
    out.iter_mut().zip(1u8..).for_each(|(byte, number)| *byte = number.wrapping_mul(73));
}

fn fresh() -> (tempfile::TempDir, PathBuf, Master, KeyFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.slk");
    let master = Master::passphrase("right");
    let file = KeyFile::create(&path, &master, DerivationCost::LEAST, &mut random).unwrap();
    (folder, path, master, file)
}

fn tmk() -> KeyName {
    KeyName::of(KeyUse::Tmk, "10000001")
}

fn part(algorithm: Algorithm, seed: u8) -> ClearKey {
    let bytes: Vec<u8> = (0..16u8).map(|at| seed.wrapping_mul(at.wrapping_mul(7).wrapping_add(3)) ^ at).collect();
    ClearKey::new(algorithm, &bytes).unwrap()
}

fn hex(Kcv(check): Kcv) -> String {
    check.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn entered<'a>(part: &'a ClearKey, (number, of): (u8, u8), custodian: &'a str, expected: &'a str) -> Entered<'a> {
    Entered { name: tmk(), usage: KeyUse::Tmk, number, of, custodian, passphrase: None, part, expected, at_ms: 1000 }
}

/// Two or three parts of either cipher; the key is their XOR, proved by its check value.
#[test]
fn components_make_a_key_in_separate_acts() {
    for (algorithm, of) in [(Algorithm::Tdes, 2u8), (Algorithm::Tdes, 3), (Algorithm::Sm4, 2), (Algorithm::Sm4, 3)] {
        let (_folder, path, master, _) = fresh();
        let mut sum = [0u8; 16];
        for number in 1..=of {
            // Each act opens the file anew: nothing of a part lives in a process between them.
            let mut file = KeyFile::open(&path, &master).unwrap();
            let bytes: Vec<u8> =
                (0..16u8).map(|at| number.wrapping_mul(at.wrapping_mul(7).wrapping_add(3)) ^ at).collect();
            sum.iter_mut().zip(&bytes).for_each(|(sum, byte)| *sum ^= byte);
            let one = part(algorithm, number);
            let paper = hex(one.check_value());
            let custodian = format!("custodian {number}");
            let have = file.enter(&entered(&one, (number, of), &custodian, &paper[..6]), &mut random).unwrap();
            assert_eq!(have, (one.check_value(), usize::from(number)));
            file.save(&mut random).unwrap();
            let stored = std::fs::read(&path).unwrap();
            assert!(!stored.windows(8).any(|window| window == &bytes[..8]), "no part in the clear");
        }
        let want = ClearKey::new(algorithm, &sum).unwrap().check_value();
        let mut file = KeyFile::open(&path, &master).unwrap();
        assert!(
            matches!(file.combine(&tmk(), Some("000000"), false, 5, &mut random), Err(ComponentFault::Check(got)) if got == want)
        );
        assert_eq!(file.combine(&tmk(), Some(&hex(want)), false, 5, &mut random).unwrap(), (want, 1));
        assert!(file.pending().is_empty(), "the parts are forgotten");
        file.save(&mut random).unwrap();
        let shown = KeyFile::open(&path, &master).unwrap().shown().unwrap();
        assert_eq!((shown[0].now.check, shown[0].now.made_ms, shown[0].usage), (want, Some(5), KeyUse::Tmk));
    }
}

#[test]
fn dual_control_is_not_undone() {
    let (_folder, _, _, mut file) = fresh();
    let (one, two) = (part(Algorithm::Tdes, 1), part(Algorithm::Tdes, 2));
    let sm4 = part(Algorithm::Sm4, 2);
    let papers = [&one, &two, &sm4].map(|part| hex(part.check_value()));
    let said = |result: Result<(Kcv, usize), ComponentFault>| result.map(|_| ()).map_err(|fault| format!("{fault:?}"));
    let no = |fault: &str| Err::<(), _>(fault.to_owned());
    let mut enter = |it: &Entered<'_>| said(file.enter(it, &mut random));
    assert_eq!(
        enter(&entered(&one, (1, 2), "Li Lei", "00000000")),
        no(&format!("{:?}", ComponentFault::Check(one.check_value())))
    );
    assert_eq!(enter(&entered(&one, (1, 2), "Li Lei", "12345")), no("Paper"));
    assert_eq!(enter(&entered(&one, (1, 1), "Li Lei", &papers[0])), no("Number"));
    assert_eq!(enter(&entered(&one, (3, 2), "Li Lei", &papers[0])), no("Number"));
    assert_eq!(enter(&entered(&one, (1, 4), "Li Lei", &papers[0])), no("Number"));
    assert_eq!(enter(&entered(&one, (1, 2), " \t", &papers[0])), no("Custodian"));
    assert_eq!(enter(&entered(&one, (1, 2), "Li Lei", &papers[0])), Ok(()));
    // The same person, however the name is written; the same part; other words about the key.
    for name in ["Li Lei", "li lei", " LI  LEI "] {
        assert_eq!(enter(&entered(&two, (2, 2), name, &papers[1])), no("SameCustodian"));
    }
    assert_eq!(enter(&entered(&two, (1, 2), "Han Meimei", &papers[1])), no("There"));
    assert_eq!(enter(&entered(&two, (2, 3), "Han Meimei", &papers[1])), no("Contradicts"));
    assert_eq!(enter(&entered(&sm4, (2, 2), "Han Meimei", &papers[2])), no("Contradicts"));
    assert!(matches!(
        file.combine(&tmk(), None, false, 0, &mut random),
        Err(ComponentFault::Incomplete { have: 1, need: 2 })
    ));
    // The same part twice makes a key of zeros.
    file.enter(&entered(&one, (2, 2), "Han Meimei", &papers[0]), &mut random).unwrap();
    assert!(matches!(file.combine(&tmk(), None, false, 0, &mut random), Err(ComponentFault::Weak)));
    assert_eq!(file.discard(&tmk()), 2);
    // A key in use is replaced only when said so.
    for (part, number, who, paper) in [(&one, 1, "Li Lei", &papers[0]), (&two, 2, "Han Meimei", &papers[1])] {
        file.enter(&entered(part, (number, 2), who, paper), &mut random).unwrap();
    }
    file.put(&tmk(), KeyUse::Tmk, &part(Algorithm::Tdes, 9), &mut random).unwrap();
    assert!(matches!(file.combine(&tmk(), None, false, 0, &mut random), Err(ComponentFault::InUse)));
    assert_eq!(file.combine(&tmk(), None, true, 0, &mut random).unwrap().1, 2);
}

fn doing<'a>(by: &'a str, key: &'a KeyName, note: &'a str) -> Doing<'a> {
    Doing { by, act: "rotate", key, check: Some(Kcv([1, 2, 3, 4])), note, at_ms: 77 }
}

fn told(file: &mut KeyFile, trail: &Path, count: usize) {
    for number in 0..count {
        file.tell(trail, &doing("Li Lei", &tmk(), &format!("note\t{number}\n"))).unwrap();
        file.save(&mut random).unwrap();
    }
}

#[test]
fn every_change_of_the_trail_is_found() {
    let (folder, path, master, mut file) = fresh();
    let trail = folder.path().join("audit.log");
    told(&mut file, &trail, 4);
    let file = KeyFile::open(&path, &master).unwrap();
    let Trail::Whole(acts, 0) = file.trail(&trail).unwrap() else { panic!("the trail holds") };
    assert_eq!((acts.len(), acts[3].no, acts[3].note.as_str(), acts[3].check.as_str()), (4, 4, "note 3 ", "01020304"));
    let good = std::fs::read(&trail).unwrap();
    let broken = |bytes: &[u8]| {
        std::fs::write(&trail, bytes).unwrap();
        matches!(file.trail(&trail).unwrap(), Trail::Broken(_))
    };
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(broken(&bad), "byte {at}");
        assert!(broken(&good[..at]), "cut at {at}");
    }
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    for gone in 0..lines.len() {
        let bad: Vec<u8> =
            lines.iter().enumerate().filter(|(at, _)| *at != gone).flat_map(|(_, line)| line.to_vec()).collect();
        assert!(broken(&bad), "line {gone} taken out");
        let bad: Vec<u8> =
            lines.iter().enumerate().flat_map(|(at, line)| line.repeat(1 + usize::from(at == gone))).collect();
        assert!(broken(&bad), "line {gone} twice");
    }
    // A trail of another file, made with another key, is none of this one.
    let (other, _, _, mut stranger) = fresh_with(3);
    let foreign = other.path().join("audit.log");
    told(&mut stranger, &foreign, 4);
    assert!(broken(&std::fs::read(&foreign).unwrap()));
    // Nothing is done to keys whose story was changed.
    let mut file = KeyFile::open(&path, &master).unwrap();
    assert!(file.tell(&trail, &doing("Li Lei", &tmk(), "")).is_err());
}

fn fresh_with(seed: u8) -> (tempfile::TempDir, PathBuf, Master, KeyFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.slk");
    let master = Master::passphrase("right");
    let mut random = |out: &mut [u8]| out.fill(seed);
    let file = KeyFile::create(&path, &master, DerivationCost::LEAST, &mut random).unwrap();
    (folder, path, master, file)
}

#[test]
fn an_act_that_was_begun_only_is_told_as_such() {
    let (folder, path, master, mut file) = fresh();
    let trail = folder.path().join("audit.log");
    told(&mut file, &trail, 2);
    // The machine stops between the line and the save.
    file.tell(&trail, &doing("Li Lei", &tmk(), "lost")).unwrap();
    let mut file = KeyFile::open(&path, &master).unwrap();
    assert!(matches!(file.trail(&trail).unwrap(), Trail::Whole(acts, 1) if acts.len() == 3));
    // Or in the middle of the line.
    let whole = std::fs::read(&trail).unwrap();
    std::fs::write(&trail, &whole[..whole.len() - 9]).unwrap();
    assert!(matches!(file.trail(&trail).unwrap(), Trail::Whole(acts, 1) if acts.len() == 2));
    told(&mut file, &trail, 1);
    assert!(matches!(file.trail(&trail).unwrap(), Trail::Whole(acts, 0) if acts.len() == 3));
}

#[test]
fn a_rotation_keeps_a_generation_in_common() {
    let (_folder, path, master, mut file) = fresh();
    let zak = KeyName::of(KeyUse::Zak, "00010000");
    file.put_made(&zak, KeyUse::Zak, &part(Algorithm::Tdes, 1), Origin { made_ms: 10, stays: true }, &mut random)
        .unwrap();
    assert!(file.use_next(&zak).is_err(), "nothing staged");
    let (version, check) =
        file.stage(&zak, &part(Algorithm::Tdes, 2), Origin { made_ms: 20, stays: false }, &mut random).unwrap();
    file.save(&mut random).unwrap();
    let mut file = KeyFile::open(&path, &master).unwrap();
    let shown = &file.shown().unwrap()[0];
    assert_eq!((version, shown.now.version, shown.next.unwrap().version, shown.next.unwrap().check), (2, 1, 2, check));
    assert_eq!(file.clear_next(&zak).unwrap().1.check_value(), check);
    assert!(file.may_leave(&zak, true) && !file.may_leave(&zak, false), "said of each generation");
    // A second staging never gives the same number to another key.
    assert_eq!(file.stage_fresh(&zak, Origin::default(), &mut random).unwrap().0, 3);
    assert_eq!((file.use_next(&zak).unwrap(), file.use_next(&zak).unwrap()), (3, 3));
    let shown = &file.shown().unwrap()[0];
    assert_eq!((shown.now.version, shown.former.unwrap().version, shown.next), (3, 1, None));
    assert!(file.end_former(&zak).unwrap() && !file.end_former(&zak).unwrap());
    // Another cipher, or a key that must never change.
    assert!(file.stage(&zak, &part(Algorithm::Sm4, 2), Origin::default(), &mut random).is_err());
    let token = KeyName::of(KeyUse::Token, "00010000");
    file.put(&token, KeyUse::Token, &ClearKey::new(Algorithm::Hmac, &[5; 32]).unwrap(), &mut random).unwrap();
    assert!(file.stage_fresh(&token, Origin::default(), &mut random).is_err());
}

/// Once custodians are registered a name is not enough, and nobody brings in a friend alone.
#[test]
fn registered_custodians_prove_themselves() {
    let (_folder, path, master, mut file) = fresh();
    let who = |name, passphrase| Proof { name, passphrase };
    let (li, han, wang) = (who("Li Lei", "plum rain 1"), who("Han Meimei", "west lake 2"), who("Wang", "red wall 33"));
    let cost = DerivationCost::LEAST;
    let said = |result: Result<(), ComponentFault>| result.map_err(|fault| format!("{fault:?}"));
    let no = |fault: &str| Err::<(), _>(fault.to_owned());
    assert_eq!(said(file.register(who("Li Lei", "short"), None, cost, &mut random)), no("Custodian"));
    assert_eq!(said(file.register(li, None, cost, &mut random)), Ok(()));
    assert_eq!(said(file.register(who("lilei", "another one"), None, cost, &mut random)), no("SameCustodian"));
    assert_eq!(said(file.register(han, None, cost, &mut random)), Ok(()));
    assert_eq!(said(file.register(wang, None, cost, &mut random)), no("NotProved"));
    assert_eq!(said(file.register(wang, Some(who("Li Lei", "west lake 2")), cost, &mut random)), no("NotProved"));
    file.save(&mut random).unwrap();
    let mut file = KeyFile::open(&path, &master).unwrap();
    let (one, two) = (part(Algorithm::Tdes, 1), part(Algorithm::Tdes, 2));
    let papers = [&one, &two].map(|part| hex(part.check_value()));
    let mut enter = |part, place, who: Proof<'_>, paper| {
        let entered = Entered { passphrase: Some(who.passphrase), ..entered(part, place, who.name, paper) };
        said(file.enter(&entered, &mut random).map(|_| ()))
    };
    assert_eq!(enter(&one, (1, 2), who("Li Lei", "west lake 2"), &papers[0]), no("NotProved"));
    assert_eq!(enter(&one, (1, 2), who("Zhao", "plum rain 1"), &papers[0]), no("NotProved"));
    assert_eq!(enter(&one, (1, 2), li, &papers[0]), Ok(()));
    assert_eq!(enter(&two, (2, 2), li, &papers[1]), no("SameCustodian"));
    assert_eq!(enter(&two, (2, 2), han, &papers[1]), Ok(()));
    assert_eq!(
        said(file.enter(&entered(&two, (2, 2), "Han Meimei", &papers[1]), &mut random).map(|_| ())),
        no("NotProved")
    );
    // Leaving needs another one's word, and two stay.
    assert_eq!(said(file.dismiss("Han Meimei", li)), no("Custodian"));
    assert_eq!(said(file.register(wang, Some(han), cost, &mut random)), Ok(()));
    assert_eq!(said(file.dismiss("Han Meimei", who("Li Lei", "x"))), no("NotProved"));
    assert_eq!(said(file.dismiss("Li Lei", li)), no("Custodian"));
    assert_eq!(said(file.dismiss("Han Meimei", li)), Ok(()));
    assert_eq!(file.custodians().collect::<Vec<_>>(), ["Li Lei", "Wang"]);
}
