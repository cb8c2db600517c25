//! A party whose keys lie in a PKCS#11 token: `keys load` brings them there, `token.toml` in its folder says where they
//! are, and from then on the party asks the token.
//! Must never: go on with the key file when the folder says that the keys are in a token.

use super::open::{Party, cipher, fault_of, hex};
use super::{Named, Where, Who};
use crate::say::{End, Say};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use slipway_terms::{KeyName, KeyUse, Short};
use slipway_vault::{KeyFileFault, Master, SoftVault, Standing, TokenFault, TokenKeys};
use std::path::{Path, PathBuf};

/// The file that says so.
const FILE: &str = "token.toml";

/// Where a party's keys are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    /// The PKCS#11 module of the HSM's maker.
    module: PathBuf,
    /// The token's label.
    label: String,
    /// A file with the user's PIN that only its owner can read; relative to the folder.
    pin_file: PathBuf,
}

/// Arguments of `load`.
#[derive(Args)]
pub struct LoadArgs {
    /// The PKCS#11 module, e.g. /usr/lib/softhsm/libsofthsm2.so.
    #[arg(long)]
    module: PathBuf,
    /// The token's label.
    #[arg(long)]
    token: String,
    /// A file with the token user's PIN, readable by its owner only; relative to the party's folder.
    #[arg(long)]
    pin_file: PathBuf,
    /// Initialises an empty slot first; a file with the PIN that the security officer shall have.
    #[arg(long, value_name = "FILE")]
    initialise: Option<PathBuf>,
    #[command(flatten)]
    pub(super) who: Who,
}

/// A fault of a token: what it cannot do (1), or the environment (3).
fn token_fault(fault: &TokenFault) -> End {
    let code = if matches!(fault, TokenFault::NoCipher(_) | TokenFault::Missing(_)) { 1 } else { 3 };
    End { code, text: fault.text() }
}

impl Place {
    fn read(folder: &Path) -> Result<Option<Self>, End> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let place = toml::from_str(&std::fs::read_to_string(&path)?).map_err(|fault| {
            let path = path.display();
            End::environment(format!("{path} 无法识别：{fault}"), format!("{path} cannot be read: {fault}"))
        })?;
        Ok(Some(place))
    }

    fn open(&self, folder: &Path) -> Result<TokenKeys, End> {
        let pin = Master::private_text(&folder.join(&self.pin_file)).map_err(|fault| fault_of(&fault))?;
        TokenKeys::open(&self.module, &self.label, &pin).map_err(|fault| token_fault(&fault))
    }
}

/// The vault of a party whose folder says that its keys are in a token.
pub fn vault(folder: &Path) -> Result<Option<SoftVault>, End> {
    let Some(place) = Place::read(folder)? else { return Ok(None) };
    let token = place.open(folder)?;
    let ring = token.ring().map_err(|fault| token_fault(&fault))?;
    Ok(Some(SoftVault::new(ring, token.random())))
}

/// Brings every key of the key file into the token, with its generations. What the token cannot do is found before the
/// first; a second time brings what was rotated or added meanwhile.
pub(super) fn load(args: &LoadArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let folder = &args.who.place.dir;
    let (module, label) = (std::fs::canonicalize(&args.module)?, args.token.clone());
    let place = Place { module, label, pin_file: args.pin_file.clone() };
    let token = match &args.initialise {
        None => place.open(folder)?,
        Some(officer) => {
            let private = |path: &Path| Master::private_text(&folder.join(path)).map_err(|fault| fault_of(&fault));
            let (officer, pin) = (private(officer)?, private(&place.pin_file)?);
            let made = TokenKeys::initialise(&place.module, &place.label, &officer, &pin);
            made.map_err(|fault| token_fault(&fault))?
        }
    };
    let keys = party.file.each_clear().collect::<Result<Vec<_>, KeyFileFault>>().map_err(|fault| fault_of(&fault))?;
    for key in &keys {
        token.takes(&key.name, key.usage, key.now.algorithm()).map_err(|fault| token_fault(&fault))?;
    }
    for key in &keys {
        token.bring(key).map_err(|fault| token_fault(&fault))?;
    }
    let count = keys.len();
    let all = Named { name: KeyName(Short::cut("*")), usage: KeyUse::Seal };
    party.done(&args.who.by, "load", all, None, &format!("{count} keys into token {}", place.label))?;
    let text = toml::to_string(&place).map_err(|fault| End::environment(fault.to_string(), fault.to_string()))?;
    std::fs::write(folder.join(FILE), text)?;
    if say.json {
        say.document(&json!({"token": place.label, "keys": count}));
    }
    say.line(format!("{}: {count}", say.both("已装入令牌的密钥", "keys in the token")));
    say.progress(say.both(
        "终端须重新签到；核对 keys token 之后，请把 keys.slk 和主密钥离线保存并从本机删除",
        "terminals sign on again; once `keys token` is compared, keep keys.slk and its master key offline and delete them here",
    ));
    Ok(())
}

/// What the token holds.
pub(super) fn list(place: &Where, say: &Say) -> Result<(), End> {
    let Some(found) = Place::read(&place.dir)? else {
        return Err(End::usage("该目录的密钥不在令牌中", "the keys of this folder are in no token"));
    };
    let keys = found.open(&place.dir)?.list().map_err(|fault| token_fault(&fault))?;
    let standing = |key: &slipway_vault::TokenKey| match key.standing {
        None => "now",
        Some(Standing::Next) => "next",
        Some(Standing::Former) => "former",
    };
    if say.json {
        let one = |key: &slipway_vault::TokenKey| {
            json!({
                "name": key.name.0.as_str(), "use": key.usage.word(), "algorithm": cipher(key.algorithm),
                "kcv": hex(key.check), "version": key.version, "standing": standing(key),
            })
        };
        say.document(&json!({"token": found.label, "keys": keys.iter().map(one).collect::<Vec<_>>()}));
        return Ok(());
    }
    for key in &keys {
        let KeyName(name) = key.name;
        let (usage, cipher, check) = (key.usage.word(), cipher(key.algorithm), hex(key.check));
        say.line(format!("{:<24} {usage:<6} {cipher:<7} {check} v{} {}", name.as_str(), key.version, standing(key)));
    }
    Ok(())
}
