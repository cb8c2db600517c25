//! Keys that travel between institutions: key blocks under a zone master key.

use super::open::{Party, block_fault, fault_of, hex, name, restart_note, secret};
use super::rotate::no_next;
use super::{Named, Who, named};
use crate::say::{End, Say};
use clap::Args;
use serde_json::json;
use slipway_terms::{KeyUse, Text};
use slipway_vault::{
    BlockFault, BlockHeader, ClearKey, Exportability, Origin, Schedule, unwrap_any_block, version_under, wrap_block,
};

/// Arguments of `export`.
#[derive(Args)]
pub struct ExportArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    pub(super) name: Named,
    /// The zone master key that protects the block.
    #[arg(long, value_parser = named)]
    under: Named,
    /// The staged next generation instead of the one in use.
    #[arg(long)]
    next: bool,
    /// The receiver may pass the key on (exportability E; else N).
    #[arg(long)]
    exportable: bool,
    #[command(flatten)]
    pub(super) who: Who,
}

/// Arguments of `import`.
#[derive(Args)]
pub struct ImportArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    pub(super) name: Named,
    /// The zone master key that protects the block.
    #[arg(long, value_parser = named)]
    under: Named,
    /// As the next generation of a key that is there: accepted, not used yet.
    #[arg(long)]
    next: bool,
    /// The check value that the key must have, 6 or 8 hex digits.
    #[arg(long)]
    kcv: Option<String>,
    #[command(flatten)]
    pub(super) who: Who,
}

/// Writes a key block.
pub fn export(args: &ExportArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    let (block, check) = block_of(party, (args.name, args.under), args.next, args.exportable)?;
    party.done(&args.who.by, "export", args.name, Some(check), &format!("under {}", name(args.under)))?;
    if say.json {
        say.document(&json!({"name": name(args.name), "under": name(args.under), "kcv": hex(check), "block": block}));
    }
    say.line(&block);
    say.progress(&format!("KCV {}", hex(check)));
    Ok(())
}

/// The block of a key and its check value. `rotate` gives the new generation to the other side in the same way.
pub fn block_of(
    party: &mut Party,
    (key, under): (Named, Named),
    next: bool,
    exportable: bool,
) -> Result<(String, slipway_terms::Kcv), End> {
    let protection = protection(party, under)?;
    let shown = party.file.shown().map_err(|fault| fault_of(&fault))?;
    if next && shown.iter().any(|it| it.name == key.name && it.next.is_none()) {
        return Err(no_next(&name(key)));
    }
    let found = if next { party.file.clear_next(&key.name) } else { party.file.clear(&key.name) };
    let (usage, clear) = found.map_err(|fault| fault_of(&fault))?;
    if !party.file.may_leave(&key.name, next) {
        return Err(block_fault(&BlockFault::NeverLeaves));
    }
    let ready = Schedule::new(&protection).map_err(|fault| block_fault(&fault.into()))?;
    let block = version_under(&ready).and_then(|version| BlockHeader::of(usage, clear.algorithm(), version)).and_then(
        |mut header| {
            header.exportability = if exportable { Exportability::Trusted } else { Exportability::Never };
            wrap_block(&ready, &header, &clear, &mut party.random)
        },
    );
    Ok((block.map_err(|fault| block_fault(&fault))?, clear.check_value()))
}

/// Takes a key block.
pub fn import(args: &ImportArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    if !args.next {
        party.not_there(args.name)?;
    }
    let protection = protection(party, args.under)?;
    let block = secret("密钥块", "key block")?;
    let (header, clear) =
        unwrap_any_block(&protection, &block, args.name.usage).map_err(|fault| block_fault(&fault))?;
    let check = clear.check_value();
    if let Some(expected) = &args.kcv {
        same(expected, &hex(check))?;
    }
    let origin = Origin { made_ms: party.now_ms, stays: header.exportability == Exportability::Never };
    let version = if args.next {
        party.file.stage(&args.name.name, &clear, origin, &mut party.random).map(|(version, _)| version)
    } else {
        party.file.put_made(&args.name.name, args.name.usage, &clear, origin, &mut party.random)
    };
    let version = version.map_err(|fault| fault_of(&fault))?;
    let standing = if args.next { "next" } else { "now" };
    let note = format!("under {}, version {version}, {standing}", name(args.under));
    party.done(&args.who.by, "import", args.name, Some(check), &note)?;
    if say.json {
        let stays = origin.stays;
        say.document(&json!({
            "name": name(args.name), "kcv": hex(check), "version": version, "standing": standing, "stays": stays,
        }));
    }
    say.line(format!("{}  KCV {}", name(args.name), hex(check)));
    restart_note(say);
    Ok(())
}

/// A zone master key in the clear; nothing else protects a block.
fn protection(party: &Party, under: Named) -> Result<ClearKey, End> {
    let (usage, key) = party.file.clear(&under.name).map_err(|fault| fault_of(&fault))?;
    if usage != KeyUse::Zmk {
        return Err(End::usage("--under 须为区域主密钥（zmk/…）", "--under names a zone master key (zmk/…)"));
    }
    Ok(key)
}

fn same(expected: &str, got: &str) -> Result<(), End> {
    if matches!(expected.len(), 6 | 8) && got.starts_with(&expected.to_ascii_uppercase()) {
        return Ok(());
    }
    let zh = format!("校验值不符：密钥块内的密钥为 {got}");
    Err(End { code: 1, text: Text::new(zh, format!("the check value differs: the key in the block has {got}")) })
}
