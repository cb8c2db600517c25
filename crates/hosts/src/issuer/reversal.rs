//! The switch's 0420: gives back what the original took, once; a reversal without its original leaves a tombstone.
//! Found by the original's identity (DE 90), never by its own.

use super::core::{Issuer, mac_verdict};
use super::record::{AccountRow, Asked, Exchange, HoldState, IssuerRow, Stage, Suspense, Undo, Usage};
use super::{hold, limits, named, notices, posting, request};
use crate::standing::standing;
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{CardToken, Kind, Message, Moment, MonthDay, ResponseCode, SwitchKey};

pub(super) fn wants(me: &Issuer, message: &Message, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    if let Some(pan) = message.card() {
        out.ask(Ask::Token(me.token_key(), pan));
    }
    let Some(original) = message.original else { return };
    out.row::<Exchange, IssuerRow>(&original.key);
    let Some(exchange) = seen.known::<Exchange>(&original.key) else { return };
    named::wants(exchange.asked.original, seen, out);
    if let (Some(account), Some(token)) = (exchange.account, exchange.asked.token) {
        out.row::<AccountRow, IssuerRow>(&account).row::<Usage, IssuerRow>(&token);
        posting::want(account, out);
        posting::want_network(out);
    }
}

pub(super) fn decide(
    me: &Issuer,
    at: Moment,
    message: &Message,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    let admitted = message
        .original
        .ok_or(ResponseCode::FORMAT_ERROR)
        .and_then(|original| mac_verdict(facts.told(&Ask::MacGood(me.zak()))).map(|()| original.key))
        .and_then(|key| Ok((key, request::token(me, message, facts)?)));
    let code = match admitted {
        Ok((key, token)) => judge(at, key, token, message, facts, decision),
        Err(code) => {
            decision.count("issuer.reversal_not_admitted");
            code
        }
    };
    decision.send(Peer::Switch, message.answer(code), Some(me.zak()));
}

fn judge(
    at: Moment,
    key: SwitchKey,
    token: Option<CardToken>,
    message: &Message,
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) -> ResponseCode {
    let Some(exchange) = facts.get::<Exchange>(&key) else {
        decision.count("issuer.tombstone");
        decision.put(&key, tombstone(at, key, token, message));
        return ResponseCode::APPROVED;
    };
    match exchange.stage {
        Stage::Tombstone => ResponseCode::APPROVED,
        _ if exchange.asked.contradicts(message, token) => {
            decision.count("issuer.reversal_differs");
            ResponseCode::DIFFERS_FROM_ORIGINAL
        }
        Stage::Declined | Stage::Undone => ResponseCode::APPROVED,
        // Clearing has taken a release back: the slot is full, and what stands now is for a person (rules 2).
        Stage::Approved if exchange.undo.is_some() => {
            decision.count("issuer.reversal_of_retaken");
            ResponseCode::TOO_LATE
        }
        // Advices are never reversed; a hold that was completed, or a void behind which all went on, cannot be undone.
        Stage::Approved if !undoable(exchange, facts) => {
            decision.count("issuer.reversal_too_late");
            ResponseCode::TOO_LATE
        }
        Stage::Approved if exchange.claim.is_some() => {
            // The void has the slot: its money went back already (rules 2).
            let owed_undo = Some(Undo { at, reason: message.code });
            decision.put(&key, Exchange { owed_undo, ..exchange.clone() });
            ResponseCode::APPROVED
        }
        Stage::Approved => {
            undo(at, exchange, (message.code, message.settlement), facts, decision);
            // Reversed behind its void: now that the void is gone, its money goes back by itself.
            let first = exchange.asked.original;
            let first = first.and_then(|key| standing::<Exchange, Issuer>(&key, facts, decision)).cloned();
            if let Some(first) = first.filter(|first| first.stage == Stage::Approved && first.claim.is_none())
                && let Some(owed) = first.owed_undo.clone()
            {
                decision.count("issuer.owed_undo_paid");
                undo(at, &first, (owed.reason, message.settlement), facts, decision);
            }
            ResponseCode::APPROVED
        }
    }
}

fn undoable(exchange: &Exchange, facts: &Facts<'_, Issuer>) -> bool {
    let reversible = exchange.kind.is_none_or(|kind| kind.shape().reversible || kind == Kind::Balance);
    let captured = exchange.hold.is_some_and(|hold| hold.state == HoldState::Captured);
    let tipped = exchange.claim.is_some_and(|(_, kind)| kind == Kind::Adjust);
    reversible && !captured && !tipped && exchange.refunded_minor == 0 && named::can_put_back(exchange, facts)
}

/// Fills the undo slot: debit back, day counters back, notice, in one commit. PIN tries are never given back.
/// By whom: DE 39 of a reversal and the day (DE 15) that the switch gave it; of a release from suspense neither.
pub(super) fn undo(
    at: Moment,
    exchange: &Exchange,
    (reason, given): (Option<ResponseCode>, Option<MonthDay>),
    facts: &Facts<'_, Issuer>,
    decision: &mut Decision<Issuer>,
) {
    assert!(exchange.undo.is_none(), "an exchange has one undo slot");
    let mut undone = Exchange { stage: Stage::Undone, at, undo: Some(Undo { at, reason }), ..exchange.clone() };
    if let Some((amount, available)) = posting::give_back(at, given, exchange, facts, decision) {
        undone.suspense = exchange.suspense.back();
        let first = exchange.asked.original.and_then(|key| facts.get::<Exchange>(&key));
        // Nobody was told of what the issuer bore itself.
        if !exchange.borne {
            notices::undone(at, exchange, first, amount, available, decision);
        }
    }
    let account = exchange.account.and_then(|no| standing::<AccountRow, Issuer>(&no, facts, decision)).cloned();
    if let Some(account) = account {
        hold::end(&mut undone, HoldState::Released, &account, decision);
        named::put_back(at, exchange, &account, facts, decision);
    }
    if let (Some(token), Some(amount)) = (exchange.asked.token, exchange.asked.amount)
        && let Some(usage) = standing::<Usage, Issuer>(&token, facts, decision)
        && let Some(usage) = limits::undone(usage, exchange, amount, facts)
    {
        decision.put(&token, usage);
    }
    decision.put(&exchange.key, undone);
}

fn tombstone(at: Moment, key: SwitchKey, token: Option<CardToken>, message: &Message) -> Exchange {
    Exchange {
        key,
        asked: Asked::of(message, token),
        account: None,
        counted: at.date(),
        at,
        stage: Stage::Tombstone,
        given: None,
        suspense: Suspense::Never,
        undo: None,
        kind: None,
        signed_minor: 0,
        borne: false,
        hold: None,
        claim: None,
        owed_undo: None,
        refunded_minor: 0,
        adjusted_minor: 0,
    }
}
