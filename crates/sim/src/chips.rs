//! The chips of the bench's cards, and what is in each till's reader. How a chip is shown is a person's act, so that a story names
//! it: inserted, tapped, pulled too early, a chip of another maker, a copy that counts from the beginning.

use crate::cast::{self, CARDS};
use crate::dice::Matter;
use crate::situation::Situation;
use crate::world::{Event, World};
use slipway_card::{Chip, Cipher};
use slipway_node::{Act, Hand};
use slipway_terms::{ChipAsk, ChipCard, ChipSaid, Expiry, Pan, Short, TerminalId};
use slipway_vault::CardKey;

/// How a chip is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Shown {
    /// Inserted, and left until the till is done.
    Insert,
    /// Held to the reader.
    Tap,
    /// Inserted, and pulled before its last word.
    Pulled,
    /// Inserted; its key is not its issuer's.
    Stranger,
    /// Inserted; a copy whose counter begins at nothing.
    Copy,
}

impl Shown {
    /// All, with their words.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Insert, "insert"),
        (Self::Tap, "tap"),
        (Self::Pulled, "pulled"),
        (Self::Stranger, "stranger"),
        (Self::Copy, "copy"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(way, _)| *way == self).map_or("", |(_, word)| word)
    }
}

/// What a chip does; for situations.
pub const DOES: [&str; 9] = [
    "insert asked",
    "tap asked",
    "pulled asked",
    "stranger asked",
    "copy asked",
    "agreed",
    "ran a command",
    "pulled before its word",
    "refused",
];

/// The processor of a chip of the bench.
pub struct Processor(CardKey);

impl Cipher for Processor {
    fn cryptogram(&self, atc: u16, covered: &[u8]) -> Option<[u8; 8]> {
        self.0.cryptogram(atc, covered).ok()
    }

    fn answer(&self, atc: u16, cryptogram: [u8; 8], code: [u8; 2]) -> Option<[u8; 8]> {
        self.0.answer(atc, cryptogram, code).ok()
    }
}

/// What the chip of this card says of itself.
pub fn card(no: usize, shown: Shown) -> Option<ChipCard> {
    let plan = CARDS.get(no)?;
    let (pan, expiry) = (Pan::new(&plan.number()).ok()?, Expiry::new(plan.expiry).ok()?);
    let (aid, label) = (Short::cut("F0999001010101"), Short::cut("BENCH DEBIT"));
    Some(ChipCard { pan, expiry, sequence: 1, aid, label, aip: [0x1C, 0], contactless: shown == Shown::Tap })
}

/// Chips and readers of one world.
#[derive(Default)]
pub struct Chips {
    chips: Vec<(usize, Chip<Processor>)>,
    readers: [Option<(Shown, usize)>; cast::SEATS],
    /// The chip that was asked first at each till: it alone has the last word there.
    asked: [Option<(Shown, usize)>; cast::SEATS],
}

impl Chips {
    /// A chip is shown at this till.
    pub fn show(&mut self, seat: usize, shown: Shown, no: usize) {
        self.readers[seat] = Some((shown, no));
    }

    fn fresh(shown: Shown, no: usize) -> Option<Chip<Processor>> {
        let key = if shown == Shown::Stranger { CardKey::new([0x5A; 16]) } else { cast::card_key(no)? };
        Some(Chip::new(card(no, shown)?, Processor(key), 0))
    }

    fn ask(&mut self, seat: usize, ask: &ChipAsk, unpredictable: [u8; 4]) -> ChipSaid {
        let last = matches!(ask, ChipAsk::Second { .. });
        if !last {
            self.asked[seat] = self.readers[seat];
        }
        let Some((shown, no)) = self.asked[seat] else { return ChipSaid::Gone };
        match shown {
            Shown::Pulled if last => return ChipSaid::Gone,
            Shown::Stranger | Shown::Copy => {
                let chip = Self::fresh(shown, no);
                return chip.map_or(ChipSaid::Gone, |mut chip| chip.answer(ask, unpredictable));
            }
            Shown::Insert | Shown::Tap | Shown::Pulled => {}
        }
        let at = match self.chips.iter().position(|(own, _)| *own == no) {
            Some(at) => at,
            None => {
                let Some(chip) = Self::fresh(shown, no) else { return ChipSaid::Gone };
                self.chips.push((no, chip));
                self.chips.len() - 1
            }
        };
        self.chips[at].1.answer(ask, unpredictable)
    }
}

impl World {
    /// A till asks the chip in its reader; the answer takes a moment, and is lost if the power goes meanwhile.
    pub(crate) fn ask_chip(&mut self, node: usize, terminal: &TerminalId, ask: &ChipAsk) {
        let Some(seat) = cast::seat_of(terminal) else { return };
        let mut throw = self.dice.throw(Matter::Chip, &[seat as u64]);
        let mut unpredictable = [0; 4];
        throw.chance.fill(&mut unpredictable);
        let said = self.chips.ask(seat, ask, unpredictable);
        let shown = self.chips.asked[seat].map(|(shown, _)| shown);
        let does = match (&said, shown) {
            (ChipSaid::Cryptogram { .. }, Some(Shown::Insert)) => DOES[0],
            (ChipSaid::Cryptogram { .. }, Some(Shown::Tap)) => DOES[1],
            (ChipSaid::Cryptogram { .. }, Some(Shown::Pulled)) => DOES[2],
            (ChipSaid::Cryptogram { .. }, Some(Shown::Stranger)) => DOES[3],
            (ChipSaid::Cryptogram { .. }, _) => DOES[4],
            (ChipSaid::Agrees { script: Some(_), .. }, _) => DOES[6],
            (ChipSaid::Agrees { script: None, .. }, _) => DOES[5],
            (ChipSaid::Gone, _) => DOES[7],
            (ChipSaid::Refuses, _) => DOES[8],
        };
        self.situations.insert(Situation::Chip(does));
        self.note(|| format!("chip at till {seat}: {does}"));
        let after_ms = 200 + throw.chance.span(0, 600);
        let hand = Hand::At(*terminal, Act::Chip(said));
        self.queue.push(self.now.plus_ms(after_ms), Event::Hand { node, life: self.nodes[node].life, hand });
    }
}
