//! `GET /api/v1/openapi.json`: the doors of desk, session, hotline and trace as an OpenAPI 3.1 document. Written as a table: answers are
//! built by hand, so there is no type that a generator could read; tests hold the table against the routes and against what a running
//! network answers.

use axum::Json;
use serde_json::{Map, Value, json};

/// What opens a door.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opens {
    /// Nothing: anybody on this machine, or behind the server in front.
    Nobody,
    /// Somebody has signed in; a look.
    Look,
    /// Somebody has signed in; an act, with the second secret unless by bearer token.
    Act,
    /// The token of `run.json`.
    Machine,
}

/// One door.
struct Door {
    path: &'static str,
    method: &'static str,
    name: &'static str,
    said: (&'static str, &'static str),
    opens: Opens,
    /// The schema of its body.
    takes: Option<&'static str>,
    /// The schema of its answer; `svg` is a picture.
    gives: &'static str,
    refuses: &'static [u16],
}

#[rustfmt::skip]
const DOORS: &[Door] = &[
    Door { path: "/api/v1/session", method: "post", name: "signIn", said: ("登录", "Signs in"), opens: Opens::Nobody, takes: Some("SignIn"), gives: "Session", refuses: &[400, 401, 403, 413, 415, 429] },
    Door { path: "/api/v1/session", method: "get", name: "whoAmI", said: ("当前登录", "Who has signed in"), opens: Opens::Look, takes: None, gives: "Session", refuses: &[401] },
    Door { path: "/api/v1/session", method: "delete", name: "signOut", said: ("退出", "Signs out"), opens: Opens::Act, takes: None, gives: "SignedOut", refuses: &[401, 403] },
    Door { path: "/api/v1/desk/find", method: "post", name: "find", said: ("按参考号，或商户、终端和卡，或金额、日期和末四位查询", "Finds by reference; by merchant, terminal and card; by amount, day and last four"), opens: Opens::Act, takes: Some("Keys"), gives: "Hits", refuses: &[400, 401, 403, 413, 415] },
    Door { path: "/api/v1/desk/exchanges/{id}", method: "get", name: "exchange", said: ("一笔交易，重新询问各方", "One exchange, all parties asked anew"), opens: Opens::Look, takes: None, gives: "Exchange", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/slip", method: "get", name: "slip", said: ("签购单文字，原样和重打", "Its slip as text, as printed and as it comes again"), opens: Opens::Look, takes: None, gives: "Slip", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/slip.svg", method: "get", name: "slipPicture", said: ("签购单图片", "Its slip as a picture"), opens: Opens::Look, takes: None, gives: "svg", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/exchanges/{id}/reprint", method: "post", name: "reprint", said: ("在终端上重打", "Prints the slip again at its terminal"), opens: Opens::Act, takes: Some("Nothing"), gives: "Printing", refuses: &[401, 403, 404, 409, 503] },
    Door { path: "/api/v1/desk/exchanges/{id}/proposals", method: "post", name: "proposeRefund", said: ("提出退货，不动账", "Proposes a refund; moves no money"), opens: Opens::Act, takes: Some("Because"), gives: "Proposed", refuses: &[400, 401, 403, 404, 409] },
    Door { path: "/api/v1/desk/exchanges/{id}/trail", method: "get", name: "trail", said: ("审计：谁看过、做过什么", "For auditors: who saw and did what"), opens: Opens::Look, takes: None, gives: "Trail", refuses: &[401, 403, 404] },
    Door { path: "/api/v1/desk/proposals", method: "get", name: "proposals", said: ("已提出的退货", "Refunds that were proposed"), opens: Opens::Look, takes: None, gives: "Proposals", refuses: &[401, 403] },
    Door { path: "/api/v1/inquiry", method: "post", name: "inquiry", said: ("来电者：一句结论", "A caller: one sentence for one exact hit"), opens: Opens::Nobody, takes: Some("Caller"), gives: "Told", refuses: &[400, 403, 404, 409, 413, 415, 429] },
    Door { path: "/api/v1/trace", method: "post", name: "trace", said: ("本机：这笔钱在哪里", "The machine's own: where the money is"), opens: Opens::Machine, takes: Some("Keys"), gives: "Exchange", refuses: &[400, 401, 403, 503] },
];

/// The document.
pub async fn document() -> Json<Value> {
    Json(whole())
}

fn whole() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for door in DOORS {
        paths.entry(door.path).or_insert_with(|| json!({}))[door.method] = operation(door);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Slipway", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": "Where a payment's money is, for a support desk. Errors are application/problem+json in both languages. 服务台接口：错误以两种语言给出。",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas(), "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "slipway-session", "description": "__Host-slipway-session behind TLS"},
            "csrf": {"type": "apiKey", "in": "header", "name": "x-csrf-token", "description": "`csrf` of the session"},
            "bearer": {"type": "http", "scheme": "bearer", "description": "`token` of a session that was begun with `bearer`"},
            "machine": {"type": "http", "scheme": "bearer", "description": "`token` of run.json; not needed under up --demo"},
        }},
    })
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn operation(door: &Door) -> Value {
    let good = if door.gives == "svg" {
        json!({"image/svg+xml": {"schema": {"type": "string"}}})
    } else {
        json!({"application/json": {"schema": reference(door.gives)}})
    };
    let mut responses = Map::from_iter([("200".to_owned(), json!({"description": "done", "content": good}))]);
    for status in door.refuses {
        let problem = json!({"application/problem+json": {"schema": reference("Problem")}});
        responses.insert(status.to_string(), json!({"description": refusal(*status), "content": problem}));
    }
    let security = match door.opens {
        Opens::Nobody => json!([]),
        Opens::Look => json!([{"session": []}, {"bearer": []}]),
        Opens::Act => json!([{"session": [], "csrf": []}, {"bearer": []}]),
        Opens::Machine => json!([{"machine": []}]),
    };
    let mut told = json!({"operationId": door.name, "summary": format!("{} {}", door.said.1, door.said.0), "security": security, "responses": responses});
    if let Some(body) = door.takes {
        told["requestBody"] = json!({"required": true, "content": {"application/json": {"schema": reference(body)}}});
    }
    let mut parameters = Vec::new();
    if door.path.contains("{id}") {
        parameters.push(json!({"name": "id", "in": "path", "required": true, "description": "merchant-terminal-batch-voucher", "schema": {"type": "string", "example": "999290054110001-10000001-000001-000002"}}));
    }
    if door.gives == "svg" {
        parameters.push(json!({"name": "copy", "in": "query", "schema": {"enum": ["merchant", "cardholder"], "default": "cardholder"}}));
        parameters.push(json!({"name": "reprint", "in": "query", "description": "present: as it comes again", "schema": {"type": "string"}}));
    }
    if !parameters.is_empty() {
        told["parameters"] = Value::from(parameters);
    }
    told
}

