//! The shapes of bodies and answers. A list's page has `items` and `next`.

use super::document::reference;
use crate::events::KINDS;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// An object of these properties; `!` behind a name: always there.
pub(super) fn object(properties: &[(&str, Value)]) -> Value {
    let name = |text: &str| text.trim_end_matches('!').to_owned();
    let required: Vec<String> = properties.iter().filter(|(of, _)| of.ends_with('!')).map(|(of, _)| name(of)).collect();
    let all: Map<String, Value> = properties.iter().map(|(of, schema)| (name(of), schema.clone())).collect();
    json!({"type": "object", "properties": all, "required": required})
}

/// A page of a list.
pub(super) fn page(of: Value) -> Value {
    let next = json!({"type": ["string", "null"], "description": "`cursor` of the next page; null: there is none"});
    object(&[("items!", list(of)), ("next!", next)])
}

pub(super) fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

/// What may be subscribed to.
fn kinds() -> Value {
    let families: BTreeSet<&str> = KINDS.iter().filter_map(|kind| kind.split('.').next()).collect();
    let all = KINDS.iter().map(ToString::to_string).chain(families.iter().map(|family| format!("{family}.*")));
    json!({"enum": all.chain(["*".to_owned()]).collect::<Vec<_>>()})
}

/// All of them by name.
pub fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let time = || json!({"type": "string", "format": "date-time"});
    let maybe_time = || json!({"type": ["string", "null"], "format": "date-time"});
    let flag = || json!({"type": "boolean"});
    let any = || json!({"type": ["object", "null"]});
    let both = || reference("Text");
    let secret = || json!({"type": "string", "writeOnly": true});
    let mut all = json!({
        "Problem": object(&[("type!", text()), ("status!", json!({"type": "integer"})), ("title!", text()), ("title_zh!", text()), ("detail", text()), ("reason", text())]),
        "Text": object(&[("zh!", text()), ("en!", text())]),
        "Nothing": json!({"type": "object"}),
        "SignIn": object(&[("name!", text()), ("password!", secret()), ("code", secret()), ("bearer", flag())]),
        "SignedOut": object(&[("signed_out!", flag())]),
        "Session": object(&[
            ("name!", text()), ("role!", object(&[("word!", json!({"enum": ["cashier", "supervisor", "merchant", "agent", "desk", "operations", "auditor"]})), ("zh!", text()), ("en!", text())])),
            ("merchant!", maybe()), ("csrf!", text()), ("ends!", json!({"type": "string", "format": "date-time", "description": "what the network's clock shows when this session ends; its life is measured by the machine's"})), ("idle_minutes!", json!({"type": "integer"})), ("sees_trail!", flag()), ("token", text()),
        ]),
        "Keys": {"anyOf": [
            object(&[("rrn!", text())]),
            object(&[("merchant!", text()), ("terminal!", text()), ("card", json!({"type": "string", "writeOnly": true, "description": "the whole number; kept nowhere"})), ("tail", json!({"type": "string", "example": "999001******0014"}))]),
            object(&[("amount!", json!({"type": "string", "example": "88.00"})), ("date!", json!({"type": "string", "format": "date"})), ("last4!", text())]),
        ]},
        "Caller": object(&[("merchant!", text()), ("terminal!", text()), ("card!", secret()), ("amount", text())]),
        "Told": object(&[("sentence!", object(&[("zh!", text()), ("en!", text()), ("due!", maybe_time())]))]),
        "Hits": object(&[("found!", reference("Exchange")), ("hits!", json!({"type": "integer"})), ("others!", list(json!({"type": "object"})))]),
        "Exchange": object(&[
            ("verdict!", json!({"enum": ["took_place", "did_not_take_place", "open", "will_return", "returned", "held", "not_found"]})),
            ("cashier!", json!({"enum": ["print", "take_again", "other_means", "wait"]})), ("sentence!", both()), ("cardholder!", both()), ("due!", maybe_time()),
            ("paid_by", json!({"enum": ["cardholder", "acquirer", "issuer", null]})), ("evidence!", list(reference("Evidence"))), ("next!", list(both())), ("slip!", any()), ("id", maybe()), ("rrn", maybe()), ("amount", maybe()),
            ("card", maybe()), ("merchant", maybe()), ("terminal", maybe()), ("voucher", maybe()), ("timeline", list(reference("Entry"))),
            ("deeds", list(reference("Deed"))), ("proposal", json!({"oneOf": [reference("Proposal"), {"type": "null"}]})), ("disputes", list(json!({"type": "object"}))),
        ]),
        "Evidence": object(&[("party!", text()), ("id!", text()), ("state!", text()), ("at!", maybe_time()), ("code!", maybe()), ("slip!", flag()), ("debited!", flag()), ("returned!", flag()), ("borne", flag())]),
        "Entry": object(&[("at!", maybe_time()), ("party!", maybe()), ("what!", text()), ("zh!", text()), ("en!", text())]),
        "Deed": object(&[("deed!", json!({"enum": ["ask_again", "reprint", "propose_refund"]})), ("allowed!", flag()), ("why!", json!({"oneOf": [both(), {"type": "null"}]}))]),
        "Slip": object(&[("id!", text()), ("evidence!", text()), ("contradicted!", flag()), ("merchant!", maybe()), ("cardholder!", maybe()), ("reprint!", maybe())]),
        "Printing": object(&[("printing!", flag()), ("already", flag())]),
        "Because": object(&[("because!", json!({"type": "string", "minLength": 1, "maxLength": 200}))]),
        "Proposal": object(&[("till!", text()), ("rrn!", maybe()), ("amount!", maybe()), ("who!", text()), ("role!", text()), ("at!", time()), ("because!", text())]),
        "Proposed": object(&[("proposal!", reference("Proposal")), ("fresh!", flag())]),
        "Proposals": page(reference("Proposal")),
        "Any": json!({"type": "object"}),
        "Quiet": object(&[("quiet!", flag())]),
        "Screen": object(&[("terminal!", text()), ("no!", json!({"type": "integer"})), ("lines!", list(both())), ("pin_entry!", flag()), ("page!", maybe())]),
        "TerminalAct": object(&[("act!", json!({"type": "string", "example": "begin", "description": "docs/terminal.md lists the acts and what each takes"}))]),
        "Taken": object(&[("taken!", flag())]),
        "Voucher": object(&[("voucher", json!({"type": ["integer", "null"], "description": "null or none: the last slip"}))]),
        "LineFault": object(&[("fault!", maybe())]),
        "CutOver": object(&[("to", json!({"type": ["string", "null"], "format": "date", "description": "none: the next day"}))]),
        "NewWebhook": object(&[
            ("url!", json!({"type": "string", "format": "uri", "maxLength": 512, "example": "https://shop.example/slipway"})),
            ("events!", json!({"type": "array", "items": kinds(), "minItems": 1, "maxItems": KINDS.len()})),
            ("merchant", json!({"type": ["string", "null"], "description": "for operations; none: every merchant"})),
        ]),
        "Webhook": object(&[
            ("id!", text()), ("side!", json!({"enum": ["merchant", "operations"], "description": "whose it is; of the other side's `url`, `who` and `events` are not told"})),
            ("merchant!", maybe()), ("url!", maybe()), ("events!", list(text())), ("who!", maybe()), ("made!", time()), ("key_turn!", json!({"type": "integer"})), ("two_keys!", flag()),
            ("state!", json!({"enum": ["unproven", "open", "paused", "ended"], "description": "unproven: nothing but challenges goes to `url`"})), ("paused!", json!({"type": "boolean", "description": "nothing is sent: whoever made it is locked or has another post"})), ("ended!", maybe_time()),
        ]),
        "WebhookKey": object(&[("webhook!", reference("Webhook")), ("secret", json!({"type": "string", "description": "the key that was just made: in this answer only, not even in one that is told again under an Idempotency-Key"}))]),
        "WebhookProved": object(&[("webhook!", reference("Webhook"))]),
        "KeyAct": object(&[("act!", json!({"enum": ["add", "drop"]}))]),
        "Ending": object(&[("because", json!({"type": "string", "maxLength": 200, "description": "needed of operations that end a merchant's"}))]),
        "Webhooks": page(reference("Webhook")),
        "Deliveries": page(object(&[
            ("sequence!", json!({"type": "integer"})), ("event!", text()), ("type!", text()), ("created!", time()), ("state!", json!({"enum": ["waiting", "said", "undelivered"]})),
            ("tries!", json!({"type": "integer"})), ("at!", maybe_time()), ("why!", maybe()), ("again!", flag()),
        ])),
        "Redelivering": object(&[("redelivering!", flag()), ("event!", text())]),
        "Trail": page(object(&[("no!", json!({"type": "integer"})), ("at!", time()), ("who!", text()), ("role!", maybe()), ("from!", text()), ("act!", text()), ("said!", maybe())])),
    });
    if let (Some(all), Value::Object(portal)) = (all.as_object_mut(), super::portal::schemas()) {
        all.extend(portal);
    }
    all
}
