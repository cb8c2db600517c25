//! What nobody should send, as real HTTP to a running process: broken, doubled, deep and huge bodies, wrong types, paths with tricks in
//! them, forged cookies and secrets, heads and bodies that never end. Each is refused with a problem in both languages, by a status
//! that is not ours to be ashamed of, and the process answers the next one as before.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/web.rs"]
mod web;

use live::{Up, folder};
use serde_json::json;
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use web::{JSON, PASSWORD, Page, Said, at, bearer, raw};

/// A refusal as every one has to be.
fn refused(said: &Said, want: u16, what: &str) {
    assert_eq!(said.status, want, "{what}: {} {}", said.head, said.text);
    assert!(said.head.contains("content-type: application/problem+json"), "{what}: {}", said.head);
    let told = said.json();
    assert_eq!(told["status"], want, "{what}: {told}");
    for field in ["title", "title_zh", "type"] {
        assert!(told[field].is_string(), "{what}: {told}");
    }
}

/// Everything that is answered to these bytes, until the other side closes.
fn bytes(at: &str, text: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = stream.write_all(text);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).to_lowercase()
}

#[test]
fn bodies_that_are_none() {
    let dir = folder("api-bad-bodies");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let desk = bearer(&here, "desk");
    let doors = [
        "/api/v1/desk/find",
        "/api/v1/session",
        "/api/v1/inquiry",
        "/api/v1/trace",
        "/api/v1/cutover",
        "/api/v1/keys/reset",
    ];
    let days = up.port.get("/api/v1/cutover").unwrap();
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    let long = format!("{{\"rrn\":\"{}\"}}", "9".repeat(20_000));
    for door in doors {
        let send = |headers: &[(&str, &str)], body: &str| {
            raw(&here, "POST", door, &[headers, &[("authorization", desk.as_str())]].concat(), body)
        };
        for body in [
            "",
            "{",
            "}",
            "[]",
            "null",
            "1",
            "\"x\"",
            "{\"to\":1}x",
            "{'to':1}",
            "{\"a\":1,\"a\":2}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            &deep,
        ] {
            refused(&send(&[JSON], body), 400, &format!("{door} {body:.40}"));
        }
        refused(&send(&[JSON], &long), 413, door);
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
        ] {
            refused(&send(&[("content-type", kind)], "{}"), 415, &format!("{door} {kind}"));
        }
        refused(&send(&[], "{}"), 415, door);
        let odd = raw(&here, "PUT", door, &[JSON, ("authorization", &desk)], "{}");
        refused(&odd, 405, door);
        assert!(odd.head.contains("allow: "), "{}", odd.head);
    }
    // A length that is a lie, and two of them.
    let head = format!("POST /api/v1/inquiry HTTP/1.1\r\nhost: {here}\r\ncontent-type: application/json\r\n");
    for lie in [
        "content-length: 5\r\ncontent-length: 2\r\n\r\n{}",
        "content-length: -1\r\n\r\n{}",
        "content-length: 99999999999999999999\r\n\r\n{}",
        "content-length: 2\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let said = bytes(&here, format!("{head}connection: close\r\n{lie}").as_bytes());
        assert!(said.starts_with("http/1.1 400") || said.is_empty(), "{lie}: {said}");
    }
    assert_eq!(up.port.get("/api/v1/cutover").unwrap(), days, "nothing of it ended a day");
    assert_eq!(up.stop(), 0);
}

#[test]
fn paths_and_heads_with_tricks_in_them() {
    let dir = folder("api-bad-paths");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let desk = bearer(&here, "desk");
    let long = format!("/api/v1/desk/exchanges/{}", "9".repeat(8_000));
    for path in [
        "/api/v1/desk/exchanges/..%2f..%2f..%2fetc%2fpasswd",
        "/api/v1/desk/exchanges/../../../etc/passwd",
        "/assets/..%2fCargo.toml",
        "/assets/%2e%2e%2frun.json",
        "/../run.json",
        "//api/v1/desk/proposals",
        "/api/v1//desk/proposals",
        "/api/v1/desk/proposals/",
        "/api/v1/desk/exchanges/%00",
        "/api/v1/desk/exchanges/a%00b/slip",
        "/api/v1/desk/exchanges/999290054110001-10000001-000001-000002%0d%0ax:%20y",
        "/api/v1/desk/exchanges/%e2%80%ae",
        "/API/V1/desk/proposals",
        &long,
    ] {
        refused(&raw(&here, "GET", path, &[("authorization", &desk)], ""), 404, path);
    }
    refused(&raw(&here, "GET", "/api/v1/desk/exchanges/%ff%fe", &[("authorization", &desk)], ""), 400, "no UTF-8");
    for (what, text) in [
        ("no HTTP", "hello\r\n\r\n".to_owned()),
        ("NUL", format!("GET /\0 HTTP/1.1\r\nhost: {here}\r\n\r\n")),
        ("a line in a header", format!("GET / HTTP/1.1\r\nhost: {here}\r\nx: a\0b\r\n\r\n")),
        ("a folded header", format!("GET / HTTP/1.1\r\nhost: {here}\r\nx: a\r\n b\r\n\r\n")),
        ("a name with a space", format!("GET / HTTP/1.1\r\nhost : {here}\r\n\r\n")),
        ("a version of its own", format!("GET / HTTP/9.9\r\nhost: {here}\r\n\r\n")),
    ] {
        let said = bytes(&here, text.as_bytes());
        assert!(said.starts_with("http/1.1 400") || said.is_empty(), "{what}: {said}");
    }
    let many = (0..200).map(|no| format!("x-{no}: 1\r\n")).collect::<String>();
    let said = bytes(&here, format!("GET / HTTP/1.1\r\nhost: {here}\r\n{many}\r\n").as_bytes());
    assert!(said.starts_with("http/1.1 431"), "{said}");
    let huge = "9".repeat(300_000);
    let said = bytes(&here, format!("GET /{huge} HTTP/1.1\r\nhost: {here}\r\n\r\n").as_bytes());
    assert!(said.starts_with("http/1.1 414") || said.starts_with("http/1.1 431"), "{said:.200}");
    // Another name for this machine, and one that only looks so.
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", ""] {
        let said = raw(&here, "GET", "/api/v1/desk/proposals", &[("authorization", &desk), ("host", host)], "");
        assert_eq!(said.status, 421, "{host}: {}", said.text);
    }
    assert_eq!(raw(&here, "GET", "/api/v1/desk/proposals", &[("authorization", &desk)], "").status, 200);
    assert_eq!(up.stop(), 0);
}

