//! `slips`: the one rule. From the moment a slip record exists, cardholder and merchant have moved exactly its amount; once
//! quiet, nobody has moved anything without one.

use super::Moves;
use super::books::{Books, Wrong};
use slipway_terms::SwitchKey;

pub(super) fn judge(exchange: &SwitchKey, moves: &Moves, slip: Option<i64>) -> Option<Wrong> {
    let slip = slip?;
    let agree = moves.debit == slip && moves.credit == slip;
    (!agree).then(|| ("slips", format!("{exchange} has a slip of {slip} and moved {moves:?}")))
}

pub(super) fn at_the_end(books: &Books) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for (exchange, moves) in books.all_moves() {
        let slip = books.till_of(exchange).and_then(|till| books.slip_amount(&till)).unwrap_or(0);
        if moves.debit != slip || moves.credit != slip || moves.position != slip {
            wrong.push(("slips", format!("once quiet, {exchange} has a slip of {slip} and moved {moves:?}")));
        }
    }
    for (till, exchange) in &books.tills {
        let slip = books.slip_amount(till).unwrap_or(0);
        if exchange.slip.is_some() && books.moves_of(till).debit != slip {
            wrong.push(("slips", format!("once quiet, {till} has a slip of {slip} and no debit")));
        }
    }
    wrong
}
