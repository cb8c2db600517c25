//! A slip that says less than was debited: the cardholder gets the difference back by an exchange of its own, and the case ends with it.
//! And what may be refunded of what was put right.

use super::cases::money;
use super::slips::line;
use super::*;

fn answered(w: &mut World, advice: &Advice, answer: &str) {
    let mut said = World::answer_to(&advice.message(Pan::new(CARD).ok()), "00");
    if answer != "00" {
        (said.code, said.auth) = (Some(code(answer)), None);
    }
    w.switch_says(said).quiet();
}

#[test]
fn a_slip_that_says_less_gives_the_difference_back_to_the_card() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(5_000);
        w.hear(line(&sale, 10)).said();
        let refund = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        let asked = refund.message(Pan::new(CARD).ok());
        assert_eq!(
            (asked.amount, asked.mti, asked.original.map(|of| of.key)),
            (Some(Amount::fen(4_990)), Mti(220), sold.switch_key())
        );
        assert_eq!(
            (money(w, 0), w.open_cases()),
            ((5_000, 0, 5_000, 0), vec![Ground::AmountDiffers]),
            "it is on its way"
        );
        assert_eq!(w.original(&sale).credit, Credit::Confirmed);
        // Nothing else ends it, and it is asked for once.
        for finding in [Finding::AsBooked, Finding::SlipShown] {
            w.find(&sale, Ground::AmountDiffers, finding).quiet();
        }
        assert_eq!(w.open_cases(), [Ground::AmountDiffers]);
        // Refused: it waits for a person, who asks again.
        answered(w, &refund, "57");
        assert_eq!(w.open_cases(), [Ground::AmountDiffers]);
        let refund = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        answered(w, &refund, "00");
        assert_eq!((money(w, 0), w.open_cases()), ((10, 0, 10, 0), vec![]));
        // What the slip leaves, and no fen more; the shop's page says the same.
        assert_eq!(give_back(&w.original(&sale)), GiveBack::Can(10));
        let more = w.about(Kind::Refund, 11, Some((&sale, &sold)));
        assert_eq!(w.hear(more).code(), "61");
        let rest = w.about(Kind::Refund, 10, Some((&sale, &sold)));
        w.done(rest, "00");
        assert_eq!((w.payable(), w.original(&sale).refundable_minor()), (0, 0));
    });
}

/// While a credit adjustment of it is on its way nothing else gives any of it back.
#[test]
fn nothing_goes_back_beside_a_credit_adjustment() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1_000);
        w.hear(World::confirmation_of(&sale)).said();
        w.hear(line(&sale, 10)).said();
        let void = w.about(Kind::SaleVoid, 1_000, Some((&sale, &sold)));
        let request = w.hear(void.clone()).switch.remove(0);
        w.switch_says(request.answer(code("51"))).said();
        w.hear(World::confirmation_of(&void)).said();
        let asked = w.find(&void, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
        w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).quiet();
        w.switch_says(World::answer_to_advice(&asked, "00")).quiet();
        assert_eq!((w.payable(), w.open_cases()), (0, vec![Ground::AmountDiffers]));
    });
}

/// The merchant has it from us: what he has too much goes back to us, and no card is touched.
#[test]
fn a_slip_that_says_less_than_we_bore_gives_it_back_to_us() {
    play(World::signed_on, |w| {
        let sale = w.about(Kind::OfflineSale, 500, None);
        w.done(sale.clone(), "00");
        let borne = w.about(Kind::OfflineSale, 30_001, None);
        w.hear(borne.clone()).said();
        w.hear(line(&borne, 30_000)).said();
        w.find(&borne, Ground::AmountDiffers, Finding::SlipShown).quiet();
        assert_eq!(money(w, 0), (30_500, 30_000, 500, 0));
    });
}

/// The slip of a refund says more than went back: the rest goes back of what it refunds.
#[test]
fn a_refund_whose_slip_says_more_gives_the_rest_back() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1_000);
        let refund = w.about(Kind::Refund, 100, Some((&sale, &sold)));
        let (refund, _) = w.done(refund, "00");
        let told = Message { processing: refund.processing, ..line(&refund, 250) };
        w.hear(told).said();
        let rest = w.find(&refund, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        assert_eq!(rest.message(None).amount, Some(Amount::fen(150)));
        answered(w, &rest, "00");
        assert_eq!((money(w, 0), w.open_cases()), ((750, 0, 750, 0), vec![]));
        // More than the purchase leaves goes back by no finding.
        let other = w.about(Kind::Refund, 100, Some((&sale, &sold)));
        let (other, _) = w.done(other, "00");
        let told = Message { processing: other.processing, ..line(&other, 5_000) };
        w.hear(told).said();
        w.find(&other, Ground::AmountDiffers, Finding::SlipShown).quiet();
        assert_eq!((w.payable(), w.open_cases()), (650, vec![Ground::AmountDiffers]));
    });
}

