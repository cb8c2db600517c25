//! What `bench chain` and `bench issuer` print beside their figure: each party's commits, puts, batches and stage times, and
//! the disk's own sync rate. Must never call a figure durable without syncs.

use crate::say::{End, Say};
use serde_json::{Value, json};
use slipway_runtime::os::{Figures, Handle};
use slipway_store::speed::{Pace, on_tmpfs, sync_rate};
use std::path::Path;

const PROBE_MS: u64 = 500;

/// Percentiles of sorted nanoseconds, in microseconds.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Half took no longer.
    pub p50_us: u64,
    /// 99 of 100 took no longer.
    pub p99_us: u64,
    /// 999 of 1000 took no longer.
    pub p999_us: u64,
}

impl Spread {
    /// Of these nanoseconds.
    pub fn of(mut took_ns: Vec<u64>) -> Self {
        took_ns.sort_unstable();
        let at = |per_mille: usize| {
            took_ns
                .get((took_ns.len() * per_mille / 1000).min(took_ns.len().saturating_sub(1)))
                .map_or(0, |ns| ns / 1000)
        };
        Self { p50_us: at(500), p99_us: at(990), p999_us: at(999) }
    }

    /// In one line.
    pub fn line(self) -> String {
        format!("p50 {} µs, p99 {} µs, p999 {} µs", self.p50_us, self.p99_us, self.p999_us)
    }
}

/// Probes the disk; a folder in memory is refused.
pub fn disk(folder: &Path) -> Result<Pace, End> {
    if on_tmpfs(folder) {
        return Err(End::broken(
            "该文件夹在内存里，断电即失，测出的不是落盘速度；请用 --dir 指定磁盘上的文件夹",
            "this folder lies in memory and a power cut empties it, so the figures would not be durable ones; name a folder on a disk with --dir",
        ));
    }
    Ok(sync_rate(folder, PROBE_MS, super::watch())?)
}

/// What one party did between two looks.
#[derive(Clone, Debug)]
pub struct Did {
    name: String,
    steps: u64,
    inputs: u64,
    commits: u64,
    puts: u64,
    /// Data syncs of its store.
    pub syncs: u64,
    gather_ns: u64,
    judge_ns: u64,
    commit_ns: u64,
    release_ns: u64,
}

/// A first look at some parties.
pub fn look(parties: &[&Handle]) -> Result<Vec<Figures>, End> {
    let gone = || End::broken("有一方已停止", "a party has stopped");
    parties.iter().map(|party| party.figures().ok_or_else(gone)).collect()
}

/// What they did since the look.
pub fn since(before: &[Figures], parties: &[&Handle]) -> Result<Vec<Did>, End> {
    let after = look(parties)?;
    Ok(parties.iter().zip(before).zip(&after).map(|((party, before), after)| did(&party.name, before, after)).collect())
}

fn did(name: &str, before: &Figures, after: &Figures) -> Did {
    let counted = |what: &str| {
        let of = |figures: &Figures| figures.node.get(what).copied().unwrap_or(0);
        of(after) - of(before)
    };
    let (a, b) = (&after.stages, &before.stages);
    Did {
        name: name.into(),
        steps: a.steps - b.steps,
        inputs: a.inputs - b.inputs,
        commits: counted("commits"),
        puts: counted("puts"),
        syncs: after.syncs - before.syncs,
        gather_ns: a.gather_ns - b.gather_ns,
        judge_ns: a.judge_ns - b.judge_ns,
        commit_ns: a.commit_ns - b.commit_ns,
        release_ns: a.release_ns - b.release_ns,
    }
}

impl Did {
    /// For machines.
    pub fn json(&self) -> Value {
        json!({
            "party": self.name, "steps": self.steps, "inputs": self.inputs, "commits": self.commits, "puts": self.puts,
            "syncs": self.syncs, "inputs_per_commit_x100": self.inputs * 100 / self.commits.max(1),
            "puts_per_commit_x100": self.puts * 100 / self.commits.max(1),
            "ms": { "gather": self.gather_ns / 1_000_000, "judge": self.judge_ns / 1_000_000,
                    "commit": self.commit_ns / 1_000_000, "release": self.release_ns / 1_000_000 },
        })
    }
}

/// A table of what the parties did.
pub fn table(dids: &[Did], say: &Say) {
    say.line(say.both(
        "  参与方           提交      写行    落盘   输入/提交    写行/提交   收集 ms   判断 ms   提交 ms    放行 ms",
        "  party            commits     puts    syncs  in/commit  puts/commit  gather ms  judge ms  commit ms  release ms",
    ));
    for d in dids {
        let tenths = |of: u64| {
            let x = of * 10 / d.commits.max(1);
            format!("{}.{}", x / 10, x % 10)
        };
        say.line(format!(
            "  {:<15} {:>8} {:>8} {:>8} {:>10} {:>12} {:>10} {:>9} {:>10} {:>11}",
            d.name,
            d.commits,
            d.puts,
            d.syncs,
            tenths(d.inputs),
            tenths(d.puts),
            d.gather_ns / 1_000_000,
            d.judge_ns / 1_000_000,
            d.commit_ns / 1_000_000,
            d.release_ns / 1_000_000
        ));
    }
}

/// The disk beside the figure.
pub fn disk_line(disk: Pace, say: &Say) {
    let (per_s, p50, p99) = (disk.per_s, disk.p50_us, disk.p99_us);
    say.line(say.both(
        &format!("磁盘本身：每秒 {per_s} 次同步（p50 {p50} µs，p99 {p99} µs）"),
        &format!("the disk alone: {per_s} syncs/s (p50 {p50} µs, p99 {p99} µs)"),
    ));
}

/// The disk for machines.
pub fn disk_json(disk: Pace) -> Value {
    json!({ "syncs_per_s": disk.per_s, "p50_us": disk.p50_us, "p99_us": disk.p99_us, "p999_us": disk.p999_us })
}

/// Without a data sync nothing was durable.
pub fn durable(dids: &[Did]) -> Result<u64, End> {
    if let Some(idle) = dids.iter().find(|did| did.syncs == 0) {
        let name = &idle.name;
        return Err(End::broken(
            format!("{name}一次也没有落盘：数字不可信"),
            format!("{name} made not one data sync: the figures are worth nothing"),
        ));
    }
    Ok(dids.iter().map(|did| did.syncs).sum())
}
