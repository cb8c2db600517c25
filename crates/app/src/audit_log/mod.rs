//! `slipway audit-log`: whether the log of who saw and did what is whole, its last line to be written down elsewhere, and its lines
//! for a person. The log is `inquiries.jsonl` of the network's folder: what is asked at the command line, at the hotline and at the
//! desk stands in one chain.

pub mod chain;

use crate::clocks::plain;
use crate::desk::network_folder;
use crate::inquiry::Log;
use crate::say::{End, Say, many};
use crate::typed::shown;
use chain::{Fault, Head, Standing};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Lines that are shown at most, the newest.
const ROWS_MAX: usize = 1_000;

/// Arguments of `audit-log`.
#[derive(Args)]
pub struct AuditLogArgs {
    #[command(subcommand)]
    what: What,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network", global = true)]
    dir: PathBuf,
}

#[derive(Subcommand)]
enum What {
    /// Finds a line that was changed, taken out, put in, moved or cut off. Example: slipway audit-log verify --dir ./net
    Verify {
        /// A last line that was written down elsewhere, as `head` says it: also finds a log that was put back whole.
        #[arg(long, value_name = "NO:HASH")]
        head: Option<String>,
    },
    /// The last line's number and hash, to be written down elsewhere. Example: slipway audit-log head --dir ./net
    Head,
    /// Who saw and did what, oldest first. Example: slipway audit-log show --who li --dir ./net
    Show {
        /// Of this person only.
        #[arg(long)]
        who: Option<String>,
        /// About this exchange only: merchant/terminal/batch/voucher, as `trace` names it.
        #[arg(long)]
        till: Option<String>,
    },
}

/// Runs the command.
pub fn run(args: &AuditLogArgs, say: &Say) -> Result<(), End> {
    network_folder(&args.dir)?;
    let log = Log::of(&args.dir)?;
    match &args.what {
        What::Verify { head } => verify(&log, head.as_deref(), say),
        What::Head => {
            let head = log.chain().head();
            if say.json {
                say.document(&json!({"head": head.as_ref().map(ToString::to_string)}));
            } else {
                say.line(head.map_or_else(
                    || say.both("日志还没有记录", "the log has no line yet").into(),
                    |head| head.to_string(),
                ));
            }
            Ok(())
        }
        What::Show { who, till } => {
            let wanted = |line: &Value| {
                who.as_ref().is_none_or(|who| line["who"] == **who)
                    && till.as_ref().is_none_or(|till| line["till"] == **till)
            };
            let lines = log.chain().lines(ROWS_MAX, wanted)?;
            if say.json {
                say.document(&json!({"lines": lines}));
            } else {
                lines.iter().for_each(|line| say.line(told(line)));
            }
            Ok(())
        }
    }
}

fn told(line: &Value) -> String {
    let text = |name: &str| shown(line[name].as_str().unwrap_or("-"));
    let asked = if line["asked"].is_object() { shown(&line["asked"].to_string()) } else { String::new() };
    format!(
        "{}  {} {} {}  {}  {} {} {asked}",
        plain(&text("at")),
        text("who"),
        text("role"),
        text("from"),
        text("act"),
        text("till"),
        text("said")
    )
}

fn verify(log: &Log, head: Option<&str>, say: &Say) -> Result<(), End> {
    let kept = head.map(|text| {
        Head::read(text).ok_or_else(|| {
            End::usage(
                "--head 写作 序号:64位十六进制",
                "--head reads NUMBER:64 hexadecimal digits, as `audit-log head` prints it",
            )
        })
    });
    let standing = log.chain().verify(kept.transpose()?.as_ref())?;
    if say.json {
        say.document(&match &standing {
            Standing::Whole { head, unsealed } => {
                json!({"whole": true, "lines": head.as_ref().map_or(0, |head| head.no), "head": head.as_ref().map(ToString::to_string), "unsealed": unsealed})
            }
            Standing::Broken { line, fault } => json!({"whole": false, "line": line, "fault": word(*fault)}),
        });
    }
    match standing {
        Standing::Whole { head, unsealed } => {
            let lines = head.as_ref().map_or(0, |head| head.no);
            say.line(say.both(
                &format!("审计日志完整：{lines} 行"),
                &format!("the audit log is whole: {}", many(lines, "line", "lines")),
            ));
            if unsealed > 0 {
                say.line(say.both(
                    &format!("  其前 {unsealed} 行来自尚无签名的版本"),
                    &format!("  before them, {} from a version without signatures", many(unsealed, "line", "lines")),
                ));
            }
            head.into_iter().for_each(|head| say.line(format!("  {head}")));
            Ok(())
        }
        Standing::Broken { line, fault } => {
            let (zh, en) = match fault {
                Fault::Changed => ("被改动或未经签名", "was changed, or was never signed"),
                Fault::Order => {
                    ("之前有缺行、插入或换序", "does not follow the line before it: one is missing, put in or moved")
                }
                Fault::Cut => ("起的末尾记录缺失", "and what follows is missing: the end was cut off"),
                Fault::Head => {
                    ("处签名的末行记录缺失或陈旧", "has no true head beside it: it was taken away or put back")
                }
            };
            Err(End::broken(
                format!("审计日志第 {line} 行{zh}：保全现场并查明原因"),
                format!("line {line} of the audit log {en}: keep everything as it is and find out why"),
            ))
        }
    }
}

const fn word(fault: Fault) -> &'static str {
    match fault {
        Fault::Changed => "changed",
        Fault::Order => "order",
        Fault::Cut => "cut",
        Fault::Head => "head",
    }
}
