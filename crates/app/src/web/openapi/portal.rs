//! The doors of the merchant portal, and the shapes of what they take and give.

use super::document::reference;
use super::schemas::{list, object, page};
use super::{Door, Opens};
use serde_json::{Value, json};

const LOOKS: &[u16] = &[400, 401, 403, 404, 503];

const fn look(path: &'static str, name: &'static str, said: (&'static str, &'static str), gives: &'static str) -> Door {
    Door { path, method: "get", name, said, opens: Opens::Look, takes: None, gives, refuses: LOOKS }
}

const fn act(
    path: &'static str,
    name: &'static str,
    said: (&'static str, &'static str),
    takes: &'static str,
    gives: &'static str,
) -> Door {
    let refuses = &[400, 401, 403, 404, 409, 503];
    Door { path, method: "post", name, said, opens: Opens::Act, takes: Some(takes), gives, refuses }
}

#[rustfmt::skip]
pub(super) const DOORS: &[Door] = &[
    look("/api/v1/desk/exchanges/{id}/slip.png", "slipPng", ("签购单 PNG，与打印一点不差", "Its slip as PNG, dot for dot as printed"), "png"),
    look("/api/v1/desk/exchanges/{id}/slip.pdf", "slipPdf", ("签购单 PDF，纸宽与原纸相同", "Its slip as PDF, as large as its paper"), "pdf"),
    look("/api/v1/merchant/shop", "shop", ("商户、约定和本人权限", "The shop, what was agreed, and what one may do"), "Shop"),
    look("/api/v1/merchant/takings", "takings", ("每日收款", "Takings by day"), "Takings"),
    look("/api/v1/merchant/takings/{day}", "takingsOfDay", ("一日明细，手续费逐笔说明", "One day, each fee explained"), "Day"),
    look("/api/v1/merchant/expected", "expected", ("此刻结算的预计", "What a settlement of now would come to"), "Expected"),
    look("/api/v1/merchant/batches", "batches", ("各终端批次", "Batches of every terminal"), "Batches"),
    look("/api/v1/merchant/payments", "payments", ("交易列表", "Payments, newest first"), "Payments"),
    look("/api/v1/merchant/payments/{id}", "payment", ("一笔交易：各方、手续费、可退金额", "One payment: all parties, its fee, what may be refunded"), "Payment"),
    act("/api/v1/merchant/payments/{id}/refunds", "orderRefund", ("开立退货单，不动账：在终端办理", "Orders a refund; moves no money: the till makes it"), "RefundOrder", "Ordered"),
    look("/api/v1/merchant/refunds", "refunds", ("退货单", "Refunds that were ordered"), "Refunds"),
    act("/api/v1/merchant/refunds/{name}/withdrawal", "withdrawRefund", ("撤回退货单", "Withdraws an order that is open"), "Nothing", "Ordered"),
    look("/api/v1/merchant/doubts", "doubts", ("未定交易及最迟答复时间", "Open doubts, and by when there is an answer"), "Doubts"),
    look("/api/v1/merchant/payouts", "payouts", ("付款", "Payouts"), "Payouts"),
    look("/api/v1/merchant/holds", "holds", ("暂缓、保证金和结转", "Holds, reserves and what is carried"), "Holds"),
    look("/api/v1/merchant/statements", "statements", ("结算单", "Settled days with their statements"), "Statements"),
    look("/api/v1/merchant/statements/{day}/{form}", "statement", ("一张结算单：zh.txt、en.html、zh.csv……", "One statement: zh.txt, en.html, zh.csv, …"), "statement"),
    look("/api/v1/merchant/terminals", "terminals", ("终端状况", "Terminals and how they are"), "Terminals"),
];

