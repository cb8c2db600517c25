//! Opened keys in memory: name to ready key, with the usage checked at every door.
//! Must never: give a key out for another usage than its own, or say more about a key than its name.

use std::collections::HashMap;
use std::sync::Arc;

use slipway_terms::{KeyName, KeyUse};

use crate::cipher::Schedule;
use crate::dukpt::Base;
use crate::secret::{ClearKey, usage_allows};
use crate::token::{Seal, SealId, Tokens};
use crate::wrap::{Working, Wrapper};

/// Why a key is not given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// No key of that name.
    Missing,
    /// There is one, but for another usage.
    OtherUsage,
    /// The device that holds the keys does not answer.
    Unavailable,
}

/// All static keys of one party, opened and ready, and the key over the working keys in its records. Built from a key
/// file, or by hand in tests and simulated worlds.
pub struct KeyRing {
    keys: HashMap<KeyName, Held>,
    /// Seal keys of all generations by the identity that stands in what they sealed.
    seals: HashMap<SealId, Arc<Seal>>,
    working: Working,
}

struct Held {
    usage: KeyUse,
    ready: Ready,
    next: Option<Arc<Schedule>>,
    former: Option<Arc<Schedule>>,
}

/// A key of a device, ready.
#[cfg(feature = "pkcs11")]
pub(crate) enum InsideKey {
    Cipher(Schedule),
    Tokens(Tokens),
    Seal(Seal),
}

/// The generations of a key that may be met, the one in use first.
pub(crate) type Generations = [Option<Arc<Schedule>>; 3];

/// Where a generation beside the one in use stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The other side may use it already; the first sign that it does makes it ours.
    Next,
    /// The other side may use it still, until somebody ends it.
    Former,
}

enum Ready {
    Cipher(Arc<Schedule>),
    Tokens(Box<Tokens>),
    Seal(Arc<Seal>),
    /// A DUKPT base or initial key: its halves and variants are needed, so it is kept as it is.
    Base(Box<ClearKey>),
}

/// The key's algorithm is not allowed for its usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoesNotFit;

impl KeyRing {
    /// A ring with only the key over working keys (AES-256). Records written under it open with no other.
    ///
    /// # Errors
    /// [`DoesNotFit`] unless it is an AES-256 key.
    pub fn new(working: &ClearKey) -> Result<Self, DoesNotFit> {
        let working = Working::Here(Wrapper::new(working).ok_or(DoesNotFit)?);
        Ok(Self { keys: HashMap::new(), seals: HashMap::new(), working })
    }

    /// Puts a key in, replacing one of the same name.
    ///
    /// # Errors
    /// [`DoesNotFit`] when the usage does not allow the key's algorithm.
    pub fn put(&mut self, name: KeyName, usage: KeyUse, key: &ClearKey) -> Result<(), DoesNotFit> {
        if !usage_allows(usage, key.algorithm()) {
            return Err(DoesNotFit);
        }
        let ready = match usage {
            KeyUse::Token => Ready::Tokens(Box::new(Tokens::new(key).ok_or(DoesNotFit)?)),
            KeyUse::Bdk | KeyUse::Ipek => Ready::Base(Box::new(key.again())),
            KeyUse::Seal => {
                let seal = Arc::new(Seal::new(key).ok_or(DoesNotFit)?);
                self.seals.insert(seal.id(), Arc::clone(&seal));
                Ready::Seal(seal)
            }
            _ => Ready::Cipher(Arc::new(Schedule::new(key).map_err(|_| DoesNotFit)?)),
        };
        self.keys.insert(name, Held { usage, ready, next: None, former: None });
        Ok(())
    }

