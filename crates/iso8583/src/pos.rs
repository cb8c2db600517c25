//! The terminal dialect's fields as a typed message, and back: one line per field, in the order of the wire.
//! Terminals know no F7, 18, 33, 43, 70, 90, 96, 100: these are not written. F63 beyond 63.1 and 60.7 are not read.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use slipway_terms::{BatchNo, ClosedTrack, Ksn, Message, MonthDay, OriginalTill, Short, Till60, WidePin};

use crate::decoded::Decoded;
use crate::encode::Encoder;
use crate::fault::{Fault, Path, Rule, clip};
use crate::fields::{self as f, Read};
use crate::line::Line;
use crate::typed::{put, write_balance, write_currency, write_security};

pub(crate) fn read(m: &Decoded<'_>) -> Result<Message, Fault> {
    let mut to = Message::new(f::mti(m)?);
    for n in m.numbers() {
        match n {
            2 => to.pan = f::pan(m)?,
            3 => to.processing = f::processing(m)?,
            4 => to.amount = f::amount(m)?,
            11 => to.stan = f::stan(m)?,
            12 => to.time = f::time(m)?,
            13 => to.date = f::month_day(m, 13)?,
            14 => to.expiry = f::expiry(m)?,
            15 => to.settlement = f::month_day(m, 15)?,
            22 => to.entry = f::entry(m)?,
            23 => to.card_sequence = f::card_sequence(m)?,
            25 => to.condition = f::condition(m)?,
            26 => to.pin_length_max = f::pin_length_max(m)?,
            32 => to.acquirer = f::institution(m, 32)?,
            35 if f::track_is_closed(m)? => to.closed_track = f::closed_track(m)?,
            35 => to.track2 = f::track2(m)?,
            37 => to.rrn = f::rrn(m)?,
            38 => to.auth = f::auth(m)?,
            39 => to.code = f::code(m)?,
            41 => to.terminal = f::terminal(m)?,
            42 => to.merchant = f::merchant(m)?,
            44 => to.institutions = f::text::<25>(m, 44)?,
            48 => to.private48 = m.digits(48).map(|d| d.map(char::from).collect::<String>().into_boxed_str()),
            52 => to.pin = f::pin(m)?,
            53 => to.security = f::security(m)?,
            54 => to.balance = f::balance(m)?,
            55 => to.chip = f::chip(m),
            60 => to.till60 = till60(m)?,
            61 => to.original_till = original_till(m)?,
            62 => private62(m, &mut to),
            63 => to.operator_or_scheme = operator_or_scheme(m)?,
            64 | 128 => to.mac = f::mac(m)?,
            _ => {}
        }
    }
    Ok(to)
}

