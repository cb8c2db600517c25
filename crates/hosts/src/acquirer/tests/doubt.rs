//! Stories of doubt: no answer, late answer, reversal at every stage, overtaking, the advice and its answers.

use super::*;

#[test]
fn no_answer_undoes_once_and_a_late_approval_is_only_recorded() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(8800);
        assert!(w.pass(44_999).is_empty());
        let left = w.pass(1);
        assert_eq!(left[0].code(), "98");
        let advice = &left[0].advices[0];
        assert_eq!((advice.mti, advice.code, advice.amount), (Mti(420), Some(code("98")), sale.amount));
        assert_eq!(advice.original.unwrap().key, forwarded.switch_key().unwrap());
        assert_ne!((advice.sent, advice.stan), (forwarded.sent, forwarded.stan), "its own identity");
        assert_eq!((advice.rrn, advice.card.is_some()), (forwarded.rrn, true));

        w.switch_says(World::answer_to(&forwarded, "00")).quiet();
        assert_eq!(w.original(&sale).late, Some(code("00")));
        assert_eq!((w.payable(), w.original(&sale).stage), (0, Stage::Undone));
        assert_eq!(w.hear(sale.clone()).code(), "98", "a copy never gets the approval");
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
        assert_eq!(w.outbox.len(), 1);
        w.switch_says(World::answer_to_advice(advice, "00")).quiet();
        assert!(w.outbox.is_empty());
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
        assert!(w.pass(1_000_000).is_empty() && w.open_cases().is_empty());
    });
}

#[test]
fn a_reversal_finds_its_original_at_every_stage() {
    play(World::signed_on, |w| {
        // Forwarded: undone at once, the approval that comes later is not captured.
        let (sale, forwarded) = w.forwarded_sale(100);
        let left = w.hear(World::reversal_of(&sale));
        assert_eq!((left.code(), left.advices.len(), left.said().rrn), ("00".into(), 1, forwarded.rrn));
        w.switch_says(World::answer_to(&forwarded, "00")).quiet();
        assert_eq!((w.payable(), w.original(&sale).late), (0, Some(code("00"))));
        assert!(w.pass(60_000).is_empty(), "the timer finds nothing to do");
        w.switch_says(World::answer_to_advice(&left.advices[0], "25")).quiet();

        // Approved and unconfirmed: the credit goes back.
        let (sale, _) = w.approved_sale(200);
        assert_eq!(w.payable(), 200);
        let left = w.hear(World::reversal_of(&sale));
        assert_eq!((left.code(), w.payable(), left.advices.len()), ("00".into(), 0, 1));
        assert_eq!((left.advices[0].auth, left.advices[0].code), (AuthCode::new("123456").ok(), Some(code("98"))));
        assert_eq!(left.said().settlement, MonthDay::from_mmdd(1124).ok());
        let copy = w.hear(sale.clone());
        assert_eq!((copy.code(), copy.said().auth), ("98".into(), None), "never again the approval");
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        assert_eq!(w.open_cases(), [Ground::SlipWithoutSale]);
        w.switch_says(World::answer_to_advice(&left.advices[0], "12")).quiet();

        // Confirmed: refused, a case, the credit stays.
        let (sale, _) = w.approved_sale(300);
        w.hear(World::confirmation_of(&sale));
        let left = w.hear(World::reversal_of(&sale));
        assert_eq!((left.code(), w.payable(), left.advices.len()), ("22".into(), 300, 0));
        assert_eq!(w.open_cases(), [Ground::SlipWithoutSale, Ground::ReversalOfConfirmed]);
        assert!(w.outbox.is_empty());
    });
}

#[test]
fn a_reversal_that_differs_undoes_nothing() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let changes: [fn(&mut Message); 3] = [
            |m| m.amount = Some(Amount::fen(99)),
            |m| m.processing = Some(ProcessingCode(200_000)),
            |m| m.pan = Pan::new("9990010000000022").ok(),
        ];
        for change in changes {
            let mut reversal = World::reversal_of(&sale);
            change(&mut reversal);
            assert_eq!(w.hear(reversal).code(), "64");
        }
        assert_eq!((w.payable(), w.open_cases()), (100, vec![Ground::ReversalDiffers]));
        let mut same = World::reversal_of(&sale);
        same.pan = Pan::new(CARD).ok();
        assert_eq!((w.hear(same).code(), w.payable()), ("00".into(), 0));
    });
}

