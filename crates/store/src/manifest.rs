//! Checks what the engine does not check itself, or too late: the list of tables of each keyspace against the checksum that stands
//! beside it, and that no table says it has more parts than fit into its file. (Blocks of tables and batches of the journal carry
//! checksums that the engine verifies on every read.) Reads only.

use crate::embedded::io_fault;
use slipway_node::StoreFault;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_128;

/// The files without which the engine would quietly begin a new, empty database in the folder.
const MUST_STAND: [&str; 3] = ["version", "lock", "keyspaces"];

/// The end of a table file: `SFA!`, version 1, kind of checksum 1, checksum of the list of parts 16, its place 8, its length 8.
const END_BYTES: u64 = 38;
const END_STARTS: &[u8] = b"SFA!\x01\0";
const PLACE_AT: usize = 22;
/// The list of parts: `TOC!`, how many 4, and of each its place 8, length 8, name's length 2 and name.
const PARTS_START: &[u8] = b"TOC!";
const PARTS_HEAD: u64 = 8;
const PART_BYTES_MIN: u64 = 18;

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
    for entry in std::fs::read_dir(dir.join("tables")).map_err(|_| damaged("tables missing"))? {
        let path = entry.map_err(|e| io_fault("tables", &e))?.path();
        if says_too_much(&path).map_err(|e| io_fault("tables", &e))? {
            return Err(StoreFault::Damaged(String::from("a table: more parts than fit into it")));
        }
    }
    Ok(())
}

/// Whether a table says that it has more parts than its file has room for: the engine takes memory for them before it checks
/// anything, and the system ends a process that asks for too much. A table that was never finished, and any other damage, is left to
/// the engine: it has a checksum for that.
fn says_too_much(path: &Path) -> io::Result<bool> {
    let file = File::open(path)?;
    let Some(end_at) = file.metadata()?.len().checked_sub(END_BYTES) else { return Ok(false) };
    let mut end = [0; END_BYTES as usize];
    file.read_exact_at(&mut end, end_at)?;
    let place = end[PLACE_AT..].first_chunk().map_or(u64::MAX, |place| u64::from_le_bytes(*place));
    let Some(room) = end_at.checked_sub(place).and_then(|room| room.checked_sub(PARTS_HEAD)) else { return Ok(false) };
    if !end.starts_with(END_STARTS) {
        return Ok(false);
    }
    let mut head = [0; PARTS_HEAD as usize];
    match file.read_exact_at(&mut head, place) {
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(false),
        read => read?,
    }
    let parts = head.last_chunk().map_or(0, |parts| u32::from_le_bytes(*parts));
    Ok(head.starts_with(PARTS_START) && u64::from(parts) > room / PART_BYTES_MIN)
}
