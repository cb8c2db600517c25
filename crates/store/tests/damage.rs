//! What an opening refuses: another holder, a newer format, and every kind of damage. Never wrong rows in silence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic and speak")]

mod common;

use common::{batch, model, open, rows};
use slipway_node::{Store, StoreFault};
use std::fs;
use std::path::{Path, PathBuf};

/// A store whose rows lie in tables (first half) and in the journal (second half).
fn made(dir: &Path, batches: u64, close: bool) {
    // The first journal is preallocated; after one more opening it is as long as its batches.
    open(dir).unwrap().close().unwrap();
    let mut store = open(dir).unwrap();
    (1..=batches / 2).for_each(|n| store.commit(&batch(n)).unwrap());
    store.close().unwrap();
    let mut store = open(dir).unwrap();
    (batches / 2 + 1..=batches).for_each(|n| store.commit(&batch(n)).unwrap());
    if close {
        store.close().unwrap();
    }
}

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
    out.sort();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &name) } else { fs::write(&name, fs::read(&path).unwrap()).unwrap() }
    }
}

/// Flips bits over all files, some `per_file` of them each; returns (refused, unharmed).
fn flip_all(close: bool, per_file: usize) -> (usize, usize) {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("sound");
    made(&sound, 20, close);
    let mut all = Vec::new();
    files(&sound, &mut all);
    let (mut refused, mut unharmed) = (0, 0);
    for file in all.iter().map(|file| file.strip_prefix(&sound).unwrap()) {
        let bits = fs::metadata(sound.join(file)).unwrap().len() as usize * 8;
        for step in 0..per_file.min(bits) {
            let bit = step * bits / per_file.min(bits) + step % 8;
            let hurt = dir.path().join(format!("hurt-{refused}-{unharmed}"));
            copy(&sound, &hurt);
            let mut bytes = fs::read(hurt.join(file)).unwrap();
            let at = (bit / 8).min(bytes.len() - 1);
            bytes[at] ^= 1 << (bit % 8);
            fs::write(hurt.join(file), bytes).unwrap();
            match open(&hurt).and_then(|store| rows(&store)) {
                Ok(rows) => {
                    assert!(rows == model(20), "wrong rows in silence: bit {bit} of {}", file.display());
                    unharmed += 1;
                }
                Err(StoreFault::Damaged(_) | StoreFault::Newer(_)) => refused += 1,
                Err(fault) => panic!("bit {bit} of {}: {fault:?}", file.display()),
            }
            fs::remove_dir_all(&hurt).unwrap();
        }
    }
    (refused, unharmed)
}

fn per_file() -> usize {
    std::env::var("STORE_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(12)
}

#[test]
fn flipped_bits_of_a_closed_store() {
    let (refused, unharmed) = flip_all(true, per_file());
    println!("closed: {refused} refused, {unharmed} unharmed");
    assert!(refused > unharmed / 2);
}

#[test]
fn flipped_bits_of_a_killed_store() {
    let (refused, unharmed) = flip_all(false, per_file());
    println!("killed: {refused} refused, {unharmed} unharmed");
    assert!(refused > unharmed / 2);
}

/// Does something to a store of 20 batches, killed, and tells what opening says.
fn check(hurt: impl FnOnce(&Path), says: fn(&StoreFault) -> bool) {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), 20, false);
    hurt(dir.path());
    let fault = open(dir.path()).expect_err("opened");
    assert!(says(&fault), "{fault:?}");
    assert_eq!(open(dir.path()).expect_err("opened the second time"), fault, "refusing changes nothing");
}

const DAMAGED: fn(&StoreFault) -> bool = |fault| matches!(fault, StoreFault::Damaged(_));

fn journal(dir: &Path) -> PathBuf {
    let mut all = Vec::new();
    files(dir, &mut all);
    all.retain(|path| path.extension().is_some_and(|end| end == "jnl"));
    all.pop().unwrap()
}

fn write_mark(dir: &Path, change: impl Fn(&mut Vec<u8>)) {
    let mut bytes = fs::read(dir.join("mark")).unwrap();
    change(&mut bytes);
    fs::write(dir.join("mark"), bytes).unwrap();
}

#[test]
fn damage_is_refused() {
    let cut = |by: u64| {
        move |dir: &Path| {
            let file = fs::OpenOptions::new().write(true).open(journal(dir)).unwrap();
            file.set_len(file.metadata().unwrap().len() - by).unwrap();
        }
    };
    check(cut(1), DAMAGED);
    check(cut(700), DAMAGED);
    check(|dir| fs::remove_file(journal(dir)).unwrap(), DAMAGED);
    check(|dir| fs::write(journal(dir), b"").unwrap(), DAMAGED);
    check(|dir| fs::remove_file(dir.join("mark")).unwrap(), DAMAGED);
    check(|dir| fs::write(dir.join("mark"), b"").unwrap(), DAMAGED);
    check(|dir| write_mark(dir, |mark| mark[4096..].fill(0)), DAMAGED);
    check(|dir| fs::remove_dir_all(dir.join("rows")).unwrap(), DAMAGED);
    check(|dir| fs::remove_file(dir.join("rows/version")).unwrap(), DAMAGED);
    check(|dir| fs::remove_dir_all(dir.join("rows/keyspaces/1")).unwrap(), DAMAGED);
    check(|dir| fs::remove_dir_all(dir.join("rows/keyspaces/1/tables")).unwrap(), DAMAGED);
}

