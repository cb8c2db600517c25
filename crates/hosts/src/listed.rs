//! What a host's own rows say for its list of a business day, in a form that needs none of its tables: movements from postings,
//! which are never changed, names from exchanges, slips from what the tills have proven here. It moves nothing itself, and it
//! must never read another house's rows: an acquirer's word for a till is what came to the acquirer (rules 7, 9).

use crate::acquirer::{self, AcquirerRow, Credit};
use crate::dispute::DisputeMove;
use crate::issuer::{self, IssuerRow};
use crate::ledger::{Account, Cause, Posting};
use crate::switch::{self, SwitchRow};
use alloc::collections::{BTreeMap, BTreeSet};
use slipway_terms::{BusinessDate, Finding, Found, Ground, Kind, Moment, Rrn, SwitchKey, TillKey};

/// Whose rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum House {
    /// The acquirer.
    Acquirer,
    /// The switch.
    Switch,
    /// An issuer.
    Issuer,
}

/// Which movement of an exchange; each at most once (rules 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Turn {
    /// Its approval.
    First,
    /// The undo slot.
    Undo,
    /// The redo slot.
    Again,
}

/// One movement. Who makes it: a posting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Posted {
    /// Of which exchange.
    pub exchange: SwitchKey,
    /// Which.
    pub turn: Turn,
    /// The business day it counts on.
    pub day: BusinessDate,
    /// When.
    pub at: Moment,
    /// What the house claims from another for it, or owes: positive, the cardholder pays. Unit: minor units.
    pub claim_minor: i64,
    /// What the acquirer pays the merchant out of its own pocket: no claim on anybody, so in no list. Unit: minor units.
    pub borne_minor: i64,
}

impl House {
    /// What a posting moves; none for an opening balance and for what is settled with the network later.
    pub fn posted(self, posting: &Posting) -> Option<Posted> {
        let turn = match posting.cause {
            Cause::Approval => Turn::First,
            Cause::Undo => Turn::Undo,
            Cause::Redo => Turn::Again,
            _ => return None,
        };
        let sum = |of: &dyn Fn(&Account) -> bool| -> i64 {
            posting.legs.iter().filter(|(account, _)| of(account)).map(|(_, minor)| minor).sum()
        };
        let lost = |account: &Account| matches!(account, Account::Loss);
        let (claim_minor, borne_minor) = match self {
            Self::Acquirer => (sum(&|account| matches!(account, Account::NetworkReceivable)), sum(&lost)),
            Self::Switch => (-sum(&|account| *account == Account::Member(posting.exchange.acquirer)), 0),
            // What an issuer bears itself it owes the network all the same.
            Self::Issuer => (sum(&|account| matches!(account, Account::Cardholder(_) | Account::Loss)), 0),
        };
        let Posting { exchange, day, at, .. } = *posting;
        Some(Posted { exchange, turn, day, at, claim_minor, borne_minor })
    }
}

/// What an exchange is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Named {
    /// Which.
    pub exchange: SwitchKey,
    /// What kind.
    pub kind: Kind,
    /// Its reference number, if the house was told one.
    pub rrn: Option<Rrn>,
}

/// The name of an exchange of the switch.
pub fn of_switch(row: &SwitchRow) -> Option<Named> {
    if let SwitchRow::DisputeMove(moved) = row {
        return step(moved);
    }
    let SwitchRow::Exchange(switch::Exchange { key, asked, .. }) = row else { return None };
    Some(Named { exchange: *key, kind: asked.kind()?, rrn: asked.rrn })
}

/// The name of an exchange of an issuer.
pub fn of_issuer(row: &IssuerRow) -> Option<Named> {
    if let IssuerRow::DisputeMove(moved) = row {
        return step(moved);
    }
    let IssuerRow::Exchange(issuer::Exchange { key, asked, kind, .. }) = row else { return None };
    Some(Named { exchange: *key, kind: (*kind)?, rrn: asked.rrn })
}

/// The name of an exchange of the acquirer, and the exchange.
pub fn of_acquirer(row: &AcquirerRow) -> Option<(Named, &acquirer::Original)> {
    let AcquirerRow::Exchange(acquirer::Exchange::Original(o)) = row else { return None };
    Some((Named { exchange: o.switch, kind: o.kind, rrn: Some(o.rrn) }, o))
}

