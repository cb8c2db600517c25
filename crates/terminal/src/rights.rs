//! Somebody's word: what the one who is signed in may not make alone, another who may can allow at its side. A wrong password
//! here counts as one at sign-in.

use crate::seat::Seat;
use crate::{Dialog, Order, What, screen};
use slipway_terms::{OperatorNo, Pin, Short};

impl Seat<'_, '_> {
    /// Whether nobody who may has allowed this order yet.
    pub fn needs_word(&self, order: &Order) -> bool {
        order.allowed.is_none() && !self.may(order.kind)
    }

    /// Somebody gives the word for the transaction at hand.
    pub fn allow(&mut self, no: OperatorNo, password: &Pin) {
        if let Dialog::LetGo(second, _) = self.note.dialog {
            return self.word_for_second(second, no, password);
        }
        if !matches!(self.note.dialog, Dialog::Allow(_)) {
            return self.d.count("word without a question");
        }
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return };
        if !self.staff().member(no).is_some_and(|member| member.rights.has(kind)) {
            self.note.dialog = Dialog::Allow(Short::EMPTY);
            return self.show(screen::may_not_allow(kind));
        }
        if let Err(show) = self.password_right(no, password) {
            // What nobody allowed ends here.
            self.drop_order();
            return self.show(show);
        }
        self.deed(What::Allowed(kind));
        if let Some(order) = self.note.order.as_mut() {
            order.allowed = Some(no);
        }
        self.next_need();
    }
}
