//! What the cardholder is told. One id per exchange and kind, in the order debit, decline, refund; a refund is told only
//! where a debit was (rules 9). Queued in the commit of what it tells.

use super::core::Issuer;
use super::record::{Card, Exchange};
use slipway_node::Decision;
use slipway_terms::{Amount, CardTail, Moment, Notice, NoticeKind};

/// The tag in the outbox; the order of one exchange's notices: first what its approval did, then what its undo did.
const fn tag(kind: NoticeKind, gives_back: bool) -> u8 {
    match (kind, gives_back) {
        (NoticeKind::Debit, false) | (NoticeKind::Refund, true) => 1,
        (NoticeKind::Decline, _) => 2,
        (NoticeKind::Refund, false) | (NoticeKind::Debit, true) => 3,
    }
}

fn tell(
    kind: NoticeKind,
    exchange: &Exchange,
    card: CardTail,
    amount: Amount,
    at: Moment,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let notice = Notice { about: exchange.key, kind, card, amount, place: exchange.asked.place, at, available };
    decision.notify(tag(kind, exchange.signed_minor < 0), &exchange.key, notice);
}

/// An approval moved money: the account was debited, or money came back to it.
pub(super) fn approved(exchange: &Exchange, card: &Card, available: i64, decision: &mut Decision<Issuer>) {
    let kind = if exchange.signed_minor < 0 { NoticeKind::Refund } else { NoticeKind::Debit };
    let amount = Amount::fen(exchange.signed_minor.unsigned_abs());
    tell(kind, exchange, card.tail, amount, exchange.at, available, decision);
}

/// A debit was refused; the card is known.
pub(super) fn decline(
    exchange: &Exchange,
    card: &Card,
    amount: Amount,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    tell(NoticeKind::Decline, exchange, card.tail, amount, exchange.at, available, decision);
}

/// What an approval did was undone.
pub(super) fn undone(at: Moment, exchange: &Exchange, amount: Amount, available: i64, decision: &mut Decision<Issuer>) {
    let kind = if exchange.signed_minor < 0 { NoticeKind::Debit } else { NoticeKind::Refund };
    if let Some(card) = exchange.asked.tail {
        tell(kind, exchange, card, amount, at, available, decision);
    }
}
