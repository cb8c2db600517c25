//! A terminal's reversal (0400): we take over its duty and answer at once. Judged against the batch it names, never 77.
//! It must never forward an undo of what was never forwarded, and never take back a confirmed sale.

use super::gate::{self, Seat};
use super::under::to_line;
use super::{
    Acquirer, AcquirerRow, By, Case, Claim, ClaimState, Credit, Exchange, Ground, Original, Stage, Tombstone, advice,
    named, request,
};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Line, Wants};
use slipway_terms::{CardToken, CaseKey, Message, Moment, ResponseCode};

/// The original by its own identity; its money; the cases this may open or close.
pub(super) fn wants(a: &Acquirer, m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(till) = m.till_key() else { return };
    gate::wants(m, seen, out);
    out.row::<Exchange, AcquirerRow>(&till);
    if seen.known::<Exchange>(&till).is_some() {
        advice::want_money(&till, seen, out);
        for ground in [Ground::ReversalOfConfirmed, Ground::ReversalDiffers, Ground::Unconfirmed] {
            out.row::<Case, AcquirerRow>(&(till, ground as u8));
        }
        if let Some(pan) = m.card() {
            out.ask(Ask::Token(a.token, pan));
        }
    }
}

/// Decides on a reversal. The second copy is answered like the first and changes nothing.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let Some(till) = m.till_key() else { return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, None)) };
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let mut d = Decision::nothing();
    match facts.get::<Exchange>(&till) {
        None if till.merchant != seat.terminal.merchant => {
            d = gate::refuse(a, at, line, m, (ResponseCode::INVALID_MERCHANT, Some(seat.by.mac())));
        }
        None => {
            let tombstone = Tombstone { till, at, reason: m.code, amount: m.amount, refused: None, kind: m.kind() };
            d.put(&till, Exchange::Tombstone(tombstone));
            d.count("acquirer_tombstone");
            answer(a, at, line, m, None, ResponseCode::APPROVED, &seat, &mut d);
        }
        Some(Exchange::Tombstone(stone)) => answer(a, stone.at, line, m, None, ResponseCode::APPROVED, &seat, &mut d),
        Some(Exchange::Original(o)) => {
            let code = take_over(a, at, o, m, facts, &mut d);
            answer(a, o.at, line, m, Some(o), code, &seat, &mut d);
        }
    }
    gate::prove(&seat, at, facts, &mut d);
    d
}

/// What the reversal does to its original, by where the original stands.
fn take_over(
    a: &Acquirer,
    at: Moment,
    o: &Original,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> ResponseCode {
    let till = o.till;
    // Without the vault nobody can say whether the card is another: the till asks again.
    let Some(token) = request::token(a, m, facts) else { return ResponseCode::MALFUNCTION };
    if differs(o, m, token) {
        advice::case(till, Ground::ReversalDiffers, at, facts, d);
        return ResponseCode::DIFFERS_FROM_ORIGINAL;
    }
    // Voided: its money went back already, and the slot holds the void. If that is undone too, a case asks what this meant.
    // A dispute is no void: it may still bring the money back to the merchant.
    let voids = |claim: &Claim| claim.state != ClaimState::Asked && claim.kind.shape().sign <= 0;
    if o.claim.is_some_and(|claim| voids(&claim) && !claim.kind.is_disputed()) {
        d.put(&till, Exchange::Original(Box::new(Original { reversed_behind: true, ..o.clone() })));
        return ResponseCode::APPROVED;
    }
    if o.credit == Credit::Confirmed || o.claim.is_some() || !named::can_put_back(o, facts) {
        advice::case(till, Ground::ReversalOfConfirmed, at, facts, d);
        return ResponseCode::TOO_LATE;
    }
    // An advice is never reversed (rules 3): 00 would be a lie about money that moves.
    if o.kind.shape().is_advice() && matches!(o.stage, Stage::Forwarded | Stage::Approved) {
        advice::case(till, Ground::ReversalOfConfirmed, at, facts, d);
        return ResponseCode::TOO_LATE;
    }
    let reversible = o.kind.shape().reversible;
    if reversible && matches!(o.stage, Stage::Forwarded | Stage::Approved) {
        let reason = m.code.unwrap_or(ResponseCode::OTHER);
        let undone = advice::undo(a, at, o, By::Terminal, reason, facts, d);
        d.put(&till, Exchange::Original(Box::new(undone)));
        advice::close(till, Ground::Unconfirmed, at, facts, d);
    }
    // Declined, undone, or the switch's own to undo (rules 4): nothing is left for us to do, and that is what 00 says.
    ResponseCode::APPROVED
}

fn differs(o: &Original, m: &Message, token: Option<CardToken>) -> bool {
    let other_card = token.is_some_and(|token| token != o.token);
    other_card || m.processing != Some(o.processing) || (o.amount.is_some() && m.amount != o.amount)
}

/// The 0410 carries the original's DE 12, 13, 15 and 37 (rules 2), MACed like its request.
fn answer(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    o: Option<&Original>,
    code: ResponseCode,
    seat: &Seat<'_>,
    d: &mut Decision<Acquirer>,
) {
    let mut said = m.answer(code);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.settlement = o.and_then(|o| o.settlement);
    said.rrn = o.map(|o| o.rrn);
    // The till's reversal ends with the number of the case (rules 3).
    let ground = match code {
        ResponseCode::TOO_LATE => Some(Ground::ReversalOfConfirmed),
        ResponseCode::DIFFERS_FROM_ORIGINAL => Some(Ground::ReversalDiffers),
        _ => None,
    };
    let number = ground.and_then(|ground| Some(CaseKey::Till(m.till_key()?, ground).number()));
    said.private62 = number.map(|number| Box::from(number.as_bytes()));
    to_line(d, line, said, Some(seat.by.mac()));
}
