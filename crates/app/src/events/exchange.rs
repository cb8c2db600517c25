//! What an exchange of the acquirer states: approved or not, its slip, its undo, what a finding put right. One sentence for each family of
//! exchanges, because an undone void is the very opposite of an undone sale.
//! Must never: call approved what is only asked for, or undone what the switch refused to undo.

use super::facts::{Ending, Fact, id_of};
use serde_json::json;
use slipway_hosts::acquirer::{AcquirerRow, By, Credit, Open, Original, Stage, TAG_REVERSAL, Undo};
use slipway_node::{Key, Record, outbox_id};
use slipway_terms::{Kind, Moment, ResponseCode, TillKey};

/// A sentence in both languages.
type Words = (&'static str, &'static str);

/// What exchanges of one kind are called and what is said of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Family {
    /// Kind of event and sentence: approved.
    approved: (&'static str, Words),
    declined: (&'static str, Words),
    reversed: (&'static str, Words),
    /// The switch does not know and owns the undo.
    unsure: Words,
    /// After an undo or a refusal its slip was shown.
    stands: (&'static str, Words),
    /// What is told next of an approved one.
    next: Words,
}

const NEXT: Words = (
    "等签购单：有则不再冲正（slip.printed），无则冲正（*.reversed）",
    "its slip: with one it stands (slip.printed), without one it is undone (*.reversed)",
);

const SALE: Family = Family {
    approved: ("payment.approved", ("已批准", "approved")),
    declined: ("payment.declined", ("未批准，没有扣款", "declined; nothing was taken")),
    reversed: ("payment.reversed", ("已冲正，款项退回持卡人", "undone; the money goes back to the cardholder")),
    unsure: (
        "结果不明，按未成立处理；如已扣款由网络退回",
        "not decided, so it does not count; what was taken the network gives back",
    ),
    stands: (
        "payment.corrected",
        ("查明有签购单：本笔有效，款项已记给商户", "its slip was found: it stands, and the merchant is credited"),
    ),
    next: NEXT,
};

const HOLD: Family = Family {
    approved: ("payment.approved", ("已批准：额度已冻结，没有扣款", "approved: an amount is held, nothing was taken")),
    declined: ("payment.declined", ("未批准，没有冻结", "declined; nothing is held")),
    reversed: ("payment.reversed", ("已冲正，冻结解除", "undone; the hold is released")),
    unsure: (
        "结果不明，按未成立处理；如已冻结由网络解除",
        "not decided, so it does not count; what was held the network releases",
    ),
    stands: ("payment.corrected", ("查明有签购单：冻结有效", "its slip was found: the hold stands")),
    next: (
        "预授权不报签购单：完成、撤销或冲正另行通知",
        "no slip is told of a hold: its completion, void or reversal is told",
    ),
};

/// An adjustment changes an amount; whatever becomes of it, there is the sale it is about.
const ADJUST: Family = Family {
    approved: ("payment.approved", ("已批准：原交易金额已调整", "approved: the amount of the original is adjusted")),
    declined: ("payment.declined", ("未批准，原交易金额不变", "declined; the original keeps its amount")),
    reversed: (
        "payment.reversed",
        ("调整未成立，原交易金额不变", "the adjustment did not take place; the original keeps its amount"),
    ),
    unsure: (
        "结果不明，按未成立处理；原交易金额不变",
        "not decided, so it does not count; the original keeps its amount",
    ),
    stands: ("payment.corrected", ("查明有签购单：调整有效", "its slip was found: the adjustment stands")),
    next: NEXT,
};

const VOID: Family = Family {
    approved: (
        "void.approved",
        ("已批准：原交易撤销，款项退回持卡人", "approved: the original is void, its money goes back"),
    ),
    declined: ("void.declined", ("未批准，原交易仍有效", "declined; the original stands")),
    reversed: ("void.reversed", ("撤销未成立，原交易仍有效", "the void did not take place; the original stands")),
    unsure: ("结果不明，按未撤销处理；原交易仍有效", "not decided, so it does not count; the original stands"),
    stands: (
        "void.corrected",
        (
            "查明有签购单：撤销有效，原交易款项退回持卡人",
            "its slip was found: the void stands, the money of the original goes back",
        ),
    ),
    next: NEXT,
};

const HOLD_VOID: Family = Family {
    approved: ("void.approved", ("已批准：冻结已解除", "approved: the hold is released")),
    declined: ("void.declined", ("未批准，冻结仍在", "declined; the hold stands")),
    reversed: ("void.reversed", ("撤销未成立，冻结仍在", "the void did not take place; the hold stands")),
    unsure: ("结果不明，按未撤销处理；冻结仍在", "not decided, so it does not count; the hold stands"),
    stands: (
        "void.corrected",
        ("查明有签购单：撤销有效，冻结已解除", "its slip was found: the void stands, the hold is released"),
    ),
    next: HOLD.next,
};

const REFUND: Family = Family {
    approved: ("refund.approved", ("已批准：款项退给持卡人", "approved: the money goes to the cardholder")),
    declined: (
        "refund.declined",
        ("未批准，没有退款，原交易不变", "declined; nothing was given back, the original is as it was"),
    ),
    reversed: (
        "refund.reversed",
        (
            "退货未成立，没有退款，原交易不变",
            "the refund did not take place; nothing was given back, the original is as it was",
        ),
    ),
    unsure: ("结果不明，按未退货处理；原交易不变", "not decided, so it does not count; the original is as it was"),
    stands: ("refund.corrected", ("查明有签购单：退货有效", "its slip was found: the refund stands")),
    next: NEXT,
};

/// What a kind of exchange is told as; none of what moves no money and promises none.
pub const fn family(kind: Kind) -> Option<&'static Family> {
    Some(match kind {
        Kind::Balance
        | Kind::Chargeback
        | Kind::Representment
        | Kind::SecondChargeback
        | Kind::AwardBack
        | Kind::AwardPaid => return None,
        Kind::Refund => &REFUND,
        Kind::SaleVoid | Kind::CompletionVoid => &VOID,
        Kind::PreAuthVoid => &HOLD_VOID,
        Kind::PreAuth => &HOLD,
        Kind::Adjust => &ADJUST,
        Kind::Sale | Kind::Completion | Kind::CompletionAdvice | Kind::OfflineSale | Kind::Moto => &SALE,
    })
}

impl Family {
    /// Its kinds of events.
    #[cfg(test)]
    pub const fn kinds(&self) -> [&'static str; 4] {
        [self.approved.0, self.declined.0, self.reversed.0, self.stands.0]
    }
}

/// Nothing comes of it by itself any more.
const REST: Ending = Ending::last(
    "不再自行变化；争议、案件结论及另行的撤销、退货各有通知",
    "it changes no more by itself; a dispute, a finding, a void or a refund is told by an event of its own",
);

/// Where an exchange stands in the acquirer's queue while its slip is waited for.
pub fn open_key(till: &TillKey) -> Key {
    Key::of(<Open as Record<AcquirerRow>>::SPACE).with(till)
}

/// Whether the switch has taken the undo: 00, 12 and 25 complete it, anything else opens a case.
fn is_taken(undo: &Undo) -> bool {
    let done = [ResponseCode::APPROVED, ResponseCode::INVALID_TRANSACTION, ResponseCode::NO_ORIGINAL];
    undo.answer.is_some_and(|code| done.contains(&code))
}

/// The facts that an exchange states now, oldest first.
pub fn facts(o: &Original) -> Vec<Fact> {
    let Some(family) = family(o.kind) else { return Vec::new() };
    let (noun_zh, noun_en) = o.kind.noun();
    let answered = o.answered_at.unwrap_or(o.at);
    let amount = o.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let fact = |kind: &'static str, at: Moment, open: Option<Key>, words: Words, ending: Ending| Fact {
        id: format!("{}/{kind}", o.till),
        kind,
        merchant: o.till.merchant,
        about: o.till.to_string(),
        at,
        open,
        zh: format!("{noun_zh} {amount}：{}", words.0),
        en: format!("{noun_en} {amount}: {}", words.1),
        ending,
        more: json!({
            "exchange": id_of(&o.till), "terminal": o.till.terminal.to_string(), "voucher": o.till.stan.to_string(),
            "kind": noun_en, "rrn": o.rrn.to_string(), "card": o.tail.to_string(),
            "amount_fen": o.amount.map(|amount| amount.minor()), "signed_fen": o.signed_minor,
        }),
    };
    let (slip, undone) = (open_key(&o.till), outbox_id(TAG_REVERSAL, &o.switch));
    let slip_words = ("签购单已出", "its slip exists");
    let is_shown = o.credit == Credit::Confirmed;
    let mut all = Vec::new();
    if is_shown || (o.answered_at.is_some() && o.code == Some(ResponseCode::APPROVED)) {
        let (kind, words) = family.approved;
        all.push(fact(kind, answered, None, words, Ending::open(family.next.0, family.next.1)));
    }
    if is_shown {
        all.push(fact("slip.printed", answered, Some(slip), slip_words, REST));
    }
    let (reversed, words) = family.reversed;
    match o.stage {
        Stage::Declined => all.push(fact(family.declined.0, answered, None, family.declined.1, REST)),
        // The switch owns the undo and tells nobody of its end: for the merchant it is decided now.
        Stage::Unsure => {
            let open = o.answered_at.is_none().then_some(slip);
            all.push(fact(reversed, answered, open, family.unsure, REST));
        }
        Stage::Forwarded | Stage::Approved | Stage::Undone => {}
    }
    if let Some(undo) = o.undo {
        let in_doubt = matches!(undo.by, By::Timer | By::Terminal | By::Answer);
        if in_doubt {
            let ending =
                Ending::open("冲正的应答；被拒绝则立案", "the answer to its undo; one that is refused becomes a case");
            all.push(fact(
                "doubt.opened",
                undo.at,
                None,
                ("结果未知，正在冲正", "nobody knows; it is being undone"),
                ending,
            ));
        }
        if is_taken(&undo) {
            all.push(fact(reversed, undo.at, Some(undone), words, REST));
            if in_doubt {
                all.push(fact("doubt.closed", undo.at, Some(undone), ("已有定论", "it is decided"), REST));
            }
        }
    }
    // What is only asked for is nothing yet: nobody knows whether it comes true.
    if let Some(redo) = o.redo.filter(|redo| !redo.open) {
        let (kind, words) = match o.stage {
            Stage::Approved => {
                (family.stands.0, ("金额已按签购单更正", "its amount is corrected to what the slip says"))
            }
            _ => family.stands,
        };
        if !is_shown {
            all.push(fact("slip.printed", redo.at, None, slip_words, REST));
        }
        let mut last = fact(kind, redo.at, None, words, REST);
        let more = if o.stage == Stage::Approved { redo.minor } else { 0 };
        last.more["stands_fen"] = json!(o.signed_minor + more);
        all.push(last);
    }
    all
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
