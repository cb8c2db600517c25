//! AES-256-GCM around keys and card numbers at rest: random nonce in front, tag behind, meaning bound in.
//! Must never: open something under another meaning than it was closed under; reuse a nonce on purpose.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};
use slipway_terms::KeyUse;
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule};
use crate::random::{NoRandom, Random};
use crate::secret::{Algorithm, ClearKey, usage_allows, use_code};

/// Bytes that wrapping adds: nonce in front, tag behind.
pub(crate) const WRAP_BYTES: usize = 12 + 16;

/// An AES-256-GCM key: with its schedule here, or inside a device.
pub(crate) enum Wrapper {
    Here(Box<Aes256Gcm>),
    #[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "devices come with the feature pkcs11"))]
    Inside(Box<dyn GcmInside>),
}

/// AES-256-GCM under a key that stays inside a device; cipher text and tag together.
pub(crate) trait GcmInside: Send + Sync {
    fn close(&self, nonce: [u8; 12], meaning: &[u8], clear: &[u8]) -> Option<Vec<u8>>;
    fn open(&self, nonce: [u8; 12], meaning: &[u8], closed: &[u8]) -> Option<Vec<u8>>;
}

/// How working keys are kept in records and made ready again.
pub(crate) enum Working {
    Here(Wrapper),
    #[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "devices come with the feature pkcs11"))]
    Inside(Box<dyn WorkingInside>),
}

/// Working keys under keys of a device, one for each usage.
pub(crate) trait WorkingInside: Send + Sync {
    fn wrap(&self, usage: KeyUse, key: &ClearKey) -> Result<Vec<u8>, CipherFault>;
    /// [`CipherFault::WrongCipher`] when the cryptogram is none of that usage.
    fn open(&self, usage: KeyUse, blob: &[u8]) -> Result<Schedule, CipherFault>;
}

impl Working {
    /// Wraps a working key for a record.
    pub(crate) fn wrap(&self, random: &mut dyn Random, usage: KeyUse, key: &ClearKey) -> Result<Vec<u8>, CipherFault> {
        match self {
            Self::Here(wrapper) => wrap_working_key(wrapper, random, usage, key).map_err(|_| CipherFault::Unavailable),
            Self::Inside(device) => device.wrap(usage, key),
        }
    }

    /// Opens a working key, if it is one of that usage.
    pub(crate) fn open(&self, usage: KeyUse, blob: &[u8]) -> Result<Schedule, CipherFault> {
        match self {
            Self::Here(wrapper) => {
                let key = open_working_key(wrapper, usage, blob).map_err(|_| CipherFault::WrongCipher)?;
                Schedule::new(&key)
            }
            Self::Inside(device) => device.open(usage, blob),
        }
    }
}

/// It does not open: another key, another meaning, or damage. Which of them cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DoesNotOpen;

impl Wrapper {
    /// Makes the key ready; `None` unless it is an AES-256 key.
    pub(crate) fn new(key: &ClearKey) -> Option<Self> {
        match key.algorithm() {
            Algorithm::Aes256 => Aes256Gcm::new_from_slice(key.bytes()).ok().map(|key| Self::Here(Box::new(key))),
            _ => None,
        }
    }

    /// Appends nonce, cipher text and tag to `out`.
    pub(crate) fn close(
        &self,
        random: &mut dyn Random,
        meaning: &[u8],
        clear: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), NoRandom> {
        let mut nonce = [0; 12];
        random.fill(&mut nonce)?;
        let closed = match self {
            // Fails only for gigabytes of data, which do not exist here.
            Self::Here(key) => key.encrypt(&nonce.into(), Payload { msg: clear, aad: meaning }).ok(),
            Self::Inside(device) => device.close(nonce, meaning, clear),
        };
        let closed = closed.ok_or(NoRandom)?;
        out.reserve_exact(WRAP_BYTES + clear.len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&closed);
        Ok(())
    }

