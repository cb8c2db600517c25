//! Line faults and TLS between real processes: what the till shows, what was sent, and what mends it.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/parties.rs"]
mod parties;
#[path = "common/till.rs"]
mod till;

use common::slipway;
use live::{folder, until};
use parties::Parties;
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use till::Journal;

const SEAT: &str = "10000001";

/// Waits until the screen of the first terminal has all of these words.
fn wait_screen(parties: &Parties, words: &[&str]) {
    let port = parties.port("terminals");
    let mut last = Vec::new();
    for _ in 0..2_000 {
        last = port.screen(SEAT).unwrap_or_default();
        let text = last.join(" ");
        if words.iter().all(|word| text.contains(word)) {
            return;
        }
        live::pause();
    }
    panic!("{words:?}: {last:?}, counted {}", port.text("/metrics").unwrap_or_default());
}

fn append(dir: &Path, party: &str, text: &str) {
    let mut file = std::fs::File::options().append(true).open(dir.join(format!("{party}.toml"))).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn key_sale(parties: &Parties) {
    let (port, card) = (parties.port("terminals"), &parties.ready["cards"][0]);
    let track = format!("{}=30121010000000000", card["pan"].as_str().unwrap());
    for act in [
        json!({"act": "sale", "amount_fen": 8_800}),
        json!({"act": "card", "track2": track}),
        json!({"act": "enter"}),
        json!({"act": "pin", "pin": card["pin"].as_str().unwrap_or("123456")}),
    ] {
        port.act(SEAT, &act).unwrap();
    }
}

#[test]
fn a_simulated_line_shows_its_faults_and_takes_the_sale_when_it_is_back() {
    let home = folder("lines");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "1"]);
    append(&parties.dir, "terminals", "[lines]\n10000001 = \"gprs\"\n");
    parties::PARTIES.into_iter().for_each(|party| parties.start(party));
    let port = parties.port("terminals");
    assert!(port.sign_in(SEAT));
    parties.sell(&Journal::new(&home.join("journal.jsonl")));
    let at = format!("/api/v1/terminals/{SEAT}/line");
    assert!(port.post(&at, &json!({"fault": "no such"})).unwrap()["title"] == "no such fault");
    port.post(&at, &json!({"fault": "ppp-auth"})).unwrap();
    until("the fault to be told", 1_000, || (port.counted(&["node_events", "line fault ppp-auth"]) > 0).then_some(()));
    key_sale(&parties);
    wait_screen(&parties, &["L06", "Nothing was sent", "APN"]);
    assert_eq!(port.counted(&["what=\"sent to a peer without a link\""]), 0, "something was sent into nothing");
    // Another reason, and the screen follows; then it is mended, and the sale goes by itself, unless the machine was so slow
    // that the till has given it back meanwhile: then it may be taken again, at once.
    port.post(&at, &json!({"fault": "no-signal"})).unwrap();
    wait_screen(&parties, &["L02"]);
    port.post(&at, &json!({"fault": null})).unwrap();
    until("the sale to go", 4_000, || {
        let screen = port.screen(SEAT)?.join(" ");
        if screen.contains("The line is down") {
            key_sale(&parties);
        }
        screen.contains("check the signature").then_some(())
    });
    port.act(SEAT, &json!({"act": "enter"})).unwrap();
    // After it was sent: doubt with its code, and the reversal by itself.
    port.post(&at, &json!({"fault": "no-answer"})).unwrap();
    key_sale(&parties);
    wait_screen(&parties, &["L42", "fate unknown"]);
    port.post(&at, &json!({"fault": null})).unwrap();
    parties.wait_quiet();
    parties.stop();
}

