//! Screens of what is on the line: waiting, sign-on, and the three ways an answer ends. A doubt never says "declined".

use super::{lines, money, money_of, one_line, with};
use crate::Exchange;
use crate::line::Row;
use alloc::format;
use alloc::string::{String, ToString};
use slipway_node::Show;
use slipway_terms::{Amount, Balance, BatchNo, Doubt, Kind, ResponseCode, Shut};

pub(crate) fn please_wait() -> Show {
    lines(&[("正在处理，请稍候", "Please wait"), ("请勿重复刷卡", "Do not swipe again")])
}

pub(crate) fn cancelled() -> Show {
    lines(&[("交易已取消", "Cancelled"), ("交易未发出，未扣款", "Nothing was sent, nothing was taken")])
}

/// Why, with its code: what the cashier reads out on the telephone.
fn coded(row: &Row) -> (String, String) {
    (format!("{} {}", row.code, row.what.0), format!("{} {}", row.code, row.what.1))
}

/// Nothing has left: said only by who knows that (see [`crate::line`]).
pub(crate) fn line_waiting(row: &Row) -> Show {
    with(
        ("线路未通，正在重连", "Line down, reconnecting"),
        coded(row),
        &[("交易未发出，可按取消", "Nothing was sent yet; Cancel is possible"), row.tries[0]],
    )
}

pub(crate) fn line_down(row: &Row) -> Show {
    with(
        ("线路不通", "The line is down"),
        coded(row),
        &[("交易未发出，未扣款", "Nothing was sent, nothing was taken"), row.tries[0]],
    )
}

