//! The other kinds at the issuer: each moves its signed amount once, its undo moves it back, and holds end once.

use super::*;

const ACCOUNT: &str = "62000000";

fn of_kind(kind: Kind, stan: u32, fen: u64, first: Option<&Message>) -> Message {
    let shape = kind.shape();
    let named = shape.names_original;
    Message {
        mti: shape.mti,
        processing: Some(shape.processing),
        condition: Some(shape.condition),
        original: first.map(|m| OriginalData { mti: m.mti, key: m.switch_key().unwrap() }),
        pin: if named || shape.is_advice() { None } else { Some(RIGHT) },
        ..sale(stan, DEBIT, fen)
    }
}

fn available(rig: &Rig<Issuer>) -> i64 {
    let held: i64 = rig
        .all()
        .iter()
        .map(|row| match row {
            IssuerRow::AccountRow(account) if account.no.as_str() == ACCOUNT => account.held_minor,
            _ => 0,
        })
        .sum();
    -balance(rig, ACCOUNT) - held
}

/// One message, twice: the second copy is answered alike and changes nothing.
fn twice(rig: &mut Rig<Issuer>, message: &Message) -> String {
    let first = hear(rig, message);
    let rows = rig.rows.clone();
    assert_eq!(hear(rig, message), first, "a copy is answered alike");
    assert_eq!(rows, rig.rows, "and changes nothing");
    sound(rig);
    first
}

#[test]
fn a_void_gives_back_and_its_reversal_takes_again() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    assert_eq!(twice(&mut rig, &first), "00");
    let void = of_kind(Kind::SaleVoid, 2, 8_800, Some(&first));
    assert_eq!(twice(&mut rig, &void), "00");
    assert_eq!(available(&rig), 100_000);
    assert_eq!(twice(&mut rig, &of_kind(Kind::SaleVoid, 3, 8_800, Some(&first))), "22");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Refund, 4, 100, Some(&first))), "22");
    assert_eq!(twice(&mut rig, &reversal(&void)), "00");
    assert_eq!(available(&rig), 91_200);
    assert_eq!(twice(&mut rig, &of_kind(Kind::SaleVoid, 5, 8_800, Some(&first))), "00");
    assert_eq!(twice(&mut rig, &reversal(&first)), "00", "the void has the slot");
    assert_eq!(available(&rig), 100_000);
    let told = [NoticeKind::Debit, NoticeKind::Refund, NoticeKind::Refund, NoticeKind::Debit];
    assert_eq!(notices(&rig), told, "what approvals did (sale, void, void), then what undos did");
}

#[test]
fn the_phone_is_told_what_kind_it_was_and_of_which_purchase() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    let void = of_kind(Kind::SaleVoid, 2, 8_800, Some(&first));
    for message in [&first, &void, &reversal(&void), &of_kind(Kind::Refund, 3, 800, Some(&first))] {
        assert_eq!(hear(&mut rig, message), "00");
    }
    let told = |stan: u32, kind: NoticeKind| {
        let of = |out: &Outgoing| match &out.body {
            Body::Notice(_, notice) if (notice.about.stan.number(), notice.kind) == (stan, kind) => {
                Some((notice.transaction, notice.earlier, notice.text().en))
            }
            _ => None,
        };
        rig.outbox.values().find_map(of).unwrap()
    };
    assert_eq!(told(1, NoticeKind::Debit).1, None);
    for (stan, kind, transaction, word) in [
        (2, NoticeKind::Refund, Kind::SaleVoid, "voided"),
        (2, NoticeKind::Debit, Kind::SaleVoid, "no new purchase"),
        (3, NoticeKind::Refund, Kind::Refund, "refund at"),
    ] {
        let (said, earlier, text) = told(stan, kind);
        assert_eq!((said, earlier), (Some(transaction), Some(NOON)), "{text}");
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_reversal_of_the_sale_behind_its_void_is_paid_when_the_void_is_undone() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    let void = of_kind(Kind::SaleVoid, 2, 8_800, Some(&first));
    for message in [&first, &void, &reversal(&first)] {
        assert_eq!(hear(&mut rig, message), "00");
    }
    assert_eq!(available(&rig), 100_000, "the void has the slot");
    assert_eq!(twice(&mut rig, &reversal(&void)), "00");
    assert_eq!(available(&rig), 100_000, "or the sale would be debited although it was reversed");
    let undone = |row: &&IssuerRow| matches!(row, IssuerRow::Exchange(x) if x.stage == Stage::Undone);
    assert_eq!(rig.all().iter().filter(undone).count(), 2);
    for message in [&first, &void] {
        assert_eq!(twice(&mut rig, message), "12");
        assert_eq!(twice(&mut rig, &reversal(message)), "00");
    }
    assert_eq!(available(&rig), 100_000);

    // A hold behind its void: nothing is held in the end.
    let hold = of_kind(Kind::PreAuth, 3, 500, None);
    let void = of_kind(Kind::PreAuthVoid, 4, 500, Some(&hold));
    for message in [&hold, &void, &reversal(&hold), &reversal(&void)] {
        assert_eq!(twice(&mut rig, message), "00");
    }
    assert_eq!(available(&rig), 100_000);
}

