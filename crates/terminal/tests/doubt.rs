//! Lost answers, forced sign-ons, dead lines, and the automatic reversal until it is taken.

mod bench;
use bench::*;
use slipway_node::Act;
use slipway_terminal::Standing;
use slipway_terms::{Amount, Doubt, MerchantId, Message, Mti, SlipKind, TerminalId};

/// A03: the next online transaction reverses first, with its screens, then runs by itself with its own PIN block.
#[test]
fn the_next_transaction_reverses_first() {
    for taken in ["00", "12", "25"] {
        let mut bench = Bench::ready();
        let lost = bench.sell();
        bench.pass(60_000);
        assert_eq!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer));
        assert!(bench.sent.is_empty() && bench.screen().contains("如已扣款将自动退回"));
        let first = bench.till().last.unwrap();
        bench.shows.clear();
        bench.act(Act::Balance);
        bench.act(Act::Card(stripe()));
        bench.keys("E");
        bench.act(Act::Pin(slipway_terms::Pin::new("123456").ok()));
        assert!(bench.sent[0].1.is_some(), "a reversal is MACed");
        let reversal = bench.one(400);
        assert_eq!((reversal.stan, reversal.amount, reversal.processing), (lost.stan, lost.amount, lost.processing));
        assert_eq!((reversal.entry, reversal.condition, reversal.till60), (lost.entry, lost.condition, lost.till60));
        assert!(
            reversal.pan.is_none()
                && reversal.track2.is_none()
                && reversal.pin.is_none()
                && reversal.security.is_none()
        );
        assert_eq!(reversal.code, Some(code("98")));
        // A late approval is never printed and never booked (A05).
        bench.hear(bench.answer(&lost, "00"));
        assert!(bench.prints.is_empty() && bench.counts.contains(&"late answer"));
        bench.hear(bench.answer(&reversal, taken));
        let inquiry = bench.one(200);
        assert_eq!(inquiry.processing.unwrap().0, 310_000);
        assert_eq!(inquiry.pin.unwrap().0, [7; 8]);
        assert_eq!(inquiry.stan, lost.stan.map(slipway_terms::Stan::next));
        let screens = bench.screens();
        let place =
            |title: &str| screens.iter().rposition(|s| s == title).unwrap_or_else(|| panic!("{title}: {screens:?}"));
        assert!(place("Automatic reversal") < place("Reversal done") && place("Reversal done") < place("BALANCE"));
        let undone = bench.row::<slipway_terminal::Exchange>(&first).unwrap();
        assert_eq!(undone.standing, Standing::Reversed(Doubt::NoAnswer, code(taken)));
        assert!(bench.till().pending.is_empty());
        // The same answer again changes nothing.
        let before = bench.rows.clone();
        bench.hear(bench.answer(&reversal, taken));
        assert_eq!(bench.rows, before);
    }
}

#[test]
fn the_reversal_goes_by_itself_when_nobody_comes() {
    let mut bench = Bench::ready();
    bench.sell();
    bench.pass(60_000);
    bench.pass(59_999);
    assert!(bench.sent.is_empty());
    bench.pass(1);
    let reversal = bench.one(400);
    bench.hear(bench.answer(&reversal, "00"));
    assert!(bench.till().pending.is_empty());
    bench.pass(24 * 3_600_000);
    assert!(bench.sent.is_empty());
}

#[test]
fn the_line_coming_back_sets_the_idle_try() {
    let mut bench = Bench::ready();
    bench.sell();
    bench.link(false);
    bench.pass(600_000);
    assert!(bench.sent.is_empty(), "nothing goes to a dead line");
    bench.link(true);
    bench.link(true);
    bench.pass(60_000);
    bench.one(400);
}

