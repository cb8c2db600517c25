//! What is over is removed: every day by itself in `up`, or when a person asks. Here only days and candidates are found; whether
//! one is over, and whether it is evidence in a case, the acquirer's core decides, and its row stays to say so.

use super::shelf::{LOOK_ROWS, Shelf, range};
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{SlipCopy, SlipDay};
use slipway_hosts::keeping::Keeping;
use slipway_node::{Hand, Key, Question, Record, Scan};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{BusinessDate, Moment, Rrn, TillKey};
use std::path::{Path, PathBuf};

/// Copies that one order names.
const ORDER_MAX: usize = 64;

/// Which days are done: they are not looked through again. Only spares work; without the file every day is looked at.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Done {
    /// All days before this one have been looked at.
    before: Option<String>,
    /// Days among them where something was kept as evidence.
    again: Vec<String>,
}

fn place(network: &Path) -> PathBuf {
    network.join("acquirer").join("archive-done.json")
}

/// Removes what is over. Says how many were removed and how many kept as evidence.
///
/// # Errors
/// The acquirer does not answer, or the mark of what is done cannot be written.
pub fn run(acquirer: &Handle, network: &Path, keeping: Keeping, now: Moment) -> Result<Value, End> {
    let over = keeping.over_before(now);
    let done: Done =
        std::fs::read(place(network)).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let again = done.again.iter().filter_map(|day| BusinessDate::parse(day).ok());
    let first = match done.before.as_deref().and_then(|day| BusinessDate::parse(day).ok()) {
        Some(before) => Some(before),
        None => first_day(acquirer)?,
    };
    let days = first.map_or(0..0, |first| first.days()..over.days()).map(BusinessDate::from_days);
    let (mut removed, mut kept) = (0, Vec::new());
    for day in again.chain(days) {
        let tills: Vec<TillKey> = range::<SlipDay>(acquirer, &day, LOOK_ROWS)?.iter().map(|row| row.till).collect();
        for order in tills.chunks(ORDER_MAX) {
            let standing = |till: &&TillKey| -> Result<bool, End> {
                let copy = range::<SlipCopy>(acquirer, *till, 1)?.pop();
                Ok(copy.is_some_and(|copy| copy.slip.is_some() && copy.expired.is_none()))
            };
            let mut due = Vec::new();
            for till in order {
                if standing(&till)? {
                    due.push(*till);
                }
            }
            if due.is_empty() {
                continue;
            }
            acquirer.tell(Control::Hand(Hand::SlipsOver(due.clone())));
            settled(acquirer);
            for till in &due {
                if standing(&till)? { kept.push(day.to_string()) } else { removed += 1 }
            }
        }
    }
    let evidence = kept.len();
    kept.dedup();
    let done = Done { before: Some(over.to_string()), again: kept };
    std::fs::write(place(network), serde_json::to_vec(&done).unwrap_or_default())?;
    Ok(json!({"over_before": over.to_string(), "removed": removed, "kept_as_evidence": evidence}))
}

/// The acquirer has decided what it was told: a question is answered behind it.
pub fn settled(acquirer: &Handle) {
    if let Ok(nothing) = Rrn::new("000000000000") {
        let _ = acquirer.ask(Question::Rrn(nothing));
    }
}

/// The day of the oldest slip.
fn first_day(acquirer: &Handle) -> Result<Option<BusinessDate>, End> {
    let space = <SlipDay as Record<slipway_hosts::acquirer::AcquirerRow>>::SPACE;
    let oldest = Scan { prefix: Key::of(space), rows_max: 1, newest_first: false };
    let rows = Shelf::scan(acquirer, oldest)
        .ok_or_else(|| End::environment("收单行没有应答", "the acquirer did not answer"))?;
    let day =
        rows.first().and_then(|(key, _)| key.as_bytes().get(1..5)).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    Ok(day.map(|bytes| BusinessDate::from_days(i64::from(i32::from_be_bytes(bytes)))))
}
