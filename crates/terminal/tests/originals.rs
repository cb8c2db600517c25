//! Every reversible kind end to end, and the orders about an original: what they carry, what undoes them, what refuses them.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, CardRead, KeyPress, Named};
use slipway_terminal::{Config, Confirm, Exchange, Pending, Standing};
use slipway_terms::{
    Amount, AuthCode, BatchNo, Doubt, EntryMode, Kind, Message, MonthDay, PaperFate, Rrn, SlipKind, Stan, Track2,
};

const REVERSIBLE: [Kind; 7] =
    [Kind::Sale, Kind::Moto, Kind::SaleVoid, Kind::PreAuth, Kind::PreAuthVoid, Kind::Completion, Kind::CompletionVoid];

fn sent(bench: &mut Bench, kind: Kind) -> Message {
    bench.order(kind);
    bench.one(kind.shape().mti.0)
}

fn original(bench: &Bench) -> Option<Exchange> {
    let key = bench.last().about.as_ref().and_then(|about| about.key);
    key.and_then(|key| bench.row::<Exchange>(&key))
}

/// What stands for a kind: the fields of its request by the table, and the original's numbers.
#[test]
fn requests_carry_their_keys_and_originals() {
    for kind in REVERSIBLE {
        let mut bench = Bench::for_kind(kind);
        let request = sent(&mut bench, kind);
        let shape = kind.shape();
        assert_eq!((request.kind(), request.condition), (Some(kind), Some(shape.condition)), "{kind:?}");
        let Some(about) = original(&bench) else {
            assert!(request.original_till.is_none() && request.rrn.is_none(), "{kind:?}");
            continue;
        };
        assert_eq!((request.rrn, request.auth), (about.rrn, about.auth), "{kind:?}");
        let named = request.original_till.unwrap();
        assert_eq!((named.batch, named.stan), (about.key.batch, about.key.stan.number()), "{kind:?}");
        assert_eq!(named.date.is_none(), kind == Kind::SaleVoid, "{kind:?}");
        assert_eq!(request.entry, Some(EntryMode(2)), "{kind:?}: no card was read");
        assert!(request.track2.is_none() && request.pan.is_none() && request.pin.is_none(), "{kind:?}");
        assert_eq!((bench.last().card, request.amount), (about.card, about.amount), "{kind:?}");
        assert_eq!(about.followers, [bench.last().key], "{kind:?}");
    }
}

#[test]
fn approved_each_with_its_slip() {
    for kind in REVERSIBLE {
        for twice in [false, true] {
            let mut bench = Bench::for_kind(kind);
            let request = sent(&mut bench, kind);
            let answer = bench.answer(&request, "00");
            bench.twice = twice;
            bench.hear(answer.clone());
            bench.hear(answer);
            assert_eq!(bench.standing(), Standing::Approved, "{kind:?}");
            assert!(bench.till().pending.is_empty() && bench.pending().is_none(), "{kind:?}");
            assert_eq!(bench.slips().len(), 1, "{kind:?}");
            let slip = &bench.prints[0].slip;
            assert_eq!((slip.transaction, slip.negative), (kind, kind.shape().zh.ends_with("撤销")), "{kind:?}");
            let remark = slip.remarks.join(" ");
            match kind {
                Kind::SaleVoid | Kind::CompletionVoid | Kind::PreAuthVoid => {
                    assert!(remark.contains("原凭证号"), "{kind:?}: {remark}");
                }
                Kind::Completion => assert!(remark.contains("预授权码 PRE-AUTH NO A00001"), "{remark}"),
                _ => assert!(remark.is_empty(), "{kind:?}: {remark}"),
            }
            bench.twice = false;
            bench.print_all(PaperFate::Printed);
            bench.pass(5_000);
            // Confirmed is what the merchant is paid on; a hold pays nobody.
            let confirms = usize::from(kind.shape().moves_money());
            assert_eq!(bench.sent.len(), confirms, "{kind:?}");
            assert_eq!(bench.all::<Confirm>().len(), confirms, "{kind:?}");
        }
    }
}

