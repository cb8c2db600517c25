//! Looks at the stored rows of a whole history and trusts none of them. Must never use the code that made them: it is here to accuse
//! that code.

use super::account::Settlement;
use super::payout::{PayoutId, PayoutRow, Step, follows};
use super::plan::ItemKey;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, MerchantId};

/// One row of a history, in the order in which they were committed.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "as in the types that the rows come from")]
pub enum Row {
    /// A merchant of record.
    Registered { merchant: MerchantId, name: String, legal_person: String },
    /// An account bound to him from a day on.
    Bound {
        merchant: MerchantId,
        from: BusinessDate,
        number: String,
        bank: String,
        holder_name: String,
        persons: [String; 2],
    },
    /// A hold.
    Held {
        merchant: MerchantId,
        no: u64,
        doubt_fen: u64,
        fen: u64,
        from: BusinessDate,
        until: BusinessDate,
        persons: [String; 2],
    },
    /// A hold that two persons have ended.
    Released { merchant: MerchantId, no: u64, persons: [String; 2] },
    /// A settled day, the items that were settled in it, and what it took from each hold or, with a minus, gave back.
    Settled { settlement: Settlement, items: Vec<ItemKey>, holds: Vec<(u64, i64)> },
    /// What a payout that came back did not bring before it went out again: booked against what was owed, or taken by a hold.
    SetOff { of: PayoutId, owed_fen: u64, holds: Vec<(u64, u64)> },
    /// A payout.
    Made(PayoutRow),
    /// A later step of one.
    Stepped { id: PayoutId, step: Step },
}

/// What is wrong with a row; rows are counted from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Wrong {
    /// A merchant nobody registered, or registered twice.
    Merchant(usize),
    /// An account in the name of somebody who is neither the company nor its legal person.
    Holder(usize),
    /// One person where two are needed.
    Persons(usize),
    /// A hold above its doubt, of nothing, or without a valid end.
    Hold(usize),
    /// A settlement that makes or loses money, or does not begin where the last ended.
    Balance(usize),
    /// A day settled twice, or before an earlier one.
    Day(usize),
    /// An item that was settled before.
    Item(usize),
    /// A payout to an account that is not the merchant's of that day.
    Account(usize),
    /// A payout without its settlement, or of another amount.
    Amount(usize),
    /// A second payout while the first lives, or an attempt out of turn.
    Twice(usize),
    /// A step that does not follow.
    Step(usize),
    /// Another attempt to the account that refused the one before.
    Uncorrected(usize),
    /// Paid while the merchant owed, or while a hold of his lacked something.
    Owing(usize),
}

/// A hold as the rows have told it so far.
#[derive(Clone, Copy)]
struct HoldSeen {
    fen: u64,
    from: BusinessDate,
    until: BusinessDate,
    taken: i64,
    released: bool,
}

