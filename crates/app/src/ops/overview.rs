//! The network on one screen: parties, lines, queues, what is open and how old, promises, days, money that is kept back, keys. Queues and
//! small tables only: it is asked for every few seconds, and must keep no party from its work. Must never reckon what a command reckons.

use super::history::parties;
use super::lists::{Open, open, peer};
use super::{held, page};
use crate::audit::table;
use crate::clearing::{daily, folder};
use crate::cutover;
use crate::http::Live;
use crate::recon;
use crate::settle;
use crate::tills::Problem;
use serde_json::{Map, Value, json};
use slipway_hosts::acquirer::{AcquirerRow, HeldMoney, OpenCase};
use slipway_hosts::day::Days;
use slipway_hosts::dispute::OpenDispute;
use slipway_hosts::issuer::{IssuerRow, MissingFile};
use slipway_hosts::ledger::{Account, Balance};
use slipway_hosts::switch::{self, SwitchRow};
use slipway_node::{Record, Rows, Scan, Space, limits};
use slipway_runtime::os::{Figures, Handle};
use slipway_terms::Moment;
use std::collections::BTreeSet;

/// Peers of one party that are named; a bank has a line for each terminal.
const PEERS_MAX: usize = 24;
/// Days that are shown.
const DAYS_MAX: usize = 7;
/// Ages of open exchanges: the bounds between them. Unit: milliseconds.
const AGES_MS: [i64; 3] = [60_000, 3_600_000, 24 * 3_600_000];

/// All of it.
///
/// # Errors
/// 503 only if the folder cannot be read: a party that does not answer is shown so.
pub fn overview(live: &Live) -> Result<Value, Problem> {
    let (now, wall) = (live.now(), live.front.wall());
    let open = open(live).ok();
    Ok(page::timed(json!({
        "at": now.to_string(), "at_ms": now.0, "wall_ms": wall.0, "pace": live.clock.pace(),
        "parties": parties(live).map(|party| of_party(party, live)).collect::<Vec<_>>(),
        "days": cutover::show(&live.hosts.switch).ok(),
        "member_days": member_days(live),
        "queues": queues(live),
        "open": open.as_ref().map(|open| ages(open, now)),
        "promises": promises(live, open.as_deref(), now),
        "past": past(live)?,
        "kept": kept(live),
        "keys": keys(live),
        "orders_waiting": live.ops.waiting(now),
    })))
}

fn of_party(party: &Handle, live: &Live) -> Value {
    let since = held(&live.ops.history).since(&party.name).map(|since| since.to_string());
    let Some(figures) = party.figures() else {
        return json!({"party": party.name, "up": false, "unplugged": party.unplugged(), "since": since});
    };
    let Figures { outbox, outbox_age_ms, outbox_overdue, lines, batches, ref peers, ref stages, timers, .. } = figures;
    let peers: Vec<Value> =
        peers.iter().take(PEERS_MAX).map(|(of, lines)| json!({"peer": peer(of), "lines": lines})).collect();
    json!({
        "party": party.name, "up": true, "unplugged": false, "since": since, "batches": batches, "lines": lines,
        "peers": peers, "inputs": stages.inputs, "timers": timers,
        "outbox": {"entries": outbox, "oldest_ms": outbox_age_ms, "overdue": outbox_overdue},
    })
}

fn days_of<R: Rows>(party: &Handle) -> Value
where
    Days: Record<R>,
{
    let days = table::<Days, R>(party).and_then(|mut days| days.pop());
    json!({
        "party": party.name, "business_day": days.as_ref().map(|days| days.date.to_string()),
        "closed_through": days.as_ref().map(|days| days.closed.to_string()),
    })
}

fn member_days(live: &Live) -> Vec<Value> {
    let [one, two] = &live.hosts.issuers;
    vec![days_of::<AcquirerRow>(&live.hosts.acquirer), days_of::<IssuerRow>(one), days_of::<IssuerRow>(two)]
}

/// Whether what waits in a table is shown; what is undecided stands in another one too.
pub(super) fn is_shown(space: &Space) -> bool {
    space.queue && space.name != "undecided"
}

