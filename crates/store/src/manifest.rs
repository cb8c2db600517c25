//! Checks what the engine does not check itself: the list of tables of each keyspace against the checksum that stands beside it.
//! (Blocks of tables and batches of the journal carry checksums that the engine verifies on every read.) Reads only.

use crate::embedded::io_fault;
use slipway_node::StoreFault;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// The files without which the engine would quietly begin a new, empty database in the folder.
const MUST_STAND: [&str; 3] = ["version", "lock", "keyspaces"];

/// Refuses a folder of the engine whose lists of tables are not what was written.
pub fn check(rows: &Path) -> Result<(), StoreFault> {
    for name in MUST_STAND {
        if !rows.join(name).exists() {
            return Err(StoreFault::Damaged(format!("{name}: missing")));
        }
    }
    let fault = |e: std::io::Error| io_fault("keyspaces", &e);
    let mut keyspaces = 0;
    for entry in std::fs::read_dir(rows.join("keyspaces")).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        if entry.file_type().map_err(fault)?.is_dir() {
            check_keyspace(&entry.path())?;
            keyspaces += 1;
        }
    }
    if keyspaces < 2 {
        return Err(StoreFault::Damaged(String::from("keyspaces: missing")));
    }
    Ok(())
}

fn check_keyspace(dir: &Path) -> Result<(), StoreFault> {
    let damaged = |what: &str| StoreFault::Damaged(format!("table list: {what}"));
    let current = std::fs::read(dir.join("current")).map_err(|_| damaged("no current version"))?;
    // Number of the version 8, xxh3-128 of its file 16, kind of checksum 1.
    let (number, rest) = current.split_first_chunk::<8>().ok_or_else(|| damaged("short"))?;
    let (sum, kind) = rest.split_first_chunk::<16>().ok_or_else(|| damaged("short"))?;
    let list = std::fs::read(dir.join(format!("v{}", u64::from_le_bytes(*number)))).map_err(|_| damaged("missing"))?;
    if kind != [0] || xxh3_128(&list) != u128::from_le_bytes(*sum) {
        return Err(damaged("checksum"));
    }
    Ok(())
}
