//! `slipway keys` as its users meet it: two custodians, two institutions, an auditor.
#![allow(clippy::unwrap_used, reason = "tests may")]

use serde_json::Value;
use slipway_vault::{DerivationCost, KeyFile, Master, SystemRandom};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A party's folder with an empty key file.
fn party() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let master = Master::new_file(&folder.path().join("master.key"), &mut SystemRandom).unwrap();
    KeyFile::create(&folder.path().join("keys.slk"), &master, DerivationCost::LEAST, &mut SystemRandom).unwrap();
    folder
}

fn keys(dir: &Path, line: &str, given: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["--lang", "en", "--json", "keys"]).args(line.split(' ')).arg("--dir").arg(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses before it reads closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(given.as_bytes());
    child.wait_with_output().unwrap()
}

/// Succeeds with one document.
fn told(dir: &Path, line: &str, given: &str) -> Value {
    let done = keys(dir, line, given);
    assert_eq!(done.status.code(), Some(0), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Ends with this code and a line on standard error.
fn ends(dir: &Path, line: &str, given: &str, code: i32) {
    let done = keys(dir, line, given);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{line}: {said}");
    assert!(!said.is_empty() && !said.contains("panicked"), "{line}: {said}");
    assert!(!said.contains(given.trim()) || given.trim().is_empty(), "{line} shows what was typed: {said}");
}

/// Two parts of a zone master key (check values by psec: 3DES of zeros).
const ONE: &str = "0123456789ABCDEF FEDCBA9876543210\n";
const TWO: &str = "1023457689BADCEF0132546798ABCDFE\n";

/// A zone master key in two acts by two persons; its check value.
fn zone_master(dir: &Path) -> String {
    let component = |number, by: &str, kcv: &str, given| {
        told(dir, &format!("component zmk/00010000 --number {number} --of 2 --kcv {kcv} --by {by}"), given)
    };
    assert_eq!(component(1, "lilei", "08D7B4", ONE)["have"], 1);
    assert_eq!(component(2, "hanmeimei", &kcv_of(TWO), TWO)["kcv"], kcv_of(TWO));
    let listed = told(dir, "list", "");
    assert_eq!(listed["pending"][0]["parts"].as_array().unwrap().len(), 2);
    told(dir, "combine zmk/00010000 --by wang", "")["kcv"].as_str().unwrap().to_owned()
}

fn kcv_of(text: &str) -> String {
    let digits: String = text.split_whitespace().collect();
    let bytes: Vec<u8> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
    let key = slipway_vault::ClearKey::new(slipway_vault::Algorithm::Tdes, &bytes).unwrap();
    key.check_value().0.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[test]
fn a_key_by_components_is_shown_by_its_check_value_only() {
    let folder = party();
    let dir = folder.path();
    ends(dir, "component zmk/00010000 --number 1 --of 2 --kcv 000000 --by lilei", ONE, 1);
    ends(dir, "component zmk/00010000 --number 1 --of 2 --kcv 08D7B4 --by lilei", "0123\n", 2);
    ends(dir, "component zmk/00010000 --number 1 --of 2 --kcv 08D7B4", ONE, 2);
    ends(dir, "component zmk/00010000 --number 1 --of 2 --by lilei", ONE, 2);
    ends(dir, "component nonsense --number 1 --of 2 --kcv 08D7B4 --by lilei", ONE, 2);
    ends(dir, "combine zmk/00010000 --by wang", "", 1);
    let kcv = zone_master(dir);
    let xor: String = {
        let pair = |text: &str| text.split_whitespace().collect::<String>();
        let (one, two) = (pair(ONE), pair(TWO));
        one.chars()
            .zip(two.chars())
            .map(|(a, b)| format!("{:X}", a.to_digit(16).unwrap() ^ b.to_digit(16).unwrap()))
            .collect()
    };
    assert_eq!(kcv, kcv_of(&xor));
    let listed = told(dir, "list", "");
    let key = &listed["keys"][0];
    assert_eq!((key["name"].as_str(), key["use"].as_str()), (Some("zmk/00010000"), Some("zmk")));
    assert_eq!((key["kcv"].as_str(), key["age_days"].as_i64()), (Some(kcv.as_str()), Some(0)));
    assert!(listed["pending"].as_array().unwrap().is_empty());
    ends(dir, "component zmk/00010000 --number 1 --of 2 --kcv 08D7B4 --by lilei extra", ONE, 2);
    assert_eq!(told(dir, "component tmk/10000001 --number 1 --of 2 --kcv 08D7B4 --by lilei", ONE)["have"], 1);
    ends(dir, "component tmk/10000001 --number 2 --of 2 --kcv 08D7B4 --by LiLei", ONE, 1);
    assert_eq!(told(dir, "component tmk/10000001 --discard --by lilei", "")["discarded"], 1);
    // No part and no key stands in any file of the folder, in any writing.
    for entry in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&entry).unwrap();
        for secret in [[0x01, 0x23, 0x45, 0x67, 0x89], [0xFE, 0xDC, 0xBA, 0x98, 0x76]] {
            assert!(!bytes.windows(5).any(|window| window == secret), "{}", entry.display());
        }
        let text = String::from_utf8_lossy(&bytes).to_uppercase();
        assert!(!text.contains("0123456789AB") && !text.contains("1023457689BA"), "{}", entry.display());
    }
}

#[test]
fn a_zone_key_goes_to_the_other_side_and_is_rotated() {
    let (here, there) = (party(), party());
    let (here, there) = (here.path(), there.path());
    assert_eq!(zone_master(here), zone_master(there));
    let made = told(here, "make zak/00010000 --by lilei", "");
    ends(here, "make zak/00010000 --by lilei", "", 1);
    let block = told(here, "export zak/00010000 --under zmk/00010000 --by lilei", "");
    assert_eq!(block["kcv"], made["kcv"]);
    let text = block["block"].as_str().unwrap();
    assert!(text.starts_with("B0096M3TC00N0000"), "{text}");
    // As another usage, changed, or under no zone master key, it is not taken.
    ends(there, "import zpk/00010000 --under zmk/00010000 --by han", text, 1);
    ends(there, "import zak/00010000 --under zmk/00010000 --by han", &text.replace("M3TC", "M3TN"), 1);
    ends(there, "import zak/00010000 --under zmk/00020000 --by han", text, 2);
    ends(there, "import zak/00010000 --under zmk/00010000 --kcv 000000 --by han", text, 1);
    let taken = told(there, "import zak/00010000 --under zmk/00010000 --by han", text);
    assert_eq!((&taken["kcv"], taken["stays"].as_bool()), (&made["kcv"], Some(true)));
    ends(there, "import zak/00010000 --under zmk/00010000 --by han", text, 1);
    // The sender said N: it goes no further.
    ends(there, "export zak/00010000 --under zmk/00010000 --by han", "", 1);
    ends(here, "export zak/00010000 --under zak/00010000 --by lilei", "", 2);

    let next = told(here, "rotate zak/00010000 --under zmk/00010000 --by lilei", "");
    assert_eq!((next["version"].as_i64(), next["standing"].as_str()), (Some(2), Some("next")));
    let text = next["block"].as_str().unwrap();
    let taken = told(there, "import zak/00010000 --under zmk/00010000 --next --by han", text);
    assert_eq!((&taken["kcv"], taken["standing"].as_str()), (&next["kcv"], Some("next")));
    let standing = |dir| {
        let key =
            told(dir, "list", "")["keys"].as_array().unwrap().iter().find(|key| key["use"] == "zak").unwrap().clone();
        [&key["kcv"], &key["next"]["kcv"], &key["former"]["kcv"]].map(|kcv| kcv.as_str().map(str::to_owned))
    };
    let (old, new) = (made["kcv"].as_str().map(str::to_owned), next["kcv"].as_str().map(str::to_owned));
    assert_eq!(standing(there), [old.clone(), new.clone(), None]);
    for dir in [here, there] {
        told(dir, "rotate zak/00010000 --use --by wang", "");
        assert_eq!(standing(dir), [new.clone(), None, old.clone()]);
        told(dir, "rotate zak/00010000 --end --by wang", "");
        assert_eq!(standing(dir), [new.clone(), None, None]);
    }
    ends(here, "rotate zak/00010000 --use --by wang", "", 2);
    let acts = told(here, "audit", "");
    let acts: Vec<_> = acts["acts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|act| act["refused"] == false)
        .map(|act| act["act"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(acts, ["component", "component", "combine", "make", "export", "rotate", "rotate", "rotate"]);
}

#[test]
fn a_changed_audit_trail_is_found_and_stops_the_work() {
    let folder = party();
    let dir = folder.path();
    told(dir, "make zmk/00010000 --algorithm aes256 --by lilei", "");
    told(dir, "make tmk/10000001 --algorithm sm4 --by lilei", "");
    assert_eq!(told(dir, "audit --check", ""), serde_json::json!({"holds": true, "count": 2, "unfinished": 0}));
    // SM4 has no letter in the standard.
    ends(dir, "export tmk/10000001 --under zmk/00010000 --by lilei", "", 1);
    let trail = dir.join("keys.audit");
    let good = std::fs::read_to_string(&trail).unwrap();
    std::fs::write(&trail, good.replacen("lilei", "nobody", 1)).unwrap();
    let done = keys(dir, "audit --check", "");
    assert_eq!(done.status.code(), Some(1));
    assert_eq!(serde_json::from_slice::<Value>(&done.stdout).unwrap(), serde_json::json!({"holds": false, "line": 1}));
    ends(dir, "make zpk/00010000 --by lilei", "", 1);
    std::fs::write(&trail, &good).unwrap();
    told(dir, "make zpk/00010000 --by lilei", "");
    ends(&dir.join("nowhere"), "list", "", 2);
}

#[test]
fn a_registered_custodian_is_asked_for_a_passphrase() {
    let folder = party();
    let dir = folder.path();
    assert_eq!(told(dir, "custodian lilei --by lilei", "plum rain 1\n")["custodians"][0], "lilei");
    told(dir, "custodian han --by han", "west lake 2\n");
    ends(dir, "custodian zhao --by zhao", "whatever it is\nwhatever it is\n", 1);
    told(dir, "custodian zhao --by han", "west lake 2\nred wall 333\n");
    let line = "component zmk/00010000 --number 1 --of 2 --kcv 08D7B4 --by lilei";
    ends(dir, line, &format!("west lake 2\n{ONE}"), 1);
    assert_eq!(told(dir, line, &format!("plum rain 1\n{ONE}"))["have"], 1);
    assert_eq!(
        told(dir, "custodian zhao --dismiss --by lilei", "plum rain 1\n")["custodians"].as_array().unwrap().len(),
        2
    );
    let acts = told(dir, "audit", "");
    let done = acts["acts"].as_array().unwrap().iter().filter(|act| act["refused"] == false);
    let acts: Vec<_> = done.map(|act| act["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["register", "register", "register", "component", "dismiss"]);
}

/// Who guesses at a component leaves lines, and what was guessed is in none of them.
#[test]
fn what_was_refused_is_told_in_the_trail() {
    let folder = party();
    let dir = folder.path();
    told(dir, "make zak/00010000 --by lilei", "");
    ends(dir, "component zmk/00010000 --number 1 --of 2 --kcv 000000 --by lilei", ONE, 1);
    ends(dir, "make zak/00010000 --by mallory", "", 1);
    ends(dir, "rotate zak/00010000 --use --by mallory", "", 2);
    let trail = told(dir, "audit", "");
    let acts: Vec<_> = trail["acts"].as_array().unwrap().iter().collect();
    let line = |at: usize| {
        let text = |key: &str| acts[at][key].as_str().unwrap().to_owned();
        (text("by"), text("act"), text("note"))
    };
    assert_eq!(acts.len(), 4, "{trail}");
    assert_eq!((line(1).0, line(1).1), ("lilei".into(), "component".into()));
    assert_eq!((line(2).0, line(2).1), ("mallory".into(), "make".into()));
    assert_eq!((line(3).0, line(3).1), ("mallory".into(), "rotate".into()));
    for (at, act) in acts.iter().enumerate().skip(1) {
        assert!(line(at).2.starts_with("refused: ") && act["refused"] == true, "{trail}");
    }
    // Nothing of a refused act was saved with its line.
    assert!(told(dir, "list", "")["pending"].as_array().unwrap().is_empty());
    let text = std::fs::read_to_string(dir.join("keys.audit")).unwrap().to_uppercase();
    assert!(!text.contains("0123456789AB") && !text.contains("FEDCBA98"));
}

fn said(dir: &Path, line: &str) -> (Option<i32>, String) {
    let done = keys(dir, line, "");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn what_cannot_be_rotated_says_why_and_what_to_do() {
    let folder = party();
    let dir = folder.path();
    told(dir, "make zak/00010000 --by lilei", "");
    told(dir, "make token/00010000 --algorithm hmac --by lilei", "");
    for (line, wants) in [
        ("rotate zak/00010000 --use --by lilei", ["no next generation", "keys rotate zak/00010000 first"]),
        ("rotate zak/99999999 --by lilei", ["there is no key zak/99999999", "keys list"]),
        ("rotate token/00010000 --by lilei", ["does not rotate", "set up a new network folder"]),
    ] {
        let (code, text) = said(dir, line);
        assert!(code == Some(2) && wants.iter().all(|want| text.contains(want)), "{line}: {code:?} {text}");
    }
    // The key file lies in a safe, the keys in a token.
    let away = dir.join("away");
    std::fs::create_dir(&away).unwrap();
    std::fs::write(away.join("token.toml"), "").unwrap();
    let (code, text) = said(&away, "rotate zak/00010000 --by lilei");
    assert!(code == Some(2) && text.contains("run keys load again"), "{code:?} {text}");
    let (code, text) = said(&dir.join("nobody"), "list");
    assert!(code == Some(2) && text.contains("name a party's folder"), "{code:?} {text}");
}

/// Every command that would act says the same of a trail that was changed, and exits as `audit` does.
#[test]
fn a_changed_trail_stops_every_act_with_1() {
    let folder = party();
    let dir = folder.path();
    told(dir, "make zak/00010000 --by lilei", "");
    let trail = dir.join("keys.audit");
    let text = std::fs::read_to_string(&trail).unwrap();
    std::fs::write(&trail, text.replace("lilei", "liwei")).unwrap();
    for line in ["audit --check", "make zpk/00010000 --by lilei", "rotate zak/00010000 --by lilei"] {
        let (code, text) = said(dir, line);
        assert!(code == Some(1) && text.contains("line 1 of the audit trail was changed"), "{line}: {code:?} {text}");
    }
}

#[test]
fn help_names_no_senseless_default() {
    let help = keys(Path::new("."), "component --help", "");
    let text = String::from_utf8_lossy(&help.stdout).into_owned();
    assert!(text.contains("--number") && !text.contains("[default: 0]") && !text.contains("[default: ]"), "{text}");
}
