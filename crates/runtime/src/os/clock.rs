//! The clock port. `--pace fast` runs it a hundred times faster, and a story inside one process may put it forward over a stretch in
//! which nobody has anything to do; no timer anywhere knows.

use slipway_node::Clock;
use slipway_terms::Moment;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

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
    ahead: Option<&'static Ahead>,
}

/// By how much a clock was put forward, and who has to hear of it. One for each story of a process, kept as long as that: a clock
/// is copied into every thread.
#[derive(Debug)]
struct Ahead {
    ms: AtomicI64,
    moved: watch::Sender<()>,
}

/// Puts one clock forward. There is one only of a clock that was made to be led, and it leaves its process by no door: a network
/// that people use has none.
#[derive(Debug)]
pub struct Forward {
    clock: PacedClock,
    ahead: &'static Ahead,
}

impl Forward {
    /// Lets it be this moment now; one that is past changes nothing. Every party wakes, and whatever is due by then is decided in
    /// the order in which it fell due. Who wants each timer at its own moment must not go beyond the next one
    /// ([`super::Figures::next_due`]).
    pub fn to(&self, at: Moment) {
        let by = at.0 - self.clock.now().0;
        if by > 0 {
            self.ahead.ms.fetch_add(by, Ordering::SeqCst);
            self.ahead.moved.send_replace(());
        }
    }
}

/// Waits for a clock to be put forward.
pub(super) struct Moves(Option<watch::Receiver<()>>);

impl Moves {
    /// Comes back at each move, of one that came before it was asked too; never for a clock that nobody leads.
    pub async fn next(&mut self) {
        let moved = match &mut self.0 {
            Some(moves) => moves.changed().await.is_ok(),
            None => false,
        };
        if !moved {
            std::future::pending::<()>().await;
        }
    }
}

impl PacedClock {
    /// Starts a clock now.
    #[expect(clippy::disallowed_methods, reason = "this is the clock port")]
    pub fn start(pace: Pace) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began: Instant::now(), began_ms: i64::try_from(wall.as_millis()).unwrap_or(0), pace, ahead: None }
    }

    /// Starts a clock now, and never before this moment: what a network has shown it does not show again.
    pub fn not_before(shown: Moment, pace: Pace) -> Self {
        let now = Self::start(pace);
        Self { began_ms: now.began_ms.max(shown.0), ..now }
    }

    /// A clock that begins at this moment, and the hand that may put it forward: for stories in one process.
    pub fn led(pace: Pace, began: Moment) -> (Self, Forward) {
        let ahead: &'static Ahead = Box::leak(Box::new(Ahead { ms: AtomicI64::new(0), moved: watch::Sender::new(()) }));
        let clock = Self { began_ms: began.0, ahead: Some(ahead), ..Self::start(pace) };
        (clock, Forward { clock, ahead })
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

    /// The time without what was skipped: silence that nobody lived through is no silence of a line.
    pub(super) fn lived(&self) -> Moment {
        let passed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(0);
        Moment(self.began_ms + passed * i64::from(self.pace.0) / 1000)
    }

    /// Hears of its being put forward from here on.
    pub(super) fn moves(&self) -> Moves {
        Moves(self.ahead.map(|ahead| ahead.moved.subscribe()))
    }

    /// Wall nanoseconds since the clock began, for measuring.
    pub fn nanos(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl Clock for PacedClock {
    fn now(&self) -> Moment {
        self.lived().plus_ms(self.ahead.map_or(0, |ahead| ahead.ms.load(Ordering::SeqCst)))
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
    fn a_clock_begins_at_the_wall_or_at_what_it_has_shown() {
        let wall = PacedClock::start(Pace::REAL).now();
        let began = PacedClock::not_before(Moment(0), Pace::FAST).now();
        assert!((wall.0..wall.0 + 60_000).contains(&began.0), "{began:?} is not {wall:?}");
        let shown = wall.plus_ms(86_400_000);
        let began = PacedClock::not_before(shown, Pace::REAL).now();
        assert!((shown..shown.plus_ms(60_000)).contains(&began), "{began:?} is not {shown:?}");
    }

    #[test]
    fn a_led_clock_goes_where_it_is_put_and_never_back() {
        let monday = Moment(1_795_399_200_000);
        let (clock, forward) = PacedClock::led(Pace::REAL, monday);
        let day = monday.plus_ms(86_400_000);
        assert!(clock.now() < monday.plus_ms(60_000));
        forward.to(day);
        assert!((day..day.plus_ms(60_000)).contains(&clock.now()), "{:?}", clock.now());
        assert_eq!(clock.until(day), Duration::ZERO, "what fell due meanwhile is due");
        assert!(clock.lived() < monday.plus_ms(60_000), "no line was silent for a day");
        forward.to(monday);
        assert!(clock.now() >= day, "never back");
    }

    #[tokio::test]
    async fn who_waits_for_a_led_clock_wakes() {
        let (clock, forward) = PacedClock::led(Pace::REAL, Moment(0));
        let mut moves = clock.moves();
        forward.to(Moment(3_600_000));
        moves.next().await;
        assert!(clock.now() >= Moment(3_600_000));
    }

    #[test]
    fn at_the_walls_own_pace_it_is_the_wall() {
        let wall = PacedClock::start(Pace::REAL).now();
        let since = PacedClock::since(wall.0 - 86_400_000, Pace::REAL).now();
        assert!((wall.0..wall.0 + 60_000).contains(&since.0), "{since:?} is not {wall:?}");
    }
}
