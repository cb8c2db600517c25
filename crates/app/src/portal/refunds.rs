//! Ordering a refund, and withdrawing the order. What may be ordered is judged by what all parties say now; of two that come at once one is
//! taken. The money moves when the till makes the refund, and never here.

use super::asker::{Asker, Told};
use super::orders::{ORDER, Order, Refused, Stands, WITHDRAW};
use super::payments::{own, refunded_fen, rest_fen};
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
use slipway_hosts::acquirer::{Original, Stage};
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
    let stands = one.stage == Stage::Approved || one.is_debited_again();
    let taken_from_card = stands && !one.borne;
    let why = why.or_else(|| {
        (!taken_from_card).then_some((
            "这一笔没有从卡上扣款（由收单行承担），不能退回卡上",
            "no card was debited for it (the acquirer bears it): nothing goes back to one",
        ))
    });
    why.or_else(|| (rest_fen(one) == 0).then_some(("已全额退货", "it is refunded in full")))
}

/// An order as a page shows it; of how much its payment has been given back, if the acquirer was asked.
pub(super) fn shown(order: &Order, refunded: Option<u64>) -> Value {
    let stands = refunded.map(|fen| order.stands(fen));
    let (zh, en) = match stands {
        Some(Stands::Waits) => ("等终端办理", "waits for the till"),
        Some(Stands::Done) => ("已在终端办理", "made at the till"),
        Some(Stands::Withdrawn) => ("已撤回", "withdrawn"),
        None => ("收单行没有应答", "the acquirer does not answer"),
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
            if fen > rest_fen(&one) {
                let why = ("超过可退金额", "that is more than is left of it");
                return Err(conflict(why));
            }
            let at = live.now();
            let order = Order {
                till: till.to_string(),
                turn: 0,
                rrn: one.rrn.to_string(),
                fen,
                before_fen: refunded_fen(&one),
                who: shop.signed.name.clone(),
                role: shop.signed.role.word().to_owned(),
                at: at.into(),
                because,
                withdrawn: None,
            };
            let write = |line: Value| live.log.act(at, &shop.signed.by(), ORDER, line);
            match live.orders.take(order, refunded_fen(&one), write)? {
                Ok(order) => Ok(json!({"order": shown(&order, Some(refunded_fen(&one)))})),
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
            match live.orders.withdraw(&name, by, refunded_fen(&one), write)? {
                Ok(order) => Ok(json!({"order": shown(&order, Some(refunded_fen(&one)))})),
                Err(_) => {
                    let why = ("退货单已办理或已撤回", "the refund is made, or the order is withdrawn already");
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
                let refunded = own(live, shop, &order.till.replace('/', "-")).ok().map(|(_, one)| refunded_fen(&one));
                shown(order, refunded)
            };
            let rows = all.iter().skip(skip).map(shown);
            Ok(page.answer(rows, |row| place(row["name"].as_str().unwrap_or_default())))
        })
        .await
}
