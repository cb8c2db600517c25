//! Lists as files and the run over them: sound ones, hostile ones, a kill in the middle, two at once, the days after, what is overdue.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/lists.rs"]
mod lists;

use common::slipway;
use lists::{ACQUIRER, ISSUER, SWITCH, file, row, write};
use serde_json::{Value, json};
use slipway_recon::Entry;
use slipway_recon::four::Row;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const DAY: &str = "2026-03-02";
const NEXT: &str = "2026-03-03";

fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("recon-{name}"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// Runs a command on this folder; exit code, JSON and what was said on standard error.
fn recon(dir: &Path, args: &[&str]) -> (i32, Value, String) {
    let mut all = vec!["recon"];
    all.extend(args);
    all.extend(["--dir", dir.to_str().unwrap(), "--json"]);
    let done = slipway(&all, "");
    (done.code, serde_json::from_str(&done.out).unwrap_or(Value::Null), done.err)
}

fn run(dir: &Path, day: &str, at: &str) -> Value {
    let (code, document, err) = recon(dir, &["run", "--day", day, "--at", at]);
    // What lacks a list is compared as far as it goes, and says so to whoever runs it in a script.
    let missing = document["missing"].as_array().is_some_and(|missing| !missing.is_empty());
    assert_eq!((code, err.contains("not complete")), (i32::from(missing), missing), "{err}");
    document
}

/// The lists of the acquirer's view: rows by till, acquirer and network.
fn lists(dir: &Path, day: &str, rows: [&[Row]; 3]) {
    write(dir, day, "till", ACQUIRER, None, rows[0]);
    write(dir, day, "acquirer", ACQUIRER, None, rows[1]);
    write(dir, day, "network", SWITCH, Some(ACQUIRER), rows[2]);
}

fn count(document: &Value, class: &str) -> u64 {
    let classes = document["classes"].as_array().unwrap();
    classes.iter().find(|of| of["class"] == class).unwrap()["count"].as_u64().unwrap()
}

#[test]
fn every_class_is_told_with_cause_rule_and_owner_and_what_comes_later_ends_it() {
    let dir = folder("classes");
    let one = |number, day| row(number, Entry::Sale, 8_800, day);
    let (a, b, c, d) = (one(1, DAY), one(2, DAY), one(3, DAY), one(4, DAY));
    let dearer = Row { amount_fen: 8_900, ..d };
    lists(&dir, DAY, [&[a, c, d], &[a, b, d], &[a, b, b, c, dearer]]);
    let first = run(&dir, DAY, "acquirer");
    assert_eq!((&first["matched"], &first["opened"], &first["open"]), (&json!(1), &json!(3), &json!(3)));
    for (class, want) in [("TAN", 1), ("-AN", 1), ("T-N", 1), ("---", 0), ("amount", 1), ("doubled", 1), ("date", 0)] {
        assert_eq!(count(&first, class), want, "{class}: {first}");
    }
    for class in first["classes"].as_array().unwrap() {
        assert!(class["cause"]["zh"].is_string() && class["cause"]["en"].is_string() && class["rule"].is_string());
    }
    let case = &first["cases"].as_array().unwrap().iter().find(|case| case["class"] == "T-N").unwrap();
    assert_eq!((&case["owner"], &case["posts"][0]["posting"]), (&json!("acquirer"), &json!("capture")));
    assert!(case["due"].as_array().unwrap().iter().all(Value::is_string), "{case}");
    // The same lists again: nothing changes, whoever asks.
    let again = run(&dir, DAY, "acquirer");
    assert_eq!((&again["unchanged"], &again["opened"], &again["open"]), (&json!(true), &json!(3), &json!(3)));
    // The next day brings what was missing, and takes back what was too much.
    let back = [row(2, Entry::LateReversal, -8_800, NEXT), row(4, Entry::CreditAdjustment, -100, NEXT)];
    let captured = row(3, Entry::DebitAdjustment, 8_800, NEXT);
    let twice = row(2, Entry::CreditAdjustment, -8_800, NEXT);
    lists(&dir, NEXT, [&[], &[back[0], captured], &[back[0], twice, back[1]]]);
    let next = run(&dir, NEXT, "acquirer");
    assert_eq!((&next["opened"], &next["closed"], &next["open"]), (&json!(0), &json!(3), &json!(0)), "{next}");
    let (code, left, _) = recon(&dir, &["cases", "--at", "acquirer"]);
    assert_eq!((code, &left["open"]), (0, &json!(0)));
}

#[test]
fn what_is_near_the_cut_waits_one_day_and_no_longer() {
    let dir = folder("cut");
    let near = Row { flags: Row::NEAR_CUT, ..row(1, Entry::Sale, 8_800, DAY) };
    let lost = Row { flags: Row::NEAR_CUT, ..row(2, Entry::Sale, 500, DAY) };
    lists(&dir, DAY, [&[near, lost], &[near, lost], &[]]);
    let first = run(&dir, DAY, "acquirer");
    assert_eq!((count(&first, "carried"), &first["carried_rows"], &first["open"]), (2, &json!(4), &json!(0)));
    // A day left out would leave them waiting for ever.
    lists(&dir, "2026-03-04", [&[], &[], &[]]);
    let (code, _, err) = recon(&dir, &["run", "--day", "2026-03-04", "--at", "acquirer"]);
    assert_eq!(code, 2, "{err}");
    lists(&dir, NEXT, [&[], &[], &[row(1, Entry::Sale, 8_800, NEXT)]]);
    let next = run(&dir, NEXT, "acquirer");
    assert_eq!((&next["matched"], count(&next, "TA-"), &next["open"]), (&json!(1), 1, &json!(1)), "{next}");
    // Another list for the first day changes what came over: the next day is named.
    lists(&dir, DAY, [&[near], &[near], &[]]);
    assert_eq!(run(&dir, DAY, "acquirer")["run_next_day_again"], true);
    assert_eq!(run(&dir, NEXT, "acquirer")["open"], 0);
}

#[test]
fn a_missing_list_judges_nothing_and_its_coming_does() {
    let dir = folder("missing");
    let sale = row(1, Entry::Sale, 8_800, DAY);
    // A day without any list is no day to compare.
    let (code, _, err) = recon(&dir, &["run", "--day", DAY, "--at", "acquirer"]);
    assert!(code == 1 && err.contains("no list of"), "{code} {err}");
    write(&dir, DAY, "till", ACQUIRER, None, &[sale]);
    write(&dir, DAY, "acquirer", ACQUIRER, None, &[sale]);
    let first = run(&dir, DAY, "acquirer");
    assert_eq!(
        (count(&first, "unjudged"), &first["open"], &first["missing"][0]),
        (1, &json!(0), &json!(format!("network-for-{ACQUIRER}.list")))
    );
    let (code, late, _) = recon(&dir, &["breaches", "--at", "acquirer"]);
    assert_eq!((code, &late["in_time"]), (0, &json!(1)));
    let (code, late, err) = recon(&dir, &["breaches", "--at", "acquirer", "--now-ms", "1798693200000"]);
    assert_eq!((code, &late["disputes"], late["lists"][0]["steps_missed"].as_u64()), (1, &json!(1), Some(3)), "{err}");
    write(&dir, DAY, "network", SWITCH, Some(ACQUIRER), &[]);
    let then = run(&dir, DAY, "acquirer");
    assert_eq!((count(&then, "TA-"), &then["open"]), (1, &json!(1)));
    // Overdue at its owner, then with the supervisor, then a dispute.
    let (_, stand, _) = recon(&dir, &["cases", "--at", "acquirer"]);
    assert_eq!(stand["cases"][0]["steps_missed"], 0);
    let (code, late, _) = recon(&dir, &["breaches", "--at", "acquirer", "--now-ms", "1798693200000"]);
    assert_eq!((code, late["cases"][0]["steps_missed"].as_u64(), &late["lists"]), (1, Some(3), &json!([])));
}

#[test]
fn hostile_lists_are_refused_whole_and_the_state_stands() {
    let dir = folder("hostile");
    let rows: Vec<Row> = (1..=9).map(|number| row(number, Entry::Sale, 8_800, DAY)).collect();
    lists(&dir, DAY, [&rows[1..], &rows, &rows]);
    assert_eq!(run(&dir, DAY, "acquirer")["open"], 1);
    let state = || std::fs::read(dir.join("recon/acquirer/current.json")).unwrap();
    let before = state();
    let path = file(&dir, DAY, "acquirer", ACQUIRER, None);
    let good = std::fs::read(&path).unwrap();
    let text = |from: &str, to: &str| {
        let at = good.windows(from.len()).position(|bytes| bytes == from.as_bytes()).unwrap();
        [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
    };
    let head = good.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let mut swapped = good.clone();
    let (one, two) = (good[head..head + 48].to_vec(), good[head + 48..head + 96].to_vec());
    swapped[head..head + 48].copy_from_slice(&two);
    swapped[head + 48..head + 96].copy_from_slice(&one);
    let mut flipped = good.clone();
    flipped[head + 47] ^= 1;
    let mut entry = good.clone();
    entry[head + 23] = b'E';
    let doubled = [&good[..head + 48], &good[head..]].concat();
    let foreign: Vec<Row> = rows.iter().map(|of| lists::of("99999999", of)).collect();
    let yesterday: Vec<Row> = rows.iter().map(|of| Row { day: of.day - 1, ..*of }).collect();
    let check = |bytes: &[u8], why: &str| {
        std::fs::write(&path, bytes).unwrap();
        let (code, document, err) = recon(&dir, &["run", "--day", DAY, "--at", "acquirer"]);
        assert_eq!((code, &document), (1, &Value::Null), "{why}: {err}");
        assert!(err.contains(why) && err.contains("Nothing was judged"), "{why}: {err}");
        assert!(state() == before, "{why}: the state stands");
    };
    check(&good[..good.len() - 60], "cut short");
    check(&good[..head + 20], "cut short");
    check(&good[..0], "not a reconciliation list");
    check(&vec![b'x'; 100_000], "not a reconciliation list");
    check(&[&good[..], &good[..]].concat(), "cut short");
    check(&text("acquirer", "issuer"), "another list");
    check(&text(ACQUIRER, "99999999"), "another list");
    check(&text(DAY, NEXT), "it is the list of 2026-03-03");
    check(&text(DAY, "2026-02-30"), "not a reconciliation list");
    check(&text("LIST 1 ", "LIST 1  "), "not a reconciliation list");
    check(&swapped, "out of order");
    check(&flipped, "checksum");
    check(&entry, "row 1 is none");
    check(&doubled, "counts 9 rows, there are 10");
    lists::at(&path, DAY, "acquirer", ACQUIRER, &foreign);
    check(&std::fs::read(&path).unwrap(), "another acquirer");
    lists::at(&path, DAY, "acquirer", ACQUIRER, &yesterday);
    check(&std::fs::read(&path).unwrap(), "it is the list of");
    std::fs::write(&path, &good).unwrap();
    assert_eq!(run(&dir, DAY, "acquirer")["unchanged"], true);
    assert!(!String::from_utf8(before).unwrap().contains(ISSUER));
}

#[test]
fn a_killed_run_goes_on_and_comes_to_the_same() {
    let sets: [PathBuf; 2] = [folder("killed"), folder("whole")];
    let rows: Vec<Row> = (0..110_000).map(|number| row(number, Entry::Sale, 100 + number.cast_signed(), DAY)).collect();
    let part =
        |list: u64| rows.iter().enumerate().filter(move |(at, _)| *at as u64 % 1_000 != list).map(|(_, row)| *row);
    let parts: Vec<Vec<Row>> = (0..3).map(|list| part(list).collect()).collect();
    for dir in &sets {
        lists(dir, DAY, [&parts[0], &parts[1], &parts[2]]);
    }
    let args = ["recon", "run", "--day", DAY, "--at", "acquirer", "--json", "--dir", sets[0].to_str().unwrap()];
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway")).args(args).stdout(Stdio::null()).spawn().unwrap();
    let mark = sets[0].join("recon/acquirer/run.mark");
    // The first note comes long before the end; a run that was too fast has no note to go on from.
    while !mark.exists() && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!sets[0].join("recon/acquirer/current.json").exists(), "killed before its end");
    let (went_on, whole) = (run(&sets[0], DAY, "acquirer"), run(&sets[1], DAY, "acquirer"));
    assert_eq!((&went_on["resumed"], &whole["resumed"]), (&json!(true), &json!(false)));
    for part in ["classes", "matched", "opened", "open", "rows"] {
        assert_eq!(went_on[part], whole[part], "{part}");
    }
    let names = |document: &Value| -> Vec<Value> {
        document["cases"].as_array().unwrap().iter().map(|case| json!([case["number"], case["class"]])).collect()
    };
    assert_eq!((names(&went_on).len(), names(&went_on)), (330, names(&whole)));
    // Notes of other lists are not gone on from.
    let left: Vec<_> =
        std::fs::read_dir(sets[0].join("recon/acquirer")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}

#[test]
fn one_exchange_under_two_numbers_is_found_to_be_one() {
    let dir = folder("numbers");
    let (own, spoilt) = (row(1, Entry::Sale, 8_800, DAY), row(5, Entry::Sale, 8_800, DAY));
    let other = Row { place: 0x1100, ..row(9, Entry::Sale, 700, DAY) };
    let (own, spoilt) = (Row { place: 0x4200, ..own }, Row { place: 0x4200, ..spoilt });
    lists(&dir, DAY, [&[own], &[own, other], &[spoilt]]);
    run(&dir, DAY, "acquirer");
    let (_, stand, _) = recon(&dir, &["cases", "--at", "acquirer"]);
    let twins: Vec<&Value> = stand["cases"].as_array().unwrap().iter().map(|case| &case["same_exchange_as"]).collect();
    let number = |of: u64| json!([format!("{ACQUIRER}-6061{of:08}")]);
    assert_eq!(twins, [&number(5), &number(1), &json!([])]);
    let name = number(1)[0].as_str().unwrap().to_owned();
    let (code, _, err) = recon(&dir, &["repair", &name, "--by", "Li Lei", "--because", "x", "--at", "acquirer"]);
    assert!(code == 2 && err.contains("one exchange"), "{err}");
}

#[test]
fn two_operators_at_once_and_a_state_of_somebody_else() {
    let dir = folder("two");
    lists(&dir, DAY, [&[], &[], &[]]);
    let home = dir.join("recon/acquirer");
    std::fs::create_dir_all(&home).unwrap();
    let lock = std::fs::File::create(home.join("lock")).unwrap();
    lock.lock().unwrap();
    let (code, _, err) = recon(&dir, &["run", "--day", DAY, "--at", "acquirer"]);
    assert!(code == 3 && err.contains("moved no money"), "{err}");
    lock.unlock().unwrap();
    assert_eq!(run(&dir, DAY, "acquirer")["open"], 0);
    let (code, _, err) = recon(&dir, &["run", "--day", DAY, "--at", "acquirer", "--own", ISSUER]);
    assert_eq!(code, 2, "{err}");
    for bad in [&["run", "--day", "2026-02-30"][..], &["run", "--day", DAY, "--own", "x"]] {
        assert_eq!(recon(&dir, bad).0, 2, "{bad:?}");
    }
    std::fs::write(home.join("current.json"), "{").unwrap();
    let (code, _, err) = recon(&dir, &["run", "--day", DAY, "--at", "acquirer"]);
    assert!(code == 3 && err.contains("restore it from a copy"), "{err}");
}

#[test]
fn the_centre_waits_for_every_member_that_it_knows() {
    let dir = folder("centre");
    let sale = row(1, Entry::Sale, 8_800, DAY);
    lists::write_network(&dir, DAY, &[ACQUIRER], &[ISSUER, "99900200"], &[sale]);
    write(&dir, DAY, "till", ACQUIRER, None, &[sale]);
    write(&dir, DAY, "acquirer", ACQUIRER, None, &[sale]);
    write(&dir, DAY, "issuer", ISSUER, None, &[sale]);
    let first = run(&dir, DAY, "centre");
    assert_eq!((&first["missing"], count(&first, "unjudged")), (&json!(["issuer-99900200.list"]), 1));
    write(&dir, DAY, "issuer", "99900200", None, &[]);
    assert_eq!(run(&dir, DAY, "centre")["matched"], 1);
    let human =
        slipway(&["--lang", "zh", "recon", "run", "--day", DAY, "--at", "centre", "--dir", dir.to_str().unwrap()], "");
    assert!(human.out.contains("四方一致") && human.out.contains("没有任何一方有记录"), "{}", human.out);
}
