//! One row of a dialect: what stands in a field, how it becomes bytes, how long it is, what a dump may show.
//! Knows lengths, not contents.

use crate::fault::Name;

/// What characters a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Digits.
    N,
    /// Sign C or D, then digits (`x + n`). The sign counts as a unit; packed, it is a byte of its own.
    X,
    /// Track data: digits, separator, and any nibble when the track is enciphered.
    Z,
    /// Letters and digits.
    An,
    /// Letters, digits, special characters, Chinese.
    Ans,
    /// Bytes.
    B,
}

/// How the characters become bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Two digits a byte; an odd count has its pad nibble on the right.
    BcdLeft,
    /// Two digits a byte; an odd count has its pad nibble on the left.
    BcdRight,
    /// One byte a character.
    Ascii,
    /// ASCII, and two bytes for a Chinese character.
    Gbk,
    /// UTF-8.
    Utf8,
    /// As they are.
    Binary,
    /// Bytes written as hexadecimal text, two ASCII characters a byte.
    Hex,
    /// The same in EBCDIC characters.
    HexEbcdic,
    /// One byte a character, code page 37 (see `ebcdic`).
    Ebcdic,
}

/// How the digits of a length prefix are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// Packed, right aligned: 2 digits in 1 byte, 3 and 4 digits in 2 bytes.
    Bcd,
    /// One ASCII byte a digit.
    Ascii,
    /// One EBCDIC byte a digit.
    Ebcdic,
    /// A binary number, high byte first; `digits` is the number of its bytes.
    Binary,
}

/// What a length prefix counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Digits (nibbles; of bytes the hexadecimal digits).
    Digits,
    /// Bytes of content. Packed digits then come two a byte, an odd count with a last nibble F.
    Bytes,
}

/// Fixed, or with a prefix of so many digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// Always `max` units.
    Fixed,
    /// L to LLLLLL.
    Var {
        /// digits of the prefix (bytes, when it is binary)
        digits: u8,
        /// how they are written
        prefix: Prefix,
        /// what they count
        counts: Counts,
    },
}

/// How a short value fills a fixed field, and which nibble an odd packed one gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pad {
    /// Not at all: the length must be exact; an odd packed field gets a nibble 0.
    None,
    /// Zeros on the left.
    Zeros,
    /// Spaces on the right.
    Spaces,
    /// As `Zeros`, but an odd packed field gets a nibble F.
    NibbleF,
}

/// What a masked dump may show of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cover {
    /// Everything.
    Open,
    /// Free content: everything but runs of 13 and more digits, which could be a card number.
    Free,
    /// First 6 and last 4 digits.
    Pan,
    /// Only the masked card number in it.
    Track,
    /// Only its length.
    Secret,
    /// Tags and lengths.
    Chip,
    /// Depends on the usage: key blocks only by their layout, other uses as `Free`.
    ByUse,
}

/// One row of a dialect.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// 2..=192; 0 and 1 in the parts of a field.
    pub number: u8,
    /// Characters.
    pub kind: Kind,
    /// Bytes.
    pub encoding: Encoding,
    /// Length form.
    pub length: Length,
    /// Maximum (fixed: the) length: digits for BCD, else bytes of content.
    pub max: u16,
    /// Filling of a fixed field.
    pub pad: Pad,
    /// What a dump may show.
    pub cover: Cover,
    /// Its name.
    pub name: Name,
}

impl Field {
    /// Are two digits packed in a byte?
    #[must_use]
    pub const fn packed(&self) -> bool {
        matches!(self.encoding, Encoding::BcdLeft | Encoding::BcdRight)
    }

    /// Bytes on the wire of `count` units of content.
    #[must_use]
    #[inline]
    pub const fn bytes_of(&self, count: usize) -> usize {
        match (self.encoding, self.kind) {
            (Encoding::BcdLeft | Encoding::BcdRight, Kind::X) => 1 + count.saturating_sub(1).div_ceil(2),
            (Encoding::BcdLeft | Encoding::BcdRight, _) => count.div_ceil(2),
            (Encoding::Hex | Encoding::HexEbcdic, _) => count * 2,
            _ => count,
        }
    }

    /// Bytes of the length prefix.
    #[must_use]
    #[inline]
    pub const fn prefix_bytes(&self) -> usize {
        match self.length {
            Length::Fixed => 0,
            Length::Var { digits, prefix: Prefix::Bcd, .. } => (digits as usize).div_ceil(2),
            Length::Var { digits, .. } => digits as usize,
        }
    }

    /// Units of content for what the prefix says; `None` for half a byte.
    #[inline]
    pub(crate) const fn count_of(&self, says: usize) -> Option<usize> {
        let Length::Var { counts, .. } = self.length else { return Some(says) };
        match (counts, self.encoding) {
            (Counts::Digits, Encoding::Hex | Encoding::HexEbcdic | Encoding::Binary) => {
                if says % 2 == 1 {
                    None
                } else {
                    Some(says / 2)
                }
            }
            (Counts::Bytes, Encoding::BcdLeft | Encoding::BcdRight) => Some(says * 2),
            _ => Some(says),
        }
    }

    /// What the prefix says of `count` units of content.
    #[inline]
    pub(crate) const fn says_of(&self, count: usize) -> usize {
        let Length::Var { counts, .. } = self.length else { return count };
        match (counts, self.encoding) {
            (Counts::Digits, Encoding::Hex | Encoding::HexEbcdic | Encoding::Binary) => count * 2,
            (Counts::Bytes, Encoding::BcdLeft | Encoding::BcdRight) => count.div_ceil(2),
            _ => count,
        }
    }
}
