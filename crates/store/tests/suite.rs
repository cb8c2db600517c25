//! One suite for all stores: what the port promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic and speak")]

mod common;

use common::{batch, key, model, open, rows};
use slipway_node::{Batch, Key, Scan, Store};
use slipway_store::MemoryStore;
use slipway_store::crash::{CrashStore, Tail};

fn put(store: &mut impl Store, puts: &[(Key, &[u8])], ends: &[Key]) {
    let puts = puts.iter().map(|(key, row)| (*key, row.to_vec())).collect();
    store.commit(&Batch { puts, ends: ends.to_vec() }).unwrap();
}

fn read(store: &impl Store, keys: &[Key]) -> Vec<Option<Vec<u8>>> {
    let mut out = vec![Some(vec![7])];
    store.read(keys, &mut out).unwrap();
    out
}

fn scan(store: &impl Store, prefix: Key, rows_max: u16, newest_first: bool) -> Vec<Key> {
    let mut out = vec![(Key::of(9), vec![])];
    store.range(&Scan { prefix, rows_max, newest_first }, &mut out).unwrap();
    out.into_iter().map(|(key, _)| key).collect()
}

fn below(store: &impl Store, prefix: Key, below: Key, rows_max: u16) -> Vec<Key> {
    let mut out = vec![(Key::of(9), vec![])];
    store.below(&prefix, &below, rows_max, &mut out).unwrap();
    out.into_iter().map(|(key, _)| key).collect()
}

fn check<S: Store>(mut store: S, reopen: impl Fn(S) -> S) {
    // Nothing is there, and an empty batch is nothing.
    put(&mut store, &[], &[]);
    assert_eq!(read(&store, &[key(1, 1), key(1, 1)]), [None, None]);
    assert_eq!(scan(&store, Key::of(1), 9, false), []);

    // Put, get in the order asked, put again, end; an empty row is a row.
    put(&mut store, &[(key(1, 1), b"a"), (key(1, 2), b""), (key(1, 3), b"c")], &[]);
    assert_eq!(read(&store, &[key(1, 2), key(1, 9), key(1, 1)]), [Some(vec![]), None, Some(b"a".to_vec())]);
    put(&mut store, &[(key(1, 1), b"b")], &[key(1, 3), key(1, 77)]);
    assert_eq!(read(&store, &[key(1, 1), key(1, 3)]), [Some(b"b".to_vec()), None]);

    // One key many times in a batch: the last put, and an end after all.
    put(&mut store, &[(key(1, 4), b"x"), (key(1, 4), b"y"), (key(1, 5), b"z")], &[key(1, 5)]);
    assert_eq!(read(&store, &[key(1, 4), key(1, 5)]), [Some(b"y".to_vec()), None]);

    // Ranges: prefix, both directions, bounded, neighbours stay out; 0xFF bytes have no next prefix.
    let edge = |bytes: &[u8]| Key::from_bytes(bytes).unwrap();
    let keys = [edge(&[3]), edge(&[3, 0]), edge(&[3, 0xFE]), edge(&[3, 0xFF]), edge(&[3, 0xFF, 0xFF]), edge(&[4])];
    put(&mut store, &keys.map(|key| (key, &b"r"[..])), &[]);
    assert_eq!(scan(&store, edge(&[3]), 9, false), keys[..5]);
    assert_eq!(scan(&store, edge(&[3]), 2, false), keys[..2]);
    assert_eq!(scan(&store, edge(&[3]), 2, true), [keys[4], keys[3]]);
    assert_eq!(scan(&store, edge(&[3, 0xFF]), 9, true), [keys[4], keys[3]]);
    assert_eq!(scan(&store, edge(&[3]), 0, false), []);
    assert_eq!(scan(&store, edge(&[3, 1]), 9, false), []);

    // Below a key: highest first, without the key itself, bounded, and never outside the prefix.
    assert_eq!(below(&store, edge(&[3]), edge(&[3, 0xFF]), 9), [keys[2], keys[1], keys[0]]);
    assert_eq!(below(&store, edge(&[3]), edge(&[3, 0xFF]), 2), [keys[2], keys[1]]);
    assert_eq!(below(&store, edge(&[3, 0xFF]), edge(&[3, 0xFF, 0xFF, 0]), 9), [keys[4], keys[3]]);
    for (prefix, key) in [(edge(&[3]), edge(&[3])), (edge(&[3]), edge(&[4])), (edge(&[3, 1]), edge(&[3, 0xFF]))] {
        assert_eq!(below(&store, prefix, key, 9), [], "{prefix:?} {key:?}");
    }

    // Batch after batch, opened again in between; the whole table in order.
    for n in 1..=100 {
        store.commit(&batch(n)).unwrap();
        if n % 40 == 0 {
            store = reopen(store);
        }
    }
    put(&mut store, &[], &keys);
    put(&mut store, &[], &[key(1, 1), key(1, 2), key(1, 4)]);
    assert_eq!(rows(&store).unwrap(), model(100));
    let newest: Vec<_> = scan(&store, Key::of(1), 2, true);
    assert_eq!(newest, [Key::of(1).with(&100_u64).with(&2_u8), Key::of(1).with(&100_u64).with(&1_u8)]);
    store = reopen(store);
    assert_eq!(rows(&store).unwrap(), model(100));

    // The store's own table is not for rows.
    assert!(store.commit(&Batch { puts: vec![(Key::of(0xFF), vec![])], ends: vec![] }).is_err());
}

#[test]
fn memory() {
    check(MemoryStore::new(), |store| store);
}

#[test]
fn crash_double() {
    check(CrashStore::new(), |store| store.crash(Tail::Lost).unwrap());
}

#[test]
fn embedded_closed_and_opened() {
    let dir = tempfile::tempdir().unwrap();
    check(open(dir.path()).unwrap(), |store| {
        store.close().unwrap();
        open(dir.path()).unwrap()
    });
}

#[test]
fn embedded_dropped_and_opened() {
    let dir = tempfile::tempdir().unwrap();
    check(open(dir.path()).unwrap(), |store| {
        drop(store);
        open(dir.path()).unwrap()
    });
}

#[test]
fn embedded_counts_its_syncs_and_batches_over_openings() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = open(dir.path()).unwrap();
    let opened = store.syncs();
    (1..=64).for_each(|n| store.commit(&batch(n)).unwrap());
    assert_eq!((store.number(), store.syncs() - opened), (64, 65), "one a commit, one for the mark");
    store.close().unwrap();
    assert_eq!(open(dir.path()).unwrap().number(), 64);
}
