//! A decoded message: the borrowed bytes, where each field lies in them, and the ways to look at one.
//! Looking never copies card data into anything that prints: `Debug` shows field numbers only.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::decode::{FLAG_BITS, TOP, read_length};
use crate::dialect::{Dialect, Encoding, Field, Kind, Length};

#[derive(Clone, Copy, Default)]
pub(crate) struct Slot {
    pub(crate) at: u16,
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
        self.slot(n).is_some()
    }

    /// The numbers of the fields that are there, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let bits = self.bits & !FLAG_BITS;
        let mut words = [(bits >> 64) as u64, bits as u64];
        core::iter::from_fn(move || {
            let (word, base) = if words[0] != 0 { (&mut words[0], 1) } else { (&mut words[1], 65) };
            let lead = word.leading_zeros();
            // No bit left: the shift is refused and the walk ends.
            *word &= !(1u64 << 63).checked_shr(lead)?;
            Some(base + lead as u8)
        })
    }

    /// Content bytes of field `n` as sent, without length prefix.
    #[must_use]
    #[inline]
    pub fn raw(&self, n: u8) -> Option<&'a [u8]> {
        self.content(n).map(|(_, raw, _)| raw)
    }

    /// Field `n` as sent, with its length prefix.
    #[must_use]
    pub fn whole(&self, n: u8) -> Option<&'a [u8]> {
        let (row, raw, _) = self.content(n)?;
        let at = self.offset(n);
        self.bytes.get(at.checked_sub(row.prefix_bytes())?..at + raw.len())
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
    #[inline]
    pub fn digits(&self, n: u8) -> Option<Digits<'a>> {
        let (row, raw, count) = self.content(n)?;
        let first = usize::from(row.encoding == Encoding::BcdRight && count % 2 == 1);
        Some(Digits { raw, packed: row.packed(), at: first, end: first + count })
    }

    /// Field `n` as a number; `None` when absent, not all digits, or over 19 digits.
    #[must_use]
    #[inline]
    pub fn number(&self, n: u8) -> Option<u64> {
        let (row, raw, count) = self.content(n)?;
        if row.kind != Kind::N || row.encoding != Encoding::BcdLeft || count % 2 == 1 || count > 18 {
            return self.digits(n)?.number();
        }
        // Whole bytes of digits, which the decoder has checked.
        Some(raw.iter().fold(0, |sum, b| sum * 100 + u64::from(b >> 4) * 10 + u64::from(b & 15)))
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

    /// Row, content bytes and units of field `n`.
    #[inline]
    fn content(&self, n: u8) -> Option<(&'static Field, &'a [u8], usize)> {
        let (slot, row) = (self.slot(n)?, self.dialect.field(n)?);
        let (at, count) = (usize::from(slot.at), usize::from(slot.count));
        Some((row, self.bytes.get(at..at + row.bytes_of(count))?, count))
    }

    /// Content never starts at 0, where the MTI is: that marks an empty slot.
    #[inline]
    fn slot(&self, n: u8) -> Option<Slot> {
        self.slots.get(usize::from(n)).copied().filter(|slot| slot.at != 0)
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
    pub fn number(mut self) -> Option<u64> {
        if self.len() > 19 {
            return None;
        }
        let mut sum = 0u64;
        let mut bad = false;
        // 19 digits fit; what is no digit is refused at the end, so what it adds does not matter.
        let mut add = |digit: u8| {
            bad |= digit > 9;
            sum = sum.wrapping_mul(10).wrapping_add(u64::from(digit));
        };
        if !self.packed {
            self.for_each(|c| add(c.wrapping_sub(b'0')));
            return (!bad).then_some(sum);
        }
        if self.at % 2 == 1 && self.len() > 0 {
            add(self.raw.get(self.at / 2)? & 15);
            self.at += 1;
        }
        for byte in self.take_bytes() {
            add(byte >> 4);
            add(byte & 15);
        }
        if self.len() > 0 {
            add(self.raw.get(self.at / 2)? >> 4);
        }
        (!bad).then_some(sum)
    }

    /// Whole bytes of packed digits from here on; one odd character may be left.
    #[inline]
    fn take_bytes(&mut self) -> &[u8] {
        let (from, to) = (self.at / 2, self.end / 2);
        self.at = to * 2;
        self.raw.get(from..to).unwrap_or_default()
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
    #[inline]
    pub fn copy_to(mut self, out: &mut [u8]) -> usize {
        let room = self.len().min(out.len());
        self.end = self.at + room;
        let mut rest = out.get_mut(..room).unwrap_or_default();
        if !self.packed {
            let from = self.raw.get(self.at..self.end).unwrap_or_default();
            rest.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            return room;
        }
        if self.at.is_multiple_of(2) {
            let pairs = room / 2;
            let (front, back) = rest.split_at_mut(pairs * 2);
            for (two, byte) in front.as_chunks_mut::<2>().0.iter_mut().zip(self.take_bytes()) {
                *two = [character(byte >> 4), character(byte & 15)];
            }
            rest = back;
        }
        rest.iter_mut().zip(self).for_each(|(to, from)| *to = from);
        room
    }
}

/// A nibble as a character, `0`..`9`, `A`..`F`.
#[inline]
const fn character(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble }
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
        Some(character(nibble))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Digits<'_> {}
