//! 调单、拒付: what a dispute between issuer and acquirer consists of, in words that all floors share. Steps and answers are a
//! closed list; reason codes and limits are data ([`crate::DisputeRules`]).

use crate::{ConditionCode, Kind, Message, Moment, Mti, ProcessingCode, ResponseCode, Short, SwitchKey, Text};
use alloc::format;
use serde::{Deserialize, Serialize};

/// DE 3 of what takes money back from the merchant.
const BACK: ProcessingCode = ProcessingCode(220_000);
/// DE 3 of what gives it to the merchant again.
const AGAIN: ProcessingCode = ProcessingCode(20_000);
/// DE 3 of what moves none.
const WORD: ProcessingCode = ProcessingCode(0);
/// DE 25 of the first step; the others follow.
const FIRST: u8 = 81;

/// One step of a dispute. The number is part of keys and of DE 25 and never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 查询、调单: the issuer asks for the slip. No money.
    Retrieval = 1,
    /// The acquirer's answer to it. No money.
    Answer = 2,
    /// 一次退单: the issuer takes the money back.
    Chargeback = 3,
    /// 再请款: the acquirer shows its evidence and takes it again.
    Representment = 4,
    /// 二次退单: the issuer takes it back once more; not for debit cards.
    SecondChargeback = 5,
    /// 仲裁: the network awards the money to the cardholder.
    AwardBack = 6,
    /// 仲裁: the network awards it to the merchant.
    AwardPaid = 7,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Retrieval,
        Self::Answer,
        Self::Chargeback,
        Self::Representment,
        Self::SecondChargeback,
        Self::AwardBack,
        Self::AwardPaid,
    ];

    /// As it is typed and stands in data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Retrieval => "retrieval",
            Self::Answer => "answer",
            Self::Chargeback => "chargeback",
            Self::Representment => "re-presentment",
            Self::SecondChargeback => "second-chargeback",
            Self::AwardBack => "award-cardholder",
            Self::AwardPaid => "award-merchant",
        }
    }

    /// The step of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.word() == word)
    }

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::Retrieval => ("调单", "retrieval request"),
            Self::Answer => ("调单回复", "answer to the retrieval"),
            Self::Chargeback => ("一次退单", "first chargeback"),
            Self::Representment => ("再请款", "re-presentment"),
            Self::SecondChargeback => ("二次退单", "second chargeback"),
            Self::AwardBack => ("仲裁判付持卡人", "award to the cardholder"),
            Self::AwardPaid => ("仲裁判付商户", "award to the merchant"),
        };
        Text::new(zh, en)
    }

    /// Which way its money goes: −1 to the cardholder, +1 to the merchant, 0 none.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Retrieval | Self::Answer => 0,
            Self::Chargeback | Self::SecondChargeback | Self::AwardBack => -1,
            Self::Representment | Self::AwardPaid => 1,
        }
    }

    /// Whether the network itself takes it.
    pub const fn is_award(self) -> bool {
        matches!(self, Self::AwardBack | Self::AwardPaid)
    }

    /// Whether the issuer takes it; else the acquirer, but for awards.
    pub const fn is_issuers(self) -> bool {
        matches!(self, Self::Retrieval | Self::Chargeback | Self::SecondChargeback)
    }

    /// The kind of exchange that its money is; none of what moves none.
    pub const fn kind(self) -> Option<Kind> {
        match self {
            Self::Retrieval | Self::Answer => None,
            Self::Chargeback => Some(Kind::Chargeback),
            Self::Representment => Some(Kind::Representment),
            Self::SecondChargeback => Some(Kind::SecondChargeback),
            Self::AwardBack => Some(Kind::AwardBack),
            Self::AwardPaid => Some(Kind::AwardPaid),
        }
    }

    /// DE 25: under the code of every line between members, as DE 3 is.
    pub const fn condition(self) -> ConditionCode {
        ConditionCode(FIRST + self as u8 - 1)
    }

    /// DE 0 and DE 3 of its advice. An award that finds the money where it belongs moves none.
    pub const fn shape(self, moves: bool) -> (Mti, ProcessingCode) {
        match (moves, self.sign()) {
            (true, 1) => (Mti(220), AGAIN),
            (true, -1) => (Mti(220), BACK),
            _ => (Mti(620), WORD),
        }
    }

    /// The step of a message between members, or of its answer; none if it is no such message.
    pub fn of(m: &Message) -> Option<Self> {
        let condition = m.condition?;
        let step = Self::ALL.into_iter().find(|step| step.condition() == condition)?;
        let fits = |moves: bool| {
            let (mti, processing) = step.shape(moves);
            (m.mti == mti || m.mti == mti.answer()) && m.processing == Some(processing)
        };
        let word = step.sign() == 0 || step.is_award();
        ((step.sign() != 0 && fits(true)) || (word && fits(false))).then_some(step)
    }

    /// The tag of its advice in an outbox, under the original; an award goes to two houses, one after the other.
    pub const fn tag(self, second: bool) -> u8 {
        10 + self as u8 + if second { 10 } else { 0 }
    }
}

