//! What both kinds of file share: covers and names that a file need not give.

use crate::dialect::{Cover, Kind, Length};
use crate::dialects::ISO87_ASCII;
use crate::fault::Name;

/// What a dump may show where the file does not say: card numbers, tracks and secrets stand in the same fields in every version
/// of the standard; what is free in length may hold anything.
pub(super) fn cover_of(n: u8, kind: Kind, length: Length, in_parts: bool) -> Cover {
    match (in_parts, n, kind) {
        (false, 2 | 34 | 102 | 103, _) => Cover::Pan,
        (false, 35 | 36 | 45, _) => Cover::Track,
        (false, 52 | 96, _) => Cover::Secret,
        (false, 55, Kind::B) => Cover::Chip,
        (_, _, Kind::N | Kind::X) if length == Length::Fixed => Cover::Open,
        (false, 64 | 128 | 37..=43 | 49..=51, _) => Cover::Open,
        _ => Cover::Free,
    }
}

/// The standard's name of a field, where the file gives none.
pub(super) fn name_of(n: u8, in_parts: bool) -> Name {
    let named = if in_parts { None } else { ISO87_ASCII.field(n) };
    named.map_or(Name { zh: "未命名", en: "unnamed" }, |row| row.name)
}
