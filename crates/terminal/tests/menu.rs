//! By keys alone: every transaction and every paper behind the menu; and the errands of management.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Blacklist, ChipTables, Config, Exchange, Settled, Times};
use slipway_terms::{Amount, Kind, Message, Pin, ResponseCode, SlipKind};

/// Keys, with `K` a card, `N` a keyed card and `Q` a PIN.
fn play(bench: &mut Bench, keys: &str) {
    for key in keys.chars() {
        match key {
            'K' => bench.act(Act::Card(stripe())),
            'N' => bench.act(Act::KeyedCard(
                slipway_terms::Pan::new("9990010000000010").unwrap(),
                slipway_terms::Expiry { year: 30, month: 12 },
            )),
            'Q' => bench.act(Act::Pin(Pin::new("123456").ok())),
            key => bench.keys(&key.to_string()),
        }
    }
}

#[test]
fn every_kind_by_keys() {
    let cases = [
        (Kind::Sale, "M188=EKEQ"),
        (Kind::Sale, "88=EKEQ"),
        (Kind::SaleVoid, "M2{}EE"),
        (Kind::Refund, "M3{}E88=EKE"),
        (Kind::PreAuth, "M4188=EKEQ"),
        (Kind::PreAuthVoid, "M42{}EE"),
        (Kind::Completion, "M43{}E88=EE"),
        (Kind::CompletionAdvice, "M44{}E88=EE"),
        (Kind::CompletionVoid, "M45{}EE"),
        (Kind::Balance, "M5KEQ"),
        (Kind::Adjust, "M91{}E90=EE"),
        (Kind::Moto, "M9388=ENE"),
    ];
    for (kind, keys) in cases {
        let mut bench = Bench::for_kind(kind);
        let stan = if kind.shape().names_original { bench.last().key.stan.to_string() } else { String::new() };
        play(&mut bench, &keys.replace("{}", &stan));
        let request = bench.one(kind.shape().mti.0);
        assert_eq!(request.kind(), Some(kind), "{keys}");
        assert!(kind == Kind::Balance || request.amount.is_some_and(|a| a.minor() >= 8_800), "{keys}");
    }
    let mut bench = Bench::for_kind(Kind::OfflineSale);
    play(&mut bench, "M925=EKE");
    assert!(bench.last().stands() && bench.last().kind == Kind::OfflineSale);
}

#[test]
fn another_terminals_original_by_keys() {
    let mut bench = Bench::for_kind(Kind::Sale);
    play(&mut bench, "M3E632700000077E1120E50=EKE");
    let request = bench.one(220);
    assert_eq!(
        (request.rrn.unwrap().as_str(), request.original_till.unwrap().date.unwrap().mmdd()),
        ("632700000077", 1_120)
    );
    // A half number is asked for again, and Cancel always leads out.
    play(&mut bench, "X");
    bench.pass(60_000);
    play(&mut bench, "M3E6327E");
    assert!(bench.screen().contains("原参考号 6327"));
    play(&mut bench, "X");
    assert!(bench.screen().contains("消费：请输入金额"));
}

#[test]
fn papers_by_keys() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = bench.last();
    play(&mut bench, "M81");
    assert!(bench.prints.pop().unwrap().slip.reprint);
    play(&mut bench, &format!("M82{}E", sale.key.stan));
    assert_eq!(bench.prints.pop().unwrap().slip.voucher, sale.key.stan);
    play(&mut bench, "M83");
    assert!(bench.screen().contains("没有结算单"));
    bench.approved(Kind::PreAuth);
    play(&mut bench, "M84");
    let details = bench.prints.pop().unwrap().slip;
    assert_eq!((details.kind, details.rows.len()), (SlipKind::Details, 4));
    assert_eq!((details.rows[0].value.as_str(), details.rows[2].value.as_str()), ("88.00", "(88.00)"));
    assert!(details.rows[1].label.contains("999001******0010"));
    play(&mut bench, "M6E");
    assert_eq!(bench.one(820).till60.unwrap().management, Some(954));
}

