//! Operations over the port of a real network: who may look and order, two persons for each order, one answer of two at once, and an order
//! that a kill has caught on each side of its deed.
#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "ops/between.rs"]
mod between;
mod common;
#[path = "ops/deeds.rs"]
mod deeds;
#[path = "ops/figures.rs"]
mod figures;
#[path = "common/live.rs"]
mod live;
#[path = "common/pos.rs"]
mod pos;
#[path = "common/web.rs"]
mod web;

use common::slipway;
use live::{Up, folder, until};
use serde_json::{Value, json};
use std::path::Path;
use web::{PASSWORD, Page, at, raw, sell};

const ROLES: [&str; 9] =
    ["cashier", "supervisor", "market", "hotel", "agent", "desk", "operations", "checker", "auditor"];
const LOOKS: [&str; 12] = [
    "overview",
    "metrics",
    "exchanges",
    "outbox",
    "cases",
    "differences",
    "disputes",
    "suspense",
    "holds",
    "returned",
    "keys",
    "orders",
];

fn sign_in(at: &str, name: &str) -> Page {
    Page::sign_in(at, name, PASSWORD).map_err(|said| said.text).unwrap()
}

/// Both of operations.
fn two(at: &str) -> (Page, Page) {
    (sign_in(at, "operations"), sign_in(at, "checker"))
}

fn hold(merchant: &str, fen: u64) -> Value {
    let what = json!({
        "kind": "hold", "merchant": merchant, "ground": "risk-hit", "amount_fen": fen, "doubt_fen": 1_000_000, "until": "2027-01-20",
    });
    json!({"what": what, "because": "a rule was hit 命中规则"})
}

fn get(page: &Page, path: &str) -> Value {
    let said = page.get(&format!("/api/v1/ops/{path}"));
    assert_eq!(said.status, 200, "{path}: {}", said.text);
    said.json()
}

fn items(page: &Page, path: &str) -> Vec<Value> {
    get(page, path)["items"].as_array().unwrap().clone()
}

/// The number of a new order.
fn propose(page: &Page, body: &Value) -> u64 {
    let said = page.post("/api/v1/ops/orders", body);
    assert_eq!(said.status, 200, "{body}: {}", said.text);
    assert_eq!((&said.json()["standing"], &said.json()["mine"]), (&json!("waiting"), &json!(true)), "{}", said.text);
    said.json()["no"].as_u64().unwrap()
}

fn act(page: &Page, no: u64, act: &str, body: &Value) -> (u16, Value) {
    let said = page.post(&format!("/api/v1/ops/orders/{no}/{act}"), body);
    (said.status, said.json())
}

fn approve(page: &Page, no: u64) -> (u16, Value) {
    act(page, no, "approve", &json!({}))
}

/// Holds of a merchant as the command shows them, open or not.
fn held(net: &Path, merchant: &str) -> Vec<Value> {
    let done = slipway(&["settle", "show", merchant, "--json", "--dir", net.to_str().unwrap()], "");
    done.json()["merchants"][0]["holds"].as_array().cloned().unwrap_or_default()
}

