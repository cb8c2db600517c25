//! The door: answers the questions of the cores with the keys of a ring, be they in this process or inside a device.
//! Must never: panic on a question, answer with a key of another usage, or tell why a PIN or code was wrong.

use std::sync::Arc;

use slipway_node::{Ask, Installed, PinReference, Told, Vault};
use slipway_terms::{KeyName, KeyRef, KeyUse, Mac, MacKey, Pan, Pin, PinBlock, PinFormat, SealedPan, WrappedKey};

use crate::cipher::{CipherFault, Schedule};
use crate::door_more::pin_under;
use crate::laid::{Laid, Which};
use crate::mac::{mac, mac_holds};
use crate::opened::{GENERATION_KEYS_MAX, Opened, TOKEN_KEYS_MAX};
use crate::pin::{PinFault, encipher_pin, open_pin};
use crate::pin_check::{offset_of, pin_holds, pvv_of};
use crate::random::{NoRandom, Random};
use crate::ring::{Generations, KeyRing, NoKey};
use crate::secret::{ClearKey, usage_allows};
use crate::sign_on::{KeyBlock, KeyBlockFault, MakSlot, WorkingKeys};

/// Usages of a key that checks or makes message codes.
const MAC_USES: &[KeyUse] = &[KeyUse::Mak, KeyUse::Zak];
/// Usages of a key that PIN blocks are under.
pub(crate) const PIN_USES: &[KeyUse] = &[KeyUse::Pik, KeyUse::Zpk];
const TMK_USES: &[KeyUse] = &[KeyUse::Tmk];
pub(crate) const PVK_USES: &[KeyUse] = &[KeyUse::Pvk];

/// Keys of a ring behind the vault's door: soft keys, or keys inside a token. Can be sent to the thread of its party; asks need `&mut` because
/// opened working keys are remembered and nonces are drawn.
pub struct SoftVault {
    pub(crate) ring: KeyRing,
    pub(crate) random: Box<dyn Random + Send>,
    mak_slot: MakSlot,
    opened: Opened,
    pub(crate) laid: Laid,
}

impl SoftVault {
    /// A provider over opened keys. `random` is [`crate::SystemRandom`] in production, a seeded closure in a simulator.
    #[must_use]
    pub fn new(ring: KeyRing, random: Box<dyn Random + Send>) -> Self {
        let opened_max = if ring.is_inside() { TOKEN_KEYS_MAX } else { GENERATION_KEYS_MAX };
        Self { ring, random, mak_slot: MakSlot::default(), opened: Opened::new(opened_max), laid: Laid::default() }
    }

    /// Chooses what the MAK slot of a sign-on key block holds; terminal and acquirer must agree.
    #[must_use]
    pub const fn with_mak_slot(mut self, slot: MakSlot) -> Self {
        self.mak_slot = slot;
        self
    }

    /// The IBM 3624 offset an issuer stores for a new card.
    ///
    /// # Errors
    /// [`NoKey`] when the verification key is not here or is none.
    pub fn pin_offset(&self, pvk: &KeyName, pin: &Pin, pan: &Pan) -> Result<PinReference, NoKey> {
        let key = self.ring.cipher(pvk, PVK_USES)?;
        offset_of(pin, pan, key).map(PinReference::Offset).map_err(|_| NoKey::OtherUsage)
    }

    /// The Visa PVV an issuer stores for a new card.
    ///
    /// # Errors
    /// [`NoKey`] when the verification key is not here or is none, or the index is not 1 to 6.
    pub fn pin_pvv(&self, pvk: &KeyName, pin: &Pin, pan: &Pan, index: u8) -> Result<PinReference, NoKey> {
        let key = self.ring.cipher(pvk, PVK_USES)?;
        pvv_of(pin, pan, index, key).map(|value| PinReference::Pvv(value, index)).map_err(|_| NoKey::OtherUsage)
    }

    /// The stored form of an operator password, for [`Ask::PasswordRight`] under the same token key.
    ///
    /// # Errors
    /// [`NoKey`] when the token key is not here or is none.
    pub fn password_value(&self, key: &KeyName, password: &Pin) -> Result<[u8; 16], NoKey> {
        self.ring.tokens(key)?.password(password).map_err(|_| NoKey::Missing)
    }

