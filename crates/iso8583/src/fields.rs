//! One reader per field that both dialects share, and the small tools all readers use: content to a checked term, or a fault at its place.
//! No default is invented here except the ones a comment justifies.

use alloc::boxed::Box;

use slipway_terms::{
    Amount, AuthCode, BadShape, Balance, ClockTime, ClosedTrack, ConditionCode, Currency, EntryMode, Expiry,
    InstitutionId, Mac, MerchantId, MonthDay, Mti, Pan, PinBlock, PinFormat, ProcessingCode, ResponseCode, Rrn,
    Security, Short, Stan, TerminalId, Track2,
};

use crate::decoded::Decoded;
use crate::digits::Digits;
use crate::fault::{Fault, Path, Rule, clip};

pub(crate) type Read<T> = Result<Option<T>, Fault>;

/// A fault at the content of field `n`.
pub(crate) fn at(message: &Decoded<'_>, n: u8, rule: Rule) -> Fault {
    Fault::new(Path::Field(n), message.offset(n), rule)
}

/// Field `n` as a number, made into a term.
#[inline]
pub(crate) fn number<T>(message: &Decoded<'_>, n: u8, make: impl FnOnce(u64) -> Result<T, BadShape>) -> Read<T> {
    let Some(value) = message.number(n) else {
        return if message.has(n) { Err(at(message, n, Rule::Digits)) } else { Ok(None) };
    };
    make(value).map(Some).map_err(|_| at(message, n, Rule::Value))
}

/// Field `n` as ASCII text as sent, made into a term; other bytes are a fault.
#[inline]
pub(crate) fn ascii<T>(message: &Decoded<'_>, n: u8, make: impl FnOnce(&str) -> Result<T, BadShape>) -> Read<T> {
    let Some(raw) = message.raw(n) else { return Ok(None) };
    match core::str::from_utf8(raw) {
        Ok(text) => make(text).map(Some).map_err(|_| at(message, n, Rule::Value)),
        Err(_) => Err(at(message, n, Rule::Text)),
    }
}

/// The same, but a field of blanks only is as good as absent (hosts send it for "there is none").
pub(crate) fn ascii_or_blank<T>(
    message: &Decoded<'_>,
    n: u8,
    make: impl FnOnce(&str) -> Result<T, BadShape>,
) -> Read<T> {
    match message.raw(n) {
        Some(raw) if raw.iter().all(|b| *b == b' ') => Ok(None),
        _ => ascii(message, n, make),
    }
}

/// Characters of field `n` (up to `N`), made into a term.
#[inline]
pub(crate) fn chars<const N: usize, T>(
    message: &Decoded<'_>,
    n: u8,
    rule: Rule,
    make: impl FnOnce(&str) -> Result<T, BadShape>,
) -> Read<T> {
    let Some(digits) = message.digits(n) else { return Ok(None) };
    part_chars::<N, T>(digits, make).map(Some).ok_or_else(|| at(message, n, rule))
}

/// Characters of a part, made into a term; `None` when too many or refused.
pub(crate) fn part_chars<const N: usize, T>(
    digits: Digits<'_>,
    make: impl FnOnce(&str) -> Result<T, BadShape>,
) -> Option<T> {
    let mut held = [0; N];
    let len = digits.len();
    let text = held.get_mut(..len)?;
    digits.copy_to(text);
    make(core::str::from_utf8(text).ok()?).ok()
}

/// Eight bytes.
#[inline]
pub(crate) fn eight(message: &Decoded<'_>, n: u8) -> Read<[u8; 8]> {
    let Some(raw) = message.raw(n) else { return Ok(None) };
    let rule = Rule::Size { got: clip(raw.len()), want: 8 };
    <[u8; 8]>::try_from(raw).map(Some).map_err(|_| at(message, n, rule))
}

