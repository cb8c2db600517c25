//! Clearing at the issuer: each entry once, whatever comes twice, late, broken or from another day; release on evidence only.

use super::*;
use crate::day::{CUT_BEGINS, CUT_ENDS};
use crate::filed::{Filed, Refusal};
use slipway_node::{ClearingPart, PART_ITEMS_MAX};

const DAY: BusinessDate = BusinessDate { year: 2026, month: 11, day: 23 };
const ACCOUNT: &str = "62000000";

fn on(day: u8) -> BusinessDate {
    BusinessDate { day, ..DAY }
}

fn item(of: &Message, minor: i64) -> ClearingItem {
    let exchange = of.switch_key().unwrap();
    ClearingItem { exchange, rrn: Rrn::NONE, till: None, later: false, minor, card: CardType::Debit }
}

fn later(of: &Message, minor: i64) -> ClearingItem {
    ClearingItem { later: true, ..item(of, minor) }
}

fn parts(day: u8, items: &[ClearingItem]) -> Vec<ClearingPart> {
    let sum_minor = items.iter().map(|item| item.minor).sum();
    let count = u32::try_from(items.len()).unwrap();
    let file = FileMark { member: id(), day: on(day), count, sum_minor, checksum: u64::from(day) };
    ClearingPart::all(file, items)
}

fn tell(rig: &mut Rig<Issuer>, parts: &[ClearingPart]) -> Vec<&'static str> {
    let before = rig.counts.len();
    for part in parts {
        rig.batch(&[Input::Hand(Hand::Clearing(part.clone()))]);
    }
    sound(rig);
    rig.counts[before..].to_vec()
}

/// Takes a whole file, and once more.
fn take(rig: &mut Rig<Issuer>, day: u8, items: &[ClearingItem]) -> Vec<u32> {
    tell(rig, &parts(day, items));
    let rows = rig.rows.clone();
    tell(rig, &parts(day, items));
    assert_eq!(rows, rig.rows, "the same file twice posts once");
    let filed = filed(rig, day).unwrap();
    assert!(filed.done.is_some(), "{filed:?}");
    filed.strange
}

fn filed(rig: &Rig<Issuer>, day: u8) -> Option<Filed> {
    rig.all().into_iter().find_map(|row| match row {
        IssuerRow::Filed(filed) if filed.day == on(day) => Some(filed),
        _ => None,
    })
}

/// The switch closes a day: the next is open.
fn close(rig: &mut Rig<Issuer>, day: u8) {
    rig.at = Moment(NOON.0 + i64::from(day - 23) * 86_400_000 + 11 * 3_600_000);
    for (code, about) in [(CUT_BEGINS, day + 1), (CUT_ENDS, day)] {
        let told = Message {
            sent: Some(rig.at.sent_at()),
            stan: Stan::new(u32::from(code)).ok(),
            settlement: Some(on(about).month_day()),
            network_code: Some(code),
            ..Message::new(Mti(820))
        };
        assert_eq!(hear(rig, &told), "00");
    }
}

fn on_day(message: Message, day: u8) -> Message {
    Message { settlement: Some(on(day).month_day()), ..message }
}

fn stands(rig: &Rig<Issuer>, of: &Message) -> (Stage, Suspense) {
    let key = of.switch_key().unwrap();
    let found = rig.all().into_iter().find_map(|row| match row {
        IssuerRow::Exchange(x) if x.key == key => Some((x.stage, x.suspense)),
        _ => None,
    });
    found.unwrap()
}

fn network(rig: &Rig<Issuer>) -> i64 {
    audit(&rig.all()).of(&Account::Network)
}

fn suspense(rig: &Rig<Issuer>) -> i64 {
    audit(&rig.all()).of(&Account::Suspense)
}

fn look(rig: &mut Rig<Issuer>, of: &Message) -> &'static str {
    let before = rig.counts.len();
    rig.batch(&[Input::Hand(Hand::Suspense(of.switch_key().unwrap()))]);
    sound(rig);
    assert!(rig.counts.len() > before, "a look is counted");
    rig.counts.last().unwrap()
}

