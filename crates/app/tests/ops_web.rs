//! Operations over the port of a real network: who may look and order, two persons for each order, one answer of two at once, and an order
//! that a kill has caught on each side of its deed.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/pos.rs"]
mod pos;
#[path = "common/web.rs"]
mod web;

use common::slipway;
use live::{Up, folder, until};
use pos::Pos;
use serde_json::{Value, json};
use slipway_terms::{Mti, Till60};
use std::fs::File;
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

#[test]
fn a_finding_and_its_money_once() {
    let net = folder("ops-case").join("net");
    let up = Up::start(&net);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let sale = pos.sale(8_800, &card);
    assert_eq!(pos.ask(&sale), "00");
    let mut confirmation = pos.reversal(&sale);
    (confirmation.mti, confirmation.code) = (Mti(620), None);
    (confirmation.entry, confirmation.condition) = (None, None);
    confirmation.till60 = Some(Till60::management(pos.batch, 953));
    assert_eq!(pos.ask(&confirmation), "00");
    let bytes = pos.sealed(&pos.reversal(&sale));
    pos.tell(&bytes);
    let number = String::from_utf8(pos.hear().private62.unwrap().to_vec()).unwrap();
    let (one, other) = two(&at(&up));
    let listed = items(&one, "cases");
    assert_eq!((listed.len(), listed[0]["number"].as_str()), (1, Some(&*number)), "{listed:?}");
    let find = |finding: &str| json!({"what": {"kind": "case", "number": number, "finding": finding}, "because": "the shop denies 商户否认"});
    assert_eq!(one.post("/api/v1/ops/orders", &find("one-purchase")).status, 400, "not of this ground");
    let no = propose(&one, &find("no-slip"));
    let moves = get(&other, &format!("orders/{no}"))["moves"].clone();
    assert_eq!(
        (&moves["amount_fen"], moves["en"].as_str().unwrap().contains("cardholder")),
        (&json!(8_800), true),
        "{moves}"
    );
    let (status, said) = approve(&other, no);
    assert_eq!((status, &said["standing"]), (200, &json!("done")), "{said}");
    up.port.wait_quiet();
    assert!(items(&one, "cases").is_empty());
    let rrn = listed[0]["rrn"].as_str().unwrap();
    let traced = up.port.post("/api/v1/trace", &json!({"rrn": rrn})).unwrap();
    assert_eq!(traced["verdict"], "returned");
    assert_eq!(traced["evidence"][1]["cases"][0]["by"], "operations");
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&true.into(), &true.into()), "{audit}");
    up.kill();
    // What came of it is on no record: the house is asked again, and knows its own finding.
    forget(&net);
    let up = Up::start(&net);
    let (one, _) = two(&at(&up));
    let order = get(&one, &format!("orders/{no}"));
    assert_eq!((&order["standing"], lines(&net, "order_done")), (&json!("done"), 1), "{order}");
    up.port.wait_quiet();
    let again = up.port.post("/api/v1/trace", &json!({"rrn": rrn})).unwrap();
    assert_eq!(again["evidence"][1]["cases"], traced["evidence"][1]["cases"]);
    assert_eq!(up.port.get("/api/v1/audit").unwrap(), audit, "nothing moved again");
    assert_eq!(up.stop(), 0);
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

