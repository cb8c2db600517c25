//! What came of a play: the three sums of every exchange since it began, the verdict on the newest, and, for a story of the
//! catalogue, whether all is as it must be. Reads what the parties have stored, as the audit does.

use super::Theatre;
use crate::audit::{Traces, audit, quiet, rows};
use crate::demo::outcome::{Came, broken};
use crate::demo::stories::all;
use crate::http::Live;
use crate::trace::{Keys, trace};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Exchange};
use slipway_node::Question;
use slipway_terminal::TerminalRow;
use slipway_terms::{State, TillKey};
use std::collections::BTreeSet;

/// Journal lines that are looked at: a play has a few.
const LINES_MAX: u16 = 200;

impl Theatre {
    /// The outcome of what was done here since then (network milliseconds). `None`: a party did not answer.
    pub(super) fn outcome(&self, live: &Live, since: i64, story: Option<&str>) -> Option<Value> {
        let banks: Vec<_> = live.bank.iter().collect();
        let quiet = quiet(&live.hosts, &banks)?;
        let audit = audit(&live.hosts, &banks)?;
        let mine = self.since(live, since)?;
        let traces: Vec<(TillKey, Traces)> =
            mine.iter().filter_map(|key| Some((*key, *audit.exchanges.get(audit.tills.get(key)?)?))).collect();
        let journal = live.bank.as_ref()?.ask(Question::All { rows_max: LINES_MAX })?;
        let sales: Vec<_> = journal
            .iter()
            .filter(|seen| seen.amount.is_some() && seen.till.is_some_and(|till| mine.contains(&till)))
            .collect();
        let found = sales.first().and_then(|seen| seen.till).map(|till| trace(live, &Keys::Till(till)));
        let verdict = found.and_then(|found| found.first().map(|found| found.verdict.clone()));
        let came = Came {
            debits: traces.iter().map(|(_, one)| one.debits).sum(),
            refunds: traces.iter().map(|(_, one)| one.refunds).sum(),
            credit_fen: traces.iter().map(|(_, one)| one.credit_fen).sum(),
            slips: sales.iter().filter(|seen| seen.state == State::Approved && seen.slip).count(),
            notices: self.board.lock().map(|board| board.notices_since(since)).unwrap_or_default(),
            verdict: verdict.as_ref().map(|verdict| (verdict.fate, verdict.cashier)),
        };
        let sum = |pick: fn(&Traces) -> i64| traces.iter().map(|(_, one)| pick(one)).sum::<i64>();
        let story = story.and_then(|key| all().find(|story| story.key() == key));
        let story = story.map(|story| {
            let wrong = broken(&story.must, &came);
            let wrong = wrong.iter().map(|one| {
                let (got, want) = (&one.got, &one.want);
                json!({"zh": format!("{} {got}，应为 {want}", one.what.zh), "en": format!("{} {got}, not {want}", one.what.en)})
            });
            json!({"id": story.key(), "broken": wrong.collect::<Vec<_>>()})
        });
        Some(json!({
            "quiet": quiet,
            "rule_holds": traces.iter().all(|(_, one)| one.slip_fen == one.debit_fen && one.debit_fen == one.credit_fen),
            "ledgers_zero": audit.ledgers_zero,
            "exchanges": mine.len(),
            "slip_fen": sum(|one| one.slip_fen), "debit_fen": sum(|one| one.debit_fen), "credit_fen": sum(|one| one.credit_fen),
            "debits": came.debits, "refunds": came.refunds, "slips": came.slips, "notices": came.notices,
            "sentence": verdict.map(|verdict| verdict.sentence),
            "story": story,
        }))
    }

    /// Exchanges of the terminal on the stage that began since then: its own, and what the acquirer began for it.
    fn since(&self, live: &Live, since: i64) -> Option<BTreeSet<TillKey>> {
        let own = rows::<TerminalRow>(live.bank.as_ref()?)?.into_iter().filter_map(|row| match row {
            TerminalRow::Exchange(line) if line.key.terminal == self.seat && line.sent_at.0 >= since => Some(line.key),
            _ => None,
        });
        let hosts = rows::<AcquirerRow>(&live.hosts.acquirer)?.into_iter().filter_map(|row| match row {
            AcquirerRow::Exchange(Exchange::Original(original)) => {
                (original.till.terminal == self.seat && original.at.0 >= since).then_some(original.till)
            }
            _ => None,
        });
        Some(own.chain(hosts).collect())
    }
}
