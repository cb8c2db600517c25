//! One party on one OS thread: what has arrived is one batch, one step, one commit; then frames, slips, screens, notices.

use super::clock::PacedClock;
use super::link::{LinkCounts, LinkPlan, Links};
use super::paper::PaperOut;
use crate::drive::{Arrived, Driver, Effects, Stop};
use slipway_node::{
    Act, Clock, Hand, Input, Key, Node, Notifier, Peer, Print, Question, Scan, Show, Store, StoreFault, Vault, limits,
};
use slipway_terms::{InstitutionId, Message, Moment, PaperFate, TerminalId, Testimony};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::LocalSet;

/// What a party is made of, apart from its core.
pub struct PartyPlan {
    /// For logs and threads.
    pub name: String,
    /// Its institution number on the switch side; terminals have none.
    pub own: Option<InstitutionId>,
    /// The clock.
    pub clock: PacedClock,
    /// Its sockets.
    pub links: Vec<LinkPlan>,
    /// Its printers, by terminal.
    pub papers: BTreeMap<TerminalId, PaperOut>,
    /// Where its notices go.
    pub notifier: Option<Box<dyn Notifier + Send>>,
    /// Who watches what it does (demonstrations, tests); `None` on the hot path.
    pub watch: Option<Watch>,
}

/// Sees what a party does.
pub type Watch = Box<dyn FnMut(Event<'_>) + Send>;

/// Something a watcher sees, after it happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A message came in.
    Heard(&'a Peer, &'a Message),
    /// A message went out.
    Sent(&'a Peer, &'a Message),
    /// A link to a peer came up or went down.
    Linked(&'a Peer, bool),
    /// A screen changed.
    Shown(&'a TerminalId, &'a Show),
    /// A chip is asked; whoever holds the reader answers with [`Act::Chip`].
    Asked(&'a TerminalId, &'a slipway_terms::ChipAsk),
    /// A copy of a slip came to its end.
    Printed(&'a Print, slipway_terms::Copy, PaperFate),
}

/// Nanoseconds a driver has spent per stage, and how much it did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stages {
    /// Steps taken.
    pub steps: u64,
    /// Inputs judged.
    pub inputs: u64,
    /// Gather, judge and commit.
    pub step_ns: u64,
    /// Of the step: wants, reads, vault.
    pub gather_ns: u64,
    /// Of the step: decisions.
    pub judge_ns: u64,
    /// Of the step: the store's commits.
    pub commit_ns: u64,
    /// Packing and handing out.
    pub release_ns: u64,
}

/// What other threads ask of a party.
#[derive(Debug)]
pub enum Control {
    /// Hands, for the core.
    Hand(Hand),
    /// A desk's question.
    Ask(Question, oneshot::Sender<Vec<Testimony>>),
    /// What was counted.
    Counts(oneshot::Sender<Figures>),
    /// Rows of one table, as stored, for audits.
    Rows(u8, oneshot::Sender<Vec<(Key, Vec<u8>)>>),
    /// A range of rows, as stored, for whoever looks for a few.
    Scan(Scan, oneshot::Sender<Vec<(Key, Vec<u8>)>>),
    /// At most so many rows of a prefix that are lower than a key, highest first.
    Below(Key, Key, u16, oneshot::Sender<Vec<(Key, Vec<u8>)>>),
    /// Stop gracefully: what was taken in is decided first.
    Stop,
    /// Pull the plug: nothing more is decided, sent or closed; the store is as the last commit left it.
    Cut,
}

/// A party's figures.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    /// Links.
    pub links: LinkCounts,
    /// Driver and core.
    pub node: BTreeMap<&'static str, u64>,
    /// Stages.
    pub stages: Stages,
    /// Outbox entries waiting.
    pub outbox: usize,
    /// Age of the oldest entry in network milliseconds.
    pub outbox_age_ms: i64,
    /// Entries that have waited for a day.
    pub outbox_overdue: usize,
    /// Timers armed.
    pub timers: usize,
    /// When its next timer or repeat is due.
    pub next_due: Option<Moment>,
    /// Data syncs of the store.
    pub syncs: u64,
    /// Batches ever committed to the store.
    pub batches: u64,
    /// Lines that stand now.
    pub lines: usize,
    /// Peers that are known by name, and how many lines each has now.
    pub peers: Vec<(Peer, usize)>,
}

