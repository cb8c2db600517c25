//! Block ciphers made ready: DES, triple DES (double length), SM4 and AES, with ECB, CBC and the check value.
//! Must never: choose a mode for card data or records (that is AES-GCM in `wrap`); ECB is only for the one-block and
//! key-block uses that the POS specifications prescribe.

use des::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use slipway_terms::Kcv;

use crate::cmac::cmac;
use crate::secret::{Algorithm, ClearKey};

/// DES under one 8-byte key.
pub(crate) struct Single(des::Des);

/// Triple DES under a double-length key, halves kept apart because X9.19 uses them singly.
pub(crate) struct Double {
    pub(crate) left: Single,
    pub(crate) right: Single,
}

/// One 8-byte block in, one out.
pub(crate) trait Eight {
    fn encrypt(&self, block: [u8; 8]) -> [u8; 8];
    fn decrypt(&self, block: [u8; 8]) -> [u8; 8];
}

impl Eight for Single {
    fn encrypt(&self, block: [u8; 8]) -> [u8; 8] {
        let mut block = Array(block);
        self.0.encrypt_block(&mut block);
        block.0
    }

    fn decrypt(&self, block: [u8; 8]) -> [u8; 8] {
        let mut block = Array(block);
        self.0.decrypt_block(&mut block);
        block.0
    }
}

impl Eight for Double {
    fn encrypt(&self, block: [u8; 8]) -> [u8; 8] {
        self.left.encrypt(self.right.decrypt(self.left.encrypt(block)))
    }

    fn decrypt(&self, block: [u8; 8]) -> [u8; 8] {
        self.left.decrypt(self.right.encrypt(self.left.decrypt(block)))
    }
}

impl Single {
    pub(crate) fn new(key: [u8; 8]) -> Self {
        Self(des::Des::new(&Array(key)))
    }
}

/// SM4 under one 16-byte key.
pub(crate) struct Sixteen(sm4::Sm4);

impl Sixteen {
    pub(crate) fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = Array(block);
        self.0.encrypt_block(&mut block);
        block.0
    }

    fn decrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = Array(block);
        self.0.decrypt_block(&mut block);
        block.0
    }
}

/// AES under a key of 16 or 32 bytes.
pub(crate) enum Aes {
    Short(Box<aes::Aes128>),
    Long(Box<aes::Aes256>),
}

impl Aes {
    fn encrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = Array(block);
        match self {
            Self::Short(key) => key.encrypt_block(&mut block),
            Self::Long(key) => key.encrypt_block(&mut block),
        }
        block.0
    }

    fn decrypt(&self, block: [u8; 16]) -> [u8; 16] {
        let mut block = Array(block);
        match self {
            Self::Short(key) => key.decrypt_block(&mut block),
            Self::Long(key) => key.decrypt_block(&mut block),
        }
        block.0
    }
}

/// Which part of a key a device shall use: X9.19 needs the halves of a double-length key singly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Left,
    Right,
}

/// A key that stays inside a device: what is done with it is asked of the device, which may not answer.
pub(crate) trait Inside: Send + Sync {
    /// The cipher.
    fn algorithm(&self) -> Algorithm;
    /// Enciphers whole blocks, each by itself.
    fn encrypt_ecb(&self, part: Part, bytes: &mut [u8]) -> Result<(), CipherFault>;
    /// Deciphers whole blocks, each by itself.
    fn decrypt_ecb(&self, part: Part, bytes: &mut [u8]) -> Result<(), CipherFault>;
    /// The last block of CBC with zero IV over whole blocks.
    fn cbc_last(&self, part: Part, bytes: &[u8]) -> Result<Vec<u8>, CipherFault>;
}

/// A cipher key with its schedule computed once. Making one costs about as much as enciphering a few blocks, so the
/// hot path keeps them. Wiped when dropped; cannot be printed.
pub struct Schedule(pub(crate) Ready);

/// Which cipher is ready.
pub(crate) enum Ready {
    Des(Single),
    Tdes(Double),
    Sm4(Sixteen),
    Aes(Aes),
    #[cfg_attr(not(feature = "pkcs11"), allow(dead_code, reason = "devices come with the feature pkcs11"))]
    Inside(Box<dyn Inside>),
}

/// Why a cipher did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherFault {
    /// The call does not fit the cipher: wrong kind of key, or bytes that are no whole number of blocks.
    WrongCipher,
    /// The device that holds the key does not answer. Nothing is known about the bytes.
    Unavailable,
}

impl core::fmt::Display for CipherFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::WrongCipher => "this key's cipher cannot be used so",
            Self::Unavailable => "the device that holds the key does not answer",
        })
    }
}

impl core::error::Error for CipherFault {}