#[test]
fn settlement_and_its_papers_by_keys() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    play(&mut bench, "M7");
    assert!(bench.screen().contains("批次号 000007") && bench.sent.is_empty());
    play(&mut bench, "E");
    bench.pass(0);
    let totals = bench.one(500);
    let mut answer = bench.answer(&totals, "00");
    answer.private48 = Some("0000000000000000000000000000001".repeat(2).into());
    bench.hear(answer);
    bench.pass(0);
    let end = bench.one(320);
    bench.hear(bench.answer(&end, "00"));
    let signed_on = bench.sign_on_answer(8);
    bench.hear(signed_on);
    assert!(bench.all::<Settled>()[0].balanced);
    bench.prints.clear();
    play(&mut bench, "M83");
    let again = bench.prints.pop().unwrap().slip;
    assert!(again.reprint && again.kind == SlipKind::Totals && again.batch.0 == 7);
    // The details of the batch just settled, while the new one is empty.
    play(&mut bench, "M84");
    assert_eq!(bench.prints.pop().unwrap().slip.batch.0, 7);
    let sale = bench.sell();
    bench.hear(bench.answer(&sale, "00"));
    bench.prints.clear();
    play(&mut bench, "M84");
    assert_eq!(bench.prints.pop().unwrap().slip.batch.0, 8);
}

#[test]
fn many_lines_need_many_papers() {
    let mut bench = Bench::ready();
    for _ in 0..40 {
        let sale = bench.sell();
        bench.hear(bench.answer(&sale, "00"));
    }
    bench.prints.clear();
    play(&mut bench, "M84");
    assert_eq!(bench.prints.iter().map(|print| print.slip.rows.len()).collect::<Vec<_>>(), [60, 20]);
}

/// Signed off at the acquirer, and nobody works here before the next sign-in.
#[test]
fn sign_off() {
    let mut bench = Bench::ready();
    bench.act(Act::SignOff);
    let request = bench.one(820);
    assert!(request.stan.is_some() && request.till60.unwrap().management == Some(2));
    bench.hear(bench.answer(&request, "00"));
    assert!(!bench.till().signed_on && bench.screen().contains("已签退"));
    bench.act(Act::Sale(Amount::fen(8_800)));
    assert!(bench.screen().contains("请操作员签到"));
    let mut bench = Bench::ready();
    play(&mut bench, "M94");
    bench.pass(60_000);
    assert!(bench.till().signed_on && bench.screen().contains("签退未成功"));
}

fn body(request: &Message, bench: &Bench, text: &[u8]) -> Message {
    let mut answer = bench.answer(request, "00");
    answer.private62 = Some(text.into());
    answer
}

/// Status, parameters and their end, blacklist in two parts, two keys, no application.
#[test]
fn a_download_goes_through_its_loops() {
    let mut bench = Bench::ready();
    bench.act(Act::Download);
    let mut seen = Vec::new();
    while !bench.sent.is_empty() {
        let request = bench.take();
        let code = request.till60.unwrap().management.unwrap();
        assert_eq!(request.stan, None, "{code}");
        seen.push(code);
        let asked = request.private62.as_deref().unwrap_or_default().to_vec();
        let answer = match code {
            360 => body(&request, &bench, b"01030900201203120000000090000403010050301006011"),
            390 if asked == b"000" => body(&request, &bench, b"2069990010"),
            390 => body(&request, &bench, b"10899900200"),
            372 => body(
                &request,
                &bench,
                &[b'1', 0x9F, 6, 1, 5, 0x9F, 0x22, 1, 1, 0xDF, 5, 1, 0, 0x9F, 6, 1, 5, 0x9F, 0x22, 1, 2],
            ),
            370 => body(&request, &bench, &[&asked[..], &[0xDF, 2, 1, 7]].concat()),
            382 => body(&request, &bench, b"0"),
            _ => bench.answer(&request, "00"),
        };
        bench.hear(answer);
    }
    assert_eq!(seen, [362, 360, 361, 390, 372, 370, 370, 371, 382]);
    // One broken list of prefixes is not taken; the rest is.
    assert!(bench.all::<Blacklist>().is_empty() && bench.screen().contains("下载未全部完成"));
    let tables = bench.all::<ChipTables>();
    assert_eq!((tables[0].ca_keys.len(), tables[0].applications.len()), (2, 0));
    let parameters = bench.till().parameters;
    assert_eq!((parameters.answer_s, parameters.reversal_sends), (Some(90), Some(2)));
}

