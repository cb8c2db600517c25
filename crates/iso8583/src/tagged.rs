//! Parts that have their numbers in front: in any order, none twice.

use crate::bits::Bits;
use crate::content;
use crate::decode::{Stretch, read_field, read_length, slot};
use crate::decoded::{Decoded, Slot};
use crate::dialect::{Dialect, Field, Prefix};
use crate::fault::{Fault, Path, Rule, clip};

/// A number in front of each, in any order, none twice.
pub(crate) fn by_tag(out: &mut Decoded<'_>, bytes: &[u8], digits: usize) -> Result<usize, Fault> {
    let dialect = out.dialect;
    let (mut bits, mut at) = (Bits::default(), 0);
    while at < bytes.len() {
        let left = clip(bytes.len() - at);
        let Some(tag) = bytes.get(at..at + digits) else {
            return Err(Fault::new(Path::Frame, at, Rule::Short { need: clip(digits), left }));
        };
        let row = tagged_row(dialect, tag, at, &bits)?;
        at = read_field(row, bytes, at + digits, Stretch::By(0), slot(&mut out.slots, row.number))?;
        bits.set(row.number);
    }
    out.bits = bits;
    Ok(at)
}

/// The row of the number in `tag`, which must not have come before.
fn tagged_row<'d>(dialect: &'d Dialect, tag: &[u8], at: usize, seen: &Bits) -> Result<&'d Field, Fault> {
    let Some(n) = read_length(tag, Prefix::Ascii).and_then(|n| u8::try_from(n).ok()) else {
        return Err(Fault::new(Path::Frame, at, Rule::NoField));
    };
    let Some(row) = dialect.field(n) else { return Err(Fault::new(Path::Field(n), at, Rule::NoField)) };
    if seen.has(n) { Err(Fault::new(Path::Field(n), at, Rule::Order)) } else { Ok(row) }
}

/// Field 0, if there is one; then a length and a number in front of each, the length counting both number and content.
pub(crate) fn by_counted_tag(out: &mut Decoded<'_>, bytes: &[u8], digits: usize) -> Result<usize, Fault> {
    let dialect = out.dialect;
    let (mut bits, mut at) = (Bits::default(), 0);
    if let (Some(row), false) = (dialect.field(0), bytes.is_empty()) {
        at = read_field(row, bytes, at, Stretch::By(0), slot(&mut out.slots, 0))?;
        bits.set(0);
    }
    while at < bytes.len() {
        let left = clip(bytes.len() - at);
        let Some((says, tag)) = bytes.get(at..at + 2 + digits).and_then(|head| head.split_at_checked(2)) else {
            return Err(Fault::new(Path::Frame, at, Rule::Short { need: clip(2 + digits), left }));
        };
        let row = tagged_row(dialect, tag, at + 2, &bits)?;
        let path = Path::Field(row.number);
        if row.number == 0 {
            return Err(Fault::new(path, at + 2, Rule::NoField));
        }
        let Some(count) = read_length(says, Prefix::Ascii).and_then(|says| says.checked_sub(digits)) else {
            return Err(Fault::new(path, at, Rule::LengthDigits));
        };
        if count > usize::from(row.max) {
            return Err(Fault::new(path, at, Rule::Long { got: clip(count), max: u32::from(row.max) }));
        }
        let start = at + 2 + digits;
        let Some(raw) = bytes.get(start..start + count) else {
            let left = clip(bytes.len() - start);
            return Err(Fault::new(path, start, Rule::Short { need: clip(count), left }));
        };
        if let Some(rule) = content::wrong(row, raw, count) {
            return Err(Fault::new(path, start, rule));
        }
        // Both fit: the frame limit is below 65,536.
        *slot(&mut out.slots, row.number) = Slot { at: start as u16, count: count as u16 };
        bits.set(row.number);
        at = start + count;
    }
    out.bits = bits;
    Ok(at)
}
