//! The clock port. `--pace fast` runs it a hundred times faster; no timer anywhere knows.

use slipway_node::Clock;
use slipway_terms::Moment;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How many milliseconds of the network pass in one millisecond of the wall.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace(pub u32);

impl Pace {
    /// Wall time.
    pub const REAL: Self = Self(1);
    /// A hundred times faster, for demonstrations.
    pub const FAST: Self = Self(100);
}

/// A clock that begins at the wall's time and runs at its pace, never backwards.
#[derive(Clone, Copy, Debug)]
pub struct PacedClock {
    began: Instant,
    began_ms: i64,
    pace: Pace,
}

impl PacedClock {
    /// Starts a clock now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock port")]
    pub fn start(pace: Pace) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_ms: i64::try_from(wall.as_millis()).unwrap_or(0), pace }
    }

    /// A clock that has run at this pace since `since_ms` of the wall. Processes that share `since_ms` share the time, and
    /// a process that starts again does not fall back behind the timers that it stored.
    pub fn since(since_ms: i64, pace: Pace) -> Self {
        let now = Self::start(pace);
        let passed = (now.began_ms - since_ms).max(0);
        Self { began_ms: since_ms.saturating_add(passed.saturating_mul(i64::from(pace.0))), ..now }
    }

    /// How many of its milliseconds pass in one of the wall.
    pub const fn pace(&self) -> u32 {
        self.pace.0
    }

    /// The wall time until `at`; nothing if it has passed.
    pub fn until(&self, at: Moment) -> Duration {
        let ms = u64::try_from(at.0 - self.now().0).unwrap_or(0);
        Duration::from_micros(ms.saturating_mul(1000) / u64::from(self.pace.0.max(1)))
    }

    /// A network duration as wall time.
    pub fn wall(&self, network_ms: u64) -> Duration {
        Duration::from_micros(network_ms.saturating_mul(1000) / u64::from(self.pace.0.max(1)))
    }

    /// Wall nanoseconds since the clock began, for measuring.
    pub fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Moment {
        let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(0);
        Moment(self.began_ms + passed * i64::from(self.pace.0) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_that_starts_again_is_not_behind_what_it_has_shown() {
        let an_hour_ago = PacedClock::start(Pace::REAL).now().0 - 3_600_000;
        let shown = PacedClock::since(an_hour_ago, Pace::FAST).now();
        assert!(shown.0 >= an_hour_ago + 100 * 3_600_000, "{shown:?}");
        // One millisecond of the wall is a hundred of the network.
        assert!(PacedClock::since(an_hour_ago, Pace::FAST).now().0 >= shown.0 - 100, "time ran backwards");
    }

    #[test]
    fn at_the_walls_own_pace_it_is_the_wall() {
        let wall = PacedClock::start(Pace::REAL).now();
        let since = PacedClock::since(wall.0 - 86_400_000, Pace::REAL).now();
        assert!((wall.0..wall.0 + 60_000).contains(&since.0), "{since:?} is not {wall:?}");
    }
}
