//! The crash double: every trouble at every tail leaves whole batches, all of the acknowledged ones, and damage is refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic and speak")]

mod common;

use common::{batch, model, rows};
use slipway_node::{Store, StoreFault};
use slipway_store::crash::{CrashStore, Tail, Trouble};

/// 5 batches, the 6th meets the trouble, the disk keeps `tail`: so many batches are found.
fn check(trouble: Trouble, tail: Tail, found: u64) {
    let mut store = CrashStore::new();
    store.plan(6, trouble);
    (1..=5).for_each(|n| store.commit(&batch(n)).unwrap());
    let fault = store.commit(&batch(6)).unwrap_err();
    assert_eq!(fault == StoreFault::Full, trouble == Trouble::Full);
    assert_eq!(store.commit(&batch(6)), Err(fault.clone()), "dead after a fault");
    assert_eq!(store.read(&[], &mut Vec::new()), Err(fault));
    let mut store = store.crash(tail).unwrap();
    assert_eq!((store.number(), rows(&store).unwrap()), (found, model(found)), "{trouble:?} {tail:?}");
    store.commit(&batch(found + 1)).unwrap();
    assert_eq!(rows(&store.crash(Tail::Lost).unwrap()).unwrap(), model(found + 1));
}

#[test]
fn troubles() {
    check(Trouble::Full, Tail::Kept, 5);
    check(Trouble::Full, Tail::Lost, 5);
    check(Trouble::SyncError, Tail::Lost, 5);
    check(Trouble::SyncError, Tail::Torn(100), 5);
    check(Trouble::SyncError, Tail::Kept, 6);
    check(Trouble::CutBefore, Tail::Kept, 5);
    check(Trouble::CutUnsynced, Tail::Lost, 5);
    check(Trouble::CutUnsynced, Tail::Torn(0), 5);
    check(Trouble::CutUnsynced, Tail::Torn(usize::MAX), 6);
    check(Trouble::CutUnsynced, Tail::Kept, 6);
    check(Trouble::CutSynced, Tail::Lost, 6);
    check(Trouble::CutSynced, Tail::Kept, 6);
    (0..400).for_each(|bytes| check(Trouble::CutUnsynced, Tail::Torn(bytes), 5));
}

#[test]
fn a_flipped_bit_never_gives_wrong_rows() {
    let mut store = CrashStore::new();
    (1..=5).for_each(|n| store.commit(&batch(n)).unwrap());
    let killed = store.clone().image(Tail::Kept);
    let cut = store.image(Tail::Lost);
    for bit in 0..killed.bytes() * 8 {
        let mut image = killed.clone();
        image.flip(bit);
        assert!(
            matches!(image.reopen(), Err(StoreFault::Damaged(_))),
            "killed, bit {bit}: the mark knows the last batch"
        );
        // After a power cut the mark is older: damage of the last batch alone looks like a torn write.
        let mut image = cut.clone();
        image.flip(bit);
        match image.reopen() {
            Err(fault) => assert!(matches!(fault, StoreFault::Damaged(_)), "bit {bit}: {fault:?}"),
            Ok(store) => assert_eq!(rows(&store).unwrap(), model(4), "bit {bit}"),
        }
    }
}

#[test]
fn every_byte_ever_written_is_shown() {
    let mut store = CrashStore::new();
    store.plan(2, Trouble::CutUnsynced);
    store.commit(&batch(1)).unwrap();
    store.commit(&batch(2)).unwrap_err();
    let store = store.crash(Tail::Lost).unwrap();
    for n in [1, 2] {
        let row = batch(n).puts.remove(0).1;
        assert!(store.bytes_written().any(|bytes| bytes.windows(row.len()).any(|part| part == row)), "batch {n}");
    }
    assert_eq!((store.number(), store.syncs(), store.commits()), (1, 1, 2));
}
