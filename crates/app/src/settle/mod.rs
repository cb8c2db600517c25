//! `slipway settle`: what closed days pay to the merchants, by the acquirer's own log. A day is worked out once and written down, then
//! booked; a run that ends in the middle goes on with what is written. Must never wait for a till's settlement, nor pay what nobody
//! has confirmed, nor pay anybody but the merchant of record.

mod args;
mod kept;
mod notices;
mod order;
mod pain_002;
mod plan;
mod proof;
pub mod registered;
mod show;

pub use args::{SettleArgs, run};
pub use kept::{calendar, kept};
pub use pain_002::reason as return_reason;
pub use proof::cells;
pub use show::show as shown;
pub use show::{hold_json, paid_json};

use crate::audit;
use crate::clearing::asked::refusal;
use crate::clearing::folder;
use crate::desk::optional;
use crate::network::sample;
use crate::say::End;
use crate::tills::Problem;
use plan::Planned;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{AcquirerRow, MerchantDay, owed};
use slipway_hosts::day::Days;
use slipway_hosts::filed::Filed;
use slipway_node::Hand;
use slipway_recon::read_day;
use slipway_runtime::os::{Control, Handle};
use slipway_terms::BusinessDate;
use std::path::Path;

/// Where a running network, or its acquirer alone, is asked.
pub const DOOR: &str = "/api/v1/settle";

/// Looks at the acquirer's record before a part is taken for not taken.
const LOOKS: usize = 100;

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

/// Settles closed days, oldest first, up to this one.
pub fn settle(acquirer: &Handle, network: &Path, until: Option<BusinessDate>) -> Result<Value, End> {
    let days = audit::table::<Days, AcquirerRow>(acquirer).ok_or_else(silent)?.pop();
    let closed = days.map(|days| days.closed).ok_or_else(silent)?;
    if let Some(day) = until.filter(|day| *day > closed) {
        return Err(End::broken(
            format!("{day} 尚未关账（已关账至 {closed}），不能结算"),
            format!("{day} is not closed yet (closed through {closed}) and cannot be settled"),
        ));
    }
    let until = until.unwrap_or(closed);
    let mut filed: Vec<BusinessDate> = audit::table::<Filed, AcquirerRow>(acquirer)
        .ok_or_else(silent)?
        .iter()
        .filter(|filed| filed.done.is_some())
        .map(|filed| filed.day)
        .collect();
    filed.sort_unstable();
    let _one_at_a_time = lock(network)?;
    let there = folder::days(&root(network));
    let mut told = Vec::new();
    // Days whose clearing file is here: only then debit and credit are told apart, and each has its own discount.
    for day in filed.iter().copied().filter(|day| *day <= until) {
        let written = if there.contains(&day) {
            "same"
        } else {
            let rows = audit::rows::<AcquirerRow>(acquirer).ok_or_else(silent)?;
            let files = plan::files(day, &owed(sample::ACQUIRER, &rows), network)?;
            folder::put(&root(network), day, &files)?.word()
        };
        let planned = plan::read(&root(network).join(day.to_string()))?;
        for one in &planned {
            book(acquirer, day, one)?;
        }
        plan::give_to_bank(&root(network).join(day.to_string()))?;
        let merchants = planned.iter().map(|one| {
            let mark = one.mark(day);
            json!({
                "merchant": mark.merchant.to_string(), "items": mark.count, "gross_fen": mark.gross_minor,
                "fees_fen": mark.fees_minor, "payable_fen": mark.payable_minor,
            })
        });
        told.push(json!({"day": day.to_string(), "written": written, "merchants": merchants.collect::<Vec<_>>()}));
    }
    let again = order::repay_corrected(acquirer, network)?;
    let mut done = json!({"closed_through": closed.to_string(), "days": told, "paid_again": again});
    if filed.last().is_none_or(|last| *last < until) {
        let zh = format!("{until} 的清算文件尚未入账，该日稍后结算");
        let en = format!("the clearing file of {until} was not taken yet, that day is settled later");
        done["waits"] = json!({"zh": zh, "en": en});
    }
    Ok(done)
}

/// Books one merchant's day; done before, nothing happens.
fn book(acquirer: &Handle, day: BusinessDate, one: &Planned) -> Result<(), End> {
    let mark = one.mark(day);
    let standing = || -> Result<Option<MerchantDay>, End> {
        let rows = audit::table::<MerchantDay, AcquirerRow>(acquirer).ok_or_else(silent)?;
        Ok(rows.into_iter().find(|row| (row.merchant, row.day) == (mark.merchant, day)))
    };
    let same = |row: &MerchantDay| {
        (row.count, row.gross_minor, row.fees_minor, row.payable_minor)
            == (mark.count, mark.gross_minor, mark.fees_minor, mark.payable_minor)
    };
    if standing()?.is_some_and(|row| row.done.is_some() && same(&row)) {
        return Ok(());
    }
    for part in one.parts(day) {
        if !acquirer.tell(Control::Hand(Hand::Payout(part))) {
            return Err(silent());
        }
    }
    for _ in 0..LOOKS {
        if standing()?.is_some_and(|row| row.done.is_some() && same(&row)) {
            return Ok(());
        }
    }
    let merchant = mark.merchant;
    Err(End::broken(
        format!("{merchant} {day}：付款计划与账目不符，未入账；计划保留在 settlement/{day}，请核对"),
        format!(
            "{merchant} {day}: the plan does not agree with the books and was not posted; it stays in settlement/{day}, compare them"
        ),
    ))
}

/// Answers the port: closed days without more, or what is ordered.
pub fn answer(acquirer: &Handle, network: &Path, body: &Value) -> Result<Value, Problem> {
    let bad =
        |text: &str| End::usage(format!("{text} 不是日期（YYYY-MM-DD）"), format!("{text} is not a day (YYYY-MM-DD)"));
    let locked = |act: fn(&Handle, &Path, &Value) -> Result<Value, End>| {
        let _one_at_a_time = lock(network)?;
        act(acquirer, network, body)
    };
    let done = match optional(body, "act").map_err(|end| refusal(&end))? {
        None => {
            let day = optional(body, "day")
                .and_then(|day| day.map(|text| read_day(text).ok_or_else(|| bad(text))).transpose());
            day.and_then(|day| settle(acquirer, network, day))
        }
        Some("hold") => locked(order::hold),
        Some("release") => locked(order::release),
        Some("returned") => locked(order::returned),
        Some("repay") => locked(order::repay),
        Some("account") => locked(order::bind),
        Some("show") => return show::answer(acquirer, body["merchant"].as_str().unwrap_or("").trim()),
        Some("check") => proof::prove(acquirer, network),
        Some(_) => Err(End::usage("没有这种动作", "there is no such act")),
    };
    done.map_err(|end| refusal(&end))
}
