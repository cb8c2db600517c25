//! Questions of a terminal that change nothing: 查证 (0820, 60.3 = 954), echo (301) and sign-off (002); the switch's echo.

use super::gate;
use super::under::to_line;
use super::{Acquirer, AcquirerRow, Exchange, Terminal, testimony};
use alloc::boxed::Box;
use slipway_node::{Decision, Facts, Line, Peer, Wants};
use slipway_terms::{Message, Moment, ResponseCode, State, TillKey};

/// 60.3 of a sign-off.
const SIGN_OFF: u16 = 2;
/// 60.3 and DE 70 of an echo.
const ECHO: u16 = 301;
/// 60.3 of a status upload (DE 62 is the terminal's own text).
const STATUS: u16 = 362;
/// 60.3 of the query for the list of CA keys, and of chip parameters.
const CA_LIST: u16 = 372;
const CHIP_LIST: u16 = 382;
/// 60.3 of a 查证.
const FATE: u16 = 954;

fn code_of(m: &Message) -> Option<u16> {
    m.till60.and_then(|t| t.management)
}

/// The exchange asked for: DE 61 with the speaker's own DE 41 and 42, so that nobody asks about another's till.
fn asked(m: &Message) -> Option<TillKey> {
    let original = m.original_till?;
    let stan = slipway_terms::Stan::new(original.stan).ok()?;
    Some(TillKey { terminal: m.terminal?, merchant: m.merchant?, batch: original.batch, stan })
}

/// The terminal, and the exchange asked for.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(id) = m.terminal else { return };
    if code_of(m) != Some(FATE) {
        out.row::<Terminal, AcquirerRow>(&id);
        return;
    }
    gate::wants(m, seen, out);
    if let Some(till) = asked(m) {
        out.row::<Exchange, AcquirerRow>(&till);
    }
}

/// Decides on an 0820 of a terminal. Unknown codes are answered 40.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let Some(id) = m.terminal else { return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, None)) };
    if code_of(m) == Some(FATE) {
        return fate(a, at, line, m, facts);
    }
    let code = match facts.get::<Terminal>(&id) {
        None => ResponseCode::UNREGISTERED_TERMINAL,
        Some(terminal) if m.merchant != Some(terminal.merchant) => ResponseCode::INVALID_MERCHANT,
        Some(_) => match code_of(m) {
            // Sign-off takes no key away: a reversal may still have to come. A status is taken and counted.
            Some(ECHO | SIGN_OFF | STATUS) => ResponseCode::APPROVED,
            // No chip parameters here: the list is empty, see `download`.
            Some(CA_LIST | CHIP_LIST) => ResponseCode::APPROVED,
            _ => ResponseCode::NOT_SUPPORTED,
        },
    };
    let mut d = Decision::nothing();
    if code_of(m) == Some(STATUS) {
        d.count("acquirer_status_uploaded");
    }
    let mut said = m.answer(code);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    if matches!(code_of(m), Some(CA_LIST | CHIP_LIST)) && code == ResponseCode::APPROVED {
        // Control digit 0: none.
        said.private62 = Some(Box::from(*b"0"));
    }
    d.send(Peer::Line(line), said, None);
    d
}

/// 查证: DE 48 is our state of the exchange as one digit, in the order of [`State`]. MACed both ways, read-only.
fn fate(a: &Acquirer, at: Moment, line: Line, m: &Message, facts: &Facts<'_, Acquirer>) -> Decision<Acquirer> {
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let key = Some(seat.by.mac());
    let Some(till) = asked(m) else { return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, key)) };
    let mut d = Decision::nothing();
    let mut said = m.answer(ResponseCode::APPROVED);
    let (state, since, rrn) = match facts.get::<Exchange>(&till) {
        None => (State::NoRecord, at, None),
        Some(Exchange::Tombstone(stone)) if stone.refused.is_some() => (State::Declined, stone.at, None),
        Some(Exchange::Tombstone(stone)) => (State::Tombstone, stone.at, None),
        Some(Exchange::Original(o)) => (testimony::state(o), o.at, Some(o.rrn)),
    };
    (said.time, said.date, said.acquirer) = (Some(since.clock()), Some(since.month_day()), Some(a.id));
    said.rrn = rrn;
    said.original_till = m.original_till;
    said.private48 = Some(Box::from(alloc::format!("{}", state as u8)));
    to_line(&mut d, line, said, key);
    gate::prove(&seat, at, facts, &mut d);
    d
}

/// The switch's echo (DE 70 = 301) is answered 00; other network management comes with its own matter (40).
pub(super) fn from_switch(m: &Message) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    let code = if m.network_code == Some(ECHO) { ResponseCode::APPROVED } else { ResponseCode::NOT_SUPPORTED };
    d.send(Peer::Switch, m.answer(code), None);
    d
}
