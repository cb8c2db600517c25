//! The automatic reversal: the same STAN and original fields until the acquirer answers 00, 12 or 25, or refuses it and names
//! its case. Never deleted by count, never started anew, never believed without a good MAC.

use crate::in_case;
use crate::line::{self, Row};
use crate::seat::Seat;
use crate::{Dialog, Exchange, Pending, PendingState, Standing, Timer, Work, screen};
use slipway_node::LineFault;
use slipway_terms::{Doubt, Message, ResponseCode, TillKey};

/// Refusals of a reversal that have a case at the acquirer.
const REFUSALS: [ResponseCode; 2] = [ResponseCode::TOO_LATE, ResponseCode::DIFFERS_FROM_ORIGINAL];

impl Standing {
    /// Why it is in doubt, if it is or was.
    pub const fn doubt(self) -> Option<Doubt> {
        match self {
            Self::Doubtful(doubt) | Self::FailedReversal(doubt) | Self::Reversed(doubt, _) => Some(doubt),
            Self::Sent => Some(Doubt::PowerCut),
            Self::Stored | Self::Approved | Self::Declined(_) | Self::InCase(_) => None,
        }
    }
}

impl Seat<'_, '_> {
    /// Sends the stored reversal of this exchange: the next of the sends of this occasion.
    pub fn send_reversal(&mut self, key: TillKey) {
        let Some(mut pending) = self.facts.get::<Pending>(&key).cloned() else { return };
        pending.tries = pending.tries.saturating_add(1);
        pending.sends = pending.sends.saturating_add(1);
        if pending.state == PendingState::Armed {
            pending.state = PendingState::Open;
        }
        let message = pending.advice.message(None);
        self.send_coded(message);
        self.due(self.config().times.reversal_ms, Timer::ReversalDue(key, pending.sends));
        self.note.work = Some(Work::Reversal(key));
        self.tell(screen::reversing(&key, pending.tries));
        self.d.put(&key, pending);
        if let Some(exchange) = self.facts.get::<Exchange>(&key).filter(|e| e.standing == Standing::Sent) {
            let doubtful = Exchange { standing: Standing::Doubtful(Doubt::PowerCut), at: self.at, ..exchange.clone() };
            self.d.put(&key, doubtful);
        }
    }

    /// 0410. Pairing is by the original's number and batch, so an answer from before a restart still closes it.
    pub fn heard_reversal(&mut self, message: &Message) {
        let fits =
            |key: &&TillKey| Some(key.stan) == message.stan && message.batch().is_none_or(|batch| batch == key.batch);
        let found = self.till.pending.iter().find(fits).copied();
        let Some((key, pending)) = found.and_then(|key| Some((key, self.facts.get::<Pending>(&key)?))) else {
            return self.d.count("late answer");
        };
        let advice = &pending.advice;
        let same = message.terminal == Some(self.id)
            && message.merchant == Some(self.profile.merchant)
            && message.processing.is_none_or(|processing| Some(processing) == advice.processing)
            && message.amount.is_none_or(|amount| Some(amount) == advice.amount);
        if pending.state == PendingState::Armed || !same {
            return self.d.count("contradicting reversal answer");
        }
        let code = message.code.unwrap_or(ResponseCode::FORMAT_ERROR);
        let taken = [ResponseCode::APPROVED, ResponseCode::INVALID_TRANSACTION, ResponseCode::NO_ORIGINAL];
        match self.mac_good() {
            true if taken.contains(&code) => self.reversed(key, code, message),
            true if let Some(case) = in_case::number(message, &REFUSALS) => {
                self.end_pending(&key);
                self.off_wire(Work::Reversal(key));
                self.in_case(&key, code, case);
                self.proceed();
            }
            good => self.reversal_refused(pending.clone(), code, good),
        }
    }

    fn reversed(&mut self, key: TillKey, code: ResponseCode, message: &Message) {
        self.end_pending(&key);
        self.off_wire(Work::Reversal(key));
        if let Some(exchange) = self.facts.get::<Exchange>(&key) {
            let doubt = exchange.standing.doubt().unwrap_or(Doubt::NoAnswer);
            let rrn = exchange.rrn.or(message.rrn);
            let undone = Exchange { standing: Standing::Reversed(doubt, code), at: self.at, rrn, ..exchange.clone() };
            self.tell(screen::reversed(&undone));
            self.d.put(&key, undone);
        }
        self.proceed();
    }

    /// Not taken: kept with reason 06 and tried again when its wait is over. A wrong MAC or A0 asks for new keys first.
    fn reversal_refused(&mut self, mut pending: Pending, code: ResponseCode, mac_good: bool) {
        self.d.count(if mac_good { "reversal refused" } else { "reversal answer without good MAC" });
        if !mac_good || code == ResponseCode::MAC_ERROR {
            self.till.signed_on = false;
        } else {
            pending.advice.code = Some(ResponseCode::OTHER);
        }
        self.tell(screen::reversal_waits(code, mac_good));
        self.d.put(&pending.key.clone(), pending);
    }

