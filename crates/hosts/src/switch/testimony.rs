//! What the switch testifies to the desk. Reads only; by identity it is one look-up, by anything else it looks at the
//! newest exchanges within the limit, so ask by identity once another party has named it.

use super::case;
use super::core::Switch;
use super::record::{Case, Exchange, OpenCase, Stage, SwitchRow};
use crate::dispute::Dispute;
use alloc::vec::Vec;
use slipway_node::{Ask, Facts, Question, Told, Wants, limits};
use slipway_terms::{CaseKey, Party, Short, State, SwitchKey, Testimony};

pub(super) fn wants(me: &Switch, question: &Question, seen: &Facts<'_, Switch>, out: &mut Wants) {
    match question {
        Question::Switch(key) => {
            out.row::<Exchange, SwitchRow>(key).row::<Case, SwitchRow>(key).row::<Dispute, SwitchRow>(key);
            want_case(key, seen, out);
        }
        Question::All { rows_max } => {
            out.range::<Exchange, SwitchRow>(&(), *rows_max, true);
        }
        Question::Rrn(_) | Question::Counter { .. } => {
            out.range::<Exchange, SwitchRow>(&(), limits::SCAN_ROWS_MAX, true);
        }
        Question::Cases { rows_max } => {
            out.range::<OpenCase, SwitchRow>(&(), *rows_max, false);
            for open in seen.range::<OpenCase>(&(), *rows_max, false).unwrap_or_default() {
                out.row::<Exchange, SwitchRow>(&open.key).row::<Case, SwitchRow>(&open.key);
                want_case(&open.key, seen, out);
            }
        }
        Question::Till(_) | Question::Dated { .. } => {}
    }
    if let Question::Counter { card: Some(pan), .. } = question {
        out.ask(Ask::Token(me.token_key(), pan.clone()));
    }
}

/// What the findings of an open case would need.
fn want_case(key: &SwitchKey, seen: &Facts<'_, Switch>, out: &mut Wants) {
    if let Some(case) = seen.known::<Case>(key).filter(|case| case.closed.is_none()) {
        case::wants(&CaseKey::Switch(*key, case.ground), seen, out);
    }
}

pub(super) fn testify(me: &Switch, question: &Question, facts: &Facts<'_, Switch>) -> Vec<Testimony> {
    let newest = |rows_max| facts.range::<Exchange>(&(), rows_max, true).unwrap_or_default();
    let seen: Vec<&Exchange> = match question {
        Question::Switch(key) => facts.get::<Exchange>(key).into_iter().collect(),
        Question::All { rows_max } => newest(*rows_max),
        Question::Rrn(rrn) => newest(limits::SCAN_ROWS_MAX).into_iter().filter(|x| x.asked.rrn == Some(*rrn)).collect(),
        Question::Counter { merchant, terminal, card, tail } => {
            let token = card.as_ref().and_then(|pan| match facts.told(&Ask::Token(me.token_key(), pan.clone())) {
                Some(Told::Token(token)) => Some(*token),
                _ => None,
            });
            let here = |x: &&Exchange| x.asked.merchant == Some(*merchant) && x.asked.terminal == Some(*terminal);
            let same_card = |x: &&Exchange| match (card, tail) {
                (Some(_), _) => token.is_some() && x.asked.token == token,
                (None, Some(tail)) => x.asked.tail.is_some_and(|t| (t.first6, t.last4) == (tail.first6, tail.last4)),
                (None, None) => false,
            };
            newest(limits::SCAN_ROWS_MAX).into_iter().filter(here).filter(same_card).collect()
        }
        // The till's number is not on the switch's wires.
        Question::Cases { rows_max } => {
            let open = facts.range::<OpenCase>(&(), *rows_max, false).unwrap_or_default();
            open.into_iter().filter_map(|open| facts.get::<Exchange>(&open.key)).collect()
        }
        Question::Till(_) | Question::Dated { .. } => Vec::new(),
    };
    // Of a list by other keys the cases are not read: who wants them asks by identity.
    let by_identity = matches!(question, Question::Switch(_) | Question::Cases { .. });
    let told = |exchange: &Exchange| {
        let case = facts.known::<Case>(&exchange.key);
        let cases = case.map(|case| if by_identity { case::told(me, case, exchange, facts) } else { case.told() });
        Testimony {
            dispute: facts.known::<Dispute>(&exchange.key).map(Dispute::told),
            cases: cases.into_iter().collect(),
            ..testimony(me, exchange)
        }
    };
    seen.into_iter().map(told).collect()
}

fn testimony(me: &Switch, exchange: &Exchange) -> Testimony {
    let confirmed = exchange.undo.as_ref().is_none_or(|undo| undo.answered.is_some());
    let state = match exchange.stage {
        // A correction made it a sale again.
        Stage::Undone if exchange.redo.is_some() => State::Approved,
        Stage::Forwarded => State::Open,
        Stage::Approved => State::Approved,
        Stage::Declined => State::Declined,
        Stage::Undone if confirmed => State::Undone,
        Stage::Undone => State::WillUndo,
        Stage::Tombstone => State::Tombstone,
    };
    let given = exchange.given.as_ref().map(|given| given.code);
    Testimony {
        at: Some(exchange.at),
        code: if state == State::Approved { None } else { given },
        switch: Some(exchange.key),
        rrn: exchange.asked.rrn,
        card: exchange.asked.tail,
        amount: exchange.asked.amount,
        due: exchange.due,
        ..Testimony::bare(Party::Switch, Short::cut(me.id.as_str()), state)
    }
}
