//! `cutover`: ends the business day of a running network now, or shows where the days stand. The switch does it at 23:00 by
//! itself; a person who does it early does it once, however often they ask.

use crate::audit;
use crate::clocks::{plain, rfc};
use crate::desk::{Running, optional};
use crate::say::{End, Say};
use crate::tills::{Problem, problem};
use axum::http::StatusCode;
use clap::Args;
use serde_json::{Value, json};
use slipway_hosts::day::{CUT_BEGINS, Days, after};
use slipway_hosts::switch::{Closing, Cut, SwitchRow};
use slipway_node::Hand;
use slipway_recon::read_day;
use slipway_runtime::os::{Control, Handle};
use slipway_terms::BusinessDate;
use std::path::PathBuf;

/// Where a running network, or its switch alone, is asked.
pub const DOOR: &str = "/api/v1/cutover";

/// Looks at the switch's rows before an order is taken for not carried out. Each waits for the switch's next step.
const LOOKS: usize = 100;

/// Arguments of `cutover`.
#[derive(Args)]
pub struct CutoverArgs {
    /// The day that begins, YYYY-MM-DD (default: the one after the open day); at most tomorrow.
    #[arg(long)]
    to: Option<String>,
    /// Only shows where the days stand.
    #[arg(long)]
    show: bool,
    /// The folder of the running network, or of its switch running alone.
    #[arg(long, default_value = "slipway-network")]
    dir: PathBuf,
}

/// Asks the running network.
pub fn run(args: &CutoverArgs, say: &Say) -> Result<(), End> {
    let running = Running::of(&args.dir).ok_or_else(|| {
        End::environment(
            "网络没有运行：日切由运行中的交换中心完成，请先启动；已错过的日切会在启动时自动补上",
            "the network is not running: its switch ends the day, start it first; a cut that was missed is made up for at the start",
        )
    })?;
    if let Some(bad) = args.to.as_ref().filter(|to| read_day(to).is_none()) {
        return Err(End::usage(format!("{bad} 不是日期（YYYY-MM-DD）"), format!("{bad} is not a day (YYYY-MM-DD)")));
    }
    let stand = if args.show { running.get(DOOR)? } else { running.post(DOOR, &json!({"to": args.to}))? };
    let refused = refused(&stand, args.to.as_deref());
    if say.json {
        say.document(&stand);
    } else if refused.is_none() {
        lines(&stand, say).into_iter().for_each(|line| say.line(line));
    }
    refused.map_or(Ok(()), Err)
}

/// Why nothing was done; `None`: the day has begun, now or before. Who names none asks for the next one, and that cannot begin before
/// the calendar has come to the open one: nobody may take a day for ended that is not.
fn refused(stand: &Value, to: Option<&str>) -> Option<End> {
    let day = stand["business_day"].as_str().unwrap_or("?");
    if stand["begun"] != false || to == Some(day) {
        return None;
    }
    let Some(to) = to else {
        return Some(End::broken(
            format!(
                "未日切：营业日 {day} 已经开始，先于日历。网络时间 {day} 00:00 起才能再切；不切则当日 23:00 自动日切"
            ),
            format!(
                "not cut: the business day {day} has begun already, ahead of the calendar. It can be ended from {day} 00:00 of the network's clock on, and ends by itself at 23:00 of that day"
            ),
        ));
    };
    Some(End::broken(
        format!("未日切：{to} 不能开始，当前营业日是 {day}；只能切到其后的日期，最多到明天"),
        format!("not cut: {to} cannot begin, the business day is {day}; a cut goes to a later day, tomorrow at most"),
    ))
}

