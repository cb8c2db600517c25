//! Settlement: its order, its digits, the upload that is taken up where it was, and the papers.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::{Exchange, Settled, Settling};
use slipway_terms::{Amount, BatchNo, Device, Heard, Kind, Message, PaperFate, Shut, SlipKind, Stan};
use std::collections::{BTreeMap, BTreeSet};

/// The acquirer as a settlement sees it.
#[derive(Default)]
struct Host {
    balanced: bool,
    /// 60.3 of what came, by type.
    seen: Vec<(u16, u16)>,
    totals: Option<String>,
    details: BTreeMap<Stan, u64>,
    ends: BTreeSet<String>,
}

impl Host {
    fn balanced(balanced: bool) -> Self {
        Self { balanced, ..Self::default() }
    }

    fn say(&mut self, bench: &Bench, request: &Message) -> Message {
        let code60 = request.till60.unwrap().management.unwrap_or(0);
        self.seen.push((request.mti.0, code60));
        let mut answer = bench.answer(request, "00");
        match request.mti.0 {
            800 => {
                answer.till60.as_mut().unwrap().batch = BatchNo(8);
                answer.private62 = Some(vec![8; 40].into());
                answer.mac = None;
            }
            500 => {
                let text = request.private48.as_deref().unwrap();
                assert_eq!(text.len(), 62);
                assert_eq!(&text[30..], "0".repeat(32));
                let digit = if self.balanced { "1" } else { "2" };
                answer.private48 = Some(format!("{}{digit}{}1", &text[..30], &text[31..61]).into());
                self.totals = Some(text[..30].into());
            }
            320 if code60 == 201 => self.detail(request),
            320 => drop(self.ends.insert(request.private48.as_deref().unwrap().into())),
            _ => {}
        }
        answer
    }

    fn detail(&mut self, request: &Message) {
        let Some(text) = request.private48.as_deref() else {
            let (stan, amount) = (request.stan.unwrap(), request.amount.unwrap().minor());
            assert!(request.processing.is_some() && request.condition.is_some());
            assert!(self.details.insert(stan, amount).is_none_or(|before| before == amount));
            return;
        };
        let count: usize = text[..2].parse().unwrap();
        assert!((1..=8).contains(&count) && text.len() == 2 + 40 * count);
        for at in 0..count {
            let line = &text[2 + 40 * at..][..40];
            assert_eq!(&line[..2], "00");
            assert_eq!(&line[8..28], "00009990010000000010");
            let stan = Stan::new(line[2..8].parse().unwrap()).unwrap();
            self.details.insert(stan, line[28..].parse().unwrap());
        }
    }

    /// Answers until nothing more comes.
    fn run(&mut self, bench: &mut Bench) {
        for _ in 0..60 {
            bench.pass(0);
            let Some((request, _)) = (!bench.sent.is_empty()).then(|| bench.sent.remove(0)) else { break };
            let answer = self.say(bench, &request);
            bench.hear(answer);
        }
    }
}

/// A batch with every kind in it, as the supervisor.
fn full_batch() -> Bench {
    let mut bench = Bench::for_kind(Kind::Sale);
    for kind in [Kind::Sale, Kind::SaleVoid, Kind::Moto, Kind::PreAuth, Kind::Completion, Kind::CompletionVoid] {
        bench.approved(kind);
    }
    bench.approved(Kind::PreAuth);
    bench.approved(Kind::PreAuthVoid);
    bench.approved(Kind::PreAuth);
    bench.approved(Kind::CompletionAdvice);
    bench.approved(Kind::Sale);
    bench.approved(Kind::Refund);
    bench.approved(Kind::Sale);
    bench.approved(Kind::Adjust);
    bench.order(Kind::OfflineSale);
    bench.pass(60_000);
    let upload = bench.one(220);
    bench.hear(bench.answer(&upload, "00"));
    let refused = bench.sell();
    bench.hear(bench.answer(&refused, "51"));
    bench.prints.clear();
    bench
}

/// Debit: three sales, an order, a completion and its advice at 88.00, 2.00 of tip, 50.00 offline. Credit: two voids and a
/// refund at 88.00. Holds and refusals count nowhere.
const TOTALS: &str = "000000058000008000000026400003";

