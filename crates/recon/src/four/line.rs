//! One classified line, and the rows it carries over the cut.

use super::{Class, List, Row, Seen};
use crate::key::Key;

/// What one list says about a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Side {
    /// Rows with the key; zero: not in this list.
    pub copies: u32,
    /// Amount of the first.
    pub amount_fen: i64,
    /// Amounts of all copies together.
    pub sum_fen: i64,
    /// Day of the first, as a day count.
    pub day: i32,
    /// Flags of all copies together.
    pub flags: u32,
    /// Place of the first.
    pub place: u64,
    /// Whether a further copy has another amount.
    pub mixed: bool,
}

impl Side {
    pub(super) fn take(&mut self, row: &Row) {
        if self.copies == 0 {
            *self = Self {
                copies: 1,
                amount_fen: row.amount_fen,
                sum_fen: row.amount_fen,
                day: row.day,
                flags: row.flags,
                place: row.place,
                mixed: false,
            };
            return;
        }
        // A list with one key for ever is still one line.
        self.copies = self.copies.saturating_add(1);
        self.sum_fen = self.sum_fen.saturating_add(row.amount_fen);
        self.mixed |= self.amount_fen != row.amount_fen;
        self.flags |= row.flags;
    }
}

/// One finding. Who makes it: the merge; the same lists give the same lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// About which entry.
    pub key: Key,
    /// What is found. With the key the stable number of the case: finding it again opens no second one.
    pub class: Class,
    /// In the order of [`List::ALL`].
    pub sides: [Side; 4],
}

impl Line {
    /// Where the key is seen.
    pub fn seen(&self) -> Seen {
        let bit = |list: List| if self.sides[list as usize].copies > 0 { list.bit() } else { 0 };
        Seen(List::ALL.into_iter().fold(0, |seen, list| seen | bit(list)))
    }

    /// The rows that go into the next day's lists, if the class is [`Class::Carried`]: one a list, marked, so that they are
    /// judged there for good. Extra copies have had their own line today.
    pub fn carried(&self) -> impl Iterator<Item = (List, Row)> + '_ {
        let carried = self.class == Class::Carried;
        List::ALL.into_iter().filter_map(move |list| {
            let side = self.sides[list as usize];
            let row = Row {
                key: self.key,
                amount_fen: side.amount_fen,
                day: side.day,
                flags: side.flags | Row::CARRIED,
                place: side.place,
            };
            (carried && side.copies > 0).then_some((list, row))
        })
    }

    /// Whether the lists that have it differ in the amount.
    pub(super) fn amounts_differ(&self) -> bool {
        let mut there = self.sides.iter().filter(|side| side.copies > 0);
        let first = there.next().map(|side| side.amount_fen);
        self.any(|side| side.mixed) || there.any(|side| Some(side.amount_fen) != first)
    }

    /// Whether they differ in the day. One day apart at the cut is what the cut does, and no difference.
    pub(super) fn days_differ(&self) -> bool {
        let days = || self.sides.iter().filter(|side| side.copies > 0).map(|side| side.day);
        let apart = days().max().unwrap_or(0).abs_diff(days().min().unwrap_or(0));
        apart > 1 || apart == 1 && !self.near_cut()
    }

    pub(super) fn near_cut(&self) -> bool {
        self.any(|side| side.flags & (Row::NEAR_CUT | Row::CARRIED) != 0)
    }

    pub(super) fn any(&self, of: impl Fn(&Side) -> bool) -> bool {
        self.sides.iter().any(|side| side.copies > 0 && of(side))
    }
}
