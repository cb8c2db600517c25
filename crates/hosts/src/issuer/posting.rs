//! The debit and its way back: Dr cardholder, Cr suspense at approval (the other way round for what gives money back); the
//! mirror at the undo. Same rule for debit and credit accounts (rules 1). No approval that may be refused lets a debit account
//! fall below zero; what already happened at a till, or comes back because a void was undone, may.

use super::core::Issuer;
use super::record::{AccountRow, Exchange, IssuerRow, Suspense};
use crate::day;
use crate::ledger::{self, Account, Balance, Cause, Posting, Sums};
use crate::standing::standing;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Amount, BusinessDate, Moment, MonthDay, Short};

pub(super) fn want_loss(out: &mut Wants) {
    ledger::want::<IssuerRow>(&[Account::Loss, Account::Suspense], out);
    day::want::<Issuer>(out);
}

pub(super) fn want(account: Short<19>, out: &mut Wants) {
    ledger::want::<IssuerRow>(&[Account::Cardholder(account), Account::Suspense], out);
    day::want::<Issuer>(out);
}

/// For an undo of what has appeared in clearing.
pub(super) fn want_network(out: &mut Wants) {
    ledger::want::<IssuerRow>(&[Account::Network], out);
}

/// What can be spent: what is owed to the holder, plus the credit line, less the holds. Minor units, signed.
pub(super) fn available(account: &AccountRow, facts: &Facts<'_, Issuer>) -> i64 {
    let balance = facts.get::<Balance>(&Account::Cardholder(account.no).name()).map_or(0, |balance| balance.minor);
    account.line_minor - balance - account.held_minor
}

/// Whose money an exchange took.
pub(super) fn payer(exchange: &Exchange) -> Account {
    if exchange.borne { Account::Loss } else { Account::Cardholder(exchange.account.unwrap_or(Short::EMPTY)) }
}

fn posting(at: Moment, day: BusinessDate, exchange: &Exchange) -> Posting {
    // What has appeared in clearing is claimed from the network, not from suspense (rules 1).
    let other = if exchange.suspense == Suspense::Cleared { Account::Network } else { Account::Suspense };
    let (key, rrn) = (exchange.key, exchange.asked.rrn);
    Posting::simple(key, Cause::Approval, rrn, at, day, payer(exchange), other, exchange.signed_minor)
}

/// Posts an approval and says what is available afterwards. `let_go` is what a hold gives free in the same step. Whether the
/// money is there was checked by the judgement of this same input; what happened already (`forced`) is posted anyway.
pub(super) fn post(
    at: Moment,
    exchange: &Exchange,
    account: &AccountRow,
    let_go: i64,
    forced: bool,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> i64 {
    let after = available(account, facts) + let_go - exchange.signed_minor;
    assert!(forced || exchange.signed_minor <= 0 || after >= 0, "an approval never spends what is not available");
    take(at, exchange, facts, decision);
    after
}

/// Posts an offline approval to the issuer's own loss: there is no account to take it from.
pub(super) fn bear(at: Moment, exchange: &Exchange, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    assert!(exchange.borne, "only what is borne");
    take(at, exchange, facts, decision);
}

fn take(at: Moment, exchange: &Exchange, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    let day = day::count(at, exchange.asked.settlement, exchange.signed_minor, false, facts, decision);
    ledger::post(posting(at, day, exchange), facts, decision);
}

/// Mirrors the posting of an exchange, on the day (DE 15) that the switch gave to the undo, and says what is available afterwards; `None` if nothing was posted or it went back
/// already.
pub(super) fn give_back(
    at: Moment,
    given: Option<MonthDay>,
    exchange: &Exchange,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> Option<(Amount, i64)> {
    if !matches!(exchange.suspense, Suspense::Held | Suspense::Cleared | Suspense::Due) {
        return None;
    }
    let before = match exchange.account {
        Some(account) => {
            let balance = standing::<Balance, Issuer>(&Account::Cardholder(account).name(), facts, decision);
            let owed = balance.map_or(0, |balance| balance.minor);
            let row = standing::<AccountRow, Issuer>(&account, facts, decision);
            row.map_or(0, |row| row.line_minor - owed - row.held_minor)
        }
        None if exchange.borne => 0,
        None => return None,
    };
    let day = day::count(at, given, exchange.signed_minor, true, facts, decision);
    ledger::post(posting(at, day, exchange).undo(at, day), facts, decision);
    Some((Amount::fen(exchange.signed_minor.unsigned_abs()), before + exchange.signed_minor))
}

/// Debits again what an undo gave back, on the day (DE 15) that the switch gave. What the network was asked to take back is owed to
/// it again; all else waits in suspense for its clearing entry. Says the day, and where the debit stands.
pub(super) fn redo(
    at: Moment,
    given: Option<MonthDay>,
    exchange: &Exchange,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> (BusinessDate, Suspense) {
    let other = if exchange.suspense == Suspense::Claimed { Account::Network } else { Account::Suspense };
    let (key, rrn, minor) = (exchange.key, exchange.asked.rrn, exchange.signed_minor);
    let day = day::count(at, given, minor, false, facts, decision);
    let again = Posting::simple(key, Cause::Redo, rrn, at, day, payer(exchange), other, minor);
    ledger::post(again, facts, decision);
    (day, super::correct::again(exchange.suspense))
}

/// Adds up every balance and posting of the issuer's store; other rows are passed over. Suspense must equal the debits that
/// are [`Suspense::Held`]: see [`Sums::of`].
pub fn audit<'a>(rows: impl IntoIterator<Item = &'a IssuerRow>) -> Sums {
    let mut sums = Sums::default();
    for row in rows {
        match row {
            IssuerRow::Balance(balance) => sums.balance(balance),
            IssuerRow::Posting(posting) => sums.posting(posting),
            _ => {}
        }
    }
    sums
}
