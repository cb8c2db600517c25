//! The thread behind a line: connects, signs on, reads and pairs, echoes, and begins again when the line is lost.
//! It never sends a request of a caller again: whether the host acted on the first is not known here.

use alloc::vec::Vec;
use core::time::Duration;
use std::io::{ErrorKind, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};

use super::key::is_answer;
use super::{Exchange, Shared, Stray, lock};
use crate::decode::decode;

/// How often the reader looks up from the socket.
const TICK: Duration = Duration::from_millis(20);

pub(super) fn run(shared: &Shared, stop: &Receiver<()>) {
    let mut pause = shared.settings.retry_first;
    let mut number = 0;
    while stop.try_recv() == Err(TryRecvError::Empty) {
        if let Some(stream) = connect(shared)
            && let Some(line) = Line::begin(shared, stream, &mut number)
        {
            pause = shared.settings.retry_first;
            line.keep(stop, &mut number);
        }
        *lock(&shared.writer) = None;
        // Whoever waits learns that the line is lost; the answers of another line are not theirs.
        lock(&shared.pending).clear();
        if stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        pause = (pause * 2).min(shared.settings.retry_most);
    }
}

fn connect(shared: &Shared) -> Option<TcpStream> {
    let address = shared.address.to_socket_addrs().ok()?.next()?;
    let stream = TcpStream::connect_timeout(&address, shared.settings.due).ok()?;
    stream.set_nodelay(true).ok()?;
    stream.set_read_timeout(Some(TICK)).ok()?;
    stream.set_write_timeout(Some(shared.settings.due)).ok()?;
    Some(stream)
}

/// What came of looking at the socket once.
enum Seen {
    /// So many frames.
    Frames(Vec<Vec<u8>>),
    Nothing,
    Lost,
}

struct Line<'s> {
    shared: &'s Shared,
    stream: TcpStream,
    held: Vec<u8>,
}

impl<'s> Line<'s> {
    /// A line that is signed on, where that is asked for, and open to callers.
    fn begin(shared: &'s Shared, stream: TcpStream, number: &mut u32) -> Option<Line<'s>> {
        let writer = stream.try_clone().ok()?;
        let mut line = Line { shared, stream, held: Vec::new() };
        // Callers may not be first on a line that is not signed on, so the writer is lent for the exchange only.
        if let Some(sign_on) = &shared.settings.sign_on {
            let mut own = writer.try_clone().ok()?;
            line.exchange(sign_on, number, |frame| std::io::Write::write_all(&mut own, frame).is_ok())?;
        }
        *lock(&shared.writer) = Some(writer);
        Some(line)
    }

    /// Sends a message of the line's own and waits for its answer; everything else that comes is handed on.
    fn exchange(&mut self, with: &Exchange, number: &mut u32, send: impl FnOnce(&[u8]) -> bool) -> Option<()> {
        *number = number.wrapping_add(1);
        let request = (with.make)(*number);
        let dialect = self.shared.settings.dialect;
        let key = self.shared.settings.key.read(&decode(dialect, &request).ok()?);
        let mut frame = Vec::new();
        let mark = self.shared.settings.wire.open(None, &mut frame);
        frame.extend_from_slice(&request);
        self.shared.settings.wire.close(&mut frame, mark).ok()?;
        if !send(&frame) {
            return None;
        }
        let ticks = self.shared.settings.due.as_millis() / TICK.as_millis() + 1;
        for _ in 0..ticks {
            let frames = match self.look() {
                Seen::Frames(frames) => frames,
                Seen::Nothing => continue,
                Seen::Lost => return None,
            };
            let mut found = None;
            for frame in frames {
                match decode(dialect, &frame) {
                    Ok(answer)
                        if found.is_none() && is_answer(&answer) && self.shared.settings.key.read(&answer) == key =>
                    {
                        found = Some((with.good)(&answer));
                    }
                    _ => self.hand(frame),
                }
            }
            if let Some(good) = found {
                return good.then_some(());
            }
        }
        None
    }

    fn keep(mut self, stop: &Receiver<()>, number: &mut u32) {
        let mut idle = Duration::ZERO;
        while stop.try_recv() == Err(TryRecvError::Empty) && lock(&self.shared.writer).is_some() {
            match self.look() {
                Seen::Lost => return,
                Seen::Nothing => idle += TICK,
                Seen::Frames(frames) => {
                    idle = Duration::ZERO;
                    frames.into_iter().for_each(|frame| self.hand(frame));
                }
            }
            if let Some((every, echo)) = &self.shared.settings.echo
                && idle >= *every
            {
                let shared = self.shared;
                let send = |frame: &[u8]| {
                    let mut writer = lock(&shared.writer);
                    writer.as_mut().is_some_and(|stream| std::io::Write::write_all(stream, frame).is_ok())
                };
                if self.exchange(echo, number, send).is_none() {
                    return;
                }
                idle = Duration::ZERO;
            }
        }
    }

    /// Reads once and splits off what is whole.
    fn look(&mut self) -> Seen {
        let mut piece = [0; 4_096];
        match self.stream.read(&mut piece) {
            Ok(0) => return Seen::Lost,
            Ok(len) => self.held.extend_from_slice(piece.get(..len).unwrap_or_default()),
            Err(end) if matches!(end.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                return Seen::Nothing;
            }
            Err(_) => return Seen::Lost,
        }
        let (wire, max) = (&self.shared.settings.wire, self.shared.settings.frame_bytes_max);
        let mut frames = Vec::new();
        loop {
            match wire.split(&self.held, max) {
                Ok(Some((frame, consumed))) if consumed > 0 => {
                    // An empty one only says that the line is there.
                    let bytes = self.held.get(frame).unwrap_or_default();
                    if let Ok(framing) = wire.find(bytes, Some(crate::frame::Wrapped::Header)) {
                        frames.push(bytes.get(framing.body).unwrap_or_default().to_vec());
                    }
                    self.held.drain(..consumed);
                }
                Ok(_) => return if frames.is_empty() { Seen::Nothing } else { Seen::Frames(frames) },
                // A lying length: nothing behind it can be found.
                Err(_) => return Seen::Lost,
            }
        }
    }

    /// To whom it belongs: the caller that waits for it, or the strays.
    fn hand(&self, frame: Vec<u8>) {
        let stray = match decode(self.shared.settings.dialect, &frame) {
            Err(fault) => Stray::Unreadable(frame, fault),
            Ok(message) if !is_answer(&message) => Stray::Request(frame),
            Ok(message) => {
                let key = self.shared.settings.key.read(&message);
                let waiting = key.and_then(|key| lock(&self.shared.pending).remove(&key));
                match waiting {
                    None => Stray::Late(frame),
                    Some(waiting) => match waiting.try_send(frame) {
                        Ok(()) => return,
                        // Given up a moment ago.
                        Err(
                            std::sync::mpsc::TrySendError::Full(frame)
                            | std::sync::mpsc::TrySendError::Disconnected(frame),
                        ) => Stray::Late(frame),
                    },
                }
            }
        };
        // Nobody fetches them: the newest are dropped, the line goes on.
        let _ = self.shared.strays.try_send(stray);
    }
}
