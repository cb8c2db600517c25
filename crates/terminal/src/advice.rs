//! Advices: refund, completion advice, adjustment, offline sale. "This happened, you may not refuse": stored before it is sent,
//! repeated with the same number and equal fields until the acquirer answers, never reversed, slip on the answer (rules 3).

use crate::in_case;
use crate::seat::Seat;
use crate::{Exchange, Standing, Stored, Timer, Work, answer, screen};
use slipway_node::{Ask, Told};
use slipway_terms::{Copy, Kind, Message, Outcome, ResponseCode, SealedPan, Short, TillKey};

/// Refusals that speak of this moment or of another message, not of the advice: it is repeated.
const NOT_NOW: [&str; 5] = ["79", "90", "91", "92", "94"];

/// The stored advice that a 0230 answers. The answer may come days later: nothing but the queue remembers it.
pub(crate) fn answered_key(advices: &[TillKey], message: &Message) -> Option<TillKey> {
    let fits =
        |key: &&TillKey| Some(key.stan) == message.stan && message.batch().is_none_or(|batch| batch == key.batch);
    advices.iter().find(fits).copied()
}

/// The vault's question for the card number of a stored advice.
pub(crate) fn card_ask(stored: &Stored) -> Option<Ask> {
    stored.advice.card.clone().map(Ask::Open)
}

impl Seat<'_, '_> {
    /// Stores an advice that was sent so often.
    pub fn store_advice(&mut self, key: TillKey, message: &Message, card: Option<SealedPan>, sends: u32) {
        let advice = slipway_terms::Advice::of(message, message.mti, card);
        let due = self.at.plus_ms(self.advice_wait(sends));
        self.d.put(&key, Stored { key, advice, sends, due });
        self.d.due(due, Timer::AdviceDue(key, sends));
        self.till.advices.push(key);
    }

    /// The wait after so many sends.
    fn advice_wait(&self, sends: u32) -> i64 {
        let waits = self.config().times.advice_repeat_ms;
        waits[usize::try_from(sends.saturating_sub(1)).unwrap_or(usize::MAX).min(waits.len() - 1)]
    }

    /// No answer to a send.
    pub fn advice_due(&mut self, key: &TillKey, sends: u32) {
        let Some(stored) = self.facts.get::<Stored>(key).filter(|stored| stored.sends == sends) else { return };
        if self.note.work == Some(Work::Request(*key)) {
            // The cashier has waited for it: what is stored goes on by itself, and the till is free again.
            self.off_wire(Work::Request(*key));
            self.drop_order();
            self.show(screen::advice_stored(key.stan, stored.advice.amount));
        }
        self.send_stored(stored.clone());
        self.proceed();
    }

    /// An occasion out of its turn; not right after the last send, whose answer may be under way.
    pub fn advice_wake(&mut self, key: &TillKey) {
        let Some(stored) = self.facts.get::<Stored>(key) else { return };
        let sent = stored.due.0 - self.advice_wait(stored.sends);
        if stored.sends == 0 || self.at.0 - sent >= self.config().times.reversal_ms {
            self.send_stored(stored.clone());
        }
    }

    /// Every stored advice gets an occasion.
    pub fn wake_advices(&mut self) {
        for key in self.till.advices.clone() {
            self.d.due(self.at, Timer::AdviceWake(key));
        }
    }

    /// Sends a stored advice again, or puts it off while nothing can be sent.
    pub fn send_stored(&mut self, mut stored: Stored) {
        let key = stored.key;
        let card = card_ask(&stored);
        let pan = match card.as_ref().map(|ask| self.facts.told(ask)) {
            None => None,
            Some(Some(Told::Opened(pan))) => Some(pan.clone()),
            Some(_) => {
                self.d.count("sealed card not opened");
                return self.due(self.advice_wait(0), Timer::AdviceDue(key, stored.sends));
            }
        };
        let free = self.note.work.is_none() && self.note.line != Some(false);
        if !(free && self.till.signed_on && self.has_keys()) {
            self.due(self.advice_wait(0), Timer::AdviceDue(key, stored.sends));
            // What is stored needs nobody at the keys: the terminal signs itself on.
            if free && !self.till.signed_on {
                self.sign_on();
            }
            return;
        }
        let message = stored.advice.message(pan);
        stored.sends = stored.sends.saturating_add(1);
        stored.due = self.at.plus_ms(self.advice_wait(stored.sends));
        self.send_coded(message);
        self.d.due(stored.due, Timer::AdviceDue(key, stored.sends));
        self.d.put(&key, stored);
    }

