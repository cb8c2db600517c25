//! What one key of a token does: block ciphers, HMAC, GCM, working keys.
//! Must never: ask the token for a key's value, or take its silence for an answer.

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use slipway_terms::KeyUse;
use zeroize::{Zeroize as _, Zeroizing};

use super::Line;
use crate::cipher::{CipherFault, Inside, Part, Ready, Schedule};
use crate::secret::{Algorithm, ClearKey, odd_parity, usage_allows, use_code};
use crate::token::HmacInside;
use crate::wrap::{GcmInside, WorkingInside};

/// A block-cipher key of the token. Single DES is a double-length key with equal halves, which is the same cipher:
/// modern modules have given single DES up.
pub(super) struct InsideCipher {
    pub(super) line: Line,
    pub(super) algorithm: Algorithm,
    pub(super) whole: ObjectHandle,
    pub(super) halves: Option<(ObjectHandle, ObjectHandle)>,
    /// Session objects (opened working keys) go with this; token objects stay.
    pub(super) passing: bool,
}

impl Drop for InsideCipher {
    fn drop(&mut self) {
        if self.passing {
            let session = self.line.session();
            // Best effort: a session object ends with its session at the latest.
            let _ = session.destroy_object(self.whole);
            if let Some((left, right)) = self.halves {
                let _ = session.destroy_object(left);
                let _ = session.destroy_object(right);
            }
        }
    }
}

impl InsideCipher {
    fn handle(&self, part: Part) -> Result<ObjectHandle, CipherFault> {
        match (part, self.halves) {
            (Part::Whole, _) => Ok(self.whole),
            (Part::Left, Some((left, _))) => Ok(left),
            (Part::Right, Some((_, right))) => Ok(right),
            (Part::Left | Part::Right, None) => Err(CipherFault::WrongCipher),
        }
    }

    fn ecb(&self) -> (Mechanism<'static>, usize) {
        match self.algorithm {
            Algorithm::Des | Algorithm::Tdes => (Mechanism::Des3Ecb, 8),
            Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256 | Algorithm::Hmac => (Mechanism::AesEcb, 16),
        }
    }

    fn blocks(&self, bytes: &mut [u8], done: Result<Vec<u8>, Error>) -> Result<(), CipherFault> {
        let done = Zeroizing::new(done.map_err(|_| CipherFault::Unavailable)?);
        if done.len() != bytes.len() {
            return Err(CipherFault::Unavailable);
        }
        bytes.copy_from_slice(&done);
        Ok(())
    }
}

impl Inside for InsideCipher {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn encrypt_ecb(&self, part: Part, bytes: &mut [u8]) -> Result<(), CipherFault> {
        let (mechanism, size) = self.ecb();
        if !bytes.len().is_multiple_of(size) {
            return Err(CipherFault::WrongCipher);
        }
        let done = self.line.session().encrypt(&mechanism, self.handle(part)?, bytes);
        self.blocks(bytes, done)
    }

    fn decrypt_ecb(&self, part: Part, bytes: &mut [u8]) -> Result<(), CipherFault> {
        let (mechanism, size) = self.ecb();
        if !bytes.len().is_multiple_of(size) {
            return Err(CipherFault::WrongCipher);
        }
        let done = self.line.session().decrypt(&mechanism, self.handle(part)?, bytes);
        self.blocks(bytes, done)
    }

    fn cbc_last(&self, part: Part, bytes: &[u8]) -> Result<Vec<u8>, CipherFault> {
        let (mechanism, size) = match self.algorithm {
            Algorithm::Des | Algorithm::Tdes => (Mechanism::Des3Cbc([0; 8]), 8),
            _ => return Err(CipherFault::WrongCipher),
        };
        if bytes.is_empty() || !bytes.len().is_multiple_of(size) {
            return Err(CipherFault::WrongCipher);
        }
        let done = self.line.session().encrypt(&mechanism, self.handle(part)?, bytes);
        let done = done.map_err(|_| CipherFault::Unavailable)?;
        done.len().checked_sub(size).map(|at| done[at..].to_vec()).ok_or(CipherFault::Unavailable)
    }
}

/// An HMAC key of the token.
pub(super) struct InsideHmac {
    pub(super) line: Line,
    pub(super) key: ObjectHandle,
}

impl HmacInside for InsideHmac {
    fn hmac(&self, covered: &[u8]) -> Result<[u8; 32], CipherFault> {
        let code = self.line.session().sign(&Mechanism::Sha256Hmac, self.key, covered);
        code.ok().and_then(|code| code.try_into().ok()).ok_or(CipherFault::Unavailable)
    }
}

/// A seal key of the token.
pub(super) struct InsideGcm {
    pub(super) line: Line,
    pub(super) key: ObjectHandle,
}

impl GcmInside for InsideGcm {
    fn close(&self, mut nonce: [u8; 12], meaning: &[u8], clear: &[u8]) -> Option<Vec<u8>> {
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, meaning, 128.into()).ok()?);
        self.line.session().encrypt(&mechanism, self.key, clear).ok()
    }

    fn open(&self, mut nonce: [u8; 12], meaning: &[u8], closed: &[u8]) -> Option<Vec<u8>> {
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut nonce, meaning, 128.into()).ok()?);
        self.line.session().decrypt(&mechanism, self.key, closed).ok()
    }
}

