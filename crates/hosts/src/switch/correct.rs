//! 请款 and 贷记调整 at the switch: an acquirer's are judged against the record here, forwarded once, repeated until the issuer answers,
//! and posted with its yes; the switch's own come from a finding. It must never post before the owner of the account has, nor twice
//! for one original.

use super::core::{Switch, mac_verdict};
use super::record::{Case, Exchange, Member, OpenCase, Stage, SwitchRow, Undo};
use super::{named, position};
use crate::correction::{Correct, Correction, is_final, is_whole};
use crate::day;
use slipway_node::{Ask, Decision, Facts, Peer, Wants};
use slipway_terms::{
    BusinessDate, Ground, InstitutionId, Kind, Message, Moment, Mti, OriginalData, Outcome, ResponseCode, SwitchKey,
};

/// The member, the original with its money, its case, and what was corrected before.
pub(super) fn wants(from: &InstitutionId, m: &Message, seen: &Facts<'_, Switch>, out: &mut Wants) {
    day::want::<Switch>(out);
    out.row::<Member, SwitchRow>(from).ask(Ask::MacGood(Switch::zak(from)));
    if let Some(original) = m.original {
        want_original(&original.key, seen, out);
    }
}

/// The original, what its undo or redo changes, and its corrections.
pub(super) fn want_original(key: &SwitchKey, seen: &Facts<'_, Switch>, out: &mut Wants) {
    out.row::<Exchange, SwitchRow>(key).row::<Case, SwitchRow>(key);
    for what in [Correct::Debit, Correct::Credit, Correct::Told] {
        out.row::<Correction, SwitchRow>(&(*key, what as u8));
    }
    let Some(exchange) = seen.known::<Exchange>(key) else { return };
    named::wants_beside(exchange, out);
    if let Some(issuer) = exchange.issuer {
        position::want_balances(&key.acquirer, &issuer, out);
        position::want_newest(&key.acquirer, &issuer, out);
    }
}

/// An acquirer asks. A copy hears the same; while the issuer has not answered, nothing.
pub(super) fn asked(
    at: Moment,
    from: &InstitutionId,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let admitted = facts.get::<Member>(from).ok_or(ResponseCode::FORMAT_ERROR);
    let admitted = admitted.and_then(|_| mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))));
    let named = admitted.and_then(|()| {
        let own = m.switch_key().filter(|own| own.acquirer == *from).ok_or(ResponseCode::FORMAT_ERROR)?;
        let original = m.original.filter(|original| original.key.acquirer == *from);
        Ok((own, original.ok_or(ResponseCode::FORMAT_ERROR)?, Correct::of(m).ok_or(ResponseCode::FORMAT_ERROR)?))
    });
    let code = match named {
        Ok((own, original, what)) => judge(at, own, original, what, m, facts, d),
        Err(code) => Some(code),
    };
    if let Some(code) = code {
        let before = m.original.zip(Correct::of(m));
        let before = before.and_then(|(original, what)| facts.get::<Correction>(&(original.key, what as u8)));
        let day = before.and_then(|before| before.day).unwrap_or_else(|| day::days(at, facts).date);
        answer(day, m, from, code, d);
    }
}

/// DE 15 is the day on which it was posted here, for a copy too.
fn answer(day: BusinessDate, m: &Message, to: &InstitutionId, code: ResponseCode, d: &mut Decision<Switch>) {
    let mut said = m.answer(code);
    if m.mti.is_answer() {
        // The issuer's own word, handed on.
        said.mti = m.mti;
    }
    said.settlement = Some(day.month_day());
    d.send(Peer::Member(*to), said, Some(Switch::zak(to)));
}

