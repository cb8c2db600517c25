//! Every text of the four-line screen, in both languages. Says what happened, what it means for the money, what to do.
//! Shows masked cards only, by type.

use crate::{
    Exchange, Standing,
    amount::{words_en, words_zh},
};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use slipway_node::Show;
use slipway_terms::{Amount, Balance, BatchNo, CardTail, Doubt, Kind, OperatorNo, ResponseCode, Stan, Text, TillKey};

fn lines(pairs: &[(&str, &str)]) -> Show {
    let lines = pairs.iter().take(4).map(|(zh, en)| Text::new(*zh, *en)).collect();
    Show { lines, pin_entry: false }
}

fn money(amount: Option<Amount>) -> (String, String) {
    amount.map_or_else(|| (String::new(), String::new()), |a| (format!("金额 {a} 元"), format!("CNY {a}")))
}

/// Title, one middle line in both languages, and what to do.
fn with(title: (&str, &str), middle: (String, String), more: &[(&str, &str)]) -> Show {
    let mut show = lines(&[title]);
    if !middle.0.is_empty() {
        show.lines.push(Text::new(middle.0, middle.1));
    }
    show.lines.extend(more.iter().map(|(zh, en)| Text::new(*zh, *en)));
    show.lines.truncate(4);
    show
}

fn one_line(exchange: &Exchange) -> (String, String) {
    let (stan, tail) = (exchange.key.stan, exchange.card.last4);
    let (zh, en) =
        exchange.amount.map_or_else(Default::default, |amount| (format!(" 金额 {amount}"), format!(" CNY {amount}")));
    (format!("凭证 {stan}{zh} 尾号 {tail:04}"), format!("No. {stan}{en} card ..{tail:04}"))
}

pub(crate) fn sign_in() -> Show {
    lines(&[("请操作员签到", "Operator sign-in"), ("输入操作员号，按确认", "Key your number, then Enter")])
}

pub(crate) fn operator(digits: &str) -> Show {
    with(("操作员签到", "Operator sign-in"), (format!("操作员号 {digits}"), format!("Number {digits}")), &[])
}

pub(crate) fn password(no: OperatorNo, keyed: usize) -> Show {
    let stars = "*".repeat(keyed);
    with(
        ("操作员签到", "Operator sign-in"),
        (format!("操作员 {no}"), format!("Operator {no}")),
        &[(&format!("密码 {stars}"), &format!("Password {stars}"))],
    )
}

pub(crate) fn wrong_password(left: u8) -> Show {
    with(
        ("操作员号或密码错", "Wrong number or password"),
        (format!("还可输入 {left} 次"), format!("{left} more tries")),
        &[],
    )
}

pub(crate) fn locked() -> Show {
    lines(&[
        ("密码错误次数超限，已锁定", "Too many wrong passwords: locked"),
        ("请主管 00 签到", "Supervisor 00 must sign in"),
    ])
}

pub(crate) fn idle() -> Show {
    lines(&[("消费：请输入金额", "Sale: key the amount"), ("以分为单位，如 8800 即 88.00", "In fen: 8800 is 88.00")])
}

pub(crate) fn amount(amount: Amount) -> Show {
    with(("消费", "Sale"), money(Some(amount)), &[("请核对小数点，按确认", "Check the decimals, then Enter")])
}

pub(crate) fn ceiling(amount: Amount) -> Show {
    with(
        ("大额交易，请核对", "Large amount: please check"),
        money(Some(amount)),
        &[(&words_zh(amount), &words_en(amount)), ("确认继续，取消退出", "Enter to go on, Cancel to leave")],
    )
}

pub(crate) fn floor(amount: Amount) -> Show {
    with(
        ("金额很小，是否漏按两个零？", "Very small: two zeros forgotten?"),
        money(Some(amount)),
        &[("金额以分为单位", "Amounts are keyed in fen"), ("确认继续，清除重输", "Enter to go on, Clear to key again")],
    )
}

pub(crate) fn swipe(kind: Kind, amount: Option<Amount>) -> Show {
    let shape = kind.shape();
    with((shape.zh, shape.en), money(amount), &[("请刷卡", "Swipe the card")])
}

pub(crate) fn amount_first() -> Show {
    lines(&[("请先输入金额", "Key the amount first"), ("卡未使用，未扣款", "The card was not used; nothing was taken")])
}

