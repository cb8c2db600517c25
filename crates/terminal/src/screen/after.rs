//! Screens of what follows: the reversal, the paper, the inquiry of fate. Lost paper never sounds like a lost payment.

use super::{lines, money_of, one_line, paper_of, standing_of, with};
use crate::{Exchange, Standing};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use slipway_node::Show;
use slipway_terms::{Kind, ResponseCode, Short, Stan, Text, TillKey};

pub(crate) fn reversing(key: &TillKey, tries: u8) -> Show {
    let stan = key.stan;
    with(
        ("自动冲正", "Automatic reversal"),
        (format!("凭证 {stan} 第 {tries} 次"), format!("No. {stan}, try {tries}")),
        &[("请稍候", "Please wait")],
    )
}

pub(crate) fn reversed(exchange: &Exchange) -> Show {
    let money = money_of(exchange.kind);
    with(("自动冲正成功", "Reversal done"), one_line(exchange), &[money.undone, money.again])
}

pub(crate) fn reversal_waits(code: ResponseCode, mac_good: bool) -> Show {
    let words = code.words();
    let said = if mac_good {
        (format!("{code} {}", words.zh), format!("{code} {}", words.en))
    } else {
        ("应答MAC校验错".into(), "The answer's MAC is wrong".into())
    };
    with(("冲正未被接受，稍后重发", "Reversal not taken, sent again soon"), said, &[("请稍候", "Please wait")])
}

pub(crate) fn reversal_failed(exchange: &Exchange) -> Show {
    let other = if exchange.kind.shape().names_original {
        money_of(exchange.kind).open
    } else {
        ("请使用其他支付方式", "Take another means of payment")
    };
    with(
        ("冲正未成功，已打印故障单", "Reversal not delivered: fault slip printed"),
        one_line(exchange),
        &[other, ("终端将继续冲正，可做其他交易", "It is sent again by itself; other sales may go on")],
    )
}

pub(crate) fn reversal_pending(exchange: &Exchange, signed_in: bool) -> Show {
    let last = if signed_in {
        ("下一笔交易前自动冲正", "It is reversed before the next transaction")
    } else {
        ("请操作员签到", "Operator sign-in")
    };
    with(("有待冲正交易", "Reversal pending"), one_line(exchange), &[money_of(exchange.kind).open, last])
}

pub(crate) fn slip_not_printed(exchange: &Exchange, signed_in: bool) -> Show {
    let last = if signed_in {
        ("按打印键重打", "Press Print")
    } else {
        ("签到后按打印键重打", "Sign in, then press Print")
    };
    let (zh, en) = paper_of(exchange.kind);
    with(
        (&format!("上一笔{zh}未打印：重打？"), &format!("Last {en} not printed: reprint?")),
        one_line(exchange),
        &[standing_of(exchange.kind), last],
    )
}

pub(crate) fn paper_fault(exchange: &Exchange) -> Show {
    let (zh, en) = paper_of(exchange.kind);
    with(
        ("打印未完成，请检查打印纸", "Not printed: check the paper"),
        one_line(exchange),
        &[
            standing_of(exchange.kind),
            (&format!("装好纸后按打印键重打{zh}"), &format!("Then press Print to print the {en} again")),
        ],
    )
}

/// No paper, but a page: the code for the telephone, and what to type by hand.
pub(crate) fn page(exchange: &Exchange, page: Short<24>) -> Show {
    let short = page.as_str().get(..8).unwrap_or_default();
    let mut show = with(
        ("未打印，请扫码取电子签购单", "No paper: scan for the slip"),
        (format!("短码 {short}"), format!("Short code {short}")),
        &[standing_of(exchange.kind), ("按打印键可重打", "Print key prints again")],
    );
    show.page = Some(page);
    show
}

pub(crate) fn older_slip(exchange: &Exchange) -> Show {
    let at = exchange.host_at.unwrap_or(exchange.sent_at);
    let show = with(
        ("最近一笔没有签购单", "The last transaction has no slip"),
        (format!("上一笔成功交易 {at}"), format!("Last approved one: {at}")),
        &[],
    );
    let (zh, en) = one_line(exchange);
    let mut lines = show.lines;
    lines.push(Text::new(zh, en));
    lines.push(Text::new("重打这一笔按确认", "Enter to print that one"));
    Show { lines, pin_entry: false, page: None }
}

pub(crate) fn no_slip(exchange: &Exchange) -> Show {
    let why = match exchange.standing {
        Standing::Declined(_) => ("该交易被拒绝，没有签购单", "It was declined: there is no slip"),
        Standing::Reversed(..) => ("该交易已冲正，没有签购单", "It was reversed: there is no slip"),
        Standing::InCase(_) => ("该交易由收单行处理，没有签购单", "The acquirer sees to it: there is no slip"),
        _ => ("该交易没有签购单", "It has no slip"),
    };
    with(why, one_line(exchange), &[])
}

