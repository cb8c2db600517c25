//! What stands around a message on a line: POS length, TPDU and header; CUPS length and header. Found, split off a stream, written.
//! A length read here is a claim of the peer: it is checked against the limit before anything is waited for.

use alloc::vec::Vec;
use core::ops::Range;

use crate::cups_header::{CUPS_HEADER_BYTES, CupsHeader};
use crate::decode::FRAME_BYTES_MAX;
use crate::dialect::Family;
use crate::fault::{Fault, Path, Rule, clip};

/// `60` + destination + source: who a terminal frame is for, and from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tpdu {
    /// First byte, 0x60.
    pub id: u8,
    /// Destination NII, packed.
    pub destination: [u8; 2],
    /// Source NII, packed.
    pub source: [u8; 2],
}

impl Tpdu {
    /// From the five bytes.
    #[must_use]
    pub const fn parse(b: [u8; 5]) -> Tpdu {
        Tpdu { id: b[0], destination: [b[1], b[2]], source: [b[3], b[4]] }
    }

    /// The five bytes.
    #[must_use]
    pub const fn bytes(&self) -> [u8; 5] {
        [self.id, self.destination[0], self.destination[1], self.source[0], self.source[1]]
    }

    /// The TPDU of the answer: destination and source exchanged.
    #[must_use]
    pub const fn answer(&self) -> Tpdu {
        Tpdu { id: self.id, destination: self.source, source: self.destination }
    }
}

/// The 6-byte POS header: class 2, version 2, status 1, requirement 1, sub-version 6 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PosHeader(pub [u8; 6]);

impl PosHeader {
    /// Processing requirement of the host, a nibble 0..=15 (3: sign on again).
    #[must_use]
    pub const fn requirement(&self) -> u8 {
        self.0[2] & 15
    }

    /// The same header with another processing requirement.
    #[must_use]
    pub const fn with_requirement(mut self, nibble: u8) -> PosHeader {
        self.0[2] = (self.0[2] & 0xF0) | (nibble & 15);
        self
    }
}

/// What stands around one message, and where the message itself is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framing {
    /// The length in front, if there is one.
    pub length: Option<u32>,
    /// POS.
    pub tpdu: Option<Tpdu>,
    /// POS.
    pub header: Option<PosHeader>,
    /// CUPS.
    pub cups: Option<CupsHeader>,
    /// Header of a configured wire.
    pub fixed: Vec<u8>,
    /// Where MTI and fields are in the bytes given.
    pub body: Range<usize>,
}

impl Framing {
    /// Nothing around the message.
    #[must_use]
    pub fn bare(body: Range<usize>) -> Framing {
        Framing { length: None, tpdu: None, header: None, cups: None, fixed: Vec::new(), body }
    }
}

/// The framings a person can name on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapped {
    /// With a length in front.
    Length,
    /// TPDU and header, or the CUPS header, without length.
    Header,
    /// Message only.
    Bare,
}

/// Finds the framing by itself, or checks the `named` one.
///
/// # Errors
/// `NoFraming`; `FrameLength` when a named length does not agree.
pub fn detect(family: Family, bytes: &[u8], named: Option<Wrapped>) -> Result<Framing, Fault> {
    if bytes.len() > FRAME_BYTES_MAX + 6 {
        let rule = Rule::Long { got: clip(bytes.len()), max: clip(FRAME_BYTES_MAX) };
        return Err(Fault::new(Path::Frame, 0, rule));
    }
    let found = match family {
        Family::Pos => detect_pos(bytes, named),
        Family::Cups => detect_cups(bytes, named),
        Family::General => wants(named, Wrapped::Bare).then(|| Ok(Framing::bare(0..bytes.len()))),
    };
    found.unwrap_or(Err(Fault::new(Path::Frame, 0, Rule::NoFraming)))
}

/// Which family do these bytes look like? For a decode command without a named dialect.
#[must_use]
pub fn looks_like(bytes: &[u8]) -> Option<Family> {
    [Family::Cups, Family::Pos].into_iter().find(|f| detect(*f, bytes, None).is_ok())
}

fn wants(named: Option<Wrapped>, this: Wrapped) -> bool {
    named.is_none_or(|n| n == this)
}

