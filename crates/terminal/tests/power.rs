//! The power cut at every step (A11), paper faults (A13), reprints, the fate asked from the till, and the journal's word.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, Hand, Input, Question};
use slipway_terminal::{Confirm, Standing};
use slipway_terms::{Amount, Copy, Doubt, OperatorNo, PaperFate, Party, Pin, SlipKind, Stan, State, TillKey};

fn sign_in(bench: &mut Bench) {
    bench.act(Act::SignIn(OperatorNo(1), Pin::new("1234").unwrap()));
}

/// A whole sale; the power goes after commit number `cut` (before what it decided leaves).
fn sale_until(cut: usize) -> (Bench, bool) {
    let mut bench = Bench::ready();
    bench.cut_after = Some(bench.commits + cut);
    bench.key_sale(8_800);
    let request = bench.sent.pop();
    if let Some((request, _)) = &request {
        let answer = bench.answer(request, "00");
        bench.hear(answer);
        bench.print_all(PaperFate::Printed);
        bench.pass(5_000);
        if let Some((confirm, _)) = bench.sent.pop() {
            let answer = bench.answer(&confirm, "00");
            bench.hear(answer);
        }
    }
    let cut_off = bench.dead;
    (bench, cut_off)
}

#[test]
fn the_power_goes_at_every_step() {
    let mut cuts = 0;
    for cut in 1.. {
        let (mut bench, cut_off) = sale_until(cut);
        if !cut_off {
            break;
        }
        cuts += 1;
        bench.sent.clear();
        bench.prints.clear();
        bench.power_cut();
        let exchange = bench.last();
        match exchange.standing {
            Standing::Doubtful(Doubt::PowerCut) => {
                assert_eq!(bench.pending().unwrap().advice.code, Some(code("98")));
                assert!(bench.screen().contains("有待冲正交易"), "cut {cut}");
                bench.pass(60_000);
                let reversal = bench.one(400);
                bench.hear(bench.answer(&reversal, "25"));
                assert_eq!(bench.standing(), Standing::Reversed(Doubt::PowerCut, code("25")));
            }
            Standing::Approved => {
                assert!(bench.till().pending.is_empty() && bench.pending().is_none());
                let printed = exchange.slip.unwrap().printed();
                assert_eq!(bench.screen().contains("上一笔签购单未打印"), !printed, "cut {cut}");
                // Confirmed in the end, printed or not: the slip record is what counts.
                if bench.row::<Confirm>(&exchange.key).is_some() {
                    bench.pass(60_000);
                    let (confirm, _) = bench.sent.drain(..).next().expect("a confirmation");
                    assert_eq!(confirm.mti.0, 620);
                    bench.hear(bench.answer(&confirm, "00"));
                }
                assert!(bench.row::<Confirm>(&exchange.key).is_none());
                assert!(bench.sent.is_empty());
                if !printed {
                    sign_in(&mut bench);
                    bench.keys("P");
                    assert!(bench.prints.iter().all(|print| print.slip.reprint) && bench.prints.len() == 1);
                }
            }
            other => panic!("cut {cut} leaves {other:?}"),
        }
        bench.pass(3 * 3_600_000);
        assert!(
            bench.sent.iter().all(|(m, _)| m.mti.0 == 620) && bench.till().pending.is_empty(),
            "cut {cut}: not quiet"
        );
    }
    assert!(cuts >= 6, "only {cuts} steps were cut");
}

#[test]
fn a_cut_in_the_middle_of_a_reversal_starts_the_occasion_anew() {
    let mut bench = Bench::ready();
    let lost = bench.sell();
    bench.pass(120_000 + 20_000);
    assert_eq!(bench.mti().len(), 2);
    bench.sent.clear();
    bench.power_cut();
    bench.power_cut();
    bench.pass(60_000 + 40_000);
    assert_eq!(bench.mti().len(), 3, "three sends on the new occasion, not six");
    let reversal = bench.sent[0].0.clone();
    assert_eq!(reversal.stan, lost.stan);
    // The answer is taken without any note of who asked.
    bench.notes.clear();
    bench.hear(bench.answer(&reversal, "00"));
    assert!(bench.till().pending.is_empty());
}

#[test]
fn everything_twice_has_no_second_effect() {
    let mut bench = Bench::ready();
    bench.key_sale(8_800);
    let request = bench.one(200);
    bench.twice = true;
    bench.hear(bench.answer(&request, "00"));
    assert_eq!(bench.prints.len(), 1);
    bench.print_all(PaperFate::Printed);
    bench.pass(5_000);
    let confirm = bench.one(620);
    bench.hear(bench.answer(&confirm, "00"));
    bench.pass(3_600_000);
    assert!(bench.sent.is_empty());
    bench.twice = false;
    bench.key_sale(900);
    bench.one(200);
    bench.twice = true;
    bench.pass(60_000);
    bench.pass(60_000);
    let reversal = bench.one(400);
    bench.pass(20_000);
    bench.one(400);
    bench.hear(bench.answer(&reversal, "00"));
    assert!(bench.till().pending.is_empty() && bench.prints.is_empty());
}

