//! The one true sentence in words: names the kind, says what became of it, which slip counts now, and what the cashier may do.

use crate::payer::Payer;
use crate::verdict::{Cashier, Fate, Taken};
use crate::{Amount, DisputeTold, Kind, Moment, Text};
use alloc::format;
use alloc::string::String;

/// What the sentence is about.
pub(crate) struct Matter {
    /// What kind of exchange, if anybody knows it.
    pub kind: Option<Kind>,
    /// Who took it since.
    pub taken: Option<Taken>,
    /// Its dispute, if there is one.
    pub dispute: Option<DisputeTold>,
    /// What of it was refunded since.
    pub refunded: Amount,
    /// By whose word it can never be a sale any more, and whether the issuer could be asked about the account.
    pub ended: (Ended, bool),
    /// When the merchant is asked, if the till has said nothing by then: after that it is decided by the date of the verdict.
    pub asks: Option<Moment>,
    /// Which house bears it in the cardholder's place, and whether the shop's credit is for good.
    pub borne: Option<(Payer, bool)>,
}

/// By whose word an exchange can never be a sale any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ended {
    /// The acquirer has undone it.
    Undone,
    /// The acquirer has refused it.
    Refused,
    /// The terminal's reversal was answered; the acquirer's own record was not seen.
    Reversed,
}

impl Matter {
    fn noun(&self) -> (&'static str, &'static str) {
        self.kind.map_or(("交易", "payment"), Kind::noun)
    }

    fn gives_back(&self) -> bool {
        self.kind.is_some_and(|kind| kind.shape().sign < 0)
    }
}

pub(crate) fn sentence(fate: Fate, cashier: Cashier, due: Option<Moment>, matter: &Matter) -> Text {
    let names_original = matter.kind.is_some_and(|kind| kind.shape().names_original);
    if names_original && cashier == Cashier::TakeAgain {
        return not_done(matter);
    }
    if fate == Fate::Open && cashier != Cashier::Wait {
        return ended(cashier, matter);
    }
    if let Some(text) = disputed(fate, matter) {
        return text;
    }
    if let Some(text) = matter.taken.and_then(|taken| taken_by(fate, matter, &taken)) {
        return text;
    }
    if let Some((payer, credited)) = matter.borne {
        return borne(payer, credited, matter);
    }
    let (zh, en) = what(fate, matter);
    let (act_zh, act_en) = match cashier {
        Cashier::Print => ("可重打签购单", "its slip may be printed again"),
        Cashier::TakeAgain if matter.kind == Some(Kind::Balance) => ("可以重新查询", "the inquiry may be made again"),
        Cashier::TakeAgain => ("可以重新刷卡", "the card may be taken again"),
        Cashier::OtherMeans => ("请使用其他支付方式", "take another means of payment"),
        Cashier::Wait if fate == Fate::NotFound => ("请核对查询条件", "check what was asked"),
        Cashier::Wait if names_original => ("请勿重复办理", "do not do it again"),
        Cashier::Wait => ("请勿重新刷卡", "do not take the card again"),
    };
    if let (Some(asks), Some(by)) = (matter.asks, due) {
        return Text::new(
            format!("{zh}，{act_zh}：终端最迟{asks}报告即定；否则询问商户，{by}前有定论。"),
            format!(
                "{en}; {act_en}: it is decided as soon as the till reports, if it reports by {asks}; else the merchant is asked, and it is decided by {by}."
            ),
        );
    }
    match due {
        Some(at) if matches!(fate, Fate::Open | Fate::WillReturn) => {
            Text::new(format!("{zh}，{act_zh}（最迟{at}）。"), format!("{en}; {act_en} (by {at})."))
        }
        _ => Text::new(format!("{zh}，{act_zh}。"), format!("{en}; {act_en}.")),
    }
}

/// It took place and a house bears it: the slip stands, the shop has its money, and nobody charges the cardholder. Whoever took the
/// payment again would be paid twice for one purchase.
fn borne(payer: Payer, credited: bool, matter: &Matter) -> Text {
    let (zh, en) = matter.noun();
    let (by_zh, by_en) =
        if payer == Payer::Issuer { ("发卡行", "the issuer") } else { ("收单行", "the acquirer") };
    let (shop_zh, shop_en) = if credited {
        ("商户照常入账", "the shop is credited")
    } else {
        ("商户待核对签购单后入账", "the shop is credited once a person has seen the slip")
    };
    Text::new(
        format!("{zh}已成功，由{by_zh}承担：{shop_zh}，不向持卡人扣款；可重打签购单，请勿重新收款。"),
        format!(
            "The {en} took place and {by_en} bears it: {shop_en} and the cardholder is not charged; its slip may be printed again; do not take the payment again."
        ),
    )
}

