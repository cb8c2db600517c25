//! Lists written by a second hand, from the description in the manual alone.
#![allow(clippy::unwrap_used, dead_code, reason = "tests may; each test file uses its own part")]

use slipway_recon::clearing::Crc;
use slipway_recon::four::Row;
use slipway_recon::{Entry, Key, read_day};
use slipway_terms::{InstitutionId, Rrn};
use std::path::{Path, PathBuf};

pub const ACQUIRER: &str = "99910010";
pub const SWITCH: &str = "00010000";
pub const ISSUER: &str = "99900100";

pub fn row(number: u64, entry: Entry, fen: i64, day: &str) -> Row {
    let rrn = Rrn::new(&format!("6061{number:08}")).unwrap();
    Row::new(Key::new(InstitutionId::new(ACQUIRER).unwrap(), rrn, entry), fen, read_day(day).unwrap(), 0)
}

/// The same of another acquirer.
pub fn of(acquirer: &str, row: &Row) -> Row {
    let key = Key::new(InstitutionId::new(acquirer).unwrap(), row.key.rrn().unwrap(), row.key.entry().unwrap());
    Row { key, ..*row }
}

pub fn file(dir: &Path, day: &str, list: &str, owner: &str, to: Option<&str>) -> PathBuf {
    let to = to.map_or_else(String::new, |to| format!("-for-{to}"));
    dir.join("recon/lists").join(day).join(format!("{list}-{owner}{to}.list"))
}

pub fn write(dir: &Path, day: &str, list: &str, owner: &str, to: Option<&str>, rows: &[Row]) {
    at(&file(dir, day, list, owner, to), day, list, owner, rows);
}

pub fn at(path: &Path, day: &str, list: &str, owner: &str, rows: &[Row]) {
    put(path, format!("SLIPWAY-LIST 1 {list} {owner} {day}\n"), rows);
}

pub fn write_network(dir: &Path, day: &str, acquirers: &[&str], issuers: &[&str], rows: &[Row]) {
    let (acquirers, issuers) = (acquirers.join(","), issuers.join(","));
    let head = format!("SLIPWAY-LIST 1 network {SWITCH} {day} acquirers={acquirers} issuers={issuers}\n");
    put(&file(dir, day, "network", SWITCH, None), head, rows);
}

fn put(path: &Path, head: String, rows: &[Row]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    let mut bytes = head.into_bytes();
    rows.iter().for_each(|row| bytes.extend(row.to_bytes()));
    let sum: i128 = rows.iter().map(|row| i128::from(row.amount_fen)).sum();
    bytes.extend(format!("T{:012}{sum:+021}", rows.len()).bytes());
    let mut crc = Crc::NEW;
    crc.add(&bytes);
    bytes.extend(format!("{:016x}\n", crc.value()).bytes());
    std::fs::write(path, bytes).unwrap();
}
