//! A repair from reconciliation: a command to the house that owns the account. It takes the undo or redo slot of the original with its
//! posting and its advice in one commit, and leaves a record under the number of the difference, so that two operators, or one who asks
//! twice, move money once. It must never act on another amount, on a slip that stands, or on an exchange whose own undo is still on
//! its way.

use super::{
    Acquirer, AcquirerRow, By, Case, Credit, Exchange, Ground, Original, Redo, Reference, Stage, advice, case,
};
use crate::day;
use crate::ledger::{self, Account, Cause, Posting};
use alloc::boxed::Box;
use serde::{Deserialize, Serialize};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Mend, Moment, Repair, ResponseCode, TillKey};

/// A repair that was carried out, or that found everything put right already. Never changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Repaired {
    /// What was asked for.
    pub repair: Repair,
    /// Of which exchange.
    pub till: TillKey,
    /// When.
    pub at: Moment,
    /// What it moved for the merchant, signed; zero if the slot was full before. Unit: minor units.
    pub minor: i64,
}

/// The cases that a repair may end.
const GROUNDS: [Ground; 3] = [Ground::Unconfirmed, Ground::SlipWithoutSale, Ground::AdviceRefused];

/// What stands under the number, the exchange, its money, its cases.
pub(super) fn wants(repair: &Repair, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    out.row::<Repaired, AcquirerRow>(&repair.number).row::<Reference, AcquirerRow>(&repair.rrn);
    let Some(Reference { till }) = seen.known::<Reference>(&repair.rrn) else { return };
    out.row::<Exchange, AcquirerRow>(till);
    for ground in GROUNDS {
        out.row::<Case, AcquirerRow>(&(*till, ground as u8));
    }
    advice::want_money(till, seen, out);
}

/// Carries a repair out, once. What cannot be is counted and leaves no record: it may be possible later.
pub(super) fn decide(a: &Acquirer, at: Moment, repair: &Repair, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.get::<Repaired>(&repair.number).is_some() {
        d.count("acquirer_repair_again");
        return d;
    }
    let found = facts.get::<Reference>(&repair.rrn).and_then(|reference| facts.get::<Exchange>(&reference.till));
    let Some(Exchange::Original(o)) = found else {
        d.count("acquirer_repair_without_exchange");
        return d;
    };
    let full = match repair.mend {
        Mend::Reverse => o.undo.is_some(),
        Mend::Credit => o.redo.is_some(),
    };
    let moved = match repair.mend {
        _ if full => Some(0),
        Mend::Reverse => reverse(a, at, o, repair, facts, &mut d),
        Mend::Credit => credit(at, o, repair, facts, &mut d),
    };
    let Some(minor) = moved else {
        d.count("acquirer_repair_impossible");
        return d;
    };
    d.count(if full { "acquirer_repair_stands" } else { "acquirer_repaired" });
    d.put(&repair.number, Repaired { repair: *repair, till: o.till, at, minor });
    d
}

/// The undo slot: the credit goes back, and the advice goes to the switch, which may have what its file has not.
fn reverse(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    repair: &Repair,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<i64> {
    let unproven = matches!(o.credit, Credit::Unconfirmed | Credit::Held);
    let same = o.signed_minor.abs() == repair.minor;
    if o.stage != Stage::Approved || !unproven || !same || !case::returnable(o, facts) {
        return None;
    }
    let undone = advice::undo(a, at, o, By::Repair, ResponseCode::OTHER, facts, d);
    d.put(&o.till, Exchange::Original(Box::new(undone)));
    advice::close(o.till, Ground::Unconfirmed, at, facts, d);
    Some(-o.signed_minor)
}

/// The redo slot: the network has it in its file, so it owes what the merchant is credited with.
fn credit(
    at: Moment,
    o: &Original,
    repair: &Repair,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> Option<i64> {
    let not_here = matches!(o.stage, Stage::Undone | Stage::Declined | Stage::Unsure);
    // While the undo is on its way it decides: what is credited now would be gone at the network with the next answer.
    let under_way = o.undo.is_some_and(|undo| undo.answer.is_none());
    if !not_here || under_way || o.signed_minor <= 0 || o.signed_minor != repair.minor {
        return None;
    }
    let payable = Account::MerchantPayable(o.till.merchant);
    let day = day::count(at, None, o.signed_minor, false, facts, d);
    let owed = Account::NetworkReceivable;
    let posting = Posting::simple(o.switch, Cause::Redo, Some(o.rrn), at, day, owed, payable, o.signed_minor);
    ledger::post(posting, facts, d);
    let redo = Some(Redo { at, minor: o.signed_minor, open: false });
    d.put(&o.till, Exchange::Original(Box::new(Original { redo, ..o.clone() })));
    for ground in [Ground::SlipWithoutSale, Ground::AdviceRefused] {
        advice::close(o.till, ground, at, facts, d);
    }
    Some(o.signed_minor)
}
