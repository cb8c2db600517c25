//! Framing by configuration, for lines that are neither of the two built-in families: which length in front, whether it counts
//! itself, a TPDU, a header of fixed bytes.
//! A length read here is a claim of the peer: it is checked against the limit before anything is waited for.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::decode::{FRAME_BYTES_MAX, decode};
use crate::dialect::{Dialect, Family};
use crate::fault::{Fault, Path, Rule, clip};
use crate::frame::{Framing, Tpdu, Wrapped, detect};
use crate::plain::from_hex;

/// How the length in front of a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthForm {
    /// There is none: one datagram, one message.
    None,
    /// Two bytes, high byte first.
    Binary2,
    /// Four bytes, high byte first.
    Binary4,
    /// Four ASCII digits.
    Ascii4,
    /// Two bytes of packed digits.
    Bcd2,
}

impl LengthForm {
    /// Bytes of the length itself.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            LengthForm::None => 0,
            LengthForm::Binary2 | LengthForm::Bcd2 => 2,
            LengthForm::Binary4 | LengthForm::Ascii4 => 4,
        }
    }
}

/// What stands around each message on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The length in front.
    pub length: LengthForm,
    /// Does the length count its own bytes?
    pub inclusive: bool,
    /// Are there five bytes of TPDU behind the length?
    pub tpdu: bool,
    /// The bytes in front of the message as they are sent; as many are taken off what arrives, whatever they are.
    pub header: Vec<u8>,
}

/// The framing of `bytes` in `dialect`: as [`detect`] finds it for the two families; for a general dialect the message alone, or
/// behind one of the usual lengths, if it agrees and a message of the dialect follows.
///
/// # Errors
/// As [`detect`].
pub fn detect_in(dialect: &Dialect, bytes: &[u8], named: Option<Wrapped>) -> Result<Framing, Fault> {
    if dialect.family != Family::General {
        return detect(dialect.family, bytes, named);
    }
    let reads = |framing: &Framing| bytes.get(framing.body.clone()).is_some_and(|body| decode(dialect, body).is_ok());
    let bare = Framing::bare(0..bytes.len());
    if named != Some(Wrapped::Length) && (named == Some(Wrapped::Bare) || reads(&bare)) {
        return Ok(bare);
    }
    let usual = USUAL.iter().filter_map(|words| Wire::parse(words)).filter_map(|wire| {
        let named = if named == Some(Wrapped::Header) { Wrapped::Header } else { Wrapped::Length };
        wire.find(bytes, Some(named)).ok()
    });
    match usual.into_iter().find(reads) {
        Some(framing) => Ok(framing),
        // As a message alone its fault says most.
        None if named.is_none() => Ok(bare),
        None => Err(Fault::new(Path::Frame, 0, Rule::NoFraming)),
    }
}

/// What most lines speak.
const USUAL: [&str; 8] =
    ["binary2", "ascii4", "bcd2", "binary2+inclusive", "ascii4+inclusive", "binary4", "binary2+tpdu", "bcd2+tpdu"];

impl Default for Wire {
    /// Two bytes of length, nothing else: what most hosts speak.
    fn default() -> Wire {
        Wire { length: LengthForm::Binary2, inclusive: false, tpdu: false, header: Vec::new() }
    }
}

impl Wire {
    /// From words joined by `+`: `binary2`, `binary4`, `ascii4`, `bcd2` or `none`; `inclusive`; `tpdu`; `header:HEX`.
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Wire> {
        let mut wire = Wire { length: LengthForm::None, ..Wire::default() };
        for word in text.split('+').map(str::trim) {
            match word {
                "none" => wire.length = LengthForm::None,
                "binary2" => wire.length = LengthForm::Binary2,
                "binary4" => wire.length = LengthForm::Binary4,
                "ascii4" => wire.length = LengthForm::Ascii4,
                "bcd2" => wire.length = LengthForm::Bcd2,
                "inclusive" => wire.inclusive = true,
                "tpdu" => wire.tpdu = true,
                _ => wire.header = word.strip_prefix("header:").and_then(from_hex)?,
            }
        }
        Some(wire)
    }

    /// The words that [`Wire::parse`] takes.
    #[must_use]
    pub fn words(&self) -> String {
        let mut out = String::from(match self.length {
            LengthForm::None => "none",
            LengthForm::Binary2 => "binary2",
            LengthForm::Binary4 => "binary4",
            LengthForm::Ascii4 => "ascii4",
            LengthForm::Bcd2 => "bcd2",
        });
        if self.inclusive {
            out.push_str("+inclusive");
        }
        if self.tpdu {
            out.push_str("+tpdu");
        }
        if !self.header.is_empty() {
            out.push_str("+header:");
            out.push_str(&crate::plain::hex(&self.header));
        }
        out
    }

    /// Looks for one whole frame at the front of a stream.
    ///
    /// `Ok(None)`: more bytes are needed. `Ok(Some((frame, consumed)))`: the frame without its length; an empty one is a keep-alive.
    ///
    /// # Errors
    /// `Long` when the announced length is over `max`, `LengthDigits` when it is no number, `FrameLength` when it counts itself
    /// and is too small for that: the stream is lost, cut the line.
    pub fn split(&self, buf: &[u8], max: usize) -> Result<Option<(Range<usize>, usize)>, Fault> {
        let wide = self.length.bytes();
        let Some(says) = self.says(buf)? else { return Ok(None) };
        let max = max.min(FRAME_BYTES_MAX);
        if says > max {
            return Err(Fault::new(Path::Frame, 0, Rule::Long { got: clip(says), max: clip(max) }));
        }
        let end = wide + says;
        Ok((buf.len() >= end).then_some((wide..end, end)))
    }

