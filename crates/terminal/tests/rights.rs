//! Somebody's word for what may hurt, the ways a cardholder is verified, and the slip that nobody signed.
#![allow(clippy::unwrap_used, reason = "the bodies of the cases are tests, clippy sees only the outermost one")]

mod bench;
use bench::*;
use slipway_node::{Act, Named};
use slipway_terminal::{Profile, Trade, Verify};
use slipway_terms::{Amount, Kind, OperatorNo, PaperFate, Pin, Verification};

fn cashier(bench: &mut Bench) {
    bench.act(Act::SignIn(OperatorNo(1), Pin::new("1234").unwrap()));
}

fn word(no: u8, password: &str) -> Act {
    Act::Allow(OperatorNo(no), Pin::new(password).unwrap())
}

#[test]
fn these_kinds_need_the_supervisor() {
    for shape in slipway_terms::SHAPES {
        let kind = shape.kind;
        let mut bench = Bench::for_kind(kind);
        cashier(&mut bench);
        let about = shape.names_original.then(|| Named::Voucher(bench.last().key.stan));
        bench.act(Act::Begin(kind, Some(Amount::fen(5_000)), about));
        let asks = bench.screen().contains("此交易须主管授权");
        let must = matches!(
            kind,
            Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid | Kind::Refund | Kind::Adjust | Kind::OfflineSale
        );
        assert_eq!(asks, must, "{kind:?}: {}", bench.screen());
        if !must {
            continue;
        }
        bench.act(word(1, "1234"));
        assert!(bench.screen().contains("此操作员无权授权"), "{kind:?}");
        bench.keys("9876E");
        assert!(!bench.screen().contains("主管") && bench.sent.is_empty(), "{kind:?}: {}", bench.screen());
    }
}

#[test]
fn a_wrong_word_ends_the_order_and_counts() {
    let mut bench = Bench::for_kind(Kind::SaleVoid);
    cashier(&mut bench);
    let about = Named::Voucher(bench.last().key.stan);
    bench.act(word(0, "9876"));
    assert!(bench.counts.contains(&"word without a question"));
    for left in ["4", "3", "2"] {
        bench.act(Act::Begin(Kind::SaleVoid, None, Some(about)));
        bench.act(word(0, "1111"));
        assert!(bench.screen().contains(left), "{}", bench.screen());
        bench.keys("E");
        assert!(bench.sent.is_empty());
    }
    bench.act(Act::Begin(Kind::SaleVoid, None, Some(about)));
    bench.act(word(0, "9876"));
    bench.keys("E");
    bench.one(200);
    assert_eq!((bench.last().operator, bench.last().allowed), (OperatorNo(1), Some(OperatorNo(0))));
}

fn verified(cardholder: Verify) -> Bench {
    let mut bench = Bench::ready();
    let trade = Trade { cardholder, ..profile().trade };
    bench.put_profile(Profile { trade, ..profile() });
    bench
}

#[test]
fn cardholders_are_verified_by_profile() {
    let cases = [
        (Verify::Pin, true, Verification::Pin),
        (Verify::Signature, false, Verification::Signature),
        (Verify::Both, true, Verification::Signature),
        (Verify::None, false, Verification::NoPinNoSignature),
    ];
    for (cardholder, must, paper) in cases {
        let mut bench = verified(cardholder);
        bench.act(Act::Sale(Amount::fen(8_800)));
        bench.act(Act::Card(stripe()));
        bench.keys("E");
        if cardholder != Verify::None {
            bench.act(Act::Pin(None));
            assert_eq!(bench.sent.is_empty(), must, "{cardholder:?}");
        }
        if must {
            bench.act(Act::Pin(Pin::new("123456").ok()));
        }
        let request = bench.one(200);
        assert_eq!(request.pin.is_some(), must, "{cardholder:?}");
        bench.hear(bench.answer(&request, "00"));
        assert_eq!(bench.prints[0].slip.verification, paper, "{cardholder:?}");
        bench.print_all(PaperFate::Printed);
        let asks = bench.screen().contains("请核对签名");
        assert_eq!(asks, paper == Verification::Signature, "{cardholder:?}");
    }
}

#[test]
fn one_key_confirms_the_signature_and_nobody_must() {
    let mut bench = Bench::ready();
    let request = bench.sell();
    bench.hear(bench.answer(&request, "00"));
    bench.print_all(PaperFate::Printed);
    bench.keys("E");
    assert_eq!(bench.last().signed, Some(true));
    // The next customer is never in the way of it.
    let request = bench.sell();
    bench.hear(bench.answer(&request, "00"));
    bench.print_all(PaperFate::Printed);
    bench.keys("12=E");
    assert!(bench.screen().contains("12.00"));
    assert_eq!(bench.last().signed, None);
}

#[test]
fn an_unsigned_slip_is_archived_and_its_void_offered() {
    for by_key in [true, false] {
        let mut bench = Bench::ready();
        let request = bench.sell();
        bench.hear(bench.answer(&request, "00"));
        bench.print_all(PaperFate::Printed);
        if by_key {
            bench.keys("C");
        } else {
            bench.act(Act::NotSigned);
        }
        assert_eq!(bench.last().signed, Some(false));
        assert!(bench.screen().contains("未签名，可撤销该交易"), "{}", bench.screen());
        bench.act(Act::Reprint(request.stan));
        assert!(bench.prints[0].slip.remarks.iter().any(|line| line.contains("未签名")));
        bench.act(Act::NotSigned);
        bench.keys("E9876EE");
        let void = bench.one(200);
        assert_eq!(void.original_till.unwrap().stan, request.stan.unwrap().number());
        bench.hear(bench.answer(&void, "00"));
        assert_eq!(bench.last().kind, Kind::SaleVoid);
    }
    let mut bench = Bench::ready();
    bench.act(Act::NotSigned);
    assert!(bench.screen().contains("没有待签名的签购单"));
    // A slip of the finger is put right; and an older customer's slip is never meant.
    let request = bench.sell();
    bench.hear(bench.answer(&request, "00"));
    bench.print_all(PaperFate::Printed);
    bench.keys("CCE");
    assert_eq!(bench.last().signed, Some(true));
    let refused = bench.sell();
    bench.hear(bench.answer(&refused, "51"));
    bench.act(Act::NotSigned);
    assert!(bench.screen().contains("没有待签名的签购单"));
}

#[test]
fn what_a_profile_does_not_offer() {
    let mut bench = Bench::ready();
    let none = Trade { refund: false, ..Trade::default() };
    bench.put_profile(Profile { trade: none, ..profile() });
    for kind in [Kind::Moto, Kind::Refund] {
        bench.act(Act::Begin(kind, Some(Amount::fen(5_000)), None));
        assert!(bench.screen().contains("本终端未开通此交易"), "{kind:?}");
    }
    let mut bench = Bench::ready();
    bench.act(Act::Begin(Kind::Moto, Some(Amount::fen(5_000)), None));
    bench.act(Act::Card(stripe()));
    assert!(bench.screen().contains("订购请手输卡号"));
}
