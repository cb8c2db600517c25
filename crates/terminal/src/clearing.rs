//! What goes before the totals of a settlement (rules 9): every stored advice and every confirmation gets one occasion more.
//! Power-off forgets it, and nothing is lost by that: what is stored stays stored.

use crate::batch::Span;
use crate::seat::Seat;
use crate::{
    Confirm, Dialog, Exchange, Left, Settling, Stage, Stored, TerminalBank, TerminalRow, Till, Timer, Work, advice,
    screen,
};
use alloc::vec::Vec;
use slipway_node::{Facts, Wants};
use slipway_terms::{MerchantId, Moment, TerminalId, TillKey};

/// Confirmations that one settlement waits for.
const CONFIRMS_MAX: u16 = 64;

/// What a settlement does before its totals; power-off forgets it, and nothing is lost by that.
#[derive(Clone, Default)]
pub struct Clearing {
    /// Stored advices that had no occasion yet.
    pub advices: Vec<TillKey>,
    /// The confirmations have had theirs.
    pub confirmed: bool,
    /// What was sent last is waited for until then.
    pub until: Option<Moment>,
}

/// The open batch, the next advice with its card, the confirmations.
pub(crate) fn wants(id: &TerminalId, merchant: MerchantId, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    let Some(clearing) = seen.note(id).and_then(|note| note.clearing.as_ref()) else { return };
    let Some(till) = seen.known::<Till>(id) else { return };
    till.to_settle(merchant).wants(out);
    if let Some(next) = clearing.advices.first() {
        out.row::<Stored, TerminalRow>(next).row::<Exchange, TerminalRow>(next);
        if let Some(ask) = seen.known::<Stored>(next).and_then(advice::card_ask) {
            out.ask(ask);
        }
    }
    out.range::<Confirm, TerminalRow>(&(*id, merchant), CONFIRMS_MAX, false);
    for confirm in seen.range::<Confirm>(&(*id, merchant), CONFIRMS_MAX, false).unwrap_or_default() {
        out.row::<Exchange, TerminalRow>(&confirm.key);
    }
}

impl Till {
    /// The batch that is settled next: what went on without a settlement first, then the open one.
    pub(crate) fn to_settle(&self, merchant: MerchantId) -> Span {
        let open = Left { batch: self.batch, stans: (self.batch_first, self.stan) };
        let Left { batch, stans } = self.left.first().copied().unwrap_or(open);
        Span { terminal: self.terminal, merchant, batch, stans }
    }
}

impl Seat<'_, '_> {
    /// What the acquirer closed without us goes up by itself, a while from now.
    pub fn left_soon(&mut self) {
        if !self.till.left.is_empty() {
            let due = self.at.plus_ms(self.config().times.idle_ms);
            self.d.due(due, Timer::SettleStep(self.id, due));
        }
    }

    /// It is time for that: never in the middle of something, and only to an acquirer who is known to have gone on.
    pub fn settle_left(&mut self) {
        let in_hand = self.note.order.is_some() || self.note.dialog != Dialog::Idle || self.note.work.is_some();
        if !self.till.signed_on {
            // The next sign-on reminds us.
            return;
        }
        if in_hand || self.note.line == Some(false) {
            return self.left_soon();
        }
        self.note.signing = None;
        self.note.clearing = Some(Clearing { advices: self.till.advices.clone(), ..Clearing::default() });
        self.note.round = self.till.pending.clone();
        self.show(screen::settling_left());
        self.proceed();
    }

    /// An advice that is waited for here has had its time.
    pub fn waited_enough(&mut self) {
        let over =
            self.note.clearing.as_ref().and_then(|clearing| clearing.until).is_some_and(|until| self.at >= until);
        if over && let Some(Work::Request(key)) = self.note.work {
            self.off_wire(Work::Request(key));
        }
    }

    /// Before the totals: advices one by one, then the confirmations, each with one occasion.
    pub fn clear_next(&mut self) {
        let Some(mut clearing) = self.note.clearing.clone() else { return };
        let until = self.at.plus_ms(self.config().times.reversal_ms);
        let wait = Timer::SettleStep(self.id, until);
        if !clearing.advices.is_empty() {
            let next = clearing.advices.remove(0);
            clearing.until = Some(until);
            self.note.clearing = Some(clearing);
            match self.facts.get::<Stored>(&next).cloned() {
                Some(stored) => {
                    self.send_stored(stored);
                    self.note.work = Some(Work::Request(next));
                    self.d.due(until, wait);
                }
                None => self.step_soon(),
            }
            return;
        }
        let confirms = self.facts.range::<Confirm>(&(self.id, self.profile.merchant), CONFIRMS_MAX, false);
        let confirms: Vec<Confirm> = confirms.unwrap_or_default().into_iter().cloned().collect();
        if !clearing.confirmed && !confirms.is_empty() {
            clearing.confirmed = true;
            clearing.until = Some(until);
            self.note.clearing = Some(clearing);
            for confirm in &confirms {
                self.send_confirmation(confirm);
            }
            return self.d.due(until, wait);
        }
        if clearing.until.is_some_and(|until| self.at < until) && !confirms.is_empty() {
            return;
        }
        self.note.clearing = None;
        let span = self.till.to_settle(self.profile.merchant);
        self.settle_on(Settling {
            terminal: self.id,
            batch: span.batch,
            stans: span.stans,
            operator: self.note.operator.unwrap_or(slipway_terms::OperatorNo(1)),
            began: self.at,
            totals: Default::default(),
            stage: Stage::Asking,
            balanced: None,
            own: None,
            sent: Vec::new(),
            lists: Vec::new(),
            singles: Vec::new(),
            uploaded: 0,
            tries: 0,
        });
    }
}