fn detect_pos(bytes: &[u8], named: Option<Wrapped>) -> Option<Result<Framing, Fault>> {
    if wants(named, Wrapped::Length)
        && let Some(found) = with_pos_length(bytes, named.is_some())
    {
        return Some(found);
    }
    if wants(named, Wrapped::Bare) && packed_mti(bytes, 0) {
        return Some(Ok(Framing::bare(0..bytes.len())));
    }
    if wants(named, Wrapped::Header) { with_tpdu(bytes, 0).map(Ok) } else { None }
}

/// A length of 0x0200 looks like an MTI, so a length must agree or have TPDU and header behind it.
fn with_pos_length(bytes: &[u8], named: bool) -> Option<Result<Framing, Fault>> {
    // One host family puts a byte 02 in front of the length.
    let at = usize::from(bytes.first() == Some(&2) && with_tpdu(bytes, 3).is_some());
    let mut framing = with_tpdu(bytes, at + 2)?;
    let says = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let have = bytes.len() - at - 2;
    if says != have && framing.header.is_none() && !named {
        return None;
    }
    framing.length = Some(clip(says));
    Some(check_length(says, have, at).map(|()| framing))
}

fn check_length(says: usize, have: usize, at: usize) -> Result<(), Fault> {
    if says == have {
        return Ok(());
    }
    Err(Fault::new(Path::Frame, at, Rule::FrameLength { says: clip(says), have: clip(have) }))
}

/// TPDU, then a header if one is there, then something like an MTI.
fn with_tpdu(bytes: &[u8], at: usize) -> Option<Framing> {
    let tpdu = Tpdu::parse(*bytes.get(at..)?.first_chunk::<5>()?);
    if tpdu.id & 0xF0 != 0x60 {
        return None;
    }
    let mut framing = Framing { tpdu: Some(tpdu), ..Framing::bare(at + 5..bytes.len()) };
    if packed_mti(bytes, at + 5) {
        return Some(framing);
    }
    let header = *bytes.get(at + 5..)?.first_chunk::<6>()?;
    if header[0] & 0xF0 != 0x60 || !packed_mti(bytes, at + 11) {
        return None;
    }
    framing.header = Some(PosHeader(header));
    framing.body.start = at + 11;
    Some(framing)
}

/// A packed MTI of any published version (0, 1, 2) with the function digits in use.
fn packed_mti(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 2), Some(&[a, b]) if a >> 4 <= 2 && a & 15 <= 8 && a != 0 && b >> 4 <= 9 && b & 15 <= 9)
}

fn ascii_mti(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at..at + 4), Some(&[a, b, c, d])
        if matches!(a, b'0'..=b'2') && matches!(b, b'1'..=b'8') && c.is_ascii_digit() && d.is_ascii_digit())
}

fn detect_cups(bytes: &[u8], named: Option<Wrapped>) -> Option<Result<Framing, Fault>> {
    if wants(named, Wrapped::Header)
        && let Some(framing) = with_cups_header(bytes, 0)
    {
        return Some(Ok(framing));
    }
    if wants(named, Wrapped::Length)
        && let Some(says) = ascii_length(bytes)
    {
        let have = bytes.len() - 4;
        // Members in the field put another number in front than in the header: with a good header the number is only shown.
        if let Some(mut framing) = with_cups_header(bytes, 4) {
            framing.length = Some(clip(says));
            return Some(Ok(framing));
        }
        if ascii_mti(bytes, 4) && (says == have || named.is_some()) {
            let framing = Framing { length: Some(clip(says)), ..Framing::bare(4..bytes.len()) };
            return Some(check_length(says, have, 0).map(|()| framing));
        }
    }
    (wants(named, Wrapped::Bare) && ascii_mti(bytes, 0)).then(|| Ok(Framing::bare(0..bytes.len())))
}

fn with_cups_header(bytes: &[u8], at: usize) -> Option<Framing> {
    let header = CupsHeader::parse(bytes.get(at..)?.first_chunk::<CUPS_HEADER_BYTES>()?)?;
    let start = at + CUPS_HEADER_BYTES;
    // A rejected message comes back with what was rejected, so its MTI may be anything.
    Some(Framing { cups: Some(header), ..Framing::bare(start..bytes.len()) })
}

fn ascii_length(bytes: &[u8]) -> Option<usize> {
    let digits = bytes.get(..4)?;
    digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + usize::from(b - b'0')))
}

