//! Every party as its own process from what `slipway init` makes, and the export of what they leave: a payment end to end,
//! a kill in the middle, refusals that say what to do, and lines that an auditor can add up.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/parties.rs"]
mod parties;
#[path = "common/till.rs"]
mod till;

use common::slipway;
use live::folder;
use parties::{PARTIES, Parties};
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use till::Journal;

fn export(dir: &Path, more: &[&str]) -> common::Ran {
    slipway(&[&["export", "--dir", dir.to_str().unwrap()], more].concat(), "")
}

fn lines(ran: &common::Ran) -> Vec<Value> {
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Sum of the legs on accounts that begin with `account`, over one party's postings of this cause.
fn legs(lines: &[Value], party: &str, cause: &str, account: &str) -> i64 {
    let postings = lines.iter().filter(|line| line["record"] == "posting" && line["party"] == party);
    let legs = postings.filter(|line| line["cause"] == cause).flat_map(|line| line["legs"].as_array().unwrap());
    let of = legs.filter(|leg| leg["account"].as_str().unwrap().starts_with(account));
    of.map(|leg| leg["minor"].as_i64().unwrap()).sum()
}

#[test]
fn five_processes_take_payments_and_leave_books_that_add_up() {
    let home = folder("processes");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "2"]);
    let journal = Journal::new(&home.join("journal.jsonl"));
    PARTIES.into_iter().for_each(|party| parties.start(party));
    let mut sold = parties.sell(&journal);
    // In use: an export of half a day would be added up.
    let busy = export(&parties.dir, &["--party", "acquirer"]);
    assert!(busy.code == 3 && busy.err.contains("in use by another process"), "{} {}", busy.code, busy.err);
    for party in PARTIES {
        parties.kill(party);
        parties.start(party);
    }
    sold += parties.sell(&journal);
    parties.wait_quiet();
    parties.stop();

    let all = lines(&export(&parties.dir, &[]));
    let sold = i64::try_from(sold).unwrap();
    let debit: i64 = ["issuer1", "issuer2"].iter().map(|party| legs(&all, party, "approval", "cardholder:")).sum();
    let returned: i64 = ["issuer1", "issuer2"].iter().map(|party| legs(&all, party, "undo", "cardholder:")).sum();
    let credit = legs(&all, "acquirer", "approval", "merchant:") + legs(&all, "acquirer", "undo", "merchant:");
    let slips = all.iter().filter(|line| line["party"] == "terminals" && line["slip"] == true);
    let slips: i64 = slips.map(|line| line["amount"].as_i64().unwrap()).sum();
    assert_eq!((debit + returned, -credit, slips), (sold, sold, sold));
    assert!(!all.iter().any(|line| ["open", "outbox", "case"].contains(&line["record"].as_str().unwrap())));
    masked(&all, &parties.ready);

    // One party's folder alone is enough, and one document holds the same lines.
    let alone = home.join("alone");
    std::fs::create_dir(&alone).unwrap();
    std::fs::rename(parties.dir.join("acquirer"), alone.join("acquirer")).unwrap();
    let acquirer = lines(&export(&alone, &["--party", "acquirer"]));
    let document = export(&alone, &["--party", "acquirer", "--json"]).json();
    assert_eq!(document["records"].as_array().unwrap()[..], acquirer[1..]);
    let ended = acquirer.last().unwrap();
    assert_eq!((&ended["record"], ended["records"].as_u64()), (&Value::from("end"), Some(acquirer.len() as u64 - 2)));
}

/// No whole card number, no PIN field, no key.
fn masked(all: &[Value], ready: &Value) {
    let text = all.iter().map(Value::to_string).collect::<String>();
    for card in ready["cards"].as_array().unwrap() {
        assert!(!text.contains(card["pan"].as_str().unwrap()), "a card number in an export");
    }
    for terminal in ready["terminals"].as_array().unwrap() {
        assert!(!text.to_lowercase().contains(&terminal["tmk"].as_str().unwrap().to_lowercase()), "a key in an export");
    }
    assert!(text.contains("******"), "masked cards are named");
}

#[test]
fn a_seat_is_taken_by_a_person() {
    let home = folder("seat");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "2"]);
    let (dir, script) = (parties.dir.display().to_string(), home.join("script.txt"));
    std::fs::write(&script, "sign-in 01 0000\nmoto 88.00 card 1\nexpect approved\nquiet\n").unwrap();
    let seat = |no: &str| {
        let script = script.display().to_string();
        slipway(&["terminal", "--dir", &dir, "--seat", no, "--script", &script], "")
    };
    let nobody = seat("2");
    assert!(nobody.code == 3 && nobody.err.contains("cannot be reached"), "{}", nobody.err);
    PARTIES.into_iter().filter(|party| *party != "terminals").for_each(|party| parties.start(party));
    for _ in 0..2 {
        let ran = seat("2");
        assert!(ran.code == 0 && ran.out.contains("RMB 88.00"), "{} {}", ran.out, ran.err);
    }
    let third = seat("3");
    assert!(third.code == 2 && third.err.contains("seats 1 to 2 only"), "{}", third.err);
    parties.start("terminals");
    let taken = seat("2");
    assert!(taken.code == 3 && taken.err.contains("run terminals must not run"), "{}", taken.err);
    parties.stop();
}

