//! `doctor` and the short benches, run as scripts run them.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;

use common::{Ran, slipway};
use serde_json::Value;
use slipway_slip::printer::{Fault, SimPrinter};
use slipway_store::{EmbeddedStore, Setup};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

/// A folder of this test alone, beside the build and so on a disk wherever the build is.
fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doctor-{name}"));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A port that nobody has: bound once and let go.
fn free_port() -> String {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port().to_string()
}

fn doctor(dir: &std::path::Path, more: &[&str]) -> Ran {
    slipway(&[&["doctor", "--json", "--dir", dir.to_str().unwrap()], more].concat(), "")
}

fn states<'v>(found: &'v Value, check: &str) -> Vec<&'v str> {
    let all = found["checks"].as_array().unwrap();
    all.iter().filter(|f| f["check"] == check).map(|f| f["state"].as_str().unwrap()).collect()
}

#[test]
fn a_taken_port_is_wrong_and_exits_1() {
    let dir = folder("port");
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (bad, good) = (taken.local_addr().unwrap().port().to_string(), free_port());
    let ran = doctor(&dir, &["--port", &bad, "--port", &good]);
    assert_eq!((ran.code, states(&ran.json(), "port")), (1, vec!["wrong", "good"]), "{}", ran.out);
    assert_eq!(ran.json()["ok"], false);
    assert!(ran.err.contains("checks failed"), "{}", ran.err);
}

#[test]
fn a_folder_is_probed_and_left_as_it_was() {
    let dir = folder("clean");
    let ran = doctor(&dir, &["--port", &free_port()]);
    let found = ran.json();
    for check in ["folder", "clock", "port", "store"] {
        assert_eq!(states(&found, check), ["good"], "{check}: {}", ran.out);
    }
    assert_eq!(states(&found, "sync").len(), 1);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
    let file = dir.join("file");
    std::fs::write(&file, b"").unwrap();
    let ran = doctor(&file, &["--port", &free_port()]);
    assert_eq!((ran.code, states(&ran.json(), "folder")), (1, vec!["wrong"]));
}

#[test]
fn stores_are_opened_and_damage_is_told() {
    let dir = folder("stores");
    let setup = || Setup::new(|| 0);
    for party in ["good", "held", "damaged"] {
        EmbeddedStore::open(&dir.join(party), setup()).unwrap().close().unwrap();
    }
    let _held = EmbeddedStore::open(&dir.join("held"), setup()).unwrap();
    std::fs::write(dir.join("damaged/mark"), b"nothing of the kind").unwrap();
    let ran = doctor(&dir, &["--port", &free_port()]);
    // In the order of their names: damaged, good, held.
    assert_eq!((ran.code, states(&ran.json(), "store")), (1, vec!["wrong", "good", "remark"]), "{}", ran.out);
}

#[test]
fn who_may_settle_without_a_code_is_told() {
    let dir = folder("profile");
    let made = slipway(&["init", "--demo", "--json", "--dir", dir.join("net").to_str().unwrap()], "");
    assert_eq!(made.code, 0, "{}", made.out);
    let outside = made.json()["terminals"].as_array().unwrap().len();
    let ran = doctor(&dir.join("net"), &["--port", &free_port()]);
    let found = ran.json();
    assert_eq!((ran.code, states(&found, "profile")), (0, vec!["remark"]), "{}", ran.out);
    let remark = found["checks"].as_array().unwrap().iter().find(|f| f["check"] == "profile").unwrap().clone();
    let listed = remark["en"].as_str().unwrap().split_once("terminals ").unwrap().1.split_once(" are").unwrap().0;
    assert_eq!(listed.split(' ').count(), outside);
    for terminal in made.json()["terminals"].as_array().unwrap() {
        assert!(listed.contains(terminal["id"].as_str().unwrap_or_default()), "{listed}");
    }
}

