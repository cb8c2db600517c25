//! The key under which all parties can find one exchange the day after: acquirer, reference number, kind of entry.
//! Must never hold a card number: reference numbers are enough, and lists travel.

use core::fmt;
use slipway_terms::{InstitutionId, Rrn};

/// What kind of entry moves money between members.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Entry {
    /// Sale, also by mail or telephone.
    Sale,
    /// Completion of a pre-authorisation by request: undone when in doubt.
    Completion,
    /// Completion by advice: never undone, handed on until it is answered (rules 3).
    CompletionAdvice,
    /// Sale approved off line.
    Offline,
    /// Tip or correction at the till: the difference, with its own sign.
    Adjust,
    /// Void of a sale, same day.
    SaleVoid,
    /// Void of a completion, same day.
    CompletionVoid,
    /// Refund, whole or in part.
    Refund,
    /// Reversal of an exchange whose day is closed (rules 5).
    LateReversal,
    /// 贷记调整: the acquirer gives back what can no longer go on line.
    CreditAdjustment,
    /// 请款: the acquirer asks again for what it should have got.
    DebitAdjustment,
    /// 一次退单.
    Chargeback,
    /// 再请款.
    Representment,
    /// 二次退单.
    SecondChargeback,
    /// 仲裁判付持卡人.
    AwardBack,
    /// 仲裁判付商户.
    AwardPaid,
}

impl Entry {
    /// All kinds, with their letters in files.
    pub const ALL: [(Self, u8); 16] = [
        (Self::Sale, b'S'),
        (Self::Completion, b'C'),
        (Self::CompletionAdvice, b'A'),
        (Self::Offline, b'O'),
        (Self::Adjust, b'T'),
        (Self::SaleVoid, b'V'),
        (Self::CompletionVoid, b'W'),
        (Self::Refund, b'R'),
        (Self::LateReversal, b'L'),
        (Self::CreditAdjustment, b'K'),
        (Self::DebitAdjustment, b'D'),
        (Self::Chargeback, b'X'),
        (Self::Representment, b'P'),
        (Self::SecondChargeback, b'Y'),
        (Self::AwardBack, b'Z'),
        (Self::AwardPaid, b'Q'),
    ];

    /// Its letter in keys and files.
    pub const fn letter(self) -> u8 {
        Self::ALL[self as usize].1
    }

    /// The kind of a letter.
    pub fn of_letter(letter: u8) -> Option<Self> {
        Self::ALL.iter().find(|(_, of)| *of == letter).map(|(entry, _)| *entry)
    }

    /// The sign of its amount (rules 1): +1 the cardholder pays, −1 gets back, 0 either.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Sale | Self::Completion | Self::CompletionAdvice | Self::Offline | Self::DebitAdjustment => 1,
            Self::Representment | Self::AwardPaid => 1,
            Self::Adjust => 0,
            Self::SaleVoid | Self::CompletionVoid | Self::Refund | Self::LateReversal | Self::CreditAdjustment => -1,
            Self::Chargeback | Self::SecondChargeback | Self::AwardBack => -1,
        }
    }

    /// Whether it charges a card by itself, so that a void or a reversal of the same day can undo it.
    pub const fn is_first(self) -> bool {
        matches!(self, Self::Sale | Self::Completion | Self::CompletionAdvice | Self::Offline)
    }

    /// Whether it is a step of a dispute, which moves the principal alone: it has no fees and gives none back.
    pub const fn is_disputed(self) -> bool {
        matches!(
            self,
            Self::Chargeback | Self::Representment | Self::SecondChargeback | Self::AwardBack | Self::AwardPaid
        )
    }

    /// Whether a till prints a slip for it. Late reversals and adjustments begin at the acquirer, disputes between houses, and no
    /// till has them.
    pub const fn has_slip(self) -> bool {
        !matches!(self, Self::LateReversal | Self::CreditAdjustment | Self::DebitAdjustment) && !self.is_disputed()
    }

    /// Whether it is nothing without an earlier exchange that it names.
    pub const fn names_original(self) -> bool {
        !self.is_first()
    }
}

