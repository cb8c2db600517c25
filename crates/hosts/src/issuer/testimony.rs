//! What the issuer testifies to the desk. Reads only; by identity it is one look-up, by anything else it looks at the
//! newest exchanges within the limit, so ask by identity once another party has named it.

use super::core::Issuer;
use super::record::{Exchange, IssuerRow, Stage, Suspense};
use crate::dispute::Dispute;
use alloc::vec::Vec;
use slipway_node::{Ask, Facts, Question, Told, Wants, limits};
use slipway_terms::{Outcome, Party, Short, State, Testimony};

pub(super) fn wants(me: &Issuer, question: &Question, seen: &Facts<'_, Issuer>, out: &mut Wants) {
    match question {
        Question::Switch(key) => {
            out.row::<Exchange, IssuerRow>(key).row::<Dispute, IssuerRow>(key);
        }
        Question::All { rows_max } => {
            out.range::<Exchange, IssuerRow>(&(), *rows_max, true);
        }
        Question::Rrn(_) | Question::Counter { .. } => {
            out.range::<Exchange, IssuerRow>(&(), limits::SCAN_ROWS_MAX, true);
        }
        Question::Till(_) | Question::Cases { .. } | Question::Dated { .. } => {}
    }
    if let Question::Counter { card: Some(pan), .. } = question {
        out.ask(Ask::Token(me.token_key(), pan.clone()));
    }
    // Of what a dispute has, only the dispute knows where the money is.
    let rows_max = if let Question::All { rows_max } = question { *rows_max } else { limits::SCAN_ROWS_MAX };
    for exchange in seen.range::<Exchange>(&(), rows_max, true).unwrap_or_default() {
        if exchange.claim.is_some_and(|(_, kind)| kind.is_disputed()) {
            out.row::<Dispute, IssuerRow>(&exchange.key);
        }
    }
}

pub(super) fn testify(me: &Issuer, question: &Question, facts: &Facts<'_, Issuer>) -> Vec<Testimony> {
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
        // The till's number is not on the issuer's wire.
        Question::Till(_) | Question::Cases { .. } | Question::Dated { .. } => Vec::new(),
    };
    seen.into_iter().map(|exchange| testimony(me, exchange, facts.known::<Dispute>(&exchange.key))).collect()
}

fn testimony(me: &Issuer, exchange: &Exchange, dispute: Option<&Dispute>) -> Testimony {
    let state = match exchange.stage {
        Stage::Approved => State::Approved,
        Stage::Declined => State::Declined,
        Stage::Undone => State::Undone,
        Stage::Tombstone => State::Tombstone,
    };
    let refusal = exchange.given.as_ref().map(|given| given.code).filter(|code| code.outcome() != Outcome::Approved);
    // A chargeback takes the slot when it is raised, and brings the money when the switch has said yes.
    let voided = exchange.claim.is_some_and(|(_, kind)| {
        if kind.is_disputed() { dispute.is_some_and(Dispute::is_with_cardholder) } else { kind.shape().sign < 0 }
    });
    Testimony {
        at: Some(exchange.at),
        code: refusal,
        debited: exchange.suspense != Suspense::Never && exchange.signed_minor > 0 && !exchange.borne,
        borne: exchange.borne && exchange.stage == Stage::Approved,
        returned: exchange.suspense.is_back() || voided,
        switch: Some(exchange.key),
        rrn: exchange.asked.rrn,
        card: exchange.asked.tail,
        amount: exchange.asked.amount,
        kind: exchange.kind,
        signed_minor: Some(exchange.signed_minor),
        dispute: dispute.map(Dispute::told),
        ..Testimony::bare(Party::Issuer, Short::cut(me.id.as_str()), state)
    }
}
