//! Every kind of payment at a terminal of a real process over real sockets, settled, and handed over to a device that replaces
//! it; then an auditor who knows only the export adds up what moved.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;

use common::slipway;
use live::{Port, Up, folder, pause};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

const PIN: &str = "123456";

struct Counter {
    port: Port,
    terminal: String,
    card: Value,
}

impl Counter {
    fn act(&self, act: &Value) {
        self.port.act(&self.terminal, act).unwrap();
    }

    fn screen(&self) -> Vec<String> {
        self.port.screen(&self.terminal).unwrap()
    }

    /// Waits for a screen whose first line begins so.
    fn shows(&self, what: &str, first: &[&str]) -> Vec<String> {
        let mut last = Vec::new();
        for _ in 0..4_000 {
            last = self.screen();
            if last.first().is_some_and(|line| first.iter().any(|f| line.starts_with(f))) {
                return last;
            }
            pause();
        }
        panic!("{what}: {last:?}");
    }

    /// The supervisor signs in: every kind is allowed.
    fn open(port: &Port, terminal: &str, card: &Value) -> Self {
        let counter = Self { port: port.clone(), terminal: terminal.into(), card: card.clone() };
        assert!(port.sign_in(terminal));
        counter.act(&json!({"act": "sign_in", "operator": 0, "password": "0000"}));
        counter.shows("the supervisor", &["Sale: key the amount"]);
        counter
    }

    /// A transaction keyed to its end, and approved. Gives its voucher number.
    fn done(&self, kind: &str, fen: Option<u64>, about: Option<u64>) -> u64 {
        self.act(&json!({"act": "begin", "kind": kind, "amount_fen": fen, "voucher": about}));
        let named = about.is_some();
        if !named || kind == "refund" {
            self.shows(kind, &["SALE", "PRE-AUTH", "REFUND", "Sale", "Refund"]);
            self.act(&json!({"act": "card", "track2": self.card["track2"]}));
        }
        self.act(&json!({"act": "enter"}));
        if matches!(kind, "sale" | "pre_auth") {
            self.act(&json!({"act": "pin", "pin": PIN}));
        }
        // Approved and printed; the signature fits.
        let shown = self.shows(kind, &["Approved: check the signature"]);
        let voucher = shown[1].split(' ').nth(1).unwrap().parse().unwrap();
        self.act(&json!({"act": "enter"}));
        self.shows(kind, &["Sale: key the amount", "approved"]);
        voucher
    }
}

/// The verdicts on the batches that were settled.
fn settled(dir: &Path) -> Vec<Value> {
    let done = slipway(&["export", "--dir", dir.to_str().unwrap(), "--party", "terminals"], "");
    let lines = done.out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["record"] == "settlement").map(|line| line["balanced"].clone()).collect()
}

/// What the export of a stopped network says, by terminal exchange: signed amount of its slip, cardholder's net debit and
/// merchant's net credit.
fn audited(dir: &Path) -> BTreeMap<String, (String, i64, i64, i64)> {
    let done = slipway(&["export", "--dir", dir.to_str().unwrap()], "");
    let lines: Vec<Value> = done.out.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut moved: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for line in lines.iter().filter(|line| line["record"] == "posting" && line["cause"] != "opening") {
        let of = moved.entry(line["exchange"].as_str().unwrap().into()).or_default();
        for leg in line["legs"].as_array().unwrap() {
            let (account, minor) = (leg["account"].as_str().unwrap(), leg["minor"].as_i64().unwrap());
            of.0 += if account.starts_with("cardholder:") { minor } else { 0 };
            of.1 -= if account.starts_with("merchant:") { minor } else { 0 };
        }
    }
    let at = |party: &str| {
        let exchanges = lines.iter().filter(move |line| line["record"] == "exchange" && line["party"] == party);
        exchanges.map(|line| (line["till"].as_str().unwrap_or_default().to_owned(), line.clone())).collect::<Vec<_>>()
    };
    let mut found = BTreeMap::new();
    let slips: BTreeMap<String, bool> =
        at("terminals").into_iter().map(|(till, line)| (till, line["slip"] == true)).collect();
    for (till, line) in at("acquirer") {
        let Some(exchange) = line["exchange"].as_str() else { continue };
        let (debit, credit) = moved.get(exchange).copied().unwrap_or_default();
        let slip = if slips.get(&till).copied().unwrap_or(false) { line["signed"].as_i64().unwrap() } else { 0 };
        found.insert(till, (line["kind"].as_str().unwrap().to_owned(), slip, debit, credit));
    }
    found
}

