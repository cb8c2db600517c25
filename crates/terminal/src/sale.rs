//! From "keyed to the end" to "on the wire", for every kind. A request never leaves before its reversal is stored, an advice
//! never before it is stored itself, and neither while an older reversal is open.

use crate::seat::Seat;
use crate::{Card, Exchange, Order, Pending, PendingState, Standing, Timer, Work, screen};
use alloc::boxed::Box;
use alloc::vec::Vec;
use slipway_terms::{Advice, CardTail, EntryMode, Message, Mti, ResponseCode, Short, Till60, TillKey};

/// The card of one that was named by reference, until the answer tells it.
const NO_CARD: CardTail = CardTail { first6: 0, last4: 0, len: 10 };

impl Order {
    /// DE 22: 05x inserted, 07x held to the reader, 02x swiped, 01x keyed, 00x no card; 1 with, 2 without PIN.
    fn entry(&self) -> EntryMode {
        let way = match &self.card {
            Some(Card { chip: Some(chip), .. }) => {
                if chip.card.contactless {
                    70
                } else {
                    50
                }
            }
            Some(card) if card.track.is_some() => 20,
            Some(_) => 10,
            None => 0,
        };
        EntryMode(way + if self.pin.is_some() { 1 } else { 2 })
    }
}

impl Seat<'_, '_> {
    /// The next step towards the line: sign-on, then open reversals, then the transaction at hand. Called whenever
    /// something on the wire has ended; does nothing when nothing is to be done.
    pub fn proceed(&mut self) {
        let ready = self.ready();
        if !ready && self.note.round.is_empty() && !self.settles() {
            return;
        }
        if self.note.work.is_some() {
            if ready {
                self.show(screen::please_wait());
            }
            return;
        }
        if self.note.line == Some(false) {
            return self.wait_for_line(ready);
        }
        if !self.has_keys() && self.keys_used_up() {
            self.drop_order();
            return self.show(screen::keys_used_up());
        }
        if !self.till.signed_on || !self.has_keys() {
            return self.sign_on();
        }
        match self.next_reversal(ready) {
            Some(key) => self.send_reversal(key),
            None if ready => self.send_request(),
            None if self.settles() => self.step_soon(),
            None => self.tell(screen::idle()),
        }
    }

    fn wait_for_line(&mut self, ready: bool) {
        // Nothing has left: waiting costs nobody anything, and the cashier may cancel.
        self.note.round.clear();
        if ready {
            self.show(screen::line_waiting(self.line_fault()));
            self.due(self.config().times.line_ms, Timer::LineDue(self.id, self.at));
        } else {
            self.settle_rests();
        }
    }

    /// The line did not come back for a ready transaction.
    pub fn line_due(&mut self) {
        if self.ready() && self.note.work.is_none() && self.note.line == Some(false) {
            self.drop_order();
            self.show(screen::line_down(self.line_fault()));
        }
    }

    /// Which reversal goes first: before a transaction those that block it, else the next of this round.
    fn next_reversal(&mut self, ready: bool) -> Option<TillKey> {
        if ready {
            let blocks = |key: &&TillKey| {
                self.facts.get::<Pending>(key).is_some_and(|pending| pending.state != PendingState::Failed)
            };
            return self.till.pending.iter().find(blocks).copied();
        }
        while !self.note.round.is_empty() {
            let key = self.note.round.remove(0);
            if self.till.pending.contains(&key) {
                return Some(key);
            }
        }
        None
    }

