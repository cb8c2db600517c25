//! What power-off forgets: the card in the hand, digits half keyed, what is on the wire. Holds card data in memory only; no
//! type here can be written or printed.

use crate::{Approval, Chip, Clearing, Fetch, Original, StaffAct, Task};
use alloc::vec::Vec;
use slipway_node::{LineFault, Named};
use slipway_terms::{
    Amount, Expiry, Kind, Moment, MonthDay, OperatorNo, Pan, Pin, Rrn, SealedPan, Second, Short, Stan, TillKey, Track2,
};

/// The volatile note of one terminal.
#[derive(Clone, Default)]
pub struct Note {
    /// Who is signed in; power-off signs out.
    pub operator: Option<OperatorNo>,
    /// Whether the line is known to be up or down.
    pub line: Option<bool>,
    /// Why it is down, if it is.
    pub fault: Option<LineFault>,
    /// It broke while the request on the wire waited for its answer.
    pub broke: bool,
    /// What the keys mean now.
    pub dialog: Dialog,
    /// The transaction being keyed, or ready and waiting behind sign-on and reversals, or on the wire.
    pub order: Option<Order>,
    /// What is on the wire.
    pub work: Option<Work>,
    /// Reversals still to be tried on this occasion without a transaction at hand.
    pub round: Vec<TillKey>,
    /// A settlement that has not sent its totals yet.
    pub clearing: Option<Clearing>,
    /// The settlement under way waits for its next try.
    pub rests: bool,
    /// The echo timer that counts.
    pub echo: Option<Moment>,
    /// Errands of management under way.
    pub fetch: Option<Fetch>,
    /// The idle timer that counts.
    pub idle: Option<Moment>,
    /// When somebody last did something here.
    pub touched: Option<Moment>,
    /// What the screen says stands until somebody presses a key: nothing that goes on by itself is told over it.
    pub keeps: bool,
    /// An approval that waits for the chip's word.
    pub approval: Option<Approval>,
    /// The slip whose signature the cashier is looking at.
    pub signing: Option<TillKey>,
}

/// What the keys mean now.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Dialog {
    /// Nothing begun.
    #[default]
    Idle,
    /// Operator number half keyed.
    Operator(Short<2>),
    /// Password half keyed.
    Password(OperatorNo, Short<12>),
    /// Amount half keyed, in fen.
    Amount(u64),
    /// The amount is asked for again.
    Sure(Guard),
    /// Waiting for the card.
    Card,
    /// Card number shown, to be confirmed.
    Check,
    /// Same card and amount as this open one: ask for its fate, or override.
    Twice(TillKey),
    /// Why the second one is let go is to be chosen.
    Why(TillKey),
    /// The supervisor's password half keyed, for a second payment.
    LetGo(Second, Short<12>),
    /// PIN pad open.
    Pin,
    /// An older slip is offered.
    Older(TillKey),
    /// Voucher number of the original half keyed; empty asks for the reference number instead.
    Voucher(Short<6>),
    /// Reference number of the original half keyed.
    Reference(Short<12>),
    /// The original's date half keyed, MMDD.
    ReferenceDate(Short<12>, Short<4>),
    /// The supervisor's password half keyed, for the transaction at hand.
    Allow(Short<12>),
    /// The original is shown, to be confirmed.
    Confirm,
    /// Another transaction about the same original is offered.
    Offer(Kind, TillKey),
    /// A page of the menu.
    Menu(Page),
    /// Voucher number half keyed, to ask for its fate.
    AskNo(Short<6>),
    /// Voucher number half keyed, to print it again.
    PrintNo(Short<6>),
    /// Settlement was chosen, to be confirmed.
    SettleSure,
    /// Number of somebody of the staff half keyed.
    StaffNo(StaffAct, Short<2>),
    /// New password half keyed.
    NewPassword(OperatorNo, Short<12>),
    /// New password keyed, and half keyed again.
    NewPasswordAgain(OperatorNo, Short<12>, Short<12>),
}

/// A page of the menu.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Page {
    /// 功能.
    Main,
    /// 预授权.
    Hold,
    /// 打印.
    Print,
    /// 其他.
    Other,
    /// 操作员.
    Staff,
}

/// Why an amount is asked for again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// Above the ceiling.
    Ceiling,
    /// Below the floor: two zeros forgotten?
    Floor,
}

/// The card in the hand.
#[derive(Clone)]
pub struct Card {
    /// Its number.
    pub pan: Pan,
    /// Track 2 if it was swiped.
    pub track: Option<Track2>,
    /// Expiry if it was keyed.
    pub expiry: Option<Expiry>,
    /// The number sealed for an advice that must outlive a power cut.
    pub sealed: Option<SealedPan>,
    /// The chip it was read from.
    pub chip: Option<Chip>,
}

/// The transaction at hand.
#[derive(Clone)]
pub struct Order {
    /// What kind.
    pub kind: Kind,
    /// What it is about, once named.
    pub about: Option<Original>,
    /// How much; an inquiry has none.
    pub amount: Option<Amount>,
    /// Who allowed it.
    pub allowed: Option<OperatorNo>,
    /// The card, once read.
    pub card: Option<Card>,
    /// The PIN, once keyed; bypassed if none when ready.
    pub pin: Option<Pin>,
    /// Keyed to the end.
    pub ready: bool,
    /// Sent again after a forced sign-on; once only.
    pub again: bool,
    /// Let go although this one is open.
    pub second: Option<Second>,
}

/// What is on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Work {
    /// A request.
    Request(TillKey),
    /// A reversal.
    Reversal(TillKey),
    /// A sign-on.
    SignOn(Stan),
    /// An inquiry of fate: its own STAN, and what it asks for.
    Ask(Stan, TillKey),
    /// Totals, details or end of a settlement.
    Settle(Stan),
    /// An errand of management.
    Fetch(Task),
}

impl Dialog {
    /// The original that was keyed to its end, if what was keyed names one.
    pub(crate) fn named(&self) -> Option<Named> {
        match self {
            Self::Voucher(digits) => Some(Named::Voucher(Stan::new(digits.as_str().parse().ok()?).ok()?)),
            Self::ReferenceDate(rrn, date) => {
                let date = MonthDay::from_mmdd(date.as_str().parse().ok()?).ok()?;
                Some(Named::Reference(Rrn::new(rrn.as_str()).ok()?, date))
            }
            _ => None,
        }
    }
}