/// The engine makes room for as many parts as a table says that it has, before it looks at any checksum: damaged there, it asked for
/// 64 GiB and the process ended without a word.
#[test]
fn a_table_that_says_it_has_more_parts_than_fit_is_refused() {
    let said = |parts: u32| {
        move |dir: &Path| {
            let mut all = Vec::new();
            files(&dir.join("rows/keyspaces/1/tables"), &mut all);
            let mut bytes = fs::read(&all[0]).unwrap();
            let at = bytes.windows(4).rposition(|four| four == b"TOC!").unwrap() + 4;
            bytes[at..at + 4].copy_from_slice(&parts.to_le_bytes());
            fs::write(&all[0], bytes).unwrap();
        }
    };
    check(said(u32::MAX), DAMAGED);
    check(said(1 << 24), DAMAGED);
    check(said(40), DAMAGED);
    check(said(0), DAMAGED);
}

/// The newest place of the mark and the newest batch, both spoilt: what is left of the mark says nineteen, and so does the journal.
#[test]
fn a_batch_is_missed_though_half_of_the_mark_is_gone() {
    for place in [4096..8192, 8192..12288] {
        let hurt = |from_end: usize| {
            let place = place.clone();
            move |dir: &Path| {
                write_mark(dir, |mark| mark[place.clone()].fill(0));
                let mut bytes = fs::read(journal(dir)).unwrap();
                let at = bytes.len() - from_end;
                bytes[at] ^= 1;
                fs::write(journal(dir), bytes).unwrap();
            }
        };
        check(hurt(100), DAMAGED);
        let place = place.clone();
        let cut_off = move |dir: &Path| {
            write_mark(dir, |mark| mark[place.clone()].fill(0));
            let bytes = fs::read(journal(dir)).unwrap();
            let last = bytes.windows(4).rposition(|four| four == b"FJL\x03").unwrap();
            let before = bytes[..last].windows(4).rposition(|four| four == b"FJL\x03").unwrap() + 4;
            fs::write(journal(dir), &bytes[..before]).unwrap();
        };
        check(cut_off, DAMAGED);
    }
}

#[test]
fn an_old_copy_of_the_engine_is_behind_its_mark() {
    let (dir, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    made(dir.path(), 20, true);
    copy(&dir.path().join("rows"), &old.path().join("rows"));
    let mut store = open(dir.path()).unwrap();
    store.commit(&batch(21)).unwrap();
    store.close().unwrap();
    fs::remove_dir_all(dir.path().join("rows")).unwrap();
    copy(&old.path().join("rows"), &dir.path().join("rows"));
    let text = open(dir.path()).unwrap_err().to_string();
    assert!(text.contains("batch 21 was acknowledged and is not there") && text.contains("存储损坏"), "{text}");
}

#[test]
fn a_torn_end_is_cut_off_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    made(dir.path(), 20, false);
    let path = journal(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    let whole = bytes.len();
    // The start of a batch that was being written: a start record, half an item with a huge length.
    bytes.extend_from_slice(&[1, 5, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0]);
    bytes.extend_from_slice(&[0xFF; 40]);
    fs::write(&path, bytes).unwrap();
    let mut store = open(dir.path()).unwrap();
    assert_eq!(rows(&store).unwrap(), model(20));
    assert_eq!(fs::metadata(&path).unwrap().len() as usize, whole);
    store.commit(&batch(21)).unwrap();
    drop(store);
    assert_eq!(rows(&open(dir.path()).unwrap()).unwrap(), model(21));
}

#[test]
fn a_torn_end_with_a_new_journal_behind_it() {
    let after = |more: &[u8]| {
        let dir = tempfile::tempdir().unwrap();
        made(dir.path(), 20, false);
        let path = journal(dir.path());
        fs::write(&path, [fs::read(&path).unwrap(), vec![1, 5, 0]].concat()).unwrap();
        fs::write(path.with_file_name("7.jnl"), more).unwrap();
        open(dir.path()).and_then(|store| rows(&store))
    };
    // The engine, failed by a full disk, had still begun the next journal: nothing is in it.
    assert_eq!(after(&[0; 5000]).unwrap(), model(20));
    // With anything in it the broken one was whole once.
    assert!(matches!(after(&[1, 1, 0]), Err(StoreFault::Damaged(_))));
}

#[test]
fn a_newer_format_is_refused() {
    let newer = |dir: &Path| {
        write_mark(dir, |mark| {
            let at = mark.iter().position(|byte| *byte == b'\n').unwrap();
            mark[at - 1] = b'2';
        });
    };
    check(newer, |fault| *fault == StoreFault::Newer(2) && fault.to_string().contains("start the newer program"));
}

#[test]
fn a_held_store_is_refused_and_free_when_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    assert_eq!(open(dir.path()).unwrap_err(), StoreFault::Held);
    drop(store);
    open(dir.path()).unwrap();
}

#[test]
fn a_store_half_made_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().close().unwrap();
    fs::remove_file(dir.path().join("mark")).unwrap();
    let mut store = open(dir.path()).unwrap();
    store.commit(&batch(1)).unwrap();
    assert_eq!(rows(&store).unwrap(), model(1));
}

#[test]
fn a_commit_above_the_limit_ends_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let ticks = std::sync::atomic::AtomicU64::new(0);
    let slow = slipway_store::Setup::new(move || ticks.fetch_add(5_001_000_000, std::sync::atomic::Ordering::Relaxed));
    let mut store = slipway_store::EmbeddedStore::open(dir.path(), slow).unwrap();
    let fault = store.commit(&batch(1)).unwrap_err();
    assert!(fault.to_string().contains("5000 ms"), "{fault}");
    assert_eq!(store.commit(&batch(2)), Err(fault.clone()));
    assert_eq!(store.close(), Err(fault));
    assert_eq!(rows(&open(dir.path()).unwrap()).unwrap(), model(1), "it was durable all the same");
}
