//! A cashier who writes down each sale before the last key, and a seeded source of chance.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::live::{Port, pause};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Chance that repeats (splitmix64).
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// What the screen said in the end, if the cashier lived to see it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    Approved,
    Declined,
}

/// One sale as its cashier wrote it down.
#[derive(Debug)]
pub struct Written {
    pub round: usize,
    pub merchant: String,
    pub terminal: String,
    /// Masked, as a slip shows it.
    pub card: String,
    /// No two sales have the same.
    pub fen: u64,
    shown: Mutex<Option<Shown>>,
}

impl Written {
    pub fn shown(&self) -> Option<Shown> {
        *self.shown.lock().unwrap()
    }

    /// The amount as a trace writes it.
    pub fn yuan(&self) -> String {
        format!("{}.{:02}", self.fen / 100, self.fen % 100)
    }
}

/// The clients' journal: a line is in the file before the last key of its sale is pressed.
pub struct Journal {
    written: Mutex<(File, Vec<Arc<Written>>)>,
    next_fen: Mutex<u64>,
}

impl Journal {
    pub fn new(path: &Path) -> Self {
        Self { written: Mutex::new((File::create(path).unwrap(), Vec::new())), next_fen: Mutex::new(1_000) }
    }

    pub fn len(&self) -> usize {
        self.written.lock().unwrap().1.len()
    }

    pub fn of_round(&self, round: usize) -> Vec<Arc<Written>> {
        self.written.lock().unwrap().1.iter().filter(|sale| sale.round == round).cloned().collect()
    }

    fn fen(&self) -> u64 {
        let mut next = self.next_fen.lock().unwrap();
        *next += 1;
        *next
    }

    fn write(&self, sale: &Arc<Written>) {
        let mut held = self.written.lock().unwrap();
        let line = json!({"round": sale.round, "merchant": sale.merchant, "terminal": sale.terminal, "card": sale.card, "fen": sale.fen});
        writeln!(held.0, "{line}").unwrap();
        held.0.flush().unwrap();
        held.1.push(Arc::clone(sale));
    }
}

/// Debit cards that are only ever used with a wrong PIN, by their place among the sample cards.
const WRONG_PIN: [usize; 2] = [19, 41];

/// Sells at one terminal until the network is gone.
pub fn trade(port: &Port, journal: &Journal, cards: &[Value], at: (&str, &str), mut chance: Seeded, round: usize) {
    if port.sign_in(at.1) {
        while sell(port, journal, cards, at, &mut chance, round).is_some() {}
    }
}

/// One sale; `None`: the network is gone.
pub fn sell(
    port: &Port,
    journal: &Journal,
    cards: &[Value],
    (merchant, terminal): (&str, &str),
    chance: &mut Seeded,
    round: usize,
) -> Option<()> {
    let wrong = chance.below(12) == 0;
    let index = match chance.below(cards.len() as u64) as usize {
        _ if wrong => WRONG_PIN[chance.below(2) as usize],
        taken if WRONG_PIN.contains(&taken) => taken - 1,
        index => index,
    };
    let fen = journal.fen();
    let yuan = format!("CNY {}.{:02}", fen / 100, fen % 100);
    let ready = |lines: &[String]| lines.len() > 2 && lines[1] == yuan && lines[2] == "Swipe the card";
    let mut looks = 0;
    loop {
        if looks % 20 == 0 {
            port.act(terminal, &json!({"act": "sale", "amount_fen": fen}))?;
        }
        if ready(&port.screen(terminal)?) {
            break;
        }
        looks += 1;
        assert!(looks < 6_000, "{terminal} does not take a sale: {:?}", port.screen(terminal));
        pause();
    }
    port.act(terminal, &json!({"act": "card", "track2": cards[index]["track2"]}))?;
    port.act(terminal, &json!({"act": "enter"}))?;
    let pan = cards[index]["pan"].as_str().unwrap();
    let card = format!("{}******{}", &pan[..6], &pan[pan.len() - 4..]);
    let sale = Arc::new(Written {
        round,
        merchant: merchant.to_owned(),
        terminal: terminal.to_owned(),
        card,
        fen,
        shown: Mutex::new(None),
    });
    journal.write(&sale);
    port.act(terminal, &json!({"act": "pin", "pin": if wrong { "654321" } else { "123456" }}))?;
    for _ in 0..400 {
        let lines = port.screen(terminal)?;
        let shown = match lines.first().map(String::as_str) {
            Some("approved") if lines.get(1) == Some(&yuan) => Shown::Approved,
            // The slip may be out before anybody looks.
            Some("Approved: check the signature")
                if lines.get(1).is_some_and(|line| line.contains(&format!("{yuan} "))) =>
            {
                Shown::Approved
            }
            Some("Declined") => Shown::Declined,
            _ => {
                pause();
                continue;
            }
        };
        *sale.shown.lock().unwrap() = Some(shown);
        return Some(());
    }
    // Nothing that ends a sale was shown: the next one is tried all the same.
    Some(())
}
