//! Timers: the switch did not answer, or the terminal did not confirm. Each looks at the record first; a timer is never the
//! state itself.

use super::{
    Acquirer, AcquirerRow, AcquirerTimer, By, Case, Credit, Exchange, Ground, Open, Original, Relay, Stage, Terminal,
    Wait, advice, answer, case, dispute, named, overdue, script, second,
};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Wants};
use slipway_terms::{Moment, ResponseCode};

/// Round one: the open mark, nearly always gone. Round two: what it stands for.
pub(super) fn wants(timer: &AcquirerTimer, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let till = match timer {
        AcquirerTimer::Answer(till)
        | AcquirerTimer::Confirmation(till)
        | AcquirerTimer::Unmatched(till)
        | AcquirerTimer::Second(till) => till,
        AcquirerTimer::Relay(key) => {
            out.row::<Relay, AcquirerRow>(key);
            return;
        }
        AcquirerTimer::Case(till, ground) => return case::wants_due(till, *ground, seen, out),
        AcquirerTimer::Overdue(terminal, batch) => return overdue::wants(*terminal, *batch, out),
        AcquirerTimer::Dispute(key) => return dispute::wants_due(key, seen, out),
    };
    out.row::<Open, AcquirerRow>(till);
    if seen.known::<Open>(till).is_some() {
        out.row::<Exchange, AcquirerRow>(till).row::<Terminal, AcquirerRow>(&till.terminal);
        out.row::<Case, AcquirerRow>(&(*till, Ground::Unconfirmed as u8));
        advice::want_money(till, seen, out);
    }
}

/// Decides on a timer; one that fires early is armed again for what is left.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    timer: &AcquirerTimer,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let till = match timer {
        AcquirerTimer::Answer(till)
        | AcquirerTimer::Confirmation(till)
        | AcquirerTimer::Unmatched(till)
        | AcquirerTimer::Second(till) => till,
        AcquirerTimer::Relay(key) => return script::due(key, facts),
        AcquirerTimer::Case(till, ground) => return case::due(a, at, *till, *ground, facts),
        AcquirerTimer::Overdue(terminal, batch) => return overdue::due(at, *terminal, *batch, facts),
        AcquirerTimer::Dispute(key) => return dispute::due(a, at, key, facts),
    };
    let Some(open) = facts.get::<Open>(till).filter(|open| open.timer() == *timer) else { return d };
    if at < open.due {
        d.due(open.due, *timer);
        return d;
    }
    let Some(Exchange::Original(o)) = facts.get::<Exchange>(till) else { return d };
    match open.wait {
        Wait::Answer if o.stage == Stage::Forwarded => no_answer(a, at, o, facts, &mut d),
        Wait::Confirmation if o.stage == Stage::Approved && o.credit == Credit::Unconfirmed => {
            // The sale may have a slip and may have none: the credit is held and a person asks (rules 7).
            case::unconfirmed(a, *till, at, facts, &mut d);
            d.end::<Open>(till);
            d.put(till, Exchange::Original(Box::new(Original { credit: Credit::Held, ..(**o).clone() })));
        }
        // Only we have it, the till settled without it: whoever paid gets the money back.
        Wait::Unmatched if o.stage == Stage::Approved && o.credit == Credit::Unconfirmed => {
            if named::can_put_back(o, facts) {
                let undone = advice::undo(a, at, o, By::Settlement, ResponseCode::OTHER, facts, &mut d);
                d.put(till, Exchange::Original(Box::new(undone)));
            } else {
                // Its hold was completed anew: only a person can end it.
                case::unconfirmed(a, *till, at, facts, &mut d);
                d.end::<Open>(till);
                d.put(till, Exchange::Original(Box::new(Original { credit: Credit::Held, ..(**o).clone() })));
            }
        }
        Wait::Second if o.stage == Stage::Approved && matches!(o.credit, Credit::Unconfirmed | Credit::Held) => {
            second::goes_back(a, at, o, facts, &mut d);
        }
        Wait::Answer | Wait::Confirmation | Wait::Unmatched | Wait::Second => d.end::<Open>(till),
    }
    d
}

/// The host that timed out owns the advice; the terminal gets 98. An inquiry is never reversed.
fn no_answer(a: &Acquirer, at: Moment, o: &Original, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    let reason = ResponseCode::ISSUER_TIMEOUT;
    let done = if o.kind.shape().reversible {
        advice::undo(a, at, o, By::Timer, reason, facts, d)
    } else {
        d.end::<Open>(&o.till);
        named::end(o, named::Turn::Dropped, at, facts, d);
        Original { stage: Stage::Unsure, code: Some(reason), ..o.clone() }
    };
    d.count("acquirer_no_answer");
    answer::finish(a, done, None, facts, d);
}
