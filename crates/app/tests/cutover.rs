//! The change of date on a real network: sales before and after it, every party's day, a kill between its two words, and once is once.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use live::{Up, folder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

fn cutover(dir: &Path, more: &[&str]) -> Value {
    let dir = dir.to_str().unwrap();
    let done = slipway(&[&["cutover", "--json", "--dir", dir], more].concat(), "");
    let stand = done.json();
    // Where nothing was done the exit code says so, and the words say from when on it can be.
    assert_eq!(done.code, i32::from(stand["begun"] == false), "{}", done.err);
    assert!(
        stand["begun"] != false
            || done.err.contains(&format!("from {} 00:00", stand["business_day"].as_str().unwrap())),
        "{}",
        done.err
    );
    stand
}

/// Approved minor units by party and business day, from the postings of a stopped network.
fn by_day(dir: &Path) -> BTreeMap<(String, String), i64> {
    let done = slipway(&["export", "--dir", dir.to_str().unwrap()], "");
    let mut sums = BTreeMap::new();
    for line in done.out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if line["record"] == "posting" && line["cause"] == "approval" {
            let of = (line["party"].as_str().unwrap().to_owned(), line["business_day"].as_str().unwrap().to_owned());
            *sums.entry(of).or_default() += line["legs"][0]["minor"].as_i64().unwrap();
        }
    }
    sums
}

fn sell(up: &Up, terminal: &str, fen: u64) {
    let act = |act: Value| drop(up.port.act(terminal, &act).unwrap());
    let card = &up.ready["cards"][0];
    let shows = |what: &str| {
        live::until(what, 4_000, || up.port.screen(terminal)?.first()?.starts_with(what).then_some(()));
    };
    shows("Sale: key the amount");
    act(json!({"act": "begin", "kind": "sale", "amount_fen": fen}));
    shows("SALE");
    act(json!({"act": "card", "track2": card["track2"]}));
    act(json!({"act": "enter"}));
    act(json!({"act": "pin", "pin": card["pin"]}));
    shows("Approved: check the signature");
    act(json!({"act": "enter"}));
    shows("Sale: key the amount");
}

#[test]
fn a_day_is_cut_once_and_each_sale_is_in_one() {
    let dir = folder("cutover").join("net");
    let up = Up::start(&dir);
    let (_, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    up.port.act(&terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
    let before = cutover(&dir, &["--show"]);
    let today = before["business_day"].as_str().unwrap().to_owned();
    sell(&up, &terminal, 8_800);
    let cut = cutover(&dir, &[]);
    let next = cut["business_day"].as_str().unwrap().to_owned();
    // An early cut is possible until 23:00; between 23:00 and midnight the day after tomorrow is refused.
    if cut["begun"] == false {
        assert_eq!(next, today);
        return;
    }
    assert!(next > today && cut["closing"][0]["business_day"] == today.as_str(), "{cut}");
    assert_eq!(cutover(&dir, &[])["begun"], false, "once is once");
    assert_eq!(slipway(&["cutover", "--to", "2026-02-30", "--dir", dir.to_str().unwrap()], "").code, 2);
    sell(&up, &terminal, 100);
    live::until("every member has heard it", 12_000, || {
        (cutover(&dir, &["--show"])["waiting"] == json!([])).then_some(())
    });
    // Killed before the old day is closed: the start goes on with it.
    up.kill();
    let up = Up::start(&dir);
    assert!(cutover(&dir, &["--show"])["business_day"] == next.as_str());
    assert_eq!(up.stop(), 0);
    let sums = by_day(&dir);
    for party in ["acquirer", "switch", "issuer1"] {
        let of = |day: &str| sums.get(&(party.to_owned(), day.to_owned())).copied().unwrap_or(0).abs();
        assert_eq!((of(&today), of(&next)), (8_800, 100), "{party}: {sums:?}");
    }
}
