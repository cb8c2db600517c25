//! What the world does to messages, nodes and paper: each seed draws its own mix, a story names each fault itself.

use crate::disk::Doom;
use crate::prng::Prng;
use slipway_store::crash::Trouble;
use slipway_terms::PaperFate;

/// What happens to one message on its way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Harm {
    /// It never arrives.
    Lost,
    /// It arrives this many milliseconds late; later ones overtake it.
    Late(i64),
    /// It arrives twice.
    Twice,
    /// One byte differs.
    Garbled,
    /// Somebody on the line makes an approval of it, without the key: its MAC is wrong.
    Forged,
}

impl Harm {
    /// The word in a situation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Late(_) => "late",
            Self::Twice => "twice",
            Self::Garbled => "garbled",
            Self::Forged => "forged",
        }
    }
}

/// Where in a step the power goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// The commit is refused or lost: nothing is there, nothing has left.
    BeforeCommit,
    /// The power goes, or the sync fails, before the disk has said that it is durable: chance decides whether it is.
    InCommit,
    /// The commit is durable, nothing has left.
    AfterCommit,
    /// Durable, and part of what should leave has left.
    BetweenSends,
    /// The disk is full: the node stops, and comes back with room.
    DiskFull,
}

impl Point {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::BeforeCommit, Self::InCommit, Self::AfterCommit, Self::BetweenSends, Self::DiskFull];

    /// What the disk does for it, after so many good commits; nothing between two sends.
    pub fn doom(self, chance: &mut Prng, after: u8) -> Option<Doom> {
        let trouble = match self {
            Self::BeforeCommit => Trouble::CutBefore,
            Self::InCommit => *chance.pick(&[Trouble::CutUnsynced, Trouble::SyncError]),
            Self::AfterCommit => Trouble::CutSynced,
            Self::DiskFull => Trouble::Full,
            Self::BetweenSends => return None,
        };
        Some(Doom { after, trouble })
    }

    /// The word in a situation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BeforeCommit => "before its commit",
            Self::InCommit => "in its commit",
            Self::AfterCommit => "after its commit",
            Self::BetweenSends => "between its sends",
            Self::DiskFull => "by a full disk",
        }
    }
}

/// Rates in one thousand, drawn per seed. All zero when faults have stopped.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rates {
    /// Messages lost.
    pub lost: u32,
    /// Messages late.
    pub late: u32,
    /// Messages doubled.
    pub twice: u32,
    /// Messages overtaken by a little.
    pub overtaken: u32,
    /// Messages with one wrong byte.
    pub garbled: u32,
    /// Messages that a forger meets.
    pub forged: u32,
    /// Steps that meet a power cut.
    pub crash: u32,
    /// Operator acts near which a link goes down.
    pub cut: u32,
    /// Copies of slips that do not come out right.
    pub paper: u32,
    /// Notices that the phone does not take.
    pub phone: u32,
}

impl Rates {
    /// The mix of one seed: each kind of fault is absent in about half of them, so that the others are seen alone.
    pub fn draw(chance: &mut Prng) -> Self {
        let mut some = |most: u32| {
            if chance.chance(500) { 1 + u32::try_from(chance.below(most as usize)).unwrap_or(0) } else { 0 }
        };
        Self {
            lost: some(80),
            late: some(60),
            twice: some(100),
            overtaken: some(150),
            garbled: some(20),
            forged: some(20),
            crash: some(12),
            cut: some(60),
            paper: some(300),
            phone: some(400),
        }
    }

    /// What happens to one message.
    pub fn harm(&self, chance: &mut Prng) -> Option<Harm> {
        if chance.chance(self.lost) {
            return Some(Harm::Lost);
        }
        if chance.chance(self.late) {
            return Some(Harm::Late(chance.span(2_000, 90_000)));
        }
        if chance.chance(self.overtaken) {
            return Some(Harm::Late(chance.span(20, 400)));
        }
        if chance.chance(self.twice) {
            return Some(Harm::Twice);
        }
        if chance.chance(self.forged) {
            return Some(Harm::Forged);
        }
        chance.chance(self.garbled).then_some(Harm::Garbled)
    }

    /// What becomes of one copy of a slip; `None`: no word ever comes.
    pub fn paper(&self, chance: &mut Prng) -> Option<PaperFate> {
        if !chance.chance(self.paper) {
            return Some(PaperFate::Printed);
        }
        [Some(PaperFate::Half), Some(PaperFate::Unknown), Some(PaperFate::Missing), None][chance.below(4)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rates_no_harm() {
        let mut chance = Prng::new(3);
        for _ in 0..1000 {
            assert_eq!(Rates::default().harm(&mut chance), None);
            assert_eq!(Rates::default().paper(&mut chance), Some(PaperFate::Printed));
        }
    }

    #[test]
    fn every_harm_is_drawn_by_some_seed() {
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut chance = Prng::new(seed);
            let rates = Rates::draw(&mut chance);
            seen.extend((0..200).filter_map(|_| rates.harm(&mut chance)).map(Harm::word));
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["forged", "garbled", "late", "lost", "twice"]);
    }
}
