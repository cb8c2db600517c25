//! Disputes at the acquirer: it is asked for the slip, is charged back, presents again, and hears awards. A slip that is found is
//! answered at once; "cannot prove" only after the merchant's own time (rules 9). A chargeback takes the merchant's money and the
//! undo slot in one commit: the merchant may owe it. It must never be charged back for what was undone, nor present again
//! without evidence.

use super::answering::{self, reply};
use super::{
    Acquirer, AcquirerRow, AcquirerTimer, Case, Claim, ClaimState, Credit, Exchange, Ground, Original, Presented,
    Reference, Stage, advice, correct, evidence, second,
};
use crate::correction::Correct;
use crate::day;
use crate::dispute::{self, Dispute, DisputeMove, House, OpenDispute, Taken, is_final};
use crate::ledger::{self, Account, Cause, Posting};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Peer, Seen, Told, Wants};
use slipway_terms::{
    BusinessDate, CardType, Message, Moment, MonthDay, Refusal, Reply, ResponseCode, Step, SwitchKey, TillKey,
};

/// Exchanges of a terminal that are looked through where no reference number leads to the original: no code covers one.
const LOOKED_ROWS_MAX: u16 = 512;

/// The dispute, then its exchange: by the record, by the reference number, or among those of its terminal.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.ask(Ask::MacGood(a.zak.clone()));
    let Some(original) = m.original else { return };
    let key = original.key;
    out.row::<Dispute, AcquirerRow>(&key);
    if let Some(rrn) = m.rrn {
        out.row::<Reference, AcquirerRow>(&rrn);
    }
    if let Some(till) = place(&key, m, seen) {
        return want_till(&till, &key, seen, out);
    }
    let named = named(m, seen);
    if let Some(till) = named {
        out.row::<Exchange, AcquirerRow>(&till);
    }
    let strange = named.is_none() || named.is_some_and(|till| seen.known::<Exchange>(&till).is_some());
    let fresh = matches!(seen.peek::<Dispute>(&key), Seen::Absent);
    if let (true, Some(terminal), Some(merchant)) = (fresh && strange, m.terminal, m.merchant) {
        out.range::<Exchange, AcquirerRow>(&(terminal, merchant), LOOKED_ROWS_MAX, true);
    }
}

fn named(m: &Message, seen: &Facts<'_, Acquirer>) -> Option<TillKey> {
    seen.known::<Reference>(&m.rrn?).map(|reference| reference.till)
}

/// Where the original stands, as far as it has been read.
fn place(key: &SwitchKey, m: &Message, seen: &Facts<'_, Acquirer>) -> Option<TillKey> {
    let is = |row: &Exchange| match row {
        Exchange::Original(o) => Some(o.till).filter(|_| o.switch == *key),
        Exchange::Tombstone(_) => None,
    };
    let kept = seen.known::<Dispute>(key).and_then(|dispute| dispute.till);
    let by_number = || named(m, seen).and_then(|till| seen.known::<Exchange>(&till)).and_then(is);
    let looked = || {
        let rows = seen.range::<Exchange>(&(m.terminal?, m.merchant?), LOOKED_ROWS_MAX, true)?;
        rows.into_iter().find_map(is)
    };
    kept.or_else(by_number).or_else(looked)
}

/// The exchange, its evidence, and what its money changes.
pub(super) fn want_till(till: &TillKey, key: &SwitchKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Exchange, AcquirerRow>(till).row::<Presented, AcquirerRow>(till).row::<OpenDispute, AcquirerRow>(key);
    evidence::wants(till, out);
    out.row::<Case, AcquirerRow>(&(*till, Ground::ReversalOfConfirmed as u8));
    advice::want_money(till, seen, out);
    if let Some(o) = seen.known::<Exchange>(till).and_then(as_original) {
        second::want_linked(o, out);
    }
    for what in [Correct::Debit, Correct::Credit, Correct::Told] {
        out.row::<crate::correction::Correction, AcquirerRow>(&(*key, what as u8));
    }
}

fn as_original(row: &Exchange) -> Option<&Original> {
    match row {
        Exchange::Original(o) => Some(o),
        Exchange::Tombstone(_) => None,
    }
}

pub(super) fn original<'a>(till: &TillKey, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    facts.get::<Exchange>(till).and_then(as_original)
}

/// A step comes from the switch: answered once, and the same to every copy.
pub(super) fn heard(
    a: &Acquirer,
    at: Moment,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        d.count("acquirer_switch_mac_bad");
        return d;
    }
    let code = judge(a, at, step, m, facts, &mut d);
    d.send(Peer::Switch, m.answer(code), Some(a.zak.clone()));
    d
}

