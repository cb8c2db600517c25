//! What an order does, as it is typed and as it is shown. Pure.

use serde::{Deserialize, Serialize};

/// What moves money by hand, in the words of the command that does the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// A finding ends a case (`case find`): undo, redo, refund, credit adjustment 贷记调整, by its ground.
    Case {
        /// The case.
        number: String,
        /// What was found.
        finding: String,
    },
    /// A difference of reconciliation is put right in the own house (`recon repair`).
    Repair {
        /// The difference.
        number: String,
    },
    /// A merchant's money is held (`settle hold`).
    Hold {
        /// Whose.
        merchant: String,
        /// Why, of the closed list.
        ground: String,
        /// The exchange in doubt, by its reference number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        about: Option<String>,
        /// How much at most.
        amount_fen: u64,
        /// What is in doubt, where it is about no exchange.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        doubt_fen: Option<u64>,
        /// Its last day.
        until: String,
    },
    /// A hold ends before its time (`settle release`).
    Release {
        /// Whose.
        merchant: String,
        /// Which hold.
        no: u32,
    },
    /// A payout that came back is paid again (`settle repay`).
    Repay {
        /// The payout.
        payout: String,
    },
    /// A step of a dispute (`dispute open|answer|advance`).
    Dispute {
        /// The dispute, or the reference number of the exchange.
        number: String,
        /// open, answer or advance.
        act: String,
        /// Of advance: which step.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The reason code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Of answer: which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<String>,
    },
}

impl What {
    /// Whether both name the same deed: of a case its end, whatever was found.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Case { number, .. }, Self::Case { number: there, .. }) => number == there,
            _ => self == other,
        }
    }
}

/// What two persons agree to: looked up before the first one says it, again before the second one's yes is written
/// down, and again when it is given to its house.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moves {
    /// How much. Unit: minor units.
    pub amount_fen: i64,
    /// It is the most that moves; the house works out the rest.
    pub at_most: bool,
    /// From where to where, 中文.
    pub zh: String,
    /// The same in English.
    pub en: String,
}
