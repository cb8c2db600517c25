//! Track encryption: sixteen digits of track 2 under the track key, the rest as read, the length unchanged (field 53
//! digit 3 = 1). The sixteen end just before the last digit of an odd track, before the last two of an even one, so they
//! cover what a copyist needs: expiry, service code, discretionary data, and the end of a long card number.
//! Must never: print a track, opened or closed.
//!
//! Under SM4, whose block is twice as long, it is thirty-two digits at the same end. No source tells how others do it:
//! this is our own choice, and shorter tracks are refused.

use slipway_node::ClosedTrack;
use slipway_terms::{Short, Track2};
use zeroize::Zeroizing;

use crate::cipher::{CipherFault, Schedule};

/// Why a track is not closed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrackFault {
    /// What comes out is no track 2: another key, or damage.
    NotATrack,
    /// The track is too short for one block, or the key is none for tracks.
    Unfit,
    /// The device that holds the key does not answer.
    Unavailable,
}

impl From<CipherFault> for TrackFault {
    fn from(fault: CipherFault) -> Self {
        match fault {
            CipherFault::WrongCipher => Self::Unfit,
            CipherFault::Unavailable => Self::Unavailable,
        }
    }
}

/// Enciphers a track.
///
/// # Errors
/// [`TrackFault::Unfit`] for a track shorter than a block, [`TrackFault::Unavailable`].
pub fn close_track(track: &Track2, key: &Schedule) -> Result<ClosedTrack, TrackFault> {
    let mut text = Zeroizing::new(track.reveal().replace('=', "D").into_bytes());
    let place = place(text.len(), key).ok_or(TrackFault::Unfit)?;
    let mut block = packed(&text[place.clone()]).ok_or(TrackFault::NotATrack)?;
    key.encrypt_ecb(&mut block)?;
    unpack(&block, &mut text[place]);
    let text = core::str::from_utf8(&text).map_err(|_| TrackFault::NotATrack)?;
    Short::new(text).map(ClosedTrack).map_err(|_| TrackFault::NotATrack)
}

/// Opens an enciphered track.
///
/// # Errors
/// [`TrackFault::NotATrack`] when what comes out is none; as [`close_track`] else.
pub fn open_track(closed: &ClosedTrack, key: &Schedule) -> Result<Track2, TrackFault> {
    let mut text = Zeroizing::new(closed.0.as_str().as_bytes().to_vec());
    let place = place(text.len(), key).ok_or(TrackFault::Unfit)?;
    let mut block = packed(&text[place.clone()]).ok_or(TrackFault::NotATrack)?;
    key.decrypt_ecb(&mut block)?;
    unpack(&block, &mut text[place]);
    let text = core::str::from_utf8(&text).map_err(|_| TrackFault::NotATrack)?;
    Track2::new(text).map_err(|_| TrackFault::NotATrack)
}

/// Which characters are enciphered.
fn place(length: usize, key: &Schedule) -> Option<core::ops::Range<usize>> {
    let end = length.checked_sub(if length.is_multiple_of(2) { 2 } else { 1 })?;
    let start = end.checked_sub(2 * key.block_bytes())?;
    Some(start..end)
}

fn packed(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    crate::key_block::unhex(core::str::from_utf8(text).ok()?)
}

fn unpack(block: &[u8], text: &mut [u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for (pair, byte) in text.chunks_exact_mut(2).zip(block) {
        pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Algorithm, ClearKey};

    fn key(algorithm: Algorithm, seed: u8) -> Schedule {
        let bytes: Vec<u8> = (0..16).map(|at| at * 11 + seed).collect();
        Schedule::new(&ClearKey::new(algorithm, &bytes).unwrap()).unwrap()
    }

    #[test]
    fn sixteen_digits_change_and_only_they() {
        let tdk = key(Algorithm::Tdes, 1);
        for (text, place) in [
            ("9990010000000014=30121010000000000001", 20..36),
            ("9990010000000014=3012101000000000000", 18..34),
            ("9990010000000014=30121010000", 10..26),
            ("9990010000000014=3012101000", 10..26),
        ] {
            let length = text.len();
            let track = Track2::new(text).unwrap();
            let closed = close_track(&track, &tdk).unwrap();
            let (shown, clear) = (closed.0.as_str(), text.replace('=', "D"));
            assert_eq!(shown.len(), length);
            assert_eq!((&shown[..place.start], &shown[place.end..]), (&clear[..place.start], &clear[place.end..]));
            // By the rule in words: pack, encipher, unpack.
            let mut block = packed(&clear.as_bytes()[place.clone()]).unwrap();
            tdk.encrypt_ecb(&mut block).unwrap();
            assert_eq!(packed(&shown.as_bytes()[place]).unwrap(), block);
            assert!(open_track(&closed, &tdk).unwrap() == track);
            assert!(open_track(&closed, &key(Algorithm::Tdes, 2)).is_err());
            assert_eq!(format!("{closed:?}"), "closed-track");
        }
    }

    #[test]
    fn what_is_too_short_is_refused() {
        let track = Track2::new("9990010000000014=30121010000000000001").unwrap();
        let sm4 = key(Algorithm::Sm4, 1);
        let closed = close_track(&track, &sm4).unwrap();
        assert!(open_track(&closed, &sm4).unwrap() == track);
        assert_eq!(&closed.0.as_str()[..4], "9990");
        let short = Track2::new("9990010000000014=30121010000").unwrap();
        assert_eq!(close_track(&short, &sm4).err(), Some(TrackFault::Unfit));
        assert!(close_track(&short, &key(Algorithm::Tdes, 1)).is_ok());
    }
}
