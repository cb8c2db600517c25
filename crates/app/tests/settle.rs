//! Merchants' money between the days, on a real network: held, reserved, sent back by the bank, paid again; each order again is the same, a
//! kill between record and file loses nothing, and a checker proves the whole of it.

#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "common/web.rs"]
mod web;

use common::slipway;
use live::{Up, folder};
use serde_json::{Value, json};
use std::path::Path;
use web::{PASSWORD, Page};

fn run(dir: &Path, words: &[&str], input: &str) -> common::Ran {
    slipway(&[&["settle"], words, &["--json", "--dir", dir.to_str().unwrap()]].concat(), input)
}

fn ask(dir: &Path, words: &[&str], input: &str) -> Value {
    let done = run(dir, words, input);
    assert_eq!(done.code, 0, "{words:?}: {}{}", done.out, done.err);
    done.json()
}

fn sell(up: &Up, terminal: &str, prefix: &str, fen: u64) {
    let act = |act: Value| drop(up.port.act(terminal, &act).unwrap());
    let cards = up.ready["cards"].as_array().unwrap();
    let card = cards.iter().find(|card| card["pan"].as_str().unwrap().starts_with(prefix)).unwrap();
    let shows = |what: &str| {
        live::until(what, 4_000, || up.port.screen(terminal)?.first()?.starts_with(what).then_some(()));
    };
    shows("Sale: key the amount");
    act(json!({"act": "begin", "kind": "sale", "amount_fen": fen}));
    shows("SALE");
    act(json!({"act": "card", "track2": card["track2"]}));
    act(json!({"act": "enter"}));
    act(json!({"act": "pin", "pin": card["pin"]}));
    shows("Approved: check the signature");
    act(json!({"act": "enter"}));
    shows("Sale: key the amount");
}

/// What a bank says of one payment.
fn bank(dir: &Path, name: &str, payout: &str, yuan: &str, account: &str) -> String {
    let one = include_str!("golden/returned.xml");
    let one = one.replace("20261127-999290054110001-01", payout).replace("5079.40", yuan);
    let path = dir.join(name);
    std::fs::write(&path, one.replace("9990000000000000001", account).replace("BANK-RETURN-1", name)).unwrap();
    path.to_str().unwrap().to_owned()
}

const TWO: [&str; 4] = ["--by", "Li Lei", "--checked", "Han Mei"];

