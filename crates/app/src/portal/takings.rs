//! Takings by day: of the open day what the acquirer has captured so far, of settled days what their settlement says; and one day line by
//! line, each fee explained.

use super::asker::{Asker, Told};
use super::open_day::OpenDay;
use super::sheet::{Line, settled};
use crate::archive::shelf::{every, newest, range};
use crate::http::Live;
use crate::say::End;
use crate::settle::{cells, root, settlements};
use crate::web::cursor::Cursor;
use crate::web::refusal::Refusal;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, MerchantDay, PaidOut};
use slipway_node::Record;
use slipway_terms::{BusinessDate, MerchantId};
use std::collections::{BTreeMap, BTreeSet};

/// Payouts of one settled day at most: each is a try.
const FEW: u16 = 256;

/// What a kind comes to.
#[derive(Default)]
struct Kind {
    count: u32,
    fen: i64,
}

/// An unsettled day.
fn unsettled(day: &str, open: &OpenDay, fees: bool) -> Value {
    let lines: Vec<&Line> = open.sheet.lines.iter().filter(|line| line.day == day).collect();
    let mut kinds: BTreeMap<String, (Value, Kind)> = BTreeMap::new();
    for line in &lines {
        let of = line.json()["kind"].clone();
        let word = of["en"].as_str().unwrap_or_default().to_owned();
        let (_, kind) = kinds.entry(word).or_insert_with(|| (of, Kind::default()));
        kind.count += 1;
        kind.fen += line.fen;
    }
    let sum = |of: &dyn Fn(&Line) -> i64| lines.iter().map(|line| of(line)).sum::<i64>();
    let waits: Vec<&&Line> = lines.iter().filter(|line| open.unconfirmed.contains(&line.rrn)).collect();
    let is_open = open.days.is_some_and(|(_, closed)| day > closed.to_string().as_str());
    let mut told = json!({
        "day": day, "state": if is_open { "open" } else { "closed" }, "count": lines.len(),
        "gross_in_fen": sum(&|line| line.fen.max(0)), "gross_back_fen": sum(&|line| (-line.fen).max(0)), "gross_fen": sum(&|line| line.fen),
        "waiting": {"count": waits.len(), "fen": waits.iter().map(|line| line.fen).sum::<i64>()},
        "kinds": kinds.into_values().map(|(of, kind)| json!({"zh": of["zh"], "en": of["en"], "count": kind.count, "fen": kind.fen})).collect::<Vec<_>>(),
    });
    if fees {
        told["fees_from_fen"] = json!(sum(&|line| line.ends().0));
        told["fees_to_fen"] = json!(sum(&|line| line.ends().1));
    }
    told
}

/// A settled day, by the acquirer's record, and by the file that was written with it.
fn booked(live: &Live, row: &MerchantDay, paid: Option<&PaidOut>) -> Value {
    let all = settlements(&root(&live.dir).join(row.day.to_string()));
    let own = |line: &Vec<String>| line.first().is_some_and(|id| id == row.merchant.as_str());
    // What was worked out again stands last.
    let line = all.iter().rev().map(|line| cells(line)).find(own);
    let cell = |at: usize| line.as_ref().and_then(|line| line.get(at)?.parse::<i64>().ok());
    json!({
        "day": row.day.to_string(), "state": "settled", "count": row.count, "gross_fen": row.gross_minor,
        "gross_in_fen": cell(4), "gross_back_fen": cell(5), "fees_from_fen": row.fees_minor, "fees_to_fen": row.fees_minor,
        "payable_fen": row.payable_minor, "pay_day": paid.map(|paid| paid.to.pay_day.to_string()),
    })
}

/// Days that are not settled, newest first; the open one is always there.
fn open_days(open: &OpenDay) -> Vec<String> {
    let last = open.last.map(|day| day.to_string());
    let mut days: BTreeSet<String> = open.sheet.lines.iter().map(|line| line.day.clone()).collect();
    days.extend(open.days.map(|(date, _)| date.to_string()));
    days.into_iter().rev().filter(|day| last.as_ref().is_none_or(|last| day > last)).collect()
}

