//! Chance by name. What befalls a message, a step or a slip depends on the seed and on its name (hop, type, number, how often),
//! never on what else happened: a fault can be taken away and all others stay. That is what makes a failing world small.

use crate::prng::Prng;
use std::collections::{BTreeSet, HashMap};

/// What is decided by a throw.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Matter {
    /// What befalls a message on its way.
    Harm = 1,
    /// How long a message takes.
    Wire,
    /// Whether the power goes in a step.
    Stop,
    /// How long a node is busy after a step.
    Busy,
    /// How long a node stays off, and what is left of its disk.
    Away,
    /// When a line is connected after a node came on, and when its ends notice that it is gone.
    Line,
    /// What becomes of a copy of a slip.
    Paper,
    /// Whether a phone takes a notice, and whether its word comes back.
    Phone,
    /// Lines, clocks and power, apart from messages.
    Weather,
    /// Who can be asked by a counter.
    Counter,
    /// What a person does next.
    Turn,
    /// What the vault of a node is like in one life.
    Vault,
    /// How long a chip thinks, and the number that its reader makes.
    Chip,
    /// Whether a difference is put right by a finding or by a repair.
    Repair,
    /// What people dispute.
    Dispute,
    /// What a day of a long world brings, and when people work on it.
    Day,
}

/// One throw: its number, by which it can be forbidden, and its chance.
#[derive(Clone, Debug)]
pub struct Throw {
    /// The same in every run of the seed in which this thing exists.
    pub id: u64,
    /// Draws of this throw alone.
    pub chance: Prng,
}

/// The dice of one world.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    thrown: HashMap<u64, u32>,
    only: Option<BTreeSet<u64>>,
}

impl Dice {
    /// Of one seed; with `only`, faults of other throws do not happen.
    pub fn new(seed: u64, only: Option<BTreeSet<u64>>) -> Self {
        Self { seed, thrown: HashMap::new(), only }
    }

    /// The next throw of this name: the second thing of the same name is another one.
    pub fn throw(&mut self, matter: Matter, name: &[u64]) -> Throw {
        let name = mixed(matter, name);
        let nth = self.thrown.entry(name).or_insert(0);
        *nth += 1;
        let id = mix(name ^ u64::from(*nth));
        Throw { id, chance: Prng::of(self.seed, id) }
    }

    /// The throw of this name whenever it is asked for.
    pub fn fixed(&self, matter: Matter, name: &[u64]) -> Throw {
        let id = mixed(matter, name);
        Throw { id, chance: Prng::of(self.seed, id) }
    }

    /// Whether the fault of this throw may happen.
    pub fn may(&self, throw: &Throw) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&throw.id))
    }
}

fn mixed(matter: Matter, name: &[u64]) -> u64 {
    name.iter().fold(mix(matter as u64), |sum, part| mix(sum ^ part))
}

/// The finish of splitmix64: neighbours become strangers.
const fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throw_depends_on_its_name_and_on_nothing_else() {
        let draw = |before: usize| {
            let mut dice = Dice::new(7, None);
            for n in 0..before {
                let _ = dice.throw(Matter::Wire, &[n as u64]);
            }
            let mut throw = dice.throw(Matter::Harm, &[1, 200, 5]);
            (throw.id, throw.chance.bits())
        };
        assert_eq!(draw(0), draw(9));
        let mut dice = Dice::new(7, None);
        let ids: BTreeSet<u64> = (0..5).map(|_| dice.throw(Matter::Harm, &[1, 200, 5]).id).collect();
        assert_eq!(ids.len(), 5, "the next of the same name is another");
        assert_ne!(Dice::new(8, None).throw(Matter::Harm, &[1, 200, 5]).chance.bits(), draw(0).1);
    }

    #[test]
    fn a_forbidden_fault_is_forbidden_alone() {
        let mut free = Dice::new(1, None);
        let (a, b) = (free.throw(Matter::Harm, &[1]), free.throw(Matter::Harm, &[2]));
        let dice = Dice::new(1, Some([a.id].into()));
        assert!(dice.may(&a) && !dice.may(&b) && free.may(&b));
    }
}
