//! How often an event is sent again because somebody asks. Without a measure anybody with a subscription could fill the journal, and
//! another's address with it. Time comes as an argument.

use std::collections::{BTreeMap, VecDeque};

/// In one minute, for one subscription.
const EACH_MAX: usize = 10;
/// Unit: milliseconds.
const MINUTE_MS: i64 = 60_000;

/// When each subscription was last asked for what.
#[derive(Debug, Default)]
pub struct Measure(BTreeMap<String, VecDeque<i64>>);

impl Measure {
    /// One more. `Err`: in so many seconds.
    pub fn ask(&mut self, id: &str, now_ms: i64) -> Result<(), i64> {
        // A clock that was set back keeps nobody out for longer than a minute.
        self.0.values_mut().for_each(|asked| asked.retain(|at| (0..MINUTE_MS).contains(&(now_ms - at))));
        self.0.retain(|_, asked| !asked.is_empty());
        let asked = self.0.entry(id.to_owned()).or_default();
        if let Some(first) = asked.front().filter(|_| asked.len() >= EACH_MAX) {
            return Err((first + MINUTE_MS - now_ms + 999) / 1_000);
        }
        asked.push_back(now_ms);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_a_minute_for_each() {
        let mut measure = Measure::default();
        assert!((0..10).all(|no| measure.ask("w1", 1_000 + no).is_ok()));
        assert_eq!(measure.ask("w1", 2_000), Err(59));
        assert!(measure.ask("w2", 2_000).is_ok(), "another's measure is its own");
        assert_eq!(measure.ask("w1", 60_999), Err(1));
        assert!(measure.ask("w1", 61_000).is_ok());
        assert!(measure.ask("w1", 61_000).is_err());
        assert!(measure.ask("w1", 0).is_ok(), "the clock was set back");
    }
}
