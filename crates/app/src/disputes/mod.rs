//! `slipway dispute`: 调单 and 拒付. The list reads a running or a stopped network; an order goes to the running party whose step it
//! is, over its local port, and takes effect in that party's own commit.

mod order;
mod rules;
mod told;

pub use order::{Whose, answer_order, answer_ticket, is_known, read};
pub use rules::{disputes, rules_of};
pub use told::{Books, answer_list};

use crate::cases::signed;
use crate::desk::{Running, network_folder};
use crate::export;
use crate::say::{End, Say};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use slipway_hosts::acquirer::AcquirerRow;
use slipway_hosts::issuer::IssuerRow;
use slipway_hosts::switch::SwitchRow;
use slipway_terms::Moment;
use std::path::{Path, PathBuf};

/// Where a running network, or one of its houses alone, lists its disputes.
pub const LIST: &str = "/api/v1/disputes";
/// Where it takes an order.
pub const ORDER: &str = "/api/v1/disputes/order";

/// Arguments of `dispute`.
#[derive(Args)]
pub struct DisputeArgs {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Open disputes of every house, masked, with what waits and until when. Example: slipway dispute list --dir ./net
    List(ListArgs),
    /// One dispute, step by step, house by house. Example: slipway dispute show 99900001-1126090807-000012 --dir ./net
    Show(ShowArgs),
    /// At the issuer: asks for the slip, or charges back, by reason code. Example: slipway dispute open 632700000002 --reason 6344 --by "Li Lei" --because "cardholder asks" --dir ./net
    Open(OpenArgs),
    /// At the acquirer: answers a retrieval, or gives the money back. Example: slipway dispute answer 99900001-1126090807-000012 charge-back --by "Li Lei" --because "our error" --dir ./net
    Answer(AnswerArgs),
    /// At the acquirer: the merchant hands in a slip; its checksum is kept, the file stays yours. Example: slipway dispute find 99900001-1126090807-000012 slip.png --by "Li Lei" --because "merchant copy" --dir ./net
    Find(FindArgs),
    /// Takes the next step: chargeback, re-presentment, second-chargeback, award-cardholder, award-merchant. Example: slipway dispute advance 99900001-1126090807-000012 re-presentment --by "Li Lei" --because "signed slip" --dir ./net
    Advance(AdvanceArgs),
    /// The rules in force: reason codes and days, with their sources. Example: slipway dispute rules
    Rules(RulesArgs),
}

