//! The table is whole, and never promises before what is only known after.

extern crate std;
use super::*;
use std::collections::BTreeSet;

#[test]
fn codes_are_unique_and_texts_are_there_in_both_languages() {
    let codes: BTreeSet<_> = TABLE.iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), TABLE.len());
    for row in &TABLE {
        let pairs = [row.what, row.money(), row.sentence(), row.tries[0], row.tries[1]];
        assert!(pairs.iter().all(|(zh, en)| !zh.is_empty() && en.is_ascii() && !zh.is_ascii()), "{row:?}");
        assert!(!row.vendors.is_empty() && row.tries[0] != row.tries[1], "{row:?}");
    }
}

#[test]
fn only_what_was_never_sent_may_be_taken_again() {
    for row in &TABLE {
        let waits = matches!(row.fault, LostWaiting | NoAnswer);
        assert_eq!(row.sent == Sent::After, waits, "{row:?}");
        assert_eq!(row.verdict().1 == Cashier::TakeAgain, row.sent == Sent::Before, "{row:?}");
    }
}

/// One text of another maker's device may mean "nothing was sent" or "no answer": then it must only mean the latter here.
#[test]
fn no_text_of_a_doubt_is_also_one_of_nothing_sent() {
    let of = |sent| TABLE.iter().filter(move |row| row.sent == sent).flat_map(|row| row.vendors);
    let doubts: BTreeSet<_> = of(Sent::After).collect();
    assert!(of(Sent::Before).all(|text| !doubts.contains(text)));
}
