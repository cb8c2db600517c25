//! Measures a disk and a store: the sync rate of a folder, and commits of rows of a given size. Times come from the caller's
//! clock (monotonic, ns). A folder that forgets gives no durable figure: ask [`on_tmpfs`] first.

use crate::embedded::io_fault;
use slipway_node::{Batch, Key, Store, StoreFault};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

const PROBE_PAGE: usize = 4096;
const PROBE_PAGES: u64 = 1024;
/// Bytes of a row in the bench: a usual exchange record.
const ROW_BYTES: usize = 300;
const BENCH_SPACE: u8 = 0xB0;

/// Batch sizes that `bench store` reports.
pub const BATCH_ROWS: [usize; 4] = [1, 16, 64, 256];

/// How often and how fast something was done.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Pace {
    /// Times done.
    pub times: u64,
    /// Times a second, over the whole run.
    pub per_s: u64,
    /// Half took no longer, microseconds.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
    /// 999 of 1000 took no longer.
    pub p999_us: u64,
}

/// What a store did at one batch size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StorePace {
    /// Rows in each commit.
    pub batch_rows: usize,
    /// Of commits.
    pub commits: Pace,
    /// Rows a second.
    pub rows_per_s: u64,
    /// Data syncs made meanwhile, counted by the store. 0 means nothing of this was durable.
    pub syncs: u64,
}

/// Writes 4 KiB and syncs them, over and over in a preallocated file, for `for_ms`: what the disk under `dir` can give.
pub fn sync_rate(dir: &Path, for_ms: u64, now: impl Fn() -> u64) -> Result<Pace, StoreFault> {
    let path = dir.join("sync-probe");
    let paced = probe(&path, for_ms, now).map_err(|e| io_fault("sync probe", &e));
    let removed = std::fs::remove_file(&path).map_err(|e| io_fault("sync probe", &e));
    paced.and_then(|pace| removed.map(|()| pace))
}

fn probe(path: &Path, for_ms: u64, now: impl Fn() -> u64) -> Result<Pace, std::io::Error> {
    let mut file = File::create(path)?;
    let page = [0xA5; PROBE_PAGE];
    for _ in 0..PROBE_PAGES {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut writes = 0_u64;
    pace(for_ms, now, || {
        if writes.is_multiple_of(PROBE_PAGES) {
            file.seek(SeekFrom::Start(0))?;
        }
        writes += 1;
        file.write_all(&page)?;
        file.sync_data()
    })
}

/// Commits batches of `batch_rows` new rows of 300 bytes for `for_ms`. `run` tells one run's keys from another's.
pub fn bench(
    store: &mut impl Store,
    run: u8,
    batch_rows: usize,
    for_ms: u64,
    now: impl Fn() -> u64,
) -> Result<StorePace, StoreFault> {
    let before = store.syncs();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let commits = pace(for_ms, now, || {
        let mut batch = Batch::default();
        for _ in 0..batch_rows {
            // Xorshift: a full period, so keys never repeat and come in no order, as tokens do.
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let row = (0..ROW_BYTES).map(|at| seed.to_le_bytes()[at % 8]).collect();
            batch.puts.push((Key::of(BENCH_SPACE).with(&run).with(&seed), row));
        }
        store.commit(&batch)
    })?;
    let rows_per_s = commits.per_s.saturating_mul(u64::try_from(batch_rows).unwrap_or(u64::MAX));
    Ok(StorePace { batch_rows, commits, rows_per_s, syncs: store.syncs() - before })
}

fn pace<E>(for_ms: u64, now: impl Fn() -> u64, mut once: impl FnMut() -> Result<(), E>) -> Result<Pace, E> {
    let began = now();
    let (mut last, mut times) = (began, Vec::new());
    while last - began < for_ms * 1_000_000 {
        once()?;
        let done = now();
        times.push(done - last);
        last = done;
    }
    Ok(sum_up(times, last - began))
}

fn sum_up(mut times: Vec<u64>, whole: u64) -> Pace {
    times.sort_unstable();
    let at = |per_mille: usize| {
        times.get((times.len() * per_mille / 1000).min(times.len().saturating_sub(1))).map_or(0, |ns| ns / 1000)
    };
    let count = u64::try_from(times.len()).unwrap_or(u64::MAX);
    let per_s = count.saturating_mul(1_000_000_000).checked_div(whole).unwrap_or(0);
    Pace { times: count, per_s, p50_us: at(500), p99_us: at(990), p999_us: at(999) }
}

/// The folder (or, if it is not there yet, its nearest parent) lies in memory: nothing written there survives a power cut.
/// Read from `/proc/mounts`; `false` where there is none.
pub fn on_tmpfs(dir: &Path) -> bool {
    let Ok(whole) = std::path::absolute(dir) else { return false };
    let real = whole.ancestors().find_map(|folder| folder.canonicalize().ok());
    let (Some(real), Ok(mounts)) = (real, std::fs::read_to_string("/proc/mounts")) else { return false };
    matches!(file_system(&mounts, &real), Some("tmpfs" | "ramfs"))
}

/// The kind of file system of the longest mount point that holds `dir`; of equal ones the one mounted last.
fn file_system<'a>(mounts: &'a str, dir: &Path) -> Option<&'a str> {
    let mut best: (usize, Option<&str>) = (0, None);
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(kind)) = (words.next(), words.next()) else { continue };
        let point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        if dir.starts_with(&point) && point.len() >= best.0 {
            best = (point.len(), Some(kind));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryStore;
    use std::cell::Cell;

    #[test]
    fn the_longest_mount_point_decides() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/disk ext4 rw 0 0\ntmpfs /a\\040b tmpfs rw 0 0\n";
        let check = |dir: &str, kind: &str| assert_eq!(file_system(mounts, Path::new(dir)), Some(kind), "{dir}");
        check("/", "ext4");
        check("/var/lib", "ext4");
        check("/tmp", "tmpfs");
        check("/tmp/x", "tmpfs");
        check("/tmpfoo", "ext4");
        check("/tmp/disk/x", "ext4");
        check("/a b/x", "tmpfs");
        assert_eq!(file_system("", Path::new("/")), None);
        assert_eq!(file_system("/dev/a / ext4\nnone / ramfs\n", Path::new("/x")), Some("ramfs"));
    }

    #[test]
    fn paces_are_counted_by_the_callers_clock() {
        let ticks = Cell::new(0_u64);
        let now = || {
            ticks.set(ticks.get() + 1);
            ticks.get() * 2_000_000
        };
        let paced = bench(&mut MemoryStore::new(), 1, 16, 20, now).unwrap();
        assert_eq!(paced.commits, Pace { times: 10, per_s: 500, p50_us: 2000, p99_us: 2000, p999_us: 2000 });
        assert_eq!((paced.rows_per_s, paced.syncs), (8000, 0));
    }
}
