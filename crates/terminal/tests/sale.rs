//! The sale from key to slip, its refusals at the till, and the balance inquiry.

mod bench;
use bench::*;
use slipway_node::{Act, CardRead};
use slipway_terminal::{Confirm, Standing};
use slipway_terms::{Amount, Balance, Copy, EntryMode, Expiry, OperatorNo, Pan, PaperFate, Pin, SlipKind, Track2};

#[test]
fn a_sale_from_power_up_to_confirmation() {
    let mut bench = Bench::new();
    assert_eq!(bench.screens(), ["Operator sign-in"]);
    bench.keys("1E1234E");
    let sign_on = bench.sent[0].0.clone();
    assert!(bench.sent[0].1.is_none() && sign_on.private48.as_deref() == Some("00"));
    assert_eq!(
        sign_on.private62.as_deref(),
        Some(b"Sequence No120000SW000001Device Mark1600000000000000a1".as_slice())
    );
    assert_eq!(sign_on.operator_or_scheme.unwrap().as_str(), "01 ");
    let answer = bench.sign_on_answer(7);
    bench.hear(answer);
    assert_eq!(bench.screens().last().unwrap(), "Signed on");

    bench.keys("88=");
    assert!(bench.screen().contains("88.00"));
    bench.keys("E");
    bench.act(Act::Card(stripe()));
    assert!(bench.screen().contains("999001******0010"));
    bench.keys("E");
    assert!(bench.shows.last().unwrap().pin_entry && bench.sent.is_empty());
    bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
    assert!(bench.sent[0].1.is_some(), "a sale is MACed");
    let request = bench.one(200);
    assert_eq!(request.stan.unwrap().number(), 2);
    assert_eq!(request.entry, Some(EntryMode(21)));
    assert!(request.pan.is_none() && request.track2.is_some() && request.pin.unwrap().0 == [7; 8]);
    assert_eq!(request.amount, Some(Amount::fen(8_800)));
    assert_eq!(bench.standing(), Standing::Sent);
    let stored = bench.pending().unwrap();
    assert_eq!(stored.advice.code, Some(code("98")));
    assert_eq!(stored.advice.stan, request.stan);

    bench.hear(bench.answer(&request, "00"));
    assert_eq!(bench.standing(), Standing::Approved);
    assert!(bench.pending().is_none() && bench.till().pending.is_empty());
    assert_eq!(bench.slips(), [(SlipKind::Approved, vec![Copy::Merchant, Copy::Cardholder], false)]);
    let slip = bench.prints[0].slip.clone();
    assert_eq!(
        (slip.issuer.as_str(), slip.acquirer.as_str(), slip.title.as_str()),
        ("00010001", "00010000", "POS签购单")
    );
    assert_eq!(
        (slip.card.to_string().as_str(), slip.at.to_string().as_str()),
        ("999001******0010", "2026-11-23 16:04:05")
    );

    bench.print_all(PaperFate::Printed);
    assert!(bench.last().slip.unwrap().printed());
    bench.pass(4_999);
    assert!(bench.sent.is_empty());
    bench.pass(1);
    let confirm = bench.one(620);
    assert_eq!((confirm.till60.unwrap().management, confirm.stan), (Some(953), request.stan));
    bench.pass(20_000);
    let again = bench.one(620);
    assert_eq!(again.stan, confirm.stan);
    bench.hear(bench.answer(&again, "00"));
    assert!(bench.row::<Confirm>(&bench.till().last.unwrap()).is_none());
    bench.pass(24 * 3_600_000);
    assert!(bench.sent.is_empty(), "nothing is pending");
}

/// What ends a confirmation, and what of it the journal keeps.
#[test]
fn a_confirmation_is_repeated_until_it_is_answered_for_good() {
    for (said, mac, ends, kept) in [
        ("00", GOOD, true, None),
        ("25", GOOD, true, Some(code("25"))),
        ("22", GOOD, true, Some(code("22"))),
        ("64", GOOD, true, Some(code("64"))),
        ("96", GOOD, false, None),
        ("00", BAD, false, None),
    ] {
        let mut bench = Bench::ready();
        let request = bench.sell();
        bench.hear(bench.answer(&request, "00"));
        // No word from the printer: the slip record is what counts.
        bench.pass(60_000);
        let confirm = bench.one(620);
        let mut answer = bench.answer(&confirm, said);
        answer.mac = Some(mac);
        bench.hear(answer);
        assert_eq!(bench.last().confirmed, kept, "{said}");
        assert_eq!(bench.row::<Confirm>(&bench.till().last.unwrap()).is_none(), ends, "{said}");
        bench.pass(20_000);
        assert_eq!(bench.sent.is_empty(), ends, "{said}");
        assert_eq!(bench.standing(), Standing::Approved);
    }
}

/// Acts at the till that must end before anything is sent: the screen's first line, and no number used.
fn check_refused(acts: Vec<Act>, title: &str) {
    let mut bench = Bench::ready();
    let stan = bench.till().stan;
    for act in acts {
        bench.act(act);
    }
    assert_eq!(bench.screens().last().map(String::as_str), Some(title));
    assert!(bench.sent.is_empty() && bench.till().stan == stan && bench.till().pending.is_empty());
}

