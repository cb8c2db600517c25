//! Clearing data and settlements as columns, named as in the CSV.

use super::parquet::{Column, Values};
use crate::clearing::Detail;
use crate::fee::{CardType, FeeClass};
use crate::merchant::Settlement;
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use slipway_terms::BusinessDate;

fn text<T>(name: &'static str, rows: &[T], of: impl Fn(&T) -> Option<String>) -> Column {
    Column { name, values: Values::Text(rows.iter().map(of).collect()) }
}

fn int<T>(name: &'static str, rows: &[T], of: impl Fn(&T) -> Option<i64>) -> Column {
    Column { name, values: Values::Int(rows.iter().map(of).collect()) }
}

fn day<T>(name: &'static str, rows: &[T], of: impl Fn(&T) -> Option<BusinessDate>) -> Column {
    let days = |row: &T| of(row).and_then(|date| i32::try_from(date.days()).ok());
    Column { name, values: Values::Day(rows.iter().map(days).collect()) }
}

fn fen(fen: u64) -> Option<i64> {
    i64::try_from(fen).ok()
}

/// The columns of clearing entries of a day.
pub fn clearing_columns(date: BusinessDate, details: &[Detail]) -> Vec<Column> {
    let card = |d: &Detail| if d.card == CardType::Debit { "debit" } else { "credit" };
    let class = |d: &Detail| match d.class {
        FeeClass::Standard => "standard",
        FeeClass::Discount => "discount",
        FeeClass::Nonprofit => "nonprofit",
    };
    let yes = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
    vec![
        day("day", details, |_| Some(date)),
        text("acquirer", details, |d| Some(d.acquirer.to_string())),
        text("issuer", details, |d| Some(d.issuer.to_string())),
        text("rrn", details, |d| Some(d.rrn.to_string())),
        text("entry", details, |d| Some(char::from(d.entry.letter()).to_string())),
        text("card", details, |d| Some(card(d).to_owned())),
        text("class", details, |d| Some(class(d).to_owned())),
        text("undone", details, |d| yes(d.undone)),
        text("net_issuer_borne_by", details, |d| {
            Some(if d.acquirer_bears_all { "acquirer" } else { "issuer" }.to_owned())
        }),
        int("amount_fen", details, |d| Some(d.amount_fen)),
        text("original_rrn", details, |d| d.original.map(|of| of.rrn.to_string())),
        day("original_day", details, |d| d.original.map(|of| of.date)),
        int("original_fen", details, |d| d.original.and_then(|of| fen(of.amount.minor()))),
        int("refunded_before_fen", details, |d| d.original.and_then(|of| fen(of.refunded_fen))),
        int("issuer_fee_fen", details, |d| Some(d.fees[0])),
        int("net_issuer_fee_fen", details, |d| Some(d.fees[1])),
        int("net_acquirer_fee_fen", details, |d| Some(d.fees[2])),
        text("exchange", details, |d| Some(d.exchange.to_string())),
    ]
}

/// The columns of settlements.
pub fn settlement_columns(settlements: &[Settlement]) -> Vec<Column> {
    vec![
        text("merchant", settlements, |s| Some(s.merchant.to_string())),
        day("day", settlements, |s| Some(s.day)),
        day("pay_day", settlements, |s| Some(s.pay_day)),
        int("items", settlements, |s| Some(s.items.into())),
        int("gross_in_fen", settlements, |s| fen(s.gross_in_fen)),
        int("gross_back_fen", settlements, |s| fen(s.gross_back_fen)),
        int("discount_fen", settlements, |s| Some(s.discount_fen)),
        int("waiting", settlements, |s| Some(s.waiting.into())),
        int("waiting_fen", settlements, |s| fen(s.waiting_fen)),
        int("carried_in_fen", settlements, |s| Some(s.carried_in_fen)),
        int("held_fen", settlements, |s| fen(s.held_fen)),
        int("released_fen", settlements, |s| fen(s.released_fen)),
        int("reserved_fen", settlements, |s| fen(s.reserved_fen)),
        int("freed_fen", settlements, |s| fen(s.freed_fen)),
        int("price_fen", settlements, |s| fen(s.price_fen)),
        int("payable_fen", settlements, |s| fen(s.payable_fen)),
        int("carried_out_fen", settlements, |s| Some(s.carried_out_fen)),
    ]
}
