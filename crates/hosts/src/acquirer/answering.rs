//! What the acquirer says in a dispute: the answer to a retrieval, by rule, by clock or by a person; a slip that the merchant hands
//! in; a re-presentment; and giving back before it is charged back. It must never say "cannot prove" before the merchant's time is
//! over, nor "slip found" without one.

use super::dispute::{original, put, want_till};
use super::{Acquirer, AcquirerRow, Credit, Original, Stage, case, correct, evidence, gate};
use crate::correction::Correct;
use crate::dispute::{self, BY_RULE, BY_TIMER, Dispute, Evidence, OrderRefused, Taken};
use alloc::vec::Vec;
use slipway_node::{Decision, Facts, Peer, Wants};
use slipway_terms::{
    Against, DisputeAct, DisputeOrder, Message, Moment, Mti, Proof, Refusal, Reply, Short, Step, SwitchKey,
};

/// Who says it, and why.
#[derive(Clone, Copy)]
pub(super) struct Speaker {
    by: Short<24>,
    because: Short<96>,
    ticket: u64,
}

/// What was found says it at once.
pub(super) fn rule() -> Speaker {
    Speaker { by: Short::cut(BY_RULE), because: Short::cut("凭证已找到 found in the records"), ticket: 0 }
}

/// The merchant's time is over.
pub(super) fn timer() -> Speaker {
    Speaker {
        by: Short::cut(BY_TIMER), because: Short::cut("商户举证期满 the merchant's time is over"), ticket: 0
    }
}

/// Takes evidence in that is not there yet.
pub(super) fn add(dispute: &mut Dispute, found: Vec<Evidence>) {
    for one in found {
        if !dispute.evidence.contains(&one) {
            dispute.evidence.push(one);
        }
    }
}

/// Whether what there is answers the retrieval by itself.
pub(super) fn suffices(a: &Acquirer, dispute: &Dispute) -> bool {
    let asked = dispute.took(Step::Retrieval).map(|taken| taken.reason);
    let reason = asked.and_then(|code| a.disputes.rules.reason(Step::Retrieval, code));
    // A code that nobody knows asks for all there can be.
    let proofs = reason.map_or(&[Proof::Merchant][..], |reason| &reason.proofs);
    dispute.evidence.iter().any(|evidence| proofs.contains(&evidence.proof))
}

/// A step of ours: record and advice in one commit.
fn raise(
    a: &Acquirer,
    at: Moment,
    mut dispute: Dispute,
    (step, reason, reply): (Step, Short<4>, Option<Reply>),
    who: Speaker,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let mut counters = gate::counters(facts);
    let own = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    d.put(&(), counters);
    let taken = Taken {
        step,
        own,
        minor: dispute.moves(step, 0),
        reason,
        reply,
        at,
        by: who.by,
        checked: None,
        because: who.because,
        code: None,
        answered: None,
        second: None,
        day: None,
        ticket: who.ticket,
    };
    dispute.taken.push(taken);
    let advice = dispute::advice(&dispute, &taken, &Message::new(Mti(220)));
    d.until_answered(Peer::Switch, step.tag(false), &dispute.original, advice, Some(a.zak.clone()));
    d.put(&dispute.original.clone(), dispute);
}

/// Answers the retrieval.
pub(super) fn reply(
    a: &Acquirer,
    at: Moment,
    dispute: Dispute,
    word: Reply,
    who: Speaker,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let reason = dispute.took(Step::Retrieval).map_or(Short::EMPTY, |taken| taken.reason);
    d.count(match word {
        Reply::SlipFound => "acquirer_retrieval_slip_found",
        Reply::CannotProve => "acquirer_retrieval_cannot_prove",
        Reply::Adjusted | Reply::ChargeBack => "acquirer_retrieval_error",
    });
    raise(a, at, dispute, (Step::Answer, reason, Some(word)), who, facts, d);
}

/// The credit adjustment was done: the retrieval that asked for it, if one did, is answered.
pub(super) fn adjusted(
    a: &Acquirer,
    at: Moment,
    key: &SwitchKey,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let asked = facts.get::<Dispute>(key).filter(|dispute| dispute.waiting().is_none());
    let asked = asked.filter(|dispute| dispute.standing().is_some_and(|taken| taken.step == Step::Retrieval));
    if let Some(dispute) = asked {
        reply(a, at, dispute.clone(), Reply::Adjusted, rule(), facts, d);
    }
}

/// The dispute and its exchange.
pub(super) fn wants(order: &DisputeOrder, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Dispute, AcquirerRow>(&order.original);
    if let Some(till) = seen.known::<Dispute>(&order.original).and_then(|dispute| dispute.till) {
        want_till(&till, &order.original, seen, out);
    }
}

