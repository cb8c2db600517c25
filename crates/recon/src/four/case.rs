//! What follows from a class: who repairs, how, by when. Must never name a repair that the owner of the books does not make
//! itself: to another house it is a message or a case.

use super::advices::ADVICES;
use super::cases::CHARGES;
use super::pace::Pace;
use super::voids::VOIDS;
use super::{Class, Flow, View};
use slipway_terms::Lang;

/// Who has to act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Owner {
    /// Nobody: all is well, or nothing happened.
    Nobody,
    /// The acquirer.
    Acquirer,
    /// The network centre.
    Network,
    /// The issuer.
    Issuer,
}

/// The repair, as a command or case to its owner. Each takes the undo or redo slot of its original, so twice is once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Action {
    /// Nothing to repair.
    Nothing,
    /// Release the suspense to the cardholder (解除挂账).
    ReleaseSuspense,
    /// Keep the suspense: the item will still come.
    KeepSuspense,
    /// Take back the merchant's unconfirmed credit.
    UndoMerchantCredit,
    /// Hold the merchant's credit until the case ends.
    HoldMerchantCredit,
    /// Ask the merchant for the slip; no answer is a no (rules 7).
    AskMerchant,
    /// Give the money back through the network (贷记调整).
    CreditAdjustment,
    /// Ask the issuer for the money again, once (请款).
    DebitAdjustment,
    /// Credit the merchant with what is missing.
    PostMissingCredit,
    /// Post the debit from the clearing item, once, by its reference.
    PostMissingDebit,
    /// Clear the item again, or take it out of clearing, by a correction of the next file.
    CorrectFile,
    /// Compare with the slip; the slip stands, the difference is a case.
    CorrectAmount,
    /// Move to the day that the switch gave (F15).
    CorrectDay,
    /// Put the surplus copy aside; what was posted for it goes back.
    RemoveCopy,
    /// Wait for the next day's lists.
    WaitNextDay,
    /// Demand the missing list; nothing is released meanwhile.
    DemandList,
    /// Undo the void: its original stands again, with its slip.
    UndoVoid,
    /// Carry the void out where it is missing: a slip for it exists.
    CompleteVoid,
    /// Hand the stored advice on again until it is answered; same number, so twice is once.
    SendAdvice,
    /// Get the advice from the till: upload, or its journal.
    FetchAdvice,
    /// Answer the till again, so that its slip is printed.
    AnswerTill,
    /// Ask the acquirer who sent it; without an origin it is taken back.
    AskOrigin,
}

impl Action {
    /// In words.
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Nothing => ("不需处理", "nothing to do"),
            Self::ReleaseSuspense => ("解除挂账，退还持卡人", "release the suspense to the cardholder"),
            Self::KeepSuspense => ("保留挂账，等清算补到", "keep the suspense until the item comes"),
            Self::UndoMerchantCredit => ("撤下商户未确认款", "take back the merchant's unconfirmed credit"),
            Self::HoldMerchantCredit => ("商户款暂缓，至结案", "hold the merchant's credit until the case ends"),
            Self::AskMerchant => ("向商户调凭证，逾期视为没有", "ask the merchant for the slip; no answer is a no"),
            Self::CreditAdjustment => ("贷记调整", "credit adjustment through the network"),
            Self::DebitAdjustment => ("凭单请款，一次为限", "ask the issuer for the money, once, by the slip"),
            Self::PostMissingCredit => ("补入商户账", "post what is missing to the merchant"),
            Self::PostMissingDebit => ("按清算参考号补记一次", "post from the clearing item, once, by its reference"),
            Self::CorrectFile => ("在下一份清算文件中更正", "correct it in the next clearing file"),
            Self::CorrectAmount => ("以签购单为准，差额立案", "the slip stands, the difference is a case"),
            Self::CorrectDay => ("改到交换中心所定日期", "move it to the day that the switch gave"),
            Self::RemoveCopy => {
                ("剔除多出的一份，已入账的退还", "put the surplus copy aside and give back what was posted")
            }
            Self::WaitNextDay => ("等次日名单", "wait for the next day's lists"),
            Self::DemandList => ("催要名单，其间不解除挂账", "demand the missing list; release nothing meanwhile"),
            Self::UndoVoid => ("撤下该撤销，原交易恢复", "undo the void, its original stands again"),
            Self::CompleteVoid => ("补做撤销", "carry out the void where it is missing"),
            Self::SendAdvice => {
                ("继续送达通知，同号重送", "hand the advice on until it is answered, under the same number")
            }
            Self::FetchAdvice => {
                ("从终端取回通知（上送或流水）", "fetch the advice from the till, by upload or journal")
            }
            Self::AnswerTill => ("再次应答终端，打印凭单", "answer the till again, so that its slip is printed"),
            Self::AskOrigin => (
                "向收单查来源，无来源则撤回",
                "ask the acquirer where it came from; without an origin it is taken back",
            ),
        };
        in_words(lang, zh, en)
    }
}

impl Owner {
    /// In words.
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::Nobody => ("无", "nobody"),
            Self::Acquirer => ("收单行", "acquirer"),
            Self::Network => ("网络中心", "network centre"),
            Self::Issuer => ("发卡行", "issuer"),
        };
        in_words(lang, zh, en)
    }
}

const fn in_words(lang: Lang, zh: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Case {
    /// The view it is of; none: the same for all.
    pub view: Option<View>,
    /// Which behaviours.
    pub flows: &'static [Flow],
    /// Which class.
    pub class: Class,
    /// 原因.
    pub zh: &'static str,
    /// The cause.
    pub en: &'static str,
    /// Who does what; the first owns the case.
    pub repairs: &'static [(Owner, Action)],
    /// The rule that says so.
    pub rule: &'static str,
    /// How urgent it is: [`super::Deadlines`] has the steps.
    pub pace: Pace,
}

/// One row, in the order in which tables are read.
pub(super) const fn row(
    view: Option<View>,
    flows: &'static [Flow],
    class: Class,
    (zh, en): (&'static str, &'static str),
    repairs: &'static [(Owner, Action)],
    rule: &'static str,
    pace: Pace,
) -> Case {
    Case { view, flows, class, zh, en, repairs, rule, pace }
}

/// All rows.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    [CHARGES, VOIDS, ADVICES].into_iter().flatten()
}

/// The row of a class in a view. The tables are total for every class that a view can have; a test looks.
pub fn case(view: View, flow: Flow, class: Class) -> Option<&'static Case> {
    let fits =
        |case: &&Case| case.class == class && case.flows.contains(&flow) && case.view.is_none_or(|of| of == view);
    cases().find(fits)
}

impl Case {
    /// Who owns it.
    pub fn owner(&self) -> Owner {
        self.repairs.first().map_or(Owner::Nobody, |(owner, _)| *owner)
    }

    /// Its cause in words.
    pub const fn text(&self, lang: Lang) -> &'static str {
        in_words(lang, self.zh, self.en)
    }
}
