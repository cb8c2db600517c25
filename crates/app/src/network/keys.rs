//! Key files of the parties: made once when a network is created, opened at every start. Parties share a key by having
//! it in both files; clear keys never leave this function.

use super::sample;
use crate::clocks::Wall;
use crate::say::End;
use slipway_terms::{InstitutionId, KeyName, KeyScheme, KeyUse, Keying, Ksn, TerminalId};
use slipway_vault::{
    Algorithm, ClearKey, DerivationCost, KeyFile, KeyFileFault, Master, Origin, Random, Schedule, SoftVault,
    SystemRandom, aes_initial_key, tdes_initial_key,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
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
        self.put_named(&KeyName::of(usage, owner), usage, key)
    }

    /// With the wall's time, so that its age is known.
    fn put_named(&mut self, name: &KeyName, usage: KeyUse, key: &ClearKey) -> Result<(), End> {
        let origin = Origin { made_ms: Wall::now().0, stays: false };
        self.file.put_made(name, usage, key, origin, &mut self.random)?;
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
pub fn make_all(dir: &Path, terminals: &[(TerminalId, Keying)], outside: &[(TerminalId, [u8; 16])]) -> Result<(), End> {
    let mut random = SystemRandom;
    let mut bank = Making::new(&dir.join("terminals"))?;
    let mut acquirer = Making::new(&dir.join("acquirer"))?;
    let mut switch = Making::new(&dir.join("switch"))?;
    let mut bases = BTreeMap::new();
    for (id, keying) in terminals {
        let algorithm = match keying.scheme {
            KeyScheme::Tdes | KeyScheme::DukptTdes => Algorithm::Tdes,
            KeyScheme::Sm4 => Algorithm::Sm4,
            KeyScheme::DukptAes => Algorithm::Aes128,
        };
        if let Some(first) = Ksn::first(keying.scheme, *id, 0) {
            let name = keying.scheme.base_key(&sample::ACQUIRER);
            if let Entry::Vacant(new) = bases.entry(name) {
                let base = ClearKey::generate(algorithm, &mut random).map_err(refused)?;
                acquirer.put_named(&name, KeyUse::Bdk, &base)?;
                new.insert(base);
            }
            bank.put(KeyUse::Ipek, &format!("{id}.0"), &initial(&bases[&name], first)?)?;
            continue;
        }
        let tmk = ClearKey::generate(algorithm, &mut random).map_err(refused)?;
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
        issuer.make(KeyUse::Imk, id.as_str(), Algorithm::Tdes)?;
        zone(&mut issuer, &mut switch, id, &mut random)?;
        issuer.save()?;
    }
    bank.save()?;
    acquirer.save()?;
    switch.save()
}

/// The initial key of the terminal with this first serial number.
fn initial(base: &ClearKey, first: Ksn) -> Result<ClearKey, End> {
    match first {
        Ksn::Tdes(ksn) => tdes_initial_key(base, ksn).map_err(refused),
        Ksn::Aes(ksn) => aes_initial_key(&Schedule::new(base).map_err(refused)?, ksn).map_err(refused),
    }
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
        let bank = party.parent().unwrap_or(party).join("terminals");
        let holds_terminals = ["acquirer", "terminals"].iter().any(|name| party.ends_with(name));
        if let Some(which) = super::schemes::not_in_token(&bank).filter(|_| holds_terminals) {
            return Err(End::environment(
                format!(
                    "终端 {which} 的密钥方案不能放进令牌（PKCS#11 没有 SM4，也不能做 3DES DUKPT 的派生）：请让本方使用密钥文件，或为该终端改用 tdes 或 dukpt-aes；网络未启动"
                ),
                format!(
                    "terminal {which}: a token cannot hold this key scheme (PKCS#11 has no SM4 and cannot derive 3DES DUKPT keys): let this party use its key file, or give the terminal tdes or dukpt-aes; the network was not started"
                ),
            ));
        }
        return Ok(vault);
    }
    let master = Master::from_file(&party.join(MASTER)).map_err(|fault| named(MASTER, &fault))?;
    let file = KeyFile::open(&party.join(KEYS), &master).map_err(|fault| named(KEYS, &fault))?;
    let ring = file.ring().map_err(|fault| named(KEYS, &fault))?;
    Ok(SoftVault::new(ring, Box::new(SystemRandom)))
}
