//! 请款 and 贷记调整 at the acquirer: asked for once per original by the finding of a case, repeated until the switch answers, posted with
//! the answer. A debit that is refused the acquirer bears: its merchant has a slip (rules 7). And the switch's word that a debit stands
//! whose undo the issuer refused: the merchant is credited again. It must never credit one slip twice.

use super::{
    Acquirer, AcquirerRow, By, Case, Claim, ClaimState, Credit, Exchange, Ground, Open, Original, Redo, Reference,
    Refunds, Stage, Undo, advice, answering, gate, second,
};
use crate::correction::{Correct, Correction, is_final, is_whole};
use crate::day;
use crate::dispute::Dispute;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Peer, Told, Wants};
use slipway_terms::{Kind, Message, Moment, MonthDay, Mti, OriginalData, ResponseCode, SwitchKey};

/// What was corrected of this exchange.
pub(super) fn want_corrections(o: &Original, out: &mut Wants) {
    for what in [Correct::Debit, Correct::Credit, Correct::Told] {
        out.row::<Correction, AcquirerRow>(&(o.switch, what as u8));
    }
}

/// Whether a correction was asked for, and what it was answered: none while it is on its way.
pub(super) fn asked(o: &Original, what: Correct, facts: &Facts<'_, Acquirer>) -> Option<Option<ResponseCode>> {
    facts.get::<Correction>(&(o.switch, what as u8)).map(|correction| correction.answer)
}

/// Asks for it: record and advice in one commit. The caller has judged that it was not asked for before.
pub(super) fn ask(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    what: Correct,
    reason: Option<Ground>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    assert!(asked(o, what, facts).is_none() && o.signed_minor > 0, "a correction is asked for once, of a debit");
    let mut counters = gate::counters(facts);
    let own = SwitchKey { acquirer: a.id, forwarder: a.id, sent: at.sent_at(), stan: counters.next_stan() };
    d.put(&(), counters);
    let minor = if what == Correct::Credit { -o.signed_minor } else { o.signed_minor };
    let (original, rrn) = (o.switch, Some(o.rrn));
    let correction = Correction { original, own, what, minor, reason, rrn, at, day: None, answer: None };
    let of = Message {
        auth: o.auth,
        terminal: Some(o.till.terminal),
        merchant: Some(o.till.merchant),
        ..Message::new(Mti(220))
    };
    let advice = correction.advice(OriginalData { mti: o.mti, key: o.switch }, &of);
    d.until_answered(Peer::Switch, what.tag(), &o.switch, advice, Some(a.zak.clone()));
    d.put(&correction.key(), correction);
    d.count("acquirer_correction_asked");
}

/// The purchase that a void is about, as it stands.
fn voided<'a>(void: &Original, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    let about = void.about.filter(|_| matches!(void.kind, Kind::SaleVoid | Kind::CompletionVoid))?;
    match facts.get::<Exchange>(&about.till)? {
        Exchange::Original(first) => Some(first),
        Exchange::Tombstone(_) => None,
    }
}