/// What an acquirer answers to a retrieval: DE 39 of its advice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// 01: the slip was found; the sale took place and the acquirer has no surplus.
    SlipFound = 1,
    /// 02: it was an error and has been given back already.
    Adjusted = 2,
    /// 03: it was an error: please charge it back.
    ChargeBack = 3,
    /// 04: the slip cannot be shown.
    CannotProve = 4,
}

impl Reply {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SlipFound, Self::Adjusted, Self::ChargeBack, Self::CannotProve];

    /// As it is typed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SlipFound => "slip-found",
            Self::Adjusted => "adjusted",
            Self::ChargeBack => "charge-back",
            Self::CannotProve => "cannot-prove",
        }
    }

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::SlipFound => ("01 交易成功，收单方无长款，已附凭证", "01 slip found, no surplus"),
            Self::Adjusted => ("02 差错长款，已退还", "02 an error, given back already"),
            Self::ChargeBack => ("03 差错长款，请退单", "03 an error, please charge it back"),
            Self::CannotProve => ("04 无法提供凭证", "04 the slip cannot be shown"),
        };
        Text::new(zh, en)
    }

    /// DE 39.
    pub fn code(self) -> ResponseCode {
        ResponseCode::new(&format!("{:02}", self as u8)).unwrap_or(ResponseCode::OTHER)
    }

    /// Of DE 39.
    pub fn of(code: ResponseCode) -> Option<Self> {
        Self::ALL.into_iter().find(|reply| reply.code() == code)
    }
}

/// What shows that a slip exists, or that none does (rules 9). Weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The terminal itself has said, under its key, that no slip came out.
    NoSlip,
    /// The terminal has uploaded it as a line of its batch, under its key.
    Uploaded,
    /// The terminal has confirmed it, under its key.
    Confirmed,
    /// The acquirer's archive has the copy.
    Archived,
    /// The merchant has handed it in.
    Merchant,
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::NoSlip, Self::Uploaded, Self::Confirmed, Self::Archived, Self::Merchant];

    /// As it stands in data.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoSlip => "no-slip",
            Self::Uploaded => "uploaded",
            Self::Confirmed => "confirmed",
            Self::Archived => "archived",
            Self::Merchant => "merchant",
        }
    }

    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::NoSlip => ("终端声明未出单", "the terminal says that no slip came out"),
            Self::Uploaded => ("批上送明细", "uploaded as a line of its batch"),
            Self::Confirmed => ("终端签购单确认", "confirmed by its terminal"),
            Self::Archived => ("收单行留存联", "the acquirer's archived copy"),
            Self::Merchant => ("商户提交凭证", "handed in by the merchant"),
        };
        Text::new(zh, en)
    }
}

/// Who keeps the money at the end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Won {
    /// The cardholder.
    Cardholder,
    /// The merchant.
    Merchant,
}

impl Won {
    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::Cardholder => ("款项归持卡人", "the cardholder keeps the money"),
            Self::Merchant => ("款项归商户", "the merchant keeps the money"),
        };
        Text::new(zh, en)
    }
}

/// What a person orders in a dispute.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum DisputeAct {
    /// Takes this step for this reason: an issuer's, an acquirer's re-presentment, the network's award.
    Raise(Step, Short<4>),
    /// At the acquirer: answers the retrieval.
    Answer(Reply),
    /// At the acquirer: the merchant has handed in a slip; of a retrieval that is the answer.
    HandIn,
    /// At the acquirer: gives the money back by credit adjustment (贷记调整) before it is charged back.
    GiveBack,
}

/// One order. Who makes it: a person, through the rim.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DisputeOrder {
    /// The exchange in dispute.
    pub original: SwitchKey,
    /// What.
    pub act: DisputeAct,
    /// By whom.
    pub by: Short<24>,
    /// Who has checked it: of an award another person, or it is none.
    pub checked: Option<Short<24>>,
    /// Why; never a card number.
    pub because: Short<96>,
    /// SHA-256 of the file that was handed in; the file stays with whoever has it.
    pub file: Option<[u8; 32]>,
    /// A number of this order: told twice it is one order.
    pub ticket: u64,
}

