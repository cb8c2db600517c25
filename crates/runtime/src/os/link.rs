//! Links: frames in, frames out, reconnect with back-off, echo when idle, limits on everything. What is too long, too
//! slow or garbled is cut off with a counted reason; the core never sees it. Why a peer cannot be reached is told to the core
//! once for each change.

use super::bearer::{Bearer, Tcp};
use super::clock::PacedClock;
use super::pipe::Pipe;
use super::tls::{Caller, Listener};
use crate::drive::Arrived;
use crate::wire;
use slipway_node::{Clock, Hand, Input, LineFault, Peer, limits};
use slipway_terms::{InstitutionId, Message, Moment};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Notify;

mod served;

/// Whom a listening port serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Serves {
    /// Terminals: 2-byte length, TPDU, header.
    Terminals,
    /// Members of the switch: 4-digit length, 46-byte header; the header's source says who it is.
    Members,
}

/// One thing the rim does with sockets.
#[derive(Debug)]
pub enum LinkPlan {
    /// Accept connections.
    Listen {
        /// A bound listener.
        listener: std::net::TcpListener,
        /// For whom.
        serves: Serves,
        /// How it speaks TLS; without this it is plain.
        tls: Option<Listener>,
    },
    /// Keep so many connections to a peer.
    Dial {
        /// The peer.
        peer: Peer,
        /// How it is reached.
        way: Way,
        /// How many links.
        links: usize,
    },
}

/// How a peer is reached.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name or address, with the port. A name is looked up anew at each try.
    pub to: String,
    /// Over what.
    pub bearer: Arc<dyn Bearer>,
    /// How TLS is spoken; without this it is plain.
    pub tls: Option<Caller>,
}

impl Way {
    /// Plain TCP to this place.
    pub fn plain(to: impl ToString) -> Self {
        Self { to: to.to_string(), bearer: Arc::new(Tcp), tls: None }
    }

    /// Makes one connection and hangs up: whether the line can be made, and why not.
    pub async fn probe(&self) -> Result<(), LineFault> {
        self.make().await.map(drop)
    }

    async fn make(&self) -> Result<Pipe, LineFault> {
        let stream = self.bearer.connect(&self.to).await?;
        let _ = stream.set_nodelay(true);
        match &self.tls {
            Some(caller) => Ok(caller.call(stream).await?.into()),
            None => Ok(Pipe::Plain(stream)),
        }
    }
}

/// What links count, by fixed reason.
pub type LinkCounts = BTreeMap<&'static str, u64>;

/// Back-off of a dialler in wall milliseconds.
const BACKOFF_WALL_MS: [u64; 6] = [10, 50, 200, 1000, 3000, 10_000];

struct Connection {
    out: RefCell<Vec<u8>>,
    wake: Notify,
    closed: Cell<bool>,
    cut: Notify,
    /// Since when (clock nanoseconds) the peer has taken no byte although there are some; `None` while it reads.
    stuck: Cell<Option<u64>>,
    heard_at: Cell<Moment>,
}

/// Whether the peer reads too slowly. What one step of ours queues (the advices of an outage, the requests of thousands of
/// terminals) is no fault of the peer: cutting for it would lose it all, and the next line would be cut for it again.
const fn too_slow(queued: usize, stuck_ns: Option<u64>) -> bool {
    let stuck = match stuck_ns {
        Some(ns) => ns > limits::LINK_STUCK_WALL_MS * 1_000_000,
        None => false,
    };
    queued > limits::LINK_BURST_BYTES_MAX || (queued > limits::LINK_QUEUE_BYTES_MAX && stuck)
}

/// All links of one party, shared by its tasks on its one thread.
pub(super) struct Links<T> {
    own: Option<InstitutionId>,
    clock: PacedClock,
    inbox: RefCell<Vec<Arrived<T>>>,
    pub(super) arrived: Notify,
    room: Notify,
    connections: RefCell<HashMap<u64, Rc<Connection>>>,
    peers: RefCell<HashMap<Peer, Vec<u64>>>,
    /// Why a peer without a link has none, as last told.
    faults: RefCell<HashMap<Peer, LineFault>>,
    next_no: Cell<u64>,
    turn: Cell<usize>,
    pub(super) counts: RefCell<LinkCounts>,
}

