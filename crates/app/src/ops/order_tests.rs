use super::*;

const NOW: Moment = Moment(1_000);

fn release(no: u32) -> What {
    What::Release { merchant: "999290054110001".into(), no }
}

fn moves() -> Moves {
    Moves { amount_fen: 8_800, at_most: false, zh: "暂缓 → 应付商户".into(), en: "held → payable".into() }
}

/// A book, and its lines as the log has them.
#[derive(Default)]
struct Desk {
    book: Book,
    lines: Vec<Value>,
}

impl Desk {
    fn take(&mut self, act: &str, line: Result<Value, No>) -> Result<(), No> {
        let mut line = line?;
        line["act"] = act.into();
        self.book.take(&line);
        self.lines.push(line);
        Ok(())
    }

    fn propose(&mut self, no: u32, by: &str, now: Moment) -> Result<(), No> {
        let line = self.book.propose(&release(no), &moves(), "the doubt is over", by, u64::MAX, now);
        self.take(PROPOSED, line)
    }

    fn approve(&mut self, no: u64, by: &str, now: Moment) -> Result<(), No> {
        let line = self.book.approve(no, by, now);
        self.take(APPROVED, line)
    }

    fn refuse(&mut self, no: u64, by: &str, now: Moment) -> Result<(), No> {
        let (act, line) = self.book.refuse(no, by, "not so", now)?;
        self.take(act, Ok(line))
    }

    fn give(&mut self, no: u64, last_hold: u32, now: Moment) -> Option<()> {
        let line = self.book.give(no, last_hold, now)?;
        self.take(GIVEN, Ok(line)).ok()
    }

    fn done(&mut self, no: u64, done: bool, now: Moment) -> Option<()> {
        let outcome = Outcome { done, words: Text::new("已办理", "done"), hold: None };
        let line = self.book.done(no, &outcome, now)?;
        self.take(DONE, Ok(line)).ok()
    }

    fn standing(&self, no: u64, now: Moment) -> Standing {
        self.book.get(no).unwrap().standing(now)
    }
}

#[test]
fn two_persons_and_one_answer() {
    let mut desk = Desk::default();
    desk.propose(1, "li", NOW).unwrap();
    assert_eq!(desk.standing(1, NOW), Standing::Waiting);
    for same in ["li", "LI", " l i "] {
        assert_eq!(desk.approve(1, same, NOW), Err(No::SamePerson), "{same:?}");
    }
    assert_eq!(desk.approve(2, "han", NOW), Err(No::Unknown));
    desk.approve(1, "han", NOW).unwrap();
    assert_eq!((desk.standing(1, NOW), desk.book.under_way()), (Standing::UnderWay, vec![1]));
    // The second of two at once, and whoever comes later.
    assert_eq!(desk.approve(1, "wang", NOW), Err(No::Decided));
    desk.done(1, true, NOW).unwrap();
    assert!(desk.done(1, false, NOW).is_none(), "what is known stays");
    assert_eq!((desk.standing(1, NOW), desk.book.under_way()), (Standing::Done, vec![]));
    assert_eq!(desk.approve(1, "wang", NOW), Err(No::Decided));
}

#[test]
fn an_order_has_a_day() {
    let mut desk = Desk::default();
    desk.propose(1, "li", NOW).unwrap();
    let (last, over) = (NOW.plus_ms(WAITS_MS - 1), NOW.plus_ms(WAITS_MS));
    assert_eq!((desk.standing(1, last), desk.standing(1, over)), (Standing::Waiting, Standing::Expired));
    assert_eq!(desk.approve(1, "han", over), Err(No::Expired));
    assert_eq!(desk.refuse(1, "han", over), Err(No::Expired));
    // What nobody came for may be said again; what waits may not.
    assert_eq!(desk.propose(1, "wang", last), Err(No::Twice(1)));
    desk.propose(1, "wang", over).unwrap();
    desk.approve(2, "han", over).unwrap();
    // A yes is under way until it is known that its house did not do it; the same does not go beside it.
    assert_eq!(desk.standing(2, over.plus_ms(WAITS_MS * 9)), Standing::UnderWay);
    // Its own day is over too: at once if its house never had it, else when the house has said so.
    let late = over.plus_ms(WAITS_MS);
    let ends = |desk: &Desk, now| [false, true].map(|lacks| desk.book.get(2).unwrap().is_over(now, lacks));
    assert_eq!((ends(&desk, late.plus_ms(-1)), ends(&desk, late)), ([false, false], [true, true]));
    desk.give(2, 0, over).unwrap();
    assert_eq!((ends(&desk, late.plus_ms(-1)), ends(&desk, late)), ([false, false], [false, true]));
    assert_eq!(desk.propose(1, "li", over.plus_ms(WAITS_MS * 9)), Err(No::Twice(2)));
    desk.done(2, false, over).unwrap();
    assert_eq!(desk.standing(2, over), Standing::NotTaken);
}

