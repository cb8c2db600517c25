//! A line divided into cells, and a cell read as what it should be.

use super::fault::Why;
use super::layout::{Amounts, Days, Form, Place};
use super::read::Decode;
use crate::day::read_day;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use slipway_terms::{Amount, BusinessDate};

/// One line, ready to be asked for its columns.
pub(super) enum Cells<'a> {
    Csv(Vec<String>),
    Fixed(&'a [u8]),
}

/// A fault inside a line: which column, and why.
pub(super) type At = (usize, Why);

impl<'a> Cells<'a> {
    pub(super) fn of(line: &'a [u8], form: Form, decode: &dyn Decode) -> Result<Self, At> {
        match form {
            Form::Fixed => Ok(Self::Fixed(line)),
            Form::Csv { separator } => {
                let text = decode.text(line).ok_or((0, Why::Encoding))?;
                divide(&text, char::from(separator)).map(Self::Csv)
            }
        }
    }

    /// What stands in a place, without blanks and the layout's marks around it.
    pub(super) fn at(&self, place: Place, strip: &str, decode: &dyn Decode) -> Result<String, At> {
        let (column, text) = match (self, place) {
            (Self::Csv(cells), Place::Cell(number)) => {
                (number, number.checked_sub(1).and_then(|at| cells.get(at)).cloned().ok_or((number, Why::Missing))?)
            }
            (Self::Fixed(line), Place::Span(first, width)) => {
                let from = first.checked_sub(1).ok_or((first, Why::Missing))?;
                let bytes = from.checked_add(width).and_then(|to| line.get(from..to)).ok_or((first, Why::Missing))?;
                (first, decode.text(bytes).ok_or((first, Why::Encoding))?)
            }
            (_, Place::Cell(column) | Place::Span(column, _)) => return Err((column, Why::Missing)),
        };
        let text = text.trim_matches(|letter| letter == ' ' || strip.contains(letter));
        if text.chars().any(char::is_control) {
            return Err((column, Why::Byte));
        }
        Ok(text.into())
    }
}

/// Cells of a CSV line; a quoted cell may hold the separator and doubled quotation marks.
fn divide(line: &str, separator: char) -> Result<Vec<String>, At> {
    let (mut cells, mut letters) = (Vec::new(), line.chars().peekable());
    loop {
        let mut cell = String::new();
        let wrong = (cells.len() + 1, Why::Quote);
        if letters.next_if_eq(&'"').is_some() {
            loop {
                match letters.next().ok_or(wrong)? {
                    '"' if letters.next_if_eq(&'"').is_some() => cell.push('"'),
                    '"' => break,
                    letter => cell.push(letter),
                }
            }
            if letters.peek().is_some_and(|next| *next != separator) {
                return Err(wrong);
            }
        } else {
            while let Some(letter) = letters.next_if(|next| *next != separator) {
                if letter == '"' {
                    return Err(wrong);
                }
                cell.push(letter);
            }
        }
        cells.push(cell);
        if letters.next().is_none() {
            return Ok(cells);
        }
    }
}

/// Whether a spreadsheet would run it.
pub(super) fn formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@'])
}

/// A signed amount in fen: digits, a point and two digits at most, a minus in front.
pub(super) fn amount(text: &str, amounts: Amounts) -> Option<i64> {
    let fen = sum(text, amounts)?;
    i64::try_from(fen).ok().filter(|fen| fen.unsigned_abs() <= Amount::MINOR_MAX)
}

/// The same without the limit of one amount.
pub(super) fn sum(text: &str, amounts: Amounts) -> Option<i128> {
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |size| (-1, size));
    let (whole, part) = match (amounts, size.split_once('.')) {
        (Amounts::Yuan, Some((whole, part))) if (1..=2).contains(&part.len()) => (whole, part),
        (_, None) => (size, ""),
        _ => return None,
    };
    let whole = i128::from(digits(whole)?);
    match amounts {
        Amounts::Fen => Some(sign * whole),
        Amounts::Yuan => {
            let part =
                if part.is_empty() { 0 } else { i128::from(digits(part)?) * if part.len() == 1 { 10 } else { 1 } };
            Some(sign * (whole * 100 + part))
        }
    }
}

/// At most 18 digits and nothing else.
pub(super) fn digits(text: &str) -> Option<u64> {
    let fits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| text.parse().ok())?
}

pub(super) fn day(text: &str, days: Days) -> Option<BusinessDate> {
    match days {
        Days::Dashes => read_day(text),
        Days::Slashes => read_day(&text.replace('-', "?").replace('/', "-")),
        Days::Digits if text.len() == 8 && text.is_ascii() => {
            read_day(&format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
        }
        Days::Digits => None,
    }
}
