//! The keys that sign electronic slips and the lines of a house's audit log: Ed25519, each seed made from the house's token key with a
//! word of its own, so that no further secret has to be kept, moved or forgotten. A seed never leaves this file; the public key is for
//! everybody. Whoever can write the log and has not the vault can break it, and cannot mend it unseen.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use slipway_terms::{InstitutionId, KeyName, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::door::SoftVault;
use crate::ring::NoKey;

/// What a key signs. Each has its word, which keeps its seed apart from everything else under the same token key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signs {
    /// Electronic slips of an acquirer.
    Slips,
    /// The lines of a house's audit log.
    AuditLog,
}

impl Signs {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Slips => b"slipway electronic slip signing key 1",
            Self::AuditLog => b"slipway audit log signing key 1",
        }
    }
}

/// Bytes of a public key.
pub const PUBLIC_BYTES: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Signs one kind of thing for one house. Prints nothing.
pub struct SigningKey(Ed25519KeyPair);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("signing-key(hidden)")
    }
}

impl SoftVault {
    /// The key that signs this for this house.
    ///
    /// # Errors
    /// [`NoKey`] when its token key is not here, or its device does not answer.
    pub fn signing_key(&self, what: Signs, house: &InstitutionId) -> Result<SigningKey, NoKey> {
        let name = KeyName::of(KeyUse::Token, house.as_str());
        let seed = self.ring.tokens(&name)?.whole(&[what.word()]).map_err(|fault| match fault {
            CipherFault::Unavailable => NoKey::Unavailable,
            CipherFault::WrongCipher => NoKey::OtherUsage,
        })?;
        let seed = Zeroizing::new(seed);
        Ed25519KeyPair::from_seed_unchecked(&seed[..]).map(SigningKey).map_err(|_| NoKey::OtherUsage)
    }
}

impl SigningKey {
    /// The public key.
    pub fn public(&self) -> [u8; PUBLIC_BYTES] {
        let mut public = [0; PUBLIC_BYTES];
        // The length is that of the algorithm.
        public.iter_mut().zip(self.0.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        public
    }

    /// Signs these bytes.
    pub fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let mut signature = [0; SIGNATURE_BYTES];
        signature.iter_mut().zip(self.0.sign(bytes).as_ref()).for_each(|(to, from)| *to = *from);
        signature
    }

    /// Whether it signed these bytes.
    pub fn signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        signature_holds(&self.public(), bytes, signature)
    }
}

/// Whether this signature over these bytes was made with the private half of this key.
pub fn signature_holds(public: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(bytes, signature).is_ok()
}

/// SHA-256, for the parts of what is signed.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, 7.1, test 2: the algorithm is the one that others verify with.
    #[test]
    fn a_published_signature_holds() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        let signature = hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        );
        assert!(signature_holds(&public, &[0x72], &signature));
        assert!(!signature_holds(&public, &[0x73], &signature));
        assert!(!signature_holds(&public[..31], &[0x72], &signature));
    }
}
