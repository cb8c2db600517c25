//! A member follows the switch's days: begins, closes, each word once and again, words that are lost or spoilt.

use super::*;
use crate::day::{CUT_BEGINS, CUT_ENDS, ClosedDay, Days};

fn about(code: u16, mmdd: u16, at: Moment) -> Message {
    Message {
        sent: Some(at.sent_at()),
        stan: Stan::new(u32::from(code)).ok(),
        settlement: MonthDay::from_mmdd(mmdd).ok(),
        network_code: Some(code),
        receiver: Some(id()),
        ..Message::new(Mti(820))
    }
}

fn on(message: Message, mmdd: u16) -> Message {
    Message { settlement: MonthDay::from_mmdd(mmdd).ok(), ..message }
}

fn days(rig: &Rig<Issuer>) -> Days {
    rig.all().into_iter().find_map(|row| if let IssuerRow::Days(days) = row { Some(days) } else { None }).unwrap()
}

/// Open and closed days: approved, undone.
fn moved(rig: &Rig<Issuer>) -> Vec<(u8, i64, i64)> {
    let closed = rig.all().into_iter().filter_map(|row| match row {
        IssuerRow::ClosedDay(ClosedDay { date, moved, .. }) => Some((date, moved)),
        _ => None,
    });
    let all = closed.chain(days(rig).moved);
    all.map(|(date, moved)| (date.day, moved.sales_minor, moved.undone_minor)).collect()
}

#[test]
fn each_posting_is_counted_on_the_day_the_switch_gave() {
    let mut rig = rig();
    let cut = NOON.plus_ms(11 * 3_600_000);
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 100)), "00");
    // The new day overtakes the word that it begins; the old one still comes after it.
    assert_eq!(hear(&mut rig, &on(sale(2, DEBIT, 200), 1124)), "00");
    rig.at = cut;
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1124, cut)), "00");
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1124, cut)), "00", "told again, answered again");
    assert_eq!(hear(&mut rig, &sale(3, CREDIT, 400)), "00");
    assert_eq!(hear(&mut rig, &on(reversal(&sale(1, DEBIT, 100)), 1124)), "00");
    assert_eq!(hear(&mut rig, &about(CUT_ENDS, 1123, cut)), "00");
    let rows = rig.rows.clone();
    assert_eq!(hear(&mut rig, &about(CUT_ENDS, 1123, cut)), "00");
    assert_eq!(rows, rig.rows);
    // What comes for a closed day lands on the open one.
    assert_eq!(hear(&mut rig, &sale(5, CREDIT, 800)), "00");
    assert_eq!(moved(&rig), [(23, 500, 0), (24, 1_000, 100)]);
    assert_eq!((days(&rig).date.day, days(&rig).closed.day), (24, 23));
}

#[test]
fn a_spoilt_day_never_closes_the_day_that_is_open() {
    let mut rig = rig();
    let cut = NOON.plus_ms(11 * 3_600_000);
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1124, cut)), "00");
    assert_eq!(
        hear(&mut rig, &about(CUT_ENDS, 1124, cut.plus_ms(35_000))),
        "",
        "DE 15 spoilt: the switch says it again"
    );
    assert_eq!((days(&rig).date.day, days(&rig).closed.day), (24, 22));
}

#[test]
fn words_that_are_lost_spoilt_or_old_do_no_harm() {
    let mut rig = rig();
    let cut = NOON.plus_ms(11 * 3_600_000);
    let forged = Message { mac: Some(BAD_MAC), ..about(CUT_BEGINS, 1124, cut) };
    assert_eq!(hear(&mut rig, &forged), "", "nothing proven: the switch says it again");
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1130, cut)), "", "DE 15 is in no code: not the day of DE 7");
    assert_eq!(hear(&mut rig, &Message { settlement: None, ..about(CUT_BEGINS, 1124, cut) }), "");
    assert_eq!(days(&rig).date.day, 23);
    // The beginning was lost: the end says it too.
    assert_eq!(hear(&mut rig, &about(CUT_ENDS, 1123, cut)), "00");
    assert_eq!((days(&rig).date.day, days(&rig).closed.day), (24, 23));
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1124, cut)), "00", "and the beginning comes after it");
    assert_eq!(hear(&mut rig, &about(CUT_ENDS, 1122, cut)), "00", "old: answered, so that it ends");
    assert_eq!((days(&rig).date.day, days(&rig).closed.day), (24, 23));
    // Away for days: one word brings the member to the day that is open.
    let later = cut.plus_ms(4 * 86_400_000);
    assert_eq!(hear(&mut rig, &about(CUT_BEGINS, 1128, later)), "00");
    assert_eq!(hear(&mut rig, &about(CUT_ENDS, 1127, later)), "00");
    assert_eq!((days(&rig).date.day, days(&rig).closed.day), (28, 27));
}
