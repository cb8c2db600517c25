//! What the cardholder is told (短信). Delivered at least once, with a stable id; no two ids state the same debit or return.

use crate::{Amount, CardTail, CardToken, Kind, Moment, Short, SwitchKey, Text};
use alloc::format;
use alloc::string::String;
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
    /// To what kind of transaction. `None`: the record does not know.
    pub transaction: Option<Kind>,
    /// When the earlier purchase was made that this gives back, undoes or takes again; `None` of what stands for itself.
    pub earlier: Option<Moment>,
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
    /// Whose card: what an address is kept under. `None`: no message about the exchange named its card.
    pub holder: Option<CardToken>,
}

impl Notice {
    /// Its name for ever: the exchange, what happened, and apart from the first debit the one that takes a release back. Whoever
    /// is told twice knows it by this.
    pub fn id(&self) -> String {
        let again = self.transaction.is_some_and(|kind| kind.shape().sign > 0) && self.takes_again();
        match (self.kind, again) {
            (NoticeKind::Debit, true) => format!("{}/Again", self.about),
            (kind, _) => format!("{}/{kind:?}", self.about),
        }
    }

    /// The sentence on the phone.
    pub fn text(&self) -> Text {
        let (amount, tail, at) = (self.amount, self.card.last4, self.at);
        let place = self.place.as_str().trim();
        let (did_zh, did_en) = self.did();
        let earlier = |zh: &str, en: &str| {
            self.earlier.map_or_else(Default::default, |at| (format!("({at}{zh})"), format!(" ({en} {at})")))
        };
        match self.kind {
            NoticeKind::Debit if self.takes_again() => {
                let (zh, en) = earlier("的交易", "of");
                Text::new(
                    format!(
                        "您尾号{tail:04}的卡此前在{place}的{amount}元交易{zh}已退回的款项,于{at}重新扣回:原交易仍然有效,不是新的消费。"
                    ),
                    format!(
                        "Card ending {tail:04}: CNY {amount} given back of an earlier payment at {place}{en} was taken again, {at}. The earlier payment stands; this is no new purchase."
                    ),
                )
            }
            NoticeKind::Debit if self.may_go_back() => Text::new(
                format!(
                    "您尾号{tail:04}的卡于{at}在{place}{did_zh}{amount}元,正在确认:若未成功,款项自动退回并另行通知。"
                ),
                format!(
                    "Card ending {tail:04}: {did_en} CNY {amount} at {place}, {at}. Being confirmed: if it fails, the money comes back by itself and you are told."
                ),
            ),
            NoticeKind::Debit => Text::new(
                format!("您尾号{tail:04}的卡于{at}在{place}{did_zh}{amount}元,余额以账户为准。"),
                format!("Card ending {tail:04}: {did_en} CNY {amount} at {place}, {at}."),
            ),
            NoticeKind::Decline => Text::new(
                format!("您尾号{tail:04}的卡于{at}在{place}的{amount}元{did_zh}未成功,未扣款。"),
                format!(
                    "Card ending {tail:04}: {did_en} of CNY {amount} at {place} was declined, {at}. Nothing was taken."
                ),
            ),
            NoticeKind::Refund => {
                let (zh, en) = earlier("的交易", "payment of");
                Text::new(
                    format!("您尾号{tail:04}的卡在{place}的{amount}元{did_zh}{zh},款项已于{at}退回账户。"),
                    format!(
                        "Card ending {tail:04}: CNY {amount} is back in the account, {at}: {did_en} at {place}{en}."
                    ),
                )
            }
        }
    }

    /// Money that had gone back is taken again: the undo of a void, or what was taken posted anew after its return. What is taken for
    /// the first time names no earlier time, whatever kind it is.
    pub fn takes_again(&self) -> bool {
        let undone = self.transaction.is_some_and(|kind| kind.shape().sign < 0);
        undone
            || self.transaction.is_some_and(Kind::is_disputed)
            || (self.earlier.is_some() && self.transaction.is_some())
    }

    /// Nobody at the issuer knows yet whether the slip comes out: an approval that is asked for may still be undone, an advice is not.
    fn may_go_back(&self) -> bool {
        self.transaction.is_some_and(|kind| kind.shape().reversible)
    }

