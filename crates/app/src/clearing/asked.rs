//! `clearing run`, `take` and `show` from the command line, and what the port of a running network or party answers.

use super::daily::{self, Daily};
use super::given::{Member, Taken};
use super::reckoned::{self, Records};
use super::{check, folder};
use crate::cutover::no_switch;
use crate::desk::{Running, optional};
use crate::network::Hosts;
use crate::say::{End, Say, many, yuan};
use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_recon::clearing::told;
use slipway_recon::read_day;
use slipway_runtime::os::Handle;
use slipway_terms::BusinessDate;
use std::path::{Path, PathBuf};

/// Where a running network, or its switch alone, is asked to clear.
pub const DOOR: &str = "/api/v1/clearing";
/// Where a member that runs alone is given a file.
pub const TAKE: &str = "/api/v1/clearing/take";

/// Arguments of `clearing run`.
#[derive(clap::Args)]
pub struct RunArgs {
    /// Only this business day, YYYY-MM-DD (default: every closed day that is not done).
    #[arg(long)]
    day: Option<String>,
    /// The folder of the running network, or of its switch running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Arguments of `clearing take`.
#[derive(clap::Args)]
pub struct TakeArgs {
    /// The clearing file.
    file: PathBuf,
    /// The day that the file has to be of, YYYY-MM-DD (default: the folder it lies in).
    #[arg(long)]
    day: Option<String>,
    /// The folder of the member that runs alone, as slipway-network/issuer1.
    #[arg(long)]
    dir: PathBuf,
}

/// Arguments of `clearing show`.
#[derive(clap::Args)]
pub struct ShowArgs {
    /// Only this business day, YYYY-MM-DD.
    #[arg(long)]
    day: Option<String>,
    /// The network's folder.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

fn not_running() -> End {
    End::environment(
        "没有运行：请先启动（slipway up 或 slipway run）；已关账的日子不会丢，启动后补做",
        "it is not running: start it first (slipway up or slipway run); closed days are not lost, they are made up for",
    )
}

fn day_of(text: Option<&str>) -> Result<Option<BusinessDate>, End> {
    let bad =
        |text: &str| End::usage(format!("{text} 不是日期（YYYY-MM-DD）"), format!("{text} is not a day (YYYY-MM-DD)"));
    text.map(|text| read_day(text).ok_or_else(|| bad(text))).transpose()
}

/// Clears closed days.
pub fn run(args: &RunArgs, say: &Say) -> Result<(), End> {
    day_of(args.day.as_deref())?;
    let running = Running::of(&args.dir).ok_or_else(not_running)?;
    let done = running.post(DOOR, &json!({"day": args.day}))?;
    if say.json {
        say.document(&done);
        return Ok(());
    }
    let days = done["days"].as_array().cloned().unwrap_or_default();
    if days.is_empty() {
        say.line(say.both("没有要清算的日子", "no day is due"));
    }
    days.iter().flat_map(|day| lines(day, say)).for_each(|line| say.line(line));
    Ok(())
}

/// A day for people: the entries, who gets what, who has taken the file.
fn lines(day: &Value, say: &Say) -> Vec<String> {
    let (date, entries) = (day["day"].as_str().unwrap_or("?"), &day["entries"]);
    let new = if day["written"] == "new" {
        say.both("文件已写出", "files written")
    } else {
        say.both("文件未变", "files as before")
    };
    let mut lines = vec![format!("{date}  {entries} {}  {new}", say.both("笔", "entries"))];
    for position in day["positions"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {:<11} {} {} {}",
            position["member"].as_str().unwrap_or("?"),
            say.both("净额", "net"),
            yuan(&position["net_fen"]),
            say.both("元（正为应收）", "yuan (positive: to get)"),
        ));
    }
    for member in day["members"].as_array().into_iter().flatten() {
        let id = member["member"].as_str().unwrap_or("?");
        let strange = member["strange"].as_array().map_or(0, Vec::len);
        lines.push(match (member["taken"] == true, strange) {
            (true, 0) => format!("  {id:<11} {}", say.both("已入账", "posted")),
            (true, _) => {
                let (zh, en) = (
                    format!("  {id:<11} 已入账，{strange} 笔与账目不符，未动账，待对账"),
                    format!(
                        "  {id:<11} posted; {}, moved nothing, for reconciliation to look at",
                        many(strange, "entry does not agree with its records", "entries do not agree with its records")
                    ),
                );
                say.both(&zh, &en).to_owned()
            }
            (false, _) => {
                let why = &member["why"];
                let why = say.both(why["zh"].as_str().unwrap_or("?"), why["en"].as_str().unwrap_or("?")).to_owned();
                format!("  {id:<11} {}: {why}", say.both("尚未入账", "not posted yet"))
            }
        });
    }
    lines
}

/// Gives a file to a member that runs alone.
pub fn take(args: &TakeArgs, say: &Say) -> Result<(), End> {
    let running = Running::of(&args.dir).ok_or_else(not_running)?;
    let file = std::fs::canonicalize(&args.file)?;
    let done = running.post(TAKE, &json!({"file": file, "day": args.day}))?;
    if say.json {
        say.document(&done);
        return Ok(());
    }
    let day = json!({"day": done["day"], "entries": done["entries"], "written": "same", "members": [done]});
    lines(&day, say).iter().skip(1).for_each(|line| say.line(line));
    Ok(())
}