#[test]
fn no_is_anybodys_and_ends_it() {
    let mut desk = Desk::default();
    for (no, by) in [(1, "han"), (2, "li")] {
        desk.propose(1, "li", NOW).unwrap();
        desk.refuse(no, by, NOW).unwrap();
        assert_eq!((desk.standing(no, NOW), desk.approve(no, "wang", NOW)), (Standing::Refused, Err(No::Decided)));
    }
    assert!(desk.book.under_way().is_empty());
}

#[test]
fn a_yes_is_withdrawn_until_its_house_has_it() {
    let mut desk = Desk::default();
    let stands =
        |desk: &Desk, no| (desk.standing(no, NOW), desk.book.get(no).unwrap().may_stop(NOW), desk.book.goes(no));
    desk.propose(1, "li", NOW).unwrap();
    assert_eq!(stands(&desk, 1), (Standing::Waiting, true, false));
    desk.approve(1, "han", NOW).unwrap();
    assert_eq!(stands(&desk, 1), (Standing::UnderWay, true, true));
    desk.refuse(1, "han", NOW).unwrap();
    assert_eq!((stands(&desk, 1), desk.book.under_way()), ((Standing::NotTaken, false, false), vec![]));
    let (_, outcome) = desk.book.get(1).unwrap().outcome.clone().unwrap();
    assert!(outcome.words.en.contains("han withdrew it") && outcome.words.zh.contains("han"), "{outcome:?}");
    assert_eq!(desk.refuse(1, "li", NOW), Err(No::Decided));
    // Once the house has it, nobody stops it, and it is given under one mark however often.
    desk.propose(1, "li", NOW).unwrap();
    desk.approve(2, "han", NOW).unwrap();
    desk.give(2, 7, NOW).unwrap();
    assert_eq!(stands(&desk, 2), (Standing::UnderWay, false, true));
    assert_eq!(desk.refuse(2, "wang", NOW), Err(No::Given));
    assert!(desk.give(2, 9, NOW).is_none());
    assert_eq!(desk.book.get(2).unwrap().given, Some(Given { at: NOW, last_hold: 7 }));
    desk.done(2, true, NOW).unwrap();
    assert_eq!(desk.refuse(2, "wang", NOW), Err(No::Decided));
    assert_eq!(Book::of(&desk.lines).all().cloned().collect::<Vec<_>>(), desk.book.all().cloned().collect::<Vec<_>>());
}

