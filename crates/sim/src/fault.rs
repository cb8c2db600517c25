//! What the world does to messages, nodes, lines, clocks, vaults and paper. Each seed draws its own mix, a story names each
//! fault itself; both use the words of this file.

use crate::cast;
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
    /// It arrives again after so many milliseconds.
    Twice(i64),
    /// It arrives again after so many milliseconds, and one of the two has this bit wrong: the first if its number is odd.
    Spoilt(i64, usize),
    /// This bit differs, counted behind the length and round again at the end.
    Garbled(usize),
    /// Somebody on the line makes an approval of it, without the key: its MAC is wrong.
    Forged,
    /// The line breaks in the middle of it.
    Cut,
}

impl Harm {
    /// All words, in order.
    pub const WORDS: [&str; 7] = ["lost", "late", "twice", "twice-spoilt", "garbled", "forged", "cut"];

    /// The word in a situation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Late(_) => "late",
            Self::Twice(_) => "twice",
            Self::Spoilt(..) => "twice-spoilt",
            Self::Garbled(_) => "garbled",
            Self::Forged => "forged",
            Self::Cut => "cut",
        }
    }
}

/// Where in a step the power goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Point {
    /// The commit is refused or lost: nothing is there, nothing has left.
    BeforeCommit,
    /// The power goes before the disk has said that it is durable: chance decides whether it is, or what is torn.
    InCommit,
    /// The disk says that it could not sync.
    SyncError,
    /// The commit is durable, nothing has left.
    AfterCommit,
    /// Durable, and part of what should leave has left.
    BetweenSends,
    /// The disk is full: the node stops, and comes back with room.
    DiskFull,
}

impl Point {
    /// All of them, with the word of a story and that of a situation.
    pub const ALL: [(Self, &str, &str); 6] = [
        (Self::BeforeCommit, "before", "before its commit"),
        (Self::InCommit, "in", "in its commit"),
        (Self::SyncError, "sync-error", "by a sync error"),
        (Self::AfterCommit, "after", "after its commit"),
        (Self::BetweenSends, "between", "between its sends"),
        (Self::DiskFull, "full", "by a full disk"),
    ];

    /// What the disk does for it, after so many good commits; nothing between two sends.
    pub const fn doom(self, after: u8) -> Option<Doom> {
        let trouble = match self {
            Self::BeforeCommit => Trouble::CutBefore,
            Self::InCommit => Trouble::CutUnsynced,
            Self::SyncError => Trouble::SyncError,
            Self::AfterCommit => Trouble::CutSynced,
            Self::DiskFull => Trouble::Full,
            Self::BetweenSends => return None,
        };
        Some(Doom { after, trouble })
    }

    /// The word in a situation.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(point, _, _)| *point == self).map_or("", |(_, _, word)| word)
    }
}

/// What a phone does with a notice that it does not simply take.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phone {
    /// It does not take it.
    Refused,
    /// It takes it, and its word that it did is lost.
    Unheard,
}

/// What becomes of one copy of a slip.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Sheet {
    /// It comes out, and the printer says so.
    Printed,
    /// The paper ran out or jammed in the middle.
    Half,
    /// It comes out, and the printer cannot tell.
    Unknown,
    /// Nothing comes out.
    Missing,
    /// It comes out, and no word ever comes.
    Silent,
    /// The head is dead or the paper upside down: the printer says that it is printed, and it is blank.
    Blank,
}

impl Sheet {
    /// All of them, with their words.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Printed, "printed"),
        (Self::Half, "half"),
        (Self::Unknown, "unknown"),
        (Self::Missing, "missing"),
        (Self::Silent, "silent"),
        (Self::Blank, "blank"),
    ];

    /// The word of a story and of a situation.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(sheet, _)| *sheet == self).map_or("", |(_, word)| word)
    }

    /// What the printer says; `None`: no word ever comes.
    pub const fn told(self) -> Option<PaperFate> {
        match self {
            Self::Printed | Self::Blank => Some(PaperFate::Printed),
            Self::Half => Some(PaperFate::Half),
            Self::Unknown => Some(PaperFate::Unknown),
            Self::Missing => Some(PaperFate::Missing),
            Self::Silent => None,
        }
    }

    /// Whether somebody has a paper in hand that can be shown.
    pub const fn is_out(self) -> bool {
        matches!(self, Self::Printed | Self::Unknown | Self::Silent)
    }
}

