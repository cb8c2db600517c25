//! The bearer: what carries a link, from nothing to a connected socket. A port with the real one here and a simulated one in
//! [`super::sim_line`], so that each fault of a line can be shown.

use slipway_node::LineFault;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpStream;

/// A connection in the making.
pub type Making<'a> = Pin<Box<dyn Future<Output = Result<TcpStream, LineFault>> + 'a>>;
/// Comes when a line that stands breaks.
pub type Breaking<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Makes connections, and says why it cannot.
pub trait Bearer: Send + Sync + std::fmt::Debug {
    /// Connects to a name or address with its port.
    fn connect<'a>(&'a self, to: &'a str) -> Making<'a>;

    /// Comes when a line of this bearer that stands must break. The real one breaks by itself.
    fn breaks(&self) -> Breaking<'_> {
        Box::pin(std::future::pending())
    }

    /// Whether what comes in is lost on the way.
    fn deaf(&self) -> bool {
        false
    }

    /// Something of ours has left.
    fn wrote(&self) {}
}

/// Wall milliseconds a name or a connection may take.
const CONNECT_WALL_MS: u64 = 10_000;

/// The operating system's own TCP, over whatever carries it.
#[derive(Clone, Copy, Debug)]
pub struct Tcp;

impl Bearer for Tcp {
    fn connect<'a>(&'a self, to: &'a str) -> Making<'a> {
        Box::pin(connect(to))
    }
}

pub(super) async fn connect(to: &str) -> Result<TcpStream, LineFault> {
    let mut why = LineFault::NameUnknown;
    for addr in resolve(to).await? {
        let limit = Duration::from_millis(CONNECT_WALL_MS);
        why = match tokio::time::timeout(limit, TcpStream::connect(addr)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => told(&error),
            Err(_) => LineFault::ConnectTimeout,
        };
    }
    Err(why)
}

/// The addresses of a name; an address is its own.
pub(super) async fn resolve(to: &str) -> Result<Vec<SocketAddr>, LineFault> {
    if let Ok(addr) = to.parse() {
        return Ok(vec![addr]);
    }
    let asked = tokio::time::timeout(Duration::from_millis(CONNECT_WALL_MS), tokio::net::lookup_host(to)).await;
    match asked {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(_)) | Err(_) => Err(LineFault::NameUnknown),
    }
}

fn told(error: &std::io::Error) -> LineFault {
    match error.kind() {
        ErrorKind::ConnectionRefused => LineFault::Refused,
        ErrorKind::TimedOut => LineFault::ConnectTimeout,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => LineFault::HostBusy,
        ErrorKind::AddrNotAvailable => LineFault::NoAddress,
        ErrorKind::NetworkDown => LineFault::NoCarrier,
        ErrorKind::NetworkUnreachable if !any_carrier() => LineFault::NoCarrier,
        _ => LineFault::NoRoute,
    }
}

/// Whether any interface but loopback has a carrier. Where that cannot be read there may be one.
fn any_carrier() -> bool {
    let Ok(all) = std::fs::read_dir("/sys/class/net") else { return true };
    let carrier =
        |path: std::path::PathBuf| std::fs::read(path.join("carrier")).is_ok_and(|said| said.starts_with(b"1"));
    all.flatten().filter(|one| one.file_name() != "lo").any(|one| carrier(one.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(to: &str, want: LineFault) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(connect(to)).unwrap_err(), want, "{to}");
    }

    #[test]
    fn the_real_bearer_tells_its_faults_apart() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        check(&free.to_string(), LineFault::Refused);
        check("no-such-host.invalid:7800", LineFault::NameUnknown);
        check("no port", LineFault::NameUnknown);
    }

    #[test]
    fn what_the_system_says_has_its_fault() {
        for (kind, want) in [
            (ErrorKind::ConnectionRefused, LineFault::Refused),
            (ErrorKind::TimedOut, LineFault::ConnectTimeout),
            (ErrorKind::ConnectionReset, LineFault::HostBusy),
            (ErrorKind::HostUnreachable, LineFault::NoRoute),
            (ErrorKind::NetworkDown, LineFault::NoCarrier),
            (ErrorKind::AddrNotAvailable, LineFault::NoAddress),
        ] {
            assert_eq!(told(&kind.into()), want, "{kind:?}");
        }
    }
}
