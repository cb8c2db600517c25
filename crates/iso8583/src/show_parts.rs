//! The indented rows under a field, and the meaning of its codes.
//! A part shows no more than its field may.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use slipway_terms::ResponseCode;

use crate::decoded::Decoded;
use crate::dialect::{Cover, Family, Field};
use crate::fault::{Fault, Name};
use crate::mask::{Reveal, cover, hide_runs, mask_pan};
use crate::plain::hex;
use crate::show::ShownSub;
use crate::show_chip::chip_rows;
use crate::{mask, meaning, sub};

/// What the code in field `n` means, where it is a code.
pub(crate) fn meaning_of(message: &Decoded<'_>, n: u8, value: &str) -> Option<Name> {
    match n {
        _ if message.mti()[0] != b'0' => None,
        3 => meaning::processing(value),
        25 => meaning::condition(value),
        39 if message.mti() == *b"0400" && message.dialect().family == Family::Pos => meaning::reversal_reason(value),
        39 => {
            let row = ResponseCode::new(value).ok()?.text()?;
            Some(Name { zh: row.zh, en: row.en })
        }
        70 => meaning::network_switch(value),
        _ => None,
    }
}

fn meaning_of_part(family: Family, label: &str, value: &str) -> Option<Name> {
    match (family, label) {
        (_, "22.1") => meaning::entry(value),
        (_, "22.2") => meaning::pin_entry(value),
        (_, "53.1") => meaning::pin_format(value),
        (_, "53.2") => meaning::algorithm(value),
        (Family::Pos, "48.5") => meaning::pay_again(value),
        (Family::Pos, "60.1") => meaning::transaction_type(value),
        (Family::Pos, "60.3") => meaning::network(value),
        (Family::Pos, "60.4") | (Family::Cups, "60.2.2") => meaning::capability(value),
        (Family::Pos, "60.5") | (Family::Cups, "60.2.3") => meaning::chip_condition(value),
        (Family::Pos, "60.6") => meaning::partial(value),
        (Family::Cups, "60.2.5") => meaning::terminal_type(value),
        (Family::Cups, "90.1") => meaning::mti(value),
        _ => None,
    }
}

/// The parts of a field, as far as `reveal` allows.
pub(crate) fn parts_of(message: &Decoded<'_>, row: &Field, reveal: Reveal) -> Vec<ShownSub> {
    let raw = message.raw(row.number).unwrap_or_default();
    let family = message.dialect().family;
    if let Some(read) = message.parts(row.number) {
        return nested_rows(&format!("{}", row.number), read, reveal);
    }
    let secret = cover(message, row) == Cover::Secret;
    match (family, row.number) {
        _ if row.cover == Cover::Chip => {
            chip_rows(row.number, &message.content(row.number).unwrap_or_default(), reveal)
        }
        (Family::Pos, 62) if secret => key_rows(raw, reveal),
        (Family::Pos, 48) if message.mti() == *b"0320" && message.count(48) >= 42 => list_rows(message, reveal),
        _ if secret && reveal < Reveal::Secrets => Vec::new(),
        (Family::Pos, 59) => letter_rows(&characters(message, row, reveal)),
        _ => layout_rows(message, row, &characters(message, row, reveal)),
    }
}

/// Parts by a layout of the dialect, each under the cover of its own row; parts in parts behind one more dot.
fn nested_rows(path: &str, read: Result<Decoded<'_>, Fault>, reveal: Reveal) -> Vec<ShownSub> {
    let parts = match read {
        Ok(parts) => parts,
        Err(fault) => {
            let name = Some(Name { zh: "子域无法解析", en: "parts are not readable" });
            return Vec::from([ShownSub {
                label: format!("{path}.!"),
                name,
                value: format!("{fault}"),
                meaning: None,
            }]);
        }
    };
    let mut rows = Vec::new();
    for n in parts.numbers() {
        let (Some(row), Some(value)) = (parts.dialect().field(n), mask::value(&parts, n, reveal)) else { continue };
        let label = format!("{path}.{n}");
        let deeper = parts.parts(n).map(|read| nested_rows(&label, read, reveal)).unwrap_or_default();
        rows.push(ShownSub { label, name: Some(row.name), value, meaning: None });
        rows.extend(deeper);
    }
    rows
}

/// The characters of a field with card-number-like runs hidden where its cover says so.
fn characters(message: &Decoded<'_>, row: &Field, reveal: Reveal) -> Vec<u8> {
    let all: Vec<u8> = message.digits(row.number).map(Iterator::collect).unwrap_or_default();
    match cover(message, row) {
        Cover::Open => all,
        _ if reveal >= Reveal::Pan => all,
        _ => hide_runs(&all).into_owned(),
    }
}

