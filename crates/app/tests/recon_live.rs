//! A real network's day: a sale, one whose confirmation was lost, one that was reversed; its houses write their lists, running and
//! stopped, and everybody who looks finds what happened and nothing else.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/lists.rs"]
mod lists;
#[path = "common/live.rs"]
mod live;
#[path = "common/pos.rs"]
mod pos;

use common::slipway;
use live::{Up, folder};
use pos::Pos;
use serde_json::{Value, json};
use slipway_recon::four::Row;
use slipway_recon::{Entry, Key, read_day};
use slipway_terms::{BusinessDate, InstitutionId, Rrn};
use std::path::Path;

fn call(dir: &Path, args: &[&str]) -> (i32, Value, String) {
    let done = slipway(&[args, &["--json", "--dir", dir.to_str().unwrap()]].concat(), "");
    (done.code, serde_json::from_str(&done.out).unwrap_or(Value::Null), done.err)
}

fn made(dir: &Path, day: &str) -> Vec<Value> {
    let (code, made, err) = call(dir, &["recon", "lists", "--day", day]);
    assert_eq!(code, 0, "{err}");
    made["lists"].as_array().unwrap().clone()
}

fn run(dir: &Path, day: &str, at: &str) -> Value {
    let (code, found, err) = call(dir, &["recon", "run", "--day", day, "--at", at]);
    assert_eq!(code, 0, "{err}");
    found
}

