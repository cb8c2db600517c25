//! A narrow row: all that reconciliation needs of an entry. Must never hold a card number.

use crate::key::{Entry, Key};
use core::fmt;
use slipway_terms::{BusinessDate, Moment};

/// One row of a list. Shape on disk: 48 bytes, big-endian, sorted by their first 24. Who makes it: the owner of the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    /// What it is about.
    pub key: Key,
    /// Signed fen: positive, the cardholder pays.
    pub amount_fen: i64,
    /// Business date as a day count.
    pub day: i32,
    /// [`Row::NEAR_CUT`], [`Row::CARRIED`].
    pub flags: u32,
    /// Where its owner finds it; not judged.
    pub place: u64,
}

/// Bytes that are no row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowFault {
    /// The list ends inside a row.
    Cut,
    /// A kind of entry that does not exist.
    Entry,
    /// A flag that does not exist.
    Flags,
}

impl fmt::Display for RowFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cut => "名单在一行中间结束 the list ends inside a row",
            Self::Entry => "没有这种交易 there is no such kind of entry",
            Self::Flags => "没有这种标志 there is no such flag",
        })
    }
}

impl core::error::Error for RowFault {}

impl Row {
    /// Bytes of a row on disk.
    pub const LEN: usize = 48;
    /// Within ten minutes of the cut: the other parties may have it on the next day.
    pub const NEAR_CUT: u32 = 1;
    /// Came over from the day before: it is not carried twice.
    pub const CARRIED: u32 = 2;

    /// How near the cut is near (rules 9), before and after.
    const NEAR_CUT_MS: u64 = 600_000;

    /// Whether an exchange at this moment may stand on the other side of the cut at another party.
    pub const fn is_near_cut(at: Moment, cut: Moment) -> bool {
        at.0.abs_diff(cut.0) <= Self::NEAR_CUT_MS
    }

    /// A row of a business date.
    pub fn new(key: Key, amount_fen: i64, date: BusinessDate, place: u64) -> Self {
        // Four-digit years are far inside.
        let day = i32::try_from(date.days()).unwrap_or(i32::MAX);
        Self { key, amount_fen, day, flags: 0, place }
    }

    /// For a list on disk.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..24].copy_from_slice(&self.key.to_bytes());
        bytes[24..32].copy_from_slice(&self.amount_fen.to_be_bytes());
        bytes[32..36].copy_from_slice(&self.day.to_be_bytes());
        bytes[36..40].copy_from_slice(&self.flags.to_be_bytes());
        bytes[40..].copy_from_slice(&self.place.to_be_bytes());
        bytes
    }

    /// From a list on disk.
    ///
    /// # Errors
    /// [`RowFault`]: somebody else's bytes, or a list cut short.
    pub fn read(bytes: &[u8]) -> Result<Self, RowFault> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().map_err(|_| RowFault::Cut)?;
        fn part<const N: usize>(bytes: &[u8; Row::LEN], at: usize) -> [u8; N] {
            let mut part = [0; N];
            part.copy_from_slice(&bytes[at..at + N]);
            part
        }
        if Entry::of_letter(bytes[Key::LEN - 1]).is_none() {
            return Err(RowFault::Entry);
        }
        let flags = u32::from_be_bytes(part(bytes, 36));
        if flags & !(Self::NEAR_CUT | Self::CARRIED) != 0 {
            return Err(RowFault::Flags);
        }
        Ok(Self {
            key: Key::from_bytes(&part(bytes, 0)),
            amount_fen: i64::from_be_bytes(part(bytes, 24)),
            day: i32::from_be_bytes(part(bytes, 32)),
            flags,
            place: u64::from_be_bytes(part(bytes, 40)),
        })
    }
}
