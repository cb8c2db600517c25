//! What a new network is made with and nobody else may know: passwords, PINs, the token of its local port, keys of terminals from outside.

use super::OUTSIDE;
use crate::network::sample;
use crate::say::End;
use serde_json::json;
use slipway_terms::TerminalId;
use slipway_vault::{Random, SystemRandom};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Passwords of a new network: published ones under `--demo`, else made for it.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Every operator's password.
    pub operator: String,
    /// Every sample card's PIN.
    pub card_pin: String,
}

impl Secrets {
    /// The published ones.
    pub fn sample() -> Self {
        Self { operator: sample::OPERATOR_PASSWORD.into(), card_pin: sample::CARD_PIN.into() }
    }

    /// Random ones.
    pub fn random() -> Result<Self, End> {
        let digits = || -> Result<String, End> {
            Ok(random_bytes::<6>()?.iter().map(|byte| char::from(b'0' + byte % 10)).collect())
        };
        Ok(Self { operator: digits()?, card_pin: digits()? })
    }
}

/// A token that opens a local port.
pub fn token() -> Result<String, End> {
    Ok(hex(&random_bytes::<16>()?))
}

fn random_bytes<const N: usize>() -> Result<[u8; N], End> {
    let mut bytes = [0; N];
    SystemRandom.fill(&mut bytes).map_err(|_| End::environment("没有随机源", "no source of random numbers"))?;
    Ok(bytes)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    slipway_iso8583::hex(bytes)
}

/// Where the keys of terminals from outside are kept.
pub(super) const OUTSIDE_FILE: &str = "outside-terminals.json";

/// The clear master keys of terminals for programs from outside: made once, kept in a file of mode 600.
pub fn outside_keys(dir: &Path) -> Result<Vec<(TerminalId, [u8; 16])>, End> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = dir.join(OUTSIDE_FILE);
    if let Ok(bytes) = std::fs::read(&path) {
        let held: BTreeMap<String, String> = serde_json::from_slice(&bytes).map_err(|_| {
            let path = path.display();
            End::environment(
                format!("{path} 已损坏：请从备份恢复；网络未启动，没有交易受影响"),
                format!(
                    "{path} is damaged: restore it from a copy; the network was not started, no payment is affected"
                ),
            )
        })?;
        let read = |(id, key): (&String, &String)| {
            Some((TerminalId::new(id).ok()?, slipway_iso8583::from_hex(key)?.try_into().ok()?))
        };
        return Ok(held.iter().filter_map(read).collect());
    }
    let keys: Vec<_> = (1..=OUTSIDE)
        .map(|index| Ok((sample::outside_terminal(index), random_bytes::<16>()?)))
        .collect::<Result<_, End>>()?;
    let held: BTreeMap<String, String> = keys.iter().map(|(id, key)| (id.as_str().to_owned(), hex(key))).collect();
    // Whole or not at all: a kill here must not leave a file that the next start calls damaged.
    let fresh = dir.join("outside-terminals.new");
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
    file.write_all(json!(held).to_string().as_bytes())?;
    file.sync_all()?;
    std::fs::rename(fresh, path)?;
    Ok(keys)
}
