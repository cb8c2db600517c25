//! Disputes at the issuer: it raises retrievals and chargebacks for its cardholder, hears answers, re-presentments and awards, and
//! gives the cardholder back what the merchant's side has given. It must never credit before the switch has said yes, never
//! charge back what was undone or has not been cleared, and never refuse a re-presentment that the switch lets through.

use super::core::{Issuer, IssuerTimer, mac_verdict};
use super::record::{AccountRow, Exchange, IssuerRow, Stage, Suspense, Usage};
use super::{charge, named, posting, reversal};
use crate::dispute::{self, Dispute, House, OpenDispute, OrderRefused, Taken, is_final};
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{
    Against, CardType, DisputeAct, DisputeOrder, Message, Moment, Mti, Refusal, ResponseCode, Step, SwitchKey,
};

/// The dispute, its original, and what its money changes.
pub(super) fn want_original(key: &SwitchKey, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.row::<Dispute, IssuerRow>(key).row::<Exchange, IssuerRow>(key).row::<OpenDispute, IssuerRow>(key);
    let Some(exchange) = seen.known::<Exchange>(key) else { return };
    named::wants(exchange.asked.original, seen, out);
    posting::want_loss(out);
    posting::want_network(out);
    if let Some(token) = exchange.asked.token {
        out.row::<Usage, IssuerRow>(&token);
    }
    if let Some(account) = exchange.account {
        out.row::<AccountRow, IssuerRow>(&account);
        posting::want(account, out);
    }
}

/// What a message about a dispute needs.
pub(super) fn wants(me: &Issuer, m: &Message, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    out.ask(Ask::MacGood(me.zak()));
    if let Some(original) = m.original {
        want_original(&original.key, seen, out);
    }
}

/// A person's order: record and advice in one commit, or why not.
pub(super) fn order(
    me: &Issuer,
    at: Moment,
    order: &DisputeOrder,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) {
    let key = order.original;
    if facts.get::<Dispute>(&key).is_some_and(|dispute| dispute.has(order.ticket)) {
        return d.count("issuer.dispute_order_again");
    }
    match judge_order(me, at, order, facts) {
        Ok((dispute, exchange, taken)) => raise(me, dispute, exchange, taken, d),
        Err(why) => {
            d.count("issuer.dispute_order_refused");
            d.put(&key, OrderRefused { original: key, ticket: order.ticket, at, why, by: order.by });
        }
    }
}

/// Precedence: whose step, the exchange, its slot, the reason, order and time, the rest.
fn judge_order(
    me: &Issuer,
    at: Moment,
    order: &DisputeOrder,
    facts: &Facts<'_, Issuer>,
) -> Result<(Dispute, Exchange, Taken), Refusal> {
    let DisputeAct::Raise(step, code) = order.act else { return Err(Refusal::NotOurs) };
    if !step.is_issuers() {
        return Err(Refusal::NotOurs);
    }
    let x = facts.get::<Exchange>(&order.original).ok_or(Refusal::NotHere)?;
    let kind = x.kind.ok_or(Refusal::NotHere)?;
    let dispute = facts.get::<Dispute>(&x.key).cloned().unwrap_or_else(|| open(at, x, facts));
    let slot = x.claim.filter(|(_, by)| by.is_disputed());
    match x.stage {
        // Released or undone once, and debited again by clearing or 请款: the slot stays full (rules 2), and the money is not back.
        Stage::Approved if x.undo.is_some() && step != Step::Retrieval => return Err(Refusal::DebitedAgain),
        Stage::Approved => {}
        Stage::Undone => return Err(Refusal::Undone),
        Stage::Declined | Stage::Tombstone => return Err(Refusal::NotApproved),
    }
    if x.signed_minor <= 0 {
        return Err(Refusal::NotApproved);
    }
    if x.borne {
        return Err(Refusal::OwnLoss);
    }
    if let Some((_, by)) = x.claim.filter(|_| slot.is_none()) {
        return Err(if by.shape().sign < 0 { Refusal::Undone } else { Refusal::Taken });
    }
    // What has not been cleared is in suspense, and released or cleared from there.
    if step != Step::Retrieval && x.suspense != Suspense::Cleared {
        return Err(Refusal::NotCleared);
    }
    let verified = me.disputes.rules.verified(kind, x.asked.entry, x.signed_minor);
    let chip = x.asked.entry.is_some_and(|entry| matches!(entry.0 / 10, 5 | 7));
    me.disputes.rules.fits(step, code, Against { kind, verified, chip })?;
    dispute.may(step, &me.disputes, at)?;
    let left = x.signed_minor + x.adjusted_minor - x.refunded_minor;
    if left <= 0 || -dispute.moves(step, left) > left {
        return Err(Refusal::NothingLeft);
    }
    // The original's DE 11 under our DE 33.
    let own = SwitchKey { forwarder: me.id, sent: dispute.sent(at), ..x.key };
    let taken = Taken::ordered(step, own, dispute.moves(step, left), code, at, order);
    Ok((dispute, x.clone(), taken))
}

