//! The shop's payments, newest first, and one of them: what all parties say of it, its fee, its slip, and what of it may be refunded.

use super::asker::{Asker, Shop, Told};
use super::index;
use super::orders::{Left, Order, Stands};
use super::refunds;
use super::rows::{kind, state};
use super::sheet::fee_of;
use crate::clocks::rfc;
use crate::http::Live;
use crate::support::exchange;
use crate::trace::{Keys, trace};
use crate::web::cursor::Cursor;
use crate::web::refusal::Refusal;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{Credit, Original, Taken};
use slipway_terms::{Amount, BusinessDate, Fate, TerminalId, TillKey};

/// What payments are looked for by; each narrows the list.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Wanted {
    day: Option<String>,
    terminal: Option<String>,
    amount_fen: Option<String>,
    last4: Option<String>,
}

/// The same, read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sought {
    day: Option<BusinessDate>,
    terminal: Option<TerminalId>,
    amount: Option<Amount>,
    last4: Option<u16>,
}

fn wrong(zh: &str, en: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, zh, en)
}

impl Wanted {
    fn read(&self) -> Result<Sought, Refusal> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let digits = |text: &str, most: usize| {
            !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit())
        };
        let day = given(&self.day).map(|text| BusinessDate::parse(&text)).transpose();
        let terminal = given(&self.terminal).map(|text| TerminalId::new(&text)).transpose();
        let fen = given(&self.amount_fen).map(|text| text.parse().ok().filter(|_| digits(&text, 12)).ok_or(text));
        let last4 = given(&self.last4)
            .map(|text| text.parse().ok().filter(|_| text.len() == 4 && digits(&text, 4)).ok_or(text));
        Ok(Sought {
            day: day.map_err(|_| wrong("日期写作 2026-11-24", "a day is written 2026-11-24"))?,
            terminal: terminal.map_err(|_| wrong("终端号须为8位", "a terminal number has 8 characters"))?,
            amount: fen
                .transpose()
                .map_err(|_| wrong("amount_fen 为分（整数）", "amount_fen is whole fen"))?
                .map(Amount::fen),
            last4: last4
                .transpose()
                .map_err(|_| wrong("卡号末四位为4位数字", "the end of a card number is four digits"))?,
        })
    }
}

impl Sought {
    /// Whether anything but the day is named.
    const fn narrows(&self) -> bool {
        self.terminal.is_some() || self.amount.is_some() || self.last4.is_some()
    }

    fn fits(&self, row: &Taken) -> bool {
        self.terminal.is_none_or(|terminal| row.till.terminal == terminal)
            && self.amount.is_none_or(|amount| row.amount == Some(amount))
            && self.last4.is_none_or(|last4| row.last4 == last4)
    }

    /// For the log: only what was understood, so no card number that somebody typed.
    fn told(&self) -> Value {
        json!({
            "day": self.day.map(|day| day.to_string()), "terminal": self.terminal.map(|id| id.to_string()),
            "amount_fen": self.amount.map(Amount::minor), "last4": self.last4.map(|last4| format!("{last4:04}")),
        })
    }
}

/// A payment in a line.
pub(super) fn short(one: &Original) -> Value {
    let (word, zh, en) = state(one);
    json!({
        "id": exchange::id_of(&one.till), "at": rfc(one.at), "terminal": one.till.terminal.to_string(), "batch": one.till.batch.0,
        "voucher": one.till.stan.to_string(), "rrn": one.rrn.to_string(), "kind": kind(one.kind), "card": one.tail.to_string(),
        "amount_fen": one.amount.map(Amount::minor), "signed_fen": one.signed_minor, "refunded_fen": one.refunds.done_minor,
        "state": {"word": word, "zh": zh, "en": en}, "confirmed": one.credit == Credit::Confirmed,
    })
}

/// What the acquirer alone does not know the end of, all parties are asked: a list and a payment's own page say the same.
fn ask_all(live: &Live, row: &mut Value) {
    if !matches!(row["state"]["word"].as_str(), Some("open" | "will_return")) {
        return;
    }
    let till = row["id"].as_str().and_then(exchange::till_of);
    let found = till.and_then(|till| trace(live, &Keys::Till(till)).into_iter().next());
    let said = match found.map(|found| found.verdict.fate) {
        Some(Fate::Returned) => ("returned", "已退回", "given back"),
        Some(Fate::DidNotTakePlace) => ("declined", "未成交", "did not take place"),
        Some(Fate::TookPlace) => ("took_place", "已成交", "took place"),
        Some(Fate::Held) => ("case", "待查", "looked into"),
        Some(Fate::Open | Fate::WillReturn | Fate::NotFound) | None => return,
    };
    row["state"] = json!({"word": said.0, "zh": said.1, "en": said.2});
}

