//! How one party's links are carried and protected, by its configuration: TLS unless a side is said to be plain, and simulated
//! lines for terminals that are to show a fault.

use super::PartyConfig;
use crate::say::End;
use serde::{Deserialize, Serialize};
use slipway_node::LineFault;
use slipway_runtime::os::{Bearer, Caller, Listener, PacedClock, Papers, PapersFault, SimLine, Stack, Tcp, Way};
use slipway_terms::TerminalId;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A side of a party whose links may be plain.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Who calls here.
    Listen,
    /// Whom it calls.
    Dial,
}

/// `[tls]`: paths are relative to the party's folder; all of it may be left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// The authorities whose certificates are believed.
    pub ca: String,
    /// The party's own certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// The name that the certificate of whom it dials must bear: by default that party's own.
    pub peer: Option<String>,
    /// Who calls here must show a certificate.
    pub clients: bool,
}

impl Default for Tls {
    fn default() -> Self {
        let file = |name: &str| format!("tls/{name}");
        Self { ca: file("ca.pem"), certificate: file("own.pem"), key: file("own.key"), peer: None, clients: true }
    }
}

fn unfit(fault: &PapersFault) -> End {
    End::usage(
        format!("TLS 证书不可用：{fault}；请执行 slipway init 生成，或在配置中写明 plain"),
        format!(
            "TLS certificates cannot be used: {fault}; make them with slipway init, or say `plain` in the configuration"
        ),
    )
}

impl Tls {
    fn papers(&self, home: &Path) -> Papers {
        let (certificate, key) = (home.join(&self.certificate), home.join(&self.key));
        // A caller without a certificate of its own is let in where none is demanded.
        let own = (certificate.exists() || key.exists()).then_some((certificate, key));
        Papers { ca: home.join(&self.ca), own }
    }

    /// How a caller whose files lie here speaks, to whom bears this name if none is given.
    pub fn caller(&self, home: &Path, usual: &str) -> Result<Caller, End> {
        Caller::new(&self.papers(home), self.peer.as_deref().unwrap_or(usual)).map_err(|fault| unfit(&fault))
    }
}

impl PartyConfig {
    /// How its port speaks TLS; `None` if it is said to be plain.
    pub fn listener(&self, party: &str) -> Result<Option<Listener>, End> {
        if self.plain.contains(&Side::Listen) {
            return Ok(None);
        }
        let listener = Listener::new(&self.tls.papers(&self.home(party)), self.tls.clients);
        listener.map(Some).map_err(|fault| unfit(&fault))
    }

    /// How whom it dials is reached.
    pub fn way(&self, party: &str) -> Result<Way, End> {
        let missing = || End::usage("配置缺少 dial（主机:端口）", "the configuration lacks `dial`, a HOST:PORT");
        let to = self.dial.clone().ok_or_else(missing)?;
        // A name is looked up at each try: that it does not resolve now is a fault of the line, not of the configuration.
        to.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok()).ok_or_else(missing)?;
        let tls = if self.plain.contains(&Side::Dial) {
            None
        } else {
            let usual = if party == "terminals" { "acquirer" } else { "switch" };
            Some(self.tls.caller(&self.home(party), usual)?)
        };
        Ok(Way { to, bearer: Arc::new(Tcp), tls })
    }

    /// The simulated lines by terminal: `gprs`, `modem`, `ethernet`, or the word of a fault.
    pub fn sim_lines(&self, clock: PacedClock) -> Result<BTreeMap<TerminalId, Arc<SimLine>>, End> {
        let line = |(seat, word): (&String, &String)| {
            let wrong = || {
                let words: Vec<_> = LineFault::ALL.iter().map(|fault| fault.word()).collect();
                End::usage(
                    format!("[lines] {seat} = {word:?} 有误：应为 gprs、modem、ethernet 或 {}", words.join("、")),
                    format!("[lines] {seat} = {word:?}: give gprs, modem, ethernet, or one of {}", words.join(", ")),
                )
            };
            let id = TerminalId::new(seat).map_err(|_| wrong())?;
            let line = match (Stack::of_word(word), LineFault::of_word(word)) {
                (Some(stack), _) => SimLine::new(clock, stack, None),
                (None, Some(fault)) => SimLine::new(clock, Stack::Gprs, Some(fault)),
                (None, None) => return Err(wrong()),
            };
            Ok((id, Arc::new(line)))
        };
        self.lines.iter().map(line).collect()
    }
}

/// The same way over a simulated line, where the terminal has one.
pub fn over(way: &Way, line: Option<&Arc<SimLine>>) -> Way {
    let Some(line) = line else { return way.clone() };
    let bearer: Arc<dyn Bearer> = Arc::<SimLine>::clone(line);
    Way { bearer, ..way.clone() }
}
