//! A generated day: the same seed gives the same day.

#![allow(dead_code, reason = "each test uses a part")]

use slipway_recon::clearing::{Detail, Original};
use slipway_recon::{CardType, Entry, FeeBook, FeeClass, read_day};
use slipway_terms::{Amount, BusinessDate, InstitutionId, Rrn, SentAt, Stan, SwitchKey};

pub fn day(text: &str) -> BusinessDate {
    read_day(text).unwrap()
}

pub fn member(digits: &str) -> InstitutionId {
    InstitutionId::new(digits).unwrap()
}

pub fn rrn(number: u64) -> Rrn {
    Rrn::new(&format!("6034{number:08}")).unwrap()
}

pub fn exchange(acquirer: InstitutionId, number: u64) -> SwitchKey {
    let sent = SentAt::from_number(302_120_000 + number / 999_999).unwrap();
    SwitchKey { acquirer, forwarder: acquirer, sent, stan: Stan::new((number % 999_999) as u32 + 1).unwrap() }
}

/// SplitMix64.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % below
    }
}

/// Priced entries of a day, sorted; two acquirers, three issuers, every kind of entry, originals from both versions of the book.
pub fn details(book: &FeeBook, date: BusinessDate, count: u64, seed: u64) -> Vec<Detail> {
    let mut dice = Dice(seed);
    let mut details: Vec<Detail> = (0..count).map(|number| detail(book, date, number, &mut dice)).collect();
    details.sort_by_key(Detail::key);
    details
}

fn detail(book: &FeeBook, date: BusinessDate, number: u64, dice: &mut Dice) -> Detail {
    let acquirer = member(["00010000", "00020000"][dice.roll(2) as usize]);
    let issuer = member(["00020000", "00030000", "00040000"][dice.roll(3) as usize]);
    let kinds = [Entry::ALL[0].0, Entry::Sale, Entry::Sale, Entry::Refund, Entry::ALL[dice.roll(11) as usize].0];
    let entry = kinds[dice.roll(5) as usize];
    let below = [500, 100_000, 3_000_000][dice.roll(3) as usize];
    let size = 1 + dice.roll(below);
    let original = entry.names_original().then(|| {
        let before = dice.roll(1_000_000);
        Original {
            rrn: rrn(90_000_000 + number),
            date: [date, day("2017-06-01"), day("2025-12-31")][dice.roll(3) as usize],
            amount: Amount::fen(size + before + dice.roll(50_000)),
            refunded_fen: before,
        }
    });
    let negative = entry.sign() < 0 || entry.sign() == 0 && dice.roll(2) == 0;
    let amount_fen = if negative { -size.cast_signed() } else { size.cast_signed() };
    let card = [CardType::Debit, CardType::Credit][dice.roll(2) as usize];
    let class =
        [FeeClass::Standard, FeeClass::Standard, FeeClass::Discount, FeeClass::Nonprofit][dice.roll(4) as usize];
    let undone = !entry.names_original() && dice.roll(20) == 0;
    let terms = book.terms(original.map_or(date, |of| of.date), card, class).unwrap();
    #[rustfmt::skip]
    let mut detail = Detail {
        exchange: exchange(acquirer, number), acquirer, issuer, rrn: rrn(number), entry, card, class, undone,
        acquirer_bears_all: false, amount_fen, original, fees: [0; 3],
    };
    detail.price(&terms).unwrap();
    detail
}

pub fn merchant_no(serial: u64) -> slipway_terms::MerchantId {
    slipway_terms::MerchantId::new(&format!("10012905411{serial:04}")).unwrap()
}

pub fn persons() -> (slipway_recon::merchant::Person, slipway_recon::merchant::Person) {
    use slipway_recon::merchant::Person;
    (Person::new("张清算").unwrap(), Person::new("李复核").unwrap())
}

/// A merchant with an account from the first of January on.
pub fn registration(serial: u64) -> slipway_recon::merchant::Registration {
    use slipway_recon::merchant::{Holder, Registration};
    let name = format!("前门小吃店{serial:04}");
    let mut merchant = Registration::new(merchant_no(serial), &name, "91350100M000100Y43", "王店主").unwrap();
    let number = format!("99900000000000{serial:05}");
    merchant.bind(day("2026-01-01"), Holder::Company, &number, "105100000017", persons()).unwrap();
    merchant
}
