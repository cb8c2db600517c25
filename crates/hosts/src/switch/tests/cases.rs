//! Marks on originals, and undos that an issuer refuses.

use super::kinds::{done, of_kind, refused};
use super::*;

fn marks(rig: &Rig<Switch>, stan: u32) -> Marks {
    let found = rig.all().into_iter().find_map(|row| match row {
        SwitchRow::Exchange(x) if x.key.stan.number() == stan => Some(x.marks),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn refunded_and_open_and_new_never_exceed_what_was_paid() {
    let mut rig = rig();
    let first = sale(1, 1_000);
    done(&mut rig, &first, "00");
    refused(&mut rig, &of_kind(Kind::Refund, 2, 1_001, Some(&first)), "61");
    let open = of_kind(Kind::Refund, 3, 600, Some(&first));
    assert_eq!(hear(&mut rig, acquirer(), &open), "");
    assert_eq!(marks(&rig, 1), Marks { open_minor: 600, ..Marks::default() });
    // While it is with the issuer it counts, in the next batch and in the same one.
    refused(&mut rig, &of_kind(Kind::Refund, 4, 401, Some(&first)), "61");
    let beside = of_kind(Kind::Refund, 5, 300, Some(&first));
    let too_much = of_kind(Kind::Refund, 6, 300, Some(&first));
    let both = [&beside, &too_much].map(|m| Input::Heard(acquirer(), m.clone()));
    assert_eq!(code(&rig.batch(&both)[1..]), "61");
    for kind in [Kind::SaleVoid, Kind::Adjust] {
        refused(&mut rig, &of_kind(kind, 7 + kind as u32, 1_000, Some(&first)), "22");
    }
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&first)), "22", "its refunds stand");
    assert_eq!(hear(&mut rig, issuer(), &reply(&beside, "14")), "14");
    assert_eq!(marks(&rig, 1).open_minor, 600, "what was refused is free again");
    assert_eq!(hear(&mut rig, issuer(), &reply(&open, "00")), "00");
    assert_eq!(marks(&rig, 1), Marks { refunded_minor: 600, ..Marks::default() });
    refused(&mut rig, &of_kind(Kind::SaleVoid, 40, 1_000, Some(&first)), "22");
    done(&mut rig, &of_kind(Kind::Refund, 41, 400, Some(&first)), "00");
    refused(&mut rig, &of_kind(Kind::Refund, 42, 1, Some(&first)), "61");
    assert_eq!(position(&rig, "00020000"), 0);
}

#[test]
fn a_tip_may_be_refunded_with_the_rest() {
    let mut rig = rig();
    let first = sale(1, 1_000);
    done(&mut rig, &first, "00");
    done(&mut rig, &of_kind(Kind::Adjust, 2, 1_200, Some(&first)), "00");
    refused(&mut rig, &of_kind(Kind::Refund, 3, 1_201, Some(&first)), "61");
    done(&mut rig, &of_kind(Kind::Refund, 4, 1_200, Some(&first)), "00");
    assert_eq!(position(&rig, "00020000"), 0);
}

#[test]
fn a_hold_is_completed_once_and_free_again_behind_a_completion_void() {
    let mut rig = rig();
    let hold = of_kind(Kind::PreAuth, 1, 1_000, None);
    done(&mut rig, &hold, "00");
    let completion = of_kind(Kind::Completion, 2, 1_000, Some(&hold));
    done(&mut rig, &completion, "00");
    for (stan, kind) in [(3, Kind::Completion), (4, Kind::CompletionAdvice), (5, Kind::PreAuthVoid)] {
        refused(&mut rig, &of_kind(kind, stan, 1_000, Some(&hold)), "22");
    }
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&hold)), "22", "it is completed");
    let void = of_kind(Kind::CompletionVoid, 6, 1_000, Some(&completion));
    done(&mut rig, &void, "00");
    // Undone, the hold is the completion's again; then the void comes anew.
    assert_eq!(rig.hear(acquirer(), &reversal(&void)).len(), 2);
    refused(&mut rig, &of_kind(Kind::Completion, 7, 1_000, Some(&hold)), "22");
    let void = of_kind(Kind::CompletionVoid, 8, 1_000, Some(&completion));
    done(&mut rig, &void, "00");
    done(&mut rig, &of_kind(Kind::CompletionAdvice, 9, 900, Some(&hold)), "00");
    assert_eq!(hear(&mut rig, acquirer(), &reversal(&void)), "22", "its hold is completed anew");
    assert_eq!(position(&rig, "00020000"), -900);
    sound(&rig);
}

