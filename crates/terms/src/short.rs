//! Short text held inline: the shape of nearly every ISO 8583 field, copied without allocation.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A value that does not have the shape its field demands. Carries the rule that was broken, never the content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BadShape(pub &'static str);

impl fmt::Display for BadShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::error::Error for BadShape {}

/// UTF-8 text of at most `N` bytes, inline and `Copy`. Longer text is refused by [`Short::new`], cut by [`Short::cut`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Short<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Short<N> {
    /// The empty text.
    pub const EMPTY: Self = Self { bytes: [0; N], len: 0 };

    /// Text of at most `N` bytes; longer is [`BadShape`].
    pub const fn new(text: &str) -> Result<Self, BadShape> {
        if text.len() > N {
            return Err(BadShape("text longer than its field"));
        }
        Ok(Self::filled(text.as_bytes(), text.len()))
    }

    /// The longest beginning of `text` that fits, cut at a character boundary.
    pub fn cut(text: &str) -> Self {
        let mut end = text.len().min(N);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Self::filled(text.as_bytes(), end)
    }

    const fn filled(source: &[u8], len: usize) -> Self {
        let mut bytes = [0; N];
        let mut i = 0;
        while i < len {
            bytes[i] = source[i];
            i += 1;
        }
        Self { bytes, len: len as u8 }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or("")
    }

    /// The bytes of the text, without padding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len).min(N)]
    }

    /// All `N` bytes, zero padded: a key part of constant length.
    pub const fn padded(&self) -> &[u8; N] {
        &self.bytes
    }

    /// Whether there is no text.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> fmt::Display for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Short<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const N: usize> Serialize for Short<N> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for Short<N> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Seen<const N: usize>;
        impl<const N: usize> de::Visitor<'_> for Seen<N> {
            type Value = Short<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "text of at most {N} bytes")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Short<N>, E> {
                Short::new(text).map_err(E::custom)
            }
        }
        d.deserialize_str(Seen)
    }
}

#[cfg(test)]
mod tests {
    use super::Short;

    #[test]
    fn cuts_at_a_character_and_refuses_overlong() {
        assert!(Short::<4>::new("abcde").is_err());
        assert_eq!(Short::<4>::cut("小票").as_str(), "小");
        assert_eq!(Short::<4>::new("ab").map(|s| s.padded().to_vec()), Ok(alloc::vec![b'a', b'b', 0, 0]));
    }
}
