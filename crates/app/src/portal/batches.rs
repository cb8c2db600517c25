//! Batches of the shop's terminals, newest first of each: the acquirer's totals beside the till's, and who closed it.

use super::asker::{Asker, Told};
use super::rows::{of_till, terminals};
use crate::archive::shelf::{Shelf, every};
use crate::clocks::rfc;
use crate::http::Live;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Batch, ClosedByUs, Closing, Terminal, Total, Unsettled};
use slipway_node::{Key, Record, Rows, Scan};
use slipway_terminal::Settled;
use slipway_terms::{BatchNo, TerminalId};

/// Batches of one terminal that are looked at: as many as it has in three years of days.
const BATCHES_MAX: u16 = 1_100;

/// The batches of a terminal with their numbers, newest first.
fn batches(live: &Live, terminal: TerminalId) -> Result<Vec<(BatchNo, Batch)>, End> {
    let prefix = Key::of(<Batch as Record<AcquirerRow>>::SPACE).with(&terminal);
    let scan = Scan { prefix, rows_max: BATCHES_MAX, newest_first: true };
    let stored = Shelf::scan(&live.hosts.acquirer, scan);
    let stored = stored.ok_or_else(|| End::environment("收单行没有应答", "the acquirer did not answer"))?;
    let read = |(key, bytes): &(Key, Vec<u8>)| {
        // The number is the key's last three bytes.
        let number =
            key.as_bytes().iter().rev().take(3).rev().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
        let row = AcquirerRow::decode(<Batch as Record<AcquirerRow>>::SPACE, bytes).ok()?;
        <Batch as Record<AcquirerRow>>::peel(&row).map(|batch| (BatchNo(number), *batch))
    };
    Ok(stored.iter().filter_map(read).collect())
}

fn total(total: Total) -> Value {
    json!({"count": total.count, "fen": total.minor})
}

/// One batch of a terminal.
fn told(
    live: &Live,
    terminal: &Terminal,
    (no, batch): (BatchNo, Batch),
    shut: &[ClosedByUs],
    due: &[Unsettled],
) -> Value {
    let till = of_till::<Settled>(live, terminal.id, &(terminal.id, no), 1).and_then(|mut rows| rows.pop());
    let shut = shut.iter().find(|row| row.batch == no);
    let due = due.iter().find(|row| row.batch == no);
    let (word, zh, en) = match (shut, batch.closing) {
        (Some(_), _) => ("closed_by_acquirer", "收单行已代为结算", "closed by the acquirer"),
        (None, Closing::Closed) => ("settled", "已结算", "settled"),
        (None, Closing::Balanced) => ("balanced", "已对平", "totals agree"),
        (None, Closing::Unbalanced) => ("unbalanced", "不平，正在上送明细", "totals differ, its details are coming"),
        (None, Closing::No) => ("open", "未结算", "open"),
    };
    let side = |count: u32, fen: u64| json!({"count": count, "fen": fen});
    json!({
        "terminal": terminal.id.to_string(), "batch": no.0, "current": terminal.batch == no,
        "state": {"word": word, "zh": zh, "en": en}, "host": {"debit": total(batch.debit), "credit": total(batch.credit)},
        "till": till.as_ref().map(|till| json!({
            "debit": side(till.totals.debit.count, till.totals.debit.minor), "credit": side(till.totals.credit.count, till.totals.credit.minor),
            "balanced": till.balanced, "at": rfc(till.at), "operator": till.operator.to_string(),
        })),
        "uploaded": batch.uploaded, "closed_at": shut.map(|row| rfc(row.at)), "closes_at": due.map(|row| rfc(row.due)),
    })
}

/// The list: terminal by terminal.
pub(super) async fn list(asker: Asker) -> Told {
    asker
        .look("merchant_batches", json!({}), |live, shop, page| {
            let place = |terminal: &str, batch: u32| format!("{terminal}/{:06}", 999_999 - batch.min(999_999));
            let behind = page.behind.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let mut rows = Vec::new();
            for terminal in terminals(live, shop.id)? {
                let shut = every::<ClosedByUs>(&live.hosts.acquirer, &terminal.id, |_| true)?;
                let due = every::<Unsettled>(&live.hosts.acquirer, &terminal.id, |_| true)?;
                for batch in batches(live, terminal.id)? {
                    let here = place(terminal.id.as_str(), batch.0.0);
                    if rows.len() <= page.limit && behind.as_ref().is_none_or(|behind| here > *behind) {
                        rows.push(told(live, &terminal, batch, &shut, &due));
                    }
                }
            }
            let of = |row: &Value| {
                let batch = row["batch"].as_u64().and_then(|batch| u32::try_from(batch).ok()).unwrap_or(0);
                place(row["terminal"].as_str().unwrap_or_default(), batch).into_bytes()
            };
            Ok(page.answer(rows, of))
        })
        .await
}
