//! Chip cards: what a chip tells and is asked, DE 55 as objects in a fixed order, and the little of it that a record may keep.
//! DE 55 itself exists in memory only, between receiving and sending (rules 11).

use crate::{BadShape, EntryMode, Expiry, Message, Pan, Short};
use alloc::boxed::Box;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Tags that this house uses.
#[allow(missing_docs, reason = "the names are the trade's")]
pub mod tag {
    pub const CRYPTOGRAM: u32 = 0x9F26;
    pub const CRYPTOGRAM_TYPE: u32 = 0x9F27;
    pub const ISSUER_DATA: u32 = 0x9F10;
    pub const UNPREDICTABLE: u32 = 0x9F37;
    pub const ATC: u32 = 0x9F36;
    pub const TVR: u32 = 0x95;
    pub const DATE: u32 = 0x9A;
    pub const TYPE: u32 = 0x9C;
    pub const AMOUNT: u32 = 0x9F02;
    pub const CURRENCY: u32 = 0x5F2A;
    pub const AIP: u32 = 0x82;
    pub const COUNTRY: u32 = 0x9F1A;
    pub const OTHER_AMOUNT: u32 = 0x9F03;
    pub const CAPABILITIES: u32 = 0x9F33;
    pub const CVM_RESULTS: u32 = 0x9F34;
    pub const TERMINAL_TYPE: u32 = 0x9F35;
    pub const SERIAL: u32 = 0x9F1E;
    pub const DF_NAME: u32 = 0x84;
    pub const VERSION: u32 = 0x9F09;
    pub const SEQUENCE: u32 = 0x9F41;
    pub const ISSUER_AUTHENTICATION: u32 = 0x91;
    pub const SCRIPT_BEFORE: u32 = 0x71;
    pub const SCRIPT_AFTER: u32 = 0x72;
    pub const SCRIPT_RESULT: u32 = 0xDF31;
}

/// Tag 5F2A: yuan.
pub const CURRENCY_CNY: [u8; 2] = [0x01, 0x56];
/// Tag 9F1A: China.
pub const COUNTRY_CN: [u8; 2] = [0x01, 0x56];

/// What a cryptogram covers, in this order (EMV book 2, annex: the minimum set and the issuer application data).
const COVERED: [u32; 11] = [
    tag::AMOUNT,
    tag::OTHER_AMOUNT,
    tag::COUNTRY,
    tag::TVR,
    tag::CURRENCY,
    tag::DATE,
    tag::TYPE,
    tag::UNPREDICTABLE,
    tag::AIP,
    tag::ATC,
    tag::ISSUER_DATA,
];

/// What a chip says of itself when it is inserted or held to the reader. Exists in memory only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChipCard {
    /// Tag 5A.
    pub pan: Pan,
    /// Tag 5F24.
    pub expiry: Expiry,
    /// Tag 5F34, DE 23.
    pub sequence: u8,
    /// Tag 84: the application.
    pub aid: Short<32>,
    /// Tag 50: its name on the slip.
    pub label: Short<16>,
    /// Tag 82.
    pub aip: [u8; 2],
    /// Held to the reader, not inserted: gone again when the request leaves.
    pub contactless: bool,
}

/// What the terminal tells a chip of the transaction at hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChipTerms {
    /// Tag 9F02. Unit: fen.
    pub amount_fen: u64,
    /// Tag 9A, YYMMDD packed.
    pub date: [u8; 3],
    /// Tag 9C.
    pub kind: u8,
    /// Tag 95.
    pub tvr: [u8; 5],
}

/// A question to the chip in the reader.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChipAsk {
    /// First GENERATE AC: go online.
    First(ChipTerms),
    /// Second GENERATE AC: the issuer approved. Tag 91 and the scripts of its answer, if there are any.
    Second {
        /// Tag 91: ARPC and response code.
        issuer: Option<[u8; 10]>,
        /// Objects 71 and 72, byte for byte.
        scripts: Box<[u8]>,
    },
}

/// What the chip answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChipSaid {
    /// To the first: a cryptogram for the issuer (ARQC).
    Cryptogram {
        /// Tag 9F27.
        kind: u8,
        /// Tag 9F36.
        atc: u16,
        /// Tag 9F26.
        cryptogram: [u8; 8],
        /// Tag 9F10.
        issuer_data: [u8; 8],
        /// Tag 9F37, made by the reader.
        unpredictable: [u8; 4],
    },
    /// To the second: it agrees (TC), with the script's result if one was run.
    Agrees {
        /// Tag 9F26.
        cryptogram: [u8; 8],
        /// Tag DF31.
        script: Option<[u8; 5]>,
    },
    /// To either: it refuses (AAC).
    Refuses,
    /// It is not in the reader any more.
    Gone,
}

/// What a record and a slip may keep of a chip transaction.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChipSlip {
    /// Application.
    pub aid: Short<32>,
    /// Its name.
    pub label: Short<16>,
    /// Terminal verification results.
    pub tvr: [u8; 5],
    /// Transaction status information.
    pub tsi: [u8; 2],
    /// Application transaction counter.
    pub atc: u16,
    /// The cryptogram that stands on the slip.
    pub cryptogram: [u8; 8],
    /// It is the card's consent (TC), not its request (ARQC).
    pub agreed: bool,
    /// Held to the reader.
    pub contactless: bool,
}

