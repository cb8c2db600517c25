//! Bytes to fields: one pass over the message, borrowed, no allocation.
//! Any input gives an answer or a fault with path and offset; it must never panic and never copy card data.

use crate::bits::Bits;
use crate::content;
use crate::decoded::{Decoded, Slot};
use crate::dialect::{Bitmap, Dialect, Encoding, FIELDS, Field, Length, Pad, Prefix};
use crate::ebcdic::latin;
use crate::fault::{Fault, Path, Rule, clip};
use crate::tagged::{by_counted_tag, by_tag};

/// No message of any dialect is longer (the CUPS length has 4 digits). Longer input is refused unread.
pub const FRAME_BYTES_MAX: usize = 9_999;

/// Reads `bytes` (MTI first, no framing) by the rows of `dialect`. Parts of a field are read the same way, by [`Dialect::parts`].
///
/// # Errors
/// A [`Fault`] with the field path, the offset in `bytes` and the rule.
pub fn decode<'a>(dialect: &'a Dialect, bytes: &'a [u8]) -> Result<Decoded<'a>, Fault> {
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
    dialect: &'a Dialect,
    bytes: &'a [u8],
    odd: u8,
    stretch: Stretch,
) -> Result<Decoded<'a>, Fault> {
    // Made where it is returned: moved, the table costs a tenth of the whole reading.
    let mut out = Ok(Decoded::empty(dialect));
    if let Ok(table) = &mut out
        && let Err(fault) = read(table, bytes, odd, stretch)
    {
        out = Err(fault);
    }
    out
}

/// Reads `bytes` into `out`, whatever was in it.
#[inline]
pub(crate) fn read<'a>(out: &mut Decoded<'a>, bytes: &'a [u8], odd: u8, stretch: Stretch) -> Result<(), Fault> {
    let dialect = out.dialect;
    // A fault must not leave the fields of another message in it.
    (out.bytes, out.bits) = (&[], Bits::default());
    if bytes.len() > FRAME_BYTES_MAX {
        let rule = Rule::Long { got: clip(bytes.len()), max: clip(FRAME_BYTES_MAX) };
        return Err(Fault::new(Path::Frame, 0, rule));
    }
    out.mti = read_mti(dialect, bytes)?;
    let head = dialect.mti_bytes();
    let at = match dialect.bitmap {
        Bitmap::Binary | Bitmap::Hex | Bitmap::HexEbcdic => {
            let (bits, maps) = read_bitmaps(dialect, bytes, head)?;
            (out.bits, out.maps) = (bits, maps);
            by_bits(out, bytes, head + usize::from(maps) * dialect.map_bytes(), odd, stretch)?
        }
        Bitmap::Short(wide) => {
            (out.bits, out.maps) = (read_short(bytes, usize::from(wide))?, 1);
            by_bits(out, bytes, usize::from(wide), odd, stretch)?
        }
        Bitmap::Positional => by_position(out, bytes)?,
        Bitmap::Tagged(digits) => by_tag(out, bytes, usize::from(digits))?,
        Bitmap::Counted(digits) => by_counted_tag(out, bytes, usize::from(digits))?,
    };
    (out.bytes, out.body_end) = (bytes, at);
    let over = bytes.len() - at;
    if over > dialect.trailing_max {
        out.bits = Bits::default();
        return Err(Fault::new(Path::Frame, at, Rule::Trailing { left: clip(over) }));
    }
    Ok(())
}

/// The fields whose bits are set. `bits` is kept back until all are read.
#[inline]
fn by_bits(out: &mut Decoded<'_>, bytes: &[u8], from: usize, odd: u8, stretch: Stretch) -> Result<usize, Fault> {
    let (dialect, bits) = (out.dialect, core::mem::take(&mut out.bits));
    let mut at = from;
    for n in bits.numbers() {
        if n != odd
            && let Some((start, count, end)) = dialect.plan(n).read(bytes, at)
        {
            // Both fit: the frame limit is below 65,536.
            *slot(&mut out.slots, n) = Slot { at: start as u16, count: count as u16 };
            at = end;
            continue;
        }
        let Some(row) = dialect.field(n) else {
            return Err(Fault::new(Path::Field(n), at, Rule::NoField));
        };
        let stretch = if n == odd { stretch } else { Stretch::By(0) };
        at = read_field(row, bytes, at, stretch, slot(&mut out.slots, n))?;
    }
    out.bits = bits;
    Ok(at)
}

