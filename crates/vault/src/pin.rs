//! PIN blocks: made at the terminal, translated between keys and formats on the way, opened only here.
//! Must never: let a clear PIN or a clear block leave this crate, print one, or say at which digit two differ.

use slipway_terms::{Pan, Pin, PinFormat};
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule};

/// Why a PIN block could not be used. Never says anything about the digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinFault {
    /// The deciphered block has no length, digits and filler where they belong: another key, another card or damage.
    NotABlock,
    /// The key's cipher has no such PIN operation (SM4 carries its PIN elsewhere; verification is triple DES).
    WrongCipher,
    /// The stored verification value is none.
    NotAReference,
    /// The device that holds the key does not answer.
    Unavailable,
}

impl From<CipherFault> for PinFault {
    fn from(fault: CipherFault) -> Self {
        match fault {
            CipherFault::WrongCipher => Self::WrongCipher,
            CipherFault::Unavailable => Self::Unavailable,
        }
    }
}

impl core::fmt::Display for PinFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotABlock => "the deciphered PIN block is none: another key, another card, or damage",
            Self::WrongCipher => "this key's cipher has no such PIN operation",
            Self::NotAReference => "the stored PIN verification value is none",
            Self::Unavailable => "the device that holds the key does not answer",
        })
    }
}

impl core::error::Error for PinFault {}

/// The digits of a PIN as numbers 0..=9.
pub(crate) fn digits(pin: &Pin) -> impl Iterator<Item = u8> {
    pin.reveal().bytes().map(|digit| digit - b'0')
}

/// The last `N` digits before the end that `skip` leaves out, as numbers, zero filled on the left.
pub(crate) fn card_digits<const N: usize>(pan: &Pan, skip: usize) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().rev().zip(pan.reveal().bytes().rev().skip(skip)) {
        *to = from - b'0';
    }
    out
}

/// Sixteen digits or nibbles, packed.
pub(crate) fn pack(nibbles: &[u8; 16]) -> Zeroizing<[u8; 8]> {
    let mut block = Zeroizing::new([0; 8]);
    for (byte, pair) in block.iter_mut().zip(nibbles.as_chunks::<2>().0) {
        *byte = pair[0] << 4 | pair[1];
    }
    block
}

/// Sixteen nibbles, apart.
pub(crate) fn unpack(block: &[u8; 8]) -> Zeroizing<[u8; 16]> {
    let mut nibbles = Zeroizing::new([0; 16]);
    for (pair, byte) in nibbles.as_chunks_mut::<2>().0.iter_mut().zip(block) {
        *pair = [byte >> 4, byte & 15];
    }
    nibbles
}

/// Lays a PIN into a clear block.
pub(crate) fn lay(pin: &Pin, format: PinFormat, pan: &Pan) -> Zeroizing<[u8; 8]> {
    let mut nibbles = Zeroizing::new([0x0Fu8; 16]);
    nibbles[0] = 0;
    let mut length = 0;
    for (to, digit) in nibbles[2..14].iter_mut().zip(digits(pin)) {
        *to = digit;
        length += 1;
    }
    nibbles[1] = length;
    let mut block = pack(&nibbles);
    mix(&mut block, format, pan);
    block
}

/// Reads a clear block; checks length, every digit and every filler, because a block under another key or card is
/// recognised by nothing else.
pub(crate) fn lift(block: &[u8; 8], format: PinFormat, pan: &Pan) -> Result<Pin, PinFault> {
    let mut block = Zeroizing::new(*block);
    mix(&mut block, format, pan);
    // Ten and more digits: ISO writes 0A, UnionPay's "two BCD digits" 10; no reading of one is a reading of the other.
    let length = match block[0] {
        plain @ 0x04..=0x0C => usize::from(plain),
        bcd @ 0x10..=0x12 => usize::from(bcd) - 6,
        _ => return Err(PinFault::NotABlock),
    };
    let nibbles = unpack(&block);
    let mut text = Zeroizing::new([0u8; 12]);
    let mut odd = 0u8;
    for (place, nibble) in nibbles[2..].iter().enumerate() {
        if place < length {
            text[place] = b'0' + nibble;
            odd |= u8::from(*nibble > 9);
        } else {
            odd |= nibble ^ 0x0F;
        }
    }
    let pin = core::str::from_utf8(&text[..length]).ok().and_then(|text| Pin::new(text).ok());
    pin.filter(|_| odd == 0).ok_or(PinFault::NotABlock)
}

/// XOR with `0000` and the twelve card digits before the check digit, where the format asks for it.
fn mix(block: &mut [u8; 8], format: PinFormat, pan: &Pan) {
    match format {
        PinFormat::WithPan => {
            let mut nibbles = [0; 16];
            nibbles[4..].copy_from_slice(&card_digits::<12>(pan, 1));
            for (byte, other) in block.iter_mut().zip(*pack(&nibbles)) {
                *byte ^= other;
            }
        }
        PinFormat::WithoutPan => {}
    }
}

