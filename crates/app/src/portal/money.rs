//! What the shop is paid, and what is held of it: payouts with what became of them, holds and reserves with their reasons, and the statements
//! as `settle` wrote them.

use super::asker::{Asker, Told};
use super::open_day::{OpenDay, money};
use super::rows::merchant;
use crate::archive::shelf::{every, one};
use crate::clocks::rfc;
use crate::network::sample;
use crate::settle::{hold_json, paid_json, registered, return_reason, root};
use crate::web::refusal::Refusal;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use slipway_hosts::acquirer::{MerchantDay, PaidOut, owed};
use slipway_node::Clock;
use slipway_recon::Rate;
use slipway_terms::{BusinessDate, Lang};

/// Statements as they are written, with their types.
const FORMS: [(&str, &str); 6] = [
    ("zh.txt", "text/plain; charset=utf-8"),
    ("zh.html", "text/html; charset=utf-8"),
    ("zh.csv", "text/csv; charset=utf-8"),
    ("en.txt", "text/plain; charset=utf-8"),
    ("en.html", "text/html; charset=utf-8"),
    ("en.csv", "text/csv; charset=utf-8"),
];

fn rate(rate: Rate) -> Value {
    json!({"ppb": rate.ppb, "cap_fen": rate.cap_fen})
}

/// The shop itself, what was agreed with it, and what its asker may do.
pub(super) async fn shop(asker: Asker) -> Told {
    asker
        .look("merchant_shop", json!({}), |live, shop, _| {
            let registered = merchant(live, shop.id)?;
            let named = registered::read(&live.dir).ok();
            let named = named.and_then(|(_, all)| all.into_iter().find(|one| one.registration.merchant() == shop.id));
            let days = one::<slipway_hosts::day::Days>(&live.hosts.acquirer, &())?;
            let fees = shop.sees_settlement().is_ok();
            let agreed = named.as_ref().filter(|_| fees).map(|one| {
                let (product, today) = (one.contract.product, days.as_ref().map(|days| days.date));
                let discount = today.and_then(|day| one.contract.discount(day).ok());
                json!({
                    "product": {"word": product.name(), "zh": product.text(Lang::Zh), "en": product.text(Lang::En)},
                    "debit": discount.map(|discount| rate(discount.debit)), "credit": discount.map(|discount| rate(discount.credit)),
                    "refund_gives_back": discount.map(|discount| discount.refund_gives_back),
                    "reserve": {"ppb": one.contract.reserve.rate.ppb, "days": one.contract.reserve.days, "cap_fen": one.contract.reserve.cap_fen},
                })
            });
            let account = named.as_ref().filter(|_| fees).and_then(|one| {
                let bound = one.registration.account_on(days.as_ref()?.date)?;
                Some(format!("*{} {}", bound.account.tail(), bound.account.holder_name()))
            });
            Ok(json!({
                "merchant": shop.id.to_string(), "name": named.as_ref().map(|one| one.registration.name().to_owned()),
                "name_place": registered.as_ref().map(|one| one.name_place.as_str().to_owned()),
                "active": registered.as_ref().is_some_and(|one| one.active), "day": days.map(|days| days.date.to_string()),
                "now": rfc(live.clock.now()), "agreed": agreed, "account": account,
                "may": {"order_refunds": shop.signed.role.orders_refunds(), "see_settlement": fees},
            }))
        })
        .await
}

/// Where a payout stands: the bank has its order; the money is there on its pay day, unless the bank sends it back.
fn standing(paid: &PaidOut, today: BusinessDate) -> (&'static str, &'static str, &'static str) {
    if paid.returned.is_some() {
        ("returned", "已退汇", "sent back")
    } else if today < paid.to.pay_day {
        ("instructed", "已发划付指令，尚未到账", "instructed, not there yet")
    } else {
        ("due", "到账日已到", "its pay day has come")
    }
}

/// Payouts, newest first.
pub(super) async fn payouts(asker: Asker) -> Told {
    asker
        .look("merchant_payouts", json!({}), |live, shop, page| {
            shop.sees_settlement()?;
            let today = live.clock.now().date();
            let mut all = every::<PaidOut>(&live.hosts.acquirer, &shop.id, |_| true)?;
            all.sort_by_key(|paid| std::cmp::Reverse((paid.day, paid.attempt)));
            let place = |paid: &PaidOut| format!("{}/{:03}", paid.day, paid.attempt);
            let behind = page.behind.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let rows = all.iter().filter(|paid| behind.as_ref().is_none_or(|behind| place(paid) < *behind));
            let rows = rows.map(|paid| {
                let mut told = paid_json(paid);
                told["day"] = json!(paid.day.to_string());
                told["attempt"] = json!(paid.attempt);
                told["at"] = json!(rfc(paid.at));
                if let Some(back) = paid.returned {
                    let why = |lang| return_reason(back.code.as_str(), lang);
                    told["returned"] = json!({"at": rfc(back.at), "code": back.code.to_string(), "zh": why(Lang::Zh), "en": why(Lang::En)});
                }
                // Who in the acquirer's house said so is not the shop's.
                if let Some(told) = told.as_object_mut() {
                    told.remove("said_by");
                }
                told["paid_again"] = json!(paid.again.map(rfc));
                let (word, zh, en) = standing(paid, today);
                told["state"] = json!({"word": word, "zh": zh, "en": en});
                told
            });
            Ok(page.answer(rows, |row| format!("{}/{:03}", row["day"].as_str().unwrap_or_default(), row["attempt"]).into_bytes()))
        })
        .await
}

