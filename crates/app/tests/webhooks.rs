//! Webhooks of the HTTP API on a running process, against a receiver of our own: who may subscribe to what, the signature under one key
//! and two, what comes again, what a kill leaves, and targets that lead inside.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/web.rs"]
mod web;

use live::{Up, folder, until};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use web::{JSON, Said, at, bearer, pay, raw, sell};

/// A message that came, with its head.
#[derive(Clone, Debug)]
struct Came {
    head: String,
    body: String,
}

/// A receiver that answers each message with the next status of a list, and with 200 when that is empty.
struct Receiver {
    at: String,
    came: Arc<Mutex<Vec<Came>>>,
}

impl Receiver {
    fn new(answers: Vec<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let came = Arc::new(Mutex::new(Vec::new()));
        let (kept, mut answers) = (Arc::clone(&came), answers.into_iter());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                        break;
                    }
                    let line = line.to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                kept.lock().unwrap().push(Came { head, body: String::from_utf8(body).unwrap() });
                let status = answers.next().unwrap_or(200);
                let _ = write!(stream, "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            }
        });
        Self { at, came }
    }

    fn all(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    fn wait(&self, what: &str, fits: impl Fn(&[Came]) -> bool) -> Vec<Came> {
        until(what, 4_000, || Some(self.all()).filter(|all| fits(all)))
    }
}

impl Came {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().trim()
    }

    /// How many codes of the signature are made under this key.
    fn signed(&self, key: &str) -> usize {
        let mut parts = self.header("slipway-signature").split(',');
        let at = parts.next().unwrap().strip_prefix("t=").unwrap();
        let code = hmac(key.as_bytes(), format!("{at}.{}", self.body).as_bytes());
        parts.filter(|part| part.strip_prefix("v1=") == Some(&*code)).count()
    }
}

