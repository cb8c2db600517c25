//! Rotation: `rotate` stages the next generation, `--use` uses it, `--end` ends the former one.

use super::blocks::block_of;
use super::open::{Party, fault_of, hex, name, restart_note};
use super::{Named, Who, named};
use crate::say::{End, Say};
use clap::Args;
use serde_json::json;
use slipway_terms::KeyUse;
use slipway_vault::Origin;

/// Arguments of `rotate`.
#[derive(Args)]
pub struct RotateArgs {
    /// The key, as usage/owner.
    #[arg(value_parser = named)]
    pub(super) name: Named,
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
    pub(super) who: Who,
}

/// One step of a rotation.
pub fn rotate(args: &RotateArgs, party: &mut Party, say: &Say) -> Result<(), End> {
    may_rotate(args, party)?;
    if args.use_next {
        let version = party.file.use_next(&args.name.name).map_err(|fault| fault_of(&fault))?;
        return told(args, party, (version, "now"), None, say);
    }
    if args.end {
        let ended = party.file.end_former(&args.name.name).map_err(|fault| fault_of(&fault))?;
        let standing = if ended { "ended" } else { "none" };
        return told(args, party, (0, standing), None, say);
    }
    let origin = Origin { made_ms: party.now_ms, stays: !party.file.may_leave(&args.name.name, false) };
    let staged = party.file.stage_fresh(&args.name.name, origin, &mut party.random);
    let (version, _) = staged.map_err(|fault| fault_of(&fault))?;
    let block = match args.under {
        Some(under) => Some(block_of(party, (args.name, under), true, false)?.0),
        None => None,
    };
    told(args, party, (version, "next"), block, say)
}

/// What must be there for this step, in words: a missing generation is no missing key.
fn may_rotate(args: &RotateArgs, party: &Party) -> Result<(), End> {
    let name = name(args.name);
    if matches!(args.name.usage, KeyUse::Token) {
        return Err(End::usage(
            format!(
                "卡标记密钥 {name} 不能轮换：换了它，每张卡都成为陌生卡。须更换时请新建网络目录，或请供应方迁移记录"
            ),
            format!(
                "the token key {name} does not rotate: under a new one every card would be a stranger. Keep it; if it must go, set up a new network folder and move the records with its maker"
            ),
        ));
    }
    if matches!(args.name.usage, KeyUse::Bdk | KeyUse::Ipek) {
        return Err(End::usage(
            format!("DUKPT 密钥 {name} 不能轮换：序列号指定了密钥。请用新的名称录入新密钥，再给终端注入新的初始密钥"),
            format!(
                "the DUKPT key {name} does not rotate: the serial number names its key. Enter a new key under a new name and inject new initial keys into the terminals"
            ),
        ));
    }
    let shown = party.file.shown().map_err(|fault| fault_of(&fault))?;
    let Some(key) = shown.iter().find(|key| key.name == args.name.name) else {
        return Err(End::usage(
            format!("没有密钥 {name}：用 keys list 查看已有的密钥"),
            format!("there is no key {name}: keys list shows those that are there"),
        ));
    };
    if args.use_next && key.next.is_none() && key.former.is_none() {
        return Err(no_next(&name));
    }
    Ok(())
}

/// Nobody has laid a next generation beside the key.
pub fn no_next(name: &str) -> End {
    End::usage(
        format!("密钥 {name} 没有下一代：请先执行 keys rotate {name}（不带 --use），或 keys import --next"),
        format!(
            "the key {name} has no next generation: run keys rotate {name} first (without --use), or keys import --next"
        ),
    )
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
    let zh = match standing {
        "now" => format!("第 {version} 版已启用，上一代仍被接受"),
        "next" => format!("第 {version} 版已备好，尚未启用"),
        "ended" => "上一代已停用".to_owned(),
        _ => "没有上一代".to_owned(),
    };
    say.line(format!("{}  {}  KCV {}", name(args.name), say.both(&zh, &note), hex(check)));
    if let Some(block) = block {
        say.line(block);
    }
    restart_note(say);
    Ok(())
}