    /// 0230.
    pub fn heard_advice_answer(&mut self, message: &Message) {
        let found = answered_key(&self.till.advices, message);
        let Some(exchange) = found.and_then(|key| self.facts.get::<Exchange>(&key)).cloned() else {
            return self.d.count("late answer");
        };
        let said = answer::outcome(&exchange, message, self.mac_good(), self.config().bare_declines);
        let waited = self.note.work == Some(Work::Request(exchange.key));
        match said {
            Outcome::Approved => self.advice_taken(exchange, message),
            _ if self.mac_good()
                && let Some(case) = in_case::number(message, &[ResponseCode::DUPLICATE]) =>
            {
                self.advice_in_case(exchange, case);
            }
            Outcome::Declined(code) if !NOT_NOW.contains(&code.as_str()) => self.advice_refused(exchange, code),
            _ => {
                self.used_number(&exchange, message.code);
                return self.advice_unanswered(&exchange, message.code);
            }
        }
        if waited {
            self.proceed();
        }
    }

    fn advice_ended(&mut self, key: TillKey) {
        self.till.advices.retain(|open| *open != key);
        self.d.end::<Stored>(&key);
        if self.note.work == Some(Work::Request(key)) {
            self.off_wire(Work::Request(key));
            self.drop_order();
        }
    }

    fn advice_taken(&mut self, mut exchange: Exchange, message: &Message) {
        let key = exchange.key;
        let sold_here = exchange.kind == Kind::OfflineSale;
        exchange.at = self.at;
        answer::take_over(&mut exchange, self.at, message);
        self.advice_ended(key);
        if sold_here {
            // Its slip is out since the sale: nothing is printed a second time.
            self.offline_uploaded(exchange.amount);
            return self.d.put(&key, exchange);
        }
        exchange.standing = Standing::Approved;
        exchange.slip = Some(answer::fresh_slip());
        if self.till.last == Some(key) {
            // Else somebody was served since: "the last slip" is theirs, and this one is printed again by its number.
            self.till.last_slip = Some(key);
        }
        let slip = self.print_copies(&exchange, &[Copy::Merchant, Copy::Cardholder], false);
        self.hand_in_slip(key, slip);
        self.tell(screen::approved(&exchange));
        self.d.put(&key, exchange);
    }

    /// Refused with a good MAC: it ends. An offline sale has its slip already: a case for people, kept in the journal.
    fn advice_refused(&mut self, mut exchange: Exchange, code: ResponseCode) {
        let key = exchange.key;
        exchange.at = self.at;
        self.advice_ended(key);
        if exchange.kind == Kind::OfflineSale {
            self.d.count("offline sale refused on upload");
            self.offline_uploaded(exchange.amount);
            exchange.confirmed = Some(code);
        } else {
            exchange.standing = Standing::Declined(code);
            exchange.code = Some(code);
        }
        self.tell(screen::advice_refused(&exchange, code));
        self.d.put(&key, exchange);
    }

    /// The acquirer has something else under this number (94) and cannot take it: people see to it, under the number of its case.
    fn advice_in_case(&mut self, exchange: Exchange, case: Short<32>) {
        self.advice_ended(exchange.key);
        if exchange.kind == Kind::OfflineSale {
            self.offline_uploaded(exchange.amount);
        }
        self.in_case(&exchange.key, ResponseCode::DUPLICATE, case);
    }

    /// 94 of an acquirer that names no case: it stays stored and goes out again, and people learn of it, once, on paper.
    fn used_number(&mut self, exchange: &Exchange, code: Option<ResponseCode>) {
        let told = exchange.code == code || exchange.standing != Standing::Stored;
        if code == Some(ResponseCode::DUPLICATE) && self.mac_good() && !told {
            let failed = Exchange { code, at: self.at, ..exchange.clone() };
            self.d.count("advice on a used number");
            self.print_fault(&failed);
            self.d.put(&exchange.key, failed);
        }
    }

    /// Nothing that may be believed: it stays stored, and its timer sends it again.
    fn advice_unanswered(&mut self, exchange: &Exchange, code: Option<ResponseCode>) {
        self.d.count("advice not answered");
        if self.note.work == Some(Work::Request(exchange.key)) {
            self.off_wire(Work::Request(exchange.key));
            self.drop_order();
            self.show(screen::advice_stored(exchange.key.stan, exchange.amount));
        }
        if code.is_some_and(ResponseCode::wants_sign_on) {
            self.till.signed_on = false;
            if self.note.work.is_none() && self.note.line != Some(false) {
                return self.sign_on();
            }
        }
        self.proceed();
    }
}
