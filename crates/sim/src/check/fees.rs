//! `fees`: to the fen, leg by leg, and the merchant's discount. Takes only the rates from the book and the contract, and reckons one
//! sum a purchase: what all entries of a purchase charge together is the fee of what is left of it. So it does not matter in how many
//! parts something was given back, and a fen that leaks in one of them is found.

use super::books::Wrong;
use slipway_recon::clearing::{Day, Detail};
use slipway_recon::{CardType, Entry, FeeBook, Leg, Rate};
use slipway_terms::{BusinessDate, SwitchKey};
use std::collections::BTreeMap;

/// What belongs to one purchase.
#[derive(Debug, Default)]
struct Purchase<'a> {
    entries: Vec<&'a Detail>,
    /// The day of its own entry: whose fees apply to all of it.
    on: Option<BusinessDate>,
}

/// One settled line of a merchant: of which exchange, how much, and what it cost him. Unit: fen.
#[derive(Clone, Copy, Debug)]
pub struct Charged {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// What moved for him.
    pub amount_fen: i64,
    /// What he paid for it.
    pub discount_fen: i64,
}

/// What is known of purchases.
#[derive(Debug)]
pub struct Fees<'a> {
    purchases: BTreeMap<SwitchKey, Purchase<'a>>,
    /// Steps of disputes: they move the principal alone, and the fees of the purchase stay.
    disputed: BTreeMap<SwitchKey, &'a Detail>,
    about: &'a BTreeMap<SwitchKey, SwitchKey>,
}

impl Purchase<'_> {
    /// Whether one sum tells all: nothing of it but the purchase itself was undone on a later day, where a rounding of its own is
    /// right.
    fn is_plain(&self, root: &SwitchKey) -> bool {
        let later =
            |d: &&Detail| matches!(d.entry, Entry::LateReversal | Entry::DebitAdjustment | Entry::CreditAdjustment);
        let parts = |d: &&Detail| matches!(d.entry, Entry::Refund | Entry::Adjust);
        let of_parts: Vec<_> = self.entries.iter().copied().filter(parts).map(|d| d.exchange).collect();
        let undone = self.entries.iter().copied().filter(later);
        let has_root = self.entries.iter().any(|d| d.exchange == *root && d.entry.is_first());
        has_root
            && undone.clone().all(|d| !of_parts.contains(&d.exchange))
            && (of_parts.is_empty() || undone.count() == 0)
    }

    fn sum(&self, of: impl Fn(&Detail) -> i64) -> i64 {
        self.entries.iter().map(|d| of(d)).sum()
    }

    fn refunded_fen(&self) -> i64 {
        self.sum(|d| if d.entry == Entry::Refund { d.amount_fen } else { 0 })
    }
}

impl<'a> Fees<'a> {
    /// From all closed days; `about` says what an exchange names.
    pub fn of(days: impl Iterator<Item = &'a Day>, about: &'a BTreeMap<SwitchKey, SwitchKey>) -> Self {
        let mut fees = Self { purchases: BTreeMap::new(), disputed: BTreeMap::new(), about };
        for (date, detail) in days.flat_map(|day| day.details.iter().map(|detail| (day.date, detail))) {
            if detail.entry.is_disputed() {
                fees.disputed.insert(detail.exchange, detail);
                continue;
            }
            let root = fees.root(detail.exchange);
            let purchase = fees.purchases.entry(root).or_default();
            purchase.entries.push(detail);
            if detail.exchange == root && detail.entry.is_first() {
                purchase.on = Some(date);
            }
        }
        fees
    }

    fn root(&self, exchange: SwitchKey) -> SwitchKey {
        self.about.get(&exchange).copied().unwrap_or(exchange)
    }

    /// What the clearing files charge.
    pub fn cleared(&self, book: &FeeBook) -> Vec<Wrong> {
        let charged = |d: &&&Detail| d.fees.iter().any(|fee| *fee != 0);
        let step = |d: &&Detail| ("fees", format!("{}: a step of a dispute is charged {:?}", d.exchange, d.fees));
        let mut wrong: Vec<Wrong> = self.disputed.values().filter(charged).map(step).collect();
        for (root, purchase) in self.purchases.iter().filter(|(root, purchase)| purchase.is_plain(root)) {
            let Some(first) = purchase.entries.iter().find(|d| d.exchange == *root && d.entry.is_first()) else {
                continue;
            };
            let Some(terms) = purchase.on.and_then(|on| book.terms(on, first.card, first.class).ok()) else { continue };
            let left = purchase.sum(|d| d.amount_fen);
            for leg in Leg::ALL {
                let stands = if terms.gives_back[leg as usize] { left } else { left - purchase.refunded_fen() };
                let due = share(terms.rates[leg as usize], stands);
                let charged = purchase.sum(|d| d.fees[leg as usize]);
                if charged != due {
                    let detail = format!("{root}: {leg:?} is charged {charged} for {stands}, and due are {due}");
                    wrong.push(("fees", detail));
                }
            }
        }
        wrong
    }

    /// What merchants were charged, by the rate of their contracts, for debit and for credit cards.
    pub fn charged(&self, lines: &[Charged], rates: [Rate; 2]) -> Vec<Wrong> {
        let mut of: BTreeMap<SwitchKey, (i64, i64)> = BTreeMap::new();
        for line in lines.iter().filter(|line| !self.disputed.contains_key(&line.exchange)) {
            let sums = of.entry(self.root(line.exchange)).or_default();
            *sums = (sums.0 + line.amount_fen, sums.1 + line.discount_fen);
        }
        let mut wrong = Vec::new();
        for (root, (moved, discount)) in of {
            let Some(purchase) = self.purchases.get(&root).filter(|purchase| purchase.is_plain(&root)) else {
                continue;
            };
            // What he was never owed, as it was undone before it was settled, costs him nothing either way.
            let Some(card) =
                purchase.entries.first().map(|d| d.card).filter(|_| moved == purchase.sum(|d| d.amount_fen))
            else {
                continue;
            };
            let rate = rates[usize::from(card == CardType::Credit)];
            let due = share(rate, moved);
            if discount != due {
                wrong.push(("fees", format!("{root}: its merchant pays {discount} for {moved}, and owes {due}")));
            }
        }
        wrong
    }
}

/// Half-up to the fen, then the cap.
fn share(rate: Rate, fen: i64) -> i64 {
    let (whole, part) = (i128::from(Rate::WHOLE), i128::from(fen) * i128::from(rate.ppb));
    let floor = part.div_euclid(whole);
    let fee = floor + i128::from(part.rem_euclid(whole) * 2 >= whole);
    let fee = i64::try_from(fee).unwrap_or(i64::MAX);
    rate.cap_fen.map_or(fee, |cap| fee.min(i64::try_from(cap).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_fen_is_one_and_the_cap_is_the_most() {
        let rate = Rate { ppb: 5_000_000, cap_fen: Some(2_000) };
        for (fen, want) in [(0, 0), (99, 0), (100, 1), (299, 1), (300, 2), (400_000, 2_000), (9_000_000, 2_000)] {
            assert_eq!(share(rate, fen), want, "{fen}");
        }
    }
}
