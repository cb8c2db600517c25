//! An offline sale that registration, entry or card would refuse. It happened at the till: the merchant is credited once, and
//! the acquirer bears it (rules 3). It must never bear what is no offline sale, or what nobody could say the amount of.

use super::gate::{self, Seat};
use super::request::{self, Taken};
use super::{Acquirer, AcquirerRow, Credit, Exchange, Ground, Original, Reference, Terminal, advice, answer, takeover};
use crate::ledger::{self, Account};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Line, Told, Wants};
use slipway_terms::{
    CardTail, CardToken, Currency, Kind, Message, Moment, ResponseCode, SealedPan, SwitchKey, TillKey,
};

/// Exchanges of a terminal under another merchant, looked through for one that was sold.
const SOLD_ROWS_MAX: u16 = 64;

/// Whether a refusal with this code is no refusal: the sale is taken and borne. 96 is doubt, and the till asks again.
pub(super) fn bears(m: &Message, code: ResponseCode) -> bool {
    let amount = m.amount.is_some_and(|sum| sum.minor() > 0 && sum.currency() == Currency::CNY);
    m.kind() == Some(Kind::OfflineSale) && amount && code != ResponseCode::MALFUNCTION
}

/// Of a merchant that is not the terminal's own: whether it ever was.
pub(super) fn wants(till: &TillKey, terminal: &Terminal, out: &mut Wants) {
    if till.merchant != terminal.merchant {
        out.range::<Exchange, AcquirerRow>(&(till.terminal, till.merchant), SOLD_ROWS_MAX, true);
        ledger::want::<AcquirerRow>(&[Account::MerchantPayable(terminal.merchant)], out);
    }
}

/// Whether the merchant on the slip is the terminal's own, or was: then it has sold by it before. DE 42 alone would let a
/// terminal pay whom it likes (rules 11).
fn is_bound(till: &TillKey, terminal: &Terminal, facts: &Facts<'_, Acquirer>) -> bool {
    let sold = || facts.range::<Exchange>(&(till.terminal, till.merchant), SOLD_ROWS_MAX, true).unwrap_or_default();
    till.merchant == terminal.merchant
        || sold().iter().any(|row| matches!(row, Exchange::Original(o) if !o.borne || o.redo.is_some()))
}

/// Takes the sale: capture against our own loss, a case with its ground, 00 to the till, in one commit. The merchant is the one
/// on the slip, which is no more the terminal's own where it was bound anew since. One that never was is never paid: the money is for the
/// terminal's merchant of record, and not before a person has seen the slip.
pub(super) fn bear(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    till: TillKey,
    seat: &Seat<'_>,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let (Some(processing), Some(till60)) = (m.processing, m.till60) else {
        return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, Some(seat.by.mac())));
    };
    let Some(card) = card(a, m, facts) else {
        return gate::refuse(a, at, line, m, (ResponseCode::MALFUNCTION, Some(seat.by.mac())));
    };
    let mut counters = gate::counters(facts);
    let rrn = counters.next_rrn(at.date());
    let switch = SwitchKey { acquirer: a.id(), forwarder: a.id(), sent: at.sent_at(), stan: counters.next_stan() };
    let taken = Taken { kind: Kind::OfflineSale, processing, till60, switch, rrn, line, card };
    let bound = is_bound(&till, seat.terminal, facts);
    let payee = (!bound).then_some(seat.terminal.merchant);
    let sale = Original { payee, ..taken.original(at, m, till, seat.by.under(), None) };
    advice::close(till, Ground::SlipWithoutSale, at, facts, &mut d);
    // Paid by a case before: a person has seen the slip, and nobody needs to see it again.
    let seen = takeover::paid(&till, facts).is_some();
    if !seen {
        advice::case(till, Ground::Borne, at, facts, &mut d);
    }
    let credit = if seen || bound { Credit::Confirmed } else { Credit::Held };
    answer::borne(a, at, &sale, credit, facts, &mut d);
    d.put(&(), counters);
    d.put(&rrn, Reference { till });
    d.count("acquirer_offline_sale_not_refused");
    d
}

/// The card as far as the upload names one: a sale that names none is "unsigned by the card", and all the same a sale. `None`
/// while the vault cannot say.
fn card(a: &Acquirer, m: &Message, facts: &Facts<'_, Acquirer>) -> Option<(CardToken, SealedPan, CardTail, bool)> {
    let Some(pan) = m.card() else {
        return Some((CardToken([0; 16]), SealedPan(Box::from([])), CardTail { first6: 0, last4: 0, len: 0 }, false));
    };
    let token = request::token(a, m, facts)??;
    match facts.told(&Ask::Seal(a.seal, pan.clone())) {
        Some(Told::Sealed(card)) => Some((token, card.clone(), pan.tail(), true)),
        _ => None,
    }
}
