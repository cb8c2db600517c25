//! The day with every fault at dark tills, as a user runs it: what hosts alone can know is put right within a day, the rest are cases
//! with a clock, and both of their ends are there; every book agrees after nine days.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Hours from one moment of the story to another, both as it writes them.
fn hours(from: &str, to: &str) -> i64 {
    let at = |text: &str| {
        slipway_terms::BusinessDate::parse(&text[..10]).unwrap().days() * 24 + text[11..13].parse::<i64>().unwrap()
    };
    at(to) - at(from)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn every_fault_of_a_day_comes_to_its_end() {
    let keep = live::folder("next-day").join("net");
    let path = keep.to_str().unwrap();
    let ran = slipway(&["demo", "--story", "next-day", "--json", "--keep", path], "");
    let document = ran.json();
    let (days, audit) = (&document["next_day"], &document["audit"]);
    assert!(ran.code == 0 && days["broken"] == json!([]), "{} {}", days["broken"], ran.err);
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&json!(true), &json!(true)), "{audit}");
    let exchanges = days["exchanges"].as_array().unwrap();
    let played: BTreeSet<&str> = exchanges.iter().map(|one| text(one, "scenario")).collect();
    let must = "A02.1 A02.2 A02.3 A02.4 A02.5 A02.6 A03 A04 A05 A06 A07 A08 A09 A10 A11 A12 A13";
    assert_eq!(played, must.split(' ').collect());
    for one in exchanges {
        let (debit, credit, slip) = (&one["net_debit_fen"], &one["merchant_credit_fen"], &one["slip_fen"]);
        assert!(debit == credit && credit == slip, "{one}");
        assert!(["took_place", "returned", "did_not_take_place"].contains(&text(one, "verdict")), "{one}");
        if let (Some(at), false) = (one["repaired_at"].as_str(), one["by_case"] == true) {
            assert!(hours("2026-11-23 10", at) <= 24, "{one}");
        }
        let told = one["notices"].as_array().unwrap();
        let count = |kinds: &[&str]| told.iter().filter(|kind| kinds.contains(&kind.as_str().unwrap())).count() as u64;
        if one["amount_fen"].as_i64().unwrap() > 0 {
            assert_eq!(count(&["refund"]), one["cardholder_refunds"].as_u64().unwrap(), "{one}");
        }
    }
    let cases = days["cases"].as_array().unwrap();
    let ends: Vec<(&str, &str, &str)> = cases
        .iter()
        .map(|case| (text(&case["found"], "finding"), text(&case["found"], "by"), text(&case["later"], "finding")))
        .collect();
    for (end, why) in [
        (("no-slip", "Li Lei", ""), "the journal was looked at, and nothing found"),
        (("no-slip", "timer", ""), "nobody answered until the deadline"),
        (("slip-shown", "Li Lei", ""), "the journal was shown: it stands"),
        (("no-slip", "timer", "slip-shown"), "shown too late: asked for again"),
    ] {
        assert!(ends.contains(&end), "{why}: {ends:?}");
    }
    for case in cases {
        assert!(hours(text(case, "opened"), text(case, "due")) > 72 && case["default"] == "no-slip", "{case}");
        assert!(
            hours("2026-11-23 10", text(case, "opened")) >= 48 && !text(&case["question"], "zh").is_empty(),
            "{case}"
        );
    }
    for issuer in days["suspense"]["issuers"].as_array().unwrap() {
        assert_eq!((&issuer["count"], &issuer["missing_files"]), (&json!(0), &json!([])), "{issuer}");
    }
    let positions = days["positions_fen"].as_object().unwrap();
    assert!(positions.len() == 9 && positions.values().all(|sum| *sum == 0), "{positions:?}");
    for seen in days["differences"].as_array().unwrap() {
        assert_eq!((&seen["open"], &seen["overdue"]), (&json!(0), &json!(0)), "{seen}");
    }
    // What the network did by itself each night lies in its folder, and the commands read it.
    for at in ["acquirer", "issuer1", "issuer2", "centre"] {
        let ran = slipway(&["recon", "breaches", "--at", at, "--json", "--dir", path], "");
        assert_eq!((ran.code, &ran.json()["in_time"]), (0, &json!(0)), "{at}: {}", ran.out);
    }
    let again = slipway(&["demo", "--story", "next-day", "--keep", path], "");
    assert_eq!(again.code, 2, "a folder that is there is not played in: {}", again.err);
}
