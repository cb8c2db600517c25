//! What became of a script on a chip (0620): counted by the exchange it came with. DE 55 is not stored; it changes no money.

use super::core::{Issuer, mac_verdict};
use super::record::{Exchange, IssuerRow};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{Message, ResponseCode};

pub(super) fn wants(me: &Issuer, message: &Message, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    if let Some(original) = message.original {
        out.row::<Exchange, IssuerRow>(&original.key);
    }
}

/// 00 for a known exchange, 25 for another.
pub(super) fn decide(me: &Issuer, message: &Message, facts: &Facts<'_, Issuer>, decision: &mut Decision<Issuer>) {
    let code = match mac_verdict(facts.told(&Ask::MacGood(me.zak()))) {
        Err(code) => code,
        Ok(()) => match message.original.and_then(|original| facts.get::<Exchange>(&original.key)) {
            Some(_) => {
                decision.count("issuer.script_result");
                ResponseCode::APPROVED
            }
            None => ResponseCode::NO_ORIGINAL,
        },
    };
    decision.send(Peer::Switch, message.answer(code), Some(me.zak()));
}
