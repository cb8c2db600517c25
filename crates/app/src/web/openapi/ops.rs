//! The doors of operations, and their shapes.

use super::document::reference;
use super::schemas::{list, object, page};
use super::{Door, Opens};
use serde_json::{Value, json};

#[rustfmt::skip]
pub(super) const DOORS: &[Door] = &[
    look("/api/v1/ops/overview", "opsOverview", ("网络一览", "The network on one screen"), "Overview"),
    look("/api/v1/ops/metrics", "opsFigures", ("指标和最近一小时的采样", "Metrics now, and samples of the last hour"), "Figures"),
    look("/api/v1/ops/exchanges", "openExchanges", ("未决交易，先到期的在前", "Open exchanges, what is due first"), "OpenExchanges"),
    look("/api/v1/ops/outbox", "openOutboxes", ("各方待发的通知", "Lines of all outboxes, the oldest first"), "Outboxes"),
    look("/api/v1/ops/cases", "openCases", ("未结差错", "Cases that wait for a person"), "Rows"),
    look("/api/v1/ops/differences", "openDifferences", ("未结对账差异", "Differences of reconciliation that are open"), "Rows"),
    look("/api/v1/ops/disputes", "openDisputes", ("未结争议", "Disputes that are open, of every house"), "Rows"),
    look("/api/v1/ops/suspense", "openSuspense", ("挂账", "What has not appeared in clearing"), "Rows"),
    look("/api/v1/ops/holds", "openHolds", ("暂缓结算", "Merchants' money that is held"), "Rows"),
    look("/api/v1/ops/returned", "returnedPayouts", ("待重付的退汇", "Payouts that came back and wait"), "Rows"),
    look("/api/v1/ops/keys", "keyAges", ("密钥与使用时间", "Keys and their ages"), "Rows"),
    look("/api/v1/ops/orders", "orders", ("动账指令，新的在前；standing=waiting 只列待复核的", "Orders, the newest first; standing=waiting: those that wait"), "Orders"),
    Door { path: "/api/v1/ops/orders", method: "post", name: "proposeOrder", said: ("提出动账指令，等另一人复核", "Proposes an order; another person approves it"), opens: Opens::Act, takes: Some("Proposing"), gives: "Order", refuses: &[400, 401, 403, 409, 503] },
    Door { path: "/api/v1/ops/orders/{no}", method: "get", name: "order", said: ("一张指令", "One order"), opens: Opens::Look, takes: None, gives: "Order", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/ops/orders/{no}/approve", method: "post", name: "approveOrder", said: ("复核同意并办理", "A second person's yes; it is carried out"), opens: Opens::Act, takes: Some("Nothing"), gives: "Order", refuses: &[400, 401, 403, 404, 409, 503] },
    Door { path: "/api/v1/ops/orders/{no}/refuse", method: "post", name: "refuseOrder", said: ("拒绝或撤回", "Refuses it, or takes it back"), opens: Opens::Act, takes: Some("Because"), gives: "Order", refuses: &[400, 401, 403, 404, 409] },
];

const fn look(path: &'static str, name: &'static str, said: (&'static str, &'static str), gives: &'static str) -> Door {
    Door { path, method: "get", name, said, opens: Opens::Look, takes: None, gives, refuses: &[401, 403, 503] }
}

/// Their shapes by name.
pub(super) fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let flag = || json!({"type": "boolean"});
    let whole = || json!({"type": "integer"});
    let fen = || json!({"type": ["integer", "null"], "description": "whole fen"});
    let any = || json!({"type": ["object", "null"]});
    let row = || json!({"type": "object"});
    let time = || json!({"type": "string", "format": "date-time"});
    let waits = || object(&[("word!", text()), ("zh!", text()), ("en!", text())]);
    let kind = |word: &str, more: &[(&str, Value)]| object(&[&[("kind!", json!({"const": word}))], more].concat());
    json!({
        "Overview": object(&[
            ("at!", time()), ("at_ms!", whole()), ("wall_ms!", whole()), ("pace!", whole()), ("parties!", list(row())), ("days!", any()), ("member_days!", list(row())),
            ("queues!", list(object(&[("party!", text()), ("queue!", text()), ("rows!", whole())]))), ("open!", json!({"type": ["array", "null"], "items": row()})),
            ("promises!", list(object(&[("word!", text()), ("zh!", text()), ("en!", text()), ("count!", whole()), ("breached!", whole()), ("next!", maybe())]))),
            ("past!", list(row())), ("kept!", row()), ("keys!", row()), ("orders_waiting!", whole()),
        ]),
        "Figures": object(&[("now!", list(row())), ("history!", object(&[("seconds!", list(row())), ("tens!", list(row()))]))]),
        "OpenExchanges": page(object(&[
            ("party!", text()), ("exchange!", text()), ("waits_for!", waits()), ("since!", time()), ("due!", time()), ("age_ms!", whole()), ("overdue!", flag()),
            ("rrn!", maybe()), ("amount_fen!", fen()), ("card!", maybe()),
        ])),
        "Outboxes": page(object(&[
            ("party!", text()), ("to!", text()), ("what!", reference("Text")), ("rrn!", maybe()), ("amount_fen!", fen()), ("since!", time()), ("age_ms!", whole()),
        ])),
        "Rows": page(row()),
        "What": {"oneOf": [
            kind("case", &[("number!", text()), ("finding!", json!({"enum": ["slip-shown", "no-slip", "as-booked", "one-purchase", "two-purchases"]}))]),
            kind("repair", &[("number!", text())]),
            kind("hold", &[("merchant!", text()), ("ground!", text()), ("about", text()), ("amount_fen!", whole()), ("doubt_fen", whole()), ("until!", json!({"type": "string", "format": "date"}))]),
            kind("release", &[("merchant!", text()), ("no!", whole())]),
            kind("repay", &[("payout!", text())]),
            kind("dispute", &[("number!", text()), ("act!", json!({"enum": ["open", "answer", "advance"]})), ("step", text()), ("reason", text()), ("answer", text())]),
        ]},
        "Proposing": object(&[("what!", reference("What")), ("because!", json!({"type": "string", "minLength": 1, "maxLength": 200}))]),
        "Order": object(&[
            ("no!", whole()), ("what!", reference("What")), ("moves!", object(&[("amount_fen!", whole()), ("at_most!", flag()), ("zh!", text()), ("en!", text())])),
            ("because!", text()), ("by!", text()), ("at!", time()), ("expires!", time()), ("standing!", json!({"enum": ["waiting", "expired", "refused", "under_way", "done", "not_taken"]})),
            ("mine!", flag()), ("may_approve!", flag()), ("may_refuse!", flag()), ("given!", maybe()), ("said!", any()), ("outcome!", any()),
        ]),
        "Orders": page(reference("Order")),
    })
}