/// It can never be a sale any more, and nobody has testified what became of the account: only what was testified is said.
fn ended(cashier: Cashier, matter: &Matter) -> Text {
    let (by, asked) = matter.ended;
    let (by_zh, by_en) = match by {
        Ended::Undone => ("收单行已冲正", "The acquirer has undone it"),
        Ended::Refused => ("收单行已拒绝", "The acquirer has refused it"),
        Ended::Reversed => ("终端的冲正已得到收单行答复", "The terminal's reversal was answered by the acquirer"),
    };
    let (holds_zh, holds_en) = if asked {
        ("发卡行尚未确认", "the issuer has not confirmed yet")
    } else {
        ("发卡行现在无法询问", "the issuer cannot be asked now")
    };
    let (act_zh, act_en) = match cashier {
        Cashier::OtherMeans => ("请使用其他支付方式", "take another means of payment"),
        _ => ("可以重新付款", "payment may be taken again"),
    };
    Text::new(
        format!("{by_zh}，{holds_zh}；如已扣款将自动退回，{act_zh}。"),
        format!("{by_en} and {holds_en}; anything taken goes back by itself; {act_en}."),
    )
}

/// Never "take the card again": the payment it was about stands, and would be taken twice.
fn not_done(matter: &Matter) -> Text {
    let (zh, en) = matter.noun();
    let (of_zh, of_en) = match matter.kind {
        Some(Kind::Completion | Kind::CompletionAdvice | Kind::PreAuthVoid) => ("原预授权", "the pre-authorisation"),
        Some(Kind::CompletionVoid) => ("原预授权完成", "the completion"),
        _ => ("原交易", "the original"),
    };
    Text::new(
        format!("{zh}未成功，{of_zh}仍然有效；如需办理可重新办理，请勿重新收款。"),
        format!("The {en} did not take place and {of_en} stands; it may be done again; do not take the payment again."),
    )
}

/// What became of it, before what to do.
fn what(fate: Fate, matter: &Matter) -> (String, String) {
    let (zh, en) = matter.noun();
    match fate {
        Fate::TookPlace if matter.gives_back() => (
            format!("{zh}已成功，款项退回持卡人"),
            format!("The {en} took place: the money goes back to the cardholder"),
        ),
        Fate::TookPlace if matter.kind == Some(Kind::PreAuthVoid) => {
            (format!("{zh}已成功，冻结已解除"), format!("The {en} took place: nothing is held any more"))
        }
        Fate::TookPlace if matter.refunded.minor() > 0 => {
            let sum = matter.refunded;
            (
                format!("{zh}已成功，此后已退货 {sum} 元"),
                format!("The {en} took place; CNY {sum} of it was refunded since"),
            )
        }
        Fate::TookPlace => (format!("{zh}已成功"), format!("The {en} took place")),
        Fate::DidNotTakePlace if matter.kind == Some(Kind::Balance) => {
            (format!("{zh}不涉及资金"), format!("A {en} takes no money"))
        }
        Fate::DidNotTakePlace if matter.kind == Some(Kind::PreAuth) => {
            (format!("{zh}未成功，未冻结金额"), format!("The {en} did not take place; nothing is held"))
        }
        Fate::DidNotTakePlace => {
            (format!("{zh}未成功，持卡人未被扣款"), format!("The {en} did not take place; nothing was taken"))
        }
        Fate::Open => (format!("{zh}结果待定"), format!("The {en} is open")),
        Fate::WillReturn => {
            (format!("{zh}款项已扣，将自动退回"), format!("The money of the {en} was taken and will go back by itself"))
        }
        Fate::Returned => {
            (format!("{zh}款项已扣并已退回"), format!("The money of the {en} was taken and has gone back"))
        }
        Fate::Held => (format!("{zh}已成功，金额已冻结"), format!("The {en} took place: the amount is held")),
        Fate::NotFound => ("没有这笔交易的记录".into(), "No record of such a payment".into()),
    }
}