/// A04: three sends, the same each time; then failed: paper, no longer in the way, sent again, never deleted.
#[test]
fn a_lost_reversal_fails_loudly_and_stays() {
    let mut bench = Bench::ready();
    let lost = bench.sell();
    bench.pass(60_000);
    bench.key_sale(1_200);
    let mut tries = vec![bench.one(400)];
    for _ in 0..2 {
        bench.pass(20_000);
        tries.push(bench.one(400));
    }
    assert!(tries.iter().all(|t| *t == tries[0] && t.stan == lost.stan));
    bench.pass(20_000);
    assert!(bench.sent.is_empty());
    assert_eq!(bench.slips(), [(SlipKind::Fault, vec![slipway_terms::Copy::Cardholder], false)]);
    assert!(bench.prints[0].slip.remarks.iter().any(|line| line.contains("2026-11-25 16:04:05")));
    assert!(bench.screen().contains("请使用其他支付方式"));
    assert_eq!(bench.standing(), Standing::FailedReversal(Doubt::NoAnswer));
    // Sales go on.
    let next = bench.sell_amount(1_200);
    bench.hear(bench.answer(&next, "00"));
    assert_eq!(bench.standing(), Standing::Approved);
    // It goes out again by itself: three sends an occasion, no second fault slip, without end.
    bench.prints.clear();
    for _ in 0..3 {
        let before = bench.sent.len();
        bench.pass(660_000 + 40_000);
        assert!(bench.mti()[before..].iter().filter(|mti| mti.0 == 400).count() >= 3);
    }
    assert!(bench.prints.is_empty());
    bench.hear(bench.answer(&tries[0], "00"));
    let key = lost.till_key().unwrap();
    assert!(bench.row::<slipway_terminal::Pending>(&key).is_none());
    let closed = bench.row::<slipway_terminal::Exchange>(&key).unwrap();
    assert_eq!(closed.standing, Standing::Reversed(Doubt::NoAnswer, code("00")));
}

type Change = fn(&mut Message);

/// Answers to a reversal that close nothing.
#[test]
fn a_reversal_is_closed_by_nothing_else() {
    let cases: [(&str, Change, &str); 6] = [
        ("wrong MAC", |m| m.mac = Some(BAD), "98"),
        ("22", |m| m.code = Some(code("22")), "06"),
        ("64", |m| m.code = Some(code("64")), "06"),
        ("96", |m| m.code = Some(code("96")), "06"),
        ("other amount", |m| m.amount = Some(Amount::fen(1)), "98"),
        ("other merchant", |m| m.merchant = MerchantId::new("999290054110002").ok(), "98"),
    ];
    for (what, change, reason) in cases {
        let mut bench = Bench::ready();
        bench.sell();
        bench.pass(120_000);
        let reversal = bench.one(400);
        let mut answer = bench.answer(&reversal, "00");
        change(&mut answer);
        bench.hear(answer);
        assert_eq!(bench.pending().unwrap().advice.code, Some(code(reason)), "{what}");
        assert_eq!(bench.standing(), Standing::Doubtful(Doubt::NoAnswer), "{what}");
        bench.pass(20_000);
        // Tried again; after a wrong MAC with fresh keys.
        if what == "wrong MAC" {
            let answer = bench.sign_on_answer(7);
            bench.hear(answer);
        }
        assert_eq!(bench.one(400).stan, reversal.stan, "{what}");
    }
}

/// A reversal's answer that nobody asked for does not take the stored reversal away under a request on the wire.
#[test]
fn a_stray_reversal_answer_changes_nothing() {
    let mut bench = Bench::ready();
    let request = bench.sell();
    let before = bench.rows.clone();
    let mut stray = bench.answer(&request, "00");
    stray.mti = Mti(410);
    bench.hear(stray);
    assert_eq!(bench.rows, before);
}