/// Holds and reserves with their reasons, and what is carried to the next day.
pub(super) async fn holds(asker: Asker) -> Told {
    asker
        .look("merchant_holds", json!({}), |live, shop, _| {
            shop.sees_settlement()?;
            let owed = owed(sample::ACQUIRER, &money(&live.hosts.acquirer, shop.id)?);
            let holds = owed.held.iter().map(|row| {
                let mut told = hold_json(row);
                told["at"] = json!(rfc(row.at));
                told["why"] = json!({"zh": row.ground.text(Lang::Zh), "en": row.ground.text(Lang::En)});
                told["ended"] = json!(row.ended.map(|(at, _)| rfc(at)));
                if let Some(told) = told.as_object_mut() {
                    ["by", "checked", "closed"].iter().for_each(|name| drop(told.remove(*name)));
                }
                told
            });
            let reserves = owed.reserved.iter().map(|row| {
                json!({"day": row.day.to_string(), "fen": row.reserved_minor, "free": row.free.map(|day| day.to_string())})
            });
            Ok(json!({
                "carried_fen": owed.carried.get(&shop.id).copied().unwrap_or(0), "holds": holds.collect::<Vec<_>>(),
                "reserves": reserves.collect::<Vec<_>>(),
            }))
        })
        .await
}

/// What a settlement of now would come to.
pub(super) async fn expected(asker: Asker) -> Told {
    asker
        .look("merchant_expected", json!({}), |live, shop, _| {
            shop.sees_settlement()?;
            let open = OpenDay::of(live, shop.id)?;
            Ok(json!({
                "day": open.days.map(|(day, _)| day.to_string()), "last": open.last.map(|day| day.to_string()),
                "expected": open.settlement.map(|s| json!({
                    "pay_day": s.pay_day.to_string(), "payable_fen": s.payable_fen, "discount_fen": s.discount_fen,
                    "carried_in_fen": s.carried_in_fen, "carried_out_fen": s.carried_out_fen, "held_fen": s.held_fen, "released_fen": s.released_fen,
                    "reserved_fen": s.reserved_fen, "freed_fen": s.freed_fen, "price_fen": s.price_fen,
                })),
            }))
        })
        .await
}

/// Settled days with their statements, newest first.
pub(super) async fn statements(asker: Asker) -> Told {
    asker
        .look("merchant_statements", json!({}), |live, shop, page| {
            shop.sees_settlement()?;
            let mut days = every::<MerchantDay>(&live.hosts.acquirer, &shop.id, |row| row.done.is_some())?;
            days.sort_by_key(|row| std::cmp::Reverse(row.day));
            let behind = page.behind.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let rows = days.iter().filter(|row| behind.as_ref().is_none_or(|behind| row.day.to_string() < *behind));
            let rows = rows.map(|row| {
                let place = root(&live.dir).join(row.day.to_string());
                let there = |form: &&str| place.join(format!("statement-{}-{form}", shop.id)).exists();
                json!({
                    "day": row.day.to_string(), "gross_fen": row.gross_minor, "fees_fen": row.fees_minor, "payable_fen": row.payable_minor,
                    "forms": FORMS.iter().map(|(form, _)| *form).filter(there).collect::<Vec<_>>(),
                })
            });
            Ok(page.answer(rows, |row| row["day"].as_str().unwrap_or_default().as_bytes().to_vec()))
        })
        .await
}

/// One statement, byte for byte as it was written.
pub(super) async fn statement(asker: Asker, Path((day, form)): Path<(String, String)>) -> Result<Response, Refusal> {
    let none = || Refusal::new(StatusCode::NOT_FOUND, "没有这张结算单", "there is no such statement");
    let day = BusinessDate::parse(&day).map_err(|_| none())?;
    // Only names of the table become a path.
    let (form, kind) = *FORMS.iter().find(|(known, _)| *known == form).ok_or_else(none)?;
    let asked = json!({"day": day.to_string(), "form": form});
    let (bytes, id) = asker
        .looks("merchant_statement", asked, move |live, shop, _| {
            shop.sees_settlement()?;
            let booked = every::<MerchantDay>(&live.hosts.acquirer, &(shop.id, day), |row| {
                row.day == day && row.done.is_some()
            })?;
            let path = root(&live.dir).join(day.to_string()).join(format!("statement-{}-{form}", shop.id));
            let bytes = booked.first().and_then(|_| std::fs::read(path).ok());
            bytes.map(|bytes| (bytes, shop.id)).ok_or_else(none)
        })
        .await?;
    let mut answer = bytes.into_response();
    let all = answer.headers_mut();
    all.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"statement-{id}-{day}-{form}\"")) {
        all.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(answer)
}
