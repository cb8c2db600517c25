//! The document out of the table of doors: what every door of a kind takes and refuses is written here once.

use super::schemas::schemas;
use super::{Door, Opens, doors};
use crate::web::cursor::{LIMIT, LIMIT_MAX};
use crate::web::idempotency::takes;
use axum::Json;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// The document.
pub async fn document() -> Json<Value> {
    Json(whole())
}

/// The whole of it.
pub fn whole() -> Value {
    let (mut paths, mut schemas) = (Map::new(), schemas());
    if let (Value::Object(all), Value::Object(more)) = (&mut schemas, super::ops::schemas()) {
        all.extend(more);
    }
    for door in doors() {
        paths.entry(door.path).or_insert_with(|| json!({}))[door.method] = operation(door, &schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Slipway", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": "What the local port of a running network answers. Errors are application/problem+json in both languages; lists have pages; acts take an Idempotency-Key; times are the network's (docs/api.md). Doors tagged `machine` are the command line's own and may change with it. 本机端口接口：错误以两种语言给出，列表分页，操作可带 Idempotency-Key；时间均为网络时间；标有 machine 的接口供命令行使用，会随之改变。",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {
            "session": {"type": "apiKey", "in": "cookie", "name": "slipway-session", "description": "__Host-slipway-session behind TLS"},
            "csrf": {"type": "apiKey", "in": "header", "name": "x-csrf-token", "description": "`csrf` of the session"},
            "bearer": {"type": "http", "scheme": "bearer", "description": "`token` of a session that was begun with `bearer`"},
            "machine": {"type": "http", "scheme": "bearer", "description": "`token` of run.json; not needed under up --demo"},
        }},
    })
}

/// A schema by its name.
pub fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn operation(door: &Door, schemas: &Value) -> Value {
    let good = match door.gives {
        "svg" => json!({"image/svg+xml": {"schema": {"type": "string"}}}),
        "png" => json!({"image/png": {"schema": {"type": "string", "contentMediaType": "image/png"}}}),
        "pdf" => json!({"application/pdf": {"schema": {"type": "string", "contentMediaType": "application/pdf"}}}),
        "statement" => {
            let text = json!({"schema": {"type": "string"}});
            json!({"text/plain": text, "text/html": text, "text/csv": text})
        }
        "text" => json!({"text/plain": {"schema": {"type": "string"}}}),
        schema => json!({"application/json": {"schema": reference(schema)}}),
    };
    let mut good = json!({"description": "done", "content": good});
    if is_act(door) {
        good["headers"] = json!({"Idempotency-Replayed": {"description": "true: the answer of the first time under this key", "schema": {"const": "true"}}});
    }
    let mut responses = Map::from_iter([("200".to_owned(), good)]);
    for status in refusals(door, schemas) {
        let problem = json!({"application/problem+json": {"schema": reference("Problem")}});
        let mut told = json!({"description": refusal(status), "content": problem});
        if matches!(status, 409 | 429) {
            let words = "seconds until it is worth asking again, where that is known";
            told["headers"] = json!({"Retry-After": {"description": words, "schema": {"type": "integer"}}});
        }
        responses.insert(status.to_string(), told);
    }
    let security = match door.opens {
        Opens::Nobody => json!([]),
        Opens::Look => json!([{"session": []}, {"bearer": []}]),
        Opens::Act => json!([{"session": [], "csrf": []}, {"bearer": []}]),
        Opens::Machine => json!([{"machine": []}]),
    };
    let tag = if door.opens == Opens::Machine { "machine" } else { door.path.split('/').nth(3).unwrap_or("port") };
    let mut told = json!({"operationId": door.name, "tags": [tag], "summary": format!("{} {}", door.said.1, door.said.0), "security": security, "responses": responses});
    if let Some(body) = door.takes {
        told["requestBody"] =
            json!({"required": door.method != "delete", "content": {"application/json": {"schema": reference(body)}}});
    }
    let parameters = parameters(door, schemas);
    if !parameters.is_empty() {
        told["parameters"] = Value::from(parameters);
    }
    told
}

/// Whether it answers with a page of a list.
fn is_paged(door: &Door, schemas: &Value) -> bool {
    let properties = &schemas[door.gives]["properties"];
    properties["items"].is_object() && properties["next"].is_object()
}

/// Whether an `Idempotency-Key` counts at it.
fn is_act(door: &Door) -> bool {
    takes(&door.method.to_uppercase().parse().unwrap_or_default(), door.path)
}

/// What the door refuses by itself, and what every door of its kind does.
fn refusals(door: &Door, schemas: &Value) -> BTreeSet<u16> {
    let mut all: BTreeSet<u16> = door.refuses.iter().copied().collect();
    all.extend(door.takes.iter().flat_map(|_| [400, 408, 413, 415]));
    if is_paged(door, schemas) || door.path.contains('{') {
        all.insert(400);
    }
    if is_act(door) {
        all.extend([400, 408, 409, 413, 422, 429]);
    }
    all.insert(421);
    all
}

fn parameters(door: &Door, schemas: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    for name in door.path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
        let (said, schema) = match name {
            "id" if door.path.contains("/exchanges/") || door.path.contains("/payments/") => (
                "merchant-terminal-batch-voucher",
                json!({"type": "string", "example": "999290054110001-10000001-000001-000002"}),
            ),
            "id" if door.path.contains("/terminals/") => {
                ("the terminal's number", json!({"type": "string", "example": "10000001"}))
            }
            _ => ("as the list names it", json!({"type": "string"})),
        };
        all.push(json!({"name": name, "in": "path", "required": true, "description": said, "schema": schema}));
    }
    if door.path.starts_with("/api/v1/merchant/") {
        let words = "which shop; for desk, operations and auditors, who have none of their own";
        all.push(json!({"name": "merchant", "in": "query", "description": words, "schema": {"type": "string"}}));
    }
    if door.name == "payments" {
        for (name, words) in
            [("day", "2026-11-27"), ("terminal", "8 characters"), ("amount_fen", "whole fen"), ("last4", "four digits")]
        {
            all.push(json!({"name": name, "in": "query", "description": words, "schema": {"type": "string"}}));
        }
    }
    if matches!(door.gives, "svg" | "png" | "pdf") {
        all.push(json!({"name": "copy", "in": "query", "schema": {"enum": ["merchant", "cardholder"], "default": "cardholder"}}));
        all.push(json!({"name": "reprint", "in": "query", "description": "present: as it comes again", "schema": {"type": "string"}}));
    }
    if is_paged(door, schemas) {
        all.push(json!({"name": "cursor", "in": "query", "description": "`next` of the page before", "schema": {"type": "string"}}));
        all.push(json!({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT}}));
    }
    if is_act(door) {
        let words =
            "for 24 hours the same act under the same key by the same person is done once, and answered the same";
        all.push(json!({"name": "Idempotency-Key", "in": "header", "description": words, "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]{1,64}$"}}));
    }
    all
}

const fn refusal(status: u16) -> &'static str {
    match status {
        400 => "the request is no such question",
        401 => "nobody has signed in, or the session is over",
        403 => "not for this role, or not from this page",
        404 => "there is none, or it is not the asker's",
        408 => "the request did not arrive in time",
        409 => "not now; the title says why",
        413 => "the body is too large",
        415 => "not application/json",
        421 => "asked by a name that is not this port's",
        422 => "the key stands for another request, or the body is of another shape",
        429 => "too many; the title says of what",
        _ => "a party did not answer",
    }
}
