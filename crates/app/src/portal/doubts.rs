//! What is not decided yet: each payment with the sentence that all parties together allow, and by when there is an answer. What merely waits
//! for the till's confirmation is no doubt until it is late.

use super::asker::{Asker, Told};
use super::index;
use super::payments::short;
use super::rows::{of_till, terminals};
use crate::archive::shelf::every;
use crate::clocks::rfc;
use crate::http::Live;
use crate::say::End;
use crate::support::exchange;
use crate::trace::{Keys, trace};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{Open, OpenCase, Wait};
use slipway_node::Clock;
use slipway_terminal::{Exchange as TillExchange, Pending, Standing};
use slipway_terms::{Fate, MerchantId, TillKey};
use std::collections::BTreeMap;

/// Stored reversals of one till that are looked at.
const PENDING_MAX: u16 = 200;

/// The exchanges that may be in doubt by the acquirer's record, or by that of a till that runs here; whether a case is open.
fn doubtful(live: &Live, merchant: MerchantId) -> Result<BTreeMap<TillKey, bool>, End> {
    let acquirer = &live.hosts.acquirer;
    let undecided = index::undecided(acquirer, merchant, live.clock.now())?;
    let mut all: BTreeMap<TillKey, bool> = undecided.into_iter().map(|till| (till, false)).collect();
    for terminal in terminals(live, merchant)? {
        let own = (terminal.id, merchant);
        let open = every::<Open>(acquirer, &own, |row| row.wait != Wait::Confirmation)?;
        all.extend(open.into_iter().map(|row| (row.till, false)));
        let cases = every::<OpenCase>(acquirer, &own, |_| true)?;
        all.extend(cases.into_iter().map(|row| (row.till, true)));
        for row in of_till::<Pending>(live, terminal.id, &own, PENDING_MAX).unwrap_or_default() {
            // A reversal is stored before its request leaves: while the answer is awaited nothing is in doubt.
            let exchange = of_till::<TillExchange>(live, terminal.id, &row.key, 1).and_then(|mut rows| rows.pop());
            if exchange.is_some_and(|one| one.standing != Standing::Sent) {
                all.entry(row.key).or_insert(false);
            }
        }
    }
    Ok(all)
}

/// One of them, all parties asked; `None` if together they know how it ended, and no person looks into it.
fn told(live: &Live, till: TillKey, case: bool) -> Result<Option<Value>, End> {
    let found = trace(live, &Keys::Till(till)).into_iter().next();
    let Some(found) = found.filter(|found| case || matches!(found.verdict.fate, Fate::Open | Fate::WillReturn)) else {
        return Ok(None);
    };
    let whole = found.json();
    let known = index::original(&live.hosts.acquirer, &till)?.map(|one| short(&one));
    let first = found.seen.iter().filter_map(|testimony| testimony.at).min();
    Ok(Some(json!({
        "id": exchange::id_of(&till), "terminal": till.terminal.to_string(), "voucher": till.stan.to_string(),
        "at": first.map(rfc), "verdict": whole["verdict"], "sentence": whole["sentence"], "cashier": whole["cashier"],
        "due": found.verdict.due.map(rfc), "amount_fen": whole["amount_fen"], "card": whole["card"], "rrn": whole["rrn"],
        "kind": known.map(|short| short["kind"].clone()), "next": whole["next"],
    })))
}

/// The list, in the order of terminals and numbers.
pub(super) async fn list(asker: Asker) -> Told {
    asker
        .look("merchant_doubts", json!({}), |live, shop, page| {
            let all = doubtful(live, shop.id)?;
            let place = |id: &str| id.as_bytes().to_vec();
            let behind =
                |till: &&TillKey| page.behind.as_ref().is_none_or(|behind| place(&exchange::id_of(till)) > *behind);
            let mut rows = Vec::new();
            for (till, case) in all.iter().filter(|(till, _)| behind(till)) {
                rows.extend(told(live, *till, *case)?);
                if rows.len() > page.limit {
                    break;
                }
            }
            Ok(page.answer(rows, |row| place(row["id"].as_str().unwrap_or_default())))
        })
        .await
}
