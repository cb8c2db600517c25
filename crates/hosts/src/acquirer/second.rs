//! Paying again while the first payment is open: which second payment follows which first, as a terminal says or as we see it
//! ourselves; and what both have come to once the second has its slip. It never refuses a payment for that, and it moves money by
//! itself only where the first one has no slip (rules 9).

use super::gate::Seat;
use super::{
    Acquirer, AcquirerRow, AcquirerTimer, Case, Credit, Exchange, Ground, Open, Original, Recent, Stage, Wait, advice,
    case,
};
use alloc::boxed::Box;
use alloc::vec::Vec;
use slipway_node::{Ask, Decision, Facts, Told, Wants};
use slipway_terms::{Amount, CardToken, Kind, Message, Moment, PayAgain, Second, TillKey};

/// Payments of one amount that are remembered for one terminal.
const RECENT_MAX: usize = 4;
/// How long a payment of a terminal without guard is taken for a first one, while it is open: its slip is proven at settlement only.
pub(super) const LINK_MS: i64 = 30 * 60_000;

/// Kinds that take a payment; of these nobody means to make the same one twice.
pub(super) const fn pays(kind: Kind) -> bool {
    matches!(kind, Kind::Sale | Kind::Moto | Kind::OfflineSale)
}

fn original<'a>(till: &TillKey, facts: &'a Facts<'_, Acquirer>) -> Option<&'a Original> {
    match facts.known::<Exchange>(till)? {
        Exchange::Original(o) => Some(o),
        Exchange::Tombstone(_) => None,
    }
}

fn recent_key(till: &TillKey, amount: Option<Amount>) -> (slipway_terms::TerminalId, u64) {
    (till.terminal, amount.map_or(0, Amount::minor))
}

/// The first payment that a request names, or those that it may follow.
pub(super) fn wants(a: &Acquirer, m: &Message, till: &TillKey, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    if !m.kind().is_some_and(pays) {
        return;
    }
    let key = recent_key(till, m.amount);
    out.row::<Recent, AcquirerRow>(&key);
    if let Some(second) = m.private48.as_deref().and_then(|text| Second::read(text, till)) {
        out.row::<Exchange, AcquirerRow>(&second.first);
        return;
    }
    let token = m.card().and_then(|pan| match seen.told(&Ask::Token(a.token, pan)) {
        Some(Told::Token(token)) => Some(*token),
        _ => None,
    });
    for (first, _) in seen.known::<Recent>(&key).map(|recent| &recent.payments[..]).unwrap_or_default().iter().filter(
        // A card that is not known yet may be any of them.
        |(_, of)| token.is_none_or(|token| token == *of),
    ) {
        out.row::<Exchange, AcquirerRow>(first);
    }
}

/// Whether nobody can say yet what becomes of it: at the switch, without a proven slip, or not yet given back.
fn open(o: &Original) -> bool {
    match o.stage {
        Stage::Forwarded => true,
        Stage::Approved => matches!(o.credit, Credit::Unconfirmed | Credit::Held),
        Stage::Undone => o.undo.is_some_and(|undo| undo.answer.is_none()),
        Stage::Declined | Stage::Unsure => false,
    }
}

/// The payment that this one follows. A terminal with a guard is believed: what it did not stop in its own batch is no second one.
fn follows(
    at: Moment,
    m: &Message,
    till: &TillKey,
    seat: &Seat<'_>,
    token: CardToken,
    facts: &Facts<'_, Acquirer>,
) -> Option<Second> {
    let same = |o: &Original| pays(o.kind) && o.token == token && o.amount == m.amount;
    if let Some(named) = m.private48.as_deref().and_then(|text| Second::read(text, till)) {
        // What never came here is not ours to judge; what is another purchase is no first one of this.
        return Some(named).filter(|named| original(&named.first, facts).is_none_or(same));
    }
    let guarded = seat.terminal.device.is_some();
    let could = |o: &&Original| {
        let fresh = at.0 - o.at.0 <= LINK_MS;
        let unguarded = if guarded { o.till.batch != till.batch } else { fresh };
        unguarded && o.till != *till && same(o) && open(o)
    };
    let recent = facts.known::<Recent>(&recent_key(till, m.amount))?;
    let firsts = recent.payments.iter().rev().filter_map(|(first, _)| original(first, facts));
    let first = firsts.filter(could).max_by_key(|o| (o.at, o.till))?;
    Some(Second { first: first.till, reason: None, slip: None })
}

