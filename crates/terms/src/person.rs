//! Names of people who answer for what a machine may not decide alone.

/// Whether two names are one person's: names that differ in case or spaces only are one, for a slip of the key must not undo
/// what needs two.
pub fn same_person(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> alloc::string::String {
        name.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    plain(one) == plain(other)
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
            ("李 雷", "李雷", true),
            ("李雷", "韩梅", false),
            ("Ann", "Anna", false),
        ] {
            assert_eq!(same_person(one, other), same, "{one:?} {other:?}");
        }
    }
}
