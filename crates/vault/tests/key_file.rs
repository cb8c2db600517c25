//! Key files on a real disk: there and back, every damaged byte, the wrong secret, names that were swapped.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::{Path, PathBuf};

use slipway_terms::{KeyName, KeyUse, Lang, Short};
use slipway_vault::{Algorithm, ClearKey, DerivationCost, FORMAT_VERSION, KeyFile, KeyFileFault, Master};

fn seeded(mut state: u64) -> impl FnMut(&mut [u8]) {
    move |out: &mut [u8]| {
        out.fill_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        });
    }
}

fn name(text: &str) -> KeyName {
    KeyName(Short::new(text).unwrap())
}

/// A file with one key of each usage; returns its folder (deleted when dropped), path and master.
fn written(master: &Master) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acquirer.keys");
    let mut random = seeded(7);
    let mut file = KeyFile::create(&path, master, DerivationCost::LEAST, &mut random).unwrap();
    for (text, usage, algorithm) in [
        ("tmk/00000001", KeyUse::Tmk, Algorithm::Tdes),
        ("zpk/00010000", KeyUse::Zpk, Algorithm::Tdes),
        ("zak/00010000", KeyUse::Zak, Algorithm::Tdes),
        ("pvk", KeyUse::Pvk, Algorithm::Tdes),
        ("token", KeyUse::Token, Algorithm::Hmac),
        ("seal", KeyUse::Seal, Algorithm::Aes256),
        ("tmk/00000002", KeyUse::Tmk, Algorithm::Sm4),
    ] {
        let key = ClearKey::generate(algorithm, &mut random).unwrap();
        assert_eq!(file.put(&name(text), usage, &key, &mut random).unwrap(), 1);
    }
    file.save(&mut random).unwrap();
    (folder, path)
}

fn fault(path: &Path, master: &Master) -> &'static str {
    match KeyFile::open(path, master).and_then(|file| file.ring()) {
        Ok(_) => "none",
        Err(fault) => fault.code(),
    }
}

#[test]
fn there_and_back_with_both_kinds_of_master() {
    let keys = tempfile::tempdir().unwrap();
    let at = keys.path().join("master");
    let fresh = Master::new_file(&at, &mut seeded(3)).unwrap();
    for master in [Master::passphrase("小船 slips"), fresh] {
        let (_folder, path) = written(&master);
        let file = KeyFile::open(&path, &master).unwrap();
        assert_eq!(file.listing().count(), 7);
        assert_eq!(file.ring().unwrap().len(), 7);
        assert!(file.require([&name("pvk"), &name("seal")]).is_ok());
    }
    let again = Master::from_file(&at).unwrap();
    let (_folder, path) = written(&again);
    assert_eq!(fault(&path, &Master::from_file(&at).unwrap()), "none");
}

#[test]
fn the_wrong_secret_is_told_from_damage() {
    let (_folder, path) = written(&Master::passphrase("right"));
    assert_eq!(fault(&path, &Master::passphrase("right ")), "key-file-wrong-master");
    let keys = tempfile::tempdir().unwrap();
    let other = Master::new_file(&keys.path().join("master"), &mut seeded(4)).unwrap();
    assert_eq!(fault(&path, &other), "key-file-wants-passphrase");
    let (_folder, path) = written(&other);
    assert_eq!(fault(&path, &Master::passphrase("right")), "key-file-wants-master-key");
    let third = Master::new_file(&keys.path().join("third"), &mut seeded(5)).unwrap();
    assert_eq!(fault(&path, &third), "key-file-wrong-master");
}

#[test]
fn every_damaged_byte_and_every_cut_is_damage() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        std::fs::write(&path, &bad).unwrap();
        let want = if at < 8 { "key-file-not-one" } else { "key-file-damaged" };
        assert_eq!(fault(&path, &master), want, "byte {at}");
        std::fs::write(&path, &good[..at]).unwrap();
        let want = if at < 8 { "key-file-not-one" } else { "key-file-damaged" };
        assert_eq!(fault(&path, &master), want, "cut at {at}");
    }
}

/// Puts a correct checksum behind changed bytes: what a forger would do.
fn forge(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    use sha2::Digest as _;
    let mut bytes = std::fs::read(path).unwrap();
    bytes.truncate(bytes.len() - 32);
    change(&mut bytes);
    let sum = sha2::Sha256::digest(&bytes);
    bytes.extend_from_slice(&sum);
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_newer_version_is_refused_as_such() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    forge(&path, |bytes| bytes[9] += 1);
    let found = KeyFile::open(&path, &master).err().unwrap();
    assert!(
        matches!(found, KeyFileFault::OtherVersion { found, known } if found == known + 1 && known == FORMAT_VERSION)
    );
    assert!(found.to_string().contains('3') && found.text().get(Lang::Zh).contains("版本"));
}

