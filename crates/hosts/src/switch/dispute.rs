//! Disputes at the switch, the referee of order and time: a member's step is judged against the record here, forwarded once, repeated
//! until the other house answers ([`super::disputed`]). Awards are the switch's own, by two persons. It must never let a step through
//! that is not next, is late, or is about what was undone.

use super::core::{Switch, mac_verdict};
use super::correct;
use super::record::{Exchange, Member, Stage, SwitchRow};
use crate::correction::{Correct, Correction};
use crate::day;
use crate::dispute::{self, Dispute, DisputeMove, OpenDispute, OrderRefused, Taken};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{
    BusinessDate, DisputeAct, DisputeOrder, InstitutionId, Message, Moment, Mti, Refusal, ResponseCode, Step,
    SwitchKey, same_person,
};

/// The dispute, its original and what its money changes.
pub(super) fn want_original(key: &SwitchKey, seen: &Facts<'_, Switch>, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Dispute, SwitchRow>(key).row::<OpenDispute, SwitchRow>(key);
    correct::want_original(key, seen, out);
}

/// What a message about a dispute needs.
pub(super) fn wants(from: &InstitutionId, m: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Member, SwitchRow>(from).ask(Ask::MacGood(Switch::zak(from)));
    if let Some(original) = m.original {
        want_original(&original.key, seen, out);
    }
    if let Some(own) = m.switch_key() {
        out.row::<DisputeMove, SwitchRow>(&own);
    }
}

/// A member takes a step. A copy hears the same; while the other house has not answered, nothing.
pub(super) fn asked(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let admitted = facts.get::<Member>(from).ok_or(ResponseCode::FORMAT_ERROR);
    let admitted = admitted.and_then(|_| mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))));
    let code = match admitted {
        Ok(()) => judge(me, at, from, step, m, facts, d),
        Err(code) => Some(code),
    };
    if let Some(code) = code {
        let before = m.original.and_then(|original| facts.get::<Dispute>(&original.key));
        let before = before.zip(m.switch_key()).and_then(|(dispute, own)| dispute.of_own(&own)?.day);
        answer(before.unwrap_or_else(|| day::days(at, facts).date), m, from, code, d);
    }
}

/// DE 15 is the day on which it was posted here, for a copy too.
pub(super) fn answer(day: BusinessDate, m: &Message, to: &InstitutionId, code: ResponseCode, d: &mut Decision<Switch>) {
    let mut said = m.answer(code);
    if m.mti.is_answer() {
        said.mti = m.mti;
    }
    said.settlement = Some(day.month_day());
    d.send(Peer::Member(*to), said, Some(Switch::zak(to)));
}

/// The code that ends it here; none: it went to the other house, or is there already. Nothing is recorded of what is refused here:
/// who asked has it.
fn judge(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) -> Option<ResponseCode> {
    let (Some(original), Some(own)) = (m.original, m.switch_key()) else { return Some(ResponseCode::FORMAT_ERROR) };
    let Some(x) = facts.get::<Exchange>(&original.key).filter(|x| x.asked.moves_money()) else {
        return Some(ResponseCode::NO_ORIGINAL);
    };
    let owner = if step.is_issuers() { x.issuer } else { Some(x.key.acquirer) };
    if step.is_award() || owner != Some(*from) || own.forwarder != *from || own.acquirer != x.key.acquirer {
        return Some(ResponseCode::INVALID_TRANSACTION);
    }
    let dispute = facts.get::<Dispute>(&x.key);
    if let Some(before) = dispute.and_then(|dispute| dispute.of_own(&own)) {
        return before.code;
    }
    if facts.get::<DisputeMove>(&own).is_some() {
        return Some(ResponseCode::INVALID_TRANSACTION);
    }
    let dispute = dispute.cloned().unwrap_or_else(|| open(at, x));
    if let Err(code) = fits(me, at, step, x, &dispute, m, facts) {
        d.count("switch.dispute_refused");
        return Some(code);
    }
    let today = day::days(at, facts).date;
    let taken = Taken { day: Some(today), ..dispute::told(step, own, m, at) };
    onward(dispute, x, taken, d);
    None
}

/// Precedence: the slot, what is under way, order and time, the amount.
fn fits(
    me: &Switch,
    at: Moment,
    step: Step,
    x: &Exchange,
    dispute: &Dispute,
    m: &Message,
    facts: &Facts<'_, Switch>,
) -> Result<(), ResponseCode> {
    const REFUSED: Result<(), ResponseCode> = Err(ResponseCode::TOO_LATE);
    const LATER: Result<(), ResponseCode> = Err(ResponseCode::MALFUNCTION);
    match x.stage {
        Stage::Declined | Stage::Tombstone => return Err(ResponseCode::NO_ORIGINAL),
        Stage::Forwarded => return LATER,
        // Undone already: once is all. An answer only says so.
        Stage::Undone if step == Step::Answer => {}
        Stage::Undone => return REFUSED,
        Stage::Approved => {}
    }
    let other = x.claim.is_some_and(|(_, kind)| !kind.is_disputed());
    if x.signed_minor <= 0 || (step.sign() != 0 && (other || x.redo.is_some())) {
        return REFUSED;
    }
    let credited = facts.get::<Correction>(&(x.key, Correct::Credit as u8)).is_some_and(|c| c.answer.is_none());
    if matches!(step, Step::Chargeback | Step::SecondChargeback) && (x.marks.open_minor != 0 || credited) {
        return LATER;
    }
    match dispute.may(step, &me.disputes, at) {
        // The other house's step is on its way: this one comes too late, and whoever took it hears so, or both would wait for ever.
        Err(Refusal::Waiting) if dispute.waiting().is_some_and(|w| w.step.is_issuers() != step.is_issuers()) => {
            return REFUSED;
        }
        Err(Refusal::Waiting) if dispute.waiting().is_some_and(|w| w.step.is_award()) => return REFUSED,
        Err(Refusal::Waiting) => return LATER,
        Err(_) => return REFUSED,
        Ok(()) => {}
    }
    let (left, moves) = (left(x), dispute::told(step, x.key, m, at).minor);
    // What was refunded after a re-presentment no second chargeback gives back once more.
    if moves != dispute.moves(step, left) || (step.sign() != 0 && left <= 0) || -moves > left {
        return Err(ResponseCode::DIFFERS_FROM_ORIGINAL);
    }
    Ok(())
}

