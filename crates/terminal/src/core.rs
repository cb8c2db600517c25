//! The core: one match over inputs. Decides who sits down; every matter has its own file.

use crate::seat::{self, Seat};
use crate::{
    Confirm, Exchange, HandIn, Pending, Profile, Settling, Staff, Standing, Stored, TerminalBank, TerminalRow, Till,
    Timer, advice, deed, fetch, hand_in, journal, settle, wants,
};
use slipway_node::{Decision, Facts, Hand, Input, Node, Peer, Wants, limits};
use slipway_terms::{Message, Moment, TerminalId};

type Row = TerminalRow;

impl Node for TerminalBank {
    type Row = TerminalRow;
    type Timer = Timer;
    type Note = crate::Note;

    fn wants(&self, input: &Input<Timer>, seen: &Facts<'_, Self>, out: &mut Wants) {
        match input {
            Input::Heard(Peer::Host(id), message) => {
                seat::rows(id, seen, out);
                wants::of_message(id, message, seen, out);
            }
            Input::Heard(..) => {}
            Input::Due(timer) => {
                match timer {
                    Timer::AnswerDue(key) => drop(out.row::<Exchange, Row>(key)),
                    Timer::ConfirmDue(key, _) => drop(out.row::<Confirm, Row>(key)),
                    Timer::HandInDue(key, _) => drop(out.row::<HandIn, Row>(key)),
                    Timer::AdviceDue(key, _) | Timer::AdviceWake(key) => {
                        out.row::<Stored, Row>(key);
                        if let Some(ask) =
                            seen.known::<Stored>(key).and_then(advice::card_ask).filter(|_| live(timer, seen))
                        {
                            out.ask(ask);
                        }
                    }
                    Timer::ReversalDue(key, _) | Timer::Woken(key) => drop(out.row::<Pending, Row>(key)),
                    Timer::SettleDue(id, ..) => drop(out.row::<Settling, Row>(id)),
                    Timer::SettleStep(id, _) => {
                        if let Some(profile) = seen.known::<Profile>(id) {
                            settle::wants(id, profile.merchant, seen, out);
                        }
                    }
                    Timer::SignOnDue(..)
                    | Timer::AskDue(..)
                    | Timer::IdleTry(..)
                    | Timer::LineDue(..)
                    | Timer::SettleWoken(_)
                    | Timer::FetchDue(..)
                    | Timer::EchoDue(..) => {}
                }
                if live(timer, seen) {
                    seat::rows(&timer.terminal(), seen, out);
                    deed::wants(&timer.terminal(), seen, out);
                    wants::of_pin(&timer.terminal(), None, seen, out);
                    if let Some(key) = timer.exchange() {
                        out.row::<Exchange, Row>(key).row::<Pending, Row>(key);
                    }
                }
            }
            Input::Hand(Hand::Rouse) => {
                out.range::<Till, Row>(&(), limits::SCAN_ROWS_MAX, false);
                for till in tills(seen) {
                    seat::rows(&till.terminal, seen, out);
                }
            }
            Input::Hand(Hand::Link { peer: Peer::Host(id), .. } | Hand::NoLine(Peer::Host(id), _)) => {
                seat::rows(id, seen, out);
                wants::of_pin(id, None, seen, out);
            }
            Input::Hand(Hand::At(id, act)) => {
                seat::rows(id, seen, out);
                deed::wants(id, seen, out);
                out.row::<Staff, Row>(id);
                wants::of_act(id, act, seen, out);
            }
            Input::Hand(Hand::Desk { question, .. }) => journal::wants(question, seen, out),
            Input::Hand(
                Hand::Link { .. }
                | Hand::NoLine(..)
                | Hand::Delivered(_)
                | Hand::Finding(..)
                | Hand::CutOver { .. }
                | Hand::Clearing(_)
                | Hand::Payout(_)
                | Hand::Merchant(_)
                | Hand::SlipPage(_)
                | Hand::SlipsOver(_)
                | Hand::Suspense(_)
                | Hand::Repair(_)
                | Hand::Dispute(_)
                | Hand::ResetKey { .. },
            ) => {}
        }
    }