/// Paper faults: the payment stands, the screen says so, the missing copies are printed again with the mark.
#[test]
fn paper_faults_leave_the_payment_alone() {
    let cases = [
        (PaperFate::Printed, PaperFate::Missing, vec![Copy::Cardholder]),
        (PaperFate::Half, PaperFate::Missing, vec![Copy::Merchant, Copy::Cardholder]),
        (PaperFate::Unknown, PaperFate::Unknown, vec![Copy::Merchant, Copy::Cardholder]),
        (PaperFate::Printed, PaperFate::Printed, vec![Copy::Merchant, Copy::Cardholder]),
    ];
    for (merchant, cardholder, again) in cases {
        let mut bench = Bench::ready();
        let request = bench.sell();
        bench.hear(bench.answer(&request, "00"));
        let key = bench.till().last.unwrap();
        bench.prints.clear();
        bench.act(Act::Paper(key, Copy::Merchant, merchant));
        bench.act(Act::Paper(key, Copy::Cardholder, cardholder));
        let faulty = cardholder != PaperFate::Printed;
        assert_eq!(bench.screen().contains("交易已成功，请勿重刷"), faulty);
        bench.keys("P");
        assert_eq!(bench.slips(), [(SlipKind::Approved, again, true)]);
        bench.print_all(PaperFate::Printed);
        assert!(bench.last().slip.unwrap().printed());
        // A later jam does not unprint it.
        bench.act(Act::Paper(key, Copy::Merchant, PaperFate::Missing));
        assert!(bench.last().slip.unwrap().printed());
        assert_eq!(bench.standing(), Standing::Approved);
        bench.pass(5_000);
        bench.one(620);
    }
}

/// Rules 10: nobody gets the previous customer's slip unasked.
#[test]
fn reprint_last_offers_the_older_slip_by_name() {
    let mut bench = Bench::ready();
    bench.keys("P");
    assert!(bench.screen().contains("没有可重打的签购单"));
    let first = bench.sell();
    bench.hear(bench.answer(&first, "00"));
    bench.print_all(PaperFate::Printed);
    let second = bench.sell_amount(1_200);
    bench.hear(bench.answer(&second, "51"));
    bench.keys("P");
    assert!(bench.prints.is_empty());
    let screen = bench.screen();
    assert!(screen.contains("最近一笔没有签购单") && screen.contains("上一笔成功交易") && screen.contains("88.00"));
    bench.keys("X");
    assert!(bench.prints.is_empty());
    bench.keys("PE");
    assert_eq!(bench.prints[0].slip.voucher, first.stan.unwrap());
    bench.prints.clear();
    bench.act(Act::Reprint(first.stan));
    assert_eq!(bench.slips().len(), 1);
    bench.prints.clear();
    bench.act(Act::Reprint(second.stan));
    assert!(bench.prints.is_empty() && bench.screen().contains("该交易被拒绝"));
    bench.act(Act::Reprint(Stan::new(777).ok()));
    assert!(bench.prints.is_empty() && bench.screen().contains("没有这笔交易"));
}

/// 查证: the acquirer's word and ours make one sentence.
#[test]
fn the_fate_is_asked_from_the_till() {
    let cases = [
        ("4", true, "消费已成功，可重打签购单"),
        ("7", true, "消费未成功，持卡人未被扣款"),
        ("4", false, "查证未成功"),
        ("9", true, "查证未成功"),
    ];
    for (digit, mac, sentence) in cases {
        let mut bench = Bench::ready();
        let request = bench.sell();
        if digit == "4" {
            bench.hear(bench.answer(&request, "00"));
        } else {
            bench.pass(60_000);
        }
        let before = bench.last();
        bench.act(Act::Ask(None));
        assert!(bench.sent[0].1.is_some());
        let ask = bench.one(820);
        assert_eq!(ask.original_till.unwrap().stan, request.stan.unwrap().number());
        assert_eq!(ask.till60.unwrap().management, Some(954));
        let mut answer = bench.answer(&ask, "00");
        answer.private48 = Some(digit.into());
        answer.mac = mac.then_some(GOOD);
        bench.hear(answer);
        assert!(bench.screen().contains(sentence), "{digit}: {}", bench.screen());
        assert_eq!(bench.last(), before, "asking changes nothing");
    }
    let mut bench = Bench::ready();
    bench.act(Act::Ask(None));
    assert!(bench.sent.is_empty());
    bench.sell();
    bench.pass(60_000);
    bench.act(Act::Ask(Stan::new(2).ok()));
    bench.pass(60_000);
    assert!(bench.screens().iter().any(|screen| screen == "No answer to the question"));
}

