//! Somebody's word: void, refund, adjustment and offline sale need the supervisor, signed in or at the cashier's side. A wrong
//! password here counts as one at sign-in.

use crate::original::Kinds;
use crate::seat::Seat;
use crate::{Dialog, Order, operator, screen};
use slipway_terms::{Kind, OperatorNo, Pin, Short};

/// Kinds that need the supervisor's word.
pub(crate) fn needs_supervisor(kind: Kind) -> bool {
    kind.voids() || matches!(kind, Kind::Refund | Kind::Adjust | Kind::OfflineSale)
}

impl Seat<'_, '_> {
    /// Whether nobody who may has allowed this order yet.
    pub fn needs_word(&self, order: &Order) -> bool {
        needs_supervisor(order.kind) && order.allowed.is_none() && self.note.operator != Some(operator::SUPERVISOR)
    }

    /// Somebody gives the word for the transaction at hand.
    pub fn allow(&mut self, no: OperatorNo, password: &Pin) {
        if !matches!(self.note.dialog, Dialog::Allow(_)) {
            return self.d.count("word without a question");
        }
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return };
        if no != operator::SUPERVISOR {
            self.note.dialog = Dialog::Allow(Short::EMPTY);
            return self.show(screen::may_not_allow(kind));
        }
        match self.password_right(no, password) {
            Ok(()) => {}
            Err(show) => {
                // What nobody allowed ends here.
                self.drop_order();
                return self.show(show);
            }
        }
        if let Some(order) = self.note.order.as_mut() {
            order.allowed = Some(no);
        }
        self.next_need();
    }
}
