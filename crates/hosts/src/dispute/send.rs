//! A step on the wire: its advice, what ends it, and what is read out of one.

use super::{Dispute, Taken};
use slipway_terms::{Advice, Amount, Message, Moment, OriginalData, ResponseCode, Short, Step, SwitchKey};

/// The advice of a step. The card stays away: the original is found by DE 90 (rules 11). `of` brings DE 15 and 100 where the
/// switch sends it.
pub fn advice(dispute: &Dispute, taken: &Taken, of: &Message) -> Advice {
    let (mti, processing) = taken.step.shape(taken.minor != 0);
    let message = Message {
        processing: Some(processing),
        amount: (taken.minor != 0).then(|| Amount::fen(taken.minor.unsigned_abs())),
        sent: Some(taken.own.sent),
        stan: Some(taken.own.stan),
        condition: Some(taken.step.condition()),
        acquirer: Some(taken.own.acquirer),
        forwarder: Some(taken.own.forwarder),
        rrn: dispute.rrn,
        code: taken.reply.map(slipway_terms::Reply::code),
        terminal: dispute.terminal,
        merchant: dispute.merchant,
        reason: Some(taken.reason),
        original: Some(OriginalData { mti: dispute.mti, key: dispute.original }),
        ..of.clone()
    };
    Advice::of(&message, mti, None)
}

/// A step as it was heard from the switch; not answered yet.
pub fn told(step: Step, own: SwitchKey, m: &Message, at: Moment) -> Taken {
    Taken {
        step,
        own,
        minor: step.sign() * m.amount.map_or(0, Amount::signed),
        reason: m.reason.unwrap_or(Short::EMPTY),
        reply: m.code.and_then(slipway_terms::Reply::of),
        at,
        by: Short::EMPTY,
        checked: None,
        because: Short::EMPTY,
        code: None,
        answered: None,
        second: None,
        day: None,
        ticket: 0,
    }
}

/// Whether a code ends a step: taken, or it will not be. Any other was no answer.
pub fn is_final(code: ResponseCode) -> bool {
    const FINAL: [ResponseCode; 5] = [
        ResponseCode::APPROVED,
        ResponseCode::INVALID_TRANSACTION,
        ResponseCode::TOO_LATE,
        ResponseCode::NO_ORIGINAL,
        ResponseCode::DIFFERS_FROM_ORIGINAL,
    ];
    FINAL.contains(&code)
}
