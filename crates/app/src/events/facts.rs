//! What subscribers are told, read off the acquirer's rows: a pure function from a row to the facts that it states now, each with a name
//! that never changes. Whoever reads a row twice gets the same names; whoever reads a later state of it gets these and more.
//! Must never hold a card number, or what a bank said of a card: a declined payment's code is the terminal's and stays there.

use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, By, Case, Credit, Exchange, Ground, MerchantDay, Original, PaidOut, Stage};
use slipway_hosts::dispute::Dispute;
use slipway_node::{Record, Rows};
use slipway_terms::{Kind, MerchantId, Moment, TillKey};

/// All kinds of events: what may be subscribed to, by name or by the word before the dot with a star.
pub const KINDS: [&str; 18] = [
    "payment.approved",
    "payment.declined",
    "payment.reversed",
    "void.approved",
    "void.declined",
    "void.reversed",
    "refund.approved",
    "refund.declined",
    "refund.reversed",
    "slip.printed",
    "slip.missing",
    "doubt.opened",
    "doubt.closed",
    "dispute.opened",
    "dispute.step",
    "dispute.closed",
    "payout.sent",
    "payout.returned",
];

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Fact {
    /// Its name for ever.
    pub id: String,
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// Whose.
    pub merchant: MerchantId,
    /// What is told in order: a payment, a dispute, a payout.
    pub about: String,
    /// When, as far as the row says.
    pub at: Moment,
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
    /// The rest of the body.
    pub more: Value,
}

/// Tables whose rows state facts.
pub const SPACES: [u8; 5] = [
    <Exchange as Record<AcquirerRow>>::SPACE,
    <Case as Record<AcquirerRow>>::SPACE,
    <Dispute as Record<AcquirerRow>>::SPACE,
    <MerchantDay as Record<AcquirerRow>>::SPACE,
    <PaidOut as Record<AcquirerRow>>::SPACE,
];

/// The facts that a row states, oldest first. What cannot be read states none: its party says so itself.
pub fn of(space: u8, bytes: &[u8]) -> Vec<Fact> {
    AcquirerRow::decode(space, bytes).map_or_else(|_| Vec::new(), |row| of_row(&row))
}

/// The same of a row that is read already.
pub fn of_row(row: &AcquirerRow) -> Vec<Fact> {
    match row {
        AcquirerRow::Exchange(Exchange::Original(original)) => exchange(original),
        AcquirerRow::Case(row) => case(row),
        AcquirerRow::Dispute(row) => dispute(row),
        AcquirerRow::MerchantDay(row) => paid(row),
        AcquirerRow::PaidOut(row) => paid_out(row),
        _ => Vec::new(),
    }
}

/// `999290054110001-10000001-000001-000002`: as the desk's doors name an exchange.
fn id_of(till: &TillKey) -> String {
    till.to_string().replace('/', "-")
}

/// Which words a kind of exchange has; none of what moves no money and promises none.
const fn family(kind: Kind) -> Option<[&'static str; 3]> {
    Some(match kind {
        Kind::Balance
        | Kind::Chargeback
        | Kind::Representment
        | Kind::SecondChargeback
        | Kind::AwardBack
        | Kind::AwardPaid => return None,
        Kind::Refund => ["refund.approved", "refund.declined", "refund.reversed"],
        Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid => {
            ["void.approved", "void.declined", "void.reversed"]
        }
        _ => ["payment.approved", "payment.declined", "payment.reversed"],
    })
}

fn exchange(o: &Original) -> Vec<Fact> {
    let Some([approved, declined, reversed]) = family(o.kind) else { return Vec::new() };
    let (noun_zh, noun_en) = o.kind.noun();
    let answered = o.answered_at.unwrap_or(o.at);
    let amount = o.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let fact = |kind: &'static str, at: Moment, zh: &str, en: &str| Fact {
        id: format!("{}/{kind}", o.till),
        kind,
        merchant: o.till.merchant,
        about: o.till.to_string(),
        at,
        zh: format!("{noun_zh} {amount}：{zh}"),
        en: format!("{noun_en} {amount}: {en}"),
        more: json!({
            "exchange": id_of(&o.till), "terminal": o.till.terminal.to_string(), "voucher": o.till.stan.to_string(),
            "kind": noun_en, "rrn": o.rrn.to_string(), "card": o.tail.to_string(),
            "amount_fen": o.amount.map(|amount| amount.minor()), "signed_fen": o.signed_minor,
        }),
    };
    let mut all = Vec::new();
    if o.confirmed() || (o.answered_at.is_some() && o.code.is_some_and(|code| code.as_str() == "00")) {
        all.push(fact(approved, answered, "已批准", "approved"));
    }
    if o.confirmed() {
        all.push(fact("slip.printed", answered, "签购单已出", "its slip exists"));
    }
    match o.stage {
        Stage::Declined => all.push(fact(declined, answered, "未批准，没有扣款", "declined; nothing was taken")),
        // The switch owns the undo and tells nobody of its end: for the merchant it is decided now.
        Stage::Unsure => {
            all.push(fact(reversed, answered, "结果不明，由网络退回", "not decided; the network gives it back"))
        }
        Stage::Forwarded | Stage::Approved | Stage::Undone => {}
    }
    if let Some(undo) = o.undo {
        let in_doubt = matches!(undo.by, By::Timer | By::Terminal | By::Answer);
        if in_doubt {
            all.push(fact("doubt.opened", undo.at, "结果未知，正在冲正", "nobody knows; it is being undone"));
        }
        if undo.answer.is_some() {
            all.push(fact(reversed, undo.at, "已冲正，款项退回", "undone; the money goes back"));
            if in_doubt {
                all.push(fact("doubt.closed", undo.at, "已有定论", "it is decided"));
            }
        }
    }
    if o.credit == Credit::Held {
        all.push(fact("slip.missing", answered, "没有签购单的消息", "nobody has told of its slip"));
    }
    all
}