fn readable(raw: &[u8]) -> String {
    crate::text::read(raw).map_or_else(|| hex(raw), |text| text.into_owned())
}

fn layout_rows(message: &Decoded<'_>, row: &Field, all: &[u8]) -> Vec<ShownSub> {
    let layout = sub::layout(message, row.number);
    // A balance field repeats its 20 characters for each balance.
    let rounds = if row.number == 54 { all.len().div_ceil(20) } else { 1 };
    let mut rest = all;
    let mut rows = Vec::new();
    for part in layout.iter().cycle().take(layout.len() * rounds) {
        let len = if part.len == 0 { rest.len() } else { part.len.min(rest.len()) };
        if len == 0 {
            break;
        }
        let (own, after) = rest.split_at(len);
        rest = after;
        let label = format!("{}.{}", row.number, part.label);
        let value = readable(own);
        let meaning = meaning_of_part(message.dialect().family, &label, &value);
        rows.push(ShownSub { label, name: Some(part.name), value, meaning });
    }
    rows
}

/// A sign-on answer's keys: lengths and check values, never the keys without a grant.
fn key_rows(raw: &[u8], reveal: Reveal) -> Vec<ShownSub> {
    let Some(block) = sub::key_block(raw) else { return Vec::new() };
    let slots = [
        ("PIK", "PIN密钥", "PIN key", Some(block.pik)),
        ("MAK", "MAC密钥", "MAC key", Some(block.mak)),
        ("TDK", "磁道密钥", "track key", block.tdk),
    ];
    let mut rows = Vec::new();
    for (word, zh, en, slot) in slots {
        let Some(slot) = slot else { continue };
        let hidden = reveal < Reveal::Secrets;
        let key = if hidden { format!("*** ({})", slot.key.len()) } else { hex(slot.key) };
        rows.push(ShownSub { label: format!("62.{word}"), name: Some(Name { zh, en }), value: key, meaning: None });
        let name = Some(Name { zh: "校验值", en: "check value" });
        rows.push(ShownSub { label: format!("62.{word}.KCV"), name, value: hex(slot.kcv), meaning: None });
    }
    rows
}

/// An upload list: 2 digits count, then items of card group 2, trace 6, card number 20, amount 12.
fn list_rows(message: &Decoded<'_>, reveal: Reveal) -> Vec<ShownSub> {
    let all: Vec<u8> = message.digits(48).map(Iterator::collect).unwrap_or_default();
    let text = |raw: Option<&[u8]>| readable(raw.unwrap_or_default());
    let items = all.get(2..).unwrap_or_default().chunks(40).enumerate();
    let mut rows = Vec::new();
    for (i, item) in items {
        let card = text(item.get(8..28));
        let card = mask_pan(card.trim_start_matches('0'), reveal);
        let value = format!("{} {} {card} {}", text(item.get(..2)), text(item.get(2..8)), text(item.get(28..)));
        let name = Some(Name { zh: "上送明细", en: "uploaded item" });
        rows.push(ShownSub { label: format!("48.{}", i + 1), name, value, meaning: None });
    }
    rows
}

/// QR and terminal items: letter and digit, 3 digits length, value.
fn letter_rows(all: &[u8]) -> Vec<ShownSub> {
    let mut rows = Vec::new();
    let mut rest = all;
    while let Some((head, after)) = rest.split_at_checked(5) {
        let (tag, digits) = head.split_at(2);
        let len = digits.iter().try_fold(0, |sum, b| b.is_ascii_digit().then(|| sum * 10 + usize::from(b - b'0')));
        let tagged = tag.first().is_some_and(u8::is_ascii_uppercase);
        let Some((value, next)) = len.filter(|_| tagged).and_then(|len| after.split_at_checked(len)) else { break };
        let name = match tag {
            b"A2" => Some(Name { zh: "终端硬件信息", en: "terminal hardware" }),
            b"A3" => Some(Name { zh: "付款码", en: "customer payment code" }),
            b"A4" => Some(Name { zh: "付款凭证号", en: "payment voucher number" }),
            _ => None,
        };
        let value = if tag == b"A3" { hide_code(value) } else { readable(value) };
        rows.push(ShownSub { label: format!("59.{}", readable(tag)), name, value, meaning: None });
        rest = next;
    }
    rows
}

/// A payment code is money for a minute: only its ends are shown.
fn hide_code(value: &[u8]) -> String {
    mask_pan(&readable(value), Reveal::Masked)
}