/// The slip of a void is shown that is undone here: the purchase goes back by credit adjustment, and is taken until the answer, so
/// that nothing else gives it back too. `false`: no void, or something has been given back already.
pub(super) fn void_shown(
    a: &Acquirer,
    at: Moment,
    void: &Original,
    reason: Ground,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> bool {
    let Some(first) = voided(void, facts) else { return false };
    let free = first.claim.is_none() && first.refunds == Refunds::default() && first.redo.is_none();
    let whole = first.signed_minor == -void.signed_minor && first.stage == Stage::Approved;
    if !free || !whole || asked(first, Correct::Credit, facts).is_some() {
        return false;
    }
    ask(a, at, first, Correct::Credit, Some(reason), facts, d);
    // Sure with the yes only: what is refused has never gone back, and nobody may have said so.
    let claim = Some(Claim { by: void.till, kind: void.kind, state: ClaimState::Taken });
    d.put(&first.till, Exchange::Original(Box::new(Original { claim, ..first.clone() })));
    true
}

/// Whether a void waits for the credit adjustment of its purchase.
pub(super) fn void_waits(void: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    voided(void, facts).is_some_and(|first| {
        first.claim.is_some_and(|claim| claim.by == void.till) && asked(first, Correct::Credit, facts) == Some(None)
    })
}

/// The case of the void that a credit adjustment came from: any ground of which a slip may be shown later.
fn ground(correction: &Correction) -> Ground {
    correction.reason.unwrap_or(Ground::SlipWithoutSale)
}

/// The answer to the credit adjustment of a purchase whose void has a slip, or that we gave back in a dispute: with a yes the
/// merchant's credit goes back, and the case that it came from is closed; else the purchase is as it was and that case waits for a
/// person. It must never end a claim that was not taken for it: a void of its till's own has an answer of its own.
fn given_back(
    at: Moment,
    first: &Original,
    m: &Message,
    (done, reason): (bool, Option<Ground>),
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let claim = first.claim.filter(|claim| reason.is_some() && claim.state == ClaimState::Taken);
    let ground = reason.unwrap_or(Ground::SlipWithoutSale);
    let by = claim.map(|claim| claim.by);
    let void = by.and_then(|void| match facts.get::<Exchange>(&void)? {
        Exchange::Original(void) => Some(&**void),
        Exchange::Tombstone(_) => None,
    });
    let next = if done {
        let day = day::count(at, m.settlement, first.signed_minor, true, facts, d);
        ledger::post(advice::capture(first, at, day).undo(at, day), facts, d);
        advice::total(first, -1, facts, d);
        by.iter().for_each(|void| advice::close(*void, ground, at, facts, d));
        // What its slip says has come true: whoever asks about the void is told so.
        if let Some(void) = void {
            let redo = Some(Redo { at, minor: 0, open: false });
            d.put(&void.till, Exchange::Original(Box::new(Original { redo, ..void.clone() })));
        }
        let (reason, answer) = (ResponseCode::OTHER, m.code);
        // Without a void it was a dispute in which we gave it back.
        let by = if by.is_some() { By::Case } else { By::Given };
        let undo = Some(Undo { by, reason, at, answer, day: m.settlement });
        let claim = claim.map(|claim| Claim { state: ClaimState::Sure, ..claim }).or(first.claim);
        Original { stage: Stage::Undone, credit: Credit::Nothing, undo, claim, ..first.clone() }
    } else {
        // Its slot was taken by the question alone.
        if let Some(void) = void {
            d.put(&void.till, Exchange::Original(Box::new(Original { redo: None, ..void.clone() })));
        }
        let others = first.claim.filter(|_| claim.is_none());
        // Its till has reversed it meanwhile: it stands, named once as a sale with a slip and once as one without.
        if first.reversed_behind && others.is_none() {
            advice::case(first.till, Ground::ReversalOfConfirmed, at, facts, d);
        }
        let reversed_behind = first.reversed_behind && others.is_some();
        let free = Original { claim: others, reversed_behind, ..first.clone() };
        second::stands_again(&free, at, facts, d);
        free
    };
    d.end::<Open>(&first.till);
    d.put(&first.till, Exchange::Original(Box::new(next)));
}

/// DE 37 leads to the exchange, DE 90 must name it.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(rrn) = m.rrn else { return };
    out.ask(Ask::MacGood(a.zak.clone())).row::<Reference, AcquirerRow>(&rrn);
    let Some(Reference { till }) = seen.known::<Reference>(&rrn) else { return };
    out.row::<Exchange, AcquirerRow>(till);
    for ground in [Ground::AdviceRefused, Ground::SlipWithoutSale, Ground::ReversalOfConfirmed] {
        out.row::<Case, AcquirerRow>(&(*till, ground as u8));
    }
    advice::want_money(till, seen, out);
    if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
        want_corrections(o, out);
        second::want_linked(o, out);
        out.row::<Dispute, AcquirerRow>(&o.switch);
        if let Some(claim) = o.claim {
            out.row::<Exchange, AcquirerRow>(&claim.by);
            if let Some(asked) = seen.known::<Correction>(&(o.switch, Correct::Credit as u8)) {
                out.row::<Case, AcquirerRow>(&(claim.by, ground(asked) as u8));
            }
        }
    }
}

fn found<'a>(m: &Message, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    let Reference { till } = facts.get::<Reference>(&m.rrn?)?;
    match facts.get::<Exchange>(till)? {
        Exchange::Original(o) if Some(o.switch) == m.original.map(|original| original.key) => Some(o),
        _ => None,
    }
}

