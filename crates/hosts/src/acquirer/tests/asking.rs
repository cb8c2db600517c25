//! Questions: 查证, echo, sign-off, confirmations that fit nothing, and the desk.

use super::*;
use slipway_node::Question;

#[test]
fn a_terminal_asks_for_the_fate_of_an_exchange() {
    play(World::signed_on, |w| {
        let digit = |w: &mut World, stan: Option<Stan>, want: State| {
            let ask = w.ask_fate(BatchNo(7), stan.unwrap().number());
            let before = w.store.clone();
            let left = w.hear(ask);
            assert_eq!((left.code(), before == w.store), ("00".into(), true), "read-only");
            assert_eq!(left.said().private48.as_deref(), Some(alloc::format!("{}", want as u8).as_str()), "{want:?}");
            assert!(left.till[0].2.is_some());
            left.said().rrn
        };
        assert_eq!(digit(w, Stan::new(999).ok(), State::NoRecord), None);
        let (sale, forwarded) = w.forwarded_sale(100);
        assert_eq!(digit(w, sale.stan, State::Open), forwarded.rrn);
        w.switch_says(World::answer_to(&forwarded, "00"));
        digit(w, sale.stan, State::Approved);
        let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
        digit(w, sale.stan, State::WillUndo);
        w.switch_says(World::answer_to_advice(&advice, "00"));
        digit(w, sale.stan, State::Undone);
        let (sale, forwarded) = w.forwarded_sale(100);
        w.switch_says(World::answer_to(&forwarded, "51"));
        digit(w, sale.stan, State::Declined);
        let never = w.sale(100);
        w.hear(World::reversal_of(&never));
        digit(w, never.stan, State::Tombstone);
        let mut forged = w.ask_fate(BatchNo(7), 3);
        forged.mac = Some(Mac([3; 8]));
        assert_eq!(w.hear(forged).code(), "A0");
    });
}

/// A refund that is refused at the counter, or reversed without ever having come: whoever asks is never told to take the card again,
/// or the customer would pay a second time instead of getting the money back.
#[test]
fn of_a_used_number_the_kind_is_known() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(100);
        w.hear(World::confirmation_of(&sale)).said();
        let over = w.about(Kind::Refund, 101, Some((&sale, &sold)));
        assert_eq!(w.hear(over.clone()).code(), "61");
        let never = w.about(Kind::SaleVoid, 100, Some((&sale, &sold)));
        w.hear(World::reversal_of(&never)).said();
        for (m, kind) in [(over, Kind::Refund), (never, Kind::SaleVoid)] {
            let question = Question::Till(m.till_key().unwrap());
            let told = w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk.remove(0);
            assert_eq!(told.kind, Some(kind));
            let said = judge(&[told]);
            assert!(!said.sentence.en.contains("taken again"), "{}", said.sentence.en);
            assert!(!said.sentence.zh.contains("重新刷卡"), "{}", said.sentence.zh);
        }
    });
}

#[test]
fn echo_and_sign_off_are_answered() {
    play(World::signed_on, |w| {
        for (management, want) in [(301, "00"), (2, "00"), (362, "00"), (555, "40")] {
            let mut m = Message { till60: Some(Till60::management(BatchNo(7), management)), ..w.base(820) };
            if management == 301 {
                m.stan = None;
            }
            let left = w.hear(m);
            assert_eq!((left.code().as_str(), left.till[0].2.is_none()), (want, true));
        }
        for (network, want) in [(301, "00"), (401, "40")] {
            let echo = Message { network_code: Some(network), ..Message::new(Mti(820)) };
            assert_eq!(w.switch_says(echo).switch[0].code, Some(code(want)));
        }
    });
}

#[test]
fn a_confirmation_must_fit() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(100);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "96", "not answered yet");
        w.switch_says(World::answer_to(&forwarded, "00"));
        let mut other = World::confirmation_of(&sale);
        other.amount = Some(Amount::fen(99));
        assert_eq!(w.hear(other).code(), "64");
        let mut script = World::confirmation_of(&sale);
        script.till60 = Some(Till60::management(BatchNo(7), 950));
        assert_eq!(w.hear(script).code(), "12");
        let mut forged = World::confirmation_of(&sale);
        forged.mac = Some(Mac([3; 8]));
        assert_eq!(w.hear(forged).code(), "A0");
        assert_eq!(w.original(&sale).credit, Credit::Unconfirmed);
        let never = w.sale(100);
        assert_eq!(w.hear(World::confirmation_of(&never)).code(), "25");
        let gone = w.sale(100);
        w.hear(World::reversal_of(&gone));
        assert_eq!(w.hear(World::confirmation_of(&gone)).code(), "22");
        let mut elsewhere = World::confirmation_of(&never);
        elsewhere.merchant = MerchantId::new("999310054110002").ok();
        assert_eq!(w.hear(elsewhere).code(), "03");
        // A slip for what was never here, or was undone here, is somebody's money: a person must see it.
        assert_eq!(w.open_cases(), [Ground::ConfirmationDiffers, Ground::SlipWithoutSale, Ground::SlipWithoutSale]);
    });
}

