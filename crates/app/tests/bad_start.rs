//! A network that cannot start or cannot go on: one clear line in the reader's language, exit 3, and after the cause is put
//! right everything acknowledged is there.

#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "common/live.rs"]
mod live;
#[path = "common/till.rs"]
mod till;

use live::{Up, folder, refused, until, up_command, up_on};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use till::{Journal, Seeded, Shown, trade};

/// Spoils a file of the folder, looks at the refusal in both languages, and puts the file right again.
fn check(dir: &Path, file: &str, spoil: impl FnOnce(&Path), wants: &[&str]) {
    let path = dir.join(file);
    let (kept, mode) = (std::fs::read(&path).unwrap(), std::fs::metadata(&path).unwrap().permissions());
    spoil(&path);
    for lang in ["en", "zh"] {
        let mut command = up_command(dir);
        command.args(["--lang", lang]);
        let (code, said) = refused(command);
        assert_eq!((code, said.lines().count()), (3, 1), "{file}: {said}");
        let chinese = said.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
        assert!(chinese || lang == "en", "{file}: {said}");
        for want in wants.iter().filter(|want| lang == "en" || want.contains('/') || want.contains('.')) {
            assert!(said.contains(want), "{file}: no {want:?} in {said}");
        }
    }
    std::fs::write(&path, kept).unwrap();
    std::fs::set_permissions(&path, mode).unwrap();
}

/// A network with one sale in it, stopped.
fn with_a_sale(dir: &Path) -> Arc<Journal> {
    let up = Up::start(dir);
    let journal = Arc::new(Journal::new(&dir.with_extension("journal")));
    sell_once(&up, &journal);
    up.port.wait_quiet();
    assert_eq!(up.stop(), 0);
    journal
}

fn sell_once(up: &Up, journal: &Arc<Journal>) {
    let (merchant, terminal) = &up.tills()[0];
    let cards = up.ready["cards"].as_array().unwrap();
    assert!(up.port.sign_in(terminal));
    let before = journal.len();
    let mut chance = Seeded(7);
    until("an approved sale", 20, || {
        till::sell(&up.port, journal, cards, (merchant, terminal), &mut chance, 0).unwrap();
        journal.of_round(0)[before..].iter().any(|sale| sale.shown() == Some(Shown::Approved)).then_some(())
    });
}

/// Every sale that a screen had called approved took place, and the one rule holds.
fn kept(up: &Up, journal: &Journal) -> usize {
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert!(audit["rule_holds"] == true && audit["ledgers_zero"] == true, "{audit}");
    let slips: Vec<i64> =
        audit["sales"].as_array().unwrap().iter().map(|sale| sale["slip_fen"].as_i64().unwrap()).collect();
    let approved: Vec<_> =
        journal.of_round(0).into_iter().filter(|sale| sale.shown() == Some(Shown::Approved)).collect();
    for sale in &approved {
        assert!(slips.contains(&(sale.fen as i64)), "approved on the screen, and no slip: {sale:?}");
    }
    approved.len()
}

#[test]
fn spoiled_files_are_named_and_nothing_starts() {
    let dir = folder("spoiled").join("net");
    let journal = with_a_sale(&dir);
    let money = "no payment is affected";
    check(&dir, "acquirer/master.key", |path| std::fs::remove_file(path).unwrap(), &["acquirer/master.key", money]);
    let open = |path: &Path| std::fs::set_permissions(path, PermissionsExt::from_mode(0o644)).unwrap();
    check(&dir, "switch/master.key", open, &["switch/master.key", "make it 600", money]);
    check(&dir, "issuer2/master.key", |path| std::fs::write(path, b"short").unwrap(), &["issuer2/master.key", money]);
    let flip = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    check(&dir, "terminals/keys.slk", flip, &["terminals/keys.slk", money]);
    check(&dir, "issuer1/keys.slk", |path| std::fs::write(path, b"").unwrap(), &["issuer1/keys.slk", money]);
    let newer = |path: &Path| {
        let mut bytes = std::fs::read(path).unwrap();
        let at = bytes.iter().position(|byte| *byte == b'\n').unwrap();
        bytes[at - 1] = b'9';
        std::fs::write(path, bytes).unwrap();
    };
    check(&dir, "acquirer/store/mark", newer, &["acquirer", "newer version", "nothing was changed"]);
    check(&dir, "issuer1/store/mark", |path| std::fs::write(path, b"?").unwrap(), &["issuer1", "store damaged"]);
    let ledger = "no ledger was changed";
    check(&dir, "network.json", |path| std::fs::write(path, b"\0\0").unwrap(), &["network.json", ledger]);
    let version = |path: &Path| std::fs::write(path, json!({"version": 2}).to_string()).unwrap();
    check(&dir, "network.json", version, &["network.json", "version 2"]);
    check(
        &dir,
        "outside-terminals.json",
        |path| std::fs::write(path, b"[").unwrap(),
        &["outside-terminals.json", money],
    );
    let up = Up::start(&dir);
    assert_eq!(kept(&up, &journal), 1);
    sell_once(&up, &journal);
}

