//! A dialect is a table: one row per field says kind × encoding × length form × maximum × padding × covering.
//! Nothing else in the crate knows how long a field is. A bad table is found by `check`, at compile time for the built-in ones; it must never be a panic at run time.

use crate::fault::Name;

/// What characters a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits.
    N,
    /// Sign C or D, then digits (`x + n`).
    X,
    /// Track data: digits, separator, and any nibble when the track is enciphered.
    Z,
    /// Letters and digits.
    An,
    /// Letters, digits, special characters, Chinese.
    Ans,
    /// Bytes.
    B,
}

/// How the characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two digits a byte; an odd count has its pad nibble on the right.
    BcdLeft,
    /// Two digits a byte; an odd count has its pad nibble on the left.
    BcdRight,
    /// One byte a character.
    Ascii,
    /// ASCII, and two bytes for a Chinese character.
    Gbk,
    /// As they are.
    Binary,
    /// One byte a character, EBCDIC digits and letters (no built-in table uses it yet).
    Ebcdic,
}

/// How the digits of a length prefix are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Packed, right aligned: 2 digits in 1 byte, 3 digits in 2 bytes.
    Bcd,
    /// One ASCII byte a digit.
    Ascii,
    /// One EBCDIC byte a digit.
    Ebcdic,
}

/// What a length prefix counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Digits (nibbles).
    Digits,
    /// Bytes.
    Bytes,
}

/// Fixed, or with a prefix of so many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Always `max` units.
    Fixed,
    /// LL (2) or LLL (3).
    Var {
        /// digits of the prefix
        digits: u8,
        /// how they are written
        prefix: Prefix,
        /// what they count
        counts: Counts,
    },
}

/// How a short value fills a fixed field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// Not at all: the length must be exact.
    None,
    /// Zeros on the left.
    Zeros,
    /// Spaces on the right.
    Spaces,
}

/// What a masked dump may show of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Everything.
    Open,
    /// Free content: everything but runs of 13 and more digits, which could be a card number.
    Free,
    /// First 6 and last 4 digits.
    Pan,
    /// Only the masked card number in it.
    Track,
    /// Only its length.
    Secret,
    /// Tags and lengths.
    Chip,
    /// Depends on the usage: key blocks only by their layout, other uses as `Free`.
    ByUse,
}

/// One row of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// 2..=128.
    pub number: u8,
    /// Characters.
    pub kind: Kind,
    /// Bytes.
    pub encoding: Encoding,
    /// Length form.
    pub length: Length,
    /// Maximum (fixed: the) length: digits for BCD, else bytes.
    pub max: u16,
    /// Filling of a fixed field.
    pub pad: Pad,
    /// What a dump may show.
    pub cover: Cover,
    /// Its name.
    pub name: Name,
}

impl Field {
    /// Are two digits packed in a byte?
    #[must_use]
    pub const fn packed(&self) -> bool {
        matches!(self.encoding, Encoding::BcdLeft | Encoding::BcdRight)
    }

    /// Bytes taken by `count` units of content.
    #[must_use]
    pub const fn bytes_of(&self, count: usize) -> usize {
        if self.packed() { count.div_ceil(2) } else { count }
    }

    /// Bytes of the length prefix.
    #[must_use]
    pub const fn prefix_bytes(&self) -> usize {
        match self.length {
            Length::Fixed => 0,
            Length::Var { digits, prefix: Prefix::Bcd, .. } => (digits as usize).div_ceil(2),
            Length::Var { digits, .. } => digits as usize,
        }
    }
}

/// What is wrong with a dialect table, and in which row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableFault {
    /// The field number of the row.
    pub number: u8,
    /// What is wrong.
    pub what: &'static str,
}

/// Which family of framing and MAC rules a dialect belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Terminal to acquirer: TPDU and 6-byte header.
    Pos,
    /// Member to switch: 46-byte header.
    Cups,
}

/// A whole dialect. Build it with [`Dialect::new`] in a `static`.
#[derive(Debug)]
pub struct Dialect {
    /// Name as typed on the command line.
    pub name: &'static str,
    /// Framing and MAC rules.
    pub family: Family,
    /// How the MTI is written: packed or ASCII.
    pub mti: Encoding,
    /// Highest field number (64 or 128).
    pub last: u8,
    /// Bytes tolerated behind the last field (some hosts send one).
    pub trailing_max: usize,
    rows: &'static [Field],
    index: [u8; 129],
}

const NO_ROW: u8 = u8::MAX;

impl Dialect {
    /// Makes a dialect of its rows.
    #[must_use]
    pub const fn new(
        name: &'static str,
        family: Family,
        mti: Encoding,
        last: u8,
        trailing_max: usize,
        rows: &'static [Field],
    ) -> Dialect {
        let mut index = [NO_ROW; 129];
        let mut i = 0;
        while i < rows.len() && i < NO_ROW as usize {
            let n = rows[i].number as usize;
            if n < index.len() {
                index[n] = i as u8;
            }
            i += 1;
        }
        Dialect { name, family, mti, last, trailing_max, rows, index }
    }

    /// The row of field `n`.
    #[must_use]
    pub fn field(&self, n: u8) -> Option<&'static Field> {
        let at = *self.index.get(usize::from(n))?;
        self.rows.get(usize::from(at))
    }

    /// All rows in ascending order.
    #[must_use]
    pub const fn rows(&self) -> &'static [Field] {
        self.rows
    }

    /// Bytes of the MTI.
    #[must_use]
    pub const fn mti_bytes(&self) -> usize {
        if matches!(self.mti, Encoding::BcdLeft) { 2 } else { 4 }
    }

    /// Looks for the first bad row; `None` when the table is sound. Usable in a `const` assertion.
    #[must_use]
    pub const fn check(&self) -> Option<TableFault> {
        if !matches!(self.mti, Encoding::BcdLeft | Encoding::Ascii) {
            return Some(TableFault { number: 0, what: "mti must be packed or ASCII" });
        }
        let mut last = 1;
        let mut i = 0;
        while i < self.rows.len() {
            let row = &self.rows[i];
            if row.number <= last || row.number == 65 || row.number > self.last || self.last > 128 {
                return Some(TableFault { number: row.number, what: "number out of order or range" });
            }
            if let Some(what) = bad_row(row) {
                return Some(TableFault { number: row.number, what });
            }
            last = row.number;
            i += 1;
        }
        None
    }
}

const fn bad_row(row: &Field) -> Option<&'static str> {
    if row.max == 0 {
        return Some("maximum of zero");
    }
    let digits_kind = matches!(row.kind, Kind::N | Kind::Z);
    if row.packed() && !digits_kind {
        return Some("only n and z can be packed");
    }
    if matches!(row.kind, Kind::B) != matches!(row.encoding, Encoding::Binary) {
        return Some("b must be binary and nothing else may be");
    }
    match row.length {
        Length::Fixed => None,
        Length::Var { digits, counts, .. } => {
            let limit = if digits == 2 { 99 } else { 999 };
            if digits != 2 && digits != 3 {
                return Some("prefix must have 2 or 3 digits");
            }
            if row.max > limit {
                return Some("maximum does not fit the prefix");
            }
            if row.packed() != matches!(counts, Counts::Digits) {
                return Some("packed fields count digits, all others bytes");
            }
            None
        }
    }
}