/// DE 55 being written: objects in the order they are put.
#[derive(Clone, Default, Debug)]
pub struct ChipFields(Vec<u8>);

impl ChipFields {
    /// One more object; content of up to 127 bytes, longer is cut.
    pub fn put(&mut self, tag: u32, value: &[u8]) -> &mut Self {
        let value = &value[..value.len().min(127)];
        let bytes = tag.to_be_bytes();
        let from = bytes.iter().position(|byte| *byte != 0).unwrap_or(3);
        self.0.extend_from_slice(&bytes[from..]);
        self.0.push(u8::try_from(value.len()).unwrap_or(127));
        self.0.extend_from_slice(value);
        self
    }

    /// DE 55.
    pub fn into_field(self) -> Box<[u8]> {
        self.0.into_boxed_slice()
    }
}

/// The content of an object at the top of DE 55; `None` if it is not there or the field is no list of objects.
pub fn find(field: &[u8], wanted: u32) -> Option<&[u8]> {
    objects(field).find(|(tag, _, _)| *tag == wanted).map(|(_, value, _)| value)
}

/// The objects at the top: tag, content, and the object whole. Ends where they cannot be read.
pub fn objects(field: &[u8]) -> impl Iterator<Item = (u32, &[u8], &[u8])> {
    let mut rest = field;
    core::iter::from_fn(move || {
        let first = *rest.first()?;
        let mut wide = 1;
        if first & 0x1F == 0x1F {
            wide += 1 + rest.get(1..4)?.iter().position(|byte| byte & 0x80 == 0)?;
        }
        let tag = rest.get(..wide)?.iter().fold(0, |tag, byte| tag << 8 | u32::from(*byte));
        let length = *rest.get(wide)?;
        let (from, len) = match length {
            0..=0x7F => (wide + 1, usize::from(length)),
            0x81 => (wide + 2, usize::from(*rest.get(wide + 1)?)),
            _ => return None,
        };
        let (whole, after) = rest.split_at_checked(from + len)?;
        rest = after;
        Some((tag, &whole[from..], whole))
    })
}

/// What the cryptogram of this DE 55 covers; `None` if an object of it is missing.
pub fn covered(field: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(48);
    for tag in COVERED {
        all.extend_from_slice(find(field, tag)?);
    }
    Some(all)
}

/// The counter of DE 55.
pub fn counter(field: &[u8]) -> Option<u16> {
    find(field, tag::ATC)?.try_into().ok().map(u16::from_be_bytes)
}

/// Digits packed two to a byte, with zeros on the left to `N` bytes.
pub fn packed<const N: usize>(mut number: u64) -> [u8; N] {
    let mut out = [0; N];
    for byte in out.iter_mut().rev() {
        let two = u8::try_from(number % 100).unwrap_or(0);
        *byte = ((two / 10) << 4) | (two % 10);
        number /= 100;
    }
    out
}

/// Bytes of an even number of hex digits.
///
/// # Errors
/// [`BadShape`] for anything else.
pub fn from_hex(text: &str) -> Result<Vec<u8>, BadShape> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2)).ok_or(BadShape("no hex digits"))?;
    Ok(digits.as_chunks::<2>().0.iter().map(|two| two[0] << 4 | two[1]).collect())
}

impl Message {
    /// Tag 9F36 of DE 55, which tells two presentations of one chip apart (rules 2).
    pub fn chip_counter(&self) -> Option<u16> {
        self.chip.as_deref().and_then(counter)
    }
}

impl EntryMode {
    /// Read from a chip, inserted (05) or held to the reader (07).
    pub const fn from_chip(self) -> bool {
        matches!(self.0 / 10, 5 | 7)
    }

    /// Held to the reader (07).
    pub const fn contactless(self) -> bool {
        self.0 / 10 == 7
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_and_nonsense_ends_them() {
        let mut fields = ChipFields::default();
        fields.put(tag::CRYPTOGRAM, &[7; 8]).put(tag::ATC, &[1, 2]).put(tag::TVR, &[0; 5]);
        let field = fields.into_field();
        assert_eq!(field[..3], [0x9F, 0x26, 8]);
        assert_eq!((counter(&field), find(&field, tag::TVR)), (Some(0x0102), Some(&[0; 5][..])));
        assert_eq!((find(&field, tag::AMOUNT), covered(&field)), (None, None));
        for len in 0..field.len() {
            assert!(objects(&field[..len]).count() < 3, "a cut field");
        }
        for noise in [&[0x9F; 9][..], &[0x9F, 0x36, 0x84, 1, 1, 1, 1, 1], &[0x95, 0x81], &[0x1F]] {
            assert_eq!(objects(noise).count(), 0);
        }
        assert_eq!(find(&[0x72, 0x81, 2, 5, 6], 0x72), Some(&[5, 6][..]));
    }

    #[test]
    fn numbers_are_packed() {
        assert_eq!(packed::<6>(8_800), [0, 0, 0, 0, 0x88, 0]);
        assert_eq!(packed::<3>(261_123), [0x26, 0x11, 0x23]);
        assert_eq!(from_hex("9F36"), Ok(alloc::vec![0x9F, 0x36]));
        assert!(from_hex("9F3").is_err() && from_hex("xx").is_err());
    }
}
