//! The machine: folder, disk, clock, ports.

use super::{Finding, State};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_store::speed::{on_tmpfs, sync_rate};
use slipway_terms::Moment;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// How long the disk is probed.
const PROBE_MS: u64 = 400;
/// Below this a durable sale waits noticeably: each party syncs at least once.
const SYNCS_PER_S_LOW: u64 = 200;
/// A real medium needs longer than this; a sync that returns sooner was probably not one.
const SYNC_US_UNLIKELY: u64 = 8;
/// 2024-01-01 UTC: before this program was written.
const CLOCK_MS_MIN: i64 = 1_704_067_200_000;
/// 2100-01-01 UTC: message times have two-digit years.
const CLOCK_MS_MAX: i64 = 4_102_444_800_000;
/// A file may be this much newer than the clock (another machine's clock on a shared disk).
const CLOCK_BACK_MS: i64 = 2_000;

/// May we write here, does the disk keep it, and how fast?
pub fn folder(dir: &Path) -> Vec<Finding> {
    let Some(real) = dir.ancestors().map(or_here).find(|d| d.exists()) else {
        return vec![Finding::new("folder", State::Wrong, "找不到文件夹", "no such folder")];
    };
    let at = real.display();
    if !real.is_dir() {
        let (zh, en) = (format!("{at} 不是文件夹；请换 --dir"), format!("{at} is not a folder; name another --dir"));
        return vec![Finding::new("folder", State::Wrong, zh, en)];
    }
    let own = real.join(format!(".slipway-doctor-{}", std::process::id()));
    if let Err(fault) = std::fs::create_dir(&own) {
        let zh = format!("不能写入 {at}（{fault}）；请改权限或换 --dir");
        let en = format!("cannot write to {at} ({fault}); change its rights or name another --dir");
        return vec![Finding::new("folder", State::Wrong, zh, en)];
    }
    let mut found = vec![rights(dir, real)];
    found.push(disk(real));
    found.push(syncs(&own));
    // What cannot be removed was just made by us and is empty.
    let _ = std::fs::remove_dir_all(&own);
    found
}

/// `""` is where we stand.
fn or_here(dir: &Path) -> &Path {
    if dir.as_os_str().is_empty() { Path::new(".") } else { dir }
}

fn rights(dir: &Path, real: &Path) -> Finding {
    let at = dir.display();
    if real != or_here(dir) {
        let (zh, en) = (format!("{at} 还没有，可以新建"), format!("{at} is not there yet and can be made"));
        return Finding::new("folder", State::Good, zh, en);
    }
    if open_to_others(real) {
        let zh = format!("{at} 其他用户可写；建议 chmod go-w");
        let en = format!("{at} can be written by other users; better chmod go-w");
        return Finding::new("folder", State::Remark, zh, en);
    }
    Finding::new("folder", State::Good, format!("{at} 可写"), format!("{at} can be written"))
}

#[cfg(unix)]
fn open_to_others(dir: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(dir).is_ok_and(|m| m.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

fn disk(real: &Path) -> Finding {
    if on_tmpfs(real) {
        return Finding::new(
            "disk",
            State::Wrong,
            "该文件夹在内存里（tmpfs）：断电后所有账都没了；请用 --dir 指定磁盘上的文件夹",
            "the folder lies in memory (tmpfs): a power cut takes every record; name a folder on a disk with --dir",
        );
    }
    Finding::new("disk", State::Good, "不在内存文件系统上", "not on a memory file system")
}

fn syncs(own: &Path) -> Finding {
    let clock = PacedClock::start(Pace::REAL);
    let pace = match sync_rate(own, PROBE_MS, || clock.nanos()) {
        Ok(pace) => pace,
        Err(fault) => return Finding::new("sync", State::Wrong, fault.to_string(), fault.to_string()),
    };
    let (per_s, p50, p99) = (pace.per_s, pace.p50_us, pace.p99_us);
    let zh = format!("每秒 {per_s} 次落盘（4 KiB，p50 {p50} µs，p99 {p99} µs）");
    let en = format!("{per_s} durable writes/s (4 KiB, p50 {p50} µs, p99 {p99} µs)");
    if pace.times == 0 {
        return Finding::new("sync", State::Wrong, "一次也没有落盘", "not one durable write was made");
    }
    if p50 < SYNC_US_UNLIKELY {
        let zh = format!("{zh}：快得不像真的落盘；请关掉磁盘或虚拟机的写缓存再测");
        let en = format!(
            "{en}: too fast to be true; check that disk and virtual machine do not acknowledge writes from a cache"
        );
        return Finding::new("sync", State::Remark, zh, en);
    }
    if per_s < SYNCS_PER_S_LOW {
        let (zh, en) = (format!("{zh}：偏慢，每笔交易都要等"), format!("{en}: slow, every sale waits for it"));
        return Finding::new("sync", State::Remark, zh, en);
    }
    Finding::new("sync", State::Good, zh, en)
}

/// A clock before this program or behind the folder's own files would date payments wrongly.
pub fn clock(dir: &Path) -> Finding {
    let now = PacedClock::start(Pace::REAL).now();
    if !(CLOCK_MS_MIN..CLOCK_MS_MAX).contains(&now.0) {
        let zh = format!("系统时间 {now} 不对；请先校时");
        let en = format!("the clock says {now}, which cannot be; set it first");
        return Finding::new("clock", State::Wrong, zh, en);
    }
    if let Some(newest) = newest(dir, 2).filter(|newest| newest.0 > now.0 + CLOCK_BACK_MS) {
        let zh = format!("系统时间 {now} 比已有文件（{newest}）还早：时钟被拨回过；请先校时");
        let en = format!("the clock says {now}, but files here are from {newest}: it went back; set it first");
        return Finding::new("clock", State::Wrong, zh, en);
    }
    Finding::new("clock", State::Good, format!("{now}（UTC+8）"), format!("{now} (UTC+8)"))
}

/// When the newest file in the folder was written, looking `deep` folders down.
fn newest(dir: &Path, deep: u8) -> Option<Moment> {
    let entries = std::fs::read_dir(dir).ok()?;
    let of = |entry: std::fs::DirEntry| {
        let kind = entry.metadata().ok()?;
        let own = kind.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_millis();
        let below = if kind.is_dir() && deep > 0 { newest(&entry.path(), deep - 1) } else { None };
        below.max(i64::try_from(own).ok().map(Moment))
    };
    entries.flatten().filter_map(of).max()
}

/// Is the port free? Named by its number alone on loopback, else by the whole address.
pub fn port(at: SocketAddr) -> Finding {
    let port = if at.ip() == Ipv4Addr::LOCALHOST { at.port().to_string() } else { at.to_string() };
    match TcpListener::bind(at) {
        Ok(_) => Finding::new("port", State::Good, format!("{port} 空闲"), format!("{port} is free")),
        Err(fault) if fault.kind() == ErrorKind::AddrInUse => Finding::new(
            "port",
            State::Wrong,
            format!("{port} 被占用（也许 slipway up 正在运行）；请停掉它或换端口"),
            format!("{port} is taken (perhaps by a running `slipway up`); stop that or choose another port"),
        ),
        Err(fault) => Finding::new("port", State::Wrong, format!("{port} 不能用：{fault}"), format!("{port}: {fault}")),
    }
}
