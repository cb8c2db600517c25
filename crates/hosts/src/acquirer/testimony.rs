//! What the acquirer says at a desk: its own record of an exchange, masked. It must never say more than it knows: of the
//! cardholder's account it says nothing.

use super::case::{self, MERCHANT_WORKING_DAYS};
use super::{
    Acquirer, AcquirerRow, Case, CaseMoved, ClaimState, Credit, Exchange, OpenCase, Original, Redo, Reference,
    SlipCopy, Stage, figure,
};
use crate::correction::{Correct, Correction};
use crate::dispute::Dispute;
use alloc::vec::Vec;
use slipway_node::{Ask, Decision, Facts, Question, Told, Wants};
use slipway_terms::{
    CardTail, CardToken, CaseKey, CaseMoves, CaseTold, MerchantId, Moment, Party, ResponseCode, Short, Signed, State,
    Taken, TerminalId, Testimony, TillKey,
};

/// Exchanges of one terminal that are looked through for a card.
const COUNTER_ROWS_MAX: u16 = 512;
/// Cases of one exchange: one of each ground.
const CASES_MAX: u16 = 16;
/// Reference numbers that one question by date looks at: they differ in their last two digits.
const HUNDRED: u16 = 100;
/// Testimonies that one counter question brings at most.
const COUNTER_HITS_MAX: usize = 20;

/// The acquirer's state of an exchange, in the words of the verdict: what a finding has put right since counts, and not what was before.
pub fn state(o: &Original) -> State {
    match (o.stage, o.undo) {
        // A later finding made it a sale again, or what its slip says was done after all; while the other house is asked nobody
        // knows.
        _ if o.redo.is_some_and(|redo| redo.open) => State::Open,
        _ if o.redo.is_some_and(|redo| redo.minor == o.signed_minor || o.signed_minor < 0) => State::Approved,
        (Stage::Forwarded, _) => State::Open,
        (Stage::Approved, _) => State::Approved,
        (Stage::Declined, _) => State::Declined,
        // The switch owns the undo of what it was unsure of: nothing is left for us to do.
        (Stage::Unsure, _) => State::Undone,
        (Stage::Undone, Some(undo)) if undo.answer.is_none() => State::WillUndo,
        (Stage::Undone, _) => State::Undone,
    }
}

/// The rows a question needs. By the switch-side identity we keep no index: our own reference number finds it.
pub(super) fn wants(a: &Acquirer, question: &Question, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    match question {
        Question::Till(till) => {
            out.row::<Exchange, AcquirerRow>(till).range::<Case, AcquirerRow>(till, CASES_MAX, false);
            out.range::<CaseMoved, AcquirerRow>(till, CASES_MAX, false);
            figure::wants(till, seen, out);
            want_more(till, seen, out);
        }
        Question::Rrn(rrn) => {
            out.row::<Reference, AcquirerRow>(rrn);
            if let Some(found) = seen.known::<Reference>(rrn) {
                out.row::<Exchange, AcquirerRow>(&found.till).range::<Case, AcquirerRow>(&found.till, CASES_MAX, false);
                out.range::<CaseMoved, AcquirerRow>(&found.till, CASES_MAX, false);
                want_more(&found.till, seen, out);
            }
        }
        Question::Counter { merchant, terminal, card, .. } => {
            out.range::<Exchange, AcquirerRow>(&(*terminal, *merchant), COUNTER_ROWS_MAX, true);
            if let Some(pan) = card {
                out.ask(Ask::Token(a.token, pan.clone()));
            }
        }
        Question::All { rows_max } => {
            // Reference numbers grow with time, identities of terminals do not.
            out.range::<Reference, AcquirerRow>(&(), *rows_max, true);
            for found in seen.range::<Reference>(&(), *rows_max, true).unwrap_or_default() {
                out.row::<Exchange, AcquirerRow>(&found.till);
            }
        }
        Question::Dated { day, hundred: None, .. } => {
            out.range::<Reference, AcquirerRow>(day, 1, false).range::<Reference, AcquirerRow>(day, 1, true);
            for found in ends(*day, seen) {
                out.row::<Exchange, AcquirerRow>(&found.till);
            }
        }
        Question::Dated { day, hundred: Some(hundred), .. } => {
            out.range::<Reference, AcquirerRow>(&(*day, *hundred), HUNDRED, false);
            for found in seen.range::<Reference>(&(*day, *hundred), HUNDRED, false).unwrap_or_default() {
                out.row::<Exchange, AcquirerRow>(&found.till);
            }
        }
        Question::Cases { rows_max } => {
            out.range::<OpenCase, AcquirerRow>(&(), *rows_max, false);
            for open in seen.range::<OpenCase>(&(), *rows_max, false).unwrap_or_default() {
                out.row::<Exchange, AcquirerRow>(&open.till).range::<Case, AcquirerRow>(&open.till, CASES_MAX, false);
                out.range::<CaseMoved, AcquirerRow>(&open.till, CASES_MAX, false);
                case::wants(&CaseKey::Till(open.till, open.ground), seen, out);
                figure::wants(&open.till, seen, out);
            }
        }
        Question::Switch(_) => {}
    }
}

