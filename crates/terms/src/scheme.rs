//! Which keys a terminal works with: working keys from the sign-on (triple DES, SM4), or one key for every message (DUKPT).
//! What travels then instead of the plain fields: a key serial number, a wide PIN block, a closed track.

use crate::{InstitutionId, KeyName, KeyUse, PinBlock, PinFormat, Security, Short, TerminalId};
use core::fmt;
use serde::{Deserialize, Serialize};

/// The key scheme of a terminal, as registered at the acquirer and set up in the terminal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
pub enum KeyScheme {
    /// Double-length triple DES working keys, delivered at sign-on.
    #[default]
    Tdes,
    /// SM4 working keys, delivered at sign-on.
    Sm4,
    /// One key for every message, X9.24 part 1.
    DukptTdes,
    /// The same, X9.24 part 3.
    DukptAes,
}

impl KeyScheme {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Tdes, Self::Sm4, Self::DukptTdes, Self::DukptAes];

    /// Its word in configurations: `tdes`, `sm4`, `dukpt-tdes`, `dukpt-aes`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tdes => "tdes",
            Self::Sm4 => "sm4",
            Self::DukptTdes => "dukpt-tdes",
            Self::DukptAes => "dukpt-aes",
        }
    }

    /// The scheme with this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.word() == word)
    }

    /// Name of the base key of an acquirer's terminals with this scheme: `bdk/ACQUIRER.tdes`, `bdk/ACQUIRER.aes`.
    pub fn base_key(self, acquirer: &InstitutionId) -> KeyName {
        let cipher = if matches!(self, Self::DukptAes) { "aes" } else { "tdes" };
        KeyName::of(KeyUse::Bdk, &alloc::format!("{}.{cipher}", acquirer.as_str()))
    }

    /// One key for every message.
    pub const fn is_dukpt(self) -> bool {
        matches!(self, Self::DukptTdes | Self::DukptAes)
    }
}

/// How a terminal is keyed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Keying {
    /// The scheme.
    pub scheme: KeyScheme,
    /// Track 2 travels enciphered; with DUKPT it always does.
    pub track: bool,
}

impl Keying {
    /// Of this scheme, tracks as the scheme demands.
    pub const fn of(scheme: KeyScheme) -> Self {
        Self { scheme, track: false }
    }

    /// Whether track 2 travels enciphered.
    pub const fn closes_tracks(self) -> bool {
        self.track || self.scheme.is_dukpt()
    }

    /// 60.3 of its sign-on: 003 and 004 (with track key) for triple DES, 005 and 006 for SM4, 007 (no keys) for DUKPT.
    pub const fn sign_on_code(self) -> u16 {
        match (self.scheme, self.track) {
            (KeyScheme::Tdes, false) => 3,
            (KeyScheme::Tdes, true) => 4,
            (KeyScheme::Sm4, false) => 5,
            (KeyScheme::Sm4, true) => 6,
            (KeyScheme::DukptTdes | KeyScheme::DukptAes, _) => 7,
        }
    }

    /// DE 53 digit 2: 6 double length, 3 SM4.
    pub const fn algorithm(self) -> u8 {
        if matches!(self.scheme, KeyScheme::Sm4) { 3 } else { 6 }
    }
}

/// Key serial number of a DUKPT message: which terminal, which of its initial keys, and a counter. Shape: 10 bytes (triple DES)
/// or 12 (AES). Who makes it: the terminal, one more for every message that carries a code. Not secret.
///
/// A device that is replaced or wiped would count from 1 again, so it gets an initial key of its own: the injection is part of
/// the number, and rises.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Ksn {
    /// X9.24 part 1, triple DES: the last 21 bits count.
    Tdes([u8; 10]),
    /// X9.24 part 3, AES: the last 32 bits count.
    Aes([u8; 12]),
}

/// Counters of part 1: 21 bits.
const TDES_COUNTER: u32 = 0x1F_FFFF;
/// From these counters on a terminal sells no more: what is left is for reversals and advices.
const LAST_SALE: (u32, u32) = (0x1F_E000, 0xFFFC_0000);
/// The last injection of one terminal number under part 1: three bits beside the counter. Part 3 has a byte.
const LAST_INJECTION: u8 = 7;
/// What our serial numbers begin with: key set 999001.
const KEY_SET: [u8; 3] = [0x99, 0x90, 0x01];

