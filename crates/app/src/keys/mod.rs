//! `slipway keys`: what persons do to the keys of a party. A key's value is typed at a prompt or comes on standard
//! input, never as an argument; what is shown of a key is its check value.

mod blocks;
mod custody;
mod open;
pub mod reset;
pub use open::{fault_of, secret};
mod rotate;
mod show;
#[cfg_attr(not(feature = "pkcs11"), path = "no_token.rs")]
pub mod token;

pub use show::told as shown;

use crate::say::{End, Say};
use clap::{Args, Subcommand};
use open::Party;
use slipway_terms::{KeyName, KeyUse, Short};
use slipway_vault::Algorithm;
use std::path::PathBuf;

/// Arguments of `keys`.
#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    act: Act,
}

/// Which party's keys.
#[derive(Args)]
struct Where {
    /// The party's folder, with keys.slk, its audit trail and (unless --master) master.key.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// The master key file; `-` for a key file under a passphrase, which is then asked for.
    #[arg(long)]
    master: Option<PathBuf>,
}

/// Who acts; goes into the audit trail.
#[derive(Args)]
struct Who {
    #[command(flatten)]
    place: Where,
    /// Who does this, as the audit trail shall name them.
    #[arg(long = "by", value_name = "NAME")]
    by: String,
}

#[derive(Subcommand)]
enum Act {
    /// Names, use, cipher, check value, age, generation; keys still in parts. Example: slipway keys list --dir ./net/acquirer
    List(Where),
    /// Makes a fresh key. Example: slipway keys make zak/00010000 --algorithm tdes --by "Li Lei"
    Make(MakeArgs),
    /// Enters one component of a key, read from a prompt or standard input. Example: slipway keys component tmk/10000001 --number 1 --of 2 --kcv A1B2C3 --by "Li Lei"
    Component(custody::ComponentArgs),
    /// Registers a custodian with a passphrase; from then on only registered ones enter components. Example: slipway keys custodian "Li Lei" --by "Li Lei"
    Custodian(custody::CustodianArgs),
    /// Makes a key of its components. Example: slipway keys combine tmk/10000001 --kcv D4E5F6 --by "Han Meimei"
    Combine(custody::CombineArgs),
    /// A key as key block (X9.143) under a zone master key. Example: slipway keys export zak/00010000 --under zmk/00010000 --by "Li Lei"
    Export(blocks::ExportArgs),
    /// Takes a key block from standard input. Example: slipway keys import zak/00010000 --under zmk/00010000 --by "Li Lei" < block
    Import(blocks::ImportArgs),
    /// Next generation of a key: made, then used, then the former ended. Example: slipway keys rotate zak/00010000 --by "Li Lei"
    Rotate(rotate::RotateArgs),
    /// Asks a running network for a new zone key between its switch and a member. Example: slipway keys reset 99900100 --use zpk --dir ./net
    Reset(reset::ResetArgs),
    /// Brings the keys into a PKCS#11 token (HSM), where the party uses them from then on. Example: slipway keys load --module /usr/lib/softhsm/libsofthsm2.so --token acquirer --pin-file token.pin --by "Li Lei"
    #[cfg(feature = "pkcs11")]
    Load(token::LoadArgs),
    /// Lists the keys inside the token. Example: slipway keys token --dir ./net/acquirer
    #[cfg(feature = "pkcs11")]
    Token(Where),
    /// The audit trail; --check proves every line. Example: slipway keys audit --check --dir ./net/acquirer
    Audit(show::AuditArgs),
}

/// Arguments of `make`.
#[derive(Args)]
struct MakeArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    name: Named,
    /// Its cipher.
    #[arg(long, value_enum, default_value = "tdes")]
    algorithm: Cipher,
    /// It never leaves in a key block.
    #[arg(long)]
    stays: bool,
    #[command(flatten)]
    who: Who,
}

/// Ciphers by the names of the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Cipher {
    /// Single DES, 8 bytes.
    Des,
    /// Triple DES, 16 bytes.
    Tdes,
    /// SM4, 16 bytes.
    Sm4,
    /// AES-128, 16 bytes.
    Aes128,
    /// AES-256, 32 bytes.
    Aes256,
    /// HMAC-SHA256, 32 bytes.
    Hmac,
}

