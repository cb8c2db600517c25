//! What became of a script on a chip (0620): counted by the exchange it came with. DE 55 is not stored; it changes no money.

use super::chip;
use super::core::{Issuer, mac_verdict};
use super::record::{Card, Exchange, IssuerRow};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{Message, ResponseCode};

pub(super) fn wants(me: &Issuer, message: &Message, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    if let Some(original) = message.original {
        out.row::<Exchange, IssuerRow>(&original.key);
        if let Some(token) = seen.known::<Exchange>(&original.key).and_then(|exchange| exchange.asked.token) {
            out.row::<Card, IssuerRow>(&token);
        }
    }
}

/// 00 for a known exchange, 25 for another.
pub(super) fn decide(me: &Issuer, message: &Message, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    let code = match mac_verdict(facts.told(&Ask::MacGood(me.zak()))) {
        Err(code) => code,
        Ok(()) => match message.original.and_then(|original| facts.get::<Exchange>(&original.key)) {
            Some(exchange) => {
                let card = exchange.asked.token.and_then(|token| Some((token, facts.get::<Card>(&token)?)));
                // The command has reached its chip: it waits no more.
                if let Some((token, card)) = card.filter(|(_, card)| card.script && chip::has_run(message)) {
                    decision.put(&token, Card { script: false, ..card.clone() });
                }
                decision.count("issuer.script_result");
                ResponseCode::APPROVED
            }
            None => ResponseCode::NO_ORIGINAL,
        },
    };
    decision.send(Peer::Switch, message.answer(code), Some(me.zak()));
}
