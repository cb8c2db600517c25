//! The support desk over its port, as a browser and as a foreign page: who may sign in and see what, what a session bears, what is
//! written down, and nonsense in every field.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/web.rs"]
mod web;

use common::slipway;
use live::{Up, ahead, folder};
use serde_json::{Value, json};
use slipway_node::Clock;
use slipway_runtime::os::{Pace, PacedClock};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;
use web::{JSON, PASSWORD, Page, at, fits, raw, sell};

fn people(net: &Path, line: &[&str], input: &str) -> (i32, String) {
    let ran = slipway(&[&["--lang", "en"], line, &["--dir", net.to_str().unwrap()]].concat(), input);
    (ran.code, format!("{}{}", ran.out, ran.err))
}

#[test]
fn each_role_sees_and_does_what_is_its_own() {
    let dir = folder("desk-web-rights");
    let net = dir.join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let rrn = sell(&up);
    let by_rrn = json!({"rrn": rrn});
    let sign_in = |name: &str| Page::sign_in(&at, name, PASSWORD).map_err(|said| said.text).unwrap();

    // The desk: everything, on one line of time.
    let desk = sign_in("desk");
    let told = desk.find(&by_rrn)["found"].clone();
    assert_eq!((told["verdict"].as_str(), told["cashier"].as_str()), (Some("took_place"), Some("print")));
    assert!(told["sentence"]["zh"].is_string() && told["cardholder"]["en"].as_str().unwrap().contains("paid once"));
    let parties: Vec<&str> =
        told["timeline"].as_array().unwrap().iter().filter_map(|entry| entry["party"].as_str()).collect();
    for party in ["terminal", "acquirer", "switch", "issuer"] {
        assert!(parties.contains(&party), "{party}: {}", told["timeline"]);
    }
    let times: Vec<&str> = told["timeline"].as_array().unwrap().iter().filter_map(|e| e["at"].as_str()).collect();
    assert!(times.is_sorted(), "{times:?}");
    let moved: Vec<(&str, &str)> = told["timeline"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["what"] == "posted")
        .filter_map(|entry| Some((entry["party"].as_str()?, entry["en"].as_str()?)))
        .collect();
    assert!(moved.contains(&("issuer", "CNY 88.00 debited")), "{moved:?}");
    assert!(moved.contains(&("acquirer", "CNY 88.00 credited to the merchant")), "{moved:?}");
    assert!(told["deeds"].as_array().unwrap().iter().all(|deed| deed["allowed"] == true), "{}", told["deeds"]);
    let id = told["id"].as_str().unwrap().to_owned();
    let door = |end: &str| format!("/api/v1/desk/exchanges/{id}{end}");

    // By the hotline's three, the whole card in the body; by amount, day and last four.
    let card = up.ready["cards"][0]["pan"].as_str().unwrap().to_owned();
    let (merchant, terminal) = up.tills()[0].clone();
    let three = json!({"merchant": merchant, "terminal": terminal, "card": card});
    assert_eq!(desk.find(&three)["found"]["id"], told["id"]);
    let day = &told["evidence"][1]["at"].as_str().unwrap()[..10];
    let dated = json!({"amount": "88.00", "date": day, "last4": &card[12..]});
    assert_eq!(desk.find(&dated)["found"]["id"], told["id"]);

    // The slip as it was printed, and as it comes again.
    let slip = desk.get(&door("/slip")).json();
    assert!(slip["cardholder"].as_str().unwrap().contains("88.00"), "{slip}");
    assert!(!slip["cardholder"].as_str().unwrap().contains("重打印"));
    assert!(slip["reprint"].as_str().unwrap().contains("重打印"), "{slip}");
    let printed = std::fs::read_dir(net.join("slips")).unwrap().flatten().map(|entry| entry.path());
    let printed: Vec<String> = printed.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let paper = slip["cardholder"].as_str().unwrap().trim_end();
    assert!(printed.is_empty() || printed.iter().any(|text| text.contains(paper)), "{paper}\n{printed:?}");
    let picture = desk.get(&door("/slip.svg?copy=merchant&reprint=1"));
    assert!(picture.status == 200 && picture.head.contains("image/svg+xml") && picture.text.starts_with("<svg"));

    // The shop of the payment sees it without the banks' word; another shop gets what nobody gets.
    let market = sign_in("market");
    let own = market.find(&by_rrn)["found"].clone();
    assert_eq!((&own["sentence"], &own["id"]), (&told["sentence"], &told["id"]));
    assert!(own["evidence"].as_array().unwrap().iter().all(|e| e["party"] != "issuer" && e["code"].is_null()), "{own}");
    assert!(own["timeline"].as_array().unwrap().iter().all(|e| e["party"] != "issuer"), "{own}");
    let hotel = sign_in("hotel");
    let nothing = desk.find(&json!({"rrn": "632700009999"}));
    for key in [&by_rrn, &three, &dated] {
        assert_eq!(hotel.find(key), nothing, "{key}");
    }
    let missing = hotel.get("/api/v1/desk/exchanges/999290070110002-10000002-000001-999999");
    for end in ["", "/slip", "/slip.svg"] {
        let said = hotel.get(&door(end));
        assert_eq!((said.status, &said.text), (404, &missing.text), "{end}");
    }
    for end in ["/reprint", "/proposals"] {
        let said = hotel.post(&door(end), &json!({"because": "theirs"}));
        assert_eq!((said.status, &said.text), (404, &missing.text), "{end}");
    }
    assert_eq!(hotel.get(&door("/trail")).status, 403);

    // What a role may not do is refused with the reason that its page shows.
    let cashier = sign_in("cashier");
    let said = cashier.post(&door("/proposals"), &json!({"because": "twice"}));
    assert!(said.status == 409 && said.json()["title"].as_str().unwrap().contains("no refund"), "{}", said.text);
    let auditor = sign_in("auditor");
    assert_eq!(auditor.post(&door("/reprint"), &json!({})).status, 409);
    let agent = sign_in("agent");
    assert_eq!(agent.post("/api/v1/desk/find", &by_rrn).status, 403);
    let sentence = agent.post("/api/v1/inquiry", &three);
    assert!(
        sentence.status == 200
            && sentence.json()["sentence"]
                == json!({"zh": told["sentence"]["zh"], "en": told["sentence"]["en"], "due": null}),
        "{}",
        sentence.text
    );

    // Two pages ask for the same paper: one comes out.
    let (one, two) = std::thread::scope(|scope| {
        let [one, two] = [&desk, &cashier].map(|page| scope.spawn(|| page.post(&door("/reprint"), &json!({})).json()));
        (one.join().unwrap(), two.join().unwrap())
    });
    assert!(one["printing"] == true && two["printing"] == true, "{one} {two}");
    assert_ne!(one["already"] == true, two["already"] == true, "{one} {two}");

    // A refund is proposed once, and is the shop's to make.
    for bad in [
        json!({}),
        json!({"because": "  "}),
        json!({"because": "x".repeat(201)}),
        json!({"because": format!("card {card}")}),
        json!({"because": "turned \u{202e}round"}),
        json!({"because": "two\nlines"}),
    ] {
        assert_eq!(desk.post(&door("/proposals"), &bad).status, 400, "{bad}");
    }
    let odd = "坏了 <img src=x> עברית 😀";
    let first = desk.post(&door("/proposals"), &json!({"because": odd})).json();
    assert!(first["fresh"] == true && first["proposal"]["because"] == odd, "{first}");
    let again = market.post(&door("/proposals"), &json!({"because": "me too"})).json();
    assert!(again["fresh"] == false && again["proposal"]["who"] == "desk", "{again}");
    assert_eq!(market.get("/api/v1/desk/proposals").json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(hotel.get("/api/v1/desk/proposals").json()["items"], json!([]));

    // All of it is on record, for the auditor, and holds no card.
    let trail = auditor.get(&door("/trail")).json();
    let has = |who: &str, act: &str| {
        trail["items"].as_array().unwrap().iter().any(|line| line["who"] == who && line["act"] == act)
    };
    for (who, act) in [
        ("desk", "find"),
        ("desk", "slip"),
        ("market", "find"),
        ("desk", "propose_refund"),
        ("cashier", "reprint"),
        ("auditor", "trail"),
    ] {
        assert!(has(who, act), "{who} {act}: {trail}");
    }
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    assert!(!log.contains(&card) && !log.contains(PASSWORD) && !log.contains(&desk.cookie[16..]), "{log}");
    assert_eq!(people(&net, &["audit-log", "verify"], "").0, 0);
    assert_eq!(up.stop(), 0);

    // The proposal outlives the run, and the log is one chain with what the command line asks.
    assert_eq!(people(&net, &["trace", &rrn], "").0, 0);
    let up = Up::start(&net);
    let at = up.ready["http"].as_str().unwrap().to_owned();
    let desk = Page { at: at.clone(), ..desk };
    assert_eq!(desk.get("/api/v1/session").json()["reason"], "ended", "a restart ends sessions");
    let desk = Page::sign_in(&at, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    assert_eq!(desk.get("/api/v1/desk/proposals").json()["items"][0]["who"], "desk");
    assert_eq!(up.stop(), 0);
    let (code, said) = people(&net, &["audit-log", "verify"], "");
    assert!(code == 0 && said.contains("whole"), "{said}");
    let lines: Vec<String> =
        std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap().lines().map(str::to_owned).collect();
    let fewer: String = lines[..lines.len() - 2].iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(net.join("inquiries.jsonl"), fewer).unwrap();
    let (code, said) = people(&net, &["audit-log", "verify"], "");
    assert!(code == 1 && said.contains("cut off"), "{code} {said}");
}

#[test]
fn sessions_forged_stolen_and_ended() {
    let dir = folder("desk-web-sessions");
    let net = dir.join("net");
    let up = Up::start(&net);
    let at = at(&up);
    let page = Page::sign_in(&at, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    let who = page.get("/api/v1/session");
    assert!(who.json()["role"]["word"] == "desk" && who.head.contains("cache-control: no-store"), "{}", who.head);
    assert!(who.head.contains("default-src 'none'") && !who.head.contains("unsafe"), "{}", who.head);
    let find = json!({"rrn": "632700000002"}).to_string();
    let (own, path) = (format!("http://{at}"), "/api/v1/desk/find");
    let check = |name: &str, headers: &[(&str, &str)], want: u16| {
        let said = raw(&at, "POST", path, &[&[JSON], headers].concat(), &find);
        assert_eq!(said.status, want, "{name}: {}", said.text);
        assert!(want == 200 || said.head.contains("application/problem+json") || want == 421, "{name}: {}", said.head);
    };
    let (cookie, csrf, origin) = (("cookie", &*page.cookie), ("x-csrf-token", &*page.csrf), ("origin", &*own));
    check("as it is", &[cookie, csrf, origin], 200);
    check("nobody", &[origin], 401);
    check("no second secret", &[cookie, origin], 403);
    check("another's second secret", &[cookie, ("x-csrf-token", &"0".repeat(64)), origin], 403);
    check("another page", &[cookie, csrf, ("origin", "http://evil.example")], 403);
    check("another page of this machine", &[cookie, csrf, ("origin", "http://127.0.0.1:1")], 403);
    check("a name that points here", &[cookie, csrf, ("host", "evil.example"), ("origin", "http://evil.example")], 421);
    check("another site's fetch", &[cookie, csrf, origin, ("sec-fetch-site", "cross-site")], 403);
    let long = format!("slipway-session={}", "a".repeat(6_000));
    for forged in ["slipway-session=", "slipway-session=0", "slipway-session=../../x", "slipway-session=\"\"", &*long] {
        check(forged, &[("cookie", forged), csrf, origin], 401);
    }
    let other = format!("slipway-session={}", "f".repeat(64));
    check("made up", &[("cookie", &other), csrf, origin], 401);
    let token = format!("Bearer {}", up.ready["token"].as_str().unwrap());
    check("the run's token is no person", &[("authorization", &token)], 401);

    // A program's number: no second secret, because no browser sends it by itself.
    let body = json!({"name": "desk", "password": PASSWORD, "bearer": true}).to_string();
    let said = raw(&at, "POST", "/api/v1/session", &[JSON], &body);
    assert!(said.status == 200 && !said.head.contains("set-cookie"), "{}", said.head);
    let bearer = format!("Bearer {}", said.json()["token"].as_str().unwrap());
    check("bearer", &[("authorization", &bearer)], 200);
    check("bearer by another page", &[("authorization", &bearer), ("origin", "http://evil.example")], 403);

    // Signing in again gives another number, and the old one opens nothing.
    let again = raw(
        &at,
        "POST",
        "/api/v1/session",
        &[JSON, origin, cookie],
        &json!({"name": "desk", "password": PASSWORD}).to_string(),
    );
    let fresh = again.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap().to_owned();
    assert!(again.status == 200 && !fresh.starts_with(&page.cookie));
    assert_eq!(page.get("/api/v1/session").json()["reason"], "ended");

    // Signed out; another role, a lock: what was open ends.
    let page = Page::sign_in(&at, "market", PASSWORD).map_err(|said| said.text).unwrap();
    let gone =
        raw(&at, "DELETE", "/api/v1/session", &[("cookie", &page.cookie), ("x-csrf-token", &page.csrf), origin], "");
    assert!(gone.status == 200 && gone.head.contains("max-age=0"), "{}", gone.head);
    assert_eq!(page.get("/api/v1/session").status, 401);
    let page = Page::sign_in(&at, "operations", PASSWORD).map_err(|said| said.text).unwrap();
    assert_eq!(people(&net, &["people", "role", "operations", "auditor"], "").0, 0);
    assert_eq!(page.get("/api/v1/session").json()["reason"], "changed");
    let page = Page::sign_in(&at, "operations", PASSWORD).map_err(|said| said.text).unwrap();
    assert_eq!(people(&net, &["people", "lock", "operations"], "").0, 0);
    assert_eq!(page.get("/api/v1/session").status, 401);
    let locked = Page::sign_in(&at, "operations", PASSWORD).err().unwrap();
    assert!(locked.status == 401 && locked.json()["reason"] == "wrong", "{}", locked.text);

    // Five wrong ones lock a name, whether anybody has it or not, for the right one too, with the same words.
    let tries = |name: &str| {
        let mut all: Vec<(u16, String)> = (0..5)
            .map(|no| {
                let said = Page::sign_in(&at, name, &format!("wrong password {no}")).err().unwrap();
                (said.status, said.text)
            })
            .collect();
        let said = Page::sign_in(&at, name, PASSWORD).err().unwrap();
        all.push((said.status, said.text));
        all
    };
    let (real, nobody) = (tries("hotel"), tries("nobody-has-this-name"));
    assert_eq!(real, nobody);
    assert_eq!(real.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429]);
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    assert!(
        log.contains("locked_out") && !log.contains("nobody-has-this-name") && !log.contains("wrong password"),
        "{log}"
    );
    assert_eq!(up.stop(), 0);
}

#[test]
fn nonsense_in_every_field() {
    let dir = folder("desk-web-nonsense");
    let up = Up::start(&dir.join("net"));
    let at = at(&up);
    let page = Page::sign_in(&at, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    let own = format!("http://{at}");
    let headers = [JSON, ("origin", &*own), ("cookie", &*page.cookie), ("x-csrf-token", &*page.csrf)];
    let huge = format!("{{\"rrn\":\"{}\"}}", "1".repeat(40_000));
    let deep = "[".repeat(9_000);
    for (body, want) in [("", 400), ("{", 400), ("[]", 400), ("\"x\"", 400), ("{}", 400), (&*deep, 400), (&*huge, 413)]
    {
        for path in ["/api/v1/desk/find", "/api/v1/session", "/api/v1/inquiry"] {
            let said = raw(&at, "POST", path, &headers, body);
            let wrong = if path.ends_with("session") && body == "{}" { 401 } else { want };
            assert_eq!(said.status, wrong, "{path} {}: {}", &body[..body.len().min(20)], said.text);
            assert!(
                said.head.contains("application/problem+json") && said.json()["title_zh"].is_string(),
                "{}",
                said.text
            );
        }
    }
    let form = [("content-type", "application/x-www-form-urlencoded"), headers[1], headers[2], headers[3]];
    assert_eq!(raw(&at, "POST", "/api/v1/desk/find", &form, "rrn=632700000002").status, 415);
    for odd in [
        "<script>alert(1)</script>",
        "'; drop table--",
        "\u{202e}000000727236",
        "😀😀😀😀😀😀😀😀😀😀😀😀",
        "\0",
        "６３２７００００００２２",
        "../../../../x",
    ] {
        let fields = ["rrn", "merchant", "terminal", "card", "tail", "amount", "date", "last4"];
        let body: Value = fields.iter().skip(1).map(|name| ((*name).to_owned(), json!(odd))).collect();
        for body in [json!({"rrn": odd}), body] {
            let said = page.post("/api/v1/desk/find", &body);
            assert!(
                said.status == 400 && said.head.contains("problem+json") && !said.text.contains("<script>"),
                "{odd}: {} {}",
                said.status,
                said.text
            );
        }
    }
    for path in [
        "..%2f..%2fpeople.json",
        "%00",
        "a-b-c-d",
        "999290054110001-10000001-000001-000002%2fslip",
        &*"x".repeat(5_000),
    ] {
        let said = page.get(&format!("/api/v1/desk/exchanges/{path}"));
        assert_eq!(said.status, 404, "{path}: {}", said.text);
    }
    assert_eq!(page.get("/assets/..%2f..%2fpeople.json").status, 404);
    assert_eq!(raw(&at, "GET", "/desk", &[], "").status, 200);
    assert_eq!(up.stop(), 0);
}

#[test]
fn the_api_is_as_it_is_described() {
    let dir = folder("desk-web-api");
    let up = Up::start(&dir.join("net"));
    let at = at(&up);
    let rrn = sell(&up);
    let api = raw(&at, "GET", "/api/v1/openapi.json", &[], "").json();
    assert_eq!(api["openapi"], "3.1.0");
    let page = Page::sign_in(&at, "desk", PASSWORD).map_err(|said| said.text).unwrap();
    let auditor = Page::sign_in(&at, "auditor", PASSWORD).map_err(|said| said.text).unwrap();
    let id = page.find(&json!({"rrn": rrn}))["found"]["id"].as_str().unwrap().to_owned();
    let (merchant, terminal) = up.tills()[0].clone();
    let mut asked = 0;
    // The portal's doors have a test of their own.
    for (path, methods) in api["paths"].as_object().unwrap().iter().filter(|(path, _)| !path.contains("/merchant/")) {
        for (method, told) in methods.as_object().unwrap() {
            let tag = told["tags"][0].as_str().unwrap();
            if !matches!(tag, "session" | "desk" | "inquiry") && told["operationId"] != "trace" {
                continue;
            }
            let (door, name) = (path.replace("{id}", &id), told["operationId"].as_str().unwrap());
            let body = match name {
                "signIn" => json!({"name": "desk", "password": PASSWORD, "bearer": true}),
                "find" | "trace" => json!({"rrn": rrn}),
                "inquiry" => json!({"merchant": merchant, "terminal": terminal, "card": up.ready["cards"][0]["pan"]}),
                "proposeRefund" => json!({"because": "twice"}),
                _ => json!({}),
            };
            // Nobody first: what is for somebody is refused as the document says.
            let nobody = raw(&at, &method.to_uppercase(), &door, &[JSON], &body.to_string());
            let open = matches!(name, "signIn" | "inquiry" | "trace");
            assert_eq!(nobody.status, if open { 200 } else { 401 }, "{method} {door}: {}", nobody.text);
            if !open {
                fits(
                    &api,
                    &told["responses"]["401"]["content"]["application/problem+json"]["schema"],
                    &nobody.json(),
                    name,
                );
            }
            let who = if name == "trail" { &auditor } else { &page };
            let said = match (method.as_str(), name) {
                ("get", _) => who.get(&door),
                (_, "signIn" | "trace") => nobody,
                ("delete", _) => continue,
                _ => who.post(&door, &body),
            };
            assert_eq!(said.status, 200, "{method} {door}: {}", said.text);
            let good = &told["responses"]["200"]["content"];
            if good["application/json"].is_object() {
                fits(&api, &good["application/json"]["schema"], &said.json(), name);
            }
            asked += 1;
        }
    }
    assert!(asked >= 12, "{asked}");
    assert_eq!(up.stop(), 0);
}

#[test]
fn people_are_kept_by_the_command_line() {
    let dir = folder("desk-web-people");
    let net = dir.join("net");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
    command
        .args([
            "up",
            "--pace",
            "fast",
            "--json",
            "--http",
            "127.0.0.1:0",
            "--acquirer-port",
            "0",
            "--switch-port",
            "0",
            "--dir",
        ])
        .arg(&net);
    let up = Up::from(command, &dir.join("up"));
    let at = at(&up);
    assert_eq!(up.ready["sign_ins"], json!([]), "nobody has a password that was published");
    let check = |line: &[&str], input: &str, want: i32, words: &str| {
        let (code, said) = people(&net, line, input);
        assert!(code == want && said.contains(words), "{line:?}: {code} {said}");
    };
    check(&["people", "list"], "", 0, "nobody yet");
    for (line, words) in [
        (&["people", "add", "li", "--role", "owner"][..], "no such role"),
        (&["people", "add", "li lei", "--role", "desk"], "a name has"),
        (&["people", "add", "9990010000000014", "--role", "desk"], "a name has"),
        (&["people", "add", "li", "--role", "cashier"], "--merchant"),
        (&["people", "add", "li", "--role", "desk", "--merchant", "999290054110001"], "belongs to no merchant"),
        (&["people", "lock", "li"], "nobody is called"),
    ] {
        check(line, "green tea at four\n", 2, words);
    }
    check(&["people", "add", "li", "--role", "desk"], "short\n", 2, "10 to 128");
    check(&["people", "add", "li", "--role", "desk"], "lili li li li\n", 2, "easily guessed");
    check(&["people", "add", "li", "--role", "desk"], "green tea at four\n", 0, "done");
    check(&["people", "add", "li", "--role", "desk"], "green tea at four\n", 2, "already");
    let page = Page::sign_in(&at, "Li", "green tea at four").map_err(|said| said.text).unwrap();
    std::fs::write(dir.join("password"), "black tea at five\n").unwrap();
    let file = dir.join("password").display().to_string();
    check(&["people", "password", "li", "--password-file", &file], "", 0, "done");
    assert_eq!(page.get("/api/v1/session").json()["reason"], "changed");
    assert!(Page::sign_in(&at, "li", "green tea at four").is_err());
    assert!(Page::sign_in(&at, "li", "black tea at five").is_ok());
    // A second factor is on only once its first code was right.
    check(&["people", "totp", "li"], "000000\n", 2, "does not fit");
    assert!(Page::sign_in(&at, "li", "black tea at five").is_ok());
    check(&["people", "list"], "", 0, "support desk");
    let text = std::fs::read_to_string(net.join("people.json")).unwrap();
    assert!(!text.contains("tea at"), "{text}");
    check(&["audit-log", "show", "--who", "li"], "", 0, "sign_in");
    check(&["audit-log", "verify"], "", 0, "whole");
    assert_eq!(up.stop(), 0);
}

/// What an authenticator with this secret shows at this step: found by trying, as this test has no cipher of its own.
fn shown_at(secret: &[u8], at_ms: i64, step: u64) -> String {
    let codes = (0..1_000_000).map(|code| format!("{code:06}"));
    let mut fitting = codes.filter(|code| slipway_vault::second_factor(secret, code, at_ms, step - 1) == Some(step));
    fitting.next().unwrap()
}

/// Base 32 without padding.
fn from_base32(text: &str) -> Vec<u8> {
    let (mut held, mut bits, mut out) = (0_u32, 0, Vec::new());
    for c in text.bytes() {
        let five = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == c).unwrap();
        (held, bits) = (held << 5 | u32::try_from(five).unwrap(), bits + 5);
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits).unwrap());
            held &= (1 << bits) - 1;
        }
    }
    out
}

