//! The pure core of the POS terminal: one [`TerminalBank`] serves many terminals, each named by its terminal number.
//!
//! Keys, cards and paper come in as acts; messages leave only after their reversal is stored. The core never believes an
//! approval without a good MAC, never prints without a slip record, and never gives up a reversal.
//!
//! ```text
//! keyed ── PIN pad left ──► ready ──► sign-on? ──► open reversal? ──► Sent ──┬─► Approved ─► slip ─► confirmation
//!                             ▲  (77, A0, 99: once more)    (stored before)  ├─► Declined
//!                             └──────────────────────────────────────────────┤
//!                                     power cut, no answer, wrong answer ────┴─► Doubtful ─► FailedReversal ─► Reversed
//!                                                                                     └──────────────────────────┘
//! ```
//! A scripted sale is `SignIn`, `Sale`, `Card`, `Key(Enter)` (the number is right), `Pin`.
#![no_std]
extern crate alloc;

mod amount;
mod answer;
mod ask;
mod config;
mod confirm;
mod core;
mod journal;
mod keypad;
mod note;
mod operator;
mod paper;
mod power;
mod record;
mod reversal;
mod sale;
mod screen;
mod seat;
mod signon;
mod stripe;

pub use amount::{words_en, words_zh};
pub use config::{Config, TerminalBank, Timer, Times};
pub use note::{Card, Dialog, Guard, Note, Order, Work};
pub use record::{
    Confirm, Exchange, NewTerminal, Operator, Pending, PendingState, Profile, SlipLife, Standing, TerminalRow, Till,
    new_terminal,
};
