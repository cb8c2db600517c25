//! Batches by number, and the flat model of what stands after them: the same shapes as in the tests of the store.

use slipway_node::{Batch, Key, Store, StoreFault};
use std::collections::BTreeMap;

/// Batch `n`: three new rows, one row put again every time, one row of the batch before ended.
pub fn batch(n: u64) -> Batch {
    let row = |part: u8| [&n.to_be_bytes()[..], &[part; 20]].concat();
    let mut puts: Vec<_> = (0..3).map(|part| (Key::of(1).with(&n).with(&part), row(part))).collect();
    puts.push((Key::of(2).with(&0_u64), row(9)));
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

/// All rows, walked and then read by key.
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
