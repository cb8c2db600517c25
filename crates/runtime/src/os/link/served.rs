//! One connection from its first byte to its last.

use super::super::bearer::Bearer;
use super::super::pipe::{Pipe, Reader, Writer};
use super::super::tls;
use super::{Connection, Links, Serves};
use crate::drive::Arrived;
use crate::wire;
use slipway_iso8583::{Family, Path, Rule, split};
use slipway_node::{Clock, Input, Line, LineFault, Peer, limits};
use slipway_terms::InstitutionId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Network milliseconds of silence after which a dialled link sends an echo (rules 5).
const ECHO_MS: i64 = 60_000;
/// Network milliseconds after which a silent link is half-open and cut.
const SILENT_MS: i64 = 200_000;
/// Wall milliseconds a started frame may take; a slower sender is cut (slow loris).
const FRAME_WALL_MS: u64 = 10_000;
/// A host that hangs up sooner, without a word, is busy.
const HANGS_UP_WALL_MS: u64 = 1_000;
/// What a reader gets to find out why its line cannot be written to.
const LAST_WORD_WALL_MS: u64 = 200;
/// Why a peer is cut that speaks TLS to a plain port.
const TLS_TO_PLAIN: &str = "cut: TLS on a plain port";

type MakesMac = fn(&[u8]) -> Option<slipway_terms::Mac>;
pub(super) const NO_MAC: Option<MakesMac> = None;

/// One connection as its reader sees it.
struct Seen<'a> {
    no: u64,
    family: Family,
    peer: Cell<Option<Peer>>,
    bearer: Option<&'a dyn Bearer>,
    /// Whether who is at the other end may speak as this member.
    speaks_for: Box<dyn Fn(InstitutionId) -> bool + 'a>,
    heard: Cell<bool>,
}