#[derive(Default)]
struct Known<'a> {
    holds: BTreeMap<(MerchantId, u64), HoldSeen>,
    names: BTreeMap<MerchantId, [&'a str; 2]>,
    bound: BTreeMap<MerchantId, Vec<(BusinessDate, &'a str, &'a str, &'a str)>>,
    settled: BTreeMap<(MerchantId, BusinessDate), &'a Settlement>,
    last: BTreeMap<MerchantId, &'a Settlement>,
    items: BTreeSet<ItemKey>,
    /// What each merchant owes: zero or negative.
    owes: BTreeMap<MerchantId, i64>,
    /// What was kept of each payout that came back.
    kept: BTreeMap<PayoutId, u64>,
    payouts: BTreeMap<PayoutId, (&'a PayoutRow, Step)>,
}

/// Everything that is wrong in a history; empty is good.
pub fn check(rows: &[Row]) -> Vec<Wrong> {
    let (mut known, mut wrong) = (Known::default(), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        known.look(at, row, &mut wrong);
    }
    wrong
}

impl<'a> Known<'a> {
    fn look(&mut self, at: usize, row: &'a Row, wrong: &mut Vec<Wrong>) {
        let mut must = |holds: bool, what: Wrong| {
            if !holds {
                wrong.push(what);
            }
        };
        match row {
            Row::Registered { merchant, name, legal_person } => {
                must(self.names.insert(*merchant, [name, legal_person]).is_none(), Wrong::Merchant(at));
            }
            Row::Bound { merchant, from, number, bank, holder_name, persons } => {
                let names = self.names.get(merchant);
                must(names.is_some(), Wrong::Merchant(at));
                must(names.is_some_and(|names| names.contains(&holder_name.as_str())), Wrong::Holder(at));
                must(persons[0] != persons[1], Wrong::Persons(at));
                self.bound.entry(*merchant).or_default().push((*from, number, bank, holder_name));
            }
            Row::Held { merchant, no, doubt_fen, fen, from, until, persons } => {
                must(self.names.contains_key(merchant), Wrong::Merchant(at));
                let ends = from <= until && until.days() - from.days() <= super::Hold::DAYS_MAX;
                let seen = HoldSeen { fen: *fen, from: *from, until: *until, taken: 0, released: false };
                let fresh = self.holds.insert((*merchant, *no), seen).is_none();
                must(fresh && 0 < *fen && fen <= doubt_fen && ends, Wrong::Hold(at));
                must(persons[0] != persons[1], Wrong::Persons(at));
            }
            Row::Released { merchant, no, persons } => {
                let found = self.holds.get_mut(&(*merchant, *no));
                must(found.is_some(), Wrong::Hold(at));
                if let Some(found) = found {
                    found.released = true;
                }
                must(persons[0] != persons[1], Wrong::Persons(at));
            }
            Row::Settled { settlement, items, holds } => {
                must(self.hold_moves(settlement, holds), Wrong::Hold(at));
                must(self.names.contains_key(&settlement.merchant), Wrong::Merchant(at));
                let last = self.last.insert(settlement.merchant, settlement);
                must(last.is_none_or(|last| last.day < settlement.day), Wrong::Day(at));
                let carried = self.owes.insert(settlement.merchant, settlement.carried_out_fen).unwrap_or(0);
                must(balances(settlement) && settlement.carried_in_fen == carried, Wrong::Balance(at));
                let owing = settlement.carried_out_fen != 0 || self.lacks(settlement.merchant, settlement.day);
                must(settlement.payable_fen == 0 || !owing, Wrong::Owing(at));
                let new = items.iter().filter(|key| self.items.insert(**key)).count();
                must(new == items.len(), Wrong::Item(at));
                self.settled.entry((settlement.merchant, settlement.day)).or_insert(settlement);
            }
            Row::SetOff { of, owed_fen, holds } => {
                let kept = holds.iter().fold(*owed_fen, |sum, (_, fen)| sum.saturating_add(*fen));
                let back = self.payouts.get(of).filter(|(_, step)| matches!(step, Step::Returned(_)));
                let fits = back.is_some_and(|(paid, _)| kept <= paid.fen);
                must(fits && self.kept.insert(*of, kept).is_none(), Wrong::Amount(at));
                let owes = self.owes.entry(of.merchant).or_default();
                *owes = owes.saturating_add_unsigned(*owed_fen);
                must(*owes <= 0, Wrong::Balance(at));
                for (no, fen) in holds {
                    let hold = self.holds.get_mut(&(of.merchant, *no)).filter(|hold| !hold.released);
                    let room = hold.map(|hold| {
                        hold.taken = hold.taken.saturating_add_unsigned(*fen);
                        hold.taken <= hold.fen.cast_signed()
                    });
                    must(room == Some(true), Wrong::Hold(at));
                }
            }
            Row::Made(payout) => {
                let id = payout.id;
                must(self.names.contains_key(&id.merchant), Wrong::Merchant(at));
                must(self.is_his(payout), Wrong::Account(at));
                let before = id.attempt.checked_sub(1).map(|attempt| PayoutId { attempt, ..id });
                let before = before.and_then(|before| self.payouts.get(&before)).copied();
                let due = match before {
                    None => self.settled.get(&(id.merchant, id.day)).map(|s| s.payable_fen),
                    Some((paid, _)) => paid.fen.checked_sub(self.kept.get(&paid.id).copied().unwrap_or(0)),
                };
                must(due == Some(payout.fen) && payout.fen > 0, Wrong::Amount(at));
                // A first one was looked at with its settlement.
                let owes = self.owes.get(&id.merchant).is_some_and(|owes| *owes < 0);
                let owing = before.is_some() && (owes || self.lacks(id.merchant, payout.pay_day));
                must(!owing, Wrong::Owing(at));
                let in_turn = match before {
                    None => id.attempt == 1,
                    Some((_, step)) => matches!(step, Step::Returned(_)),
                };
                must(in_turn && !self.payouts.contains_key(&id), Wrong::Twice(at));
                if let Some((refused, Step::Returned(reason))) = before {
                    let same = (&refused.number, &refused.bank) == (&payout.number, &payout.bank);
                    let said = payout.said.as_ref().is_some_and(|[by, checked]| by != checked);
                    must(!same || said || reason == super::ReturnReason::Bank, Wrong::Uncorrected(at));
                }
                self.payouts.entry(id).or_insert((payout, Step::Made));
            }
            Row::Stepped { id, step } => match self.payouts.get_mut(id) {
                Some((_, was)) if *was == *step || follows(*was, *step) => *was = *step,
                _ => must(false, Wrong::Step(at)),
            },
        }
    }

    /// Whether what a day took from holds and gave back is what its settlement says, no hold has more than it may, and none goes on
    /// behind its end.
    fn hold_moves(&mut self, s: &Settlement, moves: &[(u64, i64)]) -> bool {
        let sum = |sign: i64| -> i128 {
            moves.iter().filter(|(_, fen)| fen.signum() == sign).map(|(_, fen)| i128::from(fen.unsigned_abs())).sum()
        };
        let mut sound = (sum(1), sum(-1)) == (i128::from(s.held_fen), i128::from(s.released_fen));
        for (no, fen) in moves {
            let Some(hold) = self.holds.get_mut(&(s.merchant, *no)) else { return false };
            let over = hold.released || hold.until < s.day;
            sound &= if *fen < 0 { over && hold.taken == -fen } else { hold.until >= s.day };
            hold.taken = hold.taken.saturating_add(*fen);
            sound &= (0..=hold.fen.cast_signed()).contains(&hold.taken);
        }
        let kept = self.holds.iter().filter(|((merchant, _), hold)| *merchant == s.merchant && hold.until < s.day);
        sound && kept.map(|(_, hold)| hold.taken).all(|taken| taken == 0)
    }

    /// Whether a hold of his that covers a day has not got all it may.
    fn lacks(&self, merchant: MerchantId, day: BusinessDate) -> bool {
        let mut own = self.holds.iter().filter(|((of, _), _)| *of == merchant).map(|(_, hold)| hold);
        own.any(|hold| !hold.released && hold.from <= day && day <= hold.until && hold.taken < hold.fen.cast_signed())
    }

    /// Whether it goes to the account that was bound last, from its pay day or earlier.
    fn is_his(&self, payout: &PayoutRow) -> bool {
        let bound = self.bound.get(&payout.id.merchant).map_or(&[][..], Vec::as_slice);
        let latest = bound.iter().rev().find(|(from, ..)| *from <= payout.pay_day);
        latest.is_some_and(|(_, number, bank, name)| {
            (*number, *bank, *name) == (payout.number.as_str(), payout.bank.as_str(), payout.holder_name.as_str())
        })
    }
}

/// Money in is money out, reckoned here again.
fn balances(s: &Settlement) -> bool {
    let sum = |parts: &[u64]| parts.iter().map(|fen| i128::from(*fen)).sum::<i128>();
    let plus = sum(&[s.gross_in_fen, s.released_fen, s.freed_fen]) + i128::from(s.carried_in_fen);
    let minus = sum(&[s.gross_back_fen, s.held_fen, s.reserved_fen, s.price_fen, s.payable_fen]);
    plus - minus == i128::from(s.discount_fen) + i128::from(s.carried_out_fen) && s.carried_out_fen <= 0
}
