//! Key resets by tables: at the switch and at each kind of member: once, twice, lost, wrong, stale, and with a restart anywhere.

use super::*;
use crate::acquirer::Acquirer;
use crate::issuer::Issuer;
use crate::rig::{BAD_MAC, Rig, code, messages};
use crate::switch::{Member, Switch, SwitchRow, seed};
use crate::times::Times;
use alloc::string::String;
use alloc::vec;
use slipway_node::{Body, Hand, Input, Outgoing, Rows};
use slipway_terms::Mac;

const NOON: Moment = Moment(1_795_406_645_000); // 2026-11-23 12:04 Beijing

fn id(digits: &str) -> InstitutionId {
    InstitutionId::new(digits).unwrap()
}

fn member() -> Peer {
    Peer::Member(id("99900100"))
}

fn order(stan: u32, usage: KeyUse) -> Order {
    Order { member: id("99900100"), usage, sent: NOON.sent_at(), stan: Stan::new(stan).unwrap() }
}

fn by_hand<T>(stan: u32, usage: KeyUse) -> Input<T> {
    let Order { member, usage, sent, stan } = order(stan, usage);
    Input::Hand(Hand::ResetKey { member, usage, sent, stan })
}

/// The scripted vault makes this key for the reset of this number.
fn key(stan: u32) -> WrappedKey {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(alloc::format!("{stan:06}").as_bytes());
    WrappedKey(bytes.into())
}

fn delivery(stan: u32, usage: KeyUse) -> Message {
    Message {
        new_key: key(stan).0[..].try_into().ok(),
        key_cryptogram: Some([0; 8]),
        mac: Some(Mac([0x28; 8])),
        ..order(stan, usage).message(800)
    }
}

fn answer(stan: u32, usage: KeyUse) -> Message {
    Message { code: Some(ResponseCode::APPROVED), mac: Some(Mac([1; 8])), ..order(stan, usage).message(810) }
}

fn switch() -> Rig<Switch> {
    let there = Member { id: id("99900100"), acquires: false, issues: true, active: true, up: false };
    let rows = seed(&[there], &[]).unwrap();
    let mut rig = Rig::new(Switch::new(id("00010000"), Times::default()), NOON, rows);
    rig.batch(&[Input::Hand(Hand::Link { peer: member(), up: true })]);
    rig
}

fn zone(rig: &Rig<Switch>) -> Option<ZoneKey> {
    rig.all().into_iter().find_map(|row| if let SwitchRow::ZoneKey(zone) = row { Some(zone) } else { None })
}

fn open(rig: &Rig<Switch>) -> usize {
    rig.all().iter().filter(|row| matches!(row, SwitchRow::Reset(_))).count()
}

fn installed<N: slipway_node::Node>(rig: &Rig<N>) -> Vec<(WrappedKey, Install)> {
    rig.installed.iter().map(|one| (one.key.clone(), one.how)).collect()
}

fn sent_types(sent: &[Outgoing]) -> Vec<u16> {
    messages(sent).iter().map(|(_, message)| message.mti.0).collect()
}

#[test]
fn the_switch_uses_a_key_when_its_member_has_proved_it() {
    for usage in [KeyUse::Zak, KeyUse::Zpk] {
        for restart in [false, true] {
            let mut rig = switch();
            let again = |rig: &mut Rig<Switch>| {
                if restart {
                    rig.restart()
                }
            };
            let sent = rig.batch(&[by_hand(1, usage)]);
            assert_eq!(messages(&sent), vec![(member(), delivery(1, usage))]);
            assert!(sent[0].mac.is_none(), "DE 128 is the key's own proof");
            again(&mut rig);
            assert_eq!(installed(&rig), [(key(1), Install::Accept)]);
            assert_eq!((zone(&rig).unwrap().used, open(&rig)), (false, 1));
            assert_eq!(sent_types(&rig.hear(member(), &answer(1, usage))), []);
            again(&mut rig);
            assert_eq!(installed(&rig).last(), Some(&(key(1), Install::Use)));
            assert_eq!((zone(&rig).unwrap().previous, open(&rig)), (None, 0));
            assert!(rig.pass(3_600_000).is_empty(), "nothing is repeated any more");
            // The next one moves it to the previous place; older ones are forgotten.
            for (stan, before) in [(2, 1), (3, 2)] {
                rig.batch(&[by_hand(stan, usage)]);
                rig.hear(member(), &answer(stan, usage));
                rig.pass(3_600_000);
                let zone = zone(&rig).unwrap();
                assert_eq!((zone.newest, zone.previous, zone.used), (key(stan), Some(key(before)), true));
            }
            rig.restart();
            assert_eq!(installed(&rig), [(key(2), Install::Use), (key(3), Install::Use)], "oldest first");
        }
    }
}

