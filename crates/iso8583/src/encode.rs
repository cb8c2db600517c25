//! Fields to bytes, into the caller's buffer: ascending order, bitmap patched at the end, no allocation per field.
//! A fault cuts the buffer back to where it began; half a message must never be left in it.

use alloc::vec::Vec;
use core::ops::Range;

use crate::decode::{FRAME_BYTES_MAX, bit};
use crate::decoded::Decoded;
use crate::dialect::{Dialect, Encoding, Field, Kind, Length, Pad, Prefix};
use crate::fault::{Fault, Path, Rule, clip};

/// The longest text field any 3-digit prefix can announce, and a little room for the GBK writer.
const TEXT_BYTES_MAX: usize = 1_024;

/// Writes one message. Made by [`Encoder::begin`], ended by [`Encoder::finish`]; one that is dropped takes its bytes back.
pub struct Encoder<'b> {
    buf: &'b mut Vec<u8>,
    dialect: &'static Dialect,
    start: usize,
    bits: u128,
    last: u8,
    done: bool,
}

impl<'b> Encoder<'b> {
    /// Starts a message at the end of `buf`; `mti` is four ASCII digits.
    ///
    /// # Errors
    /// `Digits` when the MTI is not four digits.
    pub fn begin(buf: &'b mut Vec<u8>, dialect: &'static Dialect, mti: [u8; 4]) -> Result<Encoder<'b>, Fault> {
        if !mti.iter().all(u8::is_ascii_digit) {
            return Err(Fault::new(Path::Mti, 0, Rule::Digits));
        }
        let start = buf.len();
        match dialect.mti {
            Encoding::BcdLeft => buf.extend_from_slice(&[pack(mti[0], mti[1]), pack(mti[2], mti[3])]),
            _ => buf.extend_from_slice(&mti),
        }
        buf.extend_from_slice(&[0; 8]);
        Ok(Encoder { buf, dialect, start, bits: 0, last: 1, done: false })
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
        if !fixed {
            put_length(self.buf, row, value.len());
        }
        let (zeros, spaces) = match (fixed, row.pad) {
            (true, Pad::Zeros) => (short, 0),
            (true, Pad::Spaces) => (0, short),
            _ => (0, 0),
        };
        match row.encoding {
            Encoding::BcdLeft | Encoding::BcdRight => put_packed(self.buf, row, zeros, value),
            _ => {
                self.buf.resize(self.buf.len() + zeros, b'0');
                put_plain(self.buf, row, value);
                self.buf.resize(self.buf.len() + spaces, b' ');
            }
        }
        Ok(self)
    }

    /// Adds numeric field `n` from a number (fixed fields are filled with zeros on the left).
    ///
    /// # Errors
    /// As [`Encoder::field`].
    #[inline]
    pub fn number(&mut self, n: u8, value: u64) -> Result<&mut Self, Fault> {
        let row = self.dialect.field(n);
        if let Some(row) = row.filter(|row| row.packed() && row.length == Length::Fixed && row.max <= 16) {
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
    fn packed_number(&mut self, row: &'static Field, value: u64) -> Result<&mut Self, Fault> {
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
        self.buf.extend_from_slice(bytes.get(..wide).unwrap_or_default());
        Ok(self)
    }

    /// Adds text field `n`, Chinese as GBK.
    ///
    /// # Errors
    /// As [`Encoder::field`], and `Text` for a character that GBK has not.
    pub fn text(&mut self, n: u8, value: &str) -> Result<&mut Self, Fault> {
        if value.is_ascii() {
            return self.field(n, value.as_bytes());
        }
        let mut gbk = [0u8; TEXT_BYTES_MAX];
        match crate::text::write(value, &mut gbk) {
            Some(len) => self.field(n, gbk.get(..len).unwrap_or_default()),
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
        let at = self.start + self.dialect.mti_bytes();
        let wide = if self.last > 64 { 16 } else { 8 };
        let map = self.bits.to_be_bytes();
        if let (Some(to), Some(from)) = (self.buf.get_mut(at..at + wide), map.get(..wide)) {
            to.copy_from_slice(from);
        }
        self.done = true;
        Ok(self.start..self.buf.len())
    }

    fn open(&mut self, n: u8) -> Result<&'static Field, Fault> {
        let Some(row) = self.dialect.field(n) else { return Err(self.fault(n, Rule::NoField)) };
        if n <= self.last {
            return Err(self.fault(n, Rule::Order));
        }
        if n > 64 && self.last <= 64 {
            self.widen();
        }
        self.last = n;
        self.bits |= bit(n);
        Ok(row)
    }

    /// The first field above 64 makes room for the second bitmap.
    fn widen(&mut self) {
        let at = self.start + self.dialect.mti_bytes() + 8;
        let end = self.buf.len();
        self.buf.resize(end + 8, 0);
        self.buf.copy_within(at..end, at + 8);
        self.bits |= bit(1);
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

fn pack(high: u8, low: u8) -> u8 {
    (high & 15) << 4 | (low & 15)
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

fn put_length(buf: &mut Vec<u8>, row: &Field, count: usize) {
    let Length::Var { digits, prefix, .. } = row.length else { return };
    let digit = |power: usize| (count / power % 10) as u8;
    match prefix {
        Prefix::Bcd if digits == 3 => buf.extend_from_slice(&[digit(100), digit(10) << 4 | digit(1)]),
        Prefix::Bcd => buf.push(digit(10) << 4 | digit(1)),
        Prefix::Ascii | Prefix::Ebcdic => {
            let zero = if prefix == Prefix::Ascii { b'0' } else { 0xF0 };
            if digits == 3 {
                buf.push(zero + digit(100));
            }
            buf.extend_from_slice(&[zero + digit(10), zero + digit(1)]);
        }
    }
}

/// Packs `zeros` digits 0 and then `value`, two a byte. An odd count gets its pad nibble 0 on the row's side.
fn put_packed(buf: &mut Vec<u8>, row: &Field, zeros: usize, value: &[u8]) {
    let odd = (zeros + value.len()) % 2 == 1;
    let lead = zeros + usize::from(odd && row.encoding == Encoding::BcdRight);
    buf.resize(buf.len() + lead / 2, 0);
    let mut rest = value;
    if lead % 2 == 1 {
        let (first, others) = value.split_first().map_or((0, value), |(f, o)| (nibble(*f), o));
        buf.push(first);
        rest = others;
    }
    let (pairs, tail) = rest.as_chunks::<2>();
    buf.extend(pairs.iter().map(|p| nibble(p[0]) << 4 | nibble(p[1])));
    if let [last] = tail {
        buf.push(nibble(*last) << 4);
    }
}

fn nibble(c: u8) -> u8 {
    match c {
        b'0'..=b'9' => c - b'0',
        b'=' => 0xD,
        _ => (c | 0x20).wrapping_sub(b'a').wrapping_add(10) & 15,
    }
}

fn put_plain(buf: &mut Vec<u8>, row: &Field, value: &[u8]) {
    if row.kind == Kind::Z {
        // In ASCII dialects the separator is written `=`.
        buf.extend(value.iter().map(|b| if matches!(b, b'D' | b'd') { b'=' } else { *b }));
    } else {
        buf.extend_from_slice(value);
    }
}