/// A running party. Its plug can be pulled and put back: whoever holds the handle then speaks to its next life.
#[derive(Debug)]
pub struct Handle {
    /// Its name.
    pub name: String,
    life: watch::Sender<Life>,
    thread: Mutex<Option<Thread>>,
}

type Thread = std::thread::JoinHandle<Result<(), Stop>>;

/// One life of a party.
#[derive(Clone, Debug)]
struct Life {
    control: mpsc::UnboundedSender<Control>,
    /// Its plug was pulled by a person: its end is no failure.
    unplugged: bool,
}

/// Tells a party things from other threads, whichever life it is in.
#[derive(Clone, Debug)]
pub struct Hands(watch::Sender<Life>);

impl Hands {
    /// Tells the party something; `false` if it is gone.
    pub fn tell(&self, control: Control) -> bool {
        self.0.borrow().control.send(control).is_ok()
    }
}

impl Handle {
    /// Tells the party something; `false` if it is gone.
    pub fn tell(&self, control: Control) -> bool {
        self.life.borrow().control.send(control).is_ok()
    }

    /// A sender for other threads, for the life it is in now.
    pub fn sender(&self) -> mpsc::UnboundedSender<Control> {
        self.life.borrow().control.clone()
    }

    /// The same for all its lives.
    pub fn hands(&self) -> Hands {
        Hands(self.life.clone())
    }

    /// Asks and waits, from a thread outside any runtime. `None`: the party is gone.
    pub fn ask(&self, question: Question) -> Option<Vec<Testimony>> {
        let (tx, rx) = oneshot::channel();
        self.tell(Control::Ask(question, tx));
        rx.blocking_recv().ok()
    }

    /// The party's figures; `None` if it is gone.
    pub fn figures(&self) -> Option<Figures> {
        let (tx, rx) = oneshot::channel();
        self.tell(Control::Counts(tx));
        rx.blocking_recv().ok()
    }

    /// All rows of one table.
    pub fn rows(&self, space: u8) -> Option<Vec<(Key, Vec<u8>)>> {
        let (tx, rx) = oneshot::channel();
        self.tell(Control::Rows(space, tx));
        rx.blocking_recv().ok()
    }

    /// A range of rows. `None`: the party is gone, or its store does not answer.
    pub fn scan(&self, scan: Scan) -> Option<Vec<(Key, Vec<u8>)>> {
        let (tx, rx) = oneshot::channel();
        self.tell(Control::Scan(scan, tx));
        rx.blocking_recv().ok()
    }

    /// At most so many rows whose keys begin with `prefix` and are lower than `below`, highest first. `None`: the party is gone, or its
    /// store does not answer.
    pub fn below(&self, prefix: Key, below: Key, rows_max: u16) -> Option<Vec<(Key, Vec<u8>)>> {
        let (tx, rx) = oneshot::channel();
        self.tell(Control::Below(prefix, below, rows_max, tx));
        rx.blocking_recv().ok()
    }

