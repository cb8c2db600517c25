//! A till that does not settle: after a day, counted from the first money in its batch, we close the batch by ourselves and tell the
//! till when it signs on next (rules 9). Money never waits for it: what is captured is owed by its day, whatever the till does.
//! What the till brings later of that batch is judged like any settlement, line by line and only once.

use super::registry::next_batch;
use super::{Acquirer, AcquirerRow, AcquirerTimer, Batch, ClosedByUs, Closing, Original, Terminal, Unsettled};
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{BatchNo, Moment, Shut, TerminalId};

/// The clock of a batch begins with the first money in it. The caller has captured, and wants what an undo wants.
pub(super) fn begin(a: &Acquirer, o: &Original, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let key @ (terminal, batch) = (o.till.terminal, o.till.batch);
    let closed = facts.get::<Batch>(&key).is_some_and(|batch| batch.closing == Closing::Closed);
    if !closed && facts.get::<Unsettled>(&key).is_none() {
        let due = at.plus_ms(a.times.unsettled_ms);
        d.put(&key, Unsettled { terminal, batch, due });
        d.due(due, AcquirerTimer::Overdue(terminal, batch));
    }
}

/// The batch and its till.
pub(super) fn wants(terminal: TerminalId, batch: BatchNo, out: &mut Wants) {
    out.row::<Unsettled, AcquirerRow>(&(terminal, batch)).row::<Terminal, AcquirerRow>(&terminal);
}

/// Closes it, if it is still the one that the till works in: the next is open from now on, and the till is told. Nothing of the
/// batch is confirmed or undone by that.
pub(super) fn due(at: Moment, id: TerminalId, batch: BatchNo, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let Some(open) = facts.get::<Unsettled>(&(id, batch)) else { return d };
    if at < open.due {
        d.due(open.due, AcquirerTimer::Overdue(id, batch));
        return d;
    }
    d.end::<Unsettled>(&(id, batch));
    let Some(terminal) = facts.get::<Terminal>(&id).filter(|terminal| terminal.batch == batch) else { return d };
    d.put(&(id, batch), ClosedByUs { terminal: id, batch, at, why: Shut::Overdue });
    d.put(&id, Terminal { batch: next_batch(batch), told: Some((Shut::Overdue, batch)), ..terminal.clone() });
    d.count("acquirer_batch_overdue");
    d
}
