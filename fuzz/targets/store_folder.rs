//! The real store's folder, damaged in any way in one or more of its files: opening refuses, or every acknowledged batch is
//! there. Never other rows in silence, never a panic of ours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use slipway_fuzz::{Choices, batch, damage, model, rows};
use slipway_node::{Store, StoreFault};
use slipway_store::{EmbeddedStore, Setup};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const BATCHES: u64 = 20;

/// A folder in memory: paths within it, and bytes.
type Files = Vec<(PathBuf, Vec<u8>)>;

/// A killed store and one that was closed; rows in tables and in the journal.
static SOUND: OnceLock<[Files; 2]> = OnceLock::new();

fn open(dir: &Path) -> Result<EmbeddedStore, StoreFault> {
    let ticks = AtomicU64::new(1);
    let setup = Setup::new(move || ticks.fetch_add(1_000, Ordering::Relaxed));
    EmbeddedStore::open(dir, Setup { cache_bytes: 1 << 20, ..setup })
}

/// Folders of this process. The script lays them where the system keeps files in memory: syncing is not what is tried here.
fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("slipway-fuzz-{}", std::process::id()))
}

fn made(close: bool) -> Files {
    let dir = folder().join("sound");
    // The first journal is preallocated; after one more opening it is as long as its batches.
    open(&dir).expect("new").close().expect("sound");
    let mut store = open(&dir).expect("sound");
    (1..=BATCHES / 2).for_each(|n| store.commit(&batch(n)).expect("sound"));
    store.close().expect("sound");
    let mut store = open(&dir).expect("sound");
    (BATCHES / 2 + 1..=BATCHES).for_each(|n| store.commit(&batch(n)).expect("sound"));
    if close {
        store.close().expect("sound");
    } else {
        drop(store);
    }
    let mut files = Files::new();
    gather(&dir, &dir, &mut files);
    files.sort();
    fs::remove_dir_all(&dir).expect("ours");
    files
}

fn gather(root: &Path, dir: &Path, files: &mut Files) {
    for entry in fs::read_dir(dir).expect("ours") {
        let path = entry.expect("ours").path();
        if path.is_dir() {
            gather(root, &path, files);
        } else if path.file_name().is_none_or(|name| name != "hold") {
            files.push((path.strip_prefix(root).expect("below").to_path_buf(), fs::read(&path).expect("ours")));
        }
    }
}

fn write(dir: &Path, files: &Files) {
    for (name, bytes) in files {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().expect("in the folder")).expect("ours");
        fs::write(path, bytes).expect("ours");
    }
}

fn prepare() {
    // The engine panics on damaged files and the store catches that: only panics of our own end the run.
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_none_or(|at| !at.file().contains("/registry/")) {
            eprintln!("{panic}");
        }
    }));
    SOUND.get_or_init(|| [made(false), made(true)]);
}

fuzz_target!(init: prepare(), |data: &[u8]| {
    let mut choices = Choices(data);
    let sounds = SOUND.get().expect("prepared");
    let mut files = sounds[choices.below(2)].clone();
    while !choices.is_over() && !files.is_empty() {
        let which = choices.below(files.len());
        // One choice in 256 loses the file.
        if choices.byte() == u8::MAX {
            files.remove(which);
        } else {
            damage(&mut files[which].1, &mut choices);
        }
    }
    let dir = folder().join("hurt");
    let _ = fs::remove_dir_all(&dir);
    write(&dir, &files);
    match open(&dir).and_then(|store| rows(&store)) {
        // Without its mark a store was never finished, and an empty one is made anew.
        Ok(found) if found.is_empty() && files.iter().all(|(name, _)| name != Path::new("mark")) => {}
        Ok(found) => assert!(found == model(BATCHES), "other rows in silence: {} of them", found.len()),
        Err(fault) => {
            assert!(!data.get(1..).unwrap_or_default().is_empty(), "nothing was damaged: {fault}");
            assert!(matches!(fault, StoreFault::Damaged(_) | StoreFault::Newer(_)), "{fault:?}");
        }
    }
});
