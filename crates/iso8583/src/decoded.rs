//! A decoded message: the borrowed bytes, where each field lies in them, and the ways to look at one.
//! Looking never copies card data into anything that prints: `Debug` shows field numbers only.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::bits::{Bits, Numbers};
use crate::decode::{Stretch, read, read_says};
use crate::dialect::{Bitmap, Dialect, Encoding, FIELDS, Field, Kind, Length};
use crate::digits::{Digits, Form};
use crate::ebcdic::{self, latin};
use crate::fault::Fault;

#[derive(Clone, Copy, Default)]
pub(crate) struct Slot {
    pub(crate) at: u16,
    pub(crate) count: u16,
}

/// A decoded message: the borrowed bytes and where each field lies in them. Its `Debug` shows field numbers only.
#[derive(Clone)]
pub struct Decoded<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) bytes: &'a [u8],
    pub(crate) mti: [u8; 4],
    pub(crate) bits: Bits,
    /// Bitmaps on the wire.
    pub(crate) maps: u8,
    pub(crate) body_end: usize,
    pub(crate) slots: [Slot; FIELDS],
}

impl<'a> Decoded<'a> {
    /// A table without a message, to be filled by [`Decoded::read`].
    #[must_use]
    pub fn empty(dialect: &'a Dialect) -> Decoded<'a> {
        let (bits, slots) = (Bits::default(), [Slot::default(); FIELDS]);
        Decoded { dialect, bytes: &[], mti: *b"0000", bits, maps: 0, body_end: 0, slots }
    }

    /// Reads another message of the same dialect into this table: nothing is cleared or moved that need not be.
    ///
    /// # Errors
    /// As [`crate::decode`]; the table then has no fields.
    #[inline]
    pub fn read(&mut self, bytes: &'a [u8]) -> Result<(), Fault> {
        read(self, bytes, 0, Stretch::By(0))
    }

    /// The dialect it was read with.
    #[must_use]
    pub fn dialect(&self) -> &'a Dialect {
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

    /// The bitmaps as sent: 8 bytes each, or 16 characters.
    #[must_use]
    pub fn bitmap(&self) -> &'a [u8] {
        let at = self.dialect.mti_bytes();
        let wide = usize::from(self.maps) * self.dialect.map_bytes();
        self.bytes.get(at..at + wide).unwrap_or_default()
    }

    /// The bitmaps in hexadecimal, however they were sent.
    #[must_use]
    pub fn bitmap_hex(&self) -> String {
        match self.dialect.bitmap {
            Bitmap::Hex => self.bitmap().iter().map(|b| char::from(b.to_ascii_uppercase())).collect(),
            Bitmap::HexEbcdic => self.bitmap().iter().map(|b| char::from(latin(*b).to_ascii_uppercase())).collect(),
            _ => crate::plain::hex(self.bitmap()),
        }
    }

    /// Is field `n` there?
    #[must_use]
    pub fn has(&self, n: u8) -> bool {
        self.slot(n).is_some()
    }

