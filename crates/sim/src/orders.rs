//! Faults by place and number: what a story has ordered, and what has happened in a world, written so that a story can order
//! it again.

use crate::deed::Deed;
use crate::fault::{Fate, Phone, Place, Weather};
use slipway_terms::Moment;
use std::collections::BTreeMap;

/// A fault that waits: it befalls the n-th thing that comes to its place from now on, 1 is the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    /// Where.
    pub place: Place,
    /// Which one of them.
    pub nth: u32,
    /// What happens.
    pub fate: Fate,
}

/// A fault that happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Struck {
    /// To the n-th thing at its place.
    At {
        /// The throw that decided it.
        id: u64,
        /// Where.
        place: Place,
        /// Which one, counted from the beginning of the world.
        nth: u32,
        /// What happened.
        fate: Fate,
    },
    /// So many milliseconds after the beginning of the world.
    Sky {
        /// The throw that decided it.
        id: u64,
        /// When.
        ms: i64,
        /// What happened.
        weather: Weather,
    },
}

impl Struck {
    /// What it is, in a word of figures.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sky { weather, .. } => weather.word(),
            Self::At { fate, .. } => match fate {
                Fate::Harm(harm) => harm.word(),
                Fate::Stop(point, _) => point.word(),
                Fate::Paper(sheet) => sheet.word(),
                Fate::Phone(Phone::Refused) => "notice refused",
                Fate::Phone(Phone::Unheard) => "notice unheard",
            },
        }
    }

    /// The throw that decided it.
    pub const fn id(&self) -> u64 {
        match self {
            Self::At { id, .. } | Self::Sky { id, .. } => *id,
        }
    }
}

/// A turn of a person at a till, as it was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Turn {
    /// Milliseconds after the beginning of the world.
    pub ms: i64,
    /// Which till.
    pub seat: usize,
    /// What was done.
    pub deeds: Vec<Deed>,
}

/// What is ordered, and what happened.
#[derive(Debug, Default)]
pub struct Orders {
    waiting: Vec<Order>,
    counted: BTreeMap<Place, u32>,
    /// With every input twice: the double of what was met meets the same. When, which number, and what.
    met: Option<(Moment, u32, Order)>,
    /// Faults have stopped: what was ordered and has not come strikes no more.
    pub over: bool,
    /// All faults of this world.
    pub happened: Vec<Struck>,
    /// All turns of this world.
    pub turns: Vec<Turn>,
}

impl Orders {
    /// A fault to come.
    pub fn order(&mut self, order: Order) {
        self.waiting.push(order);
    }

    /// Something comes to its place: its number, and what was ordered for it. Of two orders for one thing the second meets the
    /// next.
    pub fn meet(&mut self, place: Place) -> (u32, Option<Fate>) {
        let nth = self.counted.entry(place).or_insert(0);
        *nth += 1;
        let nth = *nth;
        if self.over {
            return (nth, None);
        }
        self.waiting
            .iter_mut()
            .filter(|order| order.place == place)
            .for_each(|order| order.nth = order.nth.saturating_sub(1));
        let found = self.waiting.iter().position(|order| order.place == place && order.nth == 0);
        (nth, found.map(|at| self.waiting.remove(at).fate))
    }

    /// The same for a message in a world in which every input comes twice: its double, at the same moment and with the same
    /// number, is the same message and meets the same fault.
    pub fn meet_double(&mut self, place: Place, now: Moment, stan: u32) -> (u32, Option<Fate>) {
        if let Some((at, of, order)) = &self.met
            && (*at, *of, order.place) == (now, stan, place)
        {
            return (0, Some(order.fate));
        }
        let (nth, fate) = self.meet(place);
        if let Some(fate) = fate {
            self.met = Some((now, stan, Order { place, nth, fate }));
        }
        (nth, fate)
    }

    /// A fault happened.
    pub fn struck(&mut self, struck: Struck) {
        self.happened.push(struck);
    }

    /// Orders that were never met.
    pub fn waiting(&self) -> &[Order] {
        &self.waiting
    }
}
