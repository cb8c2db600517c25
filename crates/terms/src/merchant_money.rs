//! What a person orders about a merchant's money between the days: holds, their release, returned payouts and what is paid again. A neutral
//! form: the crate that reckons and the house that posts do not see each other.

use crate::{BusinessDate, Lang, MerchantId, Rrn, Short, Text};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Why money is held. A closed list: what is not here is no ground (rules 11).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum HoldGround {
    /// A case about an exchange is open (rules 7).
    OpenCase,
    /// A retrieval request was not answered (调单).
    Retrieval,
    /// A chargeback is under way (退单).
    Chargeback,
    /// A cardholder says it was not he (盗刷).
    FraudClaim,
    /// A risk rule was hit and explains itself.
    RiskHit,
    /// Licence or account of the merchant are being looked at.
    Registration,
    /// A court or an authority ordered it.
    Order,
}

impl HoldGround {
    /// All grounds.
    pub const ALL: [Self; 7] = [
        Self::OpenCase,
        Self::Retrieval,
        Self::Chargeback,
        Self::FraudClaim,
        Self::RiskHit,
        Self::Registration,
        Self::Order,
    ];

    /// Its word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenCase => "open-case",
            Self::Retrieval => "retrieval",
            Self::Chargeback => "chargeback",
            Self::FraudClaim => "fraud-claim",
            Self::RiskHit => "risk-hit",
            Self::Registration => "registration",
            Self::Order => "order",
        }
    }

    /// By its word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ground| ground.word() == word)
    }

    /// It is about one exchange: what is in doubt is that exchange's amount and nothing that a person says.
    pub const fn is_about_exchange(self) -> bool {
        matches!(self, Self::OpenCase | Self::Retrieval | Self::Chargeback | Self::FraudClaim)
    }

    /// In words.
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::OpenCase => ("交易差错未结案", "a case about an exchange is open"),
            Self::Retrieval => ("调单未答复", "a retrieval request is not answered"),
            Self::Chargeback => ("退单处理中", "a chargeback is under way"),
            Self::FraudClaim => ("持卡人称被盗刷", "a cardholder claims fraud"),
            Self::RiskHit => ("命中风险规则", "a risk rule was hit"),
            Self::Registration => ("证照或结算账户核实中", "licence or settlement account are being verified"),
            Self::Order => ("司法或监管要求", "a court or an authority ordered it"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// To which bound account a payout goes: its version in the merchant's registration, and what shows that it is that one. The whole number
/// stands in the bank's file only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PayTo {
    /// The version in the registration; 1 is the first.
    pub account: u16,
    /// Last four digits.
    pub tail: Short<4>,
    /// The bank's line number.
    pub bank: Short<12>,
    /// The day it goes out.
    pub pay_day: BusinessDate,
}

/// What is ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum MerchantAct {
    /// Holds money of the next payouts.
    Hold {
        /// Why.
        ground: HoldGround,
        /// The exchange in doubt, where the ground is about one.
        about: Option<Rrn>,
        /// What is in doubt, where the ground is about no exchange. Unit: minor units, as below.
        doubt_minor: i64,
        /// How much is held at most.
        minor: i64,
        /// Its last day.
        until: BusinessDate,
    },
    /// Ends a hold before its time.
    Release {
        /// Its number at this merchant.
        no: u32,
    },
    /// A bank has sent a payout back (退汇).
    Returned {
        /// The business day that was paid.
        day: BusinessDate,
        /// Which attempt.
        attempt: u8,
        /// How much came back.
        minor: i64,
        /// From which account of the registration.
        account: u16,
        /// The bank's reason code.
        code: Short<4>,
        /// The number of the bank's message.
        file: Short<35>,
    },
    /// Another account is bound to the merchant, from the day on that is named as its pay day.
    Bind {
        /// Which account.
        to: PayTo,
    },
    /// Pays a returned payout again, as the next attempt.
    Again {
        /// The business day that was paid.
        day: BusinessDate,
        /// Which attempt was returned.
        attempt: u8,
        /// Where it goes now.
        to: PayTo,
    },
}

/// One order. Who makes it: a person, through the rim; the rule itself where a corrected account is bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MerchantOrder {
    /// Whose money.
    pub merchant: MerchantId,
    /// What.
    pub act: MerchantAct,
    /// Who orders it.
    pub by: Short<24>,
    /// Who has checked it; empty where one person is enough.
    pub checked: Short<24>,
    /// A number of this order: its refusal is found by it.
    pub ticket: u64,
}

/// Why an order was not taken. Nothing has changed then but the record of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "MerchantRefusal::words says each")]
pub enum MerchantRefusal {
    NoMerchant,
    OnePerson,
    Zero,
    AboveDoubt,
    NoExchange,
    End,
    TooMany,
    NoHold,
    NotPaid,
    OtherAmount,
    OtherAccount,
    NotReturned,
    SameAccount,
    Attempts,
    PaidAgain,
    NoCase,
}

impl MerchantRefusal {
    /// Each of them.
    pub const ALL: [Self; 16] = [
        Self::NoMerchant,
        Self::OnePerson,
        Self::Zero,
        Self::AboveDoubt,
        Self::NoExchange,
        Self::End,
        Self::TooMany,
        Self::NoHold,
        Self::NotPaid,
        Self::OtherAmount,
        Self::OtherAccount,
        Self::NotReturned,
        Self::SameAccount,
        Self::Attempts,
        Self::PaidAgain,
        Self::NoCase,
    ];

    /// What it means and what to do.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::NoMerchant => ("收单行没有这个商户", "the acquirer has no such merchant"),
            Self::OnePerson => {
                ("须两人办理：经办与复核不能是同一人", "two persons are needed: who checks is another one")
            }
            Self::Zero => ("金额须大于零", "the amount must be above zero"),
            Self::AboveDoubt => (
                "暂缓金额超过存疑金额（同一笔交易的各项暂缓合并计算）",
                "more than is in doubt, all holds about the same exchange together",
            ),
            Self::NoExchange => (
                "这个原因须指明该商户一笔已成功的交易（--about 参考号）",
                "this ground needs an approved exchange of the merchant (--about REFERENCE)",
            ),
            Self::NoCase => (
                "这笔交易没有未结的差错或争议：以此为由的暂缓不成立",
                "no case and no dispute about this exchange is open: a hold on that ground would be untrue",
            ),
            Self::End => ("截止日须在今天或以后，最长 180 天", "the end date is today or later, 180 days at most"),
            Self::TooMany => ("该商户未结束的暂缓过多", "the merchant has too many open holds"),
            Self::NoHold => ("没有这项暂缓", "there is no such hold"),
            Self::NotPaid => ("从未付过这一笔", "this was never paid"),
            Self::OtherAmount => ("退汇金额与付款不同", "the returned amount is not what was paid"),
            Self::OtherAccount => ("退汇账户不是付款账户", "it comes from another account than was paid"),
            Self::NotReturned => ("该笔付款没有退汇", "this payout was not returned"),
            Self::SameAccount => (
                "结算账户尚未更正：先更正账户（settle account），或由两人决定仍付原账户（settle repay）",
                "the account was not corrected: correct it (settle account), or two persons say to pay it again (settle repay)",
            ),
            Self::Attempts => ("重付次数用尽，请人工处理", "no attempts are left, a person has to look"),
            Self::PaidAgain => ("该笔退汇已重付", "this return was paid again already"),
        };
        Text { zh: String::from(zh), en: String::from(en) }
    }
}
