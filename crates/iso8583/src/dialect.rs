//! A dialect is a table: one row per field says kind × encoding × length form × maximum × padding × covering.
//! Nothing else in the crate knows how long a field is. A bad table is found by `check`, at compile time for the built-in ones; it must never be a panic at run time.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::plan::Plan;

pub use crate::row::{Counts, Cover, Encoding, Field, Kind, Length, Pad, Prefix};

/// Which family of framing and MAC rules a dialect belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Terminal to acquirer: TPDU and 6-byte header.
    Pos,
    /// Member to switch: 46-byte header.
    Cups,
    /// Any other: fields only. Framing is named by whoever opens the line (see `Wire`); no typed messages.
    General,
}

/// How a message says which fields it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bitmap {
    /// 8 bytes a bitmap.
    Binary,
    /// 16 ASCII characters a bitmap.
    Hex,
    /// 16 EBCDIC characters a bitmap.
    HexEbcdic,
    /// One of so many bytes (1 to 8), whose first bit is field 1. Only for parts of a field.
    Short(u8),
    /// Not at all: the fields stand one behind the other as far as the bytes reach. Only for parts of a field.
    Positional,
    /// Each field has its number in front, in so many ASCII digits. Only for parts of a field.
    Tagged(u8),
    /// Each field has a length of two ASCII digits, then its number in so many, which the length counts. A field 0 has neither:
    /// it stands first, always. Only for parts of a field.
    Counted(u8),
}

/// The parts of one field as a table of their own.
#[derive(Clone, Debug)]
pub struct Nested {
    /// The field they stand in.
    pub field: u8,
    /// Their layout: no MTI.
    pub parts: Dialect,
}

impl Nested {
    /// The parts of `field` as a table of `rows`.
    #[must_use]
    pub const fn new(field: u8, name: &'static str, bitmap: Bitmap, rows: &'static [Field]) -> Nested {
        let (index, plans, nested) = (index_of(rows), plans_of(rows), Cow::Borrowed(&[] as &[Nested]));
        let (family, rows) = (Family::General, Cow::Borrowed(rows));
        // One bitmap: its first bit is a part like any other.
        let parts = Dialect { name, family, mti: None, bitmap, last: 64, trailing_max: 0, rows, nested, index, plans };
        Nested { field, parts }
    }
}

/// A whole dialect. A built-in one is made with [`Dialect::new`] in a `static`, one of run time with [`Dialect::of_rows`].
#[derive(Clone, Debug)]
pub struct Dialect {
    /// Name as typed on the command line.
    pub name: &'static str,
    /// Framing and MAC rules.
    pub family: Family,
    /// How the MTI is written: packed left, ASCII or EBCDIC; `None` in the parts of a field.
    pub mti: Option<Encoding>,
    /// How fields are announced.
    pub bitmap: Bitmap,
    /// Highest field number: up to 64 has one bitmap, up to 128 two, up to 192 three.
    pub last: u8,
    /// Bytes tolerated behind the last field (some hosts send one).
    pub trailing_max: usize,
    pub(crate) rows: Cow<'static, [Field]>,
    pub(crate) nested: Cow<'static, [Nested]>,
    index: [u8; FIELDS],
    plans: [Plan; FIELDS],
}

/// Field numbers 0..=192.
pub(crate) const FIELDS: usize = 193;
const NO_ROW: u8 = u8::MAX;

const fn index_of(rows: &[Field]) -> [u8; FIELDS] {
    let mut index = [NO_ROW; FIELDS];
    let mut i = 0;
    while i < rows.len() && i < NO_ROW as usize {
        let n = rows[i].number as usize;
        if n < index.len() {
            index[n] = i as u8;
        }
        i += 1;
    }
    index
}

const fn plans_of(rows: &[Field]) -> [Plan; FIELDS] {
    let mut plans = [Plan::NONE; FIELDS];
    let mut i = 0;
    while i < rows.len() {
        let n = rows[i].number as usize;
        if n < plans.len() {
            plans[n] = Plan::of(&rows[i]);
        }
        i += 1;
    }
    plans
}