/// Why reading ended, and what that says of the line.
type End = (&'static str, Option<LineFault>);

impl<T: 'static> Links<T> {
    /// Serves one connection to its end. For a dialled one: what is wrong with the line, if its end says so.
    pub(in super::super) async fn serve(
        self: &Rc<Self>,
        pipe: Pipe,
        serves: Serves,
        dialled: Option<(Peer, &dyn Bearer)>,
    ) -> Option<LineFault> {
        let no = self.next_no.get();
        self.next_no.set(no + 1);
        let connection = Rc::new(Connection {
            out: RefCell::default(),
            wake: Notify::new(),
            closed: Cell::new(false),
            cut: Notify::new(),
            stuck: Cell::new(None),
            heard_at: Cell::new(self.clock.lived()),
        });
        self.connections.borrow_mut().insert(no, Rc::clone(&connection));
        // Without a certificate only its keys say who it is (SECURITY.md).
        let shown = pipe.certificate();
        let seen = Seen {
            no,
            family: if serves == Serves::Terminals { Family::Pos } else { Family::Cups },
            peer: Cell::new(dialled.map(|(peer, _)| peer)),
            bearer: dialled.map(|(_, bearer)| bearer),
            speaks_for: Box::new(move |id| shown.as_ref().is_none_or(|shown| tls::speaks_for(shown, id))),
            heard: Cell::new(false),
        };
        let breaks = async {
            match seen.bearer {
                Some(bearer) => bearer.breaks().await,
                None => std::future::pending().await,
            }
        };
        if let Some((peer, _)) = dialled {
            self.greet(peer, &connection, 1);
            self.joined(peer, no);
        }
        let (mut reader, mut writer, early) = pipe.split();
        let (reason, fault) = tokio::select! {
            end = self.read(&mut reader, early, &seen, &connection) => end,
            end = self.write(&mut writer, &seen, &connection) => end,
            () = connection.cut.notified() => ("", None),
            end = self.watch(&seen, &connection) => end,
            () = breaks => ("line broke", None),
        };
        if !reason.is_empty() {
            self.count(reason);
        }
        writer.last(if reason == TLS_TO_PLAIN { &tls::NO_TLS_HERE } else { &[] }).await;
        self.left(no, seen.peer.get());
        fault
    }

    /// A member names itself as soon as it is connected; an idle dialled link sends an echo.
    fn greet(&self, peer: Peer, connection: &Connection, code: u16) {
        if let Some(message) = wire::greeting(peer, self.own, self.clock.now(), code) {
            let _ = wire::pack(peer, self.own, &message, NO_MAC, &mut connection.out.borrow_mut());
            connection.wake.notify_one();
        }
    }

    async fn watch(&self, seen: &Seen<'_>, connection: &Connection) -> End {
        let mut quiet_since = connection.heard_at.get();
        loop {
            let wait = u64::try_from(ECHO_MS).unwrap_or(0);
            tokio::time::sleep(self.clock.wall(wait)).await;
            let silent = self.clock.lived().0 - connection.heard_at.get().0;
            if silent >= SILENT_MS {
                return ("cut: silent (half open)", None);
            }
            if connection.heard_at.get() == quiet_since
                && let Some(peer) = seen.peer.get()
            {
                self.greet(peer, connection, 301);
            }
            quiet_since = connection.heard_at.get();
        }
    }

    async fn read(&self, reader: &mut Reader, early: Vec<u8>, seen: &Seen<'_>, connection: &Connection) -> End {
        let began = Instant::now();
        let mut frame_began = began;
        let mut read = early.len();
        let mut buffer = early;
        buffer.reserve(16 * 1024);
        loop {
            if read > 0 {
                let from = match self.frames(&buffer, seen, connection) {
                    Ok(from) => from,
                    Err(end) => return end,
                };
                if from > 0 || buffer.len() == read {
                    frame_began = Instant::now();
                }
                buffer.drain(..from);
            }
            while self.inbox.borrow().len() >= limits::INBOX_INPUTS_MAX {
                self.room.notified().await;
            }
            let left = Duration::from_millis(FRAME_WALL_MS).saturating_sub(frame_began.elapsed());
            let patience = (!buffer.is_empty()).then_some(left);
            // Asked here too: the wait below prefers bytes that are there, and a drop may always be there.
            if patience == Some(Duration::ZERO) {
                return ("cut: frame too slow", None);
            }
            let filled = match patience {
                Some(wait) => match tokio::time::timeout(wait, reader.fill(&mut buffer)).await {
                    Ok(filled) => filled,
                    Err(_) => return ("cut: frame too slow", None),
                },
                None => reader.fill(&mut buffer).await,
            };
            let silent = !seen.heard.get() && began.elapsed() < Duration::from_millis(HANGS_UP_WALL_MS);
            read = match filled {
                Ok(0) if buffer.is_empty() => return ("closed by peer", silent.then_some(LineFault::HostBusy)),
                Ok(0) => return ("closed in the middle of a frame", None),
                Ok(more) => more,
                Err(error) => return ("broken by peer", reader.fault(&error, silent)),
            };
        }
    }

    /// Takes every whole frame; how many bytes they were.
    fn frames(&self, buffer: &[u8], seen: &Seen<'_>, connection: &Connection) -> Result<usize, End> {
        connection.heard_at.set(self.clock.lived());
        let mut from = 0;
        if !seen.heard.get()
            && let Some(end) = speaks_tls(buffer)
        {
            return Err(end);
        }
        loop {
            match split(&buffer[from..], seen.family, limits::FRAME_BYTES_MAX) {
                Ok(Some((frame, consumed))) => {
                    seen.heard.set(true);
                    // An empty frame is a keep-alive.
                    if !frame.is_empty() && !seen.bearer.is_some_and(Bearer::deaf) {
                        self.frame(&buffer[from..][frame], seen)?;
                    }
                    from += consumed;
                }
                Ok(None) => return Ok(from),
                Err(_) => return Err(("cut: frame length impossible or too long", None)),
            }
        }
    }

    fn frame(&self, frame: &[u8], seen: &Seen<'_>) -> Result<(), End> {
        let unpacked = match wire::unpack(seen.family, frame) {
            Ok(unpacked) => unpacked,
            Err(fault) if (fault.path, fault.rule) == (Path::Mti, Rule::Kind) => {
                self.count("message of unknown type");
                return Ok(());
            }
            Err(_) => {
                self.count("frame that does not decode");
                return Ok(());
            }
        };
        if wire::is_echo_answer(&unpacked.message) {
            return Ok(());
        }
        let from = match (seen.peer.get(), seen.family) {
            (Some(peer), _) => peer,
            (None, Family::Pos) => Peer::Line(Line { no: seen.no, tpdu: unpacked.tpdu, header: unpacked.header }),
            (None, _) => {
                let Some(source) = unpacked.source else {
                    self.count("frame of an unnamed member");
                    return Ok(());
                };
                if !(seen.speaks_for)(source) {
                    return Err(("cut: certificate of another member", None));
                }
                seen.peer.set(Some(Peer::Member(source)));
                self.joined(Peer::Member(source), seen.no);
                Peer::Member(source)
            }
        };
        self.tell(Arrived { input: Input::Heard(from, unpacked.message), mac_data: unpacked.mac_data });
        Ok(())
    }

    async fn write(&self, writer: &mut Writer, seen: &Seen<'_>, connection: &Connection) -> End {
        loop {
            let bytes = std::mem::take(&mut *connection.out.borrow_mut());
            if connection.closed.get() {
                return ("", None);
            }
            if !bytes.is_empty() {
                if writer.push(&bytes, &connection.stuck, &self.clock).await.is_err() {
                    // Whatever the reader finds says more; without a word from it the line is simply gone.
                    tokio::time::sleep(Duration::from_millis(LAST_WORD_WALL_MS)).await;
                    return ("", None);
                }
                if let Some(bearer) = seen.bearer {
                    bearer.wrote();
                }
            }
            if connection.out.borrow().is_empty() {
                connection.wake.notified().await;
            }
        }
    }
}

/// The first bytes of a TLS record where a frame should begin. To a listening port: a client that wants TLS; to a caller: an
/// alert of a host that does. No frame begins so: as a length it is longer than any.
fn speaks_tls(bytes: &[u8]) -> Option<End> {
    match bytes {
        [0x16, 3, ..] => Some((TLS_TO_PLAIN, Some(LineFault::TlsNotSpoken))),
        [0x15, 3, ..] => Some(("plain on a TLS port", Some(LineFault::TlsNotSpoken))),
        _ => None,
    }
}
