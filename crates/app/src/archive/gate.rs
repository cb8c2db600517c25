//! Who may still ask for a slip's page: three misses lock one short code, some more lock the address that they come from. Nobody
//! else is locked by them: a stranger must not close the form to everybody. Misses are counted, not written one by one. Time is the wall's.

use crate::clocks::Wall;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Misses of one short code that lock it.
const CODE_MISSES_MAX: u32 = 3;
/// Misses from one address that lock it. A household or a shop behind one address still finds its slips.
const SOURCE_MISSES_MAX: u32 = 30;
/// How long something is locked, and misses are remembered.
const LOCKED_MS: i64 = 15 * 60_000;
/// Codes, and addresses, whose misses are remembered; above it the oldest are forgotten.
const KEPT_MAX: usize = 10_000;
/// Between two lines that only tell of misses.
const LINE_MS: i64 = 60_000;

/// Misses of one code or one address, since the first of them.
type Misses = (u32, Wall);

/// Who missed lately.
#[derive(Debug, Default)]
pub struct Gate {
    by_code: BTreeMap<String, Misses>,
    by_source: BTreeMap<Vec<u8>, Misses>,
    /// Misses that no line tells of yet.
    untold: u32,
    /// When the last line that tells of misses was written.
    told: Option<Wall>,
}

/// An address as it is counted: of IPv6 the network, for whoever has one has all addresses in it.
fn counted(source: IpAddr) -> Vec<u8> {
    match source {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => {
            six.to_ipv4_mapped().map_or_else(|| six.octets()[..8].to_vec(), |four| four.octets().to_vec())
        }
    }
}

fn count<K: Ord + Clone>(misses: &mut BTreeMap<K, Misses>, key: K, now: Wall) {
    if misses.len() >= KEPT_MAX
        && !misses.contains_key(&key)
        && let Some(oldest) = misses.iter().min_by_key(|(_, (_, since))| *since).map(|(key, _)| key.clone())
    {
        misses.remove(&oldest);
    }
    let (count, _) = misses.entry(key).or_insert((0, now));
    *count = count.saturating_add(1);
}

impl Gate {
    /// Whether nothing is looked at for this address, or for this short code.
    pub fn locked(&mut self, source: IpAddr, short: Option<&str>, now: Wall) -> bool {
        self.by_code.retain(|_, (_, since)| now.since(*since) < LOCKED_MS);
        self.by_source.retain(|_, (_, since)| now.since(*since) < LOCKED_MS);
        let code = short.and_then(|short| self.by_code.get(short)).is_some_and(|(count, _)| *count >= CODE_MISSES_MAX);
        code || self.by_source.get(&counted(source)).is_some_and(|(count, _)| *count >= SOURCE_MISSES_MAX)
    }

    /// Nothing was found. Says whether a line is due now, and how many misses it tells of.
    pub fn missed(&mut self, source: IpAddr, short: Option<&str>, now: Wall) -> Option<u32> {
        if let Some(short) = short {
            count(&mut self.by_code, short.to_owned(), now);
        }
        count(&mut self.by_source, counted(source), now);
        self.untold = self.untold.saturating_add(1);
        let due = self.told.is_none_or(|at| now.since(at) >= LINE_MS);
        due.then(|| self.tell(now))
    }

    /// The misses that the line which is written now tells of.
    pub fn tell(&mut self, now: Wall) -> u32 {
        self.told = Some(now);
        std::mem::take(&mut self.untold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Wall {
        Wall(minutes * 60_000)
    }

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn three_misses_lock_a_code_and_thirty_the_address_and_nobody_else() {
        let mut gate = Gate::default();
        let (code, other) = (Some("AAAAAAAA"), Some("BBBBBBBB"));
        for _ in 0..3 {
            assert!(!gate.locked(from(1), code, at(0)));
            gate.missed(from(1), code, at(0));
        }
        assert!(gate.locked(from(2), code, at(14)), "the code is locked for everybody");
        assert!(!gate.locked(from(1), other, at(14)) && !gate.locked(from(1), code, at(15)));
        for no in 0..1_000 {
            gate.missed(from(1), Some(&format!("{no:08}")), at(20));
        }
        assert!(gate.locked(from(1), other, at(34)) && gate.locked(from(1), None, at(34)));
        assert!(!gate.locked(from(2), other, at(34)), "a stranger closes the form to nobody else");
        assert!(!gate.locked(from(1), other, at(35)));
    }

    #[test]
    fn misses_are_counted_and_told_in_one_line_a_minute() {
        let mut gate = Gate::default();
        let lines: Vec<u32> = (0..200).filter_map(|_| gate.missed(from(1), None, at(0))).collect();
        assert_eq!(lines, [1]);
        assert_eq!(gate.missed(from(1), None, at(1)), Some(200));
        assert_eq!((gate.missed(from(1), None, at(1)), gate.tell(at(1)), gate.tell(at(1))), (None, 1, 0));
    }

    #[test]
    fn whoever_has_a_network_of_addresses_is_one() {
        let six = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(counted(six("2001:db8::1")), counted(six("2001:db8::ffff:2")));
        assert_ne!(counted(six("2001:db8::1")), counted(six("2001:db8:0:1::1")));
        assert_eq!(counted(six("::ffff:192.0.2.1")), counted(from(1)));
    }

    #[test]
    fn what_is_remembered_has_a_limit() {
        let mut gate = Gate::default();
        for no in 0..u32::try_from(KEPT_MAX).unwrap() + 5 {
            gate.missed(IpAddr::from(no.to_be_bytes()), Some(&no.to_string()), Wall(i64::from(no)));
        }
        assert_eq!((gate.by_code.len(), gate.by_source.len()), (KEPT_MAX, KEPT_MAX));
    }
}
