use super::*;
use slipway_hosts::acquirer::{Redo, Refunds, Under};
use slipway_node::Line;
use slipway_terms::{
    Amount, BatchNo, CardTail, CardToken, InstitutionId, MerchantId, Mti, ProcessingCode, Rrn, SealedPan, SentAt, Stan,
    SwitchKey, TerminalId, Till60,
};

fn original(kind: Kind, signed_minor: i64) -> Original {
    let id = InstitutionId::new("99900001").unwrap();
    let till = TillKey {
        merchant: MerchantId::new("999290054110001").unwrap(),
        terminal: TerminalId::new("10000001").unwrap(),
        batch: BatchNo(1),
        stan: Stan::new(7).unwrap(),
    };
    let till60 = Till60::financial(22, till.batch);
    Original {
        till,
        mti: Mti(200),
        kind,
        processing: ProcessingCode(0),
        amount: Some(Amount::fen(signed_minor.unsigned_abs())),
        entry: None,
        atc: None,
        condition: None,
        till60,
        token: CardToken([1; 16]),
        card: SealedPan(Box::new([1, 2, 3])),
        tail: CardTail::shown("999001******0014").unwrap(),
        switch: SwitchKey {
            acquirer: id,
            forwarder: id,
            sent: SentAt::from_number(1_126_090_807).unwrap(),
            stan: till.stan,
        },
        rrn: Rrn::new("633200000002").unwrap(),
        line: Line { no: 1, tpdu: [0; 5], header: [0; 6] },
        under: Under::Generation(1),
        at: Moment(1),
        stage: Stage::Approved,
        code: Some(ResponseCode::APPROVED),
        auth: None,
        settlement: None,
        institutions: None,
        balance: None,
        answered_at: Some(Moment(10)),
        late: None,
        credit: Credit::Unconfirmed,
        undo: None,
        card_shown: true,
        signed_minor,
        about: None,
        claim: None,
        refunds: Refunds::default(),
        borne: false,
        payee: None,
        redo: None,
        reversed_behind: false,
        second: None,
        again: Vec::new(),
    }
}

fn code(text: &str) -> ResponseCode {
    ResponseCode::new(text).unwrap()
}

fn undone(o: Original, by: By, answer: Option<&str>) -> Original {
    let undo = Some(Undo { by, reason: code("98"), at: Moment(20), answer: answer.map(code), day: None });
    Original { stage: Stage::Undone, credit: Credit::Nothing, undo, code: Some(code("98")), ..o }
}

fn told(o: &Original) -> Vec<&'static str> {
    facts(o).iter().map(|fact| fact.kind).collect()
}

fn last(o: &Original) -> Fact {
    facts(o).pop().unwrap()
}

#[test]
fn an_undone_void_is_the_opposite_of_an_undone_sale() {
    for (kind, signed, reversed, declined) in [
        (Kind::Sale, 4_400, "the money goes back", "nothing was taken"),
        (Kind::PreAuth, 0, "the hold is released", "nothing is held"),
        (Kind::SaleVoid, -4_400, "the original stands", "the original stands"),
        (Kind::CompletionVoid, -4_400, "the original stands", "the original stands"),
        (Kind::PreAuthVoid, 0, "the hold stands", "the hold stands"),
        (Kind::Refund, -4_400, "nothing was given back", "nothing was given back"),
        (Kind::Adjust, 400, "the original keeps its amount", "the original keeps its amount"),
    ] {
        let o = original(kind, signed);
        let undo = undone(o.clone(), By::Case, Some("00"));
        assert!(last(&undo).en.contains(reversed), "{kind:?}: {}", last(&undo).en);
        let no = Original { stage: Stage::Declined, credit: Credit::Nothing, code: Some(code("51")), ..o.clone() };
        assert!(last(&no).en.contains(declined), "{kind:?}: {}", last(&no).en);
        let unsure = Original { stage: Stage::Unsure, credit: Credit::Nothing, code: Some(code("98")), ..o };
        assert!(last(&unsure).kind.ends_with(".reversed") && last(&unsure).ending.is_final, "{kind:?}");
        for fact in [last(&undo), last(&no), last(&unsure)] {
            let taken = fact.en.contains("nothing was taken") || fact.en.contains("money goes back to");
            assert!(!taken || signed > 0, "{kind:?}: {}", fact.en);
        }
    }
}