#[test]
fn a_renamed_key_does_not_open() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    let place = |bytes: &[u8], text: &str| bytes.windows(text.len()).position(|part| part == text.as_bytes()).unwrap();
    forge(&path, |bytes| {
        let at = place(bytes, "tmk/00000001");
        bytes[at + 11] = b'9';
    });
    assert_eq!(fault(&path, &master), "key-damaged");
    // The same key given another usage: the byte after the name.
    let (_folder, path) = written(&master);
    forge(&path, |bytes| {
        let at = place(bytes, "zpk/00010000");
        bytes[at + 12] = 5 /* a zone MAC key */;
    });
    assert_eq!(fault(&path, &master), "key-damaged");
}

#[test]
fn hostile_derivation_costs_are_refused_before_any_work() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    // Body: variant 0, 16 salt bytes, then memory as a varint; LEAST is one byte (8), passes 1, lanes 1.
    forge(&path, |bytes| {
        assert_eq!(bytes[10 + 17..10 + 20], [8, 1, 1]);
        bytes[10 + 18] = 120;
    });
    assert_eq!(fault(&path, &master), "key-file-damaged");
}

#[test]
fn replacing_a_key_raises_its_version_and_nothing_is_overwritten_by_create() {
    let master = Master::passphrase("right");
    let (folder, path) = written(&master);
    let mut random = seeded(11);
    let mut file = KeyFile::open(&path, &master).unwrap();
    let key = ClearKey::generate(Algorithm::Tdes, &mut random).unwrap();
    assert_eq!(file.put(&name("pvk"), KeyUse::Pvk, &key, &mut random).unwrap(), 2);
    file.save(&mut random).unwrap();
    let found = KeyFile::open(&path, &master).unwrap();
    assert!(found.listing().any(|(text, usage, algorithm, version)| {
        (text, usage, algorithm, version) == ("pvk", Some(KeyUse::Pvk), Some(Algorithm::Tdes), 2)
    }));
    assert!(found.ring().is_ok());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file stays");
    let again = KeyFile::create(&path, &master, DerivationCost::LEAST, &mut random).err().unwrap();
    assert_eq!(again.code(), "key-file-exists");
    let wrong = ClearKey::generate(Algorithm::Hmac, &mut random).unwrap();
    assert_eq!(file.put(&name("pvk"), KeyUse::Pvk, &wrong, &mut random).err().unwrap().code(), "key-does-not-fit");
}

#[test]
fn a_missing_key_is_named() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    let found = KeyFile::open(&path, &master).unwrap().require([&name("pvk"), &name("zpk/00020000")]).err().unwrap();
    assert_eq!(found.code(), "key-missing");
    assert!(found.to_string().contains("zpk/00020000") && found.text().get(Lang::Zh).contains("zpk/00020000"));
}

#[cfg(unix)]
#[test]
fn a_master_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("master");
    drop(Master::new_file(&path, &mut seeded(3)).unwrap());
    for (mode, want) in [
        (0o600, None),
        (0o400, None),
        (0o640, Some("master-key-readable-by-others")),
        (0o604, Some("master-key-readable-by-others")),
        (0o620, Some("master-key-readable-by-others")),
    ] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(Master::from_file(&path).err().map(|fault| fault.code()), want, "{mode:o}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(Master::new_file(&path, &mut seeded(3)).err().map(|fault| fault.code()), Some("key-file-medium"));
    std::fs::write(&path, [1; 31]).unwrap();
    assert_eq!(Master::from_file(&path).err().map(|fault| fault.code()), Some("master-key-not-one"));
    assert_eq!(Master::from_file(&folder.path().join("none")).err().map(|fault| fault.code()), Some("key-file-medium"));
}

/// A file of format 1, made by the first build: an issuer's keys.
#[test]
fn a_file_of_the_first_format_opens_and_is_written_anew() {
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/old");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.slk");
    std::fs::copy(old.join("version-1.slk"), &path).unwrap();
    std::fs::copy(old.join("version-1.master"), folder.path().join("master")).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder.path().join("master"), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    let master = Master::from_file(&folder.path().join("master")).unwrap();
    let file = KeyFile::open(&path, &master).unwrap();
    let before = file.shown().unwrap();
    assert_eq!(before.len(), 5);
    assert!(before.iter().all(|key| key.now.version == 1 && key.now.made_ms.is_none() && key.next.is_none()));
    file.save(&mut seeded(2)).unwrap();
    assert_eq!(std::fs::read(&path).unwrap()[9], 2, "written in today's format");
    assert_eq!(KeyFile::open(&path, &master).unwrap().shown().unwrap(), before);
}

#[test]
fn what_a_stranger_changed_beside_the_keys_is_noticed() {
    let master = Master::passphrase("right");
    let (_folder, path) = written(&master);
    let good = std::fs::read(&path).unwrap();
    // Every byte behind the passphrase's salt and cost, with a checksum that holds again.
    for at in 30..good.len() - 32 {
        std::fs::write(&path, &good).unwrap();
        forge(&path, |bytes| bytes[at] ^= 0x01);
        assert_ne!(fault(&path, &master), "none", "byte {at}");
    }
}
