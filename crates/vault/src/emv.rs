//! Chip cards (EMV, triple DES): card key from the issuer's master key by option A, session key by the common derivation, the
//! cryptogram of a transaction and the issuer's answer to it by method 1.
//! Must never: say of a wrong cryptogram at which byte it is wrong.

use ctutils::CtEq;
use slipway_node::Told;
use slipway_terms::{KeyName, KeyUse, Pan};
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule, xor};
use crate::door::{SoftVault, cipher_fault, told};
use crate::mac::{Padding, retail_mac};
use crate::secret::{Algorithm, ClearKey, odd_parity};

const IMK_USES: &[KeyUse] = &[KeyUse::Imk];

/// The key of one chip. Belongs into a chip, or for a moment into its issuer's vault; prints nothing.
#[derive(Clone)]
pub struct CardKey(Zeroizing<[u8; 16]>);

impl core::fmt::Debug for CardKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("card-key(hidden)")
    }
}

impl CardKey {
    /// A key as a card file holds it.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes, for the file of a test card only.
    #[must_use]
    pub fn reveal(&self) -> &[u8; 16] {
        &self.0
    }

    /// Option A: the last sixteen digits of card number and sequence number, and their complement, under the master key.
    pub(crate) fn derive(master: &Schedule, pan: &Pan, sequence: u8) -> Result<Self, CipherFault> {
        let digits = Zeroizing::new(format!("{:0>16}{:02}", pan.reveal(), sequence.min(99)).into_bytes());
        let last = digits.get(digits.len() - 16..).unwrap_or_default();
        let mut left = Zeroizing::new([0; 8]);
        for (byte, two) in left.iter_mut().zip(last.as_chunks::<2>().0) {
            *byte = (two[0] & 15) << 4 | two[1] & 15;
        }
        let mut key = Zeroizing::new([0; 16]);
        key[..8].copy_from_slice(&left[..]);
        key[8..].copy_from_slice(&left.map(|byte| !byte));
        master.encrypt_ecb(&mut key[..])?;
        odd_parity(&mut key[..]);
        Ok(Self(key))
    }

    /// The key of one transaction: the counter with F0 and with 0F, under the card's key.
    fn session(&self, atc: u16) -> Result<[Schedule; 3], CipherFault> {
        let [high, low] = atc.to_be_bytes();
        let mut key = Zeroizing::new([0; 16]);
        key[..3].copy_from_slice(&[high, low, 0xF0]);
        key[8..11].copy_from_slice(&[high, low, 0x0F]);
        schedule(Algorithm::Tdes, &self.0[..])?.encrypt_ecb(&mut key[..])?;
        odd_parity(&mut key[..]);
        Ok([
            schedule(Algorithm::Des, &key[..8])?,
            schedule(Algorithm::Des, &key[8..])?,
            schedule(Algorithm::Tdes, &key[..])?,
        ])
    }

    /// The cryptogram over what is covered: ISO 9797-1 algorithm 3, padding method 2.
    ///
    /// # Errors
    /// [`CipherFault::WrongCipher`] for a key that is none.
    pub fn cryptogram(&self, atc: u16, covered: &[u8]) -> Result<[u8; 8], CipherFault> {
        let [left, right, _] = self.session(atc)?;
        retail_mac(&left, &right, covered, Padding::Method2)
    }

    /// ARPC by method 1: the cryptogram, its first two bytes changed by the response code, under the session key.
    ///
    /// # Errors
    /// As [`CardKey::cryptogram`].
    pub fn answer(&self, atc: u16, cryptogram: [u8; 8], code: [u8; 2]) -> Result<[u8; 8], CipherFault> {
        let [.., whole] = self.session(atc)?;
        let mut block = cryptogram;
        xor(&mut block[..2], &code);
        whole.encrypt_ecb(&mut block)?;
        Ok(block)
    }
}

fn schedule(algorithm: Algorithm, bytes: &[u8]) -> Result<Schedule, CipherFault> {
    let key = ClearKey::new(algorithm, bytes).map_err(|_| CipherFault::WrongCipher)?;
    Schedule::new(&key)
}

impl SoftVault {
    /// The key of a chip, for its personalisation.
    ///
    /// # Errors
    /// [`crate::NoKey`] when the master key is not here or is none.
    pub fn card_key(&self, imk: &KeyName, pan: &Pan, sequence: u8) -> Result<CardKey, crate::NoKey> {
        CardKey::derive(self.ring.cipher(imk, IMK_USES)?, pan, sequence).map_err(|_| crate::NoKey::Unavailable)
    }

    /// Whether a cryptogram is this card's, and the answer to it with this response code.
    pub(crate) fn cryptogram_good(
        &self,
        imk: &KeyName,
        (pan, sequence, atc): (&Pan, u8, u16),
        covered: &[u8],
        given: [u8; 8],
        code: [u8; 2],
    ) -> Result<Told, Told> {
        let master = self.ring.cipher(imk, IMK_USES).map_err(told)?;
        let card = CardKey::derive(master, pan, sequence).map_err(cipher_fault)?;
        if !bool::from(card.cryptogram(atc, covered).map_err(cipher_fault)?.ct_eq(&given)) {
            return Ok(Told::No);
        }
        card.answer(atc, given, code).map(Told::Arpc).map_err(cipher_fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures of pyemv 1.5.0 (`derive_icc_mk_a`, `derive_common_sk`, `generate_ac`, `generate_arpc_1`); see `tests/interop/test_chip.py`.
    #[test]
    fn figures_of_another_program() {
        let master =
            schedule(Algorithm::Tdes, &crate::key_block::unhex("0123456789ABCDEFFEDCBA9876543210").unwrap()).unwrap();
        for (pan, sequence, atc, covered, key, cryptogram, answer) in FIGURES {
            let card = CardKey::derive(&master, &Pan::new(pan).unwrap(), *sequence).unwrap();
            assert_eq!(crate::key_block::hex(card.reveal()), *key);
            let covered = crate::key_block::unhex(covered).unwrap();
            let made = card.cryptogram(*atc, &covered).unwrap();
            assert_eq!(crate::key_block::hex(&made), *cryptogram);
            assert_eq!(crate::key_block::hex(&card.answer(*atc, made, *b"00").unwrap()), *answer);
        }
    }

    type Figure = (&'static str, u8, u16, &'static str, &'static str, &'static str, &'static str);

    const FIGURES: &[Figure] = &[
        (
            "9990010000000014",
            1,
            1,
            "000000008800000000000000015600000000000156261123001122334400000001070103A0000000",
            "D9CE3E97EAE9EADF9185045E94F1EF97",
            "23671074BB1978E4",
            "05D14539565005CE",
        ),
        (
            "9990020950738612345",
            0,
            4660,
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000",
            "623BEFB601940E949BC86EBFB558EFDA",
            "3213A9329F52F45C",
            "9F00356CDF8C9F9F",
        ),
        ("999001051723", 7, 65535, "AB", "3E91A2A25D1AE6CB7CA42A10B3FBD913", "282858173700695B", "C295107D1B34F28F"),
    ];
}