pub(crate) fn mti(message: &Decoded<'_>) -> Result<Mti, Fault> {
    let number = message.mti().iter().fold(0, |sum, b| sum * 10 + u16::from(b - b'0'));
    // The list is closed: what is not on it cannot be answered either.
    match number {
        100 | 110 | 200 | 210 | 220 | 230 | 320 | 330 | 400 | 410 | 420 | 430 | 500 | 510 | 620 | 630 | 800 | 810
        | 820 | 830 => Ok(Mti(number)),
        _ => Err(Fault::new(Path::Mti, 0, Rule::Kind)),
    }
}

pub(crate) fn pan(message: &Decoded<'_>) -> Read<Pan> {
    chars::<19, _>(message, 2, Rule::Value, Pan::new)
}

pub(crate) fn processing(message: &Decoded<'_>) -> Read<ProcessingCode> {
    number(message, 3, |n| Ok(ProcessingCode(n as u32)))
}

/// F4 with F49. Declines of some hosts leave F49 out: renminbi then, the only currency of this network.
pub(crate) fn amount(message: &Decoded<'_>) -> Read<Amount> {
    if !message.has(4) {
        return Ok(None);
    }
    let currency = ascii(message, 49, |text| match text.parse() {
        Ok(code) if code > 0 => Ok(Currency(code)),
        _ => Err(BadShape("currency")),
    })?;
    number(message, 4, |minor| Amount::new(minor, currency.unwrap_or(Currency::CNY)))
}

pub(crate) fn stan(message: &Decoded<'_>) -> Read<Stan> {
    number(message, 11, |n| Stan::new(n as u32))
}

pub(crate) fn time(message: &Decoded<'_>) -> Read<ClockTime> {
    number(message, 12, |n| ClockTime::from_hhmmss(n as u32))
}

/// F13 or F15.
pub(crate) fn month_day(message: &Decoded<'_>, n: u8) -> Read<MonthDay> {
    number(message, n, |mmdd| MonthDay::from_mmdd(mmdd as u16))
}

pub(crate) fn expiry(message: &Decoded<'_>) -> Read<Expiry> {
    chars::<4, _>(message, 14, Rule::Value, Expiry::new)
}

pub(crate) fn entry(message: &Decoded<'_>) -> Read<EntryMode> {
    number(message, 22, |n| Ok(EntryMode(n as u16)))
}

pub(crate) fn card_sequence(message: &Decoded<'_>) -> Read<u16> {
    number(message, 23, |n| Ok(n as u16))
}

pub(crate) fn condition(message: &Decoded<'_>) -> Read<ConditionCode> {
    number(message, 25, |n| Ok(ConditionCode(n as u8)))
}

pub(crate) fn pin_length_max(message: &Decoded<'_>) -> Read<u8> {
    number(message, 26, |n| if (4..=12).contains(&n) { Ok(n as u8) } else { Err(BadShape("PIN length")) })
}

/// F32, F33, F100.
pub(crate) fn institution(message: &Decoded<'_>, n: u8) -> Read<InstitutionId> {
    chars::<11, _>(message, n, Rule::Value, InstitutionId::new)
}

/// An enciphered track (F53 digit 3) is no track here: it must be deciphered before it can be read.
pub(crate) fn track2(message: &Decoded<'_>) -> Read<Track2> {
    chars::<37, _>(message, 35, Rule::Track, Track2::new)
}

/// Whether F35 is under a track key (F53 digit 3).
pub(crate) fn track_is_closed(message: &Decoded<'_>) -> Result<bool, Fault> {
    Ok(security(message)?.is_some_and(|security| security.track))
}

pub(crate) fn closed_track(message: &Decoded<'_>) -> Read<ClosedTrack> {
    // The separator of an opened track may stand as `=`; inside the enciphered part it is a nibble like any other.
    chars::<37, _>(message, 35, Rule::Track, |text| Short::new(&text.replace('=', "D")).map(ClosedTrack))
}

