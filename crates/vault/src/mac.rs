//! Message codes: UnionPay ECB-XOR, CBC (X9.9) and X9.19, for DES, triple DES and SM4.
//! Must never: decide which bytes are covered (the codec hands them over) or compare codes in variable time.

use ctutils::CtEq;
use slipway_terms::MacMethod;

use crate::cipher::{CipherFault, Eight, Inside, Part, Ready, Schedule, Sixteen, xor};
use crate::secret::Algorithm;

/// What fills the last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Zeros up to the next block, none if the bytes end on one. The UnionPay rule (ISO 9797-1 method 1).
    Zero,
    /// One byte 80, then zeros; always at least one byte (ISO 9797-1 method 2).
    Method2,
}

/// Computes a message code over the `covered` bytes with zero padding, as both UnionPay sides do.
///
/// `EcbXor` works with every cipher (16-byte blocks under SM4) and gives eight ASCII hex characters. `X99` is CBC with
/// whatever the key is: single DES (the standard's), CBC-3DES under a double key, the left half of SM4-CBC; eight raw
/// bytes. `X919` needs a double-length DES key; eight raw bytes.
///
/// # Errors
/// [`CipherFault::WrongCipher`] when the method is not defined for that kind of key.
pub fn mac(method: MacMethod, key: &Schedule, covered: &[u8]) -> Result<[u8; 8], CipherFault> {
    match (method, &key.0) {
        (MacMethod::EcbXor, Ready::Des(key)) => Ok(ecb_xor(key, covered)),
        (MacMethod::EcbXor, Ready::Tdes(key)) => Ok(ecb_xor(key, covered)),
        (MacMethod::EcbXor, Ready::Sm4(key)) => Ok(first8(&hex::<16, 32>(&ecb_xor_sm4(key, covered)))),
        (MacMethod::X99, _) => cbc_mac(key, covered, Padding::Zero),
        (MacMethod::X919, Ready::Tdes(key)) => Ok(retail(&key.left, &key.right, covered, Padding::Zero)),
        (MacMethod::EcbXor, Ready::Inside(key)) => ecb_xor_inside(&**key, covered),
        (MacMethod::X919, Ready::Inside(key)) if key.algorithm() == Algorithm::Tdes => retail_inside(&**key, covered),
        (_, Ready::Des(_) | Ready::Sm4(_) | Ready::Aes(_) | Ready::Inside(_)) => Err(CipherFault::WrongCipher),
    }
}

/// Whether `given` is the message code of `covered`. Takes the same time wherever the first difference is.
///
/// # Errors
/// [`CipherFault::WrongCipher`] when the method is not defined for that kind of key.
pub fn mac_holds(method: MacMethod, key: &Schedule, covered: &[u8], given: &[u8; 8]) -> Result<bool, CipherFault> {
    Ok(mac(method, key, covered)?.ct_eq(given).into())
}

/// CBC over the `covered` bytes with zero IV; the first eight bytes of the last block. No bytes at all under zero
/// padding count as one block of zeros.
///
/// # Errors
/// [`CipherFault::WrongCipher`] for AES, whose code is CMAC; [`CipherFault::Unavailable`] from a device.
pub fn cbc_mac(key: &Schedule, covered: &[u8], padding: Padding) -> Result<[u8; 8], CipherFault> {
    Ok(match &key.0 {
        Ready::Des(key) => chain(covered, padding, |block: [u8; 8]| key.encrypt(block)),
        Ready::Tdes(key) => chain(covered, padding, |block: [u8; 8]| key.encrypt(block)),
        Ready::Sm4(key) => first8(&chain(covered, padding, |block: [u8; 16]| key.encrypt(block))),
        Ready::Aes(_) => return Err(CipherFault::WrongCipher),
        Ready::Inside(inside) => {
            let last = inside.cbc_last(Part::Whole, &padded(covered, padding, key.block_bytes()))?;
            last.first_chunk().copied().ok_or(CipherFault::WrongCipher)?
        }
    })
}

/// The retail code under two keys of the same cipher: CBC under `first`, then out under `second`, in under `first`
/// (ISO 9797-1 algorithm 3). With two single-length halves this is X9.19.
///
/// # Errors
/// [`CipherFault::WrongCipher`] for SM4 or for keys of different ciphers.
pub fn retail_mac(
    first: &Schedule,
    second: &Schedule,
    covered: &[u8],
    padding: Padding,
) -> Result<[u8; 8], CipherFault> {
    match (&first.0, &second.0) {
        (Ready::Des(first), Ready::Des(second)) => Ok(retail(first, second, covered, padding)),
        (Ready::Tdes(first), Ready::Tdes(second)) => Ok(retail(first, second, covered, padding)),
        _ => Err(CipherFault::WrongCipher),
    }
}