impl Ksn {
    /// The serial number of a device that has sent nothing yet: key set, the eight digits of the terminal, which of its initial
    /// keys (from 0), counter 0. `None` for a scheme without, for a terminal number that is not all digits (two might then share
    /// one), and for an injection beyond 7 (triple DES).
    pub fn first(scheme: KeyScheme, terminal: TerminalId, injection: u8) -> Option<Self> {
        let mut packed = [0; 4];
        let text = terminal.as_str().as_bytes();
        if text.len() != 8 || !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        for (byte, two) in packed.iter_mut().zip(text.as_chunks::<2>().0) {
            *byte = (two[0] - b'0') << 4 | (two[1] - b'0');
        }
        match scheme {
            KeyScheme::Tdes | KeyScheme::Sm4 => None,
            KeyScheme::DukptTdes => {
                let mut ksn = [0; 10];
                ksn[..3].copy_from_slice(&KEY_SET);
                ksn[3..7].copy_from_slice(&packed);
                ksn[7] = (injection <= LAST_INJECTION).then_some(injection << 5)?;
                Some(Self::Tdes(ksn))
            }
            KeyScheme::DukptAes => {
                let mut ksn = [0; 12];
                ksn[..3].copy_from_slice(&KEY_SET);
                ksn[3] = injection;
                ksn[4..8].copy_from_slice(&packed);
                Some(Self::Aes(ksn))
            }
        }
    }

    /// From the bytes of the wire: 10 or 12 of them.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.len() {
            10 => bytes.try_into().ok().map(Self::Tdes),
            12 => bytes.try_into().ok().map(Self::Aes),
            _ => None,
        }
    }

    /// As it travels.
    pub const fn bytes(&self) -> &[u8] {
        match self {
            Self::Tdes(bytes) => bytes,
            Self::Aes(bytes) => bytes,
        }
    }

    /// How many messages have had a number.
    pub const fn counter(&self) -> u32 {
        match self {
            Self::Tdes([.., a, b, c]) => u32::from_be_bytes([0, *a, *b, *c]) & TDES_COUNTER,
            Self::Aes([.., a, b, c, d]) => u32::from_be_bytes([*a, *b, *c, *d]),
        }
    }

    /// Which of the terminal's initial keys.
    pub const fn injection(&self) -> u8 {
        match self {
            Self::Tdes(bytes) => bytes[7] >> 5,
            Self::Aes(bytes) => bytes[3],
        }
    }

    /// Most bits that a used counter may have set, and the largest counter.
    const fn bounds(&self) -> (u32, u32) {
        match self {
            Self::Tdes(_) => (10, TDES_COUNTER),
            Self::Aes(_) => (16, u32::MAX),
        }
    }

    /// Whether a terminal may use this counter.
    pub const fn is_used(&self) -> bool {
        self.counter() != 0 && self.counter().count_ones() <= self.bounds().0
    }

    /// The same serial number with another counter.
    fn at(&self, counter: u32) -> Self {
        let [_, a, b, c] = counter.to_be_bytes();
        match *self {
            Self::Tdes(mut bytes) => {
                bytes[7] = bytes[7] & 0xE0 | a & 0x1F;
                (bytes[8], bytes[9]) = (b, c);
                Self::Tdes(bytes)
            }
            Self::Aes(mut bytes) => {
                bytes[8..].copy_from_slice(&counter.to_be_bytes());
                Self::Aes(bytes)
            }
        }
    }

    /// The next number; the standard skips counters with many bits set. `None`: all are used up, and the terminal needs a new
    /// initial key.
    pub fn next(&self) -> Option<Self> {
        let (bits_max, counter_max) = self.bounds();
        let mut counter = self.counter().checked_add(1)?;
        while counter.count_ones() > bits_max {
            counter = counter.checked_add(counter & counter.wrapping_neg())?;
        }
        (counter <= counter_max).then(|| self.at(counter))
    }

    /// Whether sales may still be begun: the last numbers are kept for what must be sent after them.
    pub const fn may_sell(&self) -> bool {
        match self {
            Self::Tdes(_) => self.counter() < LAST_SALE.0,
            Self::Aes(_) => self.counter() < LAST_SALE.1,
        }
    }

    /// Whether both are under one initial key.
    pub fn same_key(&self, other: &Self) -> bool {
        self.at(0) == other.at(0)
    }
}

