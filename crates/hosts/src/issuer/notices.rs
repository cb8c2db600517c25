//! What the cardholder is told. One id per exchange and kind, in the order debit, decline, refund; a refund is told only
//! where a debit was (rules 9). Queued in the commit of what it tells.

use super::core::Issuer;
use super::record::{Card, Exchange};
use crate::dispute::DisputeMove;
use slipway_node::Decision;
use slipway_terms::{Amount, CardTail, CardToken, Moment, Notice, NoticeKind};

/// The tag in the outbox; the order of one exchange's notices: first what its approval did, then what its undo did.
const fn tag(kind: NoticeKind, gives_back: bool) -> u8 {
    match (kind, gives_back) {
        (NoticeKind::Debit, false) | (NoticeKind::Refund, true) => 1,
        (NoticeKind::Decline, _) => 2,
        (NoticeKind::Refund, false) | (NoticeKind::Debit, true) => 3,
    }
}

/// The tag of a debit that takes a release back: the last word on an exchange.
const RETAKEN: u8 = 4;

/// Whose card: what the exchange's own message named, else what it is about.
fn holder(exchange: &Exchange, first: Option<&Exchange>) -> Option<CardToken> {
    exchange.asked.token.or_else(|| first.and_then(|first| first.asked.token))
}

/// When the purchase was made. Its record tells since when it stands as it does: once it was undone, the time of the undo. The
/// acquirer's own time of sending stays what it was.
fn paid_at(purchase: &Exchange) -> Moment {
    if purchase.undo.is_some() { purchase.key.sent.moment(purchase.at) } else { purchase.at }
}

fn tell(
    kind: NoticeKind,
    exchange: &Exchange,
    first: Option<&Exchange>,
    earlier: Option<Moment>,
    card: CardTail,
    amount: Amount,
    at: Moment,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let (about, transaction, place) = (exchange.key, exchange.kind, exchange.asked.place);
    let holder = holder(exchange, first);
    let notice = Notice { about, kind, transaction, earlier, card, amount, place, at, available, holder };
    decision.notify(tag(kind, exchange.signed_minor < 0), &exchange.key, notice);
}

/// An approval moved money: the account was debited, or money came back to it. `first` is what it is about.
pub(super) fn approved(
    exchange: &Exchange,
    first: Option<&Exchange>,
    card: &Card,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let kind = if exchange.signed_minor < 0 { NoticeKind::Refund } else { NoticeKind::Debit };
    let amount = Amount::fen(exchange.signed_minor.unsigned_abs());
    // A completion or a tip takes what was never given back: it stands for itself, whatever it names.
    let earlier = first.filter(|_| kind == NoticeKind::Refund).map(paid_at);
    tell(kind, exchange, first, earlier, card.tail, amount, exchange.at, available, decision);
}

/// What was released appeared in clearing after all, and is debited again: a debit of its own, after its return.
pub(super) fn retaken(
    at: Moment,
    exchange: &Exchange,
    card: CardTail,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let amount = Amount::fen(exchange.signed_minor.unsigned_abs());
    let (about, transaction, place) = (exchange.key, exchange.kind, exchange.asked.place);
    let (kind, earlier, holder) = (NoticeKind::Debit, Some(paid_at(exchange)), holder(exchange, None));
    let notice = Notice { about, kind, transaction, earlier, card, amount, place, at, available, holder };
    decision.notify(RETAKEN, &exchange.key, notice);
}

/// A step of a dispute moved money: an exchange of its own, about the purchase.
pub(super) fn disputed(
    at: Moment,
    purchase: &Exchange,
    moved: &DisputeMove,
    card: CardTail,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let kind = if moved.minor < 0 { NoticeKind::Refund } else { NoticeKind::Debit };
    let (about, transaction, place) = (moved.own, moved.step.kind(), purchase.asked.place);
    let (earlier, amount) = (Some(paid_at(purchase)), Amount::fen(moved.minor.unsigned_abs()));
    let holder = holder(purchase, None);
    let notice = Notice { about, kind, transaction, earlier, card, amount, place, at, available, holder };
    decision.notify(tag(kind, moved.minor < 0), &moved.own, notice);
}

/// A debit was refused; the card is known.
pub(super) fn decline(
    exchange: &Exchange,
    card: &Card,
    amount: Amount,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    tell(NoticeKind::Decline, exchange, None, None, card.tail, amount, exchange.at, available, decision);
}

/// What an approval did was undone. The phone is told of the purchase that this is about: the undone one itself, or the one
/// whose void (`first` is what that named) did not take place after all.
pub(super) fn undone(
    at: Moment,
    exchange: &Exchange,
    first: Option<&Exchange>,
    amount: Amount,
    available: i64,
    decision: &mut Decision<Issuer>,
) {
    let purchase = if exchange.signed_minor < 0 { first } else { Some(exchange) };
    let kind = if exchange.signed_minor < 0 { NoticeKind::Debit } else { NoticeKind::Refund };
    if let Some(card) = exchange.asked.tail {
        tell(kind, exchange, purchase, purchase.map(paid_at), card, amount, at, available, decision);
    }
}