    /// Wraps a working key that came by another way than sign-on (a test bench, a key custodian).
    ///
    /// # Errors
    /// [`KeyBlockFault::WrongCipher`] when the usage does not allow the algorithm, [`KeyBlockFault::NoRandom`].
    pub fn wrap(&mut self, usage: KeyUse, key: &ClearKey) -> Result<WrappedKey, KeyBlockFault> {
        if !usage_allows(usage, key.algorithm()) {
            return Err(KeyBlockFault::WrongCipher);
        }
        let blob = self.ring.working().wrap(&mut *self.random, usage, key)?;
        Ok(WrappedKey(blob.into_boxed_slice()))
    }

    /// The ready key behind a reference, if it may be used so.
    pub(crate) fn key(&mut self, key: &KeyRef, usages: &[KeyUse]) -> Result<Arc<Schedule>, NoKey> {
        let blob = match key {
            KeyRef::Named(name) => {
                return match self.laid.used(name) {
                    Which::Record(key) => self.key(&KeyRef::Wrapped(key), usages),
                    Which::Own => self.ring.cipher(name, usages).cloned(),
                };
            }
            KeyRef::Wrapped(WrappedKey(blob)) => blob,
            KeyRef::Dukpt(base, ksn, which) => return self.dukpt_key(base, ksn, *which, usages),
        };
        if let Some(key) = self.opened.get(blob, usages) {
            return Ok(key);
        }
        // The usage is bound into the cryptogram, so at most one of them opens it.
        for usage in usages {
            match self.ring.working().open(*usage, blob) {
                Ok(key) => {
                    let key = Arc::new(key);
                    self.opened.keep(blob.clone(), *usage, Arc::clone(&key));
                    return Ok(key);
                }
                Err(CipherFault::Unavailable) => return Err(NoKey::Unavailable),
                Err(CipherFault::WrongCipher) => {}
            }
        }
        Err(NoKey::Missing)
    }

    /// The generations the other side may have used; a key from a record is one generation, its party holds the others.
    pub(crate) fn accepted(&mut self, key: &KeyRef, usages: &[KeyUse]) -> Result<Generations, NoKey> {
        match key {
            KeyRef::Named(name) => self.accepted_named(name, usages),
            KeyRef::Wrapped(_) | KeyRef::Dukpt(..) => self.key(key, usages).map(|key| [Some(key), None, None]),
        }
    }

    /// The other side has shown that it uses this generation.
    pub(crate) fn seen(&mut self, key: &KeyRef, generation: &Arc<Schedule>) {
        if let KeyRef::Named(name) = key {
            self.ring.seen(name, generation);
        }
    }

    /// Opens a block under any generation that the other side may have used.
    fn open_pin(&mut self, zone: &KeyRef, block: &PinBlock, format: PinFormat, pan: &Pan) -> Result<Pin, Told> {
        let mut last = Told::NoKey;
        for key in self.accepted(zone, PIN_USES).map_err(told)?.into_iter().flatten() {
            match open_pin(&block.0, format, pan, &key) {
                Ok(pin) => {
                    self.seen(zone, &key);
                    return Ok(pin);
                }
                Err(fault) => last = pin_fault(fault),
            }
        }
        Err(last)
    }

    fn mac_good(&mut self, key: &MacKey, mac_data: &[u8], given: Option<Mac>) -> Result<Told, Told> {
        let generations = self.accepted(&key.key, MAC_USES).map_err(told)?;
        let Some(Mac(given)) = given else { return Ok(Told::No) };
        for ready in generations.into_iter().flatten() {
            if mac_holds(key.method, &ready, mac_data, &given).map_err(cipher_fault)? {
                self.seen(&key.key, &ready);
                return Ok(Told::Yes);
            }
        }
        Ok(Told::No)
    }

