//! What the records of the switch say of a day: each movement on its own day, with what was frozen when it was forwarded.

use super::*;

fn seen(rig: &Rig<Switch>) -> Vec<(u32, Turn, u8, i64, CardType)> {
    let line = |m: Moved| (m.exchange.stan.number(), m.turn, m.day.day, m.minor, m.card);
    moved(&rig.table(), &rig.table(), &rig.table()).into_iter().map(line).collect()
}

#[test]
fn movements_stand_on_their_days_with_the_frozen_card_type() {
    let mut rig = rig();
    let credit = Message { pan: Some(Pan::new("9990011000000012").unwrap()), track2: None, ..sale(2, 700) };
    for (request, answer) in [(sale(1, 8_800), "00"), (credit.clone(), "00"), (sale(3, 5), "51")] {
        rig.hear(acquirer(), &request);
        rig.hear(issuer(), &reply(&request, answer));
    }
    // The table of later changes nothing about it.
    let other: Vec<_> = seed(&[], &[("999001", id("99900100"), CardType::Credit)]).unwrap();
    for (key, row) in other {
        let mut bytes = Vec::new();
        slipway_node::Rows::encode(&row, &mut bytes);
        rig.rows.insert(key, bytes);
    }
    rig.batch(&[Input::Hand(Hand::CutOver { to: crate::day::after(NOON.date()) })]);
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&sale(1, 8_800))), "00");
    let today = NOON.date().day;
    let mut all = seen(&rig);
    all.sort();
    let (debit, credit) = (CardType::Debit, CardType::Credit);
    let want = [
        (1, Turn::First, today, 8_800, debit),
        (1, Turn::Undo, today + 1, -8_800, debit),
        (2, Turn::First, today, 700, credit),
    ];
    assert_eq!(all, want);
}