#[test]
fn the_journal_testifies() {
    let mut bench = Bench::ready();
    let paid = bench.sell();
    bench.hear(bench.answer(&paid, "00"));
    let refused = bench.sell_amount(1_200);
    bench.hear(bench.answer(&refused, "51"));
    let lost = bench.sell_amount(1_300);
    let ask = |bench: &mut Bench, question| {
        bench.input(&Input::Hand(Hand::Desk { ticket: 5, question }));
        std::mem::take(&mut bench.testimonies)
    };
    let states = |seen: &[slipway_terms::Testimony]| seen.iter().map(|t| t.state).collect::<Vec<_>>();
    let till = |m: &slipway_terms::Message| Question::Till(m.till_key().unwrap());
    assert_eq!(states(&ask(&mut bench, till(&lost))), [State::Open]);
    bench.pass(60_000);
    let all = ask(&mut bench, Question::All { rows_max: 10 });
    assert_eq!(states(&all), [State::WillUndo, State::Declined, State::Approved]);
    assert!(all.iter().all(|t| t.party == Party::Terminal) && all[2].slip && !all[0].slip && all[0].due.is_some());
    assert_eq!((all[1].code, all[0].amount), (Some(code("51")), Some(Amount::fen(1_300))));
    let counter = |tail: &str| Question::Counter {
        merchant: profile().merchant,
        terminal: seat(),
        card: slipway_terms::Pan::new(tail).ok(),
        tail: None,
    };
    assert_eq!(ask(&mut bench, counter("9990010000000010")).len(), 3);
    assert!(ask(&mut bench, counter("9990010000000028")).is_empty());
    assert_eq!(ask(&mut bench, Question::Rrn(slipway_terms::Rrn::new("632700000001").unwrap())).len(), 1);
    assert!(
        ask(&mut bench, Question::Till(TillKey { stan: Stan::new(99).unwrap(), ..lost.till_key().unwrap() }))
            .is_empty()
    );
}

/// STAN: one more for each, sign-on included, none for a reversal, wraps, and skips one that a stored reversal carries.
#[test]
fn numbers_wrap_and_skip() {
    let mut bench = Bench::ready();
    let mut till = bench.till();
    let batch = till.batch;
    let key =
        |stan: u32| TillKey { terminal: seat(), merchant: profile().merchant, batch, stan: Stan::new(stan).unwrap() };
    till.pending = vec![key(999_999), key(1)];
    till.stan = Stan::new(999_998).ok();
    assert_eq!(till.next_stan().number(), 2);
    assert_eq!(till.doubts(), "02000007999999000007000001");
    till.batch.0 += 1;
    assert_eq!(till.next_stan().number(), 999_999);
    till.pending = vec![key(5); 30];
    assert_eq!(till.doubts().len(), 2 + 25 * 12);
    // The list travels with the next sign-on.
    bench.sell();
    bench.pass(60_000);
    bench.power_cut();
    sign_in(&mut bench);
    assert_eq!(bench.sent.len(), 0, "still signed on");
}

#[test]
fn no_row_has_a_secret() {
    let mut bench = Bench::ready();
    bench.key_sale(8_800);
    let everything: Vec<u8> = bench.rows.values().flatten().copied().collect();
    for secret in ["9990010000000010", "30121010000", "123456"] {
        assert!(!everything.windows(secret.len()).any(|w| w == secret.as_bytes()), "a row holds a secret");
    }
}

/// The list of open doubts travels with the sign-on, and an open reversal goes out right after it.
#[test]
fn a_sign_on_carries_the_open_doubts() {
    let mut bench = Bench::ready();
    let lost = bench.sell();
    bench.pass(60_000);
    let other = bench.pending().unwrap();
    assert_eq!(other.key.stan, lost.stan.unwrap());
    bench.key_sale(1_200);
    for _ in 0..3 {
        bench.pass(20_000);
    }
    bench.sent.clear();
    let next = bench.sell_amount(1_200);
    bench.hear(bench.answer(&next, "77"));
    assert_eq!(bench.sent[0].0.private48.as_deref(), Some("02000007000002000007000003"));
    let answer = bench.sign_on_answer(8);
    bench.hear(answer);
    // The refused copy is buried, then comes the customer at hand: a failed reversal blocks nobody.
    let refused = bench.one(400);
    assert_eq!(refused.stan, next.stan);
    bench.hear(bench.answer(&refused, "25"));
    let again = bench.one(200);
    bench.hear(bench.answer(&again, "00"));
    assert_eq!(bench.standing(), Standing::Approved);
    bench.pass(660_000);
    let reversal = bench.sent.iter().find(|(m, _)| m.mti.0 == 400).unwrap().0.clone();
    assert_eq!(reversal.till60.unwrap().batch.0, 7);
    bench.hear(bench.answer(&reversal, "25"));
    assert!(bench.till().pending.is_empty());
}