/// It took place and is, or was, in dispute between the houses: by which step, and until when that may change.
fn disputed(fate: Fate, matter: &Matter) -> Option<Text> {
    let told = matter.dispute.as_ref()?;
    let (zh, en) = matter.noun();
    let by = matter.taken.map(|taken| taken.kind).filter(|kind| kind.is_disputed());
    let (till_zh, till_en) = match (told.won, told.due) {
        (Some(_), _) => ("争议已结，不再变动".into(), "the dispute is over and nothing changes any more".into()),
        (None, Some(due)) => {
            (format!("争议未结（最迟{due}）"), format!("the dispute is open (by {due} at the latest)"))
        }
        (None, None) => (String::from("争议未结"), String::from("the dispute is open")),
    };
    Some(match (by, fate) {
        // Closed for either side, and a house has not posted it yet.
        (Some(by), Fate::Open) if by.shape().sign < 0 && told.won.is_some() => {
            let (by_zh, by_en) = by.noun();
            Text::new(
                format!("{zh}曾成功，后被{by_zh}，争议已结，款项尚在途中。签购单可重打，请勿重新收款。"),
                format!(
                    "The {en} took place and went into dispute ({by_en}); the dispute is over and its money is still on its way. Its slip may be printed again; do not take the payment again."
                ),
            )
        }
        (Some(by), Fate::Returned | Fate::Open) if by.shape().sign < 0 => {
            let (by_zh, by_en) = by.noun();
            let (has_zh, has_en) = match fate {
                Fate::Returned => ("款项已退给持卡人", "the cardholder has the money"),
                _ => ("款项暂归持卡人", "the money is the cardholder's for the time being"),
            };
            Text::new(
                format!("{zh}曾成功，后由{by_zh}退回，{has_zh}；{till_zh}。签购单可重打，请勿重新收款。"),
                format!(
                    "The {en} took place and was taken back later by {by_en}: {has_en}; {till_en}. Its slip may be printed again; do not take the payment again."
                ),
            )
        }
        // Refunded since: that is what there is to say.
        (Some(_), Fate::TookPlace) if matter.refunded.minor() > 0 => return None,
        (Some(by), Fate::TookPlace) => {
            let (by_zh, by_en) = by.noun();
            Text::new(
                format!("{zh}已成功，曾被拒付，后由{by_zh}收回；{till_zh}。签购单可重打。"),
                format!(
                    "The {en} took place; it was charged back and taken again by {by_en}; {till_en}. Its slip may be printed again."
                ),
            )
        }
        (None, Fate::TookPlace) if told.won.is_none() => Text::new(
            format!("{zh}已成功，发卡行正在查询凭证，款项未变；{till_zh}。签购单可重打。"),
            format!(
                "The {en} took place; the issuer asks for its slip and no money has moved; {till_en}. Its slip may be printed again."
            ),
        ),
        _ => return None,
    })
}

