//! Who lists a case, who proposes its end, who approves it and who reads its record see the figure that is posted, its sign and its way.

use super::cases::opened;
use super::slips::line;
use super::*;
use crate::cases::{TABLE, allowed};

fn told(w: &mut World, m: &Message, ground: Ground) -> CaseTold {
    let key = CaseKey::Till(m.till_key().unwrap(), ground);
    let ask = |w: &mut World, question| {
        let seen = w.give(Input::Hand(Hand::Desk { ticket: 1, question })).desk;
        seen.iter().flat_map(|seen| seen.cases.clone()).find(|told| told.key == key)
    };
    let one = ask(w, slipway_node::Question::Till(m.till_key().unwrap())).expect("a case");
    if one.closed.is_none() {
        let listed = ask(w, slipway_node::Question::Cases { rows_max: 10 }).expect("listed");
        assert_eq!(listed, one, "the list and the exchange say the same");
    }
    one
}

fn check(open: &dyn Fn(&mut World) -> Message, ground: Ground, finding: Finding, want: Option<(i64, CaseWay)>) {
    play(World::signed_on, |w| {
        let m = open(w);
        let before = told(w, &m, ground).moves.of(finding);
        if let Some((minor, way)) = want {
            assert_eq!(before, Some(CaseMove { minor, way }), "{ground:?} {finding:?}");
        }
        let had = w.payable();
        let stood = w.store.clone();
        w.find(&m, ground, finding);
        let after = told(w, &m, ground);
        assert_eq!(after.moved, before, "what was shown is what was done: {ground:?} {finding:?}");
        let Some(moved) = before else { return assert!(stood == w.store, "{ground:?} {finding:?}") };
        let posted = matches!(moved.way, CaseWay::Undone | CaseWay::Borne | CaseWay::Network);
        assert_eq!(w.payable() - had, if posted { moved.minor } else { 0 }, "{ground:?} {finding:?}");
        if let Some((.., way)) = want.filter(|_| after.closed.is_none()) {
            assert!(matches!(
                way,
                CaseWay::AskedAgain | CaseWay::Adjusted | CaseWay::AdjustedThere | CaseWay::Refunded
            ));
        }
    });
}

#[test]
fn every_finding_moves_what_was_shown() {
    let elsewhere = [Ground::HandoverTwice, Ground::UndoRefused, Ground::AdviceOnUsedNumber, Ground::PaidTwice];
    for (ground, finding, _) in TABLE.into_iter().filter(|line| !elsewhere.contains(&line.0)) {
        check(&|w| opened(w, ground), ground, finding, None);
    }
}

#[test]
fn a_till_alone_does_not_decide_what_two_persons_are_shown() {
    use CaseWay::{AdjustedThere, AskedAgain, Borne, Confirmed, Network, Nothing, Refunded, Undone};
    use Finding::{AsBooked, NoSlip, OnePurchase, SlipShown};
    let differs = |fen: u64| {
        move |w: &mut World| {
            let (sale, _) = w.approved_sale(1_000);
            w.hear(line(&sale, fen)).said();
            sale
        }
    };
    check(&differs(500_000), Ground::AmountDiffers, SlipShown, Some((499_000, Borne)));
    check(&differs(10), Ground::AmountDiffers, SlipShown, Some((-990, Refunded)));
    check(&differs(10), Ground::AmountDiffers, AsBooked, Some((0, Nothing)));
    let used = |w: &mut World| {
        let (sale, _) = w.approved_sale(1_000);
        w.hear(World::confirmation_of(&sale)).said();
        let advice = Message { stan: sale.stan, ..w.about(Kind::OfflineSale, 999_900, None) };
        assert_eq!(w.hear(advice).code(), "94");
        sale
    };
    check(&used, Ground::AdviceOnUsedNumber, SlipShown, Some((999_900, Borne)));
    let strange = |w: &mut World| {
        let sale = w.sale(770_000);
        w.hear(line(&sale, 770_000)).said();
        sale
    };
    check(&strange, Ground::SlipWithoutSale, SlipShown, Some((770_000, Borne)));
    check(&|w| opened(w, Ground::SlipWithoutSale), Ground::SlipWithoutSale, SlipShown, Some((100, AskedAgain)));
    check(&|w| opened(w, Ground::Unconfirmed), Ground::Unconfirmed, SlipShown, Some((100, Confirmed)));
    check(&|w| opened(w, Ground::Unconfirmed), Ground::Unconfirmed, NoSlip, Some((-100, Undone)));
    check(&|w| opened(w, Ground::AdviceRefused), Ground::AdviceRefused, SlipShown, Some((100, Network)));
    check(&|w| opened(w, Ground::AdviceRefused), Ground::AdviceRefused, NoSlip, Some((-100, AdjustedThere)));
    let twice = |w: &mut World| {
        let first = w.sale(100);
        let second = Second { first: first.till_key().unwrap(), reason: Some(PayAgain::NoSlip), slip: Some(true) };
        for m in [first.clone(), Message { private48: Some(second.write()), ..w.sale(100) }] {
            let request = w.hear(m.clone()).switch.remove(0);
            w.switch_says(World::answer_to(&request, "00")).said();
            w.hear(World::confirmation_of(&m)).said();
        }
        first
    };
    check(&twice, Ground::PaidTwice, OnePurchase, Some((-100, Refunded)));
}

/// What something else has now cannot be found, and who asks is told so before two persons have agreed to it.
#[test]
fn a_finding_that_the_exchange_does_not_bear_shows_no_figure() {
    play(World::signed_on, |w| {
        let (sale, sold) = w.approved_sale(1_000);
        let part = w.about(Kind::Refund, 400, Some((&sale, &sold)));
        w.done(part, "00");
        assert_eq!(w.hear(World::reversal_of(&sale)).code(), "22");
        let case = told(w, &sale, Ground::ReversalOfConfirmed);
        let could: Vec<Finding> = case.moves.all().map(|(finding, _)| finding).collect();
        assert_eq!(could, [Finding::SlipShown, Finding::AsBooked]);
        assert!(allowed(Ground::ReversalOfConfirmed).any(|finding| finding == Finding::NoSlip));
    });
}