#[test]
fn balanced_totals_end_at_once() {
    let mut bench = full_batch();
    bench.act(Act::Settle);
    let mut host = Host::balanced(true);
    host.run(&mut bench);
    assert_eq!(host.seen, [(500, 201), (320, 207), (800, 3)]);
    assert_eq!(host.totals.as_deref(), Some(TOTALS));
    assert_eq!((host.ends.len(), host.ends.contains("0000")), (1, true));
    let till = bench.till();
    assert_eq!((till.batch, till.settling, till.settled), (BatchNo(8), None, Some(BatchNo(7))));
    assert!(bench.all::<Settling>().is_empty());
    assert_eq!(bench.prints.len(), 1);
    let slip = &bench.prints[0].slip;
    assert_eq!((slip.kind, slip.batch), (SlipKind::Totals, BatchNo(7)));
    let rows: Vec<String> = slip.rows.iter().map(|row| format!("{}={}", row.label, row.value)).collect();
    assert_eq!(
        rows,
        [
            "3 消费/SALE=264.00",
            "1 消费撤销/VOID=-88.00",
            "1 退货/REFUND=-88.00",
            "1 预授权完成/COMPLETION=88.00",
            "1 预授权完成通知/COMPLETION ADVICE=88.00",
            "1 预授权完成撤销/COMPLETION VOID=-88.00",
            "1 离线结算/OFFLINE SALE=50.00",
            "1 结算调整/ADJUST=2.00",
            "1 订购/MOTO=88.00",
            "8 借记合计 DEBIT=580.00",
            "3 贷记合计 CREDIT=264.00",
        ]
    );
    assert!(slip.remarks[0].contains("对账平"));
}

/// The acquirer closed the batch because nobody had settled it: the till is told, sells on, and brings the details by itself.
#[test]
fn a_batch_that_the_acquirer_closed_goes_up_by_itself() {
    let mut bench = full_batch();
    let sale = bench.sell();
    bench.hear(bench.answer(&sale, "77"));
    let answer = Message { private48: Some("1000007".into()), ..bench.sign_on_answer(8) };
    bench.hear(answer);
    let reversal = bench.one(400);
    bench.hear(bench.answer(&reversal, "25"));
    let again = bench.one(200);
    assert_eq!(again.batch(), Some(BatchNo(8)));
    bench.hear(bench.answer(&again, "00"));
    bench.act(Act::SignOff);
    bench.sent.clear();
    bench.keys("X");
    bench.act(Act::SignIn(slipway_terms::OperatorNo(0), slipway_terms::Pin::new("9876").unwrap()));
    for (request, _) in bench.sent.drain(..).collect::<Vec<_>>() {
        let answer = bench.answer(&request, "00");
        bench.hear(answer);
    }
    bench.shows.clear();
    let mut host = Host::balanced(false);
    for _ in 0..4 {
        bench.pass(30_000);
        host.run(&mut bench);
    }
    assert!(host.seen.contains(&(500, 201)) && host.seen.contains(&(320, 202)), "{:?}", host.seen);
    assert_eq!(host.totals.as_deref(), Some(TOTALS), "of the old batch, not of the sale after it");
    assert_eq!((bench.till().settled, bench.till().batch, bench.till().left.len()), (Some(BatchNo(7)), BatchNo(8), 0));
    assert_eq!(bench.prints.iter().filter(|print| print.slip.kind == SlipKind::Totals).count(), 1);
}

/// What a sign-on says of it.
#[test]
fn the_till_says_why_a_batch_was_closed() {
    let device = Device { mark: Some(OLD), succeeds: None };
    let check = |shut: Option<Shut>, zh: &str, en: &str| {
        let mut bench = Bench::new();
        bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
        let heard = Heard { shut: shut.map(|why| (why, BatchNo(7))), device };
        let answer = Message { private48: Some(heard.write()), ..bench.sign_on_answer(8) };
        bench.hear(answer);
        let told = bench.shows.iter().any(|show| {
            let text = format!("{show:?}");
            text.contains(zh) && text.contains(en)
        });
        assert!(told, "{shut:?}");
    };
    check(Some(Shut::Overdue), "上批超过24小时未结算", "not settled for 24 hours");
    check(Some(Shut::Replaced), "本机接替原设备", "in place of another device");
    check(None, "签到成功", "Signed on");
}

#[test]
fn other_totals_upload_every_detail() {
    let mut bench = full_batch();
    let counted: Vec<(Stan, u64)> = bench
        .all::<Exchange>()
        .iter()
        .filter(|line| line.slip.is_some() && line.kind.shape().moves_money())
        .map(|line| (line.key.stan, line.signed_minor().unsigned_abs()))
        .collect();
    bench.act(Act::Settle);
    let mut host = Host::balanced(false);
    host.run(&mut bench);
    // Seven in one list, then refund, completion advice, offline sale and adjustment singly.
    let mut trace = vec![(500, 201)];
    trace.extend([(320, 201); 5]);
    trace.extend([(320, 202), (800, 3)]);
    assert_eq!(host.seen, trace);
    assert_eq!(host.details.into_iter().collect::<Vec<_>>(), counted);
    assert!(host.ends.contains("0011"));
    assert!(bench.all::<Exchange>().iter().filter(|line| line.uploaded).count() == 11);
    assert!(bench.prints[0].slip.remarks[0].contains("对账不平"));
}

