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
