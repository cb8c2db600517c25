//! Block ciphers made ready: DES, triple DES (double length) and SM4, with ECB and the check value.
//! Must never: choose a mode for card data or records (that is AES-GCM in `wrap`); ECB is only for the one-block and
//! key-block uses that the POS specifications prescribe.

use des::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use slipway_terms::Kcv;

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
    fn new(key: [u8; 8]) -> Self {
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

/// A cipher key with its schedule computed once. Making one costs about as much as enciphering a few blocks, so the
/// hot path keeps them. Wiped when dropped; cannot be printed.
pub struct Schedule(pub(crate) Ready);

/// Which cipher is ready.
pub(crate) enum Ready {
    Des(Single),
    Tdes(Double),
    Sm4(Sixteen),
}

/// The call does not fit the cipher: wrong kind of key, or bytes that are no whole number of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongCipher;

impl core::fmt::Display for WrongCipher {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("this key's cipher cannot be used so")
    }
}

impl core::error::Error for WrongCipher {}

impl Schedule {
    /// Computes the schedule.
    ///
    /// # Errors
    /// [`WrongCipher`] for AES and HMAC keys, which have their own doors.
    pub fn new(key: &ClearKey) -> Result<Self, WrongCipher> {
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
            Algorithm::Sm4 => Ready::Sm4(Sixteen(sm4::Sm4::new_from_slice(key.bytes()).map_err(|_| WrongCipher)?)),
            Algorithm::Aes256 | Algorithm::Hmac => return Err(WrongCipher),
        }))
    }

    /// The cipher.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Ready::Des(_) => Algorithm::Des,
            Ready::Tdes(_) => Algorithm::Tdes,
            Ready::Sm4(_) => Algorithm::Sm4,
        }
    }

    /// Block length in bytes: 8, or 16 for SM4.
    #[must_use]
    pub const fn block_bytes(&self) -> usize {
        match self.0 {
            Ready::Des(_) | Ready::Tdes(_) => 8,
            Ready::Sm4(_) => 16,
        }
    }

    /// Enciphers whole blocks in place, each by itself (ECB).
    ///
    /// # Errors
    /// [`WrongCipher`] when `bytes` are no whole number of blocks; they are then unchanged.
    pub fn encrypt_ecb(&self, bytes: &mut [u8]) -> Result<(), WrongCipher> {
        match &self.0 {
            Ready::Des(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Tdes(key) => each(bytes, |block| key.encrypt(block)),
            Ready::Sm4(key) => each(bytes, |block| key.encrypt(block)),
        }
    }

    /// Deciphers whole blocks in place, each by itself (ECB).
    ///
    /// # Errors
    /// [`WrongCipher`] when `bytes` are no whole number of blocks; they are then unchanged.
    pub fn decrypt_ecb(&self, bytes: &mut [u8]) -> Result<(), WrongCipher> {
        match &self.0 {
            Ready::Des(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Tdes(key) => each(bytes, |block| key.decrypt(block)),
            Ready::Sm4(key) => each(bytes, |block| key.decrypt(block)),
        }
    }

    /// The key's check value: 3DES, single DES or SM4 of zeros, first four bytes.
    #[must_use]
    pub fn check_value(&self) -> Kcv {
        let first4 = |block: &[u8]| Kcv([block[0], block[1], block[2], block[3]]);
        match &self.0 {
            Ready::Des(key) => first4(&key.encrypt([0; 8])),
            Ready::Tdes(key) => first4(&key.encrypt([0; 8])),
            Ready::Sm4(key) => first4(&key.encrypt([0; 16])),
        }
    }
}

fn each<const N: usize>(bytes: &mut [u8], one: impl Fn([u8; N]) -> [u8; N]) -> Result<(), WrongCipher> {
    let (blocks, rest) = bytes.as_chunks_mut::<N>();
    if !rest.is_empty() {
        return Err(WrongCipher);
    }
    for block in blocks {
        *block = one(*block);
    }
    Ok(())
}
