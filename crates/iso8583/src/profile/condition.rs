//! The small language of profiles: `52 present`, `35 absent`, `22[3] = 1`, `60[1-2] = 22|23`, joined by `and`.
//! Positions count characters from 1.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::bits::Bits;
use crate::decoded::Decoded;

/// Something that holds of a message or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The field is there.
    Present(u8),
    /// It is not.
    Absent(u8),
    /// Characters `from..from + len` are one of these (`len` 0: all of the field).
    Is {
        /// field
        field: u8,
        /// first character, zero based
        from: usize,
        /// characters
        len: usize,
        /// what they may be
        values: Vec<String>,
    },
}

impl Condition {
    /// Does it hold?
    #[must_use]
    pub fn holds(&self, message: &Decoded<'_>) -> bool {
        match self {
            Condition::Present(n) => message.has(*n),
            Condition::Absent(n) => !message.has(*n),
            Condition::Is { field, from, len, values } => {
                let Some(mut digits) = message.digits(*field) else { return false };
                if digits.part(*from).is_none() {
                    return false;
                }
                let part = if *len == 0 { Some(digits) } else { digits.part(*len) };
                part.is_some_and(|part| values.iter().any(|value| part.clone().eq(value.bytes())))
            }
        }
    }
}

/// Why rules cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFault {
    /// Reason.
    pub en: String,
    /// 原因。
    pub zh: String,
}

impl fmt::Display for ProfileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl core::error::Error for ProfileFault {}

pub(super) fn mti(text: &str) -> Result<[u8; 4], ProfileFault> {
    <[u8; 4]>::try_from(text.as_bytes()).ok().filter(|mti| mti.iter().all(u8::is_ascii_digit)).ok_or_else(|| {
        ProfileFault { zh: String::from("报文类型应为 4 位数字"), en: String::from("an MTI has 4 digits") }
    })
}

pub(super) fn numbers(list: &str) -> Result<Bits, ProfileFault> {
    let mut bits = Bits::default();
    for word in list.split_whitespace() {
        bits.set(number(word)?);
    }
    Ok(bits)
}

fn number(word: &str) -> Result<u8, ProfileFault> {
    word.parse().ok().filter(|n| (2..=192).contains(n)).ok_or_else(|| ProfileFault {
        zh: String::from("域号应为 2 至 192"),
        en: String::from("a field number is 2 to 192"),
    })
}

/// Conditions joined by `and`; none in an empty text.
pub(super) fn all(text: &str) -> Result<Vec<Condition>, ProfileFault> {
    text.split(" and ").map(str::trim).filter(|part| !part.is_empty()).map(one).collect()
}

fn one(text: &str) -> Result<Condition, ProfileFault> {
    let form = || ProfileFault {
        zh: String::from("条件应形如 52 present、35 absent、22[3] = 1、60[1-2] = 22|23"),
        en: String::from("a condition is like 52 present, 35 absent, 22[3] = 1 or 60[1-2] = 22|23"),
    };
    if let Some((left, right)) = text.split_once('=') {
        let (field, place) = left.trim().split_once('[').unwrap_or((left.trim(), ""));
        let field = number(field.trim())?;
        let (from, len) = match place.strip_suffix(']') {
            Some(place) => {
                let (first, last) = place.split_once('-').unwrap_or((place, place));
                let parse = |word: &str| word.trim().parse::<usize>().ok().filter(|n| (1..=9_999).contains(n));
                let (first, last) = parse(first).zip(parse(last)).ok_or_else(form)?;
                (first - 1, last.checked_sub(first).ok_or_else(form)? + 1)
            }
            None if place.is_empty() => (0, 0),
            None => return Err(form()),
        };
        let values: Vec<String> = right.split('|').map(|value| String::from(value.trim())).collect();
        if values.iter().any(|value| value.is_empty() || (len > 0 && value.len() != len)) {
            let zh = format!("与 {len} 个字符比较的值应有同样长度");
            return Err(ProfileFault {
                zh,
                en: format!("values compared with {len} characters must have that length"),
            });
        }
        return Ok(Condition::Is { field, from, len, values });
    }
    let (n, word) = text.split_once(char::is_whitespace).ok_or_else(form)?;
    match word.trim() {
        "present" => Ok(Condition::Present(number(n)?)),
        "absent" => Ok(Condition::Absent(number(n)?)),
        _ => Err(form()),
    }
}
