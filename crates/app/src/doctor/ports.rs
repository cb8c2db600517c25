//! The ports of the network in a folder: those of its parties' configurations, else those that `up` used last, else those it
//! would use. A port that the network itself has open while it runs is no fault.

use super::{Finding, State, machine};
use crate::desk::Running;
use crate::run::{PARTIES, PartyConfig};
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// Ports that `up` listens on when nothing else is said: acquirer, switch, http.
const UP_PORTS: [u16; 3] = [7800, 7801, 7880];
/// What `up` leaves in its folder.
const FILE: &str = "ports.json";

/// Where `up` listens, as it leaves it in its folder.
#[derive(Serialize, Deserialize)]
pub struct UpPorts {
    /// For terminals.
    pub acquirer: SocketAddr,
    /// For members.
    pub switch: SocketAddr,
    /// The local port.
    pub http: SocketAddr,
}

impl UpPorts {
    /// Leaves them in the folder. That they cannot be told there is no reason not to start.
    pub fn leave(&self, dir: &Path) {
        if let Ok(bytes) = serde_json::to_vec(self) {
            let _ = std::fs::write(dir.join(FILE), bytes);
        }
    }

    fn of(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(FILE)).ok()?).ok()
    }
}

/// One finding for each port.
pub fn of_network(dir: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    for party in PARTIES {
        let file = dir.join(format!("{party}.toml"));
        if !file.exists() {
            continue;
        }
        match PartyConfig::read(&file) {
            Ok(config) => {
                let runs = Running::of(&config.home(party)).is_some();
                found.extend(config.listen.into_iter().chain(config.http).map(|at| one(at, party, runs)));
            }
            Err(end) => found.push(Finding { check: "port", state: State::Wrong, text: end.text }),
        }
    }
    if !found.is_empty() {
        return found;
    }
    let runs = Running::of(dir).is_some();
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let ports = UpPorts::of(dir).map_or_else(|| UP_PORTS.map(at), |up| [up.acquirer, up.switch, up.http]);
    ports.into_iter().map(|at| one(at, "slipway up", runs)).collect()
}

fn one(at: SocketAddr, whose: &str, runs: bool) -> Finding {
    let finding = machine::port(at);
    if !runs || finding.state == State::Good {
        return finding;
    }
    Finding::new(
        "port",
        State::Good,
        format!("{at} 由正在运行的 {whose} 使用"),
        format!("{at} is in use by {whose}, which is running"),
    )
}