#[test]
fn one_reset_at_a_time_and_none_twice() {
    let mut rig = switch();
    assert_eq!(rig.batch(&[by_hand(1, KeyUse::Zak), by_hand(1, KeyUse::Zak), by_hand(2, KeyUse::Zak)]).len(), 1);
    assert_eq!(sent_types(&rig.batch(&[by_hand(3, KeyUse::Zak)])), [], "one runs");
    assert_eq!(sent_types(&rig.batch(&[by_hand(3, KeyUse::Zpk)])), [800], "another key is another matter");
    rig.hear(member(), &answer(1, KeyUse::Zak));
    assert_eq!(sent_types(&rig.batch(&[by_hand(1, KeyUse::Zak)])), [], "it ran");
    assert_eq!(sent_types(&rig.batch(&[by_hand(4, KeyUse::Zak)])), [], "too soon");
    rig.at = rig.at.plus_ms(120_000);
    assert_eq!(sent_types(&rig.batch(&[by_hand(4, KeyUse::Zak)])), [800]);
    let stranger =
        Hand::ResetKey { member: id("11112222"), usage: KeyUse::Zak, sent: NOON.sent_at(), stan: Stan::FIRST };
    assert!(rig.batch(&[Input::Hand(stranger), by_hand(9, KeyUse::Tmk)]).is_empty());
    rig.vault_down = true;
    rig.at = rig.at.plus_ms(3_600_000);
    rig.hear(member(), &answer(3, KeyUse::Zpk));
    assert_eq!((zone(&rig).is_some(), rig.batch(&[by_hand(7, KeyUse::Zpk)]).len()), (true, 0));
}

#[test]
fn it_is_repeated_until_it_is_proved() {
    let mut rig = switch();
    rig.batch(&[by_hand(1, KeyUse::Zak)]);
    for wait_ms in [5_000, 15_000, 60_000, 300_000, 600_000, 600_000] {
        assert!(rig.pass(wait_ms - 1).is_empty(), "{wait_ms}");
        assert_eq!(messages(&rig.pass(1)), vec![(member(), delivery(1, KeyUse::Zak))], "{wait_ms}");
    }
    rig.restart();
    let up = [Input::Hand(Hand::Link { peer: member(), up: true })];
    assert_eq!(sent_types(&rig.batch(&up)), [800], "a line that comes up need not wait");
    // What proves nothing ends nothing.
    let good = answer(1, KeyUse::Zak);
    for (what, bad) in [
        ("wrong code", Message { mac: Some(BAD_MAC), ..good.clone() }),
        ("a refusal", Message { code: Some(ResponseCode::MAC_ERROR), ..good.clone() }),
        ("another number", Message { stan: Stan::new(2).ok(), ..good.clone() }),
        ("another key", answer(1, KeyUse::Zpk)),
        (
            "a short key",
            Message { security: Some(Security { algorithm: 0, ..good.security.unwrap() }), ..good.clone() },
        ),
        ("another matter", Message { network_code: Some(301), ..good.clone() }),
    ] {
        rig.hear(member(), &bad);
        assert_eq!((open(&rig), installed(&rig).last().unwrap().1), (1, Install::Accept), "{what}");
    }
    rig.vault_down = true;
    rig.hear(member(), &good);
    assert_eq!(open(&rig), 1);
    rig.vault_down = false;
    assert!(rig.batch(&[Input::Heard(member(), good.clone()), Input::Heard(member(), good)]).is_empty());
    assert_eq!((open(&rig), installed(&rig).last().unwrap().1), (0, Install::Use));
}

#[test]
fn a_member_asks() {
    let ask = Message { forwarder: Some(id("99900100")), receiver: None, ..order(5, KeyUse::Zpk).message(820) };
    let mut rig = switch();
    assert_eq!(sent_types(&rig.hear(member(), &ask)), [830, 800], "the key comes behind the answer");
    let codes = |sent: &[Outgoing]| messages(sent)[0].1.code.map(|code| alloc::format!("{code}"));
    let again = rig.hear(member(), &ask);
    assert_eq!((sent_types(&again), codes(&again)), (vec![830], Some("00".into())));
    rig.hear(member(), &answer(5, KeyUse::Zpk));
    for (message, want) in [
        (ask.clone(), "00"),
        (Message { stan: Stan::new(6).ok(), ..ask.clone() }, "40"),
        (Message { security: None, ..ask.clone() }, "30"),
    ] {
        assert_eq!(code(&rig.hear(member(), &message)), want);
    }
    let mut issuer = Rig::new(Issuer::new(id("99900100")), NOON, Vec::new());
    assert_eq!(messages(&issuer.batch(&[by_hand(5, KeyUse::Zpk)])), vec![(Peer::Switch, ask.clone())]);
    let mut acquirer = Rig::new(Acquirer::new(id("99900100"), Times::default()), NOON, Vec::new());
    assert_eq!(messages(&acquirer.batch(&[by_hand(5, KeyUse::Zpk)])), vec![(Peer::Switch, ask)]);
    assert!(acquirer.batch(&[by_hand(5, KeyUse::Tmk)]).is_empty());
}

