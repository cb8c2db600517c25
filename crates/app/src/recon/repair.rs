//! `recon repair`: in the own house a repair is a command to the core that owns the account, once, under the number of the difference.
//! `recon letters`: to another house it is a case that its owner gets to read. Neither changes what reconciliation keeps: the next
//! day's lists say whether it helped.

use super::gather::Look;
use super::kept::{Kept, Promises};
use super::place::{Place, word as view_word};
use super::run::open_cases;
use crate::cases::signed;
use crate::desk::Running;
use crate::say::{End, Say, yuan};
use clap::Args;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, Repaired};
use slipway_node::{Hand, Record, Rows};
use slipway_recon::four::{Action, Class, List, Owner, Seen, View};
use slipway_runtime::os::{Control, Handle};
use slipway_terms::{Mend, Moment, Repair, Rrn, Short};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Where a running network, or its acquirer alone, takes a repair.
pub const DOOR: &str = "/api/v1/recon/repair";

/// Arguments of `recon repair`.
#[derive(Args)]
pub struct RepairArgs {
    /// The number of the difference.
    number: String,
    /// Who asks; stands in the record.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; stands in the record. Never a card number.
    #[arg(long, value_name = "TEXT")]
    because: String,
    #[command(flatten)]
    pub place: super::Where,
}

/// What the own house does for a difference: which slot, how much.
pub fn mend(view: View, kept: &Kept) -> Option<(Mend, i64)> {
    let (class, row) = kept.dossier.row(view)?;
    let own = row.repairs.iter().any(|(owner, action)| {
        *owner == Owner::Acquirer && matches!(action, Action::UndoMerchantCredit | Action::PostMissingCredit)
    });
    match class {
        Class::Seen(Seen(0b0100)) if own && view == View::Acquirer => {
            Some((Mend::Reverse, kept.dossier.net_fen(List::Acquirer).abs()))
        }
        Class::Seen(Seen(0b1010)) if own && view == View::Acquirer => {
            Some((Mend::Credit, kept.dossier.net_fen(List::Network).abs()))
        }
        _ => None,
    }
}

fn find(look: &Look, number: &str) -> Result<Kept, End> {
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let mut found = None;
    for kept in Place::read_only(&look.folder).cases(&state)? {
        found = Some(kept?).filter(|kept| kept.number() == number).or(found);
    }
    found.ok_or_else(|| {
        End::usage(
            format!("没有差异 {number}：请用 slipway recon cases 核对编号"),
            format!("there is no difference {number}: check the number with slipway recon cases"),
        )
    })
}

/// Another open difference about the same exchange: what looks absent there is here.
pub fn twin(look: &Look, kept: &Kept) -> Result<Option<String>, End> {
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let (places, mut found): (Vec<u64>, _) = (kept.places().collect(), None);
    open_cases(look, &state, |other| {
        if other.family() != kept.family() && other.places().any(|place| places.contains(&place)) {
            found = Some(other.number());
        }
        Ok(())
    })?;
    Ok(found)
}

/// What a repair of a difference would be: its exchange, which slot, how much.
///
/// # Errors
/// There is no such difference, it is over, or it is not for this house to repair.
pub fn prepared(look: &Look, number: &str) -> Result<(Rrn, Mend, i64), End> {
    let kept = find(look, number)?;
    if kept.dossier.closed.is_some() {
        return Err(End::broken(
            format!("{number} 各方已一致，不需要补救；没有改动"),
            format!("all houses agree on {number}, there is nothing to repair; nothing was changed"),
        ));
    }
    if let Some(other) = twin(look, &kept)? {
        return Err(End::usage(
            format!("{number} 与 {other} 是同一笔交易，参考号在途中被改动：先更正参考号；没有改动"),
            format!(
                "{number} and {other} are one exchange, whose reference number was spoilt on its way: correct the number; nothing was changed"
            ),
        ));
    }
    let Some((mend, minor)) = mend(look.view, &kept) else {
        let row = kept.dossier.row(look.view);
        let first = row.and_then(|(_, row)| row.repairs.first());
        let (zh, en) = first.map_or(("-".to_owned(), "-".to_owned()), |(owner, action)| {
            use slipway_terms::Lang::{En, Zh};
            (format!("{}：{}", owner.text(Zh), action.text(Zh)), format!("{}: {}", owner.text(En), action.text(En)))
        });
        return Err(End::usage(
            format!("{number} 不由本命令补救。{zh}（slipway recon letters，或 slipway case find）；没有改动"),
            format!(
                "{number} is not repaired by this command. {en} (slipway recon letters, or slipway case find); nothing was changed"
            ),
        ));
    };
    Ok((kept.rrn, mend, minor))
}

