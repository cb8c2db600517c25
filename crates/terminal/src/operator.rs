//! Operator sign-in. Passwords are checked by the vault against stored values; nothing but signing in works without one.

use crate::seat::Seat;
use crate::{Profile, screen};
use slipway_node::{Ask, Show, Told};
use slipway_terms::{OperatorNo, Pin};

/// Wrong passwords in a row that lock a terminal for all but the supervisor.
const WRONG_MAX: u8 = 3;
/// The supervisor, who alone opens a locked terminal.
pub(crate) const SUPERVISOR: OperatorNo = OperatorNo(0);

/// The vault's question for this password; `None` if there is no such operator.
pub(crate) fn password_ask(profile: &Profile, no: OperatorNo, password: &Pin) -> Option<Ask> {
    let operator = profile.operators.iter().find(|operator| operator.no == no)?;
    Some(Ask::PasswordRight(profile.password_key, password.clone(), operator.value))
}

impl Seat<'_, '_> {
    /// An operator keyed number and password.
    pub fn sign_in(&mut self, no: OperatorNo, password: &Pin) {
        self.note.dialog = crate::Dialog::Idle;
        if self.ready() {
            return self.show(screen::please_wait());
        }
        if let Err(show) = self.password_right(no, password) {
            return self.show(show);
        }
        self.note.operator = Some(no);
        self.note.order = None;
        self.show(self.resting());
        if !self.till.signed_on && self.note.work.is_none() && self.note.line != Some(false) {
            self.sign_on();
        }
    }

    /// Checks a password; the screen to show if it is not right. An unknown operator is told the same as a wrong password.
    pub fn password_right(&mut self, no: OperatorNo, password: &Pin) -> Result<(), Show> {
        if self.till.passwords_wrong >= WRONG_MAX && no != SUPERVISOR {
            return Err(screen::locked());
        }
        match password_ask(self.profile, no, password).and_then(|ask| self.facts.told(&ask)) {
            Some(Told::Yes) => {
                self.till.passwords_wrong = 0;
                Ok(())
            }
            Some(Told::Unavailable | Told::NoKey) => Err(screen::vault_down()),
            _ => {
                self.till.passwords_wrong = self.till.passwords_wrong.saturating_add(1);
                let left = WRONG_MAX.saturating_sub(self.till.passwords_wrong);
                self.d.count("wrong operator password");
                Err(if left == 0 { screen::locked() } else { screen::wrong_password(left) })
            }
        }
    }
}
