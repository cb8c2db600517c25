//! An answer's checks in their order (MTI, F11, F3, F41, F42, F4, MAC) and what follows: approved, clean decline, or doubt.
//! Never believes an approval without a good MAC; never prints or books what comes late.

use crate::original::Kinds;
use crate::seat::Seat;
use crate::{Confirm, Exchange, Pending, PendingState, SlipLife, Standing, Timer, Work, screen};
use slipway_terms::{BusinessDate, Doubt, Kind, Message, Moment, Outcome, PaperFate, ResponseCode};

/// DE 12 and 13 as a moment: the year is the one that brings it nearest to `at`.
pub(crate) fn host_moment(at: Moment, message: &Message) -> Option<Moment> {
    let (date, time) = (message.date?, message.time?);
    let second = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60 + i64::from(time.second);
    let year = at.date().year;
    (year - 1..=year + 1)
        .map(|year| BusinessDate { year, month: date.month, day: date.day }.days())
        .map(|days| Moment(((days * 86_400) + second - 8 * 3600) * 1000))
        .min_by_key(|moment| (moment.0 - at.0).abs())
}

/// A slip record that is as new as its approval.
pub(crate) const fn fresh_slip() -> SlipLife {
    SlipLife { merchant: PaperFate::Rendered, cardholder: PaperFate::Rendered, reprints: 0 }
}

/// What the journal keeps of an approval.
pub(crate) fn take_over(exchange: &mut Exchange, at: Moment, message: &Message) {
    exchange.code = message.code;
    exchange.rrn = message.rrn;
    exchange.auth = message.auth;
    exchange.settlement = message.settlement;
    exchange.expiry = message.expiry.or(exchange.expiry);
    exchange.host_at = host_moment(at, message);
    exchange.institutions = message.institutions.unwrap_or_default();
    if let (Some(pan), 0) = (&message.pan, exchange.entry.0 / 10) {
        // No card was read here: the acquirer tells whose it is.
        exchange.card = pan.tail();
    }
}

/// The outcome of an answer whose MTI and F11 fit.
pub(crate) fn outcome(exchange: &Exchange, message: &Message, mac_good: bool, bare_declines: bool) -> Outcome {
    let Some(code) = message.code else { return Outcome::Doubt(Doubt::Contradiction) };
    let said = code.outcome();
    // A decline may leave fields out; an approval must repeat every one.
    let approves = said == Outcome::Approved;
    let differs = |same: Option<bool>| same.map_or(approves, |same| !same);
    let shape = exchange.kind.shape();
    let wrong = differs(message.processing.map(|processing| processing == shape.processing))
        || differs(message.terminal.map(|terminal| terminal == exchange.key.terminal))
        || differs(message.merchant.map(|merchant| merchant == exchange.key.merchant))
        || (exchange.amount.is_some() && differs(message.amount.map(|amount| Some(amount) == exchange.amount)));
    match said {
        _ if wrong => Outcome::Doubt(Doubt::Contradiction),
        Outcome::Approved if !mac_good => Outcome::Doubt(Doubt::BadMac),
        Outcome::Declined(code) if !mac_good && !bare_declines => Outcome::Doubt(Doubt::UnprovenDecline(code)),
        // "Nothing was done" (rules 4) is true of the copy that the acquirer heard. Before the sale goes again under a new number
        // its reversal buries whatever copy may still come.
        Outcome::Declined(code) if wants_sign_on(code) => Outcome::Doubt(Doubt::UnprovenDecline(code)),
        said => said,
    }
}

/// Codes whose advice is to sign on again and send the transaction again: the acquirer did nothing (rules 4).
fn wants_sign_on(code: ResponseCode) -> bool {
    [ResponseCode::SIGN_ON_AGAIN, ResponseCode::MAC_ERROR, ResponseCode::PIN_FORMAT].contains(&code)
}

impl Seat<'_, '_> {
    /// 0110, 0210.
    pub fn heard_answer(&mut self, message: &Message) {
        let fits = |key: &slipway_terms::TillKey| {
            Some(key.stan) == message.stan && message.batch().is_none_or(|batch| batch == key.batch)
        };
        let Some(exchange) = self.till.last.filter(fits).and_then(|key| self.facts.get::<Exchange>(&key)) else {
            return self.d.count("late answer");
        };
        if exchange.standing != Standing::Sent || message.mti != exchange.kind.shape().mti.answer() {
            return self.d.count("late answer");
        }
        let mut exchange = exchange.clone();
        exchange.at = self.at;
        self.off_wire(Work::Request(exchange.key));
        match outcome(&exchange, message, self.mac_good(), self.config().bare_declines) {
            Outcome::Approved if self.chip_has_the_word(&exchange, message) => {}
            Outcome::Approved => self.approved(exchange, message),
            Outcome::Declined(code) => self.declined(exchange, code),
            Outcome::Doubt(doubt) => {
                let auth = message.auth.filter(|_| doubt == Doubt::BadMac);
                self.doubt(exchange, doubt, auth);
            }
        }
    }

