//! Requests and answers: refusals in order, repeats, conflicts, the day, links.

use super::*;

#[test]
fn a_sale_goes_through_and_its_repeat_is_answered_from_the_record() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    let sent = rig.hear(acquirer(), &request);
    let (to, onward) = messages(&sent).remove(0);
    assert_eq!(to, issuer());
    assert_eq!((onward.settlement, onward.receiver), (Some(NOON.month_day()), Some(id("99900100"))));
    assert_eq!(onward.pin, Some(PinBlock([0x41; 8])));
    let unchanged =
        Message { settlement: None, receiver: None, pin: request.pin, security: request.security, ..onward.clone() };
    assert_eq!(unchanged, request, "nothing else changes");
    assert_eq!(hear(&mut rig, acquirer(), &request), "", "with the issuer: silence");
    let spoilt = Message { mac: Some(BAD_MAC), ..request.clone() };
    assert_eq!(hear(&mut rig, acquirer(), &spoilt), "", "a spoilt copy does not speak for the good one");
    sound(&rig);
    let (to, answer) = messages(&rig.hear(issuer(), &reply(&onward, "00"))).remove(0);
    assert_eq!(
        (to, answer.settlement, answer.auth),
        (acquirer(), Some(NOON.month_day()), AuthCode::new("000001").ok())
    );
    let again = messages(&rig.hear(acquirer(), &request)).remove(0).1;
    assert_eq!(Message { pan: None, expiry: None, ..again }, answer, "the stored fields again, DE 2 from the repeat");
    assert_eq!(hear(&mut rig, issuer(), &reply(&onward, "00")), "", "the same answer twice");
    assert_eq!((position(&rig, "00020000"), position(&rig, "99900100")), (-8_800, 8_800));
    assert_eq!(rig.pass(60_000).len(), 0, "the timer finds it decided");
    sound(&rig);
}

/// One line a case: what is wrong beside what comes later in the order, and the answer.
#[test]
fn refusals_in_order_of_precedence() {
    let check = |name: &str, from: &str, want: &str, change: &dyn Fn(&mut Message)| {
        let mut rig = rig();
        let mut message = sale(7, 8_800);
        change(&mut message);
        let from = Peer::Member(id(from));
        let sent = rig.hear(from, &message);
        assert_eq!((code(&sent).as_str(), sent[0].to), (want, from), "{name}");
        rig.batch(&[Input::Hand(Hand::Link { peer: Peer::Member(id("99900200")), up: true })]);
        assert_eq!(hear(&mut rig, from, &message), want, "{name}, repeated when the link is up");
        assert!(
            advices(&rig).is_empty() && rig.timers.iter().all(|(_, timer)| *timer == SwitchTimer::Cut),
            "{name}: nothing was forwarded"
        );
        sound(&rig);
    };
    let card = |m: &mut Message, digits: &str| (m.pan, m.track2) = (Pan::new(digits).ok(), None);
    let own = "00020000";
    check("stranger", "00090000", "30", &|m| m.mac = Some(BAD_MAC));
    check("no identity", own, "30", &|m| (m.sent, m.mac) = (None, Some(BAD_MAC)));
    check("MAC before sender", own, "A0", &|m| (m.mac, m.acquirer) = (Some(BAD_MAC), Some(id("00040000"))));
    check("another's name", own, "30", &|m| m.acquirer = Some(id("00040000")));
    check("an issuer does not acquire", "99900100", "30", &|m| m.acquirer = Some(id("99900100")));
    check("suspended", "00040000", "57", &|m| m.acquirer = Some(id("00040000")));
    check("no such transaction", own, "12", &|m| m.processing = Some(ProcessingCode(999_999)));
    check("a void of nothing", own, "25", &|m| m.processing = Some(ProcessingCode(200_000)));
    check("no amount", own, "30", &|m| m.amount = None);
    check("another currency", own, "13", &|m| m.amount = Amount::new(8_800, Currency(157)).ok());
    check("no card", own, "30", &|m| (m.pan, m.track2) = (None, None));
    check("no issuer", own, "15", &|m| card(m, "9990030000000014"));
    check("issuer down before PIN", own, "91", &|m| {
        card(m, OTHER);
        m.pin = Some(UNREADABLE);
    });
    check("PIN unreadable", own, "99", &|m| m.pin = Some(UNREADABLE));
    check("PIN without its format", own, "99", &|m| m.security = None);
}

