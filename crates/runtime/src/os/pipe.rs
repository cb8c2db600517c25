//! The bytes of one connection, plain or under TLS. Plain keeps the socket's own calls: nothing is paid for TLS that is off.

use super::clock::PacedClock;
use super::tls;
use rustls::pki_types::CertificateDer;
use slipway_node::LineFault;
use std::cell::Cell;
use std::future::poll_fn;
use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::Poll;
use tokio::io::{AsyncReadExt, AsyncWrite, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio_rustls::TlsStream;

type Secure = TlsStream<TcpStream>;

/// A connection as it was made.
pub(super) enum Pipe {
    Plain(TcpStream),
    /// With what came right behind the handshake.
    Tls(Box<Secure>, Vec<u8>),
}

pub(super) enum Reader {
    Plain(std::rc::Rc<TcpStream>),
    Tls(ReadHalf<Box<Secure>>),
}

pub(super) enum Writer {
    Plain(std::rc::Rc<TcpStream>),
    Tls(WriteHalf<Box<Secure>>),
}

impl From<tls::Made> for Pipe {
    fn from((stream, early): tls::Made) -> Self {
        Self::Tls(stream, early)
    }
}

impl Pipe {
    /// The certificate that the other end showed, if it showed one.
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream, _) => stream.get_ref().1.peer_certificates()?.first().cloned(),
        }
    }

    /// Both directions, and what has been read already.
    pub fn split(self) -> (Reader, Writer, Vec<u8>) {
        match self {
            Self::Plain(stream) => {
                let stream = std::rc::Rc::new(stream);
                (Reader::Plain(std::rc::Rc::clone(&stream)), Writer::Plain(stream), Vec::new())
            }
            Self::Tls(stream, early) => {
                let (reader, writer) = tokio::io::split(stream);
                (Reader::Tls(reader), Writer::Tls(writer), early)
            }
        }
    }
}

impl Reader {
    /// Waits for more bytes. May be given up at any point without losing one.
    pub async fn fill(&mut self, buffer: &mut Vec<u8>) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => loop {
                stream.readable().await?;
                match stream.try_read_buf(buffer) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    other => return other,
                }
            },
            Self::Tls(stream) => stream.read_buf(buffer).await,
        }
    }

    /// What it says of the line that reading ended so; `silent`: soon after it was made, and nothing was heard.
    pub fn fault(&self, error: &Error, silent: bool) -> Option<LineFault> {
        match self {
            Self::Tls(_) if tls::cause(error).is_some() => Some(tls::fault(error)),
            _ => silent.then_some(LineFault::HostBusy),
        }
    }
}

impl Writer {
    /// Hands out all of `bytes`; `stuck` says since when the peer has taken none.
    pub async fn push(&mut self, bytes: &[u8], stuck: &Cell<Option<u64>>, clock: &PacedClock) -> std::io::Result<()> {
        let wait = || {
            if stuck.get().is_none() {
                stuck.set(Some(clock.nanos()));
            }
        };
        let mut from = 0;
        match self {
            Self::Plain(stream) => {
                while from < bytes.len() {
                    match stream.try_write(&bytes[from..]) {
                        Ok(n) => {
                            from += n;
                            stuck.set(None);
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {
                            wait();
                            stream.writable().await?;
                        }
                        Err(error) => return Err(error),
                    }
                }
            }
            Self::Tls(stream) => {
                // A flush too: what TLS has taken is not yet on the wire.
                let mut flushed = false;
                while from < bytes.len() || !flushed {
                    let taken = poll_fn(|cx| {
                        let stream = Pin::new(&mut *stream);
                        let polled = if from < bytes.len() {
                            stream.poll_write(cx, &bytes[from..])
                        } else {
                            stream.poll_flush(cx).map_ok(|()| 0)
                        };
                        if polled.is_pending() {
                            wait();
                        }
                        polled
                    });
                    match taken.await? {
                        0 if from < bytes.len() => return Err(Error::from(ErrorKind::WriteZero)),
                        0 => flushed = true,
                        n => from += n,
                    }
                    stuck.set(None);
                }
            }
        }
        Ok(())
    }

    /// A last word without waiting, to a peer that is about to be cut.
    pub async fn last(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(stream) => drop(stream.try_write(bytes)),
            // One look: the alert that rustls has ready, or the end of the session.
            Self::Tls(stream) => {
                poll_fn(|cx| {
                    let _ = Pin::new(&mut *stream).poll_shutdown(cx);
                    Poll::Ready(())
                })
                .await;
            }
        }
    }
}
