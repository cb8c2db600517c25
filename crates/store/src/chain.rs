//! The chain of batches: every commit carries its number and a hash over itself and the commit before.
//! Finds damage and missing batches; it is no signature and never a defence against a forger.

use slipway_node::{Batch, Key, StoreFault};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The table byte of the store's own chain row. No core's table may use it.
pub const CHAIN_SPACE: u8 = 0xFF;

/// First bytes of a chain row, by which a batch is found behind a damaged place.
pub const LINK_MAGIC: [u8; 8] = *b"\xC5SLchn\x01\xF2";

/// Bytes of a stored chain row.
pub const LINK_BYTES: usize = 8 + 8 + 16 + 16 + 8;

/// Where a chain stands: number of the last batch and the hash over it and all before. Number 0 is the empty store.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Link {
    /// Batches committed since the store was made.
    pub number: u64,
    /// xxh3-128 over the hash before, the number and the batch's bytes.
    pub hash: u128,
}

/// One write of a batch: `None` ends the row.
pub type Step<'a> = (&'a [u8], Option<&'a [u8]>);

/// The batch as it is written: one step per key, in key order. Puts are taken in order, the last one of a key wins; ends
/// come after all puts. (The engine has no order inside a batch, so a key may stand there only once.)
pub fn steps(batch: &Batch) -> Result<Vec<Step<'_>>, StoreFault> {
    let mut steps: Vec<Step<'_>> = Vec::with_capacity(batch.puts.len() + batch.ends.len() + 1);
    steps.extend(batch.puts.iter().map(|(key, row)| (key.as_bytes(), Some(row.as_slice()))));
    steps.extend(batch.ends.iter().map(|key| (key.as_bytes(), None)));
    if steps.iter().any(|(key, _)| key.first() == Some(&CHAIN_SPACE)) {
        return Err(StoreFault::Io(String::from("a row for the store's own table")));
    }
    steps.sort_by(|a, b| a.0.cmp(b.0));
    steps.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 = later.1;
        }
        same
    });
    Ok(steps)
}

/// Key bounds of a prefix: from the prefix itself up to the first key behind all that begin with it, if there is one.
pub fn bounds(prefix: &[u8]) -> (std::ops::Bound<Key>, std::ops::Bound<Key>) {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    let from = Key::from_bytes(prefix).map_or(Unbounded, Included);
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX).map(|at| &prefix[..=at]);
    let to = kept.and_then(|kept| {
        let mut next = kept.to_vec();
        *next.last_mut()? += 1;
        Key::from_bytes(&next)
    });
    (from, to.map_or(Unbounded, Excluded))
}

impl Link {
    /// The link after a batch of these steps.
    pub fn next<'a>(self, steps: impl Iterator<Item = Step<'a>>) -> Self {
        let number = self.number + 1;
        let mut hash = Xxh3::new();
        hash.update(&self.hash.to_le_bytes());
        hash.update(&number.to_le_bytes());
        for (key, row) in steps {
            let mut head = [0_u8; 6];
            head[0] = u8::from(row.is_some());
            head[1] = u8::try_from(key.len()).unwrap_or(u8::MAX);
            head[2..].copy_from_slice(&u32::try_from(row.map_or(0, <[u8]>::len)).unwrap_or(u32::MAX).to_le_bytes());
            hash.update(&head);
            hash.update(key);
            hash.update(row.unwrap_or_default());
        }
        Self { number, hash: hash.digest128() }
    }

    /// The chain row of this link: magic 8, number 8, hash before 16, hash 16, check 8.
    pub fn row(self, before: Self) -> [u8; LINK_BYTES] {
        let mut row = [0; LINK_BYTES];
        row[..8].copy_from_slice(&LINK_MAGIC);
        row[8..16].copy_from_slice(&self.number.to_le_bytes());
        row[16..32].copy_from_slice(&before.hash.to_le_bytes());
        row[32..48].copy_from_slice(&self.hash.to_le_bytes());
        let check = xxh3_64(&row[..48]);
        row[48..].copy_from_slice(&check.to_le_bytes());
        row
    }

    /// A chain row again, as (the link before, this link); `None` if it is not one.
    pub fn from_row(row: &[u8]) -> Option<(Self, Self)> {
        if row.len() != LINK_BYTES || row[..8] != LINK_MAGIC || xxh3_64(&row[..48]).to_le_bytes() != row[48..] {
            return None;
        }
        let number = u64::from_le_bytes(row[8..16].try_into().ok()?);
        let before = u128::from_le_bytes(row[16..32].try_into().ok()?);
        let hash = u128::from_le_bytes(row[32..48].try_into().ok()?);
        Some((Self { number: number.checked_sub(1)?, hash: before }, Self { number, hash }))
    }
}

/// The fault of a store that has lost acknowledged batches.
pub fn behind(mark: Link) -> StoreFault {
    StoreFault::Damaged(format!("behind its mark: batch {} was acknowledged and is not there", mark.number))
}

/// Judges bytes after the last whole batch that are no whole batch: fine if they are of the one batch whose commit never
/// returned; damage if a later batch stands in them or the mark has seen that batch.
pub fn judge_tail(last: Option<Link>, tail: &[u8], mark: Link) -> Result<(), StoreFault> {
    let mut first = last.map(|last| last.number + 1);
    for (at, _) in tail.windows(LINK_MAGIC.len()).enumerate().filter(|(_, bytes)| *bytes == LINK_MAGIC) {
        let Some((_, link)) = tail.get(at..at + LINK_BYTES).and_then(Link::from_row) else { continue };
        let allowed = *first.get_or_insert(link.number);
        if link.number != allowed {
            return Err(StoreFault::Damaged(format!("broken before batch {}", link.number)));
        }
        if link.number <= mark.number {
            return Err(behind(mark));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_per_key_last_put_wins_and_ends_come_after() {
        let key = |n: u8| Key::of(1).with(&n);
        let batch = Batch {
            puts: vec![(key(2), vec![1]), (key(1), vec![2]), (key(2), vec![3]), (key(3), vec![4])],
            ends: vec![key(3)],
        };
        let got: Vec<_> =
            steps(&batch).unwrap().into_iter().map(|(key, row)| (key[1], row.map(<[u8]>::to_vec))).collect();
        assert_eq!(got, vec![(1, Some(vec![2])), (2, Some(vec![3])), (3, None)]);
    }

    #[test]
    fn the_stores_own_table_is_refused() {
        let batch = Batch { puts: vec![(Key::of(CHAIN_SPACE), vec![])], ends: vec![] };
        assert!(matches!(steps(&batch), Err(StoreFault::Io(_))));
    }

    #[test]
    fn a_link_row_is_read_back_and_every_flipped_bit_is_found() {
        let before = Link { number: 6, hash: 99 };
        let link = before.next([(&[1_u8, 2][..], Some(&[3_u8][..]))].into_iter());
        let row = link.row(before);
        assert_eq!(Link::from_row(&row), Some((before, link)));
        for bit in 0..row.len() * 8 {
            let mut bad = row;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Link::from_row(&bad), None, "bit {bit}");
        }
    }

    #[test]
    fn put_and_end_of_one_key_hash_differently() {
        let empty = Link::default().next([(&[1_u8][..], Some(&[][..]))].into_iter());
        assert_ne!(empty, Link::default().next([(&[1_u8][..], None)].into_iter()));
    }
}
