//! Reads the engine's journal before the engine does. The engine cuts a journal at the first record that it cannot parse and
//! says nothing, it does not checksum a batch's sequence number, and it trusts lengths. Here a torn end (the one batch that was
//! never acknowledged) is told from damage (batches follow, or the mark is further): the first is cut off, the second refused.
//! Must never cut a batch that was acknowledged.

use crate::chain::{CHAIN_SPACE, Link, Step, judge_tail};
use crate::embedded::io_fault;
use crate::mark::Marked;
use slipway_node::StoreFault;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const TRAILER: [u8; 4] = *b"FJL\x03";

/// What the journals hold.
#[derive(Default, Debug)]
pub struct Survey {
    /// The last whole batch, if the journals hold any.
    pub last: Option<Link>,
    seqno: Option<u64>,
}

/// A whole batch of the journal.
struct Found {
    before: Link,
    link: Link,
    seqno: u64,
    end: usize,
}

/// Checks all journals of the folder from the oldest to the newest against each other and the mark; when all is judged, cuts a
/// torn end off. (After a failed commit the engine may still begin a new journal behind the torn end: that one is blank.)
pub fn survey(rows: &Path, marked: Marked) -> Result<Survey, StoreFault> {
    let mark = marked.link;
    let mut survey = Survey::default();
    let mut torn: Option<(PathBuf, usize)> = None;
    for path in journals(rows)? {
        let bytes = std::fs::read(&path).map_err(|e| io_fault("journal", &e))?;
        if torn.is_some() && !is_blank(&bytes) {
            return Err(StoreFault::Damaged(String::from("journal: a closed one is broken")));
        }
        let whole = survey.walk(&bytes, mark)?;
        let tail = &bytes[whole..];
        if !is_blank(tail) {
            judge_tail(survey.last, tail, mark)?;
            torn = Some((path, whole));
        }
    }
    if let Some(fault) = survey.last.and_then(|last| marked.missing(last)) {
        return Err(fault);
    }
    if let Some((path, whole)) = torn {
        let whole = u64::try_from(whole).unwrap_or(u64::MAX);
        let file = OpenOptions::new().write(true).open(path).map_err(|e| io_fault("journal", &e))?;
        file.set_len(whole).and_then(|()| file.sync_all()).map_err(|e| io_fault("journal", &e))?;
    }
    Ok(survey)
}

fn journals(rows: &Path) -> Result<Vec<PathBuf>, StoreFault> {
    let fault = |e: std::io::Error| io_fault("journal", &e);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(rows).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("jnl")) {
            let number = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<u64>().ok());
            let number = number.ok_or_else(|| StoreFault::Damaged(String::from("journal: odd file name")))?;
            files.push((number, path));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

impl Survey {
    /// Walks the whole batches of one journal; returns where they end.
    fn walk(&mut self, bytes: &[u8], mark: Link) -> Result<usize, StoreFault> {
        let damaged = |what: &str, number: u64| Err(StoreFault::Damaged(format!("journal: {what} at batch {number}")));
        let mut at = 0;
        while let Some(found) = batch_at(bytes, at) {
            let number = found.link.number;
            if self.last.is_some_and(|last| last != found.before) {
                return damaged("a batch is missing", number);
            }
            if self.seqno.is_some_and(|seqno| seqno >= found.seqno) {
                return damaged("sequence runs backwards", number);
            }
            if number == mark.number && found.link != mark {
                return damaged("not the marked one", number);
            }
            self.last = Some(found.link);
            self.seqno = Some(found.seqno);
            at = found.end;
        }
        Ok(at)
    }
}

/// The whole batch that begins here: engine's checksum, our chain row last, our hash; `None` if there is none.
fn batch_at(bytes: &[u8], from: usize) -> Option<Found> {
    let mut rest = bytes.get(from..)?;
    let [START] = take(&mut rest)? else { return None };
    let count = u32::from_le_bytes(take(&mut rest)?);
    let seqno = u64::from_le_bytes(take(&mut rest)?);
    let mut steps: Vec<Step<'_>> = Vec::new();
    let body = rest;
    for _ in 0..count {
        steps.push(item(&mut rest)?);
    }
    let mut sum = Xxh3::new();
    sum.update(&body[..body.len() - rest.len()]);
    let [END] = take(&mut rest)? else { return None };
    if u64::from_le_bytes(take(&mut rest)?) != sum.digest() || take(&mut rest)? != TRAILER {
        return None;
    }
    let (key, row) = steps.pop()?;
    let (before, link) = Link::from_row(row?)?;
    if key != [CHAIN_SPACE] || before.next(steps.into_iter()) != link {
        return None;
    }
    Some(Found { before, link, seqno, end: bytes.len() - rest.len() })
}

/// One write: tag, kind (0 a row, 1 an ended one), compression (0 none), keyspace 8, lengths 2 + 4 + 4, key, row.
fn item<'a>(rest: &mut &'a [u8]) -> Option<Step<'a>> {
    let [ITEM, kind, 0] = take(rest)? else { return None };
    let _keyspace: [u8; 8] = take(rest)?;
    let key_len = usize::from(u16::from_le_bytes(take(rest)?));
    let row_len = u32::from_le_bytes(take(rest)?);
    if u32::from_le_bytes(take(rest)?) != row_len {
        return None;
    }
    let (key, after) = rest.split_at_checked(key_len)?;
    let (row, after) = after.split_at_checked(usize::try_from(row_len).ok()?)?;
    *rest = after;
    match kind {
        0 => Some((key, Some(row))),
        1 => Some((key, None)),
        _ => None,
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*bytes)
}

/// Preallocated and never written.
fn is_blank(bytes: &[u8]) -> bool {
    const BLANK: [u8; 4096] = [0; 4096];
    bytes.chunks(BLANK.len()).all(|chunk| *chunk == BLANK[..chunk.len()])
}
