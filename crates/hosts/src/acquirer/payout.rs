//! The acquirer books a merchant's settled day: what he is owed less his discount goes to his account, once. An item that is not
//! payable, stands elsewhere already, or is another merchant's refuses its whole part: the plan was wrong, not the books.

use super::{Acquirer, AcquirerRow, Counters, Credit, Exchange, PaidOut, gate, withheld};
use crate::day;
use crate::dispute::DisputeMove;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, PART_ITEMS_MAX, PayoutItem, PayoutPart, Wants};
use slipway_terms::{BusinessDate, MerchantId, Moment, SwitchKey, Turn};

/// A merchant's day, and how far it was told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MerchantDay {
    /// Whose.
    pub merchant: MerchantId,
    /// Which.
    pub day: BusinessDate,
    /// Items in all.
    pub count: u32,
    /// What is owed for them.
    pub gross_minor: i64,
    /// Discount and price of early money.
    pub fees_minor: i64,
    /// What is paid out.
    pub payable_minor: i64,
    /// Items taken so far.
    pub taken: u32,
    /// Their sum.
    pub taken_minor: i64,
    /// When the last was taken, and under which key it was posted.
    pub done: Option<(Moment, SwitchKey)>,
}

/// An item that was settled. Key: exchange and the cause of the posting it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settled {
    /// Which exchange.
    pub exchange: SwitchKey,
    /// Which posting of it.
    pub cause: Cause,
    /// In which day's settlement.
    pub day: BusinessDate,
    /// What was owed for it. Unit: minor units.
    pub minor: i64,
}

/// The postings that an item can be about: a case may have paid what was never captured.
const fn causes(turn: Turn) -> &'static [Cause] {
    match turn {
        Turn::First => &[Cause::Approval, Cause::Redo],
        Turn::Undo => &[Cause::Undo],
        Turn::Again => &[Cause::Redo],
    }
}

pub(super) fn wants(part: &PayoutPart, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    day::want::<Acquirer>(out);
    out.row::<MerchantDay, AcquirerRow>(&(part.mark.merchant, part.mark.day)).row::<Counters, AcquirerRow>(&());
    let id = part.mark.merchant;
    let own = [Account::MerchantPayable(id), Account::MerchantHeld(id), Account::MerchantReserve(id)];
    ledger::want::<AcquirerRow>(&own, out);
    ledger::want::<AcquirerRow>(&[Account::Discount, Account::Payout], out);
    withheld::want_day(part, seen, out);
    for item in &part.items {
        for cause in causes(item.turn) {
            let key = (item.exchange, *cause as u8);
            out.row::<Posting, AcquirerRow>(&key).row::<Settled, AcquirerRow>(&key);
        }
        out.row::<DisputeMove, AcquirerRow>(&item.exchange);
        if let Some(till) = item.till {
            out.row::<Exchange, AcquirerRow>(&till);
        }
    }
}

/// One part, in one commit.
pub(super) fn decide(a: &Acquirer, at: Moment, part: &PayoutPart, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    match take(a, at, part, facts, &mut d) {
        Ok(true) => {}
        Ok(false) => d.count("payout.part_again"),
        Err(why) => {
            d = Decision::nothing();
            d.count(why);
        }
    }
    d
}

