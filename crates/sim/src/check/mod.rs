//! The checkers: they see what became durable, what was printed, told and shown, and nothing a core believes of itself.
//! Fed after every commit while things break, and asked once more when the world is quiet. Must never change the world.

mod archive;
mod auditor;
mod books;
pub(crate) mod clearing;
mod days;
mod deadlines;
mod desk;
mod fees;
mod index;
mod keys;
mod limits;
mod lists;
mod notices;
mod once;
mod quiet;
mod secrets;
mod slips;
mod verdicts;

pub use books::{Books, Moves};
pub use deadlines::{Deadlines, Files as DeskFiles};
pub use desk::Desk;
pub use fees::{Charged, Fees};
pub use lists::{Family, Lists};
pub use notices::Notices;
pub use secrets::Secrets;
pub use verdicts::Verdicts;

use crate::cast;
use crate::disk::Written;
use crate::report::Violation;
use slipway_hosts::cases;
use slipway_node::Print;
use slipway_terms::{Finding, Ground, Kind, Message, Moment, Notice, SlipKind, SwitchKey, Text, TillKey, Verdict};
use std::collections::BTreeSet;

/// What is wrong is told at most so often per checker and world: the first says it, the thousandth hides it.
const TOLD_MAX: usize = 5;

/// All checkers of one world.
#[derive(Debug)]
pub struct Auditor {
    seed: u64,
    /// What is durable, as the money sees it.
    pub books: Books,
    /// What the phones were told.
    pub notices: Notices,
    /// What counters were told.
    pub verdicts: Verdicts,
    secrets: Secrets,
    flat: auditor::Auditor,
    keys: keys::Keys,
    index: index::Index,
    /// What was promised by when.
    pub deadlines: Deadlines,
    /// Broken rules.
    pub violations: Vec<Violation>,
}

