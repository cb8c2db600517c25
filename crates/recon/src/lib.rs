//! The day after: what a network owes whom, and whether everybody agrees.
//!
//! Pure and `no_std`: dates, files and lists are handed in, lines and faults come out. Reconciliation judges; it never
//! writes into anybody's ledger. A repair in another house is a message or a case to its owner (rules 9).
//!
//! - [`Calendar`]: which days count for a promise.
//! - [`FeeBook`]: what each leg of an exchange costs, and what a refund gives back.
//! - [`clearing`]: the file of one member and day, its reader, net positions, CSV.
//! - [`foreign`]: a bank's or wallet's file as rows, by a layout.
//! - `dispute_rules`: reason codes and time limits of disputes, from TOML (feature `layout`).
//! - [`merchant`]: what a merchant gets, when, and to which account.
//! - [`out`]: bank file, statements, journal, columns.
//! - [`four`]: terminal, acquirer, network and issuer against each other.
#![no_std]
extern crate alloc;

mod calendar;
pub mod clearing;
mod day;
#[cfg(feature = "layout")]
mod dispute;
mod fee;
pub mod foreign;
pub mod four;
mod key;
pub mod merchant;
pub mod out;

pub use calendar::{CHINA, Calendar, CalendarFault};
pub use day::{day_end, read_day};
#[cfg(feature = "layout")]
pub use dispute::{DISPUTES_CN, DisputeFault, dispute_rules, rules_on};
pub use fee::{
    CardType, FEES_CN, FeeBook, FeeClass, FeeFault, FeeTerms, Fees, Leg, Rate, RefundFault, Refunded, Relief,
    ReliefFault, Split, Version,
};
pub use key::{Entry, Key};