#[test]
fn a_second_factor_is_asked_for_and_each_code_is_taken_once() {
    // The network's clock is a day ahead: the phone's is not.
    let net = ahead("desk-web-second");
    let up = Up::start(&net);
    let at = at(&up);
    let clock = PacedClock::start(Pace::REAL);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["--lang", "en", "people", "totp", "desk", "--dir"]).arg(&net);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let secret = from_base32(line.split("secret=").nth(1).unwrap().split('&').next().unwrap());
    let now = clock.now().0;
    let step = u64::try_from(now / 30_000).unwrap();
    let first = shown_at(&secret, now, step);
    writeln!(child.stdin.take().unwrap(), "{first}").unwrap();
    assert!(child.wait().unwrap().success());
    let kept = std::fs::read_to_string(net.join("people.json")).unwrap();
    assert!(!kept.contains(&slipway_iso8583::hex(&secret)), "sealed at rest");

    let tries = |code: &str| {
        let body = json!({"name": "desk", "password": PASSWORD, "code": code}).to_string();
        raw(&at, "POST", "/api/v1/session", &[JSON], &body).status
    };
    assert_eq!(tries(""), 401, "the password alone");
    assert_eq!(tries(&first), 401, "it was taken when it was set up");
    let next = shown_at(&secret, now + 30_000, step + 1);
    assert_eq!(tries(&next), 200);
    assert_eq!(tries(&next), 401, "once");
    assert_eq!(people(&net, &["people", "totp", "desk", "--off"], "").0, 0);
    assert_eq!(tries(""), 200);
    assert_eq!(up.stop(), 0);
}

