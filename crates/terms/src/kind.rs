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
    /// An approval debits the cardholder and credits the merchant.
    pub moves_money: bool,
    /// 中文 as on the slip.
    pub zh: &'static str,
    /// English as on the slip.
    pub en: &'static str,
}

const fn row(
    kind: Kind,
    key: (u16, u32, u8, u8),
    reversible: bool,
    moves_money: bool,
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
        moves_money,
        zh,
        en,
    }
}

/// All kinds. The cores of today know `Balance` and `Sale`; the others are refused with 40 until their cores come.
pub static SHAPES: &[Shape] = &[
    row(Kind::Balance, (200, 310_000, 0, 1), false, false, "余额查询", "BALANCE"),
    row(Kind::Sale, (200, 0, 0, 22), true, true, "消费", "SALE"),
    row(Kind::SaleVoid, (200, 200_000, 0, 23), true, true, "消费撤销", "VOID"),
    row(Kind::Refund, (220, 200_000, 0, 25), false, true, "退货", "REFUND"),
    row(Kind::PreAuth, (100, 30_000, 6, 10), true, false, "预授权", "PRE-AUTH"),
    row(Kind::PreAuthVoid, (100, 200_000, 6, 11), true, false, "预授权撤销", "PRE-AUTH VOID"),
    row(Kind::Completion, (200, 0, 6, 20), true, true, "预授权完成", "COMPLETION"),
    row(Kind::CompletionAdvice, (220, 0, 6, 24), false, true, "预授权完成通知", "COMPLETION ADVICE"),
    row(Kind::CompletionVoid, (200, 200_000, 6, 21), true, true, "预授权完成撤销", "COMPLETION VOID"),
    row(Kind::OfflineSale, (220, 0, 0, 30), false, true, "离线结算", "OFFLINE SALE"),
    row(Kind::Adjust, (220, 0, 0, 34), false, true, "结算调整", "ADJUST"),
];

impl Kind {
    /// The row of this kind.
    pub fn shape(self) -> &'static Shape {
        SHAPES.iter().find(|s| s.kind == self).unwrap_or(&SHAPES[1])
    }

    /// The kind of a terminal request or of the original a 0400 names: by DE 3, 25 and 60.1; on the switch side, where
    /// there is no 60.1, by the first kind that agrees in MTI, DE 3 and DE 25. `None`: no such transaction (12).
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
                    && message.till60.is_none_or(|t| t.type_code == s.type_code)
            })
            .map(|s| s.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchNo, Till60};

    #[test]
    fn every_row_finds_itself() {
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
}
