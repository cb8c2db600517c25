//! The table language: one macro per core declares its rows, their keys and which tables are queues or have ranges.

use crate::Key;
use alloc::vec::Vec;
use core::fmt;

/// A stored row that cannot be read: damage of our medium or a newer version. Names the table, never the content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damage {
    /// The table byte.
    pub space: u8,
    /// What is wrong.
    pub rule: &'static str,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row of table {:#04x}: {}", self.space, self.rule)
    }
}

impl core::error::Error for Damage {}

/// One declared table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Space {
    /// The first byte of its keys.
    pub byte: u8,
    /// Its name, for people.
    pub name: &'static str,
    /// Rows may leave it.
    pub queue: bool,
}

/// The closed enum of one core's rows. Made by [`tables!`](crate::tables).
pub trait Rows: Clone + fmt::Debug + Sized {
    /// All tables.
    const SPACES: &'static [Space];
    /// The row as stored: schema version, then postcard.
    fn encode(&self, out: &mut Vec<u8>);
    /// A stored row again.
    fn decode(space: u8, bytes: &[u8]) -> Result<Self, Damage>;
}

/// One table's record: how it is keyed and wrapped into the core's row enum.
pub trait Record<R>: Sized {
    /// What names a record.
    type Key;
    /// Rows may leave this table.
    const QUEUE: bool;
    /// The table byte.
    const SPACE: u8;
    /// The stored key.
    fn key(key: &Self::Key) -> Key;
    /// Into the row enum.
    fn wrap(self) -> R;
    /// Out of the row enum.
    fn peel(row: &R) -> Option<&Self>;
}

/// Declares the tables of a core.
///
/// ```ignore
/// tables! {
///     /// Rows of the issuer.
///     pub enum IssuerRow {
///         1 => account: AccountNo => Account,
///         2 => queue open: SwitchKey => Open,
///     }
/// }
/// ```
/// Each record type stands in one table only. Version byte 1; a record that changes shape gets a new table byte and is
/// read from the old one, so every released store stays readable.
#[macro_export]
macro_rules! tables {
    (@queue queue) => { true };
    (@queue) => { false };
    ($(#[$doc:meta])* pub enum $rows:ident { $( $byte:literal => $($queue:ident)? [$name:literal] $key:ty => $record:ident ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[allow(missing_docs, reason = "one variant per record type, documented there")]
        pub enum $rows { $( $record($record) ),* }

        impl $crate::Rows for $rows {
            const SPACES: &'static [$crate::Space] = &[
                $( $crate::Space { byte: $byte, name: $name, queue: $crate::tables!(@queue $($queue)?) } ),*
            ];
            fn encode(&self, out: &mut $crate::export::Vec<u8>) {
                out.push(1);
                let began = $crate::export::take(out);
                let whole = match self { $( Self::$record(record) => $crate::export::postcard::to_extend(record, began) ),* };
                match whole {
                    Ok(whole) => *out = whole,
                    // postcard fails only on types it cannot carry (maps of unknown length): a bug caught by the first test.
                    Err(_) => unreachable!("a record of a table cannot be encoded"),
                }
            }
            fn decode(space: u8, bytes: &[u8]) -> Result<Self, $crate::Damage> {
                let bad = |rule| $crate::Damage { space, rule };
                let (version, body) = bytes.split_first().ok_or(bad("empty row"))?;
                if *version != 1 {
                    return Err(bad("written by a newer version"));
                }
                match space {
                    $( $byte => $crate::export::postcard::from_bytes(body).map(Self::$record).map_err(|_| bad("does not decode")), )*
                    _ => Err(bad("no such table")),
                }
            }
        }

        $(
            impl $crate::Record<$rows> for $record {
                type Key = $key;
                const QUEUE: bool = $crate::tables!(@queue $($queue)?);
                const SPACE: u8 = $byte;
                fn key(key: &$key) -> $crate::Key { $crate::Key::of($byte).with(key) }
                fn wrap(self) -> $rows { $rows::$record(self) }
                fn peel(row: &$rows) -> Option<&Self> {
                    #[allow(unreachable_patterns, reason = "a core with one table has no other variant")]
                    match row { $rows::$record(record) => Some(record), _ => None }
                }
            }
        )*
    };
}
