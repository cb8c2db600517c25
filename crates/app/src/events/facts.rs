//! What subscribers are told, read off the acquirer's rows: a pure function from a row to the facts that it states now, each with a name
//! that never changes. Whoever reads a row twice gets the same names; whoever reads a later state of it gets these and more.
//! Must never hold a card number, or what a bank said of a card: a declined payment's code is the terminal's and stays there.

use super::exchange;
use crate::clocks::rfc;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Case, Exchange, Ground, MerchantDay, PaidOut};
use slipway_hosts::dispute::Dispute;
use slipway_node::{Key, Record, Rows};
use slipway_terms::{MerchantId, Moment, TillKey};

/// All kinds of events: what may be subscribed to, by name or by the word before the dot with a star.
pub const KINDS: [&str; 21] = [
    "payment.approved",
    "payment.declined",
    "payment.reversed",
    "payment.corrected",
    "void.approved",
    "void.declined",
    "void.reversed",
    "void.corrected",
    "refund.approved",
    "refund.declined",
    "refund.reversed",
    "refund.corrected",
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
    /// When it became so; if the row does not say, not before this.
    pub at: Moment,
    /// The row does not say when: until it became so this stood in a queue of the acquirer.
    pub open: Option<Key>,
    /// 中文.
    pub zh: String,
    /// English.
    pub en: String,
    /// Whether it can still change.
    pub ending: Ending,
    /// The rest of the body.
    pub more: Value,
}

/// Whether what an event says can still change by itself, and what decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ending {
    /// It cannot.
    pub is_final: bool,
    /// 中文.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl Ending {
    /// It can still change, and this decides.
    pub const fn open(zh: &'static str, en: &'static str) -> Self {
        Self { is_final: false, zh, en }
    }

    /// It cannot; this would be told as another thing.
    pub const fn last(zh: &'static str, en: &'static str) -> Self {
        Self { is_final: true, zh, en }
    }
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
        AcquirerRow::Exchange(Exchange::Original(original)) => exchange::facts(original),
        AcquirerRow::Case(row) => case(row),
        AcquirerRow::Dispute(row) => dispute(row),
        AcquirerRow::MerchantDay(row) => paid(row),
        AcquirerRow::PaidOut(row) => paid_out(row),
        _ => Vec::new(),
    }
}

/// `999290054110001-10000001-000001-000002`: as the desk's doors name an exchange.
pub fn id_of(till: &TillKey) -> String {
    till.to_string().replace('/', "-")
}

fn case(row: &Case) -> Vec<Fact> {
    let (words, number) = (row.ground.words(), row.ground as u8);
    let fact = |kind: &'static str, at: Moment, zh: String, en: String, ending: Ending| Fact {
        // An exchange has one case of each ground, ever.
        id: format!("{}/case-{number}/{kind}", row.till),
        kind,
        merchant: row.till.merchant,
        about: row.till.to_string(),
        at,
        open: None,
        zh,
        en,
        ending,
        more: json!({
            "exchange": id_of(&row.till), "terminal": row.till.terminal.to_string(), "voucher": row.till.stan.to_string(),
            "ground": format!("{:?}", row.ground), "due": row.due.map(rfc),
        }),
    };
    let waits = Ending::open("案件的结论", "the finding of the case");
    let mut all = Vec::new();
    if row.ground == Ground::Unconfirmed {
        let ending = Ending::open("商户是否出示签购单", "whether the merchant shows its slip");
        all.push(fact("slip.missing", row.at, "请出示签购单".into(), "show its slip".into(), ending));
    }
    let (zh, en) = (format!("立案：{}", words.zh), format!("a case is open: {}", words.en));
    all.push(fact("doubt.opened", row.at, zh, en, waits));
    if let Some(at) = row.closed {
        let found = row.found.map(|found| found.finding.words());
        let (zh, en) = match found {
            Some(found) => (format!("已结案：{}", found.zh), format!("the case is closed: {}", found.en)),
            None => ("已结案".into(), "the case is closed".into()),
        };
        let ending = Ending::last("结案；款项变动另行通知", "closed; money that moves is told by an event of its own");
        all.push(fact("doubt.closed", at, zh, en, ending));
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
        open: None,
        zh,
        en,
        ending: match kind {
            "dispute.closed" => Ending::last("争议已结束", "the dispute is over"),
            _ => Ending::open("争议的下一步或其期限", "the next step of the dispute, or its deadline"),
        },
        more: json!({
            "exchange": row.till.map(|till| id_of(&till)), "rrn": row.rrn.map(|rrn| rrn.to_string()),
            "due": row.due.map(rfc), more.0: more.1,
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
        let over = ("closed", json!(rfc(at)));
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
    let (zh, en, ending) = match kind {
        "payout.sent" => (
            "已发划付指令，到账日到账",
            "payout instructed, arrives on its pay day",
            Ending::open("银行是否退回", "whether the bank sends it back"),
        ),
        _ => (
            "划付被银行退回",
            "the bank has sent the payout back",
            Ending::open("再次划付（payout.sent）", "a payout that is made again (payout.sent)"),
        ),
    };
    Fact {
        id: format!("{merchant}/{day}/{attempt}/{kind}"),
        kind,
        merchant,
        about: format!("{merchant}/{day}"),
        at,
        open: None,
        zh: format!("{day} {zh}"),
        en: format!("{day}: {en}"),
        ending,
        more: json!({"day": day, "attempt": attempt, "amount_fen": minor}),
    }
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