/// Shows the cleared days of a folder, running or not.
pub fn show(args: &ShowArgs, say: &Say) -> Result<(), End> {
    let only = day_of(args.day.as_deref())?;
    let root = daily::root(&args.dir);
    let days: Vec<BusinessDate> =
        folder::days(&root).into_iter().filter(|day| only.is_none_or(|only| only == *day)).collect();
    if days.is_empty() {
        let place = root.display();
        let which = only.map_or_else(String::new, |day| format!(" {day}"));
        return Err(End::broken(
            format!("{place} 中没有已清算的日子{which}"),
            format!("{place} has no cleared day{which}"),
        ));
    }
    let mut all = Vec::new();
    for day in days {
        let place = root.join(day.to_string());
        let mut files = Vec::new();
        let mut names: Vec<PathBuf> = std::fs::read_dir(&place)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
        names.sort();
        for path in names.iter().filter(|path| path.extension().is_some_and(|of| of == "clearing")) {
            let (member, date) = check::named(path, None, None)?;
            files.push(match told(&std::fs::read(path)?, member, date) {
                Ok((mark, _)) => json!({
                    "member": member.to_string(), "sound": true, "entries": mark.count, "amount_fen": mark.sum_minor,
                    "checksum": format!("{:016x}", mark.checksum),
                }),
                Err(why) => json!({"member": member.to_string(), "sound": false, "why": why.to_string()}),
            });
        }
        let positions = std::fs::read_to_string(place.join("positions.csv"))?;
        let net = |line: &str| {
            let cells: Vec<&str> = line.split(',').collect();
            Some(json!({"member": cells.get(1)?, "net_fen": cells.get(7)?.parse::<i64>().ok()?}))
        };
        let nets: Vec<Value> = positions.lines().skip(1).filter_map(net).collect();
        all.push(json!({"day": day.to_string(), "files": files, "positions": nets}));
    }
    if say.json {
        say.document(&json!({"days": all}));
        return Ok(());
    }
    for day in &all {
        say.line(day["day"].as_str().unwrap_or("?"));
        for file in day["files"].as_array().into_iter().flatten() {
            let member = file["member"].as_str().unwrap_or("?");
            say.line(if file["sound"] == true {
                format!(
                    "  {member:<11} {:>8} {}  {:>14} {}  {}",
                    file["entries"],
                    say.both("笔", "entries"),
                    yuan(&file["amount_fen"]),
                    say.both("元", "yuan"),
                    file["checksum"].as_str().unwrap_or("?")
                )
            } else {
                format!("  {member:<11} {}", file["why"].as_str().unwrap_or("?"))
            });
        }
        for net in day["positions"].as_array().into_iter().flatten() {
            say.line(format!(
                "  {:<11} {} {:>14} {}",
                net["member"].as_str().unwrap_or("?"),
                say.both("净额", "net"),
                yuan(&net["net_fen"]),
                say.both("元", "yuan"),
            ));
        }
    }
    Ok(())
}

/// An end as a refusal of the port.
pub fn refusal(end: &End) -> Problem {
    let status = match end.code {
        1 => StatusCode::CONFLICT,
        2 => StatusCode::BAD_REQUEST,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    problem(status, &end.text.zh, &end.text.en)
}

/// Answers a network in one process.
pub fn answer(daily: &Daily, hosts: &Hosts, body: &Value) -> Result<Value, Problem> {
    let day = optional(body, "day").and_then(day_of).map_err(|end| refusal(&end))?;
    daily.run(hosts, day).map_err(|end| refusal(&end))
}

/// Answers at a switch that runs alone: files only, the members fetch theirs.
pub fn answer_switch(switch: &Handle, network: &Path, body: &Value) -> Result<Value, Problem> {
    let work = || -> Result<Value, End> {
        let silent = || End::environment("交换中心没有应答", "the switch did not answer");
        let closed = reckoned::closed(switch).ok_or_else(silent)?;
        let records = Records::of(switch).ok_or_else(silent)?;
        let days = match day_of(optional(body, "day")?)? {
            Some(day) if day > closed => {
                return Err(End::broken(format!("{day} 尚未关账"), format!("{day} is not closed yet")));
            }
            Some(day) => vec![day],
            None => daily::due(&daily::root(network), &records, closed),
        };
        let mut told = Vec::new();
        for date in days {
            let (day, files) = records.day(date, network)?;
            let written = folder::put(&daily::root(network), date, &files)?;
            let mut line = daily::day_json(&day, &files);
            line["written"] = json!(written.word());
            told.push(line);
        }
        Ok(json!({"closed_through": closed.to_string(), "days": told}))
    };
    reckoned::closed(switch).ok_or_else(no_switch)?;
    work().map_err(|end| refusal(&end))
}

/// Answers at a member that runs alone.
pub fn answer_take(member: &Member<'_>, body: &Value) -> Result<Value, Problem> {
    let work = || -> Result<Value, End> {
        let path = PathBuf::from(body["file"].as_str().unwrap_or_default());
        let (_, day) = check::named(&path, Some(member.id.as_str()), optional(body, "day")?)?;
        let bytes = std::fs::read(&path)?;
        let taken = member.take(day, &bytes, &path.display().to_string())?;
        member.sweep()?;
        Ok(match taken {
            Taken::Whole(strange) => {
                json!({"member": member.id.to_string(), "day": day.to_string(), "taken": true, "strange": strange})
            }
            Taken::NotYet(zh, en) => json!({
                "member": member.id.to_string(), "day": day.to_string(), "taken": false, "why": {"zh": zh, "en": en},
            }),
        })
    };
    work().map_err(|end| refusal(&end))
}
