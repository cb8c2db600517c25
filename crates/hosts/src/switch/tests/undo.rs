//! Time-outs, reversals, late answers, restarts, and what the desk hears of them.

use super::*;

#[test]
fn a_time_out_is_undone_and_owned_here() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    rig.hear(acquirer(), &request);
    assert_eq!(rig.pass(29_999).len(), 0);
    rig.restart();
    let sent = rig.pass(1);
    assert_eq!((code(&sent).as_str(), stage(&rig, 1)), ("98", Some(Stage::Undone)));
    let advice = advices(&rig).remove(0);
    let original = request.switch_key().unwrap();
    assert_eq!(advice.original.map(|o| o.key), Some(original));
    assert_eq!((advice.card.is_none(), advice.forwarder), (true, Some(id("00010000"))));
    assert_eq!((advice.amount, advice.code), (request.amount, ResponseCode::new("98").ok()));
    assert_eq!(hear(&mut rig, acquirer(), &request), "98", "the repeat hears the same");
    assert_eq!(hear(&mut rig, issuer(), &reply(&request, "00")), "", "late: evidence only");
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&request)), "00", "undone already");
    assert_eq!((advices(&rig).len(), position(&rig, "99900100")), (1, 0));
    let done = |code: &str, mac| Message { mac, ..reply(&advice.message(None), code) };
    hear(&mut rig, issuer(), &done("00", Some(BAD_MAC)));
    hear(&mut rig, issuer(), &done("96", None));
    hear(&mut rig, Peer::Member(id("99900188")), &done("00", None));
    assert_eq!(advices(&rig).len(), 1, "not heard: it stays");
    hear(&mut rig, issuer(), &done("00", None));
    hear(&mut rig, issuer(), &done("00", None));
    assert_eq!(advices(&rig).len(), 0);
    sound(&rig);
}

#[test]
fn a_reversal_of_an_approval_gives_the_position_back_once_on_its_own_day() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    rig.hear(acquirer(), &request);
    rig.hear(issuer(), &reply(&request, "00"));
    let differs = |change: &dyn Fn(&mut Message)| {
        let mut message = reversal(&request);
        change(&mut message);
        message
    };
    rig.pass(26 * 3_600_000);
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.mac = Some(BAD_MAC))), "A0");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.original = None)), "30");
    assert_eq!(hear(&mut rig, Peer::Member(id("00040000")), &reversal(&request)), "30", "not its own");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.amount = Some(Amount::fen(1)))), "64");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.pan = Pan::new(OTHER).ok())), "64");
    assert_eq!((position(&rig, "99900100"), advices(&rig).len()), (8_800, 0), "a refusal undoes nothing");
    let spoilt = |m: &mut Message| (m.pan, m.amount) = (Pan::new(CARD).ok(), Amount::new(8_800, Currency(157)).ok());
    for _ in 0..2 {
        // DE 49 is not covered by the code: a spoilt one does not make it another purchase.
        let answer = messages(&rig.hear(acquirer(), &differs(&spoilt)));
        assert_eq!((answer.len(), answer[0].1.mti, answer[0].1.code), (1, Mti(430), Some(ResponseCode::APPROVED)));
        assert_eq!(answer[0].1.settlement, MonthDay::from_mmdd(1124).ok());
    }
    assert_eq!((position(&rig, "99900100"), advices(&rig).len()), (0, 1));
    let advice = advices(&rig).remove(0);
    assert_eq!((advice.stan, advice.code), (Stan::new(900_000).ok(), Some(ResponseCode::MAC_ERROR)));
    let undone = |day: u8| {
        let of = |row: &SwitchRow| match row {
            SwitchRow::Day(d) if d.date.day == day && d.member == id("99900100") => Some(d.issued),
            _ => None,
        };
        rig.all().iter().find_map(of).unwrap()
    };
    assert_eq!((undone(23).sales, undone(23).undone, undone(24).sales, undone(24).undone_minor), (1, 0, 0, 8_800));
    assert_eq!(hear(&mut rig, acquirer(), &request), "12", "an undone approval is not said again");
    sound(&rig);
}

#[test]
fn a_reversal_that_overtakes_leaves_a_tombstone_and_goes_nowhere() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    let both = [reversal(&request), request.clone(), request.clone(), reversal(&request)];
    let sent = rig.batch(&both.map(|message| Input::Heard(acquirer(), message)));
    let codes: Vec<_> = messages(&sent).into_iter().map(|(_, m)| alloc::format!("{}", m.code.unwrap())).collect();
    assert_eq!(codes, ["00", "12", "12", "00"]);
    assert!(sent.iter().all(|out| out.to == acquirer()) && rig.outbox.is_empty());
    sound(&rig);
}

#[test]
fn a_reversal_meets_its_original_on_the_way() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    rig.batch(&[Input::Heard(acquirer(), request.clone()), Input::Heard(acquirer(), reversal(&request))]);
    assert_eq!((stage(&rig, 1), advices(&rig).len()), (Some(Stage::Undone), 1));
    assert_eq!(hear(&mut rig, issuer(), &reply(&request, "00")), "", "never handed on");
    assert_eq!(rig.pass(60_000).len(), 0);
    assert_eq!(hear(&mut rig, acquirer(), &request), "12");
    assert_eq!(position(&rig, "99900100"), 0);
    sound(&rig);
}

