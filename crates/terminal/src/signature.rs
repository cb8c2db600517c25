//! The signature on the merchant's copy: the cashier confirms it with one key. A slip that is not signed is archived as such,
//! and the void is offered (rules 10); the payment itself is never touched by a missing signature.

use crate::original::Kinds;
use crate::seat::Seat;
use crate::{Exchange, Verify, What, screen};
use slipway_terms::{Kind, TillKey, Verification};

impl Seat<'_, '_> {
    /// What stands in place of the signature line.
    pub fn verification(&self, exchange: &Exchange) -> Verification {
        match (exchange.kind, self.profile.trade.cardholder) {
            (Kind::Moto, _) => Verification::CardAbsent,
            (Kind::Sale, _) if exchange.entry.contactless() && !exchange.entry.with_pin() => {
                Verification::NoPinNoSignature
            }
            (Kind::Sale | Kind::PreAuth | Kind::OfflineSale, Verify::None) => Verification::NoPinNoSignature,
            (Kind::Sale | Kind::PreAuth, Verify::Pin) => Verification::Pin,
            _ => Verification::Signature,
        }
    }

    /// Both copies are out: the cashier looks at the signature. Never in the way of the next transaction.
    pub fn ask_signature(&mut self, exchange: &Exchange) {
        let wanted = self.verification(exchange) == Verification::Signature && exchange.signed.is_none();
        if wanted && self.note.order.is_none() && self.till.last_slip == Some(exchange.key) {
            self.note.signing = Some(exchange.key);
            self.tell(screen::signature(exchange));
        }
    }

    /// The cashier's word on the signature of the last slip.
    pub fn signature(&mut self, fits: bool) {
        // Without a question on the screen only the slip of the very last transaction is meant, never an older customer's.
        let last = self.till.last_slip.filter(|key| self.till.last == Some(*key));
        let Some(key) = self.note.signing.take().or(last) else {
            return self.show(screen::nothing_to_sign());
        };
        self.signature_of(&key, fits);
    }

    /// "Not signed" was a slip of the finger: the question stands again.
    pub fn signature_again(&mut self, key: &TillKey) {
        self.note.dialog = crate::Dialog::Idle;
        match self.facts.get::<Exchange>(key).filter(|exchange| exchange.signed == Some(false)) {
            Some(exchange) => {
                self.note.signing = Some(*key);
                self.show(screen::signature(exchange));
            }
            None => self.show(screen::idle()),
        }
    }

    fn signature_of(&mut self, key: &TillKey, fits: bool) {
        let Some(exchange) = self.facts.get::<Exchange>(key).filter(|exchange| exchange.stands()) else {
            return self.show(screen::nothing_to_sign());
        };
        if self.verification(exchange) != Verification::Signature {
            return self.show(screen::nothing_to_sign());
        }
        if exchange.signed != Some(fits) {
            self.d.put(key, Exchange { signed: Some(fits), ..exchange.clone() });
            if !fits {
                self.deed(What::NotSigned(key.stan));
            }
            self.hand_in_word(key, fits);
        }
        match exchange.kind.void().filter(|_| !fits) {
            Some(void) => drop(self.offer(void, exchange)),
            None if fits => self.show(screen::idle()),
            None => self.show(screen::not_signed(exchange)),
        }
    }
}
