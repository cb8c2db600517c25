//! The issuer by tables: refusals in order, repeats, overtaking reversals, the last coin, restarts.

use super::*;
use crate::ledger::Account;
use crate::rig::{BAD_MAC, RIGHT, Rig, UNREADABLE, WRONG, code, messages, token};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use slipway_node::{Body, Hand, Input, Outgoing, Peer, PinReference, Question};
use slipway_terms::*;

const NOON: Moment = Moment(1_795_406_645_000); // 2026-11-23 12:04 Beijing
const DEBIT: &str = "9990010000000014";
const CREDIT: &str = "9990010000000113";
const LOST: &str = "9990010000000212";
const OLD: &str = "9990010000000311";
const NO_PIN: &str = "9990010000000410";

fn id() -> InstitutionId {
    InstitutionId::new("99900100").unwrap()
}

fn rig() -> Rig<Issuer> {
    let mut seeds = Seeds::new(id(), NOON);
    for (n, (digits, line, money, status, expiry, pin)) in [
        (DEBIT, 0, 100_000, CardStatus::Active, "3012", true),
        (CREDIT, 500_000, 0, CardStatus::Active, "3012", false),
        (LOST, 0, 100_000, CardStatus::Lost, "2001", true),
        (OLD, 0, 100_000, CardStatus::Active, "2610", true),
        (NO_PIN, 0, 50_000, CardStatus::Active, "3012", false),
    ]
    .into_iter()
    .enumerate()
    {
        let no = Short::new(&alloc::format!("6200{n:04}")).unwrap();
        let card = Card {
            account: no,
            tail: Pan::new(digits).unwrap().tail(),
            status,
            expiry: Expiry::new(expiry).unwrap(),
            reference: (digits != NO_PIN).then(|| PinReference::Offset(Short::cut("1234"))),
            pin_required: pin,
            limits: Limits { sale_max: 90_000, day_max: 150_000, day_count_max: 4 },
            phone: Short::EMPTY,
        };
        seeds.account(no, line, money).card(token(digits), card);
    }
    Rig::new(Issuer::new(id()), NOON, seeds.finish())
}

fn sale(stan: u32, digits: &str, fen: u64) -> Message {
    Message {
        pan: Some(Pan::new(digits).unwrap()),
        processing: Some(ProcessingCode(0)),
        amount: Some(Amount::fen(fen)),
        sent: Some(NOON.sent_at()),
        stan: Some(Stan::new(stan).unwrap()),
        settlement: Some(NOON.month_day()),
        entry: Some(EntryMode(21)),
        condition: Some(ConditionCode(0)),
        acquirer: Some(InstitutionId::new("00020000").unwrap()),
        forwarder: Some(InstitutionId::new("00020000").unwrap()),
        rrn: Some(Rrn::new("632700000001").unwrap()),
        terminal: Some(TerminalId::new("10000001").unwrap()),
        merchant: Some(MerchantId::new("999100058120001").unwrap()),
        name_place: Some(Short::cut("面馆 NOODLES")),
        pin: Some(RIGHT),
        security: Some(Security { pin: Some(PinFormat::WithPan), algorithm: 6, track: false }),
        ..Message::new(Mti(200))
    }
}

fn reversal(of: &Message) -> Message {
    Message {
        processing: of.processing,
        amount: of.amount,
        sent: Some(NOON.sent_at()),
        stan: Some(Stan::new(900_000).unwrap()),
        acquirer: of.acquirer,
        forwarder: of.forwarder,
        code: Some(ResponseCode::ISSUER_TIMEOUT),
        original: Some(OriginalData { mti: of.mti, key: of.switch_key().unwrap() }),
        ..Message::new(Mti(420))
    }
}

fn hear(rig: &mut Rig<Issuer>, message: &Message) -> String {
    let sent = rig.hear(Peer::Switch, message);
    assert!(sent.iter().all(|out| out.to == Peer::Phone || out.mac.is_some()), "answers are MACed");
    code(&sent)
}

fn balance(rig: &Rig<Issuer>, account: &str) -> i64 {
    audit(&rig.all()).of(&Account::Cardholder(Short::cut(account)))
}

fn notices(rig: &Rig<Issuer>) -> Vec<NoticeKind> {
    let kind = |out: &Outgoing| match &out.body {
        Body::Notice(_, notice) => Some(notice.kind),
        _ => None,
    };
    rig.outbox.values().filter_map(kind).collect()
}

