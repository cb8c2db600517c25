//! How merchants' money stands between the days: carried, held, reserved, come back. Read off the acquirer's records.

use super::aside::{self, Trouble};
use super::kept::id;
use super::silent;
use crate::audit;
use crate::clearing::asked::refusal;
use crate::clocks::rfc;
use crate::say::{End, Say, many, yuan};
use crate::tills::Problem;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, HeldMoney, PaidOut, owed};
use slipway_hosts::day::Days;
use slipway_runtime::os::Handle;
use slipway_terms::{Lang, MerchantId};
use std::collections::BTreeSet;
use std::path::Path;

/// A hold in JSON.
pub fn hold_json(row: &HeldMoney) -> Value {
    json!({
        "merchant": row.merchant.to_string(), "no": row.no, "ground": row.ground.word(),
        "about": row.about.map(|rrn| rrn.to_string()), "doubt_fen": row.doubt_minor, "fen": row.minor,
        "from": row.from.to_string(), "until": row.until.to_string(), "taken_fen": row.taken_minor,
        "by": row.persons.by.to_string(), "checked": row.persons.checked.to_string(), "at": rfc(row.at),
        "ended": row.ended.map(|(at, persons)| {
            json!({"at": rfc(at), "by": persons.by.to_string(), "checked": persons.checked.to_string()})
        }),
        "closed": row.closed.map(rfc),
    })
}

/// A payout in JSON; its account masked.
pub fn paid_json(row: &PaidOut) -> Value {
    json!({
        "payout": id(row).to_string(), "fen": row.minor, "account": format!("*{}", row.to.tail),
        "version": row.to.account, "pay_day": row.to.pay_day.to_string(), "at": rfc(row.at),
        "returned": row.returned.map(|back| {
            json!({"at": rfc(back.at), "code": back.code.to_string(), "file": back.file.to_string()})
        }),
        "paid_again": row.again.map(rfc),
        "said_by": row.said.map(|persons| [persons.by.to_string(), persons.checked.to_string()]),
    })
}

/// Of one merchant, or of all.
pub fn show(acquirer: &Handle, network: &Path, only: Option<MerchantId>) -> Result<Value, End> {
    let rows = audit::rows::<AcquirerRow>(acquirer).ok_or_else(silent)?;
    let owed = owed(crate::network::sample::ACQUIRER, &rows);
    let today = audit::table::<Days, AcquirerRow>(acquirer).ok_or_else(silent)?.pop().ok_or_else(silent)?.date;
    let named = owed.carried.keys().chain(owed.held.iter().map(|hold| &hold.merchant));
    let named: BTreeSet<MerchantId> = named.copied().filter(|id| only.is_none_or(|only| only == *id)).collect();
    let merchants = named.iter().map(|merchant| {
        let holds = owed.held.iter().filter(|row| row.merchant == *merchant);
        let reserves = owed.reserved.iter().filter(|row| row.merchant == *merchant).map(|row| {
            let free = row.free.map(|free| free.to_string());
            json!({"day": row.day.to_string(), "fen": row.reserved_minor, "free": free})
        });
        let paid =
            owed.paid.iter().filter(|row| row.merchant == *merchant && row.returned.is_some() && row.again.is_none());
        let carried = owed.carried.get(merchant).copied().unwrap_or(0);
        let lacks: i64 = holds.clone().map(|hold| hold.lacks(today)).sum();
        // Each by itself: what is owed and what holds lack comes first.
        let paid = paid.map(|row| {
            let mut told = paid_json(row);
            told["goes_out_fen"] = json!((row.minor + carried.min(0) - lacks).max(0));
            told
        });
        json!({
            "merchant": merchant.to_string(), "carried_fen": carried,
            "holds": holds.map(hold_json).collect::<Vec<_>>(), "reserves": reserves.collect::<Vec<_>>(),
            "returned": paid.collect::<Vec<_>>(),
        })
    });
    let aside = aside::open(network)?;
    let aside = aside.iter().filter(|one| only.is_none_or(|only| only == one.merchant)).map(Trouble::document);
    Ok(json!({"merchants": merchants.collect::<Vec<_>>(), "aside": aside.collect::<Vec<_>>()}))
}

