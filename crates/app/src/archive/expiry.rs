//! What is over is removed: every day by itself in `up`, or when a person asks. Here only days and candidates are found; whether
//! one is over, and whether it is evidence in a case, the acquirer's core decides, and its row stays to say so.

use super::shelf::{Shelf, every, range};
use crate::recon::daily::differing;
use crate::say::End;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{SlipCopy, SlipDay};
use slipway_hosts::keeping::Keeping;
use slipway_node::{Hand, Key, Question, Record, Scan};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{BusinessDate, Moment, Rrn, TillKey};
use std::collections::BTreeSet;
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
    let open = differing(network, now)?;
    for day in again.chain(days) {
        let rows = every::<SlipDay>(acquirer, &day, |_| true)?;
        let (disputed, rows): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| differs(row, &open));
        let tills: Vec<TillKey> = rows.iter().map(|row| row.till).collect();
        for row in &disputed {
            if standing(acquirer, &row.till)? {
                kept.push(day.to_string());
            }
        }
        for order in tills.chunks(ORDER_MAX) {
            let mut due = Vec::new();
            for till in order {
                if standing(acquirer, till)? {
                    due.push(*till);
                }
            }
            if due.is_empty() {
                continue;
            }
            acquirer.tell(Control::Hand(Hand::SlipsOver(due.clone())));
            settled(acquirer);
            for till in &due {
                if standing(acquirer, till)? { kept.push(day.to_string()) } else { removed += 1 }
            }
        }
    }
    let evidence = kept.len();
    kept.dedup();
    let done = Done { before: Some(over.to_string()), again: kept };
    std::fs::write(place(network), serde_json::to_vec(&done).unwrap_or_default())?;
    Ok(json!({"over_before": over.to_string(), "removed": removed, "kept_as_evidence": evidence}))
}

/// Whether a difference is open about it: the reconciliation is no part of the core, so it is asked here, and what the core is not
/// told of it cannot remove.
fn differs(row: &SlipDay, open: &BTreeSet<Rrn>) -> bool {
    row.rrn.is_some_and(|rrn| open.contains(&rrn))
}

/// Whether a copy is there that has not expired.
fn standing(acquirer: &Handle, till: &TillKey) -> Result<bool, End> {
    let copy = range::<SlipCopy>(acquirer, till, 1)?.pop();
    // A word or a picture without its slip has an end as well.
    Ok(copy.is_some_and(|copy| copy.expired.is_none()))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::sample;
    use crate::recon::kept::Kept;
    use crate::recon::place::Place;
    use slipway_recon::four::{Closed, Dossier, Ending, View};
    use slipway_terms::{BatchNo, Stan};

    /// Two differences in the acquirer's reconciliation; the second has ended.
    fn reconciled(network: &Path, now: Moment) -> [Rrn; 2] {
        let rrns = ["632800000001", "632800000002"].map(|rrn| Rrn::new(rrn).unwrap());
        let closed = Closed { on: now.date(), at: now, how: Ending::Agreed };
        let kept = |rrn, closed| {
            let dossier = Dossier { since: now, opened: now.date(), parts: Vec::new(), closed };
            Kept { acquirer: sample::ACQUIRER, rrn, dossier }.line().unwrap()
        };
        let lines = [kept(rrns[0], None), kept(rrns[1], Some(closed))].join("\n");
        let place = Place::held(&network.join("recon").join("acquirer")).unwrap();
        let mut state = place.state(View::Acquirer, sample::ACQUIRER.as_str()).unwrap();
        place.write("cases-1.jsonl", |out| Ok(out.write_all(lines.as_bytes())?)).unwrap();
        state.cases = Some("cases-1.jsonl".into());
        place.commit(&state).unwrap();
        rrns
    }

    #[test]
    fn an_open_difference_holds_a_slip_back() {
        let network = tempfile::tempdir().unwrap();
        let now = Moment(1_795_400_000_000);
        assert!(differing(network.path(), now).unwrap().is_empty(), "nobody has compared anything");
        let [open, ended] = reconciled(network.path(), now);
        let found = differing(network.path(), now).unwrap();
        let (terminal, merchant) = (sample::terminal(1), sample::merchant_of(1).id);
        let till = TillKey { terminal, merchant, batch: BatchNo(1), stan: Stan::FIRST };
        for (rrn, want) in [(Some(open), true), (Some(ended), false), (None, false)] {
            let row = SlipDay { till, rrn, minor: 8_800, last4: 10 };
            assert_eq!(differs(&row, &found), want, "{rrn:?}");
        }
        // Whoever cannot read the state does not know what is still needed: nothing is removed.
        std::fs::write(network.path().join("recon/acquirer/current.json"), "{").unwrap();
        assert!(differing(network.path(), now).is_err());
    }
}
