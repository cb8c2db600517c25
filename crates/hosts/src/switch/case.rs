//! A case of the switch: an undo that it owns was refused by the issuer, so its positions and the issuer's books tell two
//! stories. Opened with the answer that ended the advice, closed once by what a person found (see [`crate::cases`]). It must
//! never move a position but by the redo slot.

use super::core::Switch;
use super::record::SwitchRow;
use super::record::{Case, Exchange, OpenCase, Stage};
use super::{correct, position};
use crate::cases::{self, Effect};
use crate::correction::{Correct, Correction};
use crate::day;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{
    CaseKey, CaseMove, CaseMoves, CaseTold, CaseWay, Finding, Found, Ground, Moment, Outcome, ResponseCode, Short,
    SwitchKey,
};

/// The issuer will not undo. 12 and 25, "never known here", are true of what it never approved.
pub(super) fn refused(
    at: Moment,
    exchange: &Exchange,
    code: ResponseCode,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let said = exchange.given.as_ref().map(|given| given.code).into_iter().chain(exchange.late);
    let approved = said.map(ResponseCode::outcome).any(|outcome| outcome == Outcome::Approved);
    let unknown = [ResponseCode::INVALID_TRANSACTION, ResponseCode::NO_ORIGINAL].contains(&code);
    if (unknown && !approved) || facts.get::<Case>(&exchange.key).is_some() {
        return;
    }
    let (key, minor) = (exchange.key, if gave_back(exchange) { exchange.signed_minor } else { 0 });
    decision.put(&key, Case { key, ground: Ground::UndoRefused, at, code, minor, closed: None, found: None });
    decision.put(&key, OpenCase { key });
    decision.count("switch.case_opened");
}

/// Whether the undo took a position back: the acquirer had been told an approval.
fn gave_back(exchange: &Exchange) -> bool {
    let told = exchange.given.as_ref().map(|given| given.code.outcome());
    exchange.stage == Stage::Undone && exchange.asked.moves_money() && told == Some(Outcome::Approved)
}

/// Whether a correction of this exchange is on its way.
fn waits(key: &SwitchKey, facts: &Facts<'_, Switch>) -> bool {
    let asked = |what: Correct| facts.get::<Correction>(&(*key, what as u8));
    [Correct::Credit, Correct::Told].into_iter().filter_map(asked).any(|correction| correction.answer.is_none())
}

/// The case, its exchange, the positions that a finding may move, and what was corrected.
pub(super) fn wants(key: &CaseKey, seen: &Facts<'_, Switch>, out: &mut Wants) {
    let CaseKey::Switch(key, _) = key else { return };
    day::want::<Switch>(out);
    correct::want_original(key, seen, out);
}

/// Closes an open case. A finding for none, one that is not allowed, and one that comes twice, change nothing.
pub(super) fn decide(
    me: &Switch,
    at: Moment,
    key: &CaseKey,
    found: &Found,
    facts: &Facts<'_, Switch>,
    decision: &mut Decision<Switch>,
) {
    let CaseKey::Switch(key, ground) = key else { return decision.count("switch.finding_without_case") };
    let open = facts.get::<Case>(key).filter(|case| case.closed.is_none() && case.ground == *ground);
    let (Some(case), Some(exchange)) = (open, facts.get::<Exchange>(key)) else {
        return decision.count("switch.finding_without_case");
    };
    match cases::effect(*ground, found.finding) {
        None => return decision.count("switch.finding_not_allowed"),
        // Under way: the answer of the other house ends it.
        Some(_) if waits(key, facts) => return decision.count("switch.finding_impossible"),
        // The sale stands at the issuer: what it owes is owed again, and the acquirer is told, whose merchant it is.
        Some(Effect::RedoThere) if gave_back(exchange) && exchange.redo.is_none() => {
            position::redo(day::days(at, facts).date, at, exchange, facts, decision);
            decision.put(key, Exchange { redo: Some(at), ..exchange.clone() });
            if correct::own(me, at, Correct::Told, exchange, *ground, facts, decision) {
                return decision.put(key, Case { found: Some(Found { at, ..*found }), ..*case });
            }
        }
        // No slip, and the issuer would not undo it: what cannot go on line any more is a credit adjustment (rules 5).
        Some(Effect::GiveThere) => {
            let whole = exchange.redo.is_none() && exchange.stage == Stage::Undone;
            if whole && correct::own(me, at, Correct::Credit, exchange, *ground, facts, decision) {
                return decision.put(key, Case { found: Some(Found { at, ..*found }), ..*case });
            }
            return decision.count("switch.finding_impossible");
        }
        Some(_) => {}
    }
    decision.put(key, Case { closed: Some(at), found: Some(Found { at, ..*found }), ..*case });
    decision.end::<OpenCase>(key);
    decision.count("switch.case_closed");
}

/// A case with what each finding of it would move, read off the very decision; the caller has wanted [`wants`].
pub(super) fn told(me: &Switch, case: &Case, exchange: &Exchange, facts: &Facts<'_, Switch>) -> CaseTold {
    let mut moves = CaseMoves::NONE;
    let key = CaseKey::Switch(case.key, case.ground);
    // A case that was opened while the question waited has not been looked up: then it says nothing yet.
    let mut wanted = Wants::default();
    wants(&key, facts, &mut wanted);
    let open = case.closed.is_none() && wanted.keys.iter().all(|key| facts.sheet.knows(key));
    for finding in cases::allowed(case.ground).filter(|_| open) {
        let (by, because, at) = (Short::EMPTY, Short::EMPTY, case.at);
        let mut decision = Decision::nothing();
        decide(me, at, &key, &Found { finding, by, because, at }, facts, &mut decision);
        let taken = !decision.puts.is_empty();
        moves.set(finding, taken.then(|| moved(&decision, exchange)));
    }
    CaseTold { moves, moved: case.found.map(|found| has_moved(case, exchange, found.finding)), ..case.told() }
}

/// What a decision on a finding moves here, or asks the issuer for.
fn moved(decision: &Decision<Switch>, exchange: &Exchange) -> CaseMove {
    let asked = decision.puts.iter().find_map(|(_, row)| match row {
        SwitchRow::Correction(asked) if asked.what == Correct::Credit => Some(asked.minor),
        _ => None,
    });
    let again = decision.puts.iter().any(|(_, row)| match row {
        SwitchRow::Exchange(then) => then.redo.is_some() && exchange.redo.is_none(),
        _ => false,
    });
    match asked {
        Some(minor) => CaseMove { minor, way: CaseWay::AdjustedThere },
        None if again => CaseMove { minor: exchange.signed_minor, way: CaseWay::Network },
        None => CaseMove::NOTHING,
    }
}

/// What the finding on record has moved: the redo slot says whether it was the first.
fn has_moved(case: &Case, exchange: &Exchange, finding: Finding) -> CaseMove {
    let of = |minor: i64, way: CaseWay| if minor == 0 { CaseMove::NOTHING } else { CaseMove { minor, way } };
    match cases::effect(case.ground, finding) {
        Some(Effect::RedoThere) if exchange.redo.is_some() => of(case.minor, CaseWay::Network),
        Some(Effect::GiveThere) => of(-exchange.signed_minor, CaseWay::AdjustedThere),
        _ => CaseMove::NOTHING,
    }
}
