//! The outside as a node sees it: store, clock, notifier. Links and printers live in the runtime's rim.

use crate::{Key, Scan};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use slipway_terms::{Moment, Notice};

/// What a batch writes: all of it or nothing, durable when `commit` returns.
#[derive(Default, Debug)]
pub struct Batch {
    /// Rows as stored.
    pub puts: Vec<(Key, Vec<u8>)>,
    /// Keys that leave.
    pub ends: Vec<Key>,
}

/// Why the medium failed. Any of these stops the node; an fsync error is never retried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreFault {
    /// No space left.
    Full,
    /// Reading, writing or syncing failed.
    Io(String),
    /// What was read is not what was written.
    Damaged(String),
    /// Written by a newer version.
    Newer(u32),
    /// Another process holds the store.
    Held,
}

impl fmt::Display for StoreFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => write!(
                f,
                "磁盘已满 / disk full: nothing was acknowledged; free space and start again, no payment is lost"
            ),
            Self::Io(what) => write!(
                f,
                "磁盘错误 / disk error ({what}): the node stops so that nothing is acknowledged that may be lost; check the medium, then start again"
            ),
            Self::Damaged(what) => write!(
                f,
                "存储损坏 / store damaged ({what}): the node does not start on it; restore from a copy, money is decided by the other parties' records"
            ),
            Self::Newer(version) => write!(
                f,
                "存储版本过新 / store of a newer version ({version}): start the newer program; nothing was changed"
            ),
            Self::Held => write!(f, "存储被占用 / store in use by another process: stop it first; nothing was changed"),
        }
    }
}

impl core::error::Error for StoreFault {}

/// A store of rows. One writer.
pub trait Store {
    /// Reads keys in order into `out` (cleared first): one entry per key, `None` if absent.
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault>;

    /// Reads one bounded range into `out` (cleared first), in the scan's direction.
    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault>;

    /// Reads into `out` (cleared first) at most so many rows whose keys begin with `prefix` and are lower than `below`, highest first: a list
    /// goes on where a page ended. `below` begins with the prefix too; of any other there is nothing.
    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault>;

    /// Walks every row of one table in key order: opening, audits and exports, never the hot path.
    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault>;

    /// Writes a batch: atomic, and durable when it returns.
    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault>;

    /// Closes gracefully. An error is only told: what was acknowledged is durable already.
    fn close(self) -> Result<(), StoreFault>
    where
        Self: Sized,
    {
        Ok(())
    }

    /// How many data syncs this store has made (for `bench`).
    fn syncs(&self) -> u64;

    /// Batches ever committed to it, over all its lives; 0 of a store that does not count them.
    fn batches(&self) -> u64 {
        0
    }
}

/// The clock. The only one.
pub trait Clock {
    /// Now.
    fn now(&self) -> Moment;
}

/// Takes notices to the cardholders. At least once: the same id may come again.
pub trait Notifier {
    /// `true` when the notice was taken and its outbox entry may end.
    fn take(&mut self, notice: &Notice) -> bool;
}
