//! Reads a foreign file in pieces of any size, in memory of one line and the rows. Must never grow with a line that has no end.

use super::cells::{At, Cells, amount, day, digits, formula, sum};
use super::fault::{ForeignFault, Why};
use super::layout::{Layout, Place, Signs, Trailer};
use crate::four::Row;
use crate::key::{Entry, Key};
use alloc::string::String;
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, InstitutionId, Rrn};

/// Turns bytes into letters; none where they are no letters. `core::str::from_utf8` does for UTF-8.
pub trait Decode {
    /// The text of these bytes.
    fn text(&self, bytes: &[u8]) -> Option<String>;
}

impl<F: Fn(&[u8]) -> Option<String>> Decode for F {
    fn text(&self, bytes: &[u8]) -> Option<String> {
        self(bytes)
    }
}

/// A file being read.
#[derive(Debug)]
pub struct Reader<'l> {
    layout: &'l Layout,
    date: BusinessDate,
    /// The line under way, and how many are done.
    open: Vec<u8>,
    lines: u64,
    rows: Vec<Row>,
    sum_fen: i128,
    crc: u32,
    ended: bool,
}

impl<'l> Reader<'l> {
    /// Longest line, in bytes.
    pub const LINE_MAX: usize = 16 * 1024;
    /// Most entries of one file: their rows stand in memory.
    pub const ROWS_MAX: usize = 50_000_000;

