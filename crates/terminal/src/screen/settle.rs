//! Screens of settlement. While it goes on nobody sells, and the screen says what to wait for.

use super::{lines, with};
use crate::Settled;
use alloc::format;
use slipway_node::Show;
use slipway_terms::Amount;

pub(crate) fn settling() -> Show {
    lines(&[("正在结算，请稍候", "Settling, please wait"), ("请勿断电", "Do not switch off")])
}

pub(crate) fn settling_left() -> Show {
    lines(&[
        ("正在上送已关闭批次的明细", "Sending the details of a closed batch"),
        ("请稍候，请勿断电", "Please wait; do not switch off"),
    ])
}

pub(crate) fn settle_not_begun() -> Show {
    lines(&[
        ("结算未开始", "The settlement has not begun"),
        ("线路不通或签到失败", "The line is down, or the sign-on failed"),
        ("交易照常，请稍后再结算", "Transactions may go on; settle later"),
    ])
}

pub(crate) fn settle_unfinished() -> Show {
    lines(&[
        ("结算未完成，将自动继续", "The settlement goes on by itself"),
        ("完成前不能做新交易", "No new transaction before it is done"),
        ("也可按结算继续", "Or choose settlement to go on now"),
    ])
}

pub(crate) fn settled(done: &Settled) -> Show {
    let (debit, credit) = (Amount::fen(done.totals.debit.minor), Amount::fen(done.totals.credit.minor));
    let verdict = if done.balanced {
        ("结算完成，对账平", "Settled: balanced")
    } else {
        ("结算完成，对账不平，明细已上送", "Settled: not balanced, details uploaded")
    };
    let batch = match done.waiting {
        0 => (format!("批次号 {}", done.batch), format!("Batch {}", done.batch)),
        waiting => (
            format!("批次号 {}，待上送 {waiting} 笔", done.batch),
            format!("Batch {}; {waiting} still to be sent", done.batch),
        ),
    };
    with(
        verdict,
        batch,
        &[
            (
                &format!("借记 {} 笔 {debit}", done.totals.debit.count),
                &format!("Debit {} CNY {debit}", done.totals.debit.count),
            ),
            (
                &format!("贷记 {} 笔 {credit}", done.totals.credit.count),
                &format!("Credit {} CNY {credit}", done.totals.credit.count),
            ),
        ],
    )
}

pub(crate) fn nothing_settled() -> Show {
    lines(&[("没有结算单", "Nothing was settled yet")])
}

pub(crate) fn printing_details(count: usize) -> Show {
    with(("正在打印交易明细", "Printing the details"), (format!("{count} 笔"), format!("{count} lines")), &[])
}
