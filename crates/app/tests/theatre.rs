//! The doors of the counter page: there under `--demo` only, shut to other hosts and other pages, and true while parties lose their
//! current and pages do not read.
#![allow(clippy::unwrap_used, reason = "tests may")]

#[path = "common/live.rs"]
mod live;

use live::{Port, Up, folder, until};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

const DOORS: [(&str, &str); 15] = [
    ("GET", "/api/v1/theatre"),
    ("GET", "/api/v1/theatre/events"),
    ("GET", "/api/v1/theatre/messages/1"),
    ("GET", "/api/v1/theatre/papers/1"),
    ("POST", "/api/v1/theatre/acts"),
    ("POST", "/api/v1/theatre/lines"),
    ("POST", "/api/v1/theatre/printer"),
    ("POST", "/api/v1/theatre/plugs"),
    ("POST", "/api/v1/theatre/stage"),
    ("GET", "/api/v1/theatre/outcome?since=0"),
    ("GET", "/api/v1/theatre/exchanges"),
    ("GET", "/api/v1/theatre/exchanges/000001-000001"),
    ("POST", "/api/v1/theatre/findings"),
    ("POST", "/api/v1/theatre/day"),
    ("GET", "/api/v1/theatre/day/2026-11-27"),
];

/// One request, written by hand: its status and all of its answer.
fn raw(at: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
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
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    (status, answer)
}

fn at(up: &Up) -> String {
    up.ready["http"].as_str().unwrap().to_owned()
}

const JSON: (&str, &str) = ("content-type", "application/json");

fn state(port: &Port) -> Value {
    port.get("/api/v1/theatre").unwrap()
}

fn act(port: &Port, body: &Value) {
    assert_eq!(port.post("/api/v1/theatre/acts", body), Some(json!({"taken": true})), "{body}");
}

fn shows(port: &Port, words: &str) -> Value {
    let has = |state: &Value| state["screen"]["lines"].to_string().contains(words);
    until(words, 6_000, || Some(state(port)).filter(has))
}

fn ready(port: &Port) {
    assert!(port.sign_in("10000001"));
    act(port, &json!({"act": "cashier"}));
    shows(port, "Sale: key the amount");
}

/// A sale of 88.00 with the first card, as far as the PIN.
fn sale(port: &Port) {
    for key in ["8", "8", "0", "0"] {
        act(port, &json!({"act": "digit", "digit": key.parse::<u8>().unwrap()}));
    }
    act(port, &json!({"act": "enter"}));
    act(port, &json!({"act": "card", "place": 0, "how": "swipe"}));
    act(port, &json!({"act": "enter"}));
    act(port, &json!({"act": "pin", "pin": "123456"}));
}

/// A page that is open: the lines of its feed.
struct Page(BufReader<TcpStream>);

impl Page {
    fn open(at: &str) -> Self {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
        write!(stream, "GET /api/v1/theatre/events HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
        let mut page = Self(BufReader::new(stream));
        page.wait(": open");
        page
    }

    /// Reads on to the next line with these words.
    fn wait(&mut self, words: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the feed ended before {words}");
            if line.contains(words) {
                return line;
            }
        }
    }
}

#[test]
fn another_start_has_no_theatre() {
    let dir = folder("theatre-none");
    let mut command = Command::new(env!("CARGO_BIN_EXE_slipway"));
    command.args(["up", "--pace", "fast", "--json", "--http", "127.0.0.1:0", "--acquirer-port", "0"]);
    command.args(["--switch-port", "0", "--dir"]).arg(dir.join("net"));
    let up = Up::from(command, &dir);
    let (at, token) = (at(&up), format!("Bearer {}", up.ready["token"].as_str().unwrap()));
    for (method, path) in DOORS {
        let body = json!({"act": "cashier", "hop": 6, "fault": "lose", "times": 1, "party": "acquirer", "on": false});
        for headers in [&[JSON][..], &[JSON, ("authorization", token.as_str())]] {
            let (status, answer) = raw(&at, method, path, headers, &body.to_string());
            assert_eq!(status, 404, "{method} {path}: {answer}");
        }
    }
    // Its page is there, says what it is, and sets up nothing but the question for the token.
    let (status, page) = raw(&at, "GET", "/", &[], "");
    assert!(status == 200 && page.contains("data-page=\"gate\""), "{page}");
    let own = ("origin", &*format!("http://{at}"));
    let asked = json!({"rrn": "632700000001"}).to_string();
    let bearer = ("authorization", token.as_str());
    assert_eq!(raw(&at, "POST", "/api/v1/trace", &[JSON, own, bearer], &asked).0, 200);
    assert_eq!(raw(&at, "POST", "/api/v1/trace", &[JSON, own], &asked).0, 403, "a page without the token");
    let foreign = ("origin", "http://evil.example");
    assert_eq!(raw(&at, "POST", "/api/v1/trace", &[JSON, foreign, bearer], &asked).0, 403, "another page");
    assert_eq!(up.stop(), 0);
}

