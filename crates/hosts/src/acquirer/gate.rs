//! Who speaks: the registered terminal and the key generation its MAC is good under. First in every precedence (rules 2).
//! It must never let a message without a good MAC change a record.

use super::under::{Keys, to_line};
use super::{Acquirer, AcquirerRow, Counters, Terminal, replace};
use slipway_node::{Ask, Decision, Facts, Line, Told, Wants};
use slipway_terms::{BatchNo, MacKey, Message, Moment, ResponseCode};

/// A terminal whose message has a good MAC.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    pub terminal: &'a Terminal,
    /// The keys of the MAC: answers go under the same, the terminal may not have the newer ones.
    pub by: Keys<'a>,
}

impl Seat<'_> {
    /// The current batch of whoever speaks.
    pub fn batch(&self) -> BatchNo {
        self.terminal.batch_for(self.by)
    }
}

/// A refusal before or at the MAC: the code, and the key its answer is MACed under, if there is one.
pub(super) type Turned = (ResponseCode, Option<MacKey>);

/// Wants the terminal, then whether the MAC is good under any generation it may use.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(id) = m.terminal else { return };
    out.row::<Terminal, AcquirerRow>(&id);
    if let Some(terminal) = seen.known::<Terminal>(&id) {
        for keys in Keys::of(terminal, m) {
            out.ask(Ask::MacGood(keys.request()));
        }
        replace::wants(terminal, out);
    }
}

/// The verdict on the MAC: 97 without a key for an unknown terminal, A0 for a MAC that is good under no generation, 96
/// (doubt, never a decline) when the vault cannot say.
pub(super) fn enter<'a>(m: &Message, facts: &'a Facts<'_, Acquirer>) -> Result<Seat<'a>, Turned> {
    let Some(id) = m.terminal else { return Err((ResponseCode::FORMAT_ERROR, None)) };
    let Some(row) = facts.get::<Terminal>(&id) else { return Err((ResponseCode::UNREGISTERED_TERMINAL, None)) };
    let mut silent = false;
    for keys in Keys::of(row, m) {
        match facts.told(&Ask::MacGood(keys.request())) {
            Some(Told::Yes) => return Ok(Seat { terminal: row, by: keys }),
            Some(Told::No) => {}
            _ => silent = true,
        }
    }
    let code = if silent { ResponseCode::MALFUNCTION } else { ResponseCode::MAC_ERROR };
    Err((code, row.refusal_mac(m)))
}

/// The first good MAC under the newest keys ends the generation before and the stored sign-on answer (rules 4).
pub(super) fn prove(seat: &Seat<'_>, at: Moment, facts: &Facts<'_, Acquirer>, d: &mut Decision<Acquirer>) {
    if let Some(terminal) = proven(seat) {
        replace::carry_out(seat, at, facts, d);
        d.put(&seat.terminal.id, terminal);
    }
}

/// The terminal as that first good MAC leaves it; `None` if it changes nothing. Whoever puts it carries out the replacement
/// with it (see [`replace::carry_out`]).
pub(super) fn proven(seat: &Seat<'_>) -> Option<Terminal> {
    let Terminal { current, previous, handed, told, .. } = seat.terminal;
    let changes = match seat.by {
        Keys::Working(g) => current.as_ref() == Some(g) && (previous.is_some() || handed.is_some()),
        Keys::Dukpt(..) => told.is_some(),
    };
    changes.then(|| replace::in_force(Terminal { previous: None, handed: None, ..seat.terminal.clone() }, seat))
}

/// Answers a terminal: MTI + 10, our clock and number, this code; MACed if there is a key.
pub(super) fn answer(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    code: ResponseCode,
    key: Option<MacKey>,
    d: &mut Decision<Acquirer>,
) {
    let mut said = m.answer(code);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    to_line(d, line, said, key);
}

/// A refusal: an answer and nothing else.
pub(super) fn refuse(a: &Acquirer, at: Moment, line: Line, m: &Message, turned: Turned) -> Decision<Acquirer> {
    let mut d = Decision::nothing();
    answer(a, at, line, m, turned.0, turned.1, &mut d);
    d.count("acquirer_refused");
    assert!(d.puts.is_empty() && d.ends.is_empty() && d.timers.is_empty(), "a refusal changes nothing");
    d
}

/// The counters as they stand.
pub(super) fn counters(facts: &Facts<'_, Acquirer>) -> Counters {
    facts.get::<Counters>(&()).copied().unwrap_or_default()
}