impl Dialect {
    /// Makes a dialect of its rows, with binary bitmaps.
    #[must_use]
    pub const fn new(
        name: &'static str,
        family: Family,
        mti: Encoding,
        last: u8,
        trailing_max: usize,
        rows: &'static [Field],
    ) -> Dialect {
        let (index, plans, nested) = (index_of(rows), plans_of(rows), Cow::Borrowed(&[] as &[Nested]));
        let (mti, rows) = (Some(mti), Cow::Borrowed(rows));
        Dialect { name, family, mti, bitmap: Bitmap::Binary, last, trailing_max, rows, nested, index, plans }
    }

    /// The same with other bitmaps.
    #[must_use]
    pub const fn with_bitmap(mut self, bitmap: Bitmap) -> Dialect {
        self.bitmap = bitmap;
        self
    }

    /// As [`Dialect::new`] for a general dialect, with layouts for the parts of some fields.
    #[must_use]
    pub const fn with_parts(
        name: &'static str,
        mti: Encoding,
        last: u8,
        rows: &'static [Field],
        parts: &'static [Nested],
    ) -> Dialect {
        let (index, plans) = (index_of(rows), plans_of(rows));
        let (nested, rows) = (Cow::Borrowed(parts), Cow::Borrowed(rows));
        let (mti, family, bitmap) = (Some(mti), Family::General, Bitmap::Binary);
        Dialect { name, family, mti, bitmap, last, trailing_max: 0, rows, nested, index, plans }
    }

    /// Makes a dialect at run time. Whoever makes it must ask [`Dialect::check`].
    #[must_use]
    pub fn of_rows(
        name: &'static str,
        mti: Option<Encoding>,
        bitmap: Bitmap,
        last: u8,
        mut rows: Vec<Field>,
        nested: Vec<Nested>,
    ) -> Dialect {
        rows.sort_by_key(|row| row.number);
        let (index, plans) = (index_of(&rows), plans_of(&rows));
        let (rows, nested, family) = (Cow::Owned(rows), Cow::Owned(nested), Family::General);
        Dialect { name, family, mti, bitmap, last, trailing_max: 0, rows, nested, index, plans }
    }

    /// The row of field `n`.
    #[must_use]
    #[inline]
    pub fn field(&self, n: u8) -> Option<&Field> {
        let at = *self.index.get(usize::from(n))?;
        self.rows().get(usize::from(at))
    }

    /// All rows in ascending order.
    #[must_use]
    #[inline]
    pub const fn rows(&self) -> &[Field] {
        match &self.rows {
            Cow::Borrowed(rows) => rows,
            Cow::Owned(rows) => rows.as_slice(),
        }
    }

    #[inline]
    pub(crate) fn plan(&self, n: u8) -> Plan {
        self.plans.get(usize::from(n)).copied().unwrap_or(Plan::NONE)
    }

    /// The layout of the parts of field `n`, if it has one.
    #[must_use]
    pub fn parts(&self, n: u8) -> Option<&Dialect> {
        self.nested.iter().find(|nested| nested.field == n).map(|nested| &nested.parts)
    }

    /// Bytes of the MTI.
    #[must_use]
    #[inline]
    pub const fn mti_bytes(&self) -> usize {
        match self.mti {
            None => 0,
            Some(Encoding::BcdLeft) => 2,
            Some(_) => 4,
        }
    }

    /// Bytes of one bitmap on the wire; 0 where there is none.
    #[must_use]
    #[inline]
    pub const fn map_bytes(&self) -> usize {
        match self.bitmap {
            Bitmap::Binary => 8,
            Bitmap::Hex | Bitmap::HexEbcdic => 16,
            Bitmap::Short(bytes) => bytes as usize,
            Bitmap::Positional | Bitmap::Tagged(_) | Bitmap::Counted(_) => 0,
        }
    }

    /// Bytes in front of field `n` that name it.
    #[inline]
    pub(crate) const fn tag_bytes(&self, n: u8) -> usize {
        match (self.bitmap, n) {
            (Bitmap::Counted(_), 0) => 0,
            (Bitmap::Tagged(digits) | Bitmap::Counted(digits), _) => digits as usize,
            _ => 0,
        }
    }

    /// Whether bit `n` says that another bitmap follows, not that there is a field.
    #[inline]
    pub(crate) const fn continues(&self, n: u8) -> bool {
        let announced = matches!(self.bitmap, Bitmap::Binary | Bitmap::Hex | Bitmap::HexEbcdic);
        announced && ((n == 1 && self.last > 64) || (n == 65 && self.last > 128))
    }
}