#[test]
fn a_member_takes_a_key_once() {
    taken(|| Rig::new(Issuer::new(id("99900100")), NOON, Vec::new()));
    taken(|| Rig::new(Acquirer::new(id("99900100"), Times::default()), NOON, Vec::new()));
}

fn said(sent: &[Outgoing]) -> Vec<(String, Option<MacKey>)> {
    let one = |out: &Outgoing| match &out.body {
        Body::Once(message) => Some((alloc::format!("{} {}", message.mti.0, message.code?), out.mac.clone())),
        _ => None,
    };
    sent.iter().filter_map(one).collect()
}

fn taken<N: slipway_node::Node>(fresh: impl Fn() -> Rig<N>)
where
    ZoneKey: Record<N::Row, Key = Short<24>>,
{
    let rows = |rig: &Rig<N>| rig.all().iter().filter(|row| ZoneKey::peel(row).is_some()).count();
    let zone = |rig: &Rig<N>| rig.all().iter().find_map(ZoneKey::peel).cloned().unwrap();
    let proof = |stan| vec![("810 00".into(), Some(order(stan, KeyUse::Zak).proof(&key(stan))))];
    let good = delivery(1, KeyUse::Zak);
    let mut rig = fresh();
    // Nothing changes on what does not prove itself.
    for (want, bad) in [
        ("810 A0", Message { mac: Some(BAD_MAC), ..good.clone() }),
        ("810 30", Message { mac: None, ..good.clone() }),
        ("810 30", Message { new_key: None, ..good.clone() }),
        ("810 30", Message { key_cryptogram: None, ..good.clone() }),
        ("810 30", Message { receiver: Some(id("99900200")), ..good.clone() }),
        ("810 30", Message { security: None, ..good.clone() }),
    ] {
        assert_eq!(said(&rig.hear(Peer::Switch, &bad)), vec![(want.into(), None)]);
        assert_eq!((rows(&rig), rig.installed.len()), (0, 0));
    }
    rig.vault_down = true;
    assert_eq!(said(&rig.hear(Peer::Switch, &good)), vec![("810 96".into(), None)]);
    rig.vault_down = false;
    for restart in [false, true] {
        let mut rig = fresh();
        let both = [Input::Heard(Peer::Switch, good.clone()), Input::Heard(Peer::Switch, good.clone())];
        assert_eq!(said(&rig.batch(&both)), [proof(1), proof(1)].concat(), "the same answer to each copy");
        assert_eq!(installed(&rig), [(key(1), Install::Use)]);
        if restart {
            rig.restart();
            assert_eq!(installed(&rig), [(key(1), Install::Use)]);
        }
        let before = rig.rows.clone();
        assert_eq!(said(&rig.hear(Peer::Switch, &good)), proof(1), "the answer was lost");
        assert!(rig.rows == before && rig.installed.len() == 1);
        assert_eq!(said(&rig.hear(Peer::Switch, &delivery(2, KeyUse::Zak))), proof(2));
        assert_eq!((zone(&rig).newest, zone(&rig).previous), (key(2), Some(key(1))));
        // A copy of the first one overtaken by the second: an old key is not taken again.
        let before = rig.rows.clone();
        assert!(rig.hear(Peer::Switch, &good).is_empty());
        assert!(rig.rows == before && installed(&rig).last() == Some(&(key(2), Install::Use)));
        rig.restart();
        assert_eq!(installed(&rig), [(key(1), Install::Use), (key(2), Install::Use)]);
    }
}

#[test]
fn an_answer_is_coded_under_the_new_key_or_that_of_the_line() {
    let proof = |usage| order(1, usage).proof(&key(1)).key;
    assert_eq!(proof(KeyUse::Zak), KeyRef::Wrapped(key(1)));
    assert_eq!(proof(KeyUse::Zpk), KeyRef::Named(KeyName::of(KeyUse::Zak, "99900100")));
    let mut rig = Rig::new(Issuer::new(id("99900100")), NOON, Vec::new());
    let sent = rig.hear(Peer::Switch, &delivery(1, KeyUse::Zpk));
    assert_eq!(said(&sent), vec![("810 00".into(), Some(order(1, KeyUse::Zpk).proof(&key(1))))]);
}

#[test]
fn numbers_are_remembered_within_bounds() {
    let mut zone: Option<ZoneKey> = None;
    for stan in 1..=100 {
        let order = order(stan, KeyUse::Zak);
        assert!(!order.was_met(zone.as_ref()));
        zone = Some(ZoneKey::after(zone.as_ref(), &order, key(stan), stan % 3 != 0, NOON));
    }
    let zone = zone.unwrap();
    assert_eq!((zone.met.len(), &zone.newest, &zone.previous), (MET_MAX, &key(100), &Some(key(98))));
    assert!(order(69, KeyUse::Zak).was_met(Some(&zone)), "the oldest of them");
    let mut bytes = Vec::new();
    Record::<SwitchRow>::wrap(zone).encode(&mut bytes);
    assert!(bytes.len() < 1_024, "{}", bytes.len());
}
