//! Names of people who answer for what a machine may not decide alone.

/// Whether two names are one person's: names that differ only in case, in spaces, in width or in what nobody sees are one, for a slip of
/// the key must not undo what needs two.
pub fn same_person(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> alloc::string::String {
        name.chars().filter(|c| is_seen(*c)).map(half_wide).flat_map(char::to_lowercase).collect()
    };
    plain(one) == plain(other)
}

/// Something that a reader of the name can tell apart.
fn is_seen(c: char) -> bool {
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    !(c.is_whitespace() || c.is_control() || format)
}

/// A full-width letter, digit or sign as its half-width one.
fn half_wide(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::same_person;

    #[test]
    fn a_slip_of_the_key_is_no_second_person() {
        for (one, other, same) in [
            ("Wang", "wang", true),
            ("Ann", "ann ", true),
            ("Li Lei", "LiLei", true),
            ("Li Lei", "Li  Lei", true),
            ("李 雷", "李雷", true),
            ("李雷", "李\u{3000}雷", true),
            ("Li Lei", "Ｌｉ Ｌｅｉ", true),
            ("li-2", "ｌｉ－２", true),
            ("li", "l\u{200b}i", true),
            ("li", "\u{202e}li", true),
            ("李雷", "韩梅", false),
            ("Ann", "Anna", false),
            ("li-2", "li-3", false),
        ] {
            assert_eq!(same_person(one, other), same, "{one:?} {other:?}");
        }
    }
}
