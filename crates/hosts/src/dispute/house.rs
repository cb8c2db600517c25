//! What the three houses do alike with the record of a dispute: it begins, a person's order becomes a step, its money an exchange of its
//! own, and its clock runs out. What a house alone has to judge stays in that house.

use super::{Dispute, DisputeMove, OpenDispute, Taken};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Node, Record};
use slipway_terms::{CardType, DisputeOrder, Moment, Mti, Short, Step, SwitchKey};

/// How long a clock waits for a step that has no answer yet. Unit: milliseconds.
const AGAIN_MS: i64 = 600_000;

/// A house that keeps disputes.
pub trait House: Node
where
    Dispute: Record<Self::Row, Key = SwitchKey>,
    OpenDispute: Record<Self::Row, Key = SwitchKey>,
{
    /// What is counted when a dispute ends.
    const CLOSED: &'static str;

    /// Its clock.
    fn clock(original: SwitchKey) -> Self::Timer;
}

impl Dispute {
    /// As it begins at a house; what only that house knows it adds.
    pub fn begun(original: SwitchKey, mti: Mti, made: Moment, card: CardType, at: Moment) -> Self {
        Self {
            original,
            mti,
            made,
            rrn: None,
            terminal: None,
            merchant: None,
            till: None,
            issuer: None,
            card,
            opened: at,
            taken: Vec::new(),
            evidence: Vec::new(),
            gave_back: None,
            due: None,
            closed: None,
        }
    }
}

impl Taken {
    /// A step that a person of this house has ordered; on its way.
    pub fn ordered(step: Step, own: SwitchKey, minor: i64, reason: Short<4>, at: Moment, order: &DisputeOrder) -> Self {
        Self {
            step,
            own,
            minor,
            reason,
            reply: None,
            at,
            by: order.by,
            checked: order.checked,
            because: order.because,
            code: None,
            answered: None,
            second: None,
            day: None,
            ticket: order.ticket,
        }
    }
}

impl DisputeMove {
    /// What a step has moved here; at the switch the issuer is known too.
    pub fn of(taken: &Taken, dispute: &Dispute, at: Moment) -> Self {
        Self {
            own: taken.own,
            original: dispute.original,
            step: taken.step,
            minor: taken.minor,
            at,
            rrn: dispute.rrn,
            merchant: dispute.merchant,
            issuer: None,
            card: dispute.card,
            filed: None,
        }
    }
}

/// Puts the dispute as it now stands, with its clock or its end. `ends`: when it is time for something, as this house reckons.
pub fn put<N: House>(at: Moment, mut dispute: Dispute, ends: Option<Moment>, d: &mut Decision<N>)
where
    Dispute: Record<N::Row, Key = SwitchKey>,
    OpenDispute: Record<N::Row, Key = SwitchKey>,
{
    let key = dispute.original;
    let award = dispute.standing().is_some_and(|taken| taken.step.is_award());
    match ends.filter(|end| !award && *end > at) {
        Some(due) => {
            d.put(&key, OpenDispute { original: key, due });
            d.due(due, N::clock(key));
            (dispute.due, dispute.closed) = (Some(due), None);
            d.put(&key, dispute);
        }
        None => close(at, &dispute, d),
    }
}

/// Whoever has the money keeps it.
pub fn close<N: House>(at: Moment, dispute: &Dispute, d: &mut Decision<N>)
where
    Dispute: Record<N::Row, Key = SwitchKey>,
    OpenDispute: Record<N::Row, Key = SwitchKey>,
{
    let key = dispute.original;
    d.end::<OpenDispute>(&key);
    d.put(&key, Dispute { due: None, closed: Some((at, dispute.winner())), ..dispute.clone() });
    d.count(N::CLOSED);
}

/// Sets its clock anew: what is on its way must have its answer first.
pub fn wait<N: House>(at: Moment, key: &SwitchKey, d: &mut Decision<N>)
where
    Dispute: Record<N::Row, Key = SwitchKey>,
    OpenDispute: Record<N::Row, Key = SwitchKey>,
{
    let due = at.plus_ms(AGAIN_MS);
    d.put(key, OpenDispute { original: *key, due });
    d.due(due, N::clock(*key));
}

/// The dispute whose clock has run out; none: it is over, or its clock was set anew.
pub fn run_out<'f, N: House>(
    at: Moment,
    key: &SwitchKey,
    facts: &'f Facts<'_, N>,
    d: &mut Decision<N>,
) -> Option<&'f Dispute>
where
    Dispute: Record<N::Row, Key = SwitchKey>,
    OpenDispute: Record<N::Row, Key = SwitchKey>,
{
    let (open, dispute) = (facts.get::<OpenDispute>(key)?, facts.get::<Dispute>(key)?);
    if at >= open.due && dispute.waiting().is_none() {
        return Some(dispute);
    }
    // A step on its way was taken in time; its answer sets the clock anew.
    let again = if at < open.due { open.due } else { at.plus_ms(AGAIN_MS) };
    d.put(key, OpenDispute { due: again, ..*open });
    d.due(again, N::clock(*key));
    None
}
