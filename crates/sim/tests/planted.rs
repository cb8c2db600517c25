//! Each planted defect of `planted/bugs.txt` is found within its seeds by a checker that may accuse it, and the clean
//! workspace is not accused. Works on a copy of the workspace in the target folder. `BUG=name,name` tries these alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "tests may")]

use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, Default, Clone)]
struct Bug {
    name: String,
    says: String,
    file: String,
    line: String,
    instead: String,
    by: Vec<String>,
    within: u64,
    days: u64,
}

fn bugs(text: &str) -> Vec<Bug> {
    let mut bugs: Vec<Bug> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim().to_owned();
        if word == "bug" {
            bugs.push(Bug { name: rest, days: 1, ..Bug::default() });
            continue;
        }
        let bug = bugs.last_mut().expect("a line before its bug");
        match word {
            "says" => bug.says = rest,
            "in" => bug.file = rest,
            "-" => bug.line = rest,
            "+" => bug.instead = rest,
            "by" => bug.by = rest.split_whitespace().map(str::to_owned).collect(),
            "within" => bug.within = rest.parse().unwrap(),
            "days" => bug.days = rest.parse().unwrap(),
            _ => panic!("no such line: {line}"),
        }
    }
    bugs
}

/// Writes only what differs: a file that is written is compiled anew.
fn write(path: &Path, text: &[u8]) {
    if std::fs::read(path).ok().as_deref() != Some(text) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name());
        let left_out = ["target", ".git", ".venv", "fuzz"].iter().any(|out| name == *out);
        if path.is_dir() && !left_out {
            copy(&path, &to.join(name));
        } else if path.is_file() {
            write(&to.join(name), &std::fs::read(&path).unwrap());
        }
    }
}

/// Seed, checker and detail of the first violation; `None` if there is none. Panics if the copy does not compile.
fn first(copy: &Path, target: &Path, seeds: u64, days: u64) -> Option<(u64, String, String)> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = ["--profile", "planted", "-p", "slipway-sim", "--example", "seeds", "--quiet"];
    let built = Command::new(cargo)
        .current_dir(copy)
        .args(["build", "--locked"])
        .args(build)
        .env("CARGO_TARGET_DIR", target)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    assert!(built.status.success(), "the copy does not compile:\n{}", String::from_utf8_lossy(&built.stderr));
    let numbers = ["1", &seeds.to_string(), &days.to_string()];
    let run = Command::new(target.join("planted/examples/seeds")).args(numbers).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout).trim().to_owned();
    if run.status.success() {
        assert!(told.starts_with("clean"), "{told}");
        return None;
    }
    let mut words = told.splitn(3, ' ');
    let seed = words.next().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| panic!("it says: {told}"));
    let checker = words.next().unwrap_or_default().to_owned();
    Some((seed, checker, words.next().unwrap_or_default().to_owned()))
}

#[test]
fn each_planted_bug_is_found_and_the_clean_build_is_not_accused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let place: PathBuf = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let (work, target) = (place.join("planted/work"), place.join("planted/target"));
    copy(&root, &work);
    let all = bugs(include_str!("../planted/bugs.txt"));
    assert!(all.len() >= 12);
    let only = std::env::var("BUG").ok();
    let longest = 300;
    if only.is_none() {
        for days in [1, 3] {
            assert_eq!(first(&work, &target, longest, days), None, "the clean build is accused");
            println!("clean: {longest} seeds of {days} days, nobody accused");
        }
    }
    let mut missed = Vec::new();
    let wanted = |bug: &&Bug| only.as_ref().is_none_or(|names| names.split(',').any(|name| name == bug.name));
    for bug in all.iter().filter(wanted) {
        let path = work.join(&bug.file);
        let whole = std::fs::read_to_string(&path).unwrap();
        let lines = whole.lines().filter(|line| line.contains(&bug.line)).count();
        assert_eq!(lines, 1, "{}: the line stands {lines} times in {}", bug.name, bug.file);
        write(&path, whole.replacen(&bug.line, &bug.instead, 1).as_bytes());
        let found = first(&work, &target, bug.within, bug.days);
        write(&path, whole.as_bytes());
        match &found {
            Some((seed, checker, detail)) if bug.by.contains(checker) => {
                println!("{:<40} seed {seed:>4}  {checker:<10} {}\n      {detail}", bug.name, bug.says);
            }
            found => {
                println!("{:<40} NOT FOUND: {found:?}", bug.name);
                missed.push(format!("{}: {found:?}, not {:?} within {}", bug.name, bug.by, bug.within));
            }
        }
    }
    assert!(missed.is_empty(), "{} planted bugs were not found as told:\n{}", missed.len(), missed.join("\n"));
}