    fn decide(&self, at: Moment, input: &Input<Timer>, facts: &Facts<'_, Self>) -> Decision<Self> {
        let mut d = Decision::nothing();
        match input {
            Input::Heard(Peer::Host(id), message) => self.at_seat(at, facts, *id, &mut d, |seat| {
                seat.heard = message.ksn;
                heard(seat, message);
            }),
            Input::Heard(..) => d.count("unexpected peer"),
            Input::Due(timer) if !live(timer, facts) => {}
            Input::Due(timer) => self.at_seat(at, facts, timer.terminal(), &mut d, |seat| due(seat, timer)),
            Input::Hand(Hand::Rouse) => {
                for till in tills(facts) {
                    self.at_seat(at, facts, till.terminal, &mut d, |seat| seat.wake());
                }
            }
            Input::Hand(Hand::Link { peer: Peer::Host(id), up }) => {
                self.at_seat(at, facts, *id, &mut d, |seat| seat.line(*up));
            }
            Input::Hand(Hand::NoLine(Peer::Host(id), fault)) => {
                self.at_seat(at, facts, *id, &mut d, |seat| seat.no_line(*fault));
            }
            Input::Hand(Hand::At(id, act)) => self.at_seat(at, facts, *id, &mut d, |seat| seat.act(act)),
            Input::Hand(Hand::Desk { ticket, question }) => {
                d.testify(*ticket, journal::answer(question, facts, &self.config));
            }
            Input::Hand(
                Hand::Link { .. }
                | Hand::NoLine(..)
                | Hand::Delivered(_)
                | Hand::Finding(..)
                | Hand::CutOver { .. }
                | Hand::Clearing(_)
                | Hand::Payout(_)
                | Hand::Merchant(_)
                | Hand::SlipPage(_)
                | Hand::SlipsOver(_)
                | Hand::Suspense(_)
                | Hand::Repair(_)
                | Hand::Dispute(_)
                | Hand::ResetKey { .. },
            ) => {}
        }
        d
    }

    fn rearm(&self, row: &Row) -> Option<(Moment, Timer)> {
        match row {
            // Due at once: whatever was on the wire when the power went is in doubt.
            Row::Pending(pending) => Some((Moment(0), Timer::Woken(pending.key))),
            Row::Confirm(confirm) => Some((confirm.due, Timer::ConfirmDue(confirm.key, confirm.sends))),
            Row::HandIn(row) => Some((row.due, Timer::HandInDue(row.key, row.sends))),
            Row::Stored(stored) => Some((stored.due, Timer::AdviceDue(stored.key, stored.sends))),
            Row::Settling(settling) => Some((Moment(0), Timer::SettleWoken(settling.terminal))),
            Row::Settled(_)
            | Row::Blacklist(_)
            | Row::ChipTables(_)
            | Row::Staff(_)
            | Row::Deed(_)
            | Row::PaidAgain(_)
            | Row::Profile(_)
            | Row::Till(_)
            | Row::Exchange(_) => None,
        }
    }
}

impl TerminalBank {
    fn at_seat(
        &self,
        at: Moment,
        facts: &Facts<'_, Self>,
        id: TerminalId,
        d: &mut Decision<Self>,
        work: impl FnOnce(&mut Seat<'_, '_>),
    ) {
        let Some(mut seat) = Seat::open(self, at, facts, id, d) else { return d.count("unknown terminal") };
        seat.stamp_deed();
        if seat.till.retired {
            seat.d.count("retired terminal");
            seat.show(crate::screen::retired());
            return seat.close();
        }
        work(&mut seat);
        seat.close();
    }
}

