//! TCP links: frames in, frames out, reconnect with back-off, echo when idle, limits on everything. What is too long, too
//! slow or garbled is cut off with a counted reason; the core never sees it.

use super::clock::PacedClock;
use crate::drive::Arrived;
use crate::wire;
use slipway_iso8583::{Family, Path, Rule, split};
use slipway_node::{Clock, Hand, Input, Line, Peer, limits};
use slipway_terms::{InstitutionId, Message, Moment};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::Instant;

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
    },
    /// Keep so many connections to a peer.
    Dial {
        /// The peer.
        peer: Peer,
        /// Its address.
        addr: SocketAddr,
        /// How many links.
        links: usize,
    },
}

/// What links count, by fixed reason.
pub type LinkCounts = BTreeMap<&'static str, u64>;

/// Network milliseconds of silence after which a dialled link sends an echo (rules 5).
const ECHO_MS: i64 = 60_000;
/// Network milliseconds after which a silent link is half-open and cut.
const SILENT_MS: i64 = 200_000;
/// Wall milliseconds a started frame may take; a slower sender is cut (slow loris).
const FRAME_WALL_MS: u64 = 10_000;
/// Back-off of a dialler in wall milliseconds.
const BACKOFF_WALL_MS: [u64; 6] = [10, 50, 200, 1000, 3000, 10_000];

