//! The switch by tables: refusals in order, repeats, time-outs, late answers, overtaking reversals, restarts.

use super::*;
use crate::ledger::Account;
use crate::rig::{BAD_MAC, RIGHT, Rig, UNREADABLE, code, messages, token};
use crate::times::Times;
use alloc::string::String;
use alloc::vec::Vec;
use slipway_node::{Body, Hand, Input, Outgoing, Peer, Question};
use slipway_terms::*;

const NOON: Moment = Moment(1_795_406_645_000); // 2026-11-23 12:04 Beijing
const CARD: &str = "9990010000000014";
const OTHER: &str = "9990020000000012";
const PREMIUM: &str = "9990018800000010";

fn id(digits: &str) -> InstitutionId {
    InstitutionId::new(digits).unwrap()
}

fn acquirer() -> Peer {
    Peer::Member(id("00020000"))
}

fn issuer() -> Peer {
    Peer::Member(id("99900100"))
}

fn rig() -> Rig<Switch> {
    let member = |digits: &str, acquires: bool| Member {
        id: id(digits),
        acquires,
        issues: !acquires,
        active: digits != "00040000",
        up: true,
    };
    let members = [
        member("00020000", true),
        member("00040000", true),
        member("99900100", false),
        member("99900200", false),
        member("99900188", false),
    ];
    let routes = [("999001", id("99900100")), ("9990018", id("99900188")), ("999002", id("99900200"))];
    let mut rig =
        Rig::new(Switch { id: id("00010000"), times: Times::default() }, NOON, seed(&members, &routes).unwrap());
    for up in ["00020000", "99900100", "99900188"] {
        rig.batch(&[Input::Hand(Hand::Link { peer: Peer::Member(id(up)), up: true })]);
    }
    rig
}

fn sale(stan: u32, fen: u64) -> Message {
    Message {
        pan: Some(Pan::new(CARD).unwrap()),
        processing: Some(ProcessingCode(0)),
        amount: Some(Amount::fen(fen)),
        sent: Some(NOON.sent_at()),
        stan: Some(Stan::new(stan).unwrap()),
        entry: Some(EntryMode(21)),
        condition: Some(ConditionCode(0)),
        acquirer: Some(id("00020000")),
        forwarder: Some(id("00020000")),
        track2: Track2::new("9990010000000014=30121010000").ok(),
        rrn: Some(Rrn::new("632700000001").unwrap()),
        terminal: Some(TerminalId::new("10000001").unwrap()),
        merchant: Some(MerchantId::new("999100058120001").unwrap()),
        pin: Some(RIGHT),
        security: Some(Security { pin: Some(PinFormat::WithoutPan), algorithm: 6, track: false }),
        ..Message::new(Mti(200))
    }
}

fn reply(of: &Message, code: &str) -> Message {
    let auth = AuthCode::new("000001").ok().filter(|_| code == "00");
    Message { auth, pan: None, track2: None, ..of.answer(ResponseCode::new(code).unwrap()) }
}

fn reversal(of: &Message) -> Message {
    Message {
        processing: of.processing,
        amount: of.amount,
        sent: Some(NOON.sent_at()),
        stan: Some(Stan::new(900_000).unwrap()),
        acquirer: of.acquirer,
        forwarder: of.forwarder,
        rrn: of.rrn,
        code: Some(ResponseCode::MAC_ERROR),
        original: Some(OriginalData { mti: of.mti, key: of.switch_key().unwrap() }),
        ..Message::new(Mti(420))
    }
}

fn hear(rig: &mut Rig<Switch>, from: Peer, message: &Message) -> String {
    code(&rig.hear(from, message))
}

/// The stage of the one exchange with this STAN.
fn stage(rig: &Rig<Switch>, stan: u32) -> Option<Stage> {
    rig.all().iter().find_map(|row| match row {
        SwitchRow::Exchange(x) if x.key.stan.number() == stan => Some(x.stage),
        _ => None,
    })
}

