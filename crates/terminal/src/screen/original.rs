//! Screens of what is about an earlier exchange: naming it, why it cannot be followed, somebody's word, the signature, and
//! advices that are stored. A refusal always says what became of the money.

use super::{lines, money, one_line, with};
use crate::original::{Refusal, may_be_elsewhere};
use crate::{Exchange, Order};
use alloc::format;
use alloc::string::{String, ToString};
use slipway_node::Show;
use slipway_terms::{Amount, Kind, ResponseCode, Stan, Text};

fn title(kind: Kind) -> (&'static str, &'static str) {
    (kind.shape().zh, kind.shape().en)
}

const NOT_SENT: (&str, &str) = ("交易未发出，账户无变动", "Nothing was sent, no account was touched");

pub(crate) fn not_offered(kind: Kind) -> Show {
    let (zh, en) = title(kind);
    with(("本终端未开通此交易", "Not offered at this terminal"), (zh.into(), en.into()), &[NOT_SENT])
}

pub(crate) fn advices_full() -> Show {
    lines(&[
        ("待上送交易已满", "Too many stored advices"),
        NOT_SENT,
        ("请检查线路，等待上送", "Check the line and wait until they are taken"),
    ])
}

pub(crate) fn voucher(kind: Kind, digits: &str) -> Show {
    let more: &[(&str, &str)] = if may_be_elsewhere(kind) {
        &[("不是本机交易请直接按确认", "Not of this terminal: just Enter")]
    } else {
        &[("在签购单上查看凭证号", "The voucher number is on the slip")]
    };
    with(title(kind), (format!("原凭证号 {digits}"), format!("Original No. {digits}")), more)
}

pub(crate) fn reference(kind: Kind, digits: &str) -> Show {
    with(
        title(kind),
        (format!("原参考号 {digits}"), format!("Original ref. {digits}")),
        &[("12位，在签购单上查看", "Twelve digits, on the slip")],
    )
}

pub(crate) fn reference_date(kind: Kind, digits: &str) -> Show {
    with(
        title(kind),
        (format!("原交易日期 {digits}"), format!("Original date {digits}")),
        &[("月日四位，如1123", "Month and day, as 1123")],
    )
}

pub(crate) fn allow(kind: Kind, keyed: usize) -> Show {
    let stars = "*".repeat(keyed);
    with(
        title(kind),
        (format!("主管密码 {stars}"), format!("Supervisor's password {stars}")),
        &[("此交易须主管授权", "This needs the supervisor's word")],
    )
}

pub(crate) fn may_not_allow(kind: Kind) -> Show {
    let (zh, en) = title(kind);
    with(
        ("此操作员无权授权", "This operator may not allow it"),
        (zh.into(), en.into()),
        &[("请主管 00 授权，或按取消", "Supervisor 00 must, or Cancel")],
    )
}

/// The original and what is about to be done with it.
pub(crate) fn confirm(order: &Order) -> Show {
    let (zh, en) = match order.about.as_ref().map(|about| (about.key, about.rrn)) {
        Some((Some(key), _)) => (format!("原凭证号 {}", key.stan), format!("Original No. {}", key.stan)),
        Some((None, Some(rrn))) => (format!("原参考号 {rrn}"), format!("Original ref. {rrn}")),
        _ => Default::default(),
    };
    let tail = order.about.as_ref().and_then(|about| about.card).map(|card| card.last4);
    let (tail_zh, tail_en) =
        tail.map_or_else(Default::default, |tail| (format!(" 尾号 {tail:04}"), format!(" card ..{tail:04}")));
    let mut show = with(title(order.kind), (format!("{zh}{tail_zh}"), format!("{en}{tail_en}")), &[]);
    let (zh, en) = money(order.amount);
    if !zh.is_empty() {
        show.lines.push(Text::new(zh, en));
    }
    show.lines.push(Text::new("无误请按确认，否则取消", "Enter if it is right, else Cancel"));
    show
}

/// Why an original cannot be followed.
pub(crate) fn refused(kind: Kind, refusal: Refusal) -> Show {
    let why = match refusal {
        Refusal::NotHere => ("本机没有这笔交易", "Not in this terminal's journal"),
        Refusal::OtherKind => ("原交易类型不符", "The original is of another kind"),
        Refusal::DoesNotStand => ("原交易未成功，没有签购单", "The original has no slip: nothing to change"),
        Refusal::Open(_) => ("原交易的上一笔处理尚未了结", "An earlier one about it is still open"),
        Refusal::Voided => ("原交易已撤销", "It is voided already"),
        Refusal::Completed => ("预授权已完成", "The hold is completed already"),
        Refusal::Adjusted => ("原交易已调整", "It is adjusted already"),
        Refusal::Refunded => ("原交易已退货", "It is refunded already"),
        Refusal::OtherBatch => ("原交易不在当前批次", "The original is of an earlier batch"),
        Refusal::TooOften => ("原交易关联笔数过多", "Too many entries about it"),
    };
    let what_now = match refusal {
        Refusal::Open(stan) => (format!("请等待凭证 {stan} 的结果"), format!("Wait for No. {stan}")),
        Refusal::NotHere if !may_be_elsewhere(kind) => {
            ("请到原终端办理或改用退货".into(), "Go to its own terminal, or refund".into())
        }
        _ => ("请核对签购单".into(), "Check the slip".into()),
    };
    let (zh, en) = title(kind);
    with(why, (zh.into(), en.into()), &[NOT_SENT, (&what_now.0, &what_now.1)])
}

