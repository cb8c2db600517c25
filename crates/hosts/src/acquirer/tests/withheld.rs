//! Holds and reserves at the acquirer: ground, amount, end and two persons are looked at; what is kept back adds up with every booking, and
//! what has ended is kept no longer.

use super::cases::opened;
use super::clearing::{close, item, sold, take};
use super::payout::{give, of, part};
use super::*;
use crate::ledger::Account;
use slipway_node::{PayoutMark, PayoutPart, PayoutRest};
use slipway_terms::{HoldGround, MerchantAct, MerchantOrder, MerchantRefusal};

pub(super) fn shop() -> MerchantId {
    MerchantId::new(SHOP).unwrap()
}

pub(super) fn order(w: &mut World, ticket: u64, act: MerchantAct, by: &str, checked: &str) -> Option<MerchantRefusal> {
    let (merchant, by, checked) = (shop(), Short::cut(by), Short::cut(checked));
    w.give(Input::Hand(Hand::Merchant(MerchantOrder { merchant, act, by, checked, ticket })));
    refused(w, ticket)
}

pub(super) fn refused(w: &World, ticket: u64) -> Option<MerchantRefusal> {
    w.rows().into_iter().find_map(|row| match row {
        AcquirerRow::MerchantRefused(refused) if refused.order.ticket == ticket => Some(refused.why),
        _ => None,
    })
}

pub(super) fn later(day: BusinessDate, days: i64) -> BusinessDate {
    BusinessDate::from_days(day.days() + days)
}

fn hold(no: u32, w: &World) -> HeldMoney {
    let found = w.rows().into_iter().find_map(|row| match row {
        AcquirerRow::HeldMoney(hold) if hold.no == no => Some(hold),
        _ => None,
    });
    found.unwrap()
}

/// Owed, held, reserved, paid out.
fn stand(w: &World) -> [i64; 4] {
    let accounts = [
        Account::MerchantPayable(shop()),
        Account::MerchantHeld(shop()),
        Account::MerchantReserve(shop()),
        Account::Payout,
    ];
    accounts.map(|account| -of(w, &account))
}

/// Confirmed and cleared sales of one day, which is closed.
fn sales<const N: usize>(w: &mut World, fen: [u64; N]) -> ([Message; N], BusinessDate) {
    let sold = fen.map(|fen| {
        let sale = sold(w, fen);
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
        sale
    });
    let mut items: Vec<_> = sold.iter().zip(fen).map(|(sale, fen)| item(w, sale, fen.cast_signed())).collect();
    items.sort_by_key(|item| item.exchange);
    let day = close(w);
    assert_eq!(take(w, day, &items), []);
    (sold, day)
}

/// A day on which nobody sells.
fn quiet(w: &mut World) -> BusinessDate {
    let day = close(w);
    assert_eq!(take(w, day, &[]), []);
    day
}

fn with(part: PayoutPart, payable_minor: i64, rest: PayoutRest) -> PayoutPart {
    let to = part.rest.to;
    PayoutPart { mark: PayoutMark { payable_minor, ..part.mark }, rest: PayoutRest { to, ..rest }, ..part }
}

#[test]
fn a_hold_needs_a_ground_an_end_two_persons_and_no_more_than_the_doubt() {
    play(World::signed_on, |w| {
        let sale = sold(w, 10_000);
        let rrn = w.original(&sale).rrn;
        let today = w.at.date();
        let about = |minor, until| MerchantAct::Hold {
            ground: HoldGround::FraudClaim,
            about: Some(rrn),
            doubt_minor: 0,
            minor,
            until,
        };
        let plain =
            |ground, doubt_minor, minor, until| MerchantAct::Hold { ground, about: None, doubt_minor, minor, until };
        let week = later(today, 7);
        use HoldGround::{Chargeback, RiskHit};
        let refused = [
            (about(100, week), "Li", "Li", MerchantRefusal::OnePerson),
            (about(100, week), "", "Li", MerchantRefusal::OnePerson),
            (about(100, week), "Li Lei", "li  lei", MerchantRefusal::OnePerson),
            (about(100, week), "李雷", "李\u{3000}雷", MerchantRefusal::OnePerson),
            (about(100, week), "Li", "Ｌｉ", MerchantRefusal::OnePerson),
            (about(0, week), "Li", "Han", MerchantRefusal::Zero),
            (about(10_001, week), "Li", "Han", MerchantRefusal::AboveDoubt),
            (about(100, later(today, -1)), "Li", "Han", MerchantRefusal::End),
            (about(100, later(today, 200)), "Li", "Han", MerchantRefusal::End),
            (plain(Chargeback, 10_000, 100, week), "Li", "Han", MerchantRefusal::NoExchange),
            (plain(RiskHit, 99, 100, week), "Li", "Han", MerchantRefusal::AboveDoubt),
            (MerchantAct::Release { no: 1 }, "Li", "Han", MerchantRefusal::NoHold),
        ];
        for (ticket, (act, by, checked, why)) in (1..).zip(refused) {
            assert_eq!(order(w, ticket, act, by, checked), Some(why), "{act:?}");
        }
        assert_eq!(order(w, 20, about(6_000, week), "Li", "Han"), None);
        assert_eq!(order(w, 21, about(6_000, week), "Li", "Han"), None, "once more it is the same hold");
        assert_eq!(order(w, 22, about(4_001, week), "Li", "Han"), Some(MerchantRefusal::AboveDoubt), "together");
        assert_eq!(order(w, 23, about(4_000, week), "Li", "Han"), None);
        assert_eq!(order(w, 24, plain(RiskHit, 500, 500, week), "Li", "Han"), None);
        assert_eq!((hold(1, w).minor, hold(2, w).minor, hold(3, w).doubt_minor), (6_000, 4_000, 500));
        assert_eq!(hold(1, w).doubt_minor, 10_000, "what is in doubt is the exchange's amount");
        assert_eq!(stand(w), [10_000, 0, 0, 0], "a hold alone moves nothing");
    });
}