/// Takes the line of what came of an order out of the log, as if it had never been written.
fn forget(net: &Path) {
    let log = net.join("inquiries.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let kept: String =
        text.lines().filter(|line| !line.contains("\"act\":\"order_done\"")).map(|line| format!("{line}\n")).collect();
    assert_ne!(kept, text);
    std::fs::write(&log, kept).unwrap();
}

fn lines(net: &Path, act: &str) -> usize {
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap_or_default();
    log.lines().filter(|line| line.contains(&format!("\"act\":\"{act}\""))).count()
}

/// `slipway people`, of a running network.
fn people(net: &Path, line: &[&str]) {
    let done = slipway(&[&["people"], line, &["--dir", net.to_str().unwrap()]].concat(), "");
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn rights_of_every_role_at_every_door() {
    let net = folder("ops-rights").join("net");
    let up = Up::start(&net);
    let at = at(&up);
    sell(&up);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at);
    let no = propose(&one, &hold(&merchant, 100));
    for name in ROLES {
        let page = sign_in(&at, name);
        let (sees, orders) =
            (["operations", "checker", "auditor"].contains(&name), ["operations", "checker"].contains(&name));
        for door in LOOKS.iter().map(|door| (*door).to_owned()).chain([format!("orders/{no}")]) {
            let said = page.get(&format!("/api/v1/ops/{door}"));
            assert_eq!(said.status, if sees { 200 } else { 403 }, "{name} {door}: {}", said.text);
            assert!(said.head.contains("no-store"), "{door}: {}", said.head);
        }
        if !orders {
            assert_eq!(page.post("/api/v1/ops/orders", &hold(&merchant, 101)).status, 403, "{name}");
            assert_eq!(approve(&page, no).0, 403, "{name}");
            assert_eq!(act(&page, no, "refuse", &json!({"because": "no"})).0, 403, "{name}");
        }
    }
    for door in LOOKS {
        assert_eq!(raw(&at, "GET", &format!("/api/v1/ops/{door}"), &[], "").status, 401, "{door}");
    }
    let token = format!("Bearer {}", up.ready["token"].as_str().unwrap());
    assert_eq!(raw(&at, "GET", "/api/v1/ops/overview", &[("authorization", &token)], "").status, 401, "no person");
    // Nonsense in every field.
    for (path, want) in [
        ("orders/x", 404),
        ("orders/999999", 404),
        ("orders/-1", 404),
        ("exchanges?limit=0", 400),
        ("exchanges?limit=201", 400),
        ("cases?cursor=zz", 400),
        ("keys?cursor=00ff", 400),
        ("keys?limit=1", 200),
        ("orders?standing=waiting", 200),
        ("nothing", 404),
    ] {
        assert_eq!(one.get(&format!("/api/v1/ops/{path}")).status, want, "{path}");
    }
    let good = hold(&merchant, 5)["what"].clone();
    let with = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        json!({"what": bad, "because": "x"})
    };
    for bad in [
        json!({}),
        json!({"what": good}),
        json!({"what": good, "because": " "}),
        json!({"what": good, "because": "two\nlines"}),
        json!({"what": good, "because": "card 9990 0100 0000 0010"}),
        json!({"what": good, "because": "x".repeat(201)}),
        json!({"what": {"kind": "account"}, "because": "x"}),
        json!({"what": [], "because": "x"}),
        with("merchant", json!("1")),
        with("ground", json!("a-feeling")),
        with("ground", json!("chargeback")),
        with("amount_fen", json!(0)),
        with("amount_fen", json!(-5)),
        with("amount_fen", json!(10_000_000_000_000_u64)),
        with("until", json!("soon")),
        with("checked", json!("me")),
        json!({"what": {"kind": "dispute", "number": "632700000002", "act": "find"}, "because": "x"}),
        json!({"what": {"kind": "dispute", "number": "632700000002", "act": "open", "reason": "0000"}, "because": "x"}),
    ] {
        let said = one.post("/api/v1/ops/orders", &bad);
        assert!(said.status == 400 && said.head.contains("problem+json"), "{bad}: {} {}", said.status, said.text);
    }
    for (what, want) in [
        (json!({"kind": "release", "merchant": merchant, "no": 77}), 409),
        (json!({"kind": "repay", "payout": "20261127-999290054110001-01"}), 409),
        (json!({"kind": "case", "number": "10000001-000001-999999-1", "finding": "no-slip"}), 409),
        (json!({"kind": "repair", "number": "99910010-000000000000"}), 400),
        (
            json!({"kind": "dispute", "number": "99900001-1126090807-000012", "act": "advance", "step": "re-presentment"}),
            409,
        ),
    ] {
        let said = one.post("/api/v1/ops/orders", &json!({"what": what, "because": "x"}));
        assert_eq!(said.status, want, "{what}: {}", said.text);
    }
    assert_eq!(items(&other, "orders").len(), 1, "none of them is an order");

    // The overview says what is there.
    let seen = get(&one, "overview");
    let parties: Vec<&str> = seen["parties"].as_array().unwrap().iter().filter_map(|p| p["party"].as_str()).collect();
    assert_eq!(parties, ["acquirer", "switch", "issuer1", "issuer2", "terminals-store"], "{seen}");
    for party in seen["parties"].as_array().unwrap() {
        assert!(
            party["up"] == true && party["batches"].as_u64().unwrap() > 0 && party["lines"].as_u64().unwrap() > 0,
            "{party}"
        );
    }
    assert_eq!((&seen["orders_waiting"], &seen["days"]["waiting"]), (&json!(1), &json!([])), "{seen}");
    assert_eq!(seen["kept"]["suspense"][0]["sum_fen"], 8_800, "{}", seen["kept"]);
    assert!(seen["at"].as_str().unwrap().ends_with("+08:00") && seen["keys"]["count"].as_u64().unwrap() > 10, "{seen}");
    let suspended = items(&one, "suspense");
    assert_eq!((suspended.len(), &suspended[0]["amount_fen"]), (1, &json!(8_800)), "{suspended:?}");
    let all = items(&one, "keys?limit=200").len();
    let mut cursor = String::new();
    let mut paged = 0;
    loop {
        let page = get(&one, &format!("keys?limit=7&cursor={cursor}"));
        paged += page["items"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert!(all > 20 && paged == all, "{paged} of {all}");
    until("a sample", 4_000, || {
        let figures = get(&one, "metrics");
        let last = figures["history"]["seconds"].as_array()?.last()?.clone();
        (last["parties"]["acquirer"]["inputs"].as_u64()? > 0 && figures["now"][0]["node_events"].is_object())
            .then_some(())
    });
    // An open page is one look in a while.
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    let of = |who: &str, what: &str| {
        log.lines()
            .filter(|line| {
                line.contains(&format!("\"who\":\"{who}\"")) && line.contains(&format!("\"said\":\"{what}\""))
            })
            .count()
    };
    assert_eq!((of("operations", "keys"), of("auditor", "overview")), (1, 1), "{log}");
    assert_eq!(up.stop(), 0);
}

#[test]
fn two_persons_and_one_of_two_at_once() {
    let net = folder("ops-two").join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at);

    let no = propose(&one, &hold(&merchant, 8_800));
    let twice = one.post("/api/v1/ops/orders", &hold(&merchant, 8_800));
    assert_eq!((twice.status, &twice.json()["order"]), (409, &json!(no.to_string())), "{}", twice.text);
    let (status, said) = approve(&one, no);
    assert_eq!((status, &said["reason"]), (409, &json!("same_person")), "{said}");
    assert!(held(&net, &merchant).is_empty(), "nothing moved");
    let waits = items(&other, "orders?standing=waiting");
    assert_eq!(
        (waits.len(), &waits[0]["may_approve"], &waits[0]["moves"]["amount_fen"]),
        (1, &json!(true), &json!(8_800))
    );
    assert_eq!(items(&one, "orders?standing=waiting")[0]["may_approve"], false);

    // Two pages of the second person, at once: one wins.
    let (first, second) = std::thread::scope(|scope| {
        let [first, second] = [(); 2].map(|()| scope.spawn(|| approve(&other, no)));
        (first.join().unwrap(), second.join().unwrap())
    });
    let mut answers = [first.0, second.0];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "{first:?} {second:?}");
    let won = if first.0 == 200 { first.1 } else { second.1 };
    assert_eq!((&won["standing"], &won["said"]["by"]), (&json!("done"), &json!("checker")), "{won}");
    let holds = held(&net, &merchant);
    assert_eq!(
        (holds.len(), &holds[0]["by"], &holds[0]["checked"]),
        (1, &json!("operations"), &json!("checker")),
        "{holds:?}"
    );

    // The same once more by the same two is the same hold, and the order says whose it is.
    let no = propose(&one, &hold(&merchant, 8_800));
    let (status, said) = approve(&other, no);
    assert_eq!((status, &said["standing"]), (200, &json!("not_taken")), "{said}");
    assert!(
        said["outcome"]["en"]
            .as_str()
            .unwrap()
            .ends_with("the same hold 1 was placed before, by order 1; nothing moved"),
        "{said}"
    );
    assert_eq!((held(&net, &merchant), lines(&net, "order_given")), (holds, 1));

    // What both were shown must still be so.
    let release = json!({"what": {"kind": "release", "merchant": merchant, "no": 1}, "because": "over"});
    let no = propose(&other, &release);
    let by_hand =
        ["settle", "release", &merchant, "1", "--by", "Li Lei", "--checked", "Han Mei", "--dir", net.to_str().unwrap()];
    assert_eq!(slipway(&by_hand, "").code, 0);
    let (status, said) = approve(&one, no);
    assert_eq!(status, 409, "{said}");
    let (status, said) = act(&one, no, "refuse", &json!({"because": "done by hand"}));
    assert_eq!(
        (status, &said["standing"], &said["said"]["because"]),
        (200, &json!("refused"), &json!("done by hand")),
        "{said}"
    );
    assert_eq!(approve(&one, no).0, 409);
    assert_eq!(act(&one, no, "refuse", &json!({"because": "again"})).0, 409);

    // Above the doubt nothing is proposed, nor about an exchange that this merchant does not have.
    let over = one.post("/api/v1/ops/orders", &hold(&merchant, 1_000_001));
    assert!(over.status == 409 && over.text.contains("10000.00"), "{}", over.text);
    let mut strange = hold(&merchant, 100);
    strange["what"]["ground"] = json!("chargeback");
    strange["what"]["about"] = json!("000000000001");
    let strange = one.post("/api/v1/ops/orders", &strange);
    assert!(strange.status == 409 && strange.text.contains("000000000001"), "{}", strange.text);

    // A restart remembers all of it, and the log holds.
    let before = items(&one, "orders");
    assert_eq!(up.stop(), 0);
    let up = Up::start(&net);
    let (one, _) = two(&web::at(&up));
    assert_eq!(items(&one, "orders"), before);
    assert_eq!(up.stop(), 0);
    assert_eq!(slipway(&["audit-log", "verify", "--dir", net.to_str().unwrap()], "").code, 0);
    // Somebody who can write the folder and has no key says yes in nobody's name.
    let up = Up::start(&net);
    let (one, _) = two(&web::at(&up));
    let no = propose(&one, &hold(&merchant, 77));
    up.kill();
    let log = net.join("inquiries.jsonl");
    let mut text = std::fs::read_to_string(&log).unwrap();
    text.push_str(&format!(
        "{}\n",
        json!({"act": "order_approved", "order": no, "by": "checker", "at_ms": 0, "no": 1, "before": "", "seal": ""})
    ));
    std::fs::write(&log, text).unwrap();
    let up = Up::start(&net);
    let (one, _) = two(&web::at(&up));
    assert_eq!(get(&one, &format!("orders/{no}"))["standing"], "waiting");
    assert!(held(&net, &merchant).is_empty());
    assert_eq!(up.stop(), 0);
}