pub(crate) fn offer(kind: Kind, original: &Exchange) -> Show {
    let lead = match kind {
        Kind::Refund => ("不能撤销，可办理退货", "It cannot be voided: refund instead"),
        _ => ("未签名，可撤销该交易", "Not signed: it can be voided"),
    };
    let (zh, en) = title(kind);
    with(
        lead,
        one_line(original),
        &[
            ("原交易仍然有效", "The original stands until then"),
            (&format!("办理{zh}请按确认"), &format!("Enter for {en}, else Cancel")),
        ],
    )
}

pub(crate) fn too_much(kind: Kind, most: Amount) -> Show {
    with(
        ("金额超过允许范围", "The amount is too large"),
        (format!("最多 {most} 元"), format!("At most CNY {most}")),
        &[title(kind), ("请重新输入金额", "Key the amount again")],
    )
}

pub(crate) fn same_amount(amount: Amount) -> Show {
    with(
        ("调整后总额与原金额相同", "The new total is the old one"),
        money(Some(amount)),
        &[("请输入含小费的总额", "Key the total with the tip")],
    )
}

pub(crate) fn other_card() -> Show {
    lines(&[
        ("不是原交易的卡", "Not the original's card"),
        ("只能用原卡办理", "It is possible with that card only"),
        ("请刷原卡", "Swipe the original card"),
    ])
}

pub(crate) fn key_the_card() -> Show {
    lines(&[
        ("订购请手输卡号和有效期", "Mail or phone order: key number and expiry"),
        ("卡未使用", "The card was not used"),
    ])
}

/// The acquirer's own limits are not here yet: they come with the parameters.
pub(crate) fn offline_not_set() -> Show {
    lines(&[
        ("离线限额尚未下载", "The offline limits are not downloaded yet"),
        NOT_SENT,
        ("请先下载参数（菜单 9 其他，5 下载）", "Download the parameters: menu 9, then 5"),
    ])
}

pub(crate) fn offline_full() -> Show {
    lines(&[("离线交易已达限额", "The offline limit is reached"), ("请联机上送后再试", "Go online and try again")])
}

pub(crate) fn no_batch() -> Show {
    lines(&[
        ("尚未签到，没有批次", "Never signed on: there is no batch"),
        ("未扣款，请先签到", "Nothing was taken; sign on first"),
    ])
}

pub(crate) fn batch_unproven() -> Show {
    lines(&[
        ("本批次尚无联机交易", "Nothing was answered in this batch yet"),
        ("未扣款，请先联机查询或消费", "Nothing was taken; make an inquiry or a sale on line first"),
    ])
}

pub(crate) fn approved_offline(exchange: &Exchange) -> Show {
    with(
        ("离线交易成功", "Approved offline"),
        one_line(exchange),
        &[("已存储，将自动上送", "Stored, and uploaded by itself"), ("正在打印签购单", "Printing the slip")],
    )
}

pub(crate) fn advice_stored(stan: Stan, amount: Option<Amount>) -> Show {
    let (zh, en) = amount.map_or_else(|| (String::new(), String::new()), |a| (format!(" {a} 元"), format!(" CNY {a}")));
    with(
        ("暂无应答，交易已存储", "No answer yet: it is stored"),
        (format!("凭证 {stan}{zh}"), format!("No. {stan}{en}")),
        &[
            ("将自动重发，请勿重复办理", "It is sent again by itself; do not do it twice"),
            ("成功后打印签购单", "The slip comes with the answer"),
        ],
    )
}

pub(crate) fn advice_refused(exchange: &Exchange, code: ResponseCode) -> Show {
    let words = code.words();
    let (zh, en) = title(exchange.kind);
    let last = if exchange.kind == Kind::OfflineSale {
        ("签购单保留，请联系收单行", "Keep the slip and call the acquirer")
    } else {
        ("账户无变动，不打印签购单", "No account was touched; there is no slip")
    };
    with(
        (&format!("{zh}未成功"), &format!("{en} refused")),
        (format!("{code} {}", words.zh), format!("{code} {}", words.en)),
        &[(&format!("凭证 {}", exchange.key.stan), &format!("No. {}", exchange.key.stan)), last],
    )
}

pub(crate) fn signature(exchange: &Exchange) -> Show {
    with(
        ("交易成功，请核对签名", "Approved: check the signature"),
        one_line(exchange),
        &[("相符按确认", "Enter if it fits"), ("未签名或不符按清除", "Clear if it is missing or differs")],
    )
}

pub(crate) fn nothing_to_sign() -> Show {
    lines(&[("没有待签名的签购单", "There is no slip to be signed")])
}

pub(crate) fn not_signed(exchange: &Exchange) -> Show {
    let stan = exchange.key.stan.to_string();
    with(
        ("已记录为未签名", "Recorded as not signed"),
        (format!("凭证 {stan}"), format!("No. {stan}")),
        &[("交易仍然有效", "The transaction stands")],
    )
}
