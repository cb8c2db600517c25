//! The acquirer takes its clearing file: what the network owed for captured sales is confirmed, exchange by exchange, once; a
//! reversal that appears later takes its part back. Entries that no record here stands behind move nothing and are named in the
//! file's record.

use super::{Acquirer, AcquirerRow, Exchange, Original, Reference};
use crate::day;
use crate::dispute::DisputeMove;
use crate::filed::{self, Filed};
use crate::ledger::{self, Account, Cause, Posting};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use slipway_node::{ClearingPart, Decision, Facts, Wants};
use slipway_terms::{BusinessDate, CardType, ClearingItem, Moment, TillKey};

/// An exchange that has appeared in clearing. Who makes it: the part of a file that has it; never changed but by what came back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Presented {
    /// Which exchange.
    pub till: TillKey,
    /// In the file of which day.
    pub file: BusinessDate,
    /// Debit or credit, as the switch has frozen it: the merchant's discount is reckoned by it.
    pub card: CardType,
    /// What stands confirmed, signed: zero after a reversal. Unit: minor units.
    pub minor: i64,
    /// In which file its reversal came.
    pub back: Option<BusinessDate>,
    /// In which file it came again.
    pub again: Option<BusinessDate>,
}

/// The file and its exchanges: by the reference number, or where the rim has found them.
pub(super) fn wants(part: &ClearingPart, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    filed::wants::<Acquirer>(part, seen, out);
    ledger::want::<AcquirerRow>(&[Account::Network, Account::NetworkReceivable], out);
    for item in &part.items {
        out.row::<Reference, AcquirerRow>(&item.rrn).row::<DisputeMove, AcquirerRow>(&item.exchange);
        for till in tills(item, seen) {
            out.row::<Exchange, AcquirerRow>(&till).row::<Presented, AcquirerRow>(&till);
        }
    }
}

fn tills(item: &ClearingItem, facts: &Facts<'_, Acquirer>) -> impl Iterator<Item = TillKey> {
    let named = facts.known::<Reference>(&item.rrn).map(|reference| reference.till);
    named.into_iter().chain(item.till)
}

/// One part, in one commit.
pub(super) fn decide(a: &Acquirer, at: Moment, part: &ClearingPart, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let filed = match filed::take(a.id, at, part, facts) {
        Ok(Some(filed)) => filed,
        Ok(None) => {
            d.count("clearing.part_again");
            return d;
        }
        Err(refusal) => {
            d.count(refusal.counted());
            return d;
        }
    };
    let date = day::days(at, facts).date;
    let (mut postings, mut met, mut strange) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (place, item) in (part.from..).zip(&part.items) {
        if let Some(moved) = facts.get::<DisputeMove>(&item.exchange) {
            match disputed(item, part.file.day, moved) {
                Some(next) => {
                    let (debit, credit) = (Account::Network, Account::NetworkReceivable);
                    let cleared = (moved.own, Cause::Cleared, moved.rrn);
                    postings.push(Posting::simple(
                        cleared.0,
                        cleared.1,
                        cleared.2,
                        at,
                        date,
                        debit,
                        credit,
                        moved.minor,
                    ));
                    d.put(&moved.own, next);
                }
                None => {
                    strange.push(place);
                    d.count("clearing.strange_entry");
                }
            }
            continue;
        }
        let found = original(item, facts).filter(|o| met.insert(o.till));
        let taken = found.and_then(|o| Some((o, item_of(o, item, part.file.day, facts)?)));
        let Some((o, (cause, presented))) = taken else {
            strange.push(place);
            d.count("clearing.strange_entry");
            continue;
        };
        let (debit, credit) = (Account::Network, Account::NetworkReceivable);
        postings.push(Posting::simple(o.switch, cause, Some(o.rrn), at, date, debit, credit, item.minor));
        d.put(&o.till, presented);
    }
    ledger::post_all(postings, facts, &mut d);
    if filed.done.is_some() {
        d.count("clearing.file_taken");
    }
    let strange = [&filed.strange[..], &strange].concat();
    d.put(&part.file.day, Filed { strange, ..filed });
    d
}

/// The entry of a dispute's step, once. `None`: it does not agree, or has appeared already.
fn disputed(item: &ClearingItem, file: BusinessDate, moved: &DisputeMove) -> Option<DisputeMove> {
    let agrees = !item.later && item.minor == moved.minor && moved.filed.is_none();
    agrees.then_some(DisputeMove { filed: Some(file), ..*moved })
}

/// The exchange by the identity that all have; a reference number or a place that leads elsewhere is nothing.
fn original<'a>(item: &ClearingItem, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    tills(item, facts).find_map(|till| match facts.get::<Exchange>(&till) {
        Some(Exchange::Original(o)) if o.switch == item.exchange => Some(&**o),
        _ => None,
    })
}

/// Why it is posted, and what then stands confirmed; `None`: it does not agree with what is here. Whether the till has undone it
/// meanwhile is no matter: then the receivable is owed back until the reversal appears.
fn item_of(
    o: &Original,
    item: &ClearingItem,
    file: BusinessDate,
    facts: &Facts<'_, Acquirer>,
) -> Option<(Cause, Presented)> {
    let before = facts.get::<Presented>(&o.till);
    let moves = o.kind.shape().moves_money() && item.minor.unsigned_abs() == o.signed_minor.unsigned_abs();
    let same = item.minor == o.signed_minor;
    match before {
        _ if !moves => None,
        None if !item.later && same => {
            let (card, minor) = (item.card, item.minor);
            Some((Cause::Cleared, Presented { till: o.till, file, card, minor, back: None, again: None }))
        }
        // Done and undone between two cuts it was in no file, and what came after is the first that is seen of it: its card type too.
        None if item.later && same && o.redo.is_some() => {
            let (card, minor, again) = (item.card, item.minor, Some(file));
            Some((Cause::ClearedAgain, Presented { till: o.till, file, card, minor, back: None, again }))
        }
        Some(p) if item.later && !same && p.back.is_none() && p.again.is_none() => {
            Some((Cause::ClearedBack, Presented { minor: 0, back: Some(file), ..*p }))
        }
        Some(p) if item.later && same && p.back.is_some() && p.again.is_none() => {
            Some((Cause::ClearedAgain, Presented { minor: item.minor, again: Some(file), ..*p }))
        }
        _ => None,
    }
}
