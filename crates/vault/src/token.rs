//! Card tokens, sealed card numbers and operator passwords: how parties know something again without keeping it.
//! Must never: put a card number into an error, or use one institution's key for another's cards.

use ctutils::CtEq;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use slipway_terms::{CardToken, Pan, Pin, SealedPan};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::random::{NoRandom, Random};
use crate::secret::{Algorithm, ClearKey};
use crate::wrap::{DoesNotOpen, WRAP_BYTES, Wrapper};

/// A token key: with both inner states computed once, or inside a device.
pub(crate) enum Tokens {
    Here(Hmac<Sha256>),
    #[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "devices come with the feature pkcs11"))]
    Inside(Box<dyn HmacInside>),
}

/// HMAC-SHA256 under a key that stays inside a device.
pub(crate) trait HmacInside: Send + Sync {
    fn hmac(&self, covered: &[u8]) -> Result<[u8; 32], CipherFault>;
}

impl Tokens {
    /// Makes the key ready; `None` unless it is an HMAC key.
    pub(crate) fn new(key: &ClearKey) -> Option<Self> {
        match key.algorithm() {
            Algorithm::Hmac => Hmac::new_from_slice(key.bytes()).ok().map(Self::Here),
            _ => None,
        }
    }

    /// All 32 bytes.
    pub(crate) fn whole(&self, parts: &[&[u8]]) -> Result<[u8; 32], CipherFault> {
        match self {
            Self::Here(key) => {
                let mut hmac = key.clone();
                for part in parts {
                    hmac.update(part);
                }
                Ok(hmac.finalize().into_bytes().into())
            }
            Self::Inside(device) => device.hmac(&Zeroizing::new(parts.concat())),
        }
    }

    fn first16(&self, parts: &[&[u8]]) -> Result<[u8; 16], CipherFault> {
        let whole = self.whole(parts)?;
        let mut first = [0; 16];
        first.copy_from_slice(&whole[..16]);
        Ok(first)
    }

    /// The first 16 bytes of HMAC-SHA256 over the card number's ASCII digits. Stable for one institution, meaningless
    /// to every other.
    pub(crate) fn token(&self, pan: &Pan) -> Result<CardToken, CipherFault> {
        self.first16(&[pan.reveal().as_bytes()]).map(CardToken)
    }

    /// The stored form of an operator password. The word in front keeps it apart from any card number.
    pub(crate) fn password(&self, password: &Pin) -> Result<[u8; 16], CipherFault> {
        self.first16(&[b"operator password ", password.reveal().as_bytes()])
    }

    /// The stamp of a journal entry. The word in front keeps it apart from passwords and card numbers.
    pub(crate) fn stamp(&self, entry: &[u8]) -> Result<[u8; 16], CipherFault> {
        self.first16(&[b"journal stamp ", entry])
    }

    /// Whether the password is the one behind the stored form, in constant time.
    pub(crate) fn password_holds(&self, password: &Pin, stored: &[u8; 16]) -> Result<bool, CipherFault> {
        Ok(self.password(password)?.ct_eq(stored).into())
    }
}

/// Which seal key sealed a card: four bytes that say nothing about the key, so that an older key of the same party can
/// be found when both are in the ring.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SealId(pub(crate) [u8; 4]);

impl SealId {
    /// Reads it from a sealed card number.
    pub(crate) fn of(sealed: &[u8]) -> Option<Self> {
        let (&SEAL_VERSION, rest) = sealed.split_first()? else { return None };
        rest.first_chunk().copied().map(Self)
    }
}

/// Sealed form: `01`, identity of the key, nonce, cipher text of 10 bytes (packed digits filled with F, so that the
/// length says nothing), tag; version and identity are bound in. With random 96-bit nonces one seal key is good for
/// 2^32 cards (NIST SP 800-38D); then a new one takes over.
const SEAL_VERSION: u8 = 1;
const CARD_BYTES: usize = 10;
/// Length of every sealed card number in bytes.
pub const SEALED_BYTES: usize = 5 + WRAP_BYTES + CARD_BYTES;

/// A seal key, ready.
pub(crate) struct Seal {
    wrapper: Wrapper,
    id: SealId,
}

impl Seal {
    /// Makes the key ready; `None` unless it is an AES-256 key.
    pub(crate) fn new(key: &ClearKey) -> Option<Self> {
        let wrapper = Wrapper::new(key)?;
        let mut hmac = Hmac::<Sha256>::new_from_slice(key.bytes()).ok()?;
        hmac.update(b"slipway seal key identity");
        let id: [u8; 32] = hmac.finalize().into_bytes().into();
        Some(Self { wrapper, id: SealId([id[0], id[1], id[2], id[3]]) })
    }

