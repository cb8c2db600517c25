//! Pre-authorisation: money that is held, not debited. A hold ends exactly once at a time: captured by a completion, released
//! by a void or reversal, or expired; a lost completion or void that is undone brings it back with its old end (rules 3).

use super::core::{Issuer, IssuerTimer};
use super::record::{AccountRow, Exchange, Hold, HoldOpen, HoldState, IssuerRow};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Moment, Short, SwitchKey};

/// How long a hold lives: 30 calendar days (rules 9).
pub const HOLD_MS: i64 = 30 * 24 * 3_600_000;

/// Holds this much from now on. `account` is as it stands.
pub(super) fn open(
    at: Moment,
    exchange: &mut Exchange,
    account: &AccountRow,
    minor: i64,
    decision: &mut Decision<Issuer>,
) {
    let until = at.plus_ms(HOLD_MS);
    exchange.hold = Some(Hold { minor, until, state: HoldState::Open });
    arm(exchange.key, until, decision);
    held(account, minor, decision);
}

/// Ends an open hold; of one that has ended only the word changes.
pub(super) fn end(exchange: &mut Exchange, state: HoldState, account: &AccountRow, decision: &mut Decision<Issuer>) {
    let Some(hold) = &mut exchange.hold else { return };
    if hold.state == HoldState::Open {
        held(account, -hold.minor, decision);
        decision.end::<HoldOpen>(&exchange.key);
    }
    hold.state = state;
}

/// Brings a hold back that a completion or void had ended, with its old end; after that it is expired.
pub(super) fn again(at: Moment, exchange: &mut Exchange, account: &AccountRow, decision: &mut Decision<Issuer>) {
    let Some(hold) = &mut exchange.hold else { return };
    if hold.state == HoldState::Open {
        return;
    }
    if at < hold.until {
        hold.state = HoldState::Open;
        held(account, hold.minor, decision);
        arm(exchange.key, hold.until, decision);
    } else {
        hold.state = HoldState::Expired;
    }
}

fn arm(key: SwitchKey, due: Moment, decision: &mut Decision<Issuer>) {
    decision.put(&key, HoldOpen { key, due });
    decision.due(due, IssuerTimer::HoldEnds(key));
}

fn held(account: &AccountRow, minor: i64, decision: &mut Decision<Issuer>) {
    let held_minor = account.held_minor + minor;
    assert!(held_minor >= 0, "held is the sum of the open holds");
    decision.put(&account.no, AccountRow { held_minor, ..account.clone() });
}

/// Round one: the open mark, usually gone. Then the exchange, then its account.
pub(super) fn wants(key: &SwitchKey, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.row::<HoldOpen, IssuerRow>(key);
    if seen.known::<HoldOpen>(key).is_some() {
        out.row::<Exchange, IssuerRow>(key);
        if let Some(account) = seen.known::<Exchange>(key).and_then(|exchange| exchange.account) {
            out.row::<AccountRow, IssuerRow>(&account);
        }
    }
}

/// The time of a hold ran out.
pub(super) fn due(at: Moment, key: &SwitchKey, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    let Some(open) = facts.get::<HoldOpen>(key) else { return };
    if at < open.due {
        return decision.due(open.due, IssuerTimer::HoldEnds(*key));
    }
    let Some(exchange) = facts.get::<Exchange>(key) else { return decision.end::<HoldOpen>(key) };
    let Some(account) = account(exchange.account, facts) else { return };
    let mut ended = exchange.clone();
    end(&mut ended, HoldState::Expired, account, decision);
    decision.count("issuer.hold_expired");
    decision.put(key, ended);
}

/// The account row, wanted before.
pub(super) fn account<'a>(no: Option<Short<19>>, facts: &'a Facts<'_, Issuer>) -> Option<&'a AccountRow> {
    facts.get::<AccountRow>(&no?)
}
