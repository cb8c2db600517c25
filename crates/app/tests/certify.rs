//! `slipway certify terminal` without a device: the list, wrong use, a device that never comes, and a report that never calls
//! itself a certification. With one: tests/interop/test_certify.py.

#![allow(clippy::unwrap_used, reason = "tests may")]

use serde_json::Value;
use std::process::{Command, Stdio};

fn certify(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["--lang", "en", "certify", "terminal", "--listen", "127.0.0.1:0"]).args(args).stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn every_step_is_listed_in_both_languages() {
    let (code, out, _) = certify(&["--list", "--json"]);
    assert_eq!(code, 0);
    let steps: Value = serde_json::from_str(&out).unwrap();
    let steps = steps["steps"].as_array().unwrap();
    assert!(steps.len() >= 38);
    for (at, step) in steps.iter().enumerate() {
        assert_eq!(step["no"], at + 1);
        assert!(!step["title"]["zh"].as_str().unwrap().is_ascii() && step["title"]["en"].as_str().unwrap().is_ascii());
    }
}

#[test]
fn wrong_use_is_told_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("tmk");
    std::fs::write(&short, "0123").unwrap();
    let short = short.to_str().unwrap();
    for (args, says) in [
        (["--only", "99"], "no step 99"),
        (["--skip", "nothing=x"], "no step nothing"),
        (["--tmk-file", short], "no master key"),
        (["--terminal", "123"], "slipway:"),
    ] {
        let (code, _, error) = certify(&args);
        assert_eq!(code, 2, "{args:?}: {error}");
        assert!(error.contains(says), "{args:?}: {error}");
    }
    // What is in the file is in no message.
    assert!(!certify(&["--tmk-file", short]).2.contains("0123"));
}

#[test]
fn a_port_that_is_taken_is_the_environment() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_slipway")).args(["certify", "terminal", "--listen", &at]).output();
    assert_eq!(output.unwrap().status.code(), Some(3));
}

#[test]
fn a_device_that_never_comes_reaches_nothing_and_passes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.txt");
    let (code, out, error) =
        certify(&["--json", "--step-timeout", "1", "--only", "1,2", "--report", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{error}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let verdicts: Vec<_> =
        report["steps"].as_array().unwrap().iter().map(|step| step["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["not_reached", "not_reached"]);
    assert_eq!((&report["certification"], &report["summary"]["holds"]), (&Value::Bool(false), &Value::Bool(false)));
    assert!(report["ledger"]["rule_holds"] == true);
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with("Slipway interoperability report — no certification"), "{text}");
    // Prompts are for people, and standard output is the document's.
    assert!(error.contains("签到") && error.contains("sign on"), "{error}");
}
