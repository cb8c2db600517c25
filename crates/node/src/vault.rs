//! The vault's door: the questions a core may ask, and the answers. A core never holds a key; an HSM implements the same trait.

use alloc::boxed::Box;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    AnyPin, CardToken, ClosedTrack, KeyName, KeyRef, KeyUse, Ksn, Mac, MacKey, Message, Pan, Pin, PinBlock, PinFormat,
    SealedPan, Short, Track2, WidePin, WrappedKey,
};

/// How an issuer checks a PIN without knowing it: a stored verification value. Not secret without the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum PinReference {
    /// IBM 3624 offset, 4 to 12 digits (decimalisation table 0123456789012345, validation data: 16 rightmost digits of the card number, zero filled on the left).
    Offset(Short<12>),
    /// PIN verification value, 4 digits, with the key index 1..=6.
    Pvv(Short<4>, u8),
}

/// What a zone key reset (0800, DE 70 = 101) covers with its code: DE 7, 11, 53, 70, 100, as text without length digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ResetFields {
    /// Message type, `0800`.
    pub mti: Short<4>,
    /// DE 7, `MMDDhhmmss`.
    pub sent: Short<10>,
    /// DE 11.
    pub stan: Short<6>,
    /// DE 53.
    pub security: Short<16>,
    /// DE 70.
    pub network: Short<3>,
    /// DE 100, without its length digits.
    pub receiver: Short<11>,
}

/// The new key of a zone key reset as it travels. Not secret without the zone master key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ResetKey {
    /// DE 48, `NK` and 16 bytes: a double-length key.
    pub f48: Option<Box<[u8]>>,
    /// DE 96: a single-length key, else zeros.
    pub f96: [u8; 8],
    /// DE 128: half of the code under the new key, half of its check value.
    pub f128: [u8; 8],
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
    /// The same PIN under another key. → `Pin` under DES, `WidePin` under SM4, `PinUnreadable`
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
    /// Random bits for the code of a slip's page. → `PageCode`
    PageCode,
    /// Make working keys for a terminal: 60.3 = 001, 003 or 004 decides the layout. → `SessionKeys`
    MakeSessionKeys(KeyName, u16),
    /// Take the working keys out of a sign-on answer's DE 62; check values are verified. → `Keys` / `No`
    TakeSessionKeys(KeyName, u16, Box<[u8]>),
    /// As `MakeSessionKeys`, and keeps the track key of 60.3 = 004 too. → `SessionSet`
    MakeSessionSet(KeyName, u16),
    /// As `TakeSessionKeys`, and takes the track key too. → `KeySet` / `No`
    TakeSessionSet(KeyName, u16, Box<[u8]>),
    /// Make a new zone key and its reset message under this zone master key. → `Reset`
    MakeReset {
        /// Zone master key.
        under: KeyName,
        /// Zone MAC or zone PIN key.
        usage: KeyUse,
        /// Double length (16 bytes) or single (8).
        double: bool,
        /// What the code covers.
        fields: ResetFields,
    },
    /// Take a new zone key out of a reset message: code and check value are verified. → `ResetTaken` / `No`
    TakeReset {
        /// Zone master key.
        under: KeyName,
        /// Zone MAC or zone PIN key.
        usage: KeyUse,
        /// What the code covers.
        fields: ResetFields,
        /// The key as it came.
        key: ResetKey,
    },
    /// The keys of one DUKPT transaction, from the base key (host) or the terminal's initial key. → `Derived`
    DeriveKeys(KeyName, Ksn),
    /// Encipher track 2 under a track key (DE 53 digit 3 = 1). → `TrackClosed`
    TrackEncipher(KeyRef, Track2),
    /// Open an enciphered track 2. → `TrackOpened` / `No`
    TrackDecipher(KeyRef, ClosedTrack),
    /// Encipher a PIN under SM4, with card number. → `WidePin`
    WidePinEncipher(KeyRef, Pin, Pan),
    /// The PIN of an SM4 block under another key. → `Pin` under DES, `WidePin` under SM4, `PinUnreadable`
    WidePinTranslate {
        /// SM4 key the block is under.
        from: KeyRef,
        /// Key it shall be under.
        to: KeyRef,
        /// The block.
        block: WidePin,
        /// The card.
        pan: Pan,
    },
    /// Is the PIN of an SM4 block right? → `Yes` / `No` / `PinUnreadable`
    WidePinRight {
        /// SM4 key the block is under.
        zone: KeyRef,
        /// The block.
        block: WidePin,
        /// The card.
        pan: Pan,
        /// The issuer's verification key.
        pvk: KeyName,
        /// The stored value.
        reference: PinReference,
    },
    /// Is the cryptogram of a chip good, and what is the answer to it (ARPC, with this response code)? → `Arpc` / `No`
    CryptogramGood {
        /// The issuer's master key.
        imk: KeyName,
        /// The card.
        pan: Pan,
        /// DE 23.
        sequence: u8,
        /// Tag 9F36.
        atc: u16,
        /// What it covers.
        covered: Box<[u8]>,
        /// Tag 9F26.
        cryptogram: [u8; 8],
        /// What would be answered.
        code: [u8; 2],
    },
}

