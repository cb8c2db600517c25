//! DUKPT: a key for every transaction, derived from a host's base key and the terminal's serial number and counter.
//! X9.24 part 1 (triple DES) is here, part 3 (AES) in `dukpt_aes`. Both ends derive from the initial key each time; a terminal that must not
//! hold its initial key (its future-key registers) belongs into a secure device, not here.
//! Must never: derive for a counter that the standard skips, or use one derived key for two purposes.

use slipway_node::Ksn;
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Eight, Schedule, Single, xor};
use crate::dukpt_aes::{aes_initial_key, aes_transaction_keys};
use crate::secret::{Algorithm, ClearKey};

/// The counter of a triple DES serial number: its last 21 bits.
const TDES_COUNTER: u32 = 0x1F_FFFF;
/// What a key variant is made with, for both halves.
const VARIANT: [u8; 8] = [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0];

/// The keys of one transaction, double-length triple DES so that they fit the eight-byte fields of the wire.
pub struct TransactionKeys {
    /// PIN blocks.
    pub pin: ClearKey,
    /// Code of the request.
    pub mac: ClearKey,
    /// Code of the answer.
    pub answer_mac: ClearKey,
    /// Track data.
    pub track: ClearKey,
}

/// Why no keys are derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DukptFault {
    /// A counter of zero, or one that no terminal uses (more than 10 or 16 bits set).
    Counter,
    /// The base key is of another cipher than the serial number, or stays inside a device that cannot derive so.
    WrongCipher,
    /// The device does not answer.
    Unavailable,
}

impl core::fmt::Display for DukptFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Counter => "no terminal uses this counter",
            Self::WrongCipher => "the base key does not fit the serial number",
            Self::Unavailable => "the device that holds the base key does not answer",
        })
    }
}

impl core::error::Error for DukptFault {}

impl From<CipherFault> for DukptFault {
    fn from(fault: CipherFault) -> Self {
        match fault {
            CipherFault::WrongCipher => Self::WrongCipher,
            CipherFault::Unavailable => Self::Unavailable,
        }
    }
}

/// The initial key of a terminal from the host's base key (part 1).
///
/// # Errors
/// [`DukptFault::WrongCipher`] unless the base key is triple DES.
pub fn tdes_initial_key(base: &ClearKey, ksn: [u8; 10]) -> Result<ClearKey, DukptFault> {
    let mut serial = [0; 8];
    serial.copy_from_slice(&ksn[..8]);
    serial[7] &= 0xE0;
    let mut out = Zeroizing::new([0; 16]);
    for (half, base) in out.as_chunks_mut::<8>().0.iter_mut().zip([tdes(base)?, variant(&tdes(base)?)]) {
        let key = Schedule::new(&double(&base)?)?;
        *half = serial;
        key.encrypt_ecb(half)?;
    }
    double(&out)
}

/// The keys of one transaction from a terminal's initial key (part 1).
///
/// # Errors
/// [`DukptFault::Counter`], [`DukptFault::WrongCipher`].
pub fn tdes_transaction_keys(initial: &ClearKey, ksn: [u8; 10]) -> Result<TransactionKeys, DukptFault> {
    let counter = u32::from_be_bytes([0, ksn[7], ksn[8], ksn[9]]) & TDES_COUNTER;
    if counter == 0 || counter.count_ones() > 10 {
        return Err(DukptFault::Counter);
    }
    // Serial number and counter without the counter's bits; then each bit that is set, from the left, makes a key.
    let mut register = [0; 8];
    register.copy_from_slice(&ksn[2..]);
    register[5] &= 0xE0;
    register[6..].fill(0);
    let mut key = tdes(initial)?;
    let mut reached = 0;
    for bit in (0..21).rev().map(|bit| 1 << bit).filter(|bit| counter & bit != 0) {
        reached |= bit;
        let mut data = register;
        xor(&mut data[5..], &reached.to_be_bytes()[1..]);
        key = next(&key, data);
    }
    let of = |place: usize| -> Result<ClearKey, DukptFault> {
        let mut made = key.clone();
        for half in made.as_chunks_mut::<8>().0 {
            half[place] ^= 0xFF;
        }
        double(&made)
    };
    let data = of(5)?;
    // Data keys go through one more encipherment under themselves.
    let mut track = tdes(&data)?;
    Schedule::new(&data)?.encrypt_ecb(&mut track[..])?;
    Ok(TransactionKeys { pin: of(7)?, mac: of(6)?, answer_mac: of(4)?, track: double(&track)? })
}

