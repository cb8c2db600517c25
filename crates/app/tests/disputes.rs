//! A dispute on a real network, from the command line: refused, asked for, charged back, presented again, awarded; told by the trace.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use live::{Up, folder};
use serde_json::{Value, json};
use std::path::Path;

/// Runs a command on this network; exit code and JSON.
fn run(dir: &Path, args: &[&str]) -> (i32, Value) {
    let done = slipway(&[args, &["--dir", dir.to_str().unwrap(), "--json"]].concat(), "");
    (done.code, serde_json::from_str(&done.out).unwrap_or(Value::Null))
}

fn sell(up: &Up, terminal: &str, card: &Value) {
    let act = |act: Value| drop(up.port.act(terminal, &act).unwrap());
    let shows = |what: &str| {
        live::until(what, 4_000, || up.port.screen(terminal)?.first()?.starts_with(what).then_some(()));
    };
    shows("Sale: key the amount");
    act(json!({"act": "begin", "kind": "sale", "amount_fen": 8_800}));
    shows("SALE");
    act(json!({"act": "card", "track2": card["track2"]}));
    act(json!({"act": "enter"}));
    act(json!({"act": "pin", "pin": card["pin"]}));
    shows("Approved: check the signature");
    act(json!({"act": "enter"}));
    shows("Sale: key the amount");
}

#[test]
fn a_dispute_goes_its_way_once() {
    let dir = folder("disputes").join("net");
    let up = Up::start(&dir);
    let (_, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    up.port.act(&terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
    sell(&up, &terminal, &up.ready["cards"][0]);
    up.port.wait_quiet();
    let suspended = || run(&dir, &["suspense"]).1;
    let rrn = suspended()["issuers"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|one| one["items"][0]["rrn"].as_str().map(str::to_owned));
    let rrn = rrn.unwrap();
    let who = ["--by", "Li Lei", "--because", "持卡人要求 cardholder asks"];
    let order = |words: &[&str]| run(&dir, &[&["dispute"], words, &who].concat());
    assert_eq!(order(&["open", &rrn, "--reason", "9999"]).0, 2, "no such code");
    assert_eq!(order(&["open", "632700000099", "--reason", "6302"]).0, 2, "no such exchange");
    assert_eq!(order(&["open", &rrn, "--reason", "4512"]).0, 1, "not cleared yet");
    if run(&dir, &["cutover"]).1["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    let sum =
        |told: Value| told["issuers"].as_array().unwrap().iter().map(|one| one["count"].as_i64().unwrap()).sum::<i64>();
    live::until("the day is cleared", 12_000, || (sum(suspended()) == 0).then_some(()));
    assert_eq!(order(&["open", &rrn, "--reason", "4515"]).0, 1, "a PIN has verified it");

    let (code, taken) = order(&["open", &rrn, "--reason", "6302"]);
    assert_eq!((code, &taken["outcome"]), (0, &"taken".into()), "{taken}");
    let number = taken["dispute"]["number"].as_str().unwrap().to_owned();
    up.port.wait_quiet();
    let (_, shown) = run(&dir, &["dispute", "show", &number]);
    let of = |shown: &Value, house: &str| {
        let all = shown["disputes"].as_array().unwrap();
        all.iter().find(|one| one["house"] == house).unwrap().clone()
    };
    let answer = of(&shown, "issuer1")["steps"][1].clone();
    assert_eq!((&answer["step"], &answer["code"]), (&"answer".into(), &"00".into()), "{shown}");
    assert!(answer["answer"]["en"].as_str().unwrap().starts_with("01"), "confirmed by its terminal: {answer}");
    assert!(of(&shown, "issuer1")["card"].as_str().unwrap().contains("******"));

    assert_eq!(order(&["advance", &number, "chargeback", "--reason", "4512"]).0, 0);
    up.port.wait_quiet();
    let (_, traced) = run(&dir, &["trace", &rrn]);
    assert_eq!((&traced["verdict"], &traced["cashier"]), (&"open".into(), &"wait".into()));
    assert!(traced["sentence"]["zh"].as_str().unwrap().contains("一次退单退回"), "{traced}");
    assert_eq!(order(&["advance", &number, "chargeback", "--reason", "4512"]).0, 1, "once");
    assert_eq!(order(&["advance", &number, "award-merchant", "--checked-by", "Wang"]).0, 1, "not in its turn");

    let slip = dir.join("slip.txt");
    std::fs::write(&slip, "signed").unwrap();
    let (code, found) = order(&["find", &number, slip.to_str().unwrap()]);

    let kept = found["dispute"]["evidence"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((code, &kept["proof"]), (0, &"merchant".into()));
    assert_eq!(kept["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(order(&["advance", &number, "re-presentment"]).0, 0);
    up.port.wait_quiet();
    assert_eq!(order(&["advance", &number, "award-merchant", "--checked-by", "Li Lei"]).0, 1, "two persons");
    assert_eq!(order(&["advance", &number, "award-merchant", "--checked-by", "Wang"]).0, 0);
    up.port.wait_quiet();
    let (_, shown) = run(&dir, &["dispute", "show", &number]);
    for house in ["acquirer", "switch", "issuer1"] {
        assert_eq!(of(&shown, house)["won"]["word"], "merchant", "{house}: {shown}");
    }
    let (_, traced) = run(&dir, &["trace", &rrn]);
    assert_eq!(traced["verdict"], "took_place");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&true.into(), &true.into()), "{audit}");
    assert_eq!(up.stop(), 0);
    // A stopped network shows, and takes no step.
    assert_eq!(run(&dir, &["dispute", "list"]).1["disputes"], json!([]));
    assert_eq!(run(&dir, &["dispute", "list", "--all"]).1["disputes"].as_array().unwrap().len(), 3);
    assert_eq!(order(&["advance", &number, "chargeback", "--reason", "4512"]).0, 3);
    let exported = slipway(&["export", "--dir", dir.to_str().unwrap()], "").out;
    let steps = exported.lines().filter(|line| line.contains("\"dispute movement\"")).count();
    assert_eq!(steps, 6, "a chargeback and a re-presentment, in three houses");
}

#[test]
fn the_rules_say_where_they_are_from() {
    let done = slipway(&["dispute", "rules", "--json"], "");
    let rules = done.json();
    for figure in rules["reasons"].as_array().unwrap().iter().chain(rules["limits"].as_array().unwrap()) {
        assert!(!figure["source"].as_str().unwrap().is_empty() && figure["confidence"].as_str().unwrap().len() == 1);
        let zh = figure["source_zh"].as_str().unwrap();
        assert!(zh.chars().any(|c| c > '\u{2e80}') && !zh.contains("exam"), "{zh}");
    }
    let told = slipway(&["dispute", "rules", "--lang", "zh"], "").out;
    for english in ["exam", "public", "debit", "credit", "folklore"] {
        assert!(!told.contains(english), "{english}: {told}");
    }
}
