//! One clock on every page: a network whose clock is a day ahead of the machine's and runs at a pace of its own. What a person or a program
//! reads is dated by it, over a kill too; what belongs to a person's sitting, to a guesser or to a receiver is measured by the machine's.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/receiver.rs"]
mod receiver;
#[path = "common/web.rs"]
mod web;

use common::slipway;
use live::{Up, ahead, at_pace, folder, until};
use receiver::Receiver;
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use slipway_terms::Moment;
use std::path::{Path, PathBuf};
use web::{JSON, PASSWORD, Page, at, bearer, page, raw, sell};

const HOUR_MS: i64 = 3_600_000;

fn wall() -> Moment {
    PacedClock::start(Pace::REAL).now()
}

fn rfc(at: Moment) -> String {
    at.to_string().replace(' ', "T") + "+08:00"
}

/// Every time in an answer says its zone; all texts in it that are one.
fn times(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let like = |form: &str| {
                text.len() == form.len()
                    && text
                        .bytes()
                        .zip(form.bytes())
                        .all(|(of, want)| if want == b'd' { of.is_ascii_digit() } else { of == want })
            };
            assert!(!like("dddd-dd-dd dd:dd:dd"), "no zone: {text}");
            if like("dddd-dd-ddTdd:dd:dd+08:00") {
                found.push(text.clone());
            }
        }
        Value::Array(all) => all.iter().for_each(|one| times(one, found)),
        Value::Object(all) => all.values().for_each(|one| times(one, found)),
        _ => {}
    }
}

/// A time of an answer, and that the answer says no other without its zone.
fn said(answer: &Value, pointer: &str) -> String {
    times(answer, &mut Vec::new());
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no {pointer}: {answer}")).to_owned()
}

fn network_ms(ops: &Page) -> i64 {
    let seen = ops.get("/api/v1/ops/overview").json();
    times(&seen, &mut Vec::new());
    seen["at_ms"].as_i64().unwrap()
}

fn refund(shop: &Page, id: &str) -> Value {
    let body = json!({"amount_fen": 100, "because": "one of two is broken"});
    let done = shop.post(&format!("/api/v1/merchant/payments/{id}/refunds"), &body);
    assert_eq!(done.status, 200, "{}", done.text);
    done.json()
}

fn hold(ops: &Page, merchant: &str, fen: u64) -> Value {
    let what = json!({
        "kind": "hold", "merchant": merchant, "ground": "risk-hit", "amount_fen": fen, "doubt_fen": 1_000_000, "until": "2027-01-20",
    });
    let done = ops.post("/api/v1/ops/orders", &json!({"what": what, "because": "a rule was hit"}));
    assert_eq!(done.status, 200, "{}", done.text);
    done.json()
}

