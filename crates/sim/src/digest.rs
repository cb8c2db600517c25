//! One number over everything that a world committed, sent, showed and printed, in order: the proof that a seed replays.

use sha2::{Digest as _, Sha256};

/// The running digest of one world, or of many.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// One thing that happened: a tag for what, and its bytes. The length is bound in.
    pub fn take(&mut self, what: u8, bytes: &[u8]) {
        self.0.update([what]);
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    /// 32 hex digits.
    pub fn hex(self) -> String {
        self.0.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn where_one_thing_ends_matters() {
        let of = |parts: &[(u8, &[u8])]| {
            let mut digest = Digest::default();
            parts.iter().for_each(|(what, bytes)| digest.take(*what, bytes));
            digest.hex()
        };
        assert_eq!(of(&[(1, b"ab"), (1, b"c")]), of(&[(1, b"ab"), (1, b"c")]));
        assert_ne!(of(&[(1, b"ab"), (1, b"c")]), of(&[(1, b"a"), (1, b"bc")]));
        assert_ne!(of(&[(1, b"a")]), of(&[(2, b"a")]));
        assert_eq!(of(&[]).len(), 32);
    }
}