/// The switch answers what was asked. The first word that ends it is posted; any other leaves the advice where it is.
pub(super) fn answered(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        d.count("acquirer_switch_mac_bad");
        return d;
    }
    let matched = found(m, facts).zip(Correct::of(m)).and_then(|(o, what)| {
        let correction = facts.get::<Correction>(&(o.switch, what as u8))?;
        Some((o, correction, m.code?)).filter(|_| m.switch_key() == Some(correction.own))
    });
    let Some((o, correction, code)) = matched.filter(|(_, c, code)| c.answer.is_none() && is_final(*code)) else {
        d.count("acquirer_correction_answer_unclear");
        return d;
    };
    let done = code == ResponseCode::APPROVED;
    d.answered(correction.what.tag(), &o.switch);
    let mut next = Correction { answer: Some(code), ..*correction };
    match correction.what {
        Correct::Debit => {
            let from = if done { Account::NetworkReceivable } else { Account::Loss };
            next.day = Some(credit(at, o, from, m.settlement.filter(|_| done), facts, &mut d));
        }
        Correct::Credit if o.stage == Stage::Approved => {
            given_back(at, o, m, (done, correction.reason), facts, &mut d);
            if done {
                answering::adjusted(a, at, &o.switch, facts, &mut d);
            }
        }
        Correct::Credit if done => advice::close(o.till, Ground::AdviceRefused, at, facts, &mut d),
        // The case stays open until the other house has put it right.
        Correct::Credit | Correct::Told => {}
    }
    d.put(&next.key(), next);
    d.count(if done { "acquirer_corrected" } else { "acquirer_correction_refused" });
    d
}

/// Credits the merchant again and fills the redo slot with what was moved.
fn credit(
    at: Moment,
    o: &Original,
    from: Account,
    given: Option<MonthDay>,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> slipway_terms::BusinessDate {
    let (minor, payable) = (o.signed_minor, Account::MerchantPayable(o.till.merchant));
    let day = day::count(at, given, minor, false, facts, d);
    ledger::post(Posting::simple(o.switch, Cause::Redo, Some(o.rrn), at, day, from, payable, minor), facts, d);
    // What the issuer refused we bear for good: it was taken from no card, appears in no file, and goes back to no card.
    let borne = o.borne || from == Account::Loss;
    let done = Original { redo: Some(Redo { at, minor, open: false }), borne, ..o.clone() };
    d.put(&o.till, Exchange::Original(Box::new(done)));
    d.count("acquirer_redone");
    day
}

/// The switch tells that the debit stands: 00 credited, now or before; 25 not here; 64 another amount; 22 the merchant was credited
/// otherwise; 96 while an undo or a correction of our own is on its way.
pub(super) fn told(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        d.count("acquirer_switch_mac_bad");
        return d;
    }
    let code = match (found(m, facts), m.switch_key(), Correct::of(m)) {
        (_, None, _) => ResponseCode::FORMAT_ERROR,
        (_, _, None | Some(Correct::Credit)) => ResponseCode::INVALID_TRANSACTION,
        (None, ..) => ResponseCode::NO_ORIGINAL,
        (Some(o), Some(own), _) => stands(at, o, own, m, facts, &mut d),
    };
    d.send(Peer::Switch, m.answer(code), Some(a.zak.clone()));
    d
}

fn stands(
    at: Moment,
    o: &Original,
    own: SwitchKey,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> ResponseCode {
    if let Some(before) = facts.get::<Correction>(&(o.switch, Correct::Told as u8)) {
        return before.answer.filter(|_| before.own == own).unwrap_or(ResponseCode::TOO_LATE);
    }
    let under_way = o.undo.is_some_and(|undo| undo.answer.is_none());
    let (code, day) = match o.stage {
        _ if !is_whole(m, o.signed_minor) => (ResponseCode::DIFFERS_FROM_ORIGINAL, None),
        Stage::Forwarded => return ResponseCode::MALFUNCTION,
        _ if under_way || asked(o, Correct::Debit, facts) == Some(None) => return ResponseCode::MALFUNCTION,
        Stage::Approved => (ResponseCode::APPROVED, None),
        _ if o.redo.is_some() && asked(o, Correct::Debit, facts) == Some(Some(ResponseCode::APPROVED)) => {
            (ResponseCode::APPROVED, None)
        }
        _ if o.redo.is_some() || o.signed_minor <= 0 => (ResponseCode::TOO_LATE, None),
        Stage::Undone | Stage::Unsure | Stage::Declined => {
            let day = credit(at, o, Account::NetworkReceivable, m.settlement, facts, d);
            advice::close(o.till, Ground::SlipWithoutSale, at, facts, d);
            (ResponseCode::APPROVED, Some(day))
        }
    };
    let heard = Correction::heard(Correct::Told, o.switch, own, m, at);
    d.put(&heard.key(), Correction { answer: Some(code), day, ..heard });
    code
}