#[test]
fn a_step_of_a_dispute_is_one_step() {
    let net = folder("ops-dispute").join("net");
    let up = Up::start(&net);
    let rrn = sell(&up);
    let (one, other) = two(&at(&up));
    let open =
        json!({"what": {"kind": "dispute", "number": rrn, "act": "open", "reason": "4512"}, "because": "持卡人要求"});
    // Before it is cleared the house does not take it, and says why.
    let no = propose(&one, &open);
    let (status, said) = approve(&other, no);
    assert_eq!(
        (status, &said["standing"], &said["moves"]["amount_fen"]),
        (200, &json!("not_taken"), &json!(8_800)),
        "{said}"
    );
    assert!(said["outcome"]["en"].as_str().unwrap().starts_with("not taken: "), "{said}");
    let cut = slipway(&["cutover", "--json", "--dir", net.to_str().unwrap()], "").json();
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    until("the day is cleared", 12_000, || items(&one, "suspense").is_empty().then_some(()));
    let no = propose(&other, &open);
    let (status, said) = approve(&one, no);
    assert_eq!((status, &said["standing"]), (200, &json!("done")), "{said}");
    up.port.wait_quiet();
    let steps = |page: &Page| -> Vec<Value> {
        let all = items(page, "disputes");
        let own = all.iter().find(|dispute| dispute["house"] == "issuer1").unwrap();
        own["steps"].as_array().unwrap().clone()
    };
    let before = steps(&one);
    assert_eq!(
        (&before[0]["step"], &before[0]["by"], &before[0]["checked_by"]),
        (&json!("chargeback"), &json!("checker"), &json!("operations"))
    );
    let seen = get(&one, "overview");
    assert!(seen["past"].as_array().unwrap().iter().any(|day| day["settled"] == true), "{}", seen["past"]);
    up.kill();
    forget(&net);
    let up = Up::start(&net);
    let (one, _) = two(&at(&up));
    assert_eq!(get(&one, &format!("orders/{no}"))["standing"], "done", "by its own number");
    up.port.wait_quiet();
    assert_eq!(steps(&one), before);
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_house_without_power_is_asked_again_until_it_answers() {
    let net = folder("ops-power").join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at);
    let no = propose(&one, &hold(&merchant, 500));
    let plug = |on: bool| {
        let said = up.port.post("/api/v1/theatre/plugs", &json!({"party": "acquirer", "on": on}));
        assert!(said.is_some_and(|said| said["title"].is_null()));
    };
    plug(false);
    until("the acquirer to be seen without power", 2_000, || {
        let seen = get(&one, "overview");
        let party = seen["parties"].as_array()?.iter().find(|party| party["party"] == "acquirer")?.clone();
        (party["up"] == false && party["unplugged"] == true).then_some(())
    });
    // A hold is looked up without the acquirer: the yes is taken, and its deed waits. It is on its way to nobody yet, and can be stopped.
    let approved = |no: u64| {
        let (status, said) = approve(&other, no);
        assert_eq!(
            (status, &said["standing"], &said["given"], &said["may_refuse"]),
            (200, &json!("under_way"), &json!(null), &json!(true)),
            "{said}"
        );
    };
    approved(no);
    let stopped = propose(&one, &hold(&merchant, 600));
    approved(stopped);
    let (status, said) = act(&other, stopped, "refuse", &json!({"because": "the rule was wrong"}));
    assert_eq!((status, &said["standing"], &said["may_refuse"]), (200, &json!("not_taken"), &json!(false)), "{said}");
    assert!(said["outcome"]["en"].as_str().unwrap().contains("checker withdrew it"), "{said}");
    assert_eq!(act(&one, stopped, "refuse", &json!({"because": "again"})).0, 409);
    // Who approved it is locked before it is given.
    let locked = propose(&other, &hold(&merchant, 700));
    assert_eq!(approve(&one, locked).0, 200);
    people(&net, &["lock", "operations"]);
    plug(true);
    until("the first to end", 8_000, || (get(&other, &format!("orders/{no}"))["outcome"].is_object()).then_some(()));
    until("the last to end", 8_000, || (get(&other, &format!("orders/{locked}"))["outcome"].is_object()).then_some(()));
    for no in [no, locked] {
        let said = get(&other, &format!("orders/{no}"));
        let words = said["outcome"]["en"].as_str().unwrap();
        assert!(said["standing"] == "not_taken" && words.contains("operations is locked"), "{said}");
    }
    assert!(held(&net, &merchant).is_empty() && lines(&net, "order_given") == 0, "nothing was given");
    // With both at work it is done when the house answers.
    people(&net, &["lock", "operations", "--release"]);
    let one = sign_in(&at, "operations");
    let no = propose(&one, &hold(&merchant, 800));
    plug(false);
    assert_eq!(approve(&other, no).1["standing"], "under_way");
    plug(true);
    until("the deed", 8_000, || (get(&one, &format!("orders/{no}"))["standing"] == "done").then_some(()));
    let said = get(&one, &format!("orders/{no}"));
    assert!(said["given"].as_str().unwrap().ends_with("+08:00"), "{said}");
    assert_eq!((held(&net, &merchant).len(), lines(&net, "order_given")), (1, 1));
    assert_eq!(up.stop(), 0);
}