#[test]
fn what_appears_leaves_suspense_for_the_network_once() {
    let mut rig = rig();
    let one = sale(1, DEBIT, 8_800);
    assert_eq!(hear(&mut rig, &one), "00");
    assert_eq!((suspense(&rig), network(&rig)), (-8_800, 0));
    close(&mut rig, 23);
    assert_eq!(take(&mut rig, 23, &[item(&one, 8_800)]), []);
    assert_eq!((suspense(&rig), network(&rig), balance(&rig, ACCOUNT)), (0, -8_800, -91_200));
    // Rules 1: an undo after clearing is claimed from the network; its reversal in a file moves nothing more.
    assert_eq!(hear(&mut rig, &on_day(reversal(&one), 24)), "00");
    assert_eq!((suspense(&rig), network(&rig), balance(&rig, ACCOUNT)), (0, 0, -100_000));
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[later(&one, -8_800)]), []);
    assert_eq!(stands(&rig, &one), (Stage::Undone, Suspense::Returned));
    assert_eq!((suspense(&rig), network(&rig)), (0, 0));
}

#[test]
fn an_undo_may_come_on_either_side_of_either_file() {
    let (mut rig, one) = (rig(), sale(1, DEBIT, 8_800));
    assert_eq!(hear(&mut rig, &one), "00");
    close(&mut rig, 23);
    // Undone before its file: paid to the network all the same, which owes it back.
    assert_eq!(hear(&mut rig, &on_day(reversal(&one), 24)), "00");
    assert_eq!(take(&mut rig, 23, &[item(&one, 8_800)]), []);
    assert_eq!((suspense(&rig), network(&rig), stands(&rig, &one).1), (8_800, -8_800, Suspense::Owed));
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[later(&one, -8_800)]), []);
    assert_eq!((suspense(&rig), network(&rig)), (0, 0));

    // The reversal appears before the switch's advice is heard: the network has given it back, the cardholder waits for us.
    let two = on_day(Message { sent: Some(NOON.plus_ms(1_000).sent_at()), ..sale(2, DEBIT, 500) }, 25);
    assert_eq!(hear(&mut rig, &two), "00");
    close(&mut rig, 25);
    assert_eq!(take(&mut rig, 25, &[item(&two, 500)]), []);
    close(&mut rig, 26);
    assert_eq!(take(&mut rig, 26, &[later(&two, -500)]), []);
    assert_eq!((suspense(&rig), network(&rig), stands(&rig, &two).1), (-500, 0, Suspense::Due));
    let back = Message { original: two.switch_key().map(|key| OriginalData { mti: two.mti, key }), ..reversal(&two) };
    assert_eq!(hear(&mut rig, &on_day(back, 27)), "00");
    assert_eq!((suspense(&rig), network(&rig), balance(&rig, ACCOUNT)), (0, 0, -100_000));
}

#[test]
fn a_finding_brings_it_back_once() {
    let (mut rig, one) = (rig(), sale(1, DEBIT, 8_800));
    assert_eq!(hear(&mut rig, &one), "00");
    for (day, entry) in [(23, item(&one, 8_800)), (24, later(&one, -8_800)), (25, later(&one, 8_800))] {
        close(&mut rig, day);
        assert_eq!(take(&mut rig, day, &[entry]), []);
    }
    assert_eq!((suspense(&rig), network(&rig), stands(&rig, &one).1), (0, -8_800, Suspense::Cleared));
}

#[test]
fn what_does_not_agree_moves_nothing_and_is_named() {
    let mut rig = rig();
    let (one, two) = (sale(1, DEBIT, 8_800), sale(2, DEBIT, 90_001));
    assert_eq!((hear(&mut rig, &one), hear(&mut rig, &two)), ("00".into(), "61".into()));
    close(&mut rig, 23);
    let unknown = sale(9, DEBIT, 100);
    let items = [item(&one, 8_799), item(&one, 8_800), item(&two, 90_001), item(&unknown, 100), later(&unknown, -100)];
    assert_eq!(take(&mut rig, 23, &items), [0, 1, 2, 3, 4], "one exchange has one entry in a file");
    assert_eq!((suspense(&rig), network(&rig)), (-8_800, 0));
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[item(&one, 8_800)]), [], "its own entry is taken, a day late");
    close(&mut rig, 25);
    assert_eq!(take(&mut rig, 25, &[item(&one, 8_800)]), [0], "and never a second time");
    assert_eq!((suspense(&rig), network(&rig)), (0, -8_800));
}

