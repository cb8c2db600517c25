//! Ordering a refund, and withdrawing the order. What may be ordered is judged by what all parties say now; of two that come at once one is
//! taken. The money moves when the till makes the refund, and never here.

use super::asker::{Asker, Told};
use super::orders::{Left, ORDER, Order, Refused, Stands, WITHDRAW};
use super::payments::own;
use crate::people::role::Deed;
use crate::signin::Signed;
use crate::support::deeds::{self, Facts};
use crate::support::exchange;
use crate::trace::Found;
use crate::typed;
use crate::web::refusal::Refusal;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use serde_json::{Value, json};
use slipway_hosts::acquirer::{GiveBack, Original, give_back};
use slipway_terms::Amount;

type Body = Result<Bytes, BytesRejection>;
type Words = (&'static str, &'static str);

const STILL_OPEN: Words = ("这一笔已有未办的退货单", "a refund of this payment is ordered already and not made yet");

/// Why no refund of it may be ordered now; `None`: one may.
pub(super) fn why_not(signed: &Signed, found: &Found, one: &Original, open: bool) -> Option<Words> {
    if !signed.role.orders_refunds() {
        return Some(("退货单由主管或商户开立", "a refund is ordered by a supervisor or the merchant's office"));
    }
    if open {
        return Some(STILL_OPEN);
    }
    let slip = found.seen.iter().any(|testimony| testimony.slip);
    let why = deeds::why_not(signed.role, Deed::ProposeRefund, &Facts::of(found, slip, false));
    why.or_else(|| match give_back(one) {
        GiveBack::Can(_) => None,
        GiveBack::Undecided => Some(("尚未确定：等结论，不要退货", "it is not decided: wait, refund nothing")),
        GiveBack::GoneBack if one.refunds.done_minor > 0 => Some(("已全额退货", "it is refunded in full")),
        GiveBack::GoneBack => Some(("款项已退回", "the money is back already")),
        GiveBack::Disputed => {
            Some(("交易有争议，由两家银行处理", "it went into dispute: the banks decide about its money"))
        }
        GiveBack::NotCharged => Some(deeds::NOT_CHARGED),
    })
}

/// Where an order stands, in words: of one that no till can make any more, why.
const fn words(stands: Stands, left: GiveBack) -> Words {
    match (stands, left) {
        (Stands::Waits, _) => ("等终端办理", "waits for the till"),
        (Stands::Done, _) => ("已退款", "given back"),
        (Stands::Withdrawn, _) => ("已撤回", "withdrawn"),
        (Stands::Over, GiveBack::GoneBack) => {
            ("已不能办理：款项已另行退回", "cannot be made any more: the money goes back another way")
        }
        (Stands::Over, GiveBack::Disputed) => {
            ("已不能办理：交易有争议，由两家银行处理", "cannot be made any more: the payment went into dispute")
        }
        (Stands::Over, GiveBack::NotCharged) => {
            ("已不能办理：持卡人未被扣款", "cannot be made any more: the cardholder was not charged")
        }
        (Stands::Over, GiveBack::Can(_) | GiveBack::Undecided) => {
            ("已不能办理：可退金额不足", "cannot be made any more: less is left of it")
        }
    }
}

/// An order as a page shows it; how its payment stands, if the acquirer was asked.
pub(super) fn shown(order: &Order, left: Option<Left>) -> Value {
    let stands = left.map(|left| order.stands(&left));
    let (zh, en) = match (stands, left) {
        (Some(stands), Some(left)) => words(stands, left.give_back),
        _ => ("收单行没有应答", "the acquirer does not answer"),
    };
    json!({
        "name": order.name(), "id": order.till.replace('/', "-"), "rrn": order.rrn, "amount_fen": order.fen, "who": order.who,
        "role": order.role, "at": order.at, "because": order.because, "state": {"word": stands, "zh": zh, "en": en},
        "withdrawn": order.withdrawn.as_ref().map(|(at, who)| json!({"at": at, "who": who})),
    })
}

fn wrong(zh: &str, en: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, zh, en)
}

fn conflict((zh, en): Words) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, zh, en)
}

