//! The zone key reset (0800, network code 101): a new zone key under the zone master key, its message's code made with the
//! new key itself, so that the receiver knows at once that both hold the same.
//! Must never: hand out a new key whose code and check value did not both hold; accept a weak one.
//!
//! ```text
//! single length   96 = key under the zone master key            code: X9.9 under the new key
//! double length   48 = "NK" ‖ key under it, 96 = zeros          code: X9.19
//! both            128 = code[..4] ‖ check value[..4], over "MTI 7 11 53 70 100" joined by one space, 100 with its length
//! ```

use ctutils::CtEq;
use slipway_node::{ResetFields, ResetKey};
use slipway_terms::MacMethod;
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule};
use crate::mac::mac;
use crate::random::Random;
use crate::secret::{Algorithm, ClearKey};
use crate::sign_on::KeyBlockFault;

/// What stands in front of a double-length key in field 48.
const NEW_KEY: &[u8; 2] = b"NK";

/// The bytes that the code covers.
#[must_use]
pub fn reset_mab(fields: &ResetFields) -> Vec<u8> {
    let ResetFields { mti, sent, stan, security, network, receiver } = fields;
    let length = receiver.as_str().len();
    let text = format!("{mti} {sent} {stan} {security} {network} {length:02}{receiver}");
    mab_text(&text)
}

/// The character rule of the switch side: letters become upper case; digits, letters, comma, full stop and space stay,
/// all else goes; runs of spaces become one, none at the ends.
#[must_use]
pub fn mab_text(text: &str) -> Vec<u8> {
    let kept = text.bytes().map(|byte| byte.to_ascii_uppercase());
    let kept = kept.filter(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase() || b" ,.".contains(byte));
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for byte in kept {
        if byte != b' ' || out.last().is_some_and(|last| *last != b' ') {
            out.push(byte);
        }
    }
    if out.last() == Some(&b' ') {
        out.pop();
    }
    out
}

/// Makes a new key and its message.
///
/// # Errors
/// [`KeyBlockFault::WrongCipher`] unless the zone master key is triple DES; [`KeyBlockFault::NoRandom`].
pub fn make_reset(
    under: &Schedule,
    double: bool,
    fields: &ResetFields,
    random: &mut dyn Random,
) -> Result<(ClearKey, ResetKey), KeyBlockFault> {
    let key = ClearKey::generate(if double { Algorithm::Tdes } else { Algorithm::Des }, random)?;
    let sent = send(under, &key, fields)?;
    Ok((key, sent))
}

/// The message of a given new key.
pub(crate) fn send(under: &Schedule, key: &ClearKey, fields: &ResetFields) -> Result<ResetKey, KeyBlockFault> {
    only_tdes(under)?;
    let mut closed = Zeroizing::new(key.bytes().to_vec());
    under.encrypt_ecb(&mut closed)?;
    let f128 = proof(key, fields)?;
    let single = closed.as_slice().try_into().ok();
    Ok(match single {
        Some(f96) => ResetKey { f48: None, f96, f128 },
        None => ResetKey { f48: Some([NEW_KEY, &closed[..]].concat().into()), f96: [0; 8], f128 },
    })
}

/// Takes the new key out of its message and proves it.
///
/// # Errors
/// [`KeyBlockFault::WrongLength`] for fields that are neither form, [`KeyBlockFault::CheckValue`] when code or check
/// value do not hold or the key is weak; [`KeyBlockFault::WrongCipher`] as for [`make_reset`].
pub fn take_reset(under: &Schedule, fields: &ResetFields, sent: &ResetKey) -> Result<ClearKey, KeyBlockFault> {
    only_tdes(under)?;
    let (algorithm, closed): (_, &[u8]) = match &sent.f48 {
        None => (Algorithm::Des, &sent.f96),
        // Two keys in one message are none: which of them would the code prove?
        Some(f48) if sent.f96 == [0; 8] && f48.starts_with(NEW_KEY) && f48.len() == 18 => (Algorithm::Tdes, &f48[2..]),
        Some(f48) => return Err(KeyBlockFault::WrongLength { got: f48.len(), need: 18 }),
    };
    let mut clear = Zeroizing::new(closed.to_vec());
    under.decrypt_ecb(&mut clear)?;
    let key = ClearKey::new(algorithm, &clear).map_err(|_| KeyBlockFault::WrongCipher)?;
    if key.is_weak() || !bool::from(proof(&key, fields)?[..].ct_eq(&sent.f128[..])) {
        return Err(KeyBlockFault::CheckValue("new zone key"));
    }
    Ok(key)
}

/// Field 128.
fn proof(key: &ClearKey, fields: &ResetFields) -> Result<[u8; 8], CipherFault> {
    let ready = Schedule::new(key)?;
    let method = if key.algorithm() == Algorithm::Des { MacMethod::X99 } else { MacMethod::X919 };
    let mut out = mac(method, &ready, &reset_mab(fields))?;
    out[4..].copy_from_slice(&ready.check_value()?.0);
    Ok(out)
}

