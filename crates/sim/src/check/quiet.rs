//! `quiet`: once faults have stopped, nothing is left waiting: no stored reversal, no unanswered advice, no untold notice, no
//! unconfirmed sale, no open case, no exchange without an end.

use super::books::{Books, Wrong};
use crate::cast;
use slipway_terminal::Standing;
use std::collections::BTreeMap;

pub(super) fn judge(books: &Books) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut open: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    // A hold is open for a month, a dispute for months, and that is no fault.
    let waits =
        |(node, table, _): &&(usize, &str, _)| !books.is_lost_node(*node) && !matches!(*table, "hold" | "open dispute");
    for (node, table, _) in books.open.iter().filter(waits) {
        *open.entry((*node, table)).or_default() += 1;
    }
    for ((node, table), rows) in open {
        wrong.push(("quiet", format!("{rows} rows of `{table}` of {} are still open", cast::call_name(node))));
    }
    for (till, asked) in books.denied() {
        wrong.push(("quiet", format!("the late slip of {till} is not booked; asked for: {asked}")));
    }
    for ((till, _), (ground, _)) in books.cases.iter().filter(|(_, (_, open))| *open) {
        wrong.push(("quiet", format!("case {ground:?} of {till} is open")));
    }
    for (till, exchange) in books.tills.iter().filter(|(till, _)| !books.is_lost(till)) {
        let inquiry = exchange.kind == slipway_terms::Kind::Balance;
        let unsure = matches!(
            exchange.standing,
            Standing::Doubtful(_)
                | Standing::FailedReversal(_)
                | Standing::Sent
                | Standing::Stored
                | Standing::InCase(_)
        );
        if unsure && !inquiry {
            wrong.push(("quiet", format!("{till} is still {:?}", exchange.standing)));
        }
        if let Some(code) = exchange.confirmed {
            wrong.push(("quiet", format!("the confirmation of {till} was answered {code}")));
        }
    }
    wrong
}
