//! Undoing an exchange at the switch: the undo slot, the advice to the issuer, and the issuer's word that it was done.
//! The slot is filled once; the advice stays in the outbox until a 0430 that ends it.

use super::case;
use super::core::{Switch, mac_verdict};
use super::record::{Case, Exchange, Given, Open, Stage, SwitchRow, Undo};
use crate::day;
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{Advice, BusinessDate, InstitutionId, Message, Moment, Mti, OriginalData, ResponseCode};

/// Tag of the switch's reversal advices in its outbox.
const UNDO: u8 = 1;

/// Why, and whose reversal it is.
pub(super) enum Cause<'a> {
    /// The switch's own.
    Own(ResponseCode),
    /// An acquirer's 0420, handed on with its own DE 7 and 11.
    Heard(&'a Message),
}

/// An undo of the switch's own making.
pub(super) fn own(reason: ResponseCode) -> Cause<'static> {
    Cause::Own(reason)
}

/// Fills the undo slot of an exchange that was forwarded, and queues the advice. Positions are given back by the caller.
pub(super) fn undo(
    me: &Switch,
    at: Moment,
    exchange: Exchange,
    cause: Cause<'_>,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    assert!(exchange.undo.is_none(), "an exchange has one undo slot");
    let Some(issuer) = exchange.issuer else { return };
    if exchange.stage == Stage::Forwarded {
        decision.end::<Open>(&exchange.key);
    }
    if !exchange.asked.reversible() {
        // Nothing to give back: it only is never approved again.
        return decision.put(&exchange.key.clone(), Exchange { stage: Stage::Undone, at, due: None, ..exchange });
    }
    let day = day::days(at, facts).date;
    let advice = advice(me, (at, day), &exchange, issuer, &cause);
    let reason = advice.code.unwrap_or(ResponseCode::OTHER);
    decision.until_answered(Peer::Member(issuer), UNDO, &exchange.key, advice, Some(Switch::zak(&issuer)));
    let undo = Some(Undo { at, reason, answered: None });
    decision.put(&exchange.key.clone(), Exchange { stage: Stage::Undone, at, due: None, undo, ..exchange });
}

/// The switch stops waiting: undone, and the acquirer is told 98.
pub(super) fn give_up(
    me: &Switch,
    at: Moment,
    exchange: Exchange,
    reason: ResponseCode,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let acquirer = exchange.key.acquirer;
    decision.send(Peer::Member(acquirer), unknown(&exchange), Some(Switch::zak(&acquirer)));
    let exchange = Exchange { given: Some(Given::bare(ResponseCode::ISSUER_TIMEOUT)), ..exchange };
    undo(me, at, exchange, own(reason), facts, decision);
}

/// 0210 with 98 for an exchange whose request is no longer in memory: without DE 2, which no record holds.
fn unknown(exchange: &Exchange) -> Message {
    let asked = &exchange.asked;
    Message {
        processing: asked.processing,
        amount: asked.amount,
        sent: Some(exchange.key.sent),
        stan: Some(exchange.key.stan),
        settlement: Some(exchange.day.month_day()),
        condition: asked.condition,
        acquirer: Some(exchange.key.acquirer),
        forwarder: Some(exchange.key.forwarder),
        rrn: asked.rrn,
        code: Some(ResponseCode::ISSUER_TIMEOUT),
        terminal: asked.terminal,
        merchant: asked.merchant,
        receiver: exchange.issuer,
        ..Message::new(asked.mti.answer())
    }
}

fn advice(
    me: &Switch,
    (at, day): (Moment, BusinessDate),
    exchange: &Exchange,
    issuer: InstitutionId,
    cause: &Cause<'_>,
) -> Advice {
    let asked = &exchange.asked;
    let mut message = Message {
        processing: asked.processing,
        amount: asked.amount,
        // The switch as forwarder keeps its own DE 7 and 11 apart from those of the acquirer.
        sent: Some(at.sent_at()),
        stan: Some(exchange.key.stan),
        acquirer: Some(exchange.key.acquirer),
        forwarder: Some(me.id),
        rrn: asked.rrn,
        terminal: asked.terminal,
        merchant: asked.merchant,
        auth: exchange.given.as_ref().and_then(|given| given.auth),
        original: Some(OriginalData { mti: asked.mti, key: exchange.key }),
        ..Message::new(Mti(420))
    };
    match cause {
        Cause::Own(reason) => message.code = Some(*reason),
        Cause::Heard(heard) => {
            (message.sent, message.stan, message.forwarder) = (heard.sent, heard.stan, heard.forwarder);
            message.code = heard.code.or(Some(ResponseCode::OTHER));
            message.auth = heard.auth.or(message.auth);
        }
    }
    // A reversal stands on the day of its own arrival (rules 5).
    message.settlement = Some(day.month_day());
    message.receiver = Some(issuer);
    // No sealed card: the issuer finds the original by DE 90, and a reversal without DE 2 is complete (rules 11).
    Advice::of(&message, Mti(420), None)
}

pub(super) fn wants_answer(from: &InstitutionId, message: &Message, out: &mut Wants) {
    if let Some(original) = message.original {
        out.ask(Ask::MacGood(Switch::zak(from))).row::<Exchange, SwitchRow>(&original.key);
        out.row::<Case, SwitchRow>(&original.key);
    }
}

/// The issuer's 0430. Ends the advice if it says done, never known, or will not: 00, 12, 22, 25, 64. Any other code
/// (A0, 30, 96 …) leaves the advice in the outbox: it was not heard, and the cardholder's money depends on it.
pub(super) fn answered(
    at: Moment,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let found = message.original.and_then(|original| facts.get::<Exchange>(&original.key));
    let Some(exchange) = found.filter(|exchange| exchange.issuer == Some(*from)) else {
        return decision.count("switch.undo_answer_unmatched");
    };
    let Some(undo) = exchange.undo.as_ref().filter(|undo| undo.answered.is_none()) else {
        return decision.count("switch.undo_answer_again");
    };
    if mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_err() {
        return decision.count("switch.answer_bad_mac");
    }
    const FINAL: [ResponseCode; 5] = [
        ResponseCode::APPROVED,
        ResponseCode::INVALID_TRANSACTION,
        ResponseCode::TOO_LATE,
        ResponseCode::NO_ORIGINAL,
        ResponseCode::DIFFERS_FROM_ORIGINAL,
    ];
    let Some(code) = message.code.filter(|code| FINAL.contains(code)) else {
        return decision.count("switch.undo_not_taken");
    };
    if code != ResponseCode::APPROVED {
        decision.count("switch.undo_refused");
        case::refused(at, exchange, code, facts, decision);
    }
    decision.answered(UNDO, &exchange.key);
    let undo = Some(Undo { answered: Some(code), ..undo.clone() });
    decision.put(&exchange.key, Exchange { undo, ..exchange.clone() });
}