impl Ask {
    /// The PIN block of a message, of either width, under another key; `None` if it has none, or one without a format.
    pub fn translate(from: KeyRef, to: KeyRef, message: &Message, pan: Pan) -> Option<Self> {
        match message.any_pin()? {
            AnyPin::Narrow(block) => Some(Self::PinTranslate { from, to, block, format: message.security?.pin?, pan }),
            AnyPin::Wide(block) => Some(Self::WidePinTranslate { from, to, block, pan }),
        }
    }

    /// Whether the PIN of a message, under a block of either width, is right.
    pub fn right(zone: KeyRef, message: &Message, pvk: KeyName, reference: PinReference) -> Option<Self> {
        let pan = message.card()?;
        match message.any_pin()? {
            AnyPin::Narrow(block) => {
                Some(Self::PinRight { zone, block, format: message.security?.pin?, pan, pvk, reference })
            }
            AnyPin::Wide(block) => Some(Self::WidePinRight { zone, block, pan, pvk, reference }),
        }
    }
}

impl Told {
    /// The PIN block it brings, of either width: the cipher of the key decides.
    pub const fn any_pin(&self) -> Option<AnyPin> {
        match self {
            Self::Pin(block) => Some(AnyPin::Narrow(*block)),
            Self::WidePin(block) => Some(AnyPin::Wide(*block)),
            _ => None,
        }
    }
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
    /// 120 random bits.
    PageCode([u8; 15]),
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
    /// Working keys with the track key, and DE 62 of the sign-on answer.
    SessionSet {
        /// PIN key.
        pik: WrappedKey,
        /// MAC key.
        mak: WrappedKey,
        /// Track key, only with 60.3 = 004.
        tdk: Option<WrappedKey>,
        /// DE 62.
        block: Box<[u8]>,
    },
    /// Working keys with the track key, taken from DE 62.
    KeySet {
        /// PIN key.
        pik: WrappedKey,
        /// MAC key.
        mak: WrappedKey,
        /// Track key, only with 60.3 = 004.
        tdk: Option<WrappedKey>,
    },
    /// A new zone key for the record, and how it travels.
    Reset {
        /// The key.
        key: WrappedKey,
        /// DE 48, 96 and 128.
        sent: ResetKey,
    },
    /// A new zone key for the record, taken from a reset.
    ResetTaken(WrappedKey),
    /// The keys of one DUKPT transaction.
    Derived {
        /// PIN key.
        pin: WrappedKey,
        /// Key of the request's code.
        mac: WrappedKey,
        /// Key of the answer's code.
        answer_mac: WrappedKey,
        /// Track data key.
        track: WrappedKey,
    },
    /// The enciphered track.
    TrackClosed(ClosedTrack),
    /// The track in clear.
    TrackOpened(Track2),
    /// The SM4 PIN block.
    WidePin(WidePin),
    /// The issuer's answer to a chip's cryptogram, which was good.
    Arpc([u8; 8]),
    /// The vault has no such key, or the key may not be used so.
    NoKey,
    /// The vault does not answer (time-out, closed).
    Unavailable,
}

/// What a new generation of a named key is for from now on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Install {
    /// The other side may use it already; we go on with the one before.
    Accept,
    /// Codes and PIN blocks are made under it; the one before is still accepted.
    Use,
}

/// A generation of a named key, out of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Installed {
    /// Under which name.
    pub name: KeyName,
    /// The key.
    pub key: WrappedKey,
    /// What it is for.
    pub how: Install,
}

/// A provider of keys: soft, or an HSM.
pub trait Vault {
    /// Answers one question. `mac_data` and `mac` are of the input at hand (empty and `None` for a timer or a hand).
    fn answer(&mut self, ask: &Ask, mac_data: &[u8], mac: Option<Mac>) -> Told;

    /// The MAC over an outgoing message; `None` if there is no such key.
    fn mac(&mut self, key: &MacKey, mac_data: &[u8]) -> Option<Mac>;

    /// Lays a generation from a record under a name. Newest and previous are then accepted, and the one marked
    /// [`Install::Use`] makes codes and blocks; older ones are forgotten, and the first moves the vault's own key aside.
    /// The same generation again only changes its mark. In memory only: the record is the truth, and is installed again at
    /// every opening.
    fn install(&mut self, installed: &Installed);

    /// Opens a sealed card number for the wire; `None` if its key is not here.
    fn open_pan(&mut self, sealed: &SealedPan) -> Option<Pan>;
}
