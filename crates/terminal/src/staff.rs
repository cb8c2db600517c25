//! Who works at a terminal: administrator 99, supervisor 00, cashiers 01 and on. Rights per kind, passwords by role, adding and
//! removing. The shipped password is changed at the first sign-in, but for test terminals.

use crate::original::Kinds;
use crate::seat::Seat;
use crate::{Dialog, Page, Profile, TerminalBank, What, screen};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Ask, Facts, KeyPress, Told, Wants};
use slipway_terms::{Kind, OperatorNo, Pin, SHAPES, Short, TerminalId};

/// Opens a locked terminal, gives the word for what cashiers may not.
pub(crate) const SUPERVISOR: OperatorNo = OperatorNo(0);
/// Sets passwords and people; makes no transaction.
pub(crate) const ADMINISTRATOR: OperatorNo = OperatorNo(99);
/// Most people of one terminal.
const MEMBERS_MAX: usize = 32;

/// Kinds that somebody may make or allow: one bit each, by their place in the table.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Rights(pub u16);

impl Rights {
    /// Every kind.
    pub const ALL: Self = Self(u16::MAX);

    /// What a cashier may without anybody's word.
    pub fn cashier() -> Self {
        let guarded = |kind: Kind| kind.voids() || matches!(kind, Kind::Refund | Kind::Adjust | Kind::OfflineSale);
        SHAPES.iter().filter(|shape| !guarded(shape.kind)).fold(Self(0), |all, shape| all.with(shape.kind))
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        Self(self.0 | Self::bit(kind))
    }

    /// Whether this kind is among them.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    fn bit(kind: Kind) -> u16 {
        SHAPES.iter().position(|shape| shape.kind == kind).map_or(0, |at| 1 << at)
    }
}

/// One of the staff.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Member {
    /// Number.
    pub no: OperatorNo,
    /// Verification value of the password.
    pub value: [u8; 16],
    /// What it may.
    pub rights: Rights,
    /// The password is the one it was given, not its own.
    pub shipped: bool,
}

/// The people of one terminal. Without a row: those of its profile.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Staff {
    /// DE 41.
    pub terminal: TerminalId,
    /// Who.
    pub members: Vec<Member>,
}

impl Staff {
    /// Those of a profile, as shipped.
    pub(crate) fn shipped(profile: &Profile) -> Self {
        let member = |operator: &crate::Operator| Member {
            no: operator.no,
            value: operator.value,
            rights: rights_of(operator.no),
            shipped: true,
        };
        Self { terminal: profile.terminal, members: profile.operators.iter().map(member).collect() }
    }

    pub(crate) fn member(&self, no: OperatorNo) -> Option<&Member> {
        self.members.iter().find(|member| member.no == no)
    }
}

fn rights_of(no: OperatorNo) -> Rights {
    match no {
        SUPERVISOR => Rights::ALL,
        ADMINISTRATOR => Rights::default(),
        _ => Rights::cashier(),
    }
}

/// Shortest password that may be set, by role.
const fn shortest(no: OperatorNo) -> usize {
    match no {
        ADMINISTRATOR => 8,
        SUPERVISOR => 6,
        _ => 4,
    }
}

/// The staff as known while wanting and deciding.
pub(crate) fn of(profile: &Profile, seen: &Facts<'_, TerminalBank>) -> Staff {
    seen.known::<Staff>(&profile.terminal).cloned().unwrap_or_else(|| Staff::shipped(profile))
}

/// The vault's question for a new password.
fn value_ask(profile: &Profile, password: &Pin) -> Ask {
    Ask::PasswordValue(profile.password_key, password.clone())
}

/// What Enter needs while a new password is keyed for the second time.
pub(crate) fn wants(dialog: &Dialog, profile: &Profile, out: &mut Wants) {
    if let Dialog::NewPasswordAgain(_, first, again) = dialog
        && first == again
        && let Ok(password) = Pin::new(first.as_str())
    {
        out.ask(value_ask(profile, &password));
    }
}

/// What a staff number is keyed for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum StaffAct {
    /// A new cashier.
    Add,
    /// Somebody leaves.
    Remove,
    /// A password was forgotten.
    Reset,
    /// A cashier may do without anybody's word what the supervisor may, or no longer.
    Trust,
}

impl Seat<'_, '_> {
    /// The staff.
    pub fn staff(&self) -> Staff {
        self.facts.get::<Staff>(&self.id).cloned().unwrap_or_else(|| Staff::shipped(self.profile))
    }

    /// Whether the one who is signed in may make this kind without anybody's word.
    pub fn may(&self, kind: Kind) -> bool {
        self.note.operator.is_some_and(|no| self.staff().member(no).is_some_and(|member| member.rights.has(kind)))
    }

    /// A choice on the page of operators.
    pub fn staff_key(&mut self, digit: u8) {
        let Some(own) = self.note.operator else { return };
        let act = match digit {
            1 => {
                self.note.dialog = Dialog::NewPassword(own, Short::EMPTY);
                return self.show(screen::new_password(own, 0, false));
            }
            2 => StaffAct::Add,
            3 => StaffAct::Remove,
            4 => StaffAct::Reset,
            5 => StaffAct::Trust,
            6 => return self.sign_out(),
            _ => return self.open_menu(Page::Staff),
        };
        if own != SUPERVISOR && own != ADMINISTRATOR {
            return self.show(screen::supervisor_only());
        }
        self.note.dialog = Dialog::StaffNo(act, Short::EMPTY);
        self.show(screen::staff_no(act, ""));
    }

