//! A repair that reconciliation asks the owner of an account for. A neutral form: who finds a difference knows nothing of the tables of
//! the house that puts it right.

use crate::{Rrn, Short};
use serde::{Deserialize, Serialize};

/// What is put right at an acquirer (rules 2, 9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Mend {
    /// Captured here, no slip, not in the network's file: the undo slot is filled and the merchant's credit taken back.
    Reverse,
    /// A slip, in the network's file, not captured here: the redo slot is filled and the merchant credited.
    Credit,
}

impl Mend {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Reverse, Self::Credit];

    /// Its word on the command line and in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Reverse => "reverse",
            Self::Credit => "credit",
        }
    }
}

/// One repair. Who makes it: a person, of a difference; its number is that of the difference, so who asks twice asks for the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Repair {
    /// The number of the difference: acquirer and reference number.
    pub number: Short<24>,
    /// The reference number.
    pub rrn: Rrn,
    /// What is to be done.
    pub mend: Mend,
    /// How much, without sign. Unit: minor units. An exchange of another amount is another exchange.
    pub minor: i64,
    /// Who asks.
    pub by: Short<24>,
    /// Why. Never a card number.
    pub because: Short<96>,
}