/// Money, sums and suspense agree after every test.
fn sound(rig: &Rig<Issuer>) {
    let rows = rig.all();
    let sums = audit(&rows);
    assert!(sums.sound(), "{:?}", sums.off());
    let held: i64 = rows
        .iter()
        .filter_map(|row| match row {
            IssuerRow::Exchange(x) if x.suspense == Suspense::Held => x.asked.amount,
            _ => None,
        })
        .map(Amount::signed)
        .sum();
    assert_eq!(sums.of(&Account::Suspense), -held, "suspense is what is debited and not cleared");
    assert!(rig.rounds <= 3, "the hot path stays lean");
}

#[test]
fn a_sale_and_its_repeat_debit_once() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    let first = messages(&rig.hear(Peer::Switch, &request)).remove(0).1;
    assert_eq!((first.mti, first.code), (Mti(210), Some(ResponseCode::APPROVED)));
    assert_eq!(first.auth, AuthCode::new("000001").ok());
    assert_eq!(first.institutions.unwrap().as_str(), "99900100   00020000   ");
    let again = messages(&rig.hear(Peer::Switch, &request)).remove(0).1;
    assert_eq!(first, again, "the stored fields again");
    assert_eq!(balance(&rig, "62000000"), -91_200);
    assert_eq!(notices(&rig), [NoticeKind::Debit]);
    sound(&rig);
}

/// One line a case: what is wrong beside what comes later in the order, and the answer.
#[test]
fn refusals_in_order_of_precedence() {
    let check = |name: &str, want: &str, change: &dyn Fn(&mut Message)| {
        let mut rig = rig();
        let mut message = sale(7, DEBIT, 8_800);
        change(&mut message);
        assert_eq!(hear(&mut rig, &message), want, "{name}");
        let again = hear(&mut rig, &message);
        assert_eq!(again, want, "{name}, repeated");
        assert_eq!(audit(&rig.all()).of(&Account::Suspense), 0, "{name}: a refusal takes nothing");
        let told =
            if ["12", "13", "14", "30", "40", "A0"].contains(&want) { vec![] } else { vec![NoticeKind::Decline] };
        assert_eq!(notices(&rig), told, "{name}");
        sound(&rig);
    };
    let card = |m: &mut Message, digits: &str| m.pan = Some(Pan::new(digits).unwrap());
    check("no identity", "30", &|m| (m.stan, m.mac) = (None, Some(BAD_MAC)));
    check("MAC before everything", "A0", &|m| (m.mac, m.processing) = (Some(BAD_MAC), None));
    check("no such transaction", "12", &|m| (m.processing, m.pin) = (Some(ProcessingCode(999_999)), Some(WRONG)));
    check("kind not offered", "40", &|m| m.processing = Some(ProcessingCode(200_000)));
    check("zero", "13", &|m| m.amount = Some(Amount::fen(0)));
    check("other currency", "13", &|m| m.amount = Amount::new(100, Currency(840)).ok());
    check("unknown card", "14", &|m| card(m, "9990010000000915"));
    check("lost before expired", "41", &|m| card(m, LOST));
    check("expired before limits", "54", &|m| {
        card(m, OLD);
        m.amount = Some(Amount::fen(90_001));
    });
    check("another expiry than ours", "54", &|m| m.expiry = Expiry::new("3011").ok());
    check("limit before PIN", "61", &|m| (m.amount, m.pin) = (Some(Amount::fen(90_001)), Some(WRONG)));
    check("PIN missing", "55", &|m| m.pin = None);
    check("PIN without its format", "99", &|m| m.security = None);
    check("PIN unreadable", "99", &|m| m.pin = Some(UNREADABLE));
    check("PIN wrong", "55", &|m| m.pin = Some(WRONG));
    check("PIN before balance", "55", &|m| (m.amount, m.pin) = (Some(Amount::fen(80_000)), Some(WRONG)));
    check("balance", "51", &|m| {
        card(m, NO_PIN);
        (m.amount, m.pin) = (Some(Amount::fen(50_001)), None);
    });
}

#[test]
fn what_counts_is_counted_with_the_debit() {
    let mut rig = rig();
    let mut check = |stan: u32, fen: u64, want: &str| {
        assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(stan, CREDIT, fen) }), want, "{stan}");
    };
    check(1, 90_000, "00");
    check(2, 60_001, "61");
    check(3, 100, "00");
    check(4, 100, "00");
    check(5, 100, "00");
    check(6, 100, "65");
    // The day's counters go back with a reversal, to the same day only.
    assert_eq!(hear(&mut rig, &reversal(&sale(5, CREDIT, 100))), "00");
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(7, CREDIT, 100) }), "00");
    rig.at = NOON.plus_ms(86_400_000);
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(8, CREDIT, 100) }), "00");
    assert_eq!(hear(&mut rig, &reversal(&sale(1, CREDIT, 90_000))), "00");
    for stan in 9..12 {
        assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(stan, CREDIT, 100) }), "00");
    }
    assert_eq!(hear(&mut rig, &Message { pin: None, ..sale(12, CREDIT, 100) }), "65");
    assert_eq!(balance(&rig, "62000001"), 300 + 400, "a credit account is owed by its holder");
    sound(&rig);
}

