//! The menu behind 功能: one digit a choice, every transaction of this terminal and every paper. The keys alone reach all of it.

use crate::seat::Seat;
use crate::{Dialog, Page, screen};
use slipway_node::KeyPress;
use slipway_terms::{Kind, Short, Stan};

impl Seat<'_, '_> {
    /// Opens a page; whatever was half keyed ends.
    pub fn open_menu(&mut self, page: Page) {
        self.drop_order();
        self.note.signing = None;
        self.note.dialog = Dialog::Menu(page);
        self.show(screen::menu(page));
    }

    /// A key on a page.
    pub fn menu_key(&mut self, page: Page, key: KeyPress) {
        let KeyPress::Digit(digit) = key else {
            return self.show(screen::menu(page));
        };
        self.note.dialog = Dialog::Idle;
        match (page, digit) {
            (Page::Main, 1) => self.begin_kind(Kind::Sale, None, None),
            (Page::Main, 2) => self.begin_kind(Kind::SaleVoid, None, None),
            (Page::Main, 3) => self.begin_kind(Kind::Refund, None, None),
            (Page::Main, 4) => self.open_menu(Page::Hold),
            (Page::Main, 5) => self.begin_kind(Kind::Balance, None, None),
            (Page::Main, 6) => self.ask_number(Dialog::AskNo(Short::EMPTY)),
            (Page::Main, 7) => {
                self.note.dialog = Dialog::SettleSure;
                self.show(screen::settle_sure(self.till.batch));
            }
            (Page::Main, 8) => self.open_menu(Page::Print),
            (Page::Main, 9) => self.open_menu(Page::Other),
            (Page::Main, 0) => self.sign_on_wanted(),
            (Page::Hold, 1) => self.begin_kind(Kind::PreAuth, None, None),
            (Page::Hold, 2) => self.begin_kind(Kind::PreAuthVoid, None, None),
            (Page::Hold, 3) => self.begin_kind(Kind::Completion, None, None),
            (Page::Hold, 4) => self.begin_kind(Kind::CompletionAdvice, None, None),
            (Page::Hold, 5) => self.begin_kind(Kind::CompletionVoid, None, None),
            (Page::Print, 1) => self.reprint(None),
            (Page::Print, 2) => self.ask_number(Dialog::PrintNo(Short::EMPTY)),
            (Page::Print, 3) => self.reprint_totals(),
            (Page::Print, 4) => self.print_details(),
            (Page::Other, 1) => self.begin_kind(Kind::Adjust, None, None),
            (Page::Other, 2) => self.begin_kind(Kind::OfflineSale, None, None),
            (Page::Other, 3) => self.begin_kind(Kind::Moto, None, None),
            (Page::Other, 4) => self.sign_off(),
            (Page::Other, 5) => self.download(),
            (Page::Other, 6) => self.open_menu(Page::Staff),
            (Page::Staff, digit) => self.staff_key(digit),
            _ => self.open_menu(page),
        }
    }

    fn sign_on_wanted(&mut self) {
        if self.note.work.is_some() {
            return self.show(screen::please_wait());
        }
        if self.note.line == Some(false) {
            return self.show(screen::line_down(self.line_fault()));
        }
        self.sign_on();
    }

    /// A voucher number is asked for: empty means the last one.
    pub fn ask_number(&mut self, dialog: Dialog) {
        self.note.dialog = dialog;
        self.show_number();
    }

    fn show_number(&mut self) {
        let show = match &self.note.dialog {
            Dialog::AskNo(digits) => screen::ask_number(digits.as_str()),
            Dialog::PrintNo(digits) => screen::print_number(digits.as_str()),
            _ => return,
        };
        self.show(show);
    }

    /// A key while a voucher number is keyed.
    pub fn number_key(&mut self, dialog: Dialog, key: KeyPress) {
        if key != KeyPress::Enter {
            self.note.dialog = match dialog {
                Dialog::AskNo(digits) => Dialog::AskNo(crate::keypad::typed(digits, key)),
                Dialog::PrintNo(digits) => Dialog::PrintNo(crate::keypad::typed(digits, key)),
                other => other,
            };
            return self.show_number();
        }
        let stan = dialog.number();
        let keyed = !matches!(&dialog, Dialog::AskNo(digits) | Dialog::PrintNo(digits) if digits.is_empty());
        if keyed && stan.is_none() {
            return self.show_number();
        }
        self.note.dialog = Dialog::Idle;
        match dialog {
            Dialog::AskNo(_) => self.ask_fate(stan),
            _ => self.reprint(stan),
        }
    }
}

impl Dialog {
    /// The voucher number that was keyed.
    pub(crate) fn number(&self) -> Option<Stan> {
        match self {
            Self::AskNo(digits) | Self::PrintNo(digits) => Stan::new(digits.as_str().parse().ok()?).ok(),
            _ => None,
        }
    }
}