#[test]
fn declined_each_leaves_the_original_free() {
    for kind in REVERSIBLE {
        let mut bench = Bench::for_kind(kind);
        let before = bench.till().last;
        let request = sent(&mut bench, kind);
        bench.hear(bench.answer(&request, "51"));
        assert_eq!(bench.standing(), Standing::Declined(code("51")), "{kind:?}");
        assert!(bench.till().pending.is_empty() && bench.prints.is_empty(), "{kind:?}");
        if let Some(original) = before {
            bench.order_about(kind, Some(Named::Voucher(original.stan)));
            bench.one(kind.shape().mti.0);
        }
    }
}

/// No answer: the reversal repeats what the request named, blocks another one about the same original, and frees it.
#[test]
fn lost_each_is_reversed_and_then_free_again() {
    for kind in REVERSIBLE {
        let mut bench = Bench::for_kind(kind);
        let before = bench.till().last;
        let request = sent(&mut bench, kind);
        bench.pass(60_000);
        assert_eq!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer), "{kind:?}");
        if let Some(original) = before {
            bench.act(Act::Begin(kind, None, Some(Named::Voucher(original.stan))));
            assert!(bench.screen().contains("尚未了结") && bench.sent.is_empty(), "{kind:?}: {}", bench.screen());
        }
        bench.pass(60_000);
        let reversal = bench.one(400);
        let same = |m: &Message| (m.processing, m.amount, m.condition, m.original_till, m.till60, m.stan);
        assert_eq!(same(&reversal), same(&request), "{kind:?}");
        assert!(reversal.rrn.is_none() && reversal.pan.is_none() && reversal.track2.is_none(), "{kind:?}");
        bench.hear(bench.answer(&reversal, "00"));
        assert_eq!(bench.standing(), Standing::Reversed(Doubt::NoAnswer, code("00")), "{kind:?}");
        if let Some(original) = before {
            bench.order_about(kind, Some(Named::Voucher(original.stan)));
            let again = bench.one(kind.shape().mti.0);
            assert_ne!(again.stan, request.stan);
            bench.hear(bench.answer(&again, "00"));
            assert_eq!(bench.standing(), Standing::Approved, "{kind:?}");
        }
    }
}

/// The power goes after each commit of each kind: in the end there is a slip exactly if the acquirer's word was heard.
#[test]
fn the_power_goes_at_every_step_of_every_kind() {
    for kind in REVERSIBLE {
        let mut cuts = 0;
        for cut in 1.. {
            let mut bench = Bench::for_kind(kind);
            let before = bench.till().last;
            bench.cut_after = Some(bench.commits + cut);
            bench.order(kind);
            if let Some((request, _)) = bench.sent.pop() {
                let answer = bench.answer(&request, "00");
                bench.hear(answer);
                bench.print_all(PaperFate::Printed);
            }
            if !bench.dead {
                break;
            }
            cuts += 1;
            bench.sent.clear();
            bench.prints.clear();
            bench.power_cut();
            match bench.standing() {
                Standing::Doubtful(Doubt::PowerCut) => {
                    bench.pass(60_000);
                    let reversal = bench.one(400);
                    bench.hear(bench.answer(&reversal, "25"));
                    assert_eq!(bench.standing(), Standing::Reversed(Doubt::PowerCut, code("25")), "{kind:?} {cut}");
                }
                Standing::Approved => assert!(bench.last().slip.is_some() && bench.pending().is_none()),
                other => panic!("{kind:?}, cut {cut}: {other:?}"),
            }
            assert!(bench.till().pending.is_empty() && bench.all::<Pending>().is_empty(), "{kind:?}, cut {cut}");
            if let Some(original) = before {
                assert_eq!(bench.row::<Exchange>(&original).unwrap().followers.len(), 1, "{kind:?}, cut {cut}");
            }
        }
        assert!(cuts >= 3, "{kind:?}: only {cuts} steps were cut");
    }
}

