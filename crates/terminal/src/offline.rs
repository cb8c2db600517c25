//! The offline sale: approved by the terminal itself within the limits of its profile, slip at once, uploaded later exactly
//! once. What is not uploaded counts against the limits, whatever the power does.

use crate::seat::Seat;
use crate::{Standing, answer, screen};
use slipway_node::Show;
use slipway_terms::{Amount, BatchNo, Copy, Kind};

impl Seat<'_, '_> {
    /// Why this amount cannot be sold without asking.
    pub fn offline_bound(&self, amount: Amount) -> Option<Show> {
        let limits = self.offline_limits();
        let open = self.till.offline;
        if amount.minor() > limits.single_fen {
            return Some(screen::too_much(Kind::OfflineSale, Amount::fen(limits.single_fen)));
        }
        let full = open.count >= limits.count_max || open.fen.saturating_add(amount.minor()) > limits.sum_fen;
        full.then(screen::offline_full)
    }

    /// Approves the sale at hand. It needs no line, but a batch: without one its slip would have no identity.
    pub fn sell_offline(&mut self) {
        let Some(order) = self.drop_order() else { return };
        let Some(amount) = order.amount else { return };
        if self.till.batch == BatchNo(0) {
            return self.show(screen::no_batch());
        }
        // An heir that the acquirer has not heard yet may not be the only one: its slips might never go up.
        if !self.batch_proven() || self.till.device.succeeds.is_some() {
            return self.show(screen::batch_unproven());
        }
        if let Some(show) = self.offline_bound(amount) {
            return self.show(show);
        }
        let Some((mut message, mut exchange)) = self.numbered(&order) else {
            return self.show(screen::vault_down());
        };
        let Some(card) = order.card.as_ref() else { return };
        let Some(sealed) = card.sealed.clone() else { return self.show(screen::vault_down()) };
        message.pan = Some(card.pan.clone());
        let key = exchange.key;
        exchange.standing = Standing::Approved;
        exchange.slip = Some(answer::fresh_slip());
        self.till.offline.count = self.till.offline.count.saturating_add(1);
        self.till.offline.fen = self.till.offline.fen.saturating_add(amount.minor());
        self.till.last = Some(key);
        self.till.last_slip = Some(key);
        self.store_advice(key, &message, Some(sealed), 0);
        let slip = self.print_copies(&exchange, &[Copy::Merchant, Copy::Cardholder], false);
        self.hand_in_slip(key, slip);
        self.show(screen::approved_offline(&exchange));
        self.d.put(&key, exchange);
    }

    /// One offline sale has reached the acquirer.
    pub fn offline_uploaded(&mut self, amount: Option<Amount>) {
        let open = &mut self.till.offline;
        open.count = open.count.saturating_sub(1);
        open.fen = open.fen.saturating_sub(amount.map_or(0, Amount::minor));
    }
}