fn only_tdes(under: &Schedule) -> Result<(), KeyBlockFault> {
    if under.algorithm() == Algorithm::Tdes { Ok(()) } else { Err(KeyBlockFault::WrongCipher) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::Short;

    fn fields() -> ResetFields {
        ResetFields {
            mti: Short::cut("0800"),
            sent: Short::cut("0517160726"),
            stan: Short::cut("000535"),
            security: Short::cut("2000000000000000"),
            network: Short::cut("101"),
            receiver: Short::cut("44190440"),
        }
    }

    fn schedule(key: u128) -> Schedule {
        Schedule::new(&ClearKey::new(Algorithm::Tdes, &key.to_be_bytes()).unwrap()).unwrap()
    }

    /// The real frame of `vectors/crypto.json`, cups-keyreset-mak, both ways.
    #[test]
    fn the_published_reset_is_taken_and_made_again() {
        let under = schedule(0x1023_4576_89BA_DCEF_0132_5467_98AB_CDFE);
        assert_eq!(reset_mab(&fields()), b"0800 0517160726 000535 2000000000000000 101 0844190440");
        let f128 = 0xFFAB_6DBF_8945_EAB7u64.to_be_bytes();
        let sent = ResetKey { f48: None, f96: 0x0FE5_B03E_C604_CB6Bu64.to_be_bytes(), f128 };
        let key = take_reset(&under, &fields(), &sent).unwrap();
        assert_eq!(key.bytes(), 0x5149_0E75_F192_EF91u64.to_be_bytes());
        assert_eq!(send(&under, &key, &fields()).unwrap(), sent);
    }

    /// A double-length key; expected values by the Python package psec (X9.19 over the same text, zero padding).
    #[test]
    fn a_double_length_reset_agrees_with_psec() {
        let under = schedule(0x1023_4576_89BA_DCEF_0132_5467_98AB_CDFE);
        let key = ClearKey::new(Algorithm::Tdes, &0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210u128.to_be_bytes()).unwrap();
        let sent = send(&under, &key, &fields()).unwrap();
        let f48: String = sent.f48.as_deref().unwrap().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(f48, "4E4B33895B9F172DE08AF04C5BE899240654");
        assert_eq!((sent.f96, u64::from_be_bytes(sent.f128)), ([0; 8], 0x3535_D8F3_08D7_B4FB));
        assert!(take_reset(&under, &fields(), &sent).is_ok_and(|got| got.bytes() == key.bytes()));
    }

    #[test]
    fn anything_changed_is_refused() {
        let (under, other) = (schedule(0x1023_4576_89BA_DCEF_0132_5467_98AB_CDFE), schedule(7));
        let mut random = |out: &mut [u8]| out.iter_mut().zip(3u8..).for_each(|(byte, at)| *byte = at.wrapping_mul(41));
        for double in [false, true] {
            let (_, sent) = make_reset(&under, double, &fields(), &mut random).unwrap();
            assert_eq!((sent.f48.is_some(), sent.f96 == [0; 8]), (double, double));
            let no = |sent: &ResetKey, fields: &ResetFields| take_reset(&under, fields, sent).err().is_some();
            assert!(!no(&sent, &fields()));
            assert!(take_reset(&other, &fields(), &sent).is_err());
            for at in 0..8 {
                let (mut key, mut code, mut f48) = (sent.clone(), sent.clone(), sent.clone());
                key.f96[at] ^= 1;
                code.f128[at] ^= 1;
                assert!(no(&key, &fields()) && no(&code, &fields()), "{double} byte {at}");
                if let Some(bytes) = &mut f48.f48 {
                    bytes[2 * at] ^= 1;
                    assert!(no(&f48, &fields()), "{double} byte {at}");
                }
            }
            let all = [
                ResetFields { stan: Short::cut("000536"), ..fields() },
                ResetFields { sent: Short::cut("0517160727"), ..fields() },
                ResetFields { receiver: Short::cut("44190441"), ..fields() },
                ResetFields { network: Short::cut("102"), ..fields() },
                ResetFields { mti: Short::cut("0810"), ..fields() },
                ResetFields { security: Short::cut("1000000000000000"), ..fields() },
            ];
            assert!(all.iter().all(|fields| no(&sent, fields)));
            let cut = ResetKey { f48: sent.f48.as_ref().map(|it| it[..10].into()), ..sent.clone() };
            assert_eq!(no(&cut, &fields()), double);
        }
        // A weak key, though its code holds.
        let weak = ClearKey::new(Algorithm::Des, &[1; 8]).unwrap();
        let sent = send(&under, &weak, &fields()).unwrap();
        assert!(take_reset(&under, &fields(), &sent).is_err());
    }

    #[test]
    fn the_character_rule() {
        for (text, want) in [
            ("0800 a-b", "0800 AB"),
            ("  two   spaces  ", "TWO SPACES"),
            ("1,2.3;4\t5", "1,2.345"),
            ("中 文", ""),
            ("a 中 b", "A B"),
        ] {
            assert_eq!(mab_text(text), want.as_bytes(), "{text:?}");
        }
    }
}