/// Enciphers a PIN into field 52.
///
/// # Errors
/// [`PinFault::WrongCipher`] for SM4.
pub fn encipher_pin(pin: &Pin, format: PinFormat, pan: &Pan, key: &Schedule) -> Result<[u8; 8], PinFault> {
    if key.block_bytes() != 8 {
        return Err(PinFault::WrongCipher);
    }
    let mut block = lay(pin, format, pan);
    key.encrypt_ecb(&mut block[..])?;
    Ok(*block)
}

/// Opens field 52. The clear PIN stays in this process and is wiped when dropped.
///
/// # Errors
/// [`PinFault::NotABlock`] when what comes out is no PIN block, [`PinFault::WrongCipher`] for SM4.
pub fn open_pin(block: &[u8; 8], format: PinFormat, pan: &Pan, key: &Schedule) -> Result<Pin, PinFault> {
    if key.block_bytes() != 8 {
        return Err(PinFault::WrongCipher);
    }
    let mut clear = Zeroizing::new(*block);
    key.decrypt_ecb(&mut clear[..])?;
    lift(&clear, format, pan)
}

/// Translates field 52 from one key and format to another, e.g. from the terminal's PIK to the zone's ZPK. The block is
/// checked on the way, so that damage is found by the first host and not counted as a wrong PIN by the issuer.
///
/// # Errors
/// As [`open_pin`] and [`encipher_pin`].
pub fn translate_pin(
    block: &[u8; 8],
    pan: &Pan,
    from: (&Schedule, PinFormat),
    to: (&Schedule, PinFormat),
) -> Result<[u8; 8], PinFault> {
    encipher_pin(&open_pin(block, from.1, pan, from.0)?, to.1, pan, to.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pin: &str, card: &str, format: PinFormat, block: u64) {
        let card = Pan::new(card).unwrap();
        let pin = Pin::new(pin).unwrap();
        assert_eq!(u64::from_be_bytes(*lay(&pin, format, &card)), block);
        assert!(lift(&block.to_be_bytes(), format, &card).is_ok_and(|read| read == pin));
    }

    #[test]
    fn blocks_as_published() {
        use PinFormat::{WithPan, WithoutPan};
        check("123456", "123456789012345678", WithoutPan, 0x0612_3456_FFFF_FFFF);
        check("123456", "123456789012345678", WithPan, 0x0612_53DF_FEDC_BA98);
        // ISO 9564-1 format 0 by hand: 041234FFFFFFFFFF xor 0000111111111111.
        check("1234", "9990011111111111113", WithPan, 0x0412_25EE_EEEE_EEEE);
        check("0000", "9990010000000000001", WithPan, 0x0400_00FF_FFFF_FFFF);
        check("123456789012", "9990010000000000001", WithoutPan, 0x0C12_3456_7890_12FF);
    }

    #[test]
    fn bcd_length_of_long_pins_is_read_too() {
        let card = Pan::new("9990010000000000001").unwrap();
        let pin = Pin::new("1234567890").unwrap();
        for block in [0x1012_3456_7890_FFFFu64, 0x0A12_3456_7890_FFFF] {
            assert!(lift(&block.to_be_bytes(), PinFormat::WithoutPan, &card).is_ok_and(|read| read == pin));
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        let card = Pan::new("9990010000000000001").unwrap();
        for block in [
            0u64,                  // a bypassed PIN some hosts expect: not a PIN here
            0x0312_3FFF_FFFF_FFFF, // three digits
            0x0D12_3456_7890_123F, // thirteen
            0x0412_34FF_FFFF_FFF0, // filler is not F
            0x0412_345F_FFFF_FFFF, // a digit in the filler
            0x0412_A4FF_FFFF_FFFF, // a digit above nine
            0x1412_34FF_FFFF_FFFF, // ISO format 1
            0x1312_3456_7890_123F, // BCD length 13
            0x0F12_34FF_FFFF_FFFF,
        ] {
            let read = lift(&block.to_be_bytes(), PinFormat::WithoutPan, &card).map(|_| ());
            assert_eq!(read, Err(PinFault::NotABlock), "{block:016X}");
        }
        // Read with another card's digits, the filler is wrong.
        let pin = Pin::new("123456").unwrap();
        let block = lay(&pin, PinFormat::WithPan, &card);
        let other = Pan::new("9990020000012345673").unwrap();
        assert_eq!(lift(&block, PinFormat::WithPan, &other).map(|_| ()), Err(PinFault::NotABlock));
    }
}
