//! Power-up: whatever was on the wire is in doubt, and the screen says what is open. Nothing is sent and nothing printed
//! by itself here; the idle timer does that.

use crate::seat::Seat;
use crate::{Exchange, Pending, PendingState, Standing, Work, screen};
use slipway_node::Show;
use slipway_terms::{Doubt, TillKey};

impl Seat<'_, '_> {
    /// The power is back: the newest exchange may have been cut off in the middle.
    pub fn wake(&mut self) {
        if self.note.work.is_some() || self.note.order.is_some() {
            return;
        }
        if let Some(key) = self.till.last {
            self.cut_off(&key);
        }
        self.left_soon();
        if !self.till.pending.is_empty() && self.note.idle.is_none() {
            self.arm_idle(self.config().times.idle_ms);
        }
        self.show(self.resting());
    }

    /// A stored reversal found at opening: the same for a terminal that no range of power-up reached.
    pub fn woken(&mut self, key: &TillKey) {
        if self.note.work == Some(Work::Request(*key)) {
            return;
        }
        self.cut_off(key);
        let sent = self.facts.get::<Exchange>(key).is_some_and(|exchange| exchange.standing == Standing::Sent);
        if let Some(pending) = self.facts.get::<Pending>(key).filter(|p| !sent && p.tries > 0)
            && self.note.work != Some(Work::Reversal(*key))
        {
            // The occasion was cut off in the middle: the next one has all its sends.
            self.d.put(key, Pending { tries: 0, ..pending.clone() });
        }
        if self.note.idle.is_none() {
            self.arm_idle(self.config().times.idle_ms);
        }
        if self.note.order.is_none() && self.note.work.is_none() {
            self.show(self.resting());
        }
    }

    fn cut_off(&mut self, key: &TillKey) {
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return };
        if exchange.standing != Standing::Sent {
            return;
        }
        let doubt = Doubt::PowerCut;
        self.d.put(key, Exchange { standing: Standing::Doubtful(doubt), at: self.at, ..exchange.clone() });
        if let Some(pending) = self.facts.get::<Pending>(key) {
            let mut open = Pending { state: PendingState::Open, tries: 0, ..pending.clone() };
            open.advice.code = Some(doubt.reason());
            self.d.put(key, open);
        }
    }

    /// What the screen rests on: an open reversal, a slip that is not on paper, or the idle screen.
    pub fn resting(&self) -> Show {
        let signed_in = self.note.operator.is_some();
        if self.till.settling.is_some() {
            return screen::settle_unfinished();
        }
        if let Some(exchange) = self.till.pending.first().and_then(|key| self.facts.get::<Exchange>(key)) {
            return screen::reversal_pending(exchange, signed_in);
        }
        let last = self.till.last.filter(|last| Some(*last) == self.till.last_slip);
        match last.and_then(|key| self.facts.get::<Exchange>(&key)) {
            Some(exchange) if exchange.slip.is_some_and(|slip| !slip.printed()) => {
                screen::slip_not_printed(exchange, signed_in)
            }
            _ if signed_in => screen::idle(),
            _ => screen::sign_in(),
        }
    }
}
