//! Stories of the other kinds: what they are about is claimed once, captured with its sign, and put back by an undo.

use super::*;

fn refused(w: &mut World, m: Message, want: &str) {
    let left = w.hear(m.clone());
    assert_eq!(left.code(), want);
    assert!(left.switch.is_empty() && left.advices.is_empty(), "a refusal forwards nothing");
    assert_eq!(w.hear(m).code(), want, "and every copy of it is refused alike");
}

#[test]
fn a_void_takes_the_sale_back_once_and_its_reversal_puts_it_back() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(8800);
        let void = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        let left = w.hear(void.clone());
        let onward = &left.switch[0];
        assert_eq!(
            (onward.card().unwrap().reveal(), onward.mti, onward.auth),
            (CARD, Mti(200), AuthCode::new("123456").ok())
        );
        assert_eq!(onward.original.unwrap(), OriginalData { mti: Mti(200), key: sold.switch_key().unwrap() });
        assert_ne!(onward.rrn, sold.rrn, "a void is an exchange of its own");
        assert_eq!(w.original(&sale).credit, Credit::Confirmed, "its own till named it");
        // While it is out nobody else has the sale.
        let second = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        refused(w, second, "22");
        let refund = w.about(Kind::Refund, 100, Some((&sale, &sold)));
        refused(w, refund, "22");
        assert_eq!(w.switch_says(World::answer_to(onward, "00")).code(), "00");
        assert_eq!(w.payable(), 0);
        assert_eq!(w.original(&void).credit, Credit::Unconfirmed);
        // The till never heard: the sale is back, and can be voided again.
        let undone = w.hear(World::reversal_of(&void));
        assert_eq!((undone.code(), undone.advices.len(), w.payable()), ("00".into(), 1, 8800));
        w.switch_says(World::answer_to_advice(&undone.advices[0], "00")).quiet();
        let again = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        let (again, _) = w.done(again, "00");
        assert_eq!(w.hear(World::confirmation_of(&again)).code(), "00");
        assert_eq!((w.payable(), w.original(&sale).claim.unwrap().state), (0, ClaimState::Sure));
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00", "the slot is filled: nothing is posted");
        assert_eq!((w.payable(), w.open_cases()), (0, vec![]));
    });
}

#[test]
fn a_sale_reversed_behind_its_void_is_a_case_once_the_void_is_undone() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(8800);
        let void = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        let void = w.done(void, "00");
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00", "its money went back already");
        assert_eq!((w.payable(), w.open_cases()), (0, vec![]));
        let undone = w.hear(World::reversal_of(&void.0));
        assert_eq!((undone.code(), w.payable()), ("00".into(), 8800), "the sale stands again");
        assert_eq!(w.open_cases(), vec![Ground::ReversalOfConfirmed], "and is not forgotten");
        // Another copy of either meets what stands now.
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "22");
        assert_eq!(w.hear(World::reversal_of(&void.0)).code(), "00");
        assert_eq!(w.open_cases(), vec![Ground::ReversalOfConfirmed]);
        let left = w.find(&sale, Ground::ReversalOfConfirmed, Finding::NoSlip);
        assert_eq!((left.advices.len(), w.payable(), w.open_cases()), (1, 0, vec![]));
    });
}

#[test]
fn a_void_without_answer_is_undone_by_us() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(8800);
        let void = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        let onward = w.hear(void.clone()).switch.remove(0);
        let left = w.pass(45_000);
        assert_eq!((left[0].code(), left[0].advices.len()), ("98".into(), 1));
        assert_eq!((w.payable(), w.original(&sale).claim), (8800, None));
        w.switch_says(World::answer_to(&onward, "00")).quiet();
        assert_eq!((w.payable(), w.original(&void).late), (8800, Some(code("00"))));
        w.switch_says(World::answer_to_advice(&left[0].advices[0], "00")).quiet();
    });
}

#[test]
fn a_declined_void_lets_go() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(8800);
        let void = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        w.done(void, "22");
        assert_eq!((w.payable(), w.original(&sale).claim), (8800, None));
        let part = w.about(Kind::SaleVoid, 8000, Some((&sale, &sold)));
        refused(w, part, "64");
        let unknown = Message {
            original_till: Some(OriginalTill { batch: BatchNo(7), stan: 999, date: None }),
            rrn: None,
            ..w.about(Kind::SaleVoid, 1, None)
        };
        refused(w, unknown, "25");
        let other =
            Message { rrn: Rrn::new("632799999999").ok(), ..w.about(Kind::SaleVoid, 8800, Some((&sale, &sold))) };
        refused(w, other, "25");
    });
}

