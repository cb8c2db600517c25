//! Each planted defect of `planted/bugs.txt` is accused by the test that is named there, and the clean crate by none. Works on a
//! copy in the target folder. `BUG=name` tries one alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Writes only what differs: a file that is written is compiled anew.
fn write(path: &Path, text: &[u8]) {
    if std::fs::read(path).ok().as_deref() != Some(text) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        return write(to, &std::fs::read(from).unwrap());
    }
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

/// Whether the tests of the copy pass: all, or one of a program. Panics if it does not compile.
fn passes(work: &Path, target: &Path, only: Option<(&str, &str)>) -> bool {
    let cargo = || {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(work).env("CARGO_TARGET_DIR", target).env_remove("RUSTFLAGS").arg("test");
        cargo.args(["--offline", "--quiet", "-p", "slipway-recon"]);
        match only {
            Some((program, name)) => cargo.args(["--test", program, name]),
            None => cargo.arg("--tests"),
        };
        cargo
    };
    let built = cargo().arg("--no-run").output().unwrap();
    assert!(built.status.success(), "the copy does not compile:\n{}", String::from_utf8_lossy(&built.stderr));
    let ran = cargo().output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(only.is_none() || told.contains("running 1 test"), "{only:?} is no test:\n{told}");
    ran.status.success()
}

#[test]
fn each_planted_bug_is_accused_and_the_clean_crate_is_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let place = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let (work, target) = (place.join("planted-recon/work"), place.join("planted-recon/target"));
    for part in ["Cargo.toml", "Cargo.lock", "crates/recon", "crates/terms", "tests/recompute"] {
        copy(&root.join(part), &work.join(part));
    }
    let only = std::env::var("BUG").ok();
    assert!(only.is_some() || passes(&work, &target, None), "the clean crate is accused");
    let (mut tried, mut missed) = (0, Vec::new());
    let bugs = include_str!("../planted/bugs.txt");
    for bug in bugs.split("\nbug ").skip(1) {
        let said = |word: &str| {
            let line = bug.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {word} in bug {bug}"))
        };
        let name = bug.lines().next().unwrap();
        if only.as_deref().is_some_and(|only| only != name) {
            continue;
        }
        tried += 1;
        let path = work.join("crates/recon").join(said("in"));
        let whole = std::fs::read_to_string(&path).unwrap();
        assert_eq!(whole.matches(said("-")).count(), 1, "{name}: its line stands once in {}", said("in"));
        write(&path, whole.replacen(said("-"), said("+"), 1).as_bytes());
        let found = !passes(&work, &target, said("by").split_once(' '));
        write(&path, whole.as_bytes());
        println!("{name:<36} {} {}", if found { "found by" } else { "NOT FOUND by" }, said("by"));
        if !found {
            missed.push(name);
        }
    }
    assert!(tried > 0, "no bug of that name");
    assert!(missed.is_empty(), "not found: {missed:?}");
}
