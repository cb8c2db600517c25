//! Drives one node: batches, timers, outbox, links, printers. [`drive`] is pure and runs in the simulator as it runs in
//! production.

pub mod drive;
mod outbox;
