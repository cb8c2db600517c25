//! The undo slot: filled once per exchange, with the posting that takes the credit back and the advice to the switch in the
//! same commit; and the switch's answer to that advice. It must never post an undo twice or drop an unanswered advice.

use super::{
    Acquirer, AcquirerRow, Batch, By, Case, Counters, Credit, Exchange, Ground, Open, OpenCase, Original, Reference,
    Stage, Undo, Unsettled, gate, named, outward, takeover,
};
use crate::day;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Peer, Told, Wants};
use slipway_terms::{BusinessDate, Kind, Message, Moment, ResponseCode, TillKey};

/// Outbox tag of a reversal advice to the switch, queued under the original's switch-side identity.
pub const TAG_REVERSAL: u8 = 1;
/// Outbox tag of a forwarded advice (refund, completion advice, adjustment, offline sale), under its own identity.
pub const TAG_ADVICE: u8 = 2;

/// What an approval owes: the network to us, we to the merchant, gross; the other way round for what gives money back. An
/// offline sale that nobody else bears is our own loss. Only of what moves money.
pub(super) fn capture(o: &Original, at: Moment, day: BusinessDate) -> Posting {
    let owed = if o.borne { Account::Loss } else { Account::NetworkReceivable };
    let payable = Account::MerchantPayable(o.payee());
    Posting::simple(o.switch, Cause::Approval, Some(o.rrn), at, day, owed, payable, o.signed_minor)
}

/// Wants what a capture or an undo of this exchange changes beside it.
pub(super) fn want_money(till: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let accounts = [Account::NetworkReceivable, Account::MerchantPayable(till.merchant), Account::Loss];
    ledger::want::<AcquirerRow>(&accounts, out);
    day::want::<Acquirer>(out);
    out.row::<Batch, AcquirerRow>(&(till.terminal, till.batch)).row::<Counters, AcquirerRow>(&());
    out.row::<Unsettled, AcquirerRow>(&(till.terminal, till.batch));
    if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
        if let Some(payee) = o.payee {
            ledger::want::<AcquirerRow>(&[Account::MerchantPayable(payee)], out);
        }
        named::want_about(o, seen, out);
        takeover::want_paid(o, out);
        if o.kind == Kind::OfflineSale {
            out.row::<Case, AcquirerRow>(&(*till, Ground::Borne as u8));
        }
    }
}

/// The batch totals after one more (`+1`) or one less (`-1`) exchange of this amount.
pub(super) fn total(o: &Original, sign: i64, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let key = (o.till.terminal, o.till.batch);
    let mut batch = facts.get::<Batch>(&key).copied().unwrap_or_default();
    let side = if o.signed_minor < 0 { &mut batch.credit } else { &mut batch.debit };
    side.count = if sign > 0 { side.count + 1 } else { side.count.saturating_sub(1) };
    side.minor += sign * o.signed_minor.abs();
    d.put(&key, batch);
}