#[test]
fn a_file_is_taken_whole_in_order_and_once() {
    let mut rig = rig();
    let sales: Vec<Message> = (1..=4).map(|stan| sale(stan, NO_PIN, u64::from(stan) * 100)).collect();
    sales.iter().for_each(|one| assert_eq!(hear(&mut rig, one), "00"));
    // Three hundred more that nobody knows: three parts.
    let strangers = (10..310).map(|stan| item(&sale(stan, DEBIT, 1), 1));
    let items: Vec<ClearingItem> =
        sales.iter().zip(1_i64..).map(|(one, n)| item(one, n * 100)).chain(strangers).collect();
    let whole = parts(23, &items);
    assert_eq!(whole.len(), items.len().div_ceil(PART_ITEMS_MAX));
    let check = |rig: &mut Rig<Issuer>, part: ClearingPart, why: Refusal| {
        let rows = rig.rows.clone();
        assert_eq!(tell(rig, &[part]), [why.counted()]);
        assert_eq!(rows, rig.rows, "{why:?} changes nothing");
    };
    let with = |change: &dyn Fn(&mut ClearingPart)| {
        let mut part = whole[0].clone();
        change(&mut part);
        part
    };
    check(&mut rig, whole[0].clone(), Refusal::DayOpen);
    close(&mut rig, 23);
    check(&mut rig, with(&|part| part.file.member = InstitutionId::new("99900200").unwrap()), Refusal::Member);
    check(&mut rig, with(&|part| part.file.day = on(24)), Refusal::DayOpen);
    check(&mut rig, whole[1].clone(), Refusal::Turn);
    check(&mut rig, with(&|part| part.file.count = 2), Refusal::Count);
    check(&mut rig, with(&|part| part.items.clear()), Refusal::Count);
    check(&mut rig, with(&|part| part.items[1].minor = i64::MAX), Refusal::Sum);
    // A run that ends in the middle, and one from the beginning; two operators at once.
    tell(&mut rig, &whole[..2]);
    assert_eq!(filed(&rig, 23).and_then(|filed| filed.done), None, "half a file is no file");
    check(&mut rig, with(&|part| part.file.checksum = 7), Refusal::Differs);
    check(&mut rig, ClearingPart { items: whole[2].items[..1].to_vec(), from: 300, ..whole[2].clone() }, Refusal::Turn);
    let mut wrong = whole[2].clone();
    wrong.items[3].minor = 2;
    check(&mut rig, wrong, Refusal::Sum);
    tell(&mut rig, &whole);
    tell(&mut rig, &whole);
    assert_eq!((suspense(&rig), network(&rig)), (0, -1_000));
    check(&mut rig, with(&|part| part.file.sum_minor = 1), Refusal::Differs);
    // The file of a day that was skipped comes first.
    assert_eq!(hear(&mut rig, &on_day(sale(5, NO_PIN, 100), 24)), "65");
    assert_eq!(hear(&mut rig, &on_day(sale(6, DEBIT, 100), 24)), "00");
    close(&mut rig, 24);
    close(&mut rig, 25);
    check(&mut rig, parts(25, &[]).remove(0), Refusal::Earlier);
    assert_eq!(take(&mut rig, 24, &[]), []);
    assert_eq!(take(&mut rig, 25, &[]), []);
}