/// A person's order, or why it is not taken.
pub(super) fn order(a: &Acquirer, at: Moment, order: &DisputeOrder, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.get::<Dispute>(&order.original).is_some_and(|dispute| dispute.has(order.ticket)) {
        d.count("acquirer_dispute_order_again");
        return d;
    }
    if let Err(why) = act(a, at, order, facts, &mut d) {
        d = Decision::nothing();
        d.count("acquirer_dispute_order_refused");
        let key = order.original;
        d.put(&key, OrderRefused { original: key, ticket: order.ticket, at, why, by: order.by });
    }
    d
}

fn act(
    a: &Acquirer,
    at: Moment,
    order: &DisputeOrder,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), Refusal> {
    let mut dispute = facts.get::<Dispute>(&order.original).cloned().ok_or(Refusal::NotHere)?;
    let o = dispute.till.and_then(|till| original(&till, facts)).ok_or(Refusal::NotHere)?;
    let who = Speaker { by: order.by, because: order.because, ticket: order.ticket };
    add(&mut dispute, evidence::found(o, facts));
    let asked = dispute.standing().is_some_and(|taken| taken.step == Step::Retrieval);
    // Whatever is said of the slip now, the answer to the credit adjustment says more.
    let giving = correct::asked(o, Correct::Credit, facts) == Some(None);
    match order.act {
        DisputeAct::Raise(Step::Representment, code) => {
            let verified = a.disputes.rules.verified(o.kind, o.entry, o.signed_minor);
            let chip = o.entry.is_some_and(|entry| matches!(entry.0 / 10, 5 | 7));
            let against = Against { kind: o.kind, verified, chip };
            a.disputes.rules.fits(Step::Representment, code, against)?;
            dispute.may(Step::Representment, &a.disputes, at)?;
            if !evidence::proves(&dispute.evidence, o, facts) {
                return Err(Refusal::NoEvidence);
            }
            d.count("acquirer_presented_again");
            raise(a, at, dispute, (Step::Representment, code, None), who, facts, d);
        }
        DisputeAct::Raise(..) => return Err(Refusal::NotOurs),
        DisputeAct::Answer(word) => {
            dispute.may(Step::Answer, &a.disputes, at)?;
            if giving {
                return Err(Refusal::Waiting);
            }
            let proven = evidence::proves(&dispute.evidence, o, facts);
            match word {
                Reply::CannotProve if dispute.due.is_some_and(|due| at < due) => return Err(Refusal::TooEarly),
                Reply::SlipFound if !proven => return Err(Refusal::NoEvidence),
                Reply::Adjusted if o.stage != Stage::Undone => return Err(Refusal::NoEvidence),
                _ => {}
            }
            reply(a, at, dispute, word, who, facts, d);
        }
        DisputeAct::HandIn => {
            if dispute.closed.is_some() {
                return Err(Refusal::Closed);
            }
            if order.file.is_none() {
                return Err(Refusal::NoEvidence);
            }
            let Evidence { by, note, file, .. } =
                Evidence { proof: Proof::Merchant, at, by: order.by, note: order.because, file: order.file };
            let known = dispute.evidence.iter().any(|evidence| evidence.file == file);
            if !known {
                dispute.evidence.push(Evidence { proof: Proof::Merchant, at, by, note, file });
            }
            d.count("acquirer_slip_handed_in");
            if asked && !giving && dispute.waiting().is_none() && suffices(a, &dispute) {
                reply(a, at, dispute, Reply::SlipFound, who, facts, d);
            } else if !known {
                d.put(&order.original, dispute);
            }
        }
        DisputeAct::GiveBack => {
            give_back(a, at, &dispute, o, facts, d)?;
            dispute.gave_back = Some(order.ticket);
            put(a, at, dispute, d);
        }
    }
    Ok(())
}

/// 贷记调整 before it is charged back: asked for once, and the retrieval is answered with its yes.
fn give_back(
    a: &Acquirer,
    at: Moment,
    dispute: &Dispute,
    o: &Original,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Result<(), Refusal> {
    if dispute.waiting().is_some() || correct::asked(o, Correct::Credit, facts).is_some() {
        return Err(Refusal::Waiting);
    }
    if dispute.took(Step::Chargeback).is_some() {
        return Err(Refusal::Order);
    }
    match o.stage {
        Stage::Undone => return Err(Refusal::Undone),
        Stage::Approved if o.credit == Credit::Confirmed => {}
        _ => return Err(Refusal::NotNow),
    }
    if !case::returnable(o, facts) || evidence::is_worked(&o.till, facts) {
        return Err(Refusal::NotNow);
    }
    correct::ask(a, at, o, Correct::Credit, None, facts, d);
    Ok(())
}
