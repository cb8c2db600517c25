//! What the cardholder does now. It must never contradict the sentence above it: both are read in one breath, at a hotline.

use serde_json::{Value, json};
use slipway_terms::{Cashier, Fate, Finding, Kind, Party, Payer, State, Taken, Testimony, Verdict};

/// What is known of an exchange beside its verdict, as far as the cardholder's part depends on it.
struct Case {
    kind: Option<Kind>,
    taken: Option<Taken>,
    /// The issuer has given it back.
    returned: bool,
    /// Its till has a slip for it.
    slip: bool,
    /// The acquirer cannot be asked.
    unheard: bool,
    /// A case gave it back for want of a slip, and a later finding took it again.
    again: bool,
    /// Who has paid for it.
    payer: Option<Payer>,
}

impl Case {
    fn of(verdict: &Verdict, seen: &[Testimony]) -> Self {
        let of = |party| seen.iter().find(move |t| t.party == party);
        Self {
            kind: seen.iter().find_map(|t| t.kind),
            payer: verdict.payer,
            taken: of(Party::Acquirer).and_then(|t| t.taken_by).or_else(|| of(Party::Terminal)?.taken_by),
            returned: of(Party::Issuer).is_some_and(|t| t.returned),
            slip: of(Party::Terminal).is_some_and(|t| t.slip && t.state == State::Approved),
            again: seen.iter().flat_map(|t| &t.cases).any(|case| {
                let findings = (case.found.map(|found| found.finding), case.later.map(|found| found.finding));
                case.closed.is_some() && findings == (Some(Finding::NoSlip), Some(Finding::SlipShown))
            }),
            unheard: of(Party::Acquirer).is_none_or(|t| t.state == State::Unreachable),
        }
    }

    /// The step of a dispute that stands, if one moved the money.
    fn step(&self) -> Option<Kind> {
        self.taken.map(|taken| taken.kind).filter(|kind| kind.is_disputed())
    }
}

/// What the cardholder does, in both languages.
pub(super) fn told(verdict: &Verdict, seen: &[Testimony]) -> Value {
    let (zh, en) = words(verdict.fate, verdict.cashier, &Case::of(verdict, seen));
    json!({"zh": zh, "en": en})
}

fn words(fate: Fate, cashier: Cashier, case: &Case) -> (&'static str, &'static str) {
    let shape = case.kind.map(Kind::shape);
    if shape.is_some_and(|shape| shape.sign < 0) {
        return gives_back(fate, cashier);
    }
    // It names an earlier exchange that stands without it: nobody pays that again.
    let names_original = shape.is_some_and(|shape| shape.names_original);
    match fate {
        Fate::TookPlace | Fate::Returned if case.step().is_some() => disputed(fate),
        Fate::TookPlace if case.payer.is_some_and(Payer::is_house) => borne(case),
        Fate::TookPlace if case.again => disputed(fate),
        Fate::TookPlace if case.kind == Some(Kind::PreAuthVoid) => {
            ("冻结已解除，未被扣款，无需处理", "nothing is held any more and nothing was taken; nothing to do")
        }
        Fate::TookPlace if case.payer.is_none() => (
            "此笔有效，不要再次付款；是否已扣款以发卡行记录为准",
            "the payment stands: does not pay again; what was charged is as the issuer's record says",
        ),
        Fate::TookPlace => (
            "已付款一次，不会再扣；可请商户重打签购单",
            "has paid once and is not charged again; the shop can print the slip again",
        ),
        Fate::DidNotTakePlace if names_original => (
            "此笔未扣款，原交易仍然有效；不要另行付款",
            "nothing was taken by it and the earlier transaction stands; does not pay again",
        ),
        Fate::DidNotTakePlace if case.kind == Some(Kind::Balance) || cashier == Cashier::Print => {
            ("未被扣款，无需处理", "nothing was taken; nothing to do")
        }
        Fate::DidNotTakePlace if cashier == Cashier::OtherMeans => {
            ("未被扣款；请换其他方式付款", "nothing was taken; pays by other means")
        }
        Fate::DidNotTakePlace => ("未被扣款；可以重新付款", "nothing was taken; may pay again"),
        Fate::Open => open(cashier, case, names_original),
        Fate::WillReturn => match cashier {
            Cashier::TakeAgain if !names_original => (
                "可以重新付款；已扣的款项自动退回，到账时有退款通知",
                "may pay again; what was taken comes back by itself, with a notice of it",
            ),
            Cashier::OtherMeans => (
                "请换其他方式付款；已扣的款项自动退回，到账时有退款通知",
                "pays by other means; what was taken comes back by itself, with a notice of it",
            ),
            _ => ("等待自动退款，到账时有退款通知", "waits: the money comes back by itself, with a notice of it"),
        },
        Fate::Returned => {
            ("无需处理：账单上有扣款和退款各一笔", "nothing to do: the statement shows the debit and its return")
        }
        Fate::Held => (
            "金额已冻结、未扣款；完成、撤销或到期后解冻",
            "the amount is held, not taken; completion, void or expiry frees it",
        ),
        Fate::NotFound => NOWHERE,
    }
}

