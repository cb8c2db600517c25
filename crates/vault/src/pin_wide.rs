//! The PIN under SM4: a block of sixteen bytes. Published sources say no more than its length, so its layout is our own
//! choice, the eight-byte block drawn out: length, digits, F up to the end, XOR with twenty zeros and the twelve digits of
//! the card number before the check digit.
//! Must never: let a clear PIN or a clear block leave this crate, or say at which digit two differ.

use slipway_node::WidePin;
use slipway_terms::{Pan, Pin};
use zeroize::Zeroizing;

use crate::cipher::Schedule;
use crate::pin::{PinFault, card_digits, digits};
use crate::secret::Algorithm;

/// Enciphers a PIN under an SM4 key.
///
/// # Errors
/// [`PinFault::WrongCipher`] for any other key.
pub fn encipher_wide_pin(pin: &Pin, pan: &Pan, key: &Schedule) -> Result<WidePin, PinFault> {
    only_sm4(key)?;
    let mut nibbles = Zeroizing::new([0x0Fu8; 32]);
    nibbles[0] = 0;
    let mut length = 0;
    for (to, digit) in nibbles[2..14].iter_mut().zip(digits(pin)) {
        *to = digit;
        length += 1;
    }
    nibbles[1] = length;
    mix(&mut nibbles, pan);
    let mut block = Zeroizing::new([0; 16]);
    for (byte, pair) in block.iter_mut().zip(nibbles.as_chunks::<2>().0) {
        *byte = pair[0] << 4 | pair[1];
    }
    key.encrypt_ecb(&mut block[..])?;
    Ok(WidePin(*block))
}

/// Opens a PIN block under an SM4 key; checks length, every digit and every filler.
///
/// # Errors
/// [`PinFault::NotABlock`] when what comes out is none, [`PinFault::WrongCipher`].
pub fn open_wide_pin(block: &WidePin, pan: &Pan, key: &Schedule) -> Result<Pin, PinFault> {
    only_sm4(key)?;
    let mut block = Zeroizing::new(block.0);
    key.decrypt_ecb(&mut block[..])?;
    let mut nibbles = Zeroizing::new([0u8; 32]);
    for (pair, byte) in nibbles.as_chunks_mut::<2>().0.iter_mut().zip(block.iter()) {
        *pair = [byte >> 4, byte & 15];
    }
    mix(&mut nibbles, pan);
    let length = usize::from(nibbles[1]);
    if nibbles[0] != 0 || !(4..=12).contains(&length) {
        return Err(PinFault::NotABlock);
    }
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

fn mix(nibbles: &mut [u8; 32], pan: &Pan) {
    for (nibble, digit) in nibbles[20..].iter_mut().zip(card_digits::<12>(pan, 1)) {
        *nibble ^= digit;
    }
}

fn only_sm4(key: &Schedule) -> Result<(), PinFault> {
    if key.algorithm() == Algorithm::Sm4 { Ok(()) } else { Err(PinFault::WrongCipher) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ClearKey;

    #[test]
    fn the_layout_is_as_drawn_and_anything_else_is_no_block() {
        let key = Schedule::new(&ClearKey::new(Algorithm::Sm4, &[7; 16]).unwrap()).unwrap();
        let (card, other) = (Pan::new("9990011234567899").unwrap(), Pan::new("9990020000012345673").unwrap());
        for digits in ["1234", "123456", "123456789012"] {
            let pin = Pin::new(digits).unwrap();
            let block = encipher_wide_pin(&pin, &card, &key).unwrap();
            assert!(open_wide_pin(&block, &card, &key).is_ok_and(|read| read == pin));
            assert_eq!(open_wide_pin(&block, &other, &key).err(), Some(PinFault::NotABlock));
            for at in 0..16 {
                let mut bad = block;
                bad.0[at] ^= 1;
                assert!(open_wide_pin(&bad, &card, &key).is_err());
            }
        }
        let mut clear = encipher_wide_pin(&Pin::new("123456").unwrap(), &card, &key).unwrap().0;
        key.decrypt_ecb(&mut clear).unwrap();
        // By hand: 06123456 and F, xor twenty zeros and 001123456789.
        assert_eq!(u128::from_be_bytes(clear), 0x0612_3456_FFFF_FFFF_FFFF_FFEE_DCBA_9876);
    }
}
