//! Batches of the shop's terminals, newest first of each: the acquirer's totals beside the till's, and who closed it.

use super::asker::{Asker, Told};
use super::rows::{of_till, terminals};
use crate::archive::shelf::{Shelf, every};
use crate::clocks::rfc;
use crate::http::Live;
use crate::say::End;
use crate::web::cursor::Cursor;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Batch, ClosedByUs, Closing, Terminal, Total, Unsettled};
use slipway_node::{Key, Record, Rows, Scan};
use slipway_terminal::Settled;
use slipway_terms::{BatchNo, TerminalId};

/// Batches of a terminal with their numbers, newest first: those behind a number, one more than fit.
fn batches(
    live: &Live,
    terminal: TerminalId,
    behind: Option<BatchNo>,
    limit: usize,
) -> Result<Vec<(BatchNo, Batch)>, End> {
    let space = <Batch as Record<AcquirerRow>>::SPACE;
    let prefix = Key::of(space).with(&terminal);
    let rows_max = u16::try_from(limit + 1).unwrap_or(u16::MAX);
    let stored = match behind {
        None => Shelf::scan(&live.hosts.acquirer, Scan { prefix, rows_max, newest_first: true }),
        Some(no) => Shelf::below(&live.hosts.acquirer, prefix, prefix.with(&no), rows_max),
    };
    let stored = stored.ok_or_else(|| End::environment("收单行没有应答", "the acquirer did not answer"))?;
    let read = |(key, bytes): &(Key, Vec<u8>)| {
        // The number is the key's last three bytes.
        let number =
            key.as_bytes().iter().rev().take(3).rev().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
        let row = AcquirerRow::decode(space, bytes).ok()?;
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
            let behind = page.behind.as_deref().map(|bytes| read(bytes).ok_or_else(Cursor::broken)).transpose()?;
            let mut rows = Vec::new();
            for terminal in terminals(live, shop.id)? {
                let from = match behind {
                    Some((id, _)) if terminal.id < id => continue,
                    Some((id, batch)) if terminal.id == id => Some(batch),
                    _ => None,
                };
                let room = page.limit.saturating_sub(rows.len());
                let shut = every::<ClosedByUs>(&live.hosts.acquirer, &terminal.id, |_| true)?;
                let due = every::<Unsettled>(&live.hosts.acquirer, &terminal.id, |_| true)?;
                for batch in batches(live, terminal.id, from, room)? {
                    rows.push(told(live, &terminal, batch, &shut, &due));
                }
                if rows.len() > page.limit {
                    break;
                }
            }
            Ok(page.answer(rows, |row| {
                format!("{}/{}", row["terminal"].as_str().unwrap_or_default(), row["batch"]).into()
            }))
        })
        .await
}

/// Where a page went on: a terminal, and its batch.
fn read(place: &[u8]) -> Option<(TerminalId, BatchNo)> {
    let (terminal, batch) = std::str::from_utf8(place).ok()?.split_once('/')?;
    Some((TerminalId::new(terminal).ok()?, BatchNo(batch.parse().ok()?)))
}