/// Asks the running house for the repair of a difference.
pub fn run(args: &RepairArgs, look: &Look, dir: &Path, say: &Say) -> Result<(), End> {
    signed(args.by.trim(), args.because.trim())?;
    let (rrn, mend, minor) = prepared(look, &args.number)?;
    let running = Running::of(dir).or_else(|| Running::of(&dir.join("acquirer"))).ok_or_else(|| {
        End::environment(
            "网络没有运行：补救由运行中的收单行完成，请先启动",
            "the network is not running: its running acquirer carries a repair out, start it first",
        )
    })?;
    let body = json!({
        "number": args.number, "rrn": rrn.as_str(), "act": mend.word(), "fen": minor,
        "by": args.by.trim(), "because": args.because.trim(),
    });
    let done = running.post(DOOR, &body)?;
    let number = &args.number;
    match done["outcome"].as_str() {
        Some("impossible") => Err(End::broken(
            format!("按该交易现状不能这样补救（金额不同、有签购单、已被占用，或撤销仍在途）；{number} 没有改动"),
            format!(
                "the exchange does not bear it as it stands (another amount, a slip, something else has it, or its undo is on its way); {number} is unchanged"
            ),
        )),
        Some(outcome) => {
            if say.json {
                say.document(&done);
            }
            let moved = yuan(&done["moved_fen"]);
            say.line(match outcome {
                "done" => say
                    .both(&format!("{number} 已补救：{moved} 元"), &format!("{number} is repaired: {moved} yuan"))
                    .to_owned(),
                _ => say
                    .both(
                        &format!("{number} 之前已经补救，没有再记账"),
                        &format!("{number} was repaired before, nothing was posted again"),
                    )
                    .to_owned(),
            });
            Ok(())
        }
        None => Err(End::environment("收单行没有回答", "the acquirer did not answer")),
    }
}

fn records(party: &Handle) -> Option<Vec<Repaired>> {
    let space = <Repaired as Record<AcquirerRow>>::SPACE;
    let rows = party.rows(space)?;
    let read = |bytes: &Vec<u8>| match AcquirerRow::decode(space, bytes) {
        Ok(AcquirerRow::Repaired(repaired)) => Some(repaired),
        _ => None,
    };
    Some(rows.iter().filter_map(|(_, bytes)| read(bytes)).collect())
}

/// The repair that was made under this number. What may be asked of an acquirer that runs.
pub fn before(party: &Handle, number: &str) -> Result<Option<Repair>, End> {
    let all = records(party).ok_or_else(|| End::environment("收单行没有回答", "the acquirer did not answer"))?;
    Ok(all.into_iter().map(|done| done.repair).find(|repair| repair.number.as_str() == number))
}

/// Gives a repair to the acquirer and says what came of it: its own record is asked behind it, in the same queue.
pub fn answer(party: &Handle, body: &Value) -> Result<Value, End> {
    let text = |name: &str| body[name].as_str().unwrap_or("");
    let wrong = |what: &str| End::usage(format!("补救有误：{what}"), format!("not a repair: {what}"));
    let mend = Mend::ALL.into_iter().find(|mend| mend.word() == text("act")).ok_or_else(|| wrong("act"))?;
    let (by, because) = signed(text("by"), text("because"))?;
    let number =
        Short::new(text("number")).ok().filter(|number| *number != Short::EMPTY).ok_or_else(|| wrong("number"))?;
    let rrn = Rrn::new(text("rrn")).map_err(|_| wrong("rrn"))?;
    let minor = body["fen"].as_i64().filter(|fen| *fen > 0).ok_or_else(|| wrong("fen"))?;
    let gone = || End::environment("该方已停，没有改动", "the party has stopped; nothing was changed");
    let of = |records: Vec<Repaired>| records.into_iter().find(|done| done.repair.number == number);
    let before = of(records(party).ok_or_else(gone)?);
    let repair = Repair { number, rrn, mend, minor, by, because };
    if !party.tell(Control::Hand(Hand::Repair(repair))) {
        return Err(gone());
    }
    // Behind the order in the same queue: a question, so that the order is decided before the rows are read.
    party.ask(slipway_node::Question::Rrn(rrn)).ok_or_else(gone)?;
    let after = of(records(party).ok_or_else(gone)?);
    let outcome = match (before, after) {
        (None, Some(done)) if done.minor != 0 => "done",
        (_, Some(_)) => "already",
        (_, None) => "impossible",
    };
    let same = after.is_some_and(|done| done.repair == repair);
    Ok(json!({
        "outcome": outcome, "same": same, "number": text("number"), "moved_fen": after.map(|done| done.minor),
    }))
}

/// Writes what other houses have to do, a file for each, replaced at once or not at all.
pub fn letters(look: &Look, promises: &Promises, dir: &Path, now: Moment, say: &Say) -> Result<(), End> {
    let state = Place::read_only(&look.folder).state(look.view, look.own.as_str())?;
    let own = match look.view {
        View::Acquirer => Owner::Acquirer,
        View::Issuer => Owner::Issuer,
        View::Centre => Owner::Network,
    };
    let folder = dir.join("recon").join("letters").join(look.folder.file_name().unwrap_or_default());
    std::fs::create_dir_all(&folder)?;
    let mut files = BTreeMap::new();
    for to in [Owner::Acquirer, Owner::Network, Owner::Issuer].into_iter().filter(|to| *to != own) {
        files.insert(to, (std::io::BufWriter::new(tempfile::NamedTempFile::new_in(&folder)?), 0_u64));
    }
    open_cases(look, &state, |kept| {
        let Some((_, row)) = kept.dossier.row(look.view) else { return Ok(()) };
        let letter = kept.document(look.view, promises, now)?;
        for (to, (file, count)) in &mut files {
            if row.repairs.iter().any(|(owner, _)| owner == to) {
                writeln!(file, "{letter}")?;
                *count += 1;
            }
        }
        Ok(())
    })?;
    let mut written = Vec::new();
    for (to, (file, count)) in files {
        let path = folder.join(format!("{}.jsonl", format!("{to:?}").to_lowercase()));
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|fault| fault.error)?;
        say.line(format!("{count:>9}  {}", path.display()));
        written.push(json!({"to": format!("{to:?}").to_lowercase(), "letters": count, "file": path}));
    }
    if say.json {
        say.document(&json!({"from": view_word(look.view), "letters": written}));
    }
    Ok(())
}
