//! A merchant's settled day as the acquirer's core hears of it, in parts: worked out and written down by the rim before the first
//! part is told, so that a run which ends in the middle goes on with the same.

use alloc::vec::Vec;
use slipway_terms::{BusinessDate, MerchantId, PayTo, SwitchKey, TillKey, Turn};

/// Which day of which merchant, and what it comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayoutMark {
    /// Whose.
    pub merchant: MerchantId,
    /// Which business day.
    pub day: BusinessDate,
    /// Items.
    pub count: u32,
    /// Their sum: what is owed for them. Unit: minor units, as all below.
    pub gross_minor: i64,
    /// What the merchant pays: discount, and the price of early money.
    pub fees_minor: i64,
    /// What is paid out to his account.
    pub payable_minor: i64,
}

/// One item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayoutItem {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// Where it stands at the acquirer; `None` of what a case paid without a record.
    pub till: Option<TillKey>,
    /// Which movement of it.
    pub turn: Turn,
    /// What is owed for it, signed.
    pub minor: i64,
}

/// What a day does beside its items: what it keeps back, gives free and owes on, and where its money goes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PayoutRest {
    /// By number of the hold: newly held, or with a minus what it had, given free.
    pub holds: Vec<(u32, i64)>,
    /// Newly reserved, and from which day on it is free.
    pub reserved: Option<(i64, BusinessDate)>,
    /// Days whose reserve is given free now.
    pub freed: Vec<BusinessDate>,
    /// What the merchant owes to the next day: zero or negative.
    pub carried_minor: i64,
    /// Where the money goes; none only if nothing is paid.
    pub to: Option<PayTo>,
}

/// A part of a day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayoutPart {
    /// Of which.
    pub mark: PayoutMark,
    /// Items that were told before this part.
    pub from: u32,
    /// The next items; at most [`PART_ITEMS_MAX`](crate::PART_ITEMS_MAX).
    pub items: Vec<PayoutItem>,
    /// What the day does beside its items; in each part the same, done with the last.
    pub rest: PayoutRest,
}

impl PayoutPart {
    /// All parts of a day, in order.
    pub fn all(mark: PayoutMark, items: &[PayoutItem], rest: &PayoutRest) -> Vec<Self> {
        if items.is_empty() {
            return alloc::vec![Self { mark, from: 0, items: Vec::new(), rest: rest.clone() }];
        }
        let part = |(at, items): (usize, &[PayoutItem])| {
            let from = u32::try_from(at * crate::PART_ITEMS_MAX).unwrap_or(u32::MAX);
            Self { mark, from, items: items.to_vec(), rest: rest.clone() }
        };
        items.chunks(crate::PART_ITEMS_MAX).enumerate().map(part).collect()
    }
}
