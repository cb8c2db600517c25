//! Where a webhook may go. A subscriber names an address that this process then calls from inside the house's network, so it must be a
//! public one, over TLS; and that is asked of every address that the name has at the moment of the call, because a name can be moved.
//! A port of our own is none, whatever is allowed: a subscriber's message would come in there as this machine's.

use crate::say::End;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Characters of an address at most.
const URL_CHARS_MAX: usize = 512;

/// The ports of this very network.
#[derive(Clone, Debug, Default)]
pub struct OwnPorts(Arc<Mutex<BTreeSet<u16>>>);

impl OwnPorts {
    /// One more.
    pub fn add(&self, port: u16) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(port);
    }

    /// Whether an address is one of ours.
    fn has(&self, at: SocketAddr) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&at.port()) && is_here(at.ip())
    }
}

/// Whether an address is this machine's: only such a one can be listened on.
fn is_here(address: IpAddr) -> bool {
    let address = address.to_canonical();
    address.is_loopback() || address.is_unspecified() || UdpSocket::bind((address, 0)).is_ok()
}

/// The port that is meant.
fn port_of(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("http") { 80 } else { 443 })
}

/// A target as it was judged.
///
/// # Errors
/// 2: it is none, or leads inside.
pub fn judged(url: &str, private: bool, own: &OwnPorts) -> Result<(), End> {
    let wrong = |zh: &str, en: &str| Err(End::usage(zh, en));
    let visible = url.len() <= URL_CHARS_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    let uri: Option<Uri> = url.parse().ok().filter(|_| visible && !url.contains(['@', '#', '\\']));
    let Some(uri) = uri else {
        return wrong(
            "url 须为完整的 https 地址，不含用户名和片段，不超过512字符",
            "`url` is a whole https address without user name and fragment, of 512 characters at most",
        );
    };
    let host = uri.host().unwrap_or_default();
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = host.parse::<IpAddr>();
    let inside = address.as_ref().map_or_else(|_| is_local_name(host), |address| !is_public(*address));
    let here = address.as_ref().map_or_else(|_| host.eq_ignore_ascii_case("localhost"), IpAddr::is_loopback);
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if private && here => {}
        _ => return wrong("url 须为 https", "`url` is https"),
    }
    if host.is_empty() || (inside && !private) {
        return wrong(
            "url 指向内部网络：不能作为推送地址（试用见 --allow-private-webhooks）",
            "`url` leads inside: no webhook goes there (for trying out: --allow-private-webhooks)",
        );
    }
    let named = if here { address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { address.unwrap_or(NOWHERE) };
    if own.has(SocketAddr::new(named, port_of(&uri))) {
        return wrong(
            "url 是本系统自己的端口：不能作为推送地址",
            "`url` is a port of this network itself: no webhook goes there",
        );
    }
    Ok(())
}

/// An address of documentation (RFC 5737): of a name that is looked up only when it is called.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// Names that only an inside has, and numbers that some resolvers read as addresses.
fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    let number = last.starts_with(|c: char| c.is_ascii_digit());
    number || !host.contains('.') || matches!(last, "localhost" | "local" | "internal" | "lan" | "home" | "arpa")
}

/// Whether an address is everybody's.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = (a, b, c) == (192, 0, 0) || (a == 198 && (18..20).contains(&b)) || (a, b, c) == (192, 88, 99);
    let inside = address.is_private() || address.is_loopback() || address.is_link_local() || shared || special;
    !(inside || a == 0 || a >= 224 || address.is_documentation())
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let last = Ipv4Addr::from(u32::from(parts[6]) << 16 | u32::from(parts[7]));
    // Ways that lead to an address of the old kind lead where that one does.
    match parts {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => return is_public_v4(last),
        [0x2002, high, low, ..] => return is_public_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low))),
        _ => {}
    }
    let everybodys = parts[0] & 0xe000 == 0x2000;
    let special = parts[0] == 0x2001 && (parts[1] < 0x200 || parts[1] == 0xdb8);
    everybodys && !special && parts[0] != 0x3fff
}

/// Looks names up and leaves out what leads inside.
#[derive(Debug, Default)]
pub struct Outside {
    /// Everything is let through: a demonstration, or somebody who has said so.
    pub private: bool,
    own: OwnPorts,
    inner: DefaultResolver,
}

impl Outside {
    /// One that lets private addresses through, or not, and never our own ports.
    pub fn new(private: bool, own: OwnPorts) -> Self {
        Self { private, own, inner: DefaultResolver::default() }
    }
}

impl Resolver for Outside {
    fn resolve(
        &self,
        uri: &Uri,
        config: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut kept = self.empty();
        let may = |at: &&SocketAddr| (self.private || is_public(at.ip())) && !self.own.has(**at);
        found.iter().filter(may).for_each(|at| kept.push(*at));
        if kept.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(kept) }
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
