//! New zone keys, the switch's side: made under the member's zone master key, accepted at once, repeated until the member has
//! proved that it has them, used from then on. Never two at a time under one name, never used before that proof.

use super::core::{Switch, SwitchTimer};
use super::record::{Member, Reset, SwitchRow};
use crate::zone::{Order, ZoneKey};
use slipway_node::{Ask, Decision, Facts, Install, Peer, Seen, Told, Wants};
use slipway_terms::{InstitutionId, KeyName, KeyUse, Mac, Message, Moment, ResponseCode};

/// Waits between repeats, the last without end. Unit: milliseconds.
const REPEATS_MS: [i64; 5] = [5_000, 15_000, 60_000, 300_000, 600_000];

/// A key that is in use is not replaced within this: what was made under the one before it may be on its way.
/// Unit: milliseconds.
pub(super) const REST_MS: i64 = 120_000;

/// Both zone keys of a member.
fn names(member: &InstitutionId) -> [KeyName; 2] {
    [KeyUse::Zpk, KeyUse::Zak].map(|usage| KeyName::of(usage, member.as_str()))
}

fn make(order: &Order) -> Ask {
    Ask::MakeReset { under: order.zmk(), usage: order.usage, double: true, fields: order.fields() }
}

/// A reset is asked for, by a person here or by the member.
pub(super) fn wants(order: &Order, seen: &Facts<'_, Switch>, out: &mut Wants) {
    let name = order.name().0;
    out.row::<Member, SwitchRow>(&order.member).row::<ZoneKey, SwitchRow>(&name).row::<Reset, SwitchRow>(&name);
    if seen.peek::<Reset>(&name) == Seen::Absent && !order.was_met(seen.known::<ZoneKey>(&name)) {
        out.ask(make(order));
    }
}

/// Makes the key and sends it. `Ok` also when it runs or ran already.
pub(super) fn begin(
    at: Moment,
    order: &Order,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) -> Result<(), ResponseCode> {
    let name = order.name();
    if !matches!(order.usage, KeyUse::Zpk | KeyUse::Zak) || facts.get::<Member>(&order.member).is_none() {
        decision.count("switch.reset_refused");
        return Err(ResponseCode::FORMAT_ERROR);
    }
    let zone = facts.get::<ZoneKey>(&name.0);
    if facts.get::<Reset>(&name.0).is_some() || order.was_met(zone) {
        decision.count("switch.reset_runs");
        return Ok(());
    }
    if zone.is_some_and(|zone| (0..REST_MS).contains(&(at.0 - zone.at.0))) {
        decision.count("switch.reset_too_soon");
        return Err(ResponseCode::NOT_SUPPORTED);
    }
    let Some(Told::Reset { key, sent }) = facts.told(&make(order)) else {
        decision.count("switch.reset_not_made");
        return Err(ResponseCode::SECURITY_FAILED);
    };
    let new_key = sent.f48.as_deref().and_then(|field| field.get(2..)?.try_into().ok());
    let reset = Reset {
        member: order.member,
        usage: order.usage,
        sent: order.sent,
        stan: order.stan,
        new_key,
        f96: sent.f96,
        f128: sent.f128,
        due: at,
        tries: 0,
    };
    decision.count("switch.reset");
    decision.put(&name.0, ZoneKey::after(zone, order, key.clone(), false, at));
    decision.install(name, key.clone(), Install::Accept);
    send(at, &reset, decision);
    Ok(())
}

/// The member asks by 0820 with DE 70 = 101.
pub(super) fn asked(
    at: Moment,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let order = Order::of(*from, message);
    let code = match order.map(|order| begin(at, &order, facts, decision)) {
        Some(Ok(())) => ResponseCode::APPROVED,
        Some(Err(code)) => code,
        None => ResponseCode::FORMAT_ERROR,
    };
    decision.send(Peer::Member(*from), message.answer(code), None);
    // The answer first: it says that the key comes.
    decision.sends.rotate_right(1);
}

pub(super) fn wants_timer(name: &KeyName, out: &mut Wants) {
    out.row::<Reset, SwitchRow>(&name.0);
}

/// Not answered yet: the same message again.
pub(super) fn due(at: Moment, name: &KeyName, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    match facts.get::<Reset>(&name.0) {
        Some(reset) if at < reset.due => decision.due(reset.due, SwitchTimer::Reset(*name)),
        Some(reset) => send(at, reset, decision),
        None => {}
    }
}

pub(super) fn wants_link(member: &InstitutionId, out: &mut Wants) {
    for name in names(member) {
        out.row::<Reset, SwitchRow>(&name.0);
    }
}

/// The line of a member is up: what waits for it need not wait for its timer.
pub(super) fn link_up(member: &InstitutionId, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    for reset in names(member).iter().filter_map(|name| facts.get::<Reset>(&name.0)) {
        decision.send(Peer::Member(reset.member), message(reset), None);
    }
}

fn message(reset: &Reset) -> Message {
    let Reset { member, usage, sent, stan, new_key, f96, f128, .. } = *reset;
    let mac = Some(Mac(f128));
    Message { new_key, key_cryptogram: Some(f96), mac, ..Order { member, usage, sent, stan }.message(800) }
}

fn send(at: Moment, reset: &Reset, decision: &mut Decision<Switch>) {
    let name = KeyName::of(reset.usage, reset.member.as_str());
    let wait_ms = REPEATS_MS[usize::from(reset.tries).min(REPEATS_MS.len() - 1)];
    let due = at.plus_ms(wait_ms);
    decision.put(&name.0, Reset { due, tries: reset.tries.saturating_add(1), ..reset.clone() });
    decision.due(due, SwitchTimer::Reset(name));
    decision.send(Peer::Member(reset.member), message(reset), None);
}

/// Rows of an 0810, and whether its code is one of a member that has the new key.
pub(super) fn wants_answer(from: &InstitutionId, message: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    let Some(order) = Order::of(*from, message) else { return };
    let name = order.name().0;
    out.row::<ZoneKey, SwitchRow>(&name).row::<Reset, SwitchRow>(&name);
    if let (Some(zone), Some(_)) = (seen.known::<ZoneKey>(&name), seen.known::<Reset>(&name)) {
        out.ask(Ask::MacGood(order.proof(&zone.newest)));
    }
}

/// The member has the key: from now on it is ours too. An answer that does not prove it decides nothing, whatever it says.
pub(super) fn answered(
    at: Moment,
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some(order) = Order::of(*from, message) else { return decision.count("switch.management_ignored") };
    let name = order.name();
    let open = facts.get::<Reset>(&name.0).filter(|open| (open.sent, open.stan) == (order.sent, order.stan));
    let (Some(_), Some(zone)) = (open, facts.get::<ZoneKey>(&name.0)) else {
        return decision.count("switch.reset_answer_unmatched");
    };
    let proved = facts.told(&Ask::MacGood(order.proof(&zone.newest))) == Some(&Told::Yes);
    if !proved || message.code != Some(ResponseCode::APPROVED) {
        return decision.count("switch.reset_not_proved");
    }
    decision.count("switch.reset_done");
    decision.install(name, zone.newest.clone(), Install::Use);
    decision.put(&name.0, ZoneKey { used: true, at, ..zone.clone() });
    decision.end::<Reset>(&name.0);
}
