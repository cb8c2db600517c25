//! Decoded rows of the last batches, so that a hot row is read from the store and decoded once. Holds only what the store
//! holds: a row enters after the commit of its batch has returned, and leaves for the sheet of the batch that wants it. A core
//! cannot tell whether a row came from here. Must never hold a row of a batch that was not committed.

use slipway_node::Key;
use std::collections::HashMap;

/// Rows by key, in two generations: when the young one is full the old one is forgotten and the young one becomes the old.
/// What is wanted again comes back young, so what is not wanted for a while is forgotten without a list of uses.
#[derive(Debug)]
pub(crate) struct Cache<R> {
    young: HashMap<Key, Option<Box<R>>>,
    old: HashMap<Key, Option<Box<R>>>,
    rows_max: usize,
}

impl<R> Cache<R> {
    /// An empty cache of at most so many rows; 0 keeps nothing.
    pub(crate) fn new(rows_max: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), rows_max }
    }

    /// Moves a row out. `None`: not known here. `Some(None)`: the store has no such row.
    pub(crate) fn take(&mut self, key: &Key) -> Option<Option<Box<R>>> {
        if self.rows_max == 0 {
            return None;
        }
        // Both: an older state of a row must not outlive the newer one.
        let (young, old) = (self.young.remove(key), self.old.remove(key));
        young.or(old)
    }

    /// Keeps a row as the store now has it.
    pub(crate) fn keep(&mut self, key: Key, row: Option<Box<R>>) {
        if self.rows_max == 0 {
            return;
        }
        if self.young.len() >= (self.rows_max / 2).max(1) {
            std::mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, row);
    }

    /// A row was written by somebody who had not read it: what is known of it here is no longer so.
    pub(crate) fn forget(&mut self, key: &Key) {
        drop(self.take(key));
    }

    /// Forgets everything: after a commit that failed nobody knows what the store has.
    pub(crate) fn clear(&mut self) {
        self.young.clear();
        self.old.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> Key {
        Key::of(1).with(&n)
    }

    #[test]
    fn a_row_moves_out_and_comes_back_newer() {
        let mut cache = Cache::new(8);
        cache.keep(key(1), Some(Box::new("old")));
        cache.keep(key(2), None);
        assert_eq!(cache.take(&key(1)), Some(Some(Box::new("old"))));
        assert_eq!(cache.take(&key(1)), None, "it is on the sheet now");
        assert_eq!(cache.take(&key(2)), Some(None), "known to be absent");
        cache.keep(key(1), Some(Box::new("new")));
        assert_eq!(cache.take(&key(1)), Some(Some(Box::new("new"))));
    }

    #[test]
    fn an_older_state_never_shows_again() {
        let mut cache = Cache::new(2);
        cache.keep(key(1), Some(Box::new("old")));
        cache.keep(key(2), Some(Box::new("other")));
        cache.keep(key(1), Some(Box::new("new")));
        assert_eq!(cache.take(&key(1)), Some(Some(Box::new("new"))));
        assert_eq!(cache.take(&key(1)), None);
    }

    #[test]
    fn a_row_that_was_only_put_is_read_again() {
        let mut cache = Cache::new(8);
        cache.keep(key(1), None);
        cache.forget(&key(1));
        assert_eq!(cache.take(&key(1)), None, "or a row that stands would be thought absent");
        let _: Option<Option<Box<u8>>> = cache.take(&key(2));
    }

    #[test]
    fn it_is_bounded_and_keeps_what_is_wanted() {
        let mut cache = Cache::new(8);
        for n in 0..200 {
            let hot = cache.take(&key(255)).unwrap_or(Some(Box::new(255)));
            cache.keep(key(255), hot);
            cache.keep(key(n), Some(Box::new(n)));
            assert!(cache.young.len() + cache.old.len() <= 8);
        }
        assert_eq!(cache.take(&key(255)), Some(Some(Box::new(255))));
        assert_eq!(cache.take(&key(0)), None);
        cache.clear();
        assert_eq!(cache.take(&key(199)), None);
    }

    #[test]
    fn none_is_kept_if_none_may_be() {
        let mut cache = Cache::new(0);
        cache.keep(key(1), Some(Box::new(1)));
        assert_eq!(cache.take(&key(1)), None);
    }
}