const fn refusal(status: u16) -> &'static str {
    match status {
        400 => "the request is no such question",
        401 => "nobody has signed in, or the session is over",
        403 => "not for this role, or not from this page",
        404 => "there is none, or it is not the asker's",
        409 => "not now; the title says why",
        413 => "more than 16 KB",
        415 => "not application/json",
        429 => "too many tries; wait 15 minutes",
        _ => "a party did not answer",
    }
}

/// An object of these properties; `!` behind a name: always there.
fn object(properties: &[(&str, Value)]) -> Value {
    let name = |text: &str| text.trim_end_matches('!').to_owned();
    let required: Vec<String> = properties.iter().filter(|(of, _)| of.ends_with('!')).map(|(of, _)| name(of)).collect();
    let all: Map<String, Value> = properties.iter().map(|(of, schema)| (name(of), schema.clone())).collect();
    json!({"type": "object", "properties": all, "required": required})
}

fn list(of: Value) -> Value {
    json!({"type": "array", "items": of})
}

fn schemas() -> Value {
    let text = || json!({"type": "string"});
    let maybe = || json!({"type": ["string", "null"]});
    let flag = || json!({"type": "boolean"});
    let any = || json!({"type": ["object", "null"]});
    let both = || reference("Text");
    let secret = || json!({"type": "string", "writeOnly": true});
    json!({
        "Problem": object(&[("type!", text()), ("status!", json!({"type": "integer"})), ("title!", text()), ("title_zh!", text()), ("reason", text())]),
        "Text": object(&[("zh!", text()), ("en!", text())]),
        "Nothing": json!({"type": "object"}),
        "SignIn": object(&[("name!", text()), ("password!", secret()), ("code", secret()), ("bearer", flag())]),
        "SignedOut": object(&[("signed_out!", flag())]),
        "Session": object(&[
            ("name!", text()), ("role!", object(&[("word!", json!({"enum": ["cashier", "supervisor", "merchant", "agent", "desk", "operations", "auditor"]})), ("zh!", text()), ("en!", text())])),
            ("merchant!", maybe()), ("csrf!", text()), ("ends!", text()), ("idle_minutes!", json!({"type": "integer"})), ("sees_trail!", flag()), ("token", text()),
        ]),
        "Keys": {"oneOf": [
            object(&[("rrn!", text())]),
            object(&[("merchant!", text()), ("terminal!", text()), ("card", json!({"type": "string", "writeOnly": true, "description": "the whole number; kept nowhere"})), ("tail", json!({"type": "string", "example": "999001******0014"}))]),
            object(&[("amount!", json!({"type": "string", "example": "88.00"})), ("date!", json!({"type": "string", "format": "date"})), ("last4!", text())]),
        ]},
        "Caller": object(&[("merchant!", text()), ("terminal!", text()), ("card!", secret()), ("amount", text())]),
        "Told": object(&[("sentence!", object(&[("zh!", text()), ("en!", text()), ("due!", maybe())]))]),
        "Hits": object(&[("found!", reference("Exchange")), ("hits!", json!({"type": "integer"})), ("others!", list(json!({"type": "object"})))]),
        "Exchange": object(&[
            ("verdict!", json!({"enum": ["took_place", "did_not_take_place", "open", "will_return", "returned", "held", "not_found"]})),
            ("cashier!", json!({"enum": ["print", "take_again", "other_means", "wait"]})), ("sentence!", both()), ("cardholder!", both()), ("due!", maybe()),
            ("evidence!", list(reference("Evidence"))), ("next!", list(both())), ("slip!", any()), ("id", maybe()), ("rrn", maybe()), ("amount", maybe()),
            ("card", maybe()), ("merchant", maybe()), ("terminal", maybe()), ("voucher", maybe()), ("timeline", list(reference("Entry"))),
            ("deeds", list(reference("Deed"))), ("proposal", json!({"oneOf": [reference("Proposal"), {"type": "null"}]})), ("disputes", list(json!({"type": "object"}))),
        ]),
        "Evidence": object(&[("party!", text()), ("id!", text()), ("state!", text()), ("at!", maybe()), ("code!", maybe()), ("slip!", flag()), ("debited!", flag()), ("returned!", flag())]),
        "Entry": object(&[("at!", maybe()), ("party!", maybe()), ("what!", text()), ("zh!", text()), ("en!", text())]),
        "Deed": object(&[("deed!", json!({"enum": ["ask_again", "reprint", "propose_refund"]})), ("allowed!", flag()), ("why!", json!({"oneOf": [both(), {"type": "null"}]}))]),
        "Slip": object(&[("id!", text()), ("evidence!", text()), ("contradicted!", flag()), ("merchant!", maybe()), ("cardholder!", maybe()), ("reprint!", maybe())]),
        "Printing": object(&[("printing!", flag()), ("already", flag())]),
        "Because": object(&[("because!", json!({"type": "string", "minLength": 1, "maxLength": 200}))]),
        "Proposal": object(&[("till!", text()), ("rrn!", maybe()), ("amount!", maybe()), ("who!", text()), ("role!", text()), ("at!", text()), ("because!", text())]),
        "Proposed": object(&[("proposal!", reference("Proposal")), ("fresh!", flag())]),
        "Proposals": object(&[("proposals!", list(reference("Proposal")))]),
        "Trail": object(&[("lines!", list(object(&[("no!", json!({"type": "integer"})), ("at!", text()), ("who!", text()), ("role!", maybe()), ("from!", text()), ("act!", text()), ("said!", maybe())])))]),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_desk_and_session_is_described_and_no_other() {
        let source = concat!(include_str!("../support/doors.rs"), include_str!("../signin/doors.rs"));
        let routes: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(routes.len() >= 9, "{routes:?}");
        for route in &routes {
            assert!(DOORS.iter().any(|door| door.path == *route), "not described: {route}");
        }
        for door in DOORS.iter().filter(|door| !matches!(door.name, "inquiry" | "trace")) {
            assert!(routes.contains(&door.path), "no such route: {}", door.path);
        }
    }

    #[test]
    fn every_reference_points_at_a_schema_and_every_schema_is_used() {
        let told = whole();
        let text = told.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(told["components"]["schemas"][name].is_object(), "{name}");
        }
        for name in told["components"]["schemas"].as_object().unwrap().keys() {
            assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name} is used by nobody");
        }
    }
}
