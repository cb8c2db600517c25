//! Runs the real binary, as a person or a script does.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// What a run of the binary left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// Standard output as the one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {}\n{}", self.out, self.err))
    }
}

/// Runs `slipway` with `args`, `input` on standard input, English texts.
pub fn slipway(args: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slipway"))
        .args(args)
        .env("LC_ALL", "en_US.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that needs no input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let done = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// The published messages.
pub fn vectors() -> Vec<Value> {
    serde_json::from_str(include_str!("../../../../vectors/unionpay-messages.json")).unwrap()
}
