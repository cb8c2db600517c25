//! How a length and a content become bytes. The encoder has checked both; nothing here can fail.

use alloc::vec::Vec;

use crate::dialect::{Encoding, Field, Kind, Length, Pad, Prefix};
use crate::digits::character;
use crate::ebcdic::ebcdic;

pub(crate) fn pack(high: u8, low: u8) -> u8 {
    (high & 15) << 4 | (low & 15)
}

/// The prefix of `count` units of content; nothing for a fixed field.
#[inline]
pub(crate) fn put_length(buf: &mut Vec<u8>, row: &Field, count: usize) {
    let Length::Var { digits, prefix, .. } = row.length else { return };
    let says = row.says_of(count);
    let digit = |power: u32| (says / 10usize.pow(power) % 10) as u8;
    match (prefix, digits) {
        (Prefix::Bcd, 2) => buf.push(digit(1) << 4 | digit(0)),
        (Prefix::Bcd, 3) => buf.extend_from_slice(&[digit(2), digit(1) << 4 | digit(0)]),
        (Prefix::Bcd, _) => {
            for byte in (0..u32::from(digits).div_ceil(2)).rev() {
                buf.push(digit(byte * 2 + 1) << 4 | digit(byte * 2));
            }
        }
        (Prefix::Binary, 1) => buf.push(says as u8),
        (Prefix::Binary, _) => buf.extend_from_slice(&(says as u16).to_be_bytes()),
        (Prefix::Ascii | Prefix::Ebcdic, _) => {
            let zero = if prefix == Prefix::Ascii { b'0' } else { 0xF0 };
            buf.extend((0..u32::from(digits)).rev().map(|power| zero + digit(power)));
        }
    }
}

/// Packs `zeros` digits 0 and then `value`, two a byte. An odd count gets its pad nibble on the row's side.
/// The sign of an amount goes in front, in a byte of its own.
#[inline]
pub(crate) fn put_packed(buf: &mut Vec<u8>, row: &Field, zeros: usize, value: &[u8]) {
    let mut value = value;
    if let (Kind::X, Some((sign, rest))) = (row.kind, value.split_first()) {
        buf.push(*sign);
        value = rest;
    }
    let odd = (zeros + value.len()) % 2 == 1;
    let lead = zeros + usize::from(odd && row.encoding == Encoding::BcdRight);
    buf.resize(buf.len() + lead / 2, 0);
    let mut rest = value;
    if lead % 2 == 1 {
        let (first, others) = value.split_first().map_or((0, value), |(f, o)| (nibble(*f), o));
        let pad = if odd && row.pad == Pad::NibbleF { 0xF0 } else { 0 };
        buf.push(pad | first);
        rest = others;
    }
    let (pairs, tail) = rest.as_chunks::<2>();
    buf.extend(pairs.iter().map(|p| nibble(p[0]) << 4 | nibble(p[1])));
    if let [last] = tail {
        buf.push(nibble(*last) << 4 | if row.pad == Pad::NibbleF { 15 } else { 0 });
    }
}

#[inline]
fn nibble(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        b'=' => 0xD,
        _ => (c | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

/// Everything that is not packed, filled with zeros in front or blanks behind.
#[inline]
pub(crate) fn put_plain(buf: &mut Vec<u8>, row: &Field, zeros: usize, value: &[u8], spaces: usize) {
    let code = |c: u8| if row.encoding == Encoding::Ebcdic { ebcdic(c) } else { c };
    buf.resize(buf.len() + zeros, code(b'0'));
    match (row.kind, row.encoding) {
        // In dialects of characters the separator is written `=`. Enciphered, a track has letters of its own, which are none.
        (Kind::Z, _) => {
            let clear = value.iter().filter(|b| !b.is_ascii_digit()).count() == 1;
            let separator = |b: u8| if clear && matches!(b, b'D' | b'd') { b'=' } else { b };
            buf.extend(value.iter().map(|b| code(separator(*b))));
        }
        (_, Encoding::Ebcdic) => buf.extend(value.iter().map(|b| ebcdic(*b))),
        (_, Encoding::Hex) => buf.extend(value.iter().flat_map(|b| [character(b >> 4), character(b & 15)])),
        (_, Encoding::HexEbcdic) => {
            buf.extend(value.iter().flat_map(|b| [ebcdic(character(b >> 4)), ebcdic(character(b & 15))]));
        }
        _ => buf.extend_from_slice(value),
    }
    buf.resize(buf.len() + spaces, code(b' '));
}
