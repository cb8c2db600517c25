//! Earlier exchanges of the terminal on the stage: a list to pick from, newest first, and what is true of one of them.

use super::Theatre;
use crate::audit::rows;
use crate::clocks::rfc;
use crate::http::Live;
use crate::tills::Problem;
use crate::trace::{Keys, trace};
use crate::web::cursor::{Cursor, Page};
use serde_json::{Value, json};
use slipway_terminal::{Exchange, TerminalRow};
use slipway_terms::TillKey;

/// Where a line stands in the list: when it was sent, and its voucher number. Older lines follow, so it stays true while rows are added.
type Place = (i64, u32);

impl Theatre {
    /// A page of the lines, newest first. `None`: the terminal is off.
    pub(super) fn exchanges(&self, live: &Live, page: &Page) -> Option<Result<Value, Problem>> {
        let behind = match page.behind.as_deref().map(read) {
            Some(None) => return Some(Err(Cursor::broken())),
            Some(behind) => behind,
            None => None,
        };
        let lines = self.lines(live)?;
        let rest = lines.iter().filter(|line| behind.is_none_or(|behind| place(line) < behind));
        Some(Ok(page.answer(rest.map(told), |told| {
            format!("{}.{}", told["ms"], told["voucher"].as_str().unwrap_or_default()).into_bytes()
        })))
    }

    /// One of them, all parties asked anew. `Some(Null)`: there is none of that number.
    pub(super) fn exchange(&self, live: &Live, id: &str) -> Option<Value> {
        let found = self.lines(live)?.into_iter().find(|line| id_of(&line.key) == id);
        let found = found.map(|line| trace(live, &Keys::Till(line.key)));
        Some(found.and_then(|found| found.first().map(crate::trace::Found::json)).unwrap_or(Value::Null))
    }

    fn lines(&self, live: &Live) -> Option<Vec<Exchange>> {
        let own = rows::<TerminalRow>(live.bank.as_ref()?)?.into_iter().filter_map(|row| match row {
            TerminalRow::Exchange(line) if line.key.terminal == self.seat && line.amount.is_some() => Some(line),
            _ => None,
        });
        let mut own: Vec<_> = own.collect();
        own.sort_by_key(|line| std::cmp::Reverse(place(line)));
        Some(own)
    }
}

fn place(line: &Exchange) -> Place {
    (line.sent_at.0, line.key.stan.number())
}

fn read(behind: &[u8]) -> Option<Place> {
    let (ms, voucher) = std::str::from_utf8(behind).ok()?.split_once('.')?;
    Some((ms.parse().ok()?, voucher.parse().ok()?))
}

/// Batch and voucher number: what a slip shows.
fn id_of(key: &TillKey) -> String {
    format!("{}-{}", key.batch, key.stan)
}

fn told(line: &Exchange) -> Value {
    let shape = line.kind.shape();
    json!({
        "id": id_of(&line.key), "voucher": line.key.stan.to_string(), "kind": {"zh": shape.zh, "en": shape.en},
        "amount_fen": line.amount.map(slipway_terms::Amount::minor), "card": line.card.to_string(),
        "slip": line.slip.is_some(), "at": rfc(line.sent_at), "ms": line.sent_at.0,
    })
}
