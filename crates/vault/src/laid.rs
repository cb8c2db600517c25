//! Generations of named keys that came by message: they live in the records of their party, and are laid over the vault's own
//! key of that name. Nothing is opened before it is needed, so laying one can not fail.
//! Must never: make a code under a generation that is only accepted; accept more than the newest and the one before.

use std::collections::HashMap;
use std::sync::Arc;

use slipway_node::{Install, Installed};
use slipway_terms::{KeyName, KeyRef, KeyUse, WrappedKey};

use crate::cipher::Schedule;
use crate::door::SoftVault;
use crate::ring::{Generations, NoKey};

/// What lies over one name.
struct Over {
    newest: WrappedKey,
    /// The one before; `None` is the vault's own.
    previous: Option<WrappedKey>,
    newest_used: bool,
}

/// All that was laid.
#[derive(Default)]
pub(crate) struct Laid(HashMap<KeyName, Over>);

/// Which key of a name is meant.
pub(crate) enum Which {
    /// One out of a record.
    Record(WrappedKey),
    /// The vault's own.
    Own,
}

impl Which {
    fn of(previous: Option<&WrappedKey>) -> Self {
        previous.map_or(Self::Own, |key| Self::Record(key.clone()))
    }
}

impl Laid {
    /// Lays one; the same again only changes its mark.
    pub(crate) fn lay(&mut self, installed: &Installed) {
        let Installed { name, key, how } = installed;
        let used = *how == Install::Use;
        match self.0.get_mut(name) {
            Some(over) if over.newest == *key => over.newest_used = used,
            Some(over) => {
                if over.newest_used {
                    over.previous = Some(core::mem::replace(&mut over.newest, key.clone()));
                } else {
                    over.newest = key.clone();
                }
                over.newest_used = used;
            }
            None => {
                self.0.insert(*name, Over { newest: key.clone(), previous: None, newest_used: used });
            }
        }
    }

    /// The key that makes codes and blocks.
    pub(crate) fn used(&self, name: &KeyName) -> Which {
        match self.0.get(name) {
            Some(over) if over.newest_used => Which::Record(over.newest.clone()),
            over => Which::of(over.and_then(|over| over.previous.as_ref())),
        }
    }

    /// What is accepted, the newest first; `None` where nothing was laid.
    pub(crate) fn accepted(&self, name: &KeyName) -> Option<[Which; 2]> {
        let over = self.0.get(name)?;
        Some([Which::Record(over.newest.clone()), Which::of(over.previous.as_ref())])
    }
}

impl SoftVault {
    /// The generations of a name that the other side may have used.
    pub(crate) fn accepted_named(&mut self, name: &KeyName, usages: &[KeyUse]) -> Result<Generations, NoKey> {
        let Some([newest, previous]) = self.laid.accepted(name) else { return self.ring.accepted(name, usages) };
        let mut found: Generations = [None, None, None];
        found[0] = self.if_there(newest, usages)?;
        match previous {
            Which::Record(_) => found[1] = self.if_there(previous, usages)?,
            Which::Own => {
                // A rotation by hand may be under way as well: the one in use, and the one beside it.
                if let Ok([now, next, former]) = self.ring.accepted(name, usages) {
                    (found[1], found[2]) = (now, next.or(former));
                }
            }
        }
        if found.iter().all(Option::is_none) { Err(NoKey::Missing) } else { Ok(found) }
    }

    /// A generation that another vault wrapped opens no more; that is no reason to refuse the other one.
    fn if_there(&mut self, which: Which, usages: &[KeyUse]) -> Result<Option<Arc<Schedule>>, NoKey> {
        let Which::Record(key) = which else { return Ok(None) };
        match self.key(&KeyRef::Wrapped(key), usages) {
            Ok(key) => Ok(Some(key)),
            Err(NoKey::Unavailable) => Err(NoKey::Unavailable),
            Err(NoKey::Missing | NoKey::OtherUsage) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(laid: &Laid, name: &KeyName) -> (u8, Vec<u8>) {
        let byte = |which: Which| match which {
            Which::Record(key) => key.0[0],
            Which::Own => 0,
        };
        (byte(laid.used(name)), laid.accepted(name).into_iter().flatten().map(byte).collect())
    }

    #[test]
    fn newest_and_previous_in_every_order() {
        let name = KeyName::of(KeyUse::Zak, "99900100");
        let lay = |laid: &mut Laid, no: u8, how| laid.lay(&Installed { name, key: WrappedKey(Box::new([no])), how });
        let mut laid = Laid::default();
        assert_eq!(seen(&laid, &name), (0, vec![]));
        for (no, how, want) in [
            (1, Install::Accept, (0, vec![1, 0])),
            (1, Install::Accept, (0, vec![1, 0])),
            (1, Install::Use, (1, vec![1, 0])),
            (1, Install::Use, (1, vec![1, 0])),
            (2, Install::Accept, (1, vec![2, 1])),
            // A reset that was given up: the one in use stays.
            (3, Install::Accept, (1, vec![3, 1])),
            (3, Install::Use, (3, vec![3, 1])),
            // As a member does.
            (4, Install::Use, (4, vec![4, 3])),
            (4, Install::Use, (4, vec![4, 3])),
        ] {
            lay(&mut laid, no, how);
            assert_eq!(seen(&laid, &name), want, "{no} {how:?}");
        }
    }
}