/// The list.
pub(super) async fn list(asker: Asker, Query(wanted): Query<Wanted>) -> Told {
    let sought = wanted.read()?;
    asker
        .look("merchant_payments", sought.told(), move |live, shop, page| {
            let fits = |row: &Taken| sought.fits(row);
            let narrow = sought.narrows().then_some(&fits as &dyn Fn(&Taken) -> bool);
            let (rows, next) = index::page(&live.hosts.acquirer, shop.id, sought.day, narrow, &page)?;
            let mut items: Vec<Value> = rows.iter().map(short).collect();
            items.iter_mut().for_each(|row| ask_all(live, row));
            Ok(json!({"items": items, "next": next.map(|place| Cursor::write(&place))}))
        })
        .await
}

/// The shop's own payment behind an address.
pub(super) fn own(live: &Live, shop: &Shop, id: &str) -> Result<(TillKey, Original), Refusal> {
    let till = exchange::till_of(id).filter(|till| till.merchant == shop.id).ok_or_else(Refusal::not_found)?;
    let one = index::original(&live.hosts.acquirer, &till)?.ok_or_else(Refusal::not_found)?;
    Ok((till, one))
}

/// One payment.
pub(super) async fn one(asker: Asker, Path(id): Path<String>) -> Told {
    let named = exchange::till_of(&id).map(|till| till.to_string());
    asker
        .look("merchant_payment", json!({"till": named}), move |live, shop, _| {
            let till = exchange::till_of(&id).filter(|till| till.merchant == shop.id).ok_or_else(Refusal::not_found)?;
            let found = exchange::find(live, &shop.signed, till).ok_or_else(Refusal::not_found)?;
            let mut told = exchange::told(live, &shop.signed, &found);
            // A request that never reached the acquirer is the till's own word, and has neither fee nor refund.
            let Ok((_, one)) = own(live, shop, &id) else { return Ok(told) };
            told["short"] = short(&one);
            told["fee"] = if shop.sees_settlement().is_ok() { fee_of(live, shop.id, &one)? } else { Value::Null };
            let orders: Vec<Order> = live.orders.about(&till.to_string());
            let left = Left::of(&one);
            let open = orders.iter().any(|order| order.stands(&left) == Stands::Waits);
            let why = refunds::why_not(&shop.signed, &found, &one, open);
            told["refund"] = json!({
                "rest_fen": left.rest_fen(), "allowed": why.is_none(), "why": why.map(|(zh, en)| json!({"zh": zh, "en": en})),
                "orders": orders.iter().rev().map(|order| refunds::shown(order, Some(left))).collect::<Vec<_>>(),
            });
            Ok(told)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for() {
        let wanted = |day: &str, terminal: &str, fen: &str, last4: &str| {
            let text = |text: &str| Some(text.to_owned());
            Wanted { day: text(day), terminal: text(terminal), amount_fen: text(fen), last4: text(last4) }.read()
        };
        assert_eq!(wanted("", "", "", "").unwrap(), Sought::default());
        let all = wanted("2026-11-27", "10000001", "8800", "0014").unwrap();
        assert_eq!(
            all.told(),
            json!({"day": "2026-11-27", "terminal": "10000001", "amount_fen": 8_800, "last4": "0014"})
        );
        for bad in [
            ("27.11.2026", "", "", ""),
            ("2026-02-30", "", "", ""),
            ("", "1", "", ""),
            ("", "", "88.00", ""),
            ("", "", "-1", ""),
            ("", "", "+1", ""),
            ("", "", "9990010000000014", ""),
            ("", "", "", "14"),
            ("", "", "", "+014"),
            ("", "", "", "00014"),
            ("\u{202e}", "", "", ""),
        ] {
            assert!(wanted(bad.0, bad.1, bad.2, bad.3).is_err(), "{bad:?}");
        }
    }
}
