//! The switch dialect's fields as a typed message, and back: one line per field, in the order of the wire.
//! The terminal's private fields (60, 61, 62, 63.1) stay with the acquirer and are not written; of 60 only the reason code of a dispute is, of 63 only usage SM; the switch's own 28, 36, 61, 62, 102–104, 113–126 are not read.

use alloc::boxed::Box;

use slipway_terms::{InstitutionId, Mcc, Message, Mti, OriginalData, SentAt, Short, Stan, SwitchKey, WidePin};

use crate::decoded::Decoded;
use crate::encode::Encoder;
use crate::fault::{Fault, Path, Rule};
use crate::fields::{self as f, Read};
use crate::line::Line;
use crate::pos::WIDE_PIN;
use crate::sub::part;
use crate::typed::{put, write_balance, write_currency, write_security};

pub(crate) fn read(m: &Decoded<'_>) -> Result<Message, Fault> {
    let mut to = Message::new(f::mti(m)?);
    for n in m.numbers() {
        match n {
            2 => to.pan = f::pan(m)?,
            3 => to.processing = f::processing(m)?,
            4 => to.amount = f::amount(m)?,
            7 => to.sent = f::number(m, 7, SentAt::from_number)?,
            11 => to.stan = f::stan(m)?,
            12 => to.time = f::time(m)?,
            13 => to.date = f::month_day(m, 13)?,
            14 => to.expiry = f::expiry(m)?,
            15 => to.settlement = f::month_day(m, 15)?,
            18 => to.mcc = f::number(m, 18, |n| Ok(Mcc(n as u16)))?,
            22 => to.entry = f::entry(m)?,
            23 => to.card_sequence = f::card_sequence(m)?,
            25 => to.condition = f::condition(m)?,
            26 => to.pin_length_max = f::pin_length_max(m)?,
            32 => to.acquirer = f::institution(m, 32)?,
            33 => to.forwarder = f::institution(m, 33)?,
            35 => to.track2 = f::track2(m)?,
            37 => to.rrn = f::rrn(m)?,
            38 => to.auth = f::auth(m)?,
            39 => to.code = f::code(m)?,
            41 => to.terminal = f::terminal(m)?,
            42 => to.merchant = f::merchant(m)?,
            43 => to.name_place = f::text::<40>(m, 43)?,
            44 => to.institutions = f::text::<25>(m, 44)?,
            48 if new_key(m).is_some() => to.new_key = new_key(m),
            48 => to.private48 = private48(m)?,
            52 => to.pin = f::pin(m)?,
            53 => to.security = f::security(m)?,
            60 => to.reason = reason(m),
            63 => to.wide_pin = f::of_usage(m.raw(63), WIDE_PIN).and_then(|block| block.try_into().ok()).map(WidePin),
            54 => to.balance = f::balance(m)?,
            55 => to.chip = f::chip(m),
            70 => to.network_code = f::number(m, 70, |n| Ok(n as u16))?,
            90 => to.original = original(m)?,
            96 => to.key_cryptogram = f::eight(m, 96)?,
            100 => to.receiver = f::institution(m, 100)?,
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
    put!(to, 7, number m.sent.map(|sent| sent.number()));
    put!(to, 11, number m.stan.map(|stan| stan.number()));
    put!(to, 12, number m.time.map(|time| time.hhmmss()));
    put!(to, 13, number m.date.map(|date| date.mmdd()));
    put!(to, 14, number m.expiry.map(|expiry| expiry.yymm()));
    put!(to, 15, number m.settlement.map(|date| date.mmdd()));
    put!(to, 18, number m.mcc.map(|mcc| mcc.0));
    put!(to, 22, number m.entry.map(|entry| entry.0));
    put!(to, 23, number m.card_sequence);
    put!(to, 25, number m.condition.map(|code| code.0));
    put!(to, 26, number m.pin_length_max);
    put!(to, 32, bytes m.acquirer.as_ref().map(|id| id.as_str().as_bytes()));
    put!(to, 33, bytes m.forwarder.as_ref().map(|id| id.as_str().as_bytes()));
    put!(to, 35, bytes m.track2.as_ref().map(|track| track.reveal().as_bytes()));
    put!(to, 37, bytes m.rrn.as_ref().map(|rrn| rrn.bytes()));
    put!(to, 38, bytes m.auth.as_ref().map(|auth| auth.bytes()));
    put!(to, 39, bytes m.code.as_ref().map(|code| code.as_str().as_bytes()));
    put!(to, 41, bytes m.terminal.as_ref().map(|id| id.bytes()));
    put!(to, 42, bytes m.merchant.as_ref().map(|id| id.bytes()));
    for (n, text) in
        [(43, m.name_place.as_ref().map(|t| t.as_str())), (44, m.institutions.as_ref().map(|t| t.as_str()))]
    {
        if let Some(text) = text {
            to.text(n, text)?;
        }
    }
    match (&m.new_key, &m.private48) {
        (Some(key), _) => to.raw(48, &[&NEW_KEY[..], key].concat()).map(drop)?,
        (None, Some(text)) => to.text(48, text).map(drop)?,
        (None, None) => {}
    }
    write_currency(m, to)?;
    put!(to, 52, bytes m.pin.map(|block| block.0));
    write_security(to, m.security)?;
    write_balance(to, m.balance)?;
    put!(to, 55, bytes m.chip);
    put!(to, 60, bytes m.reason.as_ref().map(|reason| reason.as_bytes()));
    if let Some(WidePin(block)) = &m.wide_pin {
        to.raw(63, &[WIDE_PIN, &block[..]].concat())?;
    }
    put!(to, 70, number m.network_code);
    write_original(to, m.original)?;
    put!(to, 96, bytes m.key_cryptogram);
    put!(to, 100, bytes m.receiver.as_ref().map(|id| id.as_str().as_bytes()));
    Ok(())
}

/// What stands in front of a key in F48.
const NEW_KEY: &[u8; 2] = b"NK";

/// F48 of a key reset: `NK` and a double-length key.
fn new_key(m: &Decoded<'_>) -> Option<[u8; 16]> {
    let key = m.raw(48)?.strip_prefix(NEW_KEY)?;
    key.try_into().ok().filter(|_| m.mti()[1] == b'8')
}

/// 60.1: the reason code, the first four digits. F60 of other uses is passed over.
fn reason(m: &Decoded<'_>) -> Option<Short<4>> {
    let code = m.raw(60)?.get(..4).filter(|code| code.iter().all(u8::is_ascii_digit))?;
    Short::new(core::str::from_utf8(code).ok()?).ok()
}

/// F48 as text. Bytes that are none have no place in a typed message: refused, not dropped.
fn private48(m: &Decoded<'_>) -> Read<Box<str>> {
    if !m.has(48) {
        return Ok(None);
    }
    let text = m.text(48).ok_or_else(|| f::at(m, 48, Rule::Text))?;
    Ok(Some(Box::from(&*text)))
}

/// F90: MTI 4, F11 6, F7 10, F32 11, F33 11.
fn original(m: &Decoded<'_>) -> Read<OriginalData> {
    if !m.has(90) {
        return Ok(None);
    }
    let fault = |label, from: usize| Fault::new(Path::Sub(90, label), m.offset(90) + from, Rule::Value);
    let number = |label, from, len| part(m, 90, from, len).and_then(|p| p.number()).ok_or_else(|| fault(label, from));
    let near = [f::institution(m, 32)?, f::institution(m, 33)?];
    let named = |eleven: &str| member(eleven, &near);
    let id = |label, from| {
        part(m, 90, from, 11).and_then(|p| f::part_chars::<11, _>(p, named)).ok_or_else(|| fault(label, from))
    };
    Ok(Some(OriginalData {
        mti: Mti(number(1, 0, 4)? as u16),
        key: SwitchKey {
            stan: Stan::new(number(2, 4, 6)? as u32).map_err(|_| fault(2, 4))?,
            sent: SentAt::from_number(number(3, 10, 10)?).map_err(|_| fault(3, 10))?,
            acquirer: id(4, 20)?,
            forwarder: id(5, 31)?,
        },
    }))
}

/// An institution of F90 stands right aligned behind zeros, and an id may begin with zeros itself. The one that the message
/// names in F32 or F33 is meant, whatever its length; else 8 digits are kept, as ids have them in practice. Guessed wrong, a
/// reversal would not find its original.
fn member(eleven: &str, near: &[Option<InstitutionId>]) -> Result<InstitutionId, slipway_terms::BadShape> {
    let zeros_before =
        |id: &InstitutionId| eleven.strip_suffix(id.as_str()).is_some_and(|before| before.bytes().all(|b| b == b'0'));
    if let Some(named) = near.iter().flatten().find(|id| zeros_before(id)) {
        return Ok(*named);
    }
    let zeros = eleven.bytes().take_while(|b| *b == b'0').count();
    InstitutionId::new(eleven.get(zeros.min(3)..).unwrap_or_default())
}

fn write_original(to: &mut Encoder<'_>, original: Option<OriginalData>) -> Result<(), Fault> {
    let Some(original) = original else { return Ok(()) };
    let key = original.key;
    let mut line = Line::<42>::new();
    line.number(u64::from(original.mti.0), 4).number(u64::from(key.stan.number()), 6).number(key.sent.number(), 10);
    line.right(key.acquirer.as_str().as_bytes(), 11).right(key.forwarder.as_str().as_bytes(), 11);
    to.field(90, line.bytes()).map(drop)
}
