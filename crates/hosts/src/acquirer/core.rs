//! One match over all that can happen to an acquirer; each arm is one matter in a file of its own.

use super::{
    Acquirer, AcquirerRow, AcquirerTimer, Link, advice, answer, answering, archive, ask, case, clearing, confirm,
    correct, dispute, download, gate, merchant, payout, repair, request, reversal, script, settle, signon, testimony,
    timer, upload,
};
use crate::correction::Correct;
use crate::day;
use crate::zone::{self, Order, RESET};
use slipway_node::{Decision, Facts, Hand, Input, Line, Peer, Wants};
use slipway_terms::{Message, Moment, ResponseCode, Step};

/// What is needed to decide.
pub(super) fn wants(a: &Acquirer, input: &Input<AcquirerTimer>, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    match input {
        Input::Heard(Peer::Line(_), m) => match m.mti.0 {
            100 | 200 | 220 => request::wants(a, m, seen, out),
            320 => upload::wants(m, seen, out),
            500 => settle::wants(m, seen, out),
            400 => reversal::wants(a, m, seen, out),
            620 if script::is_one(m) => script::wants(m, seen, out),
            620 => confirm::wants(m, seen, out),
            800 if download::asks(m) => download::wants(m, seen, out),
            800 => signon::wants(m, seen, out),
            820 if archive::is_one(m) => archive::wants(m, seen, out),
            820 => ask::wants(m, seen, out),
            _ => {}
        },
        Input::Heard(Peer::Switch, m) if Step::of(m).is_some() => dispute::wants(a, m, seen, out),
        Input::Heard(Peer::Switch, m) => match m.mti.0 {
            220 | 230 if Correct::of(m).is_some() => correct::wants(a, m, seen, out),
            110 | 210 | 230 => answer::wants(a, m, seen, out),
            430 => advice::wants(a, m, seen, out),
            630 => script::wants_answer(a, m, seen, out),
            800 if m.network_code == Some(RESET) => zone::wants(a.id, m, seen, out),
            820 if day::is_told(m) => day::wants_told::<Acquirer>(&a.zak, out),
            _ => {}
        },
        Input::Due(which) => timer::wants(which, seen, out),
        Input::Hand(Hand::Rouse | Hand::Link { peer: Peer::Switch, .. }) => {
            out.row::<Link, AcquirerRow>(&());
        }
        Input::Hand(Hand::Desk { question, .. }) => testimony::wants(a, question, seen, out),
        Input::Hand(Hand::Finding(key, _)) => case::wants(key, seen, out),
        Input::Hand(Hand::Clearing(part)) => clearing::wants(part, seen, out),
        Input::Hand(Hand::Repair(order)) => repair::wants(order, seen, out),
        Input::Hand(Hand::Dispute(order)) => answering::wants(order, seen, out),
        Input::Hand(Hand::Payout(part)) => payout::wants(part, seen, out),
        Input::Hand(Hand::Merchant(order)) => merchant::wants(order, seen, out),
        Input::Hand(Hand::SlipPage(till)) => archive::page_wants(till, out),
        Input::Hand(Hand::SlipsOver(tills)) => archive::expiry_wants(tills, seen, out),
        Input::Heard(..)
        | Input::Hand(
            Hand::Link { .. }
            | Hand::NoLine(..)
            | Hand::Delivered(_)
            | Hand::At(..)
            | Hand::CutOver { .. }
            | Hand::Suspense(_)
            | Hand::ResetKey { .. },
        ) => {}
    }
}

