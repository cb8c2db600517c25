//! Cases: what a machine cannot decide and a person must. Every case has a ground from a closed list, a number, and an end.

use crate::{CaseMove, CaseMoves, Moment, ResponseCode, Short, SwitchKey, Text, TillKey};
use alloc::format;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Why a case was opened. The number is part of its key and never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A reversal of a confirmed sale (answered 22).
    ReversalOfConfirmed = 1,
    /// A reversal whose amount, card or processing code differs from its original (64).
    ReversalDiffers = 2,
    /// The switch refused the acquirer's advice (22 or 64).
    AdviceRefused = 3,
    /// Not confirmed in time (rules 7).
    Unconfirmed = 4,
    /// The terminal has a slip for what is not approved at the acquirer (rules 9).
    SlipWithoutSale = 5,
    /// A confirmation that differs from its exchange.
    ConfirmationDiffers = 6,
    /// The till's settlement has another amount than the acquirer (rules 9).
    AmountDiffers = 7,
    /// An offline sale that nobody else bears: it stands against the acquirer's own loss (rules 3).
    Borne = 8,
    /// At the switch: an issuer refused the undo of an exchange (12, 22, 25 or 64).
    UndoRefused = 9,
    /// A second device came with what a replaced one had handed over, or that one came back itself.
    HandoverTwice = 10,
    /// An advice on a number that another exchange has (94): the till has more than the acquirer knows.
    AdviceOnUsedNumber = 11,
    /// The customer paid again while this one was open, and both have slips: one purchase or two?
    PaidTwice = 12,
}

impl Ground {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ReversalOfConfirmed,
        Self::ReversalDiffers,
        Self::AdviceRefused,
        Self::Unconfirmed,
        Self::SlipWithoutSale,
        Self::ConfirmationDiffers,
        Self::AmountDiffers,
        Self::Borne,
        Self::UndoRefused,
        Self::HandoverTwice,
        Self::AdviceOnUsedNumber,
        Self::PaidTwice,
    ];

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::ReversalOfConfirmed => ("已确认的交易被冲正", "reversal of a confirmed sale"),
            Self::ReversalDiffers => ("冲正与原交易不符", "reversal differs from its original"),
            Self::AdviceRefused => ("交换中心拒绝冲正通知", "the switch refused the reversal advice"),
            Self::Unconfirmed => ("到期未确认签购单", "no word of a slip in time"),
            Self::SlipWithoutSale => ("有签购单而无成功交易", "a slip without a sale"),
            Self::ConfirmationDiffers => ("确认与交易不符", "confirmation differs from its sale"),
            Self::AmountDiffers => ("批结算金额不符", "settlement has another amount"),
            Self::Borne => ("收单行承担的脱机消费", "offline sale borne by the acquirer"),
            Self::UndoRefused => ("发卡行拒绝冲正", "the issuer refused the undo"),
            Self::HandoverTwice => ("交接包被重复使用", "a hand-over taken twice"),
            Self::AdviceOnUsedNumber => ("通知的流水号已被占用", "an advice on a used number"),
            Self::PaidTwice => {
                ("同卡同金额两笔均有签购单：一次购买还是两次", "paid twice, both with slips: one purchase or two")
            }
        };
        Text::new(zh, en)
    }
}

/// What a person who worked a case found.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The slip, or the device's own journal: the sale stands.
    SlipShown,
    /// The merchant denies, or nothing was shown in time: the cardholder gets the money back.
    NoSlip,
    /// The host's own record is right as it stands, or the other house has put it right.
    AsBooked,
    /// The customer bought once and paid twice: the surplus is refunded.
    OnePurchase,
    /// The customer bought twice: both stand.
    TwoPurchases,
}

impl Finding {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::SlipShown, Self::NoSlip, Self::AsBooked, Self::OnePurchase, Self::TwoPurchases];

    /// As it is typed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SlipShown => "slip-shown",
            Self::NoSlip => "no-slip",
            Self::AsBooked => "as-booked",
            Self::OnePurchase => "one-purchase",
            Self::TwoPurchases => "two-purchases",
        }
    }

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::SlipShown => ("已出示签购单", "slip shown"),
            Self::NoSlip => ("无签购单", "no slip"),
            Self::AsBooked => ("以主机记录为准", "as booked"),
            Self::OnePurchase => ("一次购买，多付的一笔退货", "one purchase: the surplus is refunded"),
            Self::TwoPurchases => ("两次购买，两笔均有效", "two purchases: both stand"),
        };
        Text::new(zh, en)
    }
}

/// Which case: an exchange and a ground. An exchange has one case of each ground.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum CaseKey {
    /// At the acquirer.
    Till(TillKey, Ground),
    /// At the switch.
    Switch(SwitchKey, Ground),
}

impl fmt::Display for CaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Till(till, ground) => write!(f, "{}-{}-{}-{}", till.terminal, till.batch, till.stan, *ground as u8),
            Self::Switch(key, ground) => {
                write!(f, "{}-{:010}-{}-{}", key.acquirer, key.sent.number(), key.stan, *ground as u8)
            }
        }
    }
}

impl CaseKey {
    /// The case number (差错编号) for people and paper: terminal, batch and STAN, or acquirer, DE 7 and DE 11; then the ground.
    /// It is made of what the case is about, so it needs no counter and every party that knows the exchange can name it.
    pub fn number(&self) -> Short<32> {
        Short::cut(&format!("{self}"))
    }
}

/// A finding with the person and the reason behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// By whom; `timer` when the merchant's time was over.
    pub by: Short<24>,
    /// Why; never a card number.
    pub because: Short<96>,
    /// When.
    pub at: Moment,
}

/// What a host says of one of its cases.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseTold {
    /// Which.
    pub key: CaseKey,
    /// Since when.
    pub at: Moment,
    /// The refusal behind it, if there was one.
    pub code: Option<ResponseCode>,
    /// When it ends by itself, if it does.
    pub due: Option<Moment>,
    /// When it was closed: by a finding, or by later evidence.
    pub closed: Option<Moment>,
    /// What was found.
    pub found: Option<Found>,
    /// The slip that came after "no slip" (rules 7).
    pub later: Option<Found>,
    /// What each finding would move now, while it is open.
    pub moves: CaseMoves,
    /// What the last finding has moved, or has asked for.
    pub moved: Option<CaseMove>,
}

impl CaseTold {
    /// Its ground.
    pub const fn ground(&self) -> Ground {
        match self.key {
            CaseKey::Till(_, ground) | CaseKey::Switch(_, ground) => ground,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchNo, InstitutionId, MerchantId, SentAt, Stan, TerminalId};

    #[test]
    fn numbers_name_their_exchange() {
        let till = TillKey {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999310054110001").unwrap(),
            batch: BatchNo(7),
            stan: Stan::new(12).unwrap(),
        };
        assert_eq!(CaseKey::Till(till, Ground::Borne).number().as_str(), "10000001-000007-000012-8");
        let id = InstitutionId::new("99900001").unwrap();
        let sent = SentAt::from_number(1_126_090_807).unwrap();
        let key = SwitchKey { acquirer: id, forwarder: id, sent, stan: till.stan };
        let number = CaseKey::Switch(key, Ground::UndoRefused).number();
        assert_eq!(number.as_str(), "99900001-1126090807-000012-9");
    }

    #[test]
    fn every_ground_has_its_own_number_and_words() {
        for (no, ground) in (1..).zip(Ground::ALL) {
            assert_eq!(ground as u8, no);
            assert!(Ground::ALL.iter().filter(|other| other.words() == ground.words()).count() == 1);
        }
    }
}