/// Something that a fault can befall, counted from 1 in the order in which they come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// A message of this type as it is sent on this hop.
    Hop(&'static str, u16),
    /// A message of this type as it arrives: its receiver is meant.
    Arrival(&'static str, u16),
    /// A step of this node.
    Step(usize),
    /// A copy at the printer of this till.
    Copy(usize),
    /// A notice of this node.
    Notice(usize),
}

/// What befalls it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// On the way.
    Harm(Harm),
    /// The power goes, after so many good commits of the step.
    Stop(Point, u8),
    /// What becomes of the paper.
    Paper(Sheet),
    /// What the phone does.
    Phone(Phone),
}

/// What happens at a time and not to a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weather {
    /// The line of this number drops for so many milliseconds.
    Down(usize, i64),
    /// It drops and comes back so often, half a second each.
    Flap(usize, u8),
    /// Nothing sent on this way (0 towards the issuer, 1 back, 2 both) arrives, and nobody is told: half-open or one-way.
    Deaf(usize, u8, i64),
    /// All lines drop at once and are connected again within a second.
    Storm,
    /// The clock of this node is set forward or back.
    Clock(usize, i64),
    /// The power of this node goes now.
    Power(usize),
    /// This device never comes back.
    Death(usize),
    /// From now on the vault of this node fails so many in a thousand questions.
    Vault(usize, u32),
    /// A new zone key for this member: the one for PINs (`true`) or codes; asked for there (`true`) or at the switch.
    Keys(usize, bool, bool),
    /// Another device comes in the place of this one, and holds what that one handed over (`true`) or nothing.
    Swap(usize, bool),
    /// A second device comes with what was handed over to this one, for a while.
    Second(usize),
    /// The next clearing file for this member.
    File(usize, FileHarm),
}

/// What becomes of a clearing file on its way to a member.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FileHarm {
    /// It does not come.
    Lost,
    /// It comes twice.
    Twice,
    /// It comes hours later.
    Late,
    /// It is cut short.
    Cut,
    /// A byte of it is another one.
    Changed,
    /// Another member's file comes in its place.
    Other,
    /// It does not come for more than a day: that of the next day comes first.
    Missing,
    /// The file of the day before comes in its place.
    Stale,
}

impl FileHarm {
    /// All of them, with their words.
    pub const ALL: [(Self, &str); 8] = [
        (Self::Lost, "lost"),
        (Self::Twice, "twice"),
        (Self::Late, "late"),
        (Self::Cut, "cut"),
        (Self::Changed, "changed"),
        (Self::Other, "other"),
        (Self::Missing, "missing"),
        (Self::Stale, "stale"),
    ];
    /// So many of them can befall a world of one day.
    pub const SHORT: usize = 6;

    /// The word of a story.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(harm, _)| *harm == self).map_or("", |(_, word)| word)
    }
}

impl Weather {
    /// The words of a situation.
    pub const WORDS: [&str; 22] = [
        "line down",
        "line flaps",
        "line half-open",
        "line one-way",
        "reconnect storm",
        "clock forward",
        "clock back",
        "power off",
        "device lost for good",
        "vault fails",
        "keys reset",
        "device replaced, with its hand-over",
        "device wiped",
        "a hand-over taken twice",
        "clearing file lost",
        "clearing file twice",
        "clearing file late",
        "clearing file cut short",
        "clearing file changed",
        "clearing file of another member",
        "clearing file missing for a day",
        "clearing file of the day before",
    ];

    /// The word in a situation.
    pub const fn word(self) -> &'static str {
        Self::WORDS[match self {
            Self::Down(..) => 0,
            Self::Flap(..) => 1,
            Self::Deaf(_, 2, _) => 2,
            Self::Deaf(..) => 3,
            Self::Storm => 4,
            Self::Clock(_, ms) => {
                if ms >= 0 {
                    5
                } else {
                    6
                }
            }
            Self::Power(_) => 7,
            Self::Death(_) => 8,
            Self::Vault(..) => 9,
            Self::Keys(..) => 10,
            Self::Swap(_, true) => 11,
            Self::Swap(_, false) => 12,
            Self::Second(_) => 13,
            Self::File(_, harm) => 14 + harm as usize,
        }]
    }
}

