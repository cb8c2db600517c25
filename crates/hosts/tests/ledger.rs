//! The ledger against a model that is a list of postings: any sequence of postings and undos sums to zero, every balance is
//! the sum of its postings, and an undo takes back exactly what was posted.
#![allow(clippy::unwrap_used, reason = "tests may")]

use proptest::prelude::*;
use slipway_hosts::issuer::{Issuer, IssuerRow, audit};
use slipway_hosts::ledger::{Account, Balance, Cause, Posting, post, want};
use slipway_node::{Decision, Facts, Key, Sheet, Wants};
use slipway_terms::{InstitutionId, Moment, SentAt, Short, Stan, SwitchKey};
use std::collections::BTreeMap;

const MOST: i64 = 999_999_999_999;

#[derive(Clone, Debug)]
enum Act {
    /// Debit, credit (counted on, so that it is another account), minor units.
    Post(usize, usize, i64),
    /// Of the n-th posting that is not undone; nothing when there is none.
    Undo(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let minor = prop_oneof![0..10_000_i64, 0..=MOST, Just(MOST)];
    let act = prop_oneof![
        3 => (0..6_usize, 1..6_usize, minor).prop_map(|(debit, on, minor)| Act::Post(debit, (debit + on) % 6, minor)),
        2 => any::<usize>().prop_map(Act::Undo),
    ];
    prop::collection::vec(act, 0..40)
}

fn account(no: usize) -> Account {
    match no {
        0 => Account::Suspense,
        1 => Account::Opening,
        2 => Account::Network,
        // One name is the beginning of another.
        no => Account::Cardholder(Short::new(&"6200001"[..no]).unwrap()),
    }
}

fn exchange(no: usize) -> SwitchKey {
    let id = InstitutionId::new("99900100").unwrap();
    let sent = SentAt::from_number(1_123_160_405).unwrap();
    SwitchKey { acquirer: id, forwarder: id, sent, stan: Stan::new(u32::try_from(no).unwrap() + 1).unwrap() }
}

/// The rows as stored after every commit.
#[derive(Default)]
struct Book {
    sheet: Sheet<IssuerRow>,
    rows: BTreeMap<Key, IssuerRow>,
}

impl Book {
    fn commit(&mut self, posting: Posting) {
        let mut wants = Wants::default();
        let accounts: Vec<Account> = posting.legs.iter().map(|(account, _)| *account).collect();
        want::<IssuerRow>(&accounts, &mut wants);
        wants.keys.into_iter().for_each(|key| self.sheet.learn(key, None));
        let mut decision: Decision<Issuer> = Decision::nothing();
        post(posting, &Facts { sheet: &self.sheet, told: &[], notes: &BTreeMap::new() }, &mut decision);
        for (key, row) in decision.puts {
            self.sheet.put(key, row.clone());
            self.rows.insert(key, row);
        }
    }

    fn balances(&self) -> BTreeMap<Account, i64> {
        let balance = |row: &IssuerRow| match row {
            IssuerRow::Balance(Balance { account, minor }) => Some((*account, *minor)),
            _ => None,
        };
        self.rows.values().filter_map(balance).collect()
    }
}

/// What each account has, added up from all postings that stand: an undone one is as if it had never been.
fn model(standing: &[(usize, Posting)]) -> BTreeMap<Account, i64> {
    let mut sums = BTreeMap::new();
    for (account, minor) in standing.iter().flat_map(|(_, posting)| &posting.legs) {
        *sums.entry(*account).or_insert(0) += minor;
    }
    sums.retain(|_, minor| *minor != 0);
    sums
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn postings_and_undos_are_their_sum(acts in acts()) {
        let (mut book, mut standing, mut undone) = (Book::default(), Vec::<(usize, Posting)>::new(), 0);
        for (no, act) in acts.into_iter().enumerate() {
            let at = Moment(no as i64);
            match act {
                Act::Post(debit, credit, minor) => {
                    let (debit, credit) = (account(debit), account(credit));
                    let posting = Posting::simple(exchange(no), Cause::Approval, None, at, at.date(), debit, credit, minor);
                    book.commit(posting.clone());
                    standing.push((no, posting));
                }
                Act::Undo(_) if standing.is_empty() => {}
                Act::Undo(which) => {
                    let (of, posting) = standing.remove(which % standing.len());
                    let undo = posting.undo(at, at.date());
                    prop_assert_eq!((undo.exchange, undo.cause), (exchange(of), Cause::Undo));
                    book.commit(undo);
                    undone += 1;
                }
            }
            let mut balances = book.balances();
            balances.retain(|_, minor| *minor != 0);
            prop_assert_eq!(&balances, &model(&standing));
            let sums = audit(book.rows.values());
            prop_assert!(sums.sound() && sums.total() == 0, "{:?}", sums.off());
        }
        let postings = book.rows.values().filter(|row| matches!(row, IssuerRow::Posting(_))).count();
        prop_assert_eq!(postings, standing.len() + 2 * undone, "none is erased and none written over");
    }

    /// The audit sees a single wrong unit in any row, and one that was moved between two balances.
    #[test]
    fn one_wrong_unit_is_seen(acts in acts(), which in any::<usize>(), off in prop_oneof![Just(-1_i64), Just(1)]) {
        let mut book = Book::default();
        for (no, act) in acts.into_iter().enumerate() {
            if let Act::Post(debit, credit, minor) = act {
                let (debit, credit) = (account(debit), account(credit));
                book.commit(Posting::simple(exchange(no), Cause::Approval, None, Moment(0), Moment(0).date(), debit, credit, minor));
            }
        }
        let mut rows: Vec<IssuerRow> = book.rows.into_values().collect();
        prop_assume!(!rows.is_empty());
        let at = which % rows.len();
        match &mut rows[at] {
            IssuerRow::Balance(balance) => balance.minor += off,
            IssuerRow::Posting(posting) => posting.legs[0].1 += off,
            _ => prop_assert!(false, "no other rows"),
        }
        prop_assert!(!audit(&rows).sound());
        // With a balance it may have hit, the other side of the same amount keeps the total at zero.
        let other = (at + 1..rows.len()).chain(0..at).find(|other| matches!(rows[*other], IssuerRow::Balance(_)));
        if let (IssuerRow::Balance(_), Some(other)) = (&rows[at], other)
            && let IssuerRow::Balance(balance) = &mut rows[other]
        {
            balance.minor -= off;
            prop_assert!(audit(&rows).total() == 0 && !audit(&rows).sound());
        }
    }
}

#[test]
#[should_panic(expected = "legs sum to zero")]
fn a_posting_that_makes_money_stops_the_node() {
    let mut posting =
        Posting::simple(exchange(0), Cause::Approval, None, Moment(0), Moment(0).date(), account(0), account(1), 5);
    posting.legs[1].1 = -4;
    Book::default().commit(posting);
}