#[test]
fn a_second_network_is_refused_and_the_first_goes_on() {
    let dir = folder("second").join("net");
    let up = Up::start(&dir);
    let (code, said) = refused(up_command(&dir));
    assert_eq!((code, said.lines().count()), (3, 1), "{said}");
    assert!(said.contains("store in use by another process") && said.contains("nothing was changed"), "{said}");
    let port = up.acquirer().port();
    let elsewhere = folder("second-elsewhere").join("net");
    for command in [up_on(&elsewhere, port, 0), up_on(&elsewhere, 0, port)] {
        let (code, said) = refused(command);
        assert_eq!((code, said.lines().count()), (3, 1), "{said}");
        assert!(said.contains(&port.to_string()) && said.contains("no payment is affected"), "{said}");
    }
    let journal = Arc::new(Journal::new(&dir.with_extension("journal")));
    sell_once(&up, &journal);
    assert_eq!(kept(&up, &journal), 1);
    assert_eq!(up.stop(), 0);
}

/// The size of the largest file under a folder.
fn largest(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| match entry.metadata().unwrap() {
        found if found.is_dir() => largest(&entry.path()),
        found => found.len(),
    });
    sizes.max().unwrap_or(0)
}

/// Kibibytes that files may grow before the disk is full.
const ROOM_KIB: u64 = 48;

#[test]
fn a_full_disk_stops_the_network_loudly_and_loses_nothing() {
    let dir = folder("full").join("net");
    let journal = with_a_sale(&dir);
    // A limit on the size of files is a full disk for whoever writes; the signal that goes with it is not.
    let limit = largest(&dir) / 1024 + ROOM_KIB;
    let plain = up_command(&dir);
    let args: Vec<String> = plain.get_args().map(|arg| arg.to_str().unwrap().to_owned()).collect();
    let mut command = Command::new("bash");
    let line = format!("trap '' XFSZ; ulimit -f {limit}; exec {} {}", env!("CARGO_BIN_EXE_slipway"), args.join(" "));
    command.args(["-c", &line]).env("LC_ALL", "en_US.UTF-8");
    let up = Up::from(command, &dir);
    let cards = Arc::new(up.ready["cards"].as_array().unwrap().clone());
    let tills = up.tills().into_iter().enumerate().map(|(index, (merchant, terminal))| {
        let (port, journal, cards) = (up.port.clone(), Arc::clone(&journal), Arc::clone(&cards));
        std::thread::spawn(move || trade(&port, &journal, &cards, (&merchant, &terminal), Seeded(index as u64), 0))
    });
    let tills: Vec<_> = tills.collect();
    let (code, said) = up.ended();
    assert_eq!(code, 3, "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("disk full") && last.contains("磁盘已满"), "{said}");
    for till in tills {
        till.join().unwrap();
    }
    // Space again: it starts, and what had been answered is there.
    let up = Up::start(&dir);
    assert!(up.tills().iter().all(|(_, terminal)| up.port.sign_in(terminal)));
    up.port.wait_quiet();
    assert!(kept(&up, &journal) > 5);
    sell_once(&up, &journal);
    assert_eq!(up.stop(), 0);
}
