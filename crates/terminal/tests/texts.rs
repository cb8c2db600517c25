//! What the screen asks and answers in cases that once said the wrong thing.
#![allow(clippy::unwrap_used, reason = "tests may")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{OfflineLimits, Parameters, Till, Trade};
use slipway_terms::{Amount, Kind, PaperFate};

#[test]
fn an_order_by_telephone_asks_for_number_and_expiry() {
    let mut bench = Bench::for_kind(Kind::Moto);
    bench.act(Act::Begin(Kind::Moto, Some(Amount::fen(8_800)), None));
    assert!(bench.screen().contains("请输入卡号和有效期"), "{}", bench.screen());
    assert!(!bench.screen().contains("刷卡"), "{}", bench.screen());
}

#[test]
fn an_offline_sale_without_limits_names_the_download() {
    let refused = |parameters: Parameters| {
        let mut bench = Bench::ready();
        let trade = Trade { offline: OfflineLimits::default(), ..Trade::default() };
        bench.put_profile(slipway_terminal::Profile { trade, ..profile() });
        let till = Till { parameters, ..bench.till() };
        bench.put_till(till);
        bench.act(Act::Begin(Kind::OfflineSale, Some(Amount::fen(1_000)), None));
        bench.screen()
    };
    let missing = refused(Parameters::default());
    assert!(missing.contains("下载参数") && missing.contains("Download the parameters"), "{missing}");
    // Downloaded, and the acquirer allows none: a download would not help.
    let none = refused(Parameters { offline_count: Some(0), ..Parameters::default() });
    assert!(none.contains("未开通") && !none.contains("下载"), "{none}");
}

#[test]
fn sign_off_says_that_it_is_under_way() {
    let mut bench = Bench::ready();
    bench.act(Act::SignOff);
    assert!(bench.screen().contains("正在签退，请稍候"), "{}", bench.screen());
    let request = bench.one(820);
    bench.hear(bench.answer(&request, "00"));
    assert!(bench.screen().contains("已签退"), "{}", bench.screen());
}

#[test]
fn the_signature_is_asked_for_beside_the_approval() {
    let mut bench = Bench::ready();
    let request = bench.sell();
    bench.hear(bench.answer(&request, "00"));
    bench.print_all(PaperFate::Printed);
    assert!(bench.screen().contains("交易成功，请核对签名"), "{}", bench.screen());
}