#[test]
fn sample_people_are_nobody_under_another_start() {
    let dir = folder("desk-web-sample");
    let net = dir.join("net");
    let up = Up::start(&net);
    assert_eq!(up.ready["sign_ins"].as_array().unwrap().len(), 9);
    assert!(Page::sign_in(&at(&up), "desk", PASSWORD).is_ok());
    assert_eq!(up.stop(), 0);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_slipway"));
    command
        .args([
            "up",
            "--pace",
            "fast",
            "--json",
            "--http",
            "127.0.0.1:0",
            "--acquirer-port",
            "0",
            "--switch-port",
            "0",
            "--dir",
        ])
        .arg(&net);
    command.args(["--origin", "https://desk.example"]);
    let up = Up::from(command, &dir.join("up"));
    let at = at(&up);
    let refused = Page::sign_in(&at, "desk", PASSWORD).err().unwrap();
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (401, Some("wrong")));
    // Behind a server that speaks TLS: the cookie is bound to it.
    assert_eq!(people(&net, &["people", "password", "desk"], "green tea at four\n").0, 0);
    let body = json!({"name": "desk", "password": "green tea at four"}).to_string();
    let tls =
        [JSON, ("host", "desk.example"), ("origin", "https://desk.example"), ("x-forwarded-for", "evil, 10.1.2.3")];
    let said = raw(&at, "POST", "/api/v1/session", &tls, &body);
    assert!(
        said.status == 200
            && said.head.contains("set-cookie: __host-slipway-session=")
            && said.head.contains("; secure"),
        "{}",
        said.head
    );
    let (code, lines) = people(&net, &["audit-log", "show", "--who", "desk"], "");
    assert!(code == 0 && lines.contains("10.1.2.3") && !lines.contains("evil"), "{lines}");
    assert_eq!(up.stop(), 0);
}
