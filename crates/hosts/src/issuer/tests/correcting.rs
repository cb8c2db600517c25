//! 请款 and 贷记调整 at the issuer: each slot once, the account in the same commit.

use super::*;
use crate::correction::Correct;

fn correction(of: &Message, what: Correct, stan: u32) -> Message {
    Message {
        processing: Some(what.processing()),
        stan: Some(Stan::new(stan).unwrap()),
        original: Some(OriginalData { mti: of.mti, key: of.switch_key().unwrap() }),
        pan: None,
        track2: None,
        pin: None,
        mti: Mti(220),
        ..of.clone()
    }
}

fn available(rig: &Rig<Issuer>) -> i64 {
    -balance(rig, "62000000")
}

fn suspense(rig: &Rig<Issuer>) -> Suspense {
    let of = |row: &IssuerRow| match row {
        IssuerRow::Exchange(x) if x.key.stan.number() == 1 => Some(x.suspense),
        _ => None,
    };
    rig.all().iter().find_map(of).unwrap()
}

#[test]
fn a_debit_is_made_again_once_if_it_was_given_back_and_the_money_is_there() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    let full = available(&rig);
    hear(&mut rig, &first);
    assert_eq!(hear(&mut rig, &correction(&first, Correct::Debit, 90)), "00", "it stands: nothing to do");
    assert_eq!(full - available(&rig), 8_800);

    let mut rig = super::rig();
    hear(&mut rig, &first);
    hear(&mut rig, &reversal(&first));
    assert_eq!(available(&rig), full);
    let asked = correction(&first, Correct::Debit, 90);
    assert_eq!(hear(&mut rig, &Message { mac: Some(crate::rig::BAD_MAC), ..asked.clone() }), "A0");
    for _ in 0..2 {
        assert_eq!((hear(&mut rig, &asked), full - available(&rig)), ("00".into(), 8_800));
        rig.restart();
    }
    assert_eq!(suspense(&rig), Suspense::Held);
    assert_eq!(hear(&mut rig, &correction(&first, Correct::Debit, 91)), "22", "one slot");
    assert_eq!(hear(&mut rig, &reversal(&first)), "22", "and the undo slot is full");
    assert_eq!(full - available(&rig), 8_800);
    sound(&rig);
}

#[test]
fn a_debit_made_again_is_told_with_the_day_of_the_payment_and_not_of_its_undo() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    hear(&mut rig, &first);
    rig.at = NOON.plus_ms(3 * 86_400_000);
    hear(&mut rig, &reversal(&first));
    rig.at = NOON.plus_ms(9 * 86_400_000);
    assert_eq!(hear(&mut rig, &correction(&first, Correct::Debit, 90)), "00");
    let of = |out: &Outgoing| match &out.body {
        Body::Notice(_, notice) if notice.kind == NoticeKind::Debit && notice.earlier.is_some() => notice.earlier,
        _ => None,
    };
    assert_eq!(rig.outbox.values().find_map(of), Some(NOON));
}

#[test]
fn what_is_not_debited_again() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 90_000);
    hear(&mut rig, &first);
    hear(&mut rig, &reversal(&first));
    // Somebody has spent it meanwhile: the acquirer bears it.
    hear(&mut rig, &sale(2, DEBIT, 50_000));
    let before = available(&rig);
    for _ in 0..2 {
        assert_eq!(hear(&mut rig, &correction(&first, Correct::Debit, 90)), "51");
    }
    assert_eq!(hear(&mut rig, &correction(&sale(7, DEBIT, 1), Correct::Debit, 91)), "25");
    hear(&mut rig, &sale(3, DEBIT, 90_001));
    assert_eq!(hear(&mut rig, &correction(&sale(3, DEBIT, 90_001), Correct::Debit, 92)), "25", "a decline is nothing");
    assert_eq!(available(&rig), before);
    let third = sale(4, CREDIT, 700);
    hear(&mut rig, &third);
    hear(&mut rig, &reversal(&third));
    let changed = Message { amount: Some(Amount::fen(1)), ..third.clone() };
    assert_eq!(hear(&mut rig, &correction(&changed, Correct::Debit, 80)), "64");
    sound(&rig);
}

#[test]
fn a_credit_gives_back_once() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    let full = available(&rig);
    hear(&mut rig, &first);
    let asked = correction(&first, Correct::Credit, 90);
    for _ in 0..2 {
        assert_eq!((hear(&mut rig, &asked), available(&rig)), ("00".into(), full));
    }
    assert_eq!(hear(&mut rig, &correction(&first, Correct::Credit, 91)), "22", "another one");
    assert_eq!(hear(&mut rig, &reversal(&first)), "00", "the slot is full");
    assert_eq!((suspense(&rig), available(&rig)), (Suspense::Returned, full));
    sound(&rig);
}