fn sale() -> Act {
    Act::Sale(Amount::fen(8_800))
}

#[test]
fn misreads_and_refusals_use_no_number() {
    let pan = |text: &str| Pan::new(text).unwrap();
    let chip = || CardRead::Stripe(Track2::new("9990010000000010=30122010000").unwrap());
    let soon = Expiry { year: 30, month: 12 };
    check_refused(vec![sale(), Act::Card(CardRead::Unreadable)], "Card not readable");
    check_refused(vec![sale(), Act::Card(CardRead::WrongWay)], "Swiped the wrong way");
    check_refused(vec![sale(), Act::Card(CardRead::TooShort)], "Track incomplete");
    check_refused(vec![sale(), Act::Card(chip())], "This card has a chip: insert it");
    check_refused(vec![Act::Card(stripe())], "Key the amount first");
    check_refused(vec![sale(), Act::KeyedCard(pan("9990010000000015"), soon)], "Card number has a wrong check digit");
    check_refused(
        vec![sale(), Act::KeyedCard(pan("9990010000000010"), Expiry { year: 26, month: 10 })],
        "The card has expired",
    );
    check_refused(vec![Act::Sale(Amount::fen(88))], "Very small: two zeros forgotten?");
    check_refused(vec![Act::Sale(Amount::fen(1_000_001))], "Large amount: please check");
    check_refused(vec![Act::Sale(Amount::fen(0))], "Sale");
    check_refused(
        vec![Act::Balance, Act::Card(stripe()), Act::Key(slipway_node::KeyPress::Enter), Act::Pin(None)],
        "A balance inquiry needs the PIN",
    );
    check_refused(vec![sale(), Act::Card(stripe()), Act::Key(slipway_node::KeyPress::Cancel)], "Sale: key the amount");
}

#[test]
fn a_large_amount_is_asked_in_words() {
    let mut bench = Bench::ready();
    bench.keys("1000001E");
    assert!(bench.screen().contains("人民币壹万元零壹分") && bench.screen().contains("ten thousand and 01/100"));
    bench.keys("E");
    bench.act(Act::Card(stripe()));
    bench.keys("E");
    bench.act(Act::Pin(None));
    let request = bench.one(200);
    assert_eq!((request.entry, request.pin), (Some(EntryMode(22)), None));
    assert!(request.security.is_none());
}

#[test]
fn a_keyed_card_goes_by_number() {
    let mut bench = Bench::ready();
    bench.act(sale());
    bench.act(Act::KeyedCard(Pan::new("9990010000000010").unwrap(), Expiry { year: 30, month: 12 }));
    bench.keys("E");
    bench.act(Act::Pin(None));
    let request = bench.one(200);
    assert_eq!(request.entry, Some(EntryMode(12)));
    assert!(request.pan.is_some() && request.track2.is_none() && request.expiry.is_some());
}

#[test]
fn nothing_works_without_an_operator() {
    let mut bench = Bench::new();
    for act in [sale(), Act::Balance, Act::Ask(None), Act::Reprint(None), Act::Card(stripe()), Act::Pin(None)] {
        bench.act(act);
        assert_eq!(bench.screens().last().unwrap(), "Operator sign-in");
    }
    let sign_in = |pin: &str, no| Act::SignIn(OperatorNo(no), Pin::new(pin).unwrap());
    bench.act(sign_in("0000", 1));
    bench.act(sign_in("1234", 9));
    bench.act(sign_in("0000", 1));
    assert!(bench.sent.is_empty());
    bench.power_cut();
    bench.act(sign_in("1234", 1));
    assert_eq!(bench.screens().last().unwrap(), "Too many wrong passwords: locked");
    bench.act(sign_in("9876", 0));
    assert_eq!(bench.mti(), [slipway_terms::Mti(800)]);
}

#[test]
fn a_balance_is_shown_and_never_reversed() {
    let mut bench = Bench::ready();
    let ask = |bench: &mut Bench| {
        bench.act(Act::Balance);
        bench.act(Act::Card(stripe()));
        bench.keys("E");
        bench.act(Act::Pin(Some(Pin::new("123456").unwrap())));
        bench.one(200)
    };
    let request = ask(&mut bench);
    assert_eq!((request.processing.unwrap().0, request.amount), (310_000, None));
    assert!(bench.till().pending.is_empty());
    let mut answer = bench.answer(&request, "00");
    answer.balance = Some(Balance { account_type: 10, amount_type: 2, amount: Amount::fen(123_456), owed: false });
    bench.hear(answer);
    assert!(bench.screen().contains("1234.56") && bench.prints.is_empty());
    ask(&mut bench);
    bench.pass(60_000);
    assert!(bench.screen().contains("An inquiry moves no money"));
    bench.pass(3_600_000);
    assert!(bench.sent.is_empty() && bench.till().pending.is_empty());
}
