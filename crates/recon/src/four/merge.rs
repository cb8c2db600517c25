//! The merge: four sorted lists in, classified lines out, one row of each in memory. Must never go on behind a list that is
//! out of order or breaks off: every later absence would be a false one-sided entry, and release money that is owed.

use super::{Class, Line, List, Mark, Row, Run, Seen, Side, Tally};
use crate::key::{Entry, Key};
use core::fmt;

/// Why a merge stops; nothing after it may be believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MergeFault<E> {
    /// A list is not sorted.
    Unsorted {
        /// Which.
        list: List,
        /// The key that came after a larger one.
        key: Key,
    },
    /// A list has rows that is said not to have come, or does not belong to the view.
    Unexpected {
        /// Which.
        list: List,
    },
    /// A list has a row of another slice.
    Outside {
        /// Which.
        list: List,
        /// The key.
        key: Key,
    },
    /// The written position is another run's.
    WrongMark,
    /// A list could not be read.
    List {
        /// Which.
        list: List,
        /// Why.
        fault: E,
    },
}

impl<E: fmt::Display> fmt::Display for MergeFault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsorted { list, key } => {
                write!(f, "{list:?} 名单在 {key} 处未排序 the list {list:?} is not sorted at {key}")
            }
            Self::Unexpected { list } => {
                write!(f, "{list:?} 名单不应有内容 the list {list:?} has rows and should have none")
            }
            Self::Outside { list, key } => {
                write!(f, "{list:?} 名单的 {key} 不属于本片 {key} in the list {list:?} belongs to another slice")
            }
            Self::WrongMark => f.write_str("断点属于另一次对账 the written position belongs to another run"),
            Self::List { list, fault } => write!(f, "{list:?} 名单读不出 the list {list:?} cannot be read: {fault}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for MergeFault<E> {}

/// A reconciliation under way.
#[derive(Debug)]
pub struct Merge<I> {
    lists: [I; 4],
    heads: [Option<Row>; 4],
    mark: Mark,
    /// The group whose lines are being handed out, and which of them are still to come.
    line: Option<Line>,
    due: u32,
}

impl<I, E> Merge<I>
where
    I: Iterator<Item = Result<Row, E>>,
{
    /// Begins. The lists stand in the order of [`List::ALL`], each sorted by key; one that the view does not have is empty.
    ///
    /// # Errors
    /// [`MergeFault`], from the first row of each list.
    pub fn begin(run: Run, lists: [I; 4]) -> Result<Self, MergeFault<E>> {
        Self::from(Mark { run, last: None, tally: Tally::default() }, lists)
    }

    /// Goes on from a written position, with the same lists from their beginnings.
    ///
    /// # Errors
    /// [`MergeFault::WrongMark`] if it was written by another run; else as [`Merge::begin`].
    pub fn resume(run: Run, mark: Mark, lists: [I; 4]) -> Result<Self, MergeFault<E>> {
        if mark.run != run {
            return Err(MergeFault::WrongMark);
        }
        Self::from(mark, lists)
    }

    fn from(mark: Mark, lists: [I; 4]) -> Result<Self, MergeFault<E>> {
        let mut merge = Self { lists, heads: [None; 4], mark, line: None, due: 0 };
        for list in List::ALL {
            merge.advance(list)?;
            if merge.heads[list as usize].is_some() && !merge.expects(list) {
                return Err(MergeFault::Unexpected { list });
            }
            // The first is the least: what comes after it cannot lie before the slice, and its end is looked at key by key.
            let first = merge.heads[list as usize].map(|row| row.key);
            if let Some(key) = first.filter(|key| mark.run.slice.from.is_some_and(|from| *key < from)) {
                return Err(MergeFault::Outside { list, key });
            }
            while merge.heads[list as usize].is_some_and(|row| Some(row.key) <= mark.last) {
                merge.advance(list)?;
            }
        }
        Ok(merge)
    }

    fn expects(&self, list: List) -> bool {
        self.mark.run.view.mask() & self.mark.run.received & list.bit() != 0
    }

    /// The next line; none at the end.
    ///
    /// # Errors
    /// [`MergeFault`]: the run is void, its lines so far included unless they stand before a written position.
    pub fn next_line(&mut self) -> Result<Option<Line>, MergeFault<E>> {
        if self.due == 0 && !self.gather()? {
            return Ok(None);
        }
        let index = self.due.trailing_zeros() as usize;
        self.due &= self.due - 1;
        let class = Class::at(index).unwrap_or(Class::Unjudged);
        self.mark.tally.0[class.index()] += 1;
        Ok(self.line.map(|line| Line { class, ..line }))
    }

    /// Takes all rows of the smallest key out of the lists.
    fn gather(&mut self) -> Result<bool, MergeFault<E>> {
        let Some(key) = self.heads.iter().flatten().map(|row| row.key).min() else { return Ok(false) };
        if self.mark.run.slice.until.is_some_and(|until| key >= until) {
            let has = |list: &List| self.heads[*list as usize].is_some_and(|row| row.key == key);
            let list = List::ALL.into_iter().find(has).unwrap_or(List::Till);
            return Err(MergeFault::Outside { list, key });
        }
        let mut line = Line { key, class: Class::Unjudged, sides: [Side::default(); 4] };
        for list in List::ALL {
            while let Some(row) = self.heads[list as usize].filter(|row| row.key == key) {
                line.sides[list as usize].take(&row);
                self.advance(list)?;
            }
        }
        self.due = self.judge(&line);
        self.line = Some(line);
        self.mark.last = Some(key);
        Ok(true)
    }

    fn advance(&mut self, list: List) -> Result<(), MergeFault<E>> {
        let before = self.heads[list as usize].map(|row| row.key);
        let next = self.lists[list as usize].next().transpose().map_err(|fault| MergeFault::List { list, fault })?;
        if let Some(key) = next.map(|row| row.key).filter(|key| before.is_some_and(|before| before > *key)) {
            return Err(MergeFault::Unsorted { list, key });
        }
        self.heads[list as usize] = next;
        Ok(())
    }

    /// The classes of a group, as bits of their places.
    fn judge(&self, line: &Line) -> u32 {
        let bit = |class: Class| 1_u32 << class.index();
        let (seen, mask) = (line.seen().0, self.mark.run.view.mask());
        // No till has a slip for what begins at the acquirer: there it stands where the acquirer's log stands.
        let slip = line.key.entry().is_none_or(Entry::has_slip);
        let with = if slip || seen & List::Acquirer.bit() == 0 { 0 } else { mask & List::Till.bit() };
        let seen = seen | with;
        let missing = mask & !seen & if slip { u8::MAX } else { !List::Till.bit() };
        let doubled = if line.any(|side| side.copies > 1) { bit(Class::Doubled) } else { 0 };
        // Without the list there is no absence: waiting stands before everything that would conclude from one.
        let presence = if missing & !self.mark.run.received != 0 {
            Class::Unjudged
        } else if missing != 0 && line.near_cut() && !line.any(|side| side.flags & Row::CARRIED != 0) {
            Class::Carried
        } else {
            Class::Seen(Seen(seen))
        };
        if presence == Class::Carried {
            // The next day compares amounts and days, with all lists; what would not go over is said today.
            let mixed = if line.any(|side| side.mixed) { bit(Class::Amount) } else { 0 };
            return bit(presence) | doubled | mixed;
        }
        let amount = if line.amounts_differ() { bit(Class::Amount) } else { 0 };
        let date = if line.days_differ() { bit(Class::Date) } else { 0 };
        let found = amount | date | doubled;
        // All lists have it but not alike: that is what the other lines say, and it is no match.
        if missing == 0 && found != 0 { found } else { found | bit(presence) }
    }

    /// The position to write; none while lines of one key are still to come, for a key is judged whole.
    pub const fn mark(&self) -> Option<Mark> {
        if self.due == 0 { Some(self.mark) } else { None }
    }

    /// Lines so far, by class.
    pub const fn tally(&self) -> &Tally {
        &self.mark.tally
    }
}