/// `{"amount_fen":8800,"because":"…"}`.
fn read(body: &Value) -> Result<(u64, String), Refusal> {
    let fen = body["amount_fen"].as_u64().filter(|fen| (1..=Amount::MINOR_MAX).contains(fen));
    let fen = fen.ok_or_else(|| wrong("amount_fen 为分（正整数）", "amount_fen is whole fen, more than none"))?;
    let because = typed::because(body["because"].as_str())?;
    Ok((fen, because))
}

/// Orders a refund of one payment.
pub(super) async fn order(asker: Asker, Path(id): Path<String>, body: Body) -> Told {
    let till = exchange::till_of(&id).map(|till| till.to_string());
    asker
        .act(body, ("order_refund_refused", till), move |live, shop, body| {
            let (till, one) = own(live, shop, &id)?;
            if !shop.signed.role.orders_refunds() {
                return Err(forbidden());
            }
            let (fen, because) = read(&body)?;
            let found = exchange::find(live, &shop.signed, till).ok_or_else(Refusal::not_found)?;
            if let Some(why) = why_not(&shop.signed, &found, &one, false) {
                return Err(conflict(why));
            }
            let left = Left::of(&one);
            if fen > left.rest_fen() {
                let why = ("超过可退金额", "that is more than is left of it");
                return Err(conflict(why));
            }
            let at = live.now();
            let order = Order {
                till: till.to_string(),
                turn: 0,
                rrn: one.rrn.to_string(),
                fen,
                before_fen: left.refunded_fen,
                who: shop.signed.name.clone(),
                role: shop.signed.role.word().to_owned(),
                at: at.into(),
                because,
                withdrawn: None,
            };
            let write = |line: Value| live.log.act(at, &shop.signed.by(), ORDER, line);
            match live.orders.take(order, &left, write)? {
                Ok(order) => Ok(json!({"order": shown(&order, Some(left))})),
                Err(Refused::Open(open)) => Err(conflict(STILL_OPEN).with("order", &open.name())),
                Err(Refused::NotOpen) => Err(Refusal::not_found()),
            }
        })
        .await
}

fn forbidden() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "退货单由主管或商户开立",
        "a refund is ordered by a supervisor or the merchant's office",
    )
    .with("reason", "role")
}

/// The payment that an order's name is about, and the name itself.
fn payment_of(name: &str) -> Option<&str> {
    name.rsplit_once('-').map(|(id, _)| id)
}

/// Withdraws an order that is open.
pub(super) async fn withdraw(asker: Asker, Path(name): Path<String>, body: Body) -> Told {
    let till = payment_of(&name).and_then(exchange::till_of).map(|till| till.to_string());
    asker
        .act(body, ("withdraw_refund_refused", till), move |live, shop, _| {
            let (till, one) = own(live, shop, payment_of(&name).unwrap_or_default())?;
            if !shop.signed.role.orders_refunds() {
                return Err(forbidden());
            }
            if !live.orders.about(&till.to_string()).iter().any(|order| order.name() == name) {
                return Err(Refusal::not_found());
            }
            let at = live.now();
            let write = |line: Value| live.log.act(at, &shop.signed.by(), WITHDRAW, line);
            let by = (at, shop.signed.name.clone());
            let left = Left::of(&one);
            match live.orders.withdraw(&name, by, &left, write)? {
                Ok(order) => Ok(json!({"order": shown(&order, Some(left))})),
                Err(_) => {
                    let why = (
                        "退货单已退款、已撤回或已不能办理",
                        "the order is not open any more: given back, withdrawn, or no till can make it",
                    );
                    Err(conflict(why))
                }
            }
        })
        .await
}

/// The shop's orders, newest first.
pub(super) async fn list(asker: Asker) -> Told {
    asker
        .look("merchant_refunds", json!({}), |live, shop, page| {
            let all = live.orders.of_shop(shop.id.as_str());
            let place = |name: &str| name.as_bytes().to_vec();
            let skip = page.behind.as_ref().map_or(0, |behind| {
                all.iter().position(|order| place(&order.name()) == *behind).map_or(all.len(), |at| at + 1)
            });
            let shown = |order: &Order| {
                let left = own(live, shop, &order.till.replace('/', "-")).ok().map(|(_, one)| Left::of(&one));
                shown(order, left)
            };
            let rows = all.iter().skip(skip).map(shown);
            Ok(page.answer(rows, |row| place(row["name"].as_str().unwrap_or_default())))
        })
        .await
}
