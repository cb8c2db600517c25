//! `keys reset`: a running network is asked for a new zone key between the switch and a member. The key is made, sent, proved
//! and used by the parties themselves; no one here sees it.

use crate::desk::Running;
use crate::say::{End, Say};
use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use clap::Args;
use serde_json::{Value, json};
use slipway_node::{Clock, Hand};
use slipway_runtime::os::{Control, Handle, Pace, PacedClock};
use slipway_terms::{InstitutionId, KeyUse, Stan};
use std::path::PathBuf;

/// Where a running network, or its switch or member alone, is asked.
pub const DOOR: &str = "/api/v1/keys/reset";

/// Arguments of `reset`.
#[derive(Args)]
pub struct ResetArgs {
    /// The member's institution number.
    member: String,
    /// Which of its keys: for PINs or for message codes.
    #[arg(long = "use", value_parser = ["zpk", "zak"])]
    usage: String,
    /// The folder of the running network, or of its switch or of the member running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Asks the running network.
pub fn reset(args: &ResetArgs, say: &Say) -> Result<(), End> {
    if !args.dir.is_dir() {
        let dir = args.dir.display();
        return Err(End::usage(
            format!("没有目录 {dir}：请用 --dir 指明运行中的网络或一方的目录"),
            format!("there is no folder {dir}: name that of a running network or party with --dir"),
        ));
    }
    let running = Running::of(&args.dir).ok_or_else(|| {
        End::environment(
            "网络没有运行：密钥重置由运行中的各方完成，请先启动",
            "the network is not running: running parties reset a key between them, start it first",
        )
    })?;
    let done = running.post(DOOR, &json!({"member": args.member, "use": args.usage}))?;
    if say.json {
        say.document(&done);
    } else {
        let name = format!("{}/{}", args.usage, args.member);
        say.line(say.both(
            &format!("已请求重置 {name}；完成后指标 switch.reset_done 加一，旧密钥在下次重置前仍被接受"),
            &format!("asked for a new {name}; the count switch.reset_done tells when it is done, the old key stays accepted until the next reset"),
        ));
    }
    Ok(())
}

/// What a port that was asked tells its party.
pub fn ask(party: &Handle, body: &Value) -> Result<Value, Problem> {
    let usage = match body["use"].as_str() {
        Some("zpk") => Some(KeyUse::Zpk),
        Some("zak") => Some(KeyUse::Zak),
        _ => None,
    };
    let member = body["member"].as_str().and_then(|digits| InstitutionId::new(digits).ok());
    let (Some(usage), Some(member)) = (usage, member) else {
        return Err(problem(
            StatusCode::BAD_REQUEST,
            "需要 member 和 use（zpk 或 zak）",
            "member and use (zpk or zak) are needed",
        ));
    };
    // The number of a reset is its time, to ten milliseconds: no two of a person's have the same.
    let at = PacedClock::start(Pace(1)).now();
    let number = u32::try_from(at.0.div_euclid(10).rem_euclid(999_999) + 1).unwrap_or(1);
    let (sent, stan) = (at.sent_at(), Stan::new(number).unwrap_or(Stan::FIRST));
    if !party.tell(Control::Hand(Hand::ResetKey { member, usage, sent, stan })) {
        return Err(problem(StatusCode::SERVICE_UNAVAILABLE, "该方已停", "the party has stopped"));
    }
    Ok(json!({"member": member.as_str(), "use": usage.word(), "stan": stan.to_string()}))
}
