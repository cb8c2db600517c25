//! Advices: stored before they are sent, the same each time, never reversed; and the offline sale, uploaded exactly once.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, CardRead, Named};
use slipway_terminal::{Exchange, Pending, Standing, Stored};
use slipway_terms::{Amount, Kind, Message, PaperFate, SlipKind, Track2};

const ADVICES: [Kind; 4] = [Kind::Refund, Kind::CompletionAdvice, Kind::Adjust, Kind::OfflineSale];

/// Keyed to its end; what was sent first (an offline sale waits for its time).
fn stored(bench: &mut Bench, kind: Kind) -> Message {
    bench.order(kind);
    if kind == Kind::OfflineSale {
        assert!(bench.sent.is_empty());
        bench.pass(60_000);
    }
    bench.one(220)
}

fn exchange(bench: &Bench, request: &Message) -> Exchange {
    bench.row::<Exchange>(&request.till_key().unwrap()).unwrap()
}

/// Another exchange has its number at the acquirer (94): with a case it ends and is told, without one it stays.
#[test]
fn a_used_number_ends_in_a_case() {
    for kind in [Kind::Refund, Kind::OfflineSale] {
        for case in [None, Some("10000001-000007-000003-11")] {
            let mut bench = Bench::for_kind(kind);
            bench.order(kind);
            bench.pass(60_000);
            let advice = bench.sent.iter().rev().find(|(message, _)| message.mti.0 == 220).unwrap().0.clone();
            bench.prints.clear();
            bench.hear(Message { private62: case.map(|text| text.as_bytes().into()), ..bench.answer(&advice, "94") });
            let key = advice.till_key().unwrap();
            let line = bench.row::<Exchange>(&key).unwrap();
            assert_eq!(bench.row::<Stored>(&key).is_none(), case.is_some(), "{kind:?}");
            if case.is_none() && kind == Kind::Refund {
                // Told once on paper, however often it is answered so.
                bench.hear(bench.answer(&advice, "94"));
                assert_eq!((line.standing, line.code), (Standing::Stored, Some(code("94"))));
                assert_eq!(bench.slips().iter().filter(|(kind, ..)| *kind == SlipKind::Fault).count(), 1);
            }
            if case.is_some() {
                let sold = kind == Kind::OfflineSale;
                assert_eq!(line.standing, if sold { Standing::Approved } else { Standing::InCase(code("94")) });
                assert_eq!((line.confirmed, line.case.is_some()), (sold.then(|| code("94")), true));
                assert_eq!(bench.slips().iter().filter(|(kind, ..)| *kind == SlipKind::Fault).count(), 1);
            }
        }
    }
}

#[test]
fn each_carries_its_card_and_original() {
    for kind in ADVICES {
        let mut bench = Bench::for_kind(kind);
        let about = kind.shape().names_original.then(|| bench.last());
        let request = stored(&mut bench, kind);
        assert_eq!(request.kind(), Some(kind));
        assert!(request.track2.is_none() && request.pin.is_none() && request.expiry.is_none(), "{kind:?}");
        let reads = matches!(kind, Kind::Refund | Kind::OfflineSale);
        assert_eq!(request.pan.is_some(), reads, "{kind:?}");
        assert_eq!(request.rrn, about.as_ref().and_then(|about| about.rrn), "{kind:?}");
        if let Some(about) = about {
            let named = request.original_till.unwrap();
            assert_eq!((named.batch, named.stan), (about.key.batch, about.key.stan.number()));
            assert_eq!(named.date, about.host_at.map(|at| at.month_day()));
            assert_eq!(request.operator_or_scheme.unwrap().as_str(), "CUP");
        }
        assert!(bench.all::<Pending>().is_empty() && bench.till().pending.is_empty());
        let everything: Vec<u8> = bench.rows.values().flatten().copied().collect();
        assert!(!everything.windows(16).any(|w| w == b"9990010000000010"), "{kind:?}: a row holds a card number");
    }
}

/// Lost n times, then answered: the same message each time, one slip, nothing left.
#[test]
fn lost_and_then_answered() {
    for kind in ADVICES {
        for lost in 0..8 {
            let mut bench = Bench::for_kind(kind);
            let request = stored(&mut bench, kind);
            for n in 0..lost {
                bench.pass(600_000);
                assert!(!bench.sent.is_empty(), "{kind:?}: nothing after {n} losses");
                assert!(bench.sent.drain(..).all(|(again, mac)| again == request && mac.is_some()), "{kind:?}");
            }
            let sold_here = kind == Kind::OfflineSale;
            assert_eq!(exchange(&bench, &request).stands(), sold_here);
            let answer = bench.answer(&request, "00");
            bench.hear(answer.clone());
            bench.twice = true;
            bench.hear(answer);
            bench.twice = false;
            let done = exchange(&bench, &request);
            assert!(done.stands() && done.rrn.is_some(), "{kind:?}");
            assert_eq!(bench.prints.len(), 1, "{kind:?}: slips");
            assert!(bench.till().advices.is_empty() && bench.all::<Stored>().is_empty(), "{kind:?}");
            bench.print_all(PaperFate::Printed);
            bench.pass(24 * 3_600_000);
            assert!(bench.sent.is_empty(), "{kind:?}: an advice is not confirmed");
        }
    }
}

