//! What a core wants and what it is told: the sheet of rows of one batch, with earlier puts laid over what was stored.

use crate::{Ask, Key, KeyPart, Node, Record, Scan, Told, limits};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use slipway_terms::TerminalId;

/// What is wanted: keys, bounded ranges, vault answers. Reused for every input; filling it twice with the same want is fine.
#[derive(Default, Debug)]
pub struct Wants {
    /// Single rows.
    pub keys: Vec<Key>,
    /// Ranges.
    pub scans: Vec<Scan>,
    /// Vault answers, for the input at hand.
    pub asks: Vec<Ask>,
}

impl Wants {
    /// Wants one row. Returns `self` so that wants of one rule read as one line.
    pub fn row<R: Record<Rs>, Rs>(&mut self, key: &R::Key) -> &mut Self {
        self.keys.push(R::key(key));
        self
    }

    /// Wants the rows of table `R` whose keys begin with `prefix`.
    pub fn range<R: Record<Rs>, Rs>(&mut self, prefix: &impl KeyPart, rows_max: u16, newest_first: bool) -> &mut Self {
        self.scans.push(scan::<R, Rs>(prefix, rows_max, newest_first));
        self
    }

    /// Wants an answer of the vault.
    pub fn ask(&mut self, ask: Ask) -> &mut Self {
        self.asks.push(ask);
        self
    }

    /// Empties the list for the next input.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.scans.clear();
        self.asks.clear();
    }
}

fn scan<R: Record<Rs>, Rs>(prefix: &impl KeyPart, rows_max: u16, newest_first: bool) -> Scan {
    Scan { prefix: Key::of(R::SPACE).with(prefix), rows_max: rows_max.min(limits::SCAN_ROWS_MAX), newest_first }
}

/// Three-valued sight of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen<T> {
    /// Nobody has asked yet: want it.
    NotAsked,
    /// Asked, and there is none.
    Absent,
    /// Asked, and here it is.
    Present(T),
}

/// One row of the sheet.
#[derive(Debug)]
struct Entry<R> {
    /// Boxed: rows are large, and the tree moves its entries about.
    row: Option<Box<R>>,
    /// Somebody asked for it, so it may be asked for again.
    read: bool,
    /// The batch has put or ended it.
    dirty: bool,
}

/// The rows of one batch: what was read, with the batch's own puts over it. Kept by the driver; forgotten after the commit.
#[derive(Debug)]
pub struct Sheet<R> {
    rows: BTreeMap<Key, Entry<R>>,
    scans: BTreeMap<Scan, Option<Key>>,
}

impl<R> Default for Sheet<R> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), scans: BTreeMap::new() }
    }
}

impl<R> Sheet<R> {
    /// Whether this key was read or put.
    pub fn knows(&self, key: &Key) -> bool {
        self.rows.contains_key(key)
    }

    /// Whether this range was read.
    pub fn knows_scan(&self, scan: &Scan) -> bool {
        self.scans.contains_key(scan)
    }

    /// Lays down a row as read; never over one that is already known.
    pub fn learn(&mut self, key: Key, row: Option<R>) {
        self.recall(key, row.map(Box::new));
    }

    /// The same for a row that [`Sheet::settle`] once moved out.
    pub fn recall(&mut self, key: Key, row: Option<Box<R>>) {
        self.rows.entry(key).or_insert(Entry { row, read: true, dirty: false });
    }

    /// Marks a range as read: the rows are learnt apart; `reach` is the last key read if the range was cut at its maximum.
    pub fn learn_scan(&mut self, scan: Scan, reach: Option<Key>) {
        self.scans.insert(scan, reach);
    }

    /// Lays a decision's put over the row.
    pub fn put(&mut self, key: Key, row: R) {
        self.lay(key, Some(Box::new(row)));
    }

    /// Lays the end of a queue row over it.
    pub fn end(&mut self, key: Key) {
        self.lay(key, None);
    }

    fn lay(&mut self, key: Key, row: Option<Box<R>>) {
        let entry = self.rows.entry(key).or_insert(Entry { row: None, read: false, dirty: true });
        entry.row = row;
        entry.dirty = true;
    }

    /// What the batch wrote, in key order: `None` is an ended row.
    pub fn written(&self) -> impl Iterator<Item = (&Key, Option<&R>)> {
        self.rows.iter().filter(|(_, entry)| entry.dirty).map(|(key, entry)| (key, entry.row.as_deref()))
    }

