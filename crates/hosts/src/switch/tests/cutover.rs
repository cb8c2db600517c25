//! The change of date: no sale in two days or in none, words that are lost and come again, a late advice, a start after the cut.

use super::*;
use crate::day::{CUT_BEGINS, CUT_ENDS, Days};

/// Five seconds before the cut.
const EVE: Moment = Moment(1_795_446_000_000 - 5_000); // 2026-11-23 22:59:55 Beijing

fn day(day: u8) -> BusinessDate {
    BusinessDate { year: 2026, month: 11, day }
}

fn given(sent: &[Outgoing]) -> u16 {
    messages(sent)[0].1.settlement.unwrap().mmdd()
}

/// DE 70 and DE 15 of what one member hears about the date.
fn told(sent: &[Outgoing], member: &str) -> Vec<(u16, u16)> {
    let about = messages(sent).into_iter().filter(|(to, m)| *to == Peer::Member(id(member)) && m.mti == Mti(820));
    about.map(|(_, m)| (m.network_code.unwrap(), m.settlement.unwrap().mmdd())).collect()
}

fn days(rig: &Rig<Switch>) -> Days {
    rig.all().into_iter().find_map(|row| if let SwitchRow::Days(days) = row { Some(days) } else { None }).unwrap()
}

/// What each day of the acquirer's counts: approved and undone.
fn counted(rig: &Rig<Switch>) -> Vec<(u8, i64, i64)> {
    let rows = rig.all().into_iter();
    let of = rows.filter_map(|row| if let SwitchRow::Day(day) = row { Some(day) } else { None });
    let mine = of.filter(|day| day.member == id("00020000"));
    mine.map(|day| (day.date.day, day.acquired.sales_minor, day.acquired.undone_minor)).collect()
}

fn answer(sent: &[Outgoing], member: &str, code: u16) -> Message {
    let found =
        messages(sent).into_iter().find(|(to, m)| *to == Peer::Member(id(member)) && m.network_code == Some(code));
    found.unwrap().1.answer(ResponseCode::APPROVED)
}

#[test]
fn a_sale_over_the_cut_is_in_the_day_it_was_forwarded_in() {
    let mut rig = rig_at(EVE);
    let (over, after) = (sale(1, 8_800), sale(2, 100));
    assert_eq!(given(&rig.hear(acquirer(), &over)), 1123);
    let begins = rig.pass(6_000);
    for member in ["00020000", "99900100", "99900200"] {
        assert_eq!(told(&begins, member), [(CUT_BEGINS, 1124)], "every member, whether its line is up or not");
    }
    assert_eq!(given(&rig.hear(acquirer(), &after)), 1124);
    assert_eq!(given(&rig.hear(issuer(), &reply(&after, "00"))), 1124);
    assert_eq!(given(&rig.hear(issuer(), &reply(&over, "00"))), 1123);
    assert_eq!(days(&rig).closed, day(22), "still open for what was forwarded under it");
    assert_eq!(told(&rig.pass(35_000), "00020000").last(), Some(&(CUT_ENDS, 1123)));
    assert_eq!((days(&rig).date, days(&rig).closed), (day(24), day(23)));
    assert_eq!(counted(&rig), [(23, 8_800, 0), (24, 100, 0)]);
    // A reversal of yesterday's sale stands on its own day.
    rig.hear(acquirer(), &reversal(&over));
    assert_eq!(counted(&rig), [(23, 8_800, 0), (24, 100, 8_800)]);
    assert_eq!(advices(&rig)[0].message(None).settlement, MonthDay::from_mmdd(1124).ok());
    sound(&rig);
}

#[test]
fn what_is_not_answered_by_then_is_given_up_before_its_day_closes() {
    let mut rig = rig_at(EVE);
    rig.pass(4_999);
    let last = sale(1, 8_800);
    rig.hear(acquirer(), &last);
    // All timers at once, as after a pause of the process.
    rig.pass(60_000);
    assert_eq!((stage(&rig, 1), days(&rig).closed), (Some(Stage::Undone), day(23)));
    rig.hear(issuer(), &reply(&last, "00"));
    assert_eq!(counted(&rig), []);
    sound(&rig);
}