#[test]
fn refunds_never_exceed_what_was_paid_and_wait_for_each_other() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let too_much = w.about(Kind::Refund, 1001, Some((&sale, &sold)));
        refused(w, too_much, "61");
        let first = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        let left = w.hear(first.clone());
        assert!(left.till.is_empty() && left.advices.len() == 1, "kept until the switch has answered");
        assert!(left.advices[0].card.is_some());
        let beside = w.about(Kind::Refund, 100, Some((&sale, &sold)));
        refused(w, beside, "22");
        // No answer is never an end: the till repeats and hears nothing until there is one.
        assert!(w.pass(600_000).iter().all(|left| left.advices.is_empty()));
        w.hear(first.clone()).quiet();
        let onward = left.advices[0].message(Pan::new(CARD).ok());
        w.switch_says(World::answer_to(&onward, "96")).quiet();
        assert_eq!(w.outbox.len(), 1);
        assert_eq!(w.switch_says(World::answer_to(&onward, "00")).code(), "00");
        assert_eq!((w.payable(), w.outbox.len()), (600, 0));
        assert_eq!(w.hear(first).code(), "00", "a copy hears the same");
        let over = w.about(Kind::Refund, 601, Some((&sale, &sold)));
        refused(w, over, "61");
        let void = w.about(Kind::SaleVoid, 1000, Some((&sale, &sold)));
        refused(w, void, "22");
        let second = w.about(Kind::Refund, 600, Some((&sale, &sold)));
        w.done(second, "14");
        let second = w.about(Kind::Refund, 600, Some((&sale, &sold)));
        w.done(second, "00");
        assert_eq!(w.payable(), 0);
    });
}

#[test]
fn a_refund_from_another_till_needs_the_reference_and_a_proven_sale() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let by_slip =
            |w: &mut World| Message { original_till: None, ..w.about(Kind::Refund, 400, Some((&sale, &sold))) };
        let early = by_slip(w);
        refused(w, early, "22");
        w.hear(World::confirmation_of(&sale));
        let wrong_day = Message {
            original_till: Some(OriginalTill { batch: BatchNo(0), stan: 0, date: MonthDay::from_mmdd(101).ok() }),
            ..by_slip(w)
        };
        refused(w, wrong_day, "25");
        let other_card = Message { pan: Pan::new("9990010000000113").ok(), ..by_slip(w) };
        refused(w, other_card, "14");
        let good = by_slip(w);
        w.done(good, "00");
        assert_eq!(w.payable(), 600);
    });
}

#[test]
fn a_hold_is_completed_once_voided_and_completed_anew() {
    play(World::signed_on, |w| {
        let hold = w.about(Kind::PreAuth, 1000, None);
        let hold = w.done(hold, "00");
        assert_eq!(w.payable(), 0);
        let much = w.about(Kind::Completion, 1151, Some((&hold.0, &hold.1)));
        refused(w, much, "61");
        let done = w.about(Kind::Completion, 1150, Some((&hold.0, &hold.1)));
        let done = w.done(done, "00");
        assert_eq!(w.payable(), 1150);
        let second = w.about(Kind::CompletionAdvice, 10, Some((&hold.0, &hold.1)));
        refused(w, second, "22");
        let gone = w.about(Kind::PreAuthVoid, 1000, Some((&hold.0, &hold.1)));
        refused(w, gone, "22");
        let void = w.about(Kind::CompletionVoid, 1150, Some((&done.0, &done.1)));
        let void = w.done(void, "00");
        assert_eq!((w.payable(), w.original(&hold.0).claim), (0, None));
        let anew = w.about(Kind::CompletionAdvice, 900, Some((&hold.0, &hold.1)));
        w.done(anew, "00");
        assert_eq!(w.payable(), 900);
        // The void cannot be undone any more: its hold is completed anew.
        assert_eq!(w.hear(World::reversal_of(&void.0)).code(), "22");
        assert_eq!((w.payable(), w.open_cases()), (900, vec![Ground::ReversalOfConfirmed]));
    });
}

