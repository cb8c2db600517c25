//! What each kind of transaction needs before it is ready, and asking for it in one order: original, amount, somebody's word,
//! card, PIN. Nothing here leaves the terminal.

use crate::original::{self, Kinds, Refusal};
use crate::seat::Seat;
use crate::{Dialog, Exchange, Guard, Order, Verify, screen};
use slipway_node::Named;
use slipway_terms::{Amount, Kind, Short, TillKey};

impl Order {
    /// A fresh one.
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            about: None,
            amount: None,
            allowed: None,
            card: None,
            pin: None,
            ready: false,
            again: false,
            second: None,
        }
    }

    /// The amount is keyed; that of a void is the original's if it is known here, an inquiry has none.
    pub(crate) fn keys_amount(&self) -> bool {
        let elsewhere = self.about.as_ref().is_some_and(|about| about.amount.is_none());
        self.kind != Kind::Balance && (elsewhere || !self.kind.voids())
    }
}

impl Seat<'_, '_> {
    /// Begins a transaction of any kind with what is known of it; the rest is asked for.
    pub fn begin_kind(&mut self, kind: Kind, amount: Option<Amount>, named: Option<Named>) {
        self.drop_order();
        self.note.signing = None;
        if let Some(show) = self.not_offered(kind) {
            return self.show(show);
        }
        self.note.order = Some(Order::new(kind));
        if let Some(named) = named.filter(|_| kind.shape().names_original)
            && !self.name(named)
        {
            return;
        }
        match amount.filter(|_| self.note.order.as_ref().is_some_and(Order::keys_amount)) {
            Some(amount) => self.amount_keyed(amount),
            None => self.next_need(),
        }
    }

    /// Why this terminal does not offer a kind at all.
    fn not_offered(&self, kind: Kind) -> Option<slipway_node::Show> {
        if self.till.settling.is_some() {
            return Some(screen::settle_unfinished());
        }
        if self.keys_used_up() {
            return Some(screen::keys_used_up());
        }
        if self.note.operator == Some(crate::staff::ADMINISTRATOR) {
            return Some(screen::administrator_sells_not());
        }
        let offered = match kind {
            Kind::Moto => self.profile.trade.moto,
            Kind::Refund => self.refunds(),
            Kind::OfflineSale => self.offline_limits().count_max > 0,
            _ => true,
        };
        if kind == Kind::OfflineSale && !offered && self.till.parameters == crate::Parameters::default() {
            return Some(screen::offline_not_set());
        }
        if !offered {
            return Some(screen::not_offered(kind));
        }
        let full = kind.shape().is_advice() && self.till.advices.len() >= self.config().advices_max;
        full.then(screen::advices_full)
    }

