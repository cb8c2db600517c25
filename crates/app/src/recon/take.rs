//! `recon take`: another program's file becomes a list, by a layout (CSV or fixed width, UTF-8 or GBK), or a member's clearing file.
//! The file is read whole or refused whole; the list that stood there stands there until then.

use super::listed::{Head, Writer, word};
use super::lists::file_name;
use crate::clearing::{layout_of, rows_of};
use crate::say::{End, Say, many};
use clap::{Args, ValueEnum};
use serde_json::json;
use slipway_recon::clearing::{Detail, read_file};
use slipway_recon::four::{List, Row};
use slipway_terms::InstitutionId;
use std::path::PathBuf;

/// Which list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Which {
    /// Slips of an acquirer's terminals.
    Till,
    /// An acquirer's log.
    Acquirer,
    /// The network's file.
    Network,
    /// An issuer's ledger.
    Issuer,
}

/// Arguments of `recon take`.
#[derive(Args)]
pub struct TakeArgs {
    /// The file.
    file: PathBuf,
    /// Which list it becomes.
    #[arg(long, value_enum)]
    list: Which,
    /// Whose it is: the institution number of the acquirer, switch or issuer.
    #[arg(long)]
    owner: String,
    /// For which member: the number of the one whose part of the network's file it is.
    #[arg(long = "for", value_name = "MEMBER")]
    member: Option<String>,
    /// What stands where in it, as TOML; without one it is a clearing file of the member.
    #[arg(long)]
    layout: Option<PathBuf>,
    /// The day that the file has to be of, YYYY-MM-DD.
    #[arg(long)]
    day: String,
    /// The network's folder; the list goes into its folder `recon/lists`.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Reads the file and writes the list.
pub fn run(args: &TakeArgs, say: &Say) -> Result<(), End> {
    let day = super::day(&args.day)?;
    let id = |text: &str| {
        InstitutionId::new(text)
            .map_err(|bad| End::usage(format!("{text} 不是机构号（{bad}）"), format!("{text}: {bad}")))
    };
    let (owner, member) = (id(&args.owner)?, args.member.as_deref().map(id).transpose()?);
    let list = match args.list {
        Which::Till => List::Till,
        Which::Acquirer => List::Acquirer,
        Which::Network => List::Network,
        Which::Issuer => List::Issuer,
    };
    if member.is_some() && list != List::Network {
        return Err(End::usage("--for 只用于网络文件", "--for is for the network's file only"));
    }
    let name = args.file.display();
    let refused = |why: String| {
        End::broken(
            format!("{name} 拒收。{why} 已有名单不变，没有判断任何一笔；请向出具方重要该文件"),
            format!(
                "{name} is refused. {why} The list that was there stands, nothing was judged; ask for the file again"
            ),
        )
    };
    let mut rows = match &args.layout {
        Some(layout) => rows_of(&args.file, &layout_of(layout)?, day)?.map_err(|fault| refused(fault.to_string()))?,
        None => {
            let bytes = std::fs::read(&args.file)
                .map_err(|fault| End::environment(format!("{name}：{fault}"), format!("{name}: {fault}")))?;
            let of = member.unwrap_or(owner);
            let (details, _) = read_file(&bytes, of, day).map_err(|why| refused(why.to_string()))?;
            let row = |detail: &Detail| Row::new(detail.key(), detail.amount_fen, day, 0);
            details.iter().map(row).collect()
        }
    };
    rows.sort_unstable();
    let folder = super::lists_of(&args.dir, day);
    std::fs::create_dir_all(&folder)?;
    let mut writer = Writer::begin(&folder, &Head { list, owner, day, members: None })?;
    rows.iter().try_for_each(|row| writer.row(&Row { place: 0, ..*row }))?;
    let path = folder.join(file_name(list, owner, member));
    let written = writer.end(&path)?;
    if say.json {
        say.document(&json!({
            "day": day.to_string(), "list": word(list), "rows": written.rows, "sum_fen": written.fen.to_string(),
            "unchanged": written.same, "file": path,
        }));
    }
    let (rows, path) = (written.rows, path.display());
    say.line(say.both(&format!("{day}：{rows} 笔，{path}"), &format!("{day}: {}, {path}", many(rows, "row", "rows"))));
    Ok(())
}
