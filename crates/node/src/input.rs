//! The closed list of all that can happen to a node.

use crate::{ClearingPart, Key, LineFault, PayoutPart};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    Amount, BusinessDate, CardTail, CaseKey, ChipCard, ChipSaid, Copy as SlipCopy, DisputeOrder, Found, InstitutionId,
    KeyUse, Kind, MerchantId, MerchantOrder, Message, MonthDay, OperatorNo, Pan, PaperFate, PayAgain, Pin, Repair, Rrn,
    SentAt, Short, Stan, SwitchKey, TerminalId, TillKey, Track2,
};

/// What a node is told. `T` is its timer.
#[derive(Clone, Debug)]
pub enum Input<T> {
    /// A peer said something.
    Heard(Peer, Message),
    /// A timer ran out.
    Due(T),
    /// Hands, printers, lines and desks: everything that is neither message nor timer.
    Hand(Hand),
}

/// A connection of a terminal at the acquirer, with what an answer needs to find its way back. Valid in one life of the
/// process only: `no` is never used twice, so an answer to a dead line goes nowhere and is counted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Number of the connection.
    pub no: u64,
    /// TPDU of the request.
    pub tpdu: [u8; 5],
    /// Header of the request.
    pub header: [u8; 6],
}

/// Who speaks or is spoken to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Peer {
    /// Acquirer: a terminal, by its connection.
    Line(Line),
    /// Switch: a member.
    Member(InstitutionId),
    /// Acquirer and issuer: the switch.
    Switch,
    /// Terminal bank: the acquirer, over the connection of this terminal.
    Host(TerminalId),
    /// Issuer: the cardholders' phones.
    Phone,
    /// The desk that asked with this ticket.
    Desk(u64),
}

/// Acts of the world that are no messages.
#[derive(Clone, Debug)]
pub enum Hand {
    /// The node was opened: power-up, restart.
    Rouse,
    /// A link to this peer came up or went down.
    Link {
        /// The peer.
        peer: Peer,
        /// Up or down.
        up: bool,
    },
    /// This peer cannot be reached, and why. Told once for each change of the reason; [`Hand::Link`] says when it is over.
    NoLine(Peer, LineFault),
    /// The notifier took a notice; its outbox entry may end.
    Delivered(Key),
    /// Somebody at one terminal did something.
    At(TerminalId, Act),
    /// A person wants a new zone key between the switch and this member. The switch makes it; a member asks the switch.
    ResetKey {
        /// Whose.
        member: InstitutionId,
        /// Zone PIN or zone MAC key.
        usage: KeyUse,
        /// DE 7 of the reset, never used before with the same DE 11.
        sent: SentAt,
        /// DE 11 of the reset.
        stan: Stan,
    },
    /// A person ends the business day now: this day begins. Only the switch; a day that has begun already does not begin again.
    CutOver {
        /// The day that begins; at most the calendar day after today.
        to: BusinessDate,
    },
    /// A person worked this case and found this (rules 7).
    Finding(CaseKey, Found),
    /// A part of a clearing file that the rim has read whole and found good. Only a member.
    Clearing(ClearingPart),
    /// A part of a merchant's settled day. Only an acquirer.
    Payout(PayoutPart),
    /// A look at a debit that has not appeared in clearing: whether there is evidence to release it (rules 9). Only an issuer.
    Suspense(SwitchKey),
    /// A repair that reconciliation asks for: in the own house a command (rules 2). Only the acquirer; once, by its number.
    Repair(Repair),
    /// A person takes a step of a dispute, answers one, or hands in a slip. Issuer, switch or acquirer, each its own.
    Dispute(DisputeOrder),
    /// A person orders something about a merchant's money: a hold, its end, a returned payout, a payout again. Only the acquirer.
    Merchant(MerchantOrder),
    /// A person wants a page of this slip out of the archive. Only the acquirer.
    SlipPage(TillKey),
    /// Copies of slips to look at whose time may be over. Only the acquirer; it removes those that are over and nobody's evidence.
    SlipsOver(Vec<TillKey>),
    /// The desk asks; the answer goes to [`Peer::Desk`] with the same ticket.
    Desk {
        /// Pairs the answer.
        ticket: u64,
        /// What is asked.
        question: Question,
    },
}

