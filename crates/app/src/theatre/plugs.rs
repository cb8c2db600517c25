//! The plugs. Pulling one stops a party where it stands, as a power cut would; putting it back opens its own store, in which it finds
//! what it had committed.

use super::Seen;
use super::set::{self, Wired};
use crate::desk::BANK;
use crate::http::Live;
use crate::network::power::Power;
use crate::network::{self, Phones};
use crate::say::End;
use crate::tills::Screens;
use crate::window::chips::Shared;
use serde_json::{Value, json};
use slipway_runtime::os::{Handle, Hands, PacedClock, PaperOut};
use slipway_terms::TerminalId;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock};

/// The parties by name.
pub const PARTIES: [&str; 5] = ["terminal", "acquirer", "switch", "issuer1", "issuer2"];

/// What the bank of terminals is started with.
pub struct Terminals {
    /// The network's folder.
    pub dir: PathBuf,
    /// The clock.
    pub clock: PacedClock,
    /// Its terminals with their index.
    pub seats: Vec<(TerminalId, usize)>,
    /// Where they dial the acquirer.
    pub acquirer: SocketAddr,
    /// Their printers.
    pub papers: BTreeMap<TerminalId, PaperOut>,
    /// Their screens.
    pub screens: Arc<Screens>,
}

/// What a next life of a party is watched with.
pub struct Tools {
    pub(super) seat: TerminalId,
    pub(super) tell: Sender<Seen>,
    pub(super) slot: Shared,
    pub(super) hands: Arc<OnceLock<Hands>>,
}

/// Everything that starts a party again.
pub struct Plugs {
    power: Power,
    terminals: Terminals,
    tools: Tools,
    /// One plug at a time.
    turn: Mutex<()>,
}

impl Plugs {
    pub(super) fn new(power: Power, terminals: Terminals, wired: &Wired) -> Self {
        Self { power, terminals, tools: wired.tools(), turn: Mutex::new(()) }
    }

    /// Pulls or puts back one plug; a plug that is so already stays so.
    ///
    /// # Errors
    /// 2 no such party, 3 it does not start.
    pub fn set(&self, live: &Live, party: &str, on: bool) -> Result<(), End> {
        let handle = handle(live, party).ok_or_else(|| End::usage("没有此方", "no such party"))?;
        let _turn = self.turn.lock();
        match (on, handle.unplugged()) {
            (false, false) => {
                // Why it had stopped by itself before is told by whoever watches it.
                let _ = handle.unplug();
            }
            (true, true) => handle.plug(self.start(party)?),
            _ => {}
        }
        let _ = self.tools.tell.send(Seen::Now("power", standing(live)));
        Ok(())
    }

    fn start(&self, party: &str) -> Result<Handle, End> {
        let phones = || Phones {
            file: Some(self.terminals.dir.join(crate::notices::JOURNAL)),
            also: Some(set::phone(&self.tools.tell)),
        };
        match party {
            "acquirer" => self.power.acquirer(network::bind(self.power.acquirer_at)?),
            "switch" => self.power.switch(network::bind(self.power.switch_at)?),
            "issuer1" => self.power.issuer(0, phones()),
            "issuer2" => self.power.issuer(1, phones()),
            _ => self.terminals.start(&self.tools),
        }
    }
}

impl Terminals {
    fn start(&self, tools: &Tools) -> Result<Handle, End> {
        let watch = set::eyes(tools.seat, &tools.tell, &tools.slot, &tools.hands, &self.screens);
        let papers = self.papers.clone();
        network::start_bank(&self.dir, BANK, &self.seats, self.clock, self.acquirer, papers, Some(watch))
    }
}

fn handle<'a>(live: &'a Live, party: &str) -> Option<&'a Handle> {
    match party {
        "terminal" => live.bank.as_ref(),
        "acquirer" => Some(&live.hosts.acquirer),
        "switch" => Some(&live.hosts.switch),
        "issuer1" => Some(&live.hosts.issuers[0]),
        "issuer2" => Some(&live.hosts.issuers[1]),
        _ => None,
    }
}

/// Which parties have current.
pub fn standing(live: &Live) -> Value {
    let one = |party: &str| (party.to_owned(), json!(handle(live, party).is_some_and(|handle| !handle.unplugged())));
    Value::Object(PARTIES.into_iter().map(one).collect())
}