#[test]
fn the_longest_prefix_finds_the_issuer() {
    let mut rig = rig();
    let mut message = sale(1, 100);
    (message.pan, message.track2) = (Pan::new(PREMIUM).ok(), None);
    assert_eq!(messages(&rig.hear(acquirer(), &message))[0].0, Peer::Member(id("99900188")));
    for bad in ["99900", "99900100000", "99900x"] {
        assert!(seed(&[], &[(bad, id("1"), CardType::Debit)]).is_err(), "{bad}");
    }
}

#[test]
fn another_request_on_a_used_key_is_refused() {
    let mut rig = rig();
    let request = sale(1, 8_800);
    rig.hear(acquirer(), &request);
    let check = |rig: &mut Rig<Switch>, want: &str, change: &dyn Fn(&mut Message)| {
        let mut message = request.clone();
        change(&mut message);
        assert_eq!(hear(rig, acquirer(), &message), want);
    };
    check(&mut rig, "94", &|m| m.amount = Some(Amount::fen(1)));
    check(&mut rig, "94", &|m| (m.pan, m.track2) = (Pan::new(PREMIUM).ok(), None));
    check(&mut rig, "94", &|m| m.entry = Some(EntryMode(12)));
    check(&mut rig, "", &|m| m.rrn = None);
    assert_eq!(stage(&rig, 1), Some(Stage::Forwarded), "a conflict changes nothing");
}

/// One line a case: what the issuer says to a forwarded sale, what the acquirer hears, where the exchange stands, advices.
#[test]
fn answers_of_the_issuer() {
    let check = |want: &str, stands: Stage, undoing: usize, from: Peer, change: &dyn Fn(&mut Message)| {
        let mut rig = rig();
        let request = sale(1, 8_800);
        rig.hear(acquirer(), &request);
        let mut answer = reply(&request, "00");
        change(&mut answer);
        assert_eq!(hear(&mut rig, from, &answer), want, "{answer:?}");
        assert_eq!((stage(&rig, 1), advices(&rig).len()), (Some(stands), undoing), "{answer:?}");
        let owed = if stands == Stage::Approved { 8_800 } else { 0 };
        assert_eq!(position(&rig, "99900100"), owed);
        sound(&rig);
    };
    let say = |m: &mut Message, code: &str| m.code = ResponseCode::new(code).ok();
    check("00", Stage::Approved, 0, issuer(), &|_| {});
    check("11", Stage::Approved, 0, issuer(), &|m| say(m, "11"));
    check("51", Stage::Declined, 0, issuer(), &|m| say(m, "51"));
    check("98", Stage::Undone, 1, issuer(), &|m| say(m, "96"));
    check("98", Stage::Undone, 1, issuer(), &|m| say(m, "ZZ"));
    check("98", Stage::Undone, 1, issuer(), &|m| say(m, "10"));
    check("98", Stage::Undone, 1, issuer(), &|m| say(m, "A0"));
    check("98", Stage::Undone, 1, issuer(), &|m| say(m, "94"));
    check("98", Stage::Undone, 1, issuer(), &|m| m.amount = Some(Amount::fen(1)));
    check("98", Stage::Undone, 1, issuer(), &|m| m.code = None);
    check("", Stage::Forwarded, 0, issuer(), &|m| m.mac = Some(BAD_MAC));
    check("", Stage::Forwarded, 0, Peer::Member(id("99900188")), &|_| {});
    check("", Stage::Forwarded, 0, issuer(), &|m| m.stan = Stan::new(2).ok());
}

#[test]
fn links_and_echo() {
    let mut rig = rig();
    let echo = |code| Message { network_code: Some(code), ..Message::new(Mti(820)) };
    assert_eq!(hear(&mut rig, acquirer(), &echo(301)), "00");
    assert_eq!(hear(&mut rig, issuer(), &echo(1)), "00");
    assert_eq!(hear(&mut rig, issuer(), &echo(999)), "12");
    rig.restart();
    assert_eq!(hear(&mut rig, acquirer(), &sale(1, 1)), "91", "after a start every line is down until it says so");
    rig.batch(&[Input::Hand(Hand::Link { peer: issuer(), up: true })]);
    assert_eq!(hear(&mut rig, acquirer(), &sale(1, 1)), "91", "said is said");
    assert_eq!(messages(&rig.hear(acquirer(), &sale(2, 1)))[0].0, issuer());
    rig.vault_down = true;
    assert_eq!(hear(&mut rig, acquirer(), &sale(3, 1)), "96");
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&sale(3, 1))), "96");
    assert_eq!(stage(&rig, 3), None);
    sound(&rig);
}
