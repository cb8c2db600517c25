//! The theatre of a running network: one of its terminals with all that lies around it, the lines between the parties with handles to
//! break them, and a plug at every party. Only under `up --demo` on loopback; every other start has none of it.
//!
//! Parties and proxies only drop what they saw into a queue; one thread writes it to the board and tells the pages, another asks
//! the parties where the money of the exchange at hand is. No page is waited for, and nobody waits for a page.

mod acts;
mod board;
mod desk;
mod doors;
mod outcome;
mod picked;
mod plugs;
mod set;
mod stage;
mod told;

pub use desk::{Desk, watch};
pub use doors::router;
pub use plugs::{Plugs, Terminals};
pub use set::{Opened, Wired};

use crate::network::sample::SampleMerchant;
use crate::proxy::Faults;
use crate::web::feed::Feed;
use crate::window::cards::Card;
use crate::window::chips::Shared;
use board::Board;
use slipway_node::{Clock, Show};
use slipway_runtime::os::PacedClock;
use slipway_slip::printer::{Fault as PaperFault, SimPrinter};
use slipway_terms::{Notice, TerminalId};
use std::sync::mpsc::{Sender, SyncSender};
use std::sync::{Arc, Mutex};
use told::Crossed;

/// Something seen, on its way to the board.
enum Seen {
    /// A message crossed a hop.
    Crossed(Box<Crossed>),
    /// The screen changed.
    Screen(Show),
    /// The terminal's line came up or went down.
    Line(bool),
    /// The cardholder's phone.
    Noticed(Notice),
    /// A copy of a slip came to its end.
    Paper(told::Paper),
    /// A part of the board is another now.
    Now(&'static str, serde_json::Value),
}

/// The theatre.
pub struct Theatre {
    /// Its pages.
    pub feed: Feed,
    board: Mutex<Board>,
    tell: Sender<Seen>,
    faults: Faults,
    printer: Arc<Mutex<SimPrinter>>,
    cards: Vec<Card>,
    slot: Shared,
    seat: TerminalId,
    merchant: SampleMerchant,
    clock: PacedClock,
    plugs: Plugs,
    stage: stage::Stage,
    poke: SyncSender<desk::Poke>,
    /// The proxies run as long as this is held.
    _alive: tokio::sync::mpsc::Sender<()>,
}

/// The printer's states by their word.
const PRINTER: [(&str, PaperFault); 5] = [
    ("paper-out", PaperFault::PaperOut { after: 0 }),
    ("jam", PaperFault::Jam { after: 0 }),
    ("cover-open", PaperFault::CoverOpen { after: 0 }),
    ("overheated", PaperFault::Overheated { after: 0 }),
    ("dead-head", PaperFault::DeadHead),
];

/// A printer's fault by its word, after so many lines.
fn paper_fault(word: &str, lines: usize) -> Option<PaperFault> {
    let fault = PRINTER.iter().find(|(known, _)| *known == word)?.1;
    Some(match fault {
        PaperFault::PaperOut { .. } => PaperFault::PaperOut { after: lines },
        PaperFault::Jam { .. } => PaperFault::Jam { after: lines },
        PaperFault::CoverOpen { .. } => PaperFault::CoverOpen { after: lines },
        PaperFault::Overheated { .. } => PaperFault::Overheated { after: lines },
        other => other,
    })
}

impl Theatre {
    /// Network milliseconds for a page's clock.
    fn now_ms(&self) -> i64 {
        self.clock.now().0
    }

    fn tell(&self, seen: Seen) {
        let _ = self.tell.send(seen);
    }

    /// A part of the board is another now.
    fn now(&self, part: &'static str, value: serde_json::Value) {
        self.tell(Seen::Now(part, value));
    }
}