/// Acquirer, reference number and kind, in the byte order of sorted lists. Three words, so that comparing is cheap.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key([u64; 3]);

impl Key {
    /// Bytes of a key.
    pub const LEN: usize = 24;

    /// The key of an entry.
    pub fn new(acquirer: InstitutionId, rrn: Rrn, entry: Entry) -> Self {
        let mut bytes = [0; Self::LEN];
        bytes[..11].copy_from_slice(acquirer.padded());
        bytes[11..23].copy_from_slice(rrn.bytes());
        bytes[23] = entry.letter();
        Self::from_bytes(&bytes)
    }

    /// What kind of entry; none only for bytes that no [`Key::new`] made.
    pub fn entry(self) -> Option<Entry> {
        Entry::of_letter(self.0[2].to_be_bytes()[7])
    }

    /// The reference number of something that has none, by a name that all houses give it: its letter is that of no acquirer's
    /// own number.
    pub fn nameless(name: &[u8]) -> Option<Rrn> {
        let mut crc = crate::clearing::Crc::NEW;
        crc.add(name);
        Rrn::new(&alloc::format!("N{:011}", crc.value() % 100_000_000_000)).ok()
    }

    /// Whose exchange; none only for bytes that no [`Key::new`] made.
    pub fn acquirer(self) -> Option<InstitutionId> {
        let bytes = self.to_bytes();
        InstitutionId::new(core::str::from_utf8(bytes.get(..11)?).ok()?.trim_end_matches('\0')).ok()
    }

    /// Its reference number; none only for bytes that no [`Key::new`] made.
    pub fn rrn(self) -> Option<Rrn> {
        let bytes = self.to_bytes();
        Rrn::new(core::str::from_utf8(bytes.get(11..23)?).ok()?).ok()
    }

    /// The key without its kind: all entries of one acquirer under one reference number have it in common, the sale as well as
    /// the late reversal that takes it back. In the order of keys.
    pub fn family(self) -> [u8; 23] {
        let mut family = [0; 23];
        family.copy_from_slice(&self.to_bytes()[..23]);
        family
    }

    pub(crate) fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        let word = |at: usize| bytes[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self([word(0), word(8), word(16)])
    }

    /// The bytes; they sort as the key does.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        for (at, word) in self.0.iter().enumerate() {
            bytes[at * 8..at * 8 + 8].copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }
}

impl fmt::Display for Key {
    /// `00010000/612300000001/S`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.to_bytes();
        let text = |part: &[u8]| {
            part.iter().filter(|byte| **byte != 0).map(|byte| char::from(*byte)).collect::<alloc::string::String>()
        };
        write!(f, "{}/{}/{}", text(&bytes[..11]), text(&bytes[11..23]), text(&bytes[23..]))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn letters_and_entries_are_one_to_one() {
        for (entry, letter) in Entry::ALL {
            assert_eq!((entry.letter(), Entry::of_letter(letter)), (letter, Some(entry)));
        }
        assert_eq!(Entry::of_letter(b'E'), None);
    }

    #[test]
    fn bytes_sort_as_keys_do() {
        let key = |acquirer, rrn, entry| Key::new(InstitutionId::new(acquirer).unwrap(), Rrn::new(rrn).unwrap(), entry);
        let one = key("00010000", "612300000001", Entry::Sale);
        assert_eq!(one.to_string(), "00010000/612300000001/S");
        assert_eq!(Key::from_bytes(&one.to_bytes()), one);
        assert_eq!(one.entry(), Some(Entry::Sale));
        assert_eq!(one.acquirer().map(|of| of.to_string()).as_deref(), Some("00010000"));
        assert_eq!(one.rrn().map(|of| of.to_string()).as_deref(), Some("612300000001"));
        let late = key("00010000", "612300000001", Entry::LateReversal);
        assert!(late.family() == one.family() && late != one);
        for other in [
            key("00010001", "000000000000", Entry::Sale),
            key("00010000", "612300000002", Entry::Completion),
            key("00010000", "612300000001", Entry::SaleVoid),
        ] {
            assert!(one < other && one.to_bytes() < other.to_bytes());
        }
    }
}
