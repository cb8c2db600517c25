//! What came of a play: the three sums of every exchange since it began, the verdict on the newest, and, for a story of the
//! catalogue, whether all is as it must be. Reads what the parties have stored, as the audit does.

use super::Theatre;
use crate::audit::{Traces, audit, quiet, rows};
use crate::demo::outcome::{Came, broken};
use crate::demo::stories::Story;
use crate::http::Live;
use crate::trace::{Keys, trace};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Exchange};
use slipway_node::Question;
use slipway_terminal::TerminalRow;
use slipway_terms::{Amount, State, TillKey};
use std::collections::BTreeSet;

/// Journal lines that are looked at: a play has a few.
const LINES_MAX: u16 = 200;

impl Theatre {
    /// The outcome of what was done here since then (network milliseconds). `None`: a party did not answer.
    pub(super) fn outcome(&self, live: &Live, since: i64, story: Option<&Story>) -> Option<Value> {
        let banks: Vec<_> = live.bank.iter().collect();
        let quiet = quiet(&live.hosts, &banks)?;
        let audit = audit(&live.hosts, &banks)?;
        let mine = self.since(live, since)?;
        let journal = live.bank.as_ref()?.ask(Question::All { rows_max: LINES_MAX })?;
        let sales: Vec<_> = journal
            .iter()
            .filter(|seen| seen.amount.is_some() && seen.till.is_some_and(|till| mine.contains(&till)))
            .collect();
        let found = sales.first().and_then(|seen| seen.till).map(|till| trace(live, &Keys::Till(till)));
        // A slip that no house knows an exchange of is the worst there is: it stands beside nothing.
        let alone = |key: &TillKey| {
            let slip = sales.iter().find(|seen| seen.till == Some(*key) && seen.state == State::Approved && seen.slip);
            Traces { slip_fen: slip.and_then(|seen| seen.amount).map_or(0, Amount::signed), ..Traces::default() }
        };
        let known = |key: &TillKey| audit.exchanges.get(audit.tills.get(key)?).copied();
        let traces: Vec<Traces> = mine.iter().map(|key| known(key).unwrap_or_else(|| alone(key))).collect();
        let agree = |one: &Traces| one.slip_fen == one.debit_fen && one.debit_fen == one.credit_fen;
        let verdict = found.and_then(|found| found.first().map(|found| found.verdict.clone()));
        let came = Came {
            debits: traces.iter().map(|one| one.debits).sum(),
            refunds: traces.iter().map(|one| one.refunds).sum(),
            credit_fen: traces.iter().map(|one| one.credit_fen).sum(),
            slips: sales.iter().filter(|seen| seen.state == State::Approved && seen.slip).count(),
            notices: self.board.lock().map(|board| board.notices_since(since)).unwrap_or_default(),
            verdict: verdict.as_ref().map(|verdict| (verdict.fate, verdict.cashier)),
        };
        let sum = |pick: fn(&Traces) -> i64| traces.iter().map(pick).sum::<i64>();
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
            // Not known while something is under way, nor where there was nothing.
            "rule_holds": (quiet && !traces.is_empty()).then(|| traces.iter().all(agree)),
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
