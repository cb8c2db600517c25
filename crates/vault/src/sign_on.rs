//! The key block of sign-on (field 62 of the 0810): working keys under the terminal master key, each with its check
//! value. Made by the acquirer, checked and taken apart by the terminal.
//! Must never: hand out a key whose check value did not hold.

use ctutils::CtEq;
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule};
use crate::random::{NoRandom, Random};
use crate::secret::{Algorithm, ClearKey};

/// Which keys the block carries; field 60.3 of the sign-on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyBlock {
    /// 001: PIK 8, MAK 8, each with 4 bytes of check value; 24 bytes.
    Single,
    /// 003: PIK 16, MAK slot 16, each with 4 bytes of check value; 40 bytes.
    Double,
    /// 004: as 003 and TDK 16 with 4 bytes of check value; 60 bytes.
    DoubleWithTrack,
}

impl KeyBlock {
    /// From the network management code 60.3; `None` for one without a known layout.
    #[must_use]
    pub const fn from_network_code(code: u16) -> Option<Self> {
        Some(match code {
            1 => Self::Single,
            3 => Self::Double,
            4 => Self::DoubleWithTrack,
            _ => return None,
        })
    }

    /// From the network management code and the cipher of the master key. SM4 sign-ons are seen with 005 and 006 in the
    /// field, but no source tells their layout: ours is that of 003 and 004 with SM4 keys in the same sixteen-byte places,
    /// check values the first four bytes of enciphered zeros; both numbers are understood.
    #[must_use]
    pub const fn layout(code: u16, tmk: Algorithm) -> Option<Self> {
        match (code, tmk) {
            (5, Algorithm::Sm4) => Some(Self::Double),
            (6, Algorithm::Sm4) => Some(Self::DoubleWithTrack),
            _ => Self::from_network_code(code),
        }
    }

    /// Length of the block in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Single => 24,
            Self::Double => 40,
            Self::DoubleWithTrack => 60,
        }
    }
}

/// What the sixteen bytes of the MAK slot hold (hosts differ; configuration). Under SM4 it is always a whole key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MakSlot {
    /// A single-length key and eight zero bytes: the common form.
    #[default]
    Single,
    /// The same single-length key twice.
    Twice,
    /// A double-length key, check value by triple DES.
    Double,
}

/// The working keys of one terminal, in the clear.
pub struct WorkingKeys {
    /// PIK: PIN blocks.
    pub pin: ClearKey,
    /// MAK: message codes.
    pub mac: ClearKey,
    /// TDK: track data, only in [`KeyBlock::DoubleWithTrack`].
    pub track: Option<ClearKey>,
}

/// Why a key block is refused. Says which key, never its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyBlockFault {
    /// The block is not as long as its layout says.
    WrongLength {
        /// Bytes that came.
        got: usize,
        /// Bytes of the layout.
        need: usize,
    },
    /// A check value does not fit: another master key, or damage. Sign on again; never use the keys.
    CheckValue(&'static str),
    /// The layout does not exist under this kind of master key, or the keys do not fit the layout.
    WrongCipher,
    /// No random bytes.
    NoRandom,
    /// The device that holds the master key does not answer.
    Unavailable,
}

impl core::fmt::Display for KeyBlockFault {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::WrongLength { got, need } => write!(f, "the key block has {got} bytes, its layout {need}"),
            Self::CheckValue(which) => write!(f, "the check value of the {which} does not hold"),
            Self::WrongCipher => f.write_str("this key block does not exist under this kind of master key"),
            Self::NoRandom => f.write_str("the source of random bytes failed"),
            Self::Unavailable => f.write_str("the device that holds the master key does not answer"),
        }
    }
}

impl core::error::Error for KeyBlockFault {}

impl From<CipherFault> for KeyBlockFault {
    fn from(fault: CipherFault) -> Self {
        match fault {
            CipherFault::WrongCipher => Self::WrongCipher,
            CipherFault::Unavailable => Self::Unavailable,
        }
    }
}

impl From<NoRandom> for KeyBlockFault {
    fn from(_: NoRandom) -> Self {
        Self::NoRandom
    }
}