/// Every table from which rows leave, and how many wait in it.
fn queues(live: &Live) -> Vec<Value> {
    let mut all = Vec::new();
    for (party, spaces) in [
        (&live.hosts.acquirer, AcquirerRow::SPACES),
        (&live.hosts.switch, SwitchRow::SPACES),
        (&live.hosts.issuers[0], IssuerRow::SPACES),
        (&live.hosts.issuers[1], IssuerRow::SPACES),
    ] {
        for Space { byte, name, .. } in spaces.iter().filter(|space| is_shown(space)) {
            let Some(rows) = party.rows(*byte) else { continue };
            all.push(json!({"party": party.name, "queue": name, "rows": rows.len()}));
        }
    }
    all
}

/// Open exchanges by what they wait for and how long they have waited already.
fn ages(all: &[Open], now: Moment) -> Vec<Value> {
    let kinds: BTreeSet<_> = all.iter().map(|open| (open.party, open.wait)).collect();
    let one = |(party, (word, zh, en)): &(&str, (&str, &str, &str))| {
        let of: Vec<i64> = all
            .iter()
            .filter(|open| open.party == *party && open.wait.0 == *word && open.wait.2 == *en)
            .map(|open| (now.0 - open.since.0).max(0))
            .collect();
        let mut buckets = [0_usize; AGES_MS.len() + 1];
        for age in &of {
            buckets[AGES_MS.iter().filter(|bound| age >= *bound).count()] += 1;
        }
        json!({
            "party": party, "waits_for": {"word": word, "zh": zh, "en": en}, "count": of.len(),
            "oldest_ms": of.iter().max(), "ages": buckets,
        })
    };
    kinds.iter().map(one).collect()
}

/// A clock that somebody was promised: how many run, how many have run out, which is next.
fn promise((word, zh, en): (&str, &str, &str), due: &[Moment], now: Moment) -> Value {
    let next = due.iter().filter(|due| **due >= now).min();
    json!({
        "word": word, "zh": zh, "en": en, "count": due.len(), "breached": due.iter().filter(|due| **due < now).count(),
        "next": next.map(|next| next.to_string()),
    })
}

fn promises(live: &Live, open: Option<&[Open]>, now: Moment) -> Vec<Value> {
    let [one, two] = &live.hosts.issuers;
    let mut all = Vec::new();
    let due: Vec<Moment> = settle::set_aside(&live.dir).unwrap_or_default().iter().map(settle::Trouble::due).collect();
    all.push(promise(
        ("unsettled", "未能结算的商户（收单行运营）", "merchants not settled (acquirer operations)"),
        &due,
        now,
    ));
    if let Some(open) = open {
        let due: Vec<Moment> = open.iter().map(|open| open.due).collect();
        all.push(promise(("exchanges", "未决交易", "open exchanges"), &due, now));
    }
    if let Some(cases) = table::<OpenCase, AcquirerRow>(&live.hosts.acquirer) {
        let due: Vec<Moment> = cases.iter().filter_map(|case| case.due).collect();
        let mut told = promise(("cases", "差错", "cases"), &due, now);
        let switchs = table::<switch::OpenCase, SwitchRow>(&live.hosts.switch).map_or(0, |cases| cases.len());
        told["count"] = (cases.len() + switchs).into();
        all.push(told);
    }
    let disputes = [
        table::<OpenDispute, AcquirerRow>(&live.hosts.acquirer),
        table::<OpenDispute, SwitchRow>(&live.hosts.switch),
        table::<OpenDispute, IssuerRow>(one),
        table::<OpenDispute, IssuerRow>(two),
    ];
    let due: Vec<Moment> = disputes.into_iter().flatten().flatten().map(|dispute| dispute.due).collect();
    all.push(promise(("disputes", "争议（各方合计）", "disputes (of all houses)"), &due, now));
    let missing = [one, two].into_iter().filter_map(table::<MissingFile, IssuerRow>).flatten();
    let due: Vec<Moment> = missing.map(|file| file.since.plus_ms(limits::ADVICE_ALARM_MS)).collect();
    all.push(promise(("files", "缺少的清算文件", "clearing files that are missing"), &due, now));
    for told in recon::desk::promises(&live.dir, now).unwrap_or_default() {
        let number = |name: &str| told[name].as_u64().unwrap_or(0);
        let broken = number("overdue") + number("escalated") + number("disputes");
        let at = told["at"].as_str().unwrap_or("?");
        let who = match at {
            "acquirer" => ("收单行", "acquirer"),
            "issuer1" => ("发卡行一", "issuer 1"),
            "issuer2" => ("发卡行二", "issuer 2"),
            _ => ("网络中心", "centre"),
        };
        let (zh, en) = (format!("对账差异（{}）", who.0), format!("differences ({})", who.1));
        all.push(json!({
            "word": format!("differences_{at}"), "zh": zh, "en": en, "count": number("in_time") + broken,
            "breached": broken, "next": null,
        }));
    }
    all
}

