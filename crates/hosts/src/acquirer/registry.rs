//! Who is registered: terminals with their batch and working keys, merchants, and the rows a new one begins with.

use super::AcquirerRow;
use super::under::Keys;
use alloc::{boxed::Box, vec, vec::Vec};
use serde::{Deserialize, Serialize};
use slipway_node::{Key, Record};
use slipway_terms::{
    BatchNo, Device, DeviceMark, KeyName, KeyRef, KeyUse, Keying, MacKey, MacMethod, Mcc, MerchantId, Moment, Rrn,
    Short, Shut, Stan, TerminalId, WrappedKey,
};

/// A registered till, its current batch and its working keys.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Terminal {
    /// DE 41.
    pub id: TerminalId,
    /// The shop it stands in; DE 42 of its messages must say the same (03).
    pub merchant: MerchantId,
    /// Name of its master key in the vault; one with DUKPT keys has none there.
    pub tmk: KeyName,
    /// Its key scheme.
    pub keying: Keying,
    /// The base key of a terminal with DUKPT keys.
    pub base: Option<KeyName>,
    /// Which of its initial keys is in force, the newest that has spoken; `None`: none has.
    pub injected: Option<u8>,
    /// In use; a closed one is answered 97.
    pub active: bool,
    /// The current batch. A counter of ours: it only rises, so a new or wiped device never meets an old key (rules 2).
    pub batch: BatchNo,
    /// The newest working keys.
    pub current: Option<Generation>,
    /// The last generation that the terminal has used, until it uses the current one (rules 4: lost sign-on answer).
    pub previous: Option<Generation>,
    /// The sign-on answer that carried `current`, until its first good MAC: the same sign-on again gets the same keys.
    pub handed: Option<HandedOut>,
    /// Begin of the minute in which sign-ons are counted.
    pub minute: Moment,
    /// Sign-ons in that minute.
    pub sign_ons: u8,
    /// What is asked of it.
    pub profile: Profile,
    /// The device in force: the one whose keys were used last. `None`: it says no mark, or none has spoken yet.
    pub device: Option<DeviceMark>,
    /// Another device has signed on and not yet used its keys: in force from their first good MAC on.
    pub newcomer: Option<Newcomer>,
    /// The batch that we closed by ourselves, until a till that signed on after it has proven that it knows.
    pub told: Option<(Shut, BatchNo)>,
}

/// What the registration of a terminal demands of it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub enum Profile {
    /// Slipway's own: totals and uploads carry a code, or nothing is closed.
    #[default]
    Slipway,
    /// `unionpay-compat`: of another make, whose settlement carries none in the trade.
    UnionpayCompat,
}

/// A device that has signed on as this terminal and not yet used its keys. A sign-on carries no code, so anybody can send one:
/// what another device brings with it is decided by who can use the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Newcomer {
    /// What it said of itself.
    pub device: Device,
    /// The batch it was given: the next one, or the current if no device has used a key before.
    pub batch: BatchNo,
}

/// One generation of working keys, as cryptograms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Generation {
    /// Counts up per terminal.
    pub no: u32,
    /// PIN key.
    pub pik: WrappedKey,
    /// MAC key.
    pub mak: WrappedKey,
    /// Track key, if tracks come enciphered.
    pub tdk: Option<WrappedKey>,
}

impl Generation {
    /// How messages of this generation are MACed.
    pub fn mac(&self) -> MacKey {
        MacKey { key: KeyRef::Wrapped(self.mak.clone()), method: MacMethod::EcbXor }
    }
}

/// A sign-on answer that may have been lost.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HandedOut {
    /// DE 11 of the sign-on.
    pub stan: Stan,
    /// 60.3 of the sign-on.
    pub code: u16,
    /// DE 37 of the answer.
    pub rrn: Rrn,
    /// DE 62 of the answer: cryptograms under the terminal's master key.
    pub block: Box<[u8]>,
}

/// The batch after this one.
pub(super) const fn next_batch(batch: BatchNo) -> BatchNo {
    BatchNo(batch.0 % 999_999 + 1)
}

impl Terminal {
    /// The current batch as whoever has these keys must see it: a newcomer that uses its keys is in force. One with DUKPT keys
    /// was in force with its sign-on.
    pub(super) fn batch_for(&self, by: Keys<'_>) -> BatchNo {
        let newest = self.current.as_ref().is_some_and(|g| by == Keys::Working(g));
        let came = self.newcomer.filter(|_| newest);
        came.map_or(self.batch, |came| self.batch_of(&came))
    }

    /// The batch that this newcomer works in: never one that the device before it has reached meanwhile.
    pub fn batch_of(&self, came: &Newcomer) -> BatchNo {
        if !self.used() || came.batch > self.batch { came.batch } else { next_batch(self.batch) }
    }

    /// Whether any device has ever used a key here.
    pub const fn used(&self) -> bool {
        self.injected.is_some() || self.current.is_some() && (self.handed.is_none() || self.previous.is_some())
    }

    /// The generation with this number, else the current one: the key an answer is MACed under.
    pub fn generation(&self, no: u32) -> Option<&Generation> {
        self.previous.as_ref().filter(|g| g.no == no).or(self.current.as_ref())
    }
}

/// A registered shop. DE 18, 42 and 43 of an outgoing message come from here only (rules 11).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Merchant {
    /// DE 42.
    pub id: MerchantId,
    /// DE 43.
    pub name_place: Short<40>,
    /// DE 18.
    pub mcc: Mcc,
    /// May key card numbers by hand (rules 10).
    pub keyed_cards: bool,
    /// Largest sale that its tills may approve themselves, minor units; 0: none. Beyond it the acquirer bears it (rules 3).
    pub offline_max_minor: u64,
    /// In use; a closed one is answered 03.
    pub active: bool,
}

/// The rows of a new merchant.
pub fn seed_merchant(merchant: Merchant) -> Vec<(Key, AcquirerRow)> {
    let id = merchant.id;
    vec![(<Merchant as Record<AcquirerRow>>::key(&id), merchant.wrap())]
}

/// The rows of a new terminal: master key `tmk/ID`, first batch as given, no working keys before its first sign-on.
pub fn seed_terminal(
    id: TerminalId,
    merchant: MerchantId,
    batch: BatchNo,
    profile: Profile,
) -> Vec<(Key, AcquirerRow)> {
    seed_keyed_terminal(id, merchant, batch, profile, Keying::default(), KeyName::of(KeyUse::Bdk, ""))
}

/// The same with a key scheme; `base` names the base key if that is DUKPT.
pub fn seed_keyed_terminal(
    id: TerminalId,
    merchant: MerchantId,
    batch: BatchNo,
    profile: Profile,
    keying: Keying,
    base: KeyName,
) -> Vec<(Key, AcquirerRow)> {
    let terminal = Terminal {
        id,
        merchant,
        tmk: KeyName::of(KeyUse::Tmk, id.as_str()),
        keying,
        base: keying.scheme.is_dukpt().then_some(base),
        injected: None,
        active: true,
        batch,
        current: None,
        previous: None,
        handed: None,
        minute: Moment(0),
        sign_ons: 0,
        profile,
        device: None,
        newcomer: None,
        told: None,
    };
    vec![(<Terminal as Record<AcquirerRow>>::key(&id), terminal.wrap())]
}
