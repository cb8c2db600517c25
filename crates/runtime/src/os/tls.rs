//! TLS 1.3 on links: certificates from files, one handshake in bounded time, and its failure as a fault of the line.
//!
//! No older version and no resumption: each connection proves both ends anew, so a certificate that has expired or an
//! authority that was taken out ends at the next connection. Never logs a key; certificates are public.

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore, ServerConfig};
use slipway_node::LineFault;
use slipway_terms::InstitutionId;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// Wall milliseconds a handshake may take; a slower peer is cut (slow loris).
pub(super) const HANDSHAKE_WALL_MS: u64 = 10_000;
/// Wall milliseconds a caller waits for the first word after the handshake, see [`Caller::call`].
const FIRST_WORD_WALL_MS: u64 = 1_000;
/// `protocol_version`, for a peer that speaks TLS to a plain port: it then knows why it was cut.
pub(super) const NO_TLS_HERE: [u8; 7] = [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46];

/// Where the certificates of one party lie, all PEM.
#[derive(Clone, Debug)]
pub struct Papers {
    /// The authorities whose word counts.
    pub ca: PathBuf,
    /// The party's own certificate, with what leads to the authority; and its key.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// Why certificates cannot be used. Names the file, never what stands in it.
#[derive(Debug)]
pub enum PapersFault {
    /// The file cannot be read, or holds nothing of the kind.
    File(PathBuf, &'static str),
    /// The files do not fit each other, or the name is none.
    Unfit(String),
}

impl std::fmt::Display for PapersFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path, what) => write!(f, "{}: {what}", path.display()),
            Self::Unfit(why) => write!(f, "{why}"),
        }
    }
}

impl std::error::Error for PapersFault {}

impl From<Error> for PapersFault {
    fn from(error: Error) -> Self {
        Self::Unfit(error.to_string())
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PapersFault> {
    let bad = |_| PapersFault::File(path.into(), "无法读取证书 / no readable certificate");
    let all: Vec<_> = CertificateDer::pem_file_iter(path).map_err(bad)?.collect::<Result<_, _>>().map_err(bad)?;
    if all.is_empty() { Err(PapersFault::File(path.into(), "没有证书 / holds no certificate")) } else { Ok(all) }
}

fn roots(path: &Path) -> Result<Arc<RootCertStore>, PapersFault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate)?;
    }
    Ok(Arc::new(roots))
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn own((certificate, key): &(PathBuf, PathBuf)) -> Result<Own, PapersFault> {
    let bad = |_| PapersFault::File(key.clone(), "无法读取私钥 / no readable private key");
    Ok((certificates(certificate)?, PrivateKeyDer::from_pem_file(key).map_err(bad)?))
}

/// How a dialled link speaks TLS.
#[derive(Clone)]
pub struct Caller {
    connector: TlsConnector,
    name: ServerName<'static>,
}

/// How a listening port speaks TLS.
#[derive(Clone)]
pub struct Listener(TlsAcceptor);

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Caller({:?})", self.name)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// A connection that has shaken hands, with what came right behind it.
pub(super) type Made = (Box<TlsStream<TcpStream>>, Vec<u8>);

impl Caller {
    /// Calls a party whose certificate bears this name.
    pub fn new(papers: &Papers, name: &str) -> Result<Self, PapersFault> {
        let config =
            ClientConfig::builder_with_provider(provider()).with_protocol_versions(&[&rustls::version::TLS13])?;
        let config = config.with_root_certificates(roots(&papers.ca)?);
        let mut config = match &papers.own {
            Some(files) => {
                let (chain, key) = own(files)?;
                config.with_client_auth_cert(chain, key)?
            }
            None => config.with_no_client_auth(),
        };
        config.resumption = Resumption::disabled();
        let name = ServerName::try_from(name.to_owned());
        let name = name.map_err(|_| PapersFault::Unfit(format!("not a name: {:?}", papers.ca)))?;
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// The handshake. In TLS 1.3 the caller is through before the host has looked at the caller's certificate; a sale sent
    /// then would be in doubt for nothing. So the host's first word is waited for: a ticket, a byte, or its refusal. A
    /// host that says nothing of its own costs one second for each connection.
    pub(super) async fn call(&self, stream: TcpStream) -> Result<Made, LineFault> {
        let limit = Duration::from_millis(HANDSHAKE_WALL_MS);
        let Ok(made) = tokio::time::timeout(limit, self.connector.connect(self.name.clone(), stream)).await else {
            return Err(LineFault::TlsTimeout);
        };
        let mut stream = made.map_err(|error| fault(&error))?;
        let mut early = Vec::new();
        let first = poll_fn(|cx| {
            let mut bytes = [0; 1024];
            let mut buffer = ReadBuf::new(&mut bytes);
            match Pin::new(&mut stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => Poll::Ready(Err(LineFault::HostBusy)),
                Poll::Ready(Ok(())) => {
                    early.extend_from_slice(buffer.filled());
                    Poll::Ready(Ok(()))
                }
                Poll::Ready(Err(error)) => Poll::Ready(Err(fault(&error))),
                Poll::Pending if stream.get_ref().1.tls13_tickets_received() > 0 => Poll::Ready(Ok(())),
                Poll::Pending => Poll::Pending,
            }
        });
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(FIRST_WORD_WALL_MS), first).await {
            told?;
        }
        Ok((Box::new(TlsStream::Client(stream)), early))
    }
}

