//! The keys of the pad: what each means in each dialog. Keys never touch what is on the wire.

use crate::seat::Seat;
use crate::{Dialog, Page, Work, screen};
use alloc::format;
use slipway_node::{Act, KeyPress};
use slipway_terms::{Amount, Kind, OperatorNo, Pin, Short};

impl Seat<'_, '_> {
    /// Somebody did something.
    pub fn act(&mut self, act: &Act) {
        if !matches!(act, Act::Paper(..) | Act::Chip(_)) {
            self.note.touched = Some(self.at);
            self.note.keeps = false;
        }
        match act {
            Act::Paper(key, copy, fate) => return self.paper(key, *copy, *fate),
            Act::Chip(said) => return self.chip_said(said),
            Act::SignIn(no, password) => return self.sign_in(*no, password),
            _ => {}
        }
        if self.note.operator.is_none() {
            return self.signed_out(act);
        }
        if self.ready() || self.note.clearing.is_some() || matches!(self.note.work, Some(Work::Settle(_))) {
            return self.busy(act);
        }
        match act {
            Act::Key(KeyPress::Print) => {
                if matches!(self.note.dialog, Dialog::Twice(_) | Dialog::Why(_) | Dialog::LetGo(..)) {
                    // The slip of the first one was wanted, and no second payment.
                    self.drop_order();
                }
                self.reprint(None);
            }
            Act::Key(key) => self.key_press(*key),
            Act::Card(read) => self.card_read(read),
            Act::KeyedCard(pan, expiry) => self.card_keyed(pan, *expiry),
            Act::Pin(pin) => self.pin_keyed(pin.as_ref()),
            Act::Sale(amount) => self.begin_kind(Kind::Sale, Some(*amount), None),
            Act::Balance => self.begin_kind(Kind::Balance, None, None),
            Act::Begin(kind, amount, named) => self.begin_kind(*kind, *amount, *named),
            Act::Allow(no, password) => self.allow(*no, password),
            Act::PayAgain(reason) => self.reason_given(*reason),
            Act::NotSigned => self.signature(false),
            Act::Signature(picture) => self.signature_drawn(picture),
            Act::Settle => self.settle(),
            Act::SignOff => self.sign_off(),
            Act::Download => self.download(),
            Act::Ask(stan) => self.ask_fate(*stan),
            Act::Reprint(stan) => self.reprint(*stan),
            Act::Paper(..) | Act::SignIn(..) | Act::Chip(_) => {}
        }
    }

    /// A transaction is on its way: only one that has not left yet can be cancelled.
    fn busy(&mut self, act: &Act) {
        if matches!(act, Act::Key(KeyPress::Cancel)) && self.note.work.is_none() && self.till.settling.is_none() {
            self.note.clearing = None;
            self.drop_order();
            return self.show(screen::cancelled());
        }
        self.d.count("act while busy");
        self.show(screen::please_wait());
    }

    /// Nothing but signing in works without an operator.
    fn signed_out(&mut self, act: &Act) {
        let Act::Key(key) = act else {
            self.d.count("act without operator");
            return self.show(screen::sign_in());
        };
        self.note.dialog = match (self.note.dialog.clone(), *key) {
            (dialog @ (Dialog::NewPassword(..) | Dialog::NewPasswordAgain(..)), key) if key != KeyPress::Cancel => {
                return self.new_password_key(dialog, key);
            }
            (Dialog::Operator(digits), KeyPress::Enter) => match digits.as_str().parse() {
                Ok(no) => Dialog::Password(OperatorNo(no), Short::EMPTY),
                Err(_) => Dialog::Operator(Short::EMPTY),
            },
            (Dialog::Password(no, digits), KeyPress::Enter) => {
                return match Pin::new(digits.as_str()) {
                    Ok(password) => self.sign_in(no, &password),
                    Err(_) => {
                        self.note.dialog = Dialog::Password(no, Short::EMPTY);
                        self.show(screen::password(no, 0));
                    }
                };
            }
            (Dialog::Operator(digits), key) => Dialog::Operator(typed(digits, key)),
            (Dialog::Password(no, digits), key) if key != KeyPress::Cancel => Dialog::Password(no, typed(digits, key)),
            (_, key) => Dialog::Operator(typed(Short::EMPTY, key)),
        };
        self.show(match &self.note.dialog {
            Dialog::Password(no, digits) => screen::password(*no, digits.as_str().len()),
            Dialog::Operator(digits) if !digits.is_empty() => screen::operator(digits.as_str()),
            _ => screen::sign_in(),
        });
    }