#[test]
fn money_is_held_reserved_returned_and_paid_again_to_the_fen() {
    let dir = folder("settle").join("net");
    let up = Up::start(&dir);
    let (merchant, terminal) = up.tills()[0].clone();
    assert!(up.port.sign_in(&terminal));
    up.port.act(&terminal, &json!({"act": "sign_in", "operator": 0, "password": "0000"})).unwrap();
    sell(&up, &terminal, "9990010", 500_000);
    sell(&up, &terminal, "9990021", 10_000);
    let merchants = dir.join("acquirer/merchants.toml");
    let text = std::fs::read_to_string(&merchants).unwrap();
    let text =
        text.replace("reserve_ppb = 0", "reserve_ppb = 100000000").replace("reserve_days = 0", "reserve_days = 30");
    std::fs::write(&merchants, text).unwrap();

    let open = slipway(&["cutover", "--show", "--json", "--dir", dir.to_str().unwrap()], "");
    let today = open.json()["open"].as_str().map_or_else(String::new, str::to_owned);
    let until = if today.is_empty() { "2026-12-20".to_owned() } else { later(&today) };
    let hold = |amount: &str, doubt: &str, ground: &str, two: &[&str]| {
        let words = ["hold", &merchant, "--amount", amount, "--doubt", doubt, "--ground", ground, "--until", &until];
        run(&dir, &[&words, two].concat(), "")
    };
    assert_eq!(hold("1000.00", "2000.00", "a-feeling", &TWO).code, 2, "a closed list");
    assert_eq!(hold("1000.00", "2000.00", "chargeback", &TWO).code, 1, "about which exchange");
    assert_eq!(hold("2000.01", "2000.00", "risk-hit", &TWO).code, 1, "above the doubt");
    let one = hold("1000.00", "2000.00", "risk-hit", &["--by", "Li Lei", "--checked", "Li Lei"]);
    assert!(one.code == 1 && one.err.contains("two persons"), "{}", one.err);
    for _ in 0..2 {
        let placed = hold("1000.00", "2000.00", "risk-hit", &TWO).json();
        assert_eq!(
            (placed["held"]["no"].as_i64(), placed["held"]["fen"].as_i64()),
            (Some(1), Some(100_000)),
            "{placed}"
        );
    }

    let cut = slipway(&["cutover", "--json", "--dir", dir.to_str().unwrap()], "").json();
    if cut["begun"] == false {
        // Between 23:00 and midnight the day after tomorrow is refused.
        return;
    }
    let day = cut["closing"][0]["business_day"].as_str().unwrap().to_owned();
    let paid = dir.join("settlement").join(&day);
    live::until("the day is booked", 12_000, || paid.join("payouts.xml").exists().then_some(()));
    // 510 000 less 2 060; 100 000 held; a tenth of what is left reserved.
    let settled = ask(&dir, &["run"], "");
    let part = &settled["days"][0]["merchants"][0];
    assert_eq!((part["payable_fen"].as_i64(), part["fees_fen"].as_i64()), (Some(367_146), Some(2_060)), "{settled}");
    assert!(std::fs::read_to_string(paid.join("payouts.xml")).unwrap().contains("<CtrlSum>3671.46</CtrlSum>"));
    assert!(!paid.join("unbooked-payouts.xml").exists());
    for (file, parts) in [
        (
            format!("statement-{merchant}-en.txt"),
            ["hold 1", "-1000.00", "a risk rule was hit", "4079.40 × 10% = 407.94"],
        ),
        (format!("statement-{merchant}-zh.html"), ["暂缓 1", "-1000.00", "命中风险规则", "4079.40 × 10% = 407.94"]),
        (format!("statement-{merchant}-zh.csv"), ["暂缓结算", "-1000.00", "保证金", "3671.46"]),
    ] {
        let text = std::fs::read_to_string(paid.join(&file)).unwrap();
        assert!(parts.iter().all(|part| text.contains(part)), "{file}: {text}");
    }
    let shown = |dir: &Path| ask(dir, &["show", &merchant], "")["merchants"][0].clone();
    let now = shown(&dir);
    assert_eq!(
        (now["carried_fen"].as_i64(), now["holds"][0]["taken_fen"].as_i64(), now["reserves"][0]["fen"].as_i64()),
        (Some(0), Some(100_000), Some(40_794)),
        "{now}"
    );
    let proven = |dir: &Path| ask(dir, &["check"], "")["wrong"].clone();
    assert_eq!(proven(&dir), json!([]));

    // The bank sends it back: not another amount, not from another account, not what was never paid; and once.
    let compact = day.replace('-', "");
    let first = format!("{compact}-{merchant}-01");
    let old = "9990000000000000001";
    let returned = |file: &str| run(&dir, &["returned", file, "--by", "Li Lei"], "");
    for (payout, yuan, account, why) in [
        (first.as_str(), "3671.45", old, "other_amount"),
        (&first, "3671.46", "9990000000000000002", "other_account"),
        (&format!("{compact}-{merchant}-02"), "3671.46", old, "not_paid"),
        ("nonsense", "3671.46", old, "not_paid"),
    ] {
        let refused = returned(&bank(&dir, "WRONG", payout, yuan, account));
        let said: Value = serde_json::from_str(refused.out.trim()).unwrap();
        assert_eq!((refused.code, said["returned"][0]["refused"]["word"].as_str()), (1, Some(why)), "{said}");
    }
    let file = bank(&dir, "BANK-1", &first, "3671.46", old);
    for _ in 0..2 {
        assert_eq!(returned(&file).code, 0);
    }
    let back = shown(&dir)["returned"].clone();
    assert_eq!((back.as_array().unwrap().len(), back[0]["payout"].as_str()), (1, Some(first.as_str())), "{back}");
    let again = dir.join("settlement/again");
    assert_eq!(ask(&dir, &["run"], "")["paid_again"], 0, "the account is the same");
    assert!(!again.exists());

    // Operations order the same by two persons, who see the account; bound to another one behind the first word, it is not what they saw.
    let [one, other] = ["operations", "checker"]
        .map(|name| Page::sign_in(&web::at(&up), name, PASSWORD).map_err(|said| said.text).unwrap());
    let repay = |payout: &str| {
        let what = json!({"what": {"kind": "repay", "payout": payout}, "because": "the merchant asks"});
        one.post("/api/v1/ops/orders", &what).json()
    };
    let approve = |no: &Value| other.post(&format!("/api/v1/ops/orders/{no}/approve"), &json!({}));
    let ordered = repay(&first);
    assert_eq!(ordered["moves"]["amount_fen"], 367_146, "{ordered}");
    assert!(ordered["moves"]["en"].as_str().unwrap().ends_with("the bound account *0001 (version 1)"), "{ordered}");

    // A corrected account: the rule pays again; then two persons say so. Each has a number of its own and names the old one.
    let bind = ["account", &merchant, "--holder", "legal-person", "--bank", "102100099996"];
    let alone = run(&dir, &[&bind[..], &["--by", "Li Lei", "--checked", "Li Lei"]].concat(), "9991000000001234\n");
    assert_eq!(alone.code, 2, "{}", alone.err);
    let bound = ask(&dir, &[&bind[..], &TWO].concat(), "9991000000001234\n");
    assert_eq!((bound["version"].as_i64(), bound["paid_again"].as_i64()), (Some(2), Some(1)), "{bound}");
    assert_eq!(ask(&dir, &[&bind[..], &TWO].concat(), "9991000000001234\n")["version"], 2, "again it is the same");
    assert_eq!(approve(&ordered["no"]).status, 409, "it was paid again meanwhile");
    let second = format!("{compact}-{merchant}-02");
    let xml = std::fs::read_to_string(again.join(format!("{second}.xml"))).unwrap();
    for part in ["<InstdAmt Ccy=\"CNY\">3671.46<", "9991000000001234", "王店主", &second, &format!("again for {first}")]
    {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    assert_eq!(returned(&bank(&dir, "BANK-2", &second, "3671.46", "9991000000001234")).code, 0);
    assert_eq!(run(&dir, &["repay", &second, "--by", "Li Lei", "--checked", "Li Lei"], "").code, 1);
    assert_eq!(
        run(&dir, &[&["repay", &first][..], &TWO].concat(), "").json()["paid"]["payout"],
        second.as_str(),
        "done"
    );
    let third = format!("{compact}-{merchant}-03");
    let ordered = repay(&second);
    assert!(ordered["moves"]["en"].as_str().unwrap().ends_with("*1234 (version 2)"), "{ordered}");
    let done = approve(&ordered["no"]).json();
    assert_eq!(
        (&done["standing"], done["outcome"]["en"].as_str()),
        (&json!("done"), Some(&*format!("paid again: {third}")))
    );
    for _ in 0..2 {
        let paid = ask(&dir, &[&["repay", &second][..], &TWO].concat(), "");
        assert_eq!(paid["paid"]["payout"], third.as_str());
    }
    assert_eq!((proven(&dir), shown(&dir)["returned"].clone()), (json!([]), json!([])));

    // A kill between record and file: what is missing is written again, byte for byte.
    let path = again.join(format!("{third}.xml"));
    let whole = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    up.kill();
    let up = Up::start(&dir);
    ask(&dir, &["run"], "");
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    let ended = ask(&dir, &[&["release", &merchant, "1"][..], &TWO].concat(), "");
    assert!(ended["released"]["ended"].is_object(), "{ended}");
    for name in [
        format!("{merchant}-hold-1.txt"),
        format!("{merchant}-hold-1-ended.txt"),
        format!("{first}-returned.txt"),
        format!("{second}-again.txt"),
    ] {
        let notice = std::fs::read_to_string(dir.join("settlement/notices").join(&name)).unwrap();
        assert!(notice.lines().count() == 3 && !notice.contains("9991000000001234"), "{name}: {notice}");
    }
    let audit = up.port.get("/api/v1/audit").unwrap();
    assert!(audit["rule_holds"] == true && audit["ledgers_zero"] == true, "{audit}");

    // An intermediary who puts his own account into a bank's file is found.
    let csv = again.join(format!("{third}.csv"));
    let sound = std::fs::read_to_string(&csv).unwrap();
    std::fs::write(&csv, sound.replace("9991000000001234", "9991999999991234").replace("王店主", "聚合平台公司"))
        .unwrap();
    let found = run(&dir, &["check"], "");
    assert!(found.code == 1 && found.out.contains("Account"), "{}", found.out);
    std::fs::write(&csv, sound).unwrap();
    assert_eq!(proven(&dir), json!([]));
    assert_eq!(up.stop(), 0);
}

/// Ten days on, near enough: the same month or the next.
fn later(day: &str) -> String {
    let (year, month, of) = (&day[..4], day[5..7].parse::<u32>().unwrap(), day[8..].parse::<u32>().unwrap());
    if of <= 18 {
        format!("{year}-{month:02}-{:02}", of + 10)
    } else {
        format!("{year}-{:02}-{:02}", month % 12 + 1, 10)
    }
}