/// One step of the non-reversible key generation.
fn next(key: &Zeroizing<[u8; 16]>, data: [u8; 8]) -> Zeroizing<[u8; 16]> {
    let mut out = Zeroizing::new([0; 16]);
    let halves = out.as_chunks_mut::<8>().0;
    for (half, key) in halves.iter_mut().rev().zip([key.clone(), variant(key)]) {
        let (left, right) = key.split_at(8);
        let mut block = data;
        xor(&mut block, right);
        let mut single = Zeroizing::new([0; 8]);
        single.copy_from_slice(left);
        block = Single::new(*single).encrypt(block);
        xor(&mut block, right);
        *half = block;
    }
    out
}

fn variant(key: &Zeroizing<[u8; 16]>) -> Zeroizing<[u8; 16]> {
    let mut made = key.clone();
    for half in made.as_chunks_mut::<8>().0 {
        xor(half, &VARIANT);
    }
    made
}

fn tdes(key: &ClearKey) -> Result<Zeroizing<[u8; 16]>, DukptFault> {
    if key.algorithm() != Algorithm::Tdes {
        return Err(DukptFault::WrongCipher);
    }
    let mut bytes = Zeroizing::new([0; 16]);
    bytes.copy_from_slice(key.bytes());
    Ok(bytes)
}

fn double(bytes: &[u8; 16]) -> Result<ClearKey, DukptFault> {
    ClearKey::new(Algorithm::Tdes, bytes).map_err(|_| DukptFault::WrongCipher)
}

