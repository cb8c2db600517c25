//! The debit and its way back: Dr cardholder, Cr suspense at approval; the mirror at the undo. Same rule for debit and
//! credit accounts (rules 1). Never lets a debit account fall below zero.

use super::core::Issuer;
use super::record::{AccountRow, Exchange, IssuerRow, Suspense};
use crate::ledger::{self, Account, Balance, Cause, Posting, Sums};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Amount, Moment, Short};

pub(super) fn want(account: Short<19>, out: &mut Wants) {
    ledger::want::<IssuerRow>(&[Account::Cardholder(account), Account::Suspense], out);
}

/// What can be spent: what is owed to the holder, plus the credit line, less the holds. Minor units, signed.
pub(super) fn available(account: &AccountRow, facts: &Facts<'_, Issuer>) -> i64 {
    let balance = facts.get::<Balance>(&Account::Cardholder(account.no).name()).map_or(0, |balance| balance.minor);
    account.line_minor - balance - account.held_minor
}

fn posting(at: Moment, exchange: &Exchange, account: Short<19>, amount: Amount) -> Posting {
    let (debit, credit) = (Account::Cardholder(account), Account::Suspense);
    Posting::simple(exchange.key, Cause::Approval, exchange.asked.rrn, at, debit, credit, amount.signed())
}

/// Debits an approved sale and says what is available afterwards. The balance was checked by the judgement of this same input.
pub(super) fn debit(
    at: Moment,
    exchange: &Exchange,
    account: &AccountRow,
    amount: Amount,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> i64 {
    let after = available(account, facts) - amount.signed();
    assert!(after >= 0, "an approval never spends what is not available");
    ledger::post(posting(at, exchange, account.no, amount), facts, decision);
    after
}

/// Gives the debit of an exchange back and says what is available afterwards; `None` if nothing was debited or it went back already.
pub(super) fn give_back(
    at: Moment,
    exchange: &Exchange,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> Option<(Amount, i64)> {
    if exchange.suspense != Suspense::Held {
        return None;
    }
    let (account, amount) = (exchange.account?, exchange.asked.amount?);
    let before = facts.get::<AccountRow>(&account).map_or(0, |account| available(account, facts));
    ledger::post(posting(at, exchange, account, amount).undo(at), facts, decision);
    Some((amount, before + amount.signed()))
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