    /// Puts another generation beside the key of that name. A seal key only opens what it once sealed.
    ///
    /// # Errors
    /// [`DoesNotFit`] without a key of that name, for a token key (a card would get a second token) and for DUKPT keys
    /// (the serial number names its own), or when the usage does not allow the algorithm.
    pub fn accept(&mut self, name: KeyName, standing: Standing, key: &ClearKey) -> Result<(), DoesNotFit> {
        let held = self.keys.get_mut(&name).ok_or(DoesNotFit)?;
        if !usage_allows(held.usage, key.algorithm()) {
            return Err(DoesNotFit);
        }
        match held.ready {
            Ready::Tokens(_) | Ready::Base(_) => return Err(DoesNotFit),
            Ready::Seal(_) => {
                let seal = Seal::new(key).ok_or(DoesNotFit)?;
                self.seals.insert(seal.id(), Arc::new(seal));
            }
            Ready::Cipher(_) => {
                let ready = Some(Arc::new(Schedule::new(key).map_err(|_| DoesNotFit)?));
                match standing {
                    Standing::Next => held.next = ready,
                    Standing::Former => held.former = ready,
                }
            }
        }
        Ok(())
    }

    /// The generations of a block-cipher key that the other side may have used, the one in use first.
    pub(crate) fn accepted(&self, name: &KeyName, usages: &[KeyUse]) -> Result<Generations, NoKey> {
        let now = Arc::clone(self.cipher(name, usages)?);
        let held = self.keys.get(name).ok_or(NoKey::Missing)?;
        Ok([Some(now), held.next.clone(), held.former.clone()])
    }

    /// The other side has used this generation: if it was the next one, we use it too from now on, and still accept the
    /// one before, which may be on its way.
    pub(crate) fn seen(&mut self, name: &KeyName, key: &Arc<Schedule>) {
        let Some(held) = self.keys.get_mut(name) else { return };
        if held.next.as_ref().is_some_and(|next| Arc::ptr_eq(next, key)) {
            held.next = None;
            let now = core::mem::replace(&mut held.ready, Ready::Cipher(Arc::clone(key)));
            if let Ready::Cipher(now) = now {
                held.former = Some(now);
            }
        }
    }

