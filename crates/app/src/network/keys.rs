//! Key files of the parties: made once when a network is created, opened at every start. Parties share a key by having
//! it in both files; clear keys never leave this function.

use super::sample;
use crate::say::End;
use slipway_terms::{InstitutionId, KeyName, KeyUse, TerminalId};
use slipway_vault::{
    Algorithm, ClearKey, DerivationCost, KeyFile, KeyFileFault, Master, Random, SoftVault, SystemRandom,
};
use std::path::Path;

impl From<KeyFileFault> for End {
    fn from(fault: KeyFileFault) -> Self {
        Self { code: 3, text: fault.text() }
    }
}

fn refused(what: impl std::fmt::Debug) -> End {
    End::environment(format!("密钥库拒绝：{what:?}"), format!("the vault refused: {what:?}"))
}

/// The name of a party's master key file inside its folder.
const MASTER: &str = "master.key";
const KEYS: &str = "keys.slk";

/// One party's key file while a network is being made.
struct Making {
    file: KeyFile,
    random: SystemRandom,
}

impl Making {
    fn new(dir: &Path) -> Result<Self, End> {
        std::fs::create_dir_all(dir)?;
        let mut random = SystemRandom;
        let master = Master::new_file(&dir.join(MASTER), &mut random)?;
        let file = KeyFile::create(&dir.join(KEYS), &master, DerivationCost::LEAST, &mut random)?;
        Ok(Self { file, random })
    }

    fn put(&mut self, usage: KeyUse, owner: &str, key: &ClearKey) -> Result<(), End> {
        self.file.put(&KeyName::of(usage, owner), usage, key, &mut self.random)?;
        Ok(())
    }

    fn make(&mut self, usage: KeyUse, owner: &str, algorithm: Algorithm) -> Result<(), End> {
        let key = ClearKey::generate(algorithm, &mut self.random).map_err(refused)?;
        self.put(usage, owner, &key)
    }

    fn save(mut self) -> Result<(), End> {
        Ok(self.file.save(&mut self.random)?)
    }
}

/// Makes the key files of all parties. `outside` terminals get the given master keys, for a terminal program from outside.
pub fn make_all(dir: &Path, terminals: &[TerminalId], outside: &[(TerminalId, [u8; 16])]) -> Result<(), End> {
    let mut random = SystemRandom;
    let mut bank = Making::new(&dir.join("terminals"))?;
    let mut acquirer = Making::new(&dir.join("acquirer"))?;
    let mut switch = Making::new(&dir.join("switch"))?;
    for id in terminals {
        let tmk = ClearKey::generate(Algorithm::Tdes, &mut random).map_err(refused)?;
        bank.put(KeyUse::Tmk, id.as_str(), &tmk)?;
        acquirer.put(KeyUse::Tmk, id.as_str(), &tmk)?;
    }
    for (id, clear) in outside {
        acquirer.put(KeyUse::Tmk, id.as_str(), &ClearKey::new(Algorithm::Tdes, clear).map_err(refused)?)?;
    }
    bank.make(KeyUse::Token, "terminals", Algorithm::Hmac)?;
    bank.make(KeyUse::Seal, "terminals", Algorithm::Aes256)?;
    own_keys(&mut acquirer, sample::ACQUIRER)?;
    own_keys(&mut switch, sample::SWITCH)?;
    zone(&mut acquirer, &mut switch, sample::ACQUIRER, &mut random)?;
    for (name, id) in [("issuer1", sample::ISSUER_1), ("issuer2", sample::ISSUER_2)] {
        let mut issuer = Making::new(&dir.join(name))?;
        own_keys(&mut issuer, id)?;
        issuer.make(KeyUse::Pvk, id.as_str(), Algorithm::Tdes)?;
        zone(&mut issuer, &mut switch, id, &mut random)?;
        issuer.save()?;
    }
    bank.save()?;
    acquirer.save()?;
    switch.save()
}

/// Makes the key file of one terminal that belongs to no network's folder.
pub fn make_lone(dir: &Path, id: TerminalId, tmk: &[u8; 16]) -> Result<(), End> {
    let mut bank = Making::new(&dir.join("terminals"))?;
    bank.put(KeyUse::Tmk, id.as_str(), &ClearKey::new(Algorithm::Tdes, tmk).map_err(refused)?)?;
    bank.make(KeyUse::Token, "terminals", Algorithm::Hmac)?;
    bank.make(KeyUse::Seal, "terminals", Algorithm::Aes256)?;
    bank.save()
}

fn own_keys(party: &mut Making, id: InstitutionId) -> Result<(), End> {
    party.make(KeyUse::Token, id.as_str(), Algorithm::Hmac)?;
    party.make(KeyUse::Seal, id.as_str(), Algorithm::Aes256)
}

/// The master, PIN and MAC keys between a member and the switch, named after the member in both files. New PIN and MAC keys
/// come by message under the first.
fn zone(member: &mut Making, switch: &mut Making, id: InstitutionId, random: &mut dyn Random) -> Result<(), End> {
    for usage in [KeyUse::Zmk, KeyUse::Zpk, KeyUse::Zak] {
        let key = ClearKey::generate(Algorithm::Tdes, random).map_err(refused)?;
        member.put(usage, id.as_str(), &key)?;
        switch.put(usage, id.as_str(), &key)?;
    }
    Ok(())
}

/// Opens one party's vault.
pub fn open(party: &Path) -> Result<SoftVault, End> {
    let named = |name: &str, fault: &KeyFileFault| {
        let (path, text) = (party.join(name).display().to_string(), fault.text());
        let (zh, en) = (text.zh, text.en);
        End::environment(
            format!("{path}：{zh}；网络未启动，没有交易受影响"),
            format!("{path}: {en}; the network was not started, no payment is affected"),
        )
    };
    if let Some(vault) = crate::keys::token::vault(party)? {
        return Ok(vault);
    }
    let master = Master::from_file(&party.join(MASTER)).map_err(|fault| named(MASTER, &fault))?;
    let file = KeyFile::open(&party.join(KEYS), &master).map_err(|fault| named(KEYS, &fault))?;
    let ring = file.ring().map_err(|fault| named(KEYS, &fault))?;
    Ok(SoftVault::new(ring, Box::new(SystemRandom)))
}
