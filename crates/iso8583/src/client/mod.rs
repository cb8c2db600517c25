//! A line to a host, on plain threads and blocking sockets: requests and answers paired by a key of your choice, late answers kept,
//! sign-on, echo, reconnection, a pool. For tools and tests that want a host without a runtime of their own.
//!
//! ```text
//!  ask(request) ─▶ pending[key] ─▶ socket            one keeper thread a line:
//!       ▲                                             connect ─▶ sign on ─▶ read, pair, echo ─▶ lost? wait, again
//!       └── answer with that key ◀── split ◀── socket
//!  stray() ◀── answers nobody waits for any more, requests of the host, what cannot be read
//! ```
//!
//! An answer that does not come leaves money in doubt: [`AskFault::unknown_fate`] says when. What to do then (reverse, ask again) is
//! the trade's decision and not this module's.

mod keeper;
mod key;
mod pool;
mod server;

pub use key::Key;
pub use pool::Pool;
pub use server::{Served, serve};

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use crate::decode::{FRAME_BYTES_MAX, decode};
use crate::decoded::Decoded;
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::wire::Wire;

/// Messages kept for [`Client::stray`] at most; more are counted and dropped.
const STRAYS_MAX: usize = 1_024;

/// A message that the line sends by itself, and what a good answer is.
pub struct Exchange {
    /// Makes the message: MTI first, no framing. Its argument counts up, for the trace number.
    pub make: Box<dyn Fn(u32) -> Vec<u8> + Send + Sync>,
    /// Is this answer good?
    pub good: Box<dyn Fn(&Decoded<'_>) -> bool + Send + Sync>,
}

/// How a line behaves.
pub struct Settings {
    /// How messages are written.
    pub dialect: &'static Dialect,
    /// What stands around them.
    pub wire: Wire,
    /// What makes an answer the answer of a request.
    pub key: Key,
    /// Sent after each connection; without a good answer the line is cut and tried again.
    pub sign_on: Option<Exchange>,
    /// Sent when nothing came for this long; without a good answer the line is cut.
    pub echo: Option<(Duration, Exchange)>,
    /// How long connecting, signing on and echoing may take.
    pub due: Duration,
    /// The pause before connecting again: this long first, then twice as long each time …
    pub retry_first: Duration,
    /// … up to this.
    pub retry_most: Duration,
    /// Bytes of a frame at most.
    pub frame_bytes_max: usize,
}

impl Settings {
    /// Two bytes of length, pairing by terminal and trace number, no sign-on and no echo.
    #[must_use]
    pub fn new(dialect: &'static Dialect) -> Settings {
        Settings {
            dialect,
            wire: Wire::default(),
            key: Key::of([11, 41]),
            sign_on: None,
            echo: None,
            due: Duration::from_secs(10),
            retry_first: Duration::from_millis(200),
            retry_most: Duration::from_secs(30),
            frame_bytes_max: FRAME_BYTES_MAX,
        }
    }
}

/// Why a request has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskFault {
    /// The request is no message of the dialect.
    Request(Fault),
    /// It has none of the fields that pair an answer with it.
    NoKey,
    /// A request with the same key waits already.
    KeyInUse,
    /// There is no line. Nothing was sent.
    Down,
    /// Sending failed, or the line broke before the answer came.
    Lost,
    /// No answer in time.
    TimedOut,
}

impl AskFault {
    /// May the host have got the request and acted on it?
    #[must_use]
    pub const fn unknown_fate(self) -> bool {
        matches!(self, AskFault::Lost | AskFault::TimedOut)
    }
}

impl fmt::Display for AskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskFault::Request(fault) => write!(f, "no message of the dialect: {fault}"),
            AskFault::NoKey => f.write_str("none of the fields that pair an answer is there"),
            AskFault::KeyInUse => f.write_str("a request with the same key is still open"),
            AskFault::Down => f.write_str("no line; nothing was sent"),
            AskFault::Lost => f.write_str("the line broke; whether the host acted is not known"),
            AskFault::TimedOut => f.write_str("no answer in time; whether the host acted is not known"),
        }
    }
}

impl core::error::Error for AskFault {}

/// A message that came without being waited for.
#[derive(Clone, PartialEq, Eq)]
pub enum Stray {
    /// An answer whose request was given up, or never made.
    Late(Vec<u8>),
    /// The host asks something.
    Request(Vec<u8>),
    /// Not a message of the dialect.
    Unreadable(Vec<u8>, Fault),
}