#[test]
fn pin_tries_are_counted_once_and_never_given_back() {
    let mut rig = rig();
    let mut check = |stan: u32, pin: PinBlock, want: &str| {
        let message = Message { pin: Some(pin), ..sale(stan, DEBIT, 100) };
        assert_eq!(hear(&mut rig, &message), want, "{stan}");
        assert_eq!(hear(&mut rig, &message), want, "{stan} repeated");
        assert_eq!(hear(&mut rig, &reversal(&message)), "00", "{stan} undone");
    };
    check(1, WRONG, "55");
    check(2, WRONG, "55");
    check(3, RIGHT, "00");
    check(4, WRONG, "55");
    check(5, WRONG, "55");
    check(6, WRONG, "75");
    check(7, RIGHT, "75");
    rig.at = NOON.plus_ms(86_400_000);
    assert_eq!(hear(&mut rig, &sale(8, DEBIT, 100)), "75", "a new day clears no tries");
    sound(&rig);
}

#[test]
fn a_reversal_gives_back_once() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    assert_eq!(hear(&mut rig, &request), "00");
    let differs = |change: &dyn Fn(&mut Message)| {
        let mut message = reversal(&request);
        change(&mut message);
        message
    };
    assert_eq!(hear(&mut rig, &differs(&|m| m.mac = Some(BAD_MAC))), "A0");
    assert_eq!(hear(&mut rig, &differs(&|m| m.original = None)), "30");
    assert_eq!(hear(&mut rig, &differs(&|m| m.amount = Some(Amount::fen(8_801)))), "64");
    assert_eq!(hear(&mut rig, &differs(&|m| m.processing = Some(ProcessingCode(310_000)))), "64");
    assert_eq!(hear(&mut rig, &differs(&|m| m.pan = Pan::new(CREDIT).ok())), "64");
    assert_eq!(balance(&rig, "62000000"), -91_200, "a refusal gives nothing back");
    for _ in 0..3 {
        assert_eq!(hear(&mut rig, &differs(&|m| m.pan = Pan::new(DEBIT).ok())), "00");
    }
    assert_eq!(balance(&rig, "62000000"), -100_000);
    assert_eq!(notices(&rig), [NoticeKind::Debit, NoticeKind::Refund], "debit stands before refund");
    assert_eq!(hear(&mut rig, &request), "12", "an undone approval is not said again");
    sound(&rig);
}

#[test]
fn a_reversal_that_overtakes_leaves_a_tombstone() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    let both = [reversal(&request), request.clone(), request.clone(), reversal(&request)];
    let sent = rig.batch(&both.map(|message| Input::Heard(Peer::Switch, message)));
    let codes: Vec<_> = messages(&sent).into_iter().map(|(_, m)| alloc::format!("{}", m.code.unwrap())).collect();
    assert_eq!(codes, ["00", "12", "12", "00"]);
    assert_eq!(balance(&rig, "62000000"), -100_000);
    assert_eq!(notices(&rig), []);
    sound(&rig);
}

#[test]
fn the_last_coin_is_spent_once_in_one_batch() {
    let mut rig = rig();
    let both = [1, 2].map(|stan| Input::Heard(Peer::Switch, Message { pin: None, ..sale(stan, NO_PIN, 30_000) }));
    let codes: Vec<_> = messages(&rig.batch(&both)).into_iter().map(|(_, m)| m.code.unwrap()).collect();
    assert_eq!(codes, [ResponseCode::APPROVED, ResponseCode::INSUFFICIENT_FUNDS]);
    assert_eq!(balance(&rig, "62000004"), -20_000);
    sound(&rig);
}

#[test]
fn another_request_on_a_used_key_is_refused() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    assert_eq!(hear(&mut rig, &request), "00");
    let check = |rig: &mut Rig<Issuer>, want: &str, change: &dyn Fn(&mut Message)| {
        let mut message = request.clone();
        change(&mut message);
        assert_eq!(hear(rig, &message), want);
    };
    check(&mut rig, "94", &|m| m.amount = Some(Amount::fen(8_801)));
    check(&mut rig, "94", &|m| m.pan = Pan::new(CREDIT).ok());
    check(&mut rig, "94", &|m| m.entry = Some(EntryMode(12)));
    check(&mut rig, "94", &|m| m.terminal = TerminalId::new("10000002").ok());
    check(&mut rig, "00", &|m| m.rrn = None);
    sound(&rig);
}

