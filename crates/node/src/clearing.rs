//! A clearing file as a member's core hears of it: read whole and checked byte by byte by the rim, then told in parts. The core
//! counts again what it is told, so that a run which ends in the middle is never taken for a whole file.

use alloc::vec::Vec;
use slipway_terms::{ClearingItem, FileMark};

/// Entries of one part, at most.
pub const PART_ITEMS_MAX: usize = 128;

/// A part of a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClearingPart {
    /// Of which file.
    pub file: FileMark,
    /// Entries that were told before this part.
    pub from: u32,
    /// The next entries; at most [`PART_ITEMS_MAX`].
    pub items: Vec<ClearingItem>,
}

impl ClearingPart {
    /// All parts of a file, in order; of one without entries a part without entries.
    pub fn all(file: FileMark, items: &[ClearingItem]) -> Vec<Self> {
        if items.is_empty() {
            return alloc::vec![Self { file, from: 0, items: Vec::new() }];
        }
        let part = |(at, items): (usize, &[ClearingItem])| {
            let from = u32::try_from(at * PART_ITEMS_MAX).unwrap_or(u32::MAX);
            Self { file, from, items: items.to_vec() }
        };
        items.chunks(PART_ITEMS_MAX).enumerate().map(part).collect()
    }
}
