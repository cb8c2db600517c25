//! Drives one node: batches, timers, outbox, links, printers. [`drive`] is pure and runs in the simulator as it runs in
//! production; [`os`] is the rim that touches clock, disk and network.

mod cache;
pub mod drive;
pub mod os;
pub mod outbox;
pub mod wire;