pub(crate) fn unreadable() -> Show {
    lines(&[
        ("读卡失败", "Card not readable"),
        ("未扣款，请擦拭磁条重刷", "Nothing was taken; clean the stripe and swipe again"),
    ])
}

pub(crate) fn wrong_way() -> Show {
    lines(&[
        ("刷卡方向错误", "Swiped the wrong way"),
        ("请将磁条朝向读卡器重刷", "Turn the stripe to the reader and swipe again"),
    ])
}

pub(crate) fn too_short() -> Show {
    lines(&[("磁道数据不完整", "Track incomplete"), ("请匀速刷到底", "Swipe evenly to the end")])
}

pub(crate) fn insert_chip() -> Show {
    lines(&[
        ("此卡有芯片，请插卡", "This card has a chip: insert it"),
        ("不允许刷磁条，未扣款", "The stripe is not accepted; nothing was taken"),
    ])
}

pub(crate) fn no_key_entry() -> Show {
    lines(&[("本商户不允许手输卡号", "Key entry is not allowed here"), ("请刷卡", "Swipe the card")])
}

pub(crate) fn wrong_number() -> Show {
    lines(&[("卡号校验错", "Card number has a wrong check digit"), ("请重新输入", "Key it again")])
}

pub(crate) fn expired() -> Show {
    lines(&[("卡有效期已过", "The card has expired"), ("请使用其他卡", "Take another card")])
}

pub(crate) fn check_card(tail: CardTail, amount: Option<Amount>) -> Show {
    let mut show = with(("请核对卡号", "Check the card number"), (tail.to_string(), tail.to_string()), &[]);
    let (zh, en) = money(amount);
    if !zh.is_empty() {
        show.lines.push(Text::new(zh, en));
    }
    show.lines.push(Text::new("与卡面一致请按确认", "Enter if it is the number on the card"));
    show
}

pub(crate) fn twice(first: &Exchange) -> Show {
    with(
        ("同卡同金额的交易尚未了结", "Same card and amount: the first one is still open"),
        one_line(first),
        &[
            ("如已扣款将自动退回", "Anything taken goes back by itself"),
            ("仍要再收一次按确认", "Enter to take it once more, else Cancel"),
        ],
    )
}

pub(crate) fn pin(amount: Option<Amount>) -> Show {
    let show = with(
        ("请持卡人输入密码", "Cardholder: enter PIN"),
        money(amount),
        &[("无密码请直接按确认", "No PIN: just Enter")],
    );
    Show { pin_entry: true, ..show }
}

pub(crate) fn pin_needed() -> Show {
    Show { pin_entry: true, ..lines(&[("查询余额须输入密码", "A balance inquiry needs the PIN")]) }
}

pub(crate) fn please_wait() -> Show {
    lines(&[("正在处理，请稍候", "Please wait"), ("请勿重复刷卡", "Do not swipe again")])
}

pub(crate) fn cancelled() -> Show {
    lines(&[("交易已取消", "Cancelled"), ("交易未发出，未扣款", "Nothing was sent, nothing was taken")])
}

pub(crate) fn line_waiting() -> Show {
    lines(&[
        ("线路未通，正在重连", "Line down, reconnecting"),
        ("交易未发出，可按取消", "Nothing was sent yet; Cancel is possible"),
    ])
}