/// The code that ends it here; none: it went to the issuer, or is there already.
fn judge(
    at: Moment,
    own: SwitchKey,
    original: OriginalData,
    what: Correct,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) -> Option<ResponseCode> {
    let key = (original.key, what as u8);
    if let Some(before) = facts.get::<Correction>(&key) {
        return if before.own == own { before.answer } else { Some(ResponseCode::TOO_LATE) };
    }
    let today = day::days(at, facts).date;
    let told = facts.get::<Correction>(&(original.key, Correct::Told as u8)).is_some();
    let found = facts.get::<Exchange>(&original.key).filter(|x| x.asked.moves_money());
    let code = match found {
        None => ResponseCode::NO_ORIGINAL,
        Some(x) if !is_whole(m, x.signed_minor) => ResponseCode::DIFFERS_FROM_ORIGINAL,
        Some(x) => match (what, x.stage) {
            (_, Stage::Declined | Stage::Tombstone) => ResponseCode::NO_ORIGINAL,
            // Not decided, or its undo is still on its way: the sender asks again.
            (_, Stage::Forwarded) => return Some(ResponseCode::MALFUNCTION),
            // Its undo waits for a chargeback that will be refused: what is still debited must not be borne by anybody.
            (_, Stage::Approved) if is_owed(x) => return Some(ResponseCode::MALFUNCTION),
            (Correct::Credit, Stage::Undone) if x.redo.is_none() => ResponseCode::APPROVED,
            (Correct::Credit, Stage::Approved) if returnable(x) => {
                return onward((at, today), own, original, what, x, m, d);
            }
            (Correct::Credit, _) => ResponseCode::TOO_LATE,
            // It stands here, so the network owes it: nothing is to be moved again.
            (_, Stage::Approved) if x.claim.is_none() => ResponseCode::APPROVED,
            (_, Stage::Undone) if told => ResponseCode::APPROVED,
            (_, Stage::Approved) => ResponseCode::TOO_LATE,
            (_, Stage::Undone) if x.redo.is_some() || x.signed_minor <= 0 => ResponseCode::TOO_LATE,
            (_, Stage::Undone) if x.undo.as_ref().is_some_and(|undo| undo.answered.is_none()) => {
                return Some(ResponseCode::MALFUNCTION);
            }
            (_, Stage::Undone) => return onward((at, today), own, original, what, x, m, d),
        },
    };
    let heard = Correction::heard(what, original.key, own, m, at);
    d.put(&key, Correction { answer: Some(code), ..heard });
    Some(code)
}

/// Whether an undo has come and waits for the word on a chargeback.
fn is_owed(x: &Exchange) -> bool {
    x.owed_undo.is_some() && x.claim.is_some_and(|(_, kind)| kind == Kind::Chargeback)
}

/// Nothing else has it, and nothing of it was refunded.
fn returnable(x: &Exchange) -> bool {
    let refunded = x.marks.refunded_minor != 0 || x.marks.open_minor != 0;
    x.signed_minor > 0 && x.undo.is_none() && x.redo.is_none() && x.claim.is_none() && !refunded
}

fn onward(
    (at, day): (Moment, BusinessDate),
    own: SwitchKey,
    original: OriginalData,
    what: Correct,
    x: &Exchange,
    m: &Message,
    d: &mut Decision<Switch>,
) -> Option<ResponseCode> {
    let Some(issuer) = x.issuer else { return Some(ResponseCode::NO_ORIGINAL) };
    let correction = Correction { day: Some(day), ..Correction::heard(what, original.key, own, m, at) };
    // DE 15 is the day on which it arrived (rules 5).
    let onward = Message { settlement: Some(day.month_day()), ..m.clone() };
    queue(correction, original, issuer, issuer, &onward, d);
    None
}

/// Writes the record and queues the advice to a member.
fn queue(
    correction: Correction,
    original: OriginalData,
    to: InstitutionId,
    issuer: InstitutionId,
    of: &Message,
    d: &mut Decision<Switch>,
) {
    let advice = correction.advice(original, &Message { receiver: Some(issuer), ..of.clone() });
    d.until_answered(Peer::Member(to), correction.what.tag(), &correction.original, advice, Some(Switch::zak(&to)));
    d.put(&correction.key(), correction);
    d.count("switch.correction_asked");
}

/// A correction of the switch's own, from a finding: the issuer is asked to give back, or the acquirer told to credit. `false`: there
/// was one before, or nobody to ask.
pub(super) fn own(
    me: &Switch,
    at: Moment,
    what: Correct,
    x: &Exchange,
    reason: Ground,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) -> bool {
    let Some(issuer) = x.issuer else { return false };
    if facts.get::<Correction>(&(x.key, what as u8)).is_some() || x.signed_minor <= 0 {
        return false;
    }
    let (to, sign) = if what == Correct::Credit { (issuer, -1) } else { (x.key.acquirer, 1) };
    let key = SwitchKey { acquirer: x.key.acquirer, forwarder: me.id, sent: at.sent_at(), stan: x.key.stan };
    let date = day::days(at, facts).date;
    let correction = Correction {
        original: x.key,
        own: key,
        what,
        minor: x.signed_minor * sign,
        reason: Some(reason),
        rrn: x.asked.rrn,
        at,
        day: Some(date),
        answer: None,
    };
    let of = Message {
        terminal: x.asked.terminal,
        merchant: x.asked.merchant,
        settlement: Some(date.month_day()),
        ..Message::new(Mti(220))
    };
    queue(correction, OriginalData { mti: x.asked.mti, key: x.key }, to, issuer, &of, d);
    true
}

