//! Durable shapes of a settlement: the one under way, which outlives every power cut, and those that are done.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{BatchNo, Kind, Moment, OperatorNo, Stan, TerminalId};

/// One side of the totals.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Side {
    /// How many.
    pub count: u32,
    /// How much. Unit: minor units.
    pub minor: u64,
}

/// What one kind comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KindTotal {
    /// The kind.
    pub kind: Kind,
    /// How many.
    pub count: u32,
    /// How much, with the sign of its slips. Unit: minor units.
    pub minor: i64,
}

/// The totals of a batch: only what this terminal approved, never anything doubtful (rules 9).
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Totals {
    /// 借记: sale, order by mail or telephone, completion, offline sale, adjustment upwards.
    pub debit: Side,
    /// 贷记: void, refund, void of a completion, adjustment downwards.
    pub credit: Side,
    /// By kind, in the order of the table.
    pub kinds: Vec<KindTotal>,
}

/// Where a settlement stands. Each step is one commit, and each is taken up where it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// The totals go out until they are answered.
    Asking,
    /// They differ: the details to upload are listed next.
    Listing,
    /// Details go out, each until it is taken.
    Uploading,
    /// The end goes out until it is taken.
    Ending,
}

/// A settlement whose totals have gone out: no new transaction starts before it is done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settling {
    /// DE 41.
    pub terminal: TerminalId,
    /// The batch, whatever a sign-on on the way says.
    pub batch: BatchNo,
    /// The number before the batch's first, and its last.
    pub stans: (Option<Stan>, Option<Stan>),
    /// Who settles.
    pub operator: OperatorNo,
    /// When the totals first went out.
    pub began: Moment,
    /// The totals as last sent.
    pub totals: Totals,
    /// Where it stands.
    pub stage: Stage,
    /// The acquirer's verdict.
    pub balanced: Option<bool>,
    /// DE 11 of what was sent last.
    pub own: Option<Stan>,
    /// The details in it.
    pub sent: Vec<Stan>,
    /// Details that go in lists, still to be taken.
    pub lists: Vec<Stan>,
    /// Details that go singly, still to be taken.
    pub singles: Vec<Stan>,
    /// Details taken.
    pub uploaded: u32,
    /// Sends without a believed answer, in a row.
    pub tries: u8,
}

/// A settlement that is done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settled {
    /// DE 41.
    pub terminal: TerminalId,
    /// The batch.
    pub batch: BatchNo,
    /// The number before the batch's first, and its last.
    pub stans: (Option<Stan>, Option<Stan>),
    /// DE 11 of its end: what its paper is called by.
    pub own: Stan,
    /// When it was done.
    pub at: Moment,
    /// Who settled.
    pub operator: OperatorNo,
    /// The totals.
    pub totals: Totals,
    /// The acquirer's verdict on them.
    pub balanced: bool,
    /// Details that were uploaded.
    pub uploaded: u32,
    /// Advices and reversals of it that were still to be sent: they go out by themselves and explain a difference.
    pub waiting: u32,
}