    /// Opens what [`Wrapper::close`] appended.
    pub(crate) fn open(&self, meaning: &[u8], closed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (nonce, body) = closed.split_first_chunk::<12>().ok_or(DoesNotOpen)?;
        let clear = match self {
            Self::Here(key) => key.decrypt(&(*nonce).into(), Payload { msg: body, aad: meaning }).ok(),
            Self::Inside(device) => device.open(*nonce, meaning, body),
        };
        clear.map(Zeroizing::new).ok_or(DoesNotOpen)
    }
}

/// A working key inside a record: `01`, usage, algorithm, then nonce, cipher text, tag. The first three bytes are bound
/// in, so a MAK taken for a PIK does not open.
const WORKING_KEY_VERSION: u8 = 1;

/// Wraps a working key for a record.
pub(crate) fn wrap_working_key(
    wrapper: &Wrapper,
    random: &mut dyn Random,
    usage: KeyUse,
    key: &ClearKey,
) -> Result<Vec<u8>, NoRandom> {
    let mut out = vec![WORKING_KEY_VERSION, use_code(usage), key.algorithm().code()];
    let meaning = working_key_meaning(usage, key.algorithm());
    wrapper.close(random, &meaning, key.bytes(), &mut out)?;
    Ok(out)
}

/// Opens a working key, if it is one of that usage.
pub(crate) fn open_working_key(wrapper: &Wrapper, usage: KeyUse, blob: &[u8]) -> Result<ClearKey, DoesNotOpen> {
    let (head, closed) = blob.split_first_chunk::<3>().ok_or(DoesNotOpen)?;
    let algorithm = Algorithm::from_code(head[2]).ok_or(DoesNotOpen)?;
    if head[0] != WORKING_KEY_VERSION || head[1] != use_code(usage) || !usage_allows(usage, algorithm) {
        return Err(DoesNotOpen);
    }
    let clear = wrapper.open(&working_key_meaning(usage, algorithm), closed)?;
    ClearKey::new(algorithm, &clear).map_err(|_| DoesNotOpen)
}

fn working_key_meaning(usage: KeyUse, algorithm: Algorithm) -> [u8; 22] {
    let mut meaning = *b"slipway working key???";
    meaning[19] = WORKING_KEY_VERSION;
    meaning[20] = use_code(usage);
    meaning[21] = algorithm.code();
    meaning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::use_from_code;

    #[test]
    fn a_working_key_opens_only_whole_and_as_what_it_is() {
        let mut random = |out: &mut [u8]| out.fill(0x5A);
        let wrapper = Wrapper::new(&ClearKey::new(Algorithm::Aes256, &[3; 32]).unwrap()).unwrap();
        let key = ClearKey::new(Algorithm::Des, &[9, 8, 7, 6, 5, 4, 3, 2]).unwrap();
        let blob = wrap_working_key(&wrapper, &mut random, KeyUse::Mak, &key).unwrap();
        assert_eq!(blob.len(), 3 + WRAP_BYTES + 8);
        assert!(open_working_key(&wrapper, KeyUse::Mak, &blob).is_ok_and(|it| it.bytes() == key.bytes()));
        for usage in (1..=12).filter_map(use_from_code).filter(|usage| *usage != KeyUse::Mak) {
            assert!(open_working_key(&wrapper, usage, &blob).is_err(), "{usage:?}");
            let mut renamed = blob.clone();
            renamed[1] = use_code(usage);
            assert!(open_working_key(&wrapper, usage, &renamed).is_err(), "{usage:?}");
        }
        for at in 0..blob.len() {
            let mut bad = blob.clone();
            bad[at] ^= 1;
            assert!(open_working_key(&wrapper, KeyUse::Mak, &bad).is_err(), "byte {at}");
            assert!(open_working_key(&wrapper, KeyUse::Mak, &blob[..at]).is_err(), "cut at {at}");
        }
    }
}
