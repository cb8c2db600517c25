//! The end of a case that a person has worked: a sale that nobody ever confirmed, because its terminal is dark (rules 7).
//! The slip was shown: the sale stands. It was not: the undo slot is filled and the cardholder's money goes back. It must
//! never act on a case that is not open, and never read a terminal's store: the finding is all it knows.

use super::{Acquirer, AcquirerRow, By, Case, Credit, Exchange, Ground, Original, Stage, advice, named};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Finding, Wants};
use slipway_terms::{Moment, ResponseCode, TillKey};

/// The exchange, its money, its case.
pub(super) fn wants(till: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Exchange, AcquirerRow>(till).row::<Case, AcquirerRow>(&(*till, Ground::Unconfirmed as u8));
    if seen.known::<Exchange>(till).is_some() {
        advice::want_money(till, seen, out);
    }
}

/// Closes the case. Anything but an open case of a held credit changes nothing: a finding that comes twice, or after the
/// terminal came back and confirmed, moves no money.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    till: &TillKey,
    finding: Finding,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let open = facts.get::<Case>(&(*till, Ground::Unconfirmed as u8)).is_some_and(|case| case.closed.is_none());
    // A void whose hold was completed anew cannot be undone: its case stays for somebody who can (rules 7).
    let possible = |o: &Original| finding == Finding::SlipShown || named::can_put_back(o, facts);
    let held = |o: &Original| o.stage == Stage::Approved && o.credit == Credit::Held && possible(o);
    let found = match facts.get::<Exchange>(till) {
        Some(Exchange::Original(o)) if open && held(o) => o,
        _ => {
            d.count("acquirer_finding_without_case");
            return d;
        }
    };
    let settled = match finding {
        Finding::SlipShown => Original { credit: Credit::Confirmed, ..(**found).clone() },
        Finding::NoSlip => advice::undo(a, at, found, By::Case, ResponseCode::OTHER, facts, &mut d),
    };
    advice::close(*till, Ground::Unconfirmed, at, facts, &mut d);
    d.put(till, Exchange::Original(Box::new(settled)));
    d.count("acquirer_case_closed");
    d
}
