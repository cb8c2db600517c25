//! `keys`: a zone key has the same newest generation at the switch and at its member once it is quiet, and both use it; and no
//! party ever goes back to an older one.

use super::books::Wrong;
use crate::cast::{self, SWITCH};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_hosts::zone::ZoneKey;
use slipway_node::{Key, Record, Rows};
use slipway_terms::KeyName;
use std::collections::BTreeMap;

/// The zone keys of all parties as they became durable.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<(KeyName, bool), ZoneKey>);

impl Keys {
    /// One row became durable.
    pub(super) fn take(&mut self, node: usize, key: Key, bytes: &[u8]) -> Option<Wrong> {
        let zone = match node {
            SWITCH => row::<SwitchRow>(key, bytes),
            n if cast::is_acquirer(n) => row::<AcquirerRow>(key, bytes),
            n if n > SWITCH => row::<IssuerRow>(key, bytes),
            _ => None,
        }?;
        let name = zone.name;
        let before = self.0.insert((name, node == SWITCH), zone);
        let now = &self.0[&(name, node == SWITCH)];
        let before = before?;
        let again = before.met.iter().rev().skip(1).any(|one| now.met.last() == Some(one));
        let back = again || (before.used && !now.used && before.met.last() == now.met.last());
        back.then(|| ("keys", format!("{} goes back to an older {name:?}", cast::call_name(node))))
    }

    pub(super) fn at_the_end(&self) -> Vec<Wrong> {
        let differs = |name: &KeyName| {
            let [ours, theirs] = [true, false].map(|switch| self.0.get(&(*name, switch)));
            let same = |one: &ZoneKey| one.used.then(|| one.met.last().copied());
            ours.map(same) != theirs.map(same)
        };
        let names = self.0.keys().map(|(name, _)| name).filter(|name| differs(name));
        names.map(|name| ("keys", format!("once quiet, switch and member have another {name:?}"))).collect()
    }
}

fn row<R: Rows>(key: Key, bytes: &[u8]) -> Option<ZoneKey>
where
    ZoneKey: Record<R>,
{
    if key.space() != <ZoneKey as Record<R>>::SPACE {
        return None;
    }
    ZoneKey::peel(&R::decode(key.space(), bytes).ok()?).cloned()
}
