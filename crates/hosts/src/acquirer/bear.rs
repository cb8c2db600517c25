//! An offline sale that registration, entry or card would refuse. It happened at the till: the merchant is credited once, and
//! the acquirer bears it (rules 3). It must never bear what is no offline sale, or what nobody could say the amount of.

use super::gate::{self, Seat};
use super::request::{self, Taken};
use super::{Acquirer, Ground, Reference, advice, answer};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Line, Told};
use slipway_terms::{
    CardTail, CardToken, Currency, Kind, Message, Moment, ResponseCode, SealedPan, SwitchKey, TillKey,
};

/// Whether a refusal with this code is no refusal: the sale is taken and borne. 96 is doubt, and the till asks again.
pub(super) fn bears(m: &Message, code: ResponseCode) -> bool {
    let amount = m.amount.is_some_and(|sum| sum.minor() > 0 && sum.currency() == Currency::CNY);
    m.kind() == Some(Kind::OfflineSale) && amount && code != ResponseCode::MALFUNCTION
}

/// Takes the sale: capture against our own loss, a case with its ground, 00 to the till, in one commit. The merchant is the one
/// on the slip, which is no more the terminal's own where it was bound anew since.
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
    let sale = taken.original(at, m, till, seat, None);
    advice::close(till, Ground::SlipWithoutSale, at, facts, &mut d);
    advice::case(till, Ground::Borne, at, facts, &mut d);
    answer::borne(a, at, &sale, facts, &mut d);
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