/// One line: what was done before, what is refused, and the words on the screen.
fn check_refused(done: &[Kind], then: Kind, words: &str) {
    let mut bench = Bench::ready().with_original(Kind::Sale);
    let mut named = Vec::new();
    for kind in done {
        let about = kind.shape().names_original.then(|| {
            let of = match kind {
                Kind::CompletionVoid => named.len() - 1,
                _ => 0,
            };
            Named::Voucher(named[of])
        });
        bench.order_about(*kind, about);
        let request = bench.take();
        bench.hear(bench.answer(&request, "00"));
        assert_eq!(bench.standing(), Standing::Approved, "{done:?}");
        named.push(request.stan.unwrap());
    }
    bench.sent.clear();
    let stan = bench.till().stan;
    let about = if then == Kind::CompletionVoid { named.len() - 1 } else { 0 };
    bench.act(Act::Begin(then, Some(Amount::fen(8_800)), Some(Named::Voucher(named[about]))));
    assert!(bench.screen().contains(words), "{done:?} then {then:?}: {}", bench.screen());
    assert!(bench.sent.is_empty() && bench.till().stan == stan);
}

#[test]
fn refusals_before_anything_is_sent() {
    use Kind::*;
    check_refused(&[Sale], PreAuthVoid, "原交易类型不符");
    check_refused(&[PreAuth], SaleVoid, "原交易类型不符");
    check_refused(&[Sale, SaleVoid], SaleVoid, "原交易已撤销");
    check_refused(&[Sale, SaleVoid], Refund, "原交易已撤销");
    check_refused(&[Sale, SaleVoid], Adjust, "原交易已撤销");
    check_refused(&[Sale, Refund], SaleVoid, "原交易已退货");
    check_refused(&[Sale, Refund], Refund, "原交易已退货");
    check_refused(&[Sale, Refund], Adjust, "原交易已退货");
    check_refused(&[Sale, Adjust], SaleVoid, "原交易已调整");
    check_refused(&[Sale, Adjust], Adjust, "原交易已调整");
    check_refused(&[PreAuth, PreAuthVoid], Completion, "原交易已撤销");
    check_refused(&[PreAuth, Completion], Completion, "预授权已完成");
    check_refused(&[PreAuth, Completion], PreAuthVoid, "预授权已完成");
    check_refused(&[PreAuth, CompletionAdvice], Completion, "预授权已完成");
    check_refused(&[PreAuth, Completion, CompletionVoid], Adjust, "原交易类型不符");
    let mut bench = Bench::for_kind(Kind::Sale);
    bench.act(Act::Begin(SaleVoid, None, Some(Named::Voucher(Stan::new(777).unwrap()))));
    assert!(bench.screen().contains("本机没有这笔交易"));
    let declined = bench.sell();
    bench.hear(bench.answer(&declined, "51"));
    bench.act(Act::Begin(SaleVoid, None, Some(Named::Voucher(declined.stan.unwrap()))));
    assert!(bench.screen().contains("原交易未成功"));
}

/// A completion that was voided lets the hold live again (rules 3).
#[test]
fn a_voided_completion_lets_the_hold_live_again() {
    let mut bench = Bench::for_kind(Kind::CompletionVoid);
    let hold = bench.last().about.unwrap().key.unwrap();
    bench.approved(Kind::CompletionVoid);
    bench.order_about(Kind::Completion, Some(Named::Voucher(hold.stan)));
    bench.one(200);
}

/// Not of the open batch, by the journal or by the host's word: the refund is offered filled in.
#[test]
fn too_late_for_a_void_offers_the_refund() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = bench.last();
    let request = sent(&mut bench, Kind::SaleVoid);
    bench.hear(bench.answer(&request, "22"));
    assert_eq!(bench.standing(), Standing::Declined(code("22")));
    assert!(bench.screen().contains("可办理退货"), "{}", bench.screen());
    bench.keys("E");
    bench.act(Act::Card(stripe()));
    bench.keys("E");
    let refund = bench.one(220);
    assert_eq!((refund.amount, refund.rrn), (sale.amount, sale.rrn));

    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = bench.last();
    let request = bench.sell_amount(1_200);
    bench.hear(bench.answer(&request, "77"));
    let signed_on = bench.sign_on_answer(8);
    bench.hear(signed_on);
    let reversal = bench.one(400);
    bench.hear(bench.answer(&reversal, "25"));
    let again = bench.one(200);
    bench.hear(bench.answer(&again, "00"));
    bench.act(Act::Begin(Kind::SaleVoid, None, Some(Named::Voucher(sale.key.stan))));
    assert!(bench.screen().contains("可办理退货"), "{}", bench.screen());
    bench.keys("E");
    assert!(bench.screen().contains("请刷卡"), "{}", bench.screen());
}