/// A payment that is taken is remembered, and linked to the one that it follows: each names the other in the same commit.
pub(super) fn link(
    at: Moment,
    m: &Message,
    seat: &Seat<'_>,
    taken: &mut Original,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let (till, token) = (taken.till, taken.token);
    if !pays(taken.kind) {
        return;
    }
    let key = recent_key(&till, m.amount);
    let mut payments: Vec<_> = facts.get::<Recent>(&key).map(|recent| recent.payments.clone()).unwrap_or_default();
    payments.push((till, token));
    if payments.len() > RECENT_MAX {
        payments.remove(0);
    }
    d.put(&key, Recent { terminal: key.0, minor: key.1, payments });
    let Some(second) = follows(at, m, &till, seat, token, facts) else { return };
    taken.second = Some(second);
    d.count(if second.reason.is_some() { "acquirer_second_told" } else { "acquirer_second_seen" });
    if let Some(first) = original(&second.first, facts) {
        let mut again = first.again.clone();
        again.push(till);
        d.put(&second.first, Exchange::Original(Box::new(Original { again, ..first.clone() })));
    }
}

/// Wants the other end of a link, and the case that two slips open.
pub(super) fn want_linked(o: &Original, out: &mut Wants) {
    if let Some(second) = o.second {
        out.row::<Exchange, AcquirerRow>(&second.first);
        out.row::<Case, AcquirerRow>(&(second.first, Ground::PaidTwice as u8));
    }
    for next in &o.again {
        out.row::<Exchange, AcquirerRow>(next);
        out.row::<Case, AcquirerRow>(&(o.till, Ground::PaidTwice as u8));
    }
}

/// `o` has its slip now. If it is a second payment whose first has none, the first goes back by itself; if both have one, people
/// are asked whether it was one purchase or two. `with`: those that are proven by the same message. The caller has wanted
/// [`want_linked`].
pub(super) fn has_slip(
    o: &Original,
    with: &[TillKey],
    at: Moment,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let proven = |of: &Original| of.credit == Credit::Confirmed || with.contains(&of.till);
    if let Some((second, first)) = o.second.and_then(|second| Some((second, original(&second.first, facts)?))) {
        match (first.stage, first.credit) {
            (Stage::Approved, _) if proven(first) => both(first, second, at, facts, d),
            // The till that made both says that the first has none, so no slip of it can ever come out.
            (Stage::Approved, Credit::Unconfirmed | Credit::Held) if second.slip == Some(false) => {
                d.put(&first.till, Open { till: first.till, due: at, wait: Wait::Second });
                d.due(at, AcquirerTimer::Second(first.till));
                d.count("acquirer_first_goes_back");
            }
            // At the switch, undone or refused: nothing of it is left to be given back, or its own undo is on its way.
            _ => {}
        }
    }
    for next in o.again.iter().filter_map(|next| original(next, facts)) {
        if let (Stage::Approved, true, Some(second)) = (next.stage, proven(next), next.second) {
            both(o, second, at, facts, d);
        }
    }
}

/// `o` is the merchant's again, by a dispute or because giving it back was refused: whoever paid twice was asked nothing meanwhile.
pub(super) fn stands_again(o: &Original, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let proven = |of: &&Original| of.stage == Stage::Approved && of.credit == Credit::Confirmed;
    if !proven(&o) {
        return;
    }
    for second in o.again.iter().filter_map(|next| original(next, facts)).filter(proven).filter_map(|next| next.second)
    {
        both(o, second, at, facts, d);
    }
}

/// Two slips. Who let the second one go may have said that it is another purchase.
fn both(first: &Original, second: Second, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let returned = first.claim.is_some_and(|claim| claim.kind.shape().sign < 0) || first.refunds.done_minor != 0;
    if second.reason != Some(PayAgain::OtherPurchase) && !returned {
        advice::case(first.till, Ground::PaidTwice, at, facts, d);
    }
}

/// The first one goes back: its till has said that there is no slip of it, and the second one has one.
pub(super) fn goes_back(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) {
    let till = o.till;
    if case::returnable(o, facts) {
        let undone = advice::undo(a, at, o, super::By::Second, slipway_terms::ResponseCode::OTHER, facts, d);
        d.put(&till, Exchange::Original(Box::new(undone)));
        advice::close(till, Ground::Unconfirmed, at, facts, d);
    } else {
        // Something else has it: only a person can end it.
        case::unconfirmed(a, till, at, facts, d);
        d.end::<Open>(&till);
        d.put(&till, Exchange::Original(Box::new(Original { credit: Credit::Held, ..o.clone() })));
    }
}
