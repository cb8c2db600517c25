//! Bytes to fields: one pass over the message, borrowed, no allocation.
//! Any input gives an answer or a fault with path and offset; it must never panic and never copy card data.

use crate::decoded::{Decoded, Slot};
use crate::dialect::{Dialect, Encoding, Field, Kind, Length, Prefix};
use crate::fault::{Fault, Path, Rule, clip};

/// No message of any dialect is longer (the CUPS length has 4 digits). Longer input is refused unread.
pub const FRAME_BYTES_MAX: usize = 9_999;

/// Reads `bytes` (MTI first, no framing) by the rows of `dialect`.
///
/// # Errors
/// A [`Fault`] with the field path, the offset in `bytes` and the rule.
pub fn decode<'a>(dialect: &'static Dialect, bytes: &'a [u8]) -> Result<Decoded<'a>, Fault> {
    decode_stretched(dialect, bytes, 0, Stretch::By(0))
}

/// Another reading of one length prefix.
#[derive(Clone, Copy)]
pub(crate) enum Stretch {
    /// So many units more.
    By(isize),
    /// It counts hex digits, not bytes.
    Halved,
}

/// [`decode`], but the length of field `odd` is read otherwise; used by `mend` only.
pub(crate) fn decode_stretched<'a>(
    dialect: &'static Dialect,
    bytes: &'a [u8],
    odd: u8,
    stretch: Stretch,
) -> Result<Decoded<'a>, Fault> {
    if bytes.len() > FRAME_BYTES_MAX {
        let rule = Rule::Long { got: clip(bytes.len()), max: clip(FRAME_BYTES_MAX) };
        return Err(Fault::new(Path::Frame, 0, rule));
    }
    let mti = read_mti(dialect, bytes)?;
    let (bits, mut at) = read_bitmap(dialect, bytes)?;
    let mut out = Decoded { dialect, bytes, mti, bits, body_end: 0, slots: [Slot::default(); 129] };
    let mut left = bits & !FLAG_BITS;
    while left != 0 {
        let lead = left.leading_zeros();
        let n = lead as u8 + 1;
        left &= !(TOP >> lead);
        let Some(row) = dialect.field(n) else {
            return Err(Fault::new(Path::Field(n), at, Rule::NoField));
        };
        let stretch = if n == odd { stretch } else { Stretch::By(0) };
        at = read_field(row, bytes, at, stretch, &mut out.slots[usize::from(n)])?;
    }
    out.body_end = at;
    let over = bytes.len() - at;
    if over > dialect.trailing_max {
        return Err(Fault::new(Path::Frame, at, Rule::Trailing { left: clip(over) }));
    }
    Ok(out)
}

pub(crate) const TOP: u128 = 1 << 127;
/// Bits 1 and 65 only say that more bitmap follows.
pub(crate) const FLAG_BITS: u128 = TOP | (1 << 63);

/// The bit of field `n` in a 128-bit map.
#[must_use]
pub(crate) const fn bit(n: u8) -> u128 {
    if n == 0 || n > 128 { 0 } else { TOP >> (n - 1) }
}

fn read_mti(dialect: &Dialect, bytes: &[u8]) -> Result<[u8; 4], Fault> {
    let need = dialect.mti_bytes();
    let Some(raw) = bytes.get(..need) else {
        let rule = Rule::Short { need: clip(need), left: clip(bytes.len()) };
        return Err(Fault::new(Path::Mti, 0, rule));
    };
    let mti = match *raw {
        [a, b] => [b'0' + (a >> 4), b'0' + (a & 15), b'0' + (b >> 4), b'0' + (b & 15)],
        [a, b, c, d] => [a, b, c, d],
        _ => [0; 4],
    };
    if mti.iter().all(u8::is_ascii_digit) { Ok(mti) } else { Err(Fault::new(Path::Mti, 0, Rule::Digits)) }
}

fn read_bitmap(dialect: &Dialect, bytes: &[u8]) -> Result<(u128, usize), Fault> {
    let at = dialect.mti_bytes();
    let first = read_word(bytes, at)?;
    if first & (1 << 63) == 0 {
        return Ok((u128::from(first) << 64, at + 8));
    }
    if dialect.last <= 64 {
        return Err(Fault::new(Path::Bitmap, at, Rule::NoField));
    }
    let second = read_word(bytes, at + 8)?;
    if second & (1 << 63) != 0 {
        return Err(Fault::new(Path::Bitmap, at + 8, Rule::NoField));
    }
    Ok((u128::from(first) << 64 | u128::from(second), at + 16))
}