/// `slipway people`, of a running network.
fn people(net: &Path, line: &[&str]) {
    let done = slipway(&[&["people"], line, &["--dir", net.to_str().unwrap()]].concat(), "");
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn who_proposed_and_may_not_any_more_has_no_order_left() {
    let net = folder("ops-role").join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let merchant = up.tills()[0].0.clone();
    let other = sign_in(&at, "checker");
    for (fen, away, back) in [
        (100, &["role", "operations", "agent"][..], &["role", "operations", "operations"][..]),
        (200, &["lock", "operations"], &["lock", "operations", "--release"]),
    ] {
        let one = sign_in(&at, "operations");
        let no = propose(&one, &hold(&merchant, fen));
        people(&net, away);
        let (status, said) = approve(&other, no);
        assert_eq!((status, &said["reason"]), (409, &json!("proposer")), "{said}");
        let order = get(&other, &format!("orders/{no}"));
        assert_eq!((&order["standing"], &order["said"]), (&json!("not_taken"), &json!(null)), "{order}");
        // It has ended: it does not come back with the role.
        people(&net, back);
        assert_eq!(approve(&other, no).1["reason"], "decided");
    }
    assert!(held(&net, &merchant).is_empty());
    assert_eq!(up.stop(), 0);
}

#[test]
fn what_was_shown_is_compared_under_the_lock_that_gives_it() {
    let net = folder("ops-ground").join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at);
    let first = propose(&one, &hold(&merchant, 4_200));
    assert_eq!(approve(&other, first).1["standing"], "done");
    let release = |page: &Page| {
        propose(page, &json!({"what": {"kind": "release", "merchant": merchant, "no": 1}, "because": "over"}))
    };
    // A command ends the hold while the deed waits for whoever settles: both ask for one lock, and the order may come second.
    let no = release(&one);
    let busy = lock(&net.join("settlement/.settling"));
    let asked = std::thread::spawn({
        let other = sign_in(&at, "checker");
        move || other.post(&format!("/api/v1/ops/orders/{no}/approve"), &json!({})).status
    });
    until("the yes on record", 8_000, || (lines(&net, "order_approved") == 2).then_some(()));
    up.kill();
    assert_eq!(asked.join().unwrap(), 0, "nobody was told");
    drop(busy);
    // While it is down, the line of the yes is all there is. The network that starts again has another ground: the hold has ended.
    let log = net.join("inquiries.jsonl");
    let with_yes = std::fs::read_to_string(&log).unwrap();
    let without: String = with_yes
        .lines()
        .filter(|line| !line.contains("\"act\":\"order_approved\"") || !line.contains(&format!("\"order\":{no},")))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_ne!(with_yes, without);
    std::fs::write(&log, without).unwrap();
    let up = Up::start(&net);
    let by_hand =
        ["settle", "release", &merchant, "1", "--by", "Li Lei", "--checked", "Han Mei", "--dir", net.to_str().unwrap()];
    assert_eq!(slipway(&by_hand, "").code, 0);
    up.kill();
    std::fs::write(&log, with_yes).unwrap();
    let up = Up::start(&net);
    let one = sign_in(&web::at(&up), "operations");
    let order = get(&one, &format!("orders/{no}"));
    assert_eq!((&order["standing"], &order["given"]), (&json!("not_taken"), &json!(null)), "{order}");
    assert!(order["outcome"]["en"].as_str().unwrap().contains("the ground has changed"), "{order}");
    assert_eq!((held(&net, &merchant).len(), lines(&net, "order_given")), (0, 1));
    assert_eq!(up.stop(), 0);
}

