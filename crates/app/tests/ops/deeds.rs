//! What the second person's yes does in a house: the money of a finding, a step of a dispute, an order to a house without power.

use super::common::slipway;
use super::live::{Up, folder, until};
use super::pos::Pos;
use super::web::{Page, at, sell};
use super::{act, approve, forget, get, held, hold, items, lines, people, propose, sign_in, two};
use serde_json::{Value, json};
use slipway_terms::{Mti, Till60};

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
