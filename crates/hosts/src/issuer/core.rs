//! The issuer's one match over everything that can happen to it.

use super::record::IssuerRow;
use super::{clearing, correct, dispute, hold, request, reversal, script, suspense, testimony};
use crate::correction::Correct;
use crate::day;
use crate::dispute::Disputes;
use crate::zone::{self, Order, RESET, ZoneKey};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Hand, Input, Installed, Node, OUTBOX_SPACE, Peer, Record, Told, Wants};
use slipway_terms::{
    InstitutionId, KeyName, KeyRef, KeyUse, MacKey, MacMethod, Message, Moment, ResponseCode, Step, SwitchKey,
};

/// The issuer's core.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its own institution number: owner of `zak/…`, `zpk/…`, `pvk/…` and `token/…`.
    pub id: InstitutionId,
    /// Wrong PINs that block a card: the answer to the last of them, and to every PIN after it, is 75.
    pub tries_max: u8,
    /// The rules of disputes.
    pub disputes: Disputes,
}

/// The issuer waits for nobody; only holds and disputes have an end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum IssuerTimer {
    /// The hold of this pre-authorisation is given free.
    HoldEnds(SwitchKey),
    /// The time of this dispute is over.
    Dispute(SwitchKey),
}

impl Issuer {
    /// An issuer that blocks a card at the third wrong PIN.
    pub fn new(id: InstitutionId) -> Self {
        Self { id, tries_max: 3, disputes: Disputes::default() }
    }

    /// With these rules of disputes.
    pub fn disputing(mut self, disputes: Disputes) -> Self {
        self.disputes = disputes;
        self
    }

    fn name(&self, usage: KeyUse) -> KeyName {
        KeyName::of(usage, self.id.as_str())
    }

    /// The MAC key of the line to the switch.
    pub(super) fn zak(&self) -> MacKey {
        MacKey { key: KeyRef::Named(self.name(KeyUse::Zak)), method: MacMethod::X919 }
    }

    /// The PIN key of the line to the switch.
    pub(super) fn zpk(&self) -> KeyRef {
        KeyRef::Named(self.name(KeyUse::Zpk))
    }

    /// The PIN verification key.
    pub(super) fn pvk(&self) -> KeyName {
        self.name(KeyUse::Pvk)
    }

    /// The master key of its chips.
    pub fn imk(&self) -> KeyName {
        self.name(KeyUse::Imk)
    }

    /// The key of the issuer's card tokens.
    pub fn token_key(&self) -> KeyName {
        self.name(KeyUse::Token)
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

impl Node for Issuer {
    type Row = IssuerRow;
    type Timer = IssuerTimer;
    type Note = ();

    fn wants(&self, input: &Input<IssuerTimer>, seen: &Facts<'_, Self>, out: &mut Wants) {
        match input {
            Input::Heard(Peer::Switch, message) => match message.mti.0 {
                800 if message.network_code == Some(RESET) => zone::wants(self.id, message, seen, out),
                820 if day::is_told(message) => day::wants_told::<Self>(&self.zak(), out),
                800..=899 => {}
                _ if Step::of(message).is_some() => dispute::wants(self, message, seen, out),
                220 if Correct::of(message).is_some() => correct::wants(self, message, seen, out),
                420 => reversal::wants(self, message, seen, out),
                620 => script::wants(self, message, seen, out),
                _ if message.mti.is_answer() => {}
                _ => request::wants(self, message, seen, out),
            },
            Input::Heard(..) => {}
            Input::Due(IssuerTimer::HoldEnds(key)) => hold::wants(key, seen, out),
            Input::Due(IssuerTimer::Dispute(key)) => dispute::wants_due(key, out),
            Input::Hand(Hand::Desk { question, .. }) => testimony::wants(self, question, seen, out),
            Input::Hand(Hand::Clearing(part)) => clearing::wants(part, seen, out),
            Input::Hand(Hand::Suspense(key)) => suspense::wants(key, seen, out),
            Input::Hand(Hand::Dispute(order)) => dispute::want_original(&order.original, seen, out),
            Input::Hand(_) => {}
        }
    }

    fn decide(&self, at: Moment, input: &Input<IssuerTimer>, facts: &Facts<'_, Self>) -> Decision<Self> {
        let mut decision = Decision::nothing();
        match input {
            Input::Heard(Peer::Switch, message) if Step::of(message).is_some() => match Step::of(message) {
                Some(_) if message.mti.is_answer() => dispute::answered(self, at, message, facts, &mut decision),
                Some(step) => dispute::heard(self, at, step, message, facts, &mut decision),
                None => {}
            },
            Input::Heard(Peer::Switch, message) => match message.mti.0 {
                800 if message.network_code == Some(RESET) => {
                    zone::decide(self.id, at, message, facts, &mut decision);
                }
                820 if day::is_told(message) => day::told(&self.zak(), at, message, facts, &mut decision),
                820 => echo(message, &mut decision),
                800..=899 => decision.count("issuer.management_ignored"),
                220 if Correct::of(message).is_some() => correct::decide(self, at, message, facts, &mut decision),
                420 => reversal::decide(self, at, message, facts, &mut decision),
                620 => script::decide(self, message, facts, &mut decision),
                _ if message.mti.is_answer() => decision.count("issuer.answer_unmatched"),
                _ => request::decide(self, at, message, facts, &mut decision),
            },
            Input::Heard(..) => decision.count("issuer.stranger"),
            Input::Due(IssuerTimer::HoldEnds(key)) => hold::due(at, key, facts, &mut decision),
            Input::Due(IssuerTimer::Dispute(key)) => dispute::due(at, key, facts, &mut decision),
            // Only the outbox may lose an entry this way, whatever key comes.
            Input::Hand(Hand::Delivered(key)) if key.space() == OUTBOX_SPACE => decision.ends.push(*key),
            Input::Hand(Hand::Desk { ticket, question }) => {
                decision.testify(*ticket, testimony::testify(self, question, facts));
            }
            Input::Hand(Hand::Clearing(part)) => clearing::decide(self, at, part, facts, &mut decision),
            Input::Hand(Hand::Suspense(key)) => suspense::decide(at, key, facts, &mut decision),
            Input::Hand(Hand::Dispute(order)) => dispute::order(self, at, order, facts, &mut decision),
            Input::Hand(hand) => {
                if let Some(order) = Order::by_hand(hand) {
                    zone::ask_for(self.id, &order, &mut decision);
                }
            }
        }
        decision
    }

    fn rearm(&self, row: &IssuerRow) -> Option<(Moment, IssuerTimer)> {
        match row {
            IssuerRow::HoldOpen(open) => Some((open.due, IssuerTimer::HoldEnds(open.key))),
            IssuerRow::OpenDispute(open) => Some((open.due, IssuerTimer::Dispute(open.original))),
            _ => None,
        }
    }

    const KEY_SPACE: Option<u8> = Some(<ZoneKey as Record<IssuerRow>>::SPACE);

    fn reinstall(&self, row: &IssuerRow) -> Vec<Installed> {
        ZoneKey::peel(row).map_or_else(Vec::new, ZoneKey::generations)
    }
}

fn echo(message: &Message, decision: &mut Decision<Issuer>) {
    let code = match message.network_code {
        Some(301 | 1 | 2) => ResponseCode::APPROVED,
        _ => ResponseCode::INVALID_TRANSACTION,
    };
    decision.send(Peer::Switch, message.answer(code), None);
}