type MakesMac = fn(&[u8]) -> Option<slipway_terms::Mac>;
const NO_MAC: Option<MakesMac> = None;

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
            next_no: Cell::new(first),
            turn: Cell::new(0),
            counts: RefCell::default(),
        })
    }

    pub(super) fn count(&self, what: &'static str) {
        tracing::debug!(own = ?self.own, "{what}");
        *self.counts.borrow_mut().entry(what).or_default() += 1;
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

    /// Serves a listening port for ever.
    pub(super) async fn listen(self: Rc<Self>, listener: TcpListener, serves: Serves) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let links = Rc::clone(&self);
                    tokio::task::spawn_local(async move { links.serve(stream, serves, None).await });
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
    pub(super) async fn dial(self: Rc<Self>, peer: Peer, addr: SocketAddr) {
        let mut failures = 0;
        loop {
            let began = self.clock.nanos();
            if let Ok(stream) = TcpStream::connect(addr).await {
                let serves = if matches!(peer, Peer::Host(_)) { Serves::Terminals } else { Serves::Members };
                self.serve(stream, serves, Some(peer)).await;
            } else {
                self.count("connect failed");
            }
            // A link that held for a while starts its back-off anew.
            failures = if self.clock.nanos() - began > 2_000_000_000 { 0 } else { failures + 1 };
            let wait = BACKOFF_WALL_MS[failures.min(BACKOFF_WALL_MS.len()) - usize::from(failures > 0)];
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
    }

    async fn serve(self: &Rc<Self>, stream: TcpStream, serves: Serves, dialled: Option<Peer>) {
        let _ = stream.set_nodelay(true);
        let no = self.next_no.get();
        self.next_no.set(no + 1);
        let connection = Rc::new(Connection {
            out: RefCell::default(),
            wake: Notify::new(),
            closed: Cell::new(false),
            cut: Notify::new(),
            stuck: Cell::new(None),
            heard_at: Cell::new(self.clock.now()),
        });
        self.connections.borrow_mut().insert(no, Rc::clone(&connection));
        let peer = Cell::new(dialled);
        if let Some(peer) = dialled {
            self.greet(peer, &connection, 1);
            self.joined(peer, no);
        }
        let family = if serves == Serves::Terminals { Family::Pos } else { Family::Cups };
        tokio::select! {
            reason = self.read(&stream, family, &peer, no, &connection) => self.count(reason),
            () = write(&stream, &connection, &self.clock) => {}
            () = connection.cut.notified() => {}
            () = self.watch(&peer, &connection) => {}
        }
        self.left(no, peer.get());
    }

    /// A member names itself as soon as it is connected; an idle dialled link sends an echo.
    fn greet(&self, peer: Peer, connection: &Connection, code: u16) {
        if let Some(message) = wire::greeting(peer, self.own, self.clock.now(), code) {
            let _ = wire::pack(peer, self.own, &message, NO_MAC, &mut connection.out.borrow_mut());
            connection.wake.notify_one();
        }
    }

    async fn watch(&self, peer: &Cell<Option<Peer>>, connection: &Connection) {
        let mut quiet_since = connection.heard_at.get();
        loop {
            let wait = u64::try_from(ECHO_MS).unwrap_or(0);
            tokio::time::sleep(self.clock.wall(wait)).await;
            let silent = self.clock.now().0 - connection.heard_at.get().0;
            if silent >= SILENT_MS {
                return self.count("cut: silent (half open)");
            }
            if connection.heard_at.get() == quiet_since
                && let Some(peer) = peer.get()
            {
                self.greet(peer, connection, 301);
            }
            quiet_since = connection.heard_at.get();
        }
    }

    async fn read(
        &self,
        stream: &TcpStream,
        family: Family,
        peer: &Cell<Option<Peer>>,
        no: u64,
        connection: &Connection,
    ) -> &'static str {
        let mut buffer = Vec::with_capacity(16 * 1024);
        let mut frame_began = Instant::now();
        loop {
            while self.inbox.borrow().len() >= limits::INBOX_INPUTS_MAX {
                self.room.notified().await;
            }
            let left = Duration::from_millis(FRAME_WALL_MS).saturating_sub(frame_began.elapsed());
            let patience = (!buffer.is_empty()).then_some(left);
            // Asked here too: the wait below prefers bytes that are there, and a drop may always be there.
            if patience == Some(Duration::ZERO) {
                return "cut: frame too slow";
            }
            let readable = async {
                match patience {
                    Some(wait) => tokio::time::timeout(wait, stream.readable()).await.is_ok_and(|ready| ready.is_ok()),
                    None => stream.readable().await.is_ok(),
                }
            };
            if !readable.await {
                return "cut: frame too slow";
            }
            let read = match stream.try_read_buf(&mut buffer) {
                Ok(0) if buffer.is_empty() => return "closed by peer",
                Ok(0) => return "closed in the middle of a frame",
                Ok(more) => more,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(_) => return "broken by peer",
            };
            connection.heard_at.set(self.clock.now());
            let mut from = 0;
            loop {
                match split(&buffer[from..], family, limits::FRAME_BYTES_MAX) {
                    Ok(Some((frame, consumed))) => {
                        // An empty frame is a keep-alive.
                        if !frame.is_empty() {
                            self.frame(&buffer[from..][frame], family, peer, no);
                        }
                        from += consumed;
                    }
                    Ok(None) => break,
                    Err(_) => return "cut: frame length impossible or too long",
                }
            }
            if from > 0 || buffer.len() == read {
                frame_began = Instant::now();
            }
            buffer.drain(..from);
        }
    }

    fn frame(&self, frame: &[u8], family: Family, peer: &Cell<Option<Peer>>, no: u64) {
        let unpacked = match wire::unpack(family, frame) {
            Ok(unpacked) => unpacked,
            Err(fault) if (fault.path, fault.rule) == (Path::Mti, Rule::Kind) => {
                return self.count("message of unknown type");
            }
            Err(_) => return self.count("frame that does not decode"),
        };
        if wire::is_echo_answer(&unpacked.message) {
            return;
        }
        let from = match (peer.get(), family) {
            (Some(peer), _) => peer,
            (None, Family::Pos) => Peer::Line(Line { no, tpdu: unpacked.tpdu, header: unpacked.header }),
            (None, _) => {
                let Some(source) = unpacked.source else { return self.count("frame of an unnamed member") };
                peer.set(Some(Peer::Member(source)));
                self.joined(Peer::Member(source), no);
                Peer::Member(source)
            }
        };
        self.tell(Arrived { input: Input::Heard(from, unpacked.message), mac_data: unpacked.mac_data });
    }
}

async fn write(stream: &TcpStream, connection: &Connection, clock: &PacedClock) {
    loop {
        let mut bytes = std::mem::take(&mut *connection.out.borrow_mut());
        if connection.closed.get() {
            return;
        }
        let mut from = 0;
        while from < bytes.len() {
            match stream.try_write(&bytes[from..]) {
                Ok(n) => {
                    from += n;
                    connection.stuck.set(None);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    if connection.stuck.get().is_none() {
                        connection.stuck.set(Some(clock.nanos()));
                    }
                    if stream.writable().await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
        bytes.clear();
        if connection.out.borrow().is_empty() {
            connection.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests;