/// Fills the undo slot of a forwarded or captured, unconfirmed exchange: one commit with the posting and the advice. Gives
/// the exchange as it now stands. The caller has judged that the slot is empty and the kind is reversible.
pub(super) fn undo(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    by: By,
    reason: ResponseCode,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Original {
    // Only a person may find that there is no slip although the till once said so.
    let taken = o.credit == Credit::Confirmed && by != By::Case;
    assert!(o.undo.is_none() && !taken, "an undo slot is filled once, after confirmation by a case only");
    if o.stage == Stage::Approved && o.kind.shape().moves_money() {
        // The switch has not given a day to this undo yet.
        let day = day::count(at, None, o.signed_minor, true, facts, d);
        ledger::post(capture(o, o.answered_at.unwrap_or(o.at), day).undo(at, day), facts, d);
        total(o, -1, facts, d);
    }
    named::end(o, named::Turn::Dropped, at, facts, d);
    let mut counters = gate::counters(facts);
    let advice = outward::reversal(o, reason, at, counters.next_stan());
    d.put(&(), counters);
    d.until_answered(Peer::Switch, TAG_REVERSAL, &o.switch, advice, Some(a.zak.clone()));
    d.end::<Open>(&o.till);
    d.count("acquirer_undone");
    Original {
        stage: Stage::Undone,
        credit: Credit::Nothing,
        undo: Some(Undo { by, reason, at, answer: None, day: None }),
        code: Some(ResponseCode::ISSUER_TIMEOUT),
        ..o.clone()
    }
}

/// Takes back what we bore ourselves for a merchant that is not paid after all. Nobody else was asked, so nobody is told.
pub(super) fn unbear(at: Moment, o: &Original, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) -> Original {
    assert!(o.borne && o.undo.is_none() && o.credit == Credit::Held, "only what is borne and held");
    let day = day::count(at, None, o.signed_minor, true, facts, d);
    ledger::post(capture(o, o.answered_at.unwrap_or(o.at), day).undo(at, day), facts, d);
    total(o, -1, facts, d);
    d.count("acquirer_unborne");
    let (reason, answer) = (ResponseCode::OTHER, Some(ResponseCode::APPROVED));
    let undo = Some(Undo { by: By::Case, reason, at, answer, day: None });
    Original { stage: Stage::Undone, credit: Credit::Nothing, undo, ..o.clone() }
}

/// Opens a case once; a second occasion leaves the first as it is.
pub(super) fn case(till: TillKey, ground: Ground, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    open(Case::open(till, ground, at), facts, d);
}

/// The same, of a case that knows more.
pub(super) fn open(case: Case, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let key = (case.till, case.ground as u8);
    if facts.get::<Case>(&key).is_none() {
        d.put(&key, case);
        d.put(&key, OpenCase { till: case.till, ground: case.ground, due: case.due });
        d.count("acquirer_case_opened");
    } else if let Some(before) = facts.get::<Case>(&key)
        && (before.closed.is_none() && before.sign.is_none() && case.sign.is_some())
    {
        // Whoever opened it could not say which way the money goes.
        d.put(&key, Case { minor: case.minor, sign: case.sign, ..*before });
    }
}

/// Later evidence closes a case that is open.
pub(super) fn close(
    till: TillKey,
    ground: Ground,
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    if let Some(open) = facts.get::<Case>(&(till, ground as u8)).filter(|case| case.closed.is_none()) {
        d.put(&(till, ground as u8), Case { closed: Some(at), ..*open });
        d.end::<OpenCase>(&(till, ground as u8));
    }
}

/// Wants what the switch's 0430 points at: DE 37 leads to the exchange, DE 90 must name it.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(rrn) = m.rrn else { return };
    out.ask(Ask::MacGood(a.zak.clone())).row::<Reference, AcquirerRow>(&rrn);
    if let Some(reference) = seen.known::<Reference>(&rrn) {
        out.row::<Exchange, AcquirerRow>(&reference.till);
        out.row::<Case, AcquirerRow>(&(reference.till, Ground::AdviceRefused as u8));
    }
}

/// The switch answered our advice: 00, 12 and 25 complete the undo, 22 and 64 open a case; both end the repeats. Anything
/// else, a bad MAC included, is no answer: the advice goes on.
pub(super) fn decide(a: &Acquirer, at: Moment, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let ignored = |why| {
        let mut d = Decision::nothing();
        d.count(why);
        d
    };
    let (Some(rrn), Some(code), Some(original)) = (m.rrn, m.code, m.original) else {
        return ignored("acquirer_advice_answer_unmatched");
    };
    if facts.told(&Ask::MacGood(a.zak.clone())) != Some(&Told::Yes) {
        return ignored("acquirer_switch_mac_bad");
    }
    let found = facts.get::<Reference>(&rrn).and_then(|reference| facts.get::<Exchange>(&reference.till));
    let Some(Exchange::Original(o)) = found else { return ignored("acquirer_advice_answer_unmatched") };
    let Some(undo) = o.undo.filter(|_| o.switch == original.key) else {
        return ignored("acquirer_advice_answer_unmatched");
    };
    if undo.answer.is_some() {
        return ignored("acquirer_advice_answer_again");
    }
    let refused = [ResponseCode::TOO_LATE, ResponseCode::DIFFERS_FROM_ORIGINAL].contains(&code);
    if !refused
        && ![ResponseCode::APPROVED, ResponseCode::INVALID_TRANSACTION, ResponseCode::NO_ORIGINAL].contains(&code)
    {
        return ignored("acquirer_advice_answer_unclear");
    }
    if refused {
        case(o.till, Ground::AdviceRefused, at, facts, &mut d);
    }
    d.answered(TAG_REVERSAL, &o.switch);
    let closed = Original { undo: Some(Undo { answer: Some(code), day: m.settlement, ..undo }), ..(**o).clone() };
    d.put(&o.till, Exchange::Original(Box::new(closed)));
    d
}