#[test]
fn the_doors_are_shut_to_other_hosts_and_pages_and_take_no_nonsense() {
    let dir = folder("theatre-doors");
    let up = Up::start(&dir.join("net"));
    let at = at(&up);
    let check = |method: &str, path: &str, headers: &[(&str, &str)], body: &str, want: u16| {
        let (status, answer) = raw(&at, method, path, headers, body);
        assert_eq!(status, want, "{method} {path} {headers:?}: {answer}");
        // Whoever is turned away reads why, in either language.
        let said = answer.contains("\"title\":\"") && answer.contains("\"title_zh\":\"");
        assert_eq!(said, status >= 400, "{method} {path} {headers:?}: {answer}");
        answer
    };
    let cut = r#"{"party":"acquirer","on":false}"#;
    let page = check("GET", "/", &[], "", 200);
    assert!(page.contains("default-src 'none'") && !page.contains("unsafe"), "{page}");
    assert!(page.contains("frame-ancestors 'none'") && page.contains("data-page=\"theatre\""), "{page}");
    for (method, path) in DOORS {
        // A name that somebody made point at this machine.
        let answer = check(method, path, &[("host", "evil.example"), JSON], cut, 421);
        assert!(answer.contains("content-security-policy"), "{answer}");
        if method == "POST" {
            check("GET", path, &[], "", 405);
            check("POST", path, &[JSON, ("origin", "http://evil.example")], cut, 403);
            check("POST", path, &[JSON, ("sec-fetch-site", "cross-site")], cut, 403);
            check("POST", path, &[("content-type", "text/plain")], cut, 415);
            check("POST", path, &[JSON], "{", 400);
            check("POST", path, &[JSON], &format!("{{\"x\":\"{}\"}}", "y".repeat(64 * 1024)), 413);
            check("POST", path, &[JSON], r#"{"fault":"nonsense"}"#, 400);
        }
    }
    for body in [
        r#"{"hop":7,"fault":"lose"}"#,
        r#"{"hop":1,"fault":"lose","mti":7}"#,
        r#"{"hop":1,"fault":"lose","times":0}"#,
        r#"{"hop":1,"fault":"delay"}"#,
        r#"{"hop":1,"fault":"delay","ms":99999999}"#,
    ] {
        check("POST", "/api/v1/theatre/lines", &[JSON], body, 400);
    }
    for body in [
        r#"{"act":"card","place":99,"how":"swipe"}"#,
        r#"{"act":"card","place":0,"how":"nonsense"}"#,
        r#"{"act":"card","track2":"9990010000000010=30121010000000000"}"#,
        r#"{"act":"keyed_card","card":"9990010000000010","expiry":"3012"}"#,
    ] {
        check("POST", "/api/v1/theatre/acts", &[JSON], body, 400);
    }
    check("POST", "/api/v1/theatre/plugs", &[JSON], r#"{"party":"nobody","on":false}"#, 400);
    let acts = format!("/api/v1/terminals/{}/acts", up.tills()[0].1);
    check("POST", &acts, &[JSON], r#"{"act":"sale","amount_fen":0}"#, 400);
    check("POST", &acts, &[JSON], "[", 400);
    check("POST", &acts, &[], "{}", 415);
    check("GET", "/api/v1/nothing", &[], "", 404);
    check("DELETE", "/api/v1/trace", &[], "", 405);
    check("GET", "/assets/..%2f..%2fCargo.toml", &[], "", 404);
    let own = format!("http://{at}");
    check(
        "POST",
        "/api/v1/theatre/acts",
        &[JSON, ("origin", own.as_str()), ("sec-fetch-site", "same-origin")],
        r#"{"act":"cashier"}"#,
        200,
    );
    assert!(state(&up.port)["power"]["acquirer"] == true && state(&up.port)["faults"] == json!([]), "nothing was done");
}

#[test]
fn a_lost_answer_is_told_and_no_card_number_is() {
    let dir = folder("theatre-lost");
    let up = Up::start(&dir.join("net"));
    let (port, at) = (&up.port, at(&up));
    let mut page = Page::open(&at);
    ready(port);
    let armed = port.post("/api/v1/theatre/lines", &json!({"hop": 6, "fault": "lose", "mti": 210, "times": 1}));
    assert_eq!(armed, Some(json!({"taken": true})));
    sale(port);
    page.wait("\"fault\":\"lose\"");
    page.wait("\"verdict\":\"returned\"");
    shows(port, "Reversal done");
    let found =
        until("two notices", 2_000, || Some(state(port)).filter(|all| all["notices"].as_array().unwrap().len() == 2));
    let kinds: Vec<_> = found["notices"].as_array().unwrap().iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(kinds, [json!("debit"), json!("refund")]);
    assert_eq!(found["faults"], json!([]), "it was used up");
    // Everything that a page can read, with all fields of all messages.
    let mut all = found.to_string();
    let crossings = found["crossings"].as_array().unwrap();
    let asked = crossings.iter().find(|one| one["mti"] == "0200").unwrap();
    for one in crossings {
        all.push_str(&port.text(&format!("/api/v1/theatre/messages/{}", one["no"])).unwrap());
    }
    let fields = port.get(&format!("/api/v1/theatre/messages/{}", asked["no"])).unwrap();
    assert_eq!(fields["fields"]["fields"]["4"]["value"], "000000008800", "{fields}");
    for card in up.ready["cards"].as_array().unwrap() {
        assert!(!all.contains(card["pan"].as_str().unwrap()), "a whole card number");
    }
    // Printed with the next sale, and shown as it came out.
    sale(port);
    let printed =
        until("both copies", 6_000, || Some(state(port)).filter(|all| all["papers"].as_array().unwrap().len() == 2));
    let paper = port.text(&format!("/api/v1/theatre/papers/{}", printed["papers"][1]["no"])).unwrap();
    assert!(paper.starts_with("<svg") && paper.contains("88.00") && !paper.contains("<script"), "{paper}");
    // And the doors that want to know the rest.
    assert_eq!(port.get("/api/v1/audit").unwrap()["rule_holds"], true);
}

#[test]
fn a_party_without_current_is_unreachable_and_goes_on_afterwards() {
    let dir = folder("theatre-plugs");
    let up = Up::start(&dir.join("net"));
    let (port, at) = (&up.port, at(&up));
    let mut page = Page::open(&at);
    ready(port);
    let plug = |party: &str, on: bool| {
        let done = port.post("/api/v1/theatre/plugs", &json!({"party": party, "on": on}));
        assert_eq!(done, Some(json!({"taken": true})), "{party} {on}");
    };
    sale(port);
    shows(port, "Approved: check the signature");
    act(port, &json!({"act": "enter"}));
    page.wait("\"verdict\":\"took_place\"");
    for party in ["issuer1", "switch", "acquirer"] {
        plug(party, false);
        plug(party, false);
        page.wait(&format!("\"{party}\":false"));
        page.wait("\"unreachable\"");
        plug(party, true);
        page.wait(&format!("\"{party}\":true"));
        page.wait("\"verdict\":\"took_place\"");
    }
    plug("terminal", false);
    let refused = raw(&at, "POST", "/api/v1/theatre/acts", &[JSON], r#"{"act":"enter"}"#);
    assert_eq!(refused.0, 503, "{}", refused.1);
    plug("terminal", true);
    // Its own store and its old hands, in its next life; the terminals of the same bank too.
    ready(port);
    assert!(port.sign_in(&up.tills()[1].1));
    sale(port);
    shows(port, "Approved: check the signature");
    port.wait_quiet();
    let audit = port.get("/api/v1/audit").unwrap();
    assert!(audit["rule_holds"] == true && audit["debits"] == 2, "{audit}");
    assert_eq!(up.stop(), 0, "a plug that was pulled is no failure");
}

#[test]
fn one_window_plays_and_leaves_nothing_armed_and_what_came_is_told() {
    let dir = folder("theatre-stage");
    let up = Up::start(&dir.join("net"));
    let (port, at) = (&up.port, at(&up));
    let mut page = Page::open(&at);
    ready(port);
    let stage = |who: &str, on: bool| {
        let body = json!({"who": who, "on": on, "title": {"zh": "戏", "en": "a play"}}).to_string();
        raw(&at, "POST", "/api/v1/theatre/stage", &[JSON], &body).0
    };
    let armed = json!({"hop": 1, "fault": "lose", "times": null});
    assert_eq!(port.post("/api/v1/theatre/lines", &armed), Some(json!({"taken": true})));
    // A play begins with nothing armed, whoever had armed it.
    assert_eq!((stage("one", true), stage("two", true)), (200, 409));
    page.wait("\"who\":\"one\"");
    assert_eq!(state(port)["faults"], json!([]));
    let since = port.post("/api/v1/theatre/stage", &json!({"who": "one", "on": true})).unwrap()["ms"].clone();
    sale(port);
    shows(port, "Approved: check the signature");
    page.wait("\"verdict\":\"took_place\"");
    let outcome = |story: &str| port.get(&format!("/api/v1/theatre/outcome?since={since}&story={story}")).unwrap();
    let came = until("both copies", 2_000, || Some(outcome("sale")).filter(|came| came["rule_holds"] == true));
    assert!(came["story"]["broken"] == json!([]) && came["ledgers_zero"] == true, "{came}");
    // Where nothing was done there is nothing to hold, and a story that nobody knows is none.
    let later = port.get(&format!("/api/v1/theatre/outcome?since={}", i64::MAX / 2)).unwrap();
    assert!(later["exchanges"] == 0 && later["rule_holds"].is_null(), "{later}");
    let strange = port.get(&format!("/api/v1/theatre/outcome?since={since}&story=no-such")).unwrap();
    assert_eq!(strange["status"], 400, "{strange}");
    assert_eq!([&came["slip_fen"], &came["debit_fen"], &came["credit_fen"]], [8_800, 8_800, 8_800]);
    // Another story's promise is not kept by it, and what is wrong is told.
    let wrong = outcome("A02.6")["story"]["broken"].to_string();
    assert!(wrong.contains("refunds 0, not 1") && wrong.contains("签购单 1，应为 0"), "{wrong}");
    for (door, body) in [
        ("lines", json!({"hop": 6, "fault": "hold", "times": 3})),
        ("printer", json!({"fault": "jam"})),
        ("plugs", json!({"party": "issuer2", "on": false})),
    ] {
        assert_eq!(port.post(&format!("/api/v1/theatre/{door}"), &body), Some(json!({"taken": true})));
    }
    assert_eq!(stage("one", false), 200);
    let all = until("good again", 2_000, || Some(state(port)).filter(|all| all["stage"].is_null()));
    assert!(
        all["faults"] == json!([]) && all["printer"]["fault"].is_null() && all["power"]["issuer2"] == true,
        "{all}"
    );
    assert_eq!(stage("two", true), 200);
    assert_eq!(port.get("/api/v1/theatre/day/2099-01-01").unwrap()["cleared"], false);
}

#[test]
fn earlier_exchanges_are_listed_a_page_at_a_time_and_each_is_true() {
    let dir = folder("theatre-earlier");
    let up = Up::start(&dir.join("net"));
    let (port, at) = (&up.port, at(&up));
    ready(port);
    for fen in [1_100, 2_200, 3_300] {
        act(port, &json!({"act": "sale", "amount_fen": fen}));
        act(port, &json!({"act": "card", "place": 0, "how": "swipe"}));
        act(port, &json!({"act": "enter"}));
        act(port, &json!({"act": "pin", "pin": "123456"}));
        shows(port, "Approved: check the signature");
        act(port, &json!({"act": "enter"}));
        shows(port, "Sale: key the amount");
    }
    let list = |query: &str| port.get(&format!("/api/v1/theatre/exchanges?{query}")).unwrap();
    let sums = |page: &Value| -> Vec<i64> {
        page["items"].as_array().unwrap().iter().map(|one| one["amount_fen"].as_i64().unwrap()).collect()
    };
    let first = list("limit=2");
    let rest = list(&format!("limit=2&cursor={}", first["next"].as_str().unwrap()));
    assert_eq!((sums(&first), sums(&rest), &rest["next"]), (vec![3_300, 2_200], vec![1_100], &Value::Null));
    assert!(first["items"][0]["at"].as_str().unwrap().ends_with("+08:00"), "{first}");
    let id = rest["items"][0]["id"].as_str().unwrap();
    let found = port.get(&format!("/api/v1/theatre/exchanges/{id}")).unwrap();
    assert_eq!((&found["verdict"], &found["amount"]), (&json!("took_place"), &json!("11.00")));
    for (path, want) in [("exchanges?cursor=00", 400), ("exchanges?limit=0", 400), ("exchanges/000009-000009", 404)] {
        assert_eq!(raw(&at, "GET", &format!("/api/v1/theatre/{path}"), &[], "").0, want, "{path}");
    }
}

#[test]
fn the_exchange_at_hand_is_found_beside_a_busy_terminal() {
    let dir = folder("theatre-busy");
    let up = Up::start(&dir.join("net"));
    let (port, mut page) = (&up.port, Page::open(&at(&up)));
    ready(port);
    let busy = up.tills()[2].1.clone();
    assert!(port.sign_in(&busy));
    // More than one question to the journal of the whole bank brings; each of another card and amount.
    let cards: Vec<_> =
        up.ready["cards"].as_array().unwrap()[2..18].iter().map(|card| card["track2"].clone()).collect();
    for no in 0..70_usize {
        port.act(&busy, &json!({"act": "sale", "amount_fen": 100 + no})).unwrap();
        port.act(&busy, &json!({"act": "card", "track2": cards[no % cards.len()]})).unwrap();
        port.act(&busy, &json!({"act": "enter"})).unwrap();
        port.act(&busy, &json!({"act": "pin", "pin": "123456"})).unwrap();
        until("an approval", 6_000, || port.screen(&busy).filter(|lines| lines[0].starts_with("Approved")));
        port.act(&busy, &json!({"act": "enter"})).unwrap();
        until("the next sale", 6_000, || port.screen(&busy).filter(|lines| lines[0].starts_with("Sale: key")));
    }
    sale(port);
    page.wait("\"verdict\":\"took_place\"");
    assert_eq!(state(port)["verdict"]["amount"], "88.00");
}

/// What the terminal did last is the exchange at hand, whatever card it was: found by its own row, not by looking through the journal
/// for the cards of the tray, which took longer with every sale.
#[test]
fn the_exchange_at_hand_may_be_of_a_card_that_is_not_in_the_tray() {
    let dir = folder("theatre-at-hand");
    let up = Up::start(&dir.join("net"));
    let (port, mut page) = (&up.port, Page::open(&at(&up)));
    ready(port);
    let till = up.tills()[0].1.clone();
    let card = &up.ready["cards"][17];
    let tail = card["pan"].as_str().map(|pan| pan[pan.len() - 4..].to_owned()).unwrap();
    let trays = state(port)["cards"].to_string();
    assert!(!trays.contains(&tail), "{trays}");
    for (name, act) in [
        ("sale", json!({"act": "sale", "amount_fen": 1234})),
        ("card", json!({"act": "card", "track2": card["track2"]})),
        ("enter", json!({"act": "enter"})),
        ("pin", json!({"act": "pin", "pin": "123456"})),
    ] {
        assert_eq!(port.act(&till, &act), Some(json!({"taken": true})), "{name}");
    }
    page.wait("\"verdict\":\"took_place\"");
    assert_eq!(state(port)["verdict"]["amount"], "12.34");
    // An inquiry afterwards moves no money: the payment stays at hand.
    shows(port, "check the signature");
    act(port, &json!({"act": "enter"}));
    for body in [json!({"act": "balance"}), json!({"act": "card", "place": 0, "how": "swipe"}), json!({"act": "enter"})]
    {
        act(port, &body);
    }
    act(port, &json!({"act": "pin", "pin": "123456"}));
    shows(port, "Available CNY");
    port.wait_quiet();
    assert_eq!(state(port)["verdict"]["amount"], "12.34");
}

#[test]
fn a_page_that_does_not_read_holds_nobody_up() {
    let dir = folder("theatre-slow");
    let up = Up::start(&dir.join("net"));
    let (port, at) = (&up.port, at(&up));
    let asleep: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = TcpStream::connect(&at).unwrap();
            write!(stream, "GET /api/v1/theatre/events HTTP/1.1\r\nhost: {at}\r\n\r\n").unwrap();
            stream
        })
        .collect();
    let mut awake = Page::open(&at);
    ready(port);
    // More than a page may have waiting, and more than its socket takes.
    let begin = json!({"act": "digit", "digit": 8});
    for _ in 0..1_500 {
        act(port, &begin);
        act(port, &json!({"act": "clear"}));
    }
    sale(port);
    awake.wait("\"mti\":\"0210\"");
    shows(port, "Approved: check the signature");
    drop(asleep);
    assert_eq!(up.stop(), 0);
    // A page that is open learns that the network stops.
    awake.wait("event: reload");
}

#[test]
fn a_theatre_on_another_address_than_loopback_does_not_start() {
    let dir = folder("theatre-address");
    let mut command = live::up_command(&dir.join("net"));
    command.args(["--http", "0.0.0.0:0"]);
    let (code, said) = live::refused(command);
    assert!(code == 2 && !Path::new(&dir.join("net/run.json")).exists(), "{code} {said}");
}