/// One line: what the acquirer says, and whether that ends it.
#[test]
fn what_ends_an_advice() {
    type Change = fn(&mut Message);
    let cases: [(&str, Change, bool); 11] = [
        ("00", |_| (), true),
        ("25", |_| (), true),
        ("22", |_| (), true),
        ("30", |_| (), true),
        ("30", |m| m.mac = None, false),
        ("00", |m| m.mac = Some(BAD), false),
        ("00", |m| m.amount = Some(Amount::fen(1)), false),
        ("68", |_| (), false),
        ("96", |_| (), false),
        ("94", |_| (), false),
        ("A0", |_| (), false),
    ];
    for kind in ADVICES {
        for (said, change, ends) in cases {
            let mut bench = Bench::for_kind(kind);
            let request = stored(&mut bench, kind);
            let mut answer = bench.answer(&request, said);
            change(&mut answer);
            bench.prints.clear();
            bench.hear(answer);
            assert_eq!(bench.all::<Stored>().is_empty(), ends, "{kind:?} {said}");
            let after = exchange(&bench, &request);
            match (ends, said, kind) {
                (true, "00", _) => assert!(after.stands()),
                // Its slip is out: the journal keeps what the acquirer said, for people.
                (true, _, Kind::OfflineSale) => {
                    assert_eq!((after.standing, after.confirmed), (Standing::Approved, Some(code(said))));
                }
                (true, ..) => assert_eq!((after.standing, after.slip), (Standing::Declined(code(said)), None)),
                (false, ..) => assert_eq!(after.stands(), kind == Kind::OfflineSale),
            }
            if !ends {
                if said == "A0" {
                    let answer = bench.sign_on_answer(7);
                    bench.hear(answer);
                }
                bench.pass(600_000);
                assert_eq!(bench.take(), request, "{kind:?} {said}");
            }
        }
    }
}

/// While it is open the till is free, but for another one about the same original.
#[test]
fn an_open_refund_blocks_only_its_original() {
    let mut bench = Bench::for_kind(Kind::Refund);
    let sale = Named::Voucher(bench.last().key.stan);
    let request = stored(&mut bench, Kind::Refund);
    bench.act(Act::Balance);
    assert!(bench.screen().contains("请稍候"));
    bench.pass(60_000);
    assert!(bench.shows.iter().any(|show| show.lines[0].zh.contains("交易已存储")));
    for kind in [Kind::Refund, Kind::SaleVoid, Kind::Adjust] {
        bench.act(Act::Begin(kind, Some(Amount::fen(100)), Some(sale)));
        assert!(bench.screen().contains("尚未了结"), "{kind:?}");
    }
    bench.sent.clear();
    let other = bench.sell_amount(1_200);
    bench.hear(bench.answer(&other, "00"));
    assert_eq!(bench.standing(), Standing::Approved);
    // Its answer may come in the middle of anything.
    bench.keys("12=");
    bench.prints.clear();
    bench.hear(bench.answer(&request, "00"));
    assert_eq!(bench.prints[0].slip.transaction, Kind::Refund);
    let slip = &bench.prints[0].slip;
    assert!(slip.negative && slip.remarks.join(" ").contains("原参考号 ORIG REF 632700000001"), "{:?}", slip.remarks);
    assert!(slip.remarks.join(" ").contains("11/23"));
    bench.keys("E");
    assert!(bench.screen().contains("12.00"));
    // "The last slip" is the sale's, though the refund's came later.
    bench.prints.clear();
    bench.keys("XP");
    assert_eq!(bench.prints[0].slip.voucher, other.stan.unwrap());
}

#[test]
fn a_refund_goes_only_to_its_card() {
    let mut bench = Bench::for_kind(Kind::Refund);
    let sale = Named::Voucher(bench.last().key.stan);
    bench.act(Act::Begin(Kind::Refund, Some(Amount::fen(100)), Some(sale)));
    bench.act(Act::Card(CardRead::Stripe(Track2::new("9990010000000028=30121010000").unwrap())));
    assert!(bench.screen().contains("不是原交易的卡"));
    bench.keys("E");
    assert!(bench.sent.is_empty() && bench.till().advices.is_empty());
}

/// The slip of an adjustment says the difference, and the total beside it.
#[test]
fn an_adjustment_prints_its_difference() {
    for (total, difference, negative) in [(9_000, 200, false), (8_000, 800, true)] {
        let mut bench = Bench::for_kind(Kind::Adjust);
        let sale = Named::Voucher(bench.last().key.stan);
        bench.act(Act::Begin(Kind::Adjust, Some(Amount::fen(total)), Some(sale)));
        bench.keys("E");
        let request = bench.one(220);
        assert_eq!(request.amount, Some(Amount::fen(total)));
        bench.hear(bench.answer(&request, "00"));
        let slip = &bench.prints[0].slip;
        assert_eq!((slip.amount, slip.negative), (Amount::fen(difference), negative));
        assert!(slip.remarks.iter().any(|line| line.contains("调整后总额")));
        // What may be refunded is the new total.
        bench.act(Act::Begin(Kind::Refund, Some(Amount::fen(total + 1)), Some(sale)));
        assert!(bench.screen().contains("金额超过允许范围"));
    }
}

