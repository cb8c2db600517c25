//! `slipway suspense`: 挂账 of the issuers: every amount that has not appeared in clearing, with its owner, its clock and what it waits
//! for. Reads only.

use crate::audit;
use crate::clocks::{plain, rfc};
use crate::desk::{Running, network_folder};
use crate::export;
use crate::say::{End, Say, yuan};
use clap::Args;
use serde_json::{Value, json};
use slipway_hosts::day::ClosedDay;
use slipway_hosts::filed::Filed;
use slipway_hosts::issuer::{CLOCK_MS, Exchange, IssuerRow, LATEST_MS, MissingFile, Release, Waits, waits};
use slipway_hosts::ledger::{Cause, Posting};
use slipway_terms::{BusinessDate, Moment, SwitchKey};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Where a running network, or one issuer alone, is asked.
pub const DOOR: &str = "/api/v1/suspense";

/// Arguments of `suspense`.
#[derive(Args)]
pub struct SuspenseArgs {
    /// The folder of the network, or of one issuer running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Lists it.
pub fn run(args: &SuspenseArgs, say: &Say) -> Result<(), End> {
    let told = match Running::of(&args.dir) {
        Some(running) => running.get(DOOR)?,
        None => {
            network_folder(&args.dir)?;
            let issuers = ["issuer1", "issuer2"].map(|name| Ok((name, export::rows::<IssuerRow>(&args.dir, name)?)));
            let issuers = issuers.into_iter().collect::<Result<Vec<_>, End>>()?;
            all(issuers.iter().map(|(name, rows)| (*name, rows.as_slice())))
        }
    };
    if say.json {
        say.document(&told);
        return Ok(());
    }
    for issuer in told["issuers"].as_array().into_iter().flatten() {
        let (name, count, sum) = (issuer["issuer"].as_str().unwrap_or("?"), &issuer["count"], yuan(&issuer["sum_fen"]));
        say.line(say.both(
            &format!("{name}  挂账 {count} 笔，合计 {sum} 元"),
            &format!("{name}  {count} in suspense, {sum} yuan in all"),
        ));
        for item in issuer["items"].as_array().into_iter().flatten() {
            let text = |key: &str| item[key].as_str().unwrap_or("-").to_owned();
            let waits = &item["waits_for"];
            say.line(format!(
                "  {}  {:>12}  {}  {} {}  {}",
                text("rrn"),
                yuan(&item["fen"]),
                plain(&text("since")),
                say.both("期限", "due"),
                plain(&text("due")),
                say.both(waits["zh"].as_str().unwrap_or("?"), waits["en"].as_str().unwrap_or("?")),
            ));
        }
        for missing in issuer["missing_files"].as_array().into_iter().flatten() {
            let day = missing["day"].as_str().unwrap_or("?");
            say.line(say.both(
                &format!("  缺 {day} 的清算文件：请向交换中心索取；未收到前不释放"),
                &format!("  the clearing file of {day} is missing: ask the switch for it; nothing is released before"),
            ));
        }
    }
    Ok(())
}

/// What these issuers have in suspense.
pub fn all<'a>(issuers: impl IntoIterator<Item = (&'a str, &'a [IssuerRow])>) -> Value {
    let told: Vec<Value> = issuers.into_iter().map(|(name, rows)| one(name, rows)).collect();
    json!({"issuers": told})
}

/// The rows of a running issuer. `None`: it did not answer.
pub fn rows(party: &slipway_runtime::os::Handle) -> Option<Vec<IssuerRow>> {
    audit::rows::<IssuerRow>(party)
}

fn one(name: &str, rows: &[IssuerRow]) -> Value {
    let mut posted: BTreeMap<SwitchKey, BusinessDate> = BTreeMap::new();
    let mut closed: BTreeMap<BusinessDate, Moment> = BTreeMap::new();
    let mut filed: BTreeSet<BusinessDate> = BTreeSet::new();
    let (mut open, mut missing, mut released) = (Vec::<&Exchange>::new(), Vec::new(), (0, 0));
    for row in rows {
        match row {
            IssuerRow::Exchange(exchange) if exchange.suspense.share() != 0 => open.push(exchange),
            IssuerRow::Posting(Posting { exchange, cause: Cause::Approval, day, .. }) => {
                posted.insert(*exchange, *day);
            }
            IssuerRow::ClosedDay(ClosedDay { date, at, .. }) => drop(closed.insert(*date, *at)),
            IssuerRow::Filed(Filed { day, done: Some(_), .. }) => drop(filed.insert(*day)),
            IssuerRow::MissingFile(MissingFile { day, since }) => {
                missing.push(json!({"day": day.to_string(), "since": rfc(*since)}));
            }
            IssuerRow::Release(Release { retaken, .. }) => {
                released.0 += 1;
                released.1 += u32::from(retaken.is_some());
            }
            _ => {}
        }
    }
    open.sort_by_key(|exchange| exchange.at);
    let items: Vec<Value> = open.iter().filter_map(|exchange| item(exchange, &posted, &closed, &filed)).collect();
    let sum: i64 = open.iter().map(|exchange| exchange.suspense.share() * exchange.signed_minor).sum();
    json!({
        "issuer": name, "count": items.len(), "sum_fen": sum, "items": items, "missing_files": missing,
        "released": released.0, "taken_back": released.1,
    })
}

