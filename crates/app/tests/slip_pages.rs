//! The page of a slip as a cardholder meets it, whole code or short one, and as anybody checks it afterwards; a signature on its way
//! from the pad to the page; and the same where the acquirer is a process of its own.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/parties.rs"]
mod parties;
#[path = "common/till.rs"]
mod till;

use common::slipway;
use live::{Port, Up, folder, until};
use parties::{PARTIES, Parties};
use serde_json::{Value, json};
use std::path::Path;

/// One request by hand: its status and its body.
fn ask(at: &str, path: &str, form: Option<&str>) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("http://{at}{path}");
    let mut answer = match form {
        None => agent.get(url).call().unwrap(),
        Some(form) => agent.post(url).header("content-type", "application/x-www-form-urlencoded").send(form).unwrap(),
    };
    (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
}

/// A download: its status, its type, the name under which it is kept, and its bytes.
fn fetch(at: &str, path: &str, form: Option<&str>) -> (u16, String, String, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let url = format!("http://{at}{path}");
    let mut answer = match form {
        None => agent.get(url).call().unwrap(),
        Some(form) => agent.post(url).header("content-type", "application/x-www-form-urlencoded").send(form).unwrap(),
    };
    let head = |name| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    let (kind, name) = (head("content-type"), head("content-disposition"));
    assert_eq!((&*head("cache-control"), &*head("x-content-type-options")), ("no-store", "nosniff"));
    (answer.status().as_u16(), kind, name, answer.body_mut().read_to_vec().unwrap())
}

/// A sale of 88.00 with this card, to the question for the signature.
fn sell(port: &Port, till: &str, card: &Value) {
    assert!(port.sign_in(till));
    for body in [
        json!({"act": "sale", "amount_fen": 8800}),
        json!({"act": "card", "track2": card["track2"]}),
        json!({"act": "enter"}),
        json!({"act": "pin", "pin": "123456"}),
    ] {
        assert_eq!(port.act(till, &body), Some(json!({"taken": true})), "{body}");
    }
    until("the approval", 6_000, || port.screen(till).filter(|lines| lines[0].starts_with("Approved")));
}

fn archive(dir: &Path, args: &[&str]) -> Value {
    let ran = slipway(&[&["archive", "--json", "--dir", dir.to_str().unwrap()], args].concat(), "");
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
    ran.json()
}

/// The newest slip of a terminal, once it is in the archive, with its page.
fn paged(dir: &Path, till: &str) -> Value {
    let found = until("the copy", 2_000, || {
        let found = archive_or_none(dir, till)?;
        found["found"].as_array().unwrap().first().filter(|one| one["slip"].is_object()).cloned()
    });
    archive(dir, &["page", found["slip"]["rrn"].as_str().unwrap()])
}

fn archive_or_none(dir: &Path, till: &str) -> Option<Value> {
    let ran = slipway(&["archive", "--json", "--dir", dir.to_str().unwrap(), "find", "--terminal", till], "");
    (ran.code == 0).then(|| ran.json())
}

