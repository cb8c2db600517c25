//! What the reader of bytes needs of a row, worked out once per dialect and eight bytes small: the usual shapes read in a few
//! instructions. Whatever a plan does not cover, and whatever it finds wrong, is left to the row itself, which tells the fault.

use crate::digits::Form;
use crate::row::{Counts, Encoding, Field, Kind, Length, Pad, Prefix};

/// Where the number of units comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Not covered.
    Row,
    /// The maximum.
    Max,
    /// One byte, packed.
    Packed1,
    /// Two bytes, packed, three digits.
    Packed2,
    /// Two characters.
    Ascii2,
    /// Three characters.
    Ascii3,
}

/// What is looked at in the content.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Nothing.
    Nothing,
    /// Packed digits, pad nibble on the right.
    PackedLeft,
    /// Packed digits, pad nibble on the left.
    PackedRight,
    /// ASCII digits.
    Ascii,
}

/// See the module.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    from: From,
    look: Look,
    /// Two units a byte.
    packed: bool,
    /// An odd count begins behind a pad nibble.
    right: bool,
    max: u16,
}

impl core::fmt::Debug for Plan {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(if matches!(self.from, From::Row) { "-" } else { "+" })
    }
}

impl Plan {
    /// For a field that is not in the table, and for every shape that is not usual.
    pub(crate) const NONE: Plan = Plan { from: From::Row, look: Look::Nothing, packed: false, right: false, max: 0 };

    pub(crate) const fn of(row: &Field) -> Plan {
        let (look, packed) = match (row.kind, row.encoding) {
            (Kind::N, Encoding::BcdLeft) => (Look::PackedLeft, true),
            (Kind::N, Encoding::BcdRight) => (Look::PackedRight, true),
            (Kind::Z, Encoding::BcdLeft | Encoding::BcdRight) => (Look::Nothing, true),
            (Kind::N, Encoding::Ascii) => (Look::Ascii, false),
            (Kind::An | Kind::Ans, Encoding::Ascii | Encoding::Gbk) => (Look::Nothing, false),
            (Kind::B, Encoding::Binary) => (Look::Nothing, false),
            _ => return Plan::NONE,
        };
        let from = match row.length {
            Length::Fixed => From::Max,
            Length::Var { digits, prefix, counts } => match (digits, prefix, counts, packed) {
                (2, Prefix::Bcd, Counts::Digits, true) | (2, Prefix::Bcd, Counts::Bytes, false) => From::Packed1,
                (3, Prefix::Bcd, Counts::Digits, true) | (3, Prefix::Bcd, Counts::Bytes, false) => From::Packed2,
                (2, Prefix::Ascii, Counts::Bytes, false) => From::Ascii2,
                (3, Prefix::Ascii, Counts::Bytes, false) => From::Ascii3,
                _ => return Plan::NONE,
            },
        };
        if matches!(row.pad, Pad::NibbleF) {
            return Plan::NONE;
        }
        let right = matches!(row.encoding, Encoding::BcdRight);
        Plan { from, look, packed, right, max: row.max }
    }

    /// Bytes of `count` units; `None` where the row must be asked.
    #[inline]
    pub(crate) fn bytes_of(self, count: usize) -> Option<usize> {
        match (self.from, self.packed) {
            (From::Row, _) => None,
            (_, true) => Some(count.div_ceil(2)),
            (_, false) => Some(count),
        }
    }

    /// How the characters stand in the content, and at which the first is; `None` where the row must be asked.
    #[inline]
    pub(crate) fn form(self, count: usize) -> Option<(Form, usize)> {
        match (self.from, self.packed) {
            (From::Row, _) => None,
            (_, true) => Some((Form::Packed, if self.right { count % 2 } else { 0 })),
            (_, false) => Some((Form::Plain, 0)),
        }
    }

    /// The number that the packed digits make, which were looked at when they were read; `None` for everything else.
    #[inline]
    pub(crate) fn number(self, raw: &[u8], count: usize) -> Option<u64> {
        if count > 18 {
            return None;
        }
        let pairs = |raw: &[u8]| raw.iter().fold(0, |sum, b| sum * 100 + u64::from(b >> 4) * 10 + u64::from(b & 15));
        match (self.look, count % 2, raw) {
            (Look::PackedLeft | Look::PackedRight, 0, _) => Some(pairs(raw)),
            (Look::PackedLeft, _, [head @ .., last]) => Some(pairs(head) * 10 + u64::from(last >> 4)),
            (Look::PackedRight, _, [first, tail @ ..]) => {
                let above = u64::from(first & 15) * 100u64.pow(tail.len() as u32);
                Some(above + pairs(tail))
            }
            _ => None,
        }
    }

    /// The content's start, units and end; `None` where the row must be asked, be it for a fault.
    #[inline]
    pub(crate) fn read(self, bytes: &[u8], at: usize) -> Option<(usize, usize, usize)> {
        let (count, start) = match self.from {
            From::Row => return None,
            From::Max => (usize::from(self.max), at),
            From::Packed1 => (two(*bytes.get(at)?)?, at + 1),
            From::Packed2 => {
                let [high, low] = *bytes.get(at..)?.first_chunk()?;
                (two(high)? * 100 + two(low)?, at + 2)
            }
            From::Ascii2 => {
                let [tens, ones] = *bytes.get(at..)?.first_chunk()?;
                (digit(tens)? * 10 + digit(ones)?, at + 2)
            }
            From::Ascii3 => {
                let [hundreds, tens, ones] = *bytes.get(at..)?.first_chunk()?;
                (digit(hundreds)? * 100 + digit(tens)? * 10 + digit(ones)?, at + 3)
            }
        };
        if count > usize::from(self.max) {
            return None;
        }
        let len = if self.packed { count.div_ceil(2) } else { count };
        let raw = bytes.get(start..start + len)?;
        let sound = match self.look {
            Look::Nothing => true,
            Look::PackedLeft => packed(raw, 0, count % 2),
            Look::PackedRight => packed(raw, count % 2, 0),
            Look::Ascii => raw.iter().fold(true, |sound, b| sound & b.is_ascii_digit()),
        };
        sound.then_some((start, count, start + len))
    }
}

#[inline]
fn two(b: u8) -> Option<usize> {
    (b & 15 <= 9 && b <= 0x99).then(|| usize::from(b >> 4) * 10 + usize::from(b & 15))
}

#[inline]
fn digit(b: u8) -> Option<usize> {
    b.is_ascii_digit().then(|| usize::from(b - b'0'))
}

/// All nibbles are digits but for a pad nibble in front or behind. No early end: short runs are quicker without.
#[inline]
fn packed(raw: &[u8], pad_front: usize, pad_behind: usize) -> bool {
    // A nibble is over 9 when its highest bit is set and one of the next two.
    let wrong = |b: u8| (b >> 3) & (b >> 2 | b >> 1) & 0x11;
    let all = raw.iter().fold(0, |bad, b| bad | wrong(*b));
    if all == 0 {
        return true;
    }
    // Something is over 9: is it only the pad nibble?
    let last = raw.len().wrapping_sub(1);
    let kept = |at: usize, b: u8| {
        let front = if pad_front == 1 && at == 0 { 0x0F } else { 0xFF };
        let behind = if pad_behind == 1 && at == last { 0xF0 } else { 0xFF };
        b & front & behind
    };
    raw.iter().enumerate().all(|(at, b)| wrong(kept(at, *b)) == 0)
}
