//! What may wait on disk until it is answered: advices only (04xx, x2x), without card data in clear, by type (rules 11).

use crate::{
    Amount, AuthCode, ClockTime, ConditionCode, EntryMode, InstitutionId, Mcc, MerchantId, Message, MonthDay, Mti,
    OriginalData, OriginalTill, Pan, ProcessingCode, ResponseCode, Rrn, SealedPan, Second, SentAt, Short, Stan,
    TerminalId, Till60,
};
use serde::{Deserialize, Serialize};

/// A message that is repeated until it is answered. It has no place for track, PIN, chip data or a clear card number;
/// DE 2 is filled from `card` by the vault when it leaves, or stays away: a reversal without DE 2 is complete.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the same data elements as in Message")]
pub struct Advice {
    pub mti: Mti,
    pub card: Option<SealedPan>,
    pub processing: Option<ProcessingCode>,
    pub amount: Option<Amount>,
    pub sent: Option<SentAt>,
    pub stan: Option<Stan>,
    pub time: Option<ClockTime>,
    pub date: Option<MonthDay>,
    pub settlement: Option<MonthDay>,
    pub mcc: Option<Mcc>,
    pub entry: Option<EntryMode>,
    pub condition: Option<ConditionCode>,
    pub acquirer: Option<InstitutionId>,
    pub forwarder: Option<InstitutionId>,
    pub rrn: Option<Rrn>,
    pub auth: Option<AuthCode>,
    pub code: Option<ResponseCode>,
    pub terminal: Option<TerminalId>,
    pub merchant: Option<MerchantId>,
    pub name_place: Option<Short<40>>,
    pub till60: Option<Till60>,
    pub original_till: Option<OriginalTill>,
    pub original: Option<OriginalData>,
    pub receiver: Option<InstitutionId>,
    pub operator_or_scheme: Option<Short<3>>,
    /// DE 48 of a payment that the terminal let go as a second one; of no other message.
    pub second: Option<Second>,
    pub reason: Option<Short<4>>,
}

impl Advice {
    /// The storable part of `message` under another type, with the card sealed. Everything an advice may not keep is left behind.
    pub fn of(message: &Message, mti: Mti, card: Option<SealedPan>) -> Self {
        Self {
            mti,
            card,
            processing: message.processing,
            amount: message.amount,
            sent: message.sent,
            stan: message.stan,
            time: message.time,
            date: message.date,
            settlement: message.settlement,
            mcc: message.mcc,
            entry: message.entry,
            condition: message.condition,
            acquirer: message.acquirer,
            forwarder: message.forwarder,
            rrn: message.rrn,
            auth: message.auth,
            code: message.code,
            terminal: message.terminal,
            merchant: message.merchant,
            name_place: message.name_place,
            till60: message.till60,
            original_till: message.original_till,
            original: message.original,
            receiver: message.receiver,
            operator_or_scheme: message.operator_or_scheme,
            second: second_of(message, mti),
            reason: message.reason,
        }
    }

    /// The message to send, with DE 2 if the vault could open the sealed card.
    pub fn message(&self, pan: Option<Pan>) -> Message {
        Message {
            pan,
            processing: self.processing,
            amount: self.amount,
            sent: self.sent,
            stan: self.stan,
            time: self.time,
            date: self.date,
            settlement: self.settlement,
            mcc: self.mcc,
            entry: self.entry,
            condition: self.condition,
            acquirer: self.acquirer,
            forwarder: self.forwarder,
            rrn: self.rrn,
            auth: self.auth,
            code: self.code,
            terminal: self.terminal,
            merchant: self.merchant,
            name_place: self.name_place,
            till60: self.till60,
            original_till: self.original_till,
            original: self.original,
            receiver: self.receiver,
            operator_or_scheme: self.operator_or_scheme,
            private48: self.second.map(|second| second.write()),
            reason: self.reason,
            ..Message::new(self.mti)
        }
    }
}

/// The link that a payment carries; its reversal is about the payment alone.
fn second_of(message: &Message, mti: Mti) -> Option<Second> {
    let text = message.private48.as_deref().filter(|_| mti == message.mti)?;
    Second::read(text, &message.till_key()?)
}
