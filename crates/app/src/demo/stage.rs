//! The stage of a demonstration: a whole network on loopback with fault proxies on every hop, and everything that can be
//! seen of it in one list.

use super::till::Till;
use crate::clearing::daily::Daily;
use crate::network::power::Power;
use crate::network::schemes::Schemes;
use crate::network::{self, Hosts, Phones, Plan, Wiring, listen, open, sample};
use crate::proxy::{self, Crossing, Faults, Proxy};
use crate::say::End;
use crate::trace::Desk;
use crate::window::chips::Shared;
use slipway_hosts::day::{Days, after};
use slipway_hosts::switch::SwitchRow;
use slipway_iso8583::Family;
use slipway_node::{Act, Clock, Hand, Print, Question, Show};
use slipway_runtime::os::{Caller, Control, Event, Pace, PacedClock, PaperOut, PaperSink, Way};
use slipway_slip::printer::{Fault as PaperFault, SimPrinter, paper_text};
use slipway_slip::{Columns, escpos, render};
use slipway_terminal::{TerminalBank, TerminalRow};
use slipway_terms::{ChipSaid, Copy, Moment, Notice, PaperFate, TerminalId, Testimony};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Something seen.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A frame crossed a hop.
    Crossed(Crossing),
    /// A terminal's screen changed.
    Screen(Show),
    /// A copy of a slip came to its end; the text is what is on the paper.
    Paper(Copy, PaperFate, String),
    /// A terminal's line came up or went down.
    Line(TerminalId, bool),
    /// A notice reached the cardholder.
    Noticed(Notice),
    /// What the story does.
    Told(String, String),
}

/// A network with its proxies.
pub struct Stage {
    /// The hosts.
    pub hosts: Option<Hosts>,
    /// The faults to arm.
    pub faults: Faults,
    /// All that was seen, with the network's milliseconds since the stage was set.
    pub seen: Vec<(i64, Seen)>,
    dir: PathBuf,
    clock: PacedClock,
    began: Moment,
    tell: Sender<(Moment, Seen)>,
    heard: Receiver<(Moment, Seen)>,
    acquirer: SocketAddr,
    /// Chips at the readers of its terminals.
    pub slot: Shared,
    /// How its terminals speak TLS; a proxy that sees frames needs plain lines.
    tls: Option<Caller>,
    /// What starts its hosts again.
    power: Option<Power>,
    _proxies: Option<tokio::sync::mpsc::Sender<()>>,
}

/// Network milliseconds after which a story that waits for something is stuck.
const STUCK_MS: u64 = 2_000_000;

/// A clock that begins at ten in the morning of today, so that no business day ends by itself in the middle of a story.
pub fn morning(pace: Pace) -> PacedClock {
    const TEN_MS: i64 = (10 - 8) * 3_600_000;
    let today = PacedClock::start(Pace::REAL).now().date();
    PacedClock::led(pace, Moment(today.days() * 86_400_000 + TEN_MS)).0
}

impl Stage {
    /// Sets a stage in `dir` for so many terminals. What runs faster than the wall begins in the morning.
    pub fn set(dir: &Path, terminals: usize, pace: Pace) -> Result<Self, End> {
        let clock = if pace == Pace::REAL { PacedClock::start(pace) } else { morning(pace) };
        Self::on(dir, terminals, clock)
    }

    /// The same with a clock of the caller's.
    pub fn on(dir: &Path, terminals: usize, clock: PacedClock) -> Result<Self, End> {
        let plan = Plan {
            terminals,
            outside: Vec::new(),
            cards: terminals,
            opening_fen: sample::OPENING_FEN,
            secrets: crate::up::Secrets::sample(),
            schemes: Schemes::default(),
        };
        network::create_once(dir, &plan, clock)?;
        let (tell, heard) = channel();
        let crossing = tell.clone();
        let faults = Faults::new(move |crossed, _: &[u8]| {
            if !crossed.late {
                let _ = crossing.send((clock.now(), Seen::Crossed(crossed)));
            }
        });
        let mut wiring = Wiring::direct(0, 0)?;
        let (for_terminals, alive) = proxy::on_every_line(&mut wiring, &faults)?;
        let power = Power::of(dir, clock, &wiring)?;
        let hosts = Hosts::start(dir, clock, wiring, |_| phones(&tell, clock))?;
        let stage = Self {
            hosts: Some(hosts),
            faults,
            seen: Vec::new(),
            dir: dir.to_owned(),
            clock,
            began: clock.now(),
            tell,
            heard,
            acquirer: for_terminals,
            slot: Shared::default(),
            tls: None,
            power: Some(power),
            _proxies: Some(alive),
        };
        Ok(stage)
    }

