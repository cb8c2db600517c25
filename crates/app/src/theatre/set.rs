//! Sets the theatre up: proxies on all lines, the printer, the cards, and eyes on the terminals.

use super::told;
use super::{Plugs, Seen, Theatre};
use crate::network::power::Power;
use crate::network::slips::SlipFiles;
use crate::network::{AlsoHears, Wiring, sample};
use crate::proxy::{self, Faults};
use crate::say::End;
use crate::tills::Screens;
use crate::web::feed::Feed;
use crate::window::{cards, chips};
use slipway_node::{Act, Clock, Hand, Print};
use slipway_runtime::os::{Control, Event, Hands, PacedClock, PaperOut, PaperSink, Watch};
use slipway_slip::printer::SimPrinter;
use slipway_slip::{Columns, escpos, render};
use slipway_terms::{ChipSaid, Copy, Notice, PaperFate, TerminalId};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, OnceLock};

/// The terminal on the stage: in the supermarket.
const SEAT: usize = 1;

/// A network's lines with proxies on them, before its parties are started.
pub struct Wired {
    dir: PathBuf,
    clock: PacedClock,
    faults: Faults,
    seat: TerminalId,
    printer: Arc<Mutex<SimPrinter>>,
    slot: chips::Shared,
    hands: Arc<OnceLock<Hands>>,
    tell: Sender<Seen>,
    seen: Receiver<Seen>,
    /// Where its terminals dial the acquirer.
    pub for_terminals: SocketAddr,
    _alive: tokio::sync::mpsc::Sender<()>,
}

impl Wired {
    /// Puts a proxy on every line.
    pub fn of(dir: &Path, clock: PacedClock, mut wiring: Wiring) -> Result<(Wiring, Self), End> {
        let (tell, seen) = channel();
        let (seat, crossing) = (sample::terminal(SEAT), tell.clone());
        let faults = Faults::new(move |crossed, frame: &[u8]| {
            if let Some(crossed) = told::crossed(&crossed, frame, clock.now().0) {
                let _ = crossing.send(Seen::Crossed(Box::new(crossed)));
            }
        });
        let faults = faults.only(seat);
        let (for_terminals, alive) = proxy::on_every_line(&mut wiring, &faults)?;
        let printer = Arc::new(Mutex::new(SimPrinter::new()));
        let (slot, hands, dir) = (chips::Shared::default(), Arc::default(), dir.to_owned());
        Ok((wiring, Self { dir, clock, faults, seat, printer, slot, hands, tell, seen, for_terminals, _alive: alive }))
    }

    /// Hears what goes to the cardholders' phones.
    pub fn phone(&self) -> AlsoHears {
        phone(&self.tell)
    }

    /// Gives the terminal on the stage its printer; the others keep theirs.
    pub fn papers(&self, papers: &mut BTreeMap<TerminalId, PaperOut>) {
        let files = SlipFiles::of(&self.dir.join("slips"), self.seat);
        let sink = Sink { printer: Arc::clone(&self.printer), files, tell: self.tell.clone() };
        papers.insert(self.seat, PaperOut::Sink(Arc::new(Mutex::new(sink))));
    }

    /// Looks at the terminals as they run.
    pub fn eyes(&self, screens: &Arc<Screens>) -> Watch {
        eyes(self.seat, &self.tell, &self.slot, &self.hands, screens)
    }

    /// The theatre, once the parties run; and what is seen in it.
    pub fn open(self, bank: Hands, power: Power, terminals: super::plugs::Terminals) -> Opened {
        let _ = self.hands.set(bank);
        let mut cards = cards::tray(None).unwrap_or_default();
        cards::personalise(&mut cards, &self.dir);
        if let Ok(mut slot) = self.slot.lock() {
            let chips = cards.iter().enumerate().filter_map(|(at, card)| Some((at, card.chip.clone()?)));
            slot.fill(chips, Some(self.dir.join("chips.json")));
        }
        let (poke, poked) = sync_channel(4);
        let plugs = Plugs::new(power, terminals, &self);
        let theatre = Theatre {
            feed: Feed::default(),
            board: Mutex::default(),
            tell: self.tell,
            faults: self.faults,
            printer: self.printer,
            cards,
            slot: self.slot,
            seat: self.seat,
            merchant: sample::merchant_of(SEAT),
            clock: self.clock,
            plugs,
            stage: super::stage::Stage::default(),
            poke,
            _alive: self._alive,
        };
        Opened { theatre: Arc::new(theatre), seen: self.seen, poked }
    }

    /// What a next life of a party is watched with.
    pub(super) fn tools(&self) -> super::plugs::Tools {
        super::plugs::Tools {
            seat: self.seat,
            tell: self.tell.clone(),
            slot: Arc::clone(&self.slot),
            hands: Arc::clone(&self.hands),
        }
    }
}

/// A theatre that is not watched yet.
pub struct Opened {
    /// The theatre.
    pub theatre: Arc<Theatre>,
    pub(super) seen: Receiver<Seen>,
    pub(super) poked: Receiver<super::desk::Poke>,
}

/// Hears what goes to the cardholders' phones.
pub(super) fn phone(tell: &Sender<Seen>) -> AlsoHears {
    let tell = tell.clone();
    Box::new(move |notice: &Notice| drop(tell.send(Seen::Noticed(notice.clone()))))
}

/// Sees the screens of all terminals for the doors, and of the one on the stage everything; holds its chips to the reader.
pub(super) fn eyes(
    seat: TerminalId,
    tell: &Sender<Seen>,
    slot: &chips::Shared,
    hands: &Arc<OnceLock<Hands>>,
    screens: &Arc<Screens>,
) -> Watch {
    let (mut all, tell, slot, hands) = (screens.watch(), tell.clone(), Arc::clone(slot), Arc::clone(hands));
    Box::new(move |event: Event<'_>| {
        match &event {
            Event::Asked(at, ask) if **at == seat => {
                let said = slot.lock().map_or(ChipSaid::Gone, |mut slot| slot.ask(ask));
                if let Some(hands) = hands.get() {
                    hands.tell(Control::Hand(Hand::At(seat, Act::Chip(said))));
                }
            }
            Event::Shown(at, show) if **at == seat => drop(tell.send(Seen::Screen((*show).clone()))),
            Event::Linked(slipway_node::Peer::Host(at), up) if *at == seat => drop(tell.send(Seen::Line(*up))),
            _ => {}
        }
        all(event);
    })
}

/// The printer of the terminal on the stage: simulated, given ESC/POS as a real one would be. What is whole is also written to
/// the folder's files, as for the other terminals.
struct Sink {
    printer: Arc<Mutex<SimPrinter>>,
    files: SlipFiles,
    tell: Sender<Seen>,
}

impl PaperSink for Sink {
    fn print(&mut self, print: &Print, copy: Copy) -> PaperFate {
        let Ok(mut printer) = self.printer.lock() else { return PaperFate::Unknown };
        let mut fate = printer.print(&escpos(&render(&print.slip, copy, Columns::C32)));
        if fate == PaperFate::Printed {
            fate = self.files.print(print, copy);
        }
        let _ = self.tell.send(Seen::Paper(told::paper(copy, fate, &printer.tear_off())));
        fate
    }
}
