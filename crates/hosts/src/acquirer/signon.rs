//! Sign-on (签到): delivers working keys under the terminal's master key, the clock and the current batch. It moves no
//! batch and confirms nothing, whatever list it brings (rules 1, 4), because it carries no MAC. A terminal with DUKPT keys has
//! them before any sign-on: its sign-on carries a MAC, gets no keys, and proves at once which device speaks.

use super::under::to_line;
use super::{Acquirer, AcquirerRow, Counters, Generation, HandedOut, Terminal, gate, replace};
use alloc::boxed::Box;
use slipway_node::{Ask, Decision, Facts, Line, Peer, Told, Wants};
use slipway_terms::{Device, Heard, KeyScheme, Keying, Message, Moment, ResponseCode, Rrn, Stan, Till60};

/// Sign-ons of one terminal in one minute; more are answered 96, so that nobody makes us turn keys without end. A repeat
/// of the sign-on that is still unproven is not counted.
const SIGN_ONS_A_MINUTE_MAX: u8 = 10;
const MINUTE_MS: i64 = 60_000;

/// The terminal; and new keys only if this sign-on will get them.
pub(super) fn wants(m: &Message, seen: &Facts<'_, Acquirer>, out: &mut Wants) {
    let Some(id) = m.terminal else { return };
    out.row::<Terminal, AcquirerRow>(&id).row::<Counters, AcquirerRow>(&());
    let Some(terminal) = seen.known::<Terminal>(&id) else { return };
    if let Some(stan) = m.stan {
        replace::sign_on_wants(terminal, &device(m), stan, out);
    }
    if terminal.keying.scheme.is_dukpt() {
        gate::wants(m, seen, out);
        if let Some(coming) = m.ksn.and_then(|ksn| replace::keyed(terminal, device(m), ksn.injection()).ok()) {
            replace::wants(&coming, out);
        }
        return;
    }
    if let Ok((_, code, None)) = judge(m, None, Some(terminal))
        && replace::may_have_keys(id, &device(m), seen)
    {
        out.asks.extend(make_ask(terminal, code));
    }
}

/// What the device says of itself.
fn device(m: &Message) -> Device {
    m.private62.as_deref().map(Device::read).unwrap_or_default()
}

type Judged<'a> = Result<(Stan, u16, Option<&'a HandedOut>), ResponseCode>;

/// 30 incomplete, 97 unknown or closed, 03 another merchant, 40 a layout we do not make, 96 too many. Else the STAN, the
/// layout, and the unproven answer to the same sign-on, if this is a repeat. `at` is not known while wanting.
fn judge<'a>(m: &Message, at: Option<Moment>, terminal: Option<&'a Terminal>) -> Judged<'a> {
    let (Some(stan), Some(merchant), Some(till60)) = (m.stan, m.merchant, m.till60) else {
        return Err(ResponseCode::FORMAT_ERROR);
    };
    let terminal = terminal.filter(|t| t.active).ok_or(ResponseCode::UNREGISTERED_TERMINAL)?;
    if merchant != terminal.merchant {
        return Err(ResponseCode::INVALID_MERCHANT);
    }
    let code = till60.management.filter(|code| fits(terminal.keying, *code)).ok_or(ResponseCode::NOT_SUPPORTED)?;
    let handed = terminal.handed.as_ref().filter(|handed| (handed.stan, handed.code) == (stan, code));
    // Another device may use the same number: keys are handed out to one.
    let handed = handed.filter(|_| replace::same_speaker(terminal, device(m)));
    let this_minute = at.is_some_and(|at| at.0 - terminal.minute.0 < MINUTE_MS);
    if handed.is_none() && this_minute && terminal.sign_ons >= SIGN_ONS_A_MINUTE_MAX {
        return Err(ResponseCode::MALFUNCTION);
    }
    Ok((stan, code, handed))
}

/// The layouts that a terminal of this scheme may ask for: 001 single keys and 003 double, 004 with a track key; 005 and 006
/// the same of SM4; 007 none, every message brings its own.
fn fits(keying: Keying, code: u16) -> bool {
    match keying.scheme {
        KeyScheme::Tdes => matches!(code, 1 | 3 if !keying.track) || code == 4,
        KeyScheme::Sm4 => matches!(code, 5 if !keying.track) || code == 6,
        KeyScheme::DukptTdes | KeyScheme::DukptAes => code == keying.sign_on_code(),
    }
}

/// The question for new working keys; DUKPT has none.
fn make_ask(terminal: &Terminal, code: u16) -> Option<Ask> {
    (!terminal.keying.scheme.is_dukpt()).then_some(Ask::MakeSessionSet(terminal.tmk, code))
}

