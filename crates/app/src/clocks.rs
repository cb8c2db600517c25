//! The two clocks of a running network, kept apart by type. The network's is told as a [`Moment`]: records, answers, pages and webhooks are
//! dated by it, and orders and proposals end by it. The machine's is a [`Wall`]: it measures what belongs to the person at the counter or to
//! the machine at the other end (a session's life, what locks a door, a kept answer, one more try at a webhook, the authenticator's code), and
//! has no text of its own. A wall time becomes a moment here and nowhere else. Must never date a record by the wall: under `--pace` the two
//! are hours apart, and a refund would be older than its sale.

use serde::{Deserialize, Serialize};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::Moment;
use std::fmt;

/// What the machine's clock shows. Unit: milliseconds since 1970 UTC. It is in no record that a person reads, and has no text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall(pub i64);

impl Wall {
    /// Now, as the machine is set.
    pub fn now() -> Self {
        Self::of(&PacedClock::start(Pace::REAL))
    }

    /// Now by a clock that was started at the machine's pace: setting the machine's clock does not touch it.
    pub fn of(clock: &PacedClock) -> Self {
        debug_assert_eq!(clock.pace(), Pace::REAL.0, "a wall that is paced is none");
        Self(clock.now().0)
    }

    /// So much has passed since then. Unit: milliseconds; negative: none of it yet.
    pub const fn since(self, then: Self) -> i64 {
        self.0 - then.0
    }

    /// So much later.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// What a network's clock will show then, as people are told the end of something that the wall measures.
    pub fn shown_by(self, now: Self, clock: &PacedClock) -> Moment {
        Moment(clock.now().0.saturating_add(self.since(now).saturating_mul(clock.pace().into())))
    }
}

/// `2026-11-27T19:04:05+08:00`: how answers and records say a moment.
pub fn rfc(at: Moment) -> String {
    format!("{}+08:00", at.to_string().replace(' ', "T"))
}

/// The same as a person reads it in a line of text.
pub fn plain(rfc: &str) -> String {
    let mut text = rfc.strip_suffix("+08:00").unwrap_or(rfc).to_owned();
    if text.as_bytes().get(10) == Some(&b'T') {
        text.replace_range(10..11, " ");
    }
    text
}

/// Whether a text is a moment as records of earlier versions say it: `2026-11-27 19:04:05`.
fn is_bare(text: &str) -> bool {
    const FORM: &[u8; 19] = b"dddd-dd-dd dd:dd:dd";
    let fits = |(of, want): (u8, &u8)| if *want == b'd' { of.is_ascii_digit() } else { of == *want };
    text.len() == FORM.len() && text.bytes().zip(FORM).all(fits)
}

/// A moment of the network in a record that is told as it stands. Shape: RFC 3339 at UTC+8. Who makes it: the network's clock. What an earlier
/// version wrote, without T and zone, is read as this; under `--pace` it wrote the wall's time, and that is not put right.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(from = "String")]
pub struct Stamp(String);

impl Stamp {
    /// For an answer.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Moment> for Stamp {
    fn from(at: Moment) -> Self {
        Self(rfc(at))
    }
}

impl From<String> for Stamp {
    fn from(text: String) -> Self {
        Self(if is_bare(&text) { text.replace(' ', "T") + "+08:00" } else { text })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOLD: Moment = Moment(1_795_399_200_000);

    #[test]
    fn a_record_says_its_zone_and_one_of_before_is_read_the_same() {
        let said = serde_json::to_string(&Stamp::from(SOLD)).unwrap();
        assert_eq!(said, format!("\"{}\"", rfc(SOLD)));
        for written in [said, format!("\"{SOLD}\"")] {
            let read: Stamp = serde_json::from_str(&written).unwrap();
            assert_eq!((read.as_str(), read.to_string()), (&*rfc(SOLD), SOLD.to_string()));
        }
        for other in ["now", "2026-11-27", "2026-11-27 19:04", "2026-11-27 19:04:05 "] {
            assert_eq!(Stamp::from(other.to_owned()).as_str(), other);
        }
        assert_eq!((plain("-"), plain("2026-11-27")), ("-".into(), "2026-11-27".into()));
    }

    #[test]
    fn what_the_wall_measures_is_told_by_the_networks_clock() {
        let (clock, _hand) = PacedClock::led(Pace(30), SOLD);
        let now = Wall(5_000_000);
        let told = |at: Wall| at.shown_by(now, &clock).0 - SOLD.0;
        // Ten hours of a person are three hundred of the network; a second of the wall may pass between the looks.
        let near = |told: i64, want: i64| assert!((want..want + 30_000).contains(&told), "{told} is not {want}");
        near(told(now.plus_ms(10 * 3_600_000)), 300 * 3_600_000);
        near(told(now), 0);
        near(told(now.plus_ms(-1_000)), -30_000);
    }
}