/// The ciphers of PIK and MAK in a block; SM4 masters carry SM4 keys in the 16-byte layouts (our choice: the published
/// sources give no field 62 for SM4).
fn algorithms(tmk: Algorithm, block: KeyBlock, slot: MakSlot) -> Result<(Algorithm, Algorithm), KeyBlockFault> {
    match (tmk, block) {
        (Algorithm::Tdes, KeyBlock::Single) => Ok((Algorithm::Des, Algorithm::Des)),
        (Algorithm::Tdes, KeyBlock::Double | KeyBlock::DoubleWithTrack) => Ok((
            Algorithm::Tdes,
            match slot {
                MakSlot::Single | MakSlot::Twice => Algorithm::Des,
                MakSlot::Double => Algorithm::Tdes,
            },
        )),
        (Algorithm::Sm4, KeyBlock::Double | KeyBlock::DoubleWithTrack) => Ok((Algorithm::Sm4, Algorithm::Sm4)),
        _ => Err(KeyBlockFault::WrongCipher),
    }
}

impl WorkingKeys {
    /// Makes fresh keys that fit the layout and the cipher of the master key.
    ///
    /// # Errors
    /// [`KeyBlockFault::WrongCipher`] or [`KeyBlockFault::NoRandom`].
    pub fn generate(
        tmk: Algorithm,
        block: KeyBlock,
        slot: MakSlot,
        random: &mut dyn Random,
    ) -> Result<Self, KeyBlockFault> {
        let (pin, mac) = algorithms(tmk, block, slot)?;
        Ok(Self {
            pin: ClearKey::generate(pin, random)?,
            mac: ClearKey::generate(mac, random)?,
            track: match block {
                KeyBlock::DoubleWithTrack => Some(ClearKey::generate(pin, random)?),
                KeyBlock::Single | KeyBlock::Double => None,
            },
        })
    }

    /// Builds field 62 under the master key.
    ///
    /// # Errors
    /// [`KeyBlockFault::WrongCipher`] when the keys do not fit the layout.
    pub fn build(&self, tmk: &Schedule, block: KeyBlock, slot: MakSlot) -> Result<Vec<u8>, KeyBlockFault> {
        let (pin, mac) = algorithms(tmk.algorithm(), block, slot)?;
        if self.pin.algorithm() != pin || self.mac.algorithm() != mac {
            return Err(KeyBlockFault::WrongCipher);
        }
        let mut out = Vec::with_capacity(block.bytes());
        append(&mut out, tmk, &self.pin)?;
        let mac = enciphered(tmk, &self.mac)?;
        out.extend_from_slice(&mac);
        if block != KeyBlock::Single && self.mac.algorithm() == Algorithm::Des {
            match slot {
                MakSlot::Twice => out.extend_from_slice(&mac),
                MakSlot::Single | MakSlot::Double => out.extend_from_slice(&[0; 8]),
            }
        }
        out.extend_from_slice(&Schedule::new(&self.mac)?.check_value()?.0);
        match (block, &self.track) {
            (KeyBlock::DoubleWithTrack, Some(track)) => append(&mut out, tmk, track)?,
            (KeyBlock::DoubleWithTrack, None) => return Err(KeyBlockFault::WrongCipher),
            (KeyBlock::Single | KeyBlock::Double, _) => {}
        }
        Ok(out)
    }

    /// Takes field 62 apart and proves every check value.
    ///
    /// # Errors
    /// [`KeyBlockFault`]; no key is handed out unless all hold.
    pub fn parse(tmk: &Schedule, block: KeyBlock, slot: MakSlot, field: &[u8]) -> Result<Self, KeyBlockFault> {
        let (pin, mac) = algorithms(tmk.algorithm(), block, slot)?;
        if field.len() != block.bytes() {
            return Err(KeyBlockFault::WrongLength { got: field.len(), need: block.bytes() });
        }
        let place = if block == KeyBlock::Single { 8 } else { 16 };
        let part = |at: usize| (&field[at..at + place], &field[at + place..at + place + 4]);
        Ok(Self {
            pin: taken(tmk, pin, part(0), "PIK")?,
            mac: taken(tmk, mac, part(place + 4), "MAK")?,
            track: match block {
                KeyBlock::DoubleWithTrack => Some(taken(tmk, pin, part(2 * (place + 4)), "TDK")?),
                KeyBlock::Single | KeyBlock::Double => None,
            },
        })
    }
}

fn enciphered(tmk: &Schedule, key: &ClearKey) -> Result<Vec<u8>, CipherFault> {
    let mut bytes = Zeroizing::new(key.bytes().to_vec());
    tmk.encrypt_ecb(&mut bytes)?;
    Ok(bytes.to_vec())
}

