//! The 46-byte header of the switch side.
//! Only its form is checked; who may send what is the switch's matter.

/// Length of the header, also its first byte.
pub const CUPS_HEADER_BYTES: usize = 46;

/// Header of a switch-side frame. Ids are ASCII, left, space padded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CupsHeader {
    /// 0x02 or 0x82: version 2, high bit separates test from production.
    pub flag_version: u8,
    /// Header and body, ASCII digits.
    pub total_length: [u8; 4],
    /// Institution it goes to.
    pub destination: [u8; 11],
    /// Institution it comes from.
    pub source: [u8; 11],
    /// Zero.
    pub reserved: [u8; 3],
    /// Batch number.
    pub batch: u8,
    /// ASCII digits.
    pub transaction: [u8; 8],
    /// Zero.
    pub user: u8,
    /// ASCII digits, 00000 when nothing was rejected.
    pub reject: [u8; 5],
}

impl CupsHeader {
    pub(crate) const TOTAL_AT: usize = 2;

    /// A header of version 2 for a fresh message; the total length is patched by the envelope.
    /// Ids longer than 11 characters are cut.
    #[must_use]
    pub fn new(destination: &str, source: &str) -> CupsHeader {
        CupsHeader {
            flag_version: 0x02,
            total_length: *b"0000",
            destination: id(destination),
            source: id(source),
            reserved: [0; 3],
            batch: 0,
            transaction: *b"00000000",
            user: 0,
            reject: *b"00000",
        }
    }

    /// Reads a header; `None` when it cannot be one.
    #[must_use]
    pub fn parse(b: &[u8; CUPS_HEADER_BYTES]) -> Option<CupsHeader> {
        let part = |at: usize| b.get(at..);
        let header = CupsHeader {
            flag_version: b[1],
            total_length: *part(2)?.first_chunk()?,
            destination: *part(6)?.first_chunk()?,
            source: *part(17)?.first_chunk()?,
            reserved: *part(28)?.first_chunk()?,
            batch: b[31],
            transaction: *part(32)?.first_chunk()?,
            user: b[40],
            reject: *part(41)?.first_chunk()?,
        };
        let digits = header.total_length.iter().all(u8::is_ascii_digit);
        let ids = header.destination.iter().chain(&header.source).all(|c| c.is_ascii_alphanumeric() || *c == b' ');
        (usize::from(b[0]) == CUPS_HEADER_BYTES && digits && ids).then_some(header)
    }

    /// The 46 bytes.
    #[must_use]
    pub fn bytes(&self) -> [u8; CUPS_HEADER_BYTES] {
        let mut out = [0; CUPS_HEADER_BYTES];
        let mut at = 0;
        let mut put = |part: &[u8]| {
            if let Some(to) = out.get_mut(at..at + part.len()) {
                to.copy_from_slice(part);
            }
            at += part.len();
        };
        put(&[CUPS_HEADER_BYTES as u8, self.flag_version]);
        put(&self.total_length);
        put(&self.destination);
        put(&self.source);
        put(&self.reserved);
        put(&[self.batch]);
        put(&self.transaction);
        put(&[self.user]);
        put(&self.reject);
        out
    }

    /// The header of the answer: destination and source exchanged, reject code cleared.
    #[must_use]
    pub fn answer(&self) -> CupsHeader {
        CupsHeader { destination: self.source, source: self.destination, reject: *b"00000", ..*self }
    }
}

fn id(text: &str) -> [u8; 11] {
    let mut out = [b' '; 11];
    for (to, c) in out.iter_mut().zip(text.bytes()) {
        *to = c;
    }
    out
}
