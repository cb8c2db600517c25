//! What came of an order about merchants' money, and what it would meet: looked up in the acquirer's record, without ordering anything.

use super::kept::id;
use super::{order, registered, silent};
use crate::audit;
use crate::say::End;
use serde_json::Value;
use slipway_hosts::acquirer::{AcquirerRow, HeldMoney, PaidOut, Persons};
use slipway_recon::merchant::PayoutId;
use slipway_runtime::os::Handle;
use slipway_terms::{MerchantId, PayTo};
use std::path::Path;

/// Holds that are what an order asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Holds {
    /// The open one: the same order again is this hold.
    pub stands: Option<u32>,
    /// The newest one, open or not.
    pub newest: Option<u32>,
    /// The merchant's last hold, whatever it is about.
    pub last: u32,
}

/// Those of the order that this body is.
pub fn holds(acquirer: &Handle, body: &Value) -> Result<Holds, End> {
    let (like, last) = order::holds_like(acquirer, body)?;
    let stands = like.iter().find(|hold| hold.ended.is_none() && hold.closed.is_none()).map(|hold| hold.no);
    Ok(Holds { stands, newest: like.last().map(|hold| hold.no), last })
}

/// Who has ended a hold before its time.
pub fn ended(acquirer: &Handle, merchant: MerchantId, no: u32) -> Result<Option<Persons>, End> {
    let rows = audit::table::<HeldMoney, AcquirerRow>(acquirer).ok_or_else(silent)?;
    let hold = rows.iter().find(|row| (row.merchant, row.no) == (merchant, no));
    Ok(hold.and_then(|hold| hold.ended).map(|(_, persons)| persons))
}

/// What a returned payout was paid again as, and who said so.
pub fn paid_again(acquirer: &Handle, payout: &str) -> Result<Option<(PayoutId, Option<Persons>)>, End> {
    let of = order::payout(payout)?;
    let after = PayoutId { attempt: of.attempt.saturating_add(1), ..of };
    let rows = audit::table::<PaidOut, AcquirerRow>(acquirer).ok_or_else(silent)?;
    Ok(rows.iter().find(|paid| id(paid) == after).map(|paid| (after, paid.said)))
}

/// Where a returned payout would go now.
pub fn goes_to(acquirer: &Handle, network: &Path, payout: &str) -> Result<PayTo, End> {
    let (_, merchants) = registered::read(network)?;
    order::next(acquirer, network, &merchants, order::payout(payout)?)
}