/// Decides on a sign-on.
pub(super) fn decide(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let Some(id) = m.terminal else { return gate::refuse(a, at, line, m, (ResponseCode::FORMAT_ERROR, None)) };
    let found = facts.get::<Terminal>(&id);
    if let (Some(terminal), Ok((stan, ..))) = (found, judge(m, Some(at), found))
        && terminal.keying.scheme.is_dukpt()
    {
        return keyed(a, at, line, m, stan, facts);
    }
    if let (Some(terminal), Ok((stan, ..))) = (found, judge(m, Some(at), found))
        && let Some(old) = replace::contested(id, &device(m), facts)
    {
        let mut d = gate::refuse(a, at, line, m, (replace::TAKEN_TWICE, None));
        replace::alarm(terminal, old, stan, at, facts, &mut d);
        return d;
    }
    let (terminal, stan, code) = match (found, judge(m, Some(at), found)) {
        (_, Err(code)) => return gate::refuse(a, at, line, m, (code, None)),
        (None, _) => return gate::refuse(a, at, line, m, (ResponseCode::UNREGISTERED_TERMINAL, None)),
        (Some(terminal), Ok((.., Some(handed)))) => {
            let mut d = Decision::nothing();
            d.send(Peer::Line(line), answer(a, at, m, terminal, handed.rrn, Some(handed.block.clone())), None);
            return d;
        }
        (Some(terminal), Ok((stan, code, None))) => (terminal, stan, code),
    };
    let (tdk, pik, mak, block) = match make_ask(terminal, code).and_then(|ask| facts.told(&ask)) {
        Some(Told::SessionSet { pik, mak, tdk, block }) => (tdk.clone(), pik.clone(), mak.clone(), block.clone()),
        Some(Told::NoKey) => return gate::refuse(a, at, line, m, (ResponseCode::SECURITY_FAILED, None)),
        _ => return gate::refuse(a, at, line, m, (ResponseCode::MALFUNCTION, None)),
    };
    let mut d = Decision::nothing();
    let mut counters = gate::counters(facts);
    let rrn = counters.next_rrn(at.date());
    let no = [&terminal.current, &terminal.previous].into_iter().flatten().map(|g| g.no).max().unwrap_or(0) + 1;
    // Keys that were never used were perhaps never received: the ones proven last stay valid beside the new ones.
    let previous = if terminal.handed.is_some() { terminal.previous.clone() } else { terminal.current.clone() };
    let next = Terminal {
        current: Some(Generation { no, pik, mak, tdk }),
        previous,
        handed: Some(HandedOut { stan, code, rrn, block: block.clone() }),
        newcomer: replace::newcomer(terminal, device(m)),
        ..counted(at, terminal)
    };
    d.put(&(), counters);
    d.count("acquirer_sign_on");
    if m.private48.as_ref().is_some_and(|list| list.bytes().any(|digit| digit != b'0')) {
        d.count("acquirer_sign_on_with_open_doubts");
    }
    d.send(Peer::Line(line), answer(a, at, m, &next, rrn, Some(block)), None);
    d.put(&id, next);
    d
}

/// A terminal with DUKPT keys gets batch and clock, and no keys.
fn keyed(
    a: &Acquirer,
    at: Moment,
    line: Line,
    m: &Message,
    stan: Stan,
    facts: &Facts<'_, Acquirer>,
) -> Decision<Acquirer> {
    let seat = match gate::enter(m, facts) {
        Ok(seat) => seat,
        Err(turned) => return gate::refuse(a, at, line, m, turned),
    };
    let (terminal, by) = (seat.terminal, seat.by);
    let injection = m.ksn.map_or(0, |ksn| ksn.injection());
    if let Some(old) = replace::contested(terminal.id, &device(m), facts) {
        let mut d = gate::refuse(a, at, line, m, (replace::TAKEN_TWICE, Some(by.mac())));
        replace::alarm(terminal, old, stan, at, facts, &mut d);
        return d;
    }
    let coming = match replace::keyed(terminal, device(m), injection) {
        Ok(coming) => coming,
        Err(code) => return gate::refuse(a, at, line, m, (code, Some(by.mac()))),
    };
    let mut d = Decision::nothing();
    let same = terminal.injected == Some(injection) && coming.newcomer.is_none();
    let code = terminal.keying.sign_on_code();
    if let Some(handed) = terminal.handed.as_ref().filter(|handed| same && (handed.stan, handed.code) == (stan, code)) {
        to_line(&mut d, line, answer(a, at, m, terminal, handed.rrn, None), Some(by.mac()));
        return d;
    }
    let mut counters = gate::counters(facts);
    let rrn = counters.next_rrn(at.date());
    d.put(&(), counters);
    d.count("acquirer_sign_on");
    replace::carry_out(&gate::Seat { terminal: &coming, by }, at, facts, &mut d);
    let next = replace::keyed_in_force(&coming, injection);
    let said = answer(a, at, m, &next, rrn, None);
    to_line(&mut d, line, said, Some(by.mac()));
    let handed = Some(HandedOut { stan, code, rrn, block: Box::default() });
    d.put(&terminal.id, Terminal { handed, ..counted(at, &next) });
    d
}

/// The terminal with one more sign-on in its minute.
fn counted(at: Moment, terminal: &Terminal) -> Terminal {
    let fresh = at.0 - terminal.minute.0 >= MINUTE_MS;
    Terminal {
        minute: if fresh { at } else { terminal.minute },
        sign_ons: if fresh { 1 } else { terminal.sign_ons.saturating_add(1) },
        ..terminal.clone()
    }
}

/// The batch is always ours, whatever the request named, and what we did to the one before it is said to whom says its mark;
/// DE 12 and 13 set the terminal's clock.
fn answer(a: &Acquirer, at: Moment, m: &Message, terminal: &Terminal, rrn: Rrn, block: Option<Box<[u8]>>) -> Message {
    let mut said = m.answer(ResponseCode::APPROVED);
    (said.time, said.date, said.acquirer) = (Some(at.clock()), Some(at.month_day()), Some(a.id));
    said.rrn = Some(rrn);
    let (batch, shut) = replace::batch_told(terminal);
    said.till60 = m.till60.map(|asked| Till60 { batch, ..asked });
    said.private62 = block;
    let device = device(m);
    said.private48 = device.mark.is_some().then(|| Heard { shut, device }.write());
    said
}
