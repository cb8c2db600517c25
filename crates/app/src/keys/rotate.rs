//! Rotation: `rotate` stages the next generation, `--use` uses it, `--end` ends the former one.

use super::blocks::block_of;
use super::open::{Party, fault_of, hex, name, restart_note};
use super::{Named, Who, named};
use crate::say::{End, Say};
use clap::Args;
use serde_json::json;
use slipway_vault::Origin;

/// Arguments of `rotate`.
#[derive(Args)]
pub struct RotateArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    name: Named,
    /// Uses the staged generation; the former stays accepted.
    #[arg(long = "use", conflicts_with = "end")]
    use_next: bool,
    /// Ends the former generation: nobody uses it any more.
    #[arg(long)]
    end: bool,
    /// Also writes the new generation as a key block under this zone master key, for the other side.
    #[arg(long, value_parser = named, conflicts_with_all = ["use_next", "end"])]
    under: Option<Named>,
    #[command(flatten)]
    who: Who,
}

/// One step of a rotation.
pub fn rotate(args: &RotateArgs, say: &Say) -> Result<(), End> {
    let mut party = Party::open(&args.who.place)?;
    if args.use_next {
        let version = party.file.use_next(&args.name.name).map_err(|fault| fault_of(&fault))?;
        return told(args, &mut party, (version, "now"), None, say);
    }
    if args.end {
        let ended = party.file.end_former(&args.name.name).map_err(|fault| fault_of(&fault))?;
        let standing = if ended { "ended" } else { "none" };
        return told(args, &mut party, (0, standing), None, say);
    }
    let origin = Origin { made_ms: party.now_ms, stays: !party.file.may_leave(&args.name.name, false) };
    let staged = party.file.stage_fresh(&args.name.name, origin, &mut party.random);
    let (version, _) = staged.map_err(|fault| fault_of(&fault))?;
    let block = match args.under {
        Some(under) => Some(block_of(&mut party, (args.name, under), true, false)?.0),
        None => None,
    };
    told(args, &mut party, (version, "next"), block, say)
}

fn told(
    args: &RotateArgs,
    party: &mut Party,
    (version, standing): (u32, &str),
    block: Option<String>,
    say: &Say,
) -> Result<(), End> {
    let clear =
        if standing == "next" { party.file.clear_next(&args.name.name) } else { party.file.clear(&args.name.name) };
    let check = clear.map_err(|fault| fault_of(&fault))?.1.check_value();
    let note = match (version, &args.under) {
        (0, _) => format!("former {standing}"),
        (version, Some(under)) => format!("version {version} {standing}, under {}", name(*under)),
        (version, None) => format!("version {version} {standing}"),
    };
    party.done(&args.who.by, "rotate", args.name, Some(check), &note)?;
    if say.json {
        let version = (version > 0).then_some(version);
        say.document(&json!({
            "name": name(args.name), "version": version, "standing": standing, "kcv": hex(check), "block": block,
        }));
    }
    say.line(format!("{}  {note}  KCV {}", name(args.name), hex(check)));
    if let Some(block) = block {
        say.line(block);
    }
    restart_note(say);
    Ok(())
}
