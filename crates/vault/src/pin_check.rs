//! PIN verification at the issuer: the IBM 3624 offset and the Visa PVV.
//! Must never: keep or return a PIN; the issuer stores only the offset or the PVV, which without the key say nothing.

use ctutils::CtEq;
use slipway_node::PinReference;
use slipway_terms::{Pan, Pin, Short};
use zeroize::Zeroizing;

use crate::cipher::Schedule;
use crate::pin::{PinFault, card_digits, digits, pack, unpack};
use crate::secret::Algorithm;

/// Hex digit to decimal digit of the enciphered validation data; the usual table, A..F count as 0..5.
const DECIMALISATION: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5];

/// The IBM 3624 offset: what has to be added, digit by digit, to the natural PIN of this card to give `pin`. As many
/// digits as the PIN has, so a six-digit PIN is checked whole.
///
/// # Errors
/// [`PinFault::WrongCipher`] unless the key is triple DES.
pub fn offset_of(pin: &Pin, pan: &Pan, key: &Schedule) -> Result<Short<12>, PinFault> {
    let natural = unpack(&enciphered(key, *pack(&card_digits::<16>(pan, 0)))?);
    let offset = digits(pin)
        .zip(natural.iter())
        .map(|(pin, natural)| char::from(b'0' + (10 + pin - DECIMALISATION[usize::from(natural & 15)]) % 10));
    Ok(Short::cut(&offset.collect::<String>()))
}

/// The Visa PVV of this card and PIN under key index `index`. Covers only the first four digits of the PIN, whatever
/// its length: six-digit PINs should use the offset.
///
/// # Errors
/// [`PinFault::WrongCipher`] unless the key is triple DES; [`PinFault::NotAReference`] unless the index is 1 to 6.
pub fn pvv_of(pin: &Pin, pan: &Pan, index: u8, key: &Schedule) -> Result<Short<4>, PinFault> {
    if key.algorithm() != Algorithm::Tdes {
        return Err(PinFault::WrongCipher);
    }
    if !(1..=6).contains(&index) {
        return Err(PinFault::NotAReference);
    }
    let mut nibbles = Zeroizing::new([0u8; 16]);
    nibbles[..11].copy_from_slice(&card_digits::<11>(pan, 1));
    nibbles[11] = index;
    for (to, digit) in nibbles[12..].iter_mut().zip(digits(pin)) {
        *to = digit;
    }
    let enciphered = unpack(&enciphered(key, *pack(&nibbles))?);
    // First the digits as they come, then the letters with ten taken off.
    let numbers = enciphered.iter().copied().filter(|nibble| *nibble < 10);
    let letters = enciphered.iter().filter(|nibble| **nibble >= 10).map(|nibble| nibble - 10);
    let value = numbers.chain(letters).take(4).map(|digit| char::from(b'0' + digit));
    Ok(Short::cut(&value.collect::<String>()))
}

/// Whether the PIN is the one behind the stored value. Takes the same time wherever the first difference is.
///
/// # Errors
/// As [`offset_of`] and [`pvv_of`], and [`PinFault::NotAReference`] when the stored value is not made of digits of the
/// right number: a broken record must not count as a wrong PIN of the cardholder.
pub fn pin_holds(pin: &Pin, pan: &Pan, reference: &PinReference, key: &Schedule) -> Result<bool, PinFault> {
    let shaped = |text: &[u8], least: usize| text.len() >= least && text.iter().all(u8::is_ascii_digit);
    match reference {
        PinReference::Offset(kept) if shaped(kept.as_bytes(), 4) => {
            Ok(offset_of(pin, pan, key)?.as_bytes().ct_eq(kept.as_bytes()).into())
        }
        PinReference::Pvv(kept, index) if shaped(kept.as_bytes(), 4) => {
            Ok(pvv_of(pin, pan, *index, key)?.as_bytes().ct_eq(kept.as_bytes()).into())
        }
        PinReference::Offset(_) | PinReference::Pvv(..) => Err(PinFault::NotAReference),
    }
}