    /// The same with TLS on its terminals' lines.
    pub fn speaking(self, tls: Option<Caller>) -> Self {
        Self { tls, ..self }
    }

    /// A stage for terminals only, before an acquirer that runs elsewhere. With a proxy on the terminals' line answers can be
    /// lost there; without one the line is the acquirer's own.
    pub fn before(acquirer: SocketAddr, dir: &Path, clock: PacedClock, proxied: bool) -> Result<Self, End> {
        let (tell, heard) = channel();
        let crossing = tell.clone();
        let faults = Faults::new(move |crossed, _: &[u8]| {
            if !crossed.late {
                let _ = crossing.send((clock.now(), Seen::Crossed(crossed)));
            }
        });
        let (mut at, mut proxies) = (acquirer, None);
        if proxied {
            let listener = listen(0)?;
            at = listener.local_addr()?;
            proxies = Some(proxy::run(
                vec![Proxy { listener, to: acquirer, family: Family::Pos, there: 1, back: 6 }],
                &faults,
            )?);
        }
        Ok(Self {
            hosts: None,
            faults,
            seen: Vec::new(),
            dir: dir.to_owned(),
            clock,
            began: clock.now(),
            tell,
            heard,
            acquirer: at,
            slot: Shared::default(),
            tls: None,
            power: None,
            _proxies: proxies,
        })
    }

    /// Puts terminal `index` on the stage (again, after a power cut) and waits for its line.
    pub fn till(&mut self, index: usize, printer: &Arc<Mutex<SimPrinter>>) -> Result<Till, End> {
        let from = self.place();
        let till = self.place_till(index, printer, Columns::C32)?;
        self.until(from, "line", |seen| matches!(seen, Seen::Line(at, true) if *at == till.seat))?;
        Ok(till)
    }

    /// The same with paper of this width, and without waiting.
    pub fn place_till(&self, index: usize, printer: &Arc<Mutex<SimPrinter>>, columns: Columns) -> Result<Till, End> {
        let seat = sample::terminal(index);
        let name = format!("store-{index}");
        let opening = open::bank(&self.dir, &name, &[(seat, index)], self.clock, Some(sample::OPERATOR_PASSWORD))?;
        self.open_till(opening, &name, seat, printer, columns)
    }

