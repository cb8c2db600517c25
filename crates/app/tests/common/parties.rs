//! Every party as its own process, from what `slipway init` makes.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::common::slipway;
use crate::live::{Port, until};
use crate::till::{self, Journal, Seeded, Shown};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

pub const PARTIES: [&str; 5] = ["switch", "issuer1", "issuer2", "acquirer", "terminals"];

/// Five processes on one folder.
pub struct Parties {
    pub dir: PathBuf,
    pub ready: Value,
    running: BTreeMap<&'static str, Child>,
}

/// A port that is free now, with the four above it; below those that the system gives to outgoing connections, which may be
/// taken again before a party binds.
fn five_free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
    until("five free ports in a row", 200, || {
        let place = std::process::id().wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let first = u16::try_from(15_000 + place % 3_000 * 5).unwrap();
        let held: Option<Vec<_>> = (0..5).map(|more| free(first + more)).collect();
        held.map(|_| first)
    })
}

impl Parties {
    pub fn init(dir: &Path, more: &[&str]) -> Self {
        let (at, http) = (five_free(), five_free());
        let (acquirer, switch) = (format!("127.0.0.1:{at}"), format!("127.0.0.1:{}", at + 1));
        let http = format!("127.0.0.1:{http}");
        let args =
            ["init", "--json", "--demo", "--pace", "50", "--acquirer", &acquirer, "--switch", &switch, "--http", &http];
        let ran = slipway(&[&args[..], &["--dir", dir.to_str().unwrap()], more].concat(), "");
        assert_eq!(ran.code, 0, "{}", ran.err);
        Self { dir: dir.to_path_buf(), ready: ran.json(), running: BTreeMap::new() }
    }

    pub fn start(&mut self, party: &'static str) {
        let config = self.dir.join(format!("{party}.toml"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
        command.args(["--json", "run", party, "--config"]).arg(config).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut { out }, &mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{party} is not ready: {e} {line}"));
        assert!(ready["ready"] == true && ready["party"] == party, "{ready}");
        self.running.insert(party, child);
    }

    pub fn port(&self, party: &str) -> Port {
        let running = std::fs::read(self.dir.join(party).join("run.json")).unwrap();
        let running: Value = serde_json::from_slice(&running).unwrap();
        Port::with(running["http"].as_str().unwrap(), running["token"].as_str().unwrap())
    }

    pub fn kill(&mut self, party: &str) {
        let mut child = self.running.remove(party).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// One approved sale at the first terminal.
    pub fn sell(&self, journal: &Journal) -> u64 {
        let (port, cards) = (self.port("terminals"), self.ready["cards"].as_array().unwrap());
        let own = &self.ready["own_terminals"][0];
        let at = (own["merchant"].as_str().unwrap(), own["terminal"].as_str().unwrap());
        assert!(port.sign_in(at.1));
        let (before, mut chance) = (journal.len(), Seeded(3));
        until("an approved sale", 20, || {
            till::sell(&port, journal, cards, at, &mut chance, 0).unwrap();
            let sold = journal.of_round(0);
            sold[before..].iter().find(|sale| sale.shown() == Some(Shown::Approved)).map(|sale| sale.fen)
        })
    }

    pub fn wait_quiet(&self) {
        for party in PARTIES {
            until(party, 6_000, || self.port(party).get("/api/v1/quiet").filter(|quiet| quiet["open"] == 0));
        }
    }

    /// SIGTERM to each; all must end cleanly.
    pub fn stop(&mut self) {
        for (party, mut child) in std::mem::take(&mut self.running) {
            let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
            assert!(sent.success() && child.wait().unwrap().success(), "{party} did not stop cleanly");
        }
    }
}

impl Drop for Parties {
    fn drop(&mut self) {
        for child in self.running.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