/// Rules 9: open reversals, failed ones, advices, confirmations, and only then the totals.
#[test]
fn everything_stored_goes_first() {
    let mut bench = Bench::for_kind(Kind::Refund);
    bench.order(Kind::Refund);
    bench.pass(60_000);
    let unconfirmed = bench.sell_later();
    bench.hear(bench.answer(&unconfirmed, "00"));
    bench.sell();
    bench.pass(60_000);
    bench.sent.clear();
    bench.act(Act::Settle);
    let mut host = Host::balanced(true);
    host.run(&mut bench);
    let order: Vec<u16> = host.seen.iter().map(|seen| seen.0).collect();
    assert_eq!(order, [400, 220, 620, 500, 320, 800]);
    // The sale in doubt counts nowhere; the refund that was answered on the way does.
    assert_eq!(host.totals.as_deref(), Some("000000017600002000000008800001"));
}

/// Nothing answers before the totals: each has one occasion, and the settlement goes on.
#[test]
fn what_stays_open_blocks_nothing() {
    let mut bench = Bench::for_kind(Kind::Refund);
    bench.order(Kind::Refund);
    bench.pass(60_000);
    bench.sell_later();
    bench.pass(60_000);
    bench.sent.clear();
    bench.act(Act::Settle);
    for _ in 0..20 {
        bench.pass(20_000);
        if bench.sent.iter().any(|(m, _)| m.mti.0 == 500) {
            break;
        }
    }
    let order: Vec<u16> = bench.mti().iter().map(|mti| mti.0).collect();
    assert_eq!(order.first(), Some(&400));
    assert_eq!(order.iter().filter(|mti| **mti == 500).count(), 1);
    assert!(order.contains(&220));
    assert_eq!(bench.till().pending.len(), 1);
    assert_eq!(bench.till().advices.len(), 1);
}

#[test]
fn the_power_goes_at_every_step_of_a_settlement() {
    for (balanced, twice) in [(true, false), (false, false), (false, true)] {
        let mut cuts = 0;
        for cut in 1.. {
            let mut bench = full_batch();
            let mut host = Host::balanced(balanced);
            bench.cut_after = Some(bench.commits + cut);
            bench.twice = twice;
            bench.act(Act::Settle);
            host.run(&mut bench);
            if !bench.dead {
                break;
            }
            cuts += 1;
            bench.sent.clear();
            bench.prints.clear();
            bench.power_cut();
            if bench.till().settling.is_some() {
                assert!(bench.screen().contains("结算未完成"), "cut {cut}");
                bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
                bench.act(Act::Sale(Amount::fen(100)));
                assert!(bench.screen().contains("完成前不能做新交易") && bench.till().settling.is_some(), "cut {cut}");
                bench.pass(60_000);
                host.run(&mut bench);
                assert!(bench.prints.iter().any(|print| print.slip.kind == SlipKind::Totals), "cut {cut}");
            } else {
                bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
                if bench.till().settled.is_none() {
                    bench.act(Act::Settle);
                }
                host.run(&mut bench);
            }
            let done = bench.all::<Settled>();
            assert_eq!(done.len(), 1, "cut {cut}");
            assert_eq!((done[0].balanced, done[0].uploaded), (balanced, if balanced { 0 } else { 11 }), "cut {cut}");
            assert_eq!(host.details.len(), if balanced { 0 } else { 11 }, "cut {cut}");
            assert_eq!(host.ends.len(), 1, "cut {cut}");
            assert_eq!(host.totals.as_deref(), Some(TOTALS), "cut {cut}");
            assert_eq!(bench.till().batch, BatchNo(8), "cut {cut}");
        }
        assert!(cuts >= if balanced { 3 } else { 8 }, "only {cuts} steps were cut");
    }
}

