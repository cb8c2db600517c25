//! Operator sign-in. Passwords are checked by the vault against stored values; nothing but signing in works without one. Wrong
//! tries count through every power-off: a plug is no way around a lock.

use crate::seat::Seat;
use crate::staff::{self, ADMINISTRATOR, SUPERVISOR};
use crate::{Dialog, Profile, TerminalBank, What, screen};
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Facts, Show, Told};
use slipway_terms::{Moment, OperatorNo, Pin, Short};

/// Wrong passwords in a row that lock a terminal for its cashiers.
const WRONG_MAX: u8 = 3;
/// Wrong passwords in a row that lock out the supervisor, or make the administrator wait.
const WRONG_ABOVE_MAX: u8 = 5;
/// How long the administrator, whom nobody can open, waits after each further wrong one.
const ADMINISTRATOR_WAITS_MS: i64 = 600_000;

/// What wrong passwords have locked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Locks {
    /// Wrong ones in a row for the supervisor.
    pub supervisor: u8,
    /// Wrong ones in a row for the administrator.
    pub administrator: u8,
    /// Until when the administrator waits.
    pub administrator_until: Option<Moment>,
}

/// The vault's question for this password; `None` if there is no such operator.
pub(crate) fn password_ask(
    profile: &Profile,
    seen: &Facts<'_, TerminalBank>,
    no: OperatorNo,
    password: &Pin,
) -> Option<Ask> {
    let value = staff::of(profile, seen).member(no)?.value;
    Some(Ask::PasswordRight(profile.password_key, password.clone(), value))
}

impl Seat<'_, '_> {
    /// An operator keyed number and password.
    pub fn sign_in(&mut self, no: OperatorNo, password: &Pin) {
        self.note.dialog = Dialog::Idle;
        if self.ready() {
            return self.show(screen::please_wait());
        }
        if let Err(show) = self.password_right(no, password) {
            return self.show(show);
        }
        let shipped = self.staff().member(no).is_some_and(|member| member.shipped);
        if shipped && !self.profile.test {
            // A password that somebody else knows is no password.
            self.note.operator = None;
            self.note.order = None;
            self.note.dialog = Dialog::NewPassword(no, Short::EMPTY);
            return self.show(screen::change_password(no));
        }
        self.signed_in(no);
    }

    /// The right one: at work.
    pub fn signed_in(&mut self, no: OperatorNo) {
        self.note.operator = Some(no);
        self.note.order = None;
        self.deed(What::SignedIn);
        self.show(self.resting());
        if !self.till.signed_on && self.note.work.is_none() && self.note.line != Some(false) {
            self.sign_on();
        }
    }

    /// Checks a password; the screen to show if it is not right. An unknown operator is told the same as a wrong password.
    pub fn password_right(&mut self, no: OperatorNo, password: &Pin) -> Result<(), Show> {
        if self.is_locked(no) {
            return Err(self.locked(no));
        }
        match password_ask(self.profile, self.facts, no, password).and_then(|ask| self.facts.told(&ask)) {
            Some(Told::Yes) => {
                self.opens(no);
                Ok(())
            }
            Some(Told::Unavailable | Told::NoKey) => Err(screen::vault_down()),
            _ => Err(self.wrong_password(no)),
        }
    }

    fn is_locked(&self, no: OperatorNo) -> bool {
        match no {
            ADMINISTRATOR => self.till.locks.administrator_until.is_some_and(|until| self.at < until),
            SUPERVISOR => self.till.locks.supervisor >= WRONG_ABOVE_MAX,
            _ => self.till.passwords_wrong >= WRONG_MAX,
        }
    }

    fn locked(&self, no: OperatorNo) -> Show {
        match no {
            ADMINISTRATOR => screen::administrator_waits(),
            SUPERVISOR => screen::supervisor_locked(),
            _ => screen::locked(),
        }
    }

    /// A right password opens its own lock, the supervisor's also that of the cashiers, the administrator's every one.
    fn opens(&mut self, no: OperatorNo) {
        let before = (self.till.passwords_wrong, self.till.locks);
        if no == ADMINISTRATOR {
            self.till.locks = Locks::default();
        }
        if no == SUPERVISOR {
            self.till.locks.supervisor = 0;
        }
        self.till.passwords_wrong = 0;
        if before.0 >= WRONG_MAX || before.1.supervisor >= WRONG_ABOVE_MAX {
            self.deed(What::Opened);
        }
    }

    fn wrong_password(&mut self, no: OperatorNo) -> Show {
        self.d.count("wrong operator password");
        self.deed(What::WrongPassword(no));
        let (count, most) = match no {
            ADMINISTRATOR => (&mut self.till.locks.administrator, WRONG_ABOVE_MAX),
            SUPERVISOR => (&mut self.till.locks.supervisor, WRONG_ABOVE_MAX),
            _ => (&mut self.till.passwords_wrong, WRONG_MAX),
        };
        *count = count.saturating_add(1);
        let left = most.saturating_sub(*count);
        if left > 0 {
            return screen::wrong_password(left);
        }
        if no == ADMINISTRATOR {
            self.till.locks.administrator_until = Some(self.at.plus_ms(ADMINISTRATOR_WAITS_MS));
        }
        self.deed(What::Locked(no));
        self.locked(no)
    }
}