#[test]
fn an_overtaking_reversal_buries_its_original() {
    play(World::signed_on, |w| {
        let sale = w.sale(100);
        let reversal = World::reversal_of(&sale);
        let left = w.hear(reversal.clone());
        assert_eq!((left.code(), left.advices.len()), ("00".into(), 0));
        assert_eq!(left.said().rrn, None);
        assert_eq!(w.hear(sale.clone()).code(), "12");
        assert_eq!(w.hear(reversal).code(), "00");
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
    });
    // Both in one batch, in both orders.
    let mut w = World::signed_on(Mode::Plain);
    let mac = |w: &World, mut m: Message| {
        let key = MacKey { key: KeyRef::Wrapped(w.mak.clone().unwrap()), method: MacMethod::EcbXor };
        m.mac = Some(mac_of(&key));
        Input::Heard(Peer::Line(w.line()), m)
    };
    let sale = w.sale(100);
    let inputs = vec![mac(&w, World::reversal_of(&sale)), mac(&w, sale)];
    let left = w.batch(inputs);
    assert_eq!((left[0].code(), left[1].code(), left[1].switch.len()), ("00".into(), "12".into(), 0));
    let sale = w.sale(100);
    let inputs = vec![mac(&w, sale.clone()), mac(&w, World::reversal_of(&sale))];
    let left = w.batch(inputs);
    assert_eq!((left[0].switch.len(), left[1].code(), left[1].advices.len()), (1, "00".into(), 1));
}

#[test]
fn a_reversal_is_judged_against_the_batch_it_names() {
    play(World::signed_on, |w| {
        let mut reversal = World::reversal_of(&w.sale(100));
        reversal.till60 = Some(Till60::financial(22, BatchNo(3)));
        assert_eq!(w.hear(reversal).code(), "00", "never 77");
    });
}

#[test]
fn the_hosts_doubt_is_doubt() {
    play(World::signed_on, |w| {
        for (text, advices, reason) in [
            ("98", 0, "98"),
            ("68", 0, "98"),
            ("96", 1, "06"),
            ("94", 1, "06"),
            ("ZZ", 1, "06"),
            ("10", 1, "06"),
            ("A0", 1, "A0"),
        ] {
            let (sale, forwarded) = w.forwarded_sale(100);
            let left = w.switch_says(World::answer_to(&forwarded, text));
            assert_eq!((left.code(), left.advices.len()), ("98".into(), advices), "{text}");
            assert!(left.advices.iter().all(|advice| advice.code == Some(code(reason))));
            let reversed = w.hear(World::reversal_of(&sale));
            assert_eq!((reversed.code(), reversed.advices.len()), ("00".into(), 0));
            assert_eq!(w.hear(sale).code(), "98");
        }
        assert_eq!(w.payable(), 0);
    });
}

#[test]
fn a_contradicting_answer_is_doubt_and_a_strange_one_is_set_aside() {
    play(World::signed_on, |w| {
        let contradictions: [fn(&mut Message); 4] = [
            |m| m.amount = Some(Amount::fen(99)),
            |m| m.processing = Some(ProcessingCode(310_000)),
            |m| m.terminal = TerminalId::new("10000002").ok(),
            |m| m.merchant = MerchantId::new("999310054110002").ok(),
        ];
        for change in contradictions {
            let (_, forwarded) = w.forwarded_sale(100);
            let mut answer = World::answer_to(&forwarded, "00");
            change(&mut answer);
            let left = w.switch_says(answer);
            assert_eq!((left.code(), left.advices[0].code), ("98".into(), Some(code("06"))));
        }
        let strangers: [fn(&mut Message); 5] = [
            |m| m.stan = Some(m.stan.unwrap().next()),
            |m| m.sent = SentAt::from_number(101_000_000).ok(),
            |m| m.rrn = Rrn::new("000000000000").ok(),
            |m| m.rrn = None,
            |m| m.mti = Mti(230),
        ];
        for change in strangers {
            let (sale, forwarded) = w.forwarded_sale(100);
            let mut answer = World::answer_to(&forwarded, "00");
            change(&mut answer);
            w.switch_says(answer).quiet();
            assert_eq!(w.original(&sale).stage, Stage::Forwarded);
            w.switch_says(World::answer_to(&forwarded, "51"));
        }
        let (sale, forwarded) = w.forwarded_sale(100);
        let mut forged = World::answer_to(&forwarded, "00");
        forged.mac = Some(Mac([1; 8]));
        w.give(Input::Heard(Peer::Switch, forged)).quiet();
        assert_eq!((w.original(&sale).stage, w.payable()), (Stage::Forwarded, 0));
        assert_eq!(w.pass(45_000)[0].code(), "98", "the timer owns it");
    });
}