const NOWHERE: (&str, &str) = (
    "核对小票或短信上的信息；若银行显示已扣款，凭日期和金额向发卡行查询",
    "checks slip or text message; if the bank shows a debit, asks the bank by day and amount",
);

/// Of what gives an earlier payment back.
fn gives_back(fate: Fate, cashier: Cashier) -> (&'static str, &'static str) {
    match fate {
        Fate::TookPlace => (
            "款项退回卡上，有退款通知；账单上扣款和退款各一笔",
            "gets the money back, with a notice of it; the statement shows the payment and its return",
        ),
        Fate::DidNotTakePlace => (
            "此笔没有退款，原付款不变；不要再次付款",
            "nothing was given back by it, the earlier payment stands; does not pay again",
        ),
        // It is over at the acquirer; the account may have been given the money before it heard so.
        _ if cashier != Cashier::Wait => (
            "原付款不变；此笔若已退款，将自动扣回；不要再次付款",
            "the earlier payment stands; what this one may have given back is taken again by itself; does not pay again",
        ),
        Fate::NotFound => NOWHERE,
        _ => (
            "退款尚未确定，以原付款的查询结果为准；不要再次付款",
            "whether it gives the money back is not decided: asks about the earlier payment; does not pay again",
        ),
    }
}

/// After a dispute between the houses, or a case whose slip was found after the money had gone back.
fn disputed(fate: Fate) -> (&'static str, &'static str) {
    if fate == Fate::Returned {
        return (
            "争议后款项已退回：账单上有扣款和退款各一笔；不要再次付款",
            "the dispute gave the money back: the statement shows the debit and its return; does not pay again",
        );
    }
    (
        "已付款：账单上先扣、后退、再扣，合计扣一次；不要再次付款",
        "has paid: the statement shows the debit, its return and the debit again, once in all; does not pay again",
    )
}

/// A house bears it: he has the goods and the slip, and nobody takes the money from him.
const fn borne(case: &Case) -> (&'static str, &'static str) {
    match (case.payer, case.returned) {
        (_, true) => (
            "账单上有扣款和退款各一笔，不再扣款，由收单行承担；签购单有效，不要再次付款",
            "the statement shows the debit and its return, and nothing is charged any more: the acquirer bears it; the slip stands, does not pay again",
        ),
        (Some(Payer::Issuer), _) => (
            "未被扣款，由发卡行承担；签购单有效，不要再次付款",
            "has not been charged: the issuer bears it; the slip stands, does not pay again",
        ),
        _ => (
            "未被扣款，由收单行承担；签购单有效，不要再次付款",
            "has not been charged: the acquirer bears it; the slip stands, does not pay again",
        ),
    }
}

