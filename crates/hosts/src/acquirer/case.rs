//! The end of a case that a person has worked, by the table of [`crate::cases`]; and the end that comes by itself when a merchant
//! who was asked for a slip says nothing (rules 7). It must never act on a case that is not open (but for the one slip that comes
//! after "no slip"), never fill a slot twice, and never read a terminal's store: the finding is all it knows.

use super::refund::Back;
use super::{
    Acquirer, AcquirerRow, AcquirerTimer, By, Case, CaseMoved, Claim, ClaimState, Credit, Exchange, Ground, Open,
    OpenCase, Original, Redo, Stage, advice, correct, figure, gate, named, refund, second, takeover,
};
use crate::cases::{self, Effect};
use crate::correction::Correct;
use crate::day;
use crate::dispute::Dispute;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{CaseKey, Finding, Found, Kind, Message, Moment, ResponseCode, Short, SwitchKey, TillKey, Won};

/// 60.1 of an adjustment, whose DE 4 is a new total and not what it moves.
const ADJUST: u8 = 34;

/// Which way the money of a slip goes, by what its till says: DE 3 from 00 is paid, from 20 goes back, 03 only holds.
pub(super) fn sign(m: &Message) -> Option<i8> {
    match m.processing?.0 / 10_000 {
        _ if m.till60.is_some_and(|till| till.type_code == ADJUST) => None,
        0 => Some(1),
        20 => Some(-1),
        3 | 30 | 31 => Some(0),
        _ => None,
    }
}

/// How long a merchant has to show a slip (rules 7).
pub(super) const MERCHANT_WORKING_DAYS: u8 = 3;

/// The exchange, its money, its case, and the case that it closes on its way.
pub(super) fn wants(key: &CaseKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let CaseKey::Till(till, ground) = key else { return };
    out.row::<Exchange, AcquirerRow>(till);
    for ground in [*ground, Ground::Unconfirmed] {
        out.row::<Case, AcquirerRow>(&(*till, ground as u8));
    }
    out.row::<CaseMoved, AcquirerRow>(&(*till, *ground as u8));
    takeover::want_others(till, *ground, out);
    advice::want_money(till, seen, out);
    if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
        if matches!(ground, Ground::PaidTwice | Ground::AmountDiffers) || named::is_presented(o) {
            refund::wants(till, seen, out);
        }
        // The slip of a refund says more: the rest goes back of what it refunds.
        if let Some(about) = o.about.filter(|_| *ground == Ground::AmountDiffers && o.kind == Kind::Refund) {
            refund::wants(&about.till, seen, out);
            out.row::<Case, AcquirerRow>(&(about.till, Ground::Unconfirmed as u8));
        }
        out.row::<Dispute, AcquirerRow>(&o.switch);
        second::want_linked(o, out);
        correct::want_corrections(o, out);
        if let Some(Exchange::Original(first)) = o.about.and_then(|about| seen.known::<Exchange>(&about.till)) {
            correct::want_corrections(first, out);
        }
    }
}

/// Opens the case of a credit that nobody confirmed: the merchant is asked, and has three working days.
pub(super) fn unconfirmed(
    a: &Acquirer,
    till: TillKey,
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let (ground, key) = (Ground::Unconfirmed, (till, Ground::Unconfirmed as u8));
    if facts.get::<Case>(&key).is_none() {
        let due = a.working.end(at, MERCHANT_WORKING_DAYS);
        advice::open(Case { due: Some(due), ..Case::open(till, ground, at) }, facts, d);
        d.due(due, AcquirerTimer::Case(till, ground));
    }
}

/// Round one: whether it still waits. Round two: what a finding needs.
pub(super) fn wants_due(till: &TillKey, ground: Ground, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<OpenCase, AcquirerRow>(&(*till, ground as u8));
    if seen.known::<OpenCase>(&(*till, ground as u8)).is_some() {
        wants(&CaseKey::Till(*till, ground), seen, out);
    }
}

/// Nobody answered: no slip.
pub(super) fn due(
    a: &Acquirer,
    at: Moment,
    till: TillKey,
    ground: Ground,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let Some(open) = facts.get::<OpenCase>(&(till, ground as u8)) else { return Decision::nothing() };
    let Some(due) = open.due else { return Decision::nothing() };
    if at < due {
        let mut d = Decision::nothing();
        d.due(due, AcquirerTimer::Case(till, ground));
        return d;
    }
    let found = Found {
        finding: Finding::NoSlip,
        by: Short::cut("timer"),
        because: Short::cut("商户逾期未答复 no answer"),
        at,
    };
    let mut d = decide(a, at, &CaseKey::Till(till, ground), &found, facts);
    if d.puts.is_empty() {
        // What cannot be put back waits for somebody who can, without a clock.
        d.put(&(till, ground as u8), OpenCase { due: None, ..*open });
    }
    d
}