fn position(rig: &Rig<Switch>, member: &str) -> i64 {
    audit(&rig.all()).of(&Account::Member(id(member)))
}

fn advices(rig: &Rig<Switch>) -> Vec<Advice> {
    let advice = |out: &Outgoing| match &out.body {
        Body::Advice(_, advice) => Some(advice.clone()),
        _ => None,
    };
    rig.outbox.values().filter_map(advice).collect()
}

/// Sums are zero; an exchange is in the queue if and only if it is with the issuer; days agree with positions.
fn sound(rig: &Rig<Switch>) {
    let rows = rig.all();
    assert!(audit(&rows).sound());
    let keys = |pick: &dyn Fn(&SwitchRow) -> Option<SwitchKey>| rows.iter().filter_map(pick).collect::<Vec<_>>();
    let open = keys(&|row| if let SwitchRow::Open(open) = row { Some(open.key) } else { None });
    let forwarded = keys(&|row| match row {
        SwitchRow::Exchange(x) if x.stage == Stage::Forwarded => Some(x.key),
        _ => None,
    });
    assert_eq!(open, forwarded);
    let net: i64 = rows
        .iter()
        .map(|row| match row {
            SwitchRow::Day(day) => day.acquired.sales_minor - day.acquired.undone_minor,
            _ => 0,
        })
        .sum();
    assert_eq!(net, -position(rig, "00020000"), "the days add up to the position");
    assert!(rig.rounds <= 2, "the hot path stays lean");
}

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
        assert!(advices(&rig).is_empty() && rig.timers.is_empty(), "{name}: nothing was forwarded");
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
    check("kind not offered", own, "40", &|m| m.processing = Some(ProcessingCode(200_000)));
    check("no amount", own, "30", &|m| m.amount = None);
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
        assert!(seed(&[], &[(bad, id("1"))]).is_err(), "{bad}");
    }
    let _ = token(CARD);
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
    check("98", Stage::Undone, 1, issuer(), &|m| m.amount = Some(Amount::fen(1)));
    check("98", Stage::Undone, 1, issuer(), &|m| m.code = None);
    check("", Stage::Forwarded, 0, issuer(), &|m| m.mac = Some(BAD_MAC));
    check("", Stage::Forwarded, 0, Peer::Member(id("99900188")), &|_| {});
    check("", Stage::Forwarded, 0, issuer(), &|m| m.stan = Stan::new(2).ok());
}

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
    rig.at = NOON.plus_ms(26 * 3_600_000);
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.mac = Some(BAD_MAC))), "A0");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.original = None)), "30");
    assert_eq!(hear(&mut rig, Peer::Member(id("00040000")), &reversal(&request)), "30", "not its own");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.amount = Some(Amount::fen(1)))), "64");
    assert_eq!(hear(&mut rig, acquirer(), &differs(&|m| m.pan = Pan::new(OTHER).ok())), "64");
    assert_eq!((position(&rig, "99900100"), advices(&rig).len()), (8_800, 0), "a refusal undoes nothing");
    for _ in 0..2 {
        let answer = messages(&rig.hear(acquirer(), &differs(&|m| m.pan = Pan::new(CARD).ok())));
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
fn a_day_is_fixed_when_forwarded_and_kept_over_the_cut() {
    let mut rig = rig();
    rig.at = Moment(1_795_446_000_000 - 5_000); // 22:59:55 Beijing
    let request = sale(1, 8_800);
    let forwarded = messages(&rig.hear(acquirer(), &request)).remove(0).1.settlement;
    rig.at = rig.at.plus_ms(10_000);
    let answered = messages(&rig.hear(issuer(), &reply(&request, "00"))).remove(0).1.settlement;
    assert_eq!((forwarded, answered), (MonthDay::from_mmdd(1123).ok(), MonthDay::from_mmdd(1123).ok()));
    let next = messages(&rig.hear(acquirer(), &sale(2, 1))).remove(0).1.settlement;
    assert_eq!(next, MonthDay::from_mmdd(1124).ok());
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
