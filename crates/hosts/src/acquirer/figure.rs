//! What a finding moves, read off the very decision that carries it out: who lists a case asks for the decision and throws it away, who
//! gives the finding keeps it. Must never reckon anything for itself, or two persons could agree to one figure and another one be posted.

use super::{Acquirer, AcquirerRow, Case, Credit, Exchange, Original, case, evidence};
use crate::cases;
use crate::correction::Correct;
use crate::ledger::{Account, Cause, Posting};
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{CaseMove, CaseMoves, CaseWay, Found, Ground, Moment, Short, TillKey};

/// What the findings of a case have moved, or have asked another house for. Who makes it: the commit of the finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CaseMoved {
    /// Of which exchange.
    pub till: TillKey,
    /// Of which case.
    pub ground: Ground,
    /// Of the first finding.
    pub found: CaseMove,
    /// Of the slip that came after "no slip".
    pub later: Option<CaseMove>,
}

impl CaseMoved {
    /// Of the last finding.
    pub fn last(&self) -> CaseMove {
        self.later.unwrap_or(self.found)
    }
}

/// What this decision on a finding moves, or asks for.
pub(super) fn of(d: &Decision<Acquirer>, o: Option<&Original>) -> CaseMove {
    let rows = || d.puts.iter().map(|(_, row)| row);
    if let Some(posting) =
        rows().find_map(|row| if let AcquirerRow::Posting(posting) = row { Some(posting) } else { None })
    {
        return posted(posting);
    }
    for row in rows() {
        match row {
            AcquirerRow::Correction(asked) if asked.answer.is_none() => {
                let way = match asked.what {
                    Correct::Credit if o.is_some_and(|o| o.switch == asked.original) => CaseWay::AdjustedThere,
                    Correct::Credit => CaseWay::Adjusted,
                    Correct::Debit | Correct::Told => CaseWay::AskedAgain,
                };
                return CaseMove { minor: asked.minor, way };
            }
            AcquirerRow::Exchange(Exchange::Original(refund)) if refund.is_by_house() => {
                return CaseMove { minor: refund.signed_minor, way: CaseWay::Refunded };
            }
            _ => {}
        }
    }
    let proven = |row: &AcquirerRow| match (row, o) {
        (AcquirerRow::Exchange(Exchange::Original(then)), Some(o)) => {
            then.till == o.till && o.credit != Credit::Confirmed && then.credit == Credit::Confirmed
        }
        _ => false,
    };
    match o.filter(|_| rows().any(proven)) {
        Some(o) => CaseMove { minor: o.signed_minor, way: CaseWay::Confirmed },
        None => CaseMove::NOTHING,
    }
}

fn posted(posting: &Posting) -> CaseMove {
    let shop = |account: &Account| matches!(account, Account::MerchantPayable(_));
    let minor = posting.legs.iter().filter(|(account, _)| shop(account)).map(|(_, minor)| -minor).sum();
    let lost = posting.legs.iter().any(|(account, _)| *account == Account::Loss);
    let way = match posting.cause {
        _ if lost => CaseWay::Borne,
        Cause::Undo => CaseWay::Undone,
        _ => CaseWay::Network,
    };
    CaseMove { minor, way }
}

/// What this finding of a case has moved, beside what an earlier one has.
pub(super) fn note(case: &Case, moved: CaseMove, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let key = (case.till, case.ground as u8);
    let before = facts.get::<CaseMoved>(&key).copied();
    let fresh = CaseMoved { till: case.till, ground: case.ground, found: moved, later: None };
    let next = match before.filter(|_| case.later.is_some()) {
        Some(before) => CaseMoved { later: Some(moved), ..before },
        None if case.later.is_some() => CaseMoved { found: CaseMove::NOTHING, later: Some(moved), ..fresh },
        None => fresh,
    };
    d.put(&key, next);
}

/// Wants what each finding of the open cases of this exchange would need; the cases themselves are wanted by whoever asks.
pub(super) fn wants(till: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let cases = seen.range::<Case>(till, evidence::CASES_MAX, false).unwrap_or_default();
    for case in cases.into_iter().filter(|case| case.closed.is_none()) {
        case::wants(&case.key(), seen, out);
    }
}

/// What each finding of this case would move now; of one that is closed nothing moves any more. The caller has wanted [`wants`].
pub(super) fn would(a: &Acquirer, at: Moment, case: &Case, facts: &Facts<'_, Acquirer>) -> CaseMoves {
    let mut moves = CaseMoves::NONE;
    // A case that was opened while the question waited has not been looked up: then it says nothing yet.
    let mut wanted = Wants::default();
    case::wants(&case.key(), facts, &mut wanted);
    if case.closed.is_some() || !wanted.keys.iter().all(|key| facts.sheet.knows(key)) {
        return moves;
    }
    let o = match facts.get::<Exchange>(&case.till) {
        Some(Exchange::Original(o)) => Some(&**o),
        Some(Exchange::Tombstone(_)) | None => None,
    };
    for finding in cases::allowed(case.ground) {
        let found = Found { finding, by: Short::EMPTY, because: Short::EMPTY, at };
        let d = case::decide(a, at, &case.key(), &found, facts);
        let taken = d.puts.iter().any(|(_, row)| matches!(row, AcquirerRow::CaseMoved(_)));
        moves.set(finding, taken.then(|| of(&d, o)));
    }
    moves
}
