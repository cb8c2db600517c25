//! The pure core of the POS terminal: one [`TerminalBank`] serves many terminals, each named by its terminal number.
//!
//! Keys, cards and paper come in as acts; messages leave only after their reversal is stored. The core never believes an
//! approval without a good MAC, never prints without a slip record, and never gives up a reversal.
//!
//! ```text
//! keyed ── PIN pad left ──► ready ──► sign-on? ──► open reversal? ──► Sent ──┬─► Approved ─► slip ─► confirmation
//!                             ▲  (77, A0, 99: once more)    (stored before)  ├─► Declined
//!                             └──────────────────────────────────────────────┤
//!                                     power cut, no answer, wrong answer ────┴─► Doubtful ─► FailedReversal ─► Reversed | InCase
//!                                                                                     └──────────────────────────┘
//! ```
//! A scripted sale is `SignIn`, `Sale`, `Card`, `Key(Enter)` (the number is right), `Pin`; a pre-authorisation begins with
//! `Begin` instead. What names an original is `Begin`, `Allow` (unless the supervisor is signed in, or the kind needs nobody's
//! word), and `Key(Enter)` once the original is shown; a refund is `Begin`, `Allow`, `Card`, `Key(Enter)`.
//!
//! ```text
//! advice:  keyed ──► Stored ──► answered? ──┬─► Approved ─► slip
//!          (offline sale: Approved, slip)   ├─► Declined
//!                     ▲────── repeated ─────┘
//! ```
#![no_std]
extern crate alloc;

mod advice;
mod amount;
mod answer;
mod ask;
mod batch;
mod chip;
mod clearing;
mod config;
mod confirm;
mod core;
mod deed;
mod download_lists;
mod exchange;
mod fetch;
mod guard;
mod hand_in;
mod handover;
mod in_case;
mod journal;
mod keypad;
mod keys;
pub mod line;
mod menu;
mod need;
mod note;
mod offline;
mod operator;
mod original;
mod paper;
mod parameters;
mod power;
mod record;
mod reversal;
mod rights;
mod sale;
mod screen;
mod seat;
mod settle;
mod settled;
mod settlement_paper;
mod signature;
mod signon;
mod staff;
mod stripe;
mod wants;

pub use amount::{words_en, words_zh};
pub use chip::{Approval, Chip};
pub use clearing::Clearing;
pub use config::{Config, TerminalBank, Timer, Times};
pub use deed::{Deed, Deeds, What};
pub use exchange::{Exchange, Original, SlipLife, Standing};
pub use fetch::{Fetch, Task};
pub use guard::PaidAgain;
pub use hand_in::PICTURE_BYTES_MAX;
pub use handover::{Handover, HandoverFault, hand_over, take_over};
pub use note::{Card, Dialog, Guard, Note, Order, Page, Work};
pub use operator::Locks;
pub use parameters::{Blacklist, ChipTables, Parameters};
pub use record::{
    Confirm, HandIn, Left, NewTerminal, OfflineLimits, OfflineOpen, Operator, Pending, PendingState, Profile, Stored,
    TerminalRow, Till, Trade, Verify, new_terminal,
};
pub use screen::catalogue as screens;
pub use settled::{KindTotal, Settled, Settling, Side, Stage, Totals};
pub use staff::{Member, Rights, Staff, StaffAct};