/// The name of what a step of a dispute has moved: the same in every house.
pub fn step(moved: &DisputeMove) -> Option<Named> {
    Some(Named { exchange: moved.own, kind: moved.step.kind()?, rrn: moved.rrn })
}

/// What a case says about a slip, weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Word {
    /// A person found that the records stand as they are, whatever the till said.
    Booked,
    /// The till says that there is one, of this much if it says how much. Unit: minor units without sign.
    Said(Option<i64>),
    /// A person has seen it.
    Shown(Option<i64>),
}

/// What a case of the acquirer says about a slip, and since when; none if its ground is no word about one.
pub fn word(row: &AcquirerRow) -> Option<(TillKey, Word, Moment)> {
    // The slip of an advice on a used number is not that of the exchange which has the number.
    let AcquirerRow::Case(case) = row else { return None };
    if case.ground == Ground::AdviceOnUsedNumber {
        return None;
    }
    let found = |found: Option<Found>, what: Finding| found.is_some_and(|found| found.finding == what);
    if found(case.found, Finding::SlipShown) || found(case.later, Finding::SlipShown) {
        return Some((case.till, Word::Shown(case.minor), case.at));
    }
    let said = matches!(case.ground, Ground::SlipWithoutSale | Ground::AmountDiffers | Ground::ConfirmationDiffers);
    let word = if case.found.is_some() { Word::Booked } else { Word::Said(case.minor) };
    said.then_some((case.till, word, case.at))
}

/// The slip of an exchange as it was proven here: confirmed, uploaded, or shown. Signed minor units; none: no word of one.
pub fn slip(o: &acquirer::Original, word: Option<Word>) -> Option<i64> {
    if !o.kind.shape().moves_money() {
        return None;
    }
    match word {
        // A correction's slip tells the new total, its amount is the difference: only the record knows it.
        Some(Word::Said(minor) | Word::Shown(minor)) => {
            let minor = minor.filter(|_| o.kind != Kind::Adjust);
            Some(minor.map_or(o.signed_minor, |minor| minor.abs() * o.signed_minor.signum()))
        }
        Some(Word::Booked) => (o.stage == acquirer::Stage::Approved).then_some(o.signed_minor),
        None => (o.credit == Credit::Confirmed).then_some(o.signed_minor),
    }
}

/// What the acquirer knows of slips beside its exchanges, gathered from its rows: first all cases, then all exchanges, then all
/// postings. Few rows leave something here, so it stays small.
#[derive(Clone, Default, Debug)]
pub struct Slips {
    /// What cases say, by till.
    words: BTreeMap<TillKey, (Word, Moment)>,
    /// The same exchanges by their other name, and whether they were ever captured.
    known: BTreeMap<SwitchKey, bool>,
    /// What the acquirer pays itself.
    borne: BTreeMap<SwitchKey, i64>,
    /// Numbers of tills under which no exchange stands, although somebody says that there is a slip.
    strange: BTreeSet<TillKey>,
    /// Those of them that a case has paid.
    paid: BTreeSet<TillKey>,
    /// What we have given back ourselves, by what it was given back of.
    given: BTreeMap<SwitchKey, i64>,
}

impl Slips {
    /// Takes a row of the table of cases.
    pub fn case(&mut self, row: &AcquirerRow) {
        if let AcquirerRow::Case(case) = row
            && case.redo.is_some()
        {
            self.paid.insert(case.till);
        }
        if let Some((till, word, at)) = word(row) {
            let kept = self.words.entry(till).or_insert((word, at));
            kept.0 = kept.0.max(word);
            self.strange.insert(till);
        }
    }

    /// Takes a row of the table of exchanges; all cases were taken before.
    pub fn exchange(&mut self, row: &AcquirerRow) {
        if let Some((_, o)) = of_acquirer(row)
            && self.strange.remove(&o.till)
        {
            self.known.insert(o.switch, false);
        }
        if let Some((_, o)) = of_acquirer(row)
            && let Some(about) = o.about.filter(|_| o.is_by_house() && o.stage == acquirer::Stage::Approved)
        {
            *self.given.entry(about.switch).or_default() -= o.signed_minor;
        }
    }

