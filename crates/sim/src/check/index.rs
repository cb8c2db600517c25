//! `index`: whatever an acquirer has of an exchange, it is found under the keys that its own record gives, from the commit on that wrote it:
//! by time, by a later day on which something came to it, by what it is about, and as undecided exactly as long as it is. Nothing else is
//! found there.

use super::books::Wrong;
use crate::cast::is_acquirer;
use crate::disk::Written;
use slipway_hosts::acquirer::{AcquirerRow, Exchange, Follower, Noted, Taken, Undecided, index_of};
use slipway_node::{Key, Record, Rows};
use slipway_terms::TillKey;
use std::collections::{BTreeMap, BTreeSet};

const EXCHANGE: u8 = <Exchange as Record<AcquirerRow>>::SPACE;
const UNDECIDED: u8 = <Undecided as Record<AcquirerRow>>::SPACE;
const TABLES: [u8; 4] = [
    <Taken as Record<AcquirerRow>>::SPACE,
    <Noted as Record<AcquirerRow>>::SPACE,
    UNDECIDED,
    <Follower as Record<AcquirerRow>>::SPACE,
];

/// The index of every acquirer, as it is durable.
#[derive(Debug, Default)]
pub struct Index {
    rows: BTreeMap<(usize, Key), Vec<u8>>,
    known: BTreeSet<(usize, TillKey)>,
}

impl Index {
    /// One batch became durable at one node.
    pub fn take(&mut self, node: usize, written: &Written) -> Vec<Wrong> {
        if !is_acquirer(node) {
            return Vec::new();
        }
        let mut wrong = Vec::new();
        let mut put = Vec::new();
        for (key, row) in written.iter().filter(|(key, _)| TABLES.contains(&key.space())) {
            match row {
                Some(bytes) => {
                    self.rows.insert((node, *key), bytes.clone());
                    put.extend(AcquirerRow::decode(key.space(), bytes).ok());
                }
                None => drop(self.rows.remove(&(node, *key))),
            }
        }
        let exchanges = written.iter().filter(|(key, _)| key.space() == EXCHANGE);
        for row in exchanges.filter_map(|(_, row)| AcquirerRow::decode(EXCHANGE, row.as_deref()?).ok()) {
            let AcquirerRow::Exchange(Exchange::Original(one)) = row else { continue };
            self.known.insert((node, one.till));
            let mut want = BTreeMap::new();
            for (key, row) in index_of(&one) {
                let mut bytes = Vec::new();
                row.encode(&mut bytes);
                want.insert(key, bytes);
            }
            for (key, bytes) in &want {
                if self.rows.get(&(node, *key)) != Some(bytes) {
                    wrong.push(("index", format!("{} is not found in table {}", one.till, key.space())));
                }
            }
            let open = <Undecided as Record<AcquirerRow>>::key(&(one.till.merchant, one.till));
            if !want.contains_key(&open) && self.rows.contains_key(&(node, open)) {
                wrong.push(("index", format!("{} rests and is found as undecided", one.till)));
            }
        }
        for till in put.iter().filter_map(found) {
            if !self.known.contains(&(node, till)) {
                wrong.push(("index", format!("{till} is found, and there is no such exchange")));
            }
        }
        wrong
    }
}

fn found(row: &AcquirerRow) -> Option<TillKey> {
    match row {
        AcquirerRow::Taken(row) => Some(row.till),
        AcquirerRow::Noted(row) => Some(row.till),
        AcquirerRow::Undecided(row) => Some(row.till),
        AcquirerRow::Follower(row) => Some(row.till),
        _ => None,
    }
}
