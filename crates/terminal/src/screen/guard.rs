//! Screens of the guard against the second swipe: the first payment with its number, time and promise, and what may be done now.

use super::{lines, with};
use crate::{Exchange, Standing};
use alloc::format;
use slipway_node::Show;
use slipway_terms::{Moment, PayAgain};

/// The first one is open. `promise`: by when what was taken is back, or the acquirer has a case of it.
pub(crate) fn twice(first: &Exchange, promise: Moment) -> Show {
    let stan = first.key.stan;
    let at = first.host_at.unwrap_or(first.sent_at);
    let (title, till, keys) = match first.standing {
        Standing::Approved => (
            ("同卡同金额的交易已成功", "Same card and amount: the first was approved"),
            ("款已收，签购单未确认打出".into(), "It is paid; its slip is not known to be out".into()),
            ("打印=重打 确认=查证 清除=主管放行", "Print; Enter asks; Clear: supervisor"),
        ),
        Standing::InCase(_) => (
            ("同卡同金额的交易尚未了结", "Same card and amount: the first is still open"),
            ("由收单行处理中".into(), "The acquirer sees to it".into()),
            ("确认=查证 清除=主管放行 取消=退出", "Enter asks; Clear: supervisor; Cancel"),
        ),
        _ => (
            ("同卡同金额的交易尚未了结", "Same card and amount: the first is still open"),
            (format!("如已扣款，{promise} 前退回，否则立案"), format!("Back by {promise}, or else a case")),
            ("确认=查证 清除=主管放行 取消=退出", "Enter asks; Clear: supervisor; Cancel"),
        ),
    };
    with(title, (format!("首笔凭证 {stan} {at}"), format!("First: No. {stan} {at}")), &[(&till.0, &till.1), keys])
}

/// Why the second one is let go.
pub(crate) fn why_again() -> Show {
    let mut show = lines(&[("再次收款的理由，按数字选择", "Why is it taken again? Key the number")]);
    for reason in PayAgain::ALL {
        let (no, words) = (reason as u8, reason.words());
        show.lines.push(slipway_terms::Text::new(format!("{no} {}", words.zh), format!("{no} {}", words.en)));
    }
    show
}

/// The supervisor's password for a second payment.
pub(crate) fn let_go(reason: PayAgain, keyed: usize) -> Show {
    let (stars, words) = ("*".repeat(keyed), reason.words());
    with(
        ("首笔未了结，再次收款", "Taking it again while the first is open"),
        (words.zh, words.en),
        &[
            (&format!("主管密码 {stars}"), &format!("Supervisor's password {stars}")),
            ("须主管授权，取消退出", "This needs the supervisor's word"),
        ],
    )
}