#[test]
fn the_reversal_of_a_completion_void_takes_the_hold_again() {
    play(World::signed_on, |w| {
        let hold = w.about(Kind::PreAuth, 1000, None);
        let hold = w.done(hold, "00");
        let done = w.about(Kind::Completion, 1000, Some((&hold.0, &hold.1)));
        let done = w.done(done, "00");
        let void = w.about(Kind::CompletionVoid, 1000, Some((&done.0, &done.1)));
        let void = w.done(void, "00");
        assert_eq!(w.hear(World::reversal_of(&void.0)).code(), "00");
        assert_eq!((w.payable(), w.original(&hold.0).claim.unwrap().by), (1000, done.0.till_key().unwrap()));
        let second = w.about(Kind::Completion, 10, Some((&hold.0, &hold.1)));
        refused(w, second, "22");
    });
}

#[test]
fn a_hold_is_voided_and_the_reversal_of_that_holds_again() {
    play(World::signed_on, |w| {
        let hold = w.about(Kind::PreAuth, 1000, None);
        let hold = w.done(hold, "00");
        let void = w.about(Kind::PreAuthVoid, 1000, Some((&hold.0, &hold.1)));
        let void = w.done(void, "00");
        let late = w.about(Kind::Completion, 1000, Some((&hold.0, &hold.1)));
        refused(w, late, "22");
        assert_eq!(w.hear(World::reversal_of(&void.0)).code(), "00");
        let done = w.about(Kind::Completion, 1000, Some((&hold.0, &hold.1)));
        w.done(done, "00");
        assert_eq!((w.payable(), w.open_cases()), (1000, vec![]));
    });
}

#[test]
fn a_tip_moves_the_difference_and_fills_the_slot() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let much = w.about(Kind::Adjust, 1201, Some((&sale, &sold)));
        refused(w, much, "61");
        let same = w.about(Kind::Adjust, 1000, Some((&sale, &sold)));
        assert_eq!(w.hear(same).code(), "13");
        let tip = w.about(Kind::Adjust, 1200, Some((&sale, &sold)));
        w.done(tip, "00");
        assert_eq!(w.payable(), 1200);
        for kind in [Kind::SaleVoid, Kind::Adjust] {
            let next = w.about(kind, 1000 + u64::from(kind == Kind::Adjust), Some((&sale, &sold)));
            refused(w, next, "22");
        }
        let all = w.about(Kind::Refund, 1200, Some((&sale, &sold)));
        w.done(all, "00");
        assert_eq!(w.payable(), 0);
    });
}

#[test]
fn an_offline_sale_is_credited_once_whoever_bears_it() {
    play(World::signed_on, |w| {
        let sale = w.about(Kind::OfflineSale, 1000, None);
        w.done(sale.clone(), "00");
        assert_eq!(w.hear(sale).code(), "00");
        assert_eq!(w.payable(), 1000);
        // Nobody can be debited: we bear it, the till is told yes.
        let sale = w.about(Kind::OfflineSale, 500, None);
        let left = w.hear(sale.clone());
        let onward = left.advices[0].message(Pan::new(CARD).ok());
        assert_eq!(w.switch_says(World::answer_to(&onward, "15")).code(), "00");
        assert_eq!((w.payable(), w.original(&sale).borne, w.outbox.len()), (1500, true, 0));
        // Beyond the published limit nothing goes out.
        let sale = w.about(Kind::OfflineSale, 30_001, None);
        let left = w.hear(sale.clone());
        assert_eq!((left.code(), left.advices.len(), w.payable()), ("00".into(), 0, 31_501));
        assert_eq!(w.hear(sale).code(), "00");
        assert_eq!(w.payable(), 31_501);
    });
}

/// Changes a registered row.
pub(super) fn register(w: &mut World, change: impl Fn(&mut Terminal), and: impl Fn(&mut Merchant)) {
    for row in w.rows() {
        match row {
            AcquirerRow::Terminal(mut t) => {
                change(&mut t);
                let key = <Terminal as slipway_node::Record<AcquirerRow>>::key(&t.id);
                w.write(&key, &AcquirerRow::Terminal(t));
            }
            AcquirerRow::Merchant(mut m) => {
                and(&mut m);
                let key = <Merchant as slipway_node::Record<AcquirerRow>>::key(&m.id);
                w.write(&key, &AcquirerRow::Merchant(m));
            }
            _ => {}
        }
    }
}

