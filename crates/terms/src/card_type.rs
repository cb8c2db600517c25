//! Debit or credit: what a card costs whoever takes it, and what its holder owes.

use serde::{Deserialize, Serialize};

/// Debit or credit. Who says it: the switch's BIN table; frozen in the exchange, so that a table of later changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum CardType {
    /// 借记卡.
    Debit,
    /// 贷记卡.
    Credit,
}