    fn key_press(&mut self, key: KeyPress) {
        if key == KeyPress::Cancel {
            self.drop_order();
            return self.show(screen::idle());
        }
        if key == KeyPress::Menu {
            return self.open_menu(Page::Main);
        }
        match (self.note.dialog.clone(), key) {
            (Dialog::Menu(page), key) => self.menu_key(page, key),
            (Dialog::StaffNo(act, digits), key) => self.staff_no_key(act, digits, key),
            (dialog @ (Dialog::NewPassword(..) | Dialog::NewPasswordAgain(..)), key) => {
                self.new_password_key(dialog, key);
            }
            (dialog @ (Dialog::AskNo(_) | Dialog::PrintNo(_)), key) => self.number_key(dialog, key),
            (Dialog::SettleSure, KeyPress::Enter) => self.settle(),
            (Dialog::Amount(fen), KeyPress::Enter) => self.amount_keyed(Amount::fen(fen)),
            (Dialog::Amount(fen), key) => self.amount_key(fen, key),
            (Dialog::Idle, KeyPress::Digit(_) | KeyPress::DoubleZero) => self.amount_key(0, key),
            (Dialog::Idle, KeyPress::Enter | KeyPress::Clear) if self.note.signing.is_some() => {
                self.signature(key == KeyPress::Enter);
            }
            (Dialog::Idle, KeyPress::Enter | KeyPress::Clear) => self.show(self.resting()),
            (Dialog::Sure(_), KeyPress::Enter) => self.next_need(),
            (Dialog::Confirm, KeyPress::Enter) => self.keyed_to_the_end(),
            (Dialog::Offer(_, about), KeyPress::Clear) => self.signature_again(&about),
            (Dialog::Offer(kind, about), KeyPress::Enter) => self.offer_taken(kind, &about),
            (
                Dialog::Voucher(_) | Dialog::Reference(_) | Dialog::ReferenceDate(..) | Dialog::Allow(_),
                KeyPress::Enter,
            ) => self.digits_keyed(),
            (
                dialog @ (Dialog::Voucher(_) | Dialog::Reference(_) | Dialog::ReferenceDate(..) | Dialog::Allow(_)),
                key,
            ) => self.digit_keyed(dialog, key),
            (Dialog::Check, KeyPress::Enter) => self.card_confirmed(),
            (Dialog::Twice(first), key) => self.twice_key(first, key),
            (Dialog::Why(first), key) => self.why_key(first, key),
            (Dialog::LetGo(second, digits), key) => self.let_go_key(second, digits, key),
            (Dialog::Older(slip), KeyPress::Enter) => self.older_wanted(&slip),
            (Dialog::Older(_), _) => {
                self.note.dialog = Dialog::Idle;
                self.show(screen::idle());
            }
            (Dialog::Sure(_), KeyPress::Clear) => {
                if let Some(order) = self.note.order.as_mut() {
                    order.amount = None;
                }
                self.amount_key(0, KeyPress::Clear);
            }
            _ => self.d.count("key without meaning"),
        }
    }

    /// Digits push in from the right; the two decimals are always there: 8, 8, 0, 0 is 88.00.
    fn amount_key(&mut self, fen: u64, key: KeyPress) {
        let grown = match key {
            KeyPress::Digit(digit) if digit <= 9 => fen.saturating_mul(10).saturating_add(u64::from(digit)),
            KeyPress::DoubleZero => fen.saturating_mul(100),
            KeyPress::Clear => fen / 10,
            _ => fen,
        };
        // A digit that would not fit DE 4 is not taken.
        let fen = if grown > Amount::MINOR_MAX { fen } else { grown };
        self.note.dialog = Dialog::Amount(fen);
        let kind = self.note.order.as_ref().map_or(Kind::Sale, |order| order.kind);
        self.show(screen::amount(kind, Amount::fen(fen)));
    }

    /// A digit of what names an original, or of a supervisor's password.
    fn digit_keyed(&mut self, dialog: Dialog, key: KeyPress) {
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return };
        self.note.dialog = match dialog {
            Dialog::Voucher(digits) => Dialog::Voucher(typed(digits, key)),
            Dialog::Reference(digits) => Dialog::Reference(typed(digits, key)),
            Dialog::ReferenceDate(rrn, digits) => Dialog::ReferenceDate(rrn, typed(digits, key)),
            Dialog::Allow(digits) => Dialog::Allow(typed(digits, key)),
            other => other,
        };
        self.show(match &self.note.dialog {
            Dialog::Voucher(digits) => screen::voucher(kind, digits.as_str()),
            Dialog::Reference(digits) => screen::reference(kind, digits.as_str()),
            Dialog::ReferenceDate(_, digits) => screen::reference_date(kind, digits.as_str()),
            Dialog::Allow(digits) => screen::allow(kind, digits.as_str().len()),
            _ => screen::idle(),
        });
    }

    /// One of those was keyed to its end.
    fn digits_keyed(&mut self) {
        let Some(kind) = self.note.order.as_ref().map(|order| order.kind) else { return };
        match self.note.dialog.clone() {
            // Nothing keyed: the original is in another terminal's journal, and named by its reference number.
            Dialog::Voucher(digits) if digits.is_empty() => {
                self.note.dialog = Dialog::Reference(Short::EMPTY);
                self.show(screen::reference(kind, ""));
            }
            Dialog::Reference(digits) if slipway_terms::Rrn::new(digits.as_str()).is_ok() => {
                self.note.dialog = Dialog::ReferenceDate(digits, Short::EMPTY);
                self.show(screen::reference_date(kind, ""));
            }
            Dialog::Allow(digits) => match Pin::new(digits.as_str()) {
                Ok(password) => self.allow(crate::staff::SUPERVISOR, &password),
                Err(_) => self.digit_keyed(Dialog::Allow(Short::EMPTY), KeyPress::Enter),
            },
            dialog => match dialog.named() {
                Some(named) => {
                    if self.name(named) {
                        self.next_need();
                    }
                }
                None => self.digit_keyed(dialog, KeyPress::Enter),
            },
        }
    }
}

/// Digits after one more key.
pub(crate) fn typed<const N: usize>(digits: Short<N>, key: KeyPress) -> Short<N> {
    match key {
        KeyPress::Digit(digit) if digit <= 9 => Short::new(&format!("{}{digit}", digits.as_str())).unwrap_or(digits),
        KeyPress::DoubleZero => Short::new(&format!("{}00", digits.as_str())).unwrap_or(digits),
        KeyPress::Clear => Short::cut(digits.as_str().get(..digits.as_str().len().saturating_sub(1)).unwrap_or("")),
        _ => digits,
    }
}
