//! What evidence of a slip the acquirer has (rules 9). The one place that says so: another kind of evidence is one more line here. A
//! host's own record that it approved is none: it never says that paper, or a record to print it from, exists.

use super::archive::{self, SlipCopy};
use super::{Acquirer, AcquirerRow, By, Case, Credit, Detail, Ground, Original};
use crate::dispute::Evidence;
use alloc::vec::Vec;
use slipway_node::{Facts, Wants};
use slipway_terms::{Finding, Moment, Proof, Short, TillKey};

/// Cases of one exchange: one of each ground.
pub(super) const CASES_MAX: u16 = 16;

/// Where evidence may stand.
pub(super) fn wants(till: &TillKey, out: &mut Wants) {
    out.row::<Detail, AcquirerRow>(&(till.terminal, till.batch, till.stan));
    out.row::<SlipCopy, AcquirerRow>(till).range::<Case, AcquirerRow>(till, CASES_MAX, false);
}

/// Whether its till, or whoever was asked, has said since that there is no slip: then its confirmation says nothing any more.
pub(super) fn is_denied(o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let cases = facts.range::<Case>(&o.till, CASES_MAX, false).unwrap_or_default();
    let reversed = cases.into_iter().find(|case| case.ground == Ground::ReversalOfConfirmed);
    let asked = reversed.is_some_and(|case| match case.later.or(case.found) {
        None => case.closed.is_none(),
        Some(found) => found.finding == Finding::NoSlip,
    });
    o.reversed_behind || asked
}

/// Whether any of it says that there is a slip.
pub(super) fn proves(all: &[Evidence], o: &Original, facts: &Facts<'_, Acquirer>) -> bool {
    let denied = is_denied(o, facts);
    all.iter().any(|one| match one.proof {
        Proof::NoSlip => false,
        Proof::Confirmed => !denied,
        Proof::Uploaded | Proof::Archived | Proof::Merchant => true,
    })
}

/// All evidence there is, weakest first.
pub(super) fn found(o: &Original, facts: &Facts<'_, Acquirer>) -> Vec<Evidence> {
    let at = o.answered_at.unwrap_or(o.at);
    let bare = |proof: Proof, at: Moment| Evidence { proof, at, by: Short::EMPTY, note: Short::EMPTY, file: None };
    let mut all = Vec::new();
    // Its reversal, under its key, is the terminal's word that none came out.
    all.extend(o.undo.filter(|undo| undo.by == By::Terminal).map(|undo| bare(Proof::NoSlip, undo.at)));
    let denied = is_denied(o, facts);
    all.extend(denied.then(|| bare(Proof::NoSlip, at)));
    let line = facts.get::<Detail>(&(o.till.terminal, o.till.batch, o.till.stan)).filter(|line| line.proven);
    all.extend(line.filter(|line| line.till == o.till).map(|line| bare(Proof::Uploaded, line.at)));
    all.extend((o.credit == Credit::Confirmed && !denied).then(|| bare(Proof::Confirmed, at)));
    if let archive::Evidence::Copy(copy) = archive::evidence(None, facts.get::<SlipCopy>(&o.till)) {
        all.push(bare(Proof::Archived, copy.at));
    }
    let cases = facts.range::<Case>(&o.till, CASES_MAX, false).unwrap_or_default();
    let shown = cases.into_iter().filter_map(|case| case.later.or(case.found));
    let shown = shown.filter(|found| found.finding == Finding::SlipShown);
    all.extend(shown.map(|found| Evidence {
        proof: Proof::Merchant,
        at: found.at,
        by: found.by,
        note: found.because,
        file: None,
    }));
    all
}

/// Whether a case of this exchange is open: then nobody knows yet whether it stands.
pub(super) fn is_worked(till: &TillKey, facts: &Facts<'_, Acquirer>) -> bool {
    let cases = facts.range::<Case>(till, CASES_MAX, false).unwrap_or_default();
    cases.into_iter().any(|case| case.closed.is_none())
}
