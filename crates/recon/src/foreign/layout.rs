//! Where things stand in a foreign file.

use crate::key::Entry;
use alloc::string::String;
use alloc::vec::Vec;
use slipway_terms::InstitutionId;

/// How letters are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    /// UTF-8, with or without its mark at the beginning.
    Utf8,
    /// GBK, with GB18030 above it.
    Gbk,
}

/// How a line is divided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Cells between separators, quoted where they need it.
    Csv {
        /// One ASCII character.
        separator: u8,
    },
    /// Columns of bytes.
    Fixed,
}

/// Where a column stands; both count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The cell's number.
    Cell(usize),
    /// First byte, and how many.
    Span(usize, usize),
}

/// How amounts are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Amounts {
    /// Yuan, with two decimals at most.
    Yuan,
    /// Whole fen.
    Fen,
}

/// Who gives an amount its sign.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signs {
    /// The kind of entry; the file has none.
    Entry,
    /// The file; it must agree with the kind of entry.
    Own,
}

/// How days are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Days {
    /// `2026-03-02`.
    Dashes,
    /// `2026/03/02`.
    Slashes,
    /// `20260302`.
    Digits,
}

/// The columns of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns {
    /// Reference number, 12 characters.
    pub rrn: Place,
    /// Amount.
    pub amount: Place,
    /// Day; without it every line is of the file's day.
    pub day: Option<Place>,
    /// Kind of entry, in the file's words.
    pub entry: Place,
    /// The acquirer's number; without it the layout's own.
    pub acquirer: Option<Place>,
    /// Running number, from 1: finds lines that are missing, doubled or out of order.
    pub number: Option<Place>,
}

/// The last line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trailer {
    /// How it begins, so that no entry is taken for it.
    pub starts: String,
    /// Number of entries.
    pub count: Place,
    /// Sum of amounts as written in the lines, sign as in the lines.
    pub sum: Place,
    /// CRC-32 (IEEE) of all lines before it, line feeds included, as eight hexadecimal digits.
    pub crc32: Option<Place>,
}

/// A whole layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Layout {
    /// For people.
    pub name: String,
    /// How letters are written.
    pub encoding: Encoding,
    /// How a line is divided.
    pub form: Form,
    /// Lines in front of the first entry; each must be exactly this.
    pub header: Vec<String>,
    /// Where things stand.
    pub columns: Columns,
    /// How amounts are written.
    pub amounts: Amounts,
    /// Who gives them their sign.
    pub signs: Signs,
    /// How days are written.
    pub days: Days,
    /// The acquirer, where no column says it.
    pub acquirer: Option<InstitutionId>,
    /// The file's words for kinds of entry.
    pub entries: Vec<(String, Entry)>,
    /// The last line, if the files have one. Without it the last line feed says that a file is whole.
    pub trailer: Option<Trailer>,
    /// Characters taken off both ends of a cell: `` ` `` or a tab that keeps spreadsheets from counting.
    pub strip: String,
    /// Whether keys must rise.
    pub sorted: bool,
    /// Whether a key may stand twice: then reconciliation judges it.
    pub doubles: bool,
}
