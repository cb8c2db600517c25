//! The journal's word to a desk: what this terminal's own record says. Reads only; masked by its types.

use crate::{Config, Exchange, Standing, TerminalBank, TerminalRow, paper::JOURNAL_ROWS_MAX};
use alloc::vec::Vec;
use slipway_node::{Facts, Question, Wants};
use slipway_terms::{Kind, Party, Short, State, Testimony};

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
        till: Some(exchange.key),
        rrn: exchange.rrn,
        card: Some(exchange.card),
        amount: exchange.amount,
        due,
        kind: Some(exchange.kind),
        ..Testimony::bare(Party::Terminal, id, state)
    }
}

/// What a question needs.
pub(crate) fn wants(question: &Question, out: &mut Wants) {
    match question {
        Question::Till(key) => out.row::<Exchange, TerminalRow>(key),
        Question::Counter { merchant, terminal, .. } => {
            out.range::<Exchange, TerminalRow>(&(*terminal, *merchant), JOURNAL_ROWS_MAX, true)
        }
        Question::Rrn(_) => out.range::<Exchange, TerminalRow>(&(), JOURNAL_ROWS_MAX, true),
        Question::All { rows_max } => out.range::<Exchange, TerminalRow>(&(), *rows_max, true),
        Question::Switch(_) => out,
    };
}

/// The testimonies that fit, newest first.
pub(crate) fn answer(question: &Question, facts: &Facts<'_, TerminalBank>, config: &Config) -> Vec<Testimony> {
    let mut found: Vec<&Exchange> = match question {
        Question::Till(key) => facts.get::<Exchange>(key).into_iter().collect(),
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
        Question::Switch(_) => Vec::new(),
    };
    found.sort_by_key(|exchange| core::cmp::Reverse((exchange.sent_at, exchange.key)));
    if matches!(question, Question::Counter { .. }) {
        // A balance inquiry is no payment somebody misses.
        found.retain(|exchange| exchange.kind != Kind::Balance);
    }
    found.into_iter().map(|exchange| testimony(exchange, config)).collect()
}
