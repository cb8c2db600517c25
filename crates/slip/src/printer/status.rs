//! Real-time status (DLE EOT n) of an ESC/POS printer, and the one function that judges a copy's fate.
//! Never calls a slip printed on the word of the sender alone.

use slipway_terms::PaperFate;

/// Bytes a printer answers to [`status_query`].
pub const STATUS_BYTES: usize = 4;

/// DLE EOT 1 to 4: printer, why offline, which error, paper. Answered at once, even while the printer stands still.
pub const fn status_query() -> &'static [u8] {
    b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
}

/// GS r 1: answered in its turn, after all that was sent before it, so a printer that stopped never answers.
pub const fn finish_query() -> &'static [u8] {
    b"\x1Dr\x01"
}

/// Whether `byte` answers [`finish_query`]: bits 4 and 7 are off, by which it differs from a status byte.
pub const fn is_finished(byte: u8) -> bool {
    byte & 0x90 == 0
}

/// What a printer says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Status {
    /// It does not print now, for whatever reason.
    pub offline: bool,
    /// The cover is open.
    pub cover_open: bool,
    /// No paper.
    pub paper_out: bool,
    /// Paper near its end; it still prints.
    pub paper_low: bool,
    /// Jam, knife stuck or another error that needs a person.
    pub error: bool,
    /// The head is too hot; it goes on by itself when cool.
    pub overheated: bool,
    /// A test of the print head failed (the black bar was not seen by the sensor). Not part of DLE EOT: set by the
    /// caller that owns such a sensor, or after a cashier reports blank paper.
    pub blank_suspected: bool,
}

impl Status {
    /// From the four answer bytes. `None`: too few, too many, or not status bytes (their fixed bits are wrong): then
    /// nothing is known about the printer.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let [printer, offline, error, paper] = *bytes else { return None };
        if bytes.iter().any(|b| b & 0x93 != 0x12) {
            return None;
        }
        Some(Self {
            offline: printer & 0x08 != 0,
            cover_open: offline & 0x04 != 0,
            paper_out: offline & 0x20 != 0 || paper & 0x60 != 0,
            paper_low: paper & 0x0C != 0,
            error: error & 0x2C != 0 || (offline & 0x40 != 0 && error & 0x40 == 0),
            overheated: error & 0x40 != 0,
            blank_suspected: false,
        })
    }

    /// The four bytes a printer in this state answers.
    pub const fn encode(self) -> [u8; STATUS_BYTES] {
        const fn bit(on: bool, mask: u8) -> u8 {
            if on { mask } else { 0 }
        }
        [
            0x12 | bit(self.offline, 0x08),
            0x12 | bit(self.cover_open, 0x04) | bit(self.paper_out, 0x20) | bit(self.error || self.overheated, 0x40),
            0x12 | bit(self.error, 0x04) | bit(self.overheated, 0x40),
            0x12 | bit(self.paper_low, 0x0C) | bit(self.paper_out, 0x60),
        ]
    }

    /// Whether a slip may be sent. Low paper is no hindrance: most slips still fit.
    pub const fn ready(self) -> bool {
        !(self.offline || self.cover_open || self.paper_out || self.error || self.overheated)
    }
}

/// How much of a job the printer took.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Written {
    /// No byte.
    Nothing,
    /// Some bytes, then the link failed.
    Part,
    /// All bytes were handed over; the printer did not say that it worked through them.
    Queued,
    /// All bytes, and the printer answered [`finish_query`] behind them.
    Finished,
}

