//! `slipway settle`: what closed days pay to the merchants, by the acquirer's own log. A day is worked out once and written down, then
//! booked; a run that ends in the middle goes on with what is written. Must never wait for a till's settlement, nor pay what nobody
//! has confirmed, nor pay anybody but the merchant of record, nor let the fault of one keep another from his money.

mod args;
mod aside;
mod days;
mod kept;
mod looked;
mod notices;
mod order;
mod pain_002;
mod plan;
mod proof;
pub mod registered;
mod show;

pub use args::{SettleArgs, run};
pub use aside::{Trouble, open as set_aside};
pub use days::settle;
pub use kept::{calendar, kept};
pub use looked::{ended, goes_to, holds, paid_again};
pub use pain_002::reason as return_reason;
pub use plan::settlements;
pub use proof::cells;
pub use show::show as shown;
pub use show::{hold_json, paid_json};

use crate::clearing::asked::refusal;
use crate::desk::optional;
use crate::say::End;
use crate::tills::Problem;
use serde_json::Value;
use slipway_recon::read_day;
use slipway_runtime::os::Handle;
use slipway_terms::Moment;
use std::path::Path;

/// Where a running network, or its acquirer alone, is asked.
pub const DOOR: &str = "/api/v1/settle";

/// The folder of settled days.
pub fn root(network: &Path) -> std::path::PathBuf {
    network.join("settlement")
}

fn silent() -> End {
    End::environment("收单行没有应答", "the acquirer did not answer")
}

/// One settlement at a time in a folder, whoever asks for it: the other one waits and finds it done.
fn lock(network: &Path) -> Result<std::fs::File, End> {
    std::fs::create_dir_all(root(network))?;
    let lock = std::fs::OpenOptions::new().create(true).append(true).open(root(network).join(".settling"))?;
    lock.lock()?;
    Ok(lock)
}

/// Something about merchants' money while nobody else in this folder settles or orders.
pub fn alone<T>(network: &Path, work: impl FnOnce() -> Result<T, End>) -> Result<T, End> {
    let _one_at_a_time = lock(network)?;
    work()
}

/// What two persons order of a merchant's money. Only inside [`alone`].
pub fn ordered(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, End> {
    match body["act"].as_str() {
        Some("hold") => order::hold(acquirer, network, body),
        Some("release") => order::release(acquirer, network, body),
        Some("repay") => order::repay(acquirer, network, body),
        _ => Err(End::usage("没有这种动作", "there is no such act")),
    }
}

/// Answers the port: closed days without more, or what is ordered.
pub fn answer(acquirer: &Handle, network: &Path, body: &Value, now: Moment) -> Result<Value, Problem> {
    let bad =
        |text: &str| End::usage(format!("{text} 不是日期（YYYY-MM-DD）"), format!("{text} is not a day (YYYY-MM-DD)"));
    let locked =
        |act: fn(&Handle, &Path, &Value) -> Result<Value, End>| alone(network, || act(acquirer, network, body));
    let done = match optional(body, "act").map_err(|end| refusal(&end))? {
        None => {
            let day = optional(body, "day")
                .and_then(|day| day.map(|text| read_day(text).ok_or_else(|| bad(text))).transpose());
            day.and_then(|day| settle(acquirer, network, day, now))
        }
        Some("hold" | "release" | "repay") => locked(ordered),
        Some("returned") => locked(order::returned),
        Some("account") => locked(order::bind),
        Some("show") => return show::answer(acquirer, network, body["merchant"].as_str().unwrap_or("").trim()),
        Some("check") => proof::prove(acquirer, network),
        Some(_) => Err(End::usage("没有这种动作", "there is no such act")),
    };
    done.map_err(|end| refusal(&end))
}