/// Named by reference: the acquirer finds it; what hangs on this terminal's own batch is never named so.
#[test]
fn an_original_elsewhere_goes_by_reference() {
    let named = Named::Reference(Rrn::new("632700000077").unwrap(), MonthDay { month: 11, day: 20 });
    for kind in [Kind::Refund, Kind::PreAuthVoid, Kind::Completion, Kind::CompletionAdvice] {
        let mut bench = Bench::for_kind(Kind::Sale);
        bench.act(Act::Begin(kind, None, Some(named)));
        bench.keys("50=E");
        if kind == Kind::Refund {
            bench.act(Act::Card(stripe()));
        }
        bench.keys("E");
        let request = bench.one(kind.shape().mti.0);
        let about = request.original_till.unwrap();
        assert_eq!((about.batch, about.stan, about.date.unwrap().mmdd()), (BatchNo(0), 0, 1_120), "{kind:?}");
        assert_eq!(
            (request.rrn, request.amount),
            (Rrn::new("632700000077").ok(), Some(Amount::fen(5_000))),
            "{kind:?}"
        );
        let mut answer = bench.answer(&request, "00");
        answer.pan = slipway_terms::Pan::new("9990010000000010").ok();
        bench.hear(answer);
        assert_eq!((bench.standing(), bench.last().card.last4), (Standing::Approved, 10), "{kind:?}");
    }
    for kind in [Kind::SaleVoid, Kind::CompletionVoid, Kind::Adjust] {
        let mut bench = Bench::for_kind(Kind::Sale);
        bench.act(Act::Begin(kind, None, Some(named)));
        assert!(bench.screen().contains("本机没有这笔交易"), "{kind:?}");
    }
    // The same words for one that is here: its voucher goes along.
    let mut bench = Bench::for_kind(Kind::Completion);
    let hold = bench.last();
    bench.act(Act::Begin(
        Kind::Completion,
        Some(Amount::fen(100)),
        Some(Named::Reference(hold.rrn.unwrap(), MonthDay { month: 1, day: 1 })),
    ));
    bench.keys("EE");
    assert_eq!(bench.one(200).original_till.unwrap().stan, hold.key.stan.number());
}

#[test]
fn amounts_have_bounds() {
    let cases = [
        (Kind::Completion, 10_120, true),
        (Kind::Completion, 10_121, false),
        (Kind::CompletionAdvice, 10_121, false),
        (Kind::Adjust, 10_560, true),
        (Kind::Adjust, 10_561, false),
        (Kind::Adjust, 8_800, false),
        (Kind::Adjust, 7_000, true),
        (Kind::Refund, 8_800, true),
        (Kind::Refund, 8_801, false),
    ];
    for (kind, fen, fits) in cases {
        let mut bench = Bench::for_kind(kind);
        let about = Named::Voucher(bench.last().key.stan);
        bench.act(Act::Begin(kind, Some(Amount::fen(fen)), Some(about)));
        let screen = bench.screen();
        assert_eq!(!screen.contains("金额超过允许范围") && !screen.contains("相同"), fits, "{kind:?} {fen}: {screen}");
    }
    let mut bench = Bench::for_kind(Kind::Refund);
    let sale = Named::Voucher(bench.last().key.stan);
    let refund = |bench: &mut Bench, fen: u64| {
        bench.act(Act::Begin(Kind::Refund, Some(Amount::fen(fen)), Some(sale)));
        bench.act(Act::Card(stripe()));
        bench.keys("E");
        bench.sent.pop().map(|(message, _)| message)
    };
    let first = refund(&mut bench, 5_000).unwrap();
    bench.hear(bench.answer(&first, "00"));
    assert!(refund(&mut bench, 3_801).is_none());
    bench.keys("X");
    let second = refund(&mut bench, 3_800).unwrap();
    bench.hear(bench.answer(&second, "00"));
    bench.act(Act::Begin(Kind::Refund, Some(Amount::fen(100)), Some(sale)));
    assert!(bench.sent.is_empty() && bench.screen().contains("原交易已退货"));
}

