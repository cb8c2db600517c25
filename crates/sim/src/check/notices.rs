//! `notices`: what a phone is told is true, told in order, and a debit that went back is told to have gone back. At least
//! once, so the same notice may come again; the same id never says two different things, and each names whose card it is.

use super::books::{Books, Wrong};
use slipway_hosts::ledger::Cause;
use slipway_terms::{CardTail, CardToken, Notice, NoticeKind, SwitchKey};
use std::collections::BTreeMap;

/// What the phones were told.
#[derive(Debug, Default)]
pub struct Notices {
    /// What was told, by its id.
    told: BTreeMap<String, Notice>,
    /// Whose card each is that was told of.
    holders: BTreeMap<CardToken, CardTail>,
    /// Every first telling, in order.
    pub order: Vec<(SwitchKey, NoticeKind)>,
    /// Tellings of what was told before.
    pub again: u64,
}

impl Notices {
    /// A phone took one.
    pub(super) fn take(&mut self, notice: &Notice) -> Option<String> {
        let id = notice.id();
        if let Some(before) = self.told.get(&id) {
            self.again += 1;
            return (before != notice).then(|| format!("{id} said two different things"));
        }
        self.told.insert(id.clone(), notice.clone());
        self.order.push((notice.about, notice.kind));
        // An address is kept under the card: a notice that names none, or another's, reaches nobody, or the wrong one.
        match notice.holder {
            None => Some(format!("{id} names nobody")),
            Some(holder) => {
                let card = *self.holders.entry(holder).or_insert(notice.card);
                (card != notice.card).then(|| format!("{id} of {} went to the holder of {card}", notice.card))
            }
        }
    }

    /// Whether a phone was told this.
    pub fn has(&self, exchange: &SwitchKey, kind: NoticeKind) -> bool {
        self.told.values().any(|notice| notice.about == *exchange && notice.kind == kind)
    }

    pub(super) fn at_the_end(&self, books: &Books) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (exchange, moves) in books.all_moves() {
            if !books.posted(exchange, Cause::Approval) {
                continue;
            }
            // What a host bears is nobody's account: nobody is told.
            if books.borne(exchange) {
                continue;
            }
            let whole = moves.amount.unwrap_or(0);
            let mut ways = [NoticeKind::Debit, NoticeKind::Refund];
            if whole < 0 {
                ways.reverse();
            }
            let told = ways.map(|kind| self.has(exchange, kind));
            let late = books.till_of(exchange).is_some_and(|till| books.was_late(&till));
            if told != [true, moves.debit == 0 || books.was_released(exchange) || late] {
                wrong.push(("notices", format!("{exchange} moved {moves:?}; told of it and of its undo: {told:?}")));
            }
            let when = ways.map(|kind| self.order.iter().position(|id| *id == (*exchange, kind)));
            if let [Some(first), Some(then)] = when
                && then < first
            {
                wrong.push(("notices", format!("{exchange}: its undo was told before what it did")));
            }
        }
        for (exchange, kind) in &self.order {
            if *kind != NoticeKind::Decline && !books.posted(exchange, Cause::Approval) {
                wrong.push(("notices", format!("{exchange} was told {kind:?} and never debited")));
            }
            if *kind == NoticeKind::Decline && books.posted(exchange, Cause::Approval) {
                wrong.push(("notices", format!("{exchange} was told to be declined and was debited")));
            }
        }
        wrong
    }
}