    /// A seal key inside a device, with the identity it was given when it came in.
    #[cfg(feature = "pkcs11")]
    pub(crate) const fn inside(wrapper: Wrapper, id: SealId) -> Self {
        Self { wrapper, id }
    }

    /// The key's identity.
    pub(crate) const fn id(&self) -> SealId {
        self.id
    }

    /// Seals a card number; never the same bytes twice.
    pub(crate) fn close(&self, random: &mut dyn Random, pan: &Pan) -> Result<SealedPan, NoRandom> {
        let mut clear = Zeroizing::new([0xFF; CARD_BYTES]);
        for (place, digit) in pan.reveal().bytes().enumerate() {
            let keep = if place % 2 == 0 { 0x0F } else { 0xF0 };
            let byte = &mut clear[place / 2];
            *byte = (*byte & keep) | ((digit - b'0') << if place % 2 == 0 { 4 } else { 0 });
        }
        let mut out = Vec::with_capacity(SEALED_BYTES);
        out.push(SEAL_VERSION);
        out.extend_from_slice(&self.id.0);
        self.wrapper.close(random, &self.meaning(), &clear[..], &mut out)?;
        Ok(SealedPan(out.into_boxed_slice()))
    }

    /// Opens a sealed card number.
    pub(crate) fn open(&self, sealed: &SealedPan) -> Result<Pan, DoesNotOpen> {
        if SealId::of(&sealed.0) != Some(self.id) {
            return Err(DoesNotOpen);
        }
        let clear = self.wrapper.open(&self.meaning(), &sealed.0[5..])?;
        let mut digits = Zeroizing::new(String::with_capacity(2 * CARD_BYTES));
        let nibbles = clear.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.extend(nibbles.take_while(|nibble| *nibble < 10).map(|nibble| char::from(b'0' + nibble)));
        Pan::new(&digits).map_err(|_| DoesNotOpen)
    }

    fn meaning(&self) -> [u8; 24] {
        let mut meaning = *b"slipway sealed card????\x01";
        meaning[19..23].copy_from_slice(&self.id.0);
        meaning
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pan(digits: &str) -> Pan {
        Pan::new(digits).unwrap()
    }

    #[test]
    fn token_is_hmac_sha256_cut_to_sixteen() {
        // python: hmac.new(bytes(range(32)), b"9990010000000000001", "sha256").hexdigest()[:32]
        let key: Vec<u8> = (0..32).collect();
        let tokens = Tokens::new(&ClearKey::new(Algorithm::Hmac, &key).unwrap()).unwrap();
        let token = tokens.token(&pan("9990010000000000001")).unwrap();
        assert_eq!(u128::from_be_bytes(token.0), 0x1FB6_8E69_36E4_6492_69D3_57D9_C66E_176F);
        assert_ne!(token, tokens.token(&pan("9990020000012345673")).unwrap());
        assert_ne!(
            tokens.password(&Pin::new("999001000000").unwrap()).unwrap(),
            tokens.token(&pan("999001000000")).unwrap().0
        );
    }

    #[test]
    fn a_sealed_card_opens_whole_only_and_never_looks_the_same_twice() {
        let mut next = 0u8;
        let mut random = |out: &mut [u8]| {
            next += 1;
            out.fill(next);
        };
        let seal = Seal::new(&ClearKey::new(Algorithm::Aes256, &[3; 32]).unwrap()).unwrap();
        let other = Seal::new(&ClearKey::new(Algorithm::Aes256, &[4; 32]).unwrap()).unwrap();
        for card in ["9990010000000000001", "9990011234567899", "999001000000"].map(pan) {
            let sealed = seal.close(&mut random, &card).unwrap();
            assert_eq!(sealed.0.len(), SEALED_BYTES);
            assert_ne!(sealed, seal.close(&mut random, &card).unwrap());
            assert!(seal.open(&sealed).is_ok_and(|it| it == card));
            assert!(other.open(&sealed).is_err());
            for at in 0..sealed.0.len() {
                let mut bad = sealed.clone();
                bad.0[at] ^= 1;
                assert!(seal.open(&bad).is_err(), "byte {at}");
                assert!(seal.open(&SealedPan(sealed.0[..at].into())).is_err(), "cut at {at}");
            }
        }
    }
}
