//! Who is signed in. Of a session's number only its hash is kept, in memory: a restart ends all of them, and whoever reads this
//! process's files learns none. Time comes as an argument, and is the wall's: a sitting is a person's, at whatever pace the network runs.

use crate::clocks::Wall;
use std::collections::BTreeMap;

/// Without a request for so long a session is over: a counter that was left is nobody's.
pub const IDLE_MS: i64 = 15 * 60_000;
/// It is over after so long in any case: a working day.
pub const WHOLE_MS: i64 = 10 * 3_600_000;
/// Sessions of one person; the one used longest ago makes room.
const EACH_MAX: usize = 8;
/// Sessions of all.
const ALL_MAX: usize = 4_096;

/// One session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Who.
    pub name: String,
    /// The state of the person when they signed in: after a change of role, password or lock it is over.
    pub change: u64,
    /// What every act from a page must bring along.
    pub csrf: [u8; 32],
    /// When it began.
    pub made: Wall,
    /// When it was used last.
    pub used: Wall,
}

/// Why there is no session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Over {
    /// Nobody has signed in with this number, or it is over for long.
    Unknown,
    /// Not used for too long.
    Idle,
    /// Its whole time is over.
    Whole,
}

/// All sessions, by the hash of their number.
#[derive(Debug, Default)]
pub struct Sessions(BTreeMap<[u8; 32], Session>);

impl Sessions {
    /// Begins one.
    pub fn begin(&mut self, hash: [u8; 32], session: Session) {
        let now = session.made;
        self.0.retain(|_, old| over(old, now).is_none());
        let room = |all: &mut BTreeMap<[u8; 32], Session>, of: Option<&str>, max: usize| {
            let mine = |one: &Session| of.is_none_or(|name| one.name == name);
            while all.values().filter(|one| mine(one)).count() >= max {
                let oldest =
                    all.iter().filter(|(_, one)| mine(one)).min_by_key(|(_, one)| one.used).map(|(hash, _)| *hash);
                match oldest {
                    Some(hash) => all.remove(&hash),
                    None => return,
                };
            }
        };
        room(&mut self.0, Some(&session.name), EACH_MAX);
        room(&mut self.0, None, ALL_MAX);
        self.0.insert(hash, session);
    }

    /// The session of a request; its idle time begins anew.
    ///
    /// # Errors
    /// Why there is none; it is ended then.
    pub fn used(&mut self, hash: &[u8; 32], now: Wall) -> Result<Session, Over> {
        let session = self.0.get_mut(hash).ok_or(Over::Unknown)?;
        if let Some(why) = over(session, now) {
            self.0.remove(hash);
            return Err(why);
        }
        session.used = now;
        Ok(session.clone())
    }

    /// Ends one.
    pub fn end(&mut self, hash: &[u8; 32]) -> Option<Session> {
        self.0.remove(hash)
    }
}

fn over(session: &Session, now: Wall) -> Option<Over> {
    if now.since(session.made) >= WHOLE_MS {
        return Some(Over::Whole);
    }
    (now.since(session.used) >= IDLE_MS).then_some(Over::Idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(name: &str, at: i64) -> Session {
        Session { name: name.into(), change: 1, csrf: [1; 32], made: Wall(at), used: Wall(at) }
    }

    #[test]
    fn a_session_ends_when_it_rests_and_when_its_day_is_over() {
        let mut all = Sessions::default();
        all.begin([1; 32], session("li", 0));
        assert_eq!(all.used(&[2; 32], Wall(1)), Err(Over::Unknown));
        assert!(all.used(&[1; 32], Wall(IDLE_MS - 1)).is_ok() && all.used(&[1; 32], Wall(2 * IDLE_MS - 2)).is_ok());
        assert_eq!(all.used(&[1; 32], Wall(3 * IDLE_MS - 2)), Err(Over::Idle));
        assert_eq!(all.used(&[1; 32], Wall(3 * IDLE_MS - 2)), Err(Over::Unknown), "it is gone");
        all.begin([3; 32], session("li", 0));
        let mut now = 0;
        while now + IDLE_MS / 2 < WHOLE_MS {
            now += IDLE_MS / 2;
            assert!(all.used(&[3; 32], Wall(now)).is_ok(), "{now}");
        }
        assert_eq!(all.used(&[3; 32], Wall(WHOLE_MS)), Err(Over::Whole), "however busy");
    }

    #[test]
    fn the_oldest_session_of_a_person_makes_room() {
        let mut all = Sessions::default();
        all.begin([0; 32], session("wang", 0));
        for no in 1..=9 {
            all.begin([no; 32], session("li", i64::from(no)));
        }
        assert_eq!(all.used(&[1; 32], Wall(10)), Err(Over::Unknown));
        assert!(all.used(&[0; 32], Wall(10)).is_ok() && all.used(&[2; 32], Wall(10)).is_ok());
        assert_eq!(all.end(&[2; 32]).map(|ended| ended.name), Some("li".into()));
        assert_eq!(all.end(&[2; 32]), None);
    }
}
