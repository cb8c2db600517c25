//! Rows in memory, for tests and the simulator. Durable is nothing here: `syncs` stays 0, so no bench can pass on it.

use crate::chain::{bounds, steps};
use slipway_node::{Batch, Key, Scan, Store, StoreFault};
use std::collections::BTreeMap;

/// A store without a disk.
#[derive(Clone, Default)]
pub struct MemoryStore {
    rows: BTreeMap<Key, Vec<u8>>,
}

impl core::fmt::Debug for MemoryStore {
    /// Rows may hold card tokens and amounts: only their count is shown.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "MemoryStore({} rows)", self.rows.len())
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Store for MemoryStore {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        out.clear();
        out.extend(keys.iter().map(|key| self.rows.get(key).cloned()));
        Ok(())
    }

    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        out.clear();
        let rows = self.rows.range(bounds(scan.prefix.as_bytes())).map(|(key, row)| (*key, row.clone()));
        let most = usize::from(scan.rows_max);
        if scan.newest_first {
            out.extend(rows.rev().take(most));
        } else {
            out.extend(rows.take(most));
        }
        Ok(())
    }

    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        out.clear();
        if below.as_bytes().starts_with(prefix.as_bytes()) {
            let rows = self.rows.range(*prefix..*below).rev().take(usize::from(rows_max));
            out.extend(rows.map(|(key, row)| (*key, row.clone())));
        }
        Ok(())
    }

    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        self.rows.range(bounds(&[space])).for_each(|(key, row)| visit(*key, row));
        Ok(())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        for (key, row) in steps(batch)? {
            let Some(key) = Key::from_bytes(key) else { continue };
            match row {
                Some(row) => self.rows.insert(key, row.to_vec()),
                None => self.rows.remove(&key),
            };
        }
        Ok(())
    }

    fn syncs(&self) -> u64 {
        0
    }
}