/// Closes a case by what was found. A finding for no case, one that the ground does not allow, one that comes twice, and one
/// that the exchange does not bear as it stands, change nothing and are counted.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    key: &CaseKey,
    found: &Found,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let found = Found { at, ..*found };
    let CaseKey::Till(till, ground) = *key else { return counted("acquirer_finding_without_case") };
    let Some(case) = facts.get::<Case>(&(till, ground as u8)) else {
        return counted("acquirer_finding_without_case");
    };
    let Some(effect) = cases::effect(ground, found.finding) else { return counted("acquirer_finding_not_allowed") };
    let o = match facts.get::<Exchange>(&till) {
        Some(Exchange::Original(o)) => Some(&**o),
        Some(Exchange::Tombstone(_)) | None => None,
    };
    let (effect, next) = match (case.closed, case.found, case.later) {
        (None, _, _) => (effect, Case { closed: Some(at), found: Some(found), ..*case }),
        (Some(_), Some(before), None) if cases::may_come_later(ground, before.finding, found.finding) => {
            (Effect::Redo, Case { later: Some(found), ..*case })
        }
        _ => return counted("acquirer_finding_without_case"),
    };
    let Some(next) = act(a, at, effect, next, o, facts, &mut d) else {
        return counted("acquirer_finding_impossible");
    };
    let moved = figure::of(&d, o);
    figure::note(&next, moved, facts, &mut d);
    d.put(&(till, ground as u8), next);
    if next.closed.is_some() {
        d.end::<OpenCase>(&(till, ground as u8));
        d.count("acquirer_case_closed");
    } else if case.closed.is_some() {
        // A slip that comes later has opened it again, until the other house answers: whoever lists cases must see it.
        d.put(&(till, ground as u8), OpenCase { till, ground, due: None });
        d.count("acquirer_case_opened_again");
    }
    d
}

fn counted(what: &'static str) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    d.count(what);
    d
}

