//! Atomic durable batches behind [`slipway_node::Store`]: in memory, embedded on disk, and as crash images for tests.
//! Must never acknowledge a batch that a power cut can take back, nor give a row that is not what was written.
//!
//! | store | for | durable |
//! |---|---|---|
//! | [`MemoryStore`] | tests | no, says so by `syncs() == 0` |
//! | [`EmbeddedStore`] | one folder, one process | yes, when `commit` returns |
//! | [`crash::CrashStore`] | the simulator: a model of the disk with lost tails, torn writes, full disks, flipped bits | as the real one |

mod chain;
pub mod crash;
mod embedded;
mod journal;
mod manifest;
mod mark;
mod memory;
pub mod speed;
mod witness;

pub use chain::{CHAIN_SPACE, Link};
pub use embedded::{EmbeddedStore, Setup};
pub use memory::MemoryStore;
pub use witness::Witness;
