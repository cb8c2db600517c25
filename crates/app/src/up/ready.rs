//! What is said once the network stands: for a program in one document, for a person in words.

use super::UpArgs;
use super::secrets::{OUTSIDE_FILE, hex};
use crate::http::Live;
use crate::network::{Plan, sample};
use crate::people::book;
use crate::say::Say;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// What a person, or a program under `--json`, needs to begin.
pub(super) fn tell(live: &Live, plan: &Plan, new: bool, http: SocketAddr, args: &UpArgs, say: &Say) {
    let cards: Vec<_> = (0..2).flat_map(|issuer| plan.cards(issuer)).collect();
    let known = args.demo || new;
    if say.json {
        say.document(&json!({
            "ready": true, "acquirer": live.hosts.acquirer_at.to_string(), "http": http.to_string(), "dir": args.dir, "token": live.tills.door.token,
            "terminals": outside_json(plan, args.demo), "own_terminals": own_json(plan), "cards": cards_json(plan, known), "sign_ins": sign_ins(live),
            "operator": {"no": 1, "password": known.then_some(&plan.secrets.operator)},
        }));
        return;
    }
    say.line(say.strong(say.both("小票之路已启动", "Slipway is up")));
    say.line(format!("  {:<10} {}", say.both("终端接入", "terminals"), live.hosts.acquirer_at));
    if live.theatre.is_some() {
        say.line(format!("  {:<10} {}", say.both("剧场", "theatre"), say.strong(&format!("http://{http}/"))));
    }
    say.line(format!("  {:<10} http://{http}/desk", say.both("服务台", "desk")));
    say.line(format!("  {:<10} http://{http}/merchant", say.both("商户门户", "merchants")));
    say.line(format!("  {:<10} http://{http}/ops", say.both("运营", "operations")));
    say.line(format!("  {:<10} http://{http}/metrics", say.both("本机端口", "local port")));
    say.line(format!("  {:<10} {}", say.both("目录", "folder"), args.dir.display()));
    say.line(say.both(
        "  单进程，本机回环上为明文 TCP；各方分进程运行时用 TLS 1.3（slipway init）",
        "  one process, plain TCP on loopback; parties as processes of their own speak TLS 1.3 (slipway init)",
    ));
    for (id, index) in plan.seats() {
        let merchant = sample::merchant_of(index);
        say.line(format!("  {:<10} {} {} {}", say.both("终端", "terminal"), id, merchant.id, merchant.name));
    }
    for (id, _) in &plan.outside {
        say.line(format!(
            "  {:<10} {} {} {}",
            say.both("外部终端", "outside"),
            id,
            sample::merchant_of(1).id,
            args.dir.join(OUTSIDE_FILE).display()
        ));
    }
    for card in cards.iter().filter(|card| card.account.as_str().ends_with("0001")) {
        say.line(format!("  {:<10} {}  {:04}", say.both("测试卡", "test card"), card.pan.reveal(), card.expiry.yymm()));
    }
    if known {
        say.line(format!(
            "  {:<10} 01 / {}   {} {}",
            say.both("操作员", "operator"),
            plan.secrets.operator,
            say.both("卡密码", "card PIN"),
            plan.secrets.card_pin
        ));
        if !args.demo {
            say.line(say.both("  请记下：以上密码只显示这一次", "  write these down: they are shown this once"));
        }
    }
    let signs_in: Vec<String> =
        sign_ins(live).iter().filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
    if !signs_in.is_empty() {
        let label = say.both("服务台登录", "sign-ins");
        say.line(format!("  {label:<10} {} / {}", signs_in.join(" "), book::SAMPLE_PASSWORD));
    }
    say.line(say.both("  Ctrl-C 停止；kill -9 也不会丢账", "  Ctrl-C stops it; kill -9 loses nothing either"));
}

/// The sample people with their published password; none under any other start.
fn sign_ins(live: &Live) -> Vec<Value> {
    let people = live.front.book.people().unwrap_or_default();
    let sample = people.people.iter().filter(|person| live.tills.door.demo && person.sample);
    sample
        .map(|person| json!({"name": person.name, "role": person.role, "merchant": person.merchant.map(|id| id.to_string()), "password": book::SAMPLE_PASSWORD}))
        .collect()
}

/// The sample cards as a program needs them; the PIN only where it may be told.
pub fn cards_json(plan: &Plan, known: bool) -> Vec<Value> {
    let cards = (0..2).flat_map(|issuer| plan.cards(issuer));
    cards.map(|card| json!({
        "pan": card.pan.reveal(), "pin": known.then_some(&plan.secrets.card_pin), "expiry": format!("{:04}", card.expiry.yymm()),
        "track2": card.track2().map(|track| track.reveal().to_owned()), "credit": card.credit,
    })).collect()
}

/// Terminals for programs from outside; their clear master keys under `--demo` only.
pub fn outside_json(plan: &Plan, demo: bool) -> Vec<Value> {
    let merchant = sample::merchant_of(1).id;
    let terminals = plan.outside.iter();
    terminals
        .map(|(id, tmk)| json!({"terminal": id.as_str(), "merchant": merchant.as_str(), "tmk": demo.then(|| hex(tmk))}))
        .collect()
}

/// The network's own terminals.
pub fn own_json(plan: &Plan) -> Vec<Value> {
    let merchant = |index| sample::merchant_of(index).id.as_str().to_owned();
    plan.seats().map(|(id, index)| json!({"terminal": id.as_str(), "merchant": merchant(index)})).collect()
}
