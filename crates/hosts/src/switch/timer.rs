//! The issuer did not answer in time: the switch undoes the exchange and owns the advice (rules 4). Does nothing for an
//! exchange that was decided meanwhile.

use super::core::Switch;
use super::record::{Exchange, Stage, SwitchRow};
use super::undo;
use crate::day;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Moment, ResponseCode, SwitchKey};

pub(super) fn wants(key: &SwitchKey, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Exchange, SwitchRow>(key);
}

pub(super) fn decide(
    me: &Switch,
    at: Moment,
    key: &SwitchKey,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    if let Some(exchange) = facts.get::<Exchange>(key).filter(|exchange| exchange.stage == Stage::Forwarded) {
        decision.count("switch.timed_out");
        undo::give_up(me, at, exchange.clone(), ResponseCode::ISSUER_TIMEOUT, facts, decision);
    }
}