fn read_word(bytes: &[u8], at: usize) -> Result<u64, Fault> {
    let left = bytes.get(at..).unwrap_or_default();
    match left.first_chunk::<8>() {
        Some(word) => Ok(u64::from_be_bytes(*word)),
        None => Err(Fault::new(Path::Bitmap, at, Rule::Short { need: 8, left: clip(left.len()) })),
    }
}

/// Reads one field at `at` into `slot` and returns where the next one starts.
#[inline]
fn read_field(row: &Field, bytes: &[u8], at: usize, stretch: Stretch, slot: &mut Slot) -> Result<usize, Fault> {
    let path = Path::Field(row.number);
    let (count, start) = match row.length {
        Length::Fixed => (usize::from(row.max), at),
        Length::Var { digits, prefix, .. } => {
            let wide = row.prefix_bytes();
            let left = bytes.len() - at;
            let Some(raw) = bytes.get(at..at + wide) else {
                return Err(Fault::new(path, at, Rule::Short { need: clip(wide), left: clip(left) }));
            };
            let Some(count) = read_length(raw, prefix, digits).and_then(|count| stretch.apply(count)) else {
                return Err(Fault::new(path, at, Rule::LengthDigits));
            };
            if count > usize::from(row.max) {
                return Err(Fault::new(path, at, Rule::Long { got: clip(count), max: u32::from(row.max) }));
            }
            (count, at + wide)
        }
    };
    let left = bytes.len() - start;
    let len = row.bytes_of(count);
    if len > left {
        return Err(Fault::new(path, start, Rule::Short { need: clip(len), left: clip(left) }));
    }
    check_content(row, &bytes[start..start + len], count, start)?;
    // Both fit: the frame limit is below 65,536.
    *slot = Slot { at: start as u16, count: count as u16 };
    Ok(start + len)
}

impl Stretch {
    fn apply(self, count: usize) -> Option<usize> {
        match self {
            Stretch::By(more) => count.checked_add_signed(more),
            Stretch::Halved => Some(count.div_ceil(2)),
        }
    }
}

pub(crate) fn read_length(raw: &[u8], prefix: Prefix, digits: u8) -> Option<usize> {
    let mut count = 0usize;
    for &b in raw {
        match prefix {
            Prefix::Bcd => {
                let (high, low) = (b >> 4, b & 15);
                if high > 9 || low > 9 {
                    return None;
                }
                count = count * 100 + usize::from(high) * 10 + usize::from(low);
            }
            Prefix::Ascii | Prefix::Ebcdic => {
                let zero = if prefix == Prefix::Ascii { b'0' } else { 0xF0 };
                let digit = b.wrapping_sub(zero);
                if digit > 9 {
                    return None;
                }
                count = count * 10 + usize::from(digit);
            }
        }
    }
    // 3 packed digits leave one nibble unused in front; it must be 0.
    if digits == 3 && count > 999 { None } else { Some(count) }
}

#[inline]
const fn two_digits(b: u8) -> bool {
    b <= 0x99 && b & 15 <= 9
}

#[inline]
fn check_content(row: &Field, raw: &[u8], count: usize, at: usize) -> Result<(), Fault> {
    let bad = |rule| Err(Fault::new(Path::Field(row.number), at, rule));
    match (row.kind, row.encoding) {
        (Kind::N, Encoding::BcdLeft | Encoding::BcdRight) => {
            // The pad nibble of an odd count may be anything: hosts send 0 and F.
            let odd = count % 2 == 1;
            let (mut first, mut last) = (0xFF, 0xFF);
            match row.encoding {
                Encoding::BcdRight if odd => first = 0x0F,
                _ if odd => last = 0xF0,
                _ => {}
            }
            let sound = match raw {
                [] => true,
                [one] => two_digits(one & first & last),
                [head, middle @ .., tail] => {
                    two_digits(head & first) && two_digits(tail & last) && middle.iter().all(|b| two_digits(*b))
                }
            };
            if !sound {
                return bad(Rule::Digits);
            }
        }
        (Kind::N, Encoding::Ascii) if !raw.iter().all(u8::is_ascii_digit) => return bad(Rule::Digits),
        (Kind::X, _) => match raw.split_first() {
            Some((b'C' | b'D', rest)) if rest.iter().all(u8::is_ascii_digit) => {}
            _ => return bad(Rule::Signed),
        },
        (Kind::Z, Encoding::Ascii) if !raw.iter().all(|b| b.is_ascii_hexdigit() || *b == b'=') => {
            return bad(Rule::Track);
        }
        _ => {}
    }
    Ok(())
}
