//! The confirmation (0620, 60.3 = 953): "this exchange has a slip record". Repeated until answered; never sent for anything
//! without a slip record, because the merchant is paid on it (rules 1).

use crate::seat::Seat;
use crate::{Confirm, Exchange, Standing, Timer};
use slipway_terms::handed::answered;
use slipway_terms::{Message, Mti, ResponseCode, Till60, TillKey};

/// 60.3 of a confirmation.
const MANAGEMENT: u16 = 953;

/// Answers after which repeating is of no use: 00 confirmed; 25 unknown there, 22 undone there, 64 differs, 12 no sale.
const FINAL: [ResponseCode; 5] = [
    ResponseCode::APPROVED,
    ResponseCode::NO_ORIGINAL,
    ResponseCode::TOO_LATE,
    ResponseCode::DIFFERS_FROM_ORIGINAL,
    ResponseCode::INVALID_TRANSACTION,
];

/// Which confirmation a 0630 answers.
pub(crate) fn confirmed_key(seat: slipway_terms::TerminalId, message: &Message) -> Option<TillKey> {
    message.till_key().filter(|key| key.terminal == seat)
}

impl Seat<'_, '_> {
    /// Time to confirm.
    pub fn confirm_due(&mut self, key: &TillKey, sends: u32) {
        if let Some(confirm) = self.facts.get::<Confirm>(key).filter(|confirm| confirm.sends == sends) {
            self.send_confirmation(&confirm.clone());
        }
    }

    /// Sends a confirmation, and arms its repeat.
    pub fn send_confirmation(&mut self, confirm: &Confirm) {
        let Confirm { key, sends, .. } = confirm;
        let sends = *sends;
        let Some(exchange) = self.facts.get::<Exchange>(key) else { return };
        if exchange.standing != Standing::Approved || exchange.slip.is_none() {
            return;
        }
        let waits = self.config().times.confirm_repeat_ms;
        let wait = waits[usize::try_from(sends).unwrap_or(usize::MAX).min(waits.len() - 1)];
        if self.note.line == Some(false) || !self.has_keys() {
            return self.due(waits[0], Timer::ConfirmDue(*key, sends));
        }
        let shape = exchange.kind.shape();
        let mut message = self.signed(Message::new(Mti(620)));
        message.processing = Some(shape.processing);
        message.amount = exchange.amount;
        message.stan = Some(key.stan);
        message.rrn = exchange.rrn;
        message.auth = exchange.auth;
        message.till60 = Some(Till60::management(key.batch, MANAGEMENT));
        if confirm.slip.is_some() {
            let exchange = exchange.clone();
            message.private62 = self.handed_slip(&exchange, confirm.slip.as_deref(), 0).bytes();
        }
        self.send_coded(message);
        let due = self.at.plus_ms(wait);
        self.d.put(key, Confirm { sends: confirm.sends.saturating_add(1), due, ..confirm.clone() });
        self.d.due(due, Timer::ConfirmDue(*key, sends.saturating_add(1)));
    }

    /// 0630.
    pub fn heard_confirmation(&mut self, message: &Message) {
        let found = confirmed_key(self.id, message).and_then(|key| self.facts.get::<Confirm>(&key));
        let Some(confirm) = found else { return self.d.count("late answer") };
        let code = message.code.unwrap_or(ResponseCode::FORMAT_ERROR);
        if code == ResponseCode::MAC_ERROR {
            // The keys are not the acquirer's any more: without a sign-on every repeat would be in vain.
            self.till.signed_on = false;
            if self.note.work.is_none() && self.note.line != Some(false) {
                self.sign_on();
            }
        }
        if !self.mac_good() {
            return self.d.count("confirmation answer without good MAC");
        }
        if !FINAL.contains(&code) {
            // 96 and the like: the acquirer does not know yet; the repeat asks again.
            return self.d.count("confirmation refused");
        }
        self.d.end::<Confirm>(&confirm.key);
        self.page_came(
            &confirm.key.clone(),
            message.private62.as_deref().and_then(answered).and_then(|(_, page)| page),
        );
        if code != ResponseCode::APPROVED
            && let Some(exchange) = self.facts.get::<Exchange>(&confirm.key)
        {
            // The acquirer undid or never knew what has a slip here: a case for people, kept in the journal.
            self.d.count("confirmation contradicted");
            self.d.put(&confirm.key, Exchange { confirmed: Some(code), ..exchange.clone() });
        }
        if self.note.clearing.is_some() {
            self.step_soon();
        }
    }
}
