//! The outbox: advices and notices that are repeated until they are answered. Read once at opening, kept in memory, written
//! in the commit of the decision that made the entry. Nothing leaves it but by an answer.

use serde::{Deserialize, Serialize};
use slipway_node::{Body, Key, OUTBOX_SPACE, Outgoing, Peer, Store, StoreFault, limits};
use slipway_terms::{Advice, Amount, MacKey, Moment, Mti, Notice, NoticeKind, Rrn};
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

/// A waiting entry as a person may see it: no card, no key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waits {
    /// For whom.
    pub to: Peer,
    /// The message type of an advice; none of a notice.
    pub mti: Option<Mti>,
    /// What a notice tells; none of an advice.
    pub notice: Option<NoticeKind>,
    /// How much it is about.
    pub amount: Option<Amount>,
    /// Reference number of an advice, if it has one.
    pub rrn: Option<Rrn>,
    /// Since when.
    pub since: Moment,
}

impl Waits {
    /// Reads a stored row of the outbox; `None` of bytes that are none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let Row { to, what, since, .. } = postcard::from_bytes(bytes).ok()?;
        Some(match what {
            What::Advice(of) => Self { to, mti: Some(of.mti), notice: None, amount: of.amount, rrn: of.rrn, since },
            What::Notice(of) => {
                Self { to, mti: None, notice: Some(of.kind), amount: Some(of.amount), rrn: None, since }
            }
        })
    }
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
            let held = self.held(&key);
            let Some(entry) = self.entries.get_mut(&key) else { continue };
            let wait = limits::ADVICE_REPEAT_MS[entry.sends.min(limits::ADVICE_REPEAT_MS.len() - 1)];
            self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let jitter = i64::try_from(self.seed >> 33).unwrap_or(0) % (wait / 10 + 1);
            entry.next = at.plus_ms(wait + jitter);
            self.order.insert((entry.next, key));
            if held || self.down.contains(&entry.row.to) {
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

    /// Whether a notice waits for an earlier one about the same exchange: nobody is told of a return before the debit.
    /// The tag of an entry is its place in the order.
    fn held(&self, key: &Key) -> bool {
        let is_notice =
            |key: &Key| self.entries.get(key).is_some_and(|entry| matches!(entry.row.what, What::Notice(_)));
        let [_, tag, about @ ..] = key.as_bytes() else { return false };
        let earlier = |tag: u8| {
            let mut kin = Key::of(OUTBOX_SPACE).with(&tag);
            kin.push(about);
            is_notice(&kin)
        };
        is_notice(key) && (0..*tag).any(earlier)
    }

    /// How many advices have waited longer than [`limits::ADVICE_ALARM_MS`]: somebody must look why nobody answers.
    pub(crate) fn overdue(&self, at: Moment) -> usize {
        let old = |entry: &&Entry| at.0 - entry.row.since.0 >= limits::ADVICE_ALARM_MS;
        self.entries.values().filter(old).count()
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

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_node::outbox_id;
    use slipway_terms::{Amount, CardTail, InstitutionId, NoticeKind, SentAt, Short, Stan, SwitchKey};

    fn notice(tag: u8, kind: NoticeKind, stan: u32) -> Outgoing {
        let id = InstitutionId::new("99900100").unwrap();
        let sent = SentAt::from_number(1_123_100_000).unwrap();
        let about = SwitchKey { acquirer: id, forwarder: id, sent, stan: Stan::new(stan).unwrap() };
        let card = CardTail { first6: 999_001, last4: 14, len: 16 };
        let (amount, place, at) = (Amount::fen(8800), Short::EMPTY, Moment(0));
        let (transaction, earlier) = (Some(slipway_terms::Kind::Sale), None);
        let notice = Notice { about, kind, transaction, earlier, card, amount, place, at, available: 0, holder: None };
        Outgoing { to: Peer::Phone, body: Body::Notice(outbox_id(tag, &about), notice), mac: None }
    }

    fn kinds(outbox: &mut Outbox, at: Moment) -> Vec<NoticeKind> {
        let due = outbox.due(at).into_iter();
        due.filter_map(|(_, _, body, _)| if let Body::Notice(_, notice) = body { Some(notice.kind) } else { None })
            .collect()
    }

    #[test]
    fn a_return_is_not_told_before_its_debit_was_taken() {
        let mut outbox = Outbox { entries: BTreeMap::new(), order: BTreeSet::new(), down: BTreeSet::new(), seed: 1 };
        let (debit, refund) = (notice(1, NoticeKind::Debit, 7), notice(3, NoticeKind::Refund, 7));
        let (key, stored) = outbox.add(&debit, Moment(0)).unwrap();
        let seen = Waits::read(&stored).unwrap();
        assert_eq!((seen.notice, seen.mti, seen.since), (Some(NoticeKind::Debit), None, Moment(0)));
        assert!(Waits::read(&stored[..stored.len() / 2]).is_none());
        outbox.add(&refund, Moment(0)).unwrap();
        outbox.add(&notice(3, NoticeKind::Refund, 8), Moment(0)).unwrap();
        assert_eq!(kinds(&mut outbox, Moment(0)), [NoticeKind::Debit, NoticeKind::Refund], "of another exchange");
        assert!(!kinds(&mut outbox, Moment(6_000)).is_empty(), "refused: told again");
        assert!(outbox.end(&key));
        assert_eq!(kinds(&mut outbox, Moment(12_000)), [NoticeKind::Refund]);
    }

    #[test]
    fn what_waits_for_a_day_is_overdue_until_it_is_answered() {
        let mut outbox = Outbox { entries: BTreeMap::new(), order: BTreeSet::new(), down: BTreeSet::new(), seed: 1 };
        let key = outbox.add(&notice(1, NoticeKind::Debit, 7), Moment(0)).unwrap().0;
        assert_eq!(outbox.overdue(Moment(limits::ADVICE_ALARM_MS - 1)), 0);
        assert_eq!(outbox.overdue(Moment(limits::ADVICE_ALARM_MS)), 1);
        assert!(outbox.end(&key));
        assert_eq!(outbox.overdue(Moment(limits::ADVICE_ALARM_MS)), 0);
    }
}
