//! A case from the wire to its end: a terminal's reversal is refused and told the number, a person lists it and ends it once.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/pos.rs"]
mod pos;

use common::slipway;
use live::{Up, folder};
use pos::Pos;
use serde_json::Value;
use slipway_terms::{Mti, Till60};
use std::path::Path;

/// Runs a command on this network; exit code and JSON.
fn run(dir: &Path, args: &[&str]) -> (i32, Value) {
    let mut all = args.to_vec();
    all.extend(["--dir", dir.to_str().unwrap(), "--json"]);
    let done = slipway(&all, "");
    (done.code, serde_json::from_str(&done.out).unwrap_or(Value::Null))
}

#[test]
fn a_refused_reversal_is_a_case_that_a_person_ends_once() {
    let dir = folder("cases").join("net");
    let up = Up::start(&dir);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let sale = pos.sale(8_800, &card);
    assert_eq!(pos.ask(&sale), "00");
    let mut confirmation = pos.reversal(&sale);
    (confirmation.mti, confirmation.code) = (Mti(620), None);
    (confirmation.entry, confirmation.condition) = (None, None);
    confirmation.till60 = Some(Till60::management(pos.batch, 953));
    assert_eq!(pos.ask(&confirmation), "00");
    let bytes = pos.sealed(&pos.reversal(&sale));
    pos.tell(&bytes);
    let refused = pos.hear();
    assert_eq!(refused.code.unwrap().as_str(), "22");
    let number = String::from_utf8(refused.private62.unwrap().to_vec()).unwrap();

    let (code, listed) = run(&dir, &["case", "list"]);
    let case = &listed["cases"][0];
    assert_eq!((code, case["number"].as_str()), (0, Some(number.as_str())));
    assert_eq!((&case["ground"]["word"], &case["party"]), (&"reversal_of_confirmed".into(), &"acquirer".into()));
    assert!(case["card"].as_str().unwrap().contains("******"), "masked: {case}");
    let rrn = case["rrn"].as_str().unwrap().to_owned();
    let (_, traced) = run(&dir, &["trace", &rrn]);
    assert_eq!(traced["evidence"][1]["cases"][0]["open"], true);
    assert_eq!((&traced["verdict"], &traced["cashier"]), (&"open".into(), &"wait".into()));

    let find = |number: &str, finding: &str, because: &str| {
        run(&dir, &["case", "find", number, finding, "--by", "Li Lei", "--because", because])
    };
    assert_eq!(find("10000001-000001-999999-1", "no-slip", "asked").0, 2, "unknown");
    assert_eq!(find(&number, "nonsense", "asked").0, 2);
    assert_eq!(find(&number, "no-slip", "card 9990010000000014").0, 2, "no card number");
    let (code, done) = find(&number, "no-slip", "商户否认 denied");
    assert_eq!((code, &done["outcome"]), (0, &"closed".into()));
    up.port.wait_quiet();
    assert_eq!(find(&number, "as-booked", "again").0, 1, "it has its end");
    let (code, listed) = run(&dir, &["case", "list"]);
    assert_eq!((code, listed["cases"].as_array().unwrap().len()), (0, 0));
    let (_, traced) = run(&dir, &["trace", &rrn]);
    assert_eq!(traced["verdict"], "returned");
    assert_eq!(traced["evidence"][1]["cases"][0]["by"], "Li Lei");
    // The slip after all: once.
    assert_eq!(find(&number, "slip-shown", "copy found").0, 0);
    assert_eq!(find(&number, "slip-shown", "copy found").0, 1);
    // The issuer is asked for the money again, and has it.
    up.port.wait_quiet();
    let (_, traced) = run(&dir, &["trace", &rrn]);
    assert_eq!(traced["verdict"], "took_place");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&true.into(), &true.into()), "{audit}");
    assert_eq!(up.stop(), 0);
    // A stopped network lists, and closes nothing.
    assert_eq!(run(&dir, &["case", "list"]).0, 0);
    assert_eq!(find(&number, "as-booked", "late").0, 3);
}

#[test]
fn a_ground_allows_its_own_findings_only() {
    let dir = folder("cases-allowed").join("net");
    let up = Up::start(&dir);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let sale = pos.sale(8_800, &card);
    assert_eq!(pos.ask(&sale), "00");
    assert_eq!(pos.ask(&pos.reversal(&sale)), "00");
    up.port.wait_quiet();
    let mut confirmation = pos.reversal(&sale);
    (confirmation.mti, confirmation.code) = (Mti(620), None);
    (confirmation.entry, confirmation.condition) = (None, None);
    confirmation.till60 = Some(Till60::management(pos.batch, 953));
    assert_eq!(pos.ask(&confirmation), "22", "a slip for what was undone");
    let (_, listed) = run(&dir, &["case", "list"]);
    let number = listed["cases"][0]["number"].as_str().unwrap();
    assert_eq!(listed["cases"][0]["allowed"], serde_json::json!(["slip-shown", "as-booked"]));
    let find = |finding: &str| run(&dir, &["case", "find", number, finding, "--by", "Li Lei", "--because", "asked"]);
    assert_eq!(find("no-slip").0, 2);
    let (code, done) = find("slip-shown");
    assert_eq!((code, &done["ground"]["word"]), (0, &"slip_without_sale".into()));
    up.port.wait_quiet();
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&true.into(), &true.into()), "{audit}");
    assert_eq!(up.stop(), 0);
}