/// What no refund has given back. Unit: minor units.
const fn left(x: &Exchange) -> i64 {
    x.signed_minor + x.marks.adjusted_minor - x.marks.refunded_minor
}

fn open(at: Moment, x: &Exchange) -> Dispute {
    let (rrn, terminal, merchant) = (x.asked.rrn, x.asked.terminal, x.asked.merchant);
    Dispute { rrn, terminal, merchant, issuer: x.issuer, ..Dispute::begun(x.key, x.asked.mti, x.at, x.card, at) }
}

/// Whose yes comes first: the house that gives.
pub(super) fn first(x: &Exchange, step: Step) -> Option<InstitutionId> {
    let acquirers = step.is_issuers() || step == Step::AwardBack;
    if acquirers { Some(x.key.acquirer) } else { x.issuer }
}

/// The other one.
pub(super) fn last(x: &Exchange, step: Step) -> Option<InstitutionId> {
    let acquirers = step.is_issuers() || step == Step::AwardBack;
    if acquirers { x.issuer } else { Some(x.key.acquirer) }
}

/// Writes the step and queues its advice to the house that gives. A first chargeback takes the slot now: what comes meanwhile for
/// the same money finds it full.
fn onward(mut dispute: Dispute, x: &Exchange, taken: Taken, d: &mut Decision<Switch>) {
    let Some(to) = first(x, taken.step) else { return };
    dispute.taken.push(taken);
    send(&dispute, &taken, to, false, d);
    if let (Step::Chargeback, Some(kind)) = (taken.step, taken.step.kind()) {
        d.put(&x.key, Exchange { claim: Some((taken.own, kind)), ..x.clone() });
    }
    d.put(&x.key, dispute);
    d.count("switch.dispute_forwarded");
}

pub(super) fn send(dispute: &Dispute, taken: &Taken, to: InstitutionId, second: bool, d: &mut Decision<Switch>) {
    // DE 15 is the day on which it arrived (rules 5).
    let settlement = taken.day.map(BusinessDate::month_day);
    let of = Message { settlement, receiver: dispute.issuer, ..Message::new(Mti(220)) };
    let advice = dispute::advice(dispute, taken, &of);
    let tag = taken.step.tag(second);
    d.until_answered(Peer::Member(to), tag, &dispute.original, advice, Some(Switch::zak(&to)));
}

/// A person's order: an award, checked by another.
pub(super) fn order(
    me: &Switch,
    at: Moment,
    order: &DisputeOrder,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let key = order.original;
    if facts.get::<Dispute>(&key).is_some_and(|dispute| dispute.has(order.ticket)) {
        return d.count("switch.dispute_order_again");
    }
    match judge_order(me, at, order, facts) {
        Ok((dispute, x, step, reason)) => {
            let own = SwitchKey { forwarder: me.id, sent: dispute.sent(at), ..key };
            let day = Some(day::days(at, facts).date);
            let taken = Taken { day, ..Taken::ordered(step, own, dispute.moves(step, 0), reason, at, order) };
            onward(dispute.clone(), x, taken, d);
        }
        Err(why) => {
            d.count("switch.dispute_order_refused");
            d.put(&key, OrderRefused { original: key, ticket: order.ticket, at, why, by: order.by });
        }
    }
}

fn judge_order<'a>(
    me: &Switch,
    at: Moment,
    order: &DisputeOrder,
    facts: &'a Facts<'_, Switch>,
) -> Result<(&'a Dispute, &'a Exchange, Step, slipway_terms::Short<4>), Refusal> {
    let DisputeAct::Raise(step, reason) = order.act else { return Err(Refusal::NotOurs) };
    if !step.is_award() {
        return Err(Refusal::NotOurs);
    }
    if order.checked.is_none_or(|checked| same_person(checked.as_str(), order.by.as_str())) {
        return Err(Refusal::FourEyes);
    }
    let dispute = facts.get::<Dispute>(&order.original).ok_or(Refusal::NotHere)?;
    let x = facts.get::<Exchange>(&order.original).ok_or(Refusal::NotHere)?;
    dispute.may(step, &me.disputes, at)?;
    let back = -dispute.moves(step, 0);
    if back > 0 && x.marks.open_minor != 0 {
        return Err(Refusal::NotNow);
    }
    if back > left(x) {
        return Err(Refusal::NothingLeft);
    }
    Ok((dispute, x, step, reason))
}