/// Why an order was not taken. Nothing has changed then but the record of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "Refusal::words says each")]
pub enum Refusal {
    NotHere,
    NotApproved,
    NotCleared,
    Undone,
    Taken,
    NothingLeft,
    OwnLoss,
    Reason,
    Kind,
    Verification,
    Chip,
    Order,
    Waiting,
    Late,
    NotForDebit,
    Final,
    FourEyes,
    TooEarly,
    NoEvidence,
    NotOurs,
    Closed,
    NotNow,
    DebitedAgain,
}

impl Refusal {
    /// In words for people.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            Self::NotHere => ("本机构没有这笔交易", "this house has no such exchange"),
            Self::NotApproved => ("该交易不是成功的扣款", "it is no approved payment"),
            Self::NotCleared => {
                ("尚未清算：在挂账期内，由挂账机制处理", "not cleared yet: it waits in suspense, which has its own end")
            }
            Self::Undone => {
                ("已冲正、撤销或调整，款项已退回，不能再退", "undone already, and the money is back: once is all")
            }
            Self::DebitedAgain => (
                "曾退回后又重新入账，退回机会已用完；款项仍已扣，请由商户退货",
                "given back once and debited again: its one undo is used; the debit stands, and only a refund gives it back",
            ),
            Self::Taken => ("已被撤销、小费调整或更正占用", "a void, a tip or a correction has it"),
            Self::NothingLeft => ("已全额退货，没有余额", "refunded in full, nothing is left"),
            Self::OwnLoss => ("由本机构承担的交易", "this house has borne it itself"),
            Self::Reason => ("原因码不存在，或不属于该步骤", "no such reason code for this step"),
            Self::Kind => ("该原因码不适用于这类交易", "the reason is not for this kind of exchange"),
            Self::Verification => {
                ("该原因码不适用于这种持卡人验证方式", "the reason is not for this way of verifying the cardholder")
            }
            Self::Chip => ("该原因码不适用于芯片交易或磁条交易", "the reason is not for chip, or only for chip"),
            Self::Order => ("按现阶段不能走这一步", "not the next step as it stands"),
            Self::Waiting => ("上一步还没有答复", "the step before has no answer yet"),
            Self::Late => ("已过期限", "the time for it is over"),
            Self::NotForDebit => ("借记卡不适用这一步", "not for debit cards"),
            Self::Final => ("该原因码下收单方不能再请款", "under this reason the acquirer has no re-presentment"),
            Self::FourEyes => ("仲裁须由另一人复核", "an award is checked by another person"),
            Self::TooEarly => ("商户举证期未满，不能答“无法提供”", "the merchant's own time is not over"),
            Self::NoEvidence => ("没有凭证", "there is no evidence for it"),
            Self::NotOurs => ("这一步不由本机构办理", "not this house's step"),
            Self::Closed => ("争议已结", "the dispute is closed"),
            Self::NotNow => {
                ("有退货、差错或更正正在处理，稍后再试", "a refund, a case or a correction is under way: later")
            }
        };
        Text::new(zh, en)
    }
}

/// What a house says of a dispute, for the desk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DisputeTold {
    /// The newest step that stands, if any.
    pub standing: Option<Step>,
    /// A step that has no answer yet.
    pub waiting: Option<Step>,
    /// When it ends by itself.
    pub due: Option<Moment>,
    /// How it ended.
    pub won: Option<Won>,
}

/// The number of a dispute for people: acquirer, DE 7 and DE 11 of its original, as every house can name it.
pub fn dispute_number(original: &SwitchKey) -> Short<32> {
    Short::cut(&format!("{}-{:010}-{}", original.acquirer, original.sent.number(), original.stan))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_found_again_in_its_message() {
        for step in Step::ALL {
            for moves in [false, true] {
                let (mti, processing) = step.shape(moves);
                let mut m = Message::new(mti);
                (m.processing, m.condition) = (Some(processing), Some(step.condition()));
                let possible = if moves { true } else { step.sign() == 0 || step.is_award() };
                assert_eq!(Step::of(&m), possible.then_some(step), "{step:?} {moves}");
                m.mti = mti.answer();
                assert_eq!(Step::of(&m), possible.then_some(step), "{step:?} {moves}");
                m.mti = Mti(200);
                assert_eq!(Step::of(&m), None);
            }
            assert_eq!(Step::of_word(step.word()), Some(step));
            assert_eq!(step.kind().map_or(0, |kind| i64::from(kind.shape().sign)), step.sign());
        }
    }

    #[test]
    fn replies_have_the_trades_codes() {
        let codes: alloc::vec::Vec<_> = Reply::ALL.iter().map(|reply| reply.code().to_string()).collect();
        assert_eq!(codes, ["01", "02", "03", "04"]);
        assert!(Reply::ALL.iter().all(|reply| Reply::of(reply.code()) == Some(*reply)));
        assert_eq!(Reply::of(ResponseCode::APPROVED), None);
    }

    use alloc::string::ToString;
}
