//! CMAC (NIST SP 800-38B) over any block cipher of ours, also over a key that stays inside a device, for which the crate
//! `cmac` would want the clear key. Proved by the published examples.
//! Must never: be truncated below eight bytes for a message, or compared in variable time.

use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule, xor};

/// The code over `covered`, one block long.
///
/// # Errors
/// [`CipherFault::Unavailable`] when the key is in a device that does not answer.
pub fn cmac(key: &Schedule, covered: &[u8]) -> Result<Vec<u8>, CipherFault> {
    let size = key.block_bytes();
    let mut subkey = Zeroizing::new(vec![0; size]);
    key.encrypt_ecb(&mut subkey)?;
    double(&mut subkey);
    let whole = !covered.is_empty() && covered.len().is_multiple_of(size);
    if !whole {
        double(&mut subkey);
    }
    let start = if whole { covered.len() - size } else { covered.len() - covered.len() % size };
    let (before, last) = covered.split_at(start);
    let mut sum = vec![0; size];
    for block in before.chunks_exact(size) {
        xor(&mut sum, block);
        key.encrypt_ecb(&mut sum)?;
    }
    xor(&mut sum, last);
    if !whole {
        sum[last.len()] ^= 0x80;
    }
    xor(&mut sum, &subkey);
    key.encrypt_ecb(&mut sum)?;
    Ok(sum)
}

/// Doubling in the field of the block: left by one bit, and the polynomial where a bit falls out.
fn double(block: &mut [u8]) {
    let polynomial = if block.len() == 8 { 0x1B } else { 0x87 };
    let mut carry = 0;
    for byte in block.iter_mut().rev() {
        let out = *byte >> 7;
        *byte = *byte << 1 | carry;
        carry = out;
    }
    if let Some(last) = block.last_mut() {
        *last ^= polynomial * carry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Algorithm, ClearKey};

    fn bytes(hex: &str) -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn check(algorithm: Algorithm, key: &str, length: usize, want: &str) {
        let message = bytes("6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E5130C81C46A35CE411");
        let key = Schedule::new(&ClearKey::new(algorithm, &bytes(key)).unwrap()).unwrap();
        assert_eq!(cmac(&key, &message[..length]).unwrap(), bytes(want), "{algorithm:?} {length}");
    }

    /// SP 800-38B, appendix D (AES-128, AES-256, two-key triple DES).
    #[test]
    fn published_examples() {
        let aes = "2B7E151628AED2A6ABF7158809CF4F3C";
        check(Algorithm::Aes128, aes, 0, "BB1D6929E95937287FA37D129B756746");
        check(Algorithm::Aes128, aes, 16, "070A16B46B4D4144F79BDD9DD04A287C");
        check(Algorithm::Aes128, aes, 40, "DFA66747DE9AE63030CA32611497C827");
        let long = "603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4";
        check(Algorithm::Aes256, long, 0, "028962F61B7BF89EFC6B551F4667D983");
        check(Algorithm::Aes256, long, 16, "28A7023F452E8F82BD4BF28D8C37C35C");
        let tdes = "4CF15134A2850DD58A3D10BA80570D38";
        check(Algorithm::Tdes, tdes, 0, "BD2EBF9A3BA00361");
        check(Algorithm::Tdes, tdes, 8, "4FF2AB813C53CE83");
        check(Algorithm::Tdes, tdes, 20, "62DD1B471902BD4E");
    }
}
