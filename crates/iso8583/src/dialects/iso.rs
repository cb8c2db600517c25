//! Tables of the standard written once, and the ways they are put on a wire: a logical row says what a field is, a style how
//! digits, text, bytes and lengths become bytes.
//! Rows only say; `styled` alone turns them into a dialect's table.

use crate::dialect::{Counts, Cover, Encoding, Field, Kind, Length, Pad, Prefix};
use crate::fault::Name;

/// What a field is, with its length or maximum.
#[derive(Clone, Copy)]
pub(crate) enum Is {
    /// Digits, fixed.
    N(u16),
    /// Digits, LL.
    NLl(u16),
    /// Sign and digits, fixed.
    X(u16),
    /// Track 2, LL.
    Z2(u16),
    /// Track 3, LLL.
    Z3(u16),
    /// Text, fixed.
    T(u16),
    /// Text, LL.
    TLl(u16),
    /// Text, LLL.
    TLll(u16),
    /// Bytes, fixed.
    B(u16),
    /// Bytes, LL.
    BLl(u16),
    /// Bytes, LLL.
    BLll(u16),
    /// Bytes, LLLL.
    BLlll(u16),
    /// Chip data, LLL: bytes, whose length in a dialect of text counts characters.
    Chip(u16),
}

/// One field of the standard.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    number: u8,
    is: Is,
    cover: Cover,
    name: Name,
}

/// Shown whole.
pub(crate) const fn row(number: u8, is: Is, zh: &'static str, en: &'static str) -> Row {
    Row { number, is, cover: Cover::Open, name: Name { zh, en } }
}

/// Covered.
pub(crate) const fn hid(number: u8, is: Is, cover: Cover, zh: &'static str, en: &'static str) -> Row {
    Row { number, is, cover, name: Name { zh, en } }
}

/// How things are written.
pub(crate) struct Style {
    /// Digits of fixed fields.
    pub(crate) fixed: Encoding,
    /// Digits behind a length.
    pub(crate) var: Encoding,
    /// Track 2.
    pub(crate) track2: Encoding,
    /// Characters.
    pub(crate) text: Encoding,
    /// Bytes of fixed fields; behind a length they stand as they are.
    pub(crate) bytes: Encoding,
    /// Lengths.
    pub(crate) prefix: Prefix,
}

/// Everything in ASCII, bytes as hexadecimal text.
pub(crate) const ASCII: Style = Style {
    fixed: Encoding::Ascii,
    var: Encoding::Ascii,
    track2: Encoding::Ascii,
    text: Encoding::Ascii,
    bytes: Encoding::Hex,
    prefix: Prefix::Ascii,
};

/// Digits and lengths packed; fixed digits to the right, others to the left.
pub(crate) const BCD_RIGHT: Style = Style {
    fixed: Encoding::BcdRight,
    var: Encoding::BcdLeft,
    track2: Encoding::BcdLeft,
    text: Encoding::Ascii,
    bytes: Encoding::Binary,
    prefix: Prefix::Bcd,
};

/// Digits and lengths packed, all to the left; tracks are characters.
pub(crate) const BCD_LEFT: Style = Style { fixed: Encoding::BcdLeft, track2: Encoding::Ascii, ..BCD_RIGHT };

/// Everything in EBCDIC, bytes as they are.
pub(crate) const EBCDIC: Style = Style {
    fixed: Encoding::Ebcdic,
    var: Encoding::Ebcdic,
    track2: Encoding::Ebcdic,
    text: Encoding::Ebcdic,
    bytes: Encoding::Binary,
    prefix: Prefix::Ebcdic,
};

const fn counts(encoding: Encoding) -> Counts {
    match encoding {
        Encoding::BcdLeft | Encoding::BcdRight => Counts::Digits,
        _ => Counts::Bytes,
    }
}

const fn one(row: &Row, style: &Style) -> Field {
    // Track 3 is never packed, and its layout is left to the countries: text that is covered.
    let (kind, encoding, digits, max) = match row.is {
        Is::N(max) => (Kind::N, style.fixed, 0, max),
        Is::NLl(max) => (Kind::N, style.var, 2, max),
        Is::X(max) => (Kind::X, style.fixed, 0, max),
        Is::Z2(max) => (Kind::Z, style.track2, 2, max),
        Is::Z3(max) => (Kind::Ans, style.text, 3, max),
        Is::T(max) => (Kind::Ans, style.text, 0, max),
        Is::TLl(max) => (Kind::Ans, style.text, 2, max),
        Is::TLll(max) => (Kind::Ans, style.text, 3, max),
        Is::B(max) => (Kind::B, style.bytes, 0, max),
        Is::BLl(max) => (Kind::B, Encoding::Binary, 2, max),
        Is::BLll(max) => (Kind::B, Encoding::Binary, 3, max),
        Is::BLlll(max) => (Kind::B, Encoding::Binary, 4, max),
        Is::Chip(max) => (Kind::B, style.bytes, 3, max),
    };
    let pad = match (row.is, row.number) {
        (Is::N(_), _) => Pad::Zeros,
        (Is::T(_), _) => Pad::Spaces,
        _ => Pad::None,
    };
    let chip_as_text = matches!(row.is, Is::Chip(_)) && matches!(style.bytes, Encoding::Hex);
    let counts = if chip_as_text { Counts::Digits } else { counts(encoding) };
    let length = if digits == 0 { Length::Fixed } else { Length::Var { digits, prefix: style.prefix, counts } };
    // Twice as many characters must still fit the prefix.
    let max = if chip_as_text && max > 499 { 499 } else { max };
    Field { number: row.number, kind, encoding, length, max, pad, cover: row.cover, name: row.name }
}

/// The table of `rows` in `style`.
pub(crate) const fn styled<const N: usize>(rows: &[Row; N], style: &Style) -> [Field; N] {
    let mut out = [one(&rows[0], style); N];
    let mut i = 1;
    while i < N {
        out[i] = one(&rows[i], style);
        i += 1;
    }
    out
}

/// The same table with another shape of one field.
pub(crate) const fn with<const N: usize>(mut table: [Field; N], other: Row, style: &Style) -> [Field; N] {
    let mut i = 0;
    while i < N {
        if table[i].number == other.number {
            table[i] = one(&other, style);
        }
        i += 1;
    }
    table
}
