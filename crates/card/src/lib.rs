//! A virtual chip card: counts its transactions, asks its issuer with a cryptogram, and after the issuer's approval still has
//! the last word. It never approves by itself, and it never runs a script whose answer it did not believe.
//!
//! ```text
//! terminal ─First→ chip ─ARQC→ terminal ─0200…0210→ terminal ─Second (91, 71, 72)→ chip ─TC or AAC→ terminal
//! ```
//!
//! Its key is behind [`Cipher`]: the chip's own processor, here whoever made the card.
#![no_std]

use slipway_terms::chip::{self, ChipFields, tag};
use slipway_terms::{ChipAsk, ChipCard, ChipSaid, ChipTerms};

/// The processor of a chip: cryptograms under the key of one card. `None` while it does not answer.
pub trait Cipher {
    /// Over what is covered, for the transaction with this counter.
    fn cryptogram(&self, atc: u16, covered: &[u8]) -> Option<[u8; 8]>;

    /// What the issuer must have answered to a cryptogram with this response code.
    fn answer(&self, atc: u16, cryptogram: [u8; 8], code: [u8; 2]) -> Option<[u8; 8]>;
}

/// A chip in the reader, or beside it.
pub struct Chip<C> {
    /// What it says of itself.
    pub card: ChipCard,
    cipher: C,
    atc: u16,
    asked: Option<[u8; 8]>,
}

/// Tag 9F27 of an ARQC.
const ONLINE: u8 = 0x80;
/// Response code of an approval inside a chip.
const APPROVED: [u8; 2] = *b"00";
/// Front of tag 9F10: key index 1, cryptogram version 10, card verification results: online, no PIN tries used.
const ISSUER_DATA: [u8; 8] = [0x07, 0x01, 0x0A, 0x03, 0xA0, 0x20, 0x00, 0x01];

impl<C: Cipher> Chip<C> {
    /// A chip that has counted to `atc` so far.
    pub const fn new(card: ChipCard, cipher: C, atc: u16) -> Self {
        Self { card, cipher, atc, asked: None }
    }

    /// Its counter: of the last transaction begun.
    pub const fn atc(&self) -> u16 {
        self.atc
    }

    /// Answers the terminal. `unpredictable` is the reader's: four bytes that nobody could foresee.
    pub fn answer(&mut self, ask: &ChipAsk, unpredictable: [u8; 4]) -> ChipSaid {
        match ask {
            ChipAsk::First(terms) => self.first(terms, unpredictable),
            ChipAsk::Second { issuer, scripts } => self.second(*issuer, scripts),
        }
    }

    /// The counter goes up first, whatever follows: no two transactions ever share one. A chip at its end is dead.
    fn first(&mut self, terms: &ChipTerms, unpredictable: [u8; 4]) -> ChipSaid {
        self.asked = None;
        let Some(atc) = self.atc.checked_add(1) else { return ChipSaid::Refuses };
        self.atc = atc;
        let field = covered_objects(terms, self.card.aip, atc, ISSUER_DATA, unpredictable).into_field();
        let made = chip::covered(&field).and_then(|covered| self.cipher.cryptogram(atc, &covered));
        let Some(cryptogram) = made else { return ChipSaid::Refuses };
        self.asked = Some(cryptogram);
        ChipSaid::Cryptogram { kind: ONLINE, atc, cryptogram, issuer_data: ISSUER_DATA, unpredictable }
    }

    /// Agrees only if the issuer has proved that it saw this very cryptogram. A script is run after that, and once.
    fn second(&mut self, issuer: Option<[u8; 10]>, scripts: &[u8]) -> ChipSaid {
        let (Some(asked), Some(issuer)) = (self.asked.take(), issuer) else { return ChipSaid::Refuses };
        let Some((proof, code)) = issuer.split_first_chunk::<8>() else { return ChipSaid::Refuses };
        if code != APPROVED || self.cipher.answer(self.atc, asked, APPROVED) != Some(*proof) {
            return ChipSaid::Refuses;
        }
        // The consent covers the request it is about.
        let Some(cryptogram) = self.cipher.cryptogram(self.atc, &asked) else { return ChipSaid::Refuses };
        ChipSaid::Agrees { cryptogram, script: script(scripts) }
    }
}

/// What the chip and later its issuer put under the cryptogram, as objects.
pub fn covered_objects(
    terms: &ChipTerms,
    aip: [u8; 2],
    atc: u16,
    issuer_data: [u8; 8],
    unpredictable: [u8; 4],
) -> ChipFields {
    let mut fields = ChipFields::default();
    fields
        .put(tag::ISSUER_DATA, &issuer_data)
        .put(tag::UNPREDICTABLE, &unpredictable)
        .put(tag::ATC, &atc.to_be_bytes())
        .put(tag::TVR, &terms.tvr)
        .put(tag::DATE, &terms.date)
        .put(tag::TYPE, &[terms.kind])
        .put(tag::AMOUNT, &chip::packed::<6>(terms.amount_fen))
        .put(tag::CURRENCY, &chip::CURRENCY_CNY)
        .put(tag::AIP, &aip)
        .put(tag::COUNTRY, &chip::COUNTRY_CN)
        .put(tag::OTHER_AMOUNT, &[0; 6]);
    fields
}

