//! Bytes under a passphrase for the way from one device to another: what a replaced terminal still owes. Whoever finds the file
//! learns nothing and can change nothing unseen.

use zeroize::Zeroizing;

use crate::file_fault::KeyFileFault;
use crate::master::{DerivationCost, stretched};
use crate::random::Random;
use crate::secret::{Algorithm, ClearKey};
use crate::wrap::Wrapper;

/// How a parcel begins, with its version; bound into the seal with all that follows up to the nonce.
const BEGIN: &[u8] = b"slipway parcel 1\n";
/// Salt, and the cost of the passphrase: memory, passes, lanes.
const HEAD_BYTES: usize = BEGIN.len() + 16 + 12;
/// The longest parcel that is opened: a device has a few thousand journal lines.
const PARCEL_BYTES_MAX: usize = 64 << 20;

/// Seals bytes. Errors: [`KeyFileFault::NoRandom`], or a cost that is none.
///
/// # Errors
/// As said.
pub fn seal_parcel(
    passphrase: &str,
    clear: &[u8],
    cost: DerivationCost,
    random: &mut dyn Random,
) -> Result<Vec<u8>, KeyFileFault> {
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let mut out = BEGIN.to_vec();
    out.extend_from_slice(&salt);
    for part in [cost.memory_kib, cost.passes, cost.lanes] {
        out.extend_from_slice(&part.to_be_bytes());
    }
    let head = out.clone();
    wrapper(passphrase, &salt, cost)?.close(random, &head, clear, &mut out)?;
    Ok(out)
}

/// Opens a parcel.
///
/// # Errors
/// [`KeyFileFault::Damaged`] for what is no parcel, [`KeyFileFault::WrongMaster`] for another passphrase or changed bytes.
pub fn open_parcel(passphrase: &str, parcel: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileFault> {
    if parcel.len() > PARCEL_BYTES_MAX || !parcel.starts_with(BEGIN) || parcel.len() < HEAD_BYTES {
        return Err(KeyFileFault::Damaged("this is no parcel"));
    }
    let (head, closed) = parcel.split_at(HEAD_BYTES);
    let mut salt = [0; 16];
    salt.copy_from_slice(&head[BEGIN.len()..][..16]);
    let number = |at: usize| {
        let bytes = &head[BEGIN.len() + 16 + 4 * at..][..4];
        bytes.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
    };
    let cost = DerivationCost { memory_kib: number(0), passes: number(1), lanes: number(2) };
    wrapper(passphrase, &salt, cost)?.open(head, closed).map_err(|_| KeyFileFault::WrongMaster)
}

fn wrapper(passphrase: &str, salt: &[u8; 16], cost: DerivationCost) -> Result<Wrapper, KeyFileFault> {
    let key = stretched(passphrase, salt, cost)?;
    let key = ClearKey::new(Algorithm::Aes256, &key[..]).map_err(|_| KeyFileFault::WrongMaster)?;
    Wrapper::new(&key).ok_or(KeyFileFault::WrongMaster)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn it_opens_under_its_passphrase_and_whole_only() {
        let sealed = seal_parcel("correct horse", b"what is owed", DerivationCost::LEAST, &mut SystemRandom).unwrap();
        assert!(!sealed.windows(4).any(|part| part == b"owed"));
        assert_eq!(&open_parcel("correct horse", &sealed).unwrap()[..], b"what is owed");
        assert!(open_parcel("wrong horse", &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open_parcel("correct horse", &changed).is_err(), "byte {at}");
            assert!(open_parcel("correct horse", &sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