/// What of days that are settled was left for later: nobody had confirmed it.
fn left(open: &OpenDay) -> Value {
    let last = open.last.map(|day| day.to_string()).unwrap_or_default();
    let lines: Vec<&Line> = open.sheet.lines.iter().filter(|line| line.day <= last).collect();
    json!({"count": lines.len(), "fen": lines.iter().map(|line| line.fen).sum::<i64>()})
}

/// The list. Who does not see the settlement sees the days that are not settled, without fees.
pub(super) async fn list(asker: Asker) -> Told {
    asker
        .look("merchant_takings", json!({}), |live, shop, page| {
            let fees = shop.sees_settlement().is_ok();
            let open = OpenDay::of(live, shop.id)?;
            let mut rows: Vec<Value> = open_days(&open).iter().map(|day| unsettled(day, &open, fees)).collect();
            if let Some(first) = rows.first_mut() {
                first["left_from_before"] = left(&open);
            }
            let text = page.behind.as_deref().map(String::from_utf8_lossy);
            let behind = text.map(|text| BusinessDate::parse(&text)).transpose().map_err(|_| Cursor::broken())?;
            if let Some(behind) = behind.map(|day| day.to_string()) {
                rows.retain(|row| row["day"].as_str().is_some_and(|day| day < behind.as_str()));
            }
            if fees {
                rows.extend(settled_days(live, shop.id, behind, page.limit)?);
            }
            Ok(page.answer(rows, |row| row["day"].as_str().unwrap_or_default().into()))
        })
        .await
}

/// The settled days behind one, newest first: one more than fit on a page, each with its newest payout.
fn settled_days(
    live: &Live,
    merchant: MerchantId,
    behind: Option<BusinessDate>,
    limit: usize,
) -> Result<Vec<Value>, End> {
    let acquirer = &live.hosts.acquirer;
    let below = behind.map(|day| <MerchantDay as Record<AcquirerRow>>::key(&(merchant, day)));
    let rows_max = u16::try_from(limit + 1).unwrap_or(FEW);
    let days = newest::<MerchantDay>(acquirer, &merchant, below, rows_max);
    let days = days.filter(|row| row.as_ref().map_or(true, |row| row.done.is_some())).take(limit + 1);
    let told = days.map(|row| {
        let row = row?;
        let paid = range::<PaidOut>(acquirer, &(merchant, row.day), FEW)?;
        Ok(booked(live, &row, paid.iter().max_by_key(|paid| paid.attempt)))
    });
    told.collect()
}

/// One day, line by line.
pub(super) async fn day(asker: Asker, Path(day): Path<String>) -> Told {
    let day = BusinessDate::parse(&day)
        .map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "日期写作 2026-11-24", "a day is written 2026-11-24"))?;
    asker
        .look("merchant_day", json!({"day": day.to_string()}), move |live, shop, page| {
            shop.sees_settlement()?;
            let is = |row: &MerchantDay| row.day == day && row.done.is_some();
            let booked = every::<MerchantDay>(&live.hosts.acquirer, &(shop.id, day), is)?;
            let (sheet, state) = match booked.first() {
                Some(_) => (settled(live, shop.id, day)?.unwrap_or_default(), "settled"),
                None => {
                    let mut open = OpenDay::of(live, shop.id)?;
                    let text = day.to_string();
                    open.sheet.lines.retain(|line| line.day == text);
                    let empty = open.sheet.lines.is_empty() && !open_days(&open).contains(&text);
                    if empty {
                        return Err(no_day());
                    }
                    let is_open = open.days.is_some_and(|(_, closed)| day > closed);
                    (open.sheet, if is_open { "open" } else { "closed" })
                }
            };
            let skip =
                page.behind.as_ref().and_then(|bytes| String::from_utf8(bytes.clone()).ok()?.parse().ok()).unwrap_or(0);
            let lines = sheet.lines.iter().enumerate().skip(skip).map(|(at, line)| {
                let mut line = line.json();
                line["no"] = json!(at + 1);
                line
            });
            let mut told = page.answer(lines, |line| line["no"].to_string().into_bytes());
            told["day"] = json!(day.to_string());
            told["state"] = json!(state);
            // Sums of a day that is not settled would be those of all days since the last one.
            told["sums"] = if state == "settled" { sheet.sums() } else { json!([]) };
            told["told"] = if state == "settled" { sheet.told() } else { json!([]) };
            Ok(told)
        })
        .await
}

fn no_day() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "该日没有交易", "nothing moved on that day")
}