/// A dispute as it begins here.
fn open(at: Moment, x: &Exchange, facts: &Facts<'_, Issuer>) -> Dispute {
    let account = x.account.and_then(|no| facts.get::<AccountRow>(&no));
    let card = if account.is_some_and(|account| account.credit) { CardType::Credit } else { CardType::Debit };
    let (rrn, terminal, merchant) = (x.asked.rrn, x.asked.terminal, x.asked.merchant);
    Dispute { rrn, terminal, merchant, ..Dispute::begun(x.key, x.asked.mti, x.at, card, at) }
}

/// Record and advice, and the slot is taken: from here on nothing else gives it back.
fn raise(me: &Issuer, mut dispute: Dispute, x: Exchange, taken: Taken, d: &mut Decision<Issuer>) {
    dispute.taken.push(taken);
    let advice = dispute::advice(&dispute, &taken, &Message::new(Mti(220)));
    d.until_answered(Peer::Switch, taken.step.tag(false), &x.key, advice, Some(me.zak()));
    if let Some(kind) = taken.step.kind().filter(|_| x.claim.is_none()) {
        d.put(&x.key.clone(), Exchange { claim: Some((taken.own, kind)), ..x });
    }
    d.put(&dispute.original.clone(), dispute);
    d.count("issuer.dispute_raised");
}

impl House for Issuer {
    const CLOSED: &'static str = "issuer.dispute_closed";

    fn clock(original: SwitchKey) -> IssuerTimer {
        IssuerTimer::Dispute(original)
    }
}

fn put(me: &Issuer, at: Moment, dispute: Dispute, d: &mut Decision<Issuer>) {
    let ends = dispute.ends(&me.disputes);
    dispute::put(at, dispute, ends, d);
}

/// The switch answers what was raised: with a yes the money moves here too.
pub(super) fn answered(me: &Issuer, at: Moment, m: &Message, facts: &Facts<'_, Issuer>, d: &mut Decision<Issuer>) {
    if mac_verdict(facts.told(&Ask::MacGood(me.zak()))).is_err() {
        return d.count("issuer.answer_bad_mac");
    }
    let found = m.original.and_then(|original| facts.get::<Dispute>(&original.key));
    let waiting = found.and_then(|dispute| Some((dispute, *dispute.waiting()?)));
    let matched = waiting.filter(|(_, taken)| Some(taken.own) == m.switch_key() && Step::of(m) == Some(taken.step));
    let (Some((dispute, taken)), Some(code)) = (matched, m.code.filter(|code| is_final(*code))) else {
        return d.count("issuer.dispute_answer_unmatched");
    };
    let Some(x) = facts.get::<Exchange>(&dispute.original) else { return };
    d.answered(taken.step.tag(false), &dispute.original);
    let mut next = Taken { code: Some(code), answered: Some(at), ..taken };
    if code == ResponseCode::APPROVED {
        next.day = charge::settle(at, m.settlement, x, dispute, &taken, facts, d);
    } else if taken.step == Step::Chargeback {
        give_up(at, x, m, facts, d);
    }
    d.count(if code == ResponseCode::APPROVED { "issuer.dispute_taken" } else { "issuer.dispute_refused" });
    let mut dispute = dispute.clone();
    if let Some(last) = dispute.taken.last_mut() {
        *last = next;
    }
    if dispute.standing().is_none() {
        // Nothing of it was taken: the record stays, and no clock runs.
        dispute.closed = None;
        return d.put(&dispute.original.clone(), dispute);
    }
    put(me, at, dispute, d);
}

