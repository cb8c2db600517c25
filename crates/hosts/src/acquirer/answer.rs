//! The switch's answer to a forwarded request. It must never capture an exchange whose undo slot is filled, never forward a
//! late answer, and believe nothing without a good MAC: then the timer owns the exchange.

use super::under::to_line;
use super::{
    Acquirer, AcquirerRow, By, Credit, Exchange, Ground, Open, Original, Reference, Stage, TAG_ADVICE, Terminal, Wait,
    advice, named, outward, overdue, refund, second, takeover,
};
use crate::{day, ledger};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Told, Wants};
use slipway_terms::{Doubt, Kind, Message, Moment, Outcome, Pan, ResponseCode};

/// A confirmation usually comes within seconds; the long timer is armed only for what is still unconfirmed after this, so
/// that two days of sales do not wait in memory.
pub(super) const CONFIRMATION_LOOK_MS: i64 = 600_000;

/// Round one: the reference. Round two: all that it leads to.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(rrn) = m.rrn else { return };
    out.ask(Ask::MacGood(a.zak.clone())).row::<Reference, AcquirerRow>(&rrn);
    if let Some(Reference { till }) = seen.known::<Reference>(&rrn) {
        out.row::<Exchange, AcquirerRow>(till).row::<Terminal, AcquirerRow>(&till.terminal);
        advice::want_money(till, seen, out);
        if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
            second::want_linked(o, out);
            refund::want_case(o, seen, out);
        }
    }
}

/// Decides on an answer of the switch.
pub(super) fn decide(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let ignored = |why| {
        let mut d = Decision::nothing();
        d.count(why);
        d
    };
    let (Some(rrn), Some(code), Some(key)) = (m.rrn, m.code, m.switch_key()) else {
        return ignored("acquirer_answer_unmatched");
    };
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        return ignored("acquirer_switch_mac_bad");
    }
    let found = facts.get::<Reference>(&rrn).and_then(|reference| facts.get::<Exchange>(&reference.till));
    let Some(Exchange::Original(o)) = found else { return ignored("acquirer_answer_unmatched") };
    // Another DE 7 or 11, or another type, is an answer to something else (rules 4).
    if key != o.switch || m.mti != o.mti.answer() {
        return ignored("acquirer_answer_unmatched");
    }
    if o.stage != Stage::Forwarded {
        return late(a, at, o, code, facts);
    }
    let advice = o.kind.shape().is_advice();
    match judge(o, m, code) {
        Outcome::Approved => approved(a, at, o, m, code, facts),
        // It happened at the till: if nobody is debited for it, we pay the merchant ourselves (rules 3).
        Outcome::Declined(_) if o.kind == Kind::OfflineSale => {
            let mut d = Decision::nothing();
            if takeover::paid(&o.till, facts).is_none() {
                advice::case(o.till, Ground::Borne, at, facts, &mut d);
            }
            borne(a, at, o, Credit::Confirmed, facts, &mut d);
            d
        }
        Outcome::Declined(code) => declined(a, at, o, m, code, facts),
        // An advice is repeated until it is answered; this was no answer.
        Outcome::Doubt(_) if advice => ignored("acquirer_advice_answer_unclear"),
        Outcome::Doubt(doubt) => doubtful(a, at, o, doubt, facts),
    }
}

/// What the answer means. One that contradicts its request is doubt at once; A0 and 94 speak of the copy the switch heard, and
/// another copy may have been approved, so it is doubt too.
fn judge(o: &Original, m: &Message, code: ResponseCode) -> Outcome {
    let agrees = m.processing == Some(o.processing)
        && (o.amount.is_none() || m.amount == o.amount)
        && m.terminal == Some(o.till.terminal)
        && m.merchant == Some(o.till.merchant);
    match code {
        _ if !agrees => Outcome::Doubt(Doubt::Contradiction),
        ResponseCode::MAC_ERROR => Outcome::Doubt(Doubt::BadMac),
        ResponseCode::DUPLICATE => Outcome::Doubt(Doubt::HostUnsure(code)),
        code => code.outcome(),
    }
}

/// An answer to what is decided already. The first one after an undo is recorded. An approval of what was refused to the
/// terminal is undone: nobody will ever have a slip for it. All others are only counted.
fn late(a: &Acquirer, at: Moment, o: &Original, code: ResponseCode, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    d.count("acquirer_answer_late");
    let approved = code.outcome() == Outcome::Approved;
    let kept = match o.stage {
        Stage::Undone | Stage::Unsure if o.late.is_none() && o.answered_at.is_none() => {
            Original { late: Some(code), ..o.clone() }
        }
        Stage::Declined if approved && o.kind.shape().reversible => {
            let undone = advice::undo(a, at, o, By::Answer, ResponseCode::OTHER, facts, &mut d);
            Original { late: Some(code), code: o.code, ..undone }
        }
        _ => return d,
    };
    d.put(&o.till, Exchange::Original(Box::new(kept)));
    d
}