#[test]
fn what_comes_by_command_is_told_and_names_who_is_registered() {
    let net = folder("ops-command").join("net");
    let up = Up::start(&net);
    let merchant = up.tills()[0].0.clone();
    let hold = |by: &str, checked: &str, amount: &str| {
        let line = [
            "settle",
            "hold",
            &merchant,
            "--ground",
            "risk-hit",
            "--amount",
            amount,
            "--doubt",
            "100.00",
            "--until",
            "2027-01-20",
            "--by",
            by,
            "--checked",
            checked,
            "--dir",
            net.to_str().unwrap(),
        ];
        slipway(&line, "")
    };
    // Nobody is registered but samples: any two names, and they are on record.
    assert_eq!(hold("Li Lei", "Han Mei", "3.00").code, 0);
    for other in ["li lei", "Li  Lei", "Ｌｉ Ｌｅｉ"] {
        assert_eq!(hold("Li Lei", other, "4.00").code, 1, "{other}");
    }
    let told = |deed: &str| -> Vec<Value> {
        let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
        let all = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        all.filter(|line| line["act"] == "by_command" && line["deed"] == deed).collect()
    };
    let lines = told("settle");
    assert_eq!(
        (lines.len(), &lines[0]["by"], &lines[0]["checked"], &lines[0]["who"], &lines[0]["of"]["amount"]),
        (4, &json!("Li Lei"), &json!("Han Mei"), &json!("machine"), &json!("3.00")),
        "{lines:?}"
    );
    let post = |door: &str, body: &Value| up.port.post(door, body).unwrap();
    post("/api/v1/cases/find", &json!({"number": "1-1-1-1", "finding": "no-slip", "by": "Li Lei", "because": "seen"}));
    post(
        "/api/v1/recon/repair",
        &json!({"number": "9-1", "rrn": "632700000002", "act": "credit", "fen": 1, "by": "Li Lei", "because": "seen"}),
    );
    let step = json!({
        "number": "632700000002", "act": "open", "reason": "4512", "by": "Li Lei", "checked_by": "LI LEI", "because": "seen",
    });
    let said = post("/api/v1/disputes/order", &step);
    assert!(said["title"].as_str().unwrap().contains("one person's"), "{said}");
    assert_eq!((told("case_find").len(), told("recon_repair").len(), told("dispute").len()), (1, 1, 0));
    // With somebody registered, names are those of operations.
    let add = |name: &str, role: &str| {
        let done =
            slipway(&["people", "add", name, "--role", role, "--dir", net.to_str().unwrap()], "green tea at four\n");
        assert_eq!(done.code, 0, "{}", done.err);
    };
    add("wang", "operations");
    add("zhao", "desk");
    for (by, checked) in [("Li Lei", "wang"), ("wang", "zhao"), ("zhao", "Li Lei")] {
        let done = hold(by, checked, "5.00");
        assert!(done.code != 0 && done.err.contains("slipway people add"), "{by} {checked}: {}", done.err);
    }
    assert_eq!(hold("Wang", "checker", "5.00").code, 0, "a sample is somebody of a demonstration");
    assert_eq!((told("settle").len(), held(&net, &merchant).len()), (5, 2));
    assert_eq!(slipway(&["audit-log", "verify", "--dir", net.to_str().unwrap()], "").code, 0);
    assert_eq!(up.stop(), 0);
}

/// A lock of the network's folder, as another process at work would hold it.
fn lock(path: &Path) -> File {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = File::options().create(true).append(true).open(path).unwrap();
    file.lock().unwrap();
    file
}

fn lines(net: &Path, act: &str) -> usize {
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap_or_default();
    log.lines().filter(|line| line.contains(&format!("\"act\":\"{act}\""))).count()
}

#[test]
fn killed_between_the_yes_and_the_deed_it_happens_once() {
    let net = folder("ops-kill-before").join("net");
    let up = Up::start(&net);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at(&up));
    let no = propose(&one, &hold(&merchant, 4_200));
    // Somebody else is at work on settlement: the yes is written down, the deed has to wait.
    let busy = lock(&net.join("settlement/.settling"));
    let asked = std::thread::spawn(move || other.post(&format!("/api/v1/ops/orders/{no}/approve"), &json!({})).status);
    until("the yes on record", 8_000, || (lines(&net, "order_approved") == 1).then_some(()));
    up.kill();
    assert_eq!(asked.join().unwrap(), 0, "nobody was told");
    drop(busy);
    assert_eq!(lines(&net, "order_done"), 0);
    for _ in 0..2 {
        let up = Up::start(&net);
        let (one, _) = two(&at(&up));
        assert_eq!(get(&one, &format!("orders/{no}"))["standing"], "done", "before anybody was let in");
        assert_eq!((held(&net, &merchant).len(), lines(&net, "order_done")), (1, 1));
        up.kill();
    }
}

#[test]
fn killed_between_the_deed_and_its_record_it_happened_once() {
    let net = folder("ops-kill-behind").join("net");
    let up = Up::start(&net);
    let merchant = up.tills()[0].0.clone();
    let (one, other) = two(&at(&up));
    let no = propose(&one, &hold(&merchant, 4_200));
    assert_eq!(approve(&other, no).1["standing"], "done");
    up.kill();
    forget(&net);
    assert_eq!((lines(&net, "order_given"), lines(&net, "order_done")), (1, 0));
    let up = Up::start(&net);
    let (one, _) = two(&at(&up));
    let order = get(&one, &format!("orders/{no}"));
    assert_eq!(
        (&order["standing"], held(&net, &merchant).len(), lines(&net, "order_done")),
        (&json!("done"), 1, 1),
        "{order}"
    );
    assert_eq!(up.stop(), 0);
}
