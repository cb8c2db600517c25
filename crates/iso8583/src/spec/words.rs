//! The words of spec files, and what both kinds of file share: covers and names that a file need not give.

use alloc::format;
use alloc::string::String;

use crate::dialect::{Bitmap, Counts, Cover, Encoding, Kind, Length, Pad, Prefix};
use crate::dialects::ISO87_ASCII;
use crate::fault::Name;

/// What a dump may show where the file does not say: card numbers, tracks and secrets stand in the same fields in every version
/// of the standard; what is free in length may hold anything.
pub(super) fn cover_of(n: u8, kind: Kind, length: Length, in_parts: bool) -> Cover {
    match (in_parts, n, kind) {
        (false, 2 | 34 | 102 | 103, _) => Cover::Pan,
        (false, 35 | 36 | 45, _) => Cover::Track,
        // As bytes, security control information holds keys.
        (false, 52 | 96, _) | (false, 53, Kind::B) => Cover::Secret,
        (false, 55, Kind::B) => Cover::Chip,
        (_, _, Kind::N | Kind::X) if length == Length::Fixed => Cover::Open,
        (false, 64 | 128 | 37..=43 | 49..=51, _) => Cover::Open,
        _ => Cover::Free,
    }
}

/// Words of names whose content nobody may see; the last are written together.
const SECRETS: [&str; 22] = [
    "pin",
    "cvv",
    "cvv2",
    "cvc",
    "cvc2",
    "cvn",
    "cvn2",
    "ksn",
    "password",
    "track",
    "card verification data",
    "card verification value",
    "key management",
    "key block",
    "working key",
    "session key",
    "密码",
    "密钥",
    "磁道",
    "卡验证",
    "安全码",
    "口令",
];
/// Words of names that hold a card number.
const NUMBERS: [&str; 5] = ["pan", "account number", "card number", "卡号", "账号"];
/// Words that make a name speak about such a thing and not hold it.
const ABOUT: [&str; 12] = [
    "result",
    "results",
    "length",
    "size",
    "capability",
    "capabilities",
    "capture",
    "entry",
    "country",
    "sequence",
    "source",
    "errors",
];

/// A cover at least as close as what the name promises; a file in the field may hold a PIN anywhere.
pub(super) fn cover_by_name(name: &str, cover: Cover) -> Cover {
    if !matches!(cover, Cover::Open | Cover::Free) {
        return cover;
    }
    let mut plain = String::from(" ");
    for c in name.chars() {
        plain.extend(if c.is_alphanumeric() { c.to_lowercase().next() } else { Some(' ') });
    }
    let plain = plain.split_whitespace().fold(String::from(" "), |text, word| text + word + " ");
    let says = |word: &str| if word.is_ascii() { plain.contains(&format!(" {word} ")) } else { plain.contains(word) };
    if ABOUT.iter().any(|word| says(word)) {
        cover
    } else if SECRETS.iter().any(|word| says(word)) {
        Cover::Secret
    } else if NUMBERS.iter().any(|word| says(word)) {
        Cover::Pan
    } else {
        cover
    }
}

/// The standard's name of a field, where the file gives none.
pub(super) fn name_of(n: u8, in_parts: bool) -> Name {
    let named = if in_parts { None } else { ISO87_ASCII.field(n) };
    named.map_or(Name { zh: "未命名", en: "unnamed" }, |row| row.name)
}

/// `n ll 19` → kind, digits of the length, maximum.
pub(super) fn shape(is: &str) -> Option<(Kind, u8, u16)> {
    let mut words = is.split_ascii_whitespace();
    let (kind, form, max) = (words.next()?, words.next()?, words.next()?);
    let digits = match form {
        "f" | "fixed" => 0,
        _ if (1..=6).contains(&form.len()) && form.bytes().all(|b| b == b'l') => form.len() as u8,
        _ => return None,
    };
    let max = max.parse().ok().filter(|_| words.next().is_none())?;
    Some((look(KINDS, kind)?, digits, max))
}

pub(super) type Words<T> = &'static [(&'static str, T)];

pub(super) fn look<T: Copy>(words: Words<T>, word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

pub(super) static MTIS: Words<Encoding> =
    &[("bcd", Encoding::BcdLeft), ("ascii", Encoding::Ascii), ("ebcdic", Encoding::Ebcdic)];
pub(super) static BITMAPS: Words<Bitmap> =
    &[("binary", Bitmap::Binary), ("hex", Bitmap::Hex), ("hex-ebcdic", Bitmap::HexEbcdic)];
pub(super) static KINDS: Words<Kind> =
    &[("n", Kind::N), ("x", Kind::X), ("z", Kind::Z), ("an", Kind::An), ("ans", Kind::Ans), ("b", Kind::B)];
pub(super) static ENCODINGS: Words<Encoding> = &[
    ("bcd-left", Encoding::BcdLeft),
    ("bcd-right", Encoding::BcdRight),
    ("ascii", Encoding::Ascii),
    ("gbk", Encoding::Gbk),
    ("utf8", Encoding::Utf8),
    ("ebcdic", Encoding::Ebcdic),
    ("binary", Encoding::Binary),
    ("hex", Encoding::Hex),
    ("hex-ebcdic", Encoding::HexEbcdic),
];
pub(super) static PREFIXES: Words<Prefix> =
    &[("bcd", Prefix::Bcd), ("ascii", Prefix::Ascii), ("ebcdic", Prefix::Ebcdic), ("binary", Prefix::Binary)];
pub(super) static COUNTS: Words<Counts> = &[("digits", Counts::Digits), ("bytes", Counts::Bytes)];
pub(super) static PADS: Words<Pad> =
    &[("none", Pad::None), ("zeros", Pad::Zeros), ("spaces", Pad::Spaces), ("f", Pad::NibbleF)];
pub(super) static COVERS: Words<Cover> = &[
    ("open", Cover::Open),
    ("free", Cover::Free),
    ("pan", Cover::Pan),
    ("track", Cover::Track),
    ("secret", Cover::Secret),
    ("chip", Cover::Chip),
];