/// Prints the kind and length: a message may hold card data.
impl fmt::Debug for Stray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stray::Late(bytes) => write!(f, "Late({} bytes)", bytes.len()),
            Stray::Request(bytes) => write!(f, "Request({} bytes)", bytes.len()),
            Stray::Unreadable(bytes, fault) => write!(f, "Unreadable({} bytes, {fault})", bytes.len()),
        }
    }
}

/// What the keeper and the callers share.
struct Shared {
    address: String,
    settings: Settings,
    writer: Mutex<Option<TcpStream>>,
    pending: Mutex<HashMap<Vec<u8>, SyncSender<Vec<u8>>>>,
    strays: SyncSender<Stray>,
}

/// A panic elsewhere must not take the line with it: what the lock holds is whole at every step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Frames and sends; a failed line is taken away, so that the keeper sees it.
    fn send(&self, message: &[u8]) -> Result<(), AskFault> {
        let mut frame = Vec::with_capacity(message.len() + 16);
        let mark = self.settings.wire.open(None, &mut frame);
        frame.extend_from_slice(message);
        self.settings.wire.close(&mut frame, mark).map_err(AskFault::Request)?;
        let mut writer = lock(&self.writer);
        let stream = writer.as_mut().ok_or(AskFault::Down)?;
        if stream.write_all(&frame).is_ok() {
            return Ok(());
        }
        if let Some(stream) = writer.take() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        Err(AskFault::Lost)
    }
}

/// One line to one host. Dropped, it ends.
pub struct Client {
    shared: Arc<Shared>,
    strays: Mutex<Receiver<Stray>>,
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Client {
    /// Starts the line; it connects on its own thread and again whenever it is lost.
    #[must_use]
    pub fn start(address: &str, settings: Settings) -> Client {
        let (strays, kept) = sync_channel(STRAYS_MAX);
        let (stop, stopped) = channel();
        let shared = Arc::new(Shared {
            address: String::from(address),
            settings,
            writer: Mutex::new(None),
            pending: Mutex::new(HashMap::new()),
            strays,
        });
        let own = Arc::clone(&shared);
        let keeper = std::thread::spawn(move || keeper::run(&own, &stopped));
        Client { shared, strays: Mutex::new(kept), stop: Some(stop), keeper: Some(keeper) }
    }

    /// Is the line there (and signed on, where that is asked for)?
    #[must_use]
    pub fn is_up(&self) -> bool {
        lock(&self.shared.writer).is_some()
    }

    /// Sends `request` (MTI first, no framing) and waits for its answer.
    ///
    /// # Errors
    /// See [`AskFault`]; ask [`AskFault::unknown_fate`] before anything is sold again.
    pub fn ask(&self, request: &[u8], due: Duration) -> Result<Vec<u8>, AskFault> {
        let message = decode(self.shared.settings.dialect, request).map_err(AskFault::Request)?;
        let key = self.shared.settings.key.read(&message).ok_or(AskFault::NoKey)?;
        let (answer, waits) = sync_channel(1);
        {
            let mut pending = lock(&self.shared.pending);
            if pending.contains_key(&key) {
                return Err(AskFault::KeyInUse);
            }
            pending.insert(key.clone(), answer);
        }
        if let Err(fault) = self.shared.send(request) {
            lock(&self.shared.pending).remove(&key);
            return Err(fault);
        }
        match waits.recv_timeout(due) {
            Ok(answer) => Ok(answer),
            Err(end) => {
                lock(&self.shared.pending).remove(&key);
                // Between the end of waiting and the removal the answer may have come: it is the answer still.
                match (waits.try_recv(), end) {
                    (Ok(answer), _) => Ok(answer),
                    (Err(TryRecvError::Disconnected), RecvTimeoutError::Disconnected) => Err(AskFault::Lost),
                    _ => Err(AskFault::TimedOut),
                }
            }
        }
    }

    /// Sends a message that has no answer, or is one.
    ///
    /// # Errors
    /// `Down` and `Lost`.
    pub fn tell(&self, message: &[u8]) -> Result<(), AskFault> {
        self.shared.send(message)
    }

    /// The next message that nobody waited for; waits for one up to `due`.
    #[must_use]
    pub fn stray(&self, due: Duration) -> Option<Stray> {
        lock(&self.strays).recv_timeout(due).ok()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(stream) = lock(&self.shared.writer).take() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}
