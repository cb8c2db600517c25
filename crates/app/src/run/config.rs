//! The configuration of one party: read from TOML, printed as a commented default, made by `slipway init`.

use super::secure::{Side, Tls};
use crate::notices::{EXAMPLE, Settings};
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_hosts::times::Times;
use slipway_runtime::os::{Pace, PacedClock};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The parties that run as processes, and the names of their folders.
pub const PARTIES: [&str; 5] = ["acquirer", "switch", "issuer1", "issuer2", "terminals"];

/// The fastest pace; `up --pace fast` runs at it.
const PACE_MAX: u32 = 100;

/// A party's configuration.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyConfig {
    /// Whose configuration this is; `run` of another party refuses it.
    pub party: Option<String>,
    /// The network's folder; only the party's own folder in it is touched.
    pub dir: PathBuf,
    /// Acquirer and switch: where to listen.
    pub listen: Option<SocketAddr>,
    /// Acquirer, issuers: the switch. Terminals: the acquirer.
    pub dial: Option<String>,
    /// How many links to keep.
    #[serde(default = "one")]
    pub links: usize,
    /// The local port: health, metrics, what is open; of the terminals also their keys and screens.
    pub http: Option<SocketAddr>,
    /// Terminals: how many of the folder's terminals run here.
    #[serde(default)]
    pub terminals: usize,
    /// Terminals: a network printer (port 9100); slips go to files without one.
    pub printer: Option<SocketAddr>,
    /// Network milliseconds that pass in one millisecond of the wall.
    #[serde(default = "real")]
    pub pace: u32,
    /// Above pace 1: since when (wall, milliseconds since 1970) the network's clock has run at it, the same for all parties.
    pub clock_since_ms: Option<i64>,
    /// The sides whose links are plain TCP; every other one speaks TLS 1.3.
    #[serde(default)]
    pub plain: Vec<Side>,
    /// Where its certificates lie and whose it believes.
    #[serde(default)]
    pub tls: Tls,
    /// Terminals on a simulated line: what it is made of, or what is wrong with it.
    #[serde(default)]
    pub lines: BTreeMap<String, String>,
    /// Acquirer and switch: the network's timers, where they differ from the defaults.
    #[serde(default)]
    pub times: Times,
    /// Issuers: where notices go besides their journal; nowhere without it.
    pub notices: Option<Settings>,
}

const fn one() -> usize {
    1
}

const fn real() -> u32 {
    1
}

