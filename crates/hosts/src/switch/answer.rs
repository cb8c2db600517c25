//! The issuer's 0210: the first one decides the exchange and goes to the acquirer; a late one is evidence only.
//! Never forwards an approval of an exchange that is undone.

use super::core::{Switch, mac_verdict};
use super::record::{Exchange, Given, Open, Stage, SwitchRow};
use super::{named, position, request, undo};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{Doubt, InstitutionId, Message, Moment, Outcome, ResponseCode};

pub(super) fn wants(from: &InstitutionId, message: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    let Some(key) = message.switch_key() else { return };
    out.ask(Ask::MacGood(Switch::zak(from))).row::<Exchange, SwitchRow>(&key);
    position::want_balances(&key.acquirer, from, out);
    if let Some(exchange) = seen.known::<Exchange>(&key) {
        named::wants_beside(exchange, out);
        position::want_day(&key.acquirer, from, exchange.day, out);
        if request::is_advice(exchange) {
            position::want_newest(&key.acquirer, from, out);
        }
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
    let found = message.switch_key().and_then(|key| facts.get::<Exchange>(&key));
    let Some(exchange) = found.filter(|exchange| exchange.issuer == Some(*from)) else {
        return decision.count("switch.answer_unmatched");
    };
    if mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_err() {
        // Nothing proven: the time-out decides.
        return decision.count("switch.answer_bad_mac");
    }
    let code = message.code.unwrap_or(ResponseCode::MALFUNCTION);
    let advice = request::is_advice(exchange);
    match exchange.stage {
        // An advice is repeated until it is answered; this was no answer.
        Stage::Forwarded
            if advice && (contradicts(exchange, message) || matches!(verdict(code), Outcome::Doubt(_))) =>
        {
            decision.count("switch.advice_answer_unclear");
        }
        Stage::Forwarded if contradicts(exchange, message) => {
            doubt(me, at, exchange, Doubt::Contradiction, facts, decision);
        }
        Stage::Forwarded => match verdict(code) {
            Outcome::Approved => {
                let exchange = &Exchange { day: position::landing(at, exchange, facts), ..exchange.clone() };
                position::take(at, exchange, facts, decision);
                named::take(exchange, facts, decision);
                close(at, exchange, Stage::Approved, code, message, decision);
            }
            Outcome::Declined(_) => {
                named::refuse(exchange, facts, decision);
                close(at, exchange, Stage::Declined, code, message, decision);
            }
            Outcome::Doubt(why) => doubt(me, at, exchange, why, facts, decision),
        },
        // The issuer refused one copy of the request and approved another: the acquirer was told no, so it is undone.
        Stage::Declined if code.outcome() == Outcome::Approved && !advice => {
            decision.count("switch.approval_after_decline");
            let exchange = Exchange { late: Some(code), ..exchange.clone() };
            undo::undo(me, at, exchange, undo::own(ResponseCode::OTHER), facts, decision);
        }
        Stage::Undone if exchange.late.is_none() => {
            decision.count("switch.answer_late");
            decision.put(&exchange.key, Exchange { late: Some(code), ..exchange.clone() });
        }
        _ => decision.count("switch.answer_again"),
    }
}

/// A0 and 94 from an issuer speak of the copy it heard, not of the exchange: another copy may have been approved (a field that
/// no code covers was spoilt in this one), so they are doubt.
fn verdict(code: ResponseCode) -> Outcome {
    match code {
        ResponseCode::MAC_ERROR => Outcome::Doubt(Doubt::BadMac),
        ResponseCode::DUPLICATE => Outcome::Doubt(Doubt::HostUnsure(code)),
        code => code.outcome(),
    }
}

fn contradicts(exchange: &Exchange, message: &Message) -> bool {
    exchange.asked.contradicts(message, None)
        || exchange.asked.terminal != message.terminal
        || exchange.asked.merchant != message.merchant
}

/// Decided: the answer is stored for repeats and goes to the acquirer with the day that was fixed.
fn close(
    at: Moment,
    exchange: &Exchange,
    stage: Stage,
    code: ResponseCode,
    message: &Message,
    decision: &mut Decision<Switch>,
) {
    let mut onward = message.clone();
    onward.settlement = Some(exchange.day.month_day());
    onward.receiver = exchange.issuer;
    // As the acquirer made it: no code covers DE 37 on the way.
    onward.rrn = exchange.asked.rrn;
    onward.mac = None;
    let acquirer = exchange.key.acquirer;
    decision.send(Peer::Member(acquirer), onward, Some(Switch::zak(&acquirer)));
    if request::is_advice(exchange) {
        decision.answered(request::ADVICE, &exchange.key);
    } else {
        decision.end::<Open>(&exchange.key);
    }
    let given = Given { code, auth: message.auth, institutions: message.institutions, balance: message.balance };
    decision.put(&exchange.key, Exchange { stage, at, due: None, given: Some(given), ..exchange.clone() });
}

/// The issuer itself does not know, or says what cannot be: undone here, and the acquirer hears 98, because the duty is ours.
fn doubt(
    me: &Switch,
    at: Moment,
    exchange: &Exchange,
    why: Doubt,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    decision.count("switch.answer_doubt");
    let exchange = Exchange { late: None, ..exchange.clone() };
    undo::give_up(me, at, exchange, why.reason(), facts, decision);
}
