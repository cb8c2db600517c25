//! Clear key material: which cipher a key belongs to, what it may be used for, the bytes themselves.
//! Must never: print, compare, serialise or clone the bytes outside this crate; they are wiped when dropped.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use slipway_terms::{Kcv, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::Schedule;
use crate::random::{NoRandom, Random};

/// Longest key of any algorithm here, in bytes.
pub(crate) const KEY_BYTES_MAX: usize = 32;

/// The cipher a key is made for; fixes its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// Single DES, 8 bytes. Only for the single-length MAK of older terminals and hosts.
    Des,
    /// Triple DES with a double-length key, 16 bytes.
    Tdes,
    /// SM4 (GB/T 32907), 16 bytes.
    Sm4,
    /// AES-256, 32 bytes: in GCM over card data at rest and working keys in records; DUKPT and key blocks.
    Aes256,
    /// HMAC-SHA256, 32 bytes: card tokens.
    Hmac,
    /// AES-128, 16 bytes: DUKPT and key blocks.
    Aes128,
}

impl Algorithm {
    /// Length of the key in bytes.
    #[must_use]
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::Des => 8,
            Self::Tdes | Self::Sm4 | Self::Aes128 => 16,
            Self::Aes256 | Self::Hmac => 32,
        }
    }

    /// The number that stands for it in files and in the bound data of a wrapped key. Never renumber.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Des => 1,
            Self::Tdes => 2,
            Self::Sm4 => 3,
            Self::Aes256 => 4,
            Self::Hmac => 5,
            Self::Aes128 => 6,
        }
    }

    /// Back from [`Algorithm::code`]; `None` for a number of a later version.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            1 => Self::Des,
            2 => Self::Tdes,
            3 => Self::Sm4,
            4 => Self::Aes256,
            5 => Self::Hmac,
            6 => Self::Aes128,
            _ => return None,
        })
    }
}

/// The number that stands for a usage in files and in the bound data of a wrapped key. Never renumber.
pub(crate) const fn use_code(usage: KeyUse) -> u8 {
    match usage {
        KeyUse::Tmk => 1,
        KeyUse::Pik => 2,
        KeyUse::Mak => 3,
        KeyUse::Zpk => 4,
        KeyUse::Zak => 5,
        KeyUse::Pvk => 6,
        KeyUse::Token => 7,
        KeyUse::Seal => 8,
        KeyUse::Zmk => 9,
        KeyUse::Tdk => 10,
        KeyUse::Bdk => 11,
        KeyUse::Ipek => 12,
        KeyUse::Imk => 13,
    }
}

/// Back from [`use_code`]; `None` for a number of a later version.
pub(crate) const fn use_from_code(code: u8) -> Option<KeyUse> {
    Some(match code {
        1 => KeyUse::Tmk,
        2 => KeyUse::Pik,
        3 => KeyUse::Mak,
        4 => KeyUse::Zpk,
        5 => KeyUse::Zak,
        6 => KeyUse::Pvk,
        7 => KeyUse::Token,
        8 => KeyUse::Seal,
        9 => KeyUse::Zmk,
        10 => KeyUse::Tdk,
        11 => KeyUse::Bdk,
        12 => KeyUse::Ipek,
        13 => KeyUse::Imk,
        _ => return None,
    })
}

/// Whether a key of this usage may be of that algorithm. A single DES PIN key exists only in the old sign-on block of
/// one terminal; between hosts and at the issuer it is refused: 56 bits are no secret.
#[must_use]
pub const fn usage_allows(usage: KeyUse, algorithm: Algorithm) -> bool {
    match usage {
        KeyUse::Mak | KeyUse::Zak | KeyUse::Pik => {
            matches!(algorithm, Algorithm::Des | Algorithm::Tdes | Algorithm::Sm4)
        }
        KeyUse::Tmk | KeyUse::Zpk | KeyUse::Tdk => matches!(algorithm, Algorithm::Tdes | Algorithm::Sm4),
        KeyUse::Zmk => {
            matches!(algorithm, Algorithm::Tdes | Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256)
        }
        KeyUse::Bdk | KeyUse::Ipek => matches!(algorithm, Algorithm::Tdes | Algorithm::Aes128 | Algorithm::Aes256),
        KeyUse::Pvk | KeyUse::Imk => matches!(algorithm, Algorithm::Tdes),
        KeyUse::Token => matches!(algorithm, Algorithm::Hmac),
        KeyUse::Seal => matches!(algorithm, Algorithm::Aes256),
    }
}

/// Sets the parity bit of every byte of a DES key.
pub(crate) fn odd_parity(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = (*byte & 0xFE) | u8::from((*byte & 0xFE).count_ones() % 2 == 0);
    }
}

/// Key bytes of the wrong length for the algorithm. Says only lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongKeyLength {
    /// Bytes that were given.
    pub got: usize,
    /// Bytes that the algorithm needs.
    pub need: usize,
}

impl core::fmt::Display for WrongKeyLength {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "the key has {} bytes, its algorithm needs {}", self.got, self.need)
    }
}

impl core::error::Error for WrongKeyLength {}

