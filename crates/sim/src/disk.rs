//! The disk of one simulated node: the store's own model of a disk that fails, with a tape of what became durable for the
//! checkers. A commit that meets the end of its process is there whole or not at all, and the tape says which.

use crate::prng::Prng;
use slipway_node::{Batch, Key, Scan, Store, StoreFault};
use slipway_store::crash::{CrashStore, Tail, Trouble};
use std::cell::{Cell, RefCell};

/// How a coming commit ends: so many go well before it (0: the next one fails).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doom {
    /// Commits that still go well.
    pub after: u8,
    /// What happens then.
    pub trouble: Trouble,
}

/// What opening makes of a disk with one flipped bit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Flip {
    /// The store refuses to open.
    Found,
    /// Taken for the torn end of a power cut: the last batches are missing. Their mark was not synced either.
    Torn,
    /// It opens as if nothing were wrong.
    Unnoticed,
}

/// One committed batch in order of writing: `None` is a row that left.
pub type Written = Vec<(Key, Option<Vec<u8>>)>;

/// A store on a modelled disk, with a tape.
#[derive(Debug, Default)]
pub struct Disk {
    store: CrashStore,
    tape: RefCell<Vec<Written>>,
    doom: Cell<Option<Doom>>,
    /// The batch whose fate only reopening tells, and how many stood before it.
    unsure: Option<(u64, Written)>,
}

impl Disk {
    /// A coming commit ends so.
    pub fn doom(&self, doom: Option<Doom>) {
        self.doom.set(doom);
    }

    /// The tape of another disk goes on here.
    pub fn rewind(&self, other: &Self) {
        self.tape.borrow_mut().extend(other.take_tape());
    }

    /// What became durable since it was last asked.
    pub fn take_tape(&self) -> Vec<Written> {
        self.tape.take()
    }

    /// The power went and came back: what was never synced is lost, torn or kept, by chance. Now and then the same disk is
    /// also opened with one bit flipped, to see whether that is found.
    pub fn reopen(self, chance: &mut Prng) -> Result<(Self, Option<Flip>), StoreFault> {
        let tail = match chance.below(3) {
            0 => Tail::Lost,
            1 => Tail::Torn(chance.below(600)),
            _ => Tail::Kept,
        };
        let image = self.store.image(tail);
        let spoilt = chance.chance(250).then(|| image.clone());
        let store = image.reopen()?;
        // A bit of what was cut off as torn is nobody's loss.
        let flip = spoilt.filter(|_| store.bytes() > 0).map(|mut spoilt| {
            spoilt.flip(chance.below(store.bytes() * 8));
            match spoilt.reopen() {
                Err(_) => Flip::Found,
                Ok(other) if other.number() < store.number() => Flip::Torn,
                Ok(_) => Flip::Unnoticed,
            }
        });
        if let Some((before, written)) = self.unsure
            && store.number() > before
        {
            self.tape.borrow_mut().push(written);
        }
        Ok((Self { store, tape: self.tape, doom: Cell::new(None), unsure: None }, flip))
    }

    fn strike(&self) -> Option<Trouble> {
        let doom = self.doom.get()?;
        self.doom.set((doom.after > 0).then(|| Doom { after: doom.after - 1, ..doom }));
        (doom.after == 0).then_some(doom.trouble)
    }
}

fn written(batch: &Batch) -> Written {
    let puts = batch.puts.iter().map(|(key, row)| (*key, Some(row.clone())));
    puts.chain(batch.ends.iter().map(|key| (*key, None))).collect()
}

impl Store for Disk {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        self.store.read(keys, out)
    }

    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.store.range(scan, out)
    }

    fn below(&self, prefix: &Key, below: &Key, rows_max: u16, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        self.store.below(prefix, below, rows_max, out)
    }

    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        self.store.each(space, visit)
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        if let Some(trouble) = self.strike() {
            self.store.plan(1, trouble);
        }
        let before = self.store.number();
        let outcome = self.store.commit(batch);
        match outcome {
            Ok(()) => self.tape.borrow_mut().push(written(batch)),
            Err(_) => self.unsure = Some((before, written(batch))),
        }
        outcome
    }

    fn syncs(&self) -> u64 {
        self.store.syncs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(disk: &mut Disk, n: u8) -> bool {
        disk.commit(&Batch { puts: vec![(Key::of(1).with(&n), vec![n])], ends: vec![] }).is_ok()
    }

    #[test]
    fn a_doomed_commit_is_there_whole_or_not_at_all_and_the_tape_knows() {
        for trouble in [Trouble::Full, Trouble::SyncError, Trouble::CutBefore, Trouble::CutUnsynced, Trouble::CutSynced]
        {
            for seed in 0..30 {
                let mut disk = Disk::default();
                disk.doom(Some(Doom { after: 1, trouble }));
                assert!(put(&mut disk, 1) && !put(&mut disk, 2), "{trouble:?}");
                assert_eq!(disk.take_tape().len(), 1);
                let (disk, flip) = disk.reopen(&mut Prng::new(seed)).unwrap();
                assert_ne!(flip, Some(Flip::Unnoticed));
                let mut rows = Vec::new();
                disk.read(&[Key::of(1).with(&1_u8), Key::of(1).with(&2_u8)], &mut rows).unwrap();
                assert!(rows[0].is_some(), "what was acknowledged stands");
                assert_eq!(rows[1].is_some(), disk.take_tape().len() == 1, "{trouble:?}");
                match trouble {
                    Trouble::CutSynced => assert!(rows[1].is_some()),
                    Trouble::CutBefore | Trouble::Full => assert!(rows[1].is_none()),
                    Trouble::SyncError | Trouble::CutUnsynced => {}
                }
            }
        }
    }
}
