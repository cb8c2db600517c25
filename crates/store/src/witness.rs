//! Somebody who is told of every batch once it is durable. It is told in the commit's own thread, so it only takes note; it cannot refuse,
//! and what it misses when the process dies it finds in the rows.

use slipway_node::Batch;
use std::sync::Arc;

/// Who is told.
#[derive(Clone)]
pub struct Witness(Arc<dyn Fn(&Batch) + Send + Sync>);

impl Witness {
    /// One that does this.
    pub fn new(told: impl Fn(&Batch) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    /// Tells it.
    pub fn tell(&self, batch: &Batch) {
        (self.0)(batch);
    }
}

impl core::fmt::Debug for Witness {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("witness")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EmbeddedStore, Setup};
    use slipway_node::{Key, Store};
    use std::sync::Mutex;

    #[test]
    fn what_is_durable_is_told_in_order_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let mut store = EmbeddedStore::open(dir.path(), Setup::new(|| 0)).unwrap();
        let batch = |no: u8| Batch { puts: vec![(Key::of(9), vec![no])], ends: Vec::new() };
        store.commit(&batch(1)).unwrap();
        let kept = Arc::clone(&told);
        store.witnessed(Witness::new(move |batch| kept.lock().unwrap().extend(batch.puts.clone())));
        store.commit(&batch(2)).unwrap();
        store.commit(&batch(3)).unwrap();
        let wrong = Batch { puts: vec![(Key::of(crate::CHAIN_SPACE), vec![4])], ends: Vec::new() };
        assert!(store.commit(&wrong).is_err());
        let values: Vec<u8> = told.lock().unwrap().iter().filter_map(|(_, bytes)| bytes.first().copied()).collect();
        assert_eq!(values, [2, 3]);
    }
}
