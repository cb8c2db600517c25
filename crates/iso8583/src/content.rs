//! What may stand in a field, checked on the bytes of the wire.
//! Answers with the rule that is broken; it must never repeat content.

use crate::dialect::{Encoding, Field, Kind};
use crate::ebcdic::latin;
use crate::fault::Rule;

/// The rule that `raw`, which has `count` units, breaks.
#[inline]
pub(crate) fn wrong(row: &Field, raw: &[u8], count: usize) -> Option<Rule> {
    let (bad, rule) = match (row.kind, row.encoding) {
        (Kind::N, Encoding::BcdLeft) => (!packed_digits(raw, 0, count), Rule::Digits),
        (Kind::N, Encoding::BcdRight) => (!packed_digits(raw, count % 2, count), Rule::Digits),
        (Kind::N, Encoding::Ebcdic) => (!raw.iter().all(|b| matches!(b, 0xF0..=0xF9)), Rule::Digits),
        (Kind::N, _) => (!raw.iter().all(u8::is_ascii_digit), Rule::Digits),
        (Kind::X, _) => (!signed(row, raw, count), Rule::Signed),
        (Kind::Z, Encoding::Ascii) => (!raw.iter().all(|b| track(*b)), Rule::Track),
        (Kind::Z, Encoding::Ebcdic) => (!raw.iter().all(|b| track(latin(*b))), Rule::Track),
        (Kind::B, Encoding::Hex) => (!raw.iter().all(u8::is_ascii_hexdigit), Rule::Hex),
        (Kind::B, Encoding::HexEbcdic) => (!raw.iter().all(|b| latin(*b).is_ascii_hexdigit()), Rule::Hex),
        (Kind::An | Kind::Ans, Encoding::Utf8) => (core::str::from_utf8(raw).is_err(), Rule::Text),
        _ => return None,
    };
    bad.then_some(rule)
}

const fn track(b: u8) -> bool {
    b.is_ascii_hexdigit() || b == b'='
}

#[inline]
const fn two_digits(b: u8) -> bool {
    b <= 0x99 && b & 15 <= 9
}

/// Nibbles `skip..skip + count` are digits. The pad nibble of an odd count may be anything: hosts send 0 and F.
#[inline]
fn packed_digits(raw: &[u8], skip: usize, count: usize) -> bool {
    let odd = count % 2 == 1;
    let first = if skip == 1 { 0x0F } else { 0xFF };
    let last = if odd && skip == 0 { 0xF0 } else { 0xFF };
    match raw {
        [] => true,
        [one] => two_digits(one & first & last),
        [head, middle @ .., tail] => {
            two_digits(head & first) && two_digits(tail & last) && middle.iter().all(|b| two_digits(*b))
        }
    }
}

/// C or D, then digits in the row's encoding.
fn signed(row: &Field, raw: &[u8], count: usize) -> bool {
    let Some((sign, rest)) = raw.split_first() else { return false };
    let digits = count.saturating_sub(1);
    match row.encoding {
        Encoding::BcdLeft => is_sign(*sign) && packed_digits(rest, 0, digits),
        Encoding::BcdRight => is_sign(*sign) && packed_digits(rest, digits % 2, digits),
        Encoding::Ebcdic => is_sign(latin(*sign)) && rest.iter().all(|b| matches!(b, 0xF0..=0xF9)),
        _ => is_sign(*sign) && rest.iter().all(u8::is_ascii_digit),
    }
}

const fn is_sign(b: u8) -> bool {
    matches!(b, b'C' | b'D')
}