#[test]
fn whatever_is_done_about_a_sale_is_dated_after_it() {
    let net = ahead("clocks-one");
    let up = at_pace(&net, "30");
    let here = at(&up);
    let (receiver, market) = (Receiver::new(Vec::new()), page(&here, "market"));
    let hook = json!({"url": format!("http://{}/hook", receiver.at), "events": ["*"]});
    let hook = raw(
        &here,
        "POST",
        "/api/v1/webhooks",
        &[JSON, ("authorization", &*bearer(&here, "market"))],
        &hook.to_string(),
    )
    .json();
    let hook = format!("/api/v1/webhooks/{}", hook["webhook"]["id"].as_str().unwrap());
    let (desk, ops, checker) = (page(&here, "desk"), page(&here, "operations"), page(&here, "checker"));
    let merchant = up.tills()[0].0.clone();

    let rrn = sell(&up);
    let told = desk.find(&json!({"rrn": rrn}))["found"].clone();
    let mut seen = Vec::new();
    times(&told, &mut seen);
    let sold =
        told["evidence"].as_array().unwrap().iter().map(|one| one["at"].as_str().unwrap().to_owned()).max().unwrap();
    assert!(seen.len() >= 8 && rfc(wall().plus_ms(24 * HOUR_MS)) < sold, "the network is a day ahead: {sold} {seen:?}");
    let id = told["id"].as_str().unwrap().to_owned();

    // Support, the shop, and operations.
    let proposed = desk.post(&format!("/api/v1/desk/exchanges/{id}/proposals"), &json!({"because": "twice"})).json();
    let ordered = refund(&market, &id);
    let held = hold(&ops, &merchant, 100);
    let (at_held, expires) = (said(&held, "/at"), said(&held, "/expires"));
    assert!(at_held[11..] == expires[11..] && at_held[..10] < expires[..10], "a day of the network: {held}");
    let done = checker.post(&format!("/api/v1/ops/orders/{}/approve", held["no"]), &json!({})).json();
    assert_eq!(done["standing"], "done", "{done}");
    let now = rfc(Moment(network_ms(&ops)));
    for (answer, pointer) in [
        (&proposed, "/proposal/at"),
        (&ordered, "/order/at"),
        (&held, "/at"),
        (&done, "/said/at"),
        (&done, "/given"),
        (&done, "/outcome/at"),
    ] {
        let at = said(answer, pointer);
        assert!(sold <= at && at <= now, "{pointer} is not between {sold} and {now}: {at}");
    }
    // Who saw and did what.
    let trail = page(&here, "auditor").get(&format!("/api/v1/desk/exchanges/{id}/trail")).json();
    let lines = trail["items"].as_array().unwrap();
    assert!(lines.len() >= 3 && lines.iter().all(|line| line["at"].as_str().unwrap() >= &*sold), "{trail}");
    let ran = slipway(&["people", "lock", "hotel", "--dir", net.to_str().unwrap()], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = slipway(&["audit-log", "show", "--json", "--dir", net.to_str().unwrap()], "").json();
    let locked = ran["lines"].as_array().unwrap().iter().rfind(|line| line["from"] == "machine").unwrap();
    assert!(said(locked, "/at") >= sold, "a command beside the network: {locked}");

    // A webhook: what it says is the network's, what its receiver compares with its own clock is the machine's.
    let came = receiver.wait("slip.printed", |all| all.iter().any(|came| came.json()["type"] == "slip.printed"));
    for came in &came {
        assert!(said(&came.json(), "/created") > rfc(wall()), "{}", came.body);
        let signed = came.header("slipway-signature").split(',').next().unwrap().strip_prefix("t=").unwrap().to_owned();
        assert!((wall().0 / 1_000 - signed.parse::<i64>().unwrap()).abs() < 300, "{signed} is not now");
    }
    let deliveries = until("all are said", 400, || {
        let all = market.get(&format!("{hook}/deliveries")).json();
        all["items"].as_array().unwrap().iter().all(|one| one["state"] == "said").then_some(all)
    });
    for one in deliveries["items"].as_array().unwrap() {
        assert!(said(one, "/at") >= said(one, "/created"), "{one}");
    }

    // A session is told its end as the network will show it then: ten hours of a person are three hundred of the network.
    let before = network_ms(&ops);
    let signed = raw(
        &here,
        "POST",
        "/api/v1/session",
        &[JSON],
        &json!({"name": "desk", "password": PASSWORD, "bearer": true}).to_string(),
    );
    let ends = said(&signed.json(), "/ends");
    let of = |ms: i64| rfc(Moment(ms + 300 * HOUR_MS));
    assert!(of(before - 1_000) <= ends && ends <= of(network_ms(&ops)), "{ends}");

    // A kill, and the clock goes on from where it was.
    let lists = ["/api/v1/desk/proposals", "/api/v1/merchant/refunds", "/api/v1/ops/orders"];
    let all = |here: &str| {
        lists.map(|path| {
            page(
                here,
                if path.contains("merchant") {
                    "market"
                } else if path.contains("ops") {
                    "operations"
                } else {
                    "desk"
                },
            )
            .get(path)
            .json()
        })
    };
    let stood = all(&here);
    let last = said(&done, "/outcome/at");
    up.kill();
    let up = at_pace(&net, "30");
    let here = at(&up);
    assert_eq!(all(&here), stood);
    let (market, ops) = (page(&here, "market"), page(&here, "operations"));
    let name = ordered["order"]["name"].as_str().unwrap();
    let back = market.post(&format!("/api/v1/merchant/refunds/{name}/withdrawal"), &json!({})).json();
    assert!(said(&back, "/order/withdrawn/at") >= last, "{back}");
    assert!(said(&hold(&ops, &merchant, 200), "/at") >= last);
    assert_eq!(up.stop(), 0);
    // The network rests: a command tells the time that it has shown.
    let ran = slipway(&["trace", &rrn, "--json", "--dir", net.to_str().unwrap()], "").json();
    assert!(said(&ran, "/evidence/0/at") <= sold, "{ran}");
    let ran = slipway(&["audit-log", "show", "--json", "--dir", net.to_str().unwrap()], "").json();
    let line = ran["lines"].as_array().unwrap().last().unwrap().clone();
    assert!(line["act"] == "trace" && said(&line, "/at") >= last, "{line}");
}

#[test]
fn who_sits_and_who_guesses_lives_by_the_machines_clock() {
    let up = Up::start(&folder("clocks-wall").join("net"));
    let here = at(&up);
    let (sits, ops) = (page(&here, "desk"), page(&here, "operations"));
    let began = network_ms(&ops);
    let (merchant, terminal) = up.tills()[0].clone();
    let wrong = json!({"merchant": merchant, "terminal": terminal, "card": "9990010000009999"}).to_string();
    let guess = || raw(&here, "POST", "/api/v1/inquiry", &[JSON], &wrong).status;
    let tries = |password: &str| Page::sign_in(&here, "hotel", password).map_or_else(|said| said.status, |_| 200);
    assert_eq!([guess(), guess(), guess(), guess()], [404, 404, 404, 429]);
    assert_eq!([0; 6].map(|_| tries("wrong")), [401, 401, 401, 401, 401, 429]);
    // A quarter of an hour of this network is nine seconds of theirs.
    until("a quarter of an hour of the network", 4_000, || (network_ms(&ops) > began + HOUR_MS / 3).then_some(()));
    assert_eq!(sits.get("/api/v1/session").status, 200, "nobody has left the counter for so long");
    assert_eq!((guess(), tries(PASSWORD)), (429, 429), "and nobody has waited");
    assert_eq!(up.stop(), 0);
}

/// Where this program reads the machine's clock, and what for. Everything else is told the network's time.
#[rustfmt::skip]
const READS: [(&str, &str); 30] = [
    ("archive/mod.rs", "times a stopped store"),
    ("bench/chain.rs", "measures"),
    ("bench/issuer.rs", "measures"),
    ("bench/mod.rs", "measures"),
    ("certify/mod.rs", "a device of somebody else, which has a clock of its own"),
    ("clocks.rs", "the type"),
    ("demo/mod.rs", "names a pace"),
    ("demo/stage.rs", "the day in whose morning stories begin"),
    ("doctor/kept.rs", "times a stopped store"),
    ("doctor/machine.rs", "judges the machine's clock itself"),
    ("events/listed.rs", "when a line was written, for its courier's patience"),
    ("events/mod.rs", "how often an event is sent again"),
    ("events/proof.rs", "what a challenge is signed with"),
    ("events/watch.rs", "when a line was written, for its courier's patience"),
    ("export/mod.rs", "times a stopped store"),
    ("handover.rs", "times a stopped store"),
    ("init.rs", "when the clock of parties on their own begins"),
    ("keys/open.rs", "ages of keys, and who had them in hand"),
    ("keys/reset.rs", "makes the number of a reset"),
    ("network/clock_mark.rs", "how long a network has rested"),
    ("network/keys.rs", "ages of keys"),
    ("notices/drive.rs", "tries of couriers, and what they sign"),
    ("notices/journal.rs", "the couriers' own name for it"),
    ("notices/record.rs", "tries of couriers"),
    ("people/mod.rs", "the authenticator's code"),
    ("recon/mod.rs", "times a stopped store"),
    ("run/config.rs", "parties on their own at the machine's pace"),
    ("run/port.rs", "locks of the pages of slips"),
    ("signin/mod.rs", "sessions, locks, the authenticator's code"),
    ("sim.rs", "measures"),
];

#[test]
fn the_machines_clock_is_read_where_it_must_be_and_nowhere_else() {
    fn look(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| {
                ["Pace::REAL", "Pace(1)", "Wall::now()", "wall_ms()"].iter().any(|read| text.contains(read))
            }) {
                found.push(path);
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    look(&src, &mut found);
    let mut found: Vec<String> =
        found.iter().map(|path| path.strip_prefix(&src).unwrap().display().to_string()).collect();
    found.sort();
    let known: Vec<&str> = READS.iter().map(|(file, _)| *file).collect();
    assert_eq!(found, known, "what a person reads is the network's time: see src/clocks.rs");
}
