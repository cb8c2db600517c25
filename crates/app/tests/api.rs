//! The HTTP API as programs use it, on a running process: pages of lists, and acts that come twice under one key.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/web.rs"]
mod web;

use live::{Up, folder};
use serde_json::{Value, json};
use web::{JSON, PASSWORD, Page, Said, at, bearer, raw, sell};

fn keyed(at: &str, token: &str, path: &str, key: &str, body: &Value) -> Said {
    let headers = [JSON, ("authorization", token), ("idempotency-key", key)];
    raw(at, "POST", path, &headers, &body.to_string())
}

#[test]
fn an_act_under_a_key_is_done_once_and_answered_the_same_over_a_restart() {
    let dir = folder("api-once");
    let net = dir.join("net");
    let up = Up::start(&net);
    let here = at(&up);
    let rrn = sell(&up);
    let (desk, merchant) = (bearer(&here, "desk"), bearer(&here, "market"));
    let find =
        raw(&here, "POST", "/api/v1/desk/find", &[JSON, ("authorization", &desk)], &json!({"rrn": rrn}).to_string());
    let id = find.json()["found"]["id"].as_str().unwrap().to_owned();
    let door = format!("/api/v1/desk/exchanges/{id}/proposals");
    let because = json!({"because": "paid twice"});

    let first = keyed(&here, &desk, &door, "k-1", &because);
    assert!(first.status == 200 && first.json()["fresh"] == true, "{}", first.text);
    assert!(!first.head.contains("idempotency-replayed"), "{}", first.head);
    let again = keyed(&here, &desk, &door, "\"k-1\"", &because);
    assert_eq!((again.status, &again.text), (200, &first.text));
    assert!(again.head.contains("idempotency-replayed: true") && again.head.contains("no-store"), "{}", again.head);
    // The same act without the key is another: the deed itself says that there is one already.
    let another = keyed(&here, &desk, &door, "k-2", &because);
    assert!(another.status == 200 && another.json()["fresh"] == false, "{}", another.text);

    let other = keyed(&here, &desk, &door, "k-1", &json!({"because": "something else"}));
    assert_eq!((other.status, other.json()["reason"].as_str()), (422, Some("key_reused")), "{}", other.text);
    assert!(other.head.contains("application/problem+json") && other.json()["title_zh"].is_string());
    // Another person's key is another key, whatever it reads.
    let theirs = keyed(&here, &merchant, &door, "k-1", &because);
    assert!(theirs.json()["fresh"] == false && !theirs.head.contains("idempotency-replayed"), "{}", theirs.head);
    // Nobody gets an answer that is kept for somebody.
    for nobody in ["Bearer 00", "", "Bearer x"] {
        let said = keyed(&here, nobody, &door, "k-1", &because);
        assert_eq!(said.status, 401, "{}", said.text);
    }
    let page = Page::sign_in(&here, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    let forged = [JSON, ("cookie", &*page.cookie), ("x-csrf-token", "00"), ("idempotency-key", "k-1")];
    assert_eq!(raw(&here, "POST", &door, &forged, &because.to_string()).status, 403);
    for bad in ["", "a b", &"k".repeat(65), "\u{1}"] {
        let said = keyed(&here, &desk, &door, bad, &because);
        assert_eq!(said.status, 400, "{bad:?}: {}", said.text);
    }
    // Many at once: one does it, the others are told to wait or get the same.
    let path = format!("/api/v1/desk/exchanges/{id}/reprint");
    let asked: Vec<_> = (0..6)
        .map(|_| {
            let (here, desk, path) = (here.clone(), desk.clone(), path.clone());
            std::thread::spawn(move || keyed(&here, &desk, &path, "print-1", &json!({})))
        })
        .collect();
    let mut printed = 0;
    for said in asked.into_iter().map(|asked| asked.join().unwrap()) {
        let fresh = said.status == 200 && !said.head.contains("idempotency-replayed");
        let waits = said.status == 409 && said.head.contains("retry-after: 1");
        let replayed = said.status == 200 && said.head.contains("idempotency-replayed");
        assert!(fresh || waits || replayed, "{} {} {}", said.status, said.head, said.text);
        printed += u32::from(fresh);
    }
    assert_eq!(printed, 1);
    assert_eq!(keyed(&here, &desk, &path, "print-1", &json!({})).json()["printing"], true);

    up.kill();
    let kept = std::fs::read_to_string(net.join("idempotency.jsonl")).unwrap();
    assert!(!kept.contains("k-1") && !kept.contains(&desk[7..]), "neither keys nor tokens: {kept}");
    let up = Up::start(&net);
    let here = at(&up);
    let again = keyed(&here, &bearer(&here, "desk"), &door, "k-1", &because);
    assert_eq!((again.status, again.text), (200, first.text));
    assert!(again.head.contains("idempotency-replayed: true"), "{}", again.head);
    assert_eq!(up.stop(), 0);
}

#[test]
fn lists_come_a_page_at_a_time() {
    let dir = folder("api-pages");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let rrn = sell(&up);
    let (desk, auditor) = (bearer(&here, "desk"), bearer(&here, "auditor"));
    let get = |who: &str, path: &str| raw(&here, "GET", path, &[("authorization", who)], "");
    let find =
        raw(&here, "POST", "/api/v1/desk/find", &[JSON, ("authorization", &desk)], &json!({"rrn": rrn}).to_string());
    let id = find.json()["found"]["id"].as_str().unwrap().to_owned();
    for _ in 0..4 {
        assert_eq!(get(&desk, &format!("/api/v1/desk/exchanges/{id}")).status, 200);
    }
    let door = format!("/api/v1/desk/exchanges/{id}/trail");
    let (mut seen, mut next) = (Vec::new(), String::new());
    // Every look at the trail is a line of it; it ends all the same, for it begins with the newest.
    for _ in 0..20 {
        let said = get(&auditor, &format!("{door}?limit=2&cursor={next}")).json();
        let items = said["items"].as_array().unwrap();
        assert!(items.len() <= 2, "{said}");
        seen.extend(items.iter().map(|line| line["no"].as_u64().unwrap()));
        match said["next"].as_str() {
            Some(cursor) => next = cursor.to_owned(),
            None => break,
        }
    }
    assert!(seen.len() >= 5 && seen.is_sorted_by(|a, b| a > b), "{seen:?}");
    let proposals = get(&desk, "/api/v1/desk/proposals").json();
    assert_eq!(proposals, json!({"items": [], "next": null}));
    for bad in [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=",
        "cursor=00",
        "cursor=%00",
        "cursor=zz",
        &format!("cursor={next}0"),
    ] {
        let said = get(&desk, &format!("/api/v1/desk/proposals?{bad}"));
        assert_eq!(said.status, 400, "{bad}: {}", said.text);
        assert!(said.head.contains("application/problem+json") && said.json()["title_zh"].is_string(), "{bad}");
    }
    // A cursor of another list is none of this one.
    assert_eq!(get(&desk, &format!("/api/v1/desk/proposals?cursor={next}")).status, 400);
    assert_eq!(up.stop(), 0);
}