    pub fn approved(&mut self, mut exchange: Exchange, message: &Message) {
        let key = exchange.key;
        exchange.standing = Standing::Approved;
        take_over(&mut exchange, self.at, message);
        self.drop_order();
        if exchange.kind == Kind::Balance {
            self.show(screen::balance(message.balance));
            return self.d.put(&key, exchange);
        }
        // One commit: approved, reversal over, slip record there. From here on paper is reprinted, never reversed.
        exchange.slip = Some(fresh_slip());
        self.end_pending(&key);
        self.till.last_slip = Some(key);
        let copies = [slipway_terms::Copy::Merchant, slipway_terms::Copy::Cardholder];
        let slip = self.print_copies(&exchange, &copies, false);
        if exchange.kind.shape().moves_money() {
            // The merchant is paid on it.
            let due = self.at.plus_ms(self.config().times.confirm_no_word_ms);
            self.d.put(&key, Confirm { key, sends: 0, due, slip: Some(alloc::boxed::Box::new(slip)) });
            self.d.due(due, Timer::ConfirmDue(key, 0));
        } else {
            // A hold pays nobody: nothing is confirmed, but its slip is archived too.
            self.hand_in_slip(key, slip);
        }
        self.show(screen::approved(&exchange));
        self.d.put(&key, exchange);
    }

    fn declined(&mut self, mut exchange: Exchange, code: ResponseCode) {
        exchange.standing = Standing::Declined(code);
        exchange.code = Some(code);
        if exchange.kind.shape().reversible {
            self.end_pending(&exchange.key);
        }
        self.d.put(&exchange.key.clone(), exchange.clone());
        if self.sign_on_and_again(code) {
            return;
        }
        self.drop_order();
        let original = exchange.about.as_ref().and_then(|about| about.key);
        match original.and_then(|key| self.facts.get::<Exchange>(&key)) {
            // Too late to be undone whole: the refund is offered filled in (rules 3).
            Some(original)
                if code == ResponseCode::TOO_LATE && exchange.kind.voids() && original.kind != Kind::PreAuth =>
            {
                self.offer(Kind::Refund, original);
            }
            _ => self.show(screen::declined(exchange.kind, code)),
        }
    }

    /// Follows the advice of 77, A0 and 99 once per transaction: sign on, send what is stored, then the transaction again
    /// under a new number. `false` if the code advises nothing of the kind.
    fn sign_on_and_again(&mut self, code: ResponseCode) -> bool {
        if !wants_sign_on(code) {
            return false;
        }
        self.till.signed_on = false;
        let Some(order) = self.note.order.as_mut().filter(|order| order.ready && !order.again) else { return false };
        order.again = true;
        self.chip_again();
        self.proceed();
        true
    }

    /// The fate is not known: the stored reversal is open from this commit on.
    pub fn doubt(&mut self, mut exchange: Exchange, doubt: Doubt, auth: Option<slipway_terms::AuthCode>) {
        let key = exchange.key;
        exchange.standing = Standing::Doubtful(doubt);
        exchange.at = self.at;
        if let Doubt::HostUnsure(code) | Doubt::UnprovenDecline(code) = doubt {
            exchange.code = Some(code);
        }
        let stored = self.facts.get::<Pending>(&key).cloned();
        if let Some(mut pending) = stored {
            pending.state = PendingState::Open;
            pending.tries = 0;
            pending.advice.code = Some(doubt.reason());
            pending.advice.auth = auth.or(pending.advice.auth);
            self.d.put(&key, pending);
            self.arm_idle(self.config().times.idle_ms);
        }
        let shown = exchange.clone();
        self.d.put(&key, exchange);
        if let Doubt::UnprovenDecline(code) = doubt
            && self.sign_on_and_again(code)
        {
            return;
        }
        if self.ready() {
            self.drop_order();
        }
        self.show(screen::doubt(&shown, doubt, self.waited()));
    }

    /// No answer in time.
    pub fn answer_due(&mut self, key: &slipway_terms::TillKey) {
        let Some(exchange) = self.facts.get::<Exchange>(key).filter(|e| e.standing == Standing::Sent) else { return };
        self.off_wire(Work::Request(*key));
        self.d.count(self.waited().fault.counted());
        self.doubt(exchange.clone(), Doubt::NoAnswer, None);
    }
}