    /// A ring over keys that stay inside a device.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn inside(working: Working) -> Self {
        Self { keys: HashMap::new(), seals: HashMap::new(), working }
    }

    /// Puts a key of a device in; the usage was checked when it came into the device.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn put_inside(&mut self, name: KeyName, usage: KeyUse, key: InsideKey) {
        let ready = match key {
            InsideKey::Cipher(key) => Ready::Cipher(Arc::new(key)),
            InsideKey::Tokens(key) => Ready::Tokens(Box::new(key)),
            InsideKey::Seal(key) => Ready::Seal(self.opens(key)),
        };
        self.keys.insert(name, Held { usage, ready, next: None, former: None });
    }

    /// Puts another generation of a device's key beside the one in use.
    #[cfg(feature = "pkcs11")]
    pub(crate) fn accept_inside(&mut self, name: KeyName, standing: Standing, key: InsideKey) {
        match (key, self.keys.get_mut(&name), standing) {
            (InsideKey::Cipher(key), Some(held), Standing::Next) => held.next = Some(Arc::new(key)),
            (InsideKey::Cipher(key), Some(held), Standing::Former) => held.former = Some(Arc::new(key)),
            (InsideKey::Seal(key), _, _) => drop(self.opens(key)),
            (InsideKey::Cipher(_) | InsideKey::Tokens(_), _, _) => {}
        }
    }

    #[cfg(feature = "pkcs11")]
    fn opens(&mut self, seal: Seal) -> Arc<Seal> {
        let seal = Arc::new(seal);
        self.seals.insert(seal.id(), Arc::clone(&seal));
        seal
    }

    /// Whether working keys are opened inside a device.
    pub(crate) const fn is_inside(&self) -> bool {
        matches!(self.working, Working::Inside(_))
    }

    /// Number of named keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn held(&self, name: &KeyName, usages: &[KeyUse]) -> Result<&Ready, NoKey> {
        let held = self.keys.get(name).ok_or(NoKey::Missing)?;
        if usages.contains(&held.usage) { Ok(&held.ready) } else { Err(NoKey::OtherUsage) }
    }

    /// A block-cipher key of one of these usages.
    pub(crate) fn cipher(&self, name: &KeyName, usages: &[KeyUse]) -> Result<&Arc<Schedule>, NoKey> {
        match self.held(name, usages)? {
            Ready::Cipher(it) => Ok(it),
            Ready::Tokens(_) | Ready::Seal(_) | Ready::Base(_) => Err(NoKey::OtherUsage),
        }
    }

    /// A DUKPT key, and whether it is a terminal's initial key.
    pub(crate) fn base(&self, name: &KeyName) -> Result<(Base<'_>, bool), NoKey> {
        let held = self.keys.get(name).ok_or(NoKey::Missing)?;
        let base = match &held.ready {
            Ready::Base(key) => Base::Here(key),
            Ready::Cipher(key) if matches!(held.usage, KeyUse::Bdk | KeyUse::Ipek) => Base::Inside(key),
            Ready::Cipher(_) | Ready::Tokens(_) | Ready::Seal(_) => return Err(NoKey::OtherUsage),
        };
        Ok((base, held.usage == KeyUse::Ipek))
    }

    /// A token key.
    pub(crate) fn tokens(&self, name: &KeyName) -> Result<&Tokens, NoKey> {
        match self.held(name, &[KeyUse::Token])? {
            Ready::Tokens(it) => Ok(it),
            Ready::Cipher(_) | Ready::Seal(_) | Ready::Base(_) => Err(NoKey::OtherUsage),
        }
    }

    /// A seal key.
    pub(crate) fn seal(&self, name: &KeyName) -> Result<&Seal, NoKey> {
        match self.held(name, &[KeyUse::Seal])? {
            Ready::Seal(it) => Ok(it),
            Ready::Cipher(_) | Ready::Tokens(_) | Ready::Base(_) => Err(NoKey::OtherUsage),
        }
    }

    /// The seal key that made this.
    pub(crate) fn seal_of(&self, sealed: &[u8]) -> Result<&Seal, NoKey> {
        let id = SealId::of(sealed).ok_or(NoKey::Missing)?;
        self.seals.get(&id).map(|seal| &**seal).ok_or(NoKey::Missing)
    }

    /// The key over working keys.
    pub(crate) const fn working(&self) -> &Working {
        &self.working
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Algorithm, use_from_code};
    use slipway_terms::Short;

    fn ring() -> KeyRing {
        KeyRing::new(&ClearKey::new(Algorithm::Aes256, &[1; 32]).unwrap()).unwrap()
    }

    #[test]
    fn usage_is_enforced() {
        let mut ring = ring();
        let tdes = ClearKey::new(Algorithm::Tdes, &[5; 16]).unwrap();
        let name = KeyName::of(KeyUse::Zak, "1");
        ring.put(name, KeyUse::Zak, &tdes).unwrap();
        assert!(ring.cipher(&name, &[KeyUse::Mak, KeyUse::Zak]).is_ok());
        for usage in [KeyUse::Zpk, KeyUse::Mak, KeyUse::Pik, KeyUse::Tmk, KeyUse::Pvk] {
            assert_eq!(ring.cipher(&name, &[usage]).err(), Some(NoKey::OtherUsage));
        }
        assert_eq!(ring.cipher(&KeyName::of(KeyUse::Zak, "2"), &[KeyUse::Zak]).err(), Some(NoKey::Missing));
        assert_eq!(ring.tokens(&name).err(), Some(NoKey::OtherUsage));
        assert_eq!(ring.seal(&name).err(), Some(NoKey::OtherUsage));
    }

    #[test]
    fn a_usage_takes_only_its_algorithms() {
        for usage in (1..=12).filter_map(use_from_code) {
            for algorithm in (1..=6).filter_map(Algorithm::from_code) {
                let key = ClearKey::new(algorithm, &vec![5; algorithm.key_bytes()]).unwrap();
                let put = ring().put(KeyName(Short::EMPTY), usage, &key);
                assert_eq!(put.is_ok(), usage_allows(usage, algorithm), "{usage:?} {algorithm:?}");
            }
        }
    }
}