/// A sale of 8,800 whose undo the issuer answers so: after an approval, or after a time-out.
fn undone(rig: &mut Rig<Switch>, approved: bool, answer: &str) -> Message {
    let first = sale(1, 8_800);
    if approved {
        done(rig, &first, "00");
        assert_eq!(rig.hear(acquirer(), &reversal(&first)).len(), 2);
    } else {
        rig.hear(acquirer(), &first);
        assert_eq!(rig.pass(30_000).len(), 2);
    }
    let advice = advices(rig).remove(0);
    hear(rig, issuer(), &reply(&advice.message(None), answer));
    assert!(advices(rig).is_empty(), "{answer} ends the advice");
    sound(rig);
    first
}

fn find(rig: &mut Rig<Switch>, m: &Message, finding: Finding) {
    let key = CaseKey::Switch(m.switch_key().unwrap(), Ground::UndoRefused);
    let found = Found { finding, by: Short::cut("li"), because: Short::cut("asked"), at: NOON };
    for _ in 0..2 {
        assert!(rig.batch(&[Input::Hand(Hand::Finding(key, found))]).is_empty());
    }
    sound(rig);
}

fn listed(rig: &mut Rig<Switch>) -> Vec<CaseTold> {
    // A list is not the hot path: what each finding would move takes a round more.
    let rounds = rig.rounds;
    let sent = rig.batch(&[Input::Hand(Hand::Desk { ticket: 1, question: Question::Cases { rows_max: 9 } })]);
    rig.rounds = rounds;
    let Body::Testimonies(seen) = &sent[0].body else { panic!("a desk is answered") };
    seen.iter().flat_map(|word| word.cases.clone()).collect()
}

#[test]
fn a_refused_undo_is_a_case_where_the_issuer_had_approved() {
    for (approved, answer, opens) in [
        (true, "00", false),
        (true, "12", true),
        (true, "22", true),
        (true, "25", true),
        (true, "64", true),
        (false, "12", false),
        (false, "25", false),
        (false, "22", true),
        (false, "64", true),
    ] {
        let mut rig = rig();
        let first = undone(&mut rig, approved, answer);
        let cases = listed(&mut rig);
        assert_eq!(cases.len(), usize::from(opens), "{approved} {answer}");
        if let [case] = cases[..] {
            assert_eq!(case.key, CaseKey::Switch(first.switch_key().unwrap(), Ground::UndoRefused));
            assert_eq!(case.code, ResponseCode::new(answer).ok());
        }
    }
}

#[test]
fn a_finding_ends_it_once() {
    // What another house has to say yes to: see `correcting`.
    for (approved, finding, want) in [(true, Finding::AsBooked, 0), (false, Finding::SlipShown, 0)] {
        let mut rig = rig();
        let first = undone(&mut rig, approved, "22");
        let [case] = listed(&mut rig)[..] else { panic!("one case") };
        let sold = if approved { 8_800 } else { 0 };
        let way = if approved { CaseWay::Network } else { CaseWay::Nothing };
        assert_eq!(case.moves.of(Finding::SlipShown), Some(CaseMove { minor: sold, way }));
        assert_eq!(case.moves.of(Finding::AsBooked), Some(CaseMove::NOTHING));
        let back = CaseMove { minor: -8_800, way: CaseWay::AdjustedThere };
        assert_eq!(case.moves.of(Finding::NoSlip), Some(back));
        find(&mut rig, &first, finding);
        assert_eq!((position(&rig, "00020000"), listed(&mut rig).len()), (want, 0), "{finding:?}");
        let before = rig.rows.clone();
        Finding::ALL.into_iter().for_each(|other| find(&mut rig, &first, other));
        assert_eq!(rig.rows, before, "it has its end");
        let sent = rig
            .batch(&[Input::Hand(Hand::Desk { ticket: 1, question: Question::Switch(first.switch_key().unwrap()) })]);
        let Body::Testimonies(seen) = &sent[0].body else { panic!("a desk is answered") };
        assert_eq!(seen[0].cases[0].found.unwrap().finding, finding);
        assert_eq!(seen[0].cases[0].moved, case.moves.of(finding), "what was shown is what was done");
    }
}
