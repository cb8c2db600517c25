//! The key behind the doors of the HTTP API, made from the house's token key with a word of its own. It compares the bodies of acts that
//! carry a key of their own without keeping them (a body may hold what nobody may keep, and a bare hash of it could be tried out), and
//! makes the keys under which subscribers know our messages, so that none of those lies on a disk.

use ring::hmac;
use slipway_terms::{InstitutionId, KeyName, KeyUse};
use zeroize::Zeroizing;

use crate::cipher::CipherFault;
use crate::door::SoftVault;
use crate::hook_key::HookKey;
use crate::ring::NoKey;

/// Keeps the key apart from everything else under the token key.
const WORD: &[u8] = b"slipway http api key 1";

/// Marks bodies and makes subscribers' keys. Prints nothing.
#[derive(Clone)]
pub struct ApiKey(hmac::Key);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("api-key(hidden)")
    }
}

impl SoftVault {
    /// The key behind the HTTP API of this house.
    ///
    /// # Errors
    /// [`NoKey`] when its token key is not here, or its device does not answer.
    pub fn api_key(&self, house: &InstitutionId) -> Result<ApiKey, NoKey> {
        let name = KeyName::of(KeyUse::Token, house.as_str());
        let seed = self.ring.tokens(&name)?.whole(&[WORD]).map_err(|fault| match fault {
            CipherFault::Unavailable => NoKey::Unavailable,
            CipherFault::WrongCipher => NoKey::OtherUsage,
        })?;
        let seed = Zeroizing::new(seed);
        Ok(ApiKey(hmac::Key::new(hmac::HMAC_SHA256, &seed[..])))
    }
}

impl ApiKey {
    /// The mark of a body: the same for the same parts, and nobody without the key can try bodies against it.
    pub fn mark(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.code(b"mark", parts)
    }

    /// The key of a subscriber: the same for the same subscription and turn. Shape: 64 hexadecimal digits.
    pub fn hook(&self, subscription: &str, turn: u32) -> HookKey {
        let code = Zeroizing::new(self.code(b"hook", &[subscription.as_bytes(), &turn.to_be_bytes()]));
        let digits = code.iter().map(|byte| format!("{byte:02x}")).collect();
        HookKey::of(Zeroizing::new(digits))
    }

    fn code(&self, word: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(word);
        for part in parts {
            // With its length before it: no two lists of parts are one text.
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
        let mut code = [0; 32];
        code.copy_from_slice(context.sign().as_ref());
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> ApiKey {
        ApiKey(hmac::Key::new(hmac::HMAC_SHA256, &[seed; 32]))
    }

    #[test]
    fn marks_and_keys_tell_parts_subscriptions_turns_and_houses_apart() {
        let (one, other) = (key(1), key(2));
        assert_eq!(one.mark(&[b"ab", b"c"]), one.mark(&[b"ab", b"c"]));
        assert_ne!(one.mark(&[b"ab", b"c"]), one.mark(&[b"a", b"bc"]));
        assert_ne!(one.mark(&[b"ab"]), other.mark(&[b"ab"]));
        let hook = |key: &ApiKey, of: &str, turn| key.hook(of, turn).shown().to_owned();
        let mine = hook(&one, "w1", 1);
        assert!(mine.len() == 64 && mine.bytes().all(|byte| byte.is_ascii_hexdigit()), "{mine}");
        assert_eq!(mine, hook(&one, "w1", 1));
        for another in [hook(&one, "w1", 2), hook(&one, "w2", 1), hook(&other, "w1", 1)] {
            assert_ne!(mine, another);
        }
        assert_eq!(format!("{one:?}"), "api-key(hidden)");
    }
}