/// Which of the keys of one DUKPT message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum DukptKey {
    /// For its PIN block.
    Pin,
    /// For its code.
    Request,
    /// For the code of its answer.
    Answer,
    /// For its track.
    Track,
}

/// An enciphered PIN of 16 bytes (SM4). Not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WidePin(pub [u8; 16]);

impl fmt::Debug for WidePin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pin-block(hidden)")
    }
}

/// A PIN block of either width. Between members it is always with card number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnyPin {
    /// Eight bytes, under DES.
    Narrow(PinBlock),
    /// Sixteen bytes, under SM4.
    Wide(WidePin),
}

impl AnyPin {
    /// DE 53 of a message with this block, its track in clear.
    pub const fn security(self) -> Security {
        let algorithm = match self {
            Self::Narrow(_) => 6,
            Self::Wide(_) => 3,
        };
        Security { pin: Some(PinFormat::WithPan), algorithm, track: false }
    }
}

/// DE 35 with digits enciphered, as hex digits with `D`. Its front is a card number in clear: never printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClosedTrack(pub Short<37>);

impl fmt::Debug for ClosedTrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed-track")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ksn(scheme: KeyScheme) -> Ksn {
        Ksn::first(scheme, TerminalId::new("10000001").unwrap(), 0).unwrap()
    }

    #[test]
    fn each_number_is_used_once_until_the_end() {
        // The whole life of a triple DES terminal: about a million messages, none with more than ten bits set.
        let mut at = ksn(KeyScheme::DukptTdes);
        assert!(!at.is_used() && at.may_sell());
        let (mut used, mut sold) = (0u32, 0u32);
        while let Some(next) = at.next() {
            assert!(next.counter() > at.counter() && next.is_used() && next.same_key(&at));
            used += 1;
            sold += u32::from(next.may_sell());
            at = next;
        }
        // The sum of the ways to set one to ten of twenty-one bits.
        assert_eq!(used, 1_048_575);
        assert_eq!(used - sold, 92, "kept for what must still be sent");
    }

    #[test]
    fn the_aes_counter_skips_and_ends() {
        let near = Ksn::Aes([0x99, 0x90, 1, 0, 0x10, 0, 0, 1, 0x00, 0x00, 0xFF, 0xFF]);
        assert_eq!(near.next().unwrap().counter(), 0x1_0000);
        let full = near.at(0x0001_FFFE);
        assert_eq!((full.counter().count_ones(), full.next().unwrap().counter()), (16, 0x0002_0000));
        let last = near.at(0xFFFF_0000);
        assert_eq!((last.is_used(), last.may_sell(), last.next()), (true, false, None));
        assert!(!near.same_key(&ksn(KeyScheme::DukptTdes)));
    }

    #[test]
    fn serial_numbers_name_terminals() {
        assert_eq!(ksn(KeyScheme::DukptTdes).bytes(), [0x99, 0x90, 1, 0x10, 0, 0, 1, 0, 0, 0]);
        assert_eq!(ksn(KeyScheme::DukptAes).bytes(), [0x99, 0x90, 1, 0, 0x10, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(Ksn::first(KeyScheme::DukptTdes, TerminalId::new("1000000A").unwrap(), 0), None);
        assert_eq!(Ksn::first(KeyScheme::Sm4, TerminalId::new("10000001").unwrap(), 0), None);
        for (scheme, last) in [(KeyScheme::DukptTdes, 7), (KeyScheme::DukptAes, 255)] {
            let of = |injection| Ksn::first(scheme, TerminalId::new("10000001").unwrap(), injection);
            for injection in 0..=last {
                let first = of(injection).unwrap();
                let next = first.next().unwrap();
                assert_eq!((first.injection(), next.injection(), next.counter()), (injection, injection, 1));
                assert!(next.same_key(&first) && (injection == 0 || !next.same_key(&of(0).unwrap())));
            }
        }
        assert_eq!(Ksn::first(KeyScheme::DukptTdes, TerminalId::new("10000001").unwrap(), 8), None);
        for scheme in KeyScheme::ALL {
            assert_eq!(KeyScheme::of_word(scheme.word()), Some(scheme));
        }
    }
}
