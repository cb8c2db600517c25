//! A decoded message: the borrowed bytes, where each field lies in them, and the ways to look at one.
//! Looking never copies card data into anything that prints: `Debug` shows field numbers only.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::decode::{FLAG_BITS, TOP, bit, read_length};
use crate::dialect::{Dialect, Encoding, Length};

#[derive(Clone, Copy, Default)]
pub(crate) struct Slot {
    pub(crate) at: u16,
    pub(crate) len: u16,
    pub(crate) count: u16,
}

/// A decoded message: the borrowed bytes and where each field lies in them. Its `Debug` shows field numbers only.
#[derive(Clone)]
pub struct Decoded<'a> {
    pub(crate) dialect: &'static Dialect,
    pub(crate) bytes: &'a [u8],
    pub(crate) mti: [u8; 4],
    pub(crate) bits: u128,
    pub(crate) body_end: usize,
    pub(crate) slots: [Slot; 129],
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
