//! Scripts at the terminal: the example day goes as written and every ledger agrees; what is wrong is told with its line.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::{Ran, slipway};
use live::{Up, folder};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The example in the root.
fn day() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/day.txt").display().to_string()
}

/// A script of this test alone.
fn script(name: &str, text: &str) -> (PathBuf, String) {
    let dir = folder(name);
    let path = dir.join("script.txt");
    std::fs::write(&path, text).unwrap();
    (dir, path.display().to_string())
}

fn demo(script: &str, more: &[&str]) -> Ran {
    let args = ["terminal", "--demo", "--script", script];
    slipway(&[&args[..], more].concat(), "")
}

fn papers(document: &Value) -> Vec<&str> {
    document["slips"].as_array().unwrap().iter().map(|slip| slip["text"].as_str().unwrap()).collect()
}

#[test]
fn paying_again_goes_as_written() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/second-swipe.txt").display().to_string();
    let ran = demo(&script, &["--json"]);
    let document = ran.json();
    assert!(ran.code == 0 && document["held"] == true, "{}", document["failed"]);
    assert!(document["audit"]["rule_holds"] == true, "{}", document["audit"]);
}

#[test]
fn the_day_goes_as_written_and_every_ledger_agrees() {
    let slips = folder("day-slips");
    let ran = demo(&day(), &["--json", "--slips", slips.to_str().unwrap()]);
    let document = ran.json();
    assert!(ran.code == 0 && document["held"] == true, "{}", document["failed"]);
    let audit = &document["audit"];
    assert!(audit["ledgers_zero"] == true && audit["rule_holds"] == true, "{audit}");
    // Twelve kinds: all but the inquiry leave paper.
    let papers = papers(&document);
    #[rustfmt::skip]
    let kinds = [
        "消费/SALE", "消费撤销/VOID", "退货/REFUND", "预授权/PRE-AUTH", "预授权撤销/PRE-AUTH", "预授权完成/COMPLETION",
        "预授权完成通知/COMPLETION", "预授权完成撤销/COMPLETION", "离线结算/OFFLINE", "结算调整/ADJUST", "订购/MOTO",
    ];
    let flat: Vec<String> = papers.iter().map(|paper| paper.split_whitespace().collect()).collect();
    for kind in kinds {
        let kind: String = kind.split_whitespace().collect();
        assert!(flat.iter().any(|paper| paper.contains(&kind)), "no paper of {kind}");
    }
    // The lost answer left none, and nobody's card is on any.
    assert!(!papers.iter().any(|paper| paper.contains("RMB 45.00")));
    assert!(
        !papers.iter().any(|paper| paper
            .split(|c: char| !c.is_ascii_digit())
            .any(|run| run.starts_with("99900") && run.len() > 12))
    );
    let files = std::fs::read_dir(&slips).unwrap().count();
    assert_eq!(files, papers.len());
    let first = std::fs::read_to_string(slips.join("001-merchant.txt")).unwrap();
    assert_eq!(first, papers[0]);
}

#[test]
fn an_expectation_that_fails_ends_with_its_line() {
    let (_, path) = script("day-fails", "# one\n\nsign-in 01 0000\nexpect Signed on\nexpect the moon\nsettle\n");
    let ran = demo(&path, &[]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("script.txt:5: expect the moon") && ran.err.contains("Signed on"), "{}", ran.err);
    assert!(!ran.out.contains("settle"), "nothing is played behind it: {}", ran.out);
    let document = demo(&path, &["--json"]).json();
    assert!(document["held"] == false && document["audit"].is_null());
    assert_eq!(document["lines"].as_array().unwrap().len(), 3);
}

#[test]
fn wrong_lines_start_nothing() {
    let (_, path) = script("day-wrong", "sign-in 01\nsale 8.888\ndance\n");
    let ran = demo(&path, &[]);
    assert_eq!(ran.code, 2);
    for line in ["script.txt:1:", "script.txt:2:", "script.txt:3:"] {
        assert!(ran.err.contains(line), "{}", ran.err);
    }
    assert!(ran.out.is_empty());
}

#[test]
fn keys_alone_do_a_sale_and_a_void() {
    let text = "
        keys 01 enter
        keys 0000 enter          # the password
        expect Signed on
        keys menu 1
        keys 8800 enter
        expect Swipe the card
        swipe wrong-way
        expect Swiped the wrong way
        swipe 1
        key enter
        pin 123456
        expect approved
        key enter                # the signature fits
        keys menu 2
        keys 000002 enter
        expect Supervisor's password
        keys 0000 enter
        expect Enter if it is right
        key enter
        expect approved
        expect RMB -88.00
        printer jam
        reprint
        expect Not printed
        printer ok
        reprint 000003
        expect DUPLICATE
        quiet
    ";
    let (_, path) = script("day-keys", text);
    let ran = demo(&path, &["--columns", "48", "--json"]);
    let document = ran.json();
    assert!(ran.code == 0, "{}", document["failed"]);
    assert!(papers(&document).iter().any(|paper| paper.lines().any(|line| line == "-".repeat(48))));
}

