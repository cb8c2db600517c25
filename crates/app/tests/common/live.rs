//! A running `slipway up` as a real process: started, asked over its local port, killed or stopped.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A folder of this test alone, beside the build and so on a disk wherever the build is.
pub fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// The time between two looks at something that is about to happen.
pub fn pause() {
    std::thread::park_timeout(Duration::from_millis(5));
}

/// Looks until `found` finds something; gives up with `what` after `looks` looks.
pub fn until<T>(what: &str, looks: usize, mut found: impl FnMut() -> Option<T>) -> T {
    for _ in 0..looks {
        if let Some(value) = found() {
            return value;
        }
        pause();
    }
    panic!("gave up waiting: {what}");
}

/// `slipway up` on this folder at fast pace on free ports.
pub fn up_command(dir: &Path) -> Command {
    up_on(dir, 0, 0)
}

/// The same at another pace; comes back when it is ready.
pub fn at_pace(dir: &Path, pace: &str) -> Up {
    Up::from(paced(dir, pace, 0, 0), dir)
}

/// A folder of a network that has shown a day and more than this machine has, at a pace of 30.
pub fn ahead(name: &str) -> PathBuf {
    let net = folder(name).join("net");
    assert_eq!(Up::start(&net).stop(), 0);
    let wall = PacedClock::start(Pace::REAL).now().0;
    let mark = json!({"network_ms": wall + 26 * 3_600_000, "wall_ms": wall, "pace": 30, "ended": true});
    std::fs::write(net.join("clock.json"), mark.to_string()).unwrap();
    net
}

/// The same on these ports of acquirer and switch.
pub fn up_on(dir: &Path, acquirer: u16, switch: u16) -> Command {
    paced(dir, "fast", acquirer, switch)
}

fn paced(dir: &Path, pace: &str, acquirer: u16, switch: u16) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["up", "--demo", "--pace", pace, "--json", "--http", "127.0.0.1:0"]);
    command.args(["--acquirer-port", &acquirer.to_string(), "--switch-port", &switch.to_string(), "--dir"]);
    command.arg(dir).env("LC_ALL", "en_US.UTF-8");
    command
}

/// Asks the local port of one running network; cheap to copy to other threads.
#[derive(Clone)]
pub struct Port {
    agent: ureq::Agent,
    at: String,
    bearer: String,
}

impl Port {
    /// The port of a network under `--demo`.
    fn new(at: &str) -> Self {
        Self::with(at, "")
    }

    /// A port that wants a token.
    pub fn with(at: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60)));
        Self {
            agent: config.http_status_as_error(false).build().into(),
            at: at.to_owned(),
            bearer: format!("Bearer {token}"),
        }
    }

    /// GET as text; `None` if nobody answers.
    pub fn text(&self, path: &str) -> Option<String> {
        let request = self.agent.get(format!("http://{}{path}", self.at)).header("authorization", &self.bearer);
        request.call().ok()?.body_mut().read_to_string().ok()
    }

    /// GET.
    pub fn get(&self, path: &str) -> Option<Value> {
        serde_json::from_str(&self.text(path)?).ok()
    }

    /// POST; `None` if nobody answers.
    pub fn post(&self, path: &str, body: &Value) -> Option<Value> {
        let request = self.agent.post(format!("http://{}{path}", self.at)).header("content-type", "application/json");
        let request = request.header("authorization", &self.bearer);
        serde_json::from_str(&request.send(body.to_string()).ok()?.body_mut().read_to_string().ok()?).ok()
    }

    /// Something done at a terminal.
    pub fn act(&self, terminal: &str, act: &Value) -> Option<Value> {
        self.post(&format!("/api/v1/terminals/{terminal}/acts"), act)
    }

    /// The English lines of a terminal's screen.
    pub fn screen(&self, terminal: &str) -> Option<Vec<String>> {
        let shown = self.get(&format!("/api/v1/terminals/{terminal}"))?;
        Some(shown["lines"].as_array()?.iter().map(|line| line["en"].as_str().unwrap_or("").to_owned()).collect())
    }

    /// Signs the operator in; `true` once the terminal has also signed on, as far as its screen shows.
    pub fn sign_in(&self, terminal: &str) -> bool {
        for look in 0..4_000 {
            if look % 200 == 0
                && self.act(terminal, &json!({"act": "sign_in", "operator": 1, "password": "0000"})).is_none()
            {
                return false;
            }
            match self.screen(terminal) {
                Some(lines) if lines.first().is_some_and(|line| !NOT_SIGNED_ON.contains(&line.as_str())) => {
                    return true;
                }
                Some(_) => pause(),
                None => return false,
            }
        }
        panic!("{terminal} never signed on: {:?}", self.screen(terminal));
    }

    /// Waits until nothing is pending anywhere.
    pub fn wait_quiet(&self) {
        until("the network to become quiet", 12_000, || {
            self.get("/api/v1/quiet").filter(|quiet| quiet["quiet"] == true)
        });
    }

    /// The value of a counter in `/metrics` whose line has all of `parts`.
    pub fn counted(&self, parts: &[&str]) -> u64 {
        let all = self.text("/metrics").unwrap_or_default();
        let line = all.lines().find(|line| !line.starts_with('#') && parts.iter().all(|part| line.contains(part)));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0)
    }
}

/// First lines of a screen before and during a sign-on.
const NOT_SIGNED_ON: [&str; 5] =
    ["Operator sign-in", "Signing on", "No answer to the sign-on", "Line down, reconnecting", "The line is down"];

/// A running network.
pub struct Up {
    child: Child,
    errors: PathBuf,
    /// What it printed when it was ready.
    pub ready: Value,
    /// Its local port.
    pub port: Port,
}

impl Up {
    /// Starts it and waits until it is ready.
    pub fn start(dir: &Path) -> Self {
        Self::from(up_command(dir), dir)
    }

    /// The same with a command of the test's own.
    pub fn from(mut command: Command, dir: &Path) -> Self {
        let errors = dir.with_extension("err");
        let told = File::create(&errors).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(told).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| {
            panic!("not ready: {error}: {line}{}", std::fs::read_to_string(&errors).unwrap_or_default())
        });
        let port = Port::new(ready["http"].as_str().unwrap());
        Self { child, errors, ready, port }
    }

    /// Where terminals from outside call.
    pub fn acquirer(&self) -> std::net::SocketAddr {
        self.ready["acquirer"].as_str().unwrap().parse().unwrap()
    }

    /// Own terminals: (merchant, terminal).
    pub fn tills(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let all = self.ready["own_terminals"].as_array().unwrap();
        all.iter().map(|till| (text(&till["merchant"]), text(&till["terminal"]))).collect()
    }

    /// kill -9.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it has said on standard error.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }

    /// Waits until it ends by itself: exit code and what it said.
    pub fn ended(mut self) -> (i32, String) {
        let code = until("the process to end", 6_000, || self.child.try_wait().unwrap());
        (code.code().unwrap_or(-1), self.said())
    }

    /// SIGTERM, and its exit code.
    pub fn stop(mut self) -> i32 {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

/// Runs a network that must not start: its exit code and what it said.
pub fn refused(mut command: Command) -> (i32, String) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut errors = child.stderr.take().unwrap();
    let code = until("the refusal", 4_000, || child.try_wait().unwrap());
    std::io::Read::read_to_string(&mut errors, &mut said).unwrap();
    (code.code().unwrap_or(-1), said)
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