/// What a case has paid above the debit comes from our loss: no card was debited for it, so it goes back to none (rules 3).
#[test]
fn what_may_be_refunded_is_what_was_debited_and_the_slip_leaves() {
    for (slip, whole) in [(2_000, 1_000), (400, 400)] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(1_000);
            w.hear(line(&sale, slip)).said();
            let mut left = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown);
            if let Some(refund) = left.advices.pop() {
                answered(w, &refund, "00");
            }
            let more = w.about(Kind::Refund, whole + 1, Some((&sale, &sold)));
            assert_eq!(w.hear(more).code(), "61", "{slip}");
            let all = w.about(Kind::Refund, whole, Some((&sale, &sold)));
            w.done(all, "00");
            assert_eq!(w.original(&sale).refundable_minor(), 0, "{slip}");
        });
    }
}

/// An earlier program posted the difference without an exchange: it counts as given back.
#[test]
fn a_difference_that_was_posted_long_ago_is_not_refunded_again() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(1_000);
        let redo = Some(Redo { at: w.at, minor: -990, open: false });
        let o = Original { redo, ..w.original(&sale) };
        assert_eq!(o.refundable_minor(), 10);
    });
}

/// Undone, shown, debited again: its undo slot is full, so a refund is the way back (rules 5, 9).
#[test]
fn what_was_debited_again_can_be_refunded() {
    for (answer, want) in [("00", "00"), ("51", "22")] {
        play(World::signed_on, |w| {
            let (sale, sold) = w.approved_sale(1_000);
            let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
            w.switch_says(World::answer_to_advice(&advice, "00")).quiet();
            let early = w.about(Kind::Refund, 1_000, Some((&sale, &sold)));
            assert_eq!(w.hear(early).code(), "22", "undone");
            w.hear(World::confirmation_of(&sale)).said();
            let asked = w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
            let early = w.about(Kind::Refund, 1_000, Some((&sale, &sold)));
            assert_eq!(w.hear(early).code(), "22", "nobody knows yet");
            w.switch_says(World::answer_to_advice(&asked, answer)).quiet();
            assert_eq!(w.original(&sale).is_debited_again(), answer == "00");
            // The shop's page says the same as its till.
            let told = if answer == "00" { GiveBack::Can(1_000) } else { GiveBack::NotCharged };
            assert_eq!(give_back(&w.original(&sale)), told);
            let void = w.about(Kind::SaleVoid, 1_000, Some((&sale, &sold)));
            assert_eq!(w.hear(void).code(), "22");
            let refund = w.about(Kind::Refund, 400, Some((&sale, &sold)));
            if want == "00" {
                w.done(refund, "00");
                let more = w.about(Kind::Refund, 601, Some((&sale, &sold)));
                assert_eq!(w.hear(more).code(), "61");
                assert_eq!((w.payable(), w.original(&sale).refundable_minor()), (600, 600));
            } else {
                // No card was debited again: there is none to give it back to.
                assert_eq!(w.hear(refund).code(), want);
            }
        });
    }
}

/// Borne after a decline: no till says anything more of it, and it appears in no file, so it waits for neither.
#[test]
fn what_is_borne_after_a_decline_is_paid_out() {
    play(World::signed_on, |w| {
        let (sale, forwarded) = w.forwarded_sale(3_300);
        w.switch_says(forwarded.answer(code("55"))).said();
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        let asked = w.find(&sale, Ground::SlipWithoutSale, Finding::SlipShown).advices.remove(0);
        w.switch_says(World::answer_to_advice(&asked, "25")).quiet();
        assert_eq!((money(w, 0), w.open_cases()), ((3_300, 3_300, 0, 0), vec![]));
        let owed = owed(w.node.id(), &w.rows());
        let key = w.original(&sale).switch;
        assert!(!owed.waits.contains(&key) && owed.moved.iter().any(|m| m.exchange == key && m.minor == 3_300));
        assert!(w.original(&sale).borne);
    });
}

/// What the till claims from the network for this exchange, by our own list of the day.
fn listed(w: &World, m: &Message) -> Option<i64> {
    let (rows, mut slips) = (w.rows(), crate::listed::Slips::default());
    rows.iter().for_each(|row| slips.case(row));
    rows.iter().for_each(|row| slips.exchange(row));
    let posted =
        rows.iter().filter_map(|row| if let AcquirerRow::Posting(posting) = row { Some(posting) } else { None });
    posted
        .filter_map(|posting| crate::listed::House::Acquirer.posted(posting))
        .for_each(|posted| slips.posted(&posted));
    slips.claim(&w.original(m))
}

/// In the lists the sale stands as it was debited, and beside it what was given back: no difference stays that nobody can end.
#[test]
fn the_lists_agree_once_the_difference_was_given_back() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(5_000);
        w.hear(line(&sale, 10)).said();
        let refund = w.find(&sale, Ground::AmountDiffers, Finding::SlipShown).advices.remove(0);
        assert_eq!(listed(w, &sale), Some(10), "until then they differ");
        answered(w, &refund, "00");
        assert_eq!(listed(w, &sale), Some(5_000));
    });
}

/// The slip of an advice on a used number is not the slip of what has the number.
#[test]
fn in_the_lists_a_used_number_has_its_own_slip() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(1_000);
        w.hear(World::confirmation_of(&sale)).said();
        let advice = Message { stan: sale.stan, ..w.about(Kind::OfflineSale, 5_000, None) };
        assert_eq!(w.hear(advice).code(), "94");
        w.find(&sale, Ground::AdviceOnUsedNumber, Finding::SlipShown).quiet();
        assert_eq!(listed(w, &sale), Some(1_000));
    });
}