/// Its dispute, and what was handed in about its slip.
fn want_more(till: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<SlipCopy, AcquirerRow>(till);
    if let Some(Exchange::Original(o)) = seen.known::<Exchange>(till) {
        out.row::<Dispute, AcquirerRow>(&o.switch).row::<Correction, AcquirerRow>(&(o.switch, Correct::Debit as u8));
    }
}

/// Whether we pay the merchant out of our own pocket: what nobody else bears (rules 3), and what was asked for again by its slip and
/// refused (rules 7).
fn bears(o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let asked = || facts.known::<Correction>(&(o.switch, Correct::Debit as u8)).and_then(|asked| asked.answer);
    let refused = |redo: Redo| !redo.open && asked().is_some_and(|code| code != ResponseCode::APPROVED);
    state(o) == State::Approved && (o.borne || o.redo.is_some_and(refused))
}

/// The first and the last reference number of a day.
fn ends<'a>(day: Short<4>, facts: &'a Facts<'_, Acquirer>) -> Vec<&'a Reference> {
    let end = |newest_first| facts.range::<Reference>(&day, 1, newest_first).unwrap_or_default();
    let mut ends = end(false);
    ends.extend(end(true));
    ends
}

/// Answers a desk.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    ticket: u64,
    question: &Question,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let found: Vec<Testimony> = match question {
        Question::Till(till) => of(a, till, Some(at), facts).into_iter().collect(),
        Question::Rrn(rrn) => {
            facts.get::<Reference>(rrn).and_then(|found| of(a, &found.till, None, facts)).into_iter().collect()
        }
        Question::Counter { merchant, terminal, card, tail } => {
            let token = card.as_ref().map(|pan| match facts.told(&Ask::Token(a.token, pan.clone())) {
                Some(Told::Token(token)) => Some(*token),
                _ => None,
            });
            match token {
                Some(None) => Vec::new(),
                token => at_counter(a, *terminal, *merchant, token.flatten(), *tail, facts),
            }
        }
        Question::All { rows_max } => facts
            .range::<Reference>(&(), *rows_max, true)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|found| of(a, &found.till, None, facts))
            .collect(),
        Question::Dated { day, hundred: None, .. } => {
            ends(*day, facts).into_iter().filter_map(|found| of(a, &found.till, None, facts)).collect()
        }
        Question::Dated { day, hundred: Some(hundred), amount, last4 } => {
            let fits = |t: &Testimony| t.amount == Some(*amount) && t.card.is_some_and(|card| card.last4 == *last4);
            let rows = facts.range::<Reference>(&(*day, *hundred), HUNDRED, false).unwrap_or_default();
            rows.into_iter().filter_map(|found| of(a, &found.till, None, facts)).filter(fits).collect()
        }
        Question::Cases { rows_max } => {
            let mut tills: Vec<TillKey> = Vec::new();
            let open = facts.range::<OpenCase>(&(), *rows_max, false).unwrap_or_default();
            tills.extend(open.into_iter().map(|open| open.till));
            // In the order of their keys, so those of one exchange stand together.
            tills.dedup();
            tills.iter().filter_map(|till| of(a, till, Some(at), facts)).collect()
        }
        Question::Switch(_) => Vec::new(),
    };
    let mut d = Decision::nothing();
    d.testify(ticket, found);
    d
}

