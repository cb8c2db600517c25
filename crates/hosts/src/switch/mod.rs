//! The network switch (银联-style centre): finds the issuer, forwards, and answers for what it does not know.
//!
//! ```text
//! acquirer 0200 → request → issuer        issuer 0210 → answer → acquirer
//! nobody answers → timer → undo → issuer 0420 (until answered), acquirer 0210 with 98
//! acquirer 0420 → reversal → 0430 at once, undo → issuer 0420 (until answered)
//! ```
//!
//! It never forwards one exchange twice, never hands on an approval that it has undone, and never keeps a card number.

mod answer;
mod case;
mod clearing;
mod core;
mod correct;
mod cutover;
mod dispute;
mod disputed;
mod named;
mod position;
mod record;
mod request;
mod reversal;
mod script;
mod seed;
mod testimony;
#[cfg(test)]
mod tests;
mod timer;
mod undo;
mod zone;

pub use self::core::{Switch, SwitchTimer};
pub use clearing::moved;
pub use position::audit;
pub use record::{
    Asked, Bin, Case, Closing, Cut, Day, Exchange, Given, Marks, Member, Open, OpenCase, Reset, Stage, SwitchRow, Undo,
};
pub use seed::seed;