fn lines(stand: &Value, say: &Say) -> Vec<String> {
    let text = |key: &str| stand[key].as_str().unwrap_or("?").to_owned();
    let (day, closed) = (text("business_day"), text("closed_through"));
    let mut lines = vec![match stand["begun"].as_bool() {
        Some(true) => say
            .both(&format!("日切完成：营业日 {day} 已开始"), &format!("cut: the business day {day} has begun"))
            .to_owned(),
        Some(false) => say
            .both(
                &format!("营业日 {day} 已经开始，无须再切"),
                &format!("the business day {day} had begun already: there is nothing left to do"),
            )
            .to_owned(),
        None => say.both(&format!("营业日 {day}"), &format!("business day {day}")).to_owned(),
    }];
    lines.push(say.both(&format!("  已关账至 {closed}"), &format!("  closed through {closed}")).to_owned());
    for closing in stand["closing"].as_array().into_iter().flatten() {
        let (of, due) =
            (closing["business_day"].as_str().unwrap_or("?"), plain(closing["due"].as_str().unwrap_or("?")));
        let (zh, en) = (
            format!("  {of} 于 {due} 关账：之前转发的交易届时都有结果"),
            format!("  {of} is closed at {due}: by then all that was forwarded under it is decided"),
        );
        lines.push(say.both(&zh, &en).to_owned());
    }
    for waiting in stand["waiting"].as_array().into_iter().flatten() {
        let (member, of) = (waiting["member"].as_str().unwrap_or("?"), waiting["business_day"].as_str().unwrap_or("?"));
        let begins = waiting["word"] == "day_begins";
        let (zh, en) = (
            format!("  成员 {member} 尚未应答 {of} {}，将重复发送", if begins { "开始" } else { "关账" }),
            format!(
                "  member {member} has not answered yet that {of} {}; it is told again",
                if begins { "begins" } else { "is closed" }
            ),
        );
        lines.push(say.both(&zh, &en).to_owned());
    }
    lines
}

/// Where the days of a switch stand; the day that is open beside it. `None`: it did not answer, or is no switch.
fn stand(switch: &Handle) -> Option<(BusinessDate, Value)> {
    let days = audit::table::<Days, SwitchRow>(switch)?.pop()?;
    let closing = audit::table::<Closing, SwitchRow>(switch)?;
    let closing = closing.iter().map(|of| json!({"business_day": of.date.to_string(), "due": rfc(of.due)}));
    let cuts = audit::table::<Cut, SwitchRow>(switch)?;
    let waiting = cuts.iter().map(|cut| {
        json!({
            "member": cut.member.to_string(), "business_day": cut.date.to_string(),
            "word": if cut.code == CUT_BEGINS { "day_begins" } else { "day_ends" }, "tries": cut.tries,
        })
    });
    let shown = json!({
        "business_day": days.date.to_string(), "since": rfc(days.since), "closed_through": days.closed.to_string(),
        "cut_from": format!("{}T00:00:00+08:00", days.date), "closing": closing.collect::<Vec<_>>(), "waiting": waiting.collect::<Vec<_>>(),
    });
    Some((days.date, shown))
}

/// Who is asked is no switch.
pub fn no_switch() -> Problem {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "这里没有交换中心在运行：请向交换中心的端口提出",
        "no switch runs here: ask at the port of the switch",
    )
}

/// Answers a port that only wants to see.
pub fn show(switch: &Handle) -> Result<Value, Problem> {
    stand(switch).map(|(_, shown)| shown).ok_or_else(no_switch)
}

/// Tells the switch, and waits until it has decided.
pub fn order(switch: &Handle, body: &Value) -> Result<Value, Problem> {
    let (before, _) = stand(switch).ok_or_else(no_switch)?;
    let given = optional(body, "to").map_err(|end| problem(StatusCode::BAD_REQUEST, &end.text.zh, &end.text.en))?;
    let to = match given {
        Some(text) => read_day(text)
            .ok_or_else(|| problem(StatusCode::BAD_REQUEST, "to 须为 YYYY-MM-DD", "to is a day, YYYY-MM-DD"))?,
        None => after(before),
    };
    if !switch.tell(Control::Hand(Hand::CutOver { to })) {
        return Err(no_switch());
    }
    for _ in 0..LOOKS {
        let (date, mut shown) = stand(switch).ok_or_else(no_switch)?;
        if date > before {
            shown["begun"] = json!(true);
            return Ok(shown);
        }
    }
    let (_, mut shown) = stand(switch).ok_or_else(no_switch)?;
    shown["begun"] = json!(false);
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(begun: Value, to: Option<&str>, says: Option<&str>) {
        let stand = json!({"business_day": "2026-11-28", "begun": begun});
        let said = refused(&stand, to);
        assert_eq!(said.as_ref().map(|end| end.code), says.map(|_| 1), "{to:?}");
        if let (Some(end), Some(says)) = (said, says) {
            assert!(end.text.en.contains(says) && end.text.zh.starts_with("未"), "{:?}", end.text);
        }
    }

    #[test]
    fn what_does_not_begin_is_refused_with_when_it_may() {
        check(json!(true), Some("2026-11-28"), None);
        check(Value::Null, None, None);
        check(json!(false), Some("2026-11-28"), None);
        check(json!(false), Some("2026-12-24"), Some("2026-12-24 cannot begin"));
        check(json!(false), Some("2026-11-20"), Some("2026-11-20 cannot begin"));
        check(json!(false), None, Some("from 2026-11-28 00:00"));
    }
}
