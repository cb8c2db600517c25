//! One terminal at work on one input: its rows, its note and the decision that grows. Never reads a row it has just put.

use crate::{Config, Dialog, Exchange, Note, Order, PaidAgain, Pending, Profile, TerminalBank, Till, Timer, Work};
use slipway_node::{Decision, Facts, Peer, Show, Wants};
use slipway_terms::{Ksn, Message, Moment, Stan, TerminalId, TillKey};

type Row = crate::TerminalRow;

pub(crate) struct Seat<'a, 'f> {
    pub bank: &'a TerminalBank,
    pub at: Moment,
    pub facts: &'a Facts<'f, TerminalBank>,
    pub id: TerminalId,
    pub profile: &'a Profile,
    pub till: Till,
    pub note: Note,
    /// The serial number that the message at hand names.
    pub heard: Option<Ksn>,
    pub d: &'a mut Decision<TerminalBank>,
}

/// The rows that nearly every input of a terminal needs.
pub(crate) fn rows(id: &TerminalId, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    out.row::<Profile, Row>(id).row::<Till, Row>(id);
    if let Some(till) = seen.known::<Till>(id) {
        for key in till.pending.iter().chain(&till.last) {
            out.row::<Exchange, Row>(key).row::<Pending, Row>(key);
            // The original of an exchange whose answer may come: a refusal may offer something else about it.
            if let Some(original) = seen.known::<Exchange>(key).and_then(|exchange| exchange.about.as_ref()?.key) {
                out.row::<Exchange, Row>(&original);
            }
        }
    }
    if let Some(second) = seen.note(id).and_then(|note| note.order.as_ref()?.second) {
        out.row::<PaidAgain, Row>(&second.first);
    }
    let first = seen.note(id).and_then(|note| match &note.dialog {
        Dialog::Twice(first) | Dialog::Why(first) => Some(*first),
        Dialog::LetGo(second, _) => Some(second.first),
        _ => None,
    });
    if let Some(first) = first {
        out.row::<Exchange, Row>(&first).row::<PaidAgain, Row>(&first);
    }
    if let Some(original) = seen.note(id).and_then(|note| note.order.as_ref()?.about.as_ref()?.key) {
        out.row::<Exchange, Row>(&original);
    }
}

impl<'a, 'f> Seat<'a, 'f> {
    /// Sits down; `None` if there is no such terminal.
    pub fn open(
        bank: &'a TerminalBank,
        at: Moment,
        facts: &'a Facts<'f, TerminalBank>,
        id: TerminalId,
        d: &'a mut Decision<TerminalBank>,
    ) -> Option<Self> {
        let profile = facts.get::<Profile>(&id)?;
        let till = facts.get::<Till>(&id)?.clone();
        let note = facts.note(&id).cloned().unwrap_or_default();
        Some(Self { bank, at, facts, id, profile, till, note, heard: None, d })
    }

    /// Stands up: the till is put if it changed, the note is kept. Whatever ended here, a stored reversal is never left
    /// without something that sends it: an answer on the wire, a line to come, or the idle timer.
    pub fn close(mut self) {
        if !self.till.pending.is_empty()
            && self.note.work.is_none()
            && self.note.idle.is_none()
            && self.note.line != Some(false)
        {
            self.arm_idle(self.config().times.idle_failed_ms);
        }
        if self.facts.get::<Till>(&self.id) != Some(&self.till) {
            self.d.put(&self.id, self.till);
        }
        self.d.note(self.id, Some(self.note));
    }

    pub fn config(&self) -> &'a Config {
        &self.bank.config
    }

    pub fn show(&mut self, show: Show) {
        self.d.show(self.id, show);
    }

    /// Shows what goes on behind the keys; never over something half keyed, or over a result nobody has read yet.
    pub fn tell(&mut self, show: Show) {
        if self.note.dialog == crate::Dialog::Idle && !self.note.keeps {
            self.show(show);
        }
    }

    pub fn host(&self) -> Peer {
        Peer::Host(self.id)
    }

    pub fn due(&mut self, after_ms: i64, timer: Timer) {
        self.d.due(self.at.plus_ms(after_ms), timer);
    }

    /// A message of this terminal: DE 41 and 42 come from the bound record only (rules 11).
    pub fn signed(&self, mut message: Message) -> Message {
        message.terminal = Some(self.id);
        message.merchant = Some(self.profile.merchant);
        message
    }

    /// Uses the next STAN.
    pub fn take_stan(&mut self) -> Stan {
        let stan = self.till.next_stan();
        self.till.stan = Some(stan);
        stan
    }

    pub fn key(&self, stan: Stan) -> TillKey {
        TillKey { terminal: self.id, merchant: self.profile.merchant, batch: self.till.batch, stan }
    }

    /// Whether a transaction is keyed to the end.
    pub fn ready(&self) -> bool {
        self.note.order.as_ref().is_some_and(|order| order.ready)
    }

    /// The transaction at hand ends here; the card and PIN are forgotten.
    pub fn drop_order(&mut self) -> Option<Order> {
        self.note.dialog = crate::Dialog::Idle;
        self.note.order.take()
    }

    /// What is on the wire has ended.
    pub fn off_wire(&mut self, work: Work) {
        if self.note.work == Some(work) {
            self.note.work = None;
        }
    }

    /// The stored reversal of this exchange is over.
    pub fn end_pending(&mut self, key: &TillKey) {
        self.till.pending.retain(|open| open != key);
        self.d.end::<Pending>(key);
    }

    /// The idle timer is set anew; only the newest counts.
    pub fn arm_idle(&mut self, after_ms: i64) {
        let due = self.at.plus_ms(after_ms);
        self.note.idle = Some(due);
        self.d.due(due, Timer::IdleTry(self.id, due));
    }
}