    fn send_request(&mut self) {
        if self.waits_for_chip() {
            return;
        }
        let Some(order) = self.note.order.clone() else { return };
        let Some((mut message, mut exchange)) = self.numbered(&order) else {
            // Nothing has left and no number is used: the pad or the vault failed.
            self.drop_order();
            return self.show(screen::vault_down());
        };
        let key = exchange.key;
        let shape = order.kind.shape();
        self.follow(&order, key);
        if shape.is_advice() {
            exchange.standing = Standing::Stored;
            let card = order.card.as_ref();
            message.pan = card.map(|card| card.pan.clone());
            self.store_advice(key, &message, card.and_then(|card| card.sealed.clone()), 1);
        } else {
            self.due(self.answer_ms(), Timer::AnswerDue(key));
        }
        self.d.put(&key, exchange);
        if shape.reversible {
            // In the same commit as the exchange, so before the request leaves: a power cut from here on finds it (A02).
            let mut advice = Advice::of(&message, Mti(400), None);
            advice.code = Some(ResponseCode::ISSUER_TIMEOUT);
            // The numbers of the original say what the request was about; its reversal names the request itself.
            (advice.rrn, advice.auth) = (None, None);
            self.d.put(&key, Pending { key, advice, tries: 0, sends: 0, state: PendingState::Armed });
            self.till.pending.push(key);
        }
        self.till.last = Some(key);
        self.send_request_coded(message);
        self.note.work = Some(Work::Request(key));
        self.note.broke = false;
        self.show(screen::connecting(order.kind, order.amount));
    }

    /// The original learns who names it, in the same commit: from here on no other one about it leaves before this one's
    /// fate is known.
    fn follow(&mut self, order: &Order, key: TillKey) {
        let original = order.about.as_ref().and_then(|about| about.key);
        if let Some(original) = original.and_then(|key| self.facts.get::<Exchange>(&key)) {
            let mut original = original.clone();
            original.followers.push(key);
            self.d.put(&original.key.clone(), original);
        }
    }

    /// The message and journal line of an order under the next number; `None`, and no number used, if the PIN could not be
    /// enciphered.
    pub fn numbered(&mut self, order: &Order) -> Option<(Message, Exchange)> {
        let mut message = self.request(order)?;
        let stan = self.take_stan();
        let key = self.key(stan);
        message.stan = Some(stan);
        message.till60 = Some(Till60::financial(order.kind.shape().type_code, key.batch));
        let card = order.card.as_ref();
        let about = order.about.as_ref();
        let read = card.map(|card| card.pan.tail());
        let chip = card.and_then(|card| card.chip.as_ref()).filter(|_| crate::chip::proves(order.kind));
        if let Some(chip) = chip {
            message.chip = Some(self.chip_field(chip, order.pin.is_some(), stan)?);
        }
        let mut exchange = Exchange {
            key,
            kind: order.kind,
            amount: order.amount,
            card: read.or_else(|| about.and_then(|about| about.card)).unwrap_or(NO_CARD),
            about: about.cloned().map(Box::new),
            followers: Vec::new(),
            entry: order.entry(),
            expiry: card.and_then(|card| card.expiry.or_else(|| card.track.as_ref()?.expiry().ok())),
            operator: self.note.operator.unwrap_or(slipway_terms::OperatorNo(1)),
            allowed: order.allowed,
            sent_at: self.at,
            at: self.at,
            standing: Standing::Sent,
            code: None,
            rrn: None,
            auth: None,
            settlement: None,
            host_at: None,
            institutions: Short::EMPTY,
            chip: chip.and_then(crate::Chip::slip),
            slip: None,
            signed: None,
            uploaded: false,
            confirmed: None,
            case: None,
            handed: 0,
            second: None,
        };
        self.link_second(order.second, &mut message, &mut exchange);
        Some((message, exchange))
    }

    /// The request without its number; `None` if the PIN could not be enciphered.
    fn request(&self, order: &Order) -> Option<Message> {
        let shape = order.kind.shape();
        let mut message = self.signed(Message::new(shape.mti));
        message.processing = Some(shape.processing);
        message.condition = Some(shape.condition);
        message.amount = order.amount;
        message.entry = Some(order.entry());
        if let Some(about) = &order.about {
            (message.rrn, message.auth) = (about.rrn, about.auth);
            message.original_till = Some(about.till61(order.kind));
        }
        if shape.is_advice() {
            // The card of an advice goes by its number alone: what waits on disk has no place for a track or a PIN (rules 11).
            message.operator_or_scheme = shape.names_original.then(|| Short::cut("CUP"));
            return Some(message);
        }
        let Some(card) = &order.card else { return Some(message) };
        self.put_card(&mut message, card, order.pin.as_ref())?;
        Some(message)
    }
}