/// A14: 77 forces a sign-on; the transaction goes on by itself under the new batch, number and PIN key.
#[test]
fn a_forced_sign_on_loses_no_transaction() {
    for (said, proven) in [("77", true), ("77", false), ("A0", false), ("99", true)] {
        let mut bench = Bench::ready();
        let request = bench.sell();
        let mut refusal = bench.answer(&request, said);
        refusal.mac = proven.then_some(GOOD);
        bench.hear(refusal);
        let answer = bench.sign_on_answer(8);
        bench.hear(answer.clone());
        // A bare refusal nobody believes; a proven one speaks of the copy that was heard: the reversal goes first either way.
        let reversal = bench.one(400);
        assert_eq!(reversal.till60.unwrap().batch.0, 7);
        bench.hear(bench.answer(&reversal, "25"));
        let again = bench.one(200);
        assert_eq!((again.till60.unwrap().batch.0, again.amount), (8, request.amount));
        assert_eq!(again.pin.unwrap().0, [8; 8], "{said}: the PIN goes under the new key");
        assert_ne!(again.stan, request.stan);
        // Only once: a second 77 is shown.
        bench.hear(bench.answer(&again, said));
        assert!(bench.sent.is_empty() && bench.screen().contains(said));
        bench.hear(answer);
        assert!(bench.sent.is_empty());
    }
}

#[test]
fn a_lost_sign_on_is_tried_at_the_next_transaction() {
    let mut bench = Bench::new();
    bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
    let first = bench.one(800);
    bench.pass(60_000);
    assert!(bench.screen().contains("签到无应答"));
    bench.key_sale(8_800);
    let second = bench.sent[0].0.clone();
    assert_ne!(first.stan, second.stan);
    bench.pass(60_000);
    assert!(bench.screen().contains("本交易未发出，未扣款"));
    bench.sent.clear();
    bench.key_sale(8_800);
    let mut bad = bench.sign_on_answer(7);
    bad.private62 = Some(b"X".as_slice().into());
    bench.hear(bad);
    assert!(bench.screen().contains("工作密钥校验失败") && bench.sent.is_empty());
    bench.key_sale(8_800);
    let mut refused = bench.sign_on_answer(7);
    refused.code = Some(code("97"));
    bench.hear(refused);
    assert!(bench.screen().contains("97 终端未登记") && bench.sent.is_empty());
    bench.key_sale(8_800);
    let answer = bench.sign_on_answer(7);
    bench.hear(answer);
    bench.one(200);
}

#[test]
fn strangers_are_counted_and_change_nothing() {
    let mut bench = Bench::ready();
    let request = bench.sell();
    let before = bench.rows.clone();
    for mti in [210, 410, 630, 810, 830, 500] {
        let mut stray = bench.answer(&request, "00");
        stray.mti = Mti(mti);
        stray.stan = slipway_terms::Stan::new(999).ok();
        bench.hear(stray);
    }
    assert_eq!(bench.rows, before);
    assert!(bench.counts.len() >= 6);
    let other = TerminalId::new("19999999").unwrap();
    bench.input(&slipway_node::Input::Hand(slipway_node::Hand::At(other, Act::Balance)));
    assert_eq!(bench.counts.last(), Some(&"unknown terminal"));
}

/// A reversal that is refused ends with the number of the acquirer's case, and only with a good code and a whole number.
#[test]
fn a_refused_reversal_ends_with_its_case() {
    let number = "10000001-000007-000001-1";
    for failed in [false, true] {
        for refusal in ["22", "64"] {
            let mut bench = Bench::ready();
            let lost = bench.sell();
            bench.pass(60_000);
            let key = bench.till().last.unwrap();
            bench.pass(if failed { 200_000 } else { 60_000 });
            let reversal = bench.sent.iter().rfind(|(sent, _)| sent.mti == Mti(400)).unwrap().0.clone();
            bench.sent.clear();
            bench.prints.clear();
            // Without a number, or one that is none, it stays and is sent again.
            for text in [None, Some(""), Some("\u{1b}[2J"), Some("1-----------------------------------")] {
                let answer = bench.answer(&reversal, refusal);
                bench.hear(Message { private62: text.map(|text| text.as_bytes().into()), ..answer });
                assert_eq!(bench.till().pending, [key]);
            }
            let said = bench.answer(&reversal, refusal);
            let said = Message { private62: Some(number.as_bytes().into()), ..said };
            // The number says nothing with an answer that is no refusal for good.
            bench.hear(Message { code: Some(code("96")), ..said.clone() });
            assert_eq!(bench.till().pending, [key]);
            bench.hear(said.clone());
            let ended = bench.row::<slipway_terminal::Exchange>(&key).unwrap();
            assert_eq!(ended.standing, Standing::InCase(code(refusal)));
            assert_eq!(ended.case.unwrap().as_str(), number);
            assert!(bench.till().pending.is_empty() && ended.slip.is_none());
            let paper = bench.prints.last().unwrap();
            assert_eq!(paper.slip.kind, SlipKind::Fault);
            assert!(paper.slip.remarks.iter().any(|line| line.contains(number)), "{:?}", paper.slip.remarks);
            assert!(bench.screen().contains(number));
            // Nothing is sent any more, and the next sale is not in its way.
            bench.sent.clear();
            bench.hear(said);
            bench.pass(600_000);
            assert!(bench.sent.iter().all(|(sent, _)| sent.mti != Mti(400)));
            bench.sent.clear();
            bench.key_sale(1_200);
            assert_ne!(bench.one(200).stan, lost.stan);
        }
    }
}

