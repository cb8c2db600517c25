//! 差错调整: what can no longer go on line as the trade's own exchange is asked for by an advice about the original, and leaves a record
//! at every house that it concerns. ISO 8583 has the two processing codes; DE 90 names the original, and the amount is all of it.
//!
//! ```text
//! 请款 debit adjustment      A ─0220/02→ S ─0220/02→ I     fills the redo slot: the slip was shown after the undo (rules 7)
//! 贷记调整 credit adjustment  A ─0220/22→ S ─0220/22→ I     fills the undo slot: no slip, and the reversal was refused
//!                                       S ─0220/22→ I     the same of the switch's own
//!                            A ←0220/02─ S                the issuer's debit stands, the merchant is owed it again
//! ```
//!
//! Repeated until answered, at every hop; each once per original. It must never move more or less than its original, nor fill a
//! slot that is full.

use serde::{Deserialize, Serialize};
use slipway_terms::{
    Advice, Amount, BusinessDate, Ground, Message, Moment, Mti, OriginalData, ProcessingCode, ResponseCode, Rrn, Step,
    SwitchKey,
};

/// DE 3 of a debit adjustment.
const DEBIT: ProcessingCode = ProcessingCode(20_000);
/// DE 3 of a credit adjustment.
const CREDIT: ProcessingCode = ProcessingCode(220_000);

/// Which correction. The number is part of its key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Correct {
    /// 请款: the acquirer asks for the money again.
    Debit = 1,
    /// 贷记调整: the money goes back to the cardholder.
    Credit = 2,
    /// The switch tells the acquirer that the debit stands.
    Told = 3,
}

impl Correct {
    /// Of a message that is one, by type and DE 3; from the switch to an acquirer it tells.
    pub fn of(m: &Message) -> Option<Self> {
        if Step::of(m).is_some() {
            return None;
        }
        match (m.mti.0, m.processing?) {
            (220 | 230, DEBIT) => Some(Self::Debit),
            (220 | 230, CREDIT) => Some(Self::Credit),
            _ => None,
        }
    }

    /// DE 3.
    pub const fn processing(self) -> ProcessingCode {
        match self {
            Self::Debit | Self::Told => DEBIT,
            Self::Credit => CREDIT,
        }
    }

    /// Its tag in the outbox, under the identity of the original.
    pub const fn tag(self) -> u8 {
        2 + self as u8
    }
}

/// Key of a correction: the original, then which.
pub type CorrectionKey = (SwitchKey, u8);

/// One correction, at each house that it concerns. Who makes it: the house that asks, and every house that hears it. It is what
/// a clearing file carries it by: original, amount, day, reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Correction {
    /// The exchange that it is about.
    pub original: SwitchKey,
    /// Its own DE 7, 11, 32 and 33: a copy has the same.
    pub own: SwitchKey,
    /// Which.
    pub what: Correct,
    /// From issuer to acquirer, signed. Unit: minor units.
    pub minor: i64,
    /// The ground of the case that it came from, where that is known: at the house that asked.
    pub reason: Option<Ground>,
    /// Reference number of the original.
    pub rrn: Option<Rrn>,
    /// Since when.
    pub at: Moment,
    /// The business day on which it was posted here; none until then, and if it moved nothing here.
    pub day: Option<BusinessDate>,
    /// What it was answered; none while it is on its way.
    pub answer: Option<ResponseCode>,
}

impl Correction {
    /// Its key.
    pub const fn key(&self) -> CorrectionKey {
        (self.original, self.what as u8)
    }

    /// As it was heard; of no money yet.
    pub fn heard(what: Correct, original: SwitchKey, own: SwitchKey, m: &Message, at: Moment) -> Self {
        let minor = m.amount.map_or(0, Amount::signed) * if what == Correct::Credit { -1 } else { 1 };
        Self { original, own, what, minor, reason: None, rrn: m.rrn, at, day: None, answer: None }
    }

    /// The advice that asks for it. The card stays away: the original is found by DE 90 (rules 11).
    pub fn advice(&self, original: OriginalData, of: &Message) -> Advice {
        let message = Message {
            processing: Some(self.what.processing()),
            amount: Some(Amount::fen(self.minor.unsigned_abs())),
            sent: Some(self.own.sent),
            stan: Some(self.own.stan),
            acquirer: Some(self.own.acquirer),
            forwarder: Some(self.own.forwarder),
            rrn: self.rrn,
            original: Some(original),
            mti: Mti(220),
            ..of.clone()
        };
        Advice::of(&message, Mti(220), None)
    }
}

/// Whether a code ends it: done, or it will not be. Any other was no answer.
pub fn is_final(code: ResponseCode) -> bool {
    const FINAL: [ResponseCode; 7] = [
        ResponseCode::APPROVED,
        ResponseCode::INVALID_TRANSACTION,
        ResponseCode::TOO_LATE,
        ResponseCode::NO_ORIGINAL,
        ResponseCode::INSUFFICIENT_FUNDS,
        ResponseCode::AMOUNT_LIMIT,
        ResponseCode::DIFFERS_FROM_ORIGINAL,
    ];
    FINAL.contains(&code)
}

/// Whether a message asks for all of an exchange of this size; DE 49 is covered by no code and proves nothing.
pub fn is_whole(m: &Message, signed_minor: i64) -> bool {
    m.amount.map(Amount::signed) == Some(signed_minor.abs())
}
