//! What a network's folder holds: each party's store and key file, opened as its party would, and closed again.

use super::{Finding, State};
use slipway_hosts::acquirer::{AcquirerRow, Profile, Terminal};
use slipway_node::{Record, Rows, Store, StoreFault};
use slipway_runtime::os::{Pace, PacedClock, Papers};
use slipway_store::{EmbeddedStore, Setup};
use slipway_vault::{KeyFile, KeyFileFault, Master};
use std::path::{Path, PathBuf};

/// A store is known by its mark, a key file by its name.
const MARK: &str = "mark";
const KEYS: &str = "keys.slk";
const MASTER: &str = "master.key";
/// A certificate that ends sooner is worth a remark.
const CERTIFICATE_DAYS_LOW: u64 = 30;
/// Folders looked into, below the network's.
const DEPTH: u8 = 2;

/// One finding for each store and each key file.
pub fn stores_and_keys(dir: &Path) -> Vec<Finding> {
    let mut folders = Vec::new();
    gather(dir, DEPTH, &mut folders);
    let mut found = Vec::new();
    for folder in &folders {
        let name = folder.strip_prefix(dir).unwrap_or(folder).display().to_string();
        if folder.join(KEYS).is_file() {
            found.push(keys(folder, &name));
        }
        if folder.join("tls/own.pem").is_file() {
            found.push(certificates(folder, &name));
        }
        if folder.join(MARK).is_file() {
            found.extend(store(folder, &name));
        }
    }
    if found.is_empty() {
        let zh = "还没有网络；slipway up 会新建";
        found.push(Finding::new("store", State::Good, zh, "no network here yet; slipway up makes one"));
    }
    found
}

fn gather(dir: &Path, deep: u8, out: &mut Vec<PathBuf>) {
    out.push(dir.to_path_buf());
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut below: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    below.sort();
    // A store's own folders belong to its engine.
    if deep > 0 && !dir.join(MARK).is_file() {
        below.iter().for_each(|path| gather(path, deep - 1, out));
    }
}

fn store(folder: &Path, name: &str) -> Vec<Finding> {
    let clock = PacedClock::start(Pace::REAL);
    let opened = EmbeddedStore::open(folder, Setup::new(move || clock.nanos()));
    match opened.map(|store| (store.number(), of_another_make(folder, &store))) {
        Ok((batches, compat)) => {
            let sound = Finding::new(
                "store",
                State::Good,
                format!("{name}：完好，共 {batches} 批"),
                format!("{name}: sound, {batches} batches"),
            );
            let remark = (!compat.is_empty()).then(|| {
                let list = compat.join(" ");
                Finding::new(
                    "profile",
                    State::Remark,
                    format!("{name}：终端 {list} 按 unionpay-compat 登记，其结算报文可不带MAC：同一线路上的任何人都能关闭其批次"),
                    format!(
                        "{name}: terminals {list} are registered as unionpay-compat: they settle without a MAC, so anybody on their line can close their batch"
                    ),
                )
            });
            [sound].into_iter().chain(remark).collect()
        }
        Err(StoreFault::Held) => vec![Finding::new(
            "store",
            State::Remark,
            format!("{name}：正在使用，未检查"),
            format!("{name}: in use by a running process, not checked"),
        )],
        Err(fault) => {
            vec![Finding::new("store", State::Wrong, format!("{name}：{fault}"), format!("{name}: {fault}"))]
        }
    }
}

/// Terminals that an acquirer's store has registered as of another make. A row that does not decode is its party's to report.
fn of_another_make(folder: &Path, store: &EmbeddedStore) -> Vec<String> {
    let mut found = Vec::new();
    if folder.parent().and_then(Path::file_name).is_none_or(|party| party != "acquirer") {
        return found;
    }
    let space = <Terminal as Record<AcquirerRow>>::SPACE;
    let read = store.each(space, &mut |_, bytes| {
        if let Ok(AcquirerRow::Terminal(terminal)) = AcquirerRow::decode(space, bytes)
            && terminal.profile == Profile::UnionpayCompat
        {
            found.push(terminal.id.to_string());
        }
    });
    if read.is_err() {
        found.clear();
    }
    found
}

/// The certificates where `init` puts them.
fn certificates(folder: &Path, name: &str) -> Finding {
    let file = |name: &str| folder.join("tls").join(name);
    let papers = Papers { ca: file("ca.pem"), own: Some((file("own.pem"), file("own.key"))) };
    match papers.last(CERTIFICATE_DAYS_LOW) {
        Ok(true) => {
            Finding::new("tls", State::Good, format!("{name}：证书有效"), format!("{name}: the certificate is good"))
        }
        Ok(false) => Finding::new(
            "tls",
            State::Remark,
            format!("{name}：证书将在 {CERTIFICATE_DAYS_LOW} 天内到期；请换新证书"),
            format!("{name}: the certificate ends within {CERTIFICATE_DAYS_LOW} days; replace it"),
        ),
        Err(fault) => Finding::new(
            "tls",
            State::Wrong,
            format!("{name}：证书不可用（{fault}），线路将不通；请换新证书"),
            format!("{name}: the certificate cannot be used ({fault}), no line will stand; replace it"),
        ),
    }
}

fn keys(folder: &Path, name: &str) -> Finding {
    let opened = Master::from_file(&folder.join(MASTER))
        .and_then(|master| KeyFile::open(&folder.join(KEYS), &master))
        .and_then(|file| file.ring().map(|_| file.listing().count()));
    match opened {
        Ok(count) => Finding::new(
            "keys",
            State::Good,
            format!("{name}：{count} 把密钥，可以打开"),
            format!("{name}: {count} keys, all open"),
        ),
        Err(KeyFileFault::WantsPassphrase) => Finding::new(
            "keys",
            State::Remark,
            format!("{name}：用口令保护，未检查"),
            format!("{name}: under a passphrase, not checked"),
        ),
        Err(fault) => {
            let text = fault.text();
            Finding::new("keys", State::Wrong, format!("{name}：{}", text.zh), format!("{name}: {}", text.en))
        }
    }
}