/// An issuer answers what was asked, or an acquirer what it was told. The first word that ends it is posted and handed on.
pub(super) fn answered(
    me: &Switch,
    at: Moment,
    from: &InstitutionId,
    m: &Message,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) {
    let (Some(original), Some(mut what)) = (m.original, Correct::of(m)) else {
        return d.count("switch.correction_answer_unmatched");
    };
    if original.key.acquirer == *from && m.forwarder == Some(me.id) && what == Correct::Debit {
        what = Correct::Told;
    }
    let found = facts.get::<Correction>(&(original.key, what as u8)).filter(|c| m.switch_key() == Some(c.own));
    let (Some(correction), Some(x)) = (found, facts.get::<Exchange>(&original.key)) else {
        return d.count("switch.correction_answer_unmatched");
    };
    let owner = if what == Correct::Told { Some(x.key.acquirer) } else { x.issuer };
    if owner != Some(*from) || mac_verdict(facts.told(&Ask::MacGood(Switch::zak(from)))).is_err() {
        return d.count("switch.answer_bad_mac");
    }
    let Some(code) = m.code.filter(|code| is_final(*code) && correction.answer.is_none()) else {
        return d.count("switch.correction_unclear");
    };
    d.answered(what.tag(), &x.key);
    let done = code == ResponseCode::APPROVED;
    // On the day that the owner was told; if that was closed meanwhile, on the one that is open (rules 5).
    let days = day::days(at, facts);
    let date = correction.day.filter(|day| *day > days.closed).unwrap_or(days.date);
    let moved = done && what != Correct::Told && post((at, date), what, x, facts, d);
    let day = (moved || what == Correct::Told).then_some(date);
    d.put(&correction.key(), Correction { answer: Some(code), day, ..*correction });
    d.count(if done { "switch.corrected" } else { "switch.correction_refused" });
    if correction.own.forwarder == me.id {
        close(at, x, done, facts, d);
    } else {
        answer(day.unwrap_or(days.date), m, &x.key.acquirer, code, d);
    }
}

/// The positions follow the owner's account; what was given back here before moves nothing.
fn post(
    (at, date): (Moment, BusinessDate),
    what: Correct,
    x: &Exchange,
    facts: &Facts<'_, Switch>,
    d: &mut Decision<Switch>,
) -> bool {
    match (what, x.stage) {
        (Correct::Debit, Stage::Undone) if x.redo.is_none() => {
            position::redo(date, at, x, facts, d);
            d.put(&x.key, Exchange { redo: Some(at), ..x.clone() });
            true
        }
        (Correct::Credit, Stage::Approved) => {
            position::give_back_on(date, at, x, facts, d);
            named::put_back(x, facts, d);
            let undo = Some(Undo { at, reason: ResponseCode::OTHER, answered: Some(ResponseCode::APPROVED) });
            d.put(&x.key, Exchange { stage: Stage::Undone, at, undo, ..x.clone() });
            true
        }
        _ => false,
    }
}

/// The case that the switch's own correction came from ends with its yes; a refusal leaves it open for a person.
fn close(at: Moment, x: &Exchange, done: bool, facts: &Facts<'_, Switch>, d: &mut Decision<Switch>) {
    if let Some(case) = facts.get::<Case>(&x.key).filter(|case| done && case.closed.is_none()) {
        d.put(&x.key, Case { closed: Some(at), ..*case });
        d.end::<OpenCase>(&x.key);
        d.count("switch.case_closed");
    }
}

/// Whether the acquirer was told an approval, so that it has a merchant to credit.
pub(super) fn was_approved(x: &Exchange) -> bool {
    x.given.as_ref().is_some_and(|given| given.code.outcome() == Outcome::Approved)
}