/// What the effect moves, and the case as it then stands; `None` if the exchange does not bear it.
fn act(
    a: &Acquirer,
    at: Moment,
    effect: Effect,
    next: Case,
    o: Option<&Original>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<Case> {
    let put = |o: Original, d: &mut Decision<Acquirer>| d.put(&o.till.clone(), Exchange::Original(Box::new(o)));
    match (effect, o) {
        // Under way: the answer of the other house ends it, and until then nothing else gives it back.
        (Effect::Stand | Effect::Undo | Effect::Refund, Some(o))
            if correct::asked(o, Correct::Credit, facts) == Some(None) =>
        {
            return None;
        }
        (_, Some(o)) if correct::void_waits(o, facts) => return None,
        (Effect::Stand, Some(o)) if refund::waits(&next, o, facts) => return None,
        // A merchant that was never the terminal's: paid by the slip, or not at all; held for ever it may not be (rules 11).
        (Effect::Stand, Some(o)) if o.borne && o.credit == Credit::Held => return None,
        (Effect::Undo, Some(o)) if o.borne && o.redo.is_none() => {
            if o.credit != Credit::Held {
                return None;
            }
            put(advice::unbear(at, o, facts, d), d);
        }
        (Effect::Stand, _) => {}
        (Effect::Confirm, o) => {
            let o = o?;
            if matches!(o.credit, Credit::Unconfirmed | Credit::Held) {
                named::sure(o, facts, d);
                put(Original { credit: Credit::Confirmed, ..o.clone() }, d);
                d.end::<Open>(&o.till);
                settled(&next, at, facts, d);
                second::has_slip(o, &[], at, facts, d);
            } else if o.stage != Stage::Approved {
                return None;
            }
        }
        (Effect::Undo, o) => {
            let o = o?;
            let presented = o.stage == Stage::Approved && named::is_presented(o);
            if presented && !given_back(o) {
                // Its undo slot is full of the dispute: a refund of ours, and the case ends with the issuer's yes.
                refund::give_back(a, at, o, (Back::Rest, &next), facts, d)?;
                return Some(Case { closed: None, ..next });
            }
            if o.stage == Stage::Approved && !presented && !lost(o, facts) {
                if !returnable(o, facts) {
                    return None;
                }
                let undone = advice::undo(a, at, o, By::Case, ResponseCode::OTHER, facts, d);
                put(undone, d);
                settled(&next, at, facts, d);
            }
        }
        // The very slip, presented another way: a slip is paid once.
        (Effect::Redo | Effect::Bear | Effect::Difference, _) if takeover::is_paid_elsewhere(&next, facts) => {}
        // Put right before: the slot is full, and the case only ends.
        (Effect::Redo | Effect::RedoThere | Effect::Difference, Some(o)) if o.redo.is_some() => {}
        (Effect::Redo | Effect::RedoThere | Effect::GiveThere, Some(o)) => {
            // While our own undo or correction is on its way nobody knows what there is to be asked for. The slip of a void gives
            // back what it names; that of a refund is for a person.
            let under_way = o.undo.is_some_and(|undo| undo.answer.is_none())
                || correct::asked(o, Correct::Credit, facts) == Some(None);
            if matches!(o.stage, Stage::Approved | Stage::Forwarded) || under_way {
                return None;
            }
            if effect == Effect::Redo && correct::void_shown(a, at, o, next.ground, facts, d) {
                put(Original { redo: Some(Redo { at, minor: 0, open: true }), ..o.clone() }, d);
                return Some(Case { closed: None, ..next });
            }
            if o.signed_minor <= 0 {
                return None;
            }
            match effect {
                Effect::RedoThere => {
                    redo(o.switch, &next, at, Account::NetworkReceivable, o.signed_minor, facts, d);
                    put(Original { redo: Some(Redo { at, minor: o.signed_minor, open: false }), ..o.clone() }, d);
                }
                Effect::GiveThere => {
                    if o.redo.is_some() || correct::asked(o, Correct::Credit, facts).is_some() {
                        return None;
                    }
                    correct::ask(a, at, o, Correct::Credit, Some(next.ground), facts, d);
                    // It ends with the other house's yes.
                    return Some(Case { closed: None, ..next });
                }
                // The slot is taken now and filled by the answer, so that the issuer is asked once.
                _ => {
                    correct::ask(a, at, o, Correct::Debit, Some(next.ground), facts, d);
                    put(Original { redo: Some(Redo { at, minor: 0, open: true }), ..o.clone() }, d);
                }
            }
        }
        // What is not here has no card and no issuer to ask: borne, if the till has said that the cardholder paid.
        (Effect::Redo, None) | (Effect::Bear, _) => {
            let minor = next.minor.filter(|minor| *minor > 0 && next.sign == Some(1))?;
            let mut counters = gate::counters(facts);
            let fresh = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
            d.put(&(), counters);
            redo(fresh, &next, at, Account::Loss, minor, facts, d);
            return Some(Case { redo: Some(fresh), ..next });
        }
        (Effect::Difference, Some(o)) if o.stage == Stage::Approved => {
            let minor = next.minor?.abs() * o.signed_minor.signum() - o.signed_minor;
            // The slip was shown: the sale stands, and nobody asks for it again.
            named::sure(o, facts, d);
            d.end::<Open>(&o.till);
            settled(&next, at, facts, d);
            if minor < 0 && !o.borne {
                // The cardholder is owed it. No network gives back a part of a debit (rules 1), so it is an exchange of its own, and the case
                // ends with the issuer's yes.
                let first = if o.signed_minor > 0 { o } else { refund::purchase(o, facts)? };
                refund::give_back(a, at, first, (Back::Part(-minor), &next), facts, d)?;
                return Some(Case { closed: None, ..next });
            }
            redo(o.switch, &next, at, Account::Loss, minor, facts, d);
            put(Original { redo: Some(Redo { at, minor, open: false }), credit: Credit::Confirmed, ..o.clone() }, d);
        }
        // The case ends with the issuer's yes. What was given back at the till meanwhile is given back.
        (Effect::Refund, Some(o)) if o.stage == Stage::Approved && !given_back(o) && !lost(o, facts) => {
            refund::give_back(a, at, o, (Back::Rest, &next), facts, d)?;
            return Some(Case { closed: None, ..next });
        }
        (Effect::Refund, Some(o)) if o.stage == Stage::Approved || o.stage == Stage::Undone => {}
        (Effect::RedoThere | Effect::GiveThere | Effect::Difference | Effect::Refund, _) => return None,
    }
    Some(next)
}

/// Whether an undo would put everything back: nothing else has it, nothing of it was refunded, and it is of a kind that is ever
/// undone.
pub(super) fn returnable(o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let free = o.claim.is_none() && o.redo.is_none() && o.refunds.open.is_none() && o.refunds.done_minor == 0;
    free && o.kind.shape().reversible && named::can_put_back(o, facts)
}

/// Whether a void of it that has its slip, or refunds, have given it back already.
fn given_back(o: &Original) -> bool {
    let sure = |claim: &Claim| claim.kind.shape().sign < 0 && claim.state == ClaimState::Sure;
    let voided = o.claim.is_some_and(|claim| sure(&claim) && !claim.kind.is_disputed());
    voided || (o.refunds.open.is_none() && o.refundable_minor() <= 0)
}

/// Whether the cardholder has it by a dispute that is over. While it runs, the merchant may still get it again.
fn lost(o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let charged = o.claim.is_some_and(|claim| claim.kind.is_disputed() && claim.kind.shape().sign < 0);
    let over = || facts.get::<Dispute>(&o.switch).and_then(|dispute| dispute.closed);
    charged && over().is_some_and(|(_, won)| won == Won::Cardholder)
}

/// The wait for a confirmation ends with whatever case settled its credit.
fn settled(next: &Case, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    if next.ground != Ground::Unconfirmed {
        advice::close(next.till, Ground::Unconfirmed, at, facts, d);
    }
}

fn redo(
    key: SwitchKey,
    case: &Case,
    at: Moment,
    from: Account,
    minor: i64,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let payable = Account::MerchantPayable(case.till.merchant);
    let day = day::count(at, None, minor, false, facts, d);
    ledger::post(Posting::simple(key, Cause::Redo, None, at, day, from, payable, minor), facts, d);
    d.count("acquirer_redone");
}