impl Schedule {
    /// Computes the schedule.
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] for an HMAC key, which is none of a block cipher.
    pub fn new(key: &ClearKey) -> Result<Self, CipherFault> {
        let misfit = |_| CipherFault::WrongCipher;
        let halves = || {
            let (mut left, mut right) = ([0; 8], [0; 8]);
            left.copy_from_slice(&key.bytes()[..8]);
            right.copy_from_slice(&key.bytes()[key.bytes().len() - 8..]);
            (zeroize::Zeroizing::new(left), zeroize::Zeroizing::new(right))
        };
        Ok(Self(match key.algorithm() {
            Algorithm::Des => Ready::Des(Single::new(*halves().0)),
            Algorithm::Tdes => {
                let (left, right) = halves();
                Ready::Tdes(Double { left: Single::new(*left), right: Single::new(*right) })
            }
            Algorithm::Sm4 => Ready::Sm4(Sixteen(sm4::Sm4::new_from_slice(key.bytes()).map_err(misfit)?)),
            Algorithm::Aes128 => {
                Ready::Aes(Aes::Short(Box::new(aes::Aes128::new_from_slice(key.bytes()).map_err(misfit)?)))
            }
            Algorithm::Aes256 => {
                Ready::Aes(Aes::Long(Box::new(aes::Aes256::new_from_slice(key.bytes()).map_err(misfit)?)))
            }
            Algorithm::Hmac => return Err(CipherFault::WrongCipher),
        }))
    }

    /// The cipher.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match &self.0 {
            Ready::Des(_) => Algorithm::Des,
            Ready::Tdes(_) => Algorithm::Tdes,
            Ready::Sm4(_) => Algorithm::Sm4,
            Ready::Aes(Aes::Short(_)) => Algorithm::Aes128,
            Ready::Aes(Aes::Long(_)) => Algorithm::Aes256,
            Ready::Inside(key) => key.algorithm(),
        }
    }

    /// Block length in bytes: 8, or 16 for SM4 and AES.
    #[must_use]
    pub fn block_bytes(&self) -> usize {
        match self.algorithm() {
            Algorithm::Des | Algorithm::Tdes => 8,
            Algorithm::Sm4 | Algorithm::Aes128 | Algorithm::Aes256 | Algorithm::Hmac => 16,
        }
    }

    /// Enciphers whole blocks in place, each by itself (ECB).
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] when `bytes` are no whole number of blocks; they are then unchanged.
    pub fn encrypt_ecb(&self, bytes: &mut [u8]) -> Result<(), CipherFault> {
        match &self.0 {
            Ready::Des(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Tdes(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Sm4(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Aes(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Inside(key) => key.encrypt_ecb(Part::Whole, bytes),
        }
    }

    /// Deciphers whole blocks in place, each by itself (ECB).
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] when `bytes` are no whole number of blocks; they are then unchanged.
    pub fn decrypt_ecb(&self, bytes: &mut [u8]) -> Result<(), CipherFault> {
        match &self.0 {
            Ready::Des(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Tdes(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Sm4(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Aes(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Inside(key) => key.decrypt_ecb(Part::Whole, bytes),
        }
    }

    /// Enciphers whole blocks in place, chained from `iv` (CBC; an `iv` shorter than a block is filled with zeros).
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] when `bytes` are no whole number of blocks.
    pub fn encrypt_cbc(&self, iv: &[u8], bytes: &mut [u8]) -> Result<(), CipherFault> {
        let size = self.block_bytes();
        if !bytes.len().is_multiple_of(size) {
            return Err(CipherFault::WrongCipher);
        }
        let mut before = iv.to_vec();
        for block in bytes.chunks_exact_mut(size) {
            xor(block, &before);
            self.encrypt_ecb(block)?;
            before.clear();
            before.extend_from_slice(block);
        }
        Ok(())
    }

    /// Deciphers what [`Schedule::encrypt_cbc`] made.
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] when `bytes` are no whole number of blocks.
    pub fn decrypt_cbc(&self, iv: &[u8], bytes: &mut [u8]) -> Result<(), CipherFault> {
        let size = self.block_bytes();
        let closed = bytes.to_vec();
        self.decrypt_ecb(bytes)?;
        let before = std::iter::once(iv).chain(closed.chunks_exact(size));
        for (block, before) in bytes.chunks_exact_mut(size).zip(before) {
            xor(block, before);
        }
        Ok(())
    }

    /// The key's check value: 3DES, single DES or SM4 of zeros, first four bytes; for AES the CMAC of a block of zeros,
    /// because there enciphered zeros are a secret of GCM.
    ///
    /// # Errors
    /// [`CipherFault::Unavailable`] when the key is in a device that does not answer.
    pub fn check_value(&self) -> Result<Kcv, CipherFault> {
        let mut zeros = vec![0; self.block_bytes()];
        match self.algorithm() {
            Algorithm::Aes128 | Algorithm::Aes256 => zeros = cmac(self, &zeros)?,
            Algorithm::Des | Algorithm::Tdes | Algorithm::Sm4 | Algorithm::Hmac => self.encrypt_ecb(&mut zeros)?,
        }
        zeros.first_chunk().copied().map(Kcv).ok_or(CipherFault::WrongCipher)
    }
}

/// XOR of `other` into `bytes`, as far as both go.
pub(crate) fn xor(bytes: &mut [u8], other: &[u8]) {
    for (byte, other) in bytes.iter_mut().zip(other) {
        *byte ^= other;
    }
}

fn each<const N: usize>(bytes: &mut [u8], one: impl Fn([u8; N]) -> [u8; N]) -> Result<(), CipherFault> {
    let (blocks, rest) = bytes.as_chunks_mut::<N>();
    if !rest.is_empty() {
        return Err(CipherFault::WrongCipher);
    }
    for block in blocks {
        *block = one(*block);
    }
    Ok(())
}
