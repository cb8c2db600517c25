//! 日切: at 23:00 (or when a person says so) the next business day begins; the day before is closed once nothing that was forwarded
//! under it can be approved any more. Members hear both (0820, DE 70 = 201 and 202) until they have answered. No traffic
//! stops for it, and DE 39 = 90 is never given. Must never close a day on which a posting can still land.

use super::core::{Switch, SwitchTimer, mac_verdict};
use super::record::{Closing, Cut, Member, SwitchRow};
use crate::day::{self, CUT_BEGINS, CUT_ENDS, Days};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{BusinessDate, InstitutionId, Message, Moment, Mti, ResponseCode, Stan};

/// Members that are told.
const MEMBERS_MAX: u16 = 512;
/// Waits between repeats, the last without end. Unit: milliseconds.
const REPEATS_MS: [i64; 5] = [5_000, 15_000, 60_000, 300_000, 600_000];
/// Beside the switch's wait, before a day is closed: its last time-out is decided before that. Unit: milliseconds.
const REST_MS: i64 = 5_000;

/// For the timer of the cut, and for a person who orders it.
pub(super) fn wants(out: &mut Wants) {
    day::want::<Switch>(out);
    out.range::<Member, SwitchRow>(&(), MEMBERS_MAX, false);
}

/// The clock has come to the cut, or a start finds it past.
pub(super) fn due(me: &Switch, at: Moment, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let to = me.times.business_date(at);
    if to > day::days(at, facts).date {
        begin(me, at, to, facts, decision);
    } else {
        arm(me, at, facts, decision);
    }
}

/// A person cuts now: at most to the calendar day after today. Done already: nothing happens.
pub(super) fn ordered(
    me: &Switch,
    at: Moment,
    to: BusinessDate,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    if to > day::after(at.date()) {
        decision.count("switch.cut_too_far");
    } else if to > day::days(at, facts).date {
        begin(me, at, to, facts, decision);
    }
}

/// A start: the row of the days is there from now on, with its timer.
pub(super) fn rouse(me: &Switch, at: Moment, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    if facts.get::<Days>(&()).is_none() {
        decision.put(&(), Days::first(me.times.business_date(at), at));
    }
    arm(me, at, facts, decision);
}

fn arm(me: &Switch, at: Moment, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    decision.due(me.times.day_ends(day::days(at, facts).date), SwitchTimer::Cut);
}

fn begin(me: &Switch, at: Moment, to: BusinessDate, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let days = day::days(at, facts);
    decision.count("switch.day_begins");
    decision.put(&(), Days { date: to, since: at, ..days });
    decision.due(me.times.day_ends(to), SwitchTimer::Cut);
    // All that was forwarded before this commit is approved or given up within the switch's wait.
    let last = day::before(to);
    let due = at.plus_ms(me.times.switch_ms + REST_MS);
    decision.put(&last, Closing { date: last, due });
    decision.due(due, SwitchTimer::Close(last));
    tell(at, CUT_BEGINS, to, facts, decision);
}

/// For the timer that closes a day.
pub(super) fn wants_close(last: BusinessDate, out: &mut Wants) {
    wants(out);
    out.row::<Closing, SwitchRow>(&last);
}

/// The day is closed, and all before it.
pub(super) fn close(at: Moment, last: BusinessDate, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    let Some(closing) = facts.get::<Closing>(&last) else { return };
    if at < closing.due {
        return decision.due(closing.due, SwitchTimer::Close(last));
    }
    let days = day::days(at, facts);
    decision.end::<Closing>(&last);
    if last > days.closed {
        decision.count("switch.day_closed");
        decision.put(&(), Days { closed: last, ..days });
        tell(at, CUT_ENDS, last, facts, decision);
    }
}

/// One word to every member, kept until it is answered. A newer day takes the place of an older one's.
fn tell(at: Moment, code: u16, date: BusinessDate, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    for member in facts.range::<Member>(&(), MEMBERS_MAX, false).unwrap_or_default() {
        send(at, &Cut { member: member.id, code, date, at, due: at, tries: 0 }, decision);
    }
}

fn send(at: Moment, cut: &Cut, decision: &mut Decision<Switch>) {
    let wait_ms = REPEATS_MS[usize::from(cut.tries).min(REPEATS_MS.len() - 1)];
    let due = at.plus_ms(wait_ms);
    decision.put(&(cut.member, cut.code), Cut { due, tries: cut.tries.saturating_add(1), ..cut.clone() });
    decision.due(due, SwitchTimer::Tell(cut.member, cut.code));
    decision.send(Peer::Member(cut.member), message(cut), Some(Switch::zak(&cut.member)));
}

fn message(cut: &Cut) -> Message {
    Message {
        sent: Some(cut.at.sent_at()),
        // 201 and 202 of one moment are two messages.
        stan: Stan::new(u32::from(cut.code)).ok(),
        settlement: Some(cut.date.month_day()),
        network_code: Some(cut.code),
        receiver: Some(cut.member),
        ..Message::new(Mti(820))
    }
}

/// For the timer that says it again.
pub(super) fn wants_again(member: &InstitutionId, code: u16, out: &mut Wants) {
    out.row::<Cut, SwitchRow>(&(*member, code));
}

/// Not answered yet: the same word again.
pub(super) fn again(
    at: Moment,
    member: &InstitutionId,
    code: u16,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    match facts.get::<Cut>(&(*member, code)) {
        Some(cut) if at < cut.due => decision.due(cut.due, SwitchTimer::Tell(*member, code)),
        Some(cut) => send(at, cut, decision),
        None => {}
    }
}

/// What may wait for a member whose line comes up.
pub(super) fn wants_link(member: &InstitutionId, out: &mut Wants) {
    wants_again(member, CUT_BEGINS, out);
    wants_again(member, CUT_ENDS, out);
}

/// The line of a member is up: what waits for it need not wait for its timer.
pub(super) fn link_up(member: &InstitutionId, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    for code in [CUT_BEGINS, CUT_ENDS] {
        if let Some(cut) = facts.get::<Cut>(&(*member, code)) {
            decision.send(Peer::Member(*member), message(cut), Some(Switch::zak(member)));
        }
    }
}

/// Rows of an 0830.
pub(super) fn wants_answer(from: &InstitutionId, message: &Message, out: &mut Wants) {
    if let Some(code @ (CUT_BEGINS | CUT_ENDS)) = message.network_code {
        out.ask(Ask::MacGood(Switch::zak(from)));
        wants_again(from, code, out);
    }
}

/// The member has heard it.
pub(super) fn answered(
    from: &InstitutionId,
    message: &Message,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let Some(code @ (CUT_BEGINS | CUT_ENDS)) = message.network_code else {
        return decision.count("switch.management_ignored");
    };
    let open = facts.get::<Cut>(&(*from, code));
    if open.is_none_or(|cut| message.sent != Some(cut.at.sent_at()) || message.settlement != Some(cut.date.month_day()))
    {
        return decision.count("switch.cut_answer_unmatched");
    }
    let proved = mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_ok();
    if !proved || message.code != Some(ResponseCode::APPROVED) {
        return decision.count("switch.cut_not_taken");
    }
    decision.count("switch.cut_taken");
    decision.end::<Cut>(&(*from, code));
}