/// The base key as a ring holds it.
pub(crate) enum Base<'a> {
    /// In this process.
    Here(&'a ClearKey),
    /// Inside a device: only AES can be derived there, because part 1 needs halves and variants of the key.
    Inside(&'a Schedule),
}

/// The keys of a transaction, from a host's base key or a terminal's initial key.
pub(crate) fn transaction_keys(base: &Base<'_>, is_initial: bool, ksn: &Ksn) -> Result<TransactionKeys, DukptFault> {
    match (ksn, base) {
        (Ksn::Tdes(ksn), Base::Here(key)) if is_initial => tdes_transaction_keys(key, *ksn),
        (Ksn::Tdes(ksn), Base::Here(key)) => tdes_transaction_keys(&tdes_initial_key(key, *ksn)?, *ksn),
        (Ksn::Tdes(_), Base::Inside(_)) => Err(DukptFault::WrongCipher),
        (Ksn::Aes(ksn), base) => {
            let here;
            let ready = match base {
                Base::Here(key) => {
                    here = Schedule::new(key)?;
                    &here
                }
                Base::Inside(ready) => ready,
            };
            if is_initial {
                return aes_transaction_keys(ready, *ksn);
            }
            aes_transaction_keys(&Schedule::new(&aes_initial_key(ready, *ksn)?)?, *ksn)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_block::{hex, unhex};
    use crate::pin::encipher_pin;
    use slipway_terms::{Pan, Pin, PinFormat};

    fn key(algorithm: Algorithm, text: &str) -> ClearKey {
        ClearKey::new(algorithm, &unhex(text).unwrap()).unwrap()
    }

    fn ksn<const N: usize>(text: &str) -> [u8; N] {
        unhex(text).unwrap().as_slice().try_into().unwrap()
    }

    /// X9.24 part 1, annex A: card 4012345678909, PIN 1234.
    #[test]
    fn tdes_vectors_of_the_standard() {
        let base = key(Algorithm::Tdes, "0123456789ABCDEFFEDCBA9876543210");
        let initial = tdes_initial_key(&base, ksn("FFFF9876543210E00001")).unwrap();
        assert_eq!(hex(initial.bytes()), "6AC292FAA1315B4D858AB3A3D7D5933A");
        let (card, pin) = (Pan::new("4012345678909").unwrap(), Pin::new("1234").unwrap());
        for (serial, block) in [
            ("FFFF9876543210E00001", "1B9C1845EB993A7A"),
            ("FFFF9876543210E00002", "10A01C8D02C69107"),
            ("FFFF9876543210E00003", "18DC07B94797B466"),
            ("FFFF9876543210E00004", "0BC79509D5645DF7"),
            ("FFFF9876543210E00005", "5BC0AF22AD87B327"),
            ("FFFF9876543210E00006", "A16DF70AE36158D8"),
        ] {
            let keys = tdes_transaction_keys(&initial, ksn(serial)).unwrap();
            let pin_key = Schedule::new(&keys.pin).unwrap();
            assert_eq!(hex(&encipher_pin(&pin, PinFormat::WithPan, &card, &pin_key).unwrap()), block, "{serial}");
        }
        let keys = tdes_transaction_keys(&initial, ksn("FFFF9876543210E00001")).unwrap();
        assert_eq!(hex(keys.pin.bytes()), "042666B49184CF5C68DE9628D0397B36");
        assert_eq!(hex(keys.mac.bytes()), "042666B4918430A368DE9628D03984C9");
    }

    #[test]
    fn counters_that_no_terminal_uses_are_refused() {
        let initial = key(Algorithm::Tdes, "6AC292FAA1315B4D858AB3A3D7D5933A");
        for (serial, good) in [
            ("FFFF9876543210E00000", false),
            ("FFFF9876543210E003FF", true),
            ("FFFF9876543210E007FF", false),
            ("FFFF9876543210FFFFFF", false),
            ("FFFF9876543210FFC000", true),
        ] {
            assert_eq!(tdes_transaction_keys(&initial, ksn(serial)).is_ok(), good, "{serial}");
        }
        let initial = Schedule::new(&key(Algorithm::Aes128, "1273671EA26AC29AFA4D1084127652A1")).unwrap();
        for (serial, good) in [
            ("123456789012345600000000", false),
            ("12345678901234560000FFFF", true),
            ("12345678901234560001FFFF", false),
            ("1234567890123456FFFF0000", true),
        ] {
            assert_eq!(aes_transaction_keys(&initial, ksn(serial)).is_ok(), good, "{serial}");
        }
        assert!(aes_initial_key(&Schedule::new(&key(Algorithm::Tdes, &"01".repeat(16))).unwrap(), [1; 12]).is_err());
    }

    #[test]
    fn no_two_purposes_or_counters_share_a_key() {
        let mut seen = std::collections::BTreeSet::new();
        let tdes = key(Algorithm::Tdes, "0123456789ABCDEFFEDCBA9876543210");
        let aes = key(Algorithm::Aes256, &"0123456789ABCDEF".repeat(4));
        let mut count = 0;
        for counter in [1u8, 2, 3, 7, 8, 0x80, 0xFE] {
            let (mut short, mut long) = (ksn::<10>("FFFF9876543210E00000"), ksn::<12>("123456789012345600000000"));
            (short[9], long[11]) = (counter, counter);
            for (base, ksn) in [(&tdes, Ksn::Tdes(short)), (&aes, Ksn::Aes(long))] {
                for initial in [false, true] {
                    let keys = transaction_keys(&Base::Here(base), initial, &ksn).unwrap();
                    for one in [keys.pin, keys.mac, keys.answer_mac, keys.track] {
                        assert!(seen.insert(one.bytes().to_vec()));
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(seen.len(), count);
    }
}