    /// Puts a terminal that is opened elsewhere on the stage.
    pub fn open_till(
        &self,
        opening: open::Opening<TerminalBank>,
        name: &str,
        seat: TerminalId,
        printer: &Arc<Mutex<SimPrinter>>,
        columns: Columns,
    ) -> Result<Till, End> {
        let (tell, clock) = (self.tell.clone(), self.clock);
        let paper = Paper { printer: Arc::clone(printer), columns, tell: tell.clone(), clock };
        let sink: Arc<Mutex<dyn PaperSink>> = Arc::new(Mutex::new(paper));
        let (slot, line) = (Arc::clone(&self.slot), Arc::new(OnceLock::<UnboundedSender<Control>>::new()));
        let hand = Arc::clone(&line);
        let watch = move |event: Event<'_>| {
            let seen = match event {
                Event::Asked(at, ask) => {
                    let said = slot.lock().map_or(ChipSaid::Gone, |mut slot| slot.ask(ask));
                    if let Some(hand) = hand.get() {
                        let _ = hand.send(Control::Hand(Hand::At(*at, Act::Chip(said))));
                    }
                    return;
                }
                Event::Shown(at, show) if *at == seat => Seen::Screen(show.clone()),
                Event::Linked(_, up) => Seen::Line(seat, up),
                _ => return,
            };
            let _ = tell.send((clock.now(), seen));
        };
        let papers = BTreeMap::from([(seat, PaperOut::Sink(sink))]);
        let way = Way { tls: self.tls.clone(), ..Way::plain(self.acquirer) };
        let bank = network::start_opened(opening, name, &[seat], clock, &way, papers, Some(Box::new(watch)))?;
        let _ = line.set(bank.sender());
        Ok(Till { seat, bank })
    }

    /// Pulls the plug of a host, which stops where it stands, or puts it back.
    ///
    /// # Errors
    /// 2 no such host, 3 it does not start.
    pub fn plug(&self, party: &str, on: bool) -> Result<(), End> {
        let none = || End::usage("没有此方", "no such party");
        let (hosts, power) = self.hosts.as_ref().zip(self.power.as_ref()).ok_or_else(none)?;
        let handle = hosts.all().into_iter().find(|host| host.name == party).ok_or_else(none)?;
        if !on {
            let _ = handle.unplug();
            return Ok(());
        }
        handle.plug(match party {
            "acquirer" => power.acquirer(network::bind(power.acquirer_at)?)?,
            "switch" => power.switch(network::bind(power.switch_at)?)?,
            "issuer1" => power.issuer(0, phones(&self.tell, self.clock))?,
            _ => power.issuer(1, phones(&self.tell, self.clock))?,
        });
        Ok(())
    }

    /// Says what the story does, in the timeline.
    pub fn tell(&mut self, zh: &str, en: &str) {
        self.drain();
        let at = self.clock.now().0 - self.began.0;
        self.seen.push((at, Seen::Told(zh.into(), en.into())));
    }

    /// Takes in what has happened by now.
    pub fn drain(&mut self) {
        while let Ok((at, seen)) = self.heard.try_recv() {
            self.seen.push((at.0 - self.began.0, seen));
        }
    }

    /// How much was seen so far: a place to look from.
    pub fn place(&mut self) -> usize {
        self.drain();
        self.seen.len()
    }

    /// Waits until something seen since `from` fits. A story that waits too long says what it waited for.
    pub fn until(&mut self, from: usize, what: &str, fits: impl Fn(&Seen) -> bool) -> Result<(), End> {
        let deadline = self.stuck_at();
        let mut next = from;
        loop {
            while next < self.seen.len() {
                if fits(&self.seen[next].1) {
                    return Ok(());
                }
                next += 1;
            }
            let left = Duration::from_nanos(deadline.saturating_sub(self.clock.nanos()));
            match self.heard.recv_timeout(left) {
                Ok((at, seen)) => self.seen.push((at.0 - self.began.0, seen)),
                Err(_) => {
                    let shown = self.seen.iter().rev().find_map(|(_, seen)| match seen {
                        Seen::Screen(show) => Some(show.lines.iter().map(|line| line.zh.as_str()).collect::<Vec<_>>()),
                        _ => None,
                    });
                    let shown = shown.unwrap_or_default().join(" │ ");
                    return Err(End::broken(
                        format!("演示停滞：等待“{what}”；屏幕：{shown}"),
                        format!("the story is stuck waiting for: {what}; the screen says: {shown}"),
                    ));
                }
            }
        }
    }

    /// Waits until nothing is pending at any host nor at this terminal. Re-reads whenever something was seen, and at the
    /// pace of the network's second at the latest.
    pub fn quiet(&mut self, till: &Till) -> Result<(), End> {
        let deadline = self.stuck_at();
        loop {
            if self.is_quiet(till) {
                self.drain();
                return Ok(());
            }
            if self.clock.nanos() > deadline {
                return Err(End::broken("演示停滞：网络没有静下来", "the network did not become quiet"));
            }
            self.breathe(Duration::from_millis(10));
        }
    }

    /// Takes in what comes within this much of the wall's time, or less.
    pub fn breathe(&mut self, wait: Duration) {
        if let Ok((at, seen)) = self.heard.recv_timeout(wait) {
            self.seen.push((at.0 - self.began.0, seen));
        }
    }

    /// Ends the business day, and waits until it is cleared at every member.
    pub fn clear_day(&mut self) -> Result<(), End> {
        let deadline = self.stuck_at();
        let gone = || End::broken("机构不在", "the hosts are gone");
        let stuck = || End::broken("演示停滞：日切或清算没有完成", "the day is not cut, or not cleared");
        let date =
            |hosts: &Hosts| crate::audit::table::<Days, SwitchRow>(&hosts.switch).and_then(|mut days| days.pop());
        let today = date(self.hosts.as_ref().ok_or_else(gone)?).ok_or_else(gone)?.date;
        let daily = Daily::new(&self.dir);
        let hosts = self.hosts.as_ref().ok_or_else(gone)?;
        hosts.switch.tell(Control::Hand(Hand::CutOver { to: after(today) }));
        loop {
            let hosts = self.hosts.as_ref().ok_or_else(gone)?;
            if date(hosts).is_some_and(|days| days.closed >= today) {
                let run = daily.run(hosts, Some(today))?;
                let members = run["days"][0]["members"].as_array();
                if members.is_some_and(|members| members.iter().all(|member| member["taken"] == true)) {
                    return Ok(());
                }
            }
            if self.clock.nanos() > deadline {
                return Err(stuck());
            }
            if let Ok((at, seen)) = self.heard.recv_timeout(Duration::from_millis(10)) {
                self.seen.push((at.0 - self.began.0, seen));
            }
        }
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Wall nanoseconds of the clock at which waiting from now on is being stuck.
    fn stuck_at(&self) -> u64 {
        self.clock.nanos() + u64::try_from(self.clock.wall(STUCK_MS).as_nanos()).unwrap_or(u64::MAX / 2)
    }

    fn is_quiet(&self, till: &Till) -> bool {
        use slipway_terms::State;
        let hosts = self.hosts.as_ref();
        let hosts_done =
            hosts.is_none_or(|hosts| hosts.all().iter().all(|host| host.figures().is_some_and(|f| f.outbox == 0)));
        let still = |seen: Vec<Testimony>| seen.iter().all(|t| !matches!(t.state, State::Open | State::WillUndo));
        let all = Question::All { rows_max: 64 };
        let acquirer_done = || hosts.is_none_or(|hosts| hosts.acquirer.ask(all.clone()).is_some_and(still));
        hosts_done && till.bank.ask(all.clone()).is_some_and(still) && acquirer_done() && !owes(till)
    }

    /// The network's time.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Milliseconds of the network since the stage was set.
    pub fn ms(&self) -> i64 {
        self.clock.now().0 - self.began.0
    }
}

