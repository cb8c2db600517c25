//! `kill -9` in the middle of traffic, fifty times, on one folder. What a client wrote down before each last key is compared
//! with what `trace` says at restart, what it says once all is quiet, and what the ledgers, notices and paper then hold.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/till.rs"]
mod till;

use common::slipway;
use live::{Port, Up, folder};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use till::{Journal, Seeded, Written, trade};

const ROUNDS: usize = 50;
const SEED: u64 = 20_261_123;

/// One sight of an exchange: fate and what the cashier was told.
#[derive(Clone, Debug)]
struct Sight {
    fate: String,
    cashier: String,
    till: Option<String>,
    rrn: Option<String>,
}

impl Sight {
    fn of(found: &Value) -> Self {
        let text = |key: &str| found[key].as_str().map(str::to_owned);
        Self { fate: text("verdict").unwrap(), cashier: text("cashier").unwrap(), till: text("till"), rrn: text("rrn") }
    }

    /// The exchange of this sale among all that fit its keys; nobody else has its amount.
    fn among(answer: &Value, sale: &Written) -> Self {
        let others = answer["others"].as_array().into_iter().flatten();
        let found = std::iter::once(answer).chain(others).find(|found| found["amount"] == sale.yuan());
        found.map_or_else(|| Self { fate: "not_found".into(), cashier: "wait".into(), till: None, rrn: None }, Self::of)
    }

    /// Whether a later fate keeps what was said before.
    fn allows(&self, later: &str) -> bool {
        let fits = match self.fate.as_str() {
            "took_place" | "did_not_take_place" | "returned" | "not_found" => later == self.fate,
            "will_return" => ["will_return", "returned"].contains(&later),
            "open" => later != "not_found",
            _ => false,
        };
        let again = ["take_again", "other_means"].contains(&self.cashier.as_str());
        fits && !(again && later == "took_place")
    }
}

fn trace(port: &Port, sale: &Written) -> Sight {
    let body = json!({"merchant": sale.merchant, "terminal": sale.terminal, "tail": sale.card});
    Sight::among(&port.post("/api/v1/trace", &body).unwrap(), sale)
}

fn trace_offline(dir: &Path, sale: &Written) -> Sight {
    let args = ["trace", &sale.merchant, &sale.terminal, "--card", &sale.card, "--json", "--dir"];
    let ran = slipway(&[&args[..], &[dir.to_str().unwrap()]].concat(), "");
    // A sale that never left its terminal is not found, which is 1.
    assert_eq!(ran.code, i32::from(ran.json()["verdict"] == "not_found"), "{}", ran.err);
    Sight::among(&ran.json(), sale)
}

/// Signs in, sells at every terminal, and kills the process at a seeded point with sales on their way.
fn traffic(up: Up, journal: &Arc<Journal>, seed: u64, round: usize) {
    let mut chance = Seeded(seed);
    let cards = Arc::new(up.ready["cards"].as_array().unwrap().clone());
    let (after_sales, then_us) = (6 + chance.below(12), chance.below(25_000));
    let before = journal.len();
    let tills = up.tills().into_iter().enumerate().map(|(index, (merchant, terminal))| {
        let (port, journal, cards) = (up.port.clone(), Arc::clone(journal), Arc::clone(&cards));
        let chance = Seeded(seed ^ (index as u64 + 1) << 32);
        std::thread::spawn(move || trade(&port, &journal, &cards, (&merchant, &terminal), chance, round))
    });
    let tills: Vec<_> = tills.collect();
    live::until("sales on their way", 12_000, || (journal.len() >= before + after_sales as usize).then_some(()));
    // Where in the middle: the kill shall hit each step of a sale, in some round.
    std::thread::park_timeout(Duration::from_micros(then_us));
    up.kill();
    for till in tills {
        till.join().unwrap();
    }
}