#[test]
fn a_debit_is_released_on_evidence_only() {
    let mut rig = rig();
    let (absent, near, credit) = (sale(1, DEBIT, 8_800), sale(2, DEBIT, 500), sale(3, CREDIT, 700));
    assert_eq!((hear(&mut rig, &absent), hear(&mut rig, &credit)), ("00".into(), "00".into()));
    rig.at = NOON.plus_ms(11 * 3_600_000 - 300_000);
    assert_eq!(hear(&mut rig, &near), "00");
    assert_eq!(look(&mut rig, &absent), "issuer.evidence_incomplete", "the day is open");
    close(&mut rig, 23);
    // No file: nothing is released, however long it takes, and somebody is asked for it.
    rig.at = NOON.plus_ms(LATEST_MS + 1);
    assert_eq!(look(&mut rig, &absent), "issuer.evidence_incomplete");
    assert!(rig.counts.contains(&"issuer.clearing_file_missing"));
    let missing = |rig: &Rig<Issuer>| rig.all().iter().filter(|row| matches!(row, IssuerRow::MissingFile(_))).count();
    assert_eq!(missing(&rig), 1);
    look(&mut rig, &absent);
    assert_eq!(missing(&rig), 1, "asked once");
    let (half, rest) = (parts(23, &[item(&credit, 700); 1]), parts(23, &[]));
    assert_eq!(tell(&mut rig, &half), ["clearing.file_taken"]);
    assert_eq!(tell(&mut rig, &rest), [Refusal::Differs.counted()]);
    assert_eq!(missing(&rig), 0);
    let before = notices(&rig).len();
    for _ in 0..2 {
        look(&mut rig, &absent);
    }
    assert_eq!(stands(&rig, &absent), (Stage::Undone, Suspense::Returned));
    assert_eq!((notices(&rig).len(), rig.counts.last()), (before + 1, Some(&"issuer.not_in_suspense")));
    assert_eq!(hear(&mut rig, &reversal(&absent)), "00", "the slot is full: answered, nothing posted");
    assert_eq!(balance(&rig, ACCOUNT), -99_500);
    // Near the cut the next day's file is needed too.
    assert_eq!(look(&mut rig, &near), "issuer.evidence_incomplete");
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[]), []);
    assert_eq!(look(&mut rig, &near), "issuer.released");
    assert_eq!(balance(&rig, ACCOUNT), -100_000);
    assert_eq!(look(&mut rig, &credit), "issuer.not_in_suspense");
}

#[test]
fn a_day_that_was_spoilt_on_its_way_is_no_evidence() {
    let mut rig = rig();
    // DE 15 is in no code: half a year away, it lands on the day that is open here; the switch has it on its own.
    let one = Message { settlement: MonthDay::from_mmdd(630).ok(), ..sale(1, DEBIT, 8_800) };
    assert_eq!(hear(&mut rig, &one), "00");
    close(&mut rig, 23);
    assert_eq!(take(&mut rig, 23, &[]), []);
    assert_eq!(look(&mut rig, &one), "issuer.evidence_incomplete");
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[item(&one, 8_800)]), [], "it was of the next day");
    assert_eq!((balance(&rig, ACCOUNT), stands(&rig, &one).1), (-91_200, Suspense::Cleared));
}

#[test]
fn an_entry_after_a_release_posts_again_and_names_it() {
    let (mut rig, one) = (rig(), sale(1, DEBIT, 8_800));
    assert_eq!(hear(&mut rig, &one), "00");
    close(&mut rig, 23);
    assert_eq!(take(&mut rig, 23, &[]), []);
    assert_eq!(look(&mut rig, &one), "issuer.released");
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[item(&one, 8_800)]), []);
    let release = rig.all().into_iter().find_map(|row| match row {
        IssuerRow::Release(release) => Some(release),
        _ => None,
    });
    let release = release.unwrap();
    assert_eq!((release.file, release.retaken.map(|again| again.file)), (on(23), Some(on(24))));
    assert_eq!((balance(&rig, ACCOUNT), suspense(&rig), network(&rig)), (-91_200, 0, -8_800));
    assert_eq!(notices(&rig), [NoticeKind::Debit, NoticeKind::Refund, NoticeKind::Debit]);
    close(&mut rig, 25);
    assert_eq!(take(&mut rig, 25, &[item(&one, 8_800)]), [0], "once");
    assert_eq!(hear(&mut rig, &reversal(&one)), "22", "its slot was filled by the release");
    assert_eq!(balance(&rig, ACCOUNT), -91_200);
}

#[test]
fn what_a_void_has_taken_and_what_gives_back_is_never_released() {
    let mut rig = rig();
    let of_kind = |kind: Kind, stan, fen, first: &Message| {
        let (shape, key) = (kind.shape(), first.switch_key().unwrap());
        let original = Some(OriginalData { mti: first.mti, key });
        let (mti, processing, condition) = (shape.mti, Some(shape.processing), Some(shape.condition));
        Message { mti, processing, condition, original, pin: None, ..sale(stan, DEBIT, fen) }
    };
    let (sold, other) = (sale(1, DEBIT, 8_800), sale(3, DEBIT, 900));
    let (void, refund) = (of_kind(Kind::SaleVoid, 2, 8_800, &sold), of_kind(Kind::Refund, 4, 400, &other));
    for message in [&sold, &void, &other, &refund] {
        assert_eq!(hear(&mut rig, message), "00");
    }
    close(&mut rig, 23);
    assert_eq!(take(&mut rig, 23, &[]), []);
    for message in [&sold, &void, &other, &refund] {
        assert_eq!(look(&mut rig, message), "issuer.never_released");
    }
    let items = [item(&sold, 8_800), item(&void, -8_800), item(&other, 900), item(&refund, -400)];
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &items), []);
    assert_eq!((suspense(&rig), network(&rig)), (0, -500));
}

