//! One sink's thread: reads the journal, lets the courier decide, writes down, sends, writes down again.

use super::courier::{Courier, KNOWN_BYTES, Patience, Step, To};
use super::journal::{Lines, Said, wall_ms};
use super::record::{Record, Told, Word};
use super::sink::Sink;
use crate::say::End;
use slipway_node::Clock;
use slipway_runtime::os::PacedClock;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::Duration;

/// Between two looks at the journal.
const LOOK_MS: i64 = 250;

/// Who is told where by one sink.
pub trait Readers: Send {
    /// Looks again, where that can change.
    ///
    /// # Errors
    /// What was read is not right; what was read before counts.
    fn again(&mut self) -> Result<(), End>;

    /// Where a line goes; nowhere: it is nobody's here.
    fn to(&self, said: &Said) -> Option<To>;
}

/// What a sink's thread works with.
pub struct Round {
    /// The journal of notices.
    pub journal: PathBuf,
    /// What this sink has written down.
    pub record: PathBuf,
    /// How long it tries.
    pub patience: Patience,
    /// Who is told where.
    pub readers: Box<dyn Readers>,
    /// The way into the world.
    pub sink: Box<dyn Sink>,
    /// The network's clock, where its people are told when something went out.
    pub clock: Option<PacedClock>,
}

impl Round {
    /// Where the journal ends now: a sink that is set up late does not tell what happened before.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin(&self) -> std::io::Result<()> {
        Record::make(&self.record, Lines::end(&self.journal)?)
    }

    /// Runs until the sender of `stop` has gone.
    ///
    /// # Errors
    /// The disk's: what cannot be written down is not sent.
    pub fn run(mut self, stop: &Receiver<()>) -> std::io::Result<()> {
        let mut record = Record::open(&self.record)?;
        let (low, told) = record.read(&self.journal)?;
        let seed = wall_ms().unsigned_abs() ^ self.record.as_os_str().len() as u64;
        let mut courier = Courier::new(self.patience, seed, low, told);
        self.remember(&mut courier, low)?;
        while !matches!(stop.try_recv(), Err(TryRecvError::Disconnected)) {
            // A bad file was told when it was read; the last good one is in force.
            if let Err(end) = self.readers.again() {
                eprintln!("slipway: {} / {}", end.text.zh, end.text.en);
            }
            self.read(&mut courier)?;
            let readers = &self.readers;
            let step = courier.next(wall_ms(), |entry| readers.to(&entry.said));
            match step {
                // The order of Passed records is of no weight; what comes next syncs them.
                Step::Write(told) => record.put(&self.dated(&told), told.word != Word::Passed)?,
                Step::Send(told, letter) => {
                    record.put(&self.dated(&told), true)?;
                    let answer = self.sink.send(&letter, wall_ms());
                    let told = self.dated(&courier.answered(wall_ms(), &letter, answer));
                    record.put(&told, told.word != Word::Failed)?;
                }
                Step::Wait(until) => {
                    let now = wall_ms();
                    self.sink.idle(now);
                    let wait = until.map_or(LOOK_MS, |until| (until - now).clamp(1, LOOK_MS));
                    let wait = Duration::from_millis(wait.unsigned_abs());
                    if stop.recv_timeout(wait) == Err(RecvTimeoutError::Disconnected) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// With the network's time beside the wall's.
    fn dated(&self, told: &Told) -> Told {
        Told { network_ms: self.clock.map(|clock| clock.now().0), ..told.clone() }
    }

    /// The ids of what stands before the beginning, as far back as a second copy can come.
    fn remember(&self, courier: &mut Courier, low: u64) -> std::io::Result<()> {
        let Some(mut lines) = Lines::open(&self.journal, low.saturating_sub(KNOWN_BYTES))? else { return Ok(()) };
        lines.align()?;
        while let Some((from, next, said)) = lines.next::<Said>()? {
            if next > low {
                break;
            }
            said.iter().for_each(|said| courier.know(&said.id, from));
        }
        Ok(())
    }

    fn read(&self, courier: &mut Courier) -> std::io::Result<()> {
        if courier.full() {
            return Ok(());
        }
        let Some(mut lines) = Lines::open(&self.journal, courier.read())? else { return Ok(()) };
        while !courier.full()
            && let Some((from, next, said)) = lines.next::<Said>()?
        {
            match said {
                Some(said) => {
                    let to = self.readers.to(&said).is_some();
                    courier.take(super::journal::Entry { said, from, next }, to);
                }
                None => {
                    eprintln!(
                        "slipway: {} @{from}: 无法读取的通知行，已跳过 / a line that cannot be read was passed over",
                        self.journal.display()
                    );
                    courier.pass(from, next);
                }
            }
        }
        Ok(())
    }
}