/// 00 taken, now or before; 25 not here; 22 the slot is full, or not the next step; 64 not what is left; 96 a refund, a case, a
/// correction or a step of ours is under way: asked again.
fn judge(
    a: &Acquirer,
    at: Moment,
    step: Step,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> ResponseCode {
    let (Some(named), Some(own)) = (m.original, m.switch_key()) else { return ResponseCode::FORMAT_ERROR };
    let Some(o) = place(&named.key, m, facts).and_then(|till| original(&till, facts)) else {
        return ResponseCode::NO_ORIGINAL;
    };
    if !(step.is_issuers() || step.is_award()) {
        return ResponseCode::INVALID_TRANSACTION;
    }
    let dispute = facts.get::<Dispute>(&o.switch).cloned().unwrap_or_else(|| open(at, o, facts));
    if let Some(before) = dispute.of_own(&own) {
        return before.code.unwrap_or(ResponseCode::MALFUNCTION);
    }
    match dispute.next(step, true) {
        Err(Refusal::Waiting) => return ResponseCode::MALFUNCTION,
        Err(_) => return ResponseCode::TOO_LATE,
        Ok(()) => {}
    }
    let taken = Taken { code: Some(ResponseCode::APPROVED), answered: Some(at), ..dispute::told(step, own, m, at) };
    if step == Step::Retrieval {
        return asked_for(a, at, dispute, taken, o, facts, d);
    }
    if step == Step::Chargeback
        && let Err(code) = chargeable(o, facts)
    {
        return code;
    }
    // A refund of what was presented again is on its way; what it has given back nothing else does.
    if taken.minor < 0 && o.refunds.open.is_some() {
        return ResponseCode::MALFUNCTION;
    }
    let left = o.signed_minor + o.refunds.adjusted_minor - o.refunds.done_minor;
    if -taken.minor > left {
        return ResponseCode::TOO_LATE;
    }
    if taken.minor != dispute.moves(step, left) || (step == Step::Chargeback && left <= 0) {
        return ResponseCode::DIFFERS_FROM_ORIGINAL;
    }
    let day = settle(at, m.settlement, o, &dispute, &taken, facts, d);
    let mut dispute = dispute;
    dispute.taken.push(Taken { day, ..taken });
    d.count("acquirer_dispute_heard");
    put(a, at, dispute, d);
    ResponseCode::APPROVED
}

/// Whether a first chargeback finds the slot empty, and nothing under way.
fn chargeable(o: &Original, facts: &Facts<'_, Acquirer>) -> Result<(), ResponseCode> {
    let correcting = correct::asked(o, Correct::Credit, facts) == Some(None);
    match o.stage {
        Stage::Undone | Stage::Unsure | Stage::Declined => return Err(ResponseCode::TOO_LATE),
        Stage::Forwarded => return Err(ResponseCode::MALFUNCTION),
        Stage::Approved => {}
    }
    let asked = o.claim.is_some_and(|claim| claim.state == ClaimState::Asked);
    if asked || correcting || o.refunds.open.is_some() || o.credit != Credit::Confirmed {
        return Err(ResponseCode::MALFUNCTION);
    }
    if evidence::is_worked(&o.till, facts) {
        return Err(ResponseCode::MALFUNCTION);
    }
    if o.claim.is_some() || o.redo.is_some() || o.borne || o.signed_minor <= 0 {
        return Err(ResponseCode::TOO_LATE);
    }
    Ok(())
}

/// A retrieval: answered at once if the slip is found or the money is back, else the merchant is asked.
fn asked_for(
    a: &Acquirer,
    at: Moment,
    mut dispute: Dispute,
    taken: Taken,
    o: &Original,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> ResponseCode {
    dispute.taken.push(taken);
    dispute.evidence = evidence::found(o, facts);
    d.count("acquirer_retrieval");
    if o.stage == Stage::Undone && o.redo.is_none() {
        reply(a, at, dispute, Reply::Adjusted, answering::rule(), facts, d);
    } else if answering::suffices(a, &dispute) {
        reply(a, at, dispute, Reply::SlipFound, answering::rule(), facts, d);
    } else {
        put(a, at, dispute, d);
    }
    ResponseCode::APPROVED
}

fn open(at: Moment, o: &Original, facts: &Facts<'_, Acquirer>) -> Dispute {
    let card = facts.get::<Presented>(&o.till).map_or(CardType::Credit, |seen| seen.card);
    let begun = Dispute::begun(o.switch, o.mti, o.at, card, at);
    let (terminal, merchant) = (Some(o.till.terminal), Some(o.till.merchant));
    Dispute { rrn: Some(o.rrn), terminal, merchant, till: Some(o.till), ..begun }
}

/// Posts what a step moves between the network and the merchant, and fills the slot with it; says the day.
pub(super) fn settle(
    at: Moment,
    given: Option<MonthDay>,
    o: &Original,
    dispute: &Dispute,
    taken: &Taken,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<BusinessDate> {
    let kind = taken.step.kind().filter(|_| taken.minor != 0)?;
    let (minor, payable) = (taken.minor, Account::MerchantPayable(o.till.merchant));
    let day = day::count(at, given, minor, false, facts, d);
    let owed = Account::NetworkReceivable;
    ledger::post(Posting::simple(taken.own, Cause::Approval, Some(o.rrn), at, day, owed, payable, minor), facts, d);
    d.put(&taken.own, DisputeMove::of(taken, dispute, at));
    let claim = Some(Claim { by: o.till, kind, state: ClaimState::Sure });
    // Its till has reversed it while the cardholder had the money: now that this is over a person asks what it meant.
    let asks = o.reversed_behind && minor > 0;
    if asks {
        advice::case(o.till, Ground::ReversalOfConfirmed, at, facts, d);
    }
    let reversed_behind = o.reversed_behind && !asks;
    let next = Original { claim, reversed_behind, ..o.clone() };
    if minor > 0 {
        second::stands_again(&next, at, facts, d);
    }
    d.put(&o.till, Exchange::Original(Box::new(next)));
    Some(day)
}

/// The switch answers a step of ours: an answer to a retrieval, or a re-presentment, whose money comes with the yes.
pub(super) fn answered(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        d.count("acquirer_switch_mac_bad");
        return d;
    }
    let found = m.original.and_then(|original| facts.get::<Dispute>(&original.key));
    let waiting = found.and_then(|dispute| Some((dispute, *dispute.waiting()?)));
    let matched = waiting.filter(|(_, taken)| Some(taken.own) == m.switch_key() && Step::of(m) == Some(taken.step));
    let (Some((dispute, taken)), Some(code)) = (matched, m.code.filter(|code| is_final(*code))) else {
        d.count("acquirer_dispute_answer_unmatched");
        return d;
    };
    d.answered(taken.step.tag(false), &dispute.original);
    let done = code == ResponseCode::APPROVED;
    let o = dispute.till.and_then(|till| original(&till, facts));
    let day = o.filter(|_| done).and_then(|o| settle(at, m.settlement, o, dispute, &taken, facts, &mut d));
    let mut dispute = dispute.clone();
    if let Some(last) = dispute.taken.last_mut() {
        *last = Taken { code: Some(code), answered: Some(at), day, ..taken };
    }
    d.count(if done { "acquirer_dispute_taken" } else { "acquirer_dispute_refused" });
    put(a, at, dispute, &mut d);
    d
}

/// When it is time for something: the merchant's time while a retrieval waits for its answer, else the end.
fn clock(a: &Acquirer, dispute: &Dispute) -> Option<Moment> {
    let tried = dispute.taken.iter().any(|taken| taken.step == Step::Answer);
    let asked = dispute.standing().filter(|taken| taken.step == Step::Retrieval && !tried);
    match asked {
        Some(taken) => Some(a.disputes.working.end(taken.at, a.disputes.rules.merchant_days)),
        None => dispute.ends(&a.disputes),
    }
}

/// Puts the dispute as it now stands, with its clock or its end.
pub(super) fn put(a: &Acquirer, at: Moment, dispute: Dispute, d: &mut Decision<Acquirer>) {
    let ends = clock(a, &dispute);
    dispute::put(at, dispute, ends, d);
}

impl House for Acquirer {
    const CLOSED: &'static str = "acquirer_dispute_closed";

    fn clock(original: SwitchKey) -> AcquirerTimer {
        AcquirerTimer::Dispute(original)
    }
}

/// Round one: whether it still runs; then what an answer needs.
pub(super) fn wants_due(key: &SwitchKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<OpenDispute, AcquirerRow>(key).row::<Dispute, AcquirerRow>(key);
    if let Some(till) = seen.known::<Dispute>(key).and_then(|dispute| dispute.till) {
        want_till(&till, key, seen, out);
    }
}

/// The merchant has said nothing: it cannot be proved. Or nobody has done anything more: whoever has the money keeps it.
pub(super) fn due(a: &Acquirer, at: Moment, key: &SwitchKey, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let Some(dispute) = dispute::run_out(at, key, facts, &mut d) else { return d };
    let tried = dispute.taken.iter().any(|taken| taken.step == Step::Answer);
    let asked = dispute.standing().is_some_and(|taken| taken.step == Step::Retrieval) && !tried;
    let o = dispute.till.and_then(|till| original(&till, facts));
    match o.filter(|_| asked) {
        // We are giving it back: its yes answers 02, its no leaves the clock as it was.
        Some(o) if correct::asked(o, Correct::Credit, facts) == Some(None) => dispute::wait(at, key, &mut d),
        Some(o) => {
            let mut dispute = dispute.clone();
            // What came meanwhile, a confirmation or a slip shown in a case, counts.
            answering::add(&mut dispute, evidence::found(o, facts));
            let word = match o.stage {
                Stage::Undone if o.redo.is_none() => Reply::Adjusted,
                _ if answering::suffices(a, &dispute) => Reply::SlipFound,
                _ => Reply::CannotProve,
            };
            reply(a, at, dispute, word, answering::timer(), facts, &mut d);
        }
        None => dispute::close(at, dispute, &mut d),
    }
    d
}