/// Their shapes.
pub(super) fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let time = || json!({"type": "string", "format": "date-time"});
    let maybe_time = || json!({"type": ["string", "null"], "format": "date-time"});
    let flag = || json!({"type": "boolean"});
    let fen = || json!({"type": "integer", "description": "fen"});
    let maybe_fen = || json!({"type": ["integer", "null"], "description": "fen"});
    let count = || json!({"type": "integer"});
    let any = || json!({"type": ["object", "null"]});
    let both = || reference("Text");
    let worded = || object(&[("word!", maybe()), ("zh!", text()), ("en!", text())]);
    let line = object(&[
        ("no!", count()),
        ("day!", text()),
        ("at!", maybe_time()),
        ("terminal!", maybe()),
        ("voucher!", maybe()),
        ("rrn!", text()),
        ("kind!", both()),
        ("amount_fen!", fen()),
        ("fee_fen!", maybe_fen()),
        ("fee_from_fen!", fen()),
        ("fee_to_fen!", fen()),
        ("explained!", both()),
        ("or_explained!", any()),
    ]);
    let order = || {
        object(&[
            ("name!", text()),
            ("id!", text()),
            ("rrn!", text()),
            ("amount_fen!", fen()),
            ("who!", text()),
            ("role!", text()),
            ("at!", time()),
            ("because!", text()),
            ("state!", worded()),
            ("withdrawn!", any()),
        ])
    };
    let short = || {
        object(&[
            ("id!", text()),
            ("at!", time()),
            ("terminal!", text()),
            ("batch!", count()),
            ("voucher!", text()),
            ("rrn!", text()),
            ("kind!", worded()),
            ("card!", text()),
            ("amount_fen!", maybe_fen()),
            ("signed_fen!", fen()),
            ("refunded_fen!", fen()),
            ("state!", worded()),
            ("confirmed!", flag()),
        ])
    };
    let mut day = page(line);
    day["properties"]["day"] = text();
    day["properties"]["state"] = text();
    day["properties"]["sums"] = list(json!({"type": "object"}));
    day["properties"]["told"] = list(json!({"type": "object"}));
    json!({
        "Shop": object(&[("merchant!", text()), ("name!", maybe()), ("name_place!", maybe()), ("active!", flag()), ("day!", maybe()), ("now!", time()), ("agreed!", any()), ("account!", maybe()),
            ("may!", object(&[("order_refunds!", flag()), ("see_settlement!", flag())]))]),
        "Takings": page(object(&[("day!", text()), ("state!", json!({"enum": ["open", "closed", "settled"]})), ("count!", count()), ("gross_fen!", fen()),
            ("gross_in_fen!", maybe_fen()), ("gross_back_fen!", maybe_fen()), ("fees_from_fen", fen()), ("fees_to_fen", fen()), ("payable_fen", fen()), ("pay_day", maybe()),
            ("kinds", list(json!({"type": "object"}))), ("waiting", json!({"type": "object"})), ("left_from_before", json!({"type": "object"}))])),
        "Day": day,
        "Expected": object(&[("day!", maybe()), ("last!", maybe()), ("expected!", any())]),
        "Batches": page(object(&[("terminal!", text()), ("batch!", count()), ("current!", flag()), ("state!", worded()), ("host!", json!({"type": "object"})), ("till!", any()), ("uploaded!", count()), ("closed_at!", maybe_time()), ("closes_at!", maybe_time())])),
        "Payments": page(short()),
        "Payment": {"allOf": [reference("Exchange"), object(&[("short", short()), ("fee", json!({"type": ["array", "null"]})), ("refund", json!({"type": "object"}))])]},
        "RefundOrder": object(&[("amount_fen!", json!({"type": "integer", "minimum": 1})), ("because!", json!({"type": "string", "minLength": 1, "maxLength": 200}))]),
        "Ordered": object(&[("order!", order())]),
        "Refunds": page(order()),
        "Doubts": page(object(&[("id!", text()), ("terminal!", text()), ("voucher!", text()), ("at!", maybe_time()), ("verdict!", text()), ("sentence!", both()), ("cashier!", text()), ("due!", maybe_time()), ("amount_fen!", maybe_fen()), ("card!", maybe()), ("rrn!", maybe()), ("kind!", any()), ("next!", list(both()))])),
        "Payouts": page(object(&[("payout!", text()), ("day!", text()), ("attempt!", count()), ("fen!", fen()), ("account!", text()), ("pay_day!", text()), ("at!", time()), ("returned!", any()), ("paid_again!", maybe_time()), ("state!", object(&[("word!", json!({"enum": ["instructed", "due", "returned"]})), ("zh!", text()), ("en!", text())]))])),
        "Holds": object(&[("carried_fen!", fen()), ("holds!", list(json!({"type": "object"}))), ("reserves!", list(json!({"type": "object"})))]),
        "Statements": page(object(&[("day!", text()), ("gross_fen!", fen()), ("fees_fen!", fen()), ("payable_fen!", fen()), ("forms!", list(text()))])),
        "Terminals": page(object(&[("terminal!", text()), ("active!", flag()), ("batch!", count()), ("used!", flag()), ("signed_on_at!", maybe_time()), ("heard_at!", maybe_time()), ("doubts!", count()), ("unconfirmed!", count()), ("unsettled!", list(json!({"type": "object"}))), ("till!", any())])),
    })
}
