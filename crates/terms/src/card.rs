//! Card data. What is secret cannot be printed: masking is the type's doing, not the writer's care (rules 11).

use crate::BadShape;
use alloc::boxed::Box;
use core::fmt;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Card number. Shape: DE 2, 12 to 19 digits, Luhn is not demanded. Masked: prints as first 6 + last 4. Has no serde: a
/// record holds a [`SealedPan`] or a [`CardToken`] instead.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Pan {
    digits: [u8; 19],
    len: u8,
}

impl Pan {
    /// From ASCII digits, 12 to 19 of them; anything else is [`BadShape`] (which does not repeat them).
    pub fn new(digits: &str) -> Result<Self, BadShape> {
        let source = digits.as_bytes();
        if !(12..=19).contains(&source.len()) || !source.iter().all(u8::is_ascii_digit) {
            return Err(BadShape("card number is not 12 to 19 digits"));
        }
        let mut held = [0; 19];
        held[..source.len()].copy_from_slice(source);
        Ok(Self { digits: held, len: u8::try_from(source.len()).unwrap_or(19) })
    }

    /// The digits in clear, for the wire and the vault only.
    pub fn reveal(&self) -> &str {
        core::str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or("")
    }

    /// First 6, last 4 and the length: what people may see.
    pub fn tail(&self) -> CardTail {
        let shown = self.reveal();
        let number = |part: &str| part.parse().unwrap_or(0);
        CardTail {
            first6: number(&shown[..6]),
            last4: u16::try_from(number(&shown[shown.len() - 4..])).unwrap_or(0),
            len: self.len,
        }
    }

    /// Whether the check digit is right.
    pub fn luhn(&self) -> bool {
        let sum: u32 = self
            .reveal()
            .bytes()
            .rev()
            .enumerate()
            .map(|(i, d)| {
                let d = u32::from(d - b'0') << (i % 2);
                if d > 9 { d - 9 } else { d }
            })
            .sum();
        sum.is_multiple_of(10)
    }

    /// Whether this is one of the project's own test numbers (999001…, 999002…), the only ones that may be shown in clear.
    pub fn is_test(&self) -> bool {
        matches!(self.tail().first6, 999_001 | 999_002)
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.tail(), f)
    }
}

/// What may be shown of a card number: `999001******0014`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CardTail {
    /// First six digits (the BIN).
    pub first6: u32,
    /// Last four digits.
    pub last4: u16,
    /// Digits of the whole number.
    pub len: u8,
}

impl CardTail {
    /// As a slip shows it, `999001******0014`: first six, stars, last four, 13 to 19 characters.
    ///
    /// # Errors
    /// [`BadShape`]: anything else, a whole number too.
    pub fn shown(text: &str) -> Result<Self, BadShape> {
        let wrong = BadShape("a masked card reads first six, stars, last four");
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let (first6, rest) = text.split_at_checked(6).ok_or(wrong)?;
        let (stars, last4) = rest.split_at_checked(rest.len().saturating_sub(4)).ok_or(wrong)?;
        // 12 digits are the shortest number there is (ISO 7812).
        let fits = (12..=19).contains(&text.len()) && digits(first6) && digits(last4);
        if !fits || stars.is_empty() || stars.bytes().any(|b| b != b'*') {
            return Err(wrong);
        }
        let (first6, last4) = (first6.parse().map_err(|_| wrong)?, last4.parse().map_err(|_| wrong)?);
        Ok(Self { first6, last4, len: u8::try_from(text.len()).map_err(|_| wrong)? })
    }
}

impl fmt::Display for CardTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stars = usize::from(self.len).saturating_sub(10);
        write!(f, "{:06}{:*<stars$}{:04}", self.first6, "", self.last4)
    }
}

impl fmt::Debug for CardTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A card number's name inside one institution: HMAC under that institution's token key, 16 bytes. Two institutions
/// have different tokens for one card. Not secret, not reversible.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CardToken(pub [u8; 16]);

impl fmt::Debug for CardToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card-{:02x}{:02x}{:02x}{:02x}", self.0[0], self.0[1], self.0[2], self.0[3])
    }
}

/// A card number at rest: AES-GCM under the institution's seal key, made and opened only by the vault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SealedPan(pub Box<[u8]>);

impl fmt::Debug for SealedPan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sealed")
    }
}

/// Track 2 as read: number, `=`, expiry, service code, discretionary. Shape: DE 35, up to 37 characters, digits and one
/// separator, held with `=`. Has no serde and prints nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Track2 {
    text: [u8; 37],
    len: u8,
}

impl Track2 {
    /// From digits with `=` or `D` after the card number; [`BadShape`] otherwise.
    pub fn new(text: &str) -> Result<Self, BadShape> {
        let source = text.as_bytes();
        if source.len() > 37 || source.len() < 17 {
            return Err(BadShape("track 2 is not 17 to 37 characters"));
        }
        let mut held = [0; 37];
        for (to, from) in held.iter_mut().zip(source) {
            *to = match from {
                b'D' | b'd' => b'=',
                b'0'..=b'9' | b'=' => *from,
                _ => return Err(BadShape("track 2 has a character that is neither digit nor separator")),
            };
        }
        let track = Self { text: held, len: u8::try_from(source.len()).unwrap_or(37) };
        let (number, rest) = track.parts();
        if rest.len() < 4 || rest.contains('=') {
            return Err(BadShape("track 2 has no expiry after its one separator"));
        }
        if !(12..=19).contains(&number.len()) {
            return Err(BadShape("track 2 has no card number of 12 to 19 digits"));
        }
        Ok(track)
    }

