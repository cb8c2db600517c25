//! A slice of the keys, so that machines or processes judge apart and their results are joined. Must never lose a key between two
//! slices nor judge one twice: a slice begins with its first key and ends before the next slice's.

use super::{Class, Tally};
use crate::key::Key;
use alloc::vec::Vec;
use core::fmt;

/// Keys from one on and before another; without a bound: from the first, to the last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Slice {
    /// The first key that belongs to it.
    pub from: Option<Key>,
    /// The first key that does not belong to it any more.
    pub until: Option<Key>,
}

/// Why slices do not make a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JoinFault {
    /// No slice at all, or none for the keys in front of the first or behind the last.
    Open,
    /// Keys between two slices, or keys that two of them have.
    Edge {
        /// Which slice, in order of keys; 0 is the first.
        at: usize,
    },
}

impl fmt::Display for JoinFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("分片没有覆盖全部 the slices do not cover all keys"),
            Self::Edge { at } => {
                write!(f, "第 {at} 片与前一片不相接 slice {at} does not begin where the one before ends")
            }
        }
    }
}

impl core::error::Error for JoinFault {}

impl Slice {
    /// All keys.
    pub const WHOLE: Self = Self { from: None, until: None };

    /// Cuts all keys at these, which are sorted and different; one slice more than cuts.
    pub fn cut(at: &[Key]) -> Vec<Self> {
        let from = core::iter::once(None).chain(at.iter().copied().map(Some));
        let until = at.iter().copied().map(Some).chain(core::iter::once(None));
        from.zip(until).map(|(from, until)| Self { from, until }).collect()
    }

    /// Whether a key belongs to it.
    pub fn has(&self, key: Key) -> bool {
        self.from.is_none_or(|from| from <= key) && self.until.is_none_or(|until| key < until)
    }

    /// Adds up the tallies of slices, handed in in any order.
    ///
    /// # Errors
    /// [`JoinFault`]: together they are not every key once, so their sum is no result.
    pub fn join(parts: &[(Self, Tally)]) -> Result<Tally, JoinFault> {
        let mut parts = parts.to_vec();
        parts.sort_by_key(|(slice, _)| slice.from);
        let ends = parts.first().zip(parts.last());
        if ends.is_none_or(|((first, _), (last, _))| first.from.is_some() || last.until.is_some()) {
            return Err(JoinFault::Open);
        }
        if let Some(at) =
            parts.windows(2).position(|pair| pair[0].0.until.is_none() || pair[0].0.until != pair[1].0.from)
        {
            return Err(JoinFault::Edge { at: at + 1 });
        }
        let mut sum = Tally::default();
        for (_, tally) in &parts {
            for at in 0..Class::COUNT {
                sum.0[at] += tally.0[at];
            }
        }
        Ok(sum)
    }
}
