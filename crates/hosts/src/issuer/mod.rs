//! The issuer (发卡行): decides on the cardholder's money, posts it, and tells the cardholder.
//!
//! ```text
//! 0200 → request → limits → pin → posting → 0210, notice      0420 → reversal → posting → 0430, notice
//! ```
//!
//! It never debits one exchange twice, never gives back what it did not take, and never keeps a card number or a PIN.

mod charge;
mod chip;
mod clearing;
mod core;
mod correct;
mod dispute;
mod hold;
mod limits;
mod named;
mod notices;
mod pin;
mod posting;
mod record;
mod request;
mod reversal;
mod script;
mod seed;
mod suspense;
mod testimony;
#[cfg(test)]
mod tests;

pub use self::core::{Issuer, IssuerTimer};
pub use hold::HOLD_MS;
pub use posting::audit;
pub use record::{
    AccountRow, Asked, Card, CardStatus, Counters, Exchange, Given, Hold, HoldOpen, HoldState, IssuerRow, Limits,
    Stage, Suspense, Undo, Usage,
};
pub use seed::Seeds;
pub use suspense::{CLOCK_MS, LATEST_MS, MissingFile, Release, Retaken, Waits, evidence, waits};
