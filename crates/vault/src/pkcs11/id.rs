//! What the token keeps of a key beside its value: its name as the label, the rest packed into `CKA_ID`.
//! Must never: make a static key extractable.

use cryptoki::object::{Attribute, KeyType, ObjectClass};
use slipway_terms::{KeyName, KeyUse};

use crate::secret::{Algorithm, use_code, use_from_code};

const ID_VERSION: u8 = 1;
/// What `CKA_ID` says.
#[derive(Clone, Copy)]
pub(super) struct Id {
    pub(super) usage: KeyUse,
    pub(super) algorithm: Algorithm,
    /// 0 whole, 1 left half, 2 right half.
    pub(super) part: u8,
    /// 0 in use, 1 next, 2 former; only of the whole.
    pub(super) standing: u8,
    pub(super) version: u32,
    pub(super) seal: [u8; 4],
}

impl Id {
    pub(super) fn bytes(self) -> Vec<u8> {
        let mut out = vec![ID_VERSION, use_code(self.usage), self.algorithm.code(), self.part, self.standing];
        out.extend_from_slice(&self.version.to_be_bytes());
        out.extend_from_slice(&self.seal);
        out
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (&[ID_VERSION, usage, algorithm, part, standing], rest) = bytes.split_first_chunk::<5>()? else {
            return None;
        };
        let (version, seal) = rest.split_first_chunk::<4>()?;
        Some(Self {
            usage: use_from_code(usage)?,
            algorithm: Algorithm::from_code(algorithm)?,
            part,
            standing,
            version: u32::from_be_bytes(*version),
            seal: seal.try_into().ok()?,
        })
    }
}

/// A static key as an object of the token: it never leaves.
pub(super) fn lasting(name: &KeyName, id: Id, algorithm: Algorithm) -> Vec<Attribute> {
    let kind = match algorithm {
        Algorithm::Des | Algorithm::Tdes => KeyType::DES2,
        Algorithm::Hmac => KeyType::GENERIC_SECRET,
        Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256 => KeyType::AES,
    };
    let hmac = algorithm == Algorithm::Hmac;
    // A key does what it is for and no more: of a MAC key only the right half of X9.19 ever deciphers.
    let one_way = match id.usage {
        KeyUse::Mak | KeyUse::Zak => id.part != 2,
        KeyUse::Pvk | KeyUse::Bdk | KeyUse::Ipek | KeyUse::Imk | KeyUse::Token => true,
        _ => false,
    };
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(kind),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Modifiable(true),
        Attribute::Encrypt(!hmac),
        Attribute::Decrypt(!one_way),
        Attribute::Sign(hmac),
        Attribute::Label(name.0.as_str().as_bytes().to_vec()),
        Attribute::Id(id.bytes()),
    ]
}