/// The result of the first script: processed, with its number; none without one. This chip has nothing that a script could
/// change, so every command that is one is processed.
fn script(scripts: &[u8]) -> Option<[u8; 5]> {
    let (_, content, _) =
        chip::objects(scripts).find(|(tag, ..)| matches!(*tag, tag::SCRIPT_BEFORE | tag::SCRIPT_AFTER))?;
    let number = chip::find(content, 0x9F18).and_then(|id| id.first_chunk::<4>().copied()).unwrap_or_default();
    let mut result = [0x20, 0, 0, 0, 0];
    result[1..].copy_from_slice(&number);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{Expiry, Pan, Short};

    /// A cipher that anybody could compute.
    struct Sum;

    impl Cipher for Sum {
        fn cryptogram(&self, atc: u16, covered: &[u8]) -> Option<[u8; 8]> {
            let sum =
                covered.iter().fold(u64::from(atc), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
            Some(sum.to_be_bytes())
        }

        fn answer(&self, atc: u16, cryptogram: [u8; 8], code: [u8; 2]) -> Option<[u8; 8]> {
            let sum = u64::from_be_bytes(cryptogram) ^ u64::from(u16::from_be_bytes(code)) ^ u64::from(atc) << 32;
            Some(sum.to_be_bytes())
        }
    }

    fn chip(atc: u16) -> Chip<Sum> {
        let card = ChipCard {
            pan: Pan::new("9990010000000014").unwrap(),
            expiry: Expiry { year: 30, month: 12 },
            sequence: 1,
            aid: Short::cut("A000000333010101"),
            label: Short::cut("DEBIT"),
            aip: [0x7C, 0x00],
            contactless: false,
        };
        Chip::new(card, Sum, atc)
    }

    fn first(chip: &mut Chip<Sum>) -> (u16, [u8; 8]) {
        let terms = ChipTerms { amount_fen: 8_800, date: [0x26, 0x11, 0x23], kind: 0, tvr: [0; 5] };
        match chip.answer(&ChipAsk::First(terms), [1, 2, 3, 4]) {
            ChipSaid::Cryptogram { kind: 0x80, atc, cryptogram, .. } => (atc, cryptogram),
            other => panic!("{other:?}"),
        }
    }

    fn second(atc: u16, asked: [u8; 8], code: [u8; 2], scripts: &[u8]) -> ChipAsk {
        let proof = Sum.answer(atc, asked, code).unwrap();
        let mut issuer = [0; 10];
        issuer[..8].copy_from_slice(&proof);
        issuer[8..].copy_from_slice(&code);
        ChipAsk::Second { issuer: Some(issuer), scripts: scripts.into() }
    }

    #[test]
    fn it_counts_and_agrees_to_its_own_issuer_only() {
        let mut chip = chip(6);
        let (atc, asked) = first(&mut chip);
        assert_eq!((atc, chip.atc()), (7, 7));
        let good = second(atc, asked, *b"00", &[]);
        assert!(matches!(chip.answer(&good, [0; 4]), ChipSaid::Agrees { script: None, .. }));
        assert_eq!(chip.answer(&good, [0; 4]), ChipSaid::Refuses, "once");
        for spoil in 0..10 {
            let (atc, asked) = first(&mut chip);
            let ChipAsk::Second { issuer: Some(mut issuer), scripts } = second(atc, asked, *b"00", &[]) else {
                panic!()
            };
            issuer[spoil] ^= 1;
            let spoilt = ChipAsk::Second { issuer: Some(issuer), scripts };
            assert_eq!(chip.answer(&spoilt, [0; 4]), ChipSaid::Refuses, "byte {spoil}");
        }
        let (atc, asked) = first(&mut chip);
        assert_eq!(
            chip.answer(&second(atc, asked, *b"51", &[]), [0; 4]),
            ChipSaid::Refuses,
            "a refusal is no approval"
        );
        first(&mut chip);
        assert_eq!(chip.answer(&ChipAsk::Second { issuer: None, scripts: [].into() }, [0; 4]), ChipSaid::Refuses);
    }

    #[test]
    fn a_script_is_answered_with_its_number_and_a_chip_ends() {
        let mut one = chip(0);
        let (atc, asked) = first(&mut one);
        let script = [0x72, 0x0D, 0x9F, 0x18, 4, 1, 2, 3, 4, 0x86, 4, 0x84, 0x1E, 0, 0];
        let said = one.answer(&second(atc, asked, *b"00", &script), [0; 4]);
        assert!(matches!(said, ChipSaid::Agrees { script: Some([0x20, 1, 2, 3, 4]), .. }), "{said:?}");
        let mut last = chip(u16::MAX);
        let terms = ChipTerms { amount_fen: 1, date: [0; 3], kind: 0, tvr: [0; 5] };
        assert_eq!(last.answer(&ChipAsk::First(terms), [0; 4]), ChipSaid::Refuses);
    }
}
