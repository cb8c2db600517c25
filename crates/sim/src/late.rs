//! Slips that come late (rules 7), and merchants who say nothing when they are asked. A late slip of a sale is asked for at the issuer again
//! (请款), that of a void gives its sale back (贷记调整); and now and then the cardholder has spent meanwhile what he got back.

use crate::cast::{self, CARDS, SEATS};
use crate::deed::{Deed, Entered, purchase};
use crate::dice::Matter;
use crate::fault::Rates;
use crate::situation::Situation;
use crate::world::World;
use slipway_hosts::ledger::Account;
use slipway_terms::{Finding, Ground, Kind, Moment, Outcome, Pan, TillKey};

/// How long somebody who spends his money needs for it.
const SPENDS_MS: i64 = 300_000;
/// Purchases at most for all the money of an account.
const PURCHASES_MAX: usize = 5;

impl World {
    /// Whether the merchant of this slip says nothing in his time, and finds it afterwards. Of what the cardholder paid; of a void,
    /// if its sale stands for itself.
    pub(crate) fn shows_late(&self, till: &TillKey) -> bool {
        let books = &self.auditor.books;
        let name = [u64::from(till.batch.0), u64::from(till.stan.number()), 1];
        let paid = books.tills.get(till).is_some_and(|exchange| exchange.signed_minor() > 0);
        let fits = paid || books.voids_alone(till);
        let late = self.slips_late.unwrap_or_else(|| self.dice.fixed(Matter::Repair, &name).chance.chance(700));
        fits && late && !books.was_late(till)
    }

    /// Whether the merchant who is asked for this slip says nothing at all: the case ends by its own clock. In long worlds only.
    pub(crate) fn is_silent(&self, till: &TillKey) -> bool {
        let name = [u64::from(till.batch.0), u64::from(till.stan.number()), 3];
        self.course.is_long() && self.dice.fixed(Matter::Repair, &name).chance.chance(500)
    }

    /// A case of a silent merchant: `true` if nobody works it. A slip that there is comes after it, or he was not silent.
    pub(crate) fn left_to_its_clock(&mut self, till: TillKey, ground: Ground, finding: Finding) -> bool {
        if ground != Ground::Unconfirmed || !self.is_silent(&till) {
            return false;
        }
        if self.auditor.books.was_late(&till) {
            return true;
        }
        let shown = finding == Finding::SlipShown;
        if shown && !self.shows_late(&till) {
            return false;
        }
        if shown {
            self.auditor.books.deny(till);
        }
        self.situations.insert(Situation::Silent(shown));
        true
    }

    /// Late slips are shown. What is asked for then crosses lines and nodes that fail as on the worst day, until it is answered.
    pub(crate) fn show_late_slips(&mut self) {
        let denied: Vec<(TillKey, bool)> = self.auditor.books.denied().collect();
        for (till, _) in denied.iter().filter(|(_, asked)| !asked) {
            let waits = self.is_silent(till) && self.auditor.books.is_asked(till);
            if !waits && !self.spends_first(till) {
                self.found(*till, Ground::Unconfirmed, Finding::SlipShown);
            }
        }
        for answer in self.auditor.books.asked_again.values().flatten() {
            let end = if answer.outcome() == Outcome::Approved { "paid" } else { "borne" };
            self.situations.insert(Situation::Correction("debit asked again,", end));
        }
        for answer in self.auditor.books.gives_back.values().flatten() {
            let end = if answer.outcome() == Outcome::Approved { "given back" } else { "refused" };
            self.situations.insert(Situation::Correction("credit adjustment,", end));
        }
        if self.healed && self.slips_late.is_none() {
            self.rates = if denied.is_empty() { Rates::default() } else { Rates::worst_wires() };
        }
    }

    /// Whether the cardholder still has to spend what he got back before the slip is shown. In long worlds, one in two.
    fn spends_first(&mut self, till: &TillKey) -> bool {
        let name = [u64::from(till.batch.0), u64::from(till.stan.number()), 4];
        let paid = self.auditor.books.tills.get(till).is_some_and(|exchange| exchange.signed_minor() > 0);
        if !self.course.is_long() || !paid || !self.dice.fixed(Matter::Repair, &name).chance.chance(500) {
            return false;
        }
        let since: Option<Moment> = self.spent.get(till).copied();
        match since {
            Some(at) => self.now < at.plus_ms(SPENDS_MS),
            // It is not back yet.
            None if self.auditor.books.is_asked(till) || self.auditor.books.moves_of(till).debit != 0 => true,
            None => {
                self.spend(till);
                self.spent.insert(*till, self.now);
                true
            }
        }
    }

    /// All the money of a card goes, at a till that is there.
    fn spend(&mut self, till: &TillKey) {
        let tail = self.auditor.books.tills.get(till).map(|exchange| exchange.card);
        let card = CARDS.iter().position(|plan| Pan::new(&plan.number()).ok().map(|pan| pan.tail()) == tail);
        let live = (0..SEATS).find(|seat| !self.nodes[cast::device_of(*seat)].lost);
        let (Some(card), Some(seat)) = (card, live) else { return };
        let plan = &CARDS[card];
        let Some(at) = plan.issuer() else { return };
        let account = cast::account(plan);
        let owes = self.auditor.books.balance_of(cast::ISSUERS[at], &Account::Cardholder(account));
        let held = self.auditor.books.held_on(cast::ISSUERS[at], &account);
        let mut left = u64::try_from(plan.line - owes - held).unwrap_or(0);
        let mut deeds = vec![Deed::SignIn];
        for _ in 0..PURCHASES_MAX {
            let fen = left.min(plan.sale_max);
            if fen == 0 {
                break;
            }
            deeds.extend(purchase(Some(fen), Deed::Card(card), Entered::Of(card)));
            left -= fen;
        }
        self.note(|| format!("till {seat}: the cardholder of {till} spends what he got back"));
        self.perform(seat, &deeds);
    }

    /// Whether it is about the sale of a void.
    pub(crate) const fn is_void(kind: Kind) -> bool {
        matches!(kind, Kind::SaleVoid | Kind::CompletionVoid)
    }
}