/// A private field of one usage: two letters, then a value.
pub(crate) fn of_usage<'a>(raw: Option<&'a [u8]>, usage: &[u8; 2]) -> Option<&'a [u8]> {
    raw?.strip_prefix(usage)
}

pub(crate) fn rrn(message: &Decoded<'_>) -> Read<Rrn> {
    ascii_or_blank(message, 37, Rrn::new)
}

pub(crate) fn auth(message: &Decoded<'_>) -> Read<AuthCode> {
    ascii_or_blank(message, 38, AuthCode::new)
}

pub(crate) fn code(message: &Decoded<'_>) -> Read<ResponseCode> {
    ascii(message, 39, ResponseCode::new)
}

pub(crate) fn terminal(message: &Decoded<'_>) -> Read<TerminalId> {
    ascii(message, 41, TerminalId::new)
}

pub(crate) fn merchant(message: &Decoded<'_>) -> Read<MerchantId> {
    ascii(message, 42, MerchantId::new)
}

/// Text of field `n` without trailing blanks, cut to `N` bytes of UTF-8. A cut may end in blanks of its own, which written
/// and read again would be gone.
pub(crate) fn text<const N: usize>(message: &Decoded<'_>, n: u8) -> Read<Short<N>> {
    if !message.has(n) {
        return Ok(None);
    }
    let text = message.text(n).ok_or_else(|| at(message, n, Rule::Text))?;
    Ok(Some(Short::cut(Short::<N>::cut(&text).as_str().trim_end())))
}

pub(crate) fn pin(message: &Decoded<'_>) -> Read<PinBlock> {
    Ok(eight(message, 52)?.map(PinBlock))
}

pub(crate) fn security(message: &Decoded<'_>) -> Read<Security> {
    let Some(all) = number(message, 53, Ok)? else { return Ok(None) };
    let digit = |unit: u64| (all / unit % 10) as u8;
    let pin = match digit(1_000_000_000_000_000) {
        0 => None,
        1 => Some(PinFormat::WithoutPan),
        2 => Some(PinFormat::WithPan),
        _ => return Err(Fault::new(Path::Sub(53, 1), message.offset(53), Rule::Value)),
    };
    Ok(Some(Security { pin, algorithm: digit(100_000_000_000_000), track: digit(10_000_000_000_000) == 1 }))
}

/// The first available balance (amount type 02) of F54, else the first balance.
pub(crate) fn balance(message: &Decoded<'_>) -> Read<Balance> {
    let Some(raw) = message.raw(54) else { return Ok(None) };
    let (all, rest) = raw.as_chunks::<20>();
    let first = all.iter().find(|one| one[2..4] == *b"02").or(all.first());
    match first {
        Some(one) if rest.is_empty() => one_balance(one).map(Some).ok_or_else(|| at(message, 54, Rule::Value)),
        _ => Err(at(message, 54, Rule::Size { got: clip(raw.len()), want: 20 })),
    }
}

fn one_balance(one: &[u8; 20]) -> Option<Balance> {
    let part = |from: usize, to: usize| core::str::from_utf8(one.get(from..to)?).ok();
    let minor =
        part(8, 20)?.bytes().try_fold(0u64, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u64::from(b - b'0')))?;
    Some(Balance {
        account_type: part(0, 2)?.parse().ok()?,
        amount_type: part(2, 4)?.parse().ok()?,
        amount: Amount::new(minor, Currency(part(4, 7)?.parse().ok()?)).ok()?,
        owed: match one[7] {
            b'C' => false,
            b'D' => true,
            _ => return None,
        },
    })
}

pub(crate) fn chip(message: &Decoded<'_>) -> Option<Box<[u8]>> {
    message.raw(55).map(Box::from)
}

/// F64 or F128.
pub(crate) fn mac(message: &Decoded<'_>) -> Read<Mac> {
    match crate::mab::mac_field(message) {
        Some((n, _)) => Ok(eight(message, n)?.map(Mac)),
        None => Ok(None),
    }
}
