//! Where the exchanges of one merchant are found without reading all of them: by time; by a later day on which something came to them; by
//! being undecided; by being about another one. Written in the commit of the exchange itself and from nothing but the exchange. Nothing is
//! ever decided by it: it serves those who look. Must never hold a card, a token of one, or a row that its exchange does not account for.

use super::{Acquirer, AcquirerRow, Exchange, Original, Stage};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Key, Record};
use slipway_terms::{Amount, BusinessDate, Moment, TillKey};

/// When an exchange was taken, and what a list is narrowed by. Never changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    /// Which.
    pub till: TillKey,
    /// When it was taken.
    pub at: Moment,
    /// DE 4.
    pub amount: Option<Amount>,
    /// The end of its card's number.
    pub last4: u16,
}

/// Something came to an exchange on a later calendar day than the one on which it was taken. One of which nobody tells us how it ended
/// stands under that very day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Noted {
    /// Which.
    pub till: TillKey,
    /// On which day.
    pub day: BusinessDate,
}

/// An exchange about which something is open. It leaves the table when it rests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Undecided {
    /// Which.
    pub till: TillKey,
}

/// An exchange that is about another one: its void, refund, completion or adjustment. Stands under both, the earlier one first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Follower {
    /// The later one.
    pub till: TillKey,
}

/// Every exchange of this store stands in the tables of this file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Indexed {
    /// Since when.
    pub since: Moment,
}

type Row = (Key, AcquirerRow);

fn row<R: Record<AcquirerRow>>(key: &R::Key, record: R) -> Row {
    (R::key(key), record.wrap())
}

fn taken(o: &Original) -> Row {
    let taken = Taken { till: o.till, at: o.at, amount: o.amount, last4: o.tail.last4 };
    row(&(o.till.merchant, o.at, o.till), taken)
}

fn noted(o: &Original, day: BusinessDate) -> Row {
    row(&(o.till.merchant, day, o.till), Noted { till: o.till, day })
}

fn follower(o: &Original) -> Option<Row> {
    o.about.map(|about| row(&(about.till, o.till), Follower { till: o.till }))
}

fn undecided(o: &Original) -> Row {
    row(&(o.till.merchant, o.till), Undecided { till: o.till })
}

/// All rows under which an exchange is found, for a store that was written before there were any.
pub fn index_of(o: &Original) -> Vec<Row> {
    let times = [o.answered_at, o.undo.map(|undo| undo.at), o.redo.map(|redo| redo.at)];
    let unsure = (o.stage == Stage::Unsure).then_some(o.at);
    let later = times.into_iter().flatten().filter(|at| at.date() != o.at.date());
    let mut rows = Vec::from([taken(o)]);
    rows.extend(later.chain(unsure).map(|at| noted(o, at.date())));
    rows.extend(follower(o));
    if !o.rests() {
        rows.push(undecided(o));
    }
    rows
}

/// The same for what a decision writes: the rows of each exchange in it, beside it.
pub(super) fn keep(at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let mut seen: Vec<TillKey> = Vec::new();
    let (mut puts, mut ends) = (Vec::new(), Vec::new());
    // Of an exchange that is written twice the last counts, as it does in the store.
    for (_, written) in d.puts.iter().rev() {
        let AcquirerRow::Exchange(Exchange::Original(o)) = written else { continue };
        if seen.contains(&o.till) {
            continue;
        }
        seen.push(o.till);
        let before = match facts.known::<Exchange>(&o.till) {
            Some(Exchange::Original(before)) => Some(before),
            _ => None,
        };
        if before.is_none() {
            puts.push(taken(o));
            puts.extend(follower(o));
        }
        if o.stage == Stage::Unsure && before.is_none_or(|before| before.stage != Stage::Unsure) {
            puts.push(noted(o, o.at.date()));
        }
        if at.date() != o.at.date() {
            puts.push(noted(o, at.date()));
        }
        let (open, was_open) = (!o.rests(), before.is_some_and(|before| !before.rests()));
        if open && !was_open {
            puts.push(undecided(o));
        } else if was_open && !open {
            ends.push(<Undecided as Record<AcquirerRow>>::key(&(o.till.merchant, o.till)));
        }
    }
    d.puts.extend(puts);
    d.ends.extend(ends);
}
