//! Fields to bytes, into the caller's buffer: ascending order, bitmap patched at the end, no allocation per field.
//! A fault cuts the buffer back to where it began; half a message must never be left in it.

use alloc::vec::Vec;
use core::ops::Range;

use crate::bits::Bits;
use crate::decode::FRAME_BYTES_MAX;
use crate::decoded::Decoded;
use crate::dialect::{Bitmap, Dialect, Encoding, Field, Kind, Length, Pad};
use crate::ebcdic::ebcdic;
use crate::fault::{Fault, Path, Rule, clip};
use crate::put::{pack, put_length, put_packed, put_plain};

/// The longest text field that is turned into GBK on the way, and a little room for the writer.
const TEXT_BYTES_MAX: usize = 1_024;

/// Writes one message. Made by [`Encoder::begin`], ended by [`Encoder::finish`]; one that is dropped takes its bytes back.
pub struct Encoder<'b> {
    buf: &'b mut Vec<u8>,
    dialect: &'b Dialect,
    start: usize,
    bits: Bits,
    /// Bitmaps there is room for.
    maps: usize,
    last: Option<u8>,
    done: bool,
}

impl<'b> Encoder<'b> {
    /// Starts a message at the end of `buf`; `mti` is four ASCII digits.
    ///
    /// # Errors
    /// `Digits` when the MTI is not four digits.
    #[inline]
    pub fn begin(buf: &'b mut Vec<u8>, dialect: &'b Dialect, mti: [u8; 4]) -> Result<Encoder<'b>, Fault> {
        if !mti.iter().all(u8::is_ascii_digit) {
            return Err(Fault::new(Path::Mti, 0, Rule::Digits));
        }
        let start = buf.len();
        match dialect.mti {
            None => {}
            Some(Encoding::BcdLeft) => buf.extend_from_slice(&[pack(mti[0], mti[1]), pack(mti[2], mti[3])]),
            Some(Encoding::Ebcdic) => buf.extend_from_slice(&mti.map(ebcdic)),
            Some(_) => buf.extend_from_slice(&mti),
        }
        let wide = dialect.map_bytes();
        buf.resize(buf.len() + wide, 0);
        let maps = usize::from(wide > 0);
        Ok(Encoder { buf, dialect, start, bits: Bits::default(), maps, last: None, done: false })
    }

    /// Starts the parts of a field, by their layout (see [`Dialect::parts`]).
    ///
    /// # Errors
    /// None: the layout has no MTI.
    pub fn begin_parts(buf: &'b mut Vec<u8>, layout: &'b Dialect) -> Result<Encoder<'b>, Fault> {
        Encoder::begin(buf, layout, *b"0000")
    }

    /// Adds field `n`: ASCII digits for n and z (`=` or `D` as separator), bytes of text for an and ans, bytes for b.
    /// Short values of fixed fields are filled as the dialect says.
    ///
    /// # Errors
    /// Unknown field, order, length or content; the offset is where the field would start in the message.
    #[inline]
    pub fn field(&mut self, n: u8, value: &[u8]) -> Result<&mut Self, Fault> {
        let row = self.open(n)?;
        let want = usize::from(row.max);
        let fixed = row.length == Length::Fixed;
        let short = want.saturating_sub(value.len());
        if value.len() > want {
            return Err(self.fault(n, Rule::Long { got: clip(value.len()), max: clip(want) }));
        }
        if fixed && short > 0 && row.pad == Pad::None {
            return Err(self.fault(n, Rule::Size { got: clip(value.len()), want: clip(want) }));
        }
        if let Some(rule) = wrong_content(row, value) {
            return Err(self.fault(n, rule));
        }
        self.head(row, value.len());
        let (zeros, spaces) = match (fixed, row.pad) {
            (true, Pad::Zeros | Pad::NibbleF) => (short, 0),
            (true, Pad::Spaces) => (0, short),
            _ => (0, 0),
        };
        match row.encoding {
            Encoding::BcdLeft | Encoding::BcdRight => put_packed(self.buf, row, zeros, value),
            _ => put_plain(self.buf, row, zeros, value, spaces),
        }
        Ok(self)
    }

    /// Adds field `n` with `raw` as its bytes on the wire, whatever they are: only the length is checked. For content that
    /// is no text of the dialect but must go on as it came.
    ///
    /// # Errors
    /// Unknown field, order, length.
    pub fn raw(&mut self, n: u8, raw: &[u8]) -> Result<&mut Self, Fault> {
        let row = self.open(n)?;
        let (want, fixed) = (usize::from(row.max), row.length == Length::Fixed);
        if row.packed() || matches!(row.encoding, Encoding::Hex | Encoding::HexEbcdic) || (fixed && raw.len() != want) {
            return Err(self.fault(n, Rule::Size { got: clip(raw.len()), want: clip(want) }));
        }
        if raw.len() > want {
            return Err(self.fault(n, Rule::Long { got: clip(raw.len()), max: clip(want) }));
        }
        self.head(row, raw.len());
        self.buf.extend_from_slice(raw);
        Ok(self)
    }

    /// Adds numeric field `n` from a number (fixed fields are filled with zeros on the left).
    ///
    /// # Errors
    /// As [`Encoder::field`].
    #[inline]
    pub fn number(&mut self, n: u8, value: u64) -> Result<&mut Self, Fault> {
        let row = self.dialect.field(n);
        if let Some(row) = row.filter(|row| {
            row.packed()
                && row.kind == Kind::N
                && row.length == Length::Fixed
                && row.max <= 16
                && row.pad != Pad::NibbleF
        }) {
            return self.packed_number(row, value);
        }
        let mut digits = [b'0'; 20];
        let mut rest = value;
        let mut len = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
            len += 1;
            if rest == 0 {
                break;
            }
        }
        self.field(n, digits.get(digits.len() - len..).unwrap_or_default())
    }

    /// The same for fixed packed digits, two at a time from the right.
    #[inline]
    fn packed_number(&mut self, row: &'b Field, value: u64) -> Result<&mut Self, Fault> {
        self.open(row.number)?;
        let odd_left = row.max % 2 == 1 && row.encoding == Encoding::BcdLeft;
        let mut rest = if odd_left { value.saturating_mul(10) } else { value };
        let mut bytes = [0; 8];
        let wide = row.bytes_of(usize::from(row.max)).min(bytes.len());
        for byte in bytes.iter_mut().take(wide).rev() {
            let two = (rest % 100) as u8;
            *byte = ((two / 10) << 4) | (two % 10);
            rest /= 100;
        }
        // An odd count on the right has one nibble too many.
        let spare = row.max % 2 == 1 && !odd_left && bytes[0] > 0x0F;
        if rest != 0 || spare {
            return Err(self.fault(row.number, Rule::Long { got: u32::from(row.max) + 1, max: u32::from(row.max) }));
        }
        self.head(row, usize::from(row.max));
        self.buf.extend_from_slice(bytes.get(..wide).unwrap_or_default());
        Ok(self)
    }

    /// Adds text field `n`, Chinese as GBK or UTF-8, any other letter as EBCDIC has it.
    ///
    /// # Errors
    /// As [`Encoder::field`], and `Text` for a character that the row's encoding has not.
    pub fn text(&mut self, n: u8, value: &str) -> Result<&mut Self, Fault> {
        if value.is_ascii() {
            return self.field(n, value.as_bytes());
        }
        let mut held = [0u8; TEXT_BYTES_MAX];
        let len = match self.dialect.field(n).map(|row| row.encoding) {
            Some(Encoding::Utf8) => return self.field(n, value.as_bytes()),
            Some(Encoding::Ebcdic) => crate::text::latin(value, &mut held),
            Some(Encoding::Ascii) => None,
            _ => crate::text::write(value, &mut held),
        };
        match len {
            Some(len) => self.field(n, held.get(..len).unwrap_or_default()),
            None => Err(self.fault(n, Rule::Text)),
        }
    }

    /// Adds field `n` exactly as another message carried it (same dialect), oddities included.
    ///
    /// # Errors
    /// `Missing` when `from` has no such field; order.
    pub fn copy(&mut self, n: u8, from: &Decoded<'_>) -> Result<&mut Self, Fault> {
        self.open(n)?;
        let Some(whole) = from.whole(n) else { return Err(self.fault(n, Rule::Missing)) };
        self.buf.extend_from_slice(whole);
        Ok(self)
    }

    /// Patches the bitmap and gives the range of the message in the buffer.
    ///
    /// # Errors
    /// `Long` over the frame limit.
    pub fn finish(mut self) -> Result<Range<usize>, Fault> {
        let len = self.buf.len() - self.start;
        if len > FRAME_BYTES_MAX {
            let rule = Rule::Long { got: clip(len), max: clip(FRAME_BYTES_MAX) };
            return Err(Fault::new(Path::Frame, 0, rule));
        }
        let wide = self.dialect.map_bytes();
        let mut at = self.start + self.dialect.mti_bytes();
        if self.maps > 1 {
            self.bits.set(1);
        }
        if self.maps > 2 {
            self.bits.set(65);
        }
        for word in self.bits.to_wire().into_iter().take(self.maps) {
            if let Some(to) = self.buf.get_mut(at..at + wide) {
                put_map(self.dialect.bitmap, word, to);
            }
            at += wide;
        }
        self.done = true;
        Ok(self.start..self.buf.len())
    }

    #[inline]
    fn open(&mut self, n: u8) -> Result<&'b Field, Fault> {
        let Some(row) = self.dialect.field(n) else { return Err(self.fault(n, Rule::NoField)) };
        if self.last.is_some_and(|last| n <= last) {
            return Err(self.fault(n, Rule::Order));
        }
        match self.dialect.bitmap {
            Bitmap::Positional => self.follows(n)?,
            Bitmap::Counted(_) if n > 0 && self.dialect.field(0).is_some() && !self.bits.has(0) => {
                return Err(self.fault(0, Rule::Missing));
            }
            Bitmap::Tagged(_) | Bitmap::Counted(_) | Bitmap::Short(_) => {}
            _ => {
                let maps = usize::from(n.max(1) - 1) / 64 + 1;
                if maps > self.maps {
                    self.widen(maps);
                }
            }
        }
        self.last = Some(n);
        self.bits.set(n);
        Ok(row)
    }

    /// What stands in front of `count` units of content: number and length, as far as there are.
    #[inline]
    fn head(&mut self, row: &Field, count: usize) {
        match self.dialect.bitmap {
            Bitmap::Tagged(digits) => {
                put_tag(self.buf, row.number, digits);
                put_length(self.buf, row, count);
            }
            Bitmap::Counted(digits) if row.number > 0 => {
                put_length(self.buf, row, count + usize::from(digits));
                put_tag(self.buf, row.number, digits);
            }
            _ => put_length(self.buf, row, count),
        }
    }

    /// Parts without a bitmap may end early, but none in between can be left out.
    fn follows(&self, n: u8) -> Result<(), Fault> {
        let skipped = self.dialect.rows().iter().map(|row| row.number).find(|m| !self.bits.has(*m));
        match skipped {
            Some(m) if m < n => Err(self.fault(m, Rule::Missing)),
            _ => Ok(()),
        }
    }

    /// The first field above 64, or above 128, makes room for another bitmap.
    #[cold]
    fn widen(&mut self, maps: usize) {
        let wide = self.dialect.map_bytes();
        let at = self.start + self.dialect.mti_bytes() + self.maps * wide;
        let (end, more) = (self.buf.len(), (maps - self.maps) * wide);
        self.buf.resize(end + more, 0);
        self.buf.copy_within(at..end, at + more);
        self.maps = maps;
    }

    fn fault(&self, n: u8, rule: Rule) -> Fault {
        Fault::new(Path::Field(n), self.buf.len() - self.start, rule)
    }
}