#[test]
fn a_balance_is_told_and_costs_nothing() {
    let mut rig = rig();
    let inquiry = Message { processing: Some(ProcessingCode(310_000)), amount: None, ..sale(1, CREDIT, 1) };
    let answer = messages(&rig.hear(Peer::Switch, &inquiry)).remove(0).1;
    let told = answer.balance.unwrap();
    assert_eq!((told.account_type, told.amount, told.owed), (30, Amount::fen(500_000), false));
    assert_eq!((answer.auth, notices(&rig)), (None, vec![]));
    assert_eq!(hear(&mut rig, &Message { pin: Some(WRONG), stan: Stan::new(2).ok(), ..inquiry }), "55");
    sound(&rig);
}

#[test]
fn nothing_is_decided_while_the_vault_is_down() {
    let mut rig = rig();
    rig.vault_down = true;
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 100)), "96");
    assert_eq!(hear(&mut rig, &reversal(&sale(1, DEBIT, 100))), "96");
    rig.vault_down = false;
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 100)), "00");
    sound(&rig);
}

#[test]
fn delivered_notices_leave_and_nothing_else_does() {
    let mut rig = rig();
    hear(&mut rig, &sale(1, DEBIT, 100));
    let key = *rig.outbox.keys().next().unwrap();
    let rows = rig.rows.len();
    rig.batch(&[Input::Hand(Hand::Delivered(slipway_node::Key::of(1)))]);
    rig.batch(&[Input::Hand(Hand::Delivered(key))]);
    assert_eq!((rig.outbox.len(), rig.rows.len()), (0, rows));
}

#[test]
fn the_desk_hears_what_the_record_says() {
    let mut rig = rig();
    let request = sale(1, DEBIT, 8_800);
    let ask = |rig: &mut Rig<Issuer>, question: Question| {
        let sent = rig.batch(&[Input::Hand(Hand::Desk { ticket: 9, question })]);
        let Body::Testimonies(seen) = sent[0].body.clone() else { panic!("a desk gets testimonies") };
        seen.iter().map(|t| (t.state, t.debited, t.returned)).collect::<Vec<_>>()
    };
    let key = request.switch_key().unwrap();
    assert_eq!(ask(&mut rig, Question::Switch(key)), []);
    hear(&mut rig, &request);
    assert_eq!(ask(&mut rig, Question::Switch(key)), [(State::Approved, true, false)]);
    assert_eq!(ask(&mut rig, Question::Rrn(request.rrn.unwrap())), [(State::Approved, true, false)]);
    let counter = |card: Option<&str>, tail: Option<&str>| Question::Counter {
        merchant: request.merchant.unwrap(),
        terminal: request.terminal.unwrap(),
        card: card.map(|c| Pan::new(c).unwrap()),
        tail: tail.map(|c| Pan::new(c).unwrap().tail()),
    };
    assert_eq!(ask(&mut rig, counter(Some(DEBIT), None)).len(), 1);
    assert_eq!(ask(&mut rig, counter(Some(CREDIT), None)).len(), 0);
    assert_eq!(ask(&mut rig, counter(None, Some(DEBIT))).len(), 1);
    assert_eq!(ask(&mut rig, counter(None, None)).len(), 0);
    hear(&mut rig, &reversal(&request));
    assert_eq!(ask(&mut rig, Question::All { rows_max: 5 }), [(State::Undone, true, true)]);
    hear(&mut rig, &reversal(&sale(2, DEBIT, 1)));
    assert_eq!(ask(&mut rig, Question::All { rows_max: 1 }), [(State::Tombstone, false, false)]);
}

/// The same story once, every input twice in its batch, and all in one batch with a restart between: the same rows.
#[test]
fn everything_twice_changes_nothing() {
    let one = sale(1, DEBIT, 8_800);
    let story = [
        one.clone(),
        sale(2, DEBIT, 90_001),
        Message { pin: Some(WRONG), ..sale(3, DEBIT, 5) },
        reversal(&one),
        reversal(&sale(4, DEBIT, 7)),
        sale(4, DEBIT, 7),
        sale(5, DEBIT, 700),
    ];
    let heard = |message: &Message| Input::Heard(Peer::Switch, message.clone());
    let (mut once, mut twice, mut whole) = (rig(), rig(), rig());
    for message in &story {
        once.batch(&[heard(message)]);
        twice.batch(&[heard(message), heard(message)]);
        twice.restart();
    }
    whole.batch(&story.iter().map(heard).collect::<Vec<_>>());
    assert_eq!(once.rows, twice.rows);
    assert_eq!(once.rows, whole.rows);
    assert!(once.outbox.keys().eq(twice.outbox.keys()) && once.outbox.keys().eq(whole.outbox.keys()));
    sound(&twice);
}
