//! Keys under which a receiver of notices knows that they come from us: HMAC-SHA-256 over a time and a text.

use std::io::{Error, ErrorKind};
use std::path::Path;
use zeroize::Zeroizing;

/// Characters of a key at least: as many as 16 random bytes have in hexadecimal.
const CHARACTERS_MIN: usize = 32;

/// One such key. Its file holds one line of printable characters, and those characters are the key, as the receiver has them.
pub struct HookKey(Zeroizing<String>);

impl std::fmt::Debug for HookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hook key")
    }
}

impl HookKey {
    /// Reads a key's file.
    ///
    /// # Errors
    /// The disk's, or `InvalidData`: shorter than 32 characters, or not one line of printable ones.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let text = Zeroizing::new(std::fs::read_to_string(path)?);
        let key = text.trim();
        if key.len() < CHARACTERS_MIN || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::new(ErrorKind::InvalidData, "a key is one line of 32 or more printable characters"));
        }
        Ok(Self(Zeroizing::new(key.to_owned())))
    }

    /// One that the vault has made.
    pub(crate) const fn of(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// The key itself, for the subscriber whose it is.
    pub fn shown(&self) -> &str {
        &self.0
    }

    /// The code of a text that was made at this time (seconds since 1970): over `time.text`, so that neither can be exchanged.
    pub fn sign(&self, time_s: i64, text: &[u8]) -> [u8; 32] {
        let mut whole = format!("{time_s}.").into_bytes();
        whole.extend_from_slice(text);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, self.0.as_bytes());
        let mut code = [0; 32];
        code.copy_from_slice(ring::hmac::sign(&key, &whole).as_ref());
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_as_anybody_else_would() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hook.key");
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        let code = HookKey::read(&path).unwrap().sign(1_795_406_645, b"{\"id\":1}");
        // printf '1795406645.{"id":1}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "dc08cb022dc197967d0154734f4d9eeff60d6f6e1ece5c707f7c4b7979ce5f70");
        for wrong in ["short", "0123456789abcdef 0123456789abcdef", "0123456789abcdef0123456789abcde\u{e9}"] {
            std::fs::write(&path, wrong).unwrap();
            assert_eq!(HookKey::read(&path).unwrap_err().kind(), ErrorKind::InvalidData, "{wrong}");
        }
    }
}
