//! The merchant portal over its port: what a shop sees of itself, what its roles may do, and that nobody sees another shop's, by no door.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod common;
#[path = "common/live.rs"]
mod live;
#[path = "portal/money.rs"]
mod money;
#[path = "common/web.rs"]
mod web;

use live::{Up, folder, until};
use serde_json::{Value, json};
use web::{JSON, Page, at, fits, page, raw, sell};

const MERCHANT: &str = "/api/v1/merchant";
/// The doors that look and name nothing of one shop.
const LISTS: [&str; 9] =
    ["shop", "takings", "expected", "batches", "payments", "refunds", "doubts", "terminals", "holds"];
/// Those that the merchant's own office sees, and its cashiers do not.
const OFFICE: [&str; 4] = ["expected", "holds", "payouts", "statements"];

fn get(shop: &Page, door: &str) -> Value {
    let said = shop.get(&format!("{MERCHANT}/{door}"));
    assert_eq!(said.status, 200, "{door}: {}", said.text);
    said.json()
}

fn items(shop: &Page, door: &str) -> Vec<Value> {
    get(shop, door)["items"].as_array().unwrap().clone()
}

#[test]
fn a_shop_sees_its_own_money_and_nobody_sees_another_shops() {
    let dir = folder("portal-web");
    let net = dir.join("net");
    let up = Up::start(&net);
    let here = at(&up);
    // A merchant may be called anything; it is told as it is, and is a page's matter to show as text.
    let odd = "<b onclick=x>市场</b> \u{5d0}\u{5d1}😀 & 'Söhne'";
    let book = net.join("acquirer/merchants.toml");
    let text = std::fs::read_to_string(&book).unwrap().replace("示范超市 SAMPLE MARKET", odd);
    std::fs::write(&book, text).unwrap();
    let rrn = sell(&up);
    let (market, hotel, cashier) = (page(&here, "market"), page(&here, "hotel"), page(&here, "cashier"));
    let (own, other) = (up.tills()[0].0.clone(), up.tills()[1].0.clone());

    let shop = get(&market, "shop");
    assert_eq!((shop["merchant"].as_str(), shop["name"].as_str()), (Some(&*own), Some(odd)));
    assert_eq!(shop["may"], json!({"order_refunds": true, "see_settlement": true}));
    assert_eq!(shop["agreed"]["debit"], json!({"ppb": 5_000_000, "cap_fen": 2_000}));

    // The open day: what was captured, and both ends of a fee that only clearing decides.
    let today = items(&market, "takings")[0].clone();
    let sums = ["count", "gross_fen", "fees_from_fen", "fees_to_fen"].map(|name| today[name].as_i64().unwrap());
    assert_eq!((today["state"].as_str(), sums), (Some("open"), [1, 8_800, 44, 53]), "{today}");
    assert_eq!(today["kinds"], json!([{"zh": "消费", "en": "sale", "count": 1, "fen": 8_800}]));
    let day = get(&market, &format!("takings/{}", today["day"].as_str().unwrap()));
    let line = &day["items"][0];
    assert_eq!((line["rrn"].as_str(), line["fee_fen"].is_null()), (Some(&*rrn), true), "{day}");
    assert_eq!(line["explained"]["en"], "88.00 × 0.5% = 0.44");
    assert_eq!(line["or_explained"]["en"], "88.00 × 0.6% = 0.528 → 0.53");

    // The payment, by each way that narrows, and as one.
    let id = items(&market, "payments")[0]["id"].as_str().unwrap().to_owned();
    let card = up.ready["cards"][0]["pan"].as_str().unwrap().to_owned();
    let (_, terminal) = up.tills()[0].clone();
    let paid_on = items(&market, "payments")[0]["at"].as_str().unwrap()[..10].to_owned();
    for (query, hits) in [
        (format!("terminal={terminal}&amount_fen=8800&last4={}&day={paid_on}", &card[12..]), 1),
        ("amount_fen=8801".into(), 0),
        (format!("terminal={}", up.tills()[1].1), 0),
        ("day=2020-01-01".into(), 0),
    ] {
        assert_eq!(items(&market, &format!("payments?{query}")).len(), hits, "{query}");
    }
    for bad in ["day=1", "last4=1", "amount_fen=88.00", "terminal=x", "cursor=x", "limit=0", "limit=201", "day=%ff"] {
        assert_eq!(market.get(&format!("{MERCHANT}/payments?{bad}")).status, 400, "{bad}");
    }
    let one = get(&market, &format!("payments/{id}"));
    assert_eq!(
        (one["verdict"].as_str(), one["refund"]["rest_fen"].as_u64()),
        (Some("took_place"), Some(8_800)),
        "{one}"
    );
    assert!(one["refund"]["allowed"] == true && one["fee"][0]["fee_to_fen"] == 53, "{one}");
    let batch = items(&market, "batches")[0].clone();
    assert_eq!(
        (&batch["host"]["debit"], &batch["state"]["word"]),
        (&json!({"count": 1, "fen": 8_800}), &json!("open"))
    );
    let till = items(&market, "terminals").into_iter().find(|till| till["terminal"] == *terminal).unwrap();
    assert!(till["till"]["signed_on"] == true && till["heard_at"].is_string() && till["doubts"] == 0, "{till}");
    assert_eq!(items(&market, "doubts"), Vec::<Value>::new());

    // The slip as files, as printed and as it comes again.
    let file = |end: &str| {
        let said = market.get(&format!("/api/v1/desk/exchanges/{id}/slip.{end}"));
        assert!(
            said.status == 200 && said.head.contains("attachment; filename=\"slip-999290054110001-"),
            "{}",
            said.head
        );
        (said.head, said.text)
    };
    let (png, pdf) = (file("png"), file("pdf"));
    assert!(png.0.contains("image/png") && png.1.contains("PNG"), "{}", png.0);
    assert!(pdf.0.contains("application/pdf") && pdf.1.starts_with("%PDF-"), "{}", pdf.0);
    assert_ne!(file("pdf?reprint=1").1, pdf.1);
    let kept = dir.join("slip.pdf");
    let words =
        ["archive", "show", &rrn, "--as", "pdf", "--out", kept.to_str().unwrap(), "--dir", net.to_str().unwrap()];
    assert_eq!(common::slipway(&words, "").code, 0);
    assert!(std::fs::read(&kept).unwrap().starts_with(b"%PDF-"));

    // The cashier: the same shop without what it is paid. Others of the house say which shop; a caller's role has none.
    assert!(items(&cashier, "takings")[0]["fees_to_fen"].is_null() && get(&cashier, "shop")["agreed"].is_null());
    assert_eq!(items(&cashier, "payments").len(), 1);
    assert!(get(&cashier, &format!("payments/{id}"))["fee"].is_null());
    for door in OFFICE {
        assert_eq!(cashier.get(&format!("{MERCHANT}/{door}")).status, 403, "{door}");
    }
    let house = ["desk", "operations", "auditor"].map(|name| page(&here, name));
    let agent = page(&here, "agent");
    for door in LISTS.iter().chain(&OFFICE) {
        let door = format!("{MERCHANT}/{door}");
        assert_eq!(raw(&here, "GET", &door, &[], "").status, 401, "{door}");
        assert_eq!(agent.get(&format!("{door}?merchant={own}")).status, 403, "{door}");
        for page in &house {
            assert_eq!(page.get(&door).status, 400, "{door}");
            assert_eq!(page.get(&format!("{door}?merchant={own}")).status, 200, "{door}");
            assert_eq!(page.get(&format!("{door}?merchant=999290099990009")).status, 404, "{door}");
        }
        // Another shop is answered as one that does not exist, and so is what has no shape of one.
        let missing = hotel.get(&format!("{door}?merchant=999290099990009"));
        for named in [own.as_str(), "x", "%3Cb%3E"] {
            let said = hotel.get(&format!("{door}?merchant={named}"));
            assert_eq!((said.status, &said.text), (404, &missing.text), "{door} {named}");
        }
        assert_eq!(hotel.get(&format!("{door}?merchant={other}")).status, 200, "{door}");
    }
    for door in LISTS.iter().filter(|door| !matches!(**door, "shop" | "holds" | "expected")) {
        let told = hotel.get(&format!("{MERCHANT}/{door}")).text;
        assert!(!told.contains(&own) && !told.contains(&rrn) && !told.contains(&terminal), "{door}: {told}");
    }
    let nothing = hotel.get(&format!("{MERCHANT}/payments/{other}-10000002-000001-999999"));
    let order = json!({"amount_fen": 8_800, "because": "theirs"});
    assert_eq!((hotel.get(&format!("{MERCHANT}/payments/{id}")).status, nothing.status), (404, 404));
    assert_eq!(hotel.get(&format!("{MERCHANT}/payments/{id}")).text, nothing.text);
    assert_eq!(hotel.post(&format!("{MERCHANT}/payments/{id}/refunds"), &order).text, nothing.text);
    assert_eq!(house[0].get(&format!("{MERCHANT}/payments/{id}?merchant={other}")).text, nothing.text);

    // A refund is ordered within rights, up to the rest, once.
    let door = format!("{MERCHANT}/payments/{id}/refunds");
    for (who, want) in [(&cashier, 403), (&agent, 403)] {
        assert_eq!(who.post(&door, &order).status, want);
    }
    for page in &house {
        assert_eq!(page.post(&format!("{door}?merchant={own}"), &order).status, 403);
    }
    assert_eq!(raw(&here, "POST", &door, &[JSON], &order.to_string()).status, 401);
    for bad in [
        json!({}),
        json!({"amount_fen": 0, "because": "x"}),
        json!({"amount_fen": -1, "because": "x"}),
        json!({"amount_fen": "100", "because": "x"}),
        json!({"amount_fen": 1.5, "because": "x"}),
        json!({"amount_fen": 100, "because": " "}),
        json!({"amount_fen": 100, "because": "x".repeat(201)}),
        json!({"amount_fen": 100, "because": format!("card {card}")}),
    ] {
        assert_eq!(market.post(&door, &bad).status, 400, "{bad}");
    }
    let more = market.post(&door, &json!({"amount_fen": 8_801, "because": "x"}));
    assert!(more.status == 409 && more.text.contains("more than is left"), "{}", more.text);
    let supervisor = page(&here, "supervisor");
    let part = json!({"amount_fen": 800, "because": odd});
    let tabs = std::thread::scope(|scope| {
        let tabs = [&market, &supervisor].map(|page| scope.spawn(|| page.post(&door, &part)));
        tabs.map(|tab| tab.join().unwrap())
    });
    let mut statuses = tabs.each_ref().map(|said| said.status);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", tabs[0].text, tabs[1].text);
    let late = tabs.iter().find(|said| said.status == 409).unwrap();
    assert!(late.text.contains("ordered already") && late.text.contains("已有未办的退货单"), "{}", late.text);
    let orders = items(&market, "refunds");
    assert!(orders.len() == 1 && orders[0]["because"] == odd && orders[0]["state"]["word"] == "waits", "{orders:?}");
    assert_eq!(items(&hotel, "refunds"), Vec::<Value>::new());
    let name = orders[0]["name"].as_str().unwrap().to_owned();
    let withdrawal = format!("{MERCHANT}/refunds/{name}/withdrawal");
    assert_eq!(hotel.post(&withdrawal, &json!({})).text, nothing.text);
    assert_eq!(cashier.post(&withdrawal, &json!({})).status, 403);
    assert_eq!(supervisor.post(&withdrawal, &json!({})).status, 200);
    assert_eq!(market.post(&withdrawal, &json!({})).status, 409);
    assert_eq!(market.post(&door, &part).status, 200);

    // The till makes it, by the reference number; then the order is done and the rest is less.
    let act = |act: Value| assert!(up.port.act(&terminal, &act).is_some());
    let shows =
        |first: &str| until(first, 4_000, || up.port.screen(&terminal)?.first()?.starts_with(first).then_some(()));
    act(json!({"act": "sign_in", "operator": 0, "password": "0000"}));
    shows("Sale: key the amount");
    let voucher: u32 = one["voucher"].as_str().unwrap().parse().unwrap();
    act(json!({"act": "begin", "kind": "refund", "amount_fen": 800, "voucher": voucher}));
    shows("REFUND");
    act(json!({"act": "card", "track2": up.ready["cards"][0]["track2"]}));
    act(json!({"act": "enter"}));
    let done = until("the order is done", 12_000, || {
        items(&market, "refunds").into_iter().find(|one| one["state"]["word"] == "done")
    });
    assert_eq!(done["name"], format!("{id}-2"));
    let after = get(&market, &format!("payments/{id}"));
    assert_eq!(after["refund"]["rest_fen"], 8_000, "{after}");
    assert_eq!(market.post(&door, &json!({"amount_fen": 8_000, "because": "the rest"})).status, 200);

    // Pages of one row each, one row on each.
    let first = get(&market, "payments?limit=1");
    let next = first["next"].as_str().unwrap();
    let second = get(&market, &format!("payments?limit=1&cursor={next}"));
    assert!(second["next"].is_null() && second["items"][0]["id"] != first["items"][0]["id"], "{first} {second}");
    assert_eq!(second["items"][0]["id"], *id);

    // All of it is on record, without a card.
    let log = std::fs::read_to_string(net.join("inquiries.jsonl")).unwrap();
    for act in
        ["merchant_payments", "order_refund", "withdraw_refund", "order_refund_refused", "withdraw_refund_refused"]
    {
        assert!(log.contains(&format!("\"act\":\"{act}\"")), "{act}");
    }
    assert!(!log.contains(&card));
    let refused =
        |line: Value| line["who"] == "hotel" && line["act"] == "merchant_payouts" && line["said"] == "refused";
    assert!(log.lines().any(|line| refused(serde_json::from_str(line).unwrap())), "a look at another shop");
    described(&here, &market, &id);
    assert_eq!(up.stop(), 0);

    // Orders outlive the run.
    let up = Up::start(&net);
    let market = page(&at(&up), "market");
    let words: Vec<Value> = items(&market, "refunds").iter().map(|one| one["state"]["word"].clone()).collect();
    assert_eq!(words, ["waits", "done", "withdrawn"]);
    assert_eq!(up.stop(), 0);
}

/// Every answer is as the document says.
fn described(at: &str, shop: &Page, id: &str) {
    let api = raw(at, "GET", "/api/v1/openapi.json", &[], "").json();
    let mut asked = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        let told = &methods["get"];
        if !path.starts_with(MERCHANT) || told.is_null() || path.contains("{day}") {
            continue;
        }
        let said = shop.get(&path.replace("{id}", id));
        assert_eq!(said.status, 200, "{path}: {}", said.text);
        let schema = &told["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&api, schema, &said.json(), path);
        asked += 1;
    }
    assert!(asked >= 12, "{asked}");
}
