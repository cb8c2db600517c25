//! The outbox: advices and notices that are repeated until they are answered. Read once at opening, kept in memory, written
//! in the commit of the decision that made the entry. Nothing leaves it but by an answer.

use serde::{Deserialize, Serialize};
use slipway_node::{Body, Key, OUTBOX_SPACE, Outgoing, Peer, Store, StoreFault, limits};
use slipway_terms::{Advice, MacKey, Moment, Notice};
use std::collections::{BTreeMap, BTreeSet};

/// An entry as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Row {
    to: Peer,
    what: What,
    mac: Option<MacKey>,
    since: Moment,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum What {
    Advice(Advice),
    Notice(Notice),
}

#[derive(Debug)]
struct Entry {
    row: Row,
    sends: usize,
    next: Moment,
}

/// All waiting entries of one node and when each goes out next.
#[derive(Debug)]
pub(crate) struct Outbox {
    entries: BTreeMap<Key, Entry>,
    order: BTreeSet<(Moment, Key)>,
    down: BTreeSet<Peer>,
    seed: u64,
}

impl Outbox {
    /// Reads the waiting entries; each goes out again at once, for nobody knows whether it ever left.
    pub(crate) fn open(store: &impl Store, seed: u64, at: Moment) -> Result<Self, StoreFault> {
        let mut outbox = Self { entries: BTreeMap::new(), order: BTreeSet::new(), down: BTreeSet::new(), seed };
        let mut damage = None;
        store.each(OUTBOX_SPACE, &mut |key, bytes| match postcard::from_bytes::<Row>(bytes) {
            Ok(row) => {
                outbox.order.insert((at, key));
                outbox.entries.insert(key, Entry { row, sends: 0, next: at });
            }
            Err(_) => damage = Some(StoreFault::Damaged("an outbox entry does not decode".into())),
        })?;
        damage.map_or(Ok(outbox), Err)
    }

    /// Adds the entry of an advice or notice and returns it as stored; `None` if it is nothing for the outbox or is in it
    /// already (the same event is queued once).
    pub(crate) fn add(&mut self, outgoing: &Outgoing, at: Moment) -> Option<(Key, Vec<u8>)> {
        let (key, what) = match &outgoing.body {
            Body::Advice(key, advice) => (*key, What::Advice(advice.clone())),
            Body::Notice(key, notice) => (*key, What::Notice(notice.clone())),
            Body::Once(_) | Body::Testimonies(_) => return None,
        };
        if self.entries.contains_key(&key) {
            return None;
        }
        let row = Row { to: outgoing.to, what, mac: outgoing.mac.clone(), since: at };
        let bytes = postcard::to_allocvec(&row).unwrap_or_default();
        self.order.insert((at, key));
        self.entries.insert(key, Entry { row, sends: 0, next: at });
        Some((key, bytes))
    }

    /// The entry was answered. `false` if there was none.
    pub(crate) fn end(&mut self, key: &Key) -> bool {
        let Some(entry) = self.entries.remove(key) else { return false };
        self.order.remove(&(entry.next, *key));
        true
    }

    /// A link came up: everything for it goes out now. A link went down: it waits.
    pub(crate) fn link(&mut self, peer: Peer, up: bool, at: Moment) {
        if !up {
            self.down.insert(peer);
            return;
        }
        self.down.remove(&peer);
        for (key, entry) in self.entries.iter_mut().filter(|(_, entry)| entry.row.to == peer) {
            self.order.remove(&(entry.next, *key));
            entry.next = at;
            self.order.insert((at, *key));
        }
    }

    /// What goes out now; each entry is put forward to its next repeat. Waits grow 5, 15, 60, 300, then 600 s, with jitter.
    pub(crate) fn due(&mut self, at: Moment) -> Vec<(Key, Peer, Body, Option<MacKey>)> {
        let mut out = Vec::new();
        while let Some((when, key)) = self.order.first().copied().filter(|(when, _)| *when <= at) {
            self.order.remove(&(when, key));
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let wait = limits::ADVICE_REPEAT_MS[entry.sends.min(limits::ADVICE_REPEAT_MS.len() - 1)];
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let jitter = i64::try_from(self.seed >> 33).unwrap_or(0) % (wait / 10 + 1);
            entry.next = at.plus_ms(wait + jitter);
            self.order.insert((entry.next, key));
            if self.down.contains(&entry.row.to) {
                continue;
            }
            entry.sends += 1;
            let body = match &entry.row.what {
                What::Advice(advice) => Body::Advice(key, advice.clone()),
                What::Notice(notice) => Body::Notice(key, notice.clone()),
            };
            out.push((key, entry.row.to, body, entry.row.mac.clone()));
        }
        out
    }

    /// When the next entry goes out.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.order.first().map(|(at, _)| *at)
    }

    /// How many wait, and the oldest one's time.
    pub(crate) fn waiting(&self) -> (usize, Option<Moment>) {
        (self.entries.len(), self.entries.values().map(|entry| entry.row.since).min())
    }
}
