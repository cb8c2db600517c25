//! Reading a damaged message for people: when one length prefix is wrong, find the smallest change that makes the message end where the bytes end.
//! For `decode` commands only. A party on a line must never guess: it uses `decode`.

use crate::decode::{Stretch, decode, decode_stretched};
use crate::decoded::Decoded;
use crate::dialect::{Dialect, Length};
use crate::fault::{Fault, Rule};

/// How far a wrong length may be off, in units.
const OFF_MAX: isize = 16;

/// The one length that was taken otherwise than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mended {
    /// Which field.
    pub field: u8,
    /// Units by its prefix.
    pub says: usize,
    /// Units taken.
    pub taken: usize,
}

/// Decodes, and on a fault looks for one field whose length is off by a few units. Two equally small changes mean no answer.
///
/// # Errors
/// The fault of [`decode`] when no single small change explains the bytes.
pub fn decode_mending<'a>(dialect: &'a Dialect, bytes: &'a [u8]) -> Result<(Decoded<'a>, Option<Mended>), Fault> {
    let fault = match decode(dialect, bytes) {
        Ok(message) => return Ok((message, None)),
        Err(fault) => fault,
    };
    // An unknown field or bad bitmap is no length fault, and searching would only hide it.
    if matches!(fault.rule, Rule::NoField | Rule::Missing) {
        return Err(fault);
    }
    // One platform counts the hex digits of a key block: a length twice too long.
    if let Some(found) = only_one(dialect, bytes, &[Stretch::Halved], fault)? {
        return Ok(found);
    }
    for off in 1..=OFF_MAX {
        if let Some(found) = only_one(dialect, bytes, &[Stretch::By(off), Stretch::By(-off)], fault)? {
            return Ok(found);
        }
    }
    Err(fault)
}

type Found<'a> = (Decoded<'a>, Option<Mended>);

/// The one field whose length, read in one of these ways, makes the message come out even; the fault when there are two.
fn only_one<'a>(
    dialect: &'a Dialect,
    bytes: &'a [u8],
    ways: &[Stretch],
    fault: Fault,
) -> Result<Option<Found<'a>>, Fault> {
    let mut found = None;
    for row in dialect.rows().iter().filter(|row| row.length != Length::Fixed) {
        for way in ways {
            let Ok(message) = decode_stretched(dialect, bytes, row.number, *way) else { continue };
            if !message.has(row.number) || !message.trailing().is_empty() {
                continue;
            }
            if found.is_some() {
                return Err(fault);
            }
            let taken = message.count(row.number);
            let says = message.announced(row.number);
            found = Some((message, Some(Mended { field: row.number, says, taken })));
        }
    }
    Ok(found)
}