impl Papers {
    /// Whether their own certificate is believed by their own authorities, and still so after so many days.
    pub fn last(&self, days: u64) -> Result<bool, PapersFault> {
        let Some(files) = &self.own else { return Ok(true) };
        let (chain, _) = own(files)?;
        let unfit = |why: webpki::Error| PapersFault::Unfit(why.to_string());
        let end = webpki::EndEntityCert::try_from(&chain[0]).map_err(unfit)?;
        let (roots, algorithms) = (roots(&self.ca)?, provider().signature_verification_algorithms.all);
        let valid = |at: UnixTime| {
            let usage = webpki::KeyUsage::client_auth();
            end.verify_for_usage(algorithms, &roots.roots, &chain[1..], at, usage, None, None).map(drop)
        };
        valid(UnixTime::now()).map_err(unfit)?;
        Ok(valid(UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + days * 86_400))).is_ok())
    }
}

impl Listener {
    /// Serves with the party's own certificate; with `clients` only who shows a certificate of our authorities comes in.
    pub fn new(papers: &Papers, clients: bool) -> Result<Self, PapersFault> {
        let config =
            ServerConfig::builder_with_provider(provider()).with_protocol_versions(&[&rustls::version::TLS13])?;
        let config = if clients {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots(&papers.ca)?, provider()).build();
            config.with_client_cert_verifier(verifier.map_err(|why| PapersFault::Unfit(why.to_string()))?)
        } else {
            config.with_no_client_auth()
        };
        let none = || PapersFault::Unfit("监听端口需要证书 / a listening port needs a certificate".into());
        let (chain, key) = own(papers.own.as_ref().ok_or_else(none)?)?;
        Ok(Self(TlsAcceptor::from(Arc::new(config.with_single_cert(chain, key)?))))
    }

    /// The handshake, with its end counted.
    pub(super) async fn answer(&self, stream: TcpStream) -> Result<Made, &'static str> {
        let limit = Duration::from_millis(HANDSHAKE_WALL_MS);
        match tokio::time::timeout(limit, self.0.accept(stream)).await {
            Ok(Ok(stream)) => Ok((Box::new(TlsStream::Server(stream)), Vec::new())),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err("cut: TLS handshake too slow"),
        }
    }
}

pub(super) fn cause(error: &std::io::Error) -> Option<&Error> {
    error.get_ref()?.downcast_ref()
}

/// What a failed handshake, or a TLS link that broke, means for the caller's line.
pub(super) fn fault(error: &std::io::Error) -> LineFault {
    use AlertDescription as Alert;
    match cause(error) {
        Some(Error::InvalidCertificate(bad)) => match bad {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => LineFault::TlsExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                LineFault::TlsWrongName
            }
            _ => LineFault::TlsUntrusted,
        },
        Some(Error::AlertReceived(
            Alert::CertificateRequired
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::DecryptError,
        )) => LineFault::TlsClientRefused,
        Some(_) => LineFault::TlsNotSpoken,
        // It hung up without a word of TLS: a host that is going down does so, and a balancer without one.
        None => LineFault::HostBusy,
    }
}

fn refusal(error: &std::io::Error) -> &'static str {
    match cause(error) {
        Some(Error::NoCertificatesPresented) => "cut: TLS client without a certificate",
        Some(Error::InvalidCertificate(_)) => "cut: TLS client certificate not trusted",
        Some(Error::AlertReceived(_)) => "cut: TLS client does not trust us",
        Some(_) => "cut: no TLS 1.3 on a TLS port",
        None => "cut: TLS handshake broken off",
    }
}

/// The name in a member's certificate that binds it to its institution number.
pub fn member_name(id: InstitutionId) -> String {
    format!("member-{id}")
}

/// Whether who showed this certificate may speak as this member.
pub(super) fn speaks_for(certificate: &CertificateDer<'_>, id: InstitutionId) -> bool {
    let (Ok(end), Ok(name)) = (webpki::EndEntityCert::try_from(certificate), ServerName::try_from(member_name(id)))
    else {
        return false;
    };
    end.verify_is_valid_for_subject_name(&name).is_ok()
}
