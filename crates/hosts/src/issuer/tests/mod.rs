//! The issuer by tables: refusals in order, repeats, overtaking reversals, the last coin, restarts.

mod chip;
mod clearing;
mod correcting;
mod days;
mod kinds;
mod request;
mod spending;
mod undo;

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
            script: false,
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
    let of = |share: &dyn Fn(Suspense) -> i64| -> i64 {
        let part = |row: &IssuerRow| match row {
            IssuerRow::Exchange(x) => share(x.suspense) * x.signed_minor,
            _ => 0,
        };
        rows.iter().map(part).sum()
    };
    let held = of(&Suspense::share);
    let owed = of(&|suspense| i64::from(matches!(suspense, Suspense::Cleared | Suspense::Owed)));
    assert_eq!(sums.of(&Account::Network), -owed, "the network is owed what has appeared and was not taken back");
    let open: i64 = rows
        .iter()
        .filter_map(|row| match row {
            IssuerRow::Exchange(x) => x.hold.filter(|hold| hold.state == HoldState::Open).map(|hold| hold.minor),
            _ => None,
        })
        .sum();
    let on_accounts: i64 =
        rows.iter().map(|row| if let IssuerRow::AccountRow(account) = row { account.held_minor } else { 0 }).sum();
    let holds = rows.iter().any(|row| matches!(row, IssuerRow::Exchange(x) if x.hold.is_some()));
    assert!(!holds || open == on_accounts, "held is the sum of the open holds: {open} {on_accounts}");
    let marks = rows.iter().filter(|row| matches!(row, IssuerRow::HoldOpen(_))).count();
    let ends = rows.iter().filter(|row| match row {
        IssuerRow::Exchange(x) => x.hold.is_some_and(|hold| hold.state == HoldState::Open),
        _ => false,
    });
    assert_eq!(marks, ends.count(), "an open hold has its end");
    assert_eq!(sums.of(&Account::Suspense), -held, "suspense is what is debited and not cleared");
    assert!(rig.rounds <= 3, "the hot path stays lean");
}