/// By configuration the original's card and PIN are demanded; another card is not taken.
#[test]
fn a_void_may_demand_the_card() {
    let config = Config { void_needs_card: true, void_needs_pin: true, ..Config::default() };
    let mut bench = Bench::with(config).signed_on().with_original(Kind::SaleVoid);
    bench.act(Act::Begin(Kind::SaleVoid, None, Some(Named::Voucher(bench.last().key.stan))));
    bench.act(Act::Card(CardRead::Stripe(Track2::new("9990010000000028=30121010000").unwrap())));
    assert!(bench.screen().contains("不是原交易的卡"));
    bench.act(Act::Card(stripe()));
    bench.act(Act::Key(KeyPress::Enter));
    bench.act(Act::Pin(None));
    assert!(bench.screen().contains("须输入密码"));
    bench.act(Act::Pin(slipway_terms::Pin::new("123456").ok()));
    let void = bench.one(200);
    assert!(void.track2.is_some() && void.pin.is_some() && void.entry == Some(EntryMode(21)));
}

/// A forced sign-on in the middle of a void: the void goes again about the same original.
#[test]
fn a_void_survives_a_forced_sign_on() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let request = sent(&mut bench, Kind::SaleVoid);
    bench.hear(bench.answer(&request, "A0"));
    let answer = bench.sign_on_answer(7);
    bench.hear(answer);
    let reversal = bench.one(400);
    bench.hear(bench.answer(&reversal, "25"));
    let again = bench.one(200);
    assert_eq!((again.original_till, again.rrn), (request.original_till, request.rrn));
    bench.hear(bench.answer(&again, "00"));
    assert_eq!((bench.standing(), original(&bench).unwrap().followers.len()), (Standing::Approved, 2));
}

#[test]
fn a_failed_void_prints_its_fault_slip_and_stays() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    sent(&mut bench, Kind::SaleVoid);
    bench.pass(60_000);
    bench.pass(60_000 + 3 * 20_000);
    assert_eq!(bench.slips().iter().map(|slip| slip.0).collect::<Vec<_>>(), [SlipKind::Fault]);
    assert!(matches!(bench.standing(), Standing::FailedReversal(_)));
}

#[test]
fn a_hold_keeps_its_authorisation() {
    let mut bench = Bench::for_kind(Kind::Sale);
    let hold = bench.approved(Kind::PreAuth);
    assert_eq!(hold.auth, AuthCode::new("A00001").ok());
    assert_eq!(sent(&mut bench, Kind::Completion).auth, hold.auth);
    assert!(bench.all::<Confirm>().is_empty());
}

/// After a lost answer and its reversal: the screen says what stands again, in the words of the kind.
#[test]
fn an_undone_one_says_what_stands_again() {
    for (kind, words) in [
        (Kind::Sale, ["如已扣款将自动退回", "可以重新刷卡"]),
        (Kind::SaleVoid, ["撤销未生效，原交易仍然有效", "可以重新办理撤销"]),
        (Kind::PreAuthVoid, ["撤销未生效，预授权仍然有效", "可以重新办理撤销"]),
        (Kind::Completion, ["完成未生效，预授权仍然有效", "可以重新办理完成"]),
        (Kind::CompletionVoid, ["撤销未生效，原交易仍然有效", "可以重新办理撤销"]),
    ] {
        let mut bench = Bench::for_kind(kind);
        let _ = sent(&mut bench, kind);
        bench.pass(60_000);
        bench.pass(60_000);
        let reversal = bench.one(400);
        bench.shows.clear();
        bench.hear(bench.answer(&reversal, "00"));
        let shown: Vec<String> = bench.shows.iter().map(|show| format!("{:?}", show.lines)).collect();
        let done = shown.iter().find(|text| text.contains("自动冲正成功")).unwrap();
        assert!(words.iter().all(|word| done.contains(word)), "{kind:?}: {done}");
        assert!(kind == Kind::Sale || !done.contains("刷卡"), "{kind:?}: {done}");
    }
}