#[test]
fn a_page_opens_for_its_code_and_for_who_knows_amount_and_card() {
    let dir = folder("slip-pages").join("net");
    let up = Up::start(&dir);
    let (port, at) = (&up.port, up.ready["http"].as_str().unwrap().to_owned());
    let (till, card) = (up.tills()[0].1.clone(), &up.ready["cards"][0]);
    sell(port, &till, card);
    let strokes = json!([[[10, 40], [60, 10], [90, 50]], [[120, 30]]]);
    let refused = port.act(&till, &json!({"act": "sign", "width": 9_999, "height": 64, "strokes": strokes})).unwrap();
    assert!(refused["title_zh"].as_str().unwrap().contains("512") && refused["status"] == 400, "{refused}");
    assert_eq!(
        port.act(&till, &json!({"act": "sign", "width": 160, "height": 64, "strokes": strokes})),
        Some(json!({"taken": true}))
    );
    port.act(&till, &json!({"act": "enter"})).unwrap();
    port.wait_quiet();
    let page = paged(&dir, &till);
    let (code, found) = (page["found"][0]["page"][0].as_str().unwrap(), &page["found"][0]);
    assert_eq!((code.len(), &found["signed"][0]), (24, &json!("Fits")), "{found}");

    // The whole code, in small letters too.
    let (status, html) = ask(&at, &format!("/s/{}", code.to_lowercase()), None);
    let pan = card["pan"].as_str().unwrap();
    let tail = &pan[pan.len() - 4..];
    assert!(status == 200 && html.contains("88.00") && html.contains(tail) && !html.contains(pan), "{status} {html}");
    assert!(html.contains("data:image/png;base64,iVBORw") && html.contains("signature checked"), "{html}");
    let other = format!("{}0", &code[..23]);
    for wrong in ["0123456789ABCDEFGHJKMNPQ", "x", &other] {
        assert_eq!(ask(&at, &format!("/s/{wrong}"), None).0, 404, "{wrong}");
    }

    // The short code opens nothing by itself, and only with what the slip says.
    let short = &code[..8];
    assert_eq!(ask(&at, &format!("/s/{short}"), None).0, 404);
    let typed = |short: &str, amount: &str, last4: &str| {
        ask(&at, "/s", Some(&format!("short={short}&amount={amount}&last4={last4}"))).0
    };
    assert_eq!(typed(short, "88.00", ""), 400);
    assert_eq!(typed(short, "88.00", tail), 200);
    assert_eq!(typed(&short.to_lowercase(), "88", tail), 200);
    // The same slip as a file, for whoever may see the page and in the same two ways; the page and the form offer it without a script.
    for end in ["png", "pdf"] {
        assert!(html.contains(&format!("<a href=\"?as={end}\">")) && !html.contains(code), "{html}");
        assert!(ask(&at, "/s", None).1.contains(&format!("name=\"as\" value=\"{end}\"")));
        let by_code = fetch(&at, &format!("/s/{code}?as={end}"), None);
        let by_hand = fetch(&at, "/s", Some(&format!("short={short}&amount=88.00&last4={tail}&as={end}")));
        let (status, kind, name, bytes) = &by_code;
        assert_eq!((*status, kind.ends_with(end), &by_hand), (200, true, &by_code), "{kind}");
        assert!(name.starts_with("attachment; filename=\"slip-999") && name.ends_with(&format!(".{end}\"")), "{name}");
        let begin: &[u8] = if end == "png" { b"\x89PNG" } else { b"%PDF-" };
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(bytes.starts_with(begin) && !holds(pan) && !holds(code), "{end}");
        assert_eq!(fetch(&at, &format!("/s/{other}?as={end}"), None).0, 404);
        assert_eq!(fetch(&at, &format!("/s/{short}?as={end}"), None).0, 404);
    }
    assert_eq!(fetch(&at, &format!("/s/{code}?as=svg"), None).0, 400);
    for (amount, last4) in [("88.01", tail), ("88.00", "9999"), ("8.80", tail)] {
        assert_eq!(typed(short, amount, last4), 404, "{amount} {last4}");
    }
    assert_eq!(typed(short, "88.00", tail), 429, "three misses lock it, also for who knows better now");
    let file = format!("short={short}&amount=88.00&last4={tail}&as=pdf");
    assert_eq!(fetch(&at, "/s", Some(&file)).0, 429, "and no file is a way around");
    assert_eq!(typed("ZZZZZZZZ", "88.00", tail), 404, "another one is not locked");
    assert_eq!(ask(&at, &format!("/s/{code}"), None).0, 200, "nor is the whole code");
    let log = std::fs::read_to_string(dir.join("slip-pages.jsonl")).unwrap();
    for (how, form) in [("code", "png"), ("code", "pdf"), ("typed", "png"), ("typed", "pdf"), ("code", "page")] {
        let line = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            line["how"] == how && line["as"] == form && line["till"].is_string()
        };
        assert!(log.lines().any(line), "{how} {form}: {log}");
    }
    assert!(
        log.lines().count() >= 4 && log.contains("\"misses\":") && !log.contains(code) && !log.contains(pan),
        "{log}"
    );

    checked(&dir, &html);
    assert_eq!(up.stop(), 0);
}

