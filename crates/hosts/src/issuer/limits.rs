//! What a card may spend in one sale and in one day. Checked and used up in the decision that debits, never apart from it.

use super::core::Issuer;
use super::record::{Exchange, Limits, Usage};
use slipway_node::Facts;
use slipway_terms::{Amount, BusinessDate, Kind, ResponseCode};

/// The usage as it stands today: a new day begins with empty sums, PIN tries stay.
pub(super) fn today(stored: Option<Usage>, date: BusinessDate) -> Usage {
    match stored {
        Some(usage) if usage.date == date => usage,
        stored => {
            let (tries, atc) = stored.map_or((0, 0), |usage| (usage.tries, usage.atc));
            Usage { tries, atc, date, minor: 0, count: 0 }
        }
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

/// Whether an approval of this kind uses up the card's limits: a completion was counted as its hold.
pub(super) const fn counts(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::Moto | Kind::PreAuth)
}

/// The usage after a void of `first`, or `None` if its day is over.
pub(super) fn voided(usage: &Usage, kind: Kind, first: &Exchange, amount: Amount) -> Option<Usage> {
    if matches!(kind, Kind::SaleVoid | Kind::PreAuthVoid) { give_back(usage, first.counted, amount) } else { None }
}

/// The usage after an undo: of a payment its amount comes back, of a void it is used up again; on the original's day only.
pub(super) fn undone(usage: &Usage, exchange: &Exchange, amount: Amount, facts: &Facts<'_, Issuer>) -> Option<Usage> {
    match exchange.kind? {
        kind if counts(kind) => give_back(usage, exchange.counted, amount),
        Kind::SaleVoid | Kind::PreAuthVoid => {
            let first = facts.get::<Exchange>(&exchange.asked.original?)?;
            let mut again = *usage;
            use_up(&mut again, amount);
            (usage.date == first.counted).then_some(again)
        }
        _ => None,
    }
}

/// Gives amount and count back to the counters of the original's day; a day that is over has none (rules 9). PIN tries stay.
pub(super) fn give_back(usage: &Usage, counted: BusinessDate, amount: Amount) -> Option<Usage> {
    (usage.date == counted).then(|| Usage {
        minor: usage.minor.saturating_sub(amount.minor()),
        count: usage.count.saturating_sub(1),
        ..*usage
    })
}