/// Rates in one thousand, drawn per seed. All zero when faults have stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Rates {
    /// Messages lost.
    pub lost: u32,
    /// Messages late.
    pub late: u32,
    /// Messages doubled.
    pub twice: u32,
    /// Messages overtaken by a little.
    pub overtaken: u32,
    /// Messages with one wrong bit.
    pub garbled: u32,
    /// Messages that a forger meets.
    pub forged: u32,
    /// Messages in which the line breaks.
    pub cut: u32,
    /// Steps that meet a power cut.
    pub crash: u32,
    /// Copies of slips that do not come out right.
    pub paper: u32,
    /// Notices that the phone does not take.
    pub phone: u32,
    /// Looks at the sky after which a line is in trouble.
    pub line: u32,
    /// Looks after which a clock is set.
    pub clock: u32,
    /// Looks after which somebody pulls a plug.
    pub plug: u32,
    /// Worlds in which a device is lost for good.
    pub death: u32,
    /// Questions that a vault does not answer, in the nodes where it fails.
    pub vault: u32,
    /// Looks after which a zone key is reset.
    pub keys: u32,
    /// Worlds in which a device is replaced.
    pub swap: u32,
    /// Members whose first clearing file does not come as it should.
    pub file: u32,
}

impl Rates {
    /// Every kind by its word, with the largest rate that a seed draws.
    pub const KINDS: [(&str, u32); 18] = [
        ("lost", 80),
        ("late", 60),
        ("twice", 100),
        ("overtaken", 150),
        ("garbled", 20),
        ("forged", 20),
        ("cut", 15),
        ("crash", 30),
        ("paper", 300),
        ("phone", 400),
        ("line", 250),
        ("clock", 80),
        ("plug", 80),
        ("death", 400),
        ("vault", 12),
        ("keys", 400),
        ("swap", 600),
        ("file", 800),
    ];

    /// Lines and nodes of a bad day, and nothing else.
    pub fn worst_wires() -> Self {
        Self { lost: 200, late: 100, twice: 200, garbled: 50, forged: 50, cut: 50, crash: 120, ..Self::default() }
    }

    fn of(&mut self, kind: &str) -> Option<&mut u32> {
        Some(match kind {
            "lost" => &mut self.lost,
            "late" => &mut self.late,
            "twice" => &mut self.twice,
            "overtaken" => &mut self.overtaken,
            "garbled" => &mut self.garbled,
            "forged" => &mut self.forged,
            "cut" => &mut self.cut,
            "crash" => &mut self.crash,
            "paper" => &mut self.paper,
            "phone" => &mut self.phone,
            "line" => &mut self.line,
            "clock" => &mut self.clock,
            "plug" => &mut self.plug,
            "death" => &mut self.death,
            "vault" => &mut self.vault,
            "keys" => &mut self.keys,
            "swap" => &mut self.swap,
            "file" => &mut self.file,
            _ => return None,
        })
    }

    /// The mix of one seed: each kind of fault is absent in about half of them, so that the others are seen alone.
    pub fn draw(chance: &mut Prng) -> Self {
        let mut rates = Self::default();
        for (kind, most) in Self::KINDS {
            let drawn =
                if chance.chance(500) { 1 + u32::try_from(chance.below(most as usize)).unwrap_or(0) } else { 0 };
            if let Some(rate) = rates.of(kind) {
                *rate = drawn;
            }
        }
        rates
    }