pub(crate) fn write(m: &Message, to: &mut Encoder<'_>) -> Result<(), Fault> {
    put!(to, 2, bytes m.pan.as_ref().map(|pan| pan.reveal().as_bytes()));
    put!(to, 3, number m.processing.map(|code| code.0));
    put!(to, 4, number m.amount.map(|amount| amount.minor()));
    put!(to, 11, number m.stan.map(|stan| stan.number()));
    put!(to, 12, number m.time.map(|time| time.hhmmss()));
    put!(to, 13, number m.date.map(|date| date.mmdd()));
    put!(to, 14, number m.expiry.map(|expiry| expiry.yymm()));
    put!(to, 15, number m.settlement.map(|date| date.mmdd()));
    put!(to, 22, number m.entry.map(|entry| entry.0));
    put!(to, 23, number m.card_sequence);
    put!(to, 25, number m.condition.map(|code| code.0));
    put!(to, 26, number m.pin_length_max);
    put!(to, 32, bytes m.acquirer.as_ref().map(|id| id.as_str().as_bytes()));
    match (&m.closed_track, &m.track2) {
        (Some(ClosedTrack(text)), _) => to.field(35, text.as_bytes()).map(drop)?,
        (None, Some(track)) => to.field(35, track.reveal().as_bytes()).map(drop)?,
        (None, None) => {}
    }
    put!(to, 37, bytes m.rrn.as_ref().map(|rrn| rrn.bytes()));
    put!(to, 38, bytes m.auth.as_ref().map(|auth| auth.bytes()));
    put!(to, 39, bytes m.code.as_ref().map(|code| code.as_str().as_bytes()));
    put!(to, 41, bytes m.terminal.as_ref().map(|id| id.bytes()));
    put!(to, 42, bytes m.merchant.as_ref().map(|id| id.bytes()));
    if let Some(institutions) = &m.institutions {
        to.text(44, institutions.as_str())?;
    }
    put!(to, 48, bytes m.private48.as_ref().map(|digits| digits.as_bytes()));
    write_currency(m, to)?;
    put!(to, 52, bytes m.pin.map(|block| block.0));
    write_security(to, m.security)?;
    write_balance(to, m.balance)?;
    put!(to, 55, bytes m.chip);
    write_till60(to, m.till60)?;
    write_original_till(to, m.original_till)?;
    match (&m.ksn, &m.wide_pin) {
        (Some(ksn), _) => {
            let more = m.private62.as_deref().map_or(Vec::new(), |more| [&MORE[..], more].concat());
            to.field(62, &[&SERIAL[..], ksn.bytes(), &more].concat()).map(drop)?;
        }
        (None, Some(WidePin(block))) => to.field(62, &[&WIDE_PIN[..], block].concat()).map(drop)?,
        (None, None) => put!(to, 62, bytes m.private62),
    }
    if let Some(word) = &m.operator_or_scheme {
        let mut three = [b' '; 3];
        three.iter_mut().zip(word.as_bytes()).for_each(|(to, from)| *to = *from);
        to.field(63, &three)?;
    }
    Ok(())
}

/// F62 with a DUKPT serial number.
const SERIAL: &[u8; 2] = b"KS";
/// Behind a serial number: what the message has F62 for besides.
const MORE: &[u8; 2] = b"CN";
/// F62 with a PIN block under SM4. The switch dialect has it in F63, with the same two letters.
pub(crate) const WIDE_PIN: &[u8; 2] = b"SM";

/// F62: a serial number or a wide PIN block, or whatever else its message has it for. A sign-on answer holds a key block
/// there, which may begin with any letters: it has a serial number only if it has nothing else, which is shorter than any block.
fn private62(m: &Decoded<'_>, to: &mut Message) {
    let raw = m.raw(62);
    let serial = f::of_usage(raw, SERIAL);
    if to.mti.0 == 810 {
        to.ksn = serial.and_then(Ksn::from_bytes);
    } else {
        let (serial, more) = serial.map_or((None, None), serial_and_more);
        (to.ksn, to.private62) = (serial, more.map(Box::from));
        to.wide_pin = f::of_usage(raw, WIDE_PIN).and_then(|block| block.try_into().ok()).map(WidePin);
    }
    if to.ksn.is_none() && to.wide_pin.is_none() {
        to.private62 = raw.map(Box::from);
    }
}

/// A serial number, of 12 bytes or of 10, and what stands behind it.
fn serial_and_more(raw: &[u8]) -> (Option<Ksn>, Option<&[u8]>) {
    let cut = [12, 10].into_iter().find_map(|len| {
        let (serial, more) = raw.split_at_checked(len)?;
        Some((serial, more.strip_prefix(MORE).filter(|more| !more.is_empty())?))
    });
    cut.map_or((Ksn::from_bytes(raw), None), |(serial, more)| (Ksn::from_bytes(serial), Some(more)))
}

/// The next part of a composite field: `None` when the field ends before it, a fault when it is cut short.
/// The rest of a packed field is held as characters, which are digits: the decoder saw to that.
fn next(m: &Decoded<'_>, rest: &mut &[u8], n: u8, label: u8, len: usize) -> Read<u64> {
    if rest.is_empty() {
        return Ok(None);
    }
    let Some((part, after)) = rest.split_at_checked(len) else {
        let rule = Rule::Size { got: clip(rest.len()), want: clip(len) };
        return Err(Fault::new(Path::Sub(n, label), m.offset(n), rule));
    };
    *rest = after;
    Ok(Some(part.iter().fold(0, |sum, c| sum * 10 + u64::from(c - b'0'))))
}

