//! The card in the hand: stripe, key entry, the number shown and confirmed, the PIN pad. A misread uses up no number and no
//! STAN; each kind of misread has its own words.

use crate::seat::Seat;
use crate::{Card, Dialog, Exchange, screen};
use slipway_node::CardRead;
use slipway_terms::{Expiry, Kind, Pan, Pin};

impl Seat<'_, '_> {
    /// Asks for the card of the order at hand.
    pub fn ask_card(&mut self) {
        self.note.dialog = Dialog::Card;
        let Some(order) = &self.note.order else { return };
        self.show(screen::swipe(order.kind, order.amount));
    }

    /// A card was drawn.
    pub fn card_read(&mut self, read: &CardRead) {
        if self.note.dialog != Dialog::Card {
            return self.show(screen::amount_first());
        }
        let track = match read {
            CardRead::Unreadable => return self.show(screen::unreadable()),
            CardRead::WrongWay => return self.show(screen::wrong_way()),
            CardRead::TooShort => return self.show(screen::too_short()),
            CardRead::Stripe(track) => track,
        };
        let Ok(pan) = track.pan() else { return self.show(screen::unreadable()) };
        // The chip is on the card: falling back to the stripe is refused (rules 10).
        if matches!(track.service_first(), Some(2 | 6)) {
            return self.show(screen::insert_chip());
        }
        self.card_in_hand(Card { pan, track: Some(track.clone()), expiry: None });
    }

    /// A card number was keyed.
    pub fn card_keyed(&mut self, pan: &Pan, expiry: Expiry) {
        if self.note.dialog != Dialog::Card {
            return self.show(screen::amount_first());
        }
        if !self.profile.may_key_cards {
            return self.show(screen::no_key_entry());
        }
        if !pan.luhn() {
            return self.show(screen::wrong_number());
        }
        let today = self.at.plus_ms(self.till.clock_ahead_ms).date();
        let this_month = u16::try_from(today.year % 100).unwrap_or(0) * 100 + u16::from(today.month);
        if expiry.yymm() < this_month {
            return self.show(screen::expired());
        }
        self.card_in_hand(Card { pan: pan.clone(), track: None, expiry: Some(expiry) });
    }

    fn card_in_hand(&mut self, card: Card) {
        let tail = card.pan.tail();
        let Some(order) = self.note.order.as_mut() else { return };
        order.card = Some(card);
        let amount = order.amount;
        self.note.dialog = Dialog::Check;
        self.show(screen::check_card(tail, amount));
    }

    /// The number on the screen was confirmed: the same card and amount as an open exchange is asked for once more.
    pub fn card_confirmed(&mut self) {
        let Some(order) = &self.note.order else { return };
        let Some(tail) = order.card.as_ref().map(|card| card.pan.tail()) else { return };
        let open = self.till.pending.iter().filter_map(|key| self.facts.get::<Exchange>(key));
        let twin = open.into_iter().find(|e| order.kind == Kind::Sale && e.card == tail && e.amount == order.amount);
        match twin {
            Some(first) => {
                let show = screen::twice(first);
                self.note.dialog = Dialog::Twice;
                self.show(show);
            }
            None => self.ask_pin(),
        }
    }

    /// Opens the PIN pad.
    pub fn ask_pin(&mut self) {
        self.note.dialog = Dialog::Pin;
        let Some(order) = &self.note.order else { return };
        self.show(screen::pin(order.amount));
    }

    /// The PIN pad was left.
    pub fn pin_keyed(&mut self, pin: Option<&Pin>) {
        if self.note.dialog != Dialog::Pin {
            return self.d.count("PIN without a question");
        }
        let Some(order) = self.note.order.as_mut() else { return };
        if pin.is_none() && order.kind == Kind::Balance {
            return self.show(screen::pin_needed());
        }
        order.pin = pin.cloned();
        order.ready = true;
        self.note.dialog = Dialog::Idle;
        self.proceed();
    }
}