/// Whether a timer can still mean anything, by the one row that says so: of all the timers of a good sale only that row is
/// read when they run out.
fn live(timer: &Timer, facts: &Facts<'_, TerminalBank>) -> bool {
    match timer {
        Timer::AnswerDue(key) => facts.known::<Exchange>(key).is_some_and(|e| e.standing == Standing::Sent),
        Timer::ConfirmDue(key, sends) => facts.known::<Confirm>(key).is_some_and(|c| c.sends == *sends),
        Timer::HandInDue(key, sends) => facts.known::<HandIn>(key).is_some_and(|row| row.sends == *sends),
        Timer::ReversalDue(key, sends) => facts.known::<Pending>(key).is_some_and(|p| p.sends == *sends),
        Timer::AdviceDue(key, sends) => facts.known::<Stored>(key).is_some_and(|s| s.sends == *sends),
        Timer::AdviceWake(key) => facts.known::<Stored>(key).is_some(),
        Timer::Woken(key) => facts.known::<Pending>(key).is_some(),
        Timer::SettleDue(id, own, tries) => {
            facts.known::<Settling>(id).is_some_and(|s| s.own == Some(*own) && s.tries == *tries)
        }
        Timer::SignOnDue(..)
        | Timer::AskDue(..)
        | Timer::IdleTry(..)
        | Timer::LineDue(..)
        | Timer::SettleStep(..)
        | Timer::SettleWoken(_)
        | Timer::FetchDue(..)
        | Timer::EchoDue(..) => true,
    }
}

fn tills<'a>(facts: &'a Facts<'_, TerminalBank>) -> alloc::vec::Vec<&'a Till> {
    facts.range::<Till>(&(), limits::SCAN_ROWS_MAX, false).unwrap_or_default()
}

fn heard(seat: &mut Seat<'_, '_>, message: &Message) {
    if matches!(message.mti.0, 110 | 210 | 230 | 330 | 410 | 510 | 630 | 830) {
        seat.prove_batch(message);
    }
    match message.mti.0 {
        110 | 210 => seat.heard_answer(message),
        230 => seat.heard_advice_answer(message),
        330 | 510 => seat.heard_settlement(message),
        410 => seat.heard_reversal(message),
        630 => seat.heard_confirmation(message),
        830 if hand_in::answered_key(seat.id, message).is_some() => seat.heard_hand_in(message),
        810 | 830 => match fetch::task_of(message) {
            Some(task) => seat.heard_fetch(task, message),
            None if message.mti.0 == 810 => seat.heard_sign_on(message),
            None => seat.heard_fate(message),
        },
        // Another type is set aside; what is awaited goes on being awaited (rules 4).
        _ => seat.d.count("unexpected message"),
    }
}

fn due(seat: &mut Seat<'_, '_>, timer: &Timer) {
    match timer {
        Timer::AnswerDue(key) => seat.answer_due(key),
        Timer::ReversalDue(key, sends) => seat.reversal_due(key, *sends),
        Timer::SignOnDue(_, stan) => seat.sign_on_due(*stan),
        Timer::AskDue(_, stan) => seat.ask_due(*stan),
        Timer::IdleTry(_, due) => seat.idle_try(*due),
        Timer::LineDue(..) => seat.line_due(),
        Timer::ConfirmDue(key, sends) => seat.confirm_due(key, *sends),
        Timer::HandInDue(key, sends) => seat.hand_in_due(key, *sends),
        Timer::AdviceDue(key, sends) => seat.advice_due(key, *sends),
        Timer::AdviceWake(key) => seat.advice_wake(key),
        Timer::SettleStep(..) => seat.settle_step(),
        Timer::SettleDue(_, own, tries) => seat.settle_due(*own, *tries),
        Timer::SettleWoken(_) => seat.settle_woken(),
        Timer::FetchDue(_, sends) => seat.fetch_due(*sends),
        Timer::EchoDue(_, due) => seat.echo_due(*due),
        Timer::Woken(key) => seat.woken(key),
    }
}