/// The chargeback was refused: the slot is free again, and an undo that came meanwhile takes it.
fn give_up(at: Moment, x: &Exchange, m: &Message, facts: &Facts<'_, Issuer>, d: &mut Decision<Issuer>) {
    let owed = x.owed_undo.clone();
    let free = Exchange { claim: None, owed_undo: None, ..x.clone() };
    match owed {
        Some(owed) => {
            d.count("issuer.owed_undo_paid");
            reversal::undo(at, &free, (owed.reason, m.settlement), facts, d);
        }
        None => d.put(&x.key, free),
    }
}

/// The other house's step: answered once, and the same to every copy. What the switch lets through is in order and in time.
pub(super) fn heard(
    me: &Issuer,
    at: Moment,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) {
    let code = match mac_verdict(facts.told(&Ask::MacGood(me.zak()))) {
        Ok(()) => judge(me, at, step, m, facts, d),
        Err(code) => code,
    };
    d.send(Peer::Switch, m.answer(code), Some(me.zak()));
}

/// 00 taken, now or before; 25 no such dispute; 22 not the next step; 64 another amount; 96 a step of ours is on its way.
fn judge(
    me: &Issuer,
    at: Moment,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Issuer>,
    d: &mut Decision<Issuer>,
) -> ResponseCode {
    let (Some(original), Some(own)) = (m.original, m.switch_key()) else { return ResponseCode::FORMAT_ERROR };
    if step.is_issuers() {
        return ResponseCode::INVALID_TRANSACTION;
    }
    let found = facts.get::<Dispute>(&original.key).zip(facts.get::<Exchange>(&original.key));
    let Some((dispute, x)) = found else { return ResponseCode::NO_ORIGINAL };
    if let Some(before) = dispute.of_own(&own) {
        return before.code.unwrap_or(ResponseCode::MALFUNCTION);
    }
    match dispute.next(step, false) {
        // Ours crosses theirs; the switch has put them in order, and its answer to ours comes.
        Err(Refusal::Waiting) => return ResponseCode::MALFUNCTION,
        Err(_) => return ResponseCode::TOO_LATE,
        Ok(()) => {}
    }
    let mut taken = dispute::told(step, own, m, at);
    if taken.minor != dispute.moves(step, 0) {
        return ResponseCode::DIFFERS_FROM_ORIGINAL;
    }
    (taken.code, taken.answered) = (Some(ResponseCode::APPROVED), Some(at));
    taken.day = charge::settle(at, m.settlement, x, dispute, &taken, facts, d);
    let mut dispute = dispute.clone();
    dispute.taken.push(taken);
    d.count("issuer.dispute_heard");
    put(me, at, dispute, d);
    ResponseCode::APPROVED
}

/// Round one: whether it still runs.
pub(super) fn wants_due(key: &SwitchKey, out: &mut Wants) {
    out.row::<OpenDispute, IssuerRow>(key).row::<Dispute, IssuerRow>(key);
}

/// Its time is over: whoever has the money keeps it.
pub(super) fn due(at: Moment, key: &SwitchKey, facts: &Facts<'_, Issuer>, d: &mut Decision<Issuer>) {
    if let Some(dispute) = dispute::run_out(at, key, facts, d) {
        dispute::close(at, dispute, d);
    }
}
