//! `slips`: the one rule. From the moment a slip record exists, cardholder and merchant have moved exactly its amount; once
//! quiet, nobody has moved anything without one.

use super::Moves;
use super::books::{Books, Wrong};
use slipway_terms::SwitchKey;

/// `offline`: the till sold by itself, so its slip is older than anybody's money.
pub(super) fn judge(exchange: &SwitchKey, moves: &Moves, slip: Option<i64>, offline: bool) -> Option<Wrong> {
    let slip = slip.filter(|_| !offline)?;
    let agree = moves.debit == slip && moves.credit == slip;
    (!agree).then(|| ("slips", format!("{exchange} has a slip of {slip} and moved {moves:?}")))
}

pub(super) fn at_the_end(books: &Books) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (exchange, moves) in books.all_moves() {
        let till = books.till_of(exchange);
        // What is never reversed stands although the till that had the slip is gone.
        let gone = till.is_some_and(|till| books.is_lost(&till)) && books.is_advice(exchange);
        // A step of a dispute has no slip of its own: what it moved it has moved everywhere.
        let gone = gone || books.is_step(exchange);
        let slip = till.and_then(|till| books.slip_amount(&till)).or(moves.amount.filter(|_| gone)).unwrap_or(0);
        if moves.debit != slip || moves.credit != slip || moves.position != slip {
            wrong.push(("slips", format!("once quiet, {exchange} has a slip of {slip} and moved {moves:?}")));
        }
    }
    for (till, exchange) in &books.tills {
        let slip = books.slip_amount(till).unwrap_or(0);
        if exchange.slip.is_some()
            && books.moves_of(till).debit != slip
            && !(books.is_lost(till) && exchange.kind.shape().is_advice())
        {
            wrong.push(("slips", format!("once quiet, {till} has a slip of {slip} and no debit")));
        }
    }
    wrong
}