    /// Bytes behind the length, by the length; `None` while it is not whole.
    fn says(&self, buf: &[u8]) -> Result<Option<usize>, Fault> {
        let wide = self.length.bytes();
        let Some(raw) = buf.get(..wide) else {
            // Wrong digits are wrong before the rest has come.
            return match self.digits(buf) {
                Err(fault) => Err(fault),
                Ok(_) => Ok(None),
            };
        };
        let says = match self.length {
            // Without a length everything that is there is one frame.
            LengthForm::None => return Ok(Some(buf.len())),
            LengthForm::Binary2 | LengthForm::Binary4 => raw.iter().fold(0, |n, b| n << 8 | usize::from(*b)),
            LengthForm::Ascii4 | LengthForm::Bcd2 => self.digits(raw)?,
        };
        if !self.inclusive {
            return Ok(Some(says));
        }
        let short = Fault::new(Path::Frame, 0, Rule::FrameLength { says: clip(says), have: clip(wide) });
        says.checked_sub(wide).ok_or(short).map(Some)
    }

    fn digits(&self, raw: &[u8]) -> Result<usize, Fault> {
        let bad = |at| Fault::new(Path::Frame, at, Rule::LengthDigits);
        raw.iter().enumerate().try_fold(0, |n, (at, b)| match self.length {
            LengthForm::Ascii4 if b.is_ascii_digit() => Ok(n * 10 + usize::from(b - b'0')),
            LengthForm::Bcd2 if b >> 4 <= 9 && b & 15 <= 9 => {
                Ok(n * 100 + usize::from(b >> 4) * 10 + usize::from(b & 15))
            }
            LengthForm::Ascii4 | LengthForm::Bcd2 => Err(bad(at)),
            _ => Ok(0),
        })
    }

    /// Finds the message in one frame. `named`: with its length, without it, or the message alone; by itself the longest that fits.
    ///
    /// # Errors
    /// `FrameLength` when a length does not agree, `NoFraming` when there are fewer bytes than the wire has in front.
    pub fn find(&self, bytes: &[u8], named: Option<Wrapped>) -> Result<Framing, Fault> {
        let whole = |fault: Fault| if named.is_some() { Err(fault) } else { Ok(None) };
        let with_length = match named {
            None | Some(Wrapped::Length) if self.length != LengthForm::None => match self.says(bytes) {
                Ok(Some(says)) if says + self.length.bytes() == bytes.len() => Some(says),
                Ok(Some(says)) => {
                    let have = bytes.len() - self.length.bytes();
                    let rule = Rule::FrameLength { says: clip(says), have: clip(have) };
                    whole(Fault::new(Path::Frame, 0, rule))?
                }
                Ok(None) => whole(Fault::new(Path::Frame, 0, Rule::NoFraming))?,
                Err(fault) => whole(fault)?,
            },
            _ => None,
        };
        if named == Some(Wrapped::Bare) {
            return Ok(Framing::bare(0..bytes.len()));
        }
        let from = with_length.map_or(0, |_| self.length.bytes());
        let mut framing = self.inside(bytes, from)?;
        framing.length = with_length.map(clip);
        Ok(framing)
    }

    /// TPDU and header of a frame that begins at `from`.
    fn inside(&self, bytes: &[u8], from: usize) -> Result<Framing, Fault> {
        let no = || Fault::new(Path::Frame, from, Rule::NoFraming);
        let mut at = from;
        let mut framing = Framing::bare(from..bytes.len());
        if self.tpdu {
            framing.tpdu = Some(Tpdu::parse(*bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or_else(no)?));
            at += 5;
        }
        framing.fixed = bytes.get(at..at + self.header.len()).ok_or_else(no)?.to_vec();
        framing.body.start = at + self.header.len();
        Ok(framing)
    }

    /// Writes everything in front of a message with the length still open, and returns the mark for [`Wire::close`].
    #[must_use]
    pub fn open(&self, tpdu: Option<Tpdu>, buf: &mut Vec<u8>) -> usize {
        let mark = buf.len();
        buf.resize(mark + self.length.bytes(), 0);
        if self.tpdu {
            let tpdu = tpdu.unwrap_or(Tpdu { id: 0x60, destination: [0; 2], source: [0; 2] });
            buf.extend_from_slice(&tpdu.bytes());
        }
        buf.extend_from_slice(&self.header);
        mark
    }

    /// Patches the length of the frame that was opened at `mark` and ends with `buf`.
    ///
    /// # Errors
    /// `Long` over the frame limit.
    pub fn close(&self, buf: &mut [u8], mark: usize) -> Result<(), Fault> {
        let wide = self.length.bytes();
        let len = buf.len().saturating_sub(mark + wide);
        let says = if self.inclusive { len + wide } else { len };
        if says > FRAME_BYTES_MAX {
            return Err(Fault::new(Path::Frame, 0, Rule::Long { got: clip(says), max: clip(FRAME_BYTES_MAX) }));
        }
        let digit = |power: u32| (says / 10usize.pow(power) % 10) as u8;
        let bytes: [u8; 4] = match self.length {
            LengthForm::None => return Ok(()),
            LengthForm::Binary2 => [(says >> 8) as u8, says as u8, 0, 0],
            LengthForm::Binary4 => [0, 0, (says >> 8) as u8, says as u8],
            LengthForm::Ascii4 => [3, 2, 1, 0].map(|power| b'0' + digit(power)),
            LengthForm::Bcd2 => [digit(3) << 4 | digit(2), digit(1) << 4 | digit(0), 0, 0],
        };
        if let (Some(to), Some(from)) = (buf.get_mut(mark..mark + wide), bytes.get(..wide)) {
            to.copy_from_slice(from);
        }
        Ok(())
    }
}