/// Looks for one whole frame at the front of a stream.
///
/// `Ok(None)`: more bytes are needed. `Ok(Some((frame, consumed)))`: the frame without its length; an empty one is a keep-alive.
///
/// # Errors
/// `Long` when the announced length is over `max`, `LengthDigits` when it is no number: the stream is lost, cut the line.
pub fn split(buf: &[u8], family: Family, max: usize) -> Result<Option<(Range<usize>, usize)>, Fault> {
    let (wide, says) = match family {
        Family::Pos | Family::General => match buf {
            [a, b, ..] => (2, usize::from(u16::from_be_bytes([*a, *b]))),
            _ => return Ok(None),
        },
        Family::Cups => {
            let bad = buf.iter().take(4).position(|b| !b.is_ascii_digit());
            if let Some(at) = bad {
                return Err(Fault::new(Path::Frame, at, Rule::LengthDigits));
            }
            match ascii_length(buf) {
                Some(says) => (4, says),
                None => return Ok(None),
            }
        }
    };
    let max = max.min(FRAME_BYTES_MAX);
    if says > max {
        return Err(Fault::new(Path::Frame, 0, Rule::Long { got: clip(says), max: clip(max) }));
    }
    let end = wide + says;
    Ok((buf.len() >= end).then_some((wide..end, end)))
}

/// What to put around a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// LEN(2) + TPDU + header.
    Pos(Tpdu, PosHeader),
    /// 4 digits + 46-byte header.
    Cups(CupsHeader),
    /// Length only, in the family's form.
    Length(Family),
}

impl Envelope {
    /// The envelope for the answer to a frame: addresses exchanged; the POS header echoed, with another processing requirement if given.
    /// `None` when the frame had neither TPDU with header nor a CUPS header.
    #[must_use]
    pub fn answer_to(framing: &Framing, requirement: Option<u8>) -> Option<Envelope> {
        if let Some(cups) = &framing.cups {
            return Some(Envelope::Cups(cups.answer()));
        }
        let header = framing.header?;
        let header = requirement.map_or(header, |nibble| header.with_requirement(nibble));
        Some(Envelope::Pos(framing.tpdu?.answer(), header))
    }

    /// Writes length and header with the length still open, and returns the mark for [`Envelope::close`].
    #[must_use]
    pub fn open(&self, buf: &mut Vec<u8>) -> usize {
        let mark = buf.len();
        match self {
            Envelope::Pos(tpdu, header) => {
                buf.extend_from_slice(&[0; 2]);
                buf.extend_from_slice(&tpdu.bytes());
                buf.extend_from_slice(&header.0);
            }
            Envelope::Cups(header) => {
                buf.extend_from_slice(&[b'0'; 4]);
                buf.extend_from_slice(&header.bytes());
            }
            Envelope::Length(Family::Pos | Family::General) => buf.extend_from_slice(&[0; 2]),
            Envelope::Length(Family::Cups) => buf.extend_from_slice(&[b'0'; 4]),
        }
        mark
    }

    /// Patches the lengths of the frame that was opened at `mark` and ends with `buf`.
    ///
    /// # Errors
    /// `Long` over the frame limit.
    pub fn close(&self, buf: &mut [u8], mark: usize) -> Result<(), Fault> {
        let wide =
            if matches!(self, Envelope::Pos(..) | Envelope::Length(Family::Pos | Family::General)) { 2 } else { 4 };
        let len = buf.len().saturating_sub(mark + wide);
        if len > FRAME_BYTES_MAX {
            return Err(Fault::new(Path::Frame, 0, Rule::Long { got: clip(len), max: clip(FRAME_BYTES_MAX) }));
        }
        let digits = [1000, 100, 10, 1].map(|power| b'0' + (len / power % 10) as u8);
        let mut put = |at: usize, bytes: &[u8]| {
            if let Some(to) = buf.get_mut(at..at + bytes.len()) {
                to.copy_from_slice(bytes);
            }
        };
        if wide == 2 {
            put(mark, &(len as u16).to_be_bytes());
        } else {
            put(mark, &digits);
        }
        if let Envelope::Cups(_) = self {
            put(mark + 4 + CupsHeader::TOTAL_AT, &digits);
        }
        Ok(())
    }
}
