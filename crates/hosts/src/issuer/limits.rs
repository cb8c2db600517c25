//! What a card may spend in one sale and in one day. Checked and used up in the decision that debits, never apart from it.

use super::record::{Limits, Usage};
use slipway_terms::{Amount, BusinessDate, ResponseCode};

/// The usage as it stands today: a new day begins with empty sums, PIN tries stay.
pub(super) fn today(stored: Option<Usage>, date: BusinessDate) -> Usage {
    match stored {
        Some(usage) if usage.date == date => usage,
        stored => Usage { tries: stored.map_or(0, |usage| usage.tries), date, minor: 0, count: 0 },
    }
}

/// 61 for one sale or the day's sum, then 65 for the day's count.
pub(super) fn check(limits: &Limits, usage: &Usage, amount: Amount) -> Result<(), ResponseCode> {
    if amount.minor() > limits.sale_max || usage.minor.saturating_add(amount.minor()) > limits.day_max {
        return Err(ResponseCode::AMOUNT_LIMIT);
    }
    if usage.count >= limits.day_count_max {
        return Err(ResponseCode::COUNT_LIMIT);
    }
    Ok(())
}

/// Counts an approved sale.
pub(super) fn use_up(usage: &mut Usage, amount: Amount) {
    usage.minor = usage.minor.saturating_add(amount.minor());
    usage.count = usage.count.saturating_add(1);
}

/// Gives amount and count back to the counters of the original's day; a day that is over has none (rules 9). PIN tries stay.
pub(super) fn give_back(usage: &Usage, counted: BusinessDate, amount: Amount) -> Option<Usage> {
    (usage.date == counted).then(|| Usage {
        minor: usage.minor.saturating_sub(amount.minor()),
        count: usage.count.saturating_sub(1),
        ..*usage
    })
}
