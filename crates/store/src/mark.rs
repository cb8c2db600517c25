//! The mark: a small preallocated file beside the engine that says how far the store had come, and its format.
//! Written after every commit (survives a killed process) and synced every [`MARK_SYNC_EVERY`] commits, at opening and at
//! closing (survives a power cut). It has two places, written in turn. It is never ahead of what is durable. A store behind its mark has lost acknowledged batches:
//! a journal cut short by damage, a deleted file, an old copy. What it cannot see: the loss of the newest batches alone,
//! fewer than [`MARK_SYNC_EVERY`], by damage *and* a power cut together.

use crate::chain::{Link, behind};
use crate::embedded::io_fault;
use slipway_node::StoreFault;
use std::cmp::Ordering;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// The format this program writes. Higher is refused, lower will be converted when there is one.
pub const FORMAT: u32 = 1;

/// Commits between two syncs of the mark: one more sync in 64.
pub const MARK_SYNC_EVERY: u64 = 64;

const HEAD: &str = "slipway store, format ";
const PAGE: usize = 4096;
/// number 8, hash 16, check 8.
const SLOT_BYTES: usize = 32;

/// What a mark says: how far the store must at least have come.
#[derive(Clone, Copy, Debug)]
pub struct Marked {
    /// The newest place that can be read.
    pub link: Link,
    /// The other place can be read as well.
    pub both: bool,
}

impl Marked {
    /// The fault of a store that has come this far only, and may have lost a batch. A place is written only when its batch is durable: one that a power
    /// cut has torn leaves the store further than the other place says. Where the store is no further, one place was damaged, and
    /// it may have been the newer.
    pub fn missing(&self, link: Link) -> Option<StoreFault> {
        let number = self.link.number;
        match link.number.cmp(&number) {
            Ordering::Less => Some(behind(self.link)),
            Ordering::Equal if !self.both => Some(StoreFault::Damaged(format!(
                "mark: half of it is unreadable, and a batch after {number} may be lost"
            ))),
            _ => None,
        }
    }
}

/// The open mark.
pub struct Mark {
    file: File,
    turn: bool,
}

impl Mark {
    /// Makes the mark of an empty store; it appears whole or not at all, and last of all files of a new store.
    pub fn create(dir: &Path) -> Result<(), StoreFault> {
        let fault = |e: std::io::Error| io_fault("mark", &e);
        let mut bytes = vec![0_u8; 3 * PAGE];
        let head = format!("{HEAD}{FORMAT}\n");
        bytes[..head.len()].copy_from_slice(head.as_bytes());
        for at in [PAGE, 2 * PAGE] {
            bytes[at..at + SLOT_BYTES].copy_from_slice(&slot(Link::default()));
        }
        let fresh = dir.join("mark.new");
        let mut file = File::create(&fresh).map_err(fault)?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fault)?;
        std::fs::rename(&fresh, dir.join("mark")).map_err(fault)?;
        File::open(dir).and_then(|dir| dir.sync_all()).map_err(fault)
    }

    /// Opens and reads the mark.
    pub fn open(dir: &Path) -> Result<(Self, Marked), StoreFault> {
        let damaged = |what: &str| StoreFault::Damaged(format!("mark: {what}"));
        let mut file = OpenOptions::new().read(true).write(true).open(dir.join("mark")).map_err(|e| {
            if e.kind() == std::io::ErrorKind::NotFound { damaged("missing") } else { io_fault("mark", &e) }
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|e| io_fault("mark", &e))?;
        let format = bytes.get(..PAGE).and_then(format_of).ok_or_else(|| damaged("unreadable format"))?;
        if format > FORMAT {
            return Err(StoreFault::Newer(format));
        }
        if format < FORMAT || bytes.len() != 3 * PAGE {
            return Err(damaged("not of a known format"));
        }
        let (first, second) = (&bytes[PAGE..PAGE + SLOT_BYTES], &bytes[2 * PAGE..2 * PAGE + SLOT_BYTES]);
        let (link, both, turn) = match (read_slot(first), read_slot(second)) {
            (Some(a), Some(b)) if b.number > a.number => (b, true, false),
            (Some(a), Some(_)) => (a, true, true),
            (Some(a), None) => (a, false, true),
            (None, Some(b)) => (b, false, false),
            (None, None) => return Err(damaged("unreadable")),
        };
        Ok((Self { file, turn }, Marked { link, both }))
    }

    /// Writes how far the store has come. Only after the batch itself is durable.
    pub fn write(&mut self, link: Link) -> Result<(), StoreFault> {
        let at = if self.turn { 2 * PAGE } else { PAGE };
        self.turn = !self.turn;
        let at = u64::try_from(at).unwrap_or(0);
        self.file
            .seek(SeekFrom::Start(at))
            .and_then(|_| self.file.write_all(&slot(link)))
            .map_err(|e| io_fault("mark", &e))
    }

    /// Makes the mark durable: one data sync.
    pub fn sync(&self) -> Result<(), StoreFault> {
        self.file.sync_data().map_err(|e| io_fault("mark", &e))
    }
}

fn format_of(page: &[u8]) -> Option<u32> {
    let (line, rest) = page.split_at(page.iter().position(|byte| *byte == b'\n')?);
    if rest[1..].iter().any(|byte| *byte != 0) {
        return None;
    }
    std::str::from_utf8(line).ok()?.strip_prefix(HEAD)?.parse().ok()
}

fn slot(link: Link) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[..8].copy_from_slice(&link.number.to_le_bytes());
    slot[8..24].copy_from_slice(&link.hash.to_le_bytes());
    let check = xxh3_64(&slot[..24]);
    slot[24..].copy_from_slice(&check.to_le_bytes());
    slot
}

fn read_slot(slot: &[u8]) -> Option<Link> {
    let (number, rest) = slot.split_first_chunk::<8>()?;
    let (hash, check) = rest.split_first_chunk::<16>()?;
    if xxh3_64(&slot[..24]).to_le_bytes() != *check {
        return None;
    }
    Some(Link { number: u64::from_le_bytes(*number), hash: u128::from_le_bytes(*hash) })
}