/// `slipway verify` on a page: genuine, changed, under another key, no page at all.
fn checked(dir: &Path, html: &str) {
    let home = dir.parent().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(home.join(name), text).unwrap();
        home.join(name).display().to_string()
    };
    let key = archive(dir, &["key"])["key"].as_str().unwrap().to_owned();
    let key_file = file("acquirer.pub", &key);
    let page = file("slip.html", html);
    for given in [&key, &key_file] {
        let ran = slipway(&["verify", &page, "--key", given], "");
        assert!(ran.code == 0 && ran.out.contains("genuine: sealed by acquirer 99910010"), "{} {}", ran.out, ran.err);
        assert!(
            ran.out.contains("RMB 88.00") && ran.out.contains("signature checked"),
            "it says what was sealed: {}",
            ran.out
        );
    }
    // The sealed slip is still there, and a browser shows another one.
    let (start, rest) = html.split_once("<pre id=\"slip\">").unwrap();
    let (slip, end) = rest.split_once("</pre>").unwrap();
    let fake = slip.replace("88.00", "9988.00");
    let forged = format!("{start}<div hidden><pre id=\"slip\">{slip}</pre></div><pre>{fake}</pre>{end}");
    let ran = slipway(&["verify", &file("forged.html", &forged), "--key", &key], "");
    assert!(
        ran.code == 1 && ran.err.contains("changed: page") && !ran.out.contains("9988.00"),
        "{} {}",
        ran.out,
        ran.err
    );
    let picture = html.split_once("base64,").unwrap().1.split_once('"').unwrap().0;
    for (name, from, to) in
        [("line", "88.00", "8.80"), ("word", "signature checked", "not signed"), ("picture", &picture[60..], "AAAA")]
    {
        assert!(html.contains(from), "{from}");
        let changed = file("changed.html", &html.replace(from, to));
        let ran = slipway(&["verify", &changed, "--key", &key], "");
        assert!(ran.code == 1 && ran.err.contains("changed: ") && ran.err.contains(name), "{name}: {}", ran.err);
    }
    let ran = slipway(&["verify", &page, "--key", &"7".repeat(64)], "");
    assert!(ran.code == 2 && ran.err.contains("not sealed under this key"), "{}", ran.err);
    let ran = slipway(&["verify", &key_file, "--key", &key], "");
    assert!(ran.code == 2 && ran.err.contains("no page of a slip"), "{}", ran.err);
    assert_eq!(slipway(&["verify", &page, "--key", "77"], "").code, 2);
}

#[test]
fn an_acquirer_of_its_own_has_the_pages_too() {
    let home = folder("slip-pages-alone");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "1"]);
    PARTIES.into_iter().for_each(|party| parties.start(party));
    let till = parties.ready["own_terminals"][0]["terminal"].as_str().unwrap().to_owned();
    sell(&parties.port("terminals"), &till, &parties.ready["cards"][0]);
    let page = paged(&parties.dir, &till);
    let code = page["found"][0]["page"][0].as_str().unwrap();
    let http = |party: &str| {
        let running = std::fs::read(parties.dir.join(party).join("run.json")).unwrap();
        serde_json::from_slice::<Value>(&running).unwrap()["http"].as_str().unwrap().to_owned()
    };
    let (status, html) = ask(&http("acquirer"), &format!("/s/{code}"), None);
    assert!(status == 200 && html.contains("88.00"), "{status} {html}");
    assert_eq!(ask(&http("acquirer"), "/s", None).0, 200);
    let (status, kind, ..) = fetch(&http("acquirer"), &format!("/s/{code}?as=pdf"), None);
    assert_eq!((status, &*kind), (200, "application/pdf"));
    for party in ["switch", "issuer1", "terminals"] {
        let (status, said) = ask(&http(party), &format!("/s/{code}"), None);
        assert!(status == 404 && said.contains("没有此接口"), "{party}: {status} {said}");
    }
    // The folder of the network is enough: its processes are asked.
    let dir = parties.dir.to_str().unwrap();
    let listed = slipway(&["case", "list", "--json", "--dir", dir], "");
    assert_eq!((listed.code, &listed.json()["cases"]), (0, &json!([])), "{}", listed.err);
    let find = ["case", "find", "10000001-000001-000099-1", "no-slip", "--by", "Li Lei", "--because", "asked"];
    let found = slipway(&[&find[..], &["--dir", dir]].concat(), "");
    assert!(found.code == 2 && found.err.contains("there is no case"), "{} {}", found.code, found.err);
    parties.stop();
}