#[test]
fn the_switchs_answer_to_the_advice_ends_it() {
    play(World::signed_on, |w| {
        for (text, ends, cases) in
            [("00", true, 0), ("12", true, 0), ("25", true, 0), ("96", false, 0), ("98", false, 0)]
        {
            let (sale, _) = w.approved_sale(100);
            let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
            w.switch_says(World::answer_to_advice(&advice, text)).quiet();
            assert_eq!((w.outbox.is_empty(), w.open_cases().len()), (ends, cases), "{text}");
            w.switch_says(World::answer_to_advice(&advice, "00")).quiet();
            assert!(w.outbox.is_empty());
        }
        for text in ["22", "64"] {
            let (sale, _) = w.approved_sale(100);
            let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
            w.switch_says(World::answer_to_advice(&advice, text)).quiet();
            assert!(w.outbox.is_empty());
            assert_eq!(w.original(&sale).undo.unwrap().answer, Some(code(text)));
            w.switch_says(World::answer_to_advice(&advice, "00")).quiet();
            assert_eq!(w.original(&sale).undo.unwrap().answer, Some(code(text)), "the first answer stands");
        }
        assert_eq!(w.open_cases(), [Ground::AdviceRefused, Ground::AdviceRefused]);
        let (sale, forwarded) = w.approved_sale(100);
        let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
        let mut forged = World::answer_to_advice(&advice, "00");
        forged.mac = Some(Mac([1; 8]));
        w.give(Input::Heard(Peer::Switch, forged)).quiet();
        let mut other = World::answer_to_advice(&advice, "00");
        other.original.as_mut().unwrap().key.stan = forwarded.stan.unwrap().next();
        w.switch_says(other).quiet();
        assert_eq!(w.outbox.len(), 1, "only its own answer with a good MAC ends it");
    });
}

#[test]
fn an_inquiry_without_answer_is_not_reversed() {
    play(World::signed_on, |w| {
        let inquiry = w.inquiry();
        w.hear(inquiry.clone());
        let left = w.pass(45_000);
        assert_eq!((left[0].code(), left[0].advices.len()), ("98".into(), 0));
        assert_eq!(w.original(&inquiry).stage, Stage::Unsure);
    });
}

#[test]
fn an_unconfirmed_sale_is_held_and_late_evidence_closes_the_case() {
    let forty_eight = 48 * 3_600_000;
    play(World::signed_on, |w| {
        let (kept, _) = w.approved_sale(100);
        let (denied, _) = w.approved_sale(200);
        assert!(w.pass(forty_eight - 1).is_empty());
        assert!(w.open_cases().is_empty());
        w.pass(1);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed, Ground::Unconfirmed]);
        assert_eq!((w.original(&kept).credit, w.payable()), (Credit::Held, 300));
        assert_eq!(w.hear(World::confirmation_of(&kept)).code(), "00");
        assert_eq!(w.hear(World::reversal_of(&denied)).code(), "00");
        assert!(w.open_cases().is_empty());
        assert_eq!((w.original(&kept).credit, w.payable()), (Credit::Confirmed, 100));
    });
}

#[test]
fn an_approval_after_a_decline_is_undone() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(100);
        assert_eq!(w.switch_says(World::answer_to(&forwarded, "51")).code(), "51");
        let left = w.switch_says(World::answer_to(&forwarded, "00"));
        assert_eq!((left.till.len(), left.advices[0].code), (0, Some(code("06"))));
        assert_eq!((w.original(&sale).late, w.payable()), (Some(code("00")), 0));
        w.switch_says(World::answer_to(&forwarded, "51")).quiet();
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
        assert_eq!(w.outbox.len(), 1);
    });
}

#[test]
fn a_garbled_copy_of_a_known_request_is_not_told_that_nothing_was_done() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(100);
        let mut garbled = sale.clone();
        garbled.mac = Some(Mac([9; 8]));
        let before = w.store.clone();
        assert_eq!(w.hear(garbled).code(), "96");
        assert!(before == w.store);
        assert_eq!(w.switch_says(World::answer_to(&forwarded, "00")).code(), "00");
    });
}
