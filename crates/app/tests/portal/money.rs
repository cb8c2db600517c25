//! Money that is settled, and money that is in doubt, as the shop sees it.

use super::common::{self, slipway};
use super::live::{Up, folder, until};
use super::web::{at, page, sell};
use super::{MERCHANT, get, items};
use serde_json::{Value, json};
use std::path::Path;

fn settle(net: &Path, words: &[&str]) -> common::Ran {
    slipway(&[&["settle"], words, &["--json", "--dir", net.to_str().unwrap()]].concat(), "")
}

#[test]
fn a_settled_day_is_told_as_its_statement_has_it() {
    let dir = folder("portal-web-settled");
    let net = dir.join("net");
    let up = Up::start(&net);
    let rrn = sell(&up);
    let (merchant, market, hotel) = (up.tills()[0].0.clone(), page(&at(&up), "market"), page(&at(&up), "hotel"));
    let held = ["hold", &merchant, "--amount", "10.00", "--doubt", "20.00", "--ground", "risk-hit", "--until"];
    let open = slipway(&["cutover", "--show", "--json", "--dir", net.to_str().unwrap()], "").json();
    let until_day = slipway_recon::read_day(open["open"].as_str().unwrap_or("2026-12-20")).unwrap();
    let until_day = slipway_terms::BusinessDate::from_days(until_day.days() + 20).to_string();
    let two = [until_day.as_str(), "--by", "Li Lei", "--checked", "Han Mei"];
    assert_eq!(settle(&net, &[&held[..], &two[..]].concat()).code, 0);
    let cut = slipway(&["cutover", "--json", "--dir", net.to_str().unwrap()], "").json();
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    let day = cut["closing"][0]["business_day"].as_str().unwrap().to_owned();
    let place = net.join("settlement").join(&day);
    until("the day is booked", 12_000, || place.join("payouts.xml").exists().then_some(()));

    let rows = items(&market, "takings");
    assert!(rows[0]["state"] == "open" && rows[0]["count"] == 0 && rows[1]["day"] == *day, "{rows:?}");
    let told = ["gross_fen", "fees_from_fen", "fees_to_fen", "payable_fen"].map(|name| rows[1][name].as_i64().unwrap());
    assert_eq!(told, [8_800, 44, 44, 7_756], "{rows:?}");
    let one = get(&market, &format!("takings/{day}"));
    let line = &one["items"][0];
    assert_eq!(
        (one["state"].as_str(), line["fee_fen"].as_i64(), line["rrn"].as_str()),
        (Some("settled"), Some(44), Some(&*rrn))
    );
    assert!(line["kind"]["en"] == "sale debit" && line["or_explained"].is_null(), "{line}");
    let sum = |word: &str| one["sums"].as_array().unwrap().iter().find(|sum| sum["en"] == word).unwrap()["fen"].clone();
    assert_eq!((sum("to be paid"), sum("held"), sum("discount")), (json!(7_756), json!(-1_000), json!(-44)));
    assert!(one["told"][0]["why"]["zh"].as_str().unwrap().contains("命中风险规则"), "{}", one["told"]);

    let paid = &items(&market, "payouts")[0];
    assert!(
        paid["fen"] == 7_756 && paid["account"].as_str().unwrap().starts_with('*') && paid["returned"].is_null(),
        "{paid}"
    );
    let holds = get(&market, "holds");
    assert_eq!(holds["holds"][0]["taken_fen"], 1_000, "{holds}");
    assert!(holds["holds"][0]["why"]["en"].is_string() && !holds.to_string().contains("Li Lei"), "{holds}");
    let forms = items(&market, "statements")[0]["forms"].clone();
    assert_eq!(forms.as_array().unwrap().len(), 6);
    for form in forms.as_array().unwrap() {
        let form = form.as_str().unwrap();
        let said = market.get(&format!("{MERCHANT}/statements/{day}/{form}"));
        let written = std::fs::read_to_string(place.join(format!("statement-{merchant}-{form}"))).unwrap();
        assert!(said.status == 200 && said.text == written && said.head.contains("attachment"), "{form}");
    }
    // Of another shop, of another day, and what is no name of a statement.
    let missing = hotel.get(&format!("{MERCHANT}/statements/2020-01-01/zh.txt"));
    for (day, form) in [(&*day, "zh.txt"), (&*day, "../plan.json"), (&*day, "..%2f..%2fpeople.json"), ("x", "zh.txt")] {
        let said = hotel.get(&format!("{MERCHANT}/statements/{day}/{form}"));
        assert_eq!(said.status, 404, "{day} {form}");
        assert!(form.contains("..") || said.text == missing.text, "{day} {form}: {}", said.text);
    }
    assert_eq!(hotel.get(&format!("{MERCHANT}/takings/{day}")).status, 404);
    assert_eq!(hotel.get(&format!("{MERCHANT}/takings/x")).status, 400);
    let fee =
        get(&market, &format!("payments/{}", items(&market, "payments")[0]["id"].as_str().unwrap()))["fee"].clone();
    assert!(fee[0]["settled"] == *day && fee[0]["fee_fen"] == 44, "{fee}");
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_lost_answer_is_an_open_doubt_until_it_is_decided() {
    let dir = folder("portal-web-doubt");
    let up = Up::start(&dir.join("net"));
    let (terminal, card) = (up.tills()[0].1.clone(), up.ready["cards"][0].clone());
    let (market, hotel) = (page(&at(&up), "market"), page(&at(&up), "hotel"));
    assert!(up.port.sign_in(&terminal));
    // The issuer has debited, its answer is lost, and so is every undo.
    let lines = |body: Value| assert_eq!(up.port.post("/api/v1/theatre/lines", &body), Some(json!({"taken": true})));
    lines(json!({"hop": 4, "fault": "lose", "mti": 210, "times": 1}));
    lines(json!({"hop": 3, "fault": "lose", "mti": 420}));
    for act in [
        json!({"act": "begin", "kind": "sale", "amount_fen": 8_800}),
        json!({"act": "card", "track2": card["track2"]}),
        json!({"act": "enter"}),
        json!({"act": "pin", "pin": card["pin"]}),
    ] {
        assert!(up.port.act(&terminal, &act).is_some());
    }
    let will_return = |one: &Value| one["verdict"] == "will_return";
    let doubt = until("the doubt", 4_000, || items(&market, "doubts").into_iter().find(will_return));
    assert!(doubt["terminal"] == *terminal && doubt["amount_fen"] == 8_800 && doubt["kind"]["zh"] == "消费", "{doubt}");
    assert!(doubt["sentence"]["zh"].is_string() && doubt["sentence"]["en"].is_string(), "{doubt}");
    let till = items(&market, "terminals").into_iter().find(|till| till["terminal"] == *terminal).unwrap();
    assert!(till["till"]["unprinted"] == 0 && till["till"]["signed_on"] == true, "{till}");
    assert_eq!(items(&hotel, "doubts"), Vec::<Value>::new());
    // It is no taking, and no refund of it may be ordered.
    assert_eq!(items(&market, "takings")[0]["gross_fen"], 0);
    let id = doubt["id"].as_str().unwrap();
    let said = market.post(&format!("{MERCHANT}/payments/{id}/refunds"), &json!({"amount_fen": 100, "because": "x"}));
    assert!(said.status == 409 && said.text.contains("twice"), "{}", said.text);
    lines(json!({"clear": true}));
    until("it is decided", 4_000, || items(&market, "doubts").is_empty().then_some(()));
    assert_eq!(get(&market, &format!("payments/{id}"))["verdict"], "returned");
    assert_eq!(up.stop(), 0);
}