#[test]
fn the_desk_hears_what_is_recorded() {
    play(World::signed_on, |w| {
        let ask = |w: &mut World, question: Question| w.give(Input::Hand(Hand::Desk { ticket: 9, question })).desk;
        let (open, _) = w.forwarded_sale(100);
        let (sale, forwarded) = w.approved_sale(200);
        w.hear(World::confirmation_of(&sale));
        let never = w.sale(300);
        w.hear(World::reversal_of(&never));

        let seen = ask(w, Question::Rrn(forwarded.rrn.unwrap()));
        assert_eq!(seen.len(), 1);
        let t = &seen[0];
        assert_eq!((t.party, t.state, t.slip, t.debited), (Party::Acquirer, State::Approved, true, false));
        assert_eq!((t.till, t.switch, t.rrn), (sale.till_key(), forwarded.switch_key(), forwarded.rrn));
        assert_eq!((t.amount, t.card), (sale.amount, Pan::new(CARD).ok().map(|pan| pan.tail())));
        let seen = ask(w, Question::Till(open.till_key().unwrap()));
        assert_eq!((seen[0].state, seen[0].due), (State::Open, Some(w.at.plus_ms(45_000))));
        assert_eq!(ask(w, Question::Till(never.till_key().unwrap()))[0].state, State::Tombstone);
        assert!(ask(w, Question::Rrn(Rrn::new("000000000000").unwrap())).is_empty());

        let counter = |card: Option<&str>, tail: Option<CardTail>| Question::Counter {
            merchant: MerchantId::new(SHOP).unwrap(),
            terminal: TerminalId::new(TILL).unwrap(),
            card: card.and_then(|card| Pan::new(card).ok()),
            tail,
        };
        let newest = ask(w, counter(Some(CARD), None));
        assert_eq!((newest.len(), newest[0].till), (2, sale.till_key()), "newest first");
        assert_eq!(ask(w, counter(None, Pan::new(CARD).ok().map(|pan| pan.tail()))).len(), 2);
        assert!(ask(w, counter(Some("9990010000000022"), None)).is_empty());
        let all = ask(w, Question::All { rows_max: 100 });
        assert_eq!((all.len(), all[0].till), (2, sale.till_key()));
        assert_eq!(ask(w, Question::All { rows_max: 1 }).len(), 1);
    });
}

/// What we pay ourselves is said to be borne, whichever way it came to that; what the issuer was asked for and gave is not.
#[test]
fn the_desk_hears_what_we_bear() {
    let ask = |w: &mut World, m: &Message| {
        let question = Question::Till(m.till_key().unwrap());
        let seen = w.give(Input::Hand(Hand::Desk { ticket: 9, question })).desk;
        (seen[0].state, seen[0].borne)
    };
    play(World::signed_on, |w| {
        let sale = w.about(Kind::OfflineSale, 500, None);
        let onward = w.hear(sale.clone()).advices[0].message(Pan::new(CARD).ok());
        assert_eq!(ask(w, &sale), (State::Open, false));
        w.switch_says(World::answer_to(&onward, "15"));
        assert_eq!(ask(w, &sale), (State::Approved, true));
        let beyond = w.about(Kind::OfflineSale, 30_001, None);
        assert_eq!(w.hear(beyond.clone()).code(), "00");
        assert_eq!(ask(w, &beyond), (State::Approved, true));
        for (answer, borne) in [("00", false), ("51", true)] {
            let sale = w.sale(100);
            let request = w.hear(sale.clone()).switch.remove(0);
            w.switch_says(request.answer(code("51")));
            assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
            let left = w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown);
            assert_eq!(ask(w, &sale), (State::Open, false));
            w.switch_says(World::answer_to_advice(&left.advices[0], answer)).quiet();
            assert_eq!(ask(w, &sale), (State::Approved, borne), "{answer}");
        }
    });
}

#[test]
fn a_payment_is_found_by_day_amount_and_last_four() {
    let mut w = World::signed_on(Mode::Plain);
    let (sale, _) = w.approved_sale(8_800);
    w.approved_sale(1_200);
    let day = Rrn::of_day(w.at.date());
    let mut ask = |hundred: Option<&str>, fen: u64, last4: u16| {
        let hundred = hundred.map(Short::cut);
        let question = Question::Dated { day, hundred, amount: Amount::fen(fen), last4 };
        w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk
    };
    let ends: Vec<Rrn> = ask(None, 0, 0).iter().map(|seen| seen.rrn.unwrap()).collect();
    assert_eq!(ends.len(), 2);
    assert!(ends[0] < ends[1], "{ends:?}");
    let hundred = &ends[0].as_str()[4..10];
    let last4: u16 = CARD[12..].parse().unwrap();
    let found = ask(Some(hundred), 8_800, last4);
    assert_eq!(found.iter().map(|seen| seen.till).collect::<Vec<_>>(), [sale.till_key()]);
    assert!(ask(Some(hundred), 8_801, last4).is_empty() && ask(Some(hundred), 8_800, last4 + 1).is_empty());
    assert!(ask(Some("999999"), 8_800, last4).is_empty());
}
