//! Stories that end well: sale, inquiry, decline, copies, confirmation.

use super::*;

#[test]
fn a_sale_is_forwarded_captured_answered_confirmed() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(8800);
        assert_eq!(forwarded.pan, Some(Pan::new(CARD).unwrap()));
        assert_eq!(forwarded.pin, Some(PinBlock([0x10; 8])), "under the zone key");
        assert_eq!((forwarded.acquirer, forwarded.forwarder), (Some(w.node.id()), Some(w.node.id())));
        assert_eq!((forwarded.mcc, forwarded.name_place), (Some(Mcc(5411)), Some(Short::cut("滨江超市 上海"))));
        assert_eq!(forwarded.sent, Some(w.at.sent_at()));
        assert!(forwarded.till60.is_none() && forwarded.security.is_some() && forwarded.track2 == sale.track2);
        assert_eq!(forwarded.rrn.unwrap().as_str(), "632700000002", "year digit, day of year, counter");
        assert_eq!(w.original(&sale).stage, Stage::Forwarded);
        assert_eq!(w.payable(), 0);

        let left = w.switch_says(World::answer_to(&forwarded, "00"));
        let said = left.said();
        assert_eq!((said.mti, said.stan, said.rrn), (Mti(210), sale.stan, forwarded.rrn));
        assert_eq!((said.till60, said.amount), (sale.till60, sale.amount));
        assert_eq!((said.auth, said.acquirer), (AuthCode::new("123456").ok(), Some(w.node.id())));
        assert!(said.settlement.is_some() && said.institutions.is_some() && said.pan.is_some());
        assert!(left.till[0].2.is_some(), "answers are MACed");
        assert_eq!((w.payable(), w.original(&sale).credit), (8800, Credit::Unconfirmed));

        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        assert_eq!(w.original(&sale).credit, Credit::Confirmed);
        assert!(w.pass(50 * 3_600_000).is_empty(), "nothing is due any more");
        assert!(w.open_cases().is_empty());
    });
}

#[test]
fn an_inquiry_is_answered_and_moves_nothing() {
    play(World::signed_on, |w| {
        let inquiry = w.inquiry();
        let forwarded = w.hear(inquiry.clone()).switch.remove(0);
        let mut answer = World::answer_to(&forwarded, "00");
        let balance =
            slipway_terms::Balance { account_type: 10, amount_type: 2, amount: Amount::fen(123_456), owed: false };
        answer.balance = Some(balance);
        assert_eq!(w.switch_says(answer).said().balance, Some(balance));
        assert_eq!(w.payable(), 0);
        assert_eq!(w.hear(World::confirmation_of(&inquiry)).code(), "12", "an inquiry has no slip");
        assert_eq!(w.hear(World::reversal_of(&inquiry)).code(), "00");
        assert!(w.outbox.is_empty(), "an inquiry is never reversed");
    });
}

#[test]
fn a_decline_is_passed_on_and_leaves_nothing() {
    play(World::signed_on, |w| {
        for (from_switch, to_till) in [("51", "51"), ("55", "55"), ("91", "91"), ("77", "A7")] {
            let (sale, forwarded) = w.forwarded_sale(100);
            let left = w.switch_says(World::answer_to(&forwarded, from_switch));
            assert_eq!(left.code(), to_till);
            assert!(left.till[0].2.is_some(), "declines are MACed too");
            assert_eq!(w.hear(sale.clone()).code(), to_till, "the copy is answered like the first");
            let reversed = w.hear(World::reversal_of(&sale));
            assert_eq!((reversed.code(), reversed.said().rrn), ("00".into(), forwarded.rrn));
        }
        assert!(w.outbox.is_empty() && w.payable() == 0);
    });
}

#[test]
fn a_copy_gets_the_stored_fields_on_its_own_line() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(100);
        w.line = 2;
        w.hear(sale.clone()).quiet();
        let left = w.switch_says(World::answer_to(&forwarded, "00"));
        assert_eq!(left.till[0].0.no, 2, "the answer goes to the newest line");
        w.line = 3;
        let again = w.hear(sale.clone());
        assert_eq!((again.till[0].0.no, again.code()), (3, "00".into()));
        assert_eq!((again.said().auth, again.said().rrn), (left.said().auth, left.said().rrn));
        assert_eq!((again.said().time, again.said().date), (left.said().time, left.said().date));
        assert_eq!(again.said().pan, sale.card(), "DE 2 is of the copy");
        assert_eq!(w.payable(), 100);
    });
}

#[test]
fn a_used_key_takes_no_other_request() {
    let other = |change: &dyn Fn(&mut Message)| {
        let mut w = World::signed_on(Mode::Plain);
        let (sale, _) = w.approved_sale(100);
        let mut second = sale;
        change(&mut second);
        let before = w.store.clone();
        assert_eq!(w.hear(second).code(), "94");
        assert!(before == w.store);
    };
    other(&|m| m.amount = Some(Amount::fen(101)));
    other(&|m| m.processing = Some(ProcessingCode(310_000)));
    other(&|m| m.entry = Some(EntryMode(22)));
    other(&|m| m.condition = Some(ConditionCode(6)));
    other(&|m| m.mti = Mti(100));
    other(&|m| m.till60 = Some(Till60::financial(1, BatchNo(7))));
    other(&|m| m.track2 = None);
    other(&|m| m.track2 = Track2::new("9990010000000022=30121010000").ok());
}

#[test]
fn a_row_is_small_and_reads_back() {
    let mut w = World::signed_on(Mode::Plain);
    let (sale, _) = w.approved_sale(Amount::MINOR_MAX);
    for (key, bytes) in &w.store {
        assert!(bytes.len() <= 320, "table {} has a row of {} bytes", key[0], bytes.len());
        let mut again = Vec::new();
        AcquirerRow::decode(key[0], bytes).unwrap().encode(&mut again);
        assert_eq!(&again, bytes);
    }
    assert_eq!(w.original(&sale).till, sale.till_key().unwrap());
}