    fn parts(&self) -> (&str, &str) {
        self.reveal().split_once('=').unwrap_or(("", ""))
    }

    /// The track in clear with `=`, for the wire only.
    pub fn reveal(&self) -> &str {
        core::str::from_utf8(&self.text[..usize::from(self.len)]).unwrap_or("")
    }

    /// The card number on the track.
    pub fn pan(&self) -> Result<Pan, BadShape> {
        Pan::new(self.parts().0)
    }

    /// The expiry on the track.
    pub fn expiry(&self) -> Result<Expiry, BadShape> {
        Expiry::new(self.parts().1.get(..4).unwrap_or(""))
    }

    /// First digit of the service code, if the track is long enough: 2 or 6 means a chip is on the card (rules 10).
    pub fn service_first(&self) -> Option<u8> {
        self.parts().1.as_bytes().get(4).map(|d| d.wrapping_sub(b'0'))
    }
}

impl fmt::Debug for Track2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("track2(hidden)")
    }
}

/// Expiry. Shape: DE 14, YYMM.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Expiry {
    /// Two digits of the year.
    pub year: u8,
    /// 1..=12.
    pub month: u8,
}

impl Expiry {
    /// From four digits YYMM.
    pub fn new(yymm: &str) -> Result<Self, BadShape> {
        let number: u16 = if yymm.len() == 4 {
            yymm.parse().map_err(|_| BadShape("expiry is not four digits"))?
        } else {
            return Err(BadShape("expiry is not four digits"));
        };
        let (year, month) = ((number / 100) as u8, (number % 100) as u8);
        if month == 0 || month > 12 { Err(BadShape("expiry has no such month")) } else { Ok(Self { year, month }) }
    }

    /// The number YYMM.
    pub const fn yymm(self) -> u16 {
        self.year as u16 * 100 + self.month as u16
    }
}

/// How the card was read and whether a PIN was entered. Shape: DE 22, 3 digits (021 = stripe with PIN, 012 = keyed without).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct EntryMode(pub u16);

impl EntryMode {
    /// Whether a PIN was entered (third digit 1).
    pub const fn with_pin(self) -> bool {
        self.0 % 10 == 1
    }

    /// The letter printed after the card number.
    pub const fn letter(self) -> EntryLetter {
        match self.0 / 10 {
            1 => EntryLetter::M,
            3 => EntryLetter::Q,
            5 | 95 => EntryLetter::I,
            7 | 91 | 98 => EntryLetter::C,
            0 | 92 | 96 => EntryLetter::N,
            _ => EntryLetter::S,
        }
    }
}

/// The slip's letter for the way of reading: Manual, Swipe, Insert, Contactless, No card, Q code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the letters are the words; the line above names them")]
pub enum EntryLetter {
    M,
    S,
    I,
    C,
    N,
    Q,
}

/// An enciphered PIN block. Shape: DE 52, 8 bytes. Has no serde and prints nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PinBlock(pub [u8; 8]);

impl fmt::Debug for PinBlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pin-block(hidden)")
    }
}

/// How the PIN block was formed. Shape: DE 53, first digit (rules 10).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PinFormat {
    /// 1: `L PIN F…` alone.
    WithoutPan,
    /// 2: XOR with the twelve rightmost digits of the card number, check digit left out.
    WithPan,
}

/// A PIN in clear, on its way from the keypad to the vault. 4 to 12 digits. Has no serde and prints nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Zeroize, ZeroizeOnDrop)]
pub struct Pin(Short12);

type Short12 = [u8; 13];

impl Pin {
    /// 4 to 12 digits; anything else is [`BadShape`].
    pub fn new(digits: &str) -> Result<Self, BadShape> {
        let source = digits.as_bytes();
        if !(4..=12).contains(&source.len()) || !source.iter().all(u8::is_ascii_digit) {
            return Err(BadShape("PIN is not 4 to 12 digits"));
        }
        let mut held = [0; 13];
        held[..source.len()].copy_from_slice(source);
        held[12] = u8::try_from(source.len()).unwrap_or(12);
        Ok(Self(held))
    }

    /// The digits in clear, for the vault only.
    pub fn reveal(&self) -> &str {
        core::str::from_utf8(&self.0[..usize::from(self.0[12])]).unwrap_or("")
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pin(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn secrets_do_not_print() {
        let pan = Pan::new("9990010000000014").unwrap();
        assert_eq!(format!("{pan:?}"), "999001******0014");
        let track = Track2::new("9990010000000014=30121010000").unwrap();
        assert_eq!(format!("{track:?}"), "track2(hidden)");
        assert_eq!(track.expiry().unwrap().yymm(), 3012);
        assert_eq!(track.service_first(), Some(1));
        assert_eq!(track.pan().unwrap(), pan);
        assert_eq!(format!("{:?} {:?}", Pin::new("1234").unwrap(), PinBlock([7; 8])), "pin(hidden) pin-block(hidden)");
    }

    #[test]
    fn bad_cards_are_refused() {
        for bad in ["", "12345678901", "99900100000000140000", "99900100000000x4"] {
            assert!(Pan::new(bad).is_err());
        }
        for bad in ["9990010000000014", "9990010000000014=3", "9990010000000014=30=21010000", "99=301210100000000"] {
            assert!(Track2::new(bad).is_err());
        }
        assert!(Expiry::new("3013").is_err() && Expiry::new("30").is_err());
    }
}
