//! The closed list of transaction kinds and the one table of their message keys (reference 3.1: MTI + DE 3 + DE 25 + 60.1).

use crate::{ConditionCode, Message, Mti, ProcessingCode};
use serde::{Deserialize, Serialize};

/// What kind of exchange. Financial kinds are keyed by the table; management kinds by MTI and 60.3.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[expect(missing_docs, reason = "SHAPES names every kind in both languages")]
pub enum Kind {
    Balance,
    Sale,
    SaleVoid,
    Refund,
    PreAuth,
    PreAuthVoid,
    Completion,
    CompletionAdvice,
    CompletionVoid,
    OfflineSale,
    Adjust,
    Moto,
    Chargeback,
    Representment,
    SecondChargeback,
    AwardBack,
    AwardPaid,
}

/// One row of the table.
#[derive(Debug)]
pub struct Shape {
    /// The kind.
    pub kind: Kind,
    /// Request MTI.
    pub mti: Mti,
    /// DE 3.
    pub processing: ProcessingCode,
    /// DE 25.
    pub condition: ConditionCode,
    /// 60.1.
    pub type_code: u8,
    /// Reversed when in doubt (rules 3); the others are repeated, or nothing at all for an inquiry.
    pub reversible: bool,
    /// The sign of the amount on its slip (rules 1): +1 the cardholder pays, -1 the cardholder gets it back, 0 no money moves.
    /// Of an adjustment the amount is the difference, which has a sign of its own.
    pub sign: i8,
    /// It is nothing by itself: it names an earlier exchange (DE 61, 37 or 90).
    pub names_original: bool,
    /// 中文 as on the slip.
    pub zh: &'static str,
    /// English as on the slip.
    pub en: &'static str,
}

const fn row(
    kind: Kind,
    key: (u16, u32, u8, u8),
    reversible: bool,
    sign: i8,
    names_original: bool,
    zh: &'static str,
    en: &'static str,
) -> Shape {
    Shape {
        kind,
        mti: Mti(key.0),
        processing: ProcessingCode(key.1),
        condition: ConditionCode(key.2),
        type_code: key.3,
        reversible,
        sign,
        names_original,
        zh,
        en,
    }
}

/// All kinds.
#[rustfmt::skip]
pub static SHAPES: &[Shape] = &[
    row(Kind::Balance, (200, 310_000, 0, 1), false, 0, false, "余额查询", "BALANCE"),
    row(Kind::Sale, (200, 0, 0, 22), true, 1, false, "消费", "SALE"),
    row(Kind::SaleVoid, (200, 200_000, 0, 23), true, -1, true, "消费撤销", "VOID"),
    row(Kind::Refund, (220, 200_000, 0, 25), false, -1, true, "退货", "REFUND"),
    row(Kind::PreAuth, (100, 30_000, 6, 10), true, 0, false, "预授权", "PRE-AUTH"),
    row(Kind::PreAuthVoid, (100, 200_000, 6, 11), true, 0, true, "预授权撤销", "PRE-AUTH VOID"),
    row(Kind::Completion, (200, 0, 6, 20), true, 1, true, "预授权完成", "COMPLETION"),
    row(Kind::CompletionAdvice, (220, 0, 6, 24), false, 1, true, "预授权完成通知", "COMPLETION ADVICE"),
    row(Kind::CompletionVoid, (200, 200_000, 6, 21), true, -1, true, "预授权完成撤销", "COMPLETION VOID"),
    row(Kind::OfflineSale, (220, 0, 0, 30), false, 1, false, "离线结算", "OFFLINE SALE"),
    row(Kind::Adjust, (220, 0, 0, 34), false, 1, true, "结算调整", "ADJUST"),
    row(Kind::Moto, (200, 0, 8, 22), true, 1, false, "订购", "MOTO"),
];

/// What moves money in a dispute: between houses only, told by DE 25, and of no till ([`crate::Step`]).
#[rustfmt::skip]
pub static DISPUTED: &[Shape] = &[
    row(Kind::Chargeback, (220, 220_000, 83, 0), false, -1, true, "一次退单", "CHARGEBACK"),
    row(Kind::Representment, (220, 20_000, 84, 0), false, 1, true, "再请款", "RE-PRESENTMENT"),
    row(Kind::SecondChargeback, (220, 220_000, 85, 0), false, -1, true, "二次退单", "SECOND CHARGEBACK"),
    row(Kind::AwardBack, (220, 220_000, 86, 0), false, -1, true, "仲裁判付持卡人", "AWARD TO CARDHOLDER"),
    row(Kind::AwardPaid, (220, 20_000, 87, 0), false, 1, true, "仲裁判付商户", "AWARD TO MERCHANT"),
];

impl Shape {
    /// An approval moves money between cardholder and merchant.
    pub const fn moves_money(&self) -> bool {
        self.sign != 0
    }

