//! A row as one decision leaves it so far. Two undos in one commit change the same balances: the second must see what the
//! first has put, or it would forget it.

use slipway_node::{Decision, Facts, Node, Record};

/// The row that this decision has put last under the key; else as it was found.
pub(crate) fn standing<'a, R: Record<N::Row>, N: Node>(
    key: &R::Key,
    facts: &'a Facts<'_, N>,
    decision: &'a Decision<N>,
) -> Option<&'a R> {
    let at = R::key(key);
    let put = decision.puts.iter().rev().find(|(key, _)| *key == at).and_then(|(_, row)| R::peel(row));
    put.or_else(|| facts.get::<R>(key))
}
