//! The switch's one match over everything that can happen to it.

use super::record::{Member, Open, SwitchRow};
use super::{
    answer, case, correct, cutover, dispute, disputed, request, reversal, script, testimony, timer, undo, zone,
};
use crate::correction::Correct;
use crate::dispute::Disputes;
use crate::times::Times;
use crate::zone::{Order, RESET, ZoneKey};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Hand, Input, Installed, Node, Peer, Record, Told, Wants};
use slipway_terms::{
    BusinessDate, InstitutionId, KeyName, KeyRef, KeyUse, MacKey, MacMethod, Message, Moment, ResponseCode, Step,
    SwitchKey,
};

/// Members that a restart can mark as down; far above any network of today.
const MEMBERS_MAX: u16 = 512;

/// The switch's core.
#[derive(Clone, Debug)]
pub struct Switch {
    /// Its own institution number.
    pub id: InstitutionId,
    /// Its waits and its cut-over.
    pub times: Times,
    /// The rules of disputes.
    pub disputes: Disputes,
}

/// The switch's timers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SwitchTimer {
    /// The issuer has not answered: the exchange is undone and the acquirer told 98.
    Answer(SwitchKey),
    /// The member has not proved yet that it has its new key.
    Reset(KeyName),
    /// The business day is over.
    Cut,
    /// Nothing more can land on this day.
    Close(BusinessDate),
    /// The member has not answered yet what it was told of the change of date (DE 70).
    Tell(InstitutionId, u16),
    /// The time of this dispute is over.
    Dispute(SwitchKey),
}

impl Switch {
    /// A switch that lets nobody dispute.
    pub fn new(id: InstitutionId, times: Times) -> Self {
        Self { id, times, disputes: Disputes::default() }
    }

    /// With these rules of disputes.
    pub fn disputing(mut self, disputes: Disputes) -> Self {
        self.disputes = disputes;
        self
    }

    /// The MAC key of the line to one member.
    pub(super) fn zak(member: &InstitutionId) -> MacKey {
        MacKey { key: KeyRef::Named(KeyName::of(KeyUse::Zak, member.as_str())), method: MacMethod::X919 }
    }

    /// The PIN key of the line to one member.
    pub(super) fn zpk(member: &InstitutionId) -> KeyRef {
        KeyRef::Named(KeyName::of(KeyUse::Zpk, member.as_str()))
    }

    /// The key that seals the cards of advices on their way.
    pub(super) fn seal_key(&self) -> KeyName {
        KeyName::of(KeyUse::Seal, self.id.as_str())
    }

    /// The key of the switch's own card tokens.
    pub(super) fn token_key(&self) -> KeyName {
        KeyName::of(KeyUse::Token, self.id.as_str())
    }
}

/// What the vault said of the MAC at hand: good, bad (A0), or not to be known now (96; the sender undoes it).
pub(super) fn mac_verdict(told: Option<&Told>) -> Result<(), ResponseCode> {
    match told {
        Some(Told::Yes) => Ok(()),
        Some(Told::No) => Err(ResponseCode::MAC_ERROR),
        // A vault that cannot say has not said that the code is wrong: doubt, never "nothing was done".
        _ => Err(ResponseCode::MALFUNCTION),
    }
}

impl Node for Switch {
    type Row = SwitchRow;
    type Timer = SwitchTimer;
    type Note = ();

    fn wants(&self, input: &Input<SwitchTimer>, seen: &Facts<'_, Self>, out: &mut Wants) {
        match input {
            Input::Heard(Peer::Member(from), message) => match message.mti.0 {
                820 if message.network_code == Some(RESET) => {
                    if let Some(order) = Order::of(*from, message) {
                        zone::wants(&order, seen, out);
                    }
                }
                810 => zone::wants_answer(from, message, seen, out),
                830 => cutover::wants_answer(from, message, out),
                800..=899 => {}
                _ if Step::of(message).is_some() => dispute::wants(from, message, seen, out),
                220 | 230 if Correct::of(message).is_some() => correct::wants(from, message, seen, out),
                420 => reversal::wants(self, from, message, seen, out),
                430 => undo::wants_answer(from, message, out),
                620 | 630 => script::wants(from, message, seen, out),
                110 | 210 | 230 => answer::wants(from, message, seen, out),
                _ if message.mti.is_answer() => {}
                _ => request::wants(self, from, message, seen, out),
            },
            Input::Heard(..) => {}
            Input::Due(SwitchTimer::Answer(key)) => timer::wants(key, out),
            Input::Due(SwitchTimer::Dispute(key)) => disputed::wants_due(key, out),
            Input::Due(SwitchTimer::Reset(name)) => zone::wants_timer(name, out),
            Input::Due(SwitchTimer::Cut) | Input::Hand(Hand::CutOver { .. }) => cutover::wants(out),
            Input::Due(SwitchTimer::Close(last)) => cutover::wants_close(*last, out),
            Input::Due(SwitchTimer::Tell(member, code)) => cutover::wants_again(member, *code, out),
            Input::Hand(Hand::Rouse) => {
                cutover::wants(out);
            }
            Input::Hand(Hand::Link { peer: Peer::Member(id), .. }) => {
                out.row::<Member, SwitchRow>(id);
                zone::wants_link(id, out);
                cutover::wants_link(id, out);
            }
            Input::Hand(Hand::Desk { question, .. }) => testimony::wants(self, question, seen, out),
            Input::Hand(Hand::Finding(key, _)) => case::wants(key, seen, out),
            Input::Hand(Hand::Dispute(order)) => dispute::want_original(&order.original, seen, out),
            Input::Hand(hand) => {
                if let Some(order) = Order::by_hand(hand) {
                    zone::wants(&order, seen, out);
                }
            }
        }
    }

