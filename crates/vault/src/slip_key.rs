//! The key that signs electronic slips: Ed25519, its seed made from the acquirer's token key with a word of its own, so that no
//! further secret has to be kept, moved or forgotten. The seed never leaves this file; the public key is for everybody.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use slipway_terms::{InstitutionId, KeyName, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::door::SoftVault;
use crate::ring::NoKey;

/// Keeps the seed apart from every card token, password and stamp under the same key.
const WORD: &[u8] = b"slipway electronic slip signing key 1";

/// Bytes of a public key.
pub const PUBLIC_BYTES: usize = 32;
/// Bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Signs electronic slips of one acquirer. Prints nothing.
pub struct SlipKey(Ed25519KeyPair);

impl std::fmt::Debug for SlipKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("slip-key(hidden)")
    }
}

impl SoftVault {
    /// The key that signs the slips of this acquirer.
    ///
    /// # Errors
    /// [`NoKey`] when its token key is not here, or its device does not answer.
    pub fn slip_key(&self, acquirer: &InstitutionId) -> Result<SlipKey, NoKey> {
        let name = KeyName::of(KeyUse::Token, acquirer.as_str());
        let seed = self.ring.tokens(&name)?.whole(&[WORD]).map_err(|fault| match fault {
            CipherFault::Unavailable => NoKey::Unavailable,
            CipherFault::WrongCipher => NoKey::OtherUsage,
        })?;
        let seed = Zeroizing::new(seed);
        Ed25519KeyPair::from_seed_unchecked(&seed[..]).map(SlipKey).map_err(|_| NoKey::OtherUsage)
    }
}

impl SlipKey {
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
}

/// Whether this signature over these bytes was made with the private half of this key.
pub fn slip_signature_holds(public: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public).verify(bytes, signature).is_ok()
}

/// SHA-256, for the parts of a signed slip.
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
        assert!(slip_signature_holds(&public, &[0x72], &signature));
        assert!(!slip_signature_holds(&public, &[0x73], &signature));
        assert!(!slip_signature_holds(&public[..31], &[0x72], &signature));
    }
}
