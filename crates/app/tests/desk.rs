//! The counter's commands as people meet them: where the money is, by kind and with what hangs together; printing again; the
//! exit codes of what is not there.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::{Ran, slipway};
use live::{Port, Up, folder, until};
use serde_json::{Value, json};
use std::path::Path;

const PIN: &str = "123456";

struct Till<'a> {
    port: &'a Port,
    terminal: &'a str,
    track: Value,
}

impl Till<'_> {
    fn act(&self, act: &Value) {
        self.port.act(self.terminal, act).unwrap();
    }

    fn shows(&self, first: &str) -> Vec<String> {
        until(first, 4_000, || {
            self.port.screen(self.terminal).filter(|lines| lines.first().is_some_and(|line| line.starts_with(first)))
        })
    }

    /// Approved; its voucher number.
    fn done(&self, kind: &str, fen: Option<u64>, about: Option<u64>) -> u64 {
        self.act(&json!({"act": "begin", "kind": kind, "amount_fen": fen, "voucher": about}));
        if about.is_none() || kind == "refund" {
            self.act(&json!({"act": "card", "track2": self.track}));
        }
        self.act(&json!({"act": "enter"}));
        if about.is_none() {
            self.act(&json!({"act": "pin", "pin": PIN}));
        }
        let shown = self.shows("Approved: check the signature");
        self.act(&json!({"act": "enter"}));
        self.shows("Sale: key the amount");
        shown[1].split(' ').nth(1).unwrap().parse().unwrap()
    }
}

fn run(dir: &Path, line: &[&str]) -> Ran {
    slipway(&[&["--lang", "en"], line, &["--dir", dir.to_str().unwrap()]].concat(), "")
}

