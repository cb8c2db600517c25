//! The disk of one simulated node: rows in memory, a tape of what was committed for the checkers, and the two ways in which
//! a commit meets the end of its process: it was refused and left nothing, or it is durable and nobody was told.

use slipway_node::{Batch, Key, Scan, Store, StoreFault};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// How the next commits end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Doom {
    /// The power goes before this commit (0 is the next one): nothing of it is there.
    Before(u8),
    /// The power goes after this commit: all of it is there, nothing of it has left.
    After(u8),
    /// No space: the commit is refused.
    Full,
}

/// One committed batch in order of writing: `None` is a row that left.
pub type Written = Vec<(Key, Option<Vec<u8>>)>;

/// A store in memory with a tape.
#[derive(Debug, Default)]
pub struct Disk {
    rows: BTreeMap<Key, Vec<u8>>,
    tape: RefCell<Vec<Written>>,
    doom: Cell<Option<Doom>>,
}

impl Disk {
    /// The next commits end so.
    pub fn doom(&self, doom: Option<Doom>) {
        self.doom.set(doom);
    }

    /// What was committed since it was last asked.
    pub fn take_tape(&self) -> Vec<Written> {
        self.tape.take()
    }

    /// Whether a table has no row.
    pub fn is_empty(&self, space: u8) -> bool {
        self.rows.range(Key::of(space)..).next().is_none_or(|(key, _)| key.space() != space)
    }

    fn strike(&self) -> Option<Doom> {
        let doom = self.doom.get()?;
        let (left, again) = match doom {
            Doom::Before(n) => (n, Doom::Before(n.saturating_sub(1))),
            Doom::After(n) => (n, Doom::After(n.saturating_sub(1))),
            Doom::Full => (0, doom),
        };
        self.doom.set((left > 0).then_some(again));
        (left == 0).then_some(doom)
    }
}

impl Store for Disk {
    fn read(&self, keys: &[Key], out: &mut Vec<Option<Vec<u8>>>) -> Result<(), StoreFault> {
        out.clear();
        out.extend(keys.iter().map(|key| self.rows.get(key).cloned()));
        Ok(())
    }

    fn range(&self, scan: &Scan, out: &mut Vec<(Key, Vec<u8>)>) -> Result<(), StoreFault> {
        out.clear();
        let inside = |key: &Key| key.as_bytes().starts_with(scan.prefix.as_bytes());
        let mut rows: Vec<_> = self.rows.range(scan.prefix..).take_while(|(key, _)| inside(key)).collect();
        if scan.newest_first {
            rows.reverse();
        }
        out.extend(rows.into_iter().take(usize::from(scan.rows_max)).map(|(key, row)| (*key, row.clone())));
        Ok(())
    }

    fn each(&self, space: u8, visit: &mut dyn FnMut(Key, &[u8])) -> Result<(), StoreFault> {
        let rows = self.rows.range(Key::of(space)..).take_while(|(key, _)| key.space() == space);
        rows.for_each(|(key, row)| visit(*key, row));
        Ok(())
    }

    fn commit(&mut self, batch: &Batch) -> Result<(), StoreFault> {
        let doom = self.strike();
        match doom {
            Some(Doom::Before(_)) => return Err(StoreFault::Io("power".into())),
            Some(Doom::Full) => return Err(StoreFault::Full),
            _ => {}
        }
        let mut written = Written::with_capacity(batch.puts.len() + batch.ends.len());
        for (key, row) in &batch.puts {
            self.rows.insert(*key, row.clone());
            written.push((*key, Some(row.clone())));
        }
        for key in &batch.ends {
            self.rows.remove(key);
            written.push((*key, None));
        }
        self.tape.borrow_mut().push(written);
        if doom.is_some() { Err(StoreFault::Io("power".into())) } else { Ok(()) }
    }

    fn syncs(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(disk: &mut Disk, n: u8) -> bool {
        disk.commit(&Batch { puts: vec![(Key::of(1).with(&n), vec![n])], ends: vec![] }).is_ok()
    }

    #[test]
    fn a_doomed_commit_is_there_whole_or_not_at_all() {
        for (doom, told, there) in [
            (None, [true, true], [true, true]),
            (Some(Doom::Before(0)), [false, true], [false, true]),
            (Some(Doom::Before(1)), [true, false], [true, false]),
            (Some(Doom::After(0)), [false, true], [true, true]),
            (Some(Doom::After(1)), [true, false], [true, true]),
            (Some(Doom::Full), [false, true], [false, true]),
        ] {
            let mut disk = Disk::default();
            disk.doom(doom);
            assert_eq!([put(&mut disk, 1), put(&mut disk, 2)], told, "{doom:?}");
            let mut rows = Vec::new();
            disk.read(&[Key::of(1).with(&1_u8), Key::of(1).with(&2_u8)], &mut rows).unwrap();
            assert_eq!([rows[0].is_some(), rows[1].is_some()], there, "{doom:?}");
            assert_eq!(disk.take_tape().len(), there.iter().filter(|t| **t).count());
            assert!(disk.is_empty(2) && !disk.is_empty(1));
        }
    }
}
