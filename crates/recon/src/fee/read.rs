//! Lines of a fee book. Percentages are read digit by digit: a float would already be wrong at 0.0325.

use super::book::{FeeFault, Version};
use super::{CardType, FeeClass, Leg, Rate};
use crate::day::read_day;
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

type Why = &'static str;

/// Places of a percentage behind its point that parts per thousand million can hold.
const PLACES_MAX: usize = 7;

pub(super) fn versions(text: &str) -> Result<Vec<Version>, FeeFault> {
    let mut versions = Vec::new();
    for (line, said) in (1..).zip(text.lines()) {
        take(said.trim(), &mut versions).map_err(|why| FeeFault::Line { line, why })?;
    }
    Ok(versions)
}

fn take(said: &str, versions: &mut Vec<Version>) -> Result<(), Why> {
    if said.is_empty() || said.starts_with('#') {
        return Ok(());
    }
    let words: Vec<&str> = said.split_whitespace().collect();
    if let ["version", from, to] = words[..] {
        versions.push(version(from, to)?);
        return Ok(());
    }
    let current = versions.last_mut().ok_or("in front of the first version")?;
    match words[..] {
        ["source", ..] => {
            let source = said.trim_start_matches("source").trim();
            if !core::mem::replace(&mut current.source, source.to_owned()).is_empty() {
                return Err("said twice");
            }
            Ok(())
        }
        ["fee", of, card, class, rate, cap] => {
            let cell = &mut current.rates[leg(of)? as usize][card_type(card)? as usize][fee_class(class)? as usize];
            once(cell, Rate { ppb: percent(rate)?, cap_fen: cap_fen(cap)? })
        }
        ["refund_gives_back", of, given] => once(&mut current.gives_back[leg(of)? as usize], yes_no(given)?),
        ["net_issuer_borne_by", by] => {
            let all = match by {
                "issuer" => false,
                "acquirer" => true,
                _ => return Err("borne by issuer or acquirer"),
            };
            once(&mut current.acquirer_bears_all, all)
        }
        _ => Err("not one of version, source, fee, refund_gives_back, net_issuer_borne_by, or not as many words"),
    }
}

/// A number said twice is a mistake of the editor, and either could be the wrong one.
fn once<T>(cell: &mut Option<T>, value: T) -> Result<(), Why> {
    if cell.replace(value).is_some() { Err("said twice") } else { Ok(()) }
}

fn version(from: &str, to: &str) -> Result<Version, Why> {
    let from = read_day(from).ok_or("not a day YYYY-MM-DD")?;
    let to = match to {
        "-" => None,
        to => Some(read_day(to).ok_or("not a day YYYY-MM-DD")?),
    };
    if to.is_some_and(|to| to < from) {
        return Err("a version ends before it begins");
    }
    Ok(Version {
        from,
        to,
        source: String::new(),
        rates: [[[None; 3]; 2]; 3],
        gives_back: [None; 3],
        acquirer_bears_all: None,
    })
}

fn leg(word: &str) -> Result<Leg, Why> {
    match word {
        "issuer" => Ok(Leg::Issuer),
        "net_issuer" => Ok(Leg::NetIssuer),
        "net_acquirer" => Ok(Leg::NetAcquirer),
        _ => Err("not a leg"),
    }
}

fn card_type(word: &str) -> Result<CardType, Why> {
    match word {
        "debit" => Ok(CardType::Debit),
        "credit" => Ok(CardType::Credit),
        _ => Err("not debit or credit"),
    }
}

fn fee_class(word: &str) -> Result<FeeClass, Why> {
    match word {
        "standard" => Ok(FeeClass::Standard),
        "discount" => Ok(FeeClass::Discount),
        "nonprofit" => Ok(FeeClass::Nonprofit),
        _ => Err("not a class"),
    }
}

fn yes_no(word: &str) -> Result<bool, Why> {
    match word {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("not yes or no"),
    }
}

fn cap_fen(word: &str) -> Result<Option<u64>, Why> {
    if word == "-" { Ok(None) } else { digits(word).ok_or("a cap is in fen, or '-'").map(Some) }
}

/// At most 12 digits, nothing else: `parse` would take a sign.
fn digits(word: &str) -> Option<u64> {
    let all = !word.is_empty() && word.len() <= 12 && word.bytes().all(|b| b.is_ascii_digit());
    all.then(|| word.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0')))
}

/// `0.0325%` in parts per thousand million; `0` for none. More than 100 % is a slip of the pen.
fn percent(word: &str) -> Result<u64, Why> {
    if word == "0" {
        return Ok(0);
    }
    let number = word.strip_suffix('%').ok_or("a rate ends with %, or is 0")?;
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    if part.len() > PLACES_MAX {
        return Err("more places than can be reckoned exactly");
    }
    let scale = (part.len()..PLACES_MAX).fold(1, |scale, _| scale * 10);
    let whole = digits(whole).ok_or("not a number")?;
    let ppb = whole.saturating_mul(Rate::WHOLE / 100) + digits(part).ok_or("not a number")? * scale;
    if ppb > Rate::WHOLE { Err("more than the whole") } else { Ok(ppb) }
}