/// Captures a sale: exchange, ledger, batch totals and the wait for confirmation in one commit; then answers.
fn approved(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    m: &Message,
    code: ResponseCode,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    assert!(o.undo.is_none(), "an exchange with a filled undo slot is never captured");
    let mut done = told(o, m, code, at);
    done.stage = Stage::Approved;
    done.auth = m.auth;
    done.balance = m.balance;
    named::end(o, named::Turn::Approved, at, facts, &mut d);
    if o.kind.shape().is_advice() {
        // It has happened, and the till asks until it knows: nothing is left to be confirmed.
        d.answered(TAG_ADVICE, &o.switch);
        take(a, &mut done, Credit::Confirmed, at, facts, &mut d);
        second::has_slip(o, &[], at, facts, &mut d);
        refund::approved(o, at, facts, &mut d);
    } else if take(a, &mut done, Credit::Unconfirmed, at, facts, &mut d) {
        let due = at.plus_ms(a.times.unconfirmed_ms);
        let open = Open { till: o.till, due, wait: Wait::Confirmation };
        d.due(due.min(at.plus_ms(CONFIRMATION_LOOK_MS)), open.timer());
        d.put(&o.till, open);
    } else {
        d.end::<Open>(&o.till);
    }
    finish(a, done, Some(m), facts, &mut d);
    d
}

/// Posts and counts what moves money; `false` if none does.
fn take(
    a: &Acquirer,
    done: &mut Original,
    credit: Credit,
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> bool {
    if !done.kind.shape().moves_money() {
        return false;
    }
    let day = day::count(at, done.settlement, done.signed_minor, false, facts, d);
    done.credit = credit;
    ledger::post(advice::capture(done, at, day), facts, d);
    takeover::take(done, at, day, facts, d);
    advice::total(done, 1, facts, d);
    if !refund::is_ours(&done.till) {
        overdue::begin(a, done, at, facts, d);
    }
    d.count("acquirer_captured");
    true
}

/// An offline sale that the acquirer bears: the merchant is credited once, and the till told 00.
pub(super) fn borne(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    credit: Credit,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let mut done = Original {
        stage: Stage::Approved,
        code: Some(ResponseCode::APPROVED),
        answered_at: Some(at),
        borne: true,
        ..o.clone()
    };
    take(a, &mut done, credit, at, facts, d);
    d.answered(TAG_ADVICE, &o.switch);
    d.count("acquirer_bears_offline_sale");
    finish(a, done, None, facts, d);
}

fn declined(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    m: &Message,
    code: ResponseCode,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    // At the till 77 would mean "sign on again", which has nothing to do with the line to the switch.
    let code = if code == ResponseCode::SIGN_ON_AGAIN { ResponseCode::SECURITY_FAILED } else { code };
    let done = Original { stage: Stage::Declined, ..told(o, m, code, at) };
    named::end(o, named::Turn::Dropped, at, facts, &mut d);
    if o.kind.shape().is_advice() {
        d.answered(TAG_ADVICE, &o.switch);
    } else {
        d.end::<Open>(&o.till);
    }
    d.count("acquirer_declined");
    finish(a, done, Some(m), facts, &mut d);
    d
}

/// 98 and 68: the host that says so owns the advice (rules 4), we store none. Any other doubt has no known owner: ours.
fn doubtful(a: &Acquirer, at: Moment, o: &Original, doubt: Doubt, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let owned = matches!(doubt, Doubt::HostUnsure(code) if ["98", "68"].contains(&code.as_str()));
    let failed = Original { answered_at: Some(at), ..o.clone() };
    let done = if owned || !o.kind.shape().reversible {
        d.end::<Open>(&o.till);
        named::end(o, named::Turn::Dropped, at, facts, &mut d);
        Original { stage: Stage::Unsure, code: Some(ResponseCode::ISSUER_TIMEOUT), ..failed }
    } else {
        advice::undo(a, at, &failed, By::Answer, doubt.reason(), facts, &mut d)
    };
    d.count("acquirer_doubt");
    finish(a, done, None, facts, &mut d);
    d
}

/// The answer fields that are stored, and given again to a repeat.
fn told(o: &Original, m: &Message, code: ResponseCode, at: Moment) -> Original {
    Original {
        code: Some(code),
        settlement: m.settlement,
        institutions: m.institutions,
        answered_at: Some(at),
        ..o.clone()
    }
}

/// Writes the exchange and answers the terminal on the newest line, under the keys its request came with.
pub(super) fn finish(
    a: &Acquirer,
    done: Original,
    from_switch: Option<&Message>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    if refund::is_ours(&done.till) {
        return d.put(&done.till.clone(), Exchange::Original(Box::new(done)));
    }
    let pan: Option<Pan> = from_switch.and_then(|m| m.pan.clone());
    let mut said = outward::to_terminal(a, &done, None, pan);
    said.expiry = from_switch.and_then(|m| m.expiry);
    // Handed through, never stored (rules 11).
    said.chip = from_switch.and_then(|m| m.chip.clone());
    let key = facts.get::<Terminal>(&done.till.terminal).and_then(|t| t.answer_mac(done.under));
    to_line(d, done.line, said, key);
    d.put(&done.till.clone(), Exchange::Original(Box::new(done)));
}