#[test]
fn a_blacklisted_card_is_turned_away_before_anything() {
    let mut bench = Bench::ready();
    bench.act(Act::Download);
    while !bench.sent.is_empty() {
        let request = bench.take();
        let asked = request.private62.as_deref().unwrap_or_default().to_vec();
        let answer = match request.till60.unwrap().management.unwrap() {
            390 if asked == b"000" => body(&request, &bench, b"206999002"),
            390 if asked == b"001" => body(&request, &bench, b"110999001000000"[..13].as_ref()),
            372 | 382 => body(&request, &bench, b"0"),
            _ => bench.answer(&request, "00"),
        };
        bench.hear(answer);
    }
    assert!(bench.screen().contains("下载完成"), "{}", bench.screen());
    assert_eq!(bench.all::<Blacklist>()[0].prefixes.len(), 2);
    let stan = bench.till().stan;
    bench.act(Act::Sale(Amount::fen(8_800)));
    bench.act(Act::Card(stripe()));
    assert!(bench.screen().contains("此卡不能在本机受理"));
    bench.keys("E");
    assert!(bench.sent.is_empty() && bench.till().stan == stan);
}

#[test]
fn downloaded_limits_are_kept() {
    let mut bench = Bench::ready();
    let mut till = bench.till();
    till.parameters = slipway_terminal::Parameters {
        answer_s: Some(90),
        reversal_sends: Some(2),
        offline_single_fen: Some(2_000),
        offline_count: Some(1),
        tip_percent: Some(10),
        refund: Some(false),
    };
    bench.put_till(till);
    bench.act(Act::Begin(Kind::Refund, None, None));
    assert!(bench.screen().contains("本终端未开通此交易"));
    bench.act(Act::Begin(Kind::OfflineSale, Some(Amount::fen(2_001)), None));
    assert!(bench.screen().contains("最多 20.00 元"));
    bench.keys("X");
    bench.sell();
    bench.pass(60_000);
    assert!(matches!(bench.standing(), slipway_terminal::Standing::Sent));
    bench.pass(30_000 + 60_000 + 2 * 20_000);
    assert_eq!(bench.mti().len(), 2);
    assert!(matches!(bench.standing(), slipway_terminal::Standing::FailedReversal(_)));
}

#[test]
fn a_lost_download_leaves_everything() {
    let mut bench = Bench::ready();
    let before = bench.rows.clone();
    bench.act(Act::Download);
    bench.pass(60_000);
    assert!(bench.screen().contains("下载无应答"));
    assert_eq!(bench.rows, before);
    let request = bench.take();
    bench.hear(bench.answer(&request, "00"));
    assert!(bench.counts.contains(&"late answer") && bench.sent.is_empty());
    bench.act(Act::Sale(Amount::fen(8_800)));
    assert!(bench.screen().contains("请刷卡"));
}

#[test]
fn an_idle_line_is_asked_whether_it_lives() {
    let times = Times { echo_ms: 60_000, ..Times::default() };
    let mut bench = Bench::with(Config { times, ..Config::default() }).signed_on();
    bench.pass(60_000);
    let echo = bench.one(820);
    assert_eq!((echo.stan, echo.till60.unwrap().management), (None, Some(301)));
    let mut answer = echo.answer(ResponseCode::APPROVED);
    answer.mac = None;
    bench.hear(answer);
    let sale = bench.sell();
    bench.hear(bench.answer(&sale, "00"));
    bench.keys("5");
    bench.pass(70_000);
    assert!(bench.sent.iter().all(|(m, _)| m.mti.0 == 620), "nothing is asked while somebody keys");
    assert!(bench.all::<Exchange>()[0].stands());
}