#[test]
fn the_power_goes_at_every_step_of_an_advice() {
    for kind in ADVICES {
        let mut cuts = 0;
        for cut in 1.. {
            let mut bench = Bench::for_kind(kind);
            bench.cut_after = Some(bench.commits + cut);
            bench.order(kind);
            if let Some(request) = bench.sent.pop().map(|(request, _)| request) {
                let answer = bench.answer(&request, "00");
                bench.hear(answer);
                bench.print_all(PaperFate::Printed);
            } else if !bench.dead {
                bench.pass(60_000);
            }
            if !bench.dead {
                break;
            }
            cuts += 1;
            bench.sent.clear();
            bench.prints.clear();
            bench.power_cut();
            let stored = !bench.till().advices.is_empty();
            assert_eq!(bench.all::<Stored>().len(), usize::from(stored), "{kind:?}, cut {cut}");
            let last = bench.last();
            assert_eq!(last.kind, kind, "{kind:?}, cut {cut}");
            assert!(!matches!(last.standing, Standing::Sent | Standing::Doubtful(_)), "{kind:?}, cut {cut}");
            if stored {
                bench.pass(600_000);
                let again = bench.take();
                assert_eq!(again.stan, Some(last.key.stan), "{kind:?}, cut {cut}");
                bench.hear(bench.answer(&again, "00"));
            }
            assert!(bench.last().stands() && bench.till().advices.is_empty(), "{kind:?}, cut {cut}");
            assert!(bench.till().offline.count == 0, "{kind:?}, cut {cut}");
        }
        assert!(cuts >= 2, "{kind:?}: only {cuts} steps were cut");
    }
}

/// Single amount, count and sum of what is not uploaded; the line coming up uploads.
#[test]
fn offline_sales_have_limits() {
    let mut bench = Bench::for_kind(Kind::OfflineSale);
    bench.link(false);
    bench.act(Act::Begin(Kind::OfflineSale, Some(Amount::fen(10_001)), None));
    assert!(bench.screen().contains("最多 100.00 元"));
    bench.keys("X");
    let sell = |bench: &mut Bench, fen| {
        bench.act(Act::Begin(Kind::OfflineSale, Some(Amount::fen(fen)), None));
        if !bench.screen().contains("限额") {
            bench.act(Act::Card(stripe()));
            bench.keys("E");
        }
        let full = bench.screen().contains("离线交易已达限额");
        bench.keys("X");
        full
    };
    assert!(!sell(&mut bench, 10_000));
    assert_eq!(bench.slips().len(), 1);
    assert!(sell(&mut bench, 5_001), "the sum");
    assert!(!sell(&mut bench, 4_000));
    assert!(sell(&mut bench, 100), "the count");
    assert!(bench.sent.is_empty() && bench.till().offline.fen == 14_000);
    bench.link(true);
    bench.pass(0);
    assert_eq!(bench.mti(), [slipway_terms::Mti(220); 2]);
    for (request, _) in bench.sent.drain(..).collect::<Vec<_>>() {
        bench.hear(bench.answer(&request, "00"));
    }
    assert_eq!((bench.till().offline.count, bench.till().offline.fen), (0, 0));
    assert!(!sell(&mut bench, 100));
}

/// A sign-on carries no MAC: a batch that only a spoilt one named must never stand on a slip.
#[test]
fn an_offline_sale_needs_a_proven_batch() {
    let mut bench = Bench::for_kind(Kind::OfflineSale);
    let till = bench.till();
    bench.put_till(slipway_terminal::Till { proven: None, ..till });
    bench.order(Kind::OfflineSale);
    assert!(bench.screen().contains("本批次尚无联机交易") && bench.prints.is_empty(), "{}", bench.screen());
    // A refusal that comes before the batch is looked at only repeats what we named.
    for refusal in ["12", "94", "03", "97"] {
        let sale = bench.sell();
        bench.hear(bench.answer(&sale, refusal));
        assert_eq!(bench.till().proven, None, "{refusal}");
    }
    // One answer with a good MAC to what was judged in it is enough.
    let sale = bench.sell();
    bench.hear(bench.answer(&sale, "51"));
    bench.order(Kind::OfflineSale);
    assert_eq!(bench.slips().len(), 1);
    // 77 says that it was the wrong one.
    let mut bench = Bench::for_kind(Kind::OfflineSale);
    let till = bench.till();
    bench.put_till(slipway_terminal::Till { proven: None, ..till });
    let sale = bench.sell();
    bench.hear(bench.answer(&sale, "77"));
    assert_eq!(bench.till().proven, None);
}