#[test]
fn cookies_tokens_and_secrets_that_are_forged() {
    let dir = folder("api-bad-secrets");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let page = Page::sign_in(&here, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    let number = page.cookie.split_once('=').unwrap().1.to_owned();
    let flipped: String = number.chars().rev().collect();
    let origin = format!("http://{here}");
    let find = json!({"rrn": "632700000002"}).to_string();
    let post = |headers: &[(&str, &str)]| raw(&here, "POST", "/api/v1/desk/find", &[&[JSON], headers].concat(), &find);
    for token in
        ["", "x", "00", &"0".repeat(64), &flipped, &number.to_uppercase(), &format!("{number}0"), "%00", "' or 1=1 --"]
    {
        refused(&post(&[("authorization", &format!("Bearer {token}"))]), 401, token);
        let cookie = format!("slipway-session={token}");
        refused(&post(&[("cookie", &cookie), ("origin", &origin), ("x-csrf-token", &page.csrf)]), 401, &cookie);
    }
    let (cookie, csrf) = (("cookie", &*page.cookie), ("x-csrf-token", &*page.csrf));
    for (what, headers) in [
        ("no secret", vec![cookie, ("origin", &*origin)]),
        ("the session's number for its secret", vec![cookie, ("origin", &origin), ("x-csrf-token", &number)]),
        ("another page", vec![cookie, csrf, ("origin", "http://evil.example")]),
        ("no page", vec![cookie, csrf, ("origin", "null")]),
        ("another site", vec![cookie, csrf, ("sec-fetch-site", "cross-site")]),
    ] {
        refused(&post(&headers), 403, what);
    }
    // The session's number is no token of the machine, and the machine's token is nobody's session.
    let machine = up.ready["token"].as_str().unwrap();
    refused(&post(&[("authorization", &format!("Bearer {machine}"))]), 401, "the machine's token");
    assert_ne!(post(&[cookie, csrf, ("origin", &origin)]).status, 401, "the true one still opens");
    assert_eq!(up.stop(), 0);
}

#[test]
fn heads_and_bodies_that_never_end_are_cut_and_others_are_served_meanwhile() {
    let dir = folder("api-slow");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let clock = PacedClock::start(Pace::REAL);
    let began = clock.now();
    let passed_ms = || clock.now().0 - began.0;
    let head = format!("POST /api/v1/inquiry HTTP/1.1\r\nhost: {here}\r\ncontent-type: application/json\r\n");
    let slow = [
        ("half a head", "GET /api/v1/se".to_owned(), ""),
        ("a head without an end", head.clone(), ""),
        ("half a body", format!("{head}content-length: 100\r\n\r\n{{\"mer"), "http/1.1 408"),
        ("half a body in chunks", format!("{head}transfer-encoding: chunked\r\n\r\n5\r\n{{\"mer\r\n"), "http/1.1 408"),
        (
            "half a body under a key",
            format!(
                "POST /api/v1/cutover HTTP/1.1\r\nhost: {here}\r\ncontent-type: application/json\r\nidempotency-key: slow\r\ncontent-length: 100\r\n\r\n{{"
            ),
            "http/1.1 408",
        ),
    ];
    let asked: Vec<_> = slow
        .into_iter()
        .map(|(what, text, want)| {
            let here = here.clone();
            (what, want, std::thread::spawn(move || bytes(&here, text.as_bytes())))
        })
        .collect();
    for _ in 0..20 {
        assert_eq!(raw(&here, "GET", "/healthz", &[], "").status, 200);
    }
    assert!(passed_ms() < 15_000, "nobody waits for them");
    for (what, want, asked) in asked {
        let said = asked.join().unwrap();
        assert!(said.starts_with(want), "{what}: {said}");
        assert!(want.is_empty() || said.contains("application/problem+json"), "{what}: {said}");
    }
    assert!(passed_ms() < 45_000, "{} ms", passed_ms());
    assert_eq!(up.stop(), 0);
}