    /// Two kinds have the same MTI, DE 3 and DE 25.
    const fn shares_its_key(&self) -> bool {
        matches!(self.kind, Kind::OfflineSale | Kind::Adjust)
    }

    /// "This happened, you may not refuse": stored before it is sent and repeated until it is answered, never reversed.
    pub const fn is_advice(&self) -> bool {
        self.mti.0 == 220
    }
}

impl Kind {
    /// A payment of its own, which can be voided, adjusted and refunded.
    pub const fn is_purchase(self) -> bool {
        matches!(self, Self::Sale | Self::Moto)
    }

    /// Debits what an earlier pre-authorisation holds.
    pub const fn completes(self) -> bool {
        matches!(self, Self::Completion | Self::CompletionAdvice)
    }

    /// Whether it is a step of a dispute between houses.
    pub const fn is_disputed(self) -> bool {
        matches!(
            self,
            Self::Chargeback | Self::Representment | Self::SecondChargeback | Self::AwardBack | Self::AwardPaid
        )
    }

    /// What a sentence calls it: 中文, and English in small letters.
    pub fn noun(self) -> (&'static str, &'static str) {
        let en = match self {
            Self::Balance => "balance inquiry",
            Self::Sale => "sale",
            Self::SaleVoid => "void of the sale",
            Self::Refund => "refund",
            Self::PreAuth => "pre-authorisation",
            Self::PreAuthVoid => "void of the pre-authorisation",
            Self::Completion => "completion",
            Self::CompletionAdvice => "completion by advice",
            Self::CompletionVoid => "void of the completion",
            Self::OfflineSale => "offline sale",
            Self::Adjust => "adjustment",
            Self::Moto => "mail or phone order",
            Self::Chargeback => "chargeback",
            Self::Representment => "re-presentment",
            Self::SecondChargeback => "second chargeback",
            Self::AwardBack => "award to the cardholder",
            Self::AwardPaid => "award to the merchant",
        };
        (self.shape().zh, en)
    }

    /// The row of this kind.
    pub fn shape(self) -> &'static Shape {
        SHAPES.iter().chain(DISPUTED).find(|s| s.kind == self).unwrap_or(&SHAPES[1])
    }

    /// The kind of a terminal request or of the original a 0400 names: by DE 3, 25 and 60.1; on the switch side, where
    /// there is no 60.1, by the first kind that agrees in MTI, DE 3 and DE 25; an adjustment is told from an offline sale by
    /// the original it names (DE 90). `None`: no such transaction (12).
    pub fn of(message: &Message) -> Option<Self> {
        let processing = message.processing?;
        let condition = message.condition.unwrap_or(ConditionCode(0));
        let reversal = matches!(message.mti.0 / 10, 40..=43);
        let request = Mti(message.mti.0 - message.mti.0 % 100 / 10 % 2 * 10);
        SHAPES
            .iter()
            .find(|s| {
                s.processing == processing
                    && s.condition == condition
                    && (reversal || s.mti == request)
                    && match message.till60 {
                        Some(till) => till.type_code == s.type_code,
                        None => reversal || s.names_original == message.original.is_some() || !s.shares_its_key(),
                    }
            })
            .map(|s| s.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchNo, OriginalData, Till60};

    #[test]
    fn every_row_finds_itself() {
        for shape in DISPUTED {
            assert_eq!(shape.kind.shape().kind, shape.kind);
            assert!(shape.kind.is_disputed() && SHAPES.iter().all(|other| other.kind != shape.kind));
        }
        for shape in SHAPES {
            let mut message = Message::new(shape.mti);
            message.processing = Some(shape.processing);
            message.condition = Some(shape.condition);
            message.till60 = Some(Till60::financial(shape.type_code, BatchNo(1)));
            assert_eq!(Kind::of(&message), Some(shape.kind));
            message.mti = shape.mti.answer();
            assert_eq!(Kind::of(&message), Some(shape.kind));
            message.mti = Mti(400);
            assert_eq!(Kind::of(&message), Some(shape.kind));
            assert_eq!(shape.kind.shape().kind, shape.kind);
        }
        assert_eq!(Kind::of(&Message::new(Mti(200))), None);
    }

    #[test]
    fn without_60_the_original_tells_an_adjustment_from_an_offline_sale() {
        let key = crate::SwitchKey {
            acquirer: crate::InstitutionId::new("99902900").unwrap(),
            forwarder: crate::InstitutionId::new("99902900").unwrap(),
            sent: crate::Moment(0).sent_at(),
            stan: crate::Stan::FIRST,
        };
        for shape in SHAPES {
            let mut message = Message::new(shape.mti);
            (message.processing, message.condition) = (Some(shape.processing), Some(shape.condition));
            message.original = shape.names_original.then_some(OriginalData { mti: Mti(200), key });
            assert_eq!(Kind::of(&message), Some(shape.kind));
        }
    }
}
