//! What an exchange's movements in one house are on one business day, as entries of that house's list. Must never lose or make a
//! fen: the entries of all days add up to what the house has posted.
//!
//! ```text
//!   approved                       an entry of its kind
//!   approved and undone on a day   nothing: neither stands
//!   and taken back on that day     what it was, as in the clearing file
//!   undone on a later day          late reversal; of a void or refund: asked for again (请款)
//!   taken back by a finding        asked for again; of a void or refund, or a difference downwards: credit adjustment
//! ```

use crate::key::Entry;
use alloc::vec::Vec;
use slipway_terms::{BusinessDate, Kind, Moment};

/// One movement of an exchange in one house.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The business day it counts on.
    pub day: BusinessDate,
    /// Signed fen: positive, the cardholder pays.
    pub fen: i64,
    /// When it was posted.
    pub at: Moment,
}

/// All that an exchange moved in one house: each at most once (rules 2).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Moves {
    /// Its approval.
    pub first: Option<Moved>,
    /// The undo slot.
    pub undo: Option<Moved>,
    /// The redo slot.
    pub again: Option<Moved>,
}

impl Entry {
    /// The entry of an approved exchange; none for a kind that moves no money.
    pub const fn of_kind(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Sale | Kind::Moto => Self::Sale,
            Kind::SaleVoid => Self::SaleVoid,
            Kind::Refund => Self::Refund,
            Kind::Completion => Self::Completion,
            Kind::CompletionAdvice => Self::CompletionAdvice,
            Kind::CompletionVoid => Self::CompletionVoid,
            Kind::OfflineSale => Self::Offline,
            Kind::Adjust => Self::Adjust,
            Kind::Chargeback => Self::Chargeback,
            Kind::Representment => Self::Representment,
            Kind::SecondChargeback => Self::SecondChargeback,
            Kind::AwardBack => Self::AwardBack,
            Kind::AwardPaid => Self::AwardPaid,
            Kind::Balance | Kind::PreAuth | Kind::PreAuthVoid => return None,
        })
    }
}

impl Moves {
    /// The entries of a day. What nets to nothing on one day is none; what was undone and redone on one day is what it was.
    pub fn on(&self, date: BusinessDate, kind: Kind) -> Vec<(Entry, Moved)> {
        let on = |moved: Option<Moved>| moved.filter(|moved| moved.day == date && moved.fen != 0);
        let of = Entry::of_kind(kind);
        let (mut first, mut undo, mut again) = (on(self.first), on(self.undo), on(self.again));
        match (first, undo, again) {
            // Whatever it began as: between two cuts what was undone and redone is what it was, as in the clearing file.
            (_, Some(back), Some(redone)) if back.fen.checked_add(redone.fen) == Some(0) => {
                (undo, again) = (None, None)
            }
            (Some(took), Some(back), _) if took.fen.checked_add(back.fen) == Some(0) => (first, undo) = (None, None),
            _ => {}
        }
        // A movement upwards is asked for, one downwards given back: the sign says so by itself.
        let later = |fen: i64, back: Entry| if fen > 0 { Entry::DebitAdjustment } else { back };
        let first = first.and_then(|took| Some((of?, took)));
        let undo = undo.map(|back| (later(back.fen, Entry::LateReversal), back));
        let again = again.map(|redone| (later(redone.fen, Entry::CreditAdjustment), redone));
        [first, undo, again].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: fn(u8) -> BusinessDate = |day| BusinessDate { year: 2026, month: 3, day };

    #[test]
    fn entries_of_all_days_add_up_to_what_was_posted() {
        let moved = |day: u8, fen| (day > 0).then_some(Moved { day: D(day), fen, at: Moment(0) });
        for kind in slipway_terms::SHAPES.iter().filter(|shape| shape.moves_money()).map(|shape| shape.kind) {
            for fen in [8_800, -8_800] {
                for (first, undo, again) in
                    (1..4).flat_map(|f| (0..4).flat_map(move |u| (0..4).map(move |a| (f, u, a))))
                {
                    let moves = Moves { first: moved(first, fen), undo: moved(undo, -fen), again: moved(again, fen) };
                    let days: Vec<_> = (1..4).flat_map(|day| moves.on(D(day), kind)).collect();
                    let all: i64 = [moves.first, moves.undo, moves.again].into_iter().flatten().map(|m| m.fen).sum();
                    assert_eq!(days.iter().map(|(_, moved)| moved.fen).sum::<i64>(), all, "{kind:?} {moves:?}");
                    let mut letters: Vec<_> = days.iter().map(|(entry, moved)| (moved.day, entry.letter())).collect();
                    letters.sort_unstable();
                    letters.dedup();
                    assert_eq!(letters.len(), days.len(), "a key stands once a day: {kind:?} {moves:?}");
                }
            }
        }
    }

    #[test]
    fn each_movement_has_its_name() {
        let moved = |day, fen| Some(Moved { day: D(day), fen, at: Moment(0) });
        let check = |moves: Moves, kind, day, want: &[(Entry, i64)]| {
            let got: Vec<_> = moves.on(D(day), kind).iter().map(|(entry, moved)| (*entry, moved.fen)).collect();
            assert_eq!(got, want, "{moves:?}");
        };
        let sale = Moves { first: moved(1, 100), undo: moved(2, -100), again: moved(3, 100) };
        check(sale, Kind::Sale, 1, &[(Entry::Sale, 100)]);
        check(sale, Kind::Sale, 2, &[(Entry::LateReversal, -100)]);
        check(sale, Kind::Sale, 3, &[(Entry::DebitAdjustment, 100)]);
        check(sale, Kind::Balance, 1, &[]);
        let void = Moves { first: moved(1, -100), undo: moved(2, 100), again: None };
        check(void, Kind::SaleVoid, 1, &[(Entry::SaleVoid, -100)]);
        check(void, Kind::SaleVoid, 2, &[(Entry::DebitAdjustment, 100)]);
        let same_day = Moves { first: moved(1, 100), undo: moved(1, -100), again: None };
        check(same_day, Kind::Sale, 1, &[]);
        // What the clearing file calls it: what is left of all that was done between two cuts.
        let redone = Moves { first: moved(1, 100), undo: moved(1, -100), again: moved(1, 100) };
        check(redone, Kind::Sale, 1, &[(Entry::Sale, 100)]);
        let redone = Moves { first: moved(1, 100), undo: moved(2, -100), again: moved(2, 100) };
        check(redone, Kind::Sale, 2, &[]);
        let borne = Moves { first: moved(1, 100), undo: moved(1, -100), again: moved(1, 0) };
        check(borne, Kind::Sale, 1, &[]);
        let less = Moves { first: moved(1, 100), undo: None, again: moved(1, -20) };
        check(less, Kind::Sale, 1, &[(Entry::Sale, 100), (Entry::CreditAdjustment, -20)]);
    }
}