    /// Only these kinds, each at half of its largest rate or at the rate that is told: `lost,crash=5`; `none` for nothing.
    ///
    /// # Errors
    /// The word that names no kind, or a rate that is none.
    pub fn told(list: &str) -> Result<Self, String> {
        let mut rates = Self::default();
        for word in list.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none") {
            let (kind, rate) = word.split_once('=').map_or((word, None), |(kind, rate)| (kind, Some(rate)));
            let most = Self::KINDS.iter().find(|(known, _)| *known == kind).map(|(_, most)| *most);
            let rate =
                rate.map_or(most.map(|most| most.div_ceil(2)), |rate| rate.parse().ok().filter(|rate| *rate <= 1000));
            match (rates.of(kind), rate) {
                (Some(slot), Some(rate)) => *slot = rate,
                _ => return Err(word.to_owned()),
            }
        }
        Ok(rates)
    }

    /// What happens to one message.
    pub fn harm(&self, chance: &mut Prng) -> Option<Harm> {
        if chance.chance(self.lost) {
            return Some(Harm::Lost);
        }
        if chance.chance(self.late) {
            return Some(Harm::Late(chance.span(2_000, 200_000)));
        }
        if chance.chance(self.overtaken) {
            return Some(Harm::Late(chance.span(20, 400)));
        }
        if chance.chance(self.twice) {
            let again_ms = if chance.chance(500) { 0 } else { chance.span(1, 40_000) };
            let spoilt = chance.chance(200);
            return Some(if spoilt { Harm::Spoilt(again_ms, chance.below(8 * 512)) } else { Harm::Twice(again_ms) });
        }
        if chance.chance(self.forged) {
            return Some(Harm::Forged);
        }
        if chance.chance(self.cut) {
            return Some(Harm::Cut);
        }
        chance.chance(self.garbled).then(|| Harm::Garbled(chance.below(8 * 512)))
    }

    /// Whether the power goes in one step, and where.
    pub fn stop(&self, chance: &mut Prng) -> Option<(Point, u8)> {
        let goes = chance.chance(self.crash);
        goes.then(|| (chance.pick(&Point::ALL).0, u8::from(chance.chance(200))))
    }

    /// What becomes of one copy of a slip, if it is not simply printed.
    pub fn paper(&self, chance: &mut Prng) -> Option<Sheet> {
        chance.chance(self.paper).then(|| chance.pick(&Sheet::ALL[1..]).0)
    }

    /// What a phone does.
    pub fn phone(&self, chance: &mut Prng) -> Option<Phone> {
        if chance.chance(self.phone) {
            return Some(Phone::Refused);
        }
        chance.chance(self.phone / 4).then_some(Phone::Unheard)
    }

    /// What the sky does at one look, in a world with so many lines and nodes of which the first are devices.
    pub fn weather(&self, chance: &mut Prng, links: usize, nodes: usize) -> Option<Weather> {
        if chance.chance(self.line) {
            let link = chance.below(links);
            let away_ms = if chance.chance(700) { chance.span(10, 5_000) } else { chance.span(5_000, 200_000) };
            return Some(match chance.weighed(&[50, 15, 15, 15, 5]) {
                0 => Weather::Down(link, away_ms),
                1 => Weather::Flap(link, 2 + u8::try_from(chance.below(6)).unwrap_or(0)),
                2 => Weather::Deaf(link, 2, away_ms),
                3 => Weather::Deaf(link, u8::from(chance.chance(500)), away_ms),
                _ => Weather::Storm,
            });
        }
        if chance.chance(self.clock) {
            let node = chance.below(nodes);
            let set_ms = match chance.weighed(&[60, 30, 10]) {
                0 => chance.span(1, 5_000),
                1 => chance.span(5_000, 600_000),
                _ => chance.span(600_000, 26 * 3_600_000),
            };
            return Some(Weather::Clock(node, if chance.chance(500) { set_ms } else { -set_ms }));
        }
        chance.chance(self.plug).then(|| Weather::Power(chance.below(nodes)))
    }

    /// Whether somebody wants a new zone key at one look, and whose.
    pub fn wish(&self, chance: &mut Prng) -> Option<Weather> {
        let asked = chance.chance(self.keys);
        asked.then(|| Weather::Keys(*chance.pick(&cast::MEMBER_NODES), chance.chance(500), chance.chance(250)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_rates_no_harm() {
        let (mut chance, none) = (Prng::new(3), Rates::default());
        for _ in 0..1000 {
            assert_eq!((none.harm(&mut chance), none.paper(&mut chance), none.phone(&mut chance)), (None, None, None));
            assert_eq!((none.stop(&mut chance), none.weather(&mut chance, 5, 5)), (None, None));
        }
    }

    #[test]
    fn a_list_of_faults_is_read() {
        let rates = Rates::told("lost, crash=5").unwrap();
        assert_eq!((rates.lost, rates.crash, rates.late), (40, 5, 0));
        assert_eq!(Rates::told("none").unwrap().lost, 0);
        for (list, bad) in [("eaten", "eaten"), ("lost=x", "lost=x"), ("late,lost=1001", "lost=1001")] {
            assert_eq!(Rates::told(list).map(|_| ()), Err(bad.to_owned()));
        }
        for (kind, _) in Rates::KINDS {
            assert!(Rates::told(kind).is_ok(), "{kind}");
        }
    }

    #[test]
    fn every_harm_and_every_weather_of_the_sky_is_drawn_by_some_seed() {
        let (mut harms, mut skies) = (BTreeSet::new(), BTreeSet::new());
        for seed in 0..200 {
            let mut chance = Prng::new(seed);
            let rates = Rates::draw(&mut chance);
            harms.extend((0..200).filter_map(|_| rates.harm(&mut chance)).map(Harm::word));
            skies.extend((0..200).filter_map(|_| rates.weather(&mut chance, 5, 5)).map(Weather::word));
        }
        assert_eq!(harms, Harm::WORDS.into());
        // Death, vaults and replacements are drawn once a world.
        assert_eq!(skies, Weather::WORDS.into_iter().take(8).collect());
    }
}