fn handover(way: &str, terminal: &str, dir: &Path, file: &Path) -> (i32, String) {
    handover_with(way, terminal, dir, file, "a long enough passphrase\n")
}

fn handover_with(way: &str, terminal: &str, dir: &Path, file: &Path, word: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["--lang", "en", "--json", "handover", way, terminal, "--dir"]).arg(dir).arg("--file").arg(file);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(word.as_bytes());
    let done = child.wait_with_output().unwrap();
    (done.status.code().unwrap(), String::from_utf8_lossy(&done.stderr).into_owned())
}

fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

#[test]
fn every_kind_is_paid_settled_and_survives_its_device() {
    let dir = folder("kinds");
    let net = dir.join("net");
    let spare = dir.join("spare");
    let up = Up::start(&net);
    let (_, terminal) = up.tills()[0].clone();
    let cards = up.ready["cards"].as_array().unwrap().clone();
    assert_eq!(up.stop(), 0);
    // The replacement: set up as the same terminal, with the same master key, never used.
    copy(&net, &spare);

    let up = Up::start(&net);
    let counter = Counter::open(&up.port, &terminal, &cards[0]);
    let sale = counter.done("sale", Some(10_000), None);
    counter.done("sale_void", None, Some(sale));
    let sold = counter.done("sale", Some(20_000), None);
    counter.done("refund", Some(5_000), Some(sold));
    let tipped = counter.done("sale", Some(10_000), None);
    counter.done("adjust", Some(11_500), Some(tipped));
    let hold = counter.done("pre_auth", Some(30_000), None);
    counter.done("pre_auth_void", None, Some(hold));
    let hold = counter.done("pre_auth", Some(30_000), None);
    let completed = counter.done("completion", Some(33_000), Some(hold));
    counter.done("completion_void", None, Some(completed));
    counter.done("completion_advice", Some(25_000), Some(hold));
    up.port.wait_quiet();
    assert_eq!(up.stop(), 0);

    // The device dies with an open batch: what it owes leaves it, once.
    let file = dir.join("till.parcel");
    let part = file.with_extension("part");
    std::fs::write(&part, b"what another device owes").unwrap();
    assert_eq!(handover("out", &terminal, &net, &file).0, 3, "never over an interrupted hand-over");
    assert_eq!(std::fs::read(&part).unwrap(), b"what another device owes");
    std::fs::remove_file(&part).unwrap();
    assert_eq!(handover("out", &terminal, &net, &file).0, 0);
    let (code, said) = handover("out", &terminal, &net, &dir.join("again.parcel"));
    assert!(code == 1 && said.contains("handed over before"), "{code} {said}");
    for host in ["acquirer", "switch", "issuer1", "issuer2"] {
        std::fs::remove_dir_all(spare.join(host)).unwrap();
        copy(&net.join(host), &spare.join(host));
    }
    let (code, said) = handover_with("in", &terminal, &spare, &file, "another long passphrase\n");
    assert!(
        code == 1 && said.contains("passphrase is not the one") && said.contains("nothing was changed"),
        "{code} {said}"
    );
    assert!(!said.contains("key file"), "{said}");
    assert_eq!(handover("in", &terminal, &spare, &file).0, 0);
    assert_eq!(handover("in", &terminal, &spare, &file).0, 1, "only a new device takes over");

    // On the new device the batch goes on and is settled, in balance.
    let up = Up::start(&spare);
    let counter = Counter::open(&up.port, &terminal, &cards[0]);
    counter.done("refund", Some(1_000), Some(sold));
    counter.act(&json!({"act": "settle"}));
    counter.shows("settlement", &["Settled: balanced", "Signed on"]);
    up.port.wait_quiet();
    assert_eq!(up.stop(), 0);

    assert_eq!(settled(&spare), [json!(true)]);
    let found = audited(&spare);
    let mut net_of: BTreeMap<&str, i64> = BTreeMap::new();
    for (till, (kind, slip, debit, credit)) in &found {
        assert_eq!((debit, credit), (slip, slip), "{till} {kind}: slip, debit and credit are one");
        *net_of.entry(kind.as_str()).or_default() += slip;
    }
    let want = [
        ("adjust", 1_500),
        ("completion", 33_000),
        ("completion_advice", 25_000),
        ("completion_void", -33_000),
        ("pre_auth", 0),
        ("pre_auth_void", 0),
        ("refund", -6_000),
        ("sale", 40_000),
        ("sale_void", -10_000),
    ];
    assert_eq!(net_of.into_iter().collect::<Vec<_>>(), want);
}