/// HMAC-SHA-256 (RFC 2104) in hexadecimal digits, for a key of 64 bytes: without the code that signs.
fn hmac(key: &[u8], text: &[u8]) -> String {
    assert_eq!(key.len(), 64);
    let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    let code = Sha256::digest([padded(0x5c), inner.to_vec()].concat());
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn ask(at: &str, bearer: &str, method: &str, path: &str, body: &Value) -> Said {
    let text = if method == "GET" { String::new() } else { body.to_string() };
    raw(at, method, path, &[JSON, ("authorization", bearer)], &text)
}

#[test]
fn a_merchant_hears_of_its_own_payments_signed_in_order_and_again_after_a_failure() {
    let dir = folder("webhooks");
    let net = dir.join("net");
    let up = Up::start(&net);
    let here = at(&up);
    let (market, hotel, desk) = (bearer(&here, "market"), bearer(&here, "hotel"), bearer(&here, "desk"));
    let receiver = Receiver::new(vec![503, 200]);
    let url = format!("http://{}/hook", receiver.at);
    let wanted = json!({"url": url, "events": ["payment.*", "slip.printed"]});
    assert_eq!(ask(&here, &desk, "POST", "/api/v1/webhooks", &wanted).status, 403);
    // Under a key it is made once, and its secret is told the first time only.
    let keyed = [JSON, ("authorization", &*market), ("idempotency-key", "hook-1")];
    let add = || raw(&here, "POST", "/api/v1/webhooks", &keyed, &wanted.to_string());
    let (made, again) = (add(), add());
    assert_eq!((made.status, again.status), (200, 200), "{} {}", made.text, again.text);
    assert_eq!(made.json()["webhook"], again.json()["webhook"]);
    assert!(again.json()["secret"].is_null() && again.head.contains("idempotency-replayed: true"), "{}", again.text);
    let (id, first) =
        (made.json()["webhook"]["id"].as_str().unwrap().to_owned(), made.json()["secret"].as_str().unwrap().to_owned());
    let door = format!("/api/v1/webhooks/{id}");
    for bad in [
        json!({"url": "https://shop.example/", "events": []}),
        json!({"url": "https://shop.example/", "events": ["everything"]}),
        json!({"url": "http://shop.example/", "events": ["*"]}),
        json!({"url": "https://user@shop.example/", "events": ["*"]}),
        json!({"events": ["*"]}),
    ] {
        assert_eq!(ask(&here, &market, "POST", "/api/v1/webhooks", &bad).status, 400, "{bad}");
    }

    let rrn = sell(&up);
    let came = receiver.wait("two events, the first of them twice", |all| all.len() >= 3);
    let told: Vec<Value> = came.iter().map(Came::json).collect();
    assert_eq!(told[0], told[1], "the same again");
    assert!(came[1].header("slipway-again") == "1" && came[0].header("slipway-again").is_empty());
    assert_eq!((told[0]["type"].as_str(), told[2]["type"].as_str()), (Some("payment.approved"), Some("slip.printed")));
    assert!(told[2]["sequence"].as_u64() > told[0]["sequence"].as_u64());
    let data = &told[0]["data"];
    assert_eq!(
        (data["rrn"].as_str(), data["amount_fen"].as_u64(), data["signed_fen"].as_i64()),
        (Some(&*rrn), Some(8_800), Some(8_800))
    );
    assert!(data["card"].as_str().unwrap().contains("******") && told[0]["text"]["zh"].is_string(), "{data}");
    assert!(told[0]["created"].as_str().unwrap().ends_with("+08:00"));
    for came in &came {
        let id = came.json()["id"].as_str().unwrap().to_lowercase();
        assert_eq!((came.header("slipway-notice"), came.header("idempotency-key")), (&*id, &*id));
        assert_eq!((came.signed(&first), came.header("slipway-signature").matches("v1=").count()), (1, 1));
        for card in up.ready["cards"].as_array().unwrap() {
            assert!(!came.body.contains(card["pan"].as_str().unwrap()), "{}", came.body);
        }
    }

    // Another merchant sees and does nothing here, with the words for what is not there.
    for (method, path) in [
        ("GET", door.clone()),
        ("DELETE", door.clone()),
        ("POST", format!("{door}/keys")),
        ("GET", format!("{door}/deliveries")),
    ] {
        let said = ask(&here, &hotel, method, &path, &json!({"act": "show"}));
        assert_eq!(
            (said.status, said.json()["title"].as_str()),
            (404, Some("there is no such webhook")),
            "{method} {path}"
        );
    }
    assert_eq!(ask(&here, &hotel, "GET", "/api/v1/webhooks", &json!(null)).json()["items"], json!([]));
    let all = ask(&here, &bearer(&here, "operations"), "GET", "/api/v1/webhooks", &json!(null)).json();
    assert_eq!(all["items"][0]["id"].as_str(), Some(&*id), "{all}");
    assert!(!all.to_string().contains(&first), "no key in a list");

    // Two keys while they change.
    let keys = |act: &str| ask(&here, &market, "POST", &format!("{door}/keys"), &json!({"act": act}));
    assert_eq!((keys("drop").status, keys("show").json()["secret"].as_str()), (409, Some(&*first)));
    let second = keys("add").json()["secret"].as_str().unwrap().to_owned();
    assert!(second != first && keys("add").status == 409 && keys("x").status == 400);
    let listed = ask(&here, &market, "GET", &format!("{door}/deliveries"), &json!(null)).json();
    let rows = listed["items"].as_array().unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row["state"] == "said"), "{listed}");
    assert_eq!((rows[1]["type"].as_str(), rows[1]["tries"].as_u64()), (Some("payment.approved"), Some(2)), "{listed}");
    let again =
        ask(&here, &market, "POST", &format!("{door}/deliveries/{}/redeliver", rows[1]["sequence"]), &json!({}));
    assert_eq!((again.status, &again.json()["event"]), (200, &told[0]["id"]), "{}", again.text);
    let came = receiver.wait("the event once more", |all| all.len() >= 4);
    assert_eq!(came[3].json(), told[0], "the same name and number");
    assert_eq!((came[3].signed(&first), came[3].signed(&second)), (1, 1));
    assert_eq!(keys("drop").json()["webhook"]["two_keys"], false);
    for nothing in ["0x1", "999999999", "1", "-1"] {
        let path = format!("{door}/deliveries/{nothing}/redeliver");
        assert_eq!(ask(&here, &market, "POST", &path, &json!({})).status, 404, "{nothing}");
    }

    // A kill loses nothing: what was not written down is found in the rows.
    up.kill();
    std::fs::remove_file(net.join("events.jsonl")).unwrap();
    std::fs::remove_file(net.join(format!("webhooks/{id}.jsonl"))).unwrap();
    let up = Up::start(&net);
    let here = at(&up);
    let came = receiver.wait("both events out of the rows", |all| all.len() >= 6);
    assert_eq!(
        (came[4].json()["id"].clone(), came[5].json()["id"].clone()),
        (told[0]["id"].clone(), told[2]["id"].clone())
    );
    assert_eq!((came[4].signed(&first), came[4].signed(&second)), (0, 1), "the older key is gone");
    let market = bearer(&here, "market");
    let ended = ask(&here, &market, "DELETE", &door, &json!(null));
    assert!(ended.status == 200 && ended.json()["ended"].is_string(), "{}", ended.text);
    assert_eq!(ask(&here, &market, "POST", &format!("{door}/keys"), &json!({"act": "show"})).status, 409);
    let trail = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    for act in ["webhook_add", "webhook_keys", "webhook_redeliver", "webhook_end"] {
        assert!(trail.contains(act), "{act}");
    }
    let kept = std::fs::read_to_string(net.join("webhooks.json")).unwrap();
    assert!(![&trail, &kept].iter().any(|text| text.contains(&first) || text.contains(&second)), "no key at rest");
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_lost_answer_and_a_wrong_pin_are_told_as_what_they_are() {
    let dir = folder("webhooks-doubt");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let receiver = Receiver::new(Vec::new());
    let wanted = json!({"url": format!("http://{}/", receiver.at), "events": ["*"]});
    assert_eq!(ask(&here, &bearer(&here, "operations"), "POST", "/api/v1/webhooks", &wanted).status, 200);
    let lost = json!({"hop": 6, "fault": "lose", "mti": 210, "times": 1});
    assert_eq!(up.port.post("/api/v1/theatre/lines", &lost), Some(json!({"taken": true})));
    pay(&up, "123456", "Reversal done");
    let came = receiver.wait("the reversal", |all| all.iter().any(|came| came.json()["type"] == "doubt.closed"));
    let told: Vec<Value> = came.iter().map(Came::json).collect();
    let types: Vec<&str> = told.iter().map(|told| told["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["payment.approved", "doubt.opened", "payment.reversed", "doubt.closed"], "{told:?}");
    assert!(told.iter().all(|one| one["data"]["exchange"] == told[0]["data"]["exchange"]), "{told:?}");
    assert!(told.is_sorted_by_key(|one| one["sequence"].as_u64()), "{told:?}");
    pay(&up, "000000", "Declined");
    let came = receiver.wait("the refusal", |all| all.len() > 4);
    let refused = came[4].json();
    assert_eq!(
        (refused["type"].as_str(), refused["data"]["amount_fen"].as_u64()),
        (Some("payment.declined"), Some(8_800))
    );
    assert_ne!(refused["data"]["exchange"], told[0]["data"]["exchange"]);
    assert_eq!(up.stop(), 0);
}