/// As the port asks for it.
pub fn answer(acquirer: &Handle, network: &Path, merchant: &str) -> Result<Value, Problem> {
    let only = match merchant {
        "" => Ok(None),
        text => MerchantId::new(text).map(Some).map_err(|_| {
            End::usage(format!("{text} 不是商户号（15 位）"), format!("{text} is no merchant number (15)"))
        }),
    };
    only.and_then(|only| show(acquirer, network, only)).map_err(|end| refusal(&end))
}

/// A hold in a line.
pub fn hold_line(hold: &Value, say: &Say) -> String {
    let text = |key: &str| hold[key].as_str().unwrap_or("-").to_owned();
    let (no, fen, taken) = (&hold["no"], yuan(&hold["fen"]), yuan(&hold["taken_fen"]));
    let (ground, until) = (text("ground"), text("until"));
    match say.lang {
        Lang::Zh => format!("  暂缓 {no}  {ground}  上限 {fen}  已暂缓 {taken}  至 {until}"),
        Lang::En => format!("  hold {no}  {ground}  at most {fen}  held {taken}  until {until}"),
    }
}

/// A payout in a line.
pub fn paid_line(paid: &Value) -> String {
    let text = |key: &str| paid[key].as_str().unwrap_or("-").to_owned();
    format!("  {}  {}  {}  {}", text("payout"), yuan(&paid["fen"]), text("account"), text("pay_day"))
}

/// Somebody who could not be settled with, in a line.
pub fn aside_line(one: &Value, say: &Say) -> String {
    let text = |key: &str| one[key].as_str().unwrap_or("?").to_owned();
    let (merchant, sum, due, items) = (text("merchant"), yuan(&one["fen"]), text("due"), &one["items"]);
    let item = one["item"].as_str().map_or_else(String::new, |item| format!(" {item}"));
    match say.lang {
        Lang::Zh => format!(
            "  未能结算 {merchant}{item}  {items} 笔  {sum} 元  {}  收单行运营 {due} 前处理",
            one["why"]["zh"].as_str().unwrap_or("?")
        ),
        Lang::En => format!(
            "  not settled {merchant}{item}  {}  {sum} yuan  {}  acquirer operations, until {due}",
            many(items, "item", "items"),
            one["why"]["en"].as_str().unwrap_or("?")
        ),
    }
}

/// All of it, for people.
pub fn lines(told: &Value, say: &Say) {
    for one in told["aside"].as_array().into_iter().flatten() {
        say.line(aside_line(one, say));
    }
    for merchant in told["merchants"].as_array().into_iter().flatten() {
        let (id, carried) = (merchant["merchant"].as_str().unwrap_or("?"), yuan(&merchant["carried_fen"]));
        say.line(say.both(&format!("{id}  结转 {carried}"), &format!("{id}  carried {carried}")));
        for hold in merchant["holds"].as_array().into_iter().flatten() {
            say.line(hold_line(hold, say));
        }
        for reserve in merchant["reserves"].as_array().into_iter().flatten() {
            let (day, free) = (reserve["day"].as_str().unwrap_or("?"), reserve["free"].as_str().unwrap_or("?"));
            let fen = yuan(&reserve["fen"]);
            say.line(say.both(
                &format!("  保证金  {day}  {fen}  {free} 释放"),
                &format!("  reserve  {day}  {fen}  free on {free}"),
            ));
        }
        for paid in merchant["returned"].as_array().into_iter().flatten() {
            let code = paid["returned"]["code"].as_str().unwrap_or("?");
            say.line(
                say.both(
                    &format!("  退汇 {code}{}", paid_line(paid)),
                    &format!("  returned {code}{}", paid_line(paid)),
                ),
            );
        }
    }
}
