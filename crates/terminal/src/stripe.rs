//! The card in the hand: stripe, key entry, the number shown and confirmed, the PIN pad. A misread uses up no number and no
//! STAN; each kind of misread has its own words.

use crate::need::Asks;
use crate::seat::Seat;
use crate::{Blacklist, Card, Dialog, Profile, screen};
use slipway_node::{Ask, CardRead, Told};
use slipway_terms::{Expiry, Kind, Pan, Pin};

/// The vault's question for a card number that must outlive a power cut.
pub(crate) fn seal_ask(profile: &Profile, pan: &Pan) -> Ask {
    Ask::Seal(profile.seal_key, pan.clone())
}

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
            CardRead::Chip(chip) => return self.chip_read(chip),
            CardRead::Stripe(track) => track,
        };
        if self.note.order.as_ref().is_some_and(|order| order.kind == Kind::Moto) {
            return self.show(screen::key_the_card());
        }
        let Ok(pan) = track.pan() else { return self.show(screen::unreadable()) };
        // The chip is on the card: falling back to the stripe is refused (rules 10).
        if matches!(track.service_first(), Some(2 | 6)) {
            return self.show(screen::insert_chip());
        }
        self.card_in_hand(Card { pan, track: Some(track.clone()), expiry: None, sealed: None, chip: None });
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
        self.card_in_hand(Card { pan: pan.clone(), track: None, expiry: Some(expiry), sealed: None, chip: None });
    }

    pub fn card_in_hand(&mut self, mut card: Card) {
        let tail = card.pan.tail();
        let Some(order) = self.note.order.as_ref() else { return };
        if self.facts.get::<Blacklist>(&self.id).is_some_and(|list| list.names(&card.pan)) {
            self.drop_order();
            return self.show(screen::blacklisted());
        }
        // Money goes back only to the card it came from, and nobody voids another customer's purchase (rules 3).
        if order.about.as_ref().and_then(|about| about.card).is_some_and(|original| original != tail) {
            return self.show(screen::other_card());
        }
        if order.kind.shape().is_advice() {
            let Some(Told::Sealed(sealed)) = self.facts.told(&seal_ask(self.profile, &card.pan)) else {
                self.drop_order();
                return self.show(screen::vault_down());
            };
            card.sealed = Some(sealed.clone());
        }
        let Some(order) = self.note.order.as_mut() else { return };
        order.card = Some(card);
        let amount = order.amount;
        self.note.dialog = Dialog::Check;
        self.show(screen::check_card(tail, amount));
    }

    /// The number on the screen was confirmed: the same card and amount as an open payment is stopped.
    pub fn card_confirmed(&mut self) {
        let Some(order) = &self.note.order else { return };
        match self.open_twin(order).map(|first| first.key) {
            Some(first) => self.stop_second(first),
            None => self.ask_pin(),
        }
    }

    /// Opens the PIN pad, if the kind and the profile have one.
    pub fn ask_pin(&mut self) {
        let Some(order) = &self.note.order else { return };
        let asks = self.asks_pin(order.kind);
        if asks == Asks::Not || self.taps_without_pin() {
            return self.keyed_to_the_end();
        }
        self.show(screen::pin(order.amount, asks == Asks::May));
        self.note.dialog = Dialog::Pin;
    }

    /// The PIN pad was left.
    pub fn pin_keyed(&mut self, pin: Option<&Pin>) {
        if self.note.dialog != Dialog::Pin {
            return self.d.count("PIN without a question");
        }
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return };
        if pin.is_none() && self.asks_pin(kind) == Asks::Must {
            return self.show(screen::pin_needed(kind));
        }
        if let Some(order) = self.note.order.as_mut() {
            order.pin = pin.cloned();
        }
        self.keyed_to_the_end();
    }
}
