//! A line to a short message centre: one question under way, each with an end to its wait.

use bytes::BytesMut;
use rusmpp_core::command::owned::Command;
use rusmpp_core::decode::owned::DecodeWithLength;
use rusmpp_core::encode::{Encode, Length};
use rusmpp_core::pdus::owned::{DeliverSmResp, Pdu};
use rusmpp_core::{CommandId, CommandStatus};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

/// A PDU is no longer: a message is at most some hundred octets.
const OCTETS_MAX: usize = 64 << 10;
/// What a centre may say before it answers.
const ASIDES_MAX: usize = 1_000;
const LENGTH: usize = 4;

/// How the line is secured.
pub enum Security {
    /// Not.
    Plain,
    /// TLS to this name, believing these.
    Tls(Arc<ClientConfig>, ServerName<'static>),
}

impl Security {
    /// TLS to a host, believing the certificates of a PEM file.
    pub fn tls(pem: &[u8], host: &str) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem) {
            roots.add(root.ok()?).ok()?;
        }
        if roots.is_empty() {
            return None;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let host = host.trim_matches(['[', ']']).to_owned();
        Some(Self::Tls(Arc::new(config), ServerName::try_from(host).ok()?))
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// The line.
pub struct Line {
    stream: Box<dyn Stream>,
    last: u32,
}

impl Line {
    /// Dials; each wait on it ends after `answer`.
    pub fn open(at: &str, security: &Security, answer: Duration) -> Result<Self> {
        let mut fault = Error::from(ErrorKind::AddrNotAvailable);
        for addr in at.to_socket_addrs()? {
            match TcpStream::connect_timeout(&addr, answer) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(answer))?;
                    stream.set_write_timeout(Some(answer))?;
                    stream.set_nodelay(true)?;
                    let stream: Box<dyn Stream> = match security {
                        Security::Plain => Box::new(stream),
                        Security::Tls(config, name) => {
                            let client =
                                ClientConnection::new(Arc::clone(config), name.clone()).map_err(Error::other)?;
                            Box::new(StreamOwned::new(client, stream))
                        }
                    };
                    return Ok(Self { stream, last: 0 });
                }
                Err(error) => fault = error,
            }
        }
        Err(fault)
    }

    /// Asks and waits for the answer of the same number; what the centre asks meanwhile is answered.
    pub fn ask(&mut self, question: Pdu) -> Result<(CommandStatus, Option<Pdu>)> {
        self.last = if self.last >= 0x7FFF_FFFF { 1 } else { self.last + 1 };
        let number = self.last;
        self.put(&Command::new(CommandStatus::EsmeRok, number, question))?;
        for _ in 0..ASIDES_MAX {
            let heard = self.take()?;
            match heard.id() {
                CommandId::EnquireLink => {
                    self.put(&Command::new(CommandStatus::EsmeRok, heard.sequence_number, Pdu::EnquireLinkResp))?;
                }
                CommandId::DeliverSm => {
                    let got = Pdu::DeliverSmResp(DeliverSmResp::default());
                    self.put(&Command::new(CommandStatus::EsmeRok, heard.sequence_number, got))?;
                }
                CommandId::Unbind => {
                    self.put(&Command::new(CommandStatus::EsmeRok, heard.sequence_number, Pdu::UnbindResp))?;
                    return Err(Error::new(ErrorKind::ConnectionAborted, "the centre has unbound"));
                }
                // An answer to a question of before, or a word without a question.
                _ if heard.sequence_number != number => {}
                _ => return Ok((heard.status, heard.pdu().cloned())),
            }
        }
        Err(Error::new(ErrorKind::TimedOut, "no answer among all that came"))
    }

    fn put(&mut self, command: &Command) -> Result<()> {
        let octets = LENGTH + command.length();
        let mut frame = vec![0; octets];
        frame[..LENGTH].copy_from_slice(&u32::try_from(octets).unwrap_or(0).to_be_bytes());
        command.encode(&mut frame[LENGTH..]);
        self.stream.write_all(&frame)?;
        self.stream.flush()
    }

    fn take(&mut self) -> Result<Command> {
        let mut length = [0; LENGTH];
        self.stream.read_exact(&mut length)?;
        let octets = u32::from_be_bytes(length) as usize;
        if !(16..=OCTETS_MAX).contains(&octets) {
            return Err(Error::new(ErrorKind::InvalidData, "a length that cannot be"));
        }
        let mut body = BytesMut::zeroed(octets - LENGTH);
        self.stream.read_exact(&mut body)?;
        let wrong = |_| Error::new(ErrorKind::InvalidData, "not SMPP");
        Command::decode(&mut body, octets - LENGTH).map(|(command, _)| command).map_err(wrong)
    }
}
