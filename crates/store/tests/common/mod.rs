//! What the tests of the store share: batches by number, a clock, and a flat model of what must be there.
#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses its part")]

use slipway_node::{Batch, Key, Store, StoreFault};
use slipway_store::{EmbeddedStore, Setup};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// A clock that moves one microsecond a look.
pub fn setup() -> Setup {
    let ticks = AtomicU64::new(1);
    Setup::new(move || ticks.fetch_add(1000, Ordering::Relaxed))
}

pub fn open(dir: &Path) -> Result<EmbeddedStore, StoreFault> {
    EmbeddedStore::open(dir, setup())
}

pub fn key(space: u8, number: u64) -> Key {
    Key::of(space).with(&number)
}

/// Batch `n`: three new rows, one row put again every time, one row of the batch before ended.
pub fn batch(n: u64) -> Batch {
    let row = |part: u8| [&n.to_be_bytes()[..], &[part; 90]].concat();
    let mut puts: Vec<_> = (0..3).map(|part| (Key::of(1).with(&n).with(&part), row(part))).collect();
    puts.push((key(2, 0), row(9)));
    Batch { puts, ends: vec![Key::of(1).with(&n.wrapping_sub(1)).with(&0_u8)] }
}

/// What stands after batches `1..=n`.
pub fn model(n: u64) -> BTreeMap<Key, Vec<u8>> {
    let mut rows = BTreeMap::new();
    for batch in (1..=n).map(batch) {
        rows.extend(batch.puts);
        for key in batch.ends {
            rows.remove(&key);
        }
    }
    rows
}

/// All rows of the tables of [`batch`], walked and then read by key.
pub fn rows(store: &impl Store) -> Result<BTreeMap<Key, Vec<u8>>, StoreFault> {
    let mut rows = BTreeMap::new();
    for space in [1, 2] {
        store.each(space, &mut |key, row| {
            rows.insert(key, row.to_vec());
        })?;
    }
    let (keys, mut got) = (rows.keys().copied().collect::<Vec<_>>(), Vec::new());
    store.read(&keys, &mut got)?;
    for (key, row) in keys.iter().zip(got) {
        assert_eq!(row.as_ref(), rows.get(key), "walked and read differ");
    }
    Ok(rows)
}
