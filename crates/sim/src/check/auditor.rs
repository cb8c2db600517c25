//! `auditor`: a flat second model of the money that knows no records, no cores and no messages' meaning beyond the few words
//! below. It is fed with what left onto the wires and with the paper that came out, and keeps four facts an exchange. Once
//! quiet they must agree with each other and with the ledgers.
//!
//! ```text
//! I→S 0210 approved        debited          A→T 0210 approved   credited
//! I→S 0430 done            not any more     A→S 0420            not any more, never again
//! I→S 0230/02 approved     debited again    S→A 0230/02 final   credited again: refused, the acquirer pays for both
//! paper, or T→A 0620       a slip; and the slip of a void or refund says that what it names had one
//! ```

use super::books::{Books, Wrong};
use slipway_hosts::correction::{Correct, is_final};
use slipway_terms::{EntryMode, InstitutionId, Kind, Message, Outcome, ResponseCode, Rrn, Step, SwitchKey, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// One exchange as the wires show it, by its identity between the members. A reference number can be spoilt on the way: no
/// code covers it there.
#[derive(Clone, Debug, Default)]
struct Seen {
    amount: i64,
    debited: bool,
    given_back: bool,
    credited: bool,
    taken_back: bool,
    slip: bool,
    offline: bool,
    /// Given back by credit adjustment: its void has a slip, and the void itself was undone.
    adjusted: bool,
    /// A refund without a card: an acquirer made it itself, and no till is told.
    own: bool,
    names: Option<SwitchKey>,
}

/// The model.
#[derive(Debug, Default)]
pub struct Auditor {
    seen: BTreeMap<SwitchKey, Seen>,
    by_rrn: BTreeMap<(InstitutionId, Rrn), SwitchKey>,
    by_till: BTreeMap<TillKey, SwitchKey>,
    /// Papers that came out: of an offline sale before any wire has shown it.
    papers: BTreeSet<TillKey>,
}

impl Auditor {
    /// A message left onto a hop.
    pub(super) fn crossed(&mut self, hop: &str, message: &Message) -> Option<Wrong> {
        // What disputes move is told by their own messages, and no till has any.
        if Step::of(message).is_some() {
            return None;
        }
        // An inquiry and a hold move nothing.
        let kind = message.kind();
        if kind.is_some_and(|kind| !kind.shape().moves_money()) {
            return None;
        }
        let approved = message.code.is_some_and(|code| code.outcome() == Outcome::Approved);
        let key = match (hop, message.mti.0) {
            ("L1", 620) => {
                self.paper(&message.till_key()?);
                return None;
            }
            ("L1", _) => return None,
            ("L6", _) => *self.by_rrn.get(&(message.acquirer?, message.rrn?))?,
            (_, 420 | 430) => message.original?.key,
            (_, 220 | 230) if Correct::of(message).is_some() => message.original?.key,
            _ => message.switch_key()?,
        };
        // Of an adjustment only the difference moves.
        let first = message.original.and_then(|original| self.seen.get(&original.key)).map_or(0, |first| first.amount);
        let seen = self.seen.entry(key).or_default();
        if let Some(what) = Correct::of(message) {
            match (hop, message.mti.0, what) {
                ("L4", 230, Correct::Debit) if approved => seen.debited = true,
                ("L4", 230, Correct::Credit) if approved => (seen.debited, seen.given_back) = (false, true),
                ("L5", 230, Correct::Credit) if approved => {
                    (seen.credited, seen.taken_back, seen.adjusted) = (false, true, true);
                }
                ("L5", 230, Correct::Debit) if message.code.is_some_and(is_final) => {
                    (seen.debited, seen.credited) = (true, true);
                }
                _ => {}
            }
            return None;
        }
        match (hop, message.mti.0) {
            ("L2", 200 | 220) => {
                self.by_rrn.insert((message.acquirer?, message.rrn?), key);
                let amount = message.amount.map_or(0, |amount| amount.signed());
                seen.amount = match kind {
                    Some(Kind::Adjust) => amount - first,
                    kind => amount * kind.map_or(1, |kind| i64::from(kind.shape().sign)),
                };
                seen.offline = kind == Some(Kind::OfflineSale);
                seen.own = kind == Some(Kind::Refund) && message.entry == Some(EntryMode(2));
                seen.names = message.original.map(|original| original.key);
            }
            ("L2", 420) => (seen.credited, seen.taken_back) = (false, true),
            ("L4", 210) if approved && seen.given_back => return Some(wrong(key, "approved after it was given back")),
            ("L4", 210 | 230) if approved => seen.debited = true,
            ("L5", 230) if approved && seen.own => (seen.credited, seen.slip) = (true, true),
            ("L4", 430) if message.code == Some(ResponseCode::APPROVED) => {
                (seen.debited, seen.given_back) = (false, true);
            }
            ("L6", 210 | 230) => {
                let till = message.till_key();
                seen.slip |= till.is_some_and(|till| self.papers.contains(&till));
                self.by_till.extend(till.map(|till| (till, key)));
                if approved && seen.taken_back {
                    return Some(wrong(key, "said to be approved after its undo was sent"));
                }
                seen.credited |= approved;
                // An advice is answered until its till knows, and no other word says that it has the slip.
                seen.slip |= approved && message.mti.0 == 230;
                // Nobody else would be debited for it: the acquirer bears it.
                seen.debited |= approved && seen.offline;
            }
            _ => {}
        }
        None
    }

    /// A paper that can be shown came out, or its till has said that there is a slip.
    pub(super) fn paper(&mut self, till: &TillKey) {
        self.papers.insert(*till);
        if let Some(seen) = self.by_till.get(till).and_then(|key| self.seen.get_mut(key)) {
            seen.slip = true;
        }
    }

    pub(super) fn at_the_end(&self, books: &Books) -> Vec<Wrong> {
        let mut all = Vec::new();
        // What is never reversed stands at the hosts although the till that would have heard it is gone.
        let gone =
            |key: &SwitchKey| books.is_advice(key) && books.till_of(key).is_some_and(|till| books.is_lost(&till));
        let named: BTreeSet<_> = self.seen.values().filter(|seen| seen.slip).filter_map(|seen| seen.names).collect();
        // What answers a spoilt step of a dispute may look like anything.
        for (key, seen) in self.seen.iter().filter(|(key, _)| !gone(key) && !books.is_step(key)) {
            let void_of = seen.names.and_then(|first| self.seen.get(&first)).is_some_and(|first| first.adjusted);
            let slip = (seen.slip || named.contains(key)) && !seen.adjusted && !void_of;
            let seen = &Seen { slip, ..seen.clone() };
            if !(seen.debited == seen.credited && seen.credited == seen.slip) {
                all.push(wrong(*key, &format!("once quiet, the wires show {seen:?}")));
            }
            let moves = books.moves(key);
            let shown = [seen.debited, seen.credited].map(|yes| if yes { seen.amount } else { 0 });
            if shown != [moves.debit, moves.credit] {
                all.push(wrong(*key, &format!("once quiet, the wires show {seen:?} and the ledgers {moves:?}")));
            }
        }
        all
    }
}

fn wrong(key: SwitchKey, what: &str) -> Wrong {
    ("auditor", format!("{key}: {what}"))
}