/// A key in the clear. Has no `Debug`, `Display`, `Clone`, `PartialEq` or serialisation, and is wiped when dropped.
///
/// ```compile_fail
/// # use slipway_vault::{Algorithm, ClearKey};
/// let key = ClearKey::new(Algorithm::Des, &[7; 8]).unwrap();
/// println!("{key:?}"); // does not build: a key cannot be printed
/// ```
pub struct ClearKey {
    algorithm: Algorithm,
    bytes: Zeroizing<[u8; KEY_BYTES_MAX]>,
}

impl ClearKey {
    /// Takes key bytes (raw, as the algorithm wants them; DES parity bits are not looked at).
    ///
    /// # Errors
    /// [`WrongKeyLength`] when the length does not fit the algorithm.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, WrongKeyLength> {
        let need = algorithm.key_bytes();
        if bytes.len() != need {
            return Err(WrongKeyLength { got: bytes.len(), need });
        }
        let mut kept = Zeroizing::new([0; KEY_BYTES_MAX]);
        kept[..need].copy_from_slice(bytes);
        Ok(Self { algorithm, bytes: kept })
    }

    /// Makes a fresh key; DES keys get odd parity, are not weak, and a double-length one has two different halves.
    ///
    /// # Errors
    /// [`NoRandom`] when the source fails, or gives only weak keys eight times in a row (a broken source).
    pub fn generate(algorithm: Algorithm, random: &mut dyn Random) -> Result<Self, NoRandom> {
        let need = algorithm.key_bytes();
        let mut kept = Zeroizing::new([0; KEY_BYTES_MAX]);
        for _ in 0..8 {
            random.fill(&mut kept[..need])?;
            match algorithm {
                Algorithm::Des | Algorithm::Tdes => {
                    odd_parity(&mut kept[..need]);
                    if des::weak_key_test(&kept[..need]).is_err() {
                        continue;
                    }
                }
                Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256 | Algorithm::Hmac => {}
            }
            return Ok(Self { algorithm, bytes: kept });
        }
        Err(NoRandom)
    }

    /// The cipher it is made for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The check value: of a cipher key as [`Schedule::check_value`], of an HMAC key the code of no bytes. Not secret.
    #[must_use]
    pub fn check_value(&self) -> Kcv {
        let of_hmac = || {
            let code = Hmac::<Sha256>::new_from_slice(self.bytes()).map(|hmac| hmac.finalize().into_bytes());
            code.ok().and_then(|code| code.first_chunk().copied()).map_or(Kcv([0; 4]), Kcv)
        };
        // Only HMAC keys have no schedule, and a clear key's schedule always answers.
        Schedule::new(self).and_then(|ready| ready.check_value()).unwrap_or_else(|_| of_hmac())
    }

    /// The same key a second time, for a ring; outside this crate a key is never copied.
    pub(crate) fn again(&self) -> Self {
        Self { algorithm: self.algorithm, bytes: self.bytes.clone() }
    }

    /// XOR of another key of the same algorithm into this one: how components make a key.
    pub(crate) fn mix(&mut self, other: &Self) {
        crate::cipher::xor(&mut self.bytes[..], &other.bytes[..]);
    }

    /// Whether the cipher would be weak or trivial under it: a weak DES half, equal halves, or all bytes equal.
    pub(crate) fn is_weak(&self) -> bool {
        let even = self.bytes().iter().all(|byte| *byte == self.bytes()[0]);
        let des = matches!(self.algorithm, Algorithm::Des | Algorithm::Tdes);
        let halves = self.algorithm == Algorithm::Tdes && self.bytes()[..8] == self.bytes()[8..];
        even || halves || (des && des::weak_key_test(self.bytes()).is_err())
    }

    /// The bytes, for the ciphers of this crate only.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.algorithm.key_bytes()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back() {
        for code in 0..=255u8 {
            assert!(Algorithm::from_code(code).is_none_or(|it| it.code() == code));
            assert!(use_from_code(code).is_none_or(|it| use_code(it) == code));
        }
        assert_eq!((1..=255).filter_map(Algorithm::from_code).count(), 6);
        assert_eq!((1..=255).filter_map(use_from_code).count(), 13);
    }

    #[test]
    fn lengths_are_checked() {
        for algorithm in (1..=6).filter_map(Algorithm::from_code) {
            for length in 0..=40 {
                let made = ClearKey::new(algorithm, &vec![1; length]);
                assert_eq!(made.is_ok(), length == algorithm.key_bytes(), "{algorithm:?} {length}");
            }
        }
    }

    #[test]
    fn fresh_des_keys_have_odd_parity_and_a_dead_source_is_refused() {
        let mut next = 0u8;
        let mut count = |out: &mut [u8]| {
            out.fill_with(|| {
                next = next.wrapping_add(37);
                next
            })
        };
        let key = ClearKey::generate(Algorithm::Tdes, &mut count).unwrap();
        assert!(key.bytes().iter().all(|byte| byte.count_ones() % 2 == 1));
        assert_ne!(key.bytes()[..8], key.bytes()[8..]);
        let mut dead = |out: &mut [u8]| out.fill(0);
        assert!(ClearKey::generate(Algorithm::Des, &mut dead).is_err(), "0101.. is a weak key");
        assert!(ClearKey::generate(Algorithm::Tdes, &mut dead).is_err());
    }
}
