//! One merchant's fault and everybody else's money, on a real network: he is set aside and named, the others are paid, the day is reconciled,
//! and he is settled by himself once his ground is gone.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use live::{Up, folder};
use serde_json::{Value, json};
use slipway_terms::{InstitutionId, Moment, Stan, SwitchKey};
use std::path::Path;

fn run(dir: &Path, words: &[&str]) -> (i32, Value) {
    let ran = slipway(&[&["settle"], words, &["--json", "--dir", dir.to_str().unwrap()]].concat(), "");
    (ran.code, serde_json::from_str(ran.out.trim()).unwrap_or(Value::Null))
}

fn sell(up: &Up, terminal: &str, fen: u64) {
    let act = |act: Value| drop(up.port.act(terminal, &act).unwrap());
    let cards = up.ready["cards"].as_array().unwrap();
    let card = cards.iter().find(|card| card["pan"].as_str().unwrap().starts_with("9990010")).unwrap();
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
fn a_merchant_who_cannot_be_settled_keeps_nobody_else_from_his_money() {
    let dir = folder("settle-aside").join("net");
    let up = Up::start(&dir);
    let tills = up.tills();
    let (one, first) = tills[0].clone();
    let (other, second) = tills.iter().find(|(merchant, _)| *merchant != one).unwrap().clone();
    for (terminal, fen) in [(&first, 10_000), (&second, 20_000)] {
        assert!(up.port.sign_in(terminal));
        up.port.act(terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
        sell(&up, terminal, fen);
    }
    // Somebody has spoilt the entry of one of them.
    let book = dir.join("acquirer/merchants.toml");
    let sound = std::fs::read_to_string(&book).unwrap();
    let at = sound.find(&format!("id = \"{other}\"")).unwrap();
    let spoilt = format!("{}{}", &sound[..at], sound[at..].replacen("holder = \"company\"", "holder = \"agent\"", 1));
    assert_ne!(spoilt, sound);
    std::fs::write(&book, spoilt).unwrap();

    let cut = slipway(&["cutover", "--json", "--dir", dir.to_str().unwrap()], "").json();
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    let day = cut["closing"][0]["business_day"].as_str().unwrap().to_owned();
    let place = dir.join("settlement").join(&day);
    live::until("the day is booked", 12_000, || place.join("payouts.xml").exists().then_some(()));
    let payouts = std::fs::read_to_string(place.join("payouts.csv")).unwrap();
    assert!(payouts.contains(&one) && !payouts.contains(&other), "{payouts}");
    live::until("the day is compared", 12_000, || dir.join("recon").exists().then_some(()));
    // Named with its sum, an owner and a clock; and the run does not end as if all were well.
    for _ in 0..2 {
        let (code, done) = run(&dir, &["run"]);
        let aside = done["aside"].as_array().unwrap();
        assert_eq!((code, aside.len()), (1, 1), "{done}");
        let told = (&aside[0]["merchant"], &aside[0]["items"], &aside[0]["fen"]);
        assert_eq!(told, (&json!(other), &json!(1), &json!(20_000)), "{done}");
        assert!(aside[0]["why"]["en"].as_str().unwrap().contains("holder agent") && aside[0]["due"].is_string());
        assert_eq!(done["days"][0]["merchants"].as_array().unwrap().len(), 1, "{done}");
    }
    let (_, shown) = run(&dir, &["show"]);
    assert_eq!(shown["aside"][0]["owner"]["en"], "acquirer operations", "{shown}");
    assert_eq!(run(&dir, &["show", &one]).1["aside"], json!([]));

    // The ground is gone: the next run settles him, as another round of the same day.
    std::fs::write(&book, sound).unwrap();
    let (code, done) = run(&dir, &["run"]);
    assert_eq!((code, &done["aside"], &done["days"][0]["written"]), (0, &json!([]), &json!("same")), "{done}");
    assert_eq!(done["days"][0]["merchants"].as_array().unwrap().len(), 2, "{done}");
    let number = format!("{}-{other}-01", day.replace('-', ""));
    let file = dir.join("settlement/again").join(format!("{number}.csv"));
    assert!(std::fs::read_to_string(&file).unwrap().contains(&number));
    assert!(place.join(format!("statement-{other}-zh.txt")).exists() && place.join("plan-2.json").exists());
    assert_eq!(payouts, std::fs::read_to_string(place.join("payouts.csv")).unwrap(), "what the bank has stays");
    assert_eq!(run(&dir, &["run"]).0, 0);
    assert!(!place.join("plan-3.json").exists(), "once");
    let (code, proven) = run(&dir, &["check"]);
    assert_eq!((code, &proven["wrong"], &proven["payouts"]), (0, &json!([]), &json!(2)), "{proven}");
    let kept = std::fs::read_to_string(dir.join("settlement/aside.json")).unwrap();
    assert!(kept.contains("\"closed\": 1"), "closed, and not erased: {kept}");
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_plan_that_the_books_refuse_is_worked_out_again() {
    let dir = folder("settle-refused").join("net");
    let up = Up::start(&dir);
    let (merchant, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    up.port.act(&terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
    sell(&up, &terminal, 30_000);
    // The day that is about to be closed, as it could lie there: a plan about a movement that the books do not have.
    let shown = slipway(&["cutover", "--show", "--json", "--dir", dir.to_str().unwrap()], "").json();
    let day = shown["business_day"].as_str().unwrap().to_owned();
    let place = dir.join("settlement").join(&day);
    std::fs::create_dir_all(&place).unwrap();
    let exchange = SwitchKey {
        acquirer: InstitutionId::new("99910010").unwrap(),
        forwarder: InstitutionId::new("99910010").unwrap(),
        sent: Moment(0).sent_at(),
        stan: Stan::FIRST,
    };
    let plan = json!([{
        "merchant": merchant, "fees_fen": 50, "payable_fen": 9_950,
        "items": [{"exchange": exchange, "till": null, "turn": 1, "fen": 10_000}],
    }]);
    std::fs::write(place.join("plan.json"), plan.to_string()).unwrap();
    std::fs::write(place.join("unbooked-payouts.csv"), format!("head\n{merchant},9950\n")).unwrap();
    std::fs::write(place.join("unbooked-payouts.xml"), "<never/>").unwrap();
    let cut = slipway(&["cutover", "--json", "--dir", dir.to_str().unwrap()], "").json();
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    live::until("it was refused", 12_000, || place.join("refused.json").exists().then_some(()));
    live::until("the day is compared", 12_000, || dir.join("recon/lists").join(&day).exists().then_some(()));
    assert!(!std::fs::read_to_string(place.join("payouts.csv")).unwrap().contains("9950"));
    assert!(!place.join("payouts.xml").exists(), "nothing that the books do not have goes to the bank");
    let (code, done) = run(&dir, &["run"]);
    assert_eq!((code, &done["aside"]), (0, &json!([])), "{done}");
    let again = dir.join("settlement/again").join(format!("{}-{merchant}-01.csv", day.replace('-', "")));
    assert!(std::fs::read_to_string(again).unwrap().contains("29850"));
    let (code, proven) = run(&dir, &["check"]);
    assert_eq!((code, &proven["wrong"], &proven["payouts"]), (0, &json!([]), &json!(1)), "{proven}");
    assert_eq!(up.stop(), 0);
}