impl Auditor {
    /// For one world.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            books: Books::default(),
            notices: Notices::default(),
            verdicts: Verdicts::default(),
            secrets: Secrets::of_the_cast(),
            flat: auditor::Auditor::default(),
            keys: keys::Keys::default(),
            index: index::Index::default(),
            deadlines: Deadlines::default(),
            violations: Vec::new(),
        }
    }

    /// A rule is broken.
    pub fn accuse(&mut self, checker: &'static str, at: Moment, detail: impl std::fmt::Display) {
        if self.violations.iter().filter(|v| v.checker == checker).count() < TOLD_MAX {
            let detail = format!("{at}: {detail}");
            self.violations.push(Violation { checker, seed: self.seed, detail });
        }
    }

    /// One batch became durable at one node. Says which exchanges of tills it touched.
    pub fn committed(&mut self, node: usize, at: Moment, written: &Written) -> BTreeSet<TillKey> {
        for (key, row) in written {
            let found =
                self.secrets.find(key.as_bytes()).or_else(|| row.as_ref().and_then(|row| self.secrets.find(row)));
            if let Some(secret) = found {
                self.accuse(
                    "secrets",
                    at,
                    format!("{secret} in table {:#04x} of {}", key.space(), cast::call_name(node)),
                );
            }
        }
        let rows = written.iter().filter_map(|(key, row)| Some((*key, row.as_deref()?)));
        let mut wrong: Vec<_> = rows.filter_map(|(key, row)| self.keys.take(node, key, row)).collect();
        wrong.extend(self.index.take(node, written));
        let touched = self.books.take(node, written, &mut wrong);
        for (checker, detail) in wrong {
            self.accuse(checker, at, detail);
        }
        self.touched(at, &touched);
        touched.iter().filter_map(|exchange| self.books.till_of(exchange)).collect()
    }

    /// A message left onto a hop.
    pub fn crossed(&mut self, at: Moment, hop: &str, message: &Message) {
        if let Some((checker, detail)) = self.flat.crossed(hop, message) {
            self.accuse(checker, at, detail);
        }
    }

    /// A paper of an approved exchange came out, and somebody has it.
    pub fn paper_out(&mut self, till: TillKey) {
        self.books.paper.insert(till);
        self.flat.paper(&till);
    }

    /// Judges the exchanges whose money or slip has just changed.
    fn touched(&mut self, at: Moment, touched: &BTreeSet<SwitchKey>) {
        for exchange in touched {
            let till = self.books.till_of(exchange);
            let moves = self.books.moves(exchange);
            let slip = till.and_then(|till| self.books.slip_amount(&till));
            let giving = self.books.is_giving_back(exchange);
            let mut wrong = once::judge(exchange, &moves, self.books.is_step(exchange), giving);
            let offline = till.is_some_and(|till| self.books.sold_offline(&till));
            wrong.extend(slips::judge(exchange, &moves, slip.filter(|_| !giving), offline));
            wrong.extend(till.and_then(|till| self.verdicts.judge(&till, &self.books)));
            for (checker, detail) in wrong {
                self.accuse(checker, at, detail);
            }
        }
    }

    /// A slip leaves for a printer.
    pub fn printed(&mut self, at: Moment, print: &Print) {
        let text = serde_json::to_vec(&print.slip).unwrap_or_default();
        if let Some(secret) = self.secrets.find(&text) {
            self.accuse("secrets", at, format!("{secret} on the slip of {}", print.about));
        }
        if print.slip.kind == SlipKind::Approved {
            self.books.archive.printed(print.about, &print.slip);
            // A slip says what was paid, whatever was given back since.
            let given = self.books.tills.get(&print.about).filter(|_| self.books.was_to_give_back(&print.about));
            let amount = given.map(|exchange| exchange.signed_minor()).or(self.books.slip_amount(&print.about));
            let kind = self.books.tills.get(&print.about).map(|exchange| exchange.kind);
            let same = match kind {
                Some(Kind::Adjust) => amount.is_some(),
                Some(kind) if !kind.shape().moves_money() => amount == Some(0),
                _ => amount.map(i64::abs) == Some(print.slip.amount.signed()),
            };
            if !same {
                self.accuse(
                    "slips",
                    at,
                    format!("{} printed {} without such a slip record", print.about, print.slip.amount),
                );
            }
        }
    }

    /// A text is shown to somebody.
    pub fn shown(&mut self, at: Moment, place: &str, text: &Text) {
        if let Some(secret) = self.secrets.find(text.zh.as_bytes()).or_else(|| self.secrets.find(text.en.as_bytes())) {
            self.accuse("secrets", at, format!("{secret} on {place}"));
        }
    }

    /// A phone took a notice.
    pub fn told(&mut self, at: Moment, notice: &Notice) {
        self.shown(at, "a phone", &notice.text());
        if let Some(detail) = self.notices.take(notice) {
            self.accuse("notices", at, detail);
        }
    }

    /// A counter was told a verdict.
    pub fn judged(&mut self, at: Moment, till: TillKey, verdict: &Verdict) {
        self.shown(at, "the counter", &verdict.sentence);
        if let Some((checker, detail)) = self.verdicts.take(till, verdict, &self.books) {
            self.accuse(checker, at, detail);
        }
    }

    /// A case is worked. A till that is there confirms or reverses by itself: only one that is lost leaves a sale to people.
    /// What the acquirer bears, and that a hand-over came twice, is told to people whoever is there.
    pub fn case_worked(&mut self, at: Moment, till: TillKey, ground: Ground) {
        let about_people = matches!(ground, Ground::Borne | Ground::HandoverTwice | Ground::PaidTwice);
        if !about_people && !self.books.is_lost(&till) {
            let told = self.books.tills.get(&till).map(|exchange| exchange.standing);
            self.accuse("quiet", at, format!("{till} was left to people ({ground:?}): its till says {told:?}"));
        }
    }

    /// What a person finds who works a case and sees what the world really has: a paper of a lost device, the journal of one
    /// that is there; where neither is asked for, the host's own record.
    pub fn finding(&self, till: &TillKey, ground: Ground) -> Option<Finding> {
        if ground == Ground::PaidTwice {
            // Nobody but the customer knows; every other one bought once.
            let once = till.stan.number().is_multiple_of(2);
            return Some(if once { Finding::OnePurchase } else { Finding::TwoPurchases });
        }
        let shown = if self.books.is_lost(till) {
            self.books.paper.contains(till)
        } else {
            self.books.slip_amount(till).is_some()
        };
        let seen = if shown { Finding::SlipShown } else { Finding::NoSlip };
        cases::allowed(ground).find(|found| *found == seen).or_else(|| cases::allowed(ground).last())
    }

    /// The world is quiet, or has used up its time: everything must have come to its end.
    pub fn ended(&mut self, at: Moment) {
        let mut wrong = quiet::judge(&self.books);
        wrong.extend(slips::at_the_end(&self.books));
        wrong.extend(self.notices.at_the_end(&self.books));
        wrong.extend(self.verdicts.at_the_end(&self.books));
        wrong.extend(self.flat.at_the_end(&self.books));
        wrong.extend(self.keys.at_the_end());
        wrong.extend(archive::at_the_end(&self.books.archive, &self.books));
        for (checker, detail) in wrong {
            self.accuse(checker, at, detail);
        }
    }
}
