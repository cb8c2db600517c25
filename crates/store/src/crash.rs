//! A model of a store on a disk that fails: for the simulator, driven by its caller, deterministic.
//! The disk is one log of batches; what was synced survives everything, the rest is at the mercy of [`Tail`]. Reopening judges
//! the log by the rules of the real store (chain, mark, torn end). Must never be kinder to a core than the real disk.

use crate::chain::{LINK_BYTES, Link, Step, behind, judge_tail, steps};
use crate::mark::MARK_SYNC_EVERY;
use crate::memory::MemoryStore;
use slipway_node::{Batch, Key, Scan, Store, StoreFault};
use std::collections::BTreeMap;

/// What goes wrong in a commit. After any of them the store is dead and must be crashed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// No space: half of the batch is written, nothing synced.
    Full,
    /// The batch is written, its sync fails.
    SyncError,
    /// Power goes before anything is written.
    CutBefore,
    /// Power goes when the batch is written and not synced.
    CutUnsynced,
    /// Power goes when the batch is durable and nobody was told.
    CutSynced,
}

/// What is left of the bytes that were never synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tail {
    /// Nothing (power cut).
    Lost,
    /// So many bytes (power cut in the middle of writing).
    Torn(usize),
    /// All: only the process died, or the disk was lucky.
    Kept,
}

/// A store over a modelled disk.
#[derive(Clone, Default)]
pub struct CrashStore {
    rows: MemoryStore,
    log: Vec<u8>,
    synced: usize,
    link: Link,
    mark: Link,
    lost: Vec<u8>,
    commits: u64,
    syncs: u64,
    plan: BTreeMap<u64, Trouble>,
    dead: Option<StoreFault>,
}

impl core::fmt::Debug for CrashStore {
    /// Never the rows.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "CrashStore(batch {}, {} bytes, dead {})", self.link.number, self.log.len(), self.dead.is_some())
    }
}

/// The disk of a crashed store, before it is opened again.
#[derive(Clone)]
pub struct Image {
    log: Vec<u8>,
    mark: Link,
    left: CrashStore,
}

impl core::fmt::Debug for Image {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Image({} bytes)", self.log.len())
    }
}

impl CrashStore {
    /// An empty store on a sound disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the n-th commit from now on (1 is the next) fail.
    pub fn plan(&mut self, nth: u64, trouble: Trouble) {
        self.plan.insert(self.commits + nth, trouble);
    }

    /// Commits tried since the first opening, empty ones not counted.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    /// Batches that stand in the store.
    pub fn number(&self) -> u64 {
        self.link.number
    }

    /// Bytes of the whole batches on the disk.
    pub fn bytes(&self) -> usize {
        self.log.len()
    }

    /// All bytes ever written, also those a crash took back: keys and rows in the clear, in pieces of whole batches.
    pub fn bytes_written(&self) -> impl Iterator<Item = &[u8]> {
        [self.lost.as_slice(), self.log.as_slice()].into_iter()
    }

    /// The machine or process stops now: the disk as it is found.
    #[must_use]
    pub fn image(mut self, tail: Tail) -> Image {
        let unsynced = self.log.len() - self.synced;
        let (kept, mark) = match tail {
            Tail::Lost => (0, self.synced_mark()),
            Tail::Torn(bytes) => (bytes.min(unsynced), self.synced_mark()),
            Tail::Kept => (unsynced, self.mark),
        };
        let mut log = std::mem::take(&mut self.log);
        self.lost.extend_from_slice(&log[self.synced + kept..]);
        log.truncate(self.synced + kept);
        Image { log, mark, left: self }
    }

    /// Stops and opens again. Plans for later commits stay.
    pub fn crash(self, tail: Tail) -> Result<Self, StoreFault> {
        self.image(tail).reopen()
    }

    /// The mark is written at every commit and synced at every 64th; the link at that point is all that power leaves of it.
    fn synced_mark(&self) -> Link {
        let number = self.mark.number - self.mark.number % MARK_SYNC_EVERY;
        frames(&self.log)
            .take_while(|(link, _, _)| link.number <= number)
            .last()
            .map_or(Link::default(), |(link, _, _)| link)
    }

    fn alive(&self) -> Result<(), StoreFault> {
        self.dead.clone().map_or(Ok(()), Err)
    }

    fn write(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        let steps = steps(batch)?;
        if steps.is_empty() {
            return Ok(());
        }
        self.commits += 1;
        let trouble = self.plan.remove(&self.commits);
        let link = self.link.next(steps.iter().copied());
        let frame = frame(&steps, self.link, link);
        let cut = || Err(StoreFault::Io(String::from("power cut")));
        match trouble {
            Some(Trouble::CutBefore) => return cut(),
            Some(Trouble::Full) => {
                self.log.extend_from_slice(&frame[..frame.len() / 2]);
                return Err(StoreFault::Full);
            }
            _ => self.log.extend_from_slice(&frame),
        }
        match trouble {
            Some(Trouble::CutUnsynced) => return cut(),
            Some(Trouble::SyncError) => return Err(StoreFault::Io(String::from("sync failed"))),
            _ => {}
        }
        self.synced = self.log.len();
        self.syncs += 1;
        if trouble == Some(Trouble::CutSynced) {
            return cut();
        }
        self.rows.commit(batch)?;
        (self.link, self.mark) = (link, link);
        Ok(())
    }
}

