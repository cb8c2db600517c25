//! The result of an issuer's script on a chip (0620): handed from the acquirer to the issuer and back by the original it names
//! (DE 90). DE 55 lives in memory only, so nothing is stored; it changes no money.

use super::core::{Switch, mac_verdict};
use super::record::{Exchange, Member, SwitchRow};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{InstitutionId, Message, ResponseCode};

pub(super) fn wants(from: &InstitutionId, message: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    out.row::<Member, SwitchRow>(from).ask(Ask::MacGood(Switch::zak(from)));
    let Some(original) = message.original else { return };
    out.row::<Exchange, SwitchRow>(&original.key);
    if let Some(issuer) = seen.known::<Exchange>(&original.key).and_then(|exchange| exchange.issuer) {
        out.row::<Member, SwitchRow>(&issuer);
    }
}

/// From the acquirer: 25 for what is not known, 91 while the issuer is away, else onward.
pub(super) fn forward(
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let judged = judge(from, message, facts);
    match judged {
        Ok(issuer) => {
            let onward = Message { receiver: Some(issuer), mac: None, ..message.clone() };
            decision.send(Peer::Member(issuer), onward, Some(Switch::zak(&issuer)));
            decision.count("switch.script_forwarded");
        }
        Err(code) => {
            let key = facts.get::<Member>(from).map(|_| Switch::zak(from));
            decision.send(Peer::Member(*from), message.answer(code), key);
        }
    }
}

fn judge(from: &InstitutionId, message: &Message, facts: &Facts<'_, Switch>) -> Result<InstitutionId, ResponseCode> {
    facts.get::<Member>(from).ok_or(ResponseCode::FORMAT_ERROR)?;
    mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from))))?;
    let original = message.original.filter(|original| original.key.acquirer == *from);
    let original = original.ok_or(ResponseCode::FORMAT_ERROR)?;
    let exchange = facts.get::<Exchange>(&original.key).ok_or(ResponseCode::NO_ORIGINAL)?;
    let issuer = exchange.issuer.ok_or(ResponseCode::NO_ORIGINAL)?;
    let there = facts.get::<Member>(&issuer).filter(|there| there.active && there.up);
    there.map(|there| there.id).ok_or(ResponseCode::ISSUER_DOWN)
}

/// From the issuer: back to the acquirer that the original names.
pub(super) fn back(
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let exchange = message.original.and_then(|original| facts.get::<Exchange>(&original.key));
    let Some(exchange) = exchange.filter(|exchange| exchange.issuer == Some(*from)) else {
        return decision.count("switch.script_answer_unmatched");
    };
    if mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_err() {
        return decision.count("switch.answer_bad_mac");
    }
    let acquirer = exchange.key.acquirer;
    let onward = Message { mac: None, ..message.clone() };
    decision.send(Peer::Member(acquirer), onward, Some(Switch::zak(&acquirer)));
}
