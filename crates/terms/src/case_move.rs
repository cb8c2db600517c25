//! What a finding moves: how much, which way, and between whom. Made by the house that owns the case and by nobody else, from the very
//! decision that would carry the finding out, so that who proposes, who approves and who reads the record see one figure.

use crate::{Amount, Finding, Text};
use alloc::format;
use serde::{Deserialize, Serialize};

/// Between whom a finding moves money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseWay {
    /// Nothing moves: the records stand.
    Nothing,
    /// No posting: an unconfirmed or held credit becomes payable.
    Confirmed,
    /// The undo slot: merchant and cardholder.
    Undone,
    /// 请款: the issuer is asked again; what it refuses the acquirer bears.
    AskedAgain,
    /// The acquirer's own loss and the merchant.
    Borne,
    /// The network and the merchant: the cardholder's debit stands.
    Network,
    /// 贷记调整 of what the merchant still has, with the other house's yes.
    Adjusted,
    /// 贷记调整 of what the merchant does not have any more, with the other house's yes.
    AdjustedThere,
    /// A refund by the acquirer itself, with the issuer's yes.
    Refunded,
}

/// What a finding moves. Who makes it: the house that owns the case.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseMove {
    /// What the merchant's side gets, or gives with a minus; of [`CaseWay::AdjustedThere`] the network's. Unit: minor units.
    pub minor: i64,
    /// Between whom.
    pub way: CaseWay,
}

impl CaseMove {
    /// Nothing.
    pub const NOTHING: Self = Self { minor: 0, way: CaseWay::Nothing };

    /// From where to where, without the amount.
    pub fn words(self) -> Text {
        const SHOP: (&str, &str) = ("应付商户", "merchant payable");
        const HOLDER: (&str, &str) = ("持卡人", "cardholder");
        const LOSS: (&str, &str) = ("收单行损失", "the acquirer's loss");
        const NETWORK: (&str, &str) = ("网络", "the network");
        let (one, other, why) = match self.way {
            CaseWay::Nothing => return Text::new("不动账：以记录为准", "nothing moves: the records stand"),
            CaseWay::Confirmed => return Text::new("未确认 → 可付商户", "unconfirmed → payable to the merchant"),
            CaseWay::Undone => (HOLDER, SHOP, ("撤销", "undone")),
            CaseWay::AskedAgain => {
                (HOLDER, SHOP, ("请款；对方拒绝则由收单行承担", "asked for again; what is refused the acquirer bears"))
            }
            CaseWay::Borne => (LOSS, SHOP, ("收单行承担", "the acquirer bears it")),
            CaseWay::Network => (NETWORK, SHOP, ("持卡人的扣款有效", "the cardholder's debit stands")),
            CaseWay::Adjusted => {
                (HOLDER, SHOP, ("贷记调整，对方同意后", "credit adjustment, with the other house's yes"))
            }
            CaseWay::AdjustedThere => {
                (HOLDER, NETWORK, ("贷记调整，对方同意后", "credit adjustment, with the other house's yes"))
            }
            CaseWay::Refunded => (HOLDER, SHOP, ("收单行退货，发卡行同意后", "refunded, with the issuer's yes")),
        };
        let (from, to) = if self.minor < 0 { (other, one) } else { (one, other) };
        Text::new(format!("{} → {}（{}）", from.0, to.0, why.0), format!("{} → {} ({})", from.1, to.1, why.1))
    }

    /// The same with the amount.
    pub fn sentence(self) -> Text {
        let words = self.words();
        if self.minor == 0 {
            return words;
        }
        let sum = Amount::fen(self.minor.unsigned_abs());
        Text::new(format!("{sum} 元，{}", words.zh), format!("CNY {sum}, {}", words.en))
    }
}

/// What each finding would move as things stand; none: it is not allowed, or the exchange does not bear it now.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct CaseMoves([Option<CaseMove>; Finding::ALL.len()]);

impl CaseMoves {
    /// Nothing can be found, or nobody has asked.
    pub const NONE: Self = Self([None; Finding::ALL.len()]);

    /// What this finding would move.
    pub const fn of(&self, finding: Finding) -> Option<CaseMove> {
        self.0[finding as usize]
    }

    /// Notes it.
    pub const fn set(&mut self, finding: Finding, moved: Option<CaseMove>) {
        self.0[finding as usize] = moved;
    }

    /// All that can be found now.
    pub fn all(&self) -> impl Iterator<Item = (Finding, CaseMove)> {
        Finding::ALL.into_iter().filter_map(|finding| Some((finding, self.of(finding)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minus_turns_the_direction_around() {
        for (minor, way, zh, en) in [
            (
                499_000,
                CaseWay::Borne,
                "4990.00 元，收单行损失 → 应付商户",
                "CNY 4990.00, the acquirer's loss → merchant",
            ),
            (-1_000, CaseWay::Borne, "10.00 元，应付商户 → 收单行损失", "CNY 10.00, merchant payable → the acquirer's"),
            (-1_000, CaseWay::Undone, "10.00 元，应付商户 → 持卡人", "CNY 10.00, merchant payable → cardholder"),
            (1_000, CaseWay::Undone, "10.00 元，持卡人 → 应付商户", "CNY 10.00, cardholder → merchant payable"),
            (0, CaseWay::Nothing, "不动账", "nothing moves"),
        ] {
            let said = CaseMove { minor, way }.sentence();
            assert!(said.zh.starts_with(zh) && said.en.starts_with(en), "{said:?}");
        }
    }

    #[test]
    fn each_finding_has_its_own_place() {
        let mut moves = CaseMoves::default();
        for (minor, finding) in (1..).zip(Finding::ALL) {
            moves.set(finding, Some(CaseMove { minor, way: CaseWay::Refunded }));
        }
        let found: alloc::vec::Vec<i64> = moves.all().map(|(_, moved)| moved.minor).collect();
        assert_eq!(found, [1, 2, 3, 4, 5]);
    }
}