pub(crate) fn line_down() -> Show {
    lines(&[
        ("线路不通", "The line is down"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请稍后重试或联系收单行", "Try later or call the acquirer"),
    ])
}

pub(crate) fn vault_down() -> Show {
    lines(&[
        ("密码键盘故障", "PIN pad does not answer"),
        ("交易未发出，未扣款", "Nothing was sent, nothing was taken"),
        ("请重试，仍失败请报修", "Try again; if it stays, call service"),
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

pub(crate) fn reversing(key: &TillKey, tries: u8) -> Show {
    let stan = key.stan;
    with(
        ("自动冲正", "Automatic reversal"),
        (format!("凭证 {stan} 第 {tries} 次"), format!("No. {stan}, try {tries}")),
        &[("请稍候", "Please wait")],
    )
}

pub(crate) fn reversed(exchange: &Exchange) -> Show {
    with(
        ("自动冲正成功", "Reversal done"),
        one_line(exchange),
        &[
            ("如已扣款将自动退回", "Anything taken goes back by itself"),
            ("可以重新刷卡", "The card may be taken again"),
        ],
    )
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
    with(
        ("冲正未成功，已打印故障单", "Reversal not delivered: fault slip printed"),
        one_line(exchange),
        &[
            ("请使用其他支付方式", "Take another means of payment"),
            ("终端将继续冲正，可做其他交易", "It is sent again by itself; other sales may go on"),
        ],
    )
}

pub(crate) fn reversal_pending(exchange: &Exchange, signed_in: bool) -> Show {
    let last = if signed_in {
        ("下一笔交易前自动冲正", "It is reversed before the next transaction")
    } else {
        ("请操作员签到", "Operator sign-in")
    };
    with(
        ("有待冲正交易", "Reversal pending"),
        one_line(exchange),
        &[("结果不明，如已扣款将退回", "Fate unknown; anything taken goes back"), last],
    )
}

pub(crate) fn slip_not_printed(exchange: &Exchange, signed_in: bool) -> Show {
    let last = if signed_in {
        ("按打印键重打", "Press Print")
    } else {
        ("签到后按打印键重打", "Sign in, then press Print")
    };
    with(
        ("上一笔签购单未打印：重打？", "Last slip not printed: reprint?"),
        one_line(exchange),
        &[("交易已成功，请勿重刷", "The payment stands; do not swipe again"), last],
    )
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

pub(crate) fn declined(code: ResponseCode) -> Show {
    let words = code.words();
    let advice = if code.other_means() {
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
        &[("未扣款", "Nothing was taken"), advice],
    )
}

pub(crate) fn doubt(exchange: &Exchange, doubt: Doubt) -> Show {
    let coded = |zh: &str, en: &str, code: ResponseCode| {
        let words = code.words();
        (format!("{zh} {code} {}", words.zh), format!("{en} {code} {}", words.en))
    };
    let (zh, en) = match doubt {
        Doubt::NoAnswer => ("无应答，交易结果不明".into(), "No answer: fate unknown".into()),
        Doubt::BadMac => ("应答MAC校验错，交易结果不明".into(), "Answer with wrong MAC: fate unknown".into()),
        Doubt::Contradiction => ("应答与请求不符，交易结果不明".into(), "Answer does not fit: fate unknown".into()),
        Doubt::HostUnsure(code) => coded("结果不明", "Fate unknown", code),
        Doubt::Partial => ("部分批准，本机不支持".into(), "Partly approved: not taken here".into()),
        Doubt::PowerCut => ("断电，交易结果不明".into(), "Power was cut: fate unknown".into()),
        Doubt::UnprovenDecline(code) => coded("拒绝但MAC校验错", "Declined, but the MAC is wrong:", code),
    };
    if !exchange.kind.shape().reversible {
        return lines(&[(&zh, &en), ("查询不涉及资金，未扣款", "An inquiry moves no money"), ("请重试", "Try again")]);
    }
    with(
        (&zh, &en),
        one_line(exchange),
        &[
            ("不打印签购单，如已扣款将自动退回", "No slip; anything taken goes back by itself"),
            ("下一笔交易前自动冲正，请稍候再刷", "Reversed before the next transaction; wait for it"),
        ],
    )
}

pub(crate) fn paper_fault(exchange: &Exchange) -> Show {
    with(
        ("打印未完成，请检查打印纸", "Not printed: check the paper"),
        one_line(exchange),
        &[
            ("交易已成功，请勿重刷", "The payment stands; do not swipe again"),
            ("装好纸后按打印键重打", "Then press Print to print again"),
        ],
    )
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
    Show { lines, pin_entry: false }
}

pub(crate) fn no_slip(exchange: &Exchange) -> Show {
    let why = match exchange.standing {
        Standing::Declined(_) => ("该交易被拒绝，没有签购单", "It was declined: there is no slip"),
        Standing::Reversed(..) => ("该交易已冲正，没有签购单", "It was reversed: there is no slip"),
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
    Show { lines: vec![head, sentence.clone()], pin_entry: false }
}

/// The verdict on a fault slip: what is known, by when the money is back, what to do. Both languages, as all its lines.
pub(crate) fn fault_remarks(promise: &str) -> Vec<String> {
    vec![
        "非凭证 NOT A VOUCHER".into(),
        "交易结果不明，如已扣款将自动退回".into(),
        "FATE UNKNOWN; ANYTHING TAKEN GOES BACK BY ITSELF".into(),
        format!("最迟 BY {promise}"),
        "请使用其他支付方式 TAKE ANOTHER MEANS OF PAYMENT".into(),
    ]
}
