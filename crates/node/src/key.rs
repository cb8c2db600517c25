//! Keys of rows: one byte of table, then parts whose bytes sort as their values do.

use serde::{Deserialize, Serialize};
use slipway_terms::{
    BatchNo, BusinessDate, CardToken, DeviceMark, InstitutionId, MerchantId, Moment, Rrn, SentAt, Short, Stan,
    SwitchKey, TerminalId, TillKey,
};

/// The table byte of the outbox that every node has.
pub const OUTBOX_SPACE: u8 = 0xF0;

const KEY_BYTES_MAX: usize = 63;

/// A row's key. Shape: 1 table byte + up to 62 bytes, inline, zeros behind them. Order: bytewise, as the stored bytes sort: an
/// array of known length compares faster than a slice, and where only zeros differ the length decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    bytes: [u8; KEY_BYTES_MAX],
    len: u8,
}

impl Key {
    /// The key of a table with no parts yet.
    pub const fn of(space: u8) -> Self {
        let mut bytes = [0; KEY_BYTES_MAX];
        bytes[0] = space;
        Self { bytes, len: 1 }
    }

    /// This key and one more part. A key that would be too long is a bug of the table's declaration and panics.
    #[must_use]
    pub fn with(mut self, part: &impl KeyPart) -> Self {
        part.write(&mut self);
        self
    }

    /// Appends raw bytes.
    pub fn push(&mut self, part: &[u8]) {
        let (from, to) = (usize::from(self.len), usize::from(self.len) + part.len());
        assert!(to <= KEY_BYTES_MAX, "a table declares a key above 63 bytes");
        self.bytes[from..to].copy_from_slice(part);
        self.len = u8::try_from(to).unwrap_or(u8::MAX);
    }

    /// A stored key again; `None` if it is empty or too long.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() || bytes.len() > KEY_BYTES_MAX {
            return None;
        }
        let mut key = Self { bytes: [0; KEY_BYTES_MAX], len: 0 };
        key.push(bytes);
        Some(key)
    }

    /// The bytes as stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The table byte.
    pub const fn space(&self) -> u8 {
        self.bytes[0]
    }
}

impl core::hash::Hash for Key {
    /// The bytes in use: keys are looked up often and are seldom half as long as they may be.
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        state.write(self.as_bytes());
    }
}

impl core::fmt::Debug for Key {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for byte in self.as_bytes() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A bounded, directed range: rows whose key begins with `prefix`, lowest first or newest (highest) first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Scan {
    /// What the keys begin with.
    pub prefix: Key,
    /// At most so many rows.
    pub rows_max: u16,
    /// Highest key first.
    pub newest_first: bool,
}

/// The outbox key of an advice or notice: a tag of the core's choosing and what the entry is about. The same event always
/// has the same id, so queueing it twice is queueing it once.
pub fn outbox_id(tag: u8, about: &impl KeyPart) -> Key {
    Key::of(OUTBOX_SPACE).with(&tag).with(about)
}

/// A value that can stand in a key: constant length, bytes in the order of the values.
pub trait KeyPart {
    /// Appends the part's bytes.
    fn write(&self, key: &mut Key);
}

macro_rules! key_part {
    ($($t:ty => |$v:ident| $bytes:expr;)*) => {
        $(impl KeyPart for $t { fn write(&self, key: &mut Key) { let $v = self; key.push($bytes); } })*
    };
}

key_part! {
    u8 => |v| &[*v];
    u16 => |v| &v.to_be_bytes();
    u32 => |v| &v.to_be_bytes();
    u64 => |v| &v.to_be_bytes();
    Stan => |v| &v.number().to_be_bytes()[1..];
    BatchNo => |v| &v.0.to_be_bytes()[1..];
    TerminalId => |v| v.bytes();
    MerchantId => |v| v.bytes();
    Rrn => |v| v.bytes();
    InstitutionId => |v| v.padded();
    CardToken => |v| &v.0;
    DeviceMark => |v| &v.0.to_be_bytes();
    SentAt => |v| &v.number().to_be_bytes()[3..];
    Moment => |v| &(v.0.cast_unsigned() ^ (1 << 63)).to_be_bytes();
    BusinessDate => |v| &v.days().cast_unsigned().to_be_bytes()[4..];
}

impl KeyPart for () {
    fn write(&self, _: &mut Key) {}
}

impl<const N: usize> KeyPart for Short<N> {
    fn write(&self, key: &mut Key) {
        key.push(self.padded());
    }
}

impl KeyPart for TillKey {
    /// 29 bytes: terminal 8, merchant 15, batch 3, STAN 3, so that one terminal's exchanges stand together in order.
    fn write(&self, key: &mut Key) {
        self.terminal.write(key);
        self.merchant.write(key);
        self.batch.write(key);
        self.stan.write(key);
    }
}

impl KeyPart for SwitchKey {
    /// 30 bytes: acquirer 11, forwarder 11, sent 5, STAN 3.
    fn write(&self, key: &mut Key) {
        self.acquirer.write(key);
        self.forwarder.write(key);
        self.sent.write(key);
        self.stan.write(key);
    }
}

impl<A: KeyPart, B: KeyPart> KeyPart for (A, B) {
    fn write(&self, key: &mut Key) {
        self.0.write(key);
        self.1.write(key);
    }
}

impl<A: KeyPart, B: KeyPart, C: KeyPart> KeyPart for (A, B, C) {
    fn write(&self, key: &mut Key) {
        self.0.write(key);
        self.1.write(key);
        self.2.write(key);
    }
}

impl Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(self.as_bytes())
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let bytes = <alloc::vec::Vec<u8>>::deserialize(d)?;
        Self::from_bytes(&bytes).ok_or_else(|| serde::de::Error::custom("a key of impossible length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_their_bytes_do() {
        let all: [&[u8]; 7] = [&[1], &[1, 0], &[1, 0, 0], &[1, 0, 1], &[1, 1], &[1, 255], &[2]];
        for a in all {
            for b in all {
                let key = |bytes| Key::from_bytes(bytes).unwrap();
                assert_eq!(key(a).cmp(&key(b)), a.cmp(b), "{a:?} {b:?}");
            }
        }
    }
}
