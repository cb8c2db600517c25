//! Bytes to fields: one pass over the message, borrowed, no allocation.
//! Any input gives an answer or a fault with path and offset; it must never panic and never copy card data.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::dialect::{Dialect, Encoding, Field, Kind, Length, Prefix};
use crate::fault::{Fault, Path, Rule, clip};

/// No message of any dialect is longer (the CUPS length has 4 digits). Longer input is refused unread.
pub const FRAME_BYTES_MAX: usize = 9_999;

#[derive(Clone, Copy, Default)]
struct Slot {
    at: u16,
    len: u16,
    count: u16,
}

/// A decoded message: the borrowed bytes and where each field lies in them. Its `Debug` shows field numbers only.
#[derive(Clone)]
pub struct Decoded<'a> {
    dialect: &'static Dialect,
    bytes: &'a [u8],
    mti: [u8; 4],
    bits: u128,
    body_end: usize,
    slots: [Slot; 129],
}

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

const TOP: u128 = 1 << 127;
/// Bits 1 and 65 only say that more bitmap follows.
const FLAG_BITS: u128 = TOP | (1 << 63);

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
    // All three fit: the frame limit is below 65,536.
    *slot = Slot { at: start as u16, len: len as u16, count: count as u16 };
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

fn read_length(raw: &[u8], prefix: Prefix, digits: u8) -> Option<usize> {
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

fn check_content(row: &Field, raw: &[u8], count: usize, at: usize) -> Result<(), Fault> {
    let bad = |rule| Err(Fault::new(Path::Field(row.number), at, rule));
    match (row.kind, row.encoding) {
        (Kind::N, Encoding::BcdLeft | Encoding::BcdRight) => {
            let odd = count % 2 == 1;
            for (i, &b) in raw.iter().enumerate() {
                // The pad nibble of an odd count may be anything: hosts send 0 and F.
                let skip_high = odd && row.encoding == Encoding::BcdRight && i == 0;
                let skip_low = odd && row.encoding == Encoding::BcdLeft && i + 1 == raw.len();
                if (b > 0x99 && !skip_high) || (b & 15 > 9 && !skip_low) {
                    return Err(Fault::new(Path::Field(row.number), at + i, Rule::Digits));
                }
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

impl<'a> Decoded<'a> {
    /// The dialect it was read with.
    #[must_use]
    pub fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    /// MTI as four ASCII digits.
    #[must_use]
    pub fn mti(&self) -> [u8; 4] {
        self.mti
    }

    /// The bytes it was read from, MTI first.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The bitmap as sent, 8 or 16 bytes.
    #[must_use]
    pub fn bitmap(&self) -> &'a [u8] {
        let at = self.dialect.mti_bytes();
        let wide = if self.bits & TOP == 0 { 8 } else { 16 };
        self.bytes.get(at..at + wide).unwrap_or_default()
    }

    /// Is field `n` there?
    #[must_use]
    pub fn has(&self, n: u8) -> bool {
        self.bits & !FLAG_BITS & bit(n) != 0
    }

    /// The numbers of the fields that are there, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let bits = self.bits & !FLAG_BITS;
        (2..=128u8).filter(move |n| bits & bit(*n) != 0)
    }

    /// Content bytes of field `n` as sent, without length prefix.
    #[must_use]
    #[inline]
    pub fn raw(&self, n: u8) -> Option<&'a [u8]> {
        let slot = self.slot(n)?;
        self.bytes.get(usize::from(slot.at)..usize::from(slot.at + slot.len))
    }

    /// Field `n` as sent, with its length prefix.
    #[must_use]
    pub fn whole(&self, n: u8) -> Option<&'a [u8]> {
        let (slot, row) = (self.slot(n)?, self.dialect.field(n)?);
        let start = usize::from(slot.at).checked_sub(row.prefix_bytes())?;
        self.bytes.get(start..usize::from(slot.at + slot.len))
    }

    /// Offset of the content of field `n`; 0 when it is not there.
    #[must_use]
    pub fn offset(&self, n: u8) -> usize {
        self.slot(n).map_or(0, |s| usize::from(s.at))
    }

    /// Units of field `n` by its length form: digits or bytes.
    #[must_use]
    pub fn count(&self, n: u8) -> usize {
        self.slot(n).map_or(0, |s| usize::from(s.count))
    }

    /// What the length prefix of field `n` says; differs from [`Decoded::count`] only after mending.
    pub(crate) fn announced(&self, n: u8) -> usize {
        let Some(Length::Var { digits, prefix, .. }) = self.dialect.field(n).map(|row| row.length) else { return 0 };
        let raw = self.whole(n).unwrap_or_default();
        let wide = raw.len() - self.raw(n).unwrap_or_default().len();
        raw.get(..wide).and_then(|raw| read_length(raw, prefix, digits)).unwrap_or(0)
    }

    /// Characters of field `n` one by one: digits as ASCII, other nibbles as `A`..`F` (a packed track has `D`), text bytes as sent.
    #[must_use]
    pub fn digits(&self, n: u8) -> Option<Digits<'a>> {
        let (raw, row) = (self.raw(n)?, self.dialect.field(n)?);
        let count = self.count(n);
        let first = usize::from(row.encoding == Encoding::BcdRight && count % 2 == 1);
        Some(Digits { raw, packed: row.packed(), at: first, end: first + count })
    }

    /// Field `n` as a number; `None` when absent, not all digits, or over 19 digits.
    #[must_use]
    pub fn number(&self, n: u8) -> Option<u64> {
        self.digits(n)?.number()
    }

    /// Field `n` as text (GBK is turned into Unicode; ASCII is borrowed). `None` when absent or not text.
    #[must_use]
    pub fn text(&self, n: u8) -> Option<Cow<'a, str>> {
        crate::text::read(self.raw(n)?)
    }

    /// What came behind the last field (the dialect tolerates a little).
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.bytes.get(self.body_end..).unwrap_or_default()
    }

    /// Writes the message again, field by field from the bytes as sent, so that pad nibbles and odd lengths stay as they were.
    pub fn reencode(&self, out: &mut Vec<u8>) {
        let head = self.dialect.mti_bytes();
        out.extend_from_slice(self.bytes.get(..head).unwrap_or_default());
        out.extend_from_slice(self.bitmap());
        for n in self.numbers() {
            out.extend_from_slice(self.whole(n).unwrap_or_default());
        }
        out.extend_from_slice(self.trailing());
    }

    #[inline]
    fn slot(&self, n: u8) -> Option<Slot> {
        if self.has(n) { self.slots.get(usize::from(n)).copied() } else { None }
    }
}