#[test]
fn a_trace_names_kind_sign_original_and_successor() {
    let dir = folder("desk-trace");
    let net = dir.join("net");
    let up = Up::start(&net);
    let (merchant, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    let card = up.ready["cards"][0].clone();
    let till = Till { port: &up.port, terminal: &terminal, track: card["track2"].clone() };
    till.act(&json!({"act": "sign_in", "operator": 0, "password": "0000"}));
    till.shows("Sale: key the amount");
    let sale = till.done("sale", Some(8_800), None);
    let void = till.done("sale_void", None, Some(sale));
    up.port.wait_quiet();
    let masked = format!("{}******{}", &card["pan"].as_str().unwrap()[..6], &card["pan"].as_str().unwrap()[12..]);
    let asked = ["trace", &merchant, &terminal, "--card", &masked, "--json"];
    // The void is for good once its slip is confirmed.
    let newest = until("the void's slip to be confirmed", 200, || {
        let found = run(&net, &asked).json();
        (found["others"][0]["verdict"] == "returned").then_some(found)
    });
    let older = newest["others"][0].clone();
    let no = |voucher: u64| format!("{voucher:06}");

    assert_eq!((newest["kind"].as_str(), newest["signed"].as_i64()), (Some("sale_void"), Some(-8_800)));
    assert_eq!(
        (newest["original"]["kind"].as_str(), newest["original"]["voucher"].as_str()),
        (Some("sale"), Some(&*no(sale)))
    );
    let said = newest["sentence"]["en"].as_str().unwrap();
    assert!(said.contains("void of the sale took place") && said.contains("goes back"), "{said}");

    assert_eq!((older["kind"].as_str(), older["signed"].as_i64()), (Some("sale"), Some(8_800)));
    assert_eq!(older["verdict"], "returned", "{older}");
    assert_eq!(older["successors"][0]["voucher"].as_str(), Some(&*no(void)));
    // The slip that counts now is the void's.
    assert_eq!((older["slip"]["voucher"].as_str(), older["slip"]["signed"].as_i64()), (Some(&*no(void)), Some(-8_800)));
    let said = older["sentence"]["en"].as_str().unwrap();
    assert!(
        said.contains(&format!("voided later by No. {}", no(void))) && !said.contains("print the slip again"),
        "{said}"
    );

    // For people, by reference number: running, and stopped.
    let rrn = older["rrn"].as_str().unwrap().to_owned();
    let told = |when: &str| {
        let ran = run(&net, &["trace", &rrn]);
        for want in [
            "sale",
            "+88.00 (the cardholder pays)",
            "followed by",
            "-88.00 (goes to the cardholder)",
            "debited, returned",
        ] {
            assert!(ran.code == 0 && ran.out.contains(want), "{when}: no {want:?} in {}", ran.out);
        }
    };
    told("running");
    let running = slipway(&["--lang", "zh", "trace", &rrn, "--dir", net.to_str().unwrap()], "").out;
    assert!(running.contains("收单行") && !running.contains("acquirer") && !running.contains("approved"), "{running}");

    // By what a bank's text message says: the sale and its void, of the same amount, newest first.
    let day = &older["evidence"][1]["at"].as_str().unwrap()[..10];
    let last4 = &card["pan"].as_str().unwrap()[12..];
    let dated = |amount: &str, last4: &str| {
        run(&net, &["trace", "--amount", amount, "--date", day, "--last4", last4, "--json"])
    };
    let found = dated("88", last4).json();
    assert_eq!((&found["rrn"], found["others"][0]["rrn"].as_str()), (&newest["rrn"], Some(&*rrn)));
    for (amount, last4) in [("88.01", last4), ("88", "0001")] {
        assert_eq!(
            (dated(amount, last4).code, dated(amount, last4).json()["verdict"].as_str()),
            (1, Some("not_found"))
        );
    }
    assert_eq!(dated("88.001", last4).code, 2);

    // A caller without a role: whole card and amount, one sentence for one hit; three misses lock that till.
    let ask = |till: &(String, String), amount: Option<&str>| {
        let body = json!({"merchant": till.0, "terminal": till.1, "card": card["pan"], "amount": amount});
        up.port.post("/api/v1/inquiry", &body).unwrap()
    };
    // The sale and its void have one amount: the caller asks about the payment.
    let said = ask(&up.tills()[0], Some("88.00"));
    assert!(said["sentence"]["en"].as_str().unwrap().contains("voided later"), "{said}");
    let second = &up.tills()[2];
    let other = Till { terminal: &second.1, ..till };
    assert!(up.port.sign_in(other.terminal));
    other.done("sale", Some(1_200), None);
    let said = ask(second, Some("12.00"));
    assert!(
        said["sentence"]["en"].as_str().unwrap().contains("took place") && said.get("evidence").is_none(),
        "{said}"
    );
    for want in [404, 404, 404, 429, 429] {
        assert_eq!(ask(second, Some("12.01"))["status"], want);
    }
    assert_eq!(ask(second, Some("12.00"))["status"], 429);

    // Every question is on record, without the card.
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    let whole = card["pan"].as_str().unwrap();
    assert!(!log.contains(whole) && log.contains(&rrn) && log.contains(r#""who":"caller""#), "{log}");

    // Ports of this network, and it runs: nothing is wrong.
    let ports = run(&net, &["doctor", "--json"]).json();
    let http = up.ready["http"].as_str().unwrap().to_owned();
    let named = |doc: &Value, port: &str| {
        let port = port.rsplit(':').next().unwrap().to_owned();
        let checks = doc["checks"].as_array().unwrap().clone();
        checks
            .into_iter()
            .find(|check| check["check"] == "port" && check["en"].as_str().unwrap().contains(&port))
            .unwrap()
    };
    assert_eq!(named(&ports, &http)["state"], "good", "{ports}");

    // Reprint: the terminal's own word decides the exit code.
    let reprinted = run(&net, &["reprint", &terminal, "--voucher", &void.to_string()]);
    assert_eq!(reprinted.code, 0, "{}", reprinted.err);
    for (voucher, want) in [("999", "No such transaction"), ("1", "No such transaction")] {
        let ran = run(&net, &["reprint", &terminal, "--voucher", voucher]);
        assert!(ran.code == 1 && ran.err.contains(want), "{voucher}: {} {}", ran.code, ran.err);
    }
    let nobody = run(&net, &["reprint", "99999999"]);
    assert!(nobody.code == 1 && nobody.err.contains("no such terminal"), "{} {}", nobody.code, nobody.err);
    let other = &up.tills()[1].1;
    let unmanned = run(&net, &["reprint", other]);
    assert!(unmanned.code == 3 && unmanned.err.contains("signed in"), "{} {}", unmanned.code, unmanned.err);

    assert_eq!(up.stop(), 0);
    told("stopped");
    let ports = run(&net, &["doctor", "--json"]).json();
    assert_eq!(named(&ports, &http)["state"], "good", "{ports}");
    let missing = run(&net, &["trace", "632700009999"]);
    assert!(missing.code == 1 && missing.err.contains("no record"), "{} {}", missing.code, missing.err);
    let stopped = run(&net, &["reprint", &terminal]);
    assert!(stopped.code == 3 && stopped.err.contains("not running"), "{} {}", stopped.code, stopped.err);
    let missing = run(&net, &["trace", "632700009999", "--json"]);
    assert_eq!((missing.code, missing.json()["verdict"].as_str()), (1, Some("not_found")));
}

/// One rule: what is named and is not there is wrong use, and says what to name.
#[test]
fn what_is_not_there_is_wrong_use() {
    let dir = folder("desk-missing");
    let nowhere = dir.join("nowhere");
    for line in [
        &["trace", "632700000002"][..],
        &["reprint", "10000001", "--voucher", "3"],
        &["export"],
        &["handover", "out", "10000001", "--file", "x.parcel"],
        &["keys", "list"],
        &["keys", "reset", "99900100", "--use", "zpk"],
        &["terminal", "--seat", "1", "--script", "none.txt"],
    ] {
        let ran = run(&nowhere, line);
        assert!(ran.code == 2 && ran.out.is_empty(), "{line:?}: {} {} {}", ran.code, ran.out, ran.err);
        assert!(ran.err.lines().count() == 1, "{line:?}: {}", ran.err);
    }
    let config = nowhere.join("acquirer.toml");
    let ran = slipway(&["--lang", "en", "run", "acquirer", "--config", config.to_str().unwrap()], "");
    assert!(ran.code == 2 && ran.err.contains("nothing was started"), "{} {}", ran.code, ran.err);
}

#[test]
fn what_is_no_key_of_a_trace_is_told_before_anything_is_opened() {
    let nowhere = folder("desk-keys").join("nowhere");
    for (keys, want) in [(&["633"][..], "has 3"), (&["abc"], "has 3"), (&["6327000000021"], "whole card number")] {
        let ran = run(&nowhere, &[&["trace"], keys].concat());
        assert!(ran.code == 2 && ran.err.contains(want), "{keys:?}: {} {}", ran.code, ran.err);
    }
    let none = slipway(&["--lang", "en", "sim", "--seeds", "0"], "");
    assert!(none.code == 2 && none.err.contains("at least 1"), "{} {}", none.code, none.err);
}

#[test]
fn the_configuration_of_another_party_is_refused() {
    let dir = folder("desk-party");
    let made = slipway(&["init", "--demo", "--json", "--dir", dir.to_str().unwrap()], "");
    assert_eq!(made.code, 0, "{}", made.err);
    for (party, file) in
        [("acquirer", "switch"), ("issuer1", "issuer2"), ("terminals", "acquirer"), ("switch", "issuer1")]
    {
        let config = dir.join(format!("{file}.toml")).display().to_string();
        let ran = slipway(&["--lang", "en", "run", party, "--config", &config], "");
        let want = format!("this is the configuration of {file}");
        assert!(ran.code == 2 && ran.err.contains(&want), "{party} {file}: {} {}", ran.code, ran.err);
        // A file of before, that does not say whose it is: told by what it has, where that tells.
        let text = std::fs::read_to_string(&config).unwrap();
        let silent: String =
            text.lines().filter(|line| !line.starts_with("party =")).map(|line| format!("{line}\n")).collect();
        std::fs::write(dir.join("silent.toml"), silent).unwrap();
        if (party, file) != ("issuer1", "issuer2") {
            let silent = dir.join("silent.toml").display().to_string();
            let ran = slipway(&["--lang", "en", "run", party, "--config", &silent], "");
            assert!(
                ran.code == 2 && ran.err.contains("no configuration of"),
                "{party} {file}: {} {}",
                ran.code,
                ran.err
            );
        }
    }
}

#[test]
fn help_is_in_the_language_of_the_reader() {
    let help = |name: &str, value: &str, more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.env_remove("LC_ALL").env_remove("LC_MESSAGES").env_remove("LANG").env(name, value);
        let done = command.args(more).arg("--help").output().unwrap();
        (done.status.code(), String::from_utf8(done.stdout).unwrap())
    };
    for (name, value, more) in [
        ("LANG", "zh_CN.UTF-8", &[][..]),
        ("LC_ALL", "zh_CN", &["trace"]),
        ("LANG", "C", &["--lang", "zh", "keys", "make"]),
    ] {
        let (code, text) = help(name, value, more);
        assert!(
            code == Some(0) && text.contains("用法：") && text.contains("显示帮助"),
            "{name}={value} {more:?}: {text}"
        );
    }
    let (_, text) = help("LANG", "zh_CN.UTF-8", &["--lang=en"]);
    assert!(text.contains("Usage:") && !text.contains("用法"), "{text}");
}

#[test]
fn options_after_the_words_of_explain_are_options() {
    let ran = slipway(&["explain", "2412", "--json"], "");
    assert_eq!((ran.code, ran.json()["asked"].as_str()), (0, Some("2412")));
    let ran = slipway(&["--lang", "en", "explain", "-211"], "");
    assert!(ran.code == 0 && ran.out.contains("L13"), "{} {}", ran.out, ran.err);
    let ran = slipway(&["explain", "foo", "--nonsense"], "");
    assert!(ran.code == 2 && ran.out.is_empty(), "{} {}", ran.code, ran.out);
    let ran = slipway(&["--lang", "zh", "explain", "Reversal done"], "");
    assert!(ran.code == 0 && ran.out.contains("自动冲正成功") && ran.out.contains("如已扣款将自动退回"), "{}", ran.out);
    let ran = slipway(&["--lang", "en", "explain", "75"], "");
    assert!(ran.code == 0 && ran.out.contains("Take another means of payment"), "{}", ran.out);
}