    fn decide(&self, at: Moment, input: &Input<SwitchTimer>, facts: &Facts<'_, Self>) -> Decision<Self> {
        let mut decision = Decision::nothing();
        match input {
            Input::Heard(Peer::Member(from), message) if Step::of(message).is_some() => match Step::of(message) {
                Some(_) if message.mti.is_answer() => {
                    disputed::answered(self, at, from, message, facts, &mut decision);
                }
                Some(step) => dispute::asked(self, at, from, step, message, facts, &mut decision),
                None => {}
            },
            Input::Heard(Peer::Member(from), message) => match message.mti.0 {
                820 if message.network_code == Some(RESET) => zone::asked(at, from, message, facts, &mut decision),
                820 => echo(from, message, &mut decision),
                810 => zone::answered(at, from, message, facts, &mut decision),
                830 => cutover::answered(from, message, facts, &mut decision),
                800..=899 => decision.count("switch.management_ignored"),
                220 if Correct::of(message).is_some() => correct::asked(at, from, message, facts, &mut decision),
                230 if Correct::of(message).is_some() => {
                    correct::answered(self, at, from, message, facts, &mut decision);
                }
                420 => reversal::decide(self, at, from, message, facts, &mut decision),
                430 => undo::answered(at, from, message, facts, &mut decision),
                620 => script::forward(from, message, facts, &mut decision),
                630 => script::back(from, message, facts, &mut decision),
                110 | 210 | 230 => answer::decide(self, at, from, message, facts, &mut decision),
                _ if message.mti.is_answer() => decision.count("switch.answer_unmatched"),
                _ => request::decide(self, at, from, message, facts, &mut decision),
            },
            Input::Heard(..) => decision.count("switch.stranger"),
            Input::Due(SwitchTimer::Answer(key)) => timer::decide(self, at, key, facts, &mut decision),
            Input::Due(SwitchTimer::Dispute(key)) => disputed::due(at, key, facts, &mut decision),
            Input::Due(SwitchTimer::Reset(name)) => zone::due(at, name, facts, &mut decision),
            Input::Due(SwitchTimer::Cut) => cutover::due(self, at, facts, &mut decision),
            Input::Due(SwitchTimer::Close(last)) => cutover::close(at, *last, facts, &mut decision),
            Input::Due(SwitchTimer::Tell(member, code)) => cutover::again(at, member, *code, facts, &mut decision),
            Input::Hand(Hand::CutOver { to }) => cutover::ordered(self, at, *to, facts, &mut decision),
            Input::Hand(Hand::Rouse) => {
                rouse(facts, &mut decision);
                cutover::rouse(self, at, facts, &mut decision);
            }
            Input::Hand(Hand::Link { peer: Peer::Member(id), up }) => link(id, *up, facts, &mut decision),
            Input::Hand(Hand::Desk { ticket, question }) => {
                decision.testify(*ticket, testimony::testify(self, question, facts));
            }
            Input::Hand(Hand::Finding(key, found)) => case::decide(self, at, key, found, facts, &mut decision),
            Input::Hand(Hand::Dispute(order)) => dispute::order(self, at, order, facts, &mut decision),
            Input::Hand(hand) => {
                if let Some(order) = Order::by_hand(hand) {
                    let _ = zone::begin(at, &order, facts, &mut decision);
                }
            }
        }
        decision
    }

    fn rearm(&self, row: &SwitchRow) -> Option<(Moment, SwitchTimer)> {
        match row {
            SwitchRow::OpenDispute(open) => Some((open.due, SwitchTimer::Dispute(open.original))),
            SwitchRow::Open(Open { key, due }) => Some((*due, SwitchTimer::Answer(*key))),
            SwitchRow::Reset(reset) => {
                Some((reset.due, SwitchTimer::Reset(KeyName::of(reset.usage, reset.member.as_str()))))
            }
            SwitchRow::Days(days) => Some((self.times.day_ends(days.date), SwitchTimer::Cut)),
            SwitchRow::Closing(closing) => Some((closing.due, SwitchTimer::Close(closing.date))),
            SwitchRow::Cut(cut) => Some((cut.due, SwitchTimer::Tell(cut.member, cut.code))),
            _ => None,
        }
    }

    const KEY_SPACE: Option<u8> = Some(<ZoneKey as Record<SwitchRow>>::SPACE);

    fn reinstall(&self, row: &SwitchRow) -> Vec<Installed> {
        ZoneKey::peel(row).map_or_else(Vec::new, ZoneKey::generations)
    }
}

/// Echo, sign-on and sign-off of a member: answered, without effect; who is up is what the links say.
fn echo(from: &InstitutionId, message: &Message, decision: &mut Decision<Switch>) {
    let code = match message.network_code {
        Some(301 | 1 | 2) => ResponseCode::APPROVED,
        _ => ResponseCode::INVALID_TRANSACTION,
    };
    decision.send(Peer::Member(*from), message.answer(code), None);
}

/// After a start no link is up until it says so: a sale to a dead line would only time out.
fn rouse(facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    for member in facts.range::<Member>(&(), MEMBERS_MAX, false).unwrap_or_default() {
        if member.up {
            decision.put(&member.id, Member { up: false, ..member.clone() });
        }
    }
}

fn link(id: &InstitutionId, up: bool, facts: &Facts<'_, Switch>, decision: &mut Decision<Switch>) {
    match facts.get::<Member>(id) {
        Some(member) if member.up != up => decision.put(id, Member { up, ..member.clone() }),
        Some(_) => {}
        None => decision.count("switch.stranger"),
    }
    if up {
        zone::link_up(id, facts, decision);
        cutover::link_up(id, facts, decision);
    }
}