/// One row behind the other as far as the bytes reach.
fn by_position(out: &mut Decoded<'_>, bytes: &[u8]) -> Result<usize, Fault> {
    let dialect = out.dialect;
    let (mut bits, mut at) = (Bits::default(), 0);
    for row in dialect.rows() {
        if at == bytes.len() {
            break;
        }
        at = read_field(row, bytes, at, Stretch::By(0), slot(&mut out.slots, row.number))?;
        bits.set(row.number);
    }
    out.bits = bits;
    Ok(at)
}

/// Rows have numbers up to 192, which `check` saw to; a row beyond shares the last slot and has no bit.
#[inline]
pub(crate) fn slot(slots: &mut [Slot; FIELDS], n: u8) -> &mut Slot {
    &mut slots[usize::from(n).min(FIELDS - 1)]
}

#[inline]
fn read_mti(dialect: &Dialect, bytes: &[u8]) -> Result<[u8; 4], Fault> {
    let need = dialect.mti_bytes();
    let Some(raw) = bytes.get(..need) else {
        let rule = Rule::Short { need: clip(need), left: clip(bytes.len()) };
        return Err(Fault::new(Path::Mti, 0, rule));
    };
    let mti = match *raw {
        [a, b] => [b'0' + (a >> 4), b'0' + (a & 15), b'0' + (b >> 4), b'0' + (b & 15)],
        [a, b, c, d] if dialect.mti == Some(Encoding::Ebcdic) => [a, b, c, d].map(latin),
        [a, b, c, d] => [a, b, c, d],
        _ => return Ok(*b"0000"),
    };
    if mti.iter().all(u8::is_ascii_digit) { Ok(mti) } else { Err(Fault::new(Path::Mti, 0, Rule::Digits)) }
}

/// The bits of all bitmaps without those that only announce another, and how many bitmaps there are.
#[inline]
fn read_bitmaps(dialect: &Dialect, bytes: &[u8], head: usize) -> Result<(Bits, u8), Fault> {
    let wide = dialect.map_bytes();
    let mut words = [0; 3];
    let mut maps = 0;
    for (i, word) in words.iter_mut().enumerate() {
        *word = read_word(dialect.bitmap, bytes, head + i * wide)?;
        maps += 1;
        let more = *word & TOP != 0;
        match (i, more) {
            // There is no fourth: the first bit of the third is field 129.
            (2, _) | (_, false) => break,
            (0, true) if dialect.last <= 64 && dialect.field(1).is_some() => break,
            // The first bit of a second bitmap is field 65, where no third can follow.
            (1, true) if dialect.last <= 128 && dialect.field(65).is_some() => break,
            (0, true) if dialect.last > 64 => {}
            (1, true) if dialect.last > 128 => {}
            (_, true) => return Err(Fault::new(Path::Bitmap, head + i * wide, Rule::NoField)),
        }
    }
    let mut bits = Bits::from_wire(words);
    for n in [1, 65] {
        if dialect.continues(n) {
            bits.clear(n);
        }
    }
    Ok((bits, maps))
}

/// A bitmap of fewer bytes, as some parts have it.
fn read_short(bytes: &[u8], wide: usize) -> Result<Bits, Fault> {
    let Some(raw) = bytes.get(..wide) else {
        let rule = Rule::Short { need: clip(wide), left: clip(bytes.len()) };
        return Err(Fault::new(Path::Bitmap, 0, rule));
    };
    let word = raw.iter().fold(0, |word, b| word << 8 | u64::from(*b));
    Ok(Bits::from_wire([word << (64 - 8 * wide.clamp(1, 8)), 0, 0]))
}

const TOP: u64 = 1 << 63;

#[inline]
fn read_word(form: Bitmap, bytes: &[u8], at: usize) -> Result<u64, Fault> {
    let left = bytes.get(at..).unwrap_or_default();
    let short = |need: usize| Fault::new(Path::Bitmap, at, Rule::Short { need: clip(need), left: clip(left.len()) });
    if form == Bitmap::Binary {
        return match left.first_chunk::<8>() {
            Some(word) => Ok(u64::from_be_bytes(*word)),
            None => Err(short(8)),
        };
    }
    let text = left.first_chunk::<16>().ok_or_else(|| short(16))?;
    text.iter().enumerate().try_fold(0, |word, (i, b)| {
        let c = if form == Bitmap::HexEbcdic { latin(*b) } else { *b };
        let nibble = char::from(c).to_digit(16).ok_or(Fault::new(Path::Bitmap, at + i, Rule::Hex))?;
        Ok(word << 4 | u64::from(nibble))
    })
}

