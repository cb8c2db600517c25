//! Where a webhook may go. A subscriber names an address that this process then calls from inside the house's network, so it must be a
//! public one, over TLS; and that is asked of every address that the name has at the moment of the call, because a name can be moved.

use crate::say::End;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Characters of an address at most.
const URL_CHARS_MAX: usize = 512;

/// A target as it was judged.
///
/// # Errors
/// 2: it is none, or leads inside.
pub fn judged(url: &str, private: bool) -> Result<(), End> {
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
    Ok(())
}

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
    inner: DefaultResolver,
}

impl Outside {
    /// One that lets private addresses through, or not.
    pub fn new(private: bool) -> Self {
        Self { private, inner: DefaultResolver::default() }
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
        found.iter().filter(|at| self.private || is_public(at.ip())).for_each(|at| kept.push(*at));
        if kept.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(kept) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets() {
        for (url, outside, private) in [
            ("https://shop.example/hook?x=1", true, true),
            ("https://shop.example:8443/", true, true),
            ("https://8.8.8.8/", true, true),
            ("https://[2606:4700::1111]/", true, true),
            ("http://shop.example/", false, false),
            ("http://127.0.0.1:9000/hook", false, true),
            ("http://localhost:9000/", false, true),
            ("http://10.0.0.1/", false, false),
            ("https://127.0.0.1/", false, true),
            ("https://10.1.2.3/", false, true),
            ("https://169.254.169.254/latest/meta-data", false, true),
            ("https://[::1]/", false, true),
            ("https://[::ffff:127.0.0.1]/", false, true),
            ("https://[fd00::1]/", false, true),
            ("https://localhost/", false, true),
            ("https://metadata.google.internal/", false, true),
            ("https://intranet/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://user:pass@shop.example/", false, false),
            ("https://shop.example/#x", false, false),
            ("https:///x", false, false),
            ("ftp://shop.example/", false, false),
            ("file:///etc/passwd", false, false),
            ("https://shop.example/\r\nx: y", false, false),
            ("javascript:alert(1)", false, false),
            ("", false, false),
        ] {
            assert_eq!((judged(url, false).is_ok(), judged(url, true).is_ok()), (outside, private), "{url}");
        }
    }

    #[test]
    fn addresses_that_are_everybodys() {
        for (text, want) in [
            ("1.1.1.1", true),
            ("223.5.5.5", true),
            ("2400:3200::1", true),
            ("127.8.8.8", false),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("172.16.0.1", false),
            ("172.32.0.1", true),
            ("192.168.1.1", false),
            ("169.254.1.1", false),
            ("100.64.0.1", false),
            ("100.128.0.1", true),
            ("192.0.2.7", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::ffff:10.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2002:0101:0101::", true),
            ("fe80::1", false),
            ("fc00::1", false),
            ("ff02::1", false),
            ("2001:db8::1", false),
            ("2001::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), want, "{text}");
        }
    }
}
