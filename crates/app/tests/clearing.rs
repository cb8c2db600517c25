//! Clearing on a real network: sales, a day closed, files and postings by itself; again is the same; a changed file is refused; a
//! program that shares no line reckons it again.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use live::{Up, folder};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn ask(dir: &Path, words: &[&str]) -> Value {
    let done = slipway(&[words, &["--json", "--dir", dir.to_str().unwrap()]].concat(), "");
    let told = done.json();
    // A day that cannot end yet is told with exit code 1.
    assert_eq!(done.code, i32::from(told["begun"] == false), "{words:?}: {}", done.err);
    told
}

fn sell(up: &Up, terminal: &str, card: usize, fen: u64) {
    let act = |act: Value| drop(up.port.act(terminal, &act).unwrap());
    let card = &up.ready["cards"][card];
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

fn suspended(dir: &Path) -> Vec<(i64, i64)> {
    let told = ask(dir, &["suspense"]);
    let issuer = |issuer: &Value| (issuer["count"].as_i64().unwrap(), issuer["sum_fen"].as_i64().unwrap());
    told["issuers"].as_array().unwrap().iter().map(issuer).collect()
}

/// Runs a program over files; `None`: it is not here, and nobody has looked.
fn other(program: &str, args: &[&Path]) -> Option<i32> {
    match Command::new(program).args(args).env("LC_ALL", "C.UTF-8").output() {
        Ok(done) => {
            eprint!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            done.status.code()
        }
        Err(fault) => {
            eprintln!("SKIPPED: {program} does not run here ({fault})");
            None
        }
    }
}

#[test]
fn a_closed_day_is_cleared_by_itself_and_once() {
    let dir = folder("clearing").join("net");
    let up = Up::start(&dir);
    let (_, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    up.port.act(&terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
    // A debit card above the cap, a credit card of the other issuer.
    let cards = up.ready["cards"].as_array().unwrap();
    let of = |prefix: &str| cards.iter().position(|card| card["pan"].as_str().unwrap().starts_with(prefix)).unwrap();
    let (debit, credit) = (of("9990010"), of("9990021"));
    sell(&up, &terminal, debit, 500_000);
    sell(&up, &terminal, credit, 10_000);
    assert_eq!(suspended(&dir), [(1, 500_000), (1, 10_000)]);
    let cut = ask(&dir, &["cutover"]);
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    let day = cut["closing"][0]["business_day"].as_str().unwrap().to_owned();
    assert_eq!(slipway(&["clearing", "run", "--day", "2031-01-01", "--dir", dir.to_str().unwrap()], "").code, 1);
    live::until("every member has posted its file", 12_000, || (suspended(&dir) == [(0, 0), (0, 0)]).then_some(()));
    let place = dir.join("clearing").join(&day);
    let again = ask(&dir, &["clearing", "run", "--day", &day]);
    let told = &again["days"][0];
    assert_eq!(
        (told["written"].as_str(), told["entries"].as_i64(), told["total_fen"].as_i64()),
        (Some("same"), Some(2), Some(0))
    );
    assert!(
        told["members"].as_array().unwrap().iter().all(|one| one["taken"] == true && one["strange"] == json!([])),
        "{told}"
    );
    // 500 000 fen debit: 1 300 capped, 163 and 163; 10 000 fen credit: 45, 3 and 3.
    let net = |member: &str| {
        let positions = told["positions"].as_array().unwrap();
        positions.iter().find(|one| one["member"] == member).unwrap()["net_fen"].as_i64().unwrap()
    };
    assert_eq!(net("99900100"), -500_000 + 1_300 - 163);
    assert_eq!(net("99900200"), -10_000 + 45 - 3);
    assert_eq!(net("99910010"), 510_000 - 1_345 - 166);
    assert_eq!(told["network_fen"], 332);

    let shown = ask(&dir, &["clearing", "show", "--day", &day]);
    assert_eq!(shown["days"][0]["files"].as_array().unwrap().len(), 3);
    let file = place.join("99900100.clearing");
    let check =
        |file: &Path, more: &[&str]| slipway(&[&["clearing", "check", file.to_str().unwrap()], more].concat(), "").code;
    assert_eq!(check(&file, &[]), 0);
    assert_eq!(check(&file, &["--day", "2026-01-01"]), 1, "another day's");
    assert_eq!(check(&file, &["--member", "99900200"]), 1, "another member's");
    let bytes = std::fs::read(&file).unwrap();
    let spoilt = dir.join("99900100.clearing");
    for (bytes, what) in [(bytes[..bytes.len() - 1].to_vec(), "cut short"), ([&bytes[..], b"x"].concat(), "longer")] {
        std::fs::write(&spoilt, bytes).unwrap();
        assert_eq!(check(&spoilt, &["--day", &day]), 1, "{what}");
    }

    // A file that was changed in its place is found, and left as it is.
    let positions = place.join("positions.csv");
    let sound = std::fs::read(&positions).unwrap();
    std::fs::write(&positions, b"nobody owes anything\n").unwrap();
    let refused = slipway(&["clearing", "run", "--day", &day, "--dir", dir.to_str().unwrap()], "");
    assert!(refused.code == 1 && refused.err.contains("positions.csv"), "{}", refused.err);
    assert_eq!(std::fs::read(&positions).unwrap(), b"nobody owes anything\n");
    std::fs::write(&positions, sound).unwrap();

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (script, book) = (root.join("../../tests/recompute/recompute.py"), root.join("../recon/data/fees-cn.txt"));
    let reckoned = other("python3", &[&script, &book, &place.join("details.csv"), &positions]);
    assert!(reckoned.is_none_or(|code| code == 0));
    let checked =
        other("hledger", &[Path::new("-f"), &place.join("day.journal"), Path::new("check"), Path::new("--strict")]);
    assert!(checked.is_none_or(|code| code == 0));

    // The merchant is paid by the acquirer's own log: 0.5 % capped at 20.00, and 0.6 %.
    let paid = dir.join("settlement").join(&day);
    live::until("the day is settled", 12_000, || paid.join("plan.json").exists().then_some(()));
    let settled = ask(&dir, &["settle", "run"]);
    let part = &settled["days"][0]["merchants"][0];
    let sums = ["items", "gross_fen", "fees_fen", "payable_fen"].map(|key| part[key].as_i64().unwrap());
    assert_eq!(
        (sums, settled["days"][0]["written"].as_str()),
        ([2, 510_000, 2_060, 507_940], Some("same")),
        "{settled}"
    );
    let (xml, csv) = (paid.join("payouts.xml"), std::fs::read_to_string(paid.join("payouts.csv")).unwrap());
    assert!(std::fs::read_to_string(&xml).unwrap().contains("<CtrlSum>5079.40</CtrlSum>"));
    assert!(csv.lines().count() == 2 && csv.contains("9990000000000000001"), "to the bound account: {csv}");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert!(audit["rule_holds"] == true && audit["ledgers_zero"] == true, "{audit}");
    // Nobody is paid twice by a plan that was put back.
    assert_eq!(ask(&dir, &["settle", "run", "--day", &day])["days"][0]["merchants"], settled["days"][0]["merchants"]);
    std::fs::write(paid.join("plan.json"), b"[]x").unwrap();
    assert_eq!(slipway(&["settle", "run", "--dir", dir.to_str().unwrap()], "").code, 1);

    // A start after a kill finds all of it done.
    up.kill();
    let up = Up::start(&dir);
    assert_eq!(suspended(&dir), [(0, 0), (0, 0)]);
    assert_eq!(up.stop(), 0);
    let exported = slipway(&["export", "--dir", dir.to_str().unwrap()], "").out;
    let cleared = exported.lines().filter(|line| line.contains("\"cause\":\"cleared\"")).count();
    assert_eq!(cleared, 4, "two exchanges, at their issuers and at the acquirer, once");
    let paid = exported.lines().filter(|line| line.contains("\"cause\":\"settled\"")).count();
    assert_eq!(paid, 1, "one merchant, one day, one posting");
    assert_eq!(suspended(&dir), [(0, 0), (0, 0)], "of a stopped network too");
}
