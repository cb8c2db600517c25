//! Working keys that were opened lately, so that the hot path neither runs AES-GCM nor computes a key schedule again.
//! Must never: grow without bound, or give a key for a usage under which it was not opened.

use std::collections::HashMap;
use std::sync::Arc;

use slipway_terms::KeyUse;

use crate::cipher::Schedule;

/// Keys of one generation; two are kept, so at most twice as many are open. Enough for the PIK and MAK of 16,384
/// terminals in each, about 10 MB.
pub(crate) const GENERATION_KEYS_MAX: usize = 32_768;

/// The same where every opened key takes up to three session objects of a token, whose room is small.
pub(crate) const TOKEN_KEYS_MAX: usize = 1024;

/// Two generations: what is used moves to the young one; when that is full, the old one is forgotten whole. No clock and
/// no order of use is needed, and the cost is one look-up.
pub(crate) struct Opened {
    young: HashMap<Box<[u8]>, (KeyUse, Arc<Schedule>)>,
    old: HashMap<Box<[u8]>, (KeyUse, Arc<Schedule>)>,
    generation_keys_max: usize,
}

impl Opened {
    /// Empty, with that many keys a generation.
    pub(crate) fn new(generation_keys_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), generation_keys_max }
    }

    /// The key behind the cryptogram, if it was opened lately under one of these usages.
    pub(crate) fn get(&mut self, cryptogram: &[u8], usages: &[KeyUse]) -> Option<Arc<Schedule>> {
        if let Some((usage, key)) = self.young.get(cryptogram) {
            return usages.contains(usage).then(|| Arc::clone(key));
        }
        let (cryptogram, (usage, key)) = self.old.remove_entry(cryptogram)?;
        let found = usages.contains(&usage).then(|| Arc::clone(&key));
        self.keep(cryptogram, usage, key);
        found
    }

    /// Remembers an opened key.
    pub(crate) fn keep(&mut self, cryptogram: Box<[u8]>, usage: KeyUse, key: Arc<Schedule>) {
        if self.young.len() >= self.generation_keys_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(cryptogram, (usage, key));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{Algorithm, ClearKey};

    #[test]
    fn stays_bounded_keeps_what_is_used_and_checks_the_usage() {
        let key = Arc::new(Schedule::new(&ClearKey::new(Algorithm::Des, &[1; 8]).unwrap()).unwrap());
        let mut opened = Opened::new(4);
        let name = |number: u8| -> Box<[u8]> { Box::new([number]) };
        opened.keep(name(0), KeyUse::Mak, Arc::clone(&key));
        for number in 1..=100 {
            opened.keep(name(number), KeyUse::Mak, Arc::clone(&key));
            assert!(opened.get(&name(0), &[KeyUse::Mak]).is_some(), "used all the time, after {number}");
            assert!(opened.young.len() + opened.old.len() <= 8);
        }
        assert!(opened.get(&name(1), &[KeyUse::Mak]).is_none(), "forgotten long ago");
        assert!(opened.get(&name(0), &[KeyUse::Pik, KeyUse::Zpk]).is_none());
        assert!(opened.get(&name(0), &[KeyUse::Mak]).is_some(), "asking for another usage does not lose it");
    }
}
