//! The guard against the second swipe: while the first payment of the same card and amount is open, nothing is used up for another
//! one. The cashier sees the first one's number, time and promise, and asks for its fate; or the supervisor lets the second go for a
//! reason out of a closed list, and then each names the other for ever.

use crate::keypad::typed;
use crate::seat::Seat;
use crate::staff::SUPERVISOR;
use crate::{Dialog, Exchange, Order, Standing, What, screen};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::KeyPress;
use slipway_terms::{Kind, Message, OperatorNo, PayAgain, Pin, Second, Short, TillKey};

/// The other end of a link: which payments were let go while this one was open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PaidAgain {
    /// The first payment.
    pub first: TillKey,
    /// Those after it, oldest first.
    pub seconds: Vec<TillKey>,
}

/// Kinds that take a payment from a card that is there: of these nobody means to make the same one twice.
const fn pays(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::Moto | Kind::OfflineSale)
}

impl Seat<'_, '_> {
    /// The newest open payment of the same card and amount. Open: in doubt, with people, or approved while nobody knows whether its
    /// slip is out.
    pub fn open_twin(&self, order: &Order) -> Option<&Exchange> {
        let tail = order.card.as_ref().map(|card| card.pan.tail())?;
        let known = self.till.pending.iter().chain(&self.till.last).chain(&self.till.last_slip);
        let lines = known.filter_map(|key| self.facts.get::<Exchange>(key));
        let same = |line: &&Exchange| pays(line.kind) && line.card == tail && line.amount == order.amount;
        let open = |line: &&Exchange| match line.standing {
            Standing::Approved => {
                let here = line.key.batch == self.till.batch && line.confirmed.is_none();
                here && line.slip.is_some_and(|life| !life.printed()) && line.followers.is_empty()
            }
            _ => line.open(),
        };
        lines.filter(|_| pays(order.kind)).filter(same).filter(open).max_by_key(|line| (line.sent_at, line.key))
    }

    /// The first one stands on the screen: wait and ask, override, or leave.
    pub fn stop_second(&mut self, first: TillKey) {
        let Some(exchange) = self.facts.get::<Exchange>(&first) else { return };
        self.d.count("second swipe stopped");
        self.note.dialog = Dialog::Twice(first);
        let promise = exchange.sent_at.plus_ms(self.config().times.promise_ms);
        self.show(screen::twice(exchange, promise));
    }

    /// A key while it stands there.
    pub fn twice_key(&mut self, first: TillKey, key: KeyPress) {
        match key {
            // Something else is on the wire: a moment later it can be asked.
            KeyPress::Enter if self.note.work.is_some() => self.show(screen::please_wait()),
            KeyPress::Enter => {
                self.drop_order();
                self.ask_about(first);
            }
            KeyPress::Clear => {
                self.note.dialog = Dialog::Why(first);
                self.show(screen::why_again());
            }
            _ => self.stop_second(first),
        }
    }

    /// A key while the reason is chosen.
    pub fn why_key(&mut self, first: TillKey, key: KeyPress) {
        match key {
            KeyPress::Digit(digit) => match PayAgain::of(digit) {
                Some(reason) => self.pay_again(first, reason),
                None => self.show(screen::why_again()),
            },
            KeyPress::Clear => self.stop_second(first),
            _ => self.show(screen::why_again()),
        }
    }

    /// The reason was chosen, by key or at once.
    pub fn reason_given(&mut self, reason: PayAgain) {
        match self.note.dialog {
            Dialog::Twice(first) | Dialog::Why(first) => self.pay_again(first, reason),
            _ => self.d.count("reason without a question"),
        }
    }

    fn pay_again(&mut self, first: TillKey, reason: PayAgain) {
        let slip = self.facts.get::<Exchange>(&first).map(|exchange| exchange.slip.is_some());
        let second = Second { first, reason: Some(reason), slip };
        if self.note.operator == Some(SUPERVISOR) {
            return self.let_go(second, SUPERVISOR);
        }
        self.note.dialog = Dialog::LetGo(second, Short::EMPTY);
        self.show(screen::let_go(reason, 0));
    }

    /// A key of the supervisor's password.
    pub fn let_go_key(&mut self, second: Second, digits: Short<12>, key: KeyPress) {
        let digits = match (key, Pin::new(digits.as_str())) {
            (KeyPress::Enter, Ok(password)) => return self.word_for_second(second, SUPERVISOR, &password),
            (key, _) => typed(digits, key),
        };
        self.note.dialog = Dialog::LetGo(second, digits);
        self.show(screen::let_go(second.reason.unwrap_or(PayAgain::NoSlip), digits.as_str().len()));
    }

    /// Somebody gives the word for a second payment: the supervisor only, whoever may sell.
    pub fn word_for_second(&mut self, second: Second, no: OperatorNo, password: &Pin) {
        if no != SUPERVISOR {
            let kind = self.note.order.as_ref().map_or(Kind::Sale, |order| order.kind);
            self.note.dialog = Dialog::LetGo(second, Short::EMPTY);
            return self.show(screen::may_not_allow(kind));
        }
        if let Err(show) = self.password_right(no, password) {
            self.drop_order();
            return self.show(show);
        }
        self.let_go(second, no);
    }

    fn let_go(&mut self, second: Second, by: OperatorNo) {
        self.deed(What::PaidAgain(second.first.stan, second.reason.unwrap_or(PayAgain::NoSlip)));
        self.d.count("second swipe let go");
        let Some(order) = self.note.order.as_mut() else { return };
        order.second = Some(second);
        order.allowed = Some(by);
        self.ask_pin();
    }

    /// The link is written with the second payment, in the journal and on the wire.
    pub fn link_second(&mut self, second: Option<Second>, message: &mut Message, exchange: &mut Exchange) {
        let Some(second) = second else { return };
        message.private48 = Some(second.write());
        exchange.second = Some(second);
        let before = self.facts.get::<PaidAgain>(&second.first).cloned();
        let mut again = before.unwrap_or_else(|| PaidAgain { first: second.first, seconds: Vec::new() });
        again.seconds.push(exchange.key);
        self.d.put(&second.first, again);
    }
}
