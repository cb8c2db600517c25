//! The switch by tables: refusals in order, repeats, time-outs, late answers, overtaking reversals, restarts.

mod cases;
mod clearing;
mod correcting;
mod cutover;
mod kinds;
mod request;
mod undo;

use super::*;
use crate::ledger::Account;
use crate::rig::{BAD_MAC, RIGHT, Rig, UNREADABLE, code, messages};
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
    rig_at(NOON)
}

fn rig_at(at: Moment) -> Rig<Switch> {
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
    let (debit, credit) = (CardType::Debit, CardType::Credit);
    let routes = [
        ("999001", id("99900100"), debit),
        ("9990018", id("99900188"), debit),
        ("9990011", id("99900100"), credit),
        ("999002", id("99900200"), debit),
    ];
    let mut seeds = seed(&members, &routes).unwrap();
    seeds.push(crate::day::seed(Times::default().business_date(at), at));
    let mut rig = Rig::new(Switch::new(id("00010000"), Times::default()), at, seeds);
    rig.restart();
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
        SwitchRow::Exchange(x) if x.stage == Stage::Forwarded && x.due.is_some() => Some(x.key),
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
