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
