//! What the cardholder is told. One id per exchange and kind, in the order debit, decline, refund; a refund is told only
//! where a debit was (rules 9). Queued in the commit of what it tells.

use super::core::Issuer;
use super::record::{Card, Exchange};
use slipway_node::Decision;
use slipway_terms::{Amount, CardTail, Moment, Notice, NoticeKind};

/// The tag in the outbox; the order of one exchange's notices.
const fn tag(kind: NoticeKind) -> u8 {
    match kind {
        NoticeKind::Debit => 1,
        NoticeKind::Decline => 2,
        NoticeKind::Refund => 3,
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
    decision.notify(tag(kind), &exchange.key, notice);
}

/// The account was debited.
pub(super) fn debit(exchange: &Exchange, card: &Card, amount: Amount, available: i64, decision: &mut Decision<Issuer>) {
    tell(NoticeKind::Debit, exchange, card.tail, amount, exchange.at, available, decision);
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

/// A debit told before went back.
pub(super) fn refund(at: Moment, exchange: &Exchange, amount: Amount, available: i64, decision: &mut Decision<Issuer>) {
    if let Some(card) = exchange.asked.tail {
        tell(NoticeKind::Refund, exchange, card, amount, at, available, decision);
    }
}
