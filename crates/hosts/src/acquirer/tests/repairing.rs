//! Repairs from reconciliation: each once, whoever asks; what does not bear it is left as it is.

use super::*;
use slipway_terms::{Mend, Repair};

fn repair(o: &Original, mend: Mend, minor: i64) -> Repair {
    let number = Short::cut(&alloc::format!("1-{}", o.rrn));
    Repair { number, rrn: o.rrn, mend, minor, by: Short::cut("Li Lei"), because: Short::cut("not in the file") }
}

fn order(w: &mut World, repair: Repair) -> Left {
    w.give(Input::Hand(Hand::Repair(repair)))
}

fn records(w: &World) -> Vec<i64> {
    let of = |row| if let AcquirerRow::Repaired(repaired) = row { Some(repaired.minor) } else { None };
    w.rows().into_iter().filter_map(of).collect()
}

#[test]
fn a_credit_without_slip_goes_back_once() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8_800);
        let order_it = repair(&w.original(&sale), Mend::Reverse, 8_800);
        // Another amount is another exchange, and leaves no record.
        order(w, Repair { minor: 8_801, ..order_it }).quiet();
        assert_eq!((w.payable(), records(w)), (8_800, vec![]));
        let left = order(w, order_it);
        assert_eq!((left.advices.len(), w.payable(), records(w)), (1, 0, vec![-8_800]));
        assert_eq!(w.original(&sale).undo.map(|undo| undo.by), Some(By::Repair));
        order(w, order_it).quiet();
        // Another operator, another number: the slot is full.
        order(w, Repair { number: Short::cut("2"), ..order_it }).quiet();
        assert_eq!((w.payable(), records(w).len()), (0, 2));
        w.switch_says(World::answer_to_advice(&left.advices[0], "00")).quiet();
        assert!(w.pass(72 * 3_600_000).iter().all(|left| left.advices.is_empty()), "nothing is asked again");
        assert_eq!(w.open_cases(), vec![]);
    });
}

#[test]
fn the_case_of_a_credit_that_was_reversed_is_closed() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8_800);
        drop(w.pass(48 * 3_600_000));
        assert_eq!(w.open_cases(), vec![Ground::Unconfirmed]);
        let order_it = repair(&w.original(&sale), Mend::Reverse, 8_800);
        let left = order(w, order_it);
        assert_eq!((left.advices.len(), w.open_cases(), w.payable()), (1, vec![], 0));
        // The slip after all is a case of its own: nothing is redone by itself.
        w.switch_says(World::answer_to_advice(&left.advices[0], "00")).quiet();
        assert_eq!(w.hear(World::confirmation_of(&sale)).code(), "22");
        assert_eq!(w.open_cases(), vec![Ground::SlipWithoutSale]);
    });
}

#[test]
fn a_slip_that_stands_is_not_reversed() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8_800);
        w.hear(World::confirmation_of(&sale)).said();
        let order_it = repair(&w.original(&sale), Mend::Reverse, 8_800);
        order(w, order_it).quiet();
        order(w, Repair { mend: Mend::Credit, ..order_it }).quiet();
        order(w, Repair { rrn: Rrn::new("999900000000").unwrap(), ..order_it }).quiet();
        assert_eq!((w.payable(), records(w)), (8_800, vec![]));
    });
}

#[test]
fn a_missing_credit_is_posted_once_and_not_while_its_undo_is_on_its_way() {
    play(World::signed_on, |w| {
        let (sale, _) = w.approved_sale(8_800);
        let advice = w.hear(World::reversal_of(&sale)).advices.remove(0);
        let order_it = repair(&w.original(&sale), Mend::Credit, 8_800);
        order(w, order_it).quiet();
        assert_eq!((w.payable(), records(w)), (0, vec![]));
        w.switch_says(World::answer_to_advice(&advice, "22")).quiet();
        assert_eq!(w.open_cases(), vec![Ground::AdviceRefused]);
        order(w, order_it).quiet();
        assert_eq!((w.payable(), records(w), w.open_cases()), (8_800, vec![8_800], vec![]));
        order(w, order_it).quiet();
        order(w, Repair { number: Short::cut("2"), ..order_it }).quiet();
        assert_eq!((w.payable(), records(w).len()), (8_800, 2));
    });
}