    /// The transaction, in the words its notice needs.
    fn did(&self) -> (&'static str, &'static str) {
        match (self.kind, self.transaction) {
            (NoticeKind::Debit, Some(Kind::Completion | Kind::CompletionAdvice)) => {
                ("预授权完成扣款", "completion of a pre-authorisation took")
            }
            (NoticeKind::Debit, Some(Kind::Adjust)) => ("结算调整(小费)加收", "adjustment (tip) took a further"),
            (NoticeKind::Debit, Some(Kind::Moto)) => ("订购支付", "mail or phone order,"),
            (NoticeKind::Debit, Some(Kind::OfflineSale)) => ("离线消费", "offline sale,"),
            (NoticeKind::Debit, _) => ("消费", "paid"),
            (NoticeKind::Decline, None) => ("交易", "a payment"),
            (NoticeKind::Decline, Some(kind)) => kind.noun(),
            (NoticeKind::Refund, Some(Kind::SaleVoid)) => ("消费已撤销", "sale voided"),
            (NoticeKind::Refund, Some(Kind::CompletionVoid)) => ("预授权完成已撤销", "completion voided"),
            (NoticeKind::Refund, Some(Kind::Refund)) => ("退货成功", "refund"),
            (NoticeKind::Refund, Some(Kind::Chargeback | Kind::SecondChargeback)) => {
                ("拒付,争议期间先行退回", "charged back for the time of the dispute")
            }
            // The last word: nobody takes it again.
            (NoticeKind::Refund, Some(Kind::AwardBack)) => {
                ("争议已裁决,终局退回", "the dispute is decided, given back for good")
            }
            (NoticeKind::Refund, Some(Kind::Adjust)) => ("结算调整减收", "taken less by adjustment"),
            (NoticeKind::Refund, Some(Kind::Completion | Kind::CompletionAdvice)) => {
                ("预授权完成已冲正", "completion reversed")
            }
            (NoticeKind::Refund, Some(Kind::Moto)) => ("订购已冲正", "mail or phone order reversed"),
            (NoticeKind::Refund, _) => ("消费已冲正", "sale reversed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InstitutionId, SHAPES, Stan};

    fn notice(kind: NoticeKind, transaction: Kind, earlier: bool) -> Notice {
        let id = InstitutionId::new("99900100").unwrap();
        let at = Moment(1_795_406_645_000);
        Notice {
            about: SwitchKey { acquirer: id, forwarder: id, sent: at.sent_at(), stan: Stan::FIRST },
            kind,
            transaction: Some(transaction),
            earlier: earlier.then_some(Moment(at.0 - 86_400_000)),
            card: CardTail { first6: 999_001, last4: 14, len: 16 },
            amount: Amount::fen(8_800),
            place: Short::cut("面馆 NOODLES"),
            at,
            available: 0,
            holder: None,
        }
    }

    /// One line of what must and what must not stand in the two languages.
    fn check(notice: &Notice, has: [&str; 2], not: [&str; 2]) {
        let text = notice.text();
        assert!(text.zh.contains(has[0]) && text.en.contains(has[1]), "{text:?} must say {has:?}");
        assert!(!text.zh.contains(not[0]) && !text.en.contains(not[1]), "{text:?} must not say {not:?}");
    }

    #[test]
    fn each_kind_has_its_own_words() {
        use NoticeKind::{Debit, Decline, Refund};
        check(&notice(Debit, Kind::Sale, false), ["消费88.00元", "paid CNY 88.00"], ["冲正", "reversed"]);
        check(&notice(Debit, Kind::Completion, false), ["预授权完成", "completion"], ["消费", "paid"]);
        check(&notice(Refund, Kind::Refund, true), ["退货", "refund at"], ["冲正", "reversed"]);
        check(&notice(Refund, Kind::SaleVoid, true), ["撤销", "voided"], ["冲正", "reversed"]);
        check(&notice(Refund, Kind::CompletionVoid, true), ["完成已撤销", "completion voided"], ["冲正", "reversed"]);
        check(&notice(Refund, Kind::Sale, true), ["消费已冲正", "reversed"], ["撤销", "voided"]);
        check(&notice(Refund, Kind::Completion, true), ["预授权完成已冲正", "completion reversed"], ["消费", "sale"]);
        check(&notice(Decline, Kind::Completion, false), ["预授权完成未成功", "completion"], ["消费", "sale"]);
    }

    #[test]
    fn no_two_notices_of_an_exchange_share_an_id() {
        use NoticeKind::{Debit, Decline, Refund};
        let first = notice(Debit, Kind::Sale, false);
        let told = [
            first.clone(),
            notice(Refund, Kind::Sale, true),
            notice(Debit, Kind::Sale, true),
            notice(Decline, Kind::Sale, false),
        ];
        let ids: alloc::collections::BTreeSet<String> = told.iter().map(Notice::id).collect();
        assert_eq!(ids.len(), told.len(), "{ids:?}");
        assert_eq!(Notice { available: 5, ..first.clone() }.id(), first.id());
    }

    #[test]
    fn what_may_still_go_back_is_being_confirmed() {
        for shape in SHAPES.iter().filter(|shape| shape.sign > 0 && shape.moves_money()) {
            let text = notice(NoticeKind::Debit, shape.kind, false).text();
            let said = [text.zh.contains("正在确认"), text.en.contains("Being confirmed")];
            assert_eq!(said, [shape.reversible; 2], "{:?}", shape.kind);
        }
        let back = notice(NoticeKind::Refund, Kind::Sale, true).text();
        assert!(!back.zh.contains("正在确认"), "what went back is final");
    }

    #[test]
    fn money_taken_again_is_no_new_purchase() {
        for kind in [Kind::SaleVoid, Kind::CompletionVoid, Kind::Sale, Kind::Completion, Kind::CompletionAdvice] {
            let again = notice(NoticeKind::Debit, kind, true);
            check(&again, ["原交易仍然有效", "The earlier payment stands"], ["消费88.00元", "paid"]);
            check(&again, ["2026-11-22", "2026-11-22"], ["撤销", "voided"]);
        }
        let tip = notice(NoticeKind::Debit, Kind::Adjust, false);
        check(&tip, ["小费", "tip"], ["重新扣回", "again"]);
        let first = notice(NoticeKind::Debit, Kind::Completion, false);
        check(&first, ["预授权完成扣款", "completion"], ["重新扣回", "again"]);
    }

    #[test]
    fn a_final_award_is_not_for_the_time_of_the_dispute() {
        let back = |kind| notice(NoticeKind::Refund, kind, true);
        check(&back(Kind::Chargeback), ["争议期间先行", "for the time of the dispute"], ["终局", "for good"]);
        check(&back(Kind::AwardBack), ["终局退回", "for good"], ["争议期间", "for the time"]);
    }

    #[test]
    fn every_kind_that_moves_money_is_told_apart() {
        for shape in SHAPES.iter().filter(|shape| shape.moves_money()) {
            let kind = if shape.sign < 0 { NoticeKind::Refund } else { NoticeKind::Debit };
            let text = |kind_of| notice(kind, kind_of, false).text();
            let same = SHAPES.iter().filter(|other| other.sign == shape.sign && text(other.kind) == text(shape.kind));
            assert_eq!(same.count(), 1, "{:?}", shape.kind);
        }
    }
}
