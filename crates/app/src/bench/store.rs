//! `bench store`: durable commits of the embedded store at several batch sizes, beside what the disk alone can give.

use super::{OwnFolder, watch};
use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_store::speed::{BATCH_ROWS, Pace, StorePace, bench, on_tmpfs, sync_rate};
use slipway_store::{EmbeddedStore, Setup};
use std::path::PathBuf;

/// The batch size whose figures stand at the top of the document.
const TOP_ROWS: usize = 64;
const PROBE_MS: u64 = 500;

/// Arguments of `bench store`.
#[derive(clap::Args)]
pub struct StoreArgs {
    /// Seconds to measure, shared by the batch sizes.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Folder on the disk to measure; a folder of its own is made in it and removed (default: the temporary folder).
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Measures and prints.
pub fn run(args: &StoreArgs, say: &Say) -> Result<(), End> {
    let folder = OwnFolder::make(args.dir.as_deref())?;
    if on_tmpfs(&folder.0) {
        return Err(End::broken(
            "该文件夹在内存里，断电即失，测出的不是落盘速度；请用 --dir 指定磁盘上的文件夹",
            "this folder lies in memory and a power cut empties it, so the figures would not be durable ones; name a folder on a disk with --dir",
        ));
    }
    say.progress(say.both("测磁盘同步…", "probing the disk …"));
    let disk = sync_rate(&folder.0, PROBE_MS, watch())?;
    let mut store = EmbeddedStore::open(&folder.0.join("store"), Setup::new(watch()))?;
    let each_ms = args.seconds * 1000 / 4;
    let mut paces = Vec::new();
    for (run, rows) in (0_u8..).zip(BATCH_ROWS) {
        say.progress(&format!("bench store: {rows} …"));
        paces.push(bench(&mut store, run, rows, each_ms, watch())?);
    }
    let setup = Setup::new(watch());
    store.close()?;
    if let Some(idle) = paces.iter().find(|p| p.syncs == 0) {
        let rows = idle.batch_rows;
        return Err(End::broken(
            format!("每批 {rows} 行时一次也没有落盘：数字不可信"),
            format!("with {rows} rows a batch not one data sync was made: the figures are worth nothing"),
        ));
    }
    if say.json {
        say.document(&document(&paces, disk, &setup, args.seconds));
    } else {
        print(&paces, disk, say);
    }
    Ok(())
}

fn document(paces: &[StorePace], disk: Pace, setup: &Setup, seconds: u64) -> Value {
    let top = paces.iter().find(|p| p.batch_rows == TOP_ROWS);
    let of = |read: fn(&StorePace) -> u64| top.map_or(0, read);
    let rows = |p: &StorePace| u64::try_from(p.batch_rows).unwrap_or(0) * p.commits.times;
    let (synced, done): (u64, u64) = (paces.iter().map(|p| p.syncs).sum(), paces.iter().map(rows).sum());
    let batches: Vec<Value> = paces
        .iter()
        .map(|p| {
            json!({
                "batch_rows": p.batch_rows, "rows_per_s": p.rows_per_s, "commits_per_s": p.commits.per_s, "commits": p.commits.times,
                "p50_us": p.commits.p50_us, "p99_us": p.commits.p99_us, "p999_us": p.commits.p999_us, "syncs": p.syncs,
            })
        })
        .collect();
    json!({
        "bench": "store",
        "ops_per_s": of(|p| p.rows_per_s),
        "p50_us": of(|p| p.commits.p50_us),
        "p99_us": of(|p| p.commits.p99_us),
        "p999_us": of(|p| p.commits.p999_us),
        "durable": true,
        "syncs": synced,
        "ops_per_sync": done / synced.max(1),
        "batches": batches,
        "disk": { "syncs_per_s": disk.per_s, "p50_us": disk.p50_us, "p99_us": disk.p99_us, "p999_us": disk.p999_us },
        "settings": {
            "seconds": seconds, "batch_rows": TOP_ROWS, "row_bytes": 300,
            "cache_bytes": setup.cache_bytes, "memtable_bytes": setup.memtable_bytes,
        },
    })
}

fn print(paces: &[StorePace], disk: Pace, say: &Say) {
    say.line(say.strong(say.both(
        "存储：嵌入式，每次提交都落盘，一行 300 字节",
        "store: embedded, every commit durable, rows of 300 bytes",
    )));
    let (per_s, p50, p99) = (disk.per_s, disk.p50_us, disk.p99_us);
    say.line(say.both(
        &format!("磁盘本身：每秒 {per_s} 次同步（p50 {p50} µs，p99 {p99} µs）"),
        &format!("the disk alone: {per_s} syncs/s (p50 {p50} µs, p99 {p99} µs)"),
    ));
    let head = say.both(
        "    行/批       提交/秒        行/秒   p50 µs   p99 µs  p999 µs     落盘",
        " rows/batch    commits/s       rows/s   p50 µs   p99 µs  p999 µs    syncs",
    );
    say.line(say.painted("4", head));
    for p in paces {
        let c = p.commits;
        say.line(format!(
            "{:>11} {:>12} {:>12} {:>8} {:>8} {:>8} {:>8}",
            p.batch_rows, c.per_s, p.rows_per_s, c.p50_us, c.p99_us, c.p999_us, p.syncs
        ));
    }
}
