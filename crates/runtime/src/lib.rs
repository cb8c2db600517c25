//! Drives one node: batches, timers, outbox, links, printers.
