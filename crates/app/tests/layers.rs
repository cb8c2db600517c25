//! The house keeps its floors: who may depend on whom, what stays free of the operating system, which licences come in.
//! ARCHITECTURE.md draws what this file checks; a new edge is a design question, answered there and in docs/dependencies.md.

#![allow(clippy::unwrap_used, reason = "tests may")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crate, and every crate of ours it may see. What is not here is forbidden.
#[rustfmt::skip]
const MAY_SEE: [(&str, &[&str]); 13] = [
    ("card", &["terms"]),
    ("terms", &[]),
    ("iso8583", &["terms"]),
    ("node", &["terms"]),
    ("slip", &["terms"]),
    ("vault", &["terms", "node"]),
    ("store", &["terms", "node"]),
    ("terminal", &["terms", "node"]),
    ("hosts", &["terms", "node"]),
    ("recon", &["terms"]),
    ("runtime", &["terms", "iso8583", "node", "slip"]),
    ("sim", &["terms", "card", "iso8583", "node", "slip", "vault", "store", "terminal", "hosts", "recon", "runtime"]),
    (
        "app",
        &["terms", "card", "iso8583", "node", "slip", "vault", "store", "terminal", "hosts", "recon", "runtime", "sim"],
    ),
];

/// Pure crates: no clock, disk, socket, thread or randomly seeded map. The compiler proves it by `no_std`, if what they
/// bring in from outside has none either.
const PURE: [(&str, &[&str]); 7] = [
    ("card", &[]),
    ("terms", &["serde", "zeroize"]),
    ("iso8583", &["encoding_rs"]),
    ("node", &["serde", "postcard"]),
    ("terminal", &["serde"]),
    ("hosts", &["serde"]),
    ("recon", &[]),
];

/// Cores under one roof that talk by messages only.
const APART: [&str; 3] = ["acquirer", "switch", "issuer"];

/// Licences that put no duty on a merchant or bank beyond naming the authors.
#[rustfmt::skip]
const PERMISSIVE: [&str; 11] = [
    "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "ISC", "Zlib", "0BSD", "Unicode-3.0", "Unlicense", "CC0-1.0",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(root().join(path.as_ref())).unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

fn manifest(krate: &str) -> toml::Table {
    read(format!("crates/{krate}/Cargo.toml")).parse().unwrap()
}

/// Names under `[dependencies]`: ours without their prefix, and others.
fn dependencies(krate: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let manifest = manifest(krate);
    let names = manifest.get("dependencies").map(|d| d.as_table().unwrap().keys().cloned().collect::<Vec<_>>());
    let (ours, others): (Vec<_>, Vec<_>) =
        names.unwrap_or_default().into_iter().partition(|name| name.starts_with("slipway-"));
    (ours.into_iter().map(|name| name["slipway-".len()..].to_owned()).collect(), others.into_iter().collect())
}

#[test]
fn layers_only_point_down() {
    let mut folders: Vec<_> =
        std::fs::read_dir(root().join("crates")).unwrap().map(|e| e.unwrap().file_name()).collect();
    folders.sort();
    let mut known: Vec<_> = MAY_SEE.iter().map(|(krate, _)| std::ffi::OsString::from(krate)).collect();
    known.sort();
    assert_eq!(folders, known, "a new crate needs its line here and in ARCHITECTURE.md");
    for (krate, allowed) in MAY_SEE {
        let (ours, _) = dependencies(krate);
        for seen in &ours {
            assert!(allowed.contains(&seen.as_str()), "{krate} must not depend on {seen}");
        }
        assert!(!ours.contains("app"), "nothing depends on app");
    }
}

#[test]
fn tests_look_down_too() {
    for (krate, allowed) in MAY_SEE {
        let Some(dev) = manifest(krate).get("dev-dependencies").cloned() else { continue };
        for name in dev.as_table().unwrap().keys().filter_map(|name| name.strip_prefix("slipway-")) {
            assert!(allowed.contains(&name), "the tests of {krate} must not depend on {name}");
        }
    }
}

#[test]
fn pure_crates_stay_pure() {
    for (krate, allowed) in PURE {
        let lib = read(format!("crates/{krate}/src/lib.rs"));
        assert!(lib.lines().any(|line| line == "#![no_std]"), "{krate} must be no_std");
        let manifest = manifest(krate);
        // What a feature brings in is named by whoever asks for the feature; the crate without it is pure.
        let optional = |name: &String| {
            manifest["dependencies"][name].get("optional").is_some_and(|said| said.as_bool() == Some(true))
        };
        for other in dependencies(krate).1.into_iter().filter(|name| !optional(name)) {
            assert!(allowed.contains(&other.as_str()), "{krate} must not bring in {other}");
        }
    }
}

/// Every file in the folder and below.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn cores_of_one_crate_do_not_see_each_other() {
    let mut looked = 0;
    for core in APART {
        for file in files(&root().join("crates/hosts/src").join(core)) {
            let text = std::fs::read_to_string(&file).unwrap();
            for other in APART.iter().filter(|other| **other != core) {
                for way in [format!("crate::{other}::"), format!("super::super::{other}::")] {
                    assert!(!text.contains(&way), "{}: {core} must not see {other}", file.display());
                }
            }
            looked += 1;
        }
    }
    assert!(looked >= APART.len());
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for (krate, _) in MAY_SEE {
        assert_eq!(manifest(krate)["lints"]["workspace"].as_bool(), Some(true), "{krate}");
    }
}

#[test]
fn every_dependency_is_answered_for() {
    let answered: BTreeSet<String> = read("docs/dependencies.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(name, _)| name.to_owned()))
        .collect();
    let mut used = BTreeSet::new();
    for (krate, _) in MAY_SEE {
        used.extend(dependencies(krate).1);
        if let Some(dev) = manifest(krate).get("dev-dependencies") {
            used.extend(dev.as_table().unwrap().keys().filter(|name| !name.starts_with("slipway-")).cloned());
        }
    }
    assert_eq!(used, answered, "left: used by a crate; right: with a line in docs/dependencies.md");
}

#[test]
fn every_licence_is_permissive() {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let host = String::from_utf8(version.stdout).unwrap();
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
    let done = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", &host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    for package in packages {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(permissive(licence), "{}: {licence}", package["name"]);
    }
}

/// An expression of `OR`, `AND`, `/` and names: some alternative of every part must be permissive. An exception behind
/// `WITH` only takes duties away.
fn permissive(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], "").replace('/', " OR ");
    plain.split(" AND ").all(|part| {
        part.split(" OR ").any(|one| PERMISSIVE.contains(&one.split(" WITH ").next().unwrap_or_default().trim()))
    })
}

#[test]
fn licence_expressions_are_read() {
    let check = |expression: &str, want: bool| assert_eq!(permissive(expression), want, "{expression}");
    check("MIT OR Apache-2.0", true);
    check("MIT/Apache-2.0", true);
    check("(MIT OR Apache-2.0) AND Unicode-3.0", true);
    check("Apache-2.0 WITH LLVM-exception OR MIT", true);
    check("GPL-3.0-only", false);
    check("MIT AND GPL-3.0-only", false);
    check("none", false);
}