/// All characters of field `n` in `held`.
fn characters<'h, const N: usize>(m: &Decoded<'_>, n: u8, held: &'h mut [u8; N]) -> Option<&'h [u8]> {
    let len = m.digits(n)?.copy_to(held);
    held.get(..len)
}

fn missing(m: &Decoded<'_>, n: u8, label: u8) -> Fault {
    Fault::new(Path::Sub(n, label), m.offset(n), Rule::Missing)
}

/// F60: 60.1 and 60.2 always, then as far as its length reaches.
fn till60(m: &Decoded<'_>) -> Read<Till60> {
    let mut held = [0; 17];
    let Some(mut rest) = characters(m, 60, &mut held) else { return Ok(None) };
    let type_code = next(m, &mut rest, 60, 1, 2)?.ok_or_else(|| missing(m, 60, 1))?;
    let batch = next(m, &mut rest, 60, 2, 6)?.ok_or_else(|| missing(m, 60, 2))?;
    Ok(Some(Till60 {
        type_code: type_code as u8,
        batch: BatchNo(batch as u32),
        management: next(m, &mut rest, 60, 3, 3)?.map(|code| code as u16),
        reads: next(m, &mut rest, 60, 4, 1)?.map(|digit| digit as u8),
        chip: next(m, &mut rest, 60, 5, 1)?.map(|digit| digit as u8),
        partial: next(m, &mut rest, 60, 6, 1)?.map(|digit| digit as u8),
    }))
}

fn write_till60(to: &mut Encoder<'_>, till60: Option<Till60>) -> Result<(), Fault> {
    let Some(t) = till60 else { return Ok(()) };
    let mut line = Line::<17>::new();
    line.number(u64::from(t.type_code), 2).number(u64::from(t.batch.0), 6);
    // A part can only follow the one before it.
    let parts =
        [(t.management, 3), (t.reads.map(u16::from), 1), (t.chip.map(u16::from), 1), (t.partial.map(u16::from), 1)];
    for (value, width) in parts {
        let Some(value) = value else { break };
        line.number(u64::from(value), width);
    }
    to.field(60, line.bytes()).map(drop)
}

/// F61: 61.1 and 61.2, then the date if it is there and not 0000; 61.4 and 61.5 are not used.
fn original_till(m: &Decoded<'_>) -> Read<OriginalTill> {
    let mut held = [0; 29];
    let Some(mut rest) = characters(m, 61, &mut held) else { return Ok(None) };
    let batch = next(m, &mut rest, 61, 1, 6)?.ok_or_else(|| missing(m, 61, 1))?;
    let stan = next(m, &mut rest, 61, 2, 6)?.ok_or_else(|| missing(m, 61, 2))?;
    let date = match next(m, &mut rest, 61, 3, 4)? {
        None | Some(0) => None,
        Some(mmdd) => match MonthDay::from_mmdd(mmdd as u16) {
            Ok(date) => Some(date),
            Err(_) => return Err(Fault::new(Path::Sub(61, 3), m.offset(61), Rule::Value)),
        },
    };
    Ok(Some(OriginalTill { batch: BatchNo(batch as u32), stan: stan as u32, date }))
}

fn write_original_till(to: &mut Encoder<'_>, original: Option<OriginalTill>) -> Result<(), Fault> {
    let Some(original) = original else { return Ok(()) };
    let mut line = Line::<29>::new();
    line.number(u64::from(original.batch.0), 6).number(u64::from(original.stan), 6);
    if let Some(date) = original.date {
        line.number(u64::from(date.mmdd()), 4);
    }
    to.field(61, line.bytes()).map(drop)
}

/// 63.1, without its trailing blanks.
fn operator_or_scheme(m: &Decoded<'_>) -> Read<Short<3>> {
    let Some(raw) = m.raw(63) else { return Ok(None) };
    let first = raw.get(..raw.len().min(3)).unwrap_or_default();
    match core::str::from_utf8(first) {
        Ok(text) if text.bytes().all(|b| (b' '..=b'~').contains(&b)) => Ok(Some(Short::cut(text.trim_end()))),
        _ => Err(Fault::new(Path::Sub(63, 1), m.offset(63), Rule::Text)),
    }
}
