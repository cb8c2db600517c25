//! DUKPT under AES (X9.24 part 3): every derivation is one encipherment of what the derived key is for.
//! Must never: derive for a counter that the standard skips, or use one derived key for two purposes.

use zeroize::Zeroizing;

use crate::cipher::Schedule;
use crate::dukpt::{DukptFault, TransactionKeys};
use crate::secret::{Algorithm, ClearKey};

/// What an AES-derived key is for; the numbers of part 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AesPurpose {
    /// PIN enciphering.
    Pin,
    /// Making the request's code.
    MacRequest,
    /// Making the answer's code.
    MacAnswer,
    /// Enciphering data.
    Data,
}

impl AesPurpose {
    const fn code(self) -> u16 {
        match self {
            Self::Pin => 0x1000,
            Self::MacRequest => 0x2000,
            Self::MacAnswer => 0x2001,
            Self::Data => 0x3000,
        }
    }
}

const DERIVE: u16 = 0x8000;
const DERIVE_INITIAL: u16 = 0x8001;

/// The initial key of a terminal from the host's base key (part 3); of the same cipher as the base key.
///
/// # Errors
/// [`DukptFault::WrongCipher`] unless the base key is AES.
pub fn aes_initial_key(base: &Schedule, ksn: [u8; 12]) -> Result<ClearKey, DukptFault> {
    let mut tail = [0; 8];
    tail.copy_from_slice(&ksn[..8]);
    derived(base, DERIVE_INITIAL, base.algorithm(), tail)
}

/// One key of one transaction from a terminal's initial key (part 3): of which cipher is free, a double-length triple
/// DES key as well as AES.
///
/// # Errors
/// [`DukptFault::Counter`], [`DukptFault::WrongCipher`].
pub fn aes_transaction_key(
    initial: &Schedule,
    ksn: [u8; 12],
    purpose: AesPurpose,
    algorithm: Algorithm,
) -> Result<ClearKey, DukptFault> {
    let counter = u32::from_be_bytes([ksn[8], ksn[9], ksn[10], ksn[11]]);
    if counter == 0 || counter.count_ones() > 16 {
        return Err(DukptFault::Counter);
    }
    let tail = |counter: u32| {
        let mut tail = [0; 8];
        tail[..4].copy_from_slice(&ksn[4..8]);
        tail[4..].copy_from_slice(&counter.to_be_bytes());
        tail
    };
    let mut reached = 0;
    let mut key: Option<Schedule> = None;
    for bit in (0..32).rev().map(|bit| 1 << bit).filter(|bit| counter & bit != 0) {
        reached |= bit;
        let under = key.as_ref().unwrap_or(initial);
        key = Some(Schedule::new(&derived(under, DERIVE, initial.algorithm(), tail(reached))?)?);
    }
    derived(key.as_ref().unwrap_or(initial), purpose.code(), algorithm, tail(counter))
}

/// The keys of one transaction for the eight-byte fields of the wire, from an AES initial key.
///
/// # Errors
/// As [`aes_transaction_key`].
pub fn aes_transaction_keys(initial: &Schedule, ksn: [u8; 12]) -> Result<TransactionKeys, DukptFault> {
    let of = |purpose| aes_transaction_key(initial, ksn, purpose, Algorithm::Tdes);
    Ok(TransactionKeys {
        pin: of(AesPurpose::Pin)?,
        mac: of(AesPurpose::MacRequest)?,
        answer_mac: of(AesPurpose::MacAnswer)?,
        track: of(AesPurpose::Data)?,
    })
}

/// One derived key: version, block counter, purpose, cipher, length in bits, then serial number and counter, enciphered.
fn derived(under: &Schedule, purpose: u16, algorithm: Algorithm, tail: [u8; 8]) -> Result<ClearKey, DukptFault> {
    if !matches!(under.algorithm(), Algorithm::Aes128 | Algorithm::Aes256) {
        return Err(DukptFault::WrongCipher);
    }
    let (cipher, bits) = match algorithm {
        Algorithm::Tdes => (0u16, 128u16),
        Algorithm::Aes128 => (2, 128),
        Algorithm::Aes256 => (4, 256),
        Algorithm::Hmac => (5, 256),
        Algorithm::Des | Algorithm::Sm4 => return Err(DukptFault::WrongCipher),
    };
    let mut out = Zeroizing::new(Vec::with_capacity(32));
    for counter in 1..=u8::try_from(bits / 128).unwrap_or(2) {
        let mut data = [1, counter, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        data[2..4].copy_from_slice(&purpose.to_be_bytes());
        data[4..6].copy_from_slice(&cipher.to_be_bytes());
        data[6..8].copy_from_slice(&bits.to_be_bytes());
        data[8..].copy_from_slice(&tail);
        under.encrypt_ecb(&mut data)?;
        out.extend_from_slice(&data);
        zeroize::Zeroize::zeroize(&mut data);
    }
    ClearKey::new(algorithm, &out).map_err(|_| DukptFault::WrongCipher)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_block::{hex, unhex};

    fn key(algorithm: Algorithm, text: &str) -> ClearKey {
        ClearKey::new(algorithm, &unhex(text).unwrap()).unwrap()
    }

    fn ksn(text: &str) -> [u8; 12] {
        unhex(text).unwrap().as_slice().try_into().unwrap()
    }

    /// X9.24 part 3, sample key 128: initial key, and the first transaction's keys.
    #[test]
    fn aes_vectors_of_the_standard() {
        let base = Schedule::new(&key(Algorithm::Aes128, "FEDCBA9876543210F1F1F1F1F1F1F1F1")).unwrap();
        let serial = ksn("123456789012345600000001");
        let initial = aes_initial_key(&base, serial).unwrap();
        assert_eq!(hex(initial.bytes()), "1273671EA26AC29AFA4D1084127652A1");
        let initial = Schedule::new(&initial).unwrap();
        for (purpose, want) in [
            (AesPurpose::Pin, "AF8CB133A78F8DC2D1359F18527593FB"),
            (AesPurpose::MacRequest, "A2DC23DE6FDE0824A2BC321E08E4B8B7"),
            (AesPurpose::Data, "A35C412EFD41FDB98B69797C02DCD08F"),
        ] {
            let got = aes_transaction_key(&initial, serial, purpose, Algorithm::Aes128).unwrap();
            assert_eq!(hex(got.bytes()), want, "{purpose:?}");
        }
    }
}