    /// Expects the file of a day.
    pub const fn new(layout: &'l Layout, date: BusinessDate) -> Self {
        Self { layout, date, open: Vec::new(), lines: 0, rows: Vec::new(), sum_fen: 0, crc: !0, ended: false }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`ForeignFault`]: the file is refused whole; nothing more is to be asked of this reader.
    pub fn take(&mut self, bytes: &[u8], decode: &dyn Decode) -> Result<(), ForeignFault> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.open.len() + piece.len() > Self::LINE_MAX {
                return Err(fault(self.lines + 1, "", (Self::LINE_MAX, Why::Long)));
            }
            self.open.extend(piece);
            if piece.ends_with(b"\n") {
                let line = core::mem::take(&mut self.open);
                self.line(&line, decode)?;
                self.open = line;
                self.open.clear();
            }
        }
        Ok(())
    }

    /// All rows of the file, sorted by key; their place is the line.
    ///
    /// # Errors
    /// [`ForeignFault`], when it is not whole or has an entry twice.
    pub fn end(mut self, decode: &dyn Decode) -> Result<Vec<Row>, ForeignFault> {
        // A trailer may come without a line feed; an entry may not: it could be the beginning of a longer one.
        if !self.open.is_empty() {
            if !self.is_trailer(&self.open, decode) {
                return Err(fault(self.lines + 1, "", (0, Why::Truncated)));
            }
            let line = core::mem::take(&mut self.open);
            self.line(&line, decode)?;
        }
        let headed = self.lines >= self.layout.header.len() as u64;
        if !headed || self.layout.trailer.is_some() && !self.ended {
            return Err(fault(self.lines + 1, "", (0, Why::Truncated)));
        }
        self.rows.sort_unstable_by_key(|row| (row.key, row.place));
        let twice = self.rows.windows(2).find(|pair| pair[0].key == pair[1].key && !self.layout.doubles);
        if let Some(pair) = twice {
            let why = Why::Doubled { first: pair[0].place };
            return Err(fault(pair[1].place, "rrn", (column(self.layout.columns.rrn), why)));
        }
        Ok(self.rows)
    }

    fn is_trailer(&self, line: &[u8], decode: &dyn Decode) -> bool {
        let starts = self.layout.trailer.as_ref().map(|trailer| trailer.starts.as_str());
        starts.is_some_and(|starts| decode.text(line).is_some_and(|text| text.starts_with(starts)))
    }

    fn line(&mut self, whole: &[u8], decode: &dyn Decode) -> Result<(), ForeignFault> {
        self.lines += 1;
        let number = self.lines;
        let mut line = whole.strip_suffix(b"\n").unwrap_or(whole);
        line = line.strip_suffix(b"\r").unwrap_or(line);
        if number == 1 {
            line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        }
        let tab = self.layout.strip.contains('\t') || self.layout.form == super::Form::Csv { separator: b'\t' };
        if let Some(at) = line.iter().position(|byte| byte.is_ascii_control() && !(tab && *byte == b'\t')) {
            return Err(fault(number, "", (at + 1, Why::Byte)));
        }
        if self.ended {
            return Err(fault(number, "", (0, Why::Behind)));
        }
        if let Some(header) = usize::try_from(number - 1).ok().and_then(|at| self.layout.header.get(at)) {
            if decode.text(line).as_deref() != Some(header) {
                return Err(fault(number, "", (0, Why::Header)));
            }
        } else if line.is_empty() {
            return Err(fault(number, "", (0, Why::Blank)));
        } else if self.is_trailer(line, decode) {
            self.trailer(line, decode)?;
        } else {
            let row = self.entry(line, decode)?;
            self.rows.push(row);
            if self.rows.len() > Self::ROWS_MAX {
                return Err(fault(number, "", (0, Why::TooMany)));
            }
        }
        self.crc = whole.iter().fold(self.crc, |crc, byte| crc32(crc, *byte));
        Ok(())
    }

    fn entry(&mut self, line: &[u8], decode: &dyn Decode) -> Result<Row, ForeignFault> {
        let (layout, columns, line_no) = (self.layout, &self.layout.columns, self.lines);
        let cells = Cells::of(line, layout.form, decode).map_err(|at| fault(line_no, "", at))?;
        let at = |field: &'static str, place: Place| {
            let text = cells.at(place, &layout.strip, decode).map_err(|at| fault(line_no, field, at))?;
            Ok((text, move |why| fault(line_no, field, (column(place), why))))
        };
        if let Some(place) = columns.number {
            let (text, wrong) = at("number", place)?;
            let (said, want) = (digits(&text).unwrap_or(0), self.rows.len() as u64 + 1);
            if said != want {
                return Err(wrong(Why::Number { said, want }));
            }
        }
        let (text, wrong) = at("rrn", columns.rrn)?;
        if formula(&text) {
            return Err(wrong(Why::Formula));
        }
        let rrn = Rrn::new(&text).map_err(|_| wrong(Why::Rrn))?;
        let acquirer = match (columns.acquirer, layout.acquirer) {
            (Some(place), _) => {
                let (text, wrong) = at("acquirer", place)?;
                InstitutionId::new(&text).map_err(|_| wrong(Why::Acquirer))?
            }
            (None, Some(acquirer)) => acquirer,
            (None, None) => return Err(fault(line_no, "acquirer", (0, Why::Missing))),
        };
        let (text, wrong) = at("entry", columns.entry)?;
        let entry = layout.entries.iter().find(|(word, _)| *word == text).map(|(_, entry)| *entry);
        let entry = entry.ok_or_else(|| wrong(if formula(&text) { Why::Formula } else { Why::Entry }))?;
        let (text, wrong) = at("amount", columns.amount)?;
        let fen = amount(&text, layout.amounts).filter(|fen| *fen != 0).ok_or_else(|| wrong(Why::Amount))?;
        let amount_fen = signed(fen, entry, layout.signs).ok_or_else(|| wrong(Why::Sign))?;
        if let Some(place) = columns.day {
            let (text, wrong) = at("day", place)?;
            let said = day(&text, layout.days).ok_or_else(|| wrong(Why::Day))?;
            if said != self.date {
                return Err(wrong(Why::WrongDay { said }));
            }
        }
        let row = Row::new(Key::new(acquirer, rrn, entry), amount_fen, self.date, self.lines);
        if layout.sorted && self.rows.last().is_some_and(|last| last.key > row.key) {
            return Err(fault(line_no, "rrn", (column(columns.rrn), Why::Order)));
        }
        self.sum_fen += i128::from(fen);
        Ok(row)
    }

    fn trailer(&mut self, line: &[u8], decode: &dyn Decode) -> Result<(), ForeignFault> {
        let Some(Trailer { count, sum: sum_at, crc32, .. }) = &self.layout.trailer else { return Ok(()) };
        let (layout, line_no) = (self.layout, self.lines);
        let cells = Cells::of(line, layout.form, decode).map_err(|at| fault(line_no, "", at))?;
        let at = |field: &'static str, place: Place| {
            let text = cells.at(place, &layout.strip, decode).map_err(|at| fault(line_no, field, at))?;
            Ok((text, move |why| fault(line_no, field, (column(place), why))))
        };
        let (text, wrong) = at("count", *count)?;
        let (said, found) = (digits(&text).ok_or_else(|| wrong(Why::Trailer))?, self.rows.len() as u64);
        if said != found {
            return Err(wrong(Why::Count { said, found }));
        }
        let (text, wrong) = at("sum", *sum_at)?;
        let said = sum(&text, layout.amounts).ok_or_else(|| wrong(Why::Trailer))?;
        if said != self.sum_fen {
            return Err(wrong(Why::Sum { said, found: self.sum_fen }));
        }
        if let Some(place) = crc32 {
            let (text, wrong) = at("crc32", *place)?;
            let said = u32::from_str_radix(&text, 16).ok().filter(|_| text.len() == 8 && !text.starts_with('+'));
            if said.ok_or_else(|| wrong(Why::Trailer))? != !self.crc {
                return Err(wrong(Why::Checksum));
            }
        }
        self.ended = true;
        Ok(())
    }
}

const fn fault(line: u64, field: &'static str, (column, why): At) -> ForeignFault {
    ForeignFault { line, column, field, why }
}

const fn column(place: Place) -> usize {
    match place {
        Place::Cell(column) | Place::Span(column, _) => column,
    }
}

/// A file without signs writes sizes; one with its own must agree with the kind.
const fn signed(fen: i64, entry: Entry, signs: Signs) -> Option<i64> {
    match (signs, entry.sign()) {
        (Signs::Entry, 0) => None,
        (Signs::Entry, sign) if fen > 0 => Some(fen * sign),
        (Signs::Own, sign) if sign == 0 || fen.signum() == sign => Some(fen),
        _ => None,
    }
}

/// IEEE, reflected; a file's lines are few enough for bit by bit.
const fn crc32(crc: u32, byte: u8) -> u32 {
    let mut crc = crc ^ byte as u32;
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        bit += 1;
    }
    crc
}