/// Asks two persons' hold about an exchange; says why it was refused.
fn about(w: &mut World, ticket: u64, m: &Message, ground: HoldGround, minor: i64) -> Option<MerchantRefusal> {
    let (rrn, until) = (w.original(m).rrn, later(w.at.date(), 7));
    order(w, ticket, MerchantAct::Hold { ground, about: Some(rrn), doubt_minor: 0, minor, until }, "Li", "Han")
}

#[test]
fn nothing_is_held_of_what_is_voided_refunded_or_charged_back() {
    use MerchantRefusal::AboveDoubt;
    play(World::signed_on, |w| {
        let whole = |w: &mut World| {
            let (sale, sold) = w.approved_sale(10_000);
            assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "00");
            (sale, sold)
        };
        let claim = HoldGround::FraudClaim;
        let (sale, sold) = whole(w);
        let part = w.about(Kind::Refund, 4_000, Some((&sale, &sold)));
        w.done(part, "00");
        assert_eq!(about(w, 1, &sale, claim, 6_001), Some(AboveDoubt), "4000 were refunded");
        assert_eq!(about(w, 2, &sale, claim, 6_000), None);
        let (sale, sold) = whole(w);
        let void = w.about(Kind::SaleVoid, 10_000, Some((&sale, &sold)));
        w.done(void, "00");
        assert_eq!(about(w, 3, &sale, claim, 1), Some(AboveDoubt), "voided");
        // Charged back it is the cardholder's; presented again it is the merchant's once more.
        for (ticket, by, want) in [(4, Kind::Chargeback, Some(AboveDoubt)), (5, Kind::Representment, None)] {
            let (sale, _) = whole(w);
            let o = w.original(&sale);
            let claim_by = Some(Claim { by: o.till, kind: by, state: ClaimState::Sure });
            let row = Exchange::Original(Box::new(Original { claim: claim_by, ..o.clone() })).wrap();
            w.write(&<Exchange as Record<AcquirerRow>>::key(&o.till), &row);
            assert_eq!(about(w, ticket, &sale, claim, 10_000), want, "{by:?}");
        }
    });
}

#[test]
fn the_ground_of_a_hold_is_looked_for() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(100);
        let grounds = [HoldGround::OpenCase, HoldGround::Retrieval, HoldGround::Chargeback];
        for (ticket, ground) in (1..).zip(grounds) {
            assert_eq!(about(w, ticket, &sale, ground, 100), Some(MerchantRefusal::NoCase), "{ground:?}");
        }
    });
    play(World::signed_on, |w| {
        let sale = opened(w, Ground::ReversalOfConfirmed);
        assert_eq!(about(w, 1, &sale, HoldGround::OpenCase, 100), None);
        assert_eq!(about(w, 2, &sale, HoldGround::Chargeback, 100), Some(MerchantRefusal::NoCase));
        w.find(&sale, Ground::ReversalOfConfirmed, Finding::SlipShown).quiet();
        assert_eq!(about(w, 3, &sale, HoldGround::OpenCase, 50), Some(MerchantRefusal::NoCase), "it is closed");
    });
}