/// What reconciliation keeps for one who looks; null before its first run.
fn state(dir: &Path, at: &str) -> Value {
    let bytes = std::fs::read(dir.join("recon").join(at).join("current.json")).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

const WHO: [&str; 4] = ["acquirer", "issuer1", "issuer2", "centre"];

/// Waits until the network has reconciled this day by itself: what a test does to its lists then stands.
fn reconciled(dir: &Path, day: &str) {
    live::until("the network to reconcile the day", 12_000, || {
        WHO.iter().all(|at| state(dir, at)["days"].get(day).is_some()).then_some(())
    });
}

/// Cuts the day and waits until every member has closed it, and the network has done its own part: the day that ended, if one did.
fn cut(dir: &Path, from: &str) -> Option<String> {
    let (_, cut, _) = call(dir, &["cutover"]);
    let next = cut["business_day"].as_str().unwrap().to_owned();
    live::until("the day to be closed", 12_000, || {
        let (_, stand, _) = call(dir, &["cutover", "--show"]);
        (stand["waiting"] == json!([]) && stand["closing"] == json!([])).then_some(())
    });
    if next != from {
        reconciled(dir, from);
    }
    (next != from).then_some(next)
}

#[test]
fn a_days_lists_agree_but_for_what_was_lost() {
    let dir = folder("recon-live").join("net");
    let up = Up::start(&dir);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let (_, stand, _) = call(&dir, &["cutover", "--show"]);
    let today = stand["business_day"].as_str().unwrap().to_owned();
    let confirmed = pos.sale(8_800, &card);
    assert_eq!(pos.ask(&confirmed), "00");
    let mut confirmation = pos.reversal(&confirmed);
    (confirmation.mti, confirmation.code) = (slipway_terms::Mti(620), None);
    (confirmation.entry, confirmation.condition) = (None, None);
    confirmation.till60 = Some(slipway_terms::Till60::management(pos.batch, 953));
    assert_eq!(pos.ask(&confirmation), "00");
    let lost = pos.sale(500, &card);
    assert_eq!(pos.ask(&lost), "00");
    let undone = pos.sale(700, &card);
    assert_eq!(pos.ask(&undone), "00");
    assert_eq!(pos.ask(&pos.reversal(&undone)), "00");
    let (code, _, err) = call(&dir, &["recon", "lists", "--day", &today]);
    assert!(code == 1 && err.contains("not closed yet"), "{err}");
    let Some(next) = cut(&dir, &today) else { return };
    let made = made(&dir, &today);
    let rows = |of: &str| -> Vec<u64> {
        let found = made.iter().filter(|list| list["list"] == of);
        found.map(|list| list["rows"].as_u64().unwrap()).collect()
    };
    assert_eq!((rows("till"), rows("acquirer"), rows("issuer")), (vec![1], vec![2], vec![2, 0]), "{made:?}");
    assert_eq!(rows("network").iter().max(), Some(&2), "{made:?}");
    assert_eq!(up.stop(), 0);
    for (list, before) in self::made(&dir, &today).iter().zip(&made) {
        assert_eq!((&list["unchanged"], &list["rows"]), (&json!(true), &before["rows"]), "{list}");
    }
    // Cut by hand minutes after the sale: what lacks a slip waits for the next day, and is judged there.
    for (at, matched, carried) in [("acquirer", 1, 2), ("centre", 1, 3), ("issuer1", 2, 0), ("issuer2", 0, 0)] {
        let first = run(&dir, &today, at);
        assert_eq!((&first["matched"], &first["carried_rows"]), (&json!(matched), &json!(carried)), "{at}: {first}");
        assert_eq!((&first["open"], &first["missing"]), (&json!(0), &json!([])), "{at}: {first}");
    }
    let write = |list: &str, to: Option<&str>, rows: &[Row], day: &str| {
        let owner = if list == "network" { lists::SWITCH } else { lists::ACQUIRER };
        lists::write(&dir, day, list, owner, to, rows);
    };
    for (list, to) in [("till", None), ("acquirer", None), ("network", Some(lists::ACQUIRER))] {
        write(list, to, &[], &next);
    }
    let second = run(&dir, &next, "acquirer");
    let case = &second["cases"][0];
    assert_eq!((&second["open"], &case["class"]), (&json!(1), &json!("-AN")), "{second}");
    let rrn = Rrn::new(case["rrn"].as_str().unwrap()).unwrap();
    let after = BusinessDate::from_days(read_day(&next).unwrap().days() + 1).to_string();
    let key = Key::new(InstitutionId::new(lists::ACQUIRER).unwrap(), rrn, Entry::LateReversal);
    let back = Row::new(key, -500, read_day(&after).unwrap(), 0);
    for (list, to, rows) in
        [("till", None, &[][..]), ("acquirer", None, &[back]), ("network", Some(lists::ACQUIRER), &[back])]
    {
        write(list, to, rows, &after);
    }
    let third = run(&dir, &after, "acquirer");
    assert_eq!((&third["open"], &third["closed"]), (&json!(0), &json!(1)), "put right is no difference: {third}");
}

#[test]
fn a_closed_day_is_reconciled_by_itself_and_once() {
    let dir = folder("recon-itself").join("net");
    let up = Up::start(&dir);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let (_, stand, _) = call(&dir, &["cutover", "--show"]);
    let today = stand["business_day"].as_str().unwrap().to_owned();
    let sale = pos.sale(500, &card);
    assert_eq!(pos.ask(&sale), "00");
    if cut(&dir, &today).is_none() {
        return;
    }
    let told = |said: &str, what: &str| said.lines().filter(|line| line.contains(&format!("{today} {what}"))).count();
    let said =
        live::until("the last line of the day", 12_000, || Some(up.said()).filter(|said| told(said, "reconciled") > 0));
    for what in ["cleared", "settled with the merchants", "reconciled"] {
        assert_eq!(told(&said, what), 1, "{what}: {said}");
    }
    assert_eq!(call(&dir, &["recon", "breaches", "--at", "acquirer"]).0, 0);
    // By hand again it changes nothing.
    for at in WHO {
        let before = state(&dir, at);
        assert_eq!(run(&dir, &today, at)["unchanged"], true, "{at}");
        assert_eq!(state(&dir, at), before);
    }
    assert_eq!(up.stop(), 0);
    // As a kill before the centre's run leaves it: a start does what is missing, and nothing else.
    let before = WHO.map(|at| state(&dir, at));
    std::fs::remove_file(dir.join("recon/centre/current.json")).unwrap();
    let up = Up::start(&dir);
    reconciled(&dir, &today);
    let said =
        live::until("the line of the day", 12_000, || Some(up.said()).filter(|said| told(said, "reconciled") > 0));
    assert_eq!((told(&said, "cleared"), told(&said, "settled"), told(&said, "reconciled")), (0, 0, 1), "{said}");
    for (at, before) in WHO.iter().zip(&before) {
        assert_eq!(state(&dir, at)["generation"], before["generation"], "{at}");
    }
    assert_eq!(up.stop(), 0);
}

#[test]
fn a_repair_in_the_own_house_is_a_command_that_moves_money_once() {
    let dir = folder("recon-repair").join("net");
    let up = Up::start(&dir);
    let card = up.ready["cards"][0].clone();
    let mut pos = Pos::signed_on(&up.ready, 0);
    let (_, stand, _) = call(&dir, &["cutover", "--show"]);
    let today = stand["business_day"].as_str().unwrap().to_owned();
    let sale = pos.sale(500, &card);
    assert_eq!(pos.ask(&sale), "00");
    let Some(next) = cut(&dir, &today) else { return };
    made(&dir, &today);
    // A network file that has lost it, and a day on which nothing comes after.
    lists::write(&dir, &today, "network", lists::SWITCH, Some(lists::ACQUIRER), &[]);
    assert_eq!(run(&dir, &today, "acquirer")["carried_rows"], 1);
    for (list, owner, to) in [
        ("till", lists::ACQUIRER, None),
        ("acquirer", lists::ACQUIRER, None),
        ("network", lists::SWITCH, Some(lists::ACQUIRER)),
    ] {
        lists::write(&dir, &next, list, owner, to, &[]);
    }
    let found = run(&dir, &next, "acquirer");
    let case = &found["cases"][0];
    assert_eq!((&case["class"], &case["posts"][0]["posting"]), (&json!("-A-"), &json!("uncapture")), "{found}");
    let number = case["number"].as_str().unwrap().to_owned();
    let repair = |number: &str, by: &str, because: &str| {
        call(&dir, &["recon", "repair", number, "--by", by, "--because", because])
    };
    assert_eq!(repair("99910010-000000000000", "Li Lei", "x").0, 2, "no such difference");
    assert_eq!(repair(&number, "Li Lei", "card 9990010000000014").0, 2, "no card number");
    let (code, done, err) = repair(&number, "Li Lei", "文件中没有 not in the file");
    assert_eq!((code, &done["outcome"], &done["moved_fen"]), (0, &json!("done"), &json!(-500)), "{err}");
    let (code, done, _) = repair(&number, "Han Meimei", "not in the file");
    assert_eq!((code, &done["outcome"]), (0, &json!("already")));
    live::until("the undo to be answered", 12_000, || {
        up.port.get("/api/v1/quiet").filter(|quiet| quiet["quiet"] == true)
    });
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert_eq!((&audit["ledgers_zero"], &audit["rule_holds"]), (&true.into(), &true.into()), "{audit}");
    let (code, letters, err) = call(&dir, &["recon", "letters", "--at", "acquirer"]);
    assert_eq!((code, letters["letters"].as_array().unwrap().len()), (0, 2), "{err}");
    assert_eq!(up.stop(), 0);
    assert_eq!(repair(&number, "Li Lei", "again").0, 3, "a stopped house posts nothing");
    let export = slipway(&["export", "--party", "acquirer", "--dir", dir.to_str().unwrap()], "").out;
    assert_eq!(export.lines().filter(|line| line.contains("\"record\":\"repair\"")).count(), 1);
}