/// Money and paper of one exchange, once quiet.
fn settled(sale: &Written, seen: &Sight, money: &BTreeMap<String, Value>) {
    let none = json!({"debits": 0, "refunds": 0, "debit_fen": 0, "credit_fen": 0, "slip_fen": 0});
    let held = seen.till.as_ref().and_then(|till| money.get(till)).unwrap_or(&none);
    let got = |key: &str| held[key].as_i64().unwrap();
    let fen = sale.fen as i64;
    let (net, debits) = match seen.fate.as_str() {
        "took_place" => (fen, 1),
        "did_not_take_place" | "not_found" => (0, 0),
        "returned" => (0, 1),
        open => panic!("quiet, and yet {open}: {sale:?}"),
    };
    assert_eq!((got("debit_fen"), got("credit_fen"), got("slip_fen")), (net, net, net), "{sale:?} {seen:?} {held}");
    assert_eq!((got("debits"), got("refunds")), (debits, debits - i64::from(net > 0)), "{sale:?} {seen:?} {held}");
    match sale.shown() {
        Some(till::Shown::Approved) => assert_eq!(seen.fate, "took_place", "the till had said approved: {sale:?}"),
        Some(till::Shown::Declined) => assert_eq!(seen.fate, "did_not_take_place", "{sale:?} {seen:?}"),
        None => {}
    }
}

fn audited(port: &Port) -> (Value, BTreeMap<String, Value>) {
    let audit = port.get("/api/v1/audit").unwrap();
    assert!(audit["rule_holds"] == true && audit["ledgers_zero"] == true, "{}", audit["faults"]);
    let sales = audit["sales"].as_array().unwrap().iter();
    let money = sales.map(|sale| (sale["till"].as_str().unwrap().to_owned(), sale.clone())).collect();
    (audit, money)
}

