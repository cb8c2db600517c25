//! `doctor`: is this machine fit to carry payments, and what is in a network's folder?
//! Looks and tells; must never repair, delete or make anything that stays, nor print a key.

mod kept;
mod lines;
mod machine;
mod notices;
mod ports;
mod printer;

pub use ports::UpPorts;

use crate::say::{End, Say, padded};
use serde_json::{Value, json};
use slipway_terms::Text;
use std::path::PathBuf;

/// Arguments of `doctor`.
#[derive(clap::Args)]
#[command(
    about = "Checks machine and folder before `up` 启动前体检",
    after_help = "Examples:\n  slipway doctor\n  slipway doctor --dir /var/lib/slipway --printer 192.168.1.87:9100 --json\n\nExit code 1: something is wrong. A remark (!) alone is 0."
)]
pub struct DoctorArgs {
    /// The network's folder, as given to `up`.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
    /// A port that must be free; may be given more than once (default: those of the network in the folder; of a new one
    /// 7800 acquirer, 7801 switch, 7880 http).
    #[arg(long)]
    port: Vec<u16>,
    /// A receipt printer on TCP to ask for its status; may be given more than once.
    #[arg(long, value_name = "HOST:PORT")]
    printer: Vec<String>,
    /// Tries only this line: a party of the folder (its `dial`, with TLS), HOST:PORT, or a line fault to be played on a
    /// simulated line; may be given more than once.
    #[arg(long, value_name = "PARTY|HOST:PORT|FAULT")]
    line: Vec<String>,
}

/// How a check came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// As it must be.
    Good,
    /// Works, but should be known.
    Remark,
    /// Wrong: payments would be refused or not durable.
    Wrong,
}

/// One finding.
struct Finding {
    /// Stable word for scripts: folder, disk, sync, clock, port, store, profile, keys, tls, notices, printer, line.
    check: &'static str,
    state: State,
    /// What was found and, unless good, what to do.
    text: Text,
}

impl Finding {
    fn new(check: &'static str, state: State, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { check, state, text: Text::new(zh, en) }
    }
}

/// Runs every check.
///
/// # Errors
/// 1 when something is wrong.
pub fn doctor(args: &DoctorArgs, say: &Say) -> Result<(), End> {
    let found = if args.line.is_empty() { whole(args, say) } else { lines(args)? };
    let wrong = found.iter().filter(|f| f.state == State::Wrong).count();
    if say.json {
        let checks: Vec<Value> = found.iter().map(document).collect();
        say.document(&json!({ "ok": wrong == 0, "wrong": wrong, "checks": checks }));
    } else {
        found.iter().for_each(|f| line(f, say));
    }
    if wrong > 0 {
        return Err(End::broken(format!("{wrong} 项不合格"), format!("{wrong} checks failed")));
    }
    Ok(())
}

fn whole(args: &DoctorArgs, say: &Say) -> Vec<Finding> {
    say.progress(say.both("体检中（约一秒）…", "checking (about a second) …"));
    let mut found = machine::folder(&args.dir);
    found.push(machine::clock(&args.dir));
    if args.port.is_empty() {
        found.extend(ports::of_network(&args.dir));
    } else {
        found.extend(args.port.iter().map(|port| machine::port((std::net::Ipv4Addr::LOCALHOST, *port).into())));
    }
    found.extend(kept::stores_and_keys(&args.dir));
    found.extend(notices::sinks(&args.dir));
    found.extend(args.printer.iter().map(|at| printer::ask(at)));
    found
}

fn lines(args: &DoctorArgs) -> Result<Vec<Finding>, End> {
    let mut found = Vec::new();
    for asked in &args.line {
        found.extend(lines::try_line(&args.dir, asked)?);
    }
    Ok(found)
}

fn document(finding: &Finding) -> Value {
    let state = match finding.state {
        State::Good => "good",
        State::Remark => "remark",
        State::Wrong => "wrong",
    };
    json!({ "check": finding.check, "state": state, "zh": finding.text.zh, "en": finding.text.en })
}

/// The check's name for people; the English one is also the word for scripts.
fn check_zh(check: &'static str) -> &'static str {
    match check {
        "folder" => "目录",
        "disk" => "磁盘",
        "sync" => "落盘",
        "clock" => "时钟",
        "port" => "端口",
        "store" => "存储",
        "keys" => "密钥",
        "tls" => "证书",
        "notices" => "通知",
        "printer" => "打印机",
        "line" => "线路",
        "profile" => "登记",
        other => other,
    }
}

fn line(finding: &Finding, say: &Say) {
    let (sign, style) = match finding.state {
        State::Good => ("✓", "32"),
        State::Remark => ("!", "33"),
        State::Wrong => ("✗", "31"),
    };
    let check = padded(say.both(check_zh(finding.check), finding.check), 8);
    say.line(format!("{} {check} {}", say.painted(style, sign), finding.text.get(say.lang)));
}
