//! The confirmation advice (0620, 60.3 = 953): an authenticated word that this exchange is approved and has a slip record.
//! From here on the merchant's credit is payable and no reversal takes it back. It must never confirm what is not captured.

use super::archive;
use super::gate;
use super::under::to_line;
use super::{
    Acquirer, AcquirerRow, Case, Credit, Exchange, Ground, Open, Original, Stage, advice, case, named, second,
};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Line, Wants};
use slipway_terms::{Amount, Message, Moment, ResponseCode, TillKey};

/// 60.3 of a confirmation.
const CONFIRMATION: u16 = 953;

/// Answers to what comes again, or is no confirmation: nothing is kept of it.
const NOT_YET: [ResponseCode; 2] = [ResponseCode::MALFUNCTION, ResponseCode::INVALID_TRANSACTION];

/// The exchange it names and the cases it may open or close.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(till) = m.till_key() else { return };
    gate::wants(m, seen, out);
    archive::wants_of(m, &till, out);
    out.row::<Exchange, AcquirerRow>(&till);
    if let Some(Exchange::Original(o)) = seen.known::<Exchange>(&till) {
        named::want_about(o, seen, out);
        second::want_linked(o, out);
    }
    for ground in [Ground::Unconfirmed, Ground::SlipWithoutSale, Ground::ConfirmationDiffers] {
        out.row::<Case, AcquirerRow>(&(till, ground as u8));
    }
}

/// 00 confirmed, now or before; 25 never seen; 22 undone or refused here; 64 differs; 12 no confirmation at all.
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
    let (code, o) = if m.till60.and_then(|t| t.management) != Some(CONFIRMATION) {
        (ResponseCode::INVALID_TRANSACTION, None)
    } else {
        match facts.get::<Exchange>(&till) {
            None if till.merchant != seat.terminal.merchant => (ResponseCode::INVALID_MERCHANT, None),
            // A slip for what is unknown or undone here: a person must see it, the till stops asking (rules 9).
            None => {
                advice::open(said(till, Ground::SlipWithoutSale, at, m), facts, &mut d);
                (ResponseCode::NO_ORIGINAL, None)
            }
            Some(Exchange::Tombstone(_)) => {
                advice::open(said(till, Ground::SlipWithoutSale, at, m), facts, &mut d);
                (ResponseCode::TOO_LATE, None)
            }
            Some(Exchange::Original(o)) => (confirm(at, o, m, facts, &mut d), Some(o)),
        }
    };
    let mut said = m.answer(code);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.rrn = o.map(|o| o.rrn).or(m.rrn);
    // What its paper says is kept whatever the answer: where we know of no sale, it is the only evidence of one.
    if !NOT_YET.contains(&code) {
        said.private62 = archive::take(a, at, m, &seat, Some(code), facts, &mut d);
    }
    to_line(&mut d, line, said, Some(seat.by.mac()));
    gate::prove(&seat, at, facts, &mut d);
    d
}

/// A case with the amount that the till said; what gives money back with a minus: it is never redone as a sale.
fn said(till: TillKey, ground: Ground, at: Moment, m: &Message) -> Case {
    let sign = case::sign(m);
    let minor = m.amount.map(Amount::signed).map(|minor| if sign == Some(-1) { -minor } else { minor });
    Case { minor, sign, ..Case::open(till, ground, at) }
}

fn confirm(
    at: Moment,
    o: &Original,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
    d: &mut Decision<Acquirer>,
) -> ResponseCode {
    let till = o.till;
    if m.processing != Some(o.processing) || m.amount != o.amount || m.rrn.is_some_and(|rrn| rrn != o.rrn) {
        advice::open(said(till, Ground::ConfirmationDiffers, at, m), facts, d);
        return ResponseCode::DIFFERS_FROM_ORIGINAL;
    }
    match (o.stage, o.credit) {
        (Stage::Approved, Credit::Confirmed) => ResponseCode::APPROVED,
        // Whose merchant the terminal may not name: a person sees the slip.
        (Stage::Approved, Credit::Held) if o.borne => ResponseCode::APPROVED,
        (Stage::Approved, Credit::Unconfirmed | Credit::Held) => {
            d.put(&till, Exchange::Original(Box::new(Original { credit: Credit::Confirmed, ..o.clone() })));
            d.end::<Open>(&till);
            named::sure(o, facts, d);
            advice::close(till, Ground::Unconfirmed, at, facts, d);
            second::has_slip(o, &[], at, facts, d);
            d.count("acquirer_confirmed");
            ResponseCode::APPROVED
        }
        // An inquiry has no slip to confirm.
        (Stage::Approved, Credit::Nothing) => ResponseCode::INVALID_TRANSACTION,
        // A case has put it right; or we have given it back ourselves, and knew of its slip.
        (_, _) if o.redo.is_some() || o.is_given_back() => ResponseCode::APPROVED,
        // No terminal can know an approval that we have not given: doubt, it asks again.
        (Stage::Forwarded, _) => ResponseCode::MALFUNCTION,
        (Stage::Declined | Stage::Unsure | Stage::Undone, _) => {
            advice::case(till, Ground::SlipWithoutSale, at, facts, d);
            ResponseCode::TOO_LATE
        }
    }
}
