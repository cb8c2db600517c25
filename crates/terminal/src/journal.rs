//! The journal's word to a desk: what this terminal's own record says. Reads only; masked by its types.

use crate::{Config, Exchange, PaidAgain, Standing, TerminalBank, TerminalRow, original, paper::JOURNAL_ROWS_MAX};
use alloc::vec::Vec;
use slipway_node::{Facts, Question, Wants};
use slipway_terms::{Kind, Party, Short, State, Taken, Testimony};

/// One exchange in the words of all parties.
pub(crate) fn testimony(exchange: &Exchange, config: &Config) -> Testimony {
    let times = &config.times;
    let id = Short::cut(exchange.key.terminal.as_str());
    let (state, due) = match exchange.standing {
        Standing::Sent => (State::Open, Some(exchange.sent_at.plus_ms(times.answer_ms))),
        // It happened here and will be taken there; nobody can say when.
        Standing::Stored => (State::Open, None),
        Standing::Approved => (State::Approved, None),
        Standing::Declined(_) => (State::Declined, None),
        // An inquiry moves no money: nothing will be undone.
        Standing::Doubtful(_) if !exchange.kind.shape().reversible => (State::Declined, None),
        Standing::Doubtful(_) | Standing::FailedReversal(_) => {
            (State::WillUndo, Some(exchange.sent_at.plus_ms(times.promise_ms)))
        }
        Standing::Reversed(..) => (State::Undone, None),
        // What people will find nobody here can say.
        Standing::InCase(_) => (State::Open, None),
    };
    Testimony {
        at: Some(exchange.at),
        code: exchange.code.or(exchange.standing.doubt().map(slipway_terms::Doubt::reason)),
        slip: exchange.slip.is_some(),
        signed: exchange.signed,
        till: Some(exchange.key),
        rrn: exchange.rrn,
        card: Some(exchange.card),
        amount: exchange.amount,
        due,
        kind: Some(exchange.kind),
        signed_minor: Some(exchange.signed_minor()),
        about: exchange.about.as_ref().and_then(|about| about.key),
        followers: exchange.followers.clone(),
        second_of: exchange.second,
        ..Testimony::bare(Party::Terminal, id, state)
    }
}

/// Which later line of this journal took an exchange: the newest void, completion or adjustment about it that stands, or whose
/// fate is not known yet. A void of it that failed leaves it as it was.
pub(crate) fn taken(exchange: &Exchange, facts: &Facts<'_, TerminalBank>) -> Option<Taken> {
    let lines = exchange.followers.iter().rev().filter_map(|key| facts.get::<Exchange>(key));
    lines
        .filter(|line| line.kind != Kind::Refund && (line.stands() || line.open()) && !is_voided(line, facts))
        .map(|line| Taken { by: line.key, kind: line.kind, sure: line.stands() })
        .next()
}

/// A completion that was voided let the hold live again (rules 3).
fn is_voided(line: &Exchange, facts: &Facts<'_, TerminalBank>) -> bool {
    line.kind.completes()
        && line.followers.iter().filter_map(|key| facts.get::<Exchange>(key)).any(|void| void.stands())
}

/// What of it this journal has refunded. Unit: minor units.
pub(crate) fn refunded_minor(exchange: &Exchange, facts: &Facts<'_, TerminalBank>) -> i64 {
    let lines = exchange.followers.iter().filter_map(|key| facts.get::<Exchange>(key));
    lines.filter(|line| line.kind == Kind::Refund && line.stands()).map(|line| -line.signed_minor()).sum()
}

/// What a question needs.
pub(crate) fn wants(question: &Question, seen: &Facts<'_, TerminalBank>, out: &mut Wants) {
    match question {
        Question::Till(key) => out.row::<Exchange, TerminalRow>(key),
        Question::Counter { merchant, terminal, .. } => {
            out.range::<Exchange, TerminalRow>(&(*terminal, *merchant), JOURNAL_ROWS_MAX, true)
        }
        Question::Rrn(_) => out.range::<Exchange, TerminalRow>(&(), JOURNAL_ROWS_MAX, true),
        Question::All { rows_max } => out.range::<Exchange, TerminalRow>(&(), *rows_max, true),
        Question::Switch(_) | Question::Cases { .. } | Question::Dated { .. } => out,
    };
    for found in found(question, seen) {
        out.row::<PaidAgain, TerminalRow>(&found.key);
        // And what was done about it since.
        original::wants(&found.key, seen, out);
    }
}

/// The lines that fit.
fn found<'a>(question: &Question, facts: &'a Facts<'_, TerminalBank>) -> Vec<&'a Exchange> {
    match question {
        Question::Till(key) => facts.known::<Exchange>(key).into_iter().collect(),
        Question::Counter { merchant, terminal, card, tail } => {
            let tail = card.as_ref().map(slipway_terms::Pan::tail).or(*tail);
            let all = facts.range::<Exchange>(&(*terminal, *merchant), JOURNAL_ROWS_MAX, true).unwrap_or_default();
            all.into_iter().filter(|exchange| tail.is_some_and(|tail| exchange.card == tail)).collect()
        }
        Question::Rrn(rrn) => {
            let all = facts.range::<Exchange>(&(), JOURNAL_ROWS_MAX, true).unwrap_or_default();
            all.into_iter().filter(|exchange| exchange.rrn == Some(*rrn)).collect()
        }
        Question::All { rows_max } => facts.range::<Exchange>(&(), *rows_max, true).unwrap_or_default(),
        // By date and amount the acquirer is asked: it has all its terminals.
        Question::Switch(_) | Question::Cases { .. } | Question::Dated { .. } => Vec::new(),
    }
}

/// The testimonies that fit, newest first.
pub(crate) fn answer(question: &Question, facts: &Facts<'_, TerminalBank>, config: &Config) -> Vec<Testimony> {
    let mut found = found(question, facts);
    found.sort_by_key(|exchange| core::cmp::Reverse((exchange.sent_at, exchange.key)));
    if matches!(question, Question::Counter { .. }) {
        // A balance inquiry is no payment somebody misses.
        found.retain(|exchange| exchange.kind != Kind::Balance);
    }
    let again = |exchange: &Exchange| facts.known::<PaidAgain>(&exchange.key).map(|again| again.seconds.clone());
    let told = |exchange| Testimony {
        paid_again: again(exchange).unwrap_or_default(),
        taken_by: taken(exchange, facts),
        ..testimony(exchange, config)
    };
    found.into_iter().map(told).collect()
}