/// It took place, and something later took it: which, and whose slip counts now.
fn taken_by(fate: Fate, matter: &Matter, taken: &Taken) -> Option<Text> {
    let (zh, en) = matter.noun();
    let (by_zh, by_en) = taken.kind.noun();
    let no = taken.by.stan;
    let refunded = (matter.refunded.minor() > 0).then_some(matter.refunded);
    Some(match (taken.kind, fate) {
        (Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid, Fate::Open) => Text::new(
            format!("{zh}曾成功，其撤销（凭证 {no}）尚未确定，请勿重新收款，也勿再次撤销。"),
            format!(
                "The {en} took place; its void (No. {no}) is not certain yet; neither take the payment again nor void it again."
            ),
        ),
        (Kind::SaleVoid | Kind::CompletionVoid, Fate::Returned) => Text::new(
            format!("{zh}曾成功，后由凭证 {no}（{by_zh}）撤销，款项已退回；现在有效的签购单是凭证 {no}，可重打。"),
            format!(
                "The {en} took place and was voided later by No. {no} ({by_en}); the money has gone back; the slip that counts now is No. {no}, which may be printed again."
            ),
        ),
        (Kind::PreAuthVoid, Fate::DidNotTakePlace) => Text::new(
            format!(
                "{zh}曾成功，后由凭证 {no}（{by_zh}）撤销，未扣款，冻结已解除；现在有效的签购单是凭证 {no}，可重打。"
            ),
            format!(
                "The {en} took place and was voided later by No. {no} ({by_en}); nothing was taken and nothing is held; the slip that counts now is No. {no}, which may be printed again."
            ),
        ),
        (by, Fate::TookPlace) if by.completes() => Text::new(
            format!("{zh}曾成功，后由凭证 {no}（{by_zh}）完成扣款；现在有效的签购单是凭证 {no}，可重打。"),
            format!(
                "The {en} took place and was completed by No. {no} ({by_en}), which took the money; the slip that counts now is No. {no}, which may be printed again."
            ),
        ),
        (Kind::Adjust, Fate::TookPlace) => {
            let (sum_zh, sum_en) = refunded.map_or_else(Default::default, |sum| {
                (format!("，此后已退货 {sum} 元"), format!("; CNY {sum} of it was refunded since"))
            });
            Text::new(
                format!("{zh}已成功，后由凭证 {no}（{by_zh}）调整{sum_zh}；两张签购单都有效，可重打。"),
                format!(
                    "The {en} took place and was adjusted by No. {no}{sum_en}; both slips count and may be printed again."
                ),
            )
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchNo, MerchantId, SHAPES, Stan, TerminalId, TillKey};

    fn said(fate: Fate, cashier: Cashier, kind: Kind, by: Option<(Kind, bool)>, refunded: u64) -> Text {
        let key = TillKey {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999100058120001").unwrap(),
            batch: BatchNo(1),
            stan: Stan::new(7).unwrap(),
        };
        let taken = by.map(|(kind, sure)| Taken { by: key, kind, sure });
        sentence(
            fate,
            cashier,
            None,
            &Matter {
                kind: Some(kind),
                taken,
                dispute: None,
                refunded: Amount::fen(refunded),
                ended: (Ended::Undone, true),
                asks: None,
                borne: None,
            },
        )
    }

    fn check(text: &Text, has: [&str; 2], not: [&str; 2]) {
        assert!(text.zh.contains(has[0]) && text.en.contains(has[1]), "{text:?} must say {has:?}");
        assert!(!text.zh.contains(not[0]) && !text.en.contains(not[1]), "{text:?} must not say {not:?}");
    }

    #[test]
    fn a_voided_sale_names_its_void_and_the_slip_that_counts() {
        let voided = said(Fate::Returned, Cashier::Print, Kind::Sale, Some((Kind::SaleVoid, true)), 0);
        check(&voided, ["消费曾成功，后由凭证 000007", "The sale took place and was voided"], ["未成功", "did not"]);
        check(&voided, ["现在有效的签购单是凭证 000007", "counts now is No. 000007"], ["请勿", "print the slip again"]);
        let asked = said(Fate::Open, Cashier::Wait, Kind::Sale, Some((Kind::SaleVoid, false)), 0);
        check(&asked, ["尚未确定", "not certain yet"], ["已退回", "has gone back"]);
        let held = said(Fate::TookPlace, Cashier::Print, Kind::PreAuth, Some((Kind::Completion, true)), 0);
        check(&held, ["完成扣款", "completed by No. 000007"], ["退回", "gone back"]);
        let part = said(Fate::TookPlace, Cashier::Print, Kind::Sale, None, 1_250);
        check(&part, ["已退货 12.50", "CNY 12.50 of it was refunded"], ["撤销", "void"]);
    }

    #[test]
    fn a_dispute_says_who_has_the_money_and_whether_that_may_change() {
        let key = TillKey {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999100058120001").unwrap(),
            batch: BatchNo(1),
            stan: Stan::new(7).unwrap(),
        };
        let said = |fate, by: Option<Kind>, won, due| {
            let taken = by.map(|kind| Taken { by: key, kind, sure: true });
            let dispute = Some(DisputeTold { standing: None, waiting: None, due, won });
            let ended = (Ended::Undone, true);
            let (kind, refunded) = (Some(Kind::Sale), Amount::fen(0));
            let matter = Matter { kind, taken, dispute, refunded, ended, asks: None, borne: None };
            let cashier = if fate == Fate::Open { Cashier::Wait } else { Cashier::Print };
            sentence(fate, cashier, None, &matter)
        };
        let due = Some(crate::Moment(1_795_406_645_000));
        let back = said(Fate::Open, Some(Kind::Chargeback), None, due);
        check(&back, ["由一次退单退回", "taken back later by chargeback"], ["已结，", "is over"]);
        let over = said(Fate::Returned, Some(Kind::Chargeback), Some(crate::Won::Cardholder), None);
        check(&over, ["争议已结", "is over"], ["未结", "is open"]);
        let again = said(Fate::TookPlace, Some(Kind::Representment), Some(crate::Won::Merchant), None);
        check(&again, ["由再请款收回", "taken again by re-presentment"], ["已退给", "has the money"]);
        let asked = said(Fate::TookPlace, None, None, due);
        check(&asked, ["正在查询凭证", "asks for its slip"], ["已退给", "has the money"]);
    }

    #[test]
    fn what_gives_back_is_never_called_a_payment() {
        for kind in [Kind::SaleVoid, Kind::Refund, Kind::CompletionVoid] {
            let done = said(Fate::TookPlace, Cashier::Print, kind, None, 0);
            check(&done, ["退回持卡人", "goes back to the cardholder"], ["扣款", "payment"]);
        }
        let lost = said(Fate::DidNotTakePlace, Cashier::TakeAgain, Kind::Completion, None, 0);
        check(&lost, ["原预授权仍然有效", "the pre-authorisation stands"], ["重新刷卡", "card may be"]);
    }

    #[test]
    fn every_sentence_names_its_kind() {
        let fates = [Fate::TookPlace, Fate::DidNotTakePlace, Fate::Open, Fate::WillReturn, Fate::Returned];
        for (shape, fate) in SHAPES.iter().flat_map(|shape| fates.map(|fate| (shape, fate))) {
            let text = said(fate, Cashier::Wait, shape.kind, None, 0);
            let (zh, en) = shape.kind.noun();
            assert!(text.zh.contains(zh) && text.en.contains(en), "{text:?}");
        }
    }
}