/// What a person or the printer does at a terminal.
#[derive(Clone, Debug)]
pub enum Act {
    /// A key of the keypad.
    Key(KeyPress),
    /// A card was drawn through the reader.
    Card(CardRead),
    /// The PIN pad was left: with a PIN, or bypassed.
    Pin(Option<Pin>),
    /// Sign in an operator (scripted shortcut of the keys; the password was checked by the same rule).
    SignIn(OperatorNo, Pin),
    /// Start a sale with this amount (scripted shortcut of the keys).
    Sale(Amount),
    /// Start a balance inquiry (scripted shortcut).
    Balance,
    /// Start a transaction of any kind, with its amount and the earlier exchange it is about (scripted shortcut of menu and
    /// keys; what a kind needs and does not get here is asked for).
    Begin(Kind, Option<Amount>, Option<Named>),
    /// Why a second payment is to be let go while the first is open (scripted shortcut); the supervisor's word follows.
    PayAgain(PayAgain),
    /// A supervisor allows the transaction at hand (scripted shortcut).
    Allow(OperatorNo, Pin),
    /// The cardholder did not sign the slip just printed (rules 10).
    NotSigned,
    /// The cardholder has signed the slip just printed on the pad: the picture (PNG, one bit a dot).
    Signature(alloc::boxed::Box<[u8]>),
    /// 结算: settle the batch.
    Settle,
    /// 签退: sign the terminal off at the acquirer.
    SignOff,
    /// Fetch parameters and card blacklist, and say how the terminal is.
    Download,
    /// Card number and expiry keyed by hand (merchants with that right).
    KeyedCard(Pan, slipway_terms::Expiry),
    /// 查证: ask the acquirer for the fate of the last or a chosen exchange.
    Ask(Option<Stan>),
    /// Print the last slip, or the one of this voucher number, again.
    Reprint(Option<Stan>),
    /// The chip in the reader answered.
    Chip(ChipSaid),
    /// What became of one copy of the slip of this exchange.
    Paper(TillKey, SlipCopy, PaperFate),
}

/// Which earlier exchange a void, refund, completion or adjustment is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Named {
    /// One of this terminal's journal, by its voucher number (凭证号).
    Voucher(Stan),
    /// Not in this terminal's journal: the acquirer finds it by reference number and date (rules 3).
    Reference(Rrn, MonthDay),
}

/// A key of a POS keypad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum KeyPress {
    /// 0..=9.
    Digit(u8),
    /// 00.
    DoubleZero,
    /// 清除: last digit.
    Clear,
    /// 取消.
    Cancel,
    /// 确认.
    Enter,
    /// 打印: reprint last.
    Print,
    /// 功能: the menu.
    Menu,
}

/// What the stripe reader saw.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CardRead {
    /// A readable track 2.
    Stripe(Track2),
    /// A chip, inserted or held to the reader.
    Chip(ChipCard),
    /// Noise: 读卡失败.
    Unreadable,
    /// Drawn the wrong way round: 刷卡方向错误.
    WrongWay,
    /// Drawn too fast or not to the end: 磁道数据不完整.
    TooShort,
}

/// What a desk asks one party. Answered with testimonies, none if nothing fits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// By reference number.
    Rrn(Rrn),
    /// By terminal-side identity.
    Till(TillKey),
    /// By switch-side identity.
    Switch(SwitchKey),
    /// The hotline's three questions. The newest exchanges of this terminal with this card.
    Counter {
        /// DE 42.
        merchant: MerchantId,
        /// DE 41.
        terminal: TerminalId,
        /// The whole number if the caller typed it (compared by token), or what a slip shows.
        card: Option<Pan>,
        /// First 6 + last 4 if only that is known.
        tail: Option<CardTail>,
    },
    /// What a receipt or a bank's text message says: day, amount, last four. Looked for a hundred reference numbers at a time.
    Dated {
        /// How the reference numbers of that day begin: last digit of the year, day of the year.
        day: Short<4>,
        /// Which hundred of that day's; `None`: its first and its last exchange, whatever they are.
        hundred: Option<Short<6>>,
        /// DE 4.
        amount: Amount,
        /// The last four digits of the card.
        last4: u16,
    },
    /// The exchanges of which a case is open.
    Cases {
        /// At most so many cases.
        rows_max: u16,
    },
    /// Every exchange of a terminal's journal or a host's log, newest first, for audits and exports.
    All {
        /// At most so many.
        rows_max: u16,
    },
}