    /// The original was named; `false` if it cannot be followed, and the screen says why.
    pub fn name(&mut self, named: Named) -> bool {
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return false };
        let found = self.by_name(kind, named).map(|exchange| exchange.key);
        match (found, named) {
            (Some(key), _) => self.name_line(&key),
            (None, Named::Reference(rrn, date)) if original::may_be_elsewhere(kind) => {
                self.about(crate::Original::elsewhere(rrn, date));
                true
            }
            (None, _) => self.refuse(Refusal::NotHere, None),
        }
    }

    fn about(&mut self, original: crate::Original) {
        if let Some(order) = self.note.order.as_mut() {
            if order.kind.voids() {
                order.amount = original.amount;
            }
            order.about = Some(original);
        }
    }

    /// The same for a line of the journal.
    fn name_line(&mut self, key: &TillKey) -> bool {
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return false };
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return self.refuse(Refusal::NotHere, None) };
        match self.judge(kind, exchange) {
            Ok(fate) => {
                self.about(Self::original(exchange, &fate));
                true
            }
            Err(refusal) => self.refuse(refusal, Some(exchange)),
        }
    }

    fn refuse(&mut self, refusal: Refusal, exchange: Option<&Exchange>) -> bool {
        let kind = self.drop_order().map_or(Kind::Sale, |order| order.kind);
        self.d.count("original refused");
        // Too late to be undone whole: the money goes back by a refund, which is offered filled in (rules 3).
        if let (Refusal::OtherBatch, Some(exchange)) = (refusal, exchange)
            && kind.voids()
        {
            return self.offer(Kind::Refund, exchange);
        }
        self.show(screen::refused(kind, refusal));
        false
    }

    /// Offers another transaction about the same original; Enter begins it. Always `false`: the one at hand has ended.
    pub fn offer(&mut self, kind: Kind, exchange: &Exchange) -> bool {
        self.note.dialog = Dialog::Offer(kind, exchange.key);
        self.show(screen::offer(kind, exchange));
        false
    }

    /// The offer was taken.
    pub fn offer_taken(&mut self, kind: Kind, key: &TillKey) {
        self.drop_order();
        if let Some(show) = self.not_offered(kind) {
            return self.show(show);
        }
        self.note.order = Some(Order::new(kind));
        if !self.name_line(key) {
            return;
        }
        // Filled in: all that may still be given back.
        let rest = self.rest_of(key);
        match rest.filter(|_| kind == Kind::Refund) {
            Some(rest) => self.amount_keyed(rest),
            None => self.next_need(),
        }
    }

    fn rest_of(&self, key: &TillKey) -> Option<Amount> {
        let fate = self.judge(Kind::Refund, self.facts.get::<Exchange>(key)?).ok()?;
        Amount::new(fate.total.minor().saturating_sub(fate.refunded), fate.total.currency()).ok()
    }

    /// An amount was keyed to its end: zero goes back, one outside its original's bounds too, a suspicious one is asked
    /// for again.
    pub fn amount_keyed(&mut self, amount: Amount) {
        let Some(order) = self.note.order.as_ref() else { return self.begin_kind(Kind::Sale, Some(amount), None) };
        let kind = order.kind;
        if amount.minor() == 0 {
            self.note.dialog = Dialog::Amount(0);
            return self.show(screen::amount(kind, amount));
        }
        if let Some(bound) = self.bound(order, amount) {
            self.note.dialog = Dialog::Amount(0);
            return self.show(bound);
        }
        let config = self.config();
        let guard = match amount.minor() {
            fen if config.ceiling_fen > 0 && fen > config.ceiling_fen => Some(Guard::Ceiling),
            fen if fen < config.floor_fen => Some(Guard::Floor),
            _ => None,
        };
        if let Some(order) = self.note.order.as_mut() {
            order.amount = Some(amount);
        }
        let Some(guard) = guard else { return self.next_need() };
        self.note.dialog = Dialog::Sure(guard);
        self.show(match guard {
            Guard::Ceiling => screen::ceiling(amount),
            Guard::Floor => screen::floor(amount),
        });
    }

    /// What an amount may not exceed, in words.
    fn bound(&self, order: &Order, amount: Amount) -> Option<slipway_node::Show> {
        if order.kind == Kind::OfflineSale {
            return self.offline_bound(amount);
        }
        let about = order.about.as_ref()?;
        let of = about.amount?;
        let percent = |max: u64| Amount::fen(of.minor().saturating_mul(max) / 100);
        let most = match order.kind {
            Kind::Refund => about.key.and_then(|key| self.rest_of(&key)).unwrap_or(of),
            Kind::Completion | Kind::CompletionAdvice => percent(self.config().completion_percent_max),
            Kind::Adjust if amount == of => return Some(screen::same_amount(amount)),
            Kind::Adjust => percent(self.adjust_percent()),
            _ => return None,
        };
        (amount.minor() > most.minor()).then(|| screen::too_much(order.kind, most))
    }

    /// Asks for the first thing that is still missing.
    pub fn next_need(&mut self) {
        let Some(order) = self.note.order.as_ref() else { return };
        let kind = order.kind;
        if kind.shape().names_original && order.about.is_none() {
            self.note.dialog = Dialog::Voucher(Short::EMPTY);
            return self.show(screen::voucher(kind, ""));
        }
        if order.amount.is_none() && order.keys_amount() {
            self.note.dialog = Dialog::Amount(0);
            return self.show(screen::amount(kind, Amount::fen(0)));
        }
        if self.needs_word(order) {
            self.note.dialog = Dialog::Allow(Short::EMPTY);
            return self.show(screen::allow(kind, 0));
        }
        if self.needs_card(kind) {
            return self.ask_card();
        }
        let show = screen::confirm(order);
        self.note.dialog = Dialog::Confirm;
        self.show(show);
    }

    /// The card is read: a refund goes only to the original card (rules 3), and nobody may take another's word for it.
    pub fn needs_card(&self, kind: Kind) -> bool {
        match kind {
            Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid | Kind::Completion => {
                self.config().void_needs_card
            }
            Kind::Adjust | Kind::CompletionAdvice => false,
            _ => true,
        }
    }

    /// Whether the PIN pad opens, and whether it may be left without a PIN.
    pub fn asks_pin(&self, kind: Kind) -> Asks {
        let cardholder = self.profile.trade.cardholder;
        match kind {
            Kind::Balance => Asks::Must,
            Kind::Sale | Kind::PreAuth => match cardholder {
                Verify::Pin | Verify::Both => Asks::Must,
                Verify::Signature => Asks::May,
                Verify::None => Asks::Not,
            },
            // Nobody is there, or there is no place for a PIN.
            Kind::Moto | Kind::Refund | Kind::OfflineSale | Kind::Adjust | Kind::CompletionAdvice => Asks::Not,
            _ if self.config().void_needs_pin && self.needs_card(kind) => Asks::Must,
            _ => Asks::Not,
        }
    }

    /// Everything is there: the order is ready, and goes as soon as nothing is in its way.
    pub fn keyed_to_the_end(&mut self) {
        self.note.dialog = Dialog::Idle;
        let Some(order) = self.note.order.as_mut() else { return };
        if order.kind == Kind::OfflineSale {
            return self.sell_offline();
        }
        order.ready = true;
        self.proceed();
    }
}

/// What the PIN pad is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asks {
    Must,
    May,
    Not,
}
