//! Names of keys and what is made with them. Keys themselves exist in the vault only.

use crate::{DukptKey, Ksn, Short};
use alloc::boxed::Box;
use core::fmt;
use serde::{Deserialize, Serialize};

/// The name of a key in the vault, `usage/owner`: `tmk/10000001`, `zpk/00010000`, `pvk/99900100`. Never the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyName(pub Short<24>);

impl KeyName {
    /// `usage/owner`, cut to 24 bytes.
    pub fn of(usage: KeyUse, owner: &str) -> Self {
        use core::fmt::Write;
        let mut name = alloc::string::String::new();
        let _ = write!(name, "{}/{}", usage.word(), owner.trim_end());
        Self(Short::cut(&name))
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a key may be used for; the vault refuses any other use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum KeyUse {
    /// Terminal master key: wraps the working keys of one terminal.
    Tmk,
    /// Terminal PIN key (PIK), delivered at sign-on.
    Pik,
    /// Terminal MAC key (MAK), delivered at sign-on.
    Mak,
    /// Zone PIN key between two institutions.
    Zpk,
    /// Zone MAC key between two institutions.
    Zak,
    /// PIN verification key of an issuer.
    Pvk,
    /// HMAC key that makes card tokens.
    Token,
    /// AES key that seals card numbers at rest.
    Seal,
    /// Zone master key between two institutions: new zone keys and key blocks travel under it.
    Zmk,
    /// Terminal track data key (TDK), delivered at sign-on.
    Tdk,
    /// DUKPT base derivation key of a host, for many terminals.
    Bdk,
    /// DUKPT initial key of one terminal.
    Ipek,
    /// Issuer master key for the cryptograms of its chips.
    Imk,
}

impl KeyUse {
    /// The word in a key's name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tmk => "tmk",
            Self::Pik => "pik",
            Self::Mak => "mak",
            Self::Zpk => "zpk",
            Self::Zak => "zak",
            Self::Pvk => "pvk",
            Self::Token => "token",
            Self::Seal => "seal",
            Self::Zmk => "zmk",
            Self::Tdk => "tdk",
            Self::Bdk => "bdk",
            Self::Ipek => "ipek",
            Self::Imk => "imk",
        }
    }
}

/// A working key as a cryptogram under the vault's master key, bound to its usage: what a record may hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WrappedKey(pub Box<[u8]>);

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrapped-key")
    }
}

/// Which key: one of the vault's own by name, or a wrapped working key from a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum KeyRef {
    /// By name.
    Named(KeyName),
    /// By cryptogram.
    Wrapped(WrappedKey),
    /// One of the keys of one DUKPT message, from the base key of a host or the initial key of a terminal.
    Dukpt(KeyName, Ksn, DukptKey),
}

impl KeyRef {
    /// The serial number of a DUKPT message.
    pub const fn ksn(&self) -> Option<Ksn> {
        match self {
            Self::Dukpt(_, ksn, _) => Some(*ksn),
            Self::Named(_) | Self::Wrapped(_) => None,
        }
    }
}

/// How a MAC is computed (reference: ECB-XOR is the POS default; hosts choose).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum MacMethod {
    /// UnionPay ECB-XOR; DE 64 carries 8 ASCII hex characters.
    EcbXor,
    /// X9.9: DES-CBC, zero IV, zero padding.
    X99,
    /// X9.19: X9.9 with the left half, last block decrypted with the right and encrypted with the left half.
    X919,
}

/// A key and the way to MAC with it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct MacKey {
    /// The key.
    pub key: KeyRef,
    /// The method.
    pub method: MacMethod,
}

/// Message authentication code. Shape: DE 64 or 128, 8 bytes. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Mac(pub [u8; 8]);

/// Key check value: first 4 bytes of enciphering zeros. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kcv(pub [u8; 4]);
