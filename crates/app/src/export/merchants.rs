//! Lines of merchants' money: holds, what a day has kept back, payouts and what became of them, orders that were not taken. Accounts by
//! their last four digits.

use super::small as word;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, HeldMoney, KeptBack, PaidOut, Persons};
use slipway_recon::merchant::PayoutId;

fn both(persons: Persons) -> Value {
    json!([persons.by.as_str(), persons.checked.as_str()])
}

/// What a row says; of another matter nothing.
pub fn row(row: &AcquirerRow) -> Option<(&'static str, Value)> {
    match row {
        AcquirerRow::HeldMoney(hold) => Some(("held money", held(hold))),
        AcquirerRow::KeptBack(day) => Some(("kept back", kept(day))),
        AcquirerRow::PaidOut(one) => Some(("paid out", paid(one))),
        AcquirerRow::MerchantMoney(money) => Some((
            "merchant money",
            json!({
                "merchant": money.merchant.to_string(), "holds": money.holds, "open_holds": money.open, "settled_through": money.last.map(|day| day.to_string()),
                "carried": money.carried_minor,
                "set_off": money.set_off.iter().map(|one| {
                    json!({"day": one.day.to_string(), "attempt": one.attempt, "at": one.at.0, "owed": one.owed_minor, "holds": one.holds})
                }).collect::<Vec<_>>(),
                "accounts": money.accounts.iter().map(|one| {
                    json!({"version": one.to.account, "account": format!("*{}", one.to.tail), "at": one.at.0, "persons": both(one.persons)})
                }).collect::<Vec<_>>(),
            }),
        )),
        AcquirerRow::MerchantRefused(refused) => Some((
            "merchant order refused",
            json!({
                "merchant": refused.order.merchant.to_string(), "at": refused.at.0, "why": refused.why,
                "order": word(format!("{:?}", refused.order.act).split(' ').next().unwrap_or_default()),
                "by": refused.order.by.as_str(), "checked_by": refused.order.checked.as_str(),
            }),
        )),
        _ => None,
    }
}

fn held(hold: &HeldMoney) -> Value {
    json!({
        "merchant": hold.merchant.to_string(), "number": hold.no, "ground": hold.ground.word(),
        "about": hold.about.map(|rrn| rrn.to_string()), "doubt": hold.doubt_minor, "minor": hold.minor,
        "from": hold.from.to_string(), "until": hold.until.to_string(), "persons": both(hold.persons), "at": hold.at.0,
        "taken": hold.taken_minor, "ended_at": hold.ended.map(|(at, _)| at.0), "ended_by": hold.ended.map(|(_, who)| both(who)),
        "closed_at": hold.closed.map(|at| at.0),
    })
}

fn kept(day: &KeptBack) -> Value {
    json!({
        "merchant": day.merchant.to_string(), "business_day": day.day.to_string(), "holds": day.holds,
        "reserved": day.reserved_minor, "free": day.free.map(|day| day.to_string()),
        "freed_in": day.freed_in.map(|day| day.to_string()), "carried": day.carried_minor,
    })
}

fn paid(one: &PaidOut) -> Value {
    let number = PayoutId { merchant: one.merchant, day: one.day, attempt: one.attempt };
    json!({
        "payout": number.to_string(), "minor": one.minor, "account": format!("*{}", one.to.tail), "version": one.to.account,
        "pay_day": one.to.pay_day.to_string(), "at": one.at.0, "posting": one.exchange.to_string(), "said": one.said.map(both),
        "returned_at": one.returned.map(|back| back.at.0), "code": one.returned.map(|back| back.code.to_string()),
        "file": one.returned.map(|back| back.file.to_string()), "again_at": one.again.map(|at| at.0),
    })
}