impl Drop for Encoder<'_> {
    fn drop(&mut self) {
        if !self.done {
            self.buf.truncate(self.start);
        }
    }
}

fn wrong_content(row: &Field, value: &[u8]) -> Option<Rule> {
    match row.kind {
        Kind::N if !value.iter().all(u8::is_ascii_digit) => Some(Rule::Digits),
        Kind::Z if !value.iter().all(|b| b.is_ascii_hexdigit() || *b == b'=') => Some(Rule::Track),
        Kind::X => match value.split_first() {
            Some((b'C' | b'D', rest)) if rest.iter().all(u8::is_ascii_digit) => None,
            _ => Some(Rule::Signed),
        },
        _ => None,
    }
}

/// The number in front of a part.
fn put_tag(buf: &mut Vec<u8>, n: u8, digits: u8) {
    for power in (0..digits).rev() {
        buf.push(b'0' + (u32::from(n) / 10u32.pow(u32::from(power)) % 10) as u8);
    }
}

fn put_map(form: Bitmap, word: u64, to: &mut [u8]) {
    if let Bitmap::Binary | Bitmap::Short(_) = form {
        to.iter_mut().zip(word.to_be_bytes()).for_each(|(to, byte)| *to = byte);
        return;
    }
    let mut rest = word;
    for slot in to.iter_mut().rev() {
        let digit = crate::digits::character((rest & 15) as u8);
        *slot = if form == Bitmap::HexEbcdic { ebcdic(digit) } else { digit };
        rest >>= 4;
    }
}