/// Paper that is not out is told by what took place: a void is no payment.
#[test]
fn a_void_without_paper_says_that_the_money_goes_back() {
    for (kind, words, paper) in [
        (Kind::Sale, "交易已成功，请勿重刷", "重打签购单"),
        (Kind::SaleVoid, "撤销已成功，款项退回", "重打撤销签购单"),
        (Kind::PreAuthVoid, "撤销已成功，冻结已解除", "重打撤销签购单"),
        (Kind::PreAuth, "预授权已成功", "重打签购单"),
    ] {
        let mut bench = Bench::for_kind(kind);
        let request = sent(&mut bench, kind);
        bench.hear(bench.answer(&request, "00"));
        bench.print_all(PaperFate::Half);
        let screen = bench.screen();
        assert!(screen.contains(words) && screen.contains(paper), "{kind:?}: {screen}");
        assert!(kind == Kind::Sale || !screen.contains("交易已成功"), "{kind:?}: {screen}");
        bench.power_cut();
        let screen = bench.screen();
        assert!(screen.contains(words) && screen.contains("未打印：重打"), "{kind:?}: {screen}");
    }
}

/// 查证 speaks of the kind it is asked for, and of a sale that was voided since as voided.
#[test]
fn the_fate_is_told_by_kind_and_with_its_void() {
    let ask = |bench: &mut Bench, voucher: Option<Stan>| {
        bench.act(Act::Ask(voucher));
        let question = bench.take();
        let mut answer = bench.answer(&question, "00");
        // DE 48: approved there.
        answer.private48 = Some(Box::from("4"));
        bench.hear(answer);
        bench.screen()
    };
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = bench.till().last.unwrap().stan;
    let stands = ask(&mut bench, None);
    assert!(stands.contains("消费已成功"), "{stands}");
    let request = sent(&mut bench, Kind::SaleVoid);
    bench.hear(bench.answer(&request, "00"));
    bench.print_all(PaperFate::Printed);
    bench.pass(5_000);
    bench.sent.clear();
    let void = ask(&mut bench, None);
    assert!(void.contains("消费撤销已成功，款项退回持卡人"), "{void}");
    let voided = ask(&mut bench, Some(sale));
    assert!(voided.contains("撤销，款项已退回") && voided.contains("现在有效的签购单是凭证"), "{voided}");
}

/// What a desk hears of a sale and of its void: who took it, once its void has a slip for good, and whether a slip is signed.
#[test]
fn a_desk_hears_what_took_an_exchange_and_whether_its_slip_is_signed() {
    use slipway_node::{Hand, Input, Question};
    let told = |bench: &mut Bench, till| {
        bench.input(&Input::Hand(Hand::Desk { ticket: 1, question: Question::Till(till) }));
        bench.testimonies.pop().unwrap()
    };
    let mut bench = Bench::ready();
    let sale = bench.approved(Kind::Sale);
    let before = told(&mut bench, sale.key);
    assert_eq!((before.taken_by, before.signed), (None, None));
    bench.act(Act::NotSigned);
    assert_eq!(told(&mut bench, sale.key).signed, Some(false));
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    let sale = bench.last();
    let void = bench.approved(Kind::SaleVoid);
    let taken = told(&mut bench, sale.key).taken_by.map(|taken| (taken.by, taken.kind, taken.sure));
    assert_eq!(taken, Some((void.key, Kind::SaleVoid, true)));
    assert_eq!(told(&mut bench, void.key).taken_by, None);
}
