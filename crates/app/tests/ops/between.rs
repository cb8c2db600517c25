//! What may come between a proposal, its yes and its deed: a right that is lost, a change of what was shown, a deed by command, a kill.

use super::common::slipway;
use super::live::{Up, folder, until};
use super::web::{self, Page, at};
use super::{approve, forget, get, held, hold, lines, people, propose, sign_in, two};
use serde_json::{Value, json};
use std::fs::File;
use std::path::Path;

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