/// One block under a triple DES key; no other verification key exists.
fn enciphered(key: &Schedule, mut block: [u8; 8]) -> Result<[u8; 8], PinFault> {
    if key.algorithm() != Algorithm::Tdes {
        return Err(PinFault::WrongCipher);
    }
    key.encrypt_ecb(&mut block)?;
    Ok(block)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ClearKey;

    const ONE: u128 = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210;
    const TWO: u128 = 0xB5D0_A1F2_934C_67E8_0D3B_5A7C_91EF_2468;

    /// Offset and PVVs (index 1 and 3) computed by the Python package psec.
    fn check(key: u128, card: &str, pin: &str, offset: &str, pvv1: &str, pvv3: &str) {
        let key = Schedule::new(&ClearKey::new(Algorithm::Tdes, &key.to_be_bytes()).unwrap()).unwrap();
        let card = Pan::new(card).unwrap();
        let right = Pin::new(pin).unwrap();
        let mut other = pin.as_bytes().to_vec();
        other[3] = if other[3] == b'9' { b'0' } else { other[3] + 1 };
        let wrong = Pin::new(core::str::from_utf8(&other).unwrap()).unwrap();
        let references = [
            PinReference::Offset(Short::new(offset).unwrap()),
            PinReference::Pvv(Short::new(pvv1).unwrap(), 1),
            PinReference::Pvv(Short::new(pvv3).unwrap(), 3),
        ];
        for reference in references {
            assert_eq!(pin_holds(&right, &card, &reference, &key), Ok(true), "{pin}");
            assert_eq!(pin_holds(&wrong, &card, &reference, &key), Ok(false), "{pin}");
        }
    }

    #[test]
    fn known_offsets_and_pvvs() {
        check(ONE, "9990010000000000001", "123456", "080271", "6499", "7346");
        check(ONE, "9990010000000000001", "0000", "9678", "2836", "9977");
        check(ONE, "9990020000012345673", "123456789012", "852306686626", "4921", "3392");
        check(ONE, "9990011234567899", "9876", "7879", "2212", "8156");
        check(ONE, "9990010000014", "4321", "9100", "1074", "2164");
        check(TWO, "9990010000000000001", "123456", "126748", "5103", "7872");
        check(TWO, "9990010000000000001", "0000", "0033", "2182", "8889");
        check(TWO, "9990020000012345673", "123456789012", "158476235461", "6567", "8108");
        check(TWO, "9990011234567899", "9876", "8735", "8981", "6984");
        check(TWO, "9990010000014", "4321", "3195", "2145", "0185");
    }

    #[test]
    fn a_pvv_with_too_few_digits_uses_the_letters() {
        let key = Schedule::new(&ClearKey::new(Algorithm::Tdes, &ONE.to_be_bytes()).unwrap()).unwrap();
        let card = Pan::new("9990010000000000001").unwrap();
        for (pin, value) in [("0943", "0425"), ("1755", "8502")] {
            assert_eq!(pvv_of(&Pin::new(pin).unwrap(), &card, 1, &key), Ok(Short::new(value).unwrap()));
        }
    }

    #[test]
    fn a_longer_pin_is_not_the_shorter_one() {
        let key = Schedule::new(&ClearKey::new(Algorithm::Tdes, &ONE.to_be_bytes()).unwrap()).unwrap();
        let card = Pan::new("9990010000000000001").unwrap();
        let short = PinReference::Offset(offset_of(&Pin::new("1234").unwrap(), &card, &key).unwrap());
        assert_eq!(pin_holds(&Pin::new("12345").unwrap(), &card, &short, &key), Ok(false));
        assert_eq!(pin_holds(&Pin::new("1234").unwrap(), &card, &short, &key), Ok(true));
    }

    #[test]
    fn keys_that_do_not_fit_are_refused() {
        let card = Pan::new("9990010000000000001").unwrap();
        let pin = Pin::new("1234").unwrap();
        let des = Schedule::new(&ClearKey::new(Algorithm::Des, &[1; 8]).unwrap()).unwrap();
        let sm4 = Schedule::new(&ClearKey::new(Algorithm::Sm4, &[1; 16]).unwrap()).unwrap();
        for key in [des, sm4] {
            assert_eq!(pvv_of(&pin, &card, 1, &key), Err(PinFault::WrongCipher));
            assert!(offset_of(&pin, &card, &key).is_err());
        }
        let tdes = Schedule::new(&ClearKey::new(Algorithm::Tdes, &ONE.to_be_bytes()).unwrap()).unwrap();
        assert_eq!(pvv_of(&pin, &card, 7, &tdes), Err(PinFault::NotAReference));
    }
}