#[test]
fn what_is_held_is_withheld_to_the_fen_and_comes_back() {
    play(World::signed_on, |w| {
        let ([one, two], day) = sales(w, [10_000, 500]);
        let until = later(day, 2);
        let act =
            |minor| MerchantAct::Hold { ground: HoldGround::RiskHit, about: None, doubt_minor: 9_000, minor, until };
        assert_eq!(order(w, 1, act(9_000), "Li", "Han"), None);
        let whole = part(w, day, &[(&one, 10_000)], 50);
        let rest = |holds: Vec<(u32, i64)>| PayoutRest { holds, ..PayoutRest::default() };
        let keeps = |holds, payable| with(whole.clone(), payable, rest(holds));
        let wrong = [
            keeps(vec![(1, 9_001)], 949),
            keeps(vec![(2, 100)], 9_850),
            keeps(vec![(1, -100)], 10_050),
            keeps(vec![(1, 0)], 9_950),
            keeps(vec![(1, 4_000), (1, 5_000)], 950),
            keeps(vec![(1, 9_000)], 951),
            keeps(vec![(1, 9_000)], 949),
            with(whole.clone(), 949, PayoutRest { carried_minor: 1, ..rest(vec![(1, 9_000)]) }),
        ];
        for part in wrong {
            let before = w.rows().len();
            give(w, part.clone());
            assert_eq!((w.rows().len(), stand(w)[1]), (before, 0), "{part:?}");
        }
        give(w, keeps(vec![(1, 9_000)], 950));
        assert_eq!(stand(w), [500, 9_000, 0, 950]);
        // The day behind its last one gives it back by itself, and a plan that does not is refused.
        let mut day = day;
        while day <= until {
            day = quiet(w);
        }
        assert!(day > until);
        let plain = part(w, day, &[(&two, 500)], 3);
        give(w, plain.clone());
        assert_eq!(stand(w), [500, 9_000, 0, 950], "kept behind its end");
        give(w, with(plain, 9_497, rest(vec![(1, -9_000)])));
        assert_eq!(stand(w), [0, 0, 0, 10_447]);
        assert!(hold(1, w).closed.is_some() && hold(1, w).ended.is_none());
    });
}

#[test]
fn a_person_ends_a_hold_before_its_time() {
    play(World::signed_on, |w| {
        let ([one, two], day) = sales(w, [10_000, 100]);
        let until = later(day, 30);
        let act =
            |minor| MerchantAct::Hold { ground: HoldGround::Order, about: None, doubt_minor: minor, minor, until };
        assert_eq!((order(w, 1, act(700), "Li", "Han"), order(w, 2, act(800), "Li", "Han")), (None, None));
        let both = PayoutRest { holds: vec![(1, 700), (2, 800)], ..PayoutRest::default() };
        // The second is ended between the plan and its booking: it takes what was planned, and gives it back with the next day.
        let planned = with(part(w, day, &[(&one, 10_000)], 50), 8_450, both);
        let release = |no| MerchantAct::Release { no };
        assert_eq!(order(w, 3, release(2), "Li", "Li"), Some(MerchantRefusal::OnePerson));
        assert_eq!((order(w, 4, release(2), "Li", "Han"), order(w, 5, release(2), "Wang", "Han")), (None, None));
        assert!(hold(2, w).closed.is_some(), "it had nothing");
        give(w, planned);
        assert_eq!((stand(w), hold(2, w).closed), ([100, 1_500, 0, 8_450], None));
        assert_eq!(order(w, 6, release(1), "Li", "Han"), None);
        let day = quiet(w);
        let back = PayoutRest { holds: vec![(1, -700), (2, -800)], ..PayoutRest::default() };
        let back = with(part(w, day, &[(&two, 100)], 1), 1_599, back);
        give(w, back);
        assert_eq!(stand(w), [0, 0, 0, 10_049]);
        assert!(hold(1, w).closed.is_some() && hold(2, w).closed.is_some());
    });
}

#[test]
fn a_reserve_is_freed_once_and_what_is_owed_goes_on() {
    play(World::signed_on, |w| {
        let ([one, two, three], day) = sales(w, [10_000, 100, 1_000]);
        let free = later(day, 1);
        let keeps = PayoutRest { reserved: Some((995, free)), ..PayoutRest::default() };
        give(w, with(part(w, day, &[(&one, 10_000)], 50), 8_955, keeps));
        assert_eq!(stand(w), [1_100, 0, 995, 8_955]);
        let next = quiet(w);
        let plain = part(w, next, &[(&two, 100)], 1);
        let frees = |freed, carried_minor| PayoutRest { freed, carried_minor, ..PayoutRest::default() };
        let wrong = [
            with(plain.clone(), 1_094, frees(vec![next], 0)),
            with(plain.clone(), 2_089, frees(vec![day, day], 0)),
            with(plain.clone(), 99, frees(vec![day], 995)),
        ];
        for part in wrong {
            give(w, part.clone());
            assert_eq!(stand(w), [1_100, 0, 995, 8_955], "{part:?}");
        }
        // Fees above takings: what is missing goes on to the next day.
        let owes = PayoutPart { mark: PayoutMark { fees_minor: 2_000, ..plain.mark }, ..plain };
        give(w, with(owes, 0, frees(vec![day], -905)));
        assert_eq!(stand(w), [95, 0, 0, 8_955]);
        let last = quiet(w);
        let plain = part(w, last, &[(&three, 1_000)], 5);
        give(w, with(plain.clone(), 995, frees(vec![], 0)));
        assert_eq!(stand(w), [95, 0, 0, 8_955], "paid as if nothing were owed: refused");
        give(w, with(plain, 90, frees(vec![], 0)));
        assert_eq!(stand(w), [0, 0, 0, 9_045]);
    });
}