#[test]
fn only_an_undo_that_was_taken_is_one() {
    let sale = original(Kind::Sale, 4_400);
    for (answer, want) in [
        (None, &["doubt.opened"][..]),
        (Some("00"), &["doubt.opened", "payment.reversed", "doubt.closed"]),
        (Some("12"), &["doubt.opened", "payment.reversed", "doubt.closed"]),
        (Some("25"), &["doubt.opened", "payment.reversed", "doubt.closed"]),
        // These two open a case, and its finding is told.
        (Some("22"), &["doubt.opened"]),
        (Some("64"), &["doubt.opened"]),
    ] {
        assert_eq!(told(&undone(sale.clone(), By::Timer, answer)), want, "{answer:?}");
    }
    assert_eq!(told(&undone(sale, By::Repair, Some("00"))), ["payment.reversed"], "nobody was in doubt");
}

#[test]
fn what_is_only_asked_for_is_nothing_yet_and_what_comes_of_it_is_the_last_word() {
    let redo = |o: &Original, minor, open| Original { redo: Some(Redo { at: Moment(30), minor, open }), ..o.clone() };
    let sale = undone(original(Kind::Sale, 4_400), By::Timer, Some("00"));
    assert_eq!(told(&redo(&sale, 0, true)), told(&sale), "asked for");
    let stands = redo(&sale, 4_400, false);
    let all = facts(&stands);
    assert_eq!(told(&stands)[told(&sale).len()..], ["slip.printed", "payment.corrected"]);
    let end = all.last().unwrap();
    assert_eq!((end.at, end.open, end.ending.is_final), (Moment(30), None, true));
    assert!(end.en.contains("the merchant is credited") && end.more["stands_fen"] == 4_400, "{}", end.en);
    // A void whose slip was shown: until the other house says yes it is not approved, and a no leaves nothing behind.
    let void = undone(original(Kind::SaleVoid, -4_400), By::Timer, Some("00"));
    assert!(!told(&redo(&void, 0, true)).iter().any(|kind| ["void.approved", "slip.printed"].contains(kind)));
    let end = last(&redo(&void, 0, false));
    assert_eq!((end.kind, &end.more["stands_fen"]), ("void.corrected", &json!(-4_400)));
    assert!(end.en.contains("the void stands"), "{}", end.en);
    // Another amount on its slip: it was approved all the time.
    let other = Original { credit: Credit::Confirmed, ..redo(&original(Kind::Sale, 4_400), -400, false) };
    assert_eq!(told(&other), ["payment.approved", "slip.printed", "payment.corrected"]);
    assert_eq!(last(&other).more["stands_fen"], 4_000);
}

#[test]
fn an_approval_is_not_final_before_its_slip() {
    let sale = original(Kind::Sale, 4_400);
    let all = facts(&sale);
    assert_eq!((all.len(), all[0].kind, all[0].ending.is_final), (1, "payment.approved", false));
    assert!(all[0].ending.en.contains("slip.printed") && all[0].ending.zh.contains("slip.printed"));
    let shown = facts(&Original { credit: Credit::Confirmed, ..sale.clone() });
    assert_eq!(shown[0], all[0], "the same under its name");
    assert_eq!(
        (shown[1].kind, shown[1].ending.is_final, shown[1].open),
        ("slip.printed", true, Some(open_key(&sale.till)))
    );
    // Nobody has a slip of it yet: the case says so, once.
    assert_eq!(told(&Original { credit: Credit::Held, ..sale.clone() }), ["payment.approved"]);
    let hold = last(&Original { credit: Credit::Nothing, ..original(Kind::PreAuth, 0) });
    assert!(!hold.ending.is_final && hold.en.contains("nothing was taken"), "{}", hold.en);
    // When an undo was answered stands in no row: it stood in the outbox until then.
    let undo = undone(sale.clone(), By::Timer, Some("00"));
    let waited = Some(outbox_id(TAG_REVERSAL, &sale.switch));
    assert_eq!(facts(&undo).iter().map(|fact| fact.open).collect::<Vec<_>>(), [None, waited, waited]);
}