    fn pin_right(
        &mut self,
        (zone, block, format): (&KeyRef, &PinBlock, PinFormat),
        pan: &Pan,
        pvk: &KeyName,
        reference: &PinReference,
    ) -> Result<Told, Told> {
        let pvk = Arc::clone(self.ring.cipher(pvk, PVK_USES).map_err(told)?);
        let pin = self.open_pin(zone, block, format, pan)?;
        let pvk = &*pvk;
        pin_holds(&pin, pan, reference, pvk).map(yes_or_no).map_err(pin_fault)
    }

    fn pin_translate(
        &mut self,
        (from, to): (&KeyRef, &KeyRef),
        block: &PinBlock,
        format: PinFormat,
        pan: &Pan,
    ) -> Result<Told, Told> {
        let to = self.key(to, PIN_USES).map_err(told)?;
        let pin = self.open_pin(from, block, format, pan)?;
        pin_under(&pin, pan, &to)
    }

    fn make_session(&mut self, tmk: &KeyName, network_code: u16) -> Result<(WorkingKeys, Vec<u8>), Told> {
        let tmk = Arc::clone(self.ring.cipher(tmk, TMK_USES).map_err(told)?);
        let layout = KeyBlock::layout(network_code, tmk.algorithm()).ok_or(Told::NoKey)?;
        let keys =
            WorkingKeys::generate(tmk.algorithm(), layout, self.mak_slot, &mut *self.random).map_err(block_fault)?;
        let block = keys.build(&tmk, layout, self.mak_slot).map_err(block_fault)?;
        Ok((keys, block))
    }

    fn take_session(&mut self, tmk: &KeyName, network_code: u16, field: &[u8]) -> Result<WorkingKeys, Told> {
        let tmk = self.ring.cipher(tmk, TMK_USES).map_err(told)?;
        let layout = KeyBlock::layout(network_code, tmk.algorithm()).ok_or(Told::NoKey)?;
        WorkingKeys::parse(tmk, layout, self.mak_slot, field).map_err(block_fault)
    }

    fn make_session_keys(&mut self, tmk: &KeyName, network_code: u16) -> Result<Told, Told> {
        let (keys, block) = self.make_session(tmk, network_code)?;
        let KeySet { pik, mak, .. } = self.wrap_all(&keys)?;
        Ok(Told::SessionKeys { pik, mak, block: block.into() })
    }

    fn take_session_keys(&mut self, tmk: &KeyName, network_code: u16, field: &[u8]) -> Result<Told, Told> {
        let keys = self.take_session(tmk, network_code, field)?;
        let KeySet { pik, mak, .. } = self.wrap_all(&keys)?;
        Ok(Told::Keys { pik, mak })
    }

    fn wrap_all(&mut self, keys: &WorkingKeys) -> Result<KeySet, Told> {
        let pik = self.wrap(KeyUse::Pik, &keys.pin).map_err(block_fault)?;
        let mak = self.wrap(KeyUse::Mak, &keys.mac).map_err(block_fault)?;
        let tdk = keys.track.as_ref().map(|key| self.wrap(KeyUse::Tdk, key)).transpose().map_err(block_fault)?;
        Ok(KeySet { pik, mak, tdk })
    }