impl<T: 'static> Links<T> {
    pub(super) fn new(own: Option<InstitutionId>, clock: PacedClock) -> Rc<Self> {
        let first = u64::try_from(clock.now().0).unwrap_or(0) << 20;
        Rc::new(Self {
            own,
            clock,
            inbox: RefCell::default(),
            arrived: Notify::new(),
            room: Notify::new(),
            connections: RefCell::default(),
            peers: RefCell::default(),
            faults: RefCell::default(),
            next_no: Cell::new(first),
            turn: Cell::new(0),
            counts: RefCell::default(),
        })
    }

    pub(super) fn count(&self, what: &'static str) {
        tracing::debug!(own = ?self.own, "{what}");
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    /// How many lines stand now.
    pub(super) fn lines(&self) -> usize {
        self.connections.borrow().len()
    }

    /// Peers that are no mere lines, and how many lines each has now; those that had one and have none are told too.
    pub(super) fn named(&self) -> Vec<(Peer, usize)> {
        let peers = self.peers.borrow();
        let named = peers.iter().filter(|(peer, _)| !matches!(peer, Peer::Line(_)));
        let mut all: Vec<(Peer, usize)> = named.map(|(peer, lines)| (*peer, lines.len())).collect();
        all.sort_unstable();
        all
    }

    /// Puts one input into the inbox.
    pub(super) fn tell(&self, arrived: Arrived<T>) {
        self.inbox.borrow_mut().push(arrived);
        self.arrived.notify_one();
    }

    /// How many inputs wait for the next step.
    pub(super) fn waiting(&self) -> usize {
        self.inbox.borrow().len()
    }

    /// Everything that has arrived.
    pub(super) fn take(&self) -> Vec<Arrived<T>> {
        let taken = std::mem::take(&mut *self.inbox.borrow_mut());
        self.room.notify_waiters();
        taken
    }

    /// Queues one message towards a peer. A peer without a link loses it (counted): repeats and timers are the cores' business.
    pub(super) fn send(
        &self,
        to: Peer,
        message: &Message,
        mac: Option<impl FnOnce(&[u8]) -> Option<slipway_terms::Mac>>,
    ) {
        let Some(connection) = self.connection(to) else {
            return self.count("sent to a peer without a link");
        };
        let mut out = connection.out.borrow_mut();
        let stuck = connection.stuck.get().map(|since| self.clock.nanos().saturating_sub(since));
        if connection.closed.get() {
            return self.count("sent to a peer without a link");
        }
        if too_slow(out.len(), stuck) {
            connection.closed.set(true);
            connection.cut.notify_one();
            self.count("cut: reads too slowly");
        } else {
            match wire::pack(to, self.own, message, mac, &mut out) {
                Ok(()) => {}
                Err(wire::PackFault::NoKey) => self.count("not sent: no key for its MAC"),
                Err(wire::PackFault::Value(_)) => self.count("not sent: a value its dialect cannot carry"),
            }
        }
        connection.wake.notify_one();
    }

    fn connection(&self, to: Peer) -> Option<Rc<Connection>> {
        let no = match to {
            Peer::Line(line) => line.no,
            peer => {
                let peers = self.peers.borrow();
                let all = peers.get(&peer).filter(|all| !all.is_empty())?;
                self.turn.set(self.turn.get().wrapping_add(1));
                all[self.turn.get() % all.len()]
            }
        };
        self.connections.borrow().get(&no).cloned()
    }

    fn joined(&self, peer: Peer, no: u64) {
        let mut peers = self.peers.borrow_mut();
        let all = peers.entry(peer).or_default();
        all.push(no);
        if all.len() == 1 {
            drop(peers);
            self.faults.borrow_mut().remove(&peer);
            tracing::info!(own = ?self.own, ?peer, "link up");
            self.tell(Arrived::plain(Input::Hand(Hand::Link { peer, up: true })));
        }
    }

    fn left(&self, no: u64, peer: Option<Peer>) {
        self.connections.borrow_mut().remove(&no);
        let Some(peer) = peer else { return };
        let mut peers = self.peers.borrow_mut();
        let Some(all) = peers.get_mut(&peer) else { return };
        all.retain(|other| *other != no);
        if all.is_empty() {
            drop(peers);
            tracing::info!(own = ?self.own, ?peer, "link down");
            self.tell(Arrived::plain(Input::Hand(Hand::Link { peer, up: false })));
        }
    }

    /// This peer cannot be reached. Counted each time, told when the reason is another than the last one told.
    fn unreachable(&self, peer: Peer, fault: LineFault) {
        self.count(fault.counted());
        let stands = self.peers.borrow().get(&peer).is_some_and(|all| !all.is_empty());
        if !stands && self.faults.borrow_mut().insert(peer, fault) != Some(fault) {
            tracing::info!(own = ?self.own, ?peer, fault = fault.word(), "no line");
            self.tell(Arrived::plain(Input::Hand(Hand::NoLine(peer, fault))));
        }
    }

    /// Serves a listening port for ever.
    pub(super) async fn listen(self: Rc<Self>, listener: TcpListener, serves: Serves, tls: Option<Listener>) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let (links, tls) = (Rc::clone(&self), tls.clone());
                    tokio::task::spawn_local(async move {
                        let _ = stream.set_nodelay(true);
                        let made = match tls {
                            Some(tls) => tls.answer(stream).await.map(Pipe::from),
                            None => Ok(Pipe::Plain(stream)),
                        };
                        match made {
                            Ok(pipe) => drop(links.serve(pipe, serves, None).await),
                            Err(reason) => links.count(reason),
                        }
                    });
                }
                Err(_) => {
                    // Out of descriptors: keep serving what is there and look again shortly.
                    self.count("accept failed");
                    tokio::time::sleep(Duration::from_millis(BACKOFF_WALL_MS[1])).await;
                }
            }
        }
    }

    /// Keeps one connection to a peer for ever.
    pub(super) async fn dial(self: Rc<Self>, peer: Peer, way: Way) {
        let serves = if matches!(peer, Peer::Host(_)) { Serves::Terminals } else { Serves::Members };
        let mut failures = 0;
        loop {
            let made = way.make().await;
            let began = self.clock.nanos();
            let fault = match made {
                Ok(pipe) => self.serve(pipe, serves, Some((peer, way.bearer.as_ref()))).await,
                Err(fault) => Some(fault),
            };
            if let Some(fault) = fault {
                self.unreachable(peer, fault);
            }
            // A link that held for a while starts its back-off anew.
            failures = if self.clock.nanos() - began > 2_000_000_000 { 0 } else { failures + 1 };
            let wait = BACKOFF_WALL_MS[failures.min(BACKOFF_WALL_MS.len()) - usize::from(failures > 0)];
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }
}

#[cfg(test)]
mod sim_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