#[test]
fn an_offline_sale_is_not_refused_on_upload_but_borne() {
    type Fault = fn(&mut World, &mut Message);
    let faults: &[(&str, Fault)] = &[
        ("closed terminal", |w, _| register(w, |t| t.active = false, |_| {})),
        ("closed merchant", |w, _| register(w, |_| {}, |m| m.active = false)),
        ("bound anew", |w, _| register(w, |t| t.merchant = MerchantId::new("999310054110002").unwrap(), |_| {})),
        ("keyed without the right", |_, m| m.entry = Some(EntryMode(12))),
        ("unreadable entry", |_, m| m.entry = Some(EntryMode(72))),
        ("no card", |_, m| m.pan = None),
        ("track of another card", |_, m| m.track2 = Some(Track2::new("9990010000000022=30121010000").unwrap())),
        ("a PIN that is missing", |_, m| m.entry = Some(EntryMode(21))),
    ];
    for (name, fault) in faults {
        play(World::signed_on, |w| {
            let mut sale = w.about(Kind::OfflineSale, 1000, None);
            fault(w, &mut sale);
            let left = w.hear(sale.clone());
            assert_eq!((left.code().as_str(), left.advices.len()), ("00", 0), "{name}");
            assert_eq!((w.payable(), w.open_cases()), (1000, vec![Ground::Borne]), "{name}");
            assert!(w.original(&sale).borne);
            // The registration is mended, the answer was lost: the same answer, credited once.
            register(w, |t| (t.active, t.merchant) = (true, MerchantId::new(SHOP).unwrap()), |m| m.active = true);
            let again = w.hear(sale);
            assert_eq!((again.code().as_str(), again.advices.len(), w.payable()), ("00", 0, 1000), "{name}");
        });
    }
    play(World::signed_on, |w| {
        let mut sale = w.about(Kind::OfflineSale, 1000, None);
        sale.entry = Some(EntryMode(12));
        w.vault_up = false;
        assert_eq!(w.hear(sale.clone()).code(), "96", "doubt: the till asks again");
        w.vault_up = true;
        assert_eq!((w.hear(sale).code().as_str(), w.payable()), ("00", 1000));
    });
}

#[test]
fn what_registration_refuses_is_never_sold_after_a_change() {
    type Change = fn(&mut World, bool);
    let changes: &[(&str, Change)] = &[
        ("97", |w, good| register(w, |t| t.active = good, |_| {})),
        ("03", |w, good| register(w, |_| {}, |m| m.active = good)),
        ("57", |w, good| register(w, |_| {}, |m| m.keyed_cards = good)),
    ];
    for (want, change) in changes {
        play(World::signed_on, |w| {
            let mut sale = w.sale(100);
            if *want == "57" {
                (sale.pan, sale.track2, sale.entry) = (Pan::new(CARD).ok(), None, Some(EntryMode(12)));
                (sale.pin, sale.security) = (None, None);
            }
            change(w, false);
            refused(w, sale.clone(), want);
            change(w, true);
            refused(w, sale.clone(), want);
            assert_eq!(w.hear(World::reversal_of(&sale)).code(), "00");
            refused(w, sale, want);
            assert_eq!(w.payable(), 0);
        });
    }
}

#[test]
fn an_unconfirmed_void_is_a_case_and_a_finding_ends_it() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(8800);
        let void = w.about(Kind::SaleVoid, 8800, Some((&sale, &sold)));
        let (void, _) = w.done(void, "00");
        w.pass(48 * 3_600_000);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
        let left = w.find(&void, Ground::Unconfirmed, Finding::NoSlip);
        assert_eq!((left.advices.len(), w.payable(), w.open_cases()), (1, 8800, vec![]));
        assert_eq!(w.original(&sale).claim, None);
    });
}

#[test]
fn keyed_orders_need_the_right() {
    play(World::signed_on, |w| {
        let moto = Message {
            entry: Some(EntryMode(12)),
            pan: Pan::new(CARD).ok(),
            track2: None,
            ..w.about(Kind::Moto, 100, None)
        };
        let left = w.hear(moto);
        assert_eq!(left.code(), "57");
    });
}

#[test]
fn an_advice_is_never_reversed() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let refund = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        let left = w.hear(refund.clone());
        assert_eq!(w.hear(World::reversal_of(&refund)).code(), "22", "it is on its way and will move money");
        let onward = left.advices[0].message(Pan::new(CARD).ok());
        assert_eq!(w.switch_says(World::answer_to(&onward, "00")).code(), "00");
        assert_eq!((w.payable(), w.open_cases()), (600, vec![Ground::ReversalOfConfirmed]));
    });
}

