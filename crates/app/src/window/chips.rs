//! The chips of the cards at hand, and which of them is in the reader. A chip counts its transactions; what it counted to outlives
//! the window where its network does, or its issuer would take it for a copy of itself.

use slipway_card::{Chip, Cipher};
use slipway_terms::{ChipAsk, ChipCard, ChipSaid};
use slipway_vault::{CardKey, Random, SystemRandom};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The processor of a virtual chip.
pub struct Processor(pub CardKey);

impl Cipher for Processor {
    fn cryptogram(&self, atc: u16, covered: &[u8]) -> Option<[u8; 8]> {
        self.0.cryptogram(atc, covered).ok()
    }

    fn answer(&self, atc: u16, cryptogram: [u8; 8], code: [u8; 2]) -> Option<[u8; 8]> {
        self.0.answer(atc, cryptogram, code).ok()
    }
}

/// What a card file or a network says of a chip.
#[derive(Clone)]
pub struct ChipOf {
    /// What it says of itself.
    pub card: ChipCard,
    /// Its key.
    pub key: CardKey,
    /// What it has counted to.
    pub atc: u16,
}

/// All chips of a tray, and the one in the reader.
#[derive(Default)]
pub struct Slot {
    chips: BTreeMap<usize, Chip<Processor>>,
    inside: Option<usize>,
    counters: Option<PathBuf>,
}

/// Shared between whoever holds the cards and the terminal that asks.
pub type Shared = Arc<Mutex<Slot>>;

impl Slot {
    /// The chips of a tray by their place. `counters`: where their counters are kept.
    pub fn fill(&mut self, chips: impl IntoIterator<Item = (usize, ChipOf)>, counters: Option<PathBuf>) {
        let text = counters.as_ref().and_then(|path| std::fs::read_to_string(path).ok());
        let kept: BTreeMap<String, u16> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        self.counters = counters;
        for (place, of) in chips {
            let atc = kept.get(&name(&of.card)).copied().unwrap_or(0).max(of.atc);
            self.chips.insert(place, Chip::new(of.card, Processor(of.key), atc));
        }
    }

    /// Puts the chip of this place into the reader, or holds it to it. `None`: that card has no chip.
    pub fn put(&mut self, place: usize, contactless: bool) -> Option<ChipCard> {
        let chip = self.chips.get_mut(&place)?;
        chip.card.contactless = contactless;
        self.inside = Some(place);
        Some(chip.card.clone())
    }

    /// The terminal asks whatever chip is there.
    pub fn ask(&mut self, ask: &ChipAsk) -> ChipSaid {
        let mut unpredictable = [0; 4];
        let chip = self.inside.and_then(|place| self.chips.get_mut(&place));
        let (Some(chip), Ok(())) = (chip, SystemRandom.fill(&mut unpredictable)) else { return ChipSaid::Gone };
        let said = chip.answer(ask, unpredictable);
        self.keep();
        said
    }

    fn keep(&self) {
        let Some(path) = &self.counters else { return };
        let all: BTreeMap<String, u16> = self.chips.values().map(|chip| (name(&chip.card), chip.atc())).collect();
        // A counter that could not be written is caught by the issuer, not by money.
        let _ = serde_json::to_string(&all).map(|text| std::fs::write(path, text));
    }
}

/// The masked number and the sequence number: a counter file names no card.
fn name(card: &ChipCard) -> String {
    format!("{}/{}", card.pan.tail(), card.sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{ChipTerms, Expiry, Pan, Short};

    fn of(atc: u16) -> ChipOf {
        let card = ChipCard {
            pan: Pan::new("9990010000000010").unwrap(),
            expiry: Expiry { year: 30, month: 12 },
            sequence: 1,
            aid: Short::cut("F0999001010101"),
            label: Short::cut("SAMPLE"),
            aip: [0x1C, 0],
            contactless: false,
        };
        ChipOf { card, key: CardKey::new([0x23; 16]), atc }
    }

    fn counter(slot: &mut Slot) -> u16 {
        let terms = ChipTerms { amount_fen: 100, date: [0x26, 0x11, 0x23], kind: 0, tvr: [0; 5] };
        match slot.ask(&ChipAsk::First(terms)) {
            ChipSaid::Cryptogram { atc, .. } => atc,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_chip_goes_on_counting_where_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chips.json");
        let open = |atc| {
            let mut slot = Slot::default();
            slot.fill([(2, of(atc))], Some(path.clone()));
            slot
        };
        let mut slot = open(0);
        assert_eq!(
            slot.ask(&ChipAsk::Second { issuer: None, scripts: [].into() }),
            ChipSaid::Gone,
            "nothing is inside"
        );
        assert!(slot.put(0, false).is_none(), "that card has no chip");
        assert!(slot.put(2, true).unwrap().contactless);
        assert_eq!((counter(&mut slot), counter(&mut slot)), (1, 2));
        // Another start of the window; a card file that is further counts from there.
        for (file, want) in [(0, 3), (9, 10)] {
            let mut slot = open(file);
            slot.put(2, false).unwrap();
            assert_eq!(counter(&mut slot), want);
        }
        assert!(!std::fs::read_to_string(path).unwrap().contains("9990010000000010"), "a counter file names no card");
    }
}