#[test]
fn secrets_of_a_script_are_not_repeated() {
    let (_, path) = script("day-secrets", "sign-in 01 0000\nsale 88.00 card 1 pin 246810\nexpect 55\n");
    let ran = demo(&path, &[]);
    assert!(ran.code == 0 && !ran.out.contains("246810") && !ran.out.contains("01 0000"), "{} {}", ran.out, ran.err);
}

#[test]
fn a_terminal_of_its_own_keeps_its_numbers() {
    let dir = folder("day-connect");
    let up = Up::start(&dir.join("net"));
    let keys: Value = serde_json::from_slice(&std::fs::read(dir.join("net/outside-terminals.json")).unwrap()).unwrap();
    let profile = slipway(&["terminal", "--print-profile"], "").out;
    let profile = profile.replace("tmk = \"\"", &format!("tmk = \"{}\"", keys["20000001"].as_str().unwrap()));
    std::fs::write(dir.join("till.toml"), profile).unwrap();
    let text = "sign-in 01 0000\nsale 88.00 card 1\nexpect approved\nlose-answer next\nsale 12.00 card 2\n\
                expect fate unknown\nwait-screen Reversal done\nquiet\n";
    std::fs::write(dir.join("script.txt"), text).unwrap();
    let (home, at) = (dir.join("till"), up.acquirer().to_string());
    let path = |name: &str| dir.join(name).display().to_string();
    let play = |at: &str, dir: &Path| {
        let (profile, script, dir) = (path("till.toml"), path("script.txt"), dir.display().to_string());
        let args = ["terminal", "--connect", at, "--profile", &profile, "--dir", &dir, "--script", &script];
        slipway(&[&args[..], &["--pace", "fast", "--json"]].concat(), "")
    };
    let (first, second) = (play(&at, &home), play(&at, &home));
    for (ran, voucher) in [(&first, "000002"), (&second, "000004")] {
        let document = ran.json();
        assert!(ran.code == 0, "{} {}", document["failed"], ran.err);
        assert!(papers(&document)[0].contains(voucher), "{voucher}: {}", papers(&document)[0]);
    }
    // A folder that another hand made is left alone; an acquirer that is not there is named.
    let other = play(&at, &dir.join("net"));
    assert!(other.code == 3 && other.err.contains("nothing was changed"), "{}", other.err);
    assert_eq!(up.stop(), 0);
    let gone = play(&at, &home);
    assert!(gone.code == 3 && gone.err.contains(&at) && gone.err.lines().count() == 1, "{}", gone.err);
}

#[test]
fn the_example_cards_are_the_cards_they_say_they_are() {
    let text = "
        sign-in 01 0000
        sale 11.00 card 1
        expect approved
        sale 12.00
        swipe 3
        expect This card has a chip
        key cancel
        sale 13.00 card 2
        expect approved
        sale 14.00 card 4 pin none
        expect Declined
        quiet
    ";
    let (_, path) = script("day-cards", text);
    let cards = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cards.toml");
    let ran = demo(&path, &["--cards", cards.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
}

/// A script that stops half-way through a sale has shown nothing of it.
#[test]
fn a_script_that_ends_at_a_question_fails_unless_it_says_so() {
    for open in ["sale 88.00", "sale 88.00 card 1\nkeys menu 2", "moto 66.00"] {
        let text = format!("sign-in 01 0000\nexpect Signed on\n{open}\n");
        let (_, path) = script("day-open", &text);
        let ran = demo(&path, &[]);
        assert!(
            ran.code == 1 && ran.err.contains("the terminal still asks") && ran.err.contains("leave-open"),
            "{open}: {} {}",
            ran.code,
            ran.err
        );
        assert!(ran.err.contains("script.txt:"), "{}", ran.err);
    }
    let (_, path) =
        script("day-left", "sign-in 01 0000\nexpect Signed on\nsale 88.00\nexpect Swipe the card\nleave-open\n");
    let ran = demo(&path, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
}

/// In Chinese nothing of the account of a run is left in English but what stands on paper.
#[test]
fn a_run_is_told_in_chinese() {
    let (_, path) = script("day-zh", "sign-in 01 0000\nsale 88.00 card 1\nexpect 交易成功\nkey enter\n");
    let ran = slipway(&["--lang", "zh", "terminal", "--demo", "--script", &path], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("[屏幕]") && ran.out.contains("商户存根：已打印") && ran.out.contains("[打印机]"),
        "{}",
        ran.out
    );
    for english in ["[screen]", "[phone]", "[printer]", "Printed", "printed"] {
        assert!(!ran.out.contains(english), "{english}: {}", ran.out);
    }
}