/// A working key in a record: version, usage, algorithm, then the whole key and its halves, each wrapped by the token
/// (AES key wrap, RFC 3394) under its key for that usage. A cryptogram of another usage does not unwrap.
const WORKING_VERSION: u8 = 2;
/// A double-length DES key under RFC 3394.
const WRAPPED_BYTES: usize = 24;

/// Working keys under keys of the token, one for each usage.
pub(super) struct InsideWorking {
    pub(super) line: Line,
    pub(super) keys: Vec<(KeyUse, ObjectHandle)>,
}

impl InsideWorking {
    fn key(&self, usage: KeyUse) -> Result<ObjectHandle, CipherFault> {
        self.keys.iter().find(|(it, _)| *it == usage).map(|(_, key)| *key).ok_or(CipherFault::WrongCipher)
    }
}

impl WorkingInside for InsideWorking {
    fn wrap(&self, usage: KeyUse, key: &ClearKey) -> Result<Vec<u8>, CipherFault> {
        let under = self.key(usage)?;
        let mut out = vec![WORKING_VERSION, use_code(usage), key.algorithm().code()];
        let session = self.line.session();
        for part in parts_of(key).ok_or(CipherFault::WrongCipher)? {
            let mut template = passing(true);
            template.push(Attribute::Value(part.to_vec()));
            let object = session.create_object(&template);
            wipe(&mut template);
            let object = object.map_err(|_| CipherFault::Unavailable)?;
            let wrapped = session.wrap_key(&Mechanism::AesKeyWrap, under, object);
            let _ = session.destroy_object(object);
            out.extend_from_slice(&wrapped.map_err(|_| CipherFault::Unavailable)?);
        }
        Ok(out)
    }

    fn open(&self, usage: KeyUse, blob: &[u8]) -> Result<Schedule, CipherFault> {
        let (head, wrapped) = blob.split_first_chunk::<3>().ok_or(CipherFault::WrongCipher)?;
        let algorithm = Algorithm::from_code(head[2]).ok_or(CipherFault::WrongCipher)?;
        let count = if algorithm == Algorithm::Tdes { 3 } else { 1 };
        let fits = head[..2] == [WORKING_VERSION, use_code(usage)]
            && matches!(algorithm, Algorithm::Des | Algorithm::Tdes)
            && usage_allows(usage, algorithm)
            && wrapped.len() == count * WRAPPED_BYTES;
        if !fits {
            return Err(CipherFault::WrongCipher);
        }
        let under = self.key(usage)?;
        let session = self.line.session();
        let mut objects = Vec::with_capacity(count);
        for part in wrapped.chunks_exact(WRAPPED_BYTES) {
            match session.unwrap_key(&Mechanism::AesKeyWrap, under, part, &passing(false)) {
                Ok(object) => objects.push(object),
                Err(fault) => {
                    for object in objects {
                        let _ = session.destroy_object(object);
                    }
                    return Err(unwrap_fault(&fault));
                }
            }
        }
        drop(session);
        let halves = (count == 3).then(|| (objects[1], objects[2]));
        let (line, whole) = (self.line.clone(), objects[0]);
        let key = InsideCipher { line, algorithm, whole, halves, passing: true };
        Ok(Schedule(Ready::Inside(Box::new(key))))
    }
}

/// A cryptogram that is none is a wrong key; anything else is a token that does not answer.
const fn unwrap_fault(fault: &Error) -> CipherFault {
    match fault {
        Error::Pkcs11(
            RvError::WrappedKeyInvalid
            | RvError::WrappedKeyLenRange
            | RvError::EncryptedDataInvalid
            | RvError::EncryptedDataLenRange
            | RvError::GeneralError
            | RvError::FunctionFailed,
            _,
        ) => CipherFault::WrongCipher,
        _ => CipherFault::Unavailable,
    }
}

/// What the token keeps of a DES key: a single-length one twice; a double-length one whole, then each half twice, because
/// X9.19 enciphers under one half and deciphers under the other, and no mechanism takes a half out of a key. Parity is made
/// odd: the cipher does not look at it, but some tokens refuse a key without.
pub(super) fn parts_of(key: &ClearKey) -> Option<Vec<Zeroizing<[u8; 16]>>> {
    let twice = |half: &[u8]| {
        let mut part = Zeroizing::new([0; 16]);
        part[..8].copy_from_slice(half);
        part[8..].copy_from_slice(half);
        odd_parity(&mut part[..]);
        part
    };
    let bytes = key.bytes();
    match key.algorithm() {
        Algorithm::Des => Some(vec![twice(bytes)]),
        Algorithm::Tdes => {
            let mut whole = Zeroizing::new([0; 16]);
            whole.copy_from_slice(bytes);
            odd_parity(&mut whole[..]);
            Some(vec![whole, twice(&bytes[..8]), twice(&bytes[8..])])
        }
        Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256 | Algorithm::Hmac => None,
    }
}

/// Wipes the key's value out of a template that was used.
pub(super) fn wipe(template: &mut [Attribute]) {
    for attribute in template {
        if let Attribute::Value(value) = attribute {
            value.zeroize();
        }
    }
}

/// A working key as an object of the session: gone with it, and extractable only for the moment of its wrapping.
fn passing(extractable: bool) -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::DES2),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(extractable),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
    ]
}
