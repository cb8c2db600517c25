//! A written position: what a stopped reconciliation needs to go on. Must never be taken for that of another run.

use super::{Class, Slice, View};
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
    /// Which keys: [`Slice::WHOLE`], or one part of them.
    pub slice: Slice,
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

const TAG: &[u8; 4] = b"SWM2";

impl Mark {
    /// Bytes of a written position.
    pub const LEN: usize = 4 + 2 + 8 + 8 + 3 * (1 + Key::LEN) + 8 * Class::COUNT + 8;
    const KEYS: usize = 22;
    const TALLY: usize = Self::KEYS + 3 * (1 + Key::LEN);

    /// Which run it is of.
    pub const fn run(&self) -> Run {
        self.run
    }

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
        for (at, key) in [self.last, self.run.slice.from, self.run.slice.until].into_iter().enumerate() {
            let Some(key) = key else { continue };
            let from = Self::KEYS + at * (1 + Key::LEN);
            bytes[from] = 1;
            bytes[from + 1..from + 1 + Key::LEN].copy_from_slice(&key.to_bytes());
        }
        for (at, count) in self.tally.0.iter().enumerate() {
            let from = Self::TALLY + at * 8;
            bytes[from..from + 8].copy_from_slice(&count.to_be_bytes());
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
        let key = |at: usize| {
            let from = Self::KEYS + at * (1 + Key::LEN);
            let mut key = [0; Key::LEN];
            key.copy_from_slice(&bytes[from + 1..from + 1 + Key::LEN]);
            (bytes[from] == 1).then(|| Key::from_bytes(&key))
        };
        let mut tally = Tally::default();
        for (at, count) in tally.0.iter_mut().enumerate() {
            *count = number(Self::TALLY + at * 8);
        }
        let date = BusinessDate::from_days(number(6).cast_signed());
        let slice = Slice { from: key(1), until: key(2) };
        let run = Run { view, received: bytes[5], date, lists: number(14), slice };
        Some(Self { run, last: key(0), tally })
    }
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut crc = Crc::NEW;
    crc.add(bytes);
    crc.value()
}
