//! `slipway demo --story next-day`: a day with every fault left unrepaired at dark terminals, and the days after it. Real parties, real
//! sockets and stores; the cut, clearing, merchants, lists and reconciliation are those that `up` does by itself, and the clock is put
//! forward. No record is edited. What the hosts can know they repair; for the rest the acquirer asks, and the story answers with what
//! the journals of the dark terminals really say.

mod check;
mod days;
mod faults;
mod hours;
mod journal;
mod report;
#[cfg(test)]
mod tests;
mod tills;

use super::stage::Stage;
use crate::say::{End, Say};
use days::Log;
use journal::Journal;
use serde_json::Value;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::{BusinessDate, Moment};
use std::path::Path;

/// Its name on the command line.
pub const NAME: &str = "next-day";
/// A Monday, and 10:00 at which it begins (UTC+8): a weekend lies within the merchant's three working days.
const MONDAY: BusinessDate = BusinessDate { year: 2026, month: 11, day: 23 };

/// What came of it.
pub struct Outcome {
    /// As JSON, in the words of any other story.
    pub story: Value,
    /// Its days, exchanges, cases, what is in suspense.
    pub next_day: Value,
    /// Every ledger sums to zero.
    pub ledgers_zero: bool,
    /// The rule holds.
    pub rule_holds: bool,
    /// What does not hold, in words.
    pub faults: Vec<String>,
}

/// A moment of a day, UTC+8.
fn at(day: BusinessDate, hour: i64, minute: i64) -> Moment {
    Moment((day.days() * 24 + hour - 8) * 3_600_000 + minute * 60_000)
}

/// Plays it in a folder that holds no network yet.
pub fn play(dir: &Path, pace: Pace, say: &Say) -> Result<Outcome, End> {
    let (clock, forward) = PacedClock::led(pace, at(MONDAY, 10, 0));
    let mut stage = Stage::on(dir, faults::BREAKS.len(), clock)?;
    report::opening(say);
    let played = tills::day(&mut stage, dir, say)?;
    let journal = Journal::read(dir)?;
    let mut log = Log::new(dir);
    log.follow(&mut stage, &forward, &journal, &played, say)?;
    let dark = check::dark(&stage, &journal)?;
    report::back(stage.now(), say);
    let back = tills::back(&mut stage)?;
    let found = check::check(&stage, dir, &dark, &back, &played, &log)?;
    report::closing(&found, &log, say);
    for till in back {
        crate::network::end(till.bank)?;
    }
    if let Some(hosts) = stage.hosts.take() {
        hosts.stop()?;
    }
    Ok(found.outcome(&log))
}