/// Hears what goes to the cardholders' phones.
fn phones(tell: &Sender<(Moment, Seen)>, clock: PacedClock) -> Phones {
    let tell = tell.clone();
    let also = move |notice: &Notice| drop(tell.send((clock.now(), Seen::Noticed(notice.clone()))));
    Phones { file: None, also: Some(Box::new(also)) }
}

/// Whether the terminal has something in store that the acquirer must still get: an advice, a settlement, the word of a slip.
fn owes(till: &Till) -> bool {
    let owed =
        |row: &TerminalRow| matches!(row, TerminalRow::Stored(_) | TerminalRow::Settling(_) | TerminalRow::Confirm(_));
    crate::audit::rows::<TerminalRow>(&till.bank).is_none_or(|rows| rows.iter().any(owed))
}

/// Paper of the process: a simulated printer that is given ESC/POS bytes, as a real one would be.
struct Paper {
    printer: Arc<Mutex<SimPrinter>>,
    columns: Columns,
    tell: Sender<(Moment, Seen)>,
    clock: PacedClock,
}

impl PaperSink for Paper {
    fn print(&mut self, print: &Print, copy: Copy) -> PaperFate {
        let Ok(mut printer) = self.printer.lock() else { return PaperFate::Unknown };
        let fate = printer.print(&escpos(&render(&print.slip, copy, self.columns)));
        let text = paper_text(&printer.tear_off(), self.columns);
        let _ = self.tell.send((self.clock.now(), Seen::Paper(copy, fate, text)));
        fate
    }
}

/// Everything a desk can ask while a story plays.
pub struct StageDesk<'a>(pub &'a Hosts, pub &'a Till);

impl Desk for StageDesk<'_> {
    fn acquirer(&self, question: Question) -> Option<Vec<Testimony>> {
        self.0.acquirer.ask(question)
    }
    fn switch(&self, question: Question) -> Option<Vec<Testimony>> {
        self.0.switch.ask(question)
    }
    fn issuer(&self, index: usize, question: Question) -> Option<Vec<Testimony>> {
        self.0.issuers.get(index)?.ask(question)
    }
    fn terminal(&self, id: TerminalId, question: Question) -> Option<Vec<Testimony>> {
        if id == self.1.seat { self.1.bank.ask(question) } else { None }
    }
}

/// A printer in good order.
pub fn printer() -> Arc<Mutex<SimPrinter>> {
    Arc::new(Mutex::new(SimPrinter::new()))
}

/// Arms a paper fault, or mends the printer.
pub fn paper(printer: &Arc<Mutex<SimPrinter>>, fault: Option<PaperFault>) {
    if let Ok(mut printer) = printer.lock() {
        match fault {
            Some(fault) => printer.arm(fault),
            None => printer.mend(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_begins_in_the_morning_whatever_the_time_is() {
        let now = morning(Pace::REAL).now();
        assert_eq!((now.0 / 3_600_000 + 8) % 24, 10);
    }
}