    /// The numbers of the fields that are there, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + use<> {
        let numbers: Numbers = self.bits.numbers();
        numbers
    }

    /// Content bytes of field `n` as sent, without length prefix.
    #[must_use]
    #[inline]
    pub fn raw(&self, n: u8) -> Option<&'a [u8]> {
        let slot = self.slot(n)?;
        let (at, count) = (usize::from(slot.at), usize::from(slot.count));
        match self.dialect.plan(n).bytes_of(count) {
            Some(len) => self.bytes.get(at..at + len),
            None => self.entry(n).map(|(_, raw, _)| raw),
        }
    }

    /// Field `n` as sent, with its length prefix (and the number in front, where parts have one).
    #[must_use]
    pub fn whole(&self, n: u8) -> Option<&'a [u8]> {
        let (row, raw, _) = self.entry(n)?;
        let at = self.offset(n);
        self.bytes.get(at.checked_sub(row.prefix_bytes() + self.dialect.tag_bytes(n))?..at + raw.len())
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
        let Some((row, _, _)) = self.entry(n) else { return 0 };
        let Length::Var { prefix, .. } = row.length else { return 0 };
        let raw = self.whole(n).and_then(|whole| whole.get(..row.prefix_bytes())).unwrap_or_default();
        read_says(row, raw, prefix).and_then(|says| row.count_of(says)).unwrap_or(0)
    }

    /// Characters of field `n` one by one: digits as ASCII, other nibbles as `A`..`F` (a packed track has `D`), text bytes as sent.
    #[must_use]
    #[inline]
    pub fn digits(&self, n: u8) -> Option<Digits<'a>> {
        let slot = self.slot(n)?;
        let (at, count) = (usize::from(slot.at), usize::from(slot.count));
        let plan = self.dialect.plan(n);
        match (plan.form(count), plan.bytes_of(count)) {
            (Some((form, first)), Some(len)) => Some(Digits::new(self.bytes.get(at..at + len)?, form, first, count)),
            _ => self.digits_by_row(n),
        }
    }

    fn digits_by_row(&self, n: u8) -> Option<Digits<'a>> {
        let (row, raw, count) = self.entry(n)?;
        let right = row.encoding == Encoding::BcdRight;
        Some(match (row.encoding, row.kind) {
            (Encoding::BcdLeft | Encoding::BcdRight, Kind::X) => {
                // The sign is a unit of its own; the digits behind it may have a pad nibble in front.
                Digits::new(raw, Form::Signed(right && count.is_multiple_of(2)), 0, count)
            }
            (Encoding::BcdLeft | Encoding::BcdRight, _) => {
                Digits::new(raw, Form::Packed, usize::from(right && count % 2 == 1), count)
            }
            (Encoding::Ebcdic, _) => Digits::new(raw, Form::Ebcdic, 0, count),
            (Encoding::Hex, _) => Digits::new(raw, Form::Pairs, 0, count),
            (Encoding::HexEbcdic, _) => Digits::new(raw, Form::EbcdicPairs, 0, count),
            _ => Digits::new(raw, Form::Plain, 0, count),
        })
    }

    /// Content of field `n` as it is meant: EBCDIC as Latin-1, bytes in hexadecimal text as bytes, anything else as sent.
    #[must_use]
    pub fn content(&self, n: u8) -> Option<Cow<'a, [u8]>> {
        let (row, raw, _) = self.entry(n)?;
        Some(match row.encoding {
            Encoding::Ebcdic | Encoding::Hex | Encoding::HexEbcdic => Cow::Owned(self.digits(n)?.collect()),
            _ => Cow::Borrowed(raw),
        })
    }

    /// Field `n` as a number; `None` when absent, not all digits, or over 19 digits.
    #[must_use]
    #[inline]
    pub fn number(&self, n: u8) -> Option<u64> {
        let slot = self.slot(n)?;
        let (at, count) = (usize::from(slot.at), usize::from(slot.count));
        let plan = self.dialect.plan(n);
        let known = plan.bytes_of(count).and_then(|len| plan.number(self.bytes.get(at..at + len)?, count));
        match known {
            Some(number) => Some(number),
            None => self.digits(n)?.number(),
        }
    }

    /// Field `n` as text (GBK and EBCDIC are turned into Unicode; ASCII is borrowed). `None` when absent or not text.
    #[must_use]
    pub fn text(&self, n: u8) -> Option<Cow<'a, str>> {
        let (row, raw, _) = self.entry(n)?;
        match row.encoding {
            Encoding::Ebcdic => ebcdic::read(raw).map(Cow::Owned),
            Encoding::Utf8 => crate::text::read_utf8(raw).map(Cow::Borrowed),
            // Which eight-bit letters are meant is nowhere said.
            Encoding::Ascii if !raw.is_ascii() => None,
            _ => crate::text::read(raw),
        }
    }

    /// The parts of field `n`, where the dialect has a layout for them.
    ///
    /// # Errors
    /// As [`crate::decode`]; offsets count from the start of the field's content.
    #[must_use]
    pub fn parts(&self, n: u8) -> Option<Result<Decoded<'a>, Fault>> {
        let (layout, (row, raw, _)) = (self.dialect.parts(n)?, self.entry(n)?);
        // Hexadecimal text around parts is in no packager that we know; its bytes would not outlive this call.
        (!matches!(row.encoding, Encoding::Hex | Encoding::HexEbcdic)).then(|| crate::decode(layout, raw))
    }

    /// What came behind the last field (the dialect tolerates a little).
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.bytes.get(self.body_end..).unwrap_or_default()
    }

    /// Writes the message again, field by field from the bytes as sent, so that pad nibbles and odd lengths stay as they were.
    pub fn reencode(&self, out: &mut Vec<u8>) {
        if let Bitmap::Tagged(_) | Bitmap::Counted(_) = self.dialect.bitmap {
            // They stand in the order of the sender.
            return out.extend_from_slice(self.bytes);
        }
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
    pub(crate) fn entry(&self, n: u8) -> Option<(&'a Field, &'a [u8], usize)> {
        let (slot, row) = (self.slot(n)?, self.dialect.field(n)?);
        let (at, count) = (usize::from(slot.at), usize::from(slot.count));
        Some((row, self.bytes.get(at..at + row.bytes_of(count))?, count))
    }

    #[inline]
    fn slot(&self, n: u8) -> Option<Slot> {
        if self.bits.has(n) { self.slots.get(usize::from(n)).copied() } else { None }
    }
}

impl core::fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Decoded({}, {} bytes, fields", self.dialect.name, self.bytes.len())?;
        self.numbers().try_for_each(|n| write!(f, " {n}"))?;
        f.write_str(")")
    }
}