#[test]
fn a_strange_authority_is_refused_and_told_at_the_till() {
    let home = folder("lines-tls");
    let (mut parties, other) = (Parties::init(&home.join("net"), &[]), home.join("other"));
    let made = slipway(&["init", "--demo", "--json", "--dir", other.to_str().unwrap()], "");
    assert!(made.code == 0 && made.json()["tls"] == true, "{}", made.err);
    let ca = parties.dir.join("terminals/tls/ca.pem");
    let right = std::fs::read(&ca).unwrap();
    std::fs::copy(other.join("ca/ca.pem"), &ca).unwrap();
    for party in ["switch", "acquirer", "terminals"] {
        parties.start(party);
    }
    let port = parties.port("terminals");
    until("the fault to be told", 1_000, || {
        (port.counted(&["node_events", "line fault tls-untrusted"]) > 0).then_some(())
    });
    port.act(SEAT, &json!({"act": "sign_in", "operator": 1, "password": "0000"})).unwrap();
    key_sale(&parties);
    wait_screen(&parties, &["L21", "Nothing was sent"]);
    // Who speaks plainly to a TLS port is cut, with a word of TLS that says so.
    let mut plain = TcpStream::connect(parties.ready["acquirer"].as_str().unwrap()).unwrap();
    plain.write_all(b"\x00\x10plain and simple").unwrap();
    let mut heard = [0; 2];
    std::io::Read::read_exact(&mut plain, &mut heard).unwrap();
    assert_eq!(heard, [0x15, 3]);
    // The right authority again, and the terminal signs on.
    parties.kill("terminals");
    std::fs::write(&ca, right).unwrap();
    parties.start("terminals");
    assert!(parties.port("terminals").sign_in(SEAT));
}

#[test]
fn plain_links_only_where_the_configuration_says_so() {
    let dir = folder("lines-plain").join("net");
    let parties = Parties::init(&dir, &["--plain"]);
    let config = std::fs::read_to_string(dir.join("terminals.toml")).unwrap();
    assert!(config.contains("\nplain = [\"dial\"]"), "{config}");
    for party in ["acquirer", "switch"] {
        let file = dir.join(format!("{party}.toml"));
        let config = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, config.replace("\nplain", "\n# plain")).unwrap();
        std::fs::remove_file(dir.join(party).join("tls/own.pem")).unwrap();
        let refused = slipway(&["run", party, "--config", file.to_str().unwrap()], "");
        assert!(refused.code == 2 && refused.err.contains("slipway init"), "{}", refused.err);
    }
    drop(parties);
}

#[test]
fn certificates_are_made_once_and_only_by_their_own_authority() {
    let dir = folder("lines-once").join("net");
    let _ = Parties::init(&dir, &[]);
    let read = |file: &str| std::fs::read(dir.join(file)).unwrap();
    let (ca, own, lost) = (read("switch/tls/ca.pem"), read("switch/tls/own.pem"), dir.join("issuer1/tls/own.key"));
    let again = || slipway(&["init", "--demo", "--pace", "50", "--dir", dir.to_str().unwrap()], "");
    let key = read("ca/ca.key");
    std::fs::remove_file(dir.join("ca/ca.key")).unwrap();
    // The authority's key is elsewhere, as it should be: nothing is missing, so it is not needed.
    assert_eq!(again().code, 0);
    std::fs::remove_file(&lost).unwrap();
    let refused = again();
    assert!(refused.code == 3 && refused.err.contains("ca.key"), "{}", refused.err);
    std::fs::write(dir.join("ca/ca.key"), key).unwrap();
    assert_eq!(again().code, 0);
    assert!(lost.exists() && read("switch/tls/own.pem") == own && read("issuer1/tls/ca.pem") == ca);
    let ran = slipway(&["doctor", "--json", "--dir", dir.to_str().unwrap(), "--port", "1"], "").json();
    let tls = ran["checks"].as_array().unwrap().iter().filter(|check| check["check"] == "tls");
    assert_eq!(tls.map(|check| check["state"].as_str().unwrap()).collect::<Vec<_>>(), ["good"; 5]);
}
