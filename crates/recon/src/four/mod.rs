//! Four-way reconciliation: terminal batches, acquirer's log, network file, issuer's ledger, merged by key. Must never write
//! into anybody's books, and never call an absence evidence when the list itself has not come (rules 9).
//!
//! ```text
//!   till's batch ───┐
//!   acquirer's log ─┤   one group a key    ┌─ what is seen where (16 patterns)
//!   network file ───┤ ───────────────────▶ ├─ amounts, days, doubles
//!   issuer's ledger ┘                      └─ carried over the cut · waiting for a list
//! ```
//! Lists are sorted; memory is one row a list. The same lists give the same lines. After a crash the run goes on from the last written
//! [`Mark`] with the same lists; lines behind the mark come again exactly as before, and [`Line`]'s key and class are the number under which
//! the caller keeps a case, so what comes twice is kept once. A [`Slice`] of the keys can be judged by a process of its own.

mod advices;
mod case;
mod cases;
mod dossier;
mod entries;
mod flow;
mod line;
mod mark;
mod merge;
mod pace;
mod post;
mod row;
mod slice;
mod voids;

pub use case::{Action, Case, Owner, case, cases};
pub use dossier::{Closed, Dossier, Ending, Part, steps_missed};
pub use entries::{Moved, Moves};
pub use flow::Flow;
pub use line::{Line, Side};
pub use mark::{Mark, Run, Tally};
pub use merge::{Merge, MergeFault};
pub use pace::{DeadlineFault, Deadlines, Pace};
pub use post::{Account, Post, Posting};
pub use row::{Row, RowFault};
pub use slice::{JoinFault, Slice};

/// One of the four lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum List {
    /// Slips of the terminals' batches.
    Till,
    /// The acquirer's captured exchanges.
    Acquirer,
    /// The network's clearing file.
    Network,
    /// The issuer's postings.
    Issuer,
}

impl List {
    /// In the order of columns.
    pub const ALL: [Self; 4] = [Self::Till, Self::Acquirer, Self::Network, Self::Issuer];

    /// Its bit in a [`Seen`].
    pub const fn bit(self) -> u8 {
        8 >> self as u8
    }
}

/// In which lists a key is seen: till 8, acquirer 4, network 2, issuer 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Seen(pub u8);

impl Seen {
    /// Whether it is in this list.
    pub const fn has(self, list: List) -> bool {
        self.0 & list.bit() != 0
    }
}

/// Who looks, and so which lists there are (rules 9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum View {
    /// The network centre: all four, from what members hand in.
    Centre,
    /// An acquirer: terminals, own log, network file.
    Acquirer,
    /// An issuer: network file, own ledger.
    Issuer,
}

impl View {
    /// All views.
    pub const ALL: [Self; 3] = [Self::Centre, Self::Acquirer, Self::Issuer];

    /// The bits of its lists.
    pub const fn mask(self) -> u8 {
        match self {
            Self::Centre => 0b1111,
            Self::Acquirer => 0b1110,
            Self::Issuer => 0b0011,
        }
    }
}

/// What a line says about a key. One key can have several lines; key and class together are the stable number of a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Class {
    /// Where it is seen; the view's whole mask is a match.
    Seen(Seen),
    /// The lists have different amounts.
    Amount,
    /// The lists have different days.
    Date,
    /// A list has the key more than once.
    Doubled,
    /// Near the cut: judged with the next day's lists.
    Carried,
    /// A list that could hold it has not come.
    Unjudged,
}

impl Class {
    /// Number of classes: sixteen patterns and five more.
    pub const COUNT: usize = 21;

    /// Its place in a tally.
    pub const fn index(self) -> usize {
        match self {
            Self::Seen(seen) => (seen.0 & 15) as usize,
            Self::Amount => 16,
            Self::Date => 17,
            Self::Doubled => 18,
            Self::Carried => 19,
            Self::Unjudged => 20,
        }
    }

    /// The class at a place of a tally.
    pub const fn at(index: usize) -> Option<Self> {
        match index {
            0..=15 => Some(Self::Seen(Seen(index as u8))),
            16 => Some(Self::Amount),
            17 => Some(Self::Date),
            18 => Some(Self::Doubled),
            19 => Some(Self::Carried),
            20 => Some(Self::Unjudged),
            _ => None,
        }
    }
}
