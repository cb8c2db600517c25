//! Messages from and to plain strings, the form people type: digits, text, hexadecimal for bytes.
//! Values go through the same rows as everything else; a fault never repeats them. Nothing here masks: see `mask`.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::decoded::Decoded;
use crate::dialect::{Dialect, Encoding, Kind, Length};
use crate::encode::Encoder;
use crate::fault::{Fault, Path, Rule};

/// A field as people give it: its value, or its parts where the dialect has a layout for them.
#[derive(Clone)]
pub enum Plain<'v> {
    /// Digits, text, or bytes in hexadecimal.
    Value(&'v str),
    /// Parts in ascending order.
    Parts(Vec<(u8, Plain<'v>)>),
}

impl<'v> From<&'v str> for Plain<'v> {
    fn from(value: &'v str) -> Plain<'v> {
        Plain::Value(value)
    }
}

/// Encodes a message from `(field number, value)` pairs in ascending order, appended to `out`.
/// Bytes are given as hexadecimal; a variable field of bytes also takes text that is not hexadecimal.
///
/// # Errors
/// The first field that does not fit its row.
pub fn encode_plain<'v, V: Into<Plain<'v>>>(
    dialect: &Dialect,
    mti: &str,
    fields: impl IntoIterator<Item = (u8, V)>,
    out: &mut Vec<u8>,
) -> Result<Range<usize>, Fault> {
    let mti = <[u8; 4]>::try_from(mti.as_bytes()).map_err(|_| Fault::new(Path::Mti, 0, Rule::Digits))?;
    let mut encoder = Encoder::begin(out, dialect, mti)?;
    for (n, value) in fields {
        add(&mut encoder, dialect, n, value.into())?;
    }
    encoder.finish()
}

/// Parts come no deeper than the dialect's layouts, which `check_deep` limits.
fn add(encoder: &mut Encoder<'_>, dialect: &Dialect, n: u8, value: Plain<'_>) -> Result<(), Fault> {
    let row = dialect.field(n).ok_or(Fault::new(Path::Field(n), 0, Rule::NoField))?;
    let value = match value {
        Plain::Value(value) => value,
        Plain::Parts(parts) => {
            let layout = dialect.parts(n).ok_or(Fault::new(Path::Field(n), 0, Rule::NoField))?;
            let bytes = parts_plain(n, layout, parts)?;
            let as_sent = matches!(row.encoding, Encoding::Ebcdic | Encoding::Hex | Encoding::HexEbcdic);
            return if as_sent { encoder.raw(n, &bytes) } else { encoder.field(n, &bytes) }.map(drop);
        }
    };
    match row.kind {
        Kind::B => match from_hex(value) {
            Some(bytes) => encoder.field(n, &bytes)?,
            None if row.length != Length::Fixed => encoder.text(n, value)?,
            None => return Err(Fault::new(Path::Field(n), 0, Rule::Hex)),
        },
        Kind::An | Kind::Ans => match value.strip_prefix("hex:").and_then(from_hex) {
            Some(bytes) => encoder.raw(n, &bytes)?,
            None => encoder.text(n, value)?,
        },
        _ => encoder.field(n, value.as_bytes())?,
    };
    Ok(())
}

fn parts_plain(n: u8, layout: &Dialect, parts: Vec<(u8, Plain<'_>)>) -> Result<Vec<u8>, Fault> {
    // Seen from outside, a part is the field's.
    let inside = |fault: Fault| match fault.path {
        Path::Field(part) => Fault { path: Path::Sub(n, part), ..fault },
        _ => Fault { path: Path::Field(n), ..fault },
    };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::begin_parts(&mut bytes, layout)?;
    for (part, value) in parts {
        add(&mut encoder, layout, part, value).map_err(inside)?;
    }
    encoder.finish().map_err(inside)?;
    Ok(bytes)
}

/// Field `n` in clear as [`encode_plain`] takes it: digits, text, or upper-case hex (after `hex:` where the field is text by its row).
/// Unmasked: only for values that the caller may see.
#[must_use]
pub fn clear_value(message: &Decoded<'_>, n: u8) -> Option<String> {
    let row = message.dialect().field(n)?;
    let raw = message.raw(n)?;
    Some(match row.kind {
        Kind::N | Kind::Z | Kind::X => message.digits(n)?.map(char::from).collect(),
        Kind::B => hex(&message.content(n)?),
        Kind::An | Kind::Ans => match message.text(n) {
            Some(text) => text.into_owned(),
            None => String::from("hex:") + &hex(raw),
        },
    })
}

/// Upper-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

/// Bytes of an even number of hexadecimal digits; spaces and line ends between them are skipped. `None` for anything else.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for c in text.chars().filter(|c| !c.is_ascii_whitespace()) {
        let nibble = u8::try_from(c.to_digit(16)?).ok()?;
        match high.take() {
            None => high = Some(nibble),
            Some(h) => out.push(h << 4 | nibble),
        }
    }
    high.is_none().then_some(out)
}
