//! Real processes: killed in the middle of commits, and stopped by a full disk. The test runs itself again as the child.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic and speak")]

mod common;

use common::{batch, model, open, rows};
use slipway_node::{Store, StoreFault};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const DIR: &str = "STORE_CHILD_DIR";
const UNTIL: &str = "STORE_CHILD_UNTIL";

/// The child: opens, commits on from where the store stands, says each number when it is acknowledged.
#[test]
#[ignore = "run by the tests below in a process of its own"]
fn child() {
    let Ok(dir) = std::env::var(DIR) else { return };
    let until = std::env::var(UNTIL).map_or(u64::MAX, |n| n.parse().unwrap());
    let mut store = open(Path::new(&dir)).unwrap();
    println!("\nopen {}", store.number());
    while store.number() < until {
        match store.commit(&batch(store.number() + 1)) {
            Ok(()) => println!("acknowledged {}", store.number()),
            Err(fault) => return println!("fault {fault:?}"),
        }
    }
}

fn child_command(shell: &str, dir: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{shell} exec \"$0\" \"$@\"")).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command.env(DIR, dir).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

#[test]
fn killed_processes_lose_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..12 {
        let mut child = child_command("", dir.path()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = 0;
        let wanted = 1 + round * 37;
        while said < wanted {
            let line = lines.next().expect("the child ended by itself").unwrap();
            if let Some(number) = line.strip_prefix("acknowledged ") {
                acknowledged = number.parse().unwrap();
                said += 1;
            }
        }
        child.kill().unwrap();
        // What it said before it died counts too.
        for line in lines.map_while(Result::ok) {
            if let Some(number) = line.strip_prefix("acknowledged ").and_then(|number| number.parse().ok()) {
                acknowledged = number;
            }
        }
        child.wait().unwrap();
        let store = open(dir.path()).unwrap();
        let found = store.number();
        assert!(
            found >= acknowledged && found <= acknowledged + 1,
            "round {round}: {acknowledged} said, {found} found"
        );
        assert_eq!(rows(&store).unwrap(), model(found), "round {round}: batches are whole");
        if round % 3 == 0 {
            store.close().unwrap();
        }
        acknowledged = found;
    }
    assert!(acknowledged > 2000, "{acknowledged}");
}

#[test]
fn a_full_disk_ends_the_store_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // The first journal is preallocated: opened again it is short, and a small limit on the size of files works as a full disk
    // does (EFBIG; a quota or ENOSPC is judged the same).
    open(dir.path()).unwrap().close().unwrap();
    open(dir.path()).unwrap().close().unwrap();
    let child = child_command("trap '' XFSZ; ulimit -f 256;", dir.path()).env(UNTIL, "5000").output().unwrap();
    let said = String::from_utf8(child.stdout).unwrap();
    let acknowledged: u64 =
        said.lines().filter_map(|line| line.strip_prefix("acknowledged ")).next_back().unwrap().parse().unwrap();
    assert!(said.contains(&format!("fault {:?}", StoreFault::Full)), "the limit was never met: {acknowledged}");
    assert!(StoreFault::Full.to_string().contains("磁盘已满"));
    let mut store = open(dir.path()).unwrap();
    let found = store.number();
    assert!(acknowledged > 50 && found == acknowledged, "{acknowledged} said, {found} found");
    assert_eq!(rows(&store).unwrap(), model(found));
    store.commit(&batch(found + 1)).unwrap();
}
