//! What the cardholder is told (短信). Delivered at least once, with a stable id; no two ids state the same debit or return.

use crate::{Amount, CardTail, Moment, Short, SwitchKey, Text};
use alloc::format;
use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// The account was debited.
    Debit,
    /// A debit was refused.
    Decline,
    /// A debit told before went back.
    Refund,
}

/// One message to the cardholder's phone. Its id is the exchange and the kind: the same event has the same id for ever.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// The exchange it speaks of.
    pub about: SwitchKey,
    /// What happened.
    pub kind: NoticeKind,
    /// The masked card.
    pub card: CardTail,
    /// How much.
    pub amount: Amount,
    /// Where, as the slip names it.
    pub place: Short<40>,
    /// When.
    pub at: Moment,
    /// Available balance afterwards, signed minor units.
    pub available: i64,
}

impl Notice {
    /// The sentence on the phone.
    pub fn text(&self) -> Text {
        let (amount, tail, at) = (self.amount, self.card.last4, self.at);
        let place = self.place.as_str().trim();
        match self.kind {
            NoticeKind::Debit => Text::new(
                format!("您尾号{tail:04}的卡于{at}在{place}消费{amount}元,余额以账户为准。"),
                format!("Card ending {tail:04}: paid CNY {amount} at {place}, {at}."),
            ),
            NoticeKind::Decline => Text::new(
                format!("您尾号{tail:04}的卡于{at}在{place}的{amount}元交易未成功,未扣款。"),
                format!("Card ending {tail:04}: CNY {amount} at {place} was declined, {at}. Nothing was taken."),
            ),
            NoticeKind::Refund => Text::new(
                format!("您尾号{tail:04}的卡在{place}的{amount}元消费已冲正,款项已于{at}退回账户。"),
                format!("Card ending {tail:04}: CNY {amount} taken at {place} was returned, {at}."),
            ),
        }
    }
}