    /// Takes a movement; all exchanges were taken before.
    pub fn posted(&mut self, posted: &Posted) {
        if posted.borne_minor != 0 {
            *self.borne.entry(posted.exchange).or_default() += posted.borne_minor;
        }
        if let Some(captured) = self.known.get_mut(&posted.exchange).filter(|_| posted.turn == Turn::First) {
            *captured = true;
        }
    }

    /// What the till claims from the network for an exchange: its slip, less what the acquirer pays itself.
    pub fn claim(&self, o: &acquirer::Original) -> Option<i64> {
        let word = self.words.get(&o.till).map(|(word, _)| *word);
        let mut claim = slip(o, word)? - self.borne.get(&o.switch).copied().unwrap_or(0);
        // What its slip says less was given back by a refund of ours, which is a claim of its own: the sale stands as it was debited.
        if let Some(Word::Shown(Some(shown))) = word
            && shown.abs() < o.signed_minor
        {
            let given = self.given.get(&o.switch).copied().unwrap_or(0);
            claim += given.min(o.signed_minor - shown.abs());
        }
        (claim != 0).then_some(claim)
    }

    /// Since when a slip is told of an exchange that was never captured.
    pub fn said(&self, o: &acquirer::Original) -> Option<Moment> {
        let captured = *self.known.get(&o.switch)?;
        self.words.get(&o.till).filter(|_| !captured).map(|(_, at)| *at)
    }

    /// Slips that are told of numbers under which nothing stands here: till, minor units, since when.
    pub fn strangers(&self) -> impl Iterator<Item = (&TillKey, i64, Moment)> {
        let unpaid = self.strange.iter().filter(|till| !self.paid.contains(till));
        unpaid.filter_map(|till| match self.words.get(till)? {
            (Word::Said(minor) | Word::Shown(minor), at) => Some((till, minor.filter(|minor| *minor != 0)?, *at)),
            (Word::Booked, _) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use slipway_terms::{InstitutionId, MerchantId, Short, Stan};

    #[test]
    fn a_posting_is_the_same_claim_in_every_house() {
        let member = |digits| InstitutionId::new(digits).unwrap();
        let (acquirer, issuer) = (member("99900100"), member("99900101"));
        let exchange = SwitchKey { acquirer, forwarder: acquirer, sent: Moment(0).sent_at(), stan: Stan::FIRST };
        let shop = Account::MerchantPayable(MerchantId::new("999290054110001").unwrap());
        let holder = Account::Cardholder(Short::cut("1"));
        let check = |house: House, legs: &[(Account, i64)], want: (i64, i64)| {
            let day = Moment(0).date();
            let posting = Posting { exchange, cause: Cause::Undo, rrn: None, at: Moment(0), day, legs: legs.to_vec() };
            let posted = house.posted(&posting).unwrap();
            assert_eq!((posted.claim_minor, posted.borne_minor, posted.turn), (want.0, want.1, Turn::Undo), "{legs:?}");
            assert_eq!(house.posted(&Posting { cause: Cause::Opening, ..posting }), None);
        };
        check(House::Acquirer, &[(Account::NetworkReceivable, 100), (shop, -100)], (100, 0));
        check(House::Acquirer, &[(Account::Loss, 100), (shop, -100)], (0, 100));
        check(House::Switch, &[(Account::Member(issuer), 100), (Account::Member(acquirer), -100)], (100, 0));
        check(House::Issuer, &[(holder, 100), (Account::Suspense, -100)], (100, 0));
        check(House::Issuer, &[(Account::Loss, 100), (Account::Suspense, -100)], (100, 0));
        check(House::Issuer, &[(Account::Network, 100), (holder, -100)], (-100, 0));
    }

    #[test]
    fn a_shown_slip_outweighs_what_is_said_and_that_what_was_booked() {
        let mut words = vec![Word::Shown(None), Word::Booked, Word::Said(Some(1))];
        words.sort_unstable();
        assert_eq!(words, [Word::Booked, Word::Said(Some(1)), Word::Shown(None)]);
    }
}
