//! `verdicts`: the sentence at the counter was true and stays true. `take again` is never said of an exchange that is or
//! becomes a sale; `took place` never of one that does not stay one; `nothing was taken` never of one that is debited after; that the
//! cardholder has paid never of one that no account was debited for, and that a house bears it never of one that was charged.

use super::books::{Books, Wrong};
use slipway_terms::{Cashier, Fate, Payer, TillKey, Verdict};
use std::collections::{BTreeMap, BTreeSet};

/// What counters were told, by exchange.
#[derive(Debug, Default)]
pub struct Verdicts {
    again: BTreeSet<TillKey>,
    fates: BTreeMap<TillKey, BTreeSet<Fate>>,
    /// Exchanges whose slip somebody was told to print.
    print: BTreeSet<TillKey>,
    /// Exchanges that a house was said to bear.
    borne: BTreeSet<TillKey>,
}

/// What may never be said of an exchange after this was: another story of the same money. Open says nothing, and may always be
/// said again, for who asks reaches fewer.
const fn never_after(said: Fate) -> &'static [Fate] {
    match said {
        Fate::TookPlace => &[Fate::DidNotTakePlace, Fate::WillReturn, Fate::NotFound],
        Fate::DidNotTakePlace => &[Fate::TookPlace, Fate::WillReturn, Fate::Returned],
        Fate::WillReturn | Fate::Returned => &[Fate::TookPlace, Fate::DidNotTakePlace, Fate::NotFound],
        Fate::Open | Fate::Held | Fate::NotFound => &[],
    }
}

/// Whether the cardholder is said to have paid what his account was not debited for.
fn unpaid(till: &TillKey, verdict: &Verdict, books: &Books) -> Option<Wrong> {
    let paid = verdict.payer == Some(Payer::Cardholder) && !books.is_released(till);
    let nothing = paid && books.charged(till) == 0;
    nothing.then(|| ("verdicts", format!("{till}: the cardholder was said to have paid, and was not charged")))
}

impl Verdicts {
    /// A counter is told a verdict now.
    pub(super) fn take(&mut self, till: TillKey, verdict: &Verdict, books: &Books) -> Option<Wrong> {
        if verdict.cashier == Cashier::TakeAgain {
            self.again.insert(till);
        }
        if verdict.cashier == Cashier::Print {
            self.print.insert(till);
        }
        let moving = books.tills.get(&till).is_some_and(|exchange| exchange.kind.shape().moves_money());
        let fates = self.fates.entry(till).or_default();
        let before = fates.iter().find(|said| never_after(**said).contains(&verdict.fate)).copied();
        fates.insert(verdict.fate);
        // With its device a till takes back what it said, and a late slip what a case said (rules 7).
        let exempt = books.is_lost(&till) || books.was_late(&till) || !moving;
        let other = before
            .filter(|_| !exempt)
            .map(|said| ("verdicts", format!("{till}: {:?} is said, and {said:?} was said before", verdict.fate)));
        if verdict.payer.is_some_and(Payer::is_house) {
            self.borne.insert(till);
        }
        self.judge(&till, books).or(other).or_else(|| unpaid(&till, verdict, books))
    }

    /// Whether what was said of an exchange still holds.
    pub(super) fn judge(&self, till: &TillKey, books: &Books) -> Option<Wrong> {
        let (moves, slip) = (books.moves_of(till), books.slip_amount(till));
        // Evidence that comes after "no slip" makes it a sale again, whatever was said before (rules 7).
        if books.was_late(till) {
            return None;
        }
        let sale = moves.credit != 0 || slip.is_some_and(|minor| minor != 0);
        if sale && self.again.contains(till) {
            return Some(("verdicts", format!("{till}: take again was said, and it is a sale: {moves:?}")));
        }
        let said = |fate| self.fates.get(till).is_some_and(|fates| fates.contains(&fate));
        // A till that said so, and was lost before any paper or confirmation, takes its word with it (rules 7).
        let lost = books.is_lost(till) && slip.is_none();
        // A hold and its void take place without money.
        let moving = books.tills.get(till).is_none_or(|exchange| exchange.kind.shape().moves_money());
        // What took place and is given back later (贷记调整) did take place.
        let stayed = !lost && !books.was_to_give_back(till);
        if said(Fate::TookPlace) && moving && (moves.debit == 0 || moves.credit == 0) && stayed {
            return Some(("verdicts", format!("{till}: it was said to have taken place, and moved {moves:?}")));
        }
        if self.borne.contains(till) && books.charged(till) != 0 {
            return Some(("verdicts", format!("{till}: a house was said to bear it, and it was charged: {moves:?}")));
        }
        if said(Fate::Returned) && books.net_debit(till) != 0 {
            return Some(("verdicts", format!("{till}: it was said to have gone back, and moved {moves:?}")));
        }
        if said(Fate::DidNotTakePlace) && moves.debit != 0 {
            return Some(("verdicts", format!("{till}: nothing was said to be taken, and it moved {moves:?}")));
        }
        None
    }

    pub(super) fn at_the_end(&self, books: &Books) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for till in self.print.iter().filter(|till| !books.is_lost(till) && !books.was_late(till)) {
            if books.slip_amount(till).is_none() {
                wrong.push(("verdicts", format!("{till}: its slip was said to be there to print, and there is none")));
            }
        }
        for (till, fates) in &self.fates {
            let moves = books.moves_of(till);
            wrong.extend(self.judge(till, books));
            if fates.contains(&Fate::WillReturn)
                && !books.was_late(till)
                && (moves.debit != 0 || moves.amount.is_none())
            {
                wrong.push(("verdicts", format!("{till}: it was said to go back, and moved {moves:?}")));
            }
        }
        wrong
    }
}