#[derive(Args)]
struct Place {
    /// The folder of the network, or of one of its houses running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

#[derive(Args)]
struct Who {
    /// Who orders it; stands in the record.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why; stands in the record. Never a card number.
    #[arg(long, value_name = "TEXT")]
    because: String,
}

#[derive(Args)]
struct ListArgs {
    /// Closed ones too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct ShowArgs {
    /// The dispute number, or the reference number.
    number: String,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct OpenArgs {
    /// The reference number, or the dispute number of the exchange.
    number: String,
    /// The reason code.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct AnswerArgs {
    /// The dispute number.
    number: String,
    /// slip-found, adjusted, charge-back, cannot-prove or give-back.
    answer: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct FindArgs {
    /// The dispute number.
    number: String,
    /// The file of the slip.
    file: PathBuf,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct AdvanceArgs {
    /// The dispute number.
    number: String,
    /// The step.
    step: String,
    /// The reason code; of a step that has one only, that one.
    #[arg(long)]
    reason: Option<String>,
    /// Who has checked it: an award needs two persons.
    #[arg(long, value_name = "NAME")]
    checked_by: Option<String>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
struct RulesArgs {
    /// The folder of the network: a file `disputes.toml` in it stands instead of the built-in rules.
    #[arg(long)]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &DisputeArgs, say: &Say) -> Result<(), End> {
    match &args.act {
        Act::List(args) => list(args, say),
        Act::Show(args) => show(args, say),
        Act::Open(args) => {
            let body = json!({"number": args.number, "act": "open", "reason": args.reason});
            send(body, &args.who, &args.place, say)
        }
        Act::Answer(args) => {
            let body = json!({"number": args.number, "act": "answer", "answer": args.answer});
            send(body, &args.who, &args.place, say)
        }
        Act::Find(args) => {
            let body = json!({"number": args.number, "act": "find", "file": order::checksum(&args.file)?});
            send(body, &args.who, &args.place, say)
        }
        Act::Advance(args) => {
            let body = json!({
                "number": args.number, "act": "advance", "step": args.step, "reason": args.reason,
                "checked_by": args.checked_by,
            });
            send(body, &args.who, &args.place, say)
        }
        Act::Rules(args) => rules::show(args.dir.as_deref(), say),
    }
}

/// Of a running network by its port, of a stopped one from its stores.
fn listed(place: &Place) -> Result<Value, End> {
    if let Some(running) = Running::of(&place.dir) {
        return running.get(LIST);
    }
    network_folder(&place.dir)?;
    let mut books = Books::default();
    books.acquirer("acquirer", &export::rows::<AcquirerRow>(&place.dir, "acquirer")?);
    books.switch("switch", &export::rows::<SwitchRow>(&place.dir, "switch")?);
    for issuer in ["issuer1", "issuer2"] {
        books.issuer(issuer, &export::rows::<IssuerRow>(&place.dir, issuer)?);
    }
    Ok(books.json())
}

/// How long a step may be on its way before somebody must look (rules 5). Unit: milliseconds.
const ALARM_MS: i64 = 24 * 3_600_000;

/// Disputes in which something is overdue at this moment: a clock that has run out and did not act, because its house stands still;
/// a step that nobody has answered for a day. None of a folder that is no network's, or whose houses cannot be read now.
pub fn overdue(dir: &Path, now: Moment) -> Vec<Value> {
    let listed = listed(&Place { dir: dir.to_owned() }).unwrap_or(Value::Null);
    let late = |dispute: &&Value| {
        let due = dispute["due_ms"].as_i64().is_some_and(|due| due < now.0);
        let waits = dispute["waiting_since_ms"].as_i64().is_some_and(|since| since + ALARM_MS < now.0);
        dispute["closed"].is_null() && (due || waits)
    };
    listed["disputes"].as_array().into_iter().flatten().filter(late).cloned().collect()
}

/// One of them for a person.
pub use told::line as tell;

fn list(args: &ListArgs, say: &Say) -> Result<(), End> {
    let mut listed = listed(&args.place)?;
    if let Some(all) = listed["disputes"].as_array_mut().filter(|_| !args.all) {
        // What was refused at its first step never began.
        let began = |dispute: &Value| !dispute["standing"].is_null() || !dispute["waiting"].is_null();
        all.retain(|dispute| dispute["closed"].is_null() && began(dispute));
    }
    if say.json {
        say.document(&listed);
        return Ok(());
    }
    let all = listed["disputes"].as_array().map_or(&[][..], Vec::as_slice);
    if all.is_empty() {
        say.line(say.both("没有未结争议", "no dispute is open"));
    }
    all.iter().for_each(|dispute| told::line(dispute, say));
    Ok(())
}

fn show(args: &ShowArgs, say: &Say) -> Result<(), End> {
    let mut listed = listed(&args.place)?;
    if let Some(all) = listed["disputes"].as_array_mut() {
        all.retain(|dispute| [&dispute["number"], &dispute["rrn"]].iter().any(|no| **no == args.number));
    }
    let all = listed["disputes"].as_array().map_or(&[][..], Vec::as_slice);
    if all.is_empty() {
        return Err(unknown(&args.number));
    }
    if say.json {
        say.document(&listed);
        return Ok(());
    }
    all.iter().for_each(|dispute| told::whole(dispute, say));
    Ok(())
}

fn unknown(number: &str) -> End {
    End::usage(
        format!("没有 {number} 的交易或争议：请用 slipway trace 或 slipway dispute list 核对"),
        format!("no exchange or dispute is called {number}: check it with slipway trace or slipway dispute list"),
    )
}

fn send(mut body: Value, who: &Who, place: &Place, say: &Say) -> Result<(), End> {
    // Before anybody is asked: what cannot be an order reaches no party.
    signed(&who.by, &who.because)?;
    (body["by"], body["because"]) = (who.by.as_str().into(), who.because.as_str().into());
    order::read(&body, &rules_of(&place.dir)?)?;
    let running = Running::of(&place.dir).ok_or_else(|| {
        End::environment(
            "网络没有运行：争议由运行中的机构办理，请先启动",
            "the network is not running: a running party takes the step, start it first",
        )
    })?;
    let done = running.post(ORDER, &body)?;
    match done["outcome"].as_str() {
        Some("taken") if say.json => say.document(&done),
        Some("taken") => {
            let number = done["dispute"]["number"].as_str().unwrap_or("?");
            say.line(say.both(&format!("{number} 已受理"), &format!("{number}: taken")));
            told::line(&done["dispute"], say);
        }
        Some("refused") => {
            let why = |key: &str| done["why"][key].as_str().unwrap_or("?").to_owned();
            return Err(End::broken(
                format!("不予受理：{}；账目未动", why("zh")),
                format!("not taken: {}; no ledger was changed", why("en")),
            ));
        }
        _ => return Err(unknown(body["number"].as_str().unwrap_or("?"))),
    }
    Ok(())
}