#[test]
fn a_word_is_said_until_it_is_answered() {
    let mut rig = rig_at(EVE);
    let begins = rig.pass(5_000);
    rig.hear(acquirer(), &answer(&begins, "00020000", CUT_BEGINS));
    let forged = Message { mac: Some(BAD_MAC), ..answer(&begins, "99900100", CUT_BEGINS) };
    rig.hear(issuer(), &forged);
    rig.hear(
        issuer(),
        &Message { settlement: MonthDay::from_mmdd(1125).ok(), ..answer(&begins, "99900100", CUT_BEGINS) },
    );
    let again = rig.pass(5_000);
    assert_eq!(told(&again, "00020000"), []);
    assert_eq!(told(&again, "99900100"), [(CUT_BEGINS, 1124)]);
    // A start forgets nothing, and a line that comes up hears at once.
    rig.restart();
    let up = rig.batch(&[Input::Hand(Hand::Link { peer: issuer(), up: true })]);
    assert_eq!(told(&up, "99900100"), [(CUT_BEGINS, 1124)]);
    rig.hear(issuer(), &answer(&up, "99900100", CUT_BEGINS));
    rig.hear(issuer(), &answer(&up, "99900100", CUT_BEGINS));
    assert_eq!(told(&rig.pass(600_000), "99900100"), [(CUT_ENDS, 1123); 5]);
    sound(&rig);
}

#[test]
fn an_advice_that_is_answered_after_its_day_lands_on_the_day_that_is_open() {
    let mut rig = rig_at(EVE);
    let bought = sale(1, 8_800);
    rig.hear(acquirer(), &bought);
    rig.hear(issuer(), &reply(&bought, "00"));
    let advice = kinds::of_kind(Kind::Refund, 2, 800, Some(&bought));
    rig.hear(acquirer(), &advice);
    assert_eq!(advices(&rig)[0].message(None).settlement, MonthDay::from_mmdd(1123).ok());
    rig.pass(3_600_000);
    assert_eq!(days(&rig).closed, day(23));
    let answered = rig.hear(issuer(), &reply(&advice, "00"));
    assert_eq!(given(&answered), 1124, "the acquirer is told where it landed, or its books would name a closed day");
    assert_eq!(counted(&rig), [(23, 8_800, 0), (24, -800, 0)]);
    sound(&rig);
}

#[test]
fn a_start_after_days_cuts_once_and_closes_all_of_them() {
    let mut rig = rig_at(NOON);
    let bought = sale(1, 8_800);
    rig.hear(acquirer(), &bought);
    rig.hear(issuer(), &reply(&bought, "00"));
    rig.at = rig.at.plus_ms(5 * 86_400_000);
    rig.restart();
    let begins = rig.pass(0);
    assert_eq!(told(&begins, "99900100"), [(CUT_BEGINS, 1128)]);
    assert_eq!(told(&rig.pass(35_000), "99900100").last(), Some(&(CUT_ENDS, 1127)));
    assert_eq!((days(&rig).date, days(&rig).closed), (day(28), day(27)));
    assert_eq!(counted(&rig), [(23, 8_800, 0)]);
    sound(&rig);
}

#[test]
fn a_person_cuts_early_once_and_not_too_far() {
    let mut rig = rig_at(NOON);
    let cut = |to| Input::Hand(Hand::CutOver { to });
    assert_eq!(told(&rig.batch(&[cut(day(25))]), "99900100"), [], "more than a day ahead");
    assert_eq!(told(&rig.batch(&[cut(day(24)), cut(day(24))]), "99900100"), [(CUT_BEGINS, 1124)]);
    assert_eq!(given(&rig.hear(acquirer(), &sale(1, 8_800))), 1124);
    rig.pass(40_000);
    assert_eq!((days(&rig).date, days(&rig).closed), (day(24), day(23)));
    assert_eq!(told(&rig.batch(&[cut(day(24)), cut(day(23))]), "99900100"), []);
    // At 23:00 it has been done already; the day after comes at its own hour.
    rig.pass(12 * 3_600_000);
    assert_eq!(days(&rig).date, day(24));
    rig.pass(24 * 3_600_000);
    assert_eq!(days(&rig).date, day(25));
    sound(&rig);
}