fn item(
    exchange: &Exchange,
    posted: &BTreeMap<SwitchKey, BusinessDate>,
    closed: &BTreeMap<BusinessDate, Moment>,
    filed: &BTreeSet<BusinessDate>,
) -> Option<Value> {
    let day = posted.get(&exchange.key)?;
    let waits = waits(exchange, *day, closed.get(day).copied())?;
    let (owner, zh, en) = match waits {
        Waits::Evidence { from, until } if from == until => {
            ("issuer", format!("待 {from} 的清算文件"), format!("waits for the clearing file of {from}"))
        }
        Waits::Evidence { from, until } => (
            "issuer",
            format!("待 {from} 至 {until} 的清算文件"),
            format!("waits for the clearing files of {from} to {until}"),
        ),
        // A refund, say: its file ends it as any other, but a file without it releases nothing.
        Waits::Person if !filed.contains(day) => (
            "issuer",
            format!("先待 {day} 的清算文件，列入即了结；未列入则由对账处理，不自动释放"),
            format!(
                "waits for the clearing file of {day} first, which ends it; if it is not in there, it is for reconciliation and never released by itself"
            ),
        ),
        Waits::Person => (
            "reconciliation",
            format!("{day} 的清算文件已收，未列入：由对账处理，不自动释放"),
            format!(
                "is not in the clearing file of {day}, which has come: for reconciliation, never released by itself"
            ),
        ),
        Waits::Reversal => {
            ("switch", "网络已冲回，待冲正通知".into(), "the network has taken it back, waits for its reversal".into())
        }
        Waits::Network => {
            ("network", "已退持卡人，待网络冲回".into(), "went back to the cardholder, waits for the network".into())
        }
    };
    Some(json!({
        "exchange": exchange.key.to_string(), "rrn": exchange.asked.rrn.map(|rrn| rrn.to_string()),
        "card": exchange.asked.tail.map(|tail| tail.to_string()), "fen": exchange.suspense.share() * exchange.signed_minor,
        "amount_fen": exchange.suspense.share() * exchange.signed_minor,
        "business_day": day.to_string(), "since": rfc(exchange.at), "owner": owner,
        "due": rfc(exchange.at.plus_ms(CLOCK_MS)), "latest": rfc(exchange.at.plus_ms(LATEST_MS)),
        "waits_for": {"zh": zh, "en": en},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_hosts::issuer::{Asked, Stage, Suspense};
    use slipway_terms::{InstitutionId, Kind, Mti, Short, Stan};

    #[test]
    fn a_refund_waits_for_its_file_first_and_for_people_only_behind_it() {
        let at = Moment(1_795_406_645_000);
        let id = InstitutionId::new("00010000").unwrap();
        let key = SwitchKey { acquirer: id, forwarder: id, sent: at.sent_at(), stan: Stan::new(2).unwrap() };
        let day = at.date();
        let refund = Exchange {
            key,
            asked: Asked {
                mti: Mti(220),
                token: None,
                tail: None,
                processing: None,
                amount: None,
                entry: None,
                atc: None,
                condition: None,
                terminal: None,
                merchant: None,
                rrn: None,
                place: Short::EMPTY,
                settlement: Some(day.month_day()),
                original: None,
            },
            account: None,
            counted: day,
            at,
            stage: Stage::Approved,
            given: None,
            suspense: Suspense::Held,
            undo: None,
            kind: Some(Kind::Refund),
            signed_minor: -1_000,
            borne: false,
            hold: None,
            claim: None,
            owed_undo: None,
            refunded_minor: 0,
            adjusted_minor: 0,
        };
        let (posted, closed) = (BTreeMap::from([(key, day)]), BTreeMap::new());
        let told = |filed: &[BusinessDate]| item(&refund, &posted, &closed, &filed.iter().copied().collect()).unwrap();
        let fresh = told(&[]);
        assert_eq!(fresh["owner"], "issuer");
        assert!(
            fresh["waits_for"]["en"]
                .as_str()
                .unwrap()
                .starts_with(&format!("waits for the clearing file of {day} first"))
        );
        let behind = told(&[day]);
        assert_eq!(behind["owner"], "reconciliation");
        assert!(behind["waits_for"]["zh"].as_str().unwrap().contains("未列入：由对账处理"));
    }
}
