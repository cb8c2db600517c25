//! An acquirer's 0420: the switch takes over the duty and answers at once. Forwards only what it had forwarded before;
//! a reversal without its original leaves a tombstone.

use super::core::{Switch, mac_verdict};
use super::record::{Asked, Exchange, Marks, Member, Stage, SwitchRow};
use super::{named, position, request, undo};
use crate::day;
use crate::standing::standing;
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{BusinessDate, CardToken, CardType, InstitutionId, Message, Moment, ResponseCode, SwitchKey};

pub(super) fn wants(me: &Switch, from: &InstitutionId, message: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Member, SwitchRow>(from).ask(Ask::MacGood(Switch::zak(from)));
    if let Some(pan) = message.card() {
        out.ask(Ask::Token(me.token_key(), pan));
    }
    let Some(original) = message.original else { return };
    out.row::<Exchange, SwitchRow>(&original.key);
    let found = seen.known::<Exchange>(&original.key);
    let issuer = found.and_then(|exchange| exchange.issuer);
    if let Some(found) = found {
        named::wants_beside(found, out);
    }
    if let Some(issuer) = issuer {
        position::want_balances(&original.key.acquirer, &issuer, out);
        position::want_newest(&original.key.acquirer, &issuer, out);
    }
}

pub(super) fn decide(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let mac = facts.get::<Member>(from).map(|_| Switch::zak(from));
    let (code, receiver) = match admit(me, from, message, facts) {
        Ok((key, token)) => {
            let receiver = facts.get::<Exchange>(&key).and_then(|exchange| exchange.issuer);
            (judge(me, at, key, token, message, facts, decision), receiver)
        }
        Err(code) => {
            decision.count("switch.reversal_not_admitted");
            (code, None)
        }
    };
    let mut answer = message.answer(code);
    answer.settlement = Some(day::days(at, facts).date.month_day());
    answer.receiver = receiver;
    decision.send(Peer::Member(*from), answer, mac);
}

/// Frame, MAC, and that a member undoes only what is its own.
fn admit(
    me: &Switch,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
) -> Result<(SwitchKey, Option<CardToken>), ResponseCode> {
    facts.get::<Member>(from).ok_or(ResponseCode::FORMAT_ERROR)?;
    let original = message.original.ok_or(ResponseCode::FORMAT_ERROR)?;
    mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from))))?;
    if message.acquirer != Some(*from) || original.key.acquirer != *from {
        return Err(ResponseCode::FORMAT_ERROR);
    }
    let token = request::token(me, message, facts).map_err(|()| ResponseCode::MALFUNCTION)?;
    Ok((original.key, token))
}

fn judge(
    me: &Switch,
    at: Moment,
    key: SwitchKey,
    token: Option<CardToken>,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) -> ResponseCode {
    let Some(exchange) = facts.get::<Exchange>(&key) else {
        decision.count("switch.tombstone");
        decision.put(&key, tombstone((at, day::days(at, facts).date), key, token, message));
        return ResponseCode::APPROVED;
    };
    match exchange.stage {
        Stage::Tombstone => ResponseCode::APPROVED,
        _ if exchange.asked.contradicts(message, token) => {
            decision.count("switch.reversal_differs");
            ResponseCode::DIFFERS_FROM_ORIGINAL
        }
        Stage::Declined | Stage::Undone => ResponseCode::APPROVED,
        // An advice is never reversed, by no party (rules 3).
        _ if !exchange.asked.reversible() && exchange.asked.moves_money() => ResponseCode::TOO_LATE,
        // A tip, a completion, a refund is not undone by the undo of what it is about.
        Stage::Approved if named::is_fast(exchange, facts) => ResponseCode::TOO_LATE,
        // The void has the slot: its money went back already (rules 2). If that void is undone too, so is this: its acquirer
        // has undone it, and never speaks of it again.
        Stage::Approved if exchange.claim.is_some() => {
            let owed_undo = Some(message.code.unwrap_or(ResponseCode::OTHER));
            decision.put(&key, Exchange { owed_undo, ..exchange.clone() });
            ResponseCode::APPROVED
        }
        Stage::Forwarded | Stage::Approved => {
            if exchange.stage == Stage::Approved {
                position::give_back(at, exchange, facts, decision);
            }
            named::put_back(exchange, facts, decision);
            undo::undo(me, at, exchange.clone(), undo::Cause::Heard(message), facts, decision);
            owed(me, at, exchange, facts, decision);
            ResponseCode::APPROVED
        }
    }
}

/// The undo that what `void` was about still owes, in the commit that undoes the void.
fn owed(me: &Switch, at: Moment, void: &Exchange, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some(first) = void.asked.original else { return };
    let free = standing::<Exchange, Switch>(&first, facts, decision).filter(|first| first.claim.is_none()).cloned();
    let Some((first, reason)) = free.and_then(|first| first.owed_undo.map(|reason| (first, reason))) else { return };
    if first.stage == Stage::Approved {
        decision.count("switch.owed_undo_paid");
        position::give_back(at, &first, facts, decision);
        named::put_back(&first, facts, decision);
        undo::undo(me, at, first, undo::own(reason), facts, decision);
    }
}

fn tombstone(
    (at, day): (Moment, BusinessDate),
    key: SwitchKey,
    token: Option<CardToken>,
    message: &Message,
) -> Exchange {
    Exchange {
        key,
        asked: Asked::of(message, token),
        issuer: None,
        day,
        at,
        due: None,
        stage: Stage::Tombstone,
        given: None,
        undo: None,
        late: None,
        signed_minor: 0,
        claim: None,
        marks: Marks::default(),
        behind: None,
        redo: None,
        owed_undo: None,
        card: CardType::Debit,
    }
}