fn at_counter(
    a: &Acquirer,
    terminal: TerminalId,
    merchant: MerchantId,
    token: Option<CardToken>,
    tail: Option<CardTail>,
    facts: &Facts<'_, Acquirer>,
) -> Vec<Testimony> {
    let rows = facts.range::<Exchange>(&(terminal, merchant), COUNTER_ROWS_MAX, true).unwrap_or_default();
    let fits = |o: &Original| {
        token.is_none_or(|token| o.token == token)
            && tail.is_none_or(|t| (o.tail.first6, o.tail.last4) == (t.first6, t.last4))
    };
    rows.into_iter()
        .filter_map(|row| match row {
            Exchange::Original(o) if fits(o) => Some(testify(a, o)),
            _ => None,
        })
        .take(COUNTER_HITS_MAX)
        .collect()
}

/// With `now`: what each finding would move then, whose rows were wanted.
fn of(a: &Acquirer, till: &TillKey, now: Option<Moment>, facts: &Facts<'_, Acquirer>) -> Option<Testimony> {
    let rows = facts.range::<Case>(till, CASES_MAX, false).unwrap_or_default();
    let moved = |case: &Case| facts.known::<CaseMoved>(&(case.till, case.ground as u8)).map(CaseMoved::last);
    let told = |case: &Case| CaseTold {
        moves: now.map_or(CaseMoves::NONE, |now| figure::would(a, now, case, facts)),
        moved: moved(case),
        ..case.told()
    };
    let cases: Vec<CaseTold> = rows.into_iter().map(told).collect();
    let seen = match facts.get::<Exchange>(till) {
        Some(Exchange::Original(o)) => {
            let signed = facts.known::<SlipCopy>(till).and_then(|copy| copy.signed);
            Testimony {
                dispute: facts.known::<Dispute>(&o.switch).map(Dispute::told),
                signed: signed.map(|(signed, _)| signed == Signed::Fits),
                borne: bears(o, facts),
                ..testify(a, o)
            }
        }
        None if cases.is_empty() => return None,
        None => Testimony {
            till: Some(*till),
            ..Testimony::bare(Party::Acquirer, Short::cut(a.id.as_str()), State::NoRecord)
        },
        Some(Exchange::Tombstone(stone)) => Testimony {
            at: Some(stone.at),
            code: stone.refused.or(stone.reason),
            till: Some(stone.till),
            amount: stone.amount,
            kind: stone.kind,
            ..Testimony::bare(
                Party::Acquirer,
                Short::cut(a.id.as_str()),
                if stone.refused.is_some() { State::Declined } else { State::Tombstone },
            )
        },
    };
    Some(Testimony { cases, ..seen })
}

fn testify(a: &Acquirer, o: &Original) -> Testimony {
    let since = o.undo.map(|undo| undo.at).or(o.answered_at).unwrap_or(o.at);
    let approved = state(o) == State::Approved;
    // The merchant is asked at the limit, and has his working days from then on (rules 7).
    let waits = approved && o.credit == Credit::Unconfirmed && o.signed_minor != 0;
    let asks = o.answered_at.filter(|_| waits).map(|at| at.plus_ms(a.times.unconfirmed_ms));
    let due = match o.stage {
        Stage::Forwarded => Some(o.at.plus_ms(a.times.acquirer_ms)),
        _ => asks.map(|at| a.working.end(at, MERCHANT_WORKING_DAYS)),
    };
    Testimony {
        asks,
        at: Some(since),
        code: o.code.filter(|_| !approved),
        slip: o.credit == Credit::Confirmed || o.redo.is_some(),
        till: Some(o.till),
        switch: Some(o.switch),
        rrn: Some(o.rrn),
        card: Some(o.tail),
        amount: o.amount,
        kind: Some(o.kind),
        signed_minor: Some(o.signed_minor),
        about: o.about.map(|about| about.till),
        taken_by: o.claim.map(|claim| Taken { by: claim.by, kind: claim.kind, sure: claim.state == ClaimState::Sure }),
        refunded_minor: o.refunds.done_minor,
        second_of: o.second,
        paid_again: o.again.clone(),
        due,
        ..Testimony::bare(Party::Acquirer, Short::cut(a.id.as_str()), state(o))
    }
}