/// What became of the copy. `before` and `after` are `None` when the printer did not answer.
///
/// A stop reported afterwards is `Half` even when the job finished: a second copy marked 重打印 costs a strip of paper,
/// a slip believed printed costs a dispute.
pub const fn fate(before: Option<Status>, written: Written, after: Option<Status>) -> PaperFate {
    match (before, written, after) {
        (_, Written::Nothing, _) => PaperFate::Missing,
        // Whoever writes to a printer that is silent or not ready knows nothing about what it does with the bytes.
        (None, _, _) | (_, _, None) => PaperFate::Unknown,
        (Some(was), _, _) if !was.ready() => PaperFate::Unknown,
        (_, _, Some(is)) if !is.ready() => PaperFate::Half,
        (_, Written::Part, Some(_)) => PaperFate::Half,
        (_, Written::Queued, Some(_)) => PaperFate::Unknown,
        (_, Written::Finished, Some(is)) => {
            if is.blank_suspected {
                PaperFate::Unknown
            } else {
                PaperFate::Printed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FINE: Status = Status {
        offline: false,
        cover_open: false,
        paper_out: false,
        paper_low: false,
        error: false,
        overheated: false,
        blank_suspected: false,
    };
    const EMPTY: Status = Status { offline: true, paper_out: true, ..FINE };
    const BLANK: Status = Status { blank_suspected: true, ..FINE };

    #[test]
    fn answers_are_read_bit_by_bit() {
        let check = |bytes: &[u8], want: Option<Status>| assert_eq!(Status::decode(bytes), want, "{bytes:02x?}");
        check(&[0x12, 0x12, 0x12, 0x12], Some(FINE));
        check(&[0x16, 0x12, 0x12, 0x12], Some(FINE)); // drawer signal
        check(&[0x1A, 0x16, 0x12, 0x12], Some(Status { offline: true, cover_open: true, ..FINE }));
        check(&[0x1A, 0x32, 0x12, 0x72], Some(EMPTY));
        check(&[0x12, 0x12, 0x12, 0x1E], Some(Status { paper_low: true, ..FINE }));
        check(&[0x1A, 0x52, 0x1A, 0x12], Some(Status { offline: true, error: true, ..FINE })); // knife
        check(&[0x1A, 0x52, 0x32, 0x12], Some(Status { offline: true, error: true, ..FINE })); // needs repair
        check(&[0x1A, 0x52, 0x12, 0x12], Some(Status { offline: true, error: true, ..FINE })); // error without a cause
        check(&[0x1A, 0x52, 0x52, 0x12], Some(Status { offline: true, overheated: true, ..FINE }));
        check(&[], None);
        check(&[0x12, 0x12, 0x12], None);
        check(&[0x12; 5], None);
        check(&[0x12, 0x12, 0x00, 0x12], None);
        check(b"HTTP", None);
    }

    #[test]
    fn every_state_survives_its_bytes() {
        for bits in 0..64u8 {
            let on = |n: u8| bits & (1 << n) != 0;
            let status = Status {
                offline: on(0),
                cover_open: on(1),
                paper_out: on(2),
                paper_low: on(3) || on(2),
                error: on(4),
                overheated: on(5),
                blank_suspected: false,
            };
            let back = Status::decode(&status.encode()).unwrap();
            assert_eq!(back.ready(), status.ready());
            assert_eq!(Status { paper_low: status.paper_low, ..back }, status);
        }
        assert!(!Status::default().encode().iter().any(|b| is_finished(*b)), "a status byte is no finish mark");
    }

    #[test]
    fn fate_follows_the_status() {
        use PaperFate::{Half, Missing, Printed, Unknown};
        use Written::{Finished, Nothing, Part, Queued};
        let check =
            |before, written, after, want| assert_eq!(fate(before, written, after), want, "{written:?} {after:?}");
        check(None, Nothing, None, Missing);
        check(Some(EMPTY), Nothing, Some(EMPTY), Missing);
        check(Some(FINE), Nothing, Some(FINE), Missing);
        check(Some(FINE), Finished, Some(FINE), Printed);
        check(Some(FINE), Finished, Some(Status { paper_low: true, ..FINE }), Printed);
        check(Some(FINE), Finished, Some(BLANK), Unknown);
        check(Some(FINE), Finished, Some(EMPTY), Half);
        check(Some(FINE), Finished, None, Unknown);
        check(Some(FINE), Queued, Some(FINE), Unknown);
        check(Some(FINE), Queued, Some(EMPTY), Half);
        check(Some(FINE), Queued, None, Unknown);
        check(Some(FINE), Part, Some(FINE), Half);
        check(Some(FINE), Part, Some(EMPTY), Half);
        check(Some(FINE), Part, None, Unknown);
        check(None, Queued, Some(FINE), Unknown);
        check(None, Finished, Some(FINE), Unknown);
        check(Some(EMPTY), Queued, Some(FINE), Unknown);
    }
}
