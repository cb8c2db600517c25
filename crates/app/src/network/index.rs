//! An acquirer's store that was written before its exchanges were indexed gets the rows that it lacks, once, before anybody sees it. Goes
//! through the exchanges in parts, and begins again from the first if it is interrupted: the same rows are written again, and the mark comes last.

use slipway_hosts::acquirer::{AcquirerRow, Exchange, Indexed, index_of};
use slipway_node::{Batch, Key, Record, Rows, Scan, Store, StoreFault};
use slipway_terms::Moment;

/// Exchanges of one commit.
const PART: u16 = 2_000;

fn stored((key, row): (Key, AcquirerRow)) -> (Key, Vec<u8>) {
    let mut bytes = Vec::new();
    row.encode(&mut bytes);
    (key, bytes)
}

/// The mark of a store that never had an exchange without its index.
pub fn from_the_first(since: Moment) -> (Key, AcquirerRow) {
    (<Indexed as Record<AcquirerRow>>::key(&()), Indexed { since }.wrap())
}

/// Makes the index whole.
///
/// # Errors
/// The store fails, or has a row that cannot be read.
pub fn whole(store: &mut impl Store, now: Moment) -> Result<(), StoreFault> {
    let (mark, row) = from_the_first(now);
    let mut found = Vec::new();
    store.read(&[mark], &mut found)?;
    if found.iter().any(Option::is_some) {
        return Ok(());
    }
    let space = <Exchange as Record<AcquirerRow>>::SPACE;
    let (prefix, mut rows) = (Key::of(space), Vec::new());
    store.range(&Scan { prefix, rows_max: PART, newest_first: true }, &mut rows)?;
    while let Some((last, _)) = rows.last() {
        let last = *last;
        let mut batch = Batch::default();
        for (_, bytes) in &rows {
            let row = AcquirerRow::decode(space, bytes).map_err(|damage| StoreFault::Damaged(damage.to_string()))?;
            if let AcquirerRow::Exchange(Exchange::Original(one)) = row {
                batch.puts.extend(index_of(&one).into_iter().map(stored));
            }
        }
        store.commit(&batch)?;
        store.below(&prefix, &last, PART, &mut rows)?;
    }
    store.commit(&Batch { puts: vec![stored((mark, row))], ends: Vec::new() })
}
