//! The shop's terminals and how they are: what the acquirer has on record of each, and what the till itself says where it runs here.

use super::asker::{Asker, Told};
use super::rows::{of_till, terminals};
use crate::archive::shelf::range;
use crate::clocks::rfc;
use crate::http::Live;
use crate::say::End;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{Exchange, Open, OpenCase, Terminal, Unsettled, Wait};
use slipway_terminal::{Exchange as TillExchange, Standing, Till};
use slipway_terms::PaperFate;

/// Newest exchanges of a till that are looked through for slips without paper.
const LATELY: u16 = 200;
/// Open rows of one terminal that are counted.
const OPEN_MAX: u16 = 500;

/// What the till says of itself. `None`: it does not run in this process.
fn by_till(live: &Live, terminal: &Terminal) -> Option<Value> {
    let till = of_till::<Till>(live, terminal.id, &terminal.id, 1)?.pop()?;
    let lately = of_till::<TillExchange>(live, terminal.id, &terminal.id, LATELY).unwrap_or_default();
    let doubtful = |one: &&TillExchange| {
        matches!(
            one.standing,
            Standing::Sent | Standing::Doubtful(_) | Standing::FailedReversal(_) | Standing::InCase(_)
        )
    };
    // The newest slip says how the printer is: a network has no other word of it.
    let newest = lately.iter().find_map(|one| one.slip);
    let printer = newest.map(|slip| {
        let fate = if slip.printed() {
            PaperFate::Printed
        } else if slip.merchant == PaperFate::Printed {
            slip.cardholder
        } else {
            slip.merchant
        };
        let (word, zh, en) = paper(fate);
        json!({"word": word, "zh": zh, "en": en})
    });
    Some(json!({
        "signed_on": till.signed_on && !till.retired, "retired": till.retired, "batch": till.batch.0, "settling": till.settling.is_some(),
        "reversals": till.pending.len(), "advices": till.advices.len(), "offline": {"count": till.offline.count, "fen": till.offline.fen},
        "doubtful": lately.iter().filter(doubtful).count(), "unprinted": lately.iter().filter(|one| one.slip.is_some_and(|slip| !slip.printed())).count(),
        "last": lately.first().map(|one| rfc(one.at)), "printer": printer,
    }))
}

/// The paper of the newest slip.
const fn paper(fate: PaperFate) -> (&'static str, &'static str, &'static str) {
    match fate {
        PaperFate::Printed => ("printed", "最近一张已打印", "the last slip was printed"),
        PaperFate::Rendered | PaperFate::Sent => ("printing", "正在打印", "it is printing"),
        PaperFate::Half => (
            "half",
            "最近一张只打了一部分：请检查打印机并重打",
            "the last slip came out in part: look at the printer, and print it again",
        ),
        PaperFate::Missing => (
            "missing",
            "最近一张没有打出：请检查打印机并重打",
            "the last slip did not come out: look at the printer, and print it again",
        ),
        _ => (
            "unknown",
            "不知最近一张是否打出：请看一眼纸",
            "nobody knows whether the last slip came out: look at the paper",
        ),
    }
}

fn told(live: &Live, terminal: &Terminal) -> Result<Value, End> {
    let acquirer = &live.hosts.acquirer;
    let own = (terminal.id, terminal.merchant);
    let newest = range::<Exchange>(acquirer, &own, 1)?.pop();
    let heard = newest.map(|row| match row {
        Exchange::Original(one) => one.at,
        Exchange::Tombstone(one) => one.at,
    });
    // The minute in which its sign-ons were counted last.
    let signed_on = Some(terminal.minute).filter(|_| terminal.sign_ons > 0);
    let open = range::<Open>(acquirer, &own, OPEN_MAX)?;
    let cases = range::<OpenCase>(acquirer, &own, OPEN_MAX)?;
    let due = range::<Unsettled>(acquirer, &terminal.id, OPEN_MAX)?;
    let count = |wanted: fn(Wait) -> bool| open.iter().filter(|row| wanted(row.wait)).count();
    Ok(json!({
        "terminal": terminal.id.to_string(), "active": terminal.active, "batch": terminal.batch.0,
        "used": terminal.used(), "signed_on_at": signed_on.map(rfc), "heard_at": heard.max(signed_on).map(rfc),
        "doubts": count(|wait| wait != Wait::Confirmation) + cases.len(), "unconfirmed": count(|wait| wait == Wait::Confirmation),
        "unsettled": due.iter().map(|row| json!({"batch": row.batch.0, "closes_at": rfc(row.due)})).collect::<Vec<_>>(),
        "till": by_till(live, terminal),
    }))
}

/// The list.
pub(super) async fn list(asker: Asker) -> Told {
    asker
        .look("merchant_terminals", json!({}), |live, shop, page| {
            let all = terminals(live, shop.id)?;
            let behind = |one: &&Terminal| {
                page.behind.as_ref().is_none_or(|behind| one.id.as_str().as_bytes() > behind.as_slice())
            };
            // One more than fits, so that it is known whether there is more.
            let rows = all
                .iter()
                .filter(behind)
                .take(page.limit + 1)
                .map(|one| told(live, one))
                .collect::<Result<Vec<_>, End>>()?;
            Ok(page.answer(rows, |row| row["terminal"].as_str().unwrap_or_default().as_bytes().to_vec()))
        })
        .await
}