#[test]
fn a_terminal_of_its_own_speaks_tls() {
    let home = folder("own-tls");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "1"]);
    let tmk = std::fs::read(parties.dir.join("outside-terminals.json")).unwrap();
    let tmk: Value = serde_json::from_slice(&tmk).unwrap();
    let example = slipway(&["terminal", "--print-profile"], "").out;
    let example = example.replace("tmk = \"\"", &format!("tmk = \"{}\"", tmk["20000001"].as_str().unwrap()));
    let start = example.find("plain = true").unwrap();
    let papers = parties.dir.join("terminals/tls").display().to_string();
    let profile = |ca: &str, peer: &str| {
        let tls = format!(
            "[tls]\nca = {ca:?}\ncertificate = \"{papers}/own.pem\"\nkey = \"{papers}/own.key\"\npeer = {peer:?}\n"
        );
        std::fs::write(home.join("till.toml"), format!("{}{tls}", &example[..start])).unwrap();
    };
    PARTIES.into_iter().filter(|party| *party != "terminals").for_each(|party| parties.start(party));
    let script = home.join("script.txt");
    let at = std::fs::read_to_string(parties.dir.join("terminals.toml")).unwrap();
    let at = at.lines().find_map(|line| line.strip_prefix("dial = ")).unwrap().split('"').nth(1).unwrap().to_owned();
    let play = |text: &str, dir: &str| {
        std::fs::write(&script, text).unwrap();
        let path = |name: &str| home.join(name).display().to_string();
        slipway(
            &[
                "terminal",
                "--connect",
                &at,
                "--profile",
                &path("till.toml"),
                "--dir",
                &path(dir),
                "--script",
                &path("script.txt"),
            ],
            "",
        )
    };
    profile(&format!("{papers}/ca.pem"), "acquirer");
    let ran = play("sign-in 01 0000\nsale 88.00 card 1\nexpect approved\nquiet\n", "till");
    assert!(ran.code == 0 && ran.out.contains("RMB 88.00"), "{} {}", ran.out, ran.err);
    profile("nowhere.pem", "acquirer");
    let ran = play("sign-in 01 0000\n", "till");
    assert!(ran.code == 2 && ran.err.contains("nowhere.pem"), "{} {}", ran.code, ran.err);
    parties.stop();
}

#[test]
fn an_export_that_cannot_be_whole_is_refused() {
    let dir = folder("export-refused").join("net");
    let parties = Parties::init(&dir, &[]);
    let into_full = Command::new(env!("CARGO_BIN_EXE_slipway"))
        .args(["--lang", "en", "export", "--dir", dir.to_str().unwrap()])
        .stdout(std::fs::File::options().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8(into_full.stderr).unwrap();
    assert!(into_full.status.code() == Some(3) && said.contains("do not add it up"), "{said}");
    std::fs::remove_dir_all(parties.dir.join("issuer2/store")).unwrap();
    let missing = export(&dir, &[]);
    assert!(missing.code == 3 && missing.err.contains("issuer2"), "{} {}", missing.code, missing.err);
    let nowhere = export(&dir.join("nowhere"), &[]);
    assert!(nowhere.code == 2 && nowhere.err.contains("--dir"), "{} {}", nowhere.code, nowhere.err);
}

#[test]
fn init_keeps_the_clock_and_run_says_what_is_missing() {
    let dir = folder("init-again").join("net");
    let first = Parties::init(&dir, &[]);
    let config = |party: &str| std::fs::read_to_string(dir.join(format!("{party}.toml"))).unwrap();
    let since = |text: String| text.lines().find(|line| line.starts_with("clock_since_ms")).unwrap().to_owned();
    let before = since(config("acquirer"));
    let again = Parties::init(&dir, &[]);
    assert_eq!((&first.ready["new"], &again.ready["new"]), (&Value::Bool(true), &Value::Bool(false)));
    assert_eq!(since(config("terminals")), before, "a new clock would make stored times wrong");
    let other = slipway(&["init", "--dir", dir.to_str().unwrap(), "--pace", "10"], "");
    assert!(other.code == 2 && other.err.contains("--pace 50"), "{}", other.err);

    let moved = dir.join("switch.toml");
    std::fs::write(&moved, config("switch").replace(dir.to_str().unwrap(), "/nowhere")).unwrap();
    let lost = slipway(&["run", "switch", "--config", moved.to_str().unwrap()], "");
    assert!(lost.code == 2 && lost.err.contains("slipway init"), "{}", lost.err);
}
