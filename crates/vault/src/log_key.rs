//! The key that signs the lines of the house's audit log: Ed25519, its seed made from the token key with a word of its own. Whoever
//! can write the file and has not the vault can break the log, and cannot mend it unseen.

use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use slipway_terms::{InstitutionId, KeyName, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::door::SoftVault;
use crate::ring::NoKey;
use crate::slip_key::{PUBLIC_BYTES, SIGNATURE_BYTES};

/// Keeps the seed apart from everything else under the same key.
const WORD: &[u8] = b"slipway audit log signing key 1";

/// Signs the lines of one house's audit log. Prints nothing.
pub struct LogKey(Ed25519KeyPair);

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("log-key(hidden)")
    }
}

impl SoftVault {
    /// The key that signs the audit log of this house.
    ///
    /// # Errors
    /// [`NoKey`] when its token key is not here, or its device does not answer.
    pub fn log_key(&self, house: &InstitutionId) -> Result<LogKey, NoKey> {
        let name = KeyName::of(KeyUse::Token, house.as_str());
        let seed = self.ring.tokens(&name)?.whole(&[WORD]).map_err(|fault| match fault {
            CipherFault::Unavailable => NoKey::Unavailable,
            CipherFault::WrongCipher => NoKey::OtherUsage,
        })?;
        let seed = Zeroizing::new(seed);
        Ed25519KeyPair::from_seed_unchecked(&seed[..]).map(LogKey).map_err(|_| NoKey::OtherUsage)
    }
}

impl LogKey {
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
        UnparsedPublicKey::new(&ED25519, self.0.public_key()).verify(bytes, signature).is_ok()
    }
}
