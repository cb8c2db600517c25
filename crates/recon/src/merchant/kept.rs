//! What stands between two days of a merchant: what he owes, what is held, what is reserved. Read off the acquirer's records, so that no
//! day is ever worked out from anything else than what the days before it have really done.

use super::hold::{Hold, HoldNo};
use alloc::vec::Vec;
use slipway_terms::BusinessDate;

/// A hold and how far it has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The hold.
    pub hold: Hold,
    /// What it has got hold of, in fen.
    pub taken_fen: u64,
    /// A person has ended it; what it has is in the next settlement.
    pub released: bool,
}

/// What one day has reserved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reserved {
    /// Which day.
    pub day: BusinessDate,
    /// From which day on it is free.
    pub free: BusinessDate,
    /// How much, in fen.
    pub fen: u64,
}

/// All that stands between the days of one merchant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// What he owes: zero or negative, in fen.
    pub carried_fen: i64,
    /// Holds that have not ended, or have not given back what they took.
    pub holds: Vec<Standing>,
    /// Reserves that are not free yet.
    pub reserves: Vec<Reserved>,
}

impl Kept {
    /// A new merchant's.
    pub const fn nothing() -> Self {
        Self { carried_fen: 0, holds: Vec::new(), reserves: Vec::new() }
    }
}

/// What one settlement took, and gave back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Moves {
    /// By hold: newly held, or with a minus given free. Unit: fen.
    pub holds: Vec<(HoldNo, i64)>,
    /// Newly reserved.
    pub reserved: Option<Reserved>,
    /// Given free.
    pub freed: Vec<Reserved>,
}

impl Moves {
    /// None.
    pub const fn nothing() -> Self {
        Self { holds: Vec::new(), reserved: None, freed: Vec::new() }
    }
}
