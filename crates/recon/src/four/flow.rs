//! How an entry behaves when the parties disagree. Must never undo what was advised: an advice is handed on until it is
//! answered, at every hop (rules 3), while a request in doubt is undone where no slip stands for it.

use crate::key::Entry;

/// Four kinds of behaviour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Flow {
    /// A charge that was asked for: sale, completion by request. Without a slip it is undone.
    Charge,
    /// A void: undone when in doubt too, and then its original stands again.
    Void,
    /// An advised charge: completion advice, offline sale, tip, debit adjustment. Never undone once till or acquirer has it.
    AdvisedCharge,
    /// An advised return: refund, late reversal, credit adjustment, a correction downwards. Never undone either; and since
    /// suspense holds debits only (rules 9), no absence takes it back from a cardholder.
    AdvisedReturn,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Charge, Self::Void, Self::AdvisedCharge, Self::AdvisedReturn];

    /// The behaviour of an entry; the signed amount tells where a correction goes.
    pub const fn of(entry: Entry, amount_fen: i64) -> Self {
        match entry {
            Entry::Sale | Entry::Completion => Self::Charge,
            Entry::SaleVoid | Entry::CompletionVoid => Self::Void,
            Entry::CompletionAdvice | Entry::Offline | Entry::DebitAdjustment => Self::AdvisedCharge,
            Entry::Refund | Entry::LateReversal | Entry::CreditAdjustment => Self::AdvisedReturn,
            Entry::Representment | Entry::AwardPaid => Self::AdvisedCharge,
            Entry::Chargeback | Entry::SecondChargeback | Entry::AwardBack => Self::AdvisedReturn,
            Entry::Adjust if amount_fen < 0 => Self::AdvisedReturn,
            Entry::Adjust => Self::AdvisedCharge,
        }
    }

    /// Whether it is handed on until it is answered.
    pub const fn is_advised(self) -> bool {
        matches!(self, Self::AdvisedCharge | Self::AdvisedReturn)
    }

    /// Whether money goes back to the cardholder.
    pub const fn is_return(self) -> bool {
        matches!(self, Self::Void | Self::AdvisedReturn)
    }
}