    fn sign_out(&mut self) {
        self.deed(What::SignedOut);
        self.drop_order();
        (self.note.operator, self.note.signing) = (None, None);
        self.show(self.resting());
    }

    /// A staff number, digit by digit.
    pub fn staff_no_key(&mut self, act: StaffAct, digits: Short<2>, key: KeyPress) {
        if key != KeyPress::Enter {
            let digits = crate::keypad::typed(digits, key);
            self.note.dialog = Dialog::StaffNo(act, digits);
            return self.show(screen::staff_no(act, digits.as_str()));
        }
        let Ok(no) = digits.as_str().parse().map(OperatorNo) else { return self.show(screen::staff_no(act, "")) };
        self.note.dialog = Dialog::Idle;
        let staff = self.staff();
        let known = staff.member(no).is_some();
        let cashier = no != SUPERVISOR && no != ADMINISTRATOR;
        // The administrator alone may touch the supervisor, and nobody but itself the administrator.
        let may = cashier || (act == StaffAct::Reset && no == SUPERVISOR && self.note.operator == Some(ADMINISTRATOR));
        match act {
            _ if !may => self.show(screen::supervisor_only()),
            StaffAct::Add if known || staff.members.len() >= MEMBERS_MAX => self.show(screen::staff_refused(no, known)),
            StaffAct::Remove if !known => self.show(screen::staff_refused(no, known)),
            StaffAct::Reset | StaffAct::Trust if !known => self.show(screen::staff_refused(no, known)),
            StaffAct::Trust => self.trust(staff, no),
            StaffAct::Remove => {
                let mut staff = staff;
                staff.members.retain(|member| member.no != no);
                self.d.put(&self.id, staff);
                self.deed(What::Removed(no));
                self.show(screen::staff_done(no));
            }
            StaffAct::Add | StaffAct::Reset => {
                self.note.dialog = Dialog::NewPassword(no, Short::EMPTY);
                self.show(screen::new_password(no, 0, false));
            }
        }
    }

    /// Gives or takes back the rights beyond a cashier's.
    fn trust(&mut self, mut staff: Staff, no: OperatorNo) {
        let Some(member) = staff.members.iter_mut().find(|member| member.no == no) else { return };
        let trusted = member.rights != Rights::ALL;
        member.rights = if trusted { Rights::ALL } else { Rights::cashier() };
        self.d.put(&self.id, staff);
        self.deed(if trusted { What::Trusted(no) } else { What::Distrusted(no) });
        self.show(screen::trusted(no, trusted));
    }

    /// A new password, keyed twice.
    pub fn new_password_key(&mut self, dialog: Dialog, key: KeyPress) {
        match (dialog, key) {
            (Dialog::NewPassword(no, digits), KeyPress::Enter) if digits.as_str().len() >= shortest(no) => {
                self.note.dialog = Dialog::NewPasswordAgain(no, digits, Short::EMPTY);
                self.show(screen::new_password(no, 0, true));
            }
            (Dialog::NewPassword(no, _), KeyPress::Enter) => {
                self.note.dialog = Dialog::NewPassword(no, Short::EMPTY);
                self.show(screen::password_too_short(shortest(no)));
            }
            (Dialog::NewPasswordAgain(no, first, again), KeyPress::Enter) if first == again => {
                self.set_password(no, first)
            }
            (Dialog::NewPasswordAgain(no, ..), KeyPress::Enter) => {
                self.note.dialog = Dialog::NewPassword(no, Short::EMPTY);
                self.show(screen::passwords_differ());
            }
            (Dialog::NewPassword(no, digits), key) => {
                let digits = crate::keypad::typed(digits, key);
                self.note.dialog = Dialog::NewPassword(no, digits);
                self.show(screen::new_password(no, digits.as_str().len(), false));
            }
            (Dialog::NewPasswordAgain(no, first, again), key) => {
                let again = crate::keypad::typed(again, key);
                self.note.dialog = Dialog::NewPasswordAgain(no, first, again);
                self.show(screen::new_password(no, again.as_str().len(), true));
            }
            _ => {}
        }
    }

    fn set_password(&mut self, no: OperatorNo, digits: Short<12>) {
        self.note.dialog = Dialog::Idle;
        let told = Pin::new(digits.as_str()).ok().and_then(|pin| self.facts.told(&value_ask(self.profile, &pin)));
        let Some(Told::PasswordValue(value)) = told else { return self.show(screen::vault_down()) };
        let mut staff = self.staff();
        let own = self.note.operator.is_none_or(|own| own == no);
        match staff.members.iter_mut().find(|member| member.no == no) {
            // Its own choice, or one that somebody gave it and that it changes at once.
            Some(member) if own && member.value == *value && member.shipped => {
                self.note.dialog = Dialog::NewPassword(no, Short::EMPTY);
                return self.show(screen::same_password());
            }
            Some(member) => (member.value, member.shipped) = (*value, !own),
            None => {
                staff.members.push(Member { no, value: *value, rights: rights_of(no), shipped: true });
                self.deed(What::Added(no));
            }
        }
        self.d.put(&self.id, staff);
        self.deed(What::PasswordSet(no));
        if no == SUPERVISOR {
            self.till.locks.supervisor = 0;
        }
        if self.note.operator.is_none() {
            return self.signed_in(no);
        }
        self.show(screen::staff_done(no));
    }
}