/// Every debit notice has a slip or a refund notice; every refund notice a debit notice.
fn notices(dir: &Path, money: &BTreeMap<String, Value>) {
    let text = std::fs::read_to_string(dir.join("notices.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let ids: BTreeSet<(String, String)> = lines
        .map(|line| line["id"].as_str().unwrap().rsplit_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap())
        .collect();
    let told = |exchange: &str, kind: &str| ids.contains(&(exchange.to_owned(), kind.to_owned()));
    for sale in money.values() {
        let exchange = sale["exchange"].as_str().unwrap();
        let (debited, refunded) = (sale["debits"] == 1, sale["refunds"] == 1);
        assert_eq!((told(exchange, "Debit"), told(exchange, "Refund")), (debited, refunded), "{sale}");
        assert!(!debited || refunded || sale["slip_fen"].as_i64() > Some(0), "debited, no slip, no refund: {sale}");
    }
}

/// No paper speaks of a sale that did not take place.
fn papers(dir: &Path, took_place: &BTreeSet<String>) {
    let mut printed = 0;
    for entry in std::fs::read_dir(dir.join("slips")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "txt") {
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().filter(|line| line.starts_with("参考号")) {
            let rrn = line.rsplit(' ').next().unwrap();
            assert!(took_place.contains(rrn), "paper of {rrn}, which did not take place");
            printed += 1;
        }
    }
    assert!(printed > took_place.len(), "{printed} papers of {} sales", took_place.len());
}

#[test]
fn killed_in_the_middle_of_traffic_fifty_times() {
    let home = folder("kill");
    let dir = home.join("net");
    let journal = Arc::new(Journal::new(&home.join("journal.jsonl")));
    let mut chance = Seeded(SEED);
    let mut up = Up::start(&dir);
    let mut final_of: BTreeMap<u64, Sight> = BTreeMap::new();
    let mut at_restart: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..ROUNDS {
        traffic(up, &journal, chance.next(), round);
        let sales = journal.of_round(round);
        let offline: Vec<Option<Sight>> =
            sales.iter().map(|sale| (round % 10 == 3).then(|| trace_offline(&dir, sale))).collect();
        up = Up::start(&dir);
        let first: Vec<Sight> = sales.iter().map(|sale| trace(&up.port, sale)).collect();
        for (before, now) in offline.iter().zip(&first) {
            assert!(before.as_ref().is_none_or(|before| before.allows(&now.fate)), "{before:?} then {now:?}");
        }
        // An older sale, by its reference number: what was final stays.
        if let Some((_, old)) = final_of.iter().nth(chance.below(final_of.len().max(1) as u64) as usize)
            && let Some(rrn) = &old.rrn
        {
            assert_eq!(Sight::of(&up.port.post("/api/v1/trace", &json!({"rrn": rrn})).unwrap()).fate, old.fate);
        }
        if round % 5 == 4 {
            // Killed again while it recovers.
            up.kill();
            up = Up::start(&dir);
        }
        // In odd rounds nobody comes back to the tills: the reversals go out by themselves.
        if round % 2 == 0 {
            assert!(up.tills().iter().all(|(_, terminal)| up.port.sign_in(terminal)));
        }
        up.port.wait_quiet();
        let (_, money) = audited(&up.port);
        for ((sale, before), offline) in sales.iter().zip(&first).zip(&offline) {
            let now = trace(&up.port, sale);
            assert!(before.allows(&now.fate), "round {round}: {before:?} then {now:?} {sale:?}");
            assert!(offline.as_ref().is_none_or(|seen| seen.allows(&now.fate)), "{offline:?} then {now:?} {sale:?}");
            settled(sale, &now, &money);
            *at_restart.entry(format!("{} → {}", before.fate, now.fate)).or_default() += 1;
            final_of.insert(sale.fen, now);
        }
    }
    let (audit, money) = audited(&up.port);
    let fates = |fate: &str| final_of.values().filter(|seen| seen.fate == fate).count();
    println!("{} sales, {at_restart:?}, {} debits, {} refunds", final_of.len(), audit["debits"], audit["refunds"]);
    assert_eq!(audit["debits"], fates("took_place") + fates("returned"));
    assert_eq!(audit["refunds"], fates("returned"));
    notices(&dir, &money);
    let rrns = final_of.values().filter(|seen| seen.fate == "took_place").filter_map(|seen| seen.rrn.clone());
    papers(&dir, &rrns.collect());
    // More than a desk's question brings: audit and quiet must read whole tables.
    assert!(final_of.len() > 512, "{}", final_of.len());
    // A run that never caught a sale on its way has shown nothing.
    assert!(fates("took_place") > ROUNDS && fates("returned") + fates("did_not_take_place") > 0, "{at_restart:?}");
    assert_eq!(up.stop(), 0);
}

/// When the newest exchange of a terminal with this amount was taken, as its acquirer says.
fn taken_at(port: &Port, till: &(String, String), card: &str, yuan: &str) -> Option<String> {
    let answer = port.post("/api/v1/trace", &json!({"merchant": till.0, "terminal": till.1, "tail": card}))?;
    let others = answer["others"].as_array().into_iter().flatten();
    let found = std::iter::once(&answer).chain(others).find(|found| found["amount"] == yuan)?;
    let own = found["evidence"].as_array()?.iter().find(|word| word["party"] == "acquirer")?;
    own["at"].as_str().map(str::to_owned)
}

/// A clock that runs faster than the wall is far ahead of it after a while. Whoever starts again must not be back at the wall:
/// what is taken now would be older than what was taken before.
#[test]
fn a_fast_clock_does_not_fall_back_behind_its_records() {
    let dir = folder("kill-clock").join("net");
    let mut newest = String::new();
    for (no, killed) in [true, false, true].into_iter().enumerate() {
        let up = Up::start(&dir);
        let till = up.tills()[0].clone();
        let (card, fen) = (&up.ready["cards"][0], 1_000 + no);
        let pan = card["pan"].as_str().unwrap();
        let masked = format!("{}******{}", &pan[..6], &pan[pan.len() - 4..]);
        assert!(up.port.sign_in(&till.1));
        for body in [
            json!({"act": "sale", "amount_fen": fen}),
            json!({"act": "card", "track2": card["track2"]}),
            json!({"act": "enter"}),
            json!({"act": "pin", "pin": "123456"}),
        ] {
            assert_eq!(up.port.act(&till.1, &body), Some(json!({"taken": true})));
        }
        let yuan = format!("{}.{:02}", fen / 100, fen % 100);
        let at = live::until("the sale", 6_000, || taken_at(&up.port, &till, &masked, &yuan));
        assert!(at > newest, "{at} is before {newest}");
        newest = at;
        up.port.wait_quiet();
        if killed {
            up.kill();
        } else {
            assert_eq!(up.stop(), 0);
        }
    }
}
