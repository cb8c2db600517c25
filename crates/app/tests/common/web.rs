//! A browser, and anything else that speaks HTTP by hand, at the local port of a running network.
#![allow(clippy::unwrap_used, reason = "tests may")]
#![allow(dead_code, reason = "each test file uses its own part")]

use crate::live::{Up, until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

/// The password of the sample people.
pub const PASSWORD: &str = "paper-boat-2026";

/// An answer: status, head, and body as JSON where it is that.
pub struct Said {
    pub status: u16,
    pub head: String,
    pub text: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }
}

pub fn raw(at: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
    let mut stream = TcpStream::connect(at).unwrap();
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        head.push_str(&format!("host: {at}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    // A body that is refused half-way is no failure of the one who asks.
    let _ = stream.write_all(format!("{head}\r\n{body}").as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Said { status, head: head.to_lowercase(), text: text.to_owned() }
}

pub const JSON: (&str, &str) = ("content-type", "application/json");

/// A browser that has signed in.
#[derive(Clone)]
pub struct Page {
    pub at: String,
    pub cookie: String,
    pub csrf: String,
}

impl Page {
    pub fn sign_in(at: &str, name: &str, password: &str) -> Result<Self, Said> {
        let body = json!({"name": name, "password": password}).to_string();
        let origin = format!("http://{at}");
        let said = raw(at, "POST", "/api/v1/session", &[JSON, ("origin", &origin)], &body);
        if said.status != 200 {
            return Err(said);
        }
        let cookie = said.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap().to_owned();
        for want in ["httponly", "samesite=strict", "path=/", "max-age=36000"] {
            assert!(cookie.contains(want), "{cookie}");
        }
        let csrf = said.json()["csrf"].as_str().unwrap().to_owned();
        Ok(Self { at: at.to_owned(), cookie: cookie.split(';').next().unwrap().to_owned(), csrf })
    }

    pub fn get(&self, path: &str) -> Said {
        raw(&self.at, "GET", path, &[("cookie", &self.cookie)], "")
    }

    pub fn post(&self, path: &str, body: &Value) -> Said {
        let origin = format!("http://{}", self.at);
        let headers = [JSON, ("origin", &*origin), ("cookie", &*self.cookie), ("x-csrf-token", &*self.csrf)];
        raw(&self.at, "POST", path, &headers, &body.to_string())
    }

    pub fn find(&self, body: &Value) -> Value {
        let said = self.post("/api/v1/desk/find", body);
        assert_eq!(said.status, 200, "{}", said.text);
        said.json()
    }
}

/// One of the sample people.
pub fn page(at: &str, name: &str) -> Page {
    Page::sign_in(at, name, PASSWORD).map_err(|said| said.text).unwrap()
}

pub fn at(up: &Up) -> String {
    up.ready["http"].as_str().unwrap().to_owned()
}

/// A sale of 88.00 at the first terminal, with this PIN; comes back when its screen begins with these words.
pub fn pay(up: &Up, pin: &str, words: &str) {
    let terminal = up.tills()[0].1.clone();
    assert!(up.port.sign_in(&terminal));
    let card = up.ready["cards"][0].clone();
    let act = |act: Value| assert!(up.port.act(&terminal, &act).is_some());
    let shows = |first: &str| {
        until(first, 4_000, || {
            up.port.screen(&terminal).filter(|lines| lines.first().is_some_and(|line| line.starts_with(first)))
        })
    };
    act(json!({"act": "sign_in", "operator": 1, "password": "0000"}));
    shows("Sale: key the amount");
    act(json!({"act": "begin", "kind": "sale", "amount_fen": 8_800}));
    act(json!({"act": "card", "track2": card["track2"]}));
    act(json!({"act": "enter"}));
    act(json!({"act": "pin", "pin": pin}));
    shows(words);
    act(json!({"act": "enter"}));
    shows("Sale: key the amount");
}

/// The same approved and confirmed; its reference number.
pub fn sell(up: &Up) -> String {
    let (merchant, terminal) = up.tills()[0].clone();
    let card = up.ready["cards"][0].clone();
    pay(up, "123456", "Approved: check the signature");
    up.port.wait_quiet();
    let asked = json!({"merchant": merchant, "terminal": terminal, "card": card["pan"]});
    until("the slip's confirmation", 400, || {
        let found = up.port.post("/api/v1/trace", &asked)?;
        let confirmed = found["evidence"][1]["slip"] == true;
        (confirmed && found["verdict"] == "took_place").then(|| found["rrn"].as_str().unwrap().to_owned())
    })
}

/// What an answer must have by its schema: properties that are always there, of the type that is said.
pub fn fits(api: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(name) => &api["components"]["schemas"][name.rsplit('/').next().unwrap()],
        None => schema,
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        assert!(value.get(name.as_str().unwrap()).is_some(), "{place} has no {name}: {value}");
    }
    let types = &schema["type"];
    let is = |word: &str| match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        _ => value.is_null(),
    };
    let good = types
        .as_str()
        .map_or_else(|| types.as_array().is_none_or(|all| all.iter().any(|one| is(one.as_str().unwrap()))), is);
    assert!(good, "{place} is no {types}: {value}");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place} is none of {words:?}: {value}");
    }
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(api, below, value, &format!("{place}.{name}"));
        }
    }
    for one in value.as_array().into_iter().flatten().filter(|_| schema["items"].is_object()) {
        fits(api, &schema["items"], one, &format!("{place}[]"));
    }
}

/// Somebody who has signed in as a program: what stands in `Authorization`.
pub fn bearer(at: &str, name: &str) -> String {
    let body = json!({"name": name, "password": PASSWORD, "bearer": true}).to_string();
    let said = raw(at, "POST", "/api/v1/session", &[JSON], &body);
    format!("Bearer {}", said.json()["token"].as_str().unwrap())
}