fn append(out: &mut Vec<u8>, tmk: &Schedule, key: &ClearKey) -> Result<(), CipherFault> {
    out.extend_from_slice(&enciphered(tmk, key)?);
    out.extend_from_slice(&Schedule::new(key)?.check_value()?.0);
    Ok(())
}

/// One key out of its slot. A single-length key uses only the first half: the second deciphers to rubbish.
fn taken(
    tmk: &Schedule,
    algorithm: Algorithm,
    (slot, check): (&[u8], &[u8]),
    which: &'static str,
) -> Result<ClearKey, KeyBlockFault> {
    let mut bytes = Zeroizing::new(slot[..algorithm.key_bytes()].to_vec());
    tmk.decrypt_ecb(&mut bytes)?;
    let key = ClearKey::new(algorithm, &bytes).map_err(|_| KeyBlockFault::WrongCipher)?;
    if bool::from(Schedule::new(&key)?.check_value()?.0[..].ct_eq(check)) {
        Ok(key)
    } else {
        Err(KeyBlockFault::CheckValue(which))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded() -> impl FnMut(&mut [u8]) {
        let mut state = 0x1234_5678_9ABC_DEFFu64;
        move |out: &mut [u8]| {
            out.fill_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            });
        }
    }

    #[test]
    fn every_layout_goes_there_and_back_and_notices_each_damaged_byte() {
        let mut random = seeded();
        let cases = [
            (Algorithm::Tdes, KeyBlock::Single, MakSlot::Single),
            (Algorithm::Tdes, KeyBlock::Double, MakSlot::Single),
            (Algorithm::Tdes, KeyBlock::Double, MakSlot::Twice),
            (Algorithm::Tdes, KeyBlock::Double, MakSlot::Double),
            (Algorithm::Tdes, KeyBlock::DoubleWithTrack, MakSlot::Single),
            (Algorithm::Sm4, KeyBlock::Double, MakSlot::Single),
            (Algorithm::Sm4, KeyBlock::DoubleWithTrack, MakSlot::Double),
        ];
        for (cipher, block, slot) in cases {
            let tmk = Schedule::new(&ClearKey::generate(cipher, &mut random).unwrap()).unwrap();
            let keys = WorkingKeys::generate(cipher, block, slot, &mut random).unwrap();
            let field = keys.build(&tmk, block, slot).unwrap();
            assert_eq!(field.len(), block.bytes());
            let back = WorkingKeys::parse(&tmk, block, slot, &field).unwrap();
            assert!(back.pin.bytes() == keys.pin.bytes() && back.mac.bytes() == keys.mac.bytes());
            assert_eq!(back.track.is_some(), block == KeyBlock::DoubleWithTrack);
            // The second half of a single-length MAK slot means nothing, so damage there goes unnoticed and unused.
            let idle = if back.mac.algorithm() == Algorithm::Des && block != KeyBlock::Single { 28..36 } else { 0..0 };
            for at in (0..field.len()).filter(|at| !idle.contains(at)) {
                let mut bad = field.clone();
                bad[at] ^= 0x10;
                let got = WorkingKeys::parse(&tmk, block, slot, &bad).err();
                assert!(matches!(got, Some(KeyBlockFault::CheckValue(_))), "{cipher:?} {block:?} {slot:?} byte {at}");
            }
            let other = Schedule::new(&ClearKey::generate(cipher, &mut random).unwrap()).unwrap();
            assert!(WorkingKeys::parse(&other, block, slot, &field).is_err());
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut random = seeded();
        let tmk = Schedule::new(&ClearKey::generate(Algorithm::Tdes, &mut random).unwrap()).unwrap();
        let got = WorkingKeys::parse(&tmk, KeyBlock::Double, MakSlot::Single, &[0; 39]).err();
        assert_eq!(got, Some(KeyBlockFault::WrongLength { got: 39, need: 40 }));
        let single = WorkingKeys::generate(Algorithm::Tdes, KeyBlock::Single, MakSlot::Single, &mut random).unwrap();
        assert_eq!(single.build(&tmk, KeyBlock::Double, MakSlot::Single).err(), Some(KeyBlockFault::WrongCipher));
        let sm4 = WorkingKeys::generate(Algorithm::Sm4, KeyBlock::Single, MakSlot::Single, &mut random);
        assert_eq!(sm4.err(), Some(KeyBlockFault::WrongCipher));
        assert_eq!([1, 3, 4, 5].map(KeyBlock::from_network_code).iter().flatten().count(), 3);
    }
}
