//! The bytes a MAC is made over. Which bytes, not which cipher: keys and ciphers live in the vault.
//! Terminal side: MTI to the last field before the MAC, as sent. Switch side: the selected fields as characters, joined by one space.

use alloc::vec::Vec;

use crate::bits::Bits;
use crate::decoded::Decoded;
use crate::dialect::{Family, Kind};
use crate::fault::{Fault, Path, Rule};

/// Switch side, financial (2 3 4 7 11 18 25 28 32 33 38 39 41 42 90, those present).
const FINANCIAL: [u8; 15] = [2, 3, 4, 7, 11, 18, 25, 28, 32, 33, 38, 39, 41, 42, 90];
/// Switch side, key reset.
const KEY_RESET: [u8; 5] = [7, 11, 53, 70, 100];

/// The MAC field of a message: its number and the offset of its 8 bytes. `None` when it carries none.
#[must_use]
pub fn mac_field(message: &Decoded<'_>) -> Option<(u8, usize)> {
    [128, 64].into_iter().find(|n| message.has(*n)).map(|n| (n, message.offset(n)))
}

/// Appends the MAC input of `message` to `out`.
///
/// # Errors
/// `Missing` at the MAC field when a terminal message carries none (its bitmap bit is part of the input).
pub fn mab(message: &Decoded<'_>, out: &mut Vec<u8>) -> Result<(), Fault> {
    match message.dialect().family {
        Family::Pos | Family::General => {
            let Some((_, at)) = mac_field(message) else {
                return Err(Fault::new(Path::Field(64), message.bytes().len(), Rule::Missing));
            };
            out.extend_from_slice(message.bytes().get(..at).unwrap_or_default());
        }
        Family::Cups => cups(message, out),
    }
    Ok(())
}

fn cups(message: &Decoded<'_>, out: &mut Vec<u8>) {
    let key_reset = message.mti()[1] == b'8';
    let chosen: &[u8] = if key_reset { &KEY_RESET } else { &FINANCIAL };
    let start = out.len();
    out.extend_from_slice(&message.mti());
    let mut wanted = Bits::default();
    chosen.iter().for_each(|n| wanted.set(*n));
    for n in message.numbers().filter(|n| wanted.has(*n)) {
        let binary = message.dialect().field(n).is_some_and(|row| row.kind == Kind::B);
        if !binary {
            out.push(b' ');
            out.extend_from_slice(message.whole(n).unwrap_or_default());
        }
    }
    tidy(out, start);
}

/// The character rule: digits, capital letters, space, comma, period stay; small letters become capital; all else goes;
/// runs of spaces become one; none at either end.
fn tidy(out: &mut Vec<u8>, start: usize) {
    let mut to = start;
    for from in start..out.len() {
        let c = out.get(from).copied().unwrap_or(b' ').to_ascii_uppercase();
        let keep = c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, b' ' | b',' | b'.');
        let after_space = to == start || out.get(to - 1) == Some(&b' ');
        if !keep || (c == b' ' && after_space) {
            continue;
        }
        if let Some(slot) = out.get_mut(to) {
            *slot = c;
            to += 1;
        }
    }
    if to > start && out.get(to - 1) == Some(&b' ') {
        to -= 1;
    }
    out.truncate(to);
}
