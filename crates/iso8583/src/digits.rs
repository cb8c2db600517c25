//! The characters of a field one by one, whatever form they have on the wire.
//! Borrows; it must never allocate, because typed messages are read through it.

use crate::ebcdic::latin;

/// Iterator over the characters of a field, see [`crate::Decoded::digits`].
#[derive(Clone)]
pub struct Digits<'a> {
    raw: &'a [u8],
    form: Form,
    at: usize,
    end: usize,
}

/// How characters stand in the bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A byte each.
    Plain,
    /// A nibble each.
    Packed,
    /// A sign in a byte, then a nibble each; with `true` behind a pad nibble.
    Signed(bool),
    /// An EBCDIC byte each, given as Latin-1.
    Ebcdic,
    /// Two hexadecimal characters each, given as the byte they mean.
    Pairs,
    /// The same in EBCDIC.
    EbcdicPairs,
}

impl<'a> Digits<'a> {
    /// `count` characters from position `first` on.
    #[inline]
    pub(crate) fn new(raw: &'a [u8], form: Form, first: usize, count: usize) -> Digits<'a> {
        Digits { raw, form, at: first, end: first + count }
    }

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
        if self.form != Form::Packed {
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

    fn pair(&self, at: usize) -> Option<[u8; 2]> {
        self.raw.get(at * 2..)?.first_chunk().copied()
    }

    #[inline]
    fn nibble(&self, at: usize) -> Option<u8> {
        let byte = *self.raw.get(at / 2)?;
        Some(character(if at.is_multiple_of(2) { byte >> 4 } else { byte & 15 }))
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
        if self.form == Form::Plain {
            let from = self.raw.get(self.at..self.end).unwrap_or_default();
            rest.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            return room;
        }
        if self.form == Form::Packed && self.at.is_multiple_of(2) {
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
pub(crate) const fn character(nibble: u8) -> u8 {
    if nibble < 10 { b'0' + nibble } else { b'A' - 10 + nibble }
}

/// What a hexadecimal character means; the decoder saw to it that it is one.
const fn hex_value(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        _ => (c | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
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
        match self.form {
            Form::Plain => self.raw.get(at).copied(),
            Form::Packed => self.nibble(at),
            Form::Signed(_) if at == 0 => self.raw.first().copied(),
            // The byte of the sign is two nibbles.
            Form::Signed(pad) => self.nibble(at + 1 + usize::from(pad)),
            Form::Ebcdic => self.raw.get(at).copied().map(latin),
            Form::Pairs => self.pair(at).map(|[high, low]| hex_value(high) << 4 | hex_value(low)),
            Form::EbcdicPairs => self.pair(at).map(|[high, low]| hex_value(latin(high)) << 4 | hex_value(latin(low))),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Digits<'_> {}