/// Decides.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    input: &Input<AcquirerTimer>,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    match input {
        Input::Heard(Peer::Line(line), m) => from_terminal(a, at, *line, m, facts),
        Input::Heard(Peer::Switch, m) if Step::of(m).is_some() => match Step::of(m) {
            Some(step) if !m.mti.is_answer() => dispute::heard(a, at, step, m, facts),
            _ => dispute::answered(a, at, m, facts),
        },
        Input::Heard(Peer::Switch, m) => match m.mti.0 {
            220 if Correct::of(m).is_some() => correct::told(a, at, m, facts),
            230 if Correct::of(m).is_some() => correct::answered(a, at, m, facts),
            110 | 210 | 230 => answer::decide(a, at, m, facts),
            430 => advice::decide(a, at, m, facts),
            630 => script::answered(a, at, m, facts),
            800 if m.network_code == Some(RESET) => {
                let mut d = Decision::nothing();
                zone::decide(a.id, at, m, facts, &mut d);
                d
            }
            820 if day::is_told(m) => {
                let mut d = Decision::nothing();
                day::told(&a.zak, at, m, facts, &mut d);
                d
            }
            820 => ask::from_switch(m),
            830 => Decision::nothing(),
            _ => counted("acquirer_stranger_from_switch"),
        },
        Input::Heard(..) => counted("acquirer_stranger"),
        Input::Due(which) => timer::decide(a, at, which, facts),
        // Nobody has said yet that the line stands: until then a request is answered 92 and not left to a time-out.
        Input::Hand(Hand::Rouse) => link(false, facts),
        Input::Hand(Hand::Link { peer: Peer::Switch, up }) => link(*up, facts),
        Input::Hand(Hand::Desk { ticket, question }) => testimony::decide(a, at, *ticket, question, facts),
        Input::Hand(Hand::Finding(key, found)) => case::decide(a, at, key, found, facts),
        Input::Hand(Hand::Clearing(part)) => clearing::decide(a, at, part, facts),
        Input::Hand(Hand::Repair(order)) => repair::decide(a, at, order, facts),
        Input::Hand(Hand::Dispute(order)) => answering::order(a, at, order, facts),
        Input::Hand(Hand::Payout(part)) => payout::decide(a, at, part, facts),
        Input::Hand(Hand::Merchant(order)) => merchant::decide(a, at, order, facts),
        Input::Hand(Hand::SlipPage(till)) => archive::page(a, at, till, facts),
        Input::Hand(Hand::SlipsOver(tills)) => archive::expire(a, at, tills, facts),
        Input::Hand(
            hand @ (Hand::CutOver { .. }
            | Hand::Suspense(_)
            | Hand::ResetKey { .. }
            | Hand::Link { .. }
            | Hand::NoLine(..)
            | Hand::Delivered(_)
            | Hand::At(..)),
        ) => {
            let mut d = Decision::nothing();
            if let Some(order) = Order::by_hand(hand) {
                zone::ask_for(a.id, &order, &mut d);
            }
            d
        }
    }
}

fn from_terminal(a: &Acquirer, at: Moment, line: Line, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    match m.mti.0 {
        100 | 200 | 220 => request::decide(a, at, line, m, facts),
        320 => upload::decide(a, at, line, m, facts),
        500 => settle::decide(a, at, line, m, facts),
        400 => reversal::decide(a, at, line, m, facts),
        620 if script::is_one(m) => script::decide(a, at, line, m, facts),
        620 => confirm::decide(a, at, line, m, facts),
        800 if download::asks(m) => download::decide(a, at, line, m, facts),
        800 => signon::decide(a, at, line, m, facts),
        820 if archive::is_one(m) => archive::decide(a, at, line, m, facts),
        820 => ask::decide(a, at, line, m, facts),
        // An answer nobody asked for is not answered, or two hosts would talk for ever.
        _ if m.mti.is_answer() => counted("acquirer_stranger_answer"),
        _ => gate::refuse(a, at, line, m, (ResponseCode::INVALID_TRANSACTION, None)),
    }
}

fn link(up: bool, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    if facts.get::<Link>(&()).copied().unwrap_or_default().up != up {
        d.put(&(), Link { up });
    }
    d
}

fn counted(what: &'static str) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    d.count(what);
    d
}