    /// No believed answer to this send.
    pub fn reversal_due(&mut self, key: &TillKey, sends: u32) {
        let Some(pending) = self.facts.get::<Pending>(key).filter(|p| p.sends == sends && p.tries > 0) else { return };
        if !self.till.pending.contains(key) {
            return;
        }
        self.off_wire(Work::Reversal(*key));
        if pending.tries >= self.reversal_sends() {
            return self.reversal_failed(pending.clone());
        }
        if self.note.work.is_some() {
            // Something else went on the wire meanwhile (a new occasion comes by itself).
            return self.arm_idle(self.config().times.idle_ms);
        }
        if self.ready() {
            return self.proceed();
        }
        self.note.round.insert(0, *key);
        self.proceed();
    }

    /// The sends of one occasion are used up: told on paper, kept, and no longer in the way of sales (rules 3).
    fn reversal_failed(&mut self, mut pending: Pending) {
        let key = pending.key;
        let first = pending.state != PendingState::Failed;
        pending.tries = 0;
        pending.state = PendingState::Failed;
        self.d.put(&key, pending);
        if let Some(exchange) = self.facts.get::<Exchange>(&key).filter(|_| first) {
            let doubt = exchange.standing.doubt().unwrap_or(Doubt::NoAnswer);
            let failed = Exchange { standing: Standing::FailedReversal(doubt), at: self.at, ..exchange.clone() };
            self.print_fault(&failed);
            self.show(screen::reversal_failed(&failed));
            self.d.put(&key, failed);
        }
        if self.ready() {
            // Nothing of it has left. The cashier takes another means, or keys it again: it is no longer blocked.
            self.drop_order();
        }
        self.arm_idle(self.config().times.idle_failed_ms);
        self.proceed();
    }

    /// Nobody did anything for a while: what is stored goes out.
    pub fn idle_try(&mut self, due: slipway_terms::Moment) {
        if self.note.idle != Some(due) || self.till.pending.is_empty() {
            return;
        }
        self.note.idle = None;
        let in_hand = self.note.order.is_some() || self.note.dialog != Dialog::Idle;
        if in_hand && self.note.work.is_none() && !self.ready() && self.left_alone() {
            // Somebody walked away in the middle: nothing of it has left, and what is stored must not wait for them.
            self.drop_order();
            self.show(self.resting());
        } else if self.note.work.is_some() || in_hand {
            return self.arm_idle(self.config().times.idle_ms);
        }
        if self.note.line != Some(false) {
            self.note.round = self.till.pending.clone();
            self.proceed();
        }
    }

    /// Nobody has touched the keys for the time of two idle looks.
    fn left_alone(&self) -> bool {
        self.note.touched.is_none_or(|touched| self.at.0 - touched.0 >= 2 * self.config().times.idle_ms)
    }

    /// The line came up or went down.
    pub fn line(&mut self, up: bool) {
        let stood = self.note.line.replace(up) == Some(true);
        if up || stood {
            self.note.fault = (!up).then_some(LineFault::Lost);
        }
        if !up && matches!(self.note.work, Some(Work::Request(_))) {
            self.note.broke = true;
        }
        if up && !self.till.pending.is_empty() {
            self.arm_idle(self.config().times.idle_ms);
        }
        if !up {
            return;
        }
        if self.till.signed_on {
            self.wake_advices();
            self.arm_echo();
        }
        let unanswered = matches!(self.note.work, Some(Work::SignOn(_)));
        if unanswered || (self.note.work.is_none() && self.note.operator.is_some() && !self.till.signed_on) {
            // A new connection brings no answer of the old one: what was asked before it is asked again.
            return self.sign_on();
        }
        if self.ready() {
            self.proceed();
        }
    }

    /// Why the line is not there. What is on the wire already is none the wiser: its timer decides, and only doubt can
    /// come of it.
    pub fn no_line(&mut self, fault: LineFault) {
        self.note.line = Some(false);
        if self.note.fault.replace(fault) == Some(fault) {
            return;
        }
        self.d.count(fault.counted());
        if self.ready() && self.note.work.is_none() {
            self.show(screen::line_waiting(self.line_fault()));
        }
    }

    /// Why there is no line, for a transaction of which nothing has left.
    pub fn line_fault(&self) -> &'static Row {
        // Without a reason it has never stood since power-on: it is still being made.
        line::row(self.note.fault.unwrap_or(LineFault::EndlessInit))
    }

    /// Why no answer came to what has left.
    pub fn waited(&self) -> &'static Row {
        line::row(if self.note.broke { LineFault::LostWaiting } else { LineFault::NoAnswer })
    }
}