    /// After the commit: moves out every row as the store now has it (`None`: it has none), and whether it was read. What was
    /// only put (postings, journals) is not asked for again soon, but whoever keeps an older state of it must forget that.
    pub fn settle(&mut self) -> impl Iterator<Item = (Key, Option<Box<R>>, bool)> + use<R> {
        self.scans.clear();
        core::mem::take(&mut self.rows).into_iter().map(|(key, entry)| (key, entry.row, entry.read))
    }

    /// Forgets everything, keeping nothing for the next batch.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.scans.clear();
    }

    fn look(&self, key: &Key) -> Seen<&R> {
        match self.rows.get(key) {
            None => Seen::NotAsked,
            Some(Entry { row: None, .. }) => Seen::Absent,
            Some(Entry { row: Some(row), .. }) => Seen::Present(row),
        }
    }

    fn range(&self, scan: &Scan) -> Option<Vec<&R>> {
        let reach = self.scans.get(scan)?;
        let inside = |key: &Key| key.as_bytes().starts_with(scan.prefix.as_bytes());
        let rows_max = usize::from(scan.rows_max);
        let rows = if scan.newest_first {
            let mut all: Vec<_> = self.rows.range(scan.prefix..).take_while(|(key, _)| inside(key)).collect();
            all.reverse();
            all.retain(|(key, _)| reach.is_none_or(|last| **key >= last));
            all.into_iter().filter_map(|(_, entry)| entry.row.as_deref()).take(rows_max).collect()
        } else {
            self.rows
                .range(scan.prefix..)
                .take_while(|(key, _)| inside(key) && reach.is_none_or(|last| **key <= last))
                .filter_map(|(_, entry)| entry.row.as_deref())
                .take(rows_max)
                .collect()
        };
        Some(rows)
    }
}

/// What a core sees when it wants and decides.
pub struct Facts<'a, N: Node> {
    /// The rows of the batch.
    pub sheet: &'a Sheet<N::Row>,
    /// What the vault answered for the input at hand.
    pub told: &'a [(Ask, Told)],
    /// The volatile notes.
    pub notes: &'a BTreeMap<TerminalId, N::Note>,
}

impl<N: Node> Facts<'_, N> {
    /// A row, if it was asked for: the question of `wants`.
    pub fn peek<R: Record<N::Row>>(&self, key: &R::Key) -> Seen<&R> {
        match self.sheet.look(&R::key(key)) {
            Seen::NotAsked => Seen::NotAsked,
            Seen::Absent => Seen::Absent,
            Seen::Present(row) => R::peel(row).map_or(Seen::Absent, Seen::Present),
        }
    }

    /// A row for deciding: `None` is absent. A row that was never wanted is a bug of the core and panics.
    pub fn get<R: Record<N::Row>>(&self, key: &R::Key) -> Option<&R> {
        match self.peek::<R>(key) {
            Seen::NotAsked => panic!("a core decided on a row of table {:#04x} that it never wanted", R::SPACE),
            Seen::Absent => None,
            Seen::Present(record) => Some(record),
        }
    }

    /// A row in `wants`: `Some` only when present, else `None` for both absent and not yet asked.
    pub fn known<R: Record<N::Row>>(&self, key: &R::Key) -> Option<&R> {
        match self.peek::<R>(key) {
            Seen::Present(record) => Some(record),
            Seen::NotAsked | Seen::Absent => None,
        }
    }

    /// The rows of a range that was wanted with the same arguments; `None` if it was not read yet.
    pub fn range<R: Record<N::Row>>(
        &self,
        prefix: &impl KeyPart,
        rows_max: u16,
        newest_first: bool,
    ) -> Option<Vec<&R>> {
        let rows = self.sheet.range(&scan::<R, N::Row>(prefix, rows_max, newest_first))?;
        Some(rows.into_iter().filter_map(R::peel).collect())
    }

    /// The vault's answer to `ask`; `None` if it was not asked yet.
    pub fn told(&self, ask: &Ask) -> Option<&Told> {
        self.told.iter().find(|(asked, _)| asked == ask).map(|(_, told)| told)
    }

    /// The volatile note of one terminal.
    pub fn note(&self, seat: &TerminalId) -> Option<&N::Note> {
        self.notes.get(seat)
    }
}