    /// Comes back when the party has ended by itself; [`Handle::stop`] then says why. A pulled plug is no such end.
    pub async fn gone(&self) {
        let mut life = self.life.subscribe();
        loop {
            let Life { control, unplugged } = life.borrow_and_update().clone();
            if !unplugged {
                tokio::select! {
                    () = control.closed() => {
                        // Whoever pulls a plug says so before it is cut.
                        if !life.borrow().unplugged && life.borrow().control.same_channel(&control) {
                            return;
                        }
                    }
                    _ = life.changed() => {}
                }
            } else if life.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether its thread has ended.
    pub fn ended(&self) -> bool {
        self.thread.lock().is_ok_and(|thread| thread.as_ref().is_none_or(Thread::is_finished))
    }

    /// Whether its plug is out.
    pub fn unplugged(&self) -> bool {
        self.life.borrow().unplugged
    }

    /// Pulls the plug and waits until nothing of it runs: nothing more is decided, sent or closed; its store is as the last
    /// commit left it. Says why it had stopped if it had stopped by itself before.
    ///
    /// # Errors
    /// Why it had stopped by itself.
    pub fn unplug(&self) -> Result<(), Stop> {
        self.life.send_modify(|life| life.unplugged = true);
        self.tell(Control::Cut);
        self.join()
    }

    /// Puts the plug back: `again` is the party in its next life, opened from its own store.
    pub fn plug(&self, again: Self) {
        if let (Ok(mut own), Ok(mut thread)) = (self.thread.lock(), again.thread.lock()) {
            *own = thread.take();
        }
        self.life.send_replace(again.life.borrow().clone());
    }

    /// Stops it and waits; says why it had stopped if it had stopped by itself.
    pub fn stop(self) -> Result<(), Stop> {
        self.tell(Control::Stop);
        self.join()
    }

    fn join(&self) -> Result<(), Stop> {
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        thread.map_or(Ok(()), |thread| thread.join().unwrap_or(Err(Stop::Panics)))
    }
}

/// Starts a party on a thread of its own. `make` runs there; its error comes back before `spawn` returns.
pub fn spawn<N, S, V>(
    plan: PartyPlan,
    make: impl FnOnce() -> Result<Driver<N, S, V>, Stop> + Send + 'static,
) -> Result<Handle, Stop>
where
    N: Node + 'static,
    N::Timer: 'static,
    S: Store + 'static,
    V: Vault + 'static,
{
    let (control, inbox) = mpsc::unbounded_channel();
    let (opened, outcome) = std::sync::mpsc::channel();
    let name = plan.name.clone();
    let thread = std::thread::Builder::new().name(name.clone()).spawn(move || {
        let driver = match make() {
            Ok(driver) => driver,
            Err(stop) => {
                let _ = opened.send(Err(stop.clone()));
                return Err(stop);
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return Err(Stop::Store(StoreFault::Io("no runtime".into()))) };
        let _ = opened.send(Ok(()));
        LocalSet::new().block_on(&runtime, Party::new(plan, driver).run(inbox))
    });
    let thread = thread.map_err(|error| Stop::Store(StoreFault::Io(error.to_string())))?;
    outcome.recv().unwrap_or(Err(Stop::Panics))?;
    let life = watch::Sender::new(Life { control, unplugged: false });
    Ok(Handle { name, life, thread: Mutex::new(Some(thread)) })
}

struct Party<N: Node, S, V> {
    plan: PartyPlan,
    driver: Driver<N, S, V>,
    links: Rc<Links<N::Timer>>,
    desks: HashMap<u64, oneshot::Sender<Vec<Testimony>>>,
    tickets: u64,
    stages: Stages,
    cut: bool,
}

impl<N, S, V> Party<N, S, V>
where
    N: Node + 'static,
    N::Timer: 'static,
    S: Store + 'static,
    V: Vault + 'static,
{
    fn new(plan: PartyPlan, mut driver: Driver<N, S, V>) -> Self {
        let clock = plan.clock;
        driver.measure(move || clock.nanos());
        let links = Links::new(plan.own, plan.clock);
        Self { plan, driver, links, desks: HashMap::new(), tickets: 0, stages: Stages::default(), cut: false }
    }

    async fn run(mut self, mut control: mpsc::UnboundedReceiver<Control>) -> Result<(), Stop> {
        self.links.tell(Arrived::plain(Input::Hand(Hand::Rouse)));
        for plan in std::mem::take(&mut self.plan.links) {
            self.connect(plan)?;
        }
        let mut stopping = false;
        let mut moves = self.plan.clock.moves();
        while !stopping {
            let due =
                self.driver.next_due().map_or(std::time::Duration::from_secs(3600), |at| self.plan.clock.until(at));
            tokio::select! {
                biased;
                () = self.links.arrived.notified() => {}
                asked = control.recv() => stopping |= asked.is_none_or(|asked| self.control(asked)),
                () = moves.next() => {}
                () = tokio::time::sleep(due) => {}
            }
            self.gather().await;
            // What is there now, and no more: who asks again as soon as it is answered must not keep the next step away.
            for _ in 0..control.len().min(limits::BATCH_INPUTS_MAX) {
                stopping |= control.try_recv().is_ok_and(|asked| self.control(asked));
            }
            if self.cut {
                return Ok(());
            }
            self.step()?;
        }
        while self.links.waiting() > 0 {
            self.step()?;
        }
        self.driver.into_store().close().map_err(Stop::Store)
    }

    /// Lets the links read what has arrived by now, so that one commit carries it all. Waits for nothing: it goes on as soon
    /// as a turn brings no more.
    async fn gather(&self) {
        let mut before = 0;
        while (before + 1..limits::BATCH_INPUTS_MAX).contains(&self.links.waiting()) {
            before = self.links.waiting();
            tokio::task::yield_now().await;
        }
    }

    fn connect(&self, plan: LinkPlan) -> Result<(), Stop> {
        match plan {
            LinkPlan::Listen { listener, serves, tls } => {
                let listener =
                    listener.set_nonblocking(true).and_then(|()| tokio::net::TcpListener::from_std(listener));
                let listener = listener.map_err(|error| Stop::Store(StoreFault::Io(error.to_string())))?;
                tokio::task::spawn_local(Rc::clone(&self.links).listen(listener, serves, tls));
            }
            LinkPlan::Dial { peer, way, links } => {
                if matches!(peer, Peer::Host(_)) {
                    // Until it stands: what a till sent into nothing would be in doubt for nothing.
                    self.links.tell(Arrived::plain(Input::Hand(Hand::Link { peer, up: false })));
                }
                for _ in 0..links.max(1) {
                    tokio::task::spawn_local(Rc::clone(&self.links).dial(peer, way.clone()));
                }
            }
        }
        Ok(())
    }

    /// `true`: stop.
    fn control(&mut self, asked: Control) -> bool {
        match asked {
            Control::Hand(hand) => self.links.tell(Arrived::plain(Input::Hand(hand))),
            Control::Ask(question, reply) => {
                self.tickets += 1;
                self.desks.insert(self.tickets, reply);
                self.links.tell(Arrived::plain(Input::Hand(Hand::Desk { ticket: self.tickets, question })));
            }
            Control::Counts(reply) => drop(reply.send(self.figures())),
            Control::Rows(space, reply) => {
                let mut rows = Vec::new();
                if self.driver.store().each(space, &mut |key, bytes| rows.push((key, bytes.to_vec()))).is_ok() {
                    let _ = reply.send(rows);
                }
            }
            Control::Scan(scan, reply) => {
                let mut rows = Vec::new();
                if self.driver.store().range(&scan, &mut rows).is_ok() {
                    let _ = reply.send(rows);
                }
            }
            Control::Below(prefix, below, rows_max, reply) => {
                let mut rows = Vec::new();
                if self.driver.store().below(&prefix, &below, rows_max, &mut rows).is_ok() {
                    let _ = reply.send(rows);
                }
            }
            Control::Stop => return true,
            Control::Cut => self.cut = true,
        }
        false
    }

    fn figures(&self) -> Figures {
        let (outbox, oldest) = self.driver.outbox_waiting();
        let spent = self.driver.spent();
        let stages =
            Stages { gather_ns: spent.gather_ns, judge_ns: spent.judge_ns, commit_ns: spent.commit_ns, ..self.stages };
        Figures {
            links: self.links.counts.borrow().clone(),
            node: self.driver.counts().clone(),
            stages,
            outbox,
            outbox_age_ms: oldest.map_or(0, |at| self.plan.clock.now().0 - at.0),
            outbox_overdue: self.driver.outbox_overdue(self.plan.clock.now()),
            timers: self.driver.timers_armed(),
            next_due: self.driver.next_due(),
            syncs: self.driver.store().syncs(),
            batches: self.driver.store().batches(),
            lines: self.links.lines(),
            peers: self.links.named(),
        }
    }

    /// One batch. What follows from it at once (fates of slips, notices taken) waits for the next one: a commit of its own
    /// would delay everything behind it.
    fn step(&mut self) -> Result<(), Stop> {
        let inputs = self.links.take();
        let began = self.plan.clock.nanos();
        self.watch_heard(&inputs);
        self.stages.inputs += inputs.len() as u64;
        let mut effects = Effects::default();
        let outcome = self.driver.step(self.plan.clock.now(), inputs, &mut effects);
        let committed = self.plan.clock.nanos();
        self.stages.steps += 1;
        self.stages.step_ns += committed - began;
        if let Err(stop) = outcome {
            tracing::error!(party = self.plan.name, "{stop}");
            return Err(stop);
        }
        if committed - began > limits::COMMIT_MS_MAX * 1_000_000 {
            tracing::error!(
                party = self.plan.name,
                "a commit took {} ms; the medium is not fit for money",
                (committed - began) / 1_000_000
            );
        }
        for back in self.release(effects) {
            self.links.tell(back);
        }
        self.stages.release_ns += self.plan.clock.nanos() - committed;
        Ok(())
    }

    fn watch_heard(&mut self, inputs: &[Arrived<N::Timer>]) {
        let Some(watch) = &mut self.plan.watch else { return };
        for arrived in inputs {
            match &arrived.input {
                Input::Heard(peer, message) => watch(Event::Heard(peer, message)),
                Input::Hand(Hand::Link { peer, up }) => watch(Event::Linked(peer, *up)),
                _ => {}
            }
        }
    }

    fn release(&mut self, mut effects: Effects) -> Vec<Arrived<N::Timer>> {
        for (to, message, mac) in &effects.sends {
            if let Some(watch) = &mut self.plan.watch {
                watch(Event::Sent(to, message));
            }
            let vault = self.driver.vault();
            self.links.send(*to, message, mac.as_ref().map(|key| |data: &[u8]| vault.mac(key, data)));
        }
        for (ticket, seen) in effects.testimonies.drain(..) {
            if let Some(reply) = self.desks.remove(&ticket) {
                let _ = reply.send(seen);
            }
        }
        for (seat, show) in &effects.shows {
            if let Some(watch) = &mut self.plan.watch {
                watch(Event::Shown(seat, show));
            }
        }
        for (seat, ask) in &effects.chips {
            if let Some(watch) = &mut self.plan.watch {
                watch(Event::Asked(seat, ask));
            }
        }
        let mut back = Vec::new();
        for print in std::mem::take(&mut effects.prints) {
            self.print(print, &mut back);
        }
        if let Some(notifier) = &mut self.plan.notifier {
            back.extend(Driver::<N, S, V>::deliver(&mut effects, &mut BoxedNotifier(notifier.as_mut())));
        }
        back
    }

    fn print(&mut self, print: Print, back: &mut Vec<Arrived<N::Timer>>) {
        let paper = self.plan.papers.get(&print.seat).cloned().unwrap_or(PaperOut::None);
        if let PaperOut::Tcp(_) = paper {
            let links = Rc::clone(&self.links);
            tokio::task::spawn_local(async move {
                for copy in print.copies.clone() {
                    let fate = paper.print(&print, copy).await;
                    links.tell(paper_act(&print, copy, fate));
                }
            });
            return;
        }
        for copy in print.copies.clone() {
            let fate = paper.print_now(&print, copy);
            if let Some(watch) = &mut self.plan.watch {
                watch(Event::Printed(&print, copy, fate));
            }
            back.push(paper_act(&print, copy, fate));
        }
    }
}

fn paper_act<T>(print: &Print, copy: slipway_terms::Copy, fate: PaperFate) -> Arrived<T> {
    Arrived::plain(Input::Hand(Hand::At(print.seat, Act::Paper(print.about, copy, fate))))
}

struct BoxedNotifier<'a>(&'a mut (dyn Notifier + Send));

impl Notifier for BoxedNotifier<'_> {
    fn take(&mut self, notice: &slipway_terms::Notice) -> bool {
        self.0.take(notice)
    }
}