/// A line that is down before anything was sent costs nothing and can be cancelled.
#[test]
fn a_dead_line_sends_nothing() {
    let mut bench = Bench::ready();
    bench.link(false);
    bench.key_sale(8_800);
    assert!(bench.sent.is_empty() && bench.till().pending.is_empty());
    bench.link(true);
    assert_eq!(bench.one(200).pin.unwrap().0, [7; 8]);
    let mut bench = Bench::ready();
    bench.link(false);
    bench.key_sale(8_800);
    bench.pass(20_000);
    assert!(bench.screen().contains("交易未发出，未扣款"));
    bench.link(true);
    bench.key_sale(8_800);
    bench.one(200);
}

/// A sign-on asked before the line came up, or on a line that died, is asked again on the new one.
#[test]
fn a_new_line_is_signed_on_by_itself() {
    let mut bench = Bench::new();
    bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
    let early = bench.one(800);
    bench.link(true);
    let answer = bench.sign_on_answer(7);
    assert_ne!(answer.stan, early.stan);
    bench.hear(answer);
    bench.pass(60_000);
    assert!(bench.till().signed_on && bench.sent.is_empty());
    let mut bench = Bench::new();
    bench.link(false);
    bench.act(Act::SignIn(slipway_terms::OperatorNo(1), slipway_terms::Pin::new("1234").unwrap()));
    assert!(bench.sent.is_empty());
    bench.link(true);
    bench.one(800);
}

/// What goes on behind the keys is not written over something half keyed, and does not touch it.
#[test]
fn an_idle_reversal_leaves_the_keys_alone() {
    let mut bench = Bench::ready();
    bench.sell();
    bench.pass(120_000);
    let reversal = bench.one(400);
    bench.keys("12=");
    bench.shows.clear();
    bench.hear(bench.answer(&reversal, "00"));
    assert!(bench.shows.is_empty() && bench.till().pending.is_empty());
    bench.keys("E");
    assert!(bench.screen().contains("12.00"));
    // And one that is due waits while somebody keys.
    let mut bench = Bench::ready();
    bench.sell();
    bench.pass(60_000);
    bench.keys("1");
    bench.pass(60_000);
    assert!(bench.sent.is_empty());
    bench.keys("X");
    bench.pass(60_000);
    bench.one(400);
}

/// A sale keyed while an idle reversal is on the wire waits for it, and is not lost when the reversal fails.
#[test]
fn a_sale_behind_an_idle_reversal() {
    let mut bench = Bench::ready();
    bench.sell();
    bench.pass(120_000);
    let reversal = bench.one(400);
    bench.key_sale(1_200);
    assert!(bench.sent.is_empty() && bench.screen().contains("请稍候"));
    bench.act(Act::Sale(Amount::fen(5_000)));
    assert!(bench.counts.contains(&"act while busy"));
    bench.hear(bench.answer(&reversal, "00"));
    assert_eq!(bench.one(200).amount, Some(Amount::fen(1_200)));
}