#[test]
fn an_order_says_what_an_earlier_one_did() {
    let mut desk = Desk::default();
    for no in 1..=3 {
        desk.propose(5, "li", NOW).unwrap();
        desk.approve(no, "han", NOW).unwrap();
        // The second was not done.
        desk.done(no, no != 2, NOW).unwrap();
    }
    desk.propose(6, "li", NOW).unwrap();
    let did = |no| desk.book.did(desk.book.get(no).unwrap());
    assert_eq!((did(1), did(2), did(3), did(4)), (Some(3), Some(3), Some(1), None));
    // Of a case the end is one, whatever was found.
    let case = |number: &str, finding: &str| What::Case { number: number.into(), finding: finding.into() };
    assert!(
        case("1", "no-slip").is_same(&case("1", "slip-shown")) && !case("1", "no-slip").is_same(&case("2", "no-slip"))
    );
    // A hold is known by its number.
    let hold = What::Hold {
        merchant: "999290054110001".into(),
        ground: "risk-hit".into(),
        about: None,
        amount_fen: 1,
        doubt_fen: Some(1),
        until: "2027-01-20".into(),
    };
    let mut book = Book::default();
    let mut line = book.propose(&hold, &moves(), "x", "li", 1, NOW).unwrap();
    line["act"] = PROPOSED.into();
    book.take(&line);
    let outcome = Outcome { done: true, words: Text::new("已设立", "placed"), hold: Some(3) };
    let mut line = book.done(1, &outcome, NOW).unwrap();
    line["act"] = DONE.into();
    book.take(&line);
    assert_eq!(
        (book.placed("999290054110001", 3), book.placed("999290054110001", 4), book.placed("x", 3)),
        (Some(1), None, None)
    );
}

#[test]
fn what_waits_is_bounded() {
    let mut desk = Desk::default();
    for no in 0..OPEN_MAX {
        desk.propose(u32::try_from(no).unwrap(), "li", NOW).unwrap();
    }
    assert_eq!(desk.propose(9_999, "li", NOW), Err(No::TooMany));
    desk.refuse(1, "li", NOW).unwrap();
    desk.propose(9_999, "li", NOW).unwrap();
}

#[test]
fn who_reads_the_lines_again_knows_the_same_and_nonsense_says_nothing() {
    let mut desk = Desk::default();
    desk.propose(1, "li", NOW).unwrap();
    desk.approve(1, "han", NOW).unwrap();
    desk.done(1, true, NOW).unwrap();
    desk.propose(2, "li", NOW).unwrap();
    desk.approve(2, "wang", NOW).unwrap();
    desk.give(2, 1, NOW).unwrap();
    let all = |book: &Book| book.all().cloned().collect::<Vec<_>>();
    assert_eq!(all(&Book::of(&desk.lines)), all(&desk.book));
    assert_eq!(desk.book.get(1).unwrap().ticket, u64::MAX, "a number of any size comes back whole");
    let mut odd = desk.lines.clone();
    odd.extend([
        json!({"act": PROPOSED, "order": 9, "at_ms": 0, "what": {"kind": "print money"}}),
        json!({"act": APPROVED, "order": 7, "at_ms": 0, "by": "x"}),
        json!({"act": REFUSED, "order": 2, "at_ms": 0, "by": "x"}),
        json!({"act": "view", "order": 2, "at_ms": 0}),
        json!({"act": DONE, "order": 2}),
        json!(null),
    ]);
    assert_eq!(all(&Book::of(&odd)), all(&desk.book));
}

#[test]
fn orders_in_their_words() {
    let check = |body: Value, good: bool| {
        let read = serde_json::from_value::<What>(body.clone());
        assert_eq!(read.is_ok(), good, "{body}: {read:?}");
        assert!(read.is_err() || serde_json::to_value(read.unwrap()).unwrap() == body, "{body}");
    };
    check(json!({"kind": "case", "number": "10000001-000007-000012-4", "finding": "no-slip"}), true);
    check(json!({"kind": "repair", "number": "99910010-633000000012"}), true);
    check(json!({"kind": "release", "merchant": "999290054110001", "no": 1}), true);
    check(json!({"kind": "repay", "payout": "20261127-999290054110001-01"}), true);
    let hold = json!({"kind": "hold", "merchant": "999290054110001", "ground": "risk-hit", "amount_fen": 1, "until": "2026-12-20"});
    check(hold.clone(), true);
    for (name, value) in
        [("amount_fen", json!(-1)), ("amount_fen", json!(1.5)), ("amount_fen", json!("1")), ("checked", json!("me"))]
    {
        let mut bad = hold.clone();
        bad[name] = value;
        check(bad, false);
    }
    check(json!({"kind": "dispute", "number": "632700000002", "act": "open", "reason": "4512"}), true);
    check(json!({"kind": "account", "number": "1"}), false);
    check(json!({"number": "1"}), false);
    check(json!([]), false);
}
