//! The vault's door: the questions a core may ask, and the answers. A core never holds a key; an HSM implements the same trait.

use alloc::boxed::Box;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    CardToken, KeyName, KeyRef, Mac, MacKey, Pan, Pin, PinBlock, PinFormat, SealedPan, Short, WrappedKey,
};

/// How an issuer checks a PIN without knowing it: a stored verification value. Not secret without the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PinReference {
    /// IBM 3624 offset, 4 to 12 digits (decimalisation table 0123456789012345, validation data: 16 rightmost digits of the card number, zero filled on the left).
    Offset(Short<12>),
    /// PIN verification value, 4 digits, with the key index 1..=6.
    Pvv(Short<4>, u8),
}

/// A question to the vault, for the input at hand.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ask {
    /// Is the MAC on this input good under this key? → `Yes` / `No` (`No` also when there is none).
    MacGood(MacKey),
    /// The institution's token of a card number. → `Token`
    Token(KeyName, Pan),
    /// Seal a card number for rest. → `Sealed`
    Seal(KeyName, Pan),
    /// Open a sealed card number, for DE 2 of the message at hand. → `Opened`
    Open(SealedPan),
    /// Is the PIN right? → `Yes` / `No` / `PinUnreadable`
    PinRight {
        /// Key the block is under.
        zone: KeyRef,
        /// The block.
        block: PinBlock,
        /// Its format.
        format: PinFormat,
        /// The card.
        pan: Pan,
        /// The issuer's verification key.
        pvk: KeyName,
        /// The stored value.
        reference: PinReference,
    },
    /// The same PIN under another key. → `Pin` / `PinUnreadable`
    PinTranslate {
        /// Key the block is under.
        from: KeyRef,
        /// Key it shall be under; the format becomes with-card-number.
        to: KeyRef,
        /// The block.
        block: PinBlock,
        /// Its format.
        format: PinFormat,
        /// The card.
        pan: Pan,
    },
    /// Encipher a PIN from the keypad, format with card number. → `Pin`
    PinEncipher(KeyRef, Pin, Pan),
    /// Does this operator password fit the stored verification value? → `Yes` / `No`
    PasswordRight(KeyName, Pin, [u8; 16]),
    /// The stored verification value of a new operator password, for `PasswordRight`. → `PasswordValue`
    PasswordValue(KeyName, Pin),
    /// A stamp over an entry of a local journal: nobody without the key can write or change one. → `Stamp`
    Stamp(KeyName, Box<[u8]>),
    /// Make working keys for a terminal: 60.3 = 001, 003 or 004 decides the layout. → `SessionKeys`
    MakeSessionKeys(KeyName, u16),
    /// Take the working keys out of a sign-on answer's DE 62; check values are verified. → `Keys` / `No`
    TakeSessionKeys(KeyName, u16, Box<[u8]>),
}

/// The vault's answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The block does not decipher to a PIN (99).
    PinUnreadable,
    /// The token.
    Token(CardToken),
    /// The sealed card number.
    Sealed(SealedPan),
    /// The card number, in memory only.
    Opened(Pan),
    /// The PIN block.
    Pin(PinBlock),
    /// The verification value of a password.
    PasswordValue([u8; 16]),
    /// The stamp.
    Stamp([u8; 16]),
    /// Working keys as cryptograms for the record, and DE 62 of the sign-on answer.
    SessionKeys {
        /// PIN key.
        pik: WrappedKey,
        /// MAC key.
        mak: WrappedKey,
        /// DE 62.
        block: Box<[u8]>,
    },
    /// Working keys taken from DE 62, as cryptograms for the record.
    Keys {
        /// PIN key.
        pik: WrappedKey,
        /// MAC key.
        mak: WrappedKey,
    },
    /// The vault has no such key, or the key may not be used so.
    NoKey,
    /// The vault does not answer (time-out, closed).
    Unavailable,
}

/// A provider of keys: soft, or an HSM.
pub trait Vault {
    /// Answers one question. `mac_data` and `mac` are of the input at hand (empty and `None` for a timer or a hand).
    fn answer(&mut self, ask: &Ask, mac_data: &[u8], mac: Option<Mac>) -> Told;

    /// The MAC over an outgoing message; `None` if there is no such key.
    fn mac(&mut self, key: &MacKey, mac_data: &[u8]) -> Option<Mac>;

    /// Opens a sealed card number for the wire; `None` if its key is not here.
    fn open_pan(&mut self, sealed: &SealedPan) -> Option<Pan>;
}