/// What was done for the last closed days: cleared, settled, compared.
fn past(live: &Live) -> Result<Vec<Value>, Problem> {
    let cleared: Vec<String> = folder::days(&daily::root(&live.dir)).iter().map(ToString::to_string).collect();
    let settled: BTreeSet<String> = folder::days(&settle::root(&live.dir)).iter().map(ToString::to_string).collect();
    let compared = recon::desk::days(&live.dir).map_err(|end| recon::problem(&end))?;
    let one = |day: &String| {
        let by = compared.iter().map(|(who, days)| {
            let missing = days.iter().find(|(of, _)| of == day).map(|(_, missing)| *missing);
            ((*who).to_owned(), json!(missing))
        });
        json!({
            "day": day, "cleared": true, "settled": settled.contains(day),
            "lists_missing": by.collect::<Map<String, Value>>(),
        })
    };
    Ok(cleared.iter().rev().take(DAYS_MAX).map(one).collect())
}

/// One balance. Signed as the ledger has it.
fn balance<R: Rows>(party: &Handle, account: Account) -> Option<i64>
where
    Balance: Record<R, Key = slipway_terms::Short<20>> + Clone,
{
    let prefix = <Balance as Record<R>>::key(&account.name());
    let (_, bytes) = party.scan(Scan { prefix, rows_max: 1, newest_first: false })?.pop()?;
    let row = R::decode(<Balance as Record<R>>::SPACE, &bytes).ok()?;
    <Balance as Record<R>>::peel(&row).filter(|balance| balance.account == account).map(|balance| balance.minor)
}

/// Money that is neither here nor there.
fn kept(live: &Live) -> Value {
    let suspense: Vec<Value> = live
        .hosts
        .issuers
        .iter()
        .map(|issuer| {
            let minor = balance::<IssuerRow>(issuer, Account::Suspense);
            json!({"issuer": issuer.name, "sum_fen": minor.map_or(0, |minor| -minor)})
        })
        .collect();
    let holds = table::<HeldMoney, AcquirerRow>(&live.hosts.acquirer).unwrap_or_default();
    let open: Vec<&HeldMoney> = holds.iter().filter(|hold| hold.closed.is_none()).collect();
    json!({
        "unsettled": settle::set_aside(&live.dir).unwrap_or_default().iter().map(settle::Trouble::document).collect::<Vec<_>>(),
        "suspense": suspense, "holds": open.len(), "held_fen": open.iter().map(|hold| hold.taken_minor).sum::<i64>(),
        "loss_fen": balance::<AcquirerRow>(&live.hosts.acquirer, Account::Loss).unwrap_or(0),
    })
}

fn keys(live: &Live) -> Value {
    let all = live.ops.keys.look(live);
    let count = |of: fn(&&Value) -> bool| all.iter().filter(of).count();
    json!({
        "count": count(|key| !key["name"].is_null()), "overdue": count(|key| key["overdue"] == true),
        "unknown_age": count(|key| key["standing"] == "file" && key["age_days"].is_null()),
        "shut": count(|key| key["name"].is_null()),
    })
}
