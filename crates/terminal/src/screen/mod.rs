//! Every text of the four-line screen, in both languages. Says what happened, what it means for the money, what to do.
//! Shows masked cards only, by type. Here: what is keyed; `wire`: what is on the line; `after`: reversal,
//! paper, inquiry; `original`: what is about an earlier exchange.

mod after;
pub mod catalogue;
mod guard;
mod menu;
mod original;
mod settle;
mod staff;
mod wire;

pub(crate) use after::*;
pub(crate) use guard::*;
pub(crate) use menu::*;
pub(crate) use original::*;
pub(crate) use settle::*;
pub(crate) use staff::*;
pub(crate) use wire::*;

use crate::Exchange;
use crate::amount::{words_en, words_zh};
use alloc::format;
use alloc::string::{String, ToString};
use slipway_node::Show;
use slipway_terms::{Amount, CardTail, Kind, OperatorNo, Text};

fn lines(pairs: &[(&str, &str)]) -> Show {
    let lines = pairs.iter().take(4).map(|(zh, en)| Text::new(*zh, *en)).collect();
    Show { lines, pin_entry: false, page: None }
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

/// What a kind of transaction means for the cardholder's money while its fate is unknown, once it is undone, and when it was
/// refused. A void that is undone leaves the purchase standing: "anything taken goes back" would be a lie.
pub(crate) struct Money {
    pub open: (&'static str, &'static str),
    pub undone: (&'static str, &'static str),
    pub again: (&'static str, &'static str),
    pub refused: (&'static str, &'static str),
}

/// What stands once a kind is approved: lost paper never sounds like a lost transaction, and a void never like a payment.
pub(crate) const fn standing_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::SaleVoid | Kind::CompletionVoid => {
            ("撤销已成功，款项退回，请勿重做", "The void took place; the money goes back")
        }
        Kind::Refund => ("退货已成功，款项退回，请勿重做", "The refund took place; money goes back"),
        Kind::PreAuth => ("预授权已成功，请勿重刷", "The hold stands; do not swipe again"),
        Kind::PreAuthVoid => ("撤销已成功，冻结已解除", "The void took place; the hold is released"),
        Kind::Adjust => ("调整已成功，请勿重做", "The adjustment stands; do not do it again"),
        _ => ("交易已成功，请勿重刷", "The payment stands; do not swipe again"),
    }
}

/// What its paper is called on the screen.
pub(crate) const fn paper_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid => ("撤销签购单", "void slip"),
        Kind::Refund => ("退货签购单", "refund slip"),
        _ => ("签购单", "slip"),
    }
}

pub(crate) fn money_of(kind: Kind) -> Money {
    match (kind.shape().sign, kind) {
        (sign, Kind::SaleVoid | Kind::CompletionVoid) if sign < 0 => Money {
            open: ("将自动冲正，原交易仍然有效", "It is reversed by itself; the original stands"),
            undone: ("撤销未生效，原交易仍然有效", "The void did not take place; the original stands"),
            again: ("可以重新办理撤销", "The void may be made again"),
            refused: ("原交易仍然有效", "The original stands"),
        },
        (_, Kind::PreAuthVoid) => Money {
            open: ("将自动冲正，预授权仍然有效", "It is reversed by itself; the hold stands"),
            undone: ("撤销未生效，预授权仍然有效", "The void did not take place; the hold stands"),
            again: ("可以重新办理撤销", "The void may be made again"),
            refused: ("预授权仍然有效", "The hold stands"),
        },
        (_, Kind::Completion | Kind::CompletionAdvice) => Money {
            open: ("将自动冲正，预授权仍然有效", "It is reversed by itself; the hold stands"),
            undone: ("完成未生效，预授权仍然有效", "The completion did not take place; the hold stands"),
            again: ("可以重新办理完成", "The completion may be made again"),
            refused: ("预授权仍然有效", "The hold stands"),
        },
        (_, Kind::Refund | Kind::Adjust) => Money {
            open: ("结果待定，请勿重复办理", "It is open: do not do it again"),
            undone: ("未生效，原交易仍然有效", "It did not take place; the original stands"),
            again: ("可以重新办理", "It may be made again"),
            refused: ("原交易仍然有效", "The original stands"),
        },
        (_, Kind::PreAuth) => Money {
            open: ("如已冻结将自动解冻", "Anything held is released by itself"),
            undone: ("如已冻结将自动解冻", "Anything held is released by itself"),
            again: ("可以重新刷卡", "The card may be taken again"),
            refused: ("未冻结金额", "Nothing was held"),
        },
        _ => Money {
            open: ("如已扣款将自动退回", "Anything taken goes back by itself"),
            undone: ("如已扣款将自动退回", "Anything taken goes back by itself"),
            again: ("可以重新刷卡", "The card may be taken again"),
            refused: ("未扣款", "Nothing was taken"),
        },
    }
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

pub(crate) fn amount(kind: Kind, amount: Amount) -> Show {
    let title = if kind == Kind::Sale { ("消费", "Sale") } else { (kind.shape().zh, kind.shape().en) };
    with(title, money(Some(amount)), &[("请核对小数点，按确认", "Check the decimals, then Enter")])
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
    let ask = if kind == Kind::Moto {
        // Nobody is there with a card.
        ("请输入卡号和有效期", "Key the card number and expiry")
    } else {
        ("请刷卡", "Swipe the card")
    };
    with((shape.zh, shape.en), money(amount), &[ask])
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

pub(crate) fn pin(amount: Option<Amount>, may: bool) -> Show {
    let bypass: &[(&str, &str)] = if may { &[("无密码请直接按确认", "No PIN: just Enter")] } else { &[] };
    let show = with(("请持卡人输入密码", "Cardholder: enter PIN"), money(amount), bypass);
    Show { pin_entry: true, ..show }
}

pub(crate) fn pin_needed(kind: Kind) -> Show {
    let line = match kind {
        Kind::Balance => ("查询余额须输入密码", "A balance inquiry needs the PIN"),
        _ => ("须输入密码", "The PIN is needed"),
    };
    Show { pin_entry: true, ..lines(&[line]) }
}
