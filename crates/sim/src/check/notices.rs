//! `notices`: what a phone is told is true, told in order, and a debit that went back is told to have gone back. At least
//! once, so the same notice may come again; the same id never says two different things.

use super::books::{Books, Wrong};
use slipway_hosts::ledger::Cause;
use slipway_terms::{Notice, NoticeKind, SwitchKey};
use std::collections::BTreeMap;

/// What the phones were told.
#[derive(Debug, Default)]
pub struct Notices {
    told: BTreeMap<(SwitchKey, NoticeKind), Notice>,
    /// Every first telling, in order.
    pub order: Vec<(SwitchKey, NoticeKind)>,
    /// Tellings of what was told before.
    pub again: u64,
}

impl Notices {
    /// A phone took one.
    pub(super) fn take(&mut self, notice: &Notice) -> Option<String> {
        let id = (notice.about, notice.kind);
        if let Some(before) = self.told.get(&id) {
            self.again += 1;
            return (before != notice).then(|| format!("{id:?} said two different things"));
        }
        self.told.insert(id, notice.clone());
        self.order.push(id);
        let early = notice.kind == NoticeKind::Refund && !self.has(&notice.about, NoticeKind::Debit);
        early.then(|| format!("{} was told to be returned before it was told to be debited", notice.about))
    }

    /// Whether a phone was told this.
    pub fn has(&self, exchange: &SwitchKey, kind: NoticeKind) -> bool {
        self.told.contains_key(&(*exchange, kind))
    }

    pub(super) fn at_the_end(&self, books: &Books) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (exchange, moves) in books.all_moves() {
            if !books.posted(exchange, Cause::Approval) {
                continue;
            }
            let told = [NoticeKind::Debit, NoticeKind::Refund].map(|kind| self.has(exchange, kind));
            if told != [true, moves.debit == 0] {
                wrong.push((
                    "notices",
                    format!("{exchange} moved {moves:?}; told of the debit and the return: {told:?}"),
                ));
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
