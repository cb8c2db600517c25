//! The demonstration as a user runs it: every story keeps its promise, and the JSON says what checks read.

#![allow(clippy::unwrap_used, reason = "tests may")]

use serde_json::Value;
use std::process::Command;

fn demo(args: &[&str]) -> (Value, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_slipway")).args(["demo", "--json"]).args(args).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    (
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("one JSON document, not {text:?}; {error}")),
        output.status.success(),
    )
}

fn kinds(story: &Value) -> Vec<&str> {
    story["notices"].as_array().unwrap().iter().map(|notice| notice["kind"].as_str().unwrap()).collect()
}

#[test]
fn every_story_keeps_its_promise() {
    let (document, success) = demo(&["--story", "all"]);
    let stories = document["stories"].as_array().unwrap();
    let broken: Vec<_> = stories.iter().filter(|story| story["holds"] != true).collect();
    assert!(broken.is_empty() && success, "{broken:#?}");
    // Three sales of 88.00: one was charged back and kept, one was charged back and awarded to the merchant.
    let disputed = stories.iter().find(|story| story["name"] == "chargeback").unwrap();
    let sums = ["merchant_credit_fen", "charged_back_fen", "merchant_keeps_fen"].map(|sum| disputed[sum].as_i64());
    assert_eq!(sums, [Some(26_400), Some(8_800), Some(17_600)]);
    let said = disputed["disputed"].as_array().unwrap();
    assert!(said.len() == 2 && said[0]["en"].as_str().unwrap().contains("chargeback"), "{said:?}");
    let played: Vec<&str> =
        stories.iter().flat_map(|story| story["scenario"].as_array().unwrap()).map(|id| id.as_str().unwrap()).collect();
    let must = "A01 A02.1 A02.2 A02.3 A02.4 A02.5 A02.6 A03 A04 A05 A06 A07 A09 A10 A11 A13 A13 A13 A13 A11 A01 A01 A08 A09 C01 A14 A19 A20 A21 \
                A16 A12 A12 A12 A12 A12 A12 A12 A12 A15 D01 I02 I02 D03 D03 G01 G02 G03 E01 E02 E03 A18 C03 E01 E02 F01 F02";
    assert_eq!(played, must.split_whitespace().collect::<Vec<_>>());
    assert!(document["audit"]["rule_holds"] == true && document["audit"]["ledgers_zero"] == true);
    assert!(
        document["next_day"]["audit"]["rule_holds"] == true && document["next_day"]["broken"] == serde_json::json!([])
    );
}

#[test]
fn a_lost_answer_on_each_hop_gives_the_money_back() {
    let (document, success) = demo(&["--story", "lost-answer"]);
    assert!(success);
    let stories = document["stories"].as_array().unwrap();
    assert_eq!(stories.len(), 6);
    for (hop, story) in stories.iter().enumerate() {
        let debited = u64::from(hop >= 3);
        let notices: &[&str] = if hop >= 3 { &["debit", "refund"] } else { &[] };
        assert_eq!(story["scenario"][0], format!("A02.{}", hop + 1));
        assert_eq!(
            (story["cardholder_debits"].as_u64(), story["cardholder_refunds"].as_u64()),
            (Some(debited), Some(debited))
        );
        assert_eq!((story["merchant_credits"].as_i64(), story["approved_slips"].as_u64()), (Some(0), Some(0)));
        assert_eq!(kinds(story), notices);
    }
}

#[test]
fn the_next_transaction_shows_both_screens() {
    let (document, _) = demo(&["--story", "next-transaction-reverses"]);
    let timeline = document["stories"][0]["timeline"].as_array().unwrap();
    let at = |text: &str| {
        timeline
            .iter()
            .position(|event| event["at"] == "[screen]" && event["event_zh"].as_str().unwrap().starts_with(text))
    };
    let (asked, done, balance) = (at("自动冲正 │"), at("自动冲正成功"), at("余额查询 │ 可用余额"));
    assert!(asked.is_some() && asked < done && done < balance, "{asked:?} {done:?} {balance:?}");
}

#[test]
fn wrong_use_is_told_with_exit_2() {
    let output = Command::new(env!("CARGO_BIN_EXE_slipway")).args(["demo", "--story", "nonsense"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("lost-answer"));
}