pub(crate) fn not_found(stan: Stan) -> Show {
    with(("没有这笔交易", "No such transaction"), (format!("凭证 {stan}"), format!("No. {stan}")), &[])
}

pub(crate) fn nothing_to_print() -> Show {
    lines(&[("没有可重打的签购单", "There is no slip to print again")])
}

pub(crate) fn reprinting(exchange: &Exchange) -> Show {
    with(("重打印", "Printing again"), one_line(exchange), &[("签购单标有重打印", "The slip is marked as duplicate")])
}

pub(crate) fn asking(stan: Stan) -> Show {
    with(("查证", "Asking for the fate"), (format!("凭证 {stan}"), format!("No. {stan}")), &[("请稍候", "Please wait")])
}

pub(crate) fn ask_lost() -> Show {
    lines(&[
        ("查证无应答", "No answer to the question"),
        ("请勿据此判断，稍后再查", "It says nothing about the payment; ask again later"),
    ])
}

pub(crate) fn ask_refused(code: Option<ResponseCode>) -> Show {
    let said = code.map_or_else(Default::default, |code| {
        let words = code.words();
        (format!("{code} {}", words.zh), format!("{code} {}", words.en))
    });
    with(("查证未成功", "Question not answered"), said, &[("请稍后再查", "Ask again later")])
}

pub(crate) fn nothing_to_ask() -> Show {
    lines(&[("没有可查证的交易", "There is no such transaction to ask for")])
}

pub(crate) fn verdict(stan: Stan, sentence: &Text) -> Show {
    let head = Text::new(format!("查证结果 凭证 {stan}"), format!("Fate of No. {stan}"));
    Show { lines: vec![head, sentence.clone()], pin_entry: false, page: None }
}

/// Nothing goes out for it any more: people see to it.
pub(crate) fn in_case(exchange: &Exchange, case: &str) -> Show {
    let show = with(
        ("已转收单行差错处理，已打印故障单", "In a case at the acquirer; fault slip printed"),
        one_line(exchange),
        &[(&format!("差错单号 {case}"), &format!("Case {case}"))],
    );
    let mut lines = show.lines;
    lines.push(Text::new("请留存故障单并联系收单行", "Keep the slip and call the acquirer"));
    Show { lines, pin_entry: false, page: None }
}

/// The verdict on a fault slip: what is known, by when the money is back, what to do. Both languages, as all its lines.
pub(crate) fn fault_remarks(kind: Kind, promise: &str) -> Vec<String> {
    let (zh, en) = money_of(kind).open;
    let what_now = if kind.shape().names_original {
        "请向收单行查证 ASK THE ACQUIRER FOR ITS FATE"
    } else {
        "请使用其他支付方式 TAKE ANOTHER MEANS OF PAYMENT"
    };
    vec![
        "非凭证 NOT A VOUCHER".into(),
        format!("交易结果不明，{zh}"),
        format!("FATE UNKNOWN; {}", en.to_uppercase()),
        format!("最迟 BY {promise}"),
        // The reversal that is not delivered by then is a case: the date is no promise without this.
        "届时未送达则立案，另3个工作日".into(),
        "ELSE A CASE: 3 WORKING DAYS MORE".into(),
        what_now.into(),
    ]
}

/// The same of one that is the acquirer's case: the number to ask by. Nothing is promised that the case may not hold.
pub(crate) fn case_remarks(number: &str) -> Vec<String> {
    vec![
        "非凭证 NOT A VOUCHER".into(),
        "收单行已立案处理，终端不再重发".into(),
        "A CASE OF THE ACQUIRER, NOT SENT AGAIN".into(),
        "差错编号 CASE NUMBER".into(),
        number.into(),
        "请勿重做此交易 DO NOT DO IT AGAIN".into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The date alone would be a promise that a dark till cannot keep (rules 5 and 7).
    #[test]
    fn a_fault_slip_says_what_happens_at_its_date() {
        let remarks = fault_remarks(Kind::Sale, "2026-11-29 22:24:07");
        let at = remarks.iter().position(|line| line.ends_with("2026-11-29 22:24:07")).unwrap();
        assert!(remarks[at + 1].contains("立案") && remarks[at + 2].contains("A CASE: 3 WORKING DAYS"), "{remarks:?}");
        let columns = |line: &String| line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>();
        assert!(remarks[at..=at + 2].iter().all(|line| columns(line) <= 32), "a slip has 32 columns: {remarks:?}");
    }
}
