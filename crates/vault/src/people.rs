//! What people sign in with: passwords as argon2id, and the six digits of an authenticator (RFC 6238), whose secret is sealed at
//! rest under a key made from the house's token key.
//! Must never: keep a password; say whether a password or a code was the wrong one.

use ctutils::CtEq;
use ring::hmac;
use serde::{Deserialize, Serialize};
use slipway_terms::{InstitutionId, KeyName, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::door::SoftVault;
use crate::file_fault::KeyFileFault;
use crate::master::{DerivationCost, stretched};
use crate::random::{NoRandom, Random};
use crate::ring::NoKey;
use crate::secret::{Algorithm, ClearKey};
use crate::wrap::Wrapper;

/// Keeps the sealing key apart from everything else under the token key.
const WORD: &[u8] = b"slipway second factor sealing key 1";
/// Seconds that one code of an authenticator counts.
const STEP_MS: i64 = 30_000;
/// Codes before and after the one of now that are taken: clocks of phones differ.
const STEPS_APART: u64 = 1;
/// Bytes of an authenticator's secret: the length of its hash (RFC 4226, 4).
pub const SECOND_BYTES: usize = 20;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A password as it is kept.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPassword {
    salt: [u8; 16],
    cost: DerivationCost,
    hash: [u8; 32],
}

impl std::fmt::Debug for KeptPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("password(hidden)")
    }
}

impl KeptPassword {
    /// 19 MiB, two passes: the OWASP figure for argon2id at a door that many people use at once.
    pub const COST: DerivationCost = DerivationCost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Makes what is kept of a password.
    ///
    /// # Errors
    /// No random bytes, or a cost that is none.
    pub fn of(text: &str, cost: DerivationCost, random: &mut dyn Random) -> Result<Self, KeyFileFault> {
        let mut salt = [0; 16];
        random.fill(&mut salt)?;
        Ok(Self { salt, cost, hash: *stretched(text, &salt, cost)? })
    }

    /// What nobody's password fits: it takes as long to find that out as for a real one.
    pub const fn nobodys() -> Self {
        Self { salt: [0; 16], cost: Self::COST, hash: [0; 32] }
    }

    /// Whether this is the password. Takes the same time for a right and a wrong one.
    pub fn fits(&self, text: &str) -> bool {
        stretched(text, &self.salt, self.cost).is_ok_and(|hash| hash.ct_eq(&self.hash).to_bool())
    }
}

/// Whether two secrets are the same, in the same time whatever they are.
pub fn same_secret(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.ct_eq(other).to_bool()
}

/// The six digits of one step.
fn code_of(secret: &[u8], step: u64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let at = usize::from(bytes.last().copied().unwrap_or(0) & 0xF);
    let four = bytes.get(at..at + 4).unwrap_or_default();
    (four.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)) & 0x7FFF_FFFF) % 1_000_000
}

/// The step whose code was typed, if it is one of about now and later than the one taken last: a code is taken once.
pub fn second_factor(secret: &[u8], typed: &str, at_ms: i64, last: u64) -> Option<u64> {
    let digits = typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit());
    let typed: u32 = typed.parse().ok().filter(|_| digits)?;
    let now = u64::try_from(at_ms / STEP_MS).ok()?;
    (now.saturating_sub(STEPS_APART)..=now + STEPS_APART).find(|step| *step > last && code_of(secret, *step) == typed)
}

/// A secret as authenticators take it: base 32, no padding.
pub fn base32(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len() * 8 / 5 + 1));
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        (held, bits) = (held << 8 | u32::from(*byte), bits + 8);
        while bits >= 5 {
            bits -= 5;
            out.push(char::from(BASE32[(held >> bits & 31) as usize]));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        out.push(char::from(BASE32[(held << (5 - bits) & 31) as usize]));
    }
    out
}

/// Seals authenticators' secrets of one house. Prints nothing.
pub struct SecondKey(Wrapper);

impl std::fmt::Debug for SecondKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("second-key(hidden)")
    }
}

impl SoftVault {
    /// The key under which second factors are sealed.
    ///
    /// # Errors
    /// [`NoKey`] when the house's token key is not here, or its device does not answer.
    pub fn second_key(&self, house: &InstitutionId) -> Result<SecondKey, NoKey> {
        let name = KeyName::of(KeyUse::Token, house.as_str());
        let seed = self.ring.tokens(&name)?.whole(&[WORD]).map_err(|fault| match fault {
            CipherFault::Unavailable => NoKey::Unavailable,
            CipherFault::WrongCipher => NoKey::OtherUsage,
        })?;
        let key = ClearKey::new(Algorithm::Aes256, &Zeroizing::new(seed)[..]).map_err(|_| NoKey::OtherUsage)?;
        Wrapper::new(&key).map(SecondKey).ok_or(NoKey::OtherUsage)
    }
}

impl SecondKey {
    /// Seals a secret for one person.
    ///
    /// # Errors
    /// No random bytes.
    pub fn seal(&self, person: &str, secret: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, NoRandom> {
        let mut out = Vec::new();
        self.0.close(random, person.as_bytes(), secret, &mut out)?;
        Ok(out)
    }

    /// Opens it; `None`: another person's, another house's, or damaged.
    pub fn open(&self, person: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.0.open(person.as_bytes(), sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_password_fits_itself_only_and_is_not_kept() {
        let kept = KeptPassword::of("tea at four o'clock", DerivationCost::LEAST, &mut SystemRandom).unwrap();
        assert!(kept.fits("tea at four o'clock") && !kept.fits("tea at five o'clock") && !kept.fits(""));
        let again = KeptPassword::of("tea at four o'clock", DerivationCost::LEAST, &mut SystemRandom).unwrap();
        assert!(kept != again, "every one has its own salt");
        assert!(!KeptPassword::nobodys().fits("") && !format!("{kept:?}").contains('['));
    }

    /// RFC 6238, appendix B, SHA-1: the last six of the eight digits there.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_i64, "353130"),
        ] {
            let step = u64::try_from(seconds / 30).unwrap();
            assert_eq!(second_factor(secret, code, seconds * 1000, 0), Some(step), "{seconds}");
            // Once, and within one step of now.
            assert_eq!(second_factor(secret, code, seconds * 1000, step), None);
            assert_eq!(second_factor(secret, code, (seconds + 30) * 1000, 0), Some(step));
            assert_eq!(second_factor(secret, code, (seconds + 60) * 1000, 0), None);
        }
        for wrong in ["", "28708", "2870820", "28708x", "+28708", "287083"] {
            assert_eq!(second_factor(secret, wrong, 59_000, 0), None, "{wrong}");
        }
    }

    /// RFC 4648, 10.
    #[test]
    fn secrets_are_written_in_base_32() {
        for (clear, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(&*base32(clear.as_bytes()), text);
        }
    }

    #[test]
    fn a_sealed_second_factor_opens_for_its_person_only() {
        let key = ClearKey::new(Algorithm::Aes256, &[7; 32]).unwrap();
        let key = SecondKey(Wrapper::new(&key).unwrap());
        let sealed = key.seal("li", b"12345678901234567890", &mut SystemRandom).unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"345678"));
        assert_eq!(&key.open("li", &sealed).unwrap()[..], b"12345678901234567890");
        assert!(key.open("wang", &sealed).is_none() && key.open("li", &sealed[1..]).is_none());
    }
}