impl PartyConfig {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, End> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let path = path.display();
            let text = slipway_terms::Text::new(
                format!("无法读取 {path}：{error}；未启动，没有交易受影响"),
                format!("cannot read {path}: {error}; nothing was started, no payment is affected"),
            );
            // Named and not there is wrong use; there and not readable is the machine's matter.
            End { code: if error.kind() == std::io::ErrorKind::NotFound { 2 } else { 3 }, text }
        })?;
        toml::from_str(&text).map_err(|error| {
            let (path, what) = (path.display(), error.message());
            End::usage(format!("{path} 有误：{what}"), format!("{path} is not right: {what}"))
        })
    }

    /// The party's clock: the wall's, or the network's common faster one.
    pub fn clock(&self) -> Result<PacedClock, End> {
        match (self.pace, self.clock_since_ms) {
            (1, _) => Ok(PacedClock::start(Pace::REAL)),
            (2..=PACE_MAX, Some(since)) => Ok(PacedClock::since(since, Pace(self.pace))),
            (2..=PACE_MAX, None) => Err(End::usage(
                "pace 大于 1 时须给出 clock_since_ms，且各方相同",
                "a pace above 1 needs `clock_since_ms`, the same for all parties",
            )),
            _ => Err(End::usage("pace 须在 1 到 100 之间", "`pace` must be between 1 and 100")),
        }
    }

    /// Refuses the configuration of another party: by its own word, else by what only another one has.
    pub fn is_of(&self, party: &str) -> Result<(), End> {
        let (listens, dials) = (self.listen.is_some(), self.dial.is_some());
        let fits = match party {
            "acquirer" => listens && dials,
            "switch" => listens && !dials,
            "terminals" => !listens && dials,
            _ => !listens && dials && self.terminals == 0,
        };
        match &self.party {
            Some(own) if own != party => Err(End::usage(
                format!("这是 {own} 的配置，不是 {party} 的：请改为 slipway run {own}，或换 --config；未启动"),
                format!(
                    "this is the configuration of {own}, not of {party}: run {own}, or name another --config; nothing was started"
                ),
            )),
            _ if self.notices.is_some() && !party.starts_with("issuer") => Err(End::usage(
                format!("[notices] 只属于发卡行，不属于 {party}；未启动"),
                format!("[notices] is an issuer's matter, not {party}'s; nothing was started"),
            )),
            _ if !fits => Err(End::usage(
                format!(
                    "此配置不是 {party} 的（listen、dial 或 terminals 不符）：见 slipway run {party} --print-config；未启动"
                ),
                format!(
                    "this is no configuration of {party} (its listen, dial or terminals do not fit): see slipway run {party} --print-config; nothing was started"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The party's own folder.
    pub fn home(&self, party: &str) -> PathBuf {
        self.dir.join(party)
    }
}

/// What a set of configurations has in common.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The network's folder.
    pub dir: PathBuf,
    /// Where the acquirer listens for terminals.
    pub acquirer: SocketAddr,
    /// Where the switch listens for members.
    pub switch: SocketAddr,
    /// The acquirer's local port; the other parties take the next ones in their order.
    pub http: Option<SocketAddr>,
    /// How many terminals the bank holds.
    pub terminals: usize,
    /// The network's pace and since when it runs.
    pub pace: Option<(u32, i64)>,
    /// Plain TCP between the parties.
    pub plain: bool,
}

impl Layout {
    /// What `run --print-config` shows.
    pub fn example() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let dir = PathBuf::from("slipway-network");
        let (acquirer, switch, http) = (loopback(7800), loopback(7801), Some(loopback(7810)));
        Self { dir, acquirer, switch, http, terminals: 4, pace: None, plain: false }
    }

    /// The party's local port.
    pub fn http_of(&self, party: &str) -> Option<SocketAddr> {
        let place = PARTIES.iter().position(|name| *name == party)?;
        let mut http = self.http?;
        http.set_port(http.port().checked_add(u16::try_from(place).ok()?)?);
        Some(http)
    }

    /// The commented configuration of one party.
    pub fn config(&self, party: &str) -> String {
        let (listen, dial) = match party {
            "acquirer" => {
                (Some((self.acquirer, "terminals call here 终端接入")), Some((self.switch, "the switch 交换中心")))
            }
            "switch" => (Some((self.switch, "members call here 成员机构接入")), None),
            "terminals" => (None, Some((self.acquirer, "the acquirer 收单行"))),
            _ => (None, Some((self.switch, "the switch 交换中心"))),
        };
        let mut text = format!("# slipway run {party} --config FILE\n");
        let mut put = |line: String, why: &str| text.push_str(&format!("{line:<44}# {why}\n"));
        put(format!("party = {party:?}"), "whose configuration this is 参与方");
        put(format!("dir = {:?}", self.dir), "made by slipway init; only this party's folder in it is used 网络目录");
        if let Some((at, why)) = listen {
            put(format!("listen = \"{at}\""), why);
        }
        if let Some((at, why)) = dial {
            put(format!("dial = \"{at}\""), why);
        }
        if party == "terminals" {
            put(format!("terminals = {}", self.terminals), "how many of them run here 终端数");
            put("# printer = \"192.0.2.9:9100\"".into(), "ESC/POS 网络打印机; slips go to files without one");
        } else if dial.is_some() {
            put("links = 2".into(), "connections kept to the switch 连接数");
        }
        if let Some(http) = self.http_of(party) {
            put(format!("http = \"{http}\""), "local port: health, metrics, what is open 本机端口");
        }
        if let Some((pace, since)) = self.pace {
            put(format!("pace = {pace}"), "so many times faster than the wall 网络时钟倍速");
            put(format!("clock_since_ms = {since}"), "since then; the same for all parties 各方须相同");
        }
        let sides = match (listen.is_some(), dial.is_some()) {
            (true, true) => "\"listen\", \"dial\"",
            (true, false) => "\"listen\"",
            _ => "\"dial\"",
        };
        let hash = if self.plain { "" } else { "# " };
        put(format!("{hash}plain = [{sides}]"), "sides without TLS; every other one speaks TLS 1.3 明文的一侧");
        put("[tls]".into(), "files in this party's folder 证书目录");
        let tls = Tls::default();
        put(format!("ca = {:?}", tls.ca), "whose certificates are believed 信任的CA");
        put(format!("certificate = {:?}", tls.certificate), "its own 本方证书");
        put(format!("key = {:?}", tls.key), "its key 本方私钥");
        if dial.is_some() {
            let peer = if party == "terminals" { "acquirer" } else { "switch" };
            put(format!("peer = {peer:?}"), "the name in the certificate of whom it dials 对方证书名称");
        }
        if listen.is_some() {
            put(format!("clients = {}", tls.clients), "who calls must show a certificate 双向认证");
        }
        if party == "terminals" {
            put("# [lines]".into(), "terminals on a simulated line 模拟线路");
            put(
                "# 10000001 = \"gprs\"".into(),
                "gprs, modem, ethernet, or a fault: slipway explain lists them 线路故障",
            );
        }
        if party.starts_with("issuer") {
            text.push_str(EXAMPLE);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_a_configuration() {
        let fast = Layout { pace: Some((50, 1_700_000_000_000)), ..Layout::example() };
        for party in PARTIES {
            for layout in [Layout::example(), fast.clone()] {
                let config: PartyConfig = toml::from_str(&layout.config(party)).unwrap();
                assert!(config.clock().is_ok(), "{party}");
                let fits = PARTIES.map(|other| config.is_of(other).is_ok() == (other == party));
                assert!(fits.iter().all(|fits| *fits), "{party}: {fits:?}");
                assert_eq!(config.listen.is_some(), matches!(party, "acquirer" | "switch"), "{party}");
                assert_eq!(config.dial.is_some(), party != "switch", "{party}");
                let plain =
                    PartyConfig { ..toml::from_str(&Layout { plain: true, ..layout.clone() }.config(party)).unwrap() };
                assert!(config.plain.is_empty() && config.tls.clients);
                assert_eq!(
                    plain.plain.len(),
                    usize::from(config.listen.is_some()) + usize::from(config.dial.is_some())
                );
                assert_eq!(config.pace, layout.pace.map_or(1, |(pace, _)| pace));
            }
        }
    }

    #[test]
    fn sinks_of_notices_are_an_issuers_matter() {
        for party in PARTIES {
            let text = format!("{}[notices]\naddresses = \"a\"\n", Layout::example().config(party));
            let config: PartyConfig = toml::from_str(&text).unwrap();
            assert_eq!(config.is_of(party).is_ok(), party.starts_with("issuer"), "{party}");
        }
    }

    #[test]
    fn clocks_that_would_drift_apart_are_refused() {
        let config = |text: &str| toml::from_str::<PartyConfig>(&format!("dir = \"x\"\n{text}")).unwrap();
        assert!(config("pace = 50\nclock_since_ms = 0").clock().is_ok());
        for text in ["pace = 50", "pace = 0", "pace = 101\nclock_since_ms = 0"] {
            assert!(config(text).clock().is_err(), "{text}");
        }
    }
}
