//! Webhooks of the HTTP API on a running process, against a receiver of our own: who may subscribe to what, the signature under one key
//! and two, what comes again, what a kill leaves, targets that lead inside, what each side sees of the other's, and a target that is slow.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/receiver.rs"]
mod receiver;
#[path = "common/web.rs"]
mod web;

use live::{Up, folder, until};
use receiver::{Came, Receiver};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use web::{JSON, Said, at, bearer, pay, raw, sell};

fn ask(at: &str, bearer: &str, method: &str, path: &str, body: &Value) -> Said {
    let text = if method == "GET" || body.is_null() { String::new() } else { body.to_string() };
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
        json!({"url": format!("http://{here}/api/v1/cutover"), "events": ["*"]}),
        json!({"url": format!("http://localhost:{}/api/v1/cutover", here.rsplit(':').next().unwrap()), "events": ["*"]}),
        json!({"url": format!("http://{}/", up.ready["acquirer"].as_str().unwrap()), "events": ["*"]}),
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
    assert_eq!((&told[0]["final"], &told[2]["final"]), (&json!(false), &json!(true)), "an approval waits for its slip");
    assert!(
        told[0]["decides"]["zh"].as_str().unwrap().contains("slip.printed") && told[2]["decides"]["en"].is_string()
    );
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
        let said = ask(&here, &hotel, method, &path, &json!({"act": "add"}));
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
    assert_eq!((keys("drop").status, keys("show").status), (409, 400), "a key is shown when it is made");
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
    let dropped = keys("drop").json();
    assert!(dropped["webhook"]["two_keys"] == false && dropped["secret"].is_null(), "{dropped}");
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
    assert_eq!(ask(&here, &market, "POST", &format!("{door}/keys"), &json!({"act": "add"})).status, 409);
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

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn each_side_sees_of_the_other_that_it_is_there_and_nothing_goes_out_for_whoever_is_locked() {
    let dir = folder("webhook-sides");
    let net = dir.join("net");
    let up = Up::start(&net);
    let here = at(&up);
    let (market, operations) = (bearer(&here, "market"), bearer(&here, "operations"));
    let receiver = Receiver::new(Vec::new());
    let url = format!("http://{}/hook", receiver.at);
    let merchant = up.tills()[0].0.clone();
    let add = |who: &str, body: Value| ask(&here, who, "POST", "/api/v1/webhooks", &body);
    let wish = json!({"url": url, "events": ["payment.*"], "merchant": merchant});
    assert_eq!(add(&operations, json!({"url": url, "events": ["*"], "merchant": "999290054119999"})).status, 404);

    // Operations' take none of the merchant's places.
    let made = |who: &str| {
        let said = add(who, wish.clone());
        assert_eq!(said.status, 200, "{}", said.text);
        said.json()["webhook"]["id"].as_str().unwrap().to_owned()
    };
    let theirs: Vec<String> = (0..6).map(|_| made(&operations)).collect();
    let ours: Vec<String> = (0..5).map(|_| made(&market)).collect();
    assert_eq!(add(&market, wish.clone()).status, 400, "five of a merchant");
    for (who, own, foreign) in [(&market, &ours[0], &theirs[0]), (&operations, &theirs[0], &ours[0])] {
        let seen = ask(&here, who, "GET", &format!("/api/v1/webhooks/{foreign}"), &json!(null)).json();
        assert!(seen["url"].is_null() && seen["who"].is_null() && seen["id"].is_string(), "{seen}");
        assert_eq!(ask(&here, who, "GET", &format!("/api/v1/webhooks/{own}"), &json!(null)).json()["url"], json!(url));
        for (method, path) in [("POST", "/keys"), ("GET", "/deliveries"), ("POST", "/deliveries/0/redeliver")] {
            let path = format!("/api/v1/webhooks/{foreign}{path}");
            assert_eq!(ask(&here, who, method, &path, &json!({"act": "add"})).status, 403, "{method} {path}");
        }
        let listed = ask(&here, who, "GET", "/api/v1/webhooks?limit=200", &json!(null)).text;
        assert!(
            listed.contains(foreign) && listed.matches(&url).count() == if who == &market { 5 } else { 6 },
            "{listed}"
        );
    }
    let end = |who: &str, id: &str, body: &Value| ask(&here, who, "DELETE", &format!("/api/v1/webhooks/{id}"), body);
    assert_eq!(end(&market, &theirs[0], &json!({"because": "not ours"})).status, 403);
    for because in
        [json!({}), json!({"because": " "}), json!({"because": "9990010000000014"}), json!({"because": "a\u{202e}b"})]
    {
        assert_eq!(end(&operations, &ours[4], &because).status, 400, "{because}");
    }
    assert_eq!(end(&operations, &ours[4], &json!({"because": "its target is somebody else's"})).status, 200);
    assert_eq!(end(&operations, &theirs[5], &json!({})).status, 200, "one's own needs no reason");
    let trail = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    assert!(trail.contains("its target is somebody else's"), "{trail}");
    (1..4).for_each(|no| assert_eq!(end(&market, &ours[no], &json!({})).status, 200));
    (1..5).for_each(|no| assert_eq!(end(&operations, &theirs[no], &json!({})).status, 200));

    // Whoever is locked hears nothing more, and whoever is not goes on.
    let lock = |how: &[&str]| {
        let line = [&["people", "lock", "market", "--dir", net.to_str().unwrap()], how].concat();
        common::slipway(&line, "").code
    };
    assert_eq!(lock(&[]), 0);
    let rrn = sell(&up);
    let deliveries = |who: &str, id: &str| {
        ask(&here, who, "GET", &format!("/api/v1/webhooks/{id}/deliveries"), &json!(null)).json()["items"].clone()
    };
    receiver.wait("the event of operations", |all| !all.is_empty());
    let record = net.join(format!("webhooks/{}.jsonl", ours[0]));
    until("the merchant's courier", 4_000, || {
        std::fs::read_to_string(&record).unwrap().contains("may not have it now").then_some(())
    });
    let came = receiver.all();
    assert_eq!((came.len(), came[0].json()["data"]["rrn"].as_str()), (1, Some(&*rrn)));
    let seen = ask(&here, &operations, "GET", &format!("/api/v1/webhooks/{}", ours[0]), &json!(null)).json();
    assert_eq!(seen["paused"], true);
    assert_eq!(lock(&["--release"]), 0);
    receiver.wait("what waited", |all| all.len() >= 2);

    // So many a minute are sent again.
    let row = deliveries(&operations, &theirs[0])[0]["sequence"].clone();
    let door = format!("/api/v1/webhooks/{}/deliveries/{row}/redeliver", theirs[0]);
    let asked: Vec<Said> = (0..11).map(|_| ask(&here, &operations, "POST", &door, &json!({}))).collect();
    assert_eq!(asked.iter().filter(|said| said.status == 200).count(), 10);
    let last = asked.last().unwrap();
    assert!(last.status == 429 && last.head.contains("retry-after: "), "{} {}", last.head, last.text);

    // No webhook comes in at our own port, and nobody else reads what was written down.
    let hook = [JSON, ("slipway-notice", "x")];
    assert_eq!(raw(&here, "POST", "/api/v1/cutover", &hook, "{}").status, 403);
    assert_eq!(mode(&net.join("events.jsonl")), 0o600);
    assert_eq!((mode(&net.join("webhooks")), mode(&record)), (0o700, 0o600));
    assert_eq!(up.stop(), 0);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a test of how long a door takes looks at the clock")]
fn a_slow_target_keeps_nobody_else_waiting() {
    let dir = folder("webhook-slow");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let (market, hotel) = (bearer(&here, "market"), bearer(&here, "hotel"));
    let (slow, go) = Receiver::slow();
    let fast = Receiver::new(Vec::new());
    let add = |to: &Receiver| {
        let wish = json!({"url": format!("http://{}/", to.at), "events": ["payment.*"]});
        ask(&here, &market, "POST", "/api/v1/webhooks", &wish).json()["webhook"]["id"].as_str().unwrap().to_owned()
    };
    let (waits, _) = (add(&slow), add(&fast));
    sell(&up);
    let first = slow.wait("a message that is not answered", |all| !all.is_empty());
    fast.wait("the other target", |all| !all.is_empty());
    // While it waits its keys change, twice, and it is ended: no door waits for its answer.
    let began = std::time::Instant::now();
    for act in ["add", "drop", "add"] {
        let said = ask(&here, &market, "POST", &format!("/api/v1/webhooks/{waits}/keys"), &json!({"act": act}));
        assert_eq!(said.status, 200, "{act} {}", said.text);
    }
    assert_eq!(ask(&here, &hotel, "GET", "/api/v1/webhooks", &json!(null)).status, 200);
    assert_eq!(ask(&here, &market, "DELETE", &format!("/api/v1/webhooks/{waits}"), &json!({})).status, 200);
    assert!(began.elapsed().as_millis() < 2_500, "{:?}", began.elapsed());
    assert_eq!(slow.all().len(), first.len(), "it has not answered yet, and nobody has sent it anything again");
    go.send(()).unwrap();
    assert_eq!(up.stop(), 0);
}

#[test]
fn what_a_subscription_finds_open_is_told_when_it_is_over_and_nothing_of_before() {
    let dir = folder("webhook-between");
    let up = Up::start(&dir.join("net"));
    let here = at(&up);
    let market = bearer(&here, "market");
    let subscribe = || {
        let receiver = Receiver::new(Vec::new());
        let wish = json!({"url": format!("http://{}/", receiver.at), "events": ["*"]});
        let said = ask(&here, &market, "POST", "/api/v1/webhooks", &wish);
        assert_eq!(said.status, 200, "{}", said.text);
        receiver
    };
    let lines = |body: Value| assert_eq!(up.port.post("/api/v1/theatre/lines", &body), Some(json!({"taken": true})));
    let types = |receiver: &Receiver| -> Vec<String> {
        receiver.all().iter().map(|came| came.json()["type"].as_str().unwrap().to_owned()).collect()
    };
    // Approved before, its slip confirmed after.
    lines(json!({"hop": 1, "fault": "hold", "mti": 620, "times": 99}));
    pay(&up, "123456", "Approved: check the signature");
    let first = subscribe();
    lines(json!({"clear": true}));
    first.wait("the slip", |all| !all.is_empty());
    up.port.wait_quiet();
    assert_eq!(types(&first), ["slip.printed"]);
    // In doubt before, its undo answered after; and of the slip that is known nothing to whoever comes later.
    lines(json!({"hop": 5, "fault": "hold", "mti": 430, "times": 99}));
    lines(json!({"hop": 6, "fault": "lose", "mti": 210, "times": 1}));
    pay(&up, "123456", "Reversal done");
    let second = subscribe();
    lines(json!({"clear": true}));
    second.wait("the end of its undo", |all| all.len() >= 2);
    up.port.wait_quiet();
    assert_eq!(types(&second), ["payment.reversed", "doubt.closed"]);
    let all = ["slip.printed", "payment.approved", "doubt.opened", "payment.reversed", "doubt.closed"];
    first.wait("all of it", |came| came.len() >= all.len());
    assert_eq!(types(&first), all);
    assert_eq!(up.stop(), 0);
}

#[test]
fn nothing_goes_to_an_address_that_has_not_said_it_is_the_subscribers() {
    let net = folder("webhooks-proof").join("net");
    let up = Up::start(&net);
    let here = at(&up);
    let (market, hotel) = (bearer(&here, "market"), bearer(&here, "hotel"));
    let receiver = Receiver::new(Vec::new());
    *receiver.instead.lock().unwrap() = Some((200, json!({"challenge": "no"}).to_string()));
    let wanted = json!({"url": format!("http://{}/hook", receiver.at), "events": ["payment.*", "slip.printed"]});
    let made = ask(&here, &market, "POST", "/api/v1/webhooks", &wanted).json();
    assert_eq!(made["webhook"]["state"], "unproven", "{made}");
    let (id, secret) = (made["webhook"]["id"].as_str().unwrap(), made["secret"].as_str().unwrap().to_owned());
    let door = format!("/api/v1/webhooks/{id}");
    let rrn = sell(&up);
    // They come by themselves, each with a value of its own, and say nothing of a payment.
    let asked = until("three challenges", 2_000, || Some(receiver.challenges()).filter(|all| all.len() >= 3));
    let values: BTreeSet<String> =
        asked.iter().map(|one| one.json()["data"]["challenge"].as_str().unwrap().to_owned()).collect();
    assert_eq!(values.len(), asked.len(), "{values:?}");
    for one in &asked {
        assert!(
            one.signed(&secret) == 1 && values.iter().all(|value| value.len() == 48) && !one.body.contains(&rrn),
            "{one:?}"
        );
    }
    // Whatever is answered that is not the value in a body of 200.
    let challenge = |who: &str| ask(&here, who, "POST", &format!("{door}/challenge"), &json!({}));
    let long = json!({"pad": "x".repeat(2_000), "challenge": "no"}).to_string();
    for (status, text, why) in [
        (200, "", "not its value"),
        (200, "no json", "not its value"),
        (200, &*long, "not its value"),
        (204, "", "http 204"),
        (403, "", "http 403"),
    ] {
        *receiver.instead.lock().unwrap() = Some((status, text.to_owned()));
        let said = challenge(&market);
        assert_eq!((said.status, said.json()["reason"].as_str()), (409, Some("unproven")), "{}", said.text);
        assert!(said.json()["why"].as_str().unwrap().contains(why), "{}", said.text);
    }
    assert_eq!(challenge(&hotel).status, 404);
    let waiting = ask(&here, &market, "GET", &format!("{door}/deliveries"), &json!(null)).json();
    let waiting = waiting["items"].as_array().unwrap();
    assert!(
        waiting.len() == 2 && waiting.iter().all(|one| one["state"] == "waiting" && one["tries"] == 0),
        "{waiting:?}"
    );
    let again = format!("{door}/deliveries/{}/redeliver", waiting[0]["sequence"]);
    assert_eq!(ask(&here, &market, "POST", &again, &json!({})).json()["reason"], "unproven");
    assert!(receiver.all().is_empty(), "nothing else was sent");

    // Over a kill it is unproven still; then the address answers, and what waited goes out.
    up.kill();
    let up = Up::start(&net);
    let here = at(&up);
    let market = bearer(&here, "market");
    let state = || ask(&here, &market, "GET", &door, &json!(null)).json()["state"].clone();
    assert_eq!(state(), "unproven");
    *receiver.instead.lock().unwrap() = None;
    let challenge = || ask(&here, &market, "POST", &format!("{door}/challenge"), &json!({}));
    let said = challenge();
    assert_eq!((said.status, &said.json()["webhook"]["state"]), (200, &json!("open")), "{}", said.text);
    let came = receiver.wait("both events", |all| all.len() >= 2);
    assert_eq!(
        (&came[0].json()["type"], &came[1].json()["type"]),
        (&json!("payment.approved"), &json!("slip.printed"))
    );
    // It is proved once: nobody is asked again, over a start neither.
    let asked = receiver.challenges().len();
    assert_eq!(challenge().json()["webhook"]["state"], "open");
    assert_eq!(up.stop(), 0);
    let up = Up::start(&net);
    sell(&up);
    receiver.wait("two more", |all| all.len() >= 4);
    assert_eq!(receiver.challenges().len(), asked);
    assert_eq!(up.stop(), 0);
}
