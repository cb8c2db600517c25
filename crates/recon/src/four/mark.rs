//! A written position: what a stopped reconciliation needs to go on. Must never be taken for that of another run.

use super::{Class, View};
use crate::clearing::Crc;
use crate::key::Key;
use slipway_terms::BusinessDate;

/// Which reconciliation: the same lists, looked at by the same party, for the same day.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Run {
    /// Who looks.
    pub view: View,
    /// Bits of the lists that have come and were checked ([`super::List::bit`]).
    pub received: u8,
    /// Which day.
    pub date: BusinessDate,
    /// A checksum over the lists, by whoever holds them.
    pub lists: u64,
}

/// Lines by class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally(pub(super) [u64; Class::COUNT]);

impl Tally {
    /// Lines of one class.
    pub const fn of(&self, class: Class) -> u64 {
        self.0[class.index()]
    }

    /// All lines.
    pub fn lines(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// A position between two keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    pub(super) run: Run,
    /// Everything up to this key has had its lines.
    pub(super) last: Option<Key>,
    pub(super) tally: Tally,
}

const TAG: &[u8; 4] = b"SWM1";

impl Mark {
    /// Bytes of a written position.
    pub const LEN: usize = 4 + 2 + 8 + 8 + 1 + Key::LEN + 8 * Class::COUNT + 8;

    /// Its tally.
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// For the disk.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut bytes = [0; Self::LEN];
        bytes[..4].copy_from_slice(TAG);
        bytes[4] = self.run.view.mask();
        bytes[5] = self.run.received;
        bytes[6..14].copy_from_slice(&self.run.date.days().to_be_bytes());
        bytes[14..22].copy_from_slice(&self.run.lists.to_be_bytes());
        bytes[22] = u8::from(self.last.is_some());
        if let Some(last) = self.last {
            bytes[23..23 + Key::LEN].copy_from_slice(&last.to_bytes());
        }
        for (at, count) in self.tally.0.iter().enumerate() {
            bytes[47 + at * 8..55 + at * 8].copy_from_slice(&count.to_be_bytes());
        }
        let crc = checksum(&bytes[..Self::LEN - 8]);
        bytes[Self::LEN - 8..].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    /// From the disk; nothing if a single bit is not as it was written: then the run begins anew, which costs time only.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::LEN] = bytes.try_into().ok()?;
        let number = |at: usize| bytes[at..at + 8].iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        if &bytes[..4] != TAG || number(Self::LEN - 8) != checksum(&bytes[..Self::LEN - 8]) {
            return None;
        }
        let view = View::ALL.into_iter().find(|view| view.mask() == bytes[4])?;
        let mut key = [0; Key::LEN];
        key.copy_from_slice(&bytes[23..23 + Key::LEN]);
        let mut tally = Tally::default();
        for (at, count) in tally.0.iter_mut().enumerate() {
            *count = number(47 + at * 8);
        }
        let date = BusinessDate::from_days(number(6).cast_signed());
        let run = Run { view, received: bytes[5], date, lists: number(14) };
        Some(Self { run, last: (bytes[22] == 1).then(|| Key::from_bytes(&key)), tally })
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut crc = Crc::NEW;
    crc.add(bytes);
    crc.value()
}
