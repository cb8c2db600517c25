//! The shop's exchanges as the acquirer's index has them: a page of a list, what is not decided, and what hangs together, each without reading
//! what came before. How many rows a look reads depends on what it shows, and not on how long the shop has been here.

use crate::archive::shelf::{Shelf, newest, one};
use crate::say::End;
use crate::web::cursor::{Cursor, Page};
use crate::web::refusal::Refusal;
use slipway_hosts::acquirer::{AcquirerRow, Exchange, Follower, Noted, Original, Stage, Taken, Undecided};
use slipway_node::{Key, Record};
use slipway_terms::{BusinessDate, MerchantId, Moment, TillKey};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a part where nobody knows how many are wanted.
const PART: u16 = 500;
/// Rows of the index that one look passes over at most; a list that is narrowed goes on behind them with its next page.
const LOOKED_MAX: usize = 5_000;
/// How long one whose undo another house owns is asked after; an undo that takes a day is an alarm there. Unit: milliseconds.
const UNSURE_MS: i64 = 3 * 86_400_000;

/// An exchange; `None`: there is none under this number.
pub fn original(shelf: &dyn Shelf, till: &TillKey) -> Result<Option<Original>, End> {
    Ok(match one::<Exchange>(shelf, till)? {
        Some(Exchange::Original(found)) => Some(*found),
        _ => None,
    })
}

/// The first moment of a calendar day (UTC+8).
const fn begin(days: i64) -> Moment {
    Moment(days * 86_400_000 - 8 * 3_600_000)
}

/// Where a page goes on: the time of a row and its number.
fn place(row: &Taken) -> Vec<u8> {
    let whole = Key::of(<Taken as Record<AcquirerRow>>::SPACE).with(&row.at).with(&row.till);
    whole.as_bytes()[1..].to_vec()
}

/// The key of that row among the shop's own.
fn key_of(id: MerchantId, place: &[u8]) -> Result<Key, Refusal> {
    // A moment has 8 bytes, and the number of an exchange 29.
    if place.len() != 37 {
        return Err(Cursor::broken().into());
    }
    let mut key = Key::of(<Taken as Record<AcquirerRow>>::SPACE).with(&id);
    key.push(place);
    Ok(key)
}

/// A page of what the shop has taken, newest first, of one day or of all, as far as it is wanted; and where to go on. Where little is wanted
/// of much a page may be short, or empty, and still not be the last.
pub fn page(
    shelf: &dyn Shelf,
    id: MerchantId,
    day: Option<BusinessDate>,
    narrow: Option<&dyn Fn(&Taken) -> bool>,
    page: &Page,
) -> Result<(Vec<Original>, Option<Vec<u8>>), Refusal> {
    let behind = page.behind.as_deref().map(|place| key_of(id, place)).transpose()?;
    let evening = day.map(|day| Key::of(<Taken as Record<AcquirerRow>>::SPACE).with(&id).with(&begin(day.days() + 1)));
    let below = [behind, evening].into_iter().flatten().min();
    let part = if narrow.is_some() { PART } else { u16::try_from(page.limit + 1).unwrap_or(PART) };
    let (mut found, mut next) = (Vec::<Taken>::new(), None);
    for (looked, row) in newest::<Taken>(shelf, &id, below, part).enumerate() {
        let row = row?;
        if day.is_some_and(|day| row.at.date() < day) {
            break;
        }
        let wanted = narrow.is_none_or(|narrow| narrow(&row));
        if wanted && found.len() == page.limit {
            next = found.last().map(place);
            break;
        }
        found.extend(wanted.then_some(row));
        if looked + 1 == LOOKED_MAX {
            next = Some(place(&row));
            break;
        }
    }
    let rows =
        found.iter().filter_map(|row| original(shelf, &row.till).transpose()).collect::<Result<Vec<_>, End>>()?;
    Ok((rows, next))
}

/// What the shop has taken since the beginning of a day, and what came to an earlier one of its exchanges since then.
pub fn since(shelf: &dyn Shelf, id: MerchantId, day: Option<BusinessDate>) -> Result<BTreeSet<TillKey>, End> {
    let mut all = BTreeSet::new();
    for row in newest::<Taken>(shelf, &id, None, PART) {
        let row = row?;
        if day.is_some_and(|day| row.at.date() < day) {
            break;
        }
        all.insert(row.till);
    }
    // Without a day all that it has taken is there already.
    if let Some(day) = day {
        all.extend(noted(shelf, id, day)?);
    }
    Ok(all)
}

fn noted(shelf: &dyn Shelf, id: MerchantId, day: BusinessDate) -> Result<Vec<TillKey>, End> {
    let mut all = Vec::new();
    for row in newest::<Noted>(shelf, &id, None, PART) {
        let row = row?;
        if row.day < day {
            break;
        }
        all.push(row.till);
    }
    Ok(all)
}

/// About what something is open.
pub fn open(shelf: &dyn Shelf, id: MerchantId) -> Result<Vec<TillKey>, End> {
    newest::<Undecided>(shelf, &id, None, PART).map(|row| row.map(|row| row.till)).collect()
}

/// What is not decided by the acquirer's record.
pub fn undecided(shelf: &dyn Shelf, id: MerchantId, now: Moment) -> Result<Vec<TillKey>, End> {
    let is = |one: &Original| match one.stage {
        Stage::Forwarded => true,
        Stage::Undone => one.undo.is_some_and(|undo| undo.answer.is_none()),
        // The switch owns its undo, and never tells us that it is done: for a while all parties are asked.
        Stage::Unsure => now.0 - one.at.0 < UNSURE_MS,
        Stage::Approved | Stage::Declined => false,
    };
    let mut all: BTreeSet<TillKey> = open(shelf, id)?.into_iter().collect();
    all.extend(noted(shelf, id, now.plus_ms(-UNSURE_MS).date())?);
    let found = all.iter().filter_map(|till| original(shelf, till).transpose());
    let found = found.collect::<Result<Vec<_>, End>>()?;
    Ok(found.iter().filter(|one| is(one)).map(|one| one.till).collect())
}

/// These and all of the shop's that hangs together with them, newest first: what is about something is reckoned with it, and with everything
/// else that is about it.
pub fn family(shelf: &dyn Shelf, id: MerchantId, seeds: BTreeSet<TillKey>) -> Result<Vec<Original>, End> {
    let (mut all, mut next) = (BTreeMap::new(), Vec::from_iter(seeds));
    while let Some(till) = next.pop() {
        if till.merchant != id || all.contains_key(&till) {
            continue;
        }
        let Some(found) = original(shelf, &till)? else { continue };
        next.extend(found.about.map(|about| about.till));
        for later in newest::<Follower>(shelf, &till, None, PART) {
            next.push(later?.till);
        }
        all.insert(till, found);
    }
    let mut all: Vec<Original> = all.into_values().collect();
    all.sort_by_key(|one| std::cmp::Reverse((one.at, one.till)));
    Ok(all)
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