#[test]
fn an_overtaking_reversal_buries_a_void() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    let void = of_kind(Kind::SaleVoid, 2, 8_800, Some(&first));
    assert_eq!(hear(&mut rig, &first), "00");
    assert_eq!(twice(&mut rig, &reversal(&void)), "00");
    assert_eq!(twice(&mut rig, &void), "12");
    assert_eq!(available(&rig), 91_200);
}

#[test]
fn refunds_add_up_to_the_original_and_no_further() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 1_000);
    assert_eq!(hear(&mut rig, &first), "00");
    for (stan, fen, want) in [(2, 400, "00"), (3, 601, "61"), (4, 600, "00"), (5, 1, "61")] {
        assert_eq!(twice(&mut rig, &of_kind(Kind::Refund, stan, fen, Some(&first))), want);
    }
    assert_eq!(twice(&mut rig, &of_kind(Kind::SaleVoid, 6, 1_000, Some(&first))), "22");
    assert_eq!(twice(&mut rig, &reversal(&of_kind(Kind::Refund, 2, 400, Some(&first)))), "22", "never reversed");
    let stranger = Message { pan: Pan::new(CREDIT).ok(), ..of_kind(Kind::Refund, 7, 1, Some(&first)) };
    assert_eq!(twice(&mut rig, &stranger), "14");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Refund, 8, 1, Some(&sale(99, DEBIT, 1)))), "25");
    assert_eq!(available(&rig), 100_000);
}

#[test]
fn a_hold_is_not_spent_and_ends_once() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 60_000, None);
    assert_eq!(twice(&mut rig, &hold), "00");
    assert_eq!((available(&rig), balance(&rig, ACCOUNT)), (40_000, -100_000));
    assert_eq!(twice(&mut rig, &sale(2, DEBIT, 40_001)), "51");
    let done = of_kind(Kind::Completion, 3, 69_000, Some(&hold));
    assert_eq!(twice(&mut rig, &of_kind(Kind::Completion, 4, 69_001, Some(&hold))), "61");
    assert_eq!(twice(&mut rig, &done), "00");
    assert_eq!((available(&rig), balance(&rig, ACCOUNT)), (31_000, -31_000));
    assert_eq!(twice(&mut rig, &of_kind(Kind::CompletionAdvice, 5, 1, Some(&hold))), "22");
    assert_eq!(twice(&mut rig, &of_kind(Kind::PreAuthVoid, 6, 60_000, Some(&hold))), "22");
    // A lost completion puts the hold back, a lost completion void the completion.
    assert_eq!(twice(&mut rig, &reversal(&done)), "00");
    assert_eq!(available(&rig), 40_000);
    let done = of_kind(Kind::Completion, 7, 60_000, Some(&hold));
    let void = of_kind(Kind::CompletionVoid, 8, 60_000, Some(&done));
    assert_eq!((twice(&mut rig, &done), twice(&mut rig, &void)), ("00".into(), "00".into()));
    assert_eq!((available(&rig), balance(&rig, ACCOUNT)), (40_000, -100_000));
    assert_eq!(twice(&mut rig, &reversal(&void)), "00");
    assert_eq!((available(&rig), balance(&rig, ACCOUNT)), (40_000, -40_000));
}

#[test]
fn a_completion_void_behind_which_the_hold_was_completed_anew_stays() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 10_000, None);
    let done = of_kind(Kind::Completion, 2, 10_000, Some(&hold));
    let void = of_kind(Kind::CompletionVoid, 3, 10_000, Some(&done));
    let anew = of_kind(Kind::CompletionAdvice, 4, 5_000, Some(&hold));
    for message in [&hold, &done, &void, &anew] {
        assert_eq!(twice(&mut rig, message), "00");
    }
    assert_eq!(twice(&mut rig, &reversal(&void)), "22");
    assert_eq!(available(&rig), 95_000);
}

#[test]
fn a_hold_expires_and_a_late_completion_is_refused_a_late_advice_posted() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 10_000, None);
    assert_eq!(twice(&mut rig, &hold), "00");
    rig.pass(HOLD_MS - 1);
    assert_eq!(available(&rig), 90_000);
    rig.restart();
    rig.pass(1);
    assert_eq!(available(&rig), 100_000);
    sound(&rig);
    assert_eq!(twice(&mut rig, &of_kind(Kind::Completion, 2, 10_000, Some(&hold))), "25");
    assert_eq!(twice(&mut rig, &of_kind(Kind::CompletionAdvice, 4, 11_501, Some(&hold))), "61");
    assert_eq!(twice(&mut rig, &of_kind(Kind::CompletionAdvice, 3, 10_000, Some(&hold))), "00");
    assert_eq!(available(&rig), 90_000);
    assert!(rig.counts.contains(&"issuer.completion_late"));
}