#[test]
fn a_finding_never_brings_back_a_completion_beside_its_successor() {
    play(World::signed_on, |w| {
        let hold = w.about(Kind::PreAuth, 1000, None);
        let hold = w.done(hold, "00");
        let done = w.about(Kind::Completion, 1000, Some((&hold.0, &hold.1)));
        let done = w.done(done, "00");
        let void = w.about(Kind::CompletionVoid, 1000, Some((&done.0, &done.1)));
        let void = w.done(void, "00");
        let anew = w.about(Kind::CompletionAdvice, 900, Some((&hold.0, &hold.1)));
        w.done(anew, "00");
        w.pass(48 * 3_600_000);
        assert_eq!(w.open_cases(), [Ground::Unconfirmed]);
        w.find(&void.0, Ground::Unconfirmed, Finding::NoSlip).quiet();
        assert_eq!((w.payable(), w.open_cases()), (900, vec![Ground::Unconfirmed]));
    });
}

#[test]
fn a_terminal_cannot_pay_a_merchant_that_was_never_its_own() {
    let other = || MerchantId::new("999310054110002").unwrap();
    // Never bound: captured, and held until a person has seen the slip, whatever the terminal says.
    play(World::signed_on, |w| {
        let sale = Message { merchant: Some(other()), ..w.about(Kind::OfflineSale, 1000, None) };
        assert_eq!(w.hear(sale.clone()).code(), "00");
        assert_eq!((w.original(&sale).credit, w.open_cases()), (Credit::Held, vec![Ground::Borne]));
        w.hear(World::confirmation_of(&sale));
        assert_eq!(w.original(&sale).credit, Credit::Held);
        w.find(&sale, Ground::Borne, Finding::SlipShown).quiet();
        assert_eq!((w.original(&sale).credit, w.open_cases()), (Credit::Confirmed, vec![]));
        // A number that a till writes into DE 42 pays nobody: the money is for the terminal's merchant of record (rules 11).
        let payable = |merchant| -super::payout::of(w, &crate::ledger::Account::MerchantPayable(merchant));
        assert_eq!((payable(other()), payable(MerchantId::new(SHOP).unwrap())), (0, 1000));
        let moved = owed(w.node.id(), &w.rows()).moved;
        assert_eq!(moved.iter().map(|m| m.merchant).collect::<Vec<_>>(), [MerchantId::new(SHOP).ok()]);
    });
    // No slip: it is taken back from us and from the merchant, once; and it is never left held for good.
    play(World::signed_on, |w| {
        let sale = Message { merchant: Some(other()), ..w.about(Kind::OfflineSale, 1000, None) };
        w.hear(sale.clone()).said();
        w.find(&sale, Ground::Borne, Finding::AsBooked).quiet();
        assert_eq!((w.original(&sale).credit, w.open_cases()), (Credit::Held, vec![Ground::Borne]));
        for _ in 0..2 {
            w.find(&sale, Ground::Borne, Finding::NoSlip).quiet();
            assert_eq!((w.original(&sale).credit, w.payable(), w.open_cases()), (Credit::Nothing, 0, vec![]));
        }
        assert!(w.outbox.is_empty(), "nobody else was asked");
    });
    // Bound before, and it sold then.
    play(World::signed_on, |w| {
        w.approved_sale(700);
        let sale = w.about(Kind::OfflineSale, 1000, None);
        register(w, |t| t.merchant = other(), |_| {});
        assert_eq!(w.hear(sale.clone()).code(), "00");
        assert_eq!(w.original(&sale).credit, Credit::Confirmed);
    });
}

#[test]
fn a_slip_that_gives_money_back_never_credits_the_merchant() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1000);
        let void = w.about(Kind::SaleVoid, 1000, Some((&sale, &sold)));
        // The till says that it has a slip of a void which never came here.
        assert_eq!(w.hear(World::confirmation_of(&void)).code(), "25");
        assert_eq!(w.open_cases(), [Ground::SlipWithoutSale]);
        w.find(&void, Ground::SlipWithoutSale, Finding::SlipShown).quiet();
        assert_eq!((w.payable(), w.open_cases()), (1000, vec![Ground::SlipWithoutSale]), "a person must book it");
        w.find(&void, Ground::SlipWithoutSale, Finding::AsBooked).quiet();
        assert_eq!((w.payable(), w.open_cases()), (1000, vec![]));
    });
}