impl core::fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Decoded({}, {} bytes, fields", self.dialect.name, self.bytes.len())?;
        self.numbers().try_for_each(|n| write!(f, " {n}"))?;
        f.write_str(")")
    }
}

/// Iterator over the characters of a field, see [`Decoded::digits`].
#[derive(Clone)]
pub struct Digits<'a> {
    raw: &'a [u8],
    packed: bool,
    at: usize,
    end: usize,
}

impl Digits<'_> {
    /// The rest as a number; `None` when not all digits or over 19 digits.
    #[must_use]
    #[inline]
    pub fn number(self) -> Option<u64> {
        if self.len() > 19 {
            return None;
        }
        let mut sum = 0u64;
        for c in self {
            sum = sum.checked_mul(10)?.checked_add(u64::from(c.checked_sub(b'0').filter(|d| *d < 10)?))?;
        }
        Some(sum)
    }

    /// The next `n` characters as a part of their own; `None` when fewer are left.
    #[must_use]
    pub fn part(&mut self, n: usize) -> Option<Self> {
        if self.len() < n {
            return None;
        }
        let part = Digits { end: self.at + n, ..self.clone() };
        self.at += n;
        Some(part)
    }

    /// Fills `out` and returns how many characters were written (never more than fit).
    pub fn copy_to(self, out: &mut [u8]) -> usize {
        let mut written = 0;
        for (to, c) in out.iter_mut().zip(self) {
            *to = c;
            written += 1;
        }
        written
    }
}

impl Iterator for Digits<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        if self.at >= self.end {
            return None;
        }
        let at = self.at;
        self.at += 1;
        if !self.packed {
            return self.raw.get(at).copied();
        }
        let byte = *self.raw.get(at / 2)?;
        let nibble = if at.is_multiple_of(2) { byte >> 4 } else { byte & 15 };
        Some(if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Digits<'_> {}