impl Image {
    /// Turns one bit of what is on the disk (counted from the start, round again at the end).
    pub fn flip(&mut self, bit: usize) {
        if !self.log.is_empty() {
            let at = bit / 8 % self.log.len();
            self.log[at] ^= 1 << (bit % 8);
        }
    }

    /// Lets anything at all happen to what is on the disk.
    pub fn spoil(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.log);
    }

    /// Bytes on the disk.
    pub fn bytes(&self) -> usize {
        self.log.len()
    }

    /// Opens the store as the real one does: whole batches are read again, a torn end is cut off, anything else is refused.
    pub fn reopen(self) -> Result<CrashStore, StoreFault> {
        let Self { mut log, mark, mut left } = self;
        let (mut rows, mut last, mut whole) = (MemoryStore::new(), Link::default(), 0);
        for (link, steps, end) in frames(&log) {
            if link.number == mark.number && link != mark {
                return Err(StoreFault::Damaged(format!("not the marked one at batch {}", link.number)));
            }
            rows.commit(&batch_of(&steps)?)?;
            (last, whole) = (link, end);
        }
        judge_tail(Some(last), &log[whole..], mark)?;
        if last.number < mark.number {
            return Err(behind(mark));
        }
        left.lost.extend_from_slice(&log[whole..]);
        log.truncate(whole);
        (left.rows, left.link, left.mark, left.synced, left.log, left.dead) = (rows, last, last, whole, log, None);
        Ok(left)
    }
}

impl Store for CrashStore {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        self.alive()?;
        self.rows.read(keys, out)
    }

    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.alive()?;
        self.rows.range(scan, out)
    }

    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.alive()?;
        self.rows.below(prefix, below, rows_max, out)
    }

    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        self.alive()?;
        self.rows.each(space, visit)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        self.alive()?;
        let done = self.write(batch);
        if let Err(fault) = &done {
            self.dead = Some(fault.clone());
        }
        done
    }

    fn syncs(&self) -> u64 {
        self.syncs
    }
}

/// One batch in the log: count 4, per step flag 1 + key length 1 + row length 4 + key + row, then the chain row.
fn frame(steps: &[Step<'_>], before: Link, link: Link) -> Vec<u8> {
    let mut frame = u32::try_from(steps.len()).unwrap_or(u32::MAX).to_le_bytes().to_vec();
    for (key, row) in steps {
        let bytes = row.unwrap_or_default();
        frame.extend_from_slice(&[u8::from(row.is_some()), u8::try_from(key.len()).unwrap_or(u8::MAX)]);
        frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        frame.extend_from_slice(key);
        frame.extend_from_slice(bytes);
    }
    frame.extend_from_slice(&link.row(before));
    frame
}

/// The whole batches from the start of a log, each with where it ends.
fn frames(log: &[u8]) -> impl Iterator<Item = (Link, Vec<Step<'_>>, usize)> {
    let (mut rest, mut last) = (log, Link::default());
    std::iter::from_fn(move || {
        let (link, steps) = next_frame(&mut rest, last)?;
        last = link;
        Some((link, steps, log.len() - rest.len()))
    })
}

fn next_frame<'a>(rest: &mut &'a [u8], last: Link) -> Option<(Link, Vec<Step<'a>>)> {
    let (count, mut left) = rest.split_first_chunk::<4>()?;
    let mut steps = Vec::new();
    for _ in 0..u32::from_le_bytes(*count) {
        let ([flag, key_len, lens @ ..], after) = left.split_first_chunk::<6>()?;
        let (key, after) = after.split_at_checked(usize::from(*key_len))?;
        let (row, after) = after.split_at_checked(usize::try_from(u32::from_le_bytes(*lens)).ok()?)?;
        match flag {
            0 => steps.push((key, None)),
            1 => steps.push((key, Some(row))),
            _ => return None,
        }
        left = after;
    }
    let (row, after) = left.split_at_checked(LINK_BYTES)?;
    let (before, link) = Link::from_row(row)?;
    if before != last || last.next(steps.iter().copied()) != link {
        return None;
    }
    *rest = after;
    Some((link, steps))
}

fn batch_of(steps: &[Step<'_>]) -> Result<Batch, StoreFault> {
    let mut batch = Batch::default();
    for (key, row) in steps {
        let key =
            Key::from_bytes(key).ok_or_else(|| StoreFault::Damaged(String::from("a key of impossible length")))?;
        match row {
            Some(row) => batch.puts.push((key, row.to_vec())),
            None => batch.ends.push(key),
        }
    }
    Ok(batch)
}