#[test]
fn a_voided_hold_comes_back_with_its_old_end() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 10_000, None);
    let void = of_kind(Kind::PreAuthVoid, 2, 10_000, Some(&hold));
    assert_eq!((twice(&mut rig, &hold), twice(&mut rig, &void)), ("00".into(), "00".into()));
    assert_eq!(available(&rig), 100_000);
    rig.pass(HOLD_MS - 1_000);
    assert_eq!(twice(&mut rig, &reversal(&void)), "00");
    assert_eq!(available(&rig), 90_000);
    rig.pass(1_000);
    assert_eq!(available(&rig), 100_000);
    // A reversed hold ends at once.
    let other = of_kind(Kind::PreAuth, 3, 10_000, None);
    assert_eq!((twice(&mut rig, &other), twice(&mut rig, &reversal(&other))), ("00".into(), "00".into()));
    assert_eq!(available(&rig), 100_000);
}

#[test]
fn what_happened_at_the_till_is_posted_to_the_card_or_borne() {
    let mut rig = rig();
    let sale = of_kind(Kind::OfflineSale, 1, 120_000, None);
    assert_eq!(twice(&mut rig, &sale), "00");
    assert_eq!(available(&rig), -20_000, "posted although the money was not there");
    let lost = Message { pan: Pan::new(LOST).ok(), ..of_kind(Kind::OfflineSale, 2, 500, None) };
    assert_eq!(twice(&mut rig, &lost), "00");
    assert_eq!(audit(&rig.all()).of(&Account::Loss), 500);
    // Nobody says that the cardholder was debited for what the house bears.
    let desk = |rig: &mut Rig<Issuer>, m: &Message| {
        let question = slipway_node::Question::Switch(m.switch_key().unwrap());
        let sent = rig.batch(&[Input::Hand(Hand::Desk { ticket: 9, question })]);
        let Body::Testimonies(seen) = sent[0].body.clone() else { panic!("a desk gets testimonies") };
        (seen[0].debited, seen[0].borne)
    };
    assert_eq!((desk(&mut rig, &sale), desk(&mut rig, &lost)), ((true, false), (false, true)));
    assert_eq!(twice(&mut rig, &reversal(&lost)), "22", "an advice is never reversed");
    let back = Message { pan: Pan::new(LOST).ok(), ..of_kind(Kind::Refund, 3, 500, Some(&lost)) };
    assert_eq!(twice(&mut rig, &back), "22", "what was never taken from the card does not go back to it");
}

#[test]
fn an_advice_that_lost_its_card_is_no_answer() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 1_000);
    assert_eq!(hear(&mut rig, &first), "00");
    let refund = of_kind(Kind::Refund, 2, 400, Some(&first));
    assert_eq!(hear(&mut rig, &Message { pan: None, ..refund.clone() }), "96");
    assert_eq!(twice(&mut rig, &refund), "00");
}

#[test]
fn a_tip_takes_the_difference_and_fills_the_slot() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 1_000);
    assert_eq!(hear(&mut rig, &first), "00");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Adjust, 2, 1_201, Some(&first))), "61");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Adjust, 3, 900, Some(&first))), "00");
    assert_eq!(available(&rig), 99_100);
    assert_eq!(twice(&mut rig, &of_kind(Kind::SaleVoid, 4, 1_000, Some(&first))), "22");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Refund, 5, 901, Some(&first))), "61");
    assert_eq!(twice(&mut rig, &of_kind(Kind::Refund, 6, 900, Some(&first))), "00");
    assert_eq!(available(&rig), 100_000);
}

#[test]
fn a_void_gives_its_day_back_to_the_limits() {
    let mut rig = rig();
    let mut last = None;
    for stan in 1..=4 {
        let next = sale(stan, DEBIT, 100);
        assert_eq!(hear(&mut rig, &next), "00");
        last = Some(next);
    }
    assert_eq!(hear(&mut rig, &sale(5, DEBIT, 100)), "65");
    let void = of_kind(Kind::SaleVoid, 6, 100, last.as_ref());
    assert_eq!((hear(&mut rig, &void), hear(&mut rig, &sale(7, DEBIT, 100))), ("00".into(), "00".into()));
    assert_eq!(hear(&mut rig, &sale(8, DEBIT, 100)), "65");
}

#[test]
fn a_script_result_is_counted_by_its_exchange() {
    let mut rig = rig();
    let first = sale(1, DEBIT, 8_800);
    assert_eq!(hear(&mut rig, &first), "00");
    let original = Some(OriginalData { mti: Mti(200), key: first.switch_key().unwrap() });
    let result = Message { mti: Mti(620), stan: Stan::new(2).ok(), original, pin: None, ..first.clone() };
    let rows = rig.rows.clone();
    assert_eq!(hear(&mut rig, &result), "00");
    assert_eq!(hear(&mut rig, &Message { mac: Some(BAD_MAC), ..result.clone() }), "A0");
    let other = Some(OriginalData { mti: Mti(200), key: sale(9, DEBIT, 1).switch_key().unwrap() });
    assert_eq!(hear(&mut rig, &Message { original: other, ..result }), "25");
    assert_eq!(rows, rig.rows, "nothing of a chip is stored");
}
