//! Five processes: each house clears, settles and compares by itself once the day is closed, writes its own list again when it is asked, and
//! they agree.

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
use parties::{PARTIES, Parties};
use serde_json::{Value, json};
use till::Journal;

#[test]
fn each_process_writes_its_own_list() {
    let home = folder("recon-processes");
    let mut parties = Parties::init(&home.join("net"), &["--terminals", "1"]);
    let journal = Journal::new(&home.join("journal.jsonl"));
    PARTIES.into_iter().for_each(|party| parties.start(party));
    parties.sell(&journal);
    parties.wait_quiet();
    let dir = parties.dir.display().to_string();
    let call = |args: &[&str]| -> (i32, Value, String) {
        let done = slipway(&[args, &["--json", "--dir", &dir]].concat(), "");
        (done.code, serde_json::from_str(&done.out).unwrap_or(Value::Null), done.err)
    };
    let switch = parties.dir.join("switch").display().to_string();
    let cutover = |more: &[&str]| {
        let done = slipway(&[&["cutover", "--json", "--dir", &switch], more].concat(), "");
        let stand = done.json();
        assert_eq!(done.code, i32::from(stand["begun"] == false), "{}", done.err);
        stand
    };
    let today = cutover(&["--show"])["business_day"].as_str().unwrap().to_owned();
    if cutover(&[])["begun"] == false {
        return;
    }
    until("the day to be closed", 12_000, || {
        let stand = cutover(&["--show"]);
        (stand["waiting"] == json!([]) && stand["closing"] == json!([])).then_some(())
    });
    // Nobody has asked for anything yet.
    until("every house to compare the day", 12_000, || {
        let done = |at: &str| {
            let state = std::fs::read(parties.dir.join("recon").join(at).join("current.json")).unwrap_or_default();
            let state: Value = serde_json::from_slice(&state).unwrap_or(Value::Null);
            state["days"].get(&today).is_some_and(|day| day["missing"] == json!({}))
        };
        ["acquirer", "issuer1", "issuer2", "centre"].iter().all(|at| done(at)).then_some(())
    });
    let paid = parties.dir.join("settlement").join(&today).join("payouts.csv");
    assert_eq!(std::fs::read_to_string(&paid).unwrap().lines().count(), 2, "one merchant is paid");
    for issuer in ["issuer1", "issuer2"] {
        let dir = parties.dir.join(issuer);
        let held = slipway(&["suspense", "--json", "--dir", dir.to_str().unwrap()], "").json();
        assert_eq!(held["issuers"][0]["count"], 0, "{held}");
    }
    let (code, made, err) = call(&["recon", "lists", "--day", &today]);
    assert_eq!((code, made["lists"].as_array().map(Vec::len)), (0, Some(2 + 4 + 2)), "{err} {made}");
    let (code, found, err) = call(&["recon", "run", "--day", &today, "--at", "centre"]);
    assert_eq!((code, &found["matched"], &found["missing"]), (0, &json!(1), &json!([])), "{err} {found}");
    // A stopped house's list comes from its store, and is the same.
    parties.stop();
    let (code, again, err) = call(&["recon", "lists", "--day", &today]);
    assert_eq!(code, 0, "{err}");
    assert!(again["lists"].as_array().unwrap().iter().all(|list| list["unchanged"] == true), "{again}");
}
