//! 调单、拒付: what every house keeps of a dispute, and how far one is. A step travels as an advice from the house that takes it over
//! the switch to the other one, repeated until it is answered; its money is posted from the merchant to the cardholder or the other
//! way, each house after the one before has said yes:
//!
//! ```text
//! 调单          I ─0620→ S ─0620→ A     no money; A answers with an advice of its own   A ─0620→ S ─0620→ I
//! 一次、二次退单  I ─0220→ S ─0220→ A     A posts and answers, then S, then I
//! 再请款        A ─0220→ S ─0220→ I     I posts and answers, then S, then A
//! 仲裁          S ─0220→ loser, then S ─0220→ winner; 0620 to both if the money is where it belongs
//! ```
//!
//! What moves money is an exchange of its own that names its original, with a key of its own, so day, clearing file and lists know it
//! like any other. The original's one undo slot is filled by the first chargeback and stays full (rules 2). It must never move
//! more than is left of the original, nor let a cardholder have what no merchant gave.

#[cfg(test)]
mod bench;
mod house;
mod progress;
mod send;
#[cfg(test)]
mod tests;

pub use house::{House, close, put, run_out, wait};
pub use progress::{HISTORY_MAX, end_of};
pub use send::{advice, is_final, told};

use crate::working::WorkingDays;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_terms::{
    BusinessDate, CardType, DisputeRules, InstitutionId, MerchantId, Moment, Mti, Proof, Refusal, Reply, ResponseCode,
    Rrn, Short, Step, SwitchKey, TerminalId, TillKey, Won,
};

/// What a house has to know before it may dispute: the rules, and which days are worked. Empty: nothing may be raised.
#[derive(Clone, Debug, Default)]
pub struct Disputes {
    /// Reasons and limits.
    pub rules: DisputeRules,
    /// Working days.
    pub working: WorkingDays,
}

/// One step that was taken, or tried. Never changed but by its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub step: Step,
    /// Its own DE 7, 11, 32 and 33: a copy has the same.
    pub own: SwitchKey,
    /// From issuer to acquirer, signed: negative goes back to the cardholder. Unit: minor units.
    pub minor: i64,
    /// The reason code.
    pub reason: Short<4>,
    /// Of an answer: which.
    pub reply: Option<Reply>,
    /// When it was taken or heard here.
    pub at: Moment,
    /// By whom, at the house that took it: a name, `timer` or `rule`.
    pub by: Short<24>,
    /// Who checked it.
    pub checked: Option<Short<24>>,
    /// Why, in a person's words.
    pub because: Short<96>,
    /// What it was answered; none while it is on its way.
    pub code: Option<ResponseCode>,
    /// When that was.
    pub answered: Option<Moment>,
    /// At the switch, of an award: what the second house has answered.
    pub second: Option<ResponseCode>,
    /// The business day on which it was posted here; none of what moves nothing.
    pub day: Option<BusinessDate>,
    /// The number of the order that took it; 0 of what was heard or a rule took.
    pub ticket: u64,
}

/// What the acquirer holds as evidence, weakest first. Files stay with whoever has them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind.
    pub proof: Proof,
    /// Since when.
    pub at: Moment,
    /// By whom it was handed in; empty of what was found.
    pub by: Short<24>,
    /// A note.
    pub note: Short<96>,
    /// SHA-256 of the file.
    pub file: Option<[u8; 32]>,
}

/// One dispute, at each house that it concerns; one per original.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Dispute {
    /// The exchange in dispute.
    pub original: SwitchKey,
    /// Its type, for DE 90.
    pub mti: Mti,
    /// When it was made, as this house has it: limits count from here.
    pub made: Moment,
    /// Reference number, as this house has it.
    pub rrn: Option<Rrn>,
    /// DE 41.
    pub terminal: Option<TerminalId>,
    /// DE 42.
    pub merchant: Option<MerchantId>,
    /// At the acquirer: where it stands.
    pub till: Option<TillKey>,
    /// At the switch: who answers for the card.
    pub issuer: Option<InstitutionId>,
    /// Debit or credit.
    pub card: CardType,
    /// Since when.
    pub opened: Moment,
    /// All steps, in order, those that were refused too.
    pub taken: Vec<Taken>,
    /// At the acquirer: what it can show.
    pub evidence: Vec<Evidence>,
    /// The order by which the acquirer gave it back before a chargeback: its second hearing is none.
    pub gave_back: Option<u64>,
    /// When it ends by itself, or the merchant's time is over.
    pub due: Option<Moment>,
    /// How it ended as this house has it, and when; what may be said of that is [`Dispute::won`].
    pub closed: Option<(Moment, Won)>,
}

/// The mark of a dispute with a clock; gone when it is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OpenDispute {
    /// The exchange in dispute.
    pub original: SwitchKey,
    /// When it ends by itself, or the merchant's time is over.
    pub due: Moment,
}

/// Money that a step has moved: an exchange of its own, under its own key. Who makes it: the posting's own commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DisputeMove {
    /// Its key.
    pub own: SwitchKey,
    /// The exchange in dispute.
    pub original: SwitchKey,
    /// Which step.
    pub step: Step,
    /// From issuer to acquirer, signed. Unit: minor units.
    pub minor: i64,
    /// When it was posted here.
    pub at: Moment,
    /// Reference number of the original, as this house has it.
    pub rrn: Option<Rrn>,
    /// DE 42.
    pub merchant: Option<MerchantId>,
    /// At the switch: who answers for the card.
    pub issuer: Option<InstitutionId>,
    /// Debit or credit.
    pub card: CardType,
    /// In the clearing file of which day it has appeared here.
    pub filed: Option<BusinessDate>,
}

/// The last order about an exchange that was not taken. Nothing else was changed by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OrderRefused {
    /// About which exchange.
    pub original: SwitchKey,
    /// The order's number.
    pub ticket: u64,
    /// When.
    pub at: Moment,
    /// Why.
    pub why: Refusal,
    /// Who asked.
    pub by: Short<24>,
}

/// Who acts when nobody does: the clock, or a rule.
pub const BY_TIMER: &str = "timer";
/// What a rule decides at once.
pub const BY_RULE: &str = "rule";