/// No answer, wrong MAC, other codes: sent again, and after three later; nothing else is done meanwhile.
#[test]
fn a_settlement_is_not_lost_with_its_answers() {
    type Change = fn(&mut Message);
    let cases: [(&str, Change); 4] = [
        ("nothing", |m| m.stan = None),
        ("wrong MAC", |m| m.mac = Some(BAD)),
        ("96", |m| m.code = Some(code("96"))),
        ("other batch", |m| m.till60.as_mut().unwrap().batch = BatchNo(3)),
    ];
    for (what, change) in cases {
        for lost_at in 0..3 {
            let mut bench = full_batch();
            let mut host = Host::balanced(false);
            bench.act(Act::Settle);
            let mut lost = 0;
            for n in 0..400 {
                bench.pass(if lost > 0 { 60_000 } else { 0 });
                let Some((request, _)) = (!bench.sent.is_empty()).then(|| bench.sent.remove(0)) else { continue };
                let mut answer = host.say(&bench, &request);
                if n >= lost_at && lost < 5 {
                    change(&mut answer);
                    lost += 1;
                }
                bench.hear(answer);
                if bench.till().settled.is_some() {
                    break;
                }
            }
            assert_eq!(bench.all::<Settled>().len(), 1, "{what} at {lost_at}");
            assert_eq!((host.details.len(), host.ends.len()), (11, 1), "{what} at {lost_at}");
        }
    }
}

#[test]
fn an_empty_batch_settles_too_and_a_dead_line_does_not() {
    let mut bench = Bench::ready();
    bench.act(Act::Settle);
    let mut host = Host::balanced(true);
    host.run(&mut bench);
    assert_eq!(bench.all::<Settled>().len(), 1);
    let mut bench = full_batch();
    bench.link(false);
    bench.act(Act::Settle);
    bench.pass(0);
    assert!(bench.screen().contains("结算未开始"), "{}", bench.screen());
    bench.link(true);
    bench.sell();
}

/// Many pages of the journal, and numbers that wrap in the middle of the batch: every line counts once.
#[test]
fn large_batches_and_wrapping_numbers() {
    for (first, sales) in [(1, 300), (999_990, 30), (999_700, 600)] {
        let mut bench = Bench::ready();
        let mut till = bench.till();
        (till.stan, till.batch_first) = (Stan::new(first).ok(), Stan::new(first).ok());
        bench.put_till(till);
        for _ in 0..sales {
            let request = bench.sell();
            bench.hear(bench.answer(&request, "00"));
            bench.act(Act::Paper(request.till_key().unwrap(), slipway_terms::Copy::Merchant, PaperFate::Printed));
        }
        bench.act(Act::Settle);
        let mut host = Host::balanced(false);
        for _ in 0..30 {
            host.run(&mut bench);
            // More confirmations wait than one settlement waits for.
            bench.pass(5_000);
        }
        assert_eq!(host.totals.as_deref(), Some(format!("{:012}{sales:03}{:015}", 8_800 * sales, 0).as_str()));
        assert_eq!(host.details.len(), sales, "from {first}");
        assert!(host.ends.contains(&format!("{sales:04}")), "from {first}: {:?}", host.ends);
    }
}

/// What was settled is read before the next sign-on is told over it.
#[test]
fn the_result_stays_until_a_key_is_pressed() {
    let mut bench = full_batch();
    bench.act(Act::Settle);
    Host::balanced(true).run(&mut bench);
    assert_eq!(bench.till().batch, BatchNo(8), "signed on behind the result");
    assert!(bench.screen().contains("结算完成，对账平"), "{}", bench.screen());
    bench.print_all(PaperFate::Printed);
    bench.pass(600_000);
    assert!(bench.screen().contains("结算完成，对账平"), "{}", bench.screen());
    bench.keys("1");
    assert!(!bench.screen().contains("结算完成"), "{}", bench.screen());
}

/// An advice that did not get through explains the difference: screen and paper say so.
#[test]
fn an_unbalanced_settlement_says_what_is_still_to_be_sent() {
    let mut bench = Bench::for_kind(Kind::Sale);
    bench.approved(Kind::Sale);
    bench.order(Kind::OfflineSale);
    bench.prints.clear();
    bench.act(Act::Settle);
    let mut host = Host::balanced(false);
    for _ in 0..60 {
        if bench.all::<Settled>().len() == 1 {
            break;
        }
        match bench.sent.is_empty() {
            true => bench.pass(60_000),
            false if bench.sent[0].0.mti.0 == 220 => drop(bench.sent.remove(0)),
            false => {
                let (request, _) = bench.sent.remove(0);
                let answer = host.say(&bench, &request);
                bench.hear(answer);
            }
        }
    }
    let done = bench.all::<Settled>().remove(0);
    assert_eq!((done.balanced, done.waiting), (false, 1));
    assert!(bench.screen().contains("待上送 1 笔"), "{}", bench.screen());
    let paper = bench.prints.iter().find(|print| print.slip.kind == SlipKind::Totals).unwrap();
    assert!(paper.slip.remarks.join(" ").contains("1 STILL TO BE SENT"), "{:?}", paper.slip.remarks);
}
