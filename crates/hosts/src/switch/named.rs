//! What a void, refund, completion or adjustment is about, as the switch has it: known, approved, not undone, and for a void
//! of the day that is running (rules 3). The slot of the original is filled when the later one is approved.

use super::core::Switch;
use super::record::{Exchange, Stage, SwitchRow};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Amount, BusinessDate, CardToken, Kind, Message, ResponseCode, SwitchKey};

pub(super) fn wants(original: Option<SwitchKey>, out: &mut Wants) {
    if let Some(key) = original {
        out.row::<Exchange, SwitchRow>(&key);
    }
}

/// The original, if the kind may be about it: 25 unknown, 22 undone, taken or of another day, 14 another card, 64 another
/// amount.
pub(super) fn find<'a>(
    kind: Kind,
    message: &Message,
    token: Option<CardToken>,
    day: BusinessDate,
    facts: &'a Facts<'_, Switch>,
) -> Result<Option<&'a Exchange>, ResponseCode> {
    const UNKNOWN: ResponseCode = ResponseCode::NO_ORIGINAL;
    if !kind.shape().names_original {
        return Ok(None);
    }
    let key = message.original.ok_or(UNKNOWN)?.key;
    let first = facts.get::<Exchange>(&key).filter(|_| Some(key.acquirer) == message.acquirer).ok_or(UNKNOWN)?;
    let was = first.asked.kind().ok_or(UNKNOWN)?;
    let fits = match kind {
        Kind::SaleVoid | Kind::Adjust => was.is_purchase(),
        Kind::Refund => was.is_purchase() || was.completes() || was == Kind::OfflineSale,
        Kind::CompletionVoid => was == Kind::Completion,
        Kind::PreAuthVoid | Kind::Completion | Kind::CompletionAdvice => was == Kind::PreAuth,
        _ => false,
    };
    match first.stage {
        Stage::Approved if fits => {}
        Stage::Undone | Stage::Forwarded => return Err(ResponseCode::TOO_LATE),
        _ => return Err(UNKNOWN),
    }
    if first.asked.token != token {
        return Err(ResponseCode::INVALID_CARD);
    }
    let taken = first.claim.is_some_and(|(_, by)| !(kind == Kind::Refund && by == Kind::Adjust));
    let void = matches!(kind, Kind::SaleVoid | Kind::CompletionVoid);
    if taken || (void && first.day != day) {
        return Err(ResponseCode::TOO_LATE);
    }
    if (void || kind == Kind::PreAuthVoid) && first.asked.amount != message.amount {
        return Err(ResponseCode::DIFFERS_FROM_ORIGINAL);
    }
    Ok(Some(first))
}

/// What an approval of this kind moves from issuer to acquirer.
pub(super) fn signed_minor(kind: Kind, amount: Option<Amount>, first: Option<&Exchange>) -> i64 {
    let amount = amount.map_or(0, Amount::signed);
    match (kind, first) {
        (Kind::Adjust, Some(first)) => amount - first.asked.amount.map_or(0, Amount::signed),
        _ => amount * i64::from(kind.shape().sign),
    }
}

/// Fills the slot of the original as `by` is approved.
pub(super) fn take(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some(kind) = by.asked.kind() else { return };
    if !matches!(kind, Kind::SaleVoid | Kind::PreAuthVoid | Kind::CompletionVoid | Kind::Adjust) {
        return;
    }
    if let Some(first) = by.asked.original.and_then(|key| facts.get::<Exchange>(&key)) {
        decision.put(&first.key, Exchange { claim: Some((by.key, kind)), ..first.clone() });
    }
}

/// Empties it as `by` is undone.
pub(super) fn put_back(by: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some(first) = by.asked.original.and_then(|key| facts.get::<Exchange>(&key)) else { return };
    if first.claim.is_some_and(|(key, _)| key == by.key) {
        decision.put(&first.key, Exchange { claim: None, ..first.clone() });
    }
}