/// Reads one field at `at` into `slot` and returns where the next one starts.
pub(crate) fn read_field(
    row: &Field,
    bytes: &[u8],
    at: usize,
    stretch: Stretch,
    slot: &mut Slot,
) -> Result<usize, Fault> {
    let path = Path::Field(row.number);
    let (count, start) = match row.length {
        Length::Fixed => (usize::from(row.max), at),
        Length::Var { prefix, .. } => {
            let wide = row.prefix_bytes();
            let left = bytes.len() - at;
            let Some(raw) = bytes.get(at..at + wide) else {
                return Err(Fault::new(path, at, Rule::Short { need: clip(wide), left: clip(left) }));
            };
            let Some(says) = read_says(row, raw, prefix).and_then(|says| stretch.apply(says)) else {
                return Err(Fault::new(path, at, Rule::LengthDigits));
            };
            let Some(count) = row.count_of(says) else {
                return Err(Fault::new(path, at, Rule::Size { got: clip(says), want: clip(says + 1) }));
            };
            // Counted in bytes, an odd maximum of digits may come with one nibble more, which is no digit.
            if count > usize::from(row.max) && !(row.pad == Pad::NibbleF && count == usize::from(row.max) + 1) {
                return Err(Fault::new(path, at, Rule::Long { got: clip(count), max: u32::from(row.max) }));
            }
            (count, at + wide)
        }
    };
    let left = bytes.len() - start;
    let len = row.bytes_of(count);
    let Some(raw) = bytes.get(start..start + len) else {
        return Err(Fault::new(path, start, Rule::Short { need: clip(len), left: clip(left) }));
    };
    let count = count - usize::from(odd_in_bytes(row, raw));
    if let Some(rule) = content::wrong(row, raw, count) {
        return Err(Fault::new(path, start, rule));
    }
    // Both fit: the frame limit is below 65,536.
    *slot = Slot { at: start as u16, count: count as u16 };
    Ok(start + len)
}

/// Whether a packed field whose length counts bytes ends in the nibble F, which is no digit.
#[inline]
fn odd_in_bytes(row: &Field, raw: &[u8]) -> bool {
    row.pad == Pad::NibbleF && row.says_of(2) == 1 && raw.last().is_some_and(|b| b & 15 == 15)
}

impl Stretch {
    #[inline]
    fn apply(self, count: usize) -> Option<usize> {
        match self {
            Stretch::By(more) => count.checked_add_signed(more),
            Stretch::Halved => Some(count.div_ceil(2)),
        }
    }
}

/// What the prefix of `row` says. Packed in an odd number of digits, it leaves one nibble unused in front, which must be 0.
#[inline]
pub(crate) fn read_says(row: &Field, raw: &[u8], prefix: Prefix) -> Option<usize> {
    let says = read_length(raw, prefix)?;
    let Length::Var { digits, .. } = row.length else { return Some(says) };
    let spare = prefix == Prefix::Bcd && digits % 2 == 1 && says >= 10usize.pow(u32::from(digits));
    (!spare).then_some(says)
}

#[inline]
pub(crate) fn read_length(raw: &[u8], prefix: Prefix) -> Option<usize> {
    let mut count = 0usize;
    for &b in raw {
        let zero = match prefix {
            Prefix::Binary => {
                count = count << 8 | usize::from(b);
                continue;
            }
            Prefix::Bcd => {
                let (high, low) = (b >> 4, b & 15);
                if high > 9 || low > 9 {
                    return None;
                }
                count = count * 100 + usize::from(high) * 10 + usize::from(low);
                continue;
            }
            Prefix::Ascii => b'0',
            Prefix::Ebcdic => 0xF0,
        };
        let digit = b.wrapping_sub(zero);
        if digit > 9 {
            return None;
        }
        count = count * 10 + usize::from(digit);
    }
    Some(count)
}