#[test]
fn an_offline_sale_that_the_issuer_bears_is_cleared_and_released_alike() {
    let mut rig = rig();
    let shape = Kind::OfflineSale.shape();
    let (mti, processing, condition) = (shape.mti, Some(shape.processing), Some(shape.condition));
    let offline = |stan| Message { mti, processing, condition, pin: None, ..sale(stan, LOST, 300) };
    assert_eq!((hear(&mut rig, &offline(1)), hear(&mut rig, &offline(2))), ("00".into(), "00".into()));
    close(&mut rig, 23);
    assert_eq!(take(&mut rig, 23, &[item(&offline(1), 300)]), []);
    assert_eq!(look(&mut rig, &offline(2)), "issuer.released");
    assert_eq!(audit(&rig.all()).of(&Account::Loss), 300);
    assert_eq!(notices(&rig), [], "nobody was told of it");
    close(&mut rig, 24);
    assert_eq!(take(&mut rig, 24, &[item(&offline(2), 300)]), []);
    assert_eq!((audit(&rig.all()).of(&Account::Loss), network(&rig)), (600, -600));
}

#[test]
fn a_network_that_stood_still_for_weeks_has_no_file_missing() {
    let mut rig = rig();
    let date = |n: i64| BusinessDate::from_days(DAY.days() + n);
    let empty = |n: i64| {
        let file = FileMark { member: id(), day: date(n), count: 0, sum_minor: 0, checksum: n.unsigned_abs() };
        ClearingPart::all(file, &[])
    };
    let close = |rig: &mut Rig<Issuer>, n: i64| {
        rig.at = Moment(NOON.0 + n * 86_400_000 + 11 * 3_600_000);
        for (code, about) in [(CUT_BEGINS, n + 1), (CUT_ENDS, n)] {
            let told = Message {
                sent: Some(rig.at.sent_at()),
                stan: Stan::new(u32::from(code)).ok(),
                settlement: Some(date(about).month_day()),
                network_code: Some(code),
                ..Message::new(Mti(820))
            };
            assert_eq!(hear(rig, &told), "00");
        }
    };
    let sell = |rig: &mut Rig<Issuer>, n: i64| {
        let one = Message { settlement: Some(date(n).month_day()), ..sale(u32::try_from(n).unwrap() + 1, DEBIT, 100) };
        assert_eq!(hear(rig, &one), "00");
    };
    // Something moved on one day, then on none for six weeks: the network has a file of each calendar day, the issuer closed days
    // with something on them only.
    sell(&mut rig, 0);
    close(&mut rig, 0);
    close(&mut rig, 44);
    for n in 0..=44 {
        assert_eq!(tell(&mut rig, &empty(n)), ["clearing.file_taken"], "{n}");
    }
    sell(&mut rig, 45);
    close(&mut rig, 45);
    assert_eq!(tell(&mut rig, &empty(45)), ["clearing.file_taken"]);
    // And a day whose file did not come is still missed.
    sell(&mut rig, 46);
    close(&mut rig, 46);
    close(&mut rig, 47);
    assert_eq!(tell(&mut rig, &empty(47)), [Refusal::Earlier.counted()]);
}

#[test]
fn the_file_of_a_day_on_which_nothing_moved_here_comes_in_its_turn_too() {
    let mut rig = rig();
    assert_eq!(hear(&mut rig, &sale(1, DEBIT, 8_800)), "00");
    for day in 23..=25 {
        close(&mut rig, day);
    }
    tell(&mut rig, &parts(23, &[]));
    // The network may have of the 24th what was never here, and takes it back on the 25th.
    assert_eq!(tell(&mut rig, &parts(25, &[])), [Refusal::Earlier.counted()]);
    take(&mut rig, 24, &[]);
    take(&mut rig, 25, &[]);
}
