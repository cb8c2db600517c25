//! What becomes of a dispute's step at the switch once it has gone on: the answer of the house that gives is posted and only then passed
//! on, an award goes to the other house too, and the clock ends what nobody takes further. It must never move a position before the
//! house that gives has given.

use super::core::{Switch, SwitchTimer, mac_verdict};
use super::dispute::{answer, first, last, send};
use super::record::{Exchange, Stage, SwitchRow};
use super::{position, undo};
use crate::day;
use crate::dispute::{self, Dispute, DisputeMove, House, OpenDispute, Taken, is_final};
use slipway_node::{Ask, Decision, Facts, Wants};
use slipway_terms::{BusinessDate, InstitutionId, Message, Moment, ResponseCode, Step, SwitchKey};

/// The house that gives answers, or of an award the other one after it.
pub(super) fn answered(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let found = m.original.and_then(|original| {
        Some((facts.get::<Dispute>(&original.key)?, facts.get::<Exchange>(&original.key)?, m.switch_key()?))
    });
    let Some((dispute, x, own)) = found else { return d.count("switch.dispute_answer_unmatched") };
    let place = dispute.taken.iter().position(|taken| taken.own == own && Step::of(m) == Some(taken.step));
    let Some((place, taken)) = place.and_then(|place| Some((place, *dispute.taken.get(place)?))) else {
        return d.count("switch.dispute_answer_unmatched");
    };
    let second = taken.code == Some(ResponseCode::APPROVED) && taken.step.is_award() && taken.second.is_none();
    let owner = if second { last(x, taken.step) } else { first(x, taken.step) };
    if owner != Some(*from) || mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_err() {
        return d.count("switch.answer_bad_mac");
    }
    let Some(code) = m.code.filter(|code| is_final(*code) && (second || taken.code.is_none())) else {
        return d.count("switch.dispute_unclear");
    };
    d.answered(taken.step.tag(second), &x.key);
    let mut dispute = dispute.clone();
    if second {
        if let Some(slot) = dispute.taken.get_mut(place) {
            slot.second = Some(code);
        }
        return d.put(&x.key, dispute);
    }
    let days = day::days(at, facts);
    // On the day that the giver was told; if that was closed meanwhile, on the one that is open (rules 5).
    let date = taken.day.filter(|day| *day > days.closed).unwrap_or(days.date);
    let done = code == ResponseCode::APPROVED;
    let next = Taken { code: Some(code), answered: Some(at), day: Some(date), ..taken };
    if let Some(slot) = dispute.taken.get_mut(place) {
        *slot = next;
    }
    d.count(if done { "switch.dispute_taken" } else { "switch.dispute_refused" });
    if done && taken.minor != 0 {
        post((at, date), x, &dispute, &next, facts, d);
    } else if !done && taken.step == Step::Chargeback {
        give_up(me, at, x, facts, d);
    }
    let to = last(x, taken.step);
    match to {
        Some(to) if taken.step.is_award() && done => send(&dispute, &next, to, true, d),
        // Nobody but a person of ours has asked for it.
        Some(_) if taken.step.is_award() => {}
        Some(to) => answer(date, m, &to, code, d),
        None => {}
    }
    if dispute.standing().is_none() {
        return d.put(&x.key, dispute);
    }
    let ends = dispute.ends(&me.disputes);
    dispute::put(at, dispute, ends, d);
}

/// The positions follow the house that has given.
fn post(
    (at, date): (Moment, BusinessDate),
    x: &Exchange,
    dispute: &Dispute,
    taken: &Taken,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let moved = DisputeMove { issuer: x.issuer, ..DisputeMove::of(taken, dispute, at) };
    position::disputed(date, &moved, facts, d);
    d.put(&taken.own, moved);
    if let Some(kind) = taken.step.kind() {
        d.put(&x.key, Exchange { claim: Some((taken.own, kind)), ..x.clone() });
    }
}

/// The chargeback was refused: the slot is free again, and an undo that came meanwhile takes it.
fn give_up(me: &Switch, at: Moment, x: &Exchange, facts: &Facts<'_, Switch>, d: &mut Decision<Switch>) {
    let free = Exchange { claim: None, owed_undo: None, ..x.clone() };
    match x.owed_undo {
        Some(reason) if x.stage == Stage::Approved => {
            d.count("switch.owed_undo_paid");
            position::give_back(at, &free, facts, d);
            undo::undo(me, at, free, undo::own(reason), facts, d);
        }
        _ => d.put(&x.key, free),
    }
}

impl House for Switch {
    const CLOSED: &'static str = "switch.dispute_closed";

    fn clock(original: SwitchKey) -> SwitchTimer {
        SwitchTimer::Dispute(original)
    }
}

/// Round one: whether it still runs.
pub(super) fn wants_due(key: &SwitchKey, out: &mut Wants) {
    out.row::<OpenDispute, SwitchRow>(key).row::<Dispute, SwitchRow>(key);
}

/// Its time is over: whoever has the money keeps it.
pub(super) fn due(at: Moment, key: &SwitchKey, facts: &Facts<'_, Switch>, d: &mut Decision<Switch>) {
    if let Some(dispute) = dispute::run_out(at, key, facts, d) {
        dispute::close(at, dispute, d);
    }
}
