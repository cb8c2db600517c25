//! Tries at the door, counted by name and by address before a password is looked at, whether or not somebody has that name: neither
//! the answer nor the count says who exists. Time comes as an argument, and is the wall's: who guesses lives by no network's pace.

use crate::clocks::Wall;
use std::collections::BTreeMap;

/// Tries of one name that lock it.
pub const NAME_MAX: u16 = 5;
/// Tries from one address that lock it: a whole shop may stand behind one.
pub const ADDRESS_MAX: u16 = 60;
/// How long it is locked, and tries are remembered.
pub const LOCKED_MS: i64 = 15 * 60_000;
/// Names, and addresses, that are remembered; above it the oldest are forgotten.
const KNOWN_MAX: usize = 10_000;

/// The counts.
#[derive(Debug, Default)]
pub struct Gate {
    names: Counts,
    addresses: Counts,
}

#[derive(Debug, Default)]
struct Counts(BTreeMap<String, (u16, Wall)>);

impl Counts {
    fn over(&self, of: &str, max: u16, now: Wall) -> bool {
        self.0.get(of).is_some_and(|(count, since)| *count >= max && now.since(*since) < LOCKED_MS)
    }

    fn count(&mut self, of: &str, now: Wall) {
        if self.0.len() >= KNOWN_MAX
            && !self.0.contains_key(of)
            && let Some(oldest) = self.0.iter().min_by_key(|(_, (_, since))| *since).map(|(of, _)| of.clone())
        {
            self.0.remove(&oldest);
        }
        let (count, since) = self.0.entry(of.to_owned()).or_insert((0, now));
        *count = if now.since(*since) < LOCKED_MS { count.saturating_add(1) } else { 1 };
        *since = now;
    }
}

impl Gate {
    /// Whether a try may be made now; if so it is counted already, so that many at once are no more than many in turn.
    pub fn tries(&mut self, name: &str, address: &str, now: Wall) -> bool {
        if self.names.over(name, NAME_MAX, now) || self.addresses.over(address, ADDRESS_MAX, now) {
            return false;
        }
        self.names.count(name, now);
        self.addresses.count(address, now);
        true
    }

    /// It was the right one: the name's tries are forgotten, and of the address this one. Its other tries are not: who has one password
    /// of their own would else try those of others without end.
    pub fn right(&mut self, name: &str, address: &str) {
        self.names.0.remove(name);
        if let Some((count, _)) = self.addresses.0.get_mut(address) {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_lock_a_name_whether_it_exists_or_not_and_an_address() {
        let mut gate = Gate::default();
        let at = |minutes: i64| Wall(minutes * 60_000);
        for _ in 0..NAME_MAX {
            assert!(gate.tries("li", "10.0.0.1", at(0)));
        }
        assert!(!gate.tries("li", "10.0.0.1", at(14)) && !gate.tries("li", "10.0.0.2", at(14)));
        assert!(gate.tries("wang", "10.0.0.1", at(14)) && gate.tries("li", "10.0.0.1", at(15)));
        let mut gate = Gate::default();
        for no in 0..ADDRESS_MAX {
            assert!(gate.tries(&format!("name{no}"), "10.0.0.1", at(0)));
        }
        assert!(!gate.tries("fresh", "10.0.0.1", at(1)) && gate.tries("fresh", "10.0.0.2", at(1)));
    }

    #[test]
    fn right_ones_lock_nobody_and_forgive_no_wrong_ones() {
        let mut gate = Gate::default();
        let right = |gate: &mut Gate| {
            let may = gate.tries("li", "10.0.0.1", Wall(0));
            gate.right("li", "10.0.0.1");
            may
        };
        assert!((0..3 * ADDRESS_MAX).all(|_| right(&mut gate)), "a shift signs in behind one address");
        for no in 1..ADDRESS_MAX {
            assert!(gate.tries(&format!("name{no}"), "10.0.0.1", Wall(0)));
            assert!(right(&mut gate));
        }
        assert!(gate.tries("last", "10.0.0.1", Wall(0)));
        assert!(!gate.tries("fresh", "10.0.0.1", Wall(0)) && gate.tries("li", "10.0.0.2", Wall(0)));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut counts = Counts::default();
        (0..KNOWN_MAX + 5).for_each(|no| counts.count(&no.to_string(), Wall(i64::try_from(no).unwrap())));
        assert!(counts.0.len() == KNOWN_MAX && !counts.0.contains_key("4") && counts.0.contains_key("5"));
    }
}