fn open(cashier: Cashier, case: &Case, names_original: bool) -> (&'static str, &'static str) {
    match (cashier, case.taken) {
        (Cashier::TakeAgain, _) if names_original => (
            "如有扣款将自动退回；原交易仍然有效，不要另行付款",
            "anything taken comes back by itself; the earlier transaction stands; does not pay again",
        ),
        (Cashier::TakeAgain, _) => {
            ("可以重新付款；如已扣款将自动退回", "may pay again; anything taken comes back by itself")
        }
        (Cashier::OtherMeans, _) => {
            ("请换其他方式付款；如已扣款将自动退回", "pays by other means; anything taken comes back by itself")
        }
        (_, Some(taken)) if taken.kind.is_disputed() && case.returned => (
            "争议期间款项暂在卡上，以争议结果为准；不要再次付款",
            "has the money for the time of the dispute, whose end decides; does not pay again",
        ),
        (_, Some(taken)) if taken.kind.is_disputed() => (
            "已付款，款项归谁以争议结果为准；不要再次付款",
            "has paid; the end of the dispute decides who keeps the money; does not pay again",
        ),
        (_, Some(_)) => (
            "已付款，撤销是否成功尚未确定；不要再次付款",
            "has paid; whether the void gives it back is not decided; does not pay again",
        ),
        _ if case.slip && case.unheard => (
            "有签购单；收单行恢复后再查即有结论，请保留签购单，不要再次付款",
            "has a slip: keeps it and does not pay again; asked again once the acquirer can be asked, it is decided",
        ),
        // A slip for what the acquirer undid, or has no record of: people decide (rules 9).
        _ if case.slip => (
            "有签购单，由差错处理判定是否扣款；请保留签购单，不要再次付款",
            "has a slip, and a case decides whether the payment stands: keeps the slip and does not pay again",
        ),
        _ if case.kind == Some(Kind::PreAuth) => (
            "请勿再次刷卡；若已冻结而无签购单，自动解冻",
            "does not give the card again; what is held without a slip is freed by itself",
        ),
        _ => (
            "请勿再次付款；若已扣款而无签购单，款项会自动退回",
            "does not pay again; what was taken without a slip comes back by itself",
        ),
    }
}

/// The answer when nobody has a record.
pub fn not_found() -> Value {
    let (zh, en) = NOWHERE;
    json!({
        "verdict": "not_found", "cashier": Cashier::Wait,
        "sentence": {"zh": "没有这笔交易的记录，请核对查询条件。", "en": "No record of such a payment; check what was asked."},
        "cardholder": {"zh": zh, "en": en}, "due": null, "evidence": [], "next": [], "slip": null, "others": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_terms::{BatchNo, DISPUTED, MerchantId, SHAPES, Stan, TerminalId, TillKey};

    /// Over all combinations: nobody is told to pay again whose sentence forbids it, nor the other way round.
    #[test]
    fn the_two_lines_of_an_answer_never_contradict_each_other() {
        let by = TillKey {
            terminal: TerminalId::new("10000001").unwrap(),
            merchant: MerchantId::new("999290054110001").unwrap(),
            batch: BatchNo(1),
            stan: Stan::FIRST,
        };
        let fates = [Fate::DidNotTakePlace, Fate::Open, Fate::WillReturn];
        let takers = DISPUTED.iter().map(|shape| Some(shape.kind)).chain([None, Some(Kind::SaleVoid)]);
        let takers: Vec<_> = takers.map(|kind| kind.map(|kind| Taken { by, kind, sure: true })).collect();
        for shape in SHAPES {
            for (fate, taken) in fates.iter().flat_map(|fate| takers.iter().map(move |taken| (*fate, *taken))) {
                for (cashier, returned, slip) in [
                    (Cashier::TakeAgain, false, false),
                    (Cashier::Wait, true, true),
                    (Cashier::OtherMeans, true, false),
                ] {
                    let (zh, en) = words(
                        fate,
                        cashier,
                        &Case {
                            kind: Some(shape.kind),
                            taken,
                            returned,
                            slip,
                            unheard: returned,
                            again: false,
                            payer: None,
                        },
                    );
                    let may = en.contains("may pay again");
                    let forbidden =
                        shape.names_original || fate != Fate::DidNotTakePlace && cashier != Cashier::TakeAgain;
                    assert!(!(may && forbidden), "{:?} {fate:?} {cashier:?}: {en}", shape.kind);
                    assert_eq!(may, zh.contains("可以重新付款"), "{zh} {en}");
                    assert!(!slip || fate != Fate::Open || !en.contains("without a slip"), "{:?} {en}", shape.kind);
                    let moves = shape.moves_money() && !shape.names_original && cashier == Cashier::TakeAgain;
                    assert!(!moves || may, "{:?} {fate:?} {en}", shape.kind);
                }
            }
        }
    }
}