fn take(
    a: &Acquirer,
    at: Moment,
    part: &PayoutPart,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<bool, &'static str> {
    let mark = &part.mark;
    let days = day::days(at, facts);
    if mark.day > days.closed {
        return Err("payout.day_not_closed");
    }
    let told = u32::try_from(part.items.len()).unwrap_or(u32::MAX);
    let mut of = match facts.get::<MerchantDay>(&(mark.merchant, mark.day)) {
        Some(of) => {
            let same = (of.count, of.gross_minor, of.fees_minor, of.payable_minor);
            if same != (mark.count, mark.gross_minor, mark.fees_minor, mark.payable_minor) {
                return Err("payout.another_settlement_of_the_day");
            }
            if of.done.is_some() || part.from.saturating_add(told) <= of.taken {
                return Ok(false);
            }
            *of
        }
        None => MerchantDay {
            merchant: mark.merchant,
            day: mark.day,
            count: mark.count,
            gross_minor: mark.gross_minor,
            fees_minor: mark.fees_minor,
            payable_minor: mark.payable_minor,
            taken: 0,
            taken_minor: 0,
            done: None,
        },
    };
    let whole = part.items.len() <= PART_ITEMS_MAX && part.from == of.taken;
    if !whole || of.taken + told > of.count || (told == 0 && of.count > 0) || mark.payable_minor < 0 {
        return Err("payout.part_out_of_turn");
    }
    let mut met = BTreeSet::new();
    for item in &part.items {
        let posted = payable(mark.merchant, mark.day, item, facts).ok_or("payout.item_refused")?;
        if !met.insert((posted.exchange, posted.cause)) {
            return Err("payout.item_refused");
        }
        let (exchange, cause, minor) = (posted.exchange, posted.cause, item.minor);
        d.put(&(exchange, cause as u8), Settled { exchange, cause, day: mark.day, minor });
        of.taken_minor = of.taken_minor.checked_add(minor).ok_or("payout.wrong_sum")?;
    }
    of.taken += told;
    if of.taken == of.count {
        if of.taken_minor != of.gross_minor {
            return Err("payout.wrong_sum");
        }
        let kept = withheld::book(at, &of, part, facts, d)?;
        let exchange = post(a, at, &of, (days.date, kept), facts, d);
        if of.payable_minor > 0 {
            let to = part.rest.to.ok_or("payout.no_account")?;
            let (merchant, day, minor) = (of.merchant, of.day, of.payable_minor);
            let fresh =
                PaidOut { merchant, day, attempt: 1, minor, to, at, exchange, said: None, returned: None, again: None };
            d.put(&(merchant, day, 1), fresh);
        }
        of.done = Some((at, exchange));
        d.count("payout.day_settled");
    }
    d.put(&(mark.merchant, mark.day), of);
    Ok(true)
}

/// The posting that an item is about, if it is this merchant's, not settled, and may go out.
fn payable<'a>(
    merchant: MerchantId,
    day: BusinessDate,
    item: &PayoutItem,
    facts: &'a Facts<'_, Acquirer>,
) -> Option<&'a Posting> {
    let owed = (Account::MerchantPayable(merchant), -item.minor);
    let key = |cause: &Cause| (item.exchange, *cause as u8);
    let posted = causes(item.turn).iter().find_map(|cause| facts.get::<Posting>(&key(cause)))?;
    let known = posted.legs.contains(&owed) && posted.day <= day;
    if !known || facts.get::<Settled>(&key(&posted.cause)).is_some() {
        return None;
    }
    // Money to the merchant waits until somebody has confirmed it; a return counts at once (rules 1).
    let sure = match item.till.and_then(|till| facts.get::<Exchange>(&till)) {
        _ if item.minor < 0 || posted.cause != Cause::Approval => true,
        Some(Exchange::Original(o)) if o.switch == item.exchange => o.credit == Credit::Confirmed || o.undo.is_some(),
        // A step of a dispute stands at no till: what was presented again goes out once the network has cleared it.
        _ => facts.get::<DisputeMove>(&item.exchange).is_some_and(|moved| moved.filed.is_some()),
    };
    sure.then_some(posted)
}

/// What he pays and what he gets leave what he is owed.
fn post(
    a: &Acquirer,
    at: Moment,
    of: &MerchantDay,
    (open, kept): (BusinessDate, [(Account, i64); 2]),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> SwitchKey {
    // A key of its own, as of all that has no exchange.
    let mut counters = gate::counters(facts);
    let exchange = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    d.put(&(), counters);
    let rest = [(Account::Discount, -of.fees_minor), (Account::Payout, -of.payable_minor)];
    // Accounts of which there is nothing to say are not named.
    let kept = kept.into_iter().filter(|(_, minor)| *minor != 0);
    let rest: Vec<(Account, i64)> = rest.into_iter().chain(kept).collect();
    let whole = -rest.iter().map(|(_, minor)| minor).sum::<i64>();
    let legs = core::iter::once((Account::MerchantPayable(of.merchant), whole)).chain(rest).collect();
    ledger::post(Posting { exchange, cause: Cause::Settled, rrn: None, at, day: open, legs }, facts, d);
    exchange
}