fn case(row: &Case) -> Vec<Fact> {
    let (words, number) = (row.ground.words(), row.ground as u8);
    let fact = |kind: &'static str, at: Moment, zh: String, en: String| Fact {
        id: format!("{}/case-{number}/{kind}", row.till),
        kind,
        merchant: row.till.merchant,
        about: row.till.to_string(),
        at,
        zh,
        en,
        more: json!({
            "exchange": id_of(&row.till), "terminal": row.till.terminal.to_string(), "voucher": row.till.stan.to_string(),
            "ground": format!("{:?}", row.ground), "due": row.due.map(stamp),
        }),
    };
    let mut all =
        vec![fact("doubt.opened", row.at, format!("立案：{}", words.zh), format!("a case is open: {}", words.en))];
    if row.ground == Ground::Unconfirmed {
        all.insert(0, fact("slip.missing", row.at, "请出示签购单".into(), "show its slip".into()));
    }
    if let Some(at) = row.closed {
        all.push(fact("doubt.closed", at, "已结案".into(), "the case is closed".into()));
    }
    all
}

fn dispute(row: &Dispute) -> Vec<Fact> {
    let Some(merchant) = row.merchant else { return Vec::new() };
    let fact = |name: String, kind: &'static str, at: Moment, zh: String, en: String, more: (&str, Value)| Fact {
        id: format!("{}/dispute/{name}", row.original),
        kind,
        merchant,
        about: row.till.map_or_else(|| row.original.to_string(), |till| till.to_string()),
        at,
        zh,
        en,
        more: json!({
            "exchange": row.till.map(|till| id_of(&till)), "rrn": row.rrn.map(|rrn| rrn.to_string()),
            "due": row.due.map(stamp), more.0: more.1,
        }),
    };
    let mut all = Vec::new();
    let open = ("steps", json!(row.taken.len()));
    all.push(fact(
        "opened".into(),
        "dispute.opened",
        row.opened,
        "争议已开始".into(),
        "a dispute is open".into(),
        open,
    ));
    for (no, step) in
        row.taken.iter().enumerate().filter(|(_, step)| step.code.is_some_and(|code| code.as_str() == "00"))
    {
        let (words, at) = (step.step.words(), step.answered.unwrap_or(step.at));
        let zh = format!("争议：{}", words.zh);
        all.push(fact(
            format!("step-{}", no + 1),
            "dispute.step",
            at,
            zh,
            format!("dispute: {}", words.en),
            ("step", json!(step.step.word())),
        ));
    }
    if let Some((at, _)) = row.closed {
        // Who won only the switch says.
        let over = ("closed", json!(stamp(at)));
        all.push(fact("closed".into(), "dispute.closed", at, "争议已结束".into(), "the dispute is over".into(), over));
    }
    all
}

fn paid(row: &MerchantDay) -> Vec<Fact> {
    let sent = row.done.filter(|_| row.payable_minor > 0);
    sent.map(|(at, _)| payout("payout.sent", row.merchant, row.day.to_string(), 1, row.payable_minor, at))
        .into_iter()
        .collect()
}

fn paid_out(row: &PaidOut) -> Vec<Fact> {
    let day = || row.day.to_string();
    let again = (row.attempt > 1).then(|| payout("payout.sent", row.merchant, day(), row.attempt, row.minor, row.at));
    let back = row
        .returned
        .as_ref()
        .map(|back| payout("payout.returned", row.merchant, day(), row.attempt, row.minor, back.at));
    again.into_iter().chain(back).collect()
}

fn payout(kind: &'static str, merchant: MerchantId, day: String, attempt: u8, minor: i64, at: Moment) -> Fact {
    let (zh, en) = match kind {
        "payout.sent" => ("已划付", "paid out"),
        _ => ("划付被银行退回", "the bank has sent the payout back"),
    };
    Fact {
        id: format!("{merchant}/{day}/{attempt}/{kind}"),
        kind,
        merchant,
        about: format!("{merchant}/{day}"),
        at,
        zh: format!("{day} {zh}"),
        en: format!("{day}: {en}"),
        more: json!({"day": day, "attempt": attempt, "amount_fen": minor}),
    }
}

/// RFC 3339 at UTC+8.
pub fn stamp(at: Moment) -> String {
    at.to_string().replace(' ', "T") + "+08:00"
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
