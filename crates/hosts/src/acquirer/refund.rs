//! The surplus of a purchase that was paid twice, and what was presented again and has no slip, refunded by the acquirer itself: on one
//! confirmation of a person, never by itself (rules 9). An exchange of its own that names its original, in a batch that no till ever has; its slip is the finding.

use super::{
    Acquirer, AcquirerRow, Case, Exchange, Ground, Merchant, Original, Reference, TAG_ADVICE, Terminal, advice,
    correct, gate, named, outward, request::Taken,
};
use crate::correction::Correct;
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Peer, Wants};
use slipway_terms::{
    Advice, Amount, BatchNo, EntryMode, Finding, Kind, Message, Moment, Stan, SwitchKey, Till60, TillKey,
};

/// The batch of what we refund ourselves: no till is ever given it.
const OURS: BatchNo = BatchNo(0);

/// The case that a refund of ours came from: its answer ends it. Key: the refund.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseRefund {
    /// The refund.
    pub refund: TillKey,
    /// The exchange that the case is about.
    pub till: TillKey,
    /// Its ground.
    pub ground: Ground,
}

impl Original {
    /// A refund that this acquirer made itself on a person's word: no till has a slip of it, the finding is its slip.
    pub fn is_by_house(&self) -> bool {
        self.kind == Kind::Refund && is_ours(&self.till)
    }
}

/// Whether an exchange is one of ours: no till waits for its answer.
pub(super) fn is_ours(till: &TillKey) -> bool {
    till.batch == OURS
}

fn own_key(first: &TillKey, stan: Stan) -> TillKey {
    TillKey { batch: OURS, stan, ..*first }
}

/// The shop and the till of the first payment, and the number that its refund would have.
pub(super) fn wants(first: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Terminal, AcquirerRow>(&first.terminal).row::<Merchant, AcquirerRow>(&first.merchant);
    if let Some(counters) = seen.known::<super::Counters>(&()) {
        out.row::<Exchange, AcquirerRow>(&own_key(first, counters.clone().next_stan()));
    }
}

/// How much of it goes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Back {
    /// What is left of it.
    Rest,
    /// So much, and nothing if less is left. Unit: minor units.
    Part(i64),
}

/// Refunds it for a case: exchange, claim and advice in one commit. `None`: not as it stands.
pub(super) fn give_back(
    a: &Acquirer,
    at: Moment,
    first: &Original,
    (back, case): (Back, &Case),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<()> {
    let amount = first.amount?;
    let rest = first.refundable_minor();
    let minor = match back {
        Back::Rest => rest,
        Back::Part(minor) => minor,
    };
    let minor = u64::try_from(minor).ok().filter(|minor| *minor > 0 && minor.cast_signed() <= rest)?;
    // A credit adjustment is on its way: until it is answered nothing else gives anything back.
    if correct::asked(first, Correct::Credit, facts) == Some(None) {
        return None;
    }
    // What was presented again is the merchant's, as if nothing had it.
    if first.refunds.open.is_some() || (named::taken(first, Kind::Refund) && !named::is_presented(first)) {
        return None;
    }
    let terminal = facts.get::<Terminal>(&first.till.terminal)?;
    let merchant = facts.get::<Merchant>(&first.till.merchant)?;
    let mut counters = gate::counters(facts);
    let rrn = counters.next_rrn(at.date());
    let switch = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    let till = own_key(&first.till, switch.stan);
    if facts.get::<Exchange>(&till).is_some() {
        // The number came round: the next try has the next one.
        d.put(&(), counters);
        return None;
    }
    let shape = Kind::Refund.shape();
    let m = Message {
        processing: Some(shape.processing),
        amount: Amount::new(minor, amount.currency()).ok(),
        entry: Some(EntryMode(2)),
        condition: Some(shape.condition),
        ..Message::new(shape.mti)
    };
    let taken = Taken {
        kind: Kind::Refund,
        processing: shape.processing,
        till60: Till60::financial(shape.type_code, OURS),
        switch,
        rrn,
        line: first.line,
        card: (first.token, first.card.clone(), first.tail, false),
    };
    let refund = taken.original(at, &m, till, first.under, Some(first));
    named::claim(first, till, Kind::Refund, at, facts, d);
    let onward = outward::to_switch(&refund, &m, None, None, terminal, merchant);
    let onward = Advice::of(&onward, shape.mti, Some(first.card.clone()));
    d.until_answered(Peer::Switch, TAG_ADVICE, &switch, onward, Some(a.zak.clone()));
    d.put(&(), counters);
    d.put(&rrn, Reference { till });
    d.put(&till, CaseRefund { refund: till, till: case.till, ground: case.ground });
    d.put(&till, Exchange::Original(Box::new(refund)));
    d.count("acquirer_surplus_refunded");
    Some(())
}

/// Cases of which a refund of ours may be the end, where no record names its case: two slips; or "no slip" of what was presented again.
const ENDED: [Ground; 4] =
    [Ground::PaidTwice, Ground::ReversalOfConfirmed, Ground::ReversalDiffers, Ground::ConfirmationDiffers];

/// Wants the cases that the answer to a refund of ours ends.
pub(super) fn want_case(o: &Original, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    if let Some(about) = o.about.filter(|_| is_ours(&o.till)) {
        out.row::<CaseRefund, AcquirerRow>(&o.till);
        if let Some(named) = seen.known::<CaseRefund>(&o.till) {
            out.row::<Case, AcquirerRow>(&(named.till, named.ground as u8));
        }
        for ground in ENDED {
            out.row::<Case, AcquirerRow>(&(about.till, ground as u8));
        }
    }
}

/// A refund of ours was approved: its case ends. One that was refused leaves it open, and a person finds again.
pub(super) fn approved(o: &Original, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let Some(about) = o.about.filter(|_| is_ours(&o.till)) else { return };
    if let Some(named) = facts.get::<CaseRefund>(&o.till) {
        return advice::close(named.till, named.ground, at, facts, d);
    }
    for ground in ENDED {
        let case = facts.get::<Case>(&(about.till, ground as u8));
        let found = case.and_then(|case| case.found).is_some_and(|found| found.finding == Finding::NoSlip);
        if ground == Ground::PaidTwice || found {
            advice::close(about.till, ground, at, facts, d);
        }
    }
}

/// The purchase that a refund is about.
pub(super) fn purchase<'a>(refund: &Original, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    let about = refund.about.filter(|_| refund.kind == Kind::Refund)?;
    match facts.get::<Exchange>(&about.till)? {
        Exchange::Original(first) => Some(first),
        Exchange::Tombstone(_) => None,
    }
}

/// Whether a refund of ours that an earlier finding of this case has asked for is on its way: its answer ends the case.
pub(super) fn waits(case: &Case, o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let before = facts.get::<Case>(&(case.till, case.ground as u8));
    let ours = |o: &Original| o.refunds.open.is_some_and(|by| is_ours(&by));
    before.is_some_and(|before| before.found.is_some()) && (ours(o) || purchase(o, facts).is_some_and(ours))
}