pub(crate) fn vault_down() -> Show {
    lines(&[
        ("密码键盘故障", "PIN pad does not answer"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请重试，仍失败请报修", "Try again; if it stays, call service"),
    ])
}

pub(crate) fn chip_busy() -> Show {
    lines(&[("正在读取芯片，请勿拔卡", "Reading the chip, leave the card"), ("请稍候", "Please wait")])
}

pub(crate) fn chip_refused() -> Show {
    lines(&[
        ("芯片拒绝或卡已拔出", "The chip refused, or the card was pulled"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请重新插卡", "Insert the card again"),
    ])
}

pub(crate) fn chip_goes_online() -> Show {
    lines(&[("芯片卡不能离线消费", "A chip is never sold to offline"), ("请做联机消费", "Make it a sale online")])
}

pub(crate) fn keys_used_up() -> Show {
    lines(&[
        ("本机密钥已用尽", "The keys of this terminal are used up"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请更换密钥后再收款", "It needs a new initial key"),
    ])
}

pub(crate) fn signing_on(ready: bool) -> Show {
    let more = if ready {
        ("签到后自动继续本交易", "The transaction goes on by itself")
    } else {
        ("请稍候", "Please wait")
    };
    lines(&[("正在签到", "Signing on"), more])
}

pub(crate) fn signed_on(batch: BatchNo) -> Show {
    with(
        ("签到成功", "Signed on"),
        (format!("批次号 {batch}"), format!("Batch {batch}")),
        &[("请输入金额", "Key the amount")],
    )
}

/// The acquirer closed a batch by itself (rules 9), or gave this device one of its own.
pub(crate) fn batch_shut(why: Shut, old: BatchNo, batch: BatchNo) -> Show {
    let (title, more) = match why {
        Shut::Overdue => (
            ("签到成功；上批超过24小时未结算", "Signed on; not settled for 24 hours"),
            ("明细将自动上送，货款不受影响", "Its details go up by themselves; the money does not wait"),
        ),
        Shut::Replaced => (
            ("签到成功；本机接替原设备", "Signed on in place of another device"),
            ("原批次未了事项照常处理", "What is open in the old batch goes on"),
        ),
    };
    with(
        title,
        (
            format!("批次 {old} 已由收单行关闭，现为 {batch}"),
            format!("The acquirer closed batch {old}; it is {batch} now"),
        ),
        &[more, ("请输入金额", "Key the amount")],
    )
}

/// Two devices cannot owe the same.
pub(crate) fn handover_taken() -> Show {
    lines(&[
        ("交接文件已被另一台设备接收", "Another device has this hand-over"),
        ("本机不能签到", "This one cannot sign on"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请停用本机并联系收单行", "Take it out of service; call the acquirer"),
    ])
}

pub(crate) fn sign_on_lost(ready: bool) -> Show {
    let fate = if ready {
        ("本交易未发出，未扣款", "The transaction was not sent; nothing was taken")
    } else {
        ("未签到", "Not signed on")
    };
    lines(&[
        ("签到无应答", "No answer to the sign-on"),
        fate,
        ("下一笔交易将自动重新签到", "The next transaction signs on by itself"),
    ])
}

pub(crate) fn sign_on_refused(code: ResponseCode) -> Show {
    let words = code.words();
    with(
        ("签到失败", "Sign-on refused"),
        (format!("{code} {}", words.zh), format!("{code} {}", words.en)),
        &[("交易未发出，未扣款", "Nothing was sent, nothing was taken"), ("请联系收单行", "Call the acquirer")],
    )
}

pub(crate) fn sign_on_keys_bad() -> Show {
    lines(&[
        ("工作密钥校验失败", "Working keys do not check"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请联系收单行核对主密钥", "Call the acquirer about the master key"),
    ])
}

pub(crate) fn connecting(kind: Kind, amount: Option<Amount>) -> Show {
    with((kind.shape().zh, kind.shape().en), money(amount), &[("正在处理，请稍候", "Waiting for the answer")])
}

pub(crate) fn approved(exchange: &Exchange) -> Show {
    let (amount, amount_en) = money(exchange.amount);
    let rrn = exchange.rrn.map(|rrn| rrn.to_string()).unwrap_or_default();
    let words = exchange.code.unwrap_or(ResponseCode::APPROVED).words();
    with(
        (&words.zh, &words.en),
        (amount, amount_en),
        &[(&format!("参考号 {rrn}"), &format!("Ref. {rrn}")), ("正在打印签购单", "Printing the slip")],
    )
}

pub(crate) fn balance(balance: Option<Balance>) -> Show {
    let Some(told) = balance else {
        return lines(&[("查询成功", "Inquiry answered"), ("发卡行未返回余额", "The issuer told no balance")]);
    };
    let sign = if told.owed { "-" } else { "" };
    let amount = told.amount;
    with(
        ("余额查询", "Balance"),
        (format!("可用余额 {sign}{amount} 元"), format!("Available CNY {sign}{amount}")),
        &[("未扣款", "Nothing was taken")],
    )
}

pub(crate) fn declined(kind: Kind, code: ResponseCode) -> Show {
    let words = code.words();
    let advice = if kind.shape().names_original {
        ("请核对后重试或联系收单行", "Check and try again, or call the acquirer")
    } else if code.other_means() {
        ("请使用其他支付方式", "Take another means of payment")
    } else {
        match code.text().map(|row| row.class) {
            Some(b'B') => ("请核对后重试", "Check and try again"),
            _ => ("请换卡或使用其他支付方式", "Take another card or another means"),
        }
    };
    with(
        ("交易未成功", "Declined"),
        (format!("{code} {}", words.zh), format!("{code} {}", words.en)),
        &[money_of(kind).refused, advice],
    )
}

/// `waited` says why no answer came, where none did.
pub(crate) fn doubt(exchange: &Exchange, doubt: Doubt, waited: &Row) -> Show {
    let coded = |zh: &str, en: &str, code: ResponseCode| {
        let words = code.words();
        (format!("{zh} {code} {}", words.zh), format!("{en} {code} {}", words.en))
    };
    let (zh, en) = match doubt {
        Doubt::NoAnswer => {
            (format!("{} 无应答，交易结果不明", waited.code), format!("{} No answer: fate unknown", waited.code))
        }
        Doubt::BadMac => ("应答MAC校验错，交易结果不明".into(), "Answer with wrong MAC: fate unknown".into()),
        Doubt::Contradiction => ("应答与请求不符，交易结果不明".into(), "Answer does not fit: fate unknown".into()),
        Doubt::HostUnsure(code) => coded("结果不明", "Fate unknown", code),
        Doubt::Partial => ("部分批准，本机不支持".into(), "Partly approved: not taken here".into()),
        Doubt::CardDeclined => ("芯片未同意，正在退回".into(), "The chip did not agree: taken back".into()),
        Doubt::PowerCut => ("断电，交易结果不明".into(), "Power was cut: fate unknown".into()),
        Doubt::UnprovenDecline(code) => coded("拒绝但MAC校验错", "Declined, but the MAC is wrong:", code),
    };
    if !exchange.kind.shape().reversible {
        return lines(&[(&zh, &en), ("查询不涉及资金，未扣款", "An inquiry moves no money"), ("请重试", "Try again")]);
    }
    let open = money_of(exchange.kind).open;
    with(
        (&zh, &en),
        one_line(exchange),
        &[
            (&format!("不打印签购单，{}", open.0), &format!("No slip. {}", open.1)),
            ("下一笔交易前自动冲正，请稍候", "Reversed before the next transaction; wait for it"),
        ],
    )
}
