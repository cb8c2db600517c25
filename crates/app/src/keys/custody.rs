//! Components and what is made of them.

use super::open::{self, Party, component_fault, hex, name, secret};
use super::{Cipher, Named, Who, named, nobody};
use crate::say::{End, Say};
use clap::Args;
use serde_json::json;
use slipway_vault::{ClearKey, DerivationCost, Entered, Proof};
use std::io::IsTerminal;
use zeroize::Zeroizing;

/// Arguments of `component`.
#[derive(Args)]
pub struct ComponentArgs {
    /// The key it is a part of, as usage/owner.
    #[arg(value_parser = named)]
    pub(super) name: Named,
    /// Which component.
    #[arg(long, required_unless_present = "discard")]
    number: Option<u8>,
    /// Of how many: 2 or 3.
    #[arg(long, default_value_t = 2)]
    of: u8,
    /// The key's cipher.
    #[arg(long, value_enum, default_value = "tdes")]
    algorithm: Cipher,
    /// The check value on the custodian's paper, 6 or 8 hex digits.
    #[arg(long, required_unless_present = "discard")]
    kcv: Option<String>,
    /// Forgets all components of this key instead.
    #[arg(long)]
    discard: bool,
    #[command(flatten)]
    pub(super) who: Who,
}

/// Arguments of `combine`.
#[derive(Args)]
pub struct CombineArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    pub(super) name: Named,
    /// The check value that the whole key must have, 6 or 8 hex digits.
    #[arg(long)]
    kcv: Option<String>,
    /// A key of that name is replaced.
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    pub(super) who: Who,
}

/// Enters one component.
pub fn component(args: &ComponentArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    if args.discard {
        return discard(args, party, say);
    }
    let registered = party.file.custodians().next().is_some();
    let passphrase = registered.then(|| secret("保管人口令", "custodian's passphrase")).transpose()?;
    let part = part(args)?;
    let number = args.number.unwrap_or_default();
    let entered = Entered {
        name: args.name.name,
        usage: args.name.usage,
        number,
        of: args.of,
        custodian: &args.who.by,
        passphrase: passphrase.as_deref().map(String::as_str),
        part: &part,
        expected: args.kcv.as_deref().unwrap_or_default(),
        at_ms: party.now_ms,
    };
    let (check, have) = party.file.enter(&entered, &mut party.random).map_err(|fault| component_fault(&fault))?;
    let note = format!("component {number} of {}", args.of);
    party.done(&args.who.by, "component", args.name, Some(check), &note)?;
    if say.json {
        let of = args.of;
        say.document(&json!({"name": name(args.name), "number": number, "of": of, "kcv": hex(check), "have": have}));
    }
    let of = args.of;
    let part = say.both(&format!("第 {number} 个分量，共 {of} 个"), &note).to_owned();
    say.line(format!("{}  {part}  KCV {}", name(args.name), hex(check)));
    say.line(match (usize::from(of) - have, say.lang) {
        (0, _) => say.both("分量齐全，可以 combine", "all components are there: combine them").to_owned(),
        (missing, slipway_terms::Lang::Zh) => format!("还缺 {missing} 个分量，须由其他保管人录入"),
        (missing, slipway_terms::Lang::En) => format!("{missing} more, to be entered by other custodians"),
    });
    Ok(())
}

/// Hex digits, in groups if the custodian likes.
fn part(args: &ComponentArgs) -> Result<ClearKey, End> {
    let text = secret("密钥分量（十六进制）", "component (hex)")?;
    let digits: Zeroizing<String> = Zeroizing::new(text.chars().filter(|c| !c.is_whitespace()).collect());
    let wrong = || {
        let need = args.algorithm.algorithm().key_bytes() * 2;
        End::usage(format!("分量须为 {need} 位十六进制"), format!("a component has {need} hex digits"))
    };
    let mut bytes = Zeroizing::new(Vec::with_capacity(32));
    for pair in digits.as_bytes().chunks(2) {
        let pair = core::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2 && !pair.starts_with('+'));
        bytes.push(pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(wrong)?);
    }
    ClearKey::new(args.algorithm.algorithm(), &bytes).map_err(|_| wrong())
}

fn discard(args: &ComponentArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let gone = party.file.discard(&args.name.name);
    party.done(&args.who.by, "discard", args.name, None, &format!("{gone} components"))?;
    if say.json {
        say.document(&json!({"name": name(args.name), "discarded": gone}));
    }
    say.line(format!("{}: {gone} {}", name(args.name), say.both("个分量已作废", "components forgotten")));
    Ok(())
}

/// Arguments of `custodian`.
#[derive(Args)]
pub struct CustodianArgs {
    /// The custodian's name.
    custodian: String,
    /// Takes the custodian out instead; another one (--by) vouches.
    #[arg(long)]
    dismiss: bool,
    #[command(flatten)]
    pub(super) who: Who,
}

/// Registers or dismisses a custodian. Passphrases are asked for: of the voucher where one is needed, then of the new one.
pub fn custodian(args: &CustodianArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let vouched = args.dismiss || party.file.custodians().count() >= 2;
    let by = vouched.then(|| secret("担保人口令", "voucher's passphrase")).transpose()?;
    let voucher = by.as_deref().map(|passphrase| Proof { name: &args.who.by, passphrase });
    let act = match (args.dismiss, voucher) {
        (true, Some(voucher)) => {
            party.file.dismiss(&args.custodian, voucher).map_err(|fault| component_fault(&fault))?;
            "dismiss"
        }
        _ => {
            let passphrase = secret("新保管人口令", "new custodian's passphrase")?;
            if std::io::stdin().is_terminal() && secret("再次输入", "again")? != passphrase {
                return Err(End::usage("两次输入不一致", "the two differ"));
            }
            let new = Proof { name: &args.custodian, passphrase: &passphrase };
            let registered = party.file.register(new, voucher, DerivationCost::DEFAULT, &mut party.random);
            registered.map_err(|fault| component_fault(&fault))?;
            "register"
        }
    };
    party.done(&args.who.by, act, nobody(), None, &args.custodian)?;
    let all: Vec<&str> = party.file.custodians().collect();
    if say.json {
        say.document(&json!({"custodians": all}));
    }
    say.line(format!("{}: {}", say.both("保管人", "custodians"), all.join(", ")));
    Ok(())
}

/// Makes the key of its components.
pub fn combine(args: &CombineArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let made = party.file.combine(&args.name.name, args.kcv.as_deref(), args.replace, party.now_ms, &mut party.random);
    let (check, version) = made.map_err(|fault| component_fault(&fault))?;
    party.done(&args.who.by, "combine", args.name, Some(check), &format!("version {version}"))?;
    if say.json {
        say.document(&json!({"name": name(args.name), "kcv": hex(check), "version": version}));
    }
    say.line(format!("{}  KCV {}", name(args.name), hex(check)));
    open::restart_note(say);
    Ok(())
}