#[test]
fn key_files_are_opened_with_their_master_key() {
    let dir = folder("keys");
    std::fs::create_dir(dir.join("acquirer")).unwrap();
    std::fs::write(dir.join("acquirer/keys.slk"), b"SLIPKEYS").unwrap();
    let ran = doctor(&dir, &["--port", &free_port()]);
    assert_eq!((ran.code, states(&ran.json(), "keys")), (1, vec!["wrong"]), "{}", ran.out);
}

#[test]
fn a_printer_tells_its_paper() {
    let check = |fault: Option<Fault>, want: &str, said: &str| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let at = listener.local_addr().unwrap().to_string();
        let printer = std::thread::spawn(move || {
            let mut printer = SimPrinter::new();
            if let Some(fault) = fault {
                printer.arm(fault);
            }
            let (mut line, _) = listener.accept().unwrap();
            let mut heard = [0; 64];
            while let Ok(n @ 1..) = line.read(&mut heard) {
                let _ = line.write_all(&printer.hear(&heard[..n]));
            }
        });
        let ran = doctor(&folder("printer"), &["--port", &free_port(), "--printer", &at]);
        printer.join().unwrap();
        assert_eq!(states(&ran.json(), "printer"), [want], "{}", ran.out);
        assert!(ran.out.contains(said), "{}", ran.out);
    };
    check(None, "good", "ready");
    check(Some(Fault::PaperOut { after: 0 }), "wrong", "out of paper");
    let nobody = doctor(&folder("nobody"), &["--port", &free_port(), "--printer", "127.0.0.1:1"]);
    assert_eq!(states(&nobody.json(), "printer"), ["wrong"]);
}

#[test]
fn every_line_fault_can_be_shown_and_a_real_line_is_tried() {
    let all = slipway(&["explain", "--json"], "");
    let all = all.json();
    let rows = all["found"].as_array().unwrap();
    assert!(all["asked"] == "" && rows.len() >= 20);
    for row in rows {
        let ran = slipway(&["--lang", "en", "doctor", "--line", row["fault"].as_str().unwrap()], "");
        let (code, money) = (row["code"].as_str().unwrap(), row["money"]["en"].as_str().unwrap());
        assert_eq!(ran.code, 1, "{}", ran.out);
        assert!(ran.out.lines().last().unwrap().contains(code) && ran.out.contains(money), "{code}: {}", ran.out);
        let found = slipway(&["explain", "--json", code], "").json();
        assert_eq!(found["found"][0], *row);
    }
    let host = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let good = slipway(&["doctor", "--json", "--line", &host.local_addr().unwrap().to_string()], "");
    assert_eq!((good.code, states(&good.json(), "line")), (0, vec!["good"]));
    let refused = slipway(&["doctor", "--json", "--line", &format!("127.0.0.1:{}", free_port())], "");
    assert!(refused.code == 1 && refused.out.contains("L13"), "{}", refused.out);
    let unknown = slipway(&["explain", "no such text"], "");
    assert!(unknown.code == 1 && unknown.err.contains("do not swipe again"), "{}", unknown.err);
}

#[test]
fn bench_codec_prints_its_keys_and_few_allocations() {
    let ran = slipway(&["bench", "codec", "--json", "--seconds", "1"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let figures = ran.json();
    assert_eq!((&figures["bench"], &figures["bytes"]), (&"codec".into(), &249.into()));
    for key in ["pack_ns", "unpack_ns", "ops_per_s"] {
        assert!(figures[key].as_u64().unwrap() > 0, "{key}");
    }
    // By fields nothing is allocated; that the counter counts, the typed message shows.
    let allocations = |key: &str| figures[key].as_u64().unwrap();
    assert_eq!(allocations("allocations"), 0);
    assert!((1..=2).contains(&allocations("typed_allocations")), "{figures}");
}

#[test]
fn bench_store_counts_its_own_syncs() {
    let dir = folder("bench");
    let ran = slipway(&["bench", "store", "--json", "--seconds", "1", "--dir", dir.to_str().unwrap()], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let figures = ran.json();
    assert!(figures["syncs"].as_u64().unwrap() > 0 && figures["durable"] == true, "{figures}");
    assert_eq!(figures["batches"].as_array().unwrap().len(), 4);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
}