impl Cipher {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::Des => Algorithm::Des,
            Self::Tdes => Algorithm::Tdes,
            Self::Sm4 => Algorithm::Sm4,
            Self::Aes128 => Algorithm::Aes128,
            Self::Aes256 => Algorithm::Aes256,
            Self::Hmac => Algorithm::Hmac,
        }
    }
}

/// A key's name and what it says about the key.
#[derive(Clone, Copy, Debug)]
struct Named {
    name: KeyName,
    usage: KeyUse,
}

const USES: [KeyUse; 13] = [
    KeyUse::Tmk,
    KeyUse::Pik,
    KeyUse::Mak,
    KeyUse::Zpk,
    KeyUse::Zak,
    KeyUse::Pvk,
    KeyUse::Token,
    KeyUse::Seal,
    KeyUse::Zmk,
    KeyUse::Tdk,
    KeyUse::Bdk,
    KeyUse::Ipek,
    KeyUse::Imk,
];

/// `usage/owner`. The usage stands in the name, so that no key is ever entered for another use than it is asked for by.
fn named(text: &str) -> Result<Named, String> {
    let wrong = || {
        let words: Vec<_> = USES.iter().map(|usage| usage.word()).collect();
        format!("a key is usage/owner, at most 24 bytes; usages: {}", words.join(", "))
    };
    let (word, owner) = text.split_once('/').ok_or_else(wrong)?;
    let usage = USES.into_iter().find(|usage| usage.word() == word).ok_or_else(wrong)?;
    if owner.is_empty() || !owner.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(wrong());
    }
    Ok(Named { name: KeyName(Short::new(text).map_err(|_| wrong())?), usage })
}

/// Does what was asked.
pub fn run(args: &KeysArgs, say: &Say) -> Result<(), End> {
    match &args.act {
        Act::List(place) => show::list(place, say),
        Act::Make(args) => acting(say, &args.who, "make", args.name, |party| make(args, party, say)),
        Act::Component(args) => {
            acting(say, &args.who, "component", args.name, |party| custody::component(args, party, say))
        }
        Act::Custodian(args) => {
            acting(say, &args.who, "custodian", nobody(), |party| custody::custodian(args, party, say))
        }
        Act::Combine(args) => acting(say, &args.who, "combine", args.name, |party| custody::combine(args, party, say)),
        Act::Export(args) => acting(say, &args.who, "export", args.name, |party| blocks::export(args, party, say)),
        Act::Import(args) => acting(say, &args.who, "import", args.name, |party| blocks::import(args, party, say)),
        Act::Rotate(args) => acting(say, &args.who, "rotate", args.name, |party| rotate::rotate(args, party, say)),
        Act::Reset(args) => reset::reset(args, say),
        #[cfg(feature = "pkcs11")]
        Act::Load(args) => acting(say, &args.who, "load", nobody(), |party| token::load(args, party, say)),
        #[cfg(feature = "pkcs11")]
        Act::Token(place) => token::list(place, say),
        Act::Audit(args) => show::audit(args, say),
    }
}

/// The key of an act that is about no one key.
fn nobody() -> Named {
    Named { name: KeyName(Short::cut("-")), usage: KeyUse::Zmk }
}

/// Opens the key file, acts, and tells the trail also of what was refused: who guesses at a component leaves lines.
fn acting(
    say: &Say,
    who: &Who,
    act: &str,
    key: Named,
    does: impl FnOnce(&mut Party) -> Result<(), End>,
) -> Result<(), End> {
    let mut party = Party::open(&who.place)?;
    let done = does(&mut party);
    if let Err(end) = &done {
        party.refused(&who.by, act, key, end);
    } else if act != "load" && open::is_in_token(&who.place) {
        say.note(
            "该方使用令牌中的密钥：此处的改动要再次执行 keys load 才进入令牌",
            "this party uses the keys inside its token: what was changed here comes there by another keys load only",
        );
    }
    done
}

fn make(args: &MakeArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let (version, check) = party.make(args.name, args.algorithm.algorithm(), args.stays)?;
    party.done(&args.who.by, "make", args.name, Some(check), &format!("version {version}"))?;
    if say.json {
        say.document(&serde_json::json!({"name": open::name(args.name), "kcv": open::hex(check), "version": version}));
    }
    say.line(format!("{}  KCV {}", open::name(args.name), open::hex(check)));
    Ok(())
}