/// Steps 3 to 7 of the ECB-XOR code, from the XOR of all blocks on; apart so that the real-frame vector, whose input
/// carries card data and is not published, can still be tested.
pub(crate) fn ecb_xor_from_block(key: &impl Eight, block: [u8; 8]) -> [u8; 8] {
    let text: [u8; 16] = hex(&block);
    let first = key.encrypt(first8(&text));
    let mut second = first;
    for (byte, other) in second.iter_mut().zip(&text[8..]) {
        *byte ^= other;
    }
    first8(&hex::<8, 16>(&key.encrypt(second)))
}

fn ecb_xor(key: &impl Eight, covered: &[u8]) -> [u8; 8] {
    ecb_xor_from_block(key, xor_all(covered))
}

/// All sixteen bytes, before they are written as hex and cut.
pub(crate) fn ecb_xor_sm4(key: &Sixteen, covered: &[u8]) -> [u8; 16] {
    let text: [u8; 32] = hex(&xor_all::<16>(covered));
    let (halves, _) = text.as_chunks::<16>();
    let mut second = key.encrypt(halves[0]);
    for (byte, other) in second.iter_mut().zip(&halves[1]) {
        *byte ^= other;
    }
    key.encrypt(second)
}

fn retail(first: &impl Eight, second: &impl Eight, covered: &[u8], padding: Padding) -> [u8; 8] {
    let last = chain(covered, padding, |block: [u8; 8]| first.encrypt(block));
    first.encrypt(second.decrypt(last))
}

/// The code by a device: XOR and hex here, both enciphered blocks there.
fn ecb_xor_inside(key: &dyn Inside, covered: &[u8]) -> Result<[u8; 8], CipherFault> {
    if !matches!(key.algorithm(), Algorithm::Des | Algorithm::Tdes) {
        return Err(CipherFault::WrongCipher);
    }
    let text: [u8; 16] = hex(&xor_all::<8>(covered));
    let mut block: [u8; 8] = first8(&text);
    key.encrypt_ecb(Part::Whole, &mut block)?;
    xor(&mut block, &text[8..]);
    key.encrypt_ecb(Part::Whole, &mut block)?;
    Ok(first8(&hex::<8, 16>(&block)))
}

/// X9.19 by a device that holds both halves as keys of their own.
fn retail_inside(key: &dyn Inside, covered: &[u8]) -> Result<[u8; 8], CipherFault> {
    let last = key.cbc_last(Part::Left, &padded(covered, Padding::Zero, 8))?;
    let mut block: [u8; 8] = last.first_chunk().copied().ok_or(CipherFault::WrongCipher)?;
    key.decrypt_ecb(Part::Right, &mut block)?;
    key.encrypt_ecb(Part::Left, &mut block)?;
    Ok(block)
}

fn padded(covered: &[u8], padding: Padding, size: usize) -> Vec<u8> {
    let mut whole = covered.to_vec();
    if padding == Padding::Method2 {
        whole.push(0x80);
    }
    let blocks = whole.len().div_ceil(size).max(1);
    whole.resize(blocks * size, 0);
    whole
}

/// XOR of all N-byte blocks, the last one filled with zeros.
fn xor_all<const N: usize>(covered: &[u8]) -> [u8; N] {
    let mut sum = [0; N];
    for chunk in covered.chunks(N) {
        for (byte, other) in sum.iter_mut().zip(chunk) {
            *byte ^= other;
        }
    }
    sum
}

/// CBC with zero IV; the last block.
pub(crate) fn chain<const N: usize>(covered: &[u8], padding: Padding, encrypt: impl Fn([u8; N]) -> [u8; N]) -> [u8; N] {
    let (blocks, rest) = covered.as_chunks::<N>();
    let mut sum = [0; N];
    for block in blocks {
        for (byte, other) in sum.iter_mut().zip(block) {
            *byte ^= other;
        }
        sum = encrypt(sum);
    }
    let fill = match padding {
        Padding::Method2 => true,
        Padding::Zero => !rest.is_empty() || blocks.is_empty(),
    };
    if fill {
        for (byte, other) in sum.iter_mut().zip(rest) {
            *byte ^= other;
        }
        if padding == Padding::Method2 {
            sum[rest.len()] ^= 0x80;
        }
        sum = encrypt(sum);
    }
    sum
}

/// Upper-case hex; `M` is twice `N`. The published dumps show that lower case gives other codes.
fn hex<const N: usize, const M: usize>(bytes: &[u8; N]) -> [u8; M] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = [0; M];
    for (pair, byte) in text.chunks_mut(2).zip(bytes) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    text
}

fn first8<const N: usize>(block: &[u8; N]) -> [u8; 8] {
    let mut eight = [0; 8];
    for (to, from) in eight.iter_mut().zip(block) {
        *to = *from;
    }
    eight
}