#[test]
fn an_approval_after_a_refusal_is_undone() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    rig.hear(acquirer(), &request);
    assert_eq!(hear(&mut rig, issuer(), &reply(&request, "51")), "51");
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&request)), "00");
    assert_eq!(advices(&rig).len(), 0, "nothing to undo");
    for _ in 0..2 {
        assert_eq!(hear(&mut rig, issuer(), &reply(&request, "00")), "");
        assert_eq!((stage(&rig, 1), advices(&rig).len()), (Some(Stage::Undone), 1));
    }
    assert_eq!(hear(&mut rig, acquirer(), &request), "51");
    sound(&rig);
}

#[test]
fn the_desk_hears_what_the_record_says() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    let ask = |rig: &mut Rig<Switch>, question: Question| {
        let sent = rig.batch(&[Input::Hand(Hand::Desk { ticket: 9, question })]);
        let Body::Testimonies(seen) = sent[0].body.clone() else { panic!("a desk gets testimonies") };
        seen.iter().map(|t| (t.state, t.due.is_some())).collect::<Vec<_>>()
    };
    let key = request.switch_key().unwrap();
    assert_eq!(ask(&mut rig, Question::Switch(key)), []);
    rig.hear(acquirer(), &request);
    assert_eq!(ask(&mut rig, Question::Switch(key)), [(State::Open, true)]);
    rig.hear(issuer(), &reply(&request, "00"));
    assert_eq!(ask(&mut rig, Question::Rrn(request.rrn.unwrap())), [(State::Approved, false)]);
    let counter = |card: &str| Question::Counter {
        merchant: request.merchant.unwrap(),
        terminal: request.terminal.unwrap(),
        card: Pan::new(card).ok(),
        tail: None,
    };
    assert_eq!((ask(&mut rig, counter(CARD)).len(), ask(&mut rig, counter(OTHER)).len()), (1, 0));
    rig.hear(acquirer(), &reversal(&request));
    assert_eq!(ask(&mut rig, Question::All { rows_max: 5 }), [(State::WillUndo, false)]);
    let advice = advices(&rig).remove(0);
    rig.hear(issuer(), &reply(&advice.message(None), "00"));
    assert_eq!(ask(&mut rig, Question::Switch(key)), [(State::Undone, false)]);
}

/// The same story once, every input twice in its batch with a restart between, and all in one batch: the same rows.
#[test]
fn everything_twice_changes_nothing() {
    let (one, two, three) = (sale(1, 8_800), sale(2, 500), sale(3, 700));
    let story = [
        (acquirer(), one.clone()),
        (issuer(), reply(&one, "00")),
        (acquirer(), two.clone()),
        (acquirer(), reversal(&one)),
        (issuer(), reply(&two, "51")),
        (acquirer(), three.clone()),
        (acquirer(), reversal(&three)),
        (acquirer(), reversal(&sale(4, 7))),
        (acquirer(), sale(4, 7)),
    ];
    let heard = |(from, message): &(Peer, Message)| Input::Heard(*from, message.clone());
    let up = Input::Hand(Hand::Link { peer: issuer(), up: true });
    let (mut once, mut twice, mut whole) = (rig(), rig(), rig());
    for step in &story {
        once.batch(&[heard(step)]);
        twice.batch(&[up.clone(), heard(step), heard(step)]);
        twice.restart();
    }
    whole.batch(&story.iter().map(heard).collect::<Vec<_>>());
    for member in ["00020000", "99900100", "99900188"] {
        twice.batch(&[Input::Hand(Hand::Link { peer: Peer::Member(id(member)), up: true })]);
    }
    assert_eq!(once.rows, twice.rows);
    assert_eq!(once.rows, whole.rows);
    assert!(once.outbox.keys().eq(twice.outbox.keys()) && once.outbox.keys().eq(whole.outbox.keys()));
    sound(&twice);
}

#[test]
fn an_inquiry_is_never_reversed() {
    let mut rig = rig();
    let inquiry = |stan| Message { processing: Some(ProcessingCode(310_000)), amount: None, ..sale(stan, 1) };
    // No answer; an answer that is none; a refusal followed by an approval: in each case nothing is to be given back.
    rig.hear(acquirer(), &inquiry(1));
    assert_eq!(code(&rig.pass(30_000)), "98");
    rig.hear(acquirer(), &inquiry(2));
    assert_eq!(hear(&mut rig, issuer(), &reply(&inquiry(2), "96")), "98");
    rig.hear(acquirer(), &inquiry(3));
    rig.hear(issuer(), &reply(&inquiry(3), "51"));
    rig.hear(issuer(), &reply(&inquiry(3), "00"));
    assert_eq!(advices(&rig).len(), 0);
    assert_eq!([1, 2, 3].map(|stan| stage(&rig, stan)), [Some(Stage::Undone); 3]);
    let key = inquiry(1).switch_key().unwrap();
    let sent = rig.batch(&[Input::Hand(Hand::Desk { ticket: 9, question: Question::Switch(key) })]);
    let Body::Testimonies(seen) = &sent[0].body else { panic!("a desk gets testimonies") };
    assert_eq!(seen[0].state, State::Undone, "nobody is waited for");
    assert_eq!(hear(&mut rig, acquirer(), &inquiry(1)), "98", "the repeat hears the same");
    sound(&rig);
}
