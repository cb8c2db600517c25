//! What a dump may show of each field. Masked unless the caller earned more.
//! Secrets (PIN blocks, keys, discretionary track data, chip values) are shown only for test cards or published vectors; nothing else may open them.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::decoded::Decoded;
use crate::dialect::{Cover, Encoding, Family, Field, Kind};
use crate::fault::Path;
use crate::plain::{clear_value, hex};
use crate::sub;
use crate::tlv::Tlv;

/// How much a dump shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reveal {
    /// First 6 and last 4 of card numbers.
    Masked,
    /// Card numbers whole.
    Pan,
    /// Everything. See [`granted`].
    Secrets,
}

/// What the caller asked for, cut down to what it may have: secrets only for test cards (999001…, 999002…) or when the message is a published vector.
#[must_use]
pub fn granted(message: &Decoded<'_>, asked: Reveal, known_vector: bool) -> Reveal {
    if asked < Reveal::Secrets || known_vector || is_test_card(message) { asked } else { Reveal::Pan }
}

/// There is a card in F2 or F35, and none that is not a test card.
fn is_test_card(message: &Decoded<'_>) -> bool {
    let mut cards = [2, 35].into_iter().filter_map(|n| message.digits(n)).peekable();
    cards.peek().is_some()
        && cards.all(|digits| {
            let mut head = [0; 6];
            digits.copy_to(&mut head) == 6 && matches!(&head, b"999001" | b"999002")
        })
}

/// The value of field `n` as far as `reveal` allows (call [`granted`] first). `None` when the field is not there.
#[must_use]
pub fn value(message: &Decoded<'_>, n: u8, reveal: Reveal) -> Option<String> {
    let row = message.dialect().field(n)?;
    let raw = &*message.content(n)?;
    let stars = || format!("*** ({})", message.count(n));
    if reveal == Reveal::Secrets {
        return clear_value(message, n);
    }
    Some(match cover(message, row) {
        Cover::Open => clear_value(message, n)?,
        Cover::Secret => stars(),
        Cover::Chip => Tlv::parse(raw, Path::Field(n)).map_or_else(
            |_| stars(),
            |tlv| {
                let top = tlv.objects().filter(|object| object.depth == 0);
                top.map(|object| format!("{object:?}")).collect::<Vec<_>>().join(" ")
            },
        ),
        Cover::Pan => mask_pan(&clear_value(message, n)?, reveal),
        Cover::Track => match pan_of_track(n, &clear_value(message, n)?) {
            Some(pan) => mask_pan(pan, reveal) + "…***",
            None => stars(),
        },
        Cover::Free | Cover::ByUse if reveal == Reveal::Pan => clear_value(message, n)?,
        Cover::Free | Cover::ByUse => free(message, row, raw)?,
    })
}

/// Sorts the fields whose content depends on their use.
pub(crate) fn cover(message: &Decoded<'_>, row: &Field) -> Cover {
    if row.cover != Cover::ByUse {
        return row.cover;
    }
    let raw = message.raw(row.number).unwrap_or_default();
    match (message.dialect().family, row.number) {
        (Family::Pos, 48) if message.count(48) == 62 || sub::names_first(message) => Cover::Open,
        (Family::Pos, 62) if carries_keys(message) => Cover::Secret,
        (Family::Pos, 62) if raw.starts_with(b"Sequence No") => Cover::Open,
        (Family::Pos, 62) if raw.starts_with(b"SM") && raw.len() == 18 => Cover::Secret,
        (Family::Cups, 48) if holds(raw, b"NK") => Cover::Secret,
        (Family::Cups, 63) if holds(raw, b"SM") || holds(raw, b"TK") => Cover::Secret,
        _ => Cover::Free,
    }
}

/// A 0810 whose F60.3 is a sign-on; when F60 is not readable, any 0810 (better too little than a key).
fn carries_keys(message: &Decoded<'_>) -> bool {
    message.mti() == *b"0810" && sub::network_code(message).is_none_or(|code| code < 200)
}

fn holds(raw: &[u8], usage: &[u8; 2]) -> bool {
    raw.windows(2).any(|pair| pair == usage)
}

fn free(message: &Decoded<'_>, row: &Field, raw: &[u8]) -> Option<String> {
    if row.kind == Kind::N {
        return Some(hide_runs(clear_value(message, row.number)?.as_bytes()).iter().map(|b| char::from(*b)).collect());
    }
    let hidden = hide_runs(raw);
    let text = match row.encoding {
        // Content of these is Latin-1 by now.
        Encoding::Ebcdic => latin(&hidden),
        Encoding::Utf8 => crate::text::read_utf8(&hidden).map(String::from),
        _ => crate::text::read(&hidden).map(Cow::into_owned),
    };
    Some(match (row.kind, text) {
        (Kind::An | Kind::Ans, Some(text)) => text,
        (Kind::An | Kind::Ans, None) => String::from("hex:") + &hex(&hidden),
        // What a general dialect calls bytes may hold packed digits.
        _ if message.dialect().family == Family::General => hide_text(&hex(&hidden)),
        _ => hex(&hidden),
    })
}

fn hide_text(text: &str) -> String {
    hide_runs(text.as_bytes()).iter().map(|b| char::from(*b)).collect()
}

fn latin(bytes: &[u8]) -> Option<String> {
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    (!text.chars().any(char::is_control)).then_some(text)
}

/// Runs of 13 and more ASCII digits, leading zeros not counted, could be a card number: first 6 and last 4 stay.
pub(crate) fn hide_runs(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Cow::Borrowed(raw);
    let mut from = 0;
    while let Some(rest) = raw.get(from..).filter(|rest| !rest.is_empty()) {
        let run = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let zeros = rest.iter().take_while(|b| **b == b'0').count();
        if run - zeros >= 13
            && let Some(middle) = out.to_mut().get_mut(from + zeros + 6..from + run - 4)
        {
            middle.fill(b'*');
        }
        from += run.max(1);
    }
    out
}

/// First 6 and last 4; a number too short for that is hidden whole.
#[must_use]
pub fn mask_pan(pan: &str, reveal: Reveal) -> String {
    if reveal >= Reveal::Pan {
        return String::from(pan);
    }
    let len = pan.chars().count();
    let keep = |at: usize| len >= 13 && (at < 6 || at + 4 >= len);
    pan.chars().enumerate().map(|(at, c)| if keep(at) { c } else { '*' }).collect()
}

/// The card number inside a track: track 2 up to the separator, track 3 after its two format digits, track 1 after its letter.
fn pan_of_track(n: u8, track: &str) -> Option<&str> {
    let start = match n {
        36 => 2,
        45 => 1,
        _ => 0,
    };
    let rest = track.get(start..)?;
    let end = rest.find(['D', '=', '^'])?;
    let pan = rest.get(..end)?;
    ((12..=19).contains(&end) && pan.bytes().all(|b| b.is_ascii_digit())).then_some(pan)
}
