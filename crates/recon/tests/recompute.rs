//! A program that shares no line with this one reckons a generated day again and agrees to the fen.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{day, details};
use slipway_recon::FeeBook;
use slipway_recon::clearing::{DETAIL_HEAD, Detail, POSITION_HEAD, Positions, detail_csv, position_csv};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The script's exit code; none without Python.
fn recompute(name: &str, details: &[Detail], change: impl Fn(String) -> String) -> Option<i32> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let date = day("2026-03-02");
    let (mut rows, mut positions) = (format!("{DETAIL_HEAD}\n"), Positions::default());
    for detail in details {
        rows.push_str(&detail_csv(date, detail));
        rows.push('\n');
        positions.add(detail);
    }
    let mut nets = format!("{POSITION_HEAD}\n");
    for (member, position) in positions.members() {
        nets.push_str(&position_csv(date, member, position));
        nets.push('\n');
    }
    let network = positions.network_fen();
    nets.push_str(&format!("{date},network,0,0,0,0,{network},{network}\n"));
    let (details, positions) = (folder.join("details.csv"), folder.join("positions.csv"));
    std::fs::write(&details, rows).unwrap();
    std::fs::write(&positions, change(nets)).unwrap();
    let script = root.join("../../tests/recompute/recompute.py");
    let ran = Command::new("python3").args([&script, &root.join("data/fees-cn.txt"), &details, &positions]).output();
    match ran {
        Ok(done) => {
            eprint!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
            done.status.code()
        }
        Err(fault) => {
            eprintln!("SKIPPED: python3 does not run here ({fault}); NOBODY HAS RECKONED THE FEES AGAIN");
            None
        }
    }
}

#[test]
fn a_generated_day_is_reckoned_again() {
    let book = FeeBook::china().unwrap();
    let day_of = details(&book, day("2026-03-02"), 20_000, 42);
    let Some(code) = recompute("whole", &day_of, |nets| nets) else { return };
    assert_eq!(code, 0);
    let mut one_fen_off = day_of.clone();
    one_fen_off[777].fees[0] += 1;
    assert_eq!(recompute("fee", &one_fen_off, |nets| nets), Some(1), "one fen in one fee is found");
    assert_eq!(recompute("net", &day_of, |nets| nets.replacen(",00030000,", ",00030009,", 1)), Some(1));
}