    fn told(&mut self, ask: &Ask, mac_data: &[u8], given: Option<Mac>) -> Result<Told, Told> {
        match ask {
            Ask::MacGood(key) => self.mac_good(key, mac_data, given),
            Ask::Open(sealed) => self.open_pan(sealed).map_or(Ok(Told::NoKey), |pan| Ok(Told::Opened(pan))),
            Ask::Token(key, pan) => {
                self.ring.tokens(key).map_err(told)?.token(pan).map(Told::Token).map_err(cipher_fault)
            }
            Ask::Seal(key, pan) => {
                let sealed = self.ring.seal(key).map_err(told)?.close(&mut *self.random, pan);
                sealed.map(Told::Sealed).map_err(no_random)
            }
            Ask::PinRight { zone, block, format, pan, pvk, reference } => {
                self.pin_right((zone, block, *format), pan, pvk, reference)
            }
            Ask::PinTranslate { from, to, block, format, pan } => self.pin_translate((from, to), block, *format, pan),
            Ask::PinEncipher(key, pin, pan) => {
                let key = self.key(key, PIN_USES).map_err(told)?;
                let block = encipher_pin(pin, PinFormat::WithPan, pan, &key).map_err(pin_fault)?;
                Ok(Told::Pin(PinBlock(block)))
            }
            Ask::PasswordRight(key, password, stored) => {
                let held = self.ring.tokens(key).map_err(told)?.password_holds(password, stored);
                held.map(yes_or_no).map_err(cipher_fault)
            }
            Ask::PasswordValue(key, password) => {
                self.ring.tokens(key).map_err(told)?.password(password).map(Told::PasswordValue).map_err(cipher_fault)
            }
            Ask::Stamp(key, entry) => {
                self.ring.tokens(key).map_err(told)?.stamp(entry).map(Told::Stamp).map_err(cipher_fault)
            }
            Ask::MakeSessionKeys(tmk, network_code) => self.make_session_keys(tmk, *network_code),
            Ask::TakeSessionKeys(tmk, network_code, field) => self.take_session_keys(tmk, *network_code, field),
            Ask::MakeSessionSet(tmk, network_code) => {
                let (keys, block) = self.make_session(tmk, *network_code)?;
                let (KeySet { pik, mak, tdk }, block) = (self.wrap_all(&keys)?, block.into());
                Ok(Told::SessionSet { pik, mak, tdk, block })
            }
            Ask::TakeSessionSet(tmk, network_code, field) => {
                let keys = self.take_session(tmk, *network_code, field)?;
                let KeySet { pik, mak, tdk } = self.wrap_all(&keys)?;
                Ok(Told::KeySet { pik, mak, tdk })
            }
            more => self.told_more(more),
        }
    }
}

/// Working keys of a terminal as cryptograms.
struct KeySet {
    pik: WrappedKey,
    mak: WrappedKey,
    tdk: Option<WrappedKey>,
}

impl Vault for SoftVault {
    fn answer(&mut self, ask: &Ask, mac_data: &[u8], mac: Option<Mac>) -> Told {
        // Both arms are answers; the error arm only spares each question its own early returns.
        self.told(ask, mac_data, mac).unwrap_or_else(|refusal| refusal)
    }

    fn mac(&mut self, key: &MacKey, mac_data: &[u8]) -> Option<Mac> {
        let ready = self.key(&key.key, MAC_USES).ok()?;
        mac(key.method, &ready, mac_data).ok().map(Mac)
    }

    fn install(&mut self, installed: &Installed) {
        self.laid.lay(installed);
    }

    fn open_pan(&mut self, sealed: &SealedPan) -> Option<Pan> {
        self.ring.seal_of(&sealed.0).ok()?.open(sealed).ok()
    }
}

pub(crate) const fn yes_or_no(yes: bool) -> Told {
    if yes { Told::Yes } else { Told::No }
}

/// One answer for a missing key and a key of another usage: the party asked wrongly either way.
pub(crate) const fn told(fault: NoKey) -> Told {
    match fault {
        NoKey::Missing | NoKey::OtherUsage => Told::NoKey,
        NoKey::Unavailable => Told::Unavailable,
    }
}

const fn no_random(_: NoRandom) -> Told {
    Told::Unavailable
}

/// Only a block that does not decipher is the customer's; the other two are ours and must not count as a PIN try.
pub(crate) const fn pin_fault(fault: PinFault) -> Told {
    match fault {
        PinFault::NotABlock => Told::PinUnreadable,
        PinFault::WrongCipher | PinFault::NotAReference => Told::NoKey,
        PinFault::Unavailable => Told::Unavailable,
    }
}

pub(crate) const fn cipher_fault(fault: CipherFault) -> Told {
    match fault {
        CipherFault::WrongCipher => Told::NoKey,
        CipherFault::Unavailable => Told::Unavailable,
    }
}

pub(crate) const fn block_fault(fault: KeyBlockFault) -> Told {
    match fault {
        KeyBlockFault::WrongLength { .. } | KeyBlockFault::CheckValue(_) => Told::No,
        KeyBlockFault::WrongCipher => Told::NoKey,
        KeyBlockFault::NoRandom | KeyBlockFault::Unavailable => Told::Unavailable,
    }
}
