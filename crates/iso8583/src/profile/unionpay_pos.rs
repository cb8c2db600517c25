//! The rules of `unionpay-pos`, from the published terminal specification as the messages of the field bear it out.
//! Rows only: no behaviour may be written here.

use super::{Profile, RulesText};

/// What every financial request of a terminal carries with PIN, track or chip.
const CARD: &[(u8, &str)] = &[
    (2, "35 absent"),
    (14, "35 absent and 2 present and 22[1-2] = 01|05|07"),
    (26, "52 present"),
    (35, "22[1-2] = 02"),
    (52, "22[3] = 1 and 62 absent"),
    (53, "52 present"),
    (55, "22[1-2] = 05|07"),
];

const CNY: &[(u8, &str)] = &[(49, "156")];

#[rustfmt::skip] // one rule a line reads as a table
static RULES: &[RulesText<'static>] = &[
    RulesText { mti: "0200", when: "60[1-2] = 01", mandatory: "3 11 22 25 41 42 49 60 64", optional: "12 13 23 26 36 53 59 62", forbidden: "4 38 39", echo: "", conditional: CARD, values: &[(3, "310000 300000"), (49, "156")] },
    RulesText { mti: "0200", when: "60[1-2] = 22", mandatory: "3 4 11 22 25 41 42 49 60 64", optional: "12 13 23 26 36 48 53 57 59 62 63", forbidden: "39", echo: "", conditional: CARD, values: &[(3, "000000 190000"), (49, "156")] },
    RulesText { mti: "0200", when: "60[1-2] = 23|21", mandatory: "3 4 11 22 25 37 41 42 49 60 61 64", optional: "2 12 13 14 23 26 35 36 38 52 53 55 59 62 63", forbidden: "39", echo: "", conditional: &[(53, "52 present")], values: &[(3, "200000"), (49, "156")] },
    RulesText { mti: "0200", when: "60[1-2] = 20", mandatory: "3 4 11 22 25 38 41 42 49 60 61 64", optional: "2 12 13 14 23 26 35 36 37 52 53 55 59 62 63", forbidden: "39", echo: "", conditional: &[(53, "52 present")], values: &[(3, "000000"), (49, "156")] },
    RulesText { mti: "0200", when: "", mandatory: "3 11 22 25 41 42 49 60", optional: "*", forbidden: "39", echo: "", conditional: &[], values: CNY },
    RulesText { mti: "0210", when: "39 = 00 and 60[1-2] = 22", mandatory: "3 4 11 12 13 32 37 39 41 42 49 60 64", optional: "*", forbidden: "35 36 52", echo: "3 4 11 41 42 49", conditional: &[], values: CNY },
    RulesText { mti: "0210", when: "39 = 00", mandatory: "3 11 12 13 37 39 41 42 60 64", optional: "*", forbidden: "35 36 52", echo: "3 4 11 41 42 49", conditional: &[], values: &[] },
    RulesText { mti: "0210", when: "", mandatory: "3 11 39 41 42 60", optional: "*", forbidden: "35 36 52", echo: "3 11 41 42", conditional: &[], values: &[] },
    RulesText { mti: "0220", when: "60[1-2] = 25", mandatory: "3 4 11 22 25 37 41 42 49 60 61 64", optional: "2 12 13 14 23 26 35 36 38 52 53 59 62 63", forbidden: "39", echo: "", conditional: &[(53, "52 present")], values: &[(3, "200000"), (49, "156")] },
    RulesText { mti: "0220", when: "", mandatory: "3 4 11 22 25 41 42 49 60", optional: "*", forbidden: "39", echo: "", conditional: &[], values: CNY },
    RulesText { mti: "0230", when: "", mandatory: "3 11 39 41 42 60", optional: "*", forbidden: "35 36 52", echo: "3 4 11 41 42", conditional: &[], values: &[] },
    RulesText { mti: "0100", when: "60[1-2] = 10", mandatory: "3 4 11 22 25 41 42 49 60 64", optional: "12 13 23 26 36 53 59 62 63", forbidden: "39", echo: "", conditional: CARD, values: &[(3, "030000"), (25, "06 18"), (49, "156")] },
    RulesText { mti: "0100", when: "", mandatory: "3 11 22 25 41 42 49 60", optional: "*", forbidden: "39", echo: "", conditional: &[], values: CNY },
    RulesText { mti: "0110", when: "", mandatory: "3 11 39 41 42 60", optional: "*", forbidden: "35 36 52", echo: "3 4 11 41 42", conditional: &[(38, "39 = 00")], values: &[] },
    RulesText { mti: "0320", when: "", mandatory: "11 41 42 48 60", optional: "*", forbidden: "39", echo: "", conditional: &[], values: &[] },
    RulesText { mti: "0330", when: "", mandatory: "11 39 41 42 60", optional: "*", forbidden: "35 52", echo: "11 41 42", conditional: &[], values: &[] },
    RulesText { mti: "0400", when: "", mandatory: "3 4 11 22 25 39 41 42 49 60 64", optional: "2 12 13 14 23 38 55 59 61 62 63", forbidden: "26 35 36 52 53", echo: "", conditional: &[], values: &[(39, "98 A0 06 96"), (49, "156")] },
    RulesText { mti: "0410", when: "", mandatory: "3 11 39 41 42 60", optional: "*", forbidden: "35 36 52", echo: "3 4 11 41 42", conditional: &[], values: &[] },
    RulesText { mti: "0500", when: "", mandatory: "11 41 42 48 49 60", optional: "62 63", forbidden: "2 35 39 52", echo: "", conditional: &[], values: CNY },
    RulesText { mti: "0510", when: "", mandatory: "11 39 41 42 60", optional: "*", forbidden: "2 35 52", echo: "11 41 42", conditional: &[(48, "39 = 00")], values: &[] },
    RulesText { mti: "0620", when: "", mandatory: "3 11 41 42 60", optional: "*", forbidden: "35 52", echo: "", conditional: &[], values: &[] },
    RulesText { mti: "0630", when: "", mandatory: "11 39 41 42 60", optional: "*", forbidden: "35 52", echo: "3 11 41 42", conditional: &[], values: &[] },
    RulesText { mti: "0800", when: "", mandatory: "11 41 42 60", optional: "12 13 46 48 57 59 62 63 64", forbidden: "2 4 35 39 52", echo: "", conditional: &[], values: &[] },
    RulesText { mti: "0810", when: "", mandatory: "39 41 42 60", optional: "*", forbidden: "2 4 35 52", echo: "11 41 42", conditional: &[(62, "39 = 00 and 60[9-11] = 001|003|004|005|006")], values: &[] },
    RulesText { mti: "0820", when: "", mandatory: "41 42 60", optional: "*", forbidden: "35 39 52", echo: "", conditional: &[], values: &[] },
    RulesText { mti: "0830", when: "", mandatory: "39 41 42 60", optional: "*", forbidden: "35 52", echo: "11 41 42", conditional: &[], values: &[] },
];

/// The built-in profile of the terminal dialect.
#[must_use]
pub fn unionpay_pos_profile() -> Profile {
    let mut profile = Profile::default();
    for rules in RULES {
        // Every row is read by a test; one that could not be read would only be missing.
        let _ = profile.add(rules);
    }
    profile
}

#[cfg(test)]
mod tests {
    use super::{RULES, unionpay_pos_profile};

    #[test]
    fn every_row_is_read() {
        assert_eq!(unionpay_pos_profile().rules.len(), RULES.len());
    }
}
